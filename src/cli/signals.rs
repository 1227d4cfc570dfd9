//! Signals that end a command: listened for from its start, so that none is lost.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::exit::Exit;
use crate::process::Group;

/// A second signal that comes so soon is the first one: some senders signal a process and then its group.
const ECHO: Duration = Duration::from_millis(100);

/// Listens for SIGINT, SIGTERM and SIGHUP. What comes while nobody asks is kept.
pub(super) struct Signals {
    #[cfg(unix)]
    streams: Option<[tokio::signal::unix::Signal; 2]>,
    /// None where a hangup is to be ignored, as below `nohup`.
    #[cfg(unix)]
    hangup: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    /// Begins to listen. To be called in a runtime, before anything is started that has to be ended.
    #[cfg(unix)]
    pub(super) fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let both = signal(SignalKind::interrupt()).and_then(|i| Ok([i, signal(SignalKind::terminate())?]));
        let hangup = if hangup_is_ignored() { None } else { signal(SignalKind::hangup()).ok() };
        Self { streams: both.ok(), hangup }
    }

    /// Begins to listen.
    #[cfg(not(unix))]
    pub(super) fn listen() -> Self {
        Self {}
    }

    /// The next signal, as the exit code that it leads to.
    #[cfg(unix)]
    pub(super) async fn next(&mut self) -> Exit {
        let Some([interrupt, terminate]) = &mut self.streams else { return std::future::pending().await };
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => Exit::Interrupted,
            _ = terminate.recv() => Exit::Terminated,
            _ = hangup => Exit::HungUp,
        }
    }

    /// The next signal, as the exit code that it leads to.
    #[cfg(not(unix))]
    pub(super) async fn next(&mut self) -> Exit {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Exit::Interrupted,
            Err(_) => std::future::pending().await,
        }
    }

    /// The next signal that is not the echo of one that has just come.
    pub(super) async fn another(&mut self) -> Exit {
        let from = Instant::now() + ECHO;
        loop {
            let exit = self.next().await;
            if Instant::now() >= from {
                return exit;
            }
        }
    }
}

/// Whoever started this process told it to outlive its terminal.
#[cfg(target_os = "linux")]
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // The first signal is SIGHUP.
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn hangup_is_ignored() -> bool {
    false
}

/// What is listened to, and what has to be ended when there is no time to wait.
pub(super) type Guard = (Signals, Arc<Mutex<Option<Group>>>);

/// The first signal stops the work in order, the second at once, together with the receiver that was started for it.
pub(super) async fn heed(mut signals: Signals, group: &Mutex<Option<Group>>, stop: impl FnOnce(Exit)) {
    stop(signals.next().await);
    let exit = signals.another().await;
    if let Some(group) = *group.lock().unwrap_or_else(PoisonError::into_inner) {
        group.kill();
    }
    std::process::exit(exit as i32);
}

/// The signals that stop a run, and the exit code of each.
const NAMES: [(&str, Exit); 3] =
    [("SIGHUP", Exit::HungUp), ("SIGINT", Exit::Interrupted), ("SIGTERM", Exit::Terminated)];

/// The signal that leads to an exit code.
pub(super) fn name(exit: Exit) -> &'static str {
    NAMES.iter().find(|(_, own)| *own == exit).map_or("SIGINT", |(name, _)| name)
}

/// The exit code of a run that was stopped for this reason, if it is a signal. Read off the run itself: by the time it is
/// closed, the task that heard the signal may not have got any further.
pub(super) fn exit(stopped: Option<&str>) -> Option<Exit> {
    NAMES.iter().find(|(name, _)| Some(*name) == stopped).map(|(_, exit)| *exit)
}
