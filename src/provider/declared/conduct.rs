//! The parts of a provider's file that say how a sender signs, repeats, records and is read.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::form::{OneOrSeveral, yes};
use crate::callback::Encoding;
use crate::scenario::units::{Span, StatusPattern, Word};
use crate::scenario::{Format, Method};

/// How a message is signed.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignatureForm {
    /// Text that MD5 is taken of. Parts: `{key}`, `{time}`, `{id}`, `{host}` (of the callback URL, without its
    /// port), `{body}`, `{field.NAME}`.
    #[serde(default)]
    pub md5: Option<String>,
    /// Text that HMAC-SHA256 is taken of, with the same parts.
    #[serde(default, rename = "hmac-sha256")]
    pub hmac_sha256: Option<String>,
    /// Written form of the signature.
    #[serde(default, rename = "as")]
    pub written: WrittenForm,
    /// Method of scenarios that name none. Default: HMAC-SHA256 where the file has it.
    #[serde(default)]
    pub default: Option<Method>,
    /// Limits of the keys that the vendor takes.
    #[serde(default)]
    pub limits: Option<KeyForm>,
}

/// Written form of a signature.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum WrittenForm {
    /// Lower-case hexadecimal digits.
    #[default]
    Hex,
    /// Base64 with padding.
    Base64,
    /// Base64 for URLs, without padding.
    Base64url,
}

impl WrittenForm {
    /// The bytes of a signature in this form.
    pub(super) fn encoding(self) -> Encoding {
        match self {
            Self::Hex => Encoding::Hex,
            Self::Base64 => Encoding::Base64,
            Self::Base64url => Encoding::Base64Url,
        }
    }
}

/// A handshake: a request with a token, which the receiver answers with the token and its signature.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HandshakeForm {
    /// Event of the message that asks. Its `on` is `set-up`.
    pub event: String,
    /// Path to the token in that message.
    pub token: String,
    /// Text that HMAC-SHA256 is taken of, under the key of the callbacks: `{token}`, with or without text around it.
    #[serde(rename = "hmac-sha256")]
    pub hmac_sha256: String,
    /// Written form of that signature.
    #[serde(default, rename = "as")]
    pub written: WrittenForm,
    /// Members of the answer: `$token`, `$signature`, or a text.
    pub answer: Map<String, Value>,
    /// Tokens whose signatures are known to be right; `hookreel provider check` reproduces them.
    #[serde(default)]
    pub vectors: Vec<TokenVectorForm>,
}

/// A token whose signature is known to be right.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TokenVectorForm {
    /// The key, which is shown nowhere.
    pub key: Word,
    /// The token.
    pub token: String,
    /// The signature.
    pub signature: Word,
}

/// Keys that a vendor takes.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeyForm {
    /// Fewest characters.
    #[serde(default)]
    pub shortest: Option<u32>,
    /// Most characters.
    #[serde(default)]
    pub longest: Option<u32>,
    /// True: letters and digits only.
    #[serde(default)]
    pub alphanumeric: bool,
}

/// The time that a message bears.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TimeForms {
    /// Meaning of the time. Default: `expiry` in a body, `sending` in a header.
    #[serde(default)]
    pub is: Option<TimeMeaning>,
    /// Written form in a body.
    #[serde(default, rename = "as")]
    pub written: NumberForm,
    /// From sending to expiry; of a time of sending, how far it may lie back or ahead. Default: 10m.
    #[serde(default)]
    pub lifetime: Option<Span>,
}

/// Meaning of a time that is sent.
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TimeMeaning {
    /// The signature has expired then.
    Expiry,
    /// It was sent then; it may lie back or ahead as far as the lifetime.
    Sending,
}

/// Written form of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum NumberForm {
    /// `1583676745`
    #[default]
    Number,
    /// `"1583676745"`
    Text,
}

/// Answers as the sender takes them.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    /// Statuses that acknowledge: `200`, `2xx`, or a list. Default: 200.
    #[serde(default)]
    pub yes: Option<OneOrSeveral<StatusPattern>>,
    /// The body that an acknowledgement must have, too.
    #[serde(default)]
    pub body: AnswerBodyForm,
    /// Statuses after which it never sends the callback again: `4xx`, or a list. Default: none.
    #[serde(default, rename = "final")]
    pub last: Option<OneOrSeveral<StatusPattern>>,
    /// Time limit for an answer. Default: 20s.
    #[serde(default)]
    pub timeout: Option<Span>,
    /// An answer that the vendor shows for success. Default: `{}`.
    #[serde(default)]
    pub example: Option<String>,
}

/// Body of an acknowledgement.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum AnswerBodyForm {
    /// Anything, or nothing.
    #[default]
    Any,
    /// JSON of any kind.
    Json,
    /// A JSON object whose `code` is 0.
    CodeZero,
}

/// Attempts after the first one.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RetryForm {
    /// Number of retries. Default: as many as there are `waits`.
    #[serde(default)]
    pub times: Option<u32>,
    /// Waits before the first retries, in their order.
    #[serde(default)]
    pub waits: Vec<Span>,
    /// Wait before each retry after those.
    #[serde(default)]
    pub every: Option<Span>,
    /// After these retries it goes on at this interval, for as long as the callback is young enough.
    #[serde(default)]
    pub then: Option<RetryQueueForm>,
    /// It waits for as long as `Retry-After` says.
    #[serde(default)]
    pub retry_after: bool,
    /// A retry gets a fresh time and signature. Default: true.
    #[serde(default = "yes")]
    pub resign: bool,
    /// Longest time that a callback waits for those before it; one that waits longer is dropped.
    #[serde(default)]
    pub drop_after: Option<Span>,
}

/// Retries until a callback is too old.
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RetryQueueForm {
    /// Wait before each of them.
    pub every: Span,
    /// Age, counted from the first attempt, after which it gives up.
    pub until: Span,
}

/// Recorder of the sender.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RecorderForm {
    /// Formats that it records, with their rules: `{hls: {}, mp4: {}}`.
    pub formats: FormatsForm,
    /// Effect of a gap of the stream on a recording that is not resumed.
    #[serde(default)]
    pub gap: GapForm,
    /// Time from the end of a file to its callback. Default: 0s.
    #[serde(default)]
    pub upload_delay: Option<Span>,
    /// Keys of `recording:` that scenarios may use with this provider. Default: none of them.
    #[serde(default)]
    pub allows: Vec<RecordingKey>,
}

/// Formats with their rules.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FormatsForm {
    /// HLS.
    #[serde(default)]
    pub hls: Option<FormatForm>,
    /// FLV.
    #[serde(default)]
    pub flv: Option<FormatForm>,
    /// MP4.
    #[serde(default)]
    pub mp4: Option<FormatForm>,
    /// AAC.
    #[serde(default)]
    pub aac: Option<FormatForm>,
}

impl FormatsForm {
    /// The formats that it records.
    pub fn all(&self) -> Vec<(Format, &FormatForm)> {
        let all = [
            (Format::Hls, &self.hls),
            (Format::Flv, &self.flv),
            (Format::Mp4, &self.mp4),
            (Format::Aac, &self.aac),
        ];
        all.into_iter().filter_map(|(format, form)| form.as_ref().map(|form| (format, form))).collect()
    }
}

/// Rules of a format.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FormatForm {
    /// Longest media time of a file.
    #[serde(default)]
    pub cycle: CycleForm,
    /// Longest gap that stays in one file. Default: a scenario cannot have one.
    #[serde(default)]
    pub resume: Option<ResumeForm>,
}

/// Longest media time of a file.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CycleForm {
    /// Length when a scenario does not say. Default: files are not cut by length.
    #[serde(default)]
    pub default: Option<Span>,
    /// Shortest length that the vendor takes.
    #[serde(default)]
    pub min: Option<Span>,
    /// Longest length that the vendor takes.
    #[serde(default)]
    pub max: Option<Span>,
}

/// Resume windows.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ResumeForm {
    /// Longest window that the vendor takes.
    #[serde(default)]
    pub max: Option<Span>,
    /// Length that `forever` stands for. Default: the vendor does not have it.
    #[serde(default)]
    pub forever: Option<Span>,
}

/// Effect of a gap on a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum GapForm {
    /// It ends the task; a later push opens a new one.
    #[default]
    EndsTask,
    /// It ends the file; the task lives until the last drop.
    EndsFile,
    /// It is a part of the file: the recorder stays.
    Recorded,
}

/// A key of `recording:` that not every sender knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RecordingKey {
    /// `source: task`: a task made through an API, which stands until the last drop.
    Source,
    /// `over: every-drop`, as the only way of a sender without resume.
    Over,
    /// `events: per-task`: begin and end of a task are told once for all formats.
    Events,
}

/// A signature that is known to be right.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VectorForm {
    /// Edition. Default: the newest.
    #[serde(default)]
    pub revision: Option<Word>,
    /// Method. Default: the file's.
    #[serde(default)]
    pub method: Option<Method>,
    /// The key, which is shown nowhere.
    pub key: Word,
    /// The signed time, in Unix seconds, if there is one.
    #[serde(default)]
    pub time: Option<i64>,
    /// The id of the message, if it is signed.
    #[serde(default)]
    pub id: Option<String>,
    /// The body, as text.
    pub body: String,
    /// The signature.
    pub signature: Word,
}
