//! What is going to be played: the scenarios of a command line, planned.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};

use super::args::{KeyArgs, Seed, TimeArgs};
use super::exit::{Exit, Refused};
use super::{World, complain, secrets, sources};
use crate::delivery::clock::Clock;
use crate::plan::{Conditions, Play, identity, name_of, plan};
use crate::problem::render;
use crate::scenario::Loaded;
use crate::speed::Speed;

/// Scenarios, their plays, and the conditions they were planned under.
pub(super) struct Programme {
    pub(super) loaded: Vec<Loaded>,
    pub(super) plays: Vec<Play>,
    pub(super) conditions: Conditions,
    pub(super) clock: Clock,
}

impl Default for TimeArgs {
    fn default() -> Self {
        Self { seed: Seed::Fixed(1), now: None, speed: Speed::Max }
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
        let loaded = sources::parse(sources::collect(paths)?, &world.environment, world.colour)?;
        let key = secrets::key(key, &world.environment)?.map(|(key, warning)| {
            warning.iter().for_each(|warning| complain(&format!("{warning}\n")));
            key
        });
        let clock = time.now.map_or_else(Clock::system, Clock::frozen);
        let seed = match time.seed {
            Seed::Fixed(seed) => seed,
            // Freshly keyed by the system for each map, hence for each process.
            Seed::Random => std::hash::RandomState::new().build_hasher().finish(),
        };
        let conditions = Conditions { seed, now: clock.now(), speed: time.speed, key };
        let plays = plan_all(&loaded, &conditions, world.colour)?;
        Ok(Self { loaded, plays, conditions, clock })
    }

    /// Keeps the plays whose path or name contains the text.
    pub(super) fn choose(&mut self, filter: Option<&str>) {
        let Some(filter) = filter else { return };
        let names: Vec<bool> = self
            .loaded
            .iter()
            .map(|loaded| loaded.document.source.name.contains(filter) || name_of(loaded).contains(filter))
            .collect();
        self.plays.retain(|play| names.get(play.scenario).copied().unwrap_or(false));
    }

    pub(super) fn path(&self, play: &Play) -> &str {
        self.loaded.get(play.scenario).map_or("", |loaded| loaded.document.source.name.as_str())
    }

    pub(super) fn place(&self, play: &Play, path: &str) -> String {
        self.loaded.get(play.scenario).map_or_else(String::new, |loaded| loaded.document.place(path))
    }
}

fn plan_all(loaded: &[Loaded], conditions: &Conditions, colour: bool) -> Result<Vec<Play>, Refused> {
    let mut plays = Vec::new();
    let mut text = String::new();
    let mut ordinals: BTreeMap<String, usize> = BTreeMap::new();
    for (index, scenario) in loaded.iter().enumerate() {
        let ordinal = ordinals.entry(identity(scenario)).or_default();
        *ordinal += 1;
        match plan(scenario, index, *ordinal, conditions) {
            Ok(planned) => plays.extend(planned),
            Err(problems) => text.push_str(&render(&scenario.document.source, &problems, colour)),
        }
    }
    if text.is_empty() { Ok(plays) } else { Err(Refused { exit: Exit::Usage, text }) }
}
