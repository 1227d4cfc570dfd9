//! First line about a signature: right or wrong, and why as far as it is seen at once.

use super::expiry::span;
use super::steps::finer;
use super::{Captured, Diagnosis, Scheme, proof};
use crate::provider::signature::Proof;
use crate::report::inert;

/// The field or the header with the signed time.
fn time_place(scheme: &Scheme, diagnosis: &Diagnosis) -> String {
    let header = match scheme.revision.reading.proof {
        Proof::Stamped(form) => form.time.as_ref().map(|time| time.name),
        _ => None,
    };
    match (diagnosis.time_field, header) {
        ("", None) => "time".to_owned(),
        ("", Some(name)) => format!("header `{name}`"),
        (name, _) => format!("`{name}`"),
    }
}

/// Fault of the headers that prove a body together with this one.
fn beside(name: &str, scheme: &Scheme, body: &Captured) -> String {
    let has = |wanted: &str| body.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(wanted));
    let others = scheme.revision.signed_headers.iter().map(|header| header.name);
    let missing: Vec<String> =
        others.filter(|other| *other != name && !has(other)).map(|other| format!("`{other}`")).collect();
    match missing.is_empty() {
        true => "it or a header beside it has another form".to_owned(),
        false => format!("there is no header {}", missing.join(" and no ")),
    }
}

/// The text that should stand before the signature in its header, and does not.
fn missing_before(scheme: &Scheme, body: &Captured) -> Option<&'static str> {
    let Proof::Stamped(form) = scheme.revision.reading.proof else { return None };
    let place = &form.signature;
    (!place.before.is_empty() && !proof(scheme, body)?.contains(place.before)).then_some(place.before)
}

/// Before a signature of Standard Webhooks that is made with a private key.
const PUBLIC_KEY: &str = "v1a,";
const PUBLIC_KEY_READ: &str =
    "; what stands behind `v1a,` is checked with a public key, and not by this formula";

/// Seconds since the end of a right signature; none = it has not ended, or it is wrong.
pub(super) fn expired_since(diagnosis: &Diagnosis, scheme: &Scheme) -> Option<i64> {
    let right = diagnosis.right && finer(diagnosis).is_none() && diagnosis.odd_time.is_none();
    let time = diagnosis.time.filter(|_| right)?;
    Some(scheme.now.saturating_sub(scheme.ends(time))).filter(|late| *late > 0)
}

/// The verdict in words.
pub(super) fn verdict(diagnosis: &Diagnosis, body: &Captured, scheme: &Scheme) -> String {
    let (signature, time) = (diagnosis.signature_field, diagnosis.time_field);
    let sender = scheme.provider.name;
    if let Some(unit) = finer(diagnosis).filter(|_| diagnosis.right) {
        let time = time_place(scheme, diagnosis);
        return format!(
            "wrong: the signature matches, and its {time} is in {unit}, where {sender} sends seconds"
        );
    }
    if let Some(odd) = diagnosis.odd_time.as_deref().filter(|_| diagnosis.right) {
        let time = time_place(scheme, diagnosis);
        return format!(
            "wrong: the signature matches, and its {time} `{}` is not a time as {sender} writes it: whole Unix seconds",
            inert(odd)
        );
    }
    if diagnosis.right {
        return match expired_since(diagnosis, scheme) {
            Some(late) => format!("right, but expired {} ago: the signature matches", span(late)),
            None => "right: the signature matches".into(),
        };
    }
    if let Some(name) = scheme.revision.reading.proof.header() {
        return match &diagnosis.given {
            Some(given) if Some(given) == diagnosis.expected.as_ref() => {
                "wrong: the token is signed rightly, and does not prove this body".into()
            }
            Some(_) => "wrong: the signature does not match".into(),
            None if let Some(before) = missing_before(scheme, body) => {
                let public = proof(scheme, body).is_some_and(|given| given.contains(PUBLIC_KEY));
                let other = if public { PUBLIC_KEY_READ } else { "" };
                format!("wrong: `{name}` is there, and its signature does not stand behind `{before}`{other}")
            }
            None if body.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) => {
                format!("wrong: `{name}` is there, and {}", beside(name, scheme, body))
            }
            None => format!("wrong: there is no header `{name}` in the request"),
        };
    }
    match (body.fields.get(signature), body.fields.get(time)) {
        (None, None) => format!("wrong: there is no `{signature}` in the body, and no `{time}`"),
        (None, _) => format!("wrong: there is no `{signature}` in the body"),
        (Some(given), _) if !given.is_string() => format!("wrong: `{signature}` is not a string"),
        (Some(given), _) if given.as_str() == Some("") => format!("wrong: `{signature}` is empty"),
        (_, None) => format!("wrong: there is no `{time}` in the body"),
        _ if diagnosis.expected.is_none() => format!("wrong: `{time}` is not a time"),
        _ => "wrong: the signature does not match".into(),
    }
}
