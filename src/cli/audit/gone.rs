//! A receiver that goes away during an audit, or limits the rate.

use std::collections::BTreeMap;

use super::survived;
use crate::audit::score::begin;
use crate::audit::{LAST, PLAIN, answered_alike, plain_after, silence};
use crate::callback::Class;
use crate::record::{CallbackRun, OverallKind, OverallLine, RunRecord, ScenarioRun};
use crate::report::inert;

/// The receiver that went away or limits the rate, and the case at which the audit stopped: the reason for whatever was not checked, so
/// it comes first. None where every case was, or where what ended the receiver is told with its case.
pub(super) fn gone(
    run: &RunRecord,
    played: &BTreeMap<String, ScenarioRun>,
    unjudged: bool,
) -> Option<OverallLine> {
    let line = |kind, seen, told| OverallLine { kind, seen, told, cases: Vec::new() };
    if let Some(limited) = limited(run) {
        let stopped = gone_after(played).map(|id| format!("what follows {id} was not checked"));
        let advice = "lift the limit for the audit, or raise it: an audit sends as fast as it is answered";
        let told = stopped.into_iter().chain([advice.to_owned()]).collect();
        return Some(line(OverallKind::LimitsRate, limited, told));
    }
    if run.scenarios.iter().any(ScenarioRun::receiver_ended) {
        return None;
    }
    let silent = || {
        if unjudged && let [first, others @ ..] = silence::ended_by(&run.scenarios).as_slice() {
            let others = match others {
                [] => String::new(),
                [other] => format!(", or at {}, which came beside it", spoken(other)),
                others => format!(", or at one of {} others that came beside it", others.len()),
            };
            return Some(format!(
                "the receiver stopped answering at {}: it closed the connection without an answer{others}",
                spoken(first)
            ));
        }
        let (after, during) = silence::silence(&run.scenarios).filter(|_| unjudged)?;
        Some(match after == during {
            true => format!("the receiver stopped answering during {}", spoken(during)),
            false => {
                format!("the receiver stopped answering after {} or during {}", spoken(after), spoken(during))
            }
        })
    };
    let ended = || {
        let id = gone_after(played)?;
        let answer =
            played.get(&plain_after(id)).and_then(|after| answered_alike::answer(after.callbacks.first()?));
        Some(match answer {
            Some(answer) => format!(
                "the plain callback after {id} was answered {} {}",
                answer.status,
                begin(&answer.body)
            ),
            None => format!("the receiver stopped answering after {id} or during it"),
        })
    };
    let what = silent().or_else(ended)?;
    Some(line(OverallKind::WentAway, format!("{what}; what follows was not checked"), advice(run)))
}

/// Advice for a receiver that went away.
fn advice(run: &RunRecord) -> Vec<String> {
    if let Some((scenario, callback)) = silence::hangs_on(&run.scenarios) {
        let waits = "look at its own log for what it waits for there; a receiver with one worker serves nobody else meanwhile";
        return vec![hangs(scenario, callback), waits.to_owned()];
    }
    // A process of ours that had ended would be told as that: it waits for something, or all its workers do.
    let advice = if run.header.starts_receiver { BLOCKED } else { START_IT };
    vec![advice.to_owned()]
}

/// Advice where nothing is known of the process.
const START_IT: &str = "look at its own log; --exec 'COMMAND' lets hookreel start it, and tell how it ended";

/// Advice where the process still runs.
const BLOCKED: &str = "its process still runs: look at its own log for what it waits for; a receiver with one worker serves nobody else \
                       while one request lasts, and more workers go on";

/// The request that the receiver hangs on, for a person.
fn hangs(scenario: &ScenarioRun, callback: &CallbackRun) -> String {
    let line = &callback.line;
    let faults = match line.faults.as_slice() {
        [] => String::new(),
        faults => format!(" with {}", faults.join(", ")),
    };
    let again = match scenario.line.rerun.as_str() {
        "" => String::new(),
        rerun => format!("; alone: {rerun}"),
    };
    format!(
        "the first request that it left without an answer: {} of {} ({} {}{faults}){again}",
        line.id,
        spoken(&scenario.line.path),
        line.event,
        line.subject
    )
}

/// What says that the receiver limits the rate; none = it refused no legal callback for that.
fn limited(run: &RunRecord) -> Option<String> {
    let legal = || run.callbacks().filter(|callback| callback.line.class == Class::Legal);
    let busy =
        |callback: &&CallbackRun| answered_alike::answer(callback).is_some_and(|answer| answer.status == 429);
    let first = legal().find(busy)?;
    let headers = answered_alike::answer(first).map_or(&[][..], |answer| &answer.headers);
    let wait = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"));
    let wait = wait.map_or_else(String::new, |(_, value)| format!(" (Retry-After: {})", inert(value)));
    let case = run.scenarios.get(first.line.scenario).map_or("", |scenario| scenario.line.path.as_str());
    Some(format!(
        "the receiver limits the rate: {} of {} plain callbacks were answered 429{wait}, the first in {}",
        legal().filter(busy).count(),
        legal().count(),
        spoken(case)
    ))
}

/// A played scenario in the words of a person: a case by its id.
fn spoken(path: &str) -> String {
    match path.strip_prefix(PLAIN) {
        Some("") => "the first plain callback".into(),
        Some(after) => format!("the plain callback{after}"),
        None => path.to_owned(),
    }
}

/// The last case after which no plain callback was accepted any more.
fn gone_after(played: &BTreeMap<String, ScenarioRun>) -> Option<&str> {
    LAST.into_iter().find(|id| played.get(&plain_after(id)).is_some_and(|after| !survived(after)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Header;

    #[test]
    fn only_a_receiver_that_was_started_by_us_is_said_to_run() {
        let of = |starts_receiver| {
            // A stream may be called anything.
            let command = "hookreel audit tencent --stream 'a --exec b'".into();
            let mut run = RunRecord::default();
            run.header = Header { starts_receiver, command, ..Header::default() };
            advice(&run)
        };
        assert_eq!((of(true), of(false)), (vec![BLOCKED.to_owned()], vec![START_IT.to_owned()]));
    }
}
