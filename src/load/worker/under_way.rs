//! Callbacks under way, and those that wait for their next try.

use std::cmp::Ordering;

use super::Time;
use crate::load::broadcasts::Call;
use crate::load::first_callbacks::FailureKind;
use crate::record::Outcome;

/// A callback under way.
#[derive(Clone, Copy)]
pub(super) struct CallbackUnderWay {
    pub(super) call: Call,
    /// Index of its event.
    pub(super) event: u32,
    /// Its due time.
    pub(super) due: Time,
    /// Since when this attempt can be made.
    pub(super) ready: Time,
    /// Lateness of the sender with it: its own, or that of the callback that it waited for, whichever is longer.
    pub(super) late: Time,
    /// Start of this attempt; none while there is no connection for it.
    pub(super) begun: Option<Time>,
    /// Number of started attempts.
    pub(super) attempts: u32,
    /// Number of attempts with an unknown end.
    pub(super) doubts: u32,
    /// The time that is signed, in Unix seconds.
    pub(super) signed_for: i64,
    /// Number of failed connections.
    pub(super) unreached: u32,
    /// Its latency is known.
    pub(super) measured: bool,
    /// It has had an answer.
    pub(super) answered: bool,
    /// It is counted as sent.
    pub(super) counted: bool,
    /// A connection was opened for it.
    pub(super) opened: bool,
    /// Its request is to be sent again on a new connection, as the attempt that it was.
    pub(super) resend: bool,
    /// The last answer is a no after which the sender tries no more.
    pub(super) for_good: bool,
    /// Failure of its last attempt, if known.
    pub(super) failure: Option<FailureKind>,
}

/// A callback that is sent again, and when. The earliest is the greatest, as a heap wants it.
pub(super) struct PlannedRetry {
    pub(super) due: Time,
    pub(super) exchange: CallbackUnderWay,
}

impl Ord for PlannedRetry {
    fn cmp(&self, other: &Self) -> Ordering {
        other.due.cmp(&self.due)
    }
}

impl PartialOrd for PlannedRetry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for PlannedRetry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for PlannedRetry {}

impl CallbackUnderWay {
    pub(super) fn new(call: Call, event: u32, due: Time) -> Self {
        Self {
            call,
            event,
            due,
            ready: due,
            late: 0,
            begun: None,
            attempts: 0,
            doubts: 0,
            signed_for: 0,
            unreached: 0,
            measured: false,
            answered: false,
            counted: false,
            opened: false,
            resend: false,
            for_good: false,
            failure: None,
        }
    }

    /// Takes over lateness of the callback that this one waited for: had that one been in time, this one could have gone so much earlier.
    pub(super) fn take_over(&mut self, late: Time, waited: Time) {
        self.late = self.late.max(late.min(waited));
    }

    /// The outcome when nothing more comes of it.
    pub(super) fn without_yes(&self) -> Outcome {
        if self.doubts > 0 {
            // Each began, and nobody can say what the receiver made of it.
            Outcome::InDoubt
        } else if self.attempts == 0 {
            Outcome::Unreachable
        } else if self.for_good {
            Outcome::RefusedForGood
        } else if self.attempts == 1 && self.unreached == 0 {
            Outcome::Rejected
        } else {
            Outcome::GaveUp
        }
    }

    /// The outcome of one that the end of the run cuts off.
    pub(super) fn unfinished(&self) -> Outcome {
        match (self.begun, self.attempts) {
            (Some(_), _) => Outcome::InDoubt,
            (None, 0) if self.unreached == 0 => Outcome::NotSent,
            _ => match self.without_yes() {
                Outcome::Rejected => Outcome::GaveUp,
                outcome => outcome,
            },
        }
    }
}
