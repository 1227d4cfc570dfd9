//! Every report in JSON as one type, for `hookreel schema report`.

use schemars::JsonSchema;

use super::{json, load};

/// `--report json`, whatever it is of.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum Report<'a> {
    /// Report of a run or an audit.
    Run(Box<json::RunJson<'a>>),
    /// Report of a load.
    Load(Box<load::json::LoadReportJson<'a>>),
    /// Report of a search.
    Search(Box<load::limit::json::SearchJson<'a>>),
}
