//! The recorder of a declared provider: its rules, and the limits of scenarios.

use std::time::Duration;

use super::compile::Declared;
use super::conduct::{CycleForm, FormatForm, GapForm, RecorderForm, RecordingKey, ResumeForm};
use crate::duration::show_duration;
use crate::lifecycle::{RecordingRules, TaskScope, Track};
use crate::number;
use crate::problem::Problem;
use crate::provider::{Revision, beyond};
use crate::scenario::units::Span;
use crate::scenario::{
    Format, Limits, Method, Multiplicity, RecordingSource, Resume, Scenario, TaskEnd, Template,
};

/// Rules of the recording of a scenario.
pub(super) fn rules(scenario: &Scenario, revision: &Revision) -> RecordingRules {
    let recording = &scenario.recording;
    let Some(recorder) = revision.declared.map(|declared| &declared.recorder) else {
        return RecordingRules::NONE;
    };
    let room = recorder.gap == GapForm::Recorded;
    let track = |(format, template): (Format, Template)| {
        let form = form(recorder, format);
        let resume = match template.resume {
            _ if room => Duration::ZERO,
            Resume::Window(window) => window.0,
            Resume::Forever(_) => {
                form.and_then(|form| form.resume?.forever).map_or(FOREVER, |window| window.0)
            }
        };
        let default = form.and_then(|form| form.cycle.default);
        let cycle = template.cycle.or(default).map(|cycle| cycle.0);
        Track { format, cycle, resume, task: scope(scenario, recorder, resume) }
    };
    let delay = recording.upload_delay.or(recorder.upload_delay);
    RecordingRules {
        tracks: recording.formats().into_iter().map(track).collect(),
        upload_delay: delay.map_or(Duration::ZERO, |delay| delay.0),
        shortest: if room { Duration::ZERO } else { recording.shortest() },
        per_task: recording.events == Multiplicity::PerTask,
    }
}

/// `forever` where the vendor does not have it: only with `limits: off`.
const FOREVER: Duration = Duration::from_secs(10_000 * 3600);

fn scope(scenario: &Scenario, recorder: &RecorderForm, resume: Duration) -> TaskScope {
    let standing = scenario.recording.source == RecordingSource::Task;
    let last_drop = recorder.allows.contains(&RecordingKey::Over)
        && resume.is_zero()
        && scenario.recording.over == TaskEnd::LastDrop;
    match recorder.gap {
        GapForm::Recorded => TaskScope::Api,
        _ if standing => TaskScope::Standing,
        GapForm::EndsFile => TaskScope::Broadcast,
        GapForm::EndsTask if last_drop => TaskScope::Broadcast,
        GapForm::EndsTask => TaskScope::Gap,
    }
}

fn form(recorder: &RecorderForm, format: Format) -> Option<&FormatForm> {
    recorder.formats.all().into_iter().find(|(known, _)| *known == format).map(|(_, form)| form)
}

/// Problems of a scenario beyond the abilities or limits of the sender.
pub(super) fn check(scenario: &Scenario, revision: &Revision) -> Vec<Problem> {
    let Some(declared) = revision.declared else { return Vec::new() };
    let recorder = &declared.recorder;
    let mut problems = keys(scenario, declared);
    if let Some(method) = scenario.signing.method
        && !revision.signatures.is_empty()
        && ![Method::None, Method::StandardWebhooks].contains(&method)
        && revision.signature(method).is_none()
    {
        let title = format!("{} does not sign with {method}", declared.name);
        let known = revision.signatures.iter().map(|(method, _)| format!("`{method}`"));
        let label = format!("expected {} or `none`", known.collect::<Vec<_>>().join(", "));
        problems.push(Problem::at("signing.method", title).label(label));
    }
    for (format, template) in scenario.recording.formats() {
        let Some(form) = form(recorder, format) else {
            let known = recorder.formats.all().into_iter().map(|(format, _)| format.to_string());
            let title = format!("{} records no {format}", declared.name);
            let label = format!("expected {}", known.collect::<Vec<_>>().join(" or "));
            problems.push(Problem::at(format!("recording.{format}"), title).on_key().label(label));
            continue;
        };
        if scenario.limits == Limits::On {
            problems.extend(cycle(declared, format, template, form.cycle));
            problems.extend(resume(declared, format, template, form.resume));
        }
    }
    problems
}

/// Keys of `recording:` that this provider does not know.
fn keys(scenario: &Scenario, declared: &Declared) -> Vec<Problem> {
    let recording = &scenario.recording;
    let used = [
        (RecordingKey::Source, "source", recording.source == RecordingSource::Task),
        (RecordingKey::Over, "over", recording.over != TaskEnd::default()),
        (RecordingKey::Events, "events", recording.events == Multiplicity::PerTask),
    ];
    let unknown = used.into_iter().filter(|(key, _, used)| *used && !declared.recorder.allows.contains(key));
    unknown
        .map(|(_, name, _)| {
            let title = format!("{} does not use `recording.{name}`", declared.name);
            let problem = Problem::at(format!("recording.{name}"), title).on_key();
            problem.help(format!("`recorder.allows: [{name}]` in {} would allow it", declared.by.file))
        })
        .collect()
}

fn cycle(declared: &Declared, format: Format, template: Template, limits: CycleForm) -> Option<Problem> {
    let cycle = template.cycle?;
    let below = limits.min.is_some_and(|min| cycle < min);
    let above = limits.max.is_some_and(|max| cycle > max);
    (below || above).then(|| {
        let title = format!("a cycle of {cycle} is beyond the limits of {}", declared.name);
        let from = limits.min.map_or_else(|| "0s".to_owned(), |min| min.to_string());
        let to = limits.max.map_or_else(String::new, |max| format!(" to {max}"));
        let limit = format!("{} says that it takes {from}{to}", declared.by.file);
        beyond(format!("recording.{format}.cycle"), title, &limit)
    })
}

fn resume(
    declared: &Declared,
    format: Format,
    template: Template,
    limits: Option<ResumeForm>,
) -> Option<Problem> {
    let path = format!("recording.{format}.resume");
    let file = &declared.by.file;
    let (title, limit) = match (template.resume, limits) {
        (resume, _) if resume == Resume::default() => return None,
        (_, None) => {
            let title = format!("{} does not resume {format} after a drop", declared.name);
            (title, format!("{file} has no `resume` for it"))
        }
        (Resume::Forever(_), Some(limits)) if limits.forever.is_none() => {
            (format!("{} has no `forever`", declared.name), format!("{file} gives no length for it"))
        }
        (Resume::Window(window), Some(ResumeForm { max: Some(max), .. })) if window > max => {
            let title = format!(
                "a resume window of {} is beyond the limits of {}",
                show_duration(window.0),
                declared.name
            );
            (title, format!("{file} says that it takes at most {max}"))
        }
        _ => return None,
    };
    Some(beyond(path, title, &limit))
}

/// The limit that a key does not keep to.
pub(super) fn key_limit(revision: &Revision, key: &str) -> Option<&'static str> {
    let declared = revision.declared?;
    let form = declared.key.as_ref()?;
    let amount = number::capped::<u32>(key.chars().count());
    let fits = form.shortest.is_none_or(|shortest| amount >= shortest)
        && form.longest.is_none_or(|longest| amount <= longest)
        && (!form.alphanumeric || key.chars().all(|c| c.is_ascii_alphanumeric()));
    (!fits).then_some(declared.key_limit.as_str())
}

/// A recording under which every event can happen.
pub(super) fn eventful(recorder: &RecorderForm) -> String {
    let format = |(format, form): (Format, &FormatForm)| {
        let cycle = form.cycle;
        let half_hour = Span(Duration::from_secs(1800));
        let cycle = half_hour.max(cycle.min.unwrap_or(half_hour)).min(cycle.max.unwrap_or(half_hour));
        let resume = if form.resume.is_some() { ", resume: 60s" } else { "" };
        format!("{format}: {{cycle: {cycle}{resume}}}")
    };
    let formats: Vec<String> = recorder.formats.all().into_iter().map(format).collect();
    format!("{{{}}}", formats.join(", "))
}
