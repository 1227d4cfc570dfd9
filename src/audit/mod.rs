//! The catalogue of edge cases, as scenarios: what `audit` plays, one by one, and what it says of each.

pub mod case;
mod family_a;
mod family_b;
mod family_c;
mod family_d;
mod family_e;
mod family_f;
mod family_g;
mod family_h;
mod family_i;
mod family_j;
mod family_k;
mod family_m;
pub mod groups;
pub mod score;
pub mod weight;

use case::Case;
use weight::Weight;

/// A family of the catalogue.
pub struct Family {
    /// Its letter.
    pub letter: char,
    /// What it is about.
    pub title: &'static str,
    /// Its cases, in the order of their numbers.
    pub cases: &'static [Case],
}

/// The whole catalogue, as far as a sender can play it.
pub static ALL: &[Family] = &[
    Family { letter: 'A', title: "duplicates, order, retries", cases: family_a::CASES },
    Family { letter: 'B', title: "time", cases: family_b::CASES },
    Family { letter: 'C', title: "signature", cases: family_c::CASES },
    Family { letter: 'D', title: "keys", cases: family_d::CASES },
    Family { letter: 'E', title: "body bytes and encodings", cases: family_e::CASES },
    Family { letter: 'F', title: "JSON values and texts", cases: family_f::CASES },
    Family { letter: 'G', title: "request line and headers", cases: family_g::CASES },
    Family { letter: 'H', title: "HTTP/1.1 framing", cases: family_h::CASES },
    Family { letter: 'I', title: "slow, torn and reset", cases: family_i::CASES },
    Family { letter: 'J', title: "connections", cases: family_j::CASES },
    Family { letter: 'M', title: "recording life cycle", cases: family_m::CASES },
    // Last: what it leaves in the receiver's state makes every later question longer.
    Family { letter: 'K', title: "volume", cases: family_k::CASES },
];

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
