//! How a callback is signed: which bytes, in which order, by which digest. A provider says it as data.

use std::collections::BTreeSet;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use hyper::body::Bytes;
use md5::{Digest, Md5};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::Sha256;

pub use crate::callback::Digests;
use crate::callback::splice::{Member, Members, text};
use crate::callback::{Body, BodyTemplate, FieldSlot, Piece, TimeForm, TimeText};
use crate::scenario::Method;

/// A signature scheme of a provider's revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// How the message becomes a signature.
    pub digest: Digests,
    /// What is signed, one after the other, nothing between.
    pub message: &'static [SignedPart],
}

impl Digests {
    /// The signature of `message`, lower-case hexadecimal.
    pub(super) fn sign(self, message: &[u8], key: &[u8]) -> String {
        match self {
            Self::Md5 => hex(&Md5::digest(message)),
            Self::HmacSha256 => match Hmac::<Sha256>::new_from_slice(key) {
                Ok(mac) => hex(&mac.chain_update(message).finalize().into_bytes()),
                // HMAC takes a key of any length; the type does not know it.
                Err(_) => String::new(),
            },
        }
    }
}

/// A part of a signed message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedPart {
    /// The shared key.
    Key,
    /// The time, in decimal digits, whatever its JSON type.
    Time,
    /// The text of a field. An absent field counts as the empty text: the only reading by which a receiver can compute the
    /// signature from the message it got.
    Field(&'static str),
}

/// How callbacks are signed.
///
/// Keys cannot be compared, nor what holds one; `receiver::judge` compares signatures, in constant time.
///
/// ```compile_fail,E0369
/// fn same(one: &hookreel::provider::signature::SignatureKeys, other: &hookreel::provider::signature::SignatureKeys) -> bool {
///     one.key == other.key
/// }
/// ```
/// ```compile_fail,E0369
/// fn same(one: &hookreel::provider::signature::SignatureKeys, other: &hookreel::provider::signature::SignatureKeys) -> bool {
///     one == other
/// }
/// ```
#[derive(Clone)]
pub struct SignatureKeys {
    /// By name.
    pub method: Method,
    /// The scheme.
    pub signature: &'static Signature,
    /// The shared key, at the start of the broadcast.
    pub key: SecretString,
    /// Other keys, where there are any.
    pub others: LaterKeys,
    /// From sending to expiry.
    pub lifetime: Duration,
    /// True when a retry gets a fresh time and signature.
    pub resign_retries: bool,
}

/// The keys of a sender beside the one with which its broadcast starts.
#[derive(Clone, Default)]
pub struct LaterKeys {
    /// Keys that replace it, each from a time of the stream on, in their order.
    pub later: Vec<(Duration, SecretString)>,
    /// A receiver refuses a key that was replaced.
    pub newer_alone: bool,
    /// The key of another receiver of the same run.
    pub elsewhere: Option<SecretString>,
}

impl SignatureKeys {
    /// The same as it signs at a time of the stream.
    #[must_use]
    pub fn at(&self, time: Duration) -> Self {
        let replaced = self.others.later.iter().rev().find(|(from, _)| *from <= time);
        let key = replaced.map_or(&self.key, |(_, key)| key).clone();
        Self { key, ..self.clone() }
    }

    /// The key that was replaced last at a time of the stream, if one was.
    pub fn before(&self, time: Duration) -> Option<&SecretString> {
        let replaced = self.others.later.iter().filter(|(from, _)| *from <= time).count().checked_sub(1)?;
        Some(
            replaced
                .checked_sub(1)
                .and_then(|at| self.others.later.get(at))
                .map_or(&self.key, |(_, key)| key),
        )
    }

    /// Every key that it signs with, oldest first.
    pub fn keys(&self) -> impl Iterator<Item = &SecretString> {
        std::iter::once(&self.key).chain(self.others.later.iter().map(|(_, key)| key))
    }

    /// Every key that must not be shown.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        self.keys().chain(&self.others.elsewhere)
    }

    /// The right signatures of a body, whichever of its values is the time, and however it is read: a receiver may tell the one
    /// that it expected where the one that was sent is wrong on purpose.
    pub fn right_ones(&self, body: &[u8]) -> Vec<String> {
        let Some(members) = Members::of_object(body) else { return Vec::new() };
        // A time is short; whatever else is long is not signed, and may be many megabytes.
        let read =
            |member: &&Member| member.value.len() <= 2 * LONGEST_TIME || self.signature.signs(&member.name);
        let texts: Vec<(&str, String)> = (members.all.iter().filter(read))
            .map(|member| (member.name.as_str(), text(body, &member.value)))
            .collect();
        let field =
            |name: &str| texts.iter().find(|(known, _)| *known == name).map(|(_, text)| text.as_str());
        let times: BTreeSet<String> = texts.iter().flat_map(|(_, text)| readings(text)).collect();
        let of = |key| times.iter().map(move |time| (key, time));
        self.secrets().flat_map(of).map(|(key, time)| self.signature.sign(key, time, field)).collect()
    }
}

/// Bytes of the longest text that a receiver may take for a time.
const LONGEST_TIME: usize = 64;

/// What a receiver may take for the time in a text that may be one: the text, and the seconds that it comes to.
fn readings(text: &str) -> Vec<String> {
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    let others = text.chars().all(|c| c.is_numeric() || " +-._eE".contains(c));
    if !others || !(9..=20).contains(&digits) || text.len() > LONGEST_TIME {
        return Vec::new();
    }
    let plain: String = text.chars().filter_map(|c| char::from_digit(c.to_digit(10)?, 10)).collect();
    let whole = text.split(['.', 'e']).next().unwrap_or_default();
    let counted = text.trim().parse::<f64>().ok().map(|number| format!("{number:.0}"));
    let mut all = vec![text.to_owned(), text.trim().to_owned(), whole.trim().to_owned()];
    all.extend([plain.trim_start_matches('0').to_owned(), plain].into_iter().chain(counted));
    // Milliseconds, as seconds.
    let seconds = all.iter().filter_map(|text| Some((text.parse::<u64>().ok()? / 1000).to_string()));
    let seconds: Vec<String> = seconds.filter(|text| text.len() == 10).collect();
    all.extend(seconds);
    all
}

impl Signature {
    /// True when the value of this field is in what is signed.
    fn signs(&self, field: &str) -> bool {
        self.message.iter().any(|part| matches!(part, SignedPart::Field(name) if *name == field))
    }

    /// The bytes of a body and of what is signed, with holes for key, time and signature.
    pub fn body_template(&self, body: &Body) -> BodyTemplate {
        self.envelope_of(body, body)
    }

    /// The same for a body that is sent with the signature of other facts. A time that is given is signed as it is given.
    pub fn envelope_of(&self, body: &Body, signed: &Body) -> BodyTemplate {
        let message = self.message.iter().map(|part| match part {
            SignedPart::Key => Piece::Key,
            SignedPart::Time => time(signed),
            SignedPart::Field(name) => {
                Piece::Bytes(signed.value(name).map(text_of).unwrap_or_default().into())
            }
        });
        BodyTemplate { body: pieces(body), message: message.collect(), digest: Some(self.digest) }
    }

    /// The signature that these fields have at this time. Secret: whoever has it can send in the vendor's name.
    ///
    /// `field` gives the text of a field of the received message.
    pub fn sign<'a>(
        &self,
        key: &SecretString,
        time: &str,
        field: impl Fn(&str) -> Option<&'a str>,
    ) -> String {
        let key = key.expose_secret().as_bytes();
        let mut message = Vec::new();
        for part in self.message {
            match part {
                SignedPart::Key => message.extend_from_slice(key),
                SignedPart::Time => message.extend_from_slice(time.as_bytes()),
                SignedPart::Field(name) => {
                    message.extend_from_slice(field(name).unwrap_or_default().as_bytes())
                }
            }
        }
        self.digest.sign(&message, key)
    }

    /// True when an empty key would let everybody sign.
    pub fn needs_key(&self) -> bool {
        self.digest == Digests::HmacSha256 || self.message.contains(&SignedPart::Key)
    }
}

/// What is signed by a sender that has no key and signs all the same.
pub static TIME_ALONE: Signature = Signature { digest: Digests::Md5, message: &[SignedPart::Time] };

/// What becomes of the fields for time and signature when there is nothing to put into them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unsigned {
    /// They are left out.
    #[default]
    Absent,
    /// They hold the empty text.
    Empty,
}

/// The bytes of a body that is sent without a signature.
pub fn unsigned(body: &Body, how: Unsigned) -> BodyTemplate {
    let slots = body.fields.iter().filter_map(|(name, slot)| match (slot, how) {
        (FieldSlot::Value(_) | FieldSlot::Literal(_), _) => Some((name.clone(), slot.clone())),
        (_, Unsigned::Absent) => None,
        (_, Unsigned::Empty) => Some((name.clone(), FieldSlot::Value("".into()))),
    });
    BodyTemplate { body: pieces(&Body::new(slots)), message: Vec::new(), digest: None }
}

/// A body with its holes filled.
///
/// Two of them cannot be compared, since each holds a signature.
///
/// ```compile_fail,E0369
/// fn same(one: &hookreel::provider::signature::SignedMessage, other: &hookreel::provider::signature::SignedMessage) -> bool {
///     one == other
/// }
/// ```
#[derive(Clone)]
pub struct SignedMessage {
    /// The bytes that go over the wire.
    pub body: Bytes,
    /// The signature in it; empty when there is none. Secret: made with the key, and valid for a while.
    pub signature: String,
}

/// Fills the holes: the body as it goes over the wire, signed for `time` (Unix seconds).
pub fn seal(body_template: &BodyTemplate, signing: Option<&SignatureKeys>, time: i64) -> SignedMessage {
    let digits = time.to_string();
    let signature = signing.zip(body_template.digest).map_or_else(String::new, |(signing, digest)| {
        let key = signing.key.expose_secret().as_bytes();
        digest.sign(&fill(&body_template.message, key, digits.as_bytes(), b""), key)
    });
    let body = fill(&body_template.body, b"", digits.as_bytes(), signature.as_bytes()).into();
    SignedMessage { body, signature }
}

fn fill(pieces: &[Piece], key: &[u8], time: &[u8], signature: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    for piece in pieces {
        out.extend_from_slice(match piece {
            Piece::Bytes(bytes) => bytes,
            Piece::Key => key,
            Piece::Time => time,
            Piece::Spelt(spelling) => {
                out.extend_from_slice(spelling.of(&String::from_utf8_lossy(time)).as_bytes());
                continue;
            }
            Piece::Signature => signature,
        });
    }
    out
}

/// The object as compact JSON, in the order of its fields.
fn pieces(body: &Body) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::from("{");
    for (index, (name, slot)) in body.fields.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&Value::from(name.as_ref()).to_string());
        text.push(':');
        let (quote, hole) = match slot {
            FieldSlot::Value(value) => {
                text.push_str(&value.to_string());
                continue;
            }
            FieldSlot::Literal(json) => {
                text.push_str(json);
                continue;
            }
            FieldSlot::Time(form) => (quote(*form, body), time(body)),
            FieldSlot::Signature => ("\"", Piece::Signature),
        };
        text.push_str(quote);
        pieces.push(Piece::Bytes(std::mem::take(&mut text).into()));
        pieces.push(hole);
        text.push_str(quote);
    }
    text.push('}');
    pieces.push(Piece::Bytes(text.into()));
    pieces
}

/// The time as it is written.
fn time(body: &Body) -> Piece {
    match &body.time {
        None => Piece::Time,
        Some(TimeText::Given(text)) => Piece::Bytes(text.clone().into()),
        Some(TimeText::Spelt(spelling)) => Piece::Spelt(*spelling),
    }
}

/// What stands around the time: nothing around a number, quotes around everything else.
fn quote(form: TimeForm, body: &Body) -> &'static str {
    let number = match &body.time {
        None => true,
        Some(TimeText::Given(text)) => {
            serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_number())
        }
        Some(TimeText::Spelt(spelling)) => spelling.is_number(),
    };
    if form == TimeForm::Number && number { "" } else { "\"" }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| hex_digits(*byte)).map(char::from).collect()
}

fn hex_digits(byte: u8) -> [u8; 2] {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
    [digit(byte >> 4), digit(byte & 15)]
}

/// Signs many messages with one key: what depends on the key alone is done once, and nothing is allocated.
#[derive(Clone)]
pub struct Signer {
    digest: Digests,
    keyed: Option<Hmac<Sha256>>,
}

impl Signer {
    /// For messages that are signed like this under this key.
    pub fn new(digest: Digests, key: &SecretString) -> Self {
        // HMAC takes a key of any length; the type does not know it.
        let keyed = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()).ok();
        Self { digest, keyed: keyed.filter(|_| digest == Digests::HmacSha256) }
    }

    /// Hexadecimal digits of a signature.
    pub fn width(&self) -> usize {
        match self.digest {
            Digests::Md5 => 32,
            Digests::HmacSha256 => 64,
        }
    }

    /// Writes the signature of `message`, lower-case hexadecimal, into [`Self::width`] bytes. Secret, as every signature.
    pub fn sign(&self, message: &[u8], out: &mut [u8]) {
        let write = |bytes: &[u8], out: &mut [u8]| {
            for (byte, place) in bytes.iter().zip(out.chunks_exact_mut(2)) {
                place.copy_from_slice(&hex_digits(*byte));
            }
        };
        match &self.keyed {
            Some(mac) => write(&mac.clone().chain_update(message).finalize().into_bytes(), out),
            None => write(&Md5::digest(message), out),
        }
    }
}
