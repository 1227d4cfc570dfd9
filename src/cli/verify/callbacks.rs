//! Callbacks among captured requests: those with a body, and those that are the query of a GET.

use serde_json::{Map, Value};

use super::super::args::VerifyArgs;
use super::super::captured::{self, Captured};
use super::super::complain;
use super::super::exit::Refused;
use super::super::shell_commands::quote;
use super::super::sign::Scheme;
use super::proof;
use crate::capture::CapturedRequest;
use crate::provider::diagnosis::recognise_request;
use crate::provider::{self, Provider, standard_webhooks};
use crate::report::inert;
use crate::report::text::amount;

/// Those of the requests that can be callbacks of this sender, or of any. What brings none, such as the question for the recordings,
/// proves nothing.
///
/// # Errors
/// There is none.
pub(super) fn among(
    requests: Vec<CapturedRequest>,
    provider: Option<&str>,
    file: &str,
) -> Result<Vec<CapturedRequest>, Refused> {
    let proves_nothing = |request: &CapturedRequest| {
        ["GET", "HEAD", "OPTIONS"].contains(&request.method.as_str())
            && request.body.as_ref().is_none_or(|body| body.is_empty())
            && captured::asked(request, provider).is_none()
    };
    let (others, requests): (Vec<_>, Vec<_>) = requests.into_iter().partition(proves_nothing);
    match (others.len(), requests.is_empty()) {
        (0, true) => {
            return Err(Refused::usage(format!("{}: there is no callback in it", inert(file))));
        }
        (0, false) => {}
        (_, true) => {
            let (file, expected) = (inert(file), expected_query(provider));
            let why = format!("{file}: there is no callback in it, and GET requests alone{expected}");
            return Err(Refused::usage(why));
        }
        (count, false) => {
            complain(&format!("note: {} without a callback skipped\n", amount(count, "request")))
        }
    }
    Ok(requests)
}

/// Fields of a callback, its bytes, and its headers: those of the flags before its own.
///
/// # Errors
/// It has no body, or one that is no callback's.
pub(super) fn body_of(
    args: &VerifyArgs,
    request: &CapturedRequest,
    provider: Option<&str>,
    file: &str,
) -> Result<Captured, Refused> {
    let mut body = said(request, provider, file)?;
    let given = args
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    body.headers = given.chain(request.header_texts()).collect();
    bare(&body, &request.place)?;
    Ok(body)
}

/// Fields of a callback, and its bytes.
///
/// # Errors
/// It has no body, or one that is no callback's.
fn said(request: &CapturedRequest, provider: Option<&str>, file: &str) -> Result<Captured, Refused> {
    match (captured::asked(request, provider), &request.body) {
        (Some(asked), _) => Ok(asked),
        (None, Some(bytes)) => {
            let body = captured::object_of(&request.place, bytes)?;
            Ok(Captured { path: request.path.clone(), ..body })
        }
        (None, None) => Err(Refused::usage(format!(
            "{}: there is no body; the log has none: hookreel report {} shows what came",
            request.place,
            quote(file)
        ))),
    }
}

/// Refuses an object that is no callback and holds one, as gateways and logs wrap what came.
///
/// # Errors
/// It is one.
fn bare(body: &Captured, place: &str) -> Result<(), Refused> {
    // Whoever signs by Standard Webhooks may send anything.
    if body.headers.iter().any(|(name, _)| standard_webhooks::is_header(name)) {
        return Ok(());
    }
    let known = recognise_request(body.headers.iter().map(|(name, _)| name), &body.fields).is_some();
    let whole = Value::Object(body.fields.clone());
    let Some(inner) = (!known).then(|| inner(&whole, String::new(), DEEPEST)).flatten() else {
        return Ok(());
    };
    let Inner { path, provider, as_text } = inner;
    let (place, file) = (inert(place), inert(place.split(':').next().unwrap_or(place)));
    let bytes = match (provider.newest().reading.proof.header(), as_text) {
        (None, _) => "",
        (Some(_), true) => ", and its headers as -H 'NAME: VALUE'",
        (Some(_), false) => {
            ", and its headers as -H 'NAME: VALUE'; they prove the bytes that came, and an object was printed anew"
        }
    };
    let raw = if as_text { "jq -j" } else { "jq -c" };
    Err(Refused::usage(format!(
        "{place}: this is not a callback, but holds one of {} at `{path}`: it came through a gateway, or out of a log\n  \
         verify that part{bytes}: {raw} {} {} > callback.json; hookreel verify {} callback.json --secret-env NAME",
        provider.name,
        quote(&path),
        quote(&file),
        provider.name
    )))
}

/// Objects inside each other that are looked through.
const DEEPEST: usize = 4;

/// A callback inside of something else.
struct Inner {
    /// Its place, as `jq` writes it.
    path: String,
    provider: &'static Provider,
    /// It is a text that holds JSON.
    as_text: bool,
}

fn inner(value: &Value, path: String, left: usize) -> Option<Inner> {
    let left = left.checked_sub(1)?;
    let of = |fields: &Map<String, Value>, as_text| {
        let provider = recognise_request(std::iter::empty(), fields)?.provider;
        let path = if path.is_empty() { ".".to_owned() } else { path.clone() };
        Some(Inner { path, provider, as_text })
    };
    match value {
        Value::Object(fields) => of(fields, false).or_else(|| {
            fields.iter().find_map(|(name, value)| {
                let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                    && !name.starts_with(|c: char| c.is_ascii_digit());
                let step =
                    if plain { format!(".{name}") } else { format!(".[{}]", Value::from(name.as_str())) };
                inner(value, format!("{path}{step}"), left)
            })
        }),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| inner(item, format!("{path}[{index}]"), left))
        }
        Value::String(text) if text.trim_start().starts_with('{') => {
            of(&serde_json::from_str(text).ok()?, true)
        }
        _ => None,
    }
}

/// Callbacks of a sender that are the query of a GET, for a person; empty = the sender is not known.
pub(in crate::cli) fn expected_query(provider: Option<&str>) -> String {
    let Some(sender) = provider.and_then(|name| provider::find(name, "").ok()) else { return String::new() };
    match sender.newest().second_callback.filter(|second| second.in_query) {
        None => format!(
            "; {} sends no GET: a callback is a POST, and its body or the whole request is verified",
            sender.name
        ),
        Some(second) => {
            // A callback that is a GET names its event, or nobody could tell it from a handshake.
            let field = second.reading.event_field.unwrap_or_default();
            format!("; one that is a callback has `{field}` with {} in its query", second.events.join(" or "))
        }
    }
}

/// Refuses a body that came alone where a header proves it. A whole request without that header is wrong.
///
/// # Errors
/// It is one.
pub(super) fn proven(scheme: &Scheme, body: &Captured, place: &str) -> Result<(), Refused> {
    match scheme.revision.reading.proof.header().filter(|_| proof(scheme, body).is_none()) {
        None => Ok(()),
        Some(name) => Err(Refused::usage(format!(
            "{place}: there is no header `{name}`, and the {} alone proves nothing; give the whole request, or the header with \
             -H '{name}: ...'",
            body.part()
        ))),
    }
}
