//! Expiry of a signed time, for a person.

use std::time::Duration;

use crate::duration::show_duration;

/// A number of seconds.
pub(super) fn span(seconds: i64) -> String {
    show_duration(Duration::from_secs(seconds.unsigned_abs()))
}

/// Time that a message is valid for, for a person.
pub(super) fn expiry(time: Option<i64>, now: i64) -> String {
    let Some(time) = time else { return "unknown: the time is missing, or is not a whole number".into() };
    match time.saturating_sub(now) {
        // No scheme here signs more than a day ahead.
        left if left > 86_400 * 365 => format!("{} from now: is the time in milliseconds?", span(left)),
        left if left >= 0 => format!("valid for another {}", span(left)),
        late => format!("expired {} ago", span(late)),
    }
}
