//! Captured callbacks as a scenario of the model: one push, one drop and the rules by which files are cut, if a plan of
//! that comes to the same callbacks.

use std::time::Duration;

use serde_json::Value;

use super::super::args::{EditionArgs, KeyArgs, TimeArgs};
use super::super::replay::Sent;
use super::super::{ProcessContext, planned, sources};
use super::KEY;
use crate::callback::PlannedCallback;
use crate::duration::show_duration;
use crate::problem::Source;
use crate::provider::{FieldNames, Provider, Revision};

/// Container formats, as scenarios and vendors write them.
const FORMATS: [&str; 4] = ["hls", "flv", "mp4", "aac"];

/// Seconds by which lengths of files differ that are the same: recorders round.
const CLOSE: f64 = 2.5;

/// A callback, as far as the model tells it.
#[derive(Clone, Debug, PartialEq)]
struct CallbackShape {
    event: String,
    format: String,
    /// Seconds; negative = it has no length.
    length: f64,
    /// Names of the fields and what stands in them, in a word.
    fields: Vec<(String, &'static str)>,
}

/// Type of a field. A number in the model and a string in the capture are different.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => "digits",
        Value::String(_) => "text",
        Value::Number(_) => "number",
        Value::Bool(_) | Value::Null => "word",
        Value::Array(_) | Value::Object(_) => "list",
    }
}

/// The fields in an order that does not hang on the body's, without time and signature.
fn kinds<'a>(
    fields: impl Iterator<Item = (&'a str, &'a Value)>,
    reading: &FieldNames,
) -> Vec<(String, &'static str)> {
    let own = [reading.time_field, reading.signature_field];
    let mut kinds: Vec<_> = fields
        .filter(|(name, _)| !own.contains(name))
        .map(|(name, value)| (name.to_owned(), kind(value)))
        .collect();
    kinds.sort();
    kinds
}

/// A scenario without its head, if the model tells the same callbacks by it.
pub(super) fn of(
    sent: &[Sent],
    provider: &'static Provider,
    revision: &'static Revision,
    context: &ProcessContext,
) -> Option<String> {
    let mut seen: Vec<CallbackShape> = sent.iter().map(shape_of).collect::<Option<_>>()?;
    let streams: Vec<Option<String>> = sent.iter().map(stream).collect();
    let stream = streams.first()?.clone()?;
    if streams.iter().any(|other| other.as_ref() != Some(&stream)) {
        return None;
    }
    let text = scenario(&seen, &stream)?;
    let whole = format!("provider: {{name: {}, revision: \"{}\"}}\n{text}", provider.name, revision.name);
    let mut told = plan(&whole, context)?;
    let order = |one: &CallbackShape, other: &CallbackShape| {
        (&one.event, &one.format)
            .cmp(&(&other.event, &other.format))
            .then(one.length.total_cmp(&other.length))
    };
    seen.sort_by(order);
    told.sort_by(order);
    let same = |(one, other): (&CallbackShape, &CallbackShape)| {
        (&one.event, &one.format, &one.fields) == (&other.event, &other.format, &other.fields)
            && (one.length - other.length).abs() < CLOSE
    };
    (seen.len() == told.len() && seen.iter().zip(&told).all(same)).then_some(text)
}

fn stream(sent: &Sent) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name = sent.fields().get(sent.reading().stream_field)?.as_str()?.to_owned();
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

fn shape_of(sent: &Sent) -> Option<CallbackShape> {
    let fields = sent.fields();
    let length = fields.get(sent.reading().duration_field).and_then(Value::as_f64);
    let format = fields.values().filter_map(Value::as_str).map(str::to_lowercase);
    // A body may name no format: it is like those that name none.
    let format = format.into_iter().find(|text| FORMATS.contains(&text.as_str())).unwrap_or_default();
    let own = kinds(fields.iter().map(|(name, value)| (name.as_str(), value)), sent.reading());
    Some(CallbackShape {
        event: sent.kind?.name.to_owned(),
        format,
        length: length.unwrap_or(-1.0),
        fields: own,
    })
}

/// One push and one drop that would make these files: all of a format but the last are as long as a cycle.
fn scenario(seen: &[CallbackShape], stream: &str) -> Option<String> {
    let mut recording = Vec::new();
    let (mut whole, mut files) = (0.0_f64, 1.0);
    for format in FORMATS {
        let lengths: Vec<f64> = seen
            .iter()
            .filter(|shape| shape.format == format && shape.length >= 0.0)
            .map(|shape| shape.length)
            .collect();
        let total: f64 = lengths.iter().sum();
        let longest = lengths.iter().copied().fold(0.0, f64::max);
        match lengths.len() {
            0 => continue,
            1 => recording.push(format!("{format}: {{}}")),
            _ => recording.push(format!("{format}: {{cycle: {}}}", round(longest, 1.0)?)),
        }
        if total > whole {
            whole = total;
            files = f64::from(u32::try_from(lengths.len()).ok()?);
        }
    }
    if recording.is_empty() || whole <= 0.0 {
        return None;
    }
    let mut events: Vec<&str> = seen.iter().map(|shape| shape.event.as_str()).collect();
    events.sort_unstable();
    events.dedup();
    let length = round(whole, files)?;
    Some(format!(
        "stream: {{name: \"${{STREAM:-{stream}}}\"}}\nrecording: {{{}}}\nsigning: {{key: \"${{{KEY}}}\"}}\n\
         broadcast:\n  - 0s: push\n  - {length}: drop\nsubscribe: [{}]\n",
        recording.join(", "),
        events.join(", ")
    ))
}

/// A time as somebody would have set it: whole minutes, where that is close to the length of so many files.
fn round(seconds: f64, files: f64) -> Option<String> {
    let minutes = (seconds / 60.0).round() * 60.0;
    let near =
        if (minutes - seconds).abs() < CLOSE * files && minutes > 0.0 { minutes } else { seconds.round() };
    Some(show_duration(Duration::try_from_secs_f64(near).ok()?))
}

/// The callbacks that the model tells by a scenario.
fn plan(text: &str, context: &ProcessContext) -> Option<Vec<CallbackShape>> {
    let mut environment = context.environment.clone();
    environment.insert(KEY.to_owned(), super::super::secrets::SAMPLE.to_owned());
    environment.remove("STREAM");
    let source = Source { name: "init".into(), text: text.to_owned() };
    let loaded = sources::parse(vec![source], &environment, context.colour).ok()?;
    let (key, time) = (KeyArgs::default(), TimeArgs::default());
    let flags = planned::PlanFlags { key: &key, time: &time, jobs: 1, editions: &EditionArgs::default() };
    let planned = planned::of(loaded, &flags, context, None).ok()?;
    let play = planned.plays.first()?;
    let shape = |callback: &PlannedCallback| {
        let second = play.revision.second_callback(callback.event);
        let reading = second.map_or(play.revision.reading, |second| &second.reading);
        let texts = callback.body.fields.iter().filter_map(|(name, _)| callback.body.value(name)?.as_str());
        let format = texts.map(str::to_lowercase).find(|text| FORMATS.contains(&text.as_str()));
        let length = callback.body.value(reading.duration_field).and_then(Value::as_f64);
        let values =
            callback.body.fields.iter().filter_map(|(name, _)| Some((&**name, callback.body.value(name)?)));
        CallbackShape {
            event: callback.event.into(),
            // The same.
            format: format.unwrap_or_default(),
            length: length.unwrap_or(-1.0),
            fields: kinds(values, reading),
        }
    };
    Some(play.callbacks.iter().map(shape).collect())
}
