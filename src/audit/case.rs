//! One row of the catalogue.

use std::fmt::Write;

use crate::provider::{Provider, Revision};

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
    /// What goes wrong in production where it is not held.
    pub why: &'static str,
    /// How to mend the receiver.
    pub cure: &'static str,
}

/// The `provider:` of a case that two editions play, one after the other.
pub const MIXED: &str = "this edition and the one before it";

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
pub struct Setting {
    /// By whom the receiver is called.
    pub provider: &'static Provider,
    /// In which edition.
    pub revision: &'static Revision,
    /// As scenarios write it; empty = the provider's own.
    pub method: String,
    /// The `expect:` of every scenario, as YAML in flow style; empty = the provider's rules.
    pub expect: String,
}

impl Case {
    /// A case of the plain scenario under these faults, for every provider.
    pub const fn new(
        id: &'static str,
        title: &'static str,
        faults: &'static str,
        why: &'static str,
        cure: &'static str,
    ) -> Self {
        Self { id, title, faults, keys: &[], only: &[], why, cure }
    }

    /// The letter of its family.
    pub fn family(&self) -> char {
        self.id.chars().next().unwrap_or_default()
    }

    /// Whether a word of the command line means it: its name, its row, or its family.
    pub fn is(&self, word: &str) -> bool {
        let row = self.id.split('.').next().unwrap_or_default();
        [self.id, row].contains(&word) || word.chars().eq([self.family()])
    }

    /// Whether it is one for this provider.
    pub fn suits(&self, provider: &Provider) -> bool {
        self.only.is_empty() || self.only.contains(&provider.name)
    }

    /// The scenario: one that `run` plays as well.
    pub fn scenario(&self, setting: &Setting) -> String {
        let (provider, revision) = (setting.provider, setting.revision);
        let told = |name: &&str| provider.events.iter().any(|kind| kind.is(name));
        let event = revision.reading.file_events.iter().find(|name| told(name)).copied().unwrap_or("any");
        let event = provider.events.iter().find(|kind| kind.is(event)).map_or(event, |kind| kind.name);
        let method = match (setting.method.as_str(), revision.signatures.is_empty()) {
            ("", true) => "method: none, ".to_owned(),
            ("", false) => String::new(),
            (method, _) => format!("method: {method}, "),
        };
        let plain = [
            ("provider", format!("{{name: {}, revision: \"{}\"}}", provider.name, revision.name)),
            ("stream", format!("{{name: audit-{}, params: \"a=1&b=2\"}}", self.id.to_ascii_lowercase())),
            ("recording", "{hls: {}}".to_owned()),
            ("signing", format!("{{{method}key: \"${{HOOKREEL_KEY:-0123456789abcdef0123456789abcdef}}\"}}")),
            ("broadcast", "[{0s: push}, {2m: drop}]".to_owned()),
            ("subscribe", format!("[{event}]")),
            ("delivery", "{retry: none}".to_owned()),
            ("limits", "off".to_owned()),
            ("faults", self.faults.to_owned()),
            ("expect", setting.expect.clone()),
        ];
        let mut text = format!("name: {}\n", serde_json::json!(self.title));
        for (key, value) in plain {
            let own = self.keys.iter().find(|(name, _)| *name == key).map(|(_, value)| match *value {
                MIXED => mixed(provider, revision),
                value => value.to_owned(),
            });
            let value = own.unwrap_or(value);
            if !value.is_empty() {
                // Writing into a String cannot fail.
                let _ = writeln!(text, "{key}: {value}");
            }
        }
        text
    }
}
