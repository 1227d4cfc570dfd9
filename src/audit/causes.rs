//! Causes for which many cases fail, each in its own way: a row for each. Pure.

use std::collections::BTreeSet;

use super::advice::{Advice, advice};
use super::case::{AuditSetting, Case};
use super::observed::{Observed, PLAIN_FIRST};
use super::score::Seen;
use super::weight::Weight;
use crate::record::StateErrorKind;
use crate::verdict::cause::stored;

/// A case that failed, and what was seen of it.
pub struct FailedCase<'a> {
    /// The case.
    pub case: &'a Case,
    /// Expectations and results of it.
    pub seen: &'a [Seen],
    /// It failed because no signature is checked.
    pub unchecked: bool,
    /// It lost a file, and there is no rule in what is lost.
    pub lost_now_and_then: bool,
    /// Its place among those that lost a file after a moment from which on none was kept; none = there is no such moment.
    pub lost_from_then_on: Option<usize>,
    /// A plain file is kept.
    pub keeps_plain: bool,
    /// Many files of one broadcast are kept.
    pub keeps_several: bool,
    /// A legal callback of it was answered with an error, and there is no rule in which are.
    pub error_now_and_then: bool,
}

impl<'a> FailedCase<'a> {
    /// A case that failed in an audit of which this was observed.
    pub fn new(case: &'a Case, seen: &'a [Seen], observed: &Observed) -> Self {
        let is_in = |cases: &BTreeSet<&str>| cases.contains(case.id);
        Self {
            case,
            seen,
            unchecked: is_in(&observed.unchecked),
            lost_now_and_then: is_in(&observed.lost_now_and_then),
            lost_from_then_on: observed.lost_from_then_on.iter().position(|lost| *lost == case.id),
            keeps_plain: observed.keeps_plain,
            keeps_several: observed.keeps_several,
            error_now_and_then: is_in(&observed.errors_now_and_then),
        }
    }
}

/// Place among cases that fail for one cause: the least stands for all.
pub type Rank = (usize, Option<Weight>);

/// A cause for which many cases fail: they are one failure, whatever was seen of each.
pub struct SharedCause {
    /// Its name.
    pub name: &'static str,
    /// True for a failure that shows it: where there is one, the cause is there.
    pub shown_by: fn(&FailedCase<'_>) -> bool,
    /// True for a failure that it explains, where the cause is there.
    pub takes: fn(&FailedCase<'_>) -> bool,
    /// Rank of a failure among those that it explains.
    pub rank: fn(&FailedCase<'_>) -> Rank,
    /// Why it matters and how to fix it; none = what the case says of itself.
    words: Option<Advice>,
}

/// The causes. A failure that two of them explain is one of the first.
pub const SHARED: [SharedCause; 11] = [
    SharedCause {
        name: "no signature is checked",
        shown_by: |failed| failed.unchecked,
        takes: |failed| failed.unchecked,
        rank: |failed| rank_among(&PLAINEST, failed),
        words: Some((
            "it checks no signature: anybody can send in the vendor's name",
            "compute the signature with the key, compare it, and refuse what differs or has none, before looking at anything else",
        )),
    },
    SharedCause {
        name: "a file is stored before its callback is checked",
        shown_by: is_stored_first,
        takes: is_stored_first,
        rank: |failed| rank_among(&PLAINEST, failed),
        words: Some((
            "the callback was refused, and its file is stored all the same: anybody who reaches the port can store files",
            "check the proof, the time and the form of a message first, and store afterwards; or undo in one transaction what a refused \
             message did",
        )),
    },
    SharedCause {
        name: "several processes answer by turns, each with a store of its own",
        shown_by: has_several_lists,
        takes: |failed| failed.seen.iter().all(|seen| seen.state_error.is_some()),
        rank: |failed| if has_several_lists(failed) { (0, None) } else { rank_of_like(failed) },
        words: Some((
            "one process of the receiver knows a recording and the others do not: no repetition is recognised for certain, and each list \
             lacks a part",
            stored::SEVERAL_STORES.fix,
        )),
    },
    SharedCause {
        name: "entries do not hold the id of their file",
        shown_by: lacks_ids,
        takes: lacks_ids,
        rank: |failed| (0, Some(failed.case.weight())),
        words: None,
    },
    SharedCause {
        name: "entries of other files go away",
        shown_by: drops_entries,
        takes: drops_entries,
        rank: |failed| (0, Some(failed.case.weight())),
        words: None,
    },
    SharedCause {
        name: "ordinary callbacks are answered with an error now and then",
        shown_by: is_error_now_and_then,
        takes: is_error_now_and_then,
        rank: |failed| rank_among(&PLAIN_FIRST, failed),
        words: Some((
            "the receiver answers now with success and now with an error to ordinary callbacks, so each of these cases may pass when it is \
             played again; the vendor sends again only a few times",
            "look in the receiver's own log for the error: a store that is locked or busy, an empty pool of connections, one of several \
             processes that lacks something",
        )),
    },
    SharedCause {
        name: "a callback is refused in the body of an answer that says yes",
        shown_by: is_refused_in_body,
        takes: is_refused_in_body,
        rank: |failed| (0, Some(failed.case.weight())),
        words: Some((
            "the status accepts the callback, the body refuses it, and the file is not stored: the vendor reads the status alone, and sends \
             the file never again",
            stored::REFUSED_IN_BODY.fix,
        )),
    },
    SharedCause {
        name: "from one case on nothing is stored",
        shown_by: |failed| failed.lost_from_then_on.is_some(),
        takes: |failed| failed.lost_from_then_on.is_some(),
        // Where there is no place, the cause does not take it.
        rank: |failed| (failed.lost_from_then_on.unwrap_or_default(), None),
        words: Some((
            "from this case on no accepted file is in the receiver's state, and it answers with success as before: the vendor sends none of \
             them again",
            "look in the receiver's own log at the time of this case: for a worker that ended at a message which it could not read, a store \
             or a queue that went away, a list that shows a limited number of entries; one bad message must not stop those after it",
        )),
    },
    SharedCause {
        name: "files are lost now and then",
        shown_by: |failed| failed.lost_now_and_then,
        takes: |failed| failed.lost_now_and_then,
        rank: rank_of_like,
        words: Some((
            "accepted files are lost now and then: in these cases, which have nothing else in common, and not in others like them, so each \
             may pass when it is played again; the vendor sends none of them again",
            "look at what can lose a file after the answer: a queue in memory or a full one, a worker that ends, an error that is only \
             logged, two requests that write one file or one list without a lock; store first, and answer then",
        )),
    },
    SharedCause {
        name: "files are lost where several requests come at once",
        shown_by: |failed| AT_ONCE.contains(&failed.case.id) && is_lost_at_once(failed),
        takes: is_lost_at_once,
        rank: |failed| rank_among(&AT_ONCE, failed),
        words: Some((
            "a file is lost where several requests come at the same time, and none where they come one by one: two of them read and write \
             one file or one list, and the second undoes what the first did",
            "let the store itself write each file (an insert into a database), or hold a lock from reading to writing; in several processes \
             a lock of one process is none",
        )),
    },
    SharedCause {
        name: "even a plain file is lost, or one after other events",
        shown_by: |failed| PLAINEST_LOSS.contains(&failed.case.id) && is_loss(failed) && !is_replaced(failed),
        takes: is_loss,
        rank: rank_of_like,
        words: None,
    },
];

/// Cases whose callbacks come in the same instant.
const AT_ONCE: [&str; 2] = ["A2", "A3"];
/// Cases that are played beside others.
const BESIDE_OTHERS: [&str; 2] = ["A7", "A8"];

/// Cases about the order of callbacks: what they say of it is the cause of a loss, where plain files are kept.
const ABOUT_ORDER: [&str; 6] = ["A11", "A11.b", "A12", "A13", "A16", "M243"];

/// Cases that stand for those that fail like them, the first of them that is there: what they change is the plainest form of it.
const PLAINEST: [&str; 7] = ["A1", "A5", "C70.b", "C70", "C51", "C74.g", "B29"];

/// The same where a file was accepted, and is not there: not even of a plain callback, or where other events come before it.
const PLAINEST_LOSS: [&str; 2] = ["A1", "M267"];

fn is_stored_first(failed: &FailedCase<'_>) -> bool {
    failed.seen.iter().all(Seen::is_stored_first)
}

/// Nothing else is wrong with it.
fn is_error_now_and_then(failed: &FailedCase<'_>) -> bool {
    failed.error_now_and_then && failed.seen.iter().all(|seen| seen.got.contains("status 5"))
}

fn is_loss(failed: &FailedCase<'_>) -> bool {
    failed.seen.iter().all(Seen::is_missing)
}

/// It lost a file, where a plain one is kept, and is not about the order of callbacks.
fn is_lost_at_once(failed: &FailedCase<'_>) -> bool {
    let at_once = [AT_ONCE, BESIDE_OTHERS].concat().contains(&failed.case.id)
        || ['H', 'I', 'J'].contains(&failed.case.family());
    failed.keeps_plain && is_loss(failed) && at_once
}

/// It lost a file, and its order is what is different from cases that lost none.
fn is_lost_by_order(failed: &FailedCase<'_>) -> bool {
    let others_are_kept = if is_replaced(failed) { failed.keeps_several } else { failed.keeps_plain };
    ABOUT_ORDER.contains(&failed.case.id) && is_loss(failed) && others_are_kept
}

/// Another file of the same case is there.
fn is_replaced(failed: &FailedCase<'_>) -> bool {
    failed.seen.iter().any(|seen| matches!(seen.state_error, Some(StateErrorKind::Replaced { .. })))
}

fn is_refused_in_body(failed: &FailedCase<'_>) -> bool {
    failed.seen.iter().all(|seen| seen.refused_in_body && seen.is_missing())
}

fn lacks_ids(failed: &FailedCase<'_>) -> bool {
    failed.seen.iter().all(|seen| seen.state_error == Some(StateErrorKind::WithoutId))
}

fn drops_entries(failed: &FailedCase<'_>) -> bool {
    failed.seen.iter().all(|seen| seen.state_error == Some(StateErrorKind::EntriesGone))
}

fn has_several_lists(failed: &FailedCase<'_>) -> bool {
    failed.seen.iter().any(|seen| seen.state_error == Some(StateErrorKind::SeveralLists))
}

/// Rank of a failure among those of which the same was seen: one that is named, then, where files are lost, those that matter most.
pub fn rank_of_like(failed: &FailedCase<'_>) -> Rank {
    match is_loss(failed) {
        true if is_replaced(failed) => (PLAINEST_LOSS.len(), Some(failed.case.weight())),
        true => (rank_among(&PLAINEST_LOSS, failed).0, Some(failed.case.weight())),
        false => rank_among(&PLAINEST, failed),
    }
}

fn rank_among(plainest: &[&str], failed: &FailedCase<'_>) -> Rank {
    (plainest.iter().position(|id| *id == failed.case.id).unwrap_or(plainest.len()), None)
}

/// Advice on a failed case: that of a cause that it shows, else its own.
pub fn advised(case: &Case, setting: &AuditSetting, seen: &[Seen], observed: &Observed) -> Advice {
    let failed = FailedCase::new(case, seen, observed);
    let shown = SHARED.iter().find(|cause| (cause.shown_by)(&failed));
    let own = || if is_lost_by_order(&failed) { (case.why, case.fix) } else { advice(case, setting, seen) };
    shown.and_then(|cause| cause.words).unwrap_or_else(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::cases;

    #[test]
    fn a_failure_that_shows_a_cause_has_its_words_and_any_other_its_own() {
        let case = cases().find(|case| case.id == "M264").unwrap();
        let provider = crate::provider::find("tencent", "").unwrap();
        let (method, expect) = (String::new(), String::new());
        let revision = provider.newest();
        let setting = AuditSetting { provider, revision, method, expect, streams: Vec::new(), nonce: 1 };
        let seen = |kind| [Seen { state_error: Some(kind), ..Seen::default() }];
        let words = |seen: &[Seen], unchecked: &[&'static str]| {
            let unchecked = unchecked.iter().copied().collect();
            advised(case, &setting, seen, &Observed { unchecked, ..Observed::default() })
        };
        let of = |index: usize| SHARED[index].words.unwrap();
        assert_eq!(words(&seen(StateErrorKind::SeveralLists), &[]), of(2));
        assert_eq!(words(&seen(StateErrorKind::SeveralLists), &["M264"]), of(0), "the first of two");
        assert_eq!(words(&seen(StateErrorKind::Missing), &["A1"]), (case.why, case.fix));
        let forgery = |refused| [Seen { refused, ..seen(StateErrorKind::StoredForgery)[0].clone() }];
        assert_eq!(words(&forgery(true), &[]), of(1));
        assert_eq!(words(&forgery(false), &[]), (case.why, case.fix), "its answer says nothing");
    }
}
