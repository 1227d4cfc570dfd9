//! Sending, in order and in time: the only IO of a run.
//!
//! The engine knows a [`Transport`] and a [`Journal`], so a test can put both in memory and let time stand still.

pub(crate) mod answer;
pub mod attempt;
pub mod clock;
pub(crate) mod dial;
mod engine;
pub mod http;
mod interfaces;
mod meeting;
mod outgoing;
mod redirect;
pub(crate) mod retry;
mod sent;
mod simultaneous;
pub mod target;
pub(crate) mod trust;
mod unpacked;
pub mod watched;
pub mod wire;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::masking::Secrets;
use crate::provider::signature::SignedMessage;
use crate::request::WireStep;
use crate::speed::Speed;
use attempt::CommonHeaders;
use clock::Clock;
use engine::Engine;
pub use interfaces::{Journal, Judge, StateObserver, Transport};
use meeting::Meeting;
pub use outgoing::{Outgoing, StreamDelivery};
use target::ReceiverUrl;
pub use watched::Restart;

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// URL of the receiver.
    pub target: ReceiverUrl,
    /// Content of the request: a body for an ordinary client, or every byte and every pause.
    pub content: Content,
    /// Time limit of the exchange.
    pub timeout: Duration,
}

/// Content of a request.
#[derive(Clone, Debug)]
pub enum Content {
    /// A message; the client does the rest.
    Plain(SignedMessage),
    /// Bytes that no HTTP client would send.
    Script {
        /// Bytes and pauses, in order.
        steps: Vec<WireStep>,
        /// Moment for which the requests of one moment wait for each other.
        meeting: Option<Arc<Meeting>>,
    },
}

impl Content {
    /// Some of its bytes are this text: an answer that repeats it tells nothing new.
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Self::Plain(message) => holds(&message.body, text),
            Self::Script { steps, .. } => {
                steps.iter().any(|step| matches!(step, WireStep::Write(bytes) if holds(bytes, text)))
            }
        }
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    !text.is_empty() && bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

/// Settings of the whole delivery.
#[derive(Clone)]
pub struct Options {
    /// Speed of simulated time.
    pub speed: Speed,
    /// Lanes at once.
    pub jobs: usize,
    /// Tells the time that callbacks are signed with.
    pub clock: Clock,
    /// The headers that an ordinary client sends, for those requests that are not sent by one.
    pub headers: Arc<CommonHeaders>,
    /// Restarts the receiver, where a fault asks for it.
    pub restart: Option<Arc<dyn Restart>>,
    /// Secrets that no line may contain; the signatures of all attempts are added.
    pub secrets: Secrets,
}

/// Exchanges at once, over all lanes: below what a process may have open by default, so that a shortage of ours is never
/// taken for the receiver's fault.
const MOST_EXCHANGES: usize = 128;

/// State of the run: going on, draining, or stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// It does.
    #[default]
    No,
    /// Requests on the wire end; no new one starts.
    Drain,
    /// Everything ends at once; callbacks on the wire are in doubt.
    Now,
}

/// Delivers the callbacks of every scenario. When it returns, every callback has its outcome in the journal, unless the
/// journal failed.
///
/// Gives the scenarios that did not begin because the journal waits.
///
/// # Errors
/// The journal lost a line.
pub async fn deliver<T: Transport, J: Journal>(
    lanes: Vec<StreamDelivery>,
    options: Options,
    transport: Arc<T>,
    journal: Arc<J>,
    stop: watch::Receiver<Stop>,
) -> io::Result<Vec<StreamDelivery>> {
    let room = Arc::new(Semaphore::new(options.jobs.max(1)));
    let wire = Arc::new(Semaphore::new(MOST_EXCHANGES));
    let meetings = Arc::new(Semaphore::new(1));
    let mut running = JoinSet::new();
    let mut lanes = VecDeque::from(lanes);
    while let Some(lane) = lanes.pop_front() {
        // Taken here, not in the task: lanes begin in their order.
        let Ok(permit) = room.clone().acquire_owned().await else { break };
        if journal.unsettled() {
            lanes.push_front(lane);
            break;
        }
        let engine = Engine {
            options: options.clone(),
            transport: transport.clone(),
            journal: journal.clone(),
            stop: stop.clone(),
            wire: wire.clone(),
            meetings: meetings.clone(),
        };
        running.spawn(async move {
            let result = engine.lane(Arc::new(lane)).await;
            drop(permit);
            result
        });
    }
    let mut result = Ok(());
    while let Some(lane) = running.join_next().await {
        let ended = lane.unwrap_or_else(|panicked| Err(io::Error::other(panicked)));
        result = result.and(ended);
    }
    result.map(|()| lanes.into())
}

async fn all(running: &mut JoinSet<io::Result<()>>) -> io::Result<()> {
    while let Some(ended) = running.join_next().await {
        ended.unwrap_or_else(|panicked| Err(io::Error::other(panicked)))?;
    }
    Ok(())
}
