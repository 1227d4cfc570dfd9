//! `serve`: the receiver as a command, what it tells of its store, and each of its bugs beside the right behaviour.

mod senders;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

use hookreel::provider::find;
use hookreel::receiver::bug;
use hookreel::receiver::habits::Habits;
use hookreel::receiver::inbox::StoredFile;
use hookreel::receiver::judge::Account;
use hookreel::receiver::{Deadlines, Keeper, Receiver};
use hookreel::scenario::Method;
use md5::{Digest, Md5};
use serde_json::Value;

use crate::stage::{KEY, all_of, exits, hookreel, one_callback, run, stderr, stdout};

const NOW: i64 = 1_700_000_000;
/// The expiry of a callback that is sent now.
const FRESH: &str = "1700000600";

/// Asks for everything that is stored.
const RECORDINGS: &str = "GET /recordings HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

fn md5(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A rightly signed Tencent callback of this expiry, as JSON writes it, and these fields.
fn signed(t: &str, fields: &str) -> String {
    let sign = md5(&format!("{KEY}{}", t.trim_matches('"')));
    format!(r#"{{"event_type":100,"sign":"{sign}","t":{t},"stream_id":"s",{fields}}}"#)
}

/// One that announces this file.
fn file(id: &str) -> String {
    signed(FRESH, &format!(r#""file_id":"{id}","video_url":"u""#))
}

/// A file of so many bytes.
fn sized(bytes: u64) -> String {
    signed(FRESH, &format!(r#""file_id":"a","file_size":{bytes},"video_url":"u""#))
}

/// The same with another signature.
fn with_sign(sign: &str) -> String {
    file("a").replace(&md5(&format!("{KEY}{FRESH}")), sign)
}

fn post(body: &str) -> String {
    request("POST", "Host: x\r\nContent-Type: application/json\r\n", body)
}

fn request(method: &str, head: &str, body: &str) -> String {
    let length = body.len();
    format!("{method} / HTTP/1.1\r\nConnection: close\r\nContent-Length: {length}\r\n{head}\r\n{body}")
}

/// A receiver under way.
struct Playing {
    port: u16,
    receiver: Receiver,
    _runtime: tokio::runtime::Runtime,
}

fn account(provider: &str, key: &str) -> Account {
    let provider = find(provider, "").unwrap();
    let revision = provider.newest();
    let method = if provider.name == "huawei" { Method::HmacSha256 } else { Method::Md5 };
    Account {
        second_callback: None,
        handshake: None,
        path: "/".into(),
        reading: revision.reading,
        signing: Some((revision.signature(method).unwrap(), key.to_owned().into())),
        lifetime: 600,
    }
}

impl Playing {
    fn start(account: Account, habits: &Habits) -> Self {
        Self::made(account, |receiver| receiver.with(habits.clone()))
    }

    fn made(account: Account, make: impl FnOnce(Receiver) -> Receiver) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let receiver = make(Receiver::new(vec![account], Arc::new(|| NOW)));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        runtime.spawn(receiver.clone().run(listener, std::future::pending()));
        Self { port, receiver, _runtime: runtime }
    }

    fn tencent(habits: &Habits) -> Self {
        Self::start(account("tencent", KEY), habits)
    }

    /// What comes back for these bytes until the receiver closes, or for two seconds.
    fn ask(&self, request: &str) -> String {
        let mut stream = self.connect(request);
        answer(&mut stream)
    }

    fn connect(&self, bytes: &str) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        stream
    }

    /// Status after status, a bar, and every file that is stored; with its URL, where that is another than usual.
    fn play(&self, requests: &[String]) -> String {
        let statuses: Vec<_> = requests.iter().map(|request| status(&self.ask(request))).collect();
        format!("{} {}", statuses.join(" "), self.stored())
    }

    fn stored(&self) -> String {
        let answer = self.ask(RECORDINGS);
        let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
        let all: Vec<Value> = serde_json::from_str(body).unwrap();
        all.iter().fold("|".into(), |out, recording| {
            let url = recording["url"].as_str().filter(|url| *url != "u");
            let url = url.map_or(String::new(), |url| format!("={url}"));
            format!("{out} {}{url}", recording["file"].as_str().unwrap())
        })
    }
}

fn answer(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if answer.is_empty() && error.kind() != std::io::ErrorKind::ConnectionReset => {
            "open".into()
        }
        _ => String::from_utf8_lossy(&answer).into_owned(),
    }
}

fn status(answer: &str) -> String {
    match answer.strip_prefix("HTTP/1.1 ") {
        Some(rest) => rest[..3].to_owned(),
        None if answer.is_empty() => "closed".into(),
        None => answer.to_owned(),
    }
}

/// Ends everything soon, so that a bug that does not is seen.
fn short() -> Habits {
    let soon = Duration::from_millis(500);
    let limits = Deadlines { body: 1000, header_deadline: soon, body_deadline: soon };
    Habits { limits, ..Habits::default() }
}

/// A bug, what is done to the receiver, what comes of it when it is right, and when it is wrong.
struct Case {
    bug: &'static str,
    play: Box<dyn Fn(&Habits) -> String + Send>,
    right: &'static str,
    wrong: &'static str,
}

fn raw(bug: &'static str, requests: Vec<String>, right: &'static str, wrong: &'static str) -> Case {
    play(bug, move |habits| Playing::tencent(habits).play(&requests), right, wrong)
}

fn posts<const N: usize>(
    bug: &'static str,
    bodies: [String; N],
    right: &'static str,
    wrong: &'static str,
) -> Case {
    raw(bug, bodies.iter().map(|body| post(body)).collect(), right, wrong)
}

fn play(
    bug: &'static str,
    play: impl Fn(&Habits) -> String + Send + 'static,
    right: &'static str,
    wrong: &'static str,
) -> Case {
    Case { bug, play: Box::new(play), right, wrong }
}

fn at(t: i64) -> String {
    signed(&t.to_string(), r#""file_id":"a","video_url":"u""#)
}

fn signatures() -> Vec<Case> {
    let right = md5(&format!("{KEY}{FRESH}"));
    let unsigned = file("a").replace(&format!(r#""sign":"{right}","#), "");
    vec![
        posts("signature-unchecked", [with_sign("0"), unsigned.clone()], "401 401 |", "200 200 | a"),
        posts(
            "signature-optional",
            [unsigned, with_sign(""), with_sign("0")],
            "401 401 401 |",
            "200 200 401 | a",
        ),
        play(
            "empty-key-skips-check",
            |habits| Playing::start(account("tencent", ""), habits).play(&[post(&with_sign(&md5(FRESH)))]),
            "401 |",
            "200 | a",
        ),
        posts("compared-by-prefix", [with_sign(&right[..31]), with_sign("")], "401 401 |", "200 200 | a"),
        posts(
            "compared-loosely",
            [with_sign("x").replace(r#""x""#, "true"), with_sign("0")],
            "401 401 |",
            "200 401 | a",
        ),
        posts("compared-ignoring-trailing", [with_sign(&format!("{right}0"))], "401 |", "200 | a"),
        posts(
            "hex-decoded-leniently",
            [with_sign(&format!("0x{right}")), with_sign("zz")],
            "401 401 |",
            "200 401 | a",
        ),
        play("md5-accepted-for-hmac", downgraded, "401 |", "200 | a"),
        posts(
            "keyless-signature-accepted",
            [with_sign(&md5(FRESH)), with_sign(&md5(KEY)), with_sign(&md5(""))],
            "401 401 401 |",
            "200 200 401 | a",
        ),
        play(
            "echoes-expected-signature",
            move |habits| Playing::tencent(habits).ask(&post(&with_sign("0"))).contains(&right).to_string(),
            "false",
            "true",
        ),
        posts(
            "panics-on-missing",
            [with_sign("x").replace(r#""x""#, "null"), signed(FRESH, r#""file_id":null"#), with_sign("0")],
            "401 400 401 |",
            "500 500 401 |",
        ),
    ]
}

/// Signed by MD5 where HMAC was agreed.
fn downgraded(habits: &Habits) -> String {
    let sign = md5(&format!("{KEY}{FRESH}"));
    let body = format!(
        r#"{{"event_type":"RECORD_FILE_COMPLETE","job_id":"a","download_url":"u","auth_sign":"{sign}","auth_timestamp":{FRESH}}}"#
    );
    Playing::start(account("huawei", KEY), habits).play(&[post(&body)])
}

fn times() -> Vec<Case> {
    let lenient = [r#""+1700000600""#, r#"" 1700000600""#, r#""01700000600""#, r#""１７０００００６００""#];
    let lenient = lenient.map(|t| signed(t, r#""file_id":"a","video_url":"u""#));
    vec![
        posts("expiry-unchecked", [at(NOW - 660), at(NOW + 315_000_000)], "401 401 |", "200 401 | a"),
        posts("expiry-wrong-sign", [at(NOW - 660), at(NOW + 600)], "401 200 | a", "200 401 | a"),
        posts("sixty-seconds-late-accepted", [at(NOW - 59), at(NOW - 60)], "401 401 |", "200 401 | a"),
        posts("far-future-accepted", [at(NOW + 315_000_000), at(NOW - 1)], "401 401 |", "200 401 | a"),
        posts("future-skew-refused", [at(NOW + 720), at(NOW + 480)], "200 200 | a", "401 200 | a"),
        posts("time-as-float", [file("a")], "200 | a", "401 |"),
        posts("time-in-milliseconds-accepted", [at((NOW + 600) * 1000)], "401 |", "200 | a"),
        posts("time-lenient", lenient, "401 401 401 401 |", "200 200 200 200 | a"),
    ]
}

fn states() -> Vec<Case> {
    let [a, b, c, d] = ["a", "b", "c", "d"].map(file);
    let status = file("a").replace(":100", ":332");
    vec![
        posts("no-dedup", [a.clone(), a.clone()], "200 200 | a", "200 200 | a a"),
        play("race", two_at_once, "once", "twice"),
        posts(
            "dedup-by-signature",
            [a.clone(), at(NOW + 601), at(NOW + 601)],
            "200 200 200 | a",
            "200 200 200 | a a",
        ),
        posts(
            "dedup-forgets",
            [a.clone(), b, c, d.clone(), a.clone(), d],
            "200 200 200 200 200 200 | a b c d",
            "200 200 200 200 200 200 | a a b c d",
        ),
        play("dedup-forgotten-on-restart", restarted("a"), "200 | a", "200 | a a"),
        play("kept-in-memory", restarted("b"), "200 | a b", "200 | b"),
        posts("last-wins", [a.clone(), a.replace("\"u\"", "\"other\"")], "200 200 | a", "200 200 | a=other"),
        posts(
            "size-as-identity",
            ["a", "b"].map(|id| file(id).replacen('{', r#"{"file_size":5,"#, 1)),
            "200 200 | a b",
            "200 200 | a",
        ),
        posts("fails-on-duplicate", [a.clone(), a.clone()], "200 200 | a", "200 500 | a"),
        posts("stores-before-checking", [with_sign("0")], "401 |", "401 | a"),
        posts("two-hundred-on-everything", [with_sign("0")], "401 |", "200 |"),
        posts(
            "order-dependent",
            [a.clone(), a.clone(), status.clone(), a.clone()],
            "200 200 200 200 | a",
            "404 404 200 200 | a",
        ),
        posts("done-at-first-event", [status, a], "200 200 | a", "200 200 |"),
    ]
}

/// The same callback on two connections at one instant; again, until it is stored twice.
fn two_at_once(habits: &Habits) -> String {
    let playing = Playing::tencent(habits);
    let double = |n: usize| {
        let (bytes, barrier) = (post(&file(&n.to_string())), Barrier::new(2));
        let send = || {
            let mut stream = playing.connect("");
            barrier.wait();
            stream.write_all(bytes.as_bytes()).unwrap();
            answer(&mut stream)
        };
        std::thread::scope(|scope| [scope.spawn(send), scope.spawn(send)].map(|both| both.join().unwrap()));
        playing.receiver.inbox("/").unwrap().files()[&n.to_string()] == 2
    };
    if (0..20).any(double) { "twice" } else { "once" }.into()
}

/// The callback of this file to a receiver that takes back what another one has stored, the file `a`.
fn restarted(next: &'static str) -> impl Fn(&Habits) -> String + Send {
    move |habits| {
        let first = Playing::tencent(habits);
        first.play(&[post(&file("a"))]);
        let second = Playing::tencent(habits);
        second.receiver.restore("/", first.receiver.inbox("/").unwrap().recordings);
        second.play(&[post(&file(next))])
    }
}

fn messages() -> Vec<Case> {
    let a = || file("a");
    let number = |id: &str| a().replace(r#""a""#, id);
    let having = |fields: &str| a().replacen('{', &format!("{{{fields},"), 1);
    let backwards = |body: &str| {
        let body: serde_json::Map<String, Value> = serde_json::from_str(body).unwrap();
        body.into_iter().rev().collect::<Value>().to_string()
    };
    vec![
        posts(
            "five-hundred-on-unknown-event",
            [a().replace(":100", ":332"), a().replace(":100", ":1")],
            "200 200 |",
            "500 200 |",
        ),
        posts("refuses-unknown-fields", [a().replace("{", r#"{"region_id":{"x":1},"#)], "200 | a", "400 |"),
        posts(
            "requires-stream-param",
            [a(), a().replace("{", r#"{"stream_param":"k=v","#)],
            "200 200 | a",
            "400 200 | a",
        ),
        posts("narrow-size", [sized(1 << 31), sized((1 << 31) - 1)], "200 200 | a", "500 200 | a"),
        posts("event-zero-as-absent", [a().replace(":100", ":0")], "200 |", "400 |"),
        posts("requires-video-id", [a()], "200 | a", "200 |"),
        posts("event-type-as-string-refused", [a().replace(":100", r#":"100""#)], "200 | a", "400 |"),
        posts(
            "ids-as-doubles",
            [number("9007199254740993"), number("9007199254740992")],
            "200 200 | 9007199254740992 9007199254740993",
            "200 200 | 9007199254740992",
        ),
        posts("requires-task-id", [a()], "200 | a", "500 |"),
        posts("requires-session-id", [having(r#""callback_ext":"{}""#)], "200 | a", "500 |"),
        posts("splits-stream-param", [having(r#""stream_param":"""#)], "200 | a", "500 |"),
        posts("digits-for-ids", [a()], "200 | a", "400 |"),
        posts("keys-by-position", [backwards(&a())], "200 | a", "500 |"),
        posts("body-by-pattern", [a() + "\n"], "200 | a", "400 |"),
        posts(
            "begin-is-start-time",
            [having(r#""start_time":0,"end_time":100,"duration":50"#)],
            "200 | a",
            "500 |",
        ),
        posts(
            "duration-is-end-minus-start",
            [having(r#""start_time":0,"end_time":9,"duration":10"#)],
            "200 | a",
            "500 |",
        ),
        posts("one-usec-for-both", [having(r#""start_time_usec":1,"end_time_usec":2"#)], "200 | a", "500 |"),
    ]
}

/// Texts and JSON that few receivers expect.
fn odd_messages() -> Vec<Case> {
    let a = || file("a");
    let named = |name: &str| a().replace(r#""stream_id":"s""#, &format!(r#""stream_id":"{name}""#));
    vec![
        posts("sql-by-pasting", [named("'; DROP")], "200 | a", "500 |"),
        posts("emoji-refused", [named("🎥"), named("直播")], "200 200 | a", "500 200 | a"),
        posts("nul-crash", [named(r"\u0000")], "200 | a", "500 |"),
        posts(
            "deep-json-500",
            ["[".repeat(400), format!(r#"{{"a":{}"#, "[".repeat(400)), "{".into()],
            "400 400 400 |",
            "500 500 400 |",
        ),
        posts(
            "broken-json-500",
            ["".into(), "[]".into(), "{}{}".into(), "{}".into()],
            "400 400 400 401 |",
            "500 500 500 401 |",
        ),
    ]
}

fn keys() -> Vec<Case> {
    let right = md5(&format!("{KEY}{FRESH}"));
    let (good, bad) = (format!(r#""sign":"{right}""#), r#""\u0073ign":"0""#);
    let twice = |first: &str, second: &str| file("a").replace(&good, &format!("{first},{second}"));
    vec![
        posts(
            "trusts-first-duplicate-key",
            [twice(&good, bad), twice(bad, &good)],
            "400 400 |",
            "200 401 | a",
        ),
        posts(
            "trusts-last-duplicate-key",
            [twice(&good, bad), twice(bad, &good)],
            "400 400 |",
            "401 200 | a",
        ),
        posts(
            "checks-first-stores-last",
            [twice(&good, bad).replace(r#""file_id":"a""#, r#""file_id":"a","file_id":"z""#)],
            "400 |",
            "200 | z",
        ),
        posts("case-insensitive-keys", [file("a").replace("sign", "Sign")], "401 |", "200 | a"),
    ]
}

fn requests() -> Vec<Case> {
    let a = || file("a");
    let json = "Host: x\r\nContent-Type: application/json\r\n";
    let chunked = |coding: &str| {
        let body = a();
        format!(
            "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: {coding}\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        )
    };
    let overridden =
        |method, by: &str| request(method, &format!("{json}X-HTTP-Method-Override: {by}\r\n"), &a());
    let large = signed(FRESH, &format!(r#""file_id":"a","video_url":"u","pad":"{}""#, "x".repeat(2000)));
    vec![
        raw(
            "method-ignored",
            ["PUT", "GET", "POST"].map(|method| request(method, json, &a())).into(),
            "405 405 200 | a",
            "200 200 200 | a",
        ),
        raw(
            "override-obeyed",
            vec![overridden("GET", "POST"), overridden("POST", "DELETE")],
            "405 200 | a",
            "200 405 | a",
        ),
        raw(
            "host-unchecked",
            ["", "Host: a\r\nHost: b\r\n"].map(|head| request("POST", head, &a())).into(),
            "400 400 |",
            "200 200 | a",
        ),
        raw(
            "transfer-coding-unchecked",
            vec![chunked("gzip, chunked"), chunked("chunked")],
            "501 200 | a",
            "200 200 | a",
        ),
        raw(
            "content-type-required",
            vec![request("POST", "Host: x\r\n", &a()), post(&a())],
            "200 200 | a",
            "415 200 | a",
        ),
        posts("no-body-limit", [large], "413 |", "200 | a"),
        posts("answers-before-reading", [a(), with_sign("0")], "200 401 | a", "200 200 |"),
        posts("answers-204", [a()], "200 | a", "204 | a"),
        posts("slow-answer", [a()], "200 | a", "open | a"),
    ]
}

/// A body in two chunks, the end of the first within a letter.
fn letter_in_two_chunks(habits: &Habits) -> String {
    let playing = Playing::tencent(habits);
    let body = file("caf\u{e9}");
    let (first, second) = body.as_bytes().split_at(body.find('\u{e9}').unwrap() + 1);
    let chunk = |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    let head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut stream = playing.connect(head);
    stream.write_all(&[chunk(first), chunk(second), chunk(b"")].concat()).unwrap();
    answer(&mut stream);
    playing.stored()
}

fn connections() -> Vec<Case> {
    let half = post(&file("a"));
    let half = half[..half.len() - 9].to_owned();
    let longer = post(&file("a")).replace("Content-Length: ", "Content-Length: 9");
    vec![
        raw("no-header-deadline", vec![String::new(), "POST / HT".into()], "closed closed |", "open open |"),
        raw("no-body-deadline", vec![half], "408 |", "open |"),
        play("decodes-each-read", letter_in_two_chunks, "| caf\u{e9}", "| caf\u{fffd}\u{fffd}"),
        play(
            "torn-body-accepted",
            move |habits| {
                let playing = Playing::tencent(habits);
                let mut stream = playing.connect(&longer);
                stream.shutdown(Shutdown::Write).unwrap();
                answer(&mut stream);
                playing.stored()
            },
            "|",
            "| a",
        ),
        play(
            "one-connection-at-a-time",
            |habits| {
                let patient = Deadlines { header_deadline: Duration::from_secs(5), ..habits.limits };
                let playing = Playing::tencent(&Habits { limits: patient, ..habits.clone() });
                let _silent = playing.connect("");
                status(&playing.ask(&post(&file("a"))))
            },
            "200",
            "open",
        ),
    ]
}

/// Plays each case right and wrong.
fn check(cases: Vec<Case>) {
    let strange = Mutex::new(Vec::new());
    all_of(cases, |case| {
        let mut habits = short();
        let right = (case.play)(&habits);
        let bug = bug::all().find(|bug| bug.name == case.bug).unwrap();
        (bug.change)(&mut habits);
        let wrong = (case.play)(&habits);
        assert_ne!(case.right, case.wrong, "{}", case.bug);
        if right != case.right || wrong != case.wrong {
            strange.lock().unwrap().push(format!("{}: right {right}; wrong {wrong}", case.bug));
        }
    });
    let strange = strange.into_inner().unwrap();
    assert!(strange.is_empty(), "{}", strange.join("\n"));
}

#[test]
fn each_bug_of_the_signature_lets_pass_what_the_right_receiver_refuses() {
    check(signatures());
}

#[test]
fn each_bug_of_time_moves_a_boundary() {
    check(times());
}

#[test]
fn each_bug_of_the_store_shows_in_the_recordings_or_in_the_answer() {
    check(states());
}

#[test]
fn each_bug_of_reading_takes_a_message_for_another() {
    check(messages());
    check(odd_messages());
}

#[test]
fn each_bug_of_keys_believes_one_of_two() {
    check(keys());
}

#[test]
fn each_bug_of_http_takes_or_refuses_the_wrong_request() {
    check(requests());
}

#[test]
fn each_bug_of_connections_can_be_drawn_out_or_torn() {
    check(connections());
}

#[test]
fn each_bug_of_tokens_headers_and_handshakes_lets_pass_what_the_right_receiver_refuses() {
    check(senders::cases());
}

#[test]
fn every_bug_is_played_and_no_name_stands_twice() {
    let groups = [
        signatures(),
        times(),
        states(),
        messages(),
        odd_messages(),
        keys(),
        requests(),
        connections(),
        senders::cases(),
    ];
    let played: BTreeSet<_> = groups.into_iter().flatten().map(|case| case.bug).collect();
    let all: BTreeSet<_> = bug::all().map(|bug| bug.name).collect();
    assert_eq!(played, all);
    assert_eq!(all.len(), bug::all().count());
}

#[test]
fn the_first_facts_of_a_file_win_and_each_is_told_as_it_was_sent() {
    let facts = |id: &str, size: u64| {
        signed(FRESH, &format!(r#""file_id":{id},"video_url":"http://h/v","file_size":{size}"#))
    };
    let playing = Playing::tencent(&Habits::default());
    let beyond = facts("123456789012345678901234567890", 1);
    assert!(status(&playing.ask(&post(&beyond))).starts_with("400"), "its digits are lost already");
    for body in [facts(r#""b""#, 7), facts("9192487266581821586", 8), facts(r#""b""#, 9)] {
        assert_eq!(status(&playing.ask(&post(&body))), "200");
    }
    let answer = playing.ask(RECORDINGS);
    let told = r#"[{"file":"9192487266581821586","event":"100","stream":"s","url":"http://h/v","size":8},{"file":"b","event":"100","stream":"s","url":"http://h/v","size":7}]"#;
    assert!(answer.ends_with(&format!("\r\n\r\n{told}")), "{answer}");
    assert_eq!(
        status(&playing.ask(&request("POST", "Host: x\r\n", "").replace("POST /", "POST /recordings"))),
        "405"
    );
}

#[test]
fn a_compressed_body_is_refused_by_its_header() {
    let playing = Playing::tencent(&Habits::default());
    let with =
        |coding: &str| request("POST", &format!("Host: x\r\nContent-Encoding: {coding}\r\n"), &file("a"));
    assert_eq!(playing.play(&[with("gzip"), with("identity")]), "415 200 | a");
}

#[test]
fn what_cannot_be_kept_is_not_acknowledged_and_comes_again() {
    struct Full(AtomicBool);
    impl Keeper for Full {
        fn keep(&self, _: &StoredFile) -> std::io::Result<()> {
            if self.0.swap(false, Ordering::SeqCst) {
                Err(std::io::ErrorKind::StorageFull.into())
            } else {
                Ok(())
            }
        }
    }
    let playing = Playing::made(account("tencent", KEY), |receiver| {
        receiver.kept_by(Arc::new(Full(AtomicBool::new(true))))
    });
    assert_eq!(playing.play(&[post(&file("a")), post(&file("a"))]), "503 200 | a");
}

/// The command under way.
pub(crate) struct Served {
    child: Child,
    pub(crate) port: String,
    /// What it says on standard error, which must not fill up.
    said: Option<std::thread::JoinHandle<String>>,
}

/// A test that fails, or that does not care for its end, leaves none behind.
impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    pub(crate) fn start(provider: &str, args: &[&str]) -> Self {
        Self::keyed(provider, Some(KEY), args)
    }

    pub(crate) fn keyed(provider: &str, key: Option<&str>, args: &[&str]) -> Self {
        let mut command = hookreel();
        command.args(["serve", provider, "--listen", "127.0.0.1:0"]).args(args);
        if let Some(key) = key {
            command.env("KEY", key).args(["--secret-env", "KEY"]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let port =
            line.strip_prefix("listening on http://127.0.0.1:").and_then(|rest| rest.strip_suffix("/\n"));
        let port = port.unwrap().to_owned();
        Self::of(child, port)
    }

    fn of(mut child: Child, port: String) -> Self {
        let mut err = child.stderr.take().unwrap();
        let said = std::thread::spawn(move || {
            let mut said = String::new();
            err.read_to_string(&mut said).unwrap();
            said
        });
        Self { child, port, said: Some(said) }
    }

    /// Ends it by a signal; what it said on standard error.
    pub(crate) fn end(mut self, signal: &str) -> String {
        let begun = Instant::now();
        Command::new("kill").args(["-s", signal, &self.child.id().to_string()]).status().unwrap();
        // Until its end, so that what it says does not fill up.
        self.child.stdout.take().unwrap().read_to_end(&mut Vec::new()).unwrap();
        let status = self.child.wait().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        let said = self.said.take().unwrap().join().unwrap();
        assert_eq!(status.code(), Some(0), "{said}");
        said
    }

    pub(crate) fn ask(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{}", self.port)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        answer(&mut stream)
    }

    pub(crate) fn files(&self) -> Vec<String> {
        let answer = self.ask(RECORDINGS);
        let all: Vec<Value> = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        all.iter().map(|recording| recording["file"].as_str().unwrap().to_owned()).collect()
    }
}

#[cfg(unix)]
#[test]
fn the_command_takes_the_callbacks_of_a_run_and_ends_on_a_signal() {
    for (provider, scenario, count) in
        [("huawei", "@huawei/cycle", 3), ("tencent", "@tencent/single-file", 1)]
    {
        for signal in ["TERM", "INT"] {
            let served = Served::start(provider, &[]);
            exits(&run(&["run", scenario, "-t", &served.port]), 0);
            exits(&run(&["run", scenario, "-t", &served.port]), 0);
            let files = served.files();
            assert_eq!(files.len(), count, "{files:?}");
            // Nobody who holds a connection holds up the end.
            let _silent = TcpStream::connect(format!("127.0.0.1:{}", served.port)).unwrap();
            let said = served.end(signal);
            for word in [
                "accepted, stored",
                "accepted, known already",
                "  200  ",
                &format!(", 0 refused, {count} stored\n"),
            ] {
                assert!(said.contains(word), "{word}\n{said}");
            }
            assert!(!said.contains(KEY), "{said}");
        }
    }
}

#[cfg(unix)]
#[test]
fn the_first_callbacks_fail_as_asked_and_their_retries_do_not() {
    let served = Served::start("tencent", &["--fail", "503x2,500"]);
    let (_folder, path) = one_callback("{retry: provider}");
    let output = run(&["run", &path, "-t", &served.port, "-v"]);
    exits(&output, 0);
    assert!(stdout(&output).contains("503 ×2, then 500, then 200"), "{}", stdout(&output));
    assert_eq!(served.files().len(), 1);
    assert!(served.end("TERM").contains("1 accepted, 3 refused, 1 stored"));
}

#[cfg(unix)]
#[test]
fn recordings_outlive_a_restart_and_a_torn_line_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.jsonl");
    let store_text = store.display().to_string();
    let args = ["--store", &store_text];
    let mut served = Served::start("tencent", &args);
    exits(&run(&["run", "@tencent/single-file", "-t", &served.port]), 0);
    let files = served.files();
    // Killed, not ended.
    served.child.kill().unwrap();
    served.child.wait().unwrap();
    let whole = std::fs::read_to_string(&store).unwrap();
    std::fs::write(&store, [whole.as_bytes(), b"{\"file\":\"half a character: \xe7"].concat()).unwrap();

    let served = Served::start("tencent", &args);
    assert_eq!(served.files(), files);
    exits(&run(&["run", "@tencent/single-file", "-t", &served.port]), 0);
    assert_eq!(served.files(), files);
    assert!(served.end("TERM").contains("1 accepted, 0 refused, 1 stored"));
    assert_eq!(std::fs::read_to_string(&store).unwrap(), whole);

    let served =
        Served::start("tencent", &[args.as_slice(), &["--bug", "dedup-forgotten-on-restart"]].concat());
    exits(&run(&["run", "@tencent/single-file", "-t", &served.port]), 0);
    assert_eq!(served.files(), [files.as_slice(), files.as_slice()].concat());
    assert!(served.end("TERM").contains("wrong on purpose: dedup-forgotten-on-restart"));
}

#[test]
fn what_serve_cannot_do_is_refused_with_what_it_expected() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store.jsonl");
    std::fs::write(&store, "{}\n").unwrap();
    let store = store.display().to_string();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let cases: &[(&[&str], &str)] = &[
        (&["tencent", "--bug", "no-dedupe"], "did you mean `no-dedup`?"),
        (&["tencent", "--bug", "md5-accepted-for-hmac"], "only a receiver of huawei"),
        (&["tencnet"], "did you mean `tencent`?"),
        (&["tencent", "--revision", "2024"], "expected one of"),
        (&["tencent", "--method", "hmac-sha256"], "expected md5"),
        (&["huawei", "--revision", "2020-03", "--secret-env", "KEY"], "is not signed"),
        (&["tencent", "--listen", "8080"], "such as 127.0.0.1:8080"),
        (&["tencent", "--listen", &taken], "cannot listen on"),
        (&["tencent", "--fail", "200"], "such as 503x2"),
        (&["tencent", "--fail", "503x0"], "such as 503x2"),
        (&["tencent", "--secret-env", "EMPTY"], "the key must not be empty"),
        (&["tencent", "--store", &store], "line 1 is not a recording"),
    ];
    for (args, word) in cases {
        let output = hookreel().env("KEY", KEY).env("EMPTY", "").arg("serve").args(*args).output().unwrap();
        exits(&output, 2);
        assert!(stderr(&output).contains(word), "{args:?}\n{}", stderr(&output));
    }
}

#[cfg(unix)]
#[test]
fn a_receiver_without_a_key_says_so_and_a_foreign_text_drives_no_terminal() {
    let served = Served::keyed("tencent", None, &[]);
    let body = r#"{"event_type":"\u001b[2J\n"}"#;
    served.ask(&post(body));
    let said = served.end("TERM");
    assert!(said.contains("unsigned: there is no key"), "{said}");
    assert!(said.contains(r"\u{1b}[2J\n  200  accepted"), "{said}");
    // The warning, the page, the callback, the end.
    assert_eq!(said.lines().count(), 4, "{said}");
}

#[cfg(unix)]
#[test]
fn an_empty_key_checks_nothing_where_that_is_the_bug() {
    let served = Served::keyed("tencent", Some(""), &["--bug", "empty-key-skips-check"]);
    served.ask(&post(&with_sign("0")));
    assert_eq!(served.files(), ["a"]);
    served.end("TERM");
}

#[test]
fn the_list_names_every_bug_with_what_is_wrong_and_the_cases_that_show_it() {
    let listed = stdout(&run(&["list", "bugs"]));
    assert_eq!(listed.lines().count(), bug::all().count());
    for (line, bug) in listed.lines().zip(bug::all()) {
        assert!(line.starts_with(bug.name) && line.contains(bug.what), "{line}");
        let numbered = |case: &str| {
            case[1..].parse::<u16>().is_ok() && ('A'..='M').contains(&case.chars().next().unwrap())
        };
        assert!(bug.cases.split(' ').all(|case| numbered(case) && line.contains(case)), "{line}");
        assert!(bug.provider.is_empty() || find(bug.provider, "").is_ok(), "{line}");
    }
}

#[cfg(unix)]
#[test]
fn the_command_takes_any_path_and_logs_every_request() {
    let served = Served::start("tencent", &[]);
    let (_folder, path) = one_callback("{retry: none}");
    exits(
        &run(&[
            "run",
            &path,
            "-t",
            &format!("http://127.0.0.1:{}/callbacks/tencent?key=s3cret", served.port),
        ]),
        0,
    );
    for line in [
        "GET /a/\u{1b}%5B HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "PUT /recordings HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        "GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "POST /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n",
        "POST /d HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\n{",
        "no HTTP\r\n\r\n",
    ] {
        served.ask(line);
    }
    assert_eq!(served.files().len(), 1);
    let said = served.end("TERM");
    for line in [
        "  POST /callbacks/tencent  100  200  accepted, stored",
        "  PUT /recordings  -  405  recordings are asked for with GET",
        "  GET /b  -  405  callbacks are sent with POST",
        "  POST /c  -  415  callbacks are application/json",
        "  POST /d  -  400  ",
        "  GET /recordings  -  200  the recordings",
        "  - -  -  400  not HTTP: ",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    assert!(!said.contains("s3cret") && !said.contains('\u{1b}'), "{said}");
    assert!(said.contains("1 accepted, "), "{said}");
}

#[cfg(unix)]
#[test]
fn a_path_that_is_named_is_the_only_one() {
    let output = run(&["serve", "tencent", "--path", "/recordings"]);
    exits(&output, 2);
    exits(&run(&["serve", "tencent", "--path", "callbacks"]), 2);
    let mut child = hookreel()
        .args(["serve", "tencent", "--listen", "127.0.0.1:0", "--path", "/callbacks"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let port = line.strip_prefix("listening on http://127.0.0.1:").unwrap();
    let port = port.strip_suffix("/callbacks\n").unwrap().to_owned();
    let served = Served::of(child, port);
    let (_folder, path) = one_callback("{retry: none}");
    exits(&run(&["run", &path, "-t", &format!("http://127.0.0.1:{}/callbacks", served.port)]), 0);
    exits(&run(&["run", &path, "-t", &format!("http://127.0.0.1:{}/other", served.port)]), 1);
    assert!(served.end("TERM").contains("  POST /other  -  404  there is no callback URL at this path\n"));
}
