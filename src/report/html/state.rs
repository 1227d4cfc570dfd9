//! The receiver's state before and after a scenario, as a difference.

use std::collections::BTreeMap;

use super::inert;
use crate::record::{Finding, ScenarioRun, StateLine};
use crate::verdict::cause;

/// Lines of each side that are shown, and their length in characters.
const MOST: usize = 20;
const LONGEST: usize = 400;

/// A check of the state.
pub(super) struct StateRow {
    pub(super) ok: bool,
    pub(super) check: String,
    pub(super) path: String,
    pub(super) seen: String,
    pub(super) changes: Option<Changes>,
}

/// Difference of two states.
pub(super) struct Changes {
    pub(super) title: String,
    /// A sign, and an entry or line.
    pub(super) lines: Vec<(char, String)>,
    /// Number of those that are left out.
    pub(super) hidden: usize,
}

/// The checks of a scenario.
pub(super) fn rows(scenario: &ScenarioRun) -> impl Iterator<Item = StateRow> {
    scenario.state.iter().map(|finding| StateRow {
        ok: finding.ok,
        check: inert(&finding.check),
        path: inert(&scenario.line.path),
        seen: seen(scenario, finding),
        changes: scenario.states.iter().find(|line| line.check == finding.check).map(changes),
    })
}

fn seen(scenario: &ScenarioRun, finding: &Finding) -> String {
    match finding.ok {
        true => inert(&finding.actual),
        false => {
            let likely = cause::of_state(scenario, finding)
                .map_or_else(String::new, |cause| format!("; likely cause: {cause}"));
            inert(&format!("expected {}, got {}{likely}", finding.expected, finding.actual))
        }
    }
}

fn changes(line: &StateLine) -> Changes {
    let structured =
        |side: &&Option<String>| side.as_deref().is_some_and(|it| it.trim_start().starts_with(['[', '{']));
    let whole = !line.cut || ![&line.before, &line.after].iter().any(structured);
    if !whole && line.before.is_some() && line.after.is_some() {
        // Half of a list has no entries, and nothing tells whether the rest of it changed.
        let title = "not shown: longer than the 64 KiB that a record holds of a state".to_owned();
        return Changes { title, lines: Vec::new(), hidden: 0 };
    }
    let sides = [&line.before, &line.after].map(|side| side.as_deref().map_or_else(Vec::new, entries));
    let [before, after] = sides.each_ref().map(|side| count(side));
    let gone = |side: &[String], other: &BTreeMap<&str, usize>| {
        let mut left: BTreeMap<String, usize> =
            other.iter().map(|(text, n)| ((*text).to_owned(), *n)).collect();
        let missing = |text: &&String| match left.get_mut(text.as_str()).filter(|n| **n > 0) {
            Some(n) => {
                *n -= 1;
                false
            }
            None => true,
        };
        side.iter().filter(missing).cloned().collect::<Vec<String>>()
    };
    let (removed, added) = (gone(&sides[0], &after), gone(&sides[1], &before));
    let title = match (&line.before, &line.after) {
        (None, _) => "it could not be read before".to_owned(),
        (_, None) => "it could not be read after".to_owned(),
        _ if removed.is_empty() && added.is_empty() => "no change".to_owned(),
        _ => format!("{} added, {} removed, {} before", added.len(), removed.len(), sides[0].len()),
    };
    let cut = if line.cut { " in the first 64 KiB; the rest is not in the record" } else { "" };
    let hidden = removed.len().saturating_sub(MOST) + added.len().saturating_sub(MOST);
    let shown = |sign: char, lines: Vec<String>| {
        lines.into_iter().take(MOST).map(move |text| {
            let short: String = text.chars().take(LONGEST).collect();
            let more = if short.len() < text.len() { " ..." } else { "" };
            (sign, format!("{}{more}", inert(&short)))
        })
    };
    let lines = shown('−', removed).chain(shown('+', added)).collect();
    Changes { title: format!("{title}{cut}"), lines, hidden }
}

fn count(entries: &[String]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    entries.iter().for_each(|entry| *counts.entry(entry.as_str()).or_default() += 1);
    counts
}

/// Entries of a list in JSON, wherever it stands; of any other text its lines.
fn entries(text: &str) -> Vec<String> {
    fn list(value: &serde_json::Value) -> Option<&Vec<serde_json::Value>> {
        match value {
            serde_json::Value::Array(entries) => Some(entries),
            serde_json::Value::Object(fields) => fields.values().find_map(list),
            _ => None,
        }
    }
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) => match list(&value) {
            Some(entries) => entries.iter().map(ToString::to_string).collect(),
            None => serde_json::to_string_pretty(&value)
                .expect("our own texts and numbers can be written as JSON")
                .lines()
                .map(str::to_owned)
                .collect(),
        },
        Err(_) => text.lines().map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: Option<&str>, after: Option<&str>) -> (String, String) {
        let [before, after] = [before, after].map(|side| side.map(str::to_owned));
        let changes = changes(&StateLine { before, after, ..StateLine::default() });
        let lines: Vec<String> = changes.lines.iter().map(|(sign, text)| format!("{sign}{text}")).collect();
        (changes.title, lines.join(" "))
    }

    #[test]
    fn entries_that_came_went_or_came_twice_are_shown() {
        let all = |lines: &str| lines.to_owned();
        let (title, lines) = told(Some("[1,2,3]"), Some("[1,3,4,4]"));
        assert_eq!((title.as_str(), lines), ("2 added, 1 removed, 3 before", all("−2 +4 +4")));
        let (title, lines) =
            told(Some(r#"{"data":{"list":[{"id":1}]}}"#), Some(r#"{"data":{"list":[{"id":1},{"id":1}]}}"#));
        assert_eq!((title.as_str(), lines), ("1 added, 0 removed, 1 before", all(r#"+{"id":1}"#)));
        assert_eq!(told(Some("a\nb"), Some("a\nb")).0, "no change");
        assert_eq!(told(Some("a"), None).0, "it could not be read after");
    }

    #[test]
    fn a_list_that_the_record_holds_half_of_is_not_said_to_have_no_change() {
        let cut = |text: &str| {
            let side = Some(text.to_owned());
            changes(&StateLine { before: side.clone(), after: side, cut: true, ..StateLine::default() })
        };
        let list = cut(r#"{"files":[{"id":1},{"id"#);
        assert_eq!(list.title, "not shown: longer than the 64 KiB that a record holds of a state");
        assert_eq!(cut("a\nb").title, "no change in the first 64 KiB; the rest is not in the record");
    }
}
