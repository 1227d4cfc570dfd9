//! Targets of the scenarios: their own `targets`, or the receiver of the command line.

use super::args::{KeyArgs, ReceiverArgs};
use super::exit::Refused;
use crate::delivery::target::ReceiverUrl;
use crate::plan::editions::Skipped;
use crate::plan::{PlannedScenario, has_own};
use crate::play::Planned;
use crate::problem::did_you_mean;

/// The reason why a key of the command line takes out what has several.
const SEVERAL: &str = "it has several keys, and --secret-env or --secret-file gives one";

/// Takes out what has keys of its own where the command line gives one.
pub(super) fn keys(planned: &mut Planned, key: &KeyArgs) {
    if key.secret_env.is_none() && key.secret_file.is_none() {
        return;
    }
    let own = |play: &PlannedScenario, planned: &Planned| {
        planned.loaded.get(play.scenario).is_some_and(|loaded| has_own(&loaded.scenario))
    };
    skip(planned, own, |_, _| SEVERAL.into());
}

/// The addresses of the plays that have targets of their own; none where a play has none.
pub(super) fn own_addresses(planned: &Planned) -> Vec<Option<ReceiverUrl>> {
    let own = |play: &PlannedScenario| ReceiverUrl::parse(play.site.as_ref()?.url.as_deref()?).ok();
    planned.plays.iter().map(own).collect()
}

/// Puts the addresses of the command line into the plays that have targets, and takes out those that cannot be sent.
///
/// # Errors
/// A name that no scenario has, a target without an address, or nothing is left.
pub(super) fn settle(planned: &mut Planned, args: &ReceiverArgs) -> Result<(), Refused> {
    let before = planned.plays.len();
    unknown(planned, args)?;
    if args.target.is_some() && args.named.is_empty() {
        skip(
            planned,
            |play, _| play.site.is_some(),
            |play, planned| {
                let targets = planned.loaded.get(play.scenario).map(|loaded| &loaded.scenario.targets);
                let each = targets.into_iter().flatten().map(|target| format!(" -t {}=URL", target.name));
                format!("it has targets of its own:{} gives them addresses", each.collect::<String>())
            },
        );
    }
    if args.target.is_none() && !args.named.is_empty() {
        skip(
            planned,
            |play, _| play.site.is_none(),
            |_, _| "it has no targets: -t URL says where it is sent".into(),
        );
    }
    for site in planned.plays.iter_mut().filter_map(|play| play.site.as_mut()) {
        if let Some((_, target)) = args.named.iter().find(|(name, _)| *name == site.name) {
            site.url = Some(target.url.to_string());
        }
    }
    addressed(planned)?;
    let several = planned.skipped.iter().any(|skipped| skipped.reason == SEVERAL);
    if planned.plays.is_empty() && (before > 0 || several) {
        let reasons: Vec<&str> = planned.skipped.iter().map(|skipped| skipped.reason.as_str()).collect();
        // Where nothing is left to play, something was skipped, with its reason.
        let reason = reasons.last().copied().unwrap_or_default();
        return Err(Refused::usage(format!("nothing can be played: {reason}; nothing was sent")));
    }
    Ok(())
}

/// Refuses targets without an address beside one that has one: a part of the callbacks would reach the embedded receiver.
fn addressed(planned: &Planned) -> Result<(), Refused> {
    let sites = || planned.plays.iter().filter_map(|play| Some((play, play.site.as_ref()?)));
    let Some((_, known)) = sites().find(|(_, site)| site.url.is_some()) else { return Ok(()) };
    let mut without: Vec<String> = Vec::new();
    for (play, site) in sites().filter(|(_, site)| site.url.is_none()) {
        let (place, name) = (planned.place(play, &site.path), &site.name);
        let line = format!(
            "{place}: the target `{name}` has no URL, and `{}` has one; -t {name}=URL gives it one",
            known.name
        );
        if !without.contains(&line) {
            without.push(line);
        }
    }
    match without.is_empty() {
        true => Ok(()),
        false => Err(Refused::usage(format!("{}; nothing was sent", without.join("\n  ")))),
    }
}

/// A name on the command line that no scenario has.
fn unknown(planned: &Planned, args: &ReceiverArgs) -> Result<(), Refused> {
    let mut names: Vec<&str> =
        planned.plays.iter().filter_map(|play| Some(play.site.as_ref()?.name.as_str())).collect();
    names.sort_unstable();
    names.dedup();
    let wrong = args.named.iter().filter(|(name, _)| !names.contains(&name.as_str())).map(|(name, _)| {
        let near =
            did_you_mean(name, names.iter().copied()).map_or_else(String::new, |near| format!("; {near}"));
        let expected = match names.as_slice() {
            [] => "the scenarios have no `targets`".to_owned(),
            names => format!("expected {}", names.join(" or ")),
        };
        format!("-t: there is no target `{name}`; {expected}{near}")
    });
    let wrong: Vec<String> = wrong.collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Refused::usage(format!("{}; nothing was sent", wrong.join("\n  "))))
    }
}

/// Takes plays out, each with the reason.
fn skip(
    planned: &mut Planned,
    out: impl Fn(&PlannedScenario, &Planned) -> bool,
    why: impl Fn(&PlannedScenario, &Planned) -> String,
) {
    let skipped = planned.plays.iter().map(|play| out(play, planned)).collect::<Vec<_>>();
    let mut out = skipped.into_iter();
    let (left, gone): (Vec<PlannedScenario>, Vec<PlannedScenario>) =
        // There are as many answers as plays.
        std::mem::take(&mut planned.plays).into_iter().partition(|_| !out.next().unwrap_or_default());
    planned.plays = left;
    let skipped: Vec<Skipped> = gone
        .into_iter()
        .map(|play| Skipped {
            scenario: play.scenario,
            reason: why(&play, planned),
            provider: play.provider.name.into(),
            revision: play.revision.name.into(),
            name: play.name,
        })
        .collect();
    planned.skipped.extend(skipped);
}
