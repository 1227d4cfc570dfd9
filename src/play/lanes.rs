//! From plans to what the delivery engine takes, and what of it is delivered together.

use std::sync::Arc;

use super::Setup;
use super::destination::Destination;
use super::journal::RunJournal;
use super::planned::{Planned, Purpose};
use super::state::StateProbe;
use crate::callback::Class;
use crate::delivery::{Judge, Lane, Parcel, Witness};
use crate::plan::Play;
use crate::record::{Answer, Exchange, Finding, Meaning};
use crate::scenario::Ordering;
use crate::verdict::{self, Expectation, LastExchange};

/// Slow lanes at once.
const SLOW_JOBS: usize = 8;

/// Lanes that are delivered together.
pub(super) struct Batch {
    pub(super) lanes: Vec<Lane>,
    /// So many at once, where the user did not ask for more.
    pub(super) at_once: usize,
}

/// All lanes in their order; of an audit first those that are quick, then those that take the receiver's own deadlines and
/// so mostly wait, last those that restart it.
pub(super) fn batches(
    planned: &Planned,
    setup: &Setup,
    destination: &Destination,
    journal: &Arc<RunJournal>,
) -> Vec<Batch> {
    let lanes = planned.plays.iter().enumerate();
    let lanes: Vec<Lane> =
        lanes.map(|(index, play)| lane(planned, (index, play), setup, (destination, journal))).collect();
    if planned.purpose != Purpose::Audit {
        return vec![Batch { lanes, at_once: 1 }];
    }
    let scripted = |lane: &Lane| lane.parcels.iter().any(|parcel| parcel.hardship.script.is_some());
    let restarts = |lane: &Lane| lane.parcels.iter().any(|parcel| parcel.hardship.restarts);
    let (alone, lanes): (Vec<_>, Vec<_>) = lanes.into_iter().partition(restarts);
    let (slow, quick) = lanes.into_iter().partition(scripted);
    let batch = |lanes, at_once| Batch { lanes, at_once };
    vec![batch(quick, 1), batch(slow, SLOW_JOBS), batch(alone, 1)]
}

fn lane(
    planned: &Planned,
    (index, play): (usize, &Play),
    setup: &Setup,
    (destination, journal): (&Destination, &Arc<RunJournal>),
) -> Lane {
    let parcels = play.callbacks.iter().map(|callback| Parcel {
        id: callback.id.clone(),
        class: callback.class,
        place: planned.place(play, &callback.step),
        due: callback.due,
        envelope: play.envelope(callback),
        hardship: callback.hardship.clone(),
        turn: callback.turn,
    });
    Lane {
        scenario: index,
        target: destination.of(index, play),
        signing: play.signing.clone(),
        policy: play.policy,
        judge: Arc::new(Judgement(Expectation::of(play))),
        in_order: play.ordering == Ordering::Stream,
        parcels: parcels.collect(),
        witness: witness(planned, (index, play), setup, journal),
    }
}

/// Judges the exchanges of one play.
struct Judgement(Expectation);

impl Judge for Judgement {
    fn acknowledges(&self, exchange: &Exchange) -> bool {
        self.0.acknowledges(exchange)
    }

    fn meaning(&self, answer: &Answer) -> Meaning {
        self.0.meaning(answer)
    }

    fn findings(&self, class: Class, exchange: &Exchange, attempts: u32) -> Vec<Finding> {
        verdict::of_exchange(class, LastExchange { exchange, attempts }, &self.0)
    }
}

/// Who asks the receiver's own API, if the scenario has questions.
fn witness(
    planned: &Planned,
    (scenario, play): (usize, &Play),
    setup: &Setup,
    journal: &Arc<RunJournal>,
) -> Option<Arc<dyn Witness>> {
    let checks = play.expect.state.clone();
    let places = (0..checks.len()).map(|n| planned.place(play, &format!("expect.state[{n}]")));
    let probe = StateProbe {
        scenario,
        tolerant: planned.purpose == Purpose::Audit && scenario > 0,
        places: places.collect(),
        stream: play.stream.clone(),
        http: setup.http.clone(),
        journal: journal.clone(),
        before: Default::default(),
        checks,
    };
    (!probe.checks.is_empty()).then(|| Arc::new(probe) as Arc<dyn Witness>)
}
