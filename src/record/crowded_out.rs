//! Callbacks of a crowd for which the receiver's listening socket had no place.

use super::{CallbackRun, Outcome, RECEIVER, ScenarioRun, TroubleDetail, TroubleKind};
use crate::callback::Class;

/// Connections that the smallest usual queue of a listening socket holds.
const BACKLOG: usize = 5;

impl ScenarioRun {
    /// True if the receiver's process ended while it was under way: connections that it held are reset by that.
    pub fn receiver_ended(&self) -> bool {
        let findings = self.callbacks.iter().flat_map(|callback| &callback.findings).chain(&self.state);
        findings.into_iter().any(|finding| !finding.ok && finding.check == RECEIVER)
    }

    /// Legal callbacks of a crowd that found no place in the queue of the receiver's listening socket: more than a small one holds were
    /// sent in the same instant, others of them were answered, and these were reset or not taken. They say nothing about what the
    /// receiver does with a callback.
    pub fn crowded_out(&self) -> Vec<&CallbackRun> {
        let crowd = |own: &CallbackRun| {
            let alike = || self.callbacks.iter().filter(|other| other.line.due_ms == own.line.due_ms);
            alike().count() > BACKLOG && alike().any(|other| other.outcome == Some(Outcome::Accepted))
        };
        let not_taken = |own: &CallbackRun| {
            let last = own.attempts.last().and_then(|attempt| attempt.exchange.as_ref());
            let trouble = last.filter(|last| last.answer.is_none()).and_then(|last| last.error.as_ref());
            trouble.is_some_and(|trouble| match trouble.kind {
                TroubleKind::NotTaken => true,
                TroubleKind::Closed => trouble.detail == Some(TroubleDetail::Reset),
                _ => false,
            })
        };
        let legal = self.callbacks.iter().filter(|own| own.line.class == Class::Legal);
        legal.filter(|own| not_taken(own) && crowd(own)).collect()
    }
}
