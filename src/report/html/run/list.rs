//! The list of all callbacks: those that can be opened, and the others as lines of text.

use std::time::Duration;

use super::detail::{CallbackDetail, detail, milliseconds};
use super::has_failed;
use crate::duration::show_duration;
use crate::record::{CallbackRun, ScenarioRun};
use crate::report::html::inert;
use crate::report::html::lanes::{MarkShape, shape};
use crate::verdict;

/// Callbacks with their details: more make the page too large for a mail.
pub(super) const MOST_DETAILS: usize = 400;
/// Lines of one text: one out of sight costs nothing.
const MOST_ROWS: usize = 100;

/// A scenario with its callbacks.
pub(super) struct ScenarioPart {
    /// Its place among all.
    pub(super) number: usize,
    pub(super) title: String,
    pub(super) by: String,
    pub(super) verdict: String,
    pub(super) failed: bool,
    pub(super) fault: bool,
    pub(super) rows: Vec<RowPart>,
}

/// Callbacks in the list: one that can be opened, or several as lines of one text, which a browser shows in no time.
pub(super) enum RowPart {
    Opened(CallbackRow),
    Lines(RowLines),
}

/// A callback that can be opened.
pub(super) struct CallbackRow {
    pub(super) mark: char,
    pub(super) class: &'static str,
    pub(super) text: String,
    pub(super) faults: String,
    pub(super) failed: bool,
    pub(super) fault: bool,
    pub(super) detail: CallbackDetail,
}

/// Callbacks without their details, those that a filter shows or hides together.
pub(super) struct RowLines {
    pub(super) failed: bool,
    pub(super) fault: bool,
    pub(super) count: usize,
    pub(super) text: String,
}

/// Numbers of callbacks that can still have their details.
pub(super) struct DetailRoom {
    failed: usize,
    others: usize,
    pub(super) undetailed: usize,
}

impl DetailRoom {
    /// Failures first have theirs, wherever they stand.
    pub(super) fn of(failed: usize) -> Self {
        Self { failed: MOST_DETAILS, others: MOST_DETAILS.saturating_sub(failed), undetailed: 0 }
    }

    /// True if this callback has its details.
    fn take(&mut self, failed: bool) -> bool {
        let left = if failed { &mut self.failed } else { &mut self.others };
        let is_room = *left > 0;
        *left = left.saturating_sub(1);
        self.undetailed += usize::from(!is_room);
        is_room
    }
}

pub(super) fn scenario(number: usize, it: &ScenarioRun, room: &mut DetailRoom) -> ScenarioPart {
    let mut rows: Vec<RowPart> = Vec::new();
    for callback in &it.callbacks {
        let (failed, fault) = (has_failed(callback), !callback.line.faults.is_empty());
        if room.take(failed) {
            rows.push(RowPart::Opened(row(it, callback)));
            continue;
        }
        let (mark, _) = marked(callback);
        let line = format!("{mark} {}  {}", told(callback), inert(&callback.line.faults.join(", ")));
        match rows.last_mut() {
            Some(RowPart::Lines(lines))
                if (lines.failed, lines.fault) == (failed, fault) && lines.count < MOST_ROWS =>
            {
                lines.count += 1;
                lines.text.push('\n');
                lines.text.push_str(line.trim_end());
            }
            _ => {
                let text = line.trim_end().to_owned();
                rows.push(RowPart::Lines(RowLines { failed, fault, count: 1, text }));
            }
        }
    }
    let line = &it.line;
    let title = if line.name == line.path {
        inert(&line.path)
    } else {
        inert(&format!("{}: {}", line.path, line.name))
    };
    ScenarioPart {
        number,
        title,
        by: inert(&line.edition()),
        verdict: verdict::on_scenario(it).to_string(),
        failed: it.callbacks.iter().any(has_failed),
        fault: it.callbacks.iter().any(|callback| !callback.line.faults.is_empty()),
        rows,
    }
}

fn marked(callback: &CallbackRun) -> (char, &'static str) {
    match shape(callback) {
        MarkShape::Passed => ('✓', "good"),
        MarkShape::Failed => ('✕', "bad"),
        MarkShape::Open => ('?', "unknown"),
    }
}

/// A callback in one line.
pub(super) fn told(callback: &CallbackRun) -> String {
    let line = &callback.line;
    let last = callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref());
    let answer = last.and_then(|exchange| exchange.answer.as_ref());
    let status = answer.map_or_else(String::new, |answer| format!(" {}", answer.status));
    let time = last.map_or_else(String::new, |exchange| format!(" · {}", milliseconds(exchange.latency_ms)));
    let due = show_duration(Duration::from_millis(line.due_ms));
    let outcome = format!("{}{status}", callback.outcome());
    inert(&format!("{due} {} {} · {outcome}{time}", line.event, line.subject))
}

fn row(scenario: &ScenarioRun, callback: &CallbackRun) -> CallbackRow {
    let (mark, class) = marked(callback);
    CallbackRow {
        mark,
        class,
        text: told(callback),
        faults: inert(&callback.line.faults.join(", ")),
        failed: has_failed(callback),
        fault: !callback.line.faults.is_empty(),
        detail: detail(scenario, callback),
    }
}
