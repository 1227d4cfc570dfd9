//! Presence of the receiver: the callback that it answered last, those since that found nobody or no answer, and whether it serves
//! one connection while another is slow.

use crate::callback::Class;
use crate::record::{CallbackRun, Outcome, RunRecord, ScenarioRun, TroubleKind};

/// Presence of the receiver, as its answers show it.
#[derive(Clone, Default)]
pub(super) struct Presence {
    /// The last callback that was answered: its scenario, and its id.
    pub(super) answered: Option<(usize, String)>,
    /// Legal callbacks that found nobody, since the last one that was answered.
    pub(super) absent: u32,
    /// Legal callbacks that failed without any answer, since the last one that had one.
    pub(super) unanswered: u32,
}

impl Presence {
    /// The same after the end of a callback, which failed or is as expected.
    pub(super) fn after(&self, callback: &CallbackRun, failed: bool) -> Self {
        let last = callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref());
        let is = |kind| last.and_then(|e| e.error.as_ref()).is_some_and(|error| error.kind == kind);
        let counted = |before: u32, now: bool| match (now, callback.line.class) {
            (true, Class::Legal) => before.saturating_add(1),
            (true, _) => before,
            (false, _) => 0,
        };
        Self {
            answered: self.answered.clone(),
            absent: counted(self.absent, is(TroubleKind::Connect)),
            unanswered: counted(self.unanswered, failed && is(TroubleKind::Timeout)),
        }
    }

    /// The last callback that was answered, for a person, if a scenario has the same receiver.
    pub(super) fn last(&self, run: &RunRecord, scenario: usize) -> Option<String> {
        let (answered, id) = self.answered.as_ref()?;
        let line = |index: usize| run.scenarios.get(index).map(|run| &run.line);
        let (theirs, own) = (line(*answered)?, line(scenario)?);
        (theirs.target == own.target).then(|| match theirs.path == own.path {
            true => id.clone(),
            false => format!("{id} of {}", theirs.path),
        })
    }
}

/// Treatment of legal callbacks that come while something rough of the same scenarios is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bystanders {
    /// One was accepted meanwhile.
    Served,
    /// One got no answer, or no connection: the receiver serves one connection at a time.
    Starved,
    /// Nothing shows it, or not yet.
    Unknown,
}

impl Bystanders {
    pub(super) fn of<'a>(runs: impl Iterator<Item = &'a ScenarioRun> + Clone) -> Self {
        let is_legal = |callback: &CallbackRun| callback.line.class == Class::Legal;
        let is_served = |run: &ScenarioRun| {
            let rough =
                |callback: &CallbackRun| callback.line.class == Class::Rough && callback.outcome.is_none();
            let accepted = |callback: &CallbackRun| callback.outcome == Some(Outcome::Accepted);
            run.callbacks.iter().any(rough) && run.callbacks.iter().any(accepted)
        };
        let is_starved = |callback: &CallbackRun| {
            let last = callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref());
            let error = last.and_then(|exchange| exchange.error.as_ref());
            is_legal(callback)
                && error
                    .is_some_and(|error| matches!(error.kind, TroubleKind::Timeout | TroubleKind::NotTaken))
        };
        match runs.clone().any(is_served) {
            true => Self::Served,
            false if runs.flat_map(|run| &run.callbacks).any(is_starved) => Self::Starved,
            false => Self::Unknown,
        }
    }
}
