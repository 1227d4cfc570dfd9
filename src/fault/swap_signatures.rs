//! A callback has the signature of another one.

use super::{Effect, Fault};
use crate::callback::{Body, Class};
use crate::family::Family;
use crate::provider::signature::{Proof, SignedPart};

pub(super) static FAULT: Fault = Fault {
    name: "swap-signatures",
    family: Family::Signature,
    meaning: "each callback has the signature that was made for its neighbour",
    least: Class::Legal,
    params: &[],
    effect: Effect::Order(|mut callbacks, chosen, _, sender| {
        let (signature, _) = sender.signed()?;
        if matches!(sender.reading.proof, Proof::Token { .. }) {
            return Err(
                "a token names the hash of its own body; `forge-token: {as: other-hash}` has that of another"
                    .into(),
            );
        }
        if chosen.len() < 2 {
            return Err("it takes two callbacks to swap their signatures".into());
        }
        let bodies: Vec<_> =
            chosen.iter().filter_map(|at| callbacks.get(*at)).map(|callback| callback.body.clone()).collect();
        // A signature over the time alone, or over fields that are the same in both, is as good for the neighbour as for the callback
        // itself.
        let differ = |one: &Body, other: &Body| {
            let fields = signature.message.iter().filter_map(|part| match part {
                SignedPart::Field(name) => Some(*name),
                _ => None,
            });
            let mut fields = fields.map(|name| one.value(name) != other.value(name));
            if signature.signs_bytes() { one != other } else { fields.any(|differs| differs) }
        };
        for (n, at) in chosen.iter().enumerate() {
            let neighbour = bodies.get((n + 1) % bodies.len());
            if let (Some(callback), Some(body)) = (callbacks.get_mut(*at), neighbour) {
                let covers = differ(&callback.body, body);
                callback.signed = Some(body.clone());
                callback.class = callback.class.max(if covers { Class::Hostile } else { Class::Unprotected });
            }
        }
        Ok(callbacks)
    }),
};
