//! Records that nobody wrote like that: every report of them is made, or the record is refused; nothing panics.

use std::io::Cursor;

use hookreel::record::Record;
use hookreel::record::load::LoadRun;
use hookreel::report::ALL;

use crate::stage::{exits, file, hookreel, run, stderr};

/// Reads a record and makes every report of it; whether it could be read.
fn reported(text: &str) -> bool {
    match Record::open(Cursor::new(text.as_bytes())) {
        Ok(Record::Run(run)) => ALL.iter().for_each(|format| drop((format.render)(&run))),
        Ok(Record::Load(shard)) => {
            let Ok(run) = LoadRun::merge(vec![("record".to_owned(), *shard)]) else { return false };
            ALL.iter().for_each(|format| drop((format.render_load)(&run)));
        }
        Ok(Record::Search(search)) => {
            ALL.iter().for_each(|format| drop((format.render_search)(&search)));
        }
        Err(_) => return false,
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
        record(&["load", "@tencent/single-file", "--rate", "50/s", "--duration", "300ms"]),
    ];
    let odd =
        ["-1", "0", "1e300", "18446744073709551615", "9223372036854775807", "1.5", "null", "[]", "\"\""];
    for text in &records {
        assert!(reported(text));
        for place in numbers(text) {
            for other in odd {
                let mut changed = text.clone();
                changed.replace_range(place.clone(), other);
                reported(&changed);
            }
        }
        // Cut anywhere, with a line less, with a line twice.
        for at in (0..text.len()).step_by(37).filter(|at| text.is_char_boundary(*at)) {
            reported(&text[..at]);
        }
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for at in 0..lines.len() {
            reported(&[&lines[..at], &lines[at + 1..]].concat().concat());
            reported(&[&lines[..at], &lines[at..=at], &lines[at..]].concat().concat());
        }
    }
}

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
        assert!(stderr(&output).contains("it makes more callbacks than are planned"), "{}", stderr(&output));
    }
}

#[test]
fn an_expression_that_would_take_hours_to_read_is_refused() {
    let begun = std::time::Instant::now();
    let path = file("tests/cases/conditions-that-cannot-be-used/scenario.yaml");
    exits(&run(&["check", path.to_str().unwrap()]), 2);
    assert!(begun.elapsed().as_secs() < 5);
}

/// Every text in a JSON value, one after the other in another one's place.
fn replaced(value: &serde_json::Value, other: &str) -> Vec<serde_json::Value> {
    use serde_json::Value;
    match value {
        Value::String(_) => vec![other.into()],
        Value::Array(items) => (0..items.len())
            .flat_map(|at| {
                replaced(&items[at], other).into_iter().map(move |new| {
                    let mut items = items.clone();
                    items[at] = new;
                    Value::Array(items)
                })
            })
            .collect(),
        Value::Object(entries) => entries
            .iter()
            .flat_map(|(key, inner)| {
                replaced(inner, other).into_iter().map(move |new| {
                    let mut entries = entries.clone();
                    entries[key] = new;
                    Value::Object(entries)
                })
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[test]
fn no_text_in_a_record_drives_a_terminal() {
    let hostile = "\u{1b}]0;x\u{7}\u{1b}[35m\u{9b}2J\u{202e}";
    let mut leaks = Vec::new();
    for text in [
        record(&["run", "@tencent/flv-cycle", "--timeout", "20s"]),
        record(&["run", file("tests/cases/faults-in-a-plan/scenario.yaml").to_str().unwrap()]),
        record(&["load", "@tencent/single-file", "--rate", "50/s", "--duration", "300ms"]),
    ] {
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            for changed in replaced(&serde_json::from_str(line).unwrap(), hostile) {
                let changed = changed.to_string();
                let all = [&lines[..at], &[changed.as_str()], &lines[at + 1..]].concat().join("\n");
                let shown = match Record::open(Cursor::new(all.as_bytes())) {
                    Ok(Record::Run(run)) => (ALL[0].render)(&run),
                    Ok(Record::Load(shard)) => {
                        let Ok(run) = LoadRun::merge(vec![("record".to_owned(), *shard)]) else { continue };
                        (ALL[0].render_load)(&run)
                    }
                    Ok(Record::Search(search)) => (ALL[0].render_search)(&search),
                    Err(_) => continue,
                };
                if shown.contains('\u{9b}') || shown.contains("\u{1b}[35m") || shown.contains('\u{7}') {
                    leaks.push(changed.chars().take(200).collect::<String>());
                }
            }
        }
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

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
