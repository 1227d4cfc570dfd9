//! A rejection must not say which signature would have been right.

use super::{Expectation, LastExchange, check, finding};
use crate::callback::Class;
use crate::record::Finding;

pub(super) fn check(_: Class, exchange: &LastExchange<'_>, _: &Expectation) -> Vec<Finding> {
    let leaked = exchange.answer.as_ref().is_some_and(|answer| answer.leaked);
    let expected = "an answer without the right signature";
    leaked
        .then(|| finding(check::KEPT_SECRET, false, expected, "the right signature stands in the answer"))
        .into_iter()
        .collect()
}
