//! Proof in a header: a signature over the bytes of the body, or a token that names their hash.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hyper::HeaderMap;
use secrecy::SecretString;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::habits::{Habits, SignatureCheck};
use super::judge::{KeyRing, Refusal};
use crate::provider::signature::{Proof, Signature};

/// Holds a header's proof against the body at `now` (Unix seconds).
///
/// # Errors
/// The first reason found.
pub(super) fn prove(
    habits: &Habits,
    (proof, signature, keys): (Proof, &Signature, &KeyRing),
    (headers, body): (&HeaderMap, &[u8]),
    (now, lifetime): (i64, i64),
) -> Result<(), Refusal> {
    let Some(name) = proof.header() else { return Ok(()) };
    let mut given = headers.get_all(name).iter();
    let (first, second) = (given.next(), given.next());
    let skipped = match habits.check {
        SignatureCheck::Always => false,
        SignatureCheck::WhenPresent => first.is_none_or(|value| value.is_empty()),
        SignatureCheck::WhenKeyed => keys.is_empty(),
        SignatureCheck::Never => true,
    };
    if skipped {
        return Ok(());
    }
    if keys.is_empty() {
        return Err(Refusal::NoKey);
    }
    // Of two, a proxy and a receiver may look at different ones.
    let (Some(given), None) = (first, second) else {
        return Err(if first.is_none() { Refusal::Unsigned } else { Refusal::Forged });
    };
    let given = given.to_str().map_err(|_| Refusal::Forged)?;
    if let Proof::Token(_) = proof {
        let token = Token::read(given).ok_or(Refusal::Forged)?;
        let fits = |key: &SecretString| {
            (habits.same)(&signature.sign_bytes(key, token.signed.as_bytes()), token.signature)
        };
        if !keys.fits(fits) || !token.names(body) {
            return Err(Refusal::Forged);
        }
        return token.in_time(habits, (now, lifetime));
    }
    let fits = |key: &SecretString| (habits.same)(&signature.sign_bytes(key, body), given);
    if keys.fits(fits) { Ok(()) } else { Err(Refusal::Forged) }
}

/// A JSON Web Token, taken apart.
struct Token<'a> {
    signed: &'a str,
    signature: &'a str,
    claims: Map<String, Value>,
}

impl<'a> Token<'a> {
    /// A token that is signed by HMAC-SHA256; none = anything else, `Bearer ` before it included.
    fn read(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part: &str| {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
            serde_json::from_slice::<Map<String, Value>>(&bytes).ok()
        };
        let header = object(header)?;
        (header.get("alg")?.as_str()? == "HS256").then_some(())?;
        Some(Self { signed, signature, claims: object(claims)? })
    }

    /// It names whoever issued it, and the hash of this body in base64 with padding.
    fn names(&self, body: &[u8]) -> bool {
        let claim = |name: &str| self.claims.get(name).and_then(Value::as_str).unwrap_or_default();
        !claim("iss").is_empty() && claim("sha256") == BASE64_STANDARD.encode(Sha256::digest(body))
    }

    /// It is valid already, and still.
    fn in_time(&self, habits: &Habits, (now, lifetime): (i64, i64)) -> Result<(), Refusal> {
        let time =
            |name: &str| self.claims.get(name).map(|time| time.as_i64().ok_or(Refusal::BadTime)).transpose();
        let expiry = time("exp")?.ok_or(Refusal::BadTime)?;
        if time("nbf")?.is_some_and(|valid| valid > now) {
            return Err(Refusal::Future);
        }
        (habits.fresh)(expiry, now, lifetime)
    }
}

/// The proof that a header should have held, where the body alone says it. Secret.
pub(super) fn expected(
    proof: Proof,
    signature: &Signature,
    key: &SecretString,
    body: &[u8],
) -> Option<String> {
    match proof {
        Proof::Header(_) => Some(signature.sign_bytes(key, body)),
        Proof::Body | Proof::Token(_) => None,
    }
}
