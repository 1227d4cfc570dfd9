//! Sending, in order and in time: the only IO of a run.
//!
//! The engine knows a [`Transport`] and a [`Journal`], so a test can put both in memory and let time stand still.

pub(crate) mod answer;
pub mod attempt;
pub mod clock;
mod company;
pub(crate) mod dial;
pub mod http;
pub(crate) mod retry;
pub mod target;
pub(crate) mod trust;
pub mod watched;
pub mod wire;

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use tokio::sync::{Barrier, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::callback::{Class, Envelope, Turn};
use crate::letter::{Hardship, Step};
use crate::masking::Secrets;
use crate::provider::Policy;
use crate::provider::signature::{Sealed, Signing};
use crate::record::{Answer, Exchange, Finding, Line, Meaning, Outcome};
use crate::speed::Speed;
use clock::Clock;
use company::{Company, Errand, Shared};
use retry::Next;
use target::Target;
pub use watched::Restart;

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

/// Judges exchanges. It sees answers whole and as they came; records keep a part of them.
pub trait Judge: Send + Sync + 'static {
    /// Whether the vendor takes this exchange for an acknowledgement, and so sends nothing again.
    fn acknowledges(&self, exchange: &Exchange) -> bool;
    /// What an answer that acknowledges says in the scenario's own terms.
    fn meaning(&self, answer: &Answer) -> Meaning;
    /// What there is to say of the exchange that ended a callback of this class, after so many attempts.
    fn findings(&self, class: Class, exchange: &Exchange, attempts: u32) -> Vec<Finding>;
    /// What a refusal without secrets tells of how the receiver came to it, beside the body that was sent.
    fn reason(&self, _body: &[u8], _answer: &Answer) -> Option<String> {
        None
    }
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
    /// Judges its answers.
    pub judge: Arc<dyn Judge>,
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
    /// What a right receiver does with it.
    pub class: Class,
    /// `file:line:column` of the broadcast step behind it.
    pub place: String,
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
    /// What no line may hold; the signatures of all attempts are added.
    pub secrets: Secrets,
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
    let meetings = Arc::new(Semaphore::new(1));
    let mut running = JoinSet::new();
    for lane in lanes {
        let post = Post {
            options: options.clone(),
            transport: transport.clone(),
            journal: journal.clone(),
            stop: stop.clone(),
            wire: wire.clone(),
            meetings: meetings.clone(),
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

async fn all(running: &mut JoinSet<io::Result<()>>) -> io::Result<()> {
    while let Some(ended) = running.join_next().await {
        ended.unwrap_or_else(|panicked| Err(io::Error::other(panicked)))?;
    }
    Ok(())
}

/// An exchange, judged.
struct Judged {
    exchange: Exchange,
    acknowledged: bool,
    findings: Vec<Finding>,
}

/// Sends the callbacks of a lane.
struct Post<T, J> {
    options: Options,
    transport: Arc<T>,
    journal: Arc<J>,
    stop: watch::Receiver<Stop>,
    wire: Arc<Semaphore>,
    meetings: Arc<Semaphore>,
}

impl<T, J> Clone for Post<T, J> {
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

impl<T: Transport, J: Journal> Post<T, J> {
    async fn lane(self, lane: Arc<Lane>) -> io::Result<()> {
        let life = self.steady(false).await;
        if let Some(witness) = &lane.witness {
            // A receiver that is slow to say what it knows must not hold up a stop.
            tokio::select! {
                biased;
                () = self.stopped(Stop::Drain) => {}
                () = witness.before() => {}
            }
        }
        let begun = Instant::now();
        let shared = Arc::new(Shared::of(&lane));
        let mut running = JoinSet::new();
        for moment in lane.parcels.chunk_by(|_, next| next.turn != Turn::Next) {
            let meets = moment.iter().filter_map(|parcel| parcel.hardship.meets).max();
            let meeting = meets.map(|meets| Arc::new(Barrier::new(meets)));
            let room = match meeting {
                Some(_) => self.meetings.clone().acquire_owned().await.ok().map(Arc::new),
                None => None,
            };
            for parcel in moment {
                let after = if let Turn::With(after) = parcel.turn { after } else { Duration::ZERO };
                let due = begun + self.options.speed.real(parcel.due);
                let company =
                    Company { shared: shared.clone(), meeting: meeting.clone(), _room: room.clone(), after };
                running.spawn(self.clone().parcel(lane.clone(), parcel.clone(), due, company));
            }
            if lane.in_order {
                all(&mut running).await?;
            }
        }
        all(&mut running).await?;
        // A receiver that ended has not its state any more; that it ended says enough.
        let ended = self.steady(shared.broke()).await != life;
        let findings = match lane.witness.as_ref().filter(|_| !ended) {
            Some(witness) => tokio::select! {
                biased;
                // Something of it is not known, so it is not over.
                () = self.stopped(Stop::Drain) => return Ok(()),
                findings = witness.after() => findings,
            },
            None => Vec::new(),
        };
        let scenario = lane.scenario;
        for mut finding in findings {
            finding.clean(&self.options.secrets);
            self.journal.note(Line::Finding { scenario, id: None, finding })?;
        }
        self.journal.note(Line::Over { scenario })
    }

    /// How often the receiver was started again, as soon as it runs.
    async fn steady(&self, broke: bool) -> u32 {
        let Some(restart) = &self.options.restart else { return 0 };
        tokio::select! {
            biased;
            () = self.stopped(Stop::Drain) => 0,
            life = restart.steady(broke) => life,
        }
    }

    async fn parcel(self, lane: Arc<Lane>, parcel: Parcel, due: Instant, company: Company) -> io::Result<()> {
        let attempts = parcel.attempts(&lane);
        let errand = Errand { lane: &lane, parcel: &parcel, company: &company, attempts };
        let (outcome, findings) = self.outcome(&errand, due).await?;
        let (scenario, id) = (lane.scenario, parcel.id.clone());
        for finding in findings {
            let finding = Finding { place: parcel.place.clone(), ..finding };
            self.journal.note(Line::Finding { scenario, id: Some(id.clone()), finding })?;
        }
        self.journal.note(Line::Outcome { scenario, id, outcome })
    }

    /// Waits for the callback's time and tries until there is an outcome; and what there is to say of the last exchange.
    /// What was not sent, or is in doubt, is not judged.
    async fn outcome(&self, errand: &Errand<'_>, due: Instant) -> io::Result<(Outcome, Vec<Finding>)> {
        // What is due long ago comes after its company all the same: the lag is the receiver's time, not the stream's.
        let after = errand.company.after;
        let at = if after.is_zero() { due } else { due.max(Instant::now()) + after };
        if self.stops_before(at).await || !self.restarted(errand).await {
            return Ok((Outcome::NotSent, Vec::new()));
        }
        let policy = errand.attempts.retries();
        let (mut exchanges, mut findings) = (Vec::new(), Vec::new());
        for n in 1.. {
            let permit = tokio::select! {
                biased;
                () = self.stopped(Stop::Drain) => break,
                permit = self.wire.acquire() => permit,
            };
            let now = self.options.clock.now().as_second();
            let (time, sealed) = errand.attempts.seal(n, now, &errand.company.shared.firsts);
            let Some(judged) = self.attempt(errand, (n, time), sealed).await? else {
                return Ok((Outcome::InDoubt, Vec::new()));
            };
            drop(permit);
            findings = judged.findings;
            exchanges.push(judged.exchange);
            match retry::next(&policy, judged.acknowledged, &exchanges) {
                Next::End(outcome) => return Ok((outcome, findings)),
                Next::Retry(after) => {
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
    async fn restarted(&self, errand: &Errand<'_>) -> bool {
        if !errand.parcel.hardship.restarts {
            return true;
        }
        let Some(restart) = &self.options.restart else { return false };
        tokio::select! {
            biased;
            () = self.stopped(Stop::Drain) => false,
            restarted = restart.restart() => restarted.is_ok(),
        }
    }

    /// One exchange, taken down before and after; none when the run was stopped in the middle of it.
    async fn attempt(
        &self,
        errand: &Errand<'_>,
        (n, time): (u32, i64),
        sealed: Sealed,
    ) -> io::Result<Option<Judged>> {
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
        let (signature, bytes) = (sealed.signature.clone(), sealed.body.clone());
        let secrets = &self.options.secrets;
        errand.give_away(n, &sealed, secrets);
        let request = Request {
            target: lane.target.clone(),
            content: self.content(errand, n, sealed),
            timeout: errand.attempts.timeout(),
        };
        let mut exchange = tokio::select! {
            biased;
            () = self.stopped(Stop::Now) => return Ok(None),
            exchange = self.transport.send(request) => exchange,
        };
        if let Some(answer) = &mut exchange.answer {
            answer.meaning = lane.judge.meaning(answer);
            answer.leaked =
                parcel.hardship.damaged && !signature.is_empty() && answer.body.contains(&signature);
        }
        if exchange.error.as_ref().is_some_and(|error| error.kind.breaks_off()) {
            errand.company.shared.break_off();
        }
        // Judged whole and as it came; what is kept of it is short, and without secrets.
        let acknowledged = lane.judge.acknowledges(&exchange);
        let mut findings = lane.judge.findings(parcel.class, &exchange, n);
        findings.iter_mut().for_each(|finding| finding.clean(secrets));
        if let Some(trouble) = &mut exchange.error {
            secrets.clean(&mut trouble.text);
        }
        if let Some(answer) = &mut exchange.answer {
            answer.keep(secrets);
            let failed = findings.iter_mut().find(|finding| !finding.ok && parcel.class == Class::Legal);
            if let Some((failed, reason)) = failed.and_then(|f| Some((f, lane.judge.reason(&bytes, answer)?)))
            {
                failed.actual.push_str(&format!("; {reason}"));
            }
        }
        self.journal.note(Line::Result { scenario, id, n, exchange: exchange.clone() })?;
        Ok(Some(Judged { exchange, acknowledged, findings }))
    }

    /// What an attempt consists of.
    fn content(&self, errand: &Errand<'_>, n: u32, sealed: Sealed) -> Content {
        match errand.attempts.content((&errand.lane.target, &self.options.headers), n, sealed) {
            // A retry comes alone.
            Content::Script { steps, .. } => {
                Content::Script { steps, meeting: errand.company.meeting.clone().filter(|_| n == 1) }
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
