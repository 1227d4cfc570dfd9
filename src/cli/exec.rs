//! `--exec` and `--wait-for`: the receiver's own process, and its readiness.

use std::pin::Pin;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::Signal;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout_at};

use super::exit::{Exit, Refused};
use crate::delivery::Restart;
use crate::delivery::target::{Allowed, Target, refusal};
use crate::process::Group;

/// How long a command started by us may take to serve, when `--wait-for` does not say.
const START: Duration = Duration::from_secs(30);
/// The receiver's process: started for the run, restarted where a fault asks for it, ended with the run.
pub(super) struct Process {
    command: Option<String>,
    target: Target,
    allowed: Allowed,
    started: tokio::sync::Mutex<Option<Started>>,
    group: Arc<Mutex<Option<Group>>>,
}

impl Process {
    pub(super) fn new(command: Option<String>, target: Target, allowed: Allowed) -> Self {
        Self { command, target, allowed, started: tokio::sync::Mutex::default(), group: Arc::default() }
    }

    /// Starts the command, if there is one, and waits for the receiver, if that is asked for.
    ///
    /// # Errors
    /// The port is taken, there is no shell, or nobody serves in time.
    pub(super) async fn begin(&self, patience: Option<Duration>) -> Result<(), Refused> {
        let mut started = self.started.lock().await;
        if let Some(command) = &self.command {
            check_free(&self.target, &self.allowed).await?;
            self.start(command, &mut started)?;
        }
        match patience.or(self.command.as_ref().map(|_| START)) {
            Some(patience) => wait_for(&self.target, &self.allowed, patience, &mut started).await,
            None => Ok(()),
        }
    }

    fn start(&self, command: &str, started: &mut Option<Started>) -> Result<(), Refused> {
        let process = Started::start(command)?;
        *self.group.lock().unwrap_or_else(PoisonError::into_inner) = Some(process.group());
        *started = Some(process);
        Ok(())
    }

    /// The group to end when there is no time to wait.
    pub(super) fn group(&self) -> Arc<Mutex<Option<Group>>> {
        self.group.clone()
    }

    /// Ends the command; tells whether it had ended before.
    pub(super) async fn end(&self) -> Option<String> {
        let mut started = self.started.lock().await.take()?;
        let ended = started.ended();
        started.end().await;
        ended
    }
}

impl Restart for Process {
    fn restart(&self) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + '_>> {
        Box::pin(async {
            let Some(command) = &self.command else { return Err("there is no --exec".into()) };
            let mut started = self.started.lock().await;
            if let Some(running) = started.take() {
                running.end().await;
            }
            self.start(command, &mut started).map_err(|refused| refused.text)?;
            let ready = wait_for(&self.target, &self.allowed, START, &mut started).await;
            ready.map_err(|refused| refused.text)
        })
    }
}

/// How long it may take to end before it is killed.
const END: Duration = Duration::from_secs(5);

/// A command that was started for the run, and everything that it started: its process group.
struct Started {
    shell: Child,
    group: Group,
}

impl Started {
    /// Starts the command in a process group of its own. What it prints goes to standard error: standard output belongs to
    /// the results.
    ///
    /// # Errors
    /// There is no shell.
    fn start(command: &str) -> Result<Self, Refused> {
        let failed = |error: std::io::Error| Refused::usage(format!("--exec: cannot start a shell: {error}"));
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).stdin(Stdio::null()).stdout(std::io::stderr()).process_group(0);
        let shell = shell.spawn().map_err(failed)?;
        // Remembered now: once the shell has ended, its number is gone, and its children may still be there.
        let group = shell.id().and_then(Group::of);
        let group = group.ok_or_else(|| failed(std::io::Error::other("it has no number")))?;
        Ok(Self { shell, group })
    }

    /// The group to end when there is no time to wait.
    fn group(&self) -> Group {
        self.group
    }

    /// Ends the whole group: asked first, made to after a while.
    async fn end(mut self) {
        self.group.signal(Signal::TERM);
        let deadline = Instant::now() + END;
        while Instant::now() < deadline && self.group.alive() {
            // Takes the shell off the process table; a child that has ended and was not asked about counts as alive.
            let _ = self.shell.try_wait();
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// The shell's status, if it has ended.
    fn ended(&mut self) -> Option<String> {
        self.shell.try_wait().ok().flatten().map(|status| status.to_string())
    }
}

/// On every way out, whatever is left of the group.
impl Drop for Started {
    fn drop(&mut self) {
        self.group.signal(Signal::KILL);
    }
}

/// Refuses to start a receiver where one is serving already: it would be the one that is tested.
///
/// # Errors
/// Something takes connections there.
async fn check_free(target: &Target, allowed: &Allowed) -> Result<(), Refused> {
    match timeout_at(Instant::now() + Duration::from_secs(1), connect(target, allowed)).await {
        Ok(Ok(())) => Err(Refused::usage(format!(
            "--exec: something serves {target} already, and would be tested in place of the command; nothing was sent"
        ))),
        _ => Ok(()),
    }
}

/// Waits until the target takes a connection. Sends nothing.
///
/// # Errors
/// It does not in time, or the command that should serve it has ended.
async fn wait_for(
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
            // A port that nobody serves can be given to the very socket that asks for it: it is then connected to itself.
            Ok(stream) if stream.local_addr().ok() == stream.peer_addr().ok() => {
                last = "nobody serves this port".into();
            }
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
