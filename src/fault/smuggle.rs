//! Behind a request that is right another hides that is not.

use super::{Effect, Fault, copies};
use crate::callback::Class;
use crate::family::Family;
use crate::request::{RawRequest, WireStep};

pub(super) static FAULT: Fault = Fault {
    name: "smuggle",
    family: Family::Framing,
    meaning: "the callback comes once more, directly after itself in the same write, without a valid signature",
    least: Class::Legal,
    params: &[],
    effect: Effect::Order(|callbacks, chosen, _, sender| {
        sender.signed()?;
        let mut all = Vec::new();
        for (at, callback) in callbacks.into_iter().enumerate() {
            let copy = copies(&callback, usize::from(chosen.contains(&at)));
            // The callback itself has come before, so that its copy has no effect, and only the hidden one could have.
            all.push(callback);
            for mut copy in copy {
                copy.class = Class::Hostile;
                copy.wire_fault.write(|request| {
                    let both = [request.bytes(), wiped(request).bytes()].concat();
                    vec![WireStep::Another, WireStep::Write(both.into())]
                });
                all.push(copy);
            }
        }
        Ok(all)
    }),
};

/// The same request with zeros in the place of its signature.
fn wiped(request: &RawRequest) -> RawRequest {
    let zeros = "0".repeat(request.signature.len());
    let body = String::from_utf8_lossy(&request.body).replace(&request.signature, &zeros);
    let mut wiped = RawRequest { body: body.into_bytes(), ..request.clone() };
    wiped.change_signatures(|right| "0".repeat(right.len()));
    wiped
}
