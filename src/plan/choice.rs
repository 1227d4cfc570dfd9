//! What a scenario chooses of a provider: settings, layout of the messages, retries, and how many files it may make.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::lifecycle::{RecordingRules, Track};
use crate::problem::{Problem, did_you_mean};
use crate::provider::{CAPTURED, Captures, Policy, Provider, Queue, Revision, Wire};
use crate::scenario::{NamedRetry, ProviderChoice, Retry, Scenario, Shape};

/// Number of files of one format are planned at most.
const MOST_FILES: u128 = 100_000;

/// Cycles so short that their files would fill the memory.
pub(super) fn check_amount(scenario: &Scenario, rules: &RecordingRules) -> Vec<Problem> {
    let length = scenario.broadcast.last().map_or(Duration::ZERO, |step| step.at);
    let files = |track: &Track| track.cycle.map_or(0, |cycle| length.as_nanos() / cycle.as_nanos().max(1));
    let all: u128 = rules.tracks.iter().map(files).sum();
    let most = rules.tracks.iter().map(files).max();
    let beyond = rules.tracks.iter().filter(|track| all > MOST_FILES && Some(files(track)) == most);
    beyond
        .map(|track| {
            let title = format!("this cycle cuts the broadcast into {} files", files(track));
            Problem::at(format!("recording.{}.cycle", track.format), title)
                .label(format!("at most {MOST_FILES} files are planned"))
        })
        .collect()
}

pub(super) fn settings(
    provider: &'static Provider,
    path: &str,
    choice: &ProviderChoice,
    problems: &mut Vec<Problem>,
) -> BTreeMap<&'static str, String> {
    let names = || provider.settings.iter().map(|setting| setting.name);
    for (name, value) in &choice.settings {
        let place = format!("{path}.settings.{name}");
        let Some(setting) = provider.settings.iter().find(|setting| setting.name == name) else {
            let problem = Problem::at(place, format!("{} has no setting `{name}`", provider.name)).on_key();
            let label = format!("expected one of {}", names().collect::<Vec<_>>().join(", "));
            problems.push(problem.label(label).helps(did_you_mean(name, names())));
            continue;
        };
        if let Some(expected) = setting.takes.refusal(&value.0) {
            let problem = Problem::at(place, format!("`{name}` cannot be set to that"));
            let near = did_you_mean(&value.0, setting.takes.words().iter().copied());
            problems.push(problem.label(expected).helps(near));
        }
    }
    let given = |name: &str| choice.settings.get(name).map(|word| word.0.clone());
    provider
        .settings
        .iter()
        .map(|s| (s.name, given(s.name).unwrap_or_else(|| s.default.to_owned())))
        .collect()
}

/// Layout of the messages: the requested shape, or the revision's own.
pub(super) fn wire(
    provider: &'static Provider,
    revision: &Revision,
    choice: &ProviderChoice,
    path: &str,
) -> Result<Wire, Box<Problem>> {
    let (own, newest) = match revision.captures {
        Captures::Never => (Shape::Documented, None),
        Captures::Before(month) => (Shape::Documented, Some(month)),
        Captures::Then(month) => (Shape::Observed, Some(month)),
    };
    let month = choice.settings.get(CAPTURED).map_or("newest", |word| word.0.as_str());
    match (choice.shape.unwrap_or(own), newest) {
        (Shape::Documented, _) if month != "newest" => {
            let title = format!("`{CAPTURED}` is for captured messages, and these are the documented ones");
            let problem = Problem::at(format!("{path}.settings.{CAPTURED}"), title).on_key();
            Err(problem.help("`shape: observed` follows captured messages").into())
        }
        (Shape::Documented, _) => Ok(Wire::Documented),
        (Shape::Observed, None) => {
            let title = format!("no captured message of {} is known", choice.name);
            Err(Problem::at(format!("{path}.shape"), title).label("expected `documented`").into())
        }
        (Shape::Observed, Some(newest)) => {
            let setting = provider.settings.iter().find(|setting| setting.name == CAPTURED);
            let mut known = setting.into_iter().flat_map(|setting| setting.takes.words()).copied();
            Ok(Wire::Observed(known.find(|known| *known == month && month != "newest").unwrap_or(newest)))
        }
    }
}

pub(super) fn policy(scenario: &Scenario, revision: &Revision) -> Policy {
    let own = revision.policy;
    let asked = match scenario.delivery.retry {
        Retry::Named(NamedRetry::Provider) => own,
        Retry::Named(NamedRetry::None) => Policy { retries: 0, queue: None, ..own },
        Retry::Plan(plan) => Policy {
            retries: plan.attempts.0.saturating_sub(1),
            first_waits: &[],
            interval: plan.interval.0,
            queue: plan.then.map(|then| Queue { interval: then.interval.0, until: then.until.0 }),
            ..own
        },
    };
    let timeout = scenario.delivery.timeout.map_or(own.timeout, |span| span.0);
    Policy { timeout, ..asked }
}
