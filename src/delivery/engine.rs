//! Delivery of one callback: its tries, their times, and its outcome.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::dial::NOT_THERE;
use super::interfaces::{Journal, Transport};
use super::meeting::Meeting;
use super::outgoing::{Outgoing, StreamDelivery};
use super::retry::{self, AfterAttempt};
use super::sent::Hiding;
use super::simultaneous::{Shared, SharedDelivery, Simultaneous};
use super::{Content, Options, Request, Stop, all};
use crate::callback::{Class, SendOrder};
use crate::provider::signature::SignedMessage;
use crate::record::{Exchange, Finding, FindingKind, Line, Outcome, SentRequest, TroubleKind};
use crate::request::RawRequest;

/// The attempt that comes next.
struct NextAttempt<'a> {
    /// Counted from 1.
    n: u32,
    /// Signed time, in Unix seconds.
    time: i64,
    /// Exchanges of the attempts before it.
    earlier: &'a [Exchange],
}

/// An exchange, judged.
struct JudgedExchange {
    exchange: Exchange,
    acknowledged: bool,
    findings: Vec<Finding>,
}

/// Sends the callbacks of one scenario.
pub(super) struct Engine<T, J> {
    pub(super) options: Options,
    pub(super) transport: Arc<T>,
    pub(super) journal: Arc<J>,
    pub(super) stop: watch::Receiver<Stop>,
    pub(super) wire: Arc<Semaphore>,
    pub(super) meetings: Arc<Semaphore>,
}

impl<T, J> Clone for Engine<T, J> {
    fn clone(&self) -> Self {
        Self {
            options: self.options.clone(),
            transport: self.transport.clone(),
            journal: self.journal.clone(),
            stop: self.stop.clone(),
            wire: self.wire.clone(),
            meetings: self.meetings.clone(),
        }
    }
}

impl<T: Transport, J: Journal> Engine<T, J> {
    pub(super) async fn lane(self, lane: Arc<StreamDelivery>) -> io::Result<()> {
        let life = self.steady(false).await;
        if let Some(observer) = &lane.observer {
            // A receiver that is slow to say what it knows must not hold up a stop.
            let findings = tokio::select! {
                biased;
                () = self.stopped(Stop::Drain) => Vec::new(),
                findings = observer.before() => findings,
            };
            self.found(lane.scenario, findings)?;
        }
        let begun = Instant::now();
        let shared = Arc::new(Shared::of(&lane, life));
        let mut running = JoinSet::new();
        for moment in lane.outgoing.chunk_by(|_, next| next.turn != SendOrder::Next) {
            let meets = moment.iter().filter_map(|outgoing| outgoing.wire_fault.meets).max();
            let meeting = meets.map(|meets| Arc::new(Meeting::of(meets)));
            let room = match meeting {
                Some(_) => self.meetings.clone().acquire_owned().await.ok().map(Arc::new),
                None => None,
            };
            for outgoing in moment {
                let after = if let SendOrder::With(after) = outgoing.turn { after } else { Duration::ZERO };
                let due = begun + self.options.speed.real(outgoing.due);
                let simultaneous = Simultaneous {
                    shared: shared.clone(),
                    meeting: meeting.clone(),
                    _room: room.clone(),
                    after,
                };
                running.spawn(self.clone().outgoing(lane.clone(), outgoing.clone(), due, simultaneous));
            }
            if lane.in_order {
                all(&mut running).await?;
            }
        }
        all(&mut running).await?;
        // A receiver that ended has not its state any more; that it ended says enough.
        let ended = self.ended(&shared).await;
        if ended {
            self.journal.interrupt(lane.scenario);
        }
        let findings = match lane.observer.as_ref().filter(|_| !ended) {
            Some(observer) => tokio::select! {
                biased;
                // Something of it is not known, so it is not over.
                () = self.stopped(Stop::Drain) => return Ok(()),
                findings = observer.after() => findings,
            },
            None => Vec::new(),
        };
        self.found(lane.scenario, findings)?;
        self.journal.note(Line::Over { scenario: lane.scenario })
    }

    /// Notes what was found about a scenario as a whole.
    fn found(&self, scenario: usize, findings: Vec<Finding>) -> io::Result<()> {
        for mut finding in findings {
            finding.clean(&self.options.secrets);
            self.journal.note(Line::Finding { scenario, id: None, finding })?;
        }
        Ok(())
    }

    /// Number of restarts of the receiver, as soon as it runs.
    async fn steady(&self, broke: bool) -> u32 {
        let Some(restart) = &self.options.restart else { return 0 };
        tokio::select! {
            biased;
            () = self.stopped(Stop::Drain) => 0,
            life = restart.steady(broke) => life,
        }
    }

    /// True if the receiver ended by itself since the scenario began: what is sent now says nothing of it.
    async fn ended(&self, shared: &Shared) -> bool {
        self.options.restart.is_some() && self.steady(shared.broke()).await != shared.life
    }

    async fn outgoing(
        self,
        lane: Arc<StreamDelivery>,
        outgoing: Outgoing,
        due: Instant,
        simultaneous: Simultaneous,
    ) -> io::Result<()> {
        let attempts = outgoing.attempts(&lane);
        let delivery =
            SharedDelivery { lane: &lane, outgoing: &outgoing, simultaneous: &simultaneous, attempts };
        let (outcome, findings) = self.outcome(&delivery, due).await?;
        let (scenario, id) = (lane.scenario, outgoing.id.clone());
        for finding in findings {
            let finding = Finding { place: outgoing.place.clone(), ..finding };
            self.journal.note(Line::Finding { scenario, id: Some(id.clone()), finding })?;
        }
        self.journal.note(Line::Outcome { scenario, id, outcome })
    }

    /// Waits for the callback's time and tries until there is an outcome; and what there is to say of the last exchange.
    /// What was not sent, or is in doubt, is not judged.
    async fn outcome(
        &self,
        delivery: &SharedDelivery<'_>,
        due: Instant,
    ) -> io::Result<(Outcome, Vec<Finding>)> {
        // What is due long ago comes after those beside it all the same: the lag is the receiver's time, not the stream's.
        let after = delivery.simultaneous.after;
        let at = if after.is_zero() { due } else { due.max(Instant::now()) + after };
        if self.stops_before(at).await || !self.restarted(delivery).await? {
            return Ok((Outcome::NotSent, Vec::new()));
        }
        let (policy, shared) = (delivery.attempts.retries(), &delivery.simultaneous.shared);
        let waited = shared.queued(delivery.outgoing.due);
        if let Some(longest) = policy.drop_after.filter(|longest| delivery.lane.in_order && waited > *longest)
        {
            let finding = delivery.judge().dropped(delivery.outgoing.class, waited, longest);
            return Ok((Outcome::NotSent, finding.into_iter().collect()));
        }
        let (mut exchanges, mut findings) = (Vec::new(), Vec::new());
        let mut waits = Duration::ZERO;
        for n in 1.. {
            if self.ended(shared).await {
                break;
            }
            let permit = tokio::select! {
                biased;
                () = self.stopped(Stop::Drain) => break,
                permit = self.wire.acquire() => permit,
            };
            let now = self.options.clock.now().as_second();
            let (time, sealed) = delivery.attempts.seal(n, now, &shared.firsts);
            let Some(judged) =
                self.attempt(delivery, NextAttempt { n, time, earlier: &exchanges }, sealed).await?
            else {
                return Ok((Outcome::InDoubt, Vec::new()));
            };
            drop(permit);
            findings = judged.findings;
            exchanges.push(judged.exchange);
            match retry::next(&policy, judged.acknowledged, &exchanges) {
                AfterAttempt::End(outcome) => {
                    shared.spend(delivery.outgoing.due, waits);
                    return Ok((outcome, findings));
                }
                AfterAttempt::Retry(after) => {
                    waits = waits.saturating_add(after);
                    let again = Instant::now() + self.options.speed.real(after);
                    if self.stops_before(again).await {
                        break;
                    }
                }
            }
        }
        Ok(match exchanges.is_empty() {
            true => (Outcome::NotSent, Vec::new()),
            false => (retry::stopped(&exchanges), findings),
        })
    }

    /// Restarts the receiver, where that is what a callback is to follow; false = it cannot be, so what was to be tried
    /// cannot be tried.
    async fn restarted(&self, delivery: &SharedDelivery<'_>) -> io::Result<bool> {
        if !delivery.outgoing.wire_fault.restarts {
            return Ok(true);
        }
        let Some(restart) = &self.options.restart else { return Ok(false) };
        if self.ended(&delivery.simultaneous.shared).await {
            return Ok(false);
        }
        let restarted = tokio::select! {
            biased;
            () = self.stopped(Stop::Drain) => false,
            restarted = restart.restart() => restarted.is_ok(),
        };
        let findings = match delivery.lane.observer.as_ref().filter(|_| restarted) {
            Some(observer) => tokio::select! {
                biased;
                () = self.stopped(Stop::Drain) => Vec::new(),
                findings = observer.restarted() => findings,
            },
            None => Vec::new(),
        };
        self.found(delivery.lane.scenario, findings)?;
        Ok(restarted)
    }

    /// One exchange, recorded before and after it; none if the run was stopped in the middle of it.
    async fn attempt(
        &self,
        delivery: &SharedDelivery<'_>,
        next: NextAttempt<'_>,
        sealed: SignedMessage,
    ) -> io::Result<Option<JudgedExchange>> {
        let NextAttempt { n, time, earlier } = next;
        let (judge, outgoing) = (delivery.judge(), delivery.outgoing);
        let (scenario, id) = (delivery.lane.scenario, outgoing.id.clone());
        let sent_at = format!("{:.3}", self.options.clock.now());
        self.journal.note(Line::Intent {
            scenario,
            id: id.clone(),
            n,
            sent_at,
            signed_for: outgoing.body_template.is_signed().then_some(time),
        })?;
        let (signature, bytes) = (sealed.signature.clone(), sealed.body.clone());
        let secrets = &self.options.secrets;
        delivery.give_away(n, &sealed, secrets);
        let faultless = delivery.faultless(n, &self.options.headers, &sealed);
        let content = self.content(delivery, n, sealed);
        let sent = self.sent(delivery, &content, faultless.as_ref());
        let told = !outgoing.wire_fault.damaged || content.holds(&signature);
        let (target, timeout) = (delivery.lane.target.clone(), delivery.attempts.timeout());
        let request = Request { target, content, timeout };
        let mut exchange = tokio::select! {
            biased;
            () = self.stopped(Stop::Now) => return Ok(None),
            exchange = self.transport.send(request) => exchange,
        };
        exchange.request = sent;
        self.compare(scenario, &mut exchange);
        if let Some(answer) = &mut exchange.answer {
            answer.meaning = judge.meaning(answer);
            answer.leaked = !told && !signature.is_empty() && answer.body.contains(&signature);
        }
        if exchange.error.as_ref().is_some_and(|error| error.kind.breaks_off()) {
            delivery.simultaneous.shared.break_off();
        }
        // Judged whole and as it came; what is kept of it is short, and without secrets.
        let acknowledged = judge.acknowledges(&exchange);
        let mut findings = judge.findings(outgoing.class, &exchange, earlier);
        findings.iter_mut().for_each(|finding| finding.clean(secrets));
        if let Some(trouble) = &mut exchange.error {
            secrets.clean(&mut trouble.text);
        }
        if let Some(answer) = &mut exchange.answer {
            answer.keep(secrets);
            let failed = findings.iter_mut().find(|finding| !finding.ok && outgoing.class == Class::Legal);
            if let Some((failed, reason)) = failed.and_then(|f| Some((f, judge.reason(&bytes, answer)?))) {
                failed.actual.push_str(&format!("; {reason}"));
                failed.kind = Some(FindingKind::SignatureMistake);
            }
        }
        self.journal.note(Line::Result { scenario, id, n, exchange: exchange.clone() })?;
        Ok(Some(JudgedExchange { exchange, acknowledged, findings }))
    }

    /// The request of an attempt as records keep it, beside the one that it would be without its fault.
    fn sent(
        &self,
        delivery: &SharedDelivery<'_>,
        content: &Content,
        faultless: Option<&RawRequest>,
    ) -> Option<SentRequest> {
        let (target, headers) = (&delivery.lane.target, &*self.options.headers);
        let hiding = Hiding { target, headers, secrets: &self.options.secrets };
        match content {
            Content::Plain(message) => Some(hiding.plain(&self.transport.written(target, message)?)),
            Content::Script { steps, .. } => Some(hiding.faulty(steps, faultless?)),
        }
    }

    /// Says of a receiver that nobody can connect to any more when it answered last.
    fn compare(&self, scenario: usize, exchange: &mut Exchange) {
        let refused = exchange.error.as_mut().filter(|trouble| trouble.kind == TroubleKind::Connect);
        if let Some((trouble, last)) =
            refused.and_then(|trouble| Some((trouble, self.journal.answered(scenario)?)))
        {
            let gone =
                format!("It answered {last}, and listens no more: it ended or was stopped; see its own log.");
            trouble.text = trouble.text.replace(NOT_THERE, &gone);
        }
    }

    /// Content of an attempt.
    fn content(&self, delivery: &SharedDelivery<'_>, n: u32, sealed: SignedMessage) -> Content {
        match delivery.attempts.content(&delivery.lane.target, &self.options.headers, n, sealed) {
            // A retry comes alone.
            Content::Script { steps, .. } => {
                Content::Script { steps, meeting: delivery.simultaneous.meeting.clone().filter(|_| n == 1) }
            }
            plain @ Content::Plain(_) => plain,
        }
    }

    /// Waits until `at`; true when the run was stopped before.
    async fn stops_before(&self, at: Instant) -> bool {
        // Of a moment that has just passed the timer tells at its next tick, a millisecond away.
        let passed = at <= Instant::now();
        tokio::select! {
            biased;
            () = self.stopped(Stop::Drain) => true,
            () = std::future::ready(()), if passed => false,
            () = tokio::time::sleep_until(at) => false,
        }
    }

    /// Ends when the run is stopped as urgently as `level`.
    async fn stopped(&self, level: Stop) {
        let mut stop = self.stop.clone();
        if stop.wait_for(|stop| *stop >= level).await.is_err() {
            // Nobody is left who could stop the run.
            std::future::pending::<()>().await;
        }
    }
}
