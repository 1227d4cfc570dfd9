//! TAP version 14 for test harnesses: a test point per result, with diagnostics in YAML. A failure that does not count
//! is skipped, with the reason.

use std::fmt::Write;

use super::results::{Item, Results, Status};
use super::{Subject, inert};

/// The whole report.
pub(super) fn of(subject: Subject<'_>) -> String {
    let results = Results::of(subject);
    let count = results.items().count();
    let mut out = "TAP version 14\n".to_owned();
    // Writing into a String cannot fail.
    let _ = match count {
        0 => writeln!(out, "1..0 # SKIP {}", escaped(&results.verdict)),
        count => writeln!(out, "1..{count}"),
    };
    for (index, (suite, item)) in results.items().enumerate() {
        let word = if item.status.is_bad() { "not ok" } else { "ok" };
        let skip = match item.status {
            Status::Skipped => format!(" # SKIP {}", escaped(&item.reason)),
            _ => String::new(),
        };
        let name = escaped(&format!("{}: {}", suite.name, item.name));
        let _ = writeln!(out, "{word} {} - {name}{skip}", index + 1);
        diagnostics(item, &mut out);
    }
    let summary = Some(inert(&results.summary)).filter(|summary| !summary.is_empty());
    for line in summary.into_iter().chain(results.overall()) {
        let _ = writeln!(out, "# {line}");
    }
    let totals: Vec<String> =
        results.totals.iter().map(|(name, value)| format!("{} {}", inert(name), inert(value))).collect();
    let _ = writeln!(out, "# {}: {}", inert(&results.verdict), totals.join(", "));
    out
}

/// Texts are JSON strings, which YAML reads as they are meant.
fn diagnostics(item: &Item, out: &mut String) {
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut text = |name: &str, text: &str| {
        let text = text.lines().map(inert).collect::<Vec<_>>().join("\n");
        // Several callbacks of a case have the same notes, and a key stands there once.
        let name = name.replace(' ', "_");
        let before = rows.iter().filter(|(known, _)| known.trim_end_matches(numeric) == name).count();
        let number = if before == 0 { String::new() } else { format!("_{}", before + 1) };
        rows.push((format!("{name}{number}"), serde_json::Value::from(text).to_string()));
    };
    if item.status.is_bad() {
        text("message", &item.reason);
        text("severity", if item.status == Status::Failed { "fail" } else { "error" });
        if let Some(place) = &item.place {
            text("file", &place.file);
        }
        for (name, note) in item.notes().filter(|(name, _)| *name != "place") {
            text(name, note);
        }
    } else if item.status == Status::Passed {
        let message = Some(("message", item.reason.as_str())).filter(|(_, reason)| !reason.is_empty());
        message.into_iter().chain(item.notes()).for_each(|(name, note)| text(name, note));
    }
    if let Some(place) = item.place.as_ref().filter(|_| item.status.is_bad()) {
        rows.push(("line".into(), place.line.to_string()));
        rows.push(("column".into(), place.column.to_string()));
    }
    if let Some(time) = item.time.filter(|time| !time.is_zero()) {
        rows.push(("duration_ms".into(), format!("{:.3}", time.as_secs_f64() * 1000.0)));
    }
    if rows.is_empty() {
        return;
    }
    out.push_str("  ---\n");
    for (name, value) in rows {
        let _ = writeln!(out, "  {name}: {value}");
    }
    out.push_str("  ...\n");
}

fn numeric(c: char) -> bool {
    c == '_' || c.is_ascii_digit()
}

/// A description: in one line, and without a directive.
fn escaped(text: &str) -> String {
    inert(text).replace('\\', "\\\\").replace('#', "\\#")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_description_holds_no_directive() {
        assert_eq!(super::escaped("a # SKIP \\ b\nok 2"), r"a \# SKIP \\ b\\nok 2");
    }
}
