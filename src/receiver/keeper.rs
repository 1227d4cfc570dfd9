//! Interface of the program that runs a receiver: events it gets, and decisions it may make.

use std::io;
use std::pin::Pin;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};

use super::inbox::StoredFile;

/// Program that runs a receiver and gets its events.
pub trait Keeper: Send + Sync {
    /// Makes a recording durable; the callback is acknowledged only if that worked.
    ///
    /// # Errors
    /// It did not.
    fn keep(&self, _recording: &StoredFile) -> io::Result<()> {
        Ok(())
    }

    /// Gets each request that was answered.
    fn hear(&self, _told: &AnsweredRequest<'_>) {}

    /// True if it needs whole requests and answers: bodies are read then that are refused by their heads.
    fn hears_all(&self) -> bool {
        false
    }

    /// Passes a whole request on to another receiver, whose answer replaces ours; none = it is not passed on.
    fn pass_on(&self, _head: &Parts, _body: &Bytes) -> Option<PassedOn> {
        None
    }
}

/// The answer of another receiver, or the error.
pub type PassedOn = Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, String>> + Send>>;

/// Keeper that ignores all events.
pub(super) struct Nobody;

impl Keeper for Nobody {}

/// A request and its answer.
pub struct AnsweredRequest<'a> {
    /// Its method; empty when it was not HTTP.
    pub method: &'a str,
    /// Its path, without the query: that may hold a secret.
    pub path: &'a str,
    /// The event that its body names, proved or not; empty = none.
    pub event: &'a str,
    /// The stream, and the file that is announced, as the body names them, proved or not; empty = none.
    pub stream: &'a str,
    /// See there.
    pub file: &'a str,
    /// The file was stored already.
    pub is_known: bool,
    /// What was answered.
    pub status: StatusCode,
    /// Acceptance of a callback; none = it was a question.
    pub accepted: Option<bool>,
    /// Outcome, or the reason of the refusal.
    pub outcome: &'a str,
    /// Another receiver answered.
    pub passed_on: bool,
    /// The whole of it; none unless [`Keeper::hears_all`].
    pub whole: Option<WholeRequest<'a>>,
}

/// A request and its answer with every byte.
pub struct WholeRequest<'a> {
    /// Request line and headers.
    pub head: &'a Parts,
    /// The body; empty when it did not come whole, or was too large.
    pub body: &'a Bytes,
    /// The body of the answer.
    pub answer: &'a Bytes,
}
