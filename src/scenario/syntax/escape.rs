//! Backslashes in double quotes.

use super::Likely;
use super::signs::Signs;

/// The first backslash in double quotes that no escape of YAML begins with.
pub(super) fn escape(text: &str) -> Option<Likely> {
    let mut signs = Signs::of(text);
    while signs.next().is_some() {}
    let wrong = signs.double_quoted.into_iter().find_map(|range| {
        let start = range.start + 1;
        let own = text.get(start..range.end)?;
        let mut rest = own.char_indices();
        while let Some((at, c)) = rest.next() {
            if c != '\\' {
                continue;
            }
            let (_, kind) = rest.next()?;
            let digits = match kind {
                'x' => 2,
                'u' => 4,
                'U' => 8,
                c if "0abt\tnvfre \"/\\N_LP\r\n".contains(c) => 0,
                _ => return Some(start + at),
            };
            let hex = own.get(at + 2..at + 2 + digits);
            if !hex.is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit())) {
                return Some(start + at);
            }
        }
        None
    })?;
    let help = "in double quotes a backslash begins an escape, and YAML has none like this: write `\\\\` for a backslash, or put the \
                text in single quotes";
    Some(Likely { span: Some(wrong..wrong + 2), help: help.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_that_begins_no_escape_is_marked_where_it_stands() {
        for (text, rest) in [
            ("a: \"b\"\nc: {d: \"e\", f: \"^\\d+$\"}\n", "\\d+$\"}\n"),
            ("a: \"x\"\nb: \"C:\\Users\\me\"\n", "\\Users\\me\"\n"),
            ("a: \"\\x4g\"\n", "\\x4g\"\n"),
            ("# it's \"\\q\"\na: '\\q'\nb: \"\\n\\\\\\u00e9\\\" \\.\"\n", "\\.\"\n"),
            ("a: \"\u{76f4}\\-\"\n", "\\-\"\n"),
        ] {
            let likely = escape(text).unwrap();
            let at = likely.span.unwrap().start;
            assert_eq!(&text[at..], rest, "{text}");
            assert!(likely.help.contains("single quotes"));
        }
    }
}
