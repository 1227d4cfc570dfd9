//! Why a signature does not match: the message that should have been signed, and the known mistakes, tried until one fits.
//!
//! Pure. Signatures are compared in constant time here too, though whoever asks holds the key already.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use super::signature::{Digests, Part, Signature};
use super::{Provider, Revision};
use crate::scenario::Method;

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
    let signature = claim.revision.signature(claim.method)?;
    let reading = claim.revision.reading;
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

/// One suspicion: what would have been signed if the mistake had been made, and what to say then.
struct Suspicion<'a> {
    recipe: Recipe<'a>,
    time: String,
    what: String,
    cure: String,
}

fn find_mistake(claim: &Claim<'_>, key: &str, time: &str, given: &str) -> Option<Mistake> {
    let right = Recipe::new(claim.revision.signature(claim.method)?, key);
    let expected = right.sign(claim.fields, time);
    if same(&expected, &given.to_ascii_lowercase()) {
        return Some(Mistake {
            what: "the hexadecimal digits are in upper case".into(),
            cure: "the vendor sends lower case; decode both sides before comparing".into(),
        });
    }
    if same(&expected, given.trim()) {
        return Some(Mistake {
            what: "there is white space around the signature".into(),
            cure: "send the digits alone".into(),
        });
    }
    suspicions(claim, &right, key, time)
        .into_iter()
        .find(|suspicion| same(&suspicion.recipe.sign(claim.fields, &suspicion.time), given))
        .map(|suspicion| Mistake { what: suspicion.what, cure: suspicion.cure })
}

fn suspicions<'a>(claim: &Claim<'_>, right: &Recipe<'a>, key: &str, time: &str) -> Vec<Suspicion<'a>> {
    let mut all = of_keys(right, key, time);
    all.extend(of_times(right, time));
    all.extend(of_formulas(claim, key, time));
    all.extend(of_orders(right, time));
    all.extend(of_texts(right, time));
    all
}

fn suspect<'a>(
    recipe: Recipe<'a>,
    time: &str,
    what: impl Into<String>,
    cure: impl Into<String>,
) -> Suspicion<'a> {
    Suspicion { recipe, time: time.to_owned(), what: what.into(), cure: cure.into() }
}

fn of_keys<'a>(right: &Recipe<'a>, key: &str, time: &str) -> Vec<Suspicion<'a>> {
    let with = |key: Vec<u8>| Recipe { key, ..right.clone() };
    let mut all = Vec::new();
    for (end, name) in [("\n", "a newline"), ("\r\n", "a line end (CR LF)"), (" ", "a space")] {
        let what = format!("the key was used with {name} at its end");
        all.push(suspect(with(format!("{key}{end}").into()), time, what, "strip the key where it is read"));
    }
    all.push(suspect(
        with(key.trim().into()),
        time,
        "the key given here has white space around it; it was signed without",
        "check the variable or file that the key was read from",
    ));
    all.push(suspect(
        with(format!("\u{feff}{key}").into()),
        time,
        "the key was used with a byte order mark",
        "strip it where the key is read",
    ));
    all.push(suspect(
        with(key.to_uppercase().into()),
        time,
        "the key was used in upper case",
        "use the key as the console shows it",
    ));
    if let Some(bytes) = unhex(key) {
        let cure = "the key is text: its characters are the bytes";
        all.push(suspect(
            with(bytes),
            time,
            "the key was decoded from hexadecimal first, as another scheme does",
            cure,
        ));
    }
    let hashed = Digests::Md5.sign(key.as_bytes(), b"");
    all.push(suspect(
        with(hashed.into()),
        time,
        "the MD5 of the key was used in place of the key, as another scheme does",
        "use the key itself",
    ));
    all.push(suspect(
        with(Vec::new()),
        time,
        "an empty key was used",
        "check that the variable with the key is set where it was signed",
    ));
    all
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0 && !digits.is_empty())?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

fn of_times<'a>(right: &Recipe<'a>, time: &str) -> Vec<Suspicion<'a>> {
    let Ok(seconds) = time.parse::<i64>() else { return Vec::new() };
    #[expect(
        clippy::cast_precision_loss,
        reason = "the mistake itself: a double holds any plausible time exactly"
    )]
    let double = seconds as f64;
    let java = {
        let digits = seconds.to_string();
        let (first, rest) = digits.split_at(1.min(digits.len()));
        let rest = rest.trim_end_matches('0');
        format!("{first}.{}E{}", if rest.is_empty() { "0" } else { rest }, digits.len().saturating_sub(1))
    };
    let float = "the time was read as a floating-point number and printed as";
    let cure = "sign the decimal digits as they stand in the message; read the time as an integer";
    let whole = "the vendor's time is in seconds, and the text that is signed is the one that is sent";
    let shown = |text: String| suspect(right.clone(), &text, format!("{float} {text}"), cure);
    vec![
        suspect(
            right.clone(),
            &seconds.saturating_mul(1000).to_string(),
            "the time was signed in milliseconds and sent in seconds",
            whole,
        ),
        suspect(
            right.clone(),
            &(seconds / 1000).to_string(),
            "the time was sent in milliseconds and signed in seconds",
            whole,
        ),
        shown(format!("{seconds}.0")),
        shown(java),
        shown(format!("{double:.6}")),
        shown(format!("{double:e}")),
        suspect(right.clone(), &format!("\"{time}\""), "the time was signed together with its quotes", cure),
    ]
}

/// The formulas of other revisions and methods.
fn of_formulas(claim: &Claim<'_>, key: &str, time: &str) -> Vec<Suspicion<'static>> {
    let mut all = Vec::new();
    for revision in claim.provider.revisions.iter().rev() {
        for (method, signature) in revision.signatures.iter().filter(|(method, _)| *method == claim.method) {
            let what = format!(
                "it is signed by the {method} formula of revision {}: {}",
                revision.name,
                formula(signature, "time")
            );
            let cure = format!(
                "revision {} is signed differently; check which one the receiver verifies",
                claim.revision.name
            );
            all.push(suspect(Recipe::new(signature, key), time, what, cure));
        }
    }
    for (method, signature) in claim.revision.signatures.iter().filter(|(method, _)| *method != claim.method)
    {
        let what = format!(
            "it is signed with {method} where {} was asked for: {}",
            claim.method,
            formula(signature, "time")
        );
        let cure = format!("set the same method on both sides, or verify with --method {method}");
        all.push(suspect(Recipe::new(signature, key), time, what, cure));
    }
    all
}

/// Other parts, or the right ones in another order.
fn of_orders<'a>(right: &Recipe<'a>, time: &str) -> Vec<Suspicion<'a>> {
    let mut all = Vec::new();
    let plain = |message: &[Part], digest| Recipe { message: message.to_vec(), digest, ..right.clone() };
    let order = "check the order of the parts against the formula";
    let (key_first, time_first) = ([Part::Key, Part::Time], [Part::Time, Part::Key]);
    all.push(suspect(
        plain(&key_first, Digests::Md5),
        time,
        "it is a plain MD5 of key and time",
        "use the formula above",
    ));
    all.push(suspect(
        plain(&time_first, Digests::Md5),
        time,
        "it is the MD5 of time and key, in this order",
        order,
    ));
    all.push(suspect(
        plain(&[Part::Time], Digests::Md5),
        time,
        "it is the MD5 of the time alone, without the key",
        "put the key before the time",
    ));
    all.push(suspect(
        plain(&[Part::Time], Digests::HmacSha256),
        time,
        "it is the HMAC-SHA256 of the time alone",
        "use the formula above",
    ));
    all.extend(of_rearrangements(right, time));
    all
}

/// The right parts, rearranged.
fn of_rearrangements<'a>(right: &Recipe<'a>, time: &str) -> Vec<Suspicion<'a>> {
    let order = "check the order of the parts against the formula";
    let plain = |message: &[Part], digest| Recipe { message: message.to_vec(), digest, ..right.clone() };
    let mut all = Vec::new();
    // The push callback of the same platform has the time at the end.
    let mut rotated = right.message.clone();
    if let [Part::Time, ..] = rotated.as_slice() {
        rotated.rotate_left(1);
        all.push(suspect(
            plain(&rotated, right.digest),
            time,
            "the time stands last, as in the push callback",
            order,
        ));
        let push: Vec<Part> = rotated
            .iter()
            .copied()
            .filter(|part| !matches!(part, Part::Field(name) if name.ends_with("_url")))
            .collect();
        all.push(suspect(
            plain(&push, right.digest),
            time,
            "it is signed in the field order of the push callback",
            order,
        ));
    }
    for (a, b) in pairs(&right.message) {
        let mut swapped = right.message.clone();
        swapped.swap(a, b);
        if let (Some(Part::Field(first)), Some(Part::Field(second))) =
            (right.message.get(a), right.message.get(b))
        {
            all.push(suspect(
                plain(&swapped, right.digest),
                time,
                format!("{first} and {second} are swapped"),
                order,
            ));
        }
    }
    all
}

/// Every pair of places.
fn pairs(parts: &[Part]) -> impl Iterator<Item = (usize, usize)> + use<> {
    let length = parts.len();
    (0..length).flat_map(move |a| (a + 1..length).map(move |b| (a, b)))
}

fn of_texts<'a>(right: &Recipe<'a>, time: &str) -> Vec<Suspicion<'a>> {
    let mut all = Vec::new();
    for absent in ["null", "None", "undefined", "nil"] {
        let what = format!("a field that is not in the message was signed as `{absent}`");
        all.push(suspect(
            Recipe { absent, ..right.clone() },
            time,
            what,
            "a field that is absent counts as the empty text",
        ));
    }
    let treatments: [(Treatment, &str); 4] = [
        (|text| text.replace('/', "\\/"), "slashes were signed as `\\/`: the body was serialised again"),
        (
            |text| text.replace('&', "\\u0026"),
            "ampersands were signed as `\\u0026`: the body was serialised again",
        ),
        (escaped, "characters beyond ASCII were signed as `\\u` escapes: the body was serialised again"),
        (|text| Value::from(text).to_string(), "the fields were signed together with their quotes"),
    ];
    for (treat, what) in treatments {
        all.push(suspect(
            Recipe { treat, ..right.clone() },
            time,
            what,
            "sign the text of a field after parsing, not its JSON spelling",
        ));
    }
    all
}

fn escaped(text: &str) -> String {
    text.encode_utf16().fold(String::new(), |mut out, unit| {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
        out
    })
}
