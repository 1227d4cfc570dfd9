//! A run in which everything failed alike: one cause, said once, before anything else.

use std::fmt::Write;

use super::{BAD, FAINT, amount};
use crate::callback::Class;
use crate::record::{Attempt, CallbackRun, Exchange, Run, ScenarioRun};
use crate::report::inert;
use crate::verdict::{self, NOTE, cause};

/// The longest answer that is quoted, in characters.
const QUOTED: usize = 200;

/// How all legal callbacks of a run failed that have ended, if all of them failed in one way, and there is more than one to
/// send.
pub fn failed_alike(run: &Run) -> Option<Alike<'_>> {
    run.callbacks().nth(1)?;
    let all = run.scenarios.iter().flat_map(|scenario| scenario.callbacks.iter().map(move |c| (scenario, c)));
    let mut ended = all.filter(|(_, c)| c.outcome.is_some() && !c.findings.is_empty());
    let first = ended.next()?;
    let exchange = last(first.1)?;
    let way = verdict::seen(exchange);
    let alike = |callback: &CallbackRun| {
        callback.line.class == Class::Legal
            && callback.findings.iter().any(|finding| !finding.ok)
            && last(callback).is_some_and(|exchange| verdict::seen(exchange) == way)
    };
    if !alike(first.1) {
        return None;
    }
    let mut count = 1;
    for (_, callback) in ended {
        if !alike(callback) {
            return None;
        }
        count += 1;
    }
    Some(Alike { scenario: first.0, callback: first.1, exchange, count })
}

fn last(callback: &CallbackRun) -> Option<&Exchange> {
    callback.attempts.last().and_then(|Attempt { exchange, .. }| exchange.as_ref())
}

/// Callbacks that failed in one way.
pub struct Alike<'a> {
    scenario: &'a ScenarioRun,
    callback: &'a CallbackRun,
    exchange: &'a Exchange,
    count: usize,
}

impl Alike<'_> {
    /// The cause, and how to see it again.
    pub fn text(&self, run: &Run) -> String {
        let planned = run.callbacks().count();
        let count = if self.count == planned { format!("all {planned} callbacks") } else { many(self.count) };
        let said = match &self.exchange.answer {
            Some(answer) if self.exchange.error.is_none() => {
                let place = answer.location.as_ref().map_or_else(String::new, |place| format!(" to {place}"));
                format!("answered {}{place}: {}", answer.status, quoted(&answer.body))
            }
            _ => self
                .callback
                .findings
                .iter()
                .find(|finding| !finding.ok)
                .map_or_else(|| verdict::seen(self.exchange), |finding| finding.actual.clone()),
        };
        let mut out = format!("\n{BAD}failed{BAD:#}: {count}: {}\n", inert(&said));
        let mut row = |label: &str, text: &str| {
            // Writing into a String cannot fail.
            let _ = writeln!(out, "  {FAINT}{label:<13}{FAINT:#} {}", inert(text));
        };
        let findings = &self.callback.findings;
        for note in findings.iter().filter(|finding| finding.check == NOTE) {
            row("found", &note.actual);
        }
        if let Some(finding) = findings.iter().find(|finding| !finding.ok) {
            match cause::of_finding(finding, self.exchange) {
                Some(cause) => row("likely cause", cause),
                None => row("got", &finding.actual),
            }
            row("expected", &finding.expected);
        }
        let (line, key) = (&self.scenario.line, &run.header.key);
        let key = if key.is_empty() { String::new() } else { format!(", signed with {key}") };
        row("request", &format!("POST {}, as {} {}{key}", run.header.target, line.provider, line.revision));
        if self.callback.line.curl != line.rerun {
            row("by hand", &self.callback.line.curl);
        }
        row("again", &line.rerun);
        out
    }
}

fn many(count: usize) -> String {
    if count == 1 { "the first callback".into() } else { format!("the first {}", amount(count, "callback")) }
}

/// An answer's body in one line.
fn quoted(body: &str) -> String {
    let line = body.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(QUOTED).collect();
    match (short.is_empty(), short.len() < line.len()) {
        (true, _) => "(empty body)".into(),
        (false, true) => format!("{short}..."),
        (false, false) => short,
    }
}
