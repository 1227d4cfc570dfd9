//! Ends of the receiver's process by itself: the callback during which it ended, and the scenarios that it ended with.

use std::collections::BTreeSet;
use std::io;

use super::{Entry, RunJournal, StateQueries};
use crate::delivery::Stop;
use crate::delivery::watched::ReceiverEvent;
use crate::number;
use crate::plan::PlannedScenario;
use crate::play::Destination;
use crate::play::planned::Planned;
use crate::record::{Finding, FindingKind, Line, MEANWHILE, ScenarioRun};

/// An end, as far as it is known.
#[derive(Clone)]
pub(in crate::play) struct ProcessEnd {
    /// The callback that was under way, as it seems: index of its scenario line, and its id.
    pub(in crate::play) during: (usize, String),
    finding: Finding,
    /// The last lines that it printed.
    lines: Vec<String>,
}

/// Ends that nobody has looked into yet, and the scenarios that were under way.
#[derive(Default)]
pub(in crate::play) struct Interruption {
    pub(in crate::play) ends: Vec<ProcessEnd>,
    pub(in crate::play) interrupted: BTreeSet<usize>,
}

impl Interruption {
    /// True if there was none.
    pub(in crate::play) fn is_none(&self) -> bool {
        self.ends.is_empty() && self.interrupted.is_empty()
    }

    /// Takes another one in.
    pub(in crate::play) fn extend(&mut self, other: Self) {
        self.ends.extend(other.ends);
        self.interrupted.extend(other.interrupted);
    }
}

/// Every end, and those that nobody has looked into yet.
#[derive(Default)]
pub(super) struct ProcessEnds {
    unsettled: Vec<ProcessEnd>,
    pub(super) interrupted: BTreeSet<usize>,
    /// Scenarios during which the process ended; none = nothing was under way.
    during: BTreeSet<Option<usize>>,
}

impl ProcessEnds {
    pub(super) fn is_settled(&self) -> bool {
        self.unsettled.is_empty() && self.interrupted.is_empty()
    }
}

impl RunJournal {
    /// Records a change of the receiver's process, for the callback during which it happened, if there was one.
    ///
    /// Gives whether it is to be started again.
    ///
    /// # Errors
    /// It could not be written down.
    pub fn receiver(&self, event: &ReceiverEvent) -> io::Result<bool> {
        let mut state = self.lock();
        let during = state.lately.during(&state.run, event.at);
        let answered = state.lately.answered(&state.run).filter(|answered| Some(answered) != during.as_ref());
        // Where it is started again, what it answered before says nothing more.
        let answered = answered.filter(|_| self.ending.deaths.is_none());
        let mut finding = event.finding(answered.as_ref().map(|(_, id)| id.as_str()));
        if event.is_end() {
            state.ends.during.insert(during.as_ref().map(|(scenario, _)| *scenario));
        }
        let deaths = number::capped::<u32>(state.ends.during.len());
        let again = event.is_end() && self.ending.deaths.is_some_and(|most| deaths < most);
        let (scenario, id) = during.clone().map_or((0, None), |(scenario, id)| (scenario, Some(id)));
        if let Some(id) = &id {
            let callback = state.run.callback(scenario, id);
            finding.place = callback.map_or_else(String::new, |callback| callback.line.place.clone());
        }
        state.tell(scenario, id, &finding, &event.lines)?;
        let hurt = state.lately.unanswered_at_the_end(&state.run);
        if event.is_end() {
            state.lately.process_ends(event.at);
        }
        if again {
            self.beside(&mut state, scenario, &finding)?;
            state.ends.interrupted.extend(hurt);
            let lines = event.lines.clone();
            state.ends.unsettled.extend(during.map(|during| ProcessEnd { during, finding, lines }));
        } else if event.is_end() {
            let cases = if deaths > 1 { format!(", in {deaths} cases") } else { String::new() };
            self.call_off(&mut state, &format!("{}{cases}", event.text()));
        }
        Ok(again)
    }

    /// Writes down for what is under way beside a scenario that the receiver's process ended: what becomes of it says nothing.
    fn beside(&self, state: &mut StateQueries, during: usize, end: &Finding) -> io::Result<()> {
        let begun = |run: &ScenarioRun| !run.over && run.callbacks.iter().any(|c| !c.attempts.is_empty());
        let runs = state.run.scenarios.iter().enumerate();
        let beside: Vec<usize> =
            runs.filter(|(index, run)| *index != during && begun(run)).map(|(index, _)| index).collect();
        let path = state.run.scenarios.get(during).map_or_else(String::new, |run| run.line.path.clone());
        for scenario in beside {
            let actual = format!("{MEANWHILE}, during {path}");
            let kind = Some(FindingKind::EndedMeanwhile);
            let finding = Finding { actual, place: String::new(), kind, ..end.clone() };
            state.take(&Line::Finding { scenario, id: None, finding })?;
        }
        Ok(())
    }

    /// Scenarios that were interrupted since the last question.
    pub(in crate::play) fn interruption(&self) -> Interruption {
        let mut state = self.lock();
        let ends = std::mem::take(&mut state.ends.unsettled);
        Interruption { ends, interrupted: std::mem::take(&mut state.ends.interrupted) }
    }

    /// Forgets what was seen of a scenario, and expects the callbacks of another play of it.
    pub(in crate::play) fn begin_again(
        &self,
        planned: &Planned,
        scenario: usize,
        play: &PlannedScenario,
        destination: &Destination,
    ) -> io::Result<()> {
        let mut state = self.lock();
        state.lately.forget(scenario);
        state.entries.iter_mut().for_each(|entry| entry.restarted_since = true);
        if let Some(entry) = state.entries.get_mut(scenario) {
            let before = std::mem::replace(entry, Entry::of(planned, scenario, play, destination));
            entry.former =
                before.former.into_iter().chain(before.files.into_iter().map(|(_, key)| key)).collect();
        }
        drop(state);
        crate::delivery::Journal::note(self, Line::Again { scenario })
    }

    /// The process did not end again when the scenario was played alone, nor during another one: what was seen first counts.
    pub(in crate::play) fn stand_by(&self, end: &ProcessEnd) -> io::Result<()> {
        let mut finding = end.finding.clone();
        finding.actual.push_str("; it did not end when the case was played again alone");
        let (scenario, id) = end.during.clone();
        self.lock().tell(scenario, Some(id), &finding, &end.lines)
    }

    /// The process ended during another scenario.
    pub(in crate::play) fn clear(&self, end: &ProcessEnd) {
        self.lock().ends.during.remove(&Some(end.during.0));
    }

    /// True where the process ended while a scenario was under way.
    pub(in crate::play) fn is_interrupted(&self, scenario: usize) -> bool {
        self.lock().run.scenarios.get(scenario).is_some_and(ScenarioRun::receiver_ended)
    }

    /// Scenarios that came to their end shortly before an end of the process, the last one first.
    pub(in crate::play) fn over_lately(&self) -> Vec<usize> {
        self.lock().lately.over_lately()
    }

    /// True when nothing new is to be sent.
    pub(in crate::play) fn is_stopped(&self) -> bool {
        *self.stop.borrow() != Stop::No
    }
}

impl StateQueries {
    /// Writes a finding about the process down, and what it printed.
    fn tell(
        &mut self,
        scenario: usize,
        id: Option<String>,
        finding: &Finding,
        lines: &[String],
    ) -> io::Result<()> {
        if let Some(id) = id.clone().filter(|_| !lines.is_empty()) {
            self.take(&Line::Printed { scenario, id, lines: lines.to_vec() })?;
        }
        self.take(&Line::Finding { scenario, id, finding: finding.clone() })
    }
}
