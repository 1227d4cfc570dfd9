//! Unix: a command of `sh` that leads a process group of its own.

use std::io;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

/// Lets a command begin when somebody is there to end it, and not at all when this process has gone meanwhile.
const GATE: &str = r#"read -r _ && exec sh -c "$1" </dev/null"#;

/// Waits for the end of its input, which ends with this process, however that ends; then ends the group.
const SURVIVOR: &str =
    r#"trap '' HUP INT TERM; read -r _; kill -s TERM -- "-$1"; sleep 1; kill -s KILL -- "-$1""#;

/// A process group of ours.
#[derive(Clone, Debug)]
pub struct Group(Pid);

impl Group {
    /// The group that this process leads, which was started by [`shell`]. Asked for at once: when the process has ended its
    /// number is gone, and its children may still be there.
    ///
    /// # Errors
    /// It has no number.
    pub fn of(leader: &Child) -> io::Result<Self> {
        let number = leader.id().and_then(|number| Pid::from_raw(number.cast_signed()));
        number.map(Self).ok_or_else(|| io::Error::other("it has no number"))
    }

    /// Asks it to end. It may have ended by itself.
    pub fn ask(&self) {
        self.signal(Signal::TERM);
    }

    /// Ends it at once.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    fn signal(&self, signal: Signal) {
        let _ = kill_process_group(self.0, signal);
    }

    /// Its number.
    pub fn number(&self) -> i32 {
        self.0.as_raw_nonzero().get()
    }

    /// A process of it is still in the system's table.
    pub fn alive(&self) -> bool {
        test_kill_process_group(self.0).is_ok()
    }
}

/// A shell with this command, to be started as the leader of a group.
pub fn shell(command: &str) -> Command {
    of_shell(&["-c", command])
}

fn of_shell(args: &[&str]) -> Command {
    let mut shell = Command::new("sh");
    shell.args(args).process_group(0);
    shell
}

/// A text as one word of a command.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Ends a group when this process is killed: no signal handler runs then. It is killed itself in the end.
#[derive(Debug)]
pub struct Guard(Child);

impl Guard {
    fn of(group: &Group) -> io::Result<Self> {
        let mut shell = of_shell(&["-c", SURVIVOR, "hookreel-exec-guard", &group.number().to_string()]);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        shell.kill_on_drop(true).spawn().map(Self)
    }

    /// Dismisses it. It is waited for, so that no dead process is left to a system that does not ask about it.
    pub async fn dismiss(&mut self) {
        let _ = self.0.kill().await;
    }
}

/// Starts a command as the leader of a group, which ends with this process however that ends. Its output is piped.
///
/// # Errors
/// There is no shell.
pub async fn start(command: &str) -> io::Result<(Child, Group, Guard)> {
    let mut shell = of_shell(&["-c", GATE, "sh", command]);
    let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let group = Group::of(&shell)?;
    let guard = Guard::of(&group)?;
    let mut gate = shell.stdin.take().ok_or_else(|| io::Error::other("it has no input"))?;
    gate.write_all(b"go\n").await?;
    Ok((shell, group, guard))
}
