//! Near misses: answers that pass, and may not mean what they say.

use std::collections::BTreeMap;

use super::inert;
use super::text::amount;
use crate::record::{CallbackRun, RunRecord};
use crate::verdict::NOTE;

/// Notes that are shown of a run.
const MOST: usize = 10;

/// Notes of a run, the same ones together: `3 of 5 callbacks: ...`.
pub(super) fn of_run(run: &RunRecord) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for callback in run.callbacks() {
        of_callback(callback).for_each(|text| *counts.entry(text).or_default() += 1);
    }
    let all = amount(run.callbacks().count(), "callback");
    let line = |(text, count): (&str, usize)| format!("{count} of {all}: {}", inert(text));
    counts.into_iter().take(MOST).map(line).collect()
}

/// Notes of some callbacks, each once.
pub(super) fn of<'a>(callbacks: impl Iterator<Item = &'a CallbackRun>) -> String {
    let mut texts: Vec<&str> = Vec::new();
    for text in callbacks.flat_map(of_callback) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts.join("; ")
}

fn of_callback(callback: &CallbackRun) -> impl Iterator<Item = &str> {
    callback.findings.iter().filter(|finding| finding.check == NOTE).map(|note| note.actual.as_str())
}
