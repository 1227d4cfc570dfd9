//! For CI systems: a suite per scenario, a test case per callback; of an audit a suite per family, a test case per case; of a load
//! a test case per threshold, of a search one per step.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Subject;
use super::results::{Item, Results, Status, Suite};

/// The whole report.
pub fn of(subject: Subject<'_>) -> String {
    let mut report = Report::new("hookreel");
    for suite in &Results::of(subject).suites {
        report.add_test_suite(test_suite(suite));
    }
    report.to_string().unwrap_or_default()
}

fn test_suite(suite: &Suite) -> TestSuite {
    let mut out = TestSuite::new(xml(&suite.name).as_str());
    for (name, value) in &suite.properties {
        out.add_property((*name, xml(value).as_str()));
    }
    let class = xml(suite.class.as_ref().unwrap_or(&suite.name));
    for item in &suite.items {
        out.add_test_case(test_case(item).set_classname(class.as_str()).clone());
    }
    if let Some(time) = suite.time {
        out.set_time(time);
    }
    out
}

fn test_case(item: &Item) -> TestCase {
    let detail: Vec<String> = item.notes().map(|(name, text)| format!("{name}: {text}")).collect();
    let status = match item.status {
        Status::Passed => TestCaseStatus::success(),
        Status::Failed => bad(NonSuccessKind::Failure, item, &detail.join("\n")),
        Status::Error => bad(NonSuccessKind::Error, item, &detail.join("\n")),
        Status::Skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(xml(&item.reason));
            status
        }
    };
    let mut case = TestCase::new(xml(&item.name), status);
    if let Some(time) = item.time {
        case.set_time(time);
    }
    if item.status == Status::Passed && !item.reason.is_empty() {
        case.set_system_out(xml(&item.reason));
    }
    let place = item.place.as_ref();
    let places = place.map(|place| [("file", place.file.clone()), ("line", place.line.to_string())]);
    let notes = [&item.why, &item.fix].map(|(name, text)| (*name, text.clone()));
    for (name, value) in places.into_iter().flatten().chain(notes).filter(|(_, value)| !value.is_empty()) {
        case.add_property((name, xml(&value).as_str()));
    }
    case
}

fn bad(kind: NonSuccessKind, item: &Item, detail: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(xml(&item.reason));
    if !detail.is_empty() {
        status.set_description(xml(detail));
    }
    status
}

/// Without the characters that XML 1.0 cannot hold at all; the writer lets some of them through.
fn xml(text: &str) -> String {
    let allowed = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(allowed).collect()
}
