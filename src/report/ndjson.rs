//! JSON lines for programs that follow a run. The first is `run_started`; then comes one for each callback, question,
//! case or second as soon as it is known; the last is the `summary`. The fields are fixed: other programs rely on them.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::results::Results;
use super::{Subject, notes};
use crate::callback::Class;
use crate::record::load::{LoadRun, ReceiverLine, SearchRecord, Second};
use crate::record::{
    CallbackRun, CaseLine, Finding, Header, Line, Outcome, OverallLine, RunRecord, ScenarioRun, SetUpLine,
    SkippedLine,
};
use crate::verdict::{self, Replayed, cause};

/// The format's name and edition.
pub const SCHEMA: &str = "hookreel.ndjson/1";

/// One line.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum StreamedEvent<'a> {
    /// The first line.
    RunStarted {
        /// `hookreel.ndjson/1`.
        schema: &'static str,
        /// Version of this program.
        version: &'a str,
        /// Seed of every draw.
        seed: u64,
        /// Target, without user, password or query.
        target: &'a str,
        /// The sending clock when the run began, RFC 3339.
        now: &'a str,
        /// Speed of simulated time.
        speed: &'a str,
    },
    /// A callback has ended.
    Callback(Callback<'a>),
    /// A scenario is played again, because the receiver's process ended while it was under way: what was said of its callbacks before
    /// does not count. Only while the run goes on.
    Again {
        /// Path of the scenario.
        scenario: &'a str,
        /// Sending provider.
        provider: &'a str,
        /// Revision of the provider.
        revision: &'a str,
    },
    /// The receiver's state was asked for, or its process ended.
    State {
        /// Path of the scenario.
        scenario: &'a str,
        /// Result of a check.
        finding: &'a Finding,
    },
    /// A scenario is not played in an edition that was asked for.
    Skipped(&'a SkippedLine),
    /// The set-up of an audit is wrong.
    SetUp(&'a SetUpLine),
    /// Findings of an audit about the receiver as a whole.
    Overall(&'a OverallLine),
    /// Score of a case of an audit.
    Case(&'a CaseLine),
    /// A second of a load is over.
    Second {
        /// Step of a search, counted from 1.
        #[serde(skip_serializing_if = "Option::is_none")]
        step: Option<u64>,
        /// Counted from 0.
        second: u64,
        /// Callbacks that became due.
        planned: u64,
        /// Callbacks whose first attempt began.
        sent: u64,
        /// Attempts beyond the first.
        retries: u64,
        /// Callbacks by how they ended.
        outcomes: &'a BTreeMap<Outcome, u64>,
        /// Half of the answers came in this time, from when the callback was due; none = there was none.
        p50_ms: Option<f64>,
        /// 99 of 100 answers came in this time.
        p99_ms: Option<f64>,
    },
    /// The receiver's process changed during a load.
    Receiver(&'a ReceiverLine),
    /// The last line.
    Summary {
        /// `run`, `audit`, `load` or `search`.
        kind: &'static str,
        /// Verdict, spelt as in `--report json`: `nothing_checked`.
        verdict: String,
        /// Sentence beside it; empty where the totals say it all.
        text: String,
        /// Counts and times, as people read them.
        totals: BTreeMap<String, String>,
        /// Those that are plain numbers: counts and rates. Times are in `--report json`.
        figures: BTreeMap<String, serde_json::Number>,
        /// Findings about the whole and about no part alone.
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        overall: Vec<String>,
        /// Near misses, which fail nothing.
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        notes: Vec<String>,
    },
}

/// A callback that has ended.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Callback<'a> {
    /// Path of the scenario.
    scenario: &'a str,
    /// Sending provider.
    provider: &'a str,
    /// Revision of the provider.
    revision: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    declared: &'a str,
    id: &'a str,
    /// Name in the provider's words.
    name: &'a str,
    /// The file it is about, for a person.
    subject: &'a str,
    class: Class,
    faults: &'a [String],
    outcome: Outcome,
    /// Result of a callback that is sent again, beside its earlier one.
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed: Option<Replayed>,
    /// Every check passed, and there was one.
    passed: bool,
    attempts: usize,
    /// Status of the last answer.
    status: Option<u16>,
    /// Latency of the last attempt.
    latency_ms: Option<f64>,
    findings: &'a [Finding],
    /// Likely cause of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    likely_cause: Option<String>,
    /// Near misses.
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
    /// Command that plays the scenario of a callback that failed again.
    #[serde(skip_serializing_if = "str::is_empty")]
    again: &'a str,
}

/// Part of a run that was reported so far.
#[derive(Default)]
pub struct StreamedLine {
    begun: bool,
    callbacks: HashSet<(usize, String)>,
}

impl StreamedLine {
    /// Lines to write after this line of the record; mostly none.
    pub fn update(&mut self, run: &RunRecord, line: &Line) -> String {
        let mut out = self.begin(&run.header);
        if let Line::Again { scenario } = line {
            let told = self.callbacks.len();
            self.callbacks.retain(|(of, _)| of != scenario);
            let again = run.scenarios.get(*scenario).filter(|_| self.callbacks.len() < told);
            out.extend(again.map(|ScenarioRun { line, .. }| {
                let (path, provider, revision) = (&line.path, &line.provider, &line.revision);
                text(&StreamedEvent::Again { scenario: path, provider, revision })
            }));
        }
        if let Line::Outcome { scenario, id, .. } = line
            && let Some((of, callback)) = run.scenarios.get(*scenario).zip(run.callback(*scenario, id))
            && self.callbacks.insert((*scenario, id.clone()))
        {
            out.push_str(&text(&ended(of, callback)));
        }
        out
    }

    /// Lines to write after this line of the record of a load.
    pub fn update_load(&mut self, run: &LoadRun, line: &Line) -> String {
        let mut out = self.begin(&run.header);
        if let (Line::Second(_), Some(last)) = (line, run.seconds.last()) {
            out.push_str(&text(&second(run, last)));
        }
        if let Line::Receiver(change) = line {
            out.push_str(&text(&StreamedEvent::Receiver(change)));
        }
        out
    }

    /// All the rest of a run that is over.
    pub fn rest(&mut self, run: &RunRecord) -> String {
        let mut out = self.begin(&run.header);
        for (index, scenario) in run.scenarios.iter().enumerate() {
            for callback in &scenario.callbacks {
                if self.callbacks.insert((index, callback.line.id.clone())) {
                    out.push_str(&text(&ended(scenario, callback)));
                }
            }
        }
        for scenario in &run.scenarios {
            let state = scenario.state.iter();
            let state = state.map(|finding| StreamedEvent::State { scenario: &scenario.line.path, finding });
            out.extend(state.map(|event| text(&event)));
        }
        out.extend(run.skipped.iter().map(|line| text(&StreamedEvent::Skipped(line))));
        out.extend(run.set_up.iter().map(|line| text(&StreamedEvent::SetUp(line))));
        out.extend(run.overall.iter().map(|line| text(&StreamedEvent::Overall(line))));
        out.extend(run.cases.iter().map(|line| text(&StreamedEvent::Case(line))));
        out + &text(&summary(run.into()))
    }

    fn begin(&mut self, header: &Header) -> String {
        if std::mem::replace(&mut self.begun, true) {
            return String::new();
        }
        text(&StreamedEvent::RunStarted {
            schema: SCHEMA,
            version: &header.version,
            seed: header.seed,
            target: &header.target,
            now: &header.now,
            speed: &header.speed,
        })
    }
}

/// The whole report.
pub fn of(subject: Subject<'_>) -> String {
    match subject {
        Subject::Run(run) | Subject::Audit(run) => StreamedLine::default().rest(run),
        Subject::Load(run) => {
            StreamedLine::default().begin(&run.header) + &seconds(run) + &text(&summary(subject))
        }
        Subject::Search(SearchRecord { header, steps, .. }) => {
            let steps: String = steps.iter().map(seconds).collect();
            StreamedLine::default().begin(header) + &steps + &text(&summary(subject))
        }
    }
}

/// Plain data with text keys: there is nothing in it that JSON could not hold.
fn text(event: &StreamedEvent<'_>) -> String {
    serde_json::to_string(event).expect("our own texts and numbers can be written as JSON") + "\n"
}

fn ended<'a>(scenario: &'a ScenarioRun, callback: &'a CallbackRun) -> StreamedEvent<'a> {
    let (line, by) = (&callback.line, &scenario.line);
    let exchange = callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref());
    StreamedEvent::Callback(Callback {
        scenario: &by.path,
        provider: &by.provider,
        revision: &by.revision,
        declared: &by.declared,
        id: &line.id,
        name: &line.event,
        subject: &line.subject,
        class: line.class,
        faults: &line.faults,
        outcome: callback.outcome(),
        replayed: verdict::replayed(callback).map(|(replayed, _)| replayed),
        passed: callback.passed(),
        attempts: callback.attempts.len(),
        status: exchange.and_then(|exchange| exchange.answer.as_ref()).map(|answer| answer.status),
        latency_ms: exchange.map(|exchange| thousandths(exchange.latency_ms)),
        findings: &callback.findings,
        likely_cause: cause::of_callback(scenario, callback).map(Cow::into_owned),
        note: notes::of(std::iter::once(callback)),
        again: if callback.findings.iter().all(|finding| finding.ok) { "" } else { &by.rerun },
    })
}

fn seconds(run: &LoadRun) -> String {
    let seconds = run.seconds.iter().map(|last| second(run, last));
    seconds.chain(run.receiver.iter().map(StreamedEvent::Receiver)).map(|event| text(&event)).collect()
}

fn second<'a>(run: &LoadRun, second: &'a Second) -> StreamedEvent<'a> {
    let times = if run.line.open { &second.latency } else { &second.service };
    let time = |nanoseconds: u64| (times.count > 0).then(|| thousandths(nanoseconds as f64 / 1e6));
    StreamedEvent::Second {
        step: run.line.step.map(|step| step.number),
        second: second.number,
        planned: second.planned,
        sent: second.sent,
        retries: second.retries,
        outcomes: &second.outcomes,
        p50_ms: time(times.p50),
        p99_ms: time(times.p99),
    }
}

fn summary<'a>(subject: Subject<'_>) -> StreamedEvent<'a> {
    let results = Results::of(subject);
    let (overall, verdict) = (results.overall().collect(), results.verdict_name());
    let figures = results.figures();
    let Results { kind, summary, totals, notes, .. } = results;
    let totals = totals.into_iter().collect();
    StreamedEvent::Summary { kind, verdict, text: summary, totals, figures, overall, notes }
}

fn thousandths(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{CallbackLine, Exchange, ScenarioLine};

    #[test]
    fn a_scenario_that_is_played_again_is_named_before_its_callbacks_come_once_more() {
        let (scenario, id) = (0, "x-1".to_owned());
        let callback: CallbackLine = serde_json::from_value(serde_json::json!({
            "scenario": 0, "id": "x-1", "event": "", "class": "legal", "subject": "", "faults": [], "due_ms": 0, "why": "",
            "place": "", "accept": "", "curl": "", "body": {},
        }))
        .unwrap();
        let (mut run, mut streamed, mut out) = (RunRecord::default(), StreamedLine::default(), String::new());
        let play = |outcome| {
            [
                Line::Callback(callback.clone()),
                Line::Intent { scenario, id: id.clone(), n: 1, sent_at: String::new(), signed_for: None },
                Line::Result { scenario, id: id.clone(), n: 1, exchange: Exchange::default() },
                Line::Outcome { scenario, id: id.clone(), outcome },
            ]
        };
        let line = ScenarioLine { path: "A1".into(), ..ScenarioLine::default() };
        let again = [Line::Again { scenario }];
        let lines = [Line::Scenario(line)].into_iter().chain(play(Outcome::GaveUp)).chain(again);
        for line in lines.chain(play(Outcome::Accepted)) {
            run.apply(&line);
            out.push_str(&streamed.update(&run, &line));
        }
        let events: Vec<serde_json::Value> =
            out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
        assert_eq!(names, ["run_started", "callback", "again", "callback"], "{out}");
        assert_eq!(events[2]["scenario"], "A1");
    }
}
