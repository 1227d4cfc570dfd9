//! Two signed fields side by side: one character moves from one to the other, and the signature stays the same.

use super::{Effect, Fault};
use crate::callback::{Class, FieldSlot};
use crate::family::Family;
use crate::provider::signature::SignedPart;

pub(super) static FAULT: Fault = Fault {
    name: "shift-boundary",
    family: Family::Signature,
    meaning: "the first letter of a signed field becomes the last of the one before: the signature stays right",
    least: Class::Unprotected,
    params: &[],
    effect: Effect::Each(|callback, _, sender| {
        let (signature, _) = sender.signed()?;
        let texts: Vec<(&str, String)> = signature
            .message
            .iter()
            .filter_map(|part| match part {
                SignedPart::Field(name) => Some((*name, callback.body.value(name)?.as_str()?.to_owned())),
                _ => None,
            })
            .collect();
        let pair = texts.windows(2).find_map(|pair| match pair {
            [(left, a), (right, b)] if b.chars().count() > 1 && *right == sender.reading().stream_field => {
                Some(((*left, a.clone()), (*right, b.clone())))
            }
            _ => None,
        });
        let Some(((left, a), (right, b))) = pair else {
            return Err("the signature covers no two fields that could be shifted".into());
        };
        callback.signed = Some(callback.body.clone());
        let moved: String = b.chars().take(1).collect();
        callback.body.set(left, FieldSlot::Value(format!("{a}{moved}").into()));
        callback.body.set(right, FieldSlot::Value(b.chars().skip(1).collect::<String>().into()));
        Ok(())
    }),
};
