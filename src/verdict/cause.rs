//! Likely cause of an answer that acknowledges nothing, and things to try next.

use std::borrow::Cow;

use super::ACKNOWLEDGED;
use crate::record::{CallbackLine, Exchange, Finding, TroubleKind};

/// The likely cause of an exchange that failed a legal callback, for a person; none where the exchange says it all.
pub fn likely(exchange: &Exchange) -> Option<&'static str> {
    if let Some(error) = &exchange.error {
        return of_trouble(error.kind, exchange.answer.is_some());
    }
    let answer = exchange.answer.as_ref()?;
    if (400..500).contains(&answer.status) && speaks_of_time(&answer.body) {
        return Some(TIME);
    }
    of_status(answer.status)
}

const TIME: &str = "the time: the receiver finds it wrong. Compare both clocks, the unit (seconds, not milliseconds) and the meaning: `hookreel show PROVIDER` says whether it is the expiry or the time of sending";

/// The receiver's own words are about the time of the message.
fn speaks_of_time(answer: &str) -> bool {
    let answer = answer.to_lowercase();
    ["expired", "timestamp", "too old", "stale", "in the future", "clock"]
        .iter()
        .any(|word| answer.contains(word))
}

/// The likely cause of an exchange without a whole answer; `answered` = a part of one came.
pub fn of_trouble(kind: TroubleKind, answered: bool) -> Option<&'static str> {
    match kind {
        TroubleKind::Incomplete => {
            Some("the receiver's answer: it ends before its body does; see the receiver's own log")
        }
        TroubleKind::Timeout if answered => Some(
            "the receiver's answer: its head came, and its body never ended (a response that is not closed)",
        ),
        TroubleKind::Timeout => {
            Some("the receiver works before it answers, or waits for something; see its own log")
        }
        TroubleKind::Closed => {
            Some("the receiver, or a proxy before it, ended the connection; see its own log")
        }
        TroubleKind::Garbage => {
            Some("something else than an HTTP server listens there: look at host and port")
        }
        _ => None,
    }
}

/// The likely cause behind a finding that failed: of answers that the vendor acknowledges, the finding says it all.
/// The fields that were changed by hand come before any other cause of a rejection.
pub fn of_finding(
    finding: &Finding,
    exchange: &Exchange,
    callback: &CallbackLine,
) -> Option<Cow<'static, str>> {
    if finding.check != ACKNOWLEDGED {
        return None;
    }
    let rejected = exchange.answer.as_ref().is_some_and(|answer| (400..500).contains(&answer.status));
    if rejected && !callback.changed.is_empty() {
        let changed = callback.changed.join(", ");
        return Some(format!("what was changed by hand: {changed}; send it unchanged to compare").into());
    }
    likely(exchange).map(Cow::Borrowed)
}

/// The likely cause of a status that is given to every callback.
pub fn of_status(status: u16) -> Option<&'static str> {
    to_try(status).first().copied()
}

const KEY: &str = "the key or the signature: give the receiver's key with --secret-env NAME, its formula with --revision or --method";
const EXPLAIN: &str =
    "`hookreel verify --explain` names the mistake in a signature that the receiver computed";

/// Things to check if every callback gets this status, the likeliest first; empty = the status says nothing.
pub fn to_try(status: u16) -> &'static [&'static str] {
    match status {
        200 => &[
            "what the answer says; `--expect YAML` of run and audit tells how the receiver signals success",
            KEY,
        ],
        201..=299 => &[
            "the status: the vendor acknowledges status 200 alone and sends the callback again; answer 200",
            "`delivery.success` in a scenario, if the vendor was configured with another status",
        ],
        301 | 302 | 303 | 307 | 308 => {
            &["a redirect, which no vendor follows; name its location as the target"]
        }
        401 | 403 => &[
            KEY,
            EXPLAIN,
            "where the receiver looks for the signature: `hookreel show PROVIDER` names the field or header that bears it",
        ],
        404 => &[
            "the path: the target has no such path; name the one where callbacks are received (or it does not know this stream: read its answer)",
        ],
        405 => &["the path: it does not take POST; name the one where callbacks are received"],
        409 => &[
            "a file that the receiver knows already: ids are the same in every run; `--seed random` draws others",
            "a callback that was sent again: answer status 200 to what is stored already",
        ],
        415 => &["the content type: the vendor sends application/json, and the receiver has to take it"],
        429 => &["a limit on the rate, in the receiver or in a proxy before it"],
        400 | 422 => &[
            "a message that the receiver cannot read: another provider or revision, or not read as JSON",
            "the receiver's own log says what it missed",
            KEY,
        ],
        400..=499 => &["what the receiver misses; its own log tells more", KEY],
        502..=504 => &["a gateway without a receiver behind it"],
        500..=599 => {
            &["an error inside the receiver; its own log tells more", "the body's form: another --revision"]
        }
        _ => &[],
    }
}
