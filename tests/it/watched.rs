//! The receiver's own process: when it is ready, how it ends, what it prints, and what becomes of it.

use std::io::Write;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::stage::{
    KEY, Raw, exits, hangups_are_ignored, hookreel, program, run, scenario, stderr, stdout, vacant,
};

/// A receiver in Python that answers 200, one callback at a time, and does something after its callback number `n`.
fn receiver(address: SocketAddr, n: usize, then: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("receiver.py");
    let text = format!(
        "import http.server, itertools, os, sys, threading, time, signal\nnumbers = itertools.count(1)\nlock = threading.Lock()\nkept = []\n\
         class H(http.server.BaseHTTPRequestHandler):\n\
         \x20   def log_message(self, *a): pass\n\
         \x20   def handle_one_request(self):\n\
         \x20       with lock: super().handle_one_request()\n\
         \x20   def do_POST(self):\n\
         \x20       body = self.rfile.read(int(self.headers['content-length']))\n\
         \x20       seen = next(numbers)\n\
         \x20       print('callback', seen, 'signed', '{KEY}', body.decode()[-40:], flush=True)\n\
         \x20       self.send_response(200)\n\
         \x20       self.send_header('content-length', '0')\n\
         \x20       self.end_headers()\n\
         \x20       if seen == {n}:\n\
         \x20           {then}\n\
         http.server.ThreadingHTTPServer(('{}', {}), H).serve_forever()\n",
        address.ip(),
        address.port()
    );
    std::fs::write(&path, text).unwrap();
    let command = format!("exec python3 {}", path.display());
    (folder, command)
}

#[test]
fn a_receiver_that_dies_under_load_fails_the_load_with_its_last_lines_in_every_report() {
    for (n, thresholds, alone) in [(6, &[][..], false), (40, &["--threshold", "errors<=100%"][..], true)] {
        let free = vacant();
        let (script, command) = receiver(free, n, "print('boom', flush=True); os._exit(3)");
        let path = |name: &str| script.path().join(name).display().to_string();
        let formats = ["junit", "json", "html", "markdown", "ndjson", "tap", "ctrf"];
        let reports: Vec<String> = formats.iter().map(|name| format!("{name}={}", path(name))).collect();
        let (target, record, reports) = (format!("http://{free}/"), path("record"), reports.join(","));
        let load =
            ["load", "@huawei/normal", "-t", &target, "--exec", &command, "--rate", "max", "--count", "40"];
        let more = ["--connections", "1", "--record", &record, "--report", &reports, "-q"];
        let output = run(&[&load[..], &more, thresholds].concat());
        exits(&output, 5);
        let again = run(&["report", &record]);
        exits(&again, 5);
        let text = stdout(&again);
        assert!(text.contains("✗ the receiver's process ended by itself (exit status: 3), "), "{text}");
        assert!(text.contains("\n    | boom\n") && text.contains("\nfailed: "), "{text}");
        assert_eq!(text.contains("✗ errors==0"), !alone, "{text}");
        for format in formats {
            let report = std::fs::read_to_string(path(format)).unwrap();
            assert!(report.contains("ended by itself (exit status: 3)"), "{format}: {report}");
            assert!(report.contains("boom") && !report.contains(KEY), "{format}: {report}");
        }
    }
}

#[test]
fn a_search_ends_where_the_receivers_process_ends() {
    let free = vacant();
    let (script, command) = receiver(free, 30, "print('boom', flush=True); os._exit(3)");
    let record = script.path().join("record").display().to_string();
    let target = format!("http://{free}/");
    let load =
        ["load", "@huawei/normal", "-t", &target, "--exec", &command, "--find-limit", "--rate", "20/s"];
    // A busy machine is no reason to try a rate again.
    let lenient = ["--threshold", "p99<20s"];
    let output = run(&[&load[..], &["--duration", "1s", "-q", "--record", &record], &lenient].concat());
    exits(&output, 5);
    let ended = "at 40/s, the receiver's process ended by itself (exit status: 3), ";
    let text = stdout(&run(&["report", &record]));
    assert!(text.contains("holds 20/s; after that") && text.contains(ended), "{text}");
}

fn four() -> (tempfile::TempDir, String) {
    scenario(&format!(
        "provider: huawei\nrecording: {{hls: {{cycle: 6h}}}}\nsigning: {{key: {KEY}}}\n\
         broadcast: [{{0s: push}}, {{10m: drop}}]\ndelivery: {{retry: none}}\n"
    ))
}

#[test]
fn a_receiver_that_dies_fails_the_run_whenever_it_dies() {
    for (n, accepted) in [(2, 2), (4, 4)] {
        let free = vacant();
        let (_script, command) = receiver(free, n, "print('boom', flush=True); os._exit(139)");
        let (_folder, path) = four();
        let target = format!("http://{free}/");
        let output = run(&["run", &path, "-t", &target, "--exec", &command, "--report", "json"]);
        exits(&output, 1);
        let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(report["totals"]["accepted"], accepted, "{report:#}");
        let callbacks = report["scenarios"][0]["callbacks"].as_array().unwrap();
        let told: Vec<&Value> = callbacks
            .iter()
            .filter(|callback| callback["findings"].to_string().contains("ended by itself"))
            .collect();
        assert_eq!(told.len(), 1, "{report:#}");
        // On a busy machine the end is seen later: others may have been under way by then.
        let id = told[0]["id"].as_str().unwrap();
        assert!((n..=4).any(|n| id == format!("huawei-2024-{n}")), "{id}");
        let finding = told[0]["findings"].to_string();
        assert!(finding.contains("exit status: 139, which is what a shell gives for signal 11"), "{finding}");
        let printed = told[0]["receiver"].to_string();
        assert!(printed.contains("boom") && printed.contains("signed (key)"), "{printed}");
        assert!(!report.to_string().contains(KEY));
        assert!(stderr(&output).contains("callback 1 signed"), "it is passed on: {}", stderr(&output));
    }
}

#[test]
fn a_line_to_be_pasted_starts_the_receiver_too_and_keeps_its_secrets() {
    let free = vacant();
    let (_script, command) = receiver(free, 99, "pass");
    let (_folder, path) = four();
    let target = format!("http://{free}/");
    let plain = |prefix: &str| format!(" --exec '{prefix}{}'", command.trim_start_matches("exec "));
    let hidden = |why: &str| {
        format!(
            " --exec \"${{HOOKREEL_EXEC:?set it to the command that starts the receiver (not repeated: {why})"
        )
    };
    for (prefix, shown) in [
        ("", plain("")),
        ("PHP_CLI_SERVER_WORKERS=2 ", plain("PHP_CLI_SERVER_WORKERS=2 ")),
        ("API_TOKEN=b ", hidden("the value of API_TOKEN may be a secret")),
        ("A=7f3d9c2b8a1e4f60 ", hidden("the value of A may be a secret")),
        ("DATABASE_URL=postgres://u:b@h/d ", hidden("the value of DATABASE_URL may be a secret")),
    ] {
        let command = format!("{prefix}{}", command.trim_start_matches("exec "));
        let start = ["run", &path, "-t", &target, "--exec", &command];
        let told = stdout(&run(&start));
        let audit = told.lines().find(|line| line.starts_with("not tested")).unwrap_or_default();
        assert!(audit.contains("hookreel audit huawei -t ") && audit.contains(&shown), "{told}");
        let told = stdout(&run(&[&start[..], &["--expect", "{accept: {status: 201}}"]].concat()));
        let again = told.lines().find(|line| line.contains("  again ")).unwrap_or_default();
        assert!(again.contains(&shown), "{told}");
        let secrets = ["TOKEN=b", "7f3d9c2b8a1e4f60", "u:b@h"];
        assert!(!secrets.iter().any(|secret| told.contains(secret)), "{told}");
    }
}

#[test]
fn a_receiver_that_dies_between_two_callbacks_ends_the_run_although_something_else_goes_on() {
    let free = vacant();
    let later = "__import__('threading').Timer(0.2, lambda: os.kill(os.getpid(), 9)).start()";
    let (_script, command) = receiver(free, 2, later);
    let command = command.replace("exec ", "sleep 1000 & ");
    let (_folder, path) = four();
    let target = format!("http://{free}/");
    // At this speed the next callback is due seconds later.
    let output = run(&["run", &path, "-t", &target, "--exec", &command, "--speed", "200x"]);
    exits(&output, 1);
    let told = stdout(&output);
    assert!(told.contains("2 accepted, 2 not sent") && told.contains("ended by itself"), "{told}");
    assert!(told.contains("during huawei-2024-2"), "{told}");
}

#[test]
fn what_the_receiver_printed_stands_beside_the_first_failure_alone() {
    let free = vacant();
    let (_script, command) = receiver(free, 99, "pass");
    let failing = command.replace("exec python3 ", "");
    let text = std::fs::read_to_string(&failing).unwrap().replace("send_response(200)", "send_response(500)");
    std::fs::write(&failing, text).unwrap();
    let (_folder, path) = four();
    let target = format!("http://{free}/");
    for (format, word) in [("text", "  | callback 1 signed (key)"), ("junit", "the receiver printed:")] {
        // Passed on when it is printed; a quiet run shows it beside the failure alone.
        for (flags, passed_on) in [(&[][..], true), (&["-q"], false)] {
            let words = ["run", &path, "-t", &target, "--exec", &command, "--report", format];
            let output = run(&[&words[..], flags].concat());
            assert_eq!(stderr(&output).contains("callback 1 signed"), passed_on, "{}", stderr(&output));
            exits(&output, 1);
            assert_eq!(stdout(&output).matches(word).count(), 1, "{}", stdout(&output));
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_receiver_that_outgrows_its_memory_is_ended_and_the_callback_named() {
    let free = vacant();
    let (_script, command) = receiver(free, 2, "kept.append(b'x' * 300_000_000); time.sleep(5)");
    let (_folder, path) = four();
    let target = format!("http://{free}/");
    // The callbacks after it are due while it grows.
    let output =
        run(&["run", &path, "-t", &target, "--exec", &command, "--exec-memory", "150M", "--speed", "300x"]);
    exits(&output, 1);
    let told = stdout(&output);
    assert!(told.contains("of memory, more than 150 MiB, and was ended"), "{told}\n{}", stderr(&output));
    let wrong = run(&["run", &path, "-t", &target, "--exec", "x", "--exec-memory", "much"]);
    exits(&wrong, 2);
    assert!(stderr(&wrong).contains("512M or 2G"), "{}", stderr(&wrong));
}

// F5, F9.
#[cfg(unix)]
#[test]
fn every_signal_that_ends_a_program_ends_the_run_and_its_receiver() {
    use rustix::process::{Pid, Signal, kill_process};
    for (signal, code) in [(Signal::HUP, 129), (Signal::INT, 130), (Signal::TERM, 143)] {
        if signal == Signal::HUP && hangups_are_ignored() {
            continue;
        }
        let free = vacant();
        let (_script, command) = receiver(free, 99, "pass");
        let (_folder, path) = four();
        let target = format!("http://{free}/");
        let child = hookreel()
            .args(["run", &path, "-t", &target, "--exec", &command, "--speed", "1x"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let patience = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(free).is_err() {
            assert!(Instant::now() < patience, "it did not start");
            std::thread::sleep(Duration::from_millis(5));
        }
        // At once: a signal that comes just when the receiver is ready counts.
        kill_process(Pid::from_child(&child), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        exits(&output, code);
        std::net::TcpStream::connect(free).unwrap_err();
    }
}

// F6, T5: 5 s before.
#[cfg(target_os = "linux")]
#[test]
fn the_end_takes_no_longer_where_nobody_asks_about_ended_processes() {
    let free = vacant();
    let (script, command) = receiver(free, 99, "pass");
    let asked = script.path().join("asked").display().to_string();
    let command = command.replace("exec ", "");
    let command = format!("trap 'date +%s.%N > {asked}; exit' TERM; {command} & wait");
    let (_folder, path) = four();
    // Whatever loses its parent becomes a child of this program, which asks about none of them.
    let keeper = "import ctypes, subprocess, sys, time\nctypes.CDLL(None).prctl(36, 1, 0, 0, 0)\n\
                  code = subprocess.call(sys.argv[2:])\nprint(time.time() - float(open(sys.argv[1]).read()), code)";
    let output = Command::new(crate::stage::python())
        .args(["-c", keeper, &asked, program(), "run", &path, "-t"])
        .args([&format!("http://{free}/"), "--exec", &command])
        .output()
        .unwrap();
    let told = stdout(&output);
    let mut words = told.lines().last().unwrap().split(' ');
    let took: f64 = words.next().unwrap().parse().unwrap();
    assert_eq!(words.next(), Some("0"), "{told}{}", stderr(&output));
    assert!(took < 3.0, "{took} s");
}

#[test]
fn a_port_that_takes_connections_and_closes_them_at_once_is_not_ready() {
    let begun = Instant::now();
    let receiver = Raw::early(move |stream| {
        if begun.elapsed() < Duration::from_millis(700) {
            return false; // As a published port with nobody behind it.
        }
        let _ = stream;
        true
    });
    let output = run(&["run", "@huawei/normal", "-t", &receiver.port(), "--wait-for", "20s"]);
    exits(&output, 0);
    let never = Raw::early(|_| false);
    let output = run(&["run", "@huawei/normal", "-t", &never.port(), "--wait-for", "400ms"]);
    exits(&output, 3);
    assert!(stderr(&output).contains("takes connections and closes them at once"), "{}", stderr(&output));
}

#[test]
fn readiness_can_be_asked_for_by_a_path_and_a_status() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let receiver = Raw::serve_each(|request, stream| {
        let asked = request.starts_with(b"GET /healthz ");
        let status = if asked && ASKED.fetch_add(1, Ordering::SeqCst) < 3 { 503 } else { 200 };
        write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n").is_ok()
    });
    let target = format!("{}/hooks", receiver.port);
    exits(&run(&["run", "@huawei/normal", "-t", &target, "--wait-http", "/healthz"]), 0);
    assert_eq!(ASKED.load(Ordering::SeqCst), 4);
    let posts = receiver.requests().iter().filter(|r| r.starts_with(b"POST /hooks ")).count();
    assert_eq!(posts, 4);
    let args = ["--wait-http", "/healthz=204", "--wait-for", "300ms"];
    let output = run(&[&["run", "@huawei/normal", "-t", &target][..], &args].concat());
    exits(&output, 3);
    assert!(stderr(&output).contains("the last answer was status 200"), "{}", stderr(&output));
}

#[test]
fn a_bare_port_finds_a_server_on_either_loopback_address() {
    let Some(receiver) = Raw::on_version_6() else { return };
    let port = receiver.port();
    for more in [&[][..], &["--wait-for", "5s"], &["--wait-http", "/"]] {
        exits(&run(&[&["run", "@huawei/normal", "-t", &port][..], more].concat()), 0);
    }
    exits(&run(&["send", "huawei", "RECORD_START", "-t", &port, "--fault", "connection-close"]), 0);
    let load = ["load", "@tencent/single-file", "-t", &port, "--rate", "max", "--count", "5"];
    exits(&run(&load), 0);
}

#[cfg(unix)]
#[test]
fn a_shortage_of_files_is_never_the_receivers_fault() {
    let receiver = Raw::statuses(&[200]);
    for files in [16, 24] {
        let script = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
        let output = Command::new("sh")
            .args(["-c", &script, program(), "run", "@huawei", "@tencent", "-j", "16"])
            .args(["-t", &receiver.port()])
            .output()
            .unwrap();
        assert!(!stdout(&output).contains("unreachable"), "{files}: {}", stdout(&output));
        exits(&output, 0);
    }
}

#[cfg(unix)]
#[test]
fn a_load_that_has_not_enough_files_is_told_of_fewer_connections() {
    let receiver = Raw::statuses(&[200]);
    let load = |files: u32| {
        let script = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
        Command::new("sh")
            .args(["-c", &script, program(), "load", "@huawei/normal", "-t", &receiver.port()])
            .output()
            .unwrap()
    };
    for (files, hint) in [(600, "`--connections 88` fits"), (40, "raise the limit: fewer --connections N")] {
        let output = load(files);
        exits(&output, 2);
        let told = stderr(&output);
        assert!(told.contains("open files") && told.contains(hint), "{told}");
    }
}

#[test]
fn a_target_that_is_missing_or_of_another_kind_is_said_to_be_so() {
    for (target, word) in [
        ("", "is $HOOKREEL_TARGET set?"),
        ("unix:/x.sock", "unix sockets are not supported"),
        ("99999", "between 1 and 65535"),
    ] {
        let output = run(&["run", "-t", target]);
        exits(&output, 2);
        assert!(stderr(&output).contains(word), "{target}: {}", stderr(&output));
    }
}

#[test]
fn a_run_that_never_begins_leaves_no_older_report_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let formats = ["junit", "markdown", "text", "tap", "github", "gitlab", "json", "html", "ndjson", "ctrf"];
    let path = |name: &str| folder.path().join(name).display().to_string();
    let mut words = vec!["run".to_owned(), "@huawei/normal".into(), "-t".into(), vacant().to_string()];
    words[3] = format!("http://{}/", words[3]);
    words.extend(["--exec".into(), "exit 3".into(), "--wait-for".into(), "5s".into()]);
    words.extend(["--record".into(), path("record")]);
    for format in formats {
        std::fs::write(path(format), "passed, yesterday").unwrap();
        words.extend(["--report".into(), format!("{format}={}", path(format))]);
    }
    std::fs::write(path("record"), "passed, yesterday").unwrap();
    let output = hookreel().args(&words).output().unwrap();
    exits(&output, 3);
    for format in formats {
        let told = std::fs::read_to_string(path(format)).unwrap();
        assert!(!told.contains("yesterday") && told.contains("has ended"), "{format}\n{told}");
        assert!(!told.contains("verdict\": \"passed"), "{format}\n{told}");
    }
    let later = run(&["report", &path("record")]);
    assert!(stdout(&later).contains("incomplete: 0 scenarios"), "{}", stdout(&later));
}

#[test]
fn a_load_or_a_search_that_never_begins_leaves_no_older_report_in_its_place() {
    let plain = Raw::statuses(&[200]);
    let nobody = format!("http://{}/", vacant());
    let insecure = format!("https://localhost:{}/", plain.port);
    let cases: [(&[&str], &str); 3] = [
        (&["-t", &nobody], "nobody takes a connection"),
        (&["-t", &insecure, "--insecure"], "no secure connection"),
        (&["-t", &nobody, "--exec", "exit 3", "--wait-for", "5s"], "has ended"),
    ];
    let formats = ["junit", "markdown", "text", "tap", "github", "gitlab", "json", "html", "ndjson", "ctrf"];
    for (case, why) in cases {
        for search in [&[][..], &["--find-limit"]] {
            let folder = tempfile::tempdir().unwrap();
            let path = |name: &str| folder.path().join(name).display().to_string();
            let record = path("record");
            std::fs::write(&record, "passed, yesterday").unwrap();
            let mut command = hookreel();
            command.args(["load", "@huawei/normal", "--record", &record]).args(case).args(search);
            for format in formats {
                std::fs::write(path(format), "passed, yesterday").unwrap();
                command.args(["--report", &format!("{format}={}", path(format))]);
            }
            let output = command.output().unwrap();
            exits(&output, 3);
            let told = stderr(&output);
            assert!(told.contains(why), "{told}");
            for format in formats {
                let told = std::fs::read_to_string(path(format)).unwrap();
                let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(!told.contains("yesterday") && words.contains(why), "{search:?} {format}\n{told}");
                assert!(!told.contains("verdict\": \"passed"), "{search:?} {format}\n{told}");
            }
            let junit = std::fs::read_to_string(path("junit")).unwrap();
            assert!(junit.contains("<error "), "{junit}");
            let later = run(&["report", &record]);
            exits(&later, 3);
            let told = stdout(&later);
            assert!(told.contains("incomplete") && told.contains(why), "{told}");
        }
    }
}

/// A receiver in Python that answers 200 to JSON, and ends by itself at anything else; the command that started it ends later.
fn ends_at_what_is_no_json(address: SocketAddr) -> (tempfile::TempDir, String) {
    let (folder, command) = receiver(address, usize::MAX, "pass");
    let path = command.replace("exec python3 ", "");
    let dies = "        import json\n        try: json.loads(body)\n        except Exception:\n            print('no JSON', flush=True); os._exit(1)\n";
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, tail) = text.split_once("        seen = next(numbers)").unwrap();
    let text = format!("{head}{dies}        seen = next(numbers){tail}").replace("body.decode()[-40:]", "''");
    std::fs::write(&path, text).unwrap();
    (folder, format!("python3 {path}; sleep 0.4; exit 5"))
}

#[test]
fn a_case_that_ends_the_receiver_fails_for_that_alone_and_the_others_are_judged_by_one_that_runs() {
    let free = vacant();
    let (_script, command) = ends_at_what_is_no_json(free);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let reports = [format!("json={}", path("json")), format!("junit={}", path("junit"))];
    let others = ["A7", "A8", "E94", "I187", "I188", "J194"];
    let cases = format!("E97,{}", others.join(","));
    let (target, record) = (format!("http://{free}/"), path("record"));
    let output =
        run(
            &[
                &[
                    "audit", "tencent", "-t", &target, "--exec", &command, "--case", &cases, "--record",
                    &record,
                ][..],
                &["--report", "text", "--report", &reports[0], "--report", &reports[1]],
            ]
            .concat(),
        );
    exits(&output, 1);
    let told = stdout(&output);
    assert_eq!(told.matches("ended by itself (exit status: 5)").count(), 1, "{told}");
    assert!(told.contains("E97 ") && told.contains("  printed         no JSON\n"), "{told}");
    assert!(!told.contains("backlog") && !told.contains("not reached"), "{told}");
    assert!(told.contains("failed (E97)"), "{told}");
    let report: Value = serde_json::from_slice(&std::fs::read(path("json")).unwrap()).unwrap();
    for case in report["cases"].as_array().unwrap() {
        let failed = case["id"] == "E97";
        assert_eq!(case["score"], if failed { "failed" } else { "passed" }, "{case:#}");
    }
    // What was played twice is counted once.
    let again = run(&["report", &record, "--report", "json"]);
    exits(&again, 1);
    assert_eq!(std::fs::read(path("json")).unwrap(), again.stdout, "{}", stdout(&again));
}

#[test]
fn a_receiver_that_ends_after_its_answer_is_a_wrong_set_up_and_not_one_of_the_key() {
    let free = vacant();
    let (_script, command) = receiver(free, 1, "self.wfile.flush(); time.sleep(0.1); os._exit(1)");
    let target = format!("http://{free}/");
    for more in [&["--quick"][..], &[]] {
        let output = run(&[&["audit", "tencent", "-t", &target, "--exec", &command][..], more].concat());
        exits(&output, 3);
        let told = stdout(&output);
        assert!(
            told.starts_with("set-up: the receiver ended after it accepted a plain callback: 200"),
            "{told}"
        );
        assert!(
            told.contains("ended by itself (exit status: 1)") && told.contains("printed   callback 1"),
            "{told}"
        );
        assert!(!told.contains("the key or the signature") && !told.contains("rejected"), "{told}");
    }
}

#[test]
fn what_the_receiver_printed_stands_beside_a_state_that_is_wrong_with_its_likely_cause() {
    let free = vacant();
    let list = "pass\n    def do_GET(self):\n        self.send_response(200)\n        self.send_header('content-length', '2')\n        \
                self.end_headers()\n        self.wfile.write(b'[]')";
    let (_script, command) = receiver(free, 99, list);
    let target = format!("http://{free}/");
    let state = ["--state", &target];
    let line = ["run", "@tencent/single-file", "-t", &target, "--exec", &command];
    let output = run(&[&line[..], &state].concat());
    exits(&output, 1);
    let told = stdout(&output);
    assert!(told.contains("likely    the receiver answered with success, and stored nothing"), "{told}");
    assert!(told.contains("\n  | callback 1 signed (key)"), "{told}");
    for format in ["html", "junit", "markdown"] {
        let output = run(&[&line[..], &state, &["--report", format]].concat());
        let told = stdout(&output);
        assert!(told.contains("the receiver answered with success, and stored nothing"), "{format}: {told}");
    }
    let output =
        run(&[&["audit", "tencent", "--quick", "-t", &target, "--exec", &command][..], &state].concat());
    exits(&output, 2);
    let told = stdout(&output);
    assert!(
        told.starts_with("set-up: the accepted file ") && told.contains("printed   callback 1 "),
        "{told}"
    );
}
