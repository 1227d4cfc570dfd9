//! Demands of a receiver, and inputs that it fails on, that no page promises.

use serde_json::{Map, Value};

use super::judge::{Refusal, plain_digits};
use crate::provider::{self, EventKind, FieldNames};

/// Hashed as it stands, and read as a number by whatever it takes.
pub(super) fn lenient_digits(value: &Value) -> Result<(String, i64), Refusal> {
    let Value::String(text) = value else { return plain_digits(value) };
    let narrow = |c: char| match u32::from(c) {
        wide @ 0xff10..=0xff19 => char::from_u32(wide - 0xff10 + u32::from('0')).unwrap_or(c),
        _ => c,
    };
    let digits: String = text.trim().chars().map(narrow).collect();
    digits.parse().map(|expiry| (text.clone(), expiry)).map_err(|_| Refusal::BadTime)
}

/// The author knew every event but those that a provider added last.
pub(super) fn known_event(reading: &FieldNames, facts: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(event) = reading.event_field.and_then(|field| facts.get(field)) else { return Ok(()) };
    let event = event.as_str().map_or_else(|| event.to_string(), str::to_owned);
    let known = provider::ALL.iter().any(|provider| {
        let first = |kind: &EventKind| *kind.editions.start();
        let last = provider.events.iter().map(first).max();
        let old = |kind: &EventKind| first(kind) == 0 || Some(first(kind)) < last;
        provider.events.iter().any(|kind| old(kind) && kind.is(&event))
    });
    if known { Ok(()) } else { Err(Refusal::Crash) }
}

pub(super) fn known_fields(_: &FieldNames, facts: &Map<String, Value>) -> Result<(), Refusal> {
    let tables = || provider::ALL.iter().flat_map(|provider| provider.fields.iter().copied().flatten());
    let known = facts.keys().all(|name| tables().any(|field| field.name == name));
    if known { Ok(()) } else { Err(Refusal::Malformed) }
}

pub(super) fn present(facts: &Map<String, Value>, name: &str, otherwise: Refusal) -> Result<(), Refusal> {
    let there = facts.get(name).is_some_and(|value| !value.is_null() && value != "");
    if there { Ok(()) } else { Err(otherwise) }
}

pub(super) fn numeric_event(reading: &FieldNames, facts: &Map<String, Value>) -> Result<(), Refusal> {
    let event = reading.event_field.and_then(|field| facts.get(field));
    if event.is_some_and(Value::is_string) { Err(Refusal::Incomplete) } else { Ok(()) }
}

pub(super) fn true_event(reading: &FieldNames, facts: &Map<String, Value>) -> Result<(), Refusal> {
    let zero = reading.event_field.and_then(|field| facts.get(field)).is_some_and(|event| event == 0);
    if zero { Err(Refusal::Incomplete) } else { Ok(()) }
}

pub(super) fn without(facts: &Map<String, Value>, bad: fn(char) -> bool) -> Result<(), Refusal> {
    let found = facts.values().filter_map(Value::as_str).any(|text| text.contains(bad));
    if found { Err(Refusal::Crash) } else { Ok(()) }
}

fn integer(facts: &Map<String, Value>, name: &str) -> Option<i64> {
    facts.get(name).and_then(Value::as_i64)
}

/// Reads a field that only some editions fill.
pub(super) fn session(_: &FieldNames, facts: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(text) = facts.get("callback_ext").and_then(Value::as_str) else { return Ok(()) };
    let ext: Option<Map<String, Value>> = serde_json::from_str(text).ok();
    if ext.is_some_and(|ext| ext.contains_key("session_id")) { Ok(()) } else { Err(Refusal::Crash) }
}

/// Takes the query of a push URL apart at each `&` and `=`.
pub(super) fn pairs(_: &FieldNames, facts: &Map<String, Value>) -> Result<(), Refusal> {
    let Some(query) = facts.get("stream_param").and_then(Value::as_str) else { return Ok(()) };
    let pair = |pair: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-.%".contains(c);
        pair.split_once('=').is_some_and(|(name, value)| !name.is_empty() && value.chars().all(plain))
    };
    if query.split('&').all(pair) { Ok(()) } else { Err(Refusal::Crash) }
}

/// Keeps ids in a column of numbers.
pub(super) fn digits(_: &FieldNames, facts: &Map<String, Value>) -> Result<(), Refusal> {
    // Without an id, nothing is kept in that column.
    let id = facts.get("file_id").and_then(Value::as_str).unwrap_or_default();
    if id.bytes().all(|byte| byte.is_ascii_digit()) { Ok(()) } else { Err(Refusal::Incomplete) }
}

/// Takes the signature, which an edition may have anywhere, for the last key but one, or the first key for the usual one.
pub(super) fn order(reading: &FieldNames, facts: &Map<String, Value>) -> Result<(), Refusal> {
    let place = |name: &str| facts.keys().position(|key| key == name);
    let Some(event) = reading.event_field.and_then(place) else { return Ok(()) };
    if place(reading.signature_field).is_none_or(|signature| event < signature) {
        Ok(())
    } else {
        Err(Refusal::Crash)
    }
}

/// Computes the start of the content, to the second, and finds another one.
pub(super) fn begin(_: &FieldNames, facts: &Map<String, Value>) -> Result<(), Refusal> {
    let number = |name| integer(facts, name);
    let (Some(start), Some(end), Some(duration)) =
        (number("start_time"), number("end_time"), number("duration"))
    else {
        return Ok(());
    };
    // What rounding makes different is no surprise.
    if (end - duration - start).abs() <= 1 { Ok(()) } else { Err(Refusal::Crash) }
}

/// Computes the length of a file from its times.
pub(super) fn span(_: &FieldNames, facts: &Map<String, Value>) -> Result<(), Refusal> {
    let number = |name| integer(facts, name);
    let (Some(start), Some(end), Some(duration)) =
        (number("start_time"), number("end_time"), number("duration"))
    else {
        return Ok(());
    };
    if end - start == duration { Ok(()) } else { Err(Refusal::Crash) }
}

/// Keeps the size in a column of 32 bits.
pub(super) fn narrow_size(_: &FieldNames, facts: &Map<String, Value>) -> Result<(), Refusal> {
    match integer(facts, "file_size").is_none_or(|size| i32::try_from(size).is_ok()) {
        true => Ok(()),
        false => Err(Refusal::Crash),
    }
}

/// Has one place for two fractions of a second.
pub(super) fn one_usec(_: &FieldNames, facts: &Map<String, Value>) -> Result<(), Refusal> {
    let same = facts.get("start_time_usec") == facts.get("end_time_usec");
    if same { Ok(()) } else { Err(Refusal::Crash) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lenient_reading_hashes_the_text_as_it_stands() {
        for text in ["+5", " 5\n", "005", "５"] {
            assert_eq!(lenient_digits(&text.into()), Ok((text.to_owned(), 5)), "{text:?}");
        }
        assert_eq!(lenient_digits(&"1_7".into()), Err(Refusal::BadTime));
    }
}
