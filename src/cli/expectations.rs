//! `--expect`, `--state` and `--state-path`: what a command line expects of the receiver, beside the scenarios.

use serde_json::json;

use super::ProcessContext;
use super::args::ExpectArgs;
use super::exit::Refused;
use crate::duration::show_duration;
use crate::problem::{Aim, Problem, Source};
use crate::provider;
use crate::scenario::schema::UNKNOWN_KEY;
use crate::scenario::{Environment, Expect, Loaded, load};

/// The variable by which scenarios know the state's address: it may hold a secret, and stands in nothing that is shown or
/// written.
pub(super) const STATE: &str = "HOOKREEL_STATE";

/// Prefix of the value of `--expect` for the YAML reader.
const BEFORE: &str = "expect: ";

/// Time in which an accepted file is in the state, where no flag gives another. Ours.
const STATE_WITHIN: &str = "2s";

impl ExpectArgs {
    /// The flags as `expect:` of a scenario, in YAML; empty where none was given.
    ///
    /// # Errors
    /// `--expect` is not written as a map.
    pub(super) fn yaml(&self) -> Result<String, Refused> {
        let given = self.expect.as_deref().map(str::trim).filter(|text| !text.starts_with('{'));
        if given.is_some() {
            return Err(Refused::usage("--expect: write it in braces: {accept: ..., reject: ...}"));
        }
        if self.state.is_none() {
            return Ok(self.expect.clone().unwrap_or_default()); // Nothing is asked for.
        }
        let get = format!("${{{STATE}}}");
        let within = self.state_within.map_or_else(|| STATE_WITHIN.to_owned(), show_duration);
        let mut state = json!({ "name": "recordings", "get": get, "once": true, "eventually": within });
        if let (Some(path), Some(state)) = (&self.state_path, state.as_object_mut()) {
            state.insert("path".into(), path.as_str().into());
        }
        let inner = self.expect.as_deref().unwrap_or("{}").trim();
        let inner = inner
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .ok_or_else(|| Refused::usage("--expect: write it as {accept: ..., reject: ...}"))?;
        let comma = if inner.trim().is_empty() { "" } else { ", " };
        Ok(format!("{{{inner}{comma}state: [{state}]}}"))
    }

    /// The variables that scenarios are read with, and the state's address among them.
    pub(super) fn environment(&self, context: &ProcessContext) -> crate::scenario::Environment {
        let mut environment = context.environment.clone();
        environment.extend(self.state.iter().map(|url| (STATE.to_owned(), url.clone())));
        environment
    }

    /// Refuses an acceptance and a rejection that no answer tells apart, unless a state does.
    ///
    /// # Errors
    /// They are the same, and there is no state.
    pub(super) fn decided(&self, expect: &Expect) -> Result<(), Refused> {
        if self.state.is_none() && self.expect.is_some() && expect.is_undecided() {
            return Err(Refused::usage(
                "--expect: `accept` and `reject` are the same, so no answer tells them apart; --state URL lets the state decide; \
                 nothing was sent",
            ));
        }
        Ok(())
    }

    /// Puts what the flags say into scenarios: it takes the place of what they say themselves.
    ///
    /// # Errors
    /// The flags make no sense.
    pub(super) fn apply(&self, loaded: &mut [Loaded], context: &ProcessContext) -> Result<(), Refused> {
        let yaml = self.yaml()?;
        let Some(read) = read(&yaml, &self.environment(context))? else { return Ok(()) };
        let Loaded { scenario, document } = read;
        let mut asked = scenario.expect;
        asked.state.iter_mut().for_each(|check| check.by_flag = true);
        loaded.iter_mut().for_each(|loaded| loaded.document.take_from(&document));
        self.decided(&asked)?;
        for scenario in loaded.iter_mut().map(|loaded| &mut loaded.scenario) {
            if !asked.accept.is_empty() {
                scenario.expect.accept = asked.accept.clone();
            }
            if !asked.reject.is_empty() {
                scenario.expect.reject = asked.reject.clone();
            }
            scenario.expect.within = asked.within.or(scenario.expect.within);
            scenario.expect.state.extend(asked.state.iter().cloned());
        }
        Ok(())
    }
}

/// Expectations in YAML, read as a scenario is, so that every mistake is found; none where there are none.
///
/// # Errors
/// Their mistakes.
fn read(yaml: &str, environment: &Environment) -> Result<Option<Loaded>, Refused> {
    let Some(provider) = provider::ALL.first().filter(|_| !yaml.is_empty()) else { return Ok(None) };
    let text = format!(
        "{BEFORE}{yaml}\nprovider: {}\nrecording: {{hls: {{}}}}\nbroadcast: [{{0s: push}}, {{2m: drop}}]\n",
        provider.name
    );
    let source = Source { name: "--expect".into(), text };
    load(source, environment).map(Some).map_err(|(_, problems)| discreet(&problems))
}

/// Mistakes of a value of `--expect`; none where it makes sense.
pub(super) fn mistakes(value: &str, environment: &Environment) -> Option<Refused> {
    let given = ExpectArgs { expect: Some(value.to_owned()), ..ExpectArgs::default() };
    given.yaml().and_then(|yaml| read(&yaml, environment)).err()
}

/// The problems without what was written: values of `--expect` may be secrets.
fn discreet(problems: &[Problem]) -> Refused {
    // A JSONPath is a value as well: what it compares with may be secret.
    let open = |path: &str| path.find(".json").map_or(path.len(), |at| at + ".json".len());
    let line = |problem: &Problem| {
        let title = match problem.aim {
            Aim::Key if open(&problem.path) == problem.path.len() => problem.title.clone(),
            // A word of letters alone is a misspelt key, and no value that somebody put in the wrong place.
            _ if problem.title.strip_prefix(UNKNOWN_KEY).is_some_and(is_word) => problem.title.clone(),
            Aim::Key | Aim::Value => unquoted(&problem.title).replace("the file", "it"),
        };
        let place = match (problem.path.trim_start_matches("expect").trim_start_matches('.'), &problem.span) {
            ("state[0].get", _) => "--state".to_owned(),
            ("state[0].path", _) => "--state-path".to_owned(),
            ("", Some(span)) => {
                format!("--expect at character {}", (span.start + 1).saturating_sub(BEFORE.len()))
            }
            (path, _) => format!("--expect at {}", path.get(..open(path)).unwrap_or(path)),
        };
        let notes = std::iter::once(&problem.label).chain(&problem.help).filter(|note| !note.is_empty());
        let notes: String = notes.map(|note| format!("; {note}")).collect();
        format!("{place}: {title}{notes}")
    };
    Refused::usage(problems.iter().map(line).collect::<Vec<_>>().join("\n  "))
}

fn is_word(key: &str) -> bool {
    let key = key.trim_matches('`');
    key.len() <= LONGEST_WORD && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// Longest key of a scenario, and a little.
const LONGEST_WORD: usize = 16;

/// The text without what stands in quotes.
fn unquoted(text: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(open) if c == open => {
                out.push_str("...");
                out.push(c);
                quote = None;
            }
            Some(_) => {}
            None => {
                quote = Some(c).filter(|c| "`\"".contains(*c));
                out.push(c);
            }
        }
    }
    out
}
