//! What the tests play on: the program, and receivers that answer by script and count what they see.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use hmac::{Hmac, KeyInit, Mac};
use hookreel::provider::Provider;
use sha2::Sha256;

/// The key of the shipped scenarios.
pub(crate) const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Provider, revision and method of its newest callbacks: the path at which the outside receiver takes them.
pub(crate) fn newest(provider: &Provider) -> String {
    format!("{}/{}/{}", provider.name, provider.newest().name, provider.default_method)
}

/// The `recording:` of a plain scenario for a provider, in YAML that is JSON as well.
pub(crate) fn plain_recording(provider: &Provider) -> String {
    format!("{{\"{}\": {{}}}}", provider.plain)
}

/// Path of the program: the one that was built with the tests, or the one that `TESTED_HOOKREEL` names, in full.
pub(crate) fn program() -> &'static str {
    static PROGRAM: LazyLock<String> = LazyLock::new(|| {
        std::env::var("TESTED_HOOKREEL").unwrap_or_else(|_| env!("CARGO_BIN_EXE_hookreel").to_owned())
    });
    &PROGRAM
}

/// Path of Python itself: what `python3` names may be a script that looks for it, and takes longer than Python does.
pub(crate) fn python() -> &'static str {
    static PYTHON: LazyLock<String> = LazyLock::new(|| {
        let own = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
        let own =
            own.ok().filter(|output| output.status.success()).map(|output| stdout(&output).trim().to_owned());
        own.filter(|path| !path.is_empty()).unwrap_or_else(|| "python3".to_owned())
    });
    &PYTHON
}

/// The program, with an environment of its own.
pub(crate) fn hookreel() -> Command {
    let mut command = Command::new(program());
    let own: Vec<_> =
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HOOKREEL_")).collect();
    for (name, _) in own {
        command.env_remove(name);
    }
    // Where it runs is not what it is asked.
    command.env_remove("GITHUB_ACTIONS").env_remove("GITHUB_STEP_SUMMARY");
    command.env("NO_COLOR", "1");
    command
}

/// Runs it with these arguments.
pub(crate) fn run(args: &[&str]) -> Output {
    hookreel().args(args).output().unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// True below `nohup`: the program leaves a hangup ignored, as it finds it, so that none ends it.
#[cfg(unix)]
pub(crate) fn hangups_are_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() & 1 == 1)
}

#[track_caller]
pub(crate) fn exits(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "\n{}{}", stdout(output), stderr(output));
}

/// A file of the checkout.
pub(crate) fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A scenario in a file of its own.
pub(crate) fn scenario(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.yaml");
    std::fs::write(&path, text).unwrap();
    let path = path.display().to_string();
    (folder, path)
}

/// One short broadcast with one Tencent callback; `delivery` is YAML.
pub(crate) fn one_callback(delivery: &str) -> (tempfile::TempDir, String) {
    scenario(&format!(
        "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\n\
         broadcast: [{{0s: push}}, {{5m: drop}}]\ndelivery: {delivery}\n"
    ))
}

/// A receiver on plain sockets: it shares no HTTP library with the sender, and what it saw is what was on the wire.
pub(crate) struct Raw {
    pub(crate) port: u16,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
    connections: Arc<AtomicUsize>,
}

/// What a raw receiver does with the request `n` (from 0); true = the connection may carry another.
pub(crate) type Answer = dyn Fn(usize, &[u8], &mut TcpStream) -> bool + Send + Sync;

impl Raw {
    /// Reads each request whole, then lets `answer` write.
    pub(crate) fn serve(answer: impl Fn(usize, &mut TcpStream) -> bool + Send + Sync + 'static) -> Self {
        Self::listen(move |n, _, stream| answer(n, stream))
    }

    /// The same for one whose answer depends on the request.
    pub(crate) fn serve_each(answer: impl Fn(&[u8], &mut TcpStream) -> bool + Send + Sync + 'static) -> Self {
        Self::listen(move |_, request, stream| answer(request, stream))
    }

    /// Lets `welcome` say whether a connection is served at all; then it answers 200 to everything.
    pub(crate) fn early(welcome: impl Fn(&TcpStream) -> bool + Send + Sync + 'static) -> Self {
        let yes = |_, _: &[u8], stream: &mut TcpStream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok()
        };
        Self::welcoming(welcome, yes)
    }

    /// The same for one whose answer depends on both.
    pub(crate) fn listen(
        answer: impl Fn(usize, &[u8], &mut TcpStream) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self::welcoming(|_| true, answer)
    }

    /// Answers 200 to everything on `[::1]` alone, at a port where nobody serves on 127.0.0.1. None without IP version 6.
    pub(crate) fn on_version_6() -> Option<Self> {
        let listener = TcpListener::bind(format!("[::1]:{}", free_port())).ok()?;
        let yes = |_, _: &[u8], stream: &mut TcpStream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_ok()
        };
        Some(Self::accepting(listener, |_| true, yes))
    }

    fn welcoming(
        welcome: impl Fn(&TcpStream) -> bool + Send + Sync + 'static,
        answer: impl Fn(usize, &[u8], &mut TcpStream) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self::accepting(TcpListener::bind("127.0.0.1:0").unwrap(), welcome, answer)
    }

    fn accepting(
        listener: TcpListener,
        welcome: impl Fn(&TcpStream) -> bool + Send + Sync + 'static,
        answer: impl Fn(usize, &[u8], &mut TcpStream) -> bool + Send + Sync + 'static,
    ) -> Self {
        let port = listener.local_addr().unwrap().port();
        let (requests, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (seen, counted, answer): (_, _, Arc<Answer>) =
            (requests.clone(), connections.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                if !welcome(&stream) {
                    continue;
                }
                let (seen, answer) = (seen.clone(), answer.clone());
                std::thread::spawn(move || converse(stream, &seen, &*answer));
            }
        });
        Self { port, requests, connections }
    }

    /// Answers with these statuses in turn, the last one for ever.
    pub(crate) fn statuses(statuses: &'static [u16]) -> Self {
        Self::serve(move |n, stream| {
            let status = statuses[n.min(statuses.len() - 1)];
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 10\r\n\r\n{{\"code\":0}}").is_ok()
        })
    }

    /// Answers 200 to everything, and a handshake with the token and its signature under [`KEY`].
    pub(crate) fn acknowledging() -> Self {
        Self::serve_each(|request, stream| {
            let body: serde_json::Value = serde_json::from_slice(body(request)).unwrap_or_default();
            let answer = match body["payload"]["plainToken"].as_str() {
                Some(token) => format!(
                    "{{\"plainToken\":\"{token}\",\"encryptedToken\":\"{}\"}}",
                    hmac_sha256(KEY, token)
                ),
                None => "{\"code\":0}".to_owned(),
            };
            write!(stream, "HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{answer}", answer.len()).is_ok()
        })
    }

    pub(crate) fn requests(&self) -> Vec<Vec<u8>> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn port(&self) -> String {
        self.port.to_string()
    }
}

fn converse(stream: TcpStream, seen: &Mutex<Vec<Vec<u8>>>, answer: &Answer) {
    let Ok(mut out) = stream.try_clone() else { return };
    // Small writes must not wait for each other's acknowledgement.
    let _ = out.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader) {
        let n = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        if !answer(n, &request, &mut out) {
            return;
        }
    }
}

/// Head and body of one request, byte for byte.
pub(crate) fn read_request(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    let mut length = 0;
    loop {
        let begin = request.len();
        if reader.read_until(b'\n', &mut request).ok()? == 0 {
            return None;
        }
        let line = String::from_utf8_lossy(&request[begin..]).to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.extend(body);
    Some(request)
}

/// An address where nobody serves, and where no other test ever will: on Linux each asks for a loopback address of its own, so
/// that a port that was free a moment ago is not handed to a receiver of another test.
pub(crate) fn vacant() -> SocketAddr {
    static ASKED: AtomicUsize = AtomicUsize::new(1);
    let host = match u8::try_from(ASKED.fetch_add(1, Ordering::SeqCst)) {
        Ok(n) if cfg!(target_os = "linux") => Ipv4Addr::new(127, 77, 0, n),
        _ => Ipv4Addr::LOCALHOST,
    };
    TcpListener::bind((host, 0)).unwrap().local_addr().unwrap()
}

/// A port that is free on both loopback addresses, and that no other test takes meanwhile: it lies below those that the system gives to
/// whoever asks for any.
pub(crate) fn free_port() -> String {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let first = std::process::id() as usize;
    let mut ports = (0..).map(|_| 20_000 + (first + ASKED.fetch_add(1, Ordering::SeqCst)) % 12_000);
    let version_6 = TcpListener::bind("[::1]:0").is_ok();
    let free = |host: &str, port: usize| TcpListener::bind(format!("{host}:{port}")).is_ok();
    ports.find(|port| free("127.0.0.1", *port) && (!version_6 || free("[::1]", *port))).unwrap().to_string()
}

/// HMAC-SHA256 in lower-case hexadecimal digits.
pub(crate) fn hmac_sha256(key: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The body of a request.
pub(crate) fn body(request: &[u8]) -> &[u8] {
    let end = request.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    &request[end + 4..]
}

/// Does the work of each item, a few at a time.
pub(crate) fn all_of<T: Send>(items: Vec<T>, work: impl Fn(T) + Sync) {
    at_once(6, items, work);
}

/// The same, so many at a time: for work that is mostly waiting.
pub(crate) fn at_once<T: Send>(number: usize, items: Vec<T>, work: impl Fn(T) + Sync) {
    let items = Mutex::new(items.into_iter());
    std::thread::scope(|scope| {
        for _ in 0..number {
            scope.spawn(|| {
                loop {
                    let Some(item) = items.lock().unwrap().next() else { return };
                    work(item);
                }
            });
        }
    });
}
