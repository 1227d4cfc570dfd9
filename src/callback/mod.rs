//! Plain data between the stages: what is to be sent, before and after it is ready to be signed.

mod edit;
pub mod path;
pub mod splice;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hyper::body::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::request::WireFault;

pub use edit::Edit;

/// Reaction of a right receiver to a callback; the later variant is the stronger one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Earlier {
    /// The status of its answer; none = it had no answer, or the capture does not say.
    pub status: Option<u16>,
    /// It was accepted.
    pub accepted: bool,
}

/// The headers that a sender gives one message, beside those of every request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageHead {
    /// Names and values, as they are written; none of them depends on the moment of sending.
    pub headers: Vec<(&'static str, String)>,
    /// The id of the message, which its retries share; empty where none was drawn.
    pub id: String,
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

/// A JSON object in the making: values, and holes for what only the moment of sending knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// Names and what stands in them, in order.
    pub fields: Vec<(Cow<'static, str>, FieldSlot)>,
    /// Written form of the time, where it is not plain digits. It is signed in this form.
    pub time: Option<TimeText>,
    /// Place of white space.
    pub layout: Layout,
}

/// Place of white space in a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// Nowhere.
    #[default]
    Compact,
    /// `"key" : value`, a line for each, indented by tabs, and a line end after the object.
    Styled,
    /// `"key":<tab>value`, a line for each, indented by tabs.
    Tabbed,
}

/// A time that is written in another way than the vendor's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeText {
    /// This text, whenever it is sent.
    Given(String),
    /// The time of sending, in another spelling.
    Spelt(TimeSpelling),
}

/// Ways to spell a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeSpelling {
    /// `1700000600000`
    Milliseconds,
    /// `+1700000600`
    Plus,
    /// `01700000600`
    LeadingZero,
    /// ` 1700000600`
    LeadingSpace,
    /// `1700000600.0`
    Fraction,
    /// `1.700000600e9`
    Exponent,
    /// `1_700000600`
    Underscore,
    /// `１７０００００６００`
    FullWidth,
    /// `١٧٠٠٠٠٠٦٠٠`
    Arabic,
}

impl TimeSpelling {
    /// The digits in this spelling.
    pub fn of(self, digits: &str) -> String {
        let (first, rest) = digits.split_at(1.min(digits.len()));
        let from = |zero: u32| {
            digits.chars().filter_map(|c| char::from_u32(zero + c.to_digit(10)?)).collect::<String>()
        };
        match self {
            Self::Milliseconds => format!("{digits}000"),
            Self::Plus => format!("+{digits}"),
            Self::LeadingZero => format!("0{digits}"),
            Self::LeadingSpace => format!(" {digits}"),
            Self::Fraction => format!("{digits}.0"),
            Self::Exponent => format!("{first}.{rest}e{}", rest.len()),
            Self::Underscore => format!("{first}_{rest}"),
            Self::FullWidth => from(0xff10),
            Self::Arabic => from(0x0660),
        }
    }

    /// It is a JSON number.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Milliseconds | Self::Fraction | Self::Exponent)
    }
}

/// Content of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldSlot {
    /// A value.
    Value(Value),
    /// The time that the signature covers, in Unix seconds, as a JSON number or as a text.
    Time(TimeForm),
    /// The signature, lower-case hexadecimal.
    Signature,
    /// JSON text, or what only looks like it, that is sent as it stands.
    Literal(String),
    /// Unix milliseconds of the attempt, whole seconds.
    SentMillis,
    /// Number of the request among those of its stream: it rises with every callback and with every retry.
    Count(u64),
}

/// Written form of the signed time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeForm {
    /// `1583676745`
    Number,
    /// `"1583676745"`
    Text,
}

impl Body {
    /// A body with these fields.
    pub fn new(fields: impl IntoIterator<Item = (Cow<'static, str>, FieldSlot)>) -> Self {
        Self { fields: fields.into_iter().collect(), time: None, layout: Layout::Compact }
    }

    /// Content of a field.
    pub fn slot(&mut self, name: &str) -> Option<&mut FieldSlot> {
        self.fields.iter_mut().find_map(|(field, slot)| (field == name).then_some(slot))
    }

    /// Content at a path: a field, or a place inside one.
    pub fn at(&self, path: &str) -> Option<FieldSlot> {
        let own = self.fields.iter().find_map(|(field, slot)| (field == path).then_some(slot));
        own.cloned().or_else(|| Some(FieldSlot::Value(self.value(path)?.clone())))
    }

    /// Puts something at a path; a new field is the last.
    pub fn set(&mut self, path: &str, new: FieldSlot) {
        if self.slot(path).is_none()
            && let Some(json) = new.json()
            && let Ok(edit) = Edit::json(path, json)
            && edit.is_inside()
            && edit.apply(self, "").is_ok()
        {
            return;
        }
        match self.slot(path) {
            Some(slot) => *slot = new,
            None => self.fields.push((path.to_owned().into(), new)),
        }
    }

    /// Raises the number of the request, if the body has one.
    pub fn count_on(&mut self, by: u64) {
        for (_, slot) in &mut self.fields {
            if let FieldSlot::Count(number) = slot {
                *number = number.saturating_add(by);
            }
        }
    }

    /// Takes away what holds time and signature: they stand elsewhere.
    pub fn unsign(&mut self) {
        self.fields.retain(|(_, slot)| !matches!(slot, FieldSlot::Time(_) | FieldSlot::Signature));
    }

    /// Takes away what stands at a path.
    pub fn remove(&mut self, path: &str) {
        let count = self.fields.len();
        self.fields.retain(|(field, _)| field != path);
        if self.fields.len() == count
            && let Ok(edit) = Edit::unset(path)
        {
            // Where it leads to nothing, there is nothing to take away.
            let _ = edit.apply(self, "");
        }
    }

    /// The value at a path, if it has one already.
    pub fn value(&self, path: &str) -> Option<&Value> {
        let of = |name: &str| {
            self.fields.iter().find_map(|(field, slot)| match slot {
                FieldSlot::Value(value) if *field == name => Some(value),
                _ => None,
            })
        };
        let own = of(path);
        if own.is_some() || !path.contains(['.', '[']) {
            return own;
        }
        let path = path::FieldPath::parse(path).ok()?;
        match path.steps().split_first()? {
            (path::PathStep::Key(first), rest) => path::within(of(first)?, rest),
            _ => None,
        }
    }
}

impl FieldSlot {
    /// The JSON text that stands there whenever it is sent; none = it is only known then.
    pub fn json(&self) -> Option<String> {
        match self {
            Self::Value(value) => Some(value.to_string()),
            Self::Literal(json) => Some(json.clone()),
            Self::Time(_) | Self::Signature | Self::SentMillis | Self::Count(_) => None,
        }
    }
}

/// A message ready to be signed and sent: made once, never parsed again, filled in per attempt.
#[derive(Clone, Debug, Default)]
pub struct BodyTemplate {
    /// The body's bytes, with holes.
    pub body: Vec<Piece>,
    /// The sender's own headers, with holes.
    pub head: Vec<(&'static str, Vec<Piece>)>,
    /// Its signatures, the one that proves it first; none = it is not signed.
    pub seals: Vec<SignatureTemplate>,
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

impl BodyTemplate {
    /// Bytes that are sent as they are.
    pub fn plain(bytes: Bytes) -> Self {
        Self { body: vec![Piece::Bytes(bytes)], ..Self::default() }
    }

    /// The same with the headers of a message.
    #[must_use]
    pub fn with_headers(self, own: &MessageHead) -> Self {
        let own = own.headers.iter().map(|(name, value)| (*name, vec![Piece::Bytes(value.clone().into())]));
        Self { head: own.chain(self.head).collect(), ..self }
    }

    /// The same for a receiver at this host.
    #[must_use]
    pub fn sent_to(mut self, host: &str) -> Self {
        let bytes = || Piece::Bytes(host.to_owned().into());
        let messages = self.seals.iter_mut().map(|seal| &mut seal.message);
        let heads = self.head.iter_mut().map(|(_, pieces)| pieces);
        for piece in messages.chain(heads).flatten().filter(|piece| **piece == Piece::Host) {
            *piece = bytes();
        }
        self
    }

    /// True when it is signed at the moment of sending.
    pub fn is_signed(&self) -> bool {
        !self.seals.is_empty()
    }

    /// True when the very bytes of its body are signed, and not only what they say.
    pub fn signs_bytes(&self) -> bool {
        self.seals.iter().any(|seal| seal.message.iter().any(Piece::is_of_the_body))
    }
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
