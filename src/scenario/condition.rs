//! Conditions on an answer or a state: JSONPath (RFC 9535) and the expected values.

use std::collections::BTreeMap;
use std::fmt;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::jsonpath;
use crate::json;
use crate::problem::{Problem, did_you_mean};

/// JSONPath expressions, each with what must be found there. All of them hold, or the whole does not.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(transparent)]
pub struct Conditions(pub BTreeMap<String, Matcher>);

/// Expected values.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(untagged)]
pub enum Matcher {
    /// Rules; all of them hold.
    Rules(Rules),
    /// Exactly one value, this one.
    Value(Value),
}

/// Rules about what a path finds.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Number of values found.
    pub count: Option<usize>,
    /// Something is found, and no value found is this one.
    pub not: Option<Value>,
    /// Every value found is a text that this regular expression matches, and there is at least one.
    pub matches: Option<String>,
    /// True: a value is found; false: none is.
    pub exists: Option<bool>,
}

impl Conditions {
    /// True if there is nothing to check.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn check(&self, path: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (expression, matcher) in &self.0 {
            let path = &format!("{path}.{expression}");
            problems.extend(jsonpath::check(path, expression).map(Problem::on_key));
            // Nobody compares with a whole object: it is a rule with a wrong name.
            if let Matcher::Value(Value::Object(rules)) = matcher {
                problems.extend(rules.keys().map(|name| no_rule(&format!("{path}.{name}"), name).on_key()));
            }
            if let Matcher::Rules(Rules { not: Some(_), exists: Some(false), .. }) = matcher {
                let problem = Problem::at(path, "`not` and `exists: false` cannot both hold");
                problems.push(problem.label("`not` needs a value that is another one"));
            }
            if let Matcher::Rules(Rules { matches: Some(pattern), .. }) = matcher
                && let Err(error) = regex_lite::Regex::new(pattern)
            {
                let title = format!("`{pattern}` is not a regular expression: {error}");
                problems.push(Problem::at(format!("{path}.matches"), title));
            }
        }
        problems
    }

    /// Checks that the value meets all conditions.
    ///
    /// # Errors
    /// The first condition that does not hold: what was expected, and what was found.
    pub fn hold(&self, value: &Value) -> Result<(), String> {
        for (expression, matcher) in &self.0 {
            let path = jsonpath::parse(expression)
                .map_err(|(why, _)| format!("`{expression}` is not a JSONPath that can be used: {why}"))?;
            let found = path.query(value).all();
            if !matcher.holds(&found) {
                return Err(format!("{expression}: expected {matcher}, found {}", listed(&found)));
            }
        }
        Ok(())
    }
}

/// The rules there are, each with what it takes.
const RULES: [(&str, &str); 4] = [
    ("count", "a whole number from 0 on"),
    ("not", "a value"),
    ("matches", "a regular expression as text"),
    ("exists", "true or false"),
];

/// Problem of an object with a name that is not a rule.
fn no_rule(path: &str, name: &str) -> Problem {
    if let Some((_, takes)) = RULES.iter().find(|(known, _)| *known == name) {
        return Problem::at(path, format!("the rules with `{name}` cannot be read"))
            .label(format!("`{name}` takes {takes}"));
    }
    let names = || RULES.iter().map(|(name, _)| *name);
    Problem::at(path, format!("there is no rule `{name}`"))
        .label(format!("expected {}", names().collect::<Vec<_>>().join(", ")))
        .helps(did_you_mean(name, names()))
}

/// Number of found values that are shown.
const SHOWN: usize = 5;

fn listed(found: &[&Value]) -> String {
    let shown: Vec<String> = found.iter().take(SHOWN).map(|value| json::shown(value)).collect();
    let more = if found.len() > SHOWN { ", ..." } else { "" };
    match found {
        [] => "nothing".into(),
        [_] => shown.concat(),
        several => format!("{} values: {}{more}", several.len(), shown.join(", ")),
    }
}

impl Matcher {
    fn holds(&self, found: &[&Value]) -> bool {
        match self {
            Self::Value(wanted) => matches!(found, [only] if json::same(only, wanted)),
            Self::Rules(rules) => {
                let other =
                    |not: &Value| !found.is_empty() && !found.iter().any(|found| json::same(found, not));
                rules.count.is_none_or(|count| found.len() == count)
                    && rules.not.as_ref().is_none_or(other)
                    && rules.exists.is_none_or(|exists| exists != found.is_empty())
                    && rules.matches.as_ref().is_none_or(|pattern| {
                        let regex = regex_lite::Regex::new(pattern);
                        let fits = |value: &&Value| match (&regex, json::text(value)) {
                            (Ok(regex), Some(text)) => regex.is_match(text),
                            _ => false,
                        };
                        !found.is_empty() && found.iter().all(fits)
                    })
            }
        }
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => f.write_str(&json::shown(value)),
            Self::Rules(rules) => {
                let said = [
                    rules
                        .count
                        .map(|count| format!("{count} {}", if count == 1 { "value" } else { "values" })),
                    rules.not.as_ref().map(|not| format!("a value that is not {}", json::shown(not))),
                    rules.matches.as_ref().map(|pattern| format!("a string like /{pattern}/")),
                    rules.exists.map(|exists| if exists { "a value" } else { "no value" }.to_owned()),
                ];
                f.write_str(&said.into_iter().flatten().collect::<Vec<_>>().join(", "))
            }
        }
    }
}

impl fmt::Display for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (path, matcher)) in self.0.iter().enumerate() {
            f.write_str(if n == 0 { "" } else { " and " })?;
            match matcher {
                Matcher::Value(value) => write!(f, "{path} = {}", json::shown(value))?,
                rules @ Matcher::Rules(_) => write!(f, "{path} with {rules}")?,
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
        assert_eq!(
            conditions.hold(&json!([1, 2])).unwrap_err(),
            "$[*]: expected 1 value, found 2 values: 1, 2"
        );
        assert_eq!(conditions.to_string(), "$[*] with 1 value");
        let conditions: Conditions = serde_json::from_value(json!({"$.code": 0})).unwrap();
        assert_eq!(conditions.hold(&json!({"code": 1})).unwrap_err(), "$.code: expected 0, found 1");
        assert_eq!(conditions.hold(&json!({})).unwrap_err(), "$.code: expected 0, found nothing");
    }

    #[test]
    fn another_value_must_be_there_to_be_another_one() {
        for nothing in [json!({}), json!([]), json!({"Code": 1})] {
            assert!(!holds(json!({"$.code": {"not": 0}}), &nothing), "{nothing}");
            assert!(holds(json!({"$.code": {"exists": false}}), &nothing), "{nothing}");
        }
        assert!(holds(json!({"$.code": {"not": 0}}), &json!({"code": 1})));
        assert!(!holds(json!({"$.code": {"not": 0}}), &json!({"code": 0.0})));
    }
}
