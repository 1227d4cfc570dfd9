//! Plain data between the stages: what is to be sent, before and after it is ready to be signed.

mod edit;
pub mod splice;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use hyper::body::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::request::WireFault;

pub use edit::Edit;

/// What a right receiver does with a callback; the later word is the stronger.
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
    /// Bytes that are sent in the place of the body's.
    pub given: Option<BodyTemplate>,
    /// The facts that are signed, where they are not those of the body.
    pub signed: Option<Body>,
    /// A text that only this callback brings, and that must have no effect.
    pub taint: Option<String>,
    /// What became of it when it was captured, if it was.
    pub earlier: Option<Earlier>,
    /// Names of the wire faults put on it.
    pub faults: Vec<String>,
    /// What they come to.
    pub wire_fault: WireFault,
    /// When it is sent, beside those before it.
    pub turn: SendOrder,
}

/// What became of a captured callback at the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Earlier {
    /// The status of its answer; none = it had no answer, or the capture does not say.
    pub status: Option<u16>,
    /// It was accepted.
    pub accepted: bool,
}

/// When a callback is sent, beside those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SendOrder {
    /// When the ones before it have ended, if callbacks of a stream wait for each other at all.
    #[default]
    Next,
    /// In the same moment as the one before it, this long after the first of that moment.
    With(Duration),
}

/// A JSON object in the making: values, and holes for what only the moment of sending knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Body {
    /// Names and what stands in them, in order.
    pub fields: Vec<(Cow<'static, str>, FieldSlot)>,
    /// How the time is written, and signed as it is written, where that is not in plain digits.
    pub time: Option<TimeText>,
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

/// What stands in a field.
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
    /// A body with these fields.
    pub fn new(fields: impl IntoIterator<Item = (Cow<'static, str>, FieldSlot)>) -> Self {
        Self { fields: fields.into_iter().collect(), time: None }
    }

    /// What stands in a field.
    pub fn slot(&mut self, name: &str) -> Option<&mut FieldSlot> {
        self.fields.iter_mut().find_map(|(field, slot)| (field == name).then_some(slot))
    }

    /// Puts something into a field; a new one is the last.
    pub fn set(&mut self, name: &str, new: FieldSlot) {
        match self.slot(name) {
            Some(slot) => *slot = new,
            None => self.fields.push((name.to_owned().into(), new)),
        }
    }

    /// Takes a field away.
    pub fn remove(&mut self, name: &str) {
        self.fields.retain(|(field, _)| field != name);
    }

    /// The value of a field, if it has one already.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find_map(|(field, slot)| match slot {
            FieldSlot::Value(value) if *field == name => Some(value),
            _ => None,
        })
    }
}

/// A body ready to be signed and sent: made once, never parsed again, filled in per attempt.
#[derive(Clone, Debug)]
pub struct BodyTemplate {
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
    /// The time in another spelling.
    Spelt(TimeSpelling),
    /// The signature. Stands in bodies only.
    Signature,
}
