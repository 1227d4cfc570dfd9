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
