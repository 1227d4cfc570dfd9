//! The page of `serve`: what it shows while it comes, who gets in, and that nothing that came does anything on it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Command;

use crate::serving::Served;
use crate::stage::{KEY, exits, file, hookreel, run, stderr, stdout};

const PAGE: &str = "/_hookreel";

fn request(line: &str, head: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("{line} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n{head}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// The answer to a request, its head as text and its body as bytes.
fn ask(served: &Served, request: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{}", served.port)).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end + 4..].to_vec())
}

fn get(served: &Served, path: &str) -> String {
    let (head, body) = ask(served, &request(&format!("GET {path}"), "Host: localhost\r\n", b""));
    assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
    String::from_utf8(body).unwrap()
}

fn status(served: &Served, line: &str, head: &str, body: &str) -> String {
    ask(served, &request(line, head, body.as_bytes())).0[9..12].to_owned()
}

fn post(served: &Served, path: &str, body: &[u8]) -> String {
    ask(served, &request(&format!("POST {path}"), "Host: x\r\n", body)).0[9..12].to_owned()
}

/// A callback of Tencent's that announces a file.
fn record(file: &str) -> String {
    format!(r#"{{"event_type":100,"stream_id":"s","file_id":"{file}","video_url":"u"}}"#)
}

/// A receiver that takes callbacks without a signature.
fn open() -> Served {
    Served::keyed("tencent", None, &[])
}

#[test]
fn callbacks_are_shown_with_their_verdict_and_the_answer_and_every_byte_can_be_had() {
    let served = open();
    let odd: &[u8] = b"\xff\xfe{\"a\":1}\r\n\x00";
    assert_eq!(
        [&record("one"), &record("one")].map(|body| post(&served, "/cb?a=1", body.as_bytes())),
        ["200", "200"]
    );
    assert_eq!(post(&served, "/cb", odd), "400");
    let page = get(&served, PAGE);
    for shown in ["record (100)", "/cb?a=1", "accepted, known already", "not one JSON object", ">one<"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let refused = get(&served, &format!("{PAGE}?show=refused"));
    assert!(refused.contains("callbacks/3\"") && !refused.contains("accepted, stored"), "{refused}");
    let one = get(&served, &format!("{PAGE}/callbacks/3"));
    for shown in ["not UTF-8", "ff fe 7b", "base64 -d | curl", "not one JSON object"] {
        assert!(one.contains(shown), "{shown}: {one}");
    }
    let (head, body) =
        ask(&served, &request(&format!("GET {PAGE}/callbacks/3/body"), "Host: localhost\r\n", b""));
    assert_eq!(body, odd);
    assert!(
        head.contains("attachment") && head.contains("application/octet-stream") && head.contains("nosniff"),
        "{head}"
    );
    // A capture is one that `replay` takes.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture.jsonl");
    std::fs::write(&path, get(&served, &format!("{PAGE}/callbacks/1/capture"))).unwrap();
    let again = run(&["replay", path.to_str().unwrap(), "-t", &served.port]);
    assert!(get(&served, PAGE).contains("callbacks/4\""), "{}{}", stdout(&again), stderr(&again));
    for nothing in ["callbacks/99", "callbacks/0", "callbacks/x", "callbacks/1/x", "x", "../recordings"] {
        assert_eq!(
            status(&served, &format!("GET {PAGE}/{nothing}"), "Host: localhost\r\n", ""),
            "404",
            "{nothing}"
        );
    }
}

#[test]
fn who_names_another_host_or_comes_from_another_site_gets_nothing() {
    let served = open();
    let port = served.port.clone();
    assert_eq!(post(&served, "/", record("secret-file").as_bytes()), "200");
    let see = |host: &str| status(&served, &format!("GET {PAGE}"), host, "");
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        assert_eq!(see(&format!("Host: {host}:{port}\r\n")), "200", "{host}");
    }
    for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", ""] {
        let (head, body) = ask(&served, &request(&format!("GET {PAGE}"), &format!("Host: {host}\r\n"), b""));
        assert!(head.starts_with("HTTP/1.1 421"), "{host}: {head}");
        assert!(!String::from_utf8_lossy(&body).contains("secret-file"));
    }
    let page = get(&served, PAGE);
    let token = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = format!("token={token}&event=record");
    let sample = |head: &str, form: &str| {
        status(&served, &format!("POST {PAGE}/sample"), &format!("Host: localhost:{port}\r\n{head}"), form)
    };
    assert_eq!(sample("Origin: http://evil.example\r\n", &form), "403");
    assert_eq!(sample("Sec-Fetch-Site: cross-site\r\n", &form), "403");
    assert_eq!(sample("", "token=guess&event=record"), "403");
    assert_eq!(sample("", &format!("token={token}&event=nonsense")), "400");
    assert_eq!(sample("", &"x".repeat(10_000)), "400");
    assert_eq!(sample(&format!("Origin: http://localhost:{port}\r\n"), &form), "303");
    assert_eq!(served.files().len(), 2);
    let head = ask(&served, &request(&format!("GET {PAGE}"), "Host: localhost\r\n", b"")).0;
    for wanted in ["default-src 'none'", "frame-ancestors 'none'", "no-store", "nosniff", "same-origin"] {
        assert!(head.contains(wanted), "{wanted}: {head}");
    }
    assert_eq!(status(&served, &format!("DELETE {PAGE}"), "Host: localhost\r\n", ""), "405");
    // Our own page is no place for callbacks, and the start of the name is.
    assert_eq!(post(&served, "/_hookreels", record("b").as_bytes()), "200");
    for path in [PAGE, "/_hookreel/x"] {
        exits(&run(&["serve", "tencent", "--path", path]), 2);
    }
}

#[test]
fn a_page_that_nobody_wants_is_not_there_and_another_machine_needs_a_word() {
    let served = Served::keyed("tencent", None, &["--page", "off"]);
    assert_eq!(status(&served, &format!("GET {PAGE}"), "Host: localhost\r\n", ""), "405");
    assert_eq!(post(&served, PAGE, record("a").as_bytes()), "200");
    exits(&run(&["serve", "tencent", "--listen", "0.0.0.0:0"]), 2);
}

#[test]
fn a_sample_is_signed_with_the_key_of_its_account() {
    let mut args = vec!["--account", "/a=KEY_A"];
    let listed = |args: &[&str]| {
        let output = hookreel().args(["serve", "tencent"]).args(args).env("KEY_A", "a").output().unwrap();
        (output.status.code(), stderr(&output))
    };
    assert_eq!(listed(&["--account", "/a=KEY_A", "--account", "/a=KEY_A"]).0, Some(2));
    let missing = listed(&["--account", "/a=KEY_B"]);
    assert!(
        missing.0 == Some(2) && missing.1.contains("--account: the environment variable `KEY_B`"),
        "{missing:?}"
    );
    assert_eq!(listed(&["--account", "no-path"]).0, Some(2));
    args[1] = "/a=KEY";
    let served = Served::start("tencent", &args);
    let sent = |path: &str, key: &str| {
        let target = format!("{}{path}", served.port);
        let send = ["send", "tencent", "record", "-t", target.as_str(), "--secret-env", "GIVEN"];
        hookreel().args(send).env("GIVEN", key).output().unwrap().status.code()
    };
    assert_eq!((sent("/a", KEY), sent("/a", "another"), sent("/b", KEY)), (Some(0), Some(1), Some(1)));
    let page = get(&served, PAGE);
    assert!(page.contains("<option>/a</option>"), "{page}");
    let token = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for (event, account) in [("record", "%2Fa"), ("push", "%2F"), ("exception", "%2Fa")] {
        let form = format!("token={token}&event={event}&account={account}");
        assert_eq!(
            status(&served, &format!("POST {PAGE}/sample"), "Host: localhost\r\n", &form),
            "303",
            "{event}"
        );
    }
    let page = get(&served, PAGE);
    assert_eq!(page.matches("class=\"accepted\"").count(), 4, "{page}");
    assert_eq!(served.files().len(), 2);
}

#[test]
fn an_answer_comes_as_late_as_is_asked_for() {
    let served = Served::start("tencent", &["--delay", "30s"]);
    let send = ["send", "tencent", "record", "-t", &served.port, "--secret-env", "KEY", "--timeout", "200ms"];
    let output = hookreel().args(send).env("KEY", KEY).output().unwrap();
    exits(&output, 1);
    assert!(stdout(&output).contains("no answer within 200ms"), "{}", stdout(&output));
}

/// Events as they come, until one has this text; their lines.
fn follow(served: &Served, query: &str, head: &str, until: &str) -> Vec<String> {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{}", served.port)).unwrap();
    stream
        .write_all(format!("GET {PAGE}/events{query} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n").as_bytes())
        .unwrap();
    let lines = BufReader::new(stream).lines().map(Result::unwrap);
    let mut seen = Vec::new();
    for line in lines {
        let done = line.contains(until);
        seen.push(line);
        if done {
            break;
        }
    }
    seen
}

#[test]
fn ten_thousand_callbacks_leave_a_page_as_long_as_two_hundred() {
    let served = open();
    let mut stream = TcpStream::connect(format!("127.0.0.1:{}", served.port)).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    for n in 0..10_000 {
        let body = record(&format!("file-{n}")).replace("\"s\"", &format!("\"stream-{}\"", n % 300));
        let length = body.len();
        // In one piece: small ones wait for each other's acknowledgement.
        let request = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).unwrap();
        let mut length = 0;
        for line in answers.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty()) {
            length =
                line.to_lowercase().strip_prefix("content-length: ").map_or(length, |n| n.parse().unwrap());
        }
        answers.read_exact(&mut vec![0; length]).unwrap();
    }
    let page = get(&served, PAGE);
    assert_eq!(page.matches("<tr class=").count(), 200);
    assert!(page.contains("<dd>10000</dd>") && page.len() < 120_000, "{}", page.len());
    assert!(get(&served, &format!("{PAGE}?before=9000")).contains("callbacks/8999\""));
    assert_eq!(status(&served, &format!("GET {PAGE}/callbacks/1"), "Host: localhost\r\n", ""), "404");
    // Whoever comes late is told of the last ones only, and of no more than the list has room for.
    let told = follow(&served, "?after=0", "", "event: sums");
    assert_eq!(told.iter().filter(|line| line.contains("<tr class=")).count(), 200);
    // And goes on where it was.
    let told = follow(&served, "?after=0", "Last-Event-ID: 9998\r\n", "event: sums");
    assert_eq!(told.iter().filter(|line| line.contains("<tr class=")).count(), 2, "{told:?}");
}

#[cfg(unix)]
#[test]
fn a_visitor_who_stays_does_not_keep_the_receiver_from_ending() {
    let served = open();
    let mut stream = TcpStream::connect(format!("127.0.0.1:{}", served.port)).unwrap();
    write!(stream, "GET {PAGE}/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines();
    assert!(lines.any(|line| line.unwrap().contains("retry")));
    let said = served.end("TERM");
    assert!(said.contains("what comes is shown at http://127.0.0.1:"), "{said}");
}

#[test]
fn the_page_works_in_a_browser() {
    let served = open();
    let script = file("tests/browser/page.py");
    let url = format!("http://127.0.0.1:{}", served.port);
    let output = Command::new(crate::stage::python()).arg(script).arg(url).output().unwrap();
    match output.status.code() {
        Some(77) => println!("NOT TESTED: there is no Chromium here"),
        code => assert_eq!(code, Some(0), "{}", stderr(&output)),
    }
}

#[test]
fn reports_are_read_in_a_browser_light_and_dark_wide_and_narrow() {
    let served = Served::keyed("tencent", Some(KEY), &["--bug", "no-dedup", "--bug", "expiry-unchecked"]);
    let target = format!("http://127.0.0.1:{}", served.port);
    let state = format!("{target}/recordings");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let scenario = "provider: tencent\nrecording: {hls: {cycle: 30m, resume: 60s}, mp4: {cycle: 1h}}\n\
                    broadcast: [{0s: push}, {40m: drop}, {41m: push}, {95m: drop}]\n\
                    faults: [duplicate: {nth: 1, signature: fresh}, expire: {nth: 3, by: 1s}]\n";
    // A word that is wider than a narrow screen, as the stars of a key are.
    std::fs::write(path("faulty.yaml"), format!("{scenario}# {}\n", "*".repeat(90))).unwrap();
    for (name, args) in [
        ("run", vec!["run", &path("faulty.yaml"), "--state", &state]),
        ("audit", vec!["audit", "tencent", "--quick"]),
        (
            "load",
            vec![
                "load",
                "@tencent/single-file",
                "--rate",
                "200/s",
                "--duration",
                "1s",
                "--threshold",
                "p99<1us",
            ],
        ),
        (
            "search",
            vec![
                "load",
                "@tencent/single-file",
                "--rate",
                "50/s",
                "--duration",
                "1s",
                "--find-limit",
                "--threshold",
                "p99<1us",
            ],
        ),
    ] {
        let report = format!("html={}", path(&format!("{name}.html")));
        let mut command = hookreel();
        command.args(args).args(["-t", &target, "--secret-env", "K", "--report", &report]);
        command.env("K", KEY).output().unwrap();
    }
    let script = file("tests/browser/reports.py");
    let reports = ["run", "audit", "load", "search"].map(|name| path(&format!("{name}.html")));
    let output = Command::new(crate::stage::python()).arg(script).args(reports).output().unwrap();
    match output.status.code() {
        Some(77) => println!("NOT TESTED: there is no Chromium here"),
        code => assert_eq!(code, Some(0), "{}", stderr(&output)),
    }
}

#[test]
fn a_sample_of_every_event_of_every_sender_is_accepted() {
    for provider in hookreel::provider::ALL {
        let key = (!provider.newest().signatures.is_empty()).then_some(KEY);
        let served = Served::keyed(provider.name, key, &[]);
        let page = get(&served, PAGE);
        let token = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let newest = provider.newest().edition;
        for kind in provider.events.iter().filter(|kind| kind.editions.contains(&newest)) {
            let form = format!("token={token}&event={}&account=%2F", kind.name);
            let host = "Host: localhost\r\n";
            let sent = status(&served, &format!("POST {PAGE}/sample"), host, &form);
            assert_eq!(sent, "303", "{} {}", provider.name, kind.name);
        }
        let page = get(&served, PAGE);
        assert!(!page.contains("class=\"refused\""), "{}: {page}", provider.name);
    }
}
