//! Times as a table.

use std::fmt::Write;

use super::text::rate;
use crate::duration::show_measured;
use crate::record::load::{EventTally, LoadRun, Times};
use crate::report::inert;

/// Columns of an event's name: with it a row has 79.
const NAME: usize = 23;

/// Names of the columns of [`event_rows`].
pub(in crate::report) const EVENT_HEADS: [&str; 7] =
    ["event", "sent", "answered", "accepted", "p50", "p99", "max"];

const HEADS: [&str; 7] = ["p50", "p90", "p95", "p99", "p99.9", "max", "mean"];

/// The rate as it was asked for, and what became due of it where that is another number: in a short time it is a whole one.
pub(super) fn asked(run: &LoadRun) -> String {
    if !run.line.open {
        return String::new();
    }
    let due = rate(run.asked_per_s());
    let steady = run.line.rate.strip_suffix("/s").and_then(|number| number.parse().ok());
    match steady.is_some_and(|asked| rate(asked) == due) {
        true => format!("{due} asked, "),
        false => format!("{} asked, {due} due, ", run.line.rate),
    }
}

/// Latency, service time and lateness of the whole run, a row each. Without a schedule there is no planned time that latency
/// could count from: service time is all there is.
pub(super) fn times(run: &LoadRun) -> String {
    let total = &run.total;
    let mut rows = vec![("service", Times::from(&total.service))];
    if run.line.open {
        rows.insert(0, ("latency", Times::from(&total.latency)));
        rows.push(("lateness", Times::from(&total.lateness)));
    }
    let mut out = format!("  {:9}", "");
    HEADS.iter().for_each(|head| {
        // Writing into a String cannot fail.
        let _ = write!(out, "{head:>9}");
    });
    for (name, times) in rows {
        let _ = write!(out, "\n  {name:9}");
        for cell in cells(&times) {
            let _ = write!(out, "{cell:>9}");
        }
    }
    out.push('\n');
    out
}

/// A row for each event: its name, counts and latency. Those of the scenario, also where nothing was sent of them.
pub(in crate::report) fn event_rows(run: &LoadRun) -> Vec<[String; 7]> {
    let seen = &run.total.events;
    let names: Vec<&str> = match run.line.events.as_slice() {
        [] => seen.keys().map(String::as_str).collect(),
        listed => listed.iter().map(String::as_str).collect(),
    };
    let none = EventTally::default();
    let row = |name: &str| {
        let event = seen.get(name).unwrap_or(&none);
        let times = Times::from(&event.latency);
        // Of what was never answered only the time until it was given up is known.
        let at_least = if event.answered == 0 && times.count > 0 { ">" } else { "" };
        let time = |time: u64| format!("{at_least}{}", cell(&times, time as f64));
        let [sent, answered, accepted] =
            [event.sent, event.answered, event.accepted].map(|count| count.to_string());
        let [p50, p99, max] = [times.p50, times.p99, times.max].map(time);
        [inert(name), sent, answered, accepted, p50, p99, max]
    };
    names.into_iter().map(row).collect()
}

/// The same as a table; of a scenario with one event there is nothing to tell apart.
pub(super) fn events(run: &LoadRun) -> String {
    let rows = event_rows(run);
    if rows.len() < 2 || run.total.events.is_empty() {
        return String::new();
    }
    let [event, heads @ ..] = EVENT_HEADS;
    let mut out = format!("  {event:NAME$}");
    heads.iter().for_each(|head| {
        // Writing into a String cannot fail.
        let _ = write!(out, "{head:>9}");
    });
    for [name, cells @ ..] in rows {
        let _ = write!(out, "\n  {name:NAME$}");
        for cell in cells {
            let _ = write!(out, "{cell:>9}");
        }
    }
    out.push('\n');
    out
}

fn cell(times: &Times, time: f64) -> String {
    if times.count == 0 { "-".into() } else { show_measured(time) }
}

fn cells(times: &Times) -> [String; 7] {
    let Times { p50, p90, p95, p99, p999, max, mean, .. } = *times;
    [p50 as f64, p90 as f64, p95 as f64, p99 as f64, p999 as f64, max as f64, mean]
        .map(|time| cell(times, time))
}

/// Columns beside a label.
const BESIDE: usize = 66;

/// A sentence in lines that fit beside a label; the lines after the first are indented.
pub(super) fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= BESIDE => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("  {word}")),
        }
    }
    lines
}
