//! Everything about one callback: its request, its attempts, and where their time went.

use super::Row3;
use super::request::{RequestPart, request};
use crate::record::{Attempt, CallbackRun, Phases, ScenarioRun};
use crate::report::html::inert;
use crate::report::text::why_sent;
use crate::verdict;

/// A callback, opened.
pub(super) struct CallbackDetail {
    pub(super) facts: Vec<Row3>,
    pub(super) attempts: Vec<AttemptRow>,
    pub(super) request: RequestPart,
}

pub(super) struct AttemptRow {
    pub(super) n: u32,
    pub(super) at: String,
    pub(super) result: String,
    pub(super) time: String,
    pub(super) phases: Vec<PhaseBar>,
    /// Phases in words.
    pub(super) spent: String,
    pub(super) answer: String,
    /// Headers of the answer, each in a line.
    pub(super) headers: Vec<String>,
}

/// A phase of an exchange, on a scale of 1000.
pub(super) struct PhaseBar {
    pub(super) name: &'static str,
    pub(super) x: f64,
    pub(super) width: f64,
}

pub(super) fn detail(scenario: &ScenarioRun, callback: &CallbackRun) -> CallbackDetail {
    let line = &callback.line;
    let mut facts = Vec::new();
    for finding in callback.findings.iter().filter(|finding| !finding.ok) {
        facts.push(("expected", inert(&finding.expected), false));
        facts.push(("got", inert(&finding.actual), false));
    }
    if let Some(why) = verdict::doubt(callback) {
        facts.push(("in doubt", why.into(), false));
    }
    facts.push(("why sent", inert(&why_sent(callback)), false));
    facts.push(("class", line.class.to_string(), false));
    if !line.curl.is_empty() && line.curl != scenario.line.rerun {
        facts.push(("by hand", inert(&line.curl), true));
    }
    if !callback.printed.is_empty() {
        facts.push(("receiver printed", inert(&callback.printed.join(" ⏎ ")), true));
    }
    let attempts = callback.attempts.iter().map(attempt).collect();
    CallbackDetail { facts, attempts, request: request(callback) }
}

/// Time of its longest attempt, in milliseconds; none where it has no exchange.
pub(super) fn longest(callback: &CallbackRun) -> Option<f64> {
    let exchanges = callback.attempts.iter().filter_map(|attempt| attempt.exchange.as_ref());
    exchanges.map(|exchange| exchange.latency_ms).reduce(f64::max)
}

pub(super) fn attempt(attempt: &Attempt) -> AttemptRow {
    let exchange = attempt.exchange.as_ref();
    let answer = exchange.and_then(|exchange| exchange.answer.as_ref());
    let kept = answer.into_iter().flat_map(|answer| &answer.kept);
    AttemptRow {
        n: attempt.n,
        at: inert(&attempt.sent_at),
        result: exchange.map_or_else(|| "in doubt".into(), |exchange| inert(&verdict::seen(exchange))),
        time: exchange.map_or_else(String::new, |exchange| milliseconds(exchange.latency_ms)),
        phases: exchange.and_then(|exchange| exchange.phases.as_ref()).map_or_else(Vec::new, bars),
        spent: exchange.and_then(|exchange| exchange.phases.as_ref()).map_or_else(String::new, spent),
        answer: answer.map_or_else(String::new, |answer| inert(&answer.body)),
        headers: kept.map(|(name, text)| inert(&format!("{name}: {text}"))).collect(),
    }
}

/// Phases as parts of a bar.
fn bars(phases: &Phases) -> Vec<PhaseBar> {
    let whole: f64 = phases.reached().map(|(_, time)| time).sum();
    let mut x = 0.0;
    let bar = |(name, time): (&'static str, f64)| {
        let width = (1000.0 * time / whole.max(f64::MIN_POSITIVE)).round();
        let bar = PhaseBar { name, x, width };
        x += width;
        bar
    };
    phases.reached().map(bar).filter(|bar| bar.width > 0.0).collect()
}

fn spent(phases: &Phases) -> String {
    let reached = phases.reached().filter(|(_, time)| *time > 0.0);
    let mut words: Vec<String> =
        reached.map(|(name, time)| format!("{name} {}", milliseconds(time))).collect();
    let counts = [(phases.requests, "requests on the connection"), (phases.connections, "connections")];
    words
        .extend(counts.iter().filter(|(count, _)| *count > 1).map(|(count, what)| format!("{count} {what}")));
    words.join(" · ")
}

pub(super) fn milliseconds(ms: f64) -> String {
    crate::duration::show_measured(ms * 1e6)
}
