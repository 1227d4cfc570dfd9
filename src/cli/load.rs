//! `hookreel load`: many broadcasts at once, on schedule, measured.

mod clocks;
mod command;
mod flags;
mod journal;
mod limit;
mod metrics;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};

use clap::ValueEnum;

use super::args::{
    Distribution, LoadArgs, LoadFlags, Precision, RetryMode, RunArgs, Shown, Start, TimeArgs, show_burst,
};
use super::exec::Process;
use super::exit::{Exit, Refused};
use super::live::Live;
use super::outputs::Outputs;
use super::report::of_load;
use super::run::destination;
use super::shell_commands::ShellCommands;
use super::signals::{self, Guard, Signals, heed};
use super::values::Seed;
use super::{ProcessContext, callback_url, complain, connection, planned, secrets};
use crate::delivery::attempt::raw_request;
use crate::delivery::clock::Clock;
use crate::delivery::dial::{OTHERS, make_room};
use crate::delivery::http::{ConnectionSettings, Http};
use crate::delivery::target::Allowed;
use crate::lifecycle::draw::Draws;
use crate::load::broadcasts::Phase;
use crate::load::first::FirstCallbacks;
use crate::load::learned::{LearnedScenario, events, learn};
use crate::load::os::{Awake, TIMERS};
use crate::load::pace::{Arrivals, LoadSchedule, Share};
use crate::load::template::RequestTemplate;
use crate::load::{self, FaultDraw, Load, NoRoute, Pacing, Route};
use crate::masking::Secrets;
use crate::plan::{PlannedScenario, name_of};
use crate::play::{Destination, Planned};
use crate::problem::render;
use crate::provider::signature::SignedMessage;
use crate::record::load::{LoadLine, StepLine, Tally};
use crate::record::{Line, Outcome};
use crate::report::inert;
use crate::speed::Speed;
use crate::verdict::Expectation;
use crate::verdict::threshold::{Threshold, ThresholdSubject};
use clocks::{awake, stamped};
use command::command;
use flags::{check_bursts, check_shares, share};
use journal::{LoadJournal, close};
use metrics::Metrics;
pub(in crate::cli) use metrics::MetricsTo;

/// Up to this rate one thread keeps the schedule best.
const ONE_THREAD: f64 = 50_000.0;
/// The window of economy.
const WINDOW: Duration = Duration::from_millis(1);
/// Time limit for the first connection to a receiver, if no flag sets one.
const PATIENCE: Duration = Duration::from_secs(5);
/// Time from the last preparation to the first callback; every thread has started by then.
const RUN_UP: Duration = Duration::from_millis(20);

/// A load that is about to be sent.
struct Plan {
    asked: LoadFlags,
    args: RunArgs,
    prepared: Planned,
    share: Share,
    /// It is a step of a search.
    step: Option<StepLine>,
    /// Processors may be kept awake, and an exact schedule is to be kept.
    awake: Option<Arc<Awake>>,
    /// Secrets that no kept answer may contain.
    secrets: Secrets,
}

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
    let mut prepared =
        planned::all(std::slice::from_ref(&args.path), (&args.key, &time), context, &args.editions)?;
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
    prepared.command = Some(command(&args));
    prepared.key = secrets::origin(&args.key, &prepared);
    let LoadArgs { asked, editions, key, receiver, output, .. } = args;
    let args = RunArgs { editions, ..RunArgs::of(key, time, receiver, output) };
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
    let (process, mut events) =
        Process::new(&args.receiver, destination.receivers(), Arc::new(http), plan.secrets.clone());
    let early = match signals.before().await {
        None if args.receiver.target.is_some() => process.ready(&signals).await?,
        early => early,
    };
    let scenarios = plan.scenarios(&destination, &connection, context)?;
    if early.is_some() || scenarios.is_empty() {
        let stopped = early.map(|exit| signals::name(exit).to_owned());
        return unsent(&plan, (&destination, &scenarios), &mut outputs, stopped);
    }
    make_room(plan.files(&destination)).map_err(Refused::usage)?;
    let (target, to) = (destination.target.clone(), connection.clone());
    let patience = args.receiver.timeout.unwrap_or(PATIENCE);
    let found = tokio::select! {
        found = tokio::task::spawn_blocking(move || load::find(&target, &to, patience)) => found,
        exit = signals.next() => {
            process.end().await;
            return unsent(&plan, (&destination, &scenarios), &mut outputs, Some(signals::name(exit).to_owned()));
        }
    };
    let way = match found.map_err(|panicked| internal(&panicked.to_string()))? {
        Ok(way) => way,
        Err(NoRoute::Refused(why)) => return Err(Refused::usage(why)),
        Err(NoRoute::Insecure(why)) => {
            let text = format!("error: {}; nothing was sent\n", why.trim_end_matches('.'));
            return Err(Refused { exit: Exit::Unreachable, text });
        }
        Err(NoRoute::Unreachable(why)) => {
            let text = format!("error: nobody takes a connection: {why}; nothing was sent\n");
            return Err(Refused { exit: Exit::Unreachable, text });
        }
    };
    let guard = (signals, process.group());
    outputs.begin_record()?;
    let exit = if plan.asked.find_limit {
        let ground = limit::Ground { destination: &destination, connection: &connection, way: &way, context };
        limit::search(plan, ground, &mut outputs, (guard, metrics)).await?
    } else {
        let fault_draw = plan.fault_draw(&destination, &connection, context)?;
        send(&plan, (scenarios, fault_draw), (&destination, way), &mut outputs, (guard, metrics)).await?
    };
    let ended = process.conclude(&mut events).await;
    destination.close().await;
    Ok(if ended && exit == Exit::Passed { Exit::Failed } else { exit })
}

/// The reports of a load of which nothing was sent: nothing becomes due, or a signal came before the receiver was up.
fn unsent(
    plan: &Plan,
    (destination, scenarios): (&Destination, &[LearnedScenario]),
    outputs: &mut Outputs,
    stopped: Option<String>,
) -> Result<Exit, Refused> {
    outputs.begin_record()?;
    if scenarios.is_empty() {
        let path = plan.prepared.loaded.first().map_or("", |loaded| loaded.document.source.name.as_str());
        complain(&format!("error: no callback follows from `{path}`\n"));
    }
    let mut journal = LoadJournal::new(outputs, Live::new(true), Metrics::default())?;
    plan.announce(destination, scenarios)
        .into_iter()
        .chain([plan.end(stopped)])
        .for_each(|line| journal.note(&line));
    let closed = close(&journal, Ok(()), outputs, |format| format.render(&journal.run));
    Ok(closed.unwrap_or_else(|| of_load(&journal.run)))
}

async fn send(
    plan: &Plan,
    (scenarios, fault_draw): (Vec<LearnedScenario>, Option<FaultDraw>),
    (destination, way): (&Destination, Route),
    outputs: &mut Outputs,
    (guard, metrics): (Guard, Metrics),
) -> Result<Exit, Refused> {
    let mut journal = LoadJournal::new(outputs, Live::new(plan.args.output.quiet), metrics)?;
    plan.announce(destination, &scenarios).into_iter().for_each(|line| journal.note(&line));
    // What cannot be recorded is not sent.
    let stop = Arc::new(AtomicBool::new(journal.lost.is_some()));
    let signal = Arc::new(AtomicU8::new(0));
    tokio::spawn(heed_signals(guard, stop.clone(), signal.clone()));
    let (load, begin) = (plan.load(scenarios, fault_draw), plan.begin());
    let first = load.first.clone();
    journal.live.expect(&journal.run, begin.saturating_duration_since(load::now()));
    let sent = tokio::task::spawn_blocking(move || {
        let sent = load::send(&load, &way, (begin, &stop), |second, tally| {
            let tally = journal.second(second, tally);
            journal.live.tell(&journal.run);
            journal.watch(&stop);
            tally
        });
        (journal, sent)
    });
    let (mut journal, sent) = sent.await.map_err(|panicked| internal(&panicked.to_string()))?;
    let stopped = named(&signal).or_else(|| journal.given_up.clone()).or_else(|| first.stopped());
    journal.note(&plan.end(stopped));
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
async fn heed_signals((signals, group): Guard, stop: Arc<AtomicBool>, signal: Arc<AtomicU8>) {
    heed(signals, &group, |exit| {
        signal.store(exit as u8, Ordering::Relaxed);
        stop.store(true, Ordering::Relaxed);
    })
    .await;
}

impl Plan {
    fn scenarios(
        &self,
        destination: &Destination,
        connection: &ConnectionSettings,
        context: &ProcessContext,
    ) -> Result<Vec<LearnedScenario>, Refused> {
        if destination.target.url.scheme() == "https" {
            // Says what is wrong with the authorities, if anything is.
            let http = Http::new(connection.clone());
            let ready = http.and_then(|http| http.prepare(&destination.target));
            ready.map_err(|error| Refused::usage(format!("--cacert: {error}")))?;
        }
        let Some(loaded) = self.prepared.loaded.first() else { return Ok(Vec::new()) };
        let headers = connection.headers();
        let head = |(index, play): (usize, &PlannedScenario), own: &[_], length: usize| {
            let body = vec![0; length].into();
            raw_request(
                &destination.of(index, play),
                &headers,
                SignedMessage { body, headers: own.to_vec(), signature: String::new(), beside: Vec::new() },
            )
            .head()
        };
        let host = |(index, play): (usize, &PlannedScenario)| destination.of(index, play).host().to_owned();
        let learnt = learn(loaded, &self.prepared.conditions, head, host).map_err(|problems| Refused {
            exit: Exit::Usage,
            text: render(&loaded.document.source, &problems, context.colour),
        });
        let mut scenarios = learnt?;
        if let Some(timeout) = self.args.receiver.timeout {
            scenarios.iter_mut().for_each(|learned| learned.policy.timeout = timeout);
        }
        Ok(scenarios)
    }

    fn fault_draw(
        &self,
        destination: &Destination,
        connection: &ConnectionSettings,
        context: &ProcessContext,
    ) -> Result<Option<FaultDraw>, Refused> {
        let Planned { loaded, plays, conditions, .. } = &self.prepared;
        let Some(loaded) = loaded.first() else { return Ok(None) };
        let targets = plays.iter().enumerate().map(|(index, play)| destination.of(index, play)).collect();
        FaultDraw::of(loaded, conditions, targets, (connection, self.args.receiver.timeout)).map_err(
            |problems| {
                let problems: Vec<_> =
                    problems.into_iter().map(|problem| loaded.document.point(problem)).collect();
                Refused {
                    exit: Exit::Usage,
                    text: render(&loaded.document.source, &problems, context.colour),
                }
            },
        )
    }

    /// Open at once at most: of the embedded receiver, both ends of each connection.
    fn files(&self, destination: &Destination) -> usize {
        let ends = if destination.receiver.is_some() { 2 } else { 1 };
        let connections = usize::try_from(self.connections()).unwrap_or(usize::MAX);
        connections.saturating_mul(ends).saturating_add(OTHERS)
    }

    fn connections(&self) -> u64 {
        self.asked.connections.unwrap_or(if self.asked.shape().is_some() { 1000 } else { 64 })
    }

    fn broadcasts(&self) -> u64 {
        self.asked.broadcasts.unwrap_or(if self.asked.shape().is_some() { 1000 } else { self.connections() })
    }

    fn threads(&self) -> u64 {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        let mine = self.asked.fastest().map(|rate| rate / self.share.of as f64);
        let threads =
            self.asked.threads.unwrap_or(if mine.is_some_and(|rate| rate <= ONE_THREAD) { 1 } else { cores });
        // Each has a connection and a broadcast of its own: more threads would be more of them than was asked for.
        threads.min(self.connections().min(self.broadcasts()) / self.share.of).max(1)
    }

    fn load(&self, scenarios: Vec<LearnedScenario>, fault_draw: Option<FaultDraw>) -> Load {
        let args = &self.asked;
        Load {
            scenarios,
            fault_draw,
            schedule: args.shape().map(|rate| LoadSchedule::new(rate, &args.burst, args.duration)),
            arrivals: match args.arrivals {
                Distribution::Constant => Arrivals::Constant,
                Distribution::Poisson => Arrivals::Poisson,
            },
            pacing: match args.pacing {
                Precision::Exact => Pacing::Exact,
                Precision::Spin => Pacing::Spin,
                Precision::Economy => Pacing::Economy(WINDOW),
            },
            awake: self.awake.clone(),
            broadcasts: self.broadcasts(),
            phase: match args.phase {
                Start::Spread => Phase::Spread,
                Start::Together => Phase::Together,
            },
            connections: self.connections(),
            threads: self.threads(),
            count: args.count,
            duration: args.duration,
            drain: args.drain,
            retries: args.retries == RetryMode::Provider,
            first: FirstCallbacks::new(self.max_failures()),
            share: self.share,
            draws: Draws::new(self.prepared.conditions.seed).within("load"),
            wall: self.prepared.clock.clone(),
            secrets: self.secrets.clone(),
        }
    }

    /// Number of first callbacks that fail alike and end the load; 0 = never.
    fn max_failures(&self) -> u64 {
        if failures_are_fine(&self.asked) { 0 } else { self.asked.max_failures }
    }

    /// Due time of the first callback.
    fn begin(&self) -> Instant {
        let soon = load::now() + RUN_UP;
        let Some(at) = self.asked.start_at else { return soon };
        // Shards meet in real time, also when they sign with a frozen one.
        match Duration::try_from(at - Clock::system().now()) {
            Ok(ahead) => load::now() + ahead,
            Err(_) => {
                complain(&format!("warning: --start-at {at} has passed; this part begins late\n"));
                soon
            }
        }
    }

    /// Last line of its record.
    fn end(&self, stopped: Option<String>) -> Line {
        Line::End { stopped, at: self.prepared.clock.now().to_string() }
    }

    fn announce(&self, destination: &Destination, scenarios: &[LearnedScenario]) -> [Line; 2] {
        let Self { asked, args, prepared, share, .. } = self;
        let plays = || prepared.plays.iter().filter(|play| !play.callbacks.is_empty());
        let largest =
            scenarios.iter().flat_map(|learned| learned.templates.iter().map(RequestTemplate::length)).max();
        let path = prepared.loaded.first().map_or("", |loaded| loaded.document.source.name.as_str());
        let words = ShellCommands { args, planned: prepared };
        let line = LoadLine {
            name: prepared.loaded.first().map_or_else(String::new, name_of),
            path: path.to_owned(),
            providers: plays().map(|play| play.by()).collect(),
            accept: plays().map(|p| self.secrets.masked(&Expectation::of(p).acknowledgement())).collect(),
            callbacks: scenarios.iter().map(|learned| learned.templates.len() as u64).collect(),
            events: events(scenarios).into_iter().map(str::to_owned).collect(),
            request_bytes: largest.unwrap_or_default() as u64,
            rate: Shown(asked.shape()).to_string(),
            open: asked.shape().is_some(),
            arrivals: word(&asked.arrivals),
            phase: word(&asked.phase),
            bursts: asked.burst.iter().map(show_burst).collect(),
            duration_s: asked.duration.as_secs_f64(),
            broadcasts: self.broadcasts(),
            connections: self.connections(),
            threads: self.threads(),
            pacing: word(&asked.pacing),
            awake: self.awake.is_some(),
            timers: TIMERS.into(),
            stamped: stamped(asked, destination.target.url.scheme()),
            retries: word(&asked.retries),
            shard: (share.index + 1, share.of),
            faults: prepared.loaded.first().map_or_else(Vec::new, |loaded| {
                let entries = loaded.scenario.faults.iter().enumerate();
                entries.flat_map(|(at, entry)| entry.wanted(at)).map(|wanted| wanted.name).collect()
            }),
            thresholds: asked.threshold.iter().map(ToString::to_string).collect(),
            rerun: words.rerun(path),
            once: words.once(path),
            max_failures: self.max_failures(),
            step: self.step,
        };
        [Line::Run(destination.header(prepared)), Line::Load(line)]
    }
}

/// The word that a flag takes.
fn word(value: &impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}
