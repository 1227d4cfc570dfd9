//! Failures that are alike are one failure. Pure: scores → groups.

use std::collections::BTreeSet;

use super::case::Case;
use super::causes::{FailedCase, Rank, SHARED, SharedCause, rank_of_like};
use super::observed::Observed;
use super::score::Seen;
use crate::record::{REJECTED, StateErrorKind, without_attempts, without_ids};

/// Cases that failed alike: the same was expected, and the same was got.
pub struct AlikeCases<'a> {
    /// The first one, and what was seen of it.
    pub first: (&'static Case, &'a [Seen]),
    /// The others, in order.
    pub others: Vec<&'static Case>,
}

impl AlikeCases<'_> {
    /// It has a case whose failure is the cause of the others: that one stands for all.
    pub fn names_the_cause(&self) -> bool {
        CAUSES.contains(&self.first.0.id)
    }

    /// Every case of it.
    pub fn cases(&self) -> impl Iterator<Item = &'static Case> {
        std::iter::once(self.first.0).chain(self.others.iter().copied())
    }
}

/// Cases that change nothing but what their title says. Others that fail alike change the same beside: of them this is the cause.
const CAUSES: [&str; 2] = ["C70.b", "C70"];

/// Failed cases by their cause, where several share one, else by what was expected and what was got; in order.
pub fn groups<'a>(
    failed: impl Iterator<Item = (&'static Case, &'a [Seen])>,
    observed: &Observed,
) -> Vec<AlikeCases<'a>> {
    let failed: Vec<(&'static Case, &'a [Seen])> = failed.collect();
    let of = |case: &'static Case, seen: &'a [Seen]| FailedCase::new(case, seen, observed);
    let is_there = |cause: &&SharedCause| failed.iter().any(|(case, seen)| (cause.shown_by)(&of(case, seen)));
    let shared: Vec<&SharedCause> = SHARED.iter().filter(is_there).collect();
    let mut kinds: Vec<AlikeBy> = Vec::new();
    let mut groups: Vec<AlikeCases<'a>> = Vec::new();
    for &(case, seen) in &failed {
        let cause = shared.iter().find(|cause| (cause.takes)(&of(case, seen)));
        let kind = cause.map_or_else(|| AlikeBy::alike(case, seen), |cause| AlikeBy::Shared(cause.name));
        let rank = cause.map_or(rank_of_like as fn(&FailedCase<'_>) -> Rank, |cause| cause.rank);
        // What is wrong with the state has a cause of its own in each case: a repetition, a race, an order.
        let known = kinds.iter().position(|known| *known == kind);
        match known.and_then(|at| groups.get_mut(at)) {
            Some(group) if rank(&of(case, seen)) < rank(&of(group.first.0, group.first.1)) => {
                let (first, _) = std::mem::replace(&mut group.first, (case, seen));
                group.others.insert(0, first);
            }
            Some(group) => group.others.push(case),
            None => {
                kinds.push(kind);
                groups.push(AlikeCases { first: (case, seen), others: Vec::new() });
            }
        }
    }
    groups
}

/// Reason for which failures are one.
#[derive(PartialEq, Eq)]
enum AlikeBy {
    /// A cause that they share, by its name.
    Shared(&'static str),
    /// The same expectations and results.
    Alike(BTreeSet<String>),
}

impl AlikeBy {
    fn alike(case: &Case, seen: &[Seen]) -> Self {
        // What was stored follows from the answer, or came before it: one failure.
        let accepted = seen.iter().any(|seen| seen.check == REJECTED);
        let answered = seen.iter().any(|seen| seen.state_error.is_none());
        let follows = |seen: &&Seen| match seen.state_error {
            Some(StateErrorKind::StoredForgery) => accepted,
            Some(StateErrorKind::StoredUnaccepted) => answered,
            _ => false,
        };
        let mut all: BTreeSet<String> = seen.iter().filter(|seen| !follows(seen)).map(kind).collect();
        // All that is accepted and had to be rejected is answered alike, whatever was not looked at.
        all.extend(accepted.then(|| subject(case).to_string()));
        Self::Alike(all)
    }
}

/// Letter of the family of what makes a callback hostile.
fn subject(case: &Case) -> char {
    // A repetition that comes after the end of its signature is hostile by its time.
    if case.faults.contains("{expire: ") { 'B' } else { case.family() }
}

/// Expectation and result, without what differs each time: ids, times, durations, attempts, and the input that an error quotes.
fn kind(seen: &Seen) -> String {
    // However often, and whatever the id was changed to.
    match seen.state_error {
        Some(StateErrorKind::Repeated) => return "a file is there several times".into(),
        Some(StateErrorKind::ChangedId) => return "a file is there with another id".into(),
        _ => {}
    }
    let (expected, got, answer) = seen.kind();
    let answer = error_name(answer).unwrap_or(answer);
    without_ids(&format!("{expected}\n{}\n{answer}", without_attempts(got)))
}

/// The name of an error or exception as programming languages write it, such as `JSONDecodeError`.
fn error_name(answer: &str) -> Option<&str> {
    let mut words = answer.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.find(|word| {
        let kind = word.strip_suffix("Error").or_else(|| word.strip_suffix("Exception"));
        kind.is_some_and(|kind| !kind.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::cases;

    #[test]
    fn of_cases_that_failed_alike_the_one_that_names_the_cause_stands_for_all() {
        let case = |id: &str| cases().find(|case| case.id == id).unwrap();
        let refused = [Seen { expected: "status 200".into(), got: "status 401".into(), ..Seen::default() }];
        let other = [Seen { expected: "status 200".into(), got: "status 500".into(), ..Seen::default() }];
        let failed = [("A19", &refused), ("B31", &other), ("C70", &refused), ("E110", &refused)];
        let all =
            groups(failed.into_iter().map(|(id, seen)| (case(id), seen.as_slice())), &Observed::default());
        let ids: Vec<Vec<&str>> =
            all.iter().map(|group| group.cases().map(|case| case.id).collect()).collect();
        assert_eq!(ids, [vec!["C70", "A19", "E110"], vec!["B31"]]);
        assert!(all[0].names_the_cause() && !all[1].names_the_cause());
    }

    #[test]
    fn errors_of_one_name_are_one_failure_whatever_input_they_quote() {
        let case = |id: &str| cases().find(|case| case.id == id).unwrap();
        let got =
            |answer: &str| [Seen { got: "status 500".into(), answer: answer.into(), ..Seen::default() }];
        let quoted = got(r#"{"msg":"SyntaxError: Unexpected token '<', \"<a>\" is not valid JSON"}"#);
        let cut = got(r#"{"msg":"SyntaxError: Unexpected end of JSON input"}"#);
        let other = got(r#"{"msg":"TypeError: Cannot read properties of undefined"}"#);
        let plain = [got("Error: no such file"), got("Error: no such table")];
        let failed =
            [("E89", &quoted), ("E90", &other), ("E97", &cut), ("E98", &plain[0]), ("E101", &plain[1])];
        let all =
            groups(failed.into_iter().map(|(id, seen)| (case(id), seen.as_slice())), &Observed::default());
        let ids: Vec<Vec<&str>> =
            all.iter().map(|group| group.cases().map(|case| case.id).collect()).collect();
        assert_eq!(ids, [vec!["E89", "E97"], vec!["E90"], vec!["E98"], vec!["E101"]]);
    }

    #[test]
    fn forgeries_that_are_accepted_are_apart_by_what_was_not_looked_at() {
        let case = |id: &str| cases().find(|case| case.id == id).unwrap();
        let accepted = [Seen { check: REJECTED.into(), got: "status 200".into(), ..Seen::default() }];
        let failed = ["A6", "B29", "C49", "C55"].map(|id| (case(id), accepted.as_slice()));
        let all = groups(failed.into_iter(), &Observed::default());
        let ids: Vec<Vec<&str>> =
            all.iter().map(|group| group.cases().map(|case| case.id).collect()).collect();
        assert_eq!(ids, [["B29", "A6"], ["C49", "C55"]]);
    }

    #[test]
    fn an_error_at_a_repetition_is_one_failure_however_often_it_was_sent() {
        let case = |id: &str| cases().find(|case| case.id == id).unwrap();
        let answer = r#"{"error":"UNIQUE constraint failed: f.id"}"#;
        let error = |got: &str| Seen { got: got.into(), answer: answer.into(), ..Seen::default() };
        let stored = Seen {
            got: "the file x-12345678 was stored although its callback was not accepted".into(),
            state_error: Some(StateErrorKind::StoredUnaccepted),
            ..Seen::default()
        };
        let (once, often) = ([error("status 500")], [error("status 500, after 3 attempts"), stored.clone()]);
        let alone = [stored];
        let failed: [(&str, &[Seen]); 3] = [("A1", &once), ("I187", &often), ("I188", &alone)];
        let all = groups(failed.into_iter().map(|(id, seen)| (case(id), seen)), &Observed::default());
        let ids: Vec<Vec<&str>> =
            all.iter().map(|group| group.cases().map(|case| case.id).collect()).collect();
        assert_eq!(ids, [vec!["A1", "I187"], vec!["I188"]]);
    }

    #[test]
    fn of_cases_that_lost_an_accepted_file_the_plainest_that_matters_stands_for_all() {
        let case = |id: &str| cases().find(|case| case.id == id).unwrap();
        let lost = Some(StateErrorKind::Missing);
        let lost =
            [Seen { got: "the accepted file x-1 is not there".into(), state_error: lost, ..Seen::default() }];
        let lead = |ids: &[&str]| {
            let all = groups(ids.iter().map(|id| (case(id), &lost[..])), &Observed::default());
            assert_eq!(all.len(), 1);
            all[0].first.0.id
        };
        assert_eq!(lead(&["A18", "C70", "A1", "M267"]), "A1");
        assert_eq!(lead(&["F132", "M255", "M267"]), "M267");
        assert_eq!(lead(&["C70", "F132", "M255"]), "M255", "a must before a should");
    }

    #[test]
    fn where_a_file_after_other_events_is_lost_whatever_else_is_lost_follows() {
        let case = |id: &str| cases().find(|case| case.id == id).unwrap();
        let seen = |kind: StateErrorKind| {
            [Seen { got: format!("{kind:?}"), state_error: Some(kind), ..Seen::default() }]
        };
        let missing = seen(StateErrorKind::Missing);
        let replaced = seen(StateErrorKind::Replaced { file: "x".into(), by: "y".into() });
        let ids = |failed: &[(&str, &[Seen])]| -> Vec<Vec<&str>> {
            let all = groups(failed.iter().map(|(id, seen)| (case(id), *seen)), &Observed::default());
            all.iter().map(|group| group.cases().map(|case| case.id).collect()).collect()
        };
        assert_eq!(ids(&[("A4", &replaced), ("M267", &missing)]), [["M267", "A4"]]);
        assert_eq!(ids(&[("A4", &replaced), ("M267", &replaced)]), [["A4", "M267"]], "a shared key");
        let times = |count: usize| {
            let got = format!("the accepted file x-12345678 is there {count} times");
            [Seen { got, state_error: Some(StateErrorKind::Repeated), ..Seen::default() }]
        };
        assert_eq!(ids(&[("A2", &times(2)), ("A3", &times(25))]), [["A2", "A3"]], "however often");
        let gone = seen(StateErrorKind::EntriesGone);
        assert_eq!(ids(&[("A18", &gone), ("A4", &gone)]), [["A4", "A18"]], "by weight");
        assert_eq!(ids(&[("A4", &replaced), ("M255", &missing)]), [["A4"], ["M255"]]);
        let by_turns = seen(StateErrorKind::SeveralLists);
        assert_eq!(
            ids(&[("A4", &replaced), ("M255", &by_turns), ("M267", &missing)]),
            [["M255", "A4", "M267"]]
        );
    }

    #[test]
    fn an_expiry_that_is_not_checked_is_one_failure_and_the_plainest_case_stands_for_it() {
        let case = |id: &str| cases().find(|case| case.id == id).unwrap();
        let got = |check: &str, got: &str| Seen { check: check.into(), got: got.into(), ..Seen::default() };
        let accepted = got(REJECTED, "status 200");
        let stored = got("state", "the file x-12345678 was stored although the callback had to be rejected");
        let stored = Seen { state_error: Some(StateErrorKind::StoredForgery), ..stored };
        let both = [accepted.clone(), stored];
        let failed = [("A6", &both[..1]), ("B27", &both), ("B29", &both), ("B42", &both[..1])];
        let all = groups(failed.into_iter().map(|(id, seen)| (case(id), seen)), &Observed::default());
        let ids: Vec<Vec<&str>> =
            all.iter().map(|group| group.cases().map(|case| case.id).collect()).collect();
        assert_eq!(ids, [["B29", "A6", "B27", "B42"]]);
    }
}
