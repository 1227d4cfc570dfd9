//! The recorder of a room: an egress, which cuts no files.

use std::time::Duration;

use super::LIFETIME;
use crate::lifecycle::RecordingRules;
use crate::problem::Problem;
use crate::provider::room::{RoomRecorder, no_md5};
use crate::provider::{Revision, beyond};
use crate::scenario::{Limits, Scenario};

/// The time from the end of the recording to the stored files is ours.
const RECORDER: RoomRecorder =
    RoomRecorder { name: "an egress", place: "room", longest: None, upload: Duration::from_secs(2) };

pub(super) fn rules(scenario: &Scenario, _: &Revision) -> RecordingRules {
    RECORDER.rules(scenario)
}

pub(super) fn check(scenario: &Scenario, _: &Revision) -> Vec<Problem> {
    let mut problems = RECORDER.check(scenario);
    for (format, template) in scenario.recording.formats() {
        if template.cycle.is_some() && scenario.limits == Limits::On {
            let path = format!("recording.{format}.cycle");
            let limit = "one egress makes one file of a format: leave `cycle` out";
            problems.push(beyond(path, "an egress cuts no files", limit));
        }
    }
    problems.extend(no_md5(scenario, "LiveKit signs tokens with HMAC-SHA256 only"));
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
