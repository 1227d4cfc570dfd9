//! Time and signature are not there at all, as from a sender without a key.

use super::signature::remove;
use super::{Effect, Fault};
use crate::callback::Class;

pub(super) static FAULT: Fault = Fault {
    name: "unsign",
    meaning: "the fields for time and signature are left out",
    least: Class::Hostile,
    params: &[],
    effect: Effect::Each(|callback, _, sender| {
        sender.signed()?;
        let reading = sender.reading();
        callback.wire_fault.damaged = true;
        callback.wire_fault.tamper(move |request| {
            remove(request, reading.signature_field);
            remove(request, reading.time_field);
        });
        Ok(())
    }),
};
