//! The request of an exchange, as records keep it.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Largest part of a request's head, and of its body, that is kept, in bytes.
pub const REQUEST_KEPT: usize = 2048;

/// A request as it was sent, without secrets. What is not UTF-8 is replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct SentRequest {
    /// Request line and headers, a line each; the first [`REQUEST_KEPT`] bytes.
    pub head: String,
    /// Numbers of the lines of the head, from 0, that the same callback has not without its fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed_lines: Vec<usize>,
    /// The first [`REQUEST_KEPT`] bytes of the body of a request that a fault changed; empty = the body is that of the callback, or it is
    /// not text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// First byte of the body that the fault changed, and the first behind them; as far as it is known and kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<(usize, usize)>,
    /// Everything that was done on the connection, in order, for a person; empty = the request was written at once, and its answer read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub script: Vec<String>,
}

/// Word in the signed fields of a callback for the bytes of its body.
pub const WHOLE_BODY: &str = "(body)";
