//! Reads and plans the scenarios of a command line.

use std::hash::{BuildHasher, Hasher};

use super::args::{EditionArgs, ExpectArgs, KeyArgs, TimeArgs};
use super::exit::{Exit, Refused};
use super::plan::skipped_line;
use super::sources::SourceTexts;
use super::values::Seed;
use super::{ProcessContext, complain, host, provider, secrets, targets};
use crate::delivery::clock::Clock;
use crate::plan::{PlanSettings, Single, name_of};
use crate::play::{Planned, Purpose, planned};
use crate::problem::{Problem, render};
use crate::report::inert;
use crate::report::text::amount;
use crate::scenario::Loaded;
use crate::speed::Speed;

/// Choice of the scenarios to play, and the number at once.
#[derive(Default)]
pub(super) struct Choice<'a> {
    /// Only those whose path or name contains this.
    pub(super) filter: Option<&'a str>,
    /// Number of scenarios at once; 0 counts as 1.
    pub(super) jobs: usize,
    /// Requested editions, which replace their own.
    pub(super) editions: EditionArgs,
    /// Expectations of the receiver from the command line.
    pub(super) expects: Option<&'a ExpectArgs>,
}

impl Default for TimeArgs {
    fn default() -> Self {
        Self { seed: None, now: None, speed: Speed::Max }
    }
}

/// Reads and plans everything that the paths mean; nothing is sent when anything in it is wrong.
///
/// # Errors
/// Every problem of every scenario, rendered.
pub(super) fn all(
    paths: &[String],
    key: &KeyArgs,
    time: &TimeArgs,
    context: &ProcessContext,
    editions: &EditionArgs,
) -> Result<Planned, Refused> {
    chosen(paths, key, time, context, Choice { editions: editions.clone(), ..Choice::default() })
}

/// The same with a choice among the scenarios, made before anything is planned: what is not played takes no time.
///
/// # Errors
/// Every problem of every scenario, rendered; or the choice leaves none.
pub(super) fn chosen(
    paths: &[String],
    key: &KeyArgs,
    time: &TimeArgs,
    context: &ProcessContext,
    choice: Choice<'_>,
) -> Result<Planned, Refused> {
    let texts = SourceTexts::collect(paths);
    let environment = secrets::environment_of(&texts.read, key, &context.environment)?;
    let mut loaded = texts.parse(&environment, context.colour)?;
    if let Some(text) = choice.filter {
        let before = loaded.len();
        loaded.retain(|l| l.document.source.name.contains(text) || name_of(l).contains(text));
        if loaded.is_empty() && before > 0 {
            let scenarios = amount(before, "scenario");
            return Err(Refused::usage(format!(
                "--filter: none of {scenarios} matches `{text}`; nothing was sent"
            )));
        }
    }
    if let Some(expects) = choice.expects {
        expects.apply(&mut loaded, context)?;
    }
    let flags = PlanFlags { key, time, jobs: choice.jobs, editions: &choice.editions };
    of(loaded, &flags, context, None)
}

/// Flags that a plan depends on.
pub(super) struct PlanFlags<'a> {
    pub(super) key: &'a KeyArgs,
    pub(super) time: &'a TimeArgs,
    /// Scenarios that are played at once.
    pub(super) jobs: usize,
    pub(super) editions: &'a EditionArgs,
}

/// Plans scenarios that have been read; of each one callback alone, if that is asked for.
///
/// # Errors
/// Every problem of every scenario, rendered.
pub(super) fn of(
    mut loaded: Vec<Loaded>,
    flags: &PlanFlags<'_>,
    context: &ProcessContext,
    single: Option<Single>,
) -> Result<Planned, Refused> {
    let &PlanFlags { key, time, jobs, editions } = flags;
    editions.settings.apply(&mut loaded, &context.environment)?;
    let alone = single.is_some();
    let (conditions, clock) = conditions(key, time, context)?;
    let conditions = PlanSettings { single, editions: editions.of(&loaded)?, ..conditions };
    let (mut planned, wrong) = Planned::of(loaded, conditions, clock, jobs);
    planned.host = host::described();
    targets::keys(&mut planned, key);
    if wrong.is_empty() {
        for missed in planned.plays.iter().flat_map(|play| planned.missed(play)) {
            complain(&format!("warning: {}\n", inert(&missed)));
        }
        provider::warn_of_unread(&planned.plays)?;
        return Ok(planned);
    }
    // What is wrong with a single callback was said on the command line, not in a file.
    let of_fault = |problem: &Problem| problem.path.starts_with("faults[");
    let of_command_line =
        |problems: &[Problem]| problems.iter().all(|problem| problem.path.is_empty() || of_fault(problem));
    if let Some((_, problems)) = wrong.iter().find(|(_, problems)| alone && of_command_line(problems)) {
        let flag = if problems.first().is_some_and(of_fault) { "--fault: " } else { "" };
        let title = problems.first().map_or("", |problem| problem.title.as_str());
        return Err(Refused::usage(format!("{flag}{title}; nothing was sent")));
    }
    let shown = |(index, problems): &(usize, Vec<Problem>)| {
        let source = planned.loaded.get(*index).map(|loaded| &loaded.document.source);
        source.map_or_else(String::new, |source| render(source, problems, context.colour))
    };
    Err(Refused { exit: Exit::Usage, text: wrong.iter().map(shown).collect() })
}

/// Tells what is skipped of a load, of which something must be left, and what there is to say of its keys. `remote` says that
/// there is a target of the user's own.
///
/// # Errors
/// Nothing is left.
pub(super) fn settle(prepared: &Planned, key: &KeyArgs, remote: bool) -> Result<(), Refused> {
    let lines = prepared.skipped.iter().map(|skipped| format!("{}\n", skipped_line(prepared, skipped)));
    let text: String = lines.collect();
    if prepared.plays.is_empty() && !text.is_empty() {
        let text = format!("{text}nothing is left to be played; nothing was sent\n");
        return Err(Refused { exit: Exit::NothingChecked, text });
    }
    complain(&text);
    if prepared.plays.iter().any(|play| play.site.is_some()) {
        return Err(Refused::usage(
            "a load has one receiver, and this scenario has `targets`; take them out",
        ));
    }
    secrets::warn(key, prepared, remote);
    Ok(())
}

/// Plans those scenarios that can be planned, and says why the others cannot: an audit plays what it can.
///
/// # Errors
/// There is no key where one was named.
pub(super) fn possible(
    loaded: Vec<Loaded>,
    key: &KeyArgs,
    time: &TimeArgs,
    context: &ProcessContext,
) -> Result<(Planned, Vec<(String, String)>), Refused> {
    let (conditions, clock) = conditions(key, time, context)?;
    Ok(of_cases(loaded, conditions, clock))
}

/// The same cases under the same conditions, some of them in another form.
pub(super) fn replanned(planned: Planned, others: Vec<Loaded>) -> (Planned, Vec<(String, String)>) {
    let Planned { mut loaded, conditions, clock, .. } = planned;
    for other in others {
        let name = &other.document.source.name;
        if let Some(own) = loaded.iter_mut().find(|own| own.document.source.name == *name) {
            *own = other;
        }
    }
    of_cases(loaded, conditions, clock)
}

fn of_cases(loaded: Vec<Loaded>, conditions: PlanSettings, clock: Clock) -> (Planned, Vec<(String, String)>) {
    let (mut planned, wrong) = Planned::of(loaded, conditions, clock, 1);
    planned.purpose = Purpose::Audit;
    planned.host = host::described();
    let why = |(index, problems): (usize, Vec<Problem>)| {
        let why = problems.into_iter().map(|problem| problem.title).next();
        Some((planned.loaded.get(index)?.document.source.name.clone(), why?))
    };
    let refused = wrong.into_iter().filter_map(why).collect();
    (planned, refused)
}

fn conditions(
    key: &KeyArgs,
    time: &TimeArgs,
    context: &ProcessContext,
) -> Result<(PlanSettings, Clock), Refused> {
    let key = secrets::key(key, &context.environment)?.map(|(key, warning)| {
        warning.iter().for_each(|warning| complain(&format!("{warning}\n")));
        key
    });
    let clock = time.now.map_or_else(Clock::system, Clock::frozen);
    let seed = match time.seed.unwrap_or(Seed::Fixed(1)) {
        Seed::Fixed(seed) => seed,
        // Freshly keyed by the system for each map, hence for each process.
        Seed::Random => std::hash::RandomState::new().build_hasher().finish() >> 32,
    };
    Ok((planned::conditions(seed, &clock, time.speed, key), clock))
}
