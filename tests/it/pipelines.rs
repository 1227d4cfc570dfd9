//! The program in pipelines, as those see it who read nothing but an exit code, the last lines, or an annotation.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use crate::serving::Served;
use crate::stage::{KEY, Raw, exits, file, hookreel, run, scenario, stderr, stdout, vacant};

const EMBEDDED: &str =
    "note: the built-in receiver was tested, since no target was named (-t, HOOKREEL_TARGET)";

fn on_github(args: &[&str]) -> Output {
    hookreel().args(args).env("GITHUB_ACTIONS", "true").output().unwrap()
}

#[test]
fn an_audit_without_a_target_says_whom_it_audited() {
    let receiver = Served::start("tencent", &[]);
    let audit = ["audit", "tencent", "--case", "C49"];
    let quiet = [&audit[..], &["-q"]].concat();
    for words in [&audit[..], &quiet] {
        let told = stdout(&run(words));
        assert!(told.contains(EMBEDDED), "{told}");
    }
    assert!(stdout(&run(&audit)).contains("audit as tencent 2025 of the built-in receiver\n"));
    let annotated = stdout(&on_github(&quiet));
    assert!(
        annotated.contains("::notice title=hookreel%3A note::the built-in receiver was tested"),
        "{annotated}"
    );
    let named =
        hookreel().args(audit).args(["-t", &receiver.port, "--secret-env", "K"]).env("K", KEY).output();
    let named = stdout(&named.unwrap());
    assert!(!named.contains("embedded"), "{named}");
}

#[test]
fn an_empty_target_is_an_error_of_its_own() {
    for words in [&["audit", "tencent", "-t", ""][..], &["run", "@huawei/normal", "-t", ""]] {
        let output = run(words);
        exits(&output, 2);
        assert!(stderr(&output).contains("no target: is $HOOKREEL_TARGET set?"), "{}", stderr(&output));
    }
    let output = hookreel().args(["audit", "tencent"]).env("HOOKREEL_TARGET", "").output().unwrap();
    exits(&output, 2);
    assert!(stderr(&output).contains("no target"), "{}", stderr(&output));
}

/// A short load with this file of metrics.
fn measured(receiver: &Raw, to: &Path, by: Option<&str>) -> Output {
    let words = format!(
        "load @huawei/normal -t {} --rate 20/s --duration 1s -q --threshold errors<=100% --metrics prometheus={}",
        receiver.port(),
        to.display()
    );
    let Some(before) = by else { return run(&words.split(' ').collect::<Vec<_>>()) };
    let line = words.replace("errors<=100%", "'errors<=100%'");
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!("{before}; exec {} {line}", crate::stage::program())]).output().unwrap()
}

#[test]
fn metrics_go_through_links_and_devices_and_replace_neither() {
    let (receiver, folder) = (Raw::statuses(&[200]), tempfile::tempdir().unwrap());
    let at = |name: &str| folder.path().join(name);
    fs::write(at("real.prom"), "old\n").unwrap();
    for (link, to) in [("link.prom", "real.prom"), ("new.prom", "later.prom"), ("null.prom", "/dev/null")] {
        symlink(to, at(link)).unwrap();
        // One that fell behind has its figures, too.
        let code = measured(&receiver, &at(link), None).status.code();
        assert!([Some(0), Some(6)].contains(&code), "{link}: {code:?}");
        assert!(at(link).is_symlink(), "{link}");
    }
    for name in ["real.prom", "later.prom"] {
        assert!(fs::read_to_string(at(name)).unwrap().contains("hookreel_load_sent_total"), "{name}");
    }
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    symlink("/dev/full", at("full.prom")).unwrap();
    let full = measured(&receiver, &at("full.prom"), None);
    exits(&full, 70);
    assert!(stderr(&full).contains("No space left on device"), "{}", stderr(&full));
    assert!(fs::metadata("/dev/full").unwrap().file_type().is_char_device());
}

#[test]
fn metrics_that_cannot_be_written_leave_no_figures_of_before() {
    let (receiver, folder) = (Raw::statuses(&[200]), tempfile::tempdir().unwrap());
    let file = folder.path().join("old.prom");
    fs::write(&file, "hookreel_load_sent_total 7\n").unwrap();
    // A disk on which nothing is left.
    let output = measured(&receiver, &file, Some("ulimit -f 0"));
    exits(&output, 70);
    assert!(stderr(&output).contains("--metrics: cannot write"), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(&file).unwrap(), "");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a part is left");
}

/// The step of the action with these words; the program is one that writes down what it is given.
fn acted(args: &str, report: &str) -> (Output, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("hookreel"), "#!/bin/sh\nprintf '%s\\n' \"$@\" >>\"$CALLED\"\nexit 4\n").unwrap();
    fs::set_permissions(at("hookreel"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let mut script = Command::new("bash");
    script.arg(file("packaging/action/run")).current_dir(folder.path());
    script.env("PATH", path).env("ARGS", args).env("REPORT", report);
    script.env("CALLED", at("called")).env("GITHUB_OUTPUT", at("output"));
    let output = script.output().unwrap();
    let read = |name| fs::read_to_string(at(name)).unwrap_or_default();
    (output, read("called"), read("output"))
}

#[test]
fn the_action_plays_nothing_of_words_with_an_open_quote() {
    for args in ["run 'scenarios huawei/ -t 8398", "audit tencent --quick \"-t 8080", "run 'a\nb'"] {
        let (output, called, told) = acted(args, "");
        exits(&output, 2);
        assert_eq!((called.as_str(), told.as_str()), ("", "exit-code=2\n"));
        let text = stdout(&output);
        assert!(text.lines().count() == 1 && text.starts_with("::error title=hookreel::args: "), "{text}");
    }
    let (output, called, told) = acted("run 'two words' -t 80 --exec \"it's\"", "a b.xml");
    exits(&output, 4);
    assert_eq!(called, "run\ntwo words\n-t\n80\n--exec\nit's\n--report\njunit=a b.xml\n");
    assert_eq!(told, "exit-code=4\n");
    // It makes no report.
    assert_eq!(acted("check scenarios", "a.xml").1, "check\nscenarios\n");
}

#[test]
fn annotations_stand_beside_a_report_in_a_file() {
    let receiver = Raw::statuses(&[500]);
    let folder = tempfile::tempdir().unwrap();
    let junit = format!("junit={}", folder.path().join("a.xml").display());
    let words = ["run", "@tencent/single-file", "-t", &receiver.port(), "--report", &junit];
    let told = stdout(&on_github(&words));
    assert!(told.contains("\n::error title=") && told.contains("expected"), "{told}");
    let text = stdout(&on_github(&[&words[..], &["--report", "text"]].concat()));
    assert!(!text.contains("::error"), "{text}");
}

#[test]
fn the_record_of_what_did_not_begin_has_the_exit_code_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("q.jsonl").display().to_string();
    // A free port may be another test's receiver in a moment.
    let nobody = "1".to_owned();
    let taken = Raw::statuses(&[200]);
    let port = taken.port();
    for (words, code) in [
        (&["run", "@tencent/single-file", "-t", &nobody, "--wait-for", "50ms"][..], 3),
        (&["audit", "tencent", "-t", &nobody, "--wait-for", "50ms"], 3),
        (&["send", "tencent", "record", "-t", &nobody, "--wait-for", "50ms"], 3),
        (&["run", "@tencent/single-file", "-t", &nobody, "--exec", "exit 1"], 3),
        (&["run", "@tencent/single-file", "-t", &port, "--exec", "sleep 9"], 2),
    ] {
        exits(&run(&[words, &["--record", &record]].concat()), code);
        let told = run(&["report", &record, "--report", "html"]);
        exits(&told, code);
        assert!(stdout(&told).contains(&format!("{code}: ")), "{words:?}");
    }
}

#[test]
fn two_runs_never_write_one_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.jsonl");
    fs::write(&path, "kept\n").unwrap();
    let words = |port: &str, to: &str| -> Vec<String> {
        ["run", "@tencent/single-file", "-t", port, to, &path.display().to_string()]
            .map(str::to_owned)
            .to_vec()
    };
    let receiver = Raw::statuses(&[200]);
    let other = File::options().append(true).open(&path).unwrap();
    other.lock().unwrap();
    for flag in ["--record", "--report=ndjson"] {
        let mut words = words(&receiver.port(), flag);
        if flag.contains('=') {
            let file = words.pop().unwrap();
            words.pop();
            words.push(format!("{flag}={file}"));
        }
        let output = hookreel().args(words).output().unwrap();
        exits(&output, 2);
        assert!(
            stderr(&output).contains("another run of hookreel is writing this file"),
            "{}",
            stderr(&output)
        );
    }
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), receiver.requests().len()), ("kept\n", 0));
    drop(other);
    // As long as it goes on, it holds the file.
    let held = Arc::new(AtomicBool::new(false));
    let (seen, at) = (held.clone(), path.clone());
    let receiver = Raw::serve(move |_, stream| {
        let locked = File::options().append(true).open(&at).map(|file| file.try_lock());
        seen.store(matches!(locked, Ok(Err(TryLockError::WouldBlock))), Ordering::SeqCst);
        write!(stream, "HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n").is_ok()
    });
    exits(&hookreel().args(words(&receiver.port(), "--record")).output().unwrap(), 0);
    assert!(held.load(Ordering::SeqCst));
    exits(&run(&["report", &path.display().to_string()]), 0);
    // Devices are everybody's.
    exits(&run(&["run", "@tencent/single-file", "-t", &receiver.port(), "--record", "/dev/null"]), 0);
}

/// A capture of `serve`, with what it found of each.
fn captured(folder: &Path, requests: &[(&str, u16)]) -> String {
    let body = fs::read_to_string(file("tests/samples/captured/t2025-04-cos.json")).unwrap();
    let line = |(n, (verdict, status)): (usize, &(&str, u16))| {
        let line = json!({
            "capture": "hookreel.capture/1", "time": format!("2026-11-24T14:10:{n:02}.000Z"), "method": "POST", "path": "/cb",
            "headers": [["content-type", "application/json"]], "body": BASE64_STANDARD.encode(&body), "verdict": verdict,
            "answer": {"status": status, "body": ""},
        });
        format!("{line}\n")
    };
    let path = folder.join(format!("capture-{}.jsonl", requests.len()));
    fs::write(&path, requests.iter().enumerate().map(line).collect::<String>()).unwrap();
    path.display().to_string()
}

#[test]
fn what_serve_found_wrong_is_to_be_rejected_again() {
    let folder = tempfile::tempdir().unwrap();
    let mistakes =
        ["the signature does not match", "signature or time is missing", "the signature has expired"];
    let all: Vec<(&str, u16)> =
        [("accepted, stored", 200)].into_iter().chain(mistakes.map(|mistake| (mistake, 401))).collect();
    let capture = captured(folder.path(), &all);
    let right = Raw::statuses(&[200, 401, 401, 401]);
    let output = run(&["replay", &capture, "-t", &right.port()]);
    exits(&output, 0);
    let told = stdout(&output);
    assert!(told.contains("1 accepted, 3 rejected; as before: 4"), "{told}");
    assert!(!told.contains("likely"), "{told}");
    // One that takes them now has another fault than it had.
    let lax = Raw::statuses(&[200]);
    let output = run(&["replay", &capture, "-t", &lax.port()]);
    exits(&output, 1);
    assert!(stdout(&output).contains("differs: 3"), "{}", stdout(&output));
    // Where no signature was right, the key of `serve` may have been another.
    let unknown = captured(folder.path(), &[("the signature does not match", 401)]);
    exits(&run(&["replay", &unknown, "-t", &lax.port()]), 0);
    // What the receiver behind it accepted is no forgery.
    let behind = captured(folder.path(), &[("accepted, stored", 200), ("the signature does not match", 200)]);
    exits(&run(&["replay", &behind, "-t", &lax.port()]), 0);
}

#[test]
fn the_command_for_the_cases_of_an_audit_audits_the_same_receiver() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("a.jsonl").display().to_string();
    let receiver = Raw::statuses(&[200]);
    let mut audit = hookreel();
    audit.args(["audit", "tencent", "-t", &receiver.port(), "--secret-env", "CI_KEY"]).env("CI_KEY", KEY);
    audit.args(["--case", "C49,C54", "--strict", "--timeout", "3s", "--record", &record]);
    exits(&audit.output().unwrap(), 1);
    let output = run(&["run", "--failed", &record]);
    exits(&output, 2);
    let expected = format!(
        "hookreel audit tencent -t http://localhost:{}/ --secret-env CI_KEY --timeout 3s --case C49,C54 --strict\n",
        receiver.port()
    );
    assert!(stderr(&output).ends_with(&expected), "{}", stderr(&output));
}

#[test]
fn a_delayed_acknowledgement_is_not_the_receivers_own_time() {
    let short = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
    let slow = Raw::serve(move |_, stream| {
        // In two pieces, as most small servers do.
        stream.set_nodelay(false).is_ok()
            && stream.write_all(short).is_ok()
            && stream.write_all(b"{}").is_ok()
    });
    let words = format!(
        "load @huawei/normal -t {} --rate 50/s --duration 2s --connections 2 -q --threshold p50<20ms",
        slow.port()
    );
    // The delay is the system's, and another system may have none. On a busy machine other answers are late, too, and hide it.
    let is_named = |_: u32| {
        let told = stdout(&run(&words.split(' ').collect::<Vec<_>>()));
        !told.contains("✗ p50<20ms") || told.contains("TCP_NODELAY")
    };
    assert!((0..5).any(is_named), "40 ms of a delayed acknowledgement were not named in any of five loads");
}

#[test]
fn config_refuses_what_the_command_refuses() {
    let output = run(&["config", "run", "--jbos", "4"]);
    exits(&output, 2);
    let told = stderr(&output);
    assert!(told.contains("--jbos") && told.contains("--jobs"), "{told}");
    exits(&run(&["config", "audit"]), 0);
}

#[test]
fn check_reads_on_after_a_file_that_it_cannot_read() {
    let folder = tempfile::tempdir().unwrap();
    let text = "provider: huawei\nbroadcast: [{0s: push}]\nrecording: {hls: {cycle: 30m}}\nextra: 1\n";
    let wide: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.yaml"), &wide).unwrap();
    fs::write(at("b.yaml"), text).unwrap();
    let path = folder.path().display().to_string();
    let (a, b) = (at("a.yaml").display().to_string(), at("b.yaml").display().to_string());
    for words in [&["check", &path][..], &["check", &a, "no-such.yaml", &b]] {
        let output = run(words);
        exits(&output, 2);
        let told = stderr(&output);
        assert!(told.contains("UTF-16") && told.contains("unknown key `extra`"), "{told}");
        assert_eq!(told.contains("no-such.yaml"), words.len() > 2, "{told}");
    }
}

#[test]
fn a_variable_holds_a_value_a_line() {
    let receiver = Raw::statuses(&[200]);
    let mut command = hookreel();
    command.args(["load", "@huawei/normal", "-t", &receiver.port(), "--count", "5", "--rate", "20/s", "-q"]);
    command.env("HOOKREEL_THRESHOLD", "p99<50s\nerrors==0\n").env("HOOKREEL_HEADER", "x-a: 1, 2\nx-b: 3\n");
    let output = command.output().unwrap();
    // One that fell behind has sent them, too.
    assert!([Some(0), Some(6)].contains(&output.status.code()), "{}", stderr(&output));
    let requests = receiver.requests();
    let first = String::from_utf8_lossy(&requests[requests.len() - 1]).to_lowercase();
    assert!(first.contains("x-a: 1, 2\r\n") && first.contains("x-b: 3\r\n"), "{first}");
    let metrics = run(&["load", "@huawei/normal", "--metrics", "prometheus=0,prometheus=x.prom"]);
    exits(&metrics, 2);
    assert!(stderr(&metrics).contains("a line each in HOOKREEL_METRICS"), "{}", stderr(&metrics));
}

#[test]
fn one_cause_is_one_annotation() {
    let nobody = vacant().port().to_string();
    let output = on_github(&["run", "@huawei/normal", "-t", &nobody, "-q"]);
    exits(&output, 3);
    let told = stdout(&output);
    let annotations: Vec<&str> = told.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(annotations.len(), 1, "{told}");
    assert!(annotations[0].contains("stopped early: the target was never reached"), "{told}");
}

#[test]
fn a_mistake_in_a_scenario_is_an_annotation_at_its_place() {
    let (_folder, path) =
        scenario("provider: huawe\nbroadcast: [{0s: push}]\nrecording: {hls: {cycle: 30m}}\nextra: 1\n");
    for command in ["check", "run", "load"] {
        let output = on_github(&[command, &path]);
        exits(&output, 2);
        let told = stdout(&output);
        let at = |place: &str| format!("::error file={path},{place},title=hookreel::");
        assert!(told.contains(&format!("{}there is no provider `huawe`", at("line=1,col=11"))), "{told}");
        assert!(told.contains("did you mean `huawei`?"), "{told}");
        assert!(told.contains(&format!("{}unknown key `extra`", at("line=4,col=1"))), "{told}");
        assert_eq!(stdout(&run(&[command, &path])), "");
    }
}

#[test]
fn init_that_fails_leaves_nothing_and_names_what_gitlab_needs() {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("new/place");
    let script = format!(
        "ulimit -f 0; exec {} init tencent --into {} --ci gitlab",
        crate::stage::program(),
        into.display()
    );
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    exits(&output, 2);
    assert!(stderr(&output).contains("nothing was written"), "{}", stderr(&output));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let told = stdout(&run(&["init", "tencent", "--into", &into.display().to_string(), "--ci", "gitlab"]));
    assert!(told.contains("`include: {local: .gitlab/hookreel.yml}`"), "{told}");
}

#[test]
fn events_are_completed_of_the_sender_that_is_typed() {
    let offered = |words: &[&str]| {
        let mut command = hookreel();
        command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
        command.env("_CLAP_IFS", "\n").args(["--"]).args(words);
        stdout(&command.output().unwrap())
    };
    let told = offered(&["hookreel", "send", "tencent", "r"]);
    assert!(told.contains("record") && !told.contains("recorder_started"), "{told}");
    assert!(offered(&["hookreel", "send", "huawei", ""]).contains("RECORD_START"));
}

#[test]
fn no_manual_page_stands_in_the_tree() {
    let pages = |folder: &Path| -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path().display().to_string());
        names.filter(|name| name.ends_with(".1")).collect()
    };
    let root = file("");
    let folders =
        fs::read_dir(&root).unwrap().flatten().map(|entry| entry.path()).filter(|path| path.is_dir());
    for folder in folders.chain([root.clone()]) {
        assert_eq!(pages(&folder), [""; 0], "{}: `hookreel man` prints them", folder.display());
    }
}
