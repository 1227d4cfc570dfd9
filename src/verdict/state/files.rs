//! Files that a state is searched for.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{StateAnswer, occurrences};

/// Files of the callbacks of a scenario, by outcome.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Files whose callbacks were rightly accepted.
    pub accepted: BTreeSet<String>,
    /// Files of the others.
    pub refused: BTreeSet<String>,
    /// Those of them whose callbacks were legal, and not accepted all the same.
    pub declined: BTreeSet<String>,
    /// Files of other scenarios, which come and go meanwhile.
    pub foreign: BTreeSet<String>,
    /// Those of them that were accepted, and were in the state when their scenario was over: they stay there.
    pub settled: BTreeSet<String>,
    /// Texts that only a hostile callback brings: wherever one stands, it had an effect.
    pub taints: BTreeSet<String>,
    /// The field of the callbacks whose value is looked for; empty = not known.
    pub field: String,
    /// The other identity of each file, by which a receiver may know it as well.
    pub also: BTreeMap<String, String>,
    /// The field of that; empty = there is none.
    pub also_field: String,
    /// Other identities of messages that have no first one: by these they may be stored.
    pub also_alone: BTreeSet<String>,
}

impl Files {
    /// The same without accepted files whose loss was told: they may be there or not.
    pub fn without(mut self, lost: Option<&BTreeSet<String>>) -> Self {
        for key in lost.into_iter().flatten() {
            self.accepted.remove(key);
            self.foreign.insert(key.clone());
        }
        self
    }

    /// Words for a file that is looked for: its id, and the field that holds it.
    pub(super) fn sought(&self, key: &str) -> String {
        let field = &self.field;
        if field.is_empty() { format!("file {key}") } else { format!("file {key} (its {field})") }
    }

    /// The same by the identities that these states hold: the other ones where none of the first stands there.
    pub(super) fn as_named_in(&self, states: &[&StateAnswer]) -> Cow<'_, Self> {
        let is_there = |key: &String| states.iter().any(|state| occurrences(state, key) > 0);
        let keys = || self.accepted.iter().chain(&self.refused).chain(&self.foreign);
        let others = || keys().filter_map(|key| self.also.get(key));
        if self.also.is_empty() || keys().any(is_there) || !others().any(is_there) {
            return Cow::Borrowed(self);
        }
        let named = |keys: &BTreeSet<String>| {
            keys.iter().map(|key| self.also.get(key).unwrap_or(key).clone()).collect::<BTreeSet<_>>()
        };
        Cow::Owned(Self {
            accepted: named(&self.accepted),
            refused: named(&self.refused),
            declined: named(&self.declined),
            foreign: named(&self.foreign).union(&self.also_alone).cloned().collect(),
            settled: named(&self.settled),
            taints: self.taints.clone(),
            field: self.also_field.clone(),
            also: BTreeMap::new(),
            also_field: String::new(),
            also_alone: BTreeSet::new(),
        })
    }
}
