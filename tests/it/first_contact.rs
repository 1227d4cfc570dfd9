//! What strangers met in their first hour, seen from outside: the program, its inputs in `tests/contact`, and what it has to say.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Duration;

use crate::peers::{Peer, Said, holds, say, unless_pending};
use crate::stage::{KEY, Raw, file, hookreel, program, scenario};

/// Tests that do not pass yet. One that does fails, so that it leaves this list.
const PENDING: &[&str] = &[];

const SCENARIO: &str = "provider: tencent\nrecording: {mp4: {}}\nsigning: {key: \"${CALLBACK_KEY}\"}\n\
                        broadcast: [{0s: push}, {10m: drop}]\n";
const KEYED: &str = "--secret-env CALLBACK_KEY";

fn once(line: &str) -> Said {
    say(line, Duration::from_secs(60))
}

#[track_caller]
fn exits(said: &Said, code: i32) {
    assert_eq!(said.exit, Some(code), "\n{}", said.all());
}

#[track_caller]
fn says(said: &Said, wanted: &[&str]) {
    for one in wanted {
        assert!(holds(&said.all(), one), "`{one}` is not said:\n{}", said.all());
    }
}

#[track_caller]
fn never(said: &Said, unwanted: &[&str]) {
    for one in unwanted {
        assert!(!holds(&said.all(), one), "`{one}` is said:\n{}", said.all());
    }
}

fn input(name: &str) -> String {
    file("tests/contact").join(name).display().to_string()
}

#[test]
fn c01_an_expected_number_may_be_larger_than_32_bits() {
    unless_pending(PENDING, "01", || {
        exits(&once(&format!("check {}", input("01-expect-number-above-u32/scenario.yaml"))), 0);
    });
}

#[test]
fn c03_an_answer_that_never_ends_is_not_accepted() {
    unless_pending(PENDING, "03", || {
        let raw = Raw::serve(|_, out| {
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n{\"code\":0}\r\n";
            let written = write!(out, "{head}").is_ok();
            let _ = out.set_read_timeout(Some(Duration::from_secs(30)));
            let _ = out.peek(&mut [0]); // Until the other side has had enough.
            written
        });
        let (_folder, path) = scenario(&format!("{SCENARIO}delivery: {{retry: none}}\n"));
        let said = once(&format!("run {path} -t {} --timeout 1s {KEYED}", raw.port));
        exits(&said, 1);
        says(&said, &["not complete"]);
        never(&said, &["1 accepted"]);
    });
}

#[test]
fn c05_a_state_that_is_not_a_list_ends_an_audit_before_anything_is_judged() {
    let Some(peer) = Peer::start("sky.py") else { return };
    unless_pending(PENDING, "05", || {
        let state = peer.state();
        let said = once(&format!("audit tencent -t {} {KEYED} --state {state} --only M,D -q", peer.port));
        exits(&said, 2);
        says(&said, &["object", "{\"code\":0,\"data\"", "--state-path"]);
        never(&said, &["why it matters", "how to fix"]);
    });
}

#[test]
fn c07_a_plain_callback_that_is_refused_is_the_only_finding_of_an_audit() {
    let Some(peer) = Peer::start("nest.py") else { return };
    unless_pending(PENDING, "07", || {
        let said = once(&format!("audit tencent -t {} {KEYED} --only A,D,M -q --skip A7", peer.port));
        exits(&said, 3);
        says(&said, &["plain", "401", "callback signature missing"]);
        never(&said, &["why it matters", "how to fix"]);
        assert!(said.all().lines().count() <= 15, "{}", said.all());
    });
}

#[test]
fn c09_where_yes_and_no_look_alike_the_state_decides_and_without_one_it_is_refused() {
    let Some(peer) = Peer::start("greenlive.py") else { return };
    unless_pending(PENDING, "09", || {
        let same = "--expect '{accept: {status: 200}, reject: {status: 200}}'";
        let audit = format!("audit tencent -t {} {KEYED} {same} --case C51,C49,C48 -q", peer.port);
        exits(&once(&format!("{audit} --state {}", peer.state())), 0);
        let said = once(&audit);
        exits(&said, 2);
        says(&said, &["--state", "same|equal"]);
    });
}

#[test]
fn c10_an_id_of_thirty_digits_is_found_in_the_state() {
    unless_pending(PENDING, "10", || {
        // Whatever id is sent, right receivers store it digit for digit.
        let Some(peer) = Peer::start("digits.py") else { return };
        let said =
            once(&format!("audit tencent -t {} {KEYED} --state {} --case F112 -q", peer.port, peer.state()));
        exits(&said, 0);
    });
}

#[test]
fn c12_standard_output_that_cannot_be_written_is_an_error_of_its_own() {
    unless_pending(PENDING, "12", || {
        let sign = format!("sign tencent {} {KEYED}", input("12-stdout-cannot-be-written/body.json"));
        let lines =
            ["plan @huawei/normal --format json", "run @huawei/normal", "run @huawei/normal --report json"];
        for line in lines.into_iter().chain([sign.as_str(), "list faults", "schema", "show tencent"]) {
            let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
            let output = hookreel()
                .args(line.split(' '))
                .env("CALLBACK_KEY", KEY)
                .stdout(Stdio::from(full))
                .stderr(Stdio::piped())
                .output()
                .unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(70), "{line}: {stderr}");
            assert!(stderr.contains("output"), "{line}: {stderr}");
        }
    });
}

/// A receiver that fails for whoever knows the token, and refuses everybody else.
fn behind_a_token() -> Raw {
    Raw::serve_each(|request, out| {
        let knows = String::from_utf8_lossy(request).to_lowercase().contains("x-token: s3cret\r\n");
        let status = if knows { 500 } else { 401 };
        write!(out, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n").is_ok()
    })
}

#[test]
fn c14_a_pasted_line_never_sends_dots_for_a_header() {
    unless_pending(PENDING, "14", || {
        let raw = behind_a_token();
        let (_folder, path) = scenario(SCENARIO);
        let said = once(&format!("run {path} -t {} {KEYED} -H 'X-Token: s3cret'", raw.port));
        exits(&said, 1);
        let pasted: Vec<&str> = said.stdout.lines().filter(|line| line.contains(" -H ")).collect();
        assert!(!pasted.is_empty(), "{}", said.stdout);
        for line in pasted {
            assert!(!line.contains("...") && !line.contains("s3cret"), "{line}");
            assert!(line.contains('$'), "it names no variable: {line}");
        }
    });
}

#[test]
fn c16_a_target_with_a_query_comes_back_as_a_variable_that_is_said_to_be_set() {
    unless_pending(PENDING, "16", || {
        let raw = Raw::statuses(&[500]);
        let (_folder, path) = scenario(SCENARIO);
        let said = once(&format!("run {path} -t http://127.0.0.1:{}/x?token=abc {KEYED}", raw.port));
        exits(&said, 1);
        says(&said, &["HOOKREEL_TARGET", "set|hold|export"]);
        never(&said, &["token=abc"]);
        let output = hookreel().args(["run", &path, "-t", ""]).env("CALLBACK_KEY", KEY).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(holds(&stderr, "HOOKREEL_TARGET") && !holds(&stderr, "between 1 and 65535"), "{stderr}");
    });
}

#[test]
fn c17_a_port_that_closes_at_once_is_waited_for() {
    let Some(peer) = Peer::start("proxy.py 1.5") else { return };
    unless_pending(PENDING, "17", || {
        let (_folder, path) = scenario(SCENARIO);
        let said = once(&format!("run {path} -t {} {KEYED} --wait-for 20s", peer.port));
        exits(&said, 0);
    });
}

#[test]
fn c19_a_redirect_is_told_with_its_place() {
    unless_pending(PENDING, "19", || {
        for status in [301, 302, 307, 308] {
            let raw = Raw::serve(move |_, out| {
                let place = "Location: /callback/";
                write!(out, "HTTP/1.1 {status} X\r\n{place}\r\nContent-Length: 0\r\n\r\n").is_ok()
            });
            let said =
                once(&format!("send tencent record -t http://127.0.0.1:{}/callback {KEYED}", raw.port));
            exits(&said, 1);
            says(&said, &[&status.to_string(), "/callback/", "not followed"]);
        }
    });
}

#[test]
fn c20_a_field_that_is_set_keeps_its_type() {
    unless_pending(PENDING, "20", || {
        for (field, sent) in [
            ("stream_id=119", "\"stream_id\":\"119\""),
            ("stream_id=1e5", "\"stream_id\":\"1e5\""),
            ("stream_id=true", "\"stream_id\":\"true\""),
            ("task_id=1820625260475124043", "\"task_id\":\"1820625260475124043\""),
            ("file_size=5368709120", "\"file_size\":5368709120"),
        ] {
            let raw = Raw::statuses(&[200]);
            exits(&once(&format!("send tencent record --set {field} -t {} {KEYED}", raw.port)), 0);
            let request = String::from_utf8(raw.requests().remove(0)).unwrap();
            assert!(request.contains(sent), "{field}: {request}");
        }
    });
}

#[test]
fn c27_the_mistakes_with_a_key_are_found() {
    unless_pending(PENDING, "27", || {
        for (name, mistake) in [("quoted", "quotes"), ("cr", "carriage return"), ("lead", "space")] {
            let path = input(&format!("27-verify-does-not-find-the-mistake/{name}.json"));
            let said = once(&format!("verify tencent {path} {KEYED} --explain --now 2026-03-08T14:10:25Z"));
            exits(&said, 1);
            says(&said, &[mistake]);
            never(&said, &["none of the known"]);
        }
    });
}

#[test]
fn c29_a_body_from_a_log_is_named_and_never_repeated() {
    unless_pending(PENDING, "29", || {
        for (name, cause) in [("bom", "byte order mark"), ("escaped", "JSON inside|inside a JSON|unescape")] {
            let path = input(&format!("29-verify-of-a-body-from-a-log/{name}.json"));
            let said = once(&format!("verify tencent {path} {KEYED}"));
            says(&said, &[cause]);
            never(&said, &["e680b90421477671ebfcdff73e981c8c"]);
        }
    });
}

#[test]
fn c30_a_key_file_with_a_byte_order_mark_is_named_and_so_is_one_that_others_can_read() {
    unless_pending(PENDING, "30", || {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        std::fs::write(&key, format!("\u{feff}{KEY}")).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        let body = input("30-key-file-with-a-byte-order-mark/body.json");
        let line = format!("sign tencent {body} --secret-file {} --now 2026-03-08T14:10:25Z", key.display());
        says(&once(&line), &["byte order mark", "others|644"]);
    });
}

#[test]
fn c32_a_folder_has_its_capitals_and_not_its_hidden_files() {
    unless_pending(PENDING, "32", || {
        let said = once(&format!("check {}", input("32-folder-with-YAML-in-capitals/dir")));
        exits(&said, 0);
        says(&said, &["A.YAML", "b.yaml"]);
        never(&said, &["._b.yaml:"]);
    });
}

#[test]
fn c33_an_answer_with_a_byte_order_mark_is_named() {
    unless_pending(PENDING, "33", || {
        let raw = Raw::serve(|_, out| {
            write!(out, "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n\u{feff}{{\"code\":0}}").is_ok()
        });
        let expect = "delivery: {retry: none}\nexpect: {accept: {json: {$.code: 0}}}\n";
        let (_folder, path) = scenario(&format!("{SCENARIO}{expect}"));
        let said = once(&format!("run {path} -t {} {KEYED}", raw.port));
        exits(&said, 1);
        says(&said, &["not JSON", "byte order mark"]);
    });
}

#[test]
fn c35_answers_that_say_no_are_told_and_can_be_expected_otherwise() {
    let Some(peer) = Peer::start("formonly.py") else { return };
    unless_pending(PENDING, "35", || {
        let run = format!("run @tencent -t {} {KEYED} --seed random", peer.port);
        let said = once(&run);
        exits(&said, 0);
        let last: Vec<&str> = said.stdout.lines().rev().take(2).collect();
        assert!(last[1].starts_with("passed") && last[0].starts_with("note: "), "{}", said.stdout);
        assert!(last[0].contains("code") && last[0].contains("-1"), "{}", said.stdout);
        says(&said, &["\"code\":-1|\"code\": -1", "--expect"]);
        let said = once(&format!("{run} --expect '{{accept: {{json: {{\"$.code\": 0}}}}}}'"));
        exits(&said, 1);
        says(&said, &["$.code: expected 0, found -1"]);
    });
}

#[test]
fn c37_a_bare_port_is_tried_on_both_loopbacks() {
    let Some(receiver) = Raw::on_version_6() else { return };
    unless_pending(PENDING, "37", || {
        let port = receiver.port();
        let (_folder, path) = scenario(&format!("{SCENARIO}delivery: {{retry: none}}\n"));
        exits(&once(&format!("run {path} -t {port} {KEYED}")), 0);
    });
}

#[test]
fn c39_a_callback_of_an_account_without_a_key_is_named() {
    unless_pending(PENDING, "39", || {
        let path = input("39-verify-of-a-callback-without-key/payload.json");
        let said = once(&format!("verify tencent {path} {KEYED} --explain"));
        exits(&said, 1);
        says(&said, &["key", "console|configured|no callback key"]);
    });
}

#[test]
fn c41_a_lack_of_descriptors_is_called_ours() {
    unless_pending(PENDING, "41", || {
        let raw = Raw::statuses(&[200]);
        let run = format!("run @huawei @tencent -j 16 -t {} {KEYED}", raw.port);
        for limit in [16, 13, 11] {
            let program = format!("ulimit -n {limit}; exec {} {run}", program());
            let mut shell = std::process::Command::new("sh");
            let output = shell.args(["-c", &program]).env("CALLBACK_KEY", KEY).output().unwrap();
            let all = [output.stdout, output.stderr].concat();
            let all = String::from_utf8_lossy(&all);
            assert!(!holds(&all, "is the receiver running") && !holds(&all, "unreachable"), "{limit}: {all}");
            let named = holds(&all, "ulimit|open files|descriptors");
            assert!(output.status.success() || named, "{limit}: {all}");
        }
    });
}

#[test]
fn the_events_of_a_load_come_in_the_proportion_of_the_scenario() {
    let Some(peer) = Peer::start("counter.py") else { return };
    unless_pending(PENDING, "load", || {
        let said =
            once(&format!("load @huawei/normal -t {} {KEYED} --rate 200/s --duration 2s -q", peer.port));
        let counts = get(&peer);
        let counts: std::collections::BTreeMap<String, f64> = serde_json::from_str(&counts).unwrap();
        let all: f64 = counts.values().sum();
        assert!(all >= 380.0 && counts.len() == 4, "{counts:?}\n{}", said.all());
        for (event, count) in &counts {
            assert!((count / all - 0.25).abs() <= 0.03, "{event}: {counts:?}");
        }
    });
}

/// What the receiver shows.
fn get(peer: &Peer) -> String {
    let mut stream = std::net::TcpStream::connect(format!("127.0.0.1:{}", peer.port)).unwrap();
    write!(stream, "GET /recordings HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut stream, &mut text).unwrap();
    text.split_once("\r\n\r\n").unwrap().1.to_owned()
}
