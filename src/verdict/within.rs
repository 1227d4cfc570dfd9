//! An accepted callback must be answered in the time that the scenario gives.

use super::Expectation;
use crate::duration::show_duration;
use crate::record::{CallbackRun, Finding, Outcome};

pub(super) fn check(callback: &CallbackRun, expectation: &Expectation) -> Option<Finding> {
    let within = expectation.within?;
    let latency = callback.attempts.last()?.exchange.as_ref()?.latency_ms;
    let accepted = callback.outcome() == Outcome::Accepted;
    accepted.then(|| Finding {
        check: "within".into(),
        ok: latency <= within.as_secs_f64() * 1000.0,
        expected: format!("an answer within {}", show_duration(within)),
        actual: format!("an answer after {latency:.1} ms"),
        place: callback.line.place.clone(),
    })
}
