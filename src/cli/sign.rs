//! `hookreel sign`: a body, signed offline.

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::args::{SchemeArgs, SignArgs};
use super::exit::{Exit, Refused};
use super::{World, secrets, show, sources};
use crate::callback::TimeForm;
use crate::delivery::clock::Clock;
use crate::provider::diagnosis::{Claim, diagnose};
use crate::provider::{self, Provider, Revision};
use crate::scenario::Method;

/// What `sign` and `verify` work on.
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
    pub(super) fn new(args: &SchemeArgs, world: &World) -> Result<Self, Refused> {
        let (provider, revision) = edition(&args.provider, args.revision.as_deref())?;
        let method = method(provider, revision, args.method.as_deref())?;
        let Some((key, _)) = secrets::key(&args.key, &world.environment)? else {
            return Err(Refused::usage(
                "there is no key; name its variable with --secret-env, or its file with --secret-file",
            ));
        };
        let clock = args.now.map_or_else(Clock::system, Clock::frozen);
        Ok(Self { provider, revision, method, key, now: clock.now().as_second() })
    }
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
    let provider = provider::find(provider, "").map_err(told)?;
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
    let known = || revision.signatures.iter().map(|(method, _)| *method);
    let names = || known().map(|method| method.to_string()).collect::<Vec<_>>().join(" or ");
    if revision.signatures.is_empty() {
        return Err(Refused::usage(format!("{} {} is not signed", provider.name, revision.name)));
    }
    match name {
        None => Ok(provider.default_method),
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

/// The body as a JSON object.
///
/// # Errors
/// It cannot be read, or is no JSON object.
pub(super) fn object(path: &str) -> Result<Map<String, Value>, Refused> {
    let text = sources::read(path)?;
    serde_json::from_str(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let why = error.to_string();
        let why = why.split(" at line ").next().unwrap_or_default();
        Refused::usage(format!("{path}:{line}:{column}: the body is not a JSON object: {why}"))
    })
}

pub(super) fn run(args: &SignArgs, world: &World) -> Result<Exit, Refused> {
    let scheme = Scheme::new(&args.scheme, world)?;
    let mut fields = object(&args.scheme.file)?;
    let lifetime = args.lifetime.unwrap_or(scheme.provider.lifetime);
    let time = scheme.now.saturating_add(i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX));
    let reading = scheme.revision.reading;
    let written = match scheme.revision.time_form {
        TimeForm::Number => time.into(),
        TimeForm::Text => time.to_string().into(),
    };
    fields.insert(reading.time_field.into(), written);
    let claim = Claim {
        provider: scheme.provider,
        revision: scheme.revision,
        method: scheme.method,
        fields: &fields,
    };
    let signature =
        diagnose(&claim, &scheme.key).and_then(|diagnosis| diagnosis.expected).unwrap_or_default();
    fields.insert(reading.signature_field.into(), signature.into());
    show(&format!("{}\n", Value::Object(fields)));
    Ok(Exit::Held)
}
