//! Scenarios to play, planned under the same conditions.

use std::collections::BTreeMap;
use std::path::PathBuf;

use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::delivery::clock::Clock;
use crate::delivery::target::ReceiverUrl;
use crate::fault;
use crate::masking::Secrets;
use crate::number;
use crate::plan::editions::{Editions, Skipped};
use crate::plan::{Hurting, PlanSettings, PlannedScenario, identity, plan_and_skip};
use crate::problem::Problem;
use crate::record::{AuditedSender, BroadcastStepLine, Header, SCHEMA};
use crate::scenario::broadcast::Step;
use crate::scenario::{Loaded, Method};
use crate::speed::{LaneStarts, Speed};

/// Headers whose values are not secret.
const PUBLIC: [&str; 3] = ["content-type", "accept", "user-agent"];

/// Scenarios, their plays, and the conditions they were planned under.
pub struct Planned {
    /// The scenarios.
    pub loaded: Vec<Loaded>,
    /// Each scenario by each of its providers, in order.
    pub plays: Vec<PlannedScenario>,
    /// Scenarios that are not played in a requested edition.
    pub skipped: Vec<Skipped>,
    /// Conditions of the plan beside the scenarios.
    pub conditions: PlanSettings,
    /// The sending clock.
    pub clock: Clock,
    /// The command that plays it again, where that is not `run` with the scenario's path.
    pub command: Option<String>,
    /// The sender of an audit.
    pub audit: Option<AuditedSender>,
    /// Flags of the command about the cases of an audit: which ones, and which count.
    pub selection: AuditSelection,
    /// Origin of the key, for a person; empty if nothing is signed.
    pub key: String,
    /// Purpose of the run.
    pub purpose: Purpose,
    /// It is played with other ids each time, so its seed is not a part of the line that plays it again.
    pub fresh: bool,
    /// An audit goes on although its plain callback failed.
    pub keep_going: bool,
    /// Captured requests that it is made of, beside its scenarios.
    pub captured: CapturedInput,
    /// The machine, for a person; empty = it is not said.
    pub host: String,
}

/// Input of a run beside its scenarios: captured requests.
#[derive(Default)]
pub struct CapturedInput {
    /// The files that hold them.
    pub files: Vec<PathBuf>,
    /// Signatures in them.
    pub signatures: Vec<String>,
    /// Secret values of their headers.
    pub credentials: Vec<String>,
}

/// Words of the command of an audit that a line for one of its cases may leave out.
#[derive(Default)]
pub struct AuditSelection {
    /// Which cases: ` --quick`.
    pub cases: String,
    /// Which failures count: ` --strict`.
    pub counts: String,
}

/// Purpose of playing scenarios.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// A run that is shown and reported.
    #[default]
    Run,
    /// Each scenario is a case by itself, and a scorecard tells what came of it.
    Audit,
    /// A test of whether it fails like a run that was shown before.
    Shrink,
}

/// Problems of one scenario of several, with its place among them.
pub type Unplannable = (usize, Vec<Problem>);

/// The conditions of an ordinary run.
pub fn conditions(seed: u64, clock: &Clock, speed: Speed, key: Option<SecretString>) -> PlanSettings {
    let editions = Editions::default();
    let hurting = Hurting::Drawn;
    PlanSettings { seed, now: clock.now(), speed, key, single: None, broadcast: None, hurting, editions }
}

impl Planned {
    /// Conditions in the header of a record, without the receiver.
    pub fn header(&self) -> Header {
        Header {
            schema: SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            seed: self.conditions.seed,
            now: self.conditions.now.to_string(),
            speed: self.conditions.speed.to_string(),
            key: self.key.clone(),
            host: self.host.clone(),
            audit: self.audit.clone(),
            ..Header::default()
        }
    }

    /// The keys of all its callbacks.
    pub fn keys(&self) -> Vec<SecretString> {
        let signing = self.plays.iter().filter_map(|play| play.signing.as_ref());
        signing.flat_map(|signing| signing.secrets().cloned()).collect()
    }

    /// Secrets that no report may contain: the keys of all its callbacks, values from the environment, and these
    /// headers and secrets of addresses.
    pub fn secrets<'a>(
        &self,
        targets: impl IntoIterator<Item = &'a ReceiverUrl>,
        headers: &[(HeaderName, HeaderValue)],
    ) -> Secrets {
        let secrets = Secrets::default();
        self.keys().iter().for_each(|key| secrets.key(key.expose_secret()));
        self.loaded.iter().flat_map(|loaded| loaded.document.taken()).for_each(|value| secrets.value(value));
        self.captured.signatures.iter().for_each(|signature| secrets.signature(signature));
        self.captured.credentials.iter().for_each(|text| secrets.credentials(text));
        let states = self.plays.iter().flat_map(|play| &play.expect.state);
        let states = states.filter_map(|state| ReceiverUrl::parse(state.get.as_ref()?).ok());
        states.chain(targets.into_iter().cloned()).for_each(|target| target.give_away(&secrets));
        let own = headers.iter().filter(|(name, _)| !PUBLIC.contains(&name.as_str()));
        own.for_each(|(_, value)| secrets.credentials(&String::from_utf8_lossy(value.as_bytes())));
        secrets
    }

    /// Plans scenarios, of which `jobs` are going to be played at once. Those that cannot be planned are left out, and
    /// returned with what is wrong with them.
    pub fn of(
        loaded: Vec<Loaded>,
        conditions: PlanSettings,
        clock: Clock,
        jobs: usize,
    ) -> (Self, Vec<Unplannable>) {
        let mut schedule = LaneStarts::new(jobs);
        let (mut plays, mut skipped, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        let mut ordinals: BTreeMap<String, usize> = BTreeMap::new();
        for (index, scenario) in loaded.iter().enumerate() {
            let ordinal = ordinals.entry(identity(scenario)).or_default();
            *ordinal += 1;
            match plan_and_skip(scenario, index, *ordinal, &conditions, &mut schedule) {
                Ok((planned, left_out)) => {
                    plays.extend(planned);
                    skipped.extend(left_out);
                }
                Err(problems) => wrong.push((index, problems)),
            }
        }
        let purpose = Purpose::default();
        (
            Self {
                loaded,
                plays,
                skipped,
                conditions,
                clock,
                command: None,
                audit: None,
                selection: AuditSelection::default(),
                key: String::new(),
                purpose,
                fresh: false,
                keep_going: false,
                captured: CapturedInput::default(),
                host: String::new(),
            },
            wrong,
        )
    }

    /// Another scenario under the same conditions, with ids of its own; none when it cannot be planned.
    pub fn instead(&self, loaded: Loaded, seed: u64) -> Option<Self> {
        let PlanSettings { speed, key, editions, .. } = &self.conditions;
        let plain = conditions(seed, &self.clock, *speed, key.clone());
        let conditions = PlanSettings { editions: editions.clone(), ..plain };
        let (planned, wrong) = Self::of(vec![loaded], conditions, self.clock.clone(), 1);
        wrong.is_empty().then_some(Self { purpose: Purpose::Shrink, ..planned })
    }

    /// The play would be signed if there were a key.
    pub fn lacks_key(&self, play: &PlannedScenario) -> bool {
        let own = self.loaded.get(play.scenario).and_then(|loaded| loaded.scenario.signing.method);
        let asked_not_to = self.conditions.editions.method.or(own) == Some(Method::None);
        play.signing.is_none() && !play.revision.signatures.is_empty() && !asked_not_to
    }

    /// One note for each fault that chance put on no callback of a play: it tests nothing this time.
    pub fn missed(&self, play: &PlannedScenario) -> Vec<String> {
        let Some(loaded) = self.loaded.get(play.scenario) else { return Vec::new() };
        let missed = fault::missed(&loaded.scenario.faults, &play.callbacks).into_iter();
        let said = missed.map(|(path, name)| {
            let count = match play.callbacks.len() {
                1 => "1 callback".to_owned(),
                count => format!("{count} callbacks"),
            };
            let place = Some(self.place(play, &path)).filter(|place| !place.is_empty());
            format!(
                "{}: by chance `{name}` was put on none of {count} of {}; a larger `chance` or another --seed puts \
                 it on some",
                place.as_deref().unwrap_or(self.path(play)),
                play.provider.name
            )
        });
        said.collect()
    }

    /// The path of a play's scenario.
    pub fn path(&self, play: &PlannedScenario) -> &str {
        self.path_of(play.scenario)
    }

    /// The path of the scenario at this place.
    pub fn path_of(&self, scenario: usize) -> &str {
        self.loaded.get(scenario).map_or("", |loaded| loaded.document.source.name.as_str())
    }

    /// The text of a play's scenario, with stars instead of keys; empty for a generated one of an audit or a search.
    pub fn text(&self, play: &PlannedScenario) -> &str {
        self.written(play).map_or("", |loaded| &loaded.document.source.text)
    }

    /// The steps of its broadcast, where there is a text of it.
    pub fn steps(&self, play: &PlannedScenario) -> Vec<BroadcastStepLine> {
        let steps = self.written(play).into_iter().flat_map(|loaded| &loaded.scenario.broadcast);
        let line = |step: &Step| BroadcastStepLine {
            at_ms: number::milliseconds(step.at),
            step: step.what.name().to_owned(),
        };
        steps.map(line).collect()
    }

    /// The scenario of a play, if a user wrote it.
    fn written(&self, play: &PlannedScenario) -> Option<&Loaded> {
        let written = self.purpose == Purpose::Run && self.command.is_none();
        self.loaded.get(play.scenario).filter(|_| written)
    }

    /// `file:line:column` of a path in a play's scenario; empty for a generated scenario.
    pub fn place(&self, play: &PlannedScenario, path: &str) -> String {
        let written = self.written(play).filter(|_| !path.is_empty());
        written.map_or_else(String::new, |loaded| loaded.document.place(path))
    }
}
