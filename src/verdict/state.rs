//! What the receiver's own API says before and after: the one place where "exactly once" and "no change" can be seen.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use crate::scenario::StateCheck;

/// What the callbacks of a scenario were about, and how they ended.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Files whose callbacks were rightly accepted.
    pub accepted: BTreeSet<String>,
    /// Files of the others.
    pub refused: BTreeSet<String>,
    /// Files of other scenarios, which come and go meanwhile.
    pub foreign: BTreeSet<String>,
    /// Texts that only a hostile callback brings: wherever one stands, it had an effect.
    pub taints: BTreeSet<String>,
}

/// Whether the state is as it must be.
///
/// # Errors
/// What is wrong with it.
pub fn judge(check: &StateCheck, before: Option<&Value>, after: &Value, files: &Files) -> Result<(), String> {
    check.json.hold(after)?;
    if check.unchanged && before != Some(after) {
        return Err(format!("it was {} and is {}", shown(before), shown(Some(after))));
    }
    if check.once { once(before, after, files) } else { Ok(()) }
}

/// What is expected, for a person.
pub fn expected(check: &StateCheck) -> String {
    let json = (!check.json.is_empty()).then(|| check.json.to_string());
    let unchanged = check.unchanged.then(|| "no change".to_owned());
    let once = check.once.then(|| "each accepted file once, no other change".to_owned());
    json.into_iter().chain(unchanged).chain(once).collect::<Vec<_>>().join(", ")
}

fn once(before: Option<&Value>, after: &Value, files: &Files) -> Result<(), String> {
    let Some(entries) = after.as_array() else {
        return Err(format!("it is no list: {}", shown(Some(after))));
    };
    let none = Vec::new();
    let (old, new) = (Entries::new(before.and_then(Value::as_array).unwrap_or(&none)), Entries::new(entries));
    for key in &files.accepted {
        match new.count(key) {
            1 => {}
            0 => return Err(format!("the accepted file {key} is not there")),
            n => return Err(format!("the accepted file {key} is there {n} times")),
        }
    }
    for key in files.refused.difference(&files.accepted) {
        if new.count(key) > old.count(key) {
            return Err(format!("the file {key} is there, and was never to be accepted"));
        }
    }
    if let Some(taint) = files.taints.iter().find(|taint| new.count(taint) > old.count(taint)) {
        return Err(format!("`{taint}` is there, and came with a callback that must change nothing"));
    }
    let (mut was, mut is) = (old.without(files), new.without(files));
    was.sort_unstable();
    is.sort_unstable();
    let before: HashSet<&String> = was.iter().collect();
    match is.iter().find(|entry| !before.contains(entry)) {
        Some(new) => Err(format!("there is an entry that nothing accounts for: {}", cut(new))),
        None if was.len() != is.len() => Err(format!("{} other entries became {}", was.len(), is.len())),
        None if was != is => Err("other entries have changed".into()),
        None => Ok(()),
    }
}

/// The entries of a list, each with the words in it: a search through every text for every key would be quadratic.
struct Entries<'a> {
    entries: Vec<(&'a Value, HashSet<Cow<'a, str>>)>,
    counts: HashMap<String, usize>,
}

impl<'a> Entries<'a> {
    fn new(list: &'a [Value]) -> Self {
        let mut entries = Vec::new();
        let mut counts = HashMap::new();
        for entry in list {
            let mut words = HashSet::new();
            collect(entry, &mut words);
            words.iter().for_each(|word| *counts.entry(word.to_string()).or_default() += 1);
            entries.push((entry, words));
        }
        Self { entries, counts }
    }

    /// How many entries are about a key.
    fn count(&self, key: &str) -> usize {
        if let Some(count) = self.counts.get(key) {
            return *count;
        }
        // It stands inside a longer word: `rec-17`, or a path.
        if key.len() < 8 {
            return 0;
        }
        self.entries.iter().filter(|(entry, _)| contains(entry, key)).count()
    }

    /// What is about none of the files that come and go.
    fn without(&self, files: &Files) -> Vec<String> {
        let keys: HashSet<&str> = files.accepted.iter().chain(&files.foreign).map(String::as_str).collect();
        let odd = |key: &str| !key.chars().all(is_word);
        let long =
            files.foreign.iter().filter(|key| odd(key)).chain(&files.accepted).filter(|key| key.len() >= 8);
        let long: Vec<&String> = long.collect();
        let own = |entry: &Value, words: &HashSet<Cow<'_, str>>| {
            words.iter().any(|word| keys.contains(word.as_ref()))
                || long.iter().any(|key| contains(entry, key))
        };
        let rest = self.entries.iter().filter(|(entry, words)| !own(entry, words));
        rest.map(|(entry, _)| entry.to_string()).collect()
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// Every text in a value, whole and by its words.
fn collect<'a>(value: &'a Value, words: &mut HashSet<Cow<'a, str>>) {
    match value {
        Value::String(text) => {
            words.insert(text.into());
            words.extend(text.split(|c| !is_word(c)).filter(|word| word.len() >= 8).map(Cow::from));
            let runs = text.split(|c: char| !c.is_ascii_alphanumeric());
            words.extend(runs.filter(|run| run.len() >= 8).map(Cow::from));
        }
        Value::Number(number) => {
            words.insert(number.to_string().into());
        }
        Value::Array(list) => list.iter().for_each(|inner| collect(inner, words)),
        Value::Object(map) => map.values().for_each(|inner| collect(inner, words)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn contains(value: &Value, key: &str) -> bool {
    match value {
        Value::String(text) => text.contains(key),
        Value::Array(list) => list.iter().any(|inner| contains(inner, key)),
        Value::Object(map) => map.values().any(|inner| contains(inner, key)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "unknown".into(), |value| cut(&value.to_string()))
}

fn cut(text: &str) -> String {
    let short: String = text.chars().take(200).collect();
    if short.len() < text.len() { format!("{short}...") } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn files(accepted: &[&str], refused: &[&str]) -> Files {
        let set = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        Files { accepted: set(accepted), refused: set(refused), ..Files::default() }
    }

    fn says(before: &Value, after: &Value, files: &Files) -> String {
        once(Some(before), after, files).err().unwrap_or_default()
    }

    #[test]
    fn each_accepted_file_stands_there_once() {
        let files = files(&["file-aaaa"], &[]);
        let entry = json!({"id": 1, "source": "http://host/file-aaaa.m3u8"});
        assert_eq!(says(&json!([]), &json!([{"name": "rec_file-aaaa"}]), &files), "", "inside a longer word");
        assert_eq!(says(&json!([]), &json!([entry]), &files), "");
        assert!(says(&json!([]), &json!([]), &files).contains("not there"));
        assert!(says(&json!([]), &json!([entry, entry]), &files).contains("2 times"));
        assert!(says(&json!([]), &json!({}), &files).contains("no list"));
    }

    #[test]
    fn what_was_refused_or_never_announced_is_not_there_and_the_rest_is_as_before() {
        let files = files(&[], &["file-bbbb"]);
        let old = json!([{"id": 1}]);
        assert_eq!(says(&old, &old, &files), "");
        assert!(
            says(&old, &json!([{"id": 1}, {"file": "file-bbbb"}]), &files).contains("never to be accepted")
        );
        assert!(says(&old, &json!([{"id": 1}, {"id": 2}]), &files).contains("nothing accounts for"));
        assert!(says(&old, &json!([{"id": 3}]), &files).contains("nothing accounts for"));
        assert!(says(&old, &json!([]), &files).contains("1 other entries became 0"));
        let (two, twice) = (json!([{"id": 1}, {"id": 2}]), json!([{"id": 1}, {"id": 1}]));
        assert!(says(&two, &twice, &files).contains("have changed"));
    }

    #[test]
    fn a_taint_shows_that_a_second_callback_overwrote_the_first() {
        let mut files = files(&["file-cccc"], &[]);
        files.taints.insert("http://evil/".into());
        let entry = |url: &str| json!([{"file": "file-cccc", "url": url}]);
        assert_eq!(says(&json!([]), &entry("http://good/"), &files), "");
        assert!(says(&json!([]), &entry("http://evil/"), &files).contains("must change nothing"));
    }
}
