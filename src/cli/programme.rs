//! What is going to be played: the scenarios of a command line, planned.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};

use super::args::{KeyArgs, TimeArgs};
use super::exit::{Exit, Refused};
use super::values::Seed;
use super::{World, complain, secrets, sources};
use crate::delivery::clock::Clock;
use crate::plan::{Conditions, Hurting, Play, Single, identity, name_of, plan};
use crate::problem::{Style, render};
use crate::scenario::{Loaded, Method};
use crate::speed::{Schedule, Speed};

/// Scenarios, their plays, and the conditions they were planned under.
pub(super) struct Programme {
    pub(super) loaded: Vec<Loaded>,
    pub(super) plays: Vec<Play>,
    pub(super) conditions: Conditions,
    pub(super) clock: Clock,
    /// The command that plays it again, where that is not `run` with the scenario's path.
    pub(super) command: Option<String>,
    pub(super) purpose: Purpose,
    /// It is played with other ids each time, so its seed is no part of the line that plays it again.
    pub(super) fresh: bool,
}

/// What a programme is played for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be shown and reported.
    Run,
    /// Each scenario is a case by itself, and a scorecard tells what came of it.
    Audit,
    /// To see whether it fails as another did, which has been shown.
    Shrink,
}

/// Which of the scenarios are played, and how many at once.
#[derive(Default)]
pub(super) struct Choice<'a> {
    /// Only those whose path or name contains this.
    pub(super) filter: Option<&'a str>,
    /// None at once is one at once.
    pub(super) jobs: usize,
}

impl Default for TimeArgs {
    fn default() -> Self {
        Self { seed: None, now: None, speed: Speed::Max }
    }
}

impl Programme {
    /// Reads and plans everything that the paths mean; nothing is sent when anything in it is wrong.
    ///
    /// # Errors
    /// Every problem of every scenario, rendered.
    pub(super) fn new(
        paths: &[String],
        key: &KeyArgs,
        time: &TimeArgs,
        world: &World,
    ) -> Result<Self, Refused> {
        Self::chosen(paths, key, time, world, Choice::default())
    }

    /// The same with a choice among the scenarios, made before anything is planned: what is not played takes no time.
    ///
    /// # Errors
    /// Every problem of every scenario, rendered.
    pub(super) fn chosen(
        paths: &[String],
        key: &KeyArgs,
        time: &TimeArgs,
        world: &World,
        choice: Choice<'_>,
    ) -> Result<Self, Refused> {
        let mut loaded = sources::parse(sources::collect(paths)?, &world.environment, world.colour)?;
        if let Some(text) = choice.filter {
            loaded.retain(|l| l.document.source.name.contains(text) || name_of(l).contains(text));
        }
        Self::of(loaded, (key, time), world, choice.jobs, None)
    }

    /// Plans scenarios that have been read; of each one callback alone, if that is asked for.
    ///
    /// # Errors
    /// Every problem of every scenario, rendered.
    pub(super) fn of(
        loaded: Vec<Loaded>,
        (key, time): (&KeyArgs, &TimeArgs),
        world: &World,
        jobs: usize,
        single: Option<Single>,
    ) -> Result<Self, Refused> {
        let (conditions, clock) = conditions((key, time), world, single)?;
        let plays = plan_all(&loaded, &conditions, Schedule::new(jobs), world.colour)?;
        Ok(Self { loaded, plays, conditions, clock, command: None, purpose: Purpose::Run, fresh: false })
    }

    /// Plans those scenarios that can be planned, and says why the others cannot: an audit plays what it can.
    ///
    /// # Errors
    /// There is no key where one was named.
    pub(super) fn possible(
        loaded: Vec<Loaded>,
        (key, time): (&KeyArgs, &TimeArgs),
        world: &World,
    ) -> Result<(Self, Vec<(String, String)>), Refused> {
        let (conditions, clock) = conditions((key, time), world, None)?;
        let (mut plays, mut refused) = (Vec::new(), Vec::new());
        let mut schedule = Schedule::new(1);
        for (index, scenario) in loaded.iter().enumerate() {
            match plan(scenario, (index, 1), &conditions, &mut schedule) {
                Ok(planned) => plays.extend(planned),
                Err(problems) => {
                    let why = problems.into_iter().map(|problem| problem.title).next().unwrap_or_default();
                    refused.push((scenario.document.source.name.clone(), why));
                }
            }
        }
        Ok((
            Self { loaded, plays, conditions, clock, command: None, purpose: Purpose::Audit, fresh: false },
            refused,
        ))
    }

    /// Another scenario under the same conditions, with ids of its own.
    ///
    /// # Errors
    /// Every problem of the scenario, rendered.
    pub(super) fn instead(&self, loaded: Loaded, seed: u64) -> Result<Self, Refused> {
        let Conditions { speed, key, .. } = &self.conditions;
        let (clock, key) = (self.clock.clone(), key.clone());
        let conditions = Conditions {
            seed,
            now: clock.now(),
            speed: *speed,
            key,
            single: None,
            broadcast: None,
            hurting: Hurting::Drawn,
        };
        let loaded = vec![loaded];
        let plays = plan_all(&loaded, &conditions, Schedule::new(1), false)?;
        Ok(Self { loaded, plays, conditions, clock, command: None, purpose: Purpose::Shrink, fresh: false })
    }

    /// The play would be signed if there were a key.
    pub(super) fn lacks_key(&self, play: &Play) -> bool {
        let asked_not_to = self.loaded.get(play.scenario).and_then(|loaded| loaded.scenario.signing.method)
            == Some(Method::None);
        play.signing.is_none() && !play.revision.signatures.is_empty() && !asked_not_to
    }

    pub(super) fn path(&self, play: &Play) -> &str {
        self.loaded.get(play.scenario).map_or("", |loaded| loaded.document.source.name.as_str())
    }

    /// Where a path stands in the scenario; empty for what nobody wrote.
    pub(super) fn place(&self, play: &Play, path: &str) -> String {
        if path.is_empty() {
            return String::new();
        }
        self.loaded.get(play.scenario).map_or_else(String::new, |loaded| loaded.document.place(path))
    }
}

fn conditions(
    (key, time): (&KeyArgs, &TimeArgs),
    world: &World,
    single: Option<Single>,
) -> Result<(Conditions, Clock), Refused> {
    let key = secrets::key(key, &world.environment)?.map(|(key, warning)| {
        warning.iter().for_each(|warning| complain(&format!("{warning}\n")));
        key
    });
    let clock = time.now.map_or_else(Clock::system, Clock::frozen);
    let seed = match time.seed.unwrap_or(Seed::Fixed(1)) {
        Seed::Fixed(seed) => seed,
        // Freshly keyed by the system for each map, hence for each process.
        Seed::Random => std::hash::RandomState::new().build_hasher().finish() >> 32,
    };
    Ok((
        Conditions {
            seed,
            now: clock.now(),
            speed: time.speed,
            key,
            single,
            broadcast: None,
            hurting: Hurting::Drawn,
        },
        clock,
    ))
}

fn plan_all(
    loaded: &[Loaded],
    conditions: &Conditions,
    mut schedule: Schedule,
    style: impl Into<Style>,
) -> Result<Vec<Play>, Refused> {
    let style = style.into();
    let mut plays = Vec::new();
    let mut text = String::new();
    let mut ordinals: BTreeMap<String, usize> = BTreeMap::new();
    for (index, scenario) in loaded.iter().enumerate() {
        let ordinal = ordinals.entry(identity(scenario)).or_default();
        *ordinal += 1;
        match plan(scenario, (index, *ordinal), conditions, &mut schedule) {
            Ok(planned) => plays.extend(planned),
            // What is wrong with a single callback was said on the command line, not in a file.
            Err(problems) if conditions.single.is_some() && problems.iter().all(|p| p.path.is_empty()) => {
                let title = problems.into_iter().map(|problem| problem.title).next().unwrap_or_default();
                return Err(Refused::usage(format!("{title}; nothing was sent")));
            }
            Err(problems) => text.push_str(&render(&scenario.document.source, &problems, style)),
        }
    }
    if text.is_empty() { Ok(plays) } else { Err(Refused { exit: Exit::Usage, text }) }
}
