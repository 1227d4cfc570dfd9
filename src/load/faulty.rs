//! Faults under load. A broadcast that a fault was drawn for is planned as it would be alone, and its callbacks go the
//! ordinary way, on a thread of its own: whatever can be done to a request can be done to it under load, too. The others
//! keep their templates.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::callback::{Class, PlannedCallback};
use crate::delivery::attempt::{Attempts, CommonHeaders, FirstSealings};
use crate::delivery::http::{ConnectionSettings, Http};
use crate::delivery::target::ReceiverUrl;
use crate::delivery::{Request, Transport};
use crate::load::learned::{AnswerDeviation, AnswerJudged};
use crate::load::os::WakeUp;
use crate::masking::Secrets;
use crate::number;
use crate::plan::editions::Editions;
use crate::plan::{Broadcast, Faults, Hurting, PlanSettings, PlannedScenario, plan};
use crate::problem::Problem;
use crate::provider::signature::SignedMessage;
use crate::record::Exchange;
use crate::scenario::{Loaded, Ordering};
use crate::speed::{LaneStarts, Speed};
use crate::verdict::{self, Expectation, LastExchange};

/// Draws the faults of broadcasts.
#[derive(Clone)]
pub struct FaultDraw(Arc<FaultDrawSettings>);

struct FaultDrawSettings {
    loaded: Loaded,
    faults: Faults,
    /// Plays without faults.
    plays: Vec<PlannedScenario>,
    seed: u64,
    key: Option<SecretString>,
    editions: Editions,
    /// Target of each of its plays.
    targets: Vec<ReceiverUrl>,
    connection: ConnectionSettings,
    /// Takes the place of the providers' time limits.
    timeout: Option<Duration>,
    headers: CommonHeaders,
}

impl FaultDraw {
    /// Draw for a scenario with faults; none if it has none. `targets` are those of its plays.
    ///
    /// # Errors
    /// There is a fault that cannot be put on one broadcast of many.
    pub fn of(
        loaded: &Loaded,
        conditions: &PlanSettings,
        targets: Vec<ReceiverUrl>,
        connection: &ConnectionSettings,
        timeout: Option<Duration>,
    ) -> Result<Option<Self>, Vec<Problem>> {
        if loaded.scenario.faults.is_empty() {
            return Ok(None);
        }
        let mut setting = FaultDrawSettings {
            faults: Faults::of(loaded),
            plays: Vec::new(),
            loaded: loaded.clone(),
            seed: conditions.seed,
            key: conditions.key.clone(),
            editions: conditions.editions.clone(),
            targets,
            connection: connection.clone(),
            timeout,
            headers: connection.headers(),
        };
        let first = Broadcast { number: 1, began: conditions.now.as_second() };
        let plays = setting.plan(first, Hurting::All)?;
        let refused = |why: &str| Err(vec![Problem::at("faults", why)]);
        if plays.iter().any(PlannedScenario::restarts) {
            return refused("`restart` stops the receiver for all broadcasts; it has no place in a load");
        }
        if plays.iter().any(|play| play.ordering == Ordering::Free) {
            return refused("under load faults take `ordering: stream`");
        }
        setting.plays = setting.plan(first, Hurting::None)?;
        Ok(Some(Self(Arc::new(setting))))
    }

    /// Callbacks of a broadcast, if a fault was drawn for it.
    pub(super) fn draw(&self, index: usize, broadcast: Broadcast) -> Option<FaultyBroadcast> {
        let setting = &self.0;
        if !setting.plays.get(index)?.is_hit(&setting.faults, broadcast.number) {
            return None;
        }
        // What can be planned with every fault can be planned with some.
        let play = setting.plan(broadcast, Hurting::Drawn).ok()?.into_iter().nth(index)?;
        let target = setting.targets.get(index)?.clone();
        // What a fault left out bears none.
        let faulty = play.callbacks.len() != setting.plays.get(index)?.callbacks.len()
            || play.callbacks.iter().any(|callback| !callback.faults.is_empty());
        faulty.then(|| FaultyBroadcast {
            expectation: Expectation::of(&play),
            sealed: BTreeMap::new(),
            firsts: FirstSealings::of(play.callbacks.iter().map(|callback| callback.id.clone())),
            target,
            play,
        })
    }

    pub(super) fn headers(&self) -> &CommonHeaders {
        &self.0.headers
    }
}

impl FaultDrawSettings {
    fn plan(&self, broadcast: Broadcast, hurting: Hurting) -> Result<Vec<PlannedScenario>, Vec<Problem>> {
        let conditions = PlanSettings {
            seed: self.seed,
            now: number::moment(broadcast.began),
            speed: Speed::Max,
            key: self.key.clone(),
            single: None,
            broadcast: Some(broadcast),
            hurting,
            editions: self.editions.clone(),
        };
        let mut plays = plan(&self.loaded, 0, 1, &conditions, &mut LaneStarts::new(1))?;
        plays.iter_mut().for_each(|play| play.policy.timeout = self.timeout.unwrap_or(play.policy.timeout));
        Ok(plays)
    }
}

/// A broadcast that a fault was drawn for.
pub(super) struct FaultyBroadcast {
    play: PlannedScenario,
    target: ReceiverUrl,
    expectation: Expectation,
    firsts: FirstSealings,
    /// Sent messages of each callback, in case a receiver sends a signature back.
    sealed: BTreeMap<u32, Vec<(SignedMessage, Vec<u8>)>>,
}

impl FaultyBroadcast {
    /// Number of its callbacks.
    pub(super) fn callbacks(&self) -> u32 {
        number::capped::<u32>(self.play.callbacks.len())
    }

    fn callback(&self, index: u32) -> Option<&PlannedCallback> {
        self.play.callbacks.get(index as usize)
    }

    /// Its event, in the provider's words.
    pub(super) fn event(&self, index: u32) -> Option<&'static str> {
        self.callback(index).map(|callback| callback.event)
    }

    /// A fault was put on this callback.
    pub(super) fn is_faulty(&self, index: u32) -> bool {
        self.callback(index).is_some_and(|callback| !callback.faults.is_empty())
    }

    /// Number of tries of this callback, if it differs from its provider's.
    pub(super) fn tries(&self, index: u32) -> Option<u32> {
        self.callback(index)?.wire_fault.tries
    }

    /// The request of an attempt, counted from 1, at this time in Unix seconds.
    pub(super) fn request(
        &mut self,
        index: u32,
        attempt: u32,
        now: i64,
        headers: &CommonHeaders,
    ) -> Option<Request> {
        let callback = self.play.callbacks.get(index as usize)?;
        let body_template = self.play.body_template(callback).sent_to(self.target.host());
        let attempts = Attempts {
            id: &callback.id,
            body_template: &body_template,
            wire_fault: &callback.wire_fault,
            signing: self.play.signing.as_ref(),
            policy: self.play.policy,
            due: callback.due,
        };
        let (_, sealed) = attempts.seal(attempt, now, &self.firsts);
        let sent = attempts.sent(attempt, &sealed).body;
        self.sealed.entry(index).or_default().push((sealed.clone(), sent));
        Some(Request {
            content: attempts.content(&self.target, headers, attempt, sealed),
            target: self.target.clone(),
            timeout: attempts.timeout(),
        })
    }

    /// Judges an exchange by the callback's class.
    pub(super) fn judge(&self, index: u32, exchange: &Exchange) -> AnswerJudged {
        let class = self.callback(index).map_or(Class::Legal, |callback| callback.class);
        let findings = verdict::of_exchange(
            class,
            LastExchange { exchange, attempts: 1, reached: false },
            &self.expectation,
        );
        let accepted = self.expectation.acknowledges(exchange);
        // A legal callback without an answer is counted as what became of it: unreachable, or in doubt.
        let counted = class == Class::Legal && exchange.answer.is_none();
        let mut judged = AnswerJudged::of(
            accepted,
            findings.into_iter().filter(|finding| finding.ok || !counted).collect(),
        );
        if accepted && class == Class::Hostile {
            judged.failed = judged.failed.map(|why| AnswerDeviation {
                text: format!("hostile, and accepted: {}", why.text),
                // The status alone does not say it.
                kind: None,
            });
        }
        judged
    }

    /// Tells key and signatures of a callback, the right ones too where those that were sent are wrong on purpose.
    pub(super) fn give_away(&self, index: u32, secrets: &Secrets) {
        let key = self.callback(index).and_then(|callback| callback.wire_fault.key.as_ref());
        key.iter().for_each(|key| secrets.key(key.expose_secret()));
        for (sealed, sent) in self.sealed.get(&index).into_iter().flatten() {
            std::iter::once(&sealed.signature).chain(&sealed.beside).for_each(|made| secrets.signature(made));
            for own in self.play.signing.iter() {
                let right = [own.right_ones(&sealed.body), own.right_ones(sent)].concat();
                right.iter().for_each(|right| secrets.signature(right));
            }
        }
    }

    /// Nobody can be asked to answer it.
    pub(super) fn may_be_hung_up_on(&self, index: u32) -> bool {
        self.callback(index).is_some_and(|callback| callback.class != Class::Legal)
    }
}

/// The ordinary way, beside a sending thread.
pub(super) struct FaultySender {
    give: UnboundedSender<(u64, Request)>,
    done: mpsc::Receiver<(u64, Exchange)>,
}

impl FaultySender {
    /// Opens it; the waker rings when something is done.
    ///
    /// # Errors
    /// No thread can be started, or the certificates cannot be read.
    pub(super) fn open(fault_draw: &FaultDraw, waker: WakeUp) -> io::Result<Self> {
        let (give, mut given) = unbounded_channel::<(u64, Request)>();
        let (tell, done) = mpsc::channel();
        let http = Arc::new(Http::new(fault_draw.0.connection.clone()).map_err(io::Error::other)?);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("faults".into()).spawn(move || {
            let waker = Arc::new(waker);
            runtime.block_on(async move {
                while let Some((ticket, request)) = given.recv().await {
                    let (http, tell, waker) = (http.clone(), tell.clone(), waker.clone());
                    tokio::spawn(async move {
                        let exchange = http.send(request).await;
                        // A sender that has gone wants no answer.
                        let _ = tell.send((ticket, exchange)).map(|()| waker.ring());
                    });
                }
            });
        })?;
        Ok(Self { give, done })
    }

    /// Sends a request; the ticket comes back with what became of it.
    pub(super) fn send(&self, ticket: u64, request: Request) {
        // The other thread ends after this one.
        let _ = self.give.send((ticket, request));
    }

    /// Exchanges that have ended.
    pub(super) fn collect(&self) -> Vec<(u64, Exchange)> {
        self.done.try_iter().collect()
    }
}
