//! The same value as another JSON type.

use serde_json::{Value, json};

use super::terms::{Param, ParamKind};
use super::{Effect, Fault, field};
use crate::callback::{Class, FieldSlot, TimeForm};
use crate::family::Family;

pub(super) static FAULT: Fault = Fault {
    name: "retype",
    family: Family::Json,
    meaning: "a field's value as another JSON type",
    least: Class::Legal,
    params: &[
        Param {
            name: "field",
            default: "@time",
            kind: ParamKind::Text,
            meaning: "its name, or its part: @time, @file, ...",
        },
        Param {
            name: "to",
            default: "other",
            kind: ParamKind::Choice(&["other", "text", "number", "boolean", "null", "list", "object"]),
            meaning: "the type; other = a number as text, a text of digits as number",
        },
    ],
    effect: Effect::Each(|callback, args, sender| {
        let (name, slot) = field::present(callback, sender, args.text("field"))?;
        let stays = || format!("`{name}` of {} cannot be sent as {}", callback.event, args.text("to"));
        let new = retyped(&slot, args.text("to")).filter(|new| *new != slot).ok_or_else(stays)?;
        match new {
            // Two forms of one time, and revisions differ in which they use.
            FieldSlot::Time(_) => callback.body.set(&name, new),
            new => {
                for place in field::places(callback, sender, args.text("field"))? {
                    field::put(callback, sender, &place, new.clone());
                }
            }
        }
        Ok(())
    }),
};

fn retyped(slot: &FieldSlot, to: &str) -> Option<FieldSlot> {
    match (to, slot) {
        ("null", _) => return Some(FieldSlot::Value(Value::Null)),
        ("boolean", _) => return Some(FieldSlot::Value(true.into())),
        ("text", FieldSlot::Time(_)) | ("other", FieldSlot::Time(TimeForm::Number)) => {
            return Some(FieldSlot::Time(TimeForm::Text));
        }
        ("number", FieldSlot::Time(_)) | ("other", FieldSlot::Time(TimeForm::Text)) => {
            return Some(FieldSlot::Time(TimeForm::Number));
        }
        _ => {}
    }
    let FieldSlot::Value(value) = slot else { return None };
    Some(match (to, value) {
        ("list", _) => FieldSlot::Value(json!([value])),
        ("object", _) => FieldSlot::Value(json!({ "value": value })),
        ("number" | "other", Value::String(text)) => FieldSlot::Literal(number(text)?.to_owned()),
        ("text" | "other", Value::Number(number)) => FieldSlot::Value(number.to_string().into()),
        _ => return None,
    })
}

/// Digits that are a JSON number as they stand.
fn number(text: &str) -> Option<&str> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (text == "0" || !text.starts_with('0'))).then_some(text)
}
