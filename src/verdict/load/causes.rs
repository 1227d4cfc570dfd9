//! Likely causes of the failures of a load, and notes on what was accepted.

use std::borrow::Cow;

use super::{ThresholdResult, failed_alike, late_connections, times};
use crate::record::load::{DeviationKind, KeptAnswer, LoadRun, Tally};
use crate::record::{TroubleKind, without_ids};
use crate::verdict::cause;

/// A likely cause, and the failures behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LikelyCause {
    /// The failures, for a person: `429 ×66`.
    pub of: String,
    /// Likely cause, and things to try.
    pub cause: Cow<'static, str>,
}

/// Likely causes, those of most failures first.
pub(super) fn causes(run: &LoadRun, thresholds: &[ThresholdResult]) -> Vec<LikelyCause> {
    let total = &run.total;
    let mut found: Vec<(u64, LikelyCause)> = Vec::new();
    let mut add = |count: u64, what: &str, cause: Option<Cow<'static, str>>| {
        found.extend(cause.map(|cause| (count, LikelyCause { of: format!("{what} ×{count}"), cause })));
    };
    for (status, count) in &total.statuses {
        let first = total.answers.iter().find(|answer| answer.status == *status);
        // Of an answer that was not kept only the status is known.
        let refuses = first.map_or(*status >= 300 && total.hurt == 0, |answer| is_refusal(answer, run));
        if refuses {
            let refused = cause::RefusedAnswer::of_load(*status, first, run);
            add(*count, &status.to_string(), refused.likeliest().map(|cause| cause.text));
        }
    }
    let other = Some(not_as_expected(total)).filter(|_| total.accepted_unexpectedly() > 0);
    add(
        total.accepted_unexpectedly(),
        "not answered as expected",
        other.filter(|why| !why.is_empty()).map(Cow::Owned),
    );
    // A load that was stopped leaves requests without an answer, whatever the receiver does.
    let own = |kind: TroubleKind| {
        kind == TroubleKind::CutOff && (run.stopped.is_some() || is_merely_under_way(total))
    };
    for (kind, count) in total.troubles.iter().filter(|(kind, _)| !own(**kind)) {
        let answered = total.answers.iter().any(|answer| answer.why == kind.words());
        let cause = match kind {
            TroubleKind::Tls => Some(total.insecure.clone()).filter(|text| !text.is_empty()).map(Cow::Owned),
            _ => failed_alike::of_trouble(run, *kind, answered).map(Cow::Borrowed),
        };
        add(*count, kind.words(), cause);
    }
    if failed_alike::answered_nothing(run) && !total.troubles.keys().any(|kind| kind.reached()) {
        let cause = cause::of_trouble(TroubleKind::Timeout, false);
        add(total.ended(crate::record::Outcome::InDoubt), "no answer", cause.map(Cow::Borrowed));
    }
    found.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let mut causes: Vec<LikelyCause> = Vec::new();
    for (_, LikelyCause { of, cause }) in found {
        match causes.iter_mut().find(|known| known.cause == cause) {
            Some(known) => known.of = format!("{}, {of}", known.of),
            None => causes.push(LikelyCause { of, cause }),
        }
    }
    let failed = thresholds.iter().filter(|judged| judged.failed());
    causes.extend(failed.filter_map(|judged| {
        let of = judged.finding.expected.clone();
        let cause = times::cause(&of.parse().ok()?, run)?;
        Some(LikelyCause { of, cause: cause.into() })
    }));
    causes
}

/// Answers found in place of the expected ones, each kind once.
fn not_as_expected(total: &Tally) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    let said_elsewhere = [Some(DeviationKind::Status), Some(DeviationKind::CutShort)];
    for answer in total.answers.iter().filter(|answer| !said_elsewhere.contains(&answer.kind)) {
        if !kinds.iter().any(|known| without_ids(known) == without_ids(&answer.why)) {
            kinds.push(&answer.why);
        }
    }
    kinds.join("; or ")
}

/// Requests that were under way at the end had been waited for no longer than so many times the longest that was answered (ours).
const USUAL: u64 = 2;

/// True if the requests without an answer at the end had not been waited for longer than others took that were answered.
fn is_merely_under_way(total: &Tally) -> bool {
    let cut_off = total.troubled(TroubleKind::CutOff);
    let (all, times) = (total.service.count(), &total.service);
    let others = all.saturating_sub(cut_off);
    // If they were the longest of all, this is the longest of the others.
    let usual = times.quantile(others as f64 / all.max(1) as f64);
    others > 0 && times.max() <= usual.saturating_mul(USUAL)
}

/// True for an answer by which a callback was not accepted. Among faults an accepted forgery is kept, too.
fn is_refusal(answer: &KeptAnswer, run: &LoadRun) -> bool {
    answer.kind == Some(DeviationKind::Status) && (run.total.hurt == 0 || answer.status >= 300)
}

/// Notes, which fail nothing.
pub(super) fn notes(run: &LoadRun) -> Vec<String> {
    let all = run.total.planned;
    let noted = run.total.noted.iter().map(|noted| {
        let refused = cause::RefusedAnswer::in_words_of_load(&noted.first, run);
        let text = match noted.first.kind {
            Some(DeviationKind::FailureInBody) => cause::with_cause(&noted.first.why, refused),
            _ => noted.first.why.clone(),
        };
        format!("{} of {all} callbacks: {text}", noted.callbacks)
    });
    late_connections::notes(run).into_iter().chain(sent_again(&run.total)).chain(noted).collect()
}

/// One request of so many that was sent again makes a note (ours): connections whose idle time is over meet a request more seldom.
const SENT_AGAIN: u64 = 100;

/// The fewest that do (ours).
const SENT_AGAIN_AT_LEAST: u64 = 3;

/// A note on requests that were sent again, if they are many.
fn sent_again(total: &Tally) -> Option<String> {
    let (again, all) = (total.resent, total.sent.saturating_add(total.retries));
    let many = again >= SENT_AGAIN_AT_LEAST && again.saturating_mul(SENT_AGAIN) >= all;
    many.then(|| {
        format!(
            "{again} of {all} requests were sent again on a new connection: the receiver closed the one in use without a byte of an \
             answer. Either it closes connections after an answer without `Connection: close`, or it drops requests that it has read: \
             a vendor that does not repeat them loses those. `hookreel run` shows them one by one, `--threshold 'resent==0'` fails \
             where there are any"
        )
    })
}
