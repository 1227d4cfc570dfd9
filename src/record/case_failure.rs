//! Failure of a case of an audit: what was expected, what was seen, and the facts of it for programs.

use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{KEEPS_RUNNING, REJECTED, StateErrorKind, TroubleKind};

/// Expectation of every case, where the receiver's process is not ours.
pub const KEEPS_LISTENING: &str = "the receiver goes on listening";

/// A finding that failed a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(default)]
pub struct Seen {
    /// The callback; empty = the case as a whole.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Name of the check; empty = not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub check: String,
    /// What was asked.
    pub expected: String,
    /// What was seen.
    pub got: String,
    /// The begin of the answer's body, if there was one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub answer: String,
    /// Error of the stored state, if that is what failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_error: Option<StateErrorKind>,
    /// The receiver refused every hostile callback of the case by status. Known of the stored state alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
    /// A legal callback of the case was answered with a status of success and a body that reports a failure. Known of the stored state
    /// alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub refused_in_body: bool,
    /// Status of the answer, where the check is about the result of the exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Trouble of that exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<TroubleKind>,
}

impl Seen {
    /// An accepted file is not in the state.
    pub fn is_missing(&self) -> bool {
        self.state_error.as_ref().is_some_and(StateErrorKind::is_missing)
    }

    /// The file of a hostile callback is in the state.
    pub fn is_stored_forgery(&self) -> bool {
        self.state_error == Some(StateErrorKind::StoredForgery)
    }

    /// The file of a callback is in the state that the receiver itself refused.
    pub fn is_stored_first(&self) -> bool {
        self.refused && self.is_stored_forgery()
    }

    /// True where the receiver ended.
    pub fn is_end(&self) -> bool {
        [KEEPS_RUNNING, KEEPS_LISTENING].contains(&self.expected.as_str())
    }

    /// The answer has a status of this class: 4 = 400 to 499.
    pub fn has_class(&self, class: u16) -> bool {
        self.status.is_some_and(|status| status / 100 == class)
    }

    /// It was to be rejected, and was answered with a status of success.
    pub fn is_acknowledged(&self) -> bool {
        self.check == REJECTED && self.has_class(2)
    }

    /// Everything but the name of the callback: two that agree in it are one failure.
    pub fn kind(&self) -> (&str, &str, &str) {
        (&self.expected, &self.got, &self.answer)
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.id.is_empty() { "" } else { ": " };
        let space = if self.answer.is_empty() { "" } else { " " };
        let Self { id, expected, got, answer, .. } = self;
        write!(f, "{id}{colon}expected {expected}, got {got}{space}{answer}")
    }
}
