//! Code quality report of GitLab: a JSON array with an issue for each failure, shown in the merge request. GitLab compares the
//! branches by `fingerprint`, so the same failure has the same one whatever the seed, the target and the receiver's words are.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::results::{CHECKED, Item, Place, Results, Status, Suite};
use super::{Subject, inert};
use crate::record::without_ids;

/// Path of a failure that belongs to no file: the format demands one.
const NO_FILE: &str = "hookreel";
/// Characters of a description, and of each of its parts.
const DESCRIPTION: usize = 2000;
const PART: usize = 600;

/// The whole report.
pub(super) fn of(subject: Subject<'_>) -> String {
    let results = Results::of(subject);
    let mut prints = Fingerprints::default();
    let bad = results.bad();
    let mut issues: Vec<Value> = bad.iter().map(|(suite, item)| issue(suite, item, &mut prints)).collect();
    // Beside a failure: what it comes from. The figures of a load are no issues.
    let told = !bad.is_empty() && !matches!(subject, Subject::Load(_));
    let overall: Vec<String> = results.overall().filter(|_| told).collect();
    issues.extend(overall.iter().chain(&results.notes).map(|text| note(text, &mut prints)));
    format!("{:#}\n", Value::Array(issues))
}

/// An issue that fails nothing: a near miss, or the one cause of several failures.
fn note(text: &str, prints: &mut Fingerprints) -> Value {
    let kind: String = without_ids(text).chars().filter(|c| !c.is_ascii_digit()).collect();
    json!({
        "description": cut(&line(text), DESCRIPTION),
        "check_name": "note",
        "fingerprint": prints.of(&format!("note\n{kind}")),
        "severity": "info",
        "location": { "path": NO_FILE, "lines": { "begin": 1 } },
    })
}

fn issue(suite: &Suite, item: &Item, prints: &mut Fingerprints) -> Value {
    let (path, line) = match (&item.place, &suite.file) {
        (Some(Place { file, line, .. }), _) => (relative(file), *line),
        (None, Some(file)) => (relative(file), 1),
        (None, None) => (NO_FILE.to_owned(), 1),
    };
    // The path as it was typed may begin with `./`, or not.
    let name = format!("{}\n{}\n{}", relative(&suite.name), item.name, check_name(item));
    json!({
        "description": description(suite, item),
        "check_name": check_name(item),
        "fingerprint": prints.of(&name),
        "severity": severity(item),
        "location": { "path": path, "lines": { "begin": line } },
    })
}

/// As GitLab has it: relative to the repository, without `./` before it, and with slashes.
fn relative(file: &str) -> String {
    let path = inert(file).replace('\\', "/");
    let mut path = path.as_str();
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    path.to_owned()
}

fn check_name(item: &Item) -> String {
    match item.check.as_str() {
        "" if item.name == CHECKED => "nothing-checked".into(),
        "" if item.status == Status::Error => "incomplete".into(),
        "" => "hookreel".into(),
        check => inert(check),
    }
}

/// What did not come to its end says nothing about all that it was to check.
fn severity(item: &Item) -> &'static str {
    match item.status {
        Status::Error => "critical",
        _ if item.is_minor => "minor",
        _ => "major",
    }
}

/// Name, reason, cause and the command that repeats it, in a line.
fn description(suite: &Suite, item: &Item) -> String {
    let mut parts = vec![format!("{}: {}: {}", suite.name, item.name, item.reason)];
    let notes = [&item.why, &item.fix].map(|(name, text)| (*name, text.as_str()));
    let notes = notes.into_iter().chain([("again", item.again.as_str())]);
    parts.extend(notes.filter(|(_, text)| !text.is_empty()).map(|(name, text)| format!("{name}: {text}")));
    cut(&parts.iter().map(|part| cut(&line(part), PART)).collect::<Vec<_>>().join("; "), DESCRIPTION)
}

/// A text as one line, without characters that could hide something.
fn line(text: &str) -> String {
    inert(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn cut(text: &str, most: usize) -> String {
    let short: String = text.chars().take(most).collect();
    if short.len() < text.len() { format!("{short}...") } else { short }
}

/// Fingerprints that were given. GitLab shows one issue of each, so a second one of the same name has another.
#[derive(Default)]
struct Fingerprints(BTreeMap<String, usize>);

impl Fingerprints {
    fn of(&mut self, name: &str) -> String {
        let number = self.0.entry(name.to_owned()).or_default();
        *number += 1;
        let digest = Sha256::digest(format!("{name}\n{number}"));
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn a_path_is_relative_to_the_repository() {
        assert_eq!(relative("././a/b.yaml"), "a/b.yaml");
        assert_eq!(relative(r".\a\b.yaml"), "a/b.yaml");
        assert_eq!(relative("../a.yaml"), "../a.yaml");
    }
}
