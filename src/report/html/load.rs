//! The pages of a load and of a search for the highest rate.

use askama::Template;

use super::chart::{Chart, ChartMark, Scale};
use super::{Top, facts, inert, lines, page, weak};
use crate::duration::show_measured;
use crate::record::Outcome;
use crate::record::load::{EventTally, LoadLine, LoadRun, SearchRecord, Second, Times};
use crate::verdict::limit;
use crate::verdict::load::{LoadJudgement, LoadVerdict, ThresholdResult, judge};
use crate::verdict::threshold::{Threshold, ThresholdSubject};

/// Points of a curve: a longer load is shown in stretches of several seconds.
const MOST_POINTS: usize = 240;
/// Percentiles of the distribution, as shares.
const SHARES: [f64; 10] = [0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1.0];

#[derive(Template)]
#[template(path = "load.html")]
struct LoadPage {
    top: Top,
    thresholds: Vec<ThresholdRow>,
    charts_title: &'static str,
    charts: Vec<Chart>,
    tables: Vec<Table>,
    answers: Vec<(String, String)>,
    rerun: String,
}

struct ThresholdRow {
    ok: bool,
    threshold: String,
    actual: String,
    note: &'static str,
}

struct Table {
    title: &'static str,
    heads: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    /// The last column holds words.
    words: bool,
}

/// The whole page of a load.
pub fn render_load(run: &LoadRun) -> String {
    let judgement = judge(run);
    let mut warnings = weak(&run.header);
    warnings.extend(judgement.warnings.iter().map(|warning| inert(warning)));
    let mut facts = facts(&run.header);
    facts.extend(asked(&run.line));
    facts.push(("bottleneck", bottleneck(&judgement)));
    for outage in &judgement.outages {
        let end = outage.to.map_or_else(|| "the end".into(), |second| format!("second {second}"));
        facts.push(("receiver gone", format!("from second {} to {end}", outage.from)));
    }
    if let Some(why) = &run.stopped {
        facts.push(("stopped early", inert(why)));
    }
    let total = &run.total;
    let ended = Outcome::ALL.iter().map(|outcome| (outcome, total.ended(*outcome)));
    let mut figures = vec![format!("{} sent", total.sent), format!("{:.1}/s", run.sent_per_s())];
    figures
        .extend(ended.filter(|(_, count)| *count > 0).map(|(outcome, count)| format!("{count} {outcome}")));
    page(&LoadPage {
        top: Top {
            title: format!("{}: load on {}", judgement.verdict, inert(&run.header.target)),
            verdict: judgement.verdict.to_string(),
            class: class(judgement.verdict),
            figures: figures.join(" · "),
            facts,
            weak: warnings,
            version: inert(&run.header.version),
        },
        thresholds: thresholds(&judgement),
        charts_title: "Over time",
        charts: charts(run, &judgement),
        tables: vec![times(run), events(run), statuses(run)],
        answers: answers(run),
        rerun: lines(&run.line.rerun),
    })
}

/// The whole page of a search.
pub fn render_search(search: &SearchRecord) -> String {
    let judgement = limit::judge(search);
    let mut warnings = weak(&search.header);
    warnings.extend(judgement.warnings.iter().map(|warning| inert(warning)));
    let mut facts = facts(&search.header);
    facts.extend(search.asked().into_iter().flat_map(asked));
    let steps = search.whole().iter().zip(&judgement.steps);
    let rows = steps.map(|(run, judged)| {
        let step = run.line.step.unwrap_or_default();
        let latency = Times::from(&run.total.latency);
        vec![
            format!("{:.0}/s", step.per_s),
            judged.verdict.to_string(),
            format!("{:.0}/s", run.sent_per_s()),
            time(latency.p50),
            time(latency.p99),
            run.total.errors().to_string(),
            inert(&limit::reason(judged)),
        ]
    });
    let rows = rows.collect();
    page(&LoadPage {
        top: Top {
            title: format!("limit of {}", inert(&search.header.target)),
            verdict: inert(&judgement.text),
            class: class(judgement.verdict),
            figures: format!("{} steps", judgement.steps.len()),
            facts,
            weak: warnings,
            version: inert(&search.header.version),
        },
        thresholds: Vec::new(),
        charts_title: "Rate and latency",
        charts: curve(search, &judgement.steps).into_iter().collect(),
        tables: vec![Table {
            title: "Steps",
            heads: vec!["rate", "result", "sent", "p50", "p99", "errors", "reason"],
            rows,
            words: true,
        }],
        answers: Vec::new(),
        rerun: lines(search.asked().map_or("", |line| &line.rerun)),
    })
}

fn class(verdict: LoadVerdict) -> &'static str {
    match verdict {
        LoadVerdict::Passed => "passed",
        LoadVerdict::Failed | LoadVerdict::Unreachable | LoadVerdict::Miscounted => "failed",
        _ => "unclear",
    }
}

fn asked(line: &LoadLine) -> Vec<(&'static str, String)> {
    vec![
        ("scenario", inert(&format!("{}: {}", line.path, line.name))),
        ("sender", inert(&line.providers.join(", "))),
        ("rate", inert(&format!("{} for {} s, {}", line.rate, line.duration_s, line.arrivals))),
        ("connections", format!("at most {}", line.connections)),
    ]
}

fn bottleneck(judgement: &LoadJudgement) -> String {
    match judgement.bottleneck_text.as_str() {
        "" => judgement.bottleneck.to_string(),
        text => inert(&format!("{}: {text}", judgement.bottleneck)),
    }
}

fn thresholds(judgement: &LoadJudgement) -> Vec<ThresholdRow> {
    let row = |judged: &ThresholdResult| ThresholdRow {
        ok: judged.finding.ok,
        threshold: inert(&judged.finding.expected),
        actual: inert(&judged.finding.actual),
        note: match (judged.undecided, judged.unasked) {
            (true, _) => "not decided: the sender may be the cause",
            (false, true) => "by default",
            (false, false) => "",
        },
    };
    judgement.thresholds.iter().map(row).collect()
}

fn time(nanoseconds: u64) -> String {
    show_measured(nanoseconds as f64)
}

fn show_time(nanoseconds: f64) -> String {
    show_measured(nanoseconds)
}

fn count(value: f64) -> String {
    format!("{value:.0}")
}

/// Several seconds of a load, as one point.
#[derive(Default)]
struct SecondsAsOne {
    /// Middle of the stretch, from 0 to 1.
    at: f64,
    seconds: f64,
    planned: u64,
    sent: u64,
    accepted: u64,
    failed: u64,
    open: u64,
    in_flight: u64,
    queued: u64,
    p50: Option<f64>,
    p99: Option<f64>,
    lateness: Option<f64>,
}

impl SecondsAsOne {
    fn see(&mut self, second: &Second) {
        let ended = |outcome| second.outcomes.get(&outcome).copied().unwrap_or(0);
        self.seconds += 1.0;
        self.planned += second.planned;
        self.sent += second.sent;
        self.accepted += ended(Outcome::Accepted);
        self.failed += Outcome::REFUSED.into_iter().map(ended).sum::<u64>();
        self.open += ended(Outcome::Unreachable) + ended(Outcome::NotSent) + ended(Outcome::InDoubt);
        self.in_flight = self.in_flight.max(second.in_flight);
        self.queued = self.queued.max(second.queued);
        let worst = |before: Option<f64>, times: &Times, value: u64| match times.count {
            0 => before,
            _ => Some(before.unwrap_or(0.0).max(value as f64)),
        };
        self.p50 = worst(self.p50, &second.latency, second.latency.p50);
        self.p99 = worst(self.p99, &second.latency, second.latency.p99);
        self.lateness = worst(self.lateness, &second.lateness, second.lateness.p99);
    }
}

/// The load in at most [`MOST_POINTS`] stretches of equal length.
fn stretches(run: &LoadRun) -> Vec<SecondsAsOne> {
    let length = run.seconds.last().map_or(0, |second| second.number.saturating_add(1));
    let step = length.div_ceil(MOST_POINTS as u64).max(1);
    let count = usize::try_from(length.div_ceil(step)).unwrap_or_default().min(MOST_POINTS);
    let middle = |n: usize| (n as f64 + 0.5) / count as f64;
    let mut all: Vec<SecondsAsOne> =
        (0..count).map(|n| SecondsAsOne { at: middle(n), ..SecondsAsOne::default() }).collect();
    for second in &run.seconds {
        let place = usize::try_from(second.number / step).unwrap_or(usize::MAX);
        if let Some(stretch) = all.get_mut(place) {
            stretch.see(second);
        }
    }
    all
}

/// Names below the time axis.
fn axis(run: &LoadRun) -> Vec<(f64, String)> {
    let length = run.seconds.last().map_or(1, |second| second.number.saturating_add(1));
    let step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200]
        .into_iter()
        .find(|step| length / step <= 10)
        .unwrap_or(14_400);
    (0..=length / step).map(|n| ((n * step) as f64 / length as f64, format!("{} s", n * step))).collect()
}

fn charts(run: &LoadRun, judgement: &LoadJudgement) -> Vec<Chart> {
    let all = stretches(run);
    if all.is_empty() {
        return Vec::new();
    }
    vec![
        rates(run, &all),
        latencies(run, judgement, &all),
        outcomes(run, &all),
        waiting(run, &all),
        distribution(run),
    ]
}

fn rates(run: &LoadRun, all: &[SecondsAsOne]) -> Chart {
    let per_second = |count: u64, stretch: &SecondsAsOne| count as f64 / stretch.seconds.max(1.0);
    let highest = all.iter().map(|it| per_second(it.planned.max(it.sent), it)).fold(0.0, f64::max);
    let scale = Scale::up_to(highest);
    let mut chart = Chart::new("Callbacks per second", scale, count, axis(run));
    // The last answers come after the last callback: no rate falls to zero there.
    let scheduled = all.iter().rposition(|it| it.planned > 0 || it.sent > 0).map_or(0, |last| last + 1);
    let all = all.get(..scheduled).unwrap_or_default();
    if run.line.open {
        chart.curve("planned", "two", scale, all.iter().map(|it| (it.at, Some(per_second(it.planned, it)))));
    }
    chart.curve("sent", "one", scale, all.iter().map(|it| (it.at, Some(per_second(it.sent, it)))));
    chart
}

fn latencies(run: &LoadRun, judgement: &LoadJudgement, all: &[SecondsAsOne]) -> Chart {
    let limits: Vec<(String, u64)> = judgement.thresholds.iter().filter_map(limit_of).collect();
    let values = all.iter().flat_map(|it| [it.p50, it.p99]).flatten();
    let scale = Scale::around(values.chain(limits.iter().map(|(_, limit)| *limit as f64)));
    let title = if run.line.open { "Latency, from the planned time" } else { "Service time" };
    let mut chart = Chart::new(title, scale, show_time, axis(run));
    chart.curve("p50", "one", scale, all.iter().map(|it| (it.at, it.p50)));
    chart.curve("p99", "two", scale, all.iter().map(|it| (it.at, it.p99)));
    for (name, limit) in limits {
        chart.limit(scale, limit as f64, name);
    }
    chart
}

/// A threshold on a time, and that time in nanoseconds.
fn limit_of(judged: &ThresholdResult) -> Option<(String, u64)> {
    let threshold: Threshold = judged.finding.expected.parse().ok()?;
    match threshold.part() {
        ThresholdSubject::Time { bound_ns, .. } => Some((inert(&judged.finding.expected), bound_ns)),
        _ => None,
    }
}

/// Outcomes of one kind, stacked on the ones before.
struct Band {
    name: &'static str,
    class: &'static str,
    low: fn(&SecondsAsOne) -> u64,
    high: fn(&SecondsAsOne) -> u64,
}

fn outcomes(run: &LoadRun, all: &[SecondsAsOne]) -> Chart {
    let each = |stretch: &SecondsAsOne, count: u64| count as f64 / stretch.seconds.max(1.0);
    let highest = all.iter().map(|it| each(it, it.accepted + it.failed + it.open)).fold(0.0, f64::max);
    let scale = Scale::up_to(highest);
    let mut chart = Chart::new(
        "Outcomes per second: accepted, failed (red), unreachable or not sent (yellow)",
        scale,
        count,
        axis(run),
    );
    let bands = [
        Band { name: "accepted", class: "area-good", low: |_| 0, high: |it| it.accepted },
        Band {
            name: "rejected or gave up",
            class: "area-bad",
            low: |it| it.accepted,
            high: |it| it.accepted + it.failed,
        },
        Band {
            name: "unreachable, not sent or in doubt",
            class: "area-open",
            low: |it| it.accepted + it.failed,
            high: |it| it.accepted + it.failed + it.open,
        },
    ];
    for band in bands {
        let point = |it: &SecondsAsOne| (it.at, each(it, (band.low)(it)), each(it, (band.high)(it)));
        let points: Vec<_> = all.iter().map(point).collect();
        if points.iter().any(|(_, low, high)| high > low) {
            chart.area(band.name, band.class, scale, &points);
        }
    }
    chart
}

fn waiting(run: &LoadRun, all: &[SecondsAsOne]) -> Chart {
    let highest = all.iter().map(|it| it.in_flight.max(it.queued)).max().unwrap_or(0);
    let scale = Scale::up_to(highest as f64);
    let mut chart =
        Chart::new("Requests in flight, and callbacks that wait for a connection", scale, count, axis(run));
    chart.curve("in flight", "one", scale, all.iter().map(|it| (it.at, Some(it.in_flight as f64))));
    chart.curve("waiting", "two", scale, all.iter().map(|it| (it.at, Some(it.queued as f64))));
    chart
}

/// Latency by percentile: each step to the right is a tenth of the callbacks that are left.
fn distribution(run: &LoadRun) -> Chart {
    let total = &run.total;
    let place = |n: usize| n as f64 / (SHARES.len() - 1) as f64;
    let columns = SHARES.iter().enumerate().map(|(n, share)| {
        let name = match *share {
            0.0 => "min".into(),
            1.0 => "max".into(),
            share => format!("p{}", (share * 1e6).round() / 1e4),
        };
        (place(n), name)
    });
    let series = |histogram: &crate::record::load::Histogram| -> Vec<(f64, Option<f64>)> {
        let value = |share: f64| (histogram.count() > 0).then(|| histogram.quantile(share) as f64);
        SHARES.iter().enumerate().map(|(n, share)| (place(n), value(*share))).collect()
    };
    let (service, latency, lateness) =
        (series(&total.service), series(&total.latency), series(&total.lateness));
    let shown: Vec<_> = if run.line.open { vec![&service, &latency, &lateness] } else { vec![&service] };
    let scale = Scale::around(shown.iter().flat_map(|series| series.iter().filter_map(|(_, value)| *value)));
    let mut chart = Chart::new("Times by percentile", scale, show_time, columns.collect());
    chart.curve("service", "one", scale, service.into_iter());
    if run.line.open {
        chart.curve("latency", "two", scale, latency.into_iter());
        chart.curve("lateness", "three", scale, lateness.into_iter());
    }
    chart
}

fn times(run: &LoadRun) -> Table {
    let row = |name: &str, times: Times| {
        let values = [times.p50, times.p90, times.p95, times.p99, times.p999, times.max];
        std::iter::once(name.to_owned()).chain(values.map(time)).collect()
    };
    let mut rows = vec![row("service", Times::from(&run.total.service))];
    if run.line.open {
        rows.insert(0, row("latency", Times::from(&run.total.latency)));
        rows.push(row("lateness", Times::from(&run.total.lateness)));
    }
    Table { title: "Times", heads: vec!["", "p50", "p90", "p95", "p99", "p99.9", "max"], rows, words: false }
}

fn events(run: &LoadRun) -> Table {
    let row = |(name, seen): (&String, &EventTally)| {
        let latency = Times::from(&seen.latency);
        vec![
            inert(name),
            seen.sent.to_string(),
            seen.answered.to_string(),
            seen.accepted.to_string(),
            time(latency.p50),
            time(latency.p99),
            time(latency.max),
        ]
    };
    let never = EventTally::default();
    let unsent = run.line.events.iter().filter(|name| !run.total.events.contains_key(*name));
    let rows = run.total.events.iter().chain(unsent.map(|name| (name, &never))).map(row).collect();
    Table {
        title: "Events",
        heads: vec!["event", "sent", "answered", "accepted", "p50", "p99", "max"],
        rows,
        words: false,
    }
}

fn statuses(run: &LoadRun) -> Table {
    let answered = run.total.statuses.iter().map(|(status, count)| (format!("status {status}"), count));
    let troubled = run.total.troubles.iter().map(|(kind, count)| (kind.words().to_owned(), count));
    let rows = answered.chain(troubled).map(|(name, count)| vec![name, count.to_string()]).collect();
    Table { title: "Answers", heads: vec!["result of an attempt", "count"], rows, words: false }
}

fn answers(run: &LoadRun) -> Vec<(String, String)> {
    let kept = run.total.answers.iter();
    kept.map(|answer| (inert(&format!("{} to {}", answer.status, answer.event)), lines(&answer.body)))
        .collect()
}

/// Rates and their p99.
fn curve(search: &SearchRecord, judged: &[LoadJudgement]) -> Option<Chart> {
    let p99 = |run: &LoadRun| run.total.latency.quantile(0.99) as f64;
    let steps: Vec<(f64, f64, &LoadJudgement)> = search
        .whole()
        .iter()
        .zip(judged)
        .filter(|(run, _)| run.total.latency.count() > 0)
        .map(|(run, judged)| (run.line.step.unwrap_or_default().per_s, p99(run), judged))
        .collect();
    let highest = steps.iter().map(|(rate, _, _)| *rate).fold(0.0, f64::max);
    if highest <= 0.0 {
        return None;
    }
    let Scale::Linear(end) = Scale::up_to(highest) else { return None };
    let limits: Vec<(String, u64)> =
        judged.first().into_iter().flat_map(|judged| &judged.thresholds).filter_map(limit_of).collect();
    let scale = Scale::around(
        steps.iter().map(|(_, p99, _)| *p99).chain(limits.iter().map(|(_, limit)| *limit as f64)),
    );
    let columns =
        (0..=5).map(|n| (f64::from(n) / 5.0, format!("{:.0}/s", end * f64::from(n) / 5.0))).collect();
    let mut chart = Chart::new("p99 of the latency at each rate that was tried", scale, show_time, columns);
    for (name, limit) in limits {
        chart.limit(scale, limit as f64, name);
    }
    for (rate, p99, judged) in &steps {
        let good = judged.verdict == LoadVerdict::Passed;
        let title = format!("{rate:.0}/s: {}, p99 {}", judged.verdict, show_time(*p99));
        chart.mark(scale, ChartMark { x: rate / end, y: *p99, good, title });
    }
    Some(chart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_an_hour_is_as_small_as_that_of_a_minute() {
        let seconds = |count: u64| -> Vec<Second> {
            let times = Times { count: 100, p50: 400_000, p99: 9_000_000, ..Times::default() };
            let second =
                |number| Second { number, planned: 200, sent: 200, latency: times, ..Second::default() };
            (0..count).map(second).collect()
        };
        for count in [1, 60, 3_600, 86_400] {
            let page = render_load(&LoadRun { seconds: seconds(count), ..LoadRun::default() });
            assert!(page.len() < 100_000, "{count} s: {}", page.len());
            assert!(page.contains("Times by percentile") && !page.contains("NaN"), "{count} s");
        }
        // Nothing was sent.
        assert!(render_load(&LoadRun::default()).contains("nothing checked"));
        assert!(render_search(&SearchRecord::default()).contains("Steps"));
    }
}
