//! `serve`: the receiver as a command, what it tells of its store, and each of its bugs beside the right behaviour.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Stdio};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use hookreel::provider::find;
use hookreel::receiver::bug;
use hookreel::receiver::habits::Habits;
use hookreel::receiver::judge::Account;
use hookreel::receiver::{Limits, Receiver};
use hookreel::scenario::Method;
use md5::{Digest, Md5};
use serde_json::Value;

use crate::stage::{KEY, exits, hookreel, one_callback, run, stderr, stdout};

const NOW: i64 = 1_700_000_000;
/// The expiry of a callback that is sent now.
const FRESH: &str = "1700000600";

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
        path: "/".into(),
        reading: revision.reading,
        signing: Some((revision.signature(method).unwrap(), key.to_owned().into())),
        lifetime: 600,
    }
}

impl Playing {
    fn start(account: Account, habits: &Habits) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let receiver = Receiver::new(vec![account], Arc::new(|| NOW)).with(habits.clone());
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        runtime.spawn(receiver.clone().run(listener, std::future::pending()));
        Self { port, receiver, _runtime: runtime }
    }

    fn tencent(habits: &Habits) -> Self {
        Self::start(account("tencent", KEY), habits)
    }

    /// What comes back for these bytes until the receiver closes, or for a second.
    fn ask(&self, request: &str) -> String {
        let mut stream = self.connect(request);
        answer(&mut stream)
    }

    fn connect(&self, bytes: &str) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        stream
    }

    /// Status after status, a bar, and every file that is stored; with its URL, where that is another than usual.
    fn play(&self, requests: &[String]) -> String {
        let statuses: Vec<_> = requests.iter().map(|request| status(&self.ask(request))).collect();
        format!("{} {}", statuses.join(" "), self.stored())
    }

    fn stored(&self) -> String {
        let answer = self.ask("GET /recordings HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
        let all: Vec<Value> = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
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
    let soon = Duration::from_millis(300);
    let limits = Limits { body: 1000, header_deadline: soon, body_deadline: soon };
    Habits { limits, ..Habits::default() }
}

/// A bug, what is done to the receiver, what comes of it when it is right, and when it is wrong.
struct Case {
    bug: &'static str,
    play: Box<dyn Fn(&Habits) -> String>,
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
    play: impl Fn(&Habits) -> String + 'static,
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
        play("dedup-forgotten-on-restart", restarted, "200 | a", "200 | a a"),
        posts("last-wins", [a.clone(), a.replace("\"u\"", "\"other\"")], "200 200 | a", "200 200 | a=other"),
        posts("fails-on-duplicate", [a.clone(), a.clone()], "200 200 | a", "200 500 | a"),
        posts("stores-before-checking", [with_sign("0")], "401 |", "401 | a"),
        posts("two-hundred-on-everything", [with_sign("0")], "401 |", "200 |"),
        posts(
            "order-dependent",
            [a.clone(), a.clone(), status, a],
            "200 200 200 200 | a",
            "404 404 200 200 | a",
        ),
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

/// The same callback to a receiver that takes back what another one has stored.
fn restarted(habits: &Habits) -> String {
    let first = Playing::tencent(habits);
    first.play(&[post(&file("a"))]);
    let second = Playing::tencent(habits);
    second.receiver.restore("/", first.receiver.inbox("/").unwrap().recordings);
    second.play(&[post(&file("a"))])
}

fn messages() -> Vec<Case> {
    let a = || file("a");
    let named = |name: &str| a().replace(r#""stream_id":"s""#, &format!(r#""stream_id":"{name}""#));
    let right = md5(&format!("{KEY}{FRESH}"));
    let (good, bad) = (format!(r#""sign":"{right}""#), r#""\u0073ign":"0""#);
    let twice = |first: &str, second: &str| a().replace(&good, &format!("{first},{second}"));
    let number = |id: &str| a().replace(r#""a""#, id);
    vec![
        posts(
            "five-hundred-on-unknown-event",
            [a().replace(":100", ":332"), a().replace(":100", ":1")],
            "200 200 |",
            "500 200 |",
        ),
        posts("refuses-unknown-fields", [a().replace("{", r#"{"idc_id":{"x":1},"#)], "200 | a", "400 |"),
        posts(
            "requires-stream-param",
            [a(), a().replace("{", r#"{"stream_param":"k=v","#)],
            "200 200 | a",
            "400 200 | a",
        ),
        posts("requires-video-id", [a()], "200 | a", "200 |"),
        posts("event-type-as-string-refused", [a().replace(":100", r#":"100""#)], "200 | a", "400 |"),
        posts(
            "ids-as-doubles",
            [number("9007199254740993"), number("9007199254740992")],
            "200 200 | 9007199254740992 9007199254740993",
            "200 200 | 9007199254740992",
        ),
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
        posts("case-insensitive-keys", [a().replace("sign", "Sign")], "401 |", "200 | a"),
        posts("sql-by-pasting", [named("'; DROP")], "200 | a", "500 |"),
        posts("emoji-refused", [named("🎥"), named("直播")], "200 200 | a", "500 200 | a"),
        posts("nul-crash", [named(r"\u0000")], "200 | a", "500 |"),
        posts(
            "deep-json-500",
            ["[".repeat(400), format!(r#"{{"a":{}"#, "[".repeat(400)), "{".into()],
            "400 400 400 |",
            "400 500 400 |",
        ),
        posts(
            "broken-json-500",
            ["".into(), "[]".into(), "{}{}".into(), "{}".into()],
            "400 400 400 401 |",
            "500 500 500 401 |",
        ),
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

fn connections() -> Vec<Case> {
    let half = post(&file("a"));
    let half = half[..half.len() - 9].to_owned();
    let longer = post(&file("a")).replace("Content-Length: ", "Content-Length: 9");
    vec![
        raw("no-header-deadline", vec![String::new(), "POST / HT".into()], "closed closed |", "open open |"),
        raw("no-body-deadline", vec![half], "408 |", "open |"),
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
                let patient = Limits { header_deadline: Duration::from_secs(5), ..habits.limits };
                let playing = Playing::tencent(&Habits { limits: patient, ..habits.clone() });
                let _silent = playing.connect("");
                status(&playing.ask(&post(&file("a"))))
            },
            "200",
            "open",
        ),
    ]
}

fn cases() -> Vec<Case> {
    [signatures(), times(), states(), messages(), requests(), connections()].into_iter().flatten().collect()
}

#[test]
fn every_bug_does_what_its_name_says_and_the_right_receiver_does_not() {
    let (mut wrong, mut played) = (Vec::new(), BTreeSet::new());
    for case in cases() {
        let mut habits = short();
        let right = (case.play)(&habits);
        let bug = bug::ALL.iter().find(|bug| bug.name == case.bug).unwrap();
        (bug.change)(&mut habits);
        let bugged = (case.play)(&habits);
        assert_ne!(case.right, case.wrong);
        if right != case.right || bugged != case.wrong {
            wrong.push(format!("{}: right {right}; wrong {bugged}", case.bug));
        }
        played.insert(case.bug);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let all: BTreeSet<_> = bug::ALL.iter().map(|bug| bug.name).collect();
    assert_eq!(played, all, "every bug is played");
    assert_eq!(all.len(), bug::ALL.len(), "no name stands twice");
}
