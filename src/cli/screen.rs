//! Output on the terminal while a run goes on.

use std::collections::HashSet;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

use super::{complain, show};
use crate::duration::show_duration;
use crate::play::Observer;
use crate::record::{Exchange, Line, RunRecord};
use crate::report::text::{self, Columns, Detail, Printer};

/// Output on the terminal while the run goes on: the text report, as far as it is known, and a line of progress below
/// it.
///
/// While all callbacks fail alike nothing of them is printed: if it stays so, the cause is said once, in their place.
pub(super) struct Screen {
    /// Print the text report.
    text: bool,
    detail: Detail,
    progress: Option<ProgressBar>,
    /// The first callback that is not on the screen yet. Callbacks are shown in their order, whatever order they end in.
    next: (usize, usize),
    /// Since the first callback was begun.
    printer: Option<Printer>,
    /// Columns of the current scenario.
    columns: Option<Columns>,
    /// Something passed, or failed in another way than the rest.
    mixed: bool,
    /// Callbacks whose end was told.
    told: HashSet<(usize, String)>,
    /// Scenarios on the screen that are played again.
    again: HashSet<usize>,
    /// Notice after the first scenario of an audit, whose scorecard says at the end what has passed and failed.
    notice: Option<fn(&RunRecord) -> Option<String>>,
    /// Progress where no terminal shows it.
    lines: ProgressLines,
    /// The last attempt that did not end its callback; empty = none is known since one ended.
    attempt: String,
}

/// A line of progress every ten seconds, for a log.
struct ProgressLines {
    begun: Instant,
    /// Lines so far; none = nothing is written.
    written: Option<u32>,
}

/// Time between two lines of progress.
const EVERY: Duration = Duration::from_secs(10);

impl ProgressLines {
    fn new(speaks: bool) -> Self {
        Self { begun: Instant::now(), written: (speaks && !std::io::stderr().is_terminal()).then_some(0) }
    }

    /// The line that is due at this time since the begin, if one is.
    fn due(&mut self, since: Duration, ended: u64, all: usize, attempt: &str) -> Option<String> {
        let written = self.written?;
        if since < EVERY.saturating_mul(written.saturating_add(1)) {
            return None;
        }
        // One that comes late stands for those before it.
        self.written = u32::try_from(since.as_secs() / EVERY.as_secs()).ok();
        let since = show_duration(Duration::from_secs(since.as_secs()));
        let attempt = if attempt.is_empty() { attempt } else { &format!("; {attempt}") };
        Some(format!("{ended} of {all} callbacks after {since}{attempt}\n"))
    }
}

impl Screen {
    pub(super) fn new(text: bool, detail: Detail) -> Self {
        Self {
            text,
            detail,
            progress: None,
            next: (0, 0),
            printer: None,
            columns: None,
            mixed: false,
            told: HashSet::new(),
            again: HashSet::new(),
            notice: None,
            lines: ProgressLines::new(detail != Detail::Failures),
            attempt: String::new(),
        }
    }

    /// The same for an audit, with what there is to say at once when the first scenario is over. Its scorecard ends it.
    pub(super) fn of_audit(self, notice: fn(&RunRecord) -> Option<String>) -> Self {
        Self { notice: Some(notice), ..self }
    }

    fn begin(&mut self, run: &RunRecord) {
        if self.text && self.detail != Detail::Failures {
            show(&text::head(run));
        }
        self.printer = Some(Printer::new(run, self.detail));
        let bar =
            ProgressBar::with_draw_target(Some(run.callbacks().count() as u64), ProgressDrawTarget::stderr());
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {pos}/{len} callbacks  {elapsed}  {wide_msg}")
        {
            bar.set_style(style);
            if !bar.is_hidden() {
                // At real time nothing may end for an hour.
                bar.enable_steady_tick(Duration::from_secs(1));
            }
        }
        self.progress = Some(bar);
    }

    fn advance(&mut self, run: &RunRecord, ended: bool) {
        self.mixed = self.mixed || self.detail == Detail::Verbose || text::failed_alike(run).is_none();
        let Some(printer) = self.printer.as_mut().filter(|_| self.mixed || ended) else { return };
        let mut out = String::new();
        while let Some(scenario) = run.scenarios.get(self.next.0) {
            let Some(callback) = scenario.callbacks.get(self.next.1) else {
                if !(scenario.over || ended) {
                    break;
                }
                out.push_str(&printer.scenario_end(scenario));
                self.next = (self.next.0 + 1, 0);
                self.columns = None;
                continue;
            };
            if !self.told.remove(&(self.next.0, callback.line.id.clone())) && !ended {
                break;
            }
            let columns = self.columns.get_or_insert_with(|| Columns::of(scenario));
            out.push_str(&printer.callback(scenario, callback, columns));
            self.next.1 += 1;
        }
        self.print(&out);
    }

    /// Keeps what an attempt came to, until its callback has ended: with retries that may take minutes.
    fn attempted(&mut self, id: &str, n: u32, exchange: &Exchange) {
        let status = || exchange.answer.as_ref().map(|answer| format!("status {}", answer.status));
        let Some(got) = exchange.error.as_ref().map(|error| error.text.clone()).or_else(status) else {
            return;
        };
        self.attempt = format!("{id}, attempt {n}: {got}");
        self.progress.iter().for_each(|bar| bar.set_message(self.attempt.clone()));
    }

    /// A scenario is played again: what is not on the screen yet is told of its new play.
    fn begin_again(&mut self, scenario: usize) {
        self.told.retain(|(of, _)| *of != scenario);
        if scenario < self.next.0 {
            self.again.insert(scenario);
        } else if scenario == self.next.0 {
            (self.next.1, self.columns) = (0, None);
        }
    }

    /// The new play of a scenario that is on the screen already.
    fn advance_again(&mut self, run: &RunRecord, index: usize) {
        let Some((printer, scenario)) = self.printer.as_mut().zip(run.scenarios.get(index)) else { return };
        let mut out = format!("{} again: the receiver's process had ended meanwhile\n", scenario.line.path);
        let columns = Columns::of(scenario);
        scenario.callbacks.iter().for_each(|own| out.push_str(&printer.callback(scenario, own, &columns)));
        out.push_str(&printer.scenario_end(scenario));
        self.print(&out);
    }

    fn print(&self, out: &str) {
        if !self.text || out.is_empty() {
            return;
        }
        match &self.progress {
            Some(bar) => bar.suspend(|| show(out)),
            None => show(out),
        }
    }
}

impl Observer for Screen {
    fn update(&mut self, run: &RunRecord, line: &Line) {
        match line {
            Line::Intent { .. } if self.printer.is_none() => self.begin(run),
            Line::Result { id, n, exchange, .. } => self.attempted(id, *n, exchange),
            Line::Outcome { scenario, id, .. } => {
                self.attempt.clear();
                self.told.insert((*scenario, id.clone()));
                self.progress.iter().for_each(|bar| {
                    bar.set_message("");
                    bar.inc(1);
                });
                self.advance(run, false);
            }
            Line::Again { scenario } => self.begin_again(*scenario),
            Line::Over { scenario } if self.again.remove(scenario) => self.advance_again(run, *scenario),
            Line::Over { scenario } => {
                let notice = self.notice.filter(|_| *scenario == 0).and_then(|notice| notice(run));
                notice.iter().for_each(|text| complain(text));
                self.advance(run, false);
            }
            _ => {}
        }
    }

    fn idle(&mut self, run: &RunRecord) {
        let since = self.lines.begun.elapsed();
        if let Some(line) = self.lines.due(since, run.noted.ended, run.callbacks().count(), &self.attempt) {
            complain(&line);
        }
    }

    fn finish(&mut self, run: &RunRecord) {
        // Not even the first line could be written; there was no run.
        if run.header.schema.is_empty() {
            return;
        }
        if self.printer.is_none() {
            self.begin(run);
        }
        self.printer.iter_mut().for_each(|printer| printer.ended(run));
        if let Some(bar) = self.progress.take() {
            bar.finish_and_clear();
        }
        match text::failed_alike(run).filter(|_| !self.mixed) {
            Some(alike) => self.print(&format!("{}{}", alike.text(run), text::summary(run))),
            None => {
                self.advance(run, true);
                let printer = self.printer.as_ref().filter(|_| self.notice.is_none());
                self.print(&printer.map_or_else(String::new, |printer| printer.end(run)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_has_a_line_of_progress_every_ten_seconds_and_a_quiet_one_has_none() {
        let mut lines = ProgressLines { begun: Instant::now(), written: Some(0) };
        let mut at = |seconds: u64| lines.due(Duration::from_secs(seconds), seconds, 90, "");
        let told: Vec<String> = (0..=25).filter_map(&mut at).collect();
        assert_eq!(told, ["10 of 90 callbacks after 10s\n", "20 of 90 callbacks after 20s\n"]);
        assert!(at(61).is_some() && at(62).is_none(), "one that comes late stands for those before it");
        let told = lines.due(Duration::from_secs(70), 1, 2, "a-1, attempt 3: no answer within 20s");
        assert_eq!(told.unwrap(), "1 of 2 callbacks after 1m10s; a-1, attempt 3: no answer within 20s\n");
        lines.written = None;
        assert_eq!(lines.due(Duration::from_secs(99), 1, 2, ""), None);
    }
}
