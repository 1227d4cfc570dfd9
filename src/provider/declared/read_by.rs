//! The parts of a provider's file that say how a receiver reads its messages.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use super::conduct::SignatureForm;
use crate::scenario::units::Word;

/// Names by which a receiver reads a message.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadingForm {
    /// Field with the event. Default: none; every message announces a file.
    #[serde(default)]
    pub event: Option<String>,
    /// Values of that field that announce a finished file. Default: the events on `file-complete` and `all-files`.
    #[serde(default)]
    pub file_events: Vec<Word>,
    /// Path to what tells one file from another; of a list, of its first member: `files[0].name`. Default: no message announces a
    /// file.
    #[serde(default)]
    pub file: Option<String>,
    /// Field with the name of the stream.
    #[serde(default)]
    pub stream: Option<String>,
    /// Field with the address of the file.
    #[serde(default)]
    pub url: Option<String>,
    /// Field with the length of the file in seconds.
    #[serde(default)]
    pub duration: Option<String>,
}

/// A second callback of the sender.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SecondForm {
    /// Its events.
    pub events: Vec<String>,
    /// Editions in which it is signed. Default: all, if it has a signature.
    #[serde(default)]
    pub signed: Option<Word>,
    /// Its signature. Default: it is not signed.
    #[serde(default)]
    pub signature: Option<SignatureForm>,
    /// Names by which a receiver reads it.
    pub reading: ReadingForm,
}
