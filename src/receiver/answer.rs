//! Answers, and what there is to tell of them.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

use super::judge::Accepted;

/// An answer, and what there is to tell of it.
pub(super) struct Said {
    pub(super) answer: Response<Full<Bytes>>,
    pub(super) about: About,
    pub(super) accepted: Option<bool>,
    pub(super) outcome: String,
    /// It is not passed on: whatever another receiver says, this is the answer.
    pub(super) stays: bool,
}

/// What a body says it is about, proved or not; empty = nothing.
#[derive(Default)]
pub(super) struct About {
    pub(super) event: String,
    pub(super) stream: String,
    pub(super) file: String,
    pub(super) is_known: bool,
}

impl About {
    pub(super) fn of(callback: &Accepted) -> Self {
        let file = callback.recording.as_ref().map(|recording| recording.file.clone());
        Self {
            event: callback.event.clone(),
            // A callback may be about no stream and no file: then an answer names none.
            stream: callback.stream.clone().unwrap_or_default(),
            file: file.unwrap_or_default(), // The same.
            is_known: false,
        }
    }
}

pub(super) fn allow(mut said: Said, method: &'static str) -> Said {
    said.answer.headers_mut().insert(ALLOW, HeaderValue::from_static(method));
    said
}

/// Refuses what is not judged at all.
pub(super) fn turn_away(status: StatusCode, reason: &str) -> Said {
    let answer = refuse(status, reason);
    Said { answer, about: About::default(), accepted: Some(false), outcome: reason.to_owned(), stays: false }
}

pub(super) fn refuse(status: StatusCode, reason: &str) -> Response<Full<Bytes>> {
    explain(status, status.as_u16(), reason)
}

pub(super) fn explain(status: StatusCode, code: u16, reason: &str) -> Response<Full<Bytes>> {
    respond(status, serde_json::json!({ "code": code, "reason": reason }).to_string())
}

pub(super) fn respond(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
