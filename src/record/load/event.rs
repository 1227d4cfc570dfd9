//! Figures of a load run by event.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Histogram, sum};

/// Figures of one event in a stretch of a load run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct EventTally {
    /// Callbacks whose first attempt began.
    pub sent: u64,
    /// Callbacks that got an answer, whatever it was.
    pub answered: u64,
    /// Callbacks that were accepted.
    pub accepted: u64,
    /// Latency, as [`super::Tally::latency`].
    pub latency: Histogram,
    /// Lateness, as [`super::Tally::lateness`]; empty in records of before it was kept.
    #[serde(default)]
    pub lateness: Histogram,
}

impl EventTally {
    pub(super) fn add(&mut self, other: &Self) {
        sum(&mut self.sent, other.sent);
        sum(&mut self.answered, other.answered);
        sum(&mut self.accepted, other.accepted);
        self.latency.add(&other.latency);
        self.lateness.add(&other.lateness);
    }

    /// Forgets everything, and keeps the memory.
    pub fn clear(&mut self) {
        let mut kept = [&mut self.latency, &mut self.lateness].map(std::mem::take);
        kept.iter_mut().for_each(Histogram::clear);
        let [latency, lateness] = kept;
        *self = Self { latency, lateness, ..Self::default() };
    }
}
