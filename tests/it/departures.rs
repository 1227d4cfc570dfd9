//! A receiver that goes away in the middle: text, exit code and reports agree, and nothing is sent to a dead port for long.

use std::io::{BufReader, Write};
use std::net::TcpListener;

use crate::stage::{Raw, exits, read_request, run, stderr, stdout, vacant};

/// The URL of a receiver that answers this many connections with this body, closes the `last` one without an answer, and is gone then. Its address is its own: a
/// free port of 127.0.0.1 might be given to the receiver of another test.
fn leaving((after, last): (usize, bool), body: &'static str) -> String {
    let address = vacant();
    let listener = TcpListener::bind(address).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().take(after).flatten() {
            read_request(&mut BufReader::new(stream.try_clone().unwrap()));
            let head =
                format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all((head + body).as_bytes());
        }
        // The one under way when it goes.
        if last {
            drop(listener.accept());
        }
    });
    format!("http://{address}/")
}

#[test]
fn a_run_names_the_callback_that_was_answered_last_and_ends_soon() {
    let port = leaving((3, false), "{\"code\":0}");
    let output = run(&["run", "@tencent/single-file", "@tencent/flv-cycle", "@tencent", "-t", &port]);
    exits(&output, 1);
    let told = stdout(&output);
    assert!(told.contains("It answered tencent-2025-2, and listens no more"), "{told}");
    assert!(told.contains("It answered tencent-2025-2 of @tencent/flv-cycle, and listens no more"), "{told}");
    assert!(!told.contains("Is the receiver running"), "{told}");
    assert!(told.contains("stopped early: the receiver went away: it answered tencent-2025-2"), "{told}");
    assert!(told.contains("not sent"), "{told}");
    // Whoever asks for all of it gets all of it.
    let port = leaving((1, false), "{}");
    let output =
        run(&["run", "@tencent/single-file", "@tencent/flv-cycle", "-t", &port, "--max-failures", "0"]);
    exits(&output, 1);
    // The first of them may still have found somebody who closed the connection.
    let told = stdout(&output);
    assert!(told.contains(" unreachable") && !told.contains("not sent"), "{told}");
}

#[test]
fn a_state_that_cannot_be_read_any_more_is_no_mistake_of_the_set_up() {
    // One question before, one callback, and nobody is there any more.
    let port = leaving((2, false), "[]");
    let state = format!("{port}recordings");
    let args = ["run", "@tencent/single-file", "@tencent/flv-cycle", "-t", &port, "--state", &state];
    let output = run(&args);
    exits(&output, 1);
    let told = stdout(&output);
    assert!(told.contains("the state cannot be read any more"), "{told}");
    assert!(!told.contains("set-up"), "{told}");
}

#[test]
fn that_a_receiver_stopped_answering_is_told_in_every_format_of_the_audit() {
    let port = leaving((2, true), "{\"code\":0}");
    let folder = tempfile::tempdir().unwrap();
    let formats = ["json", "junit", "github", "markdown", "tap", "ctrf", "csv", "html", "ndjson"];
    let path = |name: &str| folder.path().join(name).display().to_string();
    let reports: Vec<String> = formats.iter().map(|name| format!("{name}={}", path(name))).collect();
    let mut args = vec!["audit", "tencent", "--case", "A1,A4,F111,F111.b", "-t", &port];
    reports.iter().for_each(|report| args.extend(["--report", report]));
    let output = run(&args);
    exits(&output, 3);
    let printed = stderr(&output) + &stdout(&output);
    let first = printed.lines().find(|line| line.starts_with("the receiver stopped answering")).unwrap();
    for name in formats {
        let report = std::fs::read_to_string(path(name)).unwrap();
        assert!(report.contains(first), "{name} lacks `{first}`:\n{report}");
    }
    // What was not reached is no failure.
    let markdown = std::fs::read_to_string(path("markdown")).unwrap();
    assert!(!markdown.contains("| **"), "{markdown}");
    assert!(markdown.contains(" skipped (not reached: "), "{markdown}");
    // One number everywhere.
    let last = printed.lines().find(|line| line.starts_with("incomplete: ")).unwrap();
    let unplayed = last.split(" not reached").next().unwrap().rsplit(' ').next().unwrap();
    let junit = std::fs::read_to_string(path("junit")).unwrap();
    assert_eq!(junit.matches("<error ").count().to_string(), unplayed, "{last}\n{junit}");
}

#[test]
fn of_a_receiver_with_one_worker_that_hangs_the_request_that_it_hangs_on_is_named() {
    // One after the other, each on a connection of its own; the first forged one is never answered.
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = receiver.local_addr().unwrap().port().to_string();
    std::thread::spawn(move || {
        for mut stream in receiver.incoming().flatten() {
            let request = read_request(&mut BufReader::new(stream.try_clone().unwrap())).unwrap_or_default();
            if !String::from_utf8_lossy(&request).contains("\"sign\"") {
                std::thread::park();
            }
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\n{\"code\":0}");
        }
    });
    let audit = ["audit", "tencent", "--case", "C48,C49,C51,F111", "--timeout", "200ms", "-t", &port];
    let told = stdout(&run(&audit));
    let named = told.lines().find(|line| line.contains("the first request that it left without an answer"));
    let named = named.unwrap_or_else(|| panic!("{told}"));
    assert!(named.contains(" of C48 (") && named.contains("--case C48"), "{told}");
}

#[test]
fn an_audit_names_the_case_and_exits_with_3_where_no_case_failed() {
    for (more, last) in [(&[][..], false), (&[][..], true), (&["--keep-going"][..], true)] {
        let port = leaving((2, last), "{\"code\":0}");
        let record = tempfile::NamedTempFile::new().unwrap();
        let path = record.path().to_str().unwrap();
        let args =
            [&["audit", "tencent", "--case", "A1,A4,F111,F111.b", "-t", &port, "--record", path], more]
                .concat();
        let output = run(&args);
        exits(&output, 3);
        let told = stdout(&output);
        assert!(told.starts_with("the receiver stopped answering during A1; "), "{told}");
        assert!(told.contains("\nincomplete: ") && !told.contains("failed"), "{told}");
        let again = run(&["report", path]);
        exits(&again, 3);
        assert_eq!(stdout(&again), told);
    }
}

#[test]
fn callbacks_that_were_accepted_after_a_retry_are_noted() {
    let receiver = Raw::serve(|n, stream| {
        let status = if n % 3 == 2 { 500 } else { 200 };
        write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\n{{}}").is_ok()
    });
    let output = run(&["run", "@tencent/flv-cycle", "-t", &receiver.port()]);
    exits(&output, 0);
    let note = "note: 1 of 4 callbacks: accepted only after a retry; what came before: 500 ×1\n";
    assert!(stdout(&output).ends_with(note), "{}", stdout(&output));
}
