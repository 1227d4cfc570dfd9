//! One judge: what a receiver did with a callback of a class means the same to `run`, to `audit` and to `load`.

use std::io::Write;
use std::sync::Mutex;
use std::time::Duration;

use hookreel::audit::case::AuditSetting;
use hookreel::{audit, provider};
use serde_json::Value;

use crate::stage::{Raw, all_of, run, scenario, stderr, stdout};

/// A case of the catalogue for each class.
const CASES: [(&str, &str); 4] =
    [("legal", "A19"), ("hostile", "B29"), ("rough", "E97"), ("unprotected", "C52")];

/// What a receiver did: the bytes it answered, and whether it then waits for ever.
const DID: [(&str, &str, bool); 10] = [
    ("accepted", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"code\":0}", false),
    ("refused", "HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n", false),
    ("redirected", "HTTP/1.1 302 X\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", false),
    ("crashed", "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", false),
    ("said what is not supported", "HTTP/1.1 501 X\r\nContent-Length: 0\r\n\r\n", false),
    ("said which version is not supported", "HTTP/1.1 505 X\r\nContent-Length: 0\r\n\r\n", false),
    ("closed", "", false),
    ("spoke nonsense", "SSH-2.0 x\r\n\r\n", false),
    ("broke off", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"c", false),
    ("hung", "", true),
];

/// A case as a scenario that every command plays.
fn text_of(id: &str) -> String {
    let provider = provider::find("tencent", "").unwrap();
    let setting = AuditSetting {
        provider,
        revision: provider.newest(),
        method: String::new(),
        expect: String::new(),
        streams: Vec::new(),
        nonce: 1,
    };
    audit::cases().find(|case| case.id == id).unwrap().scenario(&setting)
}

/// Class and findings of each callback of a scenario, by a report.
fn findings(report: &str, path: &str) -> Vec<(String, Value)> {
    let report: Value = serde_json::from_str(report).unwrap();
    let scenarios = report["scenarios"].as_array().unwrap();
    let played = scenarios.iter().find(|scenario| scenario["path"] == path).unwrap();
    let of = |callback: &Value| {
        let mut findings = callback["findings"].clone();
        for finding in findings.as_array_mut().unwrap() {
            finding.as_object_mut().unwrap().remove("place");
        }
        (callback["class"].as_str().unwrap().to_owned(), findings)
    };
    played["callbacks"].as_array().unwrap().iter().map(of).collect()
}

fn verdict(code: i32) -> &'static str {
    match code {
        0 => "passed",
        1 | 5 => "failed",
        _ => "neither",
    }
}

#[test]
fn a_run_an_audit_and_a_load_find_the_same_in_every_class_whatever_the_receiver_did() {
    let differ = Mutex::new(Vec::new());
    let pairs = CASES.iter().flat_map(|case| DID.iter().map(move |did| (*case, *did)));
    all_of(pairs.collect(), |((class, id), (name, bytes, hangs))| {
        let (_folder, path) = scenario(&text_of(id));
        let receiver = Raw::serve(move |_, stream| {
            let _ = stream.write_all(bytes.as_bytes());
            if hangs {
                std::thread::sleep(Duration::from_secs(20));
            }
            false
        });
        let port = receiver.port();
        let common = ["-t", port.as_str(), "--timeout", "600ms"];
        let json = ["--report", "json"];
        let alone = run(&[&["run", &path], &common[..], &json].concat());
        let case = ["audit", "tencent", "--case", id, "--keep-going"];
        let audited = run(&[&case[..], &common, &json].concat());
        let (one, other) = (findings(&stdout(&alone), &path), findings(&stdout(&audited), id));
        assert!(one.iter().any(|(of, findings)| of == class && findings[0].is_object()), "{class}: {one:?}");
        if one != other {
            differ
                .lock()
                .unwrap()
                .push(format!("{class}, {name}: run {one:?}, audit {other:?}\n{}", stderr(&audited)));
        }
        let shape =
            ["--rate", "max", "--count", "4", "--broadcasts", "1", "--duration", "20s", "--drain", "5s"];
        let many = run(&[&["load", &path, "-q"], &common[..], &shape].concat());
        let (one, other) = (alone.status.code().unwrap(), many.status.code().unwrap());
        if verdict(one) != verdict(other) || verdict(one) == "neither" {
            let (run, load) = (stdout(&alone), stdout(&many));
            differ.lock().unwrap().push(format!("{class}, {name}: run {one}, load {other}\n{run}\n{load}"));
        }
    });
    let differ = differ.into_inner().unwrap();
    assert!(differ.is_empty(), "{}: {}", differ.len(), differ.join("\n"));
}
