//! The formula of a signature, and the text that is signed, for a person.

use super::{Claim, plain};
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
