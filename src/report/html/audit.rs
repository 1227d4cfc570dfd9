//! Cases of an audit: a map of families, and the failures with their reasons and fixes.

use super::inert;
use super::run::{FailureGroup, Row3};
use crate::record::{CaseLine, CaseScore, Finding, RunRecord, ScenarioRun, without_ids};

/// Ways in which a case failed that are shown.
const MOST_WAYS: usize = 3;
/// Longest answer in a group, in characters.
const QUOTED: usize = 300;

/// A family with its cases.
pub(super) struct FamilyRow {
    pub(super) title: String,
    /// Number of cases that failed and count.
    pub(super) failed: usize,
    pub(super) cells: Vec<CaseCell>,
}

/// A case.
pub(super) struct CaseCell {
    pub(super) id: String,
    pub(super) class: &'static str,
    /// Description for whoever points at it.
    pub(super) title: String,
    /// Number of its scenario in the list below; none = it was not played.
    pub(super) number: Option<usize>,
}

/// The families with their cases, in the order of the catalogue.
pub(super) fn families(run: &RunRecord) -> Vec<FamilyRow> {
    let mut rows: Vec<FamilyRow> = Vec::new();
    for case in &run.cases {
        let letter: String = case.id.chars().take(1).collect();
        let title = inert(format!("{letter} {}", case.family).trim_end());
        let cell = cell(run, case);
        let failed = usize::from(case.score == CaseScore::Failed && case.counts);
        match rows.iter_mut().find(|row| row.title == title) {
            Some(row) => {
                row.failed += failed;
                row.cells.push(cell);
            }
            None => rows.push(FamilyRow { title, failed, cells: vec![cell] }),
        }
    }
    rows
}

fn cell(run: &RunRecord, case: &CaseLine) -> CaseCell {
    let (class, word) = match case.score {
        CaseScore::Passed => ("pass", "passed"),
        CaseScore::Failed if case.counts => ("fail", "failed"),
        CaseScore::Failed if case.known => ("mild", "known to fail"),
        CaseScore::Failed => ("mild", "failed, not counted"),
        CaseScore::NotCovered | CaseScore::NotApplicable => ("skip", "skipped"),
        CaseScore::NotReached => ("skip", "not reached"),
    };
    let played = |scenario: &ScenarioRun| {
        scenario.line.path == case.id && scenario.callbacks.iter().any(|c| !c.attempts.is_empty())
    };
    let why = if case.score == CaseScore::Passed { String::new() } else { format!(": {}", case.reason) };
    CaseCell {
        id: inert(&case.id),
        class,
        title: inert(&format!("{} {} ({}): {word}{why}", case.id, case.title, case.weight)),
        number: run.scenarios.iter().position(played),
    }
}

/// Counts of the cases, for the beginning of the page.
pub(super) fn figures(run: &RunRecord) -> Vec<String> {
    let count = |chosen: &dyn Fn(&CaseLine) -> bool| run.cases.iter().filter(|case| chosen(case)).count();
    let failed = |case: &CaseLine| case.score == CaseScore::Failed;
    let unplayed = |case: &CaseLine| case.score == CaseScore::NotReached;
    let counts = [
        (run.cases.len(), "cases"),
        (count(&|case| case.score == CaseScore::Passed), "passed"),
        (count(&|case| failed(case) && case.counts), "failed"),
        (count(&|case| failed(case) && !case.counts && !case.known), "failed and not counted"),
        (count(&|case| failed(case) && !case.counts && case.known), "known to fail"),
        (count(&|case| !failed(case) && case.score != CaseScore::Passed && !unplayed(case)), "skipped"),
        (count(&unplayed), "not reached"),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    counts.map(|(count, word)| format!("{count} {word}")).collect()
}

/// Failed cases that count, or those that do not.
pub(super) fn failed(run: &RunRecord, counted: bool) -> impl Iterator<Item = &CaseLine> {
    run.cases.iter().filter(move |case| case.score == CaseScore::Failed && case.counts == counted)
}

/// Failed cases that count, or those that do not: those with the same failures together, in the order of the weights.
pub(super) fn groups(run: &RunRecord, counted: bool) -> Vec<FailureGroup> {
    let mut found: Vec<(Vec<&Finding>, Vec<&CaseLine>)> = Vec::new();
    for case in failed(run, counted) {
        let ways = ways(run, case);
        let stands_for =
            |case: &CaseLine| if case.like.is_empty() { case.id.clone() } else { case.like.clone() };
        let alike = |(known, cases): &&mut (Vec<&Finding>, Vec<&CaseLine>)| {
            // Earlier records do not say which cases are one failure.
            let same_way = !ways.is_empty()
                && cases.iter().all(|other| other.id.get(..1) == case.id.get(..1))
                && known.iter().map(|it| kind(it)).eq(ways.iter().map(|it| kind(it)));
            same_way || cases.iter().any(|other| stands_for(other) == stands_for(case))
        };
        match found.iter_mut().find(alike) {
            // The one that stands for the others comes first.
            Some((known, cases)) if cases.iter().any(|other| other.like == case.id) => {
                *known = ways;
                cases.insert(0, case);
            }
            Some((_, cases)) => cases.push(case),
            None => found.push((ways, vec![case])),
        }
    }
    let order = ["must", "should", "hardening", "server"];
    found.sort_by_key(|(_, cases)| {
        cases.first().and_then(|case| order.iter().position(|it| *it == case.weight))
    });
    found.iter().filter_map(|(ways, cases)| group(run, ways, cases)).collect()
}

/// Expected and actual result without what differs each time.
fn kind(finding: &Finding) -> String {
    without_ids(&format!("{}\n{}", finding.expected, finding.actual))
}

/// Ways in which a case failed, each once.
fn ways<'a>(run: &'a RunRecord, case: &CaseLine) -> Vec<&'a Finding> {
    let mut ways: Vec<&Finding> = Vec::new();
    for scenario in run.scenarios.iter().filter(|scenario| scenario.line.path == case.id) {
        let findings =
            scenario.callbacks.iter().flat_map(|callback| &callback.findings).chain(&scenario.state);
        for finding in findings.filter(|finding| !finding.ok) {
            if !ways.iter().any(|known| known.expected == finding.expected && known.actual == finding.actual)
            {
                ways.push(finding);
            }
        }
    }
    ways
}

fn group(run: &RunRecord, ways: &[&Finding], cases: &[&CaseLine]) -> Option<FailureGroup> {
    let (first, others) = cases.split_first()?;
    let mut rows: Vec<Row3> = Vec::new();
    if ways.is_empty() {
        rows.push(("seen", inert(&first.reason), false));
    }
    for way in ways.iter().take(MOST_WAYS) {
        rows.push(("expected", inert(&way.expected), false));
        rows.push(("got", inert(&way.actual), false));
    }
    let played = run.scenarios.iter().find(|scenario| scenario.line.path == first.id);
    let failed =
        played.and_then(|it| it.callbacks.iter().find(|callback| callback.findings.iter().any(|f| !f.ok)));
    let exchange = failed.and_then(|callback| callback.attempts.last()?.exchange.as_ref());
    if let Some(answer) = exchange.and_then(|exchange| exchange.answer.as_ref()) {
        let quoted: String = answer.body.chars().take(QUOTED).collect();
        rows.push(("answer", if quoted.is_empty() { "(empty)".into() } else { inert(&quoted) }, true));
    }
    if !first.why.is_empty() {
        rows.push(("why it matters", inert(&first.why), false));
    }
    if !first.fix.is_empty() {
        rows.push(("how to fix", inert(&first.fix), false));
    }
    if let Some(played) = played.filter(|played| !played.line.rerun.is_empty()) {
        rows.push(("again", inert(&played.line.rerun), true));
    }
    for other in others {
        let fix = if other.fix == first.fix { String::new() } else { format!(": {}", other.fix) };
        rows.push(("failed alike", inert(&format!("{}{fix}", named(other))), false));
    }
    Some(FailureGroup { title: inert(&named(first)), rows })
}

fn named(case: &CaseLine) -> String {
    format!("{} {} ({})", case.id, case.title, case.weight)
}
