//! JSON report of a load. The fields are fixed: other programs rely on them.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::failed_alike::{self, LoadsFailedAlike};
use crate::record::load::{
    EventTally, KeptAnswer, LoadLine, LoadRun, NotedAnswers, ReceiverLine, Second, Times,
};
use crate::record::{Outcome, TroubleKind};
use crate::verdict::load::{self, Bottleneck, LoadJudgement, LoadVerdict};
use crate::verdict::outage::Outage;

/// The format's name and edition.
pub const SCHEMA: &str = "hookreel.load-report/1";

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct LoadReportJson<'a> {
    schema: &'static str,
    version: &'a str,
    seed: u64,
    target: &'a str,
    verdict: LoadVerdict,
    /// The one cause, where every callback failed in the same way.
    failed_alike: Option<LoadsFailedAlike<'a>>,
    /// Likely causes of what failed, those of most failures first.
    likely_causes: Vec<LikelyCauseJson<'a>>,
    /// Near misses, which fail nothing.
    notes: &'a [String],
    bottleneck: Bottleneck,
    bottleneck_text: &'a str,
    stopped: Option<&'a str>,
    killed: bool,
    lost_lines: u64,
    warnings: &'a [String],
    shards: Shards<'a>,
    load: LoadJson<'a>,
    thresholds: Vec<ThresholdJson<'a>>,
    schedule: Option<ScheduleJson<'a>>,
    /// Changes of the receiver's process, where --exec started it.
    receiver: &'a [ReceiverLine],
    outages: Vec<Gone<'a>>,
    totals: LoadTotalsJson<'a>,
    seconds: Vec<LoadRowJson<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct Shards<'a> {
    of: u64,
    present: &'a [u64],
    missing: Vec<u64>,
    killed: &'a [u64],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(super) struct LoadJson<'a> {
    name: &'a str,
    path: &'a str,
    providers: &'a [String],
    rate: &'a str,
    open: bool,
    arrivals: &'a str,
    phase: &'a str,
    bursts: &'a [String],
    duration_s: f64,
    broadcasts: u64,
    connections: u64,
    threads: u64,
    pacing: &'a str,
    /// Left out where they are those of Linux.
    #[serde(skip_serializing_if = "str::is_empty")]
    timers: &'a str,
    awake: bool,
    retries: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(super) struct ThresholdJson<'a> {
    threshold: &'a str,
    default: bool,
    ok: bool,
    /// It failed, and the sender may be to blame.
    undecided: bool,
    actual: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct ScheduleJson<'a> {
    ok: bool,
    expected: &'a str,
    actual: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(super) struct LoadTotalsJson<'a> {
    asked_per_s: Option<f64>,
    sent_per_s: f64,
    planned: u64,
    sent: u64,
    overdue: u64,
    retries: u64,
    resent: u64,
    errors: u64,
    accepted: u64,
    rejected: u64,
    refused_for_good: u64,
    gave_up: u64,
    unreachable: u64,
    not_sent: u64,
    in_doubt: u64,
    unexpected: u64,
    hurt: u64,
    statuses: &'a BTreeMap<u16, u64>,
    troubles: &'a BTreeMap<TroubleKind, u64>,
    events: BTreeMap<&'a str, LoadEventJson>,
    unexpected_answers: &'a [KeptAnswer],
    /// Accepted callbacks whose answers may not mean what they say.
    noted_answers: &'a [NotedAnswers],
    connections_opened: u64,
    /// Connections that were taken only after a second or more.
    connections_late: u64,
    connections_never_taken: u64,
    in_flight_max: u64,
    queued_max: u64,
    busy: f64,
    cpu_us_per_callback: Option<f64>,
    latency_ms: Milliseconds,
    service_ms: Milliseconds,
    lateness_ms: Milliseconds,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct LoadEventJson {
    sent: u64,
    answered: u64,
    accepted: u64,
    latency_ms: Milliseconds,
    lateness_ms: Milliseconds,
}

impl From<&EventTally> for LoadEventJson {
    fn from(seen: &EventTally) -> Self {
        Self {
            sent: seen.sent,
            answered: seen.answered,
            accepted: seen.accepted,
            latency_ms: Times::from(&seen.latency).into(),
            lateness_ms: Times::from(&seen.lateness).into(),
        }
    }
}

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct LoadRowJson<'a> {
    second: u64,
    planned: u64,
    sent: u64,
    retries: u64,
    resent: u64,
    outcomes: &'a BTreeMap<Outcome, u64>,
    statuses: &'a BTreeMap<u16, u64>,
    troubles: &'a BTreeMap<TroubleKind, u64>,
    connections_opened: u64,
    in_flight_max: u64,
    queued_max: u64,
    busy: f64,
    latency_ms: Milliseconds,
    service_ms: Milliseconds,
    lateness_ms: Milliseconds,
}

/// A likely cause, and the failures behind it: `429 ×66`.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct LikelyCauseJson<'a> {
    of: &'a str,
    cause: &'a str,
}

fn causes(judgement: &LoadJudgement) -> Vec<LikelyCauseJson<'_>> {
    judgement.causes.iter().map(|found| LikelyCauseJson { of: &found.of, cause: &found.cause }).collect()
}

/// A time in which the receiver took no connections; without an end it did not come back.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct Gone<'a> {
    from_second: u64,
    to_second: Option<u64>,
    troubles: &'a BTreeMap<TroubleKind, u64>,
}

/// Nothing was measured = all of them null, but the count.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct Milliseconds {
    count: u64,
    p50: Option<f64>,
    p90: Option<f64>,
    p95: Option<f64>,
    p99: Option<f64>,
    #[serde(rename = "p99.9")]
    p999: Option<f64>,
    max: Option<f64>,
    mean: Option<f64>,
}

impl From<Times> for Milliseconds {
    fn from(times: Times) -> Self {
        // To the nanosecond, which is what was counted.
        let ms = |ns: f64| (times.count > 0).then(|| ns.round() / 1e6);
        Self {
            count: times.count,
            p50: ms(times.p50 as f64),
            p90: ms(times.p90 as f64),
            p95: ms(times.p95 as f64),
            p99: ms(times.p99 as f64),
            p999: ms(times.p999 as f64),
            max: ms(times.max as f64),
            mean: ms(times.mean),
        }
    }
}

/// The whole report.
pub fn render(run: &LoadRun) -> String {
    let judgement = load::judge(run);
    let report = LoadReportJson {
        schema: SCHEMA,
        version: &run.header.version,
        seed: run.header.seed,
        target: &run.header.target,
        verdict: judgement.verdict,
        failed_alike: failed_alike::row(run),
        likely_causes: causes(&judgement),
        notes: &judgement.notes,
        bottleneck: judgement.bottleneck,
        bottleneck_text: &judgement.bottleneck_text,
        stopped: run.stopped.as_deref(),
        killed: !run.unended.is_empty(),
        lost_lines: run.lost,
        warnings: &judgement.warnings,
        shards: Shards {
            of: run.line.shard.1,
            present: &run.shards,
            missing: run.missing(),
            killed: &run.unended,
        },
        load: asked(&run.line),
        thresholds: thresholds(&judgement),
        schedule: judgement.schedule.as_ref().map(|finding| ScheduleJson {
            ok: finding.ok,
            expected: &finding.expected,
            actual: &finding.actual,
        }),
        receiver: &run.receiver,
        outages: judgement.outages.iter().map(gone).collect(),
        totals: totals(run),
        seconds: run.seconds.iter().map(row).collect(),
    };
    // Plain data with text keys: there is nothing in it that JSON could not hold.
    let mut text =
        serde_json::to_string_pretty(&report).expect("our own texts and numbers can be written as JSON");
    text.push('\n');
    text
}

pub(super) fn asked(line: &LoadLine) -> LoadJson<'_> {
    LoadJson {
        name: &line.name,
        path: &line.path,
        providers: &line.providers,
        rate: &line.rate,
        open: line.open,
        arrivals: &line.arrivals,
        phase: &line.phase,
        bursts: &line.bursts,
        duration_s: line.duration_s,
        broadcasts: line.broadcasts,
        connections: line.connections,
        threads: line.threads,
        pacing: &line.pacing,
        timers: &line.timers,
        awake: line.awake,
        retries: &line.retries,
    }
}

pub(super) fn thresholds(judgement: &LoadJudgement) -> Vec<ThresholdJson<'_>> {
    let told = judgement.thresholds.iter().map(|judged| ThresholdJson {
        threshold: &judged.finding.expected,
        default: judged.unasked,
        ok: judged.finding.ok,
        undecided: judged.undecided(),
        actual: &judged.finding.actual,
    });
    told.collect()
}

pub(super) fn totals(run: &LoadRun) -> LoadTotalsJson<'_> {
    let total = &run.total;
    LoadTotalsJson {
        asked_per_s: run.line.open.then(|| thousandths(run.asked_per_s())),
        sent_per_s: thousandths(run.sent_per_s()),
        planned: total.planned,
        sent: total.sent,
        overdue: total.overdue,
        retries: total.retries,
        resent: total.resent,
        errors: total.errors(),
        accepted: total.ended(Outcome::Accepted),
        rejected: total.ended(Outcome::Rejected),
        refused_for_good: total.ended(Outcome::RefusedForGood),
        gave_up: total.ended(Outcome::GaveUp),
        unreachable: total.ended(Outcome::Unreachable),
        not_sent: total.ended(Outcome::NotSent),
        in_doubt: total.ended(Outcome::InDoubt),
        unexpected: total.unexpected,
        hurt: total.hurt,
        statuses: &total.statuses,
        troubles: &total.troubles,
        events: events(run),
        unexpected_answers: &total.answers,
        noted_answers: &total.noted,
        connections_opened: total.opened,
        connections_late: total.crowded,
        connections_never_taken: total.untaken,
        in_flight_max: total.in_flight,
        queued_max: total.queued,
        busy: thousandths(total.busy()),
        cpu_us_per_callback: total.cpu_per_callback_ns().map(|ns| thousandths(ns / 1000.0)),
        latency_ms: Times::from(&total.latency).into(),
        service_ms: Times::from(&total.service).into(),
        lateness_ms: Times::from(&total.lateness).into(),
    }
}

/// Every event of the scenario, those that were never sent, too.
fn events(run: &LoadRun) -> BTreeMap<&str, LoadEventJson> {
    let none = EventTally::default();
    let listed = run.line.events.iter().map(|name| (name.as_str(), LoadEventJson::from(&none)));
    listed.chain(run.total.events.iter().map(|(name, seen)| (name.as_str(), seen.into()))).collect()
}

fn row(second: &Second) -> LoadRowJson<'_> {
    LoadRowJson {
        second: second.number,
        planned: second.planned,
        sent: second.sent,
        retries: second.retries,
        resent: second.resent,
        outcomes: &second.outcomes,
        statuses: &second.statuses,
        troubles: &second.troubles,
        connections_opened: second.opened,
        in_flight_max: second.in_flight,
        queued_max: second.queued,
        busy: thousandths(second.busy),
        latency_ms: second.latency.into(),
        service_ms: second.service.into(),
        lateness_ms: second.lateness.into(),
    }
}

fn gone(outage: &Outage) -> Gone<'_> {
    Gone { from_second: outage.from, to_second: outage.to, troubles: &outage.troubles }
}

fn thousandths(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}
