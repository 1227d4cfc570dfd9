//! What a stranger reads about receivers re-created from public code, and about the mistakes of a first contact.
//!
//! One row is a receiver, a command, and what must be said: the exit code, at most so many lines, the cause in the first three, the
//! words that lead to it, and the words that would lead away. The receivers are those of `tests/receivers`.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::peers::{Peer, holds, interpreter, say, unless_pending};
use crate::stage::{file, scenario, vacant};

/// Rows that are not yet as they should be. One that passes fails the test, so that it leaves this list.
const PENDING: &[&str] = &[];

/// A receiver, a command, and what must be said.
struct Row {
    name: &'static str,
    receiver: &'static str,
    command: String,
    scenario: &'static str,
    exit: i32,
    lines: usize,
    first: Vec<&'static str>,
    says: Vec<&'static str>,
    never: Vec<&'static str>,
}

/// `{port}`, `{url}` and `{state}` of the command are the receiver's, `{key}` names the key. A receiver `exec NAME WORDS` is
/// started by the command itself (`{exec}`, `{target}`).
fn row(name: &'static str, receiver: &'static str, command: &str) -> Row {
    let command = command.to_owned();
    let (first, says, never) = (vec![], vec![], vec![]);
    Row { name, receiver, command, scenario: "", exit: 0, lines: 100, first, says, never }
}

impl Row {
    fn exit(mut self, exit: i32) -> Self {
        self.exit = exit;
        self
    }

    fn lines(mut self, lines: usize) -> Self {
        self.lines = lines;
        self
    }

    /// In the first three lines.
    fn first(mut self, first: &[&'static str]) -> Self {
        self.first = first.to_vec();
        self
    }

    fn says(mut self, says: &[&'static str]) -> Self {
        self.says = says.to_vec();
        self
    }

    fn never(mut self, never: &[&'static str]) -> Self {
        self.never = never.to_vec();
        self
    }

    /// A scenario of one's own: `{scenario}` in the command is its file.
    fn scenario(mut self, text: &'static str) -> Self {
        self.scenario = text;
        self
    }

    /// None where the receiver cannot run here.
    fn play(&self) -> Option<()> {
        let (peer, started) = match self.receiver.strip_prefix("exec ") {
            Some(receiver) => (None, receiver),
            None => (Some(Peer::start(self.receiver)?), ""),
        };
        let command = match &peer {
            Some(peer) => self
                .command
                .replace("{port}", &peer.port)
                .replace("{url}", &peer.url())
                .replace("{state}", &peer.state()),
            None => by_exec(&self.command, started),
        };
        let state = peer.as_ref().map(Peer::state).unwrap_or_default();
        let (_folder, path) = scenario(&self.scenario.replace("{state}", &state));
        let command = command.replace("{key}", "--secret-env CALLBACK_KEY").replace("{scenario}", &path);
        let limit = if PENDING.contains(&self.name) { 5 } else { 60 };
        let said = say(&command, Duration::from_secs(limit));
        self.judge(&command, &said.all(), said.exit);
        Some(())
    }

    fn judge(&self, command: &str, all: &str, exit: Option<i32>) {
        let context = format!("{} ({}): hookreel {command}\n{all}", self.name, self.receiver);
        assert_eq!(exit, Some(self.exit), "{context}");
        let lines = all.lines().count();
        assert!(lines <= self.lines, "{lines} lines, at most {}: {context}", self.lines);
        let head = all.lines().filter(|line| !line.trim().is_empty()).take(3).collect::<Vec<_>>().join("\n");
        for wanted in &self.first {
            assert!(holds(&head, wanted), "`{wanted}` is not in the first three lines: {context}");
        }
        for wanted in &self.says {
            assert!(holds(all, wanted), "`{wanted}` is not said: {context}");
        }
        for unwanted in &self.never {
            assert!(!holds(all, unwanted), "`{unwanted}` is said: {context}");
        }
    }
}

fn by_exec(command: &str, receiver: &str) -> String {
    let address = vacant();
    let (script, words) = receiver.split_once(' ').unwrap_or((receiver, ""));
    let path = file("tests/receivers").join(script);
    let exec = format!("'exec {} {} {address} {words}'", interpreter(script), path.display());
    command.replace("{exec}", &exec).replace("{target}", &format!("http://{address}/"))
}

/// Plays the rows, several at a time: most of their time is waiting.
fn play(rows: &[Row]) {
    let (next, failures, skipped) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let checked = std::panic::catch_unwind(|| {
                        let mut played = true;
                        let mut check = || played = row.play().is_some();
                        if PENDING.contains(&row.name) {
                            unless_pending(PENDING, row.name, check);
                        } else {
                            check();
                        }
                        played
                    });
                    match checked {
                        Ok(true) => {}
                        Ok(false) => skipped.lock().unwrap().push(row.name),
                        Err(_) => failures.lock().unwrap().push(row.name),
                    }
                }
            });
        }
    });
    println!("skipped, not installed: {:?}", skipped.lock().unwrap());
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} rows failed (see above): {failures:#?}", failures.len());
}

const TENCENT: &str = "run @tencent -t {port} {key} --seed random";
/// Messages as a page has them, and as none was captured: without `video_id`.
const PAGE: &str = "run @revisions/tencent-2022-11 -t {port} {key} --seed random";
const NOT_TESTED: &[&str] = &["not tested", "duplicates", "hookreel audit", "--state"];
const CODE_0: &str = "--expect '{accept: {json: {\"$.code\": 0}}}'";

/// The receivers of public code.
#[expect(clippy::too_many_lines, reason = "a table")]
fn public() -> Vec<Row> {
    let expect = |command: &str| format!("{command} {CODE_0}");
    let same = "--expect '{accept: {status: 200}, reject: {status: 200}}'";
    vec![
        row("greenlive passes a run, and what was not tested is said", "greenlive.py", TENCENT).says(NOT_TESTED),
        row(
            "greenlive answers all hostile callbacks alike, and that is said first",
            "greenlive.py",
            "audit tencent -t {port} {key} --quick",
        )
        .exit(1)
        .first(&["hostile"])
        .says(&["were answered 200 {\"code\":0}", "--expect", "--state"]),
        row(
            "greenlive by its state: duplicates and expired signatures, nothing about forged ones",
            "greenlive.py",
            &format!("audit tencent -t {{port}} {{key}} --state {{state}} {same} --case A1,B29,C48,C49 -q"),
        )
        .exit(1)
        .says(&["A1", "B29", "2 times|twice"])
        .never(&["C48", "C49", "expected status 200, got status 200"]),
        row("sky passes a run", "sky.py", TENCENT).says(NOT_TESTED),
        row(
            "sky keeps its list inside an object, and the way to it is said",
            "sky.py",
            "audit tencent -t {port} {key} --state {state}",
        )
        .exit(2)
        .lines(15)
        .first(&["--state|state"])
        .says(&["object", "{\"code\":0,\"data\"", "--state-path", "$.data.list"]),
        row(
            "sky by its own words and its own list: duplicates",
            "sky.py",
            &expect("audit tencent -t {port} {key} --state {state} --state-path $.data.list --case A1,C48 -q"),
        )
        .exit(1)
        .says(&["A1", "2 times|twice"])
        .never(&["C48"]),
        row("django fails on every callback, told once with its own words", "django.py", TENCENT)
            .exit(1)
            .lines(15)
            .first(&["500"])
            .says(&["User matching query does not exist", "log"]),
        row(
            "django does not know the stream of an audit",
            "django.py",
            "audit tencent -t {port} {key} --state {state}",
        )
        .exit(3)
        .lines(15)
        .first(&["500"])
        .says(&["User matching query does not exist", "log", "--stream"]),
        row(
            "django with a stream that it knows: forged signatures are taken",
            "django.py room1",
            "audit tencent -t {port} {key} --stream room1 --state {state} --case C48,C49 -q",
        )
        .exit(1)
        .says(&["C48", "C49"]),
        row(
            "haxibiao never closes a room, and a state of one's own finds it",
            "haxibiao.py",
            "run {scenario} -t {port} {key}",
        )
        .scenario(
            "provider: tencent\nrecording: {mp4: {}}\nsubscribe: [push, interrupt, record]\nstream: {name: room_42}\n\
             broadcast: [{0s: push}, {10m: drop}]\n\
             expect: {state: [{name: the room, get: '{state}', json: {$.rooms.room_42: closed}}]}\n",
        )
        .exit(1)
        .says(&["$.rooms.room_42", "expected closed, found live|expected \"closed\", found \"live\""]),
        row("haxibiao passes a run", "haxibiao.py", TENCENT).says(NOT_TESTED),
        row("loose passes a run", "loose.py", TENCENT).says(NOT_TESTED),
        row(
            "loose throws recordings away: one finding about the state",
            "loose.py",
            "audit tencent -t {port} {key} --state {state}",
        )
        .exit(2)
        .lines(15)
        .first(&["state|stored"])
        .says(&["accepted", "[]|empty|0 entries|does not show|not in"])
        .never(&["A1 ", "C48"]),
        row("mall passes a run", "mall.py", TENCENT).says(NOT_TESTED),
        row(
            "mall with its own words: a refusal with status 200 is never sent again",
            "mall.py",
            "audit tencent -t {port} {key} --state {state} --expect '{accept: {json: {\"$.code\": 200}}}' --quick -q",
        )
        .exit(1)
        .says(&["1 failed (D83)"]),
        row(
            "mall without its own words: all answers have status 200",
            "mall.py",
            "audit tencent -t {port} {key} --quick",
        )
        .exit(1)
        .says(&["were answered 200", "--expect", "\"code\":500|\"code\": 500"]),
        row("phonelive takes what was captured", "phonelive.py", &expect(TENCENT)).never(&["4002"]),
        row("phonelive passes by the vendor's rule, and its own word is told", "phonelive.py", PAGE)
            .says(&["4002", "--expect"]),
        row("phonelive held to its own words", "phonelive.py", &expect(PAGE))
            .exit(1)
            .lines(15)
            .says(&["$.code: expected 0, found 4002", "video_id is required"]),
        row(
            "phonelive loses the plain callback of an audit",
            "phonelive.py",
            &expect("audit tencent --revision 2022-11 -t {port} {key}"),
        )
        .exit(3)
        .lines(15)
        .first(&["4002"])
        .says(&["$.code: expected 0, found 4002", "video_id is required"]),
        row("visa passes a run", "visa.py", TENCENT).says(NOT_TESTED),
        row(
            "visa stores a duplicate",
            "visa.py",
            "audit tencent -t {port} {key} --state {state} --case A1,C48 -q",
        )
        .exit(1)
        .says(&["A1", "2 times|twice"])
        .never(&["C48"]),
        row("sleeper cannot read a name without its mark", "sleeper.py 0.1", TENCENT)
            .exit(1)
            .lines(15)
            .first(&["500"])
            .says(&["Undefined offset: 1", "log"]),
        row("nest refuses a run, told once", "nest.py", TENCENT)
            .exit(1)
            .lines(15)
            .first(&["401"])
            .says(&["callback signature missing"]),
        row("nest refuses the plain callback of an audit", "nest.py", "audit tencent -t {port} {key}")
            .exit(3)
            .lines(15)
            .first(&["401", "plain"])
            .says(&["callback signature missing", "POST /", "CALLBACK_KEY"])
            .never(&["why it matters", "how to fix", "unique key"]),
        row("formonly passes by the vendor's rule, and its own word is told", "formonly.py", TENCENT)
            .says(&["{\"code\":-1|{\"code\": -1", "--expect"]),
        row("formonly held to its own words", "formonly.py", &expect(TENCENT))
            .exit(1)
            .lines(15)
            .says(&["$.code: expected 0, found -1", "param error"]),
        row(
            "formonly loses the plain callback of an audit",
            "formonly.py",
            &expect("audit tencent -t {port} {key}"),
        )
        .exit(3)
        .lines(15)
        .first(&["-1"])
        .says(&["$.code: expected 0, found -1"]),
    ]
}

/// Right receivers: run, audit, and the other vendor.
fn right() -> Vec<Row> {
    let mut rows = Vec::new();
    for (receiver, tencent, huawei, audit) in [
        ("right.py", "right.py: Tencent", "right.py: Huawei", "right.py: the musts of an audit"),
        ("right.js", "right.js: Tencent", "right.js: Huawei", "right.js: the musts of an audit"),
        (
            "right_flask.py",
            "right_flask.py: Tencent",
            "right_flask.py: Huawei",
            "right_flask.py: the musts of an audit",
        ),
        (
            "right_express.js",
            "right_express.js: Tencent",
            "right_express.js: Huawei",
            "right_express.js: the musts of an audit",
        ),
    ] {
        let state = "--state {state}";
        rows.push(row(tencent, receiver, &format!("{TENCENT} {state} -q")).says(&["passed"]).lines(15));
        rows.push(
            row(huawei, receiver, "run @huawei -t {port} {key} --seed random -q").says(&["passed"]).lines(15),
        );
        let quick = format!("audit tencent -t {{port}} {{key}} {state} --quick -q");
        rows.push(row(audit, receiver, &quick).says(&["passed"]).lines(15));
    }
    let quick = "audit tencent -t {port} {key} --state {state} --quick -q";
    rows.push(row("one connection at a time", "right.py one", quick).says(&["passed"]).lines(15));
    rows
}

/// The mistakes of a first contact.
#[expect(clippy::too_many_lines, reason = "a table")]
fn first_contact() -> Vec<Row> {
    let audit = "audit tencent -t {port} {key}";
    let send = "send tencent record -t {port} {key}";
    let load = "load @tencent/single-file -t {port} {key} --rate 50/s --duration 1s";
    let short = |command: &str| format!("{command} --timeout 1s");
    let one = "run @tencent/single-file -t {port} {key} --seed random";
    vec![
        row("everything is refused: run", "refuses.py 403", TENCENT)
            .exit(1)
            .lines(15)
            .first(&["403"])
            .says(&["bad signature", "CALLBACK_KEY", "--max-failures|stopped"]),
        row(
            "everything is refused: run of the other vendor",
            "refuses.py 401",
            "run @huawei -t {port} {key}",
        )
        .exit(1)
        .lines(15)
        .first(&["401"])
        .says(&["bad signature"]),
        row(
            "everything is refused: run with the key of the samples",
            "refuses.py 403",
            "run @tencent -t {port}",
        )
        .exit(1)
        .lines(15)
        .says(&["403", "sample"]),
        row("everything is refused: audit", "refuses.py 403", audit)
            .exit(3)
            .lines(15)
            .first(&["403", "plain"])
            .says(&["bad signature", "CALLBACK_KEY", "POST /", "--keep-going"])
            .never(&["how to fix", "unique key"]),
        row("everything is refused: load", "refuses.py 403", load).exit(5).lines(40).says(&[
            "403",
            "bad signature",
            "likely cause",
            "--max-failures",
        ]),
        row("everything is refused: send", "refuses.py 403", send)
            .exit(1)
            .lines(15)
            .says(&["403", "bad signature"]),
        row("the receiver says what it computed", "computed.py", audit)
            .exit(3)
            .lines(15)
            .says(&["floating-point|float"]),
        row("500 on everything: run", "error500.py", TENCENT)
            .exit(1)
            .lines(15)
            .first(&["500"])
            .says(&["TypeError", "log"]),
        row("the body refuses: audit", "soft.py", &format!("{audit} --state {{state}} --quick"))
            .exit(1)
            .says(&["the status accepts the callback, the body refuses it"])
            .never(&["queue in memory"]),
        row("a part of the body: run", "cut.py", "run @huawei/normal -t {port} {key}")
            .exit(1)
            .says(&["likely    the body: the receiver parsed a part of what was sent"]),
        row("500 now and then: audit", "error500.py fourth", &format!("{audit} --quick"))
            .exit(1)
            .says(&["now with success and now with an error"]),
        row("500 on everything: audit", "error500.py", audit)
            .exit(3)
            .lines(15)
            .first(&["500"])
            .says(&["TypeError", "log"]),
        row("the body is read as a form: audit", "formkey.py", audit)
            .exit(3)
            .lines(15)
            .first(&["500"])
            .says(&["KeyError", "log"]),
        row("the target has no path: run", "prefix.py", TENCENT)
            .exit(1)
            .lines(15)
            .first(&["404"])
            .says(&["path"]),
        row("the target has no path: audit", "prefix.py", audit)
            .exit(3)
            .lines(15)
            .first(&["404"])
            .says(&["POST /", "path"]),
        row(
            "crash after the last callback",
            "exec crashes.py 4",
            "run @tencent/flv-cycle -t {target} {key} --exec {exec}",
        )
        .exit(1)
        .says(&["139", "invalid pointer in decode()"]),
        row(
            "crash after the second callback",
            "exec crashes.py 2",
            "run @tencent/flv-cycle -t {target} {key} --exec {exec}",
        )
        .exit(1)
        .lines(40)
        .says(&["139", "invalid pointer in decode()"]),
        row(
            "crash during an audit",
            "exec crashes.py 3",
            "audit tencent -t {target} {key} --exec {exec} --quick",
        )
        // With what the receiver itself prints, each time that it is started.
        .lines(140)
        .exit(1)
        .first(&["ended by itself", "139"])
        .says(&["invalid pointer in decode()", "failed:"])
        .never(&["unique key", "backlog"]),
        row(
            "a message without a signature ends it: audit, started by hand",
            "unsigned.py",
            "audit tencent -t {url} {key} --case C48",
        )
        .exit(1)
        .says(&["C48", "closed the connection", "an exception in its handler ends the connection"]),
        row(
            "a message without a signature ends it: quick audit, started by hand",
            "unsigned.py",
            "audit tencent -t {url} {key} --quick",
        )
        .exit(1)
        .first(&["the receiver stopped answering at C48: it closed the connection without an answer"]),
        row(
            "a message without a signature ends it: one callback",
            "unsigned.py",
            "send tencent record -t {url} {key} --fault unsign",
        )
        .exit(1)
        .says(&["closed the connection"]),
        row(
            "a message is stored before it is checked",
            "unsigned.py stored",
            "audit tencent -t {url} {key} --case C51 --state {state}",
        )
        .exit(1)
        .says(&["the callback was refused, and its file is stored all the same", "store afterwards"])
        .never(&["checks no signature"]),
        row(
            "a field that the model does not know is refused",
            "unsigned.py strict",
            "audit tencent -t {url} {key} --case A19 --keep-going",
        )
        .exit(1)
        .says(&["refuses a message for a field that it does not know", "let the model ignore unknown fields"]),
        row(
            "a refusal repeats the message",
            "unsigned.py echoes",
            "audit tencent -t {url} {key} --case C50.c,C50.d",
        )
        .never(&["the right signature stands in the answer"]),
        row("every event is taken for a file", "unsigned.py files", "audit tencent -t {url} {key} --quick")
            .exit(1)
            .says(&["it takes every event for that of a finished file", "look at the event first"])
            .never(&["marked live again", "look for the error in the receiver's own log"]),
        row("its worker ends at a message", "worker.py", "audit tencent -t {url} {key} --quick --state {state}")
            .exit(1)
                        .says(&["from this case on no accepted file is in the receiver's state", "a worker that ended at a message"])
            .never(&["M267 ", "unique key"]),
        row("a list shows the last twenty", "last.py", "audit tencent -t {url} {key} --quick --state {state}")
            .exit(1)
            .says(&["entries of other files are gone, such as that of", "list every entry, without pages and limits"])
            .never(&["unique key", "passed: "]),
        row("a refusal names what another sender sends", "refuses.py 400 missing Mux-Signature", "run -t {url}")
            .exit(1)
            .says(&["another provider: it names `Mux-Signature`, which mux sends", "`hookreel run @mux`"])
            .never(&["where the receiver looks for the signature"]),
        row("every sender is refused alike", "refuses.py 401", "run -t {url}")
            .exit(1)
            .says(&["another provider: these callbacks are of huawei and tencent", "`hookreel run @PROVIDER`"]),
        row("a refusal names the right signature", "unsigned.py leaks", "audit tencent -t {url} {key} --case C49,C51")
            .exit(1)
            .says(&["an answer that names the expected signature", "and nothing more"])
            .never(&["anybody can send"]),
        row(
            "an audit goes on after the receiver ended",
            "exec dies.py",
            "audit tencent -t {target} {key} --exec {exec} --state {target}recordings --case A1,A18,A19,H166",
        )
        .exit(1)
        .first(&["ended by itself", "exit status: 3"])
        .says(&[
            "no handler for this event",
            "A18 an event that nobody has heard of",
            "signal: 9",
            "cannot allocate memory for a chunk",
            "can end the receiver",
            "failed: 2 passed, 2 failed (A18 H166)",
        ])
        .never(&["skipped", "vendors add events"]),
        row("the answer has no end: run", "hangs.py", &short(one))
            .exit(1)
            .says(&["not complete|incomplete|not whole"])
            .never(&["1 accepted"]),
        row("the answer has no end: audit", "hangs.py", &short(audit))
            .exit(3)
            .lines(15)
            .says(&["not complete"])
            .never(&["--secret-env", "--expect"]),
        row("the answer has no end: send", "hangs.py", &short(send)).exit(1).never(&["1 accepted"]),
        row("the body is cut: run", "torn.py", one).exit(1).says(&["not complete|incomplete|not whole"]),
        row("the body is cut: send", "torn.py", send).exit(1).says(&["not complete|incomplete|not whole"]),
        row("the body is cut: audit", "torn.py", audit).exit(3).lines(15),
        row("answered and never stored", "early.py", &format!("{audit} --state {{state}}"))
            .exit(2)
            .lines(15)
            .first(&["state"]),
        row(
            "who tells rejection by the body and forgets the expiry is told of the expiry",
            "mall.py forgets-expiry",
            &format!("{audit} --case B27,B29,B42,C48,C49,C51,C54,C56,C76 --expect '{{accept: {{json: {{\"$.code\": 200}}}}}}'"),
        )
        .exit(1)
        .says(&["B29 expired", "compare the expiry with the clock"])
        .never(&["hostile callbacks", "for this one reason"]),
        row(
            "the same without --expect: what was answered exactly like a valid callback is shown by itself",
            "mall.py forgets-expiry",
            &format!("{audit} --case B27,B29,B42,C48,C49,C51,C54,C56,C76"),
        )
        .exit(1)
        .first(&["all 9 hostile callbacks were answered 200", "signature does not match", "{\"code\":200"])
        .says(&["3 of them were answered exactly like valid ones", "B29 expired", "compare the expiry", "reason: C48 C49"]),
        row(
            "a wrong key, and a receiver that refuses in the body of a 200",
            "mall.py",
            "audit tencent -t {port} --secret-file {scenario} --quick",
        )
        .scenario("another-key")
        .exit(3)
        .lines(20)
        .first(&["signed callback was answered 200", "signature does not match"])
        .says(&["holds another key", "--expect YAML"])
        .never(&["hostile"]),
        row("200 to everything: run", "yes.py", TENCENT).says(NOT_TESTED),
        row("200 to everything: audit", "yes.py", &format!("{audit} --quick"))
            .exit(1)
            .first(&["hostile"])
            .says(&["--expect", "--state"]),
        row(
            "200 to everything: more than the musts, some of which an HTTP server rejects by itself",
            "yes.py",
            &format!("{audit} --only C,D,G"),
        )
        .exit(1)
        .first(&["hostile", "{\"code\":0}", "more were answered otherwise"])
        .says(&["--expect", "--state"])
        .never(&["how to fix"]),
        row("success in plain text to everything", "plain.py success", &format!("{audit} --only C,D"))
            .exit(1)
            .first(&["hostile callbacks were answered 200 success"])
            .says(&["--expect", "--state"])
            .never(&["how to fix", "$.code"]),
        row("XML to everything", "plain.py xml", &format!("{audit} --only C,D"))
            .exit(1)
            .first(&["hostile callbacks were answered 200 <xml>"]),
        row("nothing in the answer to everything", "plain.py empty", &format!("{audit} --only C,D"))
            .exit(1)
            .first(&["hostile callbacks were answered 200, like valid ones"]),
        row(
            "nobody listens at the state's address",
            "right.py",
            &format!("{audit} --state http://127.0.0.1:1/recordings"),
        )
        .exit(2)
        .lines(15)
        .first(&["the state could not be read: connection refused at http://127.0.0.1:1/recordings"])
        .says(&["whether something listens there", "curl"]),
        row("three seconds for each answer", "plain.py slow 3", &format!("{audit} --case A1"))
            .says(&["slow: the plain callback was answered after 3 s", "store the callback, answer"]),
        row("an answer with a byte order mark", "bom.py", &format!("{one} {CODE_0}"))
            .exit(1)
            .says(&["byte order mark", "not JSON"]),
        row("an answer in gzip", "zipped.py", &format!("{one} {CODE_0}")).exit(1).says(&["gzip"]),
        row("a redirect: send", "redirects.py", "send tencent record -t {url}/callback {key}")
            .exit(1)
            .says(&["301", "/callback/", "redirect"]),
        row("a redirect: run", "redirects.py", "run @tencent -t {url}/callback {key}")
            .exit(1)
            .lines(15)
            .first(&["301"])
            .says(&["/callback/"]),
        row("a redirect: audit", "redirects.py", "audit tencent -t {url}/callback {key}")
            .exit(3)
            .lines(15)
            .first(&["301"])
            .says(&["/callback/"]),
        row("a port that accepts before anyone is behind it", "proxy.py", &format!("{one} --wait-for 20s"))
            .says(&["passed"]),
        row("204 is not the vendor's yes: run", "plain.py 204", TENCENT)
            .exit(1)
            .lines(15)
            .first(&["204"])
            .says(&["200"]),
        row("204 is told by the vendor's rule: audit", "plain.py 204", audit)
            .exit(3)
            .lines(15)
            .says(&["200"])
            .never(&["--secret-env", "--revision"]),
        row(
            "a pass names a line that works when pasted",
            "right.py",
            "run @tencent -t {port} {key} --seed random",
        )
        .says(&["/ --secret-env CALLBACK_KEY"]),
        row(
            "a state that is not there is told once",
            "right.py",
            &format!("{TENCENT} --state {{url}}/nothing"),
        )
        .exit(2)
        .lines(15)
        .says(&["404"]),
        row("201 is not the vendor's yes: audit", "plain.py 201", audit)
            .exit(3)
            .lines(15)
            .first(&["201"])
            .says(&["200"]),
        row("XML where JSON is expected", "plain.py xml", &format!("{one} {CODE_0}"))
            .exit(1)
            .says(&["not JSON", "<xml>"]),
        row("an empty answer where JSON is expected", "plain.py empty", &format!("{one} {CODE_0}"))
            .exit(1)
            .says(&["not JSON|empty"]),
        row("the receiver's clock is ahead", "plain.py late", audit).exit(3).lines(15).first(&["403"]).says(
            &["signature has expired", "the receiver's clock is 11 min 40 s ahead|39 s ahead|41 s ahead"],
        ),
    ]
}

#[test]
fn receivers_of_public_code_get_the_sentence_that_their_users_should_read() {
    play(&public());
}

#[test]
fn right_receivers_pass_whatever_they_are_built_on() {
    play(&right());
}

/// The whole catalogue, with the state: what strange callbacks leave in it accuses nobody.
#[test]
fn a_right_receiver_that_keeps_whole_messages_is_not_accused_of_what_stands_in_them() {
    std::thread::scope(|scope| {
        for vendor in ["tencent", "huawei"] {
            scope.spawn(move || {
                let Some(peer) = Peer::start("keeps.py") else { return };
                let folder = tempfile::tempdir().unwrap();
                let card = folder.path().join("card.json");
                let (port, state, path) = (&peer.port, peer.state(), card.display());
                let line = format!(
                    "audit {vendor} -t {port} --secret-env CALLBACK_KEY --state {state} --scorecard {path}"
                );
                let said = say(&line, Duration::from_secs(900));
                assert_eq!(said.exit, Some(0), "{}", said.all());
                let card: Value = serde_json::from_str(&std::fs::read_to_string(&card).unwrap()).unwrap();
                let mut passed = 0;
                for case in card["cases"].as_array().unwrap() {
                    let counts = case["weight"] == "must" || case["weight"] == "should";
                    assert!(!(counts && case["score"] == "failed"), "{vendor}: {case}");
                    assert_ne!(case["kind"], "not_reached", "{vendor}: {case}");
                    passed += usize::from(case["score"] == "passed");
                }
                assert!(passed > 200, "{vendor}: {passed} passed");
            });
        }
    });
}

#[test]
fn a_first_contact_that_fails_names_its_one_cause() {
    play(&first_contact());
}

#[test]
fn pending_rows_are_rows() {
    let rows: Vec<Row> = [public(), right(), first_contact()].into_iter().flatten().collect();
    for name in PENDING {
        assert!(rows.iter().any(|row| row.name == *name), "no row is called {name}");
    }
}
