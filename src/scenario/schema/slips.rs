//! Slips that break several rules at once, each told as the one mistake that it is.

use super::super::document::{Document, Key, Node, NodeKind};
use crate::duration::parse_duration;
use crate::masking::looks_drawn;
use crate::problem::Problem;

/// Puts one problem in the place of those that a slip brings.
pub(super) fn told_once(document: &Document, problems: &mut Vec<Problem>) {
    let mut found = Vec::new();
    for (index, entry) in list(document.root(), "faults").iter().enumerate() {
        let slip = fault(entry).map(|slip| (format!("faults[{index}]"), Some(slip)));
        found.extend(slip);
    }
    let mut first = true;
    for (index, entry) in list(document.root(), "broadcast").iter().enumerate() {
        let Some(slip) = step(entry) else { continue };
        // Whoever writes one step so writes all of them so.
        found.push((format!("broadcast[{index}]"), Some(slip).filter(|_| first)));
        first = false;
    }
    for (path, slip) in found {
        let own = |problem: &Problem| {
            problem
                .path
                .strip_prefix(&path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        if !problems.iter().any(own) {
            continue;
        }
        problems.retain(|problem| !own(problem));
        problems.extend(slip.map(|slip| Problem { path, ..slip }));
    }
}

fn list<'a>(root: &'a Node, name: &str) -> &'a [Node] {
    let NodeKind::Map(entries) = &root.kind else { return &[] };
    match entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| &value.kind) {
        Some(NodeKind::List(items)) => items,
        _ => &[],
    }
}

/// Names of keys under which other programs have the name of a thing.
const NAMES: [&str; 4] = ["name", "type", "fault", "kind"];

/// A fault whose terms stand beside its name, or whose name stands under a key.
fn fault(entry: &Node) -> Option<Problem> {
    let NodeKind::Map(entries) = &entry.kind else { return None };
    let (first, second) = (entries.first()?, entries.get(1));
    let at = |key: &Key, title: String| Problem { span: Some(key.span.clone()), ..Problem::at("", title) };
    if let (NodeKind::Null, Some((second, _))) = (&first.1.kind, second) {
        let (name, term) = (&first.0.name, &second.name);
        let scalars = entries.iter().skip(1).all(|(_, value)| !matches!(value.kind, NodeKind::Map(_)));
        return scalars.then(|| {
            at(second, format!("`{term}` stands beside `{name}`, and belongs to it"))
                .help(format!("begin `{term}` deeper than `{name}`, or write `{name}: {{{term}: ...}}`"))
        });
    }
    let (key, name) = entries.iter().find(|(key, _)| NAMES.contains(&key.name.as_str()))?;
    let name = word(name)?;
    let terms: Vec<String> = (entries.iter().filter(|(other, _)| other.name != key.name))
        .map(|(other, _)| format!("{}: ...", other.name))
        .collect();
    let terms = if terms.is_empty() { name.to_owned() } else { format!("{name}: {{{}}}", terms.join(", ")) };
    Some(at(key, "a fault is written by its name".into()).help(format!("write `{terms}`")))
}

/// A step whose time stands in the place of what happened, or under a key.
fn step(entry: &Node) -> Option<Problem> {
    let NodeKind::Map(entries) = &entry.kind else { return None };
    let is_time = |text: &str| parse_duration(text).is_ok();
    if entries.iter().any(|(key, _)| is_time(&key.name)) {
        return None;
    }
    let (key, time) =
        entries.iter().find_map(|(key, value)| Some((key, word(value).filter(|text| is_time(text))?)))?;
    let what = match entries.len() {
        1 => key.name.as_str(),
        _ => entries.iter().find(|(other, _)| other.name != key.name).and_then(|(_, value)| word(value))?,
    };
    let problem = Problem::at("", "the time of a step stands before the colon");
    let problem = Problem { span: Some(key.span.clone()), ..problem };
    Some(
        problem
            .label("expected a time and what happened then, such as `25m: drop`")
            .help(format!("write `{time}: {what}`")),
    )
}

/// A value that is a word of letters, digits and dashes, and no secret.
fn word(node: &Node) -> Option<&str> {
    let NodeKind::Text(text) = &node.kind else { return None };
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    Some(text.as_str()).filter(|text| plain && !text.is_empty() && !node.hidden && !looks_drawn(text))
}
