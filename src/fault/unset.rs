//! A field is missing.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, field};
use crate::callback::Class;
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "unset",
    family: Family::Json,
    meaning: "a field is missing, and signed as missing",
    least: Class::Rough,
    params: &[Param {
        name: "field",
        default: "@file",
        kind: ParamKind::Text,
        meaning: "its name, or its part: @file, @stream, ...",
    }],
    effect: Effect::Each(|callback, args, sender| {
        let (name, _) = field::present(callback, sender, args.text("field"))?;
        if field::needed(callback, sender, &name) {
            callback.class = callback.class.max(Class::Hostile);
        }
        if name == sender.reading.file_field && !callback.file_keys.is_empty() {
            // A file without an id is none that could be looked for.
            callback.file_keys.remove(0);
        }
        for place in field::places(callback, sender, args.text("field"))? {
            callback.body.remove(&place);
            if let Some(signed) = &mut callback.signed {
                signed.remove(&place);
            }
        }
        Ok(())
    }),
};
