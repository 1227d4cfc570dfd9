//! Plan of a load: from its flags, its scenarios and the machine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use super::clocks::stamped;
use super::{RUN_UP, failures_are_fine};
use crate::cli::args::{Distribution, LoadFlags, Precision, RetryMode, RunArgs, Shown, Start, show_burst};
use crate::cli::exit::{Exit, Refused};
use crate::cli::shell_commands::ShellCommands;
use crate::cli::{ProcessContext, complain};
use crate::delivery::attempt::raw_request;
use crate::delivery::clock::Clock;
use crate::delivery::dial::OTHERS;
use crate::delivery::http::{ConnectionSettings, Http};
use crate::fault::shows_between;
use crate::lifecycle::draw::Draws;
use crate::load::broadcasts::Phase;
use crate::load::first_callbacks::FirstCallbacks;
use crate::load::learned::{LearnedScenario, events, learn};
use crate::load::os::{Awake, TIMERS};
use crate::load::pace::{Arrivals, LoadSchedule, Share};
use crate::load::template::{MessagePlace, RequestTemplate};
use crate::load::{self, FaultDraw, Load, Pacing};
use crate::masking::Secrets;
use crate::number;
use crate::plan::{PlannedScenario, name_of};
use crate::play::{Destination, Planned};
use crate::problem::render;
use crate::provider::signature::SignedMessage;
use crate::record::Line;
use crate::record::NEVER_BEGAN;
use crate::record::load::{LoadLine, StepLine};
use crate::verdict::Expectation;

/// Up to this rate one thread keeps the schedule best.
const ONE_THREAD: f64 = 50_000.0;

/// The window of economy.
const WINDOW: Duration = Duration::from_millis(1);

/// A load that is about to be sent.
pub(super) struct Plan {
    pub(super) asked: LoadFlags,
    pub(super) args: RunArgs,
    pub(super) prepared: Planned,
    pub(super) share: Share,
    /// It is a step of a search.
    pub(super) step: Option<StepLine>,
    /// Processors may be kept awake, and an exact schedule is to be kept.
    pub(super) awake: Option<Arc<Awake>>,
    /// Secrets that no kept answer may contain.
    pub(super) secrets: Secrets,
}

impl Plan {
    pub(super) fn scenarios(
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
        let head = |(index, play): (usize, &PlannedScenario), own: &[_], place: MessagePlace| {
            let (length, query) = match place {
                MessagePlace::Body(length) => (length, None),
                MessagePlace::Query(query) => (0, Some(query)),
            };
            raw_request(
                &destination.of(index, play),
                &headers,
                SignedMessage {
                    body: vec![0; length].into(),
                    headers: own.to_vec(),
                    query,
                    signature: String::new(),
                    beside: Vec::new(),
                },
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

    pub(super) fn fault_draw(
        &self,
        destination: &Destination,
        connection: &ConnectionSettings,
        context: &ProcessContext,
    ) -> Result<Option<FaultDraw>, Refused> {
        let Planned { loaded, plays, conditions, .. } = &self.prepared;
        let Some(loaded) = loaded.first() else { return Ok(None) };
        let targets = plays.iter().enumerate().map(|(index, play)| destination.of(index, play)).collect();
        FaultDraw::of(loaded, conditions, targets, connection, self.args.receiver.timeout).map_err(
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

    /// Open at once at most.
    pub(super) fn files(&self, destination: &Destination) -> usize {
        let connections = number::capped::<usize>(self.connections());
        connections.saturating_mul(ends(destination)).saturating_add(OTHERS)
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

    pub(super) fn load(&self, scenarios: Vec<LearnedScenario>, fault_draw: Option<FaultDraw>) -> Load {
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
    pub(super) fn begin(&self) -> Instant {
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
    pub(super) fn end(&self, stopped: Option<String>) -> Line {
        Line::End { stopped, never_began: false, at: self.prepared.clock.now().to_string() }
    }

    /// The same of a load of which nothing was sent, because nobody took a connection.
    pub(super) fn never_began(&self, why: &str) -> Line {
        let stopped = Some(format!("{NEVER_BEGAN}{why}"));
        Line::End { stopped, never_began: true, at: self.prepared.clock.now().to_string() }
    }

    pub(super) fn announce(&self, destination: &Destination, scenarios: &[LearnedScenario]) -> [Line; 2] {
        let Self { asked, args, prepared, share, .. } = self;
        let plays = || prepared.plays.iter().filter(|play| !play.callbacks.is_empty());
        let largest =
            scenarios.iter().flat_map(|learned| learned.templates.iter().map(RequestTemplate::length)).max();
        let path = prepared.loaded.first().map_or("", |loaded| loaded.document.source.name.as_str());
        let words = ShellCommands { args, planned: prepared };
        let faults: Vec<String> = prepared.loaded.first().map_or_else(Vec::new, |loaded| {
            let entries = loaded.scenario.faults.iter().enumerate();
            entries.flat_map(|(at, entry)| entry.wanted(at)).map(|wanted| wanted.name).collect()
        });
        let line = LoadLine {
            name: prepared.loaded.first().map_or_else(String::new, name_of),
            path: path.to_owned(),
            providers: plays().map(|play| play.by()).collect(),
            accept: plays().map(|p| self.secrets.masked(&Expectation::of(p).wanted())).collect(),
            callbacks: scenarios.iter().map(|learned| learned.templates.len() as u64).collect(),
            events: events(scenarios).into_iter().map(str::to_owned).collect(),
            // Without requests there are no bytes.
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
            between: faults.iter().filter(|name| shows_between(name)).cloned().collect(),
            faults,
            thresholds: asked.threshold.iter().map(ToString::to_string).collect(),
            rerun: words.rerun(path),
            once: words.once(path),
            max_failures: self.max_failures(),
            step: self.step,
        };
        [Line::Run(destination.header(prepared)), Line::Load(line)]
    }
}

/// Files of one connection: of the embedded receiver, both ends.
pub(super) fn ends(destination: &Destination) -> usize {
    if destination.receiver.is_some() { 2 } else { 1 }
}

/// The word that a flag takes.
pub(super) fn word(value: &impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}
