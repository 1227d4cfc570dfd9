//! Callbacks that were under way recently. A change of the receiver's process is attributed to one of them.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use crate::delivery::watched::Printed;
use crate::record::{Attempt, Line, RunRecord};

/// Attempts that are remembered.
const REMEMBERED: usize = 256;
/// Lines of the receiver beside the first failure.
const SHOWN: usize = 20;
/// Time after a callback during which printed lines may belong to it.
const LATE: Duration = Duration::from_millis(100);

/// Time before the end of a process during which a scenario may have led to it and have come to its own end.
const AFTERMATH: Duration = Duration::from_secs(1);
/// Time by which two exchanges that end at once may seem to be apart.
const NEAR: Duration = Duration::from_millis(50);

/// A callback: index of its scenario line, and its id.
type Which = (usize, String);

/// The attempts that were begun lately, and the first failure.
#[derive(Default)]
pub(super) struct Lately {
    /// With the number of the attempt.
    begun: VecDeque<(Instant, Which, u32)>,
    /// Ends of the exchanges of those.
    ended: HashMap<(Which, u32), Instant>,
    /// Scenarios that came to their end, the last one last.
    over: VecDeque<(Instant, usize)>,
    first_failure: Option<(Instant, Which)>,
    /// The last end of the process: what was begun before it did not lead to another.
    last_end: Option<Instant>,
}

impl Lately {
    /// An attempt begins.
    pub(super) fn begin(&mut self, scenario: usize, id: &str, n: u32) {
        if self.begun.len() >= REMEMBERED {
            let oldest = self.begun.pop_front();
            oldest.and_then(|(_, which, n)| self.ended.remove(&(which, n)));
        }
        self.begun.push_back((Instant::now(), (scenario, id.to_owned()), n));
    }

    /// An attempt has ended.
    pub(super) fn end(&mut self, scenario: usize, id: &str, n: u32) {
        self.ended.insert(((scenario, id.to_owned()), n), Instant::now());
    }

    /// A scenario has come to its end.
    pub(super) fn over(&mut self, scenario: usize) {
        self.over.retain(|(at, _)| at.elapsed() < AFTERMATH);
        self.over.push_back((Instant::now(), scenario));
    }

    /// Scenarios that came to their end lately, the last one first.
    pub(super) fn over_lately(&self) -> Vec<usize> {
        self.over.iter().rev().map(|(_, scenario)| *scenario).collect()
    }

    /// A scenario is played again: nothing of its earlier play is looked for any more.
    pub(super) fn forget(&mut self, scenario: usize) {
        self.begun.retain(|(_, (of, _), _)| *of != scenario);
        self.ended.retain(|((of, _), _), _| *of != scenario);
        self.over.retain(|(_, of)| *of != scenario);
    }

    /// Scenarios with an attempt that ended without an answer after everything that was answered: the process that ended, or
    /// nobody, had it.
    pub(super) fn unanswered_at_the_end(&self, run: &RunRecord) -> BTreeSet<usize> {
        let is_answered = |(which, n): &(Which, u32)| {
            let exchange = attempt(run, which, *n).and_then(|attempt| attempt.exchange.as_ref());
            exchange.is_some_and(|exchange| exchange.answer.is_some())
        };
        let since = self.ended.iter().filter(|(_, at)| self.last_end.is_none_or(|end| **at > end));
        let (answered, unanswered): (Vec<_>, Vec<_>) = since.partition(|(key, _)| is_answered(key));
        let last = answered.into_iter().map(|(_, at)| *at).max();
        let late = |at: &Instant| last.is_none_or(|last| *at + NEAR >= last);
        unanswered.into_iter().filter(|(_, at)| late(at)).map(|(((scenario, _), _), _)| *scenario).collect()
    }

    /// A callback has failed.
    pub(super) fn fail(&mut self, scenario: usize, id: &str) {
        self.first_failure.get_or_insert_with(|| (Instant::now(), (scenario, id.to_owned())));
    }

    /// A wrong state after a scenario: its last callback led to it, as far as is known.
    pub(super) fn fail_in_state(&mut self, scenario: usize) {
        let last = self.begun.iter().rev().find(|(_, (of, _), _)| *of == scenario);
        if let Some(which) = last.map(|(_, which, _)| which.clone()) {
            self.first_failure.get_or_insert_with(|| (Instant::now(), which));
        }
    }

    /// The callback that was under way at a moment: the first one without an answer after the last one with an answer; or
    /// else that one. Those that found nobody there came too late.
    pub(super) fn during(&self, run: &RunRecord, moment: Instant) -> Option<Which> {
        let mut found = None;
        let since = self.begun.iter().rev().take_while(|(at, ..)| self.last_end.is_none_or(|end| *at > end));
        for (_, which, n) in since.filter(|(at, ..)| *at <= moment) {
            let exchange = attempt(run, which, *n).and_then(|attempt| attempt.exchange.as_ref());
            if exchange.is_some_and(|exchange| exchange.answer.is_some()) {
                return Some(found.unwrap_or(which).clone());
            }
            let trouble = exchange.and_then(|exchange| exchange.error.as_ref());
            if trouble.is_none_or(|trouble| trouble.kind.reached()) {
                found = Some(which);
            }
        }
        found.or(self.begun.back().map(|(_, which, _)| which)).cloned()
    }

    /// The process has ended.
    pub(super) fn process_ends(&mut self, at: Instant) {
        self.last_end = Some(at);
    }

    /// True while an attempt that was begun before a moment has no result.
    pub(super) fn open(&self, run: &RunRecord, moment: Instant) -> bool {
        let mut begun = self.begun.iter().filter(|(at, ..)| *at <= moment);
        begun.any(|(_, which, n)| attempt(run, which, *n).is_some_and(|attempt| attempt.exchange.is_none()))
    }

    /// The callback that is waited for longest, and since when.
    pub(super) fn waits(&self, run: &RunRecord) -> Option<(Instant, &str)> {
        let open = |which: &Which| last(run, which).is_some_and(|attempt| attempt.exchange.is_none());
        // Of several attempts it is the last that is waited for.
        let latest =
            |at: &Instant, which: &Which| !self.begun.iter().any(|(other, w, _)| w == which && other > at);
        let found = self.begun.iter().find(|(at, which, _)| open(which) && latest(at, which));
        found.map(|(at, (_, id), _)| (*at, id.as_str()))
    }

    /// The last callback that was answered.
    pub(super) fn answered(&self, run: &RunRecord) -> Option<Which> {
        let answered = |which: &Which, n: u32| {
            let exchange = attempt(run, which, n).and_then(|attempt| attempt.exchange.as_ref());
            exchange.is_some_and(|exchange| exchange.answer.is_some())
        };
        self.begun.iter().rev().find(|(_, which, n)| answered(which, *n)).map(|(_, which, _)| which.clone())
    }

    /// Lines that the receiver's process printed during the first failure, unless its end was reported already.
    pub(super) fn printed(&self, run: &RunRecord, printed: &dyn Printed) -> Option<Line> {
        let (ended, which) = self.first_failure.as_ref()?;
        let begun = self.begun.iter().find(|(_, other, _)| other == which);
        let from = begun.map_or(*ended, |(at, ..)| *at);
        let lines = printed.between(from, *ended + LATE, SHOWN);
        let told = run.callbacks().any(|callback| !callback.printed.is_empty());
        let (scenario, id) = which.clone();
        (!told && !lines.is_empty()).then_some(Line::Printed { scenario, id, lines })
    }
}

fn attempt<'a>(run: &'a RunRecord, which: &Which, n: u32) -> Option<&'a Attempt> {
    let (scenario, id) = which;
    run.callback(*scenario, id)?.attempts.iter().find(|attempt| attempt.n == n)
}

fn last<'a>(run: &'a RunRecord, which: &Which) -> Option<&'a Attempt> {
    let (scenario, id) = which;
    run.callback(*scenario, id)?.attempts.last()
}
