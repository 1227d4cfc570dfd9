//! The fuzz targets: each takes any bytes, and panics when a promise is broken. `fuzz/` runs them under libFuzzer; the test
//! `corpus` runs them over the files in `tests/corpus/NAME/`.

use std::io::{self, Cursor};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hookreel::delivery::clock::Clock;
use hookreel::delivery::wire::{TimeLimit, play};
use hookreel::duration::{parse_duration, show_duration, show_measured};
use hookreel::play::planned::{Planned, conditions};
use hookreel::problem::{Source, render};
use hookreel::provider::ALL as PROVIDERS;
use hookreel::provider::diagnosis::{Claim, diagnose, explain_answer, explain_hex, recognise};
use hookreel::receiver::habits::Habits;
use hookreel::receiver::judge::{Account, judge};
use hookreel::record::load::LoadRun;
use hookreel::record::{Outcome, Record, RunRecord, SCHEMA, Trouble, TroubleKind};
use hookreel::report::ALL as FORMATS;
use hookreel::request::WireStep;
use hookreel::scenario::{self, Environment, Loaded};
use hookreel::speed::Speed;
use hookreel::verdict::threshold::Threshold;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What a target does with its bytes.
pub type Target = fn(&[u8]);

/// Every target by name.
pub const ALL: [(&str, Target); 8] = [
    ("scenario", scenario),
    ("times", times),
    ("expect", expect),
    ("verify", verify),
    ("answers", answers),
    ("records", records),
    ("reports", reports),
    ("arguments", arguments),
];

/// Plays one target.
pub fn run(name: &str, bytes: &[u8]) {
    ALL.iter().filter(|(known, _)| *known == name).for_each(|(_, target)| target(bytes));
}

/// The longest input of a target, in bytes.
pub const LONGEST: usize = 4096;

const KEY: &str = "0123456789abcdef0123456789abcdef";
const NOW: i64 = 1_700_000_000;

/// A scenario file: it is planned, twice alike, or refused with a message that drives no terminal.
fn scenario(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(loaded) = loaded(text) else { return };
    let plan = |loaded: &Loaded| {
        let clock = Clock::frozen(jiff::Timestamp::from_second(NOW).unwrap());
        let conditions = conditions(7, &clock, Speed::Max, None);
        let (planned, wrong) = Planned::of(vec![loaded.clone()], conditions, clock, 1);
        if let Some((_, problems)) = wrong.first() {
            inert(&render(&planned.loaded[0].document.source, problems, false));
            return None;
        }
        let callbacks = planned.plays.iter().flat_map(|play| &play.callbacks);
        let told =
            callbacks.map(|callback| format!("{} {:?} {:?}", callback.id, callback.due, callback.body));
        Some(told.collect::<Vec<_>>())
    };
    if let Some(once) = plan(&loaded) {
        assert!(plan(&loaded) == Some(once), "the same scenario was planned in two ways");
    }
}

fn loaded(text: &str) -> Option<Loaded> {
    let source = Source { name: "fuzz.yaml".into(), text: text.into() };
    match scenario::load(source, &Environment::new()) {
        Ok(loaded) => Some(loaded),
        Err((source, problems)) => {
            assert!(!problems.is_empty(), "refused without a reason");
            inert(&render(&source, &problems, false));
            None
        }
    }
}

/// A text for a terminal has no control character but the end of a line.
fn inert(text: &str) {
    let driving = text.chars().find(|c| c.is_control() && *c != '\n' && *c != '\t');
    assert_eq!(driving, None, "a control character for the terminal in {text:?}");
}

/// Durations, speeds and thresholds: what is read and shown is read again as the same.
fn times(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(duration) = parse_duration(text) {
        assert!(duration <= Duration::from_secs(10_000 * 3600), "{text:?}");
        let shown = show_duration(duration);
        // What is shown has one place less than what was written may have.
        assert_eq!(
            parse_duration(&shown).map(show_duration),
            Ok(shown.clone()),
            "{text:?} is shown as {shown}"
        );
    }
    if let Ok(speed) = text.parse::<Speed>() {
        assert!(speed.real(Duration::from_secs(3600)) <= Duration::from_secs(u64::MAX));
    }
    match text.parse::<Threshold>() {
        Ok(threshold) => assert_eq!(threshold.to_string().parse::<Threshold>().ok(), Some(threshold)),
        Err(mistake) => drop(mistake.to_string()),
    }
    if let Ok(number) = text.trim().parse::<f64>() {
        show_measured(number.abs());
    }
}

/// What a scenario expects of an answer, and the answer: the first line is JSON for `accept`, the rest is the body.
fn expect(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (pattern, body) = text.split_once('\n').unwrap_or((text, ""));
    let path = scenario::jsonpath::parse(pattern);
    if let (Ok(path), Ok(value)) = (path, hookreel::json::read(body)) {
        path.query(&value).all();
    }
    let Ok(pattern) = serde_json::from_str::<Value>(pattern) else { return };
    let text = json!({
        "provider": "tencent",
        "recording": {"mp4": {}},
        "broadcast": [{"0s": "push"}, {"5m": "drop"}],
        "expect": {"accept": pattern},
    });
    let Some(loaded) = loaded(&text.to_string()) else { return };
    let headers = [("content-type".to_owned(), "application/json".to_owned())];
    if let Err(why) = loaded.scenario.expect.accept.hold(200, &headers, body) {
        assert!(!why.is_empty());
    }
}

/// A body and a text that a receiver computed: both judges of signatures see it, and what the receiver accepts is right.
fn verify(bytes: &[u8]) {
    let (body, computed) = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, &b""[..]),
    };
    let fields = serde_json::from_slice::<Map<String, Value>>(body).ok();
    let computed = String::from_utf8_lossy(computed);
    let editions =
        PROVIDERS.iter().flat_map(|provider| provider.revisions.iter().map(move |r| (*provider, r)));
    let schemes = editions.flat_map(|(provider, revision)| {
        revision.signatures.iter().map(move |(method, signature)| (provider, revision, *method, signature))
    });
    let schemes: Vec<_> = schemes.collect();
    // One at a time: to look for a mistake takes long.
    let nth = computed.bytes().next().map_or(schemes.len() - 1, usize::from);
    let (provider, revision, method, signature) = schemes[nth % schemes.len()];
    let account = Account {
        path: "/".into(),
        reading: revision.reading,
        second_callback: revision.second_callback,
        handshake: None,
        signing: Some((signature, KEY.to_owned().into())),
        lifetime: 600,
    };
    let accepted = judge(&Habits::default(), &account, body, NOW).is_ok();
    match &fields {
        Some(fields) => diagnosed(
            &Claim { provider, revision, method, fields, body, proof: None, head: &[], path: "" },
            &computed,
            accepted,
        ),
        None => assert!(!accepted, "what is no object was accepted"),
    }
    if let Some(found) = fields.as_ref().and_then(recognise) {
        assert!(found.provider.revisions.iter().any(|revision| revision.name == found.revision.name));
    }
}

fn diagnosed(claim: &Claim<'_>, computed: &str, accepted: bool) {
    let key = KEY.to_owned().into();
    let diagnosis = diagnose(claim, &key);
    if accepted {
        let right = diagnosis.as_ref().is_none_or(|diagnosis| diagnosis.right);
        assert!(right, "the receiver accepts what `verify` calls wrong");
    }
    explain_hex(claim, &key, computed.trim());
    explain_answer(claim, &key, computed);
}

/// What a receiver sends: the first byte says in pieces of which size. It is heard alike however it is cut.
fn answers(bytes: &[u8]) {
    let Some((size, bytes)) = bytes.split_first() else { return };
    let whole = heard(bytes, LONGEST);
    for size in [1, usize::from(*size).max(1)] {
        assert_eq!(heard(bytes, size), whole, "in pieces of {size} bytes");
    }
}

/// Status, body and trouble of the answer in these bytes.
fn heard(bytes: &[u8], size: usize) -> (Option<(u16, String)>, Option<String>) {
    let stream = Bytes { left: bytes.to_vec().into(), size };
    let steps = [WireStep::Write(b"POST / HTTP/1.1\r\n\r\n".to_vec().into())];
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (heard, _) = runtime.block_on(async {
        let limit = TimeLimit { begun: tokio::time::Instant::now(), time: Duration::from_secs(20) };
        play(stream, &steps, limit, None).await
    });
    let answer = heard.answer.map(|answer| (answer.status, answer.body));
    assert!(answer.is_some() || heard.error.is_some(), "neither an answer nor a reason");
    // Of what is not HTTP the message shows what had come when that was seen.
    let told = |error: Trouble| if error.kind == TroubleKind::Garbage { String::new() } else { error.text };
    (answer, heard.error.map(told))
}

/// A receiver that says these bytes in pieces, then closes; it takes everything.
struct Bytes {
    left: std::collections::VecDeque<u8>,
    size: usize,
}

impl AsyncRead for Bytes {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let size = self.size.min(out.remaining()).min(self.left.len());
        let piece: Vec<u8> = self.left.drain(..size).collect();
        out.put_slice(&piece);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Bytes {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A record file: every report of it is made, well-formed and inert, or it is refused.
fn records(bytes: &[u8]) {
    match Record::open(Cursor::new(bytes)) {
        Ok(Record::Run(run)) => reported(&run),
        Ok(Record::Load(shard)) => {
            if let Ok(run) = LoadRun::merge(vec![("record".to_owned(), *shard)]) {
                FORMATS.iter().for_each(|format| formed(format.name, &format.render(&run)));
            }
        }
        Ok(Record::Search(search)) => {
            FORMATS.iter().for_each(|format| formed(format.name, &format.render(&*search)));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn reported(run: &RunRecord) {
    let counted: usize = Outcome::ALL
        .iter()
        .map(|own| run.callbacks().filter(|callback| callback.outcome() == *own).count())
        .sum();
    assert_eq!(counted, run.callbacks().count(), "every callback has one outcome");
    FORMATS.iter().for_each(|format| formed(format.name, &format.render(run)));
}

/// JSON is JSON, JUnit is XML, and a text has only colours of ours.
fn formed(format: &str, text: &str) {
    match format {
        "json" | "ctrf" | "gitlab" => drop(serde_json::from_str::<Value>(text).unwrap()),
        "ndjson" => text.lines().for_each(|line| drop(serde_json::from_str::<Value>(line).unwrap())),
        "junit" => {
            let forbidden =
                |c: char| (c < ' ' && !"\t\r\n".contains(c)) || matches!(c, '\u{fffe}' | '\u{ffff}');
            assert_eq!(text.chars().find(|c| forbidden(*c)), None, "no XML");
            quick_junit::Report::deserialize_from_str(text).unwrap();
        }
        _ => inert(&uncoloured(text)),
    }
}

/// The text without our colours: ESC, `[`, digits and semicolons, `m`.
fn uncoloured(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |before, part| {
        let end = part.find(|c: char| !(c.is_ascii_digit() || c == ';'));
        match end.map(|end| part.split_at(end)) {
            Some((_, rest)) if rest.starts_with('m') => before + &rest[1..],
            _ => before + "\u{1b}" + part,
        }
    })
}

/// Texts for the places of a record, one a line: whatever they are, the reports hold no more than they should.
fn reports(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut texts = text.split('\n').cycle();
    let mut next = || texts.next().unwrap_or_default();
    let lines = [
        json!({"line": "run", "schema": SCHEMA, "version": next(), "seed": 1, "now": next(), "speed": next(),
               "target": next(), "embedded": false, "insecure": false, "key": next()}),
        json!({"line": "scenario", "name": next(), "path": next(), "provider": next(), "revision": next(),
               "rerun": next()}),
        json!({"line": "callback", "scenario": 0, "id": next(), "event": next(), "class": "legal",
               "subject": next(), "faults": [next(), next()], "due_ms": 5, "why": next(), "place": next(),
               "accept": next(), "curl": next(), "body": {next(): next()}}),
    ];
    let mut record: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let id = lines[2]["id"].clone();
    let finding = json!({"check": next(), "ok": bytes.len().is_multiple_of(2), "expected": next(), "actual": next(),
                         "place": next()});
    let exchange = json!({"latency_ms": 1.5, "answer": {"status": 200, "body": next(),
                          "location": next(), "cut": true}, "error": {"kind": "incomplete", "text": next()}});
    for line in [
        json!({"line": "intent", "scenario": 0, "id": id, "n": 1, "sent_at": next(), "signed_for": 5}),
        json!({"line": "result", "scenario": 0, "id": id, "n": 1, "exchange": exchange}),
        json!({"line": "printed", "scenario": 0, "id": id, "lines": [next(), next()]}),
        json!({"line": "finding", "scenario": 0, "id": id, "finding": finding}),
        json!({"line": "outcome", "scenario": 0, "id": id, "outcome": "accepted"}),
        json!({"line": "finding", "scenario": 0, "id": null, "finding": finding}),
        json!({"line": "over", "scenario": 0}),
        json!({"line": "end", "stopped": next()}),
    ] {
        record.push_str(&format!("{line}\n"));
    }
    let run = RunRecord::read(Cursor::new(record.as_bytes())).unwrap();
    assert_eq!((run.ended, run.callbacks().count()), (true, 1), "this is no record any more: {record}");
    reported(&run);
}

/// A command line, one word a line: it is understood, or refused with a message.
fn arguments(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Err(message) = hookreel::cli::understand(text.split('\n').filter(|word| !word.contains('\0'))) {
        assert!(!message.is_empty());
    }
}
