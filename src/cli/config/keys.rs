//! Keys of the file, from the flags of the command line.

use std::any::TypeId;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command};
use serde_json::{Map, Value, json};

use crate::cli::args::command;
use crate::scenario;

/// Commands that take nothing from the file: they say what there is, and work where the file is wrong.
const WITHOUT: [&str; 9] =
    ["list", "show", "schema", "completions", "man", "config", "init", "provider", "help"];
/// The one setting that is not a flag: the scenarios of `run`.
pub(super) const PATHS: &str = "paths";
/// The table of targets.
pub(super) const TARGETS: &str = "targets";
/// The address of a target.
pub(super) const URL: &str = "url";
/// Headings of flags that belong to a target.
const OF_TARGET: [&str; 4] = ["Receiver", "Connection", "Expectations", "Key"];

/// True when the command takes settings from the file.
pub(super) fn reads(name: &str) -> bool {
    !WITHOUT.contains(&name)
}

/// The whole command line, with what every command has.
pub(super) fn built() -> Command {
    let mut command = command();
    command.build();
    command
}

/// Commands that take settings from the file.
pub(super) fn readers(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|command| reads(command.get_name()))
}

/// The key of a flag; none where it cannot stand in the file.
pub(super) fn key(argument: &Arg) -> Option<&str> {
    if argument.get_id() == PATHS && !argument.is_required_set() {
        return Some(PATHS);
    }
    argument
        .get_long()
        .filter(|name| !["help", "version", "config"].contains(name) && !argument.is_hide_set())
}

/// True when a target can have the setting.
pub(super) fn is_of_target(argument: &Arg) -> bool {
    argument.get_help_heading().is_some_and(|heading| OF_TARGET.contains(&heading))
}

/// True when the value is a path.
pub(super) fn is_path(argument: &Arg) -> bool {
    argument.get_value_parser().type_id() == TypeId::of::<PathBuf>()
}

/// The schema of `expect:` of a scenario, which the table of that name has too.
const EXPECT: &str = "#/$defs/Expect";

/// True when the value can be written as a table, which stands for its JSON.
fn is_table(argument: &Arg) -> bool {
    argument.get_id() == "expect"
}

/// The JSON Schema of the file, for editors and for reading it.
pub(in crate::cli) fn schema() -> Value {
    let command = built();
    let mut properties = Map::new();
    let mut of_target = Map::new();
    let mut tables = Map::new();
    for reader in readers(&command) {
        let mut own = Map::new();
        for argument in reader.get_arguments() {
            let Some(key) = key(argument) else { continue };
            let property = property(argument);
            own.insert(key.to_owned(), property.clone());
            if key == PATHS {
                continue;
            }
            if is_of_target(argument) {
                widen(&mut of_target, key, property.clone());
            }
            widen(&mut properties, key, property);
        }
        let what = format!("Settings of `hookreel {}`.", reader.get_name());
        let keys = format!("a flag of `hookreel {}` without its dashes", reader.get_name());
        tables.insert(reader.get_name().to_owned(), table(&what, &keys, own));
    }
    of_target.insert(URL.into(), json!({ "description": "URL of the receiver, or a port of this machine.", "type": ["string", "integer"] }));
    let mut target = table(
        "A receiver that -t can name, and settings for it.",
        "`url`, or a flag of the receiver without its dashes",
        of_target,
    );
    if let Some(target) = target.as_object_mut() {
        target.insert("required".into(), json!([URL]));
    }
    let targets = json!({ "description": "Receivers that -t can name.", "type": "object", "additionalProperties": target });
    properties.insert(TARGETS.into(), targets);
    tables.into_iter().for_each(|(name, table)| beside(&mut properties, name, table));
    let mut root = table(
        "Settings of a repository: flags without their dashes, for every command that has them, and tables for one command.",
        "a flag without its dashes, `targets`, or a command",
        properties,
    );
    if let Some(root) = root.as_object_mut() {
        root.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        root.insert("title".into(), "hookreel.toml".into());
        if let Some(parts) = scenario::schema::SCHEMA.get("$defs").cloned() {
            root.insert("$defs".into(), parts);
        }
    }
    root
}

fn table(description: &str, keys: &str, properties: Map<String, Value>) -> Value {
    json!({
        "description": description,
        "type": "object",
        "x-expected-key": keys,
        "additionalProperties": false,
        "properties": properties,
    })
}

/// Adds a property. Commands disagree on a flag where one takes a list: the wider one counts.
fn widen(properties: &mut Map<String, Value>, key: &str, property: Value) {
    let is_list = property.get("anyOf").is_some();
    if is_list || !properties.contains_key(key) {
        properties.insert(key.to_owned(), property);
    }
}

/// Adds the table of a command. Some have the name of a flag, as `report`: the kind of the value says which is meant.
fn beside(properties: &mut Map<String, Value>, name: String, table: Value) {
    let both = match properties.remove(&name) {
        None => table,
        Some(flag) => {
            let mut kinds =
                flag.get("anyOf").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![flag]);
            kinds.push(table);
            json!({ "anyOf": kinds })
        }
    };
    properties.insert(name, both);
}

fn property(argument: &Arg) -> Value {
    let help = argument.get_help().map_or_else(String::new, ToString::to_string);
    let one = value(argument);
    let kind = match argument.get_action() {
        ArgAction::SetTrue => json!({ "type": "boolean" }),
        ArgAction::Append => json!({ "anyOf": [one, { "type": "array", "items": one }] }),
        _ if is_table(argument) => json!({ "anyOf": [{ "type": "string" }, { "$ref": EXPECT }] }),
        _ => one,
    };
    let mut property = json!({ "description": help });
    if let (Some(property), Value::Object(kind)) = (property.as_object_mut(), kind) {
        property.extend(kind);
    }
    property
}

/// The schema of one value.
fn value(argument: &Arg) -> Value {
    let whole = [TypeId::of::<u16>(), TypeId::of::<u32>(), TypeId::of::<u64>()];
    let parser = argument.get_value_parser();
    let size = argument.get_value_names().is_some_and(|names| names.iter().any(|name| name == "SIZE"));
    if !size && whole.iter().any(|kind| parser.type_id() == *kind) {
        return json!({ "type": "integer" });
    }
    if let Some(values) = parser.possible_values() {
        let names: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
        return json!({ "enum": names });
    }
    // A port is a number, and so is a seed.
    json!({ "type": ["string", "integer"] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_every_flag_of_every_command_that_reads_the_file() {
        let (schema, command) = (schema(), built());
        for reader in readers(&command) {
            for key in reader.get_arguments().filter_map(key) {
                let table = &schema["properties"][reader.get_name()];
                // The last kind, where a flag has the name of the command.
                let table = table["anyOf"].as_array().and_then(|kinds| kinds.last()).unwrap_or(table);
                assert!(table["properties"].get(key).is_some(), "{} {key}", reader.get_name());
                assert!(key == PATHS || schema.pointer(&format!("/properties/{key}")).is_some(), "{key}");
            }
        }
        // Flags that have the name of a command.
        for (name, kinds) in [("report", 3), ("sign", 2)] {
            let both = schema.pointer(&format!("/properties/{name}/anyOf")).and_then(Value::as_array);
            assert_eq!(both.map(Vec::len), Some(kinds), "{name}");
        }
    }
}
