//! A comparison with an earlier run, in the words of every format.

use super::inert;
use crate::duration::show_measured;
use crate::record::{Comparison, LatencyChange};

/// Names in a row; the others are counted.
const MOST: usize = 12;

/// A sentence, and rows of a name and a text below it.
pub(super) fn told(comparison: &Comparison) -> (String, Vec<(&'static str, String)>) {
    let Comparison { newly_failed, fixed, still_failed, .. } = comparison;
    let sentence = format!(
        "compared with {}: {} newly failed, {} fixed, {} still failed{}",
        inert(&comparison.with),
        newly_failed.len(),
        fixed.len(),
        still_failed.len(),
        match comparison.missing {
            0 => String::new(),
            count => format!(", {count} judged before and not now"),
        }
    );
    let lists = [("newly failed", newly_failed), ("fixed", fixed), ("still failed", still_failed)];
    let mut rows: Vec<(&'static str, String)> = lists
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(title, names)| (title, list(names)))
        .collect();
    let only = [("judged only now", comparison.added), ("judged only before", comparison.missing)];
    rows.extend(
        only.into_iter().filter(|(_, count)| *count > 0).map(|(title, count)| (title, count.to_string())),
    );
    if !comparison.latency.is_empty() {
        rows.push(("time to answer", comparison.latency.iter().map(change).collect::<Vec<_>>().join(", ")));
    }
    (sentence, rows)
}

fn list(names: &[String]) -> String {
    let mut text = names.iter().take(MOST).map(|name| inert(name)).collect::<Vec<_>>().join(", ");
    if let Some(more) = names.len().checked_sub(MOST).filter(|more| *more > 0) {
        text.push_str(&format!(", and {more} more"));
    }
    text
}

fn change(change: &LatencyChange) -> String {
    let [now, before] = [change.now_ms, change.before_ms].map(|ms| show_measured(ms * 1e6));
    format!("{} {now}, was {before}", change.name)
}
