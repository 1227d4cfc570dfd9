//! What an audit and a run say of receivers of senders that sign in headers, each of which has one habit.

use std::time::Duration;

use crate::peers::{Peer, say};

/// What the audit of a receiver says, and its exit code.
fn audit(habit: &str, words: &str) -> (String, Option<i32>) {
    told(habit, &format!("audit {} -t {{port}} --secret-env CALLBACK_KEY {words}", sender(habit)))
}

fn sender(habit: &str) -> &str {
    habit.split('-').next().unwrap_or_default()
}

/// The same of any command.
fn told(habit: &str, line: &str) -> (String, Option<i32>) {
    let peer = Peer::start(&format!("mistaken.py {habit}")).expect("Python is there");
    let line = line.replace("{port}", &peer.port).replace("{state}", &peer.state());
    let said = say(&line, Duration::from_secs(60));
    (said.all(), said.exit)
}

#[test]
fn a_body_that_is_verified_as_it_was_printed_again_is_the_one_cause_and_stands_first() {
    let (said, exit) = audit("mux-printed", "--case A19,C48,C70,E110,E110.b,M262,M263,F132");
    assert_eq!(exit, Some(1), "{said}");
    let failed: Vec<&str> =
        said.lines().filter(|line| line.ends_with(" (should)") || line.ends_with(" (must)")).collect();
    assert_eq!(failed, ["C70.b a body that no parser prints again as it came (must)"], "{said}");
    assert!(said.contains("how to fix      verify the body as it came, before any parser"), "{said}");
    assert!(said.contains("failed alike    C70 E110 E110.b M263\n"), "{said}");
    assert!(!said.contains("verify the values"), "{said}");
    let (said, exit) = audit("mux-printed", "--quick --case C70");
    assert_eq!(exit, Some(1), "{said}");
}

#[test]
fn of_two_signatures_a_receiver_may_check_either() {
    let (said, exit) = audit("agora-first", "--only C --quick");
    assert_eq!(exit, Some(0), "{said}");
}

#[test]
fn a_token_that_is_taken_before_its_time_is_no_question_of_clocks() {
    let (said, exit) = audit("livekit-early", "--case B31");
    assert_eq!(exit, Some(1), "{said}");
    assert!(said.contains("how to fix      check `nbf` as well as `exp`"), "{said}");
    assert!(!said.contains("allow for five minutes"), "{said}");
}

#[test]
fn a_body_without_a_file_stores_none_whatever_it_is_answered() {
    let (said, exit) = audit("srs-silent", "--case A1,E102,E103 --state {state}");
    assert_eq!(exit, Some(0), "{said}");
    assert!(said.contains("3 passed"), "{said}");
}

#[test]
fn a_receiver_with_the_registered_host_is_told_of_it_and_tested_with_it() {
    let run = "run @alibaba/one-file -t {port} --secret-env CALLBACK_KEY";
    let (said, exit) = told("alibaba-fixed", run);
    assert_eq!(exit, Some(1), "{said}");
    assert!(
        said.contains("the host: it is signed as the target has it") && said.contains("--setting host=HOST"),
        "{said}"
    );
    for line in [
        "run @alibaba/one-file -t {port} --secret-env CALLBACK_KEY --setting host=hooks.example.com",
        "load @alibaba/one-file -t {port} --secret-env CALLBACK_KEY --setting host=hooks.example.com --count 20 --rate 200/s",
        "audit alibaba -t {port} --secret-env CALLBACK_KEY --setting host=hooks.example.com --case C51,B27,A19",
        "run @alibaba/one-file --setting host=hooks.example.com",
    ] {
        let (said, exit) = told("alibaba-fixed", line);
        assert_eq!(exit, Some(0), "{line}: {said}");
    }
}

#[test]
fn what_makes_no_sense_is_told_beside_what_has_the_wrong_shape() {
    let (_folder, file) = crate::stage::scenario(
        "provider: huawei\nrecording: {hls: {cycle: 30}}\nbroadcast: [{0s: push}, {25m: drop}, {20m: push}, {30m: drop}]\n",
    );
    let output = crate::stage::run(&["check", &file]);
    crate::stage::exits(&output, 2);
    let text = crate::stage::stderr(&output);
    for wanted in ["the number 30 does not belong here", "time goes back: 20m does not come after 25m"] {
        assert!(text.contains(wanted), "{text}");
    }
    assert_eq!(text.matches("error: ").count(), 2, "{text}");
}
