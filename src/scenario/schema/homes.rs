//! Places of a key that was written in a map which does not have it.

use serde_json::Value;

use super::resolve;

/// Maps inside each other that are searched.
const DEEPEST: usize = 3;
/// Places of a key that are all named.
const MOST: usize = 2;

/// The maps of a schema that have a key of this name, in words: those nearest to the root.
pub(super) fn of(root: &Value, name: &str) -> Vec<String> {
    let is_settings = root.get("title").and_then(Value::as_str) == Some("hookreel.toml");
    let mut level = vec![(String::new(), root)];
    for _ in 0..DEEPEST {
        let below: Vec<(String, &String, &Value)> =
            level.iter().flat_map(|(path, schema)| entries(root, path, schema)).collect();
        let mut found: Vec<String> = below
            .iter()
            .filter(|(_, key, _)| *key == name)
            .map(|(path, ..)| match path.rsplit_once('.') {
                Some((home, _)) => format!("in `{home}`"),
                None => "at the top level".to_owned(),
            })
            .collect();
        found.dedup();
        match found.as_slice() {
            // Whatever stands in a command's table of `hookreel.toml` may stand above all tables as well.
            [_] if is_settings && !below.is_empty() => {
                level = below
                    .into_iter()
                    .filter(|(_, key, _)| *key != name)
                    .map(|(path, _, schema)| (path, schema))
                    .collect();
                let own = level.iter().filter(|(_, schema)| has(root, schema, name));
                let own: Vec<String> = own.map(|(path, _)| format!("in `{path}`")).collect();
                return if (1..=MOST).contains(&own.len()) { own } else { found };
            }
            [] => level = below.into_iter().map(|(path, _, schema)| (path, schema)).collect(),
            [first, more @ ..] if more.len() >= MOST => return vec![format!("{first} or a map like it")],
            _ => return found,
        }
    }
    Vec::new()
}

/// True for a map that has a key of this name.
fn has(root: &Value, schema: &Value, name: &str) -> bool {
    entries(root, "", schema).iter().any(|(_, key, _)| *key == name)
}

/// Path, key and schema of each entry of a map, or of all the maps that a value may be.
fn entries<'a>(root: &'a Value, path: &str, schema: &'a Value) -> Vec<(String, &'a String, &'a Value)> {
    let branches = schema.get("anyOf").and_then(Value::as_array);
    let branches = branches.map_or_else(|| vec![schema], |branches| branches.iter().collect());
    let maps = branches.into_iter().map(|branch| resolve(root, branch));
    let properties = maps.filter_map(|map| map.get("properties").and_then(Value::as_object)).flatten();
    let dot = if path.is_empty() { "" } else { "." };
    properties.map(|(key, inner)| (format!("{path}{dot}{key}"), key, resolve(root, inner))).collect()
}
