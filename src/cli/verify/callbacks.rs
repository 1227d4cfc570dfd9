//! Callbacks among captured requests: those with a body, and those that are the query of a GET.

use super::super::captured::{self, Captured};
use super::super::complain;
use super::super::exit::Refused;
use super::super::shell_commands::quote;
use super::super::sign::Scheme;
use super::proof;
use crate::capture::CapturedRequest;
use crate::provider;
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
        (0, _) => {}
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

/// Fields of a callback, and its bytes.
///
/// # Errors
/// It has no body, or one that is no callback's.
pub(super) fn said(
    request: &CapturedRequest,
    provider: Option<&str>,
    file: &str,
) -> Result<Captured, Refused> {
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
