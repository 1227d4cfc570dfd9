//! Watchers of a run whose receiver was started for it: they hear of a callback when its process can no longer be said to have
//! ended during it. So the text of a run that goes on says of each callback what the reports say.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use crate::number;
use crate::play::Observer;
use crate::record::{Line, RunRecord};

/// Time after which the end of a process would be known.
const KNOWN: Duration = Duration::from_millis(500);

/// Holds ends of callbacks and scenarios back from a watcher until a later callback is answered, or a while has passed.
pub(super) struct Held {
    watcher: Box<dyn Observer>,
    /// Held lines, each with the number of the attempt that it is about, and the time.
    lines: VecDeque<(u64, Instant, Line)>,
    /// Number of the last attempt of each callback.
    begun: BTreeMap<(usize, String), u64>,
    attempts: u64,
    /// The latest attempt with an answer.
    answered: u64,
}

impl Held {
    pub(super) fn new(watcher: Box<dyn Observer>) -> Self {
        Self { watcher, lines: VecDeque::new(), begun: BTreeMap::new(), attempts: 0, answered: 0 }
    }

    fn release(&mut self, run: &RunRecord, known: impl Fn(u64, Instant) -> bool) {
        while self.lines.front().is_some_and(|(attempt, at, _)| known(*attempt, *at))
            && let Some((_, _, line)) = self.lines.pop_front()
        {
            self.watcher.update(run, &line);
        }
    }
}

impl Observer for Held {
    fn update(&mut self, run: &RunRecord, line: &Line) {
        match line {
            Line::Intent { scenario, id, .. } => {
                self.attempts += 1;
                self.begun.insert((*scenario, id.clone()), self.attempts);
            }
            Line::Result { scenario, id, exchange, .. } if exchange.answer.is_some() => {
                let attempt = number::counted(&self.begun, &(*scenario, id.clone()));
                self.answered = self.answered.max(attempt);
                let answered = self.answered;
                self.release(run, |attempt, _| attempt < answered);
            }
            Line::Outcome { scenario, id, .. } => {
                let attempt = number::counted(&self.begun, &(*scenario, id.clone()));
                self.lines.push_back((attempt, Instant::now(), line.clone()));
                return;
            }
            Line::Over { .. } => {
                let attempt = self.lines.back().map_or(0, |(attempt, ..)| *attempt);
                self.lines.push_back((attempt, Instant::now(), line.clone()));
                return;
            }
            // What was to be told of its earlier play is void.
            Line::Again { scenario } => self.lines.retain(|(_, _, held)| !held.ends(*scenario)),
            _ => {}
        }
        self.watcher.update(run, line);
    }

    fn idle(&mut self, run: &RunRecord) {
        let now = Instant::now();
        self.release(run, |_, at| now.saturating_duration_since(at) >= KNOWN);
        self.watcher.idle(run);
    }

    fn finish(&mut self, run: &RunRecord) {
        self.release(run, |_, _| true);
        self.watcher.finish(run);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::record::{Answer, Exchange, Outcome};

    /// Names of the callbacks that it heard of.
    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<String>>>);

    impl Observer for Heard {
        fn update(&mut self, _: &RunRecord, line: &Line) {
            if let Line::Outcome { id, .. } = line {
                self.0.lock().unwrap().push(id.clone());
            }
        }

        fn finish(&mut self, _: &RunRecord) {}
    }

    fn intent(id: &str) -> Line {
        Line::Intent { scenario: 0, id: id.into(), n: 1, sent_at: String::new(), signed_for: None }
    }

    fn result(id: &str, answered: bool) -> Line {
        let answer = answered.then(Answer::default);
        let exchange = Exchange { latency_ms: 1.0, answer, error: None, ..Exchange::default() };
        Line::Result { scenario: 0, id: id.into(), n: 1, exchange }
    }

    fn outcome(id: &str) -> Line {
        Line::Outcome { scenario: 0, id: id.into(), outcome: Outcome::Accepted }
    }

    #[tokio::test(start_paused = true)]
    async fn a_callback_is_told_when_a_later_one_was_answered_or_a_while_has_passed() {
        let (heard, run) = (Heard::default(), RunRecord::default());
        let mut held = Held::new(Box::new(heard.clone()));
        let told = || heard.0.lock().unwrap().join(" ");
        for line in
            [intent("a"), result("a", true), outcome("a"), intent("b"), result("b", false), outcome("b")]
        {
            held.update(&run, &line);
        }
        held.idle(&run);
        assert_eq!(told(), "", "the process may have ended during a or b");
        for line in [intent("c"), result("c", true), outcome("c")] {
            held.update(&run, &line);
        }
        assert_eq!(told(), "a b", "it was there when c was sent");
        tokio::time::advance(KNOWN).await;
        held.idle(&run);
        assert_eq!(told(), "a b c");
        held.update(&run, &intent("d"));
        held.update(&run, &outcome("d"));
        held.finish(&run);
        assert_eq!(told(), "a b c d");
    }
}
