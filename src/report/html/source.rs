//! The text of a scenario, with the lines marked whose callbacks failed.

use std::collections::BTreeMap;

use super::inert;
use crate::record::{RunRecord, ScenarioRun};
use crate::report::text::amount;

/// Limits that keep the page small enough for a mail.
const MOST_SOURCES: usize = 12;
const MOST_LINES: usize = 400;

/// The text of a scenario.
pub(super) struct SourceListing {
    pub(super) title: String,
    pub(super) failed: bool,
    pub(super) lines: Vec<SourceLine>,
    /// Lines that are left out at the end.
    pub(super) hidden: usize,
}

/// A line of it.
pub(super) struct SourceLine {
    pub(super) text: String,
    /// Failures of the callbacks that it caused; empty if there are none.
    pub(super) failed: String,
}

/// The texts of a run, those with failures first.
pub(super) fn sources(run: &RunRecord) -> Vec<SourceListing> {
    let with_text = run.scenarios.iter().filter(|scenario| !scenario.line.source.is_empty());
    let mut listings: Vec<SourceListing> = with_text.map(|scenario| listing(run, scenario)).collect();
    listings.sort_by_key(|listing| !listing.failed);
    listings.truncate(MOST_SOURCES);
    listings
}

fn listing(run: &RunRecord, scenario: &ScenarioRun) -> SourceListing {
    let path = &scenario.line.path;
    let failures = failures(run, path);
    let count = scenario.line.source.lines().count();
    let line = |(index, text): (usize, &str)| SourceLine {
        text: inert(text),
        failed: failures.get(&(index + 1)).map_or_else(String::new, |failed| told(failed)),
    };
    SourceListing {
        title: inert(path),
        failed: !failures.is_empty(),
        lines: scenario.line.source.lines().take(MOST_LINES).enumerate().map(line).collect(),
        hidden: count.saturating_sub(MOST_LINES),
    }
}

/// Failed callbacks, and checks of the state, by the line of this file that caused them.
fn failures<'a>(run: &'a RunRecord, path: &str) -> BTreeMap<usize, Vec<&'a str>> {
    let mut lines: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for scenario in run.scenarios.iter().filter(|scenario| scenario.line.path == path) {
        let callbacks =
            scenario.callbacks.iter().filter(|callback| callback.findings.iter().any(|it| !it.ok));
        let of_callbacks = callbacks.map(|callback| (&*callback.line.place, &*callback.line.id));
        let state = scenario.state.iter().filter(|finding| !finding.ok);
        for (place, what) in of_callbacks.chain(state.map(|finding| (&*finding.place, &*finding.check))) {
            // What has no place in this file stands at its head.
            lines.entry(line_of(place, path).unwrap_or(1)).or_default().push(what);
        }
    }
    lines
}

/// The line of `file:line:column`, where it is in this file.
fn line_of(place: &str, path: &str) -> Option<usize> {
    place.strip_prefix(path)?.strip_prefix(':')?.split(':').next()?.parse().ok()
}

fn told(failed: &[&str]) -> String {
    match failed {
        [one] => format!("failed: {}", inert(one)),
        [one, two] => format!("failed: {}, {}", inert(one), inert(two)),
        [one, ..] => format!("{} failed: {}, ...", amount(failed.len(), "check"), inert(one)),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_leads_to_its_line_in_this_file_alone() {
        assert_eq!(line_of("a b.yaml:12:5", "a b.yaml"), Some(12));
        assert_eq!(line_of("C:\\x.yaml:3:1", "C:\\x.yaml"), Some(3));
        assert_eq!(line_of("other.yaml:12:5", "a.yaml"), None);
        assert_eq!(line_of("", "a.yaml"), None);
    }
}
