//! A receiver that checks no signature fails many cases for one reason. Pure.

use std::collections::BTreeSet;

use super::case::Case;
use super::score::{Score, Seen};
use crate::record::REJECTED;

/// Cases that a receiver fails together only where it looks at no signature: one without, an empty one, one by another key.
const TELLING: [&str; 3] = ["C48", "C49", "C51"];

/// The cases that failed because no signature is checked; none where one is. `refuses` says whether the body of an answer speaks
/// of a refusal.
pub fn unchecked(
    scored: &[(&'static Case, Score)],
    refuses: impl Fn(&str) -> bool,
) -> BTreeSet<&'static str> {
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
}
