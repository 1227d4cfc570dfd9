//! Whether a callback is accepted. Pure: bytes, clock and key → the file it announces, or a named reason.

use std::borrow::Cow;
use std::fmt;

use secrecy::SecretString;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::provider::signature::Signature;
use crate::provider::{Reading, Sister};

/// How far ahead of the receiver's clock the sender's may be, in seconds.
const SKEW: i64 = 300;

/// One callback URL: who sends to it, and the key shared with them.
#[derive(Clone)]
pub struct Account {
    /// The path of the URL.
    pub path: String,
    /// How to read what is sent to it.
    pub reading: &'static Reading,
    /// A second kind of callback that may come to it.
    pub sister: Option<&'static Sister>,
    /// Scheme and key; none = callbacks are taken unsigned.
    pub signing: Option<(&'static Signature, SecretString)>,
    /// From sending to expiry, in seconds; a time further ahead than this, and than any skew, was never signed by the sender.
    pub lifetime: i64,
}

/// What an accepted callback says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The event, in the provider's words.
    pub event: String,
    /// Identity of the finished file, if it announces one.
    pub file: Option<String>,
}

/// Why a callback is refused. No text of it repeats what the right signature would have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not JSON, not an object, or a key twice.
    #[error("the body is not one JSON object with each key once")]
    Malformed,
    /// No signature or no time.
    #[error("signature or time is missing")]
    Unsigned,
    /// The time is not plain decimal digits.
    #[error("the time is not written in plain decimal digits")]
    BadTime,
    /// The signature is another one.
    #[error("the signature does not match")]
    Forged,
    /// The time has passed.
    #[error("the signature has expired")]
    Expired,
    /// The time lies further ahead than signatures live.
    #[error("the time lies too far ahead")]
    Future,
    /// A field that the event must have is missing or empty.
    #[error("a required field is missing")]
    Incomplete,
}

impl Refusal {
    /// The HTTP status of the answer.
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed | Self::Incomplete => 400,
            _ => 401,
        }
    }
}

/// Judges the raw bytes of a body at `now` (Unix seconds).
///
/// A time equal to `now` has not expired yet.
///
/// # Errors
/// The first reason found, signature before content.
pub fn judge(account: &Account, body: &[u8], now: i64) -> Result<Accepted, Refusal> {
    let Object(fields) = serde_json::from_slice(body).map_err(|_| Refusal::Malformed)?;
    let (reading, signing) = account.form(&fields);
    if let Some((signature, key)) = signing {
        let given = fields.get(reading.signature_field).and_then(Value::as_str).ok_or(Refusal::Unsigned)?;
        let time = fields.get(reading.time_field).ok_or(Refusal::Unsigned).and_then(digits)?;
        let expiry: i64 = time.parse().map_err(|_| Refusal::BadTime)?;
        if !signature.verify(key, &time, given, |name| fields.get(name).and_then(Value::as_str)) {
            return Err(Refusal::Forged);
        }
        if expiry < now {
            return Err(Refusal::Expired);
        }
        if expiry > now.saturating_add(account.lifetime).saturating_add(SKEW) {
            return Err(Refusal::Future);
        }
    }
    content(reading, &fields)
}

impl Account {
    /// How a message is read and signed: by its event it is one of the main callback, or of its sister.
    fn form(
        &self,
        fields: &Map<String, Value>,
    ) -> (&'static Reading, Option<(&'static Signature, &SecretString)>) {
        let event_of = |sister: &&'static Sister| fields.get(sister.reading.event_field?)?.as_str();
        let sister =
            self.sister.filter(|sister| event_of(sister).is_some_and(|event| sister.events.contains(&event)));
        let key = self.signing.as_ref().map(|(_, key)| key);
        match sister {
            Some(sister) => (&sister.reading, sister.signature.as_ref().zip(key)),
            None => (self.reading, self.signing.as_ref().map(|(signature, key)| (*signature, key))),
        }
    }
}

fn content(reading: &Reading, fields: &Map<String, Value>) -> Result<Accepted, Refusal> {
    let event = match reading.event_field {
        Some(field) => fields.get(field).and_then(text).ok_or(Refusal::Incomplete)?.into_owned(),
        None => String::new(),
    };
    // An event that is not known is acknowledged and ignored: vendors add new ones.
    let file = match reading.event_field.is_none() || reading.file_events.contains(&event.as_str()) {
        false => None,
        true => {
            let key = fields.get(reading.file_field).and_then(text).filter(|key| !key.is_empty());
            Some(key.ok_or(Refusal::Incomplete)?.into_owned())
        }
    };
    Ok(Accepted { event, file })
}

/// The signed digits: a number or a text, but digits only, as the vendor writes them. Sign, space, leading zero, fraction
/// and exponent are other bytes than those that were signed.
fn digits(value: &Value) -> Result<Cow<'_, str>, Refusal> {
    let text = text(value).ok_or(Refusal::BadTime)?;
    let plain = !text.is_empty() && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { Ok(text) } else { Err(Refusal::BadTime) }
}

fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

/// A JSON object with each key once: parsers disagree on which of two values counts, and an attacker knows it.
struct Object(Map<String, Value>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;
        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = Object;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Object, A::Error> {
                let mut fields = Map::new();
                while let Some((key, value)) = entries.next_entry::<String, Value>()? {
                    if fields.insert(key, value).is_some() {
                        return Err(de::Error::custom("a key twice"));
                    }
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(ObjectVisitor)
    }
}
