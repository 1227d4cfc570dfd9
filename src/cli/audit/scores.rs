//! Scores of the chosen cases: those that were played, and why the others were not.

use std::collections::BTreeMap;

use super::super::signals;
use super::{Scored, survived};
use crate::audit::case::Case;
use crate::audit::score::{
    KEEPS_LISTENING, NOT_SENT, Reason, Score, Seen, failed_afterwards, refusals_only, score,
};
use crate::audit::{plain_after, silence};
use crate::record::{RunRecord, ScenarioRun};

pub(super) fn scored(
    chosen: &[&'static Case],
    played: &BTreeMap<String, ScenarioRun>,
    refused: &BTreeMap<String, String>,
    deaf: bool,
    run: &RunRecord,
) -> Vec<Scored> {
    let departure = silence::departure(&run.scenarios);
    let ended_by = departure.and_then(|_| silence::ended_by(&run.scenarios).first().copied());
    let of = |case: &Case| match (played.get(case.id), refused.get(case.id)) {
        (Some(scenario), _) => match score(scenario) {
            Score::Passed { .. } if deaf && refusals_only(scenario) => Score::Skipped(Reason::NotReached(
                "the plain callback is not accepted, so a rejection says nothing".into(),
            )),
            Score::Failed(_) if departure == Some(case.id) && silence::unanswered_only(scenario) => {
                Score::Skipped(Reason::NotReached("the receiver went away".into()))
            }
            Score::Passed { .. } | Score::Skipped(Reason::NotReached(_)) if ended_by == Some(case.id) => {
                Score::Failed(vec![Seen {
                    expected: KEEPS_LISTENING.into(),
                    got: ENDED.into(),
                    ..Seen::default()
                }])
            }
            own => with_the_callback_after(own, played.get(&plain_after(case.id))),
        },
        (None, Some(why)) => Score::Skipped(Reason::NotApplicable(why.clone())),
        (None, None) => Score::Skipped(Reason::NotReached("the audit ended before it".into())),
    };
    chosen.iter().map(|case| (*case, stopped_before(of(case), run))).collect()
}

/// Result of a case that ended the receiver.
const ENDED: &str = "the receiver closed the connection without an answer, and listens no more";

/// Of a case that an audit did not come to: why it stopped before.
fn stopped_before(score: Score, run: &RunRecord) -> Score {
    match (&score, &run.stopped) {
        (Score::Skipped(Reason::NotReached(why)), Some(stopped))
            if why == NOT_SENT && signals::exit(Some(stopped)).is_none() =>
        {
            Score::Skipped(Reason::NotReached(format!("the audit stopped before it: {stopped}")))
        }
        _ => score,
    }
}

/// A case after which the receiver does not answer any more has failed, whatever it was answered.
fn with_the_callback_after(own: Score, after: Option<&ScenarioRun>) -> Score {
    let Some(callback) = after.filter(|after| !survived(after)).and_then(|after| after.callbacks.first())
    else {
        return own;
    };
    let seen = failed_afterwards(callback);
    match own {
        // It was gone before: what comes after says nothing of this case.
        Score::Skipped(_) => own,
        Score::Failed(mut all) => {
            all.push(seen);
            Score::Failed(all)
        }
        _ => Score::Failed(vec![seen]),
    }
}
