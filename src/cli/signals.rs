//! Signals that end a command: listened for from its start, so that none is lost.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex as AsyncMutex;
use tokio::time::{Instant, timeout};

use super::exit::Exit;
use crate::process::Group;

/// A second signal that comes so soon is the first one: some senders signal a process and then its group.
const ECHO: Duration = Duration::from_millis(100);

/// Listens for SIGINT, SIGTERM and SIGHUP. A signal that arrives while no play waits is kept, also from one play of a
/// command to the next.
#[derive(Clone)]
pub(super) struct Signals(Arc<AsyncMutex<Streams>>);

/// The one listener of this process: the system's own way with a signal is gone with the first, so it has to stay.
static LISTENER: OnceLock<Signals> = OnceLock::new();

/// The exit code of the first signal that came; 0 = none did.
static FIRST: AtomicU8 = AtomicU8::new(0);

/// True if signals were watched before anything could react to one.
static EARLY: AtomicBool = AtomicBool::new(false);

/// Time to wait for signals that came earlier: the system reports them at the first wait.
const MOMENT: Duration = Duration::from_millis(1);

#[cfg(unix)]
struct Streams {
    both: Option<[tokio::signal::unix::Signal; 2]>,
    /// Stream of hangups; none if they are to be ignored, as below `nohup`.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Streams {
    fn open() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let both = signal(SignalKind::interrupt()).and_then(|i| Ok([i, signal(SignalKind::terminate())?]));
        let hangup = if is_ignored(SIGHUP) { None } else { signal(SignalKind::hangup()).ok() };
        Self { both: both.ok(), hangup }
    }

    async fn next(&mut self) -> Exit {
        let Some([interrupt, terminate]) = &mut self.both else { return std::future::pending().await };
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
}

/// Ctrl-C and Ctrl-Break interrupt; a console that is closed hangs up, and a system that ends terminates.
#[cfg(windows)]
struct Streams(
    Option<(
        tokio::signal::windows::CtrlC,
        tokio::signal::windows::CtrlBreak,
        tokio::signal::windows::CtrlClose,
        tokio::signal::windows::CtrlShutdown,
    )>,
);

#[cfg(windows)]
impl Streams {
    fn open() -> Self {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
        let all = || Ok::<_, std::io::Error>((ctrl_c()?, ctrl_break()?, ctrl_close()?, ctrl_shutdown()?));
        Self(all().ok())
    }

    async fn next(&mut self) -> Exit {
        let Some((c, pause, close, shutdown)) = &mut self.0 else { return std::future::pending().await };
        tokio::select! {
            _ = c.recv() => Exit::Interrupted,
            _ = pause.recv() => Exit::Interrupted,
            _ = close.recv() => Exit::HungUp,
            _ = shutdown.recv() => Exit::Terminated,
        }
    }
}

impl Signals {
    /// Begins to listen. To be called in a runtime, before anything is started that has to be ended.
    pub(super) fn listen() -> Self {
        LISTENER.get_or_init(|| Self(Arc::new(AsyncMutex::new(Streams::open())))).clone()
    }

    /// A signal that came before now: before anything could react to it, or too late for an earlier play.
    pub(super) async fn before(&self) -> Option<Exit> {
        if EARLY.swap(false, Ordering::SeqCst)
            && let Ok(exit) = timeout(MOMENT, self.next()).await
        {
            return Some(exit);
        }
        heard()
    }

    /// The next signal, as the exit code that it leads to.
    pub(super) async fn next(&self) -> Exit {
        let exit = self.0.lock().await.next().await;
        let _ = FIRST.compare_exchange(0, exit as u8, Ordering::SeqCst, Ordering::SeqCst);
        exit
    }

    /// The next signal that is not the echo of one that has just come.
    pub(super) async fn another(&self) -> Exit {
        let from = Instant::now() + ECHO;
        loop {
            let exit = self.next().await;
            if Instant::now() >= from {
                return exit;
            }
        }
    }
}

/// The exit code of the first signal that was heard, at whatever time: a command that plays several times ends with it.
pub(super) fn heard() -> Option<Exit> {
    NAMES.iter().map(|(_, exit)| *exit).find(|exit| *exit as u8 == FIRST.load(Ordering::SeqCst))
}

/// Begins to listen at once to a signal that whoever started this process ignores for it, as a shell does with SIGINT for what a
/// script puts into the background: until somebody listens, the system throws it away in place of ending the process.
pub(super) fn listen_to_what_is_ignored() {
    if !is_ignored(SIGINT) && !is_ignored(SIGTERM) {
        return;
    }
    // What comes after this runtime has gone is kept for the next one.
    if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() {
        let _within = runtime.enter();
        Signals::listen();
        EARLY.store(true, Ordering::SeqCst);
    }
}

/// Listens to the signal that a write beyond the largest size of a file (`ulimit -f`) sends, so that it fails as on a full disk in place
/// of ending the process without a report. A process that is started has the system's own way again.
#[cfg(unix)]
pub(super) fn outlive_large_files() {
    use tokio::signal::unix::{SignalKind, signal};
    if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() {
        let _within = runtime.enter();
        // What cannot be listened to ends the process, as before.
        let _ = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
    }
}

#[cfg(not(unix))]
pub(super) fn outlive_large_files() {}

#[cfg(unix)]
const SIGHUP: u32 = 1;
const SIGINT: u32 = 2;
const SIGTERM: u32 = 15;

/// True if the parent process set a signal to be ignored. Valid only before anything listens.
#[cfg(target_os = "linux")]
fn is_ignored(signal: u32) -> bool {
    // Where it cannot be known, nothing is ignored, as in most processes.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // The same.
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask >> (signal - 1) & 1 == 1
}

#[cfg(not(target_os = "linux"))]
fn is_ignored(_: u32) -> bool {
    false
}

/// Watched signals, and the process group to end if there is no time to wait.
pub(super) type Guard = (Signals, Arc<Mutex<Option<Group>>>);

/// The first signal stops the work in order, the second at once, together with the receiver that was started for it.
pub(super) async fn heed(signals: Signals, group: &Mutex<Option<Group>>, stop: impl FnOnce(Exit)) {
    stop(signals.next().await);
    let exit = signals.another().await;
    if let Some(group) = &*group.lock().unwrap_or_else(PoisonError::into_inner) {
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
