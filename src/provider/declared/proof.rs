//! Evidence for a declared provider: signatures that are known to be right, and samples of its messages.

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::conduct::VectorForm;
use super::form::ProviderFile;
use super::handshake;
use crate::percent::text_of;
use crate::problem::{Problem, did_you_mean};
use crate::provider::signature::{Proof, Signature};
use crate::provider::stamp::Stamp;
use crate::provider::{Provider, Revision};

/// Vectors of the file that its formulas do not give.
pub(super) fn wrong_vectors(file: &ProviderFile, provider: &Provider) -> Vec<Problem> {
    let each = file.vectors.iter().enumerate();
    let messages = each.filter_map(|(index, vector)| wrong(vector, provider, &format!("vectors[{index}]")));
    let handshake = file.handshake.as_ref().zip(provider.newest().handshake());
    let tokens = handshake.into_iter().flat_map(|(form, made)| handshake::wrong_vectors(form, made));
    messages.chain(tokens).collect()
}

fn wrong(vector: &VectorForm, provider: &Provider, path: &str) -> Option<Problem> {
    let revision = match &vector.revision {
        None => provider.revisions.last()?,
        Some(name) => match provider.revisions.iter().find(|revision| revision.name == name.0) {
            Some(found) => found,
            None => {
                let names = || provider.revisions.iter().map(|revision| revision.name);
                let problem =
                    Problem::at(format!("{path}.revision"), format!("there is no revision `{}`", name.0));
                let label = format!("expected one of {}", names().collect::<Vec<_>>().join(", "));
                return Some(problem.label(label).helps(did_you_mean(&name.0, names())));
            }
        },
    };
    let method = vector.method.unwrap_or(provider.method_of(revision));
    let Some(signature) = revision.signature(method) else {
        let title = format!("{} {} does not sign with {method}", provider.name, revision.name);
        return Some(Problem::at(format!("{path}.key"), title).on_key());
    };
    let time = vector.time.map(|time| time.to_string());
    // A formula that signs the time asks for it below.
    let made = made(vector, revision, signature, time.as_deref().unwrap_or_default());
    match made {
        Err((key, label)) => {
            let title = "this vector does not say all that is signed";
            Some(Problem::at(format!("{path}.{key}"), title).label(label))
        }
        Ok(made) if made.eq_ignore_ascii_case(&vector.signature.0) => None,
        Ok(made) => {
            let title = "the formula of the file does not give this signature";
            let problem = Problem::at(format!("{path}.signature"), title).label(format!("it gives {made}"));
            Some(problem.help(
                "compare order, separators and the form of the time under `signature` with the vendor's page; a body is signed \
                 byte for byte",
            ))
        }
    }
}

/// The signature that the formula gives for a vector; or the key of the vector that is missing.
fn made(
    vector: &VectorForm,
    revision: &Revision,
    signature: &Signature,
    time: &str,
) -> Result<String, (&'static str, &'static str)> {
    use crate::provider::signature::SignedPart;
    let key = SecretString::from(vector.key.0.clone());
    let signs = |part: SignedPart| signature.message.contains(&part);
    if signs(SignedPart::Time) && vector.time.is_none() {
        return Err(("key", "expected `time` beside it, in Unix seconds"));
    }
    if signs(SignedPart::Id) && vector.id.is_none() {
        return Err(("key", "expected `id` beside it"));
    }
    let body = vector.body.as_bytes();
    match revision.reading.proof {
        Proof::Header(_) | Proof::Token { .. } => Ok(signature.sign_bytes(&key, body)),
        Proof::Stamped(_) => {
            // A formula that signs the id asked for it above.
            let id = vector.id.as_deref().unwrap_or_default();
            Ok(Stamp { signatures: Vec::new(), time, id, host: "localhost", fields: None }
                .sign(signature, &key, body))
        }
        Proof::Body => {
            let Ok(Value::Object(fields)) = serde_json::from_str(&vector.body) else {
                return Err(("body", "expected a JSON object: fields of it are signed"));
            };
            let texts: Vec<(String, String)> =
                fields.iter().map(|(name, it)| (name.clone(), text_of(it))).collect();
            let field =
                |name: &str| texts.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str());
            Ok(signature.sign(&key, time, field))
        }
    }
}

/// A difference between a sample and the message that the file makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SampleDifference {
    /// The sample has a field at this path, of this kind; the message has none.
    Lacks(String, &'static str),
    /// The message has a field at this path; the sample has none.
    Adds(String),
    /// Both have the field: kinds in the sample and in the message.
    OtherKind(String, &'static str, &'static str),
}

impl std::fmt::Display for SampleDifference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lacks(path, kind) => write!(f, "`{path}` ({kind}) is in the sample alone"),
            Self::Adds(path) => write!(f, "`{path}` is not in the sample"),
            Self::OtherKind(path, sample, own) => {
                write!(f, "`{path}` is a {sample} in the sample, and a {own} here")
            }
        }
    }
}

/// Differences in names and kinds of fields, in the order of the sample.
pub fn compare(sample: &Value, message: &Value) -> Vec<SampleDifference> {
    let mut found = Vec::new();
    look("", sample, message, &mut found);
    found
}

fn look(path: &str, sample: &Value, message: &Value, found: &mut Vec<SampleDifference>) {
    let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match (sample, message) {
        (Value::Object(sample), Value::Object(message)) => members(at, sample, message, found),
        (Value::Array(sample), Value::Array(message)) => {
            if let (Some(sample), Some(message)) = (sample.first(), message.first()) {
                look(&format!("{path}[0]"), sample, message, found);
            }
        }
        (sample, message) if kind(sample) != kind(message) => {
            found.push(SampleDifference::OtherKind(path.to_owned(), kind(sample), kind(message)));
        }
        _ => {}
    }
}

fn members(
    at: impl Fn(&str) -> String,
    sample: &Map<String, Value>,
    message: &Map<String, Value>,
    found: &mut Vec<SampleDifference>,
) {
    for (name, value) in sample {
        match message.get(name) {
            Some(own) => look(&at(name), value, own, found),
            None => found.push(SampleDifference::Lacks(at(name), kind(value))),
        }
    }
    let own = message.keys().filter(|name| !sample.contains_key(*name));
    found.extend(own.map(|name| SampleDifference::Adds(at(name))));
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}
