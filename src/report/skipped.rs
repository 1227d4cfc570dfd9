//! Scenarios that a run did not play in a requested edition, and the reasons.

use std::fmt::Write;

use super::inert;
use super::text::{FAINT, OPEN};
use crate::record::RunRecord;

/// Number of scenarios named per reason.
const MOST_NAMED: usize = 10;

/// A line for each reason; nothing where nothing was skipped.
pub(super) fn lines(run: &RunRecord) -> String {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for line in &run.skipped {
        let name = inert(&format!("{} [{} {}]", line.path, line.provider, line.revision));
        match reasons.iter_mut().find(|(reason, _)| *reason == line.reason) {
            Some((_, names)) => names.push(name),
            None => reasons.push((&line.reason, vec![name])),
        }
    }
    let mut out = String::new();
    for (reason, names) in &reasons {
        let named: Vec<&str> = names.iter().take(MOST_NAMED).map(String::as_str).collect();
        let more = match names.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        // Writing into a String cannot fail.
        let _ = writeln!(
            out,
            "{OPEN}-{OPEN:#} skipped ({}) {FAINT}{}{more}{FAINT:#}",
            inert(reason),
            named.join(", ")
        );
    }
    if out.is_empty() { out } else { format!("\n{out}") }
}

/// ` (3 skipped)`; nothing where nothing was skipped.
pub(super) fn count(run: &RunRecord) -> String {
    match run.skipped.len() {
        0 => String::new(),
        count => format!(" ({count} skipped)"),
    }
}
