//! One callback in the text report: its line, and below it reason, result and the command that repeats it.

use std::time::Duration;

use super::{BAD, FAINT, GOOD, OPEN};
use crate::duration::show_duration;
use crate::record::{CallbackRun, ScenarioRun};
use crate::report::inert;
use crate::verdict::{self, NOTE, cause};

/// Column widths of a scenario, so that its lines stand in line.
pub struct Columns {
    due: usize,
    event: usize,
    subject: usize,
}

impl Columns {
    /// Columns as wide as the widest cell.
    pub fn of(scenario: &ScenarioRun) -> Self {
        let widest =
            |text: fn(&CallbackRun) -> usize| scenario.callbacks.iter().map(text).fold(0, usize::max);
        Self {
            due: widest(|callback| due(callback).len()),
            event: widest(|callback| inert(&callback.line.event).len()),
            subject: widest(|callback| inert(&callback.line.subject).len()),
        }
    }
}

pub(super) fn due(callback: &CallbackRun) -> String {
    show_duration(Duration::from_millis(callback.line.due_ms))
}

/// One callback in one line.
pub(super) fn callback_line(callback: &CallbackRun, width: &Columns) -> String {
    let outcome = callback.outcome();
    let failed = callback.findings.iter().any(|finding| !finding.ok);
    let (style, mark) = match outcome {
        _ if failed => (BAD, '✗'),
        _ if callback.passed() => (GOOD, '✓'),
        _ => (OPEN, '?'),
    };
    let (line, exchange) =
        (&callback.line, callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref()));
    let status = exchange
        .and_then(|e| e.answer.as_ref())
        .map_or_else(|| "---".into(), |answer| answer.status.to_string());
    let latency = exchange.map_or_else(String::new, |exchange| format!("{:.1} ms", exchange.latency_ms));
    let attempts = match callback.attempts.len() {
        0 | 1 => String::new(),
        n => format!("  {n} attempts"),
    };
    let replayed = verdict::replayed(callback).map_or_else(String::new, |(replayed, earlier)| {
        let was = earlier.status.map_or_else(String::new, |status| format!(" (was {status})"));
        format!("  {style}{replayed}{style:#}{was}")
    });
    let hurt = match line.faults.as_slice() {
        [] => String::new(),
        faults => format!("  {FAINT}{}: {}{FAINT:#}", line.class, inert(&faults.join(", "))),
    };
    format!(
        "  {style}{mark}{style:#} {:>due$}  {:event$}  {:subject$}  {status}  {latency:>9}  {outcome}{attempts}{replayed}{hurt}\n",
        due(callback),
        inert(&line.event),
        inert(&line.subject),
        due = width.due,
        event = width.event,
        subject = width.subject,
    )
}

/// Longest part of an answer's body on the screen, in characters; reports have more of it.
const MOST_OF_ANSWER: usize = 400;

/// Reason and result of a callback, and the command that repeats it.
pub(super) fn explanation(scenario: &ScenarioRun, callback: &CallbackRun) -> String {
    let mut out = String::new();
    let mut row = |label: &str, text: &str| out.push_str(&row(label, text));
    for finding in callback.findings.iter().filter(|finding| !finding.ok) {
        row("expected", &finding.expected);
        row("got", &finding.actual);
    }
    for note in callback.findings.iter().filter(|finding| finding.check == NOTE) {
        row("note", &note.actual);
    }
    if let Some(cause) = cause::of_callback(scenario, callback) {
        row("likely", &cause);
    }
    row("why sent", &why_sent(callback));
    if callback.attempts.len() > 1 {
        row("attempts", &attempts(callback));
    }
    let answer = callback.attempts.last().and_then(|a| a.exchange.as_ref()).and_then(|e| e.answer.as_ref());
    if let Some(answer) = answer {
        let short: String = answer.body.chars().take(MOST_OF_ANSWER).collect();
        let cut = if answer.cut || short.len() < answer.body.len() { " ..." } else { "" };
        let shown = if short.is_empty() { "(empty)".into() } else { format!("{short}{cut}") };
        row("answer", &shown);
    }
    if by_hand(scenario, callback) {
        row("by hand", &callback.line.curl);
    }
    if !scenario.line.rerun.is_empty() {
        row("again", &scenario.line.rerun);
    }
    out
}

/// Reason for sending a callback, with its place and its id.
pub(in crate::report) fn why_sent(callback: &CallbackRun) -> String {
    let (line, from) = (&callback.line, if callback.line.place.is_empty() { "" } else { ", " });
    format!("{}{from}{} ({})", line.why, line.place, line.id)
}

/// It can be sent by hand, in another way than with its scenario.
pub(super) fn by_hand(scenario: &ScenarioRun, callback: &CallbackRun) -> bool {
    callback.line.curl != scenario.line.rerun
}

/// Lines that a callback which failed like another one has of its own.
pub(super) fn origin(scenario: &ScenarioRun, callback: &CallbackRun) -> String {
    let by_hand =
        if by_hand(scenario, callback) { row("by hand", &callback.line.curl) } else { String::new() };
    row("why sent", &why_sent(callback)) + &by_hand
}

/// A line about a callback, below its own.
pub(super) fn row(label: &str, text: &str) -> String {
    format!("      {FAINT}{label:<9}{FAINT:#} {}\n", inert(text))
}

/// Each attempt's end, the same ones together.
pub(super) fn attempts(callback: &CallbackRun) -> String {
    let ends = callback.attempts.iter().map(|attempt| match attempt.exchange.as_ref() {
        Some(exchange) => match (&exchange.answer, &exchange.error) {
            (Some(answer), _) => answer.status.to_string(),
            (None, Some(error)) => error.kind.to_string(),
            (None, None) => "no answer".into(),
        },
        None => "in doubt".into(),
    });
    let mut groups: Vec<(String, u32)> = Vec::new();
    for end in ends {
        match groups.last_mut() {
            Some((last, count)) if *last == end => *count += 1,
            _ => groups.push((end, 1)),
        }
    }
    let shown: Vec<String> = groups
        .into_iter()
        .map(|(end, count)| if count == 1 { end } else { format!("{end} ×{count}") })
        .collect();
    shown.join(", then ")
}
