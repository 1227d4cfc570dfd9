//! What a played case comes to. Pure: a scenario's part of the record → a word and its reasons.

use crate::callback::Class;
use crate::record::{CallbackRun, Finding, Outcome, ScenarioRun, TroubleKind};

/// What a case comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Score {
    /// The receiver did what a right one does.
    Held {
        /// Nothing but its answers was looked at: that it changed what it should, and nothing else, is its own word.
        by_answers: bool,
    },
    /// It did not; what was seen.
    Broken(Vec<String>),
    /// The scheme cannot tell what was changed, so nothing can be asked of a receiver.
    Untold,
    /// It is none for this sender or this audit; why.
    Unjudged(String),
    /// It was to be played, and did not come to its end; why.
    Unplayed(String),
}

/// How the finding of a state begins that could not be asked before the scenario.
pub const UNASKED: &str = "before: ";

/// Whether a refusal is all that was asked of the receiver: one that refuses everything passes.
pub fn refusals_only(played: &ScenarioRun) -> bool {
    played.callbacks.iter().all(|callback| callback.line.class == Class::Hostile)
}

/// Judges a case by what became of its callbacks.
pub fn score(played: &ScenarioRun) -> Score {
    let callbacks = &played.callbacks;
    if callbacks.is_empty() {
        return Score::Unjudged("no callback follows from it".into());
    }
    let open = |callback: &&CallbackRun| matches!(callback.outcome(), Outcome::NotSent | Outcome::InDoubt);
    if let Some(callback) = callbacks.iter().find(open) {
        return Score::Unplayed(format!("a callback is {}", callback.outcome()));
    }
    // What never reached the receiver says nothing about it; that it went away in mid-case does.
    // Before anything of it was sent, so it says nothing about what came of it.
    let unasked = played.state.iter().find_map(|finding| finding.actual.strip_prefix(UNASKED));
    if let Some(why) = unasked {
        return Score::Unplayed(format!("the state could not be asked: {why}"));
    }
    // What is plain and legal makes nobody go away.
    let plain = callbacks.iter().all(|callback| callback.line.class == Class::Legal);
    if plain && callbacks.iter().any(absent) {
        return Score::Unplayed("the receiver went away".into());
    }
    if callbacks.first().is_some_and(absent) && callbacks.iter().all(|c| absent(c) || not_taken(c)) {
        return Score::Unplayed("the receiver was not there".into());
    }
    let told = |callback: &CallbackRun| {
        let bad = callback.findings.iter().filter(|finding| !finding.ok);
        let who = callback.line.id.clone();
        bad.map(|finding| format!("{who}: {}", seen(finding))).collect::<Vec<_>>()
    };
    let mut broken: Vec<String> = callbacks.iter().flat_map(told).collect();
    broken.extend(played.state.iter().filter(|finding| !finding.ok).map(seen));
    if !broken.is_empty() {
        return Score::Broken(broken);
    }
    if callbacks.iter().all(|callback| callback.line.class == Class::Unprotected) {
        return Score::Untold;
    }
    Score::Held { by_answers: played.state.is_empty() }
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

fn seen(finding: &Finding) -> String {
    format!("expected {}, got {}", finding.expected, finding.actual)
}
