//! The callbacks that took the longest: a page without a script cannot sort its list.

use super::detail::{longest, milliseconds};
use super::list::told;
use crate::record::RunRecord;
use crate::report::html::inert;

/// Callbacks in the table.
const MOST: usize = 30;

pub(super) struct SlowRow {
    /// Place of its scenario among all.
    pub(super) scenario: usize,
    pub(super) time: String,
    pub(super) text: String,
    pub(super) path: String,
}

/// Callbacks by their longest attempt, the longest first; empty where there are not two to compare.
pub(super) fn slowest(run: &RunRecord) -> Vec<SlowRow> {
    let mut all: Vec<_> = run
        .scenarios
        .iter()
        .enumerate()
        .flat_map(|(number, scenario)| scenario.callbacks.iter().map(move |it| (number, scenario, it)))
        .filter_map(|(number, scenario, it)| Some((number, scenario, it, longest(it)?)))
        .collect();
    all.sort_by(|(.., one), (.., other)| other.total_cmp(one));
    let few = all.len() < 2;
    all.truncate(if few { 0 } else { MOST });
    let row = |(number, scenario, it, time)| {
        let scenario: &crate::record::ScenarioRun = scenario;
        let path = inert(&scenario.line.path);
        SlowRow { scenario: number, time: milliseconds(time), text: told(it), path }
    };
    all.into_iter().map(row).collect()
}
