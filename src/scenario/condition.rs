//! What an answer or a state must hold: JSONPath (RFC 9535) and what is to be found there.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use serde_json_path::JsonPath;

use crate::problem::{Problem, did_you_mean};

/// JSONPath expressions, each with what must be found there. All of them hold, or the whole does not.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Conditions(pub BTreeMap<String, Matcher>);

/// What must be found.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Matcher {
    /// Rules; all of them hold.
    Rules(Rules),
    /// Exactly one value, this one.
    Value(Value),
}

/// Rules about what a path finds.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// So many values are found.
    pub count: Option<usize>,
    /// No value found is this one.
    pub not: Option<Value>,
    /// Every value found is a text that this regular expression matches, and there is at least one.
    pub matches: Option<String>,
    /// Whether anything is found.
    pub exists: Option<bool>,
}

impl Conditions {
    /// Whether there is anything to check.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn check(&self, path: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (expression, matcher) in &self.0 {
            if let Err(error) = JsonPath::parse(expression) {
                let title = format!("`{expression}` is no JSONPath: {}", error.message());
                problems.push(Problem::at(path, title).label(format!("at character {}", error.position() + 1)).help(
                    "RFC 9535: `$.code`, `$[*]`, `$.files[?@.id==\"7\"]`; to count, write {\"$[*]\": {count: 2}}",
                ));
            }
            // Nobody compares with a whole object: it is a rule with a wrong name.
            if let Matcher::Value(Value::Object(rules)) = matcher {
                for name in rules.keys() {
                    let problem = Problem::at(path, format!("there is no rule `{name}`"));
                    let names = ["count", "not", "matches", "exists"];
                    problems.push(
                        problem
                            .label(format!("expected {}", names.join(", ")))
                            .helps(did_you_mean(name, names)),
                    );
                }
            }
            if let Matcher::Rules(Rules { matches: Some(pattern), .. }) = matcher
                && let Err(error) = regex_lite::Regex::new(pattern)
            {
                problems.push(Problem::at(path, format!("`{pattern}` is no regular expression: {error}")));
            }
        }
        problems
    }

    /// Whether the value holds all of it.
    ///
    /// # Errors
    /// The first condition that does not hold, and what was found.
    pub fn hold(&self, value: &Value) -> Result<(), String> {
        for (expression, matcher) in &self.0 {
            let Ok(path) = JsonPath::parse(expression) else {
                return Err(format!("`{expression}` is no JSONPath"));
            };
            let found = path.query(value).all();
            if !matcher.holds(&found) {
                let shown: Vec<String> = found.iter().take(5).map(ToString::to_string).collect();
                let more = if found.len() > 5 { ", ..." } else { "" };
                return Err(format!("{expression} found {}: [{}{more}]", found.len(), shown.join(", ")));
            }
        }
        Ok(())
    }
}

impl Matcher {
    fn holds(&self, found: &[&Value]) -> bool {
        match self {
            Self::Value(wanted) => matches!(found, [only] if *only == wanted),
            Self::Rules(rules) => {
                rules.count.is_none_or(|count| found.len() == count)
                    && rules.not.as_ref().is_none_or(|not| !found.contains(&not))
                    && rules.exists.is_none_or(|exists| exists != found.is_empty())
                    && rules.matches.as_ref().is_none_or(|pattern| {
                        let regex = regex_lite::Regex::new(pattern);
                        let fits = |value: &&Value| match (&regex, value.as_str()) {
                            (Ok(regex), Some(text)) => regex.is_match(text),
                            _ => false,
                        };
                        !found.is_empty() && found.iter().all(fits)
                    })
            }
        }
    }
}

impl fmt::Display for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (path, matcher)) in self.0.iter().enumerate() {
            f.write_str(if n == 0 { "" } else { " and " })?;
            match matcher {
                Matcher::Value(value) => write!(f, "{path} = {value}")?,
                Matcher::Rules(rules) => {
                    let said = [
                        rules.count.map(|count| format!("{count} times")),
                        rules.not.as_ref().map(|not| format!("not {not}")),
                        rules.matches.as_ref().map(|pattern| format!("like /{pattern}/")),
                        rules.exists.map(|exists| if exists { "there" } else { "not there" }.to_owned()),
                    ];
                    write!(f, "{path} {}", said.into_iter().flatten().collect::<Vec<_>>().join(", "))?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn holds(conditions: Value, value: &Value) -> bool {
        serde_json::from_value::<Conditions>(conditions).unwrap().hold(value).is_ok()
    }

    #[test]
    fn a_value_must_be_the_only_one_found() {
        let answer = json!({"code": 0, "list": [1, 2]});
        assert!(holds(json!({"$.code": 0}), &answer));
        assert!(!holds(json!({"$.code": "0"}), &answer));
        assert!(!holds(json!({"$.list[*]": 1}), &answer));
        assert!(!holds(json!({"$.code": 0, "$.absent": 1}), &answer));
    }

    #[test]
    fn rules_count_exclude_match_and_ask_for_existence() {
        let rows = json!([{"id": "a1"}, {"id": "b2"}]);
        assert!(holds(json!({"$[*]": {"count": 2}}), &rows));
        assert!(!holds(json!({"$[*]": {"count": 1}}), &rows));
        assert!(holds(json!({"$[*].id": {"not": "c3", "matches": "^[ab][0-9]$"}}), &rows));
        assert!(!holds(json!({"$[*].id": {"not": "a1"}}), &rows));
        assert!(!holds(json!({"$[*].id": {"matches": "^a"}}), &rows));
        assert!(holds(json!({"$.error": {"exists": false}}), &rows));
    }

    #[test]
    fn what_does_not_hold_says_what_was_found() {
        let conditions: Conditions = serde_json::from_value(json!({"$[*]": {"count": 1}})).unwrap();
        assert_eq!(conditions.hold(&json!([1, 2])).unwrap_err(), "$[*] found 2: [1, 2]");
        assert_eq!(conditions.to_string(), "$[*] 1 times");
    }
}
