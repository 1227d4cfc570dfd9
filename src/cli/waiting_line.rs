//! A line on standard error while an answer is waited for, where nothing else shows that the run goes on.

use std::io::IsTerminal;
use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use super::complain;
use crate::play::RunJournal;
use crate::report::inert;

/// An answer that is waited for so long is worth a line. Each further line of a run comes after twice the time, whichever answer it is
/// about: a receiver that is slow with every callback is told of a few times, and not each time.
const PATIENCE: Duration = Duration::from_secs(5);

/// Says which answer is waited for.
pub(super) struct WaitNotice {
    ticks: Interval,
    /// Time of the last line, and number of lines.
    told: Option<(Instant, u32)>,
    speaks: bool,
}

impl WaitNotice {
    /// On a terminal the line of progress shows that time passes.
    pub(super) fn new(speaks: bool) -> Self {
        let mut ticks = interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { ticks, told: None, speaks: speaks && !std::io::stderr().is_terminal() }
    }

    /// Waits for a second, and says what there is to say then.
    pub(super) async fn tick(&mut self, journal: &RunJournal) {
        let now = self.ticks.tick().await;
        let Some((since, id)) = journal.waits().filter(|_| self.speaks) else { return };
        if let Some(seconds) = self.due(now, since) {
            let id = inert(&id);
            complain(&format!(
                "waiting for the answer to {id} for {seconds}s; --timeout 2s waits no longer than 2s\n"
            ));
        }
    }

    /// Seconds of waiting for an answer, if a report is due now.
    fn due(&mut self, now: Instant, since: Instant) -> Option<u64> {
        let waited = now.saturating_duration_since(since);
        let pause = |times: u32| PATIENCE.saturating_mul(1 << times.min(16));
        let early = |(at, times): (Instant, u32)| now.saturating_duration_since(at) < pause(times);
        if waited < PATIENCE || self.told.is_some_and(early) {
            return None;
        }
        self.told = Some((now, self.told.map_or(0, |(_, times)| times) + 1));
        Some(waited.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_are_told_after_five_seconds_and_then_ever_more_rarely() {
        let mut waiting = WaitNotice::new(true);
        let begin = Instant::now();
        let mut told = |since: u64, now: u64| {
            waiting.due(begin + Duration::from_secs(now), begin + Duration::from_secs(since))
        };
        let seconds: Vec<u64> = (0..=41).filter_map(|now| told(0, now)).collect();
        assert_eq!(seconds, [5, 15, 35]);
        // Each of the next answers takes seven seconds.
        let lines = (42..300).filter(|now| told(now / 7 * 7, *now).is_some()).count();
        assert_eq!(lines, 2, "a slow receiver is no news after a while");
    }
}
