//! Captured requests: read from the common formats, and written as JSON lines.
//!
//! Pure but for the reader it is given: bytes in, requests out, one after the other, so that a large file is never held whole.
//! The dumps of mitmproxy are not read: no library in Rust does, and its own `mitmdump` writes HAR.

mod access_log;
mod curl;
mod format;
mod har;
mod http;
pub mod lines;
mod read;
pub mod story;

use hyper::body::Bytes;
use jiff::Timestamp;

pub use access_log::{NOT_HTTP, time as access_log_time};
pub use format::CaptureFormat;
pub use http::is_url;
pub use read::{CaptureError, Enough, read};

/// A request as it came, and what is known of its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapturedRequest {
    /// Name within its capture: the number of the request, from 1, or the callback's id in a record.
    pub id: String,
    /// Time of arrival; none if the capture does not record it.
    pub at: Option<Timestamp>,
    /// `POST`
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names and values, in order. A value is bytes.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Every byte of the body; none where the capture has no bodies.
    pub body: Option<Bytes>,
    /// The receiver's answer, if known.
    pub answer: Option<CapturedAnswer>,
    /// Verdict of the program that captured it; empty = none.
    pub verdict: String,
    /// `file:line`, for a person.
    pub place: String,
    /// The sender, where it is known and need not be found by the fields of the body.
    pub sender: Option<CapturedSender>,
}

impl CapturedRequest {
    /// The bytes of its body.
    pub fn bytes(&self) -> &[u8] {
        // A capture may have no bodies; whoever must tell that from an empty one looks at `body`.
        self.body.as_deref().unwrap_or_default()
    }

    /// The query of a GET; none where it is another request, or has none.
    pub fn query(&self) -> Option<&str> {
        let query = self.path.split_once('?').map(|(_, query)| query)?;
        (self.method == "GET").then(|| query.split('#').next().unwrap_or(query))
    }

    /// Names and values of the headers, as far as they are text.
    pub fn header_texts(&self) -> impl Iterator<Item = (String, String)> {
        self.headers.iter().map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into_owned()))
    }
}

/// The answer to a captured request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapturedAnswer {
    /// HTTP status.
    pub status: u16,
    /// Every byte of its body, or as much as was captured; none where the capture has the status alone.
    pub body: Option<Bytes>,
}

/// The sender of a callback in a record. Its signature was taken out of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapturedSender {
    /// Name of the provider.
    pub provider: String,
    /// Name of the revision.
    pub revision: String,
    /// Event, in the provider's words.
    pub event: String,
    /// It was sent with a signature, in its body or in headers.
    pub signed: bool,
    /// The callback was accepted in the end.
    pub accepted: bool,
    /// The receiver had it, as far as the record knows.
    pub reached: bool,
}
