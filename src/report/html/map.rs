//! Many scenarios as squares, one for each.

use super::inert;
use crate::record::{RunRecord, ScenarioRun};
use crate::verdict::{self, Verdict};

/// A scenario.
pub(super) struct Square {
    pub(super) number: usize,
    pub(super) class: &'static str,
    pub(super) title: String,
}

/// The scenarios of a run, in its order.
pub(super) fn squares(run: &RunRecord) -> Vec<Square> {
    let square = |(number, scenario): (usize, &ScenarioRun)| {
        let verdict = verdict::on_scenario(scenario);
        let class = match verdict {
            Verdict::Passed => "good",
            Verdict::Failed => "bad",
            Verdict::Incomplete | Verdict::NothingChecked => "unknown",
        };
        let title = inert(&format!("{}: {verdict}. {}", scenario.line.path, scenario.line.name));
        Square { number, class, title }
    };
    run.scenarios.iter().enumerate().map(square).collect()
}
