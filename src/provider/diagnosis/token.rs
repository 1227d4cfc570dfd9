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
use super::{Claim, Computed, Mistake, by_shape, rewritten, same};
use crate::callback::Encoding;
use crate::provider::FieldNames;
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
            "allow only HS256: a receiver that accepts `none` accepts everybody",
        );
    }
    if !same(&signature.sign_bytes(key, token.signed.as_bytes()), token.signature) {
        return searched(signature, key, token.signed, token.signature);
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
    match known_hash(body, claimed) {
        Some(known) => format!("`sha256` is {known}"),
        None => "`sha256` is the hash of another body: it was changed on its way, or the token belongs to another request"
            .into(),
    }
}

/// A hash of this body in another spelling, or of another text of the same JSON.
fn known_hash(body: &[u8], claimed: &str) -> Option<String> {
    let digest = Sha256::digest(body);
    let spellings = [
        (Encoding::Hex.write(&digest), "hexadecimal digits"),
        (BASE64_URL_SAFE_NO_PAD.encode(digest), "base64url without padding"),
        (BASE64_URL_SAFE.encode(digest), "base64url"),
        (BASE64_STANDARD_NO_PAD.encode(digest), "base64 without padding"),
    ];
    if let Some((_, how)) = spellings.iter().find(|(text, _)| text == claimed) {
        return Some(format!("the hash of the body in {how}, where base64 with padding is expected"));
    }
    let other = rewritten::of(body).into_iter().find(|other| hash(&other.bytes) == claimed)?;
    Some(format!("the hash of {}: hash the raw bytes as they came", other.what))
}

/// What a value turns out to be that somebody computed for a token: its signature, the hash of the body, or a whole token.
pub(super) fn computed(
    claim: &Claim<'_>,
    signature: &Signature,
    reading: &FieldNames,
    key: &SecretString,
    computed: &str,
) -> Option<Computed> {
    if computed.split('.').count() == 3 {
        let claim = Claim { proof: Some(computed), ..*claim };
        return Some(match is_right(&claim, signature, key) {
            true => Computed::Right,
            false => Computed::By(mistake(&claim, signature, key)?),
        });
    }
    let token = of(claim);
    let right = token.as_ref().map(|token| signature.sign_bytes(key, token.signed.as_bytes()));
    if right.as_ref().is_some_and(|right| same(right, computed)) {
        return Some(Computed::Right);
    }
    // The hash needs the body alone.
    if hash(claim.body) == computed {
        return Some(Computed::RightHash);
    }
    if let Some(known) = known_hash(claim.body, computed) {
        return Some(Computed::By(Mistake { what: format!("this is {known}"), fix: HASH.into() }));
    }
    let (token, right) = token.zip(right)?;
    Some(match searched(signature, key, token.signed, computed) {
        Some(mistake) => Computed::By(mistake),
        None => Computed::Unknown(by_shape(signature, reading, &right, computed)),
    })
}

/// The known mistake by which a signature of a text came about.
fn searched(signature: &Signature, key: &SecretString, signed: &str, written: &str) -> Option<Mistake> {
    use secrecy::ExposeSecret;
    let targets = readings(written, signature.encoding);
    let space = Space {
        fields: &Map::new(),
        keys: spelling::of_keys(key.expose_secret()),
        times: vec![Deviation::right(String::new())],
        place: "token",
        formulas: vec![Deviation::right(Formula::of(vec![formula::text(signed)]))],
        digests: search::digests(signature.digest.into(), &targets),
        texts: spelling::of_texts(),
        encoding: signature.encoding,
    };
    if targets.is_empty() {
        return None;
    }
    Some(space.find(&targets, Effort::Whole)?.with_formula(&super::formula(signature, "")))
}
