//! A load in which everything failed alike: one cause, said once, before anything else.

use std::borrow::Cow;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use crate::record::TroubleKind;
use crate::record::load::LoadRun;
use crate::report::text::{block, quoted, request};
use crate::verdict::load::failed_alike::{self, LoadFailures, SharedResult};
use crate::verdict::load::{self, LoadVerdict};

/// The cause, if there is one.
fn found(run: &LoadRun) -> Option<LoadFailures<'_>> {
    failed_alike::of(run).filter(|_| load::judge(run).verdict == LoadVerdict::Failed)
}

/// The cause, and how to see it again; empty where there is none.
pub(super) fn text(run: &LoadRun) -> String {
    let Some(alike) = found(run) else { return String::new() };
    let (line, why) = (&run.line, alike.answer.map_or("", |answer| answer.why.as_str()));
    let request = request(&run.header, &line.providers.join(", "));
    let rows = [
        // A row without a text is not shown.
        ("likely cause", alike.cause.as_deref().unwrap_or_default()),
        ("found", if matches!(alike.way, SharedResult::Unexpected(_)) { why } else { "" }),
        ("expected", &line.accept.join("; ")),
        ("request", &request),
        ("one by one", &line.once),
        ("again", &line.rerun),
    ];
    block(&sentence(run, &alike), &rows)
}

/// The same for programs.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(super) struct LoadsFailedAlike<'a> {
    callbacks: u64,
    text: String,
    status: Option<u16>,
    trouble: Option<TroubleKind>,
    answer: Option<&'a str>,
    found: Option<&'a str>,
    likely_cause: Option<Cow<'a, str>>,
    expected: String,
    one_by_one: &'a str,
    again: &'a str,
}

/// The cause for programs, if there is one.
pub(super) fn row(run: &LoadRun) -> Option<LoadsFailedAlike<'_>> {
    let alike = found(run)?;
    let (status, trouble) = match alike.way {
        SharedResult::Refused(status) | SharedResult::Unexpected(status) => (Some(status), None),
        SharedResult::Trouble(kind) => (None, Some(kind)),
        SharedResult::Unanswered => (None, None),
    };
    Some(LoadsFailedAlike {
        callbacks: alike.callbacks,
        text: sentence(run, &alike),
        status,
        trouble,
        answer: alike.answer.map(|answer| answer.body.as_str()),
        found: alike.answer.map(|answer| answer.why.as_str()).filter(|why| !why.is_empty()),
        likely_cause: alike.cause,
        expected: run.line.accept.join("; "),
        one_by_one: &run.line.once,
        again: &run.line.rerun,
    })
}

/// The same in short.
pub(in crate::report) struct Short {
    /// Common result of all callbacks, with the answer.
    pub(in crate::report) found: String,
    /// Empty = not known.
    pub(in crate::report) cause: Cow<'static, str>,
}

/// The cause in short, if there is one.
pub(in crate::report) fn short(run: &LoadRun) -> Option<Short> {
    let alike = found(run)?;
    // Empty where the sentence says it all.
    Some(Short { found: sentence(run, &alike), cause: alike.cause.unwrap_or_default() })
}

/// Common result of all callbacks, with the answer, in one line.
fn sentence(run: &LoadRun, alike: &LoadFailures<'_>) -> String {
    let many = match alike.callbacks {
        all if all == run.total.planned => format!("all {all} callbacks"),
        some => format!("{some} of {} callbacks", run.total.planned),
    };
    let said = alike.answer.map_or_else(String::new, |answer| format!(": {}", quoted(&answer.body)));
    match alike.way {
        SharedResult::Refused(status) => format!("{many}: answered {status}{said}"),
        SharedResult::Unexpected(status) => {
            format!("{many}: answered {status}, not as the scenario expects{said}")
        }
        SharedResult::Trouble(kind) => format!("{many}: no whole answer ({}){said}", kind.words()),
        SharedResult::Unanswered => format!("{many}: no answer until the load ended"),
    }
}
