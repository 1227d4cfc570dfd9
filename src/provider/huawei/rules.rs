//! Huawei's recorder: record cycle and longest merge of an interruption, per format.

use std::time::Duration;

use super::{FIRST, TASK};
use crate::duration::show_duration;
use crate::lifecycle::{RecordingRules, TaskScope, Track};
use crate::problem::Problem;
use crate::provider::{Revision, beyond};
use crate::scenario::units::Span;
use crate::scenario::{Format, Limits, Multiplicity, RecordingSource, Resume, Scenario, TaskEnd, Template};

/// `record_max_duration_to_merge_file = -1` keeps appending for up to 30 days.
const FOREVER: Duration = Duration::from_secs(30 * 24 * 3600);
/// `record_cycle` of the API, in seconds.
const CYCLE: std::ops::RangeInclusive<u64> = 60..=43_200;
/// Longest merge in console and terraform, in seconds.
const LONGEST_MERGE: Duration = Duration::from_secs(300);

/// What `record_cycle: 0` means: the whole stream in one file in 2021, six hours since 2024-12.
fn default_cycle(revision: &Revision) -> Option<Duration> {
    (revision.edition >= TASK).then_some(Duration::from_secs(21_600))
}

pub(super) fn rules(scenario: &Scenario, revision: &Revision) -> RecordingRules {
    let recording = &scenario.recording;
    let formats = recording.formats().into_iter();
    RecordingRules {
        tracks: formats.map(|(format, own)| track(format, own, recording.over, revision)).collect(),
        upload_delay: recording.upload_delay.map_or(Duration::ZERO, |delay| delay.0),
        shortest: recording.shortest(),
        per_task: recording.events == Multiplicity::PerTask,
    }
}

fn track(format: Format, template: Template, over: TaskEnd, revision: &Revision) -> Track {
    let resume = match template.resume {
        Resume::Forever(_) => FOREVER,
        Resume::Window(window) => window.0,
    };
    // "The gap exceeded the longest merge time", which is zero: the page does not say of which drop. The default is ours.
    let standing = resume.is_zero() && over == TaskEnd::LastDrop;
    let task = if standing { TaskScope::Broadcast } else { TaskScope::Gap };
    Track { format, cycle: template.cycle.map(|cycle| cycle.0).or(default_cycle(revision)), resume, task }
}

pub(super) fn check(scenario: &Scenario, revision: &Revision) -> Vec<Problem> {
    let mut problems = Vec::new();
    if scenario.recording.source == RecordingSource::Task {
        let problem =
            Problem::at("recording.source", "Huawei's callbacks do not say what started a recording")
                .on_key();
        problems.push(problem.label("`task` changes nothing: remove it"));
    }
    for (format, template) in scenario.recording.formats() {
        if revision.edition == FIRST && format != Format::Hls {
            let problem =
                Problem::at(format!("recording.{format}"), "revision 2020-03 records HLS only").on_key();
            problems.push(problem.label("expected hls"));
        } else if format == Format::Aac {
            let problem = Problem::at("recording.aac", "Huawei Cloud Live records no AAC").on_key();
            problems.push(problem.label("expected one of hls, flv, mp4"));
        } else if scenario.limits == Limits::On {
            problems.extend(check_template(format, template));
        }
    }
    problems
}

fn check_template(format: Format, template: Template) -> Vec<Problem> {
    let mut problems = Vec::new();
    let cycle =
        template.cycle.filter(|cycle| !CYCLE.contains(&cycle.0.as_secs()) || cycle.0.subsec_nanos() > 0);
    if let Some(cycle) = cycle {
        let title = format!("a cycle of {cycle} is beyond Huawei's limits");
        let limit = "Huawei's API takes record_cycle from 60 to 43200 whole seconds (1m to 12h)";
        problems.push(beyond(format!("recording.{format}.cycle"), title, limit));
    }
    let path = format!("recording.{format}.resume");
    match template.resume {
        Resume::Forever(_) if format != Format::Hls => {
            let limit = "Huawei's API takes record_max_duration_to_merge_file -1 for HLS only";
            problems.push(beyond(path, format!("`forever` is not possible for {format}"), limit));
        }
        Resume::Window(Span(window)) if window > LONGEST_MERGE => {
            let title = format!("a resume window of {} is beyond Huawei's limits", show_duration(window));
            problems.push(beyond(
                path,
                title,
                "Huawei's console and terraform take at most 300 seconds (5m)",
            ));
        }
        _ => {}
    }
    problems
}

/// The pages before 2024 say exactly 32; nobody is stopped by that here.
pub(super) fn key_limit(revision: &Revision, key: &str) -> Option<&'static str> {
    let fits = key.len() >= 32 && key.chars().all(|c| c.is_ascii_alphanumeric());
    (revision.edition >= TASK && !fits)
        .then_some("Huawei's console takes at least 32 letters and digits (32 exactly until 2024)")
}
