//! Reports: a subject in a format. A format is one file, with a function over every [`Subject`], and one line in [`ALL`].

pub mod badge;
mod ctrf;
pub mod github;
pub mod html;
pub mod json;
pub mod junit;
pub mod load;
pub mod markdown;
pub mod ndjson;
pub mod receiver;
mod results;
pub mod schema;
mod skipped;
mod tap;
pub mod text;

use crate::record::Run;
use crate::record::load::{LoadRun, Search};

/// What a report is of. A plan has no results, and its formats are those of `hookreel plan`.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    /// Callbacks one by one.
    Run(&'a Run),
    /// Callbacks, and the cases that they belong to.
    Audit(&'a Run),
    /// Figures.
    Load(&'a LoadRun),
    /// The steps of a search for the highest rate that holds.
    Search(&'a Search),
}

impl<'a> From<&'a Run> for Subject<'a> {
    fn from(run: &'a Run) -> Self {
        if run.cases.is_empty() { Self::Run(run) } else { Self::Audit(run) }
    }
}

impl<'a> From<&'a LoadRun> for Subject<'a> {
    fn from(run: &'a LoadRun) -> Self {
        Self::Load(run)
    }
}

impl<'a> From<&'a Search> for Subject<'a> {
    fn from(search: &'a Search) -> Self {
        Self::Search(search)
    }
}

/// A form of a report.
pub struct Format {
    /// As `--report` takes it.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    of: fn(Subject<'_>) -> String,
}

impl Format {
    const fn new(name: &'static str, purpose: &'static str, of: fn(Subject<'_>) -> String) -> Self {
        Self { name, purpose, of }
    }

    /// The format of this name, if there is one.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|format| format.name == name)
    }

    /// The whole report.
    pub fn render<'a>(&self, subject: impl Into<Subject<'a>>) -> String {
        (self.of)(subject.into())
    }
}

/// Every format there is.
pub static ALL: &[Format] = &[
    Format::new("text", "for people", text::of),
    Format::new("json", "for programs; fixed fields", json::of),
    Format::new(
        "junit",
        "for CI systems; one test case per callback, case of an audit or threshold",
        junit::of,
    ),
    Format::new("html", "for a browser: one page with pictures, without script or network", html::of),
    Format::new("markdown", "for a job summary or a comment: totals, failures, why and fix", markdown::of),
    Format::new(
        "github",
        "for GitHub Actions: annotations of the first failures, and the job summary",
        github::of,
    ),
    Format::new("tap", "for test harnesses: TAP version 14, with diagnostics in YAML", tap::of),
    Format::new("ctrf", "for programs: JSON of the Common Test Report Format", ctrf::of),
    Format::new("ndjson", "for programs that follow a run: JSON lines, written while it goes on", ndjson::of),
];

/// No report, and written as one is.
pub static BADGE: Format = Format::new("badge", "an image with the number that passed or failed", badge::of);

/// The text with everything that could drive a terminal or a CI runner (`##[error]`, `##vso[...]`), or hide from the eye, written
/// out.
pub fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '#' && out.ends_with('#') {
            out.extend(c.escape_unicode());
            continue;
        }
        let hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if c.is_control() || hidden {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn escape_codes_and_commands_of_ci_runners_are_written_out() {
        assert_eq!(super::inert("a ##[error]b # c"), r"a #\u{23}[error]b # c");
        assert_eq!(super::inert("a\u{1b}[2Jb\r\n\u{202e}直"), r"a\u{1b}[2Jb\r\n\u{202e}直");
    }
}
