//! Another value in a field, rightly signed.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, SenderFacts, field};
use crate::callback::{Class, FieldSlot, PlannedCallback};
use crate::family::Family;
use crate::provider::signature::Proof;

pub(super) static FAULT: Fault = Fault {
    name: "set",
    family: Family::Json,
    meaning: "a field holds another value, signed as it is; legal while it could be the provider's",
    least: Class::Legal,
    params: &[
        Param {
            name: "field",
            default: "@duration",
            kind: ParamKind::Text,
            meaning: "its name, or its part: @file, @stream, ...",
        },
        Param {
            name: "to",
            default: "0",
            kind: ParamKind::Text,
            meaning: "JSON, sent as it is written, or else a text",
        },
    ],
    effect: Effect::Each(|callback, args, sender| {
        if args.text("field") == "@signature" && sender.reading.proof != Proof::Body {
            return in_header(callback, args.text("to"), sender);
        }
        let name = sender.field(args.text("field"))?.to_owned();
        let reading = sender.reading;
        if name == reading.signature_field || name == reading.time_field {
            sender.signed()?;
        }
        let slot = match field::read(args.text("to")) {
            // The digits that are signed must be known, however they are written.
            FieldSlot::Value(value) if name == reading.time_field => FieldSlot::Literal(value.to_string()),
            slot => slot,
        };
        for place in field::places(callback, sender, args.text("field"))? {
            field::put(callback, sender, &place, slot.clone());
        }
        Ok(())
    }),
};

/// The same for a signature that stands in a header.
fn in_header(callback: &mut PlannedCallback, to: &str, sender: &SenderFacts<'_>) -> Result<(), String> {
    sender.signed()?;
    let text = match field::read(to) {
        FieldSlot::Value(serde_json::Value::String(text)) => text,
        _ => to.to_owned(),
    };
    callback.class = callback.class.max(Class::Hostile);
    callback.wire_fault.damaged = true;
    callback.wire_fault.tamper(move |request| request.change_signatures(|_| text.clone()));
    Ok(())
}
