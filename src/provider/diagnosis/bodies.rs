//! Formulas with the body in them, or with all of its fields.

use serde_json::{Map, Value};

use super::formula::{FORMULA, Formula, FormulaTerm, text};
use super::spelling::Deviation;
use super::{Claim, plain, rewritten};
use crate::provider::signature::Signature;

const BODY: &str = "sign by {formula}: the vendor signs these parts, not the body";
const RAW: &str = "sign and check the raw body as it came, byte for byte; parse it afterwards";

/// A body that is longer is not tried as a part of the message.
const LONGEST_BODY: usize = 1 << 16;

/// Formulas with the body in them, or with all of its fields.
pub(super) fn formulas(
    claim: &Claim<'_>,
    signature: &Signature,
    time_field: &str,
    signature_field: &str,
) -> Vec<Deviation<Formula>> {
    if claim.body.len() > LONGEST_BODY {
        return Vec::new();
    }
    let mut all = Vec::new();
    if signature.signs_bytes() {
        for other in rewritten::of(claim.body) {
            let mut formula = Formula { heavy: true, ..Formula::signed(signature) };
            formula.put(&other.bytes);
            let what = format!("the bytes of the body were changed: this is the signature of {}", other.what);
            all.push(Deviation::new(formula, what, RAW));
        }
    }
    let fix = if signature.signs_bytes() { FORMULA } else { BODY };
    for (body, what) in bodies(claim, time_field, signature_field) {
        let body = || FormulaTerm::Text(body.clone());
        for (terms, parts) in [
            (vec![FormulaTerm::Key, body()], "key + body"),
            (vec![body(), FormulaTerm::Key], "body + key"),
            (vec![body()], "the body alone"),
            (vec![FormulaTerm::Key, FormulaTerm::Time, body()], "key + time + body"),
            (vec![FormulaTerm::Time, body()], "time + body"),
            (vec![body(), FormulaTerm::Time, FormulaTerm::Key], "body + time + key"),
            (vec![FormulaTerm::Time, FormulaTerm::Key, body()], "time + key + body"),
            (vec![FormulaTerm::Key, body(), FormulaTerm::Time], "key + body + time"),
            (vec![body(), FormulaTerm::Key, FormulaTerm::Time], "body + key + time"),
            (vec![FormulaTerm::Time, text("."), body()], "time + `.` + body"),
        ] {
            let formula = Formula { heavy: true, ..Formula::of(terms) };
            all.push(Deviation::new(formula, format!("the body was signed: {parts}{what}"), fix));
        }
    }
    let mut sorted: Vec<(&String, &Value)> =
        claim.fields.iter().filter(|(name, _)| *name != signature_field).collect();
    sorted.sort_by_key(|(name, _)| *name);
    let pairs: Vec<String> = sorted
        .iter()
        .map(|(name, value)| format!("{name}={}", plain(value).unwrap_or_else(|| value.to_string())))
        .collect();
    let (pairs, values) =
        (pairs.join("&"), sorted.iter().filter_map(|(_, value)| plain(value)).collect::<String>());
    for (terms, parts) in [
        (vec![text(format!("{pairs}&key=")), FormulaTerm::Key], "name=value&...&key=..."),
        (vec![text(pairs.as_str()), FormulaTerm::Key], "name=value&... + key"),
        (vec![text(format!("{pairs}&")), FormulaTerm::Key], "name=value&...&key"),
        (vec![FormulaTerm::Key, text(pairs.as_str())], "key + name=value&..."),
        (vec![text(pairs.as_str())], "name=value&..."),
        (vec![text(values.as_str()), FormulaTerm::Key], "values + key"),
        (vec![FormulaTerm::Key, text(values.as_str())], "key + values"),
    ] {
        let formula = Formula { heavy: true, ..Formula::of(terms) };
        all.push(Deviation::new(formula, format!("all fields were signed, sorted by name: {parts}"), fix));
    }
    all
}

/// The body as it came, and as a receiver may have it in its hands.
fn bodies(claim: &Claim<'_>, time_field: &str, signature_field: &str) -> Vec<(Vec<u8>, &'static str)> {
    let without = |names: &[&str]| -> Map<String, Value> {
        let kept = claim.fields.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let compact = |fields: &Map<String, Value>| Value::Object(fields.clone()).to_string().into_bytes();
    let unsigned = without(&[signature_field]);
    let mut emptied = claim.fields.clone();
    emptied.insert(signature_field.to_owned(), "".into());
    let mut sorted: Vec<(String, Value)> = unsigned.clone().into_iter().collect();
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    let sorted: Map<String, Value> = sorted.into_iter().collect();
    let spaced = |fields: &Map<String, Value>| {
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}: {value}", Value::from(name.as_str()))).collect();
        format!("{{{}}}", pairs.join(", ")).into_bytes()
    };
    let mut all = vec![
        (claim.body.to_vec(), ""),
        (claim.body.trim_ascii().to_vec(), " (without the white space around it)"),
        (compact(claim.fields), " (serialised again)"),
        (compact(&unsigned), " (without the signature)"),
        (compact(&without(&[signature_field, time_field])), " (without signature and time)"),
        (compact(&emptied), " (with an empty signature)"),
        (compact(&sorted), " (without the signature, sorted by name)"),
        (spaced(&unsigned), " (without the signature, with spaces as Python writes them)"),
        (Vec::new(), " (an empty body)"),
    ];
    all.dedup_by(|(a, _), (b, _)| a == b);
    all
}
