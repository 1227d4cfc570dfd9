//! System interface of the load engine: events of connections, an alarm, arrival times of answers, the processor time
//! of a thread. Linux has a home of its own; every other system shares the portable one, which the feature
//! `portable-load` puts to work on Linux too, for tests.
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

/// Time limit of a wait for events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// At most this many nanoseconds, rounded up to the precision of the system; 0 = do not wait.
    AtMost(u64),
    /// Until the alarm, which is one of the events.
    Alarm,
}

/// Source of an event.
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
    /// Source of the event.
    fn source(&self) -> EventSource;
    /// Something can be read.
    fn readable(&self) -> bool;
    /// Something can be written.
    fn writable(&self) -> bool;
    /// The other side sends nothing more, or the connection is gone.
    fn ending(&self) -> bool;
}

/// Result of a read.
pub(super) struct Heard {
    /// Number of bytes; 0 = nothing more will come.
    pub(super) bytes: usize,
    /// True if there is nothing else to read now.
    pub(super) empty: bool,
    /// Arrival of the last byte, by the system's clock; only if the system was asked for it.
    pub(super) at: Option<Duration>,
}
