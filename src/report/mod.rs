//! Reports: a subject in a format. A format is one file, with a function over every [`Subject`], and one line in [`ALL`].

pub mod badge;
mod comparison;
mod csv;
mod ctrf;
pub mod github;
mod gitlab;
pub mod html;
pub mod json;
pub mod junit;
pub mod load;
pub mod markdown;
pub mod ndjson;
pub mod notes;
pub mod receiver;
mod results;
#[cfg(test)]
pub mod schema;
mod skipped;
mod tap;
pub mod text;

pub use crate::escape::inert;
use crate::record::RunRecord;
use crate::record::load::{LoadRun, SearchRecord};

/// Subject of a report. A plan has no results, and its formats are those of `hookreel plan`.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    /// Callbacks one by one.
    Run(&'a RunRecord),
    /// Callbacks, and the cases that they belong to.
    Audit(&'a RunRecord),
    /// Figures.
    Load(&'a LoadRun),
    /// The steps of a search for the highest rate that holds.
    Search(&'a SearchRecord),
}

impl<'a> From<&'a RunRecord> for Subject<'a> {
    fn from(run: &'a RunRecord) -> Self {
        if run.cases.is_empty() { Self::Run(run) } else { Self::Audit(run) }
    }
}

impl<'a> From<&'a LoadRun> for Subject<'a> {
    fn from(run: &'a LoadRun) -> Self {
        Self::Load(run)
    }
}

impl<'a> From<&'a SearchRecord> for Subject<'a> {
    fn from(search: &'a SearchRecord) -> Self {
        Self::Search(search)
    }
}

/// A form of a report.
pub struct ReportFormat {
    /// Name in `--report`.
    pub name: &'static str,
    /// Purpose of the format.
    pub purpose: &'static str,
    of: fn(Subject<'_>) -> String,
}

impl ReportFormat {
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
pub static ALL: &[ReportFormat] = &[
    ReportFormat::new("text", "for people", text::of),
    ReportFormat::new("json", "for programs; fixed fields", json::of),
    ReportFormat::new(
        "junit",
        "for CI systems; one test case per callback, case of an audit or threshold",
        junit::of,
    ),
    ReportFormat::new("html", "for a browser: one page with pictures, without script or network", html::of),
    ReportFormat::new(
        "markdown",
        "for a job summary or a comment: totals, failures, why and fix",
        markdown::of,
    ),
    ReportFormat::new(
        "github",
        "for GitHub Actions: annotations of the first failures, and the job summary",
        github::of,
    ),
    ReportFormat::new("gitlab", "for GitLab: code quality report, shown in the merge request", gitlab::of),
    ReportFormat::new("tap", "for test harnesses: TAP version 14, with diagnostics in YAML", tap::of),
    ReportFormat::new("ctrf", "for programs: JSON of the Common Test Report Format", ctrf::of),
    ReportFormat::new(
        "csv",
        "for spreadsheets: a line per attempt, case of an audit, second or step",
        csv::of,
    ),
    ReportFormat::new(
        "ndjson",
        "for programs that follow a run: JSON lines, written while it goes on",
        ndjson::of,
    ),
];

/// No report, and written as one is.
pub static BADGE: ReportFormat =
    ReportFormat::new("badge", "an image with the number that passed or failed", badge::of);
