//! Signals: none is lost, whenever it comes, and nothing of ours outlives the program.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::stage::{KEY, Raw, hangups_are_ignored, hookreel, program, scenario, vacant};

/// Each signal with its exit code.
const SIGNALS: [(Signal, i32); 3] = [(Signal::HUP, 129), (Signal::INT, 130), (Signal::TERM, 143)];
/// How long a stop may take on a machine that is busy otherwise; 2 s are promised on one that is not.
const BOUND: Duration = Duration::from_secs(10);

/// Draws, the same in each run of the tests.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn signal(&mut self) -> (Signal, i32) {
        let first = usize::from(hangups_are_ignored());
        SIGNALS[first + usize::try_from(self.below(3 - first as u64)).unwrap()]
    }
}

/// How many signals are sent in all: `HOOKREEL_TEST_SIGNALS=200 cargo test --test it signals` is the whole measurement.
fn how_many() -> u64 {
    std::env::var("HOOKREEL_TEST_SIGNALS").ok().and_then(|count| count.parse().ok()).unwrap_or(40)
}

fn spawn(args: &[&str]) -> Child {
    hookreel().args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Sends the signal; gives how the program ended, and how long that took.
#[track_caller]
fn stopped(child: &mut Child, signal: Signal) -> (ExitStatus, Duration) {
    let begun = Instant::now();
    kill_process(Pid::from_child(child), signal).unwrap();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status, begun.elapsed());
        }
        let lost = begun.elapsed() > BOUND;
        if lost {
            child.kill().unwrap();
        }
        assert!(!lost, "{signal:?} was lost");
        sleep(Duration::from_millis(2));
    }
}

/// Whether a process still does anything; one that has ended and was not asked about does not.
fn lives(id: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

#[track_caller]
fn ends(id: i32, what: &str) {
    let begun = Instant::now();
    while lives(id) {
        assert!(begun.elapsed() < BOUND, "{what} lives on");
        sleep(Duration::from_millis(5));
    }
}

/// A command that says its number and serves nobody: the test serves in its place, when it likes.
fn standing_in(folder: &Path) -> (String, std::path::PathBuf) {
    let told = folder.join("told");
    let shown = told.display();
    (format!("echo $$ > {shown}.new; mv {shown}.new {shown}; exec sleep 600"), told)
}

#[track_caller]
fn number(told: &Path) -> i32 {
    let begun = Instant::now();
    loop {
        if let Ok(text) = std::fs::read_to_string(told) {
            return text.trim().parse().unwrap();
        }
        assert!(begun.elapsed() < BOUND, "the command was not started");
        sleep(Duration::from_millis(1));
    }
}

/// An address of Linux's many loopback ones that is asked for here alone, since a whole measurement takes hundreds.
fn own_address(n: u64) -> SocketAddr {
    let host =
        std::net::Ipv4Addr::new(127, 78, u8::try_from(n / 250).unwrap(), u8::try_from(1 + n % 250).unwrap());
    TcpListener::bind((host, 0)).unwrap().local_addr().unwrap()
}

/// Serves this address: says yes to whoever asks whether it is ready, and calls `ready` then; answers callbacks slowly.
fn serve(address: SocketAddr, ready: impl FnOnce() + Send + 'static) {
    let listener = TcpListener::bind(address).unwrap();
    std::thread::spawn(move || {
        let mut ready = Some(ready);
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4];
            if stream.read_exact(&mut head).is_err() {
                continue;
            }
            if &head == b"GET " {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                ready.take().into_iter().for_each(|ready| ready());
            } else {
                std::thread::spawn(move || {
                    sleep(Duration::from_millis(300));
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                    // Held, so that the answer is not followed by a reset.
                    sleep(Duration::from_secs(2));
                });
            }
        }
    });
}

// F5, T6.
#[test]
fn a_signal_in_the_first_moment_after_the_receiver_is_ready_is_not_lost() {
    let tries = how_many() / 2;
    let commands: [&[&str]; 3] = [
        &["run", "@huawei/normal", "--speed", "1x"],
        &["audit", "huawei", "--only", "A"],
        &["load", "@huawei/normal", "--rate", "20/s", "--duration", "60s"],
    ];
    let mut seeded = Seeded(6);
    for n in 0..tries {
        let folder = tempfile::tempdir().unwrap();
        let (command, told) = standing_in(folder.path());
        let address = own_address(n);
        let target = format!("http://{address}/");
        let more = ["-t", &target, "--exec", &command, "--wait-http", "/ready"];
        let args = commands[usize::try_from(n).unwrap() % commands.len()];
        let mut child = spawn(&[args, &more].concat());
        let started = number(&told);
        let (tell, ready) = std::sync::mpsc::channel();
        serve(address, move || tell.send(()).unwrap());
        ready.recv_timeout(BOUND).unwrap();
        let pause = Duration::from_micros(seeded.below(5000));
        let from = Instant::now();
        while from.elapsed() < pause {
            std::hint::spin_loop();
        }
        let (signal, code) = seeded.signal();
        let (status, _) = stopped(&mut child, signal);
        assert_eq!(status.code(), Some(code), "{args:?}: {signal:?} {pause:?} after it was ready: {status}");
        ends(started, "the command");
    }
}

// F5.
#[test]
fn a_signal_at_any_moment_ends_any_command() {
    let tries = how_many() - how_many() / 2;
    let slow = |status: u16| {
        Raw::serve(move |_, stream| {
            sleep(Duration::from_millis(60));
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n").is_ok()
        })
    };
    let (right, wrong) = (slow(200), slow(500));
    let (_folder, path) = scenario(&format!(
        "provider: huawei\nrecording: {{hls: {{cycle: 5m}}}}\nsigning: {{key: {KEY}}}\n\
         broadcast: [{{0s: push}}, {{8h: drop}}]\ndelivery: {{retry: none}}\n"
    ));
    let out = format!("{path}.min.yaml");
    let (right, wrong) = (right.port(), wrong.port());
    let commands: [Vec<&str>; 5] = [
        vec!["run", "@huawei/normal", "-t", &right, "--speed", "1x"],
        vec!["audit", "huawei", "--only", "A,B", "-t", &right],
        vec!["load", "@huawei/normal", "-t", &right, "--rate", "20/s", "--duration", "60s"],
        vec!["shrink", &path, "-t", &wrong, "--out", &out],
        vec!["serve", "huawei", "--listen", "127.0.0.1:0"],
    ];
    let seeds: Vec<u64> = (0..tries).collect();
    std::thread::scope(|scope| {
        for seeds in seeds.chunks(seeds.len().div_ceil(4)) {
            let commands = &commands;
            scope.spawn(move || {
                for seed in seeds {
                    let mut seeded = Seeded(*seed);
                    let args = &commands[usize::try_from(*seed).unwrap() % commands.len()];
                    let mut child = spawn(args);
                    let moment = Duration::from_millis(1 + seeded.below(900));
                    sleep(moment);
                    let (signal, code) = seeded.signal();
                    let (status, _) = stopped(&mut child, signal);
                    // Before it listens, the system ends it.
                    let by_itself = status.signal() == Some(signal.as_raw());
                    let right = if args[0] == "serve" { 0 } else { code };
                    assert!(
                        by_itself || status.code() == Some(right),
                        "{args:?}: {signal:?} after {moment:?}: {status}"
                    );
                }
            });
        }
    });
}

/// A shell has SIGINT ignored for what a script puts into the background; one that came before it was listened to was thrown
/// away, and the whole audit was played.
#[test]
fn a_signal_that_was_ignored_at_the_start_is_heard_while_scenarios_are_still_read() {
    let (folder, path) = crate::stage::one_callback("{retry: none}");
    let (pipe, record) = (folder.path().join("pipe"), folder.path().join("record.jsonl"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let receiver = Raw::statuses(&[200]);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "trap '' INT; exec \"$0\" run \"$1\" -t \"$2\" --record \"$3\""]);
    shell.arg(program()).arg(&pipe).arg(receiver.port()).arg(&record);
    let mut child = shell.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // There is a reader when this returns.
    let mut scenario = std::fs::File::options().write(true).open(&pipe).unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    scenario.write_all(&std::fs::read(path).unwrap()).unwrap();
    drop(scenario);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(std::fs::read_to_string(&record).unwrap().contains("\"stopped\":\"SIGINT\""));
    assert_eq!(receiver.requests().len(), 0);
}

// F9, T13.
#[test]
fn the_command_ends_with_the_program_also_when_that_is_killed() {
    for (signal, stubborn) in [(Signal::KILL, ""), (Signal::KILL, "trap '' TERM; "), (Signal::HUP, "")] {
        if signal == Signal::HUP && hangups_are_ignored() {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let (command, told) = standing_in(folder.path());
        // A shell that stays, and a child of it.
        let command = command.replace("exec sleep 600", "sleep 600; :");
        let (address, command) = (vacant(), format!("{stubborn}{command}"));
        let target = format!("http://{address}/");
        let mut child = spawn(&["run", "@huawei/normal", "--speed", "1x", "-t", &target, "--exec", &command]);
        let started = number(&told);
        stopped(&mut child, signal);
        ends(started, "the command");
        let begun = Instant::now();
        while group_lives(started) {
            assert!(begun.elapsed() < BOUND, "something of its group lives on");
            sleep(Duration::from_millis(5));
        }
    }
}

fn group_lives(group: i32) -> bool {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).any(|id: i32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let of = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(2));
        of == Some(&group.to_string()) && lives(id)
    })
}

// F6: 5 s before.
#[test]
fn a_command_that_does_not_heed_a_signal_is_ended_within_two_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let (command, told) = standing_in(folder.path());
    let (address, command) = (vacant(), format!("trap '' TERM; {command}"));
    let target = format!("http://{address}/");
    let mut child = spawn(&["run", "@huawei/normal", "--speed", "1x", "-t", &target, "--exec", &command]);
    let started = number(&told);
    let (status, took) = stopped(&mut child, Signal::TERM);
    assert_eq!(status.code(), Some(143));
    ends(started, "the command");
    // A second beyond the promise is the machine's, which runs other tests meanwhile.
    assert!(took < Duration::from_secs(3), "{took:?}");
}
