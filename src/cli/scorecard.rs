//! What an audit came to: per family, then case by case what broke, why it matters, and how to see it again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::json;

use super::audit::Scored;
use crate::audit::ALL;
use crate::audit::case::{Case, Setting};
use crate::audit::score::Score;
use crate::report::inert;

/// The scorecard as JSON.
pub(super) fn json_of(setting: &Setting, scored: &[Scored]) -> serde_json::Value {
    let case = |(case, score): &Scored| {
        let (word, seen) = match score {
            Score::Held { by_answers } => ("held", json!({ "by_answers": by_answers })),
            Score::Broken(seen) => ("broken", json!({ "seen": seen })),
            Score::Untold => ("untold", json!({})),
            Score::Unjudged(why) => ("unjudged", json!({ "why": why })),
            Score::Unplayed(why) => ("unplayed", json!({ "why": why })),
        };
        let mut told = json!({ "id": case.id, "title": case.title, "score": word });
        if let (Some(told), Some(seen)) = (told.as_object_mut(), seen.as_object()) {
            told.extend(seen.clone());
        }
        told
    };
    json!({
        "schema": "hookreel.audit/1",
        "provider": setting.provider.name,
        "revision": setting.revision.name,
        "cases": scored.iter().map(case).collect::<Vec<_>>(),
    })
}

/// How many of a family came to what.
#[derive(Default)]
struct Tally {
    held: usize,
    by_answers: usize,
    untold: usize,
    broken: usize,
    known: usize,
    unjudged: usize,
    unplayed: usize,
}

/// The scorecard, for a person.
pub(super) fn scorecard(
    setting: &Setting,
    scored: &[Scored],
    known: &BTreeSet<String>,
    again: &str,
) -> String {
    let mut out = format!("audit as {} {}\n\n", setting.provider.name, setting.revision.name);
    let mut all = Tally::default();
    for family in ALL {
        let mut tally = Tally::default();
        for (case, score) in scored.iter().filter(|(case, _)| case.family() == family.letter) {
            count(&mut tally, case, score, known);
            count(&mut all, case, score, known);
        }
        let total = tally.held + tally.untold + tally.broken + tally.known + tally.unjudged + tally.unplayed;
        if total > 0 {
            // Writing into a String cannot fail.
            let _ = writeln!(out, "  {} {:<28} {}", family.letter, family.title, words(&tally));
        }
    }
    for (case, score) in scored {
        if let Score::Broken(seen) = score {
            let mark = if known.contains(case.id) { "known: " } else { "" };
            let _ = writeln!(out, "\n{mark}{} {}", case.id, case.title);
            for line in seen.iter().take(4) {
                let _ = writeln!(out, "  seen   {}", inert(line));
            }
            let _ = writeln!(
                out,
                "  why    {}\n  cure   {}\n  again  {again} --case {} -v",
                case.why, case.cure, case.id
            );
        }
    }
    reasons(&mut out, scored);
    let judged = all.held + all.known + all.untold;
    let headline = match (all.broken, all.unplayed, judged) {
        (1.., ..) => "broken",
        (_, 1.., _) => "not finished",
        (_, _, 0) => "nothing judged",
        _ => "held",
    };
    let _ = writeln!(out, "\n{headline}: {}", words(&all));
    if all.by_answers > 0 {
        let _ = writeln!(
            out,
            "{} held by their answers alone: give --state URL to see that each file is stored once, and nothing else",
            all.by_answers
        );
    }
    out
}

/// What could not be judged, by reason.
fn reasons(out: &mut String, scored: &[Scored]) {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (case, score) in scored {
        match score {
            Score::Unjudged(why) | Score::Unplayed(why) => reasons.entry(why).or_default().push(case.id),
            Score::Untold => reasons.entry("the scheme cannot tell").or_default().push(case.id),
            _ => {}
        }
    }
    for (why, ids) in reasons {
        let _ = writeln!(out, "\nnot judged, {}: {}", inert(why), ids.join(" "));
    }
}

fn count(tally: &mut Tally, case: &Case, score: &Score, known: &BTreeSet<String>) {
    match score {
        Score::Held { by_answers } => {
            tally.held += 1;
            tally.by_answers += usize::from(*by_answers);
        }
        Score::Broken(_) if known.contains(case.id) => tally.known += 1,
        Score::Broken(_) => tally.broken += 1,
        Score::Untold => tally.untold += 1,
        Score::Unjudged(_) => tally.unjudged += 1,
        Score::Unplayed(_) => tally.unplayed += 1,
    }
}

fn words(tally: &Tally) -> String {
    let parts = [
        (tally.held, "held"),
        (tally.broken, "broken"),
        (tally.known, "known to break"),
        (tally.untold, "untold"),
        (tally.unjudged, "not judged"),
        (tally.unplayed, "not played"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    parts.collect::<Vec<_>>().join(", ")
}
