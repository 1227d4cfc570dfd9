//! Files that the callbacks of a scenario announced, by what became of these.

use std::collections::BTreeSet;

use super::{RunJournal, StateQueries};
use crate::callback::Class;
use crate::play::state::standing;
use crate::record::{CallbackRun, Meaning, Outcome};
use crate::verdict::state::Files;

impl RunJournal {
    /// Files of the callbacks of a scenario; none while one was not sent or is in doubt.
    pub(in crate::play) fn files(&self, scenario: usize) -> Option<Files> {
        self.files_of(&self.lock(), scenario)
    }

    /// Files whose callbacks were accepted so far; nothing is said of the others.
    pub(in crate::play) fn files_so_far(&self, scenario: usize) -> Files {
        let state = self.lock();
        let entry = state.entries.get(scenario);
        let files = entry.map_or(&[][..], |entry| entry.files.as_slice());
        let accepted = files.iter().filter(|(id, _)| {
            let callback = state.run.callback(scenario, id);
            callback
                .is_some_and(|callback| callback.outcome.is_some() && standing(callback) == Meaning::Accepted)
        });
        let field = entry.map_or_else(String::new, |entry| entry.field.clone());
        Files { accepted: accepted.map(|(_, key)| key.clone()).collect(), field, ..Files::default() }
    }

    pub(super) fn files_of(&self, state: &StateQueries, scenario: usize) -> Option<Files> {
        let callbacks = &state.run.scenarios.get(scenario)?.callbacks;
        let known = |callback: &CallbackRun| {
            callback.outcome.is_some_and(|outcome| !matches!(outcome, Outcome::NotSent | Outcome::InDoubt))
        };
        if !callbacks.iter().all(known) {
            return None;
        }
        let entry = state.entries.get(scenario)?;
        let [mut accepted, mut refused, mut declined, mut foreign] = [const { BTreeSet::new() }; 4];
        for (id, key) in &entry.files {
            let callback = state.run.callback(scenario, id)?;
            let set = match standing(callback) {
                Meaning::Accepted => &mut accepted,
                Meaning::Declined => &mut refused,
                Meaning::Unclear => &mut foreign,
            };
            set.insert(key.clone());
            declined.extend(Some(key.clone()).filter(|_| callback.line.class == Class::Legal));
        }
        let others = state.entries.iter().enumerate().filter(|(index, _)| *index != scenario);
        foreign.extend(others.flat_map(|(_, entry)| entry.files.iter().map(|(_, key)| key.clone())));
        foreign.extend(entry.former.iter().cloned());
        let taints = entry.taints.iter().cloned().collect();
        let field = entry.field.clone();
        Some(Files { accepted, refused, declined, foreign, taints, field })
    }
}
