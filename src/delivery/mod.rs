//! Sending, in order and in time: the only IO of a run.
//!
//! The engine knows a [`Transport`] and a [`Journal`], so a test can put both in memory and let time stand still.

mod answer;
pub mod clock;
mod dial;
pub mod http;
mod retry;
pub mod target;
pub mod wire;

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Barrier, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::callback::{Envelope, Turn};
use crate::letter::{Hardship, Letter, Step};
use crate::provider::Policy;
use crate::provider::signature::{Sealed, Signing, seal};
use crate::record::{Answer, Exchange, Finding, Line, Outcome};
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
    /// What: a body for an ordinary client, or every byte and every pause.
    pub content: Content,
    /// How long the exchange may take.
    pub timeout: Duration,
}

/// What a request consists of.
#[derive(Clone, Debug)]
pub enum Content {
    /// A body; the client does the rest.
    Plain(Bytes),
    /// What no client would send.
    Script {
        /// What is written, and when.
        steps: Vec<Step>,
        /// Where the requests of one moment wait for each other.
        meeting: Option<Arc<Barrier>>,
    },
}

/// Takes down what happens. A line that cannot be taken down ends the run: what is not recorded must not be sent.
pub trait Journal: Send + Sync + 'static {
    /// Takes down one line, before what it says takes effect.
    ///
    /// # Errors
    /// The line is lost.
    fn note(&self, line: Line) -> io::Result<()>;
}

/// Looks at the receiver's state before and after a lane.
pub trait Witness: Send + Sync + 'static {
    /// Before anything of it is sent.
    fn before(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
    /// When all of it has ended.
    fn after(&self) -> Pin<Box<dyn Future<Output = Vec<Finding>> + Send + '_>>;
}

/// Stops the receiver and starts it again.
pub trait Restart: Send + Sync + 'static {
    /// Ends when it takes connections again.
    ///
    /// # Errors
    /// It does not, or there is no command to start it by.
    fn restart(&self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>>;
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
    /// Who looks at the state.
    pub witness: Option<Arc<dyn Witness>>,
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
    /// What sets its sending apart.
    pub hardship: Hardship,
    /// When it is sent, beside those before it.
    pub turn: Turn,
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
    /// Names and values of the headers that an ordinary client sends, for those requests that are not sent by one.
    pub headers: Arc<[(String, Vec<u8>)]>,
    /// Restarts the receiver, where a fault asks for it.
    pub restart: Option<Arc<dyn Restart>>,
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

/// What a callback shares with the others of its stream and of its moment.
struct Company {
    shared: Arc<Shared>,
    meeting: Option<Arc<Barrier>>,
    /// Since the moment began, in real time.
    after: Duration,
}

/// First sealings of those callbacks that others repeat byte for byte.
struct Shared(Mutex<BTreeMap<String, Option<(i64, Sealed)>>>);

impl Shared {
    fn of(parcels: &[Parcel]) -> Self {
        let repeated = parcels.iter().filter_map(|parcel| parcel.hardship.bytes_of.clone());
        Self(Mutex::new(repeated.map(|id| (id, None)).collect()))
    }

    /// Whoever comes first seals for all.
    fn first(&self, parcel: &Parcel, sealed: impl FnOnce() -> (i64, Sealed)) -> (i64, Sealed) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get_mut(parcel.hardship.bytes_of.as_ref().unwrap_or(&parcel.id)) {
            Some(known) => known.get_or_insert_with(sealed).clone(),
            None => sealed(),
        }
    }
}

/// One callback on its way.
struct Errand<'a> {
    lane: &'a Lane,
    parcel: &'a Parcel,
    company: &'a Company,
}

impl Errand<'_> {
    /// As its lane signs, or with a key of its own.
    fn signing(&self, attempt: u32) -> Option<Signing> {
        let signing = self.lane.signing.clone()?;
        let hardship = &self.parcel.hardship;
        Some(match &hardship.key {
            Some(key) if hardship.attempts == 0 || attempt <= hardship.attempts => {
                Signing { key: key.clone(), ..signing }
            }
            _ => signing,
        })
    }

    /// The provider's policy, or as many tries as a hardship gives it.
    fn policy(&self) -> Policy {
        let policy = self.lane.policy;
        match self.parcel.hardship.tries {
            Some(tries) => Policy { retries: tries.saturating_sub(1), queue: None, ..policy },
            None => policy,
        }
    }
}

async fn all(running: &mut JoinSet<io::Result<()>>) -> io::Result<()> {
    while let Some(ended) = running.join_next().await {
        ended.unwrap_or_else(|panicked| Err(io::Error::other(panicked)))?;
    }
    Ok(())
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
        if let Some(witness) = &lane.witness {
            // A receiver that is slow to say what it knows must not hold up a stop.
            tokio::select! {
                biased;
                () = self.stopped(Stop::Drain) => {}
                () = witness.before() => {}
            }
        }
        let begun = Instant::now();
        let shared = Arc::new(Shared::of(&lane.parcels));
        let mut running = JoinSet::new();
        for moment in lane.parcels.chunk_by(|_, next| next.turn != Turn::Next) {
            let meets = moment.iter().filter_map(|parcel| parcel.hardship.meets).max();
            let meeting = meets.map(|meets| Arc::new(Barrier::new(meets)));
            for parcel in moment {
                let after = if let Turn::With(after) = parcel.turn { after } else { Duration::ZERO };
                let due = begun + self.options.speed.real(parcel.due);
                let company = Company { shared: shared.clone(), meeting: meeting.clone(), after };
                running.spawn(self.clone().parcel(lane.clone(), parcel.clone(), due, company));
            }
            if lane.in_order {
                all(&mut running).await?;
            }
        }
        all(&mut running).await?;
        let findings = match &lane.witness {
            Some(witness) => tokio::select! {
                biased;
                () = self.stopped(Stop::Drain) => Vec::new(),
                findings = witness.after() => findings,
            },
            None => Vec::new(),
        };
        let scenario = lane.scenario;
        for finding in findings {
            self.journal.note(Line::Finding { scenario, id: None, finding })?;
        }
        self.journal.note(Line::Over { scenario })
    }

    async fn parcel(self, lane: Arc<Lane>, parcel: Parcel, due: Instant, company: Company) -> io::Result<()> {
        let errand = Errand { lane: &lane, parcel: &parcel, company: &company };
        let outcome = self.outcome(&errand, due).await?;
        self.journal.note(Line::Outcome { scenario: lane.scenario, id: parcel.id, outcome })
    }

    /// Waits for the callback's time and tries until there is an outcome.
    async fn outcome(&self, errand: &Errand<'_>, due: Instant) -> io::Result<Outcome> {
        // What is due long ago comes after its company all the same: the lag is the receiver's time, not the stream's.
        if self.stops_before(due.max(Instant::now()) + errand.company.after).await {
            return Ok(Outcome::NotSent);
        }
        if errand.parcel.hardship.restarts {
            let restarted = match &self.options.restart {
                Some(restart) => tokio::select! {
                    biased;
                    () = self.stopped(Stop::Drain) => false,
                    restarted = restart.restart() => restarted.is_ok(),
                },
                None => false,
            };
            // What was to be tried, a callback after a restart, cannot be.
            if !restarted {
                return Ok(Outcome::NotSent);
            }
        }
        let policy = errand.policy();
        let mut exchanges = Vec::new();
        let mut first = None;
        for n in 1.. {
            let permit = tokio::select! {
                biased;
                () = self.stopped(Stop::Drain) => break,
                permit = self.wire.acquire() => permit,
            };
            let (time, sealed) = self.seal(errand, n, &mut first);
            let Some(exchange) = self.attempt(errand, (n, time), sealed).await? else {
                return Ok(Outcome::InDoubt);
            };
            drop(permit);
            let accepted = exchange.answer.as_ref().is_some_and(|answer| (errand.lane.accepts)(answer));
            exchanges.push(exchange);
            match retry::next(&policy, accepted, &exchanges) {
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
    fn seal(&self, errand: &Errand<'_>, n: u32, first: &mut Option<(i64, Sealed)>) -> (i64, Sealed) {
        let signing = errand.signing(n);
        if let (Some(sealed), Some(Signing { resign_retries: false, .. })) = (&first, &signing) {
            return sealed.clone();
        }
        let lifetime = signing
            .as_ref()
            .map_or(0, |signing| i64::try_from(signing.lifetime.as_secs()).unwrap_or(i64::MAX));
        let now = self.options.clock.now().as_second().saturating_add(errand.parcel.hardship.clock);
        let time = now.saturating_add(lifetime);
        let sealed = || (time, seal(&errand.parcel.envelope, signing.as_ref(), time));
        let sealed =
            if first.is_none() { errand.company.shared.first(errand.parcel, sealed) } else { sealed() };
        first.insert(sealed).clone()
    }

    /// One exchange, taken down before and after; none when the run was stopped in the middle of it.
    async fn attempt(
        &self,
        errand: &Errand<'_>,
        (n, time): (u32, i64),
        sealed: Sealed,
    ) -> io::Result<Option<Exchange>> {
        let (lane, parcel) = (errand.lane, errand.parcel);
        let (scenario, id) = (lane.scenario, parcel.id.clone());
        let sent_at = format!("{:.3}", self.options.clock.now());
        self.journal.note(Line::Intent {
            scenario,
            id: id.clone(),
            n,
            sent_at,
            signed_for: parcel.envelope.digest.map(|_| time),
        })?;
        let signature = sealed.signature.clone();
        let request = Request {
            target: lane.target.clone(),
            content: self.content(errand, n, sealed),
            timeout: parcel.hardship.timeout.unwrap_or(lane.policy.timeout) + parcel.hardship.own_time,
        };
        let mut exchange = tokio::select! {
            biased;
            () = self.stopped(Stop::Now) => return Ok(None),
            exchange = self.transport.send(request) => exchange,
        };
        if let (Some(signing), Some(answer)) = (errand.signing(n), &mut exchange.answer) {
            answer.leaked =
                parcel.hardship.damaged && !signature.is_empty() && answer.body.contains(&signature);
            answer.body = signing.mask(&answer.body, &signature);
            // Signed with another key, the shared one is as secret as ever.
            answer.body = lane.signing.iter().fold(answer.body.clone(), |body, own| own.mask(&body, ""));
        }
        self.journal.note(Line::Result { scenario, id, n, exchange: exchange.clone() })?;
        Ok(Some(exchange))
    }

    /// What an attempt consists of: an ordinary body, unless a hardship touches it.
    fn content(&self, errand: &Errand<'_>, n: u32, sealed: Sealed) -> Content {
        let hardship = &errand.parcel.hardship;
        if !hardship.touches(n) {
            return Content::Plain(sealed.body);
        }
        let (host, target) = errand.lane.target.written();
        let mut letter =
            Letter::new(&host, &target, &self.options.headers, sealed.body.to_vec(), sealed.signature);
        hardship.tampers.iter().for_each(|tamper| tamper(&mut letter));
        let steps = match &hardship.script {
            Some(script) => script(&letter),
            None => vec![Step::Write(letter.bytes().into())],
        };
        Content::Script { steps, meeting: errand.company.meeting.clone() }
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
