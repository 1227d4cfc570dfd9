//! Counts, latency and lateness of each event of the scenario.

use super::super::learned::LearnedScenario;
use crate::record::load::{EventTally, Tally};

/// Number that no event has: of it nothing is counted.
const NO_EVENT: u32 = u32::MAX;

/// Figures of each event since the last hand-over.
pub(super) struct EventCounts {
    names: Vec<&'static str>,
    /// The event of each callback of each scenario.
    of: Vec<Vec<u32>>,
    seen: Vec<EventTally>,
}

impl EventCounts {
    pub(super) fn new(scenarios: &[LearnedScenario]) -> Self {
        let names = super::super::learned::events(scenarios);
        let place = |event: &&str| names.iter().zip(0..).find(|(name, _)| *name == event).map(|(_, at)| at);
        let of = scenarios.iter().map(|learned| learned.events.iter().filter_map(place).collect()).collect();
        let seen = vec![EventTally::default(); names.len()];
        Self { names, of, seen }
    }

    /// The event of a callback of a scenario.
    pub(super) fn of(&self, part: u32, callback: u32) -> u32 {
        let event = self.of.get(part as usize).and_then(|learned| learned.get(callback as usize));
        event.map_or(NO_EVENT, |at| *at)
    }

    /// The event of this name.
    pub(super) fn named(&self, event: &str) -> u32 {
        self.names.iter().zip(0..).find(|(name, _)| **name == event).map_or(NO_EVENT, |(_, at)| at)
    }

    /// Its name; empty for [`NO_EVENT`].
    pub(super) fn name(&self, event: u32) -> &'static str {
        self.names.get(event as usize).copied().unwrap_or_default() // See above.
    }

    pub(super) fn at(&mut self, event: u32) -> Option<&mut EventTally> {
        self.seen.get_mut(event as usize)
    }

    /// Moves everything into a tally. `spare` is one that is not needed any more: its memory is used again.
    pub(super) fn give(&mut self, tally: &mut Tally, mut spare: Tally) {
        for (name, seen) in self.names.iter().zip(&mut self.seen) {
            if *seen == EventTally::default() {
                continue;
            }
            tally.latency.add(&seen.latency);
            tally.lateness.add(&seen.lateness);
            // A new one, where the spare tally did not see this event.
            let mut fresh = spare.events.remove(*name).unwrap_or_default();
            fresh.clear();
            tally.events.insert((*name).to_owned(), std::mem::replace(seen, fresh));
        }
    }
}
