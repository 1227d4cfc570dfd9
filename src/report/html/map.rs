//! Many scenarios as squares, one for each.

use super::inert;
use crate::record::RunRecord;
use crate::verdict::{self, Verdict};

const WIDTH: usize = 1000;
/// Distance of two squares.
const STEP: usize = 22;

pub(super) struct Cell {
    pub(super) number: usize,
    pub(super) x: usize,
    pub(super) y: usize,
    pub(super) class: &'static str,
    pub(super) title: String,
}

pub(super) struct Map {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) size: usize,
    pub(super) cells: Vec<Cell>,
}

impl Map {
    pub(super) fn of(run: &RunRecord) -> Self {
        let each_row = WIDTH / STEP;
        let cells: Vec<Cell> = run
            .scenarios
            .iter()
            .enumerate()
            .map(|(number, scenario)| {
                let verdict = verdict::on_scenario(scenario);
                Cell {
                    number,
                    x: number % each_row * STEP,
                    y: number / each_row * STEP,
                    class: match verdict {
                        Verdict::Passed => "good",
                        Verdict::Failed => "bad",
                        Verdict::Incomplete | Verdict::NothingChecked => "unknown",
                    },
                    title: inert(&format!("{}: {verdict}. {}", scenario.line.path, scenario.line.name)),
                }
            })
            .collect();
        Self { width: WIDTH, height: cells.len().div_ceil(each_row) * STEP, size: STEP - 3, cells }
    }
}
