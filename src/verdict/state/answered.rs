//! Form of an answer: the place of its list, and the signs that it is one page of several.

use serde_json::Value;

/// Names of keys by which an API says that its answer is one page of several, in small letters and without separators.
const OF_PAGES: [&str; 16] = [
    "next",
    "nextpage",
    "nextcursor",
    "nexttoken",
    "nextpagetoken",
    "nexturl",
    "cursor",
    "hasmore",
    "hasnext",
    "page",
    "pagenumber",
    "pagesize",
    "perpage",
    "totalpages",
    "offset",
    "continuation",
];

/// Path of the list: the only list that is reached through objects alone, or else the only null, which counts as an empty one.
pub(super) fn list_path(value: &Value) -> Option<String> {
    let (mut lists, mut nulls) = (Vec::new(), Vec::new());
    walk(value, &mut |path, _, value| match value {
        Value::Array(_) => lists.push(path.to_owned()),
        Value::Null => nulls.push(path.to_owned()),
        _ => {}
    });
    match (lists.as_slice(), nulls.as_slice()) {
        ([only], _) | ([], [only]) => Some(only.clone()),
        _ => None,
    }
}

/// True for an answer that is a list itself, or whose only list has entries.
pub(super) fn lists_entries(value: &Value) -> bool {
    let mut lists = Vec::new();
    walk(value, &mut |_, _, value| lists.extend(value.as_array().map(Vec::is_empty)));
    value.is_array() || lists == [false]
}

/// A key by which an answer says that it is one page of several.
pub(super) fn page_key(value: &Value) -> Option<String> {
    let mut found = None;
    walk(value, &mut |_, key, _| {
        let name: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
        if found.is_none() && OF_PAGES.contains(&name.to_ascii_lowercase().as_str()) {
            found = Some(key.to_owned());
        }
    });
    found
}

/// Advice for an answer with such a key.
pub(super) fn pages(key: &str) -> String {
    let key: String = key.chars().take(40).collect();
    format!(
        "; `{key}` is a sign of pages, and every recording has to be in the one answer: name a URL without pages"
    )
}

/// Shows each value that is reached through objects alone, with its path and its key.
fn walk(value: &Value, seen: &mut dyn FnMut(&str, &str, &Value)) {
    let mut open = vec![("$".to_owned(), String::new(), value)];
    while let Some((path, key, value)) = open.pop() {
        seen(&path, &key, value);
        let Value::Object(map) = value else { continue };
        open.extend(map.iter().map(|(key, inner)| {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let begins = key.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
            let step = if begins && key.chars().all(plain) {
                format!(".{key}")
            } else {
                format!("[{}]", Value::from(key.as_str()))
            };
            (format!("{path}{step}"), key.clone(), inner)
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_only_list_is_found_and_a_null_where_there_is_no_list() {
        let path = |value: &Value| list_path(value).unwrap_or_default();
        assert_eq!(path(&json!({"code": 0, "data": {"list": []}})), "$.data.list");
        assert_eq!(path(&json!({"next": null, "items": []})), "$.items");
        assert_eq!(path(&json!({"code": 0, "data": null})), "$.data");
        assert_eq!(path(&json!({"a": [], "b": []})), "");
        assert_eq!(path(&json!({"a": null, "b": null})), "");
    }

    #[test]
    fn signs_of_pages_are_found_however_they_are_spelt() {
        for key in ["next", "nextPageToken", "has_more", "page-size", "Offset"] {
            assert_eq!(page_key(&json!({"data": {key: null, "items": []}})).as_deref(), Some(key));
        }
        assert_eq!(page_key(&json!({"total": 3, "items": [{"next": 1}]})), None);
    }
}
