//! An audit: a suite per family, an item per case. A case that failed and fails nothing is skipped, with what was seen.

use std::collections::BTreeMap;

use super::busy::busy;
use super::run::{cut_off, distinct_answer, seen, spent};
use super::{Item, Note, Results, Status, Suite};
use crate::record::{
    CallbackRun, CaseLine, CaseScore, RECEIVER, RunRecord, ScenarioRun, SetUpLine, without_ids,
};
use crate::report::notes;
use crate::report::text::amount;
use crate::verdict::{self, Verdict};

pub(super) fn results(run: &RunRecord) -> Results<'_> {
    let by = run.scenarios.first().map(|scenario| &scenario.line);
    let by = by.map_or_else(String::new, |line| format!(" [{} {}]", line.provider, line.revision));
    let mut suites: Vec<Suite> =
        run.set_up.as_ref().map(|wrong| set_up(run, wrong, &by)).into_iter().collect();
    // That the receiver ended during a case is said by the case.
    let told = |path: &str| run.set_up.is_some() || run.cases.iter().any(|case| case.id == path);
    let untold = run.scenarios.iter().filter(|scenario| !told(&scenario.line.path));
    let findings = untold.flat_map(|scenario| {
        scenario.callbacks.iter().flat_map(|callback| &callback.findings).chain(&scenario.state)
    });
    let ended = findings.filter(|finding| !finding.ok && finding.check == RECEIVER);
    let ended: Vec<Item> = ended.map(|finding| Item::judged("the receiver's process", [finding])).collect();
    if !ended.is_empty() {
        suites.push(Suite { items: ended, ..Suite::new(format!("audit{by}"), "") });
    }
    let verdict = verdict::on_run(run);
    let mut played: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for case in &run.cases {
        let name = format!("{}{by}", family(case));
        let item = item(run, case, verdict);
        played.entry(name.clone()).or_default().push(&case.id);
        match suites.iter_mut().find(|suite| suite.name == name) {
            Some(suite) => suite.items.push(item),
            None => suites.push(Suite { items: vec![item], ..Suite::new(name, "") }),
        }
    }
    for suite in &mut suites {
        let cases = played.get(&suite.name);
        suite.time = cases.map(|cases| busy(run, cases.iter().flat_map(|case| run.callbacks_of(case))));
    }
    // Of a set-up that is wrong nothing more is to be said.
    let alone = run.set_up.as_ref().is_some_and(|wrong| wrong.ended) && run.ended && run.lost == 0;
    // Cases that were not played say so themselves.
    let unplayed = suites.iter().flat_map(|suite| &suite.items).any(|item| item.status == Status::Error);
    suites.extend(cut_off(run).filter(|_| !unplayed));
    if verdict == Verdict::NothingChecked {
        super::nothing(&mut suites);
    }
    Results {
        kind: "audit",
        header: &run.header,
        verdict: verdict.to_string(),
        // Empty: it came to its end.
        summary: verdict::cut_off(run).filter(|_| !alone).unwrap_or_default(),
        totals: totals(run),
        overall: overall(run),
        notes: notes::of_run(run).into_iter().chain(notes::of_baseline(run)).collect(),
        suites,
    }
}

/// Findings beyond single cases: those about the receiver, and the parts that were not looked at.
fn overall(run: &RunRecord) -> Vec<Note> {
    let found = run.overall.iter().map(|line| (line.kind.name(), line.sentence()));
    let passed = || run.cases.iter().filter(|case| case.score == CaseScore::Passed);
    let by_answers = passed().filter(|case| case.by_answers).count();
    let not_checked = notes::not_checked(passed().count(), by_answers);
    let resumable = notes::resumable(run).map(|note| ("to go on", note.to_owned()));
    found.chain(not_checked.map(|note| ("note", note))).chain(resumable).collect()
}

/// A wrong set-up, before everything else: the one cause of whatever follows.
fn set_up(run: &RunRecord, wrong: &SetUpLine, by: &str) -> Suite {
    let plain = run.scenarios.first();
    let name = plain.map_or("a plain callback", |plain| plain.line.name.as_str());
    let fact = |name: &'static str| {
        let of = wrong.facts.iter().filter(move |fact| fact.name == name).map(|fact| fact.text.clone());
        (name, of.collect::<Vec<_>>().join("; "))
    };
    let [request, more @ ..] = ["request", "key", "state", "process", "printed"].map(fact);
    let mut item = Item {
        why: request,
        fix: ("try", wrong.to_try.join("; ")),
        more: more.to_vec(),
        ..Item::new(name, Status::Error, wrong.seen())
    };
    if let Some((plain, callback)) = plain.and_then(|plain| Some((plain, plain.callbacks.first()?))) {
        item.time = Some(spent(std::iter::once(callback)));
        item.again.clone_from(&plain.line.rerun);
        // Its scenario is no file.
        let seen = seen(plain, callback).into_iter().filter(|(name, _)| *name != "place");
        item.more.extend(seen.collect::<Vec<Note>>());
    }
    Suite { items: vec![item], ..Suite::new(format!("set-up{by}"), "") }
}

/// Letter and title; in a record of an earlier version the letter alone.
fn family(case: &CaseLine) -> String {
    let letter: String = case.id.chars().take(1).collect();
    format!("{letter} {}", case.family).trim_end().to_owned()
}

/// The weight that is demanded of every receiver, as records have it.
const MUST: &str = "must";

fn item(run: &RunRecord, case: &CaseLine, verdict: Verdict) -> Item {
    let (status, reason) = match case.score {
        CaseScore::Passed => (Status::Passed, case.reason.clone()),
        CaseScore::Failed if case.counts => (Status::Failed, case.reason.clone()),
        CaseScore::Failed => {
            let why = match case.known {
                true => "known to fail (--baseline)".to_owned(),
                false => format!("failed at {}, not counted", case.weight),
            };
            (Status::Skipped, format!("{why}: {}", case.reason))
        }
        // The set-up says why.
        CaseScore::NotReached if verdict != Verdict::Passed && run.set_up.is_none() => {
            (Status::Error, case.reason.clone())
        }
        CaseScore::NotCovered | CaseScore::NotApplicable | CaseScore::NotReached => {
            (Status::Skipped, case.reason.clone())
        }
    };
    let mut item = Item::new(format!("{} {}", case.id, case.title), status, reason);
    item.check.clone_from(&case.id);
    item.is_minor = case.weight != MUST;
    item.unplayed = case.score == CaseScore::NotReached;
    item.time = Some(busy(run, run.callbacks_of(&case.id)));
    if status == Status::Failed {
        item.leads = case.like.is_empty();
        item.like.clone_from(if item.leads { &case.id } else { &case.like });
    }
    if case.score == CaseScore::Failed {
        item.why = ("why it matters", case.why.clone());
        item.fix = ("how to fix", case.fix.clone());
        let played = run.scenarios.iter().filter(|scenario| scenario.line.path == case.id);
        for scenario in played {
            item.again.clone_from(&scenario.line.rerun);
            item.more.extend(failed(scenario));
        }
    }
    item.more.push(("note", notes::of(run.callbacks_of(&case.id))));
    // The one cause of several cases stands beside each of them.
    let whole = run.overall.iter().filter(|line| line.explains(case));
    item.more.extend(whole.map(|line| (line.kind.name(), line.seen.clone())));
    item
}

/// Requests and answers of the failed callbacks of a case: of those that failed alike the first, and their number.
fn failed(scenario: &ScenarioRun) -> Vec<Note> {
    let failed = scenario.callbacks.iter().filter(|callback| callback.findings.iter().any(|f| !f.ok));
    let mut kinds: Vec<(String, &CallbackRun, usize)> = Vec::new();
    for callback in failed {
        let findings = callback.findings.iter().filter(|finding| !finding.ok);
        let found = findings.map(|finding| format!("{}\n{}", finding.expected, finding.actual));
        let answer = distinct_answer(callback);
        let kind = without_ids(&format!("{}\n{answer}", found.collect::<Vec<_>>().join("\n")));
        match kinds.iter_mut().find(|(known, ..)| *known == kind) {
            Some((.., others)) => *others += 1,
            None => kinds.push((kind, callback, 0)),
        }
    }
    let mut notes = Vec::new();
    for (_, first, others) in &kinds {
        // Its scenario is no file.
        notes.extend(seen(scenario, first).into_iter().filter(|(name, _)| *name != "place"));
        notes.extend((*others > 0).then(|| ("failed alike", amount(*others, "more callback"))));
    }
    notes
}

/// Number of cases by result.
fn totals(run: &RunRecord) -> Vec<(String, String)> {
    let count = |chosen: &dyn Fn(&CaseLine) -> bool| run.cases.iter().filter(|case| chosen(case)).count();
    let failed = |case: &CaseLine| case.score == CaseScore::Failed;
    let unplayed = |case: &CaseLine| case.score == CaseScore::NotReached;
    let rows = [
        ("cases", run.cases.len()),
        ("passed", count(&|case| case.score == CaseScore::Passed)),
        ("failed", count(&|case| failed(case) && case.counts)),
        ("failed and not counted", count(&|case| failed(case) && !case.counts && !case.known)),
        ("known to fail", count(&|case| failed(case) && !case.counts && case.known)),
        ("skipped", count(&|case| !failed(case) && case.score != CaseScore::Passed && !unplayed(case))),
        ("not reached", count(&unplayed)),
    ];
    let rows = rows.into_iter().filter(|(_, count)| *count > 0);
    rows.map(|(name, count)| (name.to_owned(), count.to_string())).collect()
}
