//! What to write in place of a value that does not fit.

use serde_json::Value;

use super::super::document::{Node, NodeKind};
use super::allowed::{BOOLEAN, LIST, words};
use super::wrong_amount::{
    NEGATIVE, TWO_PARTS, bitrate_instead, bitrate_without_unit, duration_instead, duration_without_unit,
    two_parts,
};
use crate::duration::parse_duration;

/// The meaning of a word that some readers of YAML take for true or false; ours takes it for a text.
pub(super) fn switch(node: &Node) -> Option<bool> {
    match &node.kind {
        NodeKind::Bool(on) => Some(*on),
        NodeKind::Text(word) => match word.to_ascii_lowercase().as_str() {
            "yes" | "y" | "on" | "true" => Some(true),
            "no" | "n" | "off" | "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Text to write in place of a value that does not fit, as far as the value says what was meant. `written` stands in the file.
pub(super) fn written_instead(node: &Node, expected: &str, written: &str) -> Option<String> {
    let wanted = |word: &str| expected.contains(word);
    match (&node.kind, node.hidden) {
        (NodeKind::Number(_) | NodeKind::Digits(_), false) => match () {
            () if written.starts_with('-') && (wanted("duration") || wanted("bitrate")) => {
                Some(NEGATIVE.into())
            }
            () if wanted("text") => Some(format!("put it in quotes: \"{written}\"")),
            () if wanted("duration") => Some(duration_without_unit(written)),
            () if expected.starts_with("a map with the keys status") => {
                Some(format!("write `{{status: {written}}}`"))
            }
            () if wanted("the keys attempts") => {
                Some(format!("write `{{attempts: {written}, interval: 1m}}`"))
            }
            () if wanted("bitrate") => Some(bitrate_without_unit(written)),
            () => None,
        },
        (NodeKind::Number(_) | NodeKind::Digits(_), true) if wanted("text") => {
            Some("digits alone are a number in YAML; put them in quotes".into())
        }
        (NodeKind::Text(text), false) if wanted("duration") && two_parts(text) => Some(TWO_PARTS.into()),
        (NodeKind::Text(text), false) if wanted("a duration") && !expected.starts_with("a map") => {
            duration_instead(text)
        }
        (NodeKind::Text(text), false) if wanted("a bitrate") => bitrate_instead(text),
        _ if expected == BOOLEAN => switch(node).map(|on| format!("write `{on}`")),
        (NodeKind::Map(entries), _) if expected == LIST => {
            let dash = entries.iter().any(|(key, _)| key.name.starts_with('-'));
            Some(match dash {
                true => "a space belongs after the dash: `- `".into(),
                false => "each entry of a list is a line of its own that begins with `- `".into(),
            })
        }
        (NodeKind::List(items), _) if expected.starts_with("a map") => Some(as_map(items)),
        (NodeKind::Null, _) if expected.starts_with("a map") => {
            Some("write `{}` after the colon for the defaults".into())
        }
        (NodeKind::Text(text), false) if expected.starts_with("a map with the keys body") => {
            Some(format!("write `{{body: {text}}}`"))
        }
        (NodeKind::Text(text), false) if expected == LIST => Some(match spaced(text) {
            Some(_) => "each step is an entry of its own: `[{0s: push}, {25m: drop}]`".into(),
            None => "write it in brackets, as a list".into(),
        }),
        (NodeKind::Text(text), false) if expected.starts_with("a map") && plain(text) => {
            Some(in_braces(text, expected))
        }
        (NodeKind::Text(text), false) if wanted("such as `25m: ") => spaced(text),
        _ => None,
    }
}

/// Text to write a map where a word stands, which is meant for one of its keys.
fn in_braces(text: &str, expected: &str) -> String {
    let has =
        |keys: &str| expected.strip_prefix("a map with the keys ").is_some_and(|all| all.starts_with(keys));
    if has("cycle") && parse_duration(text).is_ok() {
        return format!("write `{{cycle: {text}}}`");
    }
    if has("domain, app, name") {
        return format!("write `{{name: {text}}}`");
    }
    let is_key = expected.split([' ', ',']).any(|key| key == text);
    let key = if is_key { text } else { "NAME" };
    format!("write it in braces, as a map: `{{{key}: {{}}}}`")
}

/// Text to write a map where a list stands.
fn as_map(items: &[Node]) -> String {
    match items.iter().all(|item| matches!(item.kind, NodeKind::Map(_))) {
        true => "leave out the dashes: each key of a map is a line of its own".into(),
        false => "write it in braces, with its keys: `{KEY: ...}`".into(),
    }
}

/// True for a text that could be the name of a key.
fn plain(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// `25m: drop` for `25m:drop` and `25m drop`, which YAML takes for one text.
fn spaced(text: &str) -> Option<String> {
    if parse_duration(text.trim()).is_ok() {
        return Some(format!("say what happened then: `{0}: push` or `{0}: drop`", text.trim()));
    }
    if let Some(word) = ["push", "drop"].into_iter().find(|word| *word == text || synonym(text) == Some(word))
    {
        return Some(format!("say when, counted from the start of the broadcast: `25m: {word}`"));
    }
    let (time, action, what) = match text.split_once(':') {
        Some((time, action)) => (time, action, "a space after the colon"),
        None => text.split_once(' ').map(|(time, action)| (time, action, "a colon after the time"))?,
    };
    parse_duration(time.trim()).ok()?;
    Some(format!("put {what}: `{}: {}`", time.trim(), action.trim()))
}

/// Help for a word that stands in braces or brackets where it belongs alone: `25m: {drop}`.
pub(super) fn alone(node: &Node, branches: &[&Value]) -> Option<String> {
    let (word, around) = match &node.kind {
        NodeKind::Map(entries) => match entries.as_slice() {
            [(key, _)] => (key.name.as_str(), "braces"),
            _ => return None,
        },
        NodeKind::List(items) => match items.as_slice() {
            [Node { kind: NodeKind::Text(text), .. }] => (text.as_str(), "brackets"),
            _ => return None,
        },
        _ => return None,
    };
    let known: Vec<&str> = branches.iter().filter_map(|branch| words(branch)).flatten().collect();
    let word = known.iter().copied().find(|own| *own == word || synonym(word) == Some(own))?;
    Some(format!("write the word alone, without {around}: `{word}`"))
}

/// The word of a scenario for one that means the same elsewhere.
pub(super) fn synonym(word: &str) -> Option<&'static str> {
    match word.to_ascii_lowercase().as_str() {
        "start" | "begin" | "publish" | "connect" => Some("push"),
        "stop" | "end" | "unpublish" | "disconnect" => Some("drop"),
        _ => None,
    }
}

/// Help for a text that is a key of another form of the value: `fail` for `{fail: pull}`.
pub(super) fn key_of_another(node: &Node, branches: &[&Value]) -> Option<String> {
    let NodeKind::Text(text) = &node.kind else { return None };
    let has =
        |branch: &&&Value| branch.get("properties").is_some_and(|keys| keys.get(text.as_str()).is_some());
    branches.iter().find(has).map(|_| format!("`{text}` is a key here: `{{{text}: ...}}`"))
}
