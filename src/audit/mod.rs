//! The catalogue of edge cases, as scenarios: what `audit` plays, one by one, and what it says of each.

pub mod case;
mod family_e;
mod family_f;
mod family_g;

use case::Case;

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
    Family { letter: 'E', title: "body bytes and encodings", cases: family_e::CASES },
    Family { letter: 'F', title: "JSON values and texts", cases: family_f::CASES },
    Family { letter: 'G', title: "request line and headers", cases: family_g::CASES },
];

/// Every case of every family.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    ALL.iter().flat_map(|family| family.cases)
}
