//! Time and signature are not there at all, as from a sender without a key.

use super::signature::remove;
use super::{Deed, Fault};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "unsign",
    meaning: "the fields for time and signature are left out",
    least: Class::Hostile,
    params: &[],
    deed: Deed::Each(|callback, _, sender| {
        sender.signed()?;
        let reading = sender.reading();
        callback.hardship.damaged = true;
        callback.hardship.tamper(move |letter| {
            remove(letter, reading.signature_field);
            remove(letter, reading.time_field);
        });
        Ok(())
    }),
};
