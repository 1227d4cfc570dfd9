//! A run beside an earlier one of the same: newly failed, fixed, slower.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::{CaseScore, Finding, Outcome, RunRecord};

/// Differences between an earlier run and a later one. Callbacks, checks of the state and cases are the same where their names are.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Comparison {
    /// Name of the earlier record.
    pub with: String,
    /// Failed now and not before.
    pub newly_failed: Vec<String>,
    /// Failed before and not now.
    pub fixed: Vec<String>,
    /// Failed both times.
    pub still_failed: Vec<String>,
    /// Number of callbacks and checks that were judged in the later run alone.
    pub added: usize,
    /// Number of callbacks and checks that were judged in the earlier run alone: now they were not sent, or are not there.
    pub missing: usize,
    /// Times to answer.
    pub latency: Vec<LatencyChange>,
}

/// A percentile of the time to answer, then and now.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct LatencyChange {
    /// `p50`.
    pub name: &'static str,
    /// Milliseconds, before.
    pub before_ms: f64,
    /// Milliseconds, now.
    pub now_ms: f64,
}

/// Fewer times to answer have no percentiles worth comparing.
const ENOUGH: usize = 20;

impl Comparison {
    /// Changes since `earlier`.
    pub fn of(now: &RunRecord, earlier: &RunRecord, with: &str) -> Self {
        let (before, after) = (results(earlier), results(now));
        let change = |from: Option<bool>, to: bool| {
            let kept =
                after.iter().filter(|(name, failed)| before.get(*name).copied() == from && **failed == to);
            kept.map(|(name, _)| name.clone()).collect::<Vec<String>>()
        };
        let mut newly_failed = change(Some(false), true);
        newly_failed.extend(change(None, true));
        Self {
            with: with.to_owned(),
            newly_failed,
            fixed: change(Some(true), false),
            still_failed: change(Some(true), true),
            added: after.keys().filter(|name| !before.contains_key(*name)).count(),
            missing: before.keys().filter(|name| !after.contains_key(*name)).count(),
            latency: latency(earlier, now),
        }
    }
}

/// Everything that can pass or fail, by its name: a failure is true. What came to no end is neither.
fn results(run: &RunRecord) -> BTreeMap<String, bool> {
    if !run.cases.is_empty() {
        let judged =
            run.cases.iter().filter(|case| matches!(case.score, CaseScore::Passed | CaseScore::Failed));
        return judged.map(|case| (case.id.clone(), case.score == CaseScore::Failed)).collect();
    }
    let failed = |findings: &[Finding]| findings.iter().any(|finding| !finding.ok);
    let mut all = BTreeMap::new();
    for scenario in &run.scenarios {
        let name = format!("{} [{}]", scenario.line.path, scenario.line.by());
        let is_judged = |outcome| !matches!(outcome, Outcome::NotSent | Outcome::InDoubt);
        let ended = scenario.callbacks.iter().filter(|callback| callback.outcome.is_some_and(is_judged));
        all.extend(
            ended.map(|callback| (format!("{name} {}", callback.line.id), failed(&callback.findings))),
        );
        for finding in &scenario.state {
            *all.entry(format!("{name} {}", finding.check)).or_default() |= !finding.ok;
        }
    }
    all
}

fn latency(earlier: &RunRecord, now: &RunRecord) -> Vec<LatencyChange> {
    let times = |run: &RunRecord| {
        let attempts = run.callbacks().flat_map(|callback| &callback.attempts);
        let answered =
            attempts.filter_map(|attempt| attempt.exchange.as_ref()).filter(|e| e.answer.is_some());
        let mut times: Vec<f64> = answered.map(|exchange| exchange.latency_ms).collect();
        times.sort_by(f64::total_cmp);
        times
    };
    let (before, after) = (times(earlier), times(now));
    if before.len().min(after.len()) < ENOUGH {
        return Vec::new();
    }
    let at = |times: &[f64], share: usize| times.get((times.len() - 1) * share / 100).copied();
    let change = |(name, share): (&'static str, usize)| {
        Some(LatencyChange { name, before_ms: at(&before, share)?, now_ms: at(&after, share)? })
    };
    [("p50", 50), ("p99", 99)].into_iter().filter_map(change).collect()
}
