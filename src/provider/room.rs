//! A recorder that joins a room or channel: it stays until the API ends the task, and a gap of the stream is a part of the file.

use std::time::Duration;

use super::beyond;
use crate::lifecycle::{RecordingRules, TaskScope, Track};
use crate::problem::Problem;
use crate::scenario::{Format, Limits, Method, Resume, Scenario};

/// A sender whose recorder stays in a room.
pub(super) struct RoomRecorder {
    /// Name of the recorder in a message: `TRTC`, `an egress`.
    pub(super) name: &'static str,
    /// `room` or `channel`.
    pub(super) place: &'static str,
    /// Length at which a file that is not HLS is split; none = never.
    pub(super) longest: Option<Duration>,
    /// Time from the end of a file to its callback, unless the scenario says otherwise.
    pub(super) upload: Duration,
}

impl RoomRecorder {
    /// Rules of the recording of a scenario.
    pub(super) fn rules(&self, scenario: &Scenario) -> RecordingRules {
        let recording = &scenario.recording;
        let track = |format: Format, cycle: Option<Duration>| Track {
            format,
            cycle: cycle.or(self.longest.filter(|_| format != Format::Hls)),
            resume: Duration::ZERO,
            task: TaskScope::Api,
        };
        let formats = recording.formats().into_iter();
        RecordingRules {
            tracks: formats
                .map(|(format, template)| track(format, template.cycle.map(|cycle| cycle.0)))
                .collect(),
            upload_delay: recording.upload_delay.map_or(self.upload, |delay| delay.0),
            shortest: Duration::ZERO,
            per_task: true,
        }
    }

    /// Formats and resume windows that such a recorder does not have.
    pub(super) fn check(&self, scenario: &Scenario) -> Vec<Problem> {
        let Self { name, place, .. } = self;
        let mut problems = Vec::new();
        for (format, template) in scenario.recording.formats() {
            if !matches!(format, Format::Hls | Format::Mp4) {
                let title = format!("{name} is known to record HLS and MP4");
                let problem = Problem::at(format!("recording.{format}"), title);
                problems.push(problem.on_key().label("expected hls or mp4"));
            }
            if template.resume != Resume::default() && scenario.limits == Limits::On {
                let path = format!("recording.{format}.resume");
                let title = format!("a {place}'s recording has no resume window");
                let limit =
                    format!("the recorder stays in the {place}, and a gap is recorded: leave `resume` out");
                problems.push(beyond(path, title, &limit));
            }
        }
        problems
    }
}

/// Problem of a scenario that asks for MD5 of a sender that has HMAC alone.
pub(super) fn no_md5(scenario: &Scenario, title: &'static str) -> Option<Problem> {
    (scenario.signing.method == Some(Method::Md5))
        .then(|| Problem::at("signing.method", title).label("expected `hmac-sha256` or `none`"))
}
