//! A rough callback must be answered or closed in time, without an error of the receiver's own.

use super::acknowledged::seen;
use super::{Expectation, last};
use crate::callback::Class;
use crate::record::{CallbackRun, Finding, TroubleKind};

pub(super) fn check(callback: &CallbackRun, _: &Expectation) -> Option<Finding> {
    if callback.line.class != Class::Rough {
        return None;
    }
    let exchange = last(callback)?;
    let ok = match (&exchange.answer, &exchange.error) {
        // 501 and 505 say that something is not supported, which may be so.
        (Some(answer), _) => answer.status < 500 || [501, 505].contains(&answer.status),
        (None, error) => error.as_ref().is_some_and(|error| {
            matches!(error.kind, TroubleKind::Closed | TroubleKind::Left | TroubleKind::Garbage)
        }),
    };
    Some(Finding {
        check: "survived".into(),
        ok,
        expected: "an answer below 500 or a close, in time".into(),
        actual: seen(callback),
        place: callback.line.place.clone(),
    })
}
