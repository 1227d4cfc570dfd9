//! Decision on a callback: bytes, clock and key → the announced file, or a named reason for refusing. Pure, but for the
//! newest key that was seen, where it alone is accepted.

use std::borrow::Cow;

use hyper::HeaderMap;
use secrecy::SecretString;
use serde_json::{Map, Number, Value};
use subtle::ConstantTimeEq;

pub use super::account::{Account, KeyRing};
use super::fields::ReceivedFields;
use super::habits::{FileIdentity, Habits, HandshakeHabit, SignatureCheck};
use super::head_proof;
use super::inbox::StoredFile;
use crate::callback::path;
use crate::provider::signature::{Proof, Signature};
use crate::provider::{FieldNames, SecondCallback};

/// Allowed lead of the sender's clock over the receiver's, in seconds.
pub(super) const SKEW: i64 = 300;
/// Vendor fields with the name of the stream.
const STREAM_FIELDS: [&str; 3] = ["stream", "stream_name", "stream_id"];
/// Vendor fields with the URL of the file.
const URL_FIELDS: [&str; 2] = ["download_url", "video_url"];

/// Content of an accepted callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The event, in the provider's words.
    pub event: String,
    /// The stream it is about, if it names one.
    pub stream: Option<String>,
    /// The finished file, if it announces one.
    pub recording: Option<StoredFile>,
    /// Identity of the recording; none = no property identifies it.
    pub identity: Option<String>,
    /// The other finished files of the same message, each with its identity.
    pub others: Vec<(StoredFile, Option<String>)>,
    /// The answer of a handshake, in the place of the usual one. Secret.
    pub answer: Option<String>,
}

impl Accepted {
    /// The same as of one message for each file.
    pub(super) fn each(mut self) -> Vec<Self> {
        let others = std::mem::take(&mut self.others).into_iter().map(|(recording, identity)| Self {
            event: self.event.clone(),
            stream: self.stream.clone(),
            recording: Some(recording),
            identity,
            others: Vec::new(),
            answer: None,
        });
        let others: Vec<Self> = others.collect();
        std::iter::once(self).chain(others).collect()
    }
}

/// A callback as it came: what proves it may stand in its head.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// Its headers; none where they are not known.
    pub headers: Option<&'a HeaderMap>,
    /// Its body.
    pub body: &'a [u8],
}

impl<'a> From<&'a [u8]> for Received<'a> {
    fn from(body: &'a [u8]) -> Self {
        Self { headers: None, body }
    }
}

/// Reason for refusing a callback. No text of it repeats what the right signature would have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not JSON, not an object, or a key twice.
    #[error("the body is not one JSON object with each key once")]
    Malformed,
    /// Nested deeper than any callback.
    #[error("the body is nested too deeply")]
    TooDeep,
    /// No signature or no time.
    #[error("signature or time is missing")]
    Unsigned,
    /// Everybody can sign with an empty key.
    #[error("the receiver has an empty key, and can check nothing")]
    NoKey,
    /// The time is not plain decimal digits.
    #[error("the time is not written in plain decimal digits")]
    BadTime,
    /// The signature is another one.
    #[error("the signature does not match")]
    Forged,
    /// A token names another issuer than the key has.
    #[error("the issuer of the token is another API key")]
    Issuer,
    /// The time has passed.
    #[error("the signature has expired")]
    Expired,
    /// The time lies further ahead than signatures live.
    #[error("the time lies too far ahead")]
    Future,
    /// A field that the event must have is missing or empty.
    #[error("a required field is missing")]
    Incomplete,
    /// The store failed. To be sent again.
    #[error("the recording could not be stored")]
    NotKept,
    /// Nothing was heard of the stream before. No right receiver says this.
    #[error("the stream is not known")]
    NoStream,
    /// The receiver fails with an internal error. No right receiver does.
    #[error("internal error")]
    Crash,
    /// A refusal with status 200 and this code in the body. No right receiver refuses like this.
    #[error("refused with status 200 and code {0}")]
    Soft(u16),
}

impl Refusal {
    /// The HTTP status of the answer.
    pub fn status(self) -> u16 {
        match self {
            Self::Malformed | Self::TooDeep | Self::Incomplete => 400,
            Self::NoStream => 404,
            Self::Crash => 500,
            Self::NotKept => 503,
            Self::Soft(_) => 200,
            _ => 401,
        }
    }
}

/// Judges the raw bytes of a body at `now` (Unix seconds).
///
/// # Errors
/// The first reason found, signature before content.
pub fn judge<'a>(
    habits: &Habits,
    account: &Account,
    received: impl Into<Received<'a>>,
    now: i64,
) -> Result<Accepted, Refusal> {
    let Received { headers, body } = received.into();
    if !(habits.raw)(body) {
        return Err(Refusal::Malformed);
    }
    let message = ReceivedFields::parse(habits, body)?;
    let (reading, signing) = account.form(&message.signed);
    if let (HandshakeHabit::BeforeProof, Some(answer)) =
        (habits.handshake, handshake_answer(habits, account, message.facts(), account.newest_key()))
    {
        return Ok(Accepted { answer: Some(answer), ..content(habits, reading, message.facts())? });
    }
    let mut proved = account.newest_key();
    if let Some((signature, key)) = signing {
        let terms = ProofTerms { reading, signature, keys: key, now, lifetime: account.lifetime };
        let fitting = match reading.proof {
            Proof::Body => prove(habits, &terms, &message.signed)?,
            _ => {
                let none = HeaderMap::new();
                let headers = headers.unwrap_or(&none);
                head_proof::prove(habits, &terms, headers, &(habits.verified)(body), &message.signed)?
            }
        };
        proved = fitting.or(proved);
    }
    habits.demands.iter().try_for_each(|demand| demand(reading, message.facts()))?;
    let accepted = content(habits, reading, message.facts())?;
    let answer = handshake_answer(habits, account, message.facts(), proved);
    Ok(Accepted { answer, ..accepted })
}

/// The answer to a message that asks for a handshake.
fn handshake_answer(
    habits: &Habits,
    account: &Account,
    facts: &Map<String, Value>,
    key: Option<&SecretString>,
) -> Option<String> {
    let handshake = account.handshake?;
    let event = path::lookup(facts, account.reading.event_field?)?.as_str()?;
    let token = handshake.token_of(event, facts)?;
    let key = key.filter(|_| habits.handshake != HandshakeHabit::TokenAlone);
    Some(Value::Object(handshake.answer(key, token)).to_string())
}

/// Claims of a body, before any proof.
///
/// # Errors
/// It cannot be read, or lacks what its event must have.
pub(super) fn claim(habits: &Habits, account: &Account, body: &[u8]) -> Result<Accepted, Refusal> {
    let message = ReceivedFields::parse(habits, body)?;
    content(habits, account.form(message.facts()).0, message.facts())
}

/// The signature that a body should have. Secret.
pub(super) fn expected(account: &Account, body: &[u8]) -> Option<String> {
    let message = ReceivedFields::parse(&Habits::default(), body).ok()?;
    let (reading, signing) = account.form(&message.signed);
    let (signature, key) = signing?;
    if reading.proof != Proof::Body {
        return head_proof::expected(reading.proof, signature, key.oldest()?, body);
    }
    let (time, _) = plain_digits(message.signed.get(reading.time_field)?).ok()?;
    Some(signature.sign(key.oldest()?, &time, |name| message.signed.get(name).and_then(Value::as_str)))
}

type KnownForm<'a> = (&'static FieldNames, Option<(&'static Signature, &'a KeyRing)>);

impl Account {
    /// The key that its sender uses now; none = callbacks are taken unsigned.
    pub fn newest_key(&self) -> Option<&SecretString> {
        self.signing.as_ref().and_then(|(_, keys)| keys.newest())
    }

    /// Issuer of its tokens, or host that is signed, where it takes one alone.
    pub fn compared_name(&self) -> Option<&str> {
        self.signing.as_ref().and_then(|(_, keys)| keys.name())
    }

    /// How a message is read and signed: by its event it is one of the main callback, or of its second callback.
    fn form(&self, fields: &Map<String, Value>) -> KnownForm<'_> {
        let event_of = |second_callback: &&'static SecondCallback| {
            fields.get(second_callback.reading.event_field?)?.as_str()
        };
        let second_callback = self.second_callback.filter(|second_callback| {
            let known = |event| second_callback.in_query || second_callback.events.contains(&event);
            event_of(second_callback).is_some_and(known)
        });
        let key = self.signing.as_ref().map(|(_, key)| key);
        match second_callback {
            Some(second_callback) => (&second_callback.reading, second_callback.signature.as_ref().zip(key)),
            None => (self.reading, self.signing.as_ref().map(|(signature, key)| (*signature, key))),
        }
    }
}

/// Terms on which a message is proved.
pub(super) struct ProofTerms<'a> {
    pub(super) reading: &'static FieldNames,
    pub(super) signature: &'static Signature,
    pub(super) keys: &'a KeyRing,
    /// Unix seconds.
    pub(super) now: i64,
    /// In seconds.
    pub(super) lifetime: i64,
}

/// The key that proves a message; none = nothing was checked.
fn prove<'a>(
    habits: &Habits,
    terms: &ProofTerms<'a>,
    fields: &Map<String, Value>,
) -> Result<Option<&'a SecretString>, Refusal> {
    let &ProofTerms { reading, signature, keys, now, lifetime } = terms;
    let given = fields.get(reading.signature_field);
    let keyless = signature.needs_key() && keys.is_empty();
    let skipped = match habits.check {
        SignatureCheck::Always => false,
        SignatureCheck::WhenPresent => given.is_none_or(|given| given.is_null() || given == ""),
        SignatureCheck::WhenKeyed => keyless,
        SignatureCheck::Never => true,
    };
    if skipped {
        return Ok(None);
    }
    if keyless {
        return Err(Refusal::NoKey);
    }
    let loose = |given: &&Value| habits.compares_loosely && (given.is_boolean() || given.is_number());
    let given = given.filter(|given| given.is_string() || loose(given)).ok_or(Refusal::Unsigned)?;
    let is_same = |right: &str| match given {
        Value::String(given) => (habits.same)(right, given),
        other => is_loosely(right, other),
    };
    let (time, expiry) = fields.get(reading.time_field).ok_or(Refusal::Unsigned).and_then(habits.time)?;
    // A number is signed as it is written.
    let numbers: Vec<(&String, String)> = fields
        .iter()
        .filter(|(_, value)| value.is_number())
        .map(|(name, it)| (name, it.to_string()))
        .collect();
    let field = |name: &str| match fields.get(name) {
        Some(Value::String(text)) => Some(text.as_str()),
        _ => numbers.iter().find(|(known, _)| *known == name).map(|(_, text)| text.as_str()),
    };
    let schemes = || std::iter::once(signature).chain(&habits.other_schemes);
    let fits = |key: &SecretString| schemes().any(|scheme| is_same(&scheme.sign(key, &time, field)));
    let key = keys.fitting(fits).ok_or(Refusal::Forged)?;
    // A time of sending is good for as long ahead as it may lie back.
    let expiry = if reading.time_of_sending { expiry.saturating_add(lifetime) } else { expiry };
    (habits.fresh)(expiry, now, lifetime).map(|()| Some(key))
}

fn content(habits: &Habits, reading: &FieldNames, facts: &Map<String, Value>) -> Result<Accepted, Refusal> {
    let text = |name: &str| path::lookup(facts, name).and_then(|value| text(value, habits.number));
    let named = |names: &[&str]| names.iter().find_map(|name| text(name)).map(Cow::into_owned);
    let event = match reading.event_field.map(|field| text(field).map(Cow::into_owned)) {
        Some(None) if reading.file_marks.is_empty() => return Err(Refusal::Incomplete),
        event => event.flatten(),
    };
    let unnamed = event.is_none();
    // Empty: the messages of this provider name none.
    let event = event.unwrap_or_default();
    let stream = named(&[reading.stream_field]).or_else(|| named(&STREAM_FIELDS));
    if unnamed && !reading.marks_a_file(|name| facts.contains_key(name)) {
        return Ok(nothing(event, stream));
    }
    // An event that is not known is acknowledged and ignored: vendors add new ones.
    if !unnamed && !reading.file_events.contains(&event.as_str()) {
        return Ok(nothing(event, stream));
    }
    let mut files = reading.files(facts).into_iter().map(|way| {
        let file = text(&way).filter(|file| !file.is_empty()).ok_or(Refusal::Incomplete)?;
        let identity = match habits.identity {
            FileIdentity::File => Some(file.clone().into_owned()),
            FileIdentity::Size => text("file_size").map(Cow::into_owned),
            FileIdentity::Signature => text(reading.signature_field).map(Cow::into_owned),
            FileIdentity::None => None,
        };
        let recording = StoredFile {
            file: file.into_owned(),
            event: event.clone(),
            stream: stream.clone(),
            url: named(&[reading.url_field]).or_else(|| named(&URL_FIELDS)),
            size: facts.get("file_size").cloned(),
        };
        Ok((recording, identity))
    });
    let first = files.next().transpose()?;
    let others = files.collect::<Result<Vec<_>, Refusal>>()?;
    let (recording, identity) =
        first.map_or((None, None), |(recording, identity)| (Some(recording), identity));
    Ok(Accepted { recording, identity, others, ..nothing(event.clone(), stream.clone()) })
}

/// A message that announces no file.
fn nothing(event: String, stream: Option<String>) -> Accepted {
    Accepted { event, stream, recording: None, identity: None, others: Vec::new(), answer: None }
}

/// Compares a text with a value of another type as PHP did before its version 8: with the truth of the text, or with its leading
/// digits.
fn is_loosely(text: &str, other: &Value) -> bool {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    match other {
        Value::Bool(truth) => *truth != text.is_empty(),
        // Without digits it is 0, as PHP has it.
        number => number.as_u64() == Some(digits.parse().unwrap_or(0)),
    }
}

/// Compares two strings in constant time.
pub(super) fn same(right: &str, given: &str) -> bool {
    right.len() == given.len() && bool::from(right.as_bytes().ct_eq(given.as_bytes()))
}

/// A time equal to `now` has not expired yet.
pub(super) fn in_time(expiry: i64, now: i64, lifetime: i64, skew: i64) -> Result<(), Refusal> {
    if expiry < now {
        return Err(Refusal::Expired);
    }
    not_ahead(expiry, now, lifetime, skew)
}

/// Later than this no sender's clock can have signed.
pub(super) fn not_ahead(expiry: i64, now: i64, lifetime: i64, skew: i64) -> Result<(), Refusal> {
    if expiry > now.saturating_add(lifetime).saturating_add(skew) { Err(Refusal::Future) } else { Ok(()) }
}

/// The signed time: a number or a text, but digits only, as the vendor writes them. Sign, space, leading zero, fraction
/// and exponent are other bytes than those that were signed.
pub(super) fn plain_digits(value: &Value) -> Result<(String, i64), Refusal> {
    let text = text(value, exact).ok_or(Refusal::BadTime)?;
    let plain = !text.is_empty() && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(expiry) if plain => Ok((text.into_owned(), expiry)),
        _ => Err(Refusal::BadTime),
    }
}

/// The digits of a whole number. One beyond 64 bits was rounded by the parser already, and stands for no id.
pub(super) fn exact(number: &Number) -> Option<String> {
    (number.is_u64() || number.is_i64()).then(|| number.to_string())
}

fn text(value: &Value, number: fn(&Number) -> Option<String>) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(value) => number(value).map(Cow::Owned),
        _ => None,
    }
}
