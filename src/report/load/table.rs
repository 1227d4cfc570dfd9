//! Times as a table.

use std::fmt::Write;

use crate::duration::show_measured;
use crate::record::load::{LoadRun, Times};

const HEADS: [&str; 7] = ["p50", "p90", "p95", "p99", "p99.9", "max", "mean"];

/// Latency, service time and lateness of the whole run, a row each. Without a schedule there is no planned time that latency
/// could count from: service time is all there is.
pub(super) fn times(run: &LoadRun) -> String {
    let total = &run.total;
    let mut rows = vec![("service", Times::from(&total.service))];
    if run.line.open {
        rows.insert(0, ("latency", Times::from(&total.latency)));
        rows.push(("lateness", Times::from(&total.lateness)));
    }
    let mut out = format!("  {:9}", "");
    HEADS.iter().for_each(|head| {
        // Writing into a String cannot fail.
        let _ = write!(out, "{head:>10}");
    });
    for (name, times) in rows {
        let _ = write!(out, "\n  {name:9}");
        for cell in cells(&times) {
            let _ = write!(out, "{cell:>10}");
        }
    }
    out.push('\n');
    out
}

fn cells(times: &Times) -> [String; 7] {
    let Times { count, p50, p90, p95, p99, p999, max, mean } = *times;
    [p50 as f64, p90 as f64, p95 as f64, p99 as f64, p999 as f64, max as f64, mean]
        .map(|time| if count == 0 { "-".into() } else { show_measured(time) })
}
