//! What the receiver's own API says before and after: the one place where "exactly once" and "no change" can be seen.

use std::collections::BTreeSet;

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
    let count = |key: &String| entries.iter().filter(|entry| about(entry, key)).count();
    for key in &files.accepted {
        match count(key) {
            1 => {}
            0 => return Err(format!("the accepted file {key} is not there")),
            n => return Err(format!("the accepted file {key} is there {n} times")),
        }
    }
    let none = Vec::new();
    let old = before.and_then(Value::as_array).unwrap_or(&none);
    for key in files.refused.difference(&files.accepted) {
        if count(key) > old.iter().filter(|entry| about(entry, key)).count() {
            return Err(format!("the file {key} is there, and was never to be accepted"));
        }
    }
    let stained = |entries: &[Value], taint: &String| entries.iter().any(|entry| about(entry, taint));
    if let Some(taint) = files.taints.iter().find(|taint| stained(entries, taint) && !stained(old, taint)) {
        return Err(format!("`{taint}` is there, and came with a callback that must change nothing"));
    }
    let own = |entry: &&Value| files.accepted.iter().chain(&files.foreign).any(|key| about(entry, key));
    let rest = |entries: &[Value]| {
        let mut rest: Vec<String> =
            entries.iter().filter(|entry| !own(entry)).map(ToString::to_string).collect();
        rest.sort_unstable();
        rest
    };
    let (was, is) = (rest(old), rest(entries));
    match is.iter().find(|entry| !was.contains(entry)) {
        Some(new) => Err(format!("there is an entry that nothing accounts for: {}", cut(new))),
        None if was.len() != is.len() => Err(format!("{} other entries became {}", was.len(), is.len())),
        None => Ok(()),
    }
}

/// Whether a key stands anywhere in an entry.
fn about(entry: &Value, key: &str) -> bool {
    match entry {
        Value::String(text) => text == key || (key.len() >= 8 && text.contains(key)),
        Value::Number(number) => number.to_string() == key,
        Value::Array(list) => list.iter().any(|inner| about(inner, key)),
        Value::Object(map) => map.values().any(|inner| about(inner, key)),
        Value::Null | Value::Bool(_) => false,
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
