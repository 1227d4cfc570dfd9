//! Callbacks that are GETs: everything they say stands in the query, and the signature in headers. Faults, `replay` and `init --from`
//! treat them as they treat those with a body.

use std::fs;

use serde_json::Value;

use crate::serving::Served;
use crate::stage::{KEY, exits, file, hookreel, run, scenario, stderr, stdout};

/// The shipped scenario with GETs about the push, with one fault.
fn pushed(fault: &str) -> (tempfile::TempDir, String) {
    let text = fs::read_to_string(file("scenarios/alibaba/push.yaml")).unwrap();
    scenario(&format!("{text}faults: [{{{fault}}}]\n"))
}

/// Plays the scenario against our own receiver, which sees each signature, and is told by its key.
fn play(served: &Served, path: &str, more: &[&str]) -> std::process::Output {
    let mut command = hookreel();
    command.args(["run", path, "-t", &served.port]).args(more).env("HOOKREEL_KEY", KEY);
    command.output().unwrap()
}

#[test]
fn a_fault_of_values_signatures_and_times_is_put_on_a_get() {
    let served = Served::keyed("alibaba", Some(KEY), &[]);
    let refused = "401";
    for (fault, class, status) in [
        ("signature: {on: publish}", "hostile", refused),
        ("signature: {on: publish, as: missing}", "hostile", refused),
        ("signature: {on: publish, as: upper}", "rough", refused),
        ("unsign: {on: publish}", "hostile", refused),
        ("wrong-scheme: {on: publish}", "hostile", refused),
        ("wrong-key: {on: publish}", "hostile", refused),
        ("expire: {on: publish}", "hostile", refused),
        ("retime: {on: publish}", "hostile", refused),
        // The ingest domain is signed; the address of the encoder is not.
        ("tamper: {on: publish, field: app}", "hostile", refused),
        ("tamper: {on: publish, field: ip}", "unprotected", "200"),
        ("tamper: {on: publish, field: '@time'}", "hostile", refused),
        ("skew: {on: publish}", "legal", "200"),
        ("set: {on: publish, field: '@stream', to: another}", "legal", "200"),
        ("set: {on: publish, field: app, to: other.example.com}", "legal", "200"),
        ("add-field: {on: publish}", "legal", "200"),
        ("name: {on: publish}", "rough", "200"),
        ("unknown-event: {on: publish}", "legal", "200"),
    ] {
        let (_folder, path) = pushed(fault);
        let output = play(&served, &path, &["--report", "json"]);
        let told = format!("{fault}: {}{}", stdout(&output), stderr(&output));
        assert_eq!(output.status.code(), Some(0), "{told}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let callbacks = report["scenarios"][0]["callbacks"].as_array().unwrap();
        let faulty: Vec<&Value> =
            callbacks.iter().filter(|callback| !callback["faults"].as_array().unwrap().is_empty()).collect();
        assert_eq!(faulty.len(), 2, "{told}");
        for callback in faulty {
            assert_eq!(callback["class"], class, "{told}");
            assert_eq!(callback["attempts"][0]["status"].to_string(), status, "{told}");
        }
    }
}

#[test]
fn a_fault_of_the_bytes_of_a_body_cannot_be_put_on_a_get() {
    for fault in ["respell", "repeat-key", "bloat", "pad", "encode", "form", "compress", "loose-json"] {
        let field = if fault == "repeat-key" { ", field: app" } else { "" };
        let (_folder, path) = pushed(&format!("{fault}: {{on: publish{field}}}"));
        let output = run(&["run", &path]);
        exits(&output, 2);
        let said = stderr(&output);
        assert!(said.contains("this callback is a GET without a body"), "{fault}: {said}");
    }
}

#[test]
fn a_captured_get_is_sent_again_as_it_came_or_signed_anew_from_captures_and_records() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (capture, record, again) = (at("capture"), at("run.jsonl"), at("again.jsonl"));
    let served = Served::keyed("alibaba", Some(KEY), &["--capture", &capture]);
    exits(&play(&served, "@alibaba/push", &["--record", &record]), 0);
    served.end("TERM");
    let replay = |from: &str, more: &[&str]| {
        let served = Served::keyed("alibaba", Some(KEY), &[]);
        let mut command = hookreel();
        // The host is signed: the same as that of the run.
        let target = format!("http://localhost:{}/own?z=1", served.port);
        command.args(["replay", from, "-t", &target, "--secret-env", "K"]).args(more).env("K", KEY);
        let output = command.output().unwrap();
        assert!(
            stdout(&output).contains("9 callbacks, 9 attempts: 9 accepted; as before: 9"),
            "{}",
            stdout(&output)
        );
        exits(&output, 0);
        assert_eq!(stderr(&output).matches("left out").count(), 0, "{}", stderr(&output));
    };
    replay(&capture, &[]);
    replay(&capture, &["--resign"]);
    replay(&record, &["--record", &again]);
    // A record of what was sent again holds as much as the first.
    replay(&again, &[]);
}

#[test]
fn a_scenario_from_a_capture_with_gets_sends_their_queries_signed_anew() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let capture = at("capture");
    let served = Served::keyed("alibaba", Some(KEY), &["--capture", &capture]);
    // Two pushes of seconds are no broadcast of the model, so each message is a step with a file of its own.
    exits(&play(&served, "@alibaba/push", &[]), 0);
    served.end("TERM");
    exits(&run(&["init", "alibaba", "--from", &capture, "--into", &at("own")]), 0);
    let text = fs::read_to_string(folder.path().join("own/hookreel/incident.yaml")).unwrap();
    assert!(
        text.contains("{query: incident/2.txt, resign: true, set: {id: \"${STREAM:-pushed}\"}}"),
        "{text}"
    );
    let query = fs::read_to_string(folder.path().join("own/hookreel/incident/2.txt")).unwrap();
    assert!(query.starts_with("action=publish&") && !query.contains("ALI-LIVE"), "{query}");
    let served = Served::keyed("alibaba", Some(KEY), &[]);
    let mut command = hookreel();
    let output = command
        .args(["run", &at("own/hookreel/incident.yaml"), "-t", &served.port])
        .envs([("CALLBACK_KEY", KEY), ("STREAM", "of my own")])
        .output()
        .unwrap();
    assert!(stdout(&output).contains("publish_done"), "{}", stdout(&output));
    exits(&output, 0);
}

#[test]
fn a_step_with_both_a_body_and_a_query_or_with_neither_is_told_where_it_stands() {
    let step = |what: &str| {
        let steps = format!("broadcast:\n  - 0s: {{callback: {{{what}}}}}\n");
        scenario(&format!(
            "name: x\nprovider: alibaba\nrecording: {{hls: {{}}}}\nsigning: {{method: none}}\n{steps}"
        ))
    };
    for (what, said) in [
        ("body: a, query: b", "a callback has a body or a query, not both"),
        ("resign: true", "neither a body nor a query"),
        ("query: nowhere.txt", "the query cannot be read"),
    ] {
        let (_folder, path) = step(what);
        let output = run(&["check", &path]);
        exits(&output, 2);
        let told = stderr(&output);
        assert!(told.contains(said) && told.contains(":6:"), "{told}");
    }
    let (folder, path) = step("query: q.txt");
    fs::write(folder.path().join("q.txt"), "action=unknown&app=x").unwrap();
    let output = run(&["check", &path]);
    exits(&output, 2);
    assert!(stderr(&output).contains("this query is not a callback of alibaba"), "{}", stderr(&output));
}

#[test]
fn a_report_of_a_capture_takes_gets_for_callbacks_and_a_refused_forgery_for_no_lost_one() {
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("capture").display().to_string();
    let served = Served::keyed("alibaba", Some(KEY), &["--capture", &capture]);
    exits(&play(&served, "@alibaba/push", &[]), 0);
    let (_folder, path) = pushed("signature: {on: publish}");
    exits(&play(&served, &path, &["-q"]), 0);
    served.end("TERM");
    let output = run(&["report", &capture]);
    let told = stdout(&output);
    exits(&output, 0);
    assert!(told.contains("publish pushed  200  accepted") && !told.contains("left out"), "{told}");
    let forged = "401  rejected, as it must be: it came without a right signature";
    assert_eq!(told.matches(forged).count(), 2, "{told}");
    assert!(told.contains(", 2 rejected for a wrong signature\n"), "{told}");
}
