//! The library's own interface: play a scenario against a receiver from a test, and look at what came of it.

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::watch;

use crate::delivery::Stop;
use crate::delivery::clock::Clock;
use crate::delivery::http::{ConnectionSettings, Http};
use crate::delivery::target::ReceiverUrl;
use crate::plan::has_own;
use crate::play::{self, Destination, Ending, Planned, RunJournal, Setup, planned};
use crate::problem::{Problem, Source, render};
use crate::record::{self, CallbackRun};
use crate::report::ReportFormat;
use crate::scenario::{self, Loaded};
use crate::speed::Speed;
use crate::verdict;

pub use crate::record::{Finding, Outcome};
pub use crate::verdict::Verdict;

/// A scenario that was read and makes sense.
#[derive(Clone)]
pub struct Scenario(Loaded);

/// A scenario, the receiver it is played against, and the conditions.
#[derive(Clone)]
pub struct Test {
    scenario: Scenario,
    target: String,
    key: Option<SecretString>,
    seed: u64,
}

/// Result of a scenario: every callback with its outcome, and the results of the checks.
#[derive(Clone, Debug)]
pub struct Run(record::RunRecord);

/// One callback of a run, and what became of it.
#[derive(Clone, Copy, Debug)]
pub struct Callback<'a>(&'a CallbackRun);

/// Reason for a scenario that could not be played; nothing was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The scenario is wrong, or the provider cannot do what it asks for; every mistake, each with its place.
    #[error("{0}")]
    Scenario(String),
    /// The target is not an address that can be sent to.
    #[error("the target cannot be used: {0}")]
    Target(String),
    /// The client, or its thread, could not be started.
    #[error("cannot play: {0}")]
    Internal(String),
}

impl Scenario {
    /// Reads a scenario, YAML or JSON. `${NAME}` stands for nothing here: variables are for the command line.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let source = Source { name: "scenario".into(), text: text.into() };
        let read = scenario::load(source, &scenario::Environment::new());
        read.map(Self).map_err(|(source, problems)| shown(&source, &problems))
    }

    /// The receiver: a URL, or a port of this machine. Only loopback and private addresses are sent to.
    pub fn against(&self, target: impl Into<String>) -> Test {
        Test { scenario: self.clone(), target: target.into(), key: None, seed: 1 }
    }
}

impl Test {
    /// Signs with this key instead of the scenario's own.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        Self { key: Some(SecretString::from(key.into())), ..self }
    }

    /// Draws other ids: a receiver that remembers files takes the same ones for duplicates.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Plays it, at full speed: waiting is simulated, and the receiver has the vendor's time to answer.
    ///
    /// # Errors
    /// It could not be played, and nothing was sent. What the receiver does wrong is not an error: the run holds it.
    pub async fn play(&self) -> Result<Run, Error> {
        let clock = Clock::system();
        let conditions = planned::conditions(self.seed, &clock, Speed::Max, self.key.clone());
        let (planned, wrong) = Planned::of(vec![self.scenario.0.clone()], conditions, clock, 1);
        if let Some((_, problems)) = wrong.first() {
            return Err(shown(&self.scenario.0.document.source, problems));
        }
        if self.key.is_some() && has_own(&self.scenario.0.scenario) {
            return Err(Error::Scenario("the scenario has several keys, and `key` gives one".into()));
        }
        if planned.plays.iter().any(|play| play.site.is_some()) {
            return Err(Error::Target("the scenario has `targets` of its own".into()));
        }
        let target = ReceiverUrl::parse(&self.target).map_err(Error::Target)?;
        let connection = ConnectionSettings::default();
        let headers = connection.headers();
        let http = Http::new(connection).map_err(Error::Internal)?;
        http.prepare(&target).map_err(Error::Internal)?;
        let destination = Destination::given(target, false);
        let (stop, _) = watch::channel(Stop::No);
        let journal = RunJournal::new(&planned, &destination, stop, Ending::default());
        let journal = Arc::new(journal);
        let secrets = planned.secrets([&destination.target], &[]);
        let setup = Setup { http: Arc::new(http), headers, jobs: 1, restart: None, secrets };
        let played = play::play(&planned, &setup, &destination, &journal, &()).await;
        let (run, closed) = journal.close(|_| Vec::new());
        // Nothing is written, so no line can be lost.
        played.and(closed).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Run(run))
    }

    /// The same for tests without a runtime: it blocks until the run is over.
    ///
    /// # Errors
    /// The errors of [`Test::play`].
    pub fn play_blocking(&self) -> Result<Run, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| Error::Internal(error.to_string()))?.block_on(self.play())
    }
}

impl Run {
    /// Everything was tried, and every check passed.
    pub fn passed(&self) -> bool {
        self.verdict() == Verdict::Passed
    }

    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        verdict::on_run(&self.0)
    }

    /// Every callback, in the order of sending.
    pub fn callbacks(&self) -> impl Iterator<Item = Callback<'_>> {
        self.0.callbacks().map(Callback)
    }

    /// Results of all checks, about callbacks and about the receiver's state; those that failed have `ok: false`.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let of_callbacks = self.0.callbacks().flat_map(|callback| &callback.findings);
        of_callbacks.chain(self.0.scenarios.iter().flat_map(|scenario| &scenario.state))
    }

    /// The whole run in a format: [`ReportFormat::named`] gives `text`, `json` or `junit`.
    pub fn report(&self, format: &ReportFormat) -> String {
        format.render(&self.0)
    }
}

/// The text report, without colours.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = crate::report::text::render(&self.0);
        f.write_str(&anstream::adapter::strip_str(&text).to_string())
    }
}

impl<'a> Callback<'a> {
    /// Unique in its run: `tencent-2025-1`.
    pub fn id(&self) -> &'a str {
        &self.0.line.id
    }

    /// The event in the provider's words: `record`, `RECORD_OVER`.
    pub fn event(&self) -> &'a str {
        &self.0.line.event
    }

    /// Outcome of the callback.
    pub fn outcome(&self) -> Outcome {
        self.0.outcome()
    }

    /// Number of attempts.
    pub fn attempts(&self) -> usize {
        self.0.attempts.len()
    }

    /// Results of the checks.
    pub fn findings(&self) -> &'a [Finding] {
        &self.0.findings
    }
}

fn shown(source: &Source, problems: &[Problem]) -> Error {
    Error::Scenario(render(source, problems, false))
}
