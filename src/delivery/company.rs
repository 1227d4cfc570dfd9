//! What callbacks share: with the others of their stream, and with those of the same moment.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Barrier, OwnedSemaphorePermit};

use super::{Lane, Parcel};
use crate::provider::Policy;
use crate::provider::signature::{Sealed, Signing};

/// What a callback shares with the others of its stream and of its moment.
pub(super) struct Company {
    pub(super) shared: Arc<Shared>,
    pub(super) meeting: Option<Arc<Barrier>>,
    /// Meetings happen one at a time: two would hold the places on the wire that each needs to be complete.
    pub(super) _room: Option<Arc<OwnedSemaphorePermit>>,
    /// Since the moment began, in real time.
    pub(super) after: Duration,
}

/// First sealings of those callbacks that others repeat byte for byte; and, where somebody looks at the state, every signature,
/// for it may turn up there.
pub(super) struct Shared {
    sealed: Mutex<BTreeMap<String, Option<(i64, Sealed)>>>,
    signatures: Mutex<Vec<String>>,
}

impl Shared {
    pub(super) fn of(parcels: &[Parcel]) -> Self {
        let repeated = parcels.iter().filter_map(|parcel| parcel.hardship.bytes_of.clone());
        let sealed = Mutex::new(repeated.map(|id| (id, None)).collect());
        Self { sealed, signatures: Mutex::default() }
    }

    pub(super) fn remember(&self, signature: String) {
        self.signatures.lock().unwrap_or_else(PoisonError::into_inner).push(signature);
    }

    pub(super) fn remembered(&self) -> Vec<String> {
        self.signatures.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whoever comes first seals for all.
    pub(super) fn first(&self, parcel: &Parcel, sealed: impl FnOnce() -> (i64, Sealed)) -> (i64, Sealed) {
        let mut all = self.sealed.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get_mut(parcel.hardship.bytes_of.as_ref().unwrap_or(&parcel.id)) {
            Some(known) => known.get_or_insert_with(sealed).clone(),
            None => sealed(),
        }
    }
}

/// One callback on its way.
pub(super) struct Errand<'a> {
    pub(super) lane: &'a Lane,
    pub(super) parcel: &'a Parcel,
    pub(super) company: &'a Company,
}

impl Errand<'_> {
    /// As its lane signs, or with a key of its own.
    pub(super) fn signing(&self, attempt: u32) -> Option<Signing> {
        let signing = self.lane.signing.clone()?;
        let hardship = &self.parcel.hardship;
        Some(match &hardship.key {
            Some(key) if hardship.attempts == 0 || attempt <= hardship.attempts => {
                Signing { key: key.clone(), ..signing }
            }
            _ => signing,
        })
    }

    /// The provider's policy, or as many tries as a hardship gives it.
    pub(super) fn policy(&self) -> Policy {
        let policy = self.lane.policy;
        match self.parcel.hardship.tries {
            Some(tries) => Policy { retries: tries.saturating_sub(1), queue: None, ..policy },
            None => policy,
        }
    }
}
