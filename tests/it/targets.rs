//! Several receivers and several keys in one run.

use serde_json::Value;

use crate::serving::Served;
use crate::stage::{KEY, Raw, exits, hookreel, run, scenario, stderr, stdout, vacant};

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A broadcast that two providers tell, each at a receiver of its own; and once more with the other's key.
const TWO: &str = "provider: [{name: huawei, target: a}, {name: tencent, target: b}]
targets: [{name: a, key: \"${A}\"}, {name: b, key: \"${B}\"}]
recording: {hls: {cycle: 30m}}
broadcast: [{0s: push}, {40m: drop}]
subscribe: [RECORD_FILE_COMPLETE, record]
faults: [{duplicate: {nth: 1}}, {wrong-key: {nth: 2, as: other-target}}]
";

/// Three files; the key changes between the first and the second. The last but one comes with the old key.
fn rotation(accepts: &str, faults: &str) -> String {
    format!(
        "provider: huawei\nsigning: {{keys: [{{key: {A}, until: 35m}}, {{key: {B}}}], accepts: {accepts}}}\n\
         recording: {{hls: {{cycle: 30m}}}}\nbroadcast: [{{0s: push}}, {{70m: drop}}]\n\
         subscribe: [RECORD_FILE_COMPLETE]\nfaults: [{faults}]\n"
    )
}

fn played(args: &[&str]) -> std::process::Output {
    hookreel().args(args).env("A", A).env("B", B).output().unwrap()
}

/// Class and outcome of each callback of a run.
fn outcomes(path: &str, more: &[&str]) -> Vec<String> {
    let output = played(&[&["run", path, "--report", "json"], more].concat());
    let run: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let scenarios = run["scenarios"].as_array().unwrap().iter();
    let callbacks = scenarios.flat_map(|scenario| scenario["callbacks"].as_array().unwrap());
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    callbacks.map(|row| format!("{} {}", text(row, "class"), text(row, "outcome"))).collect()
}

#[test]
fn the_key_of_one_target_is_refused_at_the_other() {
    let (_folder, path) = scenario(TWO);
    let each = ["legal accepted", "hostile rejected", "legal accepted"];
    // The embedded receiver.
    assert_eq!(outcomes(&path, &[]), [each, each].concat());
    // Two real ones.
    let huawei = Served::keyed("huawei", Some(A), &[]);
    let tencent = Served::keyed("tencent", Some(B), &[]);
    let (a, b) = (format!("a={}", huawei.port), format!("b=http://127.0.0.1:{}/callbacks", tencent.port));
    assert_eq!(outcomes(&path, &["-t", &a, "-t", &b]), [each, each].concat());
    assert_eq!((huawei.files().len(), tencent.files().len()), (2, 2));
    let shown = played(&["run", &path, "-t", &a, "-t", &b, "--seed", "2"]);
    exits(&shown, 0);
    assert!(stdout(&shown).contains("[huawei 2024 to a]"), "{}", stdout(&shown));
    // One that holds the other's key refuses what is right.
    let wrong = Served::keyed("tencent", Some(A), &[]);
    let b = format!("b={}", wrong.port);
    let shown = played(&["run", &path, "-t", &a, "-t", &b, "--seed", "3"]);
    exits(&shown, 1);
    let again =
        format!("-t a=http://localhost:{}/ -t b=http://localhost:{}/ --seed 3", huawei.port, wrong.port);
    assert!(stdout(&shown).contains(&again), "{}", stdout(&shown));
    assert!(!stdout(&shown).contains(A) && !stdout(&shown).contains(B));
    huawei.end("TERM");
    tencent.end("TERM");
    wrong.end("TERM");
}

#[test]
fn addresses_stand_in_the_file_or_on_the_command_line() {
    let receiver = Served::keyed("tencent", Some(B), &[]);
    let text = TWO.replace("name: b, key", &format!("name: b, url: \"{}\", key", receiver.port));
    let (_folder, path) = scenario(&text);
    // One has an address, so the other needs one.
    let output = played(&["run", &path]);
    exits(&output, 2);
    let told = format!(
        "{path}:2:11: the target `a` has no URL, and `b` has one; -t a=URL gives it one; nothing was sent"
    );
    assert!(stderr(&output).contains(&told), "{told}\n{}", stderr(&output));
    assert_eq!(receiver.files().len(), 0);
    let other = Served::keyed("huawei", Some(A), &[]);
    exits(&played(&["run", &path, "-t", &format!("a={}", other.port)]), 0);
    assert_eq!((other.files().len(), receiver.files().len()), (2, 2));
    other.end("TERM");
    receiver.end("TERM");
}

#[test]
fn one_provider_can_be_sent_to_two_targets_with_ids_of_their_own() {
    let text = TWO.replace("tencent, target: b", "huawei, target: b").replace(", record]", "]");
    let (_folder, path) = scenario(&text);
    exits(&played(&["run", &path]), 0);
    let plan: Value = serde_json::from_str(&stdout(&played(&["plan", &path, "--format", "json"]))).unwrap();
    let of = |n: usize, name: &str| plan["scenarios"][n]["callbacks"][0][name].clone();
    assert_eq!((of(0, "id"), of(1, "id")), ("huawei-2024-a-1".into(), "huawei-2024-b-1".into()));
    assert_ne!(of(0, "body")["job_id"], of(1, "body")["job_id"]);
}

#[test]
fn flags_that_give_one_receiver_or_one_key_do_not_fit_several() {
    let (_folder, path) = scenario(TWO);
    let receiver = Raw::statuses(&[200]);
    let port = receiver.port();
    let named = format!("a={port}");
    let wrong: [(&[&str], &str); 7] = [
        (&["-t", &port], "it has targets of its own: -t a=URL -t b=URL gives them addresses"),
        (&["-t", &named], "the target `b` has no URL, and `a` has one; -t b=URL gives it one"),
        (&["-t", "aa=8080"], "there is no target `aa`; expected a or b; did you mean `a`?"),
        (&["-t", &named, "-t", &named], "the target `a` is given twice"),
        (&["-t", &port, "-t", &port], "there is one receiver; NAME=URL gives each"),
        (&["-t", "a=ftp://x"], "`ftp` is not supported"),
        (&["--secret-env", "A"], "it has several keys, and --secret-env or --secret-file gives one"),
    ];
    for (flags, says) in wrong {
        let output = played(&[&["run", &path], flags].concat());
        exits(&output, 2);
        assert!(stderr(&output).contains(says), "{flags:?}\n{}", stderr(&output));
    }
    let load = played(&["load", &path]);
    exits(&load, 2);
    assert!(stderr(&load).contains("a load has one receiver"), "{}", stderr(&load));
    exits(&played(&["send", "tencent", "record", "-t", &named]), 2);
    // Beside others it is skipped.
    let output = played(&["run", &path, "@huawei/normal", "-t", &port]);
    exits(&output, 0);
    assert!(stdout(&output).contains("passed: 1 scenario (2 skipped)"), "{}", stdout(&output));
    assert_eq!(receiver.requests().len(), 4);
}

#[test]
fn a_rotation_changes_the_key_at_its_time_and_says_which_is_accepted_after_it() {
    let after = "{duplicate: {nth: 3}}, {wrong-key: {nth: 4, as: previous}}";
    let (_folder, path) = scenario(&rotation("both", after));
    let both = ["legal accepted", "legal accepted", "legal accepted", "legal accepted"];
    assert_eq!(outcomes(&path, &[]), both);
    let (_newer, newer) = scenario(&rotation("newer", after));
    assert_eq!(outcomes(&newer, &[])[3], "hostile rejected");
    let (keys, _files) = with_both_keys();
    assert_eq!(outcomes(&path, &["-t", &keys.port]), both);
    // It still accepts the old one, which is a mistake where the newer alone is right.
    let output = played(&["run", &newer, "-t", &keys.port, "--seed", "2"]);
    exits(&output, 1);
    assert_eq!(stdout(&output).matches('✗').count(), 1, "{}", stdout(&output));
    keys.end("TERM");
    // One that holds the old key alone refuses what comes after the rotation, and no sooner.
    let old = Served::keyed("huawei", Some(A), &[]);
    let seen = outcomes(&path, &["-t", &old.port, "--seed", "3", "--max-failures", "0"]);
    assert_eq!(seen, ["legal accepted", "legal gave_up", "legal gave_up", "legal accepted"]);
    old.end("TERM");
}

/// A receiver that accepts both keys, as while a key is being replaced; and the files of its keys.
fn with_both_keys() -> (Served, [tempfile::NamedTempFile; 2]) {
    let files = [A, B].map(|key| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, key).unwrap();
        file
    });
    let paths = files.each_ref().map(|file| file.path().display().to_string());
    let flags = ["--secret-file", &paths[0], "--secret-file", &paths[1]];
    (Served::keyed("huawei", None, &flags), files)
}

#[test]
fn a_retry_is_signed_with_the_key_of_its_own_time() {
    // The file of 30m is refused until the retry of 35m comes, which the new key signs.
    let text = rotation("both", "")
        .replace("subscribe", "delivery: {retry: {attempts: 6, interval: 1m}}\nsubscribe");
    let (_folder, path) = scenario(&text);
    let new = Served::keyed("huawei", Some(B), &[]);
    let output = played(&["run", &path, "-t", &new.port, "--report", "json"]);
    exits(&output, 0);
    let run: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let attempts = |n: usize| run["scenarios"][0]["callbacks"][n]["attempts"].as_array().unwrap().len();
    assert_eq!((attempts(0), attempts(1), attempts(2)), (6, 1, 1));
    new.end("TERM");
}

#[test]
fn every_key_of_a_load_signs_at_its_time() {
    let (_folder, path) = scenario(&rotation("both", ""));
    let (both, _files) = with_both_keys();
    exits(
        &run(&[
            "load",
            &path,
            "-t",
            &both.port,
            "--rate",
            "200/s",
            "--duration",
            "1s",
            "--threshold",
            "errors==0",
        ]),
        0,
    );
    both.end("TERM");
    let old = Served::keyed("huawei", Some(A), &[]);
    let output = run(&[
        "load",
        &path,
        "-t",
        &old.port,
        "--rate",
        "200/s",
        "--duration",
        "1s",
        "--threshold",
        "errors<90%",
    ]);
    let text = stdout(&output);
    assert!(text.contains("accepted") && text.contains("rejected"), "{text}");
    old.end("TERM");
}

/// What is wrong with a scenario, all of it; nothing of it is a key.
fn wrong(text: &str) -> String {
    let (_folder, path) = scenario(text);
    let output = run(&["check", "--all-errors", &path]);
    exits(&output, 2);
    assert!(!stderr(&output).contains("s3cret"), "{}", stderr(&output));
    stderr(&output)
}

#[test]
fn mistakes_of_targets_are_told_at_once_with_their_places() {
    let text = "provider:
  - {name: huawei, target: c}
  - tencent
targets:
  - {name: a, url: \"ftp://u:s3cret@x/\", key: s3cretA}
  - {name: a, key: s3cretB}
  - {name: bb}
signing: {key: s3cret}
recording: {hls: {cycel: 30m}}
broadcast: [{0s: push}, {70m: drop}]
";
    let said = wrong(text);
    for (place, what) in [
        (":2:28", "there is no target `c`"),
        (":3:5", "no target is named for tencent"),
        (":5:20", "this cannot be sent to"),
        (":6:12", "two targets are called `a`"),
        (":7:5", "the key `key` is missing"),
        (":8:11", "each target has a key of its own"),
        (":9:19", "unknown key `cycel`"),
    ] {
        assert!(said.contains(place) && said.contains(what), "{place} {what}\n{said}");
    }
    assert!(said.contains("expected one of a, bb"), "{said}");
    // With one target there is no other one, also where two entries have its name.
    for (entries, what) in [
        ("[{name: a, key: s3cretA}]", "unknown key `foo`"),
        ("[{name: a, key: s3cretA}, {name: a, key: s3cretB}]", "two targets are called `a`"),
    ] {
        let said = wrong(&format!(
            "provider: tencent\nrecording: {{mp4: {{}}}}\nbroadcast: [{{0s: push}}, {{9m: drop}}]\ntargets: {entries}\nfoo: 1\n"
        ));
        assert!(said.contains(what), "{said}");
    }
    // A target where there are none.
    let said = wrong(
        "provider: {name: huawei, target: a}\nrecording: {hls: {}}\nbroadcast: [{0s: push}, {9m: drop}]\n",
    );
    assert!(said.contains("expected no `target`: the scenario has no `targets`"), "{said}");
}

#[test]
fn mistakes_of_a_rotation_are_told_at_once_with_their_places() {
    let head =
        "provider: huawei\nrecording: {hls: {cycle: 30m}}\nbroadcast: [{0s: push}, {70m: drop}]\nsigning:\n";
    let said = wrong(&format!(
        "{head}  key: s3cret\n  keys:\n    - {{key: s3cretA, until: 30m}}\n    - {{key: s3cretB, until: 20m}}\n    \
         - {{key: s3cretC}}\n    - {{key: s3cretD, until: 60m}}\n"
    ));
    for (place, what) in [
        (":5:3", "`key` and `keys` cannot both be given"),
        (":8:29", "time goes back: 20m does not come after 30m"),
        (":9:7", "this key has no end, so that the next one would overlap it"),
        (":10:29", "no key follows the last one"),
    ] {
        assert!(said.contains(place) && said.contains(what), "{place} {what}\n{said}");
    }
    let said = wrong(&format!("{head}  accepts: newer\n"));
    assert!(said.contains("no key is replaced here"), "{said}");
    let said = wrong(&format!("{head}  accepts: newre\n  keys: [{{key: {A}, until: 9m}}, {{key: {B}}}]\n"));
    assert!(said.contains("did you mean `newer`?"), "{said}");
    // A key that signs nothing tests nothing.
    let said = wrong(&format!("{head}  keys: [{{key: {A}, until: 2h}}, {{key: {B}}}]\n"));
    assert!(
        said.contains("no callback is signed with this key") && said.contains("from 0s to 1h10m"),
        "{said}"
    );
    // Before the rotation there is no earlier key.
    let said = wrong(&rotation("both", "{wrong-key: {nth: 1, as: previous}}"));
    assert!(said.contains("no key was replaced before RECORD_FILE_COMPLETE at 30m"), "{said}");
    let said = wrong(&format!("{head}  key: {KEY}\nfaults: [{{wrong-key: {{as: other-target}}}}]\n"));
    assert!(said.contains("the scenario has no other target"), "{said}");
}

#[test]
fn no_key_of_several_is_shown() {
    // The receiver sends back what it knows.
    let context = Raw::serve(|_, stream| {
        use std::io::Write;
        let body = format!("{{\"code\":1,\"keys\":\"{A} {B}\"}}");
        write!(stream, "HTTP/1.1 401 X\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    });
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record").display().to_string();
    let (_two, two) = scenario(TWO);
    let (_rotation, rotation) = scenario(&rotation("both", ""));
    let (a, b) = (format!("a={}", context.port), format!("b={}", context.port));
    let port = context.port();
    let runs: [&[&str]; 2] = [&[&two, "-t", &a, "-t", &b], &[&rotation, "-t", &port]];
    for args in runs {
        let output = played(&[&["run", "-v", "--record", &record], args].concat());
        exits(&output, 1);
        let all = stdout(&output) + &stderr(&output) + &std::fs::read_to_string(&record).unwrap();
        assert!(!all.contains(A) && !all.contains(B), "{all}");
    }
}

#[test]
fn keys_of_ones_own_stand_at_the_top_level_alone() {
    let text = "x-signing: &signing {key: 0123456789abcdef0123456789abcdef}\nprovider: huawei\n\
                recording: {hls: {}}\nsigning: *signing\nbroadcast: [{0s: push}, {1d: drop}]\nlimits: \"off\"\n";
    let (_folder, path) = scenario(text);
    exits(&run(&["check", &path]), 0);
    assert!(stdout(&run(&["plan", &path])).contains("hmac-sha256"));
    let said = wrong(&text.replace("hls: {}", "hls: {}, x-mine: 1"));
    assert!(said.contains("unknown key `x-mine`"), "{said}");
}

#[test]
fn every_target_is_waited_for_before_anything_is_sent() {
    let (_folder, path) = scenario(TWO);
    let receiver = Raw::statuses(&[200]);
    let (a, b) = (format!("a={}", receiver.port()), format!("b=http://{}/", vacant()));
    let output = played(&["run", &path, "-t", &a, "-t", &b, "--wait-for", "300ms"]);
    exits(&output, 3);
    assert!(stderr(&output).contains("was not ready within 300ms"), "{}", stderr(&output));
    assert_eq!(receiver.requests().len(), 0);
}
