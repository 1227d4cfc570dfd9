//! The program against receivers that behave in all sorts of ways: what it says, and the code it exits with.

use std::io::Write;
use std::time::{Duration, Instant};

use hookreel::provider::find;
use serde_json::Value;

use crate::stage::{
    KEY, Raw, body, exits, hookreel, one_callback, read_request, run, scenario, stderr, stdout, vacant,
};

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&stdout(&run(&[args, &["--report", "json"]].concat()))).unwrap()
}

#[test]
fn the_first_command_of_a_newcomer_works_alone() {
    let output = run(&["run"]);
    exits(&output, 0);
    let text = stdout(&output);
    for word in
        ["RECORD_START", "RECORD_NEW_FILE_START", "RECORD_FILE_COMPLETE", "RECORD_OVER", "record", "passed"]
    {
        assert!(text.contains(word), "{text}");
    }
    assert!(stderr(&output).is_empty(), "{}", stderr(&output));
}

#[test]
fn every_shipped_scenario_passes_against_the_embedded_receiver() {
    for jobs in ["1", "8"] {
        exits(&run(&["run", "@all", "-j", jobs]), 0);
    }
}

#[test]
fn two_errors_and_then_a_yes_make_three_attempts_with_full_bodies() {
    let receiver = Raw::statuses(&[500, 500, 200]);
    let (_folder, path) = one_callback("{retry: provider}");
    exits(&run(&["run", &path, "-t", &receiver.port()]), 0);
    let requests = receiver.requests();
    assert_eq!(requests.len(), 3);
    for request in &requests {
        let body: Value = serde_json::from_slice(body(request)).unwrap();
        assert_eq!(body["event_type"], 100);
        assert_eq!(
            body["file_id"],
            serde_json::from_slice::<Value>(self::body(&requests[0])).unwrap()["file_id"]
        );
    }
}

#[test]
fn a_receiver_that_fails_for_good_fails_the_run() {
    let receiver = Raw::statuses(&[500]);
    let (_folder, path) = one_callback("{retry: provider}");
    let begun = Instant::now();
    let output = run(&["run", &path, "-t", &receiver.port()]);
    exits(&output, 1);
    assert_eq!(receiver.requests().len(), 13, "one attempt and the vendor's twelve retries");
    assert!(begun.elapsed() < Duration::from_secs(30), "twelve minutes of waiting are simulated");
    for word in [
        "gave up",
        "expected  status 200",
        "status 500, after 13 attempts",
        "hookreel plan",
        "| curl",
        "hookreel run",
    ] {
        assert!(stdout(&output).contains(word), "{word}\n{}", stdout(&output));
    }
}

#[test]
fn nobody_listening_exits_3_and_sends_nothing_more() {
    let output = run(&["run", "@huawei/normal", "-t", "1"]);
    exits(&output, 3);
    assert!(stdout(&output).contains(
        "no connection in 4 attempts: refused by 127.0.0.1:1 and [::1]:1. Is the receiver running?"
    ));
    assert!(stdout(&output).contains("1 unreachable, 3 not sent"), "{}", stdout(&output));
}

#[test]
fn a_name_without_an_address_exits_3() {
    let (_folder, path) = one_callback("{retry: none}");
    let output = run(&["run", &path, "-t", "http://nowhere.invalid/"]);
    exits(&output, 3);
    assert!(stdout(&output).contains("has no address"), "{}", stdout(&output));
}

#[test]
fn nothing_to_check_exits_4() {
    exits(&run(&["run", "@huawei/normal", "--filter", "no such name"]), 2);
    let (_folder, path) = scenario(
        "provider: tencent\nrecording: {mp4: {}}\nbroadcast: [{0s: push}, {5m: {fail: upload}}, {6m: drop}]\n\
         signing: {method: none}\n",
    );
    let output = run(&["run", &path]);
    exits(&output, 4);
    assert!(stdout(&output).contains("no callback follows from this broadcast"), "{}", stdout(&output));
}

#[test]
fn a_remote_address_is_refused_before_anything_is_sent() {
    for target in
        ["http://192.0.2.1/", "http://[2001:db8::1]/", "http://169.254.169.254/", "http://[::ffff:8.8.8.8]/"]
    {
        let output = run(&["run", "@tencent/single-file", "-t", target]);
        exits(&output, 2);
        assert!(stderr(&output).contains("--allow-remote"), "{}", stderr(&output));
    }
}

#[test]
fn only_the_documented_status_is_an_acknowledgement() {
    for status in [201, 202, 204, 301, 302, 307, 400, 401, 404, 410, 429, 503] {
        let receiver = Raw::serve(move |_, stream| {
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nLocation: /elsewhere\r\n\r\n").is_ok()
        });
        let (_folder, path) = one_callback("{retry: none}");
        let report = json(&["run", &path, "-t", &receiver.port()]);
        assert_eq!(report["scenarios"][0]["callbacks"][0]["outcome"], "rejected", "{status}");
        assert_eq!(report["scenarios"][0]["callbacks"][0]["attempts"][0]["status"], status);
        assert_eq!(receiver.requests().len(), 1, "a redirect is not followed, a refusal not repeated");
    }
}

#[test]
fn another_yes_can_be_asked_for() {
    let receiver = Raw::statuses(&[204]);
    let text = "provider: tencent\nrecording: {mp4: {}}\nsigning: {method: none}\nbroadcast: [{0s: push}, {5m: drop}]\n";
    let (_folder, path) = scenario(&format!("{text}delivery: {{success: {{status: 2xx}}}}\n"));
    exits(&run(&["run", &path, "-t", &receiver.port()]), 0);
    // The vendor was told nothing: it sends the callback again, whatever the scenario expects.
    let (_folder, path) = scenario(&format!("{text}expect: {{accept: {{status: 2xx}}}}\n"));
    let output = run(&["run", &path, "-t", &receiver.port()]);
    exits(&output, 1);
    assert!(stdout(&output).contains("`delivery.success` says"), "{}", stdout(&output));
}

#[test]
fn an_answer_that_takes_too_long_breaks_within() {
    let receiver = Raw::serve(|_, stream| {
        std::thread::sleep(Duration::from_millis(80));
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok()
    });
    let text = "provider: tencent\nrecording: {mp4: {}}\nsigning: {method: none}\nbroadcast: [{0s: push}, {5m: drop}]\n";
    let (_folder, path) = scenario(&format!("{text}expect: {{within: 20ms}}\n"));
    let output = run(&["run", &path, "-t", &receiver.port()]);
    exits(&output, 1);
    assert!(stdout(&output).contains("expected  an answer within 20ms"), "{}", stdout(&output));
}

/// What a receiver does, the outcome it leads to, and a word of the reason.
type Misbehaviour = (&'static str, fn(&mut std::net::TcpStream) -> bool, &'static str, &'static str);

const MISBEHAVIOURS: &[Misbehaviour] = &[
    ("closes without a byte", |_| false, "gave_up", "closed"),
    ("answers garbage", |s| s.write_all(b"\x00\x01 no http\r\n\r\n").is_err(), "gave_up", "not HTTP/1"),
    (
        "breaks off its header",
        |s| s.write_all(b"HTTP/1.1 200 OK\r\nContent-Le").is_err(),
        "gave_up",
        "closed",
    ),
    (
        "returns a mebibyte",
        |s| {
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n";
            s.write_all(head).and_then(|()| s.write_all(&[b'x'; 1 << 20])).is_ok()
        },
        "accepted",
        "",
    ),
    (
        "promises more than it sends",
        |s| s.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx").is_err(),
        "gave_up",
        "1 of 99 bytes of the body came before the connection was closed",
    ),
    ("answers without a length", |s| s.write_all(b"HTTP/1.1 200 OK\r\n\r\n{}").is_err(), "accepted", ""),
    (
        "sends an interim answer first",
        |s| s.write_all(b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok(),
        "accepted",
        "",
    ),
];

#[test]
fn each_misbehaviour_of_a_receiver_has_its_outcome_and_its_reason() {
    for (what, answer, outcome, reason) in MISBEHAVIOURS {
        let receiver = Raw::serve(move |_, stream| answer(stream));
        let (_folder, path) = one_callback("{retry: none, timeout: 5s}");
        let report = json(&["run", &path, "-t", &receiver.port()]);
        let callback = &report["scenarios"][0]["callbacks"][0];
        assert_eq!(callback["outcome"], *outcome, "{what}: {callback:#}");
        let error = callback["attempts"][0]["error"].as_str().unwrap_or_default();
        assert!(error.contains(reason), "{what}: {error}");
        assert_eq!(receiver.requests().len(), 1, "{what}: sent once");
    }
}

#[test]
fn a_receiver_that_hangs_is_left_at_the_timeout() {
    let receiver = Raw::serve(|_, _| {
        std::thread::sleep(Duration::from_secs(20));
        false
    });
    let (_folder, path) = one_callback("{retry: none}");
    let begun = Instant::now();
    let output = run(&["run", &path, "-t", &receiver.port(), "--timeout", "300ms"]);
    exits(&output, 1);
    assert!(stdout(&output).contains("no answer within 300ms"), "{}", stdout(&output));
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_receiver_that_answers_before_it_reads_is_heard() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
    exits(&run(&["run", "@tencent/single-file", "-t", &port]), 0);
}

#[test]
fn attempts_on_the_wire_are_the_attempts_of_the_report() {
    let receiver = Raw::statuses(&[500, 200, 500, 500, 200]);
    let report = json(&["run", "@huawei", "-t", &receiver.port(), "-j", "4"]);
    assert_eq!(report["totals"]["attempts"], receiver.requests().len());
    assert!(receiver.connections() <= receiver.requests().len());
    let totals = &report["totals"];
    let outcomes = ["accepted", "rejected", "gave_up", "unreachable", "not_sent", "in_doubt"];
    let sum: u64 = outcomes.iter().map(|outcome| totals[outcome].as_u64().unwrap()).sum();
    assert_eq!(totals["callbacks"], sum);
}

#[test]
fn fail_fast_begins_nothing_new() {
    let receiver = Raw::statuses(&[200, 403]);
    let (_folder, path) = scenario(
        "provider: huawei\nrecording: {hls: {cycle: 5m}}\nsigning: {method: none}\n\
         broadcast: [{0s: push}, {15m: drop}]\ndelivery: {retry: none}\n",
    );
    let report = json(&["run", &path, "-t", &receiver.port(), "--fail-fast"]);
    assert_eq!(receiver.requests().len(), 2);
    assert_eq!((&report["totals"]["not_sent"], &report["stopped"]), (&6.into(), &"--fail-fast".into()));
}

#[test]
fn headers_are_added_and_ours_can_be_replaced() {
    let receiver = Raw::statuses(&[200]);
    exits(
        &run(&[
            "run",
            "@tencent/single-file",
            "-t",
            &receiver.port(),
            "-H",
            "X-Test: a b",
            "-H",
            "user-agent: odd",
        ]),
        0,
    );
    let head = String::from_utf8(receiver.requests().remove(0)).unwrap().to_ascii_lowercase();
    assert!(head.contains("x-test: a b\r\n") && head.contains("user-agent: odd\r\n"), "{head}");
    assert!(head.contains("content-type: application/json\r\n"), "{head}");
}

#[test]
fn wait_for_waits_until_the_receiver_is_up_and_no_longer_than_told() {
    let output = run(&["run", "@tencent/single-file", "-t", "1", "--wait-for", "100ms"]);
    exits(&output, 3);
    assert!(stderr(&output).contains("was not ready within 100ms: refused by"), "{}", stderr(&output));

    let free = vacant();
    let late = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        let listener = std::net::TcpListener::bind(free).unwrap();
        for mut stream in listener.incoming().flatten().take(2) {
            // A connection by which the program looks whether somebody is there brings no request.
            if read_request(&mut std::io::BufReader::new(stream.try_clone().unwrap())).is_some() {
                let _ =
                    stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            }
        }
    });
    exits(&run(&["run", "@tencent/single-file", "-t", &format!("http://{free}"), "--wait-for", "20s"]), 0);
    late.join().unwrap();
}

#[test]
fn exec_starts_the_receiver_and_ends_it() {
    let free = vacant();
    let script = crate::stage::file("tests/oracle/receiver.py");
    let command = format!(
        "python3 -c \"import sys,http.server; sys.argv=['x','k']; sys.path.insert(0,'{}'); \
         exec(open('{}').read().split('if __name__')[0]); \
         http.server.ThreadingHTTPServer(('{}',{}),Handler).serve_forever()\"",
        script.parent().unwrap().display(),
        script.display(),
        free.ip(),
        free.port()
    );
    let (_folder, path) = one_callback("{retry: none}");
    // The newest but one: what our receiver of another language knows.
    let revision = find("tencent", "").unwrap().revisions.iter().rev().nth(1).unwrap().name;
    let url = format!("http://{free}/tencent/{revision}/md5");
    let output = hookreel()
        .env("ORACLE", "k")
        .args(["run", &path, "-t", &url, "--exec", &command, "--secret-env", "ORACLE"])
        .args(["--revision", revision])
        .output()
        .unwrap();
    exits(&output, 0);
    let patience = Instant::now() + Duration::from_secs(10);
    while std::net::TcpStream::connect(free).is_ok() {
        assert!(Instant::now() < patience, "the command was not ended");
        std::thread::sleep(Duration::from_millis(20));
    }

    let output = run(&["run", &path, "-t", &url, "--exec", "exit 7"]);
    exits(&output, 3);
    assert!(stderr(&output).contains("the command has ended (exit status: 7)"), "{}", stderr(&output));
}

#[test]
fn flags_have_twins_in_the_environment() {
    let receiver = Raw::statuses(&[200]);
    let output = hookreel()
        .args(["run", "@tencent/single-file"])
        .envs([
            ("HOOKREEL_TARGET", receiver.port().as_str()),
            ("HOOKREEL_REPORT", "json"),
            ("HOOKREEL_SEED", "77"),
        ])
        .output()
        .unwrap();
    exits(&output, 0);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!((&report["seed"], receiver.requests().len()), (&77.into(), 1));
}

#[test]
fn a_reader_that_goes_away_does_no_harm() {
    let mut child = hookreel()
        .args(["run", "@all"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    exits(&output, 0);
    assert!(stderr(&output).is_empty(), "{}", stderr(&output));
}

#[test]
fn the_line_by_hand_sends_the_very_callback() {
    let receiver = Raw::statuses(&[500]);
    let (_folder, path) = one_callback("{retry: none}");
    let now = "2026-03-08T14:10:25Z";
    exits(&run(&["run", &path, "-t", &receiver.port(), "--now", now]), 1);
    let id = format!("tencent-{}-1", find("tencent", "").unwrap().newest().name);
    let by_hand = run(&["plan", &path, "--body", &id, "--now", now]);
    exits(&by_hand, 0);
    assert_eq!(by_hand.stdout, body(&receiver.requests()[0]));
}

/// Plain answers by a mock that is not ours.
#[tokio::test(flavor = "multi_thread")]
async fn every_callback_is_one_post_of_json_to_the_very_path() {
    use wiremock::matchers::{body_partial_json, header, method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    let server = MockServer::start().await;
    for (event, count) in
        [("RECORD_START", 1), ("RECORD_NEW_FILE_START", 3), ("RECORD_FILE_COMPLETE", 3), ("RECORD_OVER", 1)]
    {
        Mock::given(method("POST"))
            .and(path("/hooks/huawei"))
            .and(header("content-type", "application/json"))
            .and(body_partial_json(serde_json::json!({ "event_type": event, "stream": "mystream" })))
            .respond_with(ResponseTemplate::new(200))
            .expect(count)
            .mount(&server)
            .await;
    }
    let url = format!("{}/hooks/huawei", server.uri());
    let output =
        tokio::task::spawn_blocking(move || run(&["run", "@huawei/cycle", "-t", &url])).await.unwrap();
    exits(&output, 0);
    server.verify().await;
}

#[test]
fn exec_refuses_to_test_a_server_that_was_there_before() {
    let receiver = Raw::statuses(&[200]);
    let (_folder, path) = one_callback("{retry: none}");
    let output = run(&["run", &path, "-t", &receiver.port(), "--exec", "exit 1"]);
    exits(&output, 2);
    assert!(stderr(&output).contains("serves"), "{}", stderr(&output));
    assert!(receiver.requests().is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn exec_leaves_no_process_behind_on_any_way_out() {
    // A command whose child outlives it and is deaf to being asked.
    let folder = tempfile::tempdir().unwrap();
    let (_scenario, path) = one_callback("{retry: none}");
    for (name, end) in [("early", "exit 0"), ("never serves", "wait")] {
        let pid = folder.path().join(name);
        let command = format!(
            "sh -c 'trap \"\" TERM; echo $$ > {:?}; while :; do sleep 0.1; done' & sleep 0.3; {end}",
            pid.display().to_string()
        );
        let output = run(&["run", &path, "-t", "9", "--exec", &command, "--wait-for", "600ms"]);
        exits(&output, 3);
        let pid = std::fs::read_to_string(&pid).unwrap();
        let deadline = Instant::now() + Duration::from_secs(5);
        while std::path::Path::new(&format!("/proc/{}", pid.trim())).exists() {
            let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
            if state.contains(") Z ") {
                break; // Ended, and waiting for whoever adopted it.
            }
            assert!(Instant::now() < deadline, "{name}: process {} is still there", pid.trim());
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

#[test]
fn headers_that_frame_a_message_cannot_be_set_and_repeated_ones_are_all_sent() {
    for header in ["content-length: 5", "Transfer-Encoding: chunked", "host: x"] {
        exits(&run(&["run", "-t", "1", "-H", header]), 2);
    }
    let receiver = Raw::statuses(&[200]);
    exits(&run(&["run", "@tencent/single-file", "-t", &receiver.port(), "-H", "X-A: 1", "-H", "X-A: 2"]), 0);
    let head = String::from_utf8(receiver.requests().remove(0)).unwrap().to_ascii_lowercase();
    assert!(head.contains("x-a: 1\r\n") && head.contains("x-a: 2\r\n"), "{head}");
}

#[test]
fn outputs_overwrite_neither_each_other_nor_a_scenario() {
    let (folder, path) = one_callback("{retry: none}");
    let before = std::fs::read_to_string(&path).unwrap();
    exits(&run(&["run", &path, "--record", &path]), 2);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
    let same = folder.path().join("same").display().to_string();
    exits(&run(&["run", &path, "--record", &same, "--report", &format!("json={same}")]), 2);
    exits(&run(&["run", &path, "--report", "json", "--report", "junit"]), 2);
    // An earlier report stays where the command line is wrong, and gives way where the receiver is not there.
    std::fs::write(&same, "earlier").unwrap();
    exits(&run(&["run", &path, "--speed", "x", "--report", &format!("json={same}")]), 2);
    assert_eq!(std::fs::read_to_string(&same).unwrap(), "earlier");
    exits(&run(&["run", &path, "-t", "9", "--wait-for", "50ms", "--report", &format!("json={same}")]), 3);
    assert!(std::fs::read_to_string(&same).unwrap().contains("\"verdict\": \"incomplete\""));
}

#[test]
fn a_cycle_that_would_fill_the_memory_is_refused() {
    let text = "provider: huawei\nlimits: off\nrecording: {hls: {cycle: 1us}}\nsigning: {method: none}\n";
    let (_folder, path) = scenario(&format!("{text}broadcast: [{{0s: push}}, {{1h: drop}}]\n"));
    let output = run(&["check", &path]);
    exits(&output, 2);
    assert!(
        stderr(&output).contains("3600000000 files") && stderr(&output).contains(":3:26"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_run_is_stopped_early_only_where_something_is_left() {
    let receiver = Raw::statuses(&[401]);
    let said = |args: &[&str]| {
        let output = run(&[args, &["-t", &receiver.port()]].concat());
        let all = stdout(&output);
        let at = all.find("stopped early: ").map(|at| all[at + 15..].lines().next().unwrap().to_owned());
        (output.status.code().unwrap(), at.unwrap_or_default())
    };
    let (_folder, path) = scenario(&format!(
        "provider: huawei\nrecording: {{hls: {{}}}}\nsigning: {{key: {KEY}}}\n\
         broadcast: [{{0s: push}}, {{5m: drop}}]\ndelivery: {{retry: none}}\n"
    ));
    for (args, stopped) in [
        (&["run", &path, "--max-failures", "4"][..], ""),
        (&["run", &path, "--max-failures", "5"], ""),
        (
            &["run", &path, "--max-failures", "3"],
            "the first 3 callbacks failed alike; --max-failures 0 plays all",
        ),
        (&["run", &path, "--max-failures", "1"], "the first callback failed; --max-failures 0 plays all"),
    ] {
        assert_eq!(said(args), (1, stopped.to_owned()), "{args:?}");
    }
    let load = |args: &[&str]| {
        said(
            &[&["load", &path, "--rate", "max", "--connections", "1", "--duration", "30s", "-q"], args]
                .concat(),
        )
    };
    assert_eq!(load(&["--count", "4", "--max-failures", "4"]), (5, String::new()));
    let (exit, stopped) = load(&["--count", "400", "--max-failures", "1"]);
    assert_eq!(exit, 5);
    assert_eq!(stopped, "the first callback was refused with status 401; --max-failures 0 goes on");
}

#[test]
fn a_receiver_that_stops_answering_in_the_middle_is_not_waited_for_to_the_end() {
    let hangs = || {
        Raw::serve(|n, stream| match n {
            0 => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok(),
            // Until the sender has closed the connection.
            _ => std::io::Read::read(stream, &mut [0]).is_ok_and(|read| read > 0),
        })
    };
    let (_folder, path) = scenario(
        "provider: tencent\nrecording: {mp4: {cycle: 5m}}\nbroadcast: [{0s: push}, {60m: drop}]\n\
         delivery: {retry: none, timeout: 100ms}\n",
    );
    let receiver = hangs();
    let output = run(&["run", &path, "-t", &receiver.port()]);
    exits(&output, 1);
    let told = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("stopped early: the receiver stopped answering: it answered tencent-"), "{told}");
    assert!(told.contains("left 5 in a row without an answer; --max-failures 0 plays all"), "{told}");
    assert_eq!(receiver.requests().len(), 6);
    let receiver = hangs();
    let output = run(&["run", &path, "-t", &receiver.port(), "--max-failures", "0"]);
    exits(&output, 1);
    assert!(
        !stdout(&output).contains("stopped early") && receiver.requests().len() > 6,
        "{}",
        stdout(&output)
    );
}

#[test]
fn scenarios_without_a_key_are_one_warning() {
    let folder = tempfile::tempdir().unwrap();
    let unsigned = "provider: huawei\nrecording: {hls: {}}\nbroadcast: [{0s: push}, {5m: drop}]\n";
    ["a", "b", "c"].iter().for_each(|name| {
        std::fs::write(folder.path().join(name).with_extension("yaml"), unsigned).unwrap();
    });
    let output = run(&["run", &folder.path().display().to_string(), "-q"]);
    let told = stderr(&output);
    assert!(told.contains("a.yaml [huawei] and 2 others are sent unsigned: there is no key"), "{told}");
    assert_eq!(told.matches("unsigned").count(), 1, "{told}");
}

#[test]
fn an_answer_that_is_longer_than_it_says_has_a_note_and_one_with_a_line_end_behind_it_has_none() {
    let told = |body: &'static str, length: usize| {
        let receiver = Raw::serve(move |_, stream| {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}").is_ok()
        });
        let output = run(&["run", "@tencent/single-file", "-t", &receiver.port()]);
        exits(&output, 0);
        stdout(&output)
    };
    let note = "more bytes came than the answer's Content-Length says";
    assert!(told(r#"{"name":"直播"}"#, 13).contains(note));
    assert!(!told("{}\r\n", 2).contains(note));
}
