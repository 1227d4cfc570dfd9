//! The `faults:` key: faults, by name, and on which callbacks they are put.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use super::units::Word;

/// A fault: its name alone, or its name with what is to differ from its defaults.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged)]
pub enum FaultEntry {
    /// Name of a fault with its defaults, on every callback.
    Name(String),
    /// Name with terms: `on`, `nth`, `chance`, `class`, and the parameters of the fault; see `hookreel list faults`.
    Terms(BTreeMap<String, Option<BTreeMap<String, Term>>>),
}

/// The value of a term.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged)]
pub enum Term {
    /// A text or a whole number.
    Word(Word),
    /// Any other number.
    Number(serde_json::Number),
    /// Yes or no.
    Flag(bool),
}

impl Term {
    /// Text as written in the scenario.
    pub fn text(&self) -> String {
        match self {
            Self::Word(word) => word.0.clone(),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

/// One fault, with its place in the file.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Path of the whole entry.
    pub path: String,
    /// The fault's name.
    pub name: String,
    /// Its terms, as they were written.
    pub terms: BTreeMap<String, String>,
}

impl FaultEntry {
    /// The faults of an entry; one that holds several names holds several, in no order, and is refused later.
    pub fn wanted(&self, index: usize) -> Vec<Wanted> {
        let path = format!("faults[{index}]");
        match self {
            Self::Name(name) => vec![Wanted { path, name: name.clone(), terms: BTreeMap::new() }],
            Self::Terms(entry) => entry
                .iter()
                .map(|(name, terms)| {
                    let terms = terms.iter().flatten().map(|(key, term)| (key.clone(), term.text()));
                    Wanted { path: format!("{path}.{name}"), name: name.clone(), terms: terms.collect() }
                })
                .collect(),
        }
    }
}
