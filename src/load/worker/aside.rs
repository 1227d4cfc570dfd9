//! Callbacks of a broadcast that a fault was drawn for: sent the ordinary way, and judged by their class.

use super::Worker;
use super::exchange::Exchange;
use crate::delivery::retry::wait;
use crate::record::{self, Outcome, TroubleKind};

impl Worker {
    /// Hands an attempt over.
    pub(super) fn step_aside(&mut self, mut exchange: Exchange) {
        let wall = self.task.wall.now().as_second();
        let (slot, index) = (exchange.call.slot, exchange.call.callback);
        exchange.attempts += 1;
        let request = match (self.hurt.get_mut(&slot), &self.task.hazard) {
            (Some(hurt), Some(hazard)) => hurt.request(index, (exchange.attempts, wall), hazard.headers()),
            _ => None,
        };
        let (Some(request), Some(side)) = (request, &self.side) else {
            self.in_flight -= 1;
            return self.ended(&exchange, Outcome::NotSent);
        };
        let now = self.clock();
        exchange.begun = Some(now);
        if exchange.attempts > 1 {
            self.tally.retries += 1;
        } else {
            self.tally.sent += 1;
            if let Some(event) = self.events.at(exchange.event) {
                event.sent += 1;
            }
            self.tally.hurt += u64::from(self.hurt.get(&slot).is_some_and(|hurt| hurt.is_hurt(index)));
            if self.task.pacer.is_some() {
                self.tally.overdue += u64::from(now > self.deadline);
                self.tally.lateness.record(now.saturating_sub(exchange.ready));
            }
        }
        self.ticket += 1;
        side.send(self.ticket, request);
        // It has a connection of its own, in the place of one of the lines.
        if self.closed.is_empty()
            && let Some(id) = self.idle.last().copied()
        {
            self.hang_up(id);
        }
        let line = self.closed.pop().unwrap_or(u32::MAX);
        self.aside.insert(self.ticket, (exchange, line));
    }

    /// Takes in what came back.
    pub(super) fn collect(&mut self) {
        let done = self.side.as_ref().map(super::Side::collect).unwrap_or_default();
        self.now = self.clock();
        for (ticket, seen) in done {
            if let Some((exchange, line)) = self.aside.remove(&ticket) {
                self.in_flight -= 1;
                if self.lines.get(line as usize).is_some() {
                    self.free();
                    self.closed.push(line);
                }
                self.treated(exchange, &seen);
            }
        }
    }

    fn treated(&mut self, mut exchange: Exchange, seen: &record::Exchange) {
        let (slot, index) = (exchange.call.slot, exchange.call.callback);
        let Some(hurt) = self.hurt.get(&slot) else { return };
        let treated = hurt.judge(index, seen);
        let (excused, tries) = (hurt.may_be_hung_up_on(index), hurt.tries(index));
        let took = self.now.saturating_sub(exchange.begun.unwrap_or(self.now));
        let trouble = seen.error.as_ref().map(|error| error.kind);
        self.tally.opened += u64::from(seen.answer.is_some() || trouble.is_some_and(TroubleKind::reached));
        let unexpected = match (&seen.answer, &treated.failed) {
            (Some(answer), Some(why)) if self.wants(answer.status) => {
                hurt.give_away(index, &self.task.secrets);
                Some((answer.clone(), why.clone()))
            }
            _ => None,
        };
        if let Some((answer, why)) = unexpected {
            self.keep_masked(self.events.name(exchange.event).to_owned(), answer, why);
        }
        if let Some(answer) = seen.answer.as_ref().filter(|_| trouble.is_none() || treated.accepted) {
            *self.tally.statuses.entry(answer.status).or_default() += 1;
            self.tally.service.record(took);
        }
        if let Some(kind) = trouble {
            *self.tally.troubles.entry(kind).or_default() += 1;
        }
        let felt = seen.answer.is_some() || trouble == Some(TroubleKind::Timeout);
        if felt {
            self.measure(&mut exchange, self.now, seen.answer.is_some());
        }
        if seen.answer.is_none() && !excused {
            let reached = trouble.is_some_and(TroubleKind::reached);
            *(if reached { &mut exchange.doubts } else { &mut exchange.unreached }) += 1;
        }
        let policy = self.task.acts.get(exchange.call.part as usize).map(|act| act.policy);
        let again = match tries {
            Some(tries) => exchange.attempts < tries,
            None => self.task.retries,
        };
        let after = policy.filter(|_| again).and_then(|policy| wait(&policy, exchange.attempts));
        match after {
            Some(after) if !treated.accepted => self.put_off(exchange, after),
            _ => {
                self.tally.unexpected += u64::from(treated.failed.is_some());
                let outcome = match () {
                    () if treated.accepted => Outcome::Accepted,
                    // Here an attempt counts before it is known whether there is a connection for it.
                    () if exchange.unreached > 0 && exchange.unreached >= exchange.attempts => {
                        Outcome::Unreachable
                    }
                    // No answer is none, though it may be right to give none.
                    () if excused && seen.answer.is_none() => Outcome::GaveUp,
                    () => exchange.without_yes(),
                };
                // Its last word was none, after a no.
                self.tally.unexpected +=
                    u64::from(outcome == Outcome::GaveUp && seen.answer.is_none() && !excused);
                self.ended(&exchange, outcome);
            }
        }
    }
}
