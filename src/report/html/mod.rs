//! HTML report: one page, without network or script.
//!
//! Structs hold text and geometry, templates beside them draw: askama escapes every text, and [`inert`] writes out what could
//! hide from the eye.

mod audit;
mod chart;
mod lanes;
mod load;
mod map;
mod run;
mod source;
mod state;

use askama::Template;

use super::{Subject, inert};
use crate::record::Header;

pub use load::{render_load, render_search};
pub use run::render;

/// The whole page.
pub fn of(subject: Subject<'_>) -> String {
    match subject {
        Subject::Run(run) | Subject::Audit(run) => render(run),
        Subject::Load(run) => render_load(run),
        Subject::Search(search) => render_search(search),
    }
}

/// Beginning of every page.
struct Top {
    /// Title of the page.
    title: String,
    /// Verdict, in a word.
    verdict: String,
    /// `passed`, `failed` or `unclear`: its colour.
    class: &'static str,
    /// Counts, in a line.
    figures: String,
    /// Names and values.
    facts: Vec<(&'static str, String)>,
    /// Reasons why the verdict says less than it seems.
    weak: Vec<String>,
    version: String,
}

/// Facts that every run has.
fn facts(header: &Header) -> Vec<(&'static str, String)> {
    // To the second.
    let started = header.now.split('.').next().unwrap_or(&header.now);
    let exit = header.exit.map(|(code, meaning)| ("exit code", format!("{code}: {meaning}")));
    let mut facts: Vec<(&'static str, String)> = exit.into_iter().collect();
    facts.extend([("target", inert(&header.target)), ("started", inert(started) + " UTC")]);
    facts.push(("seed", header.seed.to_string()));
    if !header.host.is_empty() {
        facts.push(("host", inert(&header.host)));
    }
    if !header.key.is_empty() {
        facts.push(("key", inert(&header.key)));
    }
    facts
}

/// Limits that every kind of run can have.
fn weak(header: &Header) -> Vec<String> {
    let mut lines = Vec::new();
    if header.embedded {
        lines.push("The built-in receiver was tested, not one of yours (-t).".to_owned());
    }
    if header.insecure {
        lines.push("Certificates were not verified (--insecure).".to_owned());
    }
    lines
}

/// The page as text.
fn page(template: &impl Template) -> String {
    template.render().unwrap_or_else(|error| format!("this page could not be written: {error}\n"))
}

/// Several lines, each without characters that hide.
fn lines(text: &str) -> String {
    text.lines().map(inert).collect::<Vec<_>>().join("\n")
}
