//! Tokens that do not prove what they should: taken apart, and held against the body.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use secrecy::SecretString;
use serde_json::Map;
use sha2::{Digest as _, Sha256};

use super::digest::readings;
use super::formula::{self, Formula};
use super::search::{self, Effort, Space};
use super::spelling::{self, Deviation};
use super::{Claim, Mistake, same};
use crate::callback::Encoding;
use crate::provider::signature::Signature;
use crate::provider::token::{Token, hash};

/// The token of a claim, if it can be read.
pub(super) fn of<'a>(claim: &Claim<'a>) -> Option<Token<'a>> {
    Token::read(claim.proof?.trim())
}

/// True when it is signed rightly, by whomever it names, over the hash of this body.
pub(super) fn is_right(claim: &Claim<'_>, signature: &Signature, key: &SecretString) -> bool {
    of(claim).is_some_and(|token| {
        let right = signature.sign_bytes(key, token.signed.as_bytes());
        token.algorithm() == "HS256"
            && same(&right, token.signature)
            && token.claim("sha256") == hash(claim.body)
            && !token.claim("iss").is_empty()
    })
}

/// The mistake in it.
pub(super) fn mistake(claim: &Claim<'_>, signature: &Signature, key: &SecretString) -> Option<Mistake> {
    let given = claim.proof?.trim();
    let say = |what: String, fix: &str| Some(Mistake { what, fix: fix.into() });
    if let Some((scheme, _)) = given.split_once(' ') {
        return say(
            format!("`{scheme}` stands before the token"),
            "the header holds the token and nothing else; a receiver that adds or strips a scheme reads another",
        );
    }
    let Some(token) = Token::read(given) else {
        return say(
            "this is not a token: three parts, joined by `.`, each base64url without padding".into(),
            "take the header as it came",
        );
    };
    if token.algorithm() != "HS256" {
        return say(
            format!("its header says `alg: {}`, where HS256 is expected", token.algorithm()),
            "allow HS256 alone: whoever accepts `none` accepts everybody",
        );
    }
    if !same(&signature.sign_bytes(key, token.signed.as_bytes()), token.signature) {
        return searched(signature, key, &token);
    }
    match token.claim("sha256") {
        "" => say(
            "the token has no claim `sha256`, so it proves nothing of the body".into(),
            "refuse it: such a token of another request fits every body",
        ),
        claimed if claimed != hash(claim.body) => say(of_hash(claim.body, claimed), HASH),
        _ => say("the token names nobody who issued it".into(), "refuse a token without `iss`"),
    }
}

const HASH: &str = "compare `sha256` with the base64 of the SHA-256 of the raw body, with padding";

/// Origin of the claimed hash.
fn of_hash(body: &[u8], claimed: &str) -> String {
    let digest = Sha256::digest(body);
    let spellings = [
        (Encoding::Hex.write(&digest), "hexadecimal digits"),
        (BASE64_URL_SAFE_NO_PAD.encode(digest), "base64url without padding"),
        (BASE64_URL_SAFE.encode(digest), "base64url"),
        (BASE64_STANDARD_NO_PAD.encode(digest), "base64 without padding"),
    ];
    if let Some((_, how)) = spellings.iter().find(|(text, _)| text == claimed) {
        return format!("`sha256` is the hash of the body in {how}, where base64 with padding is expected");
    }
    let with_line = [body, b"\n"].concat();
    let again = serde_json::from_slice::<serde_json::Value>(body).map(|body| body.to_string().into_bytes());
    for (bytes, how) in [
        (body.trim_ascii().to_vec(), "without the white space around it"),
        (with_line, "with a line end behind it"),
        (again.unwrap_or_default(), "parsed and written again"),
        (Vec::new(), "as an empty text"),
    ] {
        if bytes != body && hash(&bytes) == claimed {
            return format!("`sha256` is the hash of the body {how}: hash the raw bytes as they came");
        }
    }
    "`sha256` is the hash of another body: it was changed on its way, or the token belongs to another request"
        .into()
}

/// The known mistake by which its signature came about.
fn searched(signature: &Signature, key: &SecretString, token: &Token<'_>) -> Option<Mistake> {
    use secrecy::ExposeSecret;
    let targets = readings(token.signature);
    let space = Space {
        fields: &Map::new(),
        keys: spelling::of_keys(key.expose_secret()),
        times: vec![Deviation::right(String::new())],
        formulas: vec![Deviation::right(Formula::of(vec![formula::text(token.signed)]))],
        digests: search::digests(signature.digest.into(), &targets),
        texts: spelling::of_texts(),
    };
    if targets.is_empty() { None } else { space.find(&targets, Effort::Whole) }
}
