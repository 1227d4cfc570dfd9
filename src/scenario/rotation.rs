//! The `signing.keys` key: keys that replace each other while the stream goes on.

use std::time::Duration;

#[cfg(test)]
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::units::Span;
use crate::duration::parse_duration;
use crate::problem::Problem;

/// A key, and how long it signs.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TimedKey {
    /// The shared key; best given as `${NAME}`.
    #[cfg_attr(test, schemars(with = "String"))]
    #[serde(deserialize_with = "secret")]
    pub key: SecretString,
    /// Stream time at which the next key replaces it. The last key has none.
    #[serde(default)]
    pub until: Option<Span>,
}

fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

/// Keys that a right receiver accepts once a key was replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Accepts {
    /// The key before, and the newer one.
    #[default]
    Both,
    /// The newer one alone.
    Newer,
}

/// Problems of the keys and their times, whatever else is wrong with the tree.
pub(super) fn check(tree: &Value) -> Vec<Problem> {
    let signing = tree.get("signing");
    let part = |name: &str| signing.and_then(|signing| signing.get(name));
    let Some(keys) = part("keys").and_then(Value::as_array) else {
        let alone = part("accepts").filter(|_| part("keys").is_none());
        let problem = |_| Problem::at("signing.accepts", "no key is replaced here").on_key();
        return alone.map(problem).map(|p| p.label("expected `keys` beside it")).into_iter().collect();
    };
    let mut problems = Vec::new();
    if part("key").is_some() {
        let problem = Problem::at("signing.key", "`key` and `keys` cannot both be given").on_key();
        problems.push(problem.label("expected one of them"));
    }
    if keys.len() < 2 {
        let problem = Problem::at("signing.keys", "a rotation takes two keys or more");
        problems.push(problem.label("expected `key` for one"));
    }
    let mut before: Option<Duration> = None;
    for (index, entry) in keys.iter().enumerate() {
        let place = format!("signing.keys[{index}]");
        if entry.get("key").and_then(Value::as_str).is_some_and(str::is_empty) {
            let problem = Problem::at(format!("{place}.key"), "the key is empty");
            problems.push(problem.label("an empty key signs nothing"));
        }
        let written = entry.get("until");
        let until = written.and_then(Value::as_str).map(parse_duration);
        match (until, index + 1 == keys.len()) {
            (Some(Ok(_)), true) => problems.push(
                Problem::at(format!("{place}.until"), "no key follows the last one")
                    .label("expected no `until` here, or another key after it"),
            ),
            (None, false) if written.is_none() => problems.push(
                Problem::at(place, "this key has no end, so that the next one would overlap it")
                    .label("expected `until: TIME`"),
            ),
            (Some(Ok(until)), false) => {
                if before.is_some_and(|before| until <= before) || until.is_zero() {
                    // The first key holds from the start.
                    let (until, before) = (Span(until), Span(before.unwrap_or_default()));
                    let title = format!("time goes back: {until} does not come after {before}");
                    let problem = Problem::at(format!("{place}.until"), title);
                    problems.push(
                        problem
                            .label("times count from the start of the broadcast, and must not overlap")
                            .help("each key signs from the end of the one before it"),
                    );
                }
                before = before.max(Some(until));
            }
            // What is not a duration has been told.
            _ => {}
        }
    }
    problems
}
