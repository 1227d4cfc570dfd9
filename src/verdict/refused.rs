//! A hostile callback must be refused: not acknowledged, and not left hanging.

use super::acknowledged::seen;
use super::{Expectation, last};
use crate::callback::Class;
use crate::record::{CallbackRun, Finding, Outcome, TroubleKind};

pub(super) fn check(callback: &CallbackRun, expectation: &Expectation) -> Option<Finding> {
    if callback.line.class != Class::Hostile {
        return None;
    }
    let exchange = last(callback)?;
    let ok = match (&exchange.answer, &exchange.error) {
        (Some(answer), _) => {
            // An error of the receiver's own is a crash, not a refusal; 501 and 505 say what is not supported.
            let sound = answer.status < 500 || [501, 505].contains(&answer.status);
            let no = answer.refuses.unwrap_or(sound);
            no && callback.outcome() != Outcome::Accepted
        }
        // A closed connection acknowledges nothing. One that is left hanging is no refusal, and one never made no answer.
        (None, error) => {
            error.as_ref().is_some_and(|error| matches!(error.kind, TroubleKind::Closed | TroubleKind::Left))
        }
    };
    Some(Finding {
        check: "refused".into(),
        ok,
        expected: expectation.no.clone(),
        actual: seen(callback),
        place: callback.line.place.clone(),
    })
}
