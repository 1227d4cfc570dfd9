//! What a verdict depends on: checks that can fail, cases that count, and callbacks that add up.

use std::io::Write;

use serde_json::{Value, json};

use crate::measured::{asked, calm, record};
use crate::stage::{KEY, Raw, exits, run, scenario, stderr, stdout};
use hookreel::record::load::{LoadLine, SecondLine};

fn answering(body: &'static str) -> Raw {
    Raw::serve(move |_, stream| {
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    })
}

// T12, F8.
#[test]
fn a_forged_callback_that_is_acknowledged_fails_though_the_field_of_a_rejection_is_not_there() {
    let (_folder, path) = scenario(&format!(
        "name: forged\nprovider: huawei\nrecording: {{hls: {{}}}}\nsigning: {{key: {KEY}}}\n\
         broadcast: [{{0s: push}}, {{5m: drop}}]\nsubscribe: [RECORD_FILE_COMPLETE]\nfaults: [signature: {{as: zeros}}]\n\
         expect: {{accept: {{status: 200, json: {{\"$.code\": 0}}}}, reject: {{json: {{\"$.code\": {{not: 0}}}}}}}}\n"
    ));
    for (body, code) in [("{}", 1), ("[]", 1), ("{\"Code\":1}", 1), ("{\"code\":0}", 1), ("{\"code\":1}", 0)]
    {
        let receiver = answering(body);
        for format in ["text", "json", "junit"] {
            let output = run(&["run", &path, "-t", &receiver.port(), "--report", format]);
            exits(&output, code);
            let passed = match format {
                "text" => stdout(&output).contains("\npassed: "),
                "json" => stdout(&output).contains("\"verdict\": \"passed\""),
                _ => !stdout(&output).contains("<failure"),
            };
            assert_eq!(passed, code == 0, "{body} {format}\n{}", stdout(&output));
        }
    }
}

/// Rejects a signature in upper case.
fn strict() -> Raw {
    Raw::serve_each(|request, stream| {
        let message: Value = serde_json::from_slice(crate::stage::body(request)).unwrap();
        let sign = message["sign"].as_str().unwrap_or_default();
        let status = if sign.contains(|c: char| c.is_ascii_uppercase()) { 403 } else { 200 };
        write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n").is_ok()
    })
}

fn audit(receiver: &Raw, args: &[&str]) -> (tempfile::TempDir, Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let to = [format!("json={}", path("json")), format!("junit={}", path("junit")), path("record")];
    let reports = ["--report", &to[0], "--report", &to[1], "--record", &to[2]];
    run(&[&["audit", "tencent", "-t", &receiver.port()], args, &reports].concat());
    let read = |name: &str| std::fs::read_to_string(path(name)).unwrap();
    let (json, junit) = (serde_json::from_str(&read("json")).unwrap(), read("junit"));
    (folder, json, junit)
}

// F18.
#[test]
fn a_case_that_is_known_to_fail_or_was_not_judged_is_skipped_with_its_reason_in_every_format() {
    let receiver = answering("");
    let (folder, _) = scenario("");
    let baseline = folder.path().join("known").display().to_string();
    std::fs::write(&baseline, "C51\n").unwrap();
    let (kept, json, junit) = audit(&receiver, &["--case", "A1,A25,C51,C59", "--baseline", &baseline]);
    assert_eq!(json["verdict"], "passed", "{json:#}");
    let case =
        |id: &str| json["cases"].as_array().unwrap().iter().find(|case| case["id"] == id).unwrap().clone();
    let told = |id: &str| {
        let case = case(id);
        (case["score"].as_str().unwrap().to_owned(), case["counts"].clone(), case["known"].clone())
    };
    assert_eq!(told("A1"), ("passed".into(), json!(true), json!(false)));
    assert_eq!(told("C51"), ("failed".into(), json!(false), json!(true)));
    assert_eq!(told("C59"), ("failed".into(), json!(false), json!(false)));
    assert_eq!(told("A25").0, "not_applicable");
    assert!(case("A25")["reason"].as_str().unwrap().contains("--exec"), "{json:#}");
    assert_eq!(junit.matches("<testcase ").count(), 4, "{junit}");
    assert_eq!((junit.matches("<skipped").count(), junit.matches("<failure").count()), (3, 0), "{junit}");
    for reason in ["known to fail (--baseline): ", "failed at hardening, not counted: ", "--exec CMD"] {
        assert!(junit.contains(reason), "{reason}\n{junit}");
    }
    let record = kept.path().join("record").display().to_string();
    let output = run(&["report", &record]);
    exits(&output, 0);
    let text = stdout(&output);
    for line in ["\npassed: 1 passed, ", "known to fail (--baseline): C51", "rejects it): C59", "--exec CMD"]
    {
        assert!(text.contains(line), "{line}\n{text}");
    }
    // Without the baseline the same failure counts, in every format.
    let (_kept, json, junit) = audit(&receiver, &["--case", "A1,C51"]);
    assert_eq!((json["verdict"].as_str(), junit.matches("<failure").count()), (Some("failed"), 1), "{junit}");
}

// C57 and its like.
#[test]
fn where_accepting_and_rejecting_are_both_right_the_choice_is_told() {
    for (receiver, word) in [(answering(""), "accepted"), (strict(), "rejected with 403")] {
        let (kept, json, junit) = audit(&receiver, &["--case", "C57"]);
        let case = &json["cases"][0];
        assert_eq!((case["id"].as_str(), case["score"].as_str()), (Some("C57"), Some("passed")));
        let said = format!("accepting and rejecting are both right; this receiver {word}");
        assert_eq!(case["reason"], said);
        assert!(junit.contains(&said), "{junit}");
        let record = kept.path().join("record").display().to_string();
        let text = stdout(&run(&["report", &record, "-v"]));
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&format!("are both right here; this receiver {word}")), "{text}");
    }
    let output = run(&["audit", "tencent", "--case", "C57", "-v"]);
    assert!(
        stdout(&output).contains("this receiver\n  rejected with ")
            || stdout(&output).contains("this receiver\n  accepted"),
        "{}",
        stdout(&output)
    );
}

// GA1.
#[test]
fn outcomes_that_do_not_add_up_to_what_was_planned_are_our_fault_and_nothing_passes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record").display().to_string();
    exits(&run(&["run", "@tencent/single-file", "--record", &path]), 0);
    let text = std::fs::read_to_string(&path).unwrap();
    // Of an earlier version, so that no number tells that a line stands there twice.
    let old: Vec<String> =
        text.lines().map(|line| format!("{}}}\n", line.rsplit_once(",\"seq\":").unwrap().0)).collect();
    let twice = |line: &String| line.repeat(if line.contains("\"line\":\"outcome\"") { 2 } else { 1 });
    std::fs::write(&path, old.iter().map(twice).collect::<String>()).unwrap();
    for format in ["text", "json", "junit"] {
        let output = run(&["report", &path, "--report", format]);
        exits(&output, 70);
        let why = "1 callbacks were planned, 2 outcomes were noted, and 1 are reported";
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
        let told = stdout(&output);
        let incomplete = ["incomplete: ", "\"verdict\": \"incomplete\"", "<error"];
        assert!(incomplete.iter().any(|word| told.contains(word)), "{told}");
    }
}

// T24, F8.
#[test]
fn a_fault_that_hits_nobody_is_named_with_whom_it_was_to_hit() {
    let of = |fault: &str| {
        scenario(&format!(
            "provider: huawei\nrecording: {{hls: {{}}}}\nsigning: {{key: {KEY}}}\nbroadcast: [{{0s: push}}, {{5m: drop}}]\n\
             subscribe: [RECORD_START]\nfaults: [{fault}]\n"
        ))
    };
    for (fault, why) in [
        ("signature: {as: zeros, chance: 0}", "0 would hit no callback"),
        ("signature: {as: zeros, nth: 7}", "nth: 7, but this scenario has only 1 callback"),
        ("signature: {as: zeros, on: RECORD_OVER}", "this scenario has no RECORD_OVER"),
    ] {
        let (_folder, path) = of(fault);
        for command in ["check", "run", "plan"] {
            let output = run(&[command, &path]);
            exits(&output, 2);
            assert!(stderr(&output).contains(why), "{command} {fault}: {}", stderr(&output));
        }
    }
    let (_folder, path) = of("signature: {as: zeros, chance: 0.000001}");
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let formats = ["text", "json", "junit", "html", "markdown", "tap", "ctrf"];
    let reports = formats.map(|format| format!("{format}={}", file(format)));
    let (why, kept) = ("by chance `signature` was put on none of 1 callback", file("record"));
    let mut args = vec!["run", &path, "--record", &kept];
    args.extend(reports.iter().flat_map(|report| ["--report", report]));
    let output = run(&args);
    exits(&output, 0);
    assert!(stderr(&output).contains(why), "{}", stderr(&output));
    for format in formats {
        let text = std::fs::read_to_string(file(format)).unwrap();
        let again = stdout(&run(&["report", &kept, "--report", format]));
        for text in [text, again] {
            assert!(text.replace("&#96;", "`").replace("\\`", "`").contains(why), "{format}: {text}");
        }
    }
    // A load knows it at its end.
    let line = LoadLine { faults: vec!["signature".into()], ..asked() };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record").display().to_string();
    std::fs::write(&path, record(&line, &[SecondLine { second: 0, tally: calm(500) }], Some(None))).unwrap();
    let text = stdout(&run(&["report", &path]));
    assert!(text.contains("put on none of 500 callbacks: signature"), "{text}");
}
