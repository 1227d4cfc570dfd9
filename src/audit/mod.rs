//! The catalogue of edge cases, as scenarios: what `audit` plays, one by one, and what it says of each.

pub mod advice;
pub mod answered_alike;
pub mod case;
pub mod causes;
mod family;
pub mod groups;
pub mod observed;
pub mod score;
pub mod silence;
pub mod weight;

use case::Case;
use weight::Weight;

pub use family::{ALL, FamilyCases};

/// Every case of every family.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    ALL.iter().flat_map(|family| family.cases)
}

/// The plain callback that is played before everything: what it says of the set-up holds for every case.
pub const PLAIN: &str = "plain";

/// Cases that leave oddities in the receiver's state, or make some servers loop or swell; the worst last.
pub const LAST: [&str; 15] = [
    "F111", "F111.b", "F112", "F118", "E92", "E109", "F113", "F121", "F122", "F120", "E100", "E106", "E107",
    "E106.b", "H166",
];

/// The name of the plain callback that is played after one of the [`LAST`] cases.
pub fn plain_after(id: &str) -> String {
    format!("{PLAIN} after {id}")
}

/// Cases that wait for deadlines, the longest first: they begin first, and wait side by side.
const WAITING: [&str; 9] = ["I178", "I179", "I180", "J212", "I182", "I184", "I190", "J199", "I183"];
/// Cases whose waiting takes longest, each on one connection, the one with a bystander last: a receiver that serves the
/// bystander serves everybody else meanwhile.
const LONGEST: [&str; 2] = ["J195", "I181"];

/// Cases that take all connections a receiver has: they begin when the short ones are over.
const FLOODS: [&str; 2] = ["I192", "I193"];

/// Cases that leave so many files in the state that every later question takes long.
const VOLUME: [&str; 3] = ["M250", "K216", "K218"];

/// When a play of an audit is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayOrder {
    /// Before the others, which are not played if it fails.
    First,
    /// Beside all others, as soon as it is known that the receiver serves somebody else meanwhile; in the order of this rank.
    Beside(usize),
    /// With others; those on the wire by script in the order of this rank.
    Usual(usize),
    /// One by one, after those.
    Volume,
    /// Alone, after the others.
    Last,
    /// Alone, after one of the last; if it fails, no more is played.
    After,
}

/// When the scenario of this name is played.
pub fn turn(name: &str) -> PlayOrder {
    match name.strip_prefix(PLAIN) {
        Some("") => PlayOrder::First,
        Some(_) => PlayOrder::After,
        None if LAST.contains(&name) => PlayOrder::Last,
        None if VOLUME.contains(&name) => PlayOrder::Volume,
        None => match LONGEST.iter().position(|id| *id == name) {
            Some(at) => PlayOrder::Beside(at),
            None => PlayOrder::Usual(rank(name)),
        },
    }
}

fn rank(name: &str) -> usize {
    let weight = cases().find(|case| case.id == name).map(Case::weight);
    match (weight, WAITING.iter().position(|id| *id == name)) {
        (Some(Weight::Must | Weight::Should) | None, _) => 0,
        (_, Some(at)) => BEHIND + at,
        _ if FLOODS.contains(&name) => usize::MAX,
        _ => BEHIND + WAITING.len(),
    }
}

/// From this rank on plays wait for the receiver's deadlines, and may be in each other's way.
pub const BEHIND: usize = 1;
