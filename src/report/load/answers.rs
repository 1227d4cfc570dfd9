//! The first answers of a load that were not expected, in lines for a person.

use crate::record::load::{DeviationKind, KeptAnswer, Tally};
use crate::report::inert;

/// Columns of an answer's text.
const ANSWER: usize = 60;

/// The first unexpected answers of each status, each text once, and what was not expected where the status does not say it.
pub(in crate::report) fn unexpected(total: &Tally) -> Vec<String> {
    let mut told: Vec<(u16, String)> = Vec::new();
    let mut rows = Vec::new();
    for KeptAnswer { status, event, body, why, kind, .. } in &total.answers {
        let text = cut(body, ANSWER.saturating_sub(event.chars().count() + 3));
        let text = if text.is_empty() { "(empty)".into() } else { text };
        let line = (*status, text);
        if told.contains(&line) {
            continue;
        }
        rows.push(format!("{status} {} ({})", line.1, inert(event)));
        told.push(line);
        if !why.is_empty() && *kind != Some(DeviationKind::Status) {
            rows.push(format!("    {}", cut(why, ANSWER)));
        }
    }
    rows
}

/// A text in one line of at most `room` columns.
fn cut(text: &str, room: usize) -> String {
    let text = inert(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    if text.chars().count() <= room {
        return text;
    }
    text.chars().take(room.saturating_sub(3)).collect::<String>() + "..."
}
