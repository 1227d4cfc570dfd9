//! Every shipped scenario against a receiver that is not ours.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use hookreel::provider::{ALL, Provider, find};
use serde_json::Value;

use crate::stage::{KEY, exits, file, hookreel, newest, python, run, scenario, stdout};

pub(crate) struct Oracle {
    child: Child,
    port: String,
}

impl Oracle {
    pub(crate) fn start(key: &str) -> Self {
        let mut python = Command::new(python());
        python.arg(file("tests/oracle/receiver.py")).arg(key).stdout(Stdio::piped());
        // The tests need Python 3.
        let mut child = python.spawn().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { child, port: port.trim().to_owned() }
    }

    /// Where it takes a provider's newest callbacks in their default form.
    fn url(&self, provider: &Provider) -> String {
        self.at(&newest(provider))
    }

    /// One of its URLs.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Path, provider, revision and method of every shipped play, once for all its orders.
fn shipped() -> Vec<(String, String, String, String)> {
    let plan: Value = serde_json::from_str(&stdout(&run(&["plan", "@all", "--format", "json"]))).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    let plays = plan["scenarios"].as_array().unwrap().iter();
    let mut plays: Vec<_> = plays
        .map(|p| (text(&p["path"]), text(&p["provider"]), text(&p["revision"]), text(&p["signing"])))
        .collect();
    plays.dedup();
    plays
}

#[test]
fn a_receiver_not_written_by_us_accepts_every_shipped_scenario() {
    let oracle = Oracle::start(KEY);
    let plays = shipped();
    assert!(plays.len() >= 20);
    for (path, provider, revision, method) in plays {
        if path.starts_with("@both/") || path.starts_with("@keys/") || path.starts_with("@all/") {
            continue; // Several providers, or two keys, at one URL: see the next tests.
        }
        let url = format!("http://127.0.0.1:{}/{provider}/{revision}/{method}/{path}", oracle.port);
        exits(&run(&["run", &path, "-t", &url]), 0);
    }
}

/// The scenario with one of its senders alone.
fn alone(path: &str, provider: &str) -> String {
    let text =
        std::fs::read_to_string(file(&format!("scenarios/{}.yaml", path.trim_start_matches('@')))).unwrap();
    let line = text.lines().find(|line| line.starts_with("provider: [")).unwrap();
    let word = [provider.to_owned(), format!("\"@{provider}\"")]
        .into_iter()
        .find(|word| line.split(['[', ']', ',']).any(|listed| listed.trim() == word));
    text.replacen(line, &format!("provider: {}", word.unwrap()), 1)
}

#[test]
fn a_receiver_not_written_by_us_accepts_each_sender_of_the_broadcasts_that_all_tell() {
    let oracle = Oracle::start(KEY);
    let plays: Vec<_> = shipped().into_iter().filter(|(path, ..)| path.starts_with("@all/")).collect();
    for provider in ALL {
        assert!(plays.iter().any(|(_, name, ..)| name == provider.name), "{} tells none", provider.name);
    }
    for (path, provider, revision, method) in plays {
        let (_folder, own) = scenario(&alone(&path, &provider));
        exits(&run(&["run", &own, "-t", &oracle.at(&format!("{provider}/{revision}/{method}/{path}"))]), 0);
    }
}

/// The broadcast as this provider can tell it: what it records is its own.
fn told_by(text: &str, provider: &Provider) -> String {
    let shared = "  hls: {resume: 60s}\n  mp4: {cycle: 60m}\n";
    assert!(text.contains(shared));
    let text = text.replace("[huawei, tencent]", provider.name);
    match provider.name {
        "huawei" | "tencent" => text,
        _ => text.replace(&format!("recording:\n{shared}"), &format!("recording: {}\n", provider.eventful)),
    }
}

#[test]
fn the_oracle_accepts_each_provider_of_a_shared_broadcast() {
    let oracle = Oracle::start(KEY);
    let text = std::fs::read_to_string(file("scenarios/both/one-broadcast.yaml")).unwrap();
    for provider in ALL {
        let (_folder, path) = scenario(&told_by(&text, provider));
        let url = oracle.url(provider);
        exits(&run(&["run", &path, "-t", &url]), 0);
    }
}

#[test]
fn the_oracle_refuses_another_key() {
    let oracle = Oracle::start("another key");
    let text = std::fs::read_to_string(file("scenarios/both/one-broadcast.yaml")).unwrap();
    for provider in ALL.iter().filter(|provider| !provider.newest().signatures.is_empty()) {
        let (_folder, path) = scenario(&told_by(&text, provider));
        let output = run(&["run", &path, "-t", &oracle.url(provider)]);
        exits(&output, 1);
        assert!(stdout(&output).contains("signature does not match"), "{}", stdout(&output));
    }
}

/// Senders whose files come with the program, beside those that are built in.
const DECLARED: [&str; 2] = ["zoom", "sparkrtc"];

#[test]
fn the_oracle_takes_nothing_that_the_audit_forges_for_any_sender() {
    let oracle = Oracle::start(KEY);
    let declared = DECLARED.map(|name| find(name, "").unwrap());
    let senders = ALL.iter().copied().chain(declared).filter(|sender| !sender.newest().signatures.is_empty());
    for sender in senders {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("card.json");
        let output = hookreel()
            .args(["audit", sender.name, "-t", &oracle.at(&format!("{}/alone", newest(sender)))])
            .args(["--only", "B,C,D,F", "--keep-going", "--scorecard"])
            .arg(&path)
            .output()
            .unwrap();
        // It is stricter than a receiver should be: what is legal and odd, it may refuse.
        assert!([Some(0), Some(1)].contains(&output.status.code()), "{}", stdout(&output));
        let card: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let cases = card["cases"].as_array().unwrap();
        for case in cases.iter().filter(|case| case["score"] == "failed") {
            assert!(!case["seen"].to_string().contains("got status 200"), "{}: {case}", sender.name);
        }
        let held = cases.iter().filter(|case| case["score"] == "passed").count();
        assert!(held >= 40, "{}: {held} passed", sender.name);
    }
}

#[test]
fn the_oracle_refuses_an_expired_signature() {
    let oracle = Oracle::start(KEY);
    let url = oracle.url(find("tencent", "").unwrap());
    let output = hookreel()
        .args(["run", "@tencent/single-file", "-t", &url, "--now", "2020-01-01T00:00:00Z"])
        .output()
        .unwrap();
    exits(&output, 1);
    assert!(stdout(&output).contains("signature has expired"), "{}", stdout(&output));
}
