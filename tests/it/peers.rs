//! Receivers that are not ours, started for a test: those of `tests/receivers`.

use std::io::{BufRead, BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::stage::{KEY, file, hookreel, python};

/// A receiver of `tests/receivers`, on a port of its own until it is dropped.
pub(crate) struct Peer {
    child: Child,
    /// The port it printed.
    pub(crate) port: String,
}

/// The program that runs such a file.
pub(crate) fn interpreter(script: &str) -> &'static str {
    if script.to_ascii_lowercase().ends_with(".js") { "node" } else { python() }
}

impl Peer {
    /// `script` and its words, separated by spaces. None where the interpreter or one of its modules is not installed.
    pub(crate) fn start(script: &str) -> Option<Self> {
        let mut words = script.split(' ');
        let path = file("tests/receivers").join(words.next()?);
        let mut child = Command::new(interpreter(&path.to_string_lossy()))
            .arg(&path)
            .arg("0")
            .args(words)
            .env("CALLBACK_KEY", KEY)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        let mut port = String::new();
        BufReader::new(child.stdout.take()?).read_line(&mut port).ok()?;
        if port.trim().is_empty() {
            let mut said = String::new();
            let _ = child.stderr.take()?.read_to_string(&mut said);
            let _ = child.wait();
            let missing = said.contains("ModuleNotFoundError") || said.contains("Cannot find module");
            assert!(missing, "{script} did not start: {said}");
            return None;
        }
        Some(Self { child, port: port.trim().to_owned() })
    }

    /// Its root.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where it shows what it stored.
    pub(crate) fn state(&self) -> String {
        format!("{}/recordings", self.url())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The words of a command line; a space in single quotes does not separate.
pub(crate) fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for character in line.chars() {
        match character {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// What the program said, and how it ended.
pub(crate) struct Said {
    pub(crate) exit: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// Standard output, then standard error.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// Runs a command line with the key in `CALLBACK_KEY`; one that takes longer than `limit` is ended, and has no exit code.
pub(crate) fn say(line: &str, limit: Duration) -> Said {
    let mut command = hookreel();
    command.args(words(line)).env("CALLBACK_KEY", KEY).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let begun = Instant::now();
    let exit = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if begun.elapsed() > limit {
            // Not killed: it has to end what it started.
            let id = rustix::process::Pid::from_child(&child);
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
            let _ = child.wait();
            break None;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Said { exit, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

fn reader(from: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = from.map(|mut from| from.read_to_end(&mut text));
        String::from_utf8_lossy(&text).into_owned()
    })
}

/// Whether a text holds this; `a|b` is one of both. Case does not matter.
pub(crate) fn holds(text: &str, wanted: &str) -> bool {
    let text = text.to_lowercase();
    wanted.to_lowercase().split('|').any(|one| text.contains(one))
}

/// Runs a check whose name may be on a list of those that do not pass yet. One that is on the list and passes fails, so that it
/// leaves the list.
pub(crate) fn unless_pending(pending: &[&str], name: &str, check: impl FnOnce()) {
    let outcome = catch_unwind(AssertUnwindSafe(check));
    match (pending.contains(&name), outcome) {
        (true, Ok(())) => {
            assert!(!pending.contains(&name), "{name}: it passes now; take it from the list PENDING")
        }
        (true, Err(_)) | (false, Ok(())) => {}
        (false, Err(reason)) => std::panic::resume_unwind(reason),
    }
}
