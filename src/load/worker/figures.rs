//! Figures of a thread, handed over once a second.

use std::time::Duration;

use super::exchange::CallbackUnderWay;
use super::{SecondReport, Time, Worker, nanoseconds};
use crate::load::os;
use crate::record::Outcome;
use crate::record::load::Tally;

impl Worker {
    /// A second is over: gives away what was seen in it.
    pub(super) fn tick(&mut self, last: bool) {
        self.account(if last { self.now } else { self.now.min(self.next_tick) });
        let mut recycled = self.task.recycled.try_recv().unwrap_or_default();
        let spare = Tally { events: std::mem::take(&mut recycled.events), ..Tally::default() };
        recycled.clear();
        let mut tally = std::mem::replace(&mut self.tally, recycled);
        self.events.give(&mut tally, spare);
        // Nobody listens when the program ends early.
        let _ = self.task.report.send(SecondReport { worker: self.index, second: self.second, tally, last });
        self.tally.in_flight = self.in_flight;
        self.second = self.now / 1_000_000_000;
        self.next_tick = (self.second + 1) * 1_000_000_000;
    }

    /// Completes the figures of the second, which ends then.
    fn account(&mut self, end: Time) {
        let planned = self.planned(end);
        self.tally.planned += planned - self.told;
        self.told = planned;
        let until = self.now.min(self.stopped.unwrap_or(Time::MAX)).min(self.span);
        if self.task.pacer.is_some() || !self.all_taken() {
            self.span_until(until);
        }
        let waiting = planned - self.taken + self.task.broadcasts.queued() + self.next.len() as u64;
        self.tally.queued = self.tally.queued.max(waiting);
        let cpu = cpu();
        let elapsed = self.now - self.ticked;
        self.tally.elapsed_ns += elapsed;
        self.tally.busy_ns += elapsed.saturating_sub(self.asleep);
        self.tally.cpu_ns += cpu - self.cpu;
        (self.cpu, self.ticked, self.asleep) = (cpu, self.now, 0);
    }

    /// Callbacks became due until then.
    pub(super) fn span_until(&mut self, until: Time) {
        self.tally.span_ns += until.saturating_sub(self.spanned);
        self.spanned = self.spanned.max(until);
    }

    /// Number of callbacks due before then, sent or not.
    fn planned(&self, then: Time) -> u64 {
        let Some(pacer) = &self.task.pacer else { return self.taken };
        let until = then.min(self.stopped.unwrap_or(Time::MAX));
        let due = match self.due() {
            Some(due) if due < until => pacer.due_before(Duration::from_nanos(until).min(self.task.duration)),
            _ => self.taken,
        };
        // What was taken was due, whatever the arithmetic says of the last one.
        due.min(self.task.count.unwrap_or(u64::MAX)).max(self.taken).max(self.told)
    }

    /// The end: what has no outcome yet gets one.
    pub(super) fn close(&mut self) {
        let planned = self.planned(self.now);
        let mut unfinished: Vec<CallbackUnderWay> =
            self.lines.iter().filter_map(|line| line.exchange).collect();
        unfinished.extend(self.slow.give_up());
        for exchange in &mut unfinished {
            if exchange.begun.is_some() {
                // At least this long; leaving it out would make a receiver that hangs look quick.
                self.measure(exchange, self.now, false);
            }
        }
        unfinished.extend(self.retries.drain().map(|retry| retry.exchange));
        for exchange in &unfinished {
            let outcome = exchange.unfinished();
            // It was refused, and the end came before the next attempt.
            let refused = outcome == Outcome::GaveUp && self.slow.of(exchange.call.slot).is_none();
            self.tally.unexpected += u64::from(refused);
            self.tally.end(outcome);
        }
        let not_sent = planned - self.taken + self.task.broadcasts.queued() + self.next.len() as u64;
        if self.task.pacer.is_some() && self.stopped.is_none() {
            // Nothing more becomes due until its end, but that is part of it.
            self.span_until(self.span);
        }
        if not_sent > 0 {
            *self.tally.outcomes.entry(Outcome::NotSent).or_default() += not_sent;
        }
        self.tick(true);
    }
}

/// Processor time of this thread, in nanoseconds.
pub(super) fn cpu() -> u64 {
    nanoseconds(os::cpu())
}
