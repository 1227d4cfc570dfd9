//! Figures of a thread, handed over once a second.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::events::EventCounts;
use super::under_way::CallbackUnderWay;
use super::{SecondReport, Time, Worker, nanoseconds};
use crate::load::learned::LearnedScenario;
use crate::load::os;
use crate::record::load::{Tally, count};
use crate::record::{Outcome, TroubleKind};

/// Figures of a thread in the second that it is in, and what they are reckoned from.
pub(super) struct Figures {
    pub(super) tally: Box<Tally>,
    pub(super) events: EventCounts,
    /// Unexpected answers that were kept, by status.
    pub(super) kept: BTreeMap<u16, usize>,
    /// Kinds of notes of which an answer was kept.
    pub(super) noted: BTreeSet<String>,
    /// The first answers have been looked at.
    pub(super) settled: bool,
    /// Taken callbacks that a tally has reported as planned.
    told: u64,
    /// Time at which a connection became free after all were taken.
    pub(super) freed: Time,
    /// Lateness of the callback that ended last.
    pub(super) last_late: Time,
    /// Events of callbacks that were counted as sent, and were not; not yet taken off.
    not_sent: Vec<u32>,
    /// The shortest time that a connection took to come about.
    pub(super) opens_in: Time,
    /// Part of the schedule that was reported.
    spanned: Time,
    second: u64,
    /// End of the second.
    pub(super) next_tick: Time,
    /// Time in which the thread slept, since `ticked`.
    pub(super) asleep: u64,
    /// Processor time of the thread at `ticked`.
    pub(super) cpu: u64,
    /// Time up to which the thread's own time is accounted for.
    pub(super) ticked: Time,
}

impl Figures {
    /// Nothing yet, for the events of these scenarios.
    pub(super) fn of(scenarios: &[LearnedScenario]) -> Self {
        Self {
            tally: Box::default(),
            events: EventCounts::new(scenarios),
            kept: BTreeMap::new(),
            noted: BTreeSet::new(),
            settled: false,
            told: 0,
            freed: 0,
            last_late: 0,
            not_sent: Vec::new(),
            opens_in: Time::MAX,
            spanned: 0,
            second: 0,
            next_tick: 1_000_000_000,
            asleep: 0,
            cpu: 0,
            ticked: 0,
        }
    }
}

impl Figures {
    /// Takes callbacks that were not sent off those of this second. One that was counted in an earlier second is taken off one of a
    /// later second.
    fn take_off(&mut self) {
        let Self { tally, events, not_sent, .. } = self;
        not_sent.retain(|event| {
            let counted = events.at(*event).filter(|seen| seen.sent > 0 && tally.sent > 0);
            let Some(seen) = counted else { return true };
            (seen.sent, tally.sent) = (seen.sent - 1, tally.sent - 1);
            tally.overdue = tally.overdue.min(tally.sent);
            false
        });
    }
}

impl Worker {
    /// A callback that was counted as sent was not: nobody looked at it.
    pub(super) fn take_back(&mut self, exchange: &mut CallbackUnderWay) {
        if exchange.attempts == 0 && std::mem::take(&mut exchange.counted) {
            self.figures.not_sent.push(exchange.event);
            self.figures.take_off();
        }
    }

    /// A second is over: gives away what was seen in it.
    pub(super) fn tick(&mut self, last: bool) {
        self.figures.take_off();
        self.account(if last { self.now } else { self.now.min(self.figures.next_tick) });
        // A new one, where none has come back yet.
        let mut recycled = self.task.recycled.try_recv().unwrap_or_default();
        let spare = Tally { events: std::mem::take(&mut recycled.events), ..Tally::default() };
        recycled.clear();
        let mut tally = std::mem::replace(&mut self.figures.tally, recycled);
        self.figures.events.give(&mut tally, spare);
        // Nobody listens when the program ends early.
        let _ = self.task.report.send(SecondReport {
            worker: self.index,
            second: self.figures.second,
            tally,
            last,
        });
        self.figures.tally.in_flight = self.in_flight;
        self.figures.second = self.now / 1_000_000_000;
        self.figures.next_tick = (self.figures.second + 1) * 1_000_000_000;
    }

    /// Completes the figures of the second, which ends then.
    fn account(&mut self, end: Time) {
        let planned = self.planned(end);
        self.figures.tally.planned += planned - self.figures.told;
        self.figures.told = planned;
        let until = self.now.min(self.ends.stop()).min(self.ends.span);
        if self.task.pacer.is_some() || !self.all_taken() {
            self.span_until(until);
        }
        let waiting = planned - self.taken + self.task.broadcasts.queued() + self.waiting.next.len() as u64;
        self.figures.tally.queued = self.figures.tally.queued.max(waiting);
        let cpu = cpu();
        let elapsed = self.now - self.figures.ticked;
        self.figures.tally.elapsed_ns += elapsed;
        self.figures.tally.busy_ns += elapsed.saturating_sub(self.figures.asleep);
        self.figures.tally.cpu_ns += cpu - self.figures.cpu;
        (self.figures.cpu, self.figures.ticked, self.figures.asleep) = (cpu, self.now, 0);
    }

    /// Callbacks became due until then.
    pub(super) fn span_until(&mut self, until: Time) {
        self.figures.tally.span_ns += until.saturating_sub(self.figures.spanned);
        self.figures.spanned = self.figures.spanned.max(until);
    }

    /// Number of callbacks due before then, sent or not.
    fn planned(&self, then: Time) -> u64 {
        let Some(pacer) = &self.task.pacer else { return self.taken };
        let until = then.min(self.ends.stop());
        let due = match self.due() {
            Some(due) if due < until => pacer.due_before(Duration::from_nanos(until).min(self.task.duration)),
            _ => self.taken,
        };
        // What was taken was due, whatever the arithmetic says of the last one.
        self.task.count.map_or(due, |count| due.min(count)).max(self.taken).max(self.figures.told)
    }

    /// The end: what has no outcome yet gets one.
    pub(super) fn close(&mut self) {
        let planned = self.planned(self.now);
        let still = self.pool.all.iter().filter(|line| line.exchange.is_some() && self.is_crowded(line));
        self.figures.tally.untaken += still.count() as u64;
        let mut unfinished: Vec<CallbackUnderWay> =
            self.pool.all.iter().filter_map(|line| line.exchange).collect();
        unfinished.extend(self.slow.give_up());
        for exchange in &mut unfinished {
            if exchange.begun.is_some() {
                // At least this long; leaving it out would make a receiver that hangs look quick.
                self.measure_in_vain(exchange);
                count(&mut self.figures.tally.troubles, TroubleKind::CutOff);
            }
        }
        unfinished.extend(self.waiting.retries.drain().map(|retry| retry.exchange));
        for exchange in &unfinished {
            let outcome = exchange.unfinished();
            // It was refused, and the end came before the next attempt.
            let refused = outcome == Outcome::GaveUp && self.slow.of(exchange.call.slot).is_none();
            self.figures.tally.unexpected += u64::from(refused);
            self.figures.tally.end(outcome);
        }
        let not_sent = planned - self.taken + self.task.broadcasts.queued() + self.waiting.next.len() as u64;
        if self.ends.stopped.is_none() && self.ends.unhindered && self.has_line() {
            // Nothing but the thread itself was in their way.
            self.figures.tally.missed += planned - self.taken + self.waiting.next.len() as u64;
        }
        if self.task.pacer.is_some() && self.ends.stopped.is_none() {
            // Nothing more becomes due until its end, but that is part of it.
            self.span_until(self.ends.span);
        }
        if not_sent > 0 {
            *self.figures.tally.outcomes.entry(Outcome::NotSent).or_default() += not_sent;
        }
        self.tick(true);
    }
}

/// Processor time of this thread, in nanoseconds.
pub(super) fn cpu() -> u64 {
    nanoseconds(os::cpu())
}
