//! `--exec` and `--wait-for`: the receiver's own process, and its readiness.

use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout_at};

use super::exit::{Exit, Refused};
use crate::delivery::target::{Allowed, Target, refusal};

/// How long a command started by us may take to serve, when `--wait-for` does not say.
pub(super) const START: Duration = Duration::from_secs(30);
/// How long it may take to end before it is killed.
const END: Duration = Duration::from_secs(5);

/// A command that was started for the run.
pub(super) struct Started(Child);

impl Started {
    /// Starts the command in a process group of its own. What it prints goes to standard error: standard output belongs to
    /// the results.
    ///
    /// # Errors
    /// There is no shell.
    pub(super) fn start(command: &str) -> Result<Self, Refused> {
        Command::new("sh")
            .args(["-c", command])
            .stdin(Stdio::null())
            .stdout(std::io::stderr())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map(Self)
            .map_err(|error| Refused::usage(format!("--exec: cannot start a shell: {error}")))
    }

    /// Ends the command and everything it started.
    pub(super) async fn end(mut self) {
        self.signal(rustix::process::Signal::TERM);
        if tokio::time::timeout(END, self.0.wait()).await.is_err() {
            self.signal(rustix::process::Signal::KILL);
            let _ = self.0.wait().await;
        }
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let group = self.0.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
        if let Some(group) = group {
            // It may have ended by itself.
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }

    fn ended(&mut self) -> Option<String> {
        self.0.try_wait().ok().flatten().map(|status| status.to_string())
    }
}

/// Waits until the target takes a connection. Sends nothing.
///
/// # Errors
/// It does not in time, or the command that should serve it has ended.
pub(super) async fn wait_for(
    target: &Target,
    allowed: &Allowed,
    patience: Duration,
    started: &mut Option<Started>,
) -> Result<(), Refused> {
    let unreachable = |text: String| Refused {
        exit: Exit::Unreachable,
        text: format!("error: {text}; nothing was sent\n"),
    };
    let deadline = Instant::now() + patience;
    let mut last = String::from("no answer");
    while Instant::now() < deadline {
        match timeout_at(deadline, connect(target, allowed)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => last = error,
            Err(_) => break,
        }
        if let Some(status) = started.as_mut().and_then(Started::ended) {
            return Err(unreachable(format!(
                "--exec: the command has ended ({status}) before {target} took a connection"
            )));
        }
        sleep(Duration::from_millis(50)).await;
    }
    Err(unreachable(format!(
        "{target} took no connection within {}: {last}",
        crate::duration::show_duration(patience)
    )))
}

async fn connect(target: &Target, allowed: &Allowed) -> Result<(), String> {
    let mut last = String::from("the name has no address");
    for address in addresses(target).await? {
        if !allowed.permits(host(target), address.ip()) {
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(_) => return Ok(()),
            Err(error) => last = error.to_string(),
        }
    }
    Err(last)
}

/// Refuses a target whose every address lies outside, before anything is sent. A name that has no address yet may get one.
///
/// # Errors
/// It is neither local nor allowed.
pub(super) async fn check_target(target: &Target, allowed: &Allowed) -> Result<(), Refused> {
    let addresses: Vec<_> =
        addresses(target).await.unwrap_or_default().iter().map(std::net::SocketAddr::ip).collect();
    let permitted = |address: &std::net::IpAddr| allowed.permits(host(target), *address);
    if addresses.is_empty() || addresses.iter().any(permitted) {
        return Ok(());
    }
    Err(Refused::usage(format!("{}; nothing was sent", refusal(host(target), &addresses))))
}

fn host(target: &Target) -> &str {
    target.url.host_str().unwrap_or_default().trim_matches(['[', ']'])
}

async fn addresses(target: &Target) -> Result<Vec<std::net::SocketAddr>, String> {
    let port = target.url.port_or_known_default().unwrap_or(80);
    let found = tokio::net::lookup_host((host(target), port)).await.map_err(|error| error.to_string())?;
    Ok(found.collect())
}
