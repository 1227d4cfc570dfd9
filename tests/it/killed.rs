//! Runs that end before their time. Whatever happens, the record says of every callback what became of it.

use std::io::{BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use hookreel::record::{Outcome, RunRecord};
use serde_json::Value;

use crate::stage::{Raw, body, hookreel, program, python};

fn read(path: &Path) -> RunRecord {
    RunRecord::read(BufReader::new(std::fs::File::open(path).unwrap())).unwrap()
}

fn start(receiver: &Raw, record: &Path, args: &[&str]) -> Child {
    let record = record.display().to_string();
    let mut command = hookreel();
    command.args(["run", "@huawei", "-t", &receiver.port(), "--record", &record]).args(args);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

fn slow() -> Raw {
    Raw::serve(|_, stream| {
        std::thread::sleep(Duration::from_millis(2));
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok()
    })
}

fn count(run: &RunRecord, outcome: Outcome) -> usize {
    run.callbacks().filter(|callback| callback.outcome() == outcome).count()
}

/// Fifty of the kills that `tests/chaos/run.py` can do, each record held against the log of its receiver.
#[cfg(unix)]
#[test]
fn a_kill_at_any_moment_loses_nothing_that_was_on_the_wire() {
    let output = std::process::Command::new(python())
        .arg(crate::stage::file("tests/chaos/run.py"))
        .args([program(), "--kills", "50", "--at-once", "4"])
        .output()
        .expect("the tests need Python 3");
    crate::stage::exits(&output, 0);
}

#[test]
fn a_record_and_the_key_give_the_bytes_again() {
    use md5::{Digest, Md5};

    let receiver = slow();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    let record = path.display().to_string();
    let output = hookreel()
        .args(["run", "@tencent/single-file", "-t", &receiver.port(), "--record", &record])
        .output()
        .unwrap();
    crate::stage::exits(&output, 0);
    let lines: Vec<Value> = std::fs::read_to_string(&path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let line = |kind: &str| lines.iter().find(|line| line["line"] == kind).unwrap();
    let time = line("intent")["signed_for"].as_i64().unwrap();
    let sign: String = Md5::digest(format!("{}{time}", crate::stage::KEY))
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut again = line("callback")["body"].clone();
    again["sign"] = sign.into();
    again["t"] = time.into();
    assert_eq!(serde_json::from_slice::<Value>(body(&receiver.requests()[0])).unwrap(), again);
}

#[test]
fn a_torn_last_line_is_left_out_and_a_broken_one_before_it_is_not() {
    let whole = r#"{"line":"end","stopped":null}"#;
    assert!(RunRecord::read(format!("{whole}\n{{\"line\":\"en").as_bytes()).unwrap().ended);
    RunRecord::read(format!("{{\"line\":\"en\n{whole}\n").as_bytes()).unwrap_err();
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_run_in_order_and_its_code_says_so() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let receiver = Raw::serve(|n, stream| {
            if n == 2 {
                std::thread::sleep(Duration::from_secs(30));
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok()
        });
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.jsonl");
        let child = start(&receiver, &path, &["--report", "json"]);
        while receiver.requests().len() < 3 {
            std::thread::sleep(Duration::from_millis(2));
        }
        let begun = Instant::now();
        std::process::Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(2), "reports are out within two seconds");
        assert_eq!(output.status.code(), Some(code));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["stopped"], format!("SIG{signal}"));
        let totals = &report["totals"];
        assert_eq!((&totals["accepted"], &totals["in_doubt"]), (&2.into(), &1.into()));
        let run = read(&path);
        assert!(run.ended);
        assert_eq!(count(&run, Outcome::InDoubt), 1);
        assert_eq!(count(&run, Outcome::NotSent), run.callbacks().count() - 3);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_the_run_loudly() {
    let receiver = slow();
    let output = hookreel().args(["run", "-t", &receiver.port(), "--record", "/dev/full"]).output().unwrap();
    crate::stage::exits(&output, 70);
    assert!(
        crate::stage::stderr(&output).contains("the record could not be written"),
        "{}",
        crate::stage::stderr(&output)
    );
    assert!(receiver.requests().is_empty(), "what is not recorded is not sent");
    let output =
        hookreel().args(["run", "-t", &receiver.port(), "--report", "json=/dev/full"]).output().unwrap();
    crate::stage::exits(&output, 70);
}
