//! Alibaba's recorder: a gap of up to three minutes stays in the file, and a cycle ends it.

use std::time::Duration;

use crate::lifecycle::{RecordingRules, TaskScope, Track};
use crate::problem::Problem;
use crate::provider::{Revision, beyond};
use crate::scenario::{
    Format, Limits, Method, Multiplicity, RecordingSource, Resume, Scenario, TaskEnd, Template,
};

/// A gap that is shorter stays in the file; the vendor changes it on request alone.
const RESUME: Duration = Duration::from_secs(180);
/// Length of a file unless the template says otherwise.
const CYCLE: Duration = Duration::from_secs(6 * 3600);
/// `forever`, which is possible only with `limits: off`.
const FOREVER: Duration = Duration::from_secs(10_000 * 3600);

pub(super) fn rules(scenario: &Scenario, _: &Revision) -> RecordingRules {
    let recording = &scenario.recording;
    // A recording that was started by hand ends with the interruption.
    let by_hand = recording.source == RecordingSource::Task;
    let resume = |template: Template| match template.resume {
        _ if by_hand => Duration::ZERO,
        resume if resume == Resume::default() => RESUME,
        Resume::Window(window) => window.0,
        Resume::Forever(_) => FOREVER,
    };
    let track = |(format, template): (Format, Template)| Track {
        format,
        cycle: template.cycle.map(|cycle| cycle.0).or(Some(CYCLE)),
        resume: resume(template),
        task: TaskScope::Gap,
    };
    RecordingRules {
        tracks: recording.formats().into_iter().map(track).collect(),
        upload_delay: recording.upload_delay.map_or(Duration::ZERO, |delay| delay.0),
        shortest: recording.shortest(),
        per_task: false,
    }
}

pub(super) fn check(scenario: &Scenario, _: &Revision) -> Vec<Problem> {
    let mut problems = Vec::new();
    if scenario.signing.method == Some(Method::HmacSha256) {
        let problem = Problem::at("signing.method", "Alibaba signs with MD5 alone");
        problems.push(problem.label("expected `md5` or `none`"));
    }
    let recording = &scenario.recording;
    if recording.over != TaskEnd::default() {
        let problem =
            Problem::at("recording.over", "Alibaba sends nothing at the end of a recording").on_key();
        problems.push(problem.label("`every-drop` changes nothing: remove it"));
    }
    if recording.events == Multiplicity::PerTask {
        let problem = Problem::at("recording.events", "Alibaba sends a callback for each format").on_key();
        problems.push(problem.label("`per-task` is not possible: remove it"));
    }
    for (format, template) in recording.formats() {
        if format == Format::Aac {
            let problem = Problem::at("recording.aac", "Alibaba records m3u8, flv and mp4").on_key();
            problems.push(problem.label("expected one of hls, flv, mp4"));
        } else if scenario.limits == Limits::On {
            problems.extend(window(format, template));
        }
    }
    problems
}

fn window(format: Format, template: Template) -> Option<Problem> {
    let own = Resume::Window(crate::scenario::units::Span(RESUME));
    let fits = [Resume::default(), own].contains(&template.resume);
    (!fits).then(|| {
        let limit = "Alibaba resumes within 3 minutes; another window takes a ticket";
        beyond(
            format!("recording.{format}.resume"),
            "another resume window is beyond Alibaba's limits",
            limit,
        )
    })
}
