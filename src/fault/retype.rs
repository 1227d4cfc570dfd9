//! The same value as another JSON type.

use serde_json::{Value, json};

use super::terms::{Kind, Param};
use super::{Deed, Fault, field};
use crate::callback::{Class, Slot, TimeForm};

pub(super) static FAULT: Fault = Fault {
    name: "retype",
    meaning: "a field's value as another JSON type",
    least: Class::Legal,
    params: &[
        Param {
            name: "field",
            default: "@time",
            kind: Kind::Text,
            meaning: "its name, or its part: @time, @file, ...",
        },
        Param {
            name: "to",
            default: "other",
            kind: Kind::Choice(&["other", "text", "number", "boolean", "null", "list", "object"]),
            meaning: "the type; other = a number as text, a text of digits as number",
        },
    ],
    deed: Deed::Each(|callback, args, sender| {
        let (name, slot) = field::present(callback, sender, args.text("field"))?;
        let stays = || format!("`{name}` of {} cannot be sent as {}", callback.event, args.text("to"));
        let new = retyped(&slot, args.text("to")).filter(|new| *new != slot).ok_or_else(stays)?;
        match new {
            // Two forms of one time, and revisions differ in which they use.
            Slot::Time(_) => callback.body.set(&name, new),
            new => field::put(callback, sender, &name, new),
        }
        Ok(())
    }),
};

fn retyped(slot: &Slot, to: &str) -> Option<Slot> {
    match (to, slot) {
        ("null", _) => return Some(Slot::Value(Value::Null)),
        ("boolean", _) => return Some(Slot::Value(true.into())),
        ("text", Slot::Time(_)) | ("other", Slot::Time(TimeForm::Number)) => {
            return Some(Slot::Time(TimeForm::Text));
        }
        ("number", Slot::Time(_)) | ("other", Slot::Time(TimeForm::Text)) => {
            return Some(Slot::Time(TimeForm::Number));
        }
        _ => {}
    }
    let Slot::Value(value) = slot else { return None };
    Some(match (to, value) {
        ("list", _) => Slot::Value(json!([value])),
        ("object", _) => Slot::Value(json!({ "value": value })),
        ("number" | "other", Value::String(text)) => Slot::Literal(number(text)?.to_owned()),
        ("text" | "other", Value::Number(number)) => Slot::Value(number.to_string().into()),
        _ => return None,
    })
}

/// Digits that are a JSON number as they stand.
fn number(text: &str) -> Option<&str> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (text == "0" || !text.starts_with('0'))).then_some(text)
}
