//! Callbacks that were under way recently. A change of the receiver's process is attributed to one of them.

use std::collections::VecDeque;
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

/// A callback: index of its scenario line, and its id.
type Which = (usize, String);

/// The attempts that were begun lately, and the first failure.
#[derive(Default)]
pub(super) struct Lately {
    /// With the number of the attempt.
    begun: VecDeque<(Instant, Which, u32)>,
    first_failure: Option<(Instant, Which)>,
}

impl Lately {
    /// An attempt begins.
    pub(super) fn begin(&mut self, scenario: usize, id: &str, n: u32) {
        if self.begun.len() >= REMEMBERED {
            self.begun.pop_front();
        }
        self.begun.push_back((Instant::now(), (scenario, id.to_owned()), n));
    }

    /// A callback has failed.
    pub(super) fn fail(&mut self, scenario: usize, id: &str) {
        self.first_failure.get_or_insert_with(|| (Instant::now(), (scenario, id.to_owned())));
    }

    /// The callback that was under way at a moment: the first one without an answer after the last one with an answer; or
    /// else that one. Those that found nobody there came too late.
    pub(super) fn during(&self, run: &RunRecord, moment: Instant) -> Option<Which> {
        let mut found = None;
        for (_, which, n) in self.begun.iter().rev().filter(|(at, ..)| *at <= moment) {
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
        let lines = printed.between((from, *ended + LATE), SHOWN);
        let told = run.callbacks().any(|callback| !callback.printed.is_empty());
        let (scenario, id) = which.clone();
        (!told && !lines.is_empty()).then_some(Line::Printed { scenario, id, lines })
    }
}

fn attempt<'a>(run: &'a RunRecord, (scenario, id): &Which, n: u32) -> Option<&'a Attempt> {
    run.callback(*scenario, id)?.attempts.iter().find(|attempt| attempt.n == n)
}

fn last<'a>(run: &'a RunRecord, (scenario, id): &Which) -> Option<&'a Attempt> {
    run.callback(*scenario, id)?.attempts.last()
}
