//! The first callbacks of a load: where all of them are refused alike, the rest would be, too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};

/// How the first callbacks ended, seen by all threads.
#[derive(Clone, Debug)]
pub struct FirstCallbacks(Arc<State>);

#[derive(Debug)]
struct State {
    /// So many refusals alike are enough; 0 = none are.
    limit: u64,
    refused: AtomicU64,
    status: AtomicU16,
    /// One was accepted, or they differ: nothing more is looked at.
    settled: AtomicBool,
}

/// What a callback shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    /// Nothing yet.
    Nothing,
    /// The receiver does not refuse everything alike.
    Settled,
    /// It does.
    Enough,
}

impl FirstCallbacks {
    /// So many refusals alike are enough; 0 = none are.
    pub fn new(limit: u64) -> Self {
        let (refused, status) = (AtomicU64::new(0), AtomicU16::new(0));
        Self(Arc::new(State { limit, refused, status, settled: AtomicBool::new(limit == 0) }))
    }

    /// Takes in a callback that was accepted, or refused with this status.
    pub(super) fn see(&self, status: u16, accepted: bool) -> Shows {
        let State { limit, refused, status: first, settled } = &*self.0;
        let known =
            first.compare_exchange(0, status, Ordering::Relaxed, Ordering::Relaxed).unwrap_or_else(|it| it);
        if accepted || (known != 0 && known != status) {
            settled.store(true, Ordering::Relaxed);
        }
        if settled.load(Ordering::Relaxed) {
            return Shows::Settled;
        }
        let seen = refused.fetch_add(1, Ordering::Relaxed) + 1;
        if seen >= *limit { Shows::Enough } else { Shows::Nothing }
    }

    /// Why the load was stopped, if these callbacks stopped it.
    pub fn stopped(&self) -> Option<String> {
        let State { limit, refused, status, settled } = &*self.0;
        let enough = !settled.load(Ordering::Relaxed) && refused.load(Ordering::Relaxed) >= *limit;
        let status = status.load(Ordering::Relaxed);
        enough.then(|| {
            format!(
                "the first {limit} callbacks were all refused with status {status}; --max-failures 0 goes on"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_refusals_alike_are_enough() {
        let first = FirstCallbacks::new(3);
        assert_eq!(
            [401, 401, 401].map(|status| first.see(status, false)),
            [Shows::Nothing, Shows::Nothing, Shows::Enough]
        );
        assert!(first.stopped().unwrap().contains("the first 3 callbacks were all refused with status 401"));
    }

    #[test]
    fn one_accepted_or_another_status_settles_it() {
        for (status, accepted) in [(200, true), (500, false), (401, true)] {
            let first = FirstCallbacks::new(3);
            first.see(401, false);
            assert_eq!(first.see(status, accepted), Shows::Settled);
            assert_eq!([401; 5].map(|status| first.see(status, false)), [Shows::Settled; 5]);
            assert_eq!(first.stopped(), None);
        }
        assert_eq!(FirstCallbacks::new(0).see(500, false), Shows::Settled);
        assert_eq!(FirstCallbacks::new(0).stopped(), None);
    }
}
