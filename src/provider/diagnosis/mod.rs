//! Why a signature does not match: the message that should have been signed, and the known mistakes, tried until one fits.
//!
//! Pure. Signatures are compared in constant time here too, though whoever asks holds the key already.

mod around;
mod bodies;
mod digest;
mod formula;
mod labelled;
mod recognise;
mod repr;
mod rewritten;
mod search;
mod spelled;
mod spelling;
mod token;

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use super::signature::{Digests, Proof, Signature, SignedPart, secret_bytes};
use super::stamp::Stamp;
use super::{FieldNames, Provider, Revision};
use crate::number;
use crate::scenario::Method;
use digest::readings;
use search::{Effort, Space};
use spelled::{by_shape, shown};
use spelling::Deviation;

pub(super) use digest::hmac_sha1;
pub use recognise::{Recognised, fits, recognise, recognise_request};
pub use spelled::formula;

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
    /// The body as it came; empty where it is not known.
    pub body: &'a [u8],
    /// What the header with the signature holds, where one bears it and is known.
    pub proof: Option<&'a str>,
    /// The headers, where they are known.
    pub head: &'a [(String, String)],
    /// The path and query that it was sent to; empty where they are not known.
    pub path: &'a str,
}

impl Claim<'_> {
    /// How the message is read and signed, by the event that it names; none when it is not signed.
    fn form(&self) -> Option<(&'static FieldNames, &'static Signature)> {
        let second_callback = self.revision.second_callback.filter(|second_callback| {
            let event = second_callback
                .reading
                .event_field
                .and_then(|field| self.fields.get(field))
                .and_then(Value::as_str);
            event.is_some_and(|event| second_callback.events.contains(&event))
        });
        match second_callback {
            Some(second_callback) => Some((&second_callback.reading, second_callback.signature.as_ref()?)),
            None => Some((self.revision.reading, self.revision.signature(self.method)?)),
        }
    }

    /// Content of its headers, where several prove it.
    fn stamp(&self, reading: &FieldNames) -> Option<Stamp<'_>> {
        let Proof::Stamped(proof) = reading.proof else { return None };
        let stamp = Stamp::parts(proof, |name| {
            let header = self.head.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
            Some(header.1.trim())
        })?;
        Some(Stamp { fields: Some(self.fields), ..stamp })
    }

    /// The host that it was sent to, without its port; this machine where it is not known.
    fn host(&self) -> &str {
        let header = self.head.iter().find(|(known, _)| known.eq_ignore_ascii_case("host"));
        header.map_or(super::sealing::LOCAL, |(_, host)| super::stamp::without_port(host.trim()))
    }

    /// The signed time; empty where none is signed.
    fn time(&self, reading: &FieldNames) -> Option<String> {
        match reading.proof {
            Proof::Stamped(_) => Some(self.stamp(reading)?.time.to_owned()),
            Proof::Body => self.fields.get(reading.time_field).and_then(plain),
            _ => Some(String::new()),
        }
    }

    /// The signature that came; of a token its last part.
    fn given(&self, reading: &FieldNames) -> Option<String> {
        match reading.proof {
            Proof::Token { .. } => {
                let whole = self.proof?.trim();
                Some(whole.rsplit_once('.').map_or(whole, |(_, signature)| signature).to_owned())
            }
            Proof::Stamped(_) => Some((*self.stamp(reading)?.signatures.first()?).to_owned()),
            Proof::Body => {
                self.fields.get(reading.signature_field).and_then(Value::as_str).map(str::to_owned)
            }
            _ => self.proof.map(|given| given.trim().to_owned()),
        }
    }

    /// The mistake by which one of the written signatures came about.
    fn search(&self, key: &SecretString, written: &str, effort: Effort) -> Option<Mistake> {
        let (reading, signature) = self.form()?;
        if let Proof::Token { .. } = reading.proof {
            return None;
        }
        let time = self.time(reading)?;
        let targets = readings(written, signature.encoding);
        if targets.is_empty() {
            return None;
        }
        let place = if matches!(reading.proof, Proof::Stamped(_)) { "header" } else { "body" };
        let lifetime = number::seconds(self.provider.lifetime);
        let id = self.stamp(reading).map_or_else(String::new, |stamp| stamp.id.to_owned());
        let formulas = formula::of_claim(self, signature, &id, reading.time_field, reading.signature_field);
        let space = Space {
            fields: self.fields,
            keys: keys(signature, key),
            times: spelling::of_times(&time, place, lifetime),
            place,
            formulas,
            digests: search::digests(signature.digest.into(), &targets),
            texts: spelling::of_texts(),
            encoding: signature.encoding,
        };
        Some(space.find(&targets, effort)?.with_formula(&formula(signature, reading.time_field)))
    }

    /// The right signature, if there is a time to sign.
    fn expected(&self, key: &SecretString) -> Option<String> {
        let (reading, signature) = self.form()?;
        match reading.proof {
            Proof::Body => {}
            Proof::Header(_) => return Some(signature.sign_bytes(key, self.body)),
            Proof::Token { .. } => {
                return Some(signature.sign_bytes(key, token::of(self)?.signed.as_bytes()));
            }
            Proof::Stamped(_) => {
                // Headers of another form have no time; what signs none needs none.
                let timed = |part: &SignedPart| {
                    matches!(part, SignedPart::Time | SignedPart::Later(_) | SignedPart::Id)
                };
                let alone = Stamp {
                    signatures: Vec::new(),
                    time: "",
                    id: "",
                    host: self.host(),
                    fields: Some(self.fields),
                };
                let timeless = || Some(alone).filter(|_| !signature.message.iter().any(timed));
                return Some(self.stamp(reading).or_else(timeless)?.sign(signature, key, self.body));
            }
        }
        let time = self.time(reading)?;
        let texts: Vec<(&String, String)> =
            self.fields.iter().filter_map(|(name, value)| Some((name, plain(value)?))).collect();
        let field =
            |name: &str| texts.iter().find(|(known, _)| *known == name).map(|(_, text)| text.as_str());
        Some(signature.sign(key, &time, field))
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
    /// The signed time, in Unix seconds; none when it is missing or not a number.
    pub time: Option<i64>,
    /// The signed time as it is written, where it is not written as any sender writes it: whole Unix seconds.
    pub odd_time: Option<String>,
    /// The field with the time.
    pub time_field: &'static str,
    /// The field with the signature.
    pub signature_field: &'static str,
    /// Fields that can be changed without the signature noticing.
    pub unprotected: Vec<String>,
    /// The known mistake that explains a mismatch, or what the shape of the signature tells.
    pub mistake: Option<Mistake>,
}

/// A known mistake and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What was done.
    pub what: String,
    /// What to do instead.
    pub fix: String,
}

impl Mistake {
    /// Puts the formula where it is spoken of.
    fn with_formula(self, formula: &str) -> Self {
        Self { fix: self.fix.replace("{formula}", formula), ..self }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.fix)
    }
}

/// What a signature that somebody computed for a message turns out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Computed {
    /// It is the right one.
    Right,
    /// It is the right hash of the body, which a token holds.
    RightHash,
    /// A known mistake gives it.
    By(Mistake),
    /// No known mistake gives it; what its shape tells.
    Unknown(Mistake),
}

/// True when the signature of a claim is the right one; nothing is searched where it is not.
pub fn is_right(claim: &Claim<'_>, key: &SecretString) -> bool {
    let Some((reading, signature)) = claim.form() else { return false };
    match reading.proof {
        Proof::Token { .. } => token::is_right(claim, signature, key),
        Proof::Stamped(_) => claim.stamp(reading).is_some_and(|stamp| {
            let right = stamp.sign(signature, key, claim.body);
            stamp.signatures.iter().any(|given| same(&right, given))
        }),
        _ => claim.expected(key).zip(claim.given(reading)).is_some_and(|(right, given)| same(&right, &given)),
    }
}

/// Looks at a claim with the key that the receiver holds. None when the revision has no such method.
pub fn diagnose(claim: &Claim<'_>, key: &SecretString) -> Option<Diagnosis> {
    let (reading, signature) = claim.form()?;
    let time = claim.time(reading);
    let given = claim.given(reading);
    let expected = claim.expected(key);
    let right = is_right(claim, key);
    // Of a list it is the right one that counts.
    let given = expected.clone().filter(|_| right).or(given);
    let signed: Vec<&str> = signature
        .message
        .iter()
        .filter_map(|part| if let SignedPart::Field(name) = part { Some(*name) } else { None })
        .collect();
    let own = [reading.time_field, reading.signature_field];
    let whole = signature.signs_bytes();
    let unprotected =
        claim.fields.keys().filter(|name| !signed.contains(&name.as_str()) && !own.contains(&name.as_str()));
    let in_token = matches!(reading.proof, Proof::Token { .. });
    let mistake = match &given {
        Some(given) if !right => {
            let known = match in_token {
                true => token::mistake(claim, signature, key),
                false => claim.search(key, given, Effort::Whole),
            };
            let shaped = || expected.as_deref().map(|expected| by_shape(signature, reading, expected, given));
            known.or_else(shaped)
        }
        _ => None,
    };
    let message = match token::of(claim).filter(|_| in_token) {
        Some(token) => token.signed.to_owned(),
        None => {
            let id = claim.stamp(reading).map_or_else(String::new, |stamp| stamp.id.to_owned());
            // A message without a time shows none.
            shown(claim, signature, time.as_deref().unwrap_or_default(), &id)
        }
    };
    let ends = token::of(claim).filter(|_| in_token).and_then(|token| token.time("exp"));
    let times = signature.message.iter().any(|part| matches!(part, SignedPart::Time | SignedPart::Later(_)));
    let odd_time = time.clone().filter(|text| times && spelling::is_odd(text));
    Some(Diagnosis {
        right,
        formula: formula(signature, reading.time_field),
        message,
        expected,
        given,
        time: ends.or_else(|| spelling::whole(time.as_deref()?.trim())),
        odd_time,
        time_field: reading.time_field,
        signature_field: reading.proof.header().unwrap_or(reading.signature_field),
        unprotected: unprotected.filter(|_| !whole).cloned().collect(),
        mistake,
    })
}

/// What a signature is that somebody, a receiver for example, computed for this body. None when there is nothing to compute.
///
/// Takes hexadecimal digits, and the other spellings of a digest: base 64, colons, capitals; of a sender of tokens also a whole
/// token, or the hash of the body. Labels of a header may stand before it, and other entries beside it: `t=...,v1=...`.
pub fn explain_hex(claim: &Claim<'_>, key: &SecretString, computed: &str) -> Option<Computed> {
    let (reading, signature) = claim.form()?;
    let forms = labelled::forms(computed);
    if let Proof::Token { .. } = reading.proof {
        let plain = forms.first().copied().unwrap_or(computed);
        return token::computed(claim, signature, reading, key, plain);
    }
    let expected = claim.expected(key)?;
    if forms.iter().any(|form| same(&expected, form)) {
        return Some(Computed::Right);
    }
    let readable = |form: &&&str| !readings(form, signature.encoding).is_empty();
    let computed = forms.iter().find(readable).copied().unwrap_or(computed);
    Some(match claim.search(key, computed, Effort::Whole) {
        Some(mistake) => Computed::By(mistake),
        None => Computed::Unknown(by_shape(signature, reading, &expected, computed)),
    })
}

/// Digests in an answer that are looked at, at most.
const MOST_DIGESTS: usize = 4;

/// The mistake that a receiver made, if its answer holds the signature that it computed. The answer may have been masked:
/// the right signature and the one that was sent tell nothing.
pub fn explain_answer(claim: &Claim<'_>, key: &SecretString, answer: &str) -> Option<Mistake> {
    let (reading, signature) = claim.form()?;
    let given = claim.fields.get(reading.signature_field).and_then(Value::as_str);
    let expected = claim.expected(key)?;
    let inner = |c: char| c.is_ascii_alphanumeric() || "+/=_-".contains(c);
    let words = answer.split(|c| !inner(c)).map(|word| word.trim_matches(['-', '_'])).filter(|word| {
        let known = readings(word, signature.encoding)
            .iter()
            .any(|written| [16, 20, 32, 64].contains(&written.bytes.len()));
        known && Some(*word) != given && !same(&expected, word)
    });
    words.take(MOST_DIGESTS).find_map(|word| claim.search(key, word, Effort::Small))
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

/// The key as it is meant, and as it may be taken by mistake.
fn keys(signature: &Signature, key: &SecretString) -> Vec<Deviation<Vec<u8>>> {
    let text = key.expose_secret();
    if signature.digest != Digests::WebhookSha256 {
        return spelling::of_keys(text);
    }
    let fix = "decode the base64 behind whsec_, and sign with the bytes";
    let bare = text.strip_prefix("whsec_").unwrap_or(text);
    let mut all = vec![
        Deviation::right(secret_bytes(text.as_bytes())),
        Deviation::new(bare.into(), "the key was used as a text, not decoded from base64", fix),
    ];
    if bare != text {
        all.push(Deviation::new(text.into(), "the key was used as a text, with whsec_ before it", fix));
    }
    all
}
