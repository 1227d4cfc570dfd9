//! Proof in a header: a signature over the bytes of the body, or a token that names their hash.

use hyper::HeaderMap;
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::habits::{Habits, SignatureCheck, TokenCheck};
use super::judge::{ProofTerms, Refusal, plain_digits};
use crate::provider::signature::{Proof, Signature};
use crate::provider::stamp::Stamp;
use crate::provider::token::{self, Token};

/// Holds a header's proof against the body.
///
/// Gives the key that fits; none = nothing was checked.
///
/// # Errors
/// The first reason found.
pub(super) fn prove<'a>(
    habits: &Habits,
    terms: &ProofTerms<'a>,
    headers: &HeaderMap,
    body: &[u8],
    fields: &Map<String, Value>,
) -> Result<Option<&'a SecretString>, Refusal> {
    let &ProofTerms { reading, signature, keys, now, lifetime } = terms;
    let proof = reading.proof;
    let Some(name) = proof.header() else { return Ok(None) };
    let mut given = headers.get_all(name).iter();
    let (first, second) = (given.next(), given.next());
    let skipped = match habits.check {
        SignatureCheck::Always => false,
        SignatureCheck::WhenPresent => first.is_none_or(|value| value.is_empty()),
        SignatureCheck::WhenKeyed => keys.is_empty(),
        SignatureCheck::Never => true,
    };
    if skipped {
        return Ok(None);
    }
    if keys.is_empty() {
        return Err(Refusal::NoKey);
    }
    // Of two, a proxy and a receiver may look at different ones.
    let (Some(given), None) = (first, second) else {
        return Err(if first.is_none() { Refusal::Unsigned } else { Refusal::Forged });
    };
    if let Proof::Stamped(proof) = proof {
        let timed = proof.time.is_some();
        let once = |name: &str| {
            let mut all = headers.get_all(name).iter();
            all.next().filter(|_| all.next().is_none()).and_then(|value| value.to_str().ok())
        };
        let stamp = Stamp::read(proof, once).ok_or(Refusal::Unsigned)?;
        let stamp = Stamp { fields: Some(fields), ..stamp };
        let sent = if timed { plain_digits(&stamp.time.into())?.1 } else { now };
        let fits = |key: &SecretString| {
            keys.hosts(stamp.host).any(|host| {
                let right = Stamp { host, ..stamp.clone() }.sign(signature, key, body);
                stamp.signatures.iter().any(|given| (habits.same)(&right, given))
            })
        };
        let key = keys.fitting(fits).ok_or(Refusal::Forged)?;
        // It is good for as long ahead as it may lie back.
        return (habits.fresh)(sent.saturating_add(lifetime), now, lifetime).map(|()| Some(key));
    }
    let given = given.to_str().map_err(|_| Refusal::Forged)?;
    if let Proof::Token { .. } = proof {
        let token = Token::read(given).ok_or(Refusal::Forged)?;
        let skips = |check| habits.token_unchecked == Some(check);
        let believed = token.algorithm() == "none" && skips(TokenCheck::Algorithm);
        if token.algorithm() != "HS256" && !believed {
            return Err(Refusal::Forged);
        }
        let fits = |key: &SecretString| {
            believed || (habits.same)(&signature.sign_bytes(key, token.signed.as_bytes()), token.signature)
        };
        let named = token.claim("sha256") == token::hash(body) || skips(TokenCheck::Hash);
        let key = keys.fitting(fits).filter(|_| named).ok_or(Refusal::Forged)?;
        if !keys.is_of(token.claim("iss")) && !skips(TokenCheck::Issuer) {
            return Err(Refusal::Issuer);
        }
        return in_time(&token, habits, now, lifetime).map(|()| Some(key));
    }
    let fits = |key: &SecretString| (habits.same)(&signature.sign_bytes(key, body), given);
    keys.fitting(fits).map(Some).ok_or(Refusal::Forged)
}

/// It is valid already, and still.
fn in_time(token: &Token<'_>, habits: &Habits, now: i64, lifetime: i64) -> Result<(), Refusal> {
    let time =
        |name: &str| token.claims.get(name).map(|time| time.as_i64().ok_or(Refusal::BadTime)).transpose();
    let expiry = match time("exp")? {
        None if habits.token_unchecked == Some(TokenCheck::End) => now,
        expiry => expiry.ok_or(Refusal::BadTime)?,
    };
    if time("nbf")?.is_some_and(|valid| valid > now) {
        return Err(Refusal::Future);
    }
    (habits.fresh)(expiry, now, lifetime)
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
        Proof::Body | Proof::Token { .. } | Proof::Stamped(_) => None,
    }
}
