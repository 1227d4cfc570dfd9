//! Characters that look like others, and lines that another program left.

use std::ops::Range;

use super::line_at;
use super::signs::Signs;

/// A mistake that a person cannot see, or that another program made: its place, what it is, and what to do.
pub(in crate::scenario) struct Disguised {
    pub(in crate::scenario) span: Range<usize>,
    pub(in crate::scenario) title: String,
    pub(in crate::scenario) help: &'static str,
}

/// Characters that nobody sees, or that look like a space, with their names.
const UNSEEN: [(char, &str); 10] = [
    ('\u{a0}', "a no-break space"),
    ('\u{ad}', "a soft hyphen"),
    ('\u{200b}', "a zero-width space"),
    ('\u{200c}', "a zero-width non-joiner"),
    ('\u{200d}', "a zero-width joiner"),
    ('\u{202f}', "a narrow no-break space"),
    ('\u{2060}', "a word joiner"),
    ('\u{3000}', "an ideographic space"),
    ('\u{feff}', "a byte order mark"),
    ('\u{ff1a}', "a fullwidth colon"),
];

/// The first such mistake in a scenario's text: in the indentation of a line, or in its key.
pub(in crate::scenario) fn disguised(text: &str) -> Option<Disguised> {
    let mut start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    if let Some(other) = conflict(text).or_else(|| tag(text)) {
        return Some(other);
    }
    while start < text.len() {
        let line = line_at(text, start);
        let written = text.get(start..line.end)?;
        let key = written.split([':', '"', '\'', '#', '{', '[']).next().unwrap_or(written);
        let has_key = written.get(key.len()..).is_some_and(|rest| rest.starts_with(':'));
        let indent = key.len() - key.trim_start().len();
        let unseen = |c: char| UNSEEN.iter().find(|(known, _)| *known == c);
        // Only an ordinary space ends a key after its colon.
        let after = written.get(key.len() + 1..).filter(|_| has_key).and_then(|rest| rest.chars().next());
        let looked = match after {
            Some(c) if unseen(c).is_some() => written.get(..key.len() + 1 + c.len_utf8())?,
            _ if has_key => key,
            _ => key.get(..indent)?,
        };
        if let Some((at, (c, name))) = looked.char_indices().find_map(|(at, c)| Some((at, unseen(c)?))) {
            let span = start + at..start + at + c.len_utf8();
            let title = format!("{name} (U+{:04X}) stands here, as copied text has it", u32::from(*c));
            return Some(Disguised { span, title, help: "type it again: an ordinary space, or nothing" });
        }
        start = line.end + 1;
    }
    None
}

/// The marks of a merge that was not finished.
fn conflict(text: &str) -> Option<Disguised> {
    let has = |mark: &str| text.lines().any(|line| line == mark.trim_end() || line.starts_with(mark));
    if !has("<<<<<<< ") || !has(">>>>>>> ") {
        return None;
    }
    let at = text.match_indices("<<<<<<< ").map(|(at, _)| at).find(|at| line_at(text, *at).start == *at)?;
    Some(Disguised {
        span: at..line_at(text, at).end,
        title: "a merge of two versions was not finished here".into(),
        help: "keep one of the two sides, and take out the lines with `<<<<<<<`, `=======` and `>>>>>>>`",
    })
}

/// Tags of YAML that change nothing: what they stand before has that type already, or is asked for as it is written.
const KNOWN: [&str; 7] = ["!str", "!int", "!float", "!bool", "!null", "!map", "!seq"];

/// A tag by which another program would read the value in a way of its own: here it would be a text as it stands.
fn tag(text: &str) -> Option<Disguised> {
    let name = |start: usize| {
        let rest = text.get(start + 1..)?;
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "!_-:/.".contains(c))).unwrap_or(rest.len());
        rest.get(..end).filter(|name| name.starts_with(|c: char| c == '!' || c.is_ascii_alphabetic()))
    };
    let mut tags = Signs::of(text).filter(|sign| sign.of == '!');
    let (start, name) = tags.find_map(|sign| {
        let name = name(sign.start).filter(|name| !KNOWN.contains(name))?;
        Some((sign.start, name))
    })?;
    Some(Disguised {
        span: start..start + 1 + name.len(),
        // What follows may be a key.
        title:
            "a tag (`!NAME`) means nothing here, and what it stands before would be taken as it is written"
                .into(),
        help: "a variable is written \"${NAME}\"; a text that begins with `!` stands in quotes",
    })
}

/// A typographic quote, which YAML takes for a letter.
pub(super) fn typographic_quote(line: &str) -> Option<Range<usize>> {
    let (at, quote) =
        line.char_indices().find(|(_, c)| "\u{201c}\u{201d}\u{2018}\u{2019}\u{ab}\u{bb}".contains(*c))?;
    // In the middle of a word it is an apostrophe.
    let before = line.get(..at)?.chars().next_back().unwrap_or(' ');
    (!before.is_alphanumeric()).then(|| at..at + quote.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_named_where_it_stands() {
        for (text, at, name) in [
            ("a: 1\nrecording\u{200b}:\n  mp4: {}\n", 14, "a zero-width space (U+200B)"),
            ("a:\n\u{a0}\u{a0}mp4: {}\n", 3, "a no-break space (U+00A0)"),
            ("a:\u{a0}b\n", 2, "a no-break space (U+00A0)"),
            ("a:\n \u{3000}- x\n", 4, "an ideographic space (U+3000)"),
            ("a: {b: 'x !y', c: !env KEY}\n", 18, "a tag (`!NAME`) means nothing"),
            ("a: !!binary aGk=\n", 3, "a tag (`!NAME`) means nothing"),
            ("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n", 5, "a merge of two versions"),
        ] {
            let found = disguised(text).unwrap();
            assert_eq!(found.span.start, at, "{text}");
            assert!(found.title.starts_with(name), "{}", found.title);
        }
        for quiet in [
            "name: a\u{a0}b\u{200b}\n",
            "# \u{a0}: x\n\"a\u{a0}b\": 1\n",
            "name: <<<<<<< x\n",
            "a: !!str 5\nb: hey !you\nc: ['!x', it!y]\nd: !\n",
            "\u{feff}a: 1\n",
            "\u{76f4}\u{64ad}: 1\n",
        ] {
            assert!(disguised(quiet).is_none(), "{quiet}");
        }
    }
}
