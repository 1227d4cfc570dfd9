//! Time and signature are not there at all, as from a sender without a key.

use super::signature::remove;
use super::{Effect, Fault};
use crate::callback::Class;
use crate::family::Family;
use crate::provider::signature::Proof;

pub(super) static FAULT: Fault = Fault {
    name: "unsign",
    family: Family::Signature,
    meaning: "the fields for time and signature are left out",
    least: Class::Hostile,
    params: &[],
    effect: Effect::Each(|callback, _, sender| {
        sender.signed()?;
        let reading = sender.reading;
        callback.wire_fault.damaged = true;
        let headers = sender.revision.signed_headers;
        callback.wire_fault.tamper(move |request| {
            headers.iter().for_each(|header| request.remove(header.name));
            if reading.proof != Proof::Body {
                return;
            }
            remove(request, reading.signature_field);
            remove(request, reading.time_field);
        });
        Ok(())
    }),
};
