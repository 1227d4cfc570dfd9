//! `hookreel run`: play scenarios against a receiver and judge it.

use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::args::RunArgs;
use super::exec::{Process, check_target};
use super::exit::{Exit, Refused};
use super::outputs::Outputs;
use super::programme::{self, Choice};
use super::screen::Screen;
use super::words::Words;
use super::{World, complain, secrets};
use crate::delivery::http::{Connection, Http};
use crate::delivery::target::Allowed;
use crate::delivery::{Restart, Stop};
use crate::plan::Play;
use crate::play::{self, Destination, Ending, Planned, Purpose, RunJournal, Setup};
use crate::process::Group;
use crate::record::{Finding, Run};
use crate::report::text::Detail;
use crate::verdict::{self, Verdict};

/// Played when no path is given: one shipped scenario of each provider.
const SHOWN_FIRST: [&str; 2] = ["@huawei/normal", "@tencent/hls-resume-one-file"];

pub(super) fn run(args: &RunArgs, world: &World) -> Result<Exit, Refused> {
    let shown_first = SHOWN_FIRST.map(str::to_owned);
    let paths = if args.paths.is_empty() { shown_first.as_slice() } else { &args.paths };
    let choice =
        Choice { filter: args.filter.as_deref(), jobs: usize::from(args.jobs), expects: Some(&args.expects) };
    let mut planned = programme::chosen(paths, (&args.key, &args.time), world, choice)?;
    play(args, &mut planned).map(|(exit, _)| exit)
}

/// Plays a programme: connects, sends, judges and reports.
///
/// # Errors
/// Nothing was sent.
pub(super) fn play(args: &RunArgs, planned: &mut Planned) -> Result<(Exit, Run), Refused> {
    if args.receiver.exec.is_none() && planned.plays.iter().any(Play::restarts) {
        return Err(Refused::usage(
            "the fault `restart` takes --exec CMD, the command that starts the receiver; nothing was sent",
        ));
    }
    if let Some(timeout) = args.receiver.timeout {
        planned.plays.iter_mut().for_each(|play| play.policy.timeout = timeout);
    }
    planned.key = secrets::origin(&args.key, planned);
    if planned.purpose != Purpose::Shrink {
        warn(args, planned);
    }
    // One callback is on its way before a second thread has begun.
    let mut runtime = match planned.plays.iter().map(|play| play.callbacks.len()).sum::<usize>() {
        0..=1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime
        .enable_all()
        .build()
        .map_err(|error| Refused { exit: Exit::Internal, text: format!("error: cannot start: {error}\n") })?;
    let exit = runtime.block_on(perform(args, planned));
    // A name that is still being looked up would hold the process back.
    runtime.shutdown_background();
    exit
}

fn warn(args: &RunArgs, planned: &Planned) {
    for play in planned.plays.iter().filter(|play| planned.lacks_key(play)) {
        complain(&format!(
            "warning: {} [{}] is sent unsigned: there is no key\n",
            planned.path(play),
            play.provider.name
        ));
    }
    secrets::warn(&args.key, planned, args.receiver.target.is_some());
    if args.receiver.connection.insecure {
        complain("warning: certificates are not verified (--insecure)\n");
    }
}

async fn perform(args: &RunArgs, planned: &Planned) -> Result<(Exit, Run), Refused> {
    let connection = connection(args)?;
    let headers = connection.headers();
    let mut outputs = Outputs::open(args, planned)?;
    let allowed = connection.allowed.clone();
    let http = Http::new(connection).map_err(|error| Refused::usage(format!("--cacert: {error}")))?;
    let destination = destination(args, planned).await?;
    let target = destination.target.clone();
    http.prepare(&target).map_err(|error| Refused::usage(format!("--cacert: {error}")))?;
    let process = Arc::new(Process::new(args.receiver.exec.clone(), target.clone(), allowed.clone()));
    if args.receiver.target.is_some() {
        check_target(&target, &allowed).await?;
        tokio::select! {
            ready = process.begin(args.receiver.wait_for) => ready?,
            // The command that was started ends with `process`.
            exit = next_signal() => return Ok((exit, Run::default())),
        }
    }
    outputs.begin_record()?;
    let (stop, stopping) = watch::channel(Stop::No);
    let journal = Arc::new(journal(args, planned, &destination, (&mut outputs, stop)));
    tokio::spawn(heed_signals(journal.clone(), process.group()));
    let setup = Setup {
        http: Arc::new(http),
        headers,
        jobs: usize::from(args.jobs),
        restart: args.receiver.exec.as_ref().map(|_| process.clone() as Arc<dyn Restart>),
    };
    let words = Words { args, planned };
    let played = play::play(planned, &setup, &destination, &journal, (&words, stopping)).await;
    let (run, closed) = journal.close();
    let exit = conclude(&run, played.and(closed), &mut outputs);
    if let Some(status) = process.end().await {
        complain(&format!("warning: --exec: the command ended before the run did ({status})\n"));
    }
    destination.close().await;
    Ok((signal(run.stopped.as_deref()).unwrap_or(exit), run))
}

/// The user's receiver, or the embedded one.
pub(super) async fn destination(args: &RunArgs, planned: &Planned) -> Result<Destination, Refused> {
    if let Some(target) = &args.receiver.target {
        return Ok(Destination::given(target.clone(), args.receiver.connection.insecure));
    }
    let failed = |error| Refused { exit: Exit::Internal, text: format!("error: cannot serve: {error}\n") };
    Destination::embedded(planned).await.map_err(failed)
}

fn journal(
    args: &RunArgs,
    planned: &Planned,
    destination: &Destination,
    (outputs, stop): (&mut Outputs, watch::Sender<Stop>),
) -> RunJournal {
    let shown = match planned.purpose {
        Purpose::Run => outputs.screen,
        Purpose::Audit => outputs.screen && args.output.verbose,
        Purpose::Shrink => false,
    };
    let detail = match (args.output.quiet, args.output.verbose) {
        (true, _) => Detail::Failures,
        (false, true) => Detail::Verbose,
        (false, false) => Detail::Short,
    };
    let screen = Screen::new(shown, detail);
    let ending = Ending {
        fail_fast: args.fail_fast,
        alike: Some(args.max_failures).filter(|most| *most > 0 && planned.purpose == Purpose::Run),
        unanswered: (planned.purpose == Purpose::Audit).then_some(HANGS),
    };
    let record = outputs.record.take().map(|file| Box::new(file) as Box<dyn std::io::Write + Send>);
    RunJournal::new(planned, destination, (record, Some(Box::new(screen))), (stop, ending))
}

/// The reports, and the exit code that the run alone deserves.
fn conclude(run: &Run, taken_down: std::io::Result<()>, outputs: &mut Outputs) -> Exit {
    if let Err(error) = outputs.write(run) {
        complain(&format!("error: {error}\n"));
        return Exit::Internal;
    }
    if let Err(error) = taken_down {
        complain(&format!("error: the record could not be written, so the run was ended: {error}\n"));
        return Exit::Internal;
    }
    deserved(run)
}

/// The exit code of a run, from what is known of it when it is over.
pub(super) fn exit(run: &Run) -> Exit {
    signal(run.stopped.as_deref()).unwrap_or_else(|| deserved(run))
}

/// The exit code by the verdict.
fn deserved(run: &Run) -> Exit {
    // A mistake of the set-up says nothing about the receiver.
    if run.scenarios.iter().flat_map(|scenario| &scenario.state).any(Finding::is_setup) {
        return Exit::Usage;
    }
    match verdict::on_run(run) {
        Verdict::Passed => Exit::Passed,
        Verdict::NothingChecked => Exit::NothingChecked,
        Verdict::Failed if verdict::unreachable(run) => Exit::Unreachable,
        Verdict::Failed | Verdict::Incomplete => Exit::Failed,
    }
}

/// The first signal stops the run in order, the second at once.
async fn heed_signals(journal: Arc<RunJournal>, group: Arc<Mutex<Option<Group>>>) {
    let exit = next_signal().await;
    journal.stop(Stop::Now, if exit == Exit::Terminated { SIGTERM } else { SIGINT });
    tokio::time::sleep(ECHO).await;
    let exit = next_signal().await;
    if let Some(group) = *group.lock().unwrap_or_else(PoisonError::into_inner) {
        group.signal(rustix::process::Signal::KILL);
    }
    std::process::exit(exit as i32);
}

/// A second signal that comes so soon is the first one: some senders signal a process and then its group.
pub(super) const ECHO: Duration = Duration::from_millis(100);

/// Plain callbacks without an answer after which an audit takes it that the receiver hangs.
const HANGS: u32 = 5;

const SIGINT: &str = "SIGINT";
const SIGTERM: &str = "SIGTERM";

/// The exit code of a run that a signal stopped. Read off the run itself: by the time it is closed, the task that heard the
/// signal may not have got any further.
pub(super) fn signal(stopped: Option<&str>) -> Option<Exit> {
    match stopped {
        Some(SIGINT) => Some(Exit::Interrupted),
        Some(SIGTERM) => Some(Exit::Terminated),
        _ => None,
    }
}

#[cfg(unix)]
pub(super) async fn next_signal() -> Exit {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => Exit::Interrupted,
        _ = terminate.recv() => Exit::Terminated,
    }
}

#[cfg(not(unix))]
pub(super) async fn next_signal() -> Exit {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Exit::Interrupted,
        Err(_) => std::future::pending().await,
    }
}

pub(super) fn connection(args: &RunArgs) -> Result<Connection, Refused> {
    let args = &args.receiver.connection;
    let authorities = args
        .cacert
        .as_ref()
        .map(|path| {
            fs::read(path).map_err(|error| {
                Refused::usage(format!("--cacert: cannot read `{}`: {error}", path.display()))
            })
        })
        .transpose()?;
    Ok(Connection {
        allowed: Allowed(args.allow_remote.clone()),
        headers: args.headers.iter().fold(http::HeaderMap::new(), |mut headers, (name, value)| {
            headers.append(name, value.clone());
            headers
        }),
        authorities,
        insecure: args.insecure,
    })
}
