//! Callbacks of one scenario over stream time: a row for each file, a mark for each callback.

use std::time::Duration;

use super::inert;
use crate::duration::show_duration;
use crate::record::{BroadcastStepLine, CallbackRun, ScenarioRun};

const WIDTH: f64 = 1000.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 970.0;
const LANE: f64 = 26.0;
/// Space between two marks at the same time.
const BESIDE: f64 = 18.0;
/// Limits of a picture that can be read.
const MOST_LANES: usize = 40;
const MOST_MARKS: usize = 400;
/// Longest name of a row, in characters.
const NAME: usize = 24;

/// Shape of a mark.
pub(super) enum MarkShape {
    Passed,
    Failed,
    /// Not sent, or in doubt.
    Open,
}

pub(super) struct LaneMark {
    pub(super) x: f64,
    pub(super) kind: MarkShape,
    pub(super) fault: bool,
    /// `×3`; empty for one attempt.
    pub(super) attempts: String,
    pub(super) title: String,
}

pub(super) struct StreamLane {
    pub(super) name: String,
    pub(super) y: f64,
    pub(super) marks: Vec<LaneMark>,
}

impl StreamLane {
    /// Span from the first to the last callback about a file.
    pub(super) fn span(&self) -> Option<(f64, f64)> {
        let (first, last) = (self.marks.first()?, self.marks.last()?);
        (self.marks.len() > 1).then_some((first.x, last.x))
    }
}

/// Row of the encoder's actions.
pub(super) struct EncoderLane {
    pub(super) y: f64,
    /// Begin and end of each push.
    pub(super) pushes: Vec<(f64, f64)>,
    /// Failures of the recording.
    pub(super) failures: Vec<f64>,
}

pub(super) struct LanesPicture {
    pub(super) title: String,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
    pub(super) ticks: Vec<(f64, String)>,
    pub(super) encoder: Option<EncoderLane>,
    pub(super) lanes: Vec<StreamLane>,
    /// Callbacks that it leaves out.
    pub(super) hidden: usize,
}

pub(super) fn shape(callback: &CallbackRun) -> MarkShape {
    match callback.findings.iter().any(|finding| !finding.ok) {
        true => MarkShape::Failed,
        false if callback.passed() => MarkShape::Passed,
        false => MarkShape::Open,
    }
}

/// The picture of a scenario; none without callbacks.
pub(super) fn picture(scenario: &ScenarioRun) -> Option<LanesPicture> {
    let end = scenario.callbacks.iter().map(|callback| callback.line.due_ms).max()?;
    let end = scenario.line.steps.iter().map(|step| step.at_ms).fold(end, u64::max);
    let scale = StreamScale { end: end.max(1) as f64 };
    let encoder = encoder(&scenario.line.steps, &scale);
    let first = 28.0 + if encoder.is_some() { LANE } else { 0.0 };
    let mut lanes: Vec<StreamLane> = Vec::new();
    let mut shown = 0;
    for callback in scenario.callbacks.iter().take(MOST_MARKS) {
        let name = inert(&callback.line.subject);
        let place = match lanes.iter().position(|lane| lane.name == name) {
            Some(place) => place,
            None if lanes.len() == MOST_LANES => continue,
            None => {
                lanes.push(StreamLane { name, y: first + LANE * lanes.len() as f64, marks: Vec::new() });
                lanes.len() - 1
            }
        };
        shown += 1;
        if let Some(lane) = lanes.get_mut(place) {
            lane.marks.push(mark(callback, &scale, &lane.marks));
        }
    }
    for lane in &mut lanes {
        if lane.name.chars().count() > NAME {
            lane.name = lane.name.chars().take(NAME - 1).chain(['…']).collect();
        }
    }
    let bottom = first + LANE * lanes.len() as f64 - LANE / 2.0;
    Some(LanesPicture {
        title: inert(&scenario.line.path),
        width: WIDTH,
        height: bottom + 24.0,
        left: LEFT,
        right: RIGHT,
        bottom,
        ticks: scale.ticks(),
        encoder,
        lanes,
        hidden: scenario.callbacks.len() - shown,
    })
}

/// Pushes of the encoder; none where there are no steps of one.
fn encoder(steps: &[BroadcastStepLine], scale: &StreamScale) -> Option<EncoderLane> {
    let at = |step: &BroadcastStepLine| scale.x(step.at_ms as f64);
    let (mut pushes, mut begin) = (Vec::new(), None);
    for step in steps {
        match (step.step.as_str(), begin) {
            ("push", _) => begin = Some(at(step)),
            ("drop", Some(from)) => {
                pushes.push((from, at(step)));
                begin = None;
            }
            _ => {}
        }
    }
    // A recording that fails may be the last that is known of a push.
    pushes.extend(begin.map(|from| (from, RIGHT)));
    let failures = steps.iter().filter(|step| step.step == "fail").map(at).collect();
    (!pushes.is_empty()).then_some(EncoderLane { y: 28.0, pushes, failures })
}

fn mark(callback: &CallbackRun, scale: &StreamScale, before: &[LaneMark]) -> LaneMark {
    let line = &callback.line;
    let mut x = scale.x(line.due_ms as f64);
    while x < RIGHT && before.iter().any(|mark| (mark.x - x).abs() < BESIDE) {
        x += BESIDE;
    }
    let attempts = callback.attempts.len();
    let due = show_duration(Duration::from_millis(line.due_ms));
    let faults = if line.faults.is_empty() { String::new() } else { format!(", {}", line.faults.join(", ")) };
    LaneMark {
        x,
        kind: shape(callback),
        fault: !line.faults.is_empty(),
        attempts: if attempts > 1 { format!("×{attempts}") } else { String::new() },
        title: inert(&format!("{due} {} {}: {}{faults}", line.event, line.id, callback.outcome())),
    }
}

/// Stream time on the width of the picture.
struct StreamScale {
    /// Milliseconds.
    end: f64,
}

impl StreamScale {
    fn x(&self, ms: f64) -> f64 {
        (LEFT + 12.0 + (RIGHT - LEFT - 60.0) * ms / self.end).round()
    }

    /// At most eight round times.
    fn ticks(&self) -> Vec<(f64, String)> {
        const ROUND: [u64; 16] = [
            100,
            1_000,
            5_000,
            10_000,
            30_000,
            60_000,
            300_000,
            600_000,
            1_800_000,
            3_600_000,
            7_200_000,
            14_400_000,
            21_600_000,
            43_200_000,
            86_400_000,
            604_800_000,
        ];
        let step = ROUND.into_iter().find(|step| self.end / *step as f64 <= 8.0).unwrap_or(2_592_000_000);
        let count = (self.end / step as f64) as u64;
        let at = |n: u64| (self.x((n * step) as f64), show_duration(Duration::from_millis(n * step)));
        (0..=count.min(100)).map(at).collect()
    }
}
