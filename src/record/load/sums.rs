//! Sums in the figures of a load that have to agree with their parts.

use super::{EventTally, Tally};
use crate::record::Outcome;

impl Tally {
    /// A sum in it that does not agree with its parts, where the events are counted one by one.
    pub(super) fn disagreement(&self) -> Option<String> {
        let of = |count: fn(&EventTally) -> u64| self.events.values().map(count).fold(0, u64::saturating_add);
        let pairs = [
            ("sent", self.sent, of(|event| event.sent)),
            ("accepted", self.ended(Outcome::Accepted), of(|event| event.accepted)),
        ];
        if let Some((name, sum, parts)) = pairs.into_iter().find(|(_, sum, parts)| sum != parts) {
            return Some(format!("`{name}` is {sum}, and its events have {parts}"));
        }
        let of_troubles = self.troubles.values().copied().fold(0, u64::saturating_add);
        let (answers, heard) = (self.answers(), self.answers().saturating_add(of_troubles));
        let ended = [("accepted", self.ended(Outcome::Accepted)), ("answered", of(|event| event.answered))];
        let (name, sum) = ended.into_iter().find(|(_, sum)| *sum > heard)?;
        Some(format!("`{name}` is {sum}, and there are {answers} answers"))
    }

    /// Answers of every status.
    pub(super) fn answers(&self) -> u64 {
        self.statuses.values().copied().fold(0, u64::saturating_add)
    }

    /// Requests that were sent, each as often as it was.
    pub(super) fn requests(&self) -> u64 {
        self.sent.saturating_add(self.retries).saturating_add(self.resent)
    }
}
