//! Answers of a load that are kept: the first ones of each kind.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Number of unexpected answers kept of each status.
pub const KEPT_ANSWERS: usize = 3;

/// An answer that was not expected.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeptAnswer {
    /// HTTP status.
    pub status: u16,
    /// The event of the callback that was answered so.
    pub event: String,
    /// The first [`crate::record::ANSWER_KEPT`] bytes of the body, without secrets.
    pub body: String,
    /// The body had more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// Target of a redirect, without user, password and query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The way to prove oneself that a refusal asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
    /// Deviation from the expected answer, for a person; without secrets.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// The same for programs, as far as they need it. Records of earlier versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<DeviationKind>,
}

/// Kind of the deviation of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviationKind {
    /// Its status.
    Status,
    /// Its end did not come.
    CutShort,
    /// It acknowledges, and its body reports a failure.
    FailureInBody,
}

/// Accepted callbacks with a note on their answers, which may not mean what they say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NotedAnswers {
    /// Number of callbacks.
    pub callbacks: u64,
    /// The first such answer; its `why` is the note.
    pub first: KeptAnswer,
}

/// Number of different notes that are kept; ids and times make no difference.
pub const KEPT_NOTES: usize = 10;
