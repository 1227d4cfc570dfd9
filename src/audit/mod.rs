//! The catalogue of edge cases, as scenarios: what `audit` plays, one by one, and what it says of each.

pub mod case;
mod family_e;
mod family_f;
mod family_g;

use case::Case;

/// Every case, a list for each family.
pub static FAMILIES: &[&[Case]] = &[
    // E: body bytes and encodings
    family_e::CASES,
    // F: JSON values and the text inside
    family_f::CASES,
    // G: request line and headers
    family_g::CASES,
];
