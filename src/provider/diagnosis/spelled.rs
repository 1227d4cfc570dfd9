//! The formula of a signature, and the text that is signed, for a person.

use super::{Claim, Mistake, plain};
use crate::callback::Encoding;
use crate::provider::FieldNames;
use crate::provider::signature::{Digests, Signature, SignedPart};

/// The signed text, with `<key>` in the key's place.
pub(super) fn shown(claim: &Claim<'_>, signature: &Signature, time: &str, id: &str) -> String {
    let parts = signature.message.iter().map(|part| match part {
        SignedPart::Key => "<key>".to_owned(),
        SignedPart::Time => time.to_owned(),
        // A field that is not there is signed as nothing.
        SignedPart::Field(name) => claim.fields.get(*name).and_then(plain).unwrap_or_default(),
        SignedPart::Id => id.to_owned(),
        SignedPart::Host => claim.host().to_owned(),
        SignedPart::Body => String::from_utf8_lossy(claim.body).into_owned(),
        other => part_name(other).to_owned(),
    });
    parts.collect()
}

/// Words for a signature that no known mistake explains.
pub(super) fn by_shape(signature: &Signature, reading: &FieldNames, expected: &str, given: &str) -> Mistake {
    let none = "none of the known ones fits";
    let shape = super::digest::shape(given, signature.encoding);
    if shape.is_some() && given.len() == expected.len() {
        let changed = match signature.signs_bytes() {
            true => {
                "the bytes of the body were changed after signing: sign and check the raw body as it came"
            }
            false => "a signed field was changed after signing",
        };
        return Mistake {
            what: format!("{none}; the shape is right, so most likely another key was used"),
            fix: format!("compare length, first and last characters of the key on both sides; or {changed}"),
        };
    }
    let length = given.chars().count();
    let right = match signature.encoding {
        Encoding::Hex => format!("{} hexadecimal digits are expected", expected.len()),
        other => format!("{} characters of {other} are expected", expected.len()),
    };
    let what = match shape {
        Some(shape) => format!("{none}; {shape}, where {right}"),
        None => format!("{none}; {length} characters are not a digest, where {right}"),
    };
    let mistake = Mistake { what, fix: super::formula::FORMULA.into() };
    mistake.with_formula(&formula(signature, reading.time_field))
}

/// A signature's formula: `MD5(key + t)`.
pub fn formula(signature: &Signature, time_field: &str) -> String {
    let parts: Vec<String> = signature
        .message
        .iter()
        .map(|part| match part {
            SignedPart::Key => "key".to_owned(),
            SignedPart::Time if time_field.is_empty() => "time".to_owned(),
            SignedPart::Time => time_field.to_owned(),
            SignedPart::Field(name) => (*name).to_owned(),
            SignedPart::Body => "body".to_owned(),
            SignedPart::Text(text) => format!("\"{text}\""),
            other => part_name(other).to_owned(),
        })
        .collect();
    match signature.digest {
        Digests::Md5 => format!("MD5({})", parts.join(" + ")),
        hmac => format!("{}({}, key)", hmac.name(), parts.join(" + ")),
    }
}

/// A part that stands in headers and tokens alone.
fn part_name(part: &SignedPart) -> &'static str {
    match part {
        SignedPart::Text(text) => text,
        SignedPart::Setting(name) => name,
        SignedPart::Later(_) => "later time",
        SignedPart::BodyHash => "SHA-256 of the body",
        SignedPart::Encoded(_) => "base64url(...)",
        SignedPart::Id => "id",
        SignedPart::Host => "host of the URL",
        _ => "signature",
    }
}
