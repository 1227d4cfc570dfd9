//! The recorder of a room, and the limits of TRTC.

use std::time::Duration;

use crate::lifecycle::RecordingRules;
use crate::problem::Problem;
use crate::provider::room::{RoomRecorder, no_md5};
use crate::provider::{Revision, beyond};
use crate::scenario::{Limits, Scenario};

/// An MP4 is split at 24 hours.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A file in VOD is told 30 s to 3 min after its end; ours for COS, too.
const RECORDER: RoomRecorder =
    RoomRecorder { name: "TRTC", place: "room", longest: Some(LONGEST), upload: Duration::from_secs(30) };

pub(super) fn rules(scenario: &Scenario, _: &Revision) -> RecordingRules {
    RECORDER.rules(scenario)
}

pub(super) fn check(scenario: &Scenario, _: &Revision) -> Vec<Problem> {
    let mut problems = RECORDER.check(scenario);
    let limited = scenario.limits == Limits::On;
    for (format, template) in scenario.recording.formats() {
        if template.cycle.is_some_and(|cycle| cycle.0 > LONGEST) && limited {
            let path = format!("recording.{format}.cycle");
            problems.push(beyond(path, "the cycle is beyond TRTC's limits", "an MP4 is split at 24 hours"));
        }
    }
    problems.extend(no_md5(scenario, "TRTC signs with HMAC-SHA256 only"));
    problems
}

pub(super) fn key_limit(_: &Revision, key: &str) -> Option<&'static str> {
    let fits = key.len() <= 32 && key.chars().all(|c| c.is_ascii_alphanumeric());
    (!fits).then_some("TRTC takes up to 32 letters and digits")
}
