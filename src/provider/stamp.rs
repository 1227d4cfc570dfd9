//! Proofs that stand in several headers: a signature, the time of sending, an id. The text that is signed is put together from them.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::sealing::LOCAL;
use super::signature::{Signature, SignedPart};

/// Headers that prove a message together.
#[derive(Debug, PartialEq, Eq)]
pub struct StampedProof {
    /// Place of the signature.
    pub signature: HeaderPlace,
    /// Place of the time of sending; none = there is none.
    pub time: Option<HeaderPlace>,
    /// The header with the id of the message; empty = there is none.
    pub id: &'static str,
}

/// A place in a header.
#[derive(Debug, PartialEq, Eq)]
pub struct HeaderPlace {
    /// Name of the header.
    pub name: &'static str,
    /// Separator of its entries; none = it is one.
    pub parted: Option<char>,
    /// The text before what is meant, in its entry.
    pub before: &'static str,
}

impl HeaderPlace {
    /// Everything that is meant in the header.
    fn all<'a>(&self, value: &'a str) -> Vec<&'a str> {
        let entries: Vec<&str> = match self.parted {
            Some(by) => value.split(by).map(str::trim).collect(),
            None => vec![value],
        };
        entries.into_iter().filter_map(|entry| entry.strip_prefix(self.before)).collect()
    }

    /// The header with something else in the place of the first that is meant; none = it is not there.
    pub fn changed(&self, value: &str, new: impl Fn(&str) -> String) -> Option<String> {
        let old = self.all(value).into_iter().next()?;
        let (head, rest) = match self.before {
            "" => value.split_once(old)?,
            before => value.split_once(&format!("{before}{old}"))?,
        };
        Some(format!("{head}{}{}{rest}", self.before, new(old)))
    }
}

/// Content of such headers.
#[derive(Clone)]
pub struct Stamp<'a> {
    /// Signatures, of which one has to be right.
    pub signatures: Vec<&'a str>,
    /// The time of sending, as it is written; empty where there is none.
    pub time: &'a str,
    /// The id of the message.
    pub id: &'a str,
    /// The host that it was sent to, without its port.
    pub host: &'a str,
    /// Its fields, where some of them are signed.
    pub fields: Option<&'a Map<String, Value>>,
}

/// `localhost:8080` and `[::1]:8080` without their ports.
pub(super) fn without_port(host: &str) -> &str {
    let port = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let port = port.filter(|(host, _)| !host.contains(':') || host.ends_with(']'));
    port.map_or(host, |(host, _)| host).trim_matches(['[', ']'])
}

impl<'a> Stamp<'a> {
    /// Reads the headers; none = one of them is missing, or holds nothing of what it should.
    pub fn read(proof: &StampedProof, header: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        Self::parts(proof, header).filter(|stamp| !stamp.signatures.is_empty())
    }

    /// The same, also where the header of the signature is not there, or holds none of the right form.
    pub fn parts(proof: &StampedProof, header: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let signatures =
            header(proof.signature.name).map_or_else(Vec::new, |value| proof.signature.all(value));
        let time = match &proof.time {
            Some(place) => place.all(header(place.name)?).first().copied()?,
            None => "",
        };
        let id = if proof.id.is_empty() { "" } else { header(proof.id)? };
        let host = header("host").map_or(LOCAL, without_port);
        Some(Self { signatures, time, id, host, fields: None })
    }

    /// The text that is signed.
    pub fn message(&self, signature: &Signature, key: &SecretString, body: &[u8]) -> Vec<u8> {
        let mut message = Vec::new();
        for part in signature.message {
            match part {
                SignedPart::Key => message.extend_from_slice(key.expose_secret().as_bytes()),
                SignedPart::Time => message.extend_from_slice(self.time.as_bytes()),
                SignedPart::Id => message.extend_from_slice(self.id.as_bytes()),
                SignedPart::Host => message.extend_from_slice(self.host.as_bytes()),
                SignedPart::Text(text) => message.extend_from_slice(text.as_bytes()),
                SignedPart::Body => message.extend_from_slice(body),
                SignedPart::Field(name) => {
                    let text = self.fields.and_then(|fields| fields.get(*name)?.as_str());
                    // A field that is not there is signed as nothing.
                    message.extend_from_slice(text.unwrap_or_default().as_bytes());
                }
                // Nothing else stands in a text that headers and body make up.
                _ => {}
            }
        }
        message
    }

    /// The right signature of a body with these headers. Secret.
    pub fn sign(&self, signature: &Signature, key: &SecretString, body: &[u8]) -> String {
        signature.sign_bytes(key, &self.message(signature, key, body))
    }
}
