//! Captured requests and those who sent them: known by the capture, or by the fields of the body.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::proof::is_forged;
use crate::callback::{Earlier, NotFailed};
use crate::capture::CapturedRequest;
use crate::cli::exit::{Exit, Refused};
use crate::cli::shell_commands::quote;
use crate::cli::sign::edition;
use crate::play::CapturedInput;
use crate::provider::{self, EventKind, FieldNames, Provider, Revision, diagnosis};
use crate::report::text::amount;

/// A captured request and the one who sent it.
pub(in crate::cli) struct Sent {
    pub(in crate::cli) request: CapturedRequest,
    /// None = unknown.
    pub(in crate::cli) kind: Option<&'static EventKind>,
    pub(in crate::cli) provider: &'static Provider,
    pub(in crate::cli) revision: &'static Revision,
    /// Its signature was wrong, or the key does not tell: a right receiver may have refused it.
    pub(in crate::cli) unproven: bool,
}

impl Sent {
    /// The fields of the body; none of one that is not a JSON object.
    pub(in crate::cli) fn fields(&self) -> Map<String, Value> {
        serde_json::from_slice(self.request.body.as_deref().unwrap_or_default()).unwrap_or_default()
    }

    /// Names of the fields in the body.
    pub(in crate::cli) fn reading(&self) -> &'static FieldNames {
        let second = self.kind.and_then(|kind| self.revision.second_callback(kind.name));
        second.map_or(self.revision.reading, |second| &second.reading)
    }
}

/// Choice of captured requests, and known properties of their sender.
pub(in crate::cli) struct Wanted<'a> {
    /// What is said where it cannot be had: `nothing was sent`.
    pub(in crate::cli) nothing: &'static str,
    /// Numbers or ids; none = all.
    pub(in crate::cli) ids: &'a [String],
    /// Callbacks that were never accepted.
    pub(in crate::cli) only_failed: bool,
    pub(in crate::cli) provider: Option<&'a str>,
    pub(in crate::cli) revision: Option<&'a str>,
}

impl Wanted<'_> {
    /// Senders of the requests, and the number of requests from unknown senders.
    ///
    /// # Errors
    /// An id is not there, a request has no body, or nothing is left.
    pub(in crate::cli) fn of(&self, requests: Vec<CapturedRequest>) -> Result<(Vec<Sent>, usize), Refused> {
        let requests = self.chosen(requests)?;
        let named = self.provider.map(|name| edition(name, self.revision)).transpose()?;
        let found: Vec<_> = requests.iter().map(recognised).collect();
        // Among callbacks of one vendor one that is not recognised is most likely his.
        let usual = found.iter().flatten().map(|(provider, ..)| (*provider, provider.newest())).next();
        let (mut unknown, mut sent) = (0, Vec::new());
        for (request, found) in requests.into_iter().zip(found) {
            if let (Some((named, _)), Some((other, ..))) = (named, found) {
                self.of_another(&request, named, other)?;
            }
            let kind = found.and_then(|(.., kind)| kind);
            let own = named.or(found.map(|(provider, revision, _)| (provider, revision))).or(usual);
            unknown += usize::from(own.is_none());
            let first = provider::ALL.first().map(|first| (*first, first.newest()));
            let Some((provider, revision)) = own.or(first) else { continue };
            let revision = match self.revision {
                Some(name) => edition(provider.name, Some(name))?.1,
                None => revision,
            };
            sent.push(Sent { request, kind, provider, revision, unproven: false });
        }
        if self.only_failed {
            never_accepted(&mut sent);
        }
        match sent.is_empty() {
            true => Err(Refused {
                exit: Exit::NothingChecked,
                ..Refused::usage(format!(
                    "--only-failed: every callback was accepted in the end; {}",
                    self.nothing
                ))
            }),
            false => Ok((sent, unknown)),
        }
    }

    /// Refuses a body that is another provider's by its fields, and not at all of the one that was named.
    fn of_another(
        &self,
        request: &CapturedRequest,
        named: &Provider,
        other: &Provider,
    ) -> Result<(), Refused> {
        let body: Map<String, Value> =
            serde_json::from_slice(request.body.as_deref().unwrap_or_default()).unwrap_or_default();
        match named.name == other.name || diagnosis::fits(named, &body) {
            true => Ok(()),
            false => Err(Refused::usage(format!(
                "{}: this is not a callback of {}; its fields are those of {}\n  leave `{}` out, or choose others with --id; {}",
                request.place, named.title, other.title, named.name, self.nothing
            ))),
        }
    }

    fn chosen(&self, mut requests: Vec<CapturedRequest>) -> Result<Vec<CapturedRequest>, Refused> {
        for id in self.ids {
            if !requests.iter().any(|request| request.id == *id) {
                let first = requests.first().map_or("", |request| &request.id);
                let last = requests.last().map_or("", |request| &request.id);
                return Err(Refused::usage(format!(
                    "--id: there is no request `{id}` among {}, {first} to {last}; {}",
                    amount(requests.len(), "request"),
                    self.nothing
                )));
            }
        }
        // Whoever looked at a page sent no callback; by its number it is sent all the same.
        let asks = |request: &CapturedRequest| ["GET", "HEAD", "OPTIONS"].contains(&request.method.as_str());
        requests.retain(|request| match self.ids.is_empty() {
            true => !asks(request) || request.body.is_none(),
            false => self.ids.contains(&request.id),
        });
        if let Some(request) = requests.iter().find(|request| request.body.is_none()) {
            let file = request.place.rsplit_once(':').map_or(request.place.as_str(), |(file, _)| file);
            return Err(Refused::usage(format!(
                "{}: there is no body to send; most access logs have none: hookreel report {} shows what came; {}",
                request.place,
                quote(file),
                self.nothing
            )));
        }
        match requests.is_empty() {
            true => Err(Refused {
                exit: Exit::NothingChecked,
                ..Refused::usage(format!("the capture holds no request with a body; {}", self.nothing))
            }),
            false => Ok(requests),
        }
    }
}

/// Leaves the last attempt of each callback that was never accepted; a forged one only where there is no other.
fn never_accepted(sent: &mut Vec<Sent>) {
    let keys: Vec<String> = sent.iter().map(|sent| key(&sent.request, sent.revision)).collect();
    let mut last: BTreeMap<&String, (bool, usize)> = BTreeMap::new();
    for (n, (key, sent)) in keys.iter().zip(sent.iter()).enumerate() {
        let accepted = earlier(sent).is_some_and(|earlier| earlier.accepted);
        let (before, own) = last.get(key).copied().unwrap_or((false, n));
        let chosen = if is_forged(&sent.request) { own } else { n };
        last.insert(key, (before || accepted, chosen));
    }
    let wanted: BTreeSet<usize> = last.values().filter(|(accepted, _)| !accepted).map(|(_, n)| *n).collect();
    let mut n = 0..;
    sent.retain(|_| n.next().is_some_and(|n| wanted.contains(&n)));
}

/// Identity of the callback of a request, the same for all its attempts: the body without time and signature.
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

/// Provider, revision and event of a request; the event is none where the body does not tell.
pub(in crate::cli) type Sender = (&'static Provider, &'static Revision, Option<&'static EventKind>);

/// The sender of a request, by what the capture says or by the fields of its body.
pub(in crate::cli) fn recognised(request: &CapturedRequest) -> Option<Sender> {
    let event = |provider: &'static Provider, name: &str| provider.events.iter().find(|kind| kind.is(name));
    if let Some(sender) = &request.sender {
        let provider = provider::find(&sender.provider, "").ok()?;
        let revision = provider::find_revision(provider, &sender.revision, "").ok()?;
        return Some((provider, revision, event(provider, &sender.event)));
    }
    let body: Map<String, Value> = serde_json::from_slice(request.body.as_deref()?).ok()?;
    let found = diagnosis::recognise(&body)?;
    let announced = provider::announced(&body).and_then(|(provider, name)| event(provider, name));
    Some((found.provider, found.revision, announced))
}

/// Outcome at the time of the capture; none if the capture does not record it.
pub(in crate::cli) fn earlier(sent: &Sent) -> Option<Earlier> {
    let status = sent.request.answer.as_ref().map(|answer| answer.status);
    if let Some(sender) = &sent.request.sender {
        let not_failed = (!sender.reached).then_some(NotFailed::NotSent);
        return Some(Earlier { status, accepted: sender.accepted, not_failed });
    }
    let answer = sent.request.answer.as_ref()?;
    let body = answer.body.as_deref().map(String::from_utf8_lossy);
    // Where the capture has the status alone, the status decides.
    let body = body.unwrap_or_else(|| "{\"code\":0}".into());
    let accepted = sent.revision.policy.success.accepts(answer.status, &body);
    let not_failed = (sent.unproven && !accepted).then_some(NotFailed::WrongSignature);
    Some(Earlier { status, accepted, not_failed })
}

/// The signed time of a body, in Unix seconds.
pub(super) fn expiry(sent: &Sent) -> Option<i64> {
    match sent.fields().get(sent.reading().time_field)? {
        Value::String(text) => text.parse().ok(),
        number => number.as_i64(),
    }
}

/// Secrets of captured requests: signatures, and headers that grant access.
pub(super) fn secrets<'a>(sent: impl Iterator<Item = &'a Sent>) -> CapturedInput {
    const TELLING: [&str; 4] = ["authorization", "cookie", "token", "key"];
    // What is shorter is no digest, and would be found in every other word.
    const SHORTEST: usize = 16;
    let mut found = CapturedInput::default();
    for sent in sent {
        let telling = |name: &str| TELLING.iter().any(|telling| name.to_ascii_lowercase().contains(telling));
        let headers = sent.request.headers.iter().filter(|(name, _)| telling(name));
        found.credentials.extend(headers.map(|(_, value)| String::from_utf8_lossy(value).into_owned()));
        let body = sent.fields();
        let signature = body.get(sent.reading().signature_field).and_then(Value::as_str);
        found.signatures.extend(signature.filter(|text| text.len() >= SHORTEST).map(str::to_owned));
    }
    found
}
