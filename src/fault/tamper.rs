//! A field is changed after the signature was made.

use serde_json::Value;

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, SenderFacts, field as fields};
use crate::callback::{Class, FieldSlot, PlannedCallback, TimeForm, path};
use crate::family::Family;
use crate::percent;
use crate::provider::signature::Proof;
use crate::request::RawRequest;

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
        if args.text("field") == "@time" && sender.reading.proof != Proof::Body {
            return in_header(callback, args.text("value"), sender);
        }
        let field = sender.field(args.text("field"))?.to_owned();
        let value = match args.text("value") {
            "" => None,
            text => Some(serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))),
        };
        let Some(slot) = callback.body.at(&field) else {
            return Err(fields::lacking(callback, &field));
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
        if callback.class == Class::Unprotected && field == sender.reading.file_field {
            callback.file_keys.clear();
        }
        callback.wire_fault.tamper(move |request| {
            change(request, &field, |old| value.clone().unwrap_or_else(|| other(old)))
        });
        Ok(())
    }),
};

/// The same for a time that stands in a header: a minute more, for a signature that was made without it.
fn in_header(callback: &mut PlannedCallback, value: &str, sender: &SenderFacts<'_>) -> Result<(), String> {
    let (place, value) = (sender.time_place()?, value.to_owned());
    callback.class = callback.class.max(Class::Hostile);
    callback.wire_fault.damaged = true;
    callback.wire_fault.tamper(move |request| {
        let new = |old: &str| match (value.as_str(), old.parse::<i64>()) {
            ("", Ok(time)) => (time + 60).to_string(),
            ("", Err(_)) => format!("{old}0"),
            (value, _) => value.to_owned(),
        };
        request.change_headers(place.name, |header| place.changed(header, new));
    });
    Ok(())
}

fn change(request: &mut RawRequest, field: &str, new: impl Fn(&Value) -> Value) {
    if request.body.is_empty() {
        return request.change_query(field, |old| percent::text_of(&new(&old.into())));
    }
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
