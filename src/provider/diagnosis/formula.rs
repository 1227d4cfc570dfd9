//! Which parts may have been signed, in which order, and with what between them.

mod order;

use serde_json::{Map, Value};

use super::digest::{Digest, Hash};
use super::spelling::{Deviation, Treatment};
use super::{Claim, around, bodies, formula, plain};
use crate::provider::signature::{Proof, Signature, SignedPart};
use order::{SEPARATORS, joined, orders};

/// A part of a message that was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FormulaTerm {
    Key,
    Time,
    Field(String),
    /// The body as it came.
    Body,
    /// The id of the message.
    Id,
    /// The host that it was sent to.
    Host,
    Text(Vec<u8>),
}

/// A message, and its digest where the formula brings one of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Formula {
    pub(super) terms: Vec<FormulaTerm>,
    pub(super) digest: Option<Digest>,
    /// It is long, and tried with few others.
    pub(super) heavy: bool,
}

impl Formula {
    pub(super) fn of(terms: Vec<FormulaTerm>) -> Self {
        Self { terms, digest: None, heavy: false }
    }

    pub(super) fn signed(signature: &Signature) -> Self {
        Self::of(signature.message.iter().map(term).collect())
    }

    fn by(signature: &Signature) -> Self {
        Self { digest: Some(signature.digest.into()), ..Self::signed(signature) }
    }

    /// Puts a text, such as the id of the message, where it is signed.
    fn stand_for(&mut self, known: &FormulaTerm, given: &str) {
        for term in self.terms.iter_mut().filter(|term| *term == known) {
            *term = text(given);
        }
    }

    /// Puts the body where it is signed.
    pub(super) fn put(&mut self, body: &[u8]) {
        for term in self.terms.iter_mut().filter(|term| **term == FormulaTerm::Body) {
            *term = FormulaTerm::Text(body.to_vec());
        }
    }

    pub(super) fn has_fields(&self) -> bool {
        self.terms.iter().any(|term| matches!(term, FormulaTerm::Field(_)))
    }

    /// The bytes that were signed.
    pub(super) fn fill(
        &self,
        fields: &Map<String, Value>,
        key: &[u8],
        time: &str,
        text: Treatment,
    ) -> Vec<u8> {
        let mut out = Vec::new();
        for term in &self.terms {
            match term {
                FormulaTerm::Key => out.extend_from_slice(key),
                FormulaTerm::Time => out.extend_from_slice(time.as_bytes()),
                // It was put there as a text, as it came.
                FormulaTerm::Body | FormulaTerm::Id | FormulaTerm::Host => {}
                FormulaTerm::Text(bytes) => out.extend_from_slice(bytes),
                FormulaTerm::Field(name) => match fields.get(name).and_then(plain) {
                    Some(value) => out.extend_from_slice((text.treat)(&value).as_bytes()),
                    None => out.extend_from_slice(text.absent.as_bytes()),
                },
            }
        }
        out
    }
}

fn term(part: &SignedPart) -> FormulaTerm {
    match part {
        SignedPart::Key => FormulaTerm::Key,
        SignedPart::Time => FormulaTerm::Time,
        SignedPart::Field(name) => FormulaTerm::Field((*name).to_owned()),
        SignedPart::Body => FormulaTerm::Body,
        SignedPart::Id => FormulaTerm::Id,
        SignedPart::Host => FormulaTerm::Host,
        SignedPart::Text(between) => text(*between),
        // Tokens are taken apart before anything is searched for.
        _ => FormulaTerm::Text(Vec::new()),
    }
}

pub(super) fn text(text: impl Into<String>) -> FormulaTerm {
    FormulaTerm::Text(text.into().into_bytes())
}

const ORDER: &str = "put the parts in the order of {formula}";
const ALL_PARTS: &str = "sign every part of the formula, this one too";
const JOIN: &str = "put the parts one after the other, with nothing between them";
pub(super) const FORMULA: &str = "sign by {formula}";

const WHOLE_URL: &str = "the whole URL was signed in the place of its host";

/// Other texts that are taken for the host of the callback URL.
fn hosts(claim: &Claim<'_>, signature: &Signature) -> Vec<Deviation<Formula>> {
    if !signature.message.contains(&SignedPart::Host) {
        return Vec::new();
    }
    let with = |host: &str, what: &str| {
        let mut formula = Formula::signed(signature);
        formula.stand_for(&FormulaTerm::Host, host);
        Deviation::new(
            formula,
            what,
            "sign the host of the callback URL alone, without scheme, port and path",
        )
    };
    let whole = claim.head.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
    let mut all: Vec<Deviation<Formula>> = Vec::new();
    if let Some((_, whole)) = whole.filter(|(_, whole)| whole.trim() != claim.host()) {
        all.push(with(whole.trim(), "the host was signed with its port"));
    }
    if let Some((_, whole)) = whole {
        let ends = ["", "/", claim.path].map(|end| [("https", end), ("http", end)]);
        for (scheme, end) in ends.into_iter().flatten() {
            all.push(with(&format!("{scheme}://{}{end}", whole.trim()), WHOLE_URL));
        }
    }
    for other in ["localhost", "127.0.0.1"].into_iter().filter(|other| *other != claim.host()) {
        all.push(with(other, "another name of this machine was signed than the URL has"));
    }
    let domain = claim.fields.get("domain").and_then(serde_json::Value::as_str);
    if let Some(domain) = domain {
        all.push(with(domain, "the domain of the stream was signed, and not the host of the callback URL"));
    }
    all
}

/// The right parts with the label that the time has in its header: `t=1583677345.` and the body.
fn time_with_its_label(claim: &Claim<'_>, signature: &Signature) -> Option<Deviation<Formula>> {
    let Proof::Stamped(proof) = claim.revision.reading.proof else { return None };
    let label = proof.time.as_ref().map(|time| time.before).filter(|label| !label.is_empty())?;
    let mut formula = Formula::signed(signature);
    let at = formula.terms.iter().position(|term| *term == FormulaTerm::Time)?;
    formula.terms.insert(at, text(label));
    let what = format!("the time was signed with its label, as `{label}...`");
    Some(Deviation::new(
        formula,
        what,
        "sign the time alone, without the label that stands before it in the header",
    ))
}

/// Every formula that is tried; the first is right.
pub(super) fn of_claim(
    claim: &Claim<'_>,
    signature: &Signature,
    id: &str,
    time_field: &str,
    signature_field: &str,
) -> Vec<Deviation<Formula>> {
    let right = Formula::signed(signature);
    let mut all = vec![Deviation::right(right.clone())];
    all.extend(other_schemes(claim));
    all.extend(other_callback(claim, signature));
    // Of a sender that signs no time, none can be signed by mistake.
    if signature.message.contains(&SignedPart::Time) {
        all.extend(short(time_field));
    }
    all.extend(orders(signature, time_field));
    all.extend(joined(&right, time_field));
    all.extend(around::separated(signature));
    all.extend(bodies::formulas(claim, signature, time_field, signature_field));
    if signature.message.contains(&SignedPart::Id) {
        let without = vec![FormulaTerm::Time, text("."), FormulaTerm::Body];
        let what = "time and body were signed without the id of the message";
        all.push(Deviation::new(Formula::of(without), what, FORMULA));
        all.iter_mut().for_each(|deviation| deviation.value.stand_for(&FormulaTerm::Id, id));
    }
    all.extend(time_with_its_label(claim, signature));
    all.extend(hosts(claim, signature));
    all.iter_mut().for_each(|deviation| deviation.value.stand_for(&FormulaTerm::Host, claim.host()));
    all.iter_mut().for_each(|deviation| deviation.value.put(claim.body));
    if matches!(claim.revision.reading.proof, Proof::Header(_)) {
        all.retain(|deviation| !deviation.value.terms.contains(&FormulaTerm::Time));
    }
    let mut known: Vec<Formula> = Vec::new();
    let mut itself = Formula { digest: Some(signature.digest.into()), ..right };
    itself.stand_for(&FormulaTerm::Host, claim.host());
    itself.stand_for(&FormulaTerm::Id, id);
    itself.put(claim.body);
    all.retain(|deviation| {
        let new = deviation.value != itself && !known.contains(&deviation.value);
        if new {
            known.push(deviation.value.clone());
        }
        new
    });
    all
}

/// The formulas of other revisions and methods.
fn other_schemes(claim: &Claim<'_>) -> Vec<Deviation<Formula>> {
    let mut all = Vec::new();
    for revision in
        claim.provider.revisions.iter().rev().filter(|revision| revision.name != claim.revision.name)
    {
        for (method, signature) in revision.signatures.iter().filter(|(method, _)| *method == claim.method) {
            let formula = formula(signature, revision.reading.time_field);
            let what =
                format!("it is signed by the {method} formula of revision {}: {formula}", revision.name);
            let fix = "that revision signs differently; check which one the receiver verifies";
            all.push(Deviation::new(Formula::by(signature), what, fix));
        }
    }
    for (method, signature) in claim.revision.signatures.iter().filter(|(method, _)| *method != claim.method)
    {
        let formula = formula(signature, claim.revision.reading.time_field);
        let what = format!("it is signed with {method} where {} was asked for: {formula}", claim.method);
        let fix = "set the same method on both sides, or give verify this one with --method";
        all.push(Deviation::new(Formula::by(signature), what, fix));
    }
    all
}

/// The formula of the other callback of the same sender.
fn other_callback(claim: &Claim<'_>, signature: &Signature) -> Vec<Deviation<Formula>> {
    let second = claim.revision.second_callback.and_then(|second| second.signature.as_ref());
    let all = [claim.revision.signature(claim.method), second];
    let others =
        all.into_iter().flatten().filter(|other| other.message != signature.message && second.is_some());
    let told = |other: &Signature| {
        let formula = formula(other, claim.revision.reading.time_field);
        let what = format!("it is signed as the other callbacks of {} are: {formula}", claim.provider.name);
        Deviation::new(Formula::by(other), what, FORMULA)
    };
    others.map(told).collect()
}

/// Formulas of key and time alone.
fn short(time: &str) -> Vec<Deviation<Formula>> {
    let (key, t) = (|| FormulaTerm::Key, || FormulaTerm::Time);
    let mut all = Vec::new();
    let mut add = |terms: Vec<FormulaTerm>, digest: Option<Digest>, what: String, fix| {
        all.push(Deviation::new(Formula { terms, digest, heavy: false }, what, fix));
    };
    let md5 = Some(Digest::Plain(Hash::Md5));
    add(vec![key(), t()], md5, "it is a plain MD5 of key and time".into(), FORMULA);
    add(vec![t(), key()], md5, "it is the MD5 of time and key, in this order".into(), ORDER);
    add(
        vec![t()],
        md5,
        "it is the MD5 of the time alone, without the key".into(),
        "put the key before the time",
    );
    for hash in [Hash::Sha256, Hash::Md5, Hash::Sha1, Hash::Sha512] {
        let digest = Digest::Hmac(hash);
        add(vec![t()], Some(digest), format!("it is the {} of the time alone", digest.name()), FORMULA);
    }
    add(vec![key()], None, "the key was signed alone, without the time".into(), FORMULA);
    add(vec![key(), t(), key()], None, "the key stands before and after the time".into(), FORMULA);
    add(vec![t(), key(), t()], None, "the time stands before and after the key".into(), FORMULA);
    for (first, second) in [
        ("key", time),
        ("secret", time),
        ("key", "t"),
        ("key", "time"),
        ("key", "timestamp"),
        ("secret", "timestamp"),
    ] {
        for between in ["&", ""] {
            let named = vec![text(format!("{first}=")), key(), text(format!("{between}{second}=")), t()];
            let what = format!("the parts were signed with their names, as {first}=...{between}{second}=...");
            add(named, None, what, JOIN);
            let named = vec![text(format!("{second}=")), t(), text(format!("{between}{first}=")), key()];
            let what = format!("the parts were signed with their names, as {second}=...{between}{first}=...");
            add(named, None, what, JOIN);
        }
    }
    let json = vec![text("{\"key\":\""), key(), text(format!("\",\"{time}\":")), t(), text("}")];
    add(json, None, "key and time were signed as a JSON object".into(), JOIN);
    for (separator, name) in SEPARATORS {
        add(
            vec![key(), text(separator), t()],
            None,
            format!("key and time were joined with {name} between them"),
            JOIN,
        );
        add(
            vec![t(), text(separator), key()],
            None,
            format!("time and key were joined, in this order, with {name} between them"),
            ORDER,
        );
    }
    add(vec![t(), key()], None, "time and key were signed in this order".into(), ORDER);
    add(vec![key(), t()], None, "key and time were signed alone, without the other parts".into(), FORMULA);
    all
}
