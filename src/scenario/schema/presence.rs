//! Keys that a map needs, beside those that it has.

use serde_json::Value;

use super::allowed::expectation;
use super::{Checker, OWN, UNKNOWN_KEY};
use crate::problem::{Problem, nearest};

impl Checker<'_> {
    /// Keys that are missing. One that stands there under another name was complained about already: it is asked for there.
    pub(super) fn check_presence(&mut self, present: &[&str], schema: &Value, path: &str) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let known = |name: &str| properties.is_some_and(|known| known.contains_key(name));
        let own = |name: &str| path.is_empty() && name.starts_with(OWN);
        let unknown: Vec<&str> = present.iter().copied().filter(|name| !known(name) && !own(name)).collect();
        let required =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let missing: Vec<&str> = required
            .filter(|name| !present.contains(name) && nearest(name, unknown.iter().copied()).is_none())
            .collect();
        let names = || properties.into_iter().flat_map(|known| known.keys().map(String::as_str));
        let strange: Vec<&str> =
            unknown.iter().copied().filter(|name| nearest(name, names()).is_none()).collect();
        let renamed = missing.len() <= strange.len();
        for (index, name) in missing.iter().enumerate() {
            match strange.get(index).filter(|_| renamed) {
                Some(written) => self.ask_for(name, written, path),
                None => {
                    let meaning =
                        schema.pointer(&format!("/properties/{name}/description")).and_then(Value::as_str);
                    let problem = Problem::at(path, format!("the key `{name}` is missing"))
                        .helps(meaning.map(|meaning| format!("`{name}`: {meaning}")));
                    self.problems.push(problem);
                }
            }
        }
        self.check_count(present.len() as u64, schema, path);
    }

    /// Adds to the complaint about a key that a missing one may be meant by it.
    fn ask_for(&mut self, name: &str, written: &str, path: &str) {
        let title = format!("{UNKNOWN_KEY}`{written}`");
        let told = self.problems.iter_mut().rev().find(|problem| {
            problem.title == title
                && problem.path.strip_prefix(path).is_some_and(|rest| rest.ends_with(written))
        });
        if let Some(problem) = told {
            problem.help.push(format!("`{name}` is missing here: is it meant by `{written}`?"));
        }
    }

    fn check_count(&mut self, count: u64, schema: &Value, path: &str) {
        let most = schema.get("maxProperties").and_then(Value::as_u64);
        // A schema that asks for no number of entries takes none.
        let least = schema.get("minProperties").and_then(Value::as_u64).unwrap_or(0);
        let many = most.is_some_and(|most| count > most);
        if count < least || many {
            let problem = Problem::at(path, format!("{count} entries where one belongs"));
            let dash = many.then(|| "begin each one with a dash of its own: `- `".to_owned());
            self.problems.push(problem.label(format!("expected {}", expectation(schema))).helps(dash));
        }
    }
}
