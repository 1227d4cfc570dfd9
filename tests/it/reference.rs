//! The reference receiver: what it refuses, and that nobody can hold it up. Requests are written on plain sockets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use hookreel::provider::{find, find_revision};
use hookreel::receiver::habits::Habits;
use hookreel::receiver::judge::{Accepted, Account, Refusal, judge};
use hookreel::receiver::{Deadlines, Receiver};
use hookreel::scenario::Method;
use md5::{Digest, Md5};

const NOW: i64 = 1_700_000_000;
const KEY: &str = "0123456789abcdef0123456789abcdef";

fn account() -> Account {
    let provider = find("tencent", "").unwrap();
    let revision = find_revision(provider, "2025", "").unwrap();
    let signature = revision.signature(Method::Md5).unwrap();
    Account {
        second_callback: None,
        handshake: None,
        path: "/cb".into(),
        reading: revision.reading,
        signing: Some((signature, KEY.to_owned().into())),
        lifetime: 600,
    }
}

/// MD5 by the library itself, not by our signing.
fn md5(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn signed(t: &str, quoted: bool) -> String {
    let time = if quoted { format!("\"{t}\"") } else { t.to_owned() };
    format!(
        r#"{{"event_type":100,"file_id":"9192487266581821586","sign":"{}","t":{time}}}"#,
        md5(&format!("{KEY}{t}"))
    )
}

fn verdict(body: &str) -> Result<Accepted, Refusal> {
    judge(&Habits::default(), &account(), body.as_bytes(), NOW)
}

#[test]
fn a_rightly_signed_callback_is_accepted_with_its_file() {
    let accepted = verdict(&signed("1700000600", false)).unwrap();
    assert_eq!(
        (accepted.event.as_str(), accepted.recording.unwrap().file.as_str()),
        ("100", "9192487266581821586")
    );
    verdict(&signed("1700000600", true)).unwrap();
}

#[test]
fn the_boundaries_of_time_are_where_the_rule_says() {
    for (t, expected) in [
        (NOW - 1, Err(Refusal::Expired)),
        (NOW, Ok(())),
        (NOW + 600 + 300, Ok(())),
        (NOW + 600 + 301, Err(Refusal::Future)),
        (i64::MAX, Err(Refusal::Future)),
    ] {
        assert_eq!(verdict(&signed(&t.to_string(), false)).map(|_| ()), expected, "{t}");
    }
}

#[test]
fn a_time_that_is_not_plain_digits_is_refused_even_when_it_is_signed_as_written() {
    for t in [
        "+1700000600",
        "01700000600",
        "1700000600.0",
        "1.7e9",
        " 1700000600",
        "-1",
        "0",
        "",
        "１７０００００６００",
        "99999999999999999999",
    ] {
        assert_eq!(verdict(&signed(t, true)), Err(Refusal::BadTime), "{t}");
    }
    assert_eq!(verdict(&signed("1700000600.5", false)), Err(Refusal::BadTime));
}

#[test]
fn a_signature_that_is_not_the_right_one_is_refused() {
    let right = md5(&format!("{KEY}1700000600"));
    let with =
        |sign: &str| verdict(&format!(r#"{{"event_type":100,"file_id":"1","sign":{sign},"t":1700000600}}"#));
    with(&format!("\"{right}\"")).unwrap();
    for length in 0..right.len() {
        assert_eq!(with(&format!("\"{}\"", &right[..length])), Err(Refusal::Forged), "{length} characters");
    }
    for wrong in [
        format!("\"{right}0\""),
        format!("\"{}\"", right.to_uppercase()),
        format!("\" {right}\""),
        format!("\"{}\"", md5("1700000600")),
    ] {
        assert_eq!(with(&wrong), Err(Refusal::Forged), "{wrong}");
    }
    for odd in ["null", "5", "[]", "{}"] {
        assert_eq!(with(odd), Err(Refusal::Unsigned), "{odd}");
    }
    assert_eq!(verdict(r#"{"event_type":100,"file_id":"1","t":1700000600}"#), Err(Refusal::Unsigned));
}

#[test]
fn a_body_that_is_not_one_object_with_each_key_once_is_refused() {
    let right = signed("1700000600", false);
    let twice = right.replace("\"event_type\":100", r#""event_type":100,"\u0073ign":"x""#);
    for body in [twice.as_str(), "", "null", "[]", "{}{}", "{", "\u{feff}{}", "\"x\""] {
        assert_eq!(verdict(body), Err(Refusal::Malformed), "{body}");
    }
    assert_eq!(verdict("{}"), Err(Refusal::Unsigned));
}

#[test]
fn an_event_that_is_not_known_is_acknowledged_and_a_file_without_id_is_not() {
    let right = signed("1700000600", false);
    assert_eq!(verdict(&right.replace(":100", ":332")).unwrap().recording, None);
    assert_eq!(verdict(&right.replace("9192487266581821586", "")), Err(Refusal::Incomplete));
}

/// A receiver with short deadlines on a thread of its own; its port.
fn serve() -> (u16, Receiver) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let short = Duration::from_millis(300);
    let limits = Deadlines { body: 1000, header_deadline: short, body_deadline: short };
    let receiver = Receiver::new(vec![account()], Arc::new(|| NOW)).limited(limits);
    let serving = receiver.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            serving.run(listener, std::future::pending()).await;
        });
    });
    (port, receiver)
}

/// What comes back for these bytes until the receiver closes.
fn ask(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

fn post(head: &str, body: &str) -> String {
    format!("POST /cb HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n{head}\r\n{body}", body.len())
}

#[test]
fn whoever_is_silent_slow_or_torn_is_let_go_and_a_bystander_is_served() {
    let (port, _) = serve();
    let held = [
        "",
        "POST /cb HT",
        "POST /cb HTTP/1.1\r\nHost: x\r\n",
        "POST /cb HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
    ];
    let open: Vec<TcpStream> = held
        .iter()
        .cycle()
        .take(200)
        .map(|bytes| {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            stream.write_all(bytes.as_bytes()).unwrap();
            stream
        })
        .collect();
    assert!(ask(port, &post("Host: x\r\n", &signed("1700000600", false))).starts_with("HTTP/1.1 200"));
    for (mut stream, bytes) in open.into_iter().zip(held.iter().cycle()) {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap_or_else(|error| panic!("still open after {bytes:?}: {error}"));
        assert!(!answer.starts_with(b"HTTP/1.1 200"));
    }
}

#[test]
fn what_is_no_callback_is_refused_by_its_head() {
    let (port, receiver) = serve();
    let body = signed("1700000600", false);
    let cases = [
        (post("", &body), "400"),
        (post("Host: a\r\nHost: b\r\n", &body), "400"),
        (post("Host: x\r\nContent-Type: text/plain\r\n", &body), "415"),
        (post("Host: x\r\n", &"x".repeat(2000)), "413"),
        (post("Host: x\r\n", "{}").replace("/cb", "/other"), "404"),
        ("GET /cb HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".into(), "405"),
        (post("Host: x\r\nContent-Type: APPLICATION/json; charset=utf-8\r\n", &body), "200"),
    ];
    for (request, status) in cases {
        let answer = ask(port, &request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request}\n{answer}");
    }
    assert_eq!(receiver.inbox("/cb").unwrap().accepted, 1);
}

#[test]
fn a_file_is_stored_once_however_often_it_is_announced() {
    let (port, receiver) = serve();
    for _ in 0..3 {
        assert!(ask(port, &post("Host: x\r\n", &signed("1700000600", false))).starts_with("HTTP/1.1 200"));
    }
    assert!(ask(port, &post("Host: x\r\n", &signed("1600000000", false))).starts_with("HTTP/1.1 401"));
    let inbox = receiver.inbox("/cb").unwrap();
    assert_eq!((inbox.accepted, inbox.duplicates, inbox.files().len()), (3, 2, 1));
    assert_eq!(inbox.refused.values().sum::<u64>(), 1);
}

#[test]
fn no_refusal_repeats_the_signature_that_would_have_been_right() {
    let (port, _) = serve();
    let answer = ask(port, &post("Host: x\r\n", r#"{"event_type":100,"sign":"00","t":1700000600}"#));
    assert!(
        answer.starts_with("HTTP/1.1 401") && !answer.contains(&md5(&format!("{KEY}1700000600"))),
        "{answer}"
    );
}
