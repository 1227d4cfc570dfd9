//! A load: one suite, an item per threshold and one for the schedule.

use super::{CHECKED, Item, Note, Results, Status, Suite};
use crate::duration::show_measured;
use crate::number;
use crate::record::load::{Histogram, LoadRun, Times};
use crate::record::{Finding, Outcome, RECEIVER};
use crate::report::load::{answers, failed_alike, text};
use crate::report::receiver::telling;
use crate::verdict::load::{self, Doubt, LoadJudgement, LoadVerdict};
use crate::verdict::threshold::Threshold;

pub(super) fn results(run: &LoadRun) -> Results<'_> {
    let judgement = load::judge(run);
    let name = format!("{} [{}]", run.line.path, run.line.providers.join(", "));
    let mut suite = Suite::new(name, &run.line.name).of_file(&run.line.path);
    suite.class = Some(run.line.path.clone());
    suite.time = Some(number::duration(run.span_s()));
    suite.items = items(run, &judgement);
    Results {
        kind: "load",
        header: &run.header,
        verdict: judgement.verdict.to_string(),
        summary: never_begun(run)
            .into_iter()
            .chain(judgement.warnings.clone())
            .collect::<Vec<_>>()
            .join("; "),
        totals: totals(run),
        overall: overall(run, &judgement),
        notes: judgement.notes.clone(),
        suites: vec![suite],
    }
}

/// Reason for a load of which nothing became due.
fn never_begun(run: &LoadRun) -> Option<String> {
    let why = run.stopped.as_ref().filter(|_| run.total.planned == 0)?;
    Some(format!("stopped early: {why}"))
}

/// Findings beyond single thresholds: bottleneck, outages, likely causes, and the parts of the latency.
fn overall(run: &LoadRun, judgement: &LoadJudgement) -> Vec<Note> {
    let mut rows = vec![("bottleneck", judgement.bottleneck_line())];
    rows.extend(judgement.outages.iter().map(|outage| ("outage", outage.to_string())));
    rows.extend(
        judgement.causes.iter().map(|found| ("likely cause", format!("{}: {}", found.of, found.cause))),
    );
    let total = &run.total;
    let times = [("service", &total.service), ("lateness", &total.lateness)];
    let times = times.into_iter().filter(|(name, _)| run.line.open || *name == "service");
    rows.extend(times.filter(|(_, times)| times.count() > 0).map(|(name, times)| (name, percentiles(times))));
    rows
}

fn percentiles(times: &Histogram) -> String {
    let times = Times::from(times);
    let shown = [("p50", times.p50), ("p90", times.p90), ("p99", times.p99), ("max", times.max)];
    let shown = shown.map(|(name, time)| format!("{name} {}", show_measured(time as f64)));
    shown.join(", ")
}

pub(super) fn items(run: &LoadRun, judgement: &LoadJudgement) -> Vec<Item> {
    let mut items = Vec::new();
    for judged in &judgement.thresholds {
        let (finding, default) = (&judged.finding, if judged.unasked { " (default)" } else { "" });
        let name = format!("{}{default}", finding.expected);
        items.push(match judged.doubt {
            Some(Doubt::NothingDue) => Item::new(name, Status::Skipped, &finding.actual),
            Some(doubt) => {
                Item::new(name, Status::Skipped, format!("undecided, {doubt}: {}", finding.actual))
            }
            None => described(run, judgement, compared(name, finding)),
        });
    }
    if let Some(first) = items.first_mut() {
        first.more.extend(judgement.notes.iter().map(|note| ("note", note.clone())));
    }
    for (finding, change) in judgement.receiver.iter().zip(&run.receiver) {
        let mut item = compared(finding.expected.clone(), finding);
        item.why = ("the receiver printed", telling(&change.lines).join("\n"));
        item.again.clone_from(&run.line.rerun);
        items.push(item);
    }
    if let Some(schedule) = &judgement.schedule {
        let mut item = compared("the sender kept its schedule".into(), schedule);
        if item.status == Status::Failed {
            item.fix = ("bottleneck", judgement.bottleneck_text.clone());
        }
        items.push(item);
    }
    match judgement.verdict {
        LoadVerdict::NothingChecked => {
            let why = "nothing checked: no callback became due";
            items.push(Item::new(CHECKED, Status::Error, why));
        }
        LoadVerdict::Unreachable => {
            let why = "the receiver was never reached";
            let item = Item::new("the receiver was reached", Status::Error, why);
            items.push(Item { fix: ("likely cause", causes(judgement)), ..item });
        }
        LoadVerdict::Miscounted => {
            let why = "a callback has no outcome, or two; this is a fault of hookreel";
            items.push(Item::new("every callback is accounted for", Status::Error, why));
        }
        _ => {}
    }
    let cut_off = run.stopped.as_ref().map(|why| format!("stopped early: {why}"));
    if cut_off_or_torn(run) || judgement.verdict == LoadVerdict::Incomplete {
        let why: Vec<String> = cut_off.into_iter().chain(judgement.warnings.clone()).collect();
        let name = if cut_off_or_torn(run) { "the run ended early" } else { "every shard is here" };
        items.push(Item::new(name, Status::Error, why.join("; ")));
    }
    items
}

/// True if it was stopped or killed, or lines of its record are missing.
fn cut_off_or_torn(run: &LoadRun) -> bool {
    run.stopped.is_some() || !run.unended.is_empty() || run.lost > 0
}

fn compared(name: String, finding: &Finding) -> Item {
    let item = match finding.ok {
        true => Item::new(name, Status::Passed, ""),
        false => {
            let why = match finding.check.as_str() {
                RECEIVER => finding.actual.clone(),
                _ => format!("expected {}, got {}", finding.expected, finding.actual),
            };
            Item::new(name, Status::Failed, why)
        }
    };
    Item { check: finding.check.clone(), ..item }
}

/// Details of a failed threshold, and the commands that repeat it. Of a count: likely causes, and the first unexpected answers; of a
/// time: the bottleneck.
fn described(run: &LoadRun, judgement: &LoadJudgement, mut item: Item) -> Item {
    if item.status != Status::Failed {
        return item;
    }
    item.again.clone_from(&run.line.rerun);
    let (found, cause) = match failed_alike::short(run) {
        Some(alike) => (alike.found, alike.cause.into()),
        None => (text::found(run), causes(judgement)),
    };
    item.why = ("found", found);
    if item.name.parse().is_ok_and(|threshold: Threshold| threshold.names_time()) {
        let own = judgement.causes.iter().find(|found| found.of == item.name);
        item.fix = ("likely cause", own.map_or_else(String::new, |found| found.cause.to_string()));
        item.more.push(("bottleneck", judgement.bottleneck_line()));
        return item;
    }
    item.fix = ("likely cause", cause);
    item.more.push(("first unexpected answers", join(answers::unexpected(&run.total).into_iter())));
    item.more.push(("one by one", run.line.once.clone()));
    item
}

fn causes(judgement: &LoadJudgement) -> String {
    // Those of a threshold about time stand beside it.
    let counted = judgement.causes.iter().filter(|found| found.of.parse::<Threshold>().is_err());
    join(counted.map(|found| format!("{}: {}", found.of, found.cause)))
}

fn join(texts: impl Iterator<Item = String>) -> String {
    texts.map(|text| text.trim().to_owned()).collect::<Vec<_>>().join("; ")
}

fn totals(run: &LoadRun) -> Vec<(String, String)> {
    let total = &run.total;
    let counts = Outcome::ALL.iter().map(|outcome| (outcome.to_string(), total.ended(*outcome)));
    let counts = [("planned".to_owned(), total.planned)].into_iter().chain(counts);
    let mut rows: Vec<(String, String)> =
        counts.filter(|(_, count)| *count > 0).map(|(name, count)| (name, count.to_string())).collect();
    if total.accepted_unexpectedly() > 0 {
        rows.push((
            "accepted, but not answered as expected".into(),
            total.accepted_unexpectedly().to_string(),
        ));
    }
    rows.push(("sent per second".into(), format!("{:.1}", run.sent_per_s())));
    let times = Times::from(if run.line.open { &total.latency } else { &total.service });
    if times.count > 0 {
        for (name, time) in [("p50", times.p50), ("p99", times.p99), ("max", times.max)] {
            rows.push((name.into(), show_measured(time as f64)));
        }
    }
    rows
}
