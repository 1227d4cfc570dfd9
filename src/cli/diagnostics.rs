//! Standard error: messages for a person, which may be read by a terminal and by a CI runner. Names of files come from others, and
//! drive neither.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::report::inert;

/// Names with control characters that the command was given or found.
static NAMES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn names() -> MutexGuard<'static, BTreeSet<String>> {
    NAMES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes a name that a message may repeat.
pub(super) fn may_repeat(name: &OsStr) {
    let name = name.to_string_lossy();
    if name.chars().any(char::is_control) {
        names().insert(name.into_owned());
    }
}

/// The text with each such name on one line: a line end inside of a name is no line end of the message.
pub(super) fn in_one_line(text: &str) -> String {
    // The longest first: one may be a part of another.
    let mut names: Vec<String> = names().iter().cloned().collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.iter().fold(text.to_owned(), |text, name| text.replace(name.as_str(), &inert(name)))
}

/// Prints a diagnostic. Its colours and line ends stay; any other control character is written out, and no line of it is a
/// command for a CI runner.
pub(super) fn complain(text: &str) {
    let mut err = anstream::stderr();
    let text = harmless(&in_one_line(text));
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// The text with what could drive a terminal or a CI runner written out.
fn harmless(text: &str) -> String {
    text.split_inclusive('\n').map(line).collect()
}

/// One line of it, with its end.
fn line(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let colour = colour(rest);
        let (plain, after) = rest.split_at(if colour > 0 { colour } else { c.len_utf8() });
        match c {
            _ if colour > 0 => out.push_str(plain),
            '\n' | '\t' => out.push(c),
            '\r' if after.starts_with('\n') => out.push(c),
            ':' if after.starts_with(':') && is_blank(&out) => out.push_str(r"\u{3a}"),
            _ => out.push_str(&inert(plain)),
        }
        rest = after;
    }
    out.replace("##[", r"#\u{23}[").replace("##vso", r"#\u{23}vso")
}

/// True when a reader sees nothing of the text.
fn is_blank(text: &str) -> bool {
    anstream::adapter::strip_str(text).to_string().trim().is_empty()
}

/// The bytes of a colour at the begin of the text; 0 = there is none.
fn colour(text: &str) -> usize {
    let Some(inner) = text.strip_prefix("\u{1b}[") else { return 0 };
    let digits = inner.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    if inner.as_bytes().get(digits) == Some(&b'm') { digits + 3 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn a_message_keeps_its_colours_and_drives_nothing_else() {
        assert_eq!(
            harmless("\u{1b}[1;31merror\u{1b}[0m: a\n  b\u{85}"),
            "\u{1b}[1;31merror\u{1b}[0m: a\n  b\\u{85}"
        );
        assert_eq!(harmless("a\u{1b}[2J\u{1b}]0;x\u{7}\rb"), r"a\u{1b}[2J\u{1b}]0;x\u{7}\rb");
        assert_eq!(harmless("a\n ::error::b\n##[error]c ::d"), "a\n \\u{3a}:error::b\n#\\u{23}[error]c ::d");
    }
}
