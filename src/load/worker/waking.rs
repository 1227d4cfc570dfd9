//! How a thread waits for what is due next, and is there in time.
//!
//! A machine wakes a sleeper late, by a time that hardly changes: some microseconds on bare metal, some tens on virtual
//! machines. A thread that must be exact learns that time, sets its alarm earlier by it, and looks for answers while it waits
//! for what is left.

use std::io;

use rustix::event::Timespec;
use rustix::thread::{ClockId, clock_nanosleep_relative};
use rustix::time::{Itimerspec, TimerfdTimerFlags, timerfd_settime};

use super::{Pacing, Time, Worker, nanoseconds};

/// Sleeping longer than this without an ear for answers saves nothing.
const NAP: Time = 2_000_000;
/// What a waking that was later than expected adds to the expectation, and what another takes from it: three of four are then
/// no later.
const LATER: Time = 600;
const SOONER: Time = 200;
/// The most that is expected: more is a machine that is busy otherwise, and no alarm helps.
const DROWSIEST: Time = 100_000;

impl Worker {
    /// Waits for `wake`, or leaves that to the wait for events: how long that may take at most; none = until the timer says
    /// so, which is set for it.
    pub(super) fn rest_until(&mut self, wake: Time) -> io::Result<Option<Timespec>> {
        let ahead = wake.saturating_sub(self.now);
        match self.task.pacing {
            // Whole milliseconds are all that a wait knows everywhere, and without a schedule they do.
            _ if self.task.pacer.is_none() => Ok(Some(milliseconds(ahead))),
            Pacing::Spin => Ok(Some(milliseconds(0))),
            Pacing::Economy(window) => {
                let ahead = ahead.max(nanoseconds(window));
                if self.may_nap() {
                    nap(ahead.min(NAP));
                    return Ok(Some(milliseconds(0)));
                }
                Ok(Some(milliseconds(ahead)))
            }
            Pacing::Exact if ahead <= self.drowsy => Ok(Some(milliseconds(0))),
            Pacing::Exact if ahead <= NAP && self.may_nap() => {
                nap(ahead - self.drowsy);
                self.woke(wake - self.drowsy);
                Ok(Some(milliseconds(0)))
            }
            Pacing::Exact => {
                let alarm = wake - self.drowsy;
                if self.armed != alarm {
                    let once =
                        Itimerspec { it_interval: milliseconds(0), it_value: timespec(alarm - self.now) };
                    timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once)?;
                    self.armed = alarm;
                }
                Ok(None)
            }
        }
    }

    /// The system tells when answers came, and nobody waits for one: nobody needs to be awake for them.
    fn may_nap(&self) -> bool {
        self.stamps && self.task.broadcasts.queued() == 0 && self.has_line() && self.side.is_none()
    }

    /// Learns from a waking that was wanted for `alarm`.
    pub(super) fn woke(&mut self, alarm: Time) {
        let late = self.clock().saturating_sub(alarm);
        self.drowsy = match late > self.drowsy {
            true => (self.drowsy + LATER).min(DROWSIEST),
            false => self.drowsy.saturating_sub(SOONER),
        };
    }
}

fn nap(time: Time) {
    // Woken early by a signal: what is due is looked at afresh anyway.
    let _ = clock_nanosleep_relative(ClockId::Monotonic, &timespec(time));
}

fn timespec(time: Time) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(time / 1_000_000_000).unwrap_or(i64::MAX),
        tv_nsec: i64::try_from(time % 1_000_000_000).unwrap_or_default(),
    }
}

/// In whole milliseconds, rounded up.
fn milliseconds(time: Time) -> Timespec {
    timespec(time.div_ceil(1_000_000).saturating_mul(1_000_000))
}
