//! One row of the catalogue.

use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::advice::OtherAdvice;
use super::weight::{self, Weight};
use crate::number;
use crate::provider::signature::{Signature, SignedTime};
use crate::provider::standard_webhooks;
use crate::provider::{Captures, EventKind, Provider, Revision};
use crate::scenario::{Method, Shape};

/// One row of the catalogue, as a scenario.
pub struct Case {
    /// Its stable name: family and number, `C54`; `F124.b` is a second scenario of the same row.
    pub id: &'static str,
    /// What is sent, in a few words.
    pub title: &'static str,
    /// The `faults:` of its scenario, as YAML in flow style: `[{expire: {by: 1s}}]`.
    pub faults: &'static str,
    /// Keys of the scenario that differ from the plain one (one push of two minutes, one file, its callback), each with its
    /// YAML in flow style: `("broadcast", "[{0s: push}, {80m: drop}]")`.
    pub keys: &'static [(&'static str, &'static str)],
    /// Providers it is for; empty = all.
    pub only: &'static [&'static str],
    /// What the sender must have for it.
    pub needs: Needs,
    /// Why it matters: what goes wrong in production.
    pub why: &'static str,
    /// How to fix the receiver.
    pub fix: &'static str,
    /// Advice in the place of these two, for some senders or by what was seen; the first that fits counts.
    pub others: &'static [OtherAdvice],
}

/// What a sender must have, so that a case is one for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing that only some have.
    Nothing,
    /// A handshake, by which its callback URLs are set up.
    Handshake,
    /// A signature over the bytes of the body, and not over what they say.
    SignedBytes,
    /// Nothing of the sender; but only the receiver's state tells what came of it.
    State,
}

impl Needs {
    fn met_by(self, provider: &Provider) -> bool {
        match self {
            Self::Nothing | Self::State => true,
            Self::Handshake => provider.revisions.iter().any(|revision| revision.handshake().is_some()),
            Self::SignedBytes => {
                let signature = provider.newest().signature(provider.default_method);
                signature.is_some_and(Signature::signs_bytes)
            }
        }
    }
}

/// The `subscribe:` of a case that plays the handshake alone.
pub const HANDSHAKE: &str = "the event of the handshake";

/// The `subscribe:` of a case that has every event of a recording.
pub const EVERY_EVENT: &str = "every event of a recording";

/// The `provider:` of a case that two editions play, one after the other.
pub const MIXED: &str = "this revision and the one before it";

/// The `provider:` of a case whose messages have the other shape, where the edition has two.
pub const OTHER_SHAPE: &str = "this revision in its other shape";

/// The `provider:` of a case whose files lie in the vendor's other storage.
pub const OTHER_STORAGE: &str = "this revision with the other storage";

/// Form in which the scenario of a case has its callbacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CaseForm {
    /// Files of one broadcast, as the case has them.
    Files,
    /// Files of several pushes.
    Pushes,
    /// Everything that the sender tells of one broadcast.
    Events,
}

/// The `broadcast:` of several pushes: as many as any case has files that it counts.
const PUSHES: &str = "[{0s: push}, {2m: drop}, {30m: push}, {32m: drop}, {60m: push}, {62m: drop}, {90m: push}, {92m: drop}, \
                      {120m: push}, {122m: drop}, {150m: push}, {152m: drop}]";

fn other_shape(provider: &Provider, revision: &Revision) -> String {
    let shape = match revision.captures {
        Captures::Before(_) => Shape::Observed,
        Captures::Then(_) | Captures::Never => Shape::Documented,
    };
    format!("{{name: {}, revision: \"{}\", shape: {shape}}}", provider.name, revision.name)
}

fn other_storage(provider: &Provider, revision: &Revision) -> String {
    format!("{{name: {}, revision: \"{}\", settings: {{storage: cos}}}}", provider.name, revision.name)
}

/// Every event that comes as the file's does: not the handshake, and none that is another kind of callback.
fn every_event(provider: &Provider, revision: &Revision) -> String {
    let handshake = revision.handshake().map(|handshake| handshake.event);
    let alike = |kind: &&EventKind| {
        kind.editions.contains(&revision.edition)
            && Some(kind.name) != handshake
            && revision.second_callback(kind.name).is_none()
    };
    let names: Vec<&str> = provider.events.iter().filter(alike).map(|kind| kind.name).collect();
    format!("[{}]", names.join(", "))
}

/// This edition, and the nearest one that signs, reads and counts alike, if there is one.
fn mixed(provider: &Provider, revision: &Revision) -> String {
    let alike = |other: &&Revision| {
        other.edition != revision.edition
            && other.signatures == revision.signatures
            && other.reading.file_field == revision.reading.file_field
            && other.reading.event_field == revision.reading.event_field
    };
    let other = provider.revisions.iter().filter(alike).max_by_key(|other| other.edition);
    let entry = |name: &str| format!("{{name: {}, revision: \"{name}\"}}", provider.name);
    match other {
        Some(other) => format!("[{}, {}]", entry(revision.name), entry(other.name)),
        None => entry(revision.name),
    }
}

/// What the scenarios of one audit share.
pub struct AuditSetting {
    /// By whom the receiver is called.
    pub provider: &'static Provider,
    /// In which edition.
    pub revision: &'static Revision,
    /// As scenarios write it; empty = the provider's own.
    pub method: String,
    /// The `expect:` of every scenario, as YAML in flow style; empty = the provider's rules.
    pub expect: String,
    /// Streams that the receiver knows; empty = it takes any, and each case has its own.
    pub streams: Vec<String>,
    /// Of this audit alone: ids that a case fixes are drawn from it.
    pub nonce: u64,
}

impl AuditSetting {
    /// The signature of the callbacks, and what its time is; none = they bear none.
    pub fn signed(&self) -> Option<(&'static Signature, SignedTime)> {
        let method = Method::named(&self.method).unwrap_or(self.provider.default_method);
        let revision = standard_webhooks::under(self.revision, method);
        Some((revision.signature(method)?, revision.signed_time))
    }
}

/// A number that a case and an audit have for themselves.
fn draw(nonce: u64, id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (nonce, id).hash(&mut hasher);
    hasher.finish()
}

/// The faults with ids of their own in the place of these words.
fn with_ids(faults: &str, draw: u64) -> String {
    // A multiple of four, so that the number after it is the same double.
    let double = (1_u64 << 53) + ((draw >> 16) << 2);
    let (wide, rest) = (u128::from(draw >> 2), u128::from(draw % 1_000_000_007));
    faults
        .replace("<2^53 + 1>", &(double + 1).to_string())
        .replace("<2^53>", &double.to_string())
        .replace("<2^63>", &((1_u128 << 63) + wide).to_string())
        .replace("<2^64>", &((1_u128 << 64) + wide).to_string())
        .replace("<30 digits>", &(123_456_789_u128 * 10_u128.pow(21) + (wide << 8) + rest).to_string())
}

impl Case {
    /// A case of the plain scenario under these faults, for every provider.
    pub const fn new(
        id: &'static str,
        title: &'static str,
        faults: &'static str,
        why: &'static str,
        fix: &'static str,
    ) -> Self {
        Self { id, title, faults, keys: &[], only: &[], needs: Needs::Nothing, why, fix, others: &[] }
    }

    /// The same with advice in the place of its own.
    pub const fn or(self, others: &'static [OtherAdvice]) -> Self {
        Self { others, ..self }
    }

    /// How much a failure matters.
    pub fn weight(&self) -> Weight {
        weight::of(self.id)
    }

    /// It changes the stream's name, which a receiver that knows only certain streams rejects rightly.
    pub fn renames_the_stream(&self) -> bool {
        self.faults.contains("{name: {")
            || self.keys.iter().any(|(key, value)| *key == "stream" && value.contains("name:"))
    }

    /// The stream's name; `name` = the scenario.
    fn stream(&self, name: &str, setting: &AuditSetting) -> String {
        let of = |count: usize| number::capped::<usize>(draw(0, self.id)) % count;
        match setting.streams.len() {
            // A sender may name files by stream and second, and another audit of this second must have other files.
            0 => {
                let named = name.to_ascii_lowercase().replace(' ', "-");
                format!("audit-{named}-{:05x}", draw(setting.nonce, name) & 0xf_ffff)
            }
            count => setting.streams.get(of(count)).map_or_else(String::new, String::clone),
        }
    }

    /// The letter of its family.
    pub fn family(&self) -> char {
        self.id.chars().next().expect("the table of cases gives each an id")
    }

    /// Whether a word of the command line means it: its name, its row, or its family.
    pub fn is(&self, word: &str) -> bool {
        let row = self.id.split('.').next().unwrap_or(self.id);
        [self.id, row].contains(&word) || word.chars().eq([self.family()])
    }

    /// True for a case that is one for this provider.
    pub fn suits(&self, provider: &Provider) -> bool {
        (self.only.is_empty() || self.only.contains(&provider.name)) && self.needs.met_by(provider)
    }

    /// The scenario: one that `run` plays as well.
    pub fn scenario(&self, setting: &AuditSetting) -> String {
        self.scenario_as(self.id, setting)
    }

    /// The same under another name than its id, with a stream of its own.
    pub fn scenario_as(&self, name: &str, setting: &AuditSetting) -> String {
        self.written(name, setting, CaseForm::Files)
    }

    /// Scenarios for senders that do not tell of several files in one broadcast: the first that can be planned counts. None for a
    /// case of one file.
    pub fn instead(&self, setting: &AuditSetting) -> Vec<String> {
        let several = self.keys.iter().any(|(key, value)| *key == "recording" && value.contains("cycle:"));
        let forms = [CaseForm::Pushes, CaseForm::Events].into_iter().filter(|_| several);
        forms.map(|form| self.written(self.id, setting, form)).collect()
    }

    fn written(&self, name: &str, setting: &AuditSetting, form: CaseForm) -> String {
        let (provider, revision) = (setting.provider, setting.revision);
        let told = |name: &&str| provider.events.iter().any(|kind| kind.is(name));
        let files = revision.reading.file_events.iter().chain(provider.newest().reading.file_events);
        let event = files.copied().find(|name| told(name));
        let event = event.and_then(|event| provider.events.iter().find(|kind| kind.is(event)));
        // A sender that tells of no file is asked for whatever it tells.
        let event = event.map_or("", |kind| kind.name);
        let subscribed = if event.is_empty() { String::new() } else { format!("[{event}]") };
        let method = match (setting.method.as_str(), revision.signatures.is_empty()) {
            ("", true) => "method: none, ".to_owned(),
            ("", false) => String::new(),
            (method, _) => format!("method: {method}, "),
        };
        let plain = [
            ("provider", format!("{{name: {}, revision: \"{}\"}}", provider.name, revision.name)),
            (
                "stream",
                format!("{{name: {}, params: \"a=1&b=2\"}}", serde_json::json!(self.stream(name, setting))),
            ),
            ("recording", format!("{{{}: {{}}}}", provider.plain)),
            ("signing", format!("{{{method}key: \"${{HOOKREEL_KEY:-0123456789abcdef0123456789abcdef}}\"}}")),
            ("broadcast", "[{0s: push}, {2m: drop}]".to_owned()),
            ("subscribe", subscribed),
            ("delivery", "{retry: none}".to_owned()),
            ("limits", "off".to_owned()),
            ("faults", with_ids(self.faults, draw(setting.nonce, self.id))),
            ("expect", setting.expect.clone()),
        ];
        let mut text = format!("name: {}\n", serde_json::json!(self.title));
        for (key, value) in plain {
            let own = self.keys.iter().find(|(name, _)| *name == key).map(|(_, value)| match *value {
                _ if key == "broadcast" && form == CaseForm::Pushes => PUSHES.to_owned(),
                MIXED => mixed(provider, revision),
                OTHER_SHAPE => other_shape(provider, revision),
                OTHER_STORAGE => other_storage(provider, revision),
                EVERY_EVENT => every_event(provider, revision),
                // Its own stream, whatever else the case sets of it.
                value if key == "stream" && !value.contains("name:") => value.replacen(
                    '{',
                    &format!("{{name: {}, ", serde_json::json!(self.stream(name, setting))),
                    1,
                ),
                HANDSHAKE => {
                    format!("[{}]", revision.handshake().map_or(event, |handshake| handshake.event))
                }
                // A case of several formats is one for those who have them.
                value if key == "recording" && !value.contains(&format!(" {}:", provider.plain)) => {
                    value.replace("{hls:", &format!("{{{}:", provider.plain))
                }
                value => value.to_owned(),
            });
            let value = match (key, form) {
                // All events, and so no key, unless the case says which.
                ("subscribe", CaseForm::Events) => own.unwrap_or_default(),
                _ => own.unwrap_or(value),
            };
            if !value.is_empty() {
                // Writing into a String cannot fail.
                let _ = writeln!(text, "{key}: {value}");
            }
        }
        text
    }
}
