//! `--exec`: the receiver's own process, started for the run, watched while it goes on, and ended with it.

use std::pin::Pin;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::process::Child;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::args::RunArgs;
use super::exec_output::{Output, can_be_limited, memory, runs, told};
use super::exit::{Exit, Refused};
use super::signals::{Signals, heard};
use super::wait_for::{Readiness, WaitHttp, check_free, check_target, connect};
use crate::delivery::Restart;
use crate::delivery::http::Http;
use crate::delivery::target::{Allowed, ReceiverUrl};
use crate::delivery::watched::{Printed, ReceiverChange, ReceiverEvent, size};
use crate::masking::Secrets;
use crate::process::{Group, Guard, start};

/// Time limit for a command of `--exec` to start serving, if `--wait-for` is absent.
const START: Duration = Duration::from_secs(30);
/// Time between the request to end and the kill.
const END: Duration = Duration::from_millis(1500);
/// The same when a signal has come: a stop takes 2 s at most, and a load waits for answers for one of them.
const STOP: Duration = Duration::from_millis(700);
/// Time after the last callback during which an end still belongs to the run.
const AFTERMATH: Duration = Duration::from_millis(100);
/// Time after which the command has ended whose receiver takes no connections any more.
const WRAPPED: Duration = Duration::from_secs(3);
/// Interval of the checks of its memory.
const LOOK: Duration = Duration::from_millis(250);
/// Memory at which a warning is due, where no limit is given.
const MUCH: u64 = 2 << 30;
/// Number of printed lines that are shown with an end.
const TOLD: usize = 20;

/// The receiver's process: started for the run, restarted where a fault asks for it, ended with the run.
pub(super) struct Process {
    command: Option<String>,
    /// `--exec-memory`.
    limit: Option<u64>,
    wait_for: Option<Duration>,
    wait_http: Option<WaitHttp>,
    /// Its addresses.
    targets: Vec<ReceiverUrl>,
    allowed: Allowed,
    http: Arc<Http>,
    output: Arc<Output>,
    /// `--quiet`.
    quiet: bool,
    events: mpsc::UnboundedSender<ReceiverEvent>,
    started: tokio::sync::Mutex<Option<Started>>,
    life: watch::Sender<Life>,
    group: Arc<Mutex<Option<Group>>>,
}

/// State of the process, and the number of restarts after an end of its own.
#[derive(Clone, Copy)]
struct Life {
    up: bool,
    again: u32,
}

/// Events of the process, in order.
pub(super) type ProcessEvents = mpsc::UnboundedReceiver<ReceiverEvent>;

impl Process {
    /// Process of the receiver that these flags name; nothing is started yet. Its secrets are not printed, and nothing of it under
    /// `--quiet`.
    pub(super) fn new(
        RunArgs { receiver: args, output, .. }: &RunArgs,
        targets: Vec<ReceiverUrl>,
        http: Arc<Http>,
        secrets: Secrets,
    ) -> (Arc<Self>, ProcessEvents) {
        let (events, told) = mpsc::unbounded_channel();
        let process = Self {
            command: args.exec.clone(),
            limit: args.exec_memory,
            wait_for: args.wait_for,
            wait_http: args.wait_http.clone(),
            targets,
            allowed: Allowed(args.connection.allow_remote.clone()),
            http,
            output: Arc::new(Output::new(secrets, !output.quiet)),
            quiet: output.quiet,
            events,
            started: tokio::sync::Mutex::default(),
            life: watch::Sender::new(Life { up: true, again: 0 }),
            group: Arc::default(),
        };
        (Arc::new(process), told)
    }

    /// Makes the receiver ready. A signal that comes meanwhile ends it, and gives its exit code.
    ///
    /// # Errors
    /// It must not be sent to, the port is taken, there is no shell, or nothing accepts connections in time.
    pub(super) async fn ready(&self, signals: &Signals) -> Result<Option<Exit>, Refused> {
        can_be_limited(self.limit)?;
        let begin = async {
            for target in &self.targets {
                check_target(target, &self.allowed).await?;
            }
            self.begin().await
        };
        tokio::select! {
            begun = begin => begun.map(|()| None),
            exit = signals.next() => {
                self.end().await;
                Ok(Some(exit))
            }
        }
    }

    /// Starts the command, if there is one, and waits for the receiver, if that is asked for.
    async fn begin(&self) -> Result<(), Refused> {
        let mut started = self.started.lock().await;
        if let Some(command) = &self.command {
            for target in &self.targets {
                check_free(target, &self.allowed).await?;
            }
            *started = Some(self.start(command).await?);
        }
        if started.is_none() && self.wait_for.is_none() && self.wait_http.is_none() {
            return Ok(());
        }
        self.waited(started.as_ref()).await
    }

    async fn waited(&self, started: Option<&Started>) -> Result<(), Refused> {
        let http = self.wait_http.as_ref().map(|wanted| (wanted, &*self.http));
        let patience = self.wait_for.unwrap_or(START);
        for target in &self.targets {
            let readiness = Readiness { target, allowed: &self.allowed, http, quiet: self.quiet };
            readiness.wait(patience, || started.and_then(Started::ended)).await?;
        }
        Ok(())
    }

    async fn start(&self, command: &str) -> Result<Started, Refused> {
        let (events, life) = (self.events.clone(), self.life.clone());
        let started = Started::start(command, &self.output, self.limit, events, life).await?;
        *self.group.lock().unwrap_or_else(PoisonError::into_inner) = Some(started.group.clone());
        Ok(started)
    }

    /// The group to end when there is no time to wait.
    pub(super) fn group(&self) -> Arc<Mutex<Option<Group>>> {
        self.group.clone()
    }

    /// Output of the process; none if nothing was started.
    pub(super) fn printed(&self) -> Option<Arc<dyn Printed>> {
        self.command.as_ref().map(|_| self.output.clone() as Arc<dyn Printed>)
    }

    /// Starts the command again after an end of its own.
    ///
    /// # Errors
    /// It does not come up.
    pub(super) async fn revive(&self) -> Result<(), String> {
        self.restart().await?;
        self.life.send_modify(|life| *life = Life { up: true, again: life.again + 1 });
        Ok(())
    }

    /// True if somebody takes connections at its addresses.
    async fn is_served(&self) -> bool {
        for target in &self.targets {
            if connect(target, &self.allowed, AFTERMATH).await.is_err() {
                return false;
            }
        }
        true
    }

    /// Waits a moment for an end that the last callback led to.
    pub(super) async fn settle(&self) {
        let started = self.started.lock().await;
        if let Some(started) = &*started {
            let mut told = started.told.clone();
            let _ = timeout(AFTERMATH, told.wait_for(|told| *told)).await;
        }
    }

    /// Ends the command.
    pub(super) async fn end(&self) {
        let started = self.started.lock().await.take();
        if let Some(started) = started {
            started.end().await;
        }
    }
}

/// The receiver's process during a load, and its changes.
pub(super) struct ReceiverWatch {
    pub(super) process: Arc<Process>,
    pub(super) events: ProcessEvents,
}

impl ReceiverWatch {
    /// Changes since the last call; an end that the last callback led to is among them.
    pub(super) async fn changes(&mut self) -> Vec<ReceiverEvent> {
        self.process.settle().await;
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
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
            *started = Some(self.start(command).await.map_err(|refused| refused.text)?);
            self.waited(started.as_ref()).await.map_err(|refused| refused.text)
        })
    }

    fn steady(&self, broke: bool) -> Pin<Box<dyn Future<Output = u32> + Send + '_>> {
        Box::pin(async move {
            let mut life = self.life.subscribe();
            let before = *life.borrow();
            if broke && before.up {
                // An end is known a moment after the connection that it closed.
                let changed = |life: &Life| !life.up || life.again != before.again;
                let known = timeout(AFTERMATH, life.wait_for(changed)).await.is_ok();
                // A command that started the receiver may end later than it.
                if !known && !self.is_served().await {
                    let _ = timeout(WRAPPED, life.wait_for(changed)).await;
                }
            }
            life.wait_for(|life| life.up).await.map_or(before.again, |life| life.again)
        })
    }
}

/// A command that was started for the run, and everything that it started: its process group.
struct Started {
    group: Group,
    /// Description of its end, if it ended.
    ended: watch::Receiver<Option<String>>,
    /// True after its end was reported.
    told: watch::Receiver<bool>,
    /// True if its end is expected.
    expected: Arc<AtomicBool>,
    /// Look after it; they end with it.
    _tasks: JoinSet<()>,
    /// Ends the group when this process is killed.
    guard: Guard,
}

impl Started {
    /// Starts the command in a process group of its own. What it prints is kept, and goes to standard error: standard output
    /// belongs to the results.
    ///
    /// # Errors
    /// There is no shell.
    async fn start(
        command: &str,
        output: &Arc<Output>,
        limit: Option<u64>,
        events: mpsc::UnboundedSender<ReceiverEvent>,
        life: watch::Sender<Life>,
    ) -> Result<Self, Refused> {
        let failed = |error: std::io::Error| Refused::usage(format!("--exec: cannot start a shell: {error}"));
        output.begin();
        let (mut shell, group, guard) = start(command).await.map_err(failed)?;
        let mut readers = JoinSet::new();
        shell.stdout.take().into_iter().for_each(|pipe| drop(readers.spawn(output.clone().read(pipe))));
        shell.stderr.take().into_iter().for_each(|pipe| drop(readers.spawn(output.clone().read(pipe))));
        let expected = Arc::new(AtomicBool::new(false));
        let (ends, ended) = watch::channel(None);
        let (tells, told) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let reports = ProcessReports {
            group: group.clone(),
            output: output.clone(),
            events,
            life,
            expected: expected.clone(),
            tells,
        };
        let outgrew = ends.clone();
        tasks.spawn(reports.clone().end(shell, readers, ends));
        tasks.spawn(reports.memory(limit, outgrew));
        Ok(Self { group, ended, told, expected, _tasks: tasks, guard })
    }

    /// Ends the whole group: asked first, made to after a while.
    async fn end(mut self) {
        self.expected.store(true, Ordering::SeqCst);
        self.group.ask();
        let deadline = Instant::now() + if heard().is_some() { STOP } else { END };
        while Instant::now() < deadline && runs(&self.group) {
            sleep(Duration::from_millis(20)).await;
        }
        // Its last lines are passed on, too.
        let mut told = self.told.clone();
        let _ = timeout(AFTERMATH, told.wait_for(|told| *told)).await;
        self.guard.dismiss().await;
    }

    /// Description of its end, if it ended.
    fn ended(&self) -> Option<String> {
        self.ended.borrow().clone()
    }
}

/// On every way out, whatever is left of the group.
impl Drop for Started {
    fn drop(&mut self) {
        self.expected.store(true, Ordering::SeqCst);
        self.group.kill();
    }
}

/// Reports the changes of a process.
#[derive(Clone)]
struct ProcessReports {
    group: Group,
    output: Arc<Output>,
    events: mpsc::UnboundedSender<ReceiverEvent>,
    life: watch::Sender<Life>,
    expected: Arc<AtomicBool>,
    tells: watch::Sender<bool>,
}

impl ProcessReports {
    /// Waits for the end of the command. A shell that ends well and leaves something behind put it into the background: then
    /// that is the receiver.
    async fn end(self, mut shell: Child, mut readers: JoinSet<()>, ends: watch::Sender<Option<String>>) {
        let status = shell.wait().await;
        let well = status.as_ref().is_ok_and(ExitStatus::success);
        let how = status.map_or_else(|error| error.to_string(), told);
        let mut at = Instant::now();
        ends.send_if_modified(|ended| {
            // Where its memory ended it, that was said already.
            let first = ended.is_none();
            ended.get_or_insert_with(|| how.clone());
            first
        });
        while well && runs(&self.group) {
            sleep(Duration::from_millis(20)).await;
            at = Instant::now();
        }
        if !self.expected.load(Ordering::SeqCst) {
            self.life.send_modify(|life| life.up = false);
        }
        // Its last lines may still be in the pipe.
        let _ = timeout(AFTERMATH, async { while readers.join_next().await.is_some() {} }).await;
        if !self.expected.load(Ordering::SeqCst) {
            self.tell(at, ReceiverChange::Ended(how));
        }
        self.tells.send_replace(true);
    }

    /// Looks at its memory.
    async fn memory(self, limit: Option<u64>, ends: watch::Sender<Option<String>>) {
        loop {
            sleep(LOOK).await;
            // It reads many small files of the system, each of which is there at once.
            let used = memory(&self.group);
            match limit {
                Some(limit) if used > limit => {
                    if !self.expected.swap(true, Ordering::SeqCst) {
                        self.life.send_modify(|life| life.up = false);
                        let (taken, allowed) = (size(used), size(limit));
                        ends.send_replace(Some(format!(
                            "ended by --exec-memory: it took {taken} of {allowed}"
                        )));
                        self.tell(Instant::now(), ReceiverChange::Outgrew { used, limit });
                    }
                    return self.group.kill();
                }
                None if used > MUCH => {
                    return self.tell(Instant::now(), ReceiverChange::Swelled { used });
                }
                _ => {}
            }
        }
    }

    fn tell(&self, at: Instant, what: ReceiverChange) {
        // At the end of a run nobody listens any more.
        let _ = self.events.send(ReceiverEvent { at, what, lines: self.output.last(TOLD) });
    }
}
