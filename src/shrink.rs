//! Reduction of a failing scenario to the smallest one that still fails.
//!
//! Removable parts are of several kinds: the faults, the pushes of the broadcast, its gaps and failures, the formats,
//! the providers. Along each, halves are taken away first, then smaller parts, then single ones; all axes again, until
//! nothing more can go. Pure: whoever asks for it plays the candidates.

use std::collections::HashSet;
use std::ops::ControlFlow;

use serde_json::Value;

/// Something that can be taken away in one piece.
struct Removable {
    /// Name for a person: `the fault duplicate`.
    name: String,
    /// Its places among the entries of its axis's key.
    at: Vec<usize>,
}

/// A key of the scenario, and how its entries make parts.
type Axis = (&'static str, fn(&Value) -> Vec<Removable>);

/// Kinds of parts, in the order of their removal.
static AXES: &[Axis] = &[
    ("faults", |list| each(list, "the fault")),
    ("broadcast", airings),
    ("broadcast", gaps),
    ("broadcast", failures),
    ("recording", formats),
    ("provider", |choice| if choice.is_array() { each(choice, "the provider") } else { Vec::new() }),
];

/// Takes away from a scenario, as it was written, whatever it fails without. `fails` is asked about each candidate, with
/// names of what it lacks beside the one before; it breaks to end the search early.
///
/// Gives the smallest scenario so far that fails, and what ended the search early.
pub fn shrink<B>(
    tree: Value,
    fails: impl FnMut(&Value, &[String]) -> ControlFlow<B, bool>,
) -> (Value, Option<B>) {
    let mut search = ShrinkSearch { smallest: tree, held: HashSet::new(), fails };
    let broken = search.exhaust().break_value();
    (search.smallest, broken)
}

struct ShrinkSearch<F> {
    smallest: Value,
    /// Candidates that did not fail, as text: they are not asked about again.
    held: HashSet<String>,
    fails: F,
}

impl<B, F: FnMut(&Value, &[String]) -> ControlFlow<B, bool>> ShrinkSearch<F> {
    fn exhaust(&mut self) -> ControlFlow<B> {
        loop {
            let before = self.smallest.clone();
            for axis in AXES {
                self.follow(axis)?;
            }
            if self.smallest == before {
                return ControlFlow::Continue(());
            }
        }
    }

    fn follow(&mut self, axis: &Axis) -> ControlFlow<B> {
        let mut size = self.parts(axis).len().div_ceil(2);
        while size > 0 {
            let mut from = 0;
            loop {
                let parts: Vec<Removable> = self.parts(axis).into_iter().skip(from).take(size).collect();
                if parts.is_empty() {
                    break;
                }
                if !self.remove(axis.0, parts)? {
                    from += size;
                }
            }
            size /= 2;
        }
        ControlFlow::Continue(())
    }

    fn parts(&self, axis: &Axis) -> Vec<Removable> {
        let (key, parts) = axis;
        self.smallest.get(key).map_or_else(Vec::new, parts)
    }

    /// True if it still fails without these parts; then they are gone.
    fn remove(&mut self, key: &str, parts: Vec<Removable>) -> ControlFlow<B, bool> {
        let places: Vec<usize> = parts.iter().flat_map(|part| part.at.clone()).collect();
        let candidate = without(&self.smallest, key, &places);
        let text = candidate.to_string();
        if self.held.contains(&text) {
            return ControlFlow::Continue(false);
        }
        let names: Vec<String> = parts.into_iter().map(|part| part.name).collect();
        let fails = (self.fails)(&candidate, &names)?;
        if fails {
            self.smallest = candidate;
        } else {
            self.held.insert(text);
        }
        ControlFlow::Continue(fails)
    }
}

/// The scenario without some entries of a key; without the key, when none is left.
fn without(tree: &Value, key: &str, places: &[usize]) -> Value {
    let mut tree = tree.clone();
    let mut at = 0..;
    let mut left = || at.next().is_some_and(|at| !places.contains(&at));
    let empty = match tree.get_mut(key) {
        Some(Value::Array(list)) => {
            list.retain(|_| left());
            list.is_empty()
        }
        Some(Value::Object(map)) => {
            map.retain(|_, _| left());
            map.is_empty()
        }
        _ => false,
    };
    if let (true, Some(map)) = (empty, tree.as_object_mut()) {
        // Not `swap_remove`: the other keys keep their order.
        map.shift_remove(key);
    }
    tree
}

/// Every entry of a list.
fn each(list: &Value, what: &str) -> Vec<Removable> {
    let name = |entry: &Value| match entry {
        Value::String(name) => name.clone(),
        Value::Object(map) => {
            match map.get("name").and_then(Value::as_str).or(map.keys().next().map(String::as_str)) {
                Some(name) => name.to_owned(),
                None => entry.to_string(),
            }
        }
        entry => entry.to_string(),
    };
    let entries = list.as_array().into_iter().flatten().enumerate();
    entries.map(|(at, entry)| Removable { name: format!("{what} {}", name(entry)), at: vec![at] }).collect()
}

/// A step of the broadcast: its time, and `push`, `drop`, or nothing for a failure.
fn step(step: &Value) -> (&str, &str) {
    let entry = step.as_object().and_then(|map| map.iter().next());
    // A step without a word is a failure.
    entry.map_or(("", ""), |(time, what)| (time, what.as_str().unwrap_or_default()))
}

fn steps(broadcast: &Value) -> impl Iterator<Item = (usize, (&str, &str))> {
    broadcast.as_array().into_iter().flatten().map(step).enumerate()
}

/// Parts from each push to before the next.
fn airings(broadcast: &Value) -> Vec<Removable> {
    let mut airings: Vec<Removable> = Vec::new();
    for (at, (time, what)) in steps(broadcast) {
        match airings.last_mut() {
            Some(airing) if what != "push" => airing.at.push(at),
            _ => airings.push(Removable { name: format!("what is pushed at {time}"), at: vec![at] }),
        }
    }
    airings
}

/// Parts from each drop to the push after it.
fn gaps(broadcast: &Value) -> Vec<Removable> {
    let pairs = steps(broadcast).zip(steps(broadcast).skip(1));
    let gaps = pairs.filter(|((_, (_, first)), (_, (_, second)))| (*first, *second) == ("drop", "push"));
    gaps.map(|((at, (time, _)), _)| Removable { name: format!("the gap at {time}"), at: vec![at, at + 1] })
        .collect()
}

fn failures(broadcast: &Value) -> Vec<Removable> {
    let failures = steps(broadcast).filter(|(_, (_, what))| what.is_empty());
    failures
        .map(|(at, (time, _))| Removable { name: format!("the failure at {time}"), at: vec![at] })
        .collect()
}

fn formats(recording: &Value) -> Vec<Removable> {
    let entries = recording.as_object().into_iter().flatten().enumerate();
    let formats = entries.filter(|(_, (key, _))| ["hls", "flv", "mp4", "aac"].contains(&key.as_str()));
    formats.map(|(at, (key, _))| Removable { name: format!("the format {key}"), at: vec![at] }).collect()
}
