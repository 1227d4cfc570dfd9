//! Meaning of the exit codes.

use std::process::ExitCode;

use super::diagnostics::in_one_line;
use crate::report::inert;
use crate::verdict::load::LoadVerdict;

/// The documented exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Everything was tried, and every check passed.
    Passed = 0,
    /// A check failed, or the run is incomplete.
    Failed = 1,
    /// Usage, configuration or scenario error; nothing was sent.
    Usage = 2,
    /// The target was never reached, went away during an audit, or refused the first callback of one.
    Unreachable = 3,
    /// Nothing was checked.
    NothingChecked = 4,
    /// A threshold of a load run failed.
    Threshold = 5,
    /// The sender fell behind the schedule of a load run: its figures are not to be trusted.
    FellBehind = 6,
    /// A fault of ours, or a record that could not be written.
    Internal = 70,
    /// Stopped by SIGHUP: the terminal was closed. Record and reports are complete.
    HungUp = 129,
    /// Stopped by SIGINT; record and reports are complete.
    Interrupted = 130,
    /// Stopped by SIGTERM; record and reports are complete.
    Terminated = 143,
}

impl Exit {
    /// The code with its meaning, for a report.
    pub(super) fn told(self) -> (u8, &'static str) {
        let meaning = match self {
            Self::Passed => "everything was tried, and every check passed",
            Self::Failed => "a check failed, or not everything was tried",
            Self::Usage => "the set-up is wrong",
            Self::Unreachable => "the target was not reached, went away, or refused a plain callback",
            Self::NothingChecked => "nothing was checked",
            Self::Threshold => "a threshold failed, or the receiver's process ended by itself",
            Self::FellBehind => "the sender fell behind its schedule",
            Self::Internal => "an internal error, or a result that could not be written",
            Self::HungUp => "stopped by SIGHUP",
            Self::Interrupted => "stopped by SIGINT",
            Self::Terminated => "stopped by SIGTERM",
        };
        (self as u8, meaning)
    }
}

impl From<LoadVerdict> for Exit {
    fn from(verdict: LoadVerdict) -> Self {
        match verdict {
            LoadVerdict::Passed => Self::Passed,
            LoadVerdict::Failed => Self::Threshold,
            // One that a signal stopped has the code of the signal before this one.
            LoadVerdict::Incomplete => Self::Failed,
            LoadVerdict::FellBehind => Self::FellBehind,
            LoadVerdict::Unreachable => Self::Unreachable,
            LoadVerdict::NothingChecked => Self::NothingChecked,
            LoadVerdict::Miscounted => Self::Internal,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Reason for ending before any work: the exit code, and the text for standard error.
pub(super) struct Refused {
    /// The code.
    pub(super) exit: Exit,
    /// Ready to be printed.
    pub(super) text: String,
}

impl Refused {
    /// A usage error in one line.
    pub(super) fn usage(text: impl AsRef<str>) -> Self {
        let lines: Vec<String> = in_one_line(text.as_ref()).lines().map(inert).collect();
        Self { exit: Exit::Usage, text: format!("error: {}\n", lines.join("\n")) }
    }

    /// A fault of ours or of the system, in one line.
    pub(super) fn internal(text: impl AsRef<str>) -> Self {
        Self { exit: Exit::Internal, ..Self::usage(text) }
    }
}
