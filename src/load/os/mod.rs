//! What the load engine asks of the system: events of connections, an alarm, the time at which answers came, the processor time
//! of a thread. Linux has a home of its own; every other system shares the portable one, which the feature `portable-load` puts
//! to work on Linux too, for tests.
//!
//! Both homes have the same names, and nothing else of the engine knows which one it has:
//!
//! | Name | |
//! | --- | --- |
//! | `System` | events, the alarm and the waker of one sending thread |
//! | `Socket` | a connection that never waits, and tells when its bytes came where the system says so |
//! | `Event`, `Happened` | what happened, and room for it |
//! | `Control`, `control` | room for what the system says of a stretch of bytes |
//! | `WakeUp` | wakes a sending thread from another one |
//! | `nap`, `cpu` | sleeps a little; the processor time of this thread |
//! | `Awake`, `AWAKE` | the permission to keep processors awake, and what gives it |
//! | `STAMPS`, `TIMERS` | what the system can do, for the report |

#[cfg(all(target_os = "linux", not(feature = "portable-load")))]
mod linux;
#[cfg(not(all(target_os = "linux", not(feature = "portable-load"))))]
mod portable;

#[cfg(all(target_os = "linux", not(feature = "portable-load")))]
use linux as home;
#[cfg(not(all(target_os = "linux", not(feature = "portable-load"))))]
use portable as home;

use std::time::Duration;

pub use home::{AWAKE, Awake, STAMPS, TIMERS};
pub(super) use home::{Control, Event, Happened, Socket, System, WakeUp, control, cpu, nap};

/// The time that a wait for events may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// So many nanoseconds, rounded up to what the system knows; 0 = it only looks.
    AtMost(u64),
    /// Until the alarm, which is one of the events.
    Alarm,
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventSource {
    /// The line of this number.
    Line(u32),
    /// Another thread rang.
    WakeUp,
    /// The alarm.
    Alarm,
}

/// An event.
pub(super) trait ReadyEvent {
    /// What it is about.
    fn source(&self) -> EventSource;
    /// Something can be read.
    fn readable(&self) -> bool;
    /// Something can be written.
    fn writable(&self) -> bool;
    /// The other side sends nothing more, or the connection is gone.
    fn ending(&self) -> bool;
}

/// What was read.
pub(super) struct Heard {
    /// Number of bytes; 0 = nothing more will come.
    pub(super) bytes: usize,
    /// There is nothing else just now.
    pub(super) empty: bool,
    /// When the last of it came, by the system's clock; where the system was asked to say so.
    pub(super) at: Option<Duration>,
}
