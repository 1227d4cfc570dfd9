//! The receiver's own process, if it was started for the run: its changes and its output.

use std::pin::Pin;

use tokio::time::Instant;

use crate::record::{Finding, KEEPS_RUNNING, RECEIVER};

/// A change of the receiver's process, with its time.
#[derive(Clone, Debug)]
pub struct ReceiverEvent {
    /// Time of the change.
    pub at: Instant,
    /// The change.
    pub what: ReceiverChange,
    /// The last lines that it printed, without secrets.
    pub lines: Vec<String>,
}

/// Change of the receiver's process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiverChange {
    /// It ended by itself: how.
    Ended(String),
    /// It took more memory than it may, in bytes, and was ended.
    Outgrew {
        /// Taken.
        used: u64,
        /// Allowed.
        limit: u64,
    },
    /// It took much memory, in bytes; it goes on.
    Swelled {
        /// Taken.
        used: u64,
    },
}

/// Stops the receiver and starts it again.
pub trait Restart: Send + Sync + 'static {
    /// Ends when it takes connections again.
    ///
    /// # Errors
    /// It does not, or there is no command to start it by.
    fn restart(&self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>>;
    /// Waits while the receiver has ended by itself and is started again; after an exchange that broke off also until it is
    /// known whether it has. Gives how often it was started so.
    fn steady(&self, broke: bool) -> Pin<Box<dyn Future<Output = u32> + Send + '_>>;
}

/// Output of the receiver's process.
pub trait Printed: Send + Sync + 'static {
    /// The last lines between two moments, at most `most`, without secrets.
    fn between(&self, from: Instant, to: Instant, most: usize) -> Vec<String>;
}

impl ReceiverEvent {
    /// True if the process is gone.
    pub fn is_end(&self) -> bool {
        !matches!(self.what, ReceiverChange::Swelled { .. })
    }

    /// The event in words.
    pub fn text(&self) -> String {
        match &self.what {
            ReceiverChange::Ended(how) => format!("the receiver's process ended by itself ({how})"),
            ReceiverChange::Outgrew { used, limit } => format!(
                "the receiver's process took {} of memory, more than {}, and was ended",
                size(*used),
                size(*limit)
            ),
            ReceiverChange::Swelled { used } => format!(
                "the receiver's process takes {} of memory; --exec-memory SIZE would end it",
                size(*used)
            ),
        }
    }

    /// Finding about the callback during which it happened.
    pub fn finding(&self, answered: Option<&str>) -> Finding {
        let told = |id| format!("; the last callback that it answered was {id}");
        let last = answered.map_or_else(String::new, told);
        Finding {
            check: RECEIVER.into(),
            ok: !self.is_end(),
            expected: KEEPS_RUNNING.into(),
            actual: format!("{}{last}", self.text()),
            ..Finding::default()
        }
    }
}

/// A size for people, from bytes.
pub fn size(bytes: u64) -> String {
    let mib = bytes >> 20;
    if mib < 1024 {
        return format!("{mib} MiB");
    }
    // In tenths, so that 2560 MiB is 2.5 GiB.
    let tenths = bytes / ((1 << 30) / 10);
    format!("{}.{} GiB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_end_fails_and_a_swelling_does_not() {
        let event =
            |what| ReceiverEvent { at: Instant::now(), what, lines: vec!["Segmentation fault".into()] };
        let ended = event(ReceiverChange::Ended("exit status: 139".into()));
        let finding = ended.finding(Some("x-1"));
        assert!(!finding.ok);
        assert_eq!(
            finding.actual,
            "the receiver's process ended by itself (exit status: 139); the last callback that it answered was x-1"
        );
        let swelled = event(ReceiverChange::Swelled { used: 2560 << 20 });
        assert!(swelled.finding(None).ok && swelled.text().contains("2.5 GiB"));
    }
}
