//! What a receiver's answer leads to: the line to type next, and the cause that fits what was seen.

use std::fs;
use std::io::Write as _;
use std::process::Output;
use std::sync::Mutex;

use crate::stage::{Raw, body, exits, free_port, hookreel, run, stderr, stdout};

/// A receiver that gives every callback this answer.
fn answering(status: u16, head: &'static str, body: &'static str) -> Raw {
    Raw::serve_each(move |_, stream| {
        write!(stream, "HTTP/1.1 {status} X\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    })
}

fn keyed(args: &[&str]) -> Output {
    hookreel().args(args).args(["--secret-env", "K"]).env("K", "0123456789abcdef").output().unwrap()
}

#[test]
fn a_run_without_a_scenario_says_first_what_it_plays_and_how_a_sender_is_named() {
    let receiver = Raw::statuses(&[200]);
    let output = run(&["run", "-t", &receiver.port()]);
    exits(&output, 0);
    let told = stderr(&output);
    let first = told.lines().next().unwrap();
    assert!(first.starts_with("note: no scenario was named, so one of huawei and one of tencent"), "{told}");
    for sender in ["run @PROVIDER", "huawei, tencent, srs", "livekit", "zoom"] {
        assert!(first.contains(sender), "{sender}: {told}");
    }
    assert!(
        !stderr(&run(&["run", "@tencent/single-file", "-t", &receiver.port()]))
            .contains("no scenario was named")
    );
    assert!(!stderr(&run(&["run"])).contains("no scenario was named"), "nobody's receiver is tested");
    let bare = stdout(&run(&[]));
    assert!(
        bare.contains("hookreel run @PROVIDER -t 8080") && bare.contains("huawei, tencent, srs"),
        "{bare}"
    );
}

#[test]
fn a_login_that_the_target_names_was_refused_and_is_not_asked_for_again() {
    let receiver = answering(401, "WWW-Authenticate: Basic realm=\"x\"\r\n", "");
    let target = format!("http://user:wrong@localhost:{}/cb", receiver.port());
    for words in [&["run", "@tencent/single-file"][..], &["audit", "tencent", "--quick"]] {
        let told = stdout(&run(&[words, &["-t", &target]].concat()));
        assert!(told.contains("a login: user and password of the target were refused (Basic)"), "{told}");
        assert!(!told.contains("USER:PASSWORD"), "{told}");
        let without = stdout(&run(&[words, &["-t", &receiver.port()]].concat()));
        assert!(without.contains("http://USER:PASSWORD@HOST"), "{without}");
    }
}

#[test]
fn an_audit_of_a_receiver_that_wants_a_header_of_its_own_names_the_header_first() {
    let receiver = answering(401, "", r#"{"error":"missing X-Api-Token"}"#);
    let output = keyed(&["audit", "tencent", "--quick", "-t", &receiver.port()]);
    exits(&output, 3);
    let told = stdout(&output);
    let first = told.lines().find(|line| line.starts_with("  try ")).unwrap();
    assert!(first.contains("-H 'X-Api-Token: VALUE'"), "{told}");
}

#[test]
fn the_line_that_a_load_proposes_has_the_key_as_it_was_given() {
    let receiver = answering(401, "", r#"{"error":"bad signature"}"#);
    let load = ["load", "@mux/one-asset", "-t", &receiver.port(), "--rate", "20/s", "--duration", "1s"];
    let told = stdout(&keyed(&load));
    assert!(told.contains("`hookreel verify mux REQUEST --secret-env K --computed SIGNATURE`"), "{told}");
}

#[test]
fn an_unknown_stream_and_a_file_that_is_known_have_their_own_next_step() {
    let unknown = answering(400, "", r#"{"message":"stream not found"}"#);
    let told = stdout(&run(&["audit", "tencent", "--quick", "-t", &unknown.port()]));
    assert!(told.contains("--stream NAME") && !told.contains("-H 'NAME"), "{told}");
    let first = told.lines().find(|line| line.starts_with("  try ")).unwrap();
    assert!(first.contains("a stream that the receiver does not know"), "{told}");
    let known = answering(500, "", r#"{"error":"UNIQUE constraint failed: recordings.file_id"}"#);
    let told = stdout(&run(&["run", "@tencent/single-file", "-t", &known.port()]));
    assert!(
        told.contains("a file that the receiver knows already") && told.contains("--seed random"),
        "{told}"
    );
    let gateway = answering(502, "", "<h1>Bad Gateway</h1>");
    let told = stdout(&run(&["audit", "tencent", "--quick", "-t", &gateway.port()]));
    assert!(told.contains("a gateway") && !told.contains("--stream"), "{told}");
}

#[test]
fn the_expectation_that_is_proposed_names_the_field_that_says_no() {
    for (body, wanted) in [
        (r#"{"success":false,"message":"bad signature"}"#, r#"'{accept: {json: {"$.success": true}}}'"#),
        (r#"{"code":401,"message":"bad signature"}"#, r#"'{accept: {json: {"$.code": 0}}}'"#),
        (r#"{"error":"bad signature"}"#, r#"'{accept: {json: {"$.error": {exists: false}}}}'"#),
    ] {
        let receiver = answering(200, "", body);
        let told = stdout(&run(&["audit", "tencent", "--quick", "-t", &receiver.port()]));
        assert!(told.contains(wanted), "{body}: {told}");
        let expect = wanted.trim_matches('\'');
        let again = run(&["run", "@tencent/single-file", "-t", &receiver.port(), "--expect", expect]);
        exits(&again, 1);
    }
}

#[test]
fn a_callback_that_bears_no_signature_is_not_called_correctly_signed() {
    let receiver = answering(403, "", "no");
    for (sender, words) in [("srs", "a plain callback was rejected"), ("tencent", "a plain, signed callback")]
    {
        let told = stdout(&run(&["audit", sender, "--quick", "-t", &receiver.port()]));
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn the_usage_of_a_command_that_lacks_its_path_shows_no_flag_of_the_settings_as_required() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hookreel.toml"), "secret-env = \"K\"\n").unwrap();
    for command in ["plan", "check", "load"] {
        let output = hookreel().arg(command).env("K", "k").current_dir(folder.path()).output().unwrap();
        exits(&output, 2);
        let told = stderr(&output);
        assert!(told.contains(&format!("Usage: hookreel {command} [OPTIONS]")), "{told}");
        assert!(!told.contains("--secret-env <NAME>") && told.contains("PATH"), "{told}");
    }
}

#[test]
fn callbacks_that_are_spaced_out_are_shown_at_their_times() {
    let receiver = Raw::statuses(&[200]);
    let output = run(&["send", "tencent", "record", "-t", &receiver.port(), "-n", "4", "--every", "50ms"]);
    exits(&output, 0);
    let told = stdout(&output);
    let times: Vec<&str> =
        told.lines().filter_map(|line| line.trim().strip_prefix("✓")?.split_whitespace().next()).collect();
    assert_eq!(times, ["0s", "50ms", "100ms", "150ms"], "{told}");
}

#[test]
fn the_end_of_the_receivers_process_is_the_headline_and_no_answer_before_it() {
    let port = free_port();
    let receiver = crate::stage::file("tests/receivers/ends.py");
    let exec = format!("exec python3 {} {port} after 1", receiver.display());
    let output = run(&["run", "@tencent/flv-cycle", "-t", &port, "--exec", &exec]);
    exits(&output, 1);
    let told = stdout(&output) + &stderr(&output);
    assert!(!told.contains("failed: the first callback was answered 200"), "{told}");
}

#[test]
fn several_revisions_are_promised_by_the_audit_alone() {
    for command in ["send", "serve"] {
        let help = stdout(&run(&[command, "--help"]));
        assert!(!help.contains("takes several"), "{help}");
    }
    let help = stdout(&run(&["audit", "--help"]));
    assert!(help.contains("`2021-05,2024`, or `all`"), "{help}");
}

/// A receiver for huawei that knows a file by the path of its object alone, and lists it so.
fn by_object() -> Raw {
    let files: Mutex<Vec<(String, String)>> = Mutex::default();
    Raw::serve_each(move |request, stream| {
        let mut files = files.lock().unwrap();
        let answer = if request.starts_with(b"GET") {
            let list = files.iter().map(|(id, object)| serde_json::json!({"id": id, "object": object}));
            serde_json::Value::from_iter(list).to_string()
        } else {
            let message: serde_json::Value = serde_json::from_slice(body(request)).unwrap_or_default();
            let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
            let object = text("obs_object");
            if !object.is_empty() && !files.iter().any(|(_, known)| *known == object) {
                // The id is not kept.
                files.push((String::new(), object));
            }
            "{}".to_owned()
        };
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
        write!(stream, "{head}Content-Length: {}\r\n\r\n{answer}", answer.len()).is_ok()
    })
}

#[test]
fn a_receiver_that_lists_files_by_their_objects_is_judged_by_these() {
    let receiver = by_object();
    let (port, state) = (receiver.port(), format!("http://localhost:{}/recordings", receiver.port()));
    let audit = |cases: &str| run(&["audit", "huawei", "-t", &port, "--state", &state, "--case", cases]);
    // A message that lacks the first identity is stored by the other one.
    let output = audit("A1,A2,A3,F123");
    exits(&output, 0);
    let output = audit("C51");
    exits(&output, 1);
    let told = stdout(&output);
    // A forgery that is stored is seen by its object, too.
    assert!(told.contains("(its obs_object) was stored although the callback had to be rejected"), "{told}");
}
