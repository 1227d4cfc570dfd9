//! The score of a played case. Pure: a scenario's part of the record → passed, failed or skipped, with the reasons.

use std::collections::BTreeSet;
use std::fmt;

use crate::callback::Class;
use crate::record::{CallbackRun, Finding, NOT_REACHED, Outcome, RECEIVER, ScenarioRun, TroubleKind};
pub use crate::record::{KEEPS_LISTENING, Seen};
use crate::verdict::cause::reports_failures;
use crate::verdict::check::is_of_result;

/// The score of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Score {
    /// The receiver did what a right one does.
    Passed {
        /// Only its answers were looked at: whether it stored what it should, and nothing else, was not seen.
        by_answers: bool,
        /// Where a right one may accept or reject: which it did. Empty where there was nothing to choose.
        chosen: String,
    },
    /// It did not.
    Failed(Vec<Seen>),
    /// It was not judged.
    Skipped(Reason),
}

impl Score {
    /// The receiver's process ended during the case.
    pub fn ended(&self) -> bool {
        matches!(self, Self::Failed(seen) if seen.iter().any(Seen::is_end))
    }
}

/// Why a case was not judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// No receiver can tell what was changed.
    Uncovered,
    /// It does not apply to this provider or to this audit.
    NotApplicable(String),
    /// It was to be played, and did not come to its end.
    NotReached(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uncovered => f.write_str("the signature does not cover what is changed"),
            Self::NotApplicable(why) => f.write_str(&in_the_terms_of_the_case(why)),
            Self::NotReached(why) => write!(f, "{NOT_REACHED}{why}"),
        }
    }
}

/// The reason of a fault that finds no callback, without the words of a scenario file.
fn in_the_terms_of_the_case(why: &str) -> String {
    let why = why.trim_end_matches(": the fault would test nothing");
    let parts = why.strip_prefix("nth: ").and_then(|rest| rest.split_once(", but this scenario has only "));
    match parts {
        Some((nth, count)) => {
            format!("the case is about callback {nth}, and this provider sends only {count} there")
        }
        None => why.to_owned(),
    }
}

/// Different failures with their number, in order: those that say the same of several callbacks are one.
pub fn kinds(seen: &[Seen]) -> Vec<(&Seen, usize)> {
    let mut kinds: Vec<(&Seen, usize)> = Vec::new();
    for one in seen {
        match kinds.iter_mut().find(|(known, _)| known.kind() == one.kind()) {
            Some((_, count)) => *count += 1,
            None => kinds.push((one, 1)),
        }
    }
    kinds
}

/// All of it in one line: the first of each kind, and how many are alike.
pub fn told(seen: &[Seen]) -> String {
    let line = |(first, count): &(&Seen, usize)| match count {
        1 => first.to_string(),
        several => format!("{first} ({several} callbacks)"),
    };
    kinds(seen).iter().map(line).collect::<Vec<_>>().join("; ")
}

/// How much of an answer is shown.
const ANSWER_SHOWN: usize = 160;

/// Whether rejections are all that was asked of the receiver: one that rejects everything passes.
pub fn refusals_only(played: &ScenarioRun) -> bool {
    played.callbacks.iter().all(|callback| callback.line.class == Class::Hostile)
}

/// Judges a case by what became of its callbacks.
pub fn score(played: &ScenarioRun) -> Score {
    let callbacks = &played.callbacks;
    // It says enough: whatever else was seen follows from it.
    let ended = callbacks.iter().flat_map(|c| c.findings.iter().map(move |f| (f, c)));
    let mut ended = ended.filter(|(finding, _)| !finding.ok && finding.check == RECEIVER).peekable();
    if ended.peek().is_some() {
        return Score::Failed(
            ended.map(|(finding, c)| Seen { id: c.line.id.clone(), ..seen(finding) }).collect(),
        );
    }
    if callbacks.is_empty() {
        return Score::Skipped(Reason::NotApplicable("no callback follows from it".into()));
    }
    if let Some(why) = unreached(played) {
        return Score::Skipped(Reason::NotReached(why));
    }
    let crowded: Vec<&str> = played.crowded_out().iter().map(|callback| callback.line.id.as_str()).collect();
    let taken = callbacks.iter().filter(|callback| !crowded.contains(&callback.line.id.as_str()));
    let mut failed: Vec<Seen> = taken.flat_map(failures).collect();
    let (of_state, refused) =
        (played.state.iter().filter(|finding| !finding.ok), refused_by_status(callbacks));
    let refused_in_body = reports_failures(played);
    failed.extend(of_state.map(|finding| Seen { refused, refused_in_body, ..seen(finding) }));
    if !failed.is_empty() {
        return Score::Failed(failed);
    }
    if callbacks.iter().all(|callback| callback.line.class == Class::Unprotected) {
        return Score::Skipped(Reason::Uncovered);
    }
    Score::Passed { by_answers: played.state.is_empty(), chosen: chosen(callbacks) }
}

/// True if hostile callbacks were answered, each with a status that refuses it.
fn refused_by_status(callbacks: &[CallbackRun]) -> bool {
    let hostile = callbacks.iter().filter(|callback| callback.line.class == Class::Hostile);
    let mut refused = hostile.map(|callback| {
        let last = callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref());
        let answer = last.and_then(|exchange| exchange.answer.as_ref());
        answer.is_some_and(|answer| (400..500).contains(&answer.status))
    });
    refused.next().is_some_and(|first| first && refused.all(|it| it))
}

/// What the receiver did with callbacks that a right one may accept or reject.
fn chosen(callbacks: &[CallbackRun]) -> String {
    let open = callbacks.iter().filter(|callback| callback.line.class == Class::Rough);
    let chosen = open.filter_map(|callback| {
        let exchange = callback.attempts.last()?.exchange.as_ref()?;
        Some(match (&exchange.answer, callback.outcome()) {
            (Some(_), Outcome::Accepted) => "accepted".to_owned(),
            (Some(answer), _) => format!("rejected with {}", answer.status),
            (None, _) => "closed the connection".to_owned(),
        })
    });
    let chosen: BTreeSet<String> = chosen.collect();
    chosen.into_iter().collect::<Vec<_>>().join(", ")
}

/// The reason of a case with a callback that was not sent.
pub const NOT_SENT: &str = "a callback is not sent";

/// Why the case says nothing about the receiver, if it does not.
fn unreached(played: &ScenarioRun) -> Option<String> {
    let callbacks = &played.callbacks;
    let open = |callback: &&CallbackRun| matches!(callback.outcome(), Outcome::NotSent | Outcome::InDoubt);
    if let Some(callback) = callbacks.iter().find(open) {
        return Some(format!("a callback is {}", callback.outcome()));
    }
    if let Some(end) = played.state.iter().find(|finding| !finding.ok && finding.check == RECEIVER) {
        return Some(end.actual.clone());
    }
    // Before anything of it was sent, so it says nothing about what came of it.
    if let Some(finding) = played.state.iter().find(|finding| finding.is_setup()) {
        return Some(finding.actual.clone());
    }
    // What never reached the receiver says nothing about it; that it went away in mid-case does. A plain and legal
    // callback makes nobody go away.
    let plain = callbacks.iter().all(|callback| callback.line.class == Class::Legal);
    if plain && callbacks.iter().any(absent) {
        return Some("the receiver went away".into());
    }
    let gone = callbacks.first().is_some_and(absent) && callbacks.iter().all(|c| absent(c) || not_taken(c));
    gone.then(|| "the receiver was not there".into())
}

fn failures(callback: &CallbackRun) -> Vec<Seen> {
    let failed = callback.findings.iter().filter(|finding| !finding.ok);
    failed.map(|finding| failure(finding, callback)).collect()
}

/// A failed check of a callback, with the end of its exchange.
fn failure(finding: &Finding, callback: &CallbackRun) -> Seen {
    let last = callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref());
    let answer = last.and_then(|exchange| exchange.answer.as_ref());
    let result = last.filter(|_| is_of_result(&finding.check));
    Seen {
        id: callback.line.id.clone(),
        answer: answer.map_or_else(String::new, |answer| begin(&answer.body)),
        status: result.and_then(|exchange| exchange.answer.as_ref()).map(|answer| answer.status),
        trouble: result.and_then(|exchange| exchange.error.as_ref()).map(|error| error.kind),
        ..seen(finding)
    }
}

/// Failure of a case by a plain callback that was sent behind it.
pub fn failed_afterwards(after: &CallbackRun) -> Seen {
    let failed = after.findings.iter().find(|finding| !finding.ok);
    let outcome = || Seen { got: after.outcome().to_string(), ..Seen::default() };
    let seen = failed.map_or_else(outcome, |finding| failure(finding, after));
    let (id, check, answer) = (String::new(), String::new(), String::new());
    Seen { id, check, answer, expected: "a plain callback afterwards is accepted".into(), ..seen }
}

/// The begin of an answer's body, in one line.
pub fn begin(body: &str) -> String {
    let line = body.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(ANSWER_SHOWN).collect();
    if short.len() < line.len() { format!("{short}...") } else { short }
}

fn absent(callback: &CallbackRun) -> bool {
    callback.outcome() == Outcome::Unreachable && !not_taken(callback)
}

/// It is there, and takes no connections: that is what a flood looks for.
fn not_taken(callback: &CallbackRun) -> bool {
    let last = callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref());
    let error = last.and_then(|exchange| exchange.error.as_ref());
    error.is_some_and(|error| error.kind == TroubleKind::NotTaken)
}

fn seen(finding: &Finding) -> Seen {
    Seen {
        check: finding.check.clone(),
        expected: finding.expected.clone(),
        got: finding.actual.clone(),
        state_error: finding.state_error.clone(),
        ..Seen::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skipped_case_is_told_without_the_words_of_a_scenario_file() {
        let told = |why: &str| Reason::NotApplicable(why.into()).to_string();
        assert_eq!(
            told("nth: 2, but this scenario has only 1 callback: the fault would test nothing"),
            "the case is about callback 2, and this provider sends only 1 callback there"
        );
        assert_eq!(
            told("this scenario has no record: the fault would test nothing"),
            "this scenario has no record"
        );
        assert_eq!(told("it signs nothing"), "it signs nothing");
    }
}
