//! Sending of due callbacks.

use std::collections::{BinaryHeap, VecDeque};

use super::exchange;
use super::pool::OpenConnection;
use super::under_way::{CallbackUnderWay, PlannedRetry};
use super::{SenderTask, Time, Worker, nanoseconds, now};
use crate::load::broadcasts::Call;
use crate::load::connection::ReceiverConnection;
use crate::record::Outcome;

/// Callbacks and places that wait for their time or for a connection.
#[derive(Default)]
pub(super) struct Waiting {
    /// Closed loop: places on the air that wait for a connection.
    pub(super) resting: VecDeque<u32>,
    /// Callbacks that waited for the one before them in their broadcast, which has ended.
    pub(super) next: VecDeque<NextDue>,
    pub(super) retries: BinaryHeap<PlannedRetry>,
    /// Closed loop: nothing is tried before this time.
    pub(super) hold_until: Time,
}

/// A callback that may go now: from this place on the air, due then, and not possible before.
pub(super) struct NextDue {
    pub(super) slot: u32,
    pub(super) due: Time,
    pub(super) ready: Time,
    /// Lateness of the callback that it waited for.
    pub(super) late: Time,
}

impl NextDue {
    /// A callback that waited for none.
    fn at_once(slot: u32, due: Time) -> Self {
        Self { slot, due, ready: due, late: 0 }
    }
}

impl Worker {
    pub(super) fn has_line(&self) -> bool {
        !(self.pool.idle.is_empty() && self.pool.closed.is_empty())
    }

    pub(super) fn send_what_is_due(&mut self, end: Time) {
        while !self.ends.over && self.now < end && self.has_line() {
            if self.now >= self.figures.next_tick {
                self.tick(false);
            }
            if let Some(next) = self.waiting.next.pop_front() {
                self.begin(&next);
            } else if let Some(retry) = self.waiting.retries.peek().filter(|retry| retry.due <= self.now) {
                let (exchange, due) = (retry.exchange, retry.due);
                self.waiting.retries.pop();
                self.read_wall();
                self.launch(exchange, due);
            } else if self.task.pacer.is_some() {
                let Some(due) = self.due().filter(|due| *due <= self.now) else { return };
                self.take();
                if let Some(slot) = self.task.broadcasts.arrive(due) {
                    self.begin(&NextDue::at_once(slot, due));
                }
            } else {
                if self.all_taken() || self.now < self.waiting.hold_until {
                    return;
                }
                let Some(slot) = self.waiting.resting.pop_front() else { return };
                self.take();
                self.begin(&NextDue::at_once(slot, self.now));
            }
            self.now = self.clock();
        }
    }

    /// The clock that callbacks are signed by, in Unix seconds. It is asked once for each of its seconds.
    pub(super) fn read_wall(&mut self) -> i64 {
        if self.now >= self.wall_until {
            let time = self.task.wall.now();
            self.wall = time.as_second();
            let passed = time.subsec_nanosecond().unsigned_abs();
            self.wall_until = self.now + u64::from(1_000_000_000_u32.saturating_sub(passed));
        }
        self.wall
    }

    pub(super) fn take(&mut self) {
        self.taken += 1;
        if let Some(pacer) = &mut self.task.pacer {
            pacer.take();
        } else if self.all_taken() {
            // A closed loop that counts is over with its last callback, whatever was left of its time.
            self.span_until(self.now);
        }
    }

    /// The next callback of a broadcast begins.
    pub(super) fn begin(&mut self, next: &NextDue) {
        let NextDue { slot, due, ready, late } = *next;
        let now = self.read_wall();
        let SenderTask { broadcasts, fault_draw, scenarios, .. } = &mut self.task;
        let slow = &mut self.slow;
        let begun = broadcasts.begin(slot, now, |part, broadcast| {
            let fault_draw = fault_draw.as_ref()?;
            slow.begins(slot, None);
            let drawn = fault_draw.draw(scenarios.get(part as usize)?.play, broadcast)?;
            let callbacks = drawn.callbacks();
            if callbacks > 0 {
                slow.begins(slot, Some(drawn));
            }
            Some(callbacks)
        });
        // Faults that leave nothing of any broadcast leave nothing to send.
        let Some(call) = begun else { return self.figures.tally.end(Outcome::NotSent) };
        let faulty = self.slow.of(slot).and_then(|faulty| faulty.event(call.callback));
        let event = match faulty {
            Some(event) => self.figures.events.named(event),
            None => self.figures.events.of(call.part, call.callback),
        };
        let mut exchange = CallbackUnderWay::new(call, event, due);
        exchange.take_over(late, ready.saturating_sub(due));
        self.launch(exchange, ready);
    }

    /// Takes a connection for an attempt that can be made since `ready`.
    pub(super) fn launch(&mut self, mut exchange: CallbackUnderWay, ready: Time) {
        if self.figures.freed > ready {
            exchange.take_over(self.figures.last_late, self.figures.freed - ready);
        }
        exchange.ready = ready.max(self.figures.freed);
        // It is late already here: a connection that has to be opened first takes time of its own.
        exchange.late = exchange.late.max(self.now.saturating_sub(exchange.ready));
        self.in_flight += 1;
        self.figures.tally.in_flight = self.figures.tally.in_flight.max(self.in_flight);
        if self.slow.of(exchange.call.slot).is_some() {
            return self.step_aside(exchange);
        }
        if let Some(id) = self.pool.idle.pop() {
            self.put(id, exchange);
            self.transmit(id);
        } else if let Some(id) = self.pool.closed.pop() {
            self.put(id, exchange);
            self.connect(id);
        }
    }

    pub(super) fn put(&mut self, id: u32, exchange: CallbackUnderWay) {
        let now = self.now;
        if let Some(line) = self.pool.get_mut(id) {
            line.exchange = Some(exchange);
            line.since = now;
        }
    }

    pub(super) fn connect(&mut self, id: u32) {
        let connection = ReceiverConnection::begin(&self.task.way, &self.system, id, self.reading.stamps);
        let Some(line) = self.pool.get_mut(id) else { return };
        match connection {
            Ok(connection) => line.connection = Some(connection),
            Err(error) => self.fail(id, exchange::connecting(&error)),
        }
    }

    /// Writes the request of a line's exchange, freshly signed.
    pub(super) fn transmit(&mut self, id: u32) {
        let wall = self.wall;
        let Some(OpenConnection { connection: Some(connection), exchange: Some(exchange), since, .. }) =
            self.pool.get_mut(id)
        else {
            return;
        };
        let Call { part, callback, broadcast, .. } = exchange.call;
        let Some(learned) = self.task.scenarios.get_mut(part as usize) else { return };
        let resend = std::mem::take(&mut exchange.resend);
        if exchange.attempts == 0 || (learned.resign && !resend) {
            exchange.signed_for = wall.saturating_add(learned.lifetime);
        }
        let Some(template) = learned.templates.get_mut(callback as usize) else { return };
        let request = template.write(broadcast, exchange.signed_for);
        let now = nanoseconds(self::now().saturating_duration_since(self.task.begin));
        exchange.begun = Some(now);
        *since = now;
        exchange.attempts += u32::from(!resend);
        if resend {
            self.figures.tally.resent += 1;
        } else if std::mem::replace(&mut exchange.counted, true) {
            self.figures.tally.retries += 1;
        } else {
            self.figures.tally.sent += 1;
            exchange.late = exchange.late.max(now.saturating_sub(exchange.ready));
            let late = self.task.pacer.is_some().then_some(exchange.late);
            if let Some(event) = self.figures.events.at(exchange.event) {
                event.sent += 1;
                late.iter().for_each(|late| event.lateness.record(*late));
            }
            let opening = if exchange.opened { self.figures.opens_in } else { 0 };
            let overdue = self.ends.is_overdue(now, exchange.late.saturating_add(opening));
            self.figures.tally.overdue += u64::from(late.is_some() && overdue);
        }
        if connection.send(request).is_err() {
            self.lost(id);
        }
    }
}
