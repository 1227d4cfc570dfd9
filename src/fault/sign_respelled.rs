//! The signature was made over another spelling of the same values.

use super::{Effect, Fault};
use crate::callback::{Class, FieldSlot};
use crate::family::Family;
use crate::provider::signature::SignedPart;

pub(super) static FAULT: Fault = Fault {
    name: "sign-respelled",
    family: Family::Signature,
    meaning: "signed over values with escaped slashes, as of a body that was printed again, and sent with plain ones",
    least: Class::Hostile,
    params: &[],
    effect: Effect::Each(|callback, _, sender| {
        let (signature, _) = sender.signed()?;
        let mut signed = callback.body.clone();
        let mut changed = false;
        for part in signature.message {
            if let SignedPart::Field(name) = part
                && let Some(FieldSlot::Value(value)) = signed.slot(name)
                && let Some(text) = value.as_str().filter(|text| text.contains('/'))
            {
                *value = text.replace('/', "\\/").into();
                changed = true;
            }
        }
        if !changed {
            return Err("no signed field has a slash".into());
        }
        callback.signed = Some(signed);
        Ok(())
    }),
};
