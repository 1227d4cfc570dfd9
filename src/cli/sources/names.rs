//! Unknown names of providers, revisions and faults in a scenario that has other mistakes. They are reported with the
//! rest, so one correction is enough.

use serde::Deserialize;
use serde_json::Value;

use crate::delivery::clock::Clock;
use crate::delivery::target::ReceiverUrl;
use crate::fault::terms::Spec;
use crate::plan::plan;
use crate::play::planned::conditions;
use crate::problem::Problem;
use crate::provider::declared::is_file;
use crate::provider::{find, find_revision};
use crate::scenario::faults::FaultEntry;
use crate::scenario::{Loaded, Providers};
use crate::speed::{LaneStarts, Speed};

/// Problems of unknown names. Values of a wrong shape have been reported already.
pub(super) fn wrong(tree: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    let providers = tree.get("provider").and_then(|value| Providers::deserialize(value).ok());
    let choices = providers.iter().flat_map(Providers::choices);
    for (path, choice) in choices.filter(|(_, choice)| !is_file(&choice.name)) {
        match (find(&choice.name, &path), choice.revision) {
            (Err(problem), _) => problems.push(*problem),
            (Ok(provider), Some(name)) => {
                problems.extend(find_revision(provider, &name.0, &path).err().map(|problem| *problem));
            }
            (Ok(_), None) => {}
        }
    }
    let faults = tree.get("faults").and_then(Value::as_array);
    for (index, entry) in faults.into_iter().flatten().enumerate() {
        let Ok(wire_fault) = FaultEntry::deserialize(entry) else { continue };
        for wanted in wire_fault.wanted(index) {
            problems.extend(Spec::read(&wanted).err().into_iter().flatten());
        }
    }
    problems.extend(urls(tree));
    problems
}

/// Problems that a plan finds in the sound rest of a scenario, beside those that were told: events that the provider does not know,
/// and faults that find no callback. What depends on a part with a mistake is not known.
pub(super) fn of_plan(rest: &Loaded, told: &[Problem]) -> Vec<Problem> {
    let within = |problem: &Problem, parts: &[&str]| parts.iter().any(|part| problem.path.starts_with(part));
    let unknown = told.iter().any(|problem| within(problem, &["broadcast", "recording", "provider"]));
    let parts: &[&str] = if unknown { &["subscribe"] } else { &["subscribe", "faults", "recording"] };
    let conditions = conditions(1, &Clock::system(), Speed::Max, None);
    let found = plan(rest, 0, 0, &conditions, &mut LaneStarts::new(1)).err();
    let again = |problem: &Problem| told.iter().any(|other| other.title == problem.title);
    found.into_iter().flatten().filter(|problem| within(problem, parts) && !again(problem)).collect()
}

/// The addresses of targets that cannot be sent to. They may hold a secret, so nothing of them is repeated.
pub(super) fn urls(tree: &Value) -> Vec<Problem> {
    let targets = tree.get("targets").and_then(Value::as_array).into_iter().flatten().enumerate();
    let wrong = targets.filter_map(|(index, target)| {
        let url = target.get("url").and_then(Value::as_str)?;
        ReceiverUrl::parse(url).err()?;
        let problem = Problem::at(format!("targets[{index}].url"), "this cannot be sent to");
        Some(
            problem.label("expected a URL such as http://localhost:8080/callback, or a port of this machine"),
        )
    });
    wrong.collect()
}
