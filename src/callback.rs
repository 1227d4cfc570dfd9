//! Plain data between the stages: what is to be sent, before and after it is ready to be signed.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a right receiver does with a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Provider behaviour: acknowledge it, with its effect exactly once.
    Legal,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Legal => "legal",
        })
    }
}

/// One message that a provider sends because of a fact.
#[derive(Clone, Debug)]
pub struct Callback {
    /// Unique within its scenario file: `huawei-2024-3`.
    pub id: String,
    /// In the provider's own words: `RECORD_OVER`, `record`.
    pub event: &'static str,
    /// What a right receiver does with it.
    pub class: Class,
    /// When it is due, since the broadcast began.
    pub due: Duration,
    /// The file it is about, for a person: `hls file 2`; only the format when it is about none.
    pub subject: String,
    /// The key by which a receiver can tell that two callbacks announce the same file; only on finished files.
    pub file_key: Option<String>,
    /// Why it is sent, for a person.
    pub why: String,
    /// Path of the broadcast step behind it.
    pub step: String,
    /// The body, field by field, not yet signed.
    pub body: Body,
}

/// A JSON object in the making: values, and holes for what only the moment of sending knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body(pub Vec<(&'static str, Slot)>);

/// What stands in a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Slot {
    /// A value.
    Value(Value),
    /// The time that the signature covers, in Unix seconds, as a JSON number or as a text.
    Time(TimeForm),
    /// The signature, lower-case hexadecimal.
    Signature,
}

/// How a provider writes the signed time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeForm {
    /// `1583676745`
    Number,
    /// `"1583676745"`
    Text,
}

impl Body {
    /// The value of a field, if it has one already.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.iter().find_map(|(field, slot)| match slot {
            Slot::Value(value) if *field == name => Some(value),
            _ => None,
        })
    }
}

/// A body ready to be signed and sent: made once, never parsed again, filled in per attempt.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The body's bytes, with holes.
    pub body: Vec<Piece>,
    /// The bytes that are signed, with holes.
    pub message: Vec<Piece>,
    /// How they become the signature; none = this body has none.
    pub digest: Option<Digests>,
}

/// The digests in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digests {
    /// Plain MD5; the key is part of the message.
    Md5,
    /// HMAC-SHA256 under the key.
    HmacSha256,
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
    /// The signature. Stands in bodies only.
    Signature,
}
