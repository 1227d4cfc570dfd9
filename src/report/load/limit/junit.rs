//! For CI systems: a suite, with a test case for the search and one for each step. What lies beyond the limit is no failure.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::record::load::Search;
use crate::report::junit::{error, xml};
use crate::verdict::limit::{self, reason};
use crate::verdict::load::LoadVerdict;

/// The whole report.
pub fn render(search: &Search) -> String {
    let judgement = limit::judge(search);
    let (path, name) = search.asked().map_or(("", ""), |asked| (&asked.path, &asked.name));
    let mut suite = TestSuite::new(xml(path).as_str());
    suite.add_property(("description", xml(name).as_str()));
    suite.add_property(("limit", xml(&judgement.text).as_str()));
    let mut add = |name: &str, status: TestCaseStatus| {
        suite.add_test_case(TestCase::new(xml(name), status).set_classname(xml(path)).clone());
    };
    let found = match judgement.verdict {
        LoadVerdict::Passed => TestCaseStatus::success(),
        LoadVerdict::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(xml(&judgement.text));
            status
        }
        _ => error(&judgement.text),
    };
    add("the highest rate that holds", found);
    for (run, step) in search.whole().iter().zip(&judgement.steps) {
        let name = match run.line.step {
            Some(step) => format!("step {}: {}/s", step.number, step.per_s),
            None => run.line.rate.clone(),
        };
        let mut status = TestCaseStatus::success();
        if step.verdict != LoadVerdict::Passed {
            status = TestCaseStatus::skipped();
            status.set_message(xml(&format!("did not hold: {}", reason(step))));
        }
        add(&name, status);
    }
    let mut report = Report::new("hookreel");
    report.add_test_suite(suite);
    report.to_string().unwrap_or_default()
}
