//! The steps of a search as a table, and the sums of them.

use crate::duration::show_measured;
use crate::record::Outcome;
use crate::record::load::{LoadRun, SearchRecord, Times};
use crate::report::inert;
use crate::verdict::limit::reason;
use crate::verdict::load::LoadJudgement;

/// Names of the columns of [`step_rows`].
pub(in crate::report) const STEP_HEADS: [&str; 9] =
    ["step", "rate", "result", "planned", "sent", "p50", "p99", "errors", "reason"];

/// A row for each step that is whole, in the order in which they were tried.
pub(in crate::report) fn step_rows(search: &SearchRecord, steps: &[LoadJudgement]) -> Vec<[String; 9]> {
    search.whole().iter().zip(steps).map(|(run, judged)| row(run, judged)).collect()
}

fn row(run: &LoadRun, judged: &LoadJudgement) -> [String; 9] {
    let step = run.step();
    let latency = Times::from(&run.total.latency);
    let time = |time: u64| if latency.count == 0 { "-".into() } else { show_measured(time as f64) };
    [
        step.number.to_string(),
        format!("{}/s", step.per_s),
        judged.verdict.to_string(),
        run.total.planned.to_string(),
        run.total.sent.to_string(),
        time(latency.p50),
        time(latency.p99),
        run.total.errors().to_string(),
        inert(&reason(judged)),
    ]
}

/// Sums over the steps that are whole: callbacks that became due, that were sent, and how they ended.
pub(in crate::report) fn sums(search: &SearchRecord) -> Vec<(String, u64)> {
    let sum = |of: &dyn Fn(&LoadRun) -> u64| search.whole().iter().map(of).sum::<u64>();
    let outcomes = Outcome::ALL.iter().map(|outcome| {
        let ended = sum(&|run: &LoadRun| run.total.ended(*outcome));
        (outcome.to_string(), ended)
    });
    let all = [("planned", sum(&|run| run.total.planned)), ("sent", sum(&|run| run.total.sent))];
    let all = all.map(|(name, count)| (name.to_owned(), count)).into_iter();
    all.chain(outcomes.filter(|(_, count)| *count > 0)).collect()
}
