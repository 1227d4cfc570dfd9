//! State shared by callbacks: with the others of their stream, and with those of the same moment.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::sync::OwnedSemaphorePermit;

use super::attempt::{Attempts, CommonHeaders, FirstSealings, raw_request};
use super::meeting::Meeting;
use super::{Judge, Outgoing, StreamDelivery};
use crate::masking::Secrets;
use crate::provider::signature::SignedMessage;
use crate::request::RawRequest;

/// State that a callback shares with the others of its stream and of its moment.
pub(super) struct Simultaneous {
    pub(super) shared: Arc<Shared>,
    pub(super) meeting: Option<Arc<Meeting>>,
    /// Meetings happen one at a time: two would hold the places on the wire that each needs to be complete.
    pub(super) _room: Option<Arc<OwnedSemaphorePermit>>,
    /// Since the moment began, in real time.
    pub(super) after: Duration,
}

/// First sealings that are repeated.
pub(super) struct Shared {
    pub(super) firsts: FirstSealings,
    /// An exchange broke off, and nobody has asked since.
    broke: AtomicBool,
    /// Number of times that the receiver had been started again after an end of its own, when the scenario began.
    pub(super) life: u32,
    /// Stream time at which the callbacks so far have ended, reckoned by their waits alone.
    free: Mutex<Duration>,
}

impl Shared {
    pub(super) fn of(lane: &StreamDelivery, life: u32) -> Self {
        let repeated =
            lane.outgoing.iter().flat_map(|outgoing| outgoing.attempts(lane).repeats().collect::<Vec<_>>());
        let firsts = FirstSealings::of(repeated);
        Self { firsts, broke: AtomicBool::new(false), life, free: Mutex::default() }
    }

    /// From the time at which a callback is due to the time at which those before it have ended.
    pub(super) fn queued(&self, due: Duration) -> Duration {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).saturating_sub(due)
    }

    /// Notes that a callback waited for so long between its attempts.
    pub(super) fn spend(&self, due: Duration, waits: Duration) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        *free = (*free).max(due).saturating_add(waits);
    }

    pub(super) fn break_off(&self) {
        self.broke.store(true, Ordering::SeqCst);
    }

    pub(super) fn broke(&self) -> bool {
        self.broke.swap(false, Ordering::SeqCst)
    }
}

/// One callback on its way.
pub(super) struct SharedDelivery<'a> {
    pub(super) lane: &'a StreamDelivery,
    pub(super) outgoing: &'a Outgoing,
    pub(super) simultaneous: &'a Simultaneous,
    pub(super) attempts: Attempts<'a>,
}

impl SharedDelivery<'_> {
    /// Judge of its answers.
    pub(super) fn judge(&self) -> &dyn Judge {
        self.outgoing.judge.as_ref().unwrap_or(&self.lane.judge).as_ref()
    }

    /// The request of an attempt that a fault changes as it would be without; none of an ordinary attempt.
    pub(super) fn faultless(
        &self,
        n: u32,
        headers: &CommonHeaders,
        sealed: &SignedMessage,
    ) -> Option<RawRequest> {
        let touched = self.outgoing.wire_fault.touches(n);
        touched.then(|| raw_request(&self.lane.target, headers, sealed.clone()))
    }

    /// Tells key and signatures of an attempt: a receiver may tell the signature that it expected, too, where the one that was
    /// sent is wrong on purpose.
    pub(super) fn give_away(&self, n: u32, sealed: &SignedMessage, secrets: &Secrets) {
        // The keys of the stream, and the one that a fault puts in their place.
        let other = self.outgoing.wire_fault.key.as_ref().and_then(|_| self.attempts.signing(n));
        // The body as it is, and as it is sent where a fault changes it on the wire.
        let sent = self.attempts.sent(n, sealed);
        let changed = Some(&sent.body[..]).filter(|body| *body != sealed.body);
        for own in self.lane.signing.iter().chain(&other) {
            own.keys().for_each(|key| secrets.key(key.expose_secret()));
            for body in std::iter::once(&sealed.body[..]).chain(changed) {
                own.right_ones(body).iter().for_each(|right| secrets.signature(right));
            }
        }
        std::iter::once(&sealed.signature).chain(&sealed.beside).for_each(|made| secrets.signature(made));
        std::iter::once(&sent.signature).chain(&sent.beside).for_each(|made| secrets.signature(made));
    }
}

impl Outgoing {
    pub(super) fn attempts<'a>(&'a self, lane: &'a StreamDelivery) -> Attempts<'a> {
        Attempts {
            id: &self.id,
            body_template: &self.body_template,
            wire_fault: &self.wire_fault,
            signing: lane.signing.as_ref(),
            policy: lane.policy,
            due: self.due,
        }
    }
}
