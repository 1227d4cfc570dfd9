//! Waiting of a thread for the next due time, without being late.
//!
//! A machine wakes a sleeper late, by a time that hardly changes: some microseconds on bare metal, some tens on virtual
//! machines. A thread that must be exact learns that time, sets its alarm earlier by it, and looks for answers while it waits
//! for what is left.

use std::io;

use super::{Pacing, Time, Worker, nanoseconds};
use crate::load::os::{System, Wait, nap};

/// Sleeping longer than this without an ear for answers saves nothing.
const NAP: Time = 2_000_000;
/// Increase of the expected latency after a later wake-up, and the decrease after an earlier one. Three of four
/// wake-ups then are not later.
const LATER: Time = 600;
const SOONER: Time = 200;
/// The most that is expected: more is a machine that is busy otherwise, and no alarm helps.
const DROWSIEST: Time = 100_000;

/// The alarm of a thread.
#[derive(Default)]
pub(super) struct Alarm {
    /// Time that it is set for.
    armed: Time,
    /// Wake-up latency of this machine.
    wake_latency: Time,
}

impl Alarm {
    /// Time that it is set for.
    pub(super) fn armed(&self) -> Time {
        self.armed
    }

    fn set(&mut self, system: &mut System, alarm: Time, now: Time) -> io::Result<()> {
        if self.armed != alarm {
            system.alarm(alarm - now)?;
            self.armed = alarm;
        }
        Ok(())
    }

    /// Learns from a waking that was so late.
    fn learn(&mut self, late: Time) {
        self.wake_latency = match late > self.wake_latency {
            true => (self.wake_latency + LATER).min(DROWSIEST),
            false => self.wake_latency.saturating_sub(SOONER),
        };
    }
}

impl Worker {
    /// Waits for `wake`, or leaves that to the wait for events.
    pub(super) fn rest_until(&mut self, wake: Time) -> io::Result<Wait> {
        let ahead = wake.saturating_sub(self.now);
        match self.task.pacing {
            // Without a schedule whole milliseconds do.
            _ if self.task.pacer.is_none() => Ok(Wait::AtMost(ahead)),
            Pacing::Spin => Ok(Wait::AtMost(0)),
            Pacing::Economy(window) => {
                let ahead = ahead.max(nanoseconds(window));
                if self.may_nap() {
                    nap(ahead.min(NAP));
                    return Ok(Wait::AtMost(0));
                }
                Ok(Wait::AtMost(ahead))
            }
            Pacing::Exact if ahead <= self.alarm.wake_latency => Ok(Wait::AtMost(0)),
            Pacing::Exact if ahead <= NAP && self.may_nap() => {
                nap(ahead - self.alarm.wake_latency);
                self.woke(wake - self.alarm.wake_latency);
                Ok(Wait::AtMost(0))
            }
            Pacing::Exact => {
                self.alarm.set(&mut self.system, wake - self.alarm.wake_latency, self.now)?;
                Ok(Wait::Alarm)
            }
        }
    }

    /// The system records when answers came, which can be believed, and no callback waits for one: the thread may sleep.
    fn may_nap(&self) -> bool {
        self.reading.stamps
            && self.reading.clocks.are_trusted(self.now)
            && self.task.broadcasts.queued() == 0
            && self.has_line()
            && !self.slow.is_open()
    }

    /// Learns from a waking that was wanted for `alarm`.
    pub(super) fn woke(&mut self, alarm: Time) {
        let late = self.clock().saturating_sub(alarm);
        self.alarm.learn(late);
    }
}
