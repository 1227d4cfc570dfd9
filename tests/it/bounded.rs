//! No input takes all memory or all time: it is refused, with words.

use std::fmt::Write;
use std::process::{Command, Output};

use crate::stage::{exits, program, run, scenario, stderr};

/// Runs it with so much memory and no more, in MiB: it aborts where it asks for another byte.
fn within(memory: u64, args: &[&str]) -> Output {
    let script = format!("ulimit -d {} && exec \"$@\"", memory * 1024);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &script, "sh", program()])
        .args(args)
        .env("NO_COLOR", "1")
        .env("K", "0123456789")
        .output()
        .unwrap()
}

fn plain(rest: &str) -> String {
    format!(
        "provider: huawei\nrecording: {{hls: {{cycle: 1m}}}}\nbroadcast: [{{0s: push}}, {{10m: drop}}]\n{rest}\n"
    )
}

/// F13, T7: a JSONPath of eighty bytes took the parser for ever.
#[test]
fn a_jsonpath_of_any_depth_is_refused_before_it_is_parsed() {
    for depth in [9, 22, 100] {
        let path = format!("$[{}0{}", "?@[".repeat(depth), "]".repeat(depth + 1));
        let (_folder, file) = scenario(&plain(&format!("expect: {{accept: {{json: {{'{path}': 1}}}}}}")));
        let output = run(&["check", &file]);
        exits(&output, 2);
        assert!(stderr(&output).contains("more than 8 levels of brackets"), "{depth}: {}", stderr(&output));
    }
    let long = "a".repeat(1025);
    let state = format!("expect: {{state: [{{get: http://127.0.0.1:1/, once: true, path: $.{long}}}]}}");
    let (_folder, file) = scenario(&plain(&state));
    assert!(stderr(&run(&["check", &file])).contains("longer than 1024 bytes"));
    let output = run(&[
        "run",
        "@tencent/single-file",
        "-t",
        "1",
        "--state",
        "http://127.0.0.1:1/",
        "--state-path",
        &format!("$[{}0{}", "?@[".repeat(60), "]".repeat(61)),
    ]);
    exits(&output, 2);
    assert!(stderr(&output).contains("more than 8 levels"), "{}", stderr(&output));
}

/// F14, T16: three duplicates of 99 took eight GiB.
#[test]
fn what_faults_would_make_is_counted_before_it_is_made() {
    let (_folder, file) = scenario(&plain(
        "faults:\n  - duplicate: {copies: 99}\n  - duplicate: {copies: 99}\n  - duplicate: {copies: 99}",
    ));
    let output = within(256, &["check", &file]);
    exits(&output, 2);
    let told = stderr(&output);
    assert!(
        told.contains("callbacks; at most 50000 are planned") && told.contains("scenario.yaml:6:5"),
        "{told}"
    );
}

/// GF2: a list of a million, a folded text and aliases took up to 127 MiB, most of it to show one line.
#[test]
fn a_scenario_of_four_mebibytes_takes_at_most_64() {
    let folder = tempfile::tempdir().unwrap();
    let mut keys = String::new();
    (0..300_000).for_each(|n| writeln!(keys, "k{n}: 1").unwrap());
    let texts = [
        ("list", "- x\n".repeat(1_000_000)),
        ("dashes", "- ".repeat(1_000_000)),
        ("folded", format!("provider: huawei\nname: >\n{}", "  aaaa\n".repeat(590_000))),
        ("aliases", format!("x-a: &a {}\nx-b: [{}]\n", "b".repeat(1 << 20), ["*a"; 99].join(", "))),
        ("comments", "# a\n".repeat(1_000_000)),
        ("brackets", "[".repeat(4_000_000)),
        ("keys", keys),
    ];
    for (name, text) in texts {
        let file = folder.path().join(format!("{name}.yaml"));
        std::fs::write(&file, &text).unwrap();
        let output = within(64, &["check", &file.display().to_string()]);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", stderr(&output));
    }
}

/// F14: a key, a baseline, a certificate, a store, a record, a body without an end.
#[cfg(unix)]
#[test]
fn a_file_without_an_end_is_refused_wherever_one_is_read() {
    for args in [
        vec!["check", "/dev/zero"],
        vec!["run", "/dev/zero"],
        vec!["run", "@tencent", "--secret-file", "/dev/zero"],
        vec!["run", "@tencent", "-t", "https://localhost:1", "--cacert", "/dev/zero"],
        vec!["audit", "tencent", "-t", "1", "--baseline", "/dev/zero"],
        vec!["audit", "tencent", "-t", "1", "--resume", "/dev/zero"],
        vec!["report", "/dev/zero"],
        vec!["serve", "tencent", "--listen", "127.0.0.1:0", "--store", "/dev/zero"],
        vec!["send", "tencent", "record", "-t", "1", "--body", "/dev/zero"],
        vec!["shrink", "/dev/zero", "-t", "1"],
        vec!["sign", "tencent", "/dev/zero", "--secret-env", "K"],
        vec!["verify", "tencent", "/dev/zero", "--secret-env", "K"],
    ] {
        let output = within(160, &args);
        exits(&output, 2);
        let told = stderr(&output);
        assert!(told.contains("/dev/zero"), "{args:?}: {told}");
        assert!(
            ["is larger than", "is longer than", "not a regular file"].iter().any(|why| told.contains(why)),
            "{args:?}: {told}"
        );
    }
}

/// F20: `check /` walked the file system.
#[cfg(unix)]
#[test]
fn the_whole_file_system_is_not_searched() {
    for root in ["/", "/..", "/usr/.."] {
        let output = run(&["check", root]);
        exits(&output, 2);
        assert!(stderr(&output).contains("is the whole file system; name the folder"), "{}", stderr(&output));
    }
}
