//! Course of a callback that is under way.

use std::io::{self, ErrorKind};
use std::time::Duration;

use super::super::first_callbacks::FailureKind;
use super::super::learned::{AnswerDeviation, AnswerJudged};
use super::sending::NextDue;
use super::under_way::{CallbackUnderWay, PlannedRetry};
use super::{Time, Worker, nanoseconds};
use crate::delivery::answer::{End, Extent, Outline, outline};
use crate::delivery::retry::wait;
use crate::record::load::{DeviationKind, count};
use crate::record::{self, ANSWER_KEPT, Answer, Outcome, Trouble, TroubleKind};
use crate::stretch::Stretches;
use crate::verdict;

/// A closed loop waits so long before it knocks again at a receiver that is not there.
const HOLD: Time = 100_000_000;

/// No connection came about.
pub(super) fn connecting(error: &io::Error) -> TroubleKind {
    match error.kind() {
        ErrorKind::TimedOut => TroubleKind::NotTaken,
        ErrorKind::AddrNotAvailable => TroubleKind::NoPort,
        // Where TLS is spoken; without it the request still goes out, and may find an answer.
        ErrorKind::ConnectionReset => TroubleKind::Tls,
        _ => TroubleKind::Connect,
    }
}

/// The time limit has passed.
pub(super) fn late(begun: bool, shaking: bool) -> TroubleKind {
    match (begun, shaking) {
        (true, _) => TroubleKind::Timeout,
        (false, true) => TroubleKind::Tls,
        (false, false) => TroubleKind::NotTaken,
    }
}

/// An exchange as runs record it.
fn seen(answer: Answer, took: Time, cut_short: Option<TroubleKind>) -> record::Exchange {
    let trouble = |kind: TroubleKind| Trouble::new(kind, kind.words().to_owned());
    record::Exchange {
        latency_ms: took as f64 / 1e6,
        answer: Some(answer),
        error: cut_short.map(trouble),
        ..record::Exchange::default()
    }
}

impl Worker {
    /// Takes in what a line said, and whether it can say more.
    pub(super) fn hear(&mut self, id: u32, bytes: &[u8], end: End) {
        let Some(line) = self.pool.get_mut(id) else { return };
        if line.exchange.is_none() {
            // An idle connection that says something, or ends, is of no use any more.
            return self.hang_up(id);
        }
        let mut heard = std::mem::take(&mut line.heard);
        let whole = if heard.is_empty() {
            bytes
        } else {
            heard.extend_from_slice(bytes);
            &heard
        };
        let mut from = 0;
        loop {
            let rest = whole.stretch(from..);
            match outline(rest, end) {
                Outline::Interim(length) => from += length,
                Outline::Whole(extent) if extent.lack.is_some() => {
                    return self.incomplete(id, &extent, rest, TroubleKind::Incomplete);
                }
                Outline::Whole(extent) => return self.answered(id, &extent, rest, None),
                Outline::Garbage(_) => return self.fail(id, TroubleKind::Garbage),
                Outline::More if end != End::Open && whole.is_empty() => return self.closed_on(id),
                Outline::More if end != End::Open => return self.fail(id, TroubleKind::Closed),
                Outline::More => break,
            }
        }
        // Rare: an answer that comes in pieces.
        let begun = from > 0;
        if heard.is_empty() {
            heard.extend_from_slice(bytes);
        }
        heard.drain(..from);
        if let Some(line) = self.pool.get_mut(id) {
            line.heard = heard;
            // An interim answer says that the request was read.
            line.used &= !begun;
        }
    }

    /// An answer has come; `cut_short` = how, where its end is missing.
    fn answered(&mut self, id: u32, extent: &Extent, bytes: &[u8], cut_short: Option<TroubleKind>) {
        let Some(line) = self.pool.get_mut(id) else { return };
        let Some(mut exchange) = line.exchange.take() else { return };
        self.now = self.clock();
        let begun = exchange.begun.unwrap_or(self.now);
        let came = self.came().max(begun);
        self.figures.tally.service.record(came - begun);
        self.measure(&mut exchange, came, true);
        count(&mut self.figures.tally.statuses, extent.status);
        let learned = self.task.scenarios.get(exchange.call.part as usize);
        let plain = cut_short.is_none() && learned.and_then(|learned| learned.plain) == Some(extent.status);
        let soon = learned.is_some_and(|learned| came - begun < nanoseconds(learned.noted_after));
        let whole = extent.body(bytes);
        let body = whole.get(..ANSWER_KEPT).unwrap_or(whole);
        let quiet = |familiar: &Vec<u8>| {
            familiar == body || !extent.chunked && body.len() == whole.len() && verdict::says_nothing(body)
        };
        let (acknowledged, failed) = match plain && soon && self.reading.familiar.as_ref().is_some_and(quiet)
        {
            // By far the most: nothing more of the answer needs to be read.
            true => (true, false),
            false => self.judged(
                &exchange,
                seen(extent.answer(bytes), came - begun, cut_short),
                plain.then_some(body),
            ),
        };
        // What stands behind the answer is an answer to nothing.
        if extent.keeps && extent.length == bytes.len() {
            self.rest(id);
        } else {
            self.hang_up(id);
        }
        self.in_flight -= 1;
        if !acknowledged {
            exchange.failure = Some(FailureKind::Refused(extent.status));
            exchange.for_good = self.is_last(&exchange, extent, bytes);
            return self.again(exchange);
        }
        self.figures.tally.unexpected += u64::from(failed);
        if !self.figures.settled {
            self.look_at_first(failed.then_some(FailureKind::Unexpected(extent.status)));
        }
        self.ended(&exchange, Outcome::Accepted);
    }

    /// True for a refusal after which the sender does not try again.
    #[cold]
    fn is_last(&self, exchange: &CallbackUnderWay, extent: &Extent, bytes: &[u8]) -> bool {
        let learned = self.task.scenarios.get(exchange.call.part as usize);
        learned.is_some_and(|learned| {
            let answer = extent.answer(bytes);
            learned.policy.last_no.ends(answer.status, &answer.body)
        })
    }

    /// Two flags from the judgement of a run: the answer acknowledges, and something of it deviates. Kept apart from
    /// the path of the many that need no judge.
    #[cold]
    fn judged(
        &mut self,
        exchange: &CallbackUnderWay,
        seen: record::Exchange,
        body: Option<&[u8]>,
    ) -> (bool, bool) {
        let Some(learned) = self.task.scenarios.get(exchange.call.part as usize) else {
            return (true, false);
        };
        let AnswerJudged { acknowledged, failed, notes } = learned.judge(&seen, exchange.attempts);
        let unexpected = failed.is_some();
        match (&seen.answer, body) {
            (Some(answer), _) if !notes.is_empty() => {
                // A note may be about the head, which the next answer has, too.
                self.reading.familiar = None;
                self.note(exchange, answer, &notes);
            }
            (_, Some(body)) => self.reading.familiar = Some(body.to_vec()),
            _ => {}
        }
        if let (Some(answer), Some(why)) = (seen.answer, failed)
            && self.wants(answer.status)
        {
            self.keep(exchange, answer, why);
        }
        (acknowledged, unexpected)
    }

    /// An answer without its end acknowledges nothing, unless the scenario says otherwise.
    fn incomplete(&mut self, id: u32, extent: &Extent, bytes: &[u8], kind: TroubleKind) {
        let exchange = self.pool.get(id).and_then(|line| line.exchange);
        let Some(exchange) = exchange else { return self.fail(id, kind) };
        let learned = self.task.scenarios.get(exchange.call.part as usize);
        let seen = seen(extent.answer(bytes), 0, Some(kind));
        if learned.is_some_and(|learned| learned.expectation.acknowledges(&seen)) {
            count(&mut self.figures.tally.troubles, kind);
            return self.answered(id, extent, bytes, Some(kind));
        }
        if let Some(answer) = seen.answer.filter(|answer| self.wants(answer.status)) {
            let why = AnswerDeviation { text: kind.words().to_owned(), kind: Some(DeviationKind::CutShort) };
            self.keep(&exchange, answer, why);
        }
        self.fail(id, kind);
    }

    /// The time limit has passed; a part of an answer may have come.
    pub(super) fn time_out(&mut self, id: u32, kind: TroubleKind) {
        let heard = self.pool.get_mut(id).map_or_else(Vec::new, |line| std::mem::take(&mut line.heard));
        match outline(&heard, End::Broken) {
            Outline::Whole(extent) => self.incomplete(id, &extent, &heard, kind),
            _ => self.fail(id, kind),
        }
    }

    /// A connection takes no more. A receiver that closes early may have answered first.
    pub(super) fn lost(&mut self, id: u32) {
        self.read(id, true);
        let Some(line) = self.pool.get(id) else { return };
        match (&line.exchange, &line.connection) {
            // What was read has ended it, or it is on its way again. To give the line up once more would hand it to two callbacks.
            (None, None) => {}
            (Some(exchange), _) if exchange.resend => {}
            (None, Some(_)) => self.hang_up(id),
            (Some(_), _) => self.closed_on(id),
        }
    }

    /// A connection has ended without a byte of an answer. One that carried an answer before may be closed by the receiver at any
    /// time (RFC 9112, section 9.6), so the request goes out once more, on a connection of its own.
    fn closed_on(&mut self, id: u32) {
        let Some(line) = self.pool.get_mut(id) else { return };
        let exchange = line.exchange.take_if(|exchange| line.used && exchange.begun.is_some());
        let Some(exchange) = exchange else { return self.fail(id, TroubleKind::Closed) };
        self.hang_up(id);
        if let Some(id) = self.pool.closed.pop() {
            self.put(id, CallbackUnderWay { resend: true, ..exchange });
            self.connect(id);
        }
    }

    /// An attempt came to nothing, and with it its connection.
    pub(super) fn fail(&mut self, id: u32, kind: TroubleKind) {
        let exchange = self.pool.get_mut(id).and_then(|line| line.exchange.take());
        self.hang_up(id);
        let Some(mut exchange) = exchange else { return };
        count(&mut self.figures.tally.troubles, kind);
        let insecure = kind == TroubleKind::Tls;
        if insecure && exchange.begun.is_some() {
            // By TLS 1.3 a receiver refuses our certificate after the request has gone; it does not look at it.
            exchange.attempts = exchange.attempts.saturating_sub(1);
            self.take_back(&mut exchange);
        }
        let begun = exchange.begun.is_some() && !insecure;
        exchange.failure = (begun || insecure).then_some(FailureKind::Trouble(kind));
        if begun {
            exchange.doubts += 1;
            if kind == TroubleKind::Timeout {
                self.measure_in_vain(&mut exchange);
            }
        } else {
            exchange.unreached += 1;
            self.waiting.hold_until = self.now + HOLD;
        }
        self.in_flight -= 1;
        self.again(exchange);
    }

    /// Latency ends with the first answer, whichever attempt it comes to; it came then.
    pub(super) fn measure(&mut self, exchange: &mut CallbackUnderWay, came: Time, answer: bool) {
        let Some(event) = self.figures.events.at(exchange.event) else { return };
        if answer && !std::mem::replace(&mut exchange.answered, true) {
            event.answered += 1;
        }
        // The latency of the whole second is the sum of these.
        if !std::mem::replace(&mut exchange.measured, true) {
            event.latency.record(came.saturating_sub(exchange.due));
        }
    }

    /// An answer was waited for at least this long; leaving it out would make a receiver that hangs look quick.
    pub(super) fn measure_in_vain(&mut self, exchange: &mut CallbackUnderWay) {
        let begun = exchange.begun.unwrap_or(self.now);
        self.figures.tally.service.record(self.now.saturating_sub(begun));
        self.measure(exchange, self.now, false);
    }

    /// Sends a callback again if the provider would, or ends it.
    fn again(&mut self, exchange: CallbackUnderWay) {
        let made = exchange.attempts + exchange.unreached;
        let retries = self.task.retries && !exchange.for_good;
        let learned = self.task.scenarios.get(exchange.call.part as usize).filter(|_| retries);
        match learned.and_then(|learned| wait(&learned.policy, made)) {
            Some(after) => self.put_off(exchange, after),
            None => {
                let outcome = exchange.without_yes();
                // What came to no judgement was not unexpected.
                let refused = Outcome::REFUSED.contains(&outcome);
                self.figures.tally.unexpected += u64::from(refused);
                if exchange.failure.is_some() && !self.figures.settled {
                    self.look_at_first(exchange.failure);
                }
                self.ended(&exchange, outcome);
            }
        }
    }

    /// Another attempt, later.
    pub(super) fn put_off(&mut self, exchange: CallbackUnderWay, after: Duration) {
        let due = self.now.saturating_add(nanoseconds(after));
        self.waiting
            .retries
            .push(PlannedRetry { due, exchange: CallbackUnderWay { begun: None, ..exchange } });
    }

    /// A callback has ended; the next one of its broadcast may go.
    pub(super) fn ended(&mut self, exchange: &CallbackUnderWay, outcome: Outcome) {
        self.figures.tally.end(outcome);
        if let (Outcome::Accepted, Some(event)) = (outcome, self.figures.events.at(exchange.event)) {
            event.accepted += 1;
        }
        self.figures.last_late = exchange.late;
        let slot = exchange.call.slot;
        if self.task.pacer.is_none() {
            self.waiting.resting.push_back(slot);
        } else if let Some(due) = self.task.broadcasts.end(slot) {
            self.waiting.next.push_back(NextDue { slot, due, ready: self.now, late: exchange.late });
        }
    }

    /// The connection has nothing to do.
    fn rest(&mut self, id: u32) {
        self.free();
        let now = self.now;
        if let Some(line) = self.pool.get_mut(id) {
            line.idle = true;
            line.used = true;
            line.since = now;
        }
        self.pool.idle.push(id);
    }

    /// The connection is given up.
    pub(super) fn hang_up(&mut self, id: u32) {
        self.free();
        let Some(line) = self.pool.get_mut(id) else { return };
        line.connection = None;
        line.used = false;
        line.heard.clear();
        if std::mem::take(&mut line.idle) {
            self.pool.idle.retain(|other| *other != id);
        }
        self.pool.closed.push(id);
    }

    pub(super) fn free(&mut self) {
        if !self.has_line() {
            self.figures.freed = self.now;
        }
    }
}
