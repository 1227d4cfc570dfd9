//! Cases of the catalogue, a file for each family.

mod body;
mod connections;
mod duplicates;
mod framing;
mod headers;
mod json;
mod keys;
mod lifecycle;
mod signature;
mod slow;
mod time;
mod volume;

use super::case::Case;
use crate::family::Family;

/// A family of the catalogue with its cases.
pub struct FamilyCases {
    /// What they are about.
    pub family: Family,
    /// Cases in the order of their numbers.
    pub cases: &'static [Case],
}

/// The whole catalogue, as far as a sender can play it.
pub static ALL: &[FamilyCases] = &[
    FamilyCases { family: Family::Duplicates, cases: duplicates::CASES },
    FamilyCases { family: Family::Time, cases: time::CASES },
    FamilyCases { family: Family::Signature, cases: signature::CASES },
    FamilyCases { family: Family::Keys, cases: keys::CASES },
    FamilyCases { family: Family::Body, cases: body::CASES },
    FamilyCases { family: Family::Json, cases: json::CASES },
    FamilyCases { family: Family::Headers, cases: headers::CASES },
    FamilyCases { family: Family::Framing, cases: framing::CASES },
    FamilyCases { family: Family::Slow, cases: slow::CASES },
    FamilyCases { family: Family::Connections, cases: connections::CASES },
    FamilyCases { family: Family::Lifecycle, cases: lifecycle::CASES },
    // Last: what it leaves in the receiver's state makes every later question longer.
    FamilyCases { family: Family::Volume, cases: volume::CASES },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_case_begins_with_the_letter_of_its_family() {
        for own in ALL {
            assert!(own.cases.iter().all(|case| case.family() == own.family.letter()), "{:?}", own.family);
        }
    }
}
