//! Text report of a search: a line per step, by rate, so the table is the curve. Each line has the number of its try.
//!
//! Styled; the printer removes the styles where they are not wanted.

use std::fmt::Write;

use crate::duration::{show_duration, show_measured};
use crate::number;
use crate::record::load::{LoadLine, LoadRun, SearchRecord};
use crate::report::inert;
use crate::report::load::limit::table::sums;
use crate::report::load::{failed_alike, text};
use crate::report::text::{BAD, FAINT, GOOD, OPEN, STRONG, amount, opening};
use crate::verdict::limit::{self, SearchJudgement, Showed, rate, reason, showed};
use crate::verdict::load::{self, LoadJudgement, LoadVerdict};

/// Cells of the longest time.
const WIDTH: f64 = 12.0;

/// Columns of a terminal.
const COLUMNS: usize = 80;

/// The whole report.
pub fn render(search: &SearchRecord) -> String {
    let judgement = limit::judge(search);
    let failed = search.whole().last().map_or_else(String::new, failed_alike::text);
    if search.whole().len() == 1 && !failed.is_empty() {
        return opening(&search.header, "") + &failed + &summary(search, &judgement);
    }
    let mut out = head(search);
    for warning in &judgement.warnings {
        // Writing into a String cannot fail.
        let _ = writeln!(out, "\n{OPEN}warning{OPEN:#}: {warning}");
    }
    out.push('\n');
    out.push_str(&curve(search.whole(), &judgement.steps));
    out.push_str(&all_steps(search));
    if !failed.is_empty() {
        let _ = write!(out, "\n{failed}");
    }
    out + &summary(search, &judgement)
}

fn summary(search: &SearchRecord, judgement: &SearchJudgement) -> String {
    let (style, verdict) = (style(judgement.verdict), judgement.verdict);
    // Where there is nothing else to say, the sentence has it.
    let stopped = search.stopped.as_ref().filter(|by| !judgement.text.contains(*by));
    let stopped = stopped.map_or_else(String::new, |by| format!("; stopped early: {}", inert(by)));
    format!("\n{style}{verdict}{style:#}: {}{stopped}\n", inert(&judgement.text))
}

fn style(verdict: LoadVerdict) -> annotate_snippets::renderer::Style {
    match verdict {
        LoadVerdict::Passed => GOOD,
        LoadVerdict::NothingChecked | LoadVerdict::Incomplete => OPEN,
        _ => BAD,
    }
}

/// Settings of the search.
fn head(search: &SearchRecord) -> String {
    let Some(asked) = search.asked() else { return String::new() };
    let line = LoadLine { rate: format!("steps from {}", asked.rate), ..asked.clone() };
    let head = LoadRun { header: search.header.clone(), line, ..LoadRun::default() };
    format!("{}  the highest rate that holds {}\n", text::head(&head), inert(&asked.thresholds.join(", ")))
}

/// The steps by rate: a row of figures each, and a picture of its times.
fn curve(steps: &[LoadRun], judgements: &[LoadJudgement]) -> String {
    let mut rows: Vec<(&LoadRun, &LoadJudgement)> = steps.iter().zip(judgements).collect();
    if rows.is_empty() {
        return String::new();
    }
    rows.sort_by(|(a, _), (b, _)| rate(a).total_cmp(&rate(b)));
    let times = rows.iter().filter(|(run, _)| run.total.latency.count() > 0);
    let times = times.map(|(run, _)| p50_p99(run));
    let (low, high) =
        times.fold((f64::MAX, 1.0_f64), |(low, high), (p50, p99)| (low.min(p50), high.max(p99)));
    let mut out = format!(
        "  {FAINT}{:>5} {:>9} {:>9} {:>8} {:>8} {:>6}{FAINT:#}\n",
        "try", "asked", "sent", "p50", "p99", "errors"
    );
    for (run, judgement) in rows {
        out.push_str(&row(run, judgement, low, high));
    }
    let _ = writeln!(
        out,
        "  {FAINT}sorted by rate; █ to p50, ░ to p99, log scale, {} to {}{FAINT:#}",
        show_measured(low.min(high)),
        show_measured(high)
    );
    out
}

/// The sums over all steps in one line; empty where no step is whole.
fn all_steps(search: &SearchRecord) -> String {
    let steps = search.whole().len();
    if steps == 0 {
        return String::new();
    }
    let sums: Vec<String> = sums(search).into_iter().map(|(name, count)| format!("{count} {name}")).collect();
    format!("  {FAINT}{}: {}{FAINT:#}\n", amount(steps, "step"), sums.join(", "))
}

fn row(run: &LoadRun, judgement: &LoadJudgement, low: f64, high: f64) -> String {
    let (style, mark) = match showed(run, judgement.verdict) {
        Showed::Held => (GOOD, '✓'),
        Showed::SenderBehind => (OPEN, '?'),
        Showed::Failed | Showed::Gone | Showed::Refused => (BAD, '✗'),
    };
    let figures = format!(
        "{:>3} {:>9} {:>9} {} {:>6}",
        run.line.step.map_or(0, |step| step.number),
        format!("{}/s", rate(run)),
        text::rate(run.sent_per_s()),
        times(run),
        run.total.errors()
    );
    let why = inert(&reason(judgement));
    let shown = 4 + figures.chars().count() + 2 + WIDTH as usize;
    // What does not stand beside the figures stands below them.
    let why = match shown + 1 + why.chars().count() {
        _ if why.is_empty() => String::new(),
        fits if fits <= COLUMNS => format!(" {why}"),
        _ => format!("\n{:9}{why}", ""),
    };
    let bar = bar(run, low, high);
    let bar = if why.starts_with(' ') { bar } else { bar.trim_end().to_owned() };
    format!("  {style}{mark}{style:#} {figures}  {bar}{why}\n")
}

fn times(run: &LoadRun) -> String {
    if run.total.latency.count() == 0 {
        return format!("{:>8} {:>8}", "-", "-");
    }
    let (p50, p99) = p50_p99(run);
    format!("{:>8} {:>8}", show_measured(p50), show_measured(p99))
}

fn p50_p99(run: &LoadRun) -> (f64, f64) {
    let latency = &run.total.latency;
    (latency.quantile(0.5) as f64, latency.quantile(0.99) as f64)
}

/// Times from the shortest to the longest, on a logarithmic scale: a limit shows as a step of a hundredfold.
fn bar(run: &LoadRun, low: f64, high: f64) -> String {
    let cells = |time: f64| {
        let part = if high > low { (time / low).ln() / (high / low).ln() } else { 0.0 };
        1 + (part.clamp(0.0, 1.0) * (WIDTH - 1.0)).round() as usize
    };
    let (p50, p99) = p50_p99(run);
    if run.total.latency.count() == 0 {
        return " ".repeat(WIDTH as usize);
    }
    let (full, all) = (cells(p50), cells(p99));
    format!(
        "{}{FAINT}{}{FAINT:#}{}",
        "█".repeat(full),
        "░".repeat(all - full),
        " ".repeat(WIDTH as usize - all)
    )
}

/// A step in one plain line: `  800/s  held  p50 0.21 ms  p99 1.20 ms`.
pub fn step(run: &LoadRun) -> String {
    let judgement = load::judge(run);
    let why = match judgement.verdict {
        LoadVerdict::Passed => "held".to_owned(),
        _ => format!("did not hold: {}", reason(&judgement)),
    };
    let (p50, p99) = p50_p99(run);
    let (p50, p99) = (show_measured(p50), show_measured(p99));
    let number = run.line.step.map_or(0, |step| step.number);
    let length = show_duration(number::duration(run.line.duration_s));
    format!("step {number:>2}  {:>9} for {length}  p50 {p50}  p99 {p99}  {}", run.line.rate, inert(&why))
}

/// Progress of a running search: the steps until now, and the current one.
pub fn live(steps: &[LoadRun], run: &LoadRun) -> String {
    let judgements: Vec<LoadJudgement> = steps.iter().map(load::judge).collect();
    let second = run.seconds.last().map_or_else(String::new, |second| text::second(second, run.line.open));
    format!("{}  {STRONG}{} {second}{STRONG:#}", curve(steps, &judgements), run.line.rate)
}
