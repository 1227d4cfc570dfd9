//! Entries of a list, searched for the files of callbacks.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::Files;
use crate::json;
use crate::stretch::before;

/// The entries of a list, each with the words in it: a search through every text for every key would be quadratic.
pub(super) struct Entries<'a> {
    entries: Vec<(&'a Value, HashSet<Cow<'a, str>>)>,
    counts: HashMap<String, usize>,
    /// Values that are not parts of longer ones.
    values: HashSet<Cow<'a, str>>,
}

impl<'a> Entries<'a> {
    pub(super) fn new(list: &[&'a Value]) -> Self {
        let mut entries = Vec::new();
        let mut counts = HashMap::new();
        let mut values = HashSet::new();
        for &entry in list {
            let mut words = HashSet::new();
            each_value(entry, "", &mut |_, value| {
                values.insert(value.clone());
                collect(value, &mut words);
            });
            words.iter().for_each(|word| *counts.entry(word.to_string()).or_default() += 1);
            entries.push((entry, words));
        }
        Self { entries, counts, values }
    }

    /// True when an entry has the key as a value of its own, and not as a part of a longer one such as an address.
    pub(super) fn have_value(&self, key: &str) -> bool {
        self.values.contains(key)
    }

    /// A changed form of the key in the very entry that has the key as a part of a longer value: the value there, and the
    /// change. A value that is a part of the key counts where it stands under the name that the callback gives the key.
    pub(super) fn changed_beside(&self, key: &str, field: &str) -> Option<(String, &'static str)> {
        let entry = self.entries.iter().find(|(entry, _)| contains(entry, key))?.0;
        let name = field.rsplit(['.', '/']).next().filter(|name| !name.is_empty());
        let mut found = None;
        each_value(entry, "", &mut |at, value| {
            let change = change(key, &value);
            let same_name = || name.is_some_and(|name| plain(name) == plain(at));
            if let Some(change) = change.filter(|_| !key.contains(&*value) || same_name()) {
                found.get_or_insert((value.into_owned(), change));
            }
        });
        found
    }

    /// Number of entries about a key.
    pub(super) fn count(&self, key: &str) -> usize {
        if let Some(count) = self.counts.get(key) {
            return *count;
        }
        // It stands inside a longer word: `rec-17`, or a path.
        if key.len() < 8 {
            return 0;
        }
        self.entries.iter().filter(|(entry, _)| contains(entry, key)).count()
    }

    /// The changed form of an id that is not there, where an entry has one: the id there, and the change.
    pub(super) fn changed_id(&self, key: &str) -> Option<(&str, &'static str)> {
        let mut words: Vec<&String> = self.counts.keys().collect();
        // The longest first: a part of an id may stand anywhere.
        words.sort_unstable_by_key(|word| (std::cmp::Reverse(word.len()), *word));
        words.into_iter().find_map(|word| {
            // A part of an id may stand within an address, as the number of an account does.
            let is_known = !key.contains(word.as_str()) || self.values.contains(word.as_str());
            Some((word.as_str(), change(key, word).filter(|_| is_known)?))
        })
    }

    /// Entries that are here and not in the other list, and the reverse: most of a long list stays as it is.
    pub(super) fn changed_into(&self, other: &Self) -> (Self, Self) {
        (self.less(other), other.less(self))
    }

    /// Both without the entries that are the same by their id, one of each, and differ in other fields: a time of reading, a counter or
    /// an address that is signed anew is no entry that came.
    pub(super) fn unpaired(&self, other: &Self, field: &str) -> (Self, Self) {
        let mut known: HashMap<String, usize> = HashMap::new();
        for identity in other.entries.iter().filter_map(|(entry, _)| identity(entry, field)) {
            *known.entry(identity).or_default() += 1;
        }
        let mut paired: HashMap<String, usize> = HashMap::new();
        let (mut gone, mut come) = (Vec::new(), Vec::new());
        for (entry, _) in &self.entries {
            match identity(entry, field).filter(|identity| take_one(&mut known, identity)) {
                Some(identity) => *paired.entry(identity).or_default() += 1,
                None => gone.push(*entry),
            }
        }
        for (entry, _) in &other.entries {
            if !identity(entry, field).is_some_and(|identity| take_one(&mut paired, &identity)) {
                come.push(*entry);
            }
        }
        (Self::new(&gone), Self::new(&come))
    }

    /// Entries that the other list does not have, each as often as it lacks it.
    fn less(&self, other: &Self) -> Self {
        let mut known: HashMap<String, usize> = HashMap::new();
        other.entries.iter().for_each(|(entry, _)| *known.entry(json::shown(entry)).or_default() += 1);
        let is_new = |(entry, _): &&(&Value, _)| match known.get_mut(&json::shown(entry)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        };
        let list: Vec<&Value> = self.entries.iter().filter(is_new).map(|(entry, _)| *entry).collect();
        Self::new(&list)
    }

    /// Entries about other files than those that come and go.
    pub(super) fn without(&self, files: &Files) -> Vec<String> {
        let keys: HashSet<&str> = files.accepted.iter().chain(&files.foreign).map(String::as_str).collect();
        // Some stand inside a longer word, such as an address.
        let long: Vec<&str> = keys.iter().copied().filter(|key| key.len() >= 8).collect();
        let own = |entry: &Value, words: &HashSet<Cow<'_, str>>| {
            words.iter().any(|word| keys.contains(word.as_ref()))
                || long.iter().any(|key| contains(entry, key))
        };
        let rest = self.entries.iter().filter(|(entry, words)| !own(entry, words));
        rest.map(|(entry, _)| json::shown(entry)).collect()
    }
}

/// Takes one of what is counted; false where none is left.
fn take_one(counts: &mut HashMap<String, usize>, of: &str) -> bool {
    match counts.get_mut(of) {
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    }
}

/// The id of an entry, with the names of its fields and what stays the same in them: two entries with the same one are one entry. It is the field that the callbacks call so,
/// or else one that is called an id; none where there is none, or it holds no text and no number.
fn identity(entry: &Value, field: &str) -> Option<String> {
    let entry = entry.as_object()?;
    let field = plain(field.rsplit(['.', '/']).next().unwrap_or(field));
    let called = |wanted: &dyn Fn(&str) -> bool| entry.iter().find(|(name, _)| wanted(&plain(name)));
    let by_callback = called(&|name| !field.is_empty() && name == field);
    let (_, id) = by_callback
        .or_else(|| called(&|name| ["id", "uuid"].contains(&name)))
        .or_else(|| called(&|name| name.ends_with("id")))
        .or_else(|| called(&|name| ["key", "name", "file", "filename", "path"].contains(&name)))?;
    let stable = entry.iter().map(|(name, value)| format!("{name}={}", stable(name, value)));
    let stable: Vec<String> = stable.collect();
    (id.is_string() || id.is_number()).then(|| format!("{id}\n{}", stable.join("\n")))
}

/// The part of a field that no reading changes: an address without its query, and the name of a stream. Times, counters and states change.
fn stable<'a>(name: &str, value: &'a Value) -> &'a str {
    match value.as_str() {
        Some(address) if address.contains("://") => before(address, &['?']),
        Some(text)
            if ["app", "domain", "stream", "streamid", "streamname"].contains(&plain(name).as_str()) =>
        {
            text
        }
        _ => "",
    }
}

/// Shortest part of an id that is known as such.
const SHORTEST_PART: usize = 6;

/// The change that made one id of the other, if programs are known to do that.
fn change(key: &str, word: &str) -> Option<&'static str> {
    if let Ok(id) = key.parse::<u64>() {
        let rounded = id as f64;
        let number = word.parse::<i128>().ok();
        let written_so = word.contains('e') && word.parse::<f64>().ok() == Some(rounded);
        if rounded.to_string() == word || number == Some(rounded as i128) || written_so {
            return Some(
                "rounded to a 64-bit float, as by JavaScript and by readers of JSON that take every number for one",
            );
        }
        if number == Some(i128::from(id as u32)) || number == Some(i128::from(id as u32 as i32)) {
            return Some("cut to 32 bits");
        }
    }
    let part = word.len() >= SHORTEST_PART && word.len() < key.len();
    match () {
        () if part && key.starts_with(word) => Some("cut at the end, as by a column that is too short"),
        () if part && key.ends_with(word) => Some("cut at the start"),
        () if key.eq_ignore_ascii_case(word) => Some("in letters of another case"),
        () => None,
    }
}

/// A name of a key without what differs by style: `file_id`, `fileId`.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Calls with every text and number in a value, and the name of the key that it stands under.
fn each_value<'a>(value: &'a Value, name: &'a str, seen: &mut dyn FnMut(&'a str, Cow<'a, str>)) {
    match value {
        Value::String(text) => seen(name, json::digits(text).into()),
        Value::Number(number) => seen(name, number.to_string().into()),
        Value::Array(list) => list.iter().for_each(|inner| each_value(inner, name, seen)),
        Value::Object(map) => map.iter().for_each(|(name, inner)| each_value(inner, name, seen)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// The words of a text or number, and itself.
fn collect<'a>(value: Cow<'a, str>, words: &mut HashSet<Cow<'a, str>>) {
    words.insert(value.clone());
    let Cow::Borrowed(text) = value else { return };
    words.extend(text.split(|c| !is_word(c)).filter(|word| word.len() >= 8).map(Cow::from));
    let runs = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.extend(runs.filter(|run| run.len() >= 8).map(Cow::from));
}

fn contains(value: &Value, key: &str) -> bool {
    match value {
        Value::String(text) => text.contains(key),
        Value::Array(list) => list.iter().any(|inner| contains(inner, key)),
        Value::Object(map) => map.values().any(|inner| contains(inner, key)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
