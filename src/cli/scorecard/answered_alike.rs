//! Notice for a receiver that answers every callback alike.

use std::collections::BTreeSet;

use super::Card;
use crate::audit::answered_alike::{AnsweredAlike, Trace};
use crate::record::{OverallKind, OverallLine};
use crate::report::text;
use crate::verdict::cause::PAGES;

/// Bodies that are shown where hostile callbacks were answered in several ways.
const BODIES: usize = 3;

/// The answers to hostile callbacks beside those to valid ones, in a line.
fn answered(alike: &AnsweredAlike) -> String {
    let AnsweredAlike { hostile, otherwise, status, bodies, valid, .. } = alike;
    let count = match otherwise {
        0 => format!("all {hostile}"),
        more => format!("{hostile} of {}", hostile + more),
    };
    let of_valid =
        if valid.is_empty() { "valid ones without a body".into() } else { format!("valid ones {valid}") };
    match bodies.as_slice() {
        [(body, _)] => {
            let like = if alike.like_valid() == *hostile { "like valid ones" } else { &of_valid };
            let body = if body.is_empty() { String::new() } else { format!(" {body}") };
            format!("{count} hostile callbacks were answered {status}{body}, {like}")
        }
        several => {
            let shown = several.iter().take(BODIES).map(|(body, count)| format!("{body} ({count} times)"));
            let more = if several.len() > BODIES { ", ..." } else { "" };
            let shown = shown.collect::<Vec<_>>().join(", ");
            format!("{count} hostile callbacks were answered {status}: {shown}{more}; {of_valid}")
        }
    }
}

/// Words about a receiver that acknowledges everything, and the cases that failed by nothing else. `expects`: `--expect`
/// tells acceptance and rejection already.
pub(in crate::cli) fn overall(
    alike: &AnsweredAlike,
    cases: &BTreeSet<&'static str>,
    expects: bool,
) -> OverallLine {
    let AnsweredAlike { hostile, otherwise, status, told_by, .. } = alike;
    let mut told = Vec::new();
    // Beside it, what a page means: at the end it would be read last.
    if alike.valid.trim_start().starts_with('<') {
        told.push(format!("Likely {PAGES}."));
    }
    if *otherwise > 0 {
        told.push(format!(
            "{otherwise} more were answered otherwise: an HTTP server rejects malformed and very large ones by itself."
        ));
    }
    let like_valid = alike.like_valid();
    if like_valid > 0 && like_valid < *hostile {
        told.push(format!(
            "{like_valid} of them were answered exactly like valid ones: what was sent in those was not checked."
        ));
    }
    if let Some((path, value)) = told_by.as_ref().filter(|_| !expects) {
        told.push(format!(
            "If the body tells acceptance from rejection, say so: --expect '{{accept: {{json: {{\"{path}\": {value}}}}}}}'"
        ));
        told.push(format!(
            "Mind that the vendor does not read the body: what gets {status} is not sent again."
        ));
    }
    told.extend(to_tell_apart(alike, expects).iter().map(|line| (*line).to_owned()));
    let cases = cases.iter().map(|id| (*id).to_owned()).collect();
    OverallLine { kind: OverallKind::AnsweredAlike, seen: answered(alike), told, cases }
}

/// Possible causes, and the ways to tell them apart, a line each.
fn to_tell_apart(alike: &AnsweredAlike, expects: bool) -> Vec<&'static str> {
    let mut lines = match alike.trace {
        Trace::None if expects => vec!["None of them was stored, so the receiver may reject silently."],
        Trace::None => vec![
            "None of them was stored, so the receiver may reject silently. To judge by the state alone:",
            "--expect '{accept: {status: 200}, reject: {status: 200}}'",
        ],
        Trace::Stored => {
            vec!["Some of them were stored as well: the signature is not checked, or not in every case."]
        }
        Trace::Unknown => vec![
            match expects {
                true => {
                    "By --expect each of these answers accepts, so the signature is not checked. To see what was stored:"
                }
                false => {
                    "Either the signature is not checked, or the receiver rejects without saying so. To tell these apart:"
                }
            },
            "--state URL    a list of what is stored: a rejected callback must not be in it",
        ],
    };
    if alike.trace == Trace::Unknown && alike.told_by.is_none() && !expects {
        lines.push(match alike.valid.contains('{') {
            true => "--expect YAML  what the body says, such as '{accept: {json: {\"$.code\": 0}}}'",
            false => "--expect YAML  what else differs, such as '{accept: {header: {x-result: ok}}}'",
        });
    }
    lines
}

impl Card<'_> {
    /// Notice for a receiver that acknowledges everything. It comes first, since every case would repeat the same failure.
    pub(super) fn everything_alike(&self, out: &mut String) {
        out.extend(
            self.alike.iter().map(|(alike, cases)| text::overall(&overall(alike, cases, self.expects))),
        );
    }
}
