//! Advice of an audit by what was seen, notes about limits of the receiver, and the flags that printed command lines keep.

use std::io::Write;
use std::net::TcpStream;
use std::process::{Command, Output};

use crate::stage::{Raw, exits, hookreel, run, scenario, stdout};

type Answers = fn(&mut TcpStream) -> bool;

fn says(stream: &mut TcpStream, head: &str, body: &str) -> bool {
    write!(stream, "HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
}

/// A receiver that accepts the plain callback of an audit, and does this with the others.
fn after_the_first(answers: Answers) -> Raw {
    Raw::serve(move |n, stream| if n == 0 { says(stream, "200 OK", "{}") } else { answers(stream) })
}

fn audit(receiver: &Raw, more: &[&str]) -> String {
    stdout(&run(&[&["audit", "huawei", "-t", &receiver.port()], more].concat()))
}

/// A case, what the receiver does with it, why that matters, and how to fix it.
const ADVICE: &[(&str, Answers, &str, &str)] = &[
    (
        "B31",
        |stream| says(stream, "403 X", "too far in the future"),
        "clocks differ by minutes",
        "allow for five minutes",
    ),
    (
        "B31",
        |stream| says(stream, "429 X\r\nRetry-After: 7", "slow down"),
        "the receiver limits the rate, so this says nothing about the case",
        "lift the limit for the audit",
    ),
    (
        "B31",
        |stream| says(stream, "500 X", "KeyError"),
        "an error inside the receiver: it neither took this callback nor refused it",
        "look for the error in the receiver's own log; refuse with 400 or 401",
    ),
    (
        "C49",
        |stream| says(stream, "502 X", ""),
        "an error inside the receiver",
        "look for the error in the receiver's own log",
    ),
    (
        "B31",
        |_| false,
        "the receiver ended the connection without an answer",
        "look for the error in the receiver's own log (an exception in its handler ends the connection)",
    ),
    (
        "B31",
        |_| loop {
            std::thread::park()
        },
        "the receiver did not answer in time",
        "look in the receiver's own log for what it waits for; answer first, process the callback later",
    ),
    // This case is about such an error itself, and says more.
    (
        "B45",
        |stream| says(stream, "500 X", ""),
        "most parsers refuse second 60",
        "answer 4xx, or read it as the next second",
    ),
    (
        "C49",
        |stream| says(stream, "200 OK", "{}"),
        "anybody can send in the vendor's name",
        "refuse whatever has no signature",
    ),
];

#[test]
fn why_a_failure_matters_and_how_to_fix_it_go_by_what_was_seen() {
    for (case, answers, why, fix) in ADVICE {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("report").display().to_string();
        let flags =
            ["--case", case, "--strict", "--timeout", "400ms", "--report", &format!("junit={report}")];
        let text = audit(&after_the_first(*answers), &flags);
        assert!(text.contains(&format!("why it matters  {why}")), "{case} {why}: {text}");
        assert!(text.contains(&format!("how to fix      {fix}")), "{case} {fix}: {text}");
        let junit = std::fs::read_to_string(&report).unwrap().replace("&apos;", "'");
        assert!(junit.contains(&format!("why it matters: {why}")), "{case} {why}: {junit}");
        assert!(junit.contains(&format!("how to fix: {fix}")), "{case} {fix}: {junit}");
    }
}

#[test]
fn a_receiver_that_limits_the_rate_is_told_first_with_the_count_and_the_case() {
    let limits: Answers = |stream| says(stream, "429 X\r\nRetry-After: 7", "slow down");
    let text = audit(&after_the_first(limits), &["--case", "B31,B31.b,C49"]);
    let first = "the receiver limits the rate: 2 of 3 plain callbacks were answered 429 (Retry-After: 7), the first in B31\n  \
                 lift the limit for the audit, or raise it: an audit sends as fast as it is answered\n";
    assert!(text.starts_with(first), "{text}");
    // A hostile callback that is refused so says nothing of a limit.
    let text = audit(&after_the_first(limits), &["--case", "C49"]);
    assert!(!text.contains("limits the rate"), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn callbacks_that_found_no_place_in_the_queue_of_a_listening_socket_are_noted() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let target = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten().take(3) {
            let mut out = stream.try_clone().unwrap();
            if crate::stage::read_request(&mut std::io::BufReader::new(stream)).is_some() {
                says(&mut out, "200 OK\r\nConnection: close", "{}");
            }
        }
        // It stays open, and takes no more.
        loop {
            std::thread::park();
        }
    });
    let (_folder, path) = scenario(
        "provider: huawei\nrecording: {hls: {cycle: 60s}}\nbroadcast: [{0s: push}, {20m: drop}]\n\
         subscribe: [RECORD_FILE_COMPLETE]\ndelivery: {retry: none, ordering: free}\nfaults: [burst]\n",
    );
    let output = run(&["run", &path, "-t", &target, "--timeout", "500ms", "--max-failures", "0"]);
    exits(&output, 1);
    let text = stdout(&output);
    let note = text.lines().find(|line| line.starts_with("note: ")).expect("a note");
    let count: usize = note.split(' ').nth(1).unwrap().parse().unwrap();
    // Some were answered, and one had a place in the queue.
    assert!((10..20).contains(&count), "{note}");
    assert!(
        note.contains("of 20 callbacks: the receiver did not take all connections that came at once"),
        "{note}"
    );
}

/// The last command line that an output proposes as `again`.
fn again(output: &Output) -> String {
    let text = stdout(output);
    let lines = text.lines().filter_map(|line| line.trim_start().strip_prefix("again"));
    lines.map(|line| line.trim_start().to_owned()).next_back().expect("a line `again`")
}

/// What comes of a line that was printed, pasted into a shell.
fn pasted(line: &str) -> Output {
    let program = hookreel().get_program().to_str().unwrap().to_owned();
    let line = line.replacen("hookreel", &program, 1);
    Command::new("sh").args(["-c", &line]).env("K", "another-key").env("NO_COLOR", "1").output().unwrap()
}

/// Plays a command with these flags: the line that is printed has them all, and plays the same again.
fn keeps(command: &[&str], flags: &[&str], code: i32) {
    let output = hookreel().args(command).args(flags).env("K", "another-key").output().unwrap();
    exits(&output, code);
    let line = again(&output);
    for word in flags {
        assert!(line.contains(word), "{word} is lost: {line}");
    }
    let second = pasted(&line);
    exits(&second, code);
    assert_eq!(again(&second), line);
}

/// Words of a command line.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[test]
fn the_line_that_plays_it_again_keeps_the_flags_and_can_be_pasted() {
    let answering =
        |head: &'static str, body: &'static str| Raw::serve(move |_, stream| says(stream, head, body));
    let (refusing, accepting) = (answering("401 X", "no"), answering("200 OK", "{}"));
    let state = answering("200 OK", r#"{"list":[]}"#);
    let connection = |port: u16, ready: u16| {
        format!(
            "-t http://127.0.0.1:{port}/cb --timeout 3s --wait-for 20s --wait-http /ready={ready} --allow-remote 127.0.0.1 --secret-env K"
        )
    };
    let refused = connection(refusing.port, 401) + " --now 2026-03-08T14:10:25Z --seed 7";
    let of_run = format!(
        "{refused} --speed 900x --revision 2024 --method md5 --setting bucket=b --state http://127.0.0.1:{}/ --state-path $.list --expect \
         {{\"accept\":{{\"status\":200}}}}",
        state.port
    );
    keeps(&["run", "@huawei/normal"], &words(&of_run), 1);
    let of_load = format!(
        "{refused} --rate 200/s --duration 3s --burst 20@1s --drain 2s --arrivals poisson --phase together --pacing economy --retries \
         provider --count 500 --broadcasts 40 --connections 50 --threads 2 --max-failures 30 --threshold p99<4s"
    );
    keeps(&["load", "@huawei/normal", "-q"], &words(&of_load), 5);
    let of_audit =
        connection(accepting.port, 200) + " --revision 2024 --method md5 --setting bucket=b --stream room1";
    keeps(&["audit", "huawei", "--case", "C49"], &words(&of_audit), 1);
}

#[cfg(unix)]
#[test]
fn the_line_that_plays_it_again_starts_the_receiver_as_it_was_started() {
    let port = crate::stage::free_port();
    let script = crate::stage::file("tests/receivers/right.py").display().to_string();
    let command = format!("exec python3 {script} {port}");
    let target = format!("http://127.0.0.1:{port}/");
    let flags = [
        "-t",
        &target,
        "--exec",
        &command,
        "--exec-memory",
        "2147483648",
        "--wait-for",
        "30s",
        "--secret-env",
        "K",
    ];
    keeps(&["run", "@huawei/normal"], &flags, 1);
}

#[test]
fn a_redirect_is_told_once_with_its_location() {
    let receiver =
        Raw::serve(|_, stream| says(stream, "301 X\r\nLocation: https://elsewhere.invalid/cb", ""));
    let text = audit(&receiver, &["--case", "A1"]);
    assert_eq!(text.matches("a redirect").count(), 1, "{text}");
    assert!(
        text.contains("a redirect to another host, which no vendor follows: https://elsewhere.invalid/cb"),
        "{text}"
    );
}

#[test]
fn a_state_that_cannot_be_judged_ends_as_the_help_and_the_page_say() {
    let accepting = Raw::serve(|_, stream| says(stream, "200 OK", "{}"));
    let state = Raw::serve(|_, stream| says(stream, "200 OK", r#"{"data":{"list":[]}}"#));
    let url = format!("http://127.0.0.1:{}/", state.port);
    let output = run(&[
        "run",
        "@huawei/normal",
        "-t",
        &accepting.port(),
        "--state",
        &url,
        "--state-path",
        "$.data.lst",
    ]);
    exits(&output, 2);
    assert!(!accepting.requests().is_empty(), "it is known only afterwards");
    let help = stdout(&run(&["--help"])).split_whitespace().collect::<Vec<_>>().join(" ");
    let page = std::fs::read_to_string(crate::stage::file("README.md")).unwrap();
    let meaning = "usage or scenario error, and nothing was sent; or a `--state` that cannot be judged";
    assert!(page.contains(&format!("| 2 | {meaning} |")));
    assert!(help.contains(&format!("2 {meaning}")), "{help}");
}
