//! Text report: a line per callback, and for each failure its cause and the command that repeats it.
//!
//! Styled; the printer removes the styles where they are not wanted. The parts are public so that a run can be shown
//! while it goes on, in the same words.

mod callback;
mod cases;
mod failed_alike;
mod printer;

use std::fmt::Write;

use annotate_snippets::renderer::{AnsiColor, Style};

use super::{Subject, comparison, inert, load, notes};
use crate::record::{Finding, Header, Outcome, RunRecord, ScenarioRun};
use crate::verdict::{self, Verdict, cause};
pub use callback::Columns;
use callback::row;
pub(super) use callback::why_sent;
pub use cases::{overall, set_up};
pub use failed_alike::failed_alike;
pub(super) use failed_alike::{block, quoted, request};
pub use printer::{Detail, Printer};

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
    let embedded = if header.embedded { " (embedded receiver)" } else { "" };
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
            let _ = writeln!(out, "  {BAD}✗{BAD:#} {check}  {FAINT}like {}{FAINT:#}", inert(&first));
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
