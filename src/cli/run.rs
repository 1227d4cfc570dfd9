//! `hookreel run`: play scenarios against a receiver and judge it.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::args::RunArgs;
use super::exec::{Process, ProcessEvents};
use super::exit::{Exit, Refused};
use super::failed::{self, Failed};
use super::held::Held;
use super::outputs::Outputs;
use super::planned::{self, Choice};
use super::screen::Screen;
use super::shell_commands::ShellCommands;
use super::signals::{self, Signals, heed};
use super::streamed_report::Both;
use super::waiting_line::WaitNotice;
use super::{ProcessContext, callback_url, complain, connection, preflight, secrets, shipped, targets};
use crate::delivery::http::Http;
use crate::delivery::{Restart, Stop};
use crate::plan::PlannedScenario;
use crate::play::{self, Destination, Ending, Observer, Planned, Purpose, RunJournal, Setup};
use crate::record::{Finding, Header, Line, LineWriter, RunRecord};
use crate::report::text::Detail;
use crate::stretch::first_line;
use crate::verdict::{self, Verdict};

/// Played when no path is given: a shipped scenario of huawei, and one of tencent.
const SHOWN_FIRST: [&str; 2] = ["@huawei/normal", "@tencent/hls-resume-one-file"];

pub(super) fn run(args: &RunArgs, context: &ProcessContext) -> Result<Exit, Refused> {
    let failed = args.failed.as_deref().map(Failed::read).transpose()?;
    let shown_first = SHOWN_FIRST.map(str::to_owned).to_vec();
    let (paths, time) = match &failed {
        Some(failed) => failed::filled(args, failed),
        None if args.paths.is_empty() => (shown_first, args.time.clone()),
        None => (args.paths.clone(), args.time.clone()),
    };
    let choice = Choice {
        filter: args.filter.as_deref(),
        jobs: usize::from(args.jobs),
        editions: args.editions.clone(),
        expects: Some(&args.expects),
    };
    let mut planned = planned::chosen(&paths, &args.key, &time, context, choice)?;
    failed.map_or(Ok(()), |failed| failed.leave(&mut planned))?;
    targets::settle(&mut planned, &args.receiver)?;
    let nothing_named = args.paths.is_empty() && args.failed.is_none();
    if nothing_named && (args.receiver.target.is_some() || args.receiver.exec.is_some()) {
        complain(&unnamed());
    }
    play(args, &mut planned).map(|(exit, _)| exit)
}

/// Note on a run that names no scenario: a receiver of another sender refuses what is played, or understands nothing of it.
fn unnamed() -> String {
    format!(
        "note: no scenario was named, so one of huawei and one of tencent is played; a receiver of one sender is tested with `hookreel \
         run @SENDER`: {}\n",
        shipped::senders().join(", ")
    )
}

/// Last lines of a record, made when the whole run is known.
pub(super) type Last<'a> = &'a dyn Fn(&RunRecord, &Planned) -> Vec<Line>;

/// Plays prepared scenarios: connects, sends, judges and reports.
///
/// # Errors
/// Nothing was sent.
pub(super) fn play(args: &RunArgs, planned: &mut Planned) -> Result<(Exit, RunRecord), Refused> {
    play_and(args, planned, &|_, _| Vec::new())
}

/// The same, with last lines of the record.
///
/// # Errors
/// Nothing was sent.
pub(super) fn play_and(
    args: &RunArgs,
    planned: &mut Planned,
    last: Last<'_>,
) -> Result<(Exit, RunRecord), Refused> {
    if args.receiver.exec.is_none() && planned.plays.iter().any(PlannedScenario::restarts) {
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
    let exit = runtime.block_on(perform(args, planned, last));
    // A name that is still being looked up would hold the process back.
    runtime.shutdown_background();
    exit
}

fn warn(args: &RunArgs, planned: &Planned) {
    warn_of_unsigned(planned);
    secrets::warn(&args.key, planned, args.receiver.target.is_some());
    callback_url::warn(&args.receiver, planned);
}

/// Warns of scenarios that are sent unsigned, though their sender signs.
pub(super) fn warn_of_unsigned(planned: &Planned) {
    let unsigned = planned.plays.iter().filter(|play| planned.lacks_key(play));
    let unsigned: BTreeSet<_> = unsigned.map(|play| (planned.path(play), play.provider.name)).collect();
    for (path, provider) in unsigned {
        complain(&format!("warning: {path} [{provider}] is sent unsigned: there is no key\n"));
    }
}

async fn perform(args: &RunArgs, planned: &Planned, last: Last<'_>) -> Result<(Exit, RunRecord), Refused> {
    let signals = Signals::listen();
    connection::keep_signatures(&args.receiver.connection, planned)?;
    let connection = connection::connection(&args.receiver.connection)?;
    let headers = connection.headers();
    let mut outputs = Outputs::open(args, planned)?;
    let http = Http::new(connection).map_err(|error| Refused::usage(format!("--cacert: {error}")))?;
    let http = Arc::new(http);
    let destination = destination(args, planned).await?;
    let ready = destination.targets().try_for_each(|target| http.prepare(target));
    ready.map_err(|error| Refused::usage(format!("--cacert: {error}")))?;
    let secrets = planned.secrets(destination.targets(), &args.receiver.connection.headers);
    let (process, mut events) = Process::new(args, destination.receivers(), http.clone(), secrets.clone());
    let elsewhere = args.receiver.target.is_some() || !args.receiver.named.is_empty();
    let early = match signals.before().await {
        None if elsewhere && !planned.plays.is_empty() => process.ready(&signals).await,
        early => Ok(early),
    };
    outputs.begin()?;
    let early = early.or_else(|refused| never_begun(refused, planned, &destination, &mut outputs))?;
    let (stop, _) = watch::channel(Stop::No);
    let journal = journal(args, planned, &destination, &mut outputs, stop)?;
    let journal = Arc::new(journal.with_printed(process.printed()));
    // A signal that came before the receiver was up: the reports say what was not sent.
    if let Some(exit) = early {
        journal.stop(Stop::Now, signals::name(exit));
    }
    let (told, group) = (journal.clone(), process.group());
    tokio::spawn(async move {
        heed(signals, &group, |exit| told.stop(Stop::Now, signals::name(exit))).await;
    });
    let setup = Setup {
        http,
        headers,
        jobs: usize::from(args.jobs),
        restart: args.receiver.exec.as_ref().map(|_| process.clone() as Arc<dyn Restart>),
        secrets,
    };
    let words = ShellCommands { args, planned };
    let playing = play::play(planned, &setup, &destination, &journal, &words);
    let speaks = planned.purpose == Purpose::Run && !args.output.quiet;
    let played = watched(playing, &mut events, &journal, &process, speaks).await;
    if played.is_err() {
        journal.stop(Stop::Now, "the run could not go on");
    }
    let (mut run, closed) = journal.close(|run| last(run, planned));
    let exit = conclude(&mut run, played.and(closed), &mut outputs);
    process.end().await;
    destination.close().await;
    Ok((exit, run))
}

/// A run whose receiver was not up: record and reports say so, so that none of an earlier run stays in their place.
fn never_begun<T>(
    refused: Refused,
    planned: &Planned,
    destination: &Destination,
    outputs: &mut Outputs,
) -> Result<T, Refused> {
    let why = first_line(&refused.text);
    let why = why.trim_start_matches("error: ").to_owned();
    let target = destination.targets().next().map_or_else(String::new, ToString::to_string);
    let lines = [
        Line::Run(Header { target, ..planned.header() }),
        Line::End { stopped: Some(why), never_began: true, at: planned.clock.now().to_string() },
    ];
    let (mut run, _) = recorded(lines, outputs);
    run.header.exit = Some(refused.exit.told());
    // What went wrong first is told, whatever else does.
    let _ = outputs.write(&run);
    Err(refused)
}

/// A run of which nothing was played, from the lines of its record, which are written.
fn recorded(
    lines: impl IntoIterator<Item = Line>,
    outputs: &mut Outputs,
) -> (RunRecord, std::io::Result<()>) {
    let mut record = outputs.record.take().map(LineWriter::new);
    let mut run = RunRecord::default();
    let mut written = Ok(());
    for line in lines {
        written = written.and_then(|()| record.as_mut().map_or(Ok(()), |record| record.write(&line)));
        run.apply(&line);
    }
    (run, written)
}

/// Plays, and records the changes of the receiver's process until shortly after the end.
async fn watched(
    playing: impl Future<Output = std::io::Result<()>>,
    events: &mut ProcessEvents,
    journal: &Arc<RunJournal>,
    process: &Arc<Process>,
    speaks: bool,
) -> std::io::Result<()> {
    tokio::pin!(playing);
    let mut waiting = WaitNotice::new(speaks);
    let mut reviving = JoinSet::new();
    let played = loop {
        tokio::select! {
            played = &mut playing => break played,
            Some(event) = events.recv() => {
                if event.is_end() {
                    journal.exchanges_of(event.at).await;
                }
                if journal.receiver(&event)? {
                    let (process, journal) = (process.clone(), journal.clone());
                    reviving.spawn(async move {
                        if let Err(why) = process.revive().await {
                            let why = why.trim_start_matches("error: ").trim_end();
                            let why = format!("the receiver could not be started again: {why}");
                            journal.stop(Stop::Drain, &why);
                        }
                    });
                }
            }
            () = waiting.tick(journal) => journal.idle(),
        }
    };
    // One that is still waited for holds up the end of whatever else was started.
    reviving.shutdown().await;
    process.settle().await;
    while let Ok(event) = events.try_recv() {
        journal.exchanges_of(event.at).await;
        journal.receiver(&event)?;
    }
    played
}

/// The user's receiver, or the embedded one.
pub(super) async fn destination(args: &RunArgs, planned: &Planned) -> Result<Destination, Refused> {
    let (sites, insecure) = (targets::own_addresses(planned), args.receiver.connection.insecure);
    let first = sites.first().cloned().flatten().filter(|_| sites.iter().all(Option::is_some));
    if let Some(target) = args.receiver.target.clone().or(first) {
        return Ok(Destination::given(target, insecure).with_sites(sites, insecure));
    }
    let failed = |error| Refused { exit: Exit::Internal, text: format!("error: cannot serve: {error}\n") };
    let embedded = Destination::embedded(planned).await.map_err(failed)?;
    Ok(embedded.with_sites(sites, false))
}

fn journal(
    args: &RunArgs,
    planned: &Planned,
    destination: &Destination,
    outputs: &mut Outputs,
    stop: watch::Sender<Stop>,
) -> Result<RunJournal, Refused> {
    let stream = outputs.stream()?;
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
    let mut screen = Screen::new(shown, detail);
    if planned.purpose == Purpose::Audit {
        screen = screen.of_audit(preflight::slow);
    }
    let ending = Ending {
        set_up: planned.purpose == Purpose::Run,
        fail_fast: args.fail_fast,
        alike: Some(args.max_failures).filter(|most| *most > 0 && planned.purpose == Purpose::Run),
        gone: gone(args, planned),
        deaths: (planned.purpose == Purpose::Audit).then_some(DEATHS),
        unanswered: Some(if planned.purpose == Purpose::Audit { HANGS } else { args.max_failures })
            .filter(|most| *most > 0 && planned.purpose != Purpose::Shrink),
    };
    let record = outputs.record.take().map(|file| Box::new(file) as Box<dyn std::io::Write + Send>);
    let observer: Box<dyn Observer> = match stream {
        Some(stream) => Box::new(Both(screen, stream)),
        None => Box::new(screen),
    };
    let observer = match args.receiver.exec {
        Some(_) => Box::new(Held::new(observer)),
        None => observer,
    };
    Ok(RunJournal::new(planned, destination, stop, ending).recorded(record).observed(observer))
}

/// Number of callbacks that find nobody after which the receiver is taken for gone. One that is started again may come back.
fn gone(args: &RunArgs, planned: &Planned) -> Option<u32> {
    let restarts = args.receiver.exec.is_some() || planned.keep_going;
    let most = if planned.purpose == Purpose::Audit { HANGS } else { args.max_failures };
    Some(most).filter(|most| *most > 0 && !restarts)
}

/// The reports, and the exit code that the run alone deserves.
fn conclude(run: &mut RunRecord, taken_down: std::io::Result<()>, outputs: &mut Outputs) -> Exit {
    let exit = self::exit(run);
    run.header.exit = Some(if taken_down.is_ok() { exit } else { Exit::Internal }.told());
    if let Err(error) = outputs.write(run) {
        complain(&format!("error: {error}\n"));
        return Exit::Internal;
    }
    if let Err(error) = taken_down {
        complain(&format!("error: the record could not be written, so the run was ended: {error}\n"));
        return Exit::Internal;
    }
    exit
}

/// The reports of prepared scenarios of which nothing can be played, and its record.
///
/// # Errors
/// One of them cannot be written.
pub(super) fn unplayed(
    args: &RunArgs,
    planned: &Planned,
    last: Vec<Line>,
) -> Result<(Exit, RunRecord), Refused> {
    let mut outputs = Outputs::open(args, planned)?;
    outputs.begin()?;
    let target = args.receiver.target.as_ref().map_or_else(String::new, ToString::to_string);
    let command = ShellCommands { args, planned }.rerun("");
    let begin = Line::Run(Header { target, command, ..planned.header() });
    let end = Line::End { stopped: None, never_began: false, at: planned.clock.now().to_string() };
    let lines = std::iter::once(begin).chain(last).chain([end]);
    let (mut run, written) = recorded(lines, &mut outputs);
    Ok((conclude(&mut run, written, &mut outputs), run))
}

/// The exit code of a run, from what is known of it when it is over.
pub(super) fn exit(run: &RunRecord) -> Exit {
    signals::exit(run.stopped.as_deref()).unwrap_or_else(|| deserved(run))
}

/// The exit code by the verdict.
fn deserved(run: &RunRecord) -> Exit {
    if let Some(why) = verdict::miscounted(run) {
        complain(&format!("error: {why}\n"));
        return Exit::Internal;
    }
    // A mistake of the set-up says nothing about the receiver; a handshake that it fails does.
    let failed = run.callbacks().any(|callback| callback.findings.iter().any(|finding| !finding.ok));
    if run.cases.is_empty()
        && !failed
        && run.scenarios.iter().flat_map(|scenario| &scenario.state).any(Finding::is_setup)
    {
        return Exit::Usage;
    }
    match verdict::on_run(run) {
        // Of an audit: its set-up is wrong, or the receiver went away before every case was played.
        Verdict::Incomplete if !run.cases.is_empty() && run.ended && run.lost == 0 => {
            match preflight::state_is_wrong(run) {
                true => Exit::Usage,
                false => Exit::Unreachable,
            }
        }
        Verdict::Passed => Exit::Passed,
        Verdict::NothingChecked => Exit::NothingChecked,
        Verdict::Failed if verdict::unreachable(run) => Exit::Unreachable,
        Verdict::Failed | Verdict::Incomplete => Exit::Failed,
    }
}

/// Cases that end the receiver's process after which an audit is over.
const DEATHS: u32 = 15;

/// Plain callbacks without an answer after which an audit takes it that the receiver hangs.
const HANGS: u32 = 5;
