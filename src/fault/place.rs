//! Places in a request at which a sender may wait, fall silent or leave.

use std::time::Duration;

use super::SenderFacts;
use crate::request::RawRequest;

/// Every place, in the order of the wire.
pub(super) const WORDS: &[&str] = &["start", "mid-head", "head", "mid-body", "end"];

/// The places before the end.
pub(super) const BEFORE_THE_END: &[&str] = &["start", "mid-head", "head", "mid-body"];

/// The longest that a sender in its right mind takes for what it says; ours.
const PATIENCE: Duration = Duration::from_secs(5);

/// True when no request of this provider takes that long: it would not even wait for the answer.
pub(super) fn is_long(time: Duration, sender: &SenderFacts<'_>) -> bool {
    time > PATIENCE || time >= sender.timeout
}

/// Number of bytes of a request before a place.
pub(super) fn reach(request: &RawRequest, place: &str) -> usize {
    let (head, body) = (request.head().len(), request.body.len());
    match place {
        "start" => 0,
        "mid-head" => head / 2,
        "head" => head,
        "mid-body" => head + body / 2,
        _ => head + body,
    }
}

/// A request in two parts: before and after a place.
pub(super) fn cut(request: &RawRequest, place: &str) -> (Vec<u8>, Vec<u8>) {
    let mut before = request.bytes();
    let after = before.split_off(reach(request, place).min(before.len()));
    (before, after)
}
