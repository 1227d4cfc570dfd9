//! Captured requests and those who sent them: known by the capture, or by the fields of the body.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::callback::Earlier;
use crate::capture::CapturedRequest;
use crate::cli::args::ReplayArgs;
use crate::cli::complain;
use crate::cli::exit::{Exit, Refused};
use crate::cli::sign::edition;
use crate::provider::{self, EventKind, FieldNames, Provider, Revision, diagnosis};
use crate::report::text::amount;

/// A captured request and the one who sent it.
pub(super) struct Sent {
    pub(super) request: CapturedRequest,
    /// None = nobody that is known.
    pub(super) kind: Option<&'static EventKind>,
    pub(super) provider: &'static Provider,
    pub(super) revision: &'static Revision,
}

impl Sent {
    /// The fields of the body; none of one that is not a JSON object.
    pub(super) fn fields(&self) -> Map<String, Value> {
        serde_json::from_slice(self.request.body.as_deref().unwrap_or_default()).unwrap_or_default()
    }

    /// How the body is read.
    pub(super) fn reading(&self) -> &'static FieldNames {
        let second = self.kind.and_then(|kind| self.revision.second_callback(kind.name));
        second.map_or(self.revision.reading, |second| &second.reading)
    }
}

/// Who sent each of them; those that are not wanted are left out.
pub(super) fn senders(args: &ReplayArgs, requests: Vec<CapturedRequest>) -> Result<Vec<Sent>, Refused> {
    let named = args.provider.as_deref().map(|name| edition(name, args.revision.as_deref())).transpose()?;
    let found: Vec<_> = requests.iter().map(recognised).collect();
    // Among callbacks of one vendor one that is not recognised is most likely his.
    let usual = found.iter().flatten().map(|(provider, ..)| (*provider, provider.newest())).next();
    let fallback = named.or(usual);
    let mut unknown = 0;
    let mut sent = Vec::new();
    for (request, found) in requests.into_iter().zip(found) {
        let (kind, (provider, revision)) = match (found, fallback) {
            (Some((provider, revision, kind)), _) => (Some(kind), (provider, revision)),
            (None, Some(fallback)) => (None, fallback),
            (None, None) => {
                unknown += 1;
                let Some(first) = provider::ALL.first() else { continue };
                (None, (*first, first.newest()))
            }
        };
        let (provider, revision) = named.unwrap_or((provider, revision));
        let revision = match &args.revision {
            Some(name) => edition(provider.name, Some(name))?.1,
            None => revision,
        };
        sent.push(Sent { request, kind, provider, revision });
    }
    if unknown > 0 && args.resign {
        return Err(Refused::usage(format!(
            "--resign: {} of no provider that is known; --provider NAME says how it signs; nothing was sent",
            amount(unknown, "request")
        )));
    }
    if unknown > 0 {
        complain(&format!(
            "note: {} of no provider that is known: accepted means status 200\n",
            amount(unknown, "request")
        ));
    }
    if args.only_failed {
        never_accepted(&mut sent);
    }
    match sent.is_empty() {
        true => Err(Refused {
            exit: Exit::NothingChecked,
            ..Refused::usage("--only-failed: every callback was accepted in the end; nothing was sent")
        }),
        false => Ok(sent),
    }
}

/// Leaves the last attempt of each callback that was never accepted.
fn never_accepted(sent: &mut Vec<Sent>) {
    let keys: Vec<String> = sent.iter().map(|sent| key(&sent.request, sent.revision)).collect();
    let mut last: BTreeMap<&String, (bool, usize)> = BTreeMap::new();
    for (n, (key, sent)) in keys.iter().zip(sent.iter()).enumerate() {
        let accepted = earlier(sent).is_some_and(|earlier| earlier.accepted);
        let (before, _) = last.get(key).copied().unwrap_or_default();
        last.insert(key, (before || accepted, n));
    }
    let wanted: BTreeSet<usize> = last.values().filter(|(accepted, _)| !accepted).map(|(_, n)| *n).collect();
    let mut n = 0..;
    sent.retain(|_| n.next().is_some_and(|n| wanted.contains(&n)));
}

/// What tells the callback of a request from others, whichever of its attempts it is: the body without time and signature.
pub(in crate::cli) fn key(request: &CapturedRequest, revision: &Revision) -> String {
    let bytes = request.body.as_deref().unwrap_or_default();
    let Ok(mut body) = serde_json::from_slice::<Map<String, Value>>(bytes) else {
        return format!("{} {}", request.id, String::from_utf8_lossy(bytes));
    };
    let second = revision.second_callback.map(|second| &second.reading);
    for reading in std::iter::once(revision.reading).chain(second) {
        body.retain(|name, _| name != reading.time_field && name != reading.signature_field);
    }
    Value::Object(body).to_string()
}

/// The sender of a request, by what the capture says or by the fields of its body.
fn recognised(
    request: &CapturedRequest,
) -> Option<(&'static Provider, &'static Revision, &'static EventKind)> {
    let event = |provider: &'static Provider, name: &str| provider.events.iter().find(|kind| kind.is(name));
    if let Some(sender) = &request.sender {
        let provider = provider::find(&sender.provider, "").ok()?;
        let revision = provider::find_revision(provider, &sender.revision, "").ok()?;
        return Some((provider, revision, event(provider, &sender.event)?));
    }
    let body: Map<String, Value> = serde_json::from_slice(request.body.as_deref()?).ok()?;
    let (provider, name) = provider::announced(&body)?;
    Some((provider, diagnosis::recognise(&body)?.revision, event(provider, name)?))
}

/// What became of it when it was captured; none where the capture does not say.
pub(super) fn earlier(sent: &Sent) -> Option<Earlier> {
    let status = sent.request.answer.as_ref().map(|answer| answer.status);
    if let Some(sender) = &sent.request.sender {
        return Some(Earlier { status, accepted: sender.accepted });
    }
    let answer = sent.request.answer.as_ref()?;
    let body = answer.body.as_deref().map(String::from_utf8_lossy);
    // Where the capture has the status alone, the status decides.
    let body = body.unwrap_or_else(|| "{\"code\":0}".into());
    let accepted = sent.revision.policy.success.accepts(answer.status, &body);
    Some(Earlier { status, accepted })
}

/// The signed time of a body, in Unix seconds.
pub(super) fn expiry(sent: &Sent) -> Option<i64> {
    match sent.fields().get(sent.reading().time_field)? {
        Value::String(text) => text.parse().ok(),
        number => number.as_i64(),
    }
}

/// What captured requests hold that no report may: signatures, and headers that let somebody in.
pub(super) fn secrets<'a>(sent: impl Iterator<Item = &'a Sent>) -> Vec<String> {
    const TELLING: [&str; 4] = ["authorization", "cookie", "token", "key"];
    let mut found = Vec::new();
    for sent in sent {
        let telling = |name: &str| TELLING.iter().any(|telling| name.to_ascii_lowercase().contains(telling));
        let headers = sent.request.headers.iter().filter(|(name, _)| telling(name));
        found.extend(headers.map(|(_, value)| String::from_utf8_lossy(value).into_owned()));
        let body = sent.fields();
        let signature = body.get(sent.reading().signature_field).and_then(Value::as_str);
        found.extend(signature.filter(|text| !text.starts_with('(')).map(str::to_owned));
    }
    found
}
