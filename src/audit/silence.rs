//! Receivers that stop answering: since when, and what they ended by or hang on. Pure.

use jiff::Timestamp;

use crate::callback::Class;
use crate::record::{Attempt, CallbackRun, Exchange, Finding, REJECTED, ScenarioRun, TroubleKind};

/// The scenarios between which the receiver stopped answering: that of the last attempt before, and that of the first legal
/// callback without an answer; none when the last legal callback was answered.
pub fn silence(played: &[ScenarioRun]) -> Option<(&str, &str)> {
    let mut attempts = Vec::new();
    for (place, scenario) in played.iter().enumerate() {
        for callback in &scenario.callbacks {
            let legal = callback.line.class == Class::Legal;
            let sent = callback.attempts.iter().map(move |attempt| {
                let answered = attempt.exchange.as_ref().is_some_and(|exchange| exchange.answer.is_some());
                (attempt.sent_at.as_str(), place, (scenario.line.path.as_str(), legal, answered))
            });
            attempts.extend(sent);
        }
    }
    // In the order of sending; what was sent in the same millisecond in the order of the plan.
    attempts.sort_by_key(|(sent_at, place, _)| (*sent_at, *place));
    let attempts: Vec<_> = attempts.into_iter().map(|(_, _, attempt)| attempt).collect();
    let last_answer = attempts.iter().rposition(|(_, legal, answered)| *legal && *answered)?;
    let silence = last_answer + 1 + attempts.iter().skip(last_answer + 1).position(|(_, legal, _)| *legal)?;
    let (during, ..) = attempts.get(silence)?;
    let (after, ..) = attempts.get(silence.checked_sub(1)?)?;
    Some((after, during))
}

/// An exchange of a callback with the times of its begin and end, in milliseconds.
struct TimedExchange<'a> {
    scenario: &'a ScenarioRun,
    callback: &'a CallbackRun,
    exchange: &'a Exchange,
    sent_ms: f64,
    ended_ms: f64,
}

impl TimedExchange<'_> {
    fn has(&self, trouble: TroubleKind) -> bool {
        self.exchange.error.as_ref().is_some_and(|error| error.kind == trouble)
    }
}

fn timed<'a>(
    scenario: &'a ScenarioRun,
    callback: &'a CallbackRun,
    attempt: &'a Attempt,
) -> Option<TimedExchange<'a>> {
    let (sent, exchange) = (attempt.sent_at.parse::<Timestamp>().ok()?, attempt.exchange.as_ref()?);
    let sent_ms = sent.as_millisecond() as f64;
    Some(TimedExchange { scenario, callback, exchange, sent_ms, ended_ms: sent_ms + exchange.latency_ms })
}

/// Every exchange that has ended, in the order of the plan.
fn exchanges(played: &[ScenarioRun]) -> Vec<TimedExchange<'_>> {
    let mut all = Vec::new();
    for scenario in played {
        for callback in &scenario.callbacks {
            all.extend(callback.attempts.iter().filter_map(|own| timed(scenario, callback, own)));
        }
    }
    all
}

/// The end of the last of these exchanges that has an answer.
fn last_answer<'a>(exchanges: impl Iterator<Item = &'a TimedExchange<'a>>) -> f64 {
    let answered = exchanges.filter(|own| own.exchange.answer.is_some());
    answered.map(|own| own.ended_ms).fold(f64::MIN, f64::max)
}

/// The cases that may have ended the receiver, in the order of sending: the connection of a callback that is not legal was closed
/// without an answer, and nothing legal was answered after it. Where the receiver still listens, one that every server reads.
pub fn ended_by(played: &[ScenarioRun]) -> Vec<&str> {
    let departed = departure(played).is_some();
    let exchanges = exchanges(played);
    let is_legal = |own: &&TimedExchange<'_>| own.callback.line.class == Class::Legal;
    let last = last_answer(exchanges.iter().filter(is_legal));
    let closed = exchanges.iter().filter(|own| {
        let failed = |finding: &Finding| finding.check == REJECTED && !finding.ok;
        let is_suspect = own.callback.findings.iter().any(failed) || departed && !is_legal(own);
        is_suspect && own.has(TroubleKind::Closed) && own.ended_ms >= last
    });
    let mut closed: Vec<_> = closed.collect();
    // A server may close the connection of any other request by itself.
    let is_known = closed.iter().any(|own| own.exchange.ordinary);
    closed.retain(|own| own.exchange.ordinary || !is_known);
    closed.sort_by(|one, other| one.ended_ms.total_cmp(&other.ended_ms));
    let mut paths: Vec<&str> = closed.into_iter().map(|own| own.scenario.line.path.as_str()).collect();
    paths.dedup();
    paths
}

/// The request that a receiver hangs on, as far as is known: of those, of whatever class, that were still waited for when the last
/// answer came, and were given up, the one that was sent first. None where the receiver closes connections, or is gone.
pub fn hangs_on(played: &[ScenarioRun]) -> Option<(&ScenarioRun, &CallbackRun)> {
    let exchanges = exchanges(played);
    let last = last_answer(exchanges.iter());
    let hung = exchanges.iter().filter(|own| own.has(TroubleKind::Timeout) && own.ended_ms >= last);
    hung.min_by(|one, other| one.sent_ms.total_cmp(&other.sent_ms)).map(|own| (own.scenario, own.callback))
}

/// The scenario during which the receiver went away for good: nothing legal was answered any more, and nobody listened later.
pub fn departure(played: &[ScenarioRun]) -> Option<&str> {
    let (_, during) = silence(played)?;
    let attempts =
        played.iter().flat_map(|scenario| &scenario.callbacks).flat_map(|callback| &callback.attempts);
    let mut troubles = attempts.filter_map(|attempt| attempt.exchange.as_ref()?.error.as_ref());
    troubles.any(|trouble| trouble.kind == TroubleKind::Connect).then_some(during)
}

/// True for a case that failed only because legal callbacks got no answer. Such callbacks make nobody go away.
pub fn unanswered_only(played: &ScenarioRun) -> bool {
    let answered = |callback: &CallbackRun| {
        let last = callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref());
        last.is_some_and(|exchange| exchange.answer.is_some())
    };
    played.callbacks.iter().all(|callback| {
        let legal = callback.line.class == Class::Legal;
        legal && (callback.passed() || !answered(callback))
    })
}
