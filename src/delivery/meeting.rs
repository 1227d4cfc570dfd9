//! A moment for which several requests wait, so that they end in the same instant.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// Time for which one waits for the others. A receiver with a short queue takes no more connections before it has served those that
/// wait.
const PATIENCE: Duration = Duration::from_secs(2);

/// A moment for which several requests wait. It comes when all are there, or when the first has waited for too long; who comes later
/// does not wait.
#[derive(Debug)]
pub struct Meeting {
    /// Requests that are still to come.
    missing: AtomicUsize,
    begun: watch::Sender<bool>,
}

impl Meeting {
    /// A meeting of so many requests.
    pub fn of(size: usize) -> Self {
        Self { missing: AtomicUsize::new(size), begun: watch::Sender::new(false) }
    }

    /// Ends when the moment has come.
    pub async fn wait(&self) {
        let before =
            self.missing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |missing| missing.checked_sub(1));
        if !matches!(before, Ok(1)) {
            let mut begun = self.begun.subscribe();
            let _ = timeout(PATIENCE, begun.wait_for(|begun| *begun)).await;
        }
        self.begun.send_replace(true);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn all_leave_when_the_last_comes_and_nobody_waits_for_who_is_late() {
        let begun = Instant::now();
        let meeting = Arc::new(Meeting::of(2));
        let other = tokio::spawn({
            let meeting = meeting.clone();
            async move { meeting.wait().await }
        });
        tokio::task::yield_now().await;
        meeting.wait().await;
        other.await.unwrap();
        assert_eq!(begun.elapsed(), Duration::ZERO, "both are there");
        let late = Meeting::of(3);
        late.wait().await;
        assert_eq!(begun.elapsed(), PATIENCE, "two do not come");
        late.wait().await;
        assert_eq!(begun.elapsed(), PATIENCE, "the moment is over");
    }
}
