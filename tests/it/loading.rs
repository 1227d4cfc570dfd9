//! `hookreel load` as a whole program, against receivers on plain sockets that behave in every way there is.
//!
//! A busy machine may wake the program late, which it rightly calls falling behind; so where an exit code matters the loop is
//! closed, or falling behind is as good.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hookreel::record::load::{LoadRun, Tally};
use hookreel::record::{Outcome, TroubleKind};
use serde_json::Value;
use tokio_rustls::rustls::{ServerConnection, StreamOwned};

use crate::stage::{
    KEY, Raw, all_of, body, exits, hookreel, one_callback, run, scenario, stderr, stdout, vacant,
};
use crate::tls::{authority, identity};
use crate::verifying::md5;

const SINGLE: &str = "@tencent/single-file";
const YES: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const NO: &[u8] = b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n";

/// Forty callbacks over four connections, as fast as answers come.
const FORTY: &[&str] =
    &["--rate", "max", "--count", "40", "--connections", "4", "--duration", "30s", "--timeout", "10s"];

/// What came of a load.
struct Done {
    output: Output,
    run: LoadRun,
}

impl Done {
    fn total(&self) -> &Tally {
        &self.run.total
    }

    fn ended(&self, outcome: Outcome) -> u64 {
        self.run.total.ended(outcome)
    }

    fn trouble(&self, kind: TroubleKind) -> u64 {
        self.run.total.troubles.get(&kind).copied().unwrap_or_default()
    }

    /// The code, or that of a sender that was woken late.
    #[track_caller]
    fn ends(&self, code: i32) {
        if self.output.status.code() != Some(6) {
            exits(&self.output, code);
        }
    }
}

fn read(path: &Path) -> LoadRun {
    LoadRun::read(std::fs::read(path).unwrap().as_slice()).unwrap()
}

#[track_caller]
fn load_of(path: &str, target: &str, args: &[&str]) -> Done {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record");
    let mut command = hookreel();
    command.args(["load", path, "-t", target, "-q", "--record"]).arg(&record).args(args);
    let says = |word: &str| args.iter().any(|arg| arg.starts_with(word));
    if !says("max") && !says("rate>") {
        // What is counted here holds on a machine that is busy otherwise, too.
        command.args(["--threshold", "rate>=0"]);
    }
    let output = command.output().unwrap();
    assert!(record.exists(), "{}", stderr(&output));
    let done = Done { output, run: read(&record) };
    assert!(done.run.adds_up(), "{:?}", done.total());
    assert!(done.run.unended.is_empty());
    done
}

#[track_caller]
fn load(target: &str, args: &[&str]) -> Done {
    load_of(SINGLE, target, args)
}

fn start(port: u16, record: &Path, args: &[&str]) -> Child {
    let mut command = hookreel();
    command.args(["load", SINGLE, "-t", &port.to_string(), "-q", "--record"]).arg(record).args(args);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Says these bytes to every request; `keeps` = the connection stays open after them.
fn says(bytes: impl Into<Vec<u8>>, keeps: bool) -> Raw {
    let bytes = bytes.into();
    Raw::serve(move |_, stream| stream.write_all(&bytes).is_ok() && keeps)
}

/// A receiver that takes every request and answers none.
fn silent() -> Raw {
    Raw::serve(|_, _| {
        std::thread::sleep(Duration::from_secs(60));
        false
    })
}

fn wait_for(receiver: &Raw, requests: usize) {
    let begun = Instant::now();
    while receiver.requests().len() < requests && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn kill(child: &Child, signal: &str) {
    Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
}

fn json(request: &[u8]) -> Value {
    serde_json::from_slice(body(request)).unwrap()
}

/// Every callback without what is signed.
fn told(receiver: &Raw) -> Vec<String> {
    let unsigned = |request: &Vec<u8>| {
        let mut body = json(request);
        for field in ["sign", "auth_sign"] {
            body.as_object_mut().unwrap().remove(field);
        }
        body.to_string()
    };
    let mut told: Vec<_> = receiver.requests().iter().map(unsigned).collect();
    told.sort();
    told
}

#[test]
fn every_planned_callback_arrives_once_with_ids_of_its_own_and_the_right_signature() {
    let receiver = says(YES, true);
    let done = load(&receiver.port(), &["--rate", "400/s", "--duration", "500ms"]);
    done.ends(0);
    let requests = receiver.requests();
    assert_eq!((done.total().planned, done.total().sent, requests.len()), (200, 200, 200));
    assert_eq!(done.total().latency.count(), 200);
    let mut ids = BTreeSet::new();
    for request in &requests {
        let body = json(request);
        let time = body["t"].as_i64().unwrap();
        assert_eq!(body["sign"], md5(&format!("{KEY}{time}")).as_str());
        ids.insert((body["stream_id"].to_string(), body["file_id"].to_string()));
    }
    assert_eq!(ids.len(), 200);
}

#[test]
fn a_broadcast_tells_its_callbacks_in_order_and_never_the_next_before_an_answer() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let noted = log.clone();
    let receiver = Raw::serve_each(move |request, stream| {
        let body = json(request);
        let name = body["stream"].as_str().unwrap().to_owned();
        noted.lock().unwrap().push((name.clone(), Some(body["event_type"].as_str().unwrap().to_owned())));
        std::thread::sleep(Duration::from_millis(3));
        noted.lock().unwrap().push((name, None));
        stream.write_all(YES).is_ok()
    });
    for args in [
        &["--rate", "600/s", "--duration", "300ms", "--broadcasts", "7"][..],
        &["--rate", "max", "--count", "150", "--connections", "8", "--broadcasts", "5", "--duration", "30s"],
        &["--rate", "200/s", "--duration", "300ms", "--broadcasts", "1", "--drain", "20s"],
    ] {
        log.lock().unwrap().clear();
        let done = load_of("@huawei/normal", &receiver.port(), args);
        done.ends(0);
        let mut streams = BTreeMap::<_, Vec<_>>::new();
        log.lock().unwrap().iter().for_each(|(name, event)| {
            streams.entry(name.clone()).or_default().push(event.clone());
        });
        let whole = streams.values().max_by_key(|events| events.len()).unwrap().clone();
        assert!(whole.len() >= 4, "a broadcast has several callbacks");
        for (name, events) in streams {
            assert!(events.iter().enumerate().all(|(at, event)| event.is_some() == (at % 2 == 0)), "{name}");
            // The first broadcasts are under way when the load starts, the last ones when it ends.
            assert!(whole.windows(events.len()).any(|part| part == events), "{name}: {events:?}");
        }
    }
}

/// How often each event of a Huawei broadcast arrived.
fn events(receiver: &Raw) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for request in receiver.requests() {
        *counts.entry(json(&request)["event_type"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

#[test]
fn every_event_arrives_in_proportion_from_the_start_of_a_load() {
    for shape in [
        &["--rate", "200/s", "--duration", "2s"][..],
        &["--rate", "200/s", "--duration", "500ms", "--threads", "2"],
        &["--rate", "200/s", "--duration", "1s", "--shard", "2/2"],
        &["--rate", "40/s", "--duration", "1s", "--broadcasts", "3"],
        &["--rate", "10/s", "--duration", "1s", "--burst", "90@500ms"],
        // A closed loop goes on with whatever is answered first: the proportion settles over several rounds.
        &["--rate", "max", "--count", "800", "--duration", "30s"],
    ] {
        let receiver = says(YES, true);
        load_of("@huawei/normal", &receiver.port(), shape).ends(0);
        let counts = events(&receiver);
        let all = counts.values().sum::<usize>() as f64;
        assert_eq!(counts.len(), 4, "{shape:?}: {counts:?}");
        for (event, count) in &counts {
            let share = *count as f64 / all;
            assert!((share - 0.25).abs() <= 0.03, "{shape:?}: {event} is {share} of {all}");
        }
    }
    let receiver = says(YES, true);
    let together = ["--rate", "200/s", "--duration", "500ms", "--phase", "together"];
    load_of("@huawei/normal", &receiver.port(), &together).ends(0);
    assert_eq!(events(&receiver), [("RECORD_START".to_owned(), 100)].into());
}

#[test]
fn nothing_is_announced_twice_whatever_the_phase() {
    for phase in ["spread", "together"] {
        let receiver = says(YES, true);
        let args =
            ["--rate", "max", "--count", "200", "--broadcasts", "30", "--duration", "30s", "--phase", phase];
        exits(&load_of("@both/one-broadcast", &receiver.port(), &args).output, 0);
        let sent = told(&receiver);
        let distinct: BTreeSet<_> = sent.iter().collect();
        assert_eq!((sent.len(), distinct.len()), (200, 200), "{phase}");
    }
}

#[test]
fn one_broadcast_after_the_other_is_told_when_one_is_on_the_air() {
    let receiver = says(YES, true);
    let args = ["--rate", "max", "--count", "30", "--broadcasts", "1", "--duration", "30s"];
    exits(&load_of("@huawei/normal", &receiver.port(), &args).output, 0);
    let streams: Vec<String> =
        receiver.requests().iter().map(|request| json(request)["stream"].to_string()).collect();
    assert!(streams.is_sorted() && streams.first() != streams.last(), "{streams:?}");
}

/// Whether the program that is tested has the load engine of systems that are not Linux; `.ci/portable-loads` says so of the one that
/// `TESTED_HOOKREEL` names.
fn portable() -> bool {
    cfg!(feature = "portable-load") || std::env::var("TESTED_LOADS").is_ok_and(|loads| loads == "portable")
}

#[test]
fn processors_are_kept_awake_for_an_exact_schedule_where_that_is_allowed_and_for_nothing_else() {
    let device = "/dev/cpu_dma_latency";
    let allowed = !portable() && std::fs::OpenOptions::new().write(true).open(device).is_ok();
    // What the system grants now, in microseconds: the least that anybody asks for.
    let granted =
        move || std::fs::read(device).ok().and_then(|said| said.try_into().ok()).map(i32::from_ne_bytes);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = seen.clone();
    let receiver = Raw::serve(move |_, stream| {
        told.lock().unwrap().extend(granted());
        stream.write_all(YES).is_ok()
    });
    let done = load(&receiver.port(), &["--rate", "300/s", "--duration", "100ms"]);
    assert_eq!(done.run.line.awake, allowed);
    assert_eq!(stdout(&done.output).contains("exact pacing with processors kept awake"), allowed);
    if allowed {
        let seen = seen.lock().unwrap();
        assert!(!seen.is_empty() && seen.iter().all(|microseconds| *microseconds == 0), "{seen:?}");
    }
    for other in [&["--rate", "300/s", "--pacing", "economy"][..], &["--rate", "max", "--count", "9"]] {
        let done = load(&receiver.port(), &[other, &["--duration", "100ms"]].concat());
        assert!(!done.run.line.awake, "{other:?}");
    }
}

#[test]
fn the_timers_that_keep_a_schedule_are_told_and_keep_it() {
    let done = load(&says(YES, true).port(), &["--rate", "300/s", "--duration", "500ms"]);
    let portable = portable();
    assert_eq!(done.run.line.timers, if portable { "portable" } else { "" });
    assert_eq!(done.run.line.stamped, !portable);
    assert_eq!(stdout(&done.output).contains("exact pacing by portable timers"), portable);
    assert_eq!((done.total().planned, done.total().sent), (150, 150));
    // A wait that is rounded to milliseconds is too late by half of one on average.
    let late = done.total().lateness.quantile(0.5);
    assert!(late < 500_000, "{late} ns");
}

#[test]
fn a_counted_loop_without_a_schedule_lasts_until_its_last_callback() {
    let receiver = says(YES, true);
    let done = load(&receiver.port(), FORTY);
    exits(&done.output, 0);
    let (span, whole) = (done.total().span_ns, 30_000_000_000);
    assert!((1..whole).contains(&span), "{span} ns, of which none or all would make a wrong rate");
    let slow = Raw::serve(|_, stream| {
        std::thread::sleep(Duration::from_millis(20));
        stream.write_all(YES).is_ok()
    });
    let one = ["--rate", "max", "--count", "4", "--connections", "1", "--duration", "30s", "--threads", "1"];
    let done = load(&slow.port(), &one);
    exits(&done.output, 0);
    assert!(done.total().span_ns >= 60_000_000, "three answers lie before the last callback");
}

#[test]
fn a_no_to_everything_fails_the_default_threshold() {
    let receiver = says(NO, true);
    let done = load(&receiver.port(), FORTY);
    exits(&done.output, 5);
    assert_eq!((done.ended(Outcome::Rejected), done.total().unexpected), (40, 40));
    let told = stdout(&done.output);
    assert!(told.contains("✗ errors==0 (default): errors = 40"), "{told}");
    assert!(
        told.contains("one by one    hookreel run @tencent/single-file -t "),
        "it says how to see why: {told}"
    );
    let receiver = says(NO, true);
    exits(&load(&receiver.port(), &[FORTY, &["--threshold", "errors<=100%"]].concat()).output, 0);
}

#[test]
fn a_yes_is_a_yes_however_it_is_written() {
    let ok = "HTTP/1.1 200 OK\r\n";
    let forms = [
        (format!("{ok}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"), true, 4),
        ("HTTP/1.0 200 OK\r\n\r\nhello".into(), false, 40),
        ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n".into(), true, 4),
        (format!("{ok}Connection: close\r\nContent-Length: 2\r\n\r\nok"), false, 40),
        (format!("{ok}Connection: close\r\nContent-Length: 2\r\n\r\nok"), true, 40),
        (format!("HTTP/1.1 100 Continue\r\n\r\n{ok}Content-Length: 0\r\n\r\n"), true, 4),
        (format!("{ok}Content-Length: 2000000\r\n\r\n{}", "x".repeat(2_000_000)), true, 40),
        (format!("{ok}Content-Length: 2\r\n\r\nokHTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"), true, 40),
    ];
    for (answer, keeps, connections) in forms {
        let start = answer.chars().take(80).collect::<String>();
        let receiver = says(answer, keeps);
        let done = load(&receiver.port(), FORTY);
        exits(&done.output, 0);
        assert_eq!(done.ended(Outcome::Accepted), 40, "{start}");
        assert_eq!(receiver.requests().len(), 40, "{start}");
        assert_eq!(done.total().opened, connections, "{start}");
        // One more looked whether somebody is there.
        assert_eq!(receiver.connections() as u64, connections + 1, "{start}");
    }
}

#[test]
fn an_answer_in_single_bytes_is_an_answer() {
    let receiver = Raw::serve(|_, stream| YES.iter().all(|byte| stream.write_all(&[*byte]).is_ok()));
    let done = load(&receiver.port(), FORTY);
    exits(&done.output, 0);
    assert_eq!((done.ended(Outcome::Accepted), done.total().opened), (40, 4));
}

#[test]
fn what_is_no_answer_leaves_every_callback_in_doubt() {
    let head = format!("HTTP/1.1 200 OK\r\nX: {}", "a".repeat(200_000));
    let forms = [
        ("SSH-2.0 \0\r\n\r\n".to_owned(), true, TroubleKind::Garbage),
        (head, true, TroubleKind::Garbage),
        (String::new(), false, TroubleKind::Closed),
        ("HTTP/1.1 200 OK\r\nContent-".into(), false, TroubleKind::Closed),
        ("HTTP/1.1 100 Continue\r\n\r\n".into(), false, TroubleKind::Closed),
    ];
    for (answer, keeps, kind) in forms {
        let done = load(&says(answer, keeps).port(), FORTY);
        exits(&done.output, 5);
        assert_eq!((done.ended(Outcome::InDoubt), done.trouble(kind)), (40, 40), "{kind:?}");
        // Nobody can say that these were judged wrongly.
        assert_eq!(done.total().unexpected, 0);
    }
}

#[test]
fn whoever_speaks_before_it_is_asked_is_no_receiver() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(b"220 mail.example.com ESMTP\r\n");
            open.push(stream);
        }
    });
    let done = load(&port, FORTY);
    exits(&done.output, 5);
    assert_eq!(done.trouble(TroubleKind::Garbage), 40);
    assert_eq!(done.total().planned, 40);
}

#[test]
fn a_connection_that_is_closed_while_it_is_idle_is_not_used_again() {
    let receiver = says(YES, false);
    // Far enough from each other that each end is seen before the next callback.
    let done = load(&receiver.port(), &["--rate", "10/s", "--duration", "500ms", "--connections", "1"]);
    done.ends(0);
    assert_eq!((done.ended(Outcome::Accepted), done.total().opened), (5, 5));
}

#[test]
fn a_rate_that_was_not_held_fails_unasked() {
    let receiver = Raw::serve(|_, stream| {
        std::thread::sleep(Duration::from_millis(20));
        stream.write_all(YES).is_ok()
    });
    // Fifty a second is all that one connection carries.
    let args = ["--rate", "200/s", "--duration", "500ms", "--connections", "1"];
    let done = load(&receiver.port(), &[&args[..], &["--threshold", "rate>=99.5%"]].concat());
    done.ends(5);
    assert_eq!((done.total().planned, done.ended(Outcome::Accepted)), (100, 100));
    assert!((50..90).contains(&done.total().overdue), "{}", done.total().overdue);
    let unasked = run(&[&["load", SINGLE, "-t", &receiver.port()], &args[..]].concat());
    exits(&unasked, 5);
    assert!(stdout(&unasked).contains("✗ rate>=99.5% (default)"), "{}", stdout(&unasked));
    load(&receiver.port(), &[&args[..], &["--threshold", "rate>=0"]].concat()).ends(0);
}

#[test]
fn what_waited_for_a_connection_until_the_schedule_was_over_was_not_sent_while_it_lasted() {
    const TAKES: Duration = Duration::from_millis(20);
    let receiver = Raw::serve(|_, stream| {
        std::thread::sleep(TAKES);
        stream.write_all(YES).is_ok()
    });
    // Fifty in the second, and the others within a tenth of a second after it.
    let done = load(
        &receiver.port(),
        &["--rate", "54/s", "--duration", "1s", "--connections", "1", "--threshold", "rate>=99.5%"],
    );
    done.ends(5);
    let (total, first) = (done.total(), done.run.seconds[0].sent);
    // The sender's own lateness is forgiven: the callback that the end found waiting, and as many as fit into it.
    let late = 1 + total.lateness.max() / u64::try_from(TAKES.as_nanos()).unwrap();
    assert!((first..=first + late).contains(&total.sent_in_time()), "{first} {late} {total:?}");
    assert!((done.run.sent_per_s() - total.sent_in_time() as f64).abs() < 0.01, "{}", done.run.sent_per_s());
}

#[test]
fn what_waited_for_a_connection_until_the_end_was_not_overlooked_by_the_sender() {
    let receiver = Raw::serve(|_, stream| {
        std::thread::sleep(Duration::from_millis(5));
        stream.write_all(YES).is_ok()
    });
    // An answer comes at any moment, also at that of the end.
    let done = load(
        &receiver.port(),
        &["--rate", "20000/s", "--duration", "300ms", "--connections", "32", "--drain", "100ms"],
    );
    let total = done.total();
    assert!(total.ended(Outcome::NotSent) > 1000, "{:?}", total.outcomes);
    // One that was woken long after the end has overlooked them all the same.
    assert!(
        total.missed == 0 || total.lateness.max() >= 100_000_000,
        "{} {:?}",
        total.missed,
        total.outcomes
    );
}

#[test]
fn a_connection_that_takes_its_time_does_not_make_the_last_callbacks_late() {
    // The last one is due 10 ms before the end. Of the time that is forgiven, most is left to a busy machine.
    let (port, pem) = secure_after(Duration::from_millis(15), &[YES], false);
    let (_folder, ca) = authority(&pem);
    let target = format!("https://localhost:{port}/");
    let done = load(&target, &["--rate", "100/s", "--duration", "500ms", "--cacert", &ca]);
    done.ends(0);
    assert_eq!((done.total().sent, done.total().overdue), (50, 0));
    assert!(done.total().opened == 50);
}

#[test]
fn shards_without_a_connection_or_a_broadcast_of_their_own_are_refused() {
    for flag in ["--connections", "--broadcasts"] {
        let output = run(&["load", SINGLE, "-t", "1", "--shard", "1/3", flag, "2"]);
        exits(&output, 2);
        assert!(stderr(&output).contains("cannot be divided among 3 shards"), "{}", stderr(&output));
    }
}

#[test]
fn a_receiver_that_never_answers_leaves_doubt_and_no_wait_beyond_the_end() {
    let receiver = silent();
    let done = load(
        &receiver.port(),
        &["--rate", "50/s", "--duration", "600ms", "--drain", "400ms", "--timeout", "200ms"],
    );
    done.ends(5);
    assert_eq!(done.ended(Outcome::InDoubt), 30);
    assert_eq!(done.trouble(TroubleKind::Timeout), 30);
    assert_eq!(done.total().latency.count(), 30, "a wait in vain took time all the same");

    let begun = Instant::now();
    let done = load(&receiver.port(), &["--rate", "50/s", "--duration", "400ms", "--drain", "300ms"]);
    assert!(begun.elapsed() < Duration::from_secs(10), "the time limit of 15 s does not hold the end up");
    assert_eq!((done.ended(Outcome::InDoubt), done.total().planned), (20, 20));
}

#[test]
fn a_receiver_that_never_answers_is_the_cause_and_the_bottleneck_before_any_time_limit() {
    let receiver = silent();
    let args = ["--rate", "50/s", "--duration", "400ms", "--drain", "300ms"];
    let done = load(&receiver.port(), &args);
    done.ends(5);
    let told = stdout(&done.output);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[1], "failed: all 20 callbacks got no answer until the load ended", "{told}");
    assert!(lines[2].contains("likely cause  the receiver works before it answers"), "{told}");
    let judged = hookreel::verdict::load::judge(&done.run);
    assert_eq!(judged.bottleneck, hookreel::verdict::load::Bottleneck::Receiver);
}

#[test]
fn a_few_connections_are_waited_for_and_what_gets_none_is_not_sent() {
    let receiver = silent();
    let args = ["--rate", "100/s", "--duration", "300ms", "--drain", "100ms", "--connections", "2"];
    let done = load(&receiver.port(), &args);
    done.ends(5);
    assert_eq!((done.ended(Outcome::InDoubt), done.ended(Outcome::NotSent)), (2, 28));
    assert_eq!((done.total().sent, receiver.requests().len()), (2, 2));
}

/// A listener whose queue is full: it takes nobody. The second are those that fill it.
fn full() -> (TcpListener, Vec<TcpStream>) {
    let listener = TcpListener::bind(vacant()).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        queue.push(stream);
    }
    (listener, queue)
}

#[test]
fn an_interrupt_is_heard_while_the_receiver_is_looked_for() {
    let (listener, _queue) = full();
    let target = format!("http://{}/", listener.local_addr().unwrap());
    let begun = Instant::now();
    let child = hookreel()
        .args(["load", SINGLE, "-t", &target])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(700));
    kill(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4), "it would look for five seconds");
    exits(&output, 130);
}

#[test]
fn nobody_there_is_said_at_once_and_in_the_record() {
    let address = vacant();
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record");
    let mut command = hookreel();
    command.args(["load", SINGLE, "-t", &format!("http://{address}/"), "--record"]).arg(&record);
    let output = command.output().unwrap();
    exits(&output, 3);
    assert!(stderr(&output).contains("nothing was sent"), "{}", stderr(&output));
    let stopped = read(&record).stopped.unwrap();
    assert!(stopped.starts_with("it did not begin: nobody takes a connection"), "{stopped}");
    exits(&run(&["report", &record.display().to_string()]), 3);
}

#[test]
fn a_receiver_that_dies_and_comes_back_loses_nothing_but_what_was_unreachable_or_in_doubt() {
    let address = vacant();
    let seen = Arc::new(Mutex::new(0_u64));
    let counted = seen.clone();
    std::thread::spawn(move || {
        for _ in 0..2 {
            let listener = TcpListener::bind(address).unwrap();
            // The first connection only looks whether somebody is there, the second is the load's; then it dies.
            let mut taken = 0;
            while let Ok((mut stream, _)) = listener.accept() {
                let mut room = [0; 4096];
                let mut answered = 0;
                while answered < 30 && stream.read(&mut room).is_ok_and(|read| read > 0) {
                    *counted.lock().unwrap() += 1;
                    answered += 1;
                    stream.write_all(YES).unwrap();
                }
                taken += answered;
                if taken >= 30 {
                    break;
                }
            }
            drop(listener);
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    let args = ["--rate", "100/s", "--duration", "1s", "--connections", "1", "--timeout", "5s"];
    let done = load(&format!("http://{address}/"), &args);
    done.ends(5);
    let (accepted, doubt) = (done.ended(Outcome::Accepted), done.ended(Outcome::InDoubt));
    assert_eq!(done.total().planned, 100);
    assert_eq!(accepted, *seen.lock().unwrap());
    assert_eq!(accepted + doubt + done.ended(Outcome::Unreachable), 100, "{:?}", done.total().outcomes);
    assert!(accepted >= 30 && done.trouble(TroubleKind::Connect) > 0, "{:?}", done.total().outcomes);
}

/// One callback, sent at most three times, 50 ms apart.
fn stubborn(extra: &str) -> (tempfile::TempDir, String) {
    one_callback(&format!("{{retry: {{attempts: 3, interval: 50ms{extra}}}}}"))
}

#[test]
fn retries_are_sent_as_the_provider_would_and_counted_apart() {
    let (_folder, path) = stubborn("");
    let receiver = says(NO, true);
    for shape in [
        &["--rate", "100/s", "--duration", "200ms"][..],
        &["--rate", "max", "--count", "20", "--connections", "2", "--duration", "30s"],
    ] {
        let before = receiver.requests().len();
        let done = load_of(&path, &receiver.port(), &[shape, &["--retries", "provider"]].concat());
        done.ends(5);
        let total = done.total();
        assert_eq!((total.planned, total.sent, total.retries), (20, 20, 40));
        assert_eq!(receiver.requests().len() - before, 60);
        assert_eq!((done.ended(Outcome::GaveUp), total.unexpected), (20, 20));
        assert_eq!((total.latency.count(), total.service.count()), (20, 60), "latency counts once");
        let done = load_of(&path, &receiver.port(), shape);
        assert_eq!((done.ended(Outcome::Rejected), done.total().retries), (20, 0));
    }
}

#[test]
fn a_retry_after_a_broken_connection_that_is_answered_is_accepted_and_has_its_latency() {
    let (_folder, path) = stubborn("");
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let receiver = Raw::serve_each(move |request, stream| {
        let new = seen.lock().unwrap().insert(json(request)["file_id"].to_string());
        !new && stream.write_all(YES).is_ok()
    });
    let args = ["--rate", "max", "--count", "20", "--duration", "30s", "--retries", "provider"];
    let done = load_of(&path, &receiver.port(), &args);
    exits(&done.output, 0);
    assert_eq!((done.ended(Outcome::Accepted), done.trouble(TroubleKind::Closed)), (20, 20));
    assert_eq!((done.total().retries, done.total().latency.count()), (20, 20));
}

#[test]
fn a_retry_is_signed_again_or_not_as_the_scenario_says() {
    for (again, signatures) in [("true", 3), ("false", 1)] {
        let (_folder, path) = scenario(&format!(
            "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}, resign_retries: {again}}}\n\
             broadcast: [{{0s: push}}, {{5m: drop}}]\ndelivery: {{retry: {{attempts: 3, interval: 1100ms}}}}\n"
        ));
        let receiver = says(NO, true);
        let args = ["--rate", "max", "--count", "1", "--duration", "30s", "--retries", "provider"];
        assert_eq!(load_of(&path, &receiver.port(), &args).total().retries, 2);
        let signs: BTreeSet<_> =
            receiver.requests().iter().map(|request| json(request)["sign"].to_string()).collect();
        assert_eq!(signs.len(), signatures, "resign_retries: {again}");
    }
}

#[test]
fn every_shape_of_a_schedule_is_sent_to_the_last_callback() {
    let receiver = says(YES, true);
    let shapes: [(&[&str], u64); 9] = [
        (&["--rate", "300/s"], 60),
        (&["--rate", "300/s", "--pacing", "spin"], 60),
        (&["--rate", "300/s", "--pacing", "economy"], 60),
        (&["--rate", "300/s", "--threads", "3"], 60),
        (&["--ramp", "0/s..800/s"], 80),
        (&["--rate", "20/s", "--burst", "100@100ms", "--burst", "50@100ms"], 154),
        (&["--rate", "18000/m", "--count", "17"], 17),
        (&["--rate", "300/s", "--connections", "1"], 60),
        (&["--rate", "1/m"], 1),
    ];
    for (shape, planned) in shapes {
        let before = receiver.requests().len();
        let done = load(&receiver.port(), &[shape, &["--duration", "200ms"]].concat());
        done.ends(0);
        assert_eq!((done.total().planned, done.ended(Outcome::Accepted)), (planned, planned), "{shape:?}");
        assert_eq!((receiver.requests().len() - before) as u64, planned, "{shape:?}");
    }
    let done = load(&receiver.port(), &["--rate", "1000/s", "--arrivals", "poisson", "--duration", "200ms"]);
    assert!((100..300).contains(&done.total().planned), "{}", done.total().planned);
    assert_eq!(done.ended(Outcome::Accepted), done.total().planned);
}

#[test]
fn no_more_connections_and_broadcasts_than_asked_for_however_many_cores() {
    let receiver = says(YES, true);
    let done = load(
        &receiver.port(),
        &["--rate", "max", "--count", "50", "--connections", "1", "--duration", "30s", "--threads", "8"],
    );
    assert_eq!((done.total().opened, done.total().in_flight), (1, 1));
}

#[test]
fn a_burst_that_would_never_come_is_refused() {
    for args in [&["--burst", "5@30s"][..], &["--rate", "max", "--burst", "5@1s"]] {
        let output = run(&[&["load", SINGLE, "-t", "1"], args].concat());
        exits(&output, 2);
        assert!(stderr(&output).contains("--burst"), "{}", stderr(&output));
    }
}

const SHARED: &[&str] = &[
    "--now",
    "2026-03-08T14:10:25Z",
    "--seed",
    "7",
    "--count",
    "150",
    "--rate",
    "400/s",
    "--duration",
    "2s",
    "--broadcasts",
    "24",
    "--drain",
    "20s",
];

#[test]
fn shards_together_send_exactly_what_one_process_sends_and_their_records_are_one() {
    let folder = tempfile::tempdir().unwrap();
    let (alone, together) = (says(YES, true), says(YES, true));
    load_of("@huawei/normal", &alone.port(), SHARED).ends(0);
    let shards: Vec<(Child, String)> = (1..=4)
        .map(|shard| {
            let record = folder.path().join(shard.to_string()).display().to_string();
            let mut command = hookreel();
            command.args(["load", "@huawei/normal", "-t", &together.port(), "--record", &record]);
            // How late a sender is on a busy machine is not what is looked at.
            command.args(SHARED).args(["--shard", &format!("{shard}/4"), "--threshold", "rate>=0"]);
            let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            (child, record)
        })
        .collect();
    let mut records = Vec::new();
    for (mut child, record) in shards {
        assert!([Some(0), Some(6)].contains(&child.wait().unwrap().code()));
        records.push(record);
    }
    assert_eq!(told(&alone).len(), 150);
    assert_eq!(told(&alone), told(&together));
    let report = |records: &[String]| {
        let output = hookreel().args(["report", "--report", "json"]).args(records).output().unwrap();
        (output.status.code(), serde_json::from_slice::<Value>(&output.stdout).unwrap(), stderr(&output))
    };
    let (code, merged, _) = report(&records);
    assert!([Some(0), Some(6)].contains(&code), "{code:?}");
    assert_eq!(merged["totals"]["planned"], 150, "{merged}");
    assert_eq!(merged["totals"]["accepted"], 150);
    let (_, missing, _) = report(&records[1..]);
    assert!(missing["warnings"][0].as_str().unwrap().contains("missing: shard 1/4"), "{missing}");
    records.push(records[0].clone());
    exits(&hookreel().arg("report").args(&records).output().unwrap(), 2);
}

#[test]
fn a_shard_is_named_by_the_index_of_its_job() {
    let receiver = says(YES, true);
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record");
    let part = |index: Option<&str>| {
        let mut command = hookreel();
        command.env_remove("JOB_COMPLETION_INDEX").args(["load", SINGLE, "-t", &receiver.port(), "--record"]);
        command.arg(&record).args(["--rate", "100/s", "--duration", "90ms", "--shard", "/3"]);
        command.envs(index.map(|index| ("JOB_COMPLETION_INDEX", index))).output().unwrap()
    };
    assert!([Some(0), Some(6)].contains(&part(Some("2")).status.code()));
    let run = read(&record);
    assert_eq!((run.line.shard, run.total.planned), ((3, 3), 3));
    for wrong in [None, Some("3"), Some("x"), Some("-1"), Some("")] {
        let output = part(wrong);
        exits(&output, 2);
        assert!(stderr(&output).contains("JOB_COMPLETION_INDEX"), "{}", stderr(&output));
    }
}

#[test]
fn a_begin_in_the_future_is_waited_for_and_one_in_the_past_is_told() {
    let receiver = says(YES, true);
    let at = |seconds: i64| (jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds)).to_string();
    let soon = at(1);
    // The clock that signs may be anywhere; the shards meet in real time.
    let args =
        ["--rate", "100/s", "--duration", "100ms", "--start-at", &soon, "--now", "2099-01-01T00:00:00Z"];
    let done = load(&receiver.port(), &args);
    assert!(jiff::Timestamp::now() >= soon.parse().unwrap());
    assert_eq!(done.ended(Outcome::Accepted), 10);
    let done = load(&receiver.port(), &["--rate", "100/s", "--duration", "100ms", "--start-at", &at(-60)]);
    assert!(stderr(&done.output).contains("has passed"), "{}", stderr(&done.output));
    assert_eq!(done.ended(Outcome::Accepted), 10);
}

#[test]
fn an_interrupt_before_the_begin_ends_a_load_with_nothing_sent() {
    let receiver = says(YES, true);
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record");
    let child = start(receiver.port, &record, &["--start-at", "2099-01-01T00:00:00Z"]);
    while std::fs::read(&record).map_or(0, |text| text.split(|byte| *byte == b'\n').count()) < 3 {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(100));
    kill(&child, "INT");
    exits(&child.wait_with_output().unwrap(), 130);
    let run = read(&record);
    assert_eq!((run.total.planned, run.stopped.as_deref()), (0, Some("SIGINT")));
    assert!(receiver.requests().is_empty());
}

#[test]
fn a_signal_ends_a_load_in_order_and_its_code_says_so() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let receiver = Raw::serve(|n, stream| {
            if n >= 20 {
                std::thread::sleep(Duration::from_secs(60));
            }
            stream.write_all(YES).is_ok()
        });
        let folder = tempfile::tempdir().unwrap();
        let record = folder.path().join("record");
        let child = start(receiver.port, &record, &["--rate", "200/s", "--report", "json"]);
        wait_for(&receiver, 30);
        let begun = Instant::now();
        kill(&child, signal);
        let output = child.wait_with_output().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(2), "the report is out within two seconds");
        exits(&output, code);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["stopped"], format!("SIG{signal}"));
        let run = read(&record);
        assert!(run.adds_up() && run.unended.is_empty(), "{:?}", run.total);
        assert_eq!(run.total.ended(Outcome::Accepted), 20);
        assert_eq!(run.total.sent, receiver.requests().len() as u64);
        assert_eq!(run.total.ended(Outcome::InDoubt), run.total.sent - 20);
    }
}

#[test]
fn the_record_of_one_shard_alone_is_not_the_run_in_any_report() {
    let receiver = says(YES, true);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let part = |n: u64| {
        let (shard, record) = (format!("{n}/3"), path(&format!("{n}.jsonl")));
        let args = ["load", SINGLE, "-t", &receiver.port(), "-q", "--shard", &shard, "--record", &record];
        exits(&run(&[&args[..], &["--rate", "max", "--count", "4", "--duration", "9s"]].concat()), 0);
        record
    };
    let parts = [1, 2, 3].map(part);
    let told = |parts: &[String]| {
        let mut command = hookreel();
        command.arg("report").args(parts).args(["--report", "junit"]).arg("--report");
        command.arg(format!("json={}", path("json"))).output().unwrap()
    };
    for some in [&parts[..1], &parts[1..]] {
        let output = told(some);
        exits(&output, 1);
        let junit = stdout(&output);
        assert!(junit.contains("every shard is here") && junit.contains("<error"), "{junit}");
        let json: Value = serde_json::from_slice(&std::fs::read(path("json")).unwrap()).unwrap();
        assert_eq!(json["verdict"], "incomplete");
    }
    exits(&told(&parts), 0);
}

#[test]
fn what_is_on_the_wire_when_a_load_ends_has_its_cause() {
    let receiver = Raw::serve(|n, stream| {
        if n % 4 == 3 {
            std::thread::sleep(Duration::from_secs(60));
        }
        stream.write_all(YES).is_ok()
    });
    let args =
        ["--rate", "max", "--count", "8", "--connections", "8", "--duration", "1s", "--timeout", "60s"];
    let done = load(&receiver.port(), &[&args[..], &["--drain", "100ms"]].concat());
    let doubtful = done.ended(Outcome::InDoubt);
    assert!(doubtful > 0, "{}", stdout(&done.output));
    assert_eq!(done.total().troubles, [(TroubleKind::CutOff, doubtful)].into());
    let text = stdout(&done.output);
    assert!(
        text.contains(&format!("no answer   still unanswered when the load ended ×{doubtful}")),
        "{text}"
    );
    assert!(text.contains("likely      still unanswered when the load ended"), "{text}");
}

#[test]
fn what_is_expected_on_the_command_line_or_around_it_holds_for_a_load_too() {
    let no = "{\"code\":-1}";
    let receiver = says(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{no}", no.len()), true);
    let expect = "{accept: {json: {\"$.code\": 0}}}";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hookreel.toml"), format!("expect = '{expect}'\n")).unwrap();
    for way in ["flag", "variable", "file"] {
        let mut command = hookreel();
        command.current_dir(folder.path()).args(["load", SINGLE, "-t", &receiver.port(), "-q"]).args(FORTY);
        match way {
            "flag" => command.args(["--expect", expect]),
            "variable" => command.env("HOOKREEL_EXPECT", expect),
            _ => &mut command,
        };
        if way != "file" {
            command.args(["--config", "none"]);
        }
        let output = command.output().unwrap();
        exits(&output, 5);
        let text = stdout(&output);
        assert!(text.contains("found         $.code: expected 0, found -1"), "{way}\n{text}");
        assert!(text.contains("expected      status 200, $.code = 0"), "{way}\n{text}");
        let proposed =
            text.lines().filter(|line| line.contains(" hookreel run ") || line.contains(" hookreel load "));
        let expects = proposed.map(|line| line.matches("--expect '{accept").count());
        assert_eq!(
            expects.collect::<Vec<_>>(),
            [1, 1],
            "each line that plays it again has it, {way}\n{text}"
        );
    }
}

#[test]
fn the_times_of_an_event_that_was_never_answered_are_lower_bounds_and_say_so() {
    let receiver = Raw::serve_each(|request, stream| {
        if String::from_utf8_lossy(request).contains("RECORD_OVER") {
            std::thread::sleep(Duration::from_secs(60));
        }
        stream.write_all(YES).is_ok()
    });
    let args =
        ["--rate", "max", "--count", "16", "--connections", "16", "--duration", "1s", "--timeout", "60s"];
    let done = load_of("@huawei/normal", &receiver.port(), &[&args[..], &["--drain", "100ms"]].concat());
    let text = stdout(&done.output);
    let row =
        |event: &str| text.lines().find(|line| line.trim_start().starts_with(event)).unwrap().to_owned();
    assert_eq!(row("RECORD_OVER").matches('>').count(), 3, "{text}");
    assert_eq!(row("RECORD_START").matches('>').count(), 0, "{text}");
}

#[test]
fn a_load_without_a_key_says_so_and_a_forged_callback_that_is_accepted_is_named() {
    let unsigned = "provider: huawei\nrecording: {hls: {}}\nbroadcast: [{0s: push}, {5m: drop}]\n";
    let (_folder, path) = scenario(unsigned);
    let receiver = says("HTTP/1.1 401 X\r\nContent-Length: 12\r\n\r\nunauthorized", true);
    let done = load_of(&path, &receiver.port(), FORTY);
    exits(&done.output, 5);
    let (text, warned) = (stdout(&done.output), stderr(&done.output));
    assert!(warned.contains("[huawei] is sent unsigned: there is no key"), "{warned}");
    assert!(text.contains("these callbacks have no signature") && text.contains(", not signed"), "{text}");

    let forged = format!("{unsigned}signing: {{key: {KEY}}}\nfaults: [signature: {{on: RECORD_OVER}}]\n");
    let (_folder, path) = scenario(&forged);
    let done = load_of(&path, &says(YES, true).port(), FORTY);
    exits(&done.output, 5);
    assert!(stdout(&done.output).contains("hostile, and accepted: "), "{}", stdout(&done.output));
}

/// A load whose sender stands still for so many milliseconds after so many requests, and blames itself: its text and figures.
fn paused(receiver: &Raw, (after, millis): (usize, u64), args: &[&str]) -> (String, Tally) {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record");
    let child = start(receiver.port, &record, args);
    wait_for(receiver, after);
    kill(&child, "STOP");
    std::thread::sleep(Duration::from_millis(millis));
    kill(&child, "CONT");
    let output = child.wait_with_output().unwrap();
    exits(&output, 6);
    (stdout(&output), read(&record).total)
}

/// Throttled, paused, or a virtual machine that was moved.
#[test]
fn a_sender_that_was_paused_is_late_with_every_callback_of_the_pause_and_blames_nobody_else() {
    for room in [&["--broadcasts", "4"][..], &["--connections", "4"], &[]] {
        let args = ["--rate", "200/s", "--duration", "2s", "--threshold", "p99<50ms"];
        let (text, total) = paused(&says(YES, true), (100, 500), &[&args[..], room].concat());
        assert!(text.contains("? p99<50ms") && text.contains("✗ schedule"), "{room:?}\n{text}");
        assert!(
            text.contains("bottleneck: sender (the operating system scheduled it late"),
            "{room:?}\n{text}"
        );
        // As many as became due in the pause, or a few less.
        let late = total.lateness.above(20_000_000);
        assert!(late > 60, "{room:?}: {late} late\n{text}");
    }
}

#[test]
fn a_sender_that_was_paused_across_the_end_blames_nobody_else() {
    for (drain, wakes_before_the_end) in [("20s", true), ("100ms", false)] {
        let args = ["--rate", "100/s", "--duration", "2s", "--drain", drain];
        let (text, total) = paused(&says(YES, true), (150, 1200), &args);
        assert!(text.contains("? rate>=99.5%") && text.contains("bottleneck: sender"), "{text}");
        // What had been answered by the end was read, however late.
        assert_eq!(total.ended(Outcome::InDoubt), 0, "{text}");
        let missed = total.missed;
        assert_eq!((missed == 0, total.ended(Outcome::NotSent)), (wakes_before_the_end, missed), "{text}");
        assert_eq!(text.contains("? errors==0"), !wakes_before_the_end, "{text}");
        assert_eq!(text.contains(&format!(", {missed} never looked at")), missed > 0, "{text}");
    }
}

#[test]
fn a_sender_that_was_paused_with_many_requests_on_the_wire_takes_none_of_it_for_the_receivers_time() {
    let args = ["--rate", "200/s", "--duration", "3s", "--threshold", "p99<300ms"];
    let (text, _) = paused(&slow(usize::MAX, 60), (200, 1000), &args);
    assert!(text.contains("? p99<300ms") && text.contains("✗ schedule"), "{text}");
    assert!(text.contains("bottleneck: sender"), "{text}");
}

/// Every `n`th request gets no answer; the others get theirs after a while.
fn slow(n: usize, millis: u64) -> Raw {
    Raw::serve(move |request, stream| {
        std::thread::sleep(Duration::from_millis(if request % n == n - 1 { 60_000 } else { millis }));
        stream.write_all(YES).is_ok()
    })
}

#[test]
fn a_bottleneck_of_few_broadcasts_and_one_of_requests_without_an_answer_are_told_apart() {
    let args = ["--rate", "100/s", "--duration", "1s", "--broadcasts", "2", "--drain", "20s"];
    let few = load_of(
        "@huawei/normal",
        &slow(usize::MAX, 100).port(),
        &[&args[..], &["--threshold", "errors<=100%"]].concat(),
    );
    let text = stdout(&few.output);
    assert!(text.contains("bottleneck: broadcasts (each of 2 sends its next callback"), "{text}");

    let args =
        ["--rate", "40/s", "--duration", "1s", "--timeout", "400ms", "--threshold", "service.p90<400ms"];
    let quarter = load(&slow(4, 0).port(), &args);
    exits(&quarter.output, 5);
    let text = stdout(&quarter.output);
    assert!(
        text.contains("bottleneck: receiver (it left 10 of 40 requests without an answer in time)"),
        "{text}"
    );
    assert!(text.contains("✗ service.p90<400ms: service.p90 = 4"), "{text}");
}

#[test]
fn a_number_of_independent_arrivals_is_sent_in_time_whenever_the_last_comes() {
    let receiver = says(YES, true);
    for seed in ["3502989833", "1", "2", "3"] {
        let args = [
            "--rate",
            "100/s",
            "--duration",
            "3s",
            "--count",
            "123",
            "--arrivals",
            "poisson",
            "--seed",
            seed,
        ];
        let done = load(&receiver.port(), &args);
        assert_eq!((done.total().sent, done.total().overdue), (123, 0), "{}", stdout(&done.output));
    }
}

#[test]
fn a_second_interrupt_ends_a_load_at_once() {
    let receiver = silent();
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record");
    let child = start(receiver.port, &record, &["--rate", "100/s"]);
    wait_for(&receiver, 3);
    kill(&child, "INT");
    std::thread::sleep(Duration::from_millis(200));
    kill(&child, "INT");
    let output = child.wait_with_output().unwrap();
    exits(&output, 130);
    assert!(output.stdout.is_empty(), "{}", stdout(&output));
    assert_eq!(read(&record).unended, [1]);
}

#[test]
fn of_a_killed_load_everything_is_told_up_to_its_last_second() {
    let receiver = says(YES, true);
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record");
    let mut child = start(receiver.port, &record, &["--rate", "100/s"]);
    while std::fs::read_to_string(&record).map_or(0, |text| text.lines().count()) < 3 {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let output = run(&["report", &record.display().to_string()]);
    assert!(stdout(&output).contains("the run was killed"), "{}", stdout(&output));
    let run = read(&record);
    // What it had on the wire is in doubt, and fails no threshold.
    Done { output, run: run.clone() }.ends(1);
    assert!(run.adds_up() && run.total.ended(Outcome::Accepted) >= 95, "{:?}", run.total.outcomes);
}

#[test]
fn what_cannot_be_written_is_said_before_anything_is_sent() {
    let receiver = says(YES, true);
    let refused = |args: &[&str], code: i32, text: &str| {
        let output = run(&[&["load", SINGLE, "-t", &receiver.port(), "--duration", "5s"], args].concat());
        exits(&output, code);
        assert!(stderr(&output).contains(text), "{}", stderr(&output));
        assert!(receiver.requests().is_empty());
    };
    refused(&["--record", "/dev/null/record"], 2, "nothing was sent");
    refused(&["--report", "json=/dev/null/report"], 2, "nothing was sent");
    refused(&["--record", "/dev/full"], 70, "the record could not be written");
    let args = ["--report", "json=/dev/full", "--rate", "max", "--count", "1"];
    let output = run(&[&["load", SINGLE, "-t", &receiver.port()], &args[..]].concat());
    exits(&output, 70);
    assert!(stderr(&output).contains("/dev/full"), "{}", stderr(&output));
}

#[test]
fn reports_go_where_they_are_asked_to() {
    let receiver = says(YES, true);
    let folder = tempfile::tempdir().unwrap();
    let to = |name: &str| folder.path().join(name).display().to_string();
    let args: Vec<String> = ["json", "junit", "text"].iter().map(|f| format!("{f}={}", to(f))).collect();
    let reports: Vec<&str> = args.iter().flat_map(|arg| ["--report", arg]).collect();
    let done = load(&receiver.port(), &[FORTY, &reports].concat());
    exits(&done.output, 0);
    let text = |name: &str| std::fs::read_to_string(to(name)).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text("json")).unwrap()["totals"]["accepted"], 40);
    assert!(text("junit").starts_with("<?xml") && text("text").contains("40 planned: 40 accepted"));
    assert!(!text("text").contains('\u{1b}'));
}

#[test]
fn wrong_flags_say_what_was_expected() {
    let wrong: [(&[&str], &str); 14] = [
        (&["--rate", "5"], "500/s"),
        (&["--rate", "0/s"], "must be > 0"),
        (&["--rate", "5/day"], "500/s"),
        (&["--ramp", "5/s"], "10/s..2000/s"),
        (&["--ramp", "1/s..2/s", "--rate", "1/s"], "cannot be used with"),
        (&["--burst", "5"], "500@10s"),
        (&["--threshold", "p99<200"], "      ^^^ expected a unit"),
        (&["--threshold", "eror<1%"], "did you mean `errors`?"),
        (&["--rate", "max", "--threshold", "rate>=99%"], "--rate max"),
        (&["--shard", "3/2"], "1 to 2"),
        (&["--start-at", "soon"], "2026-03-08T14:10:25Z"),
        (&["--duration", "0s"], "--duration"),
        (&["-t", "http://192.0.2.1/"], "--allow-remote"),
        (&["--secret-env", "HOOKREEL_NO_SUCH"], "HOOKREEL_NO_SUCH"),
    ];
    for (args, expected) in wrong {
        let target: &[&str] = if args.contains(&"-t") { &[] } else { &["-t", "1"] };
        let output = run(&[&["load", SINGLE], target, args].concat());
        exits(&output, 2);
        assert!(stderr(&output).contains(expected), "{args:?}\n{}", stderr(&output));
    }
    let output = run(&["load", "@tencent", "-t", "1"]);
    exits(&output, 2);
    assert!(stderr(&output).contains("8 scenarios; a load is one of them"), "{}", stderr(&output));
    exits(&run(&["load", SINGLE, SINGLE, "-t", "1"]), 2);
}

/// A receiver behind TLS that gives its answer in these pieces and keeps the connection; its port and its authority.
fn secure(pieces: &'static [&'static [u8]], keeps: bool) -> (u16, String) {
    secure_after(Duration::ZERO, pieces, keeps)
}

/// The same; it shakes hands only after this time.
fn secure_after(wait: Duration, pieces: &'static [&'static [u8]], keeps: bool) -> (u16, String) {
    let (config, pem) = identity(&["localhost"], false);
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            std::thread::spawn(move || {
                std::thread::sleep(wait);
                stream.set_nodelay(true).unwrap();
                let mut reader = BufReader::new(StreamOwned::new(connection, stream));
                let mut room = Vec::new();
                // A body ends with the brace that closes its first: no text of the sample holds an unbalanced one.
                while reader.read_until(b'\n', &mut room).is_ok_and(|read| read > 0) {
                    if room == b"\r\n" {
                        let mut depth = 0;
                        let mut byte = [0];
                        while reader.read_exact(&mut byte).is_ok() {
                            depth += i32::from(byte[0] == b'{') - i32::from(byte[0] == b'}');
                            if depth == 0 {
                                break;
                            }
                        }
                        for piece in pieces {
                            let stream = reader.get_mut();
                            stream.write_all(piece).and_then(|()| stream.flush()).unwrap();
                        }
                        if !keeps {
                            let stream = reader.get_mut();
                            stream.conn.send_close_notify();
                            let _ = stream.flush();
                            return;
                        }
                    }
                    room.clear();
                }
            });
        }
    });
    (port, pem)
}

const PIECES: &[&[u8]] = &[b"HTTP/1.1 2", b"00 OK\r\n", b"Content-Length: 2\r\n\r\no", b"k"];

#[test]
fn over_tls_connections_are_kept_and_answers_may_come_in_pieces() {
    for (pieces, keeps, opened) in
        [(&[YES][..], true, 4), (PIECES, true, 4), (&[b"HTTP/1.1 200 OK\r\n\r\nok"], false, 40)]
    {
        let (port, pem) = secure(pieces, keeps);
        let (_folder, ca) = authority(&pem);
        let target = format!("https://localhost:{port}/");
        for trust in [&["--cacert", &ca][..], &["--insecure"]] {
            let done = load(&target, &[FORTY, trust].concat());
            exits(&done.output, 0);
            assert_eq!((done.ended(Outcome::Accepted), done.total().opened), (40, opened));
        }
    }
}

#[test]
fn who_is_not_trusted_is_sent_nothing_and_nothing_hangs() {
    let (port, _) = secure(&[YES], true);
    let (_, other) = identity(&["localhost"], false);
    let (_folder, ca) = authority(&other);
    for trust in [&[][..], &["--cacert", &ca]] {
        let target = format!("https://localhost:{port}/");
        let output = run(&[&["load", SINGLE, "-t", &target][..], FORTY, trust].concat());
        exits(&output, 3);
        let told = stderr(&output);
        assert!(told.contains("no secure connection: ") && told.contains("nothing was sent"), "{told}");
    }
    // Somebody who does not speak TLS at all, and somebody who says nothing.
    for receiver in [says(YES, true).port, silent().port] {
        let target = format!("https://localhost:{receiver}/");
        let args = ["--rate", "max", "--connections", "2", "--duration", "700ms", "--timeout", "300ms"];
        let output = run(&[&["load", SINGLE, "-t", &target][..], &args].concat());
        exits(&output, 3);
        assert!(
            stderr(&output).contains("Does the receiver speak https on this port?"),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn neither_the_key_nor_a_signature_of_a_load_is_ever_shown() {
    const CANARY: &str = "canary0123456789abcdef0123456789";
    let (folder, path) = scenario(
        "provider: tencent\nrecording: {mp4: {}}\nsigning: {key: \"${CANARY_KEY}\"}\n\
         broadcast: [{0s: push}, {5m: drop}]\n",
    );
    // Says back what it got.
    let receiver = Raw::serve_each(|request, stream| {
        let body = body(request);
        let head = format!("HTTP/1.1 500 X\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).is_ok()
    });
    let to = |name: &str| folder.path().join(name).display().to_string();
    let mut command = hookreel();
    command.env("CANARY_KEY", CANARY).args(["load", &path, "--secret-env", "CANARY_KEY", "--rate", "100/s"]);
    let target = format!("http://user:{CANARY}@127.0.0.1:{}/cb?token={CANARY}", receiver.port);
    // What stands in the target and in a header is the caller's own, so the process list is looked at without them.
    let own = to("target");
    std::fs::write(&own, &target).unwrap();
    command.args(["-t", &receiver.port(), "--duration", "300ms", "--record", &to("record")]);
    command.args([
        "--report",
        &format!("json={}", to("json")),
        "--report",
        &format!("junit={}", to("junit")),
    ]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(&receiver, 5);
    let listed = std::fs::read_to_string(format!("/proc/{}/cmdline", child.id())).unwrap_or_default();
    assert!(!listed.contains(CANARY));
    let output = child.wait_with_output().unwrap();
    let again = hookreel()
        .env("CANARY_KEY", CANARY)
        .args(["load", &path, "-t", &target, "--rate", "max", "--count", "5", "--record", &to("again")])
        .args(["-H", &format!("authorization: Bearer {CANARY}")])
        .output()
        .unwrap();
    let files = ["record", "json", "junit", "again"].map(|name| std::fs::read_to_string(to(name)).unwrap());
    let shown = [&output, &again].map(|output| format!("{}{}", stdout(output), stderr(output))).concat();
    let shown = files.concat() + &shown;
    let signatures: BTreeSet<String> =
        receiver.requests().iter().map(|r| json(r)["sign"].as_str().unwrap().to_owned()).collect();
    assert!(!signatures.is_empty() && shown.contains("500"));
    for secret in signatures.iter().map(String::as_str).chain([CANARY]) {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

/// The most memory that a process ever had, in KB; while it is there.
#[cfg(target_os = "linux")]
fn peak(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(target_os = "linux")]
fn peak_of(port: u16, args: &[&str]) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let mut child = start(port, &folder.path().join("record"), args);
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = most.max(peak(&child).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(5));
    }
    most
}

#[cfg(target_os = "linux")]
#[test]
fn neither_a_receiver_that_is_silent_nor_many_callbacks_take_more_memory() {
    // Nobody takes anything from these connections.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().flatten().collect::<Vec<_>>());
    let waiting = ["--rate", "3000/s", "--duration", "1500ms", "--drain", "100ms", "--connections"];
    let few = peak_of(port, &[&waiting[..], &["10"]].concat());
    let many = peak_of(port, &[&waiting[..], &["500"]].concat());
    assert!(few > 0 && few < 80_000 && many < 80_000, "{few} and {many} KB");
    let receiver = says(YES, true);
    let closed = ["--rate", "max", "--connections", "8", "--duration", "60s", "--count"];
    let short = peak_of(receiver.port, &[&closed[..], &["500"]].concat());
    let long = peak_of(receiver.port, &[&closed[..], &["20000"]].concat());
    assert!(long < short + 10_000, "{short} and {long} KB");
}

#[test]
fn a_scenario_of_two_providers_is_told_by_both() {
    let receiver = says(YES, true);
    let args = ["--rate", "max", "--count", "60", "--connections", "4", "--duration", "30s"];
    let done = load_of("@both/one-broadcast", &receiver.port(), &args);
    exits(&done.output, 0);
    let requests = receiver.requests();
    let tencent = requests.iter().filter(|request| json(request).get("sign").is_some()).count();
    assert!(tencent > 0 && tencent < 60 && requests.len() == 60, "{tencent} of {}", requests.len());
}

#[test]
fn every_shipped_scenario_can_be_a_load() {
    let plan: Value = serde_json::from_str(&stdout(&run(&["plan", "@all", "--format", "json"]))).unwrap();
    let scenarios = plan["scenarios"].as_array().unwrap();
    let paths: BTreeSet<_> = scenarios.iter().map(|s| s["path"].as_str().unwrap().to_owned()).collect();
    let receiver = Raw::statuses(&[200]);
    all_of(paths.into_iter().collect(), |path: String| {
        // As many broadcasts as callbacks: what waits for a retry waits beside the others.
        let args = ["--rate", "max", "--count", "12", "--connections", "2", "--broadcasts", "12"];
        let done = load_of(&path, &receiver.port(), &[&args[..], &["--duration", "30s"]].concat());
        assert_eq!((done.total().planned, done.total().all_ended()), (12, 12), "{path}");
        exits(&done.output, 0);
    });
}

#[test]
fn a_count_ends_the_schedule_and_the_rate_is_held_against_that() {
    let receiver = Raw::serve(|_, stream| {
        std::thread::sleep(Duration::from_millis(20));
        stream.write_all(YES).is_ok()
    });
    let args = ["--rate", "200/s", "--count", "100", "--connections", "1", "--duration", "30s"];
    let done = load(&receiver.port(), &[&args[..], &["--threshold", "rate>=99.5%"]].concat());
    done.ends(5);
    assert!((done.run.span_s() - 0.5).abs() < 1e-6, "{}", done.run.span_s());
    assert!((done.run.asked_per_s() - 200.0).abs() < 1e-6, "{}", done.run.asked_per_s());
}

#[test]
fn the_rate_that_was_asked_for_is_told_however_the_run_ends() {
    let receiver = says(YES, true);
    for (args, asked) in [
        (&["--rate", "3/s", "--duration", "1s"][..], 3.0),
        (&["--rate", "100/s", "--duration", "1100ms", "--threads", "2"], 100.0),
        (&["--rate", "100/s", "--duration", "1s", "--shard", "1/3"], 34.0),
    ] {
        let done = load(&receiver.port(), args);
        done.ends(0);
        assert!((done.run.asked_per_s() - asked).abs() < 1e-6, "{args:?}: {}", done.run.asked_per_s());
    }
}

/// Two files, and this fault.
fn two_files(fault: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.yaml");
    let text = format!(
        "name: two files\nprovider: {{name: tencent}}\nrecording: {{mp4: {{cycle: 10m}}}}\n\
         signing: {{key: k}}\nbroadcast: [{{0s: push}}, {{20m: drop}}]\nfaults: [{fault}]\n"
    );
    std::fs::write(&path, text).unwrap();
    (folder, path.to_string_lossy().into_owned())
}

#[test]
fn a_callback_that_a_fault_leaves_out_is_not_sent_under_load() {
    let receiver = says(YES, true);
    let (_folder, path) = two_files("{omit: {nth: 1}}");
    let args = ["--rate", "max", "--broadcasts", "1", "--connections", "1", "--count", "4"];
    let done = load_of(&path, &receiver.port(), &args);
    done.ends(0);
    assert_eq!(receiver.requests().len(), 4);
    let stream =
        |request: &Vec<u8>| serde_json::from_slice::<Value>(body(request)).unwrap()["stream_id"].to_string();
    let streams: BTreeSet<_> = receiver.requests().iter().map(stream).collect();
    assert_eq!(streams.len(), 4, "one callback of each broadcast: {streams:?}");
}

#[test]
fn a_hurt_callback_that_reaches_nobody_is_unreachable_and_an_error() {
    let (_folder, path) = two_files("duplicate");
    let listener = TcpListener::bind(vacant()).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        // Takes the connection by which it is found, and is gone.
        drop(listener.accept());
        drop(listener);
    });
    let args = ["--rate", "50/s", "--duration", "500ms"];
    let done = load_of(&path, &format!("http://{address}/"), &args);
    assert_eq!(done.ended(Outcome::GaveUp), 0, "{:?}", done.total().outcomes);
    assert_eq!(done.total().errors(), done.total().planned);
}

#[test]
fn a_receiver_that_refuses_everything_alike_stops_a_load_at_once_and_says_why() {
    let refusal = b"HTTP/1.1 401 X\r\nContent-Length: 24\r\n\r\n{\"error\":\"bad signature\"}".to_vec();
    let receiver = says(refusal.clone(), true);
    let begun = Instant::now();
    let done = load(&receiver.port(), &["--rate", "200/s", "--duration", "20s"]);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    exits(&done.output, 5);
    assert!((50..200).contains(&receiver.requests().len()), "{}", receiver.requests().len());
    let told = stdout(&done.output);
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines.len() <= 15, "{told}");
    assert!(lines[1].contains("callbacks were answered 401 {\"error\":\"bad signature\""), "{told}");
    assert!(lines[2].contains("likely cause") && lines[2].contains("--secret-env"), "{told}");
    let port = receiver.port();
    for part in [
        "the first 50 callbacks were all refused with status 401; --max-failures 0 goes on".to_owned(),
        "expected      status 200".into(),
        format!("request       POST http://localhost:{port}/, as tencent 2025, signed with "),
        "✗ errors==0 (default): errors = ".into(),
        format!("one by one    hookreel run {SINGLE} -t http://localhost:{port}/ --seed "),
        format!("again         hookreel load {SINGLE} --rate 200/s --duration 20s"),
    ] {
        assert_eq!(told.matches(&part).count(), 1, "{part}: {told}");
    }
    assert_eq!(done.total().answers.len(), 3, "the first three are kept");
    for goes_on in [&["--max-failures", "0"][..], &["--threshold", "errors<=100%"]] {
        let done = load(&receiver.port(), &[&["--rate", "200/s", "--duration", "500ms"], goes_on].concat());
        assert_eq!(done.total().planned, 100, "{goes_on:?}");
        assert_eq!(done.run.stopped, None);
        let told = stdout(&done.output);
        assert!(told.contains("lateness"), "who goes on wants the figures: {told}");
        assert_eq!(
            told.lines().nth(1).unwrap().contains("answered 401"),
            goes_on[0] == "--max-failures",
            "{told}"
        );
    }
    let output = run(&["load", SINGLE, "-t", &receiver.port(), "--find-limit", "--duration", "2s", "-q"]);
    exits(&output, 5);
    let told = stdout(&output);
    assert!(told.lines().count() <= 15 && told.lines().nth(2).unwrap().contains("likely cause"), "{told}");
    assert!(told.contains("every callback failed alike at 100/s, the first rate"), "{told}");
    let mixed = Raw::serve(move |n, stream| stream.write_all(if n == 0 { YES } else { &refusal }).is_ok());
    let done = load(&mixed.port(), &["--rate", "200/s", "--duration", "500ms"]);
    assert_eq!((done.total().planned, done.ended(Outcome::Rejected)), (100, 99), "one was accepted");
}

#[test]
fn what_every_callback_came_to_is_told_to_programs_too() {
    let receiver = says(*b"HTTP/1.1 404 X\r\nContent-Length: 9\r\n\r\nnot found", true);
    for limit in [&["--find-limit"][..], &["--rate", "200/s"]] {
        let fixed = ["load", SINGLE, "-t", &receiver.port(), "--duration", "2s", "-q", "--report", "json"];
        let output = run(&[&fixed[..], limit].concat());
        exits(&output, 5);
        let told: Value = serde_json::from_str(&stdout(&output)).unwrap();
        let alike = &told["failed_alike"];
        assert_eq!((&alike["status"], &alike["answer"]), (&404.into(), &"not found".into()), "{told}");
        assert!(alike["callbacks"].as_u64().unwrap() >= 50, "{told}");
        assert!(alike["likely_cause"].as_str().unwrap().starts_with("the path"), "{told}");
        assert!(alike["one_by_one"].as_str().unwrap().starts_with("hookreel run "), "{told}");
    }
    let fine = says(YES, true);
    let args = ["load", SINGLE, "-t", &fine.port(), "-q", "--report", "json"];
    let told: Value = serde_json::from_str(&stdout(&run(&[&args[..], FORTY].concat()))).unwrap();
    assert!(told["failed_alike"].is_null(), "{told}");
}

#[test]
fn requests_without_a_whole_answer_are_failures_alike_too() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"code\":0}";
    for (bytes, said, cause) in [
        (&half[..], "no whole answer (answer not complete): {\"code\":0}", "it ends before its body does"),
        (b"", "no whole answer (closed)", "ended the connection"),
    ] {
        let receiver = says(bytes, false);
        let done = load(&receiver.port(), &["--rate", "200/s", "--duration", "20s"]);
        exits(&done.output, 5);
        let told = stdout(&done.output);
        let lines: Vec<&str> = told.lines().collect();
        assert!(lines.len() <= 15 && lines[1].contains(said) && lines[2].contains(cause), "{told}");
        assert!(done.run.stopped.as_ref().unwrap().contains("all failed alike"), "{told}");
    }
}

/// A scenario of two callbacks, and what `run` and `load` make of a receiver that says this: outcome, and whether they pass.
fn by_run_and_load(extra: &str, receiver: &Raw) -> [(Outcome, bool); 2] {
    let start = format!("provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\n");
    let (_folder, path) = scenario(&format!("{start}broadcast: [{{0s: push}}, {{10m: drop}}]\n{extra}\n"));
    let output = run(&["run", &path, "-t", &receiver.port(), "--timeout", "5s", "--report", "json"]);
    let told: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let outcome = serde_json::from_value(told["scenarios"][0]["callbacks"][0]["outcome"].clone()).unwrap();
    let forty = load_of(&path, &receiver.port(), FORTY);
    assert_eq!(forty.total().outcomes.len(), 1, "{:?}", forty.total());
    let (loaded, _) = forty.total().outcomes.first_key_value().unwrap();
    let failed = [output.status.code() != Some(0), forty.total().errors() > 0];
    assert_eq!(forty.output.status.code() == Some(0), !failed[1], "{}", stdout(&forty.output));
    [(outcome, !failed[0]), (*loaded, !failed[1])]
}

#[test]
fn a_load_judges_answers_as_a_run_does() {
    let json = |text: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len());
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"code\":0}";
    let told = "delivery: {retry: none, success: {json: {$.code: 0}}}";
    let expected = "delivery: {retry: none}\nexpect: {accept: {json: {$.code: 0}}}";
    let lenient = "delivery: {retry: none, incomplete_answer: accepted}";
    for (extra, answer, outcome, passed) in [
        (told, json("{\"code\":0}"), Outcome::Accepted, true),
        (told, json("{\"code\":1}"), Outcome::Rejected, false),
        (expected, json("{\"code\":0}"), Outcome::Accepted, true),
        (expected, json("{\"code\":1}"), Outcome::Accepted, false),
        (lenient, half.to_owned(), Outcome::Accepted, true),
        (lenient, half.replace("200", "500"), Outcome::InDoubt, false),
        ("delivery: {retry: none}", half.to_owned(), Outcome::InDoubt, false),
        ("delivery: {retry: none}", json("{\"code\":1}"), Outcome::Accepted, true),
    ] {
        let [run, load] = by_run_and_load(extra, &says(answer.as_bytes(), !answer.contains("20\r")));
        // What a run gave up with its one attempt is in doubt, as far as figures go.
        let seen = if run.0 == Outcome::GaveUp { Outcome::InDoubt } else { run.0 };
        assert_eq!([(seen, run.1), load], [(outcome, passed); 2], "{extra}: {answer}");
    }
    let slow = Raw::serve(|_, stream| {
        std::thread::sleep(Duration::from_millis(5));
        stream.write_all(YES).is_ok()
    });
    let hasty = "delivery: {retry: none}\nexpect: {within: 1ms}";
    assert_eq!(by_run_and_load(hasty, &slow), [(Outcome::Accepted, false); 2]);
}

#[test]
fn a_receiver_that_is_gone_is_told_with_the_second_and_fails_the_rate_too() {
    let address = vacant();
    std::thread::spawn(move || {
        let listener = TcpListener::bind(address).unwrap();
        let begun = Instant::now();
        let mut open = Vec::new();
        listener.set_nonblocking(true).unwrap();
        while begun.elapsed() < Duration::from_millis(1500) {
            let Ok((mut stream, _)) = listener.accept() else {
                std::thread::sleep(Duration::from_millis(1));
                continue;
            };
            stream.set_nonblocking(false).unwrap();
            let mut room = [0; 4096];
            while stream.read(&mut room).is_ok_and(|read| read > 0) && stream.write_all(YES).is_ok() {
                if begun.elapsed() > Duration::from_millis(1500) {
                    break;
                }
            }
            open.push(stream);
        }
    });
    let args = ["--rate", "50/s", "--duration", "4s", "--connections", "1", "--threshold", "rate>=99.5%"];
    let done = load(&format!("http://{address}/"), &args);
    exits(&done.output, 5);
    let told = stdout(&done.output);
    assert!(told.contains("receiver gone from second 1 (connection refused ×"), "{told}");
    assert!(told.contains("✗ rate>=99.5%") && told.contains("bottleneck: receiver (it was gone)"), "{told}");
}

#[test]
fn a_record_is_judged_anew_by_the_thresholds_of_the_report() {
    let receiver = says(YES, true);
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record").display().to_string();
    let args =
        ["load", SINGLE, "-t", &receiver.port(), "-q", "--rate", "max", "--count", "20", "--record", &record];
    exits(&run(&args), 0);
    for (threshold, code) in
        [("p99<1", 2), ("service.max<1us", 5), ("accepted==20", 0), ("accepted<20", 5), ("rate>1%", 2)]
    {
        let output = run(&["report", &record, "--threshold", threshold]);
        exits(&output, code);
        assert!(code == 2 || stdout(&output).contains(threshold), "{}", stdout(&output));
    }
}

#[test]
fn a_time_limit_holds_for_callbacks_with_faults_and_their_connections_count() {
    let (_folder, path) = scenario(&format!(
        "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\n\
         broadcast: [{{0s: push}}, {{5m: drop}}]\nfaults: [duplicate]\n"
    ));
    let receiver = silent();
    let begun = Instant::now();
    let args = ["--rate", "10/s", "--duration", "500ms", "--timeout", "300ms", "--drain", "10s"];
    let done = load_of(&path, &receiver.port(), &args);
    assert!(begun.elapsed() < Duration::from_secs(5), "the provider's limit of 15 s does not hold it up");
    assert_eq!(done.trouble(TroubleKind::Timeout), 5, "{:?}", done.total().troubles);
    assert_eq!(done.total().opened, 5);
    let slow = Raw::serve(|_, stream| {
        std::thread::sleep(Duration::from_millis(50));
        stream.write_all(YES).is_ok()
    });
    let args = ["--rate", "100/s", "--duration", "300ms", "--connections", "2", "--drain", "10s"];
    let done = load_of(&path, &slow.port(), &args);
    assert_eq!((done.total().opened, done.ended(Outcome::Accepted)), (30, 30));
    assert!(done.total().in_flight <= 2, "{}", done.total().in_flight);
}

#[test]
fn the_key_of_the_samples_is_warned_of_where_it_signs_and_nowhere_else() {
    let receiver = says(YES, true);
    for (signing, warned) in
        [("{key: my-own-key}", false), ("{method: none}", false), (&*format!("{{key: {KEY}}}"), true)]
    {
        let (_folder, path) = scenario(&format!(
            "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {signing}\nbroadcast: [{{0s: push}}, {{5m: drop}}]\n"
        ));
        let output = run(&["load", &path, "-t", &receiver.port(), "--rate", "max", "--count", "2", "-q"]);
        let said = stderr(&output).matches("signed with the key of the samples").count();
        assert_eq!(said, usize::from(warned), "{signing}: {}", stderr(&output));
    }
}
