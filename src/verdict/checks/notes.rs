//! Near misses: the vendor takes the answer for an acknowledgement, and a developer should look at it all the same.

use std::time::Duration;

use super::names::NOTE;
use super::{LastExchange, finding};
use crate::callback::Class;
use crate::duration::show_duration;
use crate::record::{Answer, Exchange, Finding, FindingKind, reported_failure};
use crate::verdict::Expectation;

/// Time from which an answer may have a note for its time alone, where the vendor waits so long.
pub fn noted_after(timeout: Duration) -> Duration {
    SLOW.min(timeout.mul_f64(LATE))
}

/// The part of the vendor's time after which an answer is called late.
const LATE: f64 = 0.8;

/// Time from which an answer is called slow, whatever the vendor allows (ours).
pub const SLOW: Duration = Duration::from_secs(2);

/// Note on an answer that is a page.
const HTML_PAGE: &str = "the answer is an HTML page";

/// Note on a page as browsers get it.
const WHOLE_PAGE: &str = "the answer is an HTML page, as of a start page or a login: most likely this is not the webhook; look at the target's path";

/// Note on an error whose answer has the status of success.
const ERROR_TEXT: &str = "the answer has the text of an error, and a status by which the vendor takes it for accepted and never sends it again: \
                          let an error answer 500, and see the receiver's own log";

pub(super) fn check(class: Class, exchange: &LastExchange<'_>, expectation: &Expectation) -> Vec<Finding> {
    let Some(answer) = exchange.answer.as_ref().filter(|_| class == Class::Legal) else { return Vec::new() };
    if !expectation.acknowledges(exchange) {
        return Vec::new();
    }
    let asked = !(expectation.accept.is_empty() && expectation.told.is_empty());
    let said = [
        answer.surplus.then(|| (SURPLUS.to_owned(), None)),
        error_text(answer).map(|text| (text.to_owned(), None)).or_else(|| html(answer)),
        negative(answer).filter(|_| !asked).map(|result| {
            let text =
                format!("the answer says {result}, which the vendor does not read (`--expect` checks it)");
            (text, Some(FindingKind::FailureInBody))
        }),
        late(exchange, expectation).map(|text| (text, None)),
    ];
    let note = |(actual, kind)| Finding {
        kind,
        ..finding(NOTE, true, format!("acknowledged by {}", expectation.acknowledgement()), actual)
    };
    said.into_iter().flatten().map(note).collect()
}

/// An answer that is longer than its Content-Length.
const SURPLUS: &str = "more bytes came than the answer's Content-Length says: a sender reads up to there, so the body is cut; the length counts \
                       bytes, not characters";

fn html(answer: &Answer) -> Option<(String, Option<FindingKind>)> {
    if answer.body.trim().is_empty() {
        return None;
    }
    let typed = |(name, value): &(String, String)| name == "content-type" && value.starts_with("text/html");
    let json = serde_json::from_str::<serde_json::Value>(&answer.body).is_ok_and(|body| body.is_object());
    let begin = answer.body.trim_start().to_ascii_lowercase();
    let said = match () {
        () if json => ("the answer is JSON, and its Content-Type is text/html", None),
        () if begin.starts_with("<!doctype") || begin.starts_with("<html") => {
            (WHOLE_PAGE, Some(FindingKind::HtmlPage))
        }
        () => (HTML_PAGE, Some(FindingKind::HtmlPage)),
    };
    answer.headers.iter().any(typed).then(|| (said.0.to_owned(), said.1))
}

/// Words of programs that print their own end into an answer whose status says yes.
const ERRORS: [&str; 5] = [
    "<b>Fatal error</b>",
    "PHP Fatal error",
    "Traceback (most recent call last)",
    "Uncaught TypeError",
    "Unhandled exception",
];

/// The text of an error within an answer that the vendor takes for a yes.
fn error_text(answer: &Answer) -> Option<&'static str> {
    ERRORS.iter().any(|words| answer.body.contains(words)).then_some(ERROR_TEXT)
}

fn late(exchange: &Exchange, expectation: &Expectation) -> Option<String> {
    let limit = expectation.timeout.as_secs_f64() * 1000.0;
    let waits = show_duration(expectation.timeout);
    // What we sent slowly, or on other connections before, is none of the receiver's time. Without phases, only the whole is known.
    let phases = exchange.phases.unwrap_or_default();
    let receivers = [phases.connect_ms, phases.tls_ms, phases.wait_ms, phases.read_ms];
    let receivers: f64 = receivers.into_iter().flatten().sum();
    if phases.wait_ms.map_or(exchange.latency_ms, |_| receivers) > limit * LATE {
        let part = LATE * 100.0;
        return Some(format!(
            "the answer came late: the vendor waits {waits}, and more than {part:.0}% of it passed"
        ));
    }
    let took = exchange.phases.and_then(|phases| phases.wait_ms).unwrap_or(exchange.latency_ms);
    (took >= SLOW.as_secs_f64() * 1000.0).then(|| {
        format!(
            "the answer took more than {}; the vendor waits {waits}, and other callbacks wait meanwhile: store the callback, answer \
             at once, process it later",
            show_duration(SLOW)
        )
    })
}

/// A field of a JSON body that reports a failure, as it stands there.
fn negative(answer: &Answer) -> Option<String> {
    reported_failure(&answer.body).map(|(name, value)| format!("{{\"{name}\":{value}}}"))
}

/// True for a body of which no note can come: no JSON object with the result of a failure, and no page. A load looks at every
/// answer.
pub fn says_nothing(body: &[u8]) -> bool {
    match body.trim_ascii_start().first() {
        Some(b'{') => std::str::from_utf8(body).is_ok_and(|body| reported_failure(body).is_none()),
        // A page, or the mark that some editors put before a text.
        Some(b'<' | 0xef) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Phases;

    fn says(body: &str) -> Option<String> {
        negative(&Answer { status: 200, body: body.into(), ..Answer::default() })
    }

    #[test]
    fn a_page_and_the_text_of_an_error_are_told_apart() {
        let answer = |body: &str| Answer {
            status: 200,
            body: body.into(),
            headers: vec![("content-type".into(), "text/html; charset=UTF-8".into())],
            ..Answer::default()
        };
        let page = |text: &str| Some((text.to_owned(), Some(FindingKind::HtmlPage)));
        assert_eq!(html(&answer("<!DOCTYPE html><html>")), page(WHOLE_PAGE));
        assert_eq!(html(&answer("ok")), page(HTML_PAGE));
        assert_eq!(
            error_text(&answer("<br />\n<b>Fatal error</b>:  Uncaught TypeError: x")),
            Some(ERROR_TEXT)
        );
        assert_eq!(error_text(&answer("ok")), None);
    }

    #[test]
    fn a_body_that_reports_a_failure_is_quoted() {
        assert_eq!(says(r#"{"code":-1,"msg":"x"}"#).unwrap(), r#"{"code":-1}"#);
        assert_eq!(says(r#"{"code":4002}"#).unwrap(), r#"{"code":4002}"#);
        assert_eq!(says(r#"{"success":false}"#).unwrap(), r#"{"success":false}"#);
        assert_eq!(says(r#"{"error":"bad signature"}"#).unwrap(), r#"{"error":"bad signature"}"#);
        assert_eq!(says(r#"{"status":"failed"}"#).unwrap(), r#"{"status":"failed"}"#);
    }

    #[test]
    fn a_body_that_reports_success_or_nothing_is_not() {
        for body in [
            "",
            "ok",
            "[]",
            "{}",
            r#"{"code":0}"#,
            r#"{"code":200}"#,
            r#"{"success":true}"#,
            r#"{"error":null}"#,
        ] {
            assert_eq!(says(body), None, "{body}");
        }
    }

    #[test]
    fn a_quick_look_misses_nothing_that_a_note_says() {
        for body in [
            r#"{"code":-1}"#,
            " {\"error\":\"x\"}",
            "\u{feff}{\"code\":-1}",
            "<!doctype html>",
            "{\"a\":\"\\u12",
        ] {
            let noted = says(body).is_some() || body.starts_with('<');
            assert!(!noted || !says_nothing(body.as_bytes()), "{body}");
        }
        for body in ["", "ok", "[1]", r#"{"code":0,"request":"17"}"#, "0"] {
            assert!(says_nothing(body.as_bytes()), "{body}");
        }
        assert!(!says_nothing(b"{\"a\":\"\xff\"}"), "what is not text is looked at as a whole");
    }

    #[test]
    fn a_slow_answer_is_called_slow_and_a_late_one_late() {
        let expectation = Expectation {
            vendor: crate::provider::Success::STATUS_200,
            last_no: crate::provider::LastNo::Never,
            sender: "a vendor",
            told: Default::default(),
            incomplete_answer: Default::default(),
            accept: Default::default(),
            reject: Default::default(),
            within: None,
            timeout: Duration::from_secs(10),
            challenge: None,
        };
        let said = |latency_ms: f64, wait_ms: Option<f64>| {
            let answer = Some(Answer { status: 200, ..Answer::default() });
            let phases = wait_ms.map(|wait| Phases { wait_ms: Some(wait), ..Phases::default() });
            let exchange = Exchange { latency_ms, answer, phases, ..Exchange::default() };
            let last = LastExchange { exchange: &exchange, attempts: 1, reached: false };
            check(Class::Legal, &last, &expectation).into_iter().map(|note| note.actual).collect::<String>()
        };
        assert_eq!(said(1900.0, Some(1900.0)), "");
        assert!(said(2100.0, Some(2000.0)).starts_with("the answer took more than 2s; the vendor waits 10s"));
        assert!(said(2100.0, None).starts_with("the answer took more than 2s"));
        assert_eq!(said(6000.0, Some(1.0)), "", "we were the slow ones");
        assert!(said(8100.0, Some(8050.0)).starts_with("the answer came late"));
        let phases = Some(Phases { send_ms: Some(9900.0), wait_ms: Some(5.0), ..Phases::default() });
        let exchange = Exchange { latency_ms: 9910.0, phases, ..Exchange::default() };
        assert_eq!(late(&exchange, &expectation), None, "a request that is sent slowly, on purpose");
        let phases = Some(Phases { wait_ms: Some(5.0), connections: 2, ..Phases::default() });
        let exchange = Exchange { latency_ms: 9910.0, phases, ..Exchange::default() };
        assert_eq!(late(&exchange, &expectation), None, "another connection was held open before");
    }
}
