//! The handshake of a callback URL: sent first, answered by our receiver, and never answered for somebody who proves nothing.

use std::fs;
use std::io::Write as _;

use serde_json::Value;

use crate::oracle::Oracle;
use crate::serving::Served;
use crate::stage::{
    KEY, Raw, body, exits, file, hmac_sha256, hookreel, run, scenario, stderr, stdout, vacant,
};

const ZOOM: &str = "provider: \"@zoom\"\nsigning: {key: 0123456789abcdef0123456789abcdef}\nrecording: {mp4: {resume: 10m}}\n\
                    broadcast: [{0s: push}, {10m: drop}, {12m: push}, {20m: drop}]\n";

#[test]
fn the_handshake_comes_first_and_a_receiver_not_written_by_us_answers_it_and_takes_what_follows() {
    let (_folder, path) = scenario(ZOOM);
    let oracle = Oracle::start(KEY);
    let url = oracle.at("zoom/2026-02/hmac-sha256/handshake");
    let output = run(&["run", &path, "-t", &url]);
    exits(&output, 0);
    let told = stdout(&output);
    let mut lines = told.lines().filter(|line| line.starts_with("  ✓"));
    assert!(lines.next().unwrap().contains("endpoint.url_validation  URL"), "{told}");
    assert_eq!(lines.count(), 6, "{told}");
    // Without it nothing is taken, and with another key not even the handshake.
    let only = ZOOM.replace("broadcast", "subscribe: [recording.completed]\nbroadcast");
    let (_folder, without) = scenario(&only);
    exits(&run(&["run", &without, "-t", &oracle.at("zoom/2026-02/hmac-sha256/without")]), 1);
    let other = Oracle::start("another key");
    let refused = run(&["run", &path, "-t", &other.at("zoom/2026-02/hmac-sha256/other")]);
    exits(&refused, 1);
    assert!(stdout(&refused).contains("signature does not match"), "{}", stdout(&refused));
}

#[test]
fn an_answer_without_the_signature_of_the_token_fails_and_the_finding_says_what_it_costs() {
    let (_folder, path) = scenario(ZOOM);
    let receiver = Raw::statuses(&[200]);
    let output = run(&["run", &path, "-t", &receiver.port(), "--max-failures", "0"]);
    exits(&output, 1);
    let told = stdout(&output);
    for part in [
        "expected status 200, and JSON with `plainToken` = the token and `encryptedToken` = the HMAC-SHA256 of it in \
         lower-case hexadecimal",
        "zoom sends nothing to a URL that has not answered its handshake",
    ] {
        assert!(told.split_whitespace().collect::<Vec<_>>().join(" ").contains(part), "{told}");
    }
    // It says what is wrong, and guesses nothing besides.
    assert!(
        told.contains("got       status 200, and there is no `plainToken` in the answer")
            && !told.contains("likely"),
        "{told}"
    );
    // Sent once, and everything else is accepted.
    assert_eq!(receiver.requests().len(), 7);
    assert_eq!(told.matches("✗").count(), 1, "{told}");
}

#[test]
fn a_run_ends_with_a_handshake_that_was_not_answered_and_has_failed() {
    let (_folder, path) = scenario(ZOOM);
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record").display().to_string();
    for statuses in [&[200], &[401]] {
        let receiver = Raw::statuses(statuses);
        let output = run(&["run", &path, "-t", &receiver.port(), "--record", &record]);
        exits(&output, 1);
        assert_eq!(receiver.requests().len(), 1, "{}", stdout(&output));
        let told = stdout(&output);
        assert!(told.contains("the handshake was not answered as it must be"), "{told}");
        assert!(told.contains("--max-failures 0 plays all") && told.contains("6 not sent"), "{told}");
        exits(&run(&["report", &record]), 1);
    }
}

/// A 204 has no body, so it holds no token; a token as text is another one in each scenario.
#[test]
fn a_handshake_without_json_is_one_failure_however_it_is_answered() {
    for (answer, got) in [
        ("204 No Content", "status 204, and there is no JSON object in the answer"),
        ("200 OK", "status 200, and there is no JSON object in the answer"),
    ] {
        let receiver = Raw::serve_each(move |request, stream| {
            let body = String::from_utf8_lossy(body(request)).into_owned();
            let text = match body.split_once("\"plainToken\":\"") {
                Some((_, token)) if answer.starts_with("200") => token.split('"').next().unwrap().to_owned(),
                _ => String::new(),
            };
            write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: {}\r\n\r\n{text}", text.len()).is_ok()
        });
        let output = run(&["run", "@zoom", "-t", &receiver.port(), "--max-failures", "0"]);
        exits(&output, 1);
        let told = stdout(&output);
        assert!(told.contains(got), "{told}");
        assert_eq!(told.matches("      got  ").count(), 1, "{told}");
        assert!(!told.contains("likely") && !told.contains("200 or 204, and JSON"), "{told}");
    }
}

/// A receiver that is not there has failed at anything, not at its handshake.
#[test]
fn what_a_handshake_costs_is_said_where_its_answer_is_wrong_and_nowhere_else() {
    let gone = format!("http://{}/", vacant());
    let output = run(&["run", "@zoom/one-meeting", "-t", &gone]);
    assert!(!stdout(&output).contains("handshake"), "{}", stdout(&output));
    let receiver = Raw::statuses(&[404]);
    let output = run(&["run", "@zoom/one-meeting", "-t", &receiver.port()]);
    assert!(!stdout(&output).contains("has not answered its handshake"), "{}", stdout(&output));
    let waited = run(&["run", "@zoom/one-meeting", "-t", &gone, "--wait-for", "1s"]);
    assert!(!stderr(&waited).contains("--wait-for"), "{}", stderr(&waited));
}

#[test]
fn one_handshake_by_hand_is_answered_with_the_key_that_signed_it() {
    let served = Served::keyed("zoom", Some("the older key"), &["--provider-file", "@zoom"]);
    let send = |key: &str| {
        let mut command = hookreel();
        command.args([
            "send",
            "zoom",
            "endpoint.url_validation",
            "--provider-file",
            "@zoom",
            "-t",
            &served.port,
        ]);
        command.args(["--secret-env", "K"]).env("K", key).output().unwrap()
    };
    exits(&send("the older key"), 0);
    exits(&send("another key"), 1);
    let both = ["--provider-file", "@zoom", "--secret-file"];
    let folder = tempfile::tempdir().unwrap();
    let newer = folder.path().join("newer");
    fs::write(&newer, "the newer key").unwrap();
    let served =
        Served::keyed("zoom", Some("the older key"), &[both[0], both[1], both[2], newer.to_str().unwrap()]);
    for key in ["the older key", "the newer key"] {
        let mut command = hookreel();
        command.args([
            "send",
            "zoom",
            "endpoint.url_validation",
            "--provider-file",
            "@zoom",
            "-t",
            &served.port,
        ]);
        exits(&command.args(["--secret-env", "K"]).env("K", key).output().unwrap(), 0);
    }
}

/// The status and the body of an answer.
fn parted(answer: &str) -> (&str, &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap(), body)
}

fn post(body: &str, head: &str) -> String {
    let length = body.len();
    format!(
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n{head}Content-Length: {length}\r\n\r\n\
         {body}"
    )
}

#[test]
fn a_receiver_that_signs_any_token_signs_a_callback_for_whoever_asks_and_the_right_one_does_not() {
    let file = ["--provider-file", "@zoom"];
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let forged = r#"{"event":"recording.completed","event_ts":1772979025000,"payload":{"account_id":"abc","object":{"uuid":"u1","topic":"x","recording_files":[{"id":"forged"}]}}}"#;
    let token = format!("v0:{now}:{forged}");
    let asking =
        serde_json::json!({"event": "endpoint.url_validation", "payload": {"plainToken": token}}).to_string();
    let careless = ["--bug", "handshake-answered-unproved"];
    let wrong = Served::start("zoom", &[&file[..], &careless].concat());
    let answer = wrong.ask(&post(&asking, ""));
    let (status, body) = parted(&answer);
    assert_eq!(status, "200", "{answer}");
    let given: Value = serde_json::from_str(body).unwrap();
    let made = given["encryptedToken"].as_str().unwrap();
    assert_eq!(made, hmac_sha256(KEY, &token));
    let head = format!("x-zm-request-timestamp: {now}\r\nx-zm-signature: v0={made}\r\n");
    let right = Served::start("zoom", &file);
    // What the careless one signed is proof for the right one, too; by itself that one signs nothing.
    assert_eq!(parted(&right.ask(&post(forged, &head))).0, "200");
    let refused = right.ask(&post(&asking, ""));
    assert_eq!(parted(&refused).0, "401");
    assert!(!refused.contains(made), "{refused}");
}

#[test]
fn the_right_receiver_passes_every_case_of_handshakes_and_one_that_is_never_asked_has_none() {
    let output = run(&["audit", "zoom", "--provider-file", "@zoom", "--strict", "--case", "A23,C265,C266"]);
    exits(&output, 0);
    assert!(stdout(&output).contains("passed: 4 passed"), "{}", stdout(&output));
    let none = run(&["audit", "huawei", "--case", "A23"]);
    exits(&none, 2);
    assert!(stderr(&none).contains("no case is left"), "{}", stderr(&none));
}

#[test]
fn a_load_does_not_set_its_url_up_with_every_broadcast() {
    let (_folder, path) = scenario(ZOOM);
    let receiver = Raw::statuses(&[200]);
    let output = run(&["load", &path, "-t", &receiver.port(), "--rate", "50/s", "--duration", "1s"]);
    assert!(!receiver.requests().is_empty(), "{}{}", stdout(&output), stderr(&output));
    for request in receiver.requests() {
        assert!(!String::from_utf8_lossy(&request).contains("url_validation"));
    }
}

#[test]
fn the_handshake_comes_first_in_every_order_of_the_others() {
    let receiver = Raw::acknowledging();
    exits(&run(&["run", "@zoom/every-order", "-t", &receiver.port()]), 0);
    let asks = |request: &Vec<u8>| String::from_utf8_lossy(request).contains("url_validation");
    let places: Vec<bool> = receiver.requests().iter().map(asks).collect();
    assert_eq!(places, [true, false, false, true, false, false]);
    // By itself it has no order.
    let alone =
        ZOOM.replace("broadcast", "delivery: {orders: all}\nsubscribe: [endpoint.url_validation]\nbroadcast");
    let (_folder, path) = scenario(&alone);
    let output = run(&["run", &path]);
    exits(&output, 2);
    assert!(stderr(&output).contains("this scenario has 0"), "{}", stderr(&output));
}

/// A text of Zoom's file, what stands in its place, and what is said of it.
const MISTAKES: &[[&str; 4]] = &[
    [
        "event: endpoint.url_validation\n  token",
        "event: endpoint.url\n  token",
        "no message on `set-up` is a",
        "expected one of",
    ],
    [
        "token: payload.plainToken",
        "token: payload.token",
        "`payload.token` is in no",
        "expected the path to the token",
    ],
    [
        "\"{token}\"",
        "\"token\"",
        "the token is not in the text that is signed",
        "with or without text around it",
    ],
    ["\"{token}\"", "\"{tokn}\"", "`{tokn}` cannot stand here", "did you mean `token`?"],
    ["$token, ", "$tokn, ", "this cannot stand in the answer", "expected $token, $signature, or a text"],
    [", encryptedToken: $signature", "", "nothing in the answer proves", "the value `$signature`"],
    ["signature: 8d32", "signature: 8d33", "does not give this signature", "it gives 8d32"],
];

#[test]
fn a_mistake_in_a_handshake_is_told_once_with_its_place() {
    let text = fs::read_to_string(file("docs/providers/zoom.yaml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zoom.yaml");
    for [from, to, title, help] in MISTAKES {
        assert!(text.contains(from), "{from}");
        fs::File::create(&path).unwrap().write_all(text.replacen(from, to, 1).as_bytes()).unwrap();
        let output = run(&["provider", "check", path.to_str().unwrap()]);
        exits(&output, 2);
        let said = stderr(&output);
        assert!(said.contains(title) && said.contains(help), "{to}\n{said}");
        assert_eq!(said.matches("error:").count(), 1, "{to}\n{said}");
        assert!(said.contains("zoom.yaml:"), "{said}");
    }
}
