//! Another value in a field, rightly signed.

use super::terms::{Kind, Param};
use super::{Deed, Fault, field};
use crate::callback::{Class, Slot};

pub(super) static FAULT: Fault = Fault {
    name: "set",
    meaning: "a field holds another value, signed as it is; legal while it could be the provider's",
    least: Class::Legal,
    params: &[
        Param {
            name: "field",
            default: "@duration",
            kind: Kind::Text,
            meaning: "its name, or its part: @file, @stream, ...",
        },
        Param {
            name: "to",
            default: "0",
            kind: Kind::Text,
            meaning: "JSON, sent as it is written, or else a text",
        },
    ],
    deed: Deed::Each(|callback, args, sender| {
        let name = sender.field(args.text("field"))?.to_owned();
        let reading = sender.reading();
        if name == reading.signature_field || name == reading.time_field {
            sender.signed()?;
        }
        let slot = match field::read(args.text("to")) {
            // The digits that are signed must be known, however they are written.
            Slot::Value(value) if name == reading.time_field => Slot::Literal(value.to_string()),
            slot => slot,
        };
        field::put(callback, sender, &name, slot);
        Ok(())
    }),
};
