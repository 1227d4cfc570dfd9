//! Clocks that differ, by the Date of an answer.

use std::time::Duration;

use jiff::Timestamp;

use crate::duration::spelt;
use crate::record::CallbackRun;

/// Seconds by which clocks may differ that nobody needs to look at (ours).
const NEAR: i64 = 60;

/// A clock that differs from ours, where the last answer refuses and has a Date.
pub fn clock(callback: &CallbackRun) -> Option<String> {
    let last = callback.attempts.last()?;
    let answer = last.exchange.as_ref()?.answer.as_ref()?;
    let theirs: Timestamp = answer.date.as_ref()?.parse().ok()?;
    let ours: Timestamp = last.sent_at.parse().ok()?;
    let seconds = theirs.as_second().saturating_sub(ours.as_second());
    let way = if seconds > 0 { "ahead" } else { "behind" };
    let apart = spelt(Duration::from_secs(seconds.unsigned_abs()));
    let text = format!("the clocks: the receiver's clock is {apart} {way}, by the Date of its answer");
    (seconds.abs() > NEAR).then_some(text)
}
