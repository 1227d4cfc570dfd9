//! Scenario → plan; the one place that composes the pure stages.
//!
//! A plan holds every callback of a run, in order. It is pure: the same scenario, seed and clock give the same bytes.

mod bystander;
pub mod captured;
mod choice;
mod dialect;
pub mod editions;
mod handshake;
mod keys;
mod notes;
mod order;
mod planned;
mod sender;
mod single;

use std::collections::BTreeSet;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::fault::terms::Spec;
use crate::problem::{Problem, did_you_mean};
use crate::provider::{self, Provider, Revision};
use crate::scenario::units::Word;
use crate::scenario::{Limits, Loaded, ProviderChoice, Scenario};
use crate::speed::{LaneStarts, Speed};
use dialect::{Dialect, SinglePlan};
use editions::{Editions, Skipped, reason, unknown_event};

pub use keys::{Site, has_own};
pub use planned::PlannedScenario;
pub use single::{NOW_A_TEXT, Renewal, Single};

/// Settings of a plan beside its scenarios.
pub struct PlanSettings {
    /// Seed of every draw.
    pub seed: u64,
    /// The sending clock when the run begins.
    pub now: Timestamp,
    /// Speed of simulated time.
    pub speed: Speed,
    /// Takes the place of every scenario's own key.
    pub key: Option<SecretString>,
    /// One callback is planned, and nothing else.
    pub single: Option<Single>,
    /// It is one of many broadcasts of the same scenario.
    pub broadcast: Option<Broadcast>,
    /// Choice of the faults that are applied.
    pub hurting: Hurting,
    /// Takes the place of every scenario's own revision and method.
    pub editions: Editions,
}

/// Choice of a scenario's faults that are applied to its callbacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hurting {
    /// Those that are drawn, by the chance that each has.
    #[default]
    Drawn,
    /// All of them, however seldom they are: to see what they come to.
    All,
    /// None.
    None,
}

/// One of many broadcasts of the same scenario: the same things happen, to a stream, with ids and at times of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broadcast {
    /// Counted from 1.
    pub number: u64,
    /// Time of its start, in Unix seconds: whole ones, so that fractions of a second are the same in all of them.
    pub began: i64,
}

/// Digits of a broadcast's number, in the name of its stream.
pub const NUMBER_DIGITS: usize = 10;

impl Broadcast {
    /// The name of its stream: that of the scenario, and the number.
    fn stream(self, name: &str) -> String {
        format!("{name}-{:0width$}", self.number, width = NUMBER_DIGITS)
    }
}

/// Plans one scenario: one play for each of its providers, or for each order of a provider's callbacks.
///
/// `index` is the scenario's place in the run, `ordinal` counts scenarios of the same identity, so that no two of them share
/// ids. `schedule` knows when the play's turn comes.
///
/// # Errors
/// Unknown names, and what the provider cannot do.
pub fn plan(
    loaded: &Loaded,
    index: usize,
    ordinal: usize,
    conditions: &PlanSettings,
    schedule: &mut LaneStarts,
) -> Result<Vec<PlannedScenario>, Vec<Problem>> {
    plan_and_skip(loaded, index, ordinal, conditions, schedule).map(|(plays, _)| plays)
}

/// The plan of [`plan`], and the skipped scenarios: playable in their own edition, but not in the requested one.
///
/// # Errors
/// As [`plan`], for each requested edition.
pub fn plan_and_skip(
    loaded: &Loaded,
    index: usize,
    ordinal: usize,
    conditions: &PlanSettings,
    schedule: &mut LaneStarts,
) -> Result<(Vec<PlannedScenario>, Vec<Skipped>), Vec<Problem>> {
    let mut problems = Vec::new();
    let (faults, found) = read_faults(&loaded.scenario);
    problems.extend(found);
    let faults = match conditions.hurting {
        Hurting::Drawn => faults,
        Hurting::All => faults.into_iter().map(Spec::certain).collect(),
        Hurting::None => Vec::new(),
    };
    let mut scenario = loaded.scenario.clone();
    let unknown_events = check_subscription(&loaded.scenario);
    // Without one of its events a fault would find nothing to hurt, for the same reason.
    if !unknown_events.is_empty() {
        scenario.subscribe = None;
    }
    if let Some(broadcast) = conditions.broadcast {
        scenario.stream.name = broadcast.stream(&scenario.stream.name);
    }
    let stage = PlanContext { loaded, index, ordinal, conditions, faults };
    // What is wrong in its own edition is a mistake; what another edition cannot tell is skipped.
    let own = match conditions.editions.are_asked() {
        true => stage.own(&scenario, &mut LaneStarts::new(1)),
        false => stage.own(&scenario, schedule),
    };
    let plays = own.unwrap_or_else(|found| {
        problems.extend(found);
        Vec::new()
    });
    problems.extend(unknown_events);
    // A limit of both providers would be told twice.
    problems.dedup();
    let mut problems: Vec<_> = problems.into_iter().map(|problem| loaded.document.point(problem)).collect();
    problems.sort_by_key(|problem| problem.span.as_ref().map_or(0, |span| span.start));
    match (problems.is_empty(), conditions.editions.are_asked()) {
        (false, _) => Err(problems),
        (true, false) => Ok((plays, Vec::new())),
        (true, true) => Ok(stage.others(scenario, schedule)),
    }
}

/// A scenario that is being planned, and what its plan depends on.
struct PlanContext<'a> {
    loaded: &'a Loaded,
    index: usize,
    ordinal: usize,
    conditions: &'a PlanSettings,
    faults: Vec<Spec>,
}

impl PlanContext<'_> {
    /// Told in the editions that it names itself.
    fn own(
        &self,
        scenario: &Scenario,
        schedule: &mut LaneStarts,
    ) -> Result<Vec<PlannedScenario>, Vec<Problem>> {
        let (mut plays, mut problems, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (path, choice) in self.loaded.scenario.provider.choices() {
            let dialect = match Dialect::new(&self.loaded.scenario, &path, &choice) {
                Ok(dialect) => dialect,
                Err(found) => {
                    problems.extend(found.into_iter().map(|problem| discreet(self.loaded, problem)));
                    problems.extend(self.beside_limits(scenario, &path, &choice));
                    continue;
                }
            };
            if !seen.insert((dialect.provider.name, dialect.revision.name, choice.target.clone())) {
                let title = format!("{} {} is named twice", dialect.provider.name, dialect.revision.name);
                problems.push(
                    Problem::at(path.clone(), title).help("name each revision once; they share no ids"),
                );
            }
            match self.plays(&dialect, scenario, schedule) {
                Ok(played) => plays.extend(played),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() { Ok(plays) } else { Err(problems) }
    }

    /// Problems that a plan finds, of a scenario in which a vendor's limit alone stands in its way.
    fn beside_limits(&self, scenario: &Scenario, path: &str, choice: &ProviderChoice) -> Vec<Problem> {
        let free = Scenario { limits: Limits::Off, ..scenario.clone() };
        let dialect = Dialect::new(&free, path, choice).ok();
        let found = dialect.and_then(|dialect| self.plays(&dialect, &free, &mut LaneStarts::new(1)).err());
        // Nothing is found where it can be planned, and where not even its sender is known.
        found.unwrap_or_default()
    }

    /// Plans it in the requested editions instead of its own.
    fn others(
        &self,
        mut scenario: Scenario,
        schedule: &mut LaneStarts,
    ) -> (Vec<PlannedScenario>, Vec<Skipped>) {
        let editions = &self.conditions.editions;
        scenario.signing.method = editions.method.or(scenario.signing.method);
        let (mut plays, mut skipped, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (path, choice) in self.loaded.scenario.provider.choices() {
            let Ok(provider) = provider::find(&choice.name, &path) else { continue };
            let mut skip = |revision: String, reason: String| {
                let (scenario, name) = (self.index, name_of(self.loaded));
                skipped.push(Skipped { scenario, name, provider: provider.name.into(), revision, reason });
            };
            let revisions = editions.of(provider, &choice);
            if revisions.is_empty() {
                let names = editions.names();
                skip(names.clone(), format!("{} has no revision {names}", provider.name));
            }
            for revision in revisions {
                if !seen.insert((provider.name, revision.name, choice.target.clone())) {
                    continue;
                }
                let choice = ProviderChoice { revision: Some(Word(revision.name.into())), ..choice.clone() };
                let told = Dialect::new(&scenario, &path, &choice)
                    .and_then(|dialect| self.plays(&dialect, &scenario, schedule))
                    .map_err(|problems| reason(&problems));
                match (unknown_event(&scenario, provider, revision), told) {
                    (Some(why), _) | (None, Err(why)) => skip(revision.name.into(), why),
                    (None, Ok(told)) if told.iter().all(|play| play.callbacks.is_empty()) => {
                        let why =
                            format!("no callback follows from it in {} {}", provider.name, revision.name);
                        skip(revision.name.into(), why);
                    }
                    (None, Ok(told)) => plays.extend(told),
                }
            }
        }
        (plays, skipped)
    }

    fn plays(
        &self,
        dialect: &Dialect,
        scenario: &Scenario,
        schedule: &mut LaneStarts,
    ) -> Result<Vec<PlannedScenario>, Vec<Problem>> {
        let identity = identity(self.loaded);
        let mut scope =
            format!("{identity}/{}/{}/{}", self.ordinal, dialect.provider.name, dialect.revision.name);
        scope.extend(dialect.site.iter().flat_map(|site| ["/", &site.name]));
        let plain =
            SinglePlan { index: self.index, name: name_of(self.loaded), scope, scenario, order: Vec::new() };
        let told = dialect.plays(&plain, self.conditions, &self.faults, schedule)?;
        match told.iter().find_map(keys::idle) {
            Some(problem) => Err(vec![problem]),
            None => Ok(told),
        }
    }
}

/// The problem without a name that came from the environment: it may be a secret in the wrong place.
fn discreet(loaded: &Loaded, problem: Problem) -> Problem {
    if !(problem.path.starts_with("provider") && loaded.document.hides(&problem.path)) {
        return problem;
    }
    Problem { title: "the value from the environment is not known here".into(), help: Vec::new(), ..problem }
}

/// The scenario's name: its own, or that of its file.
pub fn name_of(loaded: &Loaded) -> String {
    let file = loaded.document.source.name.as_str();
    loaded.scenario.name.as_ref().map_or_else(|| stem(file), |name| loaded.document.secrets().masked(name))
}

/// Identity from which ids are drawn: file and name. A copy with another name, or in another file, has ids of its own,
/// and a folder that moves keeps them.
pub fn identity(loaded: &Loaded) -> String {
    let stem = stem(&loaded.document.source.name);
    let name = loaded.scenario.name.as_ref().unwrap_or(&stem);
    format!("{stem}/{name}")
}

fn stem(file: &str) -> String {
    std::path::Path::new(file).file_stem().map_or(file.into(), |stem| stem.to_string_lossy().into_owned())
}

/// The faults of a scenario.
pub struct Faults(Vec<Spec>);

impl Faults {
    /// Those of a scenario that could be planned.
    pub fn of(loaded: &Loaded) -> Self {
        Self(read_faults(&loaded.scenario).0)
    }
}

/// Every fault that could be read, and everything that is wrong with the others.
fn read_faults(scenario: &Scenario) -> (Vec<Spec>, Vec<Problem>) {
    let (mut specs, mut problems) = (Vec::new(), Vec::new());
    for (index, entry) in scenario.faults.iter().enumerate() {
        let wanted = entry.wanted(index);
        if wanted.len() != 1 {
            let problem = Problem::at(format!("faults[{index}]"), "an entry holds one fault");
            problems.push(
                problem.label("expected `- name: {...}`").help("begin each fault with a dash of its own"),
            );
            continue;
        }
        for wanted in wanted {
            match Spec::read(&wanted) {
                Ok(spec) => specs.push(spec),
                Err(found) => problems.extend(found),
            }
        }
    }
    (specs, problems)
}
/// Events that no provider of the scenario has, and lists of which its revisions have none. One that only some providers have is
/// theirs alone.
fn check_subscription(scenario: &Scenario) -> Vec<Problem> {
    let edition = |choice: &ProviderChoice| {
        let provider = provider::find(&choice.name, "").ok()?;
        let named = |name: &Word| provider.revisions.iter().find(|revision| revision.name == name.0);
        Some((provider, choice.revision.as_ref().map_or(Some(provider.newest()), named)?))
    };
    let editions: Vec<(&'static Provider, &'static Revision)> =
        scenario.provider.choices().iter().filter_map(|(_, choice)| edition(choice)).collect();
    let ever = || editions.iter().flat_map(|(provider, _)| provider.events);
    let kinds = || {
        let of = |(provider, revision): &(&'static Provider, &'static Revision)| {
            let edition = revision.edition;
            provider.events.iter().filter(move |kind| kind.editions.contains(&edition))
        };
        editions.iter().flat_map(of)
    };
    // Where one of them is in that revision, the others are for the revisions that have them.
    let none = !scenario.subscribe.iter().flatten().any(|word| kinds().any(|kind| kind.is(&word.0)));
    let unknown = |word: &str| !ever().any(|kind| kind.is(word)) || none;
    let words = scenario.subscribe.iter().flatten().enumerate().filter(|(_, word)| unknown(&word.0));
    words
        .map(|(index, word)| {
            let names = || kinds().map(|kind| kind.name);
            let title = match editions.first().filter(|_| ever().any(|kind| kind.is(&word.0))) {
                Some((provider, revision)) => {
                    format!("{} {} has no event `{}`", provider.name, revision.name, word.0)
                }
                None => format!("there is no event `{}`", word.0),
            };
            Problem::at(format!("subscribe[{index}]"), title)
                .label(format!("expected one of {}", names().collect::<Vec<_>>().join(", ")))
                .helps(did_you_mean(&word.0, names()))
        })
        .collect()
}
