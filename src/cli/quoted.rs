//! Words of proposed command lines. What the file of settings took from the environment stands there by the name of its variable.

use std::sync::OnceLock;

use crate::escape::shell_word;

/// A variable of the environment, and what it holds.
pub(super) type Taken = (String, String);

/// Variables that the file of settings named. Its values are words of the command from then on.
static TAKEN: OnceLock<Vec<Taken>> = OnceLock::new();

/// Text in the place of a value while its surroundings are quoted.
const HOLE: char = '\u{0}';

/// Shorter values stand in words by chance.
const SHORTEST: usize = 4;

/// Notes variables that are named in proposed lines, and never by what they hold.
pub(super) fn note(taken: Vec<Taken>) {
    // One file of settings is read, once.
    let _ = TAKEN.set(taken);
}

/// The text as one word of a shell.
pub(super) fn quote(text: &str) -> String {
    quoted(text, TAKEN.get().map_or(&[], Vec::as_slice))
}

fn quoted(text: &str, taken: &[Taken]) -> String {
    let told = |(_, value): &&Taken| value.len() >= SHORTEST && text.contains(value.as_str());
    let mut named: Vec<&Taken> = taken.iter().filter(told).collect();
    if named.is_empty() {
        return shell_word(text);
    }
    // One value may be a part of another.
    named.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
    let hole = |at: usize| format!("{HOLE}{at}{HOLE}");
    let holes = named.iter().enumerate();
    let text = holes.clone().fold(text.to_owned(), |text, (at, (_, value))| text.replace(value, &hole(at)));
    // Between double quotes these four keep a meaning.
    let text =
        ['\\', '"', '$', '`'].iter().fold(text, |text, sign| text.replace(*sign, &format!("\\{sign}")));
    let text = holes.fold(text, |text, (at, (name, _))| text.replace(&hole(at), &format!("${{{name}}}")));
    format!("\"{text}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_variable_holds_stands_in_a_word_by_its_name() {
        let taken = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let all = [taken("TOK", "secret"), taken("LONG", "secret-and-more"), taken("NO", "a")];
        assert_eq!(quoted("http://h/secret/x", &all), "\"http://h/${TOK}/x\"");
        assert_eq!(quoted("secret-and-more, secret", &all), "\"${LONG}, ${TOK}\"");
        assert_eq!(quoted("$[?(@.id=='secret')] \"`\\", &all), "\"\\$[?(@.id=='${TOK}')] \\\"\\`\\\\\"");
        assert_eq!(quoted("a b", &all), "'a b'");
    }
}
