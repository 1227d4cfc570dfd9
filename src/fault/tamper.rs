//! A field is changed after the signature was made.

use serde_json::Value;

use super::terms::{Param, ParamKind};
use super::{Effect, Fault};
use crate::callback::{Class, FieldSlot, TimeForm, path};
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "tamper",
    family: Family::Signature,
    meaning: "a field is changed after signing: rejected where the signature covers it, not detectable where it does not",
    least: Class::Legal,
    params: &[
        Param {
            name: "field",
            default: "@url",
            kind: ParamKind::Text,
            meaning: "its name, or @url, @time, @file, @stream, ...",
        },
        Param {
            name: "value",
            default: "",
            kind: ParamKind::Text,
            meaning: "JSON or a text; empty = something that is not the old one",
        },
    ],
    effect: Effect::Each(|callback, args, sender| {
        let field = sender.field(args.text("field"))?.to_owned();
        let value = match args.text("value") {
            "" => None,
            text => Some(serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))),
        };
        let Some(slot) = callback.body.at(&field) else {
            return Err(format!("{} has no field `{field}`", callback.event));
        };
        callback.class = callback.class.max(sender.tampered(&field));
        if matches!(slot, FieldSlot::Time(TimeForm::Number | TimeForm::Text)) {
            // A minute more to live, for a signature that was made without it.
            let field = field.clone();
            callback.wire_fault.tamper(move |request| {
                change(request, &field, |old| value.clone().unwrap_or_else(|| later(old)))
            });
            return Ok(());
        }
        if callback.class == Class::Unprotected && field == sender.reading().file_field {
            callback.file_keys.clear();
        }
        callback.wire_fault.tamper(move |request| {
            change(request, &field, |old| value.clone().unwrap_or_else(|| other(old)))
        });
        Ok(())
    }),
};

fn change(request: &mut crate::request::RawRequest, field: &str, new: impl Fn(&Value) -> Value) {
    if let Ok(Value::Object(mut fields)) = serde_json::from_slice(&request.body) {
        if let Some(value) = path::lookup_mut(&mut fields, field) {
            *value = new(value);
        }
        request.replace_body(Value::Object(fields).to_string().into_bytes());
    }
}

fn later(old: &Value) -> Value {
    match old {
        Value::String(text) => text.parse::<i64>().map_or(Value::Null, |time| (time + 60).to_string().into()),
        other => other.as_i64().map_or(Value::Null, |time| (time + 60).into()),
    }
}

fn other(old: &Value) -> Value {
    match old {
        Value::String(text) => format!("{text}x").into(),
        Value::Number(number) => number.as_i64().map_or(Value::Null, |number| (number ^ 1).into()),
        _ => Value::Null,
    }
}
