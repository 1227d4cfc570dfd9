//! The catalogue of edge cases, as scenarios: what `audit` plays, one by one, and what it says of each.

pub mod case;
// H: HTTP/1.1 framing
mod family_h;
// I: slow, torn and reset
mod family_i;
// J: connections
mod family_j;

use case::Case;

/// Every case there is, by family.
pub static ALL: &[&[Case]] = &[
    // H: HTTP/1.1 framing
    family_h::CASES,
    // I: slow, torn and reset
    family_i::CASES,
    // J: connections
    family_j::CASES,
];
