//! Editions that scenarios are played in, if other ones are requested than they name.

use crate::problem::Problem;
use crate::provider::declared::known;
use crate::provider::{Provider, Revision};
use crate::scenario::{Method, ProviderChoice, Scenario};

/// Revisions and method that take the place of the scenarios' own.
#[derive(Clone, Debug, Default)]
pub struct Editions {
    /// Requested revisions; none = those of the scenarios.
    pub revisions: Option<Revisions>,
    /// Requested signing method; none = that of the scenarios.
    pub method: Option<Method>,
}

/// Revisions by name.
#[derive(Clone, Debug)]
pub enum Revisions {
    /// Every one that there is.
    All,
    /// These.
    Named(Vec<String>),
}

/// A scenario that is not played in an edition, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Index of the scenario among those that were planned.
    pub scenario: usize,
    /// Name for a person.
    pub name: String,
    /// Provider that would have sent it.
    pub provider: String,
    /// Revision of the provider.
    pub revision: String,
    /// Reason for not playing it.
    pub reason: String,
}

impl Editions {
    /// Something else is asked for than what the scenarios say.
    pub fn are_asked(&self) -> bool {
        self.revisions.is_some() || self.method.is_some()
    }

    /// Revisions that a choice of a scenario is played in.
    pub fn of(&self, provider: &'static Provider, choice: &ProviderChoice) -> Vec<&'static Revision> {
        let named = |name: &String| provider.revisions.iter().find(|revision| revision.name == *name);
        match (&self.revisions, &choice.revision) {
            (Some(Revisions::All), _) => provider.revisions.iter().collect(),
            (Some(Revisions::Named(names)), _) => names.iter().filter_map(named).collect(),
            (None, Some(own)) => named(&own.0).into_iter().collect(),
            (None, None) => vec![provider.newest()],
        }
    }

    /// The names of the revisions that are asked for; empty = those of the scenarios.
    pub fn names(&self) -> String {
        match &self.revisions {
            None => String::new(),
            Some(Revisions::All) => "all".into(),
            Some(Revisions::Named(names)) => names.join(", "),
        }
    }
}

/// An event that a scenario asks for by name, and that an edition does not know: the scenario is not played without it.
pub(super) fn unknown_event(scenario: &Scenario, provider: &Provider, revision: &Revision) -> Option<String> {
    let asked = scenario.subscribe.iter().flatten();
    let mut kinds = asked.filter_map(|word| provider.events.iter().find(|kind| kind.is(&word.0)));
    let unknown = kinds.find(|kind| !kind.editions.contains(&revision.edition))?;
    Some(format!("{} {} has no event {}, which it subscribes to", provider.name, revision.name, unknown.name))
}

/// Reason for not playing a scenario in an edition, in one line.
pub(super) fn reason(problems: &[Problem]) -> String {
    let Some(first) = problems.first() else { return String::new() };
    let limit = if first.label.is_empty() { String::new() } else { format!(": {}", first.label) };
    format!("{}{limit}", first.title)
}

/// Every revision that has this name, of any provider.
pub fn find(name: &str) -> impl Iterator<Item = (&'static Provider, &'static Revision)> + '_ {
    let all = known()
        .to_vec()
        .into_iter()
        .flat_map(|provider| provider.revisions.iter().map(move |r| (provider, r)));
    all.filter(move |(_, revision)| revision.name == name)
}
