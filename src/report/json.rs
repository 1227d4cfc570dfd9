//! JSON report of a run. The fields are fixed: other programs rely on them.

use std::borrow::Cow;
use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::{Subject, load, notes};
use crate::callback::Class;
use crate::record::{
    CallbackRun, CaseLine, Comparison, Finding, Outcome, OverallLine, Phases, RunRecord, ScenarioRun,
    SetUpLine, SkippedLine,
};
use crate::verdict::{self, Replayed, Verdict, cause};

/// The format's name and edition.
pub const SCHEMA: &str = "hookreel.report/1";

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct RunJson<'a> {
    schema: &'static str,
    version: &'a str,
    seed: u64,
    target: &'a str,
    /// The receiver was our own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    embedded: bool,
    verdict: Verdict,
    stopped: Option<&'a str>,
    killed: bool,
    lost_lines: u64,
    /// Reason for not judging any case, if the set-up of an audit is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_up: Option<&'a SetUpLine>,
    /// Findings of an audit about the receiver as a whole.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    overall: &'a [OverallLine],
    /// Cases of an audit.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    cases: &'a [CaseLine],
    scenarios: Vec<ScenarioJson<'a>>,
    /// Scenarios that were not played in a requested edition.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    skipped: &'a [SkippedLine],
    totals: TotalsJson,
    /// Near misses, which fail nothing.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: Vec<String>,
    /// Changes since an earlier run.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<&'a Comparison>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct ScenarioJson<'a> {
    name: &'a str,
    path: &'a str,
    provider: &'a str,
    revision: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    declared: &'a str,
    /// Target of the scenario, by name.
    #[serde(skip_serializing_if = "str::is_empty")]
    target: &'a str,
    verdict: Verdict,
    callbacks: Vec<CallbackJson<'a>>,
    state: Vec<StateJson<'a>>,
    /// Command that plays a scenario that did not pass again.
    #[serde(skip_serializing_if = "str::is_empty")]
    again: &'a str,
    /// Faults that chance put on no callback.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    untested: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct StateJson<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    /// Likely cause of a wrong state.
    #[serde(skip_serializing_if = "Option::is_none")]
    likely_cause: Option<&'static str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct CallbackJson<'a> {
    id: &'a str,
    event: &'a str,
    subject: &'a str,
    class: Class,
    faults: &'a [String],
    outcome: Outcome,
    /// Result of a callback that is sent again, beside its earlier one.
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed: Option<Replayed>,
    attempts: Vec<AttemptJson<'a>>,
    findings: &'a [Finding],
    /// Likely cause of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    likely_cause: Option<String>,
    /// Near misses of the callback.
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
    /// Command that sends a callback that failed by hand.
    #[serde(skip_serializing_if = "str::is_empty")]
    by_hand: &'a str,
    /// Lines that the receiver's process printed, beside the first failure.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    receiver: &'a [String],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct AttemptJson<'a> {
    n: u32,
    sent_at: &'a str,
    status: Option<u16>,
    error: Option<&'a str>,
    latency_ms: Option<f64>,
    answer: Option<&'a str>,
    /// Headers of the answer that say who gave it, and by which it is found in logs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<&'a str, &'a str>,
    /// Parts of the latency.
    #[serde(skip_serializing_if = "Option::is_none")]
    phases: Option<&'a Phases>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct TotalsJson {
    callbacks: usize,
    attempts: usize,
    accepted: usize,
    rejected: usize,
    refused_for_good: usize,
    gave_up: usize,
    unreachable: usize,
    not_sent: usize,
    in_doubt: usize,
    findings_failed: usize,
}

/// The whole report.
pub fn of(subject: Subject<'_>) -> String {
    match subject {
        Subject::Run(run) | Subject::Audit(run) => render(run),
        Subject::Load(run) => load::json::render(run),
        Subject::Search(search) => load::limit::json::render(search),
    }
}

/// A run or an audit.
pub fn render(run: &RunRecord) -> String {
    let report = RunJson {
        schema: SCHEMA,
        version: &run.header.version,
        seed: run.header.seed,
        target: &run.header.target,
        embedded: run.header.embedded,
        verdict: verdict::on_run(run),
        stopped: run.stopped.as_deref(),
        killed: !run.ended,
        lost_lines: run.lost,
        set_up: run.set_up.as_ref(),
        overall: &run.overall,
        cases: &run.cases,
        scenarios: run.scenarios.iter().map(scenario).collect(),
        skipped: &run.skipped,
        totals: totals(run),
        notes: notes::of_run(run),
        compared: run.compared.as_ref(),
    };
    // Plain data with text keys: there is nothing in it that JSON could not hold.
    let mut text =
        serde_json::to_string_pretty(&report).expect("our own texts and numbers can be written as JSON");
    text.push('\n');
    text
}

fn scenario(scenario: &ScenarioRun) -> ScenarioJson<'_> {
    let state = |finding| StateJson { finding, likely_cause: cause::of_state(scenario, finding) };
    ScenarioJson {
        name: &scenario.line.name,
        path: &scenario.line.path,
        provider: &scenario.line.provider,
        revision: &scenario.line.revision,
        declared: &scenario.line.declared,
        target: &scenario.line.target,
        verdict: verdict::on_scenario(scenario),
        callbacks: scenario.callbacks.iter().map(|it| callback(scenario, it)).collect(),
        state: scenario.state.iter().map(state).collect(),
        again: if verdict::on_scenario(scenario) == Verdict::Passed { "" } else { &scenario.line.rerun },
        untested: &scenario.line.untested,
    }
}

fn callback<'a>(scenario: &'a ScenarioRun, callback: &'a CallbackRun) -> CallbackJson<'a> {
    let failed = callback.findings.iter().any(|finding| !finding.ok);
    let attempts = callback.attempts.iter().map(|attempt| {
        let exchange = attempt.exchange.as_ref();
        let answer = exchange.and_then(|exchange| exchange.answer.as_ref());
        let kept = answer.into_iter().flat_map(|answer| &answer.kept);
        AttemptJson {
            n: attempt.n,
            sent_at: &attempt.sent_at,
            status: answer.map(|answer| answer.status),
            error: exchange.and_then(|exchange| exchange.error.as_ref()).map(|error| error.text.as_str()),
            latency_ms: exchange.map(|exchange| (exchange.latency_ms * 1000.0).round() / 1000.0),
            answer: answer.map(|answer| answer.body.as_str()),
            headers: kept.map(|(name, text)| (name.as_str(), text.as_str())).collect(),
            phases: exchange.and_then(|exchange| exchange.phases.as_ref()),
        }
    });
    CallbackJson {
        id: &callback.line.id,
        event: &callback.line.event,
        subject: &callback.line.subject,
        class: callback.line.class,
        faults: &callback.line.faults,
        outcome: callback.outcome(),
        replayed: verdict::replayed(callback).map(|(replayed, _)| replayed),
        attempts: attempts.collect(),
        findings: &callback.findings,
        likely_cause: cause::of_callback(scenario, callback).map(Cow::into_owned),
        note: notes::of(std::iter::once(callback)),
        by_hand: if failed && callback.line.curl != scenario.line.rerun { &callback.line.curl } else { "" },
        receiver: &callback.printed,
    }
}

fn totals(run: &RunRecord) -> TotalsJson {
    let ended = |outcome| run.callbacks().filter(|callback| callback.outcome() == outcome).count();
    let callback_findings = run.callbacks().flat_map(|callback| &callback.findings);
    let state_findings = run.scenarios.iter().flat_map(|scenario| &scenario.state);
    TotalsJson {
        callbacks: run.callbacks().count(),
        attempts: run.callbacks().map(|callback| callback.attempts.len()).sum(),
        accepted: ended(Outcome::Accepted),
        rejected: ended(Outcome::Rejected),
        refused_for_good: ended(Outcome::RefusedForGood),
        gave_up: ended(Outcome::GaveUp),
        unreachable: ended(Outcome::Unreachable),
        not_sent: ended(Outcome::NotSent),
        in_doubt: ended(Outcome::InDoubt),
        findings_failed: callback_findings.chain(state_findings).filter(|finding| !finding.ok).count(),
    }
}
