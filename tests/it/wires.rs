//! What HTTP client libraries refuse to send: every byte of it, as a plain socket sees it.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use tokio_rustls::rustls::server::Acceptor;

use crate::stage::{KEY, Raw, body, exits, hookreel, run, scenario, stdout};

/// How long nothing must come before a receiver takes it that nothing more will.
const QUIET: Duration = Duration::from_millis(250);

const YES: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"code\":0}";

/// What came in on one connection, and how it stood then.
struct Seen {
    bytes: Vec<u8>,
    end: End,
    /// From the first byte to the last.
    took: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// Open, and nothing comes.
    Quiet,
    /// Ended by the sender.
    Fin,
    Reset,
}

/// Reads until nothing comes any more.
fn listen(mut stream: &TcpStream) -> Seen {
    stream.set_read_timeout(Some(QUIET)).unwrap();
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    let (mut first, mut last) = (None, Instant::now());
    let end = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break End::Fin,
            Ok(n) => {
                bytes.extend_from_slice(&buffer[..n]);
                last = Instant::now();
                first.get_or_insert(last);
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                break End::Quiet;
            }
            Err(_) => break End::Reset,
        }
    };
    Seen { bytes, end, took: first.map_or(Duration::ZERO, |first| last - first) }
}

/// Sends one callback to a port, always the same.
fn send(port: u16, faults: &str) -> Output {
    let (_folder, path) = scenario(&format!(
        "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\nfaults: {faults}\n\
         broadcast: [{{0s: push}}, {{5m: drop}}]\ndelivery: {{retry: {{attempts: 2, interval: 1s}}}}\n"
    ));
    let port = port.to_string();
    hookreel().args(["run", &path, "-t", &port, "--now", "2026-03-08T14:10:25Z"]).output().unwrap()
}

/// The body of that callback, from an ordinary request.
fn plain_body() -> &'static str {
    static BODY: OnceLock<String> = OnceLock::new();
    BODY.get_or_init(|| {
        let receiver = Raw::statuses(&[200]);
        exits(&send(receiver.port, "[]"), 0);
        String::from_utf8(body(&receiver.requests()[0]).to_vec()).unwrap()
    })
}

/// What comes in of the callback, connection by connection, the bystanders' left out; each is told yes when no more comes.
/// Beside it stand the head of the plain request, without its length, and its body.
fn hear(faults: &str) -> (Vec<Seen>, String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard: Arc<Mutex<Vec<Option<Seen>>>> = Arc::default();
    let all = heard.clone();
    std::thread::spawn(move || {
        for (n, stream) in listener.incoming().flatten().enumerate() {
            all.lock().unwrap().push(None);
            let all = all.clone();
            std::thread::spawn(move || {
                let seen = listen(&stream);
                all.lock().unwrap()[n] = Some(seen);
                let _ = (&stream).write_all(&YES.repeat(3));
            });
        }
    });
    send(port, faults);
    // What was left by the sender is heard a moment later.
    let begun = Instant::now();
    while heard.lock().unwrap().iter().any(Option::is_none) && begun.elapsed() < 8 * QUIET {
        std::thread::sleep(Duration::from_millis(5));
    }
    let seen = std::mem::take(&mut *heard.lock().unwrap());
    let own = |seen: &Seen| !String::from_utf8_lossy(&seen.bytes).contains("-bystander");
    let head = format!(
        "POST / HTTP/1.1\r\nHost: localhost:{port}\r\ncontent-type: application/json\r\n\
         user-agent: hookreel/{}\r\n",
        env!("CARGO_PKG_VERSION")
    );
    (seen.into_iter().flatten().filter(own).collect(), head, plain_body().to_owned())
}

/// The bytes of the first connection of a fault must be what is written here.
#[track_caller]
fn sends(faults: &str, expected: impl Fn(&str, &str) -> String) {
    let (seen, head, body) = hear(faults);
    let expected = expected(&head, &body);
    let shown = String::from_utf8_lossy(&seen[0].bytes);
    assert!(seen[0].bytes == expected.as_bytes(), "{faults}\n--- sent\n{shown}\n--- expected\n{expected}");
}

/// The signature in a body.
fn signature(body: &str) -> &str {
    body.split("\"sign\":\"").nth(1).unwrap().split('"').next().unwrap()
}

#[test]
fn a_body_in_chunks_is_framed_as_the_standard_says_or_as_it_does_not() {
    let coded = |head: &str, rest: String| format!("{head}Transfer-Encoding: chunked\r\n\r\n{rest}");
    sends("[chunked]", |h, b| coded(h, format!("{:x}\r\n{b}\r\n0\r\n\r\n", b.len())));
    sends("[{chunked: {form: bytes}}]", |h, b| {
        let bytes: String = b.chars().map(|byte| format!("1\r\n{byte}\r\n")).collect();
        coded(h, format!("{bytes}0\r\n\r\n"))
    });
    sends("[{chunked: {form: extensions}}]", |h, b| {
        let (last, size) = (b.len() % 64, b.len() / 64 * 64);
        let chunks: String =
            (0..size).step_by(64).map(|at| format!("40;a=b;c=\"d\"\r\n{}\r\n", &b[at..at + 64])).collect();
        coded(h, format!("{chunks}{last:x};a=b;c=\"d\"\r\n{}\r\n0\r\n\r\n", &b[size..]))
    });
    for (form, trailer) in [
        ("trailer", "X-T: 1"),
        ("host-in-trailer", "Host: other.example"),
        ("length-in-trailer", "Content-Length: 1"),
    ] {
        sends(&format!("[{{chunked: {{form: {form}}}}}]"), |h, b| {
            coded(h, format!("{:x}\r\n{b}\r\n0\r\n{trailer}\r\n\r\n", b.len()))
        });
    }
    sends("[{chunked: {form: signature-in-trailer}}]", |h, b| {
        let (sign, without) = (signature(b), b.replace(&format!(",\"sign\":\"{}\"", signature(b)), ""));
        assert_ne!(without, b);
        coded(h, format!("{:x}\r\n{without}\r\n0\r\nsign: {sign}\r\n\r\n", without.len()))
    });
    sends("[{chunked: {form: with-length}}]", |h, b| {
        coded(&format!("{h}Content-Length: 5\r\n"), format!("{:x}\r\n{b}\r\n0\r\n\r\n", b.len()))
    });
    sends("[{chunked: {form: bad-size}}]", |h, b| coded(h, format!("zz\r\n{b}\r\n0\r\n\r\n")));
    sends("[{chunked: {form: huge-size}}]", |h, b| {
        coded(h, format!("100000000000000000\r\n{b}\r\n0\r\n\r\n"))
    });
    sends("[{chunked: {form: endless}}]", |h, b| coded(h, format!("{:x}\r\n{b}\r\n", b.len())));
    assert_eq!(hear("[{chunked: {form: endless}}]").0[0].end, End::Fin);
}

#[test]
fn a_wrong_length_is_said_in_every_way() {
    let says = |form: &str, lines: fn(usize) -> String| {
        sends(&format!("[{{content-length: {{form: {form}}}}}]"), |h, b| {
            format!("{h}{}\r\n{b}", lines(b.len()))
        });
    };
    says("too-large", |n| format!("Content-Length: {}\r\n", n + 1));
    says("too-small, by: 7", |n| format!("Content-Length: {}\r\n", n - 7));
    says("twice", |n| format!("Content-Length: {n}\r\nContent-Length: {n}\r\n"));
    says("list", |n| format!("Content-Length: {n}, {n}\r\n"));
    says("different", |n| format!("Content-Length: {n}\r\nContent-Length: {}\r\n", n - 1));
    says("with-transfer-encoding", |n| format!("Content-Length: {n}\r\nTransfer-Encoding: chunked\r\n"));
    says("plus", |n| format!("Content-Length: +{n}\r\n"));
    says("negative", |_| "Content-Length: -1\r\n".into());
    says("huge", |_| "Content-Length: 18446744073709551616\r\n".into());
    says("empty", |_| "Content-Length: \r\n".into());
    says("none", |_| String::new());
    assert_eq!(hear("[content-length]").0[0].end, End::Fin);
}

#[test]
fn a_coding_that_nobody_can_undo_stands_over_a_body_in_chunks() {
    for (form, lines) in [
        ("unknown", "Transfer-Encoding: xchunked\r\n"),
        ("gzip", "Transfer-Encoding: gzip, chunked\r\n"),
        ("two-lines", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"),
    ] {
        sends(&format!("[{{transfer-encoding: {{form: {form}}}}}]"), |h, b| {
            format!("{h}{lines}\r\n{:x}\r\n{b}\r\n0\r\n\r\n", b.len())
        });
    }
}

/// The plain request.
fn whole(head: &str, body: &str) -> String {
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn head_lines_are_written_in_another_way() {
    sends("[http-version]", |h, b| whole(&h.replace("HTTP/1.1", "HTTP/1.0"), b));
    sends("[{http-version: {version: HTPP/1.1}}]", |h, b| whole(&h.replace("HTTP/1.1", "HTPP/1.1"), b));
    sends("[line-ends]", |h, b| whole(h, b).replace("\r\n", "\n"));
    sends("[{line-ends: {form: empty-line-first}}]", |h, b| format!("\r\n{}", whole(h, b)));
    let with = |line: &'static str| {
        move |h: &str, b: &str| format!("{h}Content-Length: {}\r\n{line}\r\n\r\n{b}", b.len())
    };
    sends("[connection-close]", with("Connection: close"));
    sends("[{expect-continue: {wait: 0s}}]", with("Expect: 100-continue"));
    sends("[{expect-continue: {wait: 0s, expectation: unknown}}]", with("Expect: 200-unheard-of"));
    sends("[proxied]", |h, b| {
        let host = h.lines().nth(1).unwrap().replace("Host", "host");
        format!(
            "POST / HTTP/1.1\r\n{host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             via: 1.1 proxy.example\r\nx-forwarded-for: 192.0.2.1\r\nx-forwarded-proto: https\r\n\r\n{b}",
            b.len()
        )
    });
    sends("[{proxied: {case: upper, framing: chunked}}]", |h, b| {
        let host = h.lines().nth(1).unwrap().replace("Host", "HOST");
        format!(
            "POST / HTTP/1.1\r\n{host}\r\nCONTENT-TYPE: application/json\r\nVIA: 1.1 proxy.example\r\n\
             X-FORWARDED-FOR: 192.0.2.1\r\nX-FORWARDED-PROTO: https\r\nTRANSFER-ENCODING: chunked\r\n\r\n\
             {:x}\r\n{b}\r\n0\r\n\r\n",
            b.len()
        )
    });
}

#[test]
fn several_requests_come_in_one_write() {
    sends("[{pipeline: {requests: 3}}]", |h, b| whole(h, b).repeat(3));
    let (seen, head, body) = hear("[smuggle]");
    let forged = body.replace(signature(&body), &"0".repeat(32));
    let hidden = format!("{}{}", whole(&head, &body), whole(&head, &forged));
    assert_eq!(seen.len(), 2, "the callback itself, then its copy with what hides behind it");
    assert_eq!(String::from_utf8_lossy(&seen[1].bytes), hidden);
}

#[test]
fn the_body_waits_until_it_is_asked_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let receiver = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let head = listen(&stream).bytes;
        (&stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
        let body = listen(&stream).bytes;
        (&stream).write_all(YES).unwrap();
        (String::from_utf8(head).unwrap(), String::from_utf8(body).unwrap())
    });
    let output = send(port, "[{expect-continue: {wait: 1m}}]");
    let (head, body) = receiver.join().unwrap();
    assert!(head.ends_with("Expect: 100-continue\r\n\r\n"), "{head}");
    assert_eq!(body, plain_body());
    exits(&output, 0);
}

#[test]
fn a_request_stops_where_it_is_told_to() {
    let (silent, reset) = ("silent: {after: ", "abort: {retry: no, after: ");
    let closed = "abort: {how: close, retry: no, after: ";
    for (fault, end) in [(silent, End::Quiet), (reset, End::Reset), (closed, End::Fin)] {
        for place in ["start", "mid-head", "head", "mid-body"] {
            let (seen, head, body) = hear(&format!("[{{{fault}{place}}}}}]"));
            let request = whole(&head, &body);
            let head = request.len() - body.len();
            let reach = match place {
                "start" => 0,
                "mid-head" => head / 2,
                "head" => head,
                _ => head + body.len() / 2,
            };
            // A reset may destroy what has not been read yet.
            let kept = if end == End::Reset { seen[0].bytes.len() } else { reach };
            assert_eq!(
                (seen[0].bytes.as_slice(), seen[0].end),
                (&request.as_bytes()[..kept], end),
                "{fault}{place}"
            );
            assert!(kept <= reach);
        }
    }
    let (seen, head, body) = hear("[half-close]");
    assert_eq!((seen[0].bytes.as_slice(), seen[0].end), (whole(&head, &body).as_bytes(), End::Fin));
}

#[test]
fn a_torn_body_is_cut_at_every_place_that_was_asked_for() {
    let (seen, head, body) = hear("[{torn: {cuts: 4}}]");
    let request = whole(&head, &body);
    let (begin, last) = (request.len() - body.len(), body.len() - 1);
    let cuts = [0, last / 3, 2 * last / 3, last].map(|cut| &request.as_bytes()[..begin + cut]);
    assert_eq!(seen.iter().map(|seen| seen.bytes.as_slice()).collect::<Vec<_>>(), cuts);
    assert!(seen.iter().all(|seen| seen.end == End::Fin));
    let (seen, head, body) = hear("[{torn: {part: head}}]");
    let end = whole(&head, &body).len() - body.len() - 1;
    assert_eq!(seen[0].bytes, whole(&head, &body).as_bytes()[..end]);
}

#[test]
fn what_broke_off_comes_whole_in_the_next_attempt() {
    for fault in ["abort", "abort: {how: close}", "abort: {after: mid-body}", "torn: {retry: yes}"] {
        let fault = if fault.contains(':') { format!("{{{fault}}}") } else { fault.to_owned() };
        let (seen, _, plain) = hear(&format!("[{fault}]"));
        assert_eq!(seen.len(), 2, "{fault}");
        assert_eq!(body(&seen[1].bytes), plain.as_bytes(), "{fault}");
    }
}

#[test]
fn slow_requests_are_whole_in_the_end_and_take_their_time() {
    // A busy machine may hear the first byte late, so half of the time is enough to show that there was a wait.
    for (fault, least) in [
        ("{pause: {time: 100ms}}", 50),
        ("{pause: {after: mid-head, time: 100ms}}", 50),
        ("{dribble: {part: head, gap: 30ms, last: 5}}", 60),
        ("{dribble: {part: body, size: 2, gap: 30ms, last: 10}}", 60),
        ("{dribble: {part: all, gap: 0s}}", 0),
    ] {
        let (seen, head, body) = hear(&format!("[{fault}]"));
        assert_eq!(String::from_utf8_lossy(&seen[0].bytes), whole(&head, &body), "{fault}");
        assert!(seen[0].took >= Duration::from_millis(least), "{fault}: {:?}", seen[0].took);
    }
}

#[test]
fn an_answer_is_read_as_slowly_as_the_fault_says() {
    let receiver = Raw::statuses(&[200]);
    let begun = Instant::now();
    exits(&send(receiver.port, "[{slow-reader: {size: 5, gap: 40ms}}]"), 0);
    // 48 bytes: ten pieces, nine gaps.
    assert!(begun.elapsed() >= Duration::from_millis(9 * 40));
}

#[test]
fn a_flood_opens_all_its_connections_and_says_the_same_on_each() {
    let (seen, head, body) = hear("[{flood: {connections: 30}}]");
    let request = whole(&head, &body);
    let half = &request.as_bytes()[..(request.len() - body.len()) / 2];
    assert_eq!(seen.len(), 30);
    assert!(seen.iter().all(|seen| seen.bytes == half));
    // They stand open together, until the callback's own one, the last, has its answer.
    assert!(seen.iter().any(|seen| seen.end == End::Quiet));
}

#[test]
fn one_connection_carries_as_many_requests_as_were_asked_for() {
    let receiver = Raw::statuses(&[200]);
    exits(&send(receiver.port, "[{keep-alive: {requests: 7, idle: 20ms}}]"), 0);
    assert_eq!((receiver.connections(), receiver.requests().len()), (1, 7));
    assert!(receiver.requests().iter().all(|request| body(request) == plain_body().as_bytes()));
}

#[test]
fn what_was_to_follow_on_a_connection_that_the_receiver_closed_goes_out_on_a_new_one() {
    let receiver = Raw::serve(|_, stream| {
        stream.write_all(YES).unwrap();
        false
    });
    for (n, fault) in
        ["[{keep-alive: {requests: 2, idle: 100ms}}]", "[{keep-alive: {requests: 2}}]"].iter().enumerate()
    {
        let output = send(receiver.port, fault);
        exits(&output, 0);
        assert_eq!((receiver.connections(), receiver.requests().len()), (2 * n + 2, 2 * n + 2));
        assert!(!stdout(&output).contains("2 attempts"), "{}", stdout(&output));
    }
    // A connection on which nothing was answered is not opened again.
    let deaf = Raw::serve(|n, stream| n == 0 && stream.write_all(YES).is_ok());
    let output = send(deaf.port, "[{keep-alive: {requests: 3}}]");
    assert_ne!(output.status.code(), Some(0), "{}", stdout(&output));
}

#[test]
fn junk_begins_with_what_is_no_text_and_is_drawn_by_seed() {
    let (first, again) = (hear("[{junk: {bytes: 99}}]").0, hear("[{junk: {bytes: 99}}]").0);
    assert_eq!((first[0].bytes[0], first[0].bytes.len()), (0, 99));
    assert_eq!(first[0].bytes, again[0].bytes);
}

/// The server name that a TLS library reads in a ClientHello.
fn server_name(mut bytes: &[u8]) -> Option<String> {
    let mut acceptor = Acceptor::default();
    acceptor.read_tls(&mut bytes).unwrap();
    let accepted = acceptor.accept().map_err(|(error, _)| error).unwrap().unwrap();
    accepted.client_hello().server_name().map(str::to_owned)
}

#[test]
fn a_handshake_made_by_hand_is_one_to_a_tls_library() {
    let none = hear("[client-hello]").0;
    assert_eq!(none[0].bytes[..5], [0x16, 0x03, 0x01, 0x00, none[0].bytes.len() as u8 - 5]);
    assert_eq!(server_name(&none[0].bytes), None);
    let other = hear("[{client-hello: {name: other}}]").0;
    assert_eq!(server_name(&other[0].bytes).as_deref(), Some("other.example"));
    let half = hear("[{client-hello: {form: half}}]").0;
    assert_eq!(half[0].bytes, none[0].bytes[..none[0].bytes.len() / 2]);
}

#[test]
fn frames_made_by_hand_are_those_of_the_standard() {
    const BEGIN: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
    assert_eq!(hear("[http2]").0[0].bytes, BEGIN);
    let (seen, head, _) = hear("[{http2: {form: rapid-reset, frames: 2}}]");
    let host = head.lines().nth(1).unwrap().strip_prefix("Host: ").unwrap();
    let fields = format!(
        "\0\x07:method\x04POST\0\x07:scheme\x04http\0\x05:path\x01/\0\x0a:authority{}{host}\
         \0\x0ccontent-type\x10application/json",
        char::from(host.len() as u8)
    );
    let stream = |id: u8| {
        let open = [&[0, 0, fields.len() as u8, 1, 4, 0, 0, 0, id], fields.as_bytes()].concat();
        [open.as_slice(), &[0, 0, 4, 3, 0, 0, 0, 0, id, 0, 0, 0, 8]].concat()
    };
    assert_eq!(seen[0].bytes, [BEGIN, &stream(1), &stream(3)].concat());
    let (seen, ..) = hear("[{http2: {form: continuation, frames: 3}}]");
    let open = [&[0, 0, fields.len() as u8, 1, 0, 0, 0, 0, 1], fields.as_bytes()].concat();
    let more = b"\x00\x00\x11\x09\x00\x00\x00\x00\x01\0\x06x-more\x08and more".repeat(3);
    assert_eq!(seen[0].bytes.len(), BEGIN.len() + open.len() + more.len());
    assert!(seen[0].bytes.ends_with(&more));
}

#[test]
fn an_address_of_version_6_stands_in_brackets_in_the_host_of_both_writers() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else { return };
    let port = listener.local_addr().unwrap().port();
    let receiver = std::thread::spawn(move || {
        [(); 2].map(|()| {
            let (stream, _) = listener.accept().unwrap();
            let seen = listen(&stream);
            (&stream).write_all(YES).unwrap();
            String::from_utf8(seen.bytes).unwrap()
        })
    });
    for fault in ["[]", "[connection-close]"] {
        let (_folder, path) = scenario(&format!(
            "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\nfaults: {fault}\n\
             broadcast: [{{0s: push}}, {{5m: drop}}]\n"
        ));
        exits(&run(&["run", &path, "-t", &format!("http://[::1]:{port}/")]), 0);
    }
    for request in receiver.join().unwrap() {
        assert!(request.to_lowercase().contains(&format!("\r\nhost: [::1]:{port}\r\n")), "{request}");
    }
}
