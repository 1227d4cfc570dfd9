//! What people and programs read, against hostile answers too.

use std::io::Write;

use serde_json::Value;

use crate::stage::{Raw, exits, one_callback, run, scenario, stdout};

/// Measured times and ports, out of the way.
fn masked(text: &str, receiver: &Raw) -> String {
    let text = text.replace(&receiver.port(), "PORT").replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let lines = text.lines().map(|line| {
        // A latency is a number before ` ms`, right-aligned.
        let words: Vec<&str> = line.split(' ').collect();
        let number = |i: usize| words.get(i + 1) == Some(&"ms") && words[i].parse::<f64>().is_ok();
        let masked: Vec<String> = (0..words.len())
            .filter(|i| {
                !(words[*i].is_empty()
                    && (*i + 1..words.len()).find(|j| !words[*j].is_empty()).is_some_and(number))
            })
            .map(|i| if number(i) { "T".into() } else { words[i].to_owned() })
            .collect();
        masked.join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_text_report_of_a_failure_says_everything() {
    let receiver = Raw::serve(|n, stream| {
        let answer: &[u8] = match n {
            2 => b"HTTP/1.1 500 X\r\nContent-Length: 22\r\n\r\n{\"error\":\"no such app\"}",
            3 => b"HTTP/1.1 503 X\r\nContent-Length: 4\r\n\r\nlate",
            _ => b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        };
        stream.write_all(answer).is_ok()
    });
    let (folder, path) = scenario(
        "name: a short one\nprovider: huawei\nrecording: {hls: {cycle: 30m}}\nsigning: {key: 0123456789abcdef0123456789abcdef}\n\
         broadcast:\n  - 0s: push\n  - 10m: drop\ndelivery: {retry: {attempts: 2, interval: 60s}}\n",
    );
    let output = run(&["run", &path, "-t", &receiver.port(), "--now", "2026-03-08T14:10:25Z"]);
    exits(&output, 1);
    let text = stdout(&output).replace(&folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(masked(&text, &receiver));
}

#[test]
fn the_json_report_has_its_fixed_fields() {
    let receiver = Raw::statuses(&[500, 200]);
    let (_folder, path) = one_callback("{retry: provider}");
    let output = run(&[
        "run",
        &path,
        "-t",
        &receiver.port(),
        "--report",
        "json",
        "--now",
        "2026-03-08T14:10:25Z",
        "--revision",
        "2025",
    ]);
    let mut report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for key in ["schema", "seed", "scenarios", "totals"] {
        assert!(keys(&report).contains(&key.to_owned()));
    }
    let scenario = &mut report["scenarios"][0];
    assert_eq!(keys(scenario), ["name", "path", "provider", "revision", "verdict", "callbacks", "state"]);
    let callback = &mut scenario["callbacks"][0];
    let attempt = &mut callback["attempts"][1];
    assert!(attempt["latency_ms"].take().as_f64().is_some_and(|latency| latency > 0.0));
    callback["attempts"][0]["latency_ms"].take();
    for attempt in callback["attempts"].as_array_mut().unwrap() {
        assert!(attempt["phases"].take()["wait_ms"].is_f64());
    }
    callback["findings"][0]["place"].take();
    insta::assert_json_snapshot!(callback);
    insta::assert_json_snapshot!("totals", report["totals"]);
}

#[test]
fn reports_go_to_files_and_the_text_stays_on_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (json, junit, text) = (path("r.json"), path("r.xml"), path("r.txt"));
    let to = [format!("json={json}"), format!("junit={junit}"), format!("text={text}")];
    let output =
        run(&["run", "--color", "always", "--report", &to[0], "--report", &to[1], "--report", &to[2]]);
    exits(&output, 0);
    assert!(stdout(&output).contains("\u{1b}["), "colour was asked for");
    let text = std::fs::read_to_string(text).unwrap();
    assert!(text.contains("passed") && !text.contains('\u{1b}'), "a file holds no colour");
    assert!(serde_json::from_str::<Value>(&std::fs::read_to_string(json).unwrap()).is_ok());
    let junit = std::fs::read_to_string(junit).unwrap();
    assert_eq!(junit.matches("<testcase ").count(), 5 + 2, "one per callback, one per store");
}

#[test]
fn colour_is_for_terminals_and_never_where_it_is_not_wanted() {
    assert!(!stdout(&run(&["run"])).contains('\u{1b}'));
    assert!(!stdout(&run(&["run", "--color", "never"])).contains('\u{1b}'));
}

#[test]
fn a_hostile_answer_stays_inert_in_every_report() {
    let receiver = Raw::serve(|_, stream| {
        let body =
            b"\x1b[2J\x00]]></system-out><script>alert(1)</script>\xef\xbf\xbe\xff\xe2\x80\xae\r\nfake line";
        let head = format!("HTTP/1.1 500 X\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).is_ok()
    });
    let (_folder, path) = one_callback("{retry: none}");
    let report = |format: &str| stdout(&run(&["run", &path, "-t", &receiver.port(), "--report", format]));
    let text = report("text");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
    assert!(!text.contains('\u{202e}') && !text.contains("\nfake line"));
    assert!(serde_json::from_str::<Value>(&report("json")).is_ok());
    let page = report("html");
    assert!(page.chars().all(|c| c == '\n' || !c.is_control()) && !page.contains('\u{202e}'), "{page}");
    assert!(page.contains("&#60;script&#62;") && !page.contains("<script"), "{page}");
    let junit = report("junit");
    assert!(junit.contains("&lt;script&gt;") && !junit.contains("<script>"), "{junit}");
    assert!(junit.chars().all(|c| matches!(c, '\t' | '\n' | '\r') || (!c.is_control() && c != '\u{fffe}')));
    parses_strictly(&junit);
}

#[test]
fn headers_by_which_an_answer_is_found_are_kept_without_secrets_and_cookies_are_not() {
    let key = "0123456789abcdef0123456789abcdef";
    let receiver = Raw::serve(move |_, stream| {
        let head = "HTTP/1.1 500 X\r\nServer: <b>nginx</b>\r\nX-Request-ID: a-77\r\nSet-Cookie: session=s3cr3t\r\nContent-Length: 0\r\n";
        write!(stream, "{head}X-Correlation-Id: {key}\r\n\r\n").is_ok()
    });
    let (folder, path) = one_callback("{retry: none}");
    let record = folder.path().join("r.jsonl").display().to_string();
    let args = ["run", &path, "-t", &receiver.port(), "--record", &record, "--report"];
    let live = stdout(&run(&[&args[..], &["json"]].concat()));
    let json: Value = serde_json::from_str(&live).unwrap();
    let headers = &json["scenarios"][0]["callbacks"][0]["attempts"][0]["headers"];
    assert_eq!(headers["x-request-id"], "a-77");
    assert_eq!(headers["server"], "<b>nginx</b>");
    assert!(headers["x-correlation-id"].as_str().is_some_and(|text| !text.contains(key)), "{headers}");
    assert_eq!(stdout(&run(&["report", &record, "--report", "json"])), live);
    let page = stdout(&run(&["report", &record, "--report", "html"]));
    assert!(page.contains("server: &#60;b&#62;nginx") && page.contains("x-request-id: a-77"), "{page}");
    for text in [live, page, std::fs::read_to_string(&record).unwrap()] {
        assert!(!text.contains("s3cr3t") && !text.contains("cookie"), "{text}");
    }
}

/// By a parser that is not ours.
pub(crate) fn parses_strictly(xml: &str) {
    let code = "import sys,xml.dom.minidom; xml.dom.minidom.parseString(sys.stdin.buffer.read())";
    let mut python = std::process::Command::new(crate::stage::python());
    // The tests need Python 3.
    let mut child = python.args(["-c", code]).stdin(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(xml.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{xml}");
}

#[test]
fn two_runs_with_a_frozen_clock_differ_in_measured_times_only() {
    let folder = tempfile::tempdir().unwrap();
    let record = |name: &str| {
        let path = folder.path().join(name);
        exits(
            &run(&["run", "@all", "--now", "2026-03-08T14:10:25Z", "--record", &path.display().to_string()]),
            0,
        );
        let lines = std::fs::read_to_string(path).unwrap();
        let mask = |line: &str| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            if let Some(exchange) = line.get_mut("exchange") {
                exchange["latency_ms"] = 0.into();
                exchange["phases"].take();
                // The embedded receiver has another port each time.
                let head = exchange["request"]["head"].as_str().unwrap();
                let head = head.lines().filter(|line| !line.to_lowercase().starts_with("host:"));
                exchange["request"]["head"] = head.collect::<String>().into();
            }
            if line["line"] == "run" {
                line["target"] = "masked".into();
            }
            line.to_string()
        };
        lines.lines().map(mask).collect::<Vec<_>>()
    };
    assert_eq!(record("a"), record("b"));
}

#[test]
fn quiet_shows_failures_and_the_summary_only() {
    let output = run(&["run", "-q"]);
    exits(&output, 0);
    let told = stdout(&output);
    let lines: Vec<&str> = told.lines().filter(|line| !line.is_empty()).collect();
    let note = "note: the built-in receiver was tested, since no target was named (-t, HOOKREEL_TARGET)";
    assert_eq!(lines, [note, "passed: 2 scenarios, 5 callbacks, 5 attempts: 5 accepted"]);
    let receiver = Raw::statuses(&[200, 403]);
    let output = run(&["run", "-q", "@huawei/cycle", "-t", &receiver.port()]);
    exits(&output, 1);
    assert!(!stdout(&output).contains("RECORD_START ") && stdout(&output).contains("RECORD_NEW_FILE_START"));
}

/// The text stands somewhere in the value, as deep as it may be.
fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(own) => own == text,
        Value::Array(items) => items.iter().any(|item| holds(item, text)),
        Value::Object(members) => members.values().any(|member| holds(member, text)),
        _ => false,
    }
}

#[test]
fn a_hostile_stream_name_is_sent_byte_for_byte_and_stays_inert_in_our_own_output() {
    let names = [
        "'; DROP TABLE recordings; --",
        "\"quotes\" and \\ and /",
        "🎥直播",
        "a\u{1}\u{1b}[2J\r\nb\u{202e}",
        "../../etc/passwd",
    ];
    for name in names.iter().map(|name| (*name).to_owned()).chain(["x".repeat(65_536)]) {
        for sender in hookreel::provider::ALL {
            let (provider, recording) = (sender.name, crate::stage::plain_recording(sender));
            let receiver = Raw::statuses(&[500]);
            let quoted = Value::from(name.as_str());
            let (_folder, path) = scenario(&format!(
                "{{\"provider\": \"{provider}\", \"name\": {quoted}, \"stream\": {{\"name\": {quoted}}}, \"recording\": {recording}, \
                 \"signing\": {{\"method\": \"none\"}}, \"broadcast\": [{{\"0s\": \"push\"}}, {{\"5m\": \"drop\"}}], \
                 \"delivery\": {{\"retry\": \"none\"}}}}"
            ));
            let output = run(&["run", &path, "-t", &receiver.port()]);
            exits(&output, 1);
            for request in receiver.requests() {
                let body: Value = serde_json::from_slice(crate::stage::body(&request)).unwrap();
                assert!(holds(&body, &name), "{provider}");
            }
            for text in [stdout(&output), stdout(&run(&["plan", &path])), stdout(&run(&["check", &path]))] {
                assert!(text.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}')), "{text}");
            }
            parses_strictly(&stdout(&run(&["run", &path, "--report", "junit"])));
        }
    }
}

#[test]
fn a_run_is_compared_with_an_earlier_one_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let play = |statuses: &'static [u16], name: &str| {
        let receiver = Raw::statuses(statuses);
        let args = ["run", "@huawei/normal", "-t", &receiver.port(), "--max-failures", "0", "--record"];
        run(&[&args[..], &[&path(name)]].concat())
    };
    // Each callback is sent four times where it is refused: the first alone, then the last alone.
    exits(&play(&[500, 500, 500, 500, 200, 200, 200, 200], "old.jsonl"), 1);
    exits(&play(&[200, 200, 200, 500, 500, 500, 500, 500], "new.jsonl"), 1);
    let (new, old) = (path("new.jsonl"), path("old.jsonl"));
    let compared = |format: &str| run(&["report", &new, "--against", &old, "--report", format]);
    let output = compared("text");
    exits(&output, 1);
    let text = stdout(&output);
    assert!(text.contains("old.jsonl: 1 newly failed, 1 fixed, 0 still failed"), "{text}");
    assert!(text.contains("newly failed    @huawei/normal [huawei 2024] huawei-2024-4\n"), "{text}");
    assert!(text.contains("fixed           @huawei/normal [huawei 2024] huawei-2024-1\n"), "{text}");
    for format in ["html", "markdown"] {
        assert!(stdout(&compared(format)).contains("1 newly failed, 1 fixed, 0 still failed"), "{format}");
    }
    let json: Value = serde_json::from_str(&stdout(&compared("json"))).unwrap();
    assert_eq!(json["compared"]["fixed"][0], "@huawei/normal [huawei 2024] huawei-2024-1");
}

#[test]
fn the_page_shows_the_scenario_with_its_failing_lines_and_stars_for_its_key() {
    let receiver = Raw::statuses(&[200, 500]);
    let (_folder, path) = scenario(
        "provider: {name: tencent, revision: 2025}\nrecording: {mp4: {cycle: 10m}}\n\
         signing: {key: 0123456789abcdef0123456789abcdef}\nbroadcast:\n  - 0s: push\n  - 15m: drop\ndelivery: {retry: none}\n",
    );
    let page = stdout(&run(&["run", &path, "-t", &receiver.port(), "--report", "html"]));
    let failing: Vec<&str> =
        page.lines().filter(|line| line.starts_with("<li class=\"is-failed\"")).collect();
    assert_eq!(failing.len(), 1, "{page}");
    assert!(
        failing[0].contains("- 15m: drop") && failing[0].contains("failed: tencent-2025-2"),
        "{failing:?}"
    );
    assert!(page.contains("signing: {key: ****") && !page.contains("0123456789abcdef0123456789abcdef"));
    assert!(
        page.contains(&format!("hookreel run {path} -t")),
        "the command that does it again is in the head"
    );
}

#[test]
fn the_report_of_a_large_record_is_a_page_and_v_shows_each() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record.jsonl").display().to_string();
    exits(&run(&["run", "@all", "-q", "--record", &record]), 0);
    let lines = |more: &[&str]| stdout(&run(&[&["report", &record], more].concat())).lines().count();
    let (short, whole) = (lines(&[]), lines(&["-v"]));
    assert!(short <= 100 && whole > 300, "{short} and {whole}");
}
