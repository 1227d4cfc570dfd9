//! Actions of the encoder: push, drop, push again.

mod order;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use hyper::body::Bytes;
#[cfg(test)]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use super::units::Word;
use crate::duration::parse_duration;

pub use order::check;

/// One step of a broadcast: `25m: drop`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Since the broadcast began.
    pub at: Duration,
    /// The action.
    pub what: Action,
}

impl Step {
    /// The plainest broadcast: one push, and one drop after `minutes` minutes.
    pub fn plain(minutes: u64) -> Vec<Self> {
        let drop = Self { at: Duration::from_secs(60 * minutes), what: Action::Drop };
        vec![Self { at: Duration::ZERO, what: Action::Push }, drop]
    }
}

/// Action of a broadcast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The encoder begins to send.
    Push,
    /// The encoder, or the network before it, stops.
    Drop,
    /// The recording fails.
    Fail(Failure),
    /// A captured callback is sent.
    Callback(CapturedCallback),
}

impl Action {
    /// Its name in a scenario: `push`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Drop => "drop",
            Self::Fail(_) => "fail",
            Self::Callback(_) => "callback",
        }
    }
}

/// A callback that was captured, as a step of a broadcast.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CapturedCallback {
    /// Body of the callback, or its query.
    #[serde(rename = "callback")]
    pub given: GivenMessage,
}

/// The body of a captured callback, or its query where it is a GET.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GivenMessage {
    /// File with the body, beside the scenario's file.
    #[serde(default)]
    pub body: Option<String>,
    /// File with the query of a GET, in the place of a body.
    #[serde(default)]
    pub query: Option<String>,
    /// Replace time and signature by fresh ones; every other byte stays. Default: false.
    #[serde(default)]
    pub resign: bool,
    /// Values that are put into it before it is signed, by their paths: `file_id`, `exception[0].type`.
    #[serde(default)]
    pub set: BTreeMap<String, Word>,
    /// The bytes of the file, once somebody has read it: this room reads none.
    #[serde(skip)]
    pub bytes: Option<Bytes>,
}

impl GivenMessage {
    /// Its file, and the key that names it: `body` or `query`.
    ///
    /// # Errors
    /// There is none, or there are two.
    pub fn file(&self) -> Result<(&'static str, &str), &'static str> {
        match (&self.body, &self.query) {
            (Some(file), None) => Ok(("body", file)),
            (None, Some(file)) => Ok(("query", file)),
            (None, None) => {
                Err("neither a body nor a query: `body: FILE` for a POST, or `query: FILE` for a GET")
            }
            (Some(_), Some(_)) => Err("a callback has a body or a query, not both"),
        }
    }
}

/// Failure of a recording.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Cause of the failure.
    #[serde(rename = "fail")]
    pub cause: FailureCause,
    /// The text for the callback's error message. Default: ours, by cause.
    #[serde(default)]
    pub message: Option<String>,
}

/// Cause of a failed recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum FailureCause {
    /// The recorder could not pull the stream: the task ends, the file is lost.
    Pull,
    /// The file that is open now cannot be uploaded.
    Upload,
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StepVisitor;
        impl<'de> Visitor<'de> for StepVisitor {
            type Value = Step;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time and what happened then, such as `25m: drop`")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Step, A::Error> {
                let time: String = map.next_key()?.ok_or_else(|| de::Error::custom("an empty step"))?;
                let at = parse_duration(&time).map_err(de::Error::custom)?;
                let what = map.next_value::<ActionText>()?.into();
                match map.next_key::<String>()? {
                    None => Ok(Step { at, what }),
                    Some(_) => Err(de::Error::custom("one step holds one time")),
                }
            }
        }
        deserializer.deserialize_map(StepVisitor)
    }
}

#[derive(serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged)]
enum ActionText {
    Word(ActionWord),
    Fail(Failure),
    Callback(CapturedCallback),
}

#[derive(serde::Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
enum ActionWord {
    Push,
    Drop,
}

impl From<ActionText> for Action {
    fn from(text: ActionText) -> Self {
        match text {
            ActionText::Word(ActionWord::Push) => Self::Push,
            ActionText::Word(ActionWord::Drop) => Self::Drop,
            ActionText::Fail(failure) => Self::Fail(failure),
            ActionText::Callback(callback) => Self::Callback(callback),
        }
    }
}

#[cfg(test)]
impl JsonSchema for Step {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "step".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let action = generator.subschema_for::<ActionText>();
        json_schema!({
            "type": "object",
            "description": "A time since the broadcast began, and what happened then: `25m: drop`.",
            "minProperties": 1,
            "maxProperties": 1,
            "patternProperties": { super::units::DURATION_PATTERN: action },
            "additionalProperties": false,
            "x-expected": "a time and what happened then, such as `25m: drop`",
            "x-expected-key": format!("{}, counted from the start of the broadcast", crate::duration::DURATION_HINT),
        })
    }
}
