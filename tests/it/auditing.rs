//! `hookreel audit` as a newcomer meets it.

use std::fs;
use std::io::{BufReader, Write as _};
use std::net::TcpListener;
use std::process::Output;

use serde_json::Value;

use crate::stage::{Raw, exits, hookreel, read_request, run, stderr, stdout};

#[test]
fn a_report_on_standard_output_stands_there_alone() {
    let output = run(&["audit", "tencent", "--case", "C55", "--report", "json"]);
    exits(&output, 0);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["verdict"], "passed");
    assert!(stderr(&output).contains("passed: 1 passed"), "{}", stderr(&output));
}

#[test]
fn a_case_is_shown_on_demand_and_says_how_to_play_it_again() {
    let output = run(&["audit", "tencent", "--case", "C55", "-v"]);
    exits(&output, 0);
    assert!(stdout(&output).contains("hookreel audit tencent --case C55 -v\n"), "{}", stdout(&output));
    assert!(!stdout(&run(&["audit", "tencent", "--case", "C55"])).contains("again"));
}

#[test]
fn nothing_is_said_to_have_passed_when_nothing_was_judged() {
    let output = run(&["audit", "tencent", "--case", "C67"]);
    exits(&output, 4);
    assert!(stdout(&output).contains("\nnothing checked: 1 skipped\n"), "{}", stdout(&output));
}

#[test]
fn a_wrong_expectation_is_told_once_and_a_wrong_address_before_anything_is_sent() {
    let output = run(&["audit", "tencent", "--expect", "{acept: {}}"]);
    exits(&output, 2);
    assert_eq!(stderr(&output).matches("unknown key `acept`").count(), 1, "{}", stderr(&output));
    // What is no word may be a value in the wrong place.
    let output = run(&["audit", "tencent", "--expect", "{accept: {status: 200, S3cret9Value}}"]);
    assert!(stderr(&output).contains("unknown key `...`"), "{}", stderr(&output));
    let output = run(&["audit", "tencent", "--state", "localhost:8080/recordings"]);
    exits(&output, 2);
    assert!(stderr(&output).contains("did you mean http://localhost:8080/recordings"), "{}", stderr(&output));
}

#[test]
fn an_unknown_case_is_refused_with_the_list_or_the_nearest() {
    assert!(stderr(&run(&["audit", "tencent", "--case", "C540"])).contains("did you mean `C54`?"));
    assert!(stderr(&run(&["audit", "tencent", "--only", "Z"])).contains("`hookreel list cases`"));
}

#[test]
fn an_exported_case_is_a_scenario_and_its_command_has_the_target() {
    let folder = tempfile::tempdir().unwrap();
    let export = folder.path().join("cases");
    // Nobody's answer has this header, so the case fails.
    let expect = "{accept: {header: {x-nobody: says}}}";
    let output = run(&[
        "audit",
        "tencent",
        "--case",
        "A1",
        "--expect",
        expect,
        "--keep-going",
        "--timeout",
        "5s",
        "--export",
        export.to_str().unwrap(),
    ]);
    exits(&output, 1);
    let path = export.join("A1.yaml");
    assert!(fs::read_to_string(&path).unwrap().contains("duplicate"));
    let command = format!("A1: hookreel run {} --timeout 5s\n", path.display());
    assert_eq!(stderr(&output), command);
    exits(&run(&["run", path.to_str().unwrap()]), 1);
}

#[test]
fn an_audit_of_nothing_and_the_resuming_of_no_audit_are_refused() {
    let output = run(&["audit", "tencent", "--only", "A", "--skip", "A"]);
    exits(&output, 2);
    assert!(stderr(&output).contains("no case is left"), "{}", stderr(&output));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.jsonl");
    for (text, why) in
        [("garbage\n", "line 1"), ("{\"line\":\"over\",\"scenario\":0}\n", "not the record of an audit")]
    {
        fs::write(&path, text).unwrap();
        let output = run(&["audit", "tencent", "--case", "A1", "--resume", path.to_str().unwrap()]);
        exits(&output, 2);
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
    }
}

#[test]
fn a_receiver_that_is_called_with_the_key_of_the_samples_is_not_blamed_silently() {
    let receiver = Raw::statuses(&[401]);
    let target = receiver.port.to_string();
    for args in
        [["send", "tencent", "record", "-t", &target], ["audit", "tencent", "--case=A1", "-t", &target]]
    {
        assert!(stderr(&run(&args)).contains("warning: signed with the key of the samples"));
    }
    let output = run(&["send", "tencent", "record", "--method", "none", "-t", &target]);
    assert!(!stderr(&output).contains("key of the samples"), "{}", stderr(&output));
}

/// A receiver that answers each callback with this, and a GET with that.
fn answering(status: u16, body: &'static str, state: &'static str) -> Raw {
    Raw::serve_each(move |request, stream| {
        let get = request.starts_with(b"GET");
        let (status, body) = if get { (200, state) } else { (status, body) };
        let location = if (300..400).contains(&status) { "Location: /callbacks/\r\n" } else { "" };
        write!(stream, "HTTP/1.1 {status} X\r\n{location}Content-Length: {}\r\n\r\n{body}", body.len())
            .is_ok()
    })
}

fn audit_of(receiver: &Raw, more: &[&str]) -> Output {
    let target = receiver.port.to_string();
    run(&[&["audit", "tencent", "-t", &target], more].concat())
}

#[test]
fn a_receiver_that_rejects_the_plain_callback_is_told_so_alone_with_the_cause_first() {
    for (status, words) in [
        (401, "--secret-env NAME"),
        (403, "--secret-env NAME"),
        (404, "no such path"),
        (405, "does not take POST"),
        (415, "application/json"),
        (301, "/callbacks/"),
        (500, "its own log"),
        (422, "the receiver's own log"),
        (204, "status 200"),
    ] {
        let body = if status == 204 { "" } else { "{\"message\": \"callback signature missing\"}" };
        let receiver = answering(status, body, "[]");
        // Of the whole catalogue once: the others differ in what is answered.
        let cases = if status == 401 { &[][..] } else { &["--only", "A,C"] };
        let output = audit_of(&receiver, cases);
        exits(&output, 3);
        let text = stdout(&output);
        assert!(text.lines().count() <= 15, "{text}");
        let first: String = text.lines().take(3).collect();
        assert!(first.contains(&format!("rejected: {status}")) && first.contains("POST /"), "{text}");
        assert!(text.contains(words) && text.contains("the built-in sample key"), "{status}: {text}");
        assert!(status == 204 || first.contains("callback signature missing"), "{text}");
        assert!(!text.contains("how to fix"), "{text}");
        let output = audit_of(&receiver, &["--keep-going", "--case", "A1,C48,C51"]);
        assert!(stdout(&output).contains("A1 the same callback twice"), "{}", stdout(&output));
        let nothing = stdout(&output).contains("so a rejection says nothing): C48 C51");
        assert!(nothing || status == 500, "{}", stdout(&output));
    }
}

#[test]
fn a_state_that_cannot_be_judged_is_a_mistake_of_the_set_up() {
    for (state, words) in [
        ("{\"code\":0,\"data\":{\"list\":[]}}", "an object, not a list"),
        ("<html>", "not JSON: <html>"),
        ("[]", "the accepted file"),
        ("\"x\"", "a text, not a list"),
    ] {
        let receiver = answering(200, "{\"code\":0}", state);
        let url = format!("http://127.0.0.1:{}/recordings", receiver.port);
        let output = audit_of(&receiver, &["--state", &url, "--only", "A,C"]);
        exits(&output, 2);
        let text = stdout(&output);
        assert!(text.lines().count() <= 15, "{text}");
        assert!(text.lines().next().unwrap().contains(words), "{text}");
        assert!(text.contains("--state-path") && text.contains(state) && text.contains(&url), "{text}");
        assert!(!text.contains("how to fix"), "{text}");
    }
    let receiver = answering(200, "", "{\"data\":{\"rows\":[],\"total\":0}}");
    let url = format!("http://127.0.0.1:{}/", receiver.port);
    let text = stdout(&audit_of(&receiver, &["--state", &url]));
    assert!(text.contains("the list seems to be at $.data.rows: --state-path '$.data.rows'"), "{text}");
    let text = stdout(&audit_of(&receiver, &["--state", &url, "--state-path", "$.data.list"]));
    assert!(text.contains("there is nothing at $.data.list"), "{text}");
}

#[test]
fn a_receiver_that_answers_everything_alike_is_told_so_first_and_once() {
    let receiver = answering(200, "{\"code\":0}", "[]");
    let output = audit_of(&receiver, &["--only", "C,D"]);
    exits(&output, 1);
    let text = stdout(&output);
    let alike = text.lines().find(|line| line.contains("hostile callbacks")).unwrap();
    assert!(alike.ends_with("were answered 200 {\"code\":0}, like valid ones"), "{text}");
    assert!(text.contains("--state URL") && text.contains("--expect YAML"), "{text}");
    assert!(text.lines().count() < 40 && !text.contains("how to fix"), "{text}");
}

#[test]
fn a_page_as_every_answer_is_told_beside_what_follows_from_it() {
    let receiver = answering(200, "<html>welcome</html>", "[]");
    let text = stdout(&audit_of(&receiver, &["--only", "C"]));
    let mut lines = text.lines().skip_while(|line| !line.contains("hostile callbacks"));
    assert!(lines.next().unwrap().ends_with("like valid ones"), "{text}");
    assert!(lines.next().unwrap().contains("it answers with an HTML page"), "{text}");
}

#[test]
fn acceptance_and_rejection_that_look_alike_are_refused_without_a_state() {
    let same = "{accept: {status: 200}, reject: {status: 200}}";
    let output = run(&["audit", "tencent", "--expect", same, "--case", "C48"]);
    exits(&output, 2);
    assert!(stderr(&output).contains("`accept` and `reject` are the same"), "{}", stderr(&output));
}

#[test]
fn a_receiver_that_knows_certain_streams_is_called_with_those() {
    let receiver = Raw::serve_each(|request, stream| {
        let text = String::from_utf8_lossy(request);
        let known = text.contains("\"stream_id\":\"room1\"") || text.contains("\"stream_id\":\"room2\"");
        let status = if known { "200 OK" } else { "500 Unknown" };
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").is_ok()
    });
    exits(&audit_of(&receiver, &["--case", "A1,A4"]), 3);
    let output = audit_of(&receiver, &["--case", "A1,A4,F125", "--stream", "room1,room2"]);
    exits(&output, 0);
    assert!(stdout(&output).contains("of another name than --stream): F125"), "{}", stdout(&output));
}

#[test]
fn only_must_and_should_fail_an_audit_unless_it_is_strict() {
    let receiver = answering(200, "", "[]");
    let output = audit_of(&receiver, &["--case", "A1,B30"]);
    exits(&output, 0);
    assert!(stdout(&output).contains("failed at hardening, not counted"), "{}", stdout(&output));
    exits(&audit_of(&receiver, &["--case", "A1,B30", "--strict"]), 1);
    exits(&audit_of(&receiver, &["--case", "A1,C48"]), 1);
}

#[test]
fn a_baseline_tells_every_line_without_a_case_at_once_and_every_case_that_passes_now() {
    let audit = |more: &[&str]| run(&[&["audit", "tencent"], more].concat());
    let folder = tempfile::tempdir().unwrap();
    let (known, junit) = (folder.path().join("known"), folder.path().join("junit"));
    std::fs::write(&known, "C49 # old\nC5\nA1\nQ9\n").unwrap();
    let baseline = ["--case", "A1,C49,C51", "--baseline", known.to_str().unwrap()];
    let output = audit(&baseline);
    exits(&output, 2);
    let wanted = ["known:2: there is no case `C5`; did you mean", "known:4: there is no case `Q9`"];
    assert!(wanted.iter().all(|one| stderr(&output).contains(one)), "{}", stderr(&output));
    std::fs::write(&known, "C49\nA1\nC62\n").unwrap();
    let report = format!("junit={}", junit.display());
    let output = audit(&[&baseline[..], &["--report", &report]].concat());
    exits(&output, 0);
    let told = "known to fail (--baseline), and passes now; remove from the file: ";
    let line = stdout(&output).lines().find_map(|line| line.strip_prefix(told).map(str::to_owned));
    assert_eq!(line.as_deref(), Some("A1 C49"), "{}", stdout(&output));
    assert!(
        std::fs::read_to_string(&junit)
            .unwrap()
            .contains("known to fail (--baseline), and passes now; remove its line from the file")
    );
}

#[test]
fn quiet_and_a_baseline_leave_new_failures_and_the_last_line() {
    let receiver = answering(200, "{\"n\": 1}", "[]");
    let folder = tempfile::tempdir().unwrap();
    let known = folder.path().join("known.txt");
    fs::write(&known, "C48\nC49\n").unwrap();
    let known = known.to_str().unwrap();
    let output = audit_of(&receiver, &["--case", "A1,C48,C49", "--baseline", known, "-q"]);
    exits(&output, 0);
    assert_eq!(
        stdout(&output),
        "\npassed: 1 passed, 2 known to fail\n1 passed case was judged by the HTTP answer only; --state URL also checks what was stored\n"
    );
    let output = audit_of(&receiver, &["--case", "A1,C48,C49", "--baseline", known]);
    assert!(stdout(&output).contains("known to fail (--baseline): C48 C49\n"), "{}", stdout(&output));
    let output = audit_of(&receiver, &["--case", "A1,C48,C49,C51", "--baseline", known, "-q"]);
    exits(&output, 1);
    assert!(stdout(&output).starts_with("\nC51 signed with another key (must)\n"), "{}", stdout(&output));
}

#[test]
fn every_case_is_listed_with_its_weight() {
    let text = stdout(&run(&["list", "cases"]));
    for row in
        ["must       the same callback twice", "server     Connection: close", "hardening  the time as text"]
    {
        assert!(text.contains(row), "{row}");
    }
}

#[test]
fn a_quick_audit_plays_the_musts_alone() {
    let output = run(&["audit", "tencent", "--quick"]);
    exits(&output, 0);
    let text = stdout(&output);
    assert!(
        text.contains("\n  must ") && !text.contains("\n  should ") && !text.contains("\n  server "),
        "{text}"
    );
}

#[test]
fn a_receiver_that_goes_away_is_named_before_any_case_and_its_cases_are_not_all_listed() {
    for more in [&[][..], &["-q"]] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().take(12).flatten() {
                read_request(&mut BufReader::new(stream.try_clone().unwrap()));
                let _ = stream.write_all(
                    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\n{\"code\":0}",
                );
            }
        });
        let output = run(&[&["audit", "tencent", "--only", "C", "-t", &port], more].concat());
        let told = stdout(&output);
        assert!(told.starts_with("the receiver stopped answering during C"), "{told}");
        assert!(told.lines().all(|line| line.len() < 250), "{told}");
    }
}

#[test]
fn a_scenario_that_nobody_wrote_has_no_place_in_what_is_said() {
    let refuses = |args: &[&str]| {
        let output = run(&[&["audit", "huawei", "-t", "1"], args].concat());
        exits(&output, 2);
        stderr(&output)
    };
    for (args, said) in [
        (&["--expect", "{accept: {stat: 200}}"][..], "--expect at accept.stat: unknown key"),
        (&["--expect", "{accept: {status: 2000}}"], "--expect at accept.status: 2000 is out of range"),
        (&["--state", "http://127.0.0.1:1/", "--state-path", "$.["], "--state-path: "),
        (
            &["--method", "nope"],
            "--method: huawei 2024 does not sign with `nope`; expected hmac-sha256 or md5 or none or standard-webhooks; nothing was sent",
        ),
        (&["--stream", "a,"], "--stream: the name of the stream is empty; nothing was sent"),
    ] {
        let text = refuses(args);
        assert!(text.contains(said) && !text.contains("plain"), "{args:?}: {text}");
    }
    let receiver = answering(401, "{}", "[]");
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report").display().to_string();
    for format in ["json", "html", "junit"] {
        let output = audit_of(&receiver, &["-v", "--case", "C49", "--report", &format!("{format}={report}")]);
        let all = stdout(&output) + &std::fs::read_to_string(&report).unwrap();
        assert!(all.contains("plain callback") && !all.contains("plain:6"), "{all}");
    }
}

#[test]
fn a_file_of_text_says_what_the_screen_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let receiver = Raw::statuses(&[200]);
    let report = format!("text={}", path("text"));
    let record = path("record");
    let output = run(&[
        "audit",
        "tencent",
        "--only",
        "C,E",
        "-t",
        &receiver.port(),
        "--report",
        &report,
        "--record",
        &record,
    ]);
    exits(&output, 1);
    let shown = stdout(&output);
    assert!(shown.contains("failed for this one reason") || shown.contains("why it matters"), "{shown}");
    assert_eq!(std::fs::read_to_string(path("text")).unwrap(), shown);
    let again = format!("text={}", path("again"));
    let output = run(&["report", &record, "--report", &again]);
    assert_eq!(std::fs::read_to_string(path("again")).unwrap(), shown);
    exits(&output, 1);
}

#[test]
fn an_audit_that_stopped_has_not_passed_whatever_weight_the_case_has_that_broke_the_receiver() {
    let receiver = Raw::serve(|request, stream| {
        let status = if request < 2 { "200 OK" } else { "500 Broken" };
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").is_ok()
    });
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let reports = format!("json={},junit={}", path("json"), path("junit"));
    let record = path("record");
    let audit = ["audit", "tencent", "-t", &receiver.port(), "--case", "F121,F122,H166,F120"];
    let output = run(&[&audit[..], &["--report", &reports, "--record", &record]].concat());
    exits(&output, 3);
    let text = stdout(&output);
    assert!(text.contains("\nincomplete: "), "{text}");
    let json = std::fs::read_to_string(path("json")).unwrap();
    assert!(json.contains("\"verdict\": \"incomplete\""), "{json}");
    let junit = std::fs::read_to_string(path("junit")).unwrap();
    // Of four cases one was played.
    assert!(junit.contains("the audit stopped before it") && junit.contains("errors=\"3\""), "{junit}");
    exits(&run(&["report", &record]), 3);
}

#[test]
fn a_receiver_that_answers_with_success_and_stores_nothing_is_thought_of_before_its_list() {
    let list = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";
    let receiver = Raw::serve(move |_, stream| write!(stream, "{list}").is_ok());
    let state = format!("http://127.0.0.1:{}/recordings", receiver.port());
    let output = run(&["audit", "tencent", "--quick", "-t", &receiver.port(), "--state", &state]);
    exits(&output, 2);
    let text = stdout(&output);
    let (stored, listed) =
        (text.find("and stored nothing, or not yet"), text.find("--state URL: it has to answer 200"));
    assert!(stored.is_some() && stored < listed, "{text}");
}

/// LiveKit's own type is not application/json, and receivers by its SDK parse no other.
#[test]
fn a_changed_content_type_is_the_senders_own_one_changed() {
    let receiver = Raw::acknowledging();
    let cases = ["audit", "livekit", "--case", "E94,E94.b,E96.b", "--keep-going", "-t"];
    run(&[&cases[..], &[&receiver.port()]].concat());
    let requests = receiver.requests();
    let texts: Vec<String> =
        requests.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
    let own = "application/webhook+json";
    for kind in ["; charset=utf-8", "; charset=UTF8", "; charset=gbk"].map(|more| format!("{own}{more}")) {
        assert!(texts.iter().any(|text| text.contains(&format!(": {kind}\r\n"))), "{kind}");
    }
    assert!(texts.iter().any(|text| text.contains(": APPLICATION/WEBHOOK+JSON\r\n")));
    assert!(!texts.iter().any(|text| text.to_lowercase().contains(": application/json")));
}

/// A key in Base64 without its padding is the same key, and decoders that end at the padding let nobody in.
#[test]
fn padding_of_base64_proves_nothing() {
    let webhooks = ["huawei", "--method", "standard-webhooks", "--secret-env", "KEY"];
    let with_key = |args: &[&str]| {
        let mut command = hookreel();
        command.args(args).args(webhooks).env("KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
        command.output().unwrap()
    };
    let output = with_key(&["audit", "--case", "D85.d,C56"]);
    exits(&output, 0);
    assert!(stdout(&output).contains("passed: 2 passed"), "{}", stdout(&output));
    // It is accepted by libraries that are right, so nothing is asked of it but an answer.
    let receiver = Raw::acknowledging();
    let output = with_key(&["audit", "--case", "C56", "--keep-going", "-t", &receiver.port()]);
    assert!(stdout(&output).contains("passed: 1 passed"), "{}", stdout(&output));
}
