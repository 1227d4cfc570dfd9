//! Charts of a load run over its seconds, and the distribution of its times.

use std::collections::BTreeMap;

use super::{count, show_time};
use crate::duration::parse_duration;
use crate::number;
use crate::record::Outcome;
use crate::record::load::{CLASSES, LoadRun, SearchRecord, Second, Times};
use crate::report::html::chart::{Chart, ChartMark, HeatCell, Scale, StepMark};
use crate::report::html::inert;
use crate::stretch::Stretches;
use crate::verdict::load::{LoadJudgement, LoadVerdict, ThresholdResult};
use crate::verdict::threshold::{Threshold, ThresholdSubject};

/// Points of a curve: a longer load is shown in stretches of several seconds.
const MOST_POINTS: usize = 240;

/// Percentiles of the distribution, as shares.
const SHARES: [f64; 10] = [0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1.0];

/// Several seconds of a load, as one point.
#[derive(Default)]
struct SecondsAsOne {
    /// Middle of the stretch, from 0 to 1.
    at: f64,
    seconds: f64,
    planned: u64,
    pub(super) sent: u64,
    pub(super) accepted: u64,
    failed: u64,
    pub(super) open: u64,
    in_flight: u64,
    queued: u64,
    pub(super) p50: Option<f64>,
    pub(super) p99: Option<f64>,
    pub(super) lateness: Option<f64>,
}

impl SecondsAsOne {
    fn see(&mut self, second: &Second) {
        let ended = |outcome| number::counted(&second.outcomes, &outcome);
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
            _ => Some(before.map_or(value as f64, |before| before.max(value as f64))),
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
    let count = number::capped::<usize>(length.div_ceil(step)).min(MOST_POINTS);
    let middle = |n: usize| (n as f64 + 0.5) / count as f64;
    let mut all: Vec<SecondsAsOne> =
        (0..count).map(|n| SecondsAsOne { at: middle(n), ..SecondsAsOne::default() }).collect();
    for second in &run.seconds {
        let place = number::capped::<usize>(second.number / step);
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

pub(super) fn charts(run: &LoadRun, judgement: &LoadJudgement) -> Vec<Chart> {
    let all = stretches(run);
    if all.is_empty() {
        return Vec::new();
    }
    let times = all.iter().any(|it| it.p50.is_some());
    let measured = |chart: Chart| Some(chart).filter(|_| times);
    let charts = [
        Some(rates(run, &all)),
        measured(latencies(run, judgement, &all)),
        Some(outcomes(run, &all)),
        Some(waiting(run, &all)),
        Some(heat(run, judgement)).filter(|chart| !chart.shades.is_empty()),
        measured(distribution(run)),
    ];
    charts.into_iter().flatten().collect()
}

fn rates(run: &LoadRun, all: &[SecondsAsOne]) -> Chart {
    let per_second = |count: u64, stretch: &SecondsAsOne| count as f64 / stretch.seconds.max(1.0);
    let highest = all.iter().map(|it| per_second(it.planned.max(it.sent), it)).fold(0.0, f64::max);
    let scale = Scale::up_to(highest);
    let mut chart = Chart::new("Callbacks per second", scale, count, axis(run));
    // The last answers come after the last callback: no rate falls to zero there.
    let scheduled = all.iter().rposition(|it| it.planned > 0 || it.sent > 0).map_or(0, |last| last + 1);
    let all = all.stretch(..scheduled);
    if run.line.open {
        chart.curve("planned", "two", scale, all.iter().map(|it| (it.at, Some(per_second(it.planned, it)))));
    }
    chart.curve("sent", "one", scale, all.iter().map(|it| (it.at, Some(per_second(it.sent, it)))));
    bursts(run, &mut chart);
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
    bursts(run, &mut chart);
    chart
}

/// Columns of a heat map: more are narrower than a line.
const MOST_COLUMNS: u64 = 120;

/// Latency over time, every callback in a cell: a p99 does not show that there are two kinds of answers.
fn heat(run: &LoadRun, judgement: &LoadJudgement) -> Chart {
    let length = run.seconds.last().map_or(1, |second| second.number.saturating_add(1));
    let step = length.div_ceil(MOST_COLUMNS).max(1);
    let mut counts: BTreeMap<(u64, u8), u64> = BTreeMap::new();
    for second in &run.seconds {
        for (class, count) in &second.sizes {
            *counts.entry((second.number / step, *class)).or_default() += count;
        }
    }
    let edge = |class: u8| 10_f64.powf(f64::from(class) / CLASSES);
    let at = |column: u64| (column * step) as f64 / length as f64;
    let cell = |((column, class), count): (&(u64, u8), &u64)| HeatCell {
        across: (at(*column), at(column + 1)),
        values: (edge(*class), edge(class.saturating_add(1))),
        count: *count,
    };
    let cells: Vec<HeatCell> = counts.iter().map(cell).collect();
    let limits: Vec<(String, u64)> = judgement.thresholds.iter().filter_map(limit_of).collect();
    let values = cells.iter().flat_map(|cell| [cell.values.0 * 1.001, cell.values.1 * 0.999]);
    let scale = Scale::around(values.chain(limits.iter().map(|(_, limit)| *limit as f64)));
    let title = if run.line.open { "Every latency over time" } else { "Every service time over time" };
    let mut chart = Chart::new(title, scale, show_time, axis(run));
    chart.heat(scale, &cells);
    for (name, limit) in limits {
        chart.limit(scale, limit as f64, name);
    }
    chart
}

/// Lines at the bursts, each written as `300@5s`.
fn bursts(run: &LoadRun, chart: &mut Chart) {
    let length = run.seconds.last().map_or(1, |second| second.number.saturating_add(1)) as f64;
    let at = run.line.bursts.iter().filter_map(|burst| parse_duration(burst.split_once('@')?.1).ok());
    at.for_each(|at| chart.burst(at.as_secs_f64() / length));
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
    pub(super) name: &'static str,
    class: &'static str,
    low: fn(&SecondsAsOne) -> u64,
    high: fn(&SecondsAsOne) -> u64,
}

fn outcomes(run: &LoadRun, all: &[SecondsAsOne]) -> Chart {
    let each = |stretch: &SecondsAsOne, count: u64| count as f64 / stretch.seconds.max(1.0);
    let highest = all.iter().map(|it| each(it, it.accepted + it.failed + it.open)).fold(0.0, f64::max);
    let scale = Scale::up_to(highest);
    let mut chart = Chart::new("Outcomes per second", scale, count, axis(run));
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
        let point = |it: &SecondsAsOne| (each(it, (band.low)(it)), each(it, (band.high)(it)));
        let points: Vec<_> = all.iter().map(point).collect();
        if points.iter().any(|(low, high)| high > low) {
            chart.area(band.name, band.class, scale, &points);
        }
    }
    chart
}

fn waiting(run: &LoadRun, all: &[SecondsAsOne]) -> Chart {
    let highest = all.iter().map(|it| it.in_flight.max(it.queued)).fold(0, u64::max);
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

/// Rates and their p99.
pub(super) fn curve(search: &SearchRecord, judged: &[LoadJudgement]) -> Option<Chart> {
    let p99 = |run: &LoadRun| run.total.latency.quantile(0.99) as f64;
    let steps: Vec<(f64, f64, &LoadJudgement)> = search
        .whole()
        .iter()
        .zip(judged)
        .filter(|(run, _)| run.total.latency.count() > 0)
        .map(|(run, judged)| (run.step().per_s, p99(run), judged))
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
    let columns = Scale::steps(end).into_iter().map(|rate| (rate / end, format!("{rate:.0}/s"))).collect();
    let mut chart = Chart::new("p99 of the latency at each rate that was tried", scale, show_time, columns);
    for (name, limit) in limits {
        chart.limit(scale, limit as f64, name);
    }
    for (rate, p99, judged) in &steps {
        let held = match judged.verdict {
            LoadVerdict::Passed => StepMark::Yes,
            LoadVerdict::FellBehind => StepMark::Unknown,
            _ => StepMark::No,
        };
        let title = format!("{rate:.0}/s: {}, p99 {}", judged.verdict, show_time(*p99));
        chart.mark(scale, ChartMark { x: rate / end, y: *p99, held, title });
    }
    Some(chart)
}
