//! Charts: curves, stacked areas and marks over one axis.

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 190.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 890.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 160.0;

pub(super) struct Curve {
    pub(super) name: &'static str,
    pub(super) class: &'static str,
    pub(super) path: String,
    /// Height of its name.
    pub(super) y: f64,
}

pub(super) struct Area {
    pub(super) name: &'static str,
    pub(super) class: &'static str,
    pub(super) path: String,
}

pub(super) struct ChartMark {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) good: bool,
    pub(super) title: String,
}

/// A chart, ready to be drawn.
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
    pub(super) rows: Vec<(f64, String)>,
    pub(super) columns: Vec<(f64, String)>,
    pub(super) curves: Vec<Curve>,
    pub(super) areas: Vec<Area>,
    pub(super) limits: Vec<(f64, String)>,
    pub(super) marks: Vec<ChartMark>,
}

/// Values from zero up, or by powers of ten.
#[derive(Clone, Copy)]
pub(super) enum Scale {
    /// Linear axis from 0 to this value.
    Linear(f64),
    /// Logarithmic axis from the first to the second value, both above zero.
    Log(f64, f64),
}

impl Scale {
    /// Linear axis from zero to a round number that is not below the highest value.
    pub(super) fn up_to(highest: f64) -> Self {
        Self::Linear(round(highest.max(1.0)))
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
            Self::Linear(high) => (0..=4).map(|n| high * f64::from(n) / 4.0).collect(),
            Self::Log(low, high) => {
                let decades = (high / low).log10().round() as i32;
                (0..=decades).map(|n| low * 10_f64.powi(n)).collect()
            }
        };
        values.into_iter().map(|value| (self.y(value), show(value))).collect()
    }
}

/// Height of the name of a curve.
const NAME: f64 = 12.0;

/// One, two, two and a half or five times a power of ten.
fn round(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    steps.into_iter().map(|step| step * power).find(|step| *step >= value).unwrap_or(value)
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
            height: HEIGHT,
            left: LEFT,
            right: RIGHT,
            bottom: BOTTOM,
            rows: scale.rows(show),
            columns: columns.into_iter().map(|(at, name)| (x(at), name)).collect(),
            curves: Vec::new(),
            areas: Vec::new(),
            limits: Vec::new(),
            marks: Vec::new(),
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
        let (mut path, mut drawing, mut y) = (String::new(), false, BOTTOM);
        for (at, value) in points {
            if let Some(value) = value {
                y = scale.y(value);
                path.push_str(&format!("{}{} {y}", if drawing { 'L' } else { 'M' }, x(at)));
            }
            drawing = value.is_some();
        }
        // Names stand in the order of the curves' ends; near the axis, above each other.
        let near = self.curves.iter().find(|curve| (curve.y - y - 4.0).abs() < NAME);
        let is_above = near.is_some_and(|curve| curve.y - 4.0 > y) && y - NAME > TOP;
        let step = if is_above || y > BOTTOM - 2.0 * NAME { -NAME } else { NAME };
        while self.curves.iter().any(|curve| (curve.y - y - 4.0).abs() < NAME) {
            y += step;
        }
        self.curves.push(Curve { name, class, path, y: y + 4.0 });
    }

    /// Adds an area between two rows of values.
    pub(super) fn area(
        &mut self,
        name: &'static str,
        class: &'static str,
        scale: Scale,
        points: &[(f64, f64, f64)],
    ) {
        let upper = points.iter().map(|(at, _, high)| (x(*at), scale.y(*high)));
        let lower = points.iter().rev().map(|(at, low, _)| (x(*at), scale.y(*low)));
        let mut path = String::new();
        for (x, y) in upper.chain(lower) {
            path.push_str(&format!("{}{x} {y}", if path.is_empty() { 'M' } else { 'L' }));
        }
        path.push('Z');
        self.areas.push(Area { name, class, path });
    }

    /// Adds a horizontal line.
    pub(super) fn limit(&mut self, scale: Scale, value: f64, name: String) {
        self.limits.push((scale.y(value), name));
    }

    /// Adds a mark; its place and value become those of the picture.
    pub(super) fn mark(&mut self, scale: Scale, mark: ChartMark) {
        self.marks.push(ChartMark { x: x(mark.x), y: scale.y(mark.y), ..mark });
    }
}

fn x(at: f64) -> f64 {
    tenths(LEFT + (RIGHT - LEFT) * at.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number_above_the_highest_value() {
        for (highest, end) in [(0.2, 1.0), (1.0, 1.0), (199.0, 200.0), (201.0, 250.0), (260.0, 500.0)] {
            let Scale::Linear(high) = Scale::up_to(highest) else { panic!() };
            assert!((high - end).abs() < 1e-9, "{highest}: {high}");
        }
        let Scale::Log(low, high) = Scale::around([3.0, 450.0, 0.0].into_iter()) else { panic!() };
        assert_eq!((low, high), (1.0, 1000.0));
    }

    #[test]
    fn the_names_of_curves_that_end_near_each_other_stand_in_the_order_of_their_ends() {
        let scale = Scale::up_to(100.0);
        for (first, second) in [(50.0, 52.0), (52.0, 50.0)] {
            let mut chart = Chart::new("t", scale, |value| value.to_string(), vec![]);
            chart.curve("first", "one", scale, [(1.0, Some(first))].into_iter());
            chart.curve("second", "two", scale, [(1.0, Some(second))].into_iter());
            let places: Vec<f64> = chart.curves.iter().map(|curve| curve.y).collect();
            let [one, two] = places[..] else { panic!() };
            assert_eq!(one < two, first > second, "{places:?}");
        }
    }

    #[test]
    fn a_curve_is_interrupted_where_nothing_was_measured() {
        let scale = Scale::up_to(10.0);
        let mut chart = Chart::new("t", scale, |value| value.to_string(), vec![]);
        let points = [(0.0, Some(0.0)), (0.5, None), (1.0, Some(10.0))];
        chart.curve("c", "one", scale, points.into_iter());
        assert_eq!(chart.curves.first().unwrap().path, format!("M{LEFT} {BOTTOM}M{RIGHT} {TOP}"));
    }
}
