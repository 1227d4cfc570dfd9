//! Windows: a command of `cmd` in a job, to which everything belongs that it starts.

use std::io;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::process::{Child, Command};
use win32job::{ExtendedLimitInfo, Job};

/// Ctrl-C on the console of this process does not reach the command, which is ended in order.
const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;

/// A job of ours. It ends with the last handle to it, which this process has, however that ends.
#[derive(Clone, Debug)]
pub struct Group(Arc<Mutex<Option<Job>>>);

impl Group {
    /// A job of this process and of everything that it will start. `cmd` has not come to its command yet: this is asked for in
    /// the moment in which it is started.
    ///
    /// # Errors
    /// The system makes none.
    pub fn of(leader: &Child) -> io::Result<Self> {
        let job = Job::create().map_err(io::Error::other)?;
        let mut limits = ExtendedLimitInfo::new();
        limits.limit_kill_on_job_close();
        job.set_extended_limit_info(&limits).map_err(io::Error::other)?;
        let handle = leader.raw_handle().ok_or_else(|| io::Error::other("it has ended"))?;
        job.assign_process(handle as isize).map_err(io::Error::other)?;
        Ok(Self(Arc::new(Mutex::new(Some(job)))))
    }

    /// Ends it at once: no process of this system can be asked to end by one that shares no console with it.
    pub fn ask(&self) {
        self.kill();
    }

    /// Ends it at once.
    pub fn kill(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// A process of it runs.
    pub fn alive(&self) -> bool {
        let job = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        job.as_ref().and_then(|job| job.query_process_id_list().ok()).is_some_and(|list| !list.is_empty())
    }
}

/// A shell with this command, to be started as the leader of a group.
pub fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    // As it is written: between the first quote and the last one `cmd /S` changes nothing.
    shell.raw_arg(format!("/D /S /C \"{command}\"")).creation_flags(CREATE_NEW_PROCESS_GROUP);
    shell
}

/// A text as one word of a command. A quote has no place in one.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', ""))
}

/// Nobody has to end a job when this process is killed.
#[derive(Debug)]
pub struct Guard;

impl Guard {
    /// Dismisses it.
    pub async fn dismiss(&mut self) {}
}

/// Starts a command as the leader of a job, which ends with this process however that ends. Its output is piped.
///
/// # Errors
/// There is no shell, or no job.
pub async fn start(command: &str) -> io::Result<(Child, Group, Guard)> {
    let mut shell = shell(command);
    let shell = shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let group = Group::of(&shell)?;
    Ok((shell, group, Guard))
}
