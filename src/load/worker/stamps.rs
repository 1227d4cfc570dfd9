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
/// Time after a step of the clock during which stamps are not used, in nanoseconds.
const DISTRUST: Time = 1_000_000_000;

/// Offset of the system's clock from the schedule's.
pub(super) struct Clocks {
    system: Clock,
    /// Nanoseconds of the system's clock when the schedule began.
    origin: i64,
    compared: Time,
    distrusted: Time,
}

impl Clocks {
    pub(super) fn new() -> Self {
        Self { system: Clock::system(), origin: 0, compared: 0, distrusted: 0 }
    }

    /// Compares the clocks from time to time; `now` tells the schedule's.
    pub(super) fn compare(&mut self, before: Time, now: impl FnOnce() -> Time) {
        if self.compared > 0 && before < self.compared + COMPARED {
            return;
        }
        let system = i64::try_from(self.system.now().as_nanosecond()).unwrap_or_default();
        let after = now();
        let between = before + after.saturating_sub(before) / 2;
        let origin = system - i64::try_from(between).unwrap_or_default();
        // A thread that slept for long has not compared them meanwhile.
        let drift = DRIFT * (after.saturating_sub(self.compared) / COMPARED).max(1);
        if self.compared > 0 && (origin - self.origin).unsigned_abs() > drift {
            self.distrusted = after + DISTRUST;
        }
        (self.origin, self.compared) = (origin, after);
    }

    /// The time of the schedule at this time of the system, if that can be believed.
    fn time(&self, stamp: Duration, now: Time) -> Option<Time> {
        let time = i64::try_from(stamp.as_nanos()).ok()?.checked_sub(self.origin)?;
        Time::try_from(time).ok().filter(|time| now >= self.distrusted && *time <= now)
    }
}

impl Worker {
    /// Arrival time of the bytes that were read last.
    pub(super) fn came(&mut self) -> Time {
        let stamp = self.reading.heard.take().and_then(|stamp| self.reading.clocks.time(stamp, self.now));
        stamp.unwrap_or(self.now)
    }
}
