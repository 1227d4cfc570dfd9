//! Reports against the rules of their standards, as readers that are not ours have them.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::stage::{Raw, all_of, file, hookreel, one_callback, stdout, vacant};

/// What `tests/standards/junit.py` finds; empty = nothing.
fn junit(report: &str) -> String {
    read_by("junit.py", report).unwrap()
}

/// What a reader in `tests/standards` finds; none where what it needs is not installed.
fn read_by(reader: &str, report: &str) -> Option<String> {
    let mut python = Command::new(crate::stage::python());
    python.arg(file("tests/standards").join(reader)).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = python.spawn().unwrap();
    // One that has nothing to read by does not read.
    let _ = python.stdin.take().unwrap().write_all(report.as_bytes());
    let output = python.wait_with_output().unwrap();
    if output.status.code() == Some(77) {
        return None;
    }
    let found = stdout(&output).trim().to_owned();
    assert_eq!(found.is_empty(), output.status.success(), "{found}");
    Some(found)
}

#[test]
fn junit_keeps_to_the_schema_of_jenkins_in_every_kind_of_report() {
    let (open, failing, mixed) =
        (Raw::statuses(&[200]), Raw::statuses(&[500]), Raw::statuses(&[200, 500, 403]));
    let (_folder, path) = one_callback("{retry: none}");
    // One that has a limit, so that a search for it ends.
    let slow = Raw::serve(|_, stream| {
        std::thread::sleep(Duration::from_millis(10));
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok()
    });
    let limited = slow.port();
    let nobody = vacant().port().to_string();
    let [open, failing, mixed] = [&open, &failing, &mixed].map(Raw::port);
    let load = ["load", "@tencent/single-file", "--rate", "50/s", "--count", "10", "-q", "-t"];
    let reports = vec![
        vec!["run", "@huawei/cycle", "-t", &open],
        vec!["run", "@huawei/cycle", "-t", &mixed, "--max-failures", "0"],
        vec!["run", &path, "-t", &failing],
        vec!["run", &path, "-t", &nobody],
        vec!["audit", "tencent", "--case", "A1,A25,C51,C59", "-t", &open],
        vec!["audit", "tencent", "--case", "A1,C51", "-t", &failing],
        vec!["audit", "tencent", "--case", "A1,C51", "-t", &failing, "--keep-going"],
        [&load[..], &[&open]].concat(),
        [&load[..], &[&failing]].concat(),
        [
            "load",
            "@tencent/single-file",
            "--find-limit",
            "--rate",
            "20/s",
            "--duration",
            "200ms",
            "--connections",
            "1",
            "-q",
            "-t",
            &limited,
        ]
        .into(),
    ];
    all_of(reports, |args| {
        let output = hookreel().args(&args).args(["--report", "junit"]).output().unwrap();
        let report = stdout(&output);
        assert!(report.contains("<testcase "), "{args:?}: {report}");
        assert_eq!(junit(&report), "", "{args:?}\n{report}");
    });
}

#[test]
fn readers_that_are_not_ours_take_tap_and_ctrf() {
    let receiver = Raw::statuses(&[200, 500, 403]);
    let port = receiver.port();
    for args in [
        vec!["run", "@huawei/cycle", "-t", &port, "--max-failures", "0"],
        vec!["audit", "tencent", "--case", "A1,A25,C51,C59", "--keep-going", "-t", &port],
        vec!["load", "@tencent/single-file", "--rate", "50/s", "--count", "10", "-q", "-t", &port],
    ] {
        for (format, reader) in [("tap", "tap.py"), ("ctrf", "ctrf.py")] {
            let output = hookreel().args(&args).args(["--report", format]).output().unwrap();
            let found = read_by(reader, &stdout(&output)).unwrap_or_default();
            assert_eq!(found, "", "{args:?}\n{}", stdout(&output));
        }
    }
}

#[test]
fn the_rules_of_junit_find_what_breaks_them() {
    let suite = |inner: &str| {
        format!(
            "<testsuites name=\"x\"><testsuite name=\"s\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">{inner}</testsuite></testsuites>"
        )
    };
    assert_eq!(junit(&suite("<testcase name=\"a\"/>")), "");
    for (report, says) in [
        (suite("<testcase name=\"a\"><properties/></testcase>"), "properties is not allowed"),
        (suite("<testcase/>"), "attribute name is missing"),
        (suite("<testcase name=\"a\" file=\"f\"/>"), "attribute file is not allowed"),
        (suite("<testcase name=\"a\"><failure/></testcase>"), "failures is 0, not 1"),
        (suite("<testcase name=\"a\"/>text"), "text is not allowed"),
        (suite("").replace("<testsuites", "<testsuites skipped=\"1\""), "attribute skipped is not allowed"),
        (suite("<testcase name=\"a\"/>").replace("errors=\"0\"", "errors=\"0\" time=\"1.5s\""), "time 1.5s"),
    ] {
        assert!(junit(&report).contains(says), "{says}: {}", junit(&report));
    }
}
