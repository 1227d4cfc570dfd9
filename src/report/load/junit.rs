//! For CI systems: a suite, with a test case per threshold and one for the schedule.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::alike;
use crate::record::Finding;
use crate::record::load::LoadRun;
use crate::report::junit::{error, skipped, xml};
use crate::verdict::load::{self, LoadVerdict};

/// The whole report.
pub fn render(run: &LoadRun) -> String {
    let judgement = load::judge(run);
    let name = xml(&format!("{} [{}]", run.line.path, run.line.providers.join(", ")));
    let mut suite = TestSuite::new(name.as_str());
    suite.add_property(("description", xml(&run.line.name).as_str()));
    suite.add_property(("bottleneck", xml(&judgement.bottleneck.to_string()).as_str()));
    for outage in &judgement.outages {
        suite.add_property(("outage", xml(&outage.to_string()).as_str()));
    }
    suite.set_time(Duration::try_from_secs_f64(run.span_s()).unwrap_or_default());
    let detail = alike::plain(run).unwrap_or_else(|| run.line.rerun.clone());
    let mut add = |name: &str, status: TestCaseStatus| {
        suite.add_test_case(TestCase::new(xml(name), status).set_classname(xml(&run.line.path)).clone());
    };
    for judged in &judgement.thresholds {
        let (name, default) = (&judged.finding.expected, if judged.unasked { " (default)" } else { "" });
        match judged.undecided {
            true if run.total.planned == 0 => {
                add(&format!("{name}{default}"), skipped(&judged.finding.actual))
            }
            true => add(&format!("{name}{default}"), undecided(&judged.finding)),
            false => add(&format!("{name}{default}"), status(&judged.finding, &detail)),
        }
    }
    if let Some(schedule) = &judgement.schedule {
        add("the sender kept its schedule", status(schedule, &judgement.bottleneck_text));
    }
    match judgement.verdict {
        LoadVerdict::NothingChecked => add("callbacks became due", skipped("no callback became due")),
        LoadVerdict::Unreachable => add("the receiver was reached", error("the receiver was never reached")),
        _ => {}
    }
    let cut_off = run.stopped.as_ref().map(|why| format!("stopped early: {why}"));
    if cut_off.is_some()
        || !run.unended.is_empty()
        || run.lost > 0
        || judgement.verdict == LoadVerdict::Incomplete
    {
        let why: Vec<String> = cut_off.into_iter().chain(judgement.warnings.clone()).collect();
        add("the run came to its end", error(&why.join("; ")));
    }
    if judgement.verdict == LoadVerdict::Miscounted {
        add(
            "every callback is accounted for",
            error("a callback has no outcome, or two; this is a fault of hookreel"),
        );
    }
    let mut report = Report::new("hookreel");
    report.add_test_suite(suite);
    report.to_string().unwrap_or_default()
}

fn status(finding: &Finding, detail: &str) -> TestCaseStatus {
    if finding.ok {
        return TestCaseStatus::success();
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status
        .set_message(xml(&format!("expected {}, got {}", finding.expected, finding.actual)))
        .set_description(xml(detail));
    status
}

fn undecided(finding: &Finding) -> TestCaseStatus {
    skipped(&format!("undecided, the sender may be to blame: {}", finding.actual))
}
