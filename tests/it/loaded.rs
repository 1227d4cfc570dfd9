//! What a load says of answers that are not as they should be: likely causes, first answers and notes, in the text and in every report.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::Value;

use crate::stage::{KEY, Raw, exits, run, scenario, stdout};

const SCENARIO: &str = "@huawei/normal";
const FORTY: &[&str] = &["--rate", "max", "--count", "40", "--connections", "2", "--duration", "30s", "-q"];

/// The text of a load and its reports, each by its format; those that are made of its record are the same.
fn reports(receiver: &Raw, args: &[&str], exit: i32) -> BTreeMap<&'static str, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let formats = ["junit", "json", "html", "markdown", "ctrf", "tap"];
    let reports: Vec<String> = formats.iter().map(|format| format!("{format}={}", path(format))).collect();
    let record = path("record");
    let port = receiver.port();
    let mut words = vec!["load", SCENARIO, "-t", &port, "--record", &record];
    words.extend(args);
    reports.iter().for_each(|report| words.extend(["--report", report]));
    let output = run(&words);
    exits(&output, exit);
    let text = stdout(&output);
    assert_eq!(stdout(&run(&["report", &record])), text);
    // A long sentence is wrapped on the screen.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = |text: String| {
        [
            ("&quot;", "\""),
            ("&#34;", "\""),
            ("&#39;", "'"),
            ("&apos;", "'"),
            ("\\\"", "\""),
            ("\\`", "`"),
            ("\\", ""),
        ]
        .iter()
        .fold(text, |text, (from, to)| text.replace(from, to))
    };
    let files = formats.map(|format| (format, plain(std::fs::read_to_string(path(format)).unwrap())));
    files.into_iter().chain([("text", text)]).collect()
}

/// Every `n`th answer is this one; the others accept.
fn every(n: usize, status: u16, body: &'static str) -> Raw {
    Raw::serve(move |request, stream| {
        let (status, body) = if request % n == n - 1 { (status, body) } else { (200, r#"{"code":0}"#) };
        write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    })
}

#[test]
fn a_part_that_is_refused_has_its_likely_cause_and_its_first_answers_in_every_report() {
    for (status, body, cause) in [
        (429, "slow down", "a limit on the rate, in the receiver or in a proxy before it"),
        (
            401,
            r#"{"error":"bad signature"}"#,
            "the formula: the receiver accepted others that were signed with the same key",
        ),
        (503, "database is down", "the receiver's store"),
    ] {
        let told = reports(&every(4, status, body), FORTY, 5);
        for (format, text) in &told {
            match *format {
                "json" => assert!(text.contains(&format!("{status} ×10")) && text.contains(cause), "{text}"),
                _ => assert!(text.contains(&format!("{status} ×10: {cause}")), "{format}: {text}"),
            }
        }
        let likely = format!(" likely {status} ×10: {cause}");
        assert!(told["text"].contains(&likely), "{}", told["text"]);
        let junit = &told["junit"];
        assert!(
            junit.contains("found: 40 callbacks planned: 30 accepted, 10 rejected; answers: 200 ×30"),
            "{junit}"
        );
        assert!(junit.contains(&format!("first unexpected answers: {status} {body} (RECORD_")), "{junit}");
        assert!(junit.contains("one by one: hookreel run @huawei/normal"), "{junit}");
    }
}

#[test]
fn answers_that_are_not_as_expected_have_their_cause_and_their_number_in_every_report() {
    let expect = ["--expect", r#"{accept: {json: {"$.code": 0}}}"#];
    let told = reports(&every(2, 200, r#"{"code":-1}"#), &[FORTY, &expect].concat(), 5);
    for (format, text) in &told {
        let words = match *format {
            "json" => "not answered as expected ×20",
            _ => "not answered as expected ×20: $.code: expected 0, found -1",
        };
        assert!(text.contains(words), "{format}: {text}");
    }
    assert!(told["text"].contains(": 40 accepted (20 not answered as expected)"), "{}", told["text"]);
}

#[test]
fn two_kinds_of_unexpected_answers_are_both_named() {
    let receiver = Raw::serve(|request, stream| {
        let body = ["{\"code\":-1}", "<html>no</html>", "{\"code\":0}"][request % 3];
        write!(stream, "HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    });
    let expect = ["--expect", r#"{accept: {json: {"$.code": 0}}}"#];
    // Over one connection, so that both kinds are among the first three that are kept.
    let alone = ["--rate", "max", "--count", "40", "--connections", "1", "--duration", "30s", "-q"];
    let told = reports(&receiver, &[&alone[..], &expect].concat(), 5);
    let text = &told["text"];
    let at = text.find("likely not answered as expected ×27: ").unwrap_or_else(|| panic!("{text}"));
    let likely = &text[at..];
    for kind in ["$.code: expected 0, found -1", "; or ", "the body is not JSON"] {
        assert!(likely.contains(kind), "{text}");
    }
}

#[test]
fn requests_that_are_sent_again_are_noted_in_every_report() {
    // Every tenth request is read, and the connection closed.
    let receiver = Raw::serve(|request, stream| {
        request % 10 != 9 && stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_ok()
    });
    // Over one connection, so that the request that is sent again is the next one, and never a tenth.
    let alone = ["--rate", "max", "--count", "40", "--connections", "1", "--duration", "30s", "-q"];
    for (format, text) in reports(&receiver, &alone, 0) {
        assert!(text.contains("requests were sent again on a new connection"), "{format}: {text}");
    }
}

#[test]
fn a_refusal_in_the_words_of_a_success_is_noted_in_every_report_and_counted() {
    for (body, cause) in [
        (r#"{"code":-1}"#, "(`--expect` checks it)"),
        (r#"{"code":-1,"msg":"bad signature"}"#, "; likely cause: the key or the signature"),
        (r#"{"code":429,"msg":"too many requests"}"#, "; likely cause: a limit on the rate"),
    ] {
        let says = body.split([',', '}']).next().unwrap();
        for (format, text) in reports(&every(4, 200, body), FORTY, 0) {
            let note = format!("10 of 40 callbacks: the answer says {says}}}");
            assert!(text.contains(&note), "{format}: {text}");
            assert!(text.contains(cause), "{format}: {text}");
        }
    }
    let quiet = reports(&every(1, 200, r#"{"code":0,"msg":"ok"}"#), FORTY, 0);
    assert!(!quiet["text"].contains("note:"), "{}", quiet["text"]);
}

#[test]
fn notes_are_counted_by_kind_and_hold_no_signature() {
    // What differs from answer to answer makes no other kind, and the body sends the signature back.
    let receiver = Raw::listen(|n, request, stream| {
        let body: Value = serde_json::from_slice(crate::stage::body(request)).unwrap();
        let said =
            serde_json::json!({"error": format!("request 1234567890{n} failed"), "got": body}).to_string();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{said}", said.len()).is_ok()
    });
    let told = reports(&receiver, FORTY, 0);
    assert_eq!(
        told["text"].matches("note: 40 of 40 callbacks: the answer says {\"error\"").count(),
        1,
        "{}",
        told["text"]
    );
    let report: Value = serde_json::from_str(&stdout(&run(&[
        &["load", SCENARIO, "-t", &receiver.port(), "--report", "json"],
        FORTY,
    ]
    .concat())))
    .unwrap();
    let noted = report["totals"]["noted_answers"].as_array().unwrap();
    assert_eq!((noted.len(), &noted[0]["callbacks"]), (1, &40.into()), "{noted:?}");
    let signatures: Vec<String> = receiver
        .requests()
        .iter()
        .map(|request| {
            serde_json::from_slice::<Value>(crate::stage::body(request)).unwrap()["auth_sign"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(signatures.iter().all(|signature| signature.len() >= 32), "{signatures:?}");
    assert!(signatures.iter().all(|signature| !report.to_string().contains(signature)), "{report:#}");
}

#[test]
fn a_callback_with_a_fault_is_noted_like_any_other() {
    let receiver = every(1, 200, r#"{"code":-1}"#);
    let (_folder, path) = scenario(&format!(
        "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\nbroadcast: [{{0s: push}}, {{5m: drop}}]\n\
         faults: [duplicate]\n"
    ));
    let output = run(&[&["load", &path, "-t", &receiver.port()], FORTY].concat());
    let said = "note: 40 of 40 callbacks: the answer says {\"code\":-1}";
    assert!(stdout(&output).contains(said), "{}", stdout(&output));
}

#[cfg(target_os = "linux")]
mod backlog {
    use std::io::{BufRead, BufReader, Read};
    use std::net::{TcpListener, TcpStream};
    use std::process::Stdio;

    use super::*;
    use crate::stage::{hookreel, stderr};

    const BACKLOG: &str =
        "the receiver did not take all connections that came at once (the backlog of its listening socket";
    const BUSY: &str = "the receiver takes no more connections: the backlog of its listening socket is full";

    /// A listening socket with room for one connection.
    fn narrow() -> (TcpListener, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        rustix::net::listen(&listener, 0).unwrap();
        let target = format!("http://{}/", listener.local_addr().unwrap());
        (listener, target)
    }

    #[test]
    fn a_receiver_that_takes_no_connection_is_told_so_whatever_ends_the_waiting() {
        let (_listener, target) = narrow();
        let load = ["load", SCENARIO, "-t", &target, "--rate", "20/s", "--duration", "1s", "-q"];
        // The one place is taken by the first look at the receiver.
        let output = run(&[&load[..], &["--timeout", "400ms", "--report", "junit=/dev/stderr"]].concat());
        exits(&output, 3);
        let said = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            said.contains("no answer connection not taken ×") && said.contains(&format!(": {BUSY}")),
            "{said}"
        );
        assert!(stderr(&output).contains(BUSY), "{}", stderr(&output));
        // Now nobody gets in.
        let output = run(&[&load[..], &["--timeout", "400ms"]].concat());
        exits(&output, 3);
        assert!(
            stderr(&output).contains(&format!("nothing was sent\n  likely cause: {BUSY}")),
            "{}",
            stderr(&output)
        );
        let (_listener, target) = narrow();
        let load = [
            "load",
            SCENARIO,
            "-t",
            &target,
            "--rate",
            "20/s",
            "--duration",
            "1500ms",
            "--drain",
            "500ms",
            "-q",
        ];
        let output = run(&load);
        exits(&output, 5);
        assert!(
            stdout(&output)
                .contains("connections were not taken until the load ended: nothing accepts connections"),
            "{}",
            stdout(&output)
        );
        assert!(
            stdout(&output).contains("bottleneck: receiver (it took no connection)"),
            "{}",
            stdout(&output)
        );
    }

    #[test]
    fn connections_that_were_taken_late_are_counted_and_the_load_may_pass() {
        let (listener, target) = narrow();
        let mut child = hookreel()
            .args(["load", SCENARIO, "-t", &target, "--rate", "10/s", "--duration", "2s", "--drain", "30s"])
            .args(["--threshold", "rate>=0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut err = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        // A second has passed when it is reported; then somebody takes them.
        while !line.starts_with("  1s") {
            line.clear();
            assert!(err.read_line(&mut line).unwrap() > 0, "the load ended before its first second");
        }
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || answer(stream));
            }
        });
        std::thread::spawn(move || std::io::copy(&mut err, &mut std::io::sink()));
        let mut text = String::new();
        child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        // Late, and all of them accepted; on a busy machine the sender may be late, too.
        assert!([0, 6].contains(&child.wait().unwrap().code().unwrap()), "{text}");
        assert!(text.contains("20 planned: 20 accepted"), "{text}");
        assert!(text.contains(&format!("taken only after 1s or more: {BACKLOG}")), "{text}");
    }

    fn answer(stream: TcpStream) {
        let mut out = stream.try_clone().unwrap();
        let mut reader = BufReader::new(stream);
        while crate::stage::read_request(&mut reader).is_some() {
            if out.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_err() {
                return;
            }
        }
    }
}
