//! Torture: every IO call of a run fails once in turn. Sums hold, nothing panics, and what was lost is never told as passed.

use std::io::{self, ErrorKind, Write};
use std::pin::Pin;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use hookreel::delivery::clock::Clock;
use hookreel::delivery::http::{ConnectionSettings, Http};
use hookreel::delivery::target::ReceiverUrl;
use hookreel::delivery::wire::{TimeLimit, play};
use hookreel::delivery::{Content, Journal, Request, Stop, Transport};
use hookreel::play::{Destination, Ending, Planned, RunJournal, Setup, planned};
use hookreel::problem::Source;
use hookreel::record::{Exchange, Line, Outcome, RunRecord, ScenarioLine};
use hookreel::request::WireStep;
use hookreel::speed::Speed;
use hookreel::verdict::{self, Verdict};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::engine;
use crate::stage::{KEY, Raw, exits, file, hookreel, one_callback, stderr, stdout};

/// The calls of all connections of a run, counted, and the one that fails.
struct Calls {
    seen: AtomicUsize,
    fails: usize,
    with: ErrorKind,
}

impl Calls {
    fn next(&self) -> io::Result<()> {
        let n = self.seen.fetch_add(1, Ordering::SeqCst);
        if n == self.fails { Err(self.with.into()) } else { Ok(()) }
    }
}

/// A connection of which one call fails.
struct Failing {
    stream: DuplexStream,
    calls: Arc<Calls>,
}

impl AsyncRead for Failing {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(cx, out) {
            // What came is lost with the call.
            Poll::Ready(done) => Poll::Ready(self.calls.next().inspect_err(|_| out.clear()).and(done)),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncWrite for Failing {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.calls.next()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.calls.next()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.calls.next()?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Connections in memory to a receiver that takes whole requests and answers 200.
struct Memory {
    calls: Arc<Calls>,
    /// Requests that the receiver saw whole, and those that it saw any byte of.
    whole: Arc<AtomicUsize>,
    begun: Arc<AtomicUsize>,
}

impl Transport for Memory {
    async fn send(&self, request: Request) -> Exchange {
        let (ours, theirs) = duplex(64);
        let Content::Plain(message) = request.content else { unreachable!("an ordinary callback") };
        let body = message.body;
        tokio::spawn(receive(theirs, body.len(), self.whole.clone(), self.begun.clone()));
        let half = body.len() / 2;
        let steps = [
            WireStep::Write(body.slice(..half)),
            WireStep::Dribble(body.slice(half..), 16, Duration::from_millis(1)),
            WireStep::Finish,
        ];
        let limit = TimeLimit { begun: Instant::now(), time: request.timeout };
        let stream = Failing { stream: ours, calls: self.calls.clone() };
        let (heard, _) = play(stream, &steps, limit, None).await;
        Exchange { latency_ms: 1.0, answer: heard.answer, error: heard.error, ..Exchange::default() }
    }
}

async fn receive(mut stream: DuplexStream, size: usize, whole: Arc<AtomicUsize>, begun: Arc<AtomicUsize>) {
    let mut body = vec![0; size];
    if stream.read_exact(&mut body[..1]).await.is_err() {
        return;
    }
    begun.fetch_add(1, Ordering::SeqCst);
    if stream.read_exact(&mut body[1..]).await.is_ok() {
        whole.fetch_add(1, Ordering::SeqCst);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"code\":0}").await;
        let _ = stream.read_to_end(&mut body).await;
    }
}

/// Plays three callbacks, with so many retries, while one call fails; whether it did.
async fn tortured(fails: usize, with: ErrorKind, retries: u32) -> bool {
    let calls = Arc::new(Calls { seen: AtomicUsize::new(0), fails, with });
    let memory = Arc::new(Memory { calls: calls.clone(), whole: Arc::default(), begun: Arc::default() });
    let journal = engine::play(vec![engine::lane(&[0, 1, 2], retries)], "max", &memory).await;
    let outcomes = journal.outcomes();
    let (mut intents, mut results, mut answered) = (0, 0, 0);
    for line in journal.lines() {
        match line {
            Line::Intent { .. } => intents += 1,
            Line::Result { exchange, .. } => {
                assert!(exchange.answer.is_some() || exchange.error.is_some(), "a result says something");
                results += 1;
                answered += usize::from(exchange.answer.is_some());
            }
            _ => {}
        }
    }
    let at = format!("call {fails} failed with {with:?}, {retries} retries: {outcomes:?}");
    let begun = memory.begun.load(Ordering::SeqCst);
    assert_eq!((outcomes.len(), results), (3, intents), "{at}");
    assert!(begun <= intents, "{at}: {begun} requests on the wire, {intents} intended");
    assert!(answered <= memory.whole.load(Ordering::SeqCst), "{at}: an answer to what never came whole");
    let accepted = outcomes.iter().filter(|outcome| **outcome == Outcome::Accepted).count();
    assert_eq!(accepted, answered, "{at}: accepted without an answer");
    if retries > 0 {
        assert_eq!(accepted, 3, "{at}: one failure is overcome by a retry");
    }
    calls.seen.load(Ordering::SeqCst) > fails
}

#[tokio::test(start_paused = true)]
async fn every_call_of_a_connection_fails_once_and_the_sums_hold() {
    let kinds =
        [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe, ErrorKind::UnexpectedEof, ErrorKind::Other];
    for (retries, with) in [0, 2].into_iter().flat_map(|retries| kinds.map(|kind| (retries, kind))) {
        let mut fails = 0;
        while tortured(fails, with, retries).await {
            fails += 1;
        }
        assert!(fails > 15, "only {fails} calls were tried");
    }
}

/// The disk is full after so many blocks of 512 bytes, at any byte of a line.
#[cfg(target_os = "linux")]
#[test]
fn a_record_that_cannot_be_written_at_any_byte_ends_the_run_loudly_and_never_passes() {
    let (folder, path) = one_callback("{retry: none}");
    let record = folder.path().join("record.jsonl");
    let (mut cut, mut whole) = (0, 0);
    // Another length of the first lines, and so another place in all that follow.
    for shift in 0..5 {
        let own = folder.path().join(format!("scenario{}.yaml", "-".repeat(shift * 101)));
        let own = own.to_str().filter(|own| own.len() < 255).map_or(path.clone(), str::to_owned);
        if own != path {
            std::fs::copy(&path, &own).unwrap();
        }
        for blocks in 1..40 {
            let receiver = Raw::statuses(&[200]);
            let _ = std::fs::remove_file(&record);
            let output = limited(blocks)
                .args(["run", &own, "-t", &receiver.port(), "--record"])
                .arg(&record)
                .output()
                .unwrap();
            let written = std::fs::read_to_string(&record).unwrap();
            let intents = written.matches("\"line\":\"intent\"").count();
            assert!(receiver.requests().len() <= intents, "sent, and not recorded: {written}");
            if output.status.code() == Some(0) {
                whole += 1;
                break;
            }
            cut += 1;
            exits(&output, 70);
            assert!(stderr(&output).contains("the record could not be written"), "{}", stderr(&output));
            assert!(!stdout(&output).contains("\npassed"), "{}", stdout(&output));
            let told = hookreel().arg("report").arg(&record).output().unwrap();
            let (code, text) = (told.status.code().unwrap(), stdout(&told));
            assert!(code != 0 && code < 70 && !text.contains("\npassed"), "{code} {text}{written}");
        }
    }
    assert!(whole == 5 && cut > 20, "{whole} whole, {cut} cut");
}

/// The program, with files of no more than so many blocks.
#[cfg(target_os = "linux")]
fn limited(blocks: u32) -> Command {
    let mut command = Command::new("sh");
    let program = hookreel();
    command.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
    command.arg(program.get_program()).env("NO_COLOR", "1").current_dir(file(""));
    command
}

/// A file of which one write fails, as on a disk that is full for a moment; every other one is kept.
struct FailsOnce {
    at: usize,
    written: usize,
    kept: Arc<Mutex<Vec<u8>>>,
}

impl Write for FailsOnce {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written += 1;
        if self.written == self.at + 1 {
            return Err(ErrorKind::StorageFull.into());
        }
        self.kept.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Two callbacks, planned.
fn two_callbacks() -> Planned {
    let text = format!(
        "provider: tencent\nrecording: {{mp4: {{cycle: 10m}}}}\nsigning: {{key: {KEY}}}\n\
         broadcast: [{{0s: push}}, {{15m: drop}}]\ndelivery: {{retry: none}}\n"
    );
    let source = Source { name: "scenario".into(), text };
    let loaded = hookreel::scenario::load(source, &Default::default()).unwrap();
    let clock = Clock::system();
    let conditions = planned::conditions(1, &clock, Speed::Max, None);
    Planned::of(vec![loaded], conditions, clock, 1).0
}

/// What is told of a run of which the n-th write of its record fails: the run, the error, and the requests that came.
async fn failing_once(at: usize) -> (RunRecord, io::Result<()>, usize, String) {
    let receiver = Raw::statuses(&[200]);
    let planned = two_callbacks();
    let target = ReceiverUrl::parse(&format!("http://127.0.0.1:{}/", receiver.port)).unwrap();
    let destination = Destination::given(target, false);
    let kept = Arc::new(Mutex::new(Vec::new()));
    let file = FailsOnce { at, written: 0, kept: kept.clone() };
    let (stop, _) = watch::channel(Stop::No);
    let record: Option<Box<dyn Write + Send>> = Some(Box::new(file));
    let journal = RunJournal::new(&planned, &destination, stop, Ending::default()).recorded(record);
    let journal = Arc::new(journal);
    let http = Arc::new(Http::new(ConnectionSettings::default()).unwrap());
    let secrets = planned.secrets([&destination.target], &[]);
    let setup = Setup { http, headers: Default::default(), jobs: 1, restart: None, secrets };
    let played = hookreel::play::play(&planned, &setup, &destination, &journal, &()).await;
    let (run, closed) = journal.close(|_| Vec::new());
    let kept = String::from_utf8(kept.lock().unwrap().clone()).unwrap();
    (run, played.and(closed), receiver.requests().len(), kept)
}

// GF5: the disk is full for one write, and has room again for the next.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_which_one_write_fails_is_told_of_and_has_no_line_after_the_gap() {
    let mut at = 0;
    loop {
        let (run, result, requests, kept) = failing_once(at).await;
        let read = RunRecord::read(kept.as_bytes()).unwrap();
        let intents = kept.matches("\"line\":\"intent\"").count();
        assert!(requests <= intents, "write {at}: {requests} requests, {intents} intended\n{kept}");
        if result.is_ok() {
            assert!(verdict::on_run(&run) == Verdict::Passed && verdict::on_run(&read) == Verdict::Passed);
            break;
        }
        assert_eq!(kept.lines().count(), at, "a line stands behind the gap: {kept}");
        for told in [&run, &read] {
            assert_ne!(verdict::on_run(told), Verdict::Passed, "write {at}: {kept}");
        }
        assert_eq!(run.stopped.as_deref(), Some(hookreel::verdict::RECORD_UNWRITTEN), "write {at}");
        at += 1;
    }
    assert!(at > 10, "only {at} writes were tried");
}

// GA1: the sum is no tautology.
#[test]
fn a_journal_that_is_handed_one_outcome_too_few_says_that_the_fault_is_ours() {
    let planned = two_callbacks();
    let ids: Vec<String> = planned.plays[0].callbacks.iter().map(|callback| callback.id.clone()).collect();
    for lost in [None, Some(0), Some(1)] {
        let destination = Destination::given(ReceiverUrl::parse("http://127.0.0.1:1/").unwrap(), false);
        let (stop, _) = watch::channel(Stop::No);
        let journal = RunJournal::new(&planned, &destination, stop, Ending::default());
        journal.note(Line::Scenario(ScenarioLine::default())).unwrap();
        for id in &ids {
            let line = serde_json::json!({
                "scenario": 0, "id": id, "event": "record", "class": "legal", "subject": "", "faults": [],
                "due_ms": 0, "why": "", "place": "", "accept": "", "curl": "", "body": {},
            });
            journal.note(Line::Callback(serde_json::from_value(line).unwrap())).unwrap();
        }
        for (_, id) in ids.iter().enumerate().filter(|(index, _)| Some(*index) != lost) {
            let outcome = Outcome::NotSent;
            journal.note(Line::Outcome { scenario: 0, id: id.clone(), outcome }).unwrap();
        }
        journal.note(Line::Over { scenario: 0 }).unwrap();
        let (run, closed) = journal.close(|_| Vec::new());
        closed.unwrap();
        let expected =
            "2 callbacks were planned, 1 outcomes were noted, and 1 are reported: a fault of hookreel";
        assert_eq!(verdict::miscounted(&run).as_deref(), lost.map(|_| expected));
        assert_ne!(verdict::on_run(&run), Verdict::Passed);
    }
}
