//! How one vendor says it. Each provider is a folder: its recording rules, events, bodies by revision, signatures and
//! delivery policy; this module is what they share, and the list of them.
//!
//! A [`Provider`] is a value, not a trait: it can be listed, and a test can replace one part of it.

pub mod agora;
pub mod alibaba;
mod answering;
pub mod declared;
pub mod diagnosis;
pub mod field;
mod field_names;
pub mod handshake;
pub mod huawei;
pub mod insertion;
mod json_style;
pub mod livekit;
mod message;
pub mod mux;
mod plain;
mod policy;
mod room;
mod sealing;
mod second_callback;
pub mod signature;
pub mod srs;
pub mod stamp;
pub mod standard_webhooks;
pub mod tencent;
pub mod token;
pub mod trtc;
pub mod zlmediakit;

use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::callback::{TimeForm, path};
use crate::lifecycle::RecordingRules;
use crate::problem::{Problem, did_you_mean};
use crate::scenario::{Format, Method, Scenario, Shape};
use crate::stretch::Stretches;
use signature::{Signature, SignedHeader, SignedTime};

pub use answering::{AnswerBody, LastNo, Success};
pub use field_names::FieldNames;
pub use message::{EventContext, Message};
pub use policy::{Policy, Queue};
pub use second_callback::SecondCallback;

/// The setting, of providers of which messages were captured, for the month of those that are followed.
pub const CAPTURED: &str = "captured";

/// Every provider there is.
pub static ALL: &[&Provider] = &[
    &huawei::PROVIDER,
    &tencent::PROVIDER,
    &srs::PROVIDER,
    &zlmediakit::PROVIDER,
    &trtc::PROVIDER,
    &agora::PROVIDER,
    &livekit::PROVIDER,
    &mux::PROVIDER,
    &alibaba::PROVIDER,
];

/// How one vendor tells of its recordings.
pub struct Provider {
    /// As scenarios write it.
    pub name: &'static str,
    /// The product, for a person.
    pub title: &'static str,
    /// Editions of payload and signature, oldest first; the last is the default.
    pub revisions: &'static [Revision],
    /// What `provider.settings` may hold.
    pub settings: &'static [ProviderSetting],
    /// The events it can tell, and which of them it tells unasked.
    pub events: &'static [EventKind],
    /// How it signs when the scenario does not say.
    pub default_method: Method,
    /// From sending to expiry when the scenario does not say.
    pub lifetime: Duration,
    /// Seconds by which a time may be off in either direction without it being clear what a right receiver does.
    pub leeway: i64,
    /// The vendor's limit that a key does not keep to, if there is one.
    pub key_limit: fn(&Revision, &str) -> Option<&'static str>,
    /// The vendor's limit of callback URLs that one with a query or with headers does not keep to, if there is one.
    pub url_limit: Option<&'static str>,
    /// The format of a plain scenario for it: its files are told by the first of the file events.
    pub plain: Format,
    /// The `recording:` under which every event can happen, as YAML in flow style.
    pub eventful: &'static str,
    /// What the vendor cannot do, and, unless the scenario says `limits: off`, the vendor's limits with their figures.
    pub check: fn(&Scenario, &Revision) -> Vec<Problem>,
    /// How the vendor's recorder turns a stream into files.
    pub rules: fn(&Scenario, &Revision) -> RecordingRules,
    /// The fields of its messages, in every edition, a table per kind of message; where no field names the event, in the order of the
    /// events.
    pub fields: &'static [&'static [field::Field]],
    /// What the vendor says of what happened.
    pub messages: fn(&EventContext<'_>) -> Vec<Message>,
    /// The file that declares it; none = it is built in.
    pub declared: Option<&'static declared::DeclaredBy>,
}

/// A kind of event that a receiver can subscribe to.
pub struct EventKind {
    /// As scenarios write it.
    pub name: &'static str,
    /// Another way to write it; empty = none.
    pub alias: &'static str,
    /// Editions that know it.
    pub editions: RangeInclusive<u8>,
    /// It is told unless the scenario says otherwise.
    pub unasked: bool,
    /// When it is told, for a person.
    pub meaning: &'static str,
}

impl EventKind {
    /// True when a word means this kind, in capitals or not.
    pub fn is(&self, word: &str) -> bool {
        word.eq_ignore_ascii_case(self.name) || (word == self.alias && !word.is_empty())
    }
}

/// One dated edition of a provider's payload, signature and retry plan.
pub struct Revision {
    /// As scenarios write it.
    pub name: &'static str,
    /// Place among the provider's revisions; field tables refer to it.
    pub edition: u8,
    /// Since when, and what it changed.
    pub note: &'static str,
    /// The signature of each method.
    pub signatures: &'static [(Method, Signature)],
    /// Headers that bear signatures, or belong to one; none where the body bears it.
    pub signed_headers: &'static [SignedHeader],
    /// What the signed time is.
    pub signed_time: SignedTime,
    /// What is known of its messages on the wire.
    pub captures: Captures,
    /// How the signed time is written.
    pub time_form: TimeForm,
    /// What counts as an acknowledgement, and what happens without one.
    pub policy: Policy,
    /// What the reference receiver must know to read a body.
    pub reading: &'static FieldNames,
    /// A second callback of this edition, with a form of its own.
    pub second_callback: Option<&'static SecondCallback>,
    /// What a file declares of it; none = the provider is built in.
    pub declared: Option<&'static declared::Declared>,
}

/// What is known of the messages of a revision beside its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Captures {
    /// No message of the provider was captured.
    Never,
    /// None of its own time was; the latest before it is of this month.
    Before(&'static str),
    /// Some of its own time were, the latest kind in this month.
    Then(&'static str),
}

/// What messages look like: the shape, and for an observed one the month of the captures that it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// As on the vendor's pages.
    Documented,
    /// As captured in this month, such as `2019-04`.
    Observed(&'static str),
}

impl Wire {
    /// True when it follows captures.
    pub fn observed(self) -> bool {
        matches!(self, Self::Observed(_))
    }

    /// True when it follows captures of this month or of a later one.
    pub fn since(self, month: &str) -> bool {
        matches!(self, Self::Observed(captured) if captured >= month)
    }

    /// Its shape, as scenarios write it.
    pub fn shape(self) -> Shape {
        if self.observed() { Shape::Observed } else { Shape::Documented }
    }
}

/// A name or an undocumented point that a scenario can set.
pub struct ProviderSetting {
    /// As scenarios write it.
    pub name: &'static str,
    /// Used when the scenario does not say.
    pub default: &'static str,
    /// Values that it takes.
    pub takes: SettingValues,
    /// What it is, for a person.
    pub meaning: &'static str,
}

/// Values that a setting takes.
#[derive(Clone, Copy)]
pub enum SettingValues {
    /// Any text.
    Text,
    /// One of certain words.
    Words(&'static [&'static str]),
    /// A whole number, 0 included.
    WholeNumber,
}

impl SettingValues {
    /// The words, where it takes only those.
    pub fn words(self) -> &'static [&'static str] {
        if let Self::Words(words) = self { words } else { &[] }
    }

    /// The values that are expected instead of this one; none where it is taken.
    pub fn refusal(self, value: &str) -> Option<String> {
        let taken = match self {
            Self::Text => true,
            Self::Words(words) => words.contains(&value),
            Self::WholeNumber => value.parse::<u64>().is_ok(),
        };
        (!taken).then(|| match self {
            Self::Words(words) => format!("expected one of {}", words.join(", ")),
            Self::WholeNumber | Self::Text => "expected a whole number".into(),
        })
    }
}

impl ProviderSetting {
    /// One that takes any text.
    pub const fn text(name: &'static str, default: &'static str, meaning: &'static str) -> Self {
        Self { name, default, takes: SettingValues::Text, meaning }
    }

    /// One that takes a whole number.
    pub const fn number(name: &'static str, default: &'static str, meaning: &'static str) -> Self {
        Self { name, default, takes: SettingValues::WholeNumber, meaning }
    }

    /// One that takes certain words.
    pub const fn words(
        name: &'static str,
        default: &'static str,
        words: &'static [&'static str],
        meaning: &'static str,
    ) -> Self {
        Self { name, default, takes: SettingValues::Words(words), meaning }
    }
}

impl Provider {
    /// The file that declares it and its hash, for a person; empty = it is built in.
    pub fn origin(&self) -> String {
        self.declared.map_or_else(String::new, |by| {
            format!("declared by {}, sha256 {}", by.file, by.digest.stretch(..12))
        })
    }

    /// The method of scenarios that name none: the provider's own, or in a revision that does not know it the first that it knows.
    pub fn method_of(&self, revision: &Revision) -> Method {
        match revision.signatures {
            [(first, _), ..] if revision.signature(self.default_method).is_none() => *first,
            _ => self.default_method,
        }
    }

    /// The newest revision.
    pub fn newest(&self) -> &'static Revision {
        let [.., newest] = self.revisions else {
            unreachable!("a provider without a revision is not registered")
        };
        newest
    }
}

impl Revision {
    /// The signature of a method, if this revision knows the method.
    pub fn signature(&self, method: Method) -> Option<&'static Signature> {
        self.signatures.iter().find(|(known, _)| *known == method).map(|(_, signature)| signature)
    }

    /// The `recording:` under which every event of this edition can happen.
    pub fn eventful(&self, provider: &Provider) -> &'static str {
        self.declared.map_or(provider.eventful, |declared| declared.eventful)
    }

    /// The handshake of its callback URLs, if it has one.
    pub fn handshake(&self) -> Option<&'static handshake::Handshake> {
        self.declared?.handshake
    }

    /// The second callback, if an event is one of its own.
    pub fn second_callback(&self, event: &str) -> Option<&'static SecondCallback> {
        self.second_callback.filter(|second_callback| second_callback.events.contains(&event))
    }
}

/// The problem of a value beyond a vendor's limit.
pub fn beyond(path: impl Into<String>, title: impl Into<String>, limit: &str) -> Problem {
    Problem::at(path, title)
        .label(limit)
        .help("`limits: off` in the scenario breaks the vendor's limits on purpose")
}

/// The provider of this name.
///
/// # Errors
/// There is none; the problem names the nearest.
pub fn find(name: &str, path: &str) -> Result<&'static Provider, Box<Problem>> {
    let all = declared::known();
    let known = all.iter().copied().find(|provider| provider.name == name);
    known.or_else(|| declared::declare_shipped(name)).ok_or_else(|| {
        let shipped = declared::SHIPPED.iter().map(|(name, _)| *name);
        let mut names: Vec<&str> = all.iter().map(|provider| provider.name).collect();
        names.extend(shipped.filter(|name| all.iter().all(|known| known.name != *name)));
        let problem = Problem::at(format!("{path}.name"), format!("there is no provider `{name}`"))
            .label(format!("expected one of {}", names.join(", ")));
        match declared::is_file(name) {
            true => problem.help("`--provider-file FILE` makes the provider known that a file declares"),
            false => match did_you_mean(name, names) {
                Some(near) => problem.help(near),
                None => {
                    problem.help("a file can declare it: --provider-file FILE (docs/declare-a-provider.md)")
                }
            },
        }
        .into()
    })
}

/// The provider's revision of this name.
///
/// # Errors
/// There is none; the problem lists those there are.
pub fn find_revision(
    provider: &'static Provider,
    name: &str,
    path: &str,
) -> Result<&'static Revision, Box<Problem>> {
    let names = || provider.revisions.iter().map(|revision| revision.name);
    provider.revisions.iter().find(|revision| revision.name == name).ok_or_else(|| {
        Problem::at(format!("{path}.revision"), format!("{} has no revision `{name}`", provider.name))
            .label(format!("expected one of {}", names().collect::<Vec<_>>().join(", ")))
            .helps(did_you_mean(name, names()))
            .into()
    })
}

/// Whose callback this is, and of which event, by the fields it has; none = nobody's that is known.
pub fn announced(body: &Map<String, Value>) -> Option<(&'static Provider, &'static str)> {
    let found = diagnosis::recognise(body)?;
    // A scenario has one.
    if body.contains_key("provider") {
        return None;
    }
    Some((found.provider, event_of(found, body)?))
}

/// The event of a body whose sender is known.
pub fn event_of(
    diagnosis::Recognised { provider, table, .. }: diagnosis::Recognised,
    body: &Map<String, Value>,
) -> Option<&'static str> {
    let kind = |word: &str| provider.events.iter().find(|kind| kind.is(word));
    let readings = provider.revisions.iter().rev().flat_map(|revision| {
        std::iter::once(revision.reading)
            .chain(revision.second_callback.map(|second_callback| &second_callback.reading))
    });
    let written = |field: &str| match path::lookup(body, field)? {
        Value::String(text) => kind(text),
        other => kind(&other.to_string()),
    };
    let named = readings.filter_map(|reading| reading.event_field).find_map(written);
    // A message that names no event is known by its fields, or announces a file.
    let nameless = provider.revisions.iter().all(|revision| revision.reading.event_field.is_none());
    let by_fields = provider.events.get(table).filter(|_| nameless && provider.fields.len() > 1);
    let kind = named.or(by_fields).or_else(|| {
        let reading = provider.newest().reading;
        if !reading.marks_a_file(|name| body.contains_key(name)) {
            return None;
        }
        let files = reading.file_events;
        files.first().and_then(|event| kind(event))
    });
    Some(kind?.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_that_a_provider_reads_is_one_of_its_settings() {
        for provider in ALL {
            let folder =
                std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/provider").join(provider.name);
            for file in std::fs::read_dir(folder).unwrap() {
                let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
                for name in text.split("setting(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                    assert!(
                        provider.settings.iter().any(|setting| setting.name == name),
                        "{} {name}",
                        provider.name
                    );
                }
            }
        }
    }

    #[test]
    fn a_revision_knows_its_place() {
        for provider in ALL {
            for (index, revision) in provider.revisions.iter().enumerate() {
                assert_eq!(usize::from(revision.edition), index, "{} {}", provider.name, revision.name);
            }
        }
    }
}
