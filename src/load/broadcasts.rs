//! Many broadcasts on the air at once. Each sends its callbacks in order. Pure.
//!
//! Arrivals go round the broadcasts, so which callback an arrival becomes does not depend on how fast the receiver is. One
//! that comes while the callback before it is still under way waits for its end, and its latency counts all the same from
//! when it was due.
//!
//! The first broadcasts are at different points of their course when the load starts ([`Phase::Spread`]), so that every event
//! occurs in the scenario's proportion from the first second on.

use super::pace::Share;
use crate::number;
use crate::plan::Broadcast;

/// A scenario's part in a load: what a broadcast of it comes to.
#[derive(Clone, Copy, Debug)]
pub struct BroadcastShare {
    /// Callbacks of one broadcast; at least one.
    pub callbacks: u32,
    /// Time from its start to its last callback, in whole seconds, rounded up.
    pub length: i64,
    /// Its callbacks wait for each other.
    pub in_order: bool,
}

/// Phase of the first broadcasts at the start of a load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// At different callbacks: those before it count as sent before the load.
    #[default]
    Spread,
    /// All at their first callback.
    Together,
}

/// The places on the air of a load, over all senders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// Number of broadcasts at the same time; each sender has at least one.
    pub count: u64,
    /// Phase of the first broadcasts at the start of the load.
    pub phase: Phase,
}

/// A callback that is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Index of the part.
    pub part: u32,
    /// Index of the callback in the part.
    pub callback: u32,
    /// Broadcast of the callback.
    pub broadcast: Broadcast,
    /// Slot of the broadcast; given back when the callback has ended.
    pub slot: u32,
}

/// The broadcasts of one sender.
pub struct Broadcasts {
    parts: Vec<BroadcastShare>,
    slots: Vec<PlaceOnAir>,
    share: Share,
    arrived: u64,
    waiting: Vec<WaitingBroadcast>,
    /// First of the places in `waiting` that are free.
    free: u32,
    /// Number of waiting callbacks.
    queued: u64,
}

/// A place on the air: one broadcast after the other.
#[derive(Clone, Copy)]
struct PlaceOnAir {
    broadcast: Broadcast,
    /// Number of earlier broadcasts at this place.
    round: u32,
    part: u32,
    /// Number of its callbacks.
    callbacks: u32,
    /// Index of the next callback.
    next: u32,
    /// Start of the place within that callback, in thousandths: a broadcast with more callbacks than the others has several there.
    within: u32,
    /// Its broadcast has begun.
    open: bool,
    busy: bool,
    /// The first and the last of those that wait.
    first: u32,
    last: u32,
}

#[derive(Clone, Copy)]
struct WaitingBroadcast {
    due: u64,
    next: u32,
}

const NONE: u32 = u32::MAX;
/// Limit of consecutive broadcasts without a callback: beyond it, all broadcasts are taken to be without one.
const MOST_PASSED_OVER: u32 = 100;

impl Broadcasts {
    /// One sender's share of the places.
    pub fn new(parts: Vec<BroadcastShare>, places: Places, share: Share) -> Self {
        let whole = places.count.max(share.of);
        // What does not divide evenly goes to the first senders.
        let own = (whole + share.of - 1).saturating_sub(share.index) / share.of;
        let slot = |index: u64| {
            let Start { part, next, within } =
                start(&parts, index * share.of + share.index, Places { count: whole, ..places });
            let broadcast = Broadcast { number: 0, began: 0 };
            PlaceOnAir {
                broadcast,
                round: 0,
                part,
                callbacks: 1,
                next,
                within,
                open: false,
                busy: false,
                first: NONE,
                last: NONE,
            }
        };
        let slots = (0..own.max(1)).map(slot).collect();
        Self { slots, parts, share, arrived: 0, waiting: Vec::new(), free: NONE, queued: 0 }
    }

    /// The next callback is due, at this time. Where it belongs; none = it waits for the one before it.
    pub fn arrive(&mut self, due: u64) -> Option<u32> {
        let places = self.slots.len() as u64;
        let slot = number::capped::<u32>(self.arrived % places);
        self.arrived += 1;
        if !self.slots.get(slot as usize)?.busy {
            return Some(slot);
        }
        let at = self.store(WaitingBroadcast { due, next: NONE });
        self.queued += 1;
        let place = self.slots.get_mut(slot as usize)?;
        let last = std::mem::replace(&mut place.last, at);
        match self.waiting.get_mut(last as usize) {
            Some(before) => before.next = at,
            None => place.first = at,
        }
        None
    }

    fn store(&mut self, waiting: WaitingBroadcast) -> u32 {
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
        let parts = u32::try_from(self.parts.len()).ok()?;
        let place = self.slots.get_mut(slot as usize)?;
        let mut passed_over = 0;
        while !place.open {
            let part = self.parts.get(place.part as usize)?;
            let sender = u64::from(place.round) * places + u64::from(slot);
            let number = sender * self.share.of + self.share.index + 1;
            // Everything a payload says lies behind it when it is sent.
            place.broadcast = Broadcast { number, began: now - part.length };
            place.callbacks = more(place.part, place.broadcast).unwrap_or(part.callbacks);
            if place.callbacks > 0 {
                // One with another number of callbacks starts as far in its course as the others would.
                let within = std::mem::take(&mut place.within);
                place.next = scaled(place.next, within, place.callbacks, part.callbacks);
                place.open = true;
                break;
            }
            place.over(parts);
            passed_over += 1;
            if passed_over > MOST_PASSED_OVER {
                return None;
            }
        }
        let part = self.parts.get(place.part as usize)?;
        let call = Call { part: place.part, callback: place.next, broadcast: place.broadcast, slot };
        place.next += 1;
        if place.next >= place.callbacks {
            place.over(parts);
        }
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

    /// Number of places for broadcasts.
    pub fn places(&self) -> u32 {
        number::capped::<u32>(self.slots.len())
    }

    /// Number of callbacks waiting for the one before them.
    pub fn queued(&self) -> u64 {
        self.queued
    }
}

impl PlaceOnAir {
    /// Its broadcast is over: the next one is of the next part.
    fn over(&mut self, parts: u32) {
        self.round = self.round.wrapping_add(1);
        (self.part, self.next, self.within) = ((self.part + 1) % parts.max(1), 0, 0);
        self.open = false;
    }
}

/// Thousandths of a callback.
const WHOLE: u64 = 1000;

/// Start of a place: the part, its callback, and thousandths of it.
struct Start {
    part: u32,
    next: u32,
    within: u32,
}

/// Start of a place; places are counted over all senders.
///
/// A place sends one part after the other, so its course is the callbacks of all parts. As many neighbours as there are
/// callbacks start at all of them; a shift from one such group to the next gives every sender of several all of them, too.
fn start(parts: &[BroadcastShare], place: u64, Places { count, phase }: Places) -> Start {
    let course: u64 = parts.iter().map(|part| u64::from(part.callbacks)).sum();
    let at = |part, next, within: u64| Start { part, next, within: number::capped::<u32>(within) };
    let thousandths = match phase {
        Phase::Together => {
            return at(number::capped::<u32>(place % (parts.len() as u64).max(1)), 0, 0);
        }
        Phase::Spread if course == 0 => return at(0, 0, 0),
        Phase::Spread if count < course => scattered(place, count) * course * WHOLE / count,
        Phase::Spread => {
            // The groups lie apart within a callback, too.
            let group = place / course;
            scattered((place + group) % course, course) * WHOLE + group * 618 % WHOLE
        }
    };
    let mut callback = thousandths / WHOLE;
    for (part, index) in parts.iter().zip(0..) {
        match u32::try_from(callback) {
            Ok(callback) if callback < part.callbacks => return at(index, callback, thousandths % WHOLE),
            _ => callback = callback.saturating_sub(part.callbacks.into()),
        }
    }
    at(0, 0, 0)
}

/// The number at this place of 0 to `count` in an order in which neighbours lie far apart: the first few of them are spread over
/// all.
fn scattered(place: u64, count: u64) -> u64 {
    // The golden ratio leaves the largest gap filled next, whatever the count.
    let near = count * 618 / 1000;
    // In steps of 1, every number is met.
    let step = (near..count).find(|step| gcd(*step, count) == 1).map_or(1, |step| step.max(1));
    place * step % count
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Position in a course of `to` callbacks that corresponds to `at`, and thousandths of it, in one of `of`.
fn scaled(at: u32, within: u32, to: u32, of: u32) -> u32 {
    let thousandths = u64::from(at) * WHOLE + u64::from(within);
    let scaled = thousandths * u64::from(to) / u64::from(of.max(1)) / WHOLE;
    number::capped::<u32>(scaled).min(to.saturating_sub(1))
}

#[cfg(test)]
mod tests;
