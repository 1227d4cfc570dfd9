//! Likely causes of the failures of a load, and notes on what was accepted.

use std::borrow::Cow;

use crate::record::TroubleKind;
use crate::record::load::{KeptAnswer, LoadRun};
use crate::verdict::{alike, cause};

/// A likely cause, and the failures behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LikelyCause {
    /// The failures, for a person: `429 ×66`.
    pub of: String,
    /// Likely cause, and things to try.
    pub cause: Cow<'static, str>,
}

/// Likely causes, those of most failures first.
pub(super) fn causes(run: &LoadRun) -> Vec<LikelyCause> {
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
            add(*count, &status.to_string(), refused.to_try().into_iter().next().map(Cow::Owned));
        }
    }
    let other = total.answers.iter().find(|answer| !answer.why.starts_with("status "));
    let other = other.filter(|_| total.accepted_unexpectedly() > 0);
    add(
        total.accepted_unexpectedly(),
        "not answered as expected",
        other.map(|answer| Cow::Owned(answer.why.clone())),
    );
    // A load that was stopped leaves requests without an answer, whatever the receiver does.
    let own = |kind: TroubleKind| kind == TroubleKind::CutOff && run.stopped.is_some();
    for (kind, count) in total.troubles.iter().filter(|(kind, _)| !own(**kind)) {
        let answered = total.answers.iter().any(|answer| answer.why == kind.words());
        add(*count, kind.words(), alike::of_trouble(run, *kind, answered).map(Cow::Borrowed));
    }
    if alike::answered_nothing(run) && !total.troubles.keys().any(|kind| kind.reached()) {
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
    causes
}

/// True for an answer by which a callback was not accepted. Among faults an accepted forgery is kept, too.
fn is_refusal(answer: &KeptAnswer, run: &LoadRun) -> bool {
    answer.why.starts_with("status ") && (run.total.hurt == 0 || answer.status >= 300)
}

/// Notes, which fail nothing.
pub(super) fn notes(run: &LoadRun) -> Vec<String> {
    let all = run.total.planned;
    let noted = run.total.noted.iter().map(|noted| {
        let refused = cause::RefusedAnswer::in_words_of_load(&noted.first, run);
        let text = cause::with_cause(&noted.first.why, refused);
        format!("{} of {all} callbacks: {text}", noted.callbacks)
    });
    let crowded = (run.total.crowded > 0).then(|| {
        let connections = match run.total.crowded {
            1 => "1 connection was".to_owned(),
            several => format!("{several} connections were"),
        };
        format!("{connections} taken only after 1s or more: {}", cause::BACKLOG)
    });
    crowded.into_iter().chain(noted).collect()
}
