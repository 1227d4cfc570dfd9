//! A run over time in a few characters.

use crate::number;
use crate::record::load::{LoadRun, Second};

/// Cells of a picture: it stands in 80 columns, with its name and its scale.
const WIDTH: u64 = 48;

const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Sign of an interval without callbacks.
const NOTHING: char = '·';

/// A run over time, one cell for each group of seconds.
pub(super) struct Picture {
    /// Seconds in a cell.
    pub(super) step: u64,
    /// Callbacks sent each second, on average over the cell.
    pub(super) sent: Vec<Option<f64>>,
    /// The p99 of the latency, in nanoseconds, of the cell's worst second.
    pub(super) p99: Vec<Option<f64>>,
}

impl Picture {
    pub(super) fn of(run: &LoadRun) -> Self {
        let length = run.seconds.last().map_or(0, |second| second.number.saturating_add(1));
        let step = length.div_ceil(WIDTH).max(1);
        let cells = number::capped::<usize>(length.div_ceil(step));
        let mut picture = Self { step, sent: vec![None; cells], p99: vec![None; cells] };
        for second in &run.seconds {
            picture.see(second, length);
        }
        picture
    }

    fn see(&mut self, second: &Second, length: u64) {
        let cell = second.number / self.step;
        // The last cell may be a short one.
        let seconds = self.step.min(length - cell * self.step);
        let Ok(cell) = usize::try_from(cell) else { return };
        if let Some(sent) = self.sent.get_mut(cell).filter(|_| second.sent > 0) {
            let own = second.sent as f64 / seconds as f64;
            *sent = Some(sent.map_or(own, |sent| sent + own));
        }
        if let Some(p99) = self.p99.get_mut(cell).filter(|_| second.latency.count > 0) {
            let own = second.latency.p99 as f64;
            *p99 = Some(p99.map_or(own, |p99| p99.max(own)));
        }
    }
}

/// The cells as columns from zero to the highest.
pub(super) fn columns(cells: &[Option<f64>]) -> String {
    let highest = cells.iter().flatten().copied().fold(0.0, f64::max);
    let column = |cell: &Option<f64>| match cell {
        None => NOTHING,
        Some(_) if highest == 0.0 => '▁',
        Some(value) => {
            let height = (value / highest * HEIGHTS.len() as f64).ceil().max(1.0) as usize;
            HEIGHTS.get(height - 1).copied().unwrap_or('█')
        }
    };
    cells.iter().map(column).collect()
}

/// The lowest and the highest of the cells that hold something.
pub(super) fn bounds(cells: &[Option<f64>]) -> Option<(f64, f64)> {
    cells.iter().flatten().fold(None, |bounds, value| {
        let (low, high) = bounds.unwrap_or((*value, *value));
        Some((value.min(low), value.max(high)))
    })
}
