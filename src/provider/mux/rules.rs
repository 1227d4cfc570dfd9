//! The recorder: a gap within the reconnect window stays in one asset.

use std::time::Duration;

use crate::lifecycle::{RecordingRules, TaskScope, Track};
use crate::problem::Problem;
use crate::provider::room::no_md5;
use crate::provider::{Revision, beyond};
use crate::scenario::{Format, Limits, Resume, Scenario, Template};

/// The longest live stream.
const LONGEST: Duration = Duration::from_secs(12 * 3600);
/// The longest reconnect window.
const WINDOW: Duration = Duration::from_secs(1800);

pub(super) fn rules(scenario: &Scenario, _: &Revision) -> RecordingRules {
    let recording = &scenario.recording;
    let track = |(format, template): (Format, Template)| Track {
        format,
        cycle: template.cycle.map(|cycle| cycle.0).or(Some(LONGEST)),
        resume: match template.resume {
            Resume::Window(window) => window.0,
            Resume::Forever(_) => LONGEST,
        },
        task: TaskScope::Gap,
    };
    RecordingRules {
        tracks: recording.formats().into_iter().map(track).collect(),
        upload_delay: recording.upload_delay.map_or(Duration::ZERO, |delay| delay.0),
        shortest: Duration::ZERO,
        per_task: true,
    }
}

pub(super) fn check(scenario: &Scenario, _: &Revision) -> Vec<Problem> {
    let mut problems = Vec::new();
    let limited = scenario.limits == Limits::On;
    for (format, template) in scenario.recording.formats() {
        let path = |what: &str| format!("recording.{format}{what}");
        if format != Format::Hls {
            let problem = Problem::at(path(""), "Mux makes one asset of a stream, which is played as HLS");
            problems.push(problem.on_key().label("expected hls"));
        }
        let window = match template.resume {
            Resume::Window(window) => window.0,
            Resume::Forever(_) => Duration::MAX,
        };
        if limited && window > WINDOW {
            let title = "the reconnect window is beyond Mux's limits";
            problems.push(beyond(path(".resume"), title, "up to 1800 s"));
        }
        if limited && template.cycle.is_some_and(|cycle| cycle.0 > LONGEST) {
            let title = "the cycle is beyond Mux's limits";
            problems.push(beyond(path(".cycle"), title, "a live stream lasts up to 12 hours"));
        }
    }
    problems.extend(no_md5(scenario, "Mux signs with HMAC-SHA256 only"));
    problems
}
