//! What of a scenario's text is shown in messages: everything but keys and whatever else may be a secret.

use super::document::{Key, Kind, Node};
use crate::duration::parse_duration;

/// Keys of `signing` whose values are no secrets.
const OPEN: [&str; 4] = ["method", "lifetime", "resign_retries", "accepts"];

/// Faults whose names sound like a secret and hold none.
const FAULTS: [&str; 2] = ["wrong-key", "repeat-key"];

/// Whether a key of the file names something that is nobody's business, also when it is misspelt or misplaced.
fn secretive(name: &str) -> bool {
    let name = name.to_lowercase();
    if FAULTS.contains(&name.as_str()) {
        return false;
    }
    ["key", "secret", "password", "token"].iter().any(|word| name.contains(word))
}

/// Hides everything below `signing` that is not known to be open, and whatever else is called a key: from messages, and by
/// stars from the text. Done on the tree, so that it holds however the value is written. `${NAME}` names a secret and is
/// none.
pub(super) fn hide_keys(node: &mut Node, text: &mut [u8]) {
    match &mut node.kind {
        Kind::Map(entries) => {
            for (key, value) in entries {
                let signing = key.name.eq_ignore_ascii_case("signing");
                let secret = signing || secretive(&key.name) || tells_credentials(key, value);
                match &mut value.kind {
                    Kind::Map(inner) if signing => {
                        inner
                            .iter_mut()
                            .filter(|(key, _)| !OPEN.contains(&key.name.as_str()))
                            .for_each(|(_, v)| hide(v, text));
                    }
                    _ if secret => hide(value, text),
                    _ => hide_keys(value, text),
                }
            }
        }
        Kind::List(items) => items.iter_mut().for_each(|item| hide_keys(item, text)),
        _ => {}
    }
}

/// A URL with a user or a query may hold a secret.
fn tells_credentials(key: &Key, value: &Node) -> bool {
    key.name == "url" && matches!(&value.kind, Kind::Text(text) if text.contains(['@', '?']))
}

/// How long a key is in use is no secret.
fn is_time(key: &Key, value: &Node) -> bool {
    key.name == "until" && matches!(&value.kind, Kind::Text(text) if parse_duration(text).is_ok())
}

fn hide(node: &mut Node, text: &mut [u8]) {
    node.hidden = true;
    match &mut node.kind {
        Kind::Map(entries) => {
            entries
                .iter_mut()
                .filter(|(key, value)| !is_time(key, value))
                .for_each(|(_, value)| hide(value, text));
        }
        Kind::List(items) => items.iter_mut().for_each(|item| hide(item, text)),
        _ => {
            let bytes = text.get_mut(node.span.clone()).unwrap_or_default();
            let shown = String::from_utf8_lossy(bytes).into_owned();
            let bare = shown.trim_matches(['"', '\'']);
            if !(bare.starts_with("${") && bare.ends_with('}') && !bare.contains(":-")) {
                bytes.iter_mut().filter(|byte| !b"\n\r\"'".contains(*byte)).for_each(|byte| *byte = b'*');
            }
        }
    }
}

/// The same for a file that has no tree: whatever stands behind `signing:` or a secretive name, and in the deeper lines
/// below it.
pub(super) fn mask_lines(text: &str) -> String {
    let mut deeper_than = None;
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        if deeper_than.is_some_and(|depth| indent > depth || line.trim().is_empty()) {
            out.extend(line.chars().map(|c| if c == '\n' { '\n' } else { '*' }));
            continue;
        }
        deeper_than = None;
        let name = line.split(':').next().unwrap_or_default();
        if secretive(line) || name.to_lowercase().contains("signing") {
            deeper_than = Some(indent);
            out.push_str(name);
            out.extend(
                line.get(name.len()..)
                    .unwrap_or_default()
                    .chars()
                    .map(|c| if "\n:".contains(c) { c } else { '*' }),
            );
        } else {
            out.push_str(line);
        }
    }
    out
}
