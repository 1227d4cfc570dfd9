//! Scenarios that are played again because the receiver's process ended while they were under way. One that ends it alone as well is
//! the cause; the others are judged by what a receiver does that runs.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::deliveries::{BRISK_JOBS, lane};
use super::destination::Destination;
use super::journal::{Interruption, ProcessEnd, RunJournal};
use super::planned::Planned;
use super::{CommandLines, Setup, announced};
use crate::audit::{PlayOrder, turn};
use crate::delivery::{Journal, Options, Stop, StreamDelivery, deliver};
use crate::plan::PlannedScenario;
use crate::record::Line;

/// The most often that one scenario is played again.
const MOST: u64 = 3;
/// Scenarios that are tried where the process ended during none of those that were under way.
const TRIED: usize = 8;

/// Delivers batches, and plays again what an end of the receiver's process interrupts.
pub(super) struct Player<'a> {
    pub(super) planned: &'a Planned,
    pub(super) setup: &'a Setup,
    pub(super) destination: &'a Destination,
    pub(super) journal: &'a Arc<RunJournal>,
    pub(super) lines: &'a dyn CommandLines,
    pub(super) options: Options,
    pub(super) stopping: watch::Receiver<Stop>,
    pub(super) again: Replays,
}

/// Scenarios that were played again, and those that wait for that.
#[derive(Default)]
pub(super) struct Replays {
    counts: Mutex<BTreeMap<usize, u64>>,
    /// Long ones, which wait until the others are over.
    later: Mutex<BTreeSet<usize>>,
}

impl Replays {
    /// Something was played again: one that ends the process may have others like it.
    fn any(&self) -> bool {
        !self.counts.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

impl Player<'_> {
    /// Delivers all of it, and whatever was interrupted meanwhile once more.
    pub(super) async fn deliver(&self, mut lanes: Vec<StreamDelivery>, at_once: usize) -> io::Result<()> {
        loop {
            let at_once = if at_once <= BRISK_JOBS && self.again.any() { 1 } else { at_once };
            lanes = self.some(lanes, at_once).await?;
            self.settle(at_once).await?;
            if lanes.is_empty() {
                return Ok(());
            }
        }
    }

    /// Delivers until the process ends; gives what did not begin.
    pub(super) async fn some(
        &self,
        lanes: Vec<StreamDelivery>,
        at_once: usize,
    ) -> io::Result<Vec<StreamDelivery>> {
        let options = Options { jobs: self.options.jobs.max(at_once), ..self.options.clone() };
        deliver(lanes, options, self.setup.http.clone(), self.journal.clone(), self.stopping.clone()).await
    }

    /// Plays the long ones again.
    pub(super) async fn play_later(&self) -> io::Result<()> {
        let later = std::mem::take(&mut *self.again.later.lock().unwrap_or_else(PoisonError::into_inner));
        let at_once = later.len();
        self.sort_out(Interruption { ends: Vec::new(), interrupted: later }, at_once, true).await
    }

    /// Finds out what ended the process, and plays the others again.
    async fn settle(&self, at_once: usize) -> io::Result<()> {
        self.sort_out(self.journal.interruption(), at_once, false).await
    }

    async fn sort_out(&self, mut open: Interruption, at_once: usize, long: bool) -> io::Result<()> {
        while !open.is_none() && !self.journal.is_stopped() {
            let (mut next, mut untold) = (Interruption::default(), Vec::new());
            let mut beside = std::mem::take(&mut open.interrupted);
            for end in open.ends {
                let (suspect, _) = end.during;
                beside.remove(&suspect);
                if self.may_play(suspect) {
                    let found = self.replay([suspect].into(), 1).await?;
                    // One that ends it alone as well is the cause for certain.
                    if found.ends.iter().all(|end| end.during.0 != suspect) {
                        untold.push(end);
                    }
                    next.ends.extend(found.ends.into_iter().filter(|end| end.during.0 != suspect));
                }
            }
            if !long {
                self.postpone(&mut beside);
            }
            beside.retain(|scenario| self.may_play(*scenario));
            let mut found = self.replay(beside, at_once).await?;
            if self.journal.is_stopped() {
                return Ok(());
            }
            if !untold.is_empty() && found.is_none() && next.is_none() {
                found = self.replay_lately(&untold).await?;
            }
            for end in &untold {
                match found.ends.is_empty() && next.ends.is_empty() {
                    true => self.journal.stand_by(end)?,
                    false => self.journal.clear(end),
                }
            }
            // One by one, what ended it was alone.
            let settled = if at_once == 1 { std::mem::take(&mut found.ends) } else { Vec::new() };
            found.interrupted.retain(|scenario| settled.iter().all(|end| end.during.0 != *scenario));
            next.extend(found);
            open = next;
        }
        Ok(())
    }

    /// Puts the long ones off: those beside which others are under way would hold them up.
    fn postpone(&self, scenarios: &mut BTreeSet<usize>) {
        let mut later = self.again.later.lock().unwrap_or_else(PoisonError::into_inner);
        let is_long = |index: &usize| {
            let play = self.planned.plays.get(*index);
            play.is_some_and(|play| matches!(turn(self.planned.path(play)), PlayOrder::Beside(_)))
        };
        later.extend(scenarios.extract_if(.., |index| is_long(index)));
    }

    /// It can be played again: it is a case, and was not played too often.
    fn may_play(&self, scenario: usize) -> bool {
        let counts = self.again.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let play = self.planned.plays.get(scenario);
        let case = play.is_some_and(|play| {
            !matches!(turn(self.planned.path(play)), PlayOrder::First | PlayOrder::After)
        });
        case && counts.get(&scenario).is_none_or(|count| *count < MOST)
    }

    /// Tries what was over shortly before an end that happened during none of those that were under way.
    async fn replay_lately(&self, untold: &[ProcessEnd]) -> io::Result<Interruption> {
        let tried = |scenario: &usize| untold.iter().all(|end| end.during.0 != *scenario);
        let over: Vec<usize> = self.journal.over_lately().into_iter().filter(tried).take(TRIED).collect();
        for scenario in over.into_iter().filter(|scenario| self.may_play(*scenario)) {
            let found = self.replay([scenario].into(), 1).await?;
            if !found.ends.is_empty() {
                return Ok(found);
            }
        }
        Ok(Interruption::default())
    }

    /// Plays scenarios again, with files of their own; what was interrupted again.
    async fn replay(&self, scenarios: BTreeSet<usize>, at_once: usize) -> io::Result<Interruption> {
        let mut lanes = Vec::new();
        for scenario in scenarios {
            lanes.extend(self.lane_again(scenario)?);
        }
        let mut found = Interruption::default();
        let any = !lanes.is_empty();
        while !lanes.is_empty() {
            lanes = self.some(lanes, at_once).await?;
            found.extend(self.journal.interruption());
        }
        if let Some(restart) = self.setup.restart.as_ref().filter(|_| any) {
            let mut stopping = self.stopping.clone();
            tokio::select! {
                biased;
                _ = stopping.wait_for(|stop| *stop != Stop::No) => {}
                // An end that comes a moment after the last answer.
                _ = restart.steady(true) => {}
            }
            found.extend(self.journal.interruption());
        }
        Ok(found)
    }

    /// The scenario, planned with other ids and announced.
    fn lane_again(&self, scenario: usize) -> io::Result<Option<StreamDelivery>> {
        let Some(play) = self.planned_again(scenario).filter(|_| !self.journal.is_stopped()) else {
            return Ok(None);
        };
        self.journal.begin_again(self.planned, scenario, &play, self.destination)?;
        for callback in announced(self.planned, scenario, &play, &self.setup.secrets, self.lines) {
            self.journal.note(Line::Callback(callback))?;
        }
        Ok(Some(lane(self, scenario, &play)))
    }

    fn planned_again(&self, scenario: usize) -> Option<PlannedScenario> {
        let plays = &self.planned.plays;
        let before = plays.get(scenario)?;
        let mut counts = self.again.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(scenario).or_default();
        *count += 1;
        // A case that two editions play has several.
        let place = plays.iter().take(scenario).filter(|play| play.scenario == before.scenario).count();
        let loaded = self.planned.loaded.get(before.scenario)?.clone();
        let seed = self.planned.conditions.seed.wrapping_add(*count);
        let mut again = self.planned.instead(loaded, seed)?.plays.into_iter().nth(place)?;
        again.scenario = before.scenario;
        again.policy = before.policy;
        Some(again)
    }
}
