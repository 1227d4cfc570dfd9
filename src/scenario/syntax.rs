//! Text that is not YAML: the place of the mistake and the way to correct it, as far as the text around the place tells.
//!
//! The YAML reader names the place where it could not go on. The mistake often stands before that place.

mod disguised;
mod escape;
mod signs;

use std::ops::Range;

use crate::problem::{Problem, nearest};
use crate::stretch::Stretches;
use disguised::typographic_quote;
use disguised::{Disguised, disguised};
use escape::escape;
use signs::{Sign, Signs};

/// A likely mistake.
pub(super) struct Likely {
    /// Its place, where that is not the reader's; in bytes.
    pub(super) span: Option<Range<usize>>,
    /// Help for a person. It quotes names of keys and anchors, and no value: one may be a secret.
    pub(super) help: String,
}

/// The likely mistake behind the reader's message about the byte `at` of a text; none where the text does not tell.
pub(super) fn likely(text: &str, at: usize, message: &str) -> Option<Likely> {
    if message.contains("tab") {
        return Some(Likely { span: tab(text, at), help: "indent with spaces".into() });
    }
    if message.contains("unknown anchor") {
        return Some(here(anchor(text, at)));
    }
    if message.contains("escape") || message.contains("hexadecimal") {
        return escape(text);
    }
    typographic(text, at)
        .or_else(|| template(text, at, message))
        .or_else(|| quote(text, at, message))
        .or_else(|| variable(text, at))
        .or_else(|| equals_sign(text, at))
        .or_else(|| colon(text, at))
        .or_else(|| comma(text, message))
        .or_else(|| bracket(text, at))
        .or_else(|| indentation(text, at))
        .or_else(|| too_deep(text, at))
        .or_else(|| sign(text, at))
}

/// Quotes of a text processor on the line of this byte.
fn typographic(text: &str, at: usize) -> Option<Likely> {
    let line = line_at(text, at);
    let found = typographic_quote(text.get(line.clone())?)?;
    let help = "this is a typographic quote, which is a letter like any other here: write \" or '".into();
    Some(Likely { span: Some(line.start + found.start..line.start + found.end), help })
}

/// `{{ NAME }}`, as templates of other programs write a variable.
fn template(text: &str, at: usize, message: &str) -> Option<Likely> {
    let line = line_at(text, at);
    let start = line.start + text.get(line.clone())?.find("{{")?;
    message.contains("string scalar").then(|| Likely {
        span: Some(start..start + 2),
        help: "a variable is written \"${NAME}\", in quotes".into(),
    })
}

/// `name = value` on the line of this byte, or before it.
fn equals_sign(text: &str, at: usize) -> Option<Likely> {
    let mut start = 0;
    let end = line_at(text, at).end;
    for line in text.get(..end)?.split_inclusive('\n') {
        let name = line.split('=').next().unwrap_or(line).trim();
        let word =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if word && line.contains('=') {
            let sign = start + line.find('=')?;
            let help = format!("write `{name}: ...`, with a colon in the place of the equals sign");
            return Some(Likely { span: Some(sign..sign + 1), help });
        }
        start += line.len();
    }
    None
}

/// The first tab that indents a line, from the line of this byte on.
fn tab(text: &str, at: usize) -> Option<Range<usize>> {
    let mut start = line_at(text, at).start;
    for line in text.get(start..)?.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = line.get(..indent).and_then(|indent| indent.find('\t')) {
            return Some(start + tab..start + tab + 1);
        }
        start += line.len();
    }
    None
}

/// A quote that is never closed, or that the reader found open at this byte: another quote of a later line closes it.
fn quote(text: &str, at: usize, message: &str) -> Option<Likely> {
    let read = |text| {
        let mut signs = Signs::of(text);
        while signs.next().is_some() {}
        (signs.open_quote, signs.last_quoted)
    };
    if let (Some(start), _) = read(text) {
        let help = "the quote that opens here is never closed".into();
        return Some(Likely { span: Some(start..start + 1), help });
    }
    let before = text.get(..at).filter(|_| message.contains("quoted scalar"))?;
    let (open, last) = read(before);
    let over_lines = |last: &Range<usize>| before.get(last.clone()).is_some_and(|own| own.contains('\n'));
    let (span, help) = match (open, last) {
        (Some(start), _) => (start..start + 1, "the quote that opens here is not closed on its line"),
        (None, Some(last)) if over_lines(&last) => {
            (last.start..last.start + 1, "the quote that opens here is not closed on its line")
        }
        (None, Some(last)) => (last.start..last.end + 1, "nothing may follow the closing quote of this text"),
        (None, None) => return None,
    };
    Some(Likely { span: Some(span), help: help.into() })
}

/// A value that begins with a sign of YAML, or goes on after its closing quote; or one that holds `: `.
fn sign(text: &str, at: usize) -> Option<Likely> {
    let line = line_at(text, at);
    let written = text.get(line.clone())?;
    let (name, value) = written.split_once(": ")?;
    let value = value.trim();
    let start = line.end - value.len();
    let quoted = value.starts_with(['"', '\'']);
    let help = if value.starts_with(['%', '@', '`', '&', '*', '!', '|', '>']) {
        "a value that begins with this sign needs quotes"
    } else if quoted && !value.trim_end_matches([',', '}', ']', ' ']).ends_with(['"', '\'']) {
        "nothing may follow the closing quote"
    } else if value.contains(": ") && !quoted {
        "a value that holds `: ` needs quotes"
    } else {
        return None;
    };
    let name = name.len();
    Some(Likely { span: Some(start.max(line.start + name)..line.end), help: help.into() })
}

fn here(help: String) -> Likely {
    Likely { span: None, help }
}

/// Range of the line that holds this byte, without its end.
fn line_at(text: &str, at: usize) -> Range<usize> {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let length =
        text.get(start..).and_then(|rest| rest.find('\n')).unwrap_or(text.len().saturating_sub(start));
    start..start + length
}

/// `${NAME}` without quotes inside braces or brackets, where `{` begins a map.
fn variable(text: &str, at: usize) -> Option<Likely> {
    let line = line_at(text, at);
    let mut signs = Signs::of(text.get(..line.end)?);
    let found = signs.find(|sign| sign.start >= line.start && sign.depth > 0 && sign.of == '$')?;
    text.get(found.start..)?.starts_with("${").then(|| Likely {
        span: Some(found.start..found.start + 2),
        help: "between `{` and `}`, a variable needs quotes: \"${NAME}\"".into(),
    })
}

/// A key without the space behind its colon, on this line or on one before it that belongs to the same value.
fn colon(text: &str, at: usize) -> Option<Likely> {
    let mut line = line_at(text, at);
    loop {
        let written = text.get(line.clone())?;
        let content = written.trim_start_matches([' ', '-']);
        let name = content.split(':').next().unwrap_or(content);
        let letters =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let behind = content.get(name.len() + 1..).and_then(|rest| rest.chars().next());
        if letters && behind.is_some_and(|c| !c.is_whitespace() && c != '/' && c != ':') {
            let start = line.start + written.len() - content.len();
            let help = format!("a space belongs after the colon: `{name}: ...`");
            return Some(Likely { span: Some(start..start + name.len() + 1), help });
        }
        // What ends with a value is whole; a text may go on.
        line = line_at(text, line.start.checked_sub(1)?);
    }
}

/// The end of a value in braces or brackets that the next one follows without a comma.
fn comma(text: &str, message: &str) -> Option<Likely> {
    if !message.contains("expected ','") {
        return None;
    }
    let (mut depth, mut last, mut quoted, mut escaped) = (0_usize, ('\n', 0), false, false);
    for (start, c) in text.char_indices() {
        if quoted {
            match c {
                '"' if !escaped => {
                    (quoted, last) = (false, ('"', start));
                    escaped = false;
                }
                c => escaped = c == '\\' && !escaped,
            }
            continue;
        }
        if c.is_whitespace() {
            continue;
        }
        let begins = ['"', '{', '['].contains(&c);
        if begins && depth > 0 && ['"', '}', ']'].contains(&last.0) {
            let help = "a comma belongs behind this, before what follows".into();
            return Some(Likely { span: Some(last.1..last.1 + 1), help });
        }
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            '"' => quoted = true,
            _ => {}
        }
        last = (c, start);
    }
    None
}

/// Mistake that is told before the text is read: the reader of YAML would say something else of it.
pub(super) fn before_reading(text: &str) -> Option<Problem> {
    if let Some(span) = json_comment(text) {
        let problem = Problem::at("", "JSON has no comments");
        let problem = problem
            .help("a scenario is YAML, which takes JSON, too: begin the comment with `#`, or leave it out");
        return Some(Problem { span: Some(span), ..problem });
    }
    let Disguised { span, title, help } = disguised(text)?;
    Some(Problem { span: Some(span), ..Problem::at("", title).help(help) })
}

/// The first comment in JSON, to the end of its line: `//` or `/*` outside of quotes; none in what is not JSON.
fn json_comment(text: &str) -> Option<Range<usize>> {
    let whole = text.trim_start_matches('\u{feff}').trim_start();
    let comment = (whole.starts_with("//") || whole.starts_with("/*")) && whole.contains("\n{");
    (comment || whole.starts_with('{')).then_some(())?;
    let begins = |before: char| before.is_whitespace() || ",{}[]".contains(before);
    let (mut quoted, mut escaped, mut yaml, mut before) = (false, false, false, '\n');
    for (start, c) in text.char_indices() {
        let rest = text.stretch(start..);
        match c {
            '\n' => yaml = false,
            _ if yaml => {}
            '"' if !escaped => quoted = !quoted,
            '#' if !quoted && before.is_whitespace() => yaml = true,
            '/' if !quoted && begins(before) && (rest.starts_with("//") || rest.starts_with("/*")) => {
                return Some(start..start + rest.lines().next().map_or(0, |line| line.trim_end().len()));
            }
            _ => {}
        }
        escaped = quoted && c == '\\' && !escaped;
        before = c;
    }
    None
}

/// Brackets inside each other, up to which their ends are looked for.
const DEEPEST: usize = 64;

/// A bracket that is never closed, or closes nothing.
fn bracket(text: &str, at: usize) -> Option<Likely> {
    let mut open = Vec::new();
    for sign in Signs::of(text.get(..line_at(text, at).end)?) {
        match sign.of {
            '{' | '[' if open.len() == DEEPEST => return None,
            '{' | '[' => open.push(sign),
            '}' | ']' => {
                let pair = if sign.of == '}' { '{' } else { '[' };
                match open.pop() {
                    Some(Sign { of, .. }) if of == pair => {}
                    Some(Sign { of, start, .. }) => {
                        let help = format!("this `{of}` ends with `{}`", sign.of);
                        return Some(Likely { span: Some(start..start + 1), help });
                    }
                    None => {
                        let help = format!("this `{}` has no `{pair}` before it", sign.of);
                        return Some(Likely { span: Some(sign.start..sign.start + 1), help });
                    }
                }
            }
            _ => {}
        }
    }
    let Sign { of, start, .. } = open.pop()?;
    // It may end on a later line.
    let mut inside = 0_usize;
    for sign in Signs::of(text.get(start + 1..)?) {
        match sign.of {
            '{' | '[' => inside += 1,
            '}' | ']' if inside == 0 => return None,
            '}' | ']' => inside -= 1,
            _ => {}
        }
    }
    let end = if of == '{' { '}' } else { ']' };
    Some(Likely { span: Some(start..start + 1), help: format!("this `{of}` has no `{end}` after it") })
}

/// A line that begins in a column where no line before it that it could belong to does.
fn indentation(text: &str, at: usize) -> Option<Likely> {
    let line = line_at(text, at);
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let own = indent(text.get(line.clone())?);
    let mut columns: Vec<usize> = Vec::new();
    for before in text.get(..line.start)?.lines().filter(|line| !line.trim().is_empty()) {
        columns.retain(|column| *column < indent(before));
        columns.push(indent(before));
    }
    let last = *columns.last()?;
    let entry = |line: &str| line.trim_start().starts_with("- ");
    let before = text.get(..line.start)?.lines().rfind(|line| !line.trim().is_empty())?;
    if columns.contains(&own) || own > last && !(entry(text.get(line)?) && entry(before)) {
        return None;
    }
    let places: Vec<String> = columns.iter().map(usize::to_string).collect();
    let spaces = if own == 1 { "space" } else { "spaces" };
    Some(here(format!(
        "this line begins after {own} {spaces}; the lines that it can belong to begin after {}",
        places.join(" or ")
    )))
}

/// A line that stands deeper than the key above it, which has its value already.
fn too_deep(text: &str, at: usize) -> Option<Likely> {
    let line = line_at(text, at);
    let column = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
    let own = column(text.get(line.clone())?);
    let above = text.get(..line.start)?.lines().rfind(|line| !line.trim().is_empty())?;
    let (name, value) = above.trim_start_matches([' ', '-']).split_once(": ")?;
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    // A text may go on below; what begins so stands on lines of its own.
    let open = value.trim_start().starts_with(['#', '|', '>', '&', '!']) || value.trim().is_empty();
    if own <= column(above) || open || !name.chars().all(letters) {
        return None;
    }
    let spaces = if column(above) == 1 { "space" } else { "spaces" };
    Some(here(format!(
        "this line stands deeper than `{name}` above it, which has its value already; begin it after {} {spaces}, or put the value \
         of `{name}` on lines of its own",
        column(above)
    )))
}

/// Longest name of an anchor that is compared with others, in bytes.
const LONGEST_NAME: usize = 64;

fn anchor(text: &str, at: usize) -> String {
    let length = |from: &str| {
        let other = |c: char| !(c.is_alphanumeric() || c == '_' || c == '-');
        from.find(other).unwrap_or(from.len())
    };
    let from = text.stretch(at..).trim_start_matches('*');
    let used = from.stretch(..length(from));
    if used.len() > LONGEST_NAME {
        return "no anchor of this name stands above".into();
    }
    let known = text.stretch(..at).split('&').skip(1);
    let known = known.filter_map(|from| from.get(..length(from))).filter(|name| name.len() <= LONGEST_NAME);
    match nearest(used, known) {
        Some(near) => format!("did you mean `*{near}`?"),
        None => format!("`&{used}` before a value names it, and `*{used}` stands for that value below it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The marked text and the help for a mistake that the reader met at the start of `met`.
    fn found<'a>(text: &'a str, met: &str, message: &str) -> (&'a str, String) {
        let at = text.find(met).unwrap();
        match likely(text, at, message) {
            Some(Likely { span, help }) => (span.map_or("", |span| &text[span]), help),
            None => ("", String::new()),
        }
    }

    #[test]
    fn a_missing_space_after_a_colon_is_found_above_the_place() {
        let (marked, help) = found("provider:tencent\nrecording: {mp4: {}}\n", "recording", "mapping values");
        assert_eq!(
            (marked, help.as_str()),
            ("provider:", "a space belongs after the colon: `provider: ...`")
        );
        let (_, help) = found("target: http://a:1/\nname:x\nb: c\n", "b:", "mapping values");
        assert_eq!(help, "a space belongs after the colon: `name: ...`");
    }

    #[test]
    fn a_tab_that_indents_is_marked_where_it_stands() {
        let text = "provider: huawei\n \trecording: {}\n";
        let likely = likely(text, text.find("huawei").unwrap(), "found a tab").unwrap();
        assert_eq!((likely.span, likely.help.as_str()), (Some(18..19), "indent with spaces"));
        assert_eq!(tab("a: 1\n", 0), None);
    }

    #[test]
    fn a_bracket_without_its_other_half_is_marked() {
        let open = "recording: {mp4: {}\nsigning: {key: \"a}b\"}\n";
        assert_eq!(found(open, "signing", "flow").1, "this `{` has no `}` after it");
        let (marked, help) = found("a: [1, 2}\n", "a", "flow");
        assert_eq!((marked, help.as_str()), ("[", "this `[` ends with `}`"));
        assert_eq!(found("a: 1}}\n", "a", "flow").1, "this `}` has no `{` before it");
        let quiet = "a: {b: '{'} # {\nit's: \"[\"\nx: ${Y}\n";
        assert!(bracket(quiet, quiet.len() - 1).is_none());
    }

    #[test]
    fn a_variable_without_quotes_between_braces_is_marked() {
        let (marked, help) = found("signing: {key: ${KEY}}\n", "signing", "flow");
        assert_eq!(
            (marked, help.as_str()),
            ("${", "between `{` and `}`, a variable needs quotes: \"${NAME}\"")
        );
    }

    #[test]
    fn a_line_in_a_column_of_its_own_names_the_columns_there_are() {
        let (_, help) = found("recording:\n  mp4: {}\n hls: {}\n", "hls", "mapping");
        assert_eq!(
            help,
            "this line begins after 1 space; the lines that it can belong to begin after 0 or 2"
        );
    }

    #[test]
    fn a_line_below_a_key_with_a_value_says_so() {
        let (_, help) = found("recording:\n hls: {}\n   cycle: 30m\n", "cycle", "mapping");
        assert!(
            help.starts_with("this line stands deeper than `hls` above it, which has its value already"),
            "{help}"
        );
        assert!(help.contains("begin it after 1 space, or"), "{help}");
        let (_, help) = found("broadcast:\n  - 0s: push\n      x: drop\n", "x:", "mapping");
        assert!(help.contains("deeper than `0s`") && help.contains("after 4 spaces"), "{help}");
        assert_eq!(found("recording:\n  hls:\n    cycle: 30m\n", "cycle", "mapping").1, "");
    }

    #[test]
    fn a_quote_that_is_never_closed_is_marked_where_it_opens() {
        let (marked, help) = found("provider: \"huawei\nname: x\n", "name", "scanner");
        assert_eq!((marked, help.as_str()), ("\"", "the quote that opens here is never closed"));
        assert!(quote("a: it's\nb: 'x'\nc: \"\\\"\"\n", 0, "quoted scalar").is_none());
        let (marked, help) = found("a: \"push\nb: \"drop\"\n", "b:", "multiline quoted scalar");
        assert_eq!((marked, help.as_str()), ("\"", "the quote that opens here is not closed on its line"));
        let text = "a: {b: \"one, c: 2}\nd: [\"push\"]\n";
        let likely = quote(text, text.find("push").unwrap(), "after double-quoted scalar").unwrap();
        assert_eq!(likely.span, Some(7..8));
        let text = "a: {b: \"one, c: \"two\"}\n";
        let likely = quote(text, text.find("two").unwrap(), "after double-quoted scalar").unwrap();
        let help = "nothing may follow the closing quote of this text";
        assert_eq!((likely.span, likely.help.as_str()), (Some(7..17), help));
    }

    #[test]
    fn a_value_that_needs_quotes_or_goes_on_after_them_is_marked() {
        let of = |line: &str| found(&format!("a: 1\n{line}\n"), line, "mapping").1;
        assert_eq!(of("key: %{X}"), "a value that begins with this sign needs quotes");
        assert_eq!(of("key: \"abc\" def"), "nothing may follow the closing quote");
        assert_eq!(of("name: a: b"), "a value that holds `: ` needs quotes");
        assert_eq!(of("name: plain"), "");
    }

    #[test]
    fn the_nearest_anchor_is_named_or_how_to_make_one() {
        let unknown = "alias references unknown anchor";
        let near = found("x-base: &base {}\nrecording: *bse\n", "*bse", unknown);
        assert_eq!(near.1, "did you mean `*base`?");
        let none = found("recording: *bse\n", "*bse", unknown);
        assert_eq!(none.1, "`&bse` before a value names it, and `*bse` stands for that value below it");
    }
}
