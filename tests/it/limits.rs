//! `load --find-limit`: the search, whole, against receivers that have a limit.

use std::collections::HashSet;
use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use hookreel::record::load::{LoadLine, SearchRecord, SecondLine, StepLine, Tally};
use hookreel::record::{Header, Line, Outcome, SCHEMA};
use hookreel::verdict::limit::{Showed, judge};
use hookreel::verdict::load::LoadVerdict;
use serde_json::Value;

use crate::measured::{asked, calm};
use crate::stage::{Raw, body, exits, program, run, stderr, stdout, vacant};

/// Answers so many requests a second at most; who comes too early waits.
fn serves_at_most(per_s: f64) -> Raw {
    let next = Mutex::new(Instant::now());
    Raw::serve(move |_, stream| {
        let turn = {
            let mut next = next.lock().unwrap();
            let turn = (*next).max(Instant::now());
            *next = turn + Duration::from_secs_f64(1.0 / per_s);
            turn
        };
        std::thread::sleep(turn.saturating_duration_since(Instant::now()));
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok()
    })
}

fn at_once() -> Raw {
    Raw::serve(|_, stream| stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok())
}

const SEARCH: [&str; 4] = ["load", "@huawei/normal", "--find-limit", "-q"];

/// In steps of a tenth of a second twenty callbacks are 200/s, however fast the machine is.
const TWENTY: [&str; 8] =
    ["--duration", "100ms", "--threshold", "accepted<=20", "--threshold", "p99<10s", "--rate", "60/s"];

fn json(args: &[&str], code: i32) -> Value {
    let output = run(&[args, &["--report", "json"]].concat());
    exits(&output, code);
    serde_json::from_str(&stdout(&output)).unwrap()
}

#[test]
fn the_limit_of_a_receiver_that_serves_150_a_second_is_found() {
    let receiver = serves_at_most(150.0);
    let port = receiver.port();
    let search = ["-t", &port, "--duration", "600ms", "--threshold", "p99<100ms"];
    let report = json(&[&SEARCH[..], &search].concat(), 0);
    let limit = &report["limit"];
    let (held, broke) = (limit["held_per_s"].as_f64().unwrap(), limit["broke_per_s"].as_f64().unwrap());
    // A machine that is busy with other tests adds delays of its own.
    assert!(held < 220.0 && broke / held <= 1.05, "{limit:#}");
    assert_eq!(report["verdict"], "passed");
    if limit["broke"] == "failed" {
        let text = limit["text"].as_str().unwrap();
        assert!(held > 75.0 && text.contains("/s p99 = "), "{text}");
    }
}

#[test]
fn an_event_that_is_never_accepted_is_named_with_the_answer_and_no_lower_rate_is_proposed() {
    let receiver = Raw::serve_each(|request, stream| {
        let yes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        let no = "HTTP/1.1 500 X\r\nContent-Length: 24\r\n\r\nKeyError: 'download_url'";
        let file = String::from_utf8_lossy(request).contains("RECORD_FILE_COMPLETE");
        stream.write_all(if file { no } else { yes }.as_bytes()).is_ok()
    });
    let port = receiver.port();
    let search = ["-t", &port, "--duration", "200ms", "--rate", "100/s", "--threshold", "p99<10s"];
    let text = json(&[&SEARCH[..], &search].concat(), 5)["limit"]["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("no callback `RECORD_FILE_COMPLETE` was accepted at 100/s"), "{text}");
    assert!(
        text.contains("was answered 500 KeyError: 'download_url'") && !text.contains("begin lower"),
        "{text}"
    );
}

#[test]
fn no_two_steps_announce_the_same_and_the_record_tells_the_search_again() {
    let receiver = at_once();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("search.jsonl").display().to_string();
    let port = receiver.port();
    let search = [&SEARCH[..], &TWENTY, &["-t", &port, "--record", &path]].concat();
    let live = run(&search);
    exits(&live, 0);
    assert!(stdout(&live).contains("passed: holds "), "{}", stdout(&live));
    let mut said = HashSet::new();
    for request in receiver.requests() {
        let message: Value = serde_json::from_slice(body(&request)).unwrap();
        let fact = (message["task_id"].to_string(), message["event_type"].to_string());
        assert!(said.insert(fact), "announced twice: {message}");
    }
    for (format, live) in [("text", stdout(&live)), ("json", String::new()), ("junit", String::new())] {
        let later = run(&["report", &path, "--report", format]);
        exits(&later, 0);
        assert!(live.is_empty() || stdout(&later) == live, "{live}\n{}", stdout(&later));
        assert!(stdout(&later).contains("holds "), "{format}");
    }
    let lines = std::fs::read_to_string(&path).unwrap();
    let (whole, _end) = lines.trim_end().rsplit_once('\n').unwrap();
    std::fs::write(&path, format!("{whole}\n")).unwrap();
    let killed = run(&["report", &path]);
    exits(&killed, 1);
    assert!(stdout(&killed).contains("the search was killed"), "{}", stdout(&killed));
}

#[test]
fn a_receiver_that_is_started_for_it_is_searched_too() {
    let at = vacant();
    let serve = format!(
        "HOOKREEL_KEY=0123456789abcdef0123456789abcdef exec {} serve huawei --secret-env HOOKREEL_KEY --listen {at} 2>&-",
        program()
    );
    let target = format!("http://{at}/");
    let report = json(&[&SEARCH[..], &TWENTY, &["-t", &target, "--exec", &serve]].concat(), 0);
    let held = report["limit"]["held_per_s"].as_f64().unwrap();
    // Unless the sender was kept from its work, the limit is the one that the threshold draws.
    let found = (190.0..=200.0).contains(&held);
    assert!(found || (held < 190.0 && report["limit"]["broke"] == "sender_behind"), "{:#}", report["limit"]);
}

#[test]
fn what_does_not_even_hold_at_the_lowest_rate_fails_with_the_reason() {
    let receiver = Raw::statuses(&[500]);
    let port = receiver.port();
    let report = json(&[&SEARCH[..], &["-t", &port, "--duration", "50ms"]].concat(), 5);
    assert_eq!(
        report["limit"]["steps"].as_array().unwrap().len(),
        1,
        "who refuses everything is not asked again"
    );
    let text = report["limit"]["text"].as_str().unwrap();
    assert!(text.contains("every callback failed alike at 100/s, the first rate: errors = 5"), "{text}");
    assert_eq!(report["limit"]["steps"][0]["thresholds"][0]["threshold"], "p99<200ms", "ours, and shown");
}

#[test]
fn what_is_no_search_is_refused() {
    let refused = |args: &[&str], why: &str| {
        let output = run(&[&SEARCH[..], &["-t", "1"], args].concat());
        exits(&output, 2);
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
    };
    refused(&["--rate", "max"], "--find-limit searches a rate");
    refused(&["--ramp", "1/s..9/s"], "cannot be used with");
    refused(&["--count", "9"], "cannot be used with");
    refused(&["--shard", "1/2"], "cannot be used with");
    refused(&["--start-at", "2026-03-08T14:10:25Z"], "cannot be used with");
}

/// A search of which these steps are known.
fn searched(steps: impl IntoIterator<Item = (f64, Tally)>) -> SearchRecord {
    let header = Header {
        schema: SCHEMA.into(),
        version: "0.0.0".into(),
        seed: 7,
        target: "http://127.0.0.1:8080/".into(),
        speed: "max".into(),
        ..Header::default()
    };
    let mut search = SearchRecord::default();
    search.apply(&Line::Run(header));
    for (number, (per_s, tally)) in (1..).zip(steps) {
        let step = Some(StepLine { number, per_s, seed: 6 + number });
        let line = LoadLine {
            rate: format!("{per_s}/s"),
            duration_s: 1.0,
            thresholds: vec!["p99<200ms".into()],
            step,
            ..asked()
        };
        search.apply(&Line::Load(line));
        search.apply(&Line::Second(SecondLine { second: 0, tally }));
    }
    search.apply(&Line::End { stopped: None, never_began: false, set_up_wrong: false, at: String::new() });
    search
}

fn slow(callbacks: u64) -> Tally {
    let mut tally = calm(callbacks);
    (0..callbacks).for_each(|n| tally.latency.record(n * 1_000_000));
    tally
}

fn late(callbacks: u64) -> Tally {
    let mut tally = calm(callbacks);
    (0..callbacks).for_each(|_| tally.lateness.record(40_000_000));
    (0..callbacks).for_each(|_| tally.latency.record(300_000_000));
    tally
}

fn gone(callbacks: u64) -> Tally {
    let mut tally = Tally { planned: callbacks, ..Tally::default() };
    tally.outcomes.insert(Outcome::Unreachable, callbacks);
    tally
}

#[test]
fn a_search_is_told_as_a_curve() {
    let search = searched([
        (100.0, calm(100)),
        (200.0, calm(200)),
        (400.0, slow(400)),
        (400.0, slow(400)),
        (283.0, slow(283)),
        (283.0, calm(283)),
        (336.0, late(336)),
        (336.0, slow(336)),
    ]);
    let told = hookreel::report::load::limit::text::render(&search);
    insta::assert_snapshot!(anstream::adapter::strip_str(&told).to_string());
    insta::assert_snapshot!("in_junit", {
        let junit = hookreel::report::junit::of((&search).into());
        junit.lines().filter(|line| !line.contains("<testsuites")).collect::<Vec<_>>().join("\n")
    });
}

#[test]
fn each_way_to_end_a_search_has_its_verdict() {
    let ends = |steps: Vec<(f64, Tally)>| {
        let judgement = judge(&searched(steps));
        (judgement.verdict, judgement.bracket.broke.map(|broke| broke.showed), judgement.text)
    };
    let (verdict, broke, text) = ends(vec![(100.0, calm(100)), (200.0, late(200)), (200.0, late(200))]);
    assert_eq!((verdict, broke), (LoadVerdict::Passed, Some(Showed::SenderBehind)));
    assert!(text.contains("the sender's limit, not the receiver's"), "{text}");
    let (verdict, broke, text) = ends(vec![(100.0, late(100)), (100.0, late(100))]);
    assert_eq!((verdict, broke), (LoadVerdict::FellBehind, Some(Showed::SenderBehind)));
    assert!(text.contains("nothing is known of the receiver"), "{text}");
    let (verdict, broke, text) = ends(vec![(100.0, calm(100)), (200.0, gone(200))]);
    assert_eq!((verdict, broke), (LoadVerdict::Failed, Some(Showed::Gone)));
    assert!(text.contains("not reached any more"), "{text}");
    assert_eq!(ends(vec![(100.0, gone(100))]).0, LoadVerdict::Unreachable);
    // A step that fails once has not shown anything.
    let (verdict, broke, text) = ends(vec![(100.0, calm(100)), (200.0, slow(200)), (200.0, calm(200))]);
    assert_eq!((verdict, broke), (LoadVerdict::Passed, None), "{text}");
}

#[test]
fn a_stop_in_the_pause_behind_a_step_takes_nothing_from_it_and_one_in_a_step_drops_it() {
    let held = |search: &SearchRecord| (judge(search).verdict, judge(search).bracket.held);
    let stopped = Line::End {
        stopped: Some("interrupted".into()),
        never_began: false,
        set_up_wrong: false,
        at: String::new(),
    };
    let mut search = searched([(100.0, calm(100)), (200.0, calm(200))]);
    search.apply(&stopped);
    assert_eq!(held(&search), (LoadVerdict::Incomplete, Some(200.0)));
    let half = Tally { span_ns: 500_000_000, ..calm(100) };
    let mut waiting = calm(200);
    waiting.outcomes = [(Outcome::Accepted, 199), (Outcome::InDoubt, 1)].into();
    for cut in [half, waiting] {
        let mut search = searched([(100.0, calm(100)), (200.0, cut)]);
        search.apply(&stopped);
        assert_eq!(held(&search), (LoadVerdict::Incomplete, Some(100.0)));
    }
}
