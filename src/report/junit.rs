//! For CI systems: a suite per scenario, a test case per callback.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::record::{CallbackRun, Finding, Outcome, Run, ScenarioRun, SkippedLine};

/// The whole report.
pub fn render(run: &Run) -> String {
    let mut report = Report::new("hookreel");
    for scenario in &run.scenarios {
        report.add_test_suite(suite(scenario));
    }
    for line in &run.skipped {
        report.add_test_suite(skipped(line));
    }
    report.to_string().unwrap_or_default()
}

/// A scenario that was not played in an edition: a suite with one case.
fn skipped(line: &SkippedLine) -> TestSuite {
    let name = xml(&format!("{} [{} {}]", line.path, line.provider, line.revision));
    let mut suite = TestSuite::new(name.as_str());
    suite.add_property(("description", xml(&line.name).as_str()));
    let mut status = TestCaseStatus::skipped();
    status.set_message(xml(&line.reason));
    suite.add_test_case(TestCase::new("played in this edition", status).set_classname(name.as_str()).clone());
    suite
}

fn suite(scenario: &ScenarioRun) -> TestSuite {
    let line = &scenario.line;
    let name = xml(&format!("{} [{} {}]", line.path, line.provider, line.revision));
    let mut suite = TestSuite::new(name.as_str());
    suite.add_property(("description", xml(&line.name).as_str()));
    for (index, callback) in scenario.callbacks.iter().enumerate() {
        suite.add_test_case(case(scenario, callback, index + 1).set_classname(name.as_str()).clone());
    }
    for finding in &scenario.state {
        let mut case = TestCase::new(xml(&finding.check), status(std::slice::from_ref(finding), ""));
        suite.add_test_case(case.set_classname(name.as_str()).clone());
    }
    if !scenario.over {
        // A run that was stopped or killed has not passed, whatever was seen until then.
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message("the run was stopped before the scenario was over");
        let mut case = TestCase::new("played to its end", status);
        suite.add_test_case(case.set_classname(name.as_str()).clone());
    }
    suite
}

fn case(scenario: &ScenarioRun, callback: &CallbackRun, number: usize) -> TestCase {
    let line = &callback.line;
    let detail = format!(
        "why sent: {}\nplace: {}\nby hand: {}\nagain: {}\n{}{}",
        line.why,
        line.place,
        line.curl,
        scenario.line.rerun,
        answer(callback),
        printed(callback)
    );
    let status = match callback.outcome() {
        Outcome::NotSent => TestCaseStatus::skipped(),
        Outcome::InDoubt => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message("an attempt was begun, and what became of it cannot be known");
            status
        }
        _ if callback.outcome.is_none() => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message("the run was stopped before this callback had its outcome");
            status
        }
        _ => status(&callback.findings, &detail),
    };
    let mut case = TestCase::new(xml(&format!("{number} {} {}", line.event, line.subject)), status);
    let spent: f64 =
        callback.attempts.iter().filter_map(|attempt| attempt.exchange.as_ref()).map(|e| e.latency_ms).sum();
    case.set_time(Duration::try_from_secs_f64(spent / 1000.0).unwrap_or_default());
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
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(xml(&broken.join("; "))).set_description(xml(detail));
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
