//! Notes on a plan for a person: above all, the reason why nothing is sent.

use crate::duration::show_duration;
use crate::fault::terms::Spec;
use crate::lifecycle::{Event, Fact};

/// Pushes that make no file, each once for all its formats; and faults that take out every callback, of which there are so many
/// `before` them and `left` after them.
pub(super) fn notes(facts: &[Fact], faults: &[Spec], before: usize, left: usize) -> Vec<String> {
    let note = |fact: &Fact| match fact.event {
        Event::TooShort(length) => Some(format!(
            "the push at {} lasts {}: too short for a file of its own (recording.shortest)",
            show_duration(fact.at),
            show_duration(length)
        )),
        _ => None,
    };
    let mut notes: Vec<String> = facts.iter().filter_map(note).collect();
    notes.dedup();
    notes.extend(removed(faults, before, left));
    notes
}

/// Says that faults took out every callback.
fn removed(faults: &[Spec], before: usize, left: usize) -> Option<String> {
    let names: Vec<String> = faults.iter().map(|fault| format!("`{}`", fault.fault.name)).collect();
    let (noun, verb) =
        (if names.len() == 1 { "fault" } else { "faults" }, if names.len() == 1 { "takes" } else { "take" });
    let callbacks = if before == 1 { "the only callback".into() } else { format!("all {before} callbacks") };
    (left == 0 && before > 0).then(|| format!("the {noun} {} {verb} out {callbacks}", names.join(", ")))
}
