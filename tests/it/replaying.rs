//! `replay`: what was captured, sent again byte for byte or signed anew, and told beside what had come of it.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hookreel::provider;
use serde_json::{Value, json};

use crate::capturing::{post_all, random_bodies};
use crate::peers::say;
use crate::serving::Served;
use crate::stage::{
    KEY, Raw, all_of, body, exits, file, hookreel, program, run, scenario, stderr, stdout, vacant,
};

const MOMENT: Duration = Duration::from_secs(60);

/// A capture of these bodies, each answered with this status.
fn capture(folder: &Path, bodies: &[(&[u8], u16)]) -> String {
    let line = |(n, (body, status)): (usize, &(&[u8], u16))| {
        let line = json!({
            "capture": "hookreel.capture/1", "time": format!("2026-11-24T14:10:{n:02}.000Z"), "method": "POST",
            "path": "/cb/own?a=1", "headers": [["content-type", "application/json"], ["x-odd", "caf\u{e9}"]],
            "body": BASE64_STANDARD.encode(body), "answer": {"status": status, "body": ""},
        });
        format!("{line}\n")
    };
    let path = folder.join("capture.jsonl");
    fs::write(&path, bodies.iter().enumerate().map(line).collect::<String>()).unwrap();
    path.display().to_string()
}

/// A Tencent record callback about this file, signed long ago.
fn record(id: &str) -> Vec<u8> {
    let text = fs::read_to_string(file("tests/samples/captured/t2025-04-cos.json")).unwrap();
    let mut body: Value = serde_json::from_str(&text).unwrap();
    body["file_id"] = id.into();
    body["t"] = 1_700_000_000.into();
    body["sign"] = "0".repeat(32).into();
    body["odd"] = "\\/ \u{e9}".into();
    // As no writer of ours would have it.
    body.to_string().replace(':', " : ").into_bytes()
}

#[cfg(unix)]
#[test]
fn bytes_that_went_through_capture_forward_and_replay_are_those_that_were_sent() {
    let behind = Raw::statuses(&[503]);
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(
        "tencent",
        &["--capture", folder.path().to_str().unwrap(), "--forward", &behind.port()],
    );
    let bodies = random_bodies(1000, 600);
    post_all(&served.port, &bodies);
    served.end("TERM");
    let again = Raw::statuses(&[200]);
    let said = say(&format!("replay {} -t {} -q", folder.path().display(), again.port), MOMENT);
    assert_eq!(said.exit, Some(0), "{}", said.all());
    assert!(said.stdout.contains("1000 accepted; fixed: 1000"), "{}", said.stdout);
    let (first, second) = (behind.requests(), again.requests());
    assert_eq!(first.len(), second.len());
    for ((sent, first), second) in bodies.iter().zip(&first).zip(&second) {
        assert!(body(first) == sent && body(second) == sent);
    }
    // To its own path, with its own headers.
    assert!(second[0].starts_with(b"POST /cb?a=1 HTTP/1.1\r\n"));
    assert!(second[0].windows(4).any(|window| window == b"caf\xe9"));
}

#[test]
fn each_is_told_as_fixed_still_fails_differs_or_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let bodies = [record("1"), record("2"), record("3"), record("4")];
    let statuses = [503, 503, 200, 200];
    let pairs: Vec<(&[u8], u16)> = bodies.iter().map(Vec::as_slice).zip(statuses).collect();
    let path = capture(folder.path(), &pairs);
    let raw = Raw::statuses(&[200, 500, 200, 500]);
    let output = run(&["replay", &path, "-t", &format!("{}/here", raw.port), "--report", "json"]);
    exits(&output, 1);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let callbacks = report["scenarios"][0]["callbacks"].as_array().unwrap();
    let told: Vec<&str> = callbacks.iter().map(|callback| callback["replayed"].as_str().unwrap()).collect();
    assert_eq!(told, ["fixed", "still_fails", "as_before", "differs"]);
    assert!(callbacks[0]["subject"].as_str().unwrap().ends_with(" 1"), "{callbacks:?}");
    // A path of the target's is where all go.
    assert!(raw.requests()[0].starts_with(b"POST /here HTTP/1.1\r\n"));
    let raw = Raw::statuses(&[200, 500, 200, 500]);
    let text = stdout(&run(&["replay", &path, "-t", &raw.port()]));
    for word in [
        "accepted  fixed (was 503)",
        "rejected  still fails (was 503)",
        "differs (was 200)",
        "captured at 2026-11-24T14:10:01Z, answered 503",
        "capture.jsonl:2",
    ] {
        assert!(text.contains(word), "{word}\n{text}");
    }
}

#[test]
fn signed_anew_time_and_signature_are_replaced_and_no_other_byte() {
    let folder = tempfile::tempdir().unwrap();
    let sent = record("77");
    let path = capture(folder.path(), &[(&sent, 403)]);
    let raw = Raw::statuses(&[200]);
    let said = say(&format!("replay {path} -t {} --resign --secret-env CALLBACK_KEY", raw.port), MOMENT);
    assert_eq!(said.exit, Some(0), "{}", said.all());
    let seen = raw.requests().remove(0);
    let text = String::from_utf8(body(&seen).to_vec()).unwrap();
    let fields: Value = serde_json::from_str(&text).unwrap();
    let fresh = fields["t"].to_string();
    let back = text.replace(&fresh, "1700000000").replace(fields["sign"].as_str().unwrap(), &"0".repeat(32));
    assert_eq!(back.as_bytes(), sent);
    let verified = folder.path().join("sent.json");
    fs::write(&verified, &text).unwrap();
    let line = format!("verify tencent {} --secret-env CALLBACK_KEY", verified.display());
    assert!(say(&line, MOMENT).stdout.starts_with("right"));
    // As it came it has expired, and that is said before a right receiver refuses it.
    let warned = run(&["replay", &path, "-t", &raw.port()]);
    assert!(stderr(&warned).contains("--resign signs them again"), "{}", stderr(&warned));
    assert!(!stdout(&warned).contains(&"0".repeat(32)), "{}", stdout(&warned));
}

#[test]
fn the_requests_that_are_wanted_are_sent_in_the_order_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let bodies = ["1", "2", "3", "4"].map(record);
    let pairs: Vec<(&[u8], u16)> = bodies.iter().map(Vec::as_slice).zip([200, 503, 503, 200]).collect();
    let path = capture(folder.path(), &pairs);
    let seen = |flags: &str| -> String {
        let raw = Raw::statuses(&[200]);
        let said = say(&format!("replay {path} -t {} {flags} -q", raw.port), MOMENT);
        assert_eq!(said.exit, Some(0), "{flags}: {}", said.all());
        let ids = raw.requests();
        let ids = ids
            .iter()
            .map(|request| serde_json::from_slice::<Value>(body(request)).unwrap()["file_id"].clone());
        ids.map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(seen(""), "1234");
    assert_eq!(seen("--order reverse"), "4321");
    assert_eq!(seen("--id 4,2"), "24");
    assert_eq!(seen("--only-failed"), "23");
    assert_eq!(seen("--only-failed -n 2"), "2323");
    assert_eq!(seen("--order shuffle"), seen("--order shuffle --seed 1"));
    let mut shuffled: Vec<char> = seen("--order shuffle --seed 4").chars().collect();
    shuffled.sort_unstable();
    assert_eq!(shuffled, ['1', '2', '3', '4']);
}

#[test]
fn a_callback_that_a_retry_brought_home_has_not_failed() {
    let folder = tempfile::tempdir().unwrap();
    let again = |t: &str| String::from_utf8(record("1")).unwrap().replace("1700000000", t).into_bytes();
    let bodies = [record("1"), record("2"), again("1700000060"), record("2")];
    let pairs: Vec<(&[u8], u16)> = bodies.iter().map(Vec::as_slice).zip([503, 503, 200, 503]).collect();
    let path = capture(folder.path(), &pairs);
    let raw = Raw::statuses(&[200]);
    let output = run(&["replay", &path, "-t", &raw.port(), "--only-failed"]);
    assert_eq!(raw.requests().len(), 1);
    assert!(stdout(&output).contains("capture.jsonl:4"), "{}", stdout(&output));
}

#[test]
fn every_form_that_people_have_is_sent_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let sent = String::from_utf8(record("9")).unwrap();
    let har = json!({"log": {"entries": [
        {"request": {"method": "GET", "url": "http://x/", "headers": []}, "response": {"status": 200, "content": {"text": "x"}}},
        {"request": {"method": "POST", "url": "https://x/cb", "headers": [], "postData": {"text": sent}},
         "response": {"status": 503, "content": {}}},
    ]}});
    // As nginx writes whatever is not plain.
    let plain = |byte: u8| byte != b'"' && byte != b'\\' && (32..127).contains(&byte);
    let escaped: String = sent
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("\\x{byte:02X}") })
        .collect();
    for (name, text) in [
        ("body.json", sent.clone()),
        (
            "request.http",
            format!("POST /cb HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{sent}\n", sent.len()),
        ),
        ("export.har", har.to_string()),
        ("pretty.har", serde_json::to_string_pretty(&har).unwrap()),
        (
            "access.log",
            format!("::1 - - [24/Nov/2026:14:10:25 +0000] \"POST /cb HTTP/1.1\" 503 2 \"{escaped}\"\n"),
        ),
        (
            "log.jsonl",
            format!(
                "{}\n",
                json!({"time": "2026-11-24T14:10:25Z", "uri": "/cb", "status": 503, "request_body": sent})
            ),
        ),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let raw = Raw::statuses(&[200]);
        let said = say(&format!("replay {} -t {}", path.display(), raw.port), MOMENT);
        assert_eq!(said.exit, Some(0), "{name}: {}", said.all());
        assert_eq!(String::from_utf8_lossy(body(&raw.requests()[0])), sent, "{name}");
        assert_eq!(
            said.stdout.contains("fixed (was 503)"),
            !["body.json", "request.http"].contains(&name),
            "{name}: {}",
            said.stdout
        );
    }
    // Whoever asks for the recordings sends no callback.
    let asked = json!({"capture": "hookreel.capture/1", "method": "GET", "path": "/recordings", "headers": [], "body": ""});
    let path = folder.path().join("asked.jsonl");
    fs::write(&path, format!("{asked}\n")).unwrap();
    exits(&run(&["replay", path.to_str().unwrap(), "-t", "1"]), 4);
    // A folder of them is all of them.
    let raw = Raw::statuses(&[200]);
    let said = say(&format!("replay {} -t {}", folder.path().display(), raw.port), MOMENT);
    assert!(said.stdout.contains("6 callbacks, 6 attempts: 6 accepted; fixed: 4"), "{}", said.all());
}

#[test]
fn a_record_is_sent_again_signed_and_its_failed_scenarios_are_played_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.jsonl").display().to_string();
    let raw = Raw::statuses(&[200, 500]);
    let short = "delivery: {retry: none}\nbroadcast: [{0s: push}, {5m: drop}]\nrecording: {mp4: {}}\n";
    let (_one, good) = scenario(&format!("name: good\nprovider: tencent\nsigning: {{key: {KEY}}}\n{short}"));
    let (_two, bad) = scenario(&format!(
        "name: bad\nprovider: huawei\nsigning: {{key: {KEY}}}\nsubscribe: [RECORD_OVER]\n{short}"
    ));
    exits(&run(&["run", &good, &bad, "-t", &raw.port(), "--record", &path]), 1);
    let served = Raw::statuses(&[200]);
    let output = run(&["replay", &path, "-t", &served.port()]);
    exits(&output, 0);
    let said = stdout(&output);
    assert!(said.contains("fixed (was 500)") && said.contains("as before (was 200)"), "{said}");
    for request in served.requests() {
        let sent = folder.path().join("sent.json");
        fs::write(&sent, body(&request)).unwrap();
        let provider = if request.windows(10).any(|window| window == b"event_type")
            && request.windows(4).any(|w| w == b"auth")
        {
            "huawei"
        } else {
            "tencent"
        };
        let said = say(&format!("verify {provider} {} --secret-env CALLBACK_KEY", sent.display()), MOMENT);
        assert!(said.stdout.starts_with("right: "), "{}", said.all());
    }
    // Bytes that were sent as they came are in a record without their signature, and signed again as well.
    let body_path = folder.path().join("body.json");
    fs::write(&body_path, record("5")).unwrap();
    for flags in ["", " --resign"] {
        let again = folder.path().join(format!("again{}.jsonl", flags.len()));
        let line =
            format!("replay {} -t {}{flags} --record {}", body_path.display(), served.port, again.display());
        assert_eq!(say(&line, MOMENT).exit, Some(0));
        let text = fs::read_to_string(&again).unwrap();
        assert!(text.contains("(signature)") && !text.contains(&"0".repeat(32)), "{text}");
        let said = say(&format!("replay {} -t {}", again.display(), served.port), MOMENT);
        assert_eq!(said.exit, Some(0), "{}", said.all());
    }
    let served = Raw::statuses(&[200]);
    let output = run(&["run", "--failed", &path, "-t", &served.port()]);
    exits(&output, 0);
    assert!(stdout(&output).contains("bad") && !stdout(&output).contains("good"), "{}", stdout(&output));
    assert_eq!(served.requests().len(), 1);
    let help = stdout(&run(&["run", "--help"])).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("only the scenarios that did not pass in an earlier run"), "{help}");
    let passed = folder.path().join("passed.jsonl").display().to_string();
    exits(&run(&["run", &good, "-t", &served.port(), "--record", &passed]), 0);
    let output = run(&["run", "--failed", &passed, "-t", &served.port()]);
    exits(&output, 4);
    assert!(stderr(&output).contains("nothing in it failed"), "{}", stderr(&output));
}

#[test]
fn a_capture_that_would_split_its_request_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let whole = capture(folder.path(), &[(b"{}", 503)]);
    let line = fs::read_to_string(&whole).unwrap();
    let split = |name: &str, from: &str, to: &str| {
        let path = folder.path().join(name);
        fs::write(&path, line.replace(from, to)).unwrap();
        path.display().to_string()
    };
    let path = split("path.jsonl", "/cb/own?a=1", r"/cb HTTP/1.1\r\nEvil: 1\r\nX:");
    let value = split("value.jsonl", "application/json", r"a\r\nEvil: 1");
    let raw = Raw::statuses(&[200]);
    let cases: &[(&[&str], &str)] = &[
        (&[&path], "path.jsonl:1: its path holds a space, which no request can hold"),
        (&[&value], "value.jsonl:1: the header `content-type` holds a line break, which no request can hold"),
        (&[&value, "--resign", "--provider", "tencent"], "the header `content-type` holds a line break"),
    ];
    for (args, word) in cases {
        let output = run(&[&["replay"], *args, &["-t", &raw.port()]].concat());
        exits(&output, 2);
        assert!(stderr(&output).contains(word), "{args:?}: {}", stderr(&output));
    }
    assert_eq!(raw.connections(), 0);
}

#[test]
fn what_cannot_be_sent_is_told_with_its_place_and_nothing_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).display().to_string()
    };
    let whole = capture(folder.path(), &[(b"\xff\xfe{", 503)]);
    let line = fs::read(&whole).unwrap();
    let torn_inside = write("torn.jsonl", &[&line[..40], b"\n", &line].concat());
    let log = write("access.log", b"::1 - - [24/Nov/2026:14:10:25 +0000] \"POST /cb HTTP/1.1\" 503 2\n");
    let odd = write("odd.log", b"Nov 24 14:10:25 host app[1]: callback refused\n");
    let two =
        write("two.log", b"::1 - - [24/Nov/2026:14:10:25 +0000] \"POST /cb HTTP/1.1\" 503 2\nNov 24 oops\n");
    let cut = write("cut.har", b"{\"log\":{\"entries\":[{\"request\":{\"method\":\"POST\",");
    let ndjson = write("r.ndjson", b"{\"event\":\"run_started\",\"schema\":\"hookreel.ndjson/1\"}\n{}\n");
    let json = write("r.json", b"{\n  \"schema\": \"hookreel.report/1\",\n  \"seed\": 1\n}\n");
    let ctrf = write("c.json", b"{\n  \"reportFormat\": \"CTRF\",\n  \"specVersion\": \"0.0.0\"\n}\n");
    let no_base64 = write(
        "no-base64.har",
        br#"{"log":{"entries":[{"request":{"method":"POST","url":"http://x/","postData":{"encoding":"base64","text":"e30"}}}]}}"#,
    );
    let raw = Raw::statuses(&[200]);
    let cases: &[(&[&str], &str)] = &[
        (&[&ndjson], "r.ndjson` is a report in ndjson, not a capture"),
        (&[&json], "r.json` is a report in JSON, not a capture"),
        (&[&ctrf], "c.json` is a report in CTRF, not a capture"),
        (&[&no_base64], "a body that is called Base64 is not"),
        (&[&torn_inside], "torn.jsonl:1: at column"),
        (&[&log], "access.log:1: there is no body to send"),
        (&[&odd], "odd.log:1: the form of the capture is not recognised; name it with --as FORMAT"),
        (&[&two], "two.log:1: there is no body to send"),
        (&[&two, "--as", "capture"], "two.log:1: at column 1"),
        (&[&cut], "cut.har:1:"),
        (&[&whole, "--resign"], "--provider NAME"),
        (&[&whole, "--resign", "--provider", "tencent"], "capture.jsonl:1: the body is not a JSON object"),
        (&[&whole, "--id", "7"], "there is no request `7` among 1 request"),
        (&[&whole, "--as", "hra"], "did you mean `har`?"),
        (&["no-such.jsonl"], "cannot read `no-such.jsonl`"),
    ];
    for (args, word) in cases {
        let output = run(&[&["replay"], *args, &["-t", &raw.port()]].concat());
        exits(&output, 2);
        assert!(stderr(&output).contains(word), "{args:?}: {}", stderr(&output));
    }
    let public = run(&["replay", &whole, "-t", "http://192.0.2.1/"]);
    exits(&public, 2);
    assert!(stderr(&public).contains("--allow-remote 192.0.2.1"), "{}", stderr(&public));
    assert_eq!(raw.connections(), 0);
    // What a kill tore off is left out, and told.
    let torn = write("last.jsonl", &[&line[..], &line[..40]].concat());
    let output = run(&["replay", &torn, "-t", &raw.port()]);
    exits(&output, 0);
    assert!(stderr(&output).contains("last.jsonl:2: the last line is cut off, and is left out"));
    assert_eq!(raw.requests().len(), 1);
    // A capture is not overwritten by what is made of it.
    let output = run(&["replay", &whole, "-t", &raw.port(), "--record", &whole]);
    exits(&output, 2);
    assert_eq!(fs::read(&whole).unwrap(), line);
    exits(&run(&["replay", &whole, "-t", &vacant().to_string().replace("127", "http://127")]), 3);
}

/// The memory of an archive is that of its requests, not that of its pages and pictures.
#[cfg(target_os = "linux")]
#[test]
fn an_archive_of_a_hundred_megabytes_is_read_in_little_memory() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.har");
    let mut out = std::io::BufWriter::new(fs::File::create(&path).unwrap());
    let page = "<p>\\n".repeat(200_000);
    out.write_all(b"{\"log\":{\"version\":\"1.2\",\"entries\":[").unwrap();
    for _ in 0..100 {
        write!(out, "{{\"request\":{{\"method\":\"GET\",\"url\":\"http://x/\",\"headers\":[]}},\"response\":{{\"status\":200,\"content\":{{\"text\":\"{page}\"}}}}}},").unwrap();
    }
    write!(out, "{{\"request\":{{\"method\":\"POST\",\"url\":\"http://x/cb\",\"headers\":[],\"postData\":{{\"text\":\"{{}}\"}}}}}}]}}}}").unwrap();
    drop(out);
    assert!(fs::metadata(&path).unwrap().len() > 100_000_000);
    let raw = Raw::statuses(&[200]);
    let line = format!("ulimit -v 1000000; exec {} replay {} -t {}", program(), path.display(), raw.port);
    let output = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
    exits(&output, 0);
    assert_eq!(raw.requests().len(), 1);
}

#[test]
fn a_line_break_in_a_capture_begins_no_header_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let line = fs::read_to_string(capture(folder.path(), &[(b"{}", 503)])).unwrap();
    let raw = Raw::statuses(&[200]);
    for (from, to, told) in [
        (
            "/cb/own?a=1",
            "/cb HTTP/1.1\\r\\nEvil: 1\\r\\nX:",
            "its path holds a space, which no request can hold",
        ),
        (
            "application/json",
            "a\\r\\nEvil: 1",
            "the header `content-type` holds a line break, which no request can hold",
        ),
    ] {
        let path = folder.path().join("split.jsonl").display().to_string();
        fs::write(&path, line.replace(from, to)).unwrap();
        for more in [&[][..], &["--resign", "--provider", "tencent"]] {
            let output = run(&[&["replay", &path, "-t", &raw.port()], more].concat());
            exits(&output, 2);
            assert!(stderr(&output).contains(&format!("split.jsonl:1: {told}")), "{}", stderr(&output));
        }
    }
    assert_eq!(raw.connections(), 0);
}

#[test]
fn what_was_refused_for_its_signature_is_not_made_right_unless_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let line = |file: &str, verdict: &str| {
        let line = json!({
            "capture": "hookreel.capture/1", "time": "2026-11-24T14:10:00.000Z", "method": "POST", "path": "/", "headers": [],
            "body": BASE64_STANDARD.encode(record(file)), "verdict": verdict, "answer": {"status": 401, "body": ""},
        });
        format!("{line}\n")
    };
    let path = folder.path().join("capture.jsonl");
    let seen = |flags: &str| {
        let raw = Raw::statuses(&[200]);
        let said = say(&format!("replay {} -t {} --resign {flags} -q", path.display(), raw.port), MOMENT);
        (raw.requests().len(), said.exit, said.all())
    };
    let forged = line("1", "the signature does not match");
    fs::write(&path, format!("{forged}{}", line("2", "the signature has expired"))).unwrap();
    let (sent, _, said) = seen("");
    assert!(sent == 1 && said.contains("left out: 1 request without a right signature"), "{said}");
    let (sent, _, said) = seen("--id 1");
    assert!(sent == 1 && !said.contains("left out"), "{said}");
    fs::write(&path, forged).unwrap();
    let (sent, exit, said) = seen("");
    assert!(sent == 0 && exit == Some(2) && said.contains("--id 1"), "{said}");
}

/// A callback about this file that is signed with [`KEY`], and has expired long ago.
fn signed(id: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body.json");
    let mut body: Value = serde_json::from_slice(&record(id)).unwrap();
    body.as_object_mut().unwrap().retain(|name, _| name != "t" && name != "sign");
    fs::write(&path, body.to_string()).unwrap();
    let line =
        format!("sign tencent {} --now 2026-11-24T14:10:00Z --secret-env CALLBACK_KEY", path.display());
    say(&line, MOMENT).stdout
}

#[test]
fn where_the_capture_has_no_verdicts_the_key_tells_what_was_forged() {
    let folder = tempfile::tempdir().unwrap();
    let entry = |body: &str| {
        json!({"request": {"method": "POST", "url": "https://x/cb", "headers": [], "postData": {"text": body}},
               "response": {"status": 401, "content": {}}})
    };
    let logged = |body: &str| json!({"time": "2026-11-24T14:10:25Z", "uri": "/cb", "status": 401, "request_body": body});
    let (good, forged) = (signed("1"), String::from_utf8(record("2")).unwrap());
    let forms = |bodies: &[&str]| {
        let har = json!({"log": {"entries": bodies.iter().map(|body| entry(body)).collect::<Vec<_>>()}});
        let lines =
            |all: Vec<String>| all.iter().map(|line| format!("{}\n", line.trim())).collect::<String>();
        [
            ("c.har", har.to_string()),
            ("log.jsonl", lines(bodies.iter().map(|body| logged(body).to_string()).collect())),
            ("bodies.jsonl", lines(bodies.iter().map(ToString::to_string).collect())),
        ]
    };
    let seen = |name: &str, text: &str, flags: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let raw = Raw::statuses(&[200]);
        let line =
            format!("replay {} -t {} --resign --secret-env CALLBACK_KEY {flags}", path.display(), raw.port);
        let said = say(&line, MOMENT);
        assert_eq!(said.exit, Some(0), "{}", said.all());
        (raw.requests().len(), said)
    };
    // The key is right for one: the other was forged.
    for (name, text) in forms(&[&good, &forged]) {
        let (sent, said) = seen(name, &text, "");
        let left_out = said.stderr.contains("left out: 1 request without a right signature")
            && said.stderr.contains("`--id 2`");
        assert!(sent == 1 && left_out, "{name}: {}", said.all());
        assert_eq!(said.stdout.contains("fixed (was 401)"), name != "bodies.jsonl", "{}", said.stdout);
        let (sent, said) = seen(name, &text, "--id 1,2");
        assert!(sent == 2 && !said.stderr.contains("left out"), "{name}: {}", said.all());
        assert_eq!(
            said.stdout.contains("; fixed: 1, signed now: 1"),
            name != "bodies.jsonl",
            "{}",
            said.stdout
        );
    }
    // It is right for none: nobody knows, and nothing is called fixed.
    for (name, text) in forms(&[&forged, &String::from_utf8(record("3")).unwrap()]) {
        let (sent, said) = seen(name, &text, "--only-failed");
        let warned = said.stderr.contains("no signature of the capture matches this key")
            && said.stderr.contains("makes 2 requests right: 1, 2\n");
        assert!(sent == 2 && warned && !said.stdout.contains("fixed"), "{name}: {}", said.all());
        assert_eq!(said.stdout.contains("signed now: 2"), name != "bodies.jsonl", "{}", said.stdout);
    }
}

#[test]
fn the_body_of_another_provider_is_not_sent_as_that_of_the_one_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = capture(folder.path(), &[(&record("1"), 503)]);
    let raw = Raw::statuses(&[200]);
    for flags in ["", " --resign"] {
        let said = say(&format!("replay {path} -t {}{flags} --provider huawei", raw.port), MOMENT);
        let told = said.stderr.contains("capture.jsonl:1: this is not a callback of Huawei")
            && said.stderr.contains("its fields are those of Tencent");
        assert!(said.exit == Some(2) && told, "{}", said.all());
    }
    assert_eq!(raw.connections(), 0);
}

#[test]
fn what_a_killed_run_had_not_sent_is_sent_now_and_not_called_fixed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.jsonl").display().to_string();
    let (_own, three) = scenario(&format!(
        "provider: tencent\nsigning: {{key: {KEY}}}\nrecording: {{mp4: {{cycle: 30m}}}}\nsubscribe: [record]\n\
         broadcast: [{{0s: push}}, {{90m: drop}}]\n"
    ));
    let raw = Raw::statuses(&[200]);
    exits(&run(&["run", &three, "-t", &raw.port(), "--record", &path]), 0);
    // Killed between the second request and its answer.
    let whole = fs::read_to_string(&path).unwrap();
    let second = whole.match_indices("{\"line\":\"intent\"").nth(1).unwrap().0;
    let end = second + whole[second..].find('\n').unwrap() + 1;
    fs::write(&path, &whole[..end]).unwrap();
    let said = say(&format!("replay {path} --only-failed -t {}", raw.port), MOMENT);
    assert!(said.exit == Some(0) && said.stdout.contains("2 accepted; sent now: 2"), "{}", said.all());
}

#[test]
fn a_log_with_a_strange_line_is_read_but_for_that_line() {
    let folder = tempfile::tempdir().unwrap();
    let line = |n: usize| {
        let body = String::from_utf8(record(&n.to_string())).unwrap();
        json!({"time": "2026-11-24T14:10:25Z", "uri": "/cb", "status": 503, "request_body": body}).to_string()
    };
    let path = folder.path().join("access.log");
    for text in [
        format!("{}\nnot a log line\n{}\n", line(1), line(2)),
        format!("not a log line\n{}\n{}\n", line(1), line(2)),
    ] {
        fs::write(&path, &text).unwrap();
        let raw = Raw::statuses(&[200]);
        let said = say(&format!("replay {} -t {} -q", path.display(), raw.port), MOMENT);
        let at = 1 + text.lines().position(|line| line.starts_with("not")).unwrap();
        let told = format!("access.log:{at}: this is not a line of the log, and is left out");
        assert!(said.exit == Some(0) && said.stderr.contains(&told), "{}", said.all());
        assert_eq!(raw.requests().len(), 2);
    }
}

#[test]
fn a_capture_that_its_receiver_writes_to_is_read_once_and_the_growth_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let bodies: Vec<Vec<u8>> = ["one", "two", "three"].map(record).into();
    let bodies: Vec<(&[u8], u16)> = bodies.iter().map(|body| (body.as_slice(), 200)).collect();
    let path = capture(folder.path(), &bodies);
    let first = fs::read_to_string(&path).unwrap().lines().next().unwrap().to_owned();
    let own = path.clone();
    let receiver = Raw::serve(move |n, stream| {
        // Into the file that is read, and into a new one beside it.
        let mut file = fs::OpenOptions::new().append(true).open(&own).unwrap();
        writeln!(file, "{first}").unwrap();
        fs::write(Path::new(&own).with_file_name(format!("later-{n}.jsonl")), format!("{first}\n")).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok()
    });
    let replay = |args: &[&str]| {
        run(&[&["replay", folder.path().to_str().unwrap(), "-t", &receiver.port()], args].concat())
    };
    let output = replay(&["-n", "2"]);
    exits(&output, 0);
    assert_eq!(receiver.requests().len(), 6, "{}", stdout(&output));
    assert!(stderr(&output).contains("note: the capture grew meanwhile"), "{}", stderr(&output));
    let quiet = Raw::statuses(&[200]);
    let output = run(&["replay", &path, "-t", &quiet.port()]);
    assert!(!stderr(&output).contains("grew"), "{}", stderr(&output));
}

/// Ids of callbacks are unique within a scenario alone.
#[test]
fn a_record_of_several_scenarios_is_sent_again_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (first, second) = (path("a.jsonl"), path("b.jsonl"));
    let raw = Raw::statuses(&[200]);
    let output =
        run(&["run", "@tencent/single-file", "@tencent/flv-cycle", "-t", &raw.port(), "--record", &first]);
    exits(&output, 0);
    let sent = raw.requests().len();
    let raw = Raw::statuses(&[200]);
    let output = run(&["replay", &first, "-t", &raw.port(), "--record", &second]);
    exits(&output, 0);
    assert!(stdout(&output).contains(&format!("{sent} accepted")), "{}", stdout(&output));
    assert_eq!(raw.requests().len(), sent);
    // The same record twice, and one of the second scenario alone.
    exits(&run(&["replay", &first, &second, "-t", &raw.port()]), 0);
    let one = Raw::statuses(&[200]);
    exits(&run(&["replay", &first, "--id", "tencent-2025-1/2", "-t", &one.port()]), 0);
    assert_eq!(one.requests().len(), 1);
}

/// Lines of a capture: seconds since its first request, status, body.
fn timed(lines: &[(i64, u16, &str)]) -> String {
    let begun: jiff::Timestamp = "2026-11-24T14:10:00Z".parse().unwrap();
    let line = |(at, status, body): &(i64, u16, &str)| {
        let at = begun + jiff::SignedDuration::from_secs(*at);
        let line = json!({
            "capture": "hookreel.capture/1", "time": at.to_string(), "method": "POST", "path": "/cb",
            "headers": [["content-type", "application/json"]], "body": BASE64_STANDARD.encode(body),
            "answer": {"status": status, "body": ""},
        });
        format!("{line}\n")
    };
    lines.iter().map(line).collect()
}

#[test]
fn two_events_with_the_same_body_are_two_callbacks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture.jsonl");
    let path = path.to_str().unwrap();
    let started =
        r#"{"domain": "play.example.com", "app": "live", "stream": "room1", "event": "record_started"}"#;
    let refused: Vec<(i64, u16, &str)> = (0..6).map(|n| (n, 500, started)).collect();
    fs::write(path, timed(&[&refused[..], &[(86_400, 200, started)]].concat())).unwrap();
    let output = run(&["report", path]);
    exits(&output, 1);
    assert!(stdout(&output).contains("2 callbacks: 1 accepted, 1 not"), "{}", stdout(&output));
    let raw = Raw::statuses(&[200]);
    // Without a flag of the key they would be signed with that of the samples.
    let resigns = stdout(&output);
    let resigns = resigns.lines().filter(|line| line.contains("--resign"));
    assert!(resigns.clone().all(|line| line.contains("--secret-env NAME")), "{resigns:?}");
    exits(&run(&["replay", path, "--only-failed", "--resign", "-t", &raw.port()]), 0);
    assert_eq!(raw.requests().len(), 1);
    // Paused twice: each was accepted.
    let paused = started.replace("started", "paused");
    fs::write(path, timed(&[(0, 200, &paused), (60, 200, &paused)])).unwrap();
    let output = run(&["report", path]);
    exits(&output, 0);
    assert!(stdout(&output).contains("2 callbacks: 2 accepted, 0 not"), "{}", stdout(&output));
    // A file is one, however late it comes again.
    let file = r#"{"domain": "play.example.com", "app": "live", "stream": "room1", "uri": "a.m3u8", "duration": 1.5, "start_time": 1764000000, "stop_time": 1764000090}"#;
    fs::write(path, timed(&[(0, 500, file), (86_400, 200, file), (90_000, 200, file)])).unwrap();
    let output = run(&["report", path]);
    assert!(stdout(&output).contains("accepted at attempt 2, and sent 1 more time"), "{}", stdout(&output));
}

#[test]
fn what_serve_found_is_not_said_as_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = capture(folder.path(), &[(&record("9"), 500)]);
    let text = fs::read_to_string(&path).unwrap();
    let text = text.replacen("\"answer\"", "\"verdict\": \"accepted, known already\", \"answer\"", 1);
    fs::write(&path, text).unwrap();
    let raw = Raw::statuses(&[200]);
    let told = stdout(&run(&["replay", &path, "-t", &raw.port()]));
    assert!(told.contains("answered 500; serve found it accepted, known already"), "{told}");
}

#[test]
fn what_is_signed_again_bears_its_new_signature_in_its_headers() {
    let folder = tempfile::tempdir().unwrap();
    for (provider, event) in [
        ("trtc", "RECORDER_START"),
        ("agora", "recorder_started"),
        ("livekit", "egress_ended"),
        ("mux", "video.asset.live_stream_completed"),
        ("alibaba", "record_started"),
        ("zoom", "recording.completed"),
    ] {
        // Sent years ago, with another key.
        let raw = Raw::statuses(&[500]);
        let old = ["send", provider, event, "-t", &raw.port(), "--now", "2020-01-01T00:00:00Z"];
        hookreel()
            .args(old)
            .args(["--secret-env", "OLD"])
            .env("OLD", "fedcba9876543210fedcba9876543210")
            .output()
            .unwrap();
        let request = raw.requests().into_iter().next_back().unwrap();
        let head = String::from_utf8_lossy(&request).split("\r\n\r\n").next().unwrap().to_owned();
        let headers: Vec<_> = head.lines().skip(1).filter_map(|line| line.split_once(": ")).collect();
        let line = json!({
            "capture": "hookreel.capture/1", "time": "2020-01-01T00:00:00Z", "method": "POST", "path": "/cb", "headers": headers,
            "body": BASE64_STANDARD.encode(body(&request)), "answer": {"status": 500, "body": ""},
        });
        let path = folder.path().join(format!("{provider}.jsonl"));
        fs::write(&path, format!("{line}\n")).unwrap();
        let served = Served::start(provider, &[]);
        let line = format!(
            "replay {} -t http://127.0.0.1:{}/cb --resign --secret-env CALLBACK_KEY --provider {provider}",
            path.display(),
            served.port
        );
        let said = say(&line, MOMENT);
        assert_eq!(said.exit, Some(0), "{provider}: {}", said.all());
    }
}

/// Signatures in the body, in one header, in several, in a token; and none.
#[cfg(unix)]
#[test]
fn the_record_of_any_sender_is_sent_again_with_a_right_signature() {
    let folder = tempfile::tempdir().unwrap();
    let built_in = provider::ALL.iter().map(|sender| (sender.name, !sender.newest().signatures.is_empty()));
    all_of(
        built_in.chain([("zoom", true), ("sparkrtc", true)]).collect(),
        |(sender, signs): (&str, bool)| {
            let record = folder.path().join(sender).display().to_string();
            let gone = format!("http://{}/", vacant());
            let scenarios = format!("@{sender}");
            run(&["run", &scenarios, "-t", &gone, "--max-failures", "0", "--record", &record]);
            let served = Served::keyed(sender, signs.then_some(KEY), &[]);
            let output = run(&["replay", &record, "-t", &served.port]);
            exits(&output, 0);
            let said = stdout(&output);
            assert!(said.contains(" attempts: ") && said.contains(" accepted; "), "{said}");
        },
    );
}

#[test]
fn the_record_of_standard_webhooks_is_sent_again_with_a_right_signature() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.jsonl").display().to_string();
    for scenario in ["@tencent/single-file", "@srs/session", "@trtc/mp4"] {
        let signed = "--method standard-webhooks --secret-env CALLBACK_KEY";
        let first = say(&format!("run {scenario} {signed} --record {path}"), MOMENT);
        assert_eq!(first.exit, Some(0), "{}", first.all());
        // The built-in receiver looks at each signature.
        let again = say(&format!("replay {path} {signed}"), MOMENT);
        assert_eq!(again.exit, Some(0), "{scenario}: {}", again.all());
        let warned = again.stderr.contains("warning:");
        assert!(!warned && !again.stdout.contains("rejected"), "{scenario}: {}", again.all());
    }
}

/// The body of a SparkRTC message is one of Huawei Live by its fields.
#[cfg(unix)]
#[test]
fn a_capture_is_that_of_the_sender_whose_header_it_has() {
    for (sender, scenario) in [("sparkrtc", "@sparkrtc/one-file"), ("zoom", "@zoom/one-meeting")] {
        let folder = tempfile::tempdir().unwrap();
        let capture = folder.path().join("capture").display().to_string();
        let served = Served::start(sender, &["--capture", &capture]);
        exits(&run(&["run", scenario, "-t", &served.port]), 0);
        served.end("TERM");
        let output =
            hookreel().env("KEY", KEY).args(["verify", &capture, "--secret-env", "KEY"]).output().unwrap();
        exits(&output, 0);
        assert!(stdout(&output).contains(" right "), "{}", stdout(&output));
        let again = Served::start(sender, &[]);
        let output = run(&["replay", &capture, "-t", &again.port, "--resign"]);
        exits(&output, 0);
        assert!(stdout(&output).contains(&format!("[{sender} ")), "{}", stdout(&output));
        let output = hookreel()
            .current_dir(folder.path())
            .args(["init", "--from", &capture, "--name", "again"])
            .output()
            .unwrap();
        exits(&output, 0);
        let text = fs::read_to_string(folder.path().join("hookreel/again.yaml")).unwrap();
        assert!(text.contains(&format!("provider: {{name: \"@{sender}\"")), "{text}");
        let played = folder.path().join("hookreel/again.yaml").display().to_string();
        let fresh = Served::start(sender, &[]);
        let mut command = hookreel();
        command.env("CALLBACK_KEY", KEY).args(["run", &played, "-t", &fresh.port]);
        exits(&command.output().unwrap(), 0);
    }
}

#[test]
fn a_signature_that_is_not_of_the_given_key_is_told_without_resign_too() {
    let receiver = Raw::statuses(&[200]);
    let target = format!("http://127.0.0.1:{}/", receiver.port);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.http");
    run(&["send", "huawei", "RECORD_OVER", "-t", &target]);
    std::fs::write(&file, &receiver.requests()[0]).unwrap();
    let replayed = |more: &[&str], key: &str| {
        let line = [&["replay", file.to_str().unwrap(), "-t", &target], more].concat();
        let output = crate::stage::hookreel().args(line).env("OTHER", key).output().unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let told = "the signature is not of the key that was given";
    let (own, other) = ("0123456789abcdef0123456789abcdef", "another-key-another-key-another-key");
    assert!(replayed(&["--secret-env", "OTHER"], other).contains(told));
    for (more, key) in
        [(&["--secret-env", "OTHER"][..], own), (&[], other), (&["--secret-env", "OTHER", "--resign"], other)]
    {
        let said = replayed(more, key);
        assert!(!said.contains(told), "{more:?}: {said}");
    }
}

#[test]
fn a_content_length_that_does_not_fit_is_said_as_that() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.http");
    for (length, expected) in [
        (5, "one.http:1: its Content-Length is 5, and 16 bytes follow its head"),
        (40, "one.http:1: 16 of 40 bytes of the body are there (Content-Length)"),
    ] {
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
        std::fs::write(&file, head + "{\"t\":1,\"sign\":1}").unwrap();
        let output = crate::stage::run(&["replay", file.to_str().unwrap(), "-t", "9"]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && text.contains(expected), "{text}");
    }
}

#[test]
fn the_record_of_a_load_holds_no_request_and_what_to_use_instead_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("load.jsonl").display().to_string();
    let load = ["load", "@tencent/single-file", "--rate", "20/s", "--duration", "200ms", "-q"];
    exits(&run(&[&load[..], &["--record", &record]].concat()), 0);
    let output = run(&["replay", &record]);
    exits(&output, 2);
    let told = stderr(&output);
    assert!(told.contains("is the record of a load: it holds figures"), "{told}");
    assert!(
        told.contains("hookreel run @tencent/single-file") && told.contains("hookreel report "),
        "{told}"
    );
}
