//! How a callback is signed: which bytes, in which order, by which digest. A provider says it as data.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::diagnosis::hmac_sha1 as sha1;
use super::sealing;
pub use super::sealing::{
    ID, Moment, SignedMessage, Unsigned, bytes_signed_in_head, seal, seal_rewritten, signed_in_head, unsigned,
};
use super::stamp::StampedProof;
pub use crate::callback::Digests;
use crate::callback::splice::{Member, Members, text};
use crate::callback::{Body, BodyTemplate, Encoding};
use crate::scenario::Method;

/// A signature scheme of a provider's revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// How the message becomes a signature.
    pub digest: Digests,
    /// How the signature is written.
    pub encoding: Encoding,
    /// What is signed, one after the other, nothing between.
    pub message: &'static [SignedPart],
}

impl Digests {
    /// The bytes of the signature of `message`.
    pub(super) fn sign(self, message: &[u8], key: &[u8]) -> Vec<u8> {
        match self {
            Self::Md5 => Md5::digest(message).to_vec(),
            Self::HmacSha1 => sha1(message, key),
            Self::WebhookSha256 => Self::HmacSha256.sign(message, &secret_bytes(key)),
            Self::HmacSha256 => match Hmac::<Sha256>::new_from_slice(key) {
                Ok(mac) => mac.chain_update(message).finalize().into_bytes().to_vec(),
                // HMAC takes a key of any length; the type does not know it.
                Err(_) => Vec::new(),
            },
        }
    }

    /// Bytes of a signature.
    pub fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::HmacSha1 => 20,
            Self::HmacSha256 | Self::WebhookSha256 => 32,
        }
    }

    /// Its name, as formulas have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 | Self::WebhookSha256 => "HMAC-SHA256",
        }
    }
}

/// The bytes that a key of Standard Webhooks stands for: base64, with or without `whsec_` before it. What is not base64 stands for
/// itself; no plan has such a key.
pub fn secret_bytes(key: &[u8]) -> Vec<u8> {
    decoded(key).unwrap_or_else(|| key.to_vec())
}

/// The same; none = it is not base64.
pub fn decoded(key: &[u8]) -> Option<Vec<u8>> {
    let text = key.strip_prefix(b"whsec_").unwrap_or(key);
    let plain: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'=').collect();
    BASE64_STANDARD_NO_PAD.decode(plain).ok()
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
    /// This text.
    Text(&'static str),
    /// A setting of the sender.
    Setting(&'static str),
    /// The time, so many seconds later.
    Later(i64),
    /// The body, as it is sent.
    Body,
    /// The SHA-256 of the body, in base64 with padding.
    BodyHash,
    /// What these come to, in base64 for URLs, without padding.
    Encoded(&'static [SignedPart]),
    /// The signature of the message. Stands in headers only.
    Signature,
    /// Another signature that the message bears beside. Stands in headers only.
    Beside(&'static Signature),
    /// The id of the message, which its retries share.
    Id,
    /// The host of the callback URL, without its port.
    Host,
    /// The signatures under keys that were replaced and are still accepted, each behind this text. Stands in headers only.
    Earlier(&'static str),
}

/// A header that is made at the moment of sending: it bears a signature, or what belongs to one. Without a key it is not sent.
pub struct SignedHeader {
    /// Its name, as it is written.
    pub name: &'static str,
    /// Its value, one part after the other.
    pub value: &'static [SignedPart],
}

/// Where a message bears its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// In fields of its body, with the time.
    Body,
    /// In a header of this name, without a time.
    Header(&'static str),
    /// In a header of this name, as a JSON Web Token: times and the hash of the body are claims of it.
    Token(&'static str),
    /// In several headers, with a time.
    Stamped(&'static StampedProof),
}

impl Proof {
    /// True when it stands in several headers.
    pub fn is_stamped(self) -> bool {
        matches!(self, Self::Stamped(_))
    }

    /// The header that bears it, if one does.
    pub fn header(self) -> Option<&'static str> {
        match self {
            Self::Body => None,
            Self::Header(name) | Self::Token(name) => Some(name),
            Self::Stamped(proof) => Some(proof.signature.name),
        }
    }
}

/// What the time is that a message bears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignedTime {
    /// When the signature expires: the time of sending and its lifetime.
    #[default]
    Expiry,
    /// When it was sent; a receiver says for how long that is good.
    Sending,
    /// The time of sending; a receiver says how far it may lie back or ahead.
    Near,
    /// There is none: a message that was captured can be sent again for ever.
    None,
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
    /// What the signed time is.
    pub time: SignedTime,
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
    /// Keys that were replaced at the time of signing and are still accepted, newest first.
    pub earlier: Vec<SecretString>,
}

impl SignatureKeys {
    /// The same as it signs at a time of the stream.
    #[must_use]
    pub fn at(&self, time: Duration) -> Self {
        let mut own = self.clone();
        let so_far = self.others.later.iter().filter(|(from, _)| *from <= time).map(|(_, key)| key.clone());
        let mut keys: Vec<SecretString> = std::iter::once(self.key.clone()).chain(so_far).collect();
        own.key = keys.pop().unwrap_or_else(|| self.key.clone());
        keys.reverse();
        own.others.earlier = if self.others.newer_alone { Vec::new() } else { keys };
        own
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

    /// From the moment of sending to the time that is signed, in seconds.
    pub fn ahead(&self) -> i64 {
        match self.time {
            SignedTime::Expiry => i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX),
            SignedTime::Sending | SignedTime::Near | SignedTime::None => 0,
        }
    }

    /// Every key that must not be shown.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        self.keys().chain(&self.others.elsewhere)
    }

    /// The right signatures of a body, whichever of its values is the time, and however it is read: a receiver may tell the one
    /// that it expected where the one that was sent is wrong on purpose.
    pub fn right_ones(&self, body: &[u8]) -> Vec<String> {
        if self.signature.signs_bytes() {
            return self.secrets().map(|key| self.signature.sign_bytes(key, body)).collect();
        }
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
        sealing::signed_in_body((body, signed), self)
    }

    /// True when the very bytes of the body are signed, and not only what they say.
    pub fn signs_bytes(&self) -> bool {
        fn any(parts: &[SignedPart]) -> bool {
            parts.iter().any(|part| match part {
                SignedPart::Body | SignedPart::BodyHash => true,
                SignedPart::Encoded(parts) => any(parts),
                _ => false,
            })
        }
        any(self.message)
    }

    /// The signature of these bytes. Secret: whoever has it can send in the vendor's name.
    pub fn sign_bytes(&self, key: &SecretString, message: &[u8]) -> String {
        self.encoding.write(&self.digest.sign(message, key.expose_secret().as_bytes()))
    }

    /// A signature in lower-case hexadecimal digits.
    pub const fn hex(digest: Digests, message: &'static [SignedPart]) -> Self {
        Self { digest, encoding: Encoding::Hex, message }
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
                SignedPart::Text(text) => message.extend_from_slice(text.as_bytes()),
                // What is signed as bytes is compared as bytes, by `sign_bytes`.
                _ => {}
            }
        }
        self.encoding.write(&self.digest.sign(&message, key))
    }

    /// True when an empty key would let everybody sign.
    pub fn needs_key(&self) -> bool {
        self.digest != Digests::Md5 || self.message.contains(&SignedPart::Key)
    }
}

/// What is signed by a sender that has no key and signs all the same.
pub static TIME_ALONE: Signature = Signature::hex(Digests::Md5, &[SignedPart::Time]);

fn hex_digits(byte: u8) -> [u8; 2] {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
    [digit(byte >> 4), digit(byte & 15)]
}

/// Signs many messages with one key: what depends on the key alone is done once, and nothing is allocated but for HMAC-SHA1.
#[derive(Clone)]
pub struct Signer {
    digest: Digests,
    encoding: Encoding,
    keyed: Option<Hmac<Sha256>>,
    /// For HMAC-SHA1, which is only ever beside another.
    key: Option<SecretString>,
}

impl Signer {
    /// For messages that are signed like this under this key.
    pub fn new(digest: Digests, encoding: Encoding, key: &SecretString) -> Self {
        // HMAC takes a key of any length; the type does not know it.
        let text = key.expose_secret().as_bytes();
        let keyed = match digest {
            Digests::WebhookSha256 => Hmac::<Sha256>::new_from_slice(&secret_bytes(text)).ok(),
            Digests::HmacSha256 => Hmac::<Sha256>::new_from_slice(text).ok(),
            Digests::Md5 | Digests::HmacSha1 => None,
        };
        let key = (digest == Digests::HmacSha1).then(|| key.clone());
        Self { digest, encoding, keyed, key }
    }

    /// Characters of a signature.
    pub fn width(&self) -> usize {
        let bytes = self.digest.length();
        match self.encoding {
            Encoding::Hex => 2 * bytes,
            Encoding::Base64 => bytes.div_ceil(3) * 4,
            Encoding::Base64Url => (bytes * 4).div_ceil(3),
        }
    }

    /// Writes the signature of `message` into [`Self::width`] bytes. Secret, as every signature.
    pub fn sign(&self, message: &[u8], out: &mut [u8]) {
        match (&self.keyed, &self.key) {
            (Some(mac), _) => self.write(&mac.clone().chain_update(message).finalize().into_bytes(), out),
            (None, Some(key)) => self.write(&sha1(message, key.expose_secret().as_bytes()), out),
            (None, None) => self.write(&Md5::digest(message), out),
        }
    }

    /// The same for a message of two parts, one after the other.
    pub fn sign_both(&self, first: &[u8], second: &[u8], out: &mut [u8]) {
        match &self.keyed {
            Some(mac) => {
                let mac = mac.clone().chain_update(first).chain_update(second);
                self.write(&mac.finalize().into_bytes(), out);
            }
            None if first.is_empty() => self.sign(second, out),
            None => self.sign(&[first, second].concat(), out),
        }
    }

    fn write(&self, bytes: &[u8], out: &mut [u8]) {
        // The room is as long as the text.
        match self.encoding {
            Encoding::Hex => {
                for (byte, place) in bytes.iter().zip(out.chunks_exact_mut(2)) {
                    place.copy_from_slice(&hex_digits(*byte));
                }
            }
            Encoding::Base64 => {
                let _ = BASE64_STANDARD.encode_slice(bytes, out);
            }
            Encoding::Base64Url => {
                let _ = BASE64_URL_SAFE_NO_PAD.encode_slice(bytes, out);
            }
        }
    }
}
