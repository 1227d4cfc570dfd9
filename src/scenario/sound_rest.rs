//! The sound rest of a scenario in which something is wrong: what else is wrong in it can be told at once.

use serde_json::Value;

use super::{Delivery, Document, Expect, Loaded, Scenario, Signing, schema};
use crate::problem::Problem;
use crate::stretch::before;

/// The tree without the values that problems are about.
pub(super) fn without(mut tree: Value, problems: &[Problem]) -> Value {
    for problem in problems {
        remove(&mut tree, &problem.path);
    }
    tree
}

/// Takes out the value at a path; one in a list goes with the whole list, so that no other changes its place. False where the value
/// around it has to go.
fn remove(value: &mut Value, path: &str) -> bool {
    let path = path.trim_start_matches('.');
    if path.is_empty() {
        return false;
    }
    match value {
        Value::Object(entries) => {
            let after = |name: &String| {
                let rest = path.strip_prefix(name.as_str())?;
                let ends = !name.is_empty() && (rest.is_empty() || rest.starts_with(['.', '[']));
                ends.then(|| (name.clone(), rest.to_owned()))
            };
            let found = entries.keys().filter_map(after).min_by_key(|(_, rest)| rest.len());
            // What is missing cannot be taken out.
            let Some((name, rest)) = found else { return true };
            if !entries.get_mut(&name).is_some_and(|inner| remove(inner, &rest)) {
                entries.remove(&name);
            }
            true
        }
        Value::Array(items) => {
            let place = path.strip_prefix('[').and_then(|path| path.split_once(']'));
            let Some((index, rest)) = place else { return false };
            let item = index.parse::<usize>().ok().and_then(|index| items.get_mut(index));
            item.is_some_and(|item| remove(item, rest))
        }
        _ => false,
    }
}

/// Mistakes in parts of the rest, by themselves.
pub(super) fn check_parts(tree: &Value) -> Vec<Problem> {
    fn part<T: serde::de::DeserializeOwned>(tree: &Value, name: &str) -> Option<T> {
        T::deserialize(tree.get(name)?).ok()
    }
    let mut problems = Vec::new();
    problems.extend(part::<Signing>(tree, "signing").map(|signing| signing.check()));
    problems.extend(part::<Delivery>(tree, "delivery").map(|delivery| delivery.check()));
    problems.extend(part::<Expect>(tree, "expect").map(|expect| expect.check()));
    problems.into_iter().flatten().collect()
}

/// The rest as a scenario, if it is one, and a sound one; and what makes no sense in parts that nothing was said of.
pub(super) fn sound(document: &Document, problems: &[Problem]) -> (Vec<Problem>, Option<Loaded>) {
    let part = |problem: &Problem| before(&problem.path, &['.', '[']).to_owned();
    let (mut all, mut more) = (problems.to_vec(), Vec::new());
    // Each round takes out what the one before it found.
    for _ in 0..3 {
        let Some(scenario) = left(document, &all) else { break };
        let found = scenario.check();
        if found.is_empty() {
            return (more, Some(Loaded { document: document.clone(), scenario }));
        }
        let new = |problem: &&Problem| !all.iter().any(|told| part(told) == part(problem));
        more.extend(found.iter().filter(new).cloned());
        all.extend(found);
    }
    (more, None)
}

/// The rest as a scenario, if it has the shape of one.
fn left(document: &Document, problems: &[Problem]) -> Option<Scenario> {
    let mut tree = without(document.root().to_json(), problems);
    let root = tree.as_object_mut()?;
    root.retain(|key, _| !key.starts_with(schema::OWN));
    // A broadcast without one of its steps is another one.
    if problems.iter().any(|problem| problem.path.starts_with("broadcast")) {
        root.remove("broadcast");
    }
    // Without its broadcast nothing can be told of what follows from it; of the rest, something can.
    root.entry("broadcast").or_insert_with(|| serde_json::json!([{"0s": "push"}, {"1h": "drop"}]));
    for _ in 0..MOST_TAKEN_OUT {
        match serde_path_to_error::deserialize::<_, Scenario>(tree.clone()) {
            Ok(scenario) => return Some(scenario),
            // What lacks a part that it needs goes, too.
            Err(error) if !remove(&mut tree, &error.path().to_string()) => return None,
            Err(_) => {}
        }
    }
    None
}

/// Values that are taken out at most because others are missing in them.
const MOST_TAKEN_OUT: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_keeps_the_places_of_what_it_holds() {
        let tree = serde_json::json!({
            "expect": {"accept": {"json": {"$.a.b": 1, "$": 2}}},
            "faults": [{"expire": {"by": 1, "nth": 2}}, "x"],
            "broadcast": [{"0s": "psuh"}],
        });
        let of = |paths: &[&str]| {
            let problems: Vec<Problem> = paths.iter().map(|path| Problem::at(*path, "")).collect();
            without(tree.clone(), &problems).to_string()
        };
        assert!(!of(&["broadcast[0].0s"]).contains("psuh"));
        assert!(of(&["faults[0].expire.by"]).contains(r#"[{"expire":{"nth":2}},"x"]"#));
        assert!(!of(&["faults[1]"]).contains("faults"));
        assert!(of(&["expect.accept.json.$.a.b"]).contains(r#"{"$":2}"#));
        assert!(of(&["recording"]).contains("psuh"), "what is missing takes nothing with it");
    }
}
