//! `hookreel load`: many broadcasts at once, on schedule, measured.

mod clocks;
mod command;
mod flags;
mod journal;
mod limit;
mod metrics;
mod plan;

use std::mem::take;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use super::args::{ExpectArgs, LoadArgs, LoadFlags, RunArgs, TimeArgs};
use super::exec::{Process, ReceiverWatch};
use super::exit::{Exit, Refused};
use super::load_progress::Live;
use super::outputs::Outputs;
use super::planned::Choice;
use super::report::{of_load, of_search};
use super::run::{destination, warn_of_unsigned};
use super::signals::{self, Guard, Signals, heed};
use super::values::Seed;
use super::{ProcessContext, callback_url, complain, connection, planned, secrets};
use crate::delivery::dial::{make_room, most_connections};
use crate::delivery::http::Http;
use crate::delivery::target::Allowed;
use crate::load::learned::LearnedScenario;
use crate::load::{self, FaultDraw, NoRoute, Route};
use crate::play::Destination;
use crate::record::load::{SearchRecord, Tally};
use crate::record::{Line, NO_KEY, Outcome, TroubleKind};
use crate::report::inert;
use crate::speed::Speed;
use crate::stretch::first_line;
use crate::verdict::cause::of_trouble;
use crate::verdict::threshold::{Threshold, ThresholdSubject};
use clocks::awake;
use command::command;
use flags::{check_bursts, check_shares, share};
use journal::{LoadJournal, close};
use metrics::Metrics;
pub(in crate::cli) use metrics::MetricsTo;
use plan::{Plan, ends};

/// Time limit for the first connection to a receiver, if no flag sets one.
const PATIENCE: Duration = Duration::from_secs(5);
/// Time from the last preparation to the first callback; every thread has started by then.
const RUN_UP: Duration = Duration::from_millis(20);

pub(super) fn run(mut args: LoadArgs, context: &ProcessContext) -> Result<Exit, Refused> {
    let share = share(&args.asked, context)?;
    // Shards that drew different seeds would announce the same broadcasts with different ids.
    let seed = args.seed.unwrap_or(if share.of > 1 { Seed::Fixed(1) } else { Seed::Random });
    let time = TimeArgs { seed: Some(seed), now: args.now, speed: Speed::Max };
    if args.asked.find_limit {
        limit::fit(&mut args.asked)?;
    }
    for threshold in &args.asked.threshold {
        threshold.fits(args.asked.shape().is_some()).map_err(Refused::usage)?;
    }
    check_bursts(&args.asked)?;
    check_shares(&args.asked, share)?;
    let expects = ExpectArgs { expect: args.asked.expect.clone(), ..ExpectArgs::default() };
    let choice = Choice { editions: args.editions.clone(), expects: Some(&expects), ..Choice::default() };
    let mut prepared = planned::chosen(std::slice::from_ref(&args.path), &args.key, &time, context, choice)?;
    if prepared.loaded.len() != 1 {
        let count = prepared.loaded.len();
        let names: Vec<String> =
            prepared.loaded.iter().take(3).map(|loaded| inert(&loaded.document.source.name)).collect();
        let names = names.join(", ");
        return Err(Refused::usage(format!(
            "`{}` is {count} scenarios; a load is one of them: {names}{}",
            args.path,
            if count > 3 { ", ..." } else { "" }
        )));
    }
    planned::settle(&prepared, &args.key, args.receiver.target.is_some())?;
    callback_url::warn(&args.receiver, &prepared);
    warn_of_unsigned(&prepared);
    prepared.command = Some(command(&args));
    prepared.key = secrets::origin(&args.key, &prepared);
    if prepared.plays.iter().all(|play| play.signing.is_none()) {
        prepared.key = NO_KEY.into();
    }
    let LoadArgs { asked, editions, key, receiver, output, .. } = args;
    let args = RunArgs { editions, expects, ..RunArgs::of(key, time, receiver, output) };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Refused { exit: Exit::Internal, text: format!("error: cannot start: {error}\n") })?;
    let awake = awake(&asked);
    let secrets = prepared.secrets(&args.receiver.target, &args.receiver.connection.headers);
    let plan = Plan { asked, args, prepared, share, step: None, awake, secrets };
    let exit = runtime.block_on(perform(plan, context));
    runtime.shutdown_background();
    exit
}

/// All thresholds would hold if every callback failed.
fn failures_are_fine(args: &LoadFlags) -> bool {
    let count = 1_000_000;
    let all = |outcome| {
        let seen = Tally {
            planned: count,
            sent: count,
            unexpected: count,
            outcomes: [(outcome, count)].into(),
            ..Tally::default()
        };
        let counts = |threshold: &&Threshold| matches!(threshold.part(), ThresholdSubject::Count);
        args.threshold.iter().any(Threshold::names_errors)
            && args.threshold.iter().filter(counts).all(|threshold| threshold.judge(&seen).ok)
    };
    [Outcome::Rejected, Outcome::GaveUp, Outcome::InDoubt].into_iter().any(all)
}

async fn perform(plan: Plan, context: &ProcessContext) -> Result<Exit, Refused> {
    let signals = Signals::listen();
    let Plan { args, prepared, .. } = &plan;
    connection::keep_signatures(&args.receiver.connection, prepared)?;
    let connection = connection::connection(&args.receiver.connection)?;
    let mut outputs = Outputs::open(args, prepared)?;
    let (asked, allowed) = (&plan.asked, &args.receiver.connection.allow_remote);
    let metrics = Metrics::open(&asked.metrics, asked.metrics_public, &Allowed(allowed.clone()))?;
    let destination = destination(args, prepared).await?;
    let http = Http::new(connection.clone()).map_err(|error| Refused::usage(format!("--cacert: {error}")))?;
    let (process, events) = Process::new(args, destination.receivers(), Arc::new(http), plan.secrets.clone());
    let scenarios = plan.scenarios(&destination, &connection, context)?;
    let early = match signals.before().await {
        None if args.receiver.target.is_some() => process.ready(&signals).await,
        early => Ok(early),
    };
    let early =
        early.or_else(|refused| never_begun(refused, &plan, (&destination, &scenarios), &mut outputs))?;
    if early.is_some() || scenarios.is_empty() {
        let stopped = early.map(|exit| signals::name(exit).to_owned());
        return unsent(&plan, &destination, &scenarios, &mut outputs, plan.end(stopped));
    }
    make_room(plan.files(&destination)).map_err(|why| no_room(&why, &destination))?;
    let (target, to) = (destination.target.clone(), connection.clone());
    let patience = args.receiver.timeout.unwrap_or(PATIENCE);
    let found = tokio::select! {
        found = tokio::task::spawn_blocking(move || load::find(&target, &to, patience)) => found,
        exit = signals.next() => {
            process.end().await;
            let end = plan.end(Some(signals::name(exit).to_owned()));
            return unsent(&plan, &destination, &scenarios, &mut outputs, end);
        }
    };
    let found = found.map_err(|panicked| internal(&panicked.to_string()))?.map_err(refusal);
    let way =
        found.or_else(|refused| never_begun(refused, &plan, (&destination, &scenarios), &mut outputs))?;
    let (stop, signal) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU8::new(0)));
    tokio::spawn(heed_signals((signals, process.group()), stop.clone(), signal.clone()));
    let receiver = ReceiverWatch { process, events };
    let mut around = LoadSurroundings { stop, signal, metrics, receiver };
    outputs.begin()?;
    let exit = if plan.asked.find_limit {
        let ground = limit::Ground { destination: &destination, connection: &connection, way: &way, context };
        limit::search(plan, ground, &mut outputs, &mut around).await?
    } else {
        let fault_draw = plan.fault_draw(&destination, &connection, context)?;
        let learned = LearnedLoad { scenarios, fault_draw, way };
        send(&plan, learned, &destination, &mut outputs, &mut around).await?
    };
    around.receiver.process.end().await;
    destination.close().await;
    Ok(exit)
}

/// Message about open files that are too few, and what helps.
fn no_room(why: &str, destination: &Destination) -> Refused {
    let helps = match most_connections(ends(destination)) {
        Some(most) => format!("; `--connections {most}` fits, or raise the limit"),
        None => "; raise the limit: fewer --connections N alone do not fit".into(),
    };
    Refused::usage(format!("{why}{helps}"))
}

/// Message about a receiver that cannot be connected to.
fn refusal(no_route: NoRoute) -> Refused {
    match no_route {
        NoRoute::Refused(why) => Refused::usage(why),
        NoRoute::Insecure(why) => {
            let text = format!("error: {}; nothing was sent\n", why.trim_end_matches('.'));
            Refused { exit: Exit::Unreachable, text }
        }
        NoRoute::Unreachable(why) => unreachable(&why, None),
        NoRoute::NotTaken(why) => unreachable(&why, of_trouble(TroubleKind::NotTaken, false)),
    }
}

fn unreachable(why: &str, cause: Option<&str>) -> Refused {
    let cause = cause.map_or_else(String::new, |cause| format!("  likely cause: {cause}\n"));
    let text = format!("error: nobody takes a connection: {why}; nothing was sent\n{cause}");
    Refused { exit: Exit::Unreachable, text }
}

/// The reports of a load of which nothing was sent: nothing becomes due, or a signal came before the receiver was up.
fn unsent(
    plan: &Plan,
    destination: &Destination,
    scenarios: &[LearnedScenario],
    outputs: &mut Outputs,
    end: Line,
) -> Result<Exit, Refused> {
    outputs.begin()?;
    if scenarios.is_empty() && matches!(end, Line::End { stopped: None, .. }) {
        let path = plan.prepared.loaded.first().map_or("", |loaded| loaded.document.source.name.as_str());
        complain(&format!("error: no callback follows from `{path}`\n"));
    }
    let mut journal = LoadJournal::new(outputs, Live::new(true), Metrics::default())?;
    let [header, mut asked] = plan.announce(destination, scenarios);
    if let (Line::Load(asked), true) = (&mut asked, plan.asked.find_limit) {
        asked.step = Some(plan.first_step());
    }
    let mut search = SearchRecord::default();
    for line in [header, asked, end] {
        journal.note(&line);
        search.apply(&line);
    }
    journal.run.header.exit = Some(of_load(&journal.run).told());
    search.header.exit = Some(of_search(&search).told());
    if plan.asked.find_limit {
        let closed = close(&journal, Ok(()), outputs, |format| format.render(&search));
        return Ok(closed.unwrap_or_else(|| of_search(&search)));
    }
    let closed = close(&journal, Ok(()), outputs, |format| format.render(&journal.run));
    Ok(closed.unwrap_or_else(|| of_load(&journal.run)))
}

/// A load whose receiver was not up: record and reports say so, so that none of an earlier load stays in their place.
fn never_begun<T>(
    refused: Refused,
    plan: &Plan,
    load: (&Destination, &[LearnedScenario]),
    outputs: &mut Outputs,
) -> Result<T, Refused> {
    if refused.exit == Exit::Unreachable {
        let why = first_line(&refused.text);
        // The message says it on the screen, and nothing that is written says more.
        outputs.screen = false;
        let end = plan.never_began(why.trim_start_matches("error: "));
        let _ = unsent(plan, load.0, load.1, outputs, end);
    }
    Err(refused)
}

/// Surroundings of a load: signals that stop it, metrics that are shown of it, and the receiver's process.
struct LoadSurroundings {
    /// Ends it in order.
    stop: Arc<AtomicBool>,
    /// Exit code of the signal that came; 0 = none.
    signal: Arc<AtomicU8>,
    metrics: Metrics,
    receiver: ReceiverWatch,
}

/// A load that was learnt, ready to be sent.
struct LearnedLoad {
    scenarios: Vec<LearnedScenario>,
    fault_draw: Option<FaultDraw>,
    way: Route,
}

async fn send(
    plan: &Plan,
    learned: LearnedLoad,
    destination: &Destination,
    outputs: &mut Outputs,
    around: &mut LoadSurroundings,
) -> Result<Exit, Refused> {
    let LearnedLoad { scenarios, fault_draw, way } = learned;
    let metrics = take(&mut around.metrics);
    let mut journal = LoadJournal::new(outputs, Live::new(plan.args.output.quiet), metrics)?;
    plan.announce(destination, &scenarios).into_iter().for_each(|line| journal.note(&line));
    // What cannot be recorded is not sent.
    let stop = around.stop.clone();
    stop.fetch_or(journal.lost.is_some(), Ordering::Relaxed);
    let (load, begin) = (plan.load(scenarios, fault_draw), plan.begin());
    let first = load.first.clone();
    journal.live.expect(&journal.run, begin.saturating_duration_since(load::now()));
    let sent = tokio::task::spawn_blocking(move || {
        let sent = load::send(&load, &way, begin, &stop, |second, tally| {
            let tally = journal.second(second, tally);
            journal.live.tell(&journal.run);
            journal.watch(&stop);
            tally
        });
        (journal, sent)
    });
    let (mut journal, sent) = sent.await.map_err(|panicked| internal(&panicked.to_string()))?;
    // What had sent all that was asked for was not stopped early.
    let all = plan.asked.count.is_some_and(|count| journal.run.total.planned >= count);
    let alike = || first.stopped().filter(|_| !all);
    let stopped = named(&around.signal).or_else(|| journal.given_up.clone()).or_else(alike);
    journal.receiver(&mut around.receiver, begin).await;
    journal.note(&plan.end(stopped));
    journal.run.header.exit = Some(of_load(&journal.run).told());
    let closed = close(&journal, sent, outputs, |format| format.render(&journal.run));
    Ok(closed.unwrap_or_else(|| of_load(&journal.run)))
}

/// The signal that came, if one did.
fn named(signal: &AtomicU8) -> Option<String> {
    let came = signal.load(Ordering::Relaxed);
    let all = [Exit::HungUp, Exit::Interrupted, Exit::Terminated];
    all.into_iter().find(|exit| *exit as u8 == came).map(|exit| signals::name(exit).to_owned())
}

fn internal(why: &str) -> Refused {
    Refused { exit: Exit::Internal, text: format!("error: {why}\n") }
}

/// The first signal stops the load in order, the second at once.
async fn heed_signals(guard: Guard, stop: Arc<AtomicBool>, signal: Arc<AtomicU8>) {
    let (signals, group) = guard;
    heed(signals, &group, |exit| {
        signal.store(exit as u8, Ordering::Relaxed);
        stop.store(true, Ordering::Relaxed);
    })
    .await;
}
