//! `hookreel run`: play scenarios against a receiver and judge it.

use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::args::RunArgs;
use super::exec::{Group, Process, check_target};
use super::exit::{Exit, Refused};
use super::ledger::{Ending, Entry, Ledger, Screen};
use super::outputs::Outputs;
use super::plan::{known, millis};
use super::probe::Probe;
use super::programme::{Choice, Programme, Purpose};
use super::stage::{Stage, own_path};
use super::words::Words;
use super::{World, complain, secrets};
use crate::delivery::http::{Connection, Http};
use crate::delivery::target::Allowed;
use crate::delivery::{Journal, Lane, Matcher, Options, Parcel, Restart, Stop, Witness, deliver};
use crate::plan::Play;
use crate::record::{CallbackLine, Finding, Line, Outcome, Run, ScenarioLine};
use crate::scenario::Ordering;
use crate::verdict::{self, Expectation, Verdict};

/// Played when no path is given: one shipped scenario of each provider.
const SHOWN_FIRST: [&str; 2] = ["@huawei/normal", "@tencent/hls-resume-one-file"];

pub(super) fn run(args: &RunArgs, world: &World) -> Result<Exit, Refused> {
    let shown_first = SHOWN_FIRST.map(str::to_owned);
    let paths = if args.paths.is_empty() { shown_first.as_slice() } else { &args.paths };
    let choice = Choice { filter: args.filter.as_deref(), jobs: usize::from(args.jobs) };
    let mut programme = Programme::chosen(paths, &args.key, &args.time, world, choice)?;
    play(args, &mut programme).map(|(exit, _)| exit)
}

/// Plays a programme: connects, sends, judges and reports.
///
/// # Errors
/// Nothing was sent.
pub(super) fn play(args: &RunArgs, programme: &mut Programme) -> Result<(Exit, Run), Refused> {
    if args.receiver.exec.is_none() && programme.plays.iter().any(Play::restarts) {
        return Err(Refused::usage(
            "the fault `restart` takes --exec CMD, the command that starts the receiver; nothing was sent",
        ));
    }
    if let Some(timeout) = args.receiver.timeout {
        programme.plays.iter_mut().for_each(|play| play.policy.timeout = timeout);
    }
    if programme.purpose != Purpose::Shrink {
        warn(args, programme);
    }
    // One callback is on its way before a second thread has begun.
    let mut runtime = match programme.plays.iter().map(|play| play.callbacks.len()).sum::<usize>() {
        0..=1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime
        .enable_all()
        .build()
        .map_err(|error| Refused { exit: Exit::Internal, text: format!("error: cannot start: {error}\n") })?;
    let exit = runtime.block_on(perform(args, programme));
    // A name that is still being looked up would hold the process back.
    runtime.shutdown_background();
    exit
}

fn warn(args: &RunArgs, programme: &Programme) {
    for play in programme.plays.iter().filter(|play| programme.lacks_key(play)) {
        complain(&format!(
            "warning: {} [{}] is sent unsigned: there is no key\n",
            programme.path(play),
            play.provider.name
        ));
    }
    secrets::warn(&args.key, programme, args.receiver.target.is_some());
    if args.receiver.connection.insecure {
        complain("warning: certificates are not verified (--insecure)\n");
    }
}

async fn perform(args: &RunArgs, programme: &Programme) -> Result<(Exit, Run), Refused> {
    let connection = connection(args)?;
    let headers = connection.headers();
    let mut outputs = Outputs::open(args, programme)?;
    let allowed = connection.allowed.clone();
    let http = Http::new(connection).map_err(|error| Refused::usage(format!("--cacert: {error}")))?;
    let stage = Stage::set(args, programme).await?;
    http.prepare(&stage.target).map_err(|error| Refused::usage(format!("--cacert: {error}")))?;
    let process = Arc::new(Process::new(args.receiver.exec.clone(), stage.target.clone(), allowed.clone()));
    if args.receiver.target.is_some() {
        check_target(&stage.target, &allowed).await?;
        tokio::select! {
            ready = process.begin(args.receiver.wait_for) => ready?,
            // The command that was started ends with `process`.
            exit = next_signal() => return Ok((exit, Run::default())),
        }
    }
    outputs.begin_record()?;
    let (stop, stopping) = watch::channel(Stop::No);
    let shown = match programme.purpose {
        Purpose::Run => outputs.screen,
        Purpose::Audit => outputs.screen && args.output.verbose,
        Purpose::Shrink => false,
    };
    let screen = Screen::new(shown, args.output.quiet, args.output.verbose);
    let entries =
        programme.plays.iter().enumerate().map(|(index, play)| entry(programme, index, play)).collect();
    let unanswered = (programme.purpose == Purpose::Audit).then_some(HANGS);
    let ending = Ending { fail_fast: args.fail_fast, unanswered };
    let ledger = Ledger::new(entries, stage.receiver.clone(), outputs.record.take(), screen, (stop, ending));
    let ledger = Arc::new(ledger);
    tokio::spawn(heed_signals(ledger.clone(), process.group()));
    let mut sent = announce(args, programme, &stage, &ledger);
    if sent.is_ok() {
        let options = Options {
            speed: args.time.speed,
            jobs: usize::from(args.jobs),
            clock: programme.clock.clone(),
            headers: headers.into(),
            restart: args.receiver.exec.as_ref().map(|_| process.clone() as Arc<dyn Restart>),
        };
        let http = Arc::new(http);
        for batch in batches(programme, &stage, &http, &ledger) {
            // What is on the wire by script mostly waits; the rest is too quick to gain by company.
            let jobs = if batch.slow { options.jobs.max(SLOW_JOBS) } else { options.jobs };
            let options = Options { jobs, ..options.clone() };
            sent = deliver(batch.lanes, options, http.clone(), ledger.clone(), stopping.clone()).await;
            if sent.is_err() {
                break;
            }
        }
    }
    let (run, closed) = ledger.close();
    let exit = conclude(&run, sent.and(closed), &mut outputs);
    if let Some(status) = process.end().await {
        complain(&format!("warning: --exec: the command ended before the run did ({status})\n"));
    }
    stage.strike().await;
    Ok((signal(run.stopped.as_deref()).unwrap_or(exit), run))
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
    let counted: usize =
        Outcome::ALL.iter().map(|o| run.callbacks().filter(|c| c.outcome() == *o).count()).sum();
    if counted != run.callbacks().count() {
        complain("error: a callback has no outcome, or two; this is a fault of hookreel\n");
        return Exit::Internal;
    }
    // The receiver cannot be judged by a state that cannot be read.
    if run.scenarios.iter().flat_map(|scenario| &scenario.state).any(Finding::is_setup) {
        return Exit::Usage;
    }
    match verdict::on_run(run) {
        Verdict::Passed => Exit::Held,
        Verdict::NothingChecked => Exit::NothingChecked,
        Verdict::Failed if verdict::unreachable(run) => Exit::Unreachable,
        Verdict::Failed => Exit::Failed,
    }
}

/// The first signal stops the run in order, the second at once.
async fn heed_signals(ledger: Arc<Ledger>, group: Arc<Mutex<Option<Group>>>) {
    let exit = next_signal().await;
    ledger.stop(Stop::Now, if exit == Exit::Terminated { SIGTERM } else { SIGINT });
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

/// Slow lanes at once.
const SLOW_JOBS: usize = 8;

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

fn entry(programme: &Programme, index: usize, play: &Play) -> Entry {
    let files =
        play.callbacks.iter().filter_map(|callback| Some((callback.id.clone(), callback.file_key.clone()?)));
    Entry {
        expectation: Expectation { within: play.expect.within.map(|span| span.0), no: play.no() },
        files: files.collect(),
        taints: play.callbacks.iter().filter_map(|callback| callback.taint.clone()).collect(),
        path: own_path(index, play),
        place: programme.place(play, "broadcast"),
    }
}

/// Lanes that are delivered together.
struct Batch {
    lanes: Vec<Lane>,
    slow: bool,
}

/// All lanes in their order; of an audit first those that are quick, then those that take the receiver's own deadlines,
/// last those that restart it.
fn batches(programme: &Programme, stage: &Stage, http: &Arc<Http>, ledger: &Arc<Ledger>) -> Vec<Batch> {
    let lanes = lanes(programme, stage, http, ledger);
    if programme.purpose != Purpose::Audit {
        return vec![Batch { lanes, slow: false }];
    }
    let scripted = |lane: &Lane| lane.parcels.iter().any(|parcel| parcel.hardship.script.is_some());
    let restarts = |lane: &Lane| lane.parcels.iter().any(|parcel| parcel.hardship.restarts);
    let (alone, lanes): (Vec<_>, Vec<_>) = lanes.into_iter().partition(restarts);
    let (slow, quick) = lanes.into_iter().partition(scripted);
    let batch = |lanes, slow| Batch { lanes, slow };
    vec![batch(quick, false), batch(slow, true), batch(alone, false)]
}

fn lanes(programme: &Programme, stage: &Stage, http: &Arc<Http>, ledger: &Arc<Ledger>) -> Vec<Lane> {
    let lane = |(index, play): (usize, &Play)| {
        let parcels = play.callbacks.iter().map(|callback| Parcel {
            id: callback.id.clone(),
            due: callback.due,
            envelope: play.envelope(callback),
            hardship: callback.hardship.clone(),
            turn: callback.turn,
        });
        Lane {
            scenario: index,
            target: stage.target(index, play),
            signing: play.signing.clone(),
            policy: play.policy,
            accepts: Arc::new(play.accepts()),
            rejects: play.rejects().map(|rejects| Arc::new(rejects) as Matcher),
            in_order: play.ordering == Ordering::Stream,
            parcels: parcels.collect(),
            witness: witness(programme, (index, play), http, ledger),
        }
    };
    programme.plays.iter().enumerate().map(lane).collect()
}

/// Who asks the receiver's own API, if the scenario has questions.
fn witness(
    programme: &Programme,
    (scenario, play): (usize, &Play),
    http: &Arc<Http>,
    ledger: &Arc<Ledger>,
) -> Option<Arc<dyn Witness>> {
    let checks = play.expect.state.clone();
    let places = (0..checks.len()).map(|n| programme.place(play, &format!("expect.state[{n}]")));
    let probe = Probe {
        scenario,
        tolerant: programme.purpose == Purpose::Audit && scenario > 0,
        places: places.collect(),
        stream: play.stream.clone(),
        http: http.clone(),
        ledger: ledger.clone(),
        before: Mutex::default(),
        checks,
    };
    (!probe.checks.is_empty()).then(|| Arc::new(probe) as Arc<dyn Witness>)
}

/// Takes down everything that is planned, before anything is sent.
fn announce(args: &RunArgs, programme: &Programme, stage: &Stage, ledger: &Ledger) -> std::io::Result<()> {
    ledger.note(Line::Run(stage.header(programme, args)))?;
    for (index, play) in programme.plays.iter().enumerate() {
        let path = programme.path(play);
        let words = Words { args, programme, path };
        ledger.note(Line::Scenario(ScenarioLine {
            name: play.name.clone(),
            path: path.into(),
            provider: play.provider.name.into(),
            revision: play.revision.name.into(),
            rerun: words.rerun(),
        }))?;
        for callback in &play.callbacks {
            ledger.note(Line::Callback(CallbackLine {
                scenario: index,
                id: callback.id.clone(),
                event: callback.event.into(),
                class: callback.class,
                subject: callback.subject.clone(),
                faults: callback.faults.clone(),
                due_ms: millis(callback.due),
                why: callback.why.clone(),
                place: programme.place(play, &callback.step),
                accept: play.yes(),
                // What no client would send has no line for one.
                curl: match callback.hardship.touches(1) {
                    true => words.rerun(),
                    false => words.by_hand(&callback.id),
                },
                body: known(callback),
            }))?;
        }
    }
    Ok(())
}
