//! `hookreel schema`: the JSON Schema of scenario files.

use super::exit::Exit;
use super::show;
use crate::scenario::schema;

pub(super) fn run() -> Exit {
    let schema = serde_json::to_string_pretty(&schema::generate()).unwrap_or_default();
    show(&format!("{schema}\n"));
    Exit::Passed
}
