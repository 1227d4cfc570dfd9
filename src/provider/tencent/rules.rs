//! Tencent's recorder: files cut by length, HLS resumed within a window.

use std::time::Duration;

use crate::lifecycle::{RecordingRules, TaskScope, Track};
use crate::problem::Problem;
use crate::provider::{Revision, beyond};
use crate::scenario::{
    Format, Limits, Method, Multiplicity, RecordingSource, Resume, Scenario, TaskEnd, Template,
};

/// `FlowContinueDuration` of the API.
const LONGEST_RESUME: Duration = Duration::from_secs(1800);
/// `CreateRecordTask`: the longest task.
const LONGEST_TASK: Duration = Duration::from_secs(24 * 3600);

/// The vendor's "about 5 minutes" from the end of a recording to its file.
const UPLOAD_DELAY: Duration = Duration::from_secs(5 * 60);

/// Longest single file of a format; HLS has no limit. Used as the cycle when the scenario gives none (ours).
fn longest_file(format: Format) -> Option<Duration> {
    match format {
        Format::Hls => None,
        Format::Flv => Some(Duration::from_secs(720 * 60)),
        Format::Mp4 | Format::Aac => Some(Duration::from_secs(120 * 60)),
    }
}

pub(super) fn rules(scenario: &Scenario, _: &Revision) -> RecordingRules {
    let recording = &scenario.recording;
    let task = match recording.source {
        RecordingSource::Template => TaskScope::Gap,
        // A task made through the API stays valid over interruptions until its end time.
        RecordingSource::Task => TaskScope::Standing,
    };
    let track = |(format, template): (Format, Template)| Track {
        format,
        cycle: template.cycle.map(|cycle| cycle.0).or_else(|| longest_file(format)),
        resume: window(template.resume),
        task,
    };
    RecordingRules {
        tracks: recording.formats().into_iter().map(track).collect(),
        upload_delay: recording.upload_delay.map_or(UPLOAD_DELAY, |delay| delay.0),
        shortest: recording.shortest(),
        per_task: false,
    }
}

fn window(resume: Resume) -> Duration {
    match resume {
        // Only with `limits: off`.
        Resume::Forever(_) => Duration::from_secs(10_000 * 3600),
        Resume::Window(window) => window.0,
    }
}

pub(super) fn check(scenario: &Scenario, _: &Revision) -> Vec<Problem> {
    let mut problems = Vec::new();
    if scenario.signing.method == Some(Method::HmacSha256) {
        let problem =
            Problem::at("signing.method", "Tencent signs with MD5 only").label("expected `md5` or `none`");
        problems.push(problem);
    }
    if scenario.recording.over != TaskEnd::default() {
        let problem =
            Problem::at("recording.over", "Tencent sends nothing at the end of a record task").on_key();
        problems.push(problem.label("`every-drop` changes nothing: remove it"));
    }
    if scenario.recording.events == Multiplicity::PerTask {
        let problem = Problem::at("recording.events", "Tencent sends a callback for each file").on_key();
        problems.push(problem.label("`per-task` is not possible: remove it"));
    }
    if scenario.limits == Limits::Off {
        return problems;
    }
    for (format, template) in scenario.recording.formats() {
        problems.extend(check_template(format, template));
    }
    let length = scenario.broadcast.last().map_or(Duration::ZERO, |step| step.at);
    if scenario.recording.source == RecordingSource::Task && length > LONGEST_TASK {
        let limit = "Tencent's CreateRecordTask takes tasks of at most 24 hours";
        problems.push(beyond("recording.source", "the broadcast is longer than a record task can be", limit));
    }
    problems
}

fn check_template(format: Format, template: Template) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let (Some(cycle), Some(longest)) = (template.cycle, longest_file(format)) {
        let shortest = Duration::from_secs(60);
        if !(shortest..=longest).contains(&cycle.0) {
            let title = format!("a cycle of {cycle} is beyond Tencent's limits");
            let limit = format!("Tencent takes 1 to {} minutes for {format}", longest.as_secs() / 60);
            problems.push(beyond(format!("recording.{format}.cycle"), title, &limit));
        }
    }
    let window = window(template.resume);
    if format != Format::Hls && !window.is_zero() {
        let problem = beyond(
            format!("recording.{format}.resume"),
            format!("Tencent does not resume {format} after a drop"),
            "Tencent resumes HLS only: FlowContinueDuration is an HLS parameter",
        );
        problems.push(problem);
    } else if window > LONGEST_RESUME {
        let title = "the resume window is beyond Tencent's limits";
        let limit = "Tencent's FlowContinueDuration takes at most 1800 seconds (30m)";
        problems.push(beyond(format!("recording.{format}.resume"), title, limit));
    }
    problems
}

/// Documented without a date.
pub(super) fn key_limit(_: &Revision, key: &str) -> Option<&'static str> {
    limit_of(key)
}

fn limit_of(key: &str) -> Option<&'static str> {
    let fits = key.len() <= 32 && key.chars().all(|c| c.is_ascii_alphanumeric());
    (!fits).then_some("Tencent's console takes up to 32 letters and digits")
}
