//! One cause, in the same words, in every format: the set-up of an audit, near misses, doubts, and the end of the receiver's process.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::stage::{Raw, exits, free_port, hookreel, run, scenario, stderr, stdout, vacant};

const FORMATS: [&str; 10] =
    ["text", "json", "junit", "github", "gitlab", "markdown", "tap", "ctrf", "csv", "html"];

/// Reports of a command in every format, by name; and what it printed.
fn told(args: &[&str], code: i32) -> (Vec<(&'static str, String)>, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let mut command = hookreel();
    command.args(args).args(["--record", &path("record")]);
    for name in FORMATS.into_iter().chain(["ndjson"]) {
        command.args(["--report", &format!("{name}={}", path(name))]);
    }
    let output = command.output().unwrap();
    exits(&output, code);
    let again = run(&["report", &path("record")]);
    assert_eq!(stdout(&again), stdout(&output));
    exits(&again, code);
    let read = |name: &'static str| (name, std::fs::read_to_string(path(name)).unwrap());
    (FORMATS.into_iter().chain(["ndjson"]).map(read).collect(), stdout(&output))
}

/// A report as its reader sees it: without the escapes of its format.
fn plain(name: &str, report: &str) -> String {
    match name {
        "junit" | "html" => {
            let pairs = [
                ("&lt;", "<"),
                ("&gt;", ">"),
                ("&quot;", "\""),
                ("&apos;", "'"),
                ("&#39;", "'"),
                ("&#34;", "\""),
            ];
            let text = pairs.into_iter().fold(report.to_owned(), |text, (from, to)| text.replace(from, to));
            text.replace("&#60;", "<").replace("&#62;", ">").replace("&amp;", "&")
        }
        "markdown" => {
            let text = report.replace("&#47;", "/").replace("&lt;", "<").replace("&gt;", ">");
            ["`", "_", "*", "[", "]", "$", "#", "!"]
                .into_iter()
                .fold(text, |text, c| text.replace(&format!("\\{c}"), c))
        }
        "csv" => report.replace("\"\"", "\""),
        "tap" | "ctrf" | "json" | "ndjson" | "gitlab" => report.replace("\\\"", "\""),
        _ => report.to_owned(),
    }
}

#[test]
fn a_wrong_set_up_is_the_first_failure_of_every_format_in_the_words_of_the_text() {
    let receiver = Raw::serve_each(|_, stream| {
        let body = r#"{"code":401,"reason":"bad 'sign' <x>"}"#;
        write!(stream, "HTTP/1.1 401 X\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    });
    let (reports, printed) = told(&["audit", "tencent", "--case", "A1,C51", "-t", &receiver.port()], 3);
    let rows: Vec<&str> = printed.lines().collect();
    let failed = rows[0].strip_prefix("set-up: ").unwrap();
    assert!(failed.ends_with(r#"401 {"code":401,"reason":"bad 'sign' <x>"}"#), "{printed}");
    let told = |row: &&str| row.strip_prefix("  ").map(|row| row.get(10..).unwrap_or_default().to_owned());
    let mut words: Vec<String> = rows.iter().filter_map(told).collect();
    assert!(words.len() >= 5 && words[0].starts_with("POST / to http://"), "{printed}");
    words.push(failed.to_owned());
    for (name, report) in &reports {
        let text = plain(name, report);
        // An annotation and a row of markdown have room for what leads on.
        let short = ["github", "gitlab", "markdown"].contains(name);
        for word in words.iter().filter(|word| !(short && word.starts_with("the built-in sample key"))) {
            assert!(text.contains(word.as_str()), "{name} lacks `{word}`:\n{report}");
        }
    }
    let of = |name: &str| &reports.iter().find(|(known, _)| *known == name).unwrap().1;
    // One cause, one failure, and it stands first.
    assert_eq!((of("junit").matches("<error ").count(), of("junit").matches("<failure ").count()), (1, 0));
    assert_eq!(of("junit").split("<testcase ").nth(1).unwrap().matches("<error ").count(), 1);
    assert!(of("tap").lines().nth(2).unwrap().starts_with("not ok 1 "), "{}", of("tap"));
    assert_eq!(of("tap").matches("not ok ").count(), 1);
    assert_eq!(of("github").lines().count(), 1);
    let ctrf: Value = serde_json::from_str(of("ctrf")).unwrap();
    assert_eq!(ctrf["results"]["summary"]["failed"], 1);
    assert_eq!(ctrf["results"]["tests"][0]["status"], "failed");
    assert!(of("csv").lines().nth(1).unwrap().starts_with("plain,set-up,"), "{}", of("csv"));
    let json: Value = serde_json::from_str(of("json")).unwrap();
    assert_eq!(json["set_up"]["failed"], failed);
    assert!(of("ndjson").lines().any(|line| line.starts_with(r#"{"event":"set_up","#)), "{}", of("ndjson"));
}

#[test]
fn a_state_that_cannot_be_read_is_the_first_failure_of_every_format() {
    let receiver = Raw::statuses(&[200]);
    let state = format!("http://{}/recordings", vacant());
    let audit = ["audit", "tencent", "--case", "A1", "-t", &receiver.port(), "--state", &state];
    let (reports, printed) = told(&audit, 2);
    let failed = printed.lines().next().unwrap().strip_prefix("set-up: ").unwrap();
    for (name, report) in &reports {
        assert!(plain(name, report).contains(failed), "{name} lacks `{failed}`:\n{report}");
    }
}

#[test]
fn cases_that_are_played_all_the_same_stand_behind_the_set_up() {
    let receiver = Raw::statuses(&[403]);
    let port = receiver.port();
    let audit = ["audit", "tencent", "--case", "A1,C51", "--keep-going", "-t", &port];
    let (reports, printed) = told(&audit, 1);
    assert!(printed.starts_with("set-up: ") && !printed.contains("nothing else was played"), "{printed}");
    let junit = &reports.iter().find(|(name, _)| *name == "junit").unwrap().1;
    assert!(junit.find("<error ").unwrap() < junit.find("<failure ").unwrap(), "{junit}");
    // A refusal of everything passes no case, and the audit has not passed.
    let (reports, _) = told(&["audit", "tencent", "--case", "C51", "--keep-going", "-t", &port], 3);
    assert!(reports[0].1.contains("\nincomplete: "), "{}", reports[0].1);
}

#[test]
fn a_near_miss_is_told_in_every_format_of_a_run_that_passed() {
    let receiver = Raw::serve_each(|_, stream| {
        let body = r#"{"code":-1}"#;
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    });
    let (reports, printed) = told(&["run", "@tencent/single-file", "-t", &receiver.port()], 0);
    let note = printed.lines().find_map(|line| line.strip_prefix("note: ")).unwrap();
    let (_, note) = note.split_once(": ").unwrap();
    for (name, report) in reports.iter().filter(|(name, _)| !["csv", "github", "html"].contains(name)) {
        assert!(plain(name, report).contains(note), "{name} lacks `{note}`:\n{report}");
    }
}

/// What of each format says during which callback the receiver's process ended.
fn blamed(receiver: &str, more: &[&str]) -> [Vec<String>; 4] {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let port = free_port();
    let exec = format!(
        "exec python3 {} {port} {}",
        crate::stage::file("tests/receivers/ends.py").display(),
        more.join(" ")
    );
    let mut command = hookreel();
    command.args(["run", "@tencent/flv-cycle", "-t", &port, "--exec", &exec, "--report"]);
    command.args([&format!("json={}", path("json")), "--report", &format!("ndjson={}", path("ndjson"))]);
    let output = command.args(["--report", &format!("text={}", path("text"))]).output().unwrap();
    exits(&output, 1);
    let live = hookreel()
        .args(["run", "@tencent/flv-cycle", "-t", &port, "--exec", &exec, "--record", &path("record")])
        .output();
    let live = live.unwrap();
    exits(&live, 1);
    let of_text = |text: &str| {
        let parts = text.split("expected  the process that --exec started keeps running").skip(1);
        let id = |part: &str| {
            Some(part.split_once("why sent")?.1.split_once('(')?.1.split_once(')')?.0.to_owned())
        };
        parts.map(|part| id(part).unwrap()).collect::<Vec<_>>()
    };
    let failed = |callback: &Value| {
        let findings = callback["findings"].as_array().unwrap();
        findings.iter().any(|finding| finding["check"] == "receiver")
    };
    let json: Value = serde_json::from_str(&std::fs::read_to_string(path("json")).unwrap()).unwrap();
    let of_json = json["scenarios"][0]["callbacks"].as_array().unwrap().iter().filter(|it| failed(it));
    let of_json = of_json.map(|callback| callback["id"].as_str().unwrap().to_owned()).collect();
    let lines = std::fs::read_to_string(path("ndjson")).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_lines = lines.filter(|line| line["event"] == "callback" && failed(line));
    let of_lines = of_lines.map(|line| line["id"].as_str().unwrap().to_owned()).collect();
    let again = run(&["report", &path("record")]);
    assert_eq!(of_text(&stdout(&live)), of_text(&stdout(&again)), "{}{}", stdout(&live), stderr(&live));
    assert_eq!(of_text(&stdout(&live)).len(), 1, "{}{}", receiver, stdout(&live));
    [of_text(&std::fs::read_to_string(path("text")).unwrap()), of_json, of_lines, of_text(&stdout(&live))]
}

#[test]
fn text_json_lines_and_the_live_text_name_the_same_callback_when_the_receiver_ends() {
    for _ in 0..5 {
        let [text, json, lines, live] = blamed("before", &["before", "2"]);
        let expected = vec!["tencent-2025-2".to_owned()];
        assert_eq!([&text, &json, &lines, &live], [&expected; 4], "it ended before its answer");
        let [text, json, lines, _] = blamed("after", &["after", "2"]);
        assert_eq!([&text, &text], [&json, &lines], "it ended after its answer");
    }
}

#[test]
fn an_audit_counts_the_ends_of_the_receiver_once_and_shows_the_lines_of_each_process_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let port = free_port();
    let receiver = crate::stage::file("tests/receivers/ends.py");
    let audit = |when: &str| {
        let exec = format!("exec python3 {} {port} before {when}", receiver.display());
        let mut command = hookreel();
        command.args(["audit", "tencent", "--case", "A1,A4,C51", "-t", &port, "--exec", &exec]);
        command.args(["--report", &format!("junit={}", path("junit"))]);
        command.stdin(Stdio::null()).output().unwrap()
    };
    let output = audit("4");
    exits(&output, 1);
    let junit = std::fs::read_to_string(path("junit")).unwrap();
    let last = stdout(&output);
    let last = last.lines().find(|line| line.starts_with("failed: ")).unwrap();
    let counted = |word: &str| {
        let part = last.trim_start_matches("failed: ").split(", ").find(|part| part.contains(word));
        part.map_or(0, |part| part.split(' ').next().unwrap().parse().unwrap())
    };
    let of_junit = ["<failure ", "<error ", "<skipped "].map(|tag| junit.matches(tag).count());
    assert_eq!([counted(" failed"), counted("not reached"), counted("skipped")], of_junit, "{last}\n{junit}");
    assert!(of_junit[0] > 0);
    let ends = stdout(&output).matches("ended by itself").count();
    let words = stdout(&output).matches("  printed         the last words").count();
    assert!(ends > 0 && words == ends, "{}", stdout(&output));
    // It ends during the plain callback: the set-up is wrong, and its process says why.
    let output = audit("1");
    exits(&output, 3);
    let text = stdout(&output);
    assert!(text.starts_with("set-up: a plain callback got no answer"), "{text}");
    assert!(
        text.contains("  process   the receiver's process ended by itself")
            && text.contains("the last words"),
        "{text}"
    );
    let junit = std::fs::read_to_string(path("junit")).unwrap();
    assert!(junit.contains("process: the receiver&apos;s process ended by itself"), "{junit}");
}

/// A run with these words, in each of these formats, one line of text each.
fn in_formats(words: &[&str], formats: &[&'static str]) -> Vec<(&'static str, String)> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let reports: Vec<String> = formats.iter().map(|name| format!("{name}={}", path(name))).collect();
    let mut command = hookreel();
    command.args(words);
    for report in &reports {
        command.args(["--report", report]);
    }
    exits(&command.stdin(Stdio::null()).output().unwrap(), 1);
    let read = |name: &'static str| {
        let text = std::fs::read_to_string(path(name)).unwrap();
        // As a reader sees it.
        let text =
            text.replace("\\_", "_").replace("&apos;", "'").replace("&#64;", "@").replace("&#39;", "'");
        (name, text)
    };
    formats.iter().copied().map(read).collect()
}

#[test]
fn every_format_holds_note_likely_cause_and_the_line_that_does_it_again() {
    let formats = [&FORMATS[..], &["ndjson"]].concat();
    let receiver = Raw::statuses(&[503, 200, 405, 405, 405, 405, 200, 200]);
    for (format, report) in in_formats(&["run", "@huawei/normal", "-t", &receiver.port()], &formats) {
        for words in [
            "accepted only after a retry; what came before: 503 ×1",
            "the path: it does not take POST",
            "hookreel run @huawei/normal -t http://localhost:",
        ] {
            assert!(report.contains(words), "{format} lacks `{words}`: {report}");
        }
    }
    let yes = Raw::statuses(&[200]);
    for (format, report) in in_formats(&["audit", "tencent", "--case", "C49", "-t", &yes.port()], &formats) {
        for words in
            ["anybody can send in the vendor's name", "refuse whatever has no signature", " --case C49 -v"]
        {
            assert!(report.contains(words), "{format} lacks `{words}`: {report}");
        }
    }
}

#[test]
fn what_failed_alike_is_one_failure_in_each_format_however_often_the_sender_tried() {
    let receiver = Raw::statuses(&[405]);
    let words =
        ["run", "@tencent/flv-cycle", "@huawei/normal", "--max-failures", "0", "-t", &receiver.port()];
    for (format, report) in in_formats(&words, &["github", "markdown"]) {
        let causes = report.matches("the path: it does not take POST").count();
        assert_eq!(causes, 1, "{format}: {report}");
    }
}

#[cfg(unix)]
#[test]
fn a_doubt_has_its_reason_in_the_text_and_the_formats() {
    let (tell, held) = std::sync::mpsc::channel::<()>();
    let (_go_on, wait) = std::sync::mpsc::channel::<()>();
    let hold = std::sync::Mutex::new((tell, wait));
    let receiver = Raw::serve_each(move |_, _| {
        let hold = hold.lock().unwrap();
        let _ = hold.0.send(());
        let _ = hold.1.recv();
        false
    });
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (junit, html) = (format!("junit={}", path("junit")), format!("html={}", path("html")));
    let mut command = hookreel();
    command.args([
        "run",
        "@tencent/single-file",
        "-t",
        &receiver.port(),
        "--report",
        &junit,
        "--report",
        &html,
    ]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    held.recv().unwrap();
    assert!(Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    exits(&output, 130);
    let why = "the run ended during an attempt: the receiver may have taken the callback, or not";
    assert!(stdout(&output).contains(&format!("in doubt  {why}")), "{}", stdout(&output));
    for name in ["junit", "html"] {
        assert!(std::fs::read_to_string(path(name)).unwrap().contains(why), "{name}");
    }
}

#[test]
fn what_was_changed_by_hand_is_the_likely_cause_of_a_rejection_in_every_format() {
    let receiver = Raw::statuses(&[401]);
    let port = receiver.port();
    let args = ["send", "tencent", "record", "-t", &port, "--set", "t=1", "--unset", "sign"];
    let (reports, printed) = told(&args, 1);
    let cause = "what was changed by hand: `t` (the signed time), `sign` (the signature); send it unchanged to compare";
    assert!(printed.contains(cause) && !printed.contains("the key or the signature"), "{printed}");
    for (name, report) in reports.iter().filter(|(name, _)| !["json", "ndjson", "csv"].contains(name)) {
        assert!(plain(name, report).contains(&plain(name, cause)), "{name}: {report}");
    }
    let unchanged = run(&["send", "tencent", "record", "-t", &port]);
    assert!(stdout(&unchanged).contains("the key or the signature"), "{}", stdout(&unchanged));
}

#[test]
fn an_error_at_a_callback_with_a_fault_names_the_fault_in_every_format() {
    let receiver = Raw::statuses(&[500]);
    let args = ["send", "tencent", "record", "-t", &receiver.port(), "--fault", "add-field"];
    let (reports, printed) = told(&args, 1);
    let cause = "it was sent with the fault `add-field`: an error inside the receiver";
    assert!(printed.contains(cause), "{printed}");
    for (name, report) in reports.iter().filter(|(name, _)| !["json", "ndjson"].contains(name)) {
        assert!(plain(name, report).contains(&plain(name, cause)), "{name}: {report}");
    }
    let without = run(&["send", "tencent", "record", "-t", &receiver.port()]);
    assert!(!stdout(&without).contains("it was sent with the fault"), "{}", stdout(&without));
}

#[test]
fn a_run_that_was_stopped_is_incomplete_in_junit_as_in_json() {
    let receiver = Raw::statuses(&[200, 500]);
    let port = receiver.port();
    let args = ["run", "@tencent/flv-cycle", "@tencent/single-file", "-t", &port, "--fail-fast"];
    let (reports, printed) = told(&args, 1);
    let report = |name| &reports.iter().find(|(known, _)| *known == name).unwrap().1;
    let json: Value = serde_json::from_str(report("json")).unwrap();
    let verdicts: Vec<&str> =
        json["scenarios"].as_array().unwrap().iter().map(|one| one["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["failed", "incomplete"], "{printed}");
    assert!(printed.contains("stopped early"), "{printed}");
    let junit = report("junit");
    let suites: Vec<&str> = junit.split("<testsuite ").skip(1).collect();
    let errors = |suite: &str| suite.matches("<error ").count();
    // The run itself alone: a scenario that it never came to is skipped, with the reason.
    assert_eq!(suites.iter().map(|suite| errors(suite)).collect::<Vec<_>>(), [0, 0, 1], "{junit}");
    let skipped = suites[1].split("name=\"the scenario was skipped\"").nth(1).unwrap();
    assert!(skipped.contains("<skipped message=\"stopped early: --fail-fast\"/>"), "{junit}");
    assert!(suites[2].contains("name=\"the run ended early\""), "{junit}");
}

#[test]
fn a_receiver_that_speaks_of_the_time_is_taken_at_its_word() {
    let answer = "{\"message\":\"timestamp out of range\"}";
    let receiver = Raw::serve(move |_, stream| {
        let head = format!("HTTP/1.1 401 X\r\nContent-Length: {}\r\n\r\n", answer.len());
        stream.write_all(format!("{head}{answer}").as_bytes()).is_ok()
    });
    let output = run(&["run", "@tencent/single-file", "-t", &receiver.port()]);
    let told = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        told.contains("the time: the receiver finds it wrong. Compare both clocks, the time zone"),
        "{told}"
    );
}

#[test]
fn the_receivers_own_words_are_the_likely_cause_in_every_format_and_who_gave_a_key_is_not_asked_for_one() {
    let receiver = Raw::serve(|_, stream| {
        let head = "HTTP/1.1 401 X\r\nWWW-Authenticate: Basic realm=\"a\"\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(head.as_bytes()).is_ok()
    });
    let (reports, printed) = told(&["run", "@tencent/single-file", "-t", &receiver.port()], 1);
    let cause = "asks for user and password (Basic)";
    assert!(printed.contains(cause), "{printed}");
    let rows = reports.iter().filter(|(name, _)| !["json", "ndjson", "csv", "github"].contains(name));
    for (name, report) in rows {
        assert!(plain(name, report).contains(cause), "{name}: {report}");
    }
    let receiver = Raw::statuses(&[401]);
    let args = ["run", "@tencent/flv-cycle", "-t", &receiver.port(), "--secret-env", "OWN_KEY"];
    let output = hookreel().args(args).env("OWN_KEY", "0123456789abcdef0123456789abcdee").output().unwrap();
    exits(&output, 1);
    let told = stdout(&output);
    let cause = told.lines().find(|line| line.contains("likely cause")).unwrap();
    assert!(cause.contains("another key than that of the variable OWN_KEY"), "{told}");
    assert!(!cause.contains("give the receiver's key with --secret-env"), "{told}");
    assert!(
        cause.contains("`hookreel verify tencent REQUEST --secret-env OWN_KEY --computed SIGNATURE`"),
        "{told}"
    );
}

#[test]
fn a_load_and_a_port_of_https_are_told_by_the_receivers_words_too() {
    let receiver = Raw::serve_each(|_, stream| {
        let body = "Client sent an HTTP request to an HTTPS server.";
        write!(stream, "HTTP/1.1 400 X\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    });
    let port = receiver.port();
    let load = ["load", "@tencent/single-file", "-t", &port, "--rate", "50/s", "--duration", "1s"];
    for args in [&["run", "@tencent/flv-cycle", "-t", &port][..], &load[..]] {
        let told = stdout(&run(args));
        assert!(told.contains("likely cause  the scheme: http was sent to a port of https"), "{told}");
    }
    let alert = Raw::serve(|_, stream| stream.write_all(b"\x15\x03\x01\x00\x02\x02\x46").is_err());
    let told = stdout(&run(&["run", "@tencent/flv-cycle", "-t", &alert.port()]));
    assert!(told.contains("likely cause  the scheme: http was sent to a port of https"), "{told}");
}

#[test]
fn failures_alike_are_told_once_also_where_each_is_shown() {
    let receiver = Raw::statuses(&[400]);
    let output = run(&["send", "tencent", "record", "-t", &receiver.port(), "--fault", "duplicate:copies=3"]);
    exits(&output, 1);
    let told = stdout(&output);
    assert_eq!(
        (
            told.matches("expected  status 200").count(),
            told.matches("  same failure as tencent-2025-1").count()
        ),
        (1, 3),
        "{told}"
    );
    assert!(told.contains("why sent  copy of tencent-2025-1 (tencent-2025-1-copy-3)"), "{told}");
}

#[test]
fn the_end_of_the_receivers_process_is_the_cause_and_what_was_not_sent_takes_a_line() {
    let port = free_port();
    let exec =
        format!("exec python3 {} {port} before 1", crate::stage::file("tests/receivers/ends.py").display());
    let output = run(&["send", "tencent", "record", "-n", "3", "-t", &port, "--exec", &exec]);
    exits(&output, 1);
    let told = stdout(&output);
    assert!(!told.contains("or a proxy before it"), "{told}");
    assert_eq!((told.matches("why sent").count(), told.matches("  not sent\n").count()), (1, 2), "{told}");
}

#[test]
fn what_a_receiver_tells_of_its_own_signature_is_found_where_all_fails_alike() {
    use md5::{Digest, Md5};
    let receiver = Raw::serve_each(|request, stream| {
        let body: Value = serde_json::from_slice(crate::stage::body(request)).unwrap();
        let key = "0123456789abcdef0123456789abcdef";
        let wrong = Md5::digest(format!("{}{key}", body["t"]).as_bytes());
        let wrong: String = wrong.iter().map(|byte| format!("{byte:02x}")).collect();
        let answer = format!("{{\"error\":\"signature missing or wrong\",\"computed\":\"{wrong}\"}}");
        write!(stream, "HTTP/1.1 403 X\r\nContent-Length: {}\r\n\r\n{answer}", answer.len()).is_ok()
    });
    let told = stdout(&run(&["run", "@tencent/flv-cycle", "-t", &receiver.port()]));
    assert!(told.contains("  found         ") && told.contains("time and key"), "{told}");
    assert!(!told.contains("likely cause"), "the mistake is known: {told}");
}

#[test]
fn a_key_that_the_receiver_holds_is_not_the_cause_of_what_it_refuses() {
    // It takes what is posted, and refuses what comes with another method.
    let receiver = Raw::serve_each(|request, stream| {
        let status = if request.starts_with(b"POST") { 200 } else { 401 };
        write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n").is_ok()
    });
    let paths = ["@alibaba/one-file", "@alibaba/push"];
    let mut command = hookreel();
    command.args(["run", paths[0], paths[1], "-t", &receiver.port(), "--secret-env", "K"]);
    let output = command.env("K", "0123456789abcdef0123456789abcdef").output().unwrap();
    exits(&output, 1);
    let told = stdout(&output);
    let formula = "the formula of publish: it is signed as MD5(app + \"|\" + time + \"|\" + key), and what the receiver accepted with the \
                   same key as MD5(host of the URL + ";
    assert!(told.contains(formula), "{told}");
    assert!(!told.contains("another key"), "{told}");
    // Where nothing was accepted, it may be the key.
    let mut command = hookreel();
    command.args(["send", "alibaba", "publish", "-t", &receiver.port(), "--secret-env", "K"]);
    let output = command.env("K", "0123456789abcdef0123456789abcdef").output().unwrap();
    let told = stdout(&output);
    assert!(told.contains("another key than that of the variable K") && !told.contains("the host"), "{told}");
}

#[test]
fn an_attempt_that_reached_the_receiver_is_not_denied_by_a_later_one_that_did_not() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    // It reads a request, closes the connection and listens no more.
    let thread = std::thread::spawn(move || {
        let mut bytes = [0; 65_536];
        // Whoever only looks whether it is up sends nothing.
        loop {
            let (mut stream, _) = listener.accept().unwrap();
            if std::io::Read::read(&mut stream, &mut bytes).is_ok_and(|read| read > 0) {
                break;
            }
        }
    });
    let target = format!("http://127.0.0.1:{port}/");
    let args = ["run", "@huawei/normal", "-t", &target];
    let output = run(&args);
    // It ends also where nothing came.
    if let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port.parse::<u16>().unwrap())) {
        let _ = stream.write_all(b"x");
    }
    thread.join().unwrap();
    let told = stdout(&output);
    assert!(told.contains("of which an earlier one reached the receiver"), "{told}");
}

#[test]
fn what_is_wrong_in_the_head_of_an_answer_is_named_and_no_other_server_is_guessed() {
    let receiver = Raw::serve_each(|_, stream| {
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nab").is_ok()
    });
    let output = run(&["run", "@huawei/normal", "-t", &receiver.port()]);
    let told = stdout(&output);
    assert!(told.contains("the answer has two different Content-Lengths"), "{told}");
    assert!(told.contains("the head of the receiver's answer") && !told.contains("something else"), "{told}");
}

#[test]
fn a_run_that_is_stopped_names_the_class_that_failed_and_asks_for_no_state() {
    let receiver = Raw::serve_each(|request, stream| {
        let (status, body) = if request.starts_with(b"GET") { (200, "[]") } else { (401, "") };
        write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    });
    let text = "provider: huawei
recording: {hls: {cycle: 30m}}
broadcast: [{0s: push}, {5h: drop}]
faults: [{tamper: {nth: 2, field: \"@time\"}}]
expect: {state: [{name: list, get: \"http://127.0.0.1:PORT/\", once: true}]}
";
    let (_folder, path) = scenario(&text.replace("PORT", &receiver.port.to_string()));
    let output = run(&["run", &path, "-t", &receiver.port(), "--max-failures", "3"]);
    exits(&output, 1);
    let told = stdout(&output);
    assert!(told.contains("the first 3 legal callbacks failed alike"), "{told}");
    assert!(
        told.contains("the run ended before the scenario did") && !told.contains("--state URL"),
        "{told}"
    );
}

#[test]
fn a_clock_that_the_answer_shows_to_be_wrong_is_the_cause_and_by_how_much() {
    let receiver = Raw::serve(|_, stream| {
        let behind = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(3600);
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&behind).unwrap();
        let text = "the timestamp is too far ahead";
        let head = format!("HTTP/1.1 401 X\r\nDate: {date}\r\nContent-Length: {}\r\n\r\n{text}", text.len());
        stream.write_all(head.as_bytes()).is_ok()
    });
    for command in
        [&["run", "@mux/completed-only"][..], &["run", "@huawei/normal"], &["send", "tencent", "record"]]
    {
        let said = stdout(&run(&[command, &["-t", &receiver.port()]].concat()));
        assert!(
            said.contains("the receiver's clock is 1 h behind, by the Date of its answer")
                || said.contains("the receiver's clock is 1 h 1 s behind")
                || said.contains("the receiver's clock is 59 min 59 s behind"),
            "{command:?}\n{said}"
        );
    }
}

/// The words of a text without the spaces between them.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn that_a_receiver_answers_hostile_callbacks_alike_is_told_in_every_format_of_the_audit() {
    let yes = Raw::statuses(&[200]);
    let (reports, printed) = told(&["audit", "tencent", "--only", "C", "-t", &yes.port()], 1);
    let head = printed.split("\n\n").nth(1).unwrap();
    let lines: Vec<String> = head.lines().map(words).collect();
    assert!(lines.len() >= 3 && lines[0].contains("hostile callbacks were answered 200"), "{printed}");
    for (name, report) in &reports {
        let text = words(&plain(name, report));
        // A spreadsheet has no place but the rows of the cases.
        let shown = if ["text", "csv"].contains(name) { 1 } else { lines.len() };
        for line in lines.iter().take(if *name == "text" { 0 } else { shown }) {
            assert!(text.contains(line.as_str()), "{name} lacks `{line}`:\n{report}");
        }
    }
    let junit = &reports.iter().find(|(name, _)| *name == "junit").unwrap().1;
    let failed = junit.matches("<failure ").count();
    assert!(junit.matches("answered alike: ").count() >= failed, "{junit}");
}

#[test]
fn what_was_not_verified_is_told_in_every_format_of_a_run() {
    let yes = Raw::statuses(&[200]);
    let (reports, printed) = told(&["run", "@zlmediakit/answer-lost", "-t", &yes.port()], 0);
    let claim = "whether each file was stored once; only the answers were checked (--state URL)";
    assert!(printed.contains(claim), "{printed}");
    for name in ["junit", "markdown", "tap", "ctrf", "ndjson"] {
        let report = &reports.iter().find(|(known, _)| *known == name).unwrap().1;
        assert!(plain(name, report).contains(claim), "{name}: {report}");
    }
}

#[test]
fn of_copies_that_failed_alike_each_report_has_the_first_and_their_number() {
    let receiver = Raw::serve(|request, stream| {
        let status = if request == 0 { 200 } else { 500 };
        write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\n{{}}").is_ok()
    });
    let (reports, _) = told(&["audit", "tencent", "--case", "A3", "-t", &receiver.port()], 1);
    let of = |name: &str| &reports.iter().find(|(known, _)| *known == name).unwrap().1;
    let failure = of("junit").split("<failure ").nth(1).unwrap();
    assert_eq!(failure.matches("callback: ").count(), 1, "{failure}");
    assert_eq!(failure.matches("got status 500").count(), 1, "{failure}");
    assert!(failure.contains(" callbacks)") && failure.contains("failed alike: "), "{failure}");
}

#[test]
fn the_case_that_stands_for_those_that_failed_alike_is_the_same_in_text_record_and_html() {
    let served = crate::serving::Served::start("tencent", &["--bug", "expiry-unchecked"]);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let mut command = hookreel();
    command.args(["audit", "tencent", "-t", &served.port, "--secret-env", "K", "--case", "A6,B29,B42"]);
    command.args(["--record", &path("record"), "--report", &format!("html={}", path("html"))]);
    let output = command.env("K", crate::stage::KEY).output().unwrap();
    exits(&output, 1);
    assert!(stdout(&output).contains("\nB29 expired eleven minutes ago (must)\n"), "{}", stdout(&output));
    assert!(stdout(&output).contains("failed alike    A6 B42"), "{}", stdout(&output));
    let html = std::fs::read_to_string(path("html")).unwrap();
    let failures = html.split(">Failures<").nth(1).unwrap();
    let at = |words: &str| failures.find(words).unwrap_or_else(|| panic!("no `{words}` in {html}"));
    assert!(at("B29 expired eleven minutes ago (must)") < at("A6 a retry that comes after"), "{failures}");
    let record = std::fs::read_to_string(path("record")).unwrap();
    let like = |id: &str| {
        let mut lines = record.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let case = lines.find(|line| line["line"] == "case" && line["id"] == id).unwrap();
        case["like"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!([like("A6"), like("B29"), like("B42")], ["B29", "", "B29"]);
}
