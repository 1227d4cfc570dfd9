//! The file of a declared provider, as it is written.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::conduct::{
    AnswerForm, HandshakeForm, RecorderForm, RetryForm, SignatureForm, TimeForms, VectorForm,
};
use super::read_by::{ReadingForm, SecondForm};
use crate::lifecycle::Event;
use crate::scenario::broadcast::FailureCause;
use crate::scenario::units::Word;

/// A sender of callbacks, declared in a file.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(title = "hookreel provider file"))]
#[cfg_attr(test, schemars(extend("required" = ["provider", "revisions", "messages", "recorder", "reading"])))]
pub struct ProviderFile {
    /// Name of the provider, as scenarios and commands write it: small letters, digits and dashes.
    pub provider: String,
    /// The product, for a person. Default: the name.
    #[serde(default)]
    pub title: Option<String>,
    /// Editions of its messages, oldest first; the last is the default. Each may replace parts of the file.
    pub revisions: Vec<RevisionForm>,
    /// Names and points that a scenario can set, under `provider.settings`.
    #[serde(default)]
    pub settings: BTreeMap<String, SettingForm>,
    /// Values with a name, for use as `$name` or `{name}` in what follows. Each may use those above it.
    #[serde(default)]
    pub define: Map<String, Value>,
    /// Bodies with a name, for messages that share one.
    #[serde(default)]
    pub bodies: BTreeMap<String, Map<String, Value>>,
    /// Messages, and the event of the recording that each tells of.
    pub messages: Vec<MessageForm>,
    /// What each edition can replace.
    #[serde(flatten)]
    pub parts: PartsForm,
    /// A request that comes when a callback URL is set up, and that the receiver answers with a signature. Default: none.
    #[serde(default)]
    pub handshake: Option<HandshakeForm>,
    /// A second callback with a signature and names of its own.
    #[serde(default)]
    pub second: Option<SecondForm>,
    /// Signatures that are known to be right; `hookreel provider check` reproduces them.
    #[serde(default)]
    pub vectors: Vec<VectorForm>,
    /// Samples of messages by their event: a file each, beside this one. `hookreel provider check` compares names and types.
    #[serde(default)]
    pub samples: BTreeMap<String, String>,
    /// What is not known of the sender, for a person: each is named by `hookreel provider check`.
    #[serde(default)]
    pub missing: Vec<String>,
}

/// An edition of the messages. A part of it takes the place of that of the file.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RevisionForm {
    /// Name of the edition, such as a date.
    pub name: String,
    /// Since when, and what it changed.
    #[serde(default)]
    pub note: Option<String>,
    /// What it replaces.
    #[serde(flatten)]
    pub parts: PartsForm,
}

/// Parts of a file that an edition can replace.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub struct PartsForm {
    /// Headers of every request. A value with `{time}`, `{signature}` or `{id}` is made when it is sent.
    #[serde(default)]
    pub headers: Option<Map<String, Value>>,
    /// The signature of a message. Default: none.
    #[serde(default)]
    pub signature: Option<SignatureForm>,
    /// The time that a message bears.
    #[serde(default)]
    pub time: Option<TimeForms>,
    /// Answers that acknowledge, and that end a callback.
    #[serde(default)]
    pub answer: Option<AnswerForm>,
    /// Attempts after the first one. Default: none.
    #[serde(default)]
    pub retry: Option<RetryForm>,
    /// Files that the recorder makes.
    #[serde(default)]
    pub recorder: Option<RecorderForm>,
    /// Names by which a receiver reads a message.
    #[serde(default)]
    pub reading: Option<ReadingForm>,
}

impl ProviderFile {
    /// A part of an edition: its own, or that of the file.
    pub fn part<T: Clone>(&self, own: Option<&RevisionForm>, of: fn(&PartsForm) -> &Option<T>) -> Option<T> {
        own.and_then(|own| of(&own.parts).clone()).or_else(|| of(&self.parts).clone())
    }
}

/// A setting.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SettingForm {
    /// Value that it has when a scenario does not say.
    pub default: Word,
    /// Values that it may have. Default: any text.
    #[serde(default)]
    pub allowed: Vec<Word>,
    /// Its meaning, for a person.
    #[serde(default)]
    pub meaning: Option<String>,
}

/// A message and what it tells of.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MessageForm {
    /// Happenings that it tells of.
    pub on: OneOrSeveral<Happening>,
    /// The event, as scenarios and reports write it.
    pub event: String,
    /// Another way to write the event, such as its number.
    #[serde(default)]
    pub alias: Option<Word>,
    /// When it is sent, for a person.
    #[serde(default)]
    pub meaning: Option<String>,
    /// `false`: only scenarios that name it under `subscribe` are sent it.
    #[serde(default = "yes")]
    pub unasked: bool,
    /// Editions that have it: `2024`, `2021-05..`, `..2021-09`, `2021-05..2024`. Default: all.
    #[serde(default)]
    pub revisions: Option<Word>,
    /// Sources and the values that they must have, such as `{format: [hls, flv]}`. All must hold.
    #[serde(default)]
    pub when: BTreeMap<String, OneOrSeveral<Word>>,
    /// Place among messages of one instant: smaller ones come first.
    #[serde(default)]
    pub rank: i64,
    /// Identity of the finished file that it announces: a value as in a body. Default: it announces none.
    #[serde(default)]
    pub file: Option<Value>,
    /// Headers of this message, beside those of every request.
    #[serde(default)]
    pub headers: Map<String, Value>,
    /// The body, or the name of one of `bodies`.
    pub body: BodyForm,
}

/// True, as a default.
pub(super) fn yes() -> bool {
    true
}

/// One, or a list.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged)]
pub enum OneOrSeveral<T> {
    /// One.
    One(T),
    /// A list.
    Several(Vec<T>),
}

impl<T> OneOrSeveral<T> {
    /// All of them.
    pub fn all(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(all) => all,
        }
    }
}

/// A body of its own, or the name of one.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged)]
pub enum BodyForm {
    /// One of `bodies`.
    Named(String),
    /// Fields, in their order.
    Own(Map<String, Value>),
}

/// Event of a stream or of its recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Happening {
    /// The callback URL is set up: before everything else.
    SetUp,
    /// The encoder began to push.
    PushStarted,
    /// The push ended.
    PushEnded,
    /// The recording task began.
    TaskStarted,
    /// The stream is gone, and the recorder waits for it.
    TaskPaused,
    /// The stream came back in time.
    TaskResumed,
    /// The recording task is over.
    TaskEnded,
    /// A file began.
    FileStarted,
    /// A file is finished and stored.
    FileComplete,
    /// The last file of a task is finished: one message about all of them.
    AllFiles,
    /// The stream could not be pulled.
    PullFailed,
    /// A file could not be stored.
    UploadFailed,
}

impl Happening {
    /// The happening that an event of the recording is; none = nobody is told of it.
    pub fn of(event: &Event) -> Option<Self> {
        Some(match event {
            Event::Pushed(_) => Self::PushStarted,
            Event::Dropped(_) => Self::PushEnded,
            Event::TaskBegan => Self::TaskStarted,
            Event::Paused => Self::TaskPaused,
            Event::Resumed => Self::TaskResumed,
            Event::TaskOver => Self::TaskEnded,
            Event::FileBegan(_) => Self::FileStarted,
            Event::FileComplete(_) => Self::FileComplete,
            Event::Failed(failure, _) if failure.cause == FailureCause::Pull => Self::PullFailed,
            Event::Failed(..) => Self::UploadFailed,
            Event::TooShort(_) => return None,
        })
    }
}
