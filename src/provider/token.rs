//! JSON Web Tokens as a proof: signed by HMAC-SHA256, with the hash of the body and times among their claims.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// A token, taken apart.
pub struct Token<'a> {
    /// The bytes that are signed.
    pub signed: &'a str,
    /// The signature, as it is written.
    pub signature: &'a str,
    /// Fields of its header.
    pub header: Map<String, Value>,
    /// Its claims.
    pub claims: Map<String, Value>,
}

impl<'a> Token<'a> {
    /// The three parts of a token, whatever they say; none = anything else, `Bearer ` before it included.
    pub fn read(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part: &str| {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
            serde_json::from_slice::<Map<String, Value>>(&bytes).ok()
        };
        Some(Self { signed, signature, header: object(header)?, claims: object(claims)? })
    }

    /// The name of its way to sign.
    pub fn algorithm(&self) -> &str {
        // Empty, where it names none: no way to sign has this name.
        self.header.get("alg").and_then(Value::as_str).unwrap_or_default()
    }

    /// The text of a claim.
    pub fn claim(&self, name: &str) -> &str {
        // Empty, where it makes none: nothing that a claim is compared with is empty.
        self.claims.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A time among its claims, in Unix seconds.
    pub fn time(&self, name: &str) -> Option<i64> {
        self.claims.get(name).and_then(Value::as_i64)
    }
}

/// The hash of a body, as a token claims it.
pub fn hash(body: &[u8]) -> String {
    BASE64_STANDARD.encode(Sha256::digest(body))
}
