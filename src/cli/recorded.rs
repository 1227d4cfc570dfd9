//! An audit from its record: the scorecard again.

use std::collections::BTreeSet;

use super::audit::{Scored, alike, before_all, observed, played, stopped_early};
use super::exit::Exit;
use super::requests::same_file;
use super::run;
use super::scorecard::Card;
use crate::audit::case::AuditSetting;
use crate::audit::cases;
use crate::audit::score::{Reason, Score, Seen, score, told};
use crate::escape::unquoted;
use crate::provider::find;
use crate::record::{CaseLine, CaseScore, REJECTED, RunRecord, ScenarioRun};
use crate::report::ReportFormat;
use crate::report::text::{self, set_up};

/// The scorecard, or the wrong set-up alone; none where the record is not of an audit, lacks lines, nothing was played, or its
/// cases are not those of this version.
pub(super) fn scorecard(run: &RunRecord, exit: Exit, verbose: bool) -> Option<String> {
    if let Some(wrong) = run.set_up.as_ref().filter(|wrong| wrong.ended && run.ended && run.lost == 0) {
        return Some(set_up(wrong));
    }
    let setting = setting(run).filter(|_| run.ended && run.lost == 0)?;
    let played = played(std::collections::BTreeMap::new(), run);
    let scored: Option<Vec<Scored>> = run
        .cases
        .iter()
        .map(|line| {
            let case = cases().find(|case| case.id == line.id)?;
            Some((case, scored(line, played.get(case.id))))
        })
        .collect();
    let scored = scored?;
    let known: BTreeSet<String> =
        run.cases.iter().filter(|line| line.known).map(|line| line.id.clone()).collect();
    let beyond = |(line, (case, score)): (&CaseLine, &Scored)| {
        line.counts && !case.weight().counts(false) && !score.ended()
    };
    let strict = run.cases.iter().zip(&scored).any(beyond);
    // Of an earlier version, the set-up was wrong: there is nothing to score.
    let unjudged = |line: &CaseLine| line.score == CaseScore::NotReached && line.counts;
    if run.set_up.is_none() && run.cases.iter().all(unjudged) {
        return None;
    }
    let again = again(run);
    let card = Card {
        setting: &setting,
        scored: &scored,
        known: &known,
        observed: &observed(&scored, &played),
        alike: alike(&scored, &played),
        expects: unquoted(&again).contains(" --expect "),
        again: &again,
        strict,
        quiet: false,
        verbose,
        run,
    };
    let before = before_all(run, &played, !stopped_early(exit).is_empty());
    Some(format!("{before}{}{}", card.text(), stopped_early(exit)))
}

/// A report of a run or an audit: in text the scorecard of what was judged, as on the screen.
pub(super) fn rendered(format: &ReportFormat, run: &RunRecord, verbose: bool) -> String {
    let card = || scorecard(run, run::exit(run), verbose).map(|card| card + &text::compared(run));
    let judged = !run.cases.is_empty() && run.set_up.as_ref().is_none_or(|wrong| !wrong.ended);
    (format.name == "text" && judged).then(card).flatten().unwrap_or_else(|| format.render(run))
}

/// Sender of the audit.
fn setting(run: &RunRecord) -> Option<AuditSetting> {
    if run.cases.is_empty() {
        return None;
    }
    let Some(first) = run.scenarios.first() else { return resumed(run) };
    let line = &first.line;
    let provider = find(&line.provider, "").ok()?;
    if !same_file(&provider.origin(), &line.declared) {
        return None;
    }
    let revision = provider.revisions.iter().find(|revision| revision.name == line.revision)?;
    let again = unquoted(&again(run));
    let mut words = again.split(' ').skip_while(|word| *word != "--method").skip(1);
    // A line without the flag is of the sender's own method.
    let (method, expect) = (words.next().unwrap_or("").to_owned(), String::new());
    Some(AuditSetting { provider, revision, method, expect, streams: Vec::new(), nonce: 0 })
}

/// The same of an audit of which nothing was left to be played: the command of its record names the sender.
fn resumed(run: &RunRecord) -> Option<AuditSetting> {
    let command = unquoted(&run.header.command);
    let mut words = command.strip_prefix("hookreel audit ")?.split(' ');
    let provider = find(words.next()?, "").ok()?;
    let after = |flag: &str| words.clone().skip_while(|word| *word != flag).nth(1);
    let revision = match after("--revision") {
        None => provider.newest(),
        Some(name) => provider.revisions.iter().find(|revision| revision.name == name)?,
    };
    // Without the flag it is the sender's own.
    let (method, expect) = (after("--method").unwrap_or_default().to_owned(), String::new());
    Some(AuditSetting { provider, revision, method, expect, streams: Vec::new(), nonce: 0 })
}

/// The command that plays it again: that of a case without the case.
pub(super) fn again(run: &RunRecord) -> String {
    let of_a_case = |scenario: &ScenarioRun| {
        let line = &scenario.line;
        let (command, _) = line.rerun.split_once(&format!(" --case {}", line.path))?;
        Some(command.to_owned())
    };
    run.scenarios.iter().find_map(of_a_case).unwrap_or_else(|| run.header.command.clone())
}

/// The score of a case: what its line says, with what was seen of it. A case that was played in an earlier record has its line
/// alone.
fn scored(line: &CaseLine, played: Option<&ScenarioRun>) -> Score {
    match line.score {
        CaseScore::Passed => Score::Passed { by_answers: line.by_answers, chosen: line.choice().into() },
        CaseScore::Failed => match played.map(score) {
            Some(Score::Failed(seen)) if [told(&seen), one_by_one(&seen)].contains(&line.reason) => {
                Score::Failed(seen)
            }
            _ => Score::Failed(vec![Seen {
                check: check_of(expected(&line.reason).0).into(),
                expected: expected(&line.reason).0.into(),
                got: expected(&line.reason).1.into(),
                ..Seen::default()
            }]),
        },
        CaseScore::NotCovered => Score::Skipped(Reason::Uncovered),
        CaseScore::NotApplicable => Score::Skipped(Reason::NotApplicable(line.reason.clone())),
        CaseScore::NotReached => Score::Skipped(Reason::NotReached(line.obstacle().into())),
    }
}

/// Observed failures, as the lines of cases of earlier versions have them.
fn one_by_one(seen: &[Seen]) -> String {
    seen.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The check that asked for this, as far as its words tell it.
fn check_of(expected: &str) -> &'static str {
    if expected.starts_with("rejected ") { REJECTED } else { "" }
}

/// Expected and observed part of a line of `told`.
fn expected(reason: &str) -> (&str, &str) {
    let (_, rest) = reason.split_once("expected ").unwrap_or(("", reason));
    rest.rsplit_once(", got ").unwrap_or((rest, ""))
}
