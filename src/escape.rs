//! Text that others wrote, made harmless for terminals, shells, CI runners and the eye.

use crate::stretch::is_hidden;

/// The text with everything that could drive a terminal or a CI runner (`##[error]`, `##vso[...]`), or hide from the eye, written
/// out.
pub fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '#' && out.ends_with('#') {
            out.extend(c.escape_unicode());
            continue;
        }
        if c.is_control() || is_hidden(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// The text as one word of a shell.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// A command line with an `x` in the place of each byte within quotes: what stands there is a word's text, and no flag of the line.
pub fn unquoted(line: &str) -> String {
    let (mut quoted, mut escaped) = (None, false);
    let masked = line.chars().map(|c| {
        let inside = quoted.is_some() || escaped;
        let ends = quoted == Some(c);
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted != Some('\'') => escaped = true,
            _ if ends => quoted = None,
            '\'' | '"' if quoted.is_none() => quoted = Some(c),
            _ => {}
        }
        if inside && !ends { "x".repeat(c.len_utf8()) } else { c.to_string() }
    });
    masked.collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_flag_within_quotes_is_none_of_the_line() {
        for (line, expected) in [
            ("a --exec 'b --c d' --c e", "a --exec 'xxxxxxx' --c e"),
            ("a 'it'\\''s --c' \"${X:?--c}\"", "a 'xx'\\x'xxxxx' \"xxxxxxxxx\""),
            ("a '直 --c' --d", "a 'xxxxxxx' --d"),
        ] {
            assert_eq!(super::unquoted(line), expected);
            assert_eq!(super::unquoted(line).len(), line.len());
        }
    }

    #[test]
    fn escape_codes_and_commands_of_ci_runners_are_written_out() {
        assert_eq!(super::inert("a ##[error]b # c"), r"a #\u{23}[error]b # c");
        assert_eq!(super::inert("a\u{1b}[2Jb\r\n\u{202e}直"), r"a\u{1b}[2Jb\r\n\u{202e}直");
    }
}
