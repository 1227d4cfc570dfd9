//! Every way in which a command can end, in every format: text, JSON, JUnit and exit code say the same, and the record says it
//! again. What is not over has not passed.

use std::fs;
use std::io::{BufRead, BufReader, Cursor, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hookreel::record::Record;
use hookreel::record::load::LoadRun;
use hookreel::report::ReportFormat;
use serde_json::Value;

use crate::stage::{KEY, Raw, free_port, hangups_are_ignored, hookreel, vacant};

/// Who is called.
#[derive(Clone, Copy)]
enum Called {
    /// The embedded receiver, or whoever the command line names.
    Own,
    /// Nobody is there.
    Nobody,
    /// Answers with this status; what it stores is an empty list.
    Says(u16),
    /// The same, but does not answer the n-th callback before the command has ended.
    HoldsAt(usize),
    /// Accepts callbacks, and does not say what it stores when it is asked for the second time.
    HoldsTheState,
    /// Never answers.
    Hangs,
    /// Answers so many callbacks, and is gone.
    Dies(usize),
    /// Closes the first connection without an answer, as one that is just restarted, and then answers.
    Restarts,
    /// Is never ready.
    NeverReady,
}

/// When the command is ended, and by which signal.
#[derive(Clone, Copy)]
enum Ended {
    ByItself,
    /// When the receiver holds its answer back.
    Held(&'static str),
    /// When this line stands in the record.
    Line(&'static str, &'static str),
}

struct Situation {
    name: &'static str,
    /// PORT, DIR stand for the receiver's port and a folder with scenarios.
    args: &'static str,
    called: Called,
    ended: Ended,
    /// Exit code; none = killed.
    code: Option<i32>,
    /// That of a record of which the command was killed.
    again: i32,
    /// Where the moment decides: this one is right, too.
    other: Option<i32>,
    /// The verdict in the JSON report; empty = nothing was begun, and there is no report.
    verdicts: &'static [&'static str],
}

const fn of(
    name: &'static str,
    args: &'static str,
    called: Called,
    code: i32,
    verdicts: &'static [&'static str],
) -> Situation {
    Situation {
        name,
        args,
        called,
        ended: Ended::ByItself,
        code: Some(code),
        again: 1,
        other: None,
        verdicts,
    }
}

const fn stopped(
    name: &'static str,
    args: &'static str,
    called: Called,
    ended: Ended,
    code: i32,
) -> Situation {
    Situation {
        name,
        args,
        called,
        ended,
        code: Some(code),
        again: 1,
        other: None,
        verdicts: &["incomplete", "failed"],
    }
}

const fn killed(name: &'static str, args: &'static str, called: Called, ended: Ended) -> Situation {
    Situation { name, args, called, ended, code: None, again: 1, other: None, verdicts: &["incomplete"] }
}

/// Where the moment decides whether something has failed.
const fn or(other: i32, situation: Situation) -> Situation {
    Situation { other: Some(other), verdicts: &["incomplete", "failed"], ..situation }
}

/// Of a command that makes no reports.
const fn silent(situation: Situation) -> Situation {
    Situation { verdicts: NO_REPORT, ..situation }
}

const PASSED: &[&str] = &["passed"];
const FAILED: &[&str] = &["failed"];
const INCOMPLETE: &[&str] = &["incomplete"];
const NOTHING: &[&str] = &["nothing_checked"];
const NO_REPORT: &[&str] = &[];

const RUN: &str = "run @huawei/cycle -t PORT --max-failures 0";
const STATE: &str = "run DIR/state.yaml -t PORT";
const SEND: &str = "send tencent record -t PORT";
const AUDIT: &str = "audit tencent --case A1,C51,M250 -t PORT";
const LOAD: &str =
    "load @tencent/single-file -t PORT --rate 50/s --duration 1s --drain 100ms --timeout 300ms -q";
const TIMED: &str = "load @tencent/single-file -t PORT --rate 50/s --duration 200ms -q --threshold p99<1us";
/// In steps of a tenth of a second ten callbacks are 100/s, however fast the machine is.
const LIMIT: &str = "load @tencent/single-file -t PORT --find-limit --rate 50/s --duration 100ms --drain 100ms -q \
                     --threshold accepted<=10 --threshold p99<10s";
const SEARCH: &str =
    "load @tencent/single-file -t PORT --find-limit --rate 50/s --duration 500ms -q --threshold p99<10s";
const SHRINK_LONG: &str = "shrink DIR/one.yaml -t PORT --out DIR/OUT.min.yaml";
const SHRINK: &str = "shrink DIR/one.yaml -t PORT --out DIR/OUT.min.yaml --timeout 100ms";

use Called::{Dies, Hangs, HoldsAt, HoldsTheState, NeverReady, Nobody, Own, Restarts, Says};
use Ended::{Held, Line};

/// Every command and every end.
const TABLE: &[Situation] = &[
    of("run, passed", RUN, Says(200), 0, PASSED),
    of("run with a state, passed", STATE, Says(200), 0, PASSED),
    of("run, failed", RUN, Says(403), 1, FAILED),
    of(
        "run, failed alike and called off",
        "run @huawei/cycle -t PORT --max-failures 2",
        Says(403),
        1,
        FAILED,
    ),
    of("run, refused", "run DIR/broken.yaml -t PORT", Says(200), 2, NO_REPORT),
    of(
        "run, set-up wrong",
        "run @huawei/normal -t PORT --state http://127.0.0.1:PORT/object",
        Says(200),
        2,
        FAILED,
    ),
    of("run, nobody there", RUN, Nobody, 3, FAILED),
    of("run, hanging", "run DIR/one.yaml -t PORT --timeout 100ms", Hangs, 1, FAILED),
    of("run, receiver dies", RUN, Dies(2), 1, FAILED),
    of("run, receiver restarts", "run DIR/retried.yaml -t PORT", Restarts, 0, PASSED),
    of("run, receiver restarts, no retry", "run DIR/one.yaml -t PORT", Restarts, 1, FAILED),
    of("run, a fault hits nobody", "run DIR/missed.yaml -t PORT", Says(200), 0, PASSED),
    of("run, nothing due", "run DIR/nothing.yaml -t PORT", Says(200), 4, NOTHING),
    of(
        "run, nothing due beside what passes",
        "run DIR/nothing.yaml DIR/one.yaml -t PORT",
        Says(200),
        0,
        PASSED,
    ),
    killed("run, killed in an exchange", RUN, HoldsAt(2), Held("KILL")),
    stopped("run, SIGINT in an exchange", RUN, HoldsAt(2), Held("INT"), 130),
    stopped("run, SIGTERM in an exchange", RUN, HoldsAt(2), Held("TERM"), 143),
    stopped("run, SIGHUP in an exchange", RUN, HoldsAt(2), Held("HUP"), 129),
    killed("run, killed while the state is asked", STATE, HoldsTheState, Held("KILL")),
    stopped("run, SIGINT while the state is asked", STATE, HoldsTheState, Held("INT"), 130),
    stopped("run, SIGTERM while the state is asked", STATE, HoldsTheState, Held("TERM"), 143),
    killed(
        "run, killed between retries",
        "run DIR/begun.yaml --speed 1x -t PORT",
        Says(500),
        Line("result", "KILL"),
    ),
    stopped(
        "run, SIGINT between retries",
        "run DIR/begun.yaml --speed 1x -t PORT",
        Says(500),
        Line("result", "INT"),
        130,
    ),
    stopped(
        "run, SIGINT before the receiver is ready",
        "run @huawei/cycle -t PORT --wait-http /ready --wait-for 60s",
        NeverReady,
        Held("INT"),
        130,
    ),
    of("run, gave up", "run DIR/retried.yaml -t PORT", Says(500), 1, FAILED),
    of(
        "run, stopped at the first failure",
        "run DIR/one.yaml DIR/retried.yaml -t PORT --fail-fast",
        Says(403),
        1,
        FAILED,
    ),
    of(
        "run, an edition lacks one of two",
        "run @huawei/normal @push --revision 2020-03 -t PORT",
        Says(200),
        0,
        PASSED,
    ),
    of("run, the edition lacks it", "run @push --revision 2020-03 -t PORT", Says(200), 4, NOTHING),
    of("send, passed", SEND, Says(200), 0, PASSED),
    of("send, failed", SEND, Says(403), 1, FAILED),
    of("send, refused", "send tencent nothing-of-this-name -t PORT", Says(200), 2, NO_REPORT),
    of("send, nobody there", SEND, Nobody, 3, FAILED),
    of("send, hanging", "send tencent record -t PORT --timeout 100ms", Hangs, 1, FAILED),
    killed("send, killed", SEND, HoldsAt(0), Held("KILL")),
    stopped("send, SIGINT", SEND, HoldsAt(0), Held("INT"), 130),
    stopped("send, SIGTERM", SEND, HoldsAt(0), Held("TERM"), 143),
    of("audit, passed", "audit tencent --case A1,C51", Own, 0, PASSED),
    of("audit, failed", "audit tencent --case A1,C51 -t PORT", Says(200), 1, FAILED),
    of(
        "audit, failed and known",
        "audit tencent --case A1,C51 -t PORT --baseline DIR/known",
        Says(200),
        0,
        PASSED,
    ),
    of("audit, known to fail and passes", "audit tencent --case A1,C51 --baseline DIR/known", Own, 0, PASSED),
    of("audit, failed and not counted", "audit tencent --case A1,C59 -t PORT", Says(200), 0, PASSED),
    of("audit, failed and counted", "audit tencent --case A1,C59 -t PORT --strict", Says(200), 1, FAILED),
    of("audit, a case skipped", "audit tencent --case A1,A25", Own, 0, PASSED),
    of("audit, all cases skipped", "audit tencent --case A25", Own, 4, NOTHING),
    of("audit, refused", "audit tencent --case Z99 -t PORT", Says(200), 2, NO_REPORT),
    of("audit, plain callback rejected", "audit tencent --case A1,C51 -t PORT", Says(403), 3, INCOMPLETE),
    of("audit, nobody there", "audit tencent --case A1,C51 -t PORT", Nobody, 3, INCOMPLETE),
    of(
        "audit, state not to be judged",
        "audit tencent --case A1,C51 -t PORT --state http://127.0.0.1:PORT/object",
        Says(200),
        2,
        INCOMPLETE,
    ),
    of(
        "audit, file not in the state",
        "audit tencent --case A1,C51 -t PORT --state http://127.0.0.1:PORT/list",
        Says(200),
        2,
        INCOMPLETE,
    ),
    of("audit, hanging", "audit tencent --case A1,C51 -t PORT --timeout 100ms", Hangs, 3, INCOMPLETE),
    or(1, of("audit, receiver dies", AUDIT, Dies(2), 3, INCOMPLETE)),
    killed("audit, killed", AUDIT, HoldsAt(2), Held("KILL")),
    stopped("audit, SIGINT", AUDIT, HoldsAt(2), Held("INT"), 130),
    stopped("audit, SIGTERM", AUDIT, HoldsAt(2), Held("TERM"), 143),
    of("load, passed", "load @tencent/single-file --rate max --count 20 -q", Own, 0, PASSED),
    of("load, failed", LOAD, Says(403), 5, FAILED),
    of("load, one threshold failed", TIMED, Says(200), 5, FAILED),
    of(
        "load, everything may fail",
        "load @tencent/single-file -t PORT --rate 50/s --duration 200ms -q --threshold errors<=100%",
        Says(403),
        0,
        PASSED,
    ),
    of("load, refused", "load @tencent/single-file --rate 0/s -t PORT", Says(200), 2, NO_REPORT),
    of("load, nobody there", LOAD, Nobody, 3, INCOMPLETE),
    of("load, hanging", LOAD, Hangs, 5, FAILED),
    of("load, receiver dies", LOAD, Dies(9), 5, FAILED),
    of("load, nothing due", "load DIR/nothing.yaml -t PORT -q", Says(200), 4, NOTHING),
    or(5, killed("load, killed in its first second", LOAD, HoldsAt(2), Held("KILL"))),
    or(
        5,
        killed(
            "load, killed later",
            "load @tencent/single-file -t PORT --rate max --connections 4 --duration 60s -q",
            Says(200),
            Line("second", "KILL"),
        ),
    ),
    stopped(
        "load, SIGINT",
        "load @tencent/single-file -t PORT --rate max --connections 4 --duration 60s -q",
        HoldsAt(2),
        Held("INT"),
        130,
    ),
    stopped(
        "load, SIGTERM",
        "load @tencent/single-file -t PORT --rate max --connections 4 --duration 60s -q",
        HoldsAt(2),
        Held("TERM"),
        143,
    ),
    stopped(
        "load, SIGINT before the receiver is ready",
        "load @tencent/single-file -t PORT -q --wait-http /ready --wait-for 60s",
        NeverReady,
        Held("INT"),
        130,
    ),
    of("search, passed", LIMIT, Says(200), 0, PASSED),
    of(
        "search, not even the lowest rate",
        "load @tencent/single-file -t PORT --find-limit --rate 50/s --duration 100ms -q --threshold p99<1us",
        Says(200),
        5,
        FAILED,
    ),
    of("search, failed alike", LIMIT, Says(403), 5, FAILED),
    of(
        "search, refused",
        "load @tencent/single-file --find-limit --rate max -t PORT",
        Says(200),
        2,
        NO_REPORT,
    ),
    of("search, nobody there", LIMIT, Nobody, 3, INCOMPLETE),
    of("search, nothing due", "load DIR/nothing.yaml -t PORT --find-limit -q", Says(200), 4, NOTHING),
    killed("search, killed in a step", SEARCH, HoldsAt(20), Held("KILL")),
    stopped("search, SIGINT in a step", SEARCH, HoldsAt(20), Held("INT"), 130),
    of("shrink, passed", SHRINK, Says(200), 0, NO_REPORT),
    of("shrink, failed", SHRINK, Says(403), 1, NO_REPORT),
    of("shrink, refused", "shrink DIR/broken.yaml -t PORT --out DIR/OUT.min.yaml", Says(200), 2, NO_REPORT),
    of("shrink, nobody there", SHRINK, Nobody, 3, NO_REPORT),
    of("shrink, hanging", SHRINK, Hangs, 1, NO_REPORT),
    of(
        "shrink, nothing due",
        "shrink DIR/nothing.yaml -t PORT --out DIR/OUT.min.yaml",
        Says(200),
        4,
        NO_REPORT,
    ),
    silent(stopped("shrink, SIGINT", SHRINK_LONG, HoldsAt(0), Held("INT"), 130)),
    silent(stopped("shrink, SIGTERM", SHRINK_LONG, HoldsAt(0), Held("TERM"), 143)),
];

// F1, F2, F18, F20, T20.
#[test]
fn every_format_exit_code_and_record_say_the_same_in_every_situation() {
    let begun = Instant::now();
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while let Some(situation) = TABLE.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if situation.name.contains("SIGHUP") && hangups_are_ignored() {
                        continue;
                    }
                    let told = situation.told();
                    wrong.lock().unwrap().extend(told.iter().map(|why| format!("{}: {why}", situation.name)));
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), TABLE.len(), wrong.join("\n"));
    println!("{} situations in {:?}", TABLE.len(), begun.elapsed());
}

fn scenarios(folder: &Path, port: &str) {
    let one = format!("provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\n");
    let due = "broadcast: [{0s: push}, {5m: drop}]\n";
    let write = |name: &str, text: String| fs::write(folder.join(name), text).unwrap();
    write("one.yaml", format!("{one}{due}delivery: {{retry: none}}\n"));
    write("retried.yaml", format!("{one}{due}delivery: {{retry: {{attempts: 2, interval: 60s}}}}\n"));
    let huawei = format!("provider: huawei\nrecording: {{hls: {{}}}}\nsigning: {{key: {KEY}}}\n");
    // Its only callback is due at once, and sent again after a minute.
    let begun = "subscribe: [RECORD_START]\ndelivery: {retry: {attempts: 2, interval: 60s}}\n";
    write("begun.yaml", format!("{huawei}{due}{begun}"));
    let state = format!("expect: {{state: [{{get: \"http://127.0.0.1:{port}/\", unchanged: true}}]}}\n");
    write("state.yaml", format!("{one}{due}{state}"));
    write("nothing.yaml", format!("{one}broadcast: [{{0s: push}}, {{5m: drop}}]\nsubscribe: []\n"));
    write("missed.yaml", format!("{one}{due}faults: [{{duplicate: {{chance: 0.000001}}}}]\n"));
    write("broken.yaml", format!("{one}broadcast: [{{0s: pull}}]\n"));
    write("known", "C51 # known\n".into());
}

/// What a receiver tells and is told.
struct Stage {
    port: String,
    /// It holds an answer back.
    held: Receiver<()>,
    /// Dropped = it goes on.
    _go_on: Sender<()>,
}

impl Called {
    fn start(self) -> Stage {
        let ((tell, held), (go_on, wait)) = (channel(), channel::<()>());
        let hold = Mutex::new((tell, wait));
        // Ends when the command has.
        let hold = move || {
            let hold = hold.lock().unwrap();
            let _ = hold.0.send(());
            let _ = hold.1.recv();
        };
        let posts = Arc::new(AtomicUsize::new(0));
        let gets = AtomicUsize::new(0);
        let port = match self {
            Self::Own => String::new(),
            Self::Nobody => format!("http://{}/", vacant()),
            Self::Dies(after) => dying(after),
            _ => Raw::serve_each(move |request, stream| self.answer(request, stream, (&posts, &gets), &hold))
                .port(),
        };
        Stage { port, held, _go_on: go_on }
    }

    fn answer(
        self,
        request: &[u8],
        stream: &mut TcpStream,
        (posts, gets): (&AtomicUsize, &AtomicUsize),
        hold: &dyn Fn(),
    ) -> bool {
        if request.starts_with(b"GET") {
            let n = gets.fetch_add(1, Ordering::SeqCst);
            let body = match self {
                Self::HoldsTheState if n == 1 => {
                    hold();
                    return false;
                }
                Self::NeverReady => {
                    if n == 0 {
                        hold();
                    }
                    return false;
                }
                _ if request.starts_with(b"GET /object") => "{}",
                _ => "[]",
            };
            return write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok();
        }
        let n = posts.fetch_add(1, Ordering::SeqCst);
        let status = match self {
            Self::Says(status) => status,
            Self::Hangs => {
                hold();
                return false;
            }
            Self::HoldsAt(at) if n == at => {
                hold();
                return false;
            }
            Self::Restarts if n == 0 => return false,
            _ => 200,
        };
        write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\n{{}}").is_ok()
    }
}

/// The port of a receiver that answers so many requests, one to a connection, and then is gone. No other test takes the port afterwards.
fn dying(after: usize) -> String {
    let port = free_port();
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    std::thread::spawn(move || {
        let mut answered = 0;
        for mut stream in listener.incoming().flatten() {
            // A connection by which a load looks whether somebody is there brings no request.
            if crate::stage::read_request(&mut BufReader::new(stream.try_clone().unwrap())).is_some() {
                let _ =
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                answered += 1;
            }
            if answered >= after {
                return;
            }
        }
    });
    port
}

impl Situation {
    /// What is wrong with what is told.
    fn told(&self) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let stage = self.called.start();
        scenarios(folder.path(), &stage.port);
        let filled = self.args.replace("PORT", &stage.port);
        let filled = filled.replace("DIR", &folder.path().display().to_string());
        let mut command = self.command(&filled, path);
        let feed = matches!(self.ended, Ended::Line(..)).then(|| Feed::open(&path("record")));
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = self.end(child, &stage, feed.as_ref());
        drop(stage);
        if let Some(feed) = feed {
            feed.keep(&path("record"));
        }
        let mut wrong = Vec::new();
        if self.args.contains("missed.yaml") {
            let untold = ["record", "text", "json", "junit"].into_iter();
            let untold = untold.filter(|name| !fs::read_to_string(path(name)).unwrap().contains("by chance"));
            wrong.extend(untold.map(|name| format!("the {name} does not say that a fault hit nobody")));
        }
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let ended = output.status.code();
        if ended != self.code && (ended.is_none() || ended != self.other) {
            wrong.push(format!("exit {:?}, not {:?}\n{said}", output.status.code(), self.code));
        }
        let read = |name: &str| fs::read_to_string(path(name)).ok().filter(|text| !text.is_empty());
        if self.verdicts.is_empty() {
            for name in ["record", "text", "json", "junit"] {
                wrong.extend(read(name).map(|text| format!("there is a {name}:\n{text}")));
            }
            return wrong;
        }
        let Some(again) = read("record").and_then(|text| Told::of(&text)) else {
            wrong.push(format!("there is no record\n{said}"));
            return wrong;
        };
        if self.code.is_some() {
            let written = [read("text"), read("json"), read("junit")].map(Option::unwrap_or_default);
            let [text, json, junit] = written;
            let told = Told { text, json, junit, others: Vec::new() };
            // An audit's text is its scorecard, which the command line makes.
            run_code(&["report", &path("record"), "--report", &format!("text={}", path("text again"))]);
            let second = read("text again").unwrap_or_default();
            if told.unstamped() != again.unstamped() || told.text != second {
                wrong.push(format!("the record tells something else:\n{second}\nand not\n{}", told.text));
            }
        }
        let code = run_code(&["report", &path("record")]);
        let expected = ended.unwrap_or(self.again);
        if code != Some(expected) && (ended.is_some() || code != self.other) {
            wrong.push(format!("report exits {code:?}, not {expected}\n{}", again.text));
        }
        if self.name.starts_with("audit, SIG") {
            wrong.extend(again.untold("--resume plays what was skipped"));
        }
        wrong.extend(again.alike(code.unwrap_or_default(), self.verdicts));
        wrong
    }

    /// With a record and every report, where it makes some.
    fn command(&self, line: &str, path: impl Fn(&str) -> String) -> Command {
        let mut command = hookreel();
        command.args(line.split_whitespace());
        if !self.args.starts_with("shrink") {
            command.args(["--record", &path("record"), "--report", &format!("text={}", path("text"))]);
            command.args([
                "--report",
                &format!("json={}", path("json")),
                "--report",
                &format!("junit={}", path("junit")),
            ]);
        }
        command
    }

    fn end(&self, child: Child, stage: &Stage, feed: Option<&Feed>) -> Output {
        let patience = Duration::from_secs(60);
        let signal = match self.ended {
            Ended::ByItself => return child.wait_with_output().unwrap(),
            Ended::Held(signal) => stage.held.recv_timeout(patience).map(|()| signal),
            Ended::Line(line, signal) => {
                let wanted = format!("\"line\":\"{line}\"");
                let lines = &feed.unwrap().lines;
                std::iter::repeat_with(|| lines.recv_timeout(patience))
                    .find(|read| read.as_ref().map_or(true, |read| read.contains(&wanted)))
                    .unwrap()
                    .map(|_| signal)
            }
        };
        let signal = signal.unwrap_or("KILL");
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        child.wait_with_output().unwrap()
    }
}

fn run_code(args: &[&str]) -> Option<i32> {
    hookreel().args(args).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().code()
}

/// A record that is read while it is written: through a pipe with a name.
struct Feed {
    lines: Receiver<String>,
    kept: Arc<Mutex<Vec<u8>>>,
    path: String,
    reading: std::thread::JoinHandle<()>,
}

impl Feed {
    fn open(path: &str) -> Self {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
        // Open for writing, too: it does not end when the first writer closes it.
        let pipe = fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
        let (kept, (tell, lines)) = (Arc::new(Mutex::new(Vec::new())), channel());
        let keep = kept.clone();
        let reading = std::thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let mut line = Vec::new();
            while pipe.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) && !line.ends_with(b"\x04\n") {
                keep.lock().unwrap().extend_from_slice(&line);
                let _ = tell.send(String::from_utf8_lossy(&line).into_owned());
                line.clear();
            }
            let torn = line.len().saturating_sub(2);
            keep.lock().unwrap().extend_from_slice(&line[..torn]);
        });
        Self { lines, kept, path: path.into(), reading }
    }

    /// Puts a file with what was written in its place.
    fn keep(self, path: &str) {
        fs::OpenOptions::new().write(true).open(&self.path).unwrap().write_all(b"\x04\n").unwrap();
        self.reading.join().unwrap();
        fs::remove_file(&self.path).unwrap();
        fs::write(path, &*self.kept.lock().unwrap()).unwrap();
    }
}

/// The reports of a run.
struct Told {
    text: String,
    json: String,
    junit: String,
    /// By name, from the record alone.
    others: Vec<(&'static str, String)>,
}

impl Told {
    /// From its record.
    fn of(record: &str) -> Option<Self> {
        let record = Record::open(Cursor::new(record.as_bytes())).ok()?;
        let load = match record {
            Record::Run(run) => return Some(Self::by(|format| format.render(&*run))),
            Record::Search(search) => return Some(Self::by(|format| format.render(&*search))),
            Record::Load(shard) => LoadRun::merge(vec![("record".to_owned(), *shard)]).ok()?,
        };
        Some(Self::by(|format| format.render(&load)))
    }

    fn by(render: impl Fn(&ReportFormat) -> String) -> Self {
        let of = |name| ReportFormat::named(name).map(&render).unwrap_or_default();
        let (text, json, junit) = (of("text"), of("json"), of("junit"));
        let others =
            ["markdown", "github", "gitlab", "tap", "ctrf", "ndjson", "html"].map(|name| (name, of(name)));
        Self { text: anstream::adapter::strip_str(&text).to_string(), json, junit, others: others.into() }
    }

    /// Reports for people and CI systems that do not say this.
    fn untold(&self, hint: &str) -> Vec<String> {
        let told = ["markdown", "html", "tap", "ctrf"];
        let untold =
            self.others.iter().filter(|(name, told_by)| told.contains(name) && !told_by.contains(hint));
        untold.map(|(name, report)| format!("{name} does not say `{hint}`:\n{report}")).collect()
    }

    /// Without what the JUnit writer stamps by itself.
    fn unstamped(&self) -> (&str, String) {
        let junit = self.junit.lines().filter(|line| !line.contains("<testsuites")).collect();
        (&self.json, junit)
    }

    /// What of them does not go together with the exit code or the verdict.
    fn alike(&self, code: i32, verdicts: &[&str]) -> Vec<String> {
        let mut wrong = Vec::new();
        let json: Value = serde_json::from_str(&self.json).unwrap();
        let verdict = json["verdict"].as_str().unwrap_or_default();
        if !verdicts.contains(&verdict) {
            wrong.push(format!("JSON says {verdict}, not {}\n{}", verdicts.join(" or "), self.text));
        }
        let headline = format!("{}: ", verdict.replace('_', " "));
        let block = verdict == "failed" && self.text.contains("\nfailed: ");
        if !block && !self.text.lines().any(|line| line.starts_with(&headline)) {
            wrong.push(format!("the text does not say `{headline}`\n{}", self.text));
        }
        let count = |word: &str| self.junit.matches(word).count();
        let (failed, errors, skips) = (count("<failure"), count("<error"), count("<skipped"));
        let green = count("<testcase ") - failed - errors - skips;
        let right = match verdict {
            "passed" => failed + errors == 0 && green > 0 && code == 0,
            "failed" => failed > 0 && code != 0,
            "incomplete" => failed == 0 && errors > 0 && code != 0,
            // An error: red, as the exit code is, and no failure of the receiver.
            "nothing_checked" => failed + green == 0 && errors == 1 && code == 4,
            _ => false,
        };
        if !right {
            wrong.push(format!("JUnit: {failed} failures, {errors} errors, {skips} skipped, {green} passed; JSON {verdict}, exit {code}\n{}", self.junit));
        }
        let bad = self.others.iter().filter(|(name, report)| {
            !crate::formats::agrees(
                name,
                report,
                (&verdict.replace('_', " "), [green, failed + errors, skips]),
            )
        });
        wrong.extend(
            bad.map(|(name, report)| format!("{name} does not agree with JUnit:\n{report}\n{}", self.junit)),
        );
        wrong
    }
}
