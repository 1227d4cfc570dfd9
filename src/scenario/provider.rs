//! The `provider:` key: one provider or several.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use super::units::Word;

/// The `provider:` key: one provider or several.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged)]
pub enum Providers {
    /// One, by name, or by the file that declares it.
    Name(String),
    /// The same broadcast once per provider. Tried before `Choice`: a derived struct would also be read from a list.
    Several(Vec<NamedOrChoice>),
    /// One, with its revision or settings.
    Choice(ProviderChoice),
}

/// A member of a list of providers.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged)]
pub enum NamedOrChoice {
    /// By name.
    Name(String),
    /// Name with revision or settings.
    Choice(ProviderChoice),
}

/// A provider with what is to differ from its defaults.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProviderChoice {
    /// Name as in `hookreel list providers`, or the file that declares it: `./acme.yaml`, relative to the scenario.
    pub name: String,
    /// Edition of the payload and signature; see `hookreel list revisions`. Default: the newest.
    #[serde(default)]
    pub revision: Option<Word>,
    /// `documented`: as the vendor's pages describe the messages; `observed`: as captured ones were. Default: observed where
    /// messages of that revision's time were captured; see `hookreel list revisions`.
    #[serde(default)]
    pub shape: Option<Shape>,
    /// The account's own names and the vendor's undocumented points; see `hookreel list providers`.
    #[serde(default)]
    pub settings: BTreeMap<String, Word>,
    /// Target that it sends to, one of `targets`. Default: the only one.
    #[serde(default)]
    pub target: Option<String>,
}

/// Source of the layout of its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// The vendor's pages.
    Documented,
    /// Captured messages.
    Observed,
}

impl ProviderChoice {
    /// A provider by its name, with everything else by default.
    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), revision: None, shape: None, settings: BTreeMap::new(), target: None }
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
        })
    }
}

impl Providers {
    /// Gives choices another name, by their own.
    pub fn rename(&mut self, names: &BTreeMap<String, String>) {
        let rename = |name: &mut String| {
            if let Some(new) = names.get(name) {
                name.clone_from(new);
            }
        };
        match self {
            Self::Name(name) => rename(name),
            Self::Choice(choice) => rename(&mut choice.name),
            Self::Several(list) => list.iter_mut().for_each(|item| match item {
                NamedOrChoice::Name(name) => rename(name),
                NamedOrChoice::Choice(choice) => rename(&mut choice.name),
            }),
        }
    }

    /// Changes each choice.
    pub fn change(&mut self, change: impl Fn(&mut ProviderChoice)) {
        let changed = |mut choice: ProviderChoice| {
            change(&mut choice);
            choice
        };
        match self {
            Self::Name(name) => *self = Self::Choice(changed(ProviderChoice::named(name))),
            Self::Choice(choice) => change(choice),
            Self::Several(list) => {
                for item in list {
                    match item {
                        NamedOrChoice::Name(name) => {
                            *item = NamedOrChoice::Choice(changed(ProviderChoice::named(name)));
                        }
                        NamedOrChoice::Choice(choice) => change(choice),
                    }
                }
            }
        }
    }

    /// Each choice with its path in the file.
    pub fn choices(&self) -> Vec<(String, ProviderChoice)> {
        let named = |name: &String| ProviderChoice::named(name);
        match self {
            Self::Name(name) => vec![("provider".into(), named(name))],
            Self::Choice(choice) => vec![("provider".into(), choice.clone())],
            Self::Several(list) => list
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    let choice = match item {
                        NamedOrChoice::Name(name) => named(name),
                        NamedOrChoice::Choice(choice) => choice.clone(),
                    };
                    (format!("provider[{index}]"), choice)
                })
                .collect(),
        }
    }
}
