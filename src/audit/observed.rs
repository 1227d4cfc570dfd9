//! Facts about a receiver that only several cases together show. Pure.

use std::collections::BTreeSet;

use super::LAST;
use super::case::Case;
use super::score::{Score, Seen};
use crate::record::{REJECTED, StateErrorKind};

/// Cases that a receiver fails together only where it looks at no signature: one without, an empty one, one by another key.
const TELLING: [&str; 3] = ["C48", "C49", "C51"];

/// Cases that failed for a reason which no case shows alone.
#[derive(Debug, Default)]
pub struct Observed {
    /// Those that failed because no signature is checked; none where one is.
    pub unchecked: BTreeSet<&'static str>,
    /// Those that lost an accepted file, where others of the same form lost none; none where there is a rule in what is lost.
    pub lost_now_and_then: BTreeSet<&'static str>,
    /// Those that lost an accepted file, from the first of them on, after which none was kept.
    pub lost_from_then_on: BTreeSet<&'static str>,
}

impl Observed {
    /// Observations on an audit. `refuses` says whether the body of an answer speaks of a refusal.
    pub fn of(scored: &[(&'static Case, Score)], refuses: impl Fn(&str) -> bool) -> Self {
        Self {
            unchecked: unchecked(scored, refuses),
            lost_now_and_then: lost_now_and_then(scored),
            lost_from_then_on: lost_from_then_on(scored),
        }
    }
}

/// Fewer losses may have a rule that is not seen.
const ENOUGH: usize = 3;

/// The cases that lost an accepted file without a rule: the plainest case lost none, files of one broadcast were lost here and kept
/// there, and single files were lost as well.
fn lost_now_and_then(scored: &[(&'static Case, Score)]) -> BTreeSet<&'static str> {
    let replaced = |seen: &Seen| matches!(seen.state_error, Some(StateErrorKind::Replaced { .. }));
    let has_replaced = |score: &Score| matches!(score, Score::Failed(seen) if seen.iter().any(replaced));
    let lost: Vec<_> = scored.iter().filter(|(_, score)| is_loss(score)).collect();
    let of_several = lost.iter().filter(|(_, score)| has_replaced(score)).count();
    let kept_several = scored.iter().filter(|(_, score)| kept(score) > 1).count();
    let plain_is_kept = scored.iter().any(|(case, score)| case.id == "A1" && kept(score) > 0);
    let singly = of_several < lost.len();
    if lost.len() < ENOUGH || !plain_is_kept || !singly || of_several == 0 || kept_several < of_several {
        return BTreeSet::new();
    }
    lost.iter().map(|(case, _)| case.id).collect()
}

/// The cases from the first that lost a file on, where no later one kept any.
fn lost_from_then_on(scored: &[(&'static Case, Score)]) -> BTreeSet<&'static str> {
    let in_turn: Vec<_> = scored.iter().filter(|(case, _)| !LAST.contains(&case.id)).collect();
    let Some(first) = in_turn.iter().position(|(_, score)| is_loss(score)) else { return BTreeSet::new() };
    let (before, after) = in_turn.split_at(first);
    let is_kept = |(_, score): &&&(&Case, Score)| kept(score) > 0;
    let lost: Vec<_> = after.iter().filter(|(_, score)| is_loss(score)).collect();
    if lost.len() < ENOUGH
        || before.iter().filter(is_kept).count() == 0
        || after.iter().any(|one| is_kept(&one))
    {
        return BTreeSet::new();
    }
    lost.iter().map(|(case, _)| case.id).collect()
}

/// True for a case in which an accepted file is not there, and nothing else failed.
fn is_loss(score: &Score) -> bool {
    matches!(score, Score::Failed(seen) if seen.iter().all(Seen::is_missing))
}

/// Accepted files that the state showed.
fn kept(score: &Score) -> usize {
    match score {
        Score::Passed { kept, .. } => *kept,
        Score::Failed(_) | Score::Skipped(_) => 0,
    }
}

/// The cases that failed because no signature is checked; none where one is. `refuses` says whether the body of an answer speaks
/// of a refusal.
fn unchecked(scored: &[(&'static Case, Score)], refuses: impl Fn(&str) -> bool) -> BTreeSet<&'static str> {
    let taken = |seen: &Seen| {
        let acknowledged = seen.check == REJECTED && seen.got.starts_with("status 2");
        acknowledged && !refuses(&seen.answer) || seen.is_stored_forgery() && !seen.refused
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::cases;

    fn scored(failed: &[&str], passed: &[&str]) -> Vec<(&'static Case, Score)> {
        let seen = Seen { check: REJECTED.into(), got: "status 200".into(), ..Seen::default() };
        let case = |id: &str| cases().find(|case| case.id == id).unwrap();
        let failed = failed.iter().map(|id| (case(id), Score::Failed(vec![seen.clone()])));
        let score = || Score::Passed { by_answers: true, chosen: String::new(), kept: 0 };
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

    #[test]
    fn files_that_are_lost_without_a_rule_are_lost_now_and_then() {
        let case = |id: &str| cases().find(|case| case.id == id).unwrap();
        let missing = || Some(StateErrorKind::Missing);
        let replaced = || Some(StateErrorKind::Replaced { file: "x".into(), by: "y".into() });
        let lost =
            |id: &str, kind| (case(id), Score::Failed(vec![Seen { state_error: kind, ..Seen::default() }]));
        let kept =
            |id: &str, kept| (case(id), Score::Passed { by_answers: false, chosen: String::new(), kept });
        let random = [kept("A1", 1), lost("A4", replaced()), lost("B42", missing()), lost("M258", missing())];
        let with = |more: Vec<(&'static Case, Score)>| {
            let all: Vec<_> = random.iter().cloned().chain(more).collect();
            lost_now_and_then(&all).into_iter().collect::<Vec<_>>()
        };
        assert_eq!(with(vec![kept("M264", 2)]), ["A4", "B42", "M258"]);
        assert!(
            with(vec![kept("M264", 1)]).is_empty(),
            "no two files of one broadcast are kept: a shared key"
        );
        let few = [kept("A1", 1), lost("A4", replaced()), lost("B42", missing()), kept("M264", 2)];
        assert!(lost_now_and_then(&few).is_empty(), "two may have a rule");
        let plain = [lost("A1", missing()), lost("A4", replaced()), lost("B42", missing()), kept("M264", 2)];
        assert!(lost_now_and_then(&plain).is_empty(), "nothing is stored");
    }

    #[test]
    fn a_receiver_that_stops_storing_has_one_reason_from_then_on() {
        let case = |id: &str| cases().find(|case| case.id == id).unwrap();
        let lost = |id: &str| {
            let seen = Seen { state_error: Some(StateErrorKind::Missing), ..Seen::default() };
            (case(id), Score::Failed(vec![seen]))
        };
        let passed =
            |id: &str, kept| (case(id), Score::Passed { by_answers: false, chosen: String::new(), kept });
        let of = |all: &[(&'static Case, Score)]| lost_from_then_on(all).into_iter().collect::<Vec<_>>();
        let stopped = [passed("A1", 1), lost("A4"), passed("C48", 0), lost("B42"), lost("M258")];
        assert_eq!(of(&stopped), ["A4", "B42", "M258"]);
        assert!(of(&[&stopped[..], &[passed("M264", 2)]].concat()).is_empty(), "it goes on");
        assert!(of(&stopped[1..]).is_empty(), "it never stored anything");
        assert!(of(&stopped[..4]).is_empty(), "two may have a rule");
    }
}
