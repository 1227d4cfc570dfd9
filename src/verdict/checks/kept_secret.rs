//! A rejection must not say which signature would have been right.

use super::{LastExchange, finding};
use crate::callback::Class;
use crate::record::Finding;
use crate::verdict::Expectation;

/// The answer does not hold the right signature of a callback that was sent with a wrong one.
pub const NAME: &str = "kept secret";

pub(super) fn check(_: Class, exchange: &LastExchange<'_>, _: &Expectation) -> Vec<Finding> {
    let leaked = exchange.answer.as_ref().is_some_and(|answer| answer.leaked);
    let expected = "an answer without the right signature";
    leaked
        .then(|| finding(NAME, false, expected, "the right signature stands in the answer"))
        .into_iter()
        .collect()
}
