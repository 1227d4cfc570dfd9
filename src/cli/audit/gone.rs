//! A receiver that goes away during an audit.

use std::collections::BTreeMap;

use super::survived;
use crate::audit::{LAST, PLAIN, groups, plain_after};
use crate::record::{CaseScore, RunRecord, ScenarioRun};

/// The receiver that went away, and the case at which it did: the reason for whatever was not judged, so it comes first. Empty where
/// every case was.
pub(super) fn gone(run: &RunRecord, played: &BTreeMap<String, ScenarioRun>) -> String {
    let unjudged = run.stopped.is_some() || run.cases.iter().any(|case| case.score == CaseScore::NotReached);
    let silent = || {
        let (after, during) = groups::silence(&run.scenarios).filter(|_| unjudged)?;
        Some(match after == during {
            true => format!("during {}", spoken(during)),
            false => format!("after {} or during {}", spoken(after), spoken(during)),
        })
    };
    let ended = || gone_after(played).map(|id| format!("after {id} or during it"));
    silent().or_else(ended).map_or_else(String::new, |when| {
        format!(
            "the receiver stopped answering {when}; what follows was not judged\n  \
             look at its own log; --exec 'COMMAND' lets hookreel start it, and tell how it ended\n\n"
        )
    })
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
