//! A place in a file and what is wrong there; the one renderer of diagnostics.
//!
//! A stage that finds something wrong names the *path* of the value (`recording.hls.cycle`); the document the value came
//! from turns the path into a place. So no type of the scenario has to carry spans, and any later stage can point into
//! the file.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::stretch::{Stretches, is_hidden};

/// A text that problems can point into: a scenario file, standard input, a shipped scenario.
#[derive(Clone, Debug)]
pub struct Source {
    /// Name for a person: the path as given, `-`, or `@huawei/cycle`.
    pub name: String,
    /// The whole text, as read.
    pub text: String,
}

impl Source {
    /// Line and column, both from 1, the column in characters, of a byte offset.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
        (line, column)
    }
}

/// Part of a `key: value` pair that a problem is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Aim {
    /// The key itself, as for an unknown key.
    Key,
    /// The value.
    #[default]
    Value,
}

/// An error in a file: its place, the expected input, and hints for fixing it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// Path of the value, as `broadcast[3].fail`; empty for the whole file.
    pub path: String,
    /// Target of the problem: the key or the value.
    pub aim: Aim,
    /// Bytes of the source, once known. Takes precedence over `path`.
    pub span: Option<Range<usize>>,
    /// Description of the problem, in one line.
    pub title: String,
    /// Text beside the caret: the expected input.
    pub label: String,
    /// Hints for fixing it, one a line.
    pub help: Vec<String>,
}

impl Problem {
    /// A problem with the value at `path`.
    pub fn at(path: impl Into<String>, title: impl Into<String>) -> Self {
        Self { path: path.into(), title: title.into(), ..Self::default() }
    }

    /// The same problem, pointing at the key instead of its value.
    pub fn on_key(mut self) -> Self {
        self.aim = Aim::Key;
        self
    }

    /// The same problem with the text beside the caret.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// The same problem with one more hint.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The same problem with a hint for each item of an option or list.
    pub fn helps(mut self, help: impl IntoIterator<Item = String>) -> Self {
        self.help.extend(help);
        self
    }
}

/// The valid name nearest to what was written, if any is near enough to be what was meant.
pub fn nearest<'a>(written: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let begun = |name: &str| written.len() >= 3 && name.to_lowercase().starts_with(&written);
    let near = |name: &'a str| {
        let lower = name.to_lowercase();
        let slips = strsim::osa_distance(&written, &lower);
        let likeness = strsim::jaro_winkler(&written, &lower);
        let letters = written.chars().count();
        // A slip or two of the fingers, or the same beginning. Where every letter is another one, the names have nothing in common.
        let near = slips <= (letters / 3).max(1) || likeness > 0.8;
        (near && (slips < letters || begun(name))).then_some((slips, likeness, name))
    };
    let best = valid.into_iter().filter_map(near).min_by(|a, b| {
        // A beginning is written on purpose; a slip is not.
        begun(b.2).cmp(&begun(a.2)).then(a.0.cmp(&b.0)).then(b.1.total_cmp(&a.1))
    });
    best.map(|(_, _, name)| name)
}

/// `` did you mean `x`? ``, when there is a near name.
pub fn did_you_mean<'a>(written: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(written, valid.into_iter().filter(|name| *name != written))
        .map(|name| format!("did you mean `{name}`?"))
}

/// The problems as text for a terminal or a log: each with `file:line:column`, the source line and a caret.
///
/// A problem without a span is shown without a source line. Most problems that are shown; a line explains the way to
/// see the others.
pub fn render(source: &Source, problems: &[Problem], style: impl Into<Style>) -> String {
    let Style { colour, most, command } = style.into();
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for problem in problems.iter().take(most) {
        let (title, label, name) = (plain(&problem.title), plain(&problem.label), plain(&source.name));
        let mut group = Group::with_title(Level::ERROR.primary_title(title.as_str()));
        if let Some(span) = &problem.span {
            let span = visible(&source.text, span);
            let (number, start, line) = line(&source.text, span.start);
            if line.len() > LONGEST_LINE {
                let column = source.line_column(span.start).1;
                let label = if label.is_empty() { String::new() } else { format!(": {label}") };
                let note = format!("in {name}:{number}:{column}, in a line too long to be shown{label}");
                let group = group.element(Level::NOTE.message(note));
                out.push_str(&renderer.render(&[helped(group, problem)]));
                out.push_str("\n\n");
                continue;
            }
            // The renderer replaces the other control characters. Of two bytes each, as they are: the mark stays where it is.
            let line = line.replace(|c| matches!(c, '\u{80}'..='\u{9f}'), "·");
            let mark = AnnotationKind::Primary.span(span.start - start..span.end - start);
            let mark = if label.is_empty() { mark } else { mark.label(label.as_str()) };
            group =
                group.element(Snippet::source(line).line_start(number).path(name.as_str()).annotation(mark));
        } else if !label.is_empty() {
            group = group.element(Level::NOTE.message(format!("in {name}: {label}")));
        } else {
            group = group.element(Level::NOTE.message(format!("in {name}")));
        }
        out.push_str(&renderer.render(&[helped(group, problem)]));
        out.push_str("\n\n");
    }
    if let Some(more @ 1..) = problems.len().checked_sub(most) {
        let more = if more == 1 { "1 more problem".to_owned() } else { format!("{more} more problems") };
        out.push_str(&format!(
            "error: and {more} in {}\n  hookreel {command} {} --all-errors shows them all\n\n",
            plain(&source.name),
            plain(&source.name)
        ));
    }
    out
}

/// The longest line that is shown, in bytes.
const LONGEST_LINE: usize = 64 << 10;

/// The number, the first byte and the text of the line around a byte. The renderer is given no more: it keeps a list of all
/// the lines it gets.
fn line(text: &str, at: usize) -> (usize, usize, &str) {
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let end = after.find('\n').map_or(text.len(), |end| at + end);
    let line = text.stretch(start..end);
    // A file of an editor on Windows.
    (before.matches('\n').count() + 1, start, line.strip_suffix('\r').unwrap_or(line))
}

/// The group with the problem's hints.
fn helped<'a>(group: Group<'a>, problem: &Problem) -> Group<'a> {
    let unseen = problem.title.chars().find(|c| is_hidden(*c));
    let unseen = unseen.map(|c| {
        let code = u32::from(c);
        Level::HELP.message(format!(
            "a character that nobody sees (U+{code:04X}) stands in it, as copied text has it: type it again"
        ))
    });
    let group = unseen.into_iter().fold(group, Group::element);
    problem.help.iter().fold(group, |group, help| group.element(Level::HELP.message(plain(help))))
}

/// The text without what could drive a terminal.
fn plain(text: &str) -> String {
    let shown = |c: char| match is_hidden(c) {
        true => c.escape_default().to_string(),
        false if c.is_control() => '\u{fffd}'.to_string(),
        false => c.to_string(),
    };
    text.chars().map(shown).collect()
}

/// Style of the output of problems.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// True for output in colour.
    pub colour: bool,
    /// Number of problems shown of each file.
    pub most: usize,
    /// Command that shows all of them with `--all-errors`.
    pub command: &'static str,
}

impl From<bool> for Style {
    /// Style with or without colour, with the first five problems of each file.
    fn from(colour: bool) -> Self {
        Self { colour, most: 5, command: "check" }
    }
}

/// The span, made at least one character wide and cut at the end of its first line: a caret under half the file tells
/// nobody anything.
fn visible(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    let rest = text.stretch(start..);
    let line_end = start + rest.find(['\r', '\n']).unwrap_or(rest.len());
    let one = start + rest.chars().next().map_or(0, char::len_utf8);
    start..text.floor_char_boundary(span.end.max(one)).min(line_end).max(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_counts_characters_not_bytes() {
        let source = Source { name: "s".into(), text: "a: 1\n直播: x\n".into() };
        assert_eq!(source.line_column(source.text.find('x').unwrap()), (2, 5));
    }

    #[test]
    fn nothing_in_a_problem_drives_a_terminal() {
        let source = Source { name: "a\u{1b}[2J".into(), text: "x: \u{1b}[2J\u{8a}\u{9b}2J\n".into() };
        let problem = Problem { span: Some(0..1), ..Problem::at("", "t\u{1b}[2J") };
        let problem = problem.label("l\u{9b}2J").help("h\u{7}");
        let text = render(&source, &[problem, Problem::at("", "second")], Style { most: 1, ..false.into() });
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }

    #[test]
    fn line_ends_of_windows_are_no_part_of_a_line() {
        let shown = |text: &str, span| {
            let source = Source { name: "s".into(), text: text.into() };
            render(&source, &[Problem { span: Some(span), ..Problem::at("", "t") }.label("l")], false)
        };
        assert_eq!(shown("a: 1\r\nb: 2\r\n", 6..10), shown("a: 1\nb: 2\n", 5..9));
        // A mark that reaches over the end of the line.
        assert_eq!(shown("a: 1\r\nb: 2\r\n", 6..12), shown("a: 1\nb: 2\n", 5..10));
        assert_eq!(shown("\r\n", 0..2), shown("\n", 0..1));
    }

    #[test]
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        assert_eq!(nearest("cycel", ["resume", "cycle"]), Some("cycle"));
        assert_eq!(nearest("hsl", ["mp4", "hls"]), Some("hls"));
        assert_eq!(nearest("zzz", ["resume", "cycle"]), None);
        assert_eq!(nearest("P", ["_"]), None);
        assert_eq!(nearest("hmac", ["md5", "hmac-sha256"]), Some("hmac-sha256"));
    }
}
