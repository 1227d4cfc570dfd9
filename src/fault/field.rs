//! A field of a callback, changed before it is signed: shared by the faults that send other content, rightly signed.

use std::mem::discriminant;

use serde::de::IgnoredAny;
use serde_json::Value;

use super::SenderFacts;
use crate::callback::{Class, FieldSlot, PlannedCallback, TimeText};
use crate::problem::did_you_mean;

/// The field that is meant, by its own name.
///
/// # Errors
/// This callback does not have it.
pub(super) fn present(
    callback: &mut PlannedCallback,
    sender: &SenderFacts<'_>,
    name: &str,
) -> Result<(String, FieldSlot), String> {
    let field = sender.field(name)?;
    let reading = sender.reading;
    if field == reading.signature_field || field == reading.time_field {
        sender.signed()?;
    }
    match callback.body.at(field) {
        Some(slot) => Ok((field.to_owned(), slot)),
        None => Err(lacking(callback, field)),
    }
}

/// Message about a field that a callback does not have, with those that it has.
pub(super) fn lacking(callback: &PlannedCallback, field: &str) -> String {
    let names = || callback.body.fields.iter().map(|(name, _)| name.as_ref());
    let near = did_you_mean(field, names()).map_or_else(String::new, |near| format!("; {near}"));
    let own: Vec<&str> = names().collect();
    format!("{} has no field `{field}`; it has {}{near}", callback.event, own.join(", "))
}

/// The places that are meant. A part such as `@file` is every place of the message that says the same: one that is changed alone
/// would contradict the others.
///
/// # Errors
/// The sender has no such part.
pub(super) fn places(
    callback: &PlannedCallback,
    sender: &SenderFacts<'_>,
    name: &str,
) -> Result<Vec<String>, String> {
    let field = sender.field(name)?;
    let same = match name {
        "@file" | "@stream" => callback.body.places_like(field),
        _ => Vec::new(),
    };
    Ok([vec![field.to_owned()], same].concat())
}

/// Makes sure that a field is one of the message itself.
///
/// # Errors
/// It stands inside another.
pub(super) fn at_top(name: &str) -> Result<(), String> {
    match name.contains(['.', '[']) {
        true => {
            Err(format!("`{name}` stands inside another field, and this is about keys of the message itself"))
        }
        false => Ok(()),
    }
}

/// Puts something into a field, signs it as it is, and says what a correct receiver makes of it.
pub(super) fn put(callback: &mut PlannedCallback, sender: &SenderFacts<'_>, field: &str, slot: FieldSlot) {
    let value = match &slot {
        FieldSlot::Value(value) => Some(value.clone()),
        FieldSlot::Literal(json) => serde_json::from_str(json).ok(),
        FieldSlot::Time(_) | FieldSlot::Signature | FieldSlot::SentMillis | FieldSlot::Count(_) => None,
    };
    callback.class = callback.class.max(class(callback, sender, field, value.as_ref()));
    rename_file(callback, sender, field, &slot, value.as_ref());
    if let (true, FieldSlot::Literal(json)) = (field == sender.reading.time_field, &slot) {
        callback.body.time = Some(TimeText::Given(json.trim_matches('"').to_owned()));
    }
    // What is sent in another spelling is signed by its value.
    if !sender.signs_bytes()
        && sender.covers(field)
        && (callback.signed.is_some() || matches!(slot, FieldSlot::Literal(_)))
    {
        let signed = callback.signed.get_or_insert_with(|| callback.body.clone());
        signed.set(field, value.map_or_else(|| slot.clone(), FieldSlot::Value));
        signed.time.clone_from(&callback.body.time);
    }
    callback.body.set(field, slot);
}

/// True for a field that every right receiver needs: proof, event, or the announced file.
pub(super) fn needed(callback: &PlannedCallback, sender: &SenderFacts<'_>, field: &str) -> bool {
    let reading = sender.reading;
    [Some(reading.signature_field), Some(reading.time_field), reading.event_field].contains(&Some(field))
        || (field == reading.file_field && !callback.file_keys.is_empty())
}

/// JSON text as it stands; whatever else is written becomes a text.
pub(super) fn read(text: &str) -> FieldSlot {
    match serde_json::from_str::<Value>(text) {
        Ok(value) if serde_json::to_string(&value).is_ok_and(|own| own == text) => FieldSlot::Value(value),
        Ok(_) => FieldSlot::Literal(text.to_owned()),
        // JSON by its grammar, that this parser cannot hold: 1e400, half a surrogate pair.
        Err(_) if serde_json::from_str::<IgnoredAny>(text).is_ok() => FieldSlot::Literal(text.to_owned()),
        Err(_) => FieldSlot::Value(text.into()),
    }
}

/// Legal as long as the value could be the provider's: of the same type, and there where it must be.
fn class(callback: &PlannedCallback, sender: &SenderFacts<'_>, field: &str, value: Option<&Value>) -> Class {
    let reading = sender.reading;
    let Some(value) = value else { return Class::Rough };
    let empty = value.is_null() || value == "";
    if field == reading.signature_field || (empty && needed(callback, sender, field)) {
        return Class::Hostile;
    }
    if field == reading.time_field {
        return Class::Rough;
    }
    let kind = |value: &Value| (discriminant(value), value.is_f64());
    let same = callback.body.value(field).is_none_or(|before| kind(before) == kind(value));
    if same { Class::Legal } else { Class::Rough }
}

/// Renames the announced file as a right receiver reads it now. Digits are kept as they are written, and an event
/// without a file has no name.
fn rename_file(
    callback: &mut PlannedCallback,
    sender: &SenderFacts<'_>,
    field: &str,
    slot: &FieldSlot,
    value: Option<&Value>,
) {
    let reading = sender.reading;
    let text = match (value, slot) {
        (Some(Value::String(text)), _) => text.clone(),
        (Some(Value::Number(_)), FieldSlot::Literal(json)) => json.clone(),
        (Some(other), _) => other.to_string(),
        (None, _) => return,
    };
    if field == reading.file_field && !callback.file_keys.is_empty() {
        match value.is_some_and(|value| value.is_null() || value == "") {
            // A file without an id is none that could be looked for.
            true => drop(callback.file_keys.remove(0)),
            false => callback.file_keys.iter_mut().take(1).for_each(|first| first.clone_from(&text)),
        }
    } else if reading.event_field == Some(field) && !reading.file_events.contains(&text.as_str()) {
        callback.file_keys.clear();
    }
}
