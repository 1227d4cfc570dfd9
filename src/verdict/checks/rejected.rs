//! A hostile callback must be rejected: not accepted, and not left without an answer.

use super::{LastExchange, counted, finding, is_sound, names};
use crate::callback::Class;
use crate::record::{Finding, TroubleKind};
use crate::verdict::Expectation;

pub(super) fn check(class: Class, exchange: &LastExchange<'_>, expectation: &Expectation) -> Vec<Finding> {
    if class != Class::Hostile {
        return Vec::new();
    }
    let mut actual = counted(exchange);
    let ok = match (&exchange.answer, &exchange.error) {
        (Some(answer), error) => {
            // An error of the receiver's own is a crash, not a rejection.
            let held = match expectation.reject.is_empty() {
                true => is_sound(answer.status),
                false => match expectation.reject.hold(answer.status, &answer.headers, &answer.body) {
                    Ok(()) => true,
                    Err(why) => {
                        actual = format!("{actual} ({why})");
                        false
                    }
                },
            };
            let late = error.as_ref().is_some_and(|error| error.kind == TroubleKind::Timeout);
            held && !late && !expectation.says_accepted(answer)
        }
        // A server may close the connection at a request that it does not read. At one that it reads, that is how an error of the
        // receiver's own shows: an exception in a handler, or the end of a process. One that is left hanging rejects nothing.
        (None, error) => error.as_ref().is_some_and(|error| match error.kind {
            TroubleKind::Left => true,
            TroubleKind::Closed => !exchange.ordinary,
            _ => false,
        }),
    };
    vec![finding(names::REJECTED, ok, expectation.rejection(), actual)]
}
