//! The body of a request: rewritten whole, or with members more in its JSON object.

use crate::callback::PlannedCallback;

/// Puts another body in the place of the planned one, with the length that goes with it: signed as it is where its bytes are
/// what is signed.
pub(super) fn rewrite(
    callback: &mut PlannedCallback,
    effect: impl Fn(Vec<u8>) -> Vec<u8> + Send + Sync + 'static,
) {
    callback.wire_fault.rewrite(effect);
}

/// The object with one or more members at its end.
pub(super) fn append(mut body: Vec<u8>, members: &[u8]) -> Vec<u8> {
    if let Some(end) = body.iter().rposition(|byte| *byte == b'}') {
        let tail = body.split_off(end);
        body.reserve_exact(1 + members.len() + tail.len());
        body.push(b',');
        body.extend_from_slice(members);
        body.extend_from_slice(&tail);
    }
    body
}

/// The object with one or more members at its start.
pub(super) fn prepend(mut body: Vec<u8>, members: &[u8]) -> Vec<u8> {
    if let Some(begin) = body.iter().position(|byte| *byte == b'{') {
        let tail = body.split_off(begin + 1);
        body.extend([members, b",", &tail].concat());
    }
    body
}
