//! Expected answers of the receiver, and its expected state.

use std::collections::BTreeMap;
use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;

use super::condition::Conditions;
use super::jsonpath;
use super::units::{Span, StatusPattern};
use crate::json;
use crate::problem::{Problem, did_you_mean};

/// Expected answers of the receiver, and its expected state.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// Pattern of the answer to an accepted callback, in addition to the acknowledgement that the provider asks for.
    pub accept: AnswerPattern,
    /// Pattern of a rejection. Default: any answer below 500 that does not acknowledge.
    pub reject: AnswerPattern,
    /// Longest time an acknowledged callback may take.
    pub within: Option<Span>,
    /// Questions to the receiver's own API, asked before and after the scenario.
    pub state: Vec<StateCheck>,
}

impl Expect {
    /// Acceptance and rejection are described alike, so no answer tells them apart.
    pub fn is_undecided(&self) -> bool {
        !self.accept.is_empty() && self.accept.to_string() == self.reject.to_string()
    }

    pub(super) fn check(&self) -> Vec<Problem> {
        let mut problems = self.accept.json.check("expect.accept.json");
        problems.extend(self.reject.json.check("expect.reject.json"));
        if self.within.is_some_and(|within| within.0.is_zero()) {
            problems.push(Problem::at("expect.within", "a limit of zero fails every callback"));
        }
        for (index, state) in self.state.iter().enumerate() {
            let path = format!("expect.state[{index}]");
            problems.extend(state.json.check(&format!("{path}.json")));
            problems.extend(state.check_names(&path));
            let list = state.path.as_ref();
            problems.extend(list.and_then(|list| jsonpath::check(&format!("{path}.path"), list)));
            if state.get.is_some() == state.command.is_some() {
                problems.push(
                    Problem::at(path.clone(), "a state is asked for in one way")
                        .label("expected either `get: URL` or `command: ...`"),
                );
            }
            if state.json.is_empty() && !state.unchanged && !state.once {
                problems.push(
                    Problem::at(path, "nothing is expected of this state")
                        .label("expected `json`, `unchanged: true` or `once: true`"),
                );
            }
        }
        problems
    }
}

impl StateCheck {
    /// Problems of unknown placeholders, and of a text that is not an address.
    fn check_names(&self, path: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        let asked = [("get", &self.get), ("command", &self.command)];
        for (key, text) in asked.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?))) {
            for name in text.split("${").skip(1).filter_map(|rest| rest.split('}').next()) {
                if !FILLED.contains(&name) {
                    let problem = Problem::at(format!("{path}.{key}"), format!("there is no `${{{name}}}`"));
                    let label = format!("expected {}", FILLED.join(", "));
                    problems.push(problem.label(label).helps(did_you_mean(name, FILLED)));
                }
            }
        }
        // Nothing of it is repeated: it may hold a secret.
        if let Some(why) = self.get.as_deref().and_then(no_address) {
            problems.push(Problem::at(format!("{path}.get"), "that is not a URL").label(why));
        }
        problems
    }
}

/// Reason for a text that is not an address, once everything is filled in.
fn no_address(text: &str) -> Option<String> {
    let filled = FILLED.iter().fold(text.to_owned(), |text, name| text.replace(&format!("${{{name}}}"), "x"));
    if !["http://", "https://"].iter().any(|begin| filled.starts_with(begin)) {
        return Some("expected http:// or https://".into());
    }
    url::Url::parse(&filled).err().map(|error| error.to_string())
}

/// Placeholders in the address of a state.
const FILLED: [&str; 3] = ["stream.name", "stream.app", "stream.domain"];

/// Pattern of an answer; all given parts must match.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct AnswerPattern {
    /// Its status.
    pub status: Option<StatusPattern>,
    /// Headers by name, and the text that must stand in them.
    pub header: BTreeMap<String, String>,
    /// Conditions on its body, as JSON.
    pub json: Conditions,
}

impl AnswerPattern {
    /// True if the pattern is empty.
    pub fn is_empty(&self) -> bool {
        self.status.is_none() && self.header.is_empty() && self.json.is_empty()
    }

    /// Holds an answer against the pattern. Names of headers are in lower case.
    ///
    /// # Errors
    /// The first rule that does not hold, and what was found.
    pub fn hold(&self, status: u16, headers: &[(String, String)], body: &str) -> Result<(), String> {
        if let Some(pattern) = self.status.filter(|pattern| !pattern.matches(status)) {
            return Err(format!("status: expected {pattern}, found {status}"));
        }
        let value = |name: &str| headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        for (name, text) in &self.header {
            match value(name) {
                Some((_, value)) if value.contains(text) => {}
                Some((_, value)) => {
                    return Err(format!("header {name}: expected a value with `{text}`, found `{value}`"));
                }
                None => return Err(format!("header {name}: expected `{text}`, found no such header")),
            }
        }
        if self.json.is_empty() {
            return Ok(());
        }
        let encoding = value("content-encoding").map(|(_, value)| value.as_str());
        let body = json::read(body).map_err(|error| not_json(body, encoding, &error))?;
        self.json.hold(&body)
    }
}

/// Reason for a body that is not JSON, in words for its author.
fn not_json(body: &str, encoding: Option<&str>, error: &str) -> String {
    if let Some(encoding) = encoding.filter(|encoding| *encoding != "identity") {
        return format!(
            "the body is not JSON: it is encoded as {encoding}, although no encoding was asked for"
        );
    }
    let why = match body.chars().next() {
        None => "it is empty".to_owned(),
        Some('\u{feff}') => "it starts with a byte order mark".to_owned(),
        Some('<') => "it looks like HTML or XML".to_owned(),
        Some(_) if body.starts_with("\u{1f}\u{fffd}") => {
            "it is compressed with gzip, although no encoding was asked for".to_owned()
        }
        Some('\u{fffd}') if body.contains('\0') => "it is UTF-16; JSON is UTF-8".to_owned(),
        Some(_) if error.contains("EOF") && body.len() >= LONGEST_READ => {
            "it is longer than 1 MiB, and the rest was not read".to_owned()
        }
        Some(_) if is_call(body) => "it is a call of a function around JSON (JSONP)".to_owned(),
        Some(_) => error.to_owned(),
    };
    format!("the body is not JSON: {why}")
}

/// Length of an answer's body from which on no more of it is read, in bytes.
const LONGEST_READ: usize = 1 << 20;

/// True for `name({...})`.
fn is_call(body: &str) -> bool {
    let inner = |(name, rest): (&str, &str)| {
        let name = name.trim_start_matches("/**/").trim();
        let word = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_$.".contains(c));
        word && rest.trim_end().trim_end_matches(';').ends_with(')')
            && rest.trim_start().starts_with(['{', '['])
    };
    body.split_once('(').is_some_and(inner)
}

impl fmt::Display for AnswerPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status.map(|status| format!("status {status}"));
        let headers = self.header.iter().map(|(name, text)| format!("{name}: {text}"));
        let json = (!self.json.is_empty()).then(|| self.json.to_string());
        let all: Vec<String> = status.into_iter().chain(headers).chain(json).collect();
        f.write_str(&all.join(", "))
    }
}

/// A question to the receiver's own API.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct StateCheck {
    /// Subject of the check, for a person.
    pub name: String,
    /// A URL that answers with JSON. `${stream.name}`, `${stream.app}` and `${stream.domain}` are filled in.
    pub get: Option<String>,
    /// A shell command that prints JSON.
    pub command: Option<String>,
    /// Time limit for the expected state to come true. Default: it is asked once.
    pub eventually: Option<Span>,
    /// Conditions on the JSON.
    pub json: Conditions,
    /// It must be what it was before the scenario.
    pub unchanged: bool,
    /// Place of the list in the JSON, as JSONPath: `$.data.list`. Default: the JSON is the list.
    pub path: Option<String>,
    /// It is a list with an entry for each file: those that were accepted once each, those that were refused not at all,
    /// and all others as before.
    pub once: bool,
    /// A flag of the command line asks for it, and not the scenario's file.
    #[serde(skip)]
    pub by_flag: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_not_json_is_named_as_what_it_is() {
        let why = |body: &str| {
            let error = json::read(body).err().unwrap();
            not_json(body, None, &error)
        };
        assert!(
            why(&format!("{{\"a\": \"{}", "x".repeat(1 << 20)))
                .ends_with("longer than 1 MiB, and the rest was not read")
        );
        assert!(why("{\"a\": \"x").contains("EOF"));
        assert!(why("callback({\"code\": 0});").contains("JSONP"));
        assert!(why("\u{fffd}\u{fffd}{\0}\0").contains("UTF-16"));
        assert!(why("f(x)").contains("expected"));
    }
}
