//! Outcome of a callback.

use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Outcome of a callback; exactly one each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The receiver said yes.
    Accepted,
    /// The receiver said no, and there was no second attempt to make.
    Rejected,
    /// The receiver said no in a way after which the sender never tries again, whatever its retry plan.
    RefusedForGood,
    /// No yes came in all the attempts there were.
    GaveUp,
    /// The receiver was never reached.
    Unreachable,
    /// No attempt was begun.
    NotSent,
    /// An attempt was begun, and what became of the callback cannot be known.
    InDoubt,
}

impl Outcome {
    /// Outcomes of a callback that the receiver refused.
    pub const REFUSED: [Self; 3] = [Self::Rejected, Self::RefusedForGood, Self::GaveUp];

    /// Every outcome, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::Accepted,
        Self::Rejected,
        Self::RefusedForGood,
        Self::GaveUp,
        Self::Unreachable,
        Self::NotSent,
        Self::InDoubt,
    ];
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::RefusedForGood => "refused for good",
            Self::GaveUp => "gave up",
            Self::Unreachable => "unreachable",
            Self::NotSent => "not sent",
            Self::InDoubt => "in doubt",
        })
    }
}
