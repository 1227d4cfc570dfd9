//! Text report: a line per callback, and for each failure its cause and the command that repeats it.
//!
//! Styled; the printer removes the styles where they are not wanted. The parts are public so that a run can be shown
//! while it goes on, in the same words.

mod cases;
mod printer;
mod setup;

use std::fmt::Write;
use std::time::Duration;

use annotate_snippets::renderer::{AnsiColor, Style};

use super::{Subject, comparison, inert, load, notes};
use crate::duration::show_duration;
use crate::record::{CallbackRun, Finding, Header, Outcome, RunRecord, ScenarioRun};
use crate::verdict::{self, NOTE, Verdict, cause};
pub use cases::{overall, set_up};
pub use printer::{Detail, Printer};
pub use setup::failed_alike;
pub(super) use setup::{block, quoted, request};

pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const OPEN: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const FAINT: Style = Style::new().dimmed();
pub(super) const STRONG: Style = Style::new().bold();

/// The whole report.
pub fn of(subject: Subject<'_>) -> String {
    match subject {
        Subject::Run(run) | Subject::Audit(run) => render(run),
        Subject::Load(run) => load::text::render(run),
        Subject::Search(search) => load::limit::text::render(search),
    }
}

/// A run or an audit: where everything failed alike, the cause first.
pub fn render(run: &RunRecord) -> String {
    in_detail(run, Detail::Whole)
}

/// The same with as much of it as is asked for.
pub fn in_detail(run: &RunRecord, detail: Detail) -> String {
    let mut out = head(run);
    if let Some(wrong) = &run.set_up {
        let _ = writeln!(out, "\n{}", set_up(wrong));
        if wrong.ended {
            return out + &last_line(run);
        }
    }
    let alike = failed_alike(run).filter(|_| detail != Detail::Verbose);
    out.push_str(&alike.map_or_else(String::new, |alike| alike.text(run)));
    if alike_alone(run, detail) {
        return out + &summary(run) + &compared(run);
    }
    let mut printer = Printer::new(run, detail);
    for scenario in &run.scenarios {
        let width = Columns::of(scenario);
        for callback in &scenario.callbacks {
            out.push_str(&printer.callback(scenario, callback, &width));
        }
        out.push_str(&printer.scenario_end(scenario));
    }
    out.push_str(&cases::text(run));
    out.push_str(&printer.end(run));
    out.push_str(&compared(run));
    out
}

/// True where all callbacks failed alike and the cause is said in their place: the same on the screen and in a report.
pub fn alike_alone(run: &RunRecord, detail: Detail) -> bool {
    matches!(detail, Detail::Short | Detail::Failures) && failed_alike(run).is_some()
}

/// Changes since the compared earlier run; empty without one.
pub fn compared(run: &RunRecord) -> String {
    let Some(comparison) = &run.compared else { return String::new() };
    let (sentence, rows) = comparison::told(comparison);
    let rows = rows.iter().map(|(name, text)| format!("  {name:<14}  {text}\n"));
    format!("\n{STRONG}{sentence}{STRONG:#}\n{}", rows.collect::<String>())
}

/// Settings of the whole run.
pub fn head(run: &RunRecord) -> String {
    opening(&run.header, &format!(", speed {}", inert(&run.header.speed)))
}

/// The first line: who sends where, and `how`.
pub(super) fn opening(header: &Header, how: &str) -> String {
    let embedded = if header.embedded { " (built-in receiver)" } else { "" };
    let insecure = if header.insecure { ", certificates NOT verified" } else { "" };
    format!(
        "hookreel {} to {}{embedded}, seed {}{how}{insecure}\n",
        inert(&header.version),
        inert(&header.target),
        header.seed
    )
}

/// The title of a scenario.
pub fn scenario_head(scenario: &ScenarioRun) -> String {
    let line = &scenario.line;
    let (path, name) = (inert(&line.path), inert(&line.name));
    let title = if path == name { name } else { format!("{path}: {name}") };
    format!("\n{STRONG}{title}{STRONG:#} {FAINT}[{}]{FAINT:#}\n", inert(&line.edition()))
}

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

fn due(callback: &CallbackRun) -> String {
    show_duration(Duration::from_millis(callback.line.due_ms))
}

/// One callback in one line.
fn callback_line(callback: &CallbackRun, width: &Columns) -> String {
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
fn explanation(scenario: &ScenarioRun, callback: &CallbackRun) -> String {
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
pub(super) fn why_sent(callback: &CallbackRun) -> String {
    let (line, from) = (&callback.line, if callback.line.place.is_empty() { "" } else { ", " });
    format!("{}{from}{} ({})", line.why, line.place, line.id)
}

/// It can be sent by hand, in another way than with its scenario.
fn by_hand(scenario: &ScenarioRun, callback: &CallbackRun) -> bool {
    callback.line.curl != scenario.line.rerun
}

/// Lines that a callback which failed like another one has of its own.
fn origin(scenario: &ScenarioRun, callback: &CallbackRun) -> String {
    let by_hand =
        if by_hand(scenario, callback) { row("by hand", &callback.line.curl) } else { String::new() };
    row("why sent", &why_sent(callback)) + &by_hand
}

/// A line about a callback, below its own.
fn row(label: &str, text: &str) -> String {
    format!("      {FAINT}{label:<9}{FAINT:#} {}\n", inert(text))
}

/// Each attempt's end, the same ones together.
fn attempts(callback: &CallbackRun) -> String {
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

/// Notes on a scenario as a whole; empty if its callbacks say it all.
fn scenario_foot(scenario: &ScenarioRun, mut like: impl FnMut(&Finding) -> Option<String>) -> String {
    let mut out = String::new();
    for finding in &scenario.state {
        let check = inert(&finding.check);
        if finding.ok {
            let _ = writeln!(out, "  {GOOD}✓{GOOD:#} {check}: {}", inert(&finding.actual));
            continue;
        }
        if let Some(first) = like(finding) {
            let _ =
                writeln!(out, "  {BAD}✗{BAD:#} {check}  {FAINT}same failure as {}{FAINT:#}", inert(&first));
            continue;
        }
        let _ = writeln!(out, "  {BAD}✗{BAD:#} {check}");
        out.push_str(&row("expected", &finding.expected));
        out.push_str(&row("got", &finding.actual));
        if let Some(cause) = cause::of_state(scenario, finding) {
            out.push_str(&row("likely", cause));
        }
        if !scenario.line.rerun.is_empty() {
            out.push_str(&row("again", &scenario.line.rerun));
        }
    }
    for untested in &scenario.line.untested {
        let _ = writeln!(out, "  {OPEN}?{OPEN:#} {}", inert(untested));
    }
    if let Some(claim) = notes::unverified(scenario) {
        let _ = writeln!(out, "  {FAINT}not verified: {claim}{FAINT:#}");
    }
    // What takes them all out is named above.
    if scenario.callbacks.is_empty() && scenario.line.untested.is_empty() {
        let _ = writeln!(out, "  {OPEN}?{OPEN:#} no callback follows from this broadcast");
    }
    out
}

/// The end of the text: what was left out, the end of the receiver's process, verdict and totals.
pub fn summary(run: &RunRecord) -> String {
    let (left_out, receiver) = (super::skipped::lines(run), super::receiver::story(run));
    format!("{left_out}{receiver}\n{}", last_line(run))
}

/// Verdict and totals.
fn last_line(run: &RunRecord) -> String {
    let verdict = verdict::on_run(run);
    let style = match verdict {
        Verdict::Passed => GOOD,
        Verdict::Failed => BAD,
        Verdict::Incomplete | Verdict::NothingChecked => OPEN,
    };
    let callbacks = run.callbacks().count();
    let attempts: usize = run.callbacks().map(|callback| callback.attempts.len()).sum();
    let counts = Outcome::ALL
        .iter()
        .map(|outcome| (outcome, run.callbacks().filter(|c| c.outcome() == *outcome).count()));
    let counts: Vec<String> =
        counts.filter(|(_, count)| *count > 0).map(|(outcome, count)| format!("{count} {outcome}")).collect();
    let counts = if counts.is_empty() { "none".into() } else { counts.join(", ") };
    let replayed = verdict::replayed_counts(run).into_iter();
    let replayed: Vec<String> = replayed.map(|(replayed, count)| format!("{replayed}: {count}")).collect();
    let counts = if replayed.is_empty() { counts } else { format!("{counts}; {}", replayed.join(", ")) };
    let cut_off = verdict::cut_off(run).map_or_else(String::new, |why| format!("; {}", inert(&why)));
    let (scenarios, callbacks) = (amount(run.scenarios.len(), "scenario"), amount(callbacks, "callback"));
    let attempts = amount(attempts, "attempt");
    let skipped = super::skipped::count(run);
    let differ = wrong_states(run);
    format!(
        "{style}{verdict}{style:#}: {scenarios}{skipped}, {callbacks}, {attempts}: {counts}{differ}{cut_off}\n"
    )
}

/// The number of scenarios after which the stored state was wrong, and what was wrong with the first; empty where none was.
fn wrong_states(run: &RunRecord) -> String {
    let wrong = || run.scenarios.iter().filter(|scenario| scenario.state_is_wrong());
    let first = wrong().flat_map(|scenario| &scenario.state).find(|finding| !finding.ok);
    let Some(first) = first else { return String::new() };
    let seen = first.told();
    let scenarios = match wrong().count() {
        1 => ":".to_owned(),
        count => format!(" after {count} scenarios, first:"),
    };
    format!("; the check of the stored state failed{scenarios} {}", inert(seen))
}

/// A number with its noun.
pub fn amount(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
