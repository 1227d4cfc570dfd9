//! The score of a case of an audit, as records keep it.

use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Seen;

/// The score of a case of an audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct CaseLine {
    /// Its name in the catalogue.
    pub id: String,
    /// Title for a person.
    pub title: String,
    /// Weight in words: `must`.
    pub weight: String,
    /// Result of the case.
    pub score: CaseScore,
    /// The verdict depends on it: its weight counts, and it is not known to fail.
    pub counts: bool,
    /// The baseline says that it fails.
    pub known: bool,
    /// Observed failure, or the reason for not judging; for a passed case, the choice among right reactions.
    pub reason: String,
    /// Title of its family. Records of earlier versions lack it, as what follows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub family: String,
    /// Consequence of a failure.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Fix for the receiver.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fix: String,
    /// It passed by its answers alone: what was stored was not seen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_answers: bool,
    /// Reaction to what may be accepted or rejected, of a passed case: `accepted`, `rejected with 401`; several after commas.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub chosen: String,
    /// The case that stands for all that failed alike; empty = it stands for itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub like: String,
    /// Failures that were seen, for programs. Records of earlier versions have them in the reason alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Seen>,
}

/// Start of the reason of a passed case with two right reactions; its choice follows.
pub const CHOSEN: &str = "accepting and rejecting are both right; this receiver ";

/// Start of the reason of a case that was planned and not reached; its obstacle follows.
pub const NOT_REACHED: &str = "not reached: ";

impl CaseLine {
    /// The choice of a passed case. Records of earlier versions have it in the reason alone.
    pub fn choice(&self) -> &str {
        // Empty: its reason is not about a choice.
        let told = || self.reason.strip_prefix(CHOSEN).unwrap_or_default();
        if self.chosen.is_empty() { told() } else { &self.chosen }
    }

    /// Obstacle of a case that was not reached.
    pub fn obstacle(&self) -> &str {
        self.reason.strip_prefix(NOT_REACHED).unwrap_or(&self.reason)
    }
}

/// Result of a case of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CaseScore {
    /// The receiver did what a right one does.
    Passed,
    /// It did not.
    Failed,
    /// Skipped: no receiver can tell what was changed.
    NotCovered,
    /// Skipped: it does not apply to this sender or to this audit.
    NotApplicable,
    /// Skipped: it was to be played, and did not come to its end.
    NotReached,
}

impl fmt::Display for CaseScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotCovered => "not_covered",
            Self::NotApplicable => "not_applicable",
            Self::NotReached => "not_reached",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(rest: &str) -> CaseLine {
        let line = format!(
            r#"{{"id":"C48","title":"t","weight":"must","score":"passed","counts":true,"known":false,{rest}}}"#
        );
        serde_json::from_str(&line).unwrap()
    }

    #[test]
    fn what_a_receiver_chose_is_a_field_and_in_earlier_versions_the_end_of_the_reason() {
        assert_eq!(line(r#""reason":"it is fixed","chosen":"accepted""#).choice(), "accepted");
        let earlier = format!(r#""reason":"{CHOSEN}rejected with 401""#);
        assert_eq!(line(&earlier).choice(), "rejected with 401");
        assert_eq!(line(r#""reason":"""#).choice(), "");
        let unplayed = format!(r#""reason":"{NOT_REACHED}it went away""#);
        assert_eq!(
            (line(&unplayed).obstacle(), line(r#""reason":"why""#).obstacle()),
            ("it went away", "why")
        );
    }
}
