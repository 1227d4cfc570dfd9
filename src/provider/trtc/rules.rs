//! The recorder of a room: it stays until the API ends the task, and a gap of the stream is a part of the file.

use std::time::Duration;

use secrecy::ExposeSecret;

use crate::lifecycle::{RecordingRules, TaskScope, Track};
use crate::problem::Problem;
use crate::provider::{Revision, beyond};
use crate::scenario::{Format, Limits, Method, Resume, Scenario};

/// An MP4 is split at 24 hours.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// A file in VOD is told 30 s to 3 min after its end; ours for COS, too.
const UPLOAD: Duration = Duration::from_secs(30);

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
        upload_delay: recording.upload_delay.map_or(UPLOAD, |delay| delay.0),
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
                Problem::at(format!("recording.{format}"), "TRTC is known to record HLS and MP4").on_key();
            problems.push(problem.label("expected hls or mp4"));
        }
        if template.resume != Resume::default() && limited {
            let path = format!("recording.{format}.resume");
            let limit = "the recorder stays in the room, and a gap is recorded: leave `resume` out";
            problems.push(beyond(path, "a room's recording has no resume window", limit));
        }
        if template.cycle.is_some_and(|cycle| cycle.0 > LONGEST) && limited {
            let path = format!("recording.{format}.cycle");
            problems.push(beyond(path, "the cycle is beyond TRTC's limits", "an MP4 is split at 24 hours"));
        }
    }
    if scenario.signing.method == Some(Method::Md5) {
        let problem = Problem::at("signing.method", "TRTC signs with HMAC-SHA256 only");
        problems.push(problem.label("expected `hmac-sha256` or `none`"));
    }
    if let (true, Some(key)) = (limited, &scenario.signing.key)
        && let Some(limit) = limit_of(key.expose_secret())
    {
        problems.push(beyond("signing.key", "the key is one that TRTC does not allow", limit));
    }
    problems
}

pub(super) fn key_limit(_: &Revision, key: &str) -> Option<&'static str> {
    limit_of(key)
}

fn limit_of(key: &str) -> Option<&'static str> {
    let fits = key.len() <= 32 && key.chars().all(|c| c.is_ascii_alphanumeric());
    (!fits).then_some("TRTC takes up to 32 letters and digits")
}
