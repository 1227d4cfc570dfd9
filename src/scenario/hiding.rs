//! Keys in a scenario's text, and how they are kept out of what is shown of it.

use std::ops::Range;

use super::document::{Key, Node, NodeKind};
use super::sending::Method;
use crate::duration::parse_duration;
use crate::masking::{looks_drawn, looks_like_a_name};
use crate::stretch::Stretches;

/// Keys of `signing` whose values are not secret.
const OPEN: [&str; 4] = ["method", "lifetime", "resign_retries", "accepts"];

/// Faults whose names sound like a secret and hold none.
const FAULTS: [&str; 4] = ["wrong-key", "repeat-key", "forge-token", "chosen-token"];

/// True for a key of the file that names a secret, even if it is misspelt or misplaced.
pub fn secretive(name: &str) -> bool {
    let name = name.to_lowercase();
    if FAULTS.contains(&name.as_str()) {
        return false;
    }
    ["key", "secret", "password", "token"].iter().any(|word| name.contains(word))
}

/// Length in bytes above which a text that is not a method of signing is a key in the wrong place.
const LONGEST_METHOD: usize = 12;

/// A text of which keys are starred.
struct Hidden {
    text: Vec<u8>,
    /// Keys that stand in it.
    keys: Vec<String>,
}

/// Hides everything below `signing` that is not known to be open, and whatever else is called a key: from messages, and by
/// stars from the text. Done on the tree, so that it holds however the value is written. `${NAME}` names a secret and is
/// none.
///
/// Gives the text with stars, and the keys that stand in it.
pub(super) fn hide_keys(root: &mut Node, text: &str) -> (String, Vec<String>) {
    let mut hidden = Hidden { text: text.as_bytes().to_vec(), keys: Vec::new() };
    // A file that holds one text alone may be that of a key, or of variables.
    match root.kind {
        NodeKind::Map(_) | NodeKind::List(_) | NodeKind::Null => hidden.look_for_keys(root),
        _ => {
            hidden.hide(root);
            hidden.text.iter_mut().filter(|byte| !b"\n\r".contains(*byte)).for_each(|byte| *byte = b'*');
        }
    }
    (hidden.shown(), hidden.keys)
}

/// Settings that name the place of a key.
const PLACES: [&str; 3] = ["secret-env", "secret-file", "cert-key"];
/// Settings that are addresses.
const ADDRESSES: [&str; 3] = ["url", "target", "state"];

/// The same for a file of settings: headers, addresses with a user or a query, whatever is called a key, and what looks drawn.
pub(super) fn hide_settings(root: &mut Node, text: &str) -> (String, Vec<String>) {
    let mut hidden = Hidden { text: text.as_bytes().to_vec(), keys: Vec::new() };
    hidden.look_through_settings("", root);
    (hidden.shown(), hidden.keys)
}

/// The same for the file of a declared provider: the keys of its vectors.
pub(super) fn hide_vectors(root: &mut Node, text: &str) -> (String, Vec<String>) {
    let mut hidden = Hidden { text: text.as_bytes().to_vec(), keys: Vec::new() };
    if let NodeKind::Map(entries) = &mut root.kind {
        let vectors = entries.iter_mut().filter(|(key, _)| key.name == "vectors");
        vectors.for_each(|(_, vectors)| hidden.look_for_keys(vectors));
    }
    (hidden.shown(), hidden.keys)
}

/// An entry of `signing` that is no secret.
fn is_open(key: &Key, value: &Node) -> bool {
    OPEN.contains(&key.name.as_str())
        && !matches!(&value.kind, NodeKind::Text(text) if text.len() > LONGEST_METHOD && Method::named(text).is_none())
}

/// A URL with a user or a query may hold a secret. The query of a state's address says whose state it is.
fn tells_credentials(key: &Key, value: &Node) -> bool {
    let NodeKind::Text(text) = &value.kind else { return false };
    let host = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest).split('/').next();
    match key.name.as_str() {
        "url" => text.contains(['@', '?']),
        "get" | "target" | "state" => host.is_some_and(|host| host.contains('@')),
        _ => false,
    }
}

/// True for the time a key is in use, which is not secret.
fn is_time(key: &Key, value: &Node) -> bool {
    key.name == "until" && matches!(&value.kind, NodeKind::Text(text) if parse_duration(text).is_ok())
}

impl Hidden {
    fn look_for_keys(&mut self, node: &mut Node) {
        match &mut node.kind {
            NodeKind::Map(entries) => {
                for (key, value) in entries {
                    let signing = key.name.eq_ignore_ascii_case("signing");
                    let secret = signing || secretive(&key.name) || tells_credentials(key, value);
                    match &mut value.kind {
                        NodeKind::Map(inner) if signing => {
                            inner
                                .iter_mut()
                                .filter(|(key, value)| !is_open(key, value))
                                .for_each(|(_, v)| self.hide(v));
                        }
                        _ if secret => self.hide(value),
                        _ if FAULTS.contains(&key.name.as_str()) => self.hide_drawn(value),
                        _ => self.look_for_keys(value),
                    }
                }
            }
            NodeKind::List(items) => items.iter_mut().for_each(|item| self.look_for_keys(item)),
            _ => {}
        }
    }

    /// Hides what looks like a key where the name of a change of a key belongs.
    fn hide_drawn(&mut self, node: &mut Node) {
        match &mut node.kind {
            NodeKind::Map(entries) => entries.iter_mut().for_each(|(_, value)| self.hide_drawn(value)),
            NodeKind::List(items) => items.iter_mut().for_each(|item| self.hide_drawn(item)),
            NodeKind::Text(text) if looks_drawn(text) => self.hide(node),
            _ => {}
        }
    }

    fn look_through_settings(&mut self, name: &str, node: &mut Node) {
        match &mut node.kind {
            NodeKind::Map(entries) => {
                entries.iter_mut().for_each(|(key, value)| self.look_through_settings(&key.name, value));
            }
            NodeKind::List(items) => items.iter_mut().for_each(|item| self.look_through_settings(name, item)),
            NodeKind::Text(text) => {
                let called = name == "header" || (secretive(name) && !PLACES.contains(&name));
                let credentials = ADDRESSES.contains(&name) && text.contains(['@', '?']);
                // Whoever writes no name there may have written the key.
                let unnamed = name == "secret-env" && !looks_like_a_name(text);
                if called || credentials || unnamed || looks_drawn(text) {
                    self.hide(node);
                }
            }
            _ if secretive(name) => self.hide(node),
            _ => {}
        }
    }

    fn hide(&mut self, node: &mut Node) {
        let from_outside = node.hidden;
        node.hidden = true;
        match &mut node.kind {
            NodeKind::Map(entries) => {
                entries
                    .iter_mut()
                    .filter(|(key, value)| !is_time(key, value))
                    .for_each(|(_, value)| self.hide(value));
            }
            NodeKind::List(items) => items.iter_mut().for_each(|item| self.hide(item)),
            NodeKind::Text(text) if !from_outside => self.keys.push(text.clone()),
            NodeKind::Digits(text) => self.keys.push(text.clone()),
            _ => {}
        }
        if !matches!(node.kind, NodeKind::Map(_) | NodeKind::List(_)) {
            self.star(node.span.clone());
            self.star(node.defined.clone());
        }
    }

    /// Puts stars over a value, and over a comment behind it: it may be the key before this one.
    fn star(&mut self, span: Range<usize>) {
        let bytes = self.text.stretch_mut(span.clone());
        let shown = String::from_utf8_lossy(bytes).into_owned();
        let bare = shown.trim_matches(['"', '\'']);
        let name = bare.strip_prefix("${").and_then(|bare| bare.strip_suffix('}'));
        if !name.is_some_and(|name| !name.contains(":-") && !looks_drawn(name)) {
            bytes.iter_mut().filter(|byte| !b"\n\r\"'".contains(*byte)).for_each(|byte| *byte = b'*');
        }
        let rest = self.text.stretch_mut(span.end..);
        // The end of the text is the end of a line.
        let rest = rest.split_mut(|byte| *byte == b'\n').next().unwrap_or_default();
        let comment = rest.windows(2).position(|pair| matches!(pair, [b' ' | b'\t', b'#']));
        if let Some(comment) = comment.and_then(|at| rest.get_mut(at + 2..)) {
            comment.iter_mut().for_each(|byte| *byte = b'*');
        }
    }

    /// The text with the keys starred wherever else they stand.
    fn shown(&self) -> String {
        let text = String::from_utf8_lossy(&self.text).into_owned();
        let keys = self.keys.iter().filter(|key| key.len() >= TOLD);
        keys.fold(text, |text, key| text.replace(key, &"*".repeat(key.len())))
    }
}

/// Shortest length of a key that is searched everywhere, in bytes: a shorter one is a part of other words.
const TOLD: usize = 6;

/// True for `NAME=value`, as files of variables have it.
fn is_variable(line: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let Some((name, _)) = line.split_once('=') else { return false };
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
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
        let name = line.split([':', '=']).next().unwrap_or(line);
        if secretive(line) || name.to_lowercase().contains("signing") || is_variable(line) {
            deeper_than = Some(indent);
            out.push_str(&without_drawn(name));
            out.extend(
                line.stretch(name.len()..)
                    .chars()
                    .enumerate()
                    // The sign behind the name, and the space behind that.
                    .map(|(at, c)| if c == '\n' || at == 0 || at == 1 && c == ' ' { c } else { '*' }),
            );
        } else {
            out.push_str(&without_drawn(line));
        }
    }
    out
}

/// The line with stars over each word that looks drawn, as a key does.
fn without_drawn(line: &str) -> String {
    let letters = |c: char| c.is_ascii_alphanumeric();
    let words = line.split_inclusive(|c| !letters(c));
    let starred = words.map(|word| match looks_drawn(word) {
        true => word.chars().map(|c| if letters(c) { '*' } else { c }).collect(),
        false => word.to_owned(),
    });
    starred.collect()
}
