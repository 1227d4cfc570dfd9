//! Common Test Report Format (ctrf.io). Unfinished results count as failed: nothing else makes a reading program stop.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::results::{Item, Results, Status, Suite};
use super::{Subject, inert};

/// Edition of the format.
const SPEC: &str = "0.0.0";

/// The whole report.
pub(super) fn of(subject: Subject<'_>) -> String {
    let results = Results::of(subject);
    let header = results.header;
    let start = header.now.parse::<Timestamp>().map_or(0, Timestamp::as_millisecond).max(0);
    // The items of a load have no time of their own.
    let whole = results.suites.iter().filter_map(|suite| suite.time).sum();
    let took: i64 = results.items().map(|(_, item)| millis(item.time)).sum::<i64>().max(millis(Some(whole)));
    let ended = match subject {
        Subject::Run(run) | Subject::Audit(run) => run.ended_at.parse::<Timestamp>().ok(),
        Subject::Load(_) | Subject::Search(_) => None,
    };
    let stop = ended.map_or_else(|| start.saturating_add(took), Timestamp::as_millisecond).max(start);
    let [passed, failed, errors, skipped] =
        [Status::Passed, Status::Failed, Status::Error, Status::Skipped].map(|status| results.count(status));
    let totals = results.totals.iter().map(|(name, value)| (inert(name), Value::from(inert(value))));
    let report = json!({
        "reportFormat": "CTRF",
        "specVersion": SPEC,
        "generatedBy": "hookreel",
        "results": {
            "tool": { "name": "hookreel", "version": inert(&header.version) },
            "summary": {
                "tests": passed + failed + errors + skipped,
                "passed": passed,
                "failed": failed + errors,
                "skipped": skipped,
                "pending": 0,
                "other": 0,
                "suites": results.suites.len(),
                "start": start,
                "stop": stop,
                "extra": {
                    "kind": results.kind,
                    "verdict": results.verdict_name(),
                    "summary": inert(&results.summary),
                    "target": inert(&header.target),
                    "seed": header.seed,
                    "overall": results.overall().collect::<Vec<_>>(),
                    "totals": totals.collect::<Map<String, Value>>(),
                    "figures": results.figures(),
                },
            },
            "tests": results.items().map(|(suite, item)| test(suite, item)).collect::<Vec<_>>(),
        },
    });
    format!("{report:#}\n")
}

fn test(suite: &Suite, item: &Item) -> Value {
    let (status, raw) = match item.status {
        Status::Passed => ("passed", "passed"),
        Status::Failed => ("failed", "failed"),
        Status::Error => ("failed", "error"),
        Status::Skipped => ("skipped", "skipped"),
    };
    // A name is never empty there.
    let name = Some(inert(&item.name)).filter(|name| !name.is_empty()).unwrap_or_else(|| "-".into());
    let mut test = json!({
        "name": name,
        "status": status,
        "rawStatus": raw,
        "duration": millis(item.time),
        "suite": [inert(&suite.name)],
    });
    let Some(fields) = test.as_object_mut() else { return test };
    let lines = |text: &str| text.lines().map(inert).collect::<Vec<_>>().join("\n");
    if !item.reason.is_empty() {
        fields.insert("message".into(), lines(&item.reason).into());
    }
    let trace: Vec<String> = item.notes().map(|(name, text)| format!("{name}: {}", lines(text))).collect();
    if !trace.is_empty() {
        fields.insert("trace".into(), trace.join("\n").into());
    }
    if let Some(place) = &item.place {
        fields.insert("filePath".into(), inert(&place.file).into());
        fields.insert("line".into(), place.line.into());
    }
    let notes = [&item.why, &item.fix].into_iter().filter(|(_, text)| !text.is_empty());
    let notes: Map<String, Value> =
        notes.map(|(name, text)| (name.replace(' ', "_"), Value::from(lines(text)))).collect();
    if !notes.is_empty() {
        fields.insert("extra".into(), notes.into());
    }
    test
}

fn millis(time: Option<Duration>) -> i64 {
    // What has no time took none.
    i64::try_from(time.unwrap_or_default().as_millis()).unwrap_or(i64::MAX / 1_000_000)
}
