//! Receivers that answer every callback alike, valid or not. Pure.

use serde_json::{Map, Value};

use super::score::{Score, Seen, begin, refusals_only};
use super::weight::Weight;
use crate::callback::Class;
use crate::provider::find;
use crate::record::{Answer, CallbackRun, ScenarioRun, without_ids};

/// What a receiver does that acknowledges every hostile callback.
#[derive(Debug, PartialEq, Eq)]
pub struct AnsweredAlike {
    /// Hostile callbacks that were acknowledged.
    pub hostile: usize,
    /// Hostile callbacks that were not: what an HTTP server rejects before the receiver sees it.
    pub otherwise: usize,
    /// Their common status.
    pub status: u16,
    /// Bodies of their answers with their number, the most frequent first.
    pub bodies: Vec<(String, usize)>,
    /// Body of the answer to the first legal callback.
    pub valid: String,
    /// The part of the body that tells the two apart, as `--expect` takes it: `$.code` and its value of success.
    pub told_by: Option<(String, String)>,
    /// What became of them.
    pub trace: Trace,
}

impl AnsweredAlike {
    /// Number of answers that are the one of a valid callback.
    pub fn like_valid(&self) -> usize {
        self.bodies.iter().filter(|(body, _)| same(body, &self.valid)).map(|(_, count)| count).sum()
    }

    /// It was answered with the status of success, and may have been refused: in other words than a valid one, or for what is wrong with it.
    fn is_refused_in_words(&self, callback: &CallbackRun) -> bool {
        let line = &callback.line;
        let is_wrong =
            line.class != Class::Legal || line.faults.iter().any(|fault| fault.contains("wrong-key"));
        let told = |answer: &Answer| {
            answer.status == self.status && (is_wrong || !same(&begin(&answer.body), &self.valid))
        };
        answer(callback).is_some_and(told)
    }

    /// True for a case that failed only because hostile callbacks were acknowledged in the way of all others. One that was
    /// answered like a valid callback, where others were not, has a cause of its own.
    pub fn explains(&self, played: &ScenarioRun, score: &Score) -> bool {
        let apart = self.like_valid() < self.hostile;
        let told = |seen: &Seen| {
            // What a hostile callback brought was stored, because it was accepted.
            if seen.id.is_empty() && self.trace == Trace::Stored && seen.is_stored_forgery() {
                return !apart;
            }
            // What it refused it did not store; its status says that it was accepted.
            if seen.id.is_empty() && seen.is_missing() {
                return played.callbacks.iter().any(|callback| self.is_refused_in_words(callback));
            }
            let mut own = played.callbacks.iter().filter(|callback| callback.line.id == seen.id);
            own.any(|callback| {
                let like_valid = || answer(callback).is_some_and(|own| same(&begin(&own.body), &self.valid));
                callback.line.class == Class::Hostile && !(apart && like_valid())
            })
        };
        matches!(score, Score::Failed(seen) if seen.iter().all(told))
    }
}

/// The answer to the last attempt.
pub fn answer(callback: &CallbackRun) -> Option<&Answer> {
    callback.attempts.last()?.exchange.as_ref()?.answer.as_ref()
}

/// True for two bodies that are one but for ids and times.
fn same(one: &str, other: &str) -> bool {
    without_ids(one) == without_ids(other)
}

/// What the state says of rejected callbacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// No state was asked.
    Unknown,
    /// None of them was stored.
    None,
    /// One of them was stored.
    Stored,
}

/// Fewer hostile callbacks say nothing.
const ENOUGH: usize = 5;

/// True where the hostile callbacks were acknowledged with the status of the legal ones: all that count. Of the others, an HTTP
/// server may reject some by itself.
pub fn alike<'a>(played: impl Iterator<Item = (Weight, &'a ScenarioRun)> + Clone) -> Option<AnsweredAlike> {
    let of = |class: Class, least: Weight| {
        let scenarios = played.clone().filter(move |(weight, _)| *weight <= least);
        // The answer to a handshake is judged by what it says, in the sender's own words.
        let callbacks = scenarios.flat_map(|(_, scenario)| {
            let handshake = handshake(scenario);
            scenario.callbacks.iter().filter(move |callback| Some(callback.line.event.as_str()) != handshake)
        });
        callbacks.filter(move |callback| callback.line.class == class)
    };
    let success = |answer: &&Answer| (200..300).contains(&answer.status);
    let valid = of(Class::Legal, Weight::Server).filter_map(answer).find(success)?;
    let acknowledged = |callback: &&CallbackRun| {
        let failed = callback.findings.iter().any(|finding| !finding.ok);
        failed && answer(callback).is_some_and(|answer| answer.status == valid.status)
    };
    let sent = |callback: &&CallbackRun| !callback.attempts.is_empty();
    let counted = of(Class::Hostile, Weight::Should).filter(sent);
    if counted.clone().count() < ENOUGH || !counted.clone().all(|callback| acknowledged(&callback)) {
        return None;
    }
    let all = || of(Class::Hostile, Weight::Server).filter(sent);
    let mut bodies: Vec<(String, usize)> = Vec::new();
    for body in all().filter(acknowledged).filter_map(answer).map(|answer| begin(&answer.body)) {
        match bodies.iter_mut().find(|(known, _)| same(known, &body)) {
            Some((_, count)) => *count += 1,
            None => bodies.push((body, 1)),
        }
    }
    bodies.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let hostile = bodies.iter().map(|(_, count)| count).sum();
    // What no vendor sends a right receiver may store.
    let counting = played.clone().filter(|(weight, _)| *weight <= Weight::Should);
    let hostile_only = counting.map(|(_, scenario)| scenario).filter(|played| refusals_only(played));
    let states: Vec<_> = hostile_only.flat_map(|scenario| &scenario.state).collect();
    let trace = match (states.is_empty(), states.iter().all(|finding| finding.ok)) {
        (true, _) => Trace::Unknown,
        (false, true) => Trace::None,
        (false, false) => Trace::Stored,
    };
    let told_by = counted.filter_map(answer).find_map(|answer| difference(&valid.body, &answer.body));
    Some(AnsweredAlike {
        hostile,
        otherwise: all().count() - hostile,
        status: valid.status,
        bodies,
        valid: begin(&valid.body),
        told_by,
        trace,
    })
}

/// Event of the handshake of a scenario's sender.
fn handshake(scenario: &ScenarioRun) -> Option<&'static str> {
    let provider = find(&scenario.line.provider, "").ok()?;
    provider.revisions.iter().find_map(|revision| revision.handshake()).map(|handshake| handshake.event)
}

/// The first field of two JSON objects that tells them apart.
fn difference(valid: &str, hostile: &str) -> Option<(String, String)> {
    let fields = |body: &str| serde_json::from_str::<Map<String, Value>>(body).ok();
    let (valid, hostile) = (fields(valid)?, fields(hostile)?);
    let plain = |value: &Value| value.is_number() || value.is_boolean();
    let differs = |(key, value): &(&String, &Value)| plain(value) && hostile.get(*key) != Some(value);
    valid.iter().find(differs).map(|(key, value)| (format!("$.{key}"), value.to_string()))
}
