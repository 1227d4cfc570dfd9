//! One HTTP exchange, as records keep it.

use std::collections::BTreeMap;
use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{SentRequest, html};
use crate::masking::Secrets;

/// Largest part of an answer's body that is kept, in bytes.
pub const ANSWER_KEPT: usize = 2048;

/// Result of one HTTP exchange.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Exchange {
    /// Time from the intent to send the first byte to the end of the answer, or to the failure.
    #[serde(deserialize_with = "super::lines::time")]
    pub latency_ms: f64,
    /// The answer, if there was one.
    pub answer: Option<Answer>,
    /// Reason for a missing or incomplete answer.
    pub error: Option<Trouble>,
    /// Parts of the time. Records of earlier versions lack them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<Phases>,
    /// The request. Records of earlier versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<SentRequest>,
    /// The request was one that every HTTP server reads. Known only while the run goes on.
    #[serde(skip)]
    pub ordinary: bool,
}

/// Parts of the time of an exchange, in milliseconds, one after the other; one that was not reached is missing. Where a fault
/// takes several connections, those of the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(default)]
pub struct Phases {
    /// Until the connection was there.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "super::lines::some_time")]
    pub connect_ms: Option<f64>,
    /// Until it was secure.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "super::lines::some_time")]
    pub tls_ms: Option<f64>,
    /// Until all was sent, or an answer began.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "super::lines::some_time")]
    pub send_ms: Option<f64>,
    /// Until the first byte of an answer.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "super::lines::some_time")]
    pub wait_ms: Option<f64>,
    /// Until its last byte.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "super::lines::some_time")]
    pub read_ms: Option<f64>,
    /// Requests on the connection; of more than one it was used again.
    #[serde(skip_serializing_if = "is_one")]
    pub requests: u32,
    /// Connections of the exchange.
    #[serde(skip_serializing_if = "is_one")]
    pub connections: u32,
}

fn is_one(count: &u32) -> bool {
    *count <= 1
}

impl Phases {
    /// Names and times of the phases that were reached, in order.
    pub fn reached(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let all = [
            ("connect", self.connect_ms),
            ("TLS", self.tls_ms),
            ("send", self.send_ms),
            ("wait", self.wait_ms),
            ("read", self.read_ms),
        ];
        all.into_iter()
            .filter_map(|(name, time)| Some((name, time.filter(|time| time.is_finite())?.max(0.0))))
    }
}

/// Answer of the receiver.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Target of a redirect, without user, password and query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The way to prove oneself that a refusal asks for in `WWW-Authenticate`: `Basic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
    /// The receiver's clock when it refused, by its `Date`, as RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Its headers, names in lower case. Kept while the run goes on only: cookies are none of a record's business.
    #[serde(skip)]
    pub headers: Vec<(String, String)>,
    /// Those of them that say who answered, and by which the answer is found in the receiver's logs (`HEADERS_KEPT`), without secrets.
    /// Records of earlier versions lack them.
    #[serde(default, rename = "headers", skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<String, String>,
    /// The first [`ANSWER_KEPT`] bytes of the body; what is not UTF-8 is replaced, and a body that is not text is described. An
    /// HTML page is kept without its style, scripts and metadata.
    pub body: String,
    /// Text for a person in the place of a body that is not text; [`Answer::keep`] puts it there.
    #[serde(skip)]
    pub unpacked: Option<String>,
    /// The body had more, or its end did not come in time.
    pub cut: bool,
    /// More came behind its end, and it was the last answer that was asked for. Known only while the run goes on.
    #[serde(skip)]
    pub surplus: bool,
    /// Meaning of an acknowledging answer, beside the acknowledgement. Known only while the run goes on.
    #[serde(skip)]
    pub meaning: Meaning,
    /// It gave away a signature that it was not sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaked: bool,
}

/// Meaning of an acknowledging answer in the scenario's own terms (`expect.accept`, `expect.reject`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Meaning {
    /// The callback was accepted.
    #[default]
    Accepted,
    /// The callback was not accepted.
    Declined,
    /// Acceptance and rejection look alike.
    Unclear,
}

/// Headers of an answer that a record keeps. None of them bears a secret by its purpose.
pub(super) const HEADERS_KEPT: [&str; 12] = [
    "allow",
    "cf-ray",
    "content-encoding",
    "content-type",
    "retry-after",
    "server",
    "traceparent",
    "via",
    "x-amzn-trace-id",
    "x-correlation-id",
    "x-powered-by",
    "x-request-id",
];

/// Characters of a header that are kept.
const HEADER_KEPT: usize = 200;

impl Answer {
    /// Shortens the body to the kept part and removes secrets. Only this part is searched, and the bytes that may reach into it.
    pub fn keep(&mut self, secrets: &Secrets) {
        if let Some(text) = self.unpacked.take() {
            self.body = text;
        }
        if let Some(text) = html::spoken(&self.body) {
            self.body = text;
        }
        self.cut |= self.body.len() > ANSWER_KEPT;
        self.body = secrets.head(&self.body, ANSWER_KEPT).into_owned();
        let kept = self.headers.iter().filter(|(name, _)| HEADERS_KEPT.contains(&name.as_str()));
        let short = |text: &str| text.chars().take(HEADER_KEPT).collect::<String>();
        self.kept = kept.map(|(name, text)| (name.clone(), short(&secrets.masked(text)))).collect();
        if let Some(location) = &mut self.location {
            secrets.clean(location);
        }
        self.shorten();
    }

    fn shorten(&mut self) {
        let end = (0..=ANSWER_KEPT.min(self.body.len())).rev().find(|end| self.body.is_char_boundary(*end));
        // The start of a text is never within a character.
        let end = end.unwrap_or_default();
        self.cut |= end < self.body.len();
        self.body.truncate(end);
    }
}

impl Exchange {
    /// True if the receiver was reached.
    pub fn reached(&self) -> bool {
        self.answer.is_some() || self.error.as_ref().is_some_and(|error| error.kind.reached())
    }
}

/// Reason for a missing or incomplete answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Trouble {
    /// By kind.
    pub kind: TroubleKind,
    /// Text for a person.
    pub text: String,
    /// What tells it from others of its kind, for programs. Records of earlier versions lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<TroubleDetail>,
}

/// Difference of a trouble from others of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TroubleDetail {
    /// What came is an alert of TLS: http was sent to a port of https.
    TlsAlert,
    /// What came is no HTTP at all.
    NoHttp,
    /// The connection was reset.
    Reset,
}

impl Trouble {
    /// A trouble of which the kind says enough.
    pub fn new(kind: TroubleKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), detail: None }
    }
}

/// Kinds of trouble, in the order of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// The address is neither local nor allowed by name.
    NotAllowed,
    /// The name has no address.
    Dns,
    /// Nobody took the connection.
    Connect,
    /// Somebody is there, and did not take the connection in time.
    NotTaken,
    /// This machine has no port left to connect from.
    NoPort,
    /// This process may open no more files; a connection is one.
    OwnLimit,
    /// No secure connection came about.
    Tls,
    /// The answer, or its end, did not come in time.
    Timeout,
    /// The connection was closed or reset before an answer.
    Closed,
    /// The answer is not HTTP.
    Garbage,
    /// An answer began, and the connection or its framing ended before its body did.
    Incomplete,
    /// We left the connection ourselves, as a fault says.
    Left,
    /// The load ended before an answer came.
    CutOff,
}

impl fmt::Display for TroubleKind {
    /// The word that records have for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl TroubleKind {
    /// True if the end of a process causes it.
    pub fn breaks_off(self) -> bool {
        matches!(self, Self::Connect | Self::Closed | Self::Incomplete)
    }

    /// Name for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotAllowed => "address not allowed",
            Self::Dns => "name not found",
            Self::Connect => "connection refused",
            Self::NotTaken => "connection not taken",
            Self::NoPort => "no local port left",
            Self::OwnLimit => "no open file left",
            Self::Tls => "no TLS",
            Self::Timeout => "timed out",
            Self::Closed => "closed",
            Self::Garbage => "not HTTP",
            Self::Incomplete => "answer not complete",
            Self::Left => "left by us",
            Self::CutOff => "still unanswered when the load ended",
        }
    }

    /// True if the receiver was reached.
    pub fn reached(self) -> bool {
        matches!(
            self,
            Self::Timeout | Self::Closed | Self::Garbage | Self::Incomplete | Self::Left | Self::CutOff
        )
    }
}
