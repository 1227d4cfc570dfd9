//! Failures that are alike are one failure. Pure: scores → groups, and what a receiver does that answers everything alike.

use std::collections::BTreeSet;

use super::case::Case;
use super::score::{Score, Seen, begin};
use crate::callback::Class;
use crate::record::ScenarioRun;

/// Cases that failed alike: the same was expected, and the same was got.
pub struct Group<'a> {
    /// The first one, and what was seen of it.
    pub first: (&'static Case, &'a [Seen]),
    /// The others, in order.
    pub others: Vec<&'static Case>,
}

impl Group<'_> {
    /// Every case of it.
    pub fn cases(&self) -> impl Iterator<Item = &'static Case> {
        std::iter::once(self.first.0).chain(self.others.iter().copied())
    }
}

/// Failed cases by what was expected and what was got, in order.
pub fn groups<'a>(failed: impl Iterator<Item = (&'static Case, &'a [Seen])>) -> Vec<Group<'a>> {
    let mut kinds: Vec<BTreeSet<String>> = Vec::new();
    let mut groups: Vec<Group<'a>> = Vec::new();
    for (case, seen) in failed {
        let kind: BTreeSet<String> = seen.iter().map(kind).collect();
        // What is wrong with the state has a cause of its own in each case: a repetition, a race, an order.
        let known = kinds.iter().position(|known| *known == kind);
        match known.and_then(|at| groups.get_mut(at)) {
            Some(group) => group.others.push(case),
            None => {
                kinds.push(kind);
                groups.push(Group { first: (case, seen), others: Vec::new() });
            }
        }
    }
    groups
}

/// What was expected and got, without what differs each time: ids, times, durations.
fn kind(seen: &Seen) -> String {
    let (expected, got, answer) = seen.kind();
    let text = format!("{expected}\n{got}\n{answer}");
    let mut out = String::new();
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let word = rest.split(|c| !is_word(c)).next().unwrap_or_default();
        let own = word.len() >= 8 && word.chars().any(|c| c.is_ascii_digit());
        match word.len() {
            0 => out.push(c),
            _ if own => out.push('#'),
            _ => out.push_str(word),
        }
        rest = rest.get(word.len().max(c.len_utf8())..).unwrap_or_default();
    }
    out
}

/// What a receiver does that answers everything alike.
#[derive(Debug, PartialEq, Eq)]
pub struct Alike {
    /// Hostile callbacks, all of which were answered so.
    pub hostile: usize,
    /// The one answer: status and begin of the body.
    pub answer: String,
    /// Whether a state was looked at and none of them was stored.
    pub left_no_trace: bool,
}

/// Fewer hostile callbacks say nothing.
const ENOUGH: usize = 5;

/// Whether all hostile callbacks were answered alike, as a legal one was.
pub fn alike<'a>(played: impl Iterator<Item = &'a ScenarioRun> + Clone) -> Option<Alike> {
    let answers = |class: Class| {
        let callbacks = played.clone().flat_map(|scenario| &scenario.callbacks);
        callbacks.filter(move |callback| callback.line.class == class).filter_map(|callback| {
            let answer = callback.attempts.last()?.exchange.as_ref()?.answer.as_ref()?;
            Some(format!("{} {}", answer.status, begin(&answer.body)))
        })
    };
    let hostile: Vec<String> = answers(Class::Hostile).collect();
    let first = hostile.first()?;
    let same = hostile.len() >= ENOUGH && hostile.iter().all(|answer| answer == first);
    let legal = answers(Class::Legal).any(|answer| answer == *first);
    let states: Vec<_> = played.clone().flat_map(|scenario| &scenario.state).collect();
    let left_no_trace = !states.is_empty() && {
        let hostile_only = |scenario: &&ScenarioRun| {
            scenario.callbacks.iter().all(|callback| callback.line.class == Class::Hostile)
        };
        played.clone().filter(hostile_only).flat_map(|scenario| &scenario.state).all(|finding| finding.ok)
    };
    (same && legal).then(|| Alike { hostile: hostile.len(), answer: first.trim().to_owned(), left_no_trace })
}

/// Whether a failed case is one only because hostile callbacks were acknowledged.
pub fn is_of(played: &ScenarioRun, score: &Score) -> bool {
    let acknowledged = |seen: &Seen| {
        played
            .callbacks
            .iter()
            .any(|callback| callback.line.id == seen.id && callback.line.class == Class::Hostile)
    };
    matches!(score, Score::Failed(seen) if seen.iter().all(acknowledged))
}
