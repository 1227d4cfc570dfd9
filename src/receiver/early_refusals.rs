//! Refusals that need no body.

use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode, Version};

use super::habits::Habits;

/// The first reason to refuse a request by its head.
pub(super) fn refusal(habits: &Habits, head: &Parts) -> Option<(StatusCode, &'static str)> {
    if (habits.method)(head) != Method::POST {
        return Some((StatusCode::METHOD_NOT_ALLOWED, "callbacks are sent with POST"));
    }
    [habits.host, habits.framing, habits.media_type].iter().find_map(|rule| rule(head))
}

/// hyper itself lets no Host and two Hosts pass.
pub(super) fn one_host(head: &Parts) -> Option<(StatusCode, &'static str)> {
    let hosts = head.headers.get_all(HOST).iter().count();
    let wrong = hosts > 1 || (hosts == 0 && head.version == Version::HTTP_11);
    wrong.then_some((StatusCode::BAD_REQUEST, "a request has exactly one Host"))
}

/// hyper undoes `chunked` alone: what comes as `gzip, chunked` would be read as it is.
pub(super) fn plainly_framed(head: &Parts) -> Option<(StatusCode, &'static str)> {
    let codings = head.headers.get_all(TRANSFER_ENCODING);
    let plain = codings.iter().all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
    (!plain).then_some((StatusCode::NOT_IMPLEMENTED, "no transfer coding but chunked is known here"))
}

/// JSON by its Content-Type, or without one, and not compressed: no vendor here sends another.
pub(super) fn plain_json(head: &Parts) -> Option<(StatusCode, &'static str)> {
    // Bytes that are not a text name no type: not that of JSON either.
    let kind = head.headers.get(CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default());
    let essence = kind.map(|kind| kind.split(';').next().unwrap_or(kind).trim());
    // Some senders say in the subtype what the JSON is for.
    let json = |essence: &str| {
        let essence = essence.to_ascii_lowercase();
        essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
    };
    if essence.is_some_and(|essence| !json(essence)) {
        return Some((StatusCode::UNSUPPORTED_MEDIA_TYPE, "callbacks are application/json"));
    }
    let mut codings = head.headers.get_all(CONTENT_ENCODING).iter();
    let plain = codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    (!plain).then_some((StatusCode::UNSUPPORTED_MEDIA_TYPE, "callbacks are not compressed"))
}
