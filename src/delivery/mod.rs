//! Sending, in order and in time: the only IO of a run.
//!
//! The engine knows a [`Transport`] and a [`Journal`], so a test can put both in memory and let time stand still.

pub mod clock;
pub mod http;
mod retry;
pub mod target;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::callback::Envelope;
use crate::provider::Policy;
use crate::provider::signature::{Sealed, Signing, seal};
use crate::record::{Answer, Exchange, Line, Outcome};
use crate::speed::Speed;
use clock::Clock;
use retry::Next;
use target::Target;

/// Carries a request to the receiver and brings back what became of it.
pub trait Transport: Send + Sync + 'static {
    /// One exchange. Never longer than the request's timeout.
    fn send(&self, request: Request) -> impl Future<Output = Exchange> + Send;
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Where to.
    pub target: Target,
    /// What.
    pub body: Bytes,
    /// How long the exchange may take.
    pub timeout: Duration,
}

/// Takes down what happens. A line that cannot be taken down ends the run: what is not recorded must not be sent.
pub trait Journal: Send + Sync + 'static {
    /// Takes down one line, before what it says takes effect.
    ///
    /// # Errors
    /// The line is lost.
    fn note(&self, line: Line) -> io::Result<()>;
}

/// The callbacks of one stream, and how they are to be delivered.
pub struct Lane {
    /// Index of the scenario line.
    pub scenario: usize,
    /// Where to.
    pub target: Target,
    /// How they are signed.
    pub signing: Option<Signing>,
    /// Time limit and retries.
    pub policy: Policy,
    /// Whether an answer is a yes.
    pub accepts: Arc<dyn Fn(&Answer) -> bool + Send + Sync>,
    /// Each waits for the one before it.
    pub in_order: bool,
    /// What is to be sent.
    pub parcels: Vec<Parcel>,
}

/// A callback, ready to be signed and sent.
#[derive(Clone)]
pub struct Parcel {
    /// Of the callback.
    pub id: String,
    /// Since the lane began, in simulated time.
    pub due: Duration,
    /// Its bytes.
    pub envelope: Envelope,
}

/// What holds for every lane.
#[derive(Clone)]
pub struct Options {
    /// How fast simulated time passes.
    pub speed: Speed,
    /// Lanes at once.
    pub jobs: usize,
    /// Tells the time that callbacks are signed with.
    pub clock: Clock,
}

/// Exchanges at once, over all lanes: below what a process may have open by default, so that a shortage of ours is never
/// taken for the receiver's fault.
const MOST_EXCHANGES: usize = 128;

/// Whether the run goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// It does.
    #[default]
    No,
    /// What is on the wire ends; nothing new begins.
    Drain,
    /// At once; what is on the wire is in doubt.
    Now,
}

/// Delivers every lane. When it returns, every callback has its outcome in the journal, unless the journal failed.
///
/// # Errors
/// The journal lost a line.
pub async fn deliver<T: Transport, J: Journal>(
    lanes: Vec<Lane>,
    options: Options,
    transport: Arc<T>,
    journal: Arc<J>,
    stop: watch::Receiver<Stop>,
) -> io::Result<()> {
    let room = Arc::new(Semaphore::new(options.jobs.max(1)));
    let wire = Arc::new(Semaphore::new(MOST_EXCHANGES));
    let mut running = JoinSet::new();
    for lane in lanes {
        let post = Post {
            options: options.clone(),
            transport: transport.clone(),
            journal: journal.clone(),
            stop: stop.clone(),
            wire: wire.clone(),
        };
        // Taken here, not in the task: lanes begin in their order.
        let Ok(permit) = room.clone().acquire_owned().await else { break };
        running.spawn(async move {
            let result = post.lane(Arc::new(lane)).await;
            drop(permit);
            result
        });
    }
    let mut result = Ok(());
    while let Some(lane) = running.join_next().await {
        let ended = lane.unwrap_or_else(|panicked| Err(io::Error::other(panicked)));
        result = result.and(ended);
    }
    result
}

/// Sends the callbacks of a lane.
struct Post<T, J> {
    options: Options,
    transport: Arc<T>,
    journal: Arc<J>,
    stop: watch::Receiver<Stop>,
    wire: Arc<Semaphore>,
}

impl<T, J> Clone for Post<T, J> {
    fn clone(&self) -> Self {
        Self {
            options: self.options.clone(),
            transport: self.transport.clone(),
            journal: self.journal.clone(),
            stop: self.stop.clone(),
            wire: self.wire.clone(),
        }
    }
}

impl<T: Transport, J: Journal> Post<T, J> {
    async fn lane(self, lane: Arc<Lane>) -> io::Result<()> {
        let begun = Instant::now();
        let mut loose = JoinSet::new();
        for parcel in &lane.parcels {
            let due = begun + self.options.speed.real(parcel.due);
            let sending = self.clone().parcel(lane.clone(), parcel.clone(), due);
            if lane.in_order {
                sending.await?;
            } else {
                loose.spawn(sending);
            }
        }
        while let Some(ended) = loose.join_next().await {
            ended.unwrap_or_else(|panicked| Err(io::Error::other(panicked)))?;
        }
        Ok(())
    }

    async fn parcel(self, lane: Arc<Lane>, parcel: Parcel, due: Instant) -> io::Result<()> {
        let outcome = self.outcome(&lane, &parcel, due).await?;
        self.journal.note(Line::Outcome { scenario: lane.scenario, id: parcel.id, outcome })
    }

    /// Waits for the callback's time and tries until there is an outcome.
    async fn outcome(&self, lane: &Lane, parcel: &Parcel, due: Instant) -> io::Result<Outcome> {
        if self.stops_before(due).await {
            return Ok(Outcome::NotSent);
        }
        let mut exchanges = Vec::new();
        let mut first = None;
        for n in 1.. {
            let permit = tokio::select! {
                biased;
                () = self.stopped(Stop::Drain) => break,
                permit = self.wire.acquire() => permit,
            };
            let (time, sealed) = self.seal(lane, parcel, &mut first);
            let Some(exchange) = self.attempt(lane, parcel, (n, time), sealed).await? else {
                return Ok(Outcome::InDoubt);
            };
            drop(permit);
            let accepted = exchange.answer.as_ref().is_some_and(|answer| (lane.accepts)(answer));
            exchanges.push(exchange);
            match retry::next(&lane.policy, accepted, &exchanges) {
                Next::End(outcome) => return Ok(outcome),
                Next::Retry(after) => {
                    let again = Instant::now() + self.options.speed.real(after);
                    if self.stops_before(again).await {
                        break;
                    }
                }
            }
        }
        Ok(if exchanges.is_empty() { Outcome::NotSent } else { retry::stopped(&exchanges) })
    }

    /// The body of an attempt: freshly signed, unless retries keep the first signature.
    fn seal(&self, lane: &Lane, parcel: &Parcel, first: &mut Option<(i64, Sealed)>) -> (i64, Sealed) {
        let signing = lane.signing.as_ref();
        if let (Some(sealed), Some(Signing { resign_retries: false, .. })) = (&first, signing) {
            return sealed.clone();
        }
        let lifetime =
            signing.map_or(0, |signing| i64::try_from(signing.lifetime.as_secs()).unwrap_or(i64::MAX));
        let time = self.options.clock.now().as_second().saturating_add(lifetime);
        first.insert((time, seal(&parcel.envelope, signing, time))).clone()
    }

    /// One exchange, taken down before and after; none when the run was stopped in the middle of it.
    async fn attempt(
        &self,
        lane: &Lane,
        parcel: &Parcel,
        (n, time): (u32, i64),
        sealed: Sealed,
    ) -> io::Result<Option<Exchange>> {
        let (scenario, id) = (lane.scenario, parcel.id.clone());
        let sent_at = format!("{:.3}", self.options.clock.now());
        self.journal.note(Line::Intent {
            scenario,
            id: id.clone(),
            n,
            sent_at,
            signed_for: parcel.envelope.digest.map(|_| time),
        })?;
        let request =
            Request { target: lane.target.clone(), body: sealed.body, timeout: lane.policy.timeout };
        let mut exchange = tokio::select! {
            biased;
            () = self.stopped(Stop::Now) => return Ok(None),
            exchange = self.transport.send(request) => exchange,
        };
        if let (Some(signing), Some(answer)) = (&lane.signing, &mut exchange.answer) {
            answer.body = signing.mask(&answer.body, &sealed.signature);
        }
        self.journal.note(Line::Result { scenario, id, n, exchange: exchange.clone() })?;
        Ok(Some(exchange))
    }

    /// Waits until `at`; true when the run was stopped before.
    async fn stops_before(&self, at: Instant) -> bool {
        tokio::select! {
            biased;
            () = self.stopped(Stop::Drain) => true,
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
