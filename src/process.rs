//! Process groups: a shell command and everything that it started.

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

/// A process group of ours.
#[derive(Clone, Copy, Debug)]
pub struct Group(Pid);

impl Group {
    /// The group that a process of this number leads.
    pub fn of(leader: u32) -> Option<Self> {
        Pid::from_raw(leader.cast_signed()).map(Self)
    }

    /// Sends it a signal. It may have ended by itself.
    pub fn signal(self, signal: Signal) {
        let _ = kill_process_group(self.0, signal);
    }

    /// Its number.
    pub fn number(self) -> i32 {
        self.0.as_raw_nonzero().get()
    }

    /// Ends it at once.
    pub fn kill(self) {
        self.signal(Signal::KILL);
    }

    /// A process of it is still in the system's table.
    pub fn alive(self) -> bool {
        test_kill_process_group(self.0).is_ok()
    }
}
