//! Progress of a load: a picture on a terminal, a line a second elsewhere.

use std::io::IsTerminal;
use std::time::Duration;

use anstream::ColorChoice;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::complain;
use crate::duration::show_duration;
use crate::record::load::LoadRun;
use crate::report::load::text;
use crate::stretch::Stretches;

/// Columns in which the picture stands whole.
const WHOLE: usize = 80;

/// Columns of the terminal.
fn columns() -> usize {
    let size = terminal_size::terminal_size_of(std::io::stderr());
    size.map_or(WHOLE, |(width, _)| usize::from(width.0))
}

/// The line in so many columns: of a table the columns that fit, of a sentence the words.
fn cut(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    // A column may end where the terminal does, and the space behind it is beyond.
    let begin = |width| line.chars().take(width).collect::<String>();
    let ends = [begin(width + 2).rfind("  "), begin(width + 1).rfind(' ')];
    match ends.into_iter().flatten().find(|end| *end > width / 2) {
        Some(end) => line.stretch(..end).trim_end().to_owned(),
        None => line.chars().take(width).collect(),
    }
}

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
        let (text, width) = (text(), columns());
        let plain = || anstream::adapter::strip_str(&text).to_string();
        bar.set_message(match *colour {
            _ if width < WHOLE => plain().lines().map(|line| cut(line, width)).collect::<Vec<_>>().join("\n"),
            true => text,
            false => plain(),
        });
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

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_narrow_terminal_has_whole_columns_and_whole_words() {
        let head = "                 p50      p90      p95      p99    p99.9      max     mean";
        let row = "  latency    62.1 ms  67.2 ms  69.1 ms  71.2 ms  71.2 ms  71.2 ms  49.5 ms";
        assert_eq!(cut(head, 60), head[..56]);
        assert_eq!(cut(row, 60), row[..56]);
        assert_eq!(cut(row, 56), row[..56]);
        assert_eq!(cut(row, 55), row[..47]);
        let sentence = "  connections 3 opened; most at once: 3 in flight, 0 due and waiting";
        assert_eq!(cut(sentence, 60), "  connections 3 opened; most at once: 3 in flight, 0 due and");
        assert_eq!(cut("short", 60), "short");
        assert_eq!(cut("ÜÜÜÜÜÜ", 3), "ÜÜÜ");
    }
}
