//! For CI systems: a suite per scenario, a test case per callback; of an audit one suite, a test case per case.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::record::{CallbackRun, CaseScore, Finding, Outcome, RECEIVER, Run, ScenarioRun, SkippedLine};
use crate::verdict::{self, Verdict};

/// The whole report.
pub fn render(run: &Run) -> String {
    let mut report = Report::new("hookreel");
    if run.cases.is_empty() {
        run.scenarios.iter().for_each(|scenario| {
            report.add_test_suite(suite(scenario));
        });
    } else {
        report.add_test_suite(audit(run));
    }
    let verdict = verdict::on_run(run);
    if let Some(why) = verdict::cut_off(run).filter(|_| verdict == Verdict::Incomplete || run.lost > 0) {
        let mut suite = TestSuite::new("hookreel");
        suite.add_test_case(
            TestCase::new("the run came to its end", error(&why)).set_classname("hookreel").clone(),
        );
        report.add_test_suite(suite);
    }
    for line in &run.skipped {
        report.add_test_suite(left_out(line));
    }
    report.to_string().unwrap_or_default()
}

/// A scenario that was not played in an edition: a suite with one case.
fn left_out(line: &SkippedLine) -> TestSuite {
    let name = xml(&format!("{} [{} {}]", line.path, line.provider, line.revision));
    let mut suite = TestSuite::new(name.as_str());
    suite.add_property(("description", xml(&line.name).as_str()));
    suite.add_test_case(
        TestCase::new("played in this edition", skipped(&line.reason)).set_classname(name.as_str()).clone(),
    );
    suite
}

fn suite(scenario: &ScenarioRun) -> TestSuite {
    let line = &scenario.line;
    let name = xml(&format!("{} [{}]", line.path, line.by()));
    let mut suite = TestSuite::new(name.as_str());
    suite.add_property(("description", xml(&line.name).as_str()));
    for (index, callback) in scenario.callbacks.iter().enumerate() {
        suite.add_test_case(case(scenario, callback, index + 1).set_classname(name.as_str()).clone());
    }
    for finding in &scenario.state {
        let mut case = TestCase::new(xml(&finding.check), status(std::slice::from_ref(finding), ""));
        suite.add_test_case(case.set_classname(name.as_str()).clone());
    }
    let odd = match verdict::on_scenario(scenario) {
        // A run that was stopped or killed has not passed, whatever was seen until then.
        Verdict::Incomplete if !scenario.over => {
            Some(("played to its end", error("the run was stopped before the scenario was over")))
        }
        Verdict::NothingChecked => {
            Some(("callbacks follow", skipped("no callback follows from this broadcast")))
        }
        _ => None,
    };
    if let Some((case, status)) = odd {
        suite.add_test_case(TestCase::new(case, status).set_classname(name.as_str()).clone());
    }
    suite
}

/// The cases of an audit. One that failed and fails nothing is skipped, with what was seen.
fn audit(run: &Run) -> TestSuite {
    let line = run.scenarios.first().map(|scenario| &scenario.line);
    let name = line
        .map_or_else(|| "audit".into(), |line| xml(&format!("audit [{} {}]", line.provider, line.revision)));
    let mut suite = TestSuite::new(name.as_str());
    let ended = run.scenarios.iter().flat_map(|scenario| &scenario.state);
    let ended = run.callbacks().flat_map(|callback| &callback.findings).chain(ended);
    for finding in ended.filter(|finding| !finding.ok && finding.check == RECEIVER) {
        let case = TestCase::new("the receiver's process", status(std::slice::from_ref(finding), ""));
        suite.add_test_case(case.clone().set_classname(name.as_str()).clone());
    }
    for case in &run.cases {
        let status = match case.score {
            CaseScore::Passed => TestCaseStatus::success(),
            CaseScore::Failed if case.counts => failure(&case.reason, &detail_of(run, &case.id)),
            CaseScore::Failed => {
                let why = if case.known {
                    "known to fail (--baseline)".to_owned()
                } else {
                    format!("failed at {}, not counted", case.weight)
                };
                skipped(&format!("{why}: {}", case.reason))
            }
            CaseScore::NotReached if case.counts => error(&case.reason),
            CaseScore::NotCovered | CaseScore::NotApplicable | CaseScore::NotReached => skipped(&case.reason),
        };
        let mut test = TestCase::new(xml(&format!("{} {}", case.id, case.title)), status);
        if case.score == CaseScore::Passed && !case.reason.is_empty() {
            test.set_system_out(xml(&case.reason));
        }
        test.set_time(spent(run.callbacks_of(&case.id)));
        suite.add_test_case(test.set_classname(name.as_str()).clone());
    }
    suite
}

/// What there is to see of a case: its callbacks that failed.
fn detail_of(run: &Run, id: &str) -> String {
    let played = run.scenarios.iter().filter(|scenario| scenario.line.path == id);
    let callbacks =
        played.flat_map(|scenario| scenario.callbacks.iter().map(move |callback| (scenario, callback)));
    let failed = callbacks.filter(|(_, callback)| callback.findings.iter().any(|finding| !finding.ok));
    failed.map(|(scenario, callback)| detail(scenario, callback)).collect::<Vec<_>>().join("\n")
}

/// How long callbacks took, in real time.
fn spent<'a>(callbacks: impl Iterator<Item = &'a CallbackRun>) -> Duration {
    let exchanges =
        callbacks.flat_map(|callback| &callback.attempts).filter_map(|attempt| attempt.exchange.as_ref());
    Duration::try_from_secs_f64(exchanges.map(|exchange| exchange.latency_ms).sum::<f64>() / 1000.0)
        .unwrap_or_default()
}

fn detail(scenario: &ScenarioRun, callback: &CallbackRun) -> String {
    let line = &callback.line;
    format!(
        "why sent: {}\nplace: {}\nby hand: {}\nagain: {}\n{}{}",
        line.why,
        line.place,
        line.curl,
        scenario.line.rerun,
        answer(callback),
        printed(callback)
    )
}

fn case(scenario: &ScenarioRun, callback: &CallbackRun, number: usize) -> TestCase {
    let line = &callback.line;
    let failed = callback.findings.iter().any(|finding| !finding.ok);
    let status = match callback.outcome() {
        Outcome::NotSent if !failed => skipped("not sent"),
        Outcome::InDoubt if !failed => {
            error("in doubt: an attempt was begun, and what became of the callback cannot be known")
        }
        _ if !failed && !callback.passed() => error("the record does not say what the checks found"),
        _ => status(&callback.findings, &detail(scenario, callback)),
    };
    let mut case = TestCase::new(xml(&format!("{number} {} {}", line.event, line.subject)), status);
    case.set_time(spent(std::iter::once(callback)));
    case
}

fn status(findings: &[Finding], detail: &str) -> TestCaseStatus {
    let broken: Vec<String> = findings
        .iter()
        .filter(|finding| !finding.ok)
        .map(|finding| format!("{}: expected {}, got {}", finding.check, finding.expected, finding.actual))
        .collect();
    if broken.is_empty() {
        return TestCaseStatus::success();
    }
    failure(&broken.join("; "), detail)
}

fn failure(message: &str, detail: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(xml(message)).set_description(xml(detail));
    status
}

pub(super) fn skipped(reason: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(xml(reason));
    status
}

pub(super) fn error(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(xml(message));
    status
}

fn answer(callback: &CallbackRun) -> String {
    let answer = callback.attempts.last().and_then(|a| a.exchange.as_ref()).and_then(|e| e.answer.as_ref());
    answer.map_or_else(String::new, |answer| format!("answer: {}", answer.body))
}

fn printed(callback: &CallbackRun) -> String {
    let lines = callback.printed.join("\n");
    if lines.is_empty() { lines } else { format!("\nthe receiver printed:\n{lines}") }
}

/// Without the characters that XML 1.0 cannot hold at all; the writer lets some of them through.
pub(super) fn xml(text: &str) -> String {
    let allowed = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(allowed).collect()
}
