//! Near misses: answers that pass, and may not mean what they say.

use std::collections::BTreeMap;

use super::inert;
use super::text::amount;
use crate::callback::Class;
use crate::record::{CallbackRun, CaseScore, Finding, FindingKind, Outcome, RunRecord, ScenarioRun};
use crate::verdict::NOTE;
use crate::verdict::cause::{self, BACKLOG};

/// Notes that are shown of a run.
const MOST: usize = 10;

/// Note on a run that names no receiver.
pub const EMBEDDED: &str =
    "the built-in receiver was tested, since no target was named (-t, HOOKREEL_TARGET)";

/// Notes of a run, the same ones together: `3 of 5 callbacks: ...`.
pub fn of_run(run: &RunRecord) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for scenario in &run.scenarios {
        // Of a wrong key that was sent on purpose a refusal in words says nothing.
        for callback in scenario.callbacks.iter().filter(|callback| !bears_a_wrong_key(callback)) {
            let refused = || cause::refused_in_words(callback, &scenario.line);
            let text = |note: &Finding| match note.kind {
                Some(FindingKind::FailureInBody) => cause::with_cause(&note.actual, refused()),
                _ => note.actual.clone(),
            };
            of_callback(callback).for_each(|note| *counts.entry(text(note)).or_default() += 1);
        }
    }
    let all = amount(run.callbacks().count(), "callback");
    let line = |(text, count): (String, usize)| format!("{count} of {all}: {}", inert(&text));
    let retried = retried(run).map(|(count, text)| line((text, count)));
    left_out(run)
        .into_iter()
        .chain(crowded(run))
        .chain(retried)
        .chain(counts.into_iter().map(line))
        .take(MOST)
        .collect()
}

/// Part of the catalogue that `--quick` left out.
fn left_out(run: &RunRecord) -> Option<String> {
    let others = run.header.audit.as_ref()?.left_out?;
    Some(format!("--quick played the `must` cases only; {others} other cases were not played"))
}

/// Claims that were not verified of a scenario with faults; none where its state was asked for.
pub fn unverified(scenario: &ScenarioRun) -> Option<String> {
    let hurt = scenario.callbacks.iter().any(|callback| !callback.line.faults.is_empty());
    if !hurt || !scenario.state.is_empty() {
        return None;
    }
    let unsent = scenario.callbacks.iter().any(|callback| callback.outcome() == Outcome::NotSent);
    let reason = match unsent || !scenario.over {
        // Whoever asks for the state does so at the end.
        true => "the run ended before the scenario did",
        // A command that is followed by no audit asks for no state either.
        false if scenario.line.audit.is_empty() => "only the answers were checked",
        false => "only the answers were checked (--state URL)",
    };
    Some(format!("whether each file was stored once; {reason}"))
}

/// Sentence about what is checked of a receiver's list.
pub(super) const IDS_ALONE: &str =
    "of the stored entries only the ids were checked, not duration, size or address";

/// Sentence about the part of a receiver that an audit did not look at: so many cases passed, and so many of them by their answers
/// alone. None where nothing passed.
pub fn not_checked(passed: usize, by_answers: usize) -> Option<String> {
    match (passed, by_answers) {
        (0, _) => None,
        // With a state, a case is judged without it only where it has no bearing.
        (all, by_answers) if all == by_answers => {
            let were =
                if all == 1 { "1 passed case was".to_owned() } else { format!("{all} passed cases were") };
            Some(format!("{were} judged by the HTTP answer only; --state URL also checks what was stored"))
        }
        _ => Some(IDS_ALONE.to_owned()),
    }
}

/// Advice for an audit that a signal stopped.
pub const RESUMABLE: &str = "stopped early; --resume plays what was skipped, if --record was given";

/// That advice, where a signal stopped an audit.
pub(super) fn resumable(run: &RunRecord) -> Option<&'static str> {
    let signal = run.stopped.as_ref().is_some_and(|why| why.starts_with("SIG"));
    (signal && !run.cases.is_empty()).then_some(RESUMABLE)
}

/// Words for a case that the baseline says fails, and that does not.
pub const STALE: &str = "known to fail (--baseline), and passes now";

/// The cases of an audit that the baseline says fail, and that pass.
pub(super) fn of_baseline(run: &RunRecord) -> Option<String> {
    let stale = run.cases.iter().filter(|case| case.known && case.score == CaseScore::Passed);
    let ids: Vec<&str> = stale.map(|case| case.id.as_str()).collect();
    (!ids.is_empty()).then(|| format!("{STALE}; remove from the file: {}", ids.join(" ")))
}

/// A fault signs an attempt of it with another key.
fn bears_a_wrong_key(callback: &CallbackRun) -> bool {
    callback.line.faults.iter().any(|fault| fault.contains("wrong-key"))
}

/// It was accepted only after a retry, though no fault asked for one.
fn late(callback: &CallbackRun) -> bool {
    let plain = callback.line.class == Class::Legal && callback.line.faults.is_empty();
    plain && callback.outcome == Some(Outcome::Accepted) && callback.attempts.len() > 1
}

/// Number of callbacks that were accepted only after a retry, and what came before.
fn retried(run: &RunRecord) -> Option<(usize, String)> {
    let count = run.callbacks().filter(|callback| late(callback)).count();
    (count > 0).then(|| (count, retries(run.callbacks().filter(|callback| late(callback)))))
}

/// The ends of the attempts before the last.
fn retries<'a>(callbacks: impl Iterator<Item = &'a CallbackRun>) -> String {
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for callback in callbacks {
        let before = callback.attempts.iter().rev().skip(1).filter_map(|attempt| attempt.exchange.as_ref());
        for exchange in before {
            let end = match (&exchange.answer, &exchange.error) {
                (Some(answer), _) => answer.status.to_string(),
                (None, Some(error)) => error.kind.words().to_owned(),
                (None, None) => "no answer".to_owned(),
            };
            *ends.entry(end).or_default() += 1;
        }
    }
    let ends: Vec<String> = ends.iter().map(|(end, count)| format!("{end} ×{count}")).collect();
    format!("accepted only after a retry; what came before: {}", ends.join(", "))
}

/// Callbacks that found no place in the queue of the receiver's listening socket.
fn crowded(run: &RunRecord) -> Option<String> {
    let whole = run.scenarios.iter().filter(|scenario| !scenario.receiver_ended());
    let count: usize = whole.map(|scenario| scenario.crowded_out().len()).sum();
    let all = amount(run.callbacks().count(), "callback");
    (count > 0).then(|| format!("{count} of {all}: {BACKLOG}"))
}

/// Notes of some callbacks, each once.
pub(super) fn of<'a>(callbacks: impl Iterator<Item = &'a CallbackRun>) -> String {
    let mut texts: Vec<String> = Vec::new();
    for callback in callbacks {
        let own = of_callback(callback).map(|note| note.actual.clone());
        for text in late(callback).then(|| retries([callback].into_iter())).into_iter().chain(own) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
    }
    texts.join("; ")
}

fn of_callback(callback: &CallbackRun) -> impl Iterator<Item = &Finding> {
    callback.findings.iter().filter(|finding| finding.check == NOTE)
}
