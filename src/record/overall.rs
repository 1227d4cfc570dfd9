//! Findings of an audit about the receiver as a whole, as records keep them.

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CaseLine, CaseScore};

/// A finding about the receiver and about no case alone: the one cause of what several cases show. Every report says it in these words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct OverallLine {
    /// Subject of the finding.
    pub kind: OverallKind,
    /// Observation, in one line.
    pub seen: String,
    /// Explanations and things to try, a line each.
    pub told: Vec<String>,
    /// Cases that failed for this one reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<String>,
}

/// Subject of an [`OverallLine`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OverallKind {
    /// Hostile callbacks are answered like valid ones.
    AnsweredAlike,
    /// The receiver went away, or does not answer any more.
    WentAway,
    /// The receiver limits the rate.
    LimitsRate,
}

impl OverallKind {
    /// Name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::AnsweredAlike => "answered alike",
            Self::WentAway => "went away",
            Self::LimitsRate => "limits the rate",
        }
    }
}

impl OverallLine {
    /// It is the cause of what became of a case. That the receiver went away is that of what was not played.
    pub fn explains(&self, case: &CaseLine) -> bool {
        match self.kind {
            OverallKind::AnsweredAlike => self.cases.contains(&case.id),
            OverallKind::WentAway | OverallKind::LimitsRate => case.score == CaseScore::NotReached,
        }
    }

    /// All of it in one line.
    pub fn sentence(&self) -> String {
        let mut out = String::new();
        for line in std::iter::once(&self.seen).chain(&self.told) {
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            out.push_str(match out.chars().last() {
                None => "",
                Some('.' | ':') => " ",
                Some(_) if line.starts_with(char::is_uppercase) => ". ",
                Some(_) => "; ",
            });
            out.push_str(&line);
        }
        out
    }
}
