//! Charts: curves, stacked areas and marks over one axis.
//!
//! A picture as wide as the page, whatever that is: lines are drawn from 0 to [`WIDTH`] and stretched, names stand beside them as text
//! at shares of the width, so that they are as large on a telephone.

use std::cmp::Ordering;

/// Ends of the axes; a unit of the height is a pixel.
const WIDTH: f64 = 1000.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 156.0;

pub(super) struct Curve {
    pub(super) name: &'static str,
    pub(super) class: &'static str,
    pub(super) path: String,
    /// Points without a neighbour: a path draws nothing of them.
    pub(super) alone: Vec<(f64, f64)>,
    /// Height of its last point.
    end: f64,
    /// Height of its name.
    pub(super) y: f64,
}

/// A horizontal line with its name.
pub(super) struct ChartLimit {
    pub(super) name: String,
    pub(super) at: f64,
    /// Height of its name.
    pub(super) y: f64,
}

pub(super) struct Area {
    pub(super) name: &'static str,
    pub(super) class: &'static str,
    pub(super) path: String,
}

/// Meaning of a mark.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum StepMark {
    Yes,
    No,
    Unknown,
}

impl StepMark {
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Yes => "good",
            Self::No => "bad",
            Self::Unknown => "unknown",
        }
    }

    pub(super) fn sign(self) -> char {
        match self {
            Self::Yes => '●',
            Self::No => '✕',
            Self::Unknown => '?',
        }
    }
}

pub(super) struct ChartMark {
    /// From 0 to 1; in the picture percent of the width.
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) held: StepMark,
    pub(super) title: String,
}

/// A chart, ready to be drawn.
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) rows: Vec<(f64, String)>,
    /// Percent of the width.
    pub(super) columns: Vec<(f64, String)>,
    pub(super) curves: Vec<Curve>,
    pub(super) areas: Vec<Area>,
    pub(super) limits: Vec<ChartLimit>,
    pub(super) marks: Vec<ChartMark>,
    /// Places of bursts.
    pub(super) bursts: Vec<f64>,
    /// Cells of a heat map, by shade: one path for each.
    pub(super) shades: Vec<Shade>,
}

/// Cells of a heat map that hold about as much.
pub(super) struct Shade {
    /// From 1, the lightest.
    pub(super) level: usize,
    pub(super) path: String,
    /// The lowest and the highest number in one of them.
    low: u64,
    high: u64,
}

impl Shade {
    /// `5 to 20`.
    pub(super) fn range(&self) -> String {
        if self.low == self.high { self.low.to_string() } else { format!("{} to {}", self.low, self.high) }
    }
}

/// A cell of a heat map.
pub(super) struct HeatCell {
    /// From 0 to 1.
    pub(super) across: (f64, f64),
    pub(super) values: (f64, f64),
    pub(super) count: u64,
}

/// Shades of a heat map.
const SHADES: usize = 5;

/// Values from zero up, or by powers of ten.
#[derive(Clone, Copy)]
pub(super) enum Scale {
    /// Linear axis from 0 to this value.
    Linear(f64),
    /// Logarithmic axis from the first to the second value, both above zero.
    Log(f64, f64),
}

impl Scale {
    /// Linear axis from zero to a round number that is not below the highest value, and whole.
    pub(super) fn up_to(highest: f64) -> Self {
        Self::Linear(round(highest.max(1.0)))
    }

    /// Values from zero to the end of a linear axis: four parts, or as many as make them whole numbers.
    pub(super) fn steps(high: f64) -> Vec<f64> {
        let whole = [4, 5, 2].into_iter().find(|parts| (high / f64::from(*parts)).fract() == 0.0);
        // One part, where none of these makes whole numbers.
        let parts = whole.unwrap_or(1);
        (0..=parts).map(|n| high * f64::from(n) / f64::from(parts)).collect()
    }

    /// Whole powers of ten around these values.
    pub(super) fn around(values: impl Iterator<Item = f64>) -> Self {
        let bounds = values
            .filter(|value| *value > 0.0)
            .fold((f64::MAX, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if bounds.1 > 0.0 { bounds } else { (1.0, 10.0) };
        let (low, high) = (10_f64.powf(low.log10().floor()), 10_f64.powf(high.log10().ceil()));
        Self::Log(low, if high > low { high } else { low * 10.0 })
    }

    fn part(self, value: f64) -> f64 {
        match self {
            Self::Linear(high) => value / high,
            Self::Log(low, high) => (value.max(low) / low).log10() / (high / low).log10(),
        }
    }

    fn y(self, value: f64) -> f64 {
        tenths(BOTTOM - (BOTTOM - TOP) * self.part(value).clamp(0.0, 1.0))
    }

    fn rows(self, show: fn(f64) -> String) -> Vec<(f64, String)> {
        let values: Vec<f64> = match self {
            Self::Linear(high) => Self::steps(high),
            Self::Log(low, high) => {
                let decades = (high / low).log10().round() as i32;
                (0..=decades).map(|n| low * 10_f64.powi(n)).collect()
            }
        };
        values.into_iter().map(|value| (self.y(value), show(value))).collect()
    }
}

/// Height of the name of a curve or limit.
const NAME: f64 = 12.0;

/// Places of names beside these heights: in their order, none over another, none below the axis.
fn apart(wanted: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted.get(*a).partial_cmp(&wanted.get(*b)).unwrap_or(Ordering::Equal));
    let mut places = wanted.to_vec();
    let mut above = f64::MIN;
    for place in &order {
        let Some(y) = places.get_mut(*place) else { continue };
        *y = y.max(above + NAME);
        above = *y;
    }
    let mut below = BOTTOM + NAME;
    for place in order.iter().rev() {
        let Some(y) = places.get_mut(*place) else { continue };
        *y = y.min(below - NAME);
        below = *y;
    }
    places
}

/// One, two, two and a half or five times a power of ten.
fn round(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|step| step * power);
    steps.filter(|step| step.fract() == 0.0).find(|step| *step >= value).unwrap_or(value)
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

impl Chart {
    /// An empty chart; `columns` are places from 0 to 1 with their names.
    pub(super) fn new(
        title: impl Into<String>,
        scale: Scale,
        show: fn(f64) -> String,
        columns: Vec<(f64, String)>,
    ) -> Self {
        Self {
            title: title.into(),
            width: WIDTH,
            height: BOTTOM,
            rows: scale.rows(show),
            columns: columns.into_iter().map(|(at, name)| (tenths(at * 100.0), name)).collect(),
            curves: Vec::new(),
            areas: Vec::new(),
            limits: Vec::new(),
            marks: Vec::new(),
            bursts: Vec::new(),
            shades: Vec::new(),
        }
    }

    /// Draws a heat map: the darker a cell, the more is in it, each shade by the same factor.
    pub(super) fn heat(&mut self, scale: Scale, cells: &[HeatCell]) {
        let highest = cells.iter().map(|cell| cell.count).fold(1, u64::max) as f64;
        let level = |count: u64| {
            let part = (count.max(1) as f64).ln() / highest.ln().max(f64::MIN_POSITIVE);
            1 + ((part * SHADES as f64) as usize).min(SHADES - 1)
        };
        for shade in 1..=SHADES {
            let own = || cells.iter().filter(|cell| cell.count > 0 && level(cell.count) == shade);
            let path: String = own().map(|cell| rectangle(cell, scale)).collect();
            let counts = || own().map(|cell| cell.count);
            if let (Some(low), Some(high)) = (counts().min(), counts().max()) {
                self.shades.push(Shade { level: shade, path, low, high });
            }
        }
    }

    /// Adds a curve; where there is no value it is interrupted.
    pub(super) fn curve(
        &mut self,
        name: &'static str,
        class: &'static str,
        scale: Scale,
        points: impl Iterator<Item = (f64, Option<f64>)>,
    ) {
        let (mut path, mut alone, mut stretch) = (String::new(), Vec::new(), Vec::new());
        let mut end = None;
        let mut draw = |stretch: &mut Vec<(f64, f64)>| {
            if let [lone] = stretch[..] {
                alone.push(lone);
            }
            for (n, (x, y)) in stretch.drain(..).enumerate() {
                path.push_str(&format!("{}{x} {y}", if n == 0 { 'M' } else { 'L' }));
            }
        };
        for (at, value) in points {
            match value {
                Some(value) => {
                    stretch.push((x(at), scale.y(value)));
                    end = Some(scale.y(value));
                }
                None => draw(&mut stretch),
            }
        }
        draw(&mut stretch);
        // A name beside nothing says nothing.
        let Some(end) = end else { return };
        self.curves.push(Curve { name, class, path, alone, end, y: end });
        let places = apart(&self.curves.iter().map(|curve| curve.end).collect::<Vec<_>>());
        for (curve, y) in self.curves.iter_mut().zip(places) {
            curve.y = y;
        }
    }

    /// Adds an area between two rows of values, low and high, one pair for each of so many equal stretches of the width: as steps, for
    /// a count of a second is one number.
    pub(super) fn area(
        &mut self,
        name: &'static str,
        class: &'static str,
        scale: Scale,
        stretches: &[(f64, f64)],
    ) {
        let ends = |n: usize| [n, n + 1].map(|n| x(n as f64 / stretches.len() as f64));
        let row = |of: fn(&(f64, f64)) -> f64| -> Vec<(f64, f64)> {
            let each = stretches.iter().enumerate();
            each.flat_map(|(n, pair)| ends(n).map(|x| (x, scale.y(of(pair))))).collect()
        };
        let (upper, lower) = (row(|pair| pair.1), row(|pair| pair.0));
        let mut path = String::new();
        for (x, y) in upper.into_iter().chain(lower.into_iter().rev()) {
            path.push_str(&format!("{}{x} {y}", if path.is_empty() { 'M' } else { 'L' }));
        }
        path.push('Z');
        self.areas.push(Area { name, class, path });
    }

    /// Adds a horizontal line.
    pub(super) fn limit(&mut self, scale: Scale, value: f64, name: String) {
        let at = scale.y(value);
        self.limits.push(ChartLimit { name, at, y: at });
        let places = apart(&self.limits.iter().map(|limit| limit.at).collect::<Vec<_>>());
        for (limit, y) in self.limits.iter_mut().zip(places) {
            limit.y = y - NAME / 2.0;
        }
    }

    /// Adds a vertical line at this share of the width.
    pub(super) fn burst(&mut self, at: f64) {
        self.bursts.push(x(at));
    }

    /// Adds a mark; its place and value become those of the picture.
    pub(super) fn mark(&mut self, scale: Scale, mark: ChartMark) {
        self.marks.push(ChartMark { x: tenths(mark.x * 100.0), y: scale.y(mark.y), ..mark });
    }
}

fn rectangle(cell: &HeatCell, scale: Scale) -> String {
    let (left, right) = (x(cell.across.0), x(cell.across.1));
    let (top, bottom) = (scale.y(cell.values.1), scale.y(cell.values.0));
    format!("M{left} {top}H{right}V{bottom}H{left}Z")
}

fn x(at: f64) -> f64 {
    tenths(WIDTH * at.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number_above_the_highest_value() {
        for (highest, end) in
            [(0.2, 1.0), (1.0, 1.0), (199.0, 200.0), (201.0, 250.0), (260.0, 500.0), (2.2, 5.0), (21.0, 25.0)]
        {
            let Scale::Linear(high) = Scale::up_to(highest) else { panic!() };
            assert!((high - end).abs() < 1e-9, "{highest}: {high}");
        }
        let Scale::Log(low, high) = Scale::around([3.0, 450.0, 0.0].into_iter()) else { panic!() };
        assert_eq!((low, high), (1.0, 1000.0));
    }

    #[test]
    fn no_two_rows_of_an_axis_of_counts_read_alike_and_none_is_rounded() {
        for highest in (0..200).map(f64::from).chain([250.0, 1_000.0, 2_001.0, 99_999.0]) {
            let rows = Scale::up_to(highest).rows(|value| value.to_string());
            assert!(rows.len() >= 2, "{highest}");
            for (_, name) in &rows {
                assert!(name.parse::<u64>().is_ok(), "{highest}: {rows:?}");
            }
        }
        let read = |highest| -> Vec<String> {
            Scale::up_to(highest).rows(|value| format!("{value:.0}")).into_iter().map(|it| it.1).collect()
        };
        assert_eq!(read(2.0), ["0", "1", "2"]);
        assert_eq!(read(4.0), ["0", "1", "2", "3", "4", "5"]);
        assert_eq!(read(200.0), ["0", "50", "100", "150", "200"]);
    }

    #[test]
    fn the_names_of_curves_stand_in_the_order_of_their_ends_and_apart() {
        let scale = Scale::up_to(100.0);
        for (first, second) in [(50.0, 52.0), (52.0, 50.0), (93.0, 100.0), (0.0, 3.0), (100.0, 99.0)] {
            let mut chart = Chart::new("t", scale, |value| value.to_string(), vec![]);
            chart.curve("first", "one", scale, [(1.0, Some(first))].into_iter());
            chart.curve("second", "two", scale, [(1.0, Some(second))].into_iter());
            let places: Vec<f64> = chart.curves.iter().map(|curve| curve.y).collect();
            let [one, two] = places[..] else { panic!() };
            assert_eq!(one < two, first > second, "{places:?}");
            assert!((one - two).abs() >= NAME && one.max(two) <= BOTTOM, "{places:?}");
        }
        let mut chart = Chart::new("t", scale, |value| value.to_string(), vec![]);
        chart.limit(scale, 50.0, "a<50".into());
        chart.limit(scale, 51.0, "b<51".into());
        let [a, b] = &chart.limits[..] else { panic!() };
        assert!(a.y - b.y >= NAME, "{} {}", a.y, b.y);
    }

    #[test]
    fn a_point_between_gaps_is_drawn() {
        let scale = Scale::up_to(10.0);
        let mut chart = Chart::new("t", scale, |value| value.to_string(), vec![]);
        let points = [(0.0, Some(0.0)), (0.2, Some(0.0)), (0.5, None), (1.0, Some(10.0))];
        chart.curve("c", "one", scale, points.into_iter());
        assert_eq!(chart.curves.first().unwrap().alone, [(WIDTH, TOP)]);
        chart.area("a", "area-good", scale, &[(0.0, 10.0)]);
        let drawn = format!("M0 {TOP}L{WIDTH} {TOP}L{WIDTH} {BOTTOM}L0 {BOTTOM}Z");
        assert_eq!(chart.areas.first().unwrap().path, drawn);
        chart.curve("nothing", "two", scale, [(0.5, None)].into_iter());
        assert_eq!(chart.curves.len(), 1, "no name beside nothing");
    }

    #[test]
    fn a_cell_of_a_heat_map_is_the_darker_the_more_it_holds() {
        let scale = Scale::Log(1.0, 100.0);
        let mut chart = Chart::new("t", scale, |value| value.to_string(), vec![]);
        let cell = |count, values| HeatCell { across: (0.0, 0.5), values, count };
        chart.heat(scale, &[cell(1, (1.0, 10.0)), cell(1000, (10.0, 100.0)), cell(0, (1.0, 100.0))]);
        let told: Vec<_> = chart.shades.iter().map(|shade| (shade.level, shade.range())).collect();
        assert_eq!(told, [(1, "1".to_owned()), (SHADES, "1000".into())]);
        assert_eq!(chart.shades[1].path, format!("M0 {TOP}H500V83H0Z"));
    }

    #[test]
    fn a_curve_is_interrupted_where_nothing_was_measured() {
        let scale = Scale::up_to(10.0);
        let mut chart = Chart::new("t", scale, |value| value.to_string(), vec![]);
        let points = [(0.0, Some(0.0)), (0.5, None), (1.0, Some(10.0))];
        chart.curve("c", "one", scale, points.into_iter());
        assert_eq!(chart.curves.first().unwrap().path, format!("M0 {BOTTOM}M{WIDTH} {TOP}"));
    }
}
