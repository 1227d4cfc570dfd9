//! Why a signature does not match: the message that should have been signed, and the known mistakes, tried until one fits.
//!
//! Pure. Signatures are compared in constant time here too, though whoever asks holds the key already.

mod suspicion;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use super::signature::{Digests, Part, Signature};
use super::{Provider, Reading, Revision};
use crate::scenario::Method;
use suspicion::find_mistake;

/// A received body and how it claims to be signed.
pub struct Claim<'a> {
    /// Who is said to have sent it.
    pub provider: &'static Provider,
    /// In which edition.
    pub revision: &'static Revision,
    /// By which method.
    pub method: Method,
    /// The body's fields.
    pub fields: &'a Map<String, Value>,
}

impl Claim<'_> {
    /// How the message is read and signed, by the event that it names; none when it is not signed.
    fn form(&self) -> Option<(&'static Reading, &'static Signature)> {
        let sister = self.revision.sister.filter(|sister| {
            let event =
                sister.reading.event_field.and_then(|field| self.fields.get(field)).and_then(Value::as_str);
            event.is_some_and(|event| sister.events.contains(&event))
        });
        match sister {
            Some(sister) => Some((&sister.reading, sister.signature.as_ref()?)),
            None => Some((self.revision.reading, self.revision.signature(self.method)?)),
        }
    }
}

/// What there is to say about a signature.
#[derive(Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The signature is the right one.
    pub right: bool,
    /// The formula, in the vendor's terms.
    pub formula: String,
    /// The signed text, with `<key>` in the key's place.
    pub message: String,
    /// What the signature should be; none without a time to sign.
    pub expected: Option<String>,
    /// What it is; none when there is none.
    pub given: Option<String>,
    /// The signed time, in Unix seconds; none when it is missing or no plain number.
    pub time: Option<i64>,
    /// Fields that can be changed without the signature noticing.
    pub unprotected: Vec<String>,
    /// The known mistake that explains a mismatch.
    pub mistake: Option<Mistake>,
}

/// A known mistake and its cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What was done.
    pub what: String,
    /// What to do instead.
    pub cure: String,
}

/// Looks at a claim with the key that the receiver holds. None when the revision has no such method.
pub fn diagnose(claim: &Claim<'_>, key: &SecretString) -> Option<Diagnosis> {
    let (reading, signature) = claim.form()?;
    let time = claim.fields.get(reading.time_field).and_then(plain);
    let given = claim.fields.get(reading.signature_field).and_then(Value::as_str).map(str::to_owned);
    let recipe = Recipe::new(signature, key.expose_secret());
    let expected = time.as_deref().map(|time| recipe.sign(claim.fields, time));
    let right = match (&expected, &given) {
        (Some(expected), Some(given)) => same(expected, given),
        _ => false,
    };
    let signed: Vec<&str> = signature
        .message
        .iter()
        .filter_map(|part| if let Part::Field(name) = part { Some(*name) } else { None })
        .collect();
    let own = [reading.time_field, reading.signature_field];
    let unprotected =
        claim.fields.keys().filter(|name| !signed.contains(&name.as_str()) && !own.contains(&name.as_str()));
    let mistake = match (&given, &time) {
        (Some(given), Some(time)) if !right => find_mistake(claim, key.expose_secret(), time, given),
        _ => None,
    };
    Some(Diagnosis {
        right,
        formula: formula(signature, reading.time_field),
        message: recipe.shown(claim.fields, time.as_deref().unwrap_or_default()),
        expected,
        given,
        time: time.as_deref().and_then(|time| time.parse().ok()),
        unprotected: unprotected.cloned().collect(),
        mistake,
    })
}

fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && bool::from(a.as_bytes().ct_eq(b.as_bytes()))
}

/// The text of a number or of a text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn formula(signature: &Signature, time_field: &str) -> String {
    let parts: Vec<&str> = signature
        .message
        .iter()
        .map(|part| match part {
            Part::Key => "key",
            Part::Time => time_field,
            Part::Field(name) => name,
        })
        .collect();
    match signature.digest {
        Digests::Md5 => format!("MD5({})", parts.join(" + ")),
        Digests::HmacSha256 => format!("HMAC-SHA256({}, key)", parts.join(" + ")),
    }
}

/// What is done to the text of a field.
type Treatment = fn(&str) -> String;

/// A way to sign, right or wrong.
#[derive(Clone)]
struct Recipe<'a> {
    digest: Digests,
    message: Vec<Part>,
    key: Vec<u8>,
    /// What an absent field is rendered as.
    absent: &'a str,
    /// Before it is signed.
    treat: Treatment,
}

impl Recipe<'_> {
    fn new(signature: &Signature, key: &str) -> Self {
        Self {
            digest: signature.digest,
            message: signature.message.to_vec(),
            key: key.as_bytes().to_vec(),
            absent: "",
            treat: str::to_owned,
        }
    }

    fn fill(&self, fields: &Map<String, Value>, time: &str, key: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for part in &self.message {
            match part {
                Part::Key => out.extend_from_slice(key),
                Part::Time => out.extend_from_slice(time.as_bytes()),
                Part::Field(name) => {
                    let text = fields.get(*name).and_then(plain);
                    out.extend_from_slice(
                        text.map_or_else(|| self.absent.to_owned(), |text| (self.treat)(&text)).as_bytes(),
                    );
                }
            }
        }
        out
    }

    fn sign(&self, fields: &Map<String, Value>, time: &str) -> String {
        self.digest.sign(&self.fill(fields, time, &self.key), &self.key)
    }

    fn shown(&self, fields: &Map<String, Value>, time: &str) -> String {
        String::from_utf8_lossy(&self.fill(fields, time, b"<key>")).into_owned()
    }
}
