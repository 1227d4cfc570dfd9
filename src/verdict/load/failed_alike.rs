//! A load in which every callback failed in the same way: there is one cause, and figures say nothing beside it.

use std::borrow::Cow;

use crate::record::load::{KeptAnswer, LoadRun};
use crate::record::{Outcome, TroubleKind};
use crate::verdict::cause;

/// Common failure of all callbacks of a load.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadFailures<'a> {
    /// Callbacks that ended so.
    pub callbacks: u64,
    /// Common result.
    pub way: SharedResult,
    /// The first such answer, as far as one was kept.
    pub answer: Option<&'a KeptAnswer>,
    /// Most likely cause, and things to try; none if the answer says it all.
    pub cause: Option<Cow<'static, str>>,
}

/// Common result of the callbacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharedResult {
    /// Answers of this status that do not acknowledge.
    Refused(u16),
    /// Answers of this status that acknowledge, and are not as the scenario expects.
    Unexpected(u16),
    /// Requests without a whole answer.
    Trouble(TroubleKind),
    /// Requests without a byte of an answer until the load ended; their time limit is later.
    Unanswered,
}

/// Common failure of all callbacks of a load, if all of them failed in one way. With faults they should not end alike.
pub fn of(run: &LoadRun) -> Option<LoadFailures<'_>> {
    let total = &run.total;
    let unexpected = total.accepted_unexpectedly();
    if total.hurt > 0 || total.ended(Outcome::Accepted) > unexpected {
        return None;
    }
    let refused = total.refused();
    let mut reached =
        total.troubles.iter().filter(|(kind, _)| kind.reached() && **kind != TroubleKind::CutOff);
    let mut statuses = total.statuses.keys();
    let answer = total.answers.first();
    let (way, callbacks, cause) = match (statuses.next(), statuses.next(), reached.next(), reached.next()) {
        (Some(status), None, None, None) if unexpected == 0 => {
            let refusal = cause::RefusedAnswer::of_load(*status, answer, run);
            (SharedResult::Refused(*status), refused, refusal.likeliest().map(|cause| cause.text))
        }
        (Some(status), None, None, None) if refused == 0 => {
            (SharedResult::Unexpected(*status), unexpected, None)
        }
        (None, _, Some((kind, count)), None) => (
            SharedResult::Trouble(*kind),
            total.ended(Outcome::InDoubt).min(*count),
            of_trouble(run, *kind, answer.is_some()).map(Cow::Borrowed),
        ),
        (None, _, None, _) if answered_nothing(run) => (
            SharedResult::Unanswered,
            total.ended(Outcome::InDoubt),
            cause::of_trouble(TroubleKind::Timeout, false).map(Cow::Borrowed),
        ),
        _ => return None,
    };
    (callbacks > 0).then_some(LoadFailures { callbacks, way, answer, cause })
}

/// The likely cause of requests of a load without a whole answer.
pub(super) fn of_trouble(run: &LoadRun, kind: TroubleKind, answered: bool) -> Option<&'static str> {
    let absent = matches!(kind, TroubleKind::Connect | TroubleKind::Closed);
    if absent && run.receiver_ended() {
        let printed = run.receiver.iter().any(|change| change.ended && !change.lines.is_empty());
        return Some(match printed {
            true => "the receiver's process ended during the load; its last lines say why",
            false => "the receiver's process ended during the load, and printed nothing",
        });
    }
    cause::of_trouble(kind, answered)
}

/// The receiver took requests of a load, and no answer came to any of them.
pub fn answered_nothing(run: &LoadRun) -> bool {
    let total = &run.total;
    total.statuses.is_empty() && total.ended(Outcome::InDoubt) > 0
}
