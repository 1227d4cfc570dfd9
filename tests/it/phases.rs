//! A signal in each wait of each command: it ends within two seconds, with the exit code of the signal, and the record says why.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::stage::{KEY, Raw, hookreel, program, vacant};

/// A second beyond the two that are promised is the machine's, which runs other tests meanwhile.
const BOUND: Duration = Duration::from_secs(3);
/// How long it may take to come so far.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a command waits for when the signal comes. `SEEN` is a file that is there from then on.
#[derive(Clone, Copy)]
enum Waits {
    /// For the answer to the n-th question about the state or the readiness, from 0.
    Get(usize),
    /// For the answer to the n-th callback.
    Post(usize),
    /// For the end of a TLS handshake.
    Handshake,
    /// For somebody to serve.
    Nobody,
    /// For what the command line starts, which writes SEEN.
    Command,
}

use Waits::{Command as Started, Get, Handshake, Nobody, Post};

/// In the arguments TARGET is the receiver's address, DIR a folder of its own.
const PHASES: &[(&str, Waits, &[&str])] = &[
    ("for a receiver", Nobody, &["run", "@huawei/normal", "-t", "TARGET", "--wait-for", "60s"]),
    (
        "for readiness",
        Get(0),
        &["audit", "tencent", "--case", "A1", "-t", "TARGET", "--wait-http", "/x", "--wait-for", "60s"],
    ),
    (
        "for a command that does not serve",
        Started,
        &["audit", "tencent", "--case", "A1", "-t", "TARGET", "--exec", "touch DIR/seen; exec sleep 600"],
    ),
    (
        "for a command that does not serve and heeds no signal",
        Started,
        &["run", "@huawei/normal", "-t", "TARGET", "--exec", "trap '' TERM; touch DIR/seen; sleep 600; :"],
    ),
    ("for a handshake", Handshake, &["run", "@huawei/normal", "-t", "TARGET"]),
    ("for a handshake of a load", Handshake, &["load", "@huawei/normal", "-t", "TARGET", "-q"]),
    (
        "for the state before",
        Get(0),
        &["audit", "tencent", "--case", "A1", "-t", "TARGET", "--state", "TARGET"],
    ),
    ("for the plain callback", Post(0), &["audit", "tencent", "--case", "A1", "-t", "TARGET"]),
    (
        "for the state after",
        Get(1),
        &["audit", "tencent", "--case", "A1", "-t", "TARGET", "--state", "TARGET"],
    ),
    ("for a callback of a case", Post(1), &["audit", "tencent", "--case", "A1", "-t", "TARGET"]),
    // The other cases are played while somebody is served beside these; here nobody is.
    ("side by side", Post(1), &["audit", "tencent", "--case", "I181,J195", "-t", "TARGET"]),
    ("until the state comes true", Get(4), &["run", "DIR/eventually.yaml", "-t", "TARGET"]),
    (
        "for a command that tells the state",
        Started,
        &["run", "DIR/command.yaml", "-t", "TARGET", "--wait-for", "20s"],
    ),
    ("for a restart", Started, &["audit", "tencent", "--case", "A25", "-t", "TARGET", "--exec", "AGAIN"]),
    (
        "for a receiver that ended by itself",
        Started,
        &["audit", "tencent", "--case", "A1", "-t", "TARGET", "--exec", "DIES"],
    ),
    (
        "for what a load still expects",
        Post(3),
        &[
            "load",
            "@huawei/normal",
            "-t",
            "TARGET",
            "-q",
            "--rate",
            "20/s",
            "--duration",
            "1s",
            "--drain",
            "60s",
            "--timeout",
            "60s",
        ],
    ),
];

/// A receiver in Python that answers 200 and ends by itself at its second callback; started again it serves nobody.
const DIES: &str =
    "if test -e DIR/once; then touch DIR/seen; exec sleep 600; fi; touch DIR/once; exec python3 -c '
import http.server, os
class H(http.server.BaseHTTPRequestHandler):
    seen = 0
    def log_message(self, *a): pass
    def do_POST(self):
        H.seen += 1
        if H.seen == 2: os._exit(9)
        self.rfile.read(int(self.headers[\"content-length\"]))
        self.send_response(200)
        self.send_header(\"content-length\", \"0\")
        self.end_headers()
http.server.ThreadingHTTPServer((\"HOST\", PORT), H).serve_forever()'";

fn spawn(args: &[String]) -> Child {
    hookreel().args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until this holds; false = it never did.
fn comes(mut holds: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while !holds() {
        if begun.elapsed() > PATIENCE {
            return false;
        }
        sleep(Duration::from_millis(5));
    }
    true
}

/// Whether a process has a way of its own with SIGINT.
fn listens(child: &Child) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 2 != 0)
}

fn scenarios(folder: &Path, target: &str) {
    let one = format!(
        "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\nbroadcast: [{{0s: push}}, {{5m: drop}}]\n"
    );
    let state = format!("expect: {{state: [{{get: \"{target}\", once: true, eventually: 60s}}]}}\n");
    fs::write(folder.join("eventually.yaml"), format!("{one}{state}")).unwrap();
    let command = format!("touch {}/seen; sleep 600", folder.display());
    let state = format!("expect: {{state: [{{command: \"{command}\", once: true}}]}}\n");
    fs::write(folder.join("command.yaml"), format!("{one}{state}")).unwrap();
}

/// Whether a command has come to its wait.
type Comes = Box<dyn FnMut(&Child) -> bool>;

/// The receiver's address, and what says whether the command has come to its wait.
fn stage(waits: Waits, folder: &Path) -> (String, Comes) {
    let seen = folder.join("seen");
    let (gets, posts) = (AtomicUsize::new(0), AtomicUsize::new(0));
    match waits {
        Nobody => (format!("http://{}/", vacant()), Box::new(listens)),
        Handshake => {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let target = format!("https://{}/", listener.local_addr().unwrap());
            let mut taken = Vec::new();
            listener.set_nonblocking(true).unwrap();
            let accepted = move |_: &Child| {
                taken.extend(listener.accept());
                !taken.is_empty()
            };
            (target, Box::new(accepted))
        }
        // What it starts serves; or else somebody has to answer.
        Started => (format!("http://{}/", vacant()), Box::new(move |_| seen.exists())),
        Get(_) | Post(_) => {
            let told = seen.clone();
            let receiver = Raw::serve_each(move |request, stream| {
                let get = request.starts_with(b"GET");
                let n = if get { &gets } else { &posts }.fetch_add(1, Ordering::SeqCst);
                let holds = match waits {
                    Get(at) => get && n >= at,
                    Post(at) => !get && n >= at.min(1),
                    _ => false,
                };
                let come = match waits {
                    Get(at) => get && n == at,
                    Post(at) => !get && n == at,
                    _ => false,
                };
                if come {
                    fs::write(&told, "").unwrap();
                }
                if holds {
                    // Longer than anybody here waits.
                    sleep(PATIENCE * 2);
                }
                write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]").is_ok()
            });
            (format!("http://127.0.0.1:{}/", receiver.port), Box::new(move |_| seen.exists()))
        }
    }
}

/// Ends the command in this wait; gives what is wrong with how it ended.
fn ended(waits: Waits, args: &[&str]) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let (target, mut come) = stage(waits, folder.path());
    let own = folder.path().display().to_string();
    scenarios(folder.path(), &target);
    let (host, port) = target.split_once("://").unwrap().1.trim_end_matches('/').rsplit_once(':').unwrap();
    let serve = format!("exec {} serve tencent --listen {host}:{port}", program());
    let again =
        format!("if test -e DIR/once; then touch DIR/seen; exec sleep 600; fi; touch DIR/once; {serve}");
    let filled = |arg: &&str| {
        let arg = arg.replace("AGAIN", &again).replace("DIES", DIES).replace("TARGET", &target);
        arg.replace("DIR", &own).replace("HOST", host).replace("PORT", port)
    };
    let record = folder.path().join("record.jsonl");
    let mut args: Vec<String> = args.iter().map(filled).collect();
    args.extend(["--record".into(), record.display().to_string()]);
    // Its state is told by a command; its callbacks go to whoever is there.
    let mut serving = args[1].ends_with("command.yaml").then(|| {
        let mut shell = Command::new("sh");
        shell.args(["-c", &serve]).stdout(Stdio::null()).stderr(Stdio::null());
        shell.spawn().unwrap()
    });
    let mut child = spawn(&args);
    let waiting = comes(|| come(&child));
    // It has begun, and goes on for a moment.
    sleep(Duration::from_millis(30));
    let begun = Instant::now();
    let _ = kill_process(Pid::from_child(&child), Signal::INT);
    let over = comes(|| child.try_wait().unwrap().is_some());
    let took = begun.elapsed();
    let _ = child.kill();
    if let Some(serving) = &mut serving {
        let _ = (serving.kill(), serving.wait());
    }
    let status = child.wait().unwrap();
    let written = fs::read_to_string(&record).unwrap_or_default();
    let last = written.lines().last().unwrap_or_default();
    match () {
        () if !waiting => Err("it never came to wait".into()),
        () if !over || took > BOUND => Err(format!("it took {took:?}")),
        () if status.code() != Some(130) => Err(format!("{status}")),
        () if !last.contains("\"stopped\":\"SIGINT\"") => Err(format!("the record ends with {last:?}")),
        () => Ok(()),
    }
}

// GA4.
#[test]
fn a_signal_in_any_wait_of_any_command_ends_it_and_its_record_says_so() {
    let next = AtomicUsize::new(0);
    let wrong = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((name, waits, args)) = PHASES.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let why = ended(*waits, args).err();
                    wrong.lock().unwrap().extend(why.map(|why| format!("waiting {name}: {why}")));
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
