//! A result never replaces what its command reads, and two results never share a file: by whatever name.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::stage::{KEY, exits, hookreel, stderr};

const SCENARIO: &str =
    "provider: huawei\nrecording: {hls: {cycle: 30m}}\nbroadcast: [{0s: push}, {40m: drop}]\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("base.yaml"), SCENARIO).unwrap();
    folder
}

fn runs(folder: &Path, line: &str) -> Output {
    let words = line.split_whitespace();
    hookreel().args(words).current_dir(folder).env("CALLBACK_KEY", KEY).output().unwrap()
}

#[test]
fn no_result_replaces_a_file_that_its_command_reads() {
    let folder = folder();
    let path = folder.path();
    let captured = "provider: huawei\nrecording: {hls: {cycle: 30m}}\nbroadcast: [{0s: push}, {1m: {callback: {body: b.json}}}, {2m: drop}]\n";
    let files = [
        ("key.txt", KEY),
        ("body.json", "{\"a\":1}"),
        ("b.json", "{\"event_type\":\"RECORD_OVER\"}"),
        ("captured.yaml", captured),
        ("hookreel.toml", "# nothing\n"),
        ("known.txt", "C48\n"),
    ];
    files.iter().for_each(|(name, text)| fs::write(path.join(name), text).unwrap());
    let certificate = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    fs::write(path.join("ca.pem"), certificate.cert.pem()).unwrap();
    exits(&runs(path, "run base.yaml --record old.jsonl"), 0);
    exits(&runs(path, "run base.yaml --record new.jsonl"), 0);
    fs::hard_link(path.join("key.txt"), path.join("hard.txt")).unwrap();
    symlink("key.txt", path.join("link.txt")).unwrap();
    let inputs = [
        "base.yaml",
        "key.txt",
        "body.json",
        "b.json",
        "hookreel.toml",
        "known.txt",
        "ca.pem",
        "old.jsonl",
        "new.jsonl",
    ];
    let before: Vec<_> = inputs.iter().map(|name| fs::read(path.join(name)).unwrap()).collect();
    for line in [
        "run base.yaml --record base.yaml",
        "run . --report json=./base.yaml",
        "send huawei RECORD_START --body body.json --record body.json",
        "report new.jsonl --against old.jsonl --report json=old.jsonl",
        "report new.jsonl --against old.jsonl --badge new.jsonl.svg --report html=new.jsonl",
        "run base.yaml --secret-file key.txt --report junit=./key.txt",
        "run base.yaml --secret-file key.txt --record hard.txt",
        "run base.yaml --secret-file link.txt --record key.txt",
        "run base.yaml --secret-file key.txt --record link.txt",
        "run base.yaml --record hookreel.toml",
        "run --failed old.jsonl --record old.jsonl",
        "run captured.yaml --record b.json",
        "run base.yaml --cacert ca.pem --record ca.pem",
        "audit huawei --case A1 --baseline known.txt --scorecard known.txt",
        "load base.yaml --rate 10/s --duration 1s --metrics prometheus=base.yaml",
        "load base.yaml --rate 10/s --duration 1s --record base.yaml",
        "serve huawei --secret-file key.txt --store key.txt",
        "shrink captured.yaml --out b.json",
    ] {
        let output = runs(path, line);
        let (code, said) = (output.status.code(), stderr(&output));
        let right = code == Some(2) && said.contains("is read by this command");
        let nothing_failed = line.contains("--failed") && code == Some(4);
        assert!(right || nothing_failed, "{line}: {code:?} {said}");
        let after: Vec<_> = inputs.iter().map(|name| fs::read(path.join(name)).unwrap()).collect();
        assert!(before == after, "{line}");
    }
}

#[test]
fn standard_input_and_output_are_files_of_the_command_too() {
    let folder = folder();
    let scenario = folder.path().join("base.yaml");
    let run = |args: &[&str], input: Stdio, output: Stdio| {
        hookreel().args(args).current_dir(&folder).stdin(input).stdout(output).output().unwrap()
    };
    let input = fs::File::open(&scenario).unwrap();
    exits(&run(&["run", "-", "--record", "base.yaml"], input.into(), Stdio::piped()), 2);
    assert_eq!(fs::read_to_string(&scenario).unwrap(), SCENARIO);
    let out = fs::File::create(folder.path().join("out.txt")).unwrap();
    let output = run(&["run", "base.yaml", "--record", "out.txt"], Stdio::null(), out.into());
    exits(&output, 2);
    assert!(stderr(&output).contains("standard output goes to this file, too"), "{}", stderr(&output));
}

#[test]
fn two_results_are_never_one_file_whether_it_is_there_or_not() {
    for there in [false, true] {
        let folder = folder();
        let path = folder.path();
        symlink("x", path.join("link")).unwrap();
        if there {
            fs::write(path.join("x"), "earlier").unwrap();
        }
        let whole = path.join("x").display().to_string();
        for line in [
            "run base.yaml --report junit=x --record ./x",
            &format!("run base.yaml --report junit=x --report html={whole}"),
            "run base.yaml --report junit=x,json=./x",
            "run base.yaml --report junit=link --record x",
            "run base.yaml --report junit=x --record link",
            "run base.yaml --report csv=x.svg --badge ./x.svg",
            "audit huawei --case A1 --save-baseline x --scorecard x",
            "audit huawei --case A1 --scorecard x --report json=./x",
            "load base.yaml --rate 10/s --duration 1s --metrics prometheus=x --record ./x",
            "load base.yaml --rate 10/s --duration 1s --metrics prometheus=x --record x.part",
            "load base.yaml --rate 10/s --duration 1s --metrics prometheus=x --metrics prometheus=./x",
        ] {
            let output = runs(path, line);
            exits(&output, 2);
            let said = stderr(&output);
            assert!(said.contains("writes this file, too") || said.contains("named twice"), "{line}: {said}");
            let left = fs::read_to_string(path.join("x")).ok();
            assert_eq!(left.as_deref(), there.then_some("earlier"), "{line}");
        }
    }
    // What keeps nothing may be named as often as one likes.
    let folder = folder();
    exits(&runs(folder.path(), "run base.yaml --record /dev/null --report json=/dev/null"), 0);
}

#[test]
fn a_message_repeats_what_is_no_secret_and_names_the_file() {
    let folder = folder();
    symlink("gone.yaml", folder.path().join("link.yaml")).unwrap();
    symlink("loop.yaml", folder.path().join("loop.yaml")).unwrap();
    for (line, words) in [
        ("run base.yaml -t 99999", "invalid value '99999' for '--target"),
        (
            "run base.yaml -t staging",
            "invalid value 'staging' for '--target <URL|PORT>': a URL begins with http:// or https://; or a name in `[targets]`",
        ),
        ("run base.yaml -t hunter2", "invalid value for '--target"),
        ("run base.yaml --state list", "invalid value 'list' for '--state"),
        ("run base.yaml --now 2026-02-30T00:00:00Z", "there is no day 2026-02-30"),
        ("run base.yaml --now 2026-02-03T25:00:00Z", "there is no time of day 25:00:00"),
        ("run base.yaml --now 9999-12-31T23:59:59Z", "it is out of range: the first time is"),
        ("run base.yaml --now 2026-02-03", "write a date, a time and a zone"),
        ("run base.yaml --cacert base.yaml", "--cacert: `base.yaml` holds no certificate in PEM"),
        ("audit huawei --resume base.yaml", "a line of a record begins with `{`"),
        ("check link.yaml", "it is a link to `gone.yaml`"),
        ("check loop.yaml", "it is a link to `loop.yaml`"),
    ] {
        let output = runs(folder.path(), line);
        exits(&output, 2);
        let said = stderr(&output);
        assert!(said.contains(words) && !said.contains("did you mean"), "{line}: {said}");
    }
}

#[test]
fn a_name_of_a_file_drives_no_terminal_and_no_ci_runner() {
    let folder = folder();
    let name = "x\n::error::a\u{1b}[2J.yaml";
    fs::create_dir(folder.path().join("bad")).unwrap();
    fs::write(folder.path().join("bad").join(name), SCENARIO).unwrap();
    fs::write(folder.path().join("bad").join("y.json"), "{}").unwrap();
    let one = format!("bad/{name}");
    let said = |args: &[&str]| {
        let output = hookreel().args(args).current_dir(&folder).output().unwrap();
        let text = stderr(&output);
        let text = format!("{text}{}", String::from_utf8_lossy(&output.stdout));
        assert!(text.lines().all(|line| !line.trim_start().starts_with("::")), "{args:?}: {text}");
        assert!(!text.contains('\u{1b}'), "{args:?}: {text}");
        text
    };
    assert!(
        said(&["run", "bad"]).contains(r"warning: bad/x\n::error::a\u{1b}[2J.yaml [huawei] is sent unsigned")
    );
    said(&["run", &one]);
    said(&["run", &format!("{one}.not-there")]);
    said(&["check", &one]);
    said(&["run", "base.yaml", "--record", &one, "--report", &format!("json={one}")]);
    said(&["run", "base.yaml", "--secret-file", &one]);
    said(&["run", "base.yaml", "--cacert", &one]);
    said(&["report", &one]);
    said(&["replay", "bad", "-t", "1"]);
    said(&["verify", "huawei", &one]);
    said(&["send", "huawei", "RECORD_START", "--body", &one]);
    said(&["--config", &one, "run", "base.yaml"]);
    said(&["audit", "huawei", "--baseline", &one]);
    said(&[&one]);
    said(&["run", "base.yaml", &format!("--{one}")]);
    fs::write(folder.path().join("bad").join(name), "provider: huawei\nbroadcast: 1\n").unwrap();
    said(&["run", "bad"]);
    said(&["check", &one, "--all-errors"]);
}

#[test]
fn a_baseline_is_brought_up_to_date_in_place() {
    let folder = folder();
    fs::write(folder.path().join("known.txt"), "C48\n").unwrap();
    exits(&runs(folder.path(), "audit huawei --case A1 --baseline known.txt --save-baseline ./known.txt"), 0);
    assert_eq!(fs::read_to_string(folder.path().join("known.txt")).unwrap(), "");
}

#[test]
fn a_named_pipe_takes_a_result_where_it_has_a_reader_and_else_none() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let output = runs(folder.path(), "run base.yaml --record pipe");
    exits(&output, 2);
    assert!(
        stderr(&output).contains("nobody reads this named pipe; start its reader first"),
        "{}",
        stderr(&output)
    );
    // Whoever is the first to open it waits for the other.
    let reader = std::thread::spawn(move || fs::read_to_string(pipe).unwrap());
    let written = loop {
        let output = runs(folder.path(), "run base.yaml --record pipe");
        if output.status.code() == Some(0) {
            break reader.join().unwrap();
        }
        assert!(stderr(&output).contains("start its reader first"), "{}", stderr(&output));
    };
    assert!(written.starts_with("{\"line\":\"run\"") && written.contains("\"line\":\"end\""), "{written}");
}

#[test]
fn a_scenario_in_a_folder_that_cannot_be_read_is_refused_and_not_left_out() {
    let folder = folder();
    let path = folder.path();
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(SCENARIO.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let latin: Vec<u8> = format!("# caf\u{e9}\n{SCENARIO}").chars().map(|c| c as u8).collect();
    let large = format!("{SCENARIO}# {}\n", "x".repeat(5 << 20));
    for (name, bytes, why) in [
        ("a.yaml", utf16, "UTF-16"),
        ("b.yaml", latin, "not UTF-8 text"),
        ("c.yaml", large.into_bytes(), "c.yaml"),
    ] {
        fs::write(path.join(name), bytes).unwrap();
        let output = runs(path, "check .");
        exits(&output, 2);
        assert!(stderr(&output).contains(why), "{name}: {}", stderr(&output));
        fs::remove_file(path.join(name)).unwrap();
    }
    // What is no scenario may be anything.
    fs::write(path.join("data.json"), [0x7b, 0xe9, 0x7d]).unwrap();
    exits(&runs(path, "check ."), 0);
}
