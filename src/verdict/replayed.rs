//! A callback that was captured and is sent again: what came of it, beside what had come of it.

use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use crate::callback::{Class, Earlier, NotFailed};
use crate::record::{CallbackRun, Outcome, RunRecord};

/// Result of a callback that was sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Replayed {
    /// It was not accepted before, and is now.
    Fixed,
    /// It was not accepted before, or not rejected as it must be, and is not now.
    StillFails,
    /// It was accepted before, and is not now.
    Differs,
    /// It was accepted before, and is now.
    AsBefore,
    /// It had not been sent before, or whether it had arrived is not known.
    SentNow,
    /// It was not accepted with a signature that did not match the key, and is now, with a right one.
    SignedNow,
}

impl Replayed {
    /// Every one, in the order of reports.
    pub const ALL: [Self; 6] =
        [Self::Fixed, Self::StillFails, Self::Differs, Self::AsBefore, Self::SentNow, Self::SignedNow];
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed => "fixed",
            Self::StillFails => "still fails",
            Self::Differs => "differs",
            Self::AsBefore => "as before",
            Self::SentNow => "sent now",
            Self::SignedNow => "signed now",
        })
    }
}

/// Result of a callback, with its earlier one; none if the earlier one is unknown, or it did not reach the receiver.
pub fn replayed(callback: &CallbackRun) -> Option<(Replayed, Earlier)> {
    let earlier = callback.line.earlier?;
    let known = !matches!(callback.outcome(), Outcome::NotSent | Outcome::InDoubt | Outcome::Unreachable);
    // What a right receiver refuses was well where it was refused.
    let was_well = earlier.accepted != (callback.line.class == Class::Hostile);
    let of = match (was_well, callback.passed()) {
        _ if earlier.not_failed == Some(NotFailed::NotSent) => Replayed::SentNow,
        (false, true) if earlier.not_failed == Some(NotFailed::WrongSignature) => Replayed::SignedNow,
        (false, true) => Replayed::Fixed,
        (false, false) => Replayed::StillFails,
        (true, false) => Replayed::Differs,
        (true, true) => Replayed::AsBefore,
    };
    known.then_some((of, earlier))
}

/// Number of callbacks of a run by result, without zeros.
pub fn counts(run: &RunRecord) -> Vec<(Replayed, usize)> {
    let all: Vec<Replayed> = run.callbacks().filter_map(replayed).map(|(replayed, _)| replayed).collect();
    let count = |of: Replayed| (of, all.iter().filter(|one| **one == of).count());
    Replayed::ALL.into_iter().map(count).filter(|(_, count)| *count > 0).collect()
}
