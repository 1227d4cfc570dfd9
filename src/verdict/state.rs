//! Comparison of the receiver's own API before and after: the one place where "exactly once" and "no change" can be
//! seen.
//!
//! A state that cannot be read, or is not a list, is a mistake of the set-up ([`StateError::is_setup`]) and says nothing
//! about the receiver. Once it was read, it is read as leniently as it takes: what has no structure any more is searched as
//! text.

mod answered;
mod entries;
mod error;
mod files;
mod missing;
mod restarted;

use std::collections::HashSet;
use std::fmt;
use std::sync::OnceLock;

use serde_json::Value;

use crate::json;
use crate::record::{STATE_FOLLOWS, StateErrorKind};
use crate::scenario::{StateCheck, jsonpath};
use crate::stretch::Stretches;
use answered::{list_path, lists_entries, page_key, pages};
use entries::Entries;
pub use error::{StateError, WrongState};
pub use files::Files;
use missing::missing;
pub use restarted::kept;

/// Answer of a receiver's API.
#[derive(Clone, Debug)]
pub struct StateAnswer {
    /// Text of the answer, unchanged.
    text: String,
    /// Parsed JSON; none = it is not JSON. It is parsed on demand, since most callbacks change nothing.
    value: OnceLock<Option<Value>>,
}

impl StateAnswer {
    /// Reads an answer.
    pub fn read(text: String) -> Self {
        // Some editors and servers put a mark before a text.
        Self { text: text.trim_start_matches('\u{feff}').to_owned(), value: OnceLock::new() }
    }

    /// The text of the answer.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn value(&self) -> Option<&Value> {
        self.value.get_or_init(|| json::read(&self.text).ok()).as_ref()
    }

    /// The list of entries: the whole state, or what is found at the check's path. Null is an empty list.
    ///
    /// # Errors
    /// There is none.
    fn list(&self, check: &StateCheck) -> Result<Vec<&Value>, StateError> {
        let Some(value) = self.value() else { return Err(StateError::Unreadable { got: cut(&self.text) }) };
        let found = match &check.path {
            None => vec![value],
            Some(path) => match jsonpath::parse(path) {
                Ok(parsed) => parsed.query(value).all(),
                Err((why, _)) => return Err(StateError::Unasked(format!("`{path}`: {why}"))),
            },
        };
        match (found.as_slice(), &check.path) {
            ([Value::Array(entries)], _) => Ok(entries.iter().collect()),
            ([Value::Null], _) => Ok(Vec::new()),
            ([], Some(path)) => Err(StateError::NothingThere {
                path: path.clone(),
                got: cut(&self.text),
                hint: list_path(value),
            }),
            // `$.list[*]` finds the entries themselves.
            (entries, Some(path)) if path.ends_with(']') || entries.len() > 1 => Ok(entries.to_vec()),
            (other, _) => {
                let kind = match other.first() {
                    Some(Value::Object(_)) => "an object",
                    Some(Value::String(text)) if text == json::digits(text) => "a text",
                    _ => "a single value",
                };
                let page = page_key(value);
                Err(StateError::NotAList { kind, got: cut(&self.text), hint: list_path(value), page })
            }
        }
    }
}

impl StateAnswer {
    /// What was read, to follow what is wrong with it.
    pub fn seen(&self, check: &StateCheck) -> String {
        let got = cut(self.text.trim());
        let pages = self.value().and_then(page_key).as_deref().map_or_else(String::new, pages);
        match self.list(check) {
            Ok(list) if list.is_empty() && got.contains("null") => {
                format!("{STATE_FOLLOWS}{got}, and null counts as an empty list{pages}")
            }
            Ok(list) if list.len() == 1 => format!("{STATE_FOLLOWS}a list of 1 entry: {got}{pages}"),
            Ok(list) => format!("{STATE_FOLLOWS}a list of {} entries: {got}{pages}", list.len()),
            Err(_) => format!("{STATE_FOLLOWS}{got}{pages}"),
        }
    }
}

impl fmt::Display for StateAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&cut(&self.text))
    }
}

/// The way in which the ids of accepted files were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KnownBy {
    /// Each by itself, or there was none to be found, or the state has no structure.
    OwnValues,
    /// One at least as a part of a longer value alone, such as an address: an id beside it may be wrong.
    LongerValues,
}

impl KnownBy {
    /// Text behind the words of a state that is as required; empty where nothing need be said.
    pub fn note(self) -> &'static str {
        match self {
            Self::OwnValues => "",
            Self::LongerValues => {
                "; known by longer values alone, such as an address: no field holds the file's id itself"
            }
        }
    }
}

/// Checks that a state can be judged, before anything is sent.
///
/// # Errors
/// The set-up is wrong.
pub fn ready(check: &StateCheck, before: &StateAnswer) -> Result<(), StateError> {
    match (check.once, before.value()) {
        // A list that is not there yet may come with its first entry. Where entries are listed in another place, it will not.
        (true, value) => match before.list(check) {
            Err(StateError::NothingThere { .. }) if !value.is_some_and(lists_entries) => Ok(()),
            list => list.map(drop),
        },
        (false, Some(_)) => Ok(()),
        (false, None) => Err(StateError::Unreadable { got: cut(&before.text) }),
    }
}

/// Checks that the state is as required.
///
/// # Errors
/// What is wrong with it, or why that cannot be said.
pub fn judge(
    check: &StateCheck,
    before: &StateAnswer,
    after: &StateAnswer,
    files: &Files,
) -> Result<KnownBy, StateError> {
    let untouched = before.text == after.text && files.accepted.is_empty();
    let once_only = check.once && check.json.is_empty() && !check.unchanged;
    if untouched && once_only {
        return Ok(KnownBy::OwnValues);
    }
    let files = &*files.as_named_in(&[before, after]);
    // A file that was there already is counted in the whole list.
    let fresh = files.accepted.iter().all(|key| occurrences(before, key) == 0);
    if once_only
        && check.path.is_none()
        && fresh
        && let Some(added) = appended(before, after)
    {
        let added: Vec<&Value> = added.iter().collect();
        return once(&[], &added, before, after, files);
    }
    let Some(value) = after.value() else {
        // It was not read before either: whoever made it so has been named.
        return match (check.once, before.value()) {
            (true, None) => searched(before, after, files),
            (_, Some(_)) => {
                let got = cut(&after.text);
                let got = if got.trim().is_empty() { "an empty answer" } else { &got };
                Err(StateError::NotYet(format!("the state is not JSON any more: {got}").into()))
            }
            (false, None) => Err(StateError::Unreadable { got: cut(&after.text) }),
        };
    };
    check.json.hold(value).map_err(|why| StateError::Wrong(why.into()))?;
    if check.unchanged && !before.value().is_some_and(|before| json::same(before, value)) {
        let (was, is) = (cut(&before.text), cut(&after.text));
        return Err(StateError::Wrong(format!("it was {was} and is {is}").into()));
    }
    if !check.once {
        return Ok(KnownBy::OwnValues);
    }
    if before.value().is_none() {
        return searched(before, after, files);
    }
    let old = match before.list(check) {
        Err(StateError::NothingThere { .. }) => Vec::new(),
        list => list?,
    };
    let new = match after.list(check) {
        Err(StateError::NothingThere { .. }) if files.accepted.is_empty() => Vec::new(),
        list => list?,
    };
    // What was there before, and is there as it was, says nothing; most of a long list is so.
    let same = if fresh { old.iter().zip(&new).take_while(|(old, new)| old == new).count() } else { 0 };
    let (old, new) = (old.stretch(same..), new.stretch(same..));
    let found = once(old, new, before, after, files)?;
    // Where nothing is missing by number, nothing is gone; a long list is not searched for each file then.
    let is_gone = |key: &&String| occurrences(before, key) > 0 && occurrences(after, key) == 0;
    let short =
        new.len() < old.len() + files.accepted.iter().filter(|key| occurrences(before, key) == 0).count();
    match files.settled.iter().filter(|_| short).find(is_gone) {
        Some(key) => {
            let text = format!("entries of other files are gone, such as that of {key}");
            Err(StateError::Wrong(WrongState::new(StateErrorKind::EntriesGone, text)))
        }
        None => Ok(found),
    }
}

/// True for two answers with the same entries, in whatever order.
pub fn same_entries(check: &StateCheck, one: &StateAnswer, other: &StateAnswer) -> bool {
    let sorted = |answer: &StateAnswer| {
        let mut entries: Vec<String> = answer.list(check).ok()?.into_iter().map(json::shown).collect();
        entries.sort_unstable();
        Some(entries)
    };
    one.text == other.text || sorted(one).is_some_and(|entries| sorted(other) == Some(entries))
}

/// Entries that were put at the end of a list; none where anything else may have changed. A long list is not read again for
/// each of them.
fn appended(before: &StateAnswer, after: &StateAnswer) -> Option<Vec<Value>> {
    let old = before.text.trim_end().strip_suffix(']')?.trim_end();
    let new = after.text.strip_prefix(old)?.trim_start();
    let new = if old == "[" { new } else { new.strip_prefix(',')? };
    match json::read(&format!("[{new}")).ok()? {
        Value::Array(entries) => Some(entries),
        _ => None,
    }
}

/// Shortest text that is counted: an empty or tiny one that a fault put in the place of an id stands everywhere.
const TELLING: usize = 4;

/// Expected form of a state, for a person.
pub fn expected_form(check: &StateCheck) -> String {
    match (check.once, &check.path) {
        (false, _) => "JSON".to_owned(),
        (true, None) => "a JSON list of every recording, one entry per file".to_owned(),
        (true, Some(path)) => format!("JSON, and at {path} a list of every recording, one entry per file"),
    }
}

/// Expected state, for a person.
pub fn expected(check: &StateCheck) -> String {
    let json = (!check.json.is_empty()).then(|| check.json.to_string());
    let unchanged = check.unchanged.then(|| "no change".to_owned());
    let once = check.once.then(|| "each accepted file once, no other change".to_owned());
    json.into_iter().chain(unchanged).chain(once).collect::<Vec<_>>().join(", ")
}

fn once(
    old: &[&Value],
    new: &[&Value],
    before: &StateAnswer,
    after: &StateAnswer,
    files: &Files,
) -> Result<KnownBy, StateError> {
    let wrong = |kind, why| Err(StateError::Wrong(WrongState { text: why, kind }));
    let (old, new) = (Entries::new(old), Entries::new(new));
    let telling = |key: &&String| key.len() >= TELLING;
    let mut found = KnownBy::OwnValues;
    for key in files.accepted.iter().filter(telling) {
        match new.count(key) {
            1 => found = found.max(known_by(key, &new, files)?),
            // A key that an entry has twice is read once; the text has both.
            0 if key.len() >= 8 && occurrences(after, key) > occurrences(before, key) => {}
            0 => {
                let others: Vec<&String> =
                    files.accepted.iter().filter(telling).filter(|other| new.count(other) > 0).collect();
                if let Some((there, change)) = new.changed_id(key).filter(|_| others.is_empty()) {
                    return Err(changed_id(key, there, change, files));
                }
                let come = old.changed_into(&new).1.without(files).len();
                let what = format!("the accepted {} is not there", files.sought(key));
                return Err(StateError::NotYet(missing(key, &others, come, &what)));
            }
            n => {
                let times = format!("the accepted {} is there {n} times", files.sought(key));
                return wrong(Some(StateErrorKind::Repeated), times);
            }
        }
    }
    for key in files.refused.difference(&files.accepted).filter(telling) {
        if new.count(key) > old.count(key) {
            return Err(StateError::Wrong(stored_all_the_same(key, files)));
        }
    }
    if let Some(taint) = files.taints.iter().find(|taint| new.count(taint) > old.count(taint)) {
        return wrong(None, format!("`{taint}` is there, and came with a callback that must change nothing"));
    }
    let (gone, come) = old.changed_into(&new);
    if gone.without(files).is_empty() && come.without(files).is_empty() {
        return Ok(found);
    }
    // An entry of the same id is the same entry, whatever else of it changed.
    let (gone, come) = gone.unpaired(&come, &files.field);
    if gone.without(files).is_empty() && come.without(files).is_empty() {
        return Ok(found);
    }
    Err(StateError::Wrong(others(&old, &new, &come, files)))
}

/// Words about entries of other files that are not as they were; `come` = those that were not there.
fn others(old: &Entries<'_>, new: &Entries<'_>, come: &Entries<'_>, files: &Files) -> WrongState {
    let (was, is, mut fresh) = (old.without(files), new.without(files), come.without(files));
    fresh.sort_unstable();
    let before: HashSet<&String> = was.iter().collect();
    let unknown = |new: &String| format!("there is an entry that belongs to no callback: {}", cut(new));
    match fresh.iter().find(|entry| !before.contains(entry)) {
        Some(new) => WrongState::new(StateErrorKind::UnknownEntry, unknown(new)),
        None if was.len() > is.len() => {
            WrongState::new(StateErrorKind::EntriesGone, "entries of other files are gone".to_owned())
        }
        None => "entries of other files have changed".to_owned().into(),
    }
}

/// The way in which the one entry of an accepted file holds its id.
///
/// # Errors
/// The entry holds it inside an address, and a changed form of it beside that.
fn known_by(key: &str, entries: &Entries<'_>, files: &Files) -> Result<KnownBy, StateError> {
    if entries.have_value(key) {
        return Ok(KnownBy::OwnValues);
    }
    let Some((there, change)) = entries.changed_beside(key, &files.field) else {
        return Ok(KnownBy::LongerValues);
    };
    Err(changed_id(key, &there, change, files))
}

fn changed_id(key: &str, there: &str, change: &str, files: &Files) -> StateError {
    let sought = files.sought(key);
    let text = format!("the accepted {sought} is there with another id, {there}: {change}");
    StateError::NotYet(WrongState::new(StateErrorKind::ChangedId, text))
}

fn stored_all_the_same(key: &str, files: &Files) -> WrongState {
    let (kind, why) = match files.declined.contains(key) {
        true => (StateErrorKind::StoredUnaccepted, "its callback was not accepted"),
        false => (StateErrorKind::StoredForgery, "the callback had to be rejected"),
    };
    WrongState { text: format!("the {} was stored although {why}", files.sought(key)), kind: Some(kind) }
}

/// Judgement of a state without structure, by searching it for the ids.
fn searched(before: &StateAnswer, after: &StateAnswer, files: &Files) -> Result<KnownBy, StateError> {
    // What is not there now need not be sought in what was there before.
    let more = |key: &String| match occurrences(after, key) {
        0 => false,
        now => now > occurrences(before, key),
    };
    if let Some(key) = files.accepted.iter().find(|key| key.len() >= TELLING && !more(key)) {
        let text = format!("the accepted {} is not there", files.sought(key));
        return Err(StateError::NotYet(WrongState::new(StateErrorKind::Missing, text)));
    }
    match files.refused.difference(&files.accepted).chain(&files.taints).find(|key| more(key)) {
        Some(key) => Err(StateError::Wrong(stored_all_the_same(key, files))),
        None => Ok(KnownBy::OwnValues),
    }
}

fn occurrences(state: &StateAnswer, key: &str) -> usize {
    if key.is_empty() { 0 } else { state.text.matches(key).count() }
}

fn cut(text: &str) -> String {
    let short: String = text.chars().take(200).collect();
    if short.len() < text.len() { format!("{short}...") } else { short }
}

#[cfg(test)]
mod tests;
