//! `hookreel.toml`: where it is found, what counts more than it, what is said of its mistakes, and `hookreel config`.

use std::path::Path;
use std::process::{Command, Output};

use crate::stage::{KEY, Raw, body, exits, hookreel, run, stderr, stdout};

/// A repository with this file in its root.
fn repository(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    std::fs::write(folder.path().join("hookreel.toml"), text).unwrap();
    folder
}

/// The program in a folder, with a variable that holds the key.
fn inside(folder: &Path, line: &str) -> Command {
    let mut command = hookreel();
    command.args(line.split(' ')).current_dir(folder).env("CALLBACK_KEY", KEY);
    command
}

fn said(folder: &Path, line: &str) -> Output {
    inside(folder, line).output().unwrap()
}

/// The line of `hookreel config` for a key: value and origin.
fn shown(output: &Output, key: &str) -> String {
    let text = stdout(output);
    let line = text.lines().find(|line| line.split_whitespace().next() == Some(key));
    assert!(line.is_some(), "{key} is not shown:\n{text}{}", stderr(output));
    line.unwrap().split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
}

/// What is said of a file with mistakes: nothing is sent, and the exit code is 2.
#[track_caller]
fn refused(text: &str, line: &str, wanted: &[&str]) -> String {
    let folder = repository(text);
    let output = said(folder.path(), line);
    exits(&output, 2);
    for one in wanted {
        assert!(stderr(&output).contains(one), "`{one}` is not said:\n{}", stderr(&output));
    }
    stderr(&output)
}

#[test]
fn a_file_in_the_root_says_where_to_send_and_with_which_key() {
    let raw = Raw::statuses(&[200]);
    let text = format!("target = {}\nsecret-env = \"CALLBACK_KEY\"\n[run]\npaths = [\"s.yaml\"]\n", raw.port);
    let folder = repository(&text);
    let scenario = "provider: tencent\nrecording: {mp4: {}}\nbroadcast: [{0s: push}, {5m: drop}]\n";
    std::fs::write(folder.path().join("s.yaml"), scenario).unwrap();
    let deep = folder.path().join("a/b");
    std::fs::create_dir_all(&deep).unwrap();
    // From a folder below, too: paths start at the file.
    exits(&said(&deep, "run"), 0);
    assert!(String::from_utf8_lossy(body(&raw.requests()[0])).contains("\"sign\""));
    // What it says is no flag of `plan`, but for the key.
    let planned = said(&deep, "plan ../../s.yaml --revision 2025 --body tencent-2025-1");
    exits(&planned, 0);
    assert!(stdout(&planned).contains("\"sign\""));
}

#[test]
fn a_flag_counts_more_than_its_variable_and_the_variable_more_than_the_file() {
    let folder = repository("jobs = 2\n[run]\njobs = 3\n[targets.near]\nurl = 8080\ntimeout = \"4s\"\n");
    let config = |line: &str, variable: Option<&str>| {
        let mut command = inside(folder.path(), line);
        command.envs(variable.map(|value| ("HOOKREEL_JOBS", value)));
        shown(&command.output().unwrap(), "jobs")
    };
    assert_eq!(config("config run", None), "3 hookreel.toml:3");
    assert_eq!(config("config run", Some("5")), "5 HOOKREEL_JOBS");
    assert_eq!(config("config run --jobs 6", Some("5")), "6 flag");
    assert_eq!(config("config run -j7", None), "7 flag");
    let chosen = said(folder.path(), "config run -t near");
    assert_eq!(shown(&chosen, "timeout"), "4s hookreel.toml:6");
    assert_eq!(shown(&chosen, "target"), "near = http://localhost:8080/ flag");
}

#[test]
fn every_kind_of_value_can_be_set_in_the_file_and_overridden() {
    let text = "fail-fast = true\nreport = [\"json\"]\nexpect = { accept = { json = { \"$.code\" = 0 } } }\n\
                allow-remote = \"example.com\"\nseed = 7\nnow = 2026-03-08T14:10:25Z\n[load]\nrate = \"20/s\"\nthreshold = [\"p99<200ms\", \"errors==0\"]\n";
    let folder = repository(text);
    let output = said(folder.path(), "config run");
    assert_eq!(shown(&output, "fail-fast"), "true hookreel.toml:1");
    assert_eq!(shown(&output, "expect"), "{\"accept\":{\"json\":{\"$.code\":0}}} hookreel.toml:3");
    assert_eq!(shown(&output, "now"), "2026-03-08T14:10:25Z hookreel.toml:6");
    assert_eq!(
        shown(&said(folder.path(), "config load"), "threshold"),
        "p99<200ms, errors==0 hookreel.toml:9"
    );
    // The report is JSON, by the file; text, by a flag, which takes its place.
    let run = |line: &str| stdout(&said(folder.path(), line));
    assert!(run("run @tencent/hls-resume-one-file --config none --report json").starts_with('{'));
    assert!(run("run @huawei/normal").starts_with('{'), "{}", run("run @huawei/normal"));
    assert!(!run("run @huawei/normal --report text").starts_with('{'));
    // A switch that is on is turned off by its variable.
    let mut off = inside(folder.path(), "config run");
    let off = off.env("HOOKREEL_FAIL_FAST", "0").output().unwrap();
    assert_eq!(shown(&off, "fail-fast"), "false HOOKREEL_FAIL_FAST");
    // A flag that excludes one of the file takes its place; two of the file are a mistake.
    exits(&said(folder.path(), "config load --ramp 1/s..2/s"), 0);
    assert!(!stdout(&said(folder.path(), "config load --ramp 1/s..2/s")).contains("20/s"));
    refused(
        "[load]\nrate = \"20/s\"\nramp = \"1/s..2/s\"\n",
        "load @huawei/normal -t 1",
        &["hookreel.toml:3:1", "`ramp` cannot be used with `rate`"],
    );
}

#[test]
fn every_mistake_has_its_place_and_the_nearest_name() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("secret-evn = \"K\"\n", "run", &["hookreel.toml:1:1", "did you mean `secret-env`?"]),
        (
            "[adit]\nstrict = true\n",
            "run",
            &["hookreel.toml:1:2", "unknown key `adit`", "did you mean `audit`?"],
        ),
        ("[audit]\nrate = \"1/s\"\n", "run", &["hookreel.toml:2:1", "a flag of `hookreel audit`"]),
        ("jobs = \"many\"\n", "run", &["hookreel.toml:1:8", "expected a whole number"]),
        ("jobs = 0\n", "run", &["hookreel.toml:1:8", "write a whole number from 1 to 65535"]),
        ("quiet = \"yes\"\n", "run", &["hookreel.toml:1:9", "expected true or false"]),
        (
            "report = [\"junit=a\", \"results.xml\"]\n",
            "run",
            &["hookreel.toml:1:22", "did you mean `junit=results.xml`?"],
        ),
        (
            "[load]\npacing = \"spn\"\n",
            "load @huawei/normal",
            &["hookreel.toml:2:10", "did you mean `spin`?"],
        ),
        (
            "secret-env = \"CALLBAK_KEY\"\n",
            "run",
            &["hookreel.toml:1:14", "`CALLBAK_KEY` is not set", "`CALLBACK_KEY` is set"],
        ),
        ("target = \"${RECEIVR}\"\n", "run", &["hookreel.toml:1:10", "`RECEIVR` is not set"]),
        ("target = \"stagin\"\n[targets.staging]\nurl = 1\n", "run", &["hookreel.toml:1:10", "staging"]),
        (
            "[targets.staging]\nsecret-env = \"K\"\n",
            "run",
            &["hookreel.toml:1:10", "the key `url` is missing"],
        ),
        ("jobs = 1\njobs = 2\n", "run", &["hookreel.toml:2:1", "not valid TOML"]),
        ("jobs = many\n", "run", &["hookreel.toml:1:8", "not valid TOML"]),
        ("speed = 99999999999999999999\n", "run", &["hookreel.toml:1:9"]),
        ("jobs = 1\njobs = 2\n", "run", &["help: give the key once"]),
        ("target: 8080\n", "run", &["hookreel.toml:1:9", "write `target = ...`"]),
        ("secret = \"K\"\n", "run", &["hookreel.toml:1:1", "write `secret-env = \"NAME\"`"]),
        ("report = \"xml\"\n", "run", &["hookreel.toml:1:10", "did you mean `junit`?"]),
        ("paths = \"scenarios\"\n", "run", &["hookreel.toml:1:1", "`paths` belongs in `run`"]),
        ("[run]\nrate = \"1/s\"\n", "run", &["hookreel.toml:2:1", "`rate` belongs in `load`"]),
        ("[target]\nurl = 1\n", "run", &["hookreel.toml:1:2", "`[targets.NAME]`"]),
        ("[targets]\nstaging = 1\n", "run", &["hookreel.toml:2:11", "write a table: `[targets.staging]`"]),
    ];
    for (text, line, wanted) in cases {
        refused(text, line, wanted);
    }
    // What does not count is not looked at.
    let folder = repository(
        "[targets.staging]\nurl = \"${STAGING}\"\nsecret-env = \"STAGING_KEY\"\n[audit]\nstream = \"${X}\"\n",
    );
    exits(&said(folder.path(), "run @huawei/normal"), 0);
    refused(
        "[targets.staging]\nurl = \"${STAGING}\"\n",
        "run -t staging",
        &["hookreel.toml:2:7", "`STAGING` is not set"],
    );
}

#[test]
fn a_value_of_the_wrong_type_hides_no_other_mistake() {
    // All of it at once, each mistake once: a value of the wrong type hides none of the others.
    let error = refused(
        "target = true\nrevison = \"2024\"\ntimeout = \"5\"\nprovider-file = \"nope.yaml\"\n[run]\nseed = \"x\"\n",
        "run",
        &[
            "toml:1:10",
            "toml:2:1",
            "toml:3:11",
            "did you mean `5s`",
            "toml:4:17",
            "cannot read `nope.yaml`",
            "toml:6:8",
        ],
    );
    assert_eq!(error.matches("error: ").count(), 5, "{error}");
    assert!(error.contains("expected a text or a whole number, or a list"), "{error}");
    let error =
        refused("target = {a = 1}\njobs = 0\n", "config", &["toml:1:1", "`[targets.NAME]`", "toml:2:8"]);
    assert_eq!(error.matches("error: ").count(), 2, "{error}");
    let folder = repository("provider-file = \"s.yaml\"\n");
    std::fs::write(folder.path().join("s.yaml"), "provider: huawei\nrecording: {hls: {}}\nbroadcast: []\n")
        .unwrap();
    let output = said(folder.path(), "run @huawei/normal");
    exits(&output, 2);
    let error = stderr(&output);
    assert!(error.contains("`s.yaml` is a scenario") && error.contains("toml:1:17"), "{error}");
    assert!(error.contains("help: check it: hookreel check s.yaml"), "{error}");
    let inner = folder.path().join("a");
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(folder.path().join("hookreel.toml"), "provider-file = \"@acme\"\n").unwrap();
    exits(&said(&inner, "run @huawei/normal"), 0);
}

#[test]
fn a_secret_in_the_file_is_not_shown() {
    let secret = "8f14e45fceea167a5a36dedd4bea2543";
    for text in [
        format!("key = \"{secret}\"\n"),
        format!("secret-env = \"{secret}\"\n"),
        format!("header = [\"authorization: Bearer {secret}\"]\njobs = \"x\"\n"),
        format!("key = \"{secret}\n"),
        format!("target = \"http://user:{secret}@127.0.0.1:1/\"\njob = 1\n"),
    ] {
        let error = refused(&text, "run", &["hookreel.toml"]);
        assert!(!error.contains(secret), "{error}");
    }
    let folder = repository(&format!(
        "header = [\"authorization: Bearer {secret}\"]\ntarget = \"http://u:{secret}@127.0.0.1:1/\"\n"
    ));
    let output = said(folder.path(), "config");
    exits(&output, 0);
    assert!(!stdout(&output).contains(secret), "{}", stdout(&output));
    assert_eq!(shown(&output, "header"), "authorization: (hidden) hookreel.toml:1");
}

#[test]
fn a_secret_inside_the_command_that_starts_a_receiver_is_not_shown() {
    let folder = repository("");
    for (exec, wanted) in [
        ("TOKEN=exSECRETe1 ./receiver", "(hidden: the value of TOKEN may be a secret) flag"),
        ("./receiver --dsn=db://u:exSECRETe1@h/", "(hidden: the value of --dsn may be a secret) flag"),
        ("./receiver 8f14e45fceea167a5a36dedd4bea2543exSECRETe1", "./receiver (hidden) flag"),
        ("./receiver --port 8080", "./receiver --port 8080 flag"),
    ] {
        let mut command = inside(folder.path(), "config run -t 8080");
        let output = command.args(["--exec", exec]).output().unwrap();
        exits(&output, 0);
        assert!(!stdout(&output).contains("exSECRETe1"), "{}", stdout(&output));
        assert_eq!(shown(&output, "exec"), wanted);
    }
}

#[test]
fn the_nearest_file_counts_and_a_note_names_the_other() {
    let folder = repository("jobs = 2\n");
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    assert_eq!(shown(&said(&inner, "config run"), "jobs"), "2 ../hookreel.toml:1");
    std::fs::write(inner.join("hookreel.toml"), "jobs = 3\n").unwrap();
    assert_eq!(shown(&said(&inner, "config run"), "jobs"), "3 hookreel.toml:1");
    let run = said(&inner, "run @huawei/normal");
    assert_eq!(
        stderr(&run).matches("note: ../hookreel.toml is not read: hookreel.toml is nearer").count(),
        1
    );
    assert_eq!(shown(&said(&inner, "config run --config ../hookreel.toml"), "jobs"), "2 ../hookreel.toml:1");
    assert_eq!(shown(&said(&inner, "config run --config none"), "jobs"), "1 default");
    // Outside a repository, what lies above belongs to others; a note says that it is not read.
    std::fs::remove_dir(folder.path().join(".git")).unwrap();
    let run = said(&inner, "run @huawei/normal");
    assert!(stderr(&run).contains("note: ../hookreel.toml is not read: hookreel.toml is nearer"), "{run:?}");
    std::fs::remove_file(inner.join("hookreel.toml")).unwrap();
    let config = said(&inner, "config run");
    assert_eq!(shown(&config, "jobs"), "1 default");
    let why = "there is no hookreel.toml in this folder; outside a repository (a folder with .git) no other is looked for";
    let expected = format!(
        "file  none: {why}\n      ../hookreel.toml is not read; --config ../hookreel.toml reads it\n"
    );
    assert!(stdout(&config).starts_with(&expected), "{config:?}");
    let note = format!("note: ../hookreel.toml is not read: {why}; --config ../hookreel.toml reads it\n");
    assert_eq!(stderr(&said(&inner, "run @huawei/normal")).matches(&note).count(), 1);
    for quiet in
        ["run @huawei/normal --config none", "run @huawei/normal --config ../hookreel.toml", "list cases"]
    {
        assert!(!stderr(&said(&inner, quiet)).contains("is not read"), "{quiet}");
    }
}

#[test]
fn all_errors_shows_every_mistake_of_every_command_and_so_does_config() {
    let text = "jobz = 4\nsped = 1\ntarget = 8793\nstate-path = \"$.[\"\nonly = [\"Z\"]\nseed = \"abc\"\n\
                expect = {accept = {status = 999}}\n[run]\nrepot = 3\n[audit]\nskip = \"A,Q9\"\nstric = true\n";
    let all = [
        "unknown key `jobz`",
        "unknown key `sped`",
        "`$.[` is not a JSONPath",
        "there is no case or family `Z`",
        "whole number from 0 on",
        "999 is out of range",
        "unknown key `repot`",
        "there is no case or family `Q9`",
        "unknown key `stric`",
    ];
    for line in ["check --all-errors", "config"] {
        let text = refused(text, line, &all);
        assert_eq!((text.matches("error: ").count(), text.contains(" more ")), (all.len(), false), "{text}");
    }
    // What the values hold stands in the message of the first refusal.
    let short = "state-path = \"$.[\"\nonly = [\"Z\"]\njobz = 4\n";
    refused(short, "audit tencent", &["unknown key `jobz`", "is not a JSONPath", "no case or family `Z`"]);
}

#[test]
fn config_shows_the_other_settings_where_the_variable_of_the_key_is_not_set() {
    let folder = repository("secret-env = \"HOOK_KEY_UNSET\"\n[load]\nrate = \"500/s\"\n");
    let output = said(folder.path(), "config load");
    exits(&output, 2);
    for part in ["HOOK_KEY_UNSET (not set)", "hookreel.toml:1", "500/s", "hookreel.toml:3"] {
        assert!(stdout(&output).contains(part), "{part}\n{}", stdout(&output));
    }
    let why = "the environment variable `HOOK_KEY_UNSET` is not set";
    assert!(stderr(&output).contains(why), "{}", stderr(&output));
    let folder = repository("secret-env = \"hunter2 hunter2\"\n");
    let output = said(folder.path(), "config load");
    exits(&output, 2);
    assert!(!format!("{}{}", stdout(&output), stderr(&output)).contains("hunter2"));
}

#[test]
fn a_receiver_with_settings_below_target_is_told_where_it_stands() {
    for text in ["target = 8793\n[target.prod]\nurl = 1\n", "target = 8793\n  [target.prod.x] # x\nurl = 1\n"]
    {
        refused(text, "run", &["did you mean `[targets.prod"]);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_and_commands_that_need_none_go_on() {
    let folder = repository("jobs = [");
    exits(&said(folder.path(), "run"), 2);
    exits(&said(folder.path(), "run @huawei/normal --config none"), 0);
    for line in ["list faults", "schema config", "show tencent", "--help", "run --help"] {
        exits(&said(folder.path(), line), 0);
    }
    let missing = said(folder.path(), "run --config no.toml");
    exits(&missing, 2);
    assert!(stderr(&missing).contains("no.toml"), "{}", stderr(&missing));
    exits(&said(folder.path(), "run --config ."), 2);
    std::fs::write(folder.path().join("hookreel.toml"), b"\xff\xfe").unwrap();
    assert!(stderr(&said(folder.path(), "run")).contains("UTF-8"));
    // A mistake of the command line is said as ever.
    std::fs::write(folder.path().join("hookreel.toml"), "jobs = 2\n").unwrap();
    let slip = said(folder.path(), "run --job 3");
    exits(&slip, 2);
    assert!(stderr(&slip).contains("--jobs"), "{}", stderr(&slip));
    let slip = said(folder.path(), "config rnu");
    assert!(stderr(&slip).contains("did you mean `run`?"), "{}", stderr(&slip));
}

#[test]
fn what_a_command_starts_starts_in_the_folder_of_the_file() {
    let folder = repository(
        "exec = \"pwd > here; exec sleep 60\"\ntarget = \"http://127.0.0.1:1/\"\nwait-for = \"300ms\"\n",
    );
    let inner = folder.path().join("in ner");
    std::fs::create_dir(&inner).unwrap();
    let _ = said(&inner, "run @huawei/normal");
    let here = std::fs::read_to_string(folder.path().join("here")).unwrap();
    assert_eq!(Path::new(here.trim()), folder.path().canonicalize().unwrap());
}

#[test]
fn the_schema_of_the_file_and_its_reader_agree() {
    let schema: serde_json::Value = serde_json::from_str(&stdout(&run(&["schema", "config"]))).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let valid = serde_json::json!({
        "target": 8080, "report": ["junit=a"], "expect": {"accept": {}},
        "run": {"paths": ["s"], "jobs": 2}, "report-": null,
    });
    assert!(!validator.is_valid(&valid), "an unknown key");
    let mut valid = valid;
    valid.as_object_mut().unwrap().remove("report-");
    assert!(
        validator.is_valid(&valid),
        "{:?}",
        validator.iter_errors(&valid).map(|e| e.to_string()).collect::<Vec<_>>()
    );
    assert!(!validator.is_valid(&serde_json::json!({"run": {"jobs": "many"}})));
}

#[test]
fn config_refuses_a_target_that_the_file_does_not_have_and_names_the_nearest() {
    let text = "[targets.local]\nurl = \"8080\"\n[targets.staging]\nurl = \"http://10.0.0.1/\"\n";
    refused(
        text,
        "config run -t stagin",
        &["a target of hookreel.toml: local, staging", "did you mean `staging`?"],
    );
    let folder = repository(text);
    let output = said(folder.path(), "config run -t staging");
    exits(&output, 0);
    assert!(stdout(&output).contains("staging = http://10.0.0.1/"), "{}", stdout(&output));
    exits(&said(folder.path(), "config run -t 8080"), 0);
}

#[test]
fn a_mistake_within_an_expectation_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    for (line, place, help) in [
        ("expect = {accept = {statu = 200}}", "hookreel.toml:1:21", "did you mean `status`?"),
        (
            "[targets.a]\nurl = \"http://127.0.0.1:1/\"\nexpect = {acept = 1}",
            "hookreel.toml:3:11",
            "did you mean `accept`?",
        ),
    ] {
        std::fs::write(folder.path().join("hookreel.toml"), format!("{line}\n")).unwrap();
        let output = crate::stage::hookreel().arg("run").current_dir(folder.path()).output().unwrap();
        crate::stage::exits(&output, 2);
        let told = crate::stage::stderr(&output);
        assert!(told.contains(place) && told.contains(help), "{told}");
    }
}

#[test]
fn a_threshold_in_the_file_that_is_none_is_told_in_a_line_with_its_mark() {
    let text = "[load]\nthreshold = [\"p99<abc\"]\n";
    let said =
        refused(text, "load @huawei/normal -t 1", &["error: not a valid threshold", "hookreel.toml:2:13"]);
    assert!(said.contains("^ expected a duration such as 200ms, 1.5s or 800us"), "{said}");
    assert!(!said.contains(char::REPLACEMENT_CHARACTER), "{said}");
}

#[test]
fn a_key_in_the_place_of_its_variables_name_is_starred_however_it_looks() {
    for key in [
        "hunter2-super-secret",
        "correct-horse-battery",
        "s3cr3t!pass",
        "my secret key",
        "topsecret",
        "Xq7RtP9zLw2",
    ] {
        for line in ["run", "config run"] {
            let said =
                refused(&format!("secret-env = \"{key}\"\n"), line, &["takes the NAME", "CALLBACK_KEY"]);
            assert!(!said.contains(key) && said.contains(&"*".repeat(key.len())), "{said}");
        }
    }
    let said =
        refused("secret-env = \"OTHER_KEY\"\n", "run", &["the environment variable `OTHER_KEY` is not set"]);
    assert!(said.contains("secret-env = \"OTHER_KEY\""), "{said}");
}
