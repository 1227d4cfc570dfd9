//! The recorder of a channel.

use std::time::Duration;

use crate::lifecycle::RecordingRules;
use crate::problem::Problem;
use crate::provider::Revision;
use crate::provider::room::{RoomRecorder, no_md5};
use crate::scenario::Scenario;

/// An MP4 is split at about three hours.
const RECORDER: RoomRecorder = RoomRecorder {
    name: "Agora",
    place: "channel",
    longest: Some(Duration::from_secs(3 * 3600)),
    upload: Duration::ZERO,
};

pub(super) fn rules(scenario: &Scenario, _: &Revision) -> RecordingRules {
    RECORDER.rules(scenario)
}

pub(super) fn check(scenario: &Scenario, _: &Revision) -> Vec<Problem> {
    let mut problems = RECORDER.check(scenario);
    problems.extend(no_md5(scenario, "Agora signs with HMAC only"));
    problems
}
