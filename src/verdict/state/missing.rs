//! Kinds of a loss: an accepted file that is not in the state.

use super::WrongState;
use crate::record::StateErrorKind;

/// So many files of one scenario have no key in common.
const SEVERAL: usize = 3;

/// The loss of a file, where these others of its scenario are there, and so many entries have come that hold none of their ids. `what`
/// says that it is not there.
pub(super) fn missing(file: &str, others: &[&String], come: usize, what: &str) -> WrongState {
    match (others, come) {
        (others, _) if others.len() >= SEVERAL => WrongState::new(
            StateErrorKind::MissingBesideOthers,
            format!("{what}, and others of the scenario are"),
        ),
        ([other, ..], _) => WrongState::new(
            StateErrorKind::Replaced { file: file.to_owned(), by: (*other).clone() },
            format!("{what}, but there is {other}"),
        ),
        ([], 0) => WrongState::new(StateErrorKind::Missing, what.to_owned()),
        ([], come) => WrongState::new(
            StateErrorKind::WithoutId,
            format!("{what}; new entries have come, and none of them holds it ({come})"),
        ),
    }
}
