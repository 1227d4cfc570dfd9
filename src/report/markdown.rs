//! Markdown for a job summary or a comment: the verdict, the totals, and the failures with cause and fix.

use std::fmt::Write;

use super::load::limit::table::{STEP_HEADS, step_rows};
use super::load::table::{EVENT_HEADS, event_rows};
use super::results::{Alike, CHECKED, Item, Note, Results, UNTESTED};
use super::{Subject, comparison, inert};
use crate::verdict::limit;

/// Rows of failures; the others are counted.
const MOST: usize = 20;
/// Characters of a cell.
const CELL: usize = 600;
/// Cases that are named of those that were not played for one reason.
const NAMED: usize = 10;
/// Characters of an answer.
const ANSWER: usize = 120;

/// The whole report.
pub fn of(subject: Subject<'_>) -> String {
    let results = Results::of(subject);
    let kind = if results.kind == "run" { "" } else { results.kind };
    let mut out = format!("### hookreel {kind}").trim_end().to_owned();
    // Writing into a String cannot fail.
    let _ = write!(out, ": {}\n\n", results.verdict);
    for sentence in results.nothing().into_iter().chain([results.summary.as_str()]) {
        if !sentence.is_empty() {
            let _ = write!(out, "{}\n\n", cell(sentence));
        }
    }
    totals(&results, &mut out);
    let overall: String = results.overall().map(|line| format!("- {}\n", cell(&line))).collect();
    let _ = write!(out, "{}{overall}", if overall.is_empty() { "" } else { "\n" });
    let bad = results.bad_alike().into_iter().filter(|alike| alike.first.1.name != CHECKED);
    let (unplayed, failed): (Vec<_>, Vec<_>) = bad.partition(|alike| alike.first.1.unplayed);
    failures(&failed, &mut out);
    not_played(&unplayed, &mut out);
    figures(subject, &mut out);
    if let Subject::Run(run) | Subject::Audit(run) = subject
        && let Some(comparison) = &run.compared
    {
        let (sentence, rows) = comparison::told(comparison);
        let _ = write!(out, "\n{}\n\n", cell(&sentence));
        rows.iter().for_each(|(name, text)| out.push_str(&format!("- {name}: {}\n", cell(text))));
    }
    let untested = results.suites.iter().flat_map(|suite| &suite.items).filter(|item| item.name == UNTESTED);
    for item in untested.take(MOST) {
        let _ = write!(out, "\nnot tested: {}\n", cell(&item.reason));
    }
    for note in &results.notes {
        let _ = write!(out, "\nnote: {}\n", cell(note));
    }
    let header = results.header;
    let embedded = if header.embedded { " (built-in receiver)" } else { "" };
    let insecure = if header.insecure { ", certificates not verified" } else { "" };
    let _ = writeln!(
        out,
        "\n<sub>hookreel {}, target {}{embedded}, seed {}{insecure}</sub>",
        cell(&header.version),
        cell(&header.target),
        header.seed
    );
    out
}

fn totals(results: &Results<'_>, out: &mut String) {
    if results.totals.is_empty() {
        return;
    }
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    out.push_str(&row(results.totals.iter().map(|(name, _)| cell(name)).collect()));
    out.push_str(&row(results.totals.iter().map(|_| "---:".to_owned()).collect()));
    out.push_str(&row(results.totals.iter().map(|(_, value)| cell(value)).collect()));
}

/// The table of a load's events, where there are several, or of a search's steps.
fn figures(subject: Subject<'_>, out: &mut String) {
    match subject {
        Subject::Load(run) if !run.total.events.is_empty() => {
            let rows = event_rows(run);
            if rows.len() > 1 {
                table(&EVENT_HEADS, &rows, out);
            }
        }
        Subject::Search(search) => {
            let rows = step_rows(search, &limit::judge(search).steps);
            if !rows.is_empty() {
                table(&STEP_HEADS, &rows, out);
            }
        }
        Subject::Load(_) | Subject::Run(_) | Subject::Audit(_) => {}
    }
}

/// Numbers in columns; words stand left, in the first column and in a last one of reasons.
fn table<const N: usize>(heads: &[&str; N], rows: &[[String; N]], out: &mut String) {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let left = |head: &&str| ["event", "result", "reason"].contains(head);
    out.push('\n');
    out.push_str(&line(heads.iter().map(|head| cell(head)).collect()));
    out.push_str(&line(heads.iter().map(|head| if left(head) { "---" } else { "---:" }.into()).collect()));
    rows.iter().for_each(|row| out.push_str(&line(row.iter().map(|text| cell(text)).collect())));
}

fn failures(bad: &[Alike<'_>], out: &mut String) {
    if bad.is_empty() {
        return;
    }
    let items = || bad.iter().take(MOST).map(|alike| alike.first.1);
    let name = |of: fn(&Item) -> &Note| items().map(of).find(|(_, text)| !text.is_empty()).map(|note| note.0);
    // A column of which nothing is known is left out.
    let (why, fix) = (name(|item| &item.why), name(|item| &item.fix));
    let columns: Vec<&str> = ["failed", "seen"].into_iter().chain(why).chain(fix).collect();
    let _ = write!(out, "\n| {} |\n|{}\n", columns.join(" | "), " --- |".repeat(columns.len()));
    for alike in bad.iter().take(MOST) {
        let (suite, item) = alike.first;
        let others = alike.others();
        let others = if others.is_empty() { others } else { format!("<br>{}", cell(&others)) };
        let place = item.place.as_ref().map_or_else(|| cell(&suite.name), |place| cell(&place.to_string()));
        // Another kind of failure has its own names.
        let of = |(name, text): &Note, column: &str| match *name == column || text.is_empty() {
            true => cell(text),
            false => format!("{name}: {}", cell(text)),
        };
        let more = [why.map(|column| of(&item.why, column)), fix.map(|column| of(&item.fix, column))];
        let more: String = more.into_iter().flatten().map(|text| format!(" {text} |")).collect();
        let _ = writeln!(
            out,
            "| **{}**<br>{place}{others} | {}{} |{more}",
            cell(&item.name),
            cell(&item.reason),
            answer(item)
        );
    }
    if let Some(more) = bad.len().checked_sub(MOST).filter(|more| *more > 0) {
        let more: usize = bad.iter().rev().take(more).map(|alike| 1 + alike.others.len()).sum();
        let _ = writeln!(out, "\n{more} more failed; the text report has all of them.");
    }
    let mut commands: Vec<String> = Vec::new();
    let firsts = bad.iter().take(MOST).map(|alike| inert(&alike.first.1.again));
    for command in firsts.filter(|command| !command.is_empty()) {
        if !commands.contains(&command) {
            commands.push(command);
        }
    }
    if !commands.is_empty() {
        let fence = fence(&commands.join("\n"));
        let _ = write!(out, "\nAgain:\n\n{fence}sh\n{}\n{fence}\n", commands.join("\n"));
    }
}

/// Cases that were not played, by reason: they are no failures.
fn not_played(unplayed: &[Alike<'_>], out: &mut String) {
    for alike in unplayed.iter().take(MOST) {
        let names = std::iter::once(&alike.first).chain(&alike.others).map(|(_, item)| item.name.as_str());
        let names: Vec<&str> = names.collect();
        let shown = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = match names.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let reason = cell(&alike.first.1.reason);
        let _ = write!(out, "\n{} ({reason}): {}{more}\n", many(names.len()), cell(&shown));
    }
}

/// `1 case was skipped`.
fn many(count: usize) -> String {
    if count == 1 { "1 case was skipped".into() } else { format!("{count} cases were skipped") }
}

/// Answer of the receiver, on a line of its own.
fn answer(item: &Item) -> String {
    let answer = item.more.iter().find(|(name, text)| *name == "answer" && !text.is_empty());
    answer.map_or_else(String::new, |(_, text)| {
        let short: String = text.chars().take(ANSWER).collect();
        if item.reason.contains(&short) {
            return String::new();
        }
        format!("<br>answer: {}{}", cell(&short), if short.len() < text.len() { " ..." } else { "" })
    })
}

/// Longer than any row of backticks in the text.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).fold(0, usize::max);
    "`".repeat(longest.max(2) + 1)
}

/// A text that is only a text in a cell: no link, no markup, no new row.
pub fn cell(text: &str) -> String {
    let line = inert(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut out = String::new();
    let mut chars = line.chars().enumerate().peekable();
    while let Some((index, c)) = chars.next() {
        let follows = chars.peek().is_some_and(|(_, next)| next.is_alphanumeric());
        if index == CELL {
            out.push_str(" ...");
            break;
        }
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // The names of people, and addresses that would become links.
            '@' => out.push_str("&#64;"),
            '/' if out.ends_with(":/") => out.push_str("&#47;"),
            '.' if out.ends_with("www") || out.ends_with("WWW") => out.push_str("&#46;"),
            // Within a word it is only a letter.
            '_' if follows && out.ends_with(char::is_alphanumeric) => out.push('_'),
            '|' => out.push_str("&#124;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '#' | '$' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{cell, fence};

    #[test]
    fn a_cell_is_text_and_nothing_else() {
        assert_eq!(cell("a|b `c` <d> &e\n# f"), r"a&#124;b \`c\` &lt;d&gt; &amp;e \# f");
        assert_eq!(cell("https://x.y @me a_b _c_"), "https:/&#47;x.y &#64;me a_b \\_c\\_");
        assert_eq!(cell(&"x".repeat(700)).len(), 604);
        assert_eq!(fence("a ```` b"), "`````");
    }
}
