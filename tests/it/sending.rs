//! `hookreel send`: one callback, as the user wants it.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Output, Stdio};

use md5::{Digest, Md5};
use serde_json::{Value, json};

use crate::stage::{KEY, Raw, body, exits, hookreel, run, stderr, stdout};

fn sent(receiver: &Raw) -> Vec<Value> {
    receiver.requests().iter().map(|request| serde_json::from_slice(body(request)).unwrap()).collect()
}

fn with_input(args: &[&str], input: &[u8]) -> Output {
    let mut child = hookreel()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn rightly_signed(body: &Value) -> bool {
    let digest = Md5::digest(format!("{KEY}{}", body["t"]).as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    body["sign"] == hex.as_str()
}

/// Events that come with other settings than the default ones alone.
const BY_SETTINGS: [&str; 4] = ["VOD_COMMIT", "VOD_STOP", "recorder_leave", "uploader_started"];

#[test]
fn every_event_of_every_revision_can_be_sent_to_the_embedded_receiver() {
    for provider in hookreel::provider::ALL {
        for revision in provider.revisions {
            for kind in provider.events.iter().filter(|kind| kind.editions.contains(&revision.edition)) {
                let output = run(&["send", provider.name, kind.name, "--revision", revision.name]);
                if output.status.code() != Some(0) && BY_SETTINGS.contains(&kind.name) {
                    assert!(stderr(&output).contains("a scenario with the settings"), "{}", stderr(&output));
                    continue;
                }
                exits(&output, 0);
                assert!(stdout(&output).contains("1 accepted"), "{}", stdout(&output));
            }
        }
    }
}

#[test]
fn repeated_callbacks_are_told_apart_in_junit_and_totals_have_figures() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let reports = ["junit", "ndjson", "ctrf"].map(|name| format!("{name}={}", path(name)));
    let mut line = vec!["send", "huawei", "RECORD_FILE_COMPLETE", "-n", "3"];
    reports.iter().for_each(|report| line.extend(["--report", report]));
    exits(&run(&line), 0);
    let read = |name: &str| std::fs::read_to_string(path(name)).unwrap();
    let junit = read("junit");
    let names: Vec<&str> =
        junit.split("<testcase name=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let of = |number: &str| names.iter().filter(|name| name.ends_with(number)).count();
    assert_eq!((of(" (2)"), of(" (3)"), of(" (4)")), (of(" (3)"), of(" (2)"), 0), "{names:?}");
    assert!(of(" (2)") > 0, "{names:?}");
    let last: Value = serde_json::from_str(read("ndjson").lines().last().unwrap()).unwrap();
    assert_eq!((&last["totals"]["callbacks"], &last["figures"]["callbacks"]), (&json!("3"), &json!(3)));
    let ctrf: Value = serde_json::from_str(&read("ctrf")).unwrap();
    assert_eq!(ctrf["results"]["summary"]["extra"]["figures"]["callbacks"], json!(3));
    let twice = run(&["run", "@huawei/normal", "@huawei/normal"]);
    assert!(stderr(&twice).contains("note: `@huawei/normal` is named twice"), "{}", stderr(&twice));
    let once = run(&["run", "@huawei/normal"]);
    assert!(!stderr(&once).contains("named twice"));
}

#[test]
fn edits_that_undo_each_other_are_refused_and_a_number_that_becomes_a_text_is_told() {
    let receiver = Raw::statuses(&[200]);
    let send = |args: &[&str]| {
        run(&[&["send", "huawei", "RECORD_FILE_COMPLETE", "-t", &receiver.port()], args].concat())
    };
    for args in [
        &["--set", "file_size=1", "--unset", "file_size"][..],
        &["--set", "file_size=1", "--set", "file_size=2"],
        &["--unset", "file_size", "--unset", "file_size"],
        &["--set", "a=[1]", "--set", "a[0]=2", "--unset", "a"],
    ] {
        let output = send(args);
        exits(&output, 2);
        assert!(stderr(&output).contains("has no effect beside"), "{args:?}: {}", stderr(&output));
    }
    assert_eq!(receiver.requests().len(), 0);
    let told = |args: &[&str]| stderr(&send(args)).contains("`file_size` is a number or a truth value");
    assert!(told(&["--set", "file_size=abc"]));
    assert!(!told(&["--set", "file_size=7"]) && !told(&["--set", "file_size=\"abc\""]));
    assert!(!told(&["--set", "file_size:=\"abc\""]));
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body.json").display().to_string();
    std::fs::write(&body, "{\"file_size\": 5}").unwrap();
    assert!(told(&["--body", &body, "--set", "file_size=abc"]));
    // One after the other is no contradiction.
    let whole = send(&["--set", "a={\"b\":1}", "--set", "a.b=2"]);
    assert!(!stderr(&whole).contains("has no effect"), "{}", stderr(&whole));
}

#[test]
fn fields_are_set_with_their_json_type_and_left_out_before_signing() {
    let receiver = Raw::statuses(&[200]);
    let output = run(&[
        "send",
        "tencent",
        "100",
        "-t",
        &receiver.port(),
        "--set",
        "file_size=0",
        "--set",
        "stream_id=\"7\"",
        "--set",
        "new={\"a\":[1]}",
        "--set",
        "video_url=http://a/b?c=d",
        "--unset",
        "task_id",
    ]);
    exits(&output, 0);
    let body = sent(&receiver).remove(0);
    assert_eq!((&body["file_size"], &body["stream_id"]), (&json!(0), &json!("7")));
    assert_eq!((&body["new"], &body["video_url"]), (&json!({"a": [1]}), &json!("http://a/b?c=d")));
    assert!(body.get("task_id").is_none());
    assert!(rightly_signed(&body), "{body}");
}

#[test]
fn a_field_that_no_message_has_is_sent_with_a_warning_that_names_the_nearest() {
    let receiver = Raw::statuses(&[200]);
    let send = |set: &str| run(&["send", "tencent", "record", "-t", &receiver.port(), "--set", set]);
    let output = send("strem_id=119");
    exits(&output, 0);
    let said = stderr(&output);
    assert!(
        said.contains("--set strem_id: no message of tencent 2025 has such a field") && !said.contains("119"),
        "{said}"
    );
    assert!(said.contains("did you mean `stream_id`?"), "{said}");
    assert_eq!(sent(&receiver).remove(0)["strem_id"], 119);
    assert!(!stderr(&send("stream_id=119")).contains("no message"));
}

#[test]
fn one_callback_by_itself_does_not_claim_what_led_to_it() {
    let receiver = Raw::statuses(&[200]);
    let told = stdout(&run(&["send", "huawei", "RECORD_FILE_COMPLETE", "-t", &receiver.port()]));
    assert!(told.contains("why sent  asked for by itself (huawei-"), "{told}");
}

#[test]
fn a_time_that_is_given_is_the_one_that_is_signed() {
    let receiver = Raw::statuses(&[200]);
    exits(&run(&["send", "tencent", "record", "-t", &receiver.port(), "--set", "t=1700000000"]), 0);
    let body = sent(&receiver).remove(0);
    assert_eq!(body["t"], 1_700_000_000);
    assert!(rightly_signed(&body), "{body}");
}

#[test]
fn a_body_of_ones_own_is_sent_byte_for_byte() {
    let receiver = Raw::statuses(&[200]);
    let odd = b"{\"b\" : 1e2,\r\n \"a\":\"\\u0041\xf0\x9f\x8e\xa5\", \"a\":2}\n\n".to_vec();
    exits(&with_input(&["send", "tencent", "record", "-t", &receiver.port(), "--body", "-"], &odd), 0);
    assert_eq!(body(&receiver.requests()[0]), odd);
    let torn = b"\xff\xfe not json";
    exits(&with_input(&["send", "huawei", "RECORD_OVER", "-t", &receiver.port(), "--body", "-"], torn), 0);
    assert_eq!(body(&receiver.requests()[1]), torn);
}

#[test]
fn a_body_of_ones_own_is_signed_when_asked_and_else_untouched() {
    let receiver = Raw::statuses(&[200]);
    let odd = b"{ \"n\" : 1e2 }\n";
    let port = receiver.port();
    exits(&with_input(&["send", "tencent", "record", "-t", &port, "--body", "-", "--sign"], odd), 0);
    let raw = receiver.requests().remove(0);
    let text = String::from_utf8(body(&raw).to_vec()).unwrap();
    assert!(text.starts_with("{ \"n\" : 1e2 ,\"t\":") && text.ends_with("\"}\n"), "{text}");
    assert!(rightly_signed(&serde_json::from_str(&text).unwrap()), "{text}");

    let facts = b"{\"event_type\":\"RECORD_OVER\",\"publish_domain\":\"d\",\"app\":\"a\",\"stream\":\"s\"}";
    exits(&with_input(&["send", "huawei", "RECORD_OVER", "-t", &port, "--body", "-", "--sign"], facts), 0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body.json");
    std::fs::write(&path, body(&receiver.requests()[1])).unwrap();
    let verified = hookreel()
        .env("KEY", KEY)
        .args(["verify", "huawei"])
        .arg(&path)
        .args(["--secret-env", "KEY"])
        .output()
        .unwrap();
    exits(&verified, 0);

    for (wrong, word) in [
        (&b"[1]"[..], "the body is a JSON list, not an object"),
        (b"{\"sign\":1}", "has a field `sign` already"),
    ] {
        let output = with_input(&["send", "tencent", "record", "-t", &port, "--body", "-", "--sign"], wrong);
        exits(&output, 2);
        assert!(stderr(&output).contains(word), "{}", stderr(&output));
    }
    assert_eq!(receiver.requests().len(), 2, "what was refused was not sent");
}

#[test]
fn several_are_about_a_file_each() {
    let receiver = Raw::statuses(&[200]);
    exits(&run(&["send", "tencent", "record", "-t", &receiver.port(), "-n", "5"]), 0);
    let files: BTreeSet<String> = sent(&receiver).iter().map(|body| body["file_id"].to_string()).collect();
    assert_eq!(files.len(), 5);
}

#[test]
fn the_answer_is_printed_and_the_verdict_is_the_exit_code() {
    let receiver = Raw::statuses(&[500]);
    let output = run(&["send", "huawei", "RECORD_START", "-t", &receiver.port()]);
    exits(&output, 1);
    assert!(stdout(&output).contains("answer    {\"code\":0}"), "{}", stdout(&output));
    let again =
        format!("again     hookreel send huawei RECORD_START -t http://localhost:{}/", receiver.port());
    assert!(stdout(&output).contains(&again), "{}", stdout(&output));
    assert_eq!(receiver.requests().len(), 1, "sent once");
    exits(&run(&["send", "huawei", "RECORD_START", "-t", "1"]), 3);
}

#[test]
fn what_cannot_be_sent_is_told_before_anything_is() {
    let receiver = Raw::statuses(&[200]);
    for (args, word) in [
        (vec!["huawei", "RECORD_OVR"], "did you mean `RECORD_OVER`"),
        (vec!["huwei", "RECORD_OVER"], "did you mean `huawei`"),
        (vec!["tencent", "record", "--revision", "2024"], "no revision"),
        (vec!["tencent", "record", "--set", "x"], "PATH=VALUE"),
        (vec!["tencent", "record", "--unset", "nothing"], "there is no `nothing`"),
        (vec!["tencent", "record", "--fault", "expir"], "did you mean `expire`"),
        (vec!["tencent", "record", "--fault", "expire:by=soon"], "expected a duration"),
        (vec!["tencent", "record", "--fault", "expire:by=1s", "--method", "none"], "nothing is signed here"),
        (vec!["tencent", "record", "--body", "/nowhere"], "/nowhere"),
    ] {
        let port = receiver.port();
        let output = run(&[&["send"], args.as_slice(), &["-t", &port]].concat());
        exits(&output, 2);
        assert!(stderr(&output).contains(word), "{args:?}\n{}", stderr(&output));
    }
    assert_eq!(receiver.requests().len(), 0);
}

#[test]
fn a_fault_that_is_written_wrong_is_refused_and_not_half_obeyed() {
    for wrong in ["expire:by", "set:to={\"a\":1,\"b\":2}", "{expire", ":by=1s", "expire: by=1s"] {
        let output = run(&["send", "tencent", "record", "--fault", wrong]);
        exits(&output, 2);
        assert!(stderr(&output).contains("NAME:KEY=VALUE"), "{}", stderr(&output));
    }
}

#[test]
fn a_callback_with_a_fault_is_not_repeated_by_hand_without_it() {
    let receiver = Raw::statuses(&[500]);
    let target = receiver.port.to_string();
    let scenario = |faults: &str| {
        format!(
            "provider: tencent\nrecording: {{hls: {{}}}}\nsigning: {{key: {KEY}}}\nbroadcast: [{{0s: push}}, {{9m: drop}}]\n\
             delivery: {{retry: none}}\nfaults: {faults}\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hurt.yaml");
    // What only differs in time and key can be signed by hand as well.
    for (faults, by_hand) in [("[]", true), ("[skew]", true), ("[connection-close]", false)] {
        std::fs::write(&path, scenario(faults)).unwrap();
        let output = run(&["run", path.to_str().unwrap(), "-t", &target]);
        exits(&output, 1);
        assert_eq!(stdout(&output).contains("by hand"), by_hand, "{faults}: {}", stdout(&output));
    }
}

#[test]
fn credentials_of_the_url_go_with_every_request_whoever_writes_it() {
    let receiver = Raw::statuses(&[200]);
    let target = format!("http://us%40er:p%3Aw@127.0.0.1:{}/", receiver.port);
    for fault in ["header-case", "connection-close"] {
        exits(&run(&["send", "tencent", "record", "-t", &target, "--fault", fault]), 0);
    }
    exits(&run(&["send", "tencent", "record", "-t", &target]), 0);
    for request in receiver.requests() {
        let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
        // printf 'us@er:p:w' | base64
        assert!(head.contains("authorization: basic dxnazxi6cdp3"), "{head}");
    }
}

#[test]
fn an_answer_is_judged_whole_and_kept_in_part() {
    let receiver = Raw::serve(|_, stream| {
        let body = format!("{{\"code\":0,\"data\":\"{}\"}}", "x".repeat(5000));
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    });
    for fault in ["[]", "[connection-close]"] {
        let (folder, path) = crate::stage::scenario(&format!(
            "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\nbroadcast: [{{0s: push}}, {{5m: drop}}]\n\
             faults: {fault}\nexpect: {{accept: {{json: {{$.code: 0}}}}}}\n"
        ));
        let record = folder.path().join("record").display().to_string();
        exits(&run(&["run", &path, "-t", &receiver.port(), "--record", &record]), 0);
        assert!(std::fs::read_to_string(&record).unwrap().len() < 6000, "the record holds a part of it");
    }
}

#[test]
fn an_answer_without_an_end_acknowledges_nothing_whoever_asked() {
    let receiver = Raw::serve(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"code\":0}");
        std::thread::sleep(std::time::Duration::from_secs(3));
        false
    });
    for fault in [&[][..], &["--fault", "connection-close"]] {
        let port = receiver.port();
        let send = ["send", "tencent", "record", "-t", &port, "--timeout", "500ms"];
        let output = run(&[&send, fault].concat());
        exits(&output, 1);
        assert!(stdout(&output).contains("the body did not end within 500ms"), "{}", stdout(&output));
    }
}

/// The value of a field as it stands on the wire.
fn raw_field(request: &[u8], name: &str) -> String {
    let bytes = body(request);
    let members = hookreel::callback::splice::Members::of_object(bytes).unwrap();
    String::from_utf8(bytes[members.get(name).unwrap().value.clone()].to_vec()).unwrap()
}

#[test]
fn a_field_that_is_a_text_stays_one_and_numbers_keep_their_digits() {
    let receiver = Raw::statuses(&[200]);
    let port = receiver.port();
    for (n, (set, field, expected)) in [
        ("stream_id=119", "stream_id", "\"119\""),
        ("stream_id=1e5", "stream_id", "\"1e5\""),
        ("stream_id=true", "stream_id", "\"true\""),
        ("task_id=1820625260475124043", "task_id", "\"1820625260475124043\""),
        ("file_size=123456789012345678901234567890", "file_size", "123456789012345678901234567890"),
        ("file_size=5368709120", "file_size", "5368709120"),
        ("stream_id:=119", "stream_id", "119"),
    ]
    .into_iter()
    .enumerate()
    {
        exits(&run(&["send", "tencent", "record", "-t", &port, "--set", set]), 0);
        assert_eq!(raw_field(&receiver.requests()[n], field), expected, "{set}");
    }
}

const CAPTURED: &[u8] =
    b"{\"appid\" : 12345678901234567890123,\r\n \"stream_id\":\"a\\/b\", \"event_type\":100,\
                         \"sign\":\"0052a545\", \"t\":1772979625 }\n\n";

#[test]
fn a_captured_body_is_signed_again_in_place() {
    let receiver = Raw::statuses(&[200]);
    let port = receiver.port();
    let send = ["send", "tencent", "record", "-t", &port, "--body", "-"];
    let output = with_input(&[&send[..], &["--sign"]].concat(), CAPTURED);
    exits(&output, 2);
    assert!(stderr(&output).contains("--resign"), "{}", stderr(&output));

    let output = with_input(&[&send[..], &["--resign"]].concat(), CAPTURED);
    exits(&output, 0);
    let size = format!("captured body, {} bytes", CAPTURED.len());
    assert!(stdout(&output).contains(&size), "{}", stdout(&output));
    for invented in ["cycle", "hls file", "30m", "hookreel send:6"] {
        assert!(!stdout(&output).contains(invented), "{invented}: {}", stdout(&output));
    }
    let request = receiver.requests().remove(0);
    let sent = String::from_utf8(body(&request).to_vec()).unwrap();
    let time = raw_field(&request, "t");
    let sign = raw_field(&request, "sign");
    assert_eq!(
        sent.replace(&time, "1772979625").replace(&sign, "\"0052a545\""),
        String::from_utf8(CAPTURED.to_vec()).unwrap()
    );
    let digest = Md5::digest(format!("{KEY}{time}").as_bytes());
    assert_eq!(sign, format!("\"{}\"", digest.iter().map(|b| format!("{b:02x}")).collect::<String>()));
    assert_ne!(time, "1772979625");
}

#[test]
fn one_field_of_a_captured_body_is_changed_and_no_other_byte() {
    let receiver = Raw::statuses(&[200]);
    let port = receiver.port();
    let send = ["send", "tencent", "record", "-t", &port, "--body", "-", "--set", "stream_id=119"];
    exits(&with_input(&send, CAPTURED), 0);
    let captured = String::from_utf8(CAPTURED.to_vec()).unwrap();
    let sent = |n: usize| String::from_utf8(body(&receiver.requests()[n]).to_vec()).unwrap();
    assert_eq!(sent(0), captured.replace("\"a\\/b\"", "\"119\""));
    exits(&with_input(&[&send[..7], &["--unset", "appid"]].concat(), CAPTURED), 0);
    assert_eq!(sent(1), captured.replace("\"appid\" : 12345678901234567890123,\r\n ", ""));
    // A time that is given is the one that is signed.
    exits(&with_input(&[&send[..7], &["--set", "t=1700000000", "--resign"]].concat(), CAPTURED), 0);
    assert_eq!(raw_field(&receiver.requests()[2], "t"), "1700000000");
    assert!(rightly_signed(&serde_json::from_str(&sent(2)).unwrap()), "{}", sent(2));
    let output = with_input(&[&send[..7], &["--unset", "nothing"]].concat(), CAPTURED);
    exits(&output, 2);
    assert!(stderr(&output).contains("there is no `nothing`"), "{}", stderr(&output));
}

#[test]
fn the_event_in_a_captured_body_decides_how_it_is_signed() {
    let receiver = Raw::statuses(&[200]);
    let push =
        br#"{"event":"PUBLISH","domain":"d","app":"a","stream":"s","auth_timestamp":1,"auth_sign":""}"#;
    let port = receiver.port();
    exits(&with_input(&["send", "huawei", "RECORD_OVER", "-t", &port, "--body", "-", "--resign"], push), 0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("push.json");
    std::fs::write(&path, body(&receiver.requests()[0])).unwrap();
    let mut verify = hookreel();
    verify.env("KEY", KEY).args(["verify", "huawei"]).arg(&path).args(["--secret-env", "KEY"]);
    exits(&verify.output().unwrap(), 0);
}

#[test]
fn a_callback_is_sent_at_once_at_every_speed() {
    let receiver = Raw::statuses(&[200]);
    let port = receiver.port();
    let begun = std::time::Instant::now();
    for speed in ["realtime", "60x", "max"] {
        let output = run(&["send", "tencent", "record", "-t", &port, "--speed", speed, "-n", "2"]);
        exits(&output, 0);
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(receiver.requests().len(), 6);
}

#[test]
fn several_callbacks_are_spaced_out_when_asked_and_copies_come_at_once() {
    let receiver = Raw::statuses(&[200]);
    let port = receiver.port();
    for speed in [&[][..], &["--speed", "60x"]] {
        let begun = std::time::Instant::now();
        let send = ["send", "tencent", "record", "-t", &port, "-n", "3", "--every", "400ms"];
        let output = run(&[&send[..], speed].concat());
        exits(&output, 0);
        assert!(begun.elapsed() >= std::time::Duration::from_millis(800), "{:?}", begun.elapsed());
        assert!(begun.elapsed() < std::time::Duration::from_secs(8), "{:?}", begun.elapsed());
        assert!(stdout(&output).contains("3 accepted"), "{}", stdout(&output));
    }
    let before = receiver.requests().len();
    exits(&run(&["send", "tencent", "record", "-t", &port, "--fault", "duplicate:copies=3,when=at-once"]), 0);
    assert_eq!(receiver.requests().len() - before, 4);
    let help = stdout(&run(&["send", "--help"]));
    assert!(help.contains("duplicate:copies=3,when=at-once"), "{help}");
}

#[test]
fn a_body_of_another_provider_is_not_signed_and_sent_as_it_is_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body.json");
    let plan = run(&["plan", "@tencent/single-file", "--body", "tencent-2025-1"]);
    std::fs::write(&path, &plan.stdout).unwrap();
    let (receiver, file) = (Raw::statuses(&[200]), path.display().to_string());
    let send = ["send", "huawei", "RECORD_OVER", "-t", &receiver.port(), "--body", &file];
    for flag in ["--sign", "--resign"] {
        let output = run(&[&send[..], &[flag]].concat());
        exits(&output, 2);
        assert!(stderr(&output).contains("hookreel send tencent EVENT --body"), "{}", stderr(&output));
    }
    assert_eq!(receiver.requests().len(), 0);
    let output = run(&send);
    exits(&output, 0);
    assert!(stderr(&output).contains("are those of Tencent Cloud CSS"), "{}", stderr(&output));
    assert_eq!(body(&receiver.requests()[0]), plan.stdout);
    std::fs::write(&path, "{'a': 1}").unwrap();
    let output = run(&send);
    assert!(
        stderr(&output).contains("in single quotes") && stderr(&output).contains("sent as it is"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_body_of_another_event_than_the_one_asked_for_is_told() {
    let receiver = Raw::statuses(&[200]);
    let target = format!("http://127.0.0.1:{}/", receiver.port);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.json");
    run(&["send", "huawei", "RECORD_OVER", "-t", &target]);
    let sent = receiver.requests();
    std::fs::write(&file, body(&sent[0])).unwrap();
    let file = file.to_str().unwrap();
    for (event, told) in [("RECORD_START", true), ("RECORD_OVER", false)] {
        for how in ["--resign", "-q"] {
            let output = run(&["send", "huawei", event, "--body", file, how, "-t", &target]);
            exits(&output, 0);
            let text = stderr(&output);
            assert_eq!(text.contains("the body says RECORD_OVER, not RECORD_START"), told, "{text}");
        }
    }
}

#[test]
fn copies_that_two_faults_make_of_one_callback_have_ids_of_their_own() {
    for faults in [["duplicate", "duplicate"], ["duplicate", "contradict"], ["contradict", "duplicate"]] {
        let output = run(&["send", "huawei", "RECORD_OVER", "--fault", faults[0], "--fault", faults[1]]);
        let told = stdout(&output);
        assert!(!told.contains("not sent") && !told.contains("a line is missing"), "{faults:?}: {told}");
    }
}
