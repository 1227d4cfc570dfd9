//! `hookreel schema`: the JSON Schema of files that hookreel reads, and of those it writes. They stand in docs/; the types that read and
//! write such files make them, in the test below.

use clap::ValueEnum;

use super::exit::Exit;
use super::show;
use crate::provider::declared;
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
    match what {
        Described::Scenario => show(schema::TEXT),
        Described::Provider => show(declared::SCHEMA_TEXT),
        Described::Config => show(&pretty(&super::config::schema())),
        Described::Report => show(include_str!("../../docs/report.schema.json")),
        Described::Record => show(include_str!("../../docs/record.schema.json")),
        Described::Ndjson => show(include_str!("../../docs/ndjson.schema.json")),
        Described::Audit => show(include_str!("../../docs/audit.schema.json")),
    }
    Exit::Passed
}

fn pretty(schema: &serde_json::Value) -> String {
    let text =
        serde_json::to_string_pretty(schema).expect("our own texts and numbers can be written as JSON");
    format!("{text}\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use schemars::JsonSchema;
    use schemars::generate::SchemaSettings;
    use serde_json::Value;

    use super::super::scorecard_json::Scorecard;
    use super::{pretty, schema};
    use crate::provider::declared::ProviderFile;
    use crate::record::RecordLine;
    use crate::report::ndjson::StreamedEvent;
    use crate::report::schema::Report;
    use crate::scenario::Scenario;

    /// Schema of output: fields that are always written are required.
    fn written<T: JsonSchema>() -> Value {
        let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
        generator.into_root_schema_for::<T>().to_value()
    }

    #[test]
    fn every_schema_in_the_docs_is_that_of_its_type() {
        let schemas = [
            ("scenario", schema::of_type::<Scenario>()),
            ("provider", schema::of_type::<ProviderFile>()),
            ("report", written::<Report<'static>>()),
            ("record", written::<RecordLine<'static>>()),
            ("ndjson", written::<StreamedEvent<'static>>()),
            ("audit", written::<Scorecard>()),
        ];
        let mut old = Vec::new();
        for (name, schema) in schemas {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/{name}.schema.json"));
            let text = pretty(&schema);
            if std::env::var_os("UPDATE").is_some() {
                std::fs::write(&file, &text).unwrap();
            }
            if std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n") != text {
                old.push(name);
            }
        }
        assert!(
            old.is_empty(),
            "docs/*.schema.json differ from the types: {old:?}; `UPDATE=1 cargo test --lib schema` writes them"
        );
    }
}
