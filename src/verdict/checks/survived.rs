//! A rough callback must be answered or closed in time, without an error of the receiver's own.

use super::{LastExchange, counted, finding, is_sound, names};
use crate::callback::Class;
use crate::duration::show_duration;
use crate::record::{Finding, TroubleKind};
use crate::verdict::Expectation;

pub(super) fn check(class: Class, exchange: &LastExchange<'_>, expectation: &Expectation) -> Vec<Finding> {
    if class != Class::Rough {
        return Vec::new();
    }
    let kind = exchange.error.as_ref().map(|error| error.kind);
    let ok = match &exchange.answer {
        Some(answer) => is_sound(answer.status) && kind != Some(TroubleKind::Timeout),
        None => matches!(
            kind,
            Some(TroubleKind::Closed | TroubleKind::Left | TroubleKind::Garbage | TroubleKind::Incomplete)
        ),
    };
    let within = show_duration(expectation.timeout);
    let expected = format!("any answer except 5xx, or a closed connection, within {within}");
    vec![finding(names::SURVIVED, ok, expected, counted(exchange))]
}
