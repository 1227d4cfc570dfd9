//! A run in which everything failed alike: one cause, said once, before anything else.

use std::fmt::Write;

use super::{BAD, FAINT, amount};
use crate::callback::Class;
use crate::record::{
    Answer, Attempt, CallbackRun, Exchange, FindingKind, Header, NO_KEY, RECEIVER, RunRecord, ScenarioRun,
};
use crate::report::inert;
use crate::verdict::cause::CauseSubject;
use crate::verdict::{self, NOTE, cause};

/// The longest answer that is quoted, in characters.
const QUOTED: usize = 200;

/// Common failure of all legal callbacks that have ended, if all of them failed in one way, and there is more than one
/// to send.
pub fn failed_alike(run: &RunRecord) -> Option<FailedAlike<'_>> {
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
    Some(FailedAlike { scenario: first.0, callback: first.1, exchange, count })
}

fn last(callback: &CallbackRun) -> Option<&Exchange> {
    callback.attempts.last().and_then(|Attempt { exchange, .. }| exchange.as_ref())
}

/// Callbacks that failed in one way.
pub struct FailedAlike<'a> {
    scenario: &'a ScenarioRun,
    callback: &'a CallbackRun,
    exchange: &'a Exchange,
    count: usize,
}

impl FailedAlike<'_> {
    /// The cause, and how to see it again.
    pub fn text(&self, run: &RunRecord) -> String {
        let said = self.said();
        let mut rows: Vec<(&str, &str)> = Vec::new();
        let findings = &self.callback.findings;
        let notes = findings.iter().filter(|finding| finding.check == NOTE);
        rows.extend(notes.map(|note| ("found", note.actual.as_str())));
        let failed = findings.iter().find(|finding| !finding.ok);
        let cause = cause::behind_failure(self.scenario, self.callback);
        let another = match &cause {
            Some(cause) if cause.subject == CauseSubject::OtherSender => String::new(),
            _ => self.another_sender(run),
        };
        // What the receiver told of itself says more than any guess.
        let told = failed.and_then(|finding| finding.actual.split_once("; ")).map_or("", |(_, told)| told);
        if cause.is_some() {
            rows.push(("found", told));
        }
        if let Some(finding) = failed {
            rows.push(match &cause {
                // The row above says it.
                Some(_) if finding.kind == Some(FindingKind::SignatureMistake) => ("likely cause", ""),
                Some(cause) => ("likely cause", &cause.text),
                // It stands in the first line.
                None if finding.actual == said => ("got", ""),
                None => ("got", &finding.actual),
            });
            rows.push(("or", &another));
            rows.push(("expected", &finding.expected));
        }
        let (line, header) = (&self.scenario.line, &run.header);
        let request = request(header, &format!("{} {}", line.provider, line.revision));
        rows.push(("request", &request));
        if self.callback.line.curl != line.rerun {
            rows.push(("by hand", &self.callback.line.curl));
        }
        rows.push(("again", &line.rerun));
        block(&self.sentence(run), &rows)
    }

    /// The other likely cause where callbacks of several senders were refused alike: a receiver takes those of one. Empty where it is
    /// none.
    fn another_sender(&self, run: &RunRecord) -> String {
        let refused = |answer: &Answer| matches!(answer.status, 400 | 401 | 403 | 409 | 422 | 500);
        let mut senders: Vec<&str> =
            run.scenarios.iter().map(|scenario| scenario.line.provider.as_str()).collect();
        senders.dedup();
        match senders[..] {
            [_, _, ..] if self.exchange.answer.as_ref().is_some_and(refused) => format!(
                "another provider: these callbacks are of {}, and a receiver takes those of one; `hookreel run @PROVIDER` plays those of one, and `hookreel list \
                 providers` names all",
                senders.join(" and ")
            ),
            _ => String::new(),
        }
    }

    /// Their number and their common result, in one line.
    pub(in crate::report) fn sentence(&self, run: &RunRecord) -> String {
        let planned = run.callbacks().count();
        let count = if self.count == planned { format!("all {planned} callbacks") } else { many(self.count) };
        let said = self.said();
        match said.strip_prefix(ANSWERED) {
            Some(_) if self.count == 1 => format!("{count} was {said}"),
            Some(_) if self.count == planned => format!("{count} were {said}"),
            Some(_) => format!("{count} were all {said}"),
            None => format!("{count}: {said}"),
        }
    }

    /// Their common result.
    fn said(&self) -> String {
        // What it answered before its process ended is no failure.
        if let Some(finding) = self.callback.findings.iter().find(|finding| !finding.ok)
            && finding.check == RECEIVER
        {
            return finding.actual.clone();
        }
        match &self.exchange.answer {
            Some(answer) if self.exchange.error.is_none() => {
                let place = answer.location.as_ref().map_or_else(String::new, |place| format!(" to {place}"));
                format!("{ANSWERED}{}{place} {}", answer.status, quoted(&answer.body))
            }
            _ => self
                .callback
                .findings
                .iter()
                .find(|finding| !finding.ok)
                .map_or_else(|| verdict::seen(self.exchange), |finding| finding.actual.clone()),
        }
    }
}

/// One cause in a few lines: what failed, and a row for each thing that there is to say of it.
pub(in crate::report) fn block(failed: &str, rows: &[(&str, &str)]) -> String {
    let mut out = format!("{BAD}failed{BAD:#}: {}\n", inert(failed));
    for (label, text) in rows.iter().filter(|(_, text)| !text.is_empty()) {
        // Writing into a String cannot fail.
        let _ = writeln!(out, "  {FAINT}{label:<13}{FAINT:#} {}", inert(text));
    }
    out
}

/// The request that failed: where to, by whom, and signed with which key.
pub(in crate::report) fn request(header: &Header, provider: &str) -> String {
    let key = match header.key.as_str() {
        "" => String::new(),
        NO_KEY => ", not signed".into(),
        key => format!(", signed with {key}"),
    };
    format!("POST {}, as {provider}{key}", header.target)
}

/// Start of a common result that is an answer.
const ANSWERED: &str = "answered ";

fn many(count: usize) -> String {
    if count == 1 { "the first callback".into() } else { format!("the first {}", amount(count, "callback")) }
}

/// An answer's body in one line.
pub(in crate::report) fn quoted(body: &str) -> String {
    let line = body.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(QUOTED).collect();
    match (short.is_empty(), short.len() < line.len()) {
        (true, _) => "(empty body)".into(),
        (false, true) => format!("{short}..."),
        (false, false) => short,
    }
}
