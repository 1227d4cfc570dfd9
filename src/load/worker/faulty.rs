//! Callbacks of a broadcast that a fault was drawn for: sent the ordinary way, and judged by their class.

use std::collections::HashMap;
use std::io;

use super::Worker;
use super::under_way::CallbackUnderWay;
use crate::delivery::Request;
use crate::delivery::retry::wait;
use crate::load::faulty::{FaultDraw, FaultyBroadcast, FaultySender};
use crate::load::learned::AnswerJudged;
use crate::load::os::System;
use crate::record::load::count;
use crate::record::{self, Outcome, TroubleKind};

/// The ordinary way, for the broadcasts that a fault was drawn for.
pub(super) struct SlowPath {
    /// Sender of callbacks with faults; none in a scenario without faults.
    side: Option<FaultySender>,
    /// The broadcasts on the air, by their place there.
    faulty: HashMap<u32, FaultyBroadcast>,
    /// Their callbacks that are under way, by ticket, and the line whose place each has.
    under_way: HashMap<u64, (CallbackUnderWay, u32)>,
    ticket: u64,
}

impl SlowPath {
    /// Opens it where there are faults to draw; the system's waker rings when something came back.
    ///
    /// # Errors
    /// No thread can be started, or the certificates cannot be read.
    pub(super) fn open(fault_draw: Option<&FaultDraw>, system: &mut System) -> io::Result<Self> {
        let side =
            fault_draw.map(|fault_draw| FaultySender::open(fault_draw, system.waker()?)).transpose()?;
        Ok(Self { side, faulty: HashMap::new(), under_way: HashMap::new(), ticket: 0 })
    }

    pub(super) fn is_open(&self) -> bool {
        self.side.is_some()
    }

    /// The broadcast at this place starts again, with the fault that was drawn for it, if any.
    pub(super) fn begins(&mut self, slot: u32, drawn: Option<FaultyBroadcast>) {
        match drawn {
            Some(faulty) => drop(self.faulty.insert(slot, faulty)),
            None => drop(self.faulty.remove(&slot)),
        }
    }

    /// The broadcast at this place, if a fault was drawn for it.
    pub(super) fn of(&self, slot: u32) -> Option<&FaultyBroadcast> {
        self.side.as_ref().and_then(|_| self.faulty.get(&slot))
    }

    /// Takes back what is still under way.
    pub(super) fn give_up(&mut self) -> impl Iterator<Item = CallbackUnderWay> {
        self.under_way.drain().map(|(_, (exchange, _))| exchange)
    }

    /// Sends a request of an exchange, in the place of this line.
    fn send(&mut self, request: Request, exchange: CallbackUnderWay, line: u32) {
        self.ticket += 1;
        if let Some(side) = &self.side {
            side.send(self.ticket, request);
            self.under_way.insert(self.ticket, (exchange, line));
        }
    }

    /// Finished exchanges, each with its callback and line number.
    fn done(&mut self) -> Vec<(CallbackUnderWay, u32, record::Exchange)> {
        let done = self.side.as_ref().map_or_else(Vec::new, FaultySender::collect);
        let known = |(ticket, seen)| {
            let (exchange, line) = self.under_way.remove(&ticket)?;
            Some((exchange, line, seen))
        };
        done.into_iter().filter_map(known).collect()
    }
}

impl Worker {
    /// Hands an attempt over.
    pub(super) fn step_aside(&mut self, mut exchange: CallbackUnderWay) {
        let wall = self.task.wall.now().as_second();
        let (slot, index) = (exchange.call.slot, exchange.call.callback);
        exchange.attempts += 1;
        let request = match (self.slow.faulty.get_mut(&slot), &self.task.fault_draw) {
            (Some(faulty), Some(fault_draw)) => {
                faulty.request(index, exchange.attempts, wall, fault_draw.headers())
            }
            _ => None,
        };
        let (Some(request), true) = (request, self.slow.is_open()) else {
            self.in_flight -= 1;
            return self.ended(&exchange, Outcome::NotSent);
        };
        let now = self.clock();
        exchange.begun = Some(now);
        if exchange.attempts > 1 {
            self.figures.tally.retries += 1;
        } else {
            self.figures.tally.sent += 1;
            exchange.late = exchange.late.max(now.saturating_sub(exchange.ready));
            let late = self.task.pacer.is_some().then_some(exchange.late);
            if let Some(event) = self.figures.events.at(exchange.event) {
                event.sent += 1;
                late.iter().for_each(|late| event.lateness.record(*late));
            }
            self.figures.tally.hurt +=
                u64::from(self.slow.of(slot).is_some_and(|faulty| faulty.is_faulty(index)));
            let overdue = self.ends.is_overdue(now, exchange.late);
            self.figures.tally.overdue += u64::from(late.is_some() && overdue);
        }
        // It has a connection of its own, in the place of one of the lines.
        if self.pool.closed.is_empty()
            && let Some(id) = self.pool.idle.last().copied()
        {
            self.hang_up(id);
        }
        // No line has this number: it takes the place of none.
        let line = self.pool.closed.pop().unwrap_or(u32::MAX);
        self.slow.send(request, exchange, line);
    }

    /// Takes in what came back.
    pub(super) fn collect(&mut self) {
        self.system.hush();
        let done = self.slow.done();
        self.now = self.clock();
        for (exchange, line, seen) in done {
            self.in_flight -= 1;
            if self.pool.get(line).is_some() {
                self.free();
                self.pool.closed.push(line);
            }
            self.treated(exchange, &seen);
        }
    }

    /// Keeps an answer that was not expected, and notes.
    fn keep_faulty(&mut self, exchange: &CallbackUnderWay, seen: &record::Exchange, judged: &AnswerJudged) {
        let Some(answer) = &seen.answer else { return };
        let unexpected = judged.failed.clone().filter(|_| self.wants(answer.status));
        if unexpected.is_none() && judged.notes.is_empty() {
            return;
        }
        if let Some(faulty) = self.slow.of(exchange.call.slot) {
            faulty.give_away(exchange.call.callback, &self.task.secrets);
        }
        let event = self.figures.events.name(exchange.event).to_owned();
        if let Some(why) = unexpected {
            self.keep_masked(event.clone(), answer.clone(), why);
        }
        self.note_masked(event, answer, &judged.notes);
    }

    fn treated(&mut self, mut exchange: CallbackUnderWay, seen: &record::Exchange) {
        let (slot, index) = (exchange.call.slot, exchange.call.callback);
        let Some(faulty) = self.slow.of(slot) else { return };
        let treated = faulty.judge(index, seen);
        let (excused, tries) = (faulty.may_be_hung_up_on(index), faulty.tries(index));
        let took = self.now.saturating_sub(exchange.begun.unwrap_or(self.now));
        let trouble = seen.error.as_ref().map(|error| error.kind);
        self.figures.tally.opened +=
            u64::from(seen.answer.is_some() || trouble.is_some_and(TroubleKind::reached));
        self.keep_faulty(&exchange, seen, &treated);
        if let Some(answer) = seen.answer.as_ref().filter(|_| trouble.is_none() || treated.acknowledged) {
            count(&mut self.figures.tally.statuses, answer.status);
            self.figures.tally.service.record(took);
        }
        if let Some(kind) = trouble {
            count(&mut self.figures.tally.troubles, kind);
        }
        match trouble {
            _ if seen.answer.is_some() => self.measure(&mut exchange, self.now, true),
            Some(TroubleKind::Timeout) => self.measure_in_vain(&mut exchange),
            _ => {}
        }
        if seen.answer.is_none() && !excused {
            let reached = trouble.is_some_and(TroubleKind::reached);
            *(if reached { &mut exchange.doubts } else { &mut exchange.unreached }) += 1;
        }
        let policy = self.task.scenarios.get(exchange.call.part as usize).map(|learned| learned.policy);
        let again = match tries {
            Some(tries) => exchange.attempts < tries,
            None => self.task.retries,
        };
        let after = policy.filter(|_| again).and_then(|policy| wait(&policy, exchange.attempts));
        match after {
            Some(after) if !treated.acknowledged => self.put_off(exchange, after),
            _ => {
                self.figures.tally.unexpected += u64::from(treated.failed.is_some());
                let outcome = match () {
                    () if treated.acknowledged => Outcome::Accepted,
                    // Here an attempt counts before it is known whether there is a connection for it.
                    () if exchange.unreached > 0 && exchange.unreached >= exchange.attempts => {
                        Outcome::Unreachable
                    }
                    // No answer is none, though it may be right to give none.
                    () if excused && seen.answer.is_none() => Outcome::GaveUp,
                    () => exchange.without_yes(),
                };
                // It has no outcome of its own, after a rejection.
                self.figures.tally.unexpected +=
                    u64::from(outcome == Outcome::GaveUp && seen.answer.is_none() && !excused);
                self.ended(&exchange, outcome);
            }
        }
    }
}
