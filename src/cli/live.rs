//! Progress of a load: a picture on a terminal, a line a second elsewhere.

use std::io::IsTerminal;
use std::time::Duration;

use anstream::ColorChoice;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::complain;
use crate::duration::show_duration;
use crate::record::load::LoadRun;
use crate::report::load::text;

/// Whoever watches a load.
pub(super) enum Live {
    Nobody,
    /// Redrawn in its place.
    Terminal {
        bar: ProgressBar,
        colour: bool,
    },
    Lines,
}

impl Live {
    pub(super) fn new(quiet: bool) -> Self {
        if quiet {
            return Self::Nobody;
        }
        let err = std::io::stderr();
        if !err.is_terminal() {
            return Self::Lines;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(
            ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        Self::Terminal { bar, colour: anstream::AutoStream::choice(&err) != ColorChoice::Never }
    }

    /// The load is about to begin, after this time.
    pub(super) fn expect(&self, run: &LoadRun, ahead: Duration) {
        let until =
            (ahead > Duration::from_secs(1)).then(|| show_duration(Duration::from_secs(ahead.as_secs())));
        let text = until.map_or_else(String::new, |until| format!("  the first callback is due in {until}"));
        self.redraw(|| format!("{}{text}", text::head(run)));
        if !text.is_empty() {
            self.add(text.trim_start());
        }
    }

    /// A second is over.
    pub(super) fn tell(&self, run: &LoadRun) {
        self.redraw(|| text::live(run));
        let line = run.seconds.last().map(|second| text::second(second, run.line.open));
        line.into_iter().for_each(|line| self.add(&line));
    }

    /// Replaces the text on the terminal.
    pub(super) fn redraw(&self, text: impl FnOnce() -> String) {
        let Self::Terminal { bar, colour } = self else { return };
        let text = text();
        bar.set_message(if *colour { text } else { anstream::adapter::strip_str(&text).to_string() });
    }

    /// A line more, where lines are written.
    pub(super) fn add(&self, line: &str) {
        if matches!(self, Self::Lines) {
            complain(&format!("{line}\n"));
        }
    }

    /// Makes room for the report.
    pub(super) fn clear(&self) {
        if let Self::Terminal { bar, .. } = self {
            bar.finish_and_clear();
        }
    }
}
