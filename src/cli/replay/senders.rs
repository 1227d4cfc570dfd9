//! Captured requests and those who sent them: known by the capture, or by the fields of the body.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Map, Value};

use super::proof::is_forged;
use crate::callback::{Earlier, NotFailed, path};
use crate::capture::CapturedRequest;
use crate::capture::story::{RetryTimes, SeenCallback, SeenRequest, tell};
use crate::cli::captured::asked;
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
    /// A right receiver refuses it again.
    pub(in crate::cli) refused: bool,
}

impl Sent {
    /// The fields of the body, or of the query of a GET; none of what is neither a JSON object nor such a query.
    pub(in crate::cli) fn fields(&self) -> Map<String, Value> {
        fields_of(&self.request, Some(self.provider.name)).unwrap_or_default() // See above.
    }

    /// The query of a callback that is a GET.
    pub(in crate::cli) fn query(&self) -> Option<&str> {
        asked(&self.request, Some(self.provider.name)).and(self.request.query())
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
            sent.push(Sent { request, kind, provider, revision, unproven: false, refused: false });
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
        // Without fields it is of none.
        let fields = fields_of(request, None).unwrap_or_default();
        match named.name == other.name || diagnosis::fits(named, &fields) {
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
        let in_query = |request: &CapturedRequest| asked(request, self.provider).is_some();
        requests.retain(|request| match self.ids.is_empty() {
            true => !asks(request) || request.body.is_none() || in_query(request),
            false => self.ids.contains(&request.id),
        });
        if let Some(request) = requests.iter().find(|request| request.body.is_none() && !in_query(request)) {
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
    let accepted = |n: &usize| sent.get(*n).and_then(earlier).is_some_and(|earlier| earlier.accepted);
    let forged = |n: &usize| sent.get(*n).is_some_and(|sent| is_forged(&sent.request));
    let callbacks = callbacks(sent).into_iter().filter(|attempts| !attempts.iter().any(accepted));
    let last = |attempts: Vec<usize>| {
        let proven = attempts.iter().rev().find(|n| !forged(n));
        proven.or(attempts.first()).copied()
    };
    let wanted: BTreeSet<usize> = callbacks.filter_map(last).collect();
    let mut n = 0..;
    sent.retain(|_| n.next().is_some_and(|n| wanted.contains(&n)));
}

/// The last request of each callback: retries are the sender's business, and come by themselves.
pub(in crate::cli) fn once_each(sent: Vec<Sent>) -> Vec<Sent> {
    let wanted: BTreeSet<usize> =
        callbacks(&sent).iter().filter_map(|attempts| attempts.last().copied()).collect();
    sent.into_iter().enumerate().filter(|(n, _)| wanted.contains(n)).map(|(_, sent)| sent).collect()
}

/// The requests of each callback, by their places among these.
fn callbacks(sent: &[Sent]) -> Vec<Vec<usize>> {
    let mut of_provider: BTreeMap<&str, (&'static Provider, Vec<SeenRequest>)> = BTreeMap::new();
    for (n, sent) in sent.iter().enumerate() {
        let (_, seen) = of_provider.entry(sent.provider.name).or_insert((sent.provider, Vec::new()));
        // Wherever it was sent: the capture of a proxy may have several paths for one receiver.
        seen.push(SeenRequest { id: n.to_string(), path: String::new(), ..as_seen(sent) });
    }
    let told = of_provider.values().flat_map(|(provider, seen)| tell(seen, times(provider)));
    let places = |callback: SeenCallback| {
        callback.attempts.iter().filter_map(|attempt| attempt.id.parse().ok()).collect()
    };
    told.map(places).collect()
}

/// The request as one of a story.
pub(in crate::cli) fn as_seen(sent: &Sent) -> SeenRequest {
    let request = &sent.request;
    let status = request.answer.as_ref().map_or(0, |answer| answer.status);
    // A record holds callbacks, each with all its attempts.
    let recorded = request.sender.is_some();
    SeenRequest {
        id: request.place.clone(),
        at: request.at,
        path: request.path.split('?').next().unwrap_or(&request.path).to_owned(),
        status,
        accepted: earlier(sent).map_or(status == 200, |earlier| earlier.accepted),
        // Whoever forges a callback makes no attempt of the sender's.
        key: Some(match (recorded, is_forged(request)) {
            (true, _) => request.id.clone(),
            (false, false) => key(request, sent.revision),
            (false, true) => format!("forged {}", key(request, sent.revision)),
        }),
        unique: recorded || is_unique(sent),
        forged: is_forged(request),
    }
}

/// The sender's own retries.
pub(in crate::cli) fn times(provider: &Provider) -> RetryTimes {
    let policy = provider.newest().policy;
    let queue = policy.queue.map(|queue| queue.interval);
    let waits = policy.first_waits.iter().copied().chain(queue);
    RetryTimes {
        interval: policy.interval,
        answer: policy.timeout,
        retries: policy.retries,
        longest: waits.fold(policy.interval, Duration::max),
        queued: policy.queue.is_some(),
    }
}

/// Fewest digits of an id or a time.
const DIGITS: usize = 8;

/// The body tells its event from every other one: it names a file, or holds an id or a time, beside the name of its stream.
fn is_unique(sent: &Sent) -> bool {
    let (fields, reading) = (sent.fields(), sent.reading());
    let named = |way: &String| {
        path::lookup(&fields, way)
            .is_some_and(|file| !file.is_null() && *file != Value::String(String::new()))
    };
    let stream = path::lookup(&fields, reading.stream_field);
    let telling = |value: &Value| Some(value) != stream && digits(value) >= DIGITS;
    // What is no object has its bytes alone.
    fields.is_empty()
        || reading.files(&fields).iter().any(named)
        || fields.iter().any(|(name, value)| {
            let own = [reading.time_field, reading.signature_field].contains(&name.as_str());
            !own && leaves(value).into_iter().any(telling)
        })
}

/// Every value that is neither a list nor an object.
fn leaves(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(leaves).collect(),
        Value::Object(members) => members.values().flat_map(leaves).collect(),
        leaf => vec![leaf],
    }
}

fn digits(value: &Value) -> usize {
    let count = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    match value {
        Value::String(text) => count(text),
        Value::Number(number) => count(&number.to_string()),
        _ => 0,
    }
}

/// The fields of a callback, in its body or in the query of a GET of this provider, or of any; none where it has none.
fn fields_of(request: &CapturedRequest, provider: Option<&str>) -> Option<Map<String, Value>> {
    match asked(request, provider) {
        Some(asked) => Some(asked.fields),
        None => serde_json::from_slice(request.body.as_deref()?).ok(),
    }
}

/// Identity of the callback of a request, the same for all its attempts: the body without time and signature.
fn key(request: &CapturedRequest, revision: &Revision) -> String {
    let Some(mut body) = fields_of(request, None) else {
        return format!("{} {}", request.id, String::from_utf8_lossy(request.bytes()));
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
    let fields = fields_of(request, None)?;
    let found = diagnosis::recognise_request(request.headers.iter().map(|(name, _)| name), &fields)?;
    let announced = provider::event_of(found, &fields).and_then(|name| event(found.provider, name));
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
    const TELLING: [&str; 9] =
        ["authorization", "cookie", "token", "key", "secret", "password", "auth", "sign", "sig"];
    // What is shorter is no digest, and would be found in every other word.
    const SHORTEST: usize = 16;
    let mut found = CapturedInput::default();
    for sent in sent {
        let telling = |name: &str| TELLING.iter().any(|telling| name.to_ascii_lowercase().contains(telling));
        let headers = sent.request.headers.iter().filter(|(name, _)| telling(name));
        found.credentials.extend(headers.map(|(_, value)| String::from_utf8_lossy(value).into_owned()));
        let query = sent.request.path.split_once('?').map_or("", |(_, query)| query);
        let values = url::form_urlencoded::parse(query.as_bytes());
        found
            .credentials
            .extend(values.filter(|(name, _)| telling(name)).map(|(_, value)| value.into_owned()));
        let body = sent.fields();
        let signature = body.get(sent.reading().signature_field).and_then(Value::as_str);
        found.signatures.extend(signature.filter(|text| text.len() >= SHORTEST).map(str::to_owned));
    }
    found
}
