//! The recorder of a channel: it stays until the API ends the task, and a gap of the stream is a part of the file.

use std::time::Duration;

use crate::lifecycle::{RecordingRules, TaskScope, Track};
use crate::problem::Problem;
use crate::provider::{Revision, beyond};
use crate::scenario::{Format, Limits, Method, Resume, Scenario};

/// An MP4 is split at about three hours.
const LONGEST: Duration = Duration::from_secs(3 * 3600);

pub(super) fn rules(scenario: &Scenario, _: &Revision) -> RecordingRules {
    let recording = &scenario.recording;
    let track = |format: Format, cycle: Option<Duration>| Track {
        format,
        cycle: cycle.or((format != Format::Hls).then_some(LONGEST)),
        resume: Duration::ZERO,
        task: TaskScope::Api,
    };
    let formats = recording.formats().into_iter();
    RecordingRules {
        tracks: formats
            .map(|(format, template)| track(format, template.cycle.map(|cycle| cycle.0)))
            .collect(),
        upload_delay: recording.upload_delay.map_or(Duration::ZERO, |delay| delay.0),
        shortest: Duration::ZERO,
        per_task: true,
    }
}

pub(super) fn check(scenario: &Scenario, _: &Revision) -> Vec<Problem> {
    let mut problems = Vec::new();
    let limited = scenario.limits == Limits::On;
    for (format, template) in scenario.recording.formats() {
        if !matches!(format, Format::Hls | Format::Mp4) {
            let problem =
                Problem::at(format!("recording.{format}"), "Agora is known to record HLS and MP4").on_key();
            problems.push(problem.label("expected hls or mp4"));
        }
        if template.resume != Resume::default() && limited {
            let path = format!("recording.{format}.resume");
            let limit = "the recorder stays in the channel, and a gap is recorded: leave `resume` out";
            problems.push(beyond(path, "a channel's recording has no resume window", limit));
        }
    }
    if scenario.signing.method == Some(Method::Md5) {
        let problem = Problem::at("signing.method", "Agora signs with HMAC only");
        problems.push(problem.label("expected `hmac-sha256` or `none`"));
    }
    problems
}
