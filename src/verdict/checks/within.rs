//! An acknowledged callback must be answered in the time that the scenario gives.

use super::{LastExchange, finding, names};
use crate::callback::Class;
use crate::duration::show_duration;
use crate::record::Finding;
use crate::verdict::Expectation;

pub(super) fn check(_: Class, exchange: &LastExchange<'_>, expectation: &Expectation) -> Vec<Finding> {
    let Some(within) = expectation.within.filter(|_| expectation.acknowledges(exchange)) else {
        return Vec::new();
    };
    let ok = exchange.latency_ms <= within.as_secs_f64() * 1000.0;
    let expected = format!("an answer within {}", show_duration(within));
    vec![finding(names::WITHIN, ok, expected, format!("an answer after {:.1} ms", exchange.latency_ms))]
}
