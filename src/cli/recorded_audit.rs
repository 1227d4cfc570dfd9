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
use crate::provider::find;
use crate::record::{CaseLine, CaseScore, RunRecord, ScenarioRun};
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
    let sender = run.header.audit.as_ref()?;
    let card = Card {
        setting: &setting,
        scored: &scored,
        known: &known,
        observed: &observed(&scored, &played),
        alike: alike(&scored, &played),
        expects: sender.expects,
        again: &sender.command,
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

/// Sender of the audit; none where this version does not know it, or another file declares it.
fn setting(run: &RunRecord) -> Option<AuditSetting> {
    let sender = run.header.audit.as_ref()?;
    let provider = find(&sender.provider, "").ok()?;
    if run.scenarios.first().is_some_and(|first| !same_file(&provider.origin(), &first.line.declared)) {
        return None;
    }
    let revision = match sender.revision.as_str() {
        "" => provider.newest(),
        name => provider.revisions.iter().find(|revision| revision.name == name)?,
    };
    let (method, expect) = (sender.method.clone(), String::new());
    Some(AuditSetting { provider, revision, method, expect, streams: Vec::new(), nonce: 0 })
}

/// The score of a case, by its line. That of an earlier version has no failures: they are those of its callbacks, or, of a case that was
/// played in another record, what its reason says.
fn scored(line: &CaseLine, played: Option<&ScenarioRun>) -> Score {
    match line.score {
        CaseScore::Passed => Score::Passed { by_answers: line.by_answers, chosen: line.choice().into() },
        CaseScore::Failed if !line.failures.is_empty() => Score::Failed(line.failures.clone()),
        CaseScore::Failed => match played.map(score) {
            Some(Score::Failed(seen)) if [told(&seen), one_by_one(&seen)].contains(&line.reason) => {
                Score::Failed(seen)
            }
            _ => Score::Failed(vec![line.failure_of_reason()]),
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
