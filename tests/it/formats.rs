//! The formats for CI systems, each read by a reader that was written from its own rules.

use std::io::{Cursor, Write};
use std::path::Path;

use hookreel::record::Record;
use hookreel::record::load::LoadRun;
use hookreel::report::ALL;
use serde_json::{Map, Value};

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::stage::{Raw, exits, hookreel, one_callback, run, stdout};

/// Whether a report says what JUnit says: so many passed, bad and skipped, and this verdict.
pub(crate) fn agrees(name: &str, report: &str, (verdict, counts): (&str, [usize; 3])) -> bool {
    match name {
        "markdown" => report.lines().next().is_some_and(|line| line.ends_with(&format!(": {verdict}"))),
        "html" => report.contains(verdict),
        "github" => {
            let warned = report.contains("::error title=hookreel::nothing checked: ");
            let told = annotated(report) >= counts[1].min(10) && commands(report).len() <= counts[1].min(10);
            told && warned == (verdict == "nothing checked")
        }
        "tap" => tap(report) == counts,
        "gitlab" => code_quality(report).iter().filter(|it| it["severity"] != "info").count() == counts[1],
        "ctrf" => {
            let read: Value = serde_json::from_str(report).unwrap();
            let spelt = &read["results"]["summary"]["extra"]["verdict"];
            ctrf(report) == counts && *spelt == verdict.replace(' ', "_")
        }
        "ndjson" => ndjson(report).last().is_some_and(|last| last["verdict"] == verdict.replace(' ', "_")),
        _ => false,
    }
}

/// Failures that annotations tell of: each its own, and the first of several without a place those that are alike.
fn annotated(report: &str) -> usize {
    let commands = commands(report);
    let more = commands.iter().filter_map(|(_, message)| {
        let (count, rest) = message.lines().last()?.split_once(' ')?;
        count.parse::<usize>().ok().filter(|_| rest.starts_with("more alike: "))
    });
    // That the run ended early stands in the annotation of the failure for which it did.
    let ends = commands.iter().filter(|(_, message)| message.contains("\nstopped early: ")).count();
    commands.len() + more.sum::<usize>() + ends
}

/// Every report of a record.
fn reports(record: &str) -> Vec<(&'static str, String)> {
    match Record::open(Cursor::new(record.as_bytes())).unwrap() {
        Record::Run(run) => ALL.iter().map(|format| (format.name, format.render(&*run))).collect(),
        Record::Search(search) => ALL.iter().map(|format| (format.name, format.render(&*search))).collect(),
        Record::Load(shard) => {
            let run = LoadRun::merge(vec![("record".to_owned(), *shard)]).unwrap();
            ALL.iter().map(|format| (format.name, format.render(&run))).collect()
        }
    }
}

/// TAP 14: how many points are ok, not ok and skipped. Whatever a reader would not understand fails.
fn tap(report: &str) -> [usize; 3] {
    let mut lines = report.lines();
    assert_eq!(lines.next(), Some("TAP version 14"));
    let plan = lines.next().unwrap().strip_prefix("1..").unwrap();
    let plan: usize = plan.split(' ').next().unwrap().parse().unwrap();
    let (mut counts, mut point) = ([0; 3], 0);
    while let Some(line) = lines.next() {
        if line == "  ---" {
            let mut keys = Vec::new();
            for line in lines.by_ref().take_while(|line| *line != "  ...") {
                let (key, value) = line.strip_prefix("  ").unwrap().split_once(": ").unwrap();
                assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{line}");
                assert!(!keys.contains(&key), "twice: {line}");
                keys.push(key);
                serde_json::from_str::<Value>(value).unwrap();
            }
            continue;
        }
        if line.starts_with("# ") {
            continue;
        }
        point += 1;
        let (bad, rest) = match line.strip_prefix("not ") {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let rest = rest.strip_prefix(&format!("ok {point} - ")).ok_or(line).unwrap();
        // A `#` that is not escaped begins a directive.
        let plain = rest.replace("\\\\", "").replace("\\#", "");
        let directive = plain.split_once(" # ").map(|(_, directive)| directive.starts_with("SKIP"));
        assert!(plain.matches('#').count() <= 1, "{line}");
        match (bad, directive) {
            (true, None) => counts[1] += 1,
            (false, Some(true)) => counts[2] += 1,
            (false, None) => counts[0] += 1,
            _ => unreachable!("{line}"),
        }
    }
    assert_eq!(point, plan);
    counts
}

/// CTRF: how many tests passed, failed and were skipped, in the summary and one by one, with the fields that its schema has.
fn ctrf(report: &str) -> [usize; 3] {
    fn only<'a>(value: &'a Value, required: &[&str], more: &[&str]) -> &'a Map<String, Value> {
        let fields = value.as_object().unwrap();
        required.iter().for_each(|name| assert!(fields.contains_key(*name), "{name} is missing"));
        fields.keys().for_each(|key| assert!(required.contains(&&**key) || more.contains(&&**key), "{key}"));
        fields
    }
    let report: Value = serde_json::from_str(report).unwrap();
    only(&report, &["reportFormat", "specVersion", "results"], &["generatedBy"]);
    assert_eq!(report["reportFormat"], "CTRF");
    let results = &report["results"];
    only(results, &["tool", "summary", "tests"], &[]);
    only(&results["tool"], &["name", "version"], &[]);
    let numbers = ["tests", "passed", "failed", "skipped", "pending", "other", "start", "stop"];
    only(&results["summary"], &numbers, &["suites", "extra"]);
    let number = |name: &str| usize::try_from(results["summary"][name].as_i64().unwrap()).unwrap();
    assert!(number("start") <= number("stop"));
    let tests = results["tests"].as_array().unwrap();
    for test in tests {
        let optional = ["rawStatus", "suite", "message", "trace", "filePath", "line", "extra"];
        only(test, &["name", "status", "duration"], &optional);
        assert!(test["duration"].is_i64() && !test["name"].as_str().unwrap().is_empty());
        assert!(test["suite"].as_array().is_some_and(|suite| suite.iter().all(Value::is_string)));
    }
    let counts = ["passed", "failed", "skipped"];
    for status in counts {
        assert_eq!(tests.iter().filter(|test| test["status"] == status).count(), number(status));
    }
    assert_eq!(tests.len(), number("tests"));
    counts.map(number)
}

/// Code quality: the issues, with the fields that GitLab demands; of each fingerprint it shows one.
fn code_quality(report: &str) -> Vec<Value> {
    let issues: Vec<Value> = serde_json::from_str(report).unwrap();
    let mut prints = std::collections::BTreeSet::new();
    for issue in &issues {
        let text = |name: &str| issue[name].as_str().filter(|text| !text.is_empty()).unwrap();
        assert!(!text("description").contains('\n') && !text("check_name").contains('\n'), "{issue}");
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&text("severity")), "{issue}");
        assert!(prints.insert(text("fingerprint").to_owned()), "twice: {issue}");
        let path = issue["location"]["path"].as_str().unwrap();
        assert!(!path.is_empty() && !path.starts_with("./") && !path.contains('\\'), "{issue}");
        assert!(issue["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0), "{issue}");
    }
    issues
}

/// JSON lines: the first says what follows, the last what came of it.
fn ndjson(report: &str) -> Vec<Value> {
    let lines: Vec<Value> = report.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |event: &str| lines.iter().filter(|line| line["event"] == event).count();
    assert_eq!((of("run_started"), of("summary")), (1, 1), "{report}");
    assert_eq!(lines[0]["schema"], "hookreel.ndjson/1");
    assert_eq!(lines[lines.len() - 1]["event"], "summary");
    assert!(report.ends_with('\n'));
    lines
}

/// Workflow commands: properties and message of each, read as the runner reads them.
fn commands(report: &str) -> Vec<(Vec<(String, String)>, String)> {
    let unescaped = |text: &str| {
        text.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%3A", ":")
            .replace("%2C", ",")
            .replace("%25", "%")
    };
    let command = |line: &str| {
        let rest = line.strip_prefix("::error ").ok_or(line).unwrap();
        let (properties, message) = rest.split_once("::").unwrap();
        let pairs = properties.split(',').map(|pair| {
            let (name, value) = pair.split_once('=').unwrap();
            assert!(["file", "line", "col", "title"].contains(&name), "{line}");
            (name.to_owned(), unescaped(value))
        });
        (pairs.collect(), unescaped(message))
    };
    // Notes fail nothing.
    let (notes, errors): (Vec<&str>, Vec<&str>) =
        report.lines().partition(|line| line.starts_with("::notice "));
    assert!(notes.iter().all(|note| note.starts_with("::notice title=hookreel%3A note::")), "{notes:?}");
    errors.into_iter().map(command).collect()
}

/// Markdown: every row of a table has the cells of its head, and nothing in it is more than text.
fn markdown(report: &str) {
    let (mut cells, mut code) = (None, false);
    for line in report.lines() {
        if line.starts_with("```") {
            code = !code;
        }
        if code {
            continue;
        }
        let marks = |c: char| {
            let plain = line.replace("\\\\", "").replace(&format!("\\{c}"), "");
            plain.matches(c).count()
        };
        match line.starts_with('|') {
            true => {
                let columns = cells.get_or_insert(marks('|'));
                assert_eq!(*columns, marks('|'), "{line}");
                assert_eq!(marks('`'), 0, "{line}");
            }
            false => cells = None,
        }
        let line = line.replace("\\\\", "").replace("\\]", "");
        let tags = line.replace("<br>", "").replace("<sub>", "").replace("</sub>", "");
        assert!(!tags.contains('<') && !line.contains("](") && !line.contains("://"), "{line}");
    }
    assert!(!code);
}

/// What a receiver could answer to drive a terminal, a browser, a CI runner or the reader of a report.
const HOSTILE: &str = "\u{1b}[2J\u{0}\u{202e}]]></system-out><script>alert(1)</script> 100% a|b `c` ``` *d* [e](http://f) @g &amp; \
                       # SKIP \\# TODO ##[stop-commands]h ::error::i\r\n::error file=a,line=1::j\n::stop-commands::k\n\
                       ok 99 - l\nnot ok 100\n1..7\n  ---\n  ...\nBail out!\n| m | n |\n```\n## o\n<!-- p";

/// CSV: every row has the cells of the first, and none of them is a formula.
fn csv(report: &str) {
    let rows: Vec<Vec<String>> = report.lines().map(cells).collect();
    assert!(rows.len() > 1 && rows.iter().all(|row| row.len() == rows[0].len()), "{report}");
    let formula = |cell: &String| cell.starts_with(['=', '+', '-', '@']);
    assert!(!rows.iter().flatten().any(formula), "{report}");
}

/// The cells of a line of CSV.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted, mut rest) = (vec![String::new()], false, line.chars().peekable());
    while let Some(c) = rest.next() {
        match (c, quoted) {
            ('"', true) if rest.peek() == Some(&'"') => cells.last_mut().unwrap().push(rest.next().unwrap()),
            ('"', _) => quoted = !quoted,
            (',', false) => cells.push(String::new()),
            _ => cells.last_mut().unwrap().push(c),
        }
    }
    assert!(!quoted, "{line}");
    cells
}

fn inert_in_every_format(record: &str) {
    for (name, report) in reports(record) {
        let plain = anstream::adapter::strip_str(&report).to_string();
        if name != "junit" {
            let driving = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            let data = ["json", "ndjson"].contains(&name);
            assert!(data || !plain.contains(driving), "{name}: {report}");
        }
        let page = ["html", "junit"].contains(&name);
        assert!(!page || !plain.contains("<script"), "{name}: {report}");
        match name {
            "json" => drop(serde_json::from_str::<Value>(&report).unwrap()),
            "text" | "html" => assert!(!plain.contains("##["), "{report}"),
            "junit" => crate::reports::parses_strictly(&report),
            "markdown" => markdown(&report),
            "github" => assert!(!commands(&report).is_empty() && commands(&report).len() <= 10),
            "tap" => assert_ne!(tap(&report)[1], 0),
            "gitlab" => assert_ne!(code_quality(&report).len(), 0),
            "ctrf" => assert_ne!(ctrf(&report)[1], 0),
            "ndjson" => drop(ndjson(&report)),
            "csv" => csv(&report),
            other => unreachable!("no reader for {other}"),
        }
    }
}

/// The record of a command.
fn recorded(args: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.jsonl").display().to_string();
    run(&[args, &["--record", &path]].concat());
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_hostile_answer_is_inert_in_every_format_of_a_run_an_audit_and_a_load() {
    let long = "]]>".repeat(680);
    for body in [HOSTILE.to_owned(), long + HOSTILE] {
        let receiver = Raw::serve(move |_, stream| {
            let head = format!("HTTP/1.1 500 X\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).is_ok()
        });
        let port = receiver.port();
        let (_folder, path) = one_callback("{retry: none}");
        inert_in_every_format(&recorded(&["run", &path, "-t", &port]));
        inert_in_every_format(&recorded(&[
            "audit",
            "tencent",
            "--case",
            "A1,C51",
            "--keep-going",
            "-t",
            &port,
        ]));
        inert_in_every_format(&recorded(&[
            "load",
            &path,
            "-t",
            &port,
            "--rate",
            "50/s",
            "--duration",
            "300ms",
        ]));
    }
}

#[test]
fn hostile_texts_in_every_place_of_a_record_are_inert_in_every_format() {
    let receiver = Raw::statuses(&[500]);
    let (_folder, path) = one_callback("{retry: none}");
    let kept = ["line", "schema", "class", "outcome", "score", "kind", "id", "now", "check"];
    fn replace(value: &mut Value, kept: &[&str]) {
        match value {
            Value::String(text) => *text = HOSTILE.into(),
            Value::Array(all) => all.iter_mut().for_each(|value| replace(value, kept)),
            Value::Object(fields) => {
                fields
                    .iter_mut()
                    .filter(|(key, _)| !kept.contains(&&***key))
                    .for_each(|(_, v)| replace(v, kept));
            }
            _ => {}
        }
    }
    for args in [vec!["run", &*path], vec!["audit", "tencent", "--case", "A1,C51", "--keep-going"]] {
        let record = recorded(&[&args[..], &["-t", &receiver.port()]].concat());
        let lines = record.lines().map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            replace(&mut line, &kept);
            format!("{line}\n")
        });
        inert_in_every_format(&lines.collect::<String>());
    }
}

#[test]
fn github_actions_gets_annotations_and_a_summary_unless_a_report_is_named() {
    let receiver = Raw::statuses(&[500]);
    let (folder, path) = one_callback("{retry: none}");
    let summary = folder.path().join("summary.md");
    let told = |args: &[&str]| {
        let mut command = hookreel();
        command.args(["run", &path, "-t", &receiver.port()]).args(args);
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary);
        let output = command.output().unwrap();
        exits(&output, 1);
        let annotations: String = stdout(&output)
            .lines()
            .filter(|line| line.starts_with("::"))
            .map(|line| format!("{line}\n"))
            .collect();
        (annotations, stdout(&output))
    };
    let written = |path: &Path| {
        std::fs::read_to_string(path).unwrap_or_default().matches("### hookreel: failed").count()
    };
    let (annotations, text) = told(&[]);
    assert!(text.contains("failed: 1 scenario"), "{text}");
    let [(properties, message)] = &commands(&annotations)[..] else { unreachable!("{annotations}") };
    assert_eq!(properties[0], ("file".to_owned(), path.clone()));
    assert_eq!(properties[1], ("line".to_owned(), "4".to_owned()));
    assert!(message.contains("got status 500") && message.contains("\nagain: hookreel run"), "{message}");
    assert_eq!(written(&summary), 1);
    // Another is appended.
    let (named, text) = told(&["--report", "github"]);
    assert_eq!((named.as_str(), written(&summary)), (text.as_str(), 2));
    assert_eq!(commands(&named).len(), 1);
    assert_eq!(told(&["--report", "text"]).0, "");
    assert_eq!(written(&summary), 2);
    let elsewhere = hookreel().args(["run", &path, "-t", &receiver.port()]).output().unwrap();
    assert!(!stdout(&elsewhere).contains("::error"));
}

#[test]
fn failures_alike_are_one_annotation_at_the_first_of_them_and_the_others_are_named() {
    let receiver = Raw::statuses(&[500]);
    let scenario = |name: &str| {
        format!(
            "name: a{name}\nprovider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{method: none}}\nbroadcast:\n  - 0s: push\n  - 5m: drop\n\
             delivery: {{retry: none}}\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    for name in 0..13 {
        std::fs::write(folder.path().join(format!("{name:02}.yaml")), scenario(&name.to_string())).unwrap();
    }
    let all = folder.path().display().to_string();
    let told = |args: &[&str]| {
        let more = ["-t", &receiver.port(), "--max-failures", "0", "--report", "github"];
        stdout(&run(&[&["run"], args, &more].concat()))
    };
    let report = told(&[&all]);
    let [(properties, message)] = &commands(&report)[..] else { panic!("{report}") };
    assert!(properties[0].1.ends_with("/00.yaml"), "{properties:?}");
    let last = message.lines().last().unwrap();
    assert!(last.starts_with("12 more alike: ") && last.ends_with(", ..."), "{last}");
    assert!(last.contains("/01.yaml:7:") && last.contains("/05.yaml:7:"), "{last}");
    // A long answer does not take the place of the others' names.
    let long = Raw::serve(|_, stream| {
        let body = "x".repeat(2000);
        write!(stream, "HTTP/1.1 500 X\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    });
    let report =
        stdout(&run(&["run", &all, "-t", &long.port(), "--max-failures", "0", "--report", "github"]));
    assert_eq!(annotated(&report), 13, "{report}");
    // Of each kind one, at most ten, and the number of the others.
    let numbered = std::sync::atomic::AtomicUsize::new(0);
    let each = Raw::serve(move |_, stream| {
        let body = [
            "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "my",
            "ny", "xi",
        ][numbered.fetch_add(1, std::sync::atomic::Ordering::SeqCst) % 13];
        write!(stream, "HTTP/1.1 500 X\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    });
    let report =
        stdout(&run(&["run", &all, "-t", &each.port(), "--max-failures", "0", "--report", "github"]));
    assert_eq!(commands(&report).len(), 10, "{report}");
    assert!(report.contains("note::3 more kinds of failure; the text report has all of them"), "{report}");
}

#[test]
fn cases_that_failed_alike_are_one_annotation_one_row_and_one_card_as_they_are_in_the_text() {
    // The last are two causes with one answer.
    for cases in ["A1,C49,C51,C55", "B29,C49,C55"] {
        let receiver = Raw::statuses(&[200]);
        let record = recorded(&["audit", "tencent", "--case", cases, "-t", &receiver.port()]);
        let told = reports(&record);
        let of = |name: &str| told.iter().find(|(own, _)| *own == name).unwrap().1.clone();
        let leader = record.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let failed: Vec<Value> =
            leader.filter(|line| line["line"] == "case" && line["score"] == "failed").collect();
        let groups = failed.iter().filter(|case| case.get("like").is_none_or(|like| like == "")).count();
        assert!(failed.len() > groups && groups > 0, "{failed:?}");
        let github = of("github");
        assert_eq!((commands(&github).len(), annotated(&github)), (groups, failed.len()), "{github}");
        let rows = of("markdown").lines().filter(|line| line.starts_with("| **")).count();
        assert_eq!(rows, groups, "{}", of("markdown"));
        assert_eq!(of("html").matches("<dt>why it matters").count(), groups, "{}", of("html"));
    }
}

#[test]
fn the_events_of_a_load_and_the_steps_of_a_search_with_their_sums_stand_in_text_markdown_html_and_json() {
    let receiver = Raw::statuses(&[200]);
    let port = receiver.port();
    let load = ["load", "@huawei/normal", "-t", &port, "-q", "--rate", "100/s"];
    let all = |more: &[&str]| reports(&recorded(&[&load[..], more].concat()));
    let of = |reports: &[(&str, String)], name: &str| {
        anstream::adapter::strip_str(&reports.iter().find(|(own, _)| *own == name).unwrap().1).to_string()
    };
    let told = all(&["--duration", "400ms"]);
    let markdown = of(&told, "markdown");
    assert!(markdown.contains("| event | sent | answered | accepted | p50 | p99 | max |\n"), "{markdown}");
    self::markdown(&markdown);
    for event in ["RECORD_START", "RECORD_NEW_FILE_START", "RECORD_FILE_COMPLETE", "RECORD_OVER"] {
        assert!(markdown.contains(&format!("| {event} | 10 | 10 | 10 | ")), "{markdown}");
        assert!(of(&told, "html").contains(&format!("<td>{event}</td>")), "{event}");
    }
    let told = all(&[
        "--find-limit",
        "--duration",
        "200ms",
        "--threshold",
        "accepted<=30",
        "--threshold",
        "p99<10s",
    ]);
    let json: Value = serde_json::from_str(&of(&told, "json")).unwrap();
    let steps = json["limit"]["steps"].as_array().unwrap();
    for name in ["planned", "sent", "accepted"] {
        let sum: u64 = steps.iter().map(|step| step["totals"][name].as_u64().unwrap()).sum();
        assert_eq!(json["totals"][name], sum, "{name}");
        let sum = format!("{sum} {name}");
        assert!(of(&told, "text").contains(&sum) && of(&told, "html").contains(&sum), "{sum}");
        let last: Value = serde_json::from_str(of(&told, "ndjson").lines().last().unwrap()).unwrap();
        let ctrf: Value = serde_json::from_str(&of(&told, "ctrf")).unwrap();
        assert_eq!(format!("{} {name}", last["totals"][name].as_str().unwrap()), sum);
        assert_eq!(ctrf["results"]["summary"]["extra"]["totals"][name], last["totals"][name]);
    }
    let rows = |report: &str, begin: &str| report.lines().filter(|line| line.starts_with(begin)).count();
    assert_eq!(rows(&of(&told, "markdown"), "| "), 2 + 2 + steps.len() + 1, "{}", of(&told, "markdown"));
    let second = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    let sent: u64 = of(&told, "ndjson").lines().map(second).filter_map(|line| line["sent"].as_u64()).sum();
    assert_eq!(json["totals"]["sent"], sent);
}

#[test]
fn a_harness_that_is_not_ours_reads_the_tap() {
    let receiver = Raw::statuses(&[200, 500]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.tap").display().to_string();
    let report = format!("tap={path}");
    exits(
        &run(&["run", "@huawei/cycle", "-t", &receiver.port(), "--max-failures", "0", "--report", &report]),
        1,
    );
    // It knows version 13, which differs in subtests alone.
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("TAP version 14", "TAP version 13", 1)).unwrap();
    let code = "use TAP::Parser; my $p = TAP::Parser->new({source => $ARGV[0]}); while ($p->next) {} \
                print join(' ', scalar($p->passed), scalar($p->failed), scalar($p->parse_errors));";
    let Ok(perl) = std::process::Command::new("perl").args(["-e", code, &path]).output() else { return };
    let counts = tap(&text);
    assert_eq!(String::from_utf8_lossy(&perl.stdout), format!("{} {} 0", counts[0], counts[1]));
}

#[test]
fn the_scorecard_of_an_audit_is_printed_again_from_its_record_with_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let known = folder.path().join("known");
    std::fs::write(&known, "C51 # known\n").unwrap();
    let baseline = ["--baseline", known.to_str().unwrap()];
    let says = |statuses: &'static [u16]| Raw::statuses(statuses);
    let (open, odd) = (says(&[200]), says(&[200, 403, 200, 500]));
    for (receiver, more) in [
        (None, &["--only", "C"][..]),
        (None, &["--case", "A1,A25"]),
        (Some(&open), &["--case", "A1,C48,C51,C55,C59,M250"]),
        (Some(&open), &["--case", "A1,C51,C59", "--strict"]),
        (Some(&open), &[&["--case", "A1,C51,C59"], &baseline[..]].concat()),
        (Some(&odd), &["--case", "A1,C48,C51,C55", "--keep-going"]),
    ] {
        let record = folder.path().join("r.jsonl").display().to_string();
        let port = receiver.map_or_else(Vec::new, |receiver| vec!["-t".to_owned(), receiver.port()]);
        let port: Vec<&str> = port.iter().map(String::as_str).collect();
        let audit = ["audit", "tencent", "--record", &record];
        let live = run(&[&audit[..], more, &port].concat());
        let again = run(&["report", &record]);
        assert_eq!(stdout(&again), stdout(&live), "{more:?}");
        assert_eq!(again.status.code(), live.status.code(), "{more:?}");
        assert!(stdout(&live).contains("audit as tencent"), "{more:?}: {}", stdout(&live));
    }
}

#[test]
fn a_badge_says_how_many_passed_or_failed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (badge, record) = (path("badge.svg"), path("r.jsonl"));
    let receiver = Raw::statuses(&[200]);
    for (args, says) in [
        (vec!["run"], "hookreel: 7 passed"),
        (vec!["audit", "tencent", "--case", "A1,C51"], "hookreel: 2 passed"),
        (vec!["audit", "tencent", "--case", "A1,C51", "-t", &receiver.port()], "hookreel: 1 of 2 failed"),
    ] {
        run(&[&args[..], &["--badge", &badge, "--record", &record]].concat());
        let image = std::fs::read_to_string(&badge).unwrap();
        assert!(image.contains(&format!("aria-label=\"{says}\"")), "{image}");
        crate::reports::parses_strictly(&image);
        run(&["report", &record, "--badge", &badge]);
        assert_eq!(std::fs::read_to_string(&badge).unwrap(), image);
    }
    let refused = run(&["run", "--badge", &badge, "--record", &badge]);
    exits(&refused, 2);
}

#[test]
fn a_search_that_failed_has_its_finding_and_its_cause_in_markdown() {
    let receiver = Raw::statuses(&[503]);
    // Nobody listens at port 1, and no other test can come to have it.
    let nobody = "1".to_owned();
    for (port, words) in [
        (receiver.port(), ["| found | likely cause |", "all 10 callbacks were answered 503", "is not ready"]),
        (nobody, ["| found | try |", "| nothing was sent |", "--exec COMMAND"]),
    ] {
        let search =
            ["load", "@huawei/normal", "--find-limit", "--rate", "50/s", "--duration", "200ms", "-q"];
        let report = stdout(&run(&[&search[..], &["-t", &port, "--report", "markdown"]].concat()));
        markdown(&report);
        for word in words {
            assert!(report.contains(word), "{word}\n{report}");
        }
    }
}

#[test]
fn gitlab_knows_a_failure_again_whatever_seed_target_and_answer_are() {
    let (_folder, path) = one_callback("{retry: none}");
    let of = |args: &[&str], status: u16| {
        let receiver = Raw::serve(move |_, stream| {
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).is_ok()
        });
        let output = run(&[args, &["-t", &receiver.port(), "--report", "gitlab"]].concat());
        let issues = code_quality(&stdout(&output)).into_iter();
        issues.filter(|issue| issue["severity"] != "info").collect::<Vec<_>>()
    };
    let prints = |issues: &[Value]| issues.iter().map(|it| it["fingerprint"].clone()).collect::<Vec<_>>();
    let load = ["load", &path, "--rate", "50/s", "--duration", "200ms", "-q"];
    for (args, path) in [
        (vec!["run", &path], path.as_str()),
        (vec!["audit", "tencent", "--case", "A1,C51", "--keep-going"], "hookreel"),
        (load.to_vec(), &path),
        ([&load[..], &["--find-limit"]].concat(), &path),
    ] {
        let [one, other] = [("1", 500), ("2", 503)]
            .map(|(seed, status)| of(&[&args[..], &["--seed", seed]].concat(), status));
        assert!(!one.is_empty() && prints(&one) == prints(&other), "{one:#?}\n{other:#?}");
        assert_eq!(one[0]["location"]["path"], path, "{args:?}");
    }
    let issue = &of(&["run", &path], 500)[0];
    assert_eq!((&issue["check_name"], &issue["severity"]), (&"acknowledged".into(), &"major".into()));
    assert_eq!(issue["location"]["lines"]["begin"], 4, "{issue}");
    assert!(issue["description"].as_str().unwrap().contains("got status 500"), "{issue}");
}

#[test]
fn a_plan_is_told_in_markdown_and_not_in_formats_for_results() {
    let (_folder, path) = one_callback("{retry: none}");
    let output = run(&["plan", &path, "--format", "markdown"]);
    exits(&output, 0);
    markdown(&stdout(&output));
    assert!(stdout(&output).contains("| 10m | record | mp4 file 1 | legal |"), "{}", stdout(&output));
    for format in ["junit", "tap", "ctrf", "github", "gitlab", "ndjson", "html"] {
        let refused = run(&["plan", &path, "--format", format]);
        exits(&refused, 2);
        let why =
            format!("a plan has no results, so there is no {format} of it; expected text, json or markdown");
        assert!(crate::stage::stderr(&refused).contains(&why), "{}", crate::stage::stderr(&refused));
    }
}

#[test]
fn what_is_written_fits_its_schema() {
    let schema = |what: &str| {
        let schema: Value = serde_json::from_str(&stdout(&run(&["schema", what]))).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    };
    let fits = |validator: &jsonschema::Validator, text: &str| {
        let value: Value = serde_json::from_str(text).unwrap();
        let wrong: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{} at {}", e, e.instance_path())).collect();
        assert!(wrong.is_empty(), "{}\n{text}", wrong.join("\n"));
    };
    let [report, record, ndjson, audit] = ["report", "record", "ndjson", "audit"].map(schema);
    let receiver = Raw::statuses(&[200, 500]);
    let (folder, path) = one_callback("{retry: {attempts: 2, interval: 60s}}");
    let card = folder.path().join("card.json").display().to_string();
    let port = receiver.port();
    let load = ["load", &path, "-t", &port, "--timeout", "2s"];
    let records = [
        recorded(&["run"]),
        recorded(&["run", &path, "-t", &port]),
        recorded(&["run", "@all", "--revision", "all"]),
        recorded(&[
            "audit",
            "tencent",
            "--only",
            "A",
            "--case",
            "C48,C51",
            "-t",
            &port,
            "--keep-going",
            "--scorecard",
            &card,
        ]),
        recorded(&[&load[..], &["--rate", "50/s", "--duration", "300ms"]].concat()),
        recorded(&[&load[..], &["--rate", "20/s", "--duration", "300ms", "--find-limit"]].concat()),
        std::fs::read_to_string(crate::stage::file("tests/records/killed-between-retries.jsonl")).unwrap(),
    ];
    for text in &records {
        // A record of an earlier version has no numbers.
        text.lines().filter(|line| line.contains("\"seq\":")).for_each(|line| fits(&record, line));
        for (name, told) in reports(text) {
            match name {
                "json" => fits(&report, &told),
                "ndjson" => told.lines().for_each(|line| fits(&ndjson, line)),
                _ => {}
            }
        }
    }
    fits(&audit, &std::fs::read_to_string(card).unwrap());
    // A schema that takes everything proves nothing.
    for validator in [&report, &record, &ndjson, &audit] {
        assert!(!validator.is_valid(&serde_json::json!({ "schema": "hookreel" })));
    }
    let scenario = stdout(&run(&["schema"]));
    assert_eq!(scenario, stdout(&run(&["schema", "scenario"])));
}

#[test]
fn ndjson_is_written_while_the_run_goes_on_and_again_from_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (file, record) = (path("live.ndjson"), path("r.jsonl"));
    let receiver = Raw::statuses(&[200, 500]);
    for args in [
        "run @huawei/cycle --max-failures 0",
        "run",
        "audit tencent --case A1,C48,C51 --keep-going",
        "audit tencent --case A25",
        "load @tencent/single-file --rate 50/s --duration 300ms -q --timeout 2s",
        "load @tencent/single-file --rate 20/s --duration 300ms -q --timeout 2s --find-limit",
    ] {
        let target = ["-t".to_owned(), receiver.port()];
        let to = [format!("--report=ndjson={file}"), format!("--record={record}")];
        let args: Vec<&str> = args.split(' ').collect();
        let all = args.iter().map(|arg| (*arg).to_owned()).chain(to).chain(target);
        hookreel().args(all).output().unwrap();
        let live = std::fs::read_to_string(&file).unwrap();
        ndjson(&live);
        assert_eq!(live, stdout(&run(&["report", &record, "--report", "ndjson"])), "{args:?}");
    }
    // The first callback is told before the second is answered.
    let (told, hold) = std::sync::mpsc::channel::<()>();
    let hold = std::sync::Mutex::new(hold);
    let receiver = Raw::serve(move |n, stream| {
        if n == 1 {
            let _ = hold.lock().unwrap().recv_timeout(std::time::Duration::from_secs(30));
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok()
    });
    let mut child = hookreel()
        .args(["run", "@huawei/cycle", "-t", &receiver.port(), "--report", "ndjson"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().contains("run_started"));
    assert!(lines.next().unwrap().contains("\"outcome\":\"accepted\""));
    told.send(()).unwrap();
    assert!(lines.last().unwrap().contains("summary"));
    assert!(child.wait().unwrap().success());
}

#[test]
fn junit_has_a_suite_per_family_why_and_fix_the_place_and_the_reason_of_what_was_skipped() {
    let receiver = Raw::statuses(&[200]);
    let port = receiver.port();
    let junit = |record: &str| {
        let reports = reports(record);
        reports.into_iter().find(|(name, _)| *name == "junit").unwrap().1
    };
    let audit = junit(&recorded(&[
        "audit",
        "tencent",
        "--revision",
        "2025",
        "--case",
        "A1,A25,C51,C59",
        "-t",
        &port,
    ]));
    for part in [
        "<testsuite name=\"A duplicates, order, retries [tencent 2025]\" tests=\"2\" skipped=\"1\"",
        "<testsuite name=\"C signature [tencent 2025]\" tests=\"2\" skipped=\"1\" errors=\"0\" failures=\"1\" time=\"",
        "<testcase name=\"C51 signed with another key\"",
        "[[PROPERTY|why it matters=anybody can send in the vendor&apos;s name]]",
        "[[PROPERTY|how to fix=compute the signature, and compare it]]",
        "<skipped message=\"--exec CMD is needed to restart the receiver\"/>",
        "<skipped message=\"failed at ",
    ] {
        assert!(audit.contains(part), "{part}\n{audit}");
    }
    crate::reports::parses_strictly(&audit);
    let (_folder, path) = one_callback("{retry: none}");
    let failing = Raw::statuses(&[500]);
    let run = junit(&recorded(&["run", &path, "-t", &failing.port()]));
    let file = format!("[[PROPERTY|file={path}]]");
    for part in [file.as_str(), "[[PROPERTY|line=4]]", "[[PROPERTY|why sent="] {
        assert!(run.contains(part), "{part}\n{run}");
    }
}

#[test]
fn a_spreadsheet_has_a_line_for_each_attempt_case_or_second() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Raw::statuses(&[500, 200]);
    let port = receiver.port();
    let lines = |args: &[&str]| {
        let path = folder.path().join("r.csv").display().to_string();
        run(&[args, &["--report", &format!("csv={path}")]].concat());
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<String>>()
    };
    let attempts = lines(&["run", "@tencent/single-file", "-t", &port]);
    assert_eq!(attempts.len(), 3, "{attempts:?}");
    assert!(attempts[1].contains(",record,legal,") && attempts[1].contains(",1,20"), "{attempts:?}");
    let noted = ",accepted,true,,,,,accepted only after a retry; what came before: 500 ×1,";
    assert!(attempts[1].contains(",500,") && attempts[2].ends_with(noted), "{attempts:?}");
    let cases = lines(&["audit", "tencent", "--case", "A1,C51"]);
    assert!(cases[1].starts_with("A1,") && cases[2].contains(",must,passed,true,false,"), "{cases:?}");
    let seconds = lines(&["load", "@tencent/single-file", "--rate", "50/s", "--duration", "2s", "-q"]);
    let names: Vec<&str> = seconds[0].split(',').collect();
    let sent = |line: &String| line.split(',').nth(2).unwrap().parse::<u64>().unwrap();
    assert_eq!((names[0], names[2], names.contains(&"latency_p99_ms")), ("second", "sent", true));
    assert_eq!(seconds[1..].iter().map(sent).sum::<u64>(), 100, "{seconds:?}");
}
