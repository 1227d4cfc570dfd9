//! `serve --capture` and `--forward`: between vendor and receiver, and every byte of what passed.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::serving::Served;
use crate::stage::{Raw, body, exits, hookreel, one_callback, run, stderr};

/// The lines of the only capture in a folder.
pub(crate) fn captured(folder: &std::path::Path) -> Vec<Value> {
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let text = fs::read_to_string(&files[0]).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Bytes that nobody made up: of every length up to `most`, most of them no UTF-8.
pub(crate) fn random_bodies(count: u64, most: u64) -> Vec<Vec<u8>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let body = |n: u64| match n {
        0 => b"{\"a\":1}".to_vec(),
        1 => Vec::new(),
        _ => (0..next() % most).map(|_| next().to_le_bytes()[3]).collect(),
    };
    (0..count).map(body).collect()
}

/// Posts bodies over one connection; the statuses.
pub(crate) fn post_all(port: &str, bodies: &[Vec<u8>]) -> Vec<u16> {
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let mut statuses = Vec::new();
    for body in bodies {
        let head =
            "POST /cb?a=1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Odd: caf\u{e9}\r\n";
        let head = head.chars().map(|c| c as u8).collect::<Vec<u8>>();
        let length = format!("Content-Length: {}\r\n\r\n", body.len());
        stream.write_all(&[&head, length.as_bytes(), body].concat()).unwrap();
        statuses.push(status(&mut stream));
    }
    statuses
}

/// Reads one answer with a Content-Length.
fn status(stream: &mut TcpStream) -> u16 {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    head[9..12].parse().unwrap()
}

#[cfg(unix)]
#[test]
fn a_capture_holds_each_request_with_its_verdict_and_only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let captures = folder.path().join("captures");
    let served = Served::start("tencent", &["--capture", captures.to_str().unwrap(), "--fail", "503"]);
    let (_folder, path) = one_callback("{retry: {attempts: 2, interval: 1s}}");
    exits(&run(&["run", &path, "-t", &format!("{}/cb?token=1", served.port)]), 0);
    let said = served.end("TERM");
    assert!(said.contains("with its signature and its headers; only you can read it"), "{said}");
    let lines = captured(&captures);
    let seen: Vec<(&str, u64)> = lines
        .iter()
        .map(|line| (line["verdict"].as_str().unwrap(), line["answer"]["status"].as_u64().unwrap()))
        .collect();
    assert_eq!(seen, [("refused on purpose", 503), ("accepted, stored", 200)]);
    assert_eq!((&lines[0]["method"], &lines[0]["path"]), (&"POST".into(), &"/cb?token=1".into()));
    let file = fs::read_dir(&captures).unwrap().next().unwrap().unwrap();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[cfg(unix)]
#[test]
fn a_request_that_is_refused_by_its_head_is_captured_with_its_body() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start("tencent", &["--capture", folder.path().to_str().unwrap()]);
    let mut stream = TcpStream::connect(format!("127.0.0.1:{}", served.port)).unwrap();
    let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n";
    stream.write_all(format!("{head}hello").as_bytes()).unwrap();
    assert_eq!(status(&mut stream), 415);
    served.end("TERM");
    let lines = captured(folder.path());
    assert_eq!((&lines[0]["body"], &lines[0]["answer"]["status"]), (&"aGVsbG8=".into(), &415.into()));
}

#[cfg(unix)]
#[test]
fn between_vendor_and_receiver_no_byte_is_changed_and_none_is_lost() {
    use base64::Engine;
    let behind = Raw::statuses(&[200, 503, 418]);
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(
        "tencent",
        &["--capture", folder.path().to_str().unwrap(), "--forward", &behind.port()],
    );
    let bodies = random_bodies(1000, 2000);
    let statuses = post_all(&served.port, &bodies);
    // Whatever ours says of them, the answer is the other receiver's.
    assert_eq!((&statuses[..3], statuses[999]), (&[200, 503, 418][..], 418));
    let said = served.end("TERM");
    assert!(said.contains("; answered by http://localhost:"), "{said}");
    let requests = behind.requests();
    let passed: Vec<&[u8]> = requests.iter().map(|request| body(request)).collect();
    assert!(passed == bodies, "passed on");
    let head = String::from_utf8_lossy(&requests[0]).into_owned();
    assert!(head.starts_with("POST /cb?a=1 HTTP/1.1\r\n"), "{head}");
    assert!(requests[0].windows(4).any(|window| window == b"caf\xe9"), "{head}");
    let kept: Vec<Vec<u8>> = captured(folder.path())
        .iter()
        .map(|line| base64::prelude::BASE64_STANDARD.decode(line["body"].as_str().unwrap()).unwrap())
        .collect();
    assert!(kept == bodies, "captured");
}

#[cfg(unix)]
#[test]
fn a_receiver_behind_that_is_not_there_is_told_to_the_sender_and_in_the_log() {
    let nobody = crate::stage::vacant().to_string();
    let served = Served::start("tencent", &["--forward", &format!("http://{nobody}/")]);
    assert_eq!(post_all(&served.port, &[b"{}".to_vec()]), [502]);
    let said = served.end("TERM");
    assert!(
        said.contains(&format!("; forwarded without an answer: connection refused at http://{nobody}/")),
        "{said}"
    );
}

#[test]
fn nobody_else_gets_in_or_is_sent_to_unless_that_is_said() {
    for (args, word) in [
        (&["--listen", "0.0.0.0:0"][..], "other machines can reach 0.0.0.0:0; add --public"),
        (&["--forward", "http://192.0.2.1/"], "--allow-remote 192.0.2.1"),
        (&["--allow-remote", "x"], "--forward"),
        (&["--capture", "/dev/null/x"], "cannot write `/dev/null/x`"),
    ] {
        let output = hookreel().args(["serve", "tencent", "--listen", "127.0.0.1:0"]).args(args).output();
        let output = match args[0] {
            "--listen" => run(&[&["serve", "tencent"], args].concat()),
            _ => output.unwrap(),
        };
        exits(&output, 2);
        assert!(stderr(&output).contains(word), "{args:?}: {}", stderr(&output));
    }
}
