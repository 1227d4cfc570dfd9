//! The `targets:` key: several receivers in one run, each with a key of its own.

use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::provider::Providers;
use crate::problem::{Problem, did_you_mean};

/// A receiver that a provider can be sent to.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Name for `provider.target`: letters, digits, `-` and `_`.
    pub name: String,
    /// Its URL, or a port of this machine. Default: what `-t NAME=URL` says, else the embedded receiver.
    #[serde(default)]
    pub url: Option<String>,
    /// The key shared with it; best given as `${NAME}`.
    #[cfg_attr(test, schemars(with = "String"))]
    #[serde(deserialize_with = "secret")]
    pub key: SecretString,
}

fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// True for a valid name of a target.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
}

/// Problems of targets and their names, whatever else is wrong with the tree.
pub(super) fn check(tree: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    let entries: Vec<&Value> = tree.get("targets").and_then(Value::as_array).into_iter().flatten().collect();
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut names: Vec<String> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let at = |key: &str, title: String| Problem::at(format!("targets[{index}].{key}"), title);
        if text(entry, "key").is_some_and(|key| key.is_empty()) {
            problems.push(at("key", "the key is empty".into()).label("an empty key signs nothing"));
        }
        let Some(name) = text(entry, "name") else { continue };
        if !is_name(&name) {
            let problem = at("name", format!("`{name}` cannot be the name of a target"));
            problems.push(problem.label("expected a letter, then letters, digits, `-` and `_`"));
        } else if names.contains(&name) {
            problems
                .push(at("name", format!("two targets are called `{name}`")).label("expected another name"));
        } else {
            names.push(name);
        }
    }
    let signing = tree.get("signing");
    for key in ["key", "keys"].iter().filter(|key| signing.is_some_and(|signing| signing.get(key).is_some()))
    {
        if !entries.is_empty() {
            let problem = Problem::at(format!("signing.{key}"), "each target has a key of its own").on_key();
            problems.push(problem.label("expected no key here"));
        }
    }
    problems.extend(chosen(tree, &names, !entries.is_empty()));
    problems
}

/// Problems of the targets that providers name.
fn chosen(tree: &Value, names: &[String], any: bool) -> Vec<Problem> {
    let providers = tree.get("provider").and_then(|value| Providers::deserialize(value).ok());
    let expected = || match names {
        [] => "expected no `target`: the scenario has no `targets`".to_owned(),
        names => format!("expected one of {}", names.join(", ")),
    };
    let mut problems = Vec::new();
    for (path, choice) in providers.iter().flat_map(Providers::choices) {
        match &choice.target {
            Some(name) if !names.contains(name) => {
                let problem = Problem::at(format!("{path}.target"), format!("there is no target `{name}`"));
                let near = did_you_mean(name, names.iter().map(String::as_str));
                problems.push(problem.label(expected()).helps(near));
            }
            None if any && names.len() != 1 => {
                let title = format!("no target is named for {}", choice.name);
                let first = names.first().map_or("NAME", String::as_str);
                let help = format!("{{name: {}, target: {first}}}", choice.name);
                problems.push(Problem::at(path, title).label(expected()).help(help));
            }
            _ => {}
        }
    }
    problems
}
