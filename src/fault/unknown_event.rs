//! The vendor adds an event that the receiver has not heard of.

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::{Class, FieldSlot};
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "unknown-event",
    family: Family::Duplicates,
    meaning: "the event is one that does not exist yet, rightly signed",
    least: Class::Legal,
    params: &[Param {
        name: "event",
        default: "999",
        kind: ParamKind::Text,
        meaning: "its name; a number where the events are numbers",
    }],
    effect: Effect::Each(|callback, args, sender| {
        let field = sender.field("@event")?;
        let number = matches!(callback.body.value(field), Some(value) if value.is_number());
        let name = args.text("event");
        let event = match name.parse::<u64>() {
            Ok(event) if number => event.into(),
            _ => format!("RECORD_{name}").into(),
        };
        if callback.body.value(field).is_none() {
            // A message that names no event is known by these fields: with them it would still be that of a file.
            sender.reading.file_marks.iter().for_each(|mark| callback.body.remove(mark));
        }
        callback.body.set(field, FieldSlot::Value(event));
        // Nobody knows what it is about, so no file follows from it.
        callback.file_keys.clear();
        Ok(())
    }),
};
