//! What an audit says of receivers of senders that sign in headers, each of which has one habit.

use std::time::Duration;

use crate::peers::{Peer, say};

/// What the audit of a receiver says, and its exit code.
fn audit(habit: &str, words: &str) -> (String, Option<i32>) {
    let peer = Peer::start(&format!("mistaken.py {habit}")).expect("Python is there");
    let sender = habit.split('-').next().unwrap_or_default();
    let words = words.replace("{state}", &peer.state());
    let said = say(
        &format!("audit {sender} -t {} --secret-env CALLBACK_KEY {words}", peer.port),
        Duration::from_secs(60),
    );
    (said.all(), said.exit)
}

#[test]
fn a_body_that_is_verified_as_it_was_printed_again_is_the_one_cause_and_stands_first() {
    let (said, exit) = audit("mux-printed", "--case A19,C48,C70,E110,E110.b,M262,M263,F132");
    assert_eq!(exit, Some(1), "{said}");
    let failed: Vec<&str> = said.lines().filter(|line| line.ends_with(" (should)")).collect();
    assert_eq!(failed, ["C70 another spelling of the same JSON (should)"], "{said}");
    assert!(said.contains("how to fix      verify the body as it came, before any parser"), "{said}");
    assert!(said.contains("failed alike    E110 E110.b M263\n"), "{said}");
    assert!(!said.contains("verify the values"), "{said}");
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
