//! The first callbacks of a load: where all of them fail alike, the rest would, too.

use std::sync::{Arc, Mutex, PoisonError};

use crate::record::TroubleKind;

/// Results of the first callbacks, shared by all threads.
#[derive(Clone, Debug)]
pub struct FirstCallbacks(Arc<Mutex<FirstFailures>>);

#[derive(Debug)]
struct FirstFailures {
    /// Number of equal failures that stops the load; 0 = never.
    limit: u64,
    failed: u64,
    way: Option<FailureKind>,
    /// One was as expected, or they differ: nothing more is looked at.
    settled: bool,
}

/// Kind of failure of a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// The answer had this status and did not acknowledge.
    Refused(u16),
    /// The answer had this status and acknowledged, and was not as the scenario expects.
    Unexpected(u16),
    /// There was no whole answer.
    Trouble(TroubleKind),
}

/// Result of a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    /// Nothing yet.
    Nothing,
    /// Not all callbacks fail alike.
    Settled,
    /// They do.
    Enough,
}

impl FirstCallbacks {
    /// Creates the shared state; `limit` equal failures stop the load, 0 = never.
    pub fn new(limit: u64) -> Self {
        Self(Arc::new(Mutex::new(FirstFailures { limit, failed: 0, way: None, settled: limit == 0 })))
    }

    /// Takes in a callback that was as expected, or failed in this way.
    pub(super) fn see(&self, failure: Option<FailureKind>) -> Shows {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.limit > 0 && state.failed >= state.limit {
            return Shows::Enough;
        }
        let known = *state.way.get_or_insert(failure.unwrap_or(FailureKind::Refused(0)));
        state.settled |= failure != Some(known);
        if state.settled {
            return Shows::Settled;
        }
        state.failed += 1;
        if state.failed >= state.limit { Shows::Enough } else { Shows::Nothing }
    }

    /// Reason for stopping the load, if these callbacks stopped it.
    pub fn stopped(&self) -> Option<String> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let way = state.way.filter(|_| state.limit > 0 && state.failed >= state.limit)?;
        let (callbacks, were, all) = match state.limit {
            1 => ("callback".to_owned(), "was", "failed"),
            several => (format!("{several} callbacks"), "were all", "all failed alike"),
        };
        let failed = match way {
            FailureKind::Refused(status) => format!("{were} refused with status {status}"),
            FailureKind::Unexpected(status) => {
                format!("{were} answered {status}, but not as the scenario expects")
            }
            FailureKind::Trouble(kind) => format!("{all} ({})", kind.words()),
        };
        Some(format!("the first {callbacks} {failed}; --max-failures 0 goes on"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: Option<FailureKind> = Some(FailureKind::Refused(401));

    #[test]
    fn so_many_failures_alike_are_enough() {
        let ways = [
            (FailureKind::Refused(401), "the first 3 callbacks were all refused with status 401"),
            (FailureKind::Unexpected(200), "the first 3 callbacks were all answered 200, but not as"),
            (FailureKind::Trouble(TroubleKind::Closed), "the first 3 callbacks all failed alike (closed)"),
        ];
        for (way, said) in ways {
            let first = FirstCallbacks::new(3);
            let shown = [(); 3].map(|()| first.see(Some(way)));
            assert_eq!(shown, [Shows::Nothing, Shows::Nothing, Shows::Enough]);
            first.see(None); // Was under way when it was stopped.
            assert!(first.stopped().unwrap().starts_with(said), "{:?}", first.stopped());
        }
    }

    #[test]
    fn one_failure_that_is_enough_is_one_callback() {
        let first = FirstCallbacks::new(1);
        assert_eq!(first.see(REFUSED), Shows::Enough);
        let said = "the first callback was refused with status 401; --max-failures 0 goes on";
        assert_eq!(first.stopped().unwrap(), said);
    }

    #[test]
    fn one_as_expected_or_one_that_fails_otherwise_settles_it() {
        for other in [None, Some(FailureKind::Refused(500)), Some(FailureKind::Unexpected(401))] {
            let first = FirstCallbacks::new(3);
            first.see(REFUSED);
            assert_eq!(first.see(other), Shows::Settled);
            assert_eq!([REFUSED; 5].map(|failure| first.see(failure)), [Shows::Settled; 5]);
            assert_eq!(first.stopped(), None);
        }
        let first = FirstCallbacks::new(3);
        assert_eq!([None, REFUSED].map(|seen| first.see(seen)), [Shows::Settled; 2]);
        assert_eq!(FirstCallbacks::new(0).see(REFUSED), Shows::Settled);
        assert_eq!(FirstCallbacks::new(0).stopped(), None);
    }
}
