//! A wrong set-up of an audit, as records keep it.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The set-up of an audit is wrong: the plain callback before the cases did not pass, or its file is not in the state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct SetUpLine {
    /// Observed failure, in the receiver's own words where it has some.
    pub failed: String,
    /// Explanation of the failure, where it takes one; else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub explained: String,
    /// Request, key and state.
    pub facts: Vec<SetUpFact>,
    /// Likely cause first, then what else to try.
    pub to_try: Vec<String>,
    /// Nothing else was played.
    pub ended: bool,
}

/// A part of a set-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct SetUpFact {
    /// `request`, `key`, `state`, `process` or `printed`.
    pub name: String,
    /// Text for a person.
    pub text: String,
}

impl SetUpLine {
    /// Failure and explanation in one line.
    pub fn seen(&self) -> String {
        match self.explained.as_str() {
            "" => self.failed.clone(),
            explained => format!("{}; {explained}", self.failed),
        }
    }

    /// Adds a fact.
    pub fn fact(&mut self, name: &str, text: impl Into<String>) {
        self.facts.push(SetUpFact { name: name.into(), text: text.into() });
    }
}
