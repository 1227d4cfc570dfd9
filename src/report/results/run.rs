//! A run: a suite per scenario, an item per callback and one per question about the receiver's state.

use std::time::Duration;

use super::{Item, Note, Place, Results, Status, Suite, UNTESTED};
use crate::number;
use crate::record::{Answer, CallbackRun, FindingKind, Outcome, RunRecord, ScenarioRun, SkippedLine};
use crate::report::{notes, text};
use crate::verdict::{self, Verdict, cause};

pub(super) fn results(run: &RunRecord) -> Results<'_> {
    let cut = verdict::cut_off(run);
    let mut suites: Vec<Suite> =
        run.scenarios.iter().map(|scenario| suite(scenario, cut.as_deref())).collect();
    suites.extend(cut_off(run));
    suites.extend(run.skipped.iter().map(left_out));
    let verdict = verdict::on_run(run);
    if verdict == Verdict::NothingChecked {
        super::nothing(&mut suites);
    }
    let count = |outcome| run.callbacks().filter(|callback| callback.outcome() == outcome).count();
    let ended = Outcome::ALL.iter().map(|outcome| (outcome.to_string(), count(*outcome)));
    let attempts = run.callbacks().map(|callback| callback.attempts.len()).sum();
    let all = [
        ("scenarios", run.scenarios.len()),
        ("callbacks", run.callbacks().count()),
        ("attempts", attempts),
        ("skipped", run.skipped.len()),
    ];
    let [scenarios, callbacks, attempts, skipped] = all.map(|(name, count)| (name.to_owned(), count));
    let totals = [scenarios, callbacks, attempts].into_iter();
    let replayed = verdict::replayed_counts(run).into_iter();
    let replayed = replayed.map(|(replayed, count)| (replayed.to_string(), count));
    let rest = ended.chain(replayed).chain([skipped]).filter(|(_, count)| *count > 0);
    Results {
        kind: "run",
        header: &run.header,
        verdict: verdict.to_string(),
        // Empty: it came to its end.
        summary: cut.unwrap_or_default(),
        totals: totals.chain(rest).map(|(name, count)| (name, count.to_string())).collect(),
        overall: overall(run),
        notes: notes::of_run(run),
        suites,
    }
}

/// Findings beyond single callbacks: that all failed alike, and the parts that were not verified.
fn overall(run: &RunRecord) -> Vec<Note> {
    let alike = text::failed_alike(run).map(|alike| ("failed alike", alike.sentence(run)));
    let mut unverified: Vec<String> = run.scenarios.iter().filter_map(notes::unverified).collect();
    unverified.sort();
    unverified.dedup();
    alike.into_iter().chain(unverified.into_iter().map(|claim| ("not verified", claim))).collect()
}

/// A run that was cut off, or lacks lines, has not passed, whatever was seen of it. Of an audit the cases say so, as far as they
/// can.
pub(super) fn cut_off(run: &RunRecord) -> Option<Suite> {
    let cut = run.cases.is_empty() || verdict::on_run(run) == Verdict::Incomplete || run.lost > 0;
    let why = verdict::cut_off(run).filter(|_| cut)?;
    let item = Item::new("the run ended early", Status::Error, why);
    Some(Suite { items: vec![item], ..Suite::new("hookreel".into(), "") })
}

/// A scenario that was not played in an edition: a suite with one item.
fn left_out(line: &SkippedLine) -> Suite {
    let name = format!("{} [{} {}]", line.path, line.provider, line.revision);
    let item = Item::new("played in this edition", Status::Skipped, &line.reason);
    Suite { items: vec![item], ..Suite::new(name, &line.name) }
}

/// The suite of a scenario of a run that came to its end, or was cut off for a reason.
fn suite(scenario: &ScenarioRun, cut: Option<&str>) -> Suite {
    let line = &scenario.line;
    let name = format!("{} [{}]", line.path, line.by());
    let mut suite = Suite::new(name, &line.name).of_file(&line.path);
    let callbacks = scenario.callbacks.iter().enumerate();
    suite.items.extend(callbacks.map(|(index, callback)| item(scenario, callback, index + 1)));
    suite.items.extend(scenario.state.iter().map(|finding| Item {
        again: if finding.ok { String::new() } else { line.rerun.clone() },
        // Empty where the finding says it all.
        fix: ("likely cause", cause::of_state(scenario, finding).unwrap_or_default().into()),
        ..Item::judged(finding.check.clone(), [finding])
    }));
    // A broadcast without callbacks has an item of its own.
    let untested = line.untested.iter().filter(|_| !scenario.callbacks.is_empty());
    let hits_nobody = |why: &String| Item::new(UNTESTED, Status::Skipped, why);
    suite.items.extend(untested.map(hits_nobody));
    let begun = scenario.callbacks.iter().any(|callback| !callback.attempts.is_empty());
    match verdict::on_scenario(scenario) {
        // The run itself has an error; what it never came to is none beside it.
        Verdict::Incomplete if !begun && let Some(why) = cut => {
            suite.items.push(Item::new("the scenario was skipped", Status::Skipped, why));
        }
        // A run that was stopped or killed has not passed, whatever was seen until then. A callback in doubt says so itself.
        Verdict::Incomplete if !scenario.over || scenario.callbacks.iter().any(is_unsent) => {
            let why = "the run was stopped before the scenario was over";
            suite.items.push(Item::new("the scenario ended early", Status::Error, why));
        }
        Verdict::NothingChecked => {
            let named = line.untested.first().map(String::as_str);
            let why = named.unwrap_or("no callback follows from this broadcast");
            suite.items.push(Item::new("callbacks follow", Status::Skipped, why));
        }
        _ => {}
    }
    suite
}

fn is_unsent(callback: &CallbackRun) -> bool {
    callback.outcome() == Outcome::NotSent
}

fn item(scenario: &ScenarioRun, callback: &CallbackRun, number: usize) -> Item {
    let line = &callback.line;
    let mut item =
        Item::judged(format!("{number} {} {}", line.event, line.subject), callback.findings.as_slice());
    item.time = Some(spent(std::iter::once(callback)));
    if item.status == Status::Passed {
        let (status, reason) = match (callback.outcome(), verdict::doubt(callback)) {
            (_, Some(why)) => (Status::Error, format!("in doubt: {why}")),
            (Outcome::NotSent, _) => (Status::Skipped, "not sent".into()),
            _ if !callback.passed() => {
                (Status::Error, "the record does not say what the checks found".into())
            }
            _ => (Status::Passed, String::new()),
        };
        (item.status, item.reason) = (status, reason);
    }
    if item.status.is_bad() {
        describe(&mut item, scenario, callback);
    }
    item.more.push(("note", notes::of(std::iter::once(callback))));
    item
}

/// Details of a failed callback, and the command that repeats it.
pub(super) fn describe(item: &mut Item, scenario: &ScenarioRun, callback: &CallbackRun) {
    let line = &callback.line;
    let likely = cause::of_callback(scenario, callback);
    item.why = ("why sent", line.why.clone());
    // The same.
    item.fix = ("likely cause", likely.unwrap_or_default().into());
    item.place = item.place.take().or_else(|| Place::parse(&line.place));
    item.again.clone_from(&scenario.line.rerun);
    item.answer = distinct_answer(callback);
    item.more = seen(scenario, callback);
}

/// A longer answer is a page, or repeats what was sent: its begin tells it from others, in characters.
const LONG_ANSWER: usize = 240;

/// Answer by which one failure is told from another: none where what is wrong in it was found, since it is another each time.
pub(in crate::report) fn distinct_answer(callback: &CallbackRun) -> String {
    let failed = callback.findings.iter().filter(|finding| !finding.ok);
    let handshake = failed.clone().any(|finding| finding.kind == Some(FindingKind::WrongHandshake));
    let last = callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref());
    let answer = last.and_then(|exchange| exchange.answer.as_ref()).filter(|_| !handshake);
    let told = |answer: &Answer| match answer.body.chars().count() {
        ..=LONG_ANSWER => answer.body.clone(),
        _ => answer.body.chars().take(LONG_ANSWER / 2).collect(),
    };
    answer.map_or_else(String::new, told)
}

/// Names and texts of what was sent and seen.
pub(super) fn seen(scenario: &ScenarioRun, callback: &CallbackRun) -> Vec<super::Note> {
    let line = &callback.line;
    let answer = callback.attempts.last().and_then(|a| a.exchange.as_ref()).and_then(|e| e.answer.as_ref());
    let by_hand = if line.curl == scenario.line.rerun { String::new() } else { line.curl.clone() };
    let replayed = verdict::replayed(callback);
    let replayed = replayed.map_or_else(String::new, |(replayed, _)| replayed.to_string());
    vec![
        ("callback", line.id.clone()),
        ("sent again", replayed),
        ("place", line.place.clone()),
        ("answer", answer.map_or_else(String::new, |answer| answer.body.clone())),
        ("the receiver printed", callback.printed.join("\n")),
        ("by hand", by_hand),
    ]
}

/// Duration of the callbacks, in real time.
pub(super) fn spent<'a>(callbacks: impl Iterator<Item = &'a CallbackRun>) -> Duration {
    let exchanges =
        callbacks.flat_map(|callback| &callback.attempts).filter_map(|attempt| attempt.exchange.as_ref());
    number::duration(exchanges.map(|exchange| exchange.latency_ms).sum::<f64>() / 1000.0)
}
