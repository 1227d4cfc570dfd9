//! What callbacks share: with the others of their stream, and with those of the same moment.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Barrier, OwnedSemaphorePermit};

use super::attempt::{Attempts, FirstSealings};
use super::{Lane, Parcel};

/// What a callback shares with the others of its stream and of its moment.
pub(super) struct Company {
    pub(super) shared: Arc<Shared>,
    pub(super) meeting: Option<Arc<Barrier>>,
    /// Meetings happen one at a time: two would hold the places on the wire that each needs to be complete.
    pub(super) _room: Option<Arc<OwnedSemaphorePermit>>,
    /// Since the moment began, in real time.
    pub(super) after: Duration,
}

/// First sealings that are repeated; and, where somebody looks at the state, every signature, for it may turn up there.
pub(super) struct Shared {
    pub(super) firsts: FirstSealings,
    /// An exchange broke off.
    broke: AtomicBool,
    signatures: Mutex<Vec<String>>,
}

impl Shared {
    pub(super) fn of(lane: &Lane) -> Self {
        let repeated =
            lane.parcels.iter().flat_map(|parcel| parcel.attempts(lane).repeats().collect::<Vec<_>>());
        let firsts = FirstSealings::of(repeated);
        Self { firsts, broke: AtomicBool::new(false), signatures: Mutex::default() }
    }

    pub(super) fn break_off(&self) {
        self.broke.store(true, Ordering::SeqCst);
    }

    pub(super) fn broke(&self) -> bool {
        self.broke.load(Ordering::SeqCst)
    }

    pub(super) fn remember(&self, signature: String) {
        self.signatures.lock().unwrap_or_else(PoisonError::into_inner).push(signature);
    }

    pub(super) fn remembered(&self) -> Vec<String> {
        self.signatures.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One callback on its way.
pub(super) struct Errand<'a> {
    pub(super) lane: &'a Lane,
    pub(super) parcel: &'a Parcel,
    pub(super) company: &'a Company,
    pub(super) attempts: Attempts<'a>,
}

impl Parcel {
    pub(super) fn attempts<'a>(&'a self, lane: &'a Lane) -> Attempts<'a> {
        Attempts {
            id: &self.id,
            envelope: &self.envelope,
            hardship: &self.hardship,
            signing: lane.signing.as_ref(),
            policy: lane.policy,
            due: self.due,
        }
    }
}
