//! Verdict of a run. [`of_exchange`] is the one place where an exchange becomes findings, for runs, audits and loads
//! alike; `checks/` has them, one check per file. [`on_run`] is the verdict over all findings.

pub mod cause;
mod checks;
mod expectation;
pub mod limit;
pub mod load;
pub mod outage;
mod replayed;
pub mod state;
mod stored;
pub mod threshold;

use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use crate::callback::Class;
use crate::record::{
    Attempt, CallbackRun, CaseScore, Exchange, Finding, Noted, Outcome, RECEIVER, RunRecord, ScenarioRun,
};

use checks::finding;
pub use checks::names::{ACKNOWLEDGED, NOTE};
pub use checks::notes::{SLOW, noted_after, says_nothing};
pub use checks::{LastExchange, names as check};
pub use expectation::Expectation;
pub use replayed::{Replayed, counts as replayed_counts, replayed};
pub use stored::stored_once;

/// Judges the exchange that ended a callback.
///
/// The findings have no place yet: the caller, which knows the scenario, adds it.
pub fn of_exchange(class: Class, last: LastExchange<'_>, expectation: &Expectation) -> Vec<Finding> {
    checks::ALL.iter().flat_map(|check| check(class, &last, expectation)).collect()
}

/// Result of an exchange, for a person.
pub fn seen(exchange: &Exchange) -> String {
    let Some(answer) = &exchange.answer else {
        return exchange.error.as_ref().map_or_else(|| "no answer".into(), |error| error.text.clone());
    };
    let place = answer.location.as_ref();
    let place = place.map_or_else(String::new, |place| format!(" to {place} (redirects are not followed)"));
    let trouble = exchange.error.as_ref().map_or_else(String::new, |error| format!(", but {}", error.text));
    format!("status {}{place}{trouble}", answer.status)
}

/// The verdict on a run or on one of its scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything was tried, and every check passed.
    Passed,
    /// A check failed.
    Failed,
    /// No check failed, and not everything was tried: the run was stopped or killed, or its record is damaged.
    Incomplete,
    /// There was nothing to try.
    NothingChecked,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Incomplete => "incomplete",
            Self::NothingChecked => "nothing checked",
        })
    }
}

/// The verdict on one scenario.
pub fn on_scenario(scenario: &ScenarioRun) -> Verdict {
    let of_callbacks = scenario.callbacks.iter().flat_map(|callback| &callback.findings);
    if of_callbacks.chain(&scenario.state).any(|finding| !finding.ok) {
        Verdict::Failed
    } else if !scenario.over || !scenario.callbacks.iter().all(CallbackRun::passed) {
        Verdict::Incomplete
    } else if scenario.callbacks.is_empty() && scenario.state.is_empty() {
        Verdict::NothingChecked
    } else {
        Verdict::Passed
    }
}

/// The verdict on a whole run. Of an audit its cases decide: a callback may fail in one that does not count.
pub fn on_run(run: &RunRecord) -> Verdict {
    if !run.cases.is_empty() {
        return on_cases(run);
    }
    let verdicts: Vec<Verdict> = run.scenarios.iter().map(on_scenario).collect();
    if verdicts.contains(&Verdict::Failed) {
        Verdict::Failed
    } else if verdicts.contains(&Verdict::Incomplete) || cut_off(run).is_some() {
        Verdict::Incomplete
    } else if verdicts.contains(&Verdict::Passed) {
        Verdict::Passed
    } else {
        Verdict::NothingChecked
    }
}

fn on_cases(run: &RunRecord) -> Verdict {
    let counted = |score: CaseScore| run.cases.iter().any(|case| case.counts && case.score == score);
    let findings = run.callbacks().flat_map(|callback| &callback.findings);
    let mut findings = findings.chain(run.scenarios.iter().flat_map(|scenario| &scenario.state));
    let set_up = run.set_up.as_ref();
    if set_up.is_some_and(|wrong| wrong.ended) {
        return Verdict::Incomplete;
    }
    if counted(CaseScore::Failed) || findings.any(|finding| !finding.ok && finding.check == RECEIVER) {
        Verdict::Failed
    } else if set_up.is_some() || counted(CaseScore::NotReached) || cut_off(run).is_some() {
        Verdict::Incomplete
    } else if run.cases.iter().any(|case| case.score != CaseScore::NotApplicable) {
        Verdict::Passed
    } else {
        Verdict::NothingChecked
    }
}

/// Reason for the doubt about a callback, for a person; none where there is none.
pub fn doubt(callback: &CallbackRun) -> Option<&'static str> {
    let last = callback.attempts.last().filter(|_| callback.outcome() == Outcome::InDoubt)?;
    Some(match last.exchange {
        None => "the run ended during an attempt: the receiver may have taken the callback, or not",
        Some(_) => "the run ended after an attempt that was not accepted; another might have followed",
    })
}

/// The reason of a run that ended because its own record could not be written.
pub const RECORD_UNWRITTEN: &str = "the record could not be written, so the figures lack what came after";

/// Reason for an incomplete run, for a person; none if it came to its end and its record is whole.
pub fn cut_off(run: &RunRecord) -> Option<String> {
    let killed = (!run.ended).then(|| "killed: the record has no end".to_owned());
    let stopped = run.stopped.as_ref().map(|why| format!("stopped early: {why}"));
    let whys = killed.into_iter().chain(stopped).chain(lines_lost(run.lost)).chain(miscounted(run));
    let whys: Vec<String> = whys.collect();
    (!whys.is_empty()).then(|| whys.join("; "))
}

/// Difference between the lines read and the callbacks and outcomes reported, for a run that came to its end; none = no
/// difference.
pub fn miscounted(run: &RunRecord) -> Option<String> {
    let Noted { planned, ended } = run.noted;
    let with =
        |outcome: &Outcome| run.callbacks().filter(|callback| callback.outcome == Some(*outcome)).count();
    let told = Outcome::ALL.iter().map(with).sum::<usize>() as u64;
    // What could not be recorded was not noted either.
    let unwritten = run.stopped.as_deref() == Some(RECORD_UNWRITTEN);
    let whole = run.ended && run.lost == 0 && !unwritten;
    (whole && (planned != ended || ended != told)).then(|| {
        format!("{planned} callbacks were planned, {ended} outcomes were noted, and {told} are reported: a fault of hookreel")
    })
}

/// Warning about a record that lacks lines.
pub fn lines_lost(lost: u64) -> Option<String> {
    let lines = match lost {
        0 => return None,
        1 => "a line is".to_owned(),
        more => format!("{more} lines are"),
    };
    Some(format!("{lines} missing in the record: it was changed or damaged after it was written"))
}

/// Nothing of the run ever reached the receiver, and something tried to.
pub fn unreachable(run: &RunRecord) -> bool {
    let ended = |outcome| run.callbacks().any(|callback| callback.outcome == Some(outcome));
    let reached = |attempt: &Attempt| attempt.exchange.as_ref().is_some_and(Exchange::reached);
    ended(Outcome::Unreachable) && !run.callbacks().flat_map(|callback| &callback.attempts).any(reached)
}
