//! Records that nobody wrote like that: every report of them is made, or the record is refused; nothing panics.

use std::io::Cursor;

use hookreel::record::load::{LoadLine, LoadRun, SecondLine, StepLine};
use hookreel::record::{Lines, Record};
use hookreel::report::ALL;

use serde_json::{Value, json};

use crate::measured::{self, asked, calm};
use crate::stage::{exits, file, hookreel, run, stderr};

/// Every report of a record; none when it cannot be read.
fn reports(text: &str) -> Option<Vec<(&'static str, String)>> {
    let told = match Record::open(Cursor::new(text.as_bytes())).ok()? {
        Record::Run(run) => ALL.iter().map(|format| (format.name, format.render(&*run))).collect(),
        Record::Load(shard) => {
            let run = LoadRun::merge(vec![("record".to_owned(), *shard)]).ok()?;
            ALL.iter().map(|format| (format.name, format.render(&run))).collect()
        }
        Record::Search(search) => ALL.iter().map(|format| (format.name, format.render(&*search))).collect(),
    };
    Some(told)
}

/// Reads a record and makes every report of it; whether it could be read.
fn reported(text: &str) -> bool {
    let Some(reports) = reports(text) else { return false };
    for (name, report) in &reports {
        let longest = report.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
        assert!(longest < Some(40), "{name} has a number of {longest:?} digits");
    }
    true
}

/// The places of the numbers in a line of JSON, outside of its texts.
fn numbers(text: &str) -> Vec<std::ops::Range<usize>> {
    let (mut found, mut quoted, mut start) = (Vec::new(), false, None);
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'"' && bytes[at.saturating_sub(1)] != b'\\' {
            quoted = !quoted;
        }
        let digit = !quoted && (byte.is_ascii_digit() || b"-.eE+".contains(byte)) && *byte != b'e';
        match (digit, start) {
            (true, None) => start = Some(at),
            (false, Some(begin)) => {
                found.push(begin..at);
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// The names of numbers in a record.
fn names(text: &str) -> std::collections::BTreeSet<String> {
    let ends = text
        .match_indices("\":")
        .filter(|(at, _)| text[at + 2..].starts_with(|c: char| c.is_ascii_digit() || c == '-'));
    ends.map(|(at, _)| text[..at].rsplit('"').next().unwrap_or_default().to_owned()).collect()
}

/// Another number wherever one has this name; a second after the first load line, so that there are two to be added.
fn everywhere(text: &str, name: &str, other: &str) -> String {
    let mark = format!("\"{name}\":");
    let mut parts = text.split(mark.as_str());
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !(c.is_ascii_digit() || "-.eE+".contains(c))).unwrap_or(part.len());
        out.push_str(&mark);
        out.push_str(if end == 0 { "" } else { other });
        out.push_str(&part[end..]);
    }
    out
}

fn record(args: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.jsonl");
    let output = hookreel().args(args).arg("--record").arg(&path).arg("-q").output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 7), "{}", stderr(&output));
    std::fs::read_to_string(&path).unwrap()
}

#[test]
fn no_number_in_a_record_makes_a_report_panic() {
    let records = [
        record(&["run", "@tencent/flv-cycle"]),
        record(&["load", "@tencent/single-file", "--rate", "50/s", "--duration", "1300ms"]),
    ];
    let odd =
        ["-1", "0", "1e300", "18446744073709551615", "9223372036854775807", "1.5", "null", "[]", "\"\""];
    for text in &records {
        assert!(reported(text));
        // A third of them at each place: a field stands in many lines, and so meets them all.
        for (at, place) in numbers(text).into_iter().enumerate() {
            for other in odd.iter().skip(at % 3).step_by(3) {
                let mut changed = text.clone();
                changed.replace_range(place.clone(), other);
                reported(&changed);
            }
        }
        // The same everywhere: sums of what is largest.
        for name in names(text) {
            for other in ["18446744073709551615", "9223372036854775807", "1e300", "1e12"] {
                reported(&everywhere(text, &name, other));
            }
        }
        // Cut anywhere, with a line less, with a line twice.
        for at in (0..text.len()).step_by(97).filter(|at| text.is_char_boundary(*at)) {
            reported(&text[..at]);
        }
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for at in 0..lines.len() {
            reported(&[&lines[..at], &lines[at + 1..]].concat().concat());
            reported(&[&lines[..at], &lines[at..=at], &lines[at..]].concat().concat());
        }
    }
}

// T3, F12.
#[test]
fn a_time_that_cannot_be_one_is_refused_with_its_line() {
    let text = record(&["run", "@tencent/single-file"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.jsonl");
    let at = text.find("\"latency_ms\":").unwrap() + "\"latency_ms\":".len();
    let end = at + text[at..].find([',', '}']).unwrap();
    for time in ["-1", "1e300", "1e13"] {
        let mut odd = text.clone();
        odd.replace_range(at..end, time);
        std::fs::write(&path, &odd).unwrap();
        for format in ["text", "json", "junit"] {
            let output = run(&["report", path.to_str().unwrap(), "--report", format]);
            exits(&output, 2);
            assert!(stderr(&output).contains("expected a time from 0"), "{}", stderr(&output));
        }
    }
}

#[cfg(unix)]
#[test]
fn a_record_or_a_store_without_an_end_does_not_take_all_memory() {
    let output = run(&["report", "/dev/zero"]);
    exits(&output, 2);
    assert!(stderr(&output).contains("longer than 64 MiB"), "{}", stderr(&output));
}

// T16, F14.
#[test]
fn faults_that_multiply_each_other_are_refused_before_they_take_all_memory() {
    for faults in [
        "[{duplicate: {copies: 99}}, {duplicate: {copies: 99}}, {duplicate: {copies: 99}}]",
        "[{torn: {cuts: 4096}}, {torn: {cuts: 4096}}]",
        "[{duplicate: {copies: 99}}, {contradict: {}}, {duplicate: {copies: 99}}, {duplicate: {copies: 99}}]",
    ] {
        let (_folder, path) = crate::stage::scenario(&format!(
            "provider: huawei\nrecording: {{hls: {{}}}}\nsigning: {{key: {}}}\nsubscribe: [RECORD_FILE_COMPLETE]\n\
             broadcast: [{{0s: push}}, {{10m: drop}}]\nfaults: {faults}\n",
            crate::stage::KEY
        ));
        let output = run(&["check", &path]);
        exits(&output, 2);
        assert!(stderr(&output).contains("at most 50000 are planned"), "{}", stderr(&output));
    }
}

// T7, F13.
#[test]
fn an_expression_that_would_take_hours_to_read_is_refused() {
    let begun = std::time::Instant::now();
    let path = file("tests/cases/conditions-that-cannot-be-used/scenario.yaml");
    exits(&run(&["check", path.to_str().unwrap()]), 2);
    assert!(begun.elapsed().as_secs() < 5);
}

/// Every text in a JSON value, one after the other in another one's place; names, too, where they are not those of fields.
fn replaced(value: &Value, other: &str) -> Vec<Value> {
    match value {
        Value::String(_) => vec![other.into()],
        Value::Array(items) => {
            let at = |at: usize| {
                replaced(&items[at], other).into_iter().map(move |new| {
                    let mut items = items.clone();
                    items[at] = new;
                    Value::Array(items)
                })
            };
            (0..items.len()).flat_map(at).collect()
        }
        Value::Object(entries) => {
            let of = |(key, inner): (&String, &Value)| {
                let renamed = {
                    let mut entries = entries.clone();
                    entries.remove(key);
                    entries.insert(other.to_owned(), inner.clone());
                    Value::Object(entries)
                };
                let inside = replaced(inner, other).into_iter().map(move |new| {
                    let mut entries = entries.clone();
                    entries[key] = new;
                    Value::Object(entries)
                });
                inside.chain([renamed]).collect::<Vec<_>>()
            };
            entries.iter().flat_map(of).collect()
        }
        _ => Vec::new(),
    }
}

/// A record of a run with every line and every text that one can have.
fn every_line() -> String {
    let finding = |check: &str, ok: bool| json!({"check": check, "ok": ok, "expected": "e", "actual": "a", "place": "p"});
    let case = |id: &str, score: &str, counts: bool, known: bool| json!({"line": "case", "id": id, "title": "t", "weight": "must", "score": score, "counts": counts, "known": known, "reason": "why"});
    let callback = |id: &str| {
        json!({"line": "callback", "scenario": 0, "id": id, "event": "e", "class": "legal", "subject": "s", "faults": ["f"],
            "due_ms": 1, "why": "w", "place": "p", "accept": "status 200", "curl": "c", "body": {"key": "text"}})
    };
    let intent = |id: &str, n: u32| json!({"line": "intent", "scenario": 0, "id": id, "n": n, "sent_at": "2026-03-08T14:10:25Z", "signed_for": 1});
    let result = |id: &str, n: u32, exchange: Value| json!({"line": "result", "scenario": 0, "id": id, "n": n, "exchange": exchange});
    let found = |id: Option<&str>, finding: Value| json!({"line": "finding", "scenario": 0, "id": id, "finding": finding});
    let answer = json!({"status": 302, "location": "http://l/", "body": "b", "cut": true});
    let lines = [
        json!({"line": "run", "schema": "hookreel.record/1", "version": "1", "seed": 1, "now": "n", "speed": "max",
            "target": "http://t/p", "embedded": false, "insecure": true, "key": "k"}),
        json!({"line": "scenario", "name": "n", "path": "p", "provider": "v", "revision": "r", "rerun": "hookreel run p -t 1"}),
        callback("one"),
        callback("two"),
        intent("one", 1),
        result("one", 1, json!({"latency_ms": 1.0, "answer": answer, "error": null})),
        intent("one", 2),
        result(
            "one",
            2,
            json!({"latency_ms": 1.0, "answer": answer, "error": {"kind": "incomplete", "text": "t"}}),
        ),
        found(Some("one"), finding("acknowledged", false)),
        found(Some("one"), finding("note", true)),
        found(Some("one"), finding("receiver", false)),
        json!({"line": "printed", "scenario": 0, "id": "one", "lines": ["l"]}),
        json!({"line": "outcome", "scenario": 0, "id": "one", "outcome": "gave_up"}),
        intent("two", 1),
        result(
            "two",
            1,
            json!({"latency_ms": 1.0, "answer": null, "error": {"kind": "timeout", "text": "t"}}),
        ),
        found(Some("two"), finding("acknowledged", false)),
        json!({"line": "outcome", "scenario": 0, "id": "two", "outcome": "gave_up"}),
        json!({"line": "over", "scenario": 0}),
        found(None, finding("state: n", false)),
        found(None, finding("state: n", true)),
        found(None, finding("receiver", false)),
        json!({"line": "end", "stopped": "why"}),
    ];
    let cases = [
        case("A1", "passed", true, false),
        case("A2", "failed", true, false),
        case("A3", "failed", false, true),
        case("A4", "failed", false, false),
        case("A5", "not_reached", true, false),
        case("A6", "not_applicable", true, false),
        case("A7", "not_covered", true, false),
    ];
    let (end, before) = lines.split_last().unwrap();
    before.iter().chain(&cases).chain([end]).map(|line| format!("{line}\n")).collect()
}

// F20, GF9.
#[test]
fn no_text_in_a_record_drives_a_terminal() {
    let hostile = "\u{1b}]0;x\u{7}\u{1b}[35m\u{9b}2J\u{202e}";
    let step = |number| LoadLine { step: Some(StepLine { number, per_s: 500.0, seed: number }), ..asked() };
    let search =
        measured::record(&step(1), &[SecondLine { second: 0, tally: calm(500) }], Some(Some("SIGINT")));
    // A run without cases is told in another way.
    let plain: String = every_line()
        .lines()
        .filter(|line| !line.contains("\"line\":\"case\""))
        .map(|l| format!("{l}\n"))
        .collect();
    let mut leaks = Vec::new();
    for text in [
        every_line(),
        plain,
        search,
        record(&["run", "@tencent/flv-cycle", "--timeout", "20s"]),
        record(&["run", file("tests/cases/faults-in-a-plan/scenario.yaml").to_str().unwrap()]),
        record(&["load", "@tencent/single-file", "--rate", "50/s", "--duration", "300ms"]),
    ] {
        assert!(reported(&text), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            for changed in replaced(&serde_json::from_str(line).unwrap(), hostile) {
                let changed = changed.to_string();
                let all = [&lines[..at], &[changed.as_str()], &lines[at + 1..]].concat().join("\n");
                for (name, shown) in reports(&all).unwrap_or_default() {
                    let styled = name == "text" && shown.contains("\u{1b}[35m");
                    // JSON writes them out by itself, all but the reversal of letters, which is data there.
                    let told = ["junit", "json", "ndjson"].contains(&name);
                    if shown.contains('\u{9b}') && !told
                        || shown.contains('\u{7}')
                        || styled
                        || shown.contains('\u{202e}') && !told
                    {
                        leaks.push(format!("{name}: {}", changed.chars().take(200).collect::<String>()));
                    }
                }
            }
        }
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn the_record_with_every_text_has_every_field_of_every_line() {
    let text = every_line();
    for (written, line) in text.lines().zip(Lines::new(text.as_bytes())) {
        let mut again = serde_json::to_value(line.unwrap()).unwrap();
        let written: Value = serde_json::from_str(written).unwrap();
        if written["line"] == "result" {
            again["exchange"]["latency_ms"] = 1.0.into();
        }
        assert_eq!(again, written);
    }
}

// T23, F20.
#[test]
fn the_name_of_a_state_drives_no_terminal() {
    let (_folder, path) = crate::stage::scenario(&format!(
        "name: x\nprovider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {}}}\n\
         broadcast: [{{0s: push}}, {{5m: drop}}]\n\
         expect: {{state: [{{name: \"\\e]0;pwned\\a\\e[2J\", command: \"echo '[1]'\", unchanged: true}}]}}\n",
        crate::stage::KEY
    ));
    for color in ["always", "never"] {
        let output = run(&["run", &path, "-v", "--color", color]);
        exits(&output, 0);
        let said = crate::stage::stdout(&output) + &stderr(&output);
        assert!(!said.contains('\u{7}') && !said.contains("\u{1b}[2J"), "{said:?}");
    }
}

#[test]
fn a_word_of_the_command_line_drives_no_terminal() {
    let odd = "a\u{1b}[35m\u{9b}2J";
    for args in [
        &["check", odd] as &[&str],
        &["run", &format!("@{odd}")],
        &["send", "tencent", odd],
        &["show", odd],
        &["list", "faults", odd],
        &["plan", "@tencent/single-file", "--body", odd],
        &["audit", "tencent", "--only", odd],
    ] {
        let output = hookreel().args(args).args(["--color", "always"]).output().unwrap();
        exits(&output, 2);
        let said = stderr(&output);
        assert!(!said.contains("\u{1b}[35m") && !said.contains('\u{9b}'), "{args:?} {said:?}");
    }
}
