//! Files that an audit keeps for the next one: baseline, record, scorecard, exported cases.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::args::RunArgs;
use super::super::complain;
use super::super::exit::{Exit, Refused};
use super::super::files;
use super::super::scorecard::overall;
use super::super::scorecard_json::Scorecard;
use super::super::signals;
use super::super::sources::bounded;
use super::gone::gone;
use super::{Scored, alike};
use crate::audit::case::{AuditSetting, Case};
use crate::audit::causes::advised;
use crate::audit::groups::groups;
use crate::audit::observed::Observed;
use crate::audit::score::{Reason, Score, told};
use crate::audit::{ALL, cases};
use crate::cli::expectations::STATE;
use crate::problem::did_you_mean;
use crate::record::{
    CHOSEN, CaseLine, CaseScore, Line, NOT_REACHED, OverallLine, RunRecord, ScenarioRun, SetUpLine,
};
use crate::report::notes::STALE;
use crate::report::receiver;
use crate::verdict::says_nothing;

/// Settings of an audit beside those of a run.
pub(super) struct Plain {
    pub(super) save_baseline: Option<PathBuf>,
    /// It is the baseline that was read, which is brought up to date.
    pub(super) renews_baseline: bool,
    pub(super) export: Option<PathBuf>,
    /// `--expect` was given.
    pub(super) expects: bool,
    pub(super) scorecard: Option<PathBuf>,
    /// The state's address, if it may be shown.
    pub(super) state: Option<String>,
    pub(super) strict: bool,
    pub(super) keep_going: bool,
}

/// The largest baseline that is read, in bytes: a line for each case, with a remark.
const LONGEST_BASELINE: usize = 1 << 20;

/// Lines of a baseline that are named, where they say nothing.
const SHOWN: usize = 20;

/// The cases that are known to fail.
pub(super) fn known(path: Option<&Path>) -> Result<BTreeSet<String>, Refused> {
    let Some(path) = path else { return Ok(BTreeSet::new()) };
    let read =
        bounded(path, LONGEST_BASELINE).and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other));
    let text = read.map_err(|error| {
        Refused::usage(format!(
            "--baseline: cannot read `{}`: {error}; --save-baseline FILE writes one",
            path.display()
        ))
    })?;
    let (mut known, mut wrong) = (BTreeSet::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        let Some(word) = line.split('#').next().unwrap_or(line).split_whitespace().next() else {
            continue;
        };
        if !cases().any(|case| case.id == word) {
            let near = did_you_mean(word, cases().map(|case| case.id));
            let near = near.map_or_else(String::new, |near| format!("; {near}"));
            wrong.push(format!("{}:{}: there is no case `{word}`{near}", path.display(), index + 1));
        }
        known.insert(word.to_owned());
    }
    let more = wrong.len().saturating_sub(SHOWN);
    wrong.truncate(SHOWN);
    wrong.extend((more > 0).then(|| format!("and {more} more lines of {}", path.display())));
    if wrong.is_empty() { Ok(known) } else { Err(Refused::usage(wrong.join("\n       "))) }
}

/// Facts about the receiver that several cases together show.
pub(in crate::cli) fn observed(scored: &[Scored], played: &BTreeMap<String, ScenarioRun>) -> Observed {
    Observed::of(scored, played, |answer| !says_nothing(answer.as_bytes()))
}

/// Outcome of an audit, as far as it was played.
pub(super) struct AuditOutcome {
    /// Played scenarios by case.
    pub(super) played: BTreeMap<String, ScenarioRun>,
    pub(super) scored: Vec<Scored>,
    /// Facts that several cases together show.
    pub(super) observed: Observed,
    /// The set-up is wrong.
    pub(super) wrong: Option<SetUpLine>,
}

/// Last lines of the record: a wrong set-up, what was found of the receiver as a whole, and the cases.
pub(super) fn last_lines(
    run: &RunRecord,
    outcome: &AuditOutcome,
    setting: &AuditSetting,
    known: &BTreeSet<String>,
    plain: &Plain,
) -> Vec<Line> {
    let AuditOutcome { played, scored, observed, wrong } = outcome;
    let wrong = wrong.clone();
    let set_up = wrong.as_ref().is_some_and(|wrong| wrong.ended);
    let whole = if set_up { Vec::new() } else { whole(run, played, scored, plain.expects) };
    let like = like(scored, observed);
    let lines = CaseLines { setting, known, strict: plain.strict, set_up, observed };
    let case = |(case, score): &Scored| CaseLine {
        // Empty where it fails like none before it.
        like: like.get(case.id).copied().unwrap_or("").to_owned(),
        ..lines.of(case, score)
    };
    let cases = scored.iter().map(case).map(Line::Case);
    let before = wrong.map(Line::SetUp).into_iter().chain(whole.into_iter().map(Line::Overall));
    before.chain(cases).collect()
}

/// For each case that failed like another one, the case that stands for both.
fn like(scored: &[Scored], observed: &Observed) -> BTreeMap<&'static str, &'static str> {
    let failed = scored.iter().filter_map(|(case, score)| match score {
        Score::Failed(seen) => Some((*case, seen.as_slice())),
        _ => None,
    });
    let groups = groups(failed, observed);
    groups.iter().flat_map(|group| group.others.iter().map(|other| (other.id, group.first.0.id))).collect()
}

/// Lines of the record about the receiver as a whole.
fn whole(
    run: &RunRecord,
    played: &BTreeMap<String, ScenarioRun>,
    scored: &[Scored],
    expects: bool,
) -> Vec<OverallLine> {
    let told_by_its_process = !receiver::story(run).trim_start().is_empty();
    let unplayed = |(_, score): &Scored| matches!(score, Score::Skipped(Reason::NotReached(_)));
    let unjudged = run.stopped.is_some() || scored.iter().any(unplayed);
    // A signal that stopped it is no doing of the receiver.
    let quiet = told_by_its_process || signals::heard().is_some();
    let gone = (!quiet).then(|| gone(run, played, unjudged)).flatten();
    let alike = alike(scored, played).map(|(alike, cases)| overall(&alike, &cases, expects));
    gone.into_iter().chain(alike).collect()
}

/// Terms of the record's lines about cases, beside the scores.
struct CaseLines<'a> {
    setting: &'a AuditSetting,
    /// Cases that are known to fail.
    known: &'a BTreeSet<String>,
    strict: bool,
    /// The set-up is wrong: nothing was judged, whatever was seen.
    set_up: bool,
    observed: &'a Observed,
}

impl CaseLines<'_> {
    /// Line of the record about a case.
    fn of(&self, case: &Case, score: &Score) -> CaseLine {
        let &Self { setting, known, strict, set_up, observed } = self;
        let (known, ended) = (known.contains(case.id), score.ended());
        let by_answers = matches!(score, Score::Passed { by_answers: true, .. }) && !set_up;
        let (why, fix) = match score {
            Score::Failed(seen) => advised(case, setting, seen, observed),
            _ => (case.why, case.fix),
        };
        let family = ALL.iter().map(|own| own.family).find(|family| family.letter() == case.family());
        let chosen = match score {
            Score::Passed { chosen, .. } if !set_up => chosen.clone(),
            _ => String::new(),
        };
        let failures = match score {
            Score::Failed(seen) if !set_up => seen.clone(),
            _ => Vec::new(),
        };
        let (score, reason) = match score {
            _ if set_up => (CaseScore::NotReached, format!("{NOT_REACHED}the plain callback did not pass")),
            Score::Passed { .. } if known => {
                (CaseScore::Passed, format!("{STALE}; remove its line from the file"))
            }
            Score::Passed { chosen, .. } if !chosen.is_empty() => {
                (CaseScore::Passed, format!("{CHOSEN}{chosen}"))
            }
            Score::Passed { .. } => (CaseScore::Passed, String::new()),
            Score::Failed(seen) => (CaseScore::Failed, told(seen)),
            Score::Skipped(reason) => {
                let score = match reason {
                    Reason::Uncovered => CaseScore::NotCovered,
                    Reason::NotApplicable(_) => CaseScore::NotApplicable,
                    Reason::NotReached(_) => CaseScore::NotReached,
                };
                (score, reason.to_string())
            }
        };
        let unknown = !known || score != CaseScore::Failed;
        CaseLine {
            id: case.id.into(),
            title: case.title.into(),
            weight: case.weight().to_string(),
            counts: set_up || ended || unknown && case.weight().counts(strict),
            score,
            known,
            reason,
            family: family.map_or_else(String::new, |family| family.title().into()),
            why: why.into(),
            fix: fix.into(),
            by_answers,
            chosen,
            like: String::new(),
            failures,
        }
    }
}

impl Plain {
    /// Makes sure, before anything is sent, that the results can be kept.
    pub(super) fn check(&self, run: &RunArgs, resumed: Option<&Path>) -> Result<(), Refused> {
        let same = |path: &Path| {
            resumed.is_some_and(|old| fs::canonicalize(old).ok() == fs::canonicalize(path).ok())
        };
        if let Some(record) = run.output.record.as_deref().filter(|path| path.exists() && same(path)) {
            return Err(Refused::usage(format!(
                "--record: `{}` is the one that is resumed, and would be lost; name another",
                record.display()
            )));
        }
        let own = [("--save-baseline", &self.save_baseline), ("--scorecard", &self.scorecard)];
        for (flag, path) in own {
            let renews = flag == "--save-baseline" && self.renews_baseline;
            let claim = if renews { files::renew } else { files::claim };
            path.as_deref().map_or(Ok(()), |path| claim(flag, path))?;
        }
        match &self.export {
            Some(folder) => fs::create_dir_all(folder).map_err(|error| {
                Refused::usage(format!("cannot write to `{}`: {error}; nothing was sent", folder.display()))
            }),
            None => Ok(()),
        }
    }

    pub(super) fn write(
        &self,
        setting: &AuditSetting,
        outcome: &AuditOutcome,
        text: impl Fn(&str) -> Option<String>,
        command: impl Fn(&str) -> String,
    ) -> Result<(), Refused> {
        let failed = |path: &Path, error: std::io::Error| Refused {
            exit: Exit::Internal,
            text: format!("error: cannot write `{}`: {error}\n", path.display()),
        };
        let AuditOutcome { scored, observed, .. } = outcome;
        let failed_cases = || scored.iter().filter(|(_, score)| matches!(score, Score::Failed(_)));
        let unfinished =
            scored.iter().any(|(_, score)| matches!(score, Score::Skipped(Reason::NotReached(_))));
        if unfinished && self.save_baseline.is_some() {
            complain("warning: not every case was played, so the baseline is left as it was\n");
        } else if let Some(path) = &self.save_baseline {
            let lines: String =
                failed_cases().map(|(case, _)| format!("{:<8} # {}\n", case.id, case.title)).collect();
            files::write(path, lines).map_err(|error| failed(path, error))?;
        }
        if let Some(folder) = &self.export {
            fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
            for (case, _) in failed_cases() {
                let path = folder.join(format!("{}.yaml", case.id));
                let mut text = text(case.id).unwrap_or_else(|| case.scenario(setting));
                if let Some(url) = &self.state {
                    text = text.replace(&format!("${{{STATE}}}"), url);
                }
                files::write(&path, text).map_err(|error| failed(&path, error))?;
                complain(&format!("{}: {}\n", case.id, command(&path.display().to_string())));
            }
        }
        if let Some(path) = &self.scorecard {
            files::write(path, Scorecard::of(setting, scored, observed).text())
                .map_err(|error| failed(path, error))?;
        }
        Ok(())
    }
}
