//! One attempt at a callback: which key signs it, for which time, over which bytes, how it is written, and how long its
//! answer may take. The one place that knows; runs, loads and `plan --body` send what it makes.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Content;
use super::target::ReceiverUrl;
use crate::callback::BodyTemplate;
use crate::provider::Policy;
use crate::provider::signature::{SignatureKeys, SignedMessage, seal};
use crate::request::{RawRequest, WireFault, WireStep};

/// What the attempts at one callback are made from.
pub struct Attempts<'a> {
    /// Of the callback.
    pub id: &'a str,
    /// The bytes, with holes for time and signature.
    pub body_template: &'a BodyTemplate,
    /// What sets its sending apart.
    pub wire_fault: &'a WireFault,
    /// How callbacks of its scenario are signed.
    pub signing: Option<&'a SignatureKeys>,
    /// Time limit and retries of its provider.
    pub policy: Policy,
    /// When it is due, in the stream's time.
    pub due: Duration,
}

/// The request that an ordinary client would send, with these headers of its own.
pub fn raw_request(target: &ReceiverUrl, headers: &[(String, Vec<u8>)], sealed: SignedMessage) -> RawRequest {
    let (host, path) = target.written();
    let mut request = RawRequest::new(&host, &path, headers, sealed.body.to_vec(), sealed.signature);
    let named = |name: &str| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    if let (Some(credentials), false) = (target.credentials(), named("authorization")) {
        request.add("Authorization", credentials);
    }
    request
}

/// First sealings that are sent again byte for byte: by a duplicate, or by a retry that is not signed anew.
#[derive(Default)]
pub struct FirstSealings(Mutex<BTreeMap<String, Option<(i64, SignedMessage)>>>);

impl FirstSealings {
    /// Keeps the first sealings of the callbacks with these ids.
    pub fn of(ids: impl IntoIterator<Item = String>) -> Self {
        Self(Mutex::new(ids.into_iter().map(|id| (id, None)).collect()))
    }

    /// The first sealing of a callback; whoever comes first seals for all.
    fn first(&self, id: &str, sealed: impl FnOnce() -> (i64, SignedMessage)) -> (i64, SignedMessage) {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(id) {
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

    /// As its scenario signs, or with the key that a fault gives this attempt, counted from 1.
    pub fn signing(&self, attempt: u32) -> Option<SignatureKeys> {
        // A retry is signed with the key of its own time.
        let waits = self.policy.interval.saturating_mul(attempt.saturating_sub(1));
        let signing = self.signing?.at(self.due.saturating_add(waits));
        let faulty = self.wire_fault.attempts == 0 || attempt <= self.wire_fault.attempts;
        Some(match &self.wire_fault.key {
            Some(key) if faulty => SignatureKeys { key: key.clone(), ..signing },
            _ => signing,
        })
    }

    /// The body of an attempt that is sent at `now` (Unix seconds), and the time it is signed for.
    pub fn seal(&self, attempt: u32, now: i64, firsts: &FirstSealings) -> (i64, SignedMessage) {
        let signing = self.signing(attempt);
        let lifetime = signing.as_ref().map_or(0, |signing| signing.lifetime.as_secs());
        let time = now.saturating_add(self.wire_fault.clock).saturating_add_unsigned(lifetime);
        let fresh = || (time, seal(self.body_template, signing.as_ref(), time));
        let anew = attempt > 1 && signing.as_ref().is_none_or(|signing| signing.resign_retries);
        match anew {
            true => fresh(),
            false => firsts.first(self.wire_fault.bytes_of.as_deref().unwrap_or(self.id), fresh),
        }
    }

    /// What an attempt consists of: an ordinary body, unless a fault changes how it is sent.
    pub fn content(
        &self,
        (target, headers): (&ReceiverUrl, &[(String, Vec<u8>)]),
        attempt: u32,
        sealed: SignedMessage,
    ) -> Content {
        if !self.wire_fault.touches(attempt) {
            return Content::Plain(sealed.body);
        }
        let request = self.changed(raw_request(target, headers, sealed));
        let steps = match &self.wire_fault.script {
            Some(script) => script(&request),
            None => vec![WireStep::Write(request.bytes().into())],
        };
        Content::Script { steps, meeting: None }
    }

    /// The body of the first attempt alone, as it would be sent at `now` (Unix seconds).
    pub fn body(&self, now: i64) -> Vec<u8> {
        let (_, sealed) = self.seal(1, now, &FirstSealings::default());
        self.changed(RawRequest::new("", "", &[], sealed.body.to_vec(), sealed.signature)).body
    }

    /// The body as an attempt puts it on the wire.
    pub fn sent(&self, attempt: u32, sealed: &SignedMessage) -> Vec<u8> {
        let (body, signature) = (sealed.body.to_vec(), sealed.signature.clone());
        match self.wire_fault.touches(attempt) {
            true => self.changed(RawRequest::new("", "", &[], body, signature)).body,
            false => body,
        }
    }

    fn changed(&self, mut request: RawRequest) -> RawRequest {
        self.wire_fault.tampers.iter().for_each(|tamper| tamper(&mut request));
        request
    }

    /// The time that an answer is waited for.
    pub fn timeout(&self) -> Duration {
        self.wire_fault.timeout.unwrap_or(self.policy.timeout) + self.wire_fault.own_time
    }

    /// The provider's retries, or as many tries as a fault gives it.
    pub fn retries(&self) -> Policy {
        match self.wire_fault.tries {
            Some(tries) => Policy { retries: tries.saturating_sub(1), queue: None, ..self.policy },
            None => self.policy,
        }
    }
}
