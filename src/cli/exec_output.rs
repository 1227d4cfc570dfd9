//! Output of the command of `--exec`, and its memory.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::Write;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, timeout};

use super::exit::Refused;
use crate::delivery::watched::Printed;
use crate::masking::Secrets;
use crate::process::Group;
use crate::stretch::Stretches;

/// Lines that are kept.
const KEPT: usize = 2000;
/// Longest line that is kept, in characters.
const LONGEST: usize = 300;
/// Longest delay of a line without its end.
const HELD: Duration = Duration::from_millis(50);
/// The most that is held back, in bytes.
const MOST_HELD: usize = 64 << 10;
/// Digits of the signatures of all methods, in hex.
const SIGNATURES: [usize; 2] = [32, 64];

/// The last lines that a process printed, each with its time.
pub(super) struct Output {
    lines: Mutex<VecDeque<(Instant, String)>>,
    /// Time at which the process was started that prints now.
    since: Mutex<Option<Instant>>,
    /// Secrets that are removed when lines are shown: by then every signature is known.
    secrets: Secrets,
    /// Copies each line to standard error at once.
    passes_on: bool,
}

impl Output {
    pub(super) fn new(secrets: Secrets, passes_on: bool) -> Self {
        Self { lines: Mutex::default(), since: Mutex::default(), secrets, passes_on }
    }

    /// A process begins: lines of an earlier one are none of its own.
    pub(super) fn begin(&self) {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Passes on what comes to standard error, and keeps its lines.
    pub(super) async fn read(self: Arc<Self>, mut input: impl AsyncRead + Unpin) {
        let (mut buffer, mut line, mut held) = (vec![0; 8192], Vec::new(), Vec::new());
        loop {
            // Passed on by whole lines, so that no secret is cut in two; what has no line end waits a moment for it.
            let patience = if held.is_empty() { Duration::MAX } else { HELD };
            let read = match timeout(patience, input.read(&mut buffer)).await {
                Err(_) => {
                    self.pass_on(&mut held).await;
                    continue;
                }
                Ok(Ok(read @ 1..)) => read,
                Ok(_) => break,
            };
            let bytes = buffer.stretch(..read);
            held.extend_from_slice(bytes);
            let lines = held.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let lines = if held.len() > MOST_HELD { held.len() } else { lines };
            self.pass_on(&mut held.drain(..lines).collect()).await;
            let mut pieces = bytes.split(|byte| *byte == b'\n').peekable();
            while let Some(piece) = pieces.next() {
                // A line without an end must not fill the memory.
                let room = (4 * LONGEST).saturating_sub(line.len());
                line.extend_from_slice(piece.get(..room).unwrap_or(piece));
                if pieces.peek().is_some() {
                    self.keep(&std::mem::take(&mut line));
                }
            }
        }
        self.pass_on(&mut held).await;
        if !line.is_empty() {
            self.keep(&line);
        }
    }

    /// Writes to standard error what was printed, without secrets.
    async fn pass_on(&self, printed: &mut Vec<u8>) {
        let printed = std::mem::take(printed);
        if printed.is_empty() || !self.passes_on {
            return;
        }
        let masked = match self.secrets.mask(&String::from_utf8_lossy(&printed)) {
            // As it came, also where it is no text.
            Cow::Borrowed(_) => None,
            Cow::Owned(masked) => Some(masked.into_bytes()),
        };
        let masked = masked.unwrap_or(printed);
        // Nobody may be there to read it; the run goes on.
        let _ = tokio::task::spawn_blocking(move || std::io::stderr().write_all(&masked)).await;
    }

    fn keep(&self, line: &[u8]) {
        let text = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        // Keys first: one may have the form of a signature.
        let text = without_signatures(&self.secrets.mask(&text));
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= KEPT {
            lines.pop_front();
        }
        lines.push_back((Instant::now(), text));
    }

    /// A line as it is shown.
    fn shown(&self, line: &str) -> String {
        let text = self.secrets.mask(line);
        let inert = text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c });
        inert.take(LONGEST).collect()
    }

    /// The last lines of the process, at most `most`.
    pub(super) fn last(&self, most: usize) -> Vec<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let since = *self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let own: Vec<_> = lines.iter().filter(|(at, _)| since.is_none_or(|since| *at >= since)).collect();
        own.iter().skip(own.len().saturating_sub(most)).map(|(_, line)| self.shown(line)).collect()
    }
}

impl Printed for Output {
    fn between(&self, from: Instant, to: Instant, most: usize) -> Vec<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let since: Vec<_> = lines.iter().filter(|(at, _)| (from..=to).contains(at)).collect();
        since.iter().skip(since.len().saturating_sub(most)).map(|(_, line)| self.shown(line)).collect()
    }
}

/// Runs of hex digits that are as long as a signature give way to a word: which signatures were sent is known elsewhere, and
/// which ones the receiver reckoned nowhere.
fn without_signatures(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits = String::new();
    for c in text.chars().map(Some).chain([None]) {
        match c {
            Some(c) if c.is_ascii_hexdigit() => digits.push(c),
            other => {
                let run = std::mem::take(&mut digits);
                out.push_str(if SIGNATURES.contains(&run.len()) { "(signature)" } else { &run });
                out.extend(other);
            }
        }
    }
    out
}

/// Refuses a limit of memory where the system does not tell how much a process takes.
///
/// # Errors
/// There is a limit, and it would never be reached.
pub(super) fn can_be_limited(limit: Option<u64>) -> Result<(), Refused> {
    match limit.is_none() || cfg!(target_os = "linux") {
        true => Ok(()),
        false => Err(Refused::usage(
            "--exec-memory: this system does not tell how much memory a process takes; nothing was sent",
        )),
    }
}

/// A process of a group.
struct GroupProcess {
    ended: bool,
    /// Memory that it takes, in bytes.
    memory: u64,
}

/// The processes of a group; none where the system does not tell.
#[cfg(target_os = "linux")]
fn members(group: &Group) -> Option<Vec<GroupProcess>> {
    let (mut found, group) = (Vec::new(), group.number());
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        if !entry.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        // The name before it may hold anything, brackets too.
        let Some((_, rest)) = stat.rsplit_once(')') else { continue };
        let mut fields = rest.split_whitespace();
        let (state, own) = (fields.next(), fields.nth(1).and_then(|own| own.parse::<i32>().ok()));
        if own != Some(group) {
            continue;
        }
        // One that has ended meanwhile takes none, and its status has no such line.
        let status = std::fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        // The same.
        let kib: u64 = memory.and_then(|kib| kib.split_whitespace().next()?.parse().ok()).unwrap_or(0);
        found.push(GroupProcess { ended: matches!(state, Some("Z" | "X")), memory: kib * 1024 });
    }
    Some(found)
}

#[cfg(not(target_os = "linux"))]
fn members(_: &Group) -> Option<Vec<GroupProcess>> {
    None
}

/// True if a process of a group still runs. One that has ended and was not asked about still has a number, and may keep
/// it for ever: not every first process of a container asks.
pub(super) fn runs(group: &Group) -> bool {
    let known = || members(group).is_none_or(|members| members.iter().any(|member| !member.ended));
    group.alive() && known()
}

/// The memory of all processes of a group, in bytes; 0 where it is not known, see [`can_be_limited`].
pub(super) fn memory(group: &Group) -> u64 {
    members(group).into_iter().flatten().map(|member| member.memory).sum()
}

/// Description of an end. A shell reports a signal that ended its command as a number above 128.
pub(super) fn told(status: ExitStatus) -> String {
    match status.code() {
        Some(code @ 129..=192) => format!("{status}, which is what a shell gives for signal {}", code - 128),
        _ => status.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_kept_without_secrets_and_not_for_ever() {
        let secrets = Secrets::default();
        secrets.key("my-key");
        let output = Arc::new(Output::new(secrets, true));
        let signature = "0c6238e2f7a14bd0a87e7e3b3dd07a45";
        let text = format!("key my-key\nsign={signature}, id 3425\x1b[31m\nno end");
        output.clone().read(text.as_bytes()).await;
        assert_eq!(output.last(9), ["key (key)", "sign=(signature), id 3425\u{fffd}[31m", "no end"]);
        let many: String = (0..KEPT + 5).map(|n| format!("line {n}\n")).collect();
        output.clone().read(many.as_bytes()).await;
        assert_eq!(output.last(usize::MAX).len(), KEPT);
        assert_eq!(output.last(1), [format!("line {}", KEPT + 4)]);
        let now = Instant::now();
        assert!(output.between(now, now, 20).is_empty());
    }
}
