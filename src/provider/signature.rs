//! How a callback is signed: which bytes, in which order, by which digest. A provider says it as data.

mod keys;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::Revision;
use super::diagnosis::hmac_sha1 as sha1;
use super::sealing;
pub use super::sealing::{
    HeadSigned, ID, Moment, SignedMessage, Unsigned, bytes_signed_in_head, in_query, query_signed_in_head,
    seal, seal_rewritten, unsigned,
};
use super::stamp::StampedProof;
pub use crate::callback::Digests;
use crate::callback::{Body, BodyTemplate, Encoding};
pub use keys::{LaterKeys, SignatureKeys};

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
    /// The host of the callback URL, without its port; or the one that the setting [`HOST`] names.
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
    /// In a header, as a JSON Web Token: times, the hash of the body and who issued it are claims of it.
    Token {
        /// Name of the header.
        header: &'static str,
        /// Setting with the name of who issues it.
        issuer: &'static str,
    },
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
            Self::Header(header) | Self::Token { header, .. } => Some(header),
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

impl Signature {
    /// True when the value of this field is in what is signed.
    fn signs(&self, field: &str) -> bool {
        self.message.iter().any(|part| matches!(part, SignedPart::Field(name) if *name == field))
    }

    /// Paths of the fields whose values are signed, in their order.
    pub fn fields(&self) -> Vec<&'static str> {
        let name = |part: &SignedPart| if let SignedPart::Field(name) = part { Some(*name) } else { None };
        self.message.iter().filter_map(name).collect()
    }

    /// True when the time is signed.
    pub fn signs_time(&self) -> bool {
        self.message.iter().any(|part| matches!(part, SignedPart::Time | SignedPart::Later(_)))
    }

    /// The bytes of a body and of what is signed, with holes for key, time and signature.
    pub fn body_template(&self, body: &Body) -> BodyTemplate {
        self.envelope_of(body, body)
    }

    /// The same for a body that is sent with the signature of other facts. A time that is given is signed as it is given.
    pub fn envelope_of(&self, body: &Body, signed: &Body) -> BodyTemplate {
        sealing::signed_in_body(body, signed, self)
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
                    // A field that is not there is signed as nothing.
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

/// The setting with the host that is signed; empty = that of the target.
pub const HOST: &str = "host";

/// True for an edition whose signature covers the host.
pub fn signs_host(revision: &Revision) -> bool {
    revision.signatures.iter().any(|(_, signature)| signature.message.contains(&SignedPart::Host))
}

/// The setting with a name that a receiver compares: the issuer of a token, or the host that is signed.
pub fn compared_setting(revision: &Revision) -> Option<&'static str> {
    match revision.reading.proof {
        Proof::Token { issuer, .. } => Some(issuer),
        _ => signs_host(revision).then_some(HOST),
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
