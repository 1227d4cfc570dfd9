//! `hookreel verify`: is this signature right, and if not, why?

pub(super) mod callbacks;
mod computed;
mod counts;
mod expiry;
mod steps;
mod verdict;

use std::fmt::Write;

use jiff::Timestamp;
use secrecy::SecretString;

use super::args::VerifyArgs;
use super::captured::Captured;
use super::exit::{Exit, Refused};
use super::requests::{self, Form};
use super::shell_commands::quote;
use super::sign::{Scheme, edition, key, method};
use super::{ProcessContext, secrets, show};
use crate::capture::CapturedRequest;
use crate::delivery::clock::Clock;
use crate::provider::diagnosis::{
    Claim, Diagnosis, Mistake, Recognised, diagnose, explain_hex, is_right, recognise_request,
};
use crate::provider::signature::SignedTime;
use crate::provider::{self, Provider, Revision, standard_webhooks};
use crate::report::inert;
use crate::scenario::Method;
use computed::{ComputedText, Fit, computed};
use counts::VerifiedCounts;
use expiry::expiry;
use steps::{finer, next_steps};
use verdict::{expired_since, verdict};

pub(super) fn run(args: &VerifyArgs, context: &ProcessContext) -> Result<Exit, Refused> {
    let (provider, file) = named(args);
    let named_by_method = args.method.is_some()
        || args.headers.iter().any(|(name, _)| standard_webhooks::is_header(name.as_str()));
    if let Some(name) = provider.filter(|_| !named_by_method) {
        signs(edition(name, args.revision.as_deref())?.0)?;
    }
    let form = args.format.map_or(Form::RecognisedOrBody, Form::Named);
    // Whoever signs nothing needs no key.
    let held = key(&args.key, context);
    let requests = match (requests::collect(&[file.to_owned()], form), &held) {
        (Err(_), Err(_)) => Vec::new(),
        (requests, _) => requests?.all,
    };
    if held.is_err() && !named_by_method {
        requests.iter().filter_map(|request| unsigned(request)).try_for_each(signs)?;
    }
    let key = held?;
    let mut sum = VerifiedCounts::default();
    let requests = callbacks::among(requests, provider, file)?;
    let several = requests.len() > 1;
    let mut by_receiver = Vec::new();
    for request in &requests {
        let body = callbacks::body_of(args, request, provider, file)?;
        let now = args.now.or(request.at).unwrap_or_else(|| Clock::system().now()).as_second();
        let scheme = match provider {
            Some(provider) => scheme(args, &body, provider, &key, now)?,
            None => fitting(args, &body, &key, now, &request.place)?,
        };
        if scheme.method != Method::StandardWebhooks {
            secrets::warn_of_a_limit(scheme.provider, scheme.revision, &scheme.key);
        }
        if args.computed.is_none() && came_alone(request) {
            callbacks::proven(&scheme, &body, &request.place)?;
        }
        let came = request.at.filter(|_| args.now.is_none());
        let mut text = one(args, &scheme, provider.is_none(), &ReadBody { body: &body, came, file })?;
        let right = text.fit == Fit::Right;
        sum.add(right, text.expired);
        if several {
            text.text.insert_str(0, &format!("{} ", inert(&request.place)));
        }
        match several && args.computed.is_some() {
            true => by_receiver.push(text),
            false if !several || !right || args.verbose => show(&text.text),
            false => {}
        }
    }
    if !by_receiver.is_empty() {
        let (text, right) = computed::among(&by_receiver);
        show(&text);
        return Ok(if right { Exit::Passed } else { Exit::Failed });
    }
    if several {
        show(&sum.text(args.verbose));
    }
    Ok(if sum.all_right() { Exit::Passed } else { Exit::Failed })
}

/// True for a body without its head. A URL names its host, and nothing else.
fn came_alone(request: &CapturedRequest) -> bool {
    request.headers.iter().all(|(name, _)| name.eq_ignore_ascii_case("host"))
}

/// Refuses a provider that signs nothing.
fn signs(provider: &Provider) -> Result<(), Refused> {
    match provider.revisions.iter().any(|revision| !revision.signatures.is_empty()) {
        true => Ok(()),
        false => Err(Refused::usage(format!("{} signs nothing: there is nothing to verify", provider.name))),
    }
}

/// The provider whose fields a request has.
fn unsigned(request: &CapturedRequest) -> Option<&'static Provider> {
    let fields = serde_json::from_slice(request.body.as_deref()?).ok()?;
    let names: Vec<String> = request.header_texts().map(|(name, _)| name).collect();
    Some(recognise_request(names.iter(), &fields)?.provider)
}

/// Provider and file of the command line: one word is a provider if there is one of that name, and else a file.
fn named(args: &VerifyArgs) -> (Option<&str>, &str) {
    match (args.provider.as_deref(), args.file.as_deref()) {
        (Some(provider), Some(file)) => (Some(provider), file),
        (Some(word), None) if provider::find(word, "").is_err() => (None, word),
        (provider, file) => (provider, file.unwrap_or("-")),
    }
}

fn scheme(
    args: &VerifyArgs,
    body: &Captured,
    provider: &str,
    key: &SecretString,
    now: i64,
) -> Result<Scheme, Refused> {
    let (provider, revision) = edition(provider, args.revision.as_deref())?;
    let method = match stamped(args, body, revision) {
        true => Method::StandardWebhooks,
        false => method(provider, revision, args.method.as_deref())?,
    };
    let revision = standard_webhooks::under(revision, method);
    Ok(Scheme { provider, revision, method, key: key.clone(), now })
}

/// True for a request that bears the headers of Standard Webhooks, where no method is named; also for one that lost the header with
/// the signature, and has no signature of its sender's own either.
fn stamped(args: &VerifyArgs, body: &Captured, revision: &Revision) -> bool {
    let bears = |wanted: fn(&str) -> bool| body.headers.iter().any(|(name, _)| wanted(name));
    let own = match revision.reading.proof.header() {
        Some(name) => body.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)),
        None => body.fields.contains_key(revision.reading.signature_field),
    };
    args.method.is_none()
        && (bears(standard_webhooks::is_header) || !own && bears(standard_webhooks::is_signed_header))
}

/// The scheme by whose fields the body is a callback, and among its revisions and methods the first that fits the signature.
fn fitting(
    args: &VerifyArgs,
    body: &Captured,
    key: &SecretString,
    now: i64,
    place: &str,
) -> Result<Scheme, Refused> {
    let Some(found) = recognise_request(body.headers.iter().map(|(name, _)| name), &body.fields) else {
        return Err(Refused::usage(format!(
            "{place}: its fields are not those of a callback that is known; name the provider: hookreel verify PROVIDER FILE"
        )));
    };
    let own = match &args.revision {
        Some(name) => edition(found.provider.name, Some(name))?.1,
        None => found.revision,
    };
    let others = found.provider.revisions.iter().rev().filter(|_| args.revision.is_none());
    let stamped = stamped(args, body, own);
    let signed =
        std::iter::once(own).chain(others).filter(|revision| stamped || !revision.signatures.is_empty());
    let mut first = None;
    for revision in signed {
        let usual = match stamped {
            true => Ok(Method::StandardWebhooks),
            false => method(found.provider, revision, args.method.as_deref()),
        };
        let all = revision.signatures.iter().map(|(method, _)| *method).filter(|_| args.method.is_none());
        for method in usual.into_iter().chain(all) {
            let revision = standard_webhooks::under(revision, method);
            let scheme = Scheme { provider: found.provider, revision, method, key: key.clone(), now };
            if is_right(&claim(&scheme, body), key) {
                return Ok(scheme);
            }
            first = first.or(Some(scheme));
        }
    }
    first.ok_or_else(|| {
        let event = provider::event_of(found, &body.fields).unwrap_or("a callback");
        Refused::usage(format!(
            "{place}: by its fields this is {event} of {} {}, which is not signed: there is nothing to verify",
            found.provider.name, own.name
        ))
    })
}

/// The header with the signature, for a sender that signs in one.
fn proof<'a>(scheme: &Scheme, body: &'a Captured) -> Option<&'a str> {
    let name = scheme.revision.reading.proof.header()?;
    let header = body.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(&header.1)
}

/// True when one of the provider's schemes gives the signature of the body with this key, whatever its time is.
pub(super) fn matches(
    provider: &'static Provider,
    revision: &'static Revision,
    body: &Captured,
    key: &SecretString,
) -> bool {
    let revisions = std::iter::once(revision).chain(provider.revisions);
    let mut schemes = revisions.flat_map(|revision| {
        let methods = revision.signatures.iter().map(|(method, _)| *method);
        methods
            .chain([Method::StandardWebhooks])
            .map(move |method| (standard_webhooks::under(revision, method), method))
    });
    schemes.any(|(revision, method)| {
        let scheme = Scheme { provider, revision, method, key: key.clone(), now: 0 };
        is_right(&claim(&scheme, body), key)
    })
}

fn claim<'a>(scheme: &Scheme, body: &'a Captured) -> Claim<'a> {
    Claim {
        provider: scheme.provider,
        revision: scheme.revision,
        method: scheme.method,
        fields: &body.fields,
        body: &body.bytes,
        proof: proof(scheme, body),
        head: &body.headers,
        path: &body.path,
    }
}

/// A body of a file.
struct ReadBody<'a> {
    body: &'a Captured,
    /// Time at which it came, where its signed time is held against that.
    came: Option<Timestamp>,
    file: &'a str,
}

/// Text about one body, and whether it is right; `by_itself` reports that its scheme was not named.
fn one(
    args: &VerifyArgs,
    scheme: &Scheme,
    by_itself: bool,
    read: &ReadBody<'_>,
) -> Result<ComputedText, Refused> {
    let &ReadBody { body, came, file } = read;
    let claim = claim(scheme, body);
    let diagnosis = diagnose(&claim, &scheme.key).ok_or_else(|| {
        Refused::usage(format!(
            "{} {} does not sign this event with {}",
            scheme.provider.name, scheme.revision.name, scheme.method
        ))
    })?;
    let found = recognise_request(body.headers.iter().map(|(name, _)| name), &body.fields);
    // Whoever signs by Standard Webhooks may send anything.
    let any = scheme.method == Method::StandardWebhooks;
    let other = found.filter(|found| found.provider.name != scheme.provider.name && !diagnosis.right && !any);
    let mut out = String::new();
    // Also a whole header, as `sign` prints it.
    let bare = |hex: &str| hex.rsplit(": ").next().unwrap_or(hex).trim().to_owned();
    let fit = match &args.computed {
        Some(hex) => computed(&mut out, explain_hex(&claim, &scheme.key, &bare(hex)), &diagnosis, scheme)?,
        None if diagnosis.right && finer(&diagnosis).is_none() && diagnosis.odd_time.is_none() => Fit::Right,
        None => Fit::Unknown,
    };
    let verdict = match other {
        Some(found) => format!(
            "wrong: this is not a callback of {}; its fields are those of {}: hookreel verify {} {}{}",
            scheme.provider.title,
            found.provider.title,
            found.provider.name,
            quote(file),
            secrets::flags(&args.key)
        ),
        None => match alone(args, &diagnosis, body, scheme) {
            Some(none) => none,
            None => verdict(&diagnosis, body, scheme),
        },
    };
    let whose = match by_itself {
        true => format!(" ({} {}, {})", scheme.provider.name, scheme.revision.name, scheme.method),
        false => String::new(),
    };
    let when = came.map_or_else(String::new, |came| format!(", as of {came:.0}, when it came"));
    let label = match (&args.computed, scheme.revision.reading.proof.header()) {
        (None, _) => String::new(),
        (Some(_), None) => "in the body: ".into(),
        (Some(_), Some(header)) => format!("in `{header}`: "),
    };
    // Writing into a String cannot fail.
    let _ = writeln!(out, "{label}{verdict}{when}{whose}");
    if other.is_none() {
        next_steps(&mut out, &diagnosis, body, args);
    }
    if args.explain && other.is_none() {
        explain(&mut out, &diagnosis, body, scheme, found);
    }
    let expired = expired_since(&diagnosis, scheme).is_some();
    Ok(ComputedText { text: out, fit, expired })
}

/// The right signature of a body that came without one, beside the signature that a receiver computed for it.
fn alone(args: &VerifyArgs, diagnosis: &Diagnosis, body: &Captured, scheme: &Scheme) -> Option<String> {
    let came = match scheme.revision.reading.proof.header() {
        Some(_) => proof(scheme, body).is_some(),
        None => body.fields.contains_key(diagnosis.signature_field),
    };
    let expected = diagnosis.expected.as_deref();
    let of_body =
        expected.map_or_else(String::new, |expected| format!("; of this body it is {}", inert(expected)));
    (args.computed.is_some() && !came).then(|| format!("none came{of_body}"))
}

fn rows(out: &mut String, mistake: &Mistake) {
    row(out, "mistake", &mistake.what);
    row(out, "how to fix", &mistake.fix);
}

fn row(out: &mut String, label: &str, text: &str) {
    // Writing into a String cannot fail.
    let _ = writeln!(out, "  {label:<11} {}", inert(text));
}

/// Writes the cause first, then all that the signature is made of.
fn explain(
    out: &mut String,
    diagnosis: &Diagnosis,
    body: &Captured,
    scheme: &Scheme,
    found: Option<Recognised>,
) {
    diagnosis.mistake.iter().for_each(|mistake| rows(out, mistake));
    let formula = &diagnosis.formula;
    row(
        out,
        "scheme",
        &format!("{} {}, {}: {formula}", scheme.provider.name, scheme.revision.name, scheme.method),
    );
    let found = found.map_or_else(
        || "not recognised: its fields are not those of a known callback".to_owned(),
        |found| format!("by its fields {} {}", found.provider.name, found.revision.name),
    );
    row(out, body.part(), &found);
    row(out, "signed text", &diagnosis.message);
    let unread = match scheme.revision.signed_time {
        SignedTime::None => "not known: the header is not of the form that it should have",
        _ => "none: there is no time to sign",
    };
    row(out, "expected", diagnosis.expected.as_deref().unwrap_or(unread));
    row(out, "given", diagnosis.given.as_deref().or_else(|| proof(scheme, body)).unwrap_or("none"));
    match scheme.revision.signed_time {
        SignedTime::None => {
            row(
                out,
                "expiry",
                "none: no time is signed, so a message that was captured can be sent again at any time",
            );
        }
        _ => row(out, "expiry", &expiry(diagnosis.time.map(|time| scheme.ends(time)), scheme.now)),
    }
    let unprotected = diagnosis.unprotected.join(", ");
    row(
        out,
        "unprotected",
        if unprotected.is_empty() { "none: every field is signed" } else { &unprotected },
    );
}
