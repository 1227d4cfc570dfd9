//! One attempt at a callback: which key signs it, for which time, over which bytes, how it is written, and how long its
//! answer may take. The one place that knows; runs, loads and `plan --body` send what it makes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Content;
use super::target::ReceiverUrl;
use crate::callback::BodyTemplate;
use crate::provider::signature::{Moment, SignatureKeys, SignedMessage, seal_rewritten};
use crate::provider::{LastNo, Policy};
use crate::request::{Change, RawRequest, WireFault, WireStep};

/// Everything from which the attempts at one callback are made.
pub struct Attempts<'a> {
    /// Id of the callback.
    pub id: &'a str,
    /// The bytes, with holes for time and signature.
    pub body_template: &'a BodyTemplate,
    /// Fault that changes its sending.
    pub wire_fault: &'a WireFault,
    /// Keys of its scenario.
    pub signing: Option<&'a SignatureKeys>,
    /// Time limit and retries of its provider.
    pub policy: Policy,
    /// Time at which it is due, in the stream's time.
    pub due: Duration,
}

/// The headers of the requests of a run.
#[derive(Clone, Debug, Default)]
pub struct CommonHeaders {
    /// Names, in lower case, and values, as they are written.
    pub all: Vec<(String, Vec<u8>)>,
    /// Names of those that the user gave: they stand in the place of the sender's own.
    pub given: Vec<String>,
}

impl CommonHeaders {
    /// These headers with those of a message, which stand in the place of ours, and not of the user's.
    pub fn with(&self, own: &[(&'static str, Vec<u8>)]) -> Vec<(String, Vec<u8>)> {
        let is_given = |name: &str| self.given.iter().any(|given| given.eq_ignore_ascii_case(name));
        let mut all = self.all.clone();
        for (name, value) in own.iter().filter(|(name, _)| !is_given(name)) {
            match all.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
                Some(known) => *known = ((*name).to_owned(), value.clone()),
                None => all.push(((*name).to_owned(), value.clone())),
            }
        }
        all
    }
}

/// The request that an ordinary client would send, with these headers and those of the message.
pub fn raw_request(target: &ReceiverUrl, headers: &CommonHeaders, sealed: SignedMessage) -> RawRequest {
    let (host, path) = target.written();
    let headers = headers.with(&sealed.headers);
    let mut request = RawRequest::new(&host, &path, &headers, sealed.body.to_vec(), sealed.signature);
    request.beside = sealed.beside;
    if let Some(query) = &sealed.query {
        request = request.asking(query);
    }
    let named = |name: &str| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    if let (Some(credentials), false) = (target.credentials(), named("authorization")) {
        request.add("Authorization", credentials);
    }
    request
}

/// A request with the sender's own headers beside these, and no other.
fn bare(sealed: &SignedMessage, headers: &CommonHeaders) -> RawRequest {
    let headers = headers.with(&sealed.headers);
    let request = RawRequest::new("", "", &headers, sealed.body.to_vec(), sealed.signature.clone());
    let request = RawRequest { beside: sealed.beside.clone(), ..request };
    match &sealed.query {
        Some(query) => request.asking(query),
        None => request,
    }
}

/// First sealings that are sent again byte for byte: by a duplicate, or by a retry that is not signed again.
#[derive(Default)]
pub struct FirstSealings {
    kept: Mutex<BTreeMap<String, Option<(i64, SignedMessage)>>>,
    /// Retries of the stream so far.
    retries: AtomicU64,
}

impl FirstSealings {
    /// Keeps the first sealings of the callbacks with these ids.
    pub fn of(ids: impl IntoIterator<Item = String>) -> Self {
        Self { kept: Mutex::new(ids.into_iter().map(|id| (id, None)).collect()), retries: AtomicU64::new(0) }
    }

    /// The first sealing of a callback, shared by all its attempts.
    fn first(&self, id: &str, sealed: impl FnOnce() -> (i64, SignedMessage)) -> (i64, SignedMessage) {
        match self.kept.lock().unwrap_or_else(PoisonError::into_inner).get_mut(id) {
            Some(known) => known.get_or_insert_with(sealed).clone(),
            None => sealed(),
        }
    }
}

impl Attempts<'_> {
    /// The ids whose first sealing these attempts may repeat.
    pub fn repeats(&self) -> impl Iterator<Item = String> {
        let again = self.signing.is_some_and(|signing| !signing.resign_retries).then(|| self.id.to_owned());
        self.wire_fault.bytes_of.iter().cloned().chain(again)
    }

    /// Keys of its scenario, or the key that a fault gives this attempt, counted from 1.
    pub fn signing(&self, attempt: u32) -> Option<SignatureKeys> {
        // A retry is signed with the key of its own time.
        let waits = (1..attempt).map(|sent| self.policy.wait_after(sent)).sum();
        let signing = self.signing?.at(self.due.saturating_add(waits));
        Some(match &self.wire_fault.key {
            Some(key) if self.wire_fault.is_on(attempt) => SignatureKeys { key: key.clone(), ..signing },
            _ => signing,
        })
    }

    /// The body of an attempt that is sent at `now` (Unix seconds), and the time it is signed for.
    pub fn seal(&self, attempt: u32, now: i64, firsts: &FirstSealings) -> (i64, SignedMessage) {
        let signing = self.signing(attempt);
        let ahead = signing.as_ref().map_or(0, SignatureKeys::ahead);
        let time = now.saturating_add(self.wire_fault.clock).saturating_add(ahead);
        if attempt > 1 {
            firsts.retries.fetch_add(1, Ordering::Relaxed);
        }
        let moment = Moment { time, retries: firsts.retries.load(Ordering::Relaxed) };
        let rewrite = |body| match self.wire_fault.touches(attempt) {
            true => self.wire_fault.rewritten(body),
            false => body,
        };
        let fresh = || (time, seal_rewritten(self.body_template, signing.as_ref(), moment, rewrite));
        // A retry with another key than the first attempt cannot have its bytes.
        let other_key = self.wire_fault.key.is_some() && !self.wire_fault.is_on(attempt);
        let anew =
            attempt > 1 && (other_key || signing.as_ref().is_none_or(|signing| signing.resign_retries));
        match anew {
            true => fresh(),
            false => firsts.first(self.wire_fault.bytes_of.as_deref().unwrap_or(self.id), fresh),
        }
    }

    /// Content of an attempt: an ordinary body, unless a fault changes the sending.
    pub fn content(
        &self,
        target: &ReceiverUrl,
        headers: &CommonHeaders,
        attempt: u32,
        sealed: SignedMessage,
    ) -> Content {
        if !self.wire_fault.touches(attempt) {
            return Content::Plain(sealed);
        }
        let request = self.changed(raw_request(target, headers, sealed));
        let steps = match &self.wire_fault.script {
            Some(script) => script(&request),
            None => vec![WireStep::Write(request.bytes().into())],
        };
        Content::Script { steps, meeting: None }
    }

    /// The first attempt as it would be sent at `now` (Unix seconds), with the type of its body and the sender's own headers.
    pub fn request(&self, now: i64) -> RawRequest {
        let (_, sealed) = self.seal(1, now, &FirstSealings::default());
        let json = CommonHeaders {
            all: vec![("Content-Type".to_owned(), b"application/json".to_vec())],
            given: Vec::new(),
        };
        self.changed(bare(&sealed, &json))
    }

    /// Body and signatures of an attempt after every change, without the sender's headers. Secret.
    pub fn sent(&self, attempt: u32, sealed: &SignedMessage) -> RawRequest {
        match self.wire_fault.touches(attempt) {
            true => self.changed(bare(sealed, &CommonHeaders::default())),
            false => bare(sealed, &CommonHeaders::default()),
        }
    }

    fn changed(&self, mut request: RawRequest) -> RawRequest {
        for change in &self.wire_fault.tampers {
            match change {
                Change::Signed(tamper) => tamper(&mut request),
                // Its bytes are signed as they are now.
                Change::Body(_) if self.body_template.signs_bytes() => {}
                Change::Body(rewrite) => {
                    let body = std::mem::take(&mut request.body);
                    request.replace_body(rewrite(body));
                }
            }
        }
        request
    }

    /// Time limit for an answer.
    pub fn timeout(&self) -> Duration {
        self.wire_fault.timeout.unwrap_or(self.policy.timeout) + self.wire_fault.own_time
    }

    /// The provider's retries, or as many tries as a fault gives it.
    pub fn retries(&self) -> Policy {
        match self.wire_fault.tries {
            Some(tries) => {
                let retries = tries.saturating_sub(1);
                Policy { retries, queue: None, last_no: LastNo::Never, ..self.policy }
            }
            None => self.policy,
        }
    }
}
