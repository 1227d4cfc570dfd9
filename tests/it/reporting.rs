//! `hookreel report`: any format, afterwards, from the record alone.

use std::io::Write;
use std::path::PathBuf;

use hookreel::record::load::{LoadLine, Second, SecondLine, Tally};
use hookreel::record::{Outcome, TroubleKind};
use serde_json::Value;

use crate::measured::{asked, calm, read, record};
use crate::stage::{Raw, exits, hookreel, one_callback, run, stderr, stdout};

/// Thirty seconds at 500/s; after ten of them the receiver stands still for one.
fn stalled() -> Vec<SecondLine> {
    let second = |second| {
        let mut tally = calm(500);
        if second == 10 {
            tally.statuses = [(200, 480), (503, 20)].into();
            tally.troubles.insert(TroubleKind::Timeout, 3);
            tally.outcomes = [(Outcome::Accepted, 477), (Outcome::GaveUp, 20), (Outcome::InDoubt, 3)].into();
            (tally.retries, tally.in_flight, tally.queued) = (20, 498, 11);
            (0..400).for_each(|n| tally.latency.record(n * 2_500_000));
        }
        SecondLine { second, tally }
    };
    (0..30).map(second).collect()
}

fn thresholds(texts: &[&str]) -> LoadLine {
    LoadLine { thresholds: texts.iter().map(|text| (*text).to_owned()).collect(), ..asked() }
}

/// Files with these records.
fn files(records: &[String]) -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let write = |(n, text): (usize, &String)| {
        let path: PathBuf = folder.path().join(format!("{n}.jsonl"));
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let paths = records.iter().enumerate().map(write).collect();
    (folder, paths)
}

fn report(records: &[String], args: &[&str]) -> std::process::Output {
    let (_folder, paths) = files(records);
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    run(&[&["report"], paths.as_slice(), args].concat())
}

fn stalled_record() -> String {
    record(&thresholds(&["p99<200ms", "service.p99<50ms", "rate>=99.5%"]), &stalled(), Some(None))
}

#[test]
fn a_load_run_is_told_on_one_screen() {
    let output = report(&[stalled_record()], &[]);
    exits(&output, 5);
    insta::assert_snapshot!(stdout(&output));
}

#[test]
fn a_load_run_in_json_has_its_fixed_fields() {
    let output = report(&[stalled_record()], &["--report", "json"]);
    exits(&output, 5);
    let mut report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let seconds = report["seconds"].as_array_mut().unwrap();
    assert_eq!(seconds.len(), 30);
    let stalled = seconds.swap_remove(10);
    *seconds = vec![stalled];
    insta::assert_json_snapshot!(report);
}

#[test]
fn a_load_run_in_junit_has_a_case_for_each_threshold_and_one_for_the_schedule() {
    let output = report(&[stalled_record()], &["--report", "junit"]);
    exits(&output, 5);
    insta::assert_snapshot!(stdout(&output));
}

#[test]
fn a_sender_that_fell_behind_says_so_and_what_may_be_its_own_doing_is_undecided() {
    let mut seconds = stalled();
    seconds.iter_mut().for_each(|second| {
        (0..20).for_each(|_| second.tally.lateness.record(40_000_000));
        second.tally.busy_ns = 990_000_000;
        second.tally.outcomes = [(Outcome::Accepted, 500)].into();
    });
    let text = record(&thresholds(&["p99<200ms"]), &seconds, Some(None));
    let output = report(std::slice::from_ref(&text), &[]);
    exits(&output, 6);
    assert!(stdout(&output).contains("? p99<200ms") && stdout(&output).contains("✓ errors==0"));
    insta::assert_snapshot!(stdout(&output));
    let junit = stdout(&report(&[text], &["--report", "junit"]));
    assert_eq!((junit.matches("<skipped").count(), junit.matches("<failure").count()), (1, 1), "{junit}");
}

#[test]
fn a_closed_loop_says_that_its_latency_is_service_time() {
    let line = LoadLine { open: false, rate: "max".into(), connections: 64, broadcasts: 64, ..asked() };
    let text = stdout(&report(&[record(&line, &stalled(), Some(Some("SIGINT")))], &[]));
    insta::assert_snapshot!(text);
}

#[test]
fn portable_timers_are_told_where_one_of_the_shards_had_them() {
    let shard = |n, timers: &str| {
        record(&LoadLine { shard: (n, 2), timers: timers.into(), ..asked() }, &stalled(), Some(None))
    };
    for (mine, yours, told) in [("", "", false), ("", "portable", true), ("portable", "", true)] {
        let parts = || vec![shard(1, mine), shard(2, yours)];
        let text = stdout(&report(&parts(), &[]));
        assert_eq!(text.contains("exact pacing by portable timers"), told, "{text}");
        let json: Value = serde_json::from_str(&stdout(&report(&parts(), &["--report", "json"]))).unwrap();
        assert_eq!(json["load"].get("timers"), told.then(|| Value::from("portable")).as_ref(), "{json}");
    }
}

#[test]
fn a_killed_shard_and_a_missing_one_are_told_before_the_figures() {
    let shard = |n, end| record(&LoadLine { shard: (n, 3), ..asked() }, &stalled()[..5], end);
    let output = report(&[shard(3, None), shard(1, Some(None))], &[]);
    exits(&output, 1);
    insta::assert_snapshot!(stdout(&output));
}

#[test]
fn a_second_is_told_in_one_plain_line() {
    let run = read(&stalled_record());
    let lines =
        [&run.seconds[0], &run.seconds[10]].map(|second| hookreel::report::load::second(second, true));
    insta::assert_snapshot!(lines.join("\n"));
    let after_the_end = Second { planned: 0, sent: 0, ..run.seconds[10].clone() };
    let line = hookreel::report::load::second(&after_the_end, true);
    assert!(line.contains("11s  answers to earlier callbacks  ") && !line.contains("asked"), "{line}");
}

#[test]
fn the_record_of_a_run_gives_the_reports_and_the_exit_code_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl").display().to_string();
    for (statuses, code) in [(&[200][..], 0), (&[403], 1)] {
        let receiver = Raw::statuses(statuses);
        let (_scenario, scenario) = one_callback("{retry: none}");
        for format in ["text", "json", "junit"] {
            let live =
                run(&["run", &scenario, "-t", &receiver.port(), "--record", &path, "--report", format]);
            exits(&live, code);
            let later = run(&["report", &path, "--report", format]);
            exits(&later, code);
            assert_eq!(unstamped(&stdout(&later)), unstamped(&stdout(&live)), "{format}");
        }
    }
}

/// Without what the JUnit writer stamps by itself.
fn unstamped(text: &str) -> String {
    text.lines().filter(|line| !line.contains("<testsuites")).collect()
}

#[test]
fn nobody_there_is_the_same_exit_code_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl").display().to_string();
    let nobody = format!("http://{}/", crate::stage::vacant());
    exits(&run(&["run", "@huawei/normal", "-t", &nobody, "--record", &path]), 3);
    exits(&run(&["report", &path]), 3);
}

#[test]
fn what_does_not_go_together_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl").display().to_string();
    exits(&run(&["run", "--record", &path]), 0);
    let refused = |args: &[&str], why: &str| {
        let output = run(&[&["report"], args].concat());
        exits(&output, 2);
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
    };
    let (_load_folder, load) = files(&[stalled_record()]);
    refused(&[&path, &path], "report on each by itself");
    refused(&[&path, &load[0]], "report on each by itself");
    refused(&[&load[0], &load[0]], "both hold shard 1/1");
    refused(&[], "RECORD");
    refused(&["nowhere.jsonl"], "cannot read `nowhere.jsonl`");
    refused(&[&path, "--report", &format!("json={path}")], "is read by this command");
    assert!(std::fs::metadata(&path).unwrap().len() > 0);
}

#[test]
fn a_damaged_record_is_refused_with_the_file_the_line_and_what_was_expected() {
    let whole = record(
        &asked(),
        &[SecondLine { second: 0, tally: calm(2) }, SecondLine { second: 1, tally: Tally::default() }],
        Some(None),
    );
    let refused = |text: String, why: &[&str]| {
        let output = report(&[text], &[]);
        exits(&output, 2);
        why.iter().for_each(|why| assert!(stderr(&output).contains(why), "{why}: {}", stderr(&output)));
    };
    refused(String::new(), &["0.jsonl`", "0.jsonl` is empty; `report` reads records"]);
    refused("abc".to_owned(), &["0.jsonl`", "this is not a whole line of a record"]);
    refused("not a record\n".into(), &["0.jsonl`", "line 1", "expected"]);
    refused(
        whole.replacen("\"line\":\"second\"", "\"line\":\"secund\"", 1),
        &["line 3", "unknown variant `secund`", "`second`"],
    );
    refused(whole.replacen("\"200\"", "\"ok\"", 1), &["line 3", "`ok` is not an HTTP status"]);
    refused(
        whole.replacen("\"second\":1", "\"second\":0", 1),
        &["line 4", "expected a second after 0, not 0"],
    );
    refused(
        whole.lines().skip(1).map(|line| format!("{line}\n")).collect(),
        &["line 1", "expected the line `run`"],
    );
    refused(
        whole.replacen("\"shard\":[1,1]", "\"shard\":[1,0]", 1),
        &["line 2", "expected a shard from 1/1"],
    );
    refused(
        whole.replacen("hookreel.record/1", "hookreel.record/9", 1),
        &["expected the format hookreel.record/1"],
    );
    refused(
        format!("{whole}{}\n", whole.lines().nth(2).unwrap()),
        &["line 6", "expected the number (`seq`) 6, not 3"],
    );
}

#[test]
fn a_record_goes_to_standard_output_by_a_link_and_the_link_stays() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("stdout");
    std::os::unix::fs::symlink("/proc/self/fd/1", &link).unwrap();
    let record = link.display().to_string();
    let text = folder.path().join("report.txt").display().to_string();
    let output =
        run(&["run", "@huawei/normal", "--record", &record, "--report", &format!("text={text}"), "-q"]);
    exits(&output, 0);
    assert!(stdout(&output).starts_with("{\"line\":\"run\""), "{}", stdout(&output));
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn what_was_judged_before_and_was_not_sent_now_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (old, new) = (path("old"), path("new"));
    exits(&run(&["run", "@huawei/normal", "--record", &old]), 0);
    exits(
        &run(&["run", "@huawei/normal", "-t", &crate::stage::free_port().to_string(), "--record", &new]),
        3,
    );
    let told = stdout(&run(&["report", &new, "--against", &old]));
    // Three callbacks, and what the embedded receiver stored.
    assert!(told.contains("1 newly failed, 0 fixed, 0 still failed, 4 judged before and not now"), "{told}");
}

#[test]
fn no_line_of_a_table_is_longer_than_eighty_columns() {
    let mut seconds = stalled();
    // As wide as figures become.
    seconds.iter_mut().for_each(|second| second.tally.latency.record(3_599_000_000_000));
    let text = stdout(&report(&[record(&asked(), &seconds, Some(None))], &[]));
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{}: {line}", line.chars().count());
    }
}

/// A run that ends in every way, and its text on the screen.
fn texts(port: &str, args: &[&str]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record").display().to_string();
    let detail: Vec<&str> = args.iter().copied().filter(|arg| *arg == "-v").collect();
    let live =
        run(&[&["run", "@huawei/cycle", "@tencent/single-file", "-t", port, "--record", &record], args]
            .concat());
    let told = run(&[&["report", &record], detail.as_slice()].concat());
    assert_eq!(live.status.code(), told.status.code(), "{args:?}");
    (stdout(&live), stdout(&told))
}

#[test]
fn the_text_of_a_record_is_what_the_screen_said() {
    let receivers: [&'static [u16]; 5] =
        [&[200], &[401], &[200, 200, 401], &[401, 200], &[500, 500, 500, 500, 200]];
    let flags = [
        &[][..],
        &["--fail-fast"],
        &["--max-failures", "0"],
        &["--max-failures", "1"],
        &["--state", "http://127.0.0.1:1/"],
    ];
    let mut unsent = 0;
    for statuses in receivers {
        for args in flags.iter().flat_map(|args| [args.to_vec(), [*args, &["-v"]].concat()]) {
            let (live, told) = texts(&Raw::statuses(statuses).port(), &args);
            assert_eq!(live, told, "{statuses:?} {args:?}");
            unsent += live.lines().filter(|line| line.ends_with("not sent") && line.contains("---")).count();
        }
    }
    assert!(unsent > 0, "with -v, what was not sent has a line");
    let (live, told) = texts(&crate::stage::vacant().to_string(), &[]);
    assert_eq!(live, told);
}

#[test]
fn the_folders_of_reports_record_badge_and_scorecard_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (junit, html) = (format!("junit={}", path("a/b/junit.xml")), format!("html={}", path("c/all.html")));
    let (record, badge, card) = (path("d/record"), path("e/f/badge.svg"), path("g/card.md"));
    let run_of = [
        "run",
        "@huawei/normal",
        "--report",
        &junit,
        "--report",
        &html,
        "--record",
        &record,
        "--badge",
        &badge,
    ];
    exits(&run(&run_of), 0);
    exits(&run(&["report", &record, "--report", &format!("csv={}", path("h/all.csv"))]), 0);
    let receiver = Raw::statuses(&[200]);
    let audit = ["audit", "huawei", "--case", "A1", "-t", &receiver.port(), "--scorecard", &card];
    let output = run(&audit);
    assert!(!stderr(&output).contains("cannot write"), "{}", stderr(&output));
    for written in [path("a/b/junit.xml"), path("c/all.html"), record, badge, card, path("h/all.csv")] {
        assert!(std::fs::metadata(&written).is_ok_and(|file| file.len() > 0), "{written}");
    }
}

#[test]
fn no_report_of_an_earlier_run_stays_while_a_run_or_a_load_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let names = ["r.xml", "r.json", "r.html", "r.svg"];
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let (paths, told) = (names.map(file), seen.clone());
    let receiver = Raw::serve(move |_, stream| {
        told.lock()
            .unwrap()
            .extend(paths.iter().map(|path| std::fs::read_to_string(path).unwrap_or_default()));
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok()
    });
    let reports = ["junit=r.xml", "json=r.json", "html=r.html"];
    let (_scenario, path) = one_callback("{retry: none}");
    for command in ["run", "load"] {
        names.iter().for_each(|name| std::fs::write(file(name), "of yesterday").unwrap());
        let mut line = hookreel();
        line.current_dir(folder.path()).args([command, &path, "-t", &receiver.port(), "--badge", "r.svg"]);
        line.args(reports.iter().flat_map(|report| ["--report", report]));
        let count = if command == "load" { &["--count", "1"][..] } else { &[] };
        exits(&line.args(count).output().unwrap(), 0);
        let seen = std::mem::take(&mut *seen.lock().unwrap());
        assert!(seen.len() >= names.len() && seen.iter().all(String::is_empty), "{command}: {seen:?}");
        names.iter().for_each(|name| assert!(std::fs::read_to_string(file(name)).unwrap().len() > 100));
    }
    // A scorecard is a report, too.
    let card = file("card.json");
    std::fs::write(&card, "of yesterday").unwrap();
    let (path, told) = (card.clone(), seen.clone());
    let receiver = Raw::serve(move |_, stream| {
        told.lock().unwrap().push(std::fs::read_to_string(&path).unwrap_or_default());
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok()
    });
    let card = card.display().to_string();
    let audit = ["audit", "tencent", "--case", "A1", "-t", &receiver.port(), "--scorecard", &card];
    run(&audit);
    assert!(seen.lock().unwrap().iter().all(String::is_empty), "{seen:?}");
    assert!(std::fs::read_to_string(&card).unwrap().contains("hookreel.audit/"));
    exits(&run(&[&audit[..], &["--report", &format!("json={card}")]].concat()), 2);
    // Of a command line that is wrong nothing begins.
    std::fs::write(file("r.xml"), "of yesterday").unwrap();
    let report = format!("junit={}", file("r.xml").display());
    exits(&run(&["run", "@huawei/nornal", "-t", "1", "--report", &report]), 2);
    assert_eq!(std::fs::read_to_string(file("r.xml")).unwrap(), "of yesterday");
}

#[test]
fn every_report_that_could_not_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a", "b"].map(|name| folder.path().join(name));
    let own = paths.clone();
    let receiver = Raw::serve(move |_, stream| {
        for path in &own {
            let _ = std::fs::remove_file(path).and_then(|()| std::fs::create_dir(path));
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok()
    });
    paths.iter().for_each(|path| std::fs::write(path, "").unwrap());
    let [junit, tap] =
        [("junit", 0), ("tap", 1)].map(|(format, n)| format!("{format}={}", paths[n].display()));
    let (_scenario, path) = one_callback("{retry: none}");
    let output = run(&["run", &path, "-t", &receiver.port(), "--report", &junit, "--report", &tap]);
    exits(&output, 70);
    for format in ["junit", "tap"] {
        assert!(
            stderr(&output).contains(&format!("error: the {format} report could not be written to")),
            "{}",
            stderr(&output)
        );
    }
}

#[cfg(unix)]
#[test]
fn a_limit_on_the_size_of_files_is_told_as_a_full_disk_is() {
    let receiver = Raw::statuses(&[200]);
    let folder = tempfile::tempdir().unwrap();
    let program = crate::stage::program();
    let line = format!(
        "ulimit -f 8; exec '{program}' run @huawei -t {} --record r.jsonl --report junit=r.xml",
        receiver.port()
    );
    let output =
        std::process::Command::new("sh").args(["-c", &line]).current_dir(folder.path()).output().unwrap();
    exits(&output, 70);
    let said = stderr(&output);
    assert!(said.contains("the record could not be written") && said.contains("File too large"), "{said}");
}

#[test]
fn callbacks_of_one_place_that_fail_alike_are_named_by_themselves() {
    let receiver = Raw::statuses(&[500]);
    let (_folder, path) = crate::stage::scenario(
        "provider: huawei\nrecording: {hls: {cycle: 30m}}\nsigning: {key: 0123456789abcdef0123456789abcdef}\n\
         broadcast:\n  - 0s: push\n  - 70m: drop\ndelivery: {retry: none}\n",
    );
    for format in ["github", "markdown"] {
        let args = ["run", &path, "-t", &receiver.port(), "--max-failures", "0", "--report", format];
        let text = stdout(&run(&args));
        let named = text.split("more alike: ").nth(1).unwrap();
        let named = named.split(['|', '\n']).next().unwrap();
        assert!(named.contains("hls file 1") && !named.contains(".yaml"), "{format}: {named}");
    }
}
