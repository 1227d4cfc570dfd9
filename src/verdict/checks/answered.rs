//! A change that the signature does not cover cannot be detected by any receiver, so any answer passes.

use super::{LastExchange, counted, finding, names};
use crate::callback::Class;
use crate::record::{Finding, TroubleKind};
use crate::verdict::Expectation;

pub(super) fn check(class: Class, exchange: &LastExchange<'_>, _: &Expectation) -> Vec<Finding> {
    if class != Class::Unprotected {
        return Vec::new();
    }
    let closed = exchange.error.as_ref().is_some_and(|error| error.kind == TroubleKind::Closed);
    let ok = exchange.answer.is_some() || closed;
    vec![finding(
        names::ANSWERED,
        ok,
        "any answer: the signature does not cover what is changed",
        counted(exchange),
    )]
}
