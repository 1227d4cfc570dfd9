//! Facts that are not round: what a receiver must not take for granted, held for every shipped scenario.

use std::collections::{BTreeMap, BTreeSet};

use hookreel::fault;
use serde_json::Value;

use crate::stage::{KEY, Raw, exits, file, hookreel, program, run, scenario, stderr, stdout, vacant};

const NOW: &str = "2026-03-08T14:10:25Z";

fn plan(args: &[&str]) -> Vec<Value> {
    let plan = run(&[&["plan", "--format", "json", "--now", NOW], args].concat());
    let plan: Value = serde_json::from_str(&stdout(&plan)).unwrap();
    plan["scenarios"].as_array().unwrap().clone()
}

/// Every body of a plan that announces a file, with its provider and revision.
fn files(plays: &[Value]) -> Vec<(String, Value)> {
    let of = |play: &Value| {
        let edition =
            format!("{} {}", play["provider"].as_str().unwrap(), play["revision"].as_str().unwrap());
        let callbacks = play["callbacks"].as_array().unwrap().iter();
        let bodies = callbacks.map(|callback| callback["body"].clone());
        bodies
            .filter(|body| body.get("file_size").is_some())
            .map(move |body| (edition.clone(), body))
            .collect::<Vec<_>>()
    };
    plays.iter().flat_map(of).collect()
}

fn number(body: &Value, name: &str) -> i64 {
    body[name].as_i64().unwrap()
}

#[test]
fn the_length_of_a_file_is_not_its_end_minus_its_start() {
    let mut equal: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut compared = 0;
    for (edition, body) in
        files(&plan(&["@all"])).into_iter().filter(|(_, body)| body.get("duration").is_some())
    {
        compared += 1;
        if number(&body, "duration") == number(&body, "end_time") - number(&body, "start_time") {
            equal.entry(edition).or_default().push(body);
        }
    }
    assert!(compared >= 30, "{compared}");
    assert!(equal.values().all(|bodies| bodies.len() <= 1), "{equal:#?}");
}

#[test]
fn the_two_microsecond_fields_differ_in_every_callback() {
    let bodies = files(&plan(&["@all"]));
    let with: Vec<_> = bodies.iter().filter(|(_, body)| body.get("start_time_usec").is_some()).collect();
    assert!(with.len() >= 15, "{}", with.len());
    for (_, body) in with {
        assert_ne!(body["start_time_usec"], body["end_time_usec"], "{body}");
    }
}

#[test]
fn no_two_files_have_as_many_bytes_per_second() {
    let (mut rates, mut count) = (BTreeSet::new(), 0);
    for (_, body) in files(&plan(&["@all"])) {
        // Not every sender tells of the size of a file.
        let Some(seconds) = body.get("duration").or(body.get("record_duration")).and_then(Value::as_i64)
        else {
            continue;
        };
        assert!(rates.insert(number(&body, "file_size") / seconds), "{body}");
        count += 1;
    }
    assert!(count >= 80, "{count}");
}

#[test]
fn the_time_in_an_objects_path_is_not_its_start_time() {
    let mut compared = 0;
    for (_, body) in files(&plan(&["@huawei"])) {
        let start = body["start_time"].as_str().unwrap().replace([':', 'T'], "-");
        let object = body["obs_object"].as_str().unwrap();
        assert!(!object.contains(start.trim_end_matches('Z')), "{body}");
        compared += 1;
    }
    assert!(compared >= 15);
}

#[test]
fn numbers_of_messages_rise_and_lie_near_each_other() {
    let plays = plan(&["@tencent/every-event"]);
    for field in ["seq", "sequence"] {
        let bodies = plays[0]["callbacks"].as_array().unwrap().iter().map(|callback| &callback["body"]);
        let begins = bodies.filter(|body| body["event_type"] != 0);
        let numbers: Vec<u64> = begins.filter_map(|body| body.get(field)?.as_str()?.parse().ok()).collect();
        assert!(numbers.len() >= 3 && numbers.iter().all(|number| *number > 1 << 53), "{field}");
        assert!(numbers.is_sorted_by(|before, after| before < after), "{field}: {numbers:?}");
        assert!(numbers[numbers.len() - 1] - numbers[0] < 1 << 30, "{field}: {numbers:?}");
    }
}

#[test]
fn sound_alone_has_an_audio_bitrate_and_no_picture() {
    for revision in ["2022-11", "2025"] {
        let (_folder, path) = scenario(&format!(
            "provider: {{name: tencent, revision: \"{revision}\"}}\nrecording: {{aac: {{}}}}\nbroadcast: [{{0s: push}}, {{10m: drop}}]\n"
        ));
        let (_, body) = files(&plan(&[&path])).remove(0);
        let rate = number(&body, "file_size") * 8 / number(&body, "duration");
        assert!((110_000..145_000).contains(&rate), "{rate}");
        let ext: Value = serde_json::from_str(body["callback_ext"].as_str().unwrap()).unwrap();
        let keys: Vec<&String> = ext.as_object().unwrap().keys().collect();
        assert_eq!(keys, if revision == "2025" { vec!["session_id"] } else { vec![] });
    }
}

#[test]
fn without_jitter_files_are_as_long_as_their_pushes() {
    let (_folder, path) = scenario(
        "provider: {name: tencent, shape: documented}\nmedia: {jitter: off}\nrecording: {mp4: {cycle: 30m}}\n\
         broadcast: [{0s: push}, {70m: drop}]\n",
    );
    let files = files(&plan(&[&path]));
    let seconds: Vec<i64> = files.iter().map(|(_, body)| number(body, "duration")).collect();
    assert_eq!(seconds, [1800, 1800, 600]);
    assert!(files.iter().all(|(_, body)| number(body, "file_size") == number(body, "duration") * 312_500));
    assert_eq!(files[0].1["start_time_usec"], 0);
}

/// Start, end and length of each file of a cycle of 30 minutes, in seconds since the push.
fn cycle(revision: &str) -> Vec<(i64, i64, i64)> {
    let (_folder, path) = scenario(&format!(
        "provider: {{name: tencent, revision: \"{revision}\"}}\nrecording: {{flv: {{cycle: 30m}}}}\nbroadcast: [{{0s: push}}, {{70m: drop}}]\n"
    ));
    let plays = plan(&[&path]);
    let began: jiff::Timestamp = plays[0]["began"].as_str().unwrap().parse().unwrap();
    let since = |body: &Value, name: &str| number(body, name) - began.as_second();
    files(&plays)
        .iter()
        .map(|(_, body)| (since(body, "start_time"), since(body, "end_time"), number(body, "duration")))
        .collect()
}

#[test]
fn start_time_is_what_the_page_of_its_revision_says() {
    let content = [0, 1799, 3599];
    for (start, begin) in cycle("2021-07").iter().zip(content) {
        assert_eq!(start.0, begin, "the file's first second");
    }
    for ((start, end, duration), begin) in cycle("2022-01").into_iter().zip(content) {
        assert!((begin..=begin + 1).contains(&(end - duration + 1)), "the content begins at end - duration");
        assert!(start != end - duration && (begin..begin + 4).contains(&start), "{start}: the first write");
    }
    for (start, end, duration) in cycle("2022-11") {
        assert_eq!(start, 0, "the begin of the recording, for each of its files");
        assert!(content.contains(&(end - duration + 1)), "the content begins at {}", end - duration);
    }
}

#[test]
fn a_push_that_is_too_short_makes_no_file_and_the_plan_says_so() {
    for provider in ["huawei", "tencent"] {
        let text = |more: &str| {
            format!(
                "provider: {provider}\nrecording: {{hls: {{}}, mp4: {{}}{more}}}\n\
                 broadcast: [{{0s: push}}, {{2s: drop}}, {{1m: push}}, {{2m: drop}}]\n"
            )
        };
        let count = |more: &str| {
            let (_folder, path) = scenario(&text(more));
            files(&plan(&[&path])).len()
        };
        assert_eq!((count(""), count(", shortest: 1s"), count(", shortest: 5m")), (2, 4, 0), "{provider}");
        let (_folder, path) = scenario(&text(""));
        let shown = stdout(&run(&["plan", &path]));
        assert_eq!(
            shown.matches("note: the push at 0s lasts 2s: too short for a file").count(),
            1,
            "{shown}"
        );
    }
}

#[test]
fn a_recording_that_is_over_at_every_drop_says_so() {
    let over = |key: &str| {
        let (_folder, path) = scenario(&format!(
            "provider: huawei\nrecording: {{hls: {{resume: 0s}}{key}}}\nsubscribe: [RECORD_OVER]\n\
             broadcast: [{{0s: push}}, {{10m: drop}}, {{11m: push}}, {{20m: drop}}]\n"
        ));
        plan(&[&path])[0]["callbacks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| number(c, "due_ms") / 60_000)
            .collect::<Vec<_>>()
    };
    assert_eq!(over(""), [20]);
    assert_eq!(over(", over: every-drop"), [10, 20]);
}

#[test]
fn a_fault_moves_no_other_callbacks_bytes() {
    let text = |faults: &str| {
        format!(
            "name: same\nprovider: tencent\nsigning: {{key: 0123456789abcdef0123456789abcdef}}\n\
             recording: {{flv: {{cycle: 30m}}}}\nbroadcast: [{{0s: push}}, {{3h: drop}}]\nfaults: {faults}\n"
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("same.yaml");
    let bodies = |faults: &str| -> BTreeMap<String, Value> {
        std::fs::write(&path, text(faults)).unwrap();
        let plays = plan(&[path.to_str().unwrap()]);
        let untouched = |callback: &&Value| callback["faults"].as_array().unwrap().is_empty();
        let callbacks = plays[0]["callbacks"].as_array().unwrap().iter().filter(untouched);
        callbacks
            .map(|callback| (callback["id"].as_str().unwrap().to_owned(), callback["body"].clone()))
            .collect()
    };
    let plain = bodies("[]");
    let mut compared = 0;
    for fault in ["duplicate", "expire", "tamper", "omit", "bloat", "encode", "restart", "skew"] {
        assert!(fault::ALL.iter().any(|known| known.name == fault), "{fault}");
        for (id, body) in bodies(&format!("[{{{fault}: {{nth: 2}}}}]")) {
            // A copy has an id of its own, after those of the plan.
            if let Some(before) = plain.get(&id) {
                assert_eq!(&body, before, "{fault} {id}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 8 * 4, "{compared}");
}

/// Plays a shipped scenario against a receiver of our own, right or with a mistake.
fn played(path: &str, bugs: &[&str]) -> std::process::Output {
    let address = vacant();
    let bugs: String = bugs.iter().map(|bug| format!(" --bug {bug}")).collect();
    let serve = format!(
        "exec '{}' serve tencent --listen {address} --secret-env HOOKREEL_KEY{bugs} 2>/dev/null",
        program()
    );
    let url = format!("http://{address}/");
    let state = format!("{url}recordings");
    hookreel()
        .env("HOOKREEL_KEY", KEY)
        .args(["run", path, "-t", &url, "--exec", &serve, "--state", &state])
        .output()
        .unwrap()
}

#[test]
fn receivers_that_make_the_pages_mistakes_fail_a_shipped_scenario() {
    for (bug, path) in [
        ("begin-is-start-time", "@tencent/hls-resume-one-file"),
        ("duration-is-end-minus-start", "@tencent/single-file"),
        ("one-usec-for-both", "@tencent/single-file"),
        ("size-as-identity", "@revisions/tencent-equal-sizes"),
    ] {
        exits(&played(path, &[]), 0);
        exits(&played(path, &[bug]), 1);
    }
}

#[test]
fn a_callback_address_that_the_vendor_forbids_is_warned_of() {
    for (provider, args, warned) in [
        ("huawei", &["/?x=1"][..], "with a query"),
        ("huawei", &["/", "-H", "x-token: 1"], "with headers (-H)"),
        ("huawei", &["/"], ""),
        ("tencent", &["/?x=1"], ""),
    ] {
        let receiver = Raw::statuses(&[200]);
        let target = format!("http://127.0.0.1:{}{}", receiver.port, args[0]);
        let path = format!("@{provider}/{}", if provider == "huawei" { "normal" } else { "single-file" });
        let output = run(&[&["run", &path, "-t", &target], &args[1..]].concat());
        exits(&output, 0);
        assert_eq!(
            stderr(&output).contains("callbacks are sent with"),
            !warned.is_empty(),
            "{}",
            stderr(&output)
        );
        assert!(stderr(&output).contains(warned), "{}", stderr(&output));
    }
}

#[test]
fn each_fault_is_sent_by_a_test_a_case_of_the_audit_or_a_shipped_scenario() {
    let text: String =
        ["tests/it", "src/audit/family", "scenarios"].map(|folder| texts(&file(folder))).concat();
    let missing: Vec<&str> =
        fault::ALL.iter().map(|fault| fault.name).filter(|name| !is_sent(&text, name)).collect();
    assert!(
        missing.is_empty(),
        "a test in tests/it/hardships.rs or tests/it/wires.rs holds the bytes of: {missing:?}"
    );
}

/// True for a name that stands where faults stand: in a list or a map of a scenario.
fn is_sent(text: &str, name: &str) -> bool {
    let forms = [
        format!("{{{name}: "),
        format!("{{{name}}}"),
        format!("[{name}]"),
        format!("[{name},"),
        format!(", {name}]"),
    ];
    forms.iter().any(|form| text.contains(form.as_str()))
}

/// Everything that stands in the files of a folder and of those in it.
fn texts(folder: &std::path::Path) -> String {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| match path.is_dir() {
            true => texts(&path),
            false => std::fs::read_to_string(&path).unwrap_or_default(), // A sample of bytes is no text.
        })
        .collect()
}
