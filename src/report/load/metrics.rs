//! Figures of a load while it goes on, for programs that watch: the text format of Prometheus, and lines of StatsD.
//!
//! Both are written here: what a library would bring is a registry with counters and histograms of its own, and ours are there
//! already, once a second.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::record::Outcome;
use crate::record::load::{EventTally, Histogram, LoadRun, Second, Tally, Times};
use crate::report::inert;

/// Upper bounds of the buckets, in microseconds.
const BOUNDS: [u64; 14] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000,
];

/// Labels and a value.
type Sample = (String, String);

/// Times of an event.
type EventTimes = fn(&EventTally) -> &Histogram;

/// A count of an event.
type Count = fn(&EventTally) -> u64;

/// All figures in the text format of Prometheus, version 0.0.4. Counters and histograms are of the whole load, gauges of its last
/// second.
pub fn prometheus(run: &LoadRun) -> String {
    let mut out = Families(String::new());
    about(&mut out, run);
    counters(&mut out, &run.total);
    by_event(&mut out, &run.total);
    let empty = Second::default();
    gauges(&mut out, run.seconds.last().unwrap_or(&empty), run.seconds.len());
    let total = &run.total;
    for (name, help, times) in [
        ("latency_seconds", "Time from due to the end of the first answer.", &total.latency),
        ("service_seconds", "Time from the start of an attempt to the end of its answer.", &total.service),
        ("lateness_seconds", "Delay caused by the sender.", &total.lateness),
    ] {
        out.head(name, "histogram", help);
        out.histogram(name, "", times);
    }
    out.0
}

fn about(out: &mut Families, run: &LoadRun) {
    let (shard, of) = run.line.shard;
    let about = [
        ("version", run.header.version.as_str()),
        ("scenario", &run.line.path),
        ("target", &run.header.target),
        ("rate", &run.line.rate),
        ("shard", &format!("{shard}/{of}")),
    ];
    let about: Vec<String> = about.iter().map(|(name, value)| label(name, value)).collect();
    out.family("info", "gauge", "Settings of the load.", [(about.join(","), "1".into())]);
}

fn counters(out: &mut Families, total: &Tally) {
    for (name, help, value) in [
        ("planned_total", "Callbacks that became due.", total.planned),
        ("sent_total", "Callbacks whose first attempt began.", total.sent),
        ("retries_total", "Attempts beyond the first.", total.retries),
        ("resent_total", "Requests sent again on a new connection.", total.resent),
        ("unexpected_total", "Callbacks with an unexpected outcome.", total.unexpected),
        ("connections_opened_total", "Connections that were opened.", total.opened),
    ] {
        out.family(name, "counter", help, [(String::new(), value.to_string())]);
    }
    let outcomes = Outcome::ALL.iter();
    let outcomes =
        outcomes.map(|it| (label("outcome", &word(&it.to_string())), total.ended(*it).to_string()));
    out.family("outcomes_total", "counter", "Callbacks by outcome.", outcomes);
    let statuses = total.statuses.iter().map(|(it, n)| (label("status", &it.to_string()), n.to_string()));
    out.family("answers_total", "counter", "Answers by HTTP status.", statuses);
    let troubles = total.troubles.iter();
    let troubles = troubles.map(|(it, n)| (label("trouble", &word(it.words())), n.to_string()));
    out.family("troubles_total", "counter", "Attempts without an answer, by what was in the way.", troubles);
}

fn by_event(out: &mut Families, total: &Tally) {
    let counts: [(&str, &str, Count); 3] = [
        ("event_sent_total", "Callbacks sent, by event.", |it| it.sent),
        ("event_answered_total", "Callbacks answered, by event.", |it| it.answered),
        ("event_accepted_total", "Callbacks accepted, by event.", |it| it.accepted),
    ];
    for (name, help, count) in counts {
        let samples = total.events.iter().map(|(event, it)| (label("event", event), count(it).to_string()));
        out.family(name, "counter", help, samples);
    }
    let of_events: [(&str, &str, EventTimes); 2] = [
        ("event_latency_seconds", "Time from due to the end of the first answer, by event.", |it| {
            &it.latency
        }),
        ("event_lateness_seconds", "Delay caused by the sender, by event.", |it| &it.lateness),
    ];
    for (name, help, times) in of_events.into_iter().filter(|_| !total.events.is_empty()) {
        out.head(name, "histogram", help);
        total.events.iter().for_each(|(event, it)| out.histogram(name, &label("event", event), times(it)));
    }
}

fn gauges(out: &mut Families, last: &Second, seconds_over: usize) {
    for (name, help, value) in [
        ("seconds", "Seconds that are over.", seconds_over as f64),
        ("planned_last_second", "Callbacks that became due in the last second.", last.planned as f64),
        ("sent_last_second", "Callbacks sent in the last second.", last.sent as f64),
        ("in_flight", "The most exchanges at once in the last second.", last.in_flight as f64),
        ("queued", "The most callbacks due and not begun in the last second.", last.queued as f64),
        ("busy_ratio", "Part of their time in which the sending threads had something to do.", last.busy),
    ] {
        out.family(name, "gauge", help, [(String::new(), value.to_string())]);
    }
    for (name, help, times) in of_time(last) {
        let rows = percentiles(&times).into_iter();
        let rows = rows.map(|(percentile, time)| (label("percentile", percentile), seconds(time)));
        out.family(&format!("{name}_last_second_seconds"), "gauge", help, rows);
    }
}

/// Text of the figures, one family after the other.
struct Families(String);

impl Families {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing into a String cannot fail.
        let _ = writeln!(self.0, "# HELP hookreel_load_{name} {help}\n# TYPE hookreel_load_{name} {kind}");
    }

    /// A family with its samples; one without samples is left out.
    fn family(&mut self, name: &str, kind: &str, help: &str, samples: impl IntoIterator<Item = Sample>) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_some() {
            self.head(name, kind, help);
        }
        samples.for_each(|(labels, value)| self.sample(name, &labels, &value));
    }

    fn sample(&mut self, name: &str, labels: &str, value: &str) {
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        // Writing into a String cannot fail.
        let _ = writeln!(self.0, "hookreel_load_{name}{labels} {value}");
    }

    fn histogram(&mut self, name: &str, labels: &str, times: &Histogram) {
        let count = times.count();
        let comma = if labels.is_empty() { "" } else { "," };
        let mut bucket = |bound: &str, within: u64| {
            let labels = format!("{labels}{comma}{}", label("le", bound));
            self.sample(&format!("{name}_bucket"), &labels, &within.to_string());
        };
        for bound in BOUNDS.map(|microseconds| microseconds * 1000) {
            bucket(&seconds(bound), count - times.above(bound).min(count));
        }
        bucket("+Inf", count);
        self.sample(&format!("{name}_sum"), labels, &(times.mean() * count as f64 / 1e9).to_string());
        self.sample(&format!("{name}_count"), labels, &count.to_string());
    }
}

/// Counts of the events that were told before.
#[derive(Default)]
pub struct StatsdLines {
    told: BTreeMap<String, (u64, u64)>,
}

impl StatsdLines {
    /// Lines for what the last second adds: counters, and gauges in milliseconds.
    pub fn of(&mut self, run: &LoadRun, prefix: &str) -> Vec<String> {
        let Some(last) = run.seconds.last() else { return Vec::new() };
        let mut lines = Vec::new();
        let mut counter = |name: &str, count: u64| {
            if count > 0 {
                lines.push(format!("{prefix}.{name}:{count}|c"));
            }
        };
        counter("planned", last.planned);
        counter("sent", last.sent);
        counter("retries", last.retries);
        last.outcomes
            .iter()
            .for_each(|(it, count)| counter(&format!("outcome.{}", word(&it.to_string())), *count));
        last.statuses.iter().for_each(|(it, count)| counter(&format!("status.{it}"), *count));
        last.troubles
            .iter()
            .for_each(|(it, count)| counter(&format!("trouble.{}", word(it.words())), *count));
        for (event, seen) in &run.total.events {
            let told = self.told.entry(event.clone()).or_default();
            counter(&format!("event.{}.sent", word(event)), added(seen.sent, told.0));
            counter(&format!("event.{}.accepted", word(event)), added(seen.accepted, told.1));
            *told = (seen.sent, seen.accepted);
        }
        let gauges = [("in_flight", last.in_flight), ("queued", last.queued)];
        lines.extend(gauges.map(|(name, value)| format!("{prefix}.{name}:{value}|g")));
        for (name, _, times) in of_time(last) {
            let rows = percentiles(&times).into_iter();
            lines.extend(rows.map(|(percentile, time)| {
                format!("{prefix}.{name}.p{}:{}|g", percentile.replace('.', ""), time as f64 / 1e6)
            }));
        }
        lines
    }
}

/// Number that came since; a step of a search counts from 0 again.
fn added(now: u64, before: u64) -> u64 {
    now.checked_sub(before).unwrap_or(now)
}

/// Times of a second; where nothing was measured there is none.
fn of_time(last: &Second) -> impl Iterator<Item = (&'static str, &'static str, Times)> {
    let times = [
        ("latency", "Time from due to the end of the first answer, in the last second.", last.latency),
        (
            "service",
            "Time from the start of an attempt to the end of its answer, in the last second.",
            last.service,
        ),
        ("lateness", "Delay caused by the sender, in the last second.", last.lateness),
    ];
    times.into_iter().filter(|(_, _, times)| times.count > 0)
}

fn percentiles(times: &Times) -> [(&'static str, u64); 5] {
    [("50", times.p50), ("90", times.p90), ("99", times.p99), ("99.9", times.p999), ("100", times.max)]
}

fn seconds(nanoseconds: u64) -> String {
    (nanoseconds as f64 / 1e9).to_string()
}

/// A label; its value is any text.
fn label(name: &str, value: &str) -> String {
    let value = inert(value).replace('\\', "\\\\").replace('"', "\\\"");
    format!("{name}=\"{value}\"")
}

/// A text as one word: `gave_up`.
fn word(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Line;
    use crate::record::load::{LoadLine, SecondLine};

    fn run() -> LoadRun {
        let mut run = LoadRun::default();
        run.apply(&Line::Load(LoadLine {
            path: "a\"b\\c\n.yaml".into(),
            shard: (1, 2),
            ..LoadLine::default()
        }));
        for second in 0..2 {
            let mut tally = Tally { planned: 3, sent: 3, ..Tally::default() };
            let mut event = EventTally { sent: 3, answered: 3, accepted: 2, ..EventTally::default() };
            for time in [400_000, 2_000_000, 20_000_000] {
                tally.latency.record(time);
                event.latency.record(time);
                event.lateness.record(time / 1000);
            }
            tally.outcomes = [(Outcome::Accepted, 2), (Outcome::GaveUp, 1)].into();
            tally.statuses = [(200, 2), (500, 1)].into();
            tally.events = [("record.file".into(), event)].into();
            run.apply(&Line::Second(SecondLine { second, tally }));
        }
        run
    }

    #[test]
    fn counters_are_of_the_whole_and_buckets_add_up() {
        let text = prometheus(&run());
        for line in [
            "hookreel_load_sent_total 6",
            "hookreel_load_outcomes_total{outcome=\"gave_up\"} 2",
            "hookreel_load_answers_total{status=\"500\"} 2",
            "hookreel_load_sent_last_second 3",
            "hookreel_load_latency_seconds_bucket{le=\"0.0005\"} 2",
            "hookreel_load_latency_seconds_bucket{le=\"0.0025\"} 4",
            "hookreel_load_latency_seconds_bucket{le=\"0.025\"} 6",
            "hookreel_load_latency_seconds_bucket{le=\"+Inf\"} 6",
            "hookreel_load_latency_seconds_count 6",
            "hookreel_load_event_latency_seconds_bucket{event=\"record.file\",le=\"0.001\"} 2",
            "hookreel_load_event_lateness_seconds_count{event=\"record.file\"} 6",
            "hookreel_load_event_accepted_total{event=\"record.file\"} 4",
        ] {
            assert!(text.lines().any(|own| own == line), "{line} is not in\n{text}");
        }
        assert!(text.contains(r#"scenario="a\"b\\c\\n.yaml""#), "{text}");
    }

    #[test]
    fn lines_of_statsd_say_what_a_second_added() {
        let mut lines = StatsdLines::default();
        let whole = run();
        let first = lines.of(&whole, "x");
        for line in
            ["x.sent:3|c", "x.outcome.gave_up:1|c", "x.status.500:1|c", "x.event.record_file.sent:6|c"]
        {
            assert!(first.iter().any(|own| own == line), "{line}: {first:?}");
        }
        assert!(
            first.iter().any(|line| line.starts_with("x.latency.p99:20.") && line.ends_with("|g")),
            "{first:?}"
        );
        let second = lines.of(&whole, "x");
        assert!(!second.iter().any(|line| line.starts_with("x.event.")), "nothing was added: {second:?}");
    }
}
