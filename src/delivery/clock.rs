//! The sending clock: the only place where the wall clock is read.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// Tells the time that callbacks are signed with.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock of one's own.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The machine's clock. Read afresh each time: it is the one the receiver compares with, also when it is set in mid-run.
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place")]
        Self::new(Timestamp::now)
    }

    /// A clock that stands still.
    pub fn frozen(at: Timestamp) -> Self {
        Self::new(move || at)
    }

    /// Current time of this clock.
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
