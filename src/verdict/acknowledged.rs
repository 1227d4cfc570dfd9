//! A legal callback must be acknowledged.

use super::Expectation;
use crate::callback::Class;
use crate::record::{CallbackRun, Finding, Outcome};

pub(super) fn check(callback: &CallbackRun, _: &Expectation) -> Option<Finding> {
    if callback.line.class != Class::Legal {
        return None;
    }
    let ok = callback.outcome() == Outcome::Accepted;
    Some(Finding {
        check: "acknowledged".into(),
        ok,
        expected: callback.line.accept.clone(),
        actual: seen(callback),
        place: callback.line.place.clone(),
    })
}

/// What the last attempt saw, and how many there were.
pub(super) fn seen(callback: &CallbackRun) -> String {
    let Some(exchange) = callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref()) else {
        return "no attempt".into();
    };
    let last = match (&exchange.answer, &exchange.error) {
        (Some(answer), _) => format!("status {}", answer.status),
        (None, Some(error)) => error.text.clone(),
        (None, None) => "no answer".into(),
    };
    match callback.attempts.len() {
        1 => last,
        attempts => format!("{last}, after {attempts} attempts"),
    }
}
