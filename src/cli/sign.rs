//! `hookreel sign`: a body, signed offline. Every byte but time and signature stays as it is.

use std::io::IsTerminal;

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::args::{KeyArgs, SchemeArgs, SignArgs};
use super::exit::{Exit, Refused};
use super::requests::URL;
use super::shell_commands::quote;
use super::stdout::show_bytes;
use super::verify::callbacks::expected_query;
use super::{ProcessContext, captured, complain, secrets, sources};
use crate::capture::{CaptureFormat, CapturedRequest, Enough, is_url, read};
use crate::delivery::clock::Clock;
use crate::number;
use crate::provider::insertion::{self, Existing};
use crate::provider::signature::{
    Proof, Signature, SignatureKeys, SignedTime, bytes_signed_in_head, query_signed_in_head, seal,
};
use crate::provider::{self, Provider, Revision, standard_webhooks};
use crate::scenario::Method;

/// Part of a request that is signed, of a sender that signs in headers.
enum SignedInput<'a> {
    /// The bytes of a body.
    Body(&'a [u8]),
    /// The fields of the query of a GET.
    Query(Map<String, Value>),
}

/// Input of `sign` and `verify`.
pub(super) struct Scheme {
    pub(super) provider: &'static Provider,
    pub(super) revision: &'static Revision,
    pub(super) method: Method,
    pub(super) key: SecretString,
    /// Unix seconds.
    pub(super) now: i64,
}

impl Scheme {
    /// Resolves the names and reads the key.
    ///
    /// # Errors
    /// A name is unknown, the revision does not sign that way, or there is no key.
    pub(super) fn new(args: &SchemeArgs, context: &ProcessContext) -> Result<Self, Refused> {
        let (provider, revision) = edition(&args.provider, args.revision.as_deref())?;
        let method = method(provider, revision, args.method.as_deref())?;
        let revision = standard_webhooks::under(revision, method);
        let key = key(&args.key, context)?;
        if method != Method::StandardWebhooks {
            secrets::warn_of_a_limit(provider, revision, &key);
        }
        let clock = args.now.map_or_else(Clock::system, Clock::frozen);
        Ok(Self { provider, revision, method, key, now: clock.now().as_second() })
    }
}

impl Scheme {
    /// Expiry of a message with this time: a time of sending is good for a while.
    pub(super) fn ends(&self, time: i64) -> i64 {
        let lives = match self.method {
            Method::StandardWebhooks => standard_webhooks::TOLERANCE,
            _ => self.provider.lifetime,
        };
        match self.revision.signed_time {
            SignedTime::Near => time.saturating_add(number::seconds(lives)),
            _ => time,
        }
    }
}

/// The key that the flags name.
///
/// # Errors
/// They name none.
pub(super) fn key(args: &KeyArgs, context: &ProcessContext) -> Result<SecretString, Refused> {
    let Some((key, warning)) = secrets::key(args, &context.environment)? else {
        return Err(Refused::usage(
            "there is no key; name its variable with --secret-env, or its file with --secret-file",
        ));
    };
    warning.iter().for_each(|warning| complain(&format!("{warning}\n")));
    Ok(key)
}

/// Provider and revision by their names; without one the newest.
///
/// # Errors
/// A name is unknown.
pub(super) fn edition(
    provider: &str,
    revision: Option<&str>,
) -> Result<(&'static Provider, &'static Revision), Refused> {
    let told = |problem: Box<crate::problem::Problem>| {
        let help: String = problem.help.iter().map(|help| format!("; {help}")).collect();
        Refused::usage(format!("{}: {}{help}", problem.title, problem.label))
    };
    let provider = match provider::find(provider, "") {
        Ok(found) => found,
        Err(_) if std::path::Path::new(provider).is_file() && !provider::declared::is_file(provider) => {
            return Err(Refused::usage(format!(
                "`{provider}` is a file; the name of a provider comes before it"
            )));
        }
        Err(problem) => return Err(told(problem)),
    };
    let revision = match revision {
        None => provider.newest(),
        Some(name) => provider::find_revision(provider, name, "").map_err(told)?,
    };
    Ok((provider, revision))
}

/// The method of this name; without one the provider's own.
///
/// # Errors
/// The revision does not sign that way, or not at all.
pub(super) fn method(
    provider: &Provider,
    revision: &Revision,
    name: Option<&str>,
) -> Result<Method, Refused> {
    if name == Some("standard-webhooks") {
        return Ok(Method::StandardWebhooks);
    }
    let known = || revision.signatures.iter().map(|(method, _)| *method);
    let names = || known().map(|method| method.to_string()).collect::<Vec<_>>().join(" or ");
    if revision.signatures.is_empty() {
        return Err(Refused::usage(format!("{} {} is not signed", provider.name, revision.name)));
    }
    match name {
        None => Ok(provider.method_of(revision)),
        Some(name) => known().find(|method| method.to_string() == *name).ok_or_else(|| {
            Refused::usage(format!(
                "{} {} does not sign with `{name}`; expected {}",
                provider.name,
                revision.name,
                names()
            ))
        }),
    }
}

/// The headers that prove a message, one a line: of the body or the query itself no byte changes.
fn sign_in_head(
    input: SignedInput<'_>,
    signature: &'static Signature,
    scheme: &Scheme,
) -> Result<Exit, Refused> {
    let (provider, revision) = (scheme.provider, scheme.revision);
    let settings =
        provider.settings.iter().map(|setting| (setting.name, setting.default.to_owned())).collect();
    let headers = revision.signed_headers;
    let template = match input {
        SignedInput::Body(bytes) => {
            bytes_signed_in_head(bytes.to_vec().into(), signature, headers, &settings)
        }
        SignedInput::Query(fields) => query_signed_in_head(fields, signature, headers, &settings),
    };
    let signing = SignatureKeys {
        method: scheme.method,
        signature,
        key: scheme.key.clone(),
        others: Default::default(),
        lifetime: provider.lifetime,
        time: revision.signed_time,
        resign_retries: true,
    };
    for (name, value) in seal(&template, Some(&signing), scheme.now.saturating_add(signing.ahead())).headers {
        show_bytes(&[name.as_bytes(), b": ", &value, b"\n"].concat());
    }
    Ok(Exit::Passed)
}

/// The first GET in these bytes, if they are a URL or begin with a request line.
///
/// # Errors
/// They begin so and go on as no request does.
fn get(path: &str, bytes: &[u8]) -> Result<Option<CapturedRequest>, Refused> {
    let Some(format @ (CaptureFormat::Url | CaptureFormat::Http)) = CaptureFormat::of(bytes) else {
        return Ok(None);
    };
    let mut first = None;
    let told = read(format, path, bytes, |request| {
        first = Some(request);
        Enough::Yes
    });
    told.map_err(|error| Refused::usage(error.to_string()))?;
    Ok(first.filter(|request| request.method == "GET"))
}

/// Refuses what would be signed as if it were a body, and is none.
///
/// # Errors
/// It is an archive, a capture or a record.
fn is_body(path: &str, bytes: &[u8]) -> Result<(), Refused> {
    let whole = |what: &str| {
        let shown = quote(path);
        Err(Refused::usage(format!(
            "{path}: this is {what}, not a body\n  sign and send what is in it: hookreel replay {shown} --resign -t URL --secret-env NAME"
        )))
    };
    let archive = || {
        let tree = serde_json::from_slice::<serde_json::Value>(bytes).ok();
        tree.is_some_and(|tree| tree.pointer("/log/entries").is_some_and(serde_json::Value::is_array))
    };
    match CaptureFormat::of(bytes) {
        Some(CaptureFormat::Har) if archive() => whole("an HTTP archive (HAR)"),
        Some(CaptureFormat::Capture) => whole("a capture of `serve`"),
        Some(CaptureFormat::Record) => whole("the record of a run"),
        _ => Ok(()),
    }
}

/// Signs a callback that is the query of a GET.
fn sign_query(request: &CapturedRequest, place: &str, scheme: &Scheme) -> Result<Exit, Refused> {
    let (provider, revision) = (scheme.provider.name, scheme.revision.name);
    let second = scheme.revision.second_callback;
    let asked = second.and_then(|second| Some((second.signature.as_ref()?, second.asked(request.query()?)?)));
    let Some((signature, fields)) = asked else {
        let expected = expected_query(Some(provider));
        return Err(Refused::usage(format!(
            "{place}: this GET is no callback of {provider} {revision}{expected}"
        )));
    };
    sign_in_head(SignedInput::Query(fields), signature, scheme)
}

pub(super) fn run(args: &SignArgs, context: &ProcessContext) -> Result<Exit, Refused> {
    let scheme = Scheme::new(&args.scheme, context)?;
    let (path, revision) = (args.scheme.file.as_str(), scheme.revision);
    let bytes = match is_url(path.as_bytes()) {
        true => path.as_bytes().to_vec(),
        false => sources::bytes(path)?,
    };
    if let Some(request) = get(path, &bytes)? {
        let place = if is_url(path.as_bytes()) { URL } else { &request.place };
        return sign_query(&request, place, &scheme);
    }
    is_body(path, &bytes)?;
    let (reading, signature) = insertion::form(&bytes, revision, scheme.method, None).ok_or_else(|| {
        Refused::usage(format!("{} {} does not sign this event", scheme.provider.name, revision.name))
    })?;
    if reading.proof != Proof::Body {
        return sign_in_head(SignedInput::Body(&bytes), signature, &scheme);
    }
    let body_template = insertion::insert(&bytes, signature, reading, revision.time_form, Existing::Replace)
        .map_err(|_| captured::unread(path, &bytes))?;
    let lifetime = args.lifetime.unwrap_or(scheme.provider.lifetime);
    let signing = SignatureKeys {
        method: scheme.method,
        signature,
        key: scheme.key,
        others: Default::default(),
        lifetime,
        time: revision.signed_time,
        resign_retries: true,
    };
    let sealed = seal(&body_template, Some(&signing), scheme.now.saturating_add(signing.ahead()));
    show_bytes(&sealed.body);
    if std::io::stdout().is_terminal() && !sealed.body.ends_with(b"\n") {
        // On a terminal the prompt follows; a file gets the bytes and nothing else.
        show_bytes(b"\n");
    }
    Ok(Exit::Passed)
}
