//! Checks of the exchange that ended a callback, one per file.

mod acknowledged;
mod answered;
mod kept_secret;
pub mod names;
pub(super) mod notes;
mod rejected;
mod survived;
mod within;

use std::ops::Deref;

use super::{Expectation, seen};
use crate::callback::Class;
use crate::record::{Exchange, Finding};

/// A check looks at an exchange with a callback of a class, and says what it found, if it has anything to say.
pub(super) type Check = fn(Class, &LastExchange<'_>, &Expectation) -> Vec<Finding>;

/// The exchange that ended a callback.
#[derive(Clone, Copy)]
pub struct LastExchange<'a> {
    /// It, whole and as it came: records keep a part of the answer.
    pub exchange: &'a Exchange,
    /// Number of attempts, this one included.
    pub attempts: u32,
    /// An attempt before it reached the receiver.
    pub reached: bool,
}

impl Deref for LastExchange<'_> {
    type Target = Exchange;

    fn deref(&self) -> &Exchange {
        self.exchange
    }
}

/// Every check of an exchange, in the order of reports.
pub(super) static ALL: &[Check] = &[
    acknowledged::check,
    rejected::check,
    survived::check,
    answered::check,
    kept_secret::check,
    within::check,
    notes::check,
];

pub(super) fn finding(
    check: &str,
    ok: bool,
    expected: impl Into<String>,
    actual: impl Into<String>,
) -> Finding {
    Finding {
        check: check.into(),
        ok,
        expected: expected.into(),
        actual: actual.into(),
        ..Finding::default()
    }
}

/// True for a status that is not an error of the receiver. 501 and 505 are allowed: something may be unsupported.
fn is_sound(status: u16) -> bool {
    status < 500 || [501, 505].contains(&status)
}

/// The same with the number of attempts.
fn counted(last: &LastExchange<'_>) -> String {
    let (text, attempts) = (seen(last), last.attempts);
    if attempts <= 1 {
        return text;
    }
    match (&last.answer, text.strip_prefix("no connection: ")) {
        (Some(_), _) => format!("{text}, after {attempts} attempts"),
        // The count first: what follows is a sentence, or several.
        (None, Some(why)) if last.reached => {
            format!(
                "after {attempts} attempts, of which an earlier one reached the receiver: no connection: {why}"
            )
        }
        (None, Some(why)) => format!("no connection in {attempts} attempts: {why}"),
        (None, None) => format!("after {attempts} attempts: {text}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::names::{ACKNOWLEDGED, ANSWERED, KEPT_SECRET, NOTE, REJECTED, SURVIVED, WITHIN};
    use super::*;
    use crate::provider::{LastNo, Success};
    use crate::record::Answer;

    fn answered(status: u16, leaked: bool) -> Exchange {
        let answer = Answer { status, leaked, body: "{\"code\":1}".into(), ..Answer::default() };
        Exchange { latency_ms: 4500.0, answer: Some(answer), ..Exchange::default() }
    }

    #[test]
    fn each_check_has_a_row_in_which_it_finds_something() {
        let expectation = Expectation {
            vendor: Success::STATUS_200,
            last_no: LastNo::Never,
            sender: "a vendor",
            told: Default::default(),
            incomplete_answer: Default::default(),
            accept: Default::default(),
            reject: Default::default(),
            within: Some(Duration::from_secs(1)),
            timeout: Duration::from_secs(5),
            challenge: None,
        };
        // In the order of the list: a class, what came of the exchange, and the check that says so.
        let rows = [
            (Class::Legal, answered(500, false), ACKNOWLEDGED),
            (Class::Hostile, answered(200, false), REJECTED),
            (Class::Rough, answered(500, false), SURVIVED),
            (Class::Unprotected, Exchange::default(), ANSWERED),
            (Class::Hostile, answered(401, true), KEPT_SECRET),
            (Class::Legal, answered(200, false), WITHIN),
            (Class::Legal, answered(200, false), NOTE),
        ];
        assert_eq!(rows.len(), ALL.len(), "a check needs a row in which it fails");
        for (check, (class, exchange, name)) in ALL.iter().zip(&rows) {
            let findings =
                check(*class, &LastExchange { exchange, attempts: 1, reached: false }, &expectation);
            let found =
                findings.iter().any(|finding| finding.check == *name && (!finding.ok || *name == NOTE));
            assert!(found, "{name}: {findings:?}");
        }
    }
}
