//! Senders that sign in a header: the vendors' printed vectors, and what the commands say of them.

use std::io::Write;

use hookreel::callback::{Body, FieldSlot};
use hookreel::provider::signature::{SignatureKeys, SignedMessage, bytes_signed_in_head, seal};
use hookreel::provider::{Provider, find};

use crate::stage::{KEY, Raw, exits, hookreel, run, stderr, stdout};

/// The key of our own vectors.
const OURS: &str = "hookreel-test-key-0123456789abcdef";

/// These bytes, signed by a provider's newest revision.
fn signed(provider: &str, key: &str, body: &str, time: i64) -> SignedMessage {
    let provider: &Provider = find(provider, "").unwrap();
    let revision = provider.newest();
    let (method, signature) = &revision.signatures[0];
    let settings =
        provider.settings.iter().map(|setting| (setting.name, setting.default.to_owned())).collect();
    let signing = SignatureKeys {
        method: *method,
        signature,
        key: key.to_owned().into(),
        others: Default::default(),
        lifetime: provider.lifetime,
        time: revision.signed_time,
        resign_retries: true,
    };
    let template =
        bytes_signed_in_head(body.to_owned().into(), signature, revision.signed_headers, &settings);
    seal(&template, Some(&signing), time)
}

fn header(message: &SignedMessage, name: &str) -> String {
    let value = message.headers.iter().find(|(known, _)| *known == name).unwrap();
    String::from_utf8(value.1.clone()).unwrap()
}

/// The body of the vendor's page 647/90450, tabs and line ends as printed.
const TRTC: &str = "{\n\t\"EventGroupId\":\t2,\n\t\"EventType\":\t204,\n\t\"CallbackTs\":\t1664209748188,\n\t\"EventInfo\":\t{\n\t\t\"RoomId\":\t8489,\n\t\t\"EventTs\":\t1664209748,\n\t\t\"EventMsTs\":\t1664209748180,\n\t\t\"UserId\":\t\"user_85034614\",\n\t\t\"Reason\":\t0\n\t}\n}";

#[test]
fn the_vendors_printed_vector_of_trtc_is_met_and_so_is_ours() {
    let printed = signed("trtc", "123654", TRTC, 0);
    assert_eq!(header(&printed, "Sign"), "kkoFeO3Oh2ZHnjtg8tEAQhtXK16/KI05W3BQff8IvGA=");
    let body = r#"{"EventGroupId":3,"EventType":310,"CallbackTs":1772979025000,"EventInfo":{"RoomId":"room1","EventTs":"1772979025","UserId":"recorder_1","TaskId":"task-1","Payload":{"Status":0,"FileList":["a.mp4"]}}}"#;
    assert_eq!(
        header(&signed("trtc", OURS, body, 0), "Sign"),
        "k2tQ77BWXh2LRbXWZFTWQ4cIDHSsMCylrE1WQiy3WOg="
    );
}

#[test]
fn the_vendors_printed_digests_of_agora_are_met_both_at_once() {
    let body = r#"{"eventMs":1560408533119,"eventType":10,"noticeId":"4eb720f0-8da7-11e9-a43e-53f411c2761f","notifyMs":1560408533119,"payload":{"a":"1","b":2},"productId":1}"#;
    let printed = signed("agora", "secret", body, 0);
    assert_eq!(header(&printed, "Agora-Signature"), "033c62f40f687675f17f0f41f91a40c71c0f134c");
    assert_eq!(
        header(&printed, "Agora-Signature-V2"),
        "6d3320c60b11101395b7fc8f9068748808a0aa1bfa064438e39d1bc2c7d74d99"
    );
    let body = r#"{"noticeId":"2000001428:4330:107","productId":3,"eventType":31,"notifyMs":1772979025000,"payload":{"cname":"ch1","uid":"527841","sid":"0123456789abcdef0123456789abcdef","sequence":5,"sendts":1772979025000,"serviceType":0,"details":{"msgName":"uploaded","status":0,"fileList":[]}}}"#;
    let ours = signed("agora", OURS, body, 0);
    assert_eq!(header(&ours, "Agora-Signature"), "9c10e2ccea34fa1fbff324f0366d7c853941bbd5");
    assert_eq!(
        header(&ours, "Agora-Signature-V2"),
        "dc5798fda97a72e637fd58fa6e3cff7c98194c9009037923c1e424488a623079"
    );
}

/// `sign` and `verify` with the body on standard input.
fn piped(args: &[&str], body: &str) -> std::process::Output {
    let mut command = hookreel();
    command.args(args).env("K", "123654");
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_body_is_signed_and_verified_by_its_header() {
    let sign = piped(&["sign", "trtc", "-", "--secret-env", "K"], TRTC);
    assert_eq!(stdout(&sign), "Sign: kkoFeO3Oh2ZHnjtg8tEAQhtXK16/KI05W3BQff8IvGA=\n");
    let header = stdout(&sign).trim().to_owned();
    let verify = |args: &[&str], body: &str| {
        piped(&[&["verify", "trtc", "-", "--secret-env", "K"], args].concat(), body)
    };
    let right = verify(&["-H", &header], TRTC);
    exits(&right, 0);
    assert!(stdout(&right).starts_with("right: the signature matches"), "{}", stdout(&right));
    let printed_again = TRTC.replace(['\n', '\t'], "");
    let wrong = verify(&["-H", &header, "--explain"], &printed_again);
    exits(&wrong, 1);
    assert!(stdout(&wrong).starts_with("wrong: the signature does not match"), "{}", stdout(&wrong));
    let none = verify(&[], TRTC);
    exits(&none, 1);
    assert!(stdout(&none).contains("there is no header `Sign`"), "{}", stdout(&none));
}

#[test]
fn a_header_that_bears_the_signature_is_the_senders() {
    let output = run(&["run", "@trtc/mp4", "-H", "sign: mine"]);
    exits(&output, 2);
    assert!(stderr(&output).contains("this header bears the signature of trtc"), "{}", stderr(&output));
}

#[test]
fn a_no_that_is_never_repeated_costs_what_was_told() {
    let receiver = Raw::statuses(&[500]);
    let output = run(&["run", "@srs/session", "-t", &receiver.port()]);
    exits(&output, 1);
    let text = stdout(&output);
    assert!(text.contains("refused for good"), "{text}");
    assert!(text.contains("srs never sends a callback again"), "{text}");
    assert_eq!(receiver.requests().len(), 1);
}

#[test]
fn every_attempt_bears_its_own_time_and_signature_over_it() {
    let receiver = Raw::statuses(&[500, 500, 200]);
    let output = run(&["run", "@trtc/compact", "-t", &receiver.port()]);
    exits(&output, 0);
    let requests = receiver.requests();
    // Two that failed, and one for each of the three callbacks.
    assert_eq!(requests.len(), 5);
    for request in &requests {
        let text = String::from_utf8_lossy(request);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let right = header(&signed("trtc", KEY, body, 0), "Sign");
        assert!(head.contains(&format!("Sign: {right}\r\n")), "{head}");
        assert!(head.contains("SdkAppId: 1400000000\r\n") && !head.contains("accept"), "{head}");
    }
}

#[test]
fn a_place_inside_a_body_is_set_read_and_taken_away_by_its_path() {
    let inner = serde_json::json!({"b": [{"c": 1}, {"c": 2}]});
    let mut body = Body::new([("a".into(), FieldSlot::Value(inner))]);
    assert_eq!(body.value("a.b[1].c"), Some(&2.into()));
    body.set("a.b[1].c", FieldSlot::Value(7.into()));
    body.set("a.d", FieldSlot::Value("x".into()));
    assert_eq!(body.value("a"), Some(&serde_json::json!({"b": [{"c": 1}, {"c": 7}], "d": "x"})));
    body.remove("a.b[0]");
    assert_eq!(body.at("a.b[0].c"), Some(FieldSlot::Value(7.into())));
    assert_eq!(body.at("a.x.y"), None);
}
