//! Only a whole answer acknowledges: the same answer gets the same verdict from `run`, from a run that writes its requests in
//! pieces, and from `load`.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::Duration;

use hookreel::record::load::LoadRun;
use hookreel::record::{Outcome, RunRecord, TroubleKind};

use crate::stage::{KEY, Raw, exits, run, scenario, stdout};

/// How an exchange ends, whichever way it is made.
#[derive(Clone, Copy)]
enum Ends {
    /// The answer acknowledges.
    Accepted,
    /// It does not.
    Rejected,
    /// There is no whole answer: the kind of trouble, and a part of its text.
    Broken(TroubleKind, &'static str),
}

use Ends::{Accepted, Broken, Rejected};

/// What it is, and what the receiver does with a request.
type Row = (&'static str, fn(&mut TcpStream) -> bool, Ends);

/// How long a receiver may take where it is to be too slow; elsewhere a busy machine must not be.
const TIMEOUT: &str = "600ms";

impl Ends {
    fn patience(self) -> &'static str {
        if matches!(self, Broken(TroubleKind::Timeout, _)) { TIMEOUT } else { "30s" }
    }
}

const SLOW: Duration = Duration::from_millis(1200);

/// Writes, and keeps the connection open or closes it.
fn say(stream: &mut TcpStream, text: &str, stays: bool) -> bool {
    raw(stream, text.as_bytes()) && stays
}

fn raw(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    stream.write_all(bytes).is_ok()
}

fn in_pieces(stream: &mut TcpStream, text: &str, size: usize, gap_ms: u64) -> bool {
    text.as_bytes().chunks(size).all(|piece| {
        sleep(Duration::from_millis(gap_ms));
        raw(stream, piece)
    })
}

/// Writes and resets the connection when the other side has read it.
fn reset(stream: &mut TcpStream, text: &str) -> bool {
    let _ = stream.write_all(text.as_bytes());
    sleep(Duration::from_millis(60));
    abort(stream)
}

fn abort(stream: &TcpStream) -> bool {
    rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO)).unwrap();
    false
}

fn slow(stream: &mut TcpStream, text: &str) -> bool {
    let said = say(stream, text, true);
    sleep(SLOW);
    said
}

/// So many headers beside one that holds `long`.
fn many_headers(count: usize, long: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nY: {long}\r\n{}Content-Length: 0\r\n\r\n", "X: y\r\n".repeat(count))
}

static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| compressed(20 << 20));

/// An answer whose body comes to so many bytes when it is unpacked.
fn compressed(bytes: usize) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::copy(&mut std::io::Read::take(std::io::repeat(b' '), bytes as u64), &mut packed).unwrap();
    let body = packed.finish().unwrap();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), &body].concat()
}

const YES: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const HALF: &str = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"code\":0}";
const CHUNKS: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n{\"code\":0}\r\n";
const OPEN: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"code\":0}";

const ROWS: &[Row] = &[
    ("a length that is kept", |s| say(s, &HALF.replace(": 20", ": 10"), true), Accepted),
    (
        "two lengths that are alike",
        |s| say(s, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", true),
        Accepted,
    ),
    (
        "a length said twice in one line",
        |s| say(s, "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok", true),
        Accepted,
    ),
    (
        "a length with spaces around it",
        |s| say(s, "HTTP/1.1 200 OK\r\nContent-Length:   2  \r\n\r\nok", true),
        Accepted,
    ),
    ("no reason phrase", |s| say(s, "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", true), Accepted),
    (
        "lines that end in a bare line feed",
        |s| say(s, "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", true),
        Accepted,
    ),
    (
        "an empty line before the answer",
        |s| say(s, "\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true),
        Accepted,
    ),
    (
        "a header beyond ASCII",
        |s| raw(s, b"HTTP/1.1 200 OK\r\nX: \xc3\xa9\xff\r\nContent-Length: 0\r\n\r\n"),
        Accepted,
    ),
    ("all chunks", |s| say(s, &format!("{CHUNKS}0\r\n\r\n"), true), Accepted),
    ("chunk extensions", |s| say(s, &format!("{CHUNKS}1;a=b;c=\"d\"\r\nx\r\n0;e\r\n\r\n"), true), Accepted),
    ("trailers", |s| say(s, &format!("{CHUNKS}0\r\nX: y\r\nZ: z\r\n\r\n"), true), Accepted),
    (
        "chunks and a length",
        |s| {
            say(s, &format!("{}0\r\n\r\n", CHUNKS.replace("\r\n\r\n", "\r\nContent-Length: 3\r\n\r\n")), true)
        },
        Accepted,
    ),
    (
        "two codings, the last is chunks",
        |s| say(s, &format!("{}0\r\n\r\n", CHUNKS.replace("chunked", "gzip, chunked")), true),
        Accepted,
    ),
    ("a body until the close", |s| say(s, OPEN, false), Accepted),
    (
        "another coding than chunks, until the close",
        |s| say(s, &OPEN.replace("Connection: close", "Transfer-Encoding: identity"), false),
        Accepted,
    ),
    (
        "a body until the close in HTTP/1.0",
        |s| say(s, "HTTP/1.0 200 OK\r\n\r\n{\"code\":0}", false),
        Accepted,
    ),
    (
        "HTTP/1.0 that stays open",
        |s| say(s, "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", true),
        Accepted,
    ),
    (
        "a close that is announced and does not come",
        |s| say(s, "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok", true),
        Accepted,
    ),
    (
        "a close that is announced among other words",
        |s| say(s, "HTTP/1.1 200 OK\r\nConnection: x, close\r\nContent-Length: 2\r\n\r\nok", false),
        Accepted,
    ),
    (
        "a close that is not announced",
        |s| say(s, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false),
        Accepted,
    ),
    (
        "an interim answer before the answer",
        |s| say(s, &format!("HTTP/1.1 100 Continue\r\n\r\n{YES}"), true),
        Accepted,
    ),
    (
        "several interim answers",
        |s| {
            say(
                s,
                &format!(
                    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 X\r\n\r\nHTTP/1.1 199 X\r\n\r\n{YES}"
                ),
                true,
            )
        },
        Accepted,
    ),
    ("junk behind the answer", |s| say(s, &format!("{YES}junk"), true), Accepted),
    (
        "two answers",
        |s| say(s, &format!("{YES}HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"), true),
        Accepted,
    ),
    ("a compressed body", |s| raw(s, &compressed(100)), Accepted),
    ("a compressed bomb, which is not unpacked", |s| raw(s, &BOMB), Accepted),
    (
        "more than is read",
        |s| {
            say(
                s,
                &format!("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n{}", "x".repeat(3_000_000)),
                true,
            )
        },
        Accepted,
    ),
    ("a hundred and one headers", |s| say(s, &many_headers(100, ""), true), Accepted),
    ("a head just below 64 KiB", |s| say(s, &many_headers(0, &"x".repeat(65_000)), true), Accepted),
    ("a head that comes in pieces", |s| in_pieces(s, YES, 7, 20), Accepted),
    ("an answer byte by byte", |s| in_pieces(s, &HALF.replace(": 20", ": 10"), 1, 2), Accepted),
    (
        "a body in pieces",
        |s| {
            say(s, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", true)
                && in_pieces(s, "{\"code\":0}", 3, 30)
        },
        Accepted,
    ),
    (
        "no content, and a body all the same",
        |s| say(s, "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok", true),
        Rejected,
    ),
    (
        "not modified, and a length without a body",
        |s| say(s, "HTTP/1.1 304 Not Modified\r\nContent-Length: 20\r\n\r\n", true),
        Rejected,
    ),
    (
        "another protocol",
        |s| say(s, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", true),
        Rejected,
    ),
    ("status 999", |s| say(s, "HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n", true), Rejected),
    ("status 099", |s| say(s, "HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n", true), Rejected),
    (
        "a refusal with half a body",
        |s| say(s, &HALF.replace("200", "500"), false),
        Broken(TroubleKind::Incomplete, "10 of 20 bytes"),
    ),
    (
        "a body that is too short",
        |s| say(s, HALF, false),
        Broken(TroubleKind::Incomplete, "10 of 20 bytes of the body came before the connection was closed"),
    ),
    (
        "headers and then the end",
        |s| say(s, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", false),
        Broken(TroubleKind::Incomplete, "0 of 9 bytes"),
    ),
    (
        "a huge length",
        |s| say(s, &HALF.replace(": 20", ": 9223372036854775807"), false),
        Broken(TroubleKind::Incomplete, "10 of 9223372036854775807 bytes"),
    ),
    ("chunks without an end", |s| say(s, CHUNKS, false), Broken(TroubleKind::Incomplete, "the last chunk")),
    (
        "a chunk beyond 64 bits",
        |s| say(s, &format!("{CHUNKS}100000000000000000\r\nx"), true),
        Broken(TroubleKind::Incomplete, "a size that is not a valid number"),
    ),
    (
        "a chunk whose size is not a number",
        |s| say(s, &format!("{CHUNKS}zz\r\nx"), true),
        Broken(TroubleKind::Incomplete, "a size that is not a valid number"),
    ),
    (
        "a chunk that is longer than its size",
        |s| say(s, &format!("{CHUNKS}1\r\nxy\r\n0\r\n\r\n"), true),
        Broken(TroubleKind::Incomplete, "a size that is not a valid number"),
    ),
    ("half a body, then a reset", |s| reset(s, HALF), Broken(TroubleKind::Incomplete, "was reset")),
    ("an open body, then a reset", |s| reset(s, OPEN), Broken(TroubleKind::Incomplete, "was reset")),
    ("headers and then nothing", |s| slow(s, HALF), Broken(TroubleKind::Timeout, "within 600ms")),
    (
        "an open body without an end",
        |s| slow(s, OPEN),
        Broken(TroubleKind::Timeout, "did not end within 600ms"),
    ),
    ("chunks that take too long", |s| slow(s, CHUNKS), Broken(TroubleKind::Timeout, "did not end")),
    (
        "half a head, and then nothing",
        |s| slow(s, "HTTP/1.1 200 OK\r\nConte"),
        Broken(TroubleKind::Timeout, "no answer within 600ms"),
    ),
    (
        "an interim answer and then nothing",
        |s| slow(s, "HTTP/1.1 100 Continue\r\n\r\n"),
        Broken(TroubleKind::Timeout, "no answer within 600ms"),
    ),
    (
        "half a head",
        |s| say(s, "HTTP/1.1 200 OK\r\nConte", false),
        Broken(TroubleKind::Closed, "in the head"),
    ),
    (
        "an interim answer alone",
        |s| say(s, "HTTP/1.1 100 Continue\r\n\r\n", false),
        Broken(TroubleKind::Closed, "without an answer"),
    ),
    ("a close without a word", |_| false, Broken(TroubleKind::Closed, "without an answer")),
    ("a reset without a word", |s| reset(s, ""), Broken(TroubleKind::Closed, "without an answer")),
    (
        "two different lengths",
        |s| say(s, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!", true),
        Broken(TroubleKind::Garbage, "two different Content-Lengths"),
    ),
    (
        "a negative length",
        |s| say(s, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", true),
        Broken(TroubleKind::Garbage, "not a valid number"),
    ),
    (
        "a length with a sign",
        |s| say(s, "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n", true),
        Broken(TroubleKind::Garbage, "not a valid number"),
    ),
    (
        "no length behind its name",
        |s| say(s, "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n", true),
        Broken(TroubleKind::Garbage, "not a valid number"),
    ),
    (
        "a length beyond 64 bits",
        |s| say(s, "HTTP/1.1 200 OK\r\nContent-Length: 100000000000000000000\r\n\r\n", true),
        Broken(TroubleKind::Garbage, "not a valid number"),
    ),
    (
        "a head beyond 64 KiB",
        |s| say(s, &many_headers(0, &"x".repeat(65_600)), true),
        Broken(TroubleKind::Garbage, "longer than 65536 bytes"),
    ),
    (
        "ten thousand headers",
        |s| say(s, &many_headers(10_000, ""), true),
        Broken(TroubleKind::Garbage, "more than 128 headers"),
    ),
    (
        "a folded header",
        |s| say(s, "HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 0\r\n\r\n", true),
        Broken(TroubleKind::Garbage, "not valid HTTP"),
    ),
    (
        "a space before the colon",
        |s| say(s, "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n", true),
        Broken(TroubleKind::Garbage, "not valid HTTP"),
    ),
    (
        "a NUL in a header",
        |s| say(s, "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n", true),
        Broken(TroubleKind::Garbage, "not valid HTTP"),
    ),
    (
        "a header without a name",
        |s| say(s, "HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n", true),
        Broken(TroubleKind::Garbage, "not valid HTTP"),
    ),
    (
        "status 99",
        |s| say(s, "HTTP/1.1 99 X\r\nContent-Length: 0\r\n\r\n", true),
        Broken(TroubleKind::Garbage, "not valid HTTP"),
    ),
    (
        "status 2000",
        |s| say(s, "HTTP/1.1 2000 X\r\nContent-Length: 0\r\n\r\n", true),
        Broken(TroubleKind::Garbage, "not valid HTTP"),
    ),
    ("HTTP/0.9", |s| say(s, "{\"code\":0}", false), Broken(TroubleKind::Garbage, "not HTTP/1")),
    (
        "HTTP/2",
        |s| say(s, "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", true),
        Broken(TroubleKind::Garbage, "not HTTP/1"),
    ),
    ("no HTTP", |s| say(s, "220 ESMTP\r\n", true), Broken(TroubleKind::Garbage, "not HTTP/1")),
    (
        "an alert of TLS",
        |s| say(s, "\x15\x03\x01\0\x02\x02\x0a", false),
        Broken(TroubleKind::Garbage, "https port"),
    ),
];

/// What a receiver does with a connection before it reads a request; false = it serves it no further.
type Welcome = (&'static str, fn(&TcpStream) -> bool, Ends);

const WELCOMES: &[Welcome] = &[
    ("a reset at once", |s| abort(s), Broken(TroubleKind::Closed, "without an answer")),
    ("a close at once", |_| false, Broken(TroubleKind::Closed, "without an answer")),
    (
        "a close when the request has come, which is not read",
        |s| {
            s.peek(&mut [0]).unwrap();
            false
        },
        Broken(TroubleKind::Closed, "without an answer"),
    ),
    ("an answer before the request", |mut s| s.write_all(YES.as_bytes()).is_ok(), Accepted),
    (
        "an answer to a request that is not read, then a reset",
        |mut s| {
            s.peek(&mut [0]).unwrap();
            s.write_all(YES.as_bytes()).unwrap();
            sleep(Duration::from_millis(60));
            abort(s)
        },
        Accepted,
    ),
    (
        "no HTTP, before the request",
        |mut s| s.write_all(b"220 mail.example.com ESMTP\r\n").is_ok(),
        Broken(TroubleKind::Garbage, "not HTTP/1"),
    ),
];

/// A run of one callback with these faults ends so.
fn play(what: &str, port: &str, ends: Ends, faults: &str) {
    let (folder, path) = scenario(&format!(
        "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\nfaults: {faults}\n\
         broadcast: [{{0s: push}}, {{5m: drop}}]\ndelivery: {{retry: none}}\n"
    ));
    let record = folder.path().join("record").display().to_string();
    let output = run(&["run", &path, "-t", port, "--timeout", ends.patience(), "--record", &record]);
    let played = RunRecord::read(std::fs::read(&record).unwrap().as_slice()).unwrap();
    let callback = played.callbacks().next().unwrap();
    let error = callback.attempts[0].exchange.as_ref().unwrap().error.as_ref();
    let (outcome, kind, reason) = match ends {
        Accepted => (Outcome::Accepted, None, ""),
        Rejected => (Outcome::Rejected, None, ""),
        Broken(kind, reason) => (Outcome::GaveUp, Some(kind), reason),
    };
    let seen = (callback.outcome(), error.map(|error| error.kind));
    assert_eq!(seen, (outcome, kind), "{what} {faults}: {error:?}");
    assert!(error.is_none_or(|error| error.text.contains(reason)), "{what} {faults}: {error:?}");
    // A guess at the cause stands where it is likely alone.
    let guessed = error.is_some_and(|error| error.text.contains("https port"));
    assert!(!guessed || reason == "https port", "{what}: {error:?}");
    exits(&output, i32::from(outcome != Outcome::Accepted));
}

/// A load of three callbacks ends so.
fn load(what: &str, port: &str, ends: Ends) {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record").display().to_string();
    let few = [
        "--rate",
        "max",
        "--count",
        "3",
        "--connections",
        "1",
        "--duration",
        "30s",
        "--timeout",
        ends.patience(),
    ];
    let output =
        run(&[&["load", "@tencent/single-file", "-t", port, "--record", &record][..], &few].concat());
    let load = LoadRun::read(std::fs::read(&record).unwrap().as_slice()).unwrap();
    let (outcome, troubles, code) = match ends {
        Accepted => (Outcome::Accepted, Vec::new(), 0),
        Rejected => (Outcome::Rejected, Vec::new(), 5),
        Broken(kind, _) => (Outcome::InDoubt, vec![(kind, 3)], 5),
    };
    let seen: Vec<_> = load.total.troubles.clone().into_iter().collect();
    assert_eq!((load.total.ended(outcome), seen), (3, troubles), "{what}: {:?}", load.total.outcomes);
    exits(&output, code);
}

/// Each way of a request to a receiver: an ordinary one, one that is written in pieces, and under load.
fn every_way(what: &str, ends: Ends, receiver: impl Fn() -> Raw) {
    for faults in ["[]", "[{dribble: {part: all, size: 64, gap: 0s}}]"] {
        play(what, &receiver().port(), ends, faults);
    }
    load(what, &receiver().port(), ends);
}

// F11, T14.
#[test]
fn the_same_answer_has_the_same_verdict_whoever_asks() {
    assert!(ROWS.len() + WELCOMES.len() >= 55);
    assert!(BOMB.len() < 200_000, "it is small before it is unpacked");
    std::thread::scope(|scope| {
        // Those that are slow stand together, so they are dealt out.
        for nth in 0..8 {
            scope.spawn(move || {
                for (what, answer, ends) in ROWS.iter().skip(nth).step_by(8) {
                    every_way(what, *ends, || Raw::serve(|_, stream| answer(stream)));
                }
            });
        }
        for (what, welcome, ends) in WELCOMES {
            scope.spawn(move || every_way(what, *ends, || Raw::early(welcome)));
        }
    });
}

// T18.
#[test]
fn a_connection_that_is_reset_at_once_was_reached_and_one_that_is_not_taken_was_not() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
        }
    });
    let send = |port: &str, fault: &[&str]| {
        let to = ["send", "tencent", "record", "-t", port, "--timeout", TIMEOUT];
        run(&[&to[..], fault].concat())
    };
    for fault in [&[][..], &["--fault", "connection-close"]] {
        let output = send(&port, fault);
        exits(&output, 1);
        assert!(stdout(&output).contains("gave up"), "{}", stdout(&output));
    }
    // A queue for one, which is full: the system takes no more.
    let full = TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::net::listen(&full, 0).unwrap();
    let address = full.local_addr().unwrap();
    let _held: Vec<_> =
        (0..3).map(|_| TcpStream::connect_timeout(&address, Duration::from_millis(100))).collect();
    for fault in [&[][..], &["--fault", "connection-close"]] {
        let output = send(&address.port().to_string(), fault);
        exits(&output, 3);
        assert!(stdout(&output).contains("no connection within 600ms"), "{}", stdout(&output));
    }
    let load = ["load", "@tencent/single-file", "-t", &address.port().to_string(), "--timeout", TIMEOUT];
    exits(&run(&load), 3);
}

// F7, T10.
#[test]
fn a_receiver_that_closes_after_each_answer_without_saying_so_is_right() {
    let receiver = Raw::serve(|_, stream| say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false));
    let output = run(&["run", "@huawei", "-t", &receiver.port(), "-j", "4"]);
    exits(&output, 0);
    assert_eq!(
        receiver.connections(),
        receiver.requests().len(),
        "each callback has a connection of its own"
    );
}

/// A load of this many callbacks over two connections, as fast as answers come.
fn closed_loop(receiver: &Raw, count: &str) -> (std::process::Output, LoadRun) {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record").display().to_string();
    let few = ["--rate", "max", "--count", count, "--connections", "2", "--duration", "60s"];
    let to = ["load", "@tencent/single-file", "-t", &receiver.port(), "--record", &record];
    let output = run(&[&to[..], &few].concat());
    let load = LoadRun::read(std::fs::read(&record).unwrap().as_slice()).unwrap();
    (output, load)
}

// F7, T10b: RFC 9112, section 9.6.
#[test]
fn a_load_sends_again_what_died_on_a_used_connection_and_does_not_count_it_against_the_receiver() {
    let receiver = Raw::serve(|_, stream| say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false));
    let (output, load) = closed_loop(&receiver, "2000");
    exits(&output, 0);
    let total = &load.total;
    assert_eq!((total.ended(Outcome::Accepted), total.planned), (2000, 2000), "{:?}", total.outcomes);
    assert_eq!((total.sent, total.retries, total.troubles.len()), (2000, 0, 0), "{:?}", total.troubles);
    assert!(total.resent > 0, "none met the end of its connection");
    assert_eq!((receiver.requests().len(), receiver.connections() - 1), (2000, 2000), "none came twice");
    assert!(
        stdout(&output).contains("the connection, used before, was closed without a byte of an answer"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn what_died_on_a_new_connection_or_after_an_interim_answer_is_not_sent_again() {
    let first = Raw::serve(|_, _| false);
    let interim = Raw::serve(|n, stream| match n {
        0 => say(stream, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true),
        _ => {
            let said = say(stream, "HTTP/1.1 100 Continue\r\n\r\n", false);
            sleep(Duration::from_millis(60));
            said
        }
    });
    for (receiver, doubts) in [(first, 5), (interim, 4)] {
        let (output, load) = closed_loop(&receiver, "5");
        exits(&output, 5);
        let total = &load.total;
        assert_eq!((total.ended(Outcome::InDoubt), total.resent), (doubts, 0), "{:?}", total.outcomes);
        assert_eq!(receiver.requests().len(), 5);
    }
}

#[test]
fn a_scenario_can_say_that_half_an_answer_will_do() {
    let receiver = Raw::serve(|_, stream| say(stream, HALF, false));
    for (word, code) in [("accepted", 0), ("refused", 1)] {
        let (_folder, path) =
            crate::stage::one_callback(&format!("{{retry: none, incomplete_answer: {word}}}"));
        exits(&run(&["run", &path, "-t", &receiver.port()]), code);
    }
    let refusing = Raw::serve(|_, stream| say(stream, &HALF.replace("200", "500"), false));
    let (_folder, path) = crate::stage::one_callback("{retry: none, incomplete_answer: accepted}");
    exits(&run(&["run", &path, "-t", &refusing.port()]), 1);
}

#[test]
fn the_place_of_a_redirect_is_shown_and_not_gone_to() {
    let receiver = Raw::serve(|_, stream| {
        say(stream, "HTTP/1.1 301 X\r\nLocation: /callback/?key=secret\r\nContent-Length: 0\r\n\r\n", true)
    });
    let output = run(&["send", "tencent", "record", "-t", &format!("{}/callback", receiver.port)]);
    exits(&output, 1);
    let told = stdout(&output);
    assert!(told.contains("status 301 to /callback/?... (redirects are not followed)"), "{told}");
    assert!(!told.contains("secret") && receiver.requests().len() == 1, "{told}");
}

#[test]
fn a_body_that_is_not_text_is_shown_unpacked_or_counted() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(br#"{"error":"no such stream"}"#).unwrap();
    let packed = packed.finish().unwrap();
    for (body, shown) in [
        (packed, r#"(compressed with gzip) {"error":"no such stream"}"#),
        (vec![0, 1, 2, 3, 0xff], "(5 bytes that are not text)"),
    ] {
        let receiver = Raw::serve(move |_, stream| {
            let head = format!("HTTP/1.1 404 Not Found\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).is_ok()
        });
        for command in [
            &["send", "tencent", "record"][..],
            &["load", "@tencent/single-file", "--rate", "max", "--count", "3"],
        ] {
            let output = run(&[command, &["-t", &receiver.port()]].concat());
            assert!(stdout(&output).contains(shown), "{command:?}: {}", stdout(&output));
        }
    }
}
