//! Handling of events on connections.

use std::io::{self, ErrorKind};
use std::time::Duration;

use super::pool::OpenConnection;
use super::stamps::Clocks;
use super::{Pacing, SenderTask, Time, Worker, exchange, nanoseconds};
use crate::delivery::answer::End;
use crate::delivery::clock::Clock;
use crate::delivery::http::IDLE;
use crate::delivery::trust::refusal;
use crate::load::connection::ReceiverConnection;
use crate::load::learned::LearnedScenario;
use crate::load::os::{Control, Event, EventSource, Heard, ReadyEvent, STAMPS, control};
use crate::record::TroubleKind;
use crate::stretch::Stretches;

/// Time limits are checked this many times per limit, at intervals within these bounds.
const SWEEPS: u32 = 20;
const SWEEP: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(250));

/// Time after which a system asks again for a connection that nobody took: a second, by RFC 6298. A busy machine may be a little early
/// to look.
const CROWDED: Time = 950_000_000;

/// Bytes read at a time.
const ROOM: usize = 64 << 10;

/// Means of reading answers.
pub(super) struct Reading {
    room: Vec<u8>,
    control: Control,
    /// Answers bear the time at which they came.
    pub(super) stamps: bool,
    pub(super) clocks: Clocks,
    pub(super) system_clock: Clock,
    /// The time of what was read last.
    pub(super) heard: Option<Duration>,
    /// Start of the last body that acknowledged and said nothing else: the same again needs no look. None = the last answer that was
    /// looked at had a note.
    pub(super) familiar: Option<Vec<u8>>,
}

impl Reading {
    pub(super) fn of(task: &SenderTask) -> Self {
        Self {
            room: vec![0; ROOM],
            control: control(),
            // Bytes inside TLS bear no time, so there somebody has to be awake for them.
            stamps: STAMPS && task.pacer.is_some() && task.pacing != Pacing::Spin && task.way.tls.is_none(),
            clocks: Clocks::default(),
            system_clock: Clock::system(),
            heard: None,
            familiar: None,
        }
    }
}

impl Worker {
    pub(super) fn heed(&mut self, event: Event) {
        let id = match event.source() {
            EventSource::Line(id) => id,
            EventSource::WakeUp => return self.collect(),
            // All that it has to say is that something is due soon.
            EventSource::Alarm => return self.woke(self.alarm.armed()),
        };
        let Some(line) = self.pool.get_mut(id) else { return };
        let Some(connection) = &mut line.connection else { return };
        if !connection.is_open() {
            let shaking = connection.is_shaking();
            match connection.connected() {
                Ok(false) => {}
                Ok(true) => {
                    self.figures.tally.opened += 1;
                    self.now = self.clock();
                    self.came_about(id);
                    self.read_wall();
                    self.transmit(id);
                    if event.readable() {
                        // Somebody who speaks first is told of in this event, and in no other.
                        self.read(id, true);
                    }
                }
                Err(error) if shaking => self.distrust(id, &error),
                Err(error) => self.fail(id, exchange::connecting(&error)),
            }
            return;
        }
        if event.writable() && connection.flush().is_err() {
            return self.lost(id);
        }
        if event.readable() || event.ending() {
            self.read(id, event.ending());
        }
    }

    /// No secure connection came about, or it is refused. The first reason is kept.
    #[cold]
    fn distrust(&mut self, id: u32, error: &io::Error) {
        if let Some(trouble) = refusal(error).filter(|_| self.figures.tally.insecure.is_empty()) {
            self.figures.tally.insecure = trouble.text;
        }
        self.fail(id, TroubleKind::Tls);
    }

    /// A connection came about, and its callback can be sent.
    fn came_about(&mut self, id: u32) {
        let Some(line) = self.pool.get(id) else { return };
        let (crowded, took) = (self.is_crowded(line), self.now.saturating_sub(line.since));
        self.figures.tally.crowded += u64::from(crowded);
        self.figures.opens_in = self.figures.opens_in.min(took);
        if let Some(exchange) = self.pool.get_mut(id).and_then(|line| line.exchange.as_mut()) {
            exchange.ready = exchange.ready.max(self.now);
            exchange.opened = true;
        }
    }

    /// Reads what a line has to say; `ending` = its end may stand behind it.
    pub(super) fn read(&mut self, id: u32, ending: bool) {
        let mut room = std::mem::take(&mut self.reading.room);
        while let Some(connection) = self.pool.get_mut(id).and_then(|line| line.connection.as_mut()) {
            match connection.receive(&mut room, &mut self.reading.control) {
                Ok(Heard { bytes: 0, .. }) => {
                    self.hear(id, &[], End::Closed);
                    break;
                }
                Ok(Heard { bytes, empty, at }) => {
                    self.reading.heard = at;
                    self.hear(id, room.stretch(..bytes), End::Open);
                    if empty && !ending {
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if self.is_unheard(id) && refusal(&error).is_some() => {
                    self.distrust(id, &error);
                    break;
                }
                Err(error) => {
                    let closed = error.kind() == ErrorKind::UnexpectedEof;
                    self.hear(id, &[], if closed { End::Closed } else { End::Broken });
                    break;
                }
            }
        }
        self.reading.room = room;
    }

    /// A connection that is waited for so long found no place in the receiver's queue. Inside TLS the receiver's own time counts in.
    pub(super) fn is_crowded(&self, line: &OpenConnection) -> bool {
        let waits = line.exchange.is_some_and(|exchange| exchange.begun.is_none());
        waits && self.task.way.tls.is_none() && self.now.saturating_sub(line.since) >= CROWDED
    }

    /// Nothing of an answer has come.
    fn is_unheard(&self, id: u32) -> bool {
        self.pool.get(id).is_some_and(|line| line.heard.is_empty())
    }

    /// Looks for exchanges that take too long.
    pub(super) fn sweep(&mut self) {
        let limit = |learned: &LearnedScenario| nanoseconds(learned.policy.timeout);
        let (mut shortest, now) = (u64::MAX, self.now);
        for id in 0..self.task.connections {
            let Some(line) = self.pool.get(id) else { continue };
            let Some(exchange) = &line.exchange else {
                if line.idle && now.saturating_sub(line.since) >= nanoseconds(IDLE) {
                    self.hang_up(id);
                }
                continue;
            };
            let limit = self.task.scenarios.get(exchange.call.part as usize).map_or(u64::MAX, limit);
            if now.saturating_sub(line.since) >= limit {
                let shaking = line.connection.as_ref().is_some_and(ReceiverConnection::is_shaking);
                self.time_out(id, exchange::late(exchange.begun.is_some(), shaking));
            }
        }
        self.task.scenarios.iter().for_each(|learned| shortest = shortest.min(limit(learned)));
        let bounds = (nanoseconds(SWEEP.0), nanoseconds(SWEEP.1));
        self.next_sweep = now + (shortest / u64::from(SWEEPS)).clamp(bounds.0, bounds.1);
    }
}
