//! The cases of an audit, in a few lines: what failed, what is known to fail, and what was skipped.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{BAD, FAINT, OPEN, amount};
use crate::record::{CaseLine, CaseScore, OverallLine, RunRecord, SetUpLine};
use crate::report::inert;

/// Sentence below a wrong set-up that ended an audit.
const NOTHING_ELSE: &str =
    "nothing else was played: most cases would fail for this reason; --keep-going plays them all the same";

/// A wrong set-up: what was seen, what was sent, and what to try.
pub fn set_up(wrong: &SetUpLine) -> String {
    let mut out = format!("set-up: {}\n", inert(&wrong.failed));
    // Writing into a String cannot fail.
    if !wrong.explained.is_empty() {
        let _ = writeln!(out, "  {}", inert(&wrong.explained));
    }
    for fact in &wrong.facts {
        let _ = writeln!(out, "  {:<9} {}", inert(&fact.name), inert(&fact.text));
    }
    for (index, line) in wrong.to_try.iter().enumerate() {
        let _ = writeln!(out, "  {:<9} {}", if index == 0 { "try" } else { "" }, inert(line));
    }
    if wrong.ended {
        let _ = writeln!(out, "{NOTHING_ELSE}");
    }
    out
}

/// Findings of an audit about the receiver as a whole, and the next steps.
pub fn overall(line: &OverallLine) -> String {
    let told = line.told.iter().map(|line| format!("  {}\n", inert(line)));
    format!("{}\n{}\n", inert(&line.seen), told.collect::<String>())
}

/// Results of the cases of an audit; empty for any other run.
pub(super) fn text(run: &RunRecord) -> String {
    let mut out = String::new();
    let of = |score: CaseScore| run.cases.iter().filter(move |case| case.score == score);
    if run.cases.is_empty() {
        return out;
    }
    let (passed, all) = (of(CaseScore::Passed).count(), amount(run.cases.len(), "case"));
    // Writing into a String cannot fail.
    let _ = writeln!(out, "\n{passed} of {all} passed");
    for case in of(CaseScore::Failed).filter(|case| case.counts) {
        let (id, title, weight) = (inert(&case.id), inert(&case.title), inert(&case.weight));
        let _ = writeln!(out, "  {BAD}✗{BAD:#} {id} {title} ({weight}): {}", inert(&case.reason));
    }
    let mut chosen: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for case in of(CaseScore::Passed).filter(|case| !case.reason.is_empty()) {
        chosen.entry(&case.reason).or_default().push(&case.id);
    }
    for (what, ids) in chosen {
        let _ = writeln!(out, "  {FAINT}{}{FAINT:#}: {}", inert(what), inert(&ids.join(" ")));
    }
    let mut rest: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for case in run
        .cases
        .iter()
        .filter(|case| !(case.score == CaseScore::Passed || case.counts && case.score == CaseScore::Failed))
    {
        rest.entry(why(case)).or_default().push(&case.id);
    }
    for (why, ids) in rest {
        let _ = writeln!(out, "  {OPEN}?{OPEN:#} {FAINT}{}{FAINT:#}: {}", inert(&why), inert(&ids.join(" ")));
    }
    out
}

fn why(case: &CaseLine) -> String {
    match case.score {
        CaseScore::Failed if case.known => "known to fail (--baseline)".into(),
        CaseScore::Failed => format!("failed at {}, not counted", case.weight),
        _ => format!("skipped ({})", case.reason),
    }
}
