//! `hookreel list faults` and `list cases`: what can be sent wrong, and what an audit asks.

use std::fmt::Write;

use super::show;
use crate::audit;
use crate::audit::case::Case;
use crate::family::Family;
use crate::fault::terms::{COMMON, Param, ParamKind};
use crate::fault::{self, Fault};
use crate::problem::did_you_mean;
use crate::provider::Provider;

/// Start of the page of the faults.
const PAGE: &str = include_str!("faults.md");

/// Reason for which a word names neither a case nor a family of cases; none = it does.
pub(super) fn without_a_case(word: &str) -> Option<String> {
    if audit::cases().any(|case| case.is(word)) {
        return None;
    }
    let families: Vec<String> = audit::ALL.iter().map(|own| own.family.letter().to_string()).collect();
    let known = families.iter().map(String::as_str).chain(audit::cases().map(|case| case.id));
    // Of two different letters none is nearer than another; `c` is `C`.
    let meant = |near: &String| word.len() > 1 || near.contains(&word.to_uppercase());
    let near = did_you_mean(word, known).filter(meant);
    let near = near.unwrap_or_else(|| "`hookreel list cases` shows them all".into());
    Some(format!("there is no case or family `{word}`; {near}"))
}

/// The heading above the faults of a family.
fn heading(family: Family) -> String {
    format!("{}: {}", family.letter(), family.title())
}

/// The faults whose name or meaning holds a text, or whose family is called so; every fault for an empty one. As text.
pub(super) fn faults(filter: &str) -> String {
    let mut out = String::new();
    let mut above = None;
    for fault in fault::ALL {
        // A letter means its family.
        let wanted = match filter.len() {
            1 => fault.family.letter().to_lowercase().eq(filter.chars()),
            _ => holds(fault, filter),
        };
        if !wanted {
            continue;
        }
        if above != Some(fault.family) {
            let _ = writeln!(out, "{}{}", if out.is_empty() { "" } else { "\n" }, heading(fault.family));
            above = Some(fault.family);
        }
        // Writing into a String cannot fail.
        let _ = writeln!(out, "{}  {} ({})", fault.name, fault.meaning, class(fault));
        fault.params.iter().for_each(|param| out.push_str(&line(param)));
    }
    if out.is_empty() {
        return out;
    }
    out.push_str("\nevery fault\n");
    COMMON.iter().for_each(|param| out.push_str(&line(param)));
    out
}

fn holds(fault: &Fault, filter: &str) -> bool {
    fault.name.contains(filter) || fault.meaning.to_lowercase().contains(filter)
}

/// Class of a fault with its default terms; it is planned, not written down.
fn class(fault: &Fault) -> String {
    let classes: Vec<String> = show::classes(fault).iter().map(ToString::to_string).collect();
    classes.join(" and ")
}

fn line(param: &Param) -> String {
    let default = shown(param);
    format!("    {} = {default} ({}): {}\n", param.name, takes(&param.kind), param.meaning)
}

fn shown(param: &Param) -> &str {
    if param.default.is_empty() { "\"\"" } else { param.default }
}

fn takes(kind: &ParamKind) -> String {
    match kind {
        ParamKind::Span => "a duration".into(),
        ParamKind::Count(most) => format!("0 to {most}"),
        ParamKind::Choice(words) => words.join(" or "),
        ParamKind::Text => "text".into(),
    }
}

/// Every fault, as the page of the manual.
pub(super) fn faults_in_markdown() -> String {
    let mut out = PAGE.to_owned();
    let mut above = None;
    for fault in fault::ALL {
        if above != Some(fault.family) {
            above = Some(fault.family);
            let heading = heading(fault.family);
            let _ = writeln!(
                out,
                "\n## {heading}\n\n| fault | what it does | class | parameters |\n| --- | --- | --- | --- |"
            );
        }
        let params: Vec<String> = fault.params.iter().map(cell).collect();
        let (name, meaning, class) = (fault.name, escaped(fault.meaning), class(fault));
        let _ = writeln!(out, "| `{name}` | {meaning} | {class} | {} |", params.join("<br>"));
    }
    out.push_str("\n## Every fault\n\n");
    COMMON.iter().for_each(|param| {
        let _ = writeln!(out, "- {}", cell(param));
    });
    out
}

fn cell(param: &Param) -> String {
    let takes = escaped(&takes(&param.kind));
    format!("`{} = {}` ({takes}): {}", param.name, escaped(shown(param)), escaped(param.meaning))
}

/// A bar would end the cell.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Cases of the audit, of one sender or of all: the id of each, and its weight and title with its family.
pub(super) fn cases(sender: Option<&'static Provider>) -> impl Iterator<Item = (String, String)> {
    let of = move |own: &'static audit::FamilyCases| {
        let title = own.family.title();
        let is_for = move |case: &&Case| sender.is_none_or(|sender| case.suits(sender));
        own.cases.iter().filter(is_for).map(move |case| {
            let whose =
                if case.only.is_empty() { String::new() } else { format!("{}: ", case.only.join(", ")) };
            (case.id.to_owned(), format!("{:<9}  {whose}{} ({})", case.weight(), case.title, title))
        })
    };
    audit::ALL.iter().flat_map(of)
}
