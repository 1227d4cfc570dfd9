//! The recorder of a room: it stays until the egress is ended, and a gap of the stream is a part of the file.

use std::time::Duration;

use super::LIFETIME;
use crate::lifecycle::{RecordingRules, TaskScope, Track};
use crate::problem::Problem;
use crate::provider::{Revision, beyond};
use crate::scenario::{Format, Limits, Method, Resume, Scenario};

/// From the end of the recording to the stored files; ours.
const UPLOAD: Duration = Duration::from_secs(2);

pub(super) fn rules(scenario: &Scenario, _: &Revision) -> RecordingRules {
    let recording = &scenario.recording;
    let track = |format: Format, cycle: Option<Duration>| Track {
        format,
        cycle,
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
                Problem::at(format!("recording.{format}"), "an egress is known to record HLS and MP4");
            problems.push(problem.on_key().label("expected hls or mp4"));
        }
        if template.resume != Resume::default() && limited {
            let path = format!("recording.{format}.resume");
            let limit = "the recorder stays in the room, and a gap is recorded: leave `resume` out";
            problems.push(beyond(path, "a room's recording has no resume window", limit));
        }
        if template.cycle.is_some() && limited {
            let path = format!("recording.{format}.cycle");
            let limit = "one egress makes one file of a format: leave `cycle` out";
            problems.push(beyond(path, "an egress cuts no files", limit));
        }
    }
    if scenario.signing.method == Some(Method::Md5) {
        let problem = Problem::at("signing.method", "LiveKit signs tokens with HMAC-SHA256 only");
        problems.push(problem.label("expected `hmac-sha256` or `none`"));
    }
    let lives = Duration::from_secs(LIFETIME.unsigned_abs());
    if scenario.signing.lifetime.is_some_and(|lifetime| lifetime.0 != lives) {
        let problem = Problem::at("signing.lifetime", "a token of LiveKit lives for five minutes");
        problems.push(problem.label("expected 5m, or nothing"));
    }
    problems.extend(unquotable(scenario));
    problems
}

/// Names of keys that a claim cannot hold as they are.
fn unquotable(scenario: &Scenario) -> Vec<Problem> {
    let choices = scenario.provider.choices().into_iter().filter(|(_, choice)| choice.name == "livekit");
    let named = choices.filter_map(|(path, choice)| {
        let key = choice.settings.get("api_key")?;
        let plain = !key.0.is_empty() && key.0.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        (!plain).then(|| Problem::at(format!("{path}.settings.api_key"), "this is not the name of a key"))
    });
    named.map(|problem| problem.label("expected letters and digits, such as APItestkey")).collect()
}
