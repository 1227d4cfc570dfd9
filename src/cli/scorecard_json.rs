//! The result of an audit for programs. The fields are fixed: others rely on them.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::audit::Scored;
use crate::audit::case::AuditSetting;
use crate::audit::causes::advised;
use crate::audit::observed::Observed;
use crate::audit::score::{Reason, Score};

/// The format's name and edition.
const SCHEMA: &str = "hookreel.audit/2";

/// Content of the file of `--scorecard`.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(super) struct Scorecard {
    /// `hookreel.audit/2`.
    schema: &'static str,
    /// By whom the receiver was called.
    provider: &'static str,
    /// Revision of the provider.
    revision: &'static str,
    cases: Vec<Row>,
}

/// A case.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct Row {
    /// Name in the catalogue.
    id: &'static str,
    title: &'static str,
    /// `must`, `should`, `hardening` or `server`.
    weight: String,
    #[serde(flatten)]
    score: ScoreOf,
}

/// Result of a case.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(tag = "score", rename_all = "snake_case")]
enum ScoreOf {
    /// The receiver did what a right one does.
    Passed {
        /// Only its answers were looked at.
        by_answers: bool,
        /// Reaction of the receiver where accepting and rejecting are both right.
        #[serde(skip_serializing_if = "String::is_empty")]
        chosen: String,
    },
    /// It did not.
    Failed {
        /// Expected and observed results.
        seen: Vec<String>,
        why_it_matters: &'static str,
        how_to_fix: &'static str,
    },
    /// It was not judged.
    Skipped {
        /// `not_covered`, `not_applicable` or `not_reached`.
        kind: &'static str,
        reason: String,
    },
}

impl Scorecard {
    pub(super) fn of(setting: &AuditSetting, scored: &[Scored], observed: &Observed) -> Self {
        let row = |(case, score): &Scored| Row {
            id: case.id,
            title: case.title,
            weight: case.weight().to_string(),
            score: match score {
                Score::Passed { by_answers, chosen } => {
                    ScoreOf::Passed { by_answers: *by_answers, chosen: chosen.clone() }
                }
                Score::Failed(seen) => ScoreOf::Failed {
                    seen: seen.iter().map(ToString::to_string).collect(),
                    why_it_matters: advised(case, setting, seen, observed).0,
                    how_to_fix: advised(case, setting, seen, observed).1,
                },
                Score::Skipped(reason) => ScoreOf::Skipped {
                    kind: match reason {
                        Reason::Uncovered => "not_covered",
                        Reason::NotApplicable(_) => "not_applicable",
                        Reason::NotReached(_) => "not_reached",
                    },
                    reason: reason.to_string(),
                },
            },
        };
        Self {
            schema: SCHEMA,
            provider: setting.provider.name,
            revision: setting.revision.name,
            cases: scored.iter().map(row).collect(),
        }
    }

    /// Text of the file.
    pub(super) fn text(&self) -> String {
        // Plain data with text keys: there is nothing in it that JSON could not hold.
        serde_json::to_string_pretty(self).expect("our own texts and numbers can be written as JSON") + "\n"
    }
}
