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
    let attempts = callback.attempts.len();
    match (&exchange.answer, &exchange.error) {
        (Some(answer), trouble) => {
            let place = answer
                .location
                .as_ref()
                .map_or_else(String::new, |place| format!(" to {place} (redirects are not followed)"));
            let trouble = trouble.as_ref().map_or_else(String::new, |error| format!(", but {}", error.text));
            let count = if attempts == 1 { String::new() } else { format!(", after {attempts} attempts") };
            format!("status {}{place}{trouble}{count}", answer.status)
        }
        (None, Some(error)) if attempts == 1 => error.text.clone(),
        // The count first: what follows is a sentence, or several.
        (None, Some(error)) => match error.text.strip_prefix("no connection: ") {
            Some(why) => format!("no connection in {attempts} attempts: {why}"),
            None => format!("after {attempts} attempts: {}", error.text),
        },
        (None, None) => "no answer".into(),
    }
}
