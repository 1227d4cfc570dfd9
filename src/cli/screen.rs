//! What a person sees while a run goes on.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::show;
use crate::play::Observer;
use crate::record::{Line, Run};
use crate::report::text::{self, Columns};

/// What a person sees while the run goes on: the text report, as far as it is known, and a line of progress below it.
pub(super) struct Screen {
    /// Print the text report.
    text: bool,
    /// Print failures only.
    quiet: bool,
    /// Print details of every callback.
    verbose: bool,
    progress: Option<ProgressBar>,
    /// The first callback that is not on the screen yet. Callbacks are shown in their order, whatever order they end in.
    next: (usize, usize),
    begun: bool,
    /// The current scenario's title is on the screen.
    titled: bool,
    /// Of the current scenario.
    columns: Option<Columns>,
}

impl Screen {
    pub(super) fn new(text: bool, quiet: bool, verbose: bool) -> Self {
        Self {
            text,
            quiet,
            verbose,
            progress: None,
            next: (0, 0),
            begun: false,
            titled: false,
            columns: None,
        }
    }

    fn followed(&mut self, run: &Run, line: &Line) {
        match line {
            Line::Intent { .. } if !self.begun => self.begin(run),
            Line::Outcome { .. } => {
                self.progress.iter().for_each(|bar| bar.inc(1));
                self.advance(run, false);
            }
            Line::Over { .. } => self.advance(run, false),
            _ => {}
        }
    }

    fn begin(&mut self, run: &Run) {
        self.begun = true;
        if self.text && !self.quiet {
            show(&text::head(run));
        }
        let bar =
            ProgressBar::with_draw_target(Some(run.callbacks().count() as u64), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} callbacks  {elapsed}") {
            bar.set_style(style);
            if !bar.is_hidden() {
                // At real time nothing may end for an hour.
                bar.enable_steady_tick(std::time::Duration::from_secs(1));
            }
        }
        self.progress = Some(bar);
    }

    fn advance(&mut self, run: &Run, ended: bool) {
        let mut out = String::new();
        while let Some(scenario) = run.scenarios.get(self.next.0) {
            let Some(callback) = scenario.callbacks.get(self.next.1) else {
                if !(scenario.over || ended) {
                    break;
                }
                let broken = scenario.state.iter().any(|finding| !finding.ok);
                if self.titled || broken || (!self.quiet && scenario.callbacks.is_empty()) {
                    if !self.titled {
                        out.push_str(&text::scenario_head(scenario));
                    }
                    out.push_str(&text::scenario_foot(scenario));
                }
                self.next = (self.next.0 + 1, 0);
                self.titled = false;
                self.columns = None;
                continue;
            };
            if callback.outcome.is_none() {
                break;
            }
            if !self.quiet || !callback.passed() {
                if !self.titled {
                    out.push_str(&text::scenario_head(scenario));
                    self.titled = true;
                }
                let columns = self.columns.get_or_insert_with(|| Columns::of(scenario));
                out.push_str(&text::callback_lines(scenario, callback, columns, self.verbose));
            }
            self.next.1 += 1;
        }
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
    fn update(&mut self, run: &Run, line: &Line) {
        self.followed(run, line);
    }

    fn finish(&mut self, run: &Run) {
        // Not even the first line could be taken down; there was no run.
        if run.header.schema.is_empty() {
            return;
        }
        if let Some(bar) = self.progress.take() {
            bar.finish_and_clear();
        }
        if !self.begun {
            self.begun = true;
            self.print(&if self.quiet { String::new() } else { text::head(run) });
        }
        self.advance(run, true);
        self.print(&text::summary(run));
    }
}
