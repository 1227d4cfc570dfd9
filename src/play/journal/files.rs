//! Files that the callbacks of a scenario announced, by what became of these.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Entry, RunJournal, StateQueries};
use crate::callback::{Class, FieldSlot, PlannedCallback};
use crate::plan::PlannedScenario;
use crate::play::state::standing;
use crate::record::{CallbackRun, Meaning, Outcome};
use crate::verdict::state::Files;

/// The field by which a receiver tells the files of a play apart: that of the first callback that has one.
pub(super) fn file_field(play: &PlannedScenario) -> String {
    let reading = play.revision.reading;
    let own = [reading.file_field, reading.file_field_else];
    let holds = |field: &&str| {
        let mut bodies = play.callbacks.iter().filter(|callback| !callback.file_keys.is_empty());
        bodies.any(|callback| callback.body.at(field).is_some())
    };
    own.into_iter().find(holds).unwrap_or(reading.file_field).replace("[0]", "[]")
}

/// Other identities of files, by which a receiver may know them as well.
pub(super) struct AlsoNamed {
    field: &'static str,
    /// By the first identity.
    names: BTreeMap<String, String>,
    /// Those of messages that lack the first one.
    alone: BTreeSet<String>,
    /// Names of media files in legal messages that announce no file: a receiver may list those, too, such as a playlist.
    media: BTreeSet<String>,
}

/// Ends of the names of media files.
const MEDIA: [&str; 8] = [".m3u8", ".mp4", ".flv", ".ts", ".m4s", ".mpd", ".aac", ".mp3"];

/// Puts the names of media files within a value into a set.
fn media_in(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if !text.contains("://") && MEDIA.iter().any(|end| text.ends_with(end)) => {
            names.insert(text.clone());
        }
        Value::Array(values) => values.iter().for_each(|value| media_in(value, names)),
        Value::Object(fields) => fields.values().for_each(|value| media_in(value, names)),
        _ => {}
    }
}

impl AlsoNamed {
    pub(super) fn of(play: &PlannedScenario) -> Self {
        let field = play.revision.reading.file_also;
        let (mut names, mut alone) = (BTreeMap::new(), BTreeSet::new());
        for callback in play.callbacks.iter().filter(|_| !field.is_empty()) {
            let Some(FieldSlot::Value(Value::String(other))) = callback.body.at(field) else { continue };
            match callback.file_keys.as_slice() {
                [] => drop(alone.insert(other)),
                [key] => drop(names.insert(key.clone(), other)),
                _ => {}
            }
        }
        let mut media = BTreeSet::new();
        let announces_none =
            |callback: &&PlannedCallback| callback.class == Class::Legal && callback.file_keys.is_empty();
        for callback in play.callbacks.iter().filter(announces_none) {
            for (_, slot) in &callback.body.fields {
                if let FieldSlot::Value(value) = slot {
                    media_in(value, &mut media);
                }
            }
        }
        Self { field, names, alone, media }
    }
}

impl RunJournal {
    /// Files of the callbacks of a scenario; none while one was not sent or is in doubt.
    pub(in crate::play) fn files(&self, scenario: usize) -> Option<Files> {
        self.files_of(&self.lock(), scenario)
    }

    /// Files whose callbacks were accepted so far; all others of the run may be there or not.
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
        // Nothing is known of a scenario that is not there.
        let (also, also_field) = entry.map(also_of).unwrap_or_default();
        let accepted: BTreeSet<String> = accepted.map(|(_, key)| key.clone()).collect();
        // Of the others some may come late.
        let all = state.entries.iter().flat_map(|entry| entry.files.iter().map(|(_, key)| key));
        let foreign = all.filter(|key| !accepted.contains(*key)).cloned().collect();
        Files { accepted, foreign, field, also, also_field, ..Files::default() }
    }

    /// Takes in that the receiver was started again.
    pub(in crate::play) fn restarted(&self) {
        self.lock().entries.iter_mut().for_each(|entry| entry.restarted_since = true);
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
        foreign.extend(state.entries.iter().flat_map(|entry| entry.also.media.iter().cloned()));
        let taints = entry.taints.iter().cloned().collect();
        let field = entry.field.clone();
        let (mut also, also_field) = also_of(entry);
        let others = state.entries.iter().flat_map(|entry| &entry.also.names);
        also.extend(others.map(|(key, other)| (key.clone(), other.clone())));
        let also_alone = entry.also.alone.clone();
        let settled = settled(state, scenario);
        Some(Files {
            accepted,
            refused,
            declined,
            foreign,
            settled,
            taints,
            field,
            also,
            also_field,
            also_alone,
        })
    }
}

/// Accepted files of the other scenarios that are over, where the state showed each of them.
fn settled(state: &StateQueries, scenario: usize) -> BTreeSet<String> {
    let shown = |index: &usize| {
        let run = state.run.scenarios.get(*index);
        run.is_some_and(|run| run.over && !run.state.is_empty() && run.state.iter().all(|finding| finding.ok))
    };
    let others = state
        .entries
        .iter()
        .enumerate()
        .filter(|(index, entry)| *index != scenario && !entry.restarted_since && shown(index));
    let accepted = others.flat_map(|(index, entry)| {
        let is_accepted = move |id: &str| {
            state.run.callback(index, id).is_some_and(|callback| standing(callback) == Meaning::Accepted)
        };
        entry.files.iter().filter(move |(id, _)| is_accepted(id)).map(|(_, key)| key.clone())
    });
    accepted.collect()
}

/// The other identities of an entry's files, and their field.
fn also_of(entry: &Entry) -> (BTreeMap<String, String>, String) {
    (entry.also.names.clone(), entry.also.field.to_owned())
}
