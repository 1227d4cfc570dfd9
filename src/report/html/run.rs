//! The page of a run or an audit.

mod detail;
mod list;
mod request;
mod slowest;

use std::time::Duration;

use askama::Template;

use super::audit::{self, FamilyRow};
use super::lanes::{LanesPicture, MarkShape, picture};
use super::map::{Square, squares};
use super::source::{SourceListing, sources};
use super::state::{self, StateRow};
use super::{Top, facts, inert, page, weak};
use crate::callback::Class;
use crate::duration::show_duration;
use crate::record::{
    CallbackRun, Finding, Outcome, OverallLine, RECEIVER, RunRecord, ScenarioRun, SetUpLine,
};
use crate::report::text::{amount, why_sent};
use crate::report::{comparison, notes};
use crate::verdict::{self, Verdict, cause};
use list::{DetailRoom, RowPart, ScenarioPart, scenario};
use slowest::{SlowRow, slowest};

/// Limits that keep the page small enough for a mail.
const MOST_GROUPS: usize = 30;
const MOST_PICTURES: usize = 12;
const MOST_STATE: usize = 40;
/// Names of callbacks in a group.
const MOST_NAMED: usize = 12;
/// Longest answer in a group, in characters.
const QUOTED: usize = 300;

#[derive(Template)]
#[template(path = "run.html")]
struct RunPage {
    top: Top,
    groups: Vec<FailureGroup>,
    hidden_groups: usize,
    uncounted: Vec<FailureGroup>,
    /// Number of cases in those.
    uncounted_cases: usize,
    notes: Vec<String>,
    families: Vec<FamilyRow>,
    /// Empty where every scenario has its picture.
    squares: Vec<Square>,
    pictures: Vec<LanesPicture>,
    hidden_pictures: usize,
    state: Vec<StateRow>,
    hidden_state: usize,
    count: usize,
    failed: usize,
    faulty: usize,
    slowest: Vec<SlowRow>,
    /// Meaning of an underline and of a mark in an opened callback.
    is_signed: bool,
    is_changed: bool,
    scenarios: Vec<ScenarioPart>,
    undetailed: usize,
    sources: Vec<SourceListing>,
    compared: Option<(String, Vec<(&'static str, String)>)>,
}

/// A name, its value, and whether the value is code.
pub(super) type Row3 = (&'static str, String, bool);

/// Failures with the same expectation and the same result.
#[derive(Clone)]
pub(super) struct FailureGroup {
    pub(super) title: String,
    pub(super) rows: Vec<Row3>,
}

/// The whole page.
pub fn render(run: &RunRecord) -> String {
    let mut groups: Vec<FailureGroup> = run.overall.iter().map(overall).collect();
    groups.extend(match &run.set_up {
        Some(wrong) if wrong.ended => vec![set_up(run, wrong)],
        Some(wrong) => [vec![set_up(run, wrong)], self::groups(run)].concat(),
        None => self::groups(run),
    });
    let audit = !run.cases.is_empty();
    let many = run.scenarios.len() > MOST_PICTURES && !audit;
    let squares = if many { squares(run) } else { Vec::new() };
    let drawn = |scenario: &&ScenarioRun| !many || verdict::on_scenario(scenario) == Verdict::Failed;
    // The broadcasts of an audit are short, and say nothing that a picture would show.
    let pictures = if audit { 0 } else { MOST_PICTURES };
    let drawn: Vec<LanesPicture> =
        run.scenarios.iter().filter(drawn).take(pictures).filter_map(picture).collect();
    let mut state: Vec<StateRow> = run.scenarios.iter().flat_map(state::rows).collect();
    let all_state = state.len();
    if state.len() > MOST_STATE {
        state.retain(|row| !row.ok);
    }
    let failed = run.callbacks().filter(|callback| has_failed(callback)).count();
    let mut room = DetailRoom::of(failed);
    let scenarios = run.scenarios.iter().enumerate();
    let scenarios = scenarios.map(|(number, it)| scenario(number, it, &mut room)).collect();
    page(&RunPage {
        top: top(run),
        hidden_groups: groups.len().saturating_sub(MOST_GROUPS),
        groups: groups.into_iter().take(MOST_GROUPS).collect(),
        uncounted: audit::groups(run, false),
        uncounted_cases: audit::failed(run, false).count(),
        notes: notes::of_run(run),
        families: audit::families(run),
        hidden_pictures: if audit { 0 } else { run.scenarios.len() - drawn.len() },
        pictures: drawn,
        squares,
        hidden_state: all_state - state.len(),
        state,
        count: run.callbacks().count(),
        failed,
        faulty: run.callbacks().filter(|callback| !callback.line.faults.is_empty()).count(),
        slowest: slowest(run),
        is_signed: run.callbacks().any(|callback| !callback.line.signed.is_empty()),
        is_changed: run.callbacks().any(request::is_changed),
        scenarios,
        undetailed: room.undetailed,
        sources: sources(run),
        compared: run.compared.as_ref().map(comparison::told),
    })
}

fn top(run: &RunRecord) -> Top {
    let verdict = verdict::on_run(run);
    let ended = Outcome::ALL.iter().filter_map(|outcome| {
        let count = run.callbacks().filter(|callback| callback.outcome() == *outcome).count();
        (count > 0).then(|| format!("{count} {outcome}"))
    });
    let attempts = run.callbacks().map(|callback| callback.attempts.len()).sum();
    let sent = [
        amount(run.scenarios.len(), "scenario"),
        amount(run.callbacks().count(), "callback"),
        amount(attempts, "attempt"),
    ];
    let sent: Vec<String> = sent.into_iter().chain(ended).collect();
    let cases = audit::figures(run);
    let (figures, sent) = if cases.is_empty() { (failures(run, sent), None) } else { (cases, Some(sent)) };
    let mut facts = facts(&run.header);
    let audited = run.scenarios.first().filter(|_| !run.cases.is_empty());
    facts.extend(audited.map(|plain| ("audit as", inert(&plain.line.edition()))));
    facts.extend(sent.map(|sent| ("sent", sent.join(" · "))));
    facts.push(("speed", inert(&run.header.speed)));
    if let Some(took) = took(run) {
        facts.push(("took", took));
    }
    if !run.header.command.is_empty() {
        facts.push(("command", inert(&run.header.command)));
    }
    Top {
        title: format!("{verdict}: {}", inert(&run.header.target)),
        verdict: verdict.to_string(),
        class: class(verdict),
        figures: figures.join(" · "),
        facts,
        weak: limits(run),
        version: inert(&run.header.version),
    }
}

/// The counts of a run, those of what failed before the others.
fn failures(run: &RunRecord, sent: Vec<String>) -> Vec<String> {
    let callbacks = run.callbacks().filter(|callback| has_failed(callback)).count();
    let state = run.scenarios.iter().flat_map(|scenario| &scenario.state);
    let state = state.filter(|finding| !finding.ok && finding.check != RECEIVER).count();
    let failed = [
        (callbacks, "failed callback", "failed callbacks"),
        (state, "failed check of the stored state", "failed checks of the stored state"),
    ];
    let failed = failed.into_iter().filter(|(count, ..)| *count > 0);
    let failed = failed.map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }));
    failed.chain(sent).collect()
}

/// Time from start to end by the sending clock; none if the clock stood still, or the end is not known.
fn took(run: &RunRecord) -> Option<String> {
    let moment = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let took = moment(&run.ended_at)?.duration_since(moment(&run.header.now)?);
    let took = Duration::try_from(took).ok().filter(|took| !took.is_zero())?;
    Some(show_duration(Duration::from_millis(u64::try_from(took.as_millis()).ok()?.max(1))))
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed => "failed",
        Verdict::Incomplete | Verdict::NothingChecked => "unclear",
    }
}

/// Reasons why the verdict says less than it seems.
fn limits(run: &RunRecord) -> Vec<String> {
    let mut lines = weak(&run.header);
    if let Some(why) = verdict::cut_off(run) {
        lines.push(inert(&why));
    }
    lines.extend(notes::resumable(run).map(str::to_owned));
    let untested = run.scenarios.iter().flat_map(|scenario| &scenario.line.untested);
    lines.extend(untested.map(|line| inert(line)));
    if run.scenarios.iter().all(|scenario| scenario.state.is_empty()) {
        lines.push("Stored state was not checked, only the answers (--state URL).".into());
    }
    if run.callbacks().all(|callback| callback.line.class == Class::Legal) {
        lines.push("No forged, expired or malformed callback was sent (hookreel audit).".into());
    }
    lines
}

fn has_failed(callback: &CallbackRun) -> bool {
    callback.findings.iter().any(|finding| !finding.ok)
}

/// Findings of an audit about the receiver as a whole: the cause of what several cases show.
fn overall(line: &OverallLine) -> FailureGroup {
    let mut rows: Vec<Row3> = line.told.iter().map(|told| ("explained", inert(told), false)).collect();
    if !line.cases.is_empty() {
        rows.push(("failed for this one reason", inert(&line.cases.join(" ")), false));
    }
    FailureGroup { title: inert(&line.seen), rows }
}

/// A wrong set-up, the one cause of whatever follows.
fn set_up(run: &RunRecord, wrong: &SetUpLine) -> FailureGroup {
    let mut rows = Vec::new();
    if !wrong.explained.is_empty() {
        rows.push(("explained", inert(&wrong.explained), false));
    }
    for name in ["request", "key", "state", "process", "printed"] {
        let facts = wrong.facts.iter().filter(|fact| fact.name == name);
        rows.extend(facts.map(|fact| (name, inert(&fact.text), false)));
    }
    rows.extend(wrong.to_try.iter().map(|line| ("try", inert(line), false)));
    if let Some(plain) = run.scenarios.first().filter(|plain| !plain.line.rerun.is_empty()) {
        rows.push(("again", inert(&plain.line.rerun), true));
    }
    FailureGroup { title: format!("set-up: {}", inert(&wrong.failed)), rows }
}

/// Failures by expectation and result, the largest group first.
fn groups(run: &RunRecord) -> Vec<FailureGroup> {
    if !run.cases.is_empty() {
        return audit::groups(run, true);
    }
    let mut found: Vec<(&Finding, Vec<(&ScenarioRun, &CallbackRun)>)> = Vec::new();
    for scenario in &run.scenarios {
        for callback in &scenario.callbacks {
            let Some(finding) = callback.findings.iter().find(|finding| !finding.ok) else { continue };
            let alike = |it: &Finding| it.expected == finding.expected && it.actual == finding.actual;
            match found.iter_mut().find(|(first, _)| alike(first)) {
                Some((_, callbacks)) => callbacks.push((scenario, callback)),
                None => found.push((finding, vec![(scenario, callback)])),
            }
        }
    }
    found.sort_by_key(|(_, callbacks)| std::cmp::Reverse(callbacks.len()));
    found.iter().filter_map(|(finding, callbacks)| group(finding, callbacks)).collect()
}

fn group(finding: &Finding, callbacks: &[(&ScenarioRun, &CallbackRun)]) -> Option<FailureGroup> {
    let (scenario, first) = callbacks.first()?;
    let last = first.attempts.last().and_then(|attempt| attempt.exchange.as_ref());
    let mut rows = vec![("got", inert(&finding.actual), false)];
    if let Some(cause) = cause::of_callback(scenario, first) {
        rows.push(("likely cause", inert(&cause), false));
    }
    if let Some(answer) = last.and_then(|exchange| exchange.answer.as_ref()) {
        let quoted: String = answer.body.chars().take(QUOTED).collect();
        rows.push(("answer", if quoted.is_empty() { "(empty)".into() } else { inert(&quoted) }, true));
    }
    rows.push(("why sent", inert(&why_sent(first)), false));
    if !first.line.curl.is_empty() && first.line.curl != scenario.line.rerun {
        rows.push(("by hand", inert(&first.line.curl), true));
    }
    rows.push(("again", inert(&scenario.line.rerun), true));
    let names =
        callbacks.iter().map(|(scenario, callback)| format!("{} {}", scenario.line.path, callback.line.id));
    let mut named = names.take(MOST_NAMED).collect::<Vec<_>>().join(", ");
    if callbacks.len() > MOST_NAMED {
        named.push_str(&format!(", and {} more", callbacks.len() - MOST_NAMED));
    }
    rows.push(("callbacks", inert(&named), false));
    let title = format!("{} expected: {}", amount(callbacks.len(), "callback"), inert(&finding.expected));
    Some(FailureGroup { title, rows })
}

#[cfg(test)]
mod tests;
