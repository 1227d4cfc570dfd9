//! Two signed parts side by side: one character moves from one to the other, and the signature stays the same.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, SenderFacts};
use crate::callback::{Class, FieldSlot, PlannedCallback};
use crate::family::Family;
use crate::provider::signature::{Proof, SignedPart};

pub(super) static FAULT: Fault = Fault {
    name: "shift-boundary",
    family: Family::Signature,
    meaning: "a character moves from one signed part to the one beside it: the signature stays right",
    least: Class::Unprotected,
    params: &[Param {
        name: "between",
        default: "fields",
        kind: ParamKind::Choice(&["fields", "headers"]),
        meaning: "the first letter of a field becomes the last of the field before; or a digit of the id becomes one of the time, \
                  which is then centuries ahead",
    }],
    effect: Effect::Each(|callback, args, sender| match args.text("between") {
        "headers" => in_headers(callback, sender),
        _ => in_fields(callback, sender),
    }),
};

fn in_fields(callback: &mut PlannedCallback, sender: &SenderFacts<'_>) -> Result<(), String> {
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
        [(left, a), (right, b)] if b.chars().count() > 1 && *right == sender.reading.stream_field => {
            Some(((*left, a.clone()), (*right, b.clone())))
        }
        _ => None,
    });
    let Some(((left, a), (right, b))) = pair else {
        return Err("the signature covers no two neighbouring fields".into());
    };
    callback.signed = Some(callback.body.clone());
    let moved: String = b.chars().take(1).collect();
    callback.body.set(left, FieldSlot::Value(format!("{a}{moved}").into()));
    callback.body.set(right, FieldSlot::Value(b.chars().skip(1).collect::<String>().into()));
    Ok(())
}

/// The digit that moves.
const MOVED: char = '3';

/// The id is drawn anew so that a digit stands beside the time, and that digit becomes a part of the time once all is signed.
fn in_headers(callback: &mut PlannedCallback, sender: &SenderFacts<'_>) -> Result<(), String> {
    let (signature, _) = sender.signed()?;
    let Proof::Stamped(proof) = sender.reading.proof else {
        return Err("the signature covers no two headers".into());
    };
    let before = match signature.message.windows(2).find_map(|pair| match pair {
        [SignedPart::Id, SignedPart::Time] => Some(true),
        [SignedPart::Time, SignedPart::Id] => Some(false),
        _ => None,
    }) {
        Some(before) => before,
        None => return Err("something parts the headers in what is signed, so nothing can move".into()),
    };
    let Some(time) = proof.time.as_ref().filter(|_| !proof.id.is_empty()) else {
        return Err("the signature covers no two headers".into());
    };
    let mut id: Vec<char> = callback.head.id.chars().collect();
    let beside = if before { id.last_mut() } else { id.first_mut() };
    beside.into_iter().for_each(|beside| *beside = MOVED);
    callback.head.id = id.into_iter().collect();
    // The time is not that of any clock.
    callback.class = callback.class.max(Class::Hostile);
    let id = proof.id;
    callback.wire_fault.damaged = true;
    callback.wire_fault.tamper(move |request| {
        request.change_headers(id, |id| {
            if before { id.strip_suffix(MOVED) } else { id.strip_prefix(MOVED) }.map(str::to_owned)
        });
        let moved =
            |digits: &str| if before { format!("{MOVED}{digits}") } else { format!("{digits}{MOVED}") };
        request.change_headers(time.name, |value| time.changed(value, moved));
    });
    Ok(())
}
