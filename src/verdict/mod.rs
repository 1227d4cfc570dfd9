//! What the run means: one check per file, each giving a finding with its reason; and the verdict over all findings.

mod acknowledged;
mod kept;
pub mod limit;
pub mod load;
pub mod outage;
mod refused;
pub mod state;
mod stored;
mod survived;
pub mod threshold;
mod untold;
mod within;

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::record::{Attempt, CallbackRun, Exchange, Finding, Outcome, Run, ScenarioRun};

pub use stored::stored_once;

/// What is expected of the receiver's answers.
#[derive(Clone)]
pub struct Expectation {
    /// Longest time that an accepted callback may take.
    pub within: Option<Duration>,
    /// What a no looks like, for a person.
    pub no: String,
}

/// A check looks at one callback that was tried, and says what it found, if it has anything to say.
type Check = fn(&CallbackRun, &Expectation) -> Option<Finding>;

/// Every check of a single callback, in the order of reports.
static ALL: &[Check] =
    &[acknowledged::check, refused::check, survived::check, untold::check, kept::check, within::check];

/// How the last attempt ended.
fn last(callback: &CallbackRun) -> Option<&Exchange> {
    callback.attempts.last()?.exchange.as_ref()
}

/// Judges a callback that has ended. One that was not sent, or whose end cannot be known, gets no finding: nothing is
/// called held that was not tried.
pub fn judge(callback: &CallbackRun, expectation: &Expectation) -> Vec<Finding> {
    match callback.outcome() {
        Outcome::NotSent | Outcome::InDoubt => Vec::new(),
        _ => ALL.iter().filter_map(|check| check(callback, expectation)).collect(),
    }
}

/// The verdict on a run or on one of its scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything was tried, and all of it held.
    Passed,
    /// Something broke, or was not tried.
    Failed,
    /// There was nothing to try.
    NothingChecked,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NothingChecked => "nothing checked",
        })
    }
}

/// The verdict on one scenario.
pub fn on_scenario(scenario: &ScenarioRun) -> Verdict {
    let state_held = scenario.state.iter().all(|finding| finding.ok);
    match scenario.callbacks.as_slice() {
        [] if scenario.state.is_empty() => Verdict::NothingChecked,
        callbacks if state_held && callbacks.iter().all(CallbackRun::held) => Verdict::Passed,
        _ => Verdict::Failed,
    }
}

/// The verdict on a whole run.
pub fn on_run(run: &Run) -> Verdict {
    let verdicts: Vec<Verdict> = run.scenarios.iter().map(on_scenario).collect();
    if verdicts.contains(&Verdict::Failed) {
        Verdict::Failed
    } else if verdicts.contains(&Verdict::Passed) {
        Verdict::Passed
    } else {
        Verdict::NothingChecked
    }
}

/// Nothing of the run ever reached the receiver, and something tried to.
pub fn unreachable(run: &Run) -> bool {
    let ended = |outcome| run.callbacks().any(|callback| callback.outcome == Some(outcome));
    let reached = |attempt: &Attempt| {
        attempt
            .exchange
            .as_ref()
            .is_some_and(|e| e.answer.is_some() || e.error.as_ref().is_some_and(|e| e.kind.reached()))
    };
    ended(Outcome::Unreachable) && !run.callbacks().flat_map(|callback| &callback.attempts).any(reached)
}
