//! Changes of the receiver's process during a load.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A change of the receiver's process, which was started for the load.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct ReceiverLine {
    /// Time since the first callback was due, in seconds.
    #[serde(deserialize_with = "crate::record::lines::number")]
    pub at_s: f64,
    /// The change, for a person.
    pub text: String,
    /// True if the process is gone.
    pub ended: bool,
    /// The last lines that it printed, without secrets.
    pub lines: Vec<String>,
}
