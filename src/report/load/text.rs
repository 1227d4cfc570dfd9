//! Text report of a load: settings, figures and verdict on one screen.
//!
//! Styled; the printer removes the styles where they are not wanted.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::answers::unexpected;
use super::failed_alike;
use super::picture::{Picture, bounds, columns};
use super::table;
use crate::duration::{show_duration, show_measured};
use crate::number;
use crate::record::Outcome;
use crate::record::load::{LoadRun, Second, Tally};
use crate::report::inert;
use crate::report::text::{BAD, FAINT, GOOD, OPEN, STRONG, amount, opening};
use crate::verdict::load::{self, LikelyCause, LoadJudgement, LoadVerdict, ThresholdResult};

/// Columns that a line may take which is redrawn in its place: one that wraps would not be wiped away whole.
const WIDTH: usize = 70;

/// The whole report.
pub fn render(run: &LoadRun) -> String {
    let judgement = load::judge(run);
    let failed = failed_alike::text(run);
    if !failed.is_empty() && run.line.max_failures > 0 {
        // All callbacks failed in the same way: their times say nothing.
        let head = opening(&run.header, &shard(run)) + &failed;
        return format!(
            "{head}\n{}{}{}",
            thresholds(&judgement, |ok| ok != Some(true)),
            receiver(run, &judgement),
            summary(run, &judgement)
        );
    }
    if judgement.verdict == LoadVerdict::Unreachable && run.line.max_failures > 0 {
        // Nothing was measured.
        let causes = causes(&judgement) + &counts(run);
        return format!("{}\n{causes}{}{}", head(run), receiver(run, &judgement), summary(run, &judgement));
    }
    let mut out = match failed.is_empty() {
        true => head(run),
        false => opening(&run.header, &shard(run)) + &failed + &asked(run),
    };
    for warning in &judgement.warnings {
        // Writing into a String cannot fail.
        let _ = writeln!(out, "\n{OPEN}warning{OPEN:#}: {}", inert(warning));
    }
    out.push('\n');
    out.push_str(&counts(run));
    if failed.is_empty() {
        out.push_str(&causes(&judgement));
    }
    out.push('\n');
    out.push_str(&table::times(run));
    out.push_str(&reading(run));
    out.push('\n');
    let events = table::events(run);
    if !events.is_empty() {
        let _ = writeln!(out, "{events}");
    }
    out.push_str(&over_time(run));
    out.push_str(&judged(run, &judgement));
    out.push_str(&hint(run));
    out.push_str(&summary(run, &judgement));
    // Last of all: they are looked for where the eye, or `tail`, rests.
    out.extend(judgement.notes.iter().map(|note| format!("note: {}\n", inert(note))));
    out
}

/// Sender, target and settings.
pub fn head(run: &LoadRun) -> String {
    opening(&run.header, &shard(run)) + &asked(run)
}

/// Name of the reported part of the run, if there are several.
fn shard(run: &LoadRun) -> String {
    let (number, of) = run.line.shard;
    match run.shards.len() as u64 {
        _ if of <= 1 => String::new(),
        1 => format!(", shard {number}/{of}"),
        here if here == of => format!(", all {of} shards"),
        here => format!(", {here} of {of} shards"),
    }
}

/// Settings of the run.
fn asked(run: &LoadRun) -> String {
    let line = &run.line;
    let (path, name) = (inert(&line.path), inert(&line.name));
    let title = if path == name { name } else { format!("{path}: {name}") };
    let providers = inert(&line.providers.join(", "));
    let rate = if line.open { inert(&line.rate) } else { "as fast as answers come".into() };
    let bursts: String = line.bursts.iter().map(|burst| format!(" and {} at once", inert(burst))).collect();
    let duration = number::duration(line.duration_s);
    let arrivals = if line.open {
        let awake = if line.awake { " with processors kept awake" } else { "" };
        let timers = match line.timers.as_str() {
            "" => String::new(),
            timers => format!(" by {} timers", inert(timers)),
        };
        format!(", {} arrivals, {} pacing{timers}{awake}", inert(&line.arrivals), inert(&line.pacing))
    } else {
        String::new()
    };
    format!(
        "\n{STRONG}{title}{STRONG:#} {FAINT}[{providers}]{FAINT:#}\n  {rate} for {}{bursts}{arrivals}, retries: {}\n  \
         {} on the air, at most {}, {}\n",
        show_duration(duration),
        inert(&line.retries),
        many(line.broadcasts, "broadcast"),
        many(line.connections, "connection"),
        many(line.threads, "thread"),
    )
}

fn many(count: u64, noun: &str) -> String {
    amount(number::capped::<usize>(count), noun)
}

fn counts(run: &LoadRun) -> String {
    let total = &run.total;
    let mut out = String::new();
    let mut row = |label: &str, text: String| {
        if !text.is_empty() {
            let _ = writeln!(out, "  {FAINT}{label:<11}{FAINT:#} {}", inert(&text));
        }
    };
    let asked = table::asked(run);
    row("rate", format!("{asked}{} sent", rate(run.sent_per_s())));
    row("callbacks", format!("{} planned: {}", total.planned, outcomes(total)));
    row("answers", list(&total.statuses, u16::to_string));
    row("no answer", list(&total.troubles, |kind| kind.words().to_owned()));
    for (n, answer) in unexpected(total).into_iter().enumerate() {
        row(if n == 0 { "unexpected" } else { "" }, answer);
    }
    if total.accepted_unexpectedly() > 0 {
        let text = "accepted, but not answered as the scenario expects";
        row("answered", format!("{} {text}", total.accepted_unexpectedly()));
    }
    if total.hurt > 0 {
        row(
            "faults",
            format!("on {}, {} with an unexpected outcome", many(total.hurt, "callback"), total.unexpected),
        );
    }
    if total.retries > 0 {
        row("retries", format!("{}, beside the rate", total.retries));
    }
    if total.resent > 0 {
        let again = many(total.resent, "request");
        row(
            "resent",
            format!("{again}: the connection, used before, was closed without a byte of an answer"),
        );
        let all = total.sent.saturating_add(total.retries).saturating_add(total.resent);
        row("", format!("a receiver that had read the first ones counts {all} requests in all"));
    }
    row(
        "connections",
        format!(
            "{} opened; most at once: {} in flight, {} due and waiting",
            total.opened, total.in_flight, total.queued
        ),
    );
    let cpu = total
        .cpu_per_callback_ns()
        .map_or_else(String::new, |ns| format!(", {} a callback", show_measured(ns)));
    row("own CPU", format!("{:.0}% busy{cpu}", total.busy() * 100.0));
    out
}

/// `500/s`, `0.50/s`.
pub(super) fn rate(per_s: f64) -> String {
    match per_s {
        slow if slow < 9.995 => format!("{slow:.2}/s"),
        middling if middling < 999.95 => format!("{middling:.1}/s"),
        fast => format!("{fast:.0}/s"),
    }
}

fn outcomes(total: &Tally) -> String {
    let ended = Outcome::ALL.iter().map(|outcome| (outcome, total.ended(*outcome)));
    let ended: Vec<String> =
        ended.filter(|(_, count)| *count > 0).map(|(outcome, count)| format!("{count} {outcome}")).collect();
    if ended.is_empty() { "none ended".into() } else { ended.join(", ") }
}

fn list<K>(counts: &BTreeMap<K, u64>, name: impl Fn(&K) -> String) -> String {
    let counts: Vec<String> = counts.iter().map(|(key, count)| format!("{} ×{count}", name(key))).collect();
    counts.join(", ")
}

/// Likely causes of what failed.
fn causes(judgement: &LoadJudgement) -> String {
    let mut out = String::new();
    let causes = judgement.causes.iter().map(|LikelyCause { of, cause }| format!("{of}: {cause}"));
    for (n, line) in causes.flat_map(|cause| table::wrapped(&inert(&cause))).enumerate() {
        let label = if n == 0 { "likely" } else { "" };
        // Writing into a String cannot fail.
        let _ = writeln!(out, "  {FAINT}{label:<11}{FAINT:#} {line}");
    }
    out
}

/// Help for reading the times.
fn reading(run: &LoadRun) -> String {
    let note = if run.line.stamped {
        "latency: from the planned time until the answer reached this machine;\n  \
         service: from sending until then; lateness: the planned time until sending"
    } else if run.line.open {
        "latency: from the planned time until the answer was read;\n  \
         service: from sending until then; lateness: the planned time until sending"
    } else {
        "no schedule, so only service time is measured, and stalls hide in it"
    };
    format!("  {FAINT}{note}{FAINT:#}\n")
}

fn over_time(run: &LoadRun) -> String {
    let picture = Picture::of(run);
    let mut out = String::new();
    let mut row = |label: &str, cells: &[Option<f64>], show: fn(f64) -> String| {
        if let Some((low, high)) = bounds(cells) {
            let (low, high) = (show(low), show(high));
            let scale = if low == high { low } else { format!("{low} to {high}") };
            let _ = writeln!(out, "  {FAINT}{label:<11}{FAINT:#} {}  {scale}", columns(cells));
        }
    };
    row("sent", &picture.sent, rate);
    row("p99", &picture.p99, show_measured);
    if !out.is_empty() {
        let _ = writeln!(out, "  {FAINT}{:<11} one cell = {}{FAINT:#}\n", "", many(picture.step, "second"));
    }
    out
}

/// The thresholds and the schedule that came to what `shown` asks for: true, false, or none where that is not decided.
fn thresholds(judgement: &LoadJudgement, shown: impl Fn(Option<bool>) -> bool) -> String {
    let mut out = String::new();
    let asked = judgement.thresholds.iter().map(|judged| {
        let default = if judged.unasked { " (default)" } else { "" };
        let ok = (!judged.undecided()).then_some(judged.finding.ok);
        (ok, format!("{}{default}: {}", judged.finding.expected, judged.finding.actual))
    });
    let schedule = judgement
        .schedule
        .iter()
        .map(|schedule| (Some(schedule.ok), format!("schedule: {}", schedule.actual)));
    for (ok, text) in asked.chain(schedule).filter(|(ok, _)| shown(*ok)) {
        let (style, mark) = match ok {
            Some(true) => (GOOD, '✓'),
            Some(false) => (BAD, '✗'),
            None => (OPEN, '?'),
        };
        let _ = writeln!(out, "  {style}{mark}{style:#} {}", inert(&text));
    }
    out
}

/// Changes of the receiver's process, each with the last lines that it printed.
fn receiver(run: &LoadRun, judgement: &LoadJudgement) -> String {
    let mut out = String::new();
    for (finding, change) in judgement.receiver.iter().zip(&run.receiver) {
        let (style, mark) = if finding.ok { (OPEN, '!') } else { (BAD, '✗') };
        // Writing into a String cannot fail.
        let _ = writeln!(out, "  {style}{mark}{style:#} {}", inert(&finding.actual));
        out.extend(change.lines.iter().map(|line| format!("    | {}\n", inert(line))));
    }
    out
}

fn judged(run: &LoadRun, judgement: &LoadJudgement) -> String {
    let mut out = thresholds(judgement, |_| true) + &receiver(run, judgement);
    for outage in &judgement.outages {
        let _ = writeln!(out, "  {BAD}{outage}{BAD:#}");
    }
    let _ = writeln!(out, "  bottleneck: {}", judgement.bottleneck_line());
    out
}

/// Outcomes, answers and troubles of the whole load in one line.
pub(in crate::report) fn found(run: &LoadRun) -> String {
    let total = &run.total;
    let parts = [
        format!("{} planned: {}", many(total.planned, "callback"), outcomes(total)),
        format!("answers: {}", list(&total.statuses, u16::to_string)),
        format!("no answer: {}", list(&total.troubles, |kind| kind.words().to_owned())),
    ];
    parts.into_iter().filter(|part| !part.ends_with(": ")).collect::<Vec<_>>().join("; ")
}

/// Hint for a run in which nothing was accepted, for several reasons.
fn hint(run: &LoadRun) -> String {
    let total = &run.total;
    let nothing = total.ended(Outcome::Accepted) == 0 && !total.statuses.is_empty() && total.hurt == 0;
    if !nothing || !failed_alike::text(run).is_empty() || run.line.once.is_empty() {
        return String::new();
    }
    format!("  nothing was accepted; one callback after the other: {}\n", inert(&run.line.once))
}

fn summary(run: &LoadRun, judgement: &LoadJudgement) -> String {
    let verdict = judgement.verdict;
    let (style, why) = match verdict {
        LoadVerdict::Passed => (GOOD, ""),
        LoadVerdict::Incomplete => (OPEN, ""),
        LoadVerdict::NothingChecked => (OPEN, "; no callback became due"),
        LoadVerdict::Failed => (BAD, ""),
        LoadVerdict::Unreachable => (BAD, "; the receiver was never reached"),
        LoadVerdict::FellBehind if judgement.thresholds.iter().any(ThresholdResult::undecided) => {
            (BAD, "; the sender did not keep its schedule: what is marked ? may be its own doing")
        }
        LoadVerdict::FellBehind => {
            (BAD, "; the sender did not keep its schedule: the times hold its own lateness")
        }
        LoadVerdict::Miscounted => (BAD, "; a callback has no outcome, or two: a fault of hookreel"),
    };
    let stopped =
        run.stopped.as_ref().map_or_else(String::new, |by| format!("; stopped early: {}", inert(by)));
    let killed = if run.unended.is_empty() { "" } else { "; killed" };
    let unexpected = match run.total.accepted_unexpectedly() {
        0 => String::new(),
        count => format!(" ({count} not answered as expected)"),
    };
    format!(
        "\n{style}{verdict}{style:#}: {} in {}, {}: {}{unexpected}{stopped}{killed}{why}\n",
        many(run.total.planned, "callback"),
        span(run.span_s()),
        rate(run.sent_per_s()),
        outcomes(&run.total),
    )
}

/// `30 s`, `655 ms`: in whole seconds where that is near enough.
fn span(seconds: f64) -> String {
    let near = seconds >= 10.0 || seconds >= 0.995 && (seconds - seconds.round()).abs() < 0.005;
    if near { format!("{seconds:.0} s") } else { show_measured(seconds * 1e9) }
}

/// Progress of a running load: the last second, and the totals.
pub fn live(run: &LoadRun) -> String {
    let last = run.seconds.last().map_or_else(Vec::new, |last| parts(last, run.line.open));
    let (mut lines, mut width) = (String::new(), 0);
    for part in last {
        let part = format!("  {part}");
        width += part.chars().count();
        if width > WIDTH {
            lines.push_str("\n     ");
            width = 5 + part.chars().count();
        }
        lines.push_str(&part);
    }
    let length = run.line.duration_s;
    format!(
        "{STRONG}{lines}{STRONG:#}  {FAINT}of {length:.0} s{FAINT:#}\n{}{}{}",
        counts(run),
        table::times(run),
        over_time(run)
    )
}

/// A second in one plain line: `12s  500/s asked, 499/s sent  p50 1.20 ms  p99 3.40 ms  late p99 12.0 µs  200 ×499`.
pub fn second(second: &Second, open: bool) -> String {
    parts(second, open).join("  ")
}

fn parts(second: &Second, open: bool) -> Vec<String> {
    let mut parts = vec![format!("{:>3}s", second.number + 1)];
    parts.push(if open {
        format!("{}/s asked, {}/s sent", second.planned, second.sent)
    } else {
        format!("{}/s sent", second.sent)
    });
    if second.latency.count > 0 {
        let (p50, p99) = (show_measured(second.latency.p50 as f64), show_measured(second.latency.p99 as f64));
        parts.push(format!("p50 {p50}  p99 {p99}"));
    }
    if open && second.lateness.count > 0 {
        parts.push(format!("late p99 {}", show_measured(second.lateness.p99 as f64)));
    }
    parts.push(list(&second.statuses, u16::to_string));
    parts.push(list(&second.troubles, |kind| kind.words().to_owned()));
    if second.retries > 0 {
        parts.push(format!("{} retried", second.retries));
    }
    parts.push(format!("in flight {}", second.in_flight));
    if second.queued > 0 {
        parts.push(format!("waiting {}", second.queued));
    }
    parts.retain(|part| !part.is_empty());
    parts
}
