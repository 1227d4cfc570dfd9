//! Arrival time of an answer, by the clock of the system that received it.
//!
//! With it a thread need not be awake to see an answer come: it sleeps until the next callback is due, and reads then what came
//! meanwhile, and when. That saves a waking for each callback, and leaves the thread's own waking out of what is measured.

use std::time::Duration;

use super::{Time, Worker};
use crate::delivery::clock::Clock;

/// Interval between two comparisons of the clocks, in nanoseconds.
const COMPARED: Time = 10_000_000;
/// In that time they may drift so far; more is a step of the system's clock.
const DRIFT: u64 = 20_000;
/// Longest time that a comparison may take: a thread that the system interrupts in the middle of one compares nothing.
const NARROW: Time = 10_000;
/// Attempts at a comparison before it is put off.
const ATTEMPTS: usize = 5;
/// Time after a step of the clock during which stamps are not used, in nanoseconds.
const DISTRUST: Time = 1_000_000_000;

/// Offset of the system's clock from the schedule's.
#[derive(Default)]
pub(super) struct Clocks {
    /// Nanoseconds of the system's clock when the schedule began; none = not compared yet.
    origin: Option<i64>,
    compared: Time,
    distrusted: Time,
}

/// One reading of the system's clock between two of the schedule's.
#[derive(Clone, Copy)]
pub(super) struct ClockReading {
    before: Time,
    /// Nanoseconds since the epoch.
    system: i64,
    after: Time,
}

impl ClockReading {
    /// Reads both clocks.
    pub(super) fn read(schedule: impl Fn() -> Time, system: &Clock) -> Self {
        let before = schedule();
        let system = i64::try_from(system.now().as_nanosecond()).expect("nanoseconds until the year 2262");
        Self { before, system, after: schedule() }
    }

    fn gap(&self) -> Time {
        self.after.saturating_sub(self.before)
    }

    fn origin(&self) -> Option<i64> {
        self.system.checked_sub_unsigned(self.before + self.gap() / 2)
    }
}

impl Clocks {
    /// Compares the clocks from time to time.
    pub(super) fn compare(&mut self, now: Time, read: impl FnMut() -> ClockReading) {
        if self.origin.is_some() && now < self.compared + COMPARED {
            return;
        }
        let narrow = std::iter::repeat_with(read).take(ATTEMPTS).find(|read| read.gap() <= NARROW);
        let Some((narrow, origin)) = narrow.and_then(|read| Some((read, read.origin()?))) else { return };
        // A thread that slept for long has not compared them meanwhile.
        let drift = DRIFT * (narrow.after.saturating_sub(self.compared) / COMPARED).max(1);
        if self.origin.is_some_and(|known| origin.abs_diff(known) > drift) {
            self.distrusted = narrow.after + DISTRUST;
        }
        (self.origin, self.compared) = (Some(origin), narrow.after);
    }

    /// True when the system's stamps tell the arrival of an answer.
    pub(super) fn are_trusted(&self, now: Time) -> bool {
        self.origin.is_some() && now >= self.distrusted
    }

    /// The time of the schedule at this time of the system, if that can be believed.
    fn time(&self, stamp: Duration, now: Time) -> Option<Time> {
        let time = i64::try_from(stamp.as_nanos()).ok()?.checked_sub(self.origin?)?;
        Time::try_from(time).ok().filter(|time| self.are_trusted(now) && *time <= now)
    }
}

impl Worker {
    /// Arrival time of the bytes that were read last.
    pub(super) fn came(&mut self) -> Time {
        let stamp = self.reading.heard.take().and_then(|stamp| self.reading.clocks.time(stamp, self.now));
        stamp.unwrap_or(self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Begin of the schedule by the system's clock.
    const BEGIN: i64 = 1_700_000_000_000_000_000;
    const MS: Time = 1_000_000;

    /// A comparison at this time that took so long, of which the system's clock was read at the end.
    fn read(at: Time, took: Time) -> ClockReading {
        ClockReading { before: at, system: BEGIN + i64::try_from(at + took).unwrap(), after: at + took }
    }

    fn stamp(at: Time) -> Duration {
        Duration::from_nanos(BEGIN.unsigned_abs() + at)
    }

    #[test]
    fn a_thread_that_is_interrupted_while_it_compares_believes_the_stamps_all_the_same() {
        let mut clocks = Clocks::default();
        clocks.compare(MS, || read(MS, 100));
        for n in 2..100 {
            let at = n * 11 * MS;
            // Each comparison is interrupted, or four of five are.
            let mut tries = 0;
            clocks.compare(at, || {
                tries += 1;
                read(at, if n % 2 == 0 || tries < ATTEMPTS { 5 * MS } else { 100 })
            });
            let came = clocks.time(stamp(at - MS), at).expect("a stamp that is believed");
            assert!(came.abs_diff(at - MS) < NARROW, "{came}");
        }
    }

    #[test]
    fn stamps_are_not_used_before_the_clocks_were_compared_nor_after_a_step() {
        let mut clocks = Clocks::default();
        assert_eq!(clocks.time(stamp(MS), 2 * MS), None);
        clocks.compare(MS, || read(MS, 5 * MS));
        assert!(!clocks.are_trusted(2 * MS));
        clocks.compare(2 * MS, || read(2 * MS, 100));
        assert!(clocks.are_trusted(2 * MS));
        let stepped = ClockReading { system: read(20 * MS, 100).system + 50_000, ..read(20 * MS, 100) };
        clocks.compare(20 * MS, || stepped);
        assert!(!clocks.are_trusted(21 * MS) && clocks.are_trusted(21 * MS + DISTRUST));
        assert_eq!(clocks.time(stamp(20 * MS), 21 * MS), None);
    }
}
