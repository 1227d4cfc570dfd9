//! Results that cannot be written: exit 70 and one line; a reader that has gone away is no reason to complain.

use std::fs::OpenOptions;
use std::io::Read;
use std::process::Stdio;

use crate::stage::{KEY, exits, hookreel, stderr};

/// Of every command that prints results, with the standard output at its end.
const COMMANDS: &[&str] = &[
    "run @tencent/single-file",
    "run @tencent/single-file --report json",
    "run @tencent/single-file --report junit",
    "send tencent record",
    "audit tencent --case A1",
    "plan @huawei/normal",
    "plan @huawei/normal --format json",
    "plan @huawei/normal --body huawei-2024-1",
    "check @all",
    "sign tencent BODY --secret-env CALLBACK_KEY",
    "verify tencent BODY --secret-env CALLBACK_KEY",
    "list scenarios",
    "list faults --markdown",
    "show tencent record",
    "schema",
    "load @tencent/single-file --rate 20/s --duration 100ms -q",
    "--help",
    "help run",
    "--version",
];

fn commands() -> (tempfile::TempDir, Vec<Vec<String>>) {
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body.json");
    std::fs::write(&body, "{\"event_type\":100}").unwrap();
    let of = |line: &&str| line.replace("BODY", &body.display().to_string());
    let lines = COMMANDS.iter().map(|line| of(line).split_whitespace().map(str::to_owned).collect());
    let lines = lines.collect();
    (folder, lines)
}

// T15, F10.
#[test]
fn a_result_that_cannot_be_written_is_exit_70_and_one_line() {
    let (_folder, commands) = commands();
    for args in commands {
        // Full, and not open for writing at all.
        for full in [
            OpenOptions::new().write(true).open("/dev/full"),
            OpenOptions::new().read(true).open("/dev/null"),
        ] {
            let output =
                hookreel().args(&args).env("CALLBACK_KEY", KEY).stdout(full.unwrap()).output().unwrap();
            let said = stderr(&output);
            assert_eq!(said.matches("standard output could not be written").count(), 1, "{args:?}: {said}");
            exits(&output, 70);
        }
    }
}

// The standard library puts `/dev/null` in the place of a stream that is closed.
#[test]
fn a_closed_standard_output_takes_no_result() {
    let (_folder, commands) = commands();
    for args in commands {
        let mut shell = std::process::Command::new("sh");
        let program = env!("CARGO_BIN_EXE_hookreel");
        let output = shell.args(["-c", r#"exec "$0" "$@" >&-"#, program]).args(&args);
        let output = output.env("CALLBACK_KEY", KEY).output().unwrap();
        assert!(
            stderr(&output).contains("standard output could not be written"),
            "{args:?}: {}",
            stderr(&output)
        );
        exits(&output, 70);
    }
}

#[test]
fn a_reader_that_has_gone_away_is_not_an_error() {
    let (_folder, commands) = commands();
    for args in commands {
        let mut child = hookreel()
            .args(&args)
            .env("CALLBACK_KEY", KEY)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let status = child.wait().unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(!said.contains("could not be written"), "{args:?}: {said}");
        assert_ne!(status.code(), Some(70), "{args:?}: {said}");
    }
}
