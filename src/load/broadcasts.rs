//! Many broadcasts on the air at once, each telling its callbacks in order. Pure.
//!
//! Arrivals go round the broadcasts, so which callback an arrival becomes does not depend on how fast the receiver is. One
//! that comes while the callback before it is still under way waits for its end, and its latency counts all the same from
//! when it was due.

use super::pace::Share;
use crate::plan::Broadcast;

/// A scenario's part in a load: what a broadcast of it comes to.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Callbacks of one broadcast; at least one.
    pub callbacks: u32,
    /// From its begin to its last callback, in whole seconds, rounded up.
    pub length: i64,
    /// Its callbacks wait for each other.
    pub in_order: bool,
}

/// A callback that is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Which of the parts.
    pub part: u32,
    /// Which of its callbacks.
    pub callback: u32,
    /// Of which broadcast.
    pub broadcast: Broadcast,
    /// Where the broadcast is on the air; given back when the callback has ended.
    pub slot: u32,
}

/// The broadcasts of one sender.
pub struct Broadcasts {
    parts: Vec<Part>,
    slots: Vec<Slot>,
    share: Share,
    arrived: u64,
    waiting: Vec<Waiting>,
    /// First of the places in `waiting` that are free.
    free: u32,
    /// How many wait.
    queued: u64,
}

/// A place on the air: one broadcast after the other.
#[derive(Clone, Copy)]
struct Slot {
    broadcast: Broadcast,
    /// How many broadcasts were here before.
    round: u32,
    part: u32,
    /// How many callbacks it has.
    callbacks: u32,
    /// Of the callback that comes next.
    next: u32,
    busy: bool,
    /// The first and the last of those that wait.
    first: u32,
    last: u32,
}

#[derive(Clone, Copy)]
struct Waiting {
    due: u64,
    next: u32,
}

const NONE: u32 = u32::MAX;
/// So many broadcasts without a callback follow each other only where all are.
const MOST_PASSED_OVER: u32 = 100;

impl Broadcasts {
    /// So many places on the air; the others of the run belong to the other senders.
    pub fn new(parts: Vec<Part>, places: u32, share: Share) -> Self {
        let broadcast = Broadcast { number: 0, began: 0 };
        let slot = Slot {
            broadcast,
            round: 0,
            part: 0,
            callbacks: 1,
            next: 0,
            busy: false,
            first: NONE,
            last: NONE,
        };
        Self {
            parts,
            slots: vec![slot; places.max(1) as usize],
            share,
            arrived: 0,
            waiting: Vec::new(),
            free: NONE,
            queued: 0,
        }
    }

    /// The next callback is due, at this time. Where it belongs; none = it waits for the one before it.
    pub fn arrive(&mut self, due: u64) -> Option<u32> {
        let places = self.slots.len() as u64;
        let slot = u32::try_from(self.arrived % places).unwrap_or_default();
        self.arrived += 1;
        if !self.slots.get(slot as usize)?.busy {
            return Some(slot);
        }
        let at = self.store(Waiting { due, next: NONE });
        self.queued += 1;
        let place = self.slots.get_mut(slot as usize)?;
        let last = std::mem::replace(&mut place.last, at);
        match self.waiting.get_mut(last as usize) {
            Some(before) => before.next = at,
            None => place.first = at,
        }
        None
    }

    fn store(&mut self, waiting: Waiting) -> u32 {
        if let Some(place) = self.waiting.get_mut(self.free as usize) {
            let at = self.free;
            self.free = place.next;
            *place = waiting;
            return at;
        }
        self.waiting.push(waiting);
        u32::try_from(self.waiting.len() - 1).unwrap_or(NONE)
    }

    /// The callback that is to be sent from a place; `now` in Unix seconds. `more` is asked of a broadcast that begins with
    /// it, and of a part, whether it has another number of callbacks than the others; one without any is passed over.
    pub fn begin(
        &mut self,
        slot: u32,
        now: i64,
        mut more: impl FnMut(u32, Broadcast) -> Option<u32>,
    ) -> Option<Call> {
        let places = self.slots.len() as u64;
        let parts = self.parts.len() as u64;
        let place = self.slots.get_mut(slot as usize)?;
        let mut passed_over = 0;
        while place.next == 0 {
            let sender = u64::from(place.round) * places + u64::from(slot);
            let number = sender * self.share.of + self.share.index + 1;
            place.part = u32::try_from(number.checked_rem(parts)?).ok()?;
            place.round = place.round.wrapping_add(1);
            let part = self.parts.get(place.part as usize)?;
            // Everything a payload tells lies behind it when it is sent.
            place.broadcast = Broadcast { number, began: now - part.length };
            place.callbacks = more(place.part, place.broadcast).unwrap_or(part.callbacks);
            if place.callbacks > 0 {
                break;
            }
            passed_over += 1;
            if passed_over > MOST_PASSED_OVER {
                return None;
            }
        }
        let part = self.parts.get(place.part as usize)?;
        let call = Call { part: place.part, callback: place.next, broadcast: place.broadcast, slot };
        place.next = (place.next + 1) % place.callbacks;
        place.busy = part.in_order;
        Some(call)
    }

    /// A callback has ended. When the one that waits for it was due, if one does: it is to be sent now.
    pub fn end(&mut self, slot: u32) -> Option<u64> {
        let place = self.slots.get_mut(slot as usize)?;
        place.busy = false;
        let at = place.first;
        let waiting = self.waiting.get_mut(at as usize)?;
        let due = waiting.due;
        place.first = waiting.next;
        if place.first == NONE {
            place.last = NONE;
        }
        waiting.next = std::mem::replace(&mut self.free, at);
        self.queued -= 1;
        Some(due)
    }

    /// How many places on the air there are.
    pub fn places(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    /// How many wait for the one before them.
    pub fn queued(&self) -> u64 {
        self.queued
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALONE: Share = Share { index: 0, of: 1 };

    fn part(callbacks: u32) -> Part {
        Part { callbacks, length: 60, in_order: true }
    }

    #[test]
    fn arrivals_go_round_the_broadcasts_and_each_tells_its_callbacks_in_order() {
        let mut broadcasts = Broadcasts::new(vec![part(2)], 2, ALONE);
        let mut told = Vec::new();
        for due in 0..6 {
            let slot = broadcasts.arrive(due).unwrap();
            let call = broadcasts.begin(slot, 1000, |_, _| None).unwrap();
            told.push((call.broadcast.number, call.callback));
            assert_eq!(call.broadcast.began, 940);
            assert_eq!(broadcasts.end(slot), None);
        }
        assert_eq!(told, [(1, 0), (2, 0), (1, 1), (2, 1), (3, 0), (4, 0)]);
    }

    #[test]
    fn what_comes_while_the_one_before_it_is_under_way_waits_and_is_sent_in_order() {
        let mut broadcasts = Broadcasts::new(vec![part(9)], 1, ALONE);
        let slot = broadcasts.arrive(10).unwrap();
        broadcasts.begin(slot, 0, |_, _| None).unwrap();
        assert_eq!([broadcasts.arrive(20), broadcasts.arrive(30)], [None, None]);
        assert_eq!(broadcasts.queued(), 2);
        assert_eq!(broadcasts.end(slot), Some(20));
        assert_eq!(broadcasts.begin(slot, 0, |_, _| None).unwrap().callback, 1);
        assert_eq!(broadcasts.arrive(40), None);
        assert_eq!(broadcasts.end(slot), Some(30));
        broadcasts.begin(slot, 0, |_, _| None).unwrap();
        assert_eq!(broadcasts.end(slot), Some(40));
        broadcasts.begin(slot, 0, |_, _| None).unwrap();
        assert_eq!((broadcasts.end(slot), broadcasts.queued()), (None, 0));
    }

    #[test]
    fn four_senders_put_the_same_broadcasts_on_the_air_as_one() {
        let numbers = |places: u32, share: Share| {
            let mut broadcasts = Broadcasts::new(vec![part(3), part(1)], places, share);
            let mut numbers = std::collections::BTreeSet::new();
            for due in 0..u64::from(places) * 3 {
                let slot = broadcasts.arrive(due).unwrap();
                let call = broadcasts.begin(slot, 0, |_, _| None).unwrap();
                numbers.insert((call.broadcast.number, call.part, call.callback));
                broadcasts.end(slot);
            }
            numbers
        };
        let together: std::collections::BTreeSet<_> =
            (0..4).flat_map(|index| numbers(2, Share { index, of: 4 })).collect();
        assert_eq!(together, numbers(8, ALONE));
    }

    #[test]
    fn a_place_on_the_air_takes_little_memory() {
        assert!(size_of::<Slot>() <= 48 && size_of::<Waiting>() == 16);
    }
}
