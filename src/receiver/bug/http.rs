//! Mistakes about HTTP.

use std::time::Duration;

use hyper::{Method, StatusCode};

use super::{Bug, bug};

/// A delay that no sender waits for.
const NEVER: Duration = Duration::from_secs(365 * 86_400);
/// Beyond the time limit of huawei and of tencent.
const LATE: Duration = Duration::from_secs(21);

pub(super) static ALL: &[Bug] = &[
    bug("method-ignored", "GET and PUT are taken like POST", "G137", "", |habits| {
        habits.method = |_| Method::POST
    }),
    bug("override-obeyed", "X-HTTP-Method-Override changes the method", "G139", "", |habits| {
        habits.method = |head| {
            let other = head.headers.get("x-http-method-override").map(|name| name.as_bytes());
            other.and_then(|name| Method::from_bytes(name).ok()).unwrap_or_else(|| head.method.clone())
        }
    }),
    bug("host-unchecked", "no Host, or two of them, pass", "G144 G145", "hyper 1.12", |habits| {
        habits.host = |_| None
    }),
    bug(
        "transfer-coding-unchecked",
        "`gzip, chunked` is read as if it were chunked alone",
        "H165",
        "hyper 1.12",
        |habits| habits.framing = |_| None,
    ),
    bug("content-type-required", "no Content-Type is a 415", "E95", "", |habits| {
        habits.media_type = |head| {
            let missing = !head.headers.contains_key(hyper::header::CONTENT_TYPE);
            let refused = (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type is missing");
            if missing { Some(refused) } else { super::super::early_refusals::plain_json(head) }
        }
    }),
    bug("no-body-limit", "a body of any size is read into memory", "E106", "", |habits| {
        habits.limits.body = usize::MAX
    }),
    bug(
        "no-header-deadline",
        "a connection that says nothing, or half a header, is held for ever",
        "I178 I179 I180",
        "axum::serve 0.8",
        |habits| habits.limits.header_deadline = NEVER,
    ),
    bug("no-body-deadline", "half a body is waited for for ever", "I181", "axum::serve 0.8", |habits| {
        habits.limits.body_deadline = NEVER
    }),
    bug(
        "decodes-each-read",
        "each read of a body is turned into text by itself",
        "I183",
        "`text += chunk` of Node",
        |habits| habits.decodes_each_read = true,
    ),
    bug(
        "torn-body-accepted",
        "a body that ends before its Content-Length is taken for whole",
        "H166 H168",
        "",
        |habits| habits.takes_torn_body = true,
    ),
    bug(
        "one-connection-at-a-time",
        "the next connection waits until this one is done",
        "I192",
        "a receiver of one nc loop",
        |habits| habits.connections = 1,
    ),
    bug(
        "answers-before-reading",
        "acknowledges by the header alone, and stores nothing",
        "A1 C51",
        "a receiver of one nc loop",
        |habits| habits.reads_body = false,
    ),
    bug("slow-answer", "answers after 21 s, when the sender has given up", "A1", "", |habits| {
        habits.delay = LATE
    }),
    bug("answers-204", "accepts with 204, which is not an acknowledgement here", "A1", "", |habits| {
        habits.success = StatusCode::NO_CONTENT
    }),
];
