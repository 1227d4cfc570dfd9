//! The handshake of a declared provider: read, checked, and held against its vectors.

use secrecy::SecretString;
use serde_json::Value;

use super::compile::{leak, leak_all, word};
use super::conduct::{HandshakeForm, TokenVectorForm};
use super::form::{BodyForm, Happening, MessageForm, ProviderFile};
use super::words::{Vocabulary, at};
use crate::callback::Digests;
use crate::problem::{Problem, did_you_mean};
use crate::provider::handshake::{Handshake, HandshakePart};
use crate::provider::signature::{Signature, SignedPart};

const AT: &str = "handshake";

/// The handshake that a file declares. What is wrong with it is noted.
pub(super) fn of(
    form: &HandshakeForm,
    file: &ProviderFile,
    names: &mut Vocabulary<'_>,
) -> &'static Handshake {
    let path = at(AT, "hmac-sha256");
    let message = names.signed(&form.hmac_sha256, &path, &["token"]);
    if !message.contains(&SignedPart::Body) && !form.hmac_sha256.contains('{') {
        let problem = Problem::at(path, "the token is not in the text that is signed");
        names.problems.push(problem.help("write `\"{token}\"`, with or without text around it"));
    }
    if file.parts.signature.is_none() && file.revisions.iter().all(|own| own.parts.signature.is_none()) {
        let problem = Problem::at(AT, "the answer is signed, and this provider has no key").on_key();
        names.problems.push(problem.help("say under `signature` how its callbacks are signed"));
    }
    asks(form, file, names);
    let signature = Signature {
        digest: Digests::HmacSha256,
        encoding: form.written.encoding(),
        message: leak_all(message),
    };
    let answer = answer(form, names);
    leak(Handshake {
        event: word(&form.event),
        token: word(&form.token),
        signature,
        answer: leak_all(answer),
    })
}

/// Notes what is wrong with the message that asks.
fn asks(form: &HandshakeForm, file: &ProviderFile, names: &mut Vocabulary<'_>) {
    let asking: Vec<&MessageForm> =
        file.messages.iter().filter(|message| message.on.all().contains(&Happening::SetUp)).collect();
    let Some(message) = asking.iter().find(|message| message.event == form.event) else {
        let problem = Problem::at(at(AT, "event"), format!("no message on `set-up` is a `{}`", form.event));
        let known = || asking.iter().map(|message| message.event.as_str());
        let label = match asking.is_empty() {
            true => "expected the event of a message".to_owned(),
            false => format!("expected one of {}", known().collect::<Vec<_>>().join(", ")),
        };
        let help = did_you_mean(&form.event, known())
            .unwrap_or_else(|| format!("add `{{on: set-up, event: {}, body: {{...}}}}`", form.event));
        names.problems.push(problem.label(label).help(help));
        return;
    };
    let body = match &message.body {
        BodyForm::Own(body) => Some(body),
        BodyForm::Named(name) => file.bodies.get(name),
    };
    let leads = body.is_none_or(|body| {
        let mut steps = form.token.split('.');
        let first = steps.next().and_then(|step| body.get(step));
        steps
            .try_fold(first, |value, step| match value {
                Some(Value::Object(members)) if !members.keys().any(|key| key.starts_with('$')) => {
                    members.get(step).map(Some)
                }
                // What a function or a name makes of it is not known here.
                other => Some(other),
            })
            .flatten()
            .is_some()
    });
    if !leads {
        let title = format!("`{}` is in no `{}`", form.token, form.event);
        let problem = Problem::at(at(AT, "token"), title);
        names.problems.push(problem.label("expected the path to the token, such as payload.token"));
    }
}

/// Members of the answer.
fn answer(form: &HandshakeForm, names: &mut Vocabulary<'_>) -> Vec<(&'static str, HandshakePart)> {
    let mut members = Vec::new();
    for (name, value) in &form.answer {
        let part = match value.as_str() {
            Some("$token") => HandshakePart::Token,
            Some("$signature") => HandshakePart::Signature,
            Some(text) if !text.starts_with('$') => HandshakePart::Text(word(text)),
            _ => {
                let problem = Problem::at(at(&at(AT, "answer"), name), "this cannot stand in the answer");
                names.problems.push(problem.label("expected $token, $signature, or a text"));
                continue;
            }
        };
        members.push((word(name), part));
    }
    if !members.iter().any(|(_, part)| *part == HandshakePart::Signature)
        && form.answer.values().all(|value| value != "$signature")
    {
        let problem =
            Problem::at(at(AT, "answer"), "nothing in the answer proves that the receiver has the key");
        names.problems.push(problem.on_key().help("give a member of it the value `$signature`"));
    }
    members
}

/// Vectors of the file that the handshake does not give.
pub(super) fn wrong_vectors(form: &HandshakeForm, handshake: &Handshake) -> Vec<Problem> {
    let wrong = |(index, vector): (usize, &TokenVectorForm)| {
        let made = handshake.sign(&SecretString::from(vector.key.0.clone()), &vector.token);
        (!made.eq_ignore_ascii_case(&vector.signature.0)).then(|| {
            let path = format!("{AT}.vectors[{index}].signature");
            Problem::at(path, "the handshake of the file does not give this signature")
                .label(format!("it gives {made}"))
                .help("compare the text under `hmac-sha256` and its form `as` with the vendor's page")
        })
    };
    form.vectors.iter().enumerate().filter_map(wrong).collect()
}
