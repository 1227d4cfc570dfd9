//! A run, told: one format per file, each a pure function of the record.

pub mod html;
pub mod json;
pub mod junit;
pub mod load;
pub mod receiver;
mod skipped;
pub mod text;

use crate::record::Run;
use crate::record::load::{LoadRun, Search};

/// A way to tell a run.
pub struct Format {
    /// As `--report` takes it.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// The whole report of a run.
    pub render: fn(&Run) -> String,
    /// The whole report of a load run.
    pub render_load: fn(&LoadRun) -> String,
    /// The whole report of a search for the highest rate that holds.
    pub render_search: fn(&Search) -> String,
}

impl Format {
    /// The format of this name, if there is one.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|format| format.name == name)
    }
}

/// Every format there is.
pub static ALL: &[Format] = &[
    Format {
        name: "text",
        purpose: "for people",
        render: text::render,
        render_load: load::text::render,
        render_search: load::limit::text::render,
    },
    Format {
        name: "json",
        purpose: "for programs; fixed fields",
        render: json::render,
        render_load: load::json::render,
        render_search: load::limit::json::render,
    },
    Format {
        name: "junit",
        purpose: "for CI systems; one test case per callback, of a load run one per threshold",
        render: junit::render,
        render_load: load::junit::render,
        render_search: load::limit::junit::render,
    },
    Format {
        name: "html",
        purpose: "for a browser: one page with pictures, without script or network",
        render: html::render,
        render_load: html::render_load,
        render_search: html::render_search,
    },
];

/// The text with everything that could drive a terminal, or hide from the eye, written out.
pub fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
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
    fn escape_codes_are_written_out() {
        assert_eq!(super::inert("a\u{1b}[2Jb\r\n\u{202e}直"), r"a\u{1b}[2Jb\r\n\u{202e}直");
    }
}
