//! `hookreel schema`: the JSON Schema of scenario files, and of what hookreel writes, from the types that read and write them.

use clap::ValueEnum;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use super::exit::Exit;
use super::scorecard_json::Scorecard;
use super::show;
use crate::report::ndjson::StreamedEvent;
use crate::report::schema::Report;
use crate::scenario::schema;

/// Files that have a schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Described {
    /// Scenario files.
    #[default]
    Scenario,
    /// Files that declare a provider.
    Provider,
    /// `hookreel.toml`.
    Config,
    /// `--report json` of a run, an audit, a load or a search.
    Report,
    /// A line of `--record`.
    Record,
    /// A line of `--report ndjson`.
    Ndjson,
    /// `audit --scorecard`.
    Audit,
}

pub(super) fn run(what: Described) -> Exit {
    let schema = match what {
        Described::Scenario => schema::generate(),
        Described::Provider => crate::provider::declared::schema(),
        Described::Config => super::config::schema(),
        Described::Report => written::<Report<'static>>().to_value(),
        Described::Record => written::<crate::record::RecordLine<'static>>().to_value(),
        Described::Ndjson => written::<StreamedEvent<'static>>().to_value(),
        Described::Audit => written::<Scorecard>().to_value(),
    };
    let schema =
        serde_json::to_string_pretty(&schema).expect("our own texts and numbers can be written as JSON");
    show(&format!("{schema}\n"));
    Exit::Passed
}

/// Schema of output: fields that are always written are required.
fn written<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}
