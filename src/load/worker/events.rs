//! Counts and latency of each event of the scenario.

use super::super::repertoire::Act;
use crate::record::load::{EventTally, Tally};

/// What was seen of each event since it was last given away.
pub(super) struct Events {
    names: Vec<&'static str>,
    /// The event of each callback of each act.
    of: Vec<Vec<u32>>,
    seen: Vec<EventTally>,
}

impl Events {
    pub(super) fn new(acts: &[Act]) -> Self {
        let names = super::super::repertoire::events(acts);
        let place = |event: &&str| names.iter().zip(0..).find(|(name, _)| *name == event).map(|(_, at)| at);
        let of = acts.iter().map(|act| act.events.iter().filter_map(place).collect()).collect();
        let seen = vec![EventTally::default(); names.len()];
        Self { names, of, seen }
    }

    /// The event of a callback of an act.
    pub(super) fn of(&self, part: u32, callback: u32) -> u32 {
        let event = self.of.get(part as usize).and_then(|act| act.get(callback as usize));
        event.copied().unwrap_or(u32::MAX)
    }

    /// The event of this name.
    pub(super) fn named(&self, event: &str) -> u32 {
        self.names.iter().zip(0..).find(|(name, _)| **name == event).map_or(u32::MAX, |(_, at)| at)
    }

    pub(super) fn name(&self, event: u32) -> &'static str {
        self.names.get(event as usize).copied().unwrap_or_default()
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
            let mut fresh = spare.events.remove(*name).unwrap_or_default();
            fresh.clear();
            tally.events.insert((*name).to_owned(), std::mem::replace(seen, fresh));
        }
    }
}
