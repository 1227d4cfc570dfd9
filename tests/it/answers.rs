//! Only a whole answer acknowledges: the same answer gets the same verdict from `run`, from a run that writes its requests byte
//! by byte, and from `load`.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::thread::sleep;
use std::time::Duration;

use hookreel::record::Outcome;
use hookreel::record::load::LoadRun;
use serde_json::Value;

use crate::stage::{KEY, Raw, exits, run, scenario, stdout};

/// What a receiver does with a request; the outcome of a run, a word of its reason, and the outcome of a load.
struct Row {
    what: &'static str,
    answer: fn(&mut TcpStream) -> bool,
    outcome: &'static str,
    reason: &'static str,
    loaded: Outcome,
}

const fn row(
    what: &'static str,
    answer: fn(&mut TcpStream) -> bool,
    outcome: &'static str,
    reason: &'static str,
    loaded: Outcome,
) -> Row {
    Row { what, answer, outcome, reason, loaded }
}

/// How long a receiver may take here.
const TIMEOUT: &str = "600ms";
const SLOW: Duration = Duration::from_millis(1200);

/// Writes, and keeps the connection open or closes it.
fn say(stream: &mut TcpStream, text: &str, stays: bool) -> bool {
    stream.write_all(text.as_bytes()).is_ok() && stays
}

/// Writes and resets the connection when the other side has read it.
fn reset(stream: &mut TcpStream, text: &str) -> bool {
    let _ = stream.write_all(text.as_bytes());
    sleep(Duration::from_millis(60));
    rustix::net::sockopt::set_socket_linger(&*stream, Some(Duration::ZERO)).unwrap();
    false
}

fn slow(stream: &mut TcpStream, text: &str) -> bool {
    let said = say(stream, text, true);
    sleep(SLOW);
    said
}

const HALF: &str = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"code\":0}";
const CHUNKS: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n{\"code\":0}\r\n";
const OPEN: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"code\":0}";

const ROWS: &[Row] = &[
    row(
        "a length that is kept",
        |s| say(s, &HALF.replace(": 20", ": 10"), true),
        "accepted",
        "",
        Outcome::Accepted,
    ),
    row("all chunks", |s| say(s, &format!("{CHUNKS}0\r\n\r\n"), true), "accepted", "", Outcome::Accepted),
    row("a body until the close", |s| say(s, OPEN, false), "accepted", "", Outcome::Accepted),
    row(
        "the same in HTTP/1.0",
        |s| say(s, "HTTP/1.0 200 OK\r\n\r\n{\"code\":0}", false),
        "accepted",
        "",
        Outcome::Accepted,
    ),
    row(
        "more than is read",
        |s| {
            say(
                s,
                &format!("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n{}", "x".repeat(3_000_000)),
                true,
            )
        },
        "accepted",
        "",
        Outcome::Accepted,
    ),
    row(
        "a hundred and one headers",
        |s| say(s, &format!("HTTP/1.1 200 OK\r\n{}Content-Length: 0\r\n\r\n", "X: y\r\n".repeat(100)), true),
        "accepted",
        "",
        Outcome::Accepted,
    ),
    row(
        "a body that is too short",
        |s| say(s, HALF, false),
        "gave_up",
        "10 of 20 bytes of the body came before the connection was closed",
        Outcome::InDoubt,
    ),
    row("chunks without an end", |s| say(s, CHUNKS, false), "gave_up", "the last chunk", Outcome::InDoubt),
    row(
        "a chunk beyond 64 bits",
        |s| say(s, &format!("{CHUNKS}100000000000000000\r\nx"), true),
        "gave_up",
        "a size that is not a valid number",
        Outcome::InDoubt,
    ),
    row("half a body, then a reset", |s| reset(s, HALF), "gave_up", "was reset", Outcome::InDoubt),
    row("an open body, then a reset", |s| reset(s, OPEN), "gave_up", "was reset", Outcome::InDoubt),
    row("headers and then nothing", |s| slow(s, HALF), "gave_up", "within 600ms", Outcome::InDoubt),
    row(
        "an open body without an end",
        |s| slow(s, OPEN),
        "gave_up",
        "did not end within 600ms",
        Outcome::InDoubt,
    ),
    row("chunks that take too long", |s| slow(s, CHUNKS), "gave_up", "did not end", Outcome::InDoubt),
    row(
        "two different lengths",
        |s| say(s, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!", true),
        "gave_up",
        "two different Content-Lengths",
        Outcome::InDoubt,
    ),
    row(
        "a negative length",
        |s| say(s, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", true),
        "gave_up",
        "not a valid number",
        Outcome::InDoubt,
    ),
    row(
        "a head beyond 64 KiB",
        |s| {
            say(
                s,
                &format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "x".repeat(70_000)),
                true,
            )
        },
        "gave_up",
        "longer than 65536 bytes",
        Outcome::InDoubt,
    ),
    row(
        "another protocol",
        |s| say(s, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", true),
        "rejected",
        "",
        Outcome::Rejected,
    ),
    row(
        "half a head",
        |s| say(s, "HTTP/1.1 200 OK\r\nConte", false),
        "gave_up",
        "in the head",
        Outcome::InDoubt,
    ),
    row("a close without a word", |_| false, "gave_up", "without an answer", Outcome::InDoubt),
    row("a reset without a word", |s| reset(s, ""), "gave_up", "without an answer", Outcome::InDoubt),
    row("no HTTP", |s| say(s, "220 ESMTP\r\n", true), "gave_up", "not HTTP/1", Outcome::InDoubt),
    row(
        "an alert of TLS",
        |s| say(s, "\x15\x03\x01\0\x02\x02\x0a", false),
        "gave_up",
        "https port",
        Outcome::InDoubt,
    ),
];

fn play(row: &'static Row, faults: &str) {
    let receiver = Raw::serve(|_, stream| (row.answer)(stream));
    let (_folder, path) = scenario(&format!(
        "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\nfaults: {faults}\n\
         broadcast: [{{0s: push}}, {{5m: drop}}]\ndelivery: {{retry: none}}\n"
    ));
    let output = run(&["run", &path, "-t", &receiver.port(), "--timeout", TIMEOUT, "--report", "json"]);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let callback = &report["scenarios"][0]["callbacks"][0];
    assert_eq!(callback["outcome"], row.outcome, "{} {faults}: {callback:#}", row.what);
    let error = callback["attempts"][0]["error"].as_str().unwrap_or_default();
    assert!(error.contains(row.reason), "{} {faults}: {error}", row.what);
    assert_eq!(error.is_empty(), row.reason.is_empty(), "{} {faults}: {error}", row.what);
    exits(&output, if row.outcome == "accepted" { 0 } else { 1 });
}

fn load(row: &'static Row) {
    let receiver = Raw::serve(|_, stream| (row.answer)(stream));
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record").display().to_string();
    let few =
        ["--rate", "max", "--count", "3", "--connections", "1", "--duration", "30s", "--timeout", TIMEOUT];
    let to = ["load", "@tencent/single-file", "-t", &receiver.port(), "--record", &record];
    run(&[&to[..], &few].concat());
    let load = LoadRun::read(std::fs::read(&record).unwrap().as_slice()).unwrap();
    assert_eq!(load.total.ended(row.loaded), 3, "{}: {:?}", row.what, load.total.outcomes);
}

#[test]
fn the_same_answer_has_the_same_verdict_whoever_asks() {
    std::thread::scope(|scope| {
        for rows in ROWS.chunks(ROWS.len().div_ceil(4)) {
            scope.spawn(move || {
                for row in rows {
                    for faults in ["[]", "[connection-close]", "[{dribble: {part: all, size: 64, gap: 0s}}]"]
                    {
                        play(row, faults);
                    }
                    load(row);
                }
            });
        }
    });
}

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
}

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
    assert!(stdout(&output).contains("on a new connection"), "{}", stdout(&output));
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
