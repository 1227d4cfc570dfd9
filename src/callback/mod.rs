//! Plain data between the stages: what is to be sent, before and after it is ready to be signed.

mod body;
mod edit;
pub mod path;
pub mod splice;

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hyper::body::Bytes;
#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::request::WireFault;

pub use body::{Body, FieldSlot, Layout, TimeForm, TimeSpelling, TimeText};
pub use edit::Edit;

/// Reaction of a right receiver to a callback; the later variant is the stronger one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Provider behaviour: acknowledge it, with its effect exactly once.
    Legal,
    /// Changed where the signature does not look: no receiver can tell, so none is judged by it.
    Unprotected,
    /// Neither: answer or close in time, and go on serving others.
    Rough,
    /// Attack or corruption: refuse it, and change nothing.
    Hostile,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Legal => "legal",
            Self::Hostile => "hostile",
            Self::Rough => "rough",
            Self::Unprotected => "unprotected",
        })
    }
}

/// Time at which the last of them is due; zero where there are none.
pub fn last_due(callbacks: &[PlannedCallback]) -> Duration {
    callbacks.iter().map(|callback| callback.due).fold(Duration::ZERO, Duration::max)
}

/// One message that a provider sends because of a fact.
#[derive(Clone, Debug)]
pub struct PlannedCallback {
    /// Unique within its scenario file: `huawei-2024-3`.
    pub id: String,
    /// Event in the provider's own words: `RECORD_OVER`, `record`.
    pub event: &'static str,
    /// Reaction of a right receiver to it.
    pub class: Class,
    /// Time at which it is due, since the start of the broadcast.
    pub due: Duration,
    /// The file it is about, for a person: `hls file 2`; only the format when it is about none.
    pub subject: String,
    /// The keys by which a receiver can tell that two callbacks announce the same file; only on finished files.
    pub file_keys: Vec<String>,
    /// Reason for sending it, for a person.
    pub why: String,
    /// Path of the broadcast step behind it.
    pub step: String,
    /// The headers that the sender gives this message alone.
    pub head: MessageHead,
    /// The body, field by field, not yet signed.
    pub body: Body,
    /// Bytes that are sent in the place of the body's.
    pub given: Option<BodyTemplate>,
    /// The facts that are signed, where they are not those of the body.
    pub signed: Option<Body>,
    /// A text that only this callback brings, and that must have no effect.
    pub taint: Option<String>,
    /// Outcome at the time of its capture, if it was captured.
    pub earlier: Option<Earlier>,
    /// Fields that were changed by hand, for a person.
    pub changed: Vec<String>,
    /// Names of the wire faults put on it.
    pub faults: Vec<String>,
    /// Combined wire faults of the callback.
    pub wire_fault: WireFault,
    /// Position in time relative to the callbacks before it.
    pub turn: SendOrder,
}

/// Outcome of a captured callback at the time of its capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct Earlier {
    /// The status of its answer; none = it had no answer, or the capture does not say.
    pub status: Option<u16>,
    /// It was accepted.
    pub accepted: bool,
    /// Reason for which it had not failed, although it was not accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_failed: Option<NotFailed>,
}

/// Reason for which a captured callback had not failed, although it was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotFailed {
    /// It had not been sent, or nobody knows whether it arrived.
    NotSent,
    /// Its signature did not match the key: a right receiver refuses it.
    WrongSignature,
}

/// The headers that a sender gives one message, beside those of every request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageHead {
    /// Names and values, as they are written; none of them depends on the moment of sending.
    pub headers: Vec<(&'static str, String)>,
    /// The id of the message, which its retries share; empty where none was drawn.
    pub id: String,
    /// The message is the query of a GET, and there is no body.
    pub in_query: bool,
}

/// Order of a callback relative to those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SendOrder {
    /// After the end of the ones before it, if callbacks of a stream wait for each other at all.
    #[default]
    Next,
    /// At the same moment as the one before it, this long after the first of that moment.
    With(Duration),
}

/// A message ready to be signed and sent: made once, never parsed again, filled in per attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BodyTemplate {
    /// The body's bytes, with holes.
    pub body: Vec<Piece>,
    /// The sender's own headers, with holes.
    pub head: Vec<(&'static str, Vec<Piece>)>,
    /// Its signatures, the one that proves it first; none = it is not signed.
    pub seals: Vec<SignatureTemplate>,
    /// The query of a GET; none = it is a POST.
    pub query: Option<String>,
}

/// A signature in the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureTemplate {
    /// Digest that turns the message into the signature.
    pub digest: Digests,
    /// Written form of the signature.
    pub encoding: Encoding,
    /// The bytes that are signed, with holes.
    pub message: Vec<Piece>,
}

/// The digests in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digests {
    /// Plain MD5; the key is part of the message.
    Md5,
    /// HMAC-SHA1 under the key.
    HmacSha1,
    /// HMAC-SHA256 under the key.
    HmacSha256,
    /// HMAC-SHA256 under the bytes that a key of Standard Webhooks stands for.
    WebhookSha256,
}

/// Written form of the bytes of a signature, or of other bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Lower-case hexadecimal digits.
    Hex,
    /// Base64 with padding.
    Base64,
    /// Base64 for URLs, without padding.
    Base64Url,
}

impl Encoding {
    /// The bytes in it.
    pub fn write(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            Self::Base64 => BASE64_STANDARD.encode(bytes),
            Self::Base64Url => BASE64_URL_SAFE_NO_PAD.encode(bytes),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hex => "lower-case hexadecimal",
            Self::Base64 => "base64",
            Self::Base64Url => "base64url without padding",
        })
    }
}

impl Piece {
    /// True when it holds the body, or its hash.
    fn is_of_the_body(&self) -> bool {
        match self {
            Self::Body | Self::BodyHash => true,
            Self::Encoded(pieces) => pieces.iter().any(Self::is_of_the_body),
            _ => false,
        }
    }
}

/// A stretch of bytes, or a hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Bytes),
    /// The shared key. Stands in messages only, never in a body.
    Key,
    /// The time, in decimal digits.
    Time,
    /// The time in another spelling.
    Spelt(TimeSpelling),
    /// The signature at this place among those of the message. Stands in bodies and headers.
    Signature(usize),
    /// Time of sending, in Unix milliseconds: whole seconds.
    Millis,
    /// The time, so many seconds later.
    Later(i64),
    /// The body as it is sent. Stands in messages only.
    Body,
    /// Its SHA-256 in base64. Stands in messages and headers.
    BodyHash,
    /// The pieces, joined and written in base64 for URLs.
    Encoded(Vec<Piece>),
    /// Number of the request, which a retry raises.
    Count(u64),
    /// The host of the callback URL, without its port.
    Host,
    /// The signatures under keys that were replaced and are still accepted, each behind this text. Stands in headers.
    Earlier(&'static str),
}
