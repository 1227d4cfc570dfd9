//! The state of the receiver before and after a scenario, as records keep it.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Largest part of a state that is kept, in bytes.
pub const STATE_KEPT: usize = 64 << 10;

/// Answers of the receiver's own API before and after a scenario; without secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct StateLine {
    /// Index of the scenario line.
    pub scenario: usize,
    /// Check that asked for it.
    pub check: String,
    /// The first [`STATE_KEPT`] bytes before; none = it could not be read.
    pub before: Option<String>,
    /// The same after.
    pub after: Option<String>,
    /// One of them had more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}
