//! The state of a receiver that was restarted.

use super::entries::Entries;
use super::{Files, StateAnswer, StateError, TELLING, WrongState, occurrences};
use crate::record::StateErrorKind;
use crate::scenario::StateCheck;

/// Checks that the accepted files are still in the state of a receiver that was restarted.
///
/// # Errors
/// One of them is not there, or that cannot be said.
pub fn kept(check: &StateCheck, after: &StateAnswer, files: &Files) -> Result<(), StateError> {
    let list = match after.list(check) {
        // The list may come with its first entry, as before the first callback.
        Err(StateError::NothingThere { .. }) => Vec::new(),
        list => list?,
    };
    let files = &*files.as_named_in(&[after]);
    let entries = Entries::new(&list);
    let lost =
        |key: &&String| key.len() >= TELLING && entries.count(key) == 0 && occurrences(after, key) == 0;
    match files.accepted.iter().find(lost) {
        None => Ok(()),
        Some(key) => {
            let lost = files.sought(key);
            let text = format!(
                "acknowledged files are lost at a restart: the {lost} was accepted before it, and is not there any more"
            );
            Err(StateError::NotYet(WrongState::new(StateErrorKind::LostAtRestart, text)))
        }
    }
}
