//! How a thread waits for what is due next, and is there in time.
//!
//! A machine wakes a sleeper late, by a time that hardly changes: some microseconds on bare metal, some tens on virtual
//! machines. A thread that must be exact learns that time, sets its alarm earlier by it, and looks for answers while it waits
//! for what is left.

use std::io;
use std::os::fd::OwnedFd;

use rustix::event::Timespec;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::thread::{ClockId, clock_nanosleep_relative};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
};

use super::{Pacing, TIMER, Time, Worker, nanoseconds};

/// Sleeping longer than this without an ear for answers saves nothing.
const NAP: Time = 2_000_000;
/// What a waking that was later than expected adds to the expectation, and what another takes from it: three of four are then
/// no later.
const LATER: Time = 600;
const SOONER: Time = 200;
/// The most that is expected: more is a machine that is busy otherwise, and no alarm helps.
const DROWSIEST: Time = 100_000;

/// An alarm that is precise to the microsecond, which the time limit of a wait is not everywhere.
pub(super) struct Alarm {
    timer: OwnedFd,
    /// What it is set for.
    armed: Time,
    /// How late this machine wakes a sleeper.
    drowsy: Time,
}

impl Alarm {
    /// One whose events are told under the number [`TIMER`].
    ///
    /// # Errors
    /// The system has none.
    pub(super) fn new(epoll: &OwnedFd) -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        epoll::add(epoll, &timer, EventData::new_u64(TIMER), EventFlags::IN | EventFlags::ET)?;
        Ok(Self { timer, armed: 0, drowsy: 0 })
    }

    /// What it is set for.
    pub(super) fn armed(&self) -> Time {
        self.armed
    }

    fn set(&mut self, alarm: Time, now: Time) -> io::Result<()> {
        if self.armed != alarm {
            let once = Itimerspec { it_interval: milliseconds(0), it_value: timespec(alarm - now) };
            timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once)?;
            self.armed = alarm;
        }
        Ok(())
    }

    /// Learns from a waking that was so late.
    fn learn(&mut self, late: Time) {
        self.drowsy = match late > self.drowsy {
            true => (self.drowsy + LATER).min(DROWSIEST),
            false => self.drowsy.saturating_sub(SOONER),
        };
    }
}

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
            Pacing::Exact if ahead <= self.alarm.drowsy => Ok(Some(milliseconds(0))),
            Pacing::Exact if ahead <= NAP && self.may_nap() => {
                nap(ahead - self.alarm.drowsy);
                self.woke(wake - self.alarm.drowsy);
                Ok(Some(milliseconds(0)))
            }
            Pacing::Exact => {
                self.alarm.set(wake - self.alarm.drowsy, self.now)?;
                Ok(None)
            }
        }
    }

    /// The system tells when answers came, and nobody waits for one: nobody needs to be awake for them.
    fn may_nap(&self) -> bool {
        self.stamps && self.task.broadcasts.queued() == 0 && self.has_line() && !self.slow.is_open()
    }

    /// Learns from a waking that was wanted for `alarm`.
    pub(super) fn woke(&mut self, alarm: Time) {
        let late = self.clock().saturating_sub(alarm);
        self.alarm.learn(late);
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
