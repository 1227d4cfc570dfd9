//! The JSON Schema of scenario files, made from the types that read them, and the check of a file against it.
//!
//! The typed decoder stops at its first error and loses the place inside alternatives. So the file is checked against
//! the schema first: that check knows every key and every place, reports all it finds, and has the same names
//! of keys as the decoder. It reads the parts of JSON Schema that our types produce, and no others.

mod allowed;
mod homes;
mod presence;
mod slips;
mod wrong_amount;
mod wrong_value;

use std::sync::LazyLock;

use serde_json::Value;

use super::document::{Document, Node, NodeKind};
use super::units::{Beyond, DURATION_PATTERN, beyond, reads};
use crate::duration::parse_duration;
use crate::problem::{Problem, did_you_mean};
use crate::stretch::Stretches;
use allowed::{expectation, fits, words};
use wrong_value::{switch, synonym, written_instead};

/// Begin of the title of a problem with a key that is none.
pub const UNKNOWN_KEY: &str = "unknown key ";

/// The schema, for editors and for `hookreel schema`; a test holds that it is the one of [`super::Scenario`].
pub const TEXT: &str = include_str!("../../docs/scenario.schema.json");

/// The schema as a tree. An audit reads hundreds of scenarios.
pub static SCHEMA: LazyLock<Value> = LazyLock::new(|| tree(TEXT));

/// A schema of ours as a tree.
pub fn tree(text: &str) -> Value {
    serde_json::from_str(text).expect("a test reads every schema of ours")
}

/// The schema of files that people write, by the type that reads them.
#[cfg(test)]
pub fn of_type<T: schemars::JsonSchema>() -> Value {
    let generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    strip_null(&mut schema);
    if let Value::Object(root) = &mut schema {
        root.insert("patternProperties".into(), serde_json::json!({ format!("^{OWN}"): true }));
    }
    schema
}

/// Prefix of the author's own keys at the top level: a place for YAML anchors.
pub const OWN: &str = "x-";

/// An optional key may be left out; it may not be written as `null`, which nearly always is a value that was forgotten.
#[cfg(test)]
fn strip_null(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(branches)) = object.get_mut("anyOf") {
                branches.retain(|branch| branch.get("type") != Some(&"null".into()));
                if let [only] = branches.as_slice()
                    && let Value::Object(only) = only.clone()
                {
                    object.remove("anyOf");
                    object.extend(only);
                }
            }
            object.remove("default");
            for (name, inner) in object {
                match inner {
                    // Names of keys, of which one may be called `default`.
                    Value::Object(keys) if name == "properties" => keys.values_mut().for_each(strip_null),
                    inner => strip_null(inner),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(strip_null),
        _ => {}
    }
}

/// Everything in the document that does not have the shape of a scenario.
pub(super) fn check(document: &Document) -> Vec<Problem> {
    let mut problems = check_shape(document, &SCHEMA);
    slips::told_once(document, &mut problems);
    problems
}

/// Everything in the document that does not have the shape of a schema, which has no other parts than ours have.
pub fn check_shape(document: &Document, schema: &Value) -> Vec<Problem> {
    let mut checker = Checker { root: schema, text: &document.source.text, problems: Vec::new() };
    checker.check(document.root(), schema, "");
    checker.problems
}

/// The largest count that a key without a maximum may have: 2^53, which every number format holds exactly.
const COUNTED: f64 = 9_007_199_254_740_992.0;

struct Checker<'a> {
    root: &'a Value,
    /// Text of the file, with keys starred.
    text: &'a str,
    problems: Vec<Problem>,
}

impl<'a> Checker<'a> {
    fn resolve(&self, schema: &'a Value) -> &'a Value {
        resolve(self.root, schema)
    }

    fn check(&mut self, node: &Node, schema: &'a Value, path: &str) {
        let schema = self.resolve(schema);
        if let Some(branches) = schema.get("anyOf").and_then(Value::as_array) {
            return self.check_alternatives(node, branches, path);
        }
        if let Some(words) = words(schema) {
            return self.check_word(node, &words, path);
        }
        if !fits(node, schema) {
            return self.mismatch(node, &expectation(schema), path);
        }
        match &node.kind {
            NodeKind::Map(entries) => {
                for (key, value) in entries {
                    self.check_entry(key, value, schema, path);
                }
                let present: Vec<&str> = entries.iter().map(|(key, _)| key.name.as_str()).collect();
                self.check_presence(&present, schema, path);
            }
            NodeKind::List(items) => {
                let Some(schema) = schema.get("items") else { return };
                for (index, item) in items.iter().enumerate() {
                    self.check(item, schema, &format!("{path}[{index}]"));
                }
            }
            NodeKind::Number(number) => self.check_range(&number.to_string(), schema, path),
            NodeKind::Digits(digits) => self.check_range(digits, schema, path),
            NodeKind::Text(text) => self.check_pattern(node, text, schema, path),
            NodeKind::Null | NodeKind::Bool(_) => {}
        }
    }

    /// Our alternatives differ in kind (text, map, list), so the kind of what was written says which one was meant; of maps the keys
    /// do.
    fn check_alternatives(&mut self, node: &Node, branches: &'a [Value], path: &str) {
        let branches: Vec<&Value> = branches.iter().map(|branch| self.resolve(branch)).collect();
        let alone = wrong_value::alone(node, &branches);
        let fits = |branch: &&&Value| alone.is_none() && fits(node, branch);
        let same_kind: Vec<&&Value> = branches.iter().filter(fits).collect();
        match same_kind.as_slice() {
            [] => {
                let expected: Vec<String> = branches.iter().map(|branch| expectation(branch)).collect();
                self.mismatch(node, &expected.join(", or "), path);
                self.problems.last_mut().into_iter().for_each(|problem| problem.help.extend(alone.clone()));
            }
            [only] => {
                let before = self.problems.len();
                self.check(node, only, path);
                let key = wrong_value::key_of_another(node, &branches);
                if let (Some(problem), Some(key)) = (self.problems.get_mut(before), key) {
                    problem.help = vec![key];
                }
            }
            several if let Some(map) = meant(node, several) => self.check(node, map, path),
            several => {
                let quiet = |branch: &&&'a Value| {
                    let mut trial = Checker { root: self.root, text: self.text, problems: Vec::new() };
                    trial.check(node, branch, path);
                    trial.problems.is_empty()
                };
                if !several.iter().any(quiet) {
                    let expected: Vec<String> = several.iter().map(|branch| expectation(branch)).collect();
                    let names: Vec<&str> =
                        several.iter().filter_map(|branch| words(branch)).flatten().collect();
                    let near = shown(node).and_then(|text| did_you_mean(&text, names));
                    self.mismatch(node, &expected.join(", or "), path);
                    if let (Some(problem), Some(near)) = (self.problems.last_mut(), near) {
                        problem.help.push(near);
                    }
                }
            }
        }
    }

    fn check_entry(&mut self, key: &super::document::Key, value: &Node, schema: &'a Value, path: &str) {
        if path.is_empty() && key.name.starts_with(OWN) {
            return;
        }
        let inner = if path.is_empty() { key.name.clone() } else { format!("{path}.{}", key.name) };
        let properties = schema.get("properties").and_then(Value::as_object);
        if let Some(known) = properties.and_then(|properties| properties.get(&key.name)) {
            return self.check(value, known, &inner);
        }
        let expected = schema.get("x-expected-key").and_then(Value::as_str);
        let pattern = schema.get("patternProperties").and_then(Value::as_object);
        if let (Some(expected), Some(pattern)) = (expected, pattern) {
            let action = pattern.values().next();
            return match action.filter(|_| parse_duration(&key.name).is_ok()) {
                Some(action) => self.check(value, action, &inner),
                None if let Some(Beyond { what, expected }) = beyond(DURATION_PATTERN, &key.name) => {
                    let problem = Problem::at(inner, format!("`{}` is {what}", key.name));
                    let label = format!("expected {expected}, counted from the start of the broadcast");
                    self.at(key.span.clone(), problem.label(label));
                }
                None => {
                    let title = format!("`{}` is not a time", key.name);
                    let number = wrong_amount::duration_instead(&key.name);
                    self.at(
                        key.span.clone(),
                        Problem::at(inner, title).label(format!("expected {expected}")).helps(number),
                    );
                }
            };
        }
        match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => self.unknown(key, schema, inner),
            Some(schema) => self.check(value, schema, &inner),
            None => {}
        }
    }

    fn unknown(&mut self, key: &super::document::Key, schema: &Value, path: String) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let names = || properties.into_iter().flat_map(|properties| properties.keys().map(String::as_str));
        // Where there are too many to be listed, the schema says what they are.
        let expected = match schema.get("x-expected-key").and_then(Value::as_str) {
            Some(keys) => format!("expected {keys}"),
            None => format!("expected one of {}", names().collect::<Vec<_>>().join(", ")),
        };
        let near = match key.name.replace('-', "_").as_str() {
            "secret" | "secret_env" | "secret_file" | "token" if names().any(|name| name == "key") => Some(
                "write `key: \"${NAME}\"` with the name of the variable, or give --secret-env NAME on the command line"
                    .into(),
            ),
            "secret" | "key" | "token" | "password" if names().any(|name| name == "secret-env") => Some(
                "a key does not belong in this file: write `secret-env = \"NAME\"` with the name of the variable that holds it"
                    .into(),
            ),
            "status" | "json" | "header" if names().any(|name| name == "accept") => {
                Some(format!("write `accept: {{{}: ...}}`", key.name))
            }
            _ => did_you_mean(&key.name, names()),
        };
        // Inside a map, a near name of the map is meant.
        let is_root = std::ptr::eq(schema, self.root);
        // `defaults: &name` is a place for an anchor.
        let follows = self.text.stretch(key.span.end..);
        let anchored = is_root
            && follows.trim_start().strip_prefix(':').is_some_and(|rest| rest.trim_start().starts_with('&'));
        let near = match anchored {
            true => Some(format!("a key of your own begins with `{OWN}`: `{OWN}{}`", key.name)),
            false => near,
        };
        let homes = if is_root || near.is_none() { homes::of(self.root, &key.name) } else { Vec::new() };
        let home = (!homes.is_empty()).then(|| format!("`{}` belongs {}", key.name, homes.join(" or ")));
        let near = near.into_iter().chain(home);
        let problem = Problem::at(path, format!("{UNKNOWN_KEY}`{}`", key.name)).label(expected).helps(near);
        self.at(key.span.clone(), problem);
    }

    fn check_word(&mut self, node: &Node, words: &[&str], path: &str) {
        let expected = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ");
        let written = if let NodeKind::Text(text) = &node.kind { text.as_str() } else { "" };
        if words.contains(&written) {
            return;
        }
        let switch = switch(node).map(|on| if on { "on" } else { "off" }).filter(|word| words.contains(word));
        let near = match switch.or_else(|| synonym(written).filter(|word| words.contains(word))) {
            Some(word) => Some(format!("write `{word}`")),
            None => did_you_mean(written, words.iter().copied()),
        };
        self.mismatch(node, &expected, path);
        if let (Some(problem), Some(near)) = (self.problems.last_mut(), near) {
            problem.help.push(near);
        }
    }

    fn check_range(&mut self, number: &str, schema: &Value, path: &str) {
        let bound = |key| schema.get(key).and_then(Value::as_f64);
        // What a count can hold that says no maximum.
        let unsigned =
            schema.get("format").and_then(Value::as_str).is_some_and(|name| name.starts_with("uint"));
        let most = bound("maximum").or(unsigned.then_some(COUNTED));
        let least = bound("minimum");
        let value = number.parse().unwrap_or(f64::NAN);
        if least.is_some_and(|least| value < least) || most.is_some_and(|most| value > most) {
            let problem = Problem::at(path, format!("{number} is out of range"));
            // Without a least value, 0 is the least.
            let (least, most) = (least.unwrap_or(0.0), most.map(|most| format!(" to {most}")));
            let expected = most.unwrap_or_else(|| " or more".into());
            self.problems.push(problem.label(format!("expected {least}{expected}")));
        }
    }

    fn check_pattern(&mut self, node: &Node, text: &str, schema: &Value, path: &str) {
        let Some(pattern) = schema.get("pattern").and_then(Value::as_str) else { return };
        match beyond(pattern, text).filter(|_| !node.hidden) {
            Some(Beyond { what, expected }) => {
                let written: String = text.chars().take(60).collect();
                let problem = Problem::at(path, format!("`{written}` is {what}"));
                self.problems.push(problem.label(format!("expected {expected}")));
            }
            None if !reads(pattern, text) => {
                self.mismatch(node, &expectation(schema), path);
                let lower = Some(text.to_lowercase()).filter(|lower| !node.hidden && reads(pattern, lower));
                let last = self.problems.last_mut().filter(|problem| problem.help.is_empty());
                last.into_iter().for_each(|problem| {
                    problem.help.extend(lower.iter().map(|lower| format!("write `{lower}`")))
                });
            }
            None => {}
        }
    }

    fn mismatch(&mut self, node: &Node, expected: &str, path: &str) {
        let written = self.text.stretch(node.span.clone());
        let found = match &node.kind {
            NodeKind::Null => String::new(),
            NodeKind::Bool(_) => format!("`{written}`"),
            _ if node.hidden => "a hidden value".to_owned(),
            NodeKind::Number(_) | NodeKind::Digits(_) => format!("the number {written}"),
            NodeKind::Text(_) => {
                shown(node).map_or_else(|| "a hidden value".into(), |text| format!("`{text}`"))
            }
            NodeKind::List(_) => "a list".to_owned(),
            NodeKind::Map(_) => "a map".to_owned(),
        };
        let title = match node.kind {
            NodeKind::Null if path.is_empty() => "the file is empty".to_owned(),
            NodeKind::Null => "a value is missing".to_owned(),
            NodeKind::Text(_) if path.is_empty() => "the whole of it is one text, not a map".to_owned(),
            _ => format!("{found} does not belong here"),
        };
        let scenario = self.root.pointer("/properties/broadcast").is_some();
        let instead = match path.is_empty() {
            false => written_instead(node, expected, written),
            true => scenario.then(|| "`hookreel init` writes one that can be played".to_owned()),
        };
        let problem = Problem::at(path, title).helps(instead);
        self.problems.push(problem.label(format!("expected {expected}")));
    }

    fn at(&mut self, span: std::ops::Range<usize>, problem: Problem) {
        self.problems.push(Problem { span: Some(span), ..problem });
    }
}

/// The schema that a reference stands for.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let found = reference.and_then(|reference| root.pointer(reference.trim_start_matches('#')));
    found.unwrap_or(schema)
}

/// Of several maps, each with keys that it needs, the one of which such a key was written, or one like it; else the first.
fn meant<'a>(node: &Node, maps: &[&&'a Value]) -> Option<&'a Value> {
    let NodeKind::Map(entries) = &node.kind else { return None };
    let needed = |map: &Value| -> Vec<String> {
        let required = map.get("required").and_then(Value::as_array).into_iter().flatten();
        required.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    if maps.iter().any(|map| needed(map).is_empty()) {
        return None;
    }
    let has =
        |map: &&&&Value| needed(map).iter().any(|name| entries.iter().any(|(key, _)| key.name == *name));
    let near = |map: &&&&Value| {
        let needed = needed(map);
        entries.iter().any(|(key, _)| did_you_mean(&key.name, needed.iter().map(String::as_str)).is_some())
    };
    maps.iter().find(has).or_else(|| maps.iter().find(near)).or(maps.first()).map(|map| **map)
}

/// The text of a value, unless it came from the environment: a variable may hold a secret.
fn shown(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::Text(text) if !node.hidden => Some(text.chars().take(60).collect()),
        _ => None,
    }
}
