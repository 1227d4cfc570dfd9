//! Conversion of plans to deliveries, and their grouping.

use std::sync::Arc;
use std::time::Duration;

use super::Setup;
use super::journal::RunJournal;
use super::planned::{Planned, Purpose};
use super::played_again::Player;
use super::state::StateProbe;
use crate::audit::{BEHIND, PlayOrder, turn};
use crate::callback::Class;
use crate::delivery::{Judge, Outgoing, StateObserver, StreamDelivery};
use crate::number;
use crate::plan::PlannedScenario;
use crate::provider::diagnosis::{Claim, explain_answer};
use crate::provider::signature::SignatureKeys;
use crate::provider::{Provider, Revision};
use crate::record::{Answer, Exchange, Finding, Meaning};
use crate::scenario::{Ordering, StateCheck};
use crate::verdict::{self, Expectation, LastExchange};

/// Scripted lanes at once.
pub(super) const BRISK_JOBS: usize = 8;
/// Lanes at once that wait for the receiver's own deadlines.
const WAITING_JOBS: usize = 12;

/// Lanes that are delivered together.
pub(super) struct Batch {
    pub(super) lanes: Vec<StreamDelivery>,
    /// Number of scenarios at the same time, if the user did not set it.
    pub(super) at_once: usize,
    /// Nothing more is played unless this scenario passed.
    pub(super) gate: Option<usize>,
    /// The next ones are delivered at the same time, if more than one may run.
    pub(super) beside: bool,
    /// Nothing else is under way meanwhile.
    pub(super) alone: bool,
}

fn batch(lanes: Vec<StreamDelivery>, at_once: usize) -> Batch {
    Batch { lanes, at_once, gate: None, beside: false, alone: false }
}

impl Batch {
    fn alone(self) -> Self {
        Self { alone: true, ..self }
    }

    /// Indices of the scenarios.
    pub(super) fn scenarios(&self) -> Vec<usize> {
        self.lanes.iter().map(|lane| lane.scenario).collect()
    }
}

/// All lanes in their order. Of an audit first the plain callback, then what is quick, what is on the wire by script and so
/// mostly waits, what fills the receiver's state, what restarts it, and last, one by one, what may end it.
pub(super) fn batches(player: &Player<'_>) -> Vec<Batch> {
    let planned = player.planned;
    let lanes = planned.plays.iter().enumerate();
    let lanes: Vec<StreamDelivery> = lanes.map(|(index, play)| lane(player, index, play)).collect();
    if planned.purpose != Purpose::Audit {
        return vec![batch(lanes, 1)];
    }
    let (mut first, mut quick, mut brisk, mut waiting) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut beside, mut restarting, mut volume, mut last) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (lane, play) in lanes.into_iter().zip(&planned.plays) {
        let scripted = lane.outgoing.iter().any(|outgoing| outgoing.wire_fault.script.is_some());
        match turn(planned.path(play)) {
            PlayOrder::First => first.push(lane),
            PlayOrder::Last => last.push(batch(vec![lane], 1).alone()),
            PlayOrder::After => {
                let gate = Some(lane.scenario);
                last.push(Batch { gate, ..batch(vec![lane], 1).alone() });
            }
            PlayOrder::Beside(rank) => beside.push((rank, lane)),
            PlayOrder::Volume => volume.push(lane),
            PlayOrder::Usual(_) if play.restarts() => restarting.push(lane),
            PlayOrder::Usual(_) if !scripted => quick.push(lane),
            PlayOrder::Usual(rank) if rank < BEHIND => brisk.push(lane),
            PlayOrder::Usual(rank) => waiting.push((rank, lane)),
        }
    }
    waiting.sort_by_key(|(rank, _)| *rank);
    let waiting = waiting.into_iter().map(|(_, lane)| lane).collect();
    let gate = first.first().map(|lane| lane.scenario).filter(|_| !planned.keep_going);
    beside.sort_by_key(|(rank, _)| *rank);
    let beside: Vec<StreamDelivery> = beside.into_iter().map(|(_, lane)| lane).collect();
    let at_once = beside.len();
    let mut batches =
        vec![Batch { gate, ..batch(first, 1) }, Batch { beside: true, ..batch(beside, at_once) }];
    batches.extend([batch(quick, 1), batch(brisk, BRISK_JOBS)]);
    batches.extend([batch(waiting, WAITING_JOBS), batch(volume, 1)]);
    batches.extend(std::iter::once(batch(restarting, 1).alone()).chain(last));
    batches.retain(|batch| !batch.lanes.is_empty());
    batches
}

/// The callbacks of a play, ready to be delivered.
pub(super) fn lane(player: &Player<'_>, index: usize, play: &PlannedScenario) -> StreamDelivery {
    let planned = player.planned;
    let target = player.destination.of(index, play);
    let outgoing = play.callbacks.iter().map(|callback| Outgoing {
        id: callback.id.clone(),
        class: callback.class,
        place: planned.place(play, &callback.step),
        due: callback.due,
        body_template: play.body_template(callback).sent_to(target.host()),
        wire_fault: callback.wire_fault.clone(),
        turn: callback.turn,
        judge: play
            .challenge(callback)
            .is_some()
            .then(|| judge(Expectation::of_callback(play, callback), play)),
    });
    StreamDelivery {
        scenario: index,
        target: target.clone(),
        signing: play.signing.clone(),
        policy: play.policy,
        judge: judge(Expectation::of(play), play),
        in_order: play.ordering == Ordering::Stream,
        outgoing: outgoing.collect(),
        observer: observer(planned, index, play, player.setup, player.journal),
    }
}

fn judge(expectation: Expectation, play: &PlannedScenario) -> Arc<dyn Judge> {
    let sender = play.signing.clone().map(|signing| (play.provider, play.revision, signing));
    Arc::new(ScenarioJudge { expectation, sender })
}

/// Judges the exchanges of one play.
struct ScenarioJudge {
    expectation: Expectation,
    /// Sender and its keys, to explain a signature in a refusal.
    sender: Option<(&'static Provider, &'static Revision, SignatureKeys)>,
}

impl Judge for ScenarioJudge {
    fn acknowledges(&self, exchange: &Exchange) -> bool {
        self.expectation.acknowledges(exchange)
    }

    fn meaning(&self, answer: &Answer) -> Meaning {
        self.expectation.meaning(answer)
    }

    fn findings(&self, class: Class, exchange: &Exchange, earlier: &[Exchange]) -> Vec<Finding> {
        let attempts = number::capped::<u32>(earlier.len()).saturating_add(1);
        let reached = earlier.iter().any(Exchange::reached);
        verdict::of_exchange(class, LastExchange { exchange, attempts, reached }, &self.expectation)
    }

    fn dropped(&self, class: Class, waited: Duration, longest: Duration) -> Option<Finding> {
        (class == Class::Legal).then(|| self.expectation.dropped(waited, longest))
    }

    fn reason(&self, body: &[u8], answer: &Answer) -> Option<String> {
        let (provider, revision, signing) = self.sender.as_ref()?;
        let fields = serde_json::from_slice(body).ok()?;
        let (fields, method, head) = (&fields, signing.method, &[]);
        let claim = Claim { provider, revision, method, fields, body, proof: None, head, path: "" };
        let mistake = explain_answer(&claim, &signing.key, &answer.body)?;
        Some(format!("the answer holds a signature that was computed by mistake: {mistake}"))
    }
}

/// Observer of the receiver's own API, if the scenario has questions.
fn observer(
    planned: &Planned,
    scenario: usize,
    play: &PlannedScenario,
    setup: &Setup,
    journal: &Arc<RunJournal>,
) -> Option<Arc<dyn StateObserver>> {
    let checks = play.expect.state.clone();
    let place = |(n, check): (usize, &StateCheck)| match check.by_flag {
        true => String::new(),
        false => planned.place(play, &format!("expect.state[{n}]")),
    };
    let places = checks.iter().enumerate().map(place);
    let probe = StateProbe {
        scenario,
        tolerant: planned.purpose == Purpose::Audit && scenario > 0,
        audits: planned.purpose == Purpose::Audit,
        places: places.collect(),
        stream: play.stream.clone(),
        http: setup.http.clone(),
        journal: journal.clone(),
        secrets: setup.secrets.clone(),
        before: Default::default(),
        lost: Default::default(),
        checks,
    };
    (!probe.checks.is_empty()).then(|| Arc::new(probe) as Arc<dyn StateObserver>)
}
