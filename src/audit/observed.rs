//! Facts about a receiver that only several cases together show. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::score::{Score, Seen};
use crate::callback::Class;
use crate::record::{CallbackRun, Outcome, ScenarioRun, StateErrorKind};
use crate::verdict::cause::reports_failures;

/// Cases that a receiver fails together only where it looks at no signature: one without, an empty one, one by another key.
const TELLING: [&str; 3] = ["C48", "C49", "C51"];

/// Cases that failed for a reason which no case shows alone.
#[derive(Debug, Default)]
pub struct Observed {
    /// Those that failed because no signature is checked; none where one is.
    pub unchecked: BTreeSet<&'static str>,
    /// Those that lost an accepted file, where others of the same form lost none; none where there is a rule in what is lost.
    pub lost_now_and_then: BTreeSet<&'static str>,
    /// Those that lost an accepted file after a moment from which on none was kept, in the order of sending.
    pub lost_from_then_on: Vec<&'static str>,
    /// A plain file is kept.
    pub keeps_plain: bool,
    /// Many files of one broadcast are kept.
    pub keeps_several: bool,
    /// Those in which a legal callback was answered with an error, where ordinary callbacks are answered now with an error, now with
    /// success.
    pub errors_now_and_then: BTreeSet<&'static str>,
}

impl Observed {
    /// Observations on an audit. `refuses` says whether the body of an answer speaks of a refusal.
    pub fn of(
        scored: &[(&'static Case, Score)],
        played: &BTreeMap<String, ScenarioRun>,
        refuses: impl Fn(&str) -> bool,
    ) -> Self {
        let files = StoredFiles::of(scored, played);
        Self {
            unchecked: unchecked(scored, refuses),
            lost_now_and_then: files.lost_now_and_then(),
            lost_from_then_on: files.lost_from_then_on(),
            keeps_plain: files.keeps_plain(),
            keeps_several: files.kept.iter().any(|kept| kept.id == "A4"),
            errors_now_and_then: errors_now_and_then(scored, played),
        }
    }
}

/// Fewer losses may have a rule that is not seen.
const ENOUGH: usize = 3;

/// Cases by what became of the files that were accepted in them, as the receiver's state shows it.
#[derive(Debug, Default)]
struct StoredFiles<'a> {
    /// They are there.
    kept: Vec<FilesOfCase<'a>>,
    /// One is not there, and nothing else is wrong.
    lost: Vec<FilesOfCase<'a>>,
}

/// The files that were accepted in a case.
#[derive(Clone, Copy, Debug)]
struct FilesOfCase<'a> {
    id: &'static str,
    /// Number of the files.
    files: usize,
    /// Another one is there in the place of one that is not.
    replaced: bool,
    /// Time of the first attempt of a legal callback.
    first: &'a str,
    /// Time of the last one.
    last: &'a str,
}

impl<'a> StoredFiles<'a> {
    fn of(scored: &[(&'static Case, Score)], played: &'a BTreeMap<String, ScenarioRun>) -> Self {
        let mut files = Self::default();
        for (case, score) in scored {
            let Some(scenario) = played.get(case.id).filter(|played| !reports_failures(played)) else {
                continue;
            };
            let Some(of_case) = FilesOfCase::of(case, score, &scenario.callbacks) else { continue };
            match score {
                Score::Passed { by_answers: false, .. } => files.kept.push(of_case),
                Score::Failed(seen) if seen.iter().all(Seen::is_missing) => files.lost.push(of_case),
                _ => {}
            }
        }
        files
    }

    fn keeps_plain(&self) -> bool {
        self.kept.iter().any(|kept| kept.id == "A1")
    }

    /// The cases that lost a file without a rule: the plainest case lost none, files of one broadcast were lost here and kept there,
    /// and single files were lost as well.
    fn lost_now_and_then(&self) -> BTreeSet<&'static str> {
        let replaced = self.lost.iter().filter(|lost| lost.replaced).count();
        let singly = self.lost.len() - replaced;
        let kept_several = self.kept.iter().filter(|kept| kept.files > 1).count();
        if self.lost.len() < ENOUGH
            || !self.keeps_plain()
            || singly == 0
            || replaced == 0
            || kept_several < replaced
        {
            return BTreeSet::new();
        }
        self.lost.iter().map(|lost| lost.id).collect()
    }

    /// The cases that lost a file after a moment from which on none was kept, in the order of sending.
    fn lost_from_then_on(&self) -> Vec<&'static str> {
        let mut lost = self.lost.clone();
        lost.sort_unstable_by_key(|lost| lost.last);
        let Some(moment) = lost.first().map(|first| first.last) else { return Vec::new() };
        let is_after = |kept: &FilesOfCase<'_>| kept.first > moment;
        if lost.len() < ENOUGH || self.kept.is_empty() || self.kept.iter().any(is_after) {
            return Vec::new();
        }
        lost.iter().map(|lost| lost.id).collect()
    }
}

impl<'a> FilesOfCase<'a> {
    /// None where no file was accepted.
    fn of(case: &'static Case, score: &Score, callbacks: &'a [CallbackRun]) -> Option<Self> {
        let is_accepted = |callback: &&CallbackRun| {
            callback.line.class == Class::Legal
                && callback.outcome() == Outcome::Accepted
                && callback.line.subject.contains(FILE)
        };
        let accepted = || callbacks.iter().filter(is_accepted);
        let files: BTreeSet<&str> = accepted().map(|callback| callback.line.subject.as_str()).collect();
        let sent =
            || accepted().flat_map(|callback| &callback.attempts).map(|attempt| attempt.sent_at.as_str());
        let is_replaced = |seen: &Seen| {
            let error = &seen.state_error;
            matches!(error, Some(StateErrorKind::Replaced { .. } | StateErrorKind::MissingBesideOthers))
        };
        let replaced = matches!(score, Score::Failed(seen) if seen.iter().any(is_replaced));
        Some(Self { id: case.id, files: files.len(), replaced, first: sent().min()?, last: sent().max()? })
    }
}

/// Word in the subject of a callback that is about a file.
const FILE: &str = " file ";

/// The cases that failed because no signature is checked; none where one is. `refuses` says whether the body of an answer speaks
/// of a refusal.
fn unchecked(scored: &[(&'static Case, Score)], refuses: impl Fn(&str) -> bool) -> BTreeSet<&'static str> {
    let taken = |seen: &Seen| {
        seen.is_acknowledged() && !refuses(&seen.answer) || seen.is_stored_forgery() && !seen.refused
    };
    let accepted = |score: &Score| matches!(score, Score::Failed(seen) if seen.iter().all(taken));
    let telling = scored.iter().filter(|(case, _)| TELLING.contains(&case.id));
    let telling: Vec<_> = telling.filter(|(_, score)| !matches!(score, Score::Skipped(_))).collect();
    let by_another_key = telling.iter().any(|(case, _)| case.id == "C51");
    if telling.len() < 2 || !by_another_key || !telling.iter().all(|(_, score)| accepted(score)) {
        return BTreeSet::new();
    }
    scored.iter().filter(|(_, score)| accepted(score)).map(|(case, _)| case.id).collect()
}

/// Case that plays many plain callbacks one after the other, and a copy last.
const MANY_PLAIN: &str = "A4";

/// Cases that begin with a plain callback, which nothing else accompanies.
pub const PLAIN_FIRST: [&str; 6] = ["A1", "A4", "A6", "A16", "B41", "B42"];

/// Fewer plain callbacks that got an error may have got it for a reason.
const ERRORS: usize = 2;

/// The cases in which a legal callback was answered with an error of the receiver, if there is no rule in it: several plain
/// callbacks got one, and later ones of the same event success.
fn errors_now_and_then<'a>(
    scored: &[(&'static Case, Score)],
    played: &'a BTreeMap<String, ScenarioRun>,
) -> BTreeSet<&'static str> {
    let cases = || scored.iter().filter_map(|(case, _)| Some((case.id, played.get(case.id)?)));
    let plain_of = |(id, run): (&str, &'a ScenarioRun)| match id {
        // Up to the last that was accepted: errors from some file on have a reason.
        MANY_PLAIN => {
            let accepted = |callback: &CallbackRun| callback.outcome() == Outcome::Accepted;
            let end = run.callbacks.iter().rposition(accepted).map_or(0, |last| last + 1);
            run.callbacks.split_at(end.min(run.callbacks.len().saturating_sub(1))).0
        }
        _ => run.callbacks.get(..1).unwrap_or_default(), // A case without callbacks shows nothing.
    };
    let plain = || cases().filter(|(id, _)| PLAIN_FIRST.contains(id)).flat_map(plain_of);
    let sent_at = |callback: &&CallbackRun| callback.attempts.first().map(|attempt| attempt.sent_at.clone());
    let errors: Vec<&CallbackRun> = plain().filter(|callback| is_answered_with_an_error(callback)).collect();
    let first = errors.iter().filter_map(sent_at).min();
    let later: Vec<&CallbackRun> = plain()
        .filter(|callback| callback.outcome() == Outcome::Accepted && sent_at(callback) > first)
        .collect();
    let has_a_rule =
        |error: &&CallbackRun| later.iter().all(|accepted| accepted.line.event != error.line.event);
    if errors.len() < ERRORS || later.len() < ERRORS || errors.iter().any(has_a_rule) {
        return BTreeSet::new();
    }
    cases().filter(|(_, run)| run.callbacks.iter().any(is_answered_with_an_error)).map(|(id, _)| id).collect()
}

/// A legal callback to which the receiver's last answer was an error of its own.
fn is_answered_with_an_error(callback: &CallbackRun) -> bool {
    let last = callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref());
    let answer = last.and_then(|exchange| exchange.answer.as_ref());
    callback.line.class == Class::Legal && answer.is_some_and(|answer| answer.status >= 500)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::cases;
    use crate::record::REJECTED;

    fn scored(failed: &[&str], passed: &[&str]) -> Vec<(&'static Case, Score)> {
        let seen = Seen { check: REJECTED.into(), status: Some(200), ..Seen::default() };
        let case = |id: &str| cases().find(|case| case.id == id).unwrap();
        let failed = failed.iter().map(|id| (case(id), Score::Failed(vec![seen.clone()])));
        let score = || Score::Passed { by_answers: true, chosen: String::new() };
        failed.chain(passed.iter().map(|id| (case(id), score()))).collect()
    }

    #[test]
    fn a_receiver_that_checks_no_signature_has_one_reason_for_whatever_it_accepts() {
        let unchecked = |scored: &[_]| unchecked(scored, |_| false);
        let all = unchecked(&scored(&["B27", "C48", "C49", "C51", "C55"], &["A1"]));
        assert_eq!(all.into_iter().collect::<Vec<_>>(), ["B27", "C48", "C49", "C51", "C55"]);
        assert!(unchecked(&scored(&["C48", "C49"], &["C51"])).is_empty(), "it looks at the key");
        assert!(unchecked(&scored(&["C48"], &["C49", "C51"])).is_empty(), "it looks at one that is there");
        assert!(unchecked(&scored(&["C51"], &[])).is_empty(), "one case says nothing");
        let says_no = super::unchecked(&scored(&["C48", "C51"], &[]), |_| true);
        assert!(says_no.is_empty(), "its words refuse");
    }

    /// Cases with the number of their files and whether one was replaced, a second after each other.
    fn files(kept: &[(&'static str, usize)], lost: &[(&'static str, bool)]) -> StoredFiles<'static> {
        const AT: [&str; 8] = ["00", "01", "02", "03", "04", "05", "06", "07"];
        let of =
            |id, files, replaced, at: usize| FilesOfCase { id, files, replaced, first: AT[at], last: AT[at] };
        let kept_of = kept.iter().enumerate().map(|(at, &(id, files))| of(id, files, false, at));
        let lost_of =
            lost.iter().enumerate().map(|(at, &(id, replaced))| of(id, 2, replaced, at + kept.len()));
        StoredFiles { kept: kept_of.collect(), lost: lost_of.collect() }
    }

    #[test]
    fn files_that_are_lost_without_a_rule_are_lost_now_and_then() {
        let random = [("A4", true), ("B42", false), ("M258", false)];
        let of =
            |kept: &[_], lost: &[_]| files(kept, lost).lost_now_and_then().into_iter().collect::<Vec<_>>();
        assert_eq!(of(&[("A1", 1), ("M264", 2)], &random), ["A4", "B42", "M258"]);
        assert!(of(&[("A1", 1), ("M264", 1)], &random).is_empty(), "no two files are kept: they share a key");
        assert!(of(&[("A1", 1), ("M264", 2)], &random[..2]).is_empty(), "two may have a rule");
        assert!(of(&[("M264", 2)], &random).is_empty(), "nothing is stored");
        assert!(
            of(&[("A1", 1), ("M264", 2)], &[random[1], random[2], ("M260", false)]).is_empty(),
            "some form of file"
        );
    }

    #[test]
    fn a_receiver_that_stops_storing_has_one_reason_from_then_on() {
        let lost = [("B42", false), ("A4", true), ("M258", false)];
        let mut stopped = files(&[("A1", 1), ("M264", 2)], &lost);
        assert_eq!(stopped.lost_from_then_on(), ["B42", "A4", "M258"], "in the order of sending");
        assert!(files(&[("A1", 1)], &lost[..2]).lost_from_then_on().is_empty(), "two may have a rule");
        assert!(files(&[], &lost).lost_from_then_on().is_empty(), "it never stored anything");
        stopped.kept[1].first = "03";
        assert!(stopped.lost_from_then_on().is_empty(), "it goes on");
    }
}
