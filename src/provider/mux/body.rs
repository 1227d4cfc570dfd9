//! The body, field by field: an envelope, and in it the live stream or the asset.

use serde_json::{Map, Value, json};

use super::{ACTIVE, COMPLETED, CONNECTED, FIRST, IDLE, RECORDING};
use crate::lifecycle::draw::ALPHANUMERIC;
use crate::provider::field::{Field, NOW, Occurrence, row};
use crate::scenario::Resume;

pub(super) static FIELDS: &[Field] = &[
    row("type", FIRST..=NOW, "the event", |n| Some(n.event.into())),
    row("object", FIRST..=NOW, "what it is about, by type and id", |n| {
        let kind = if n.event == COMPLETED { "asset" } else { "live" };
        Some(json!({ "type": kind, "id": object_id(n) }))
    }),
    row("id", FIRST..=NOW, "one event", |n| Some(event_id(n).into())),
    row("environment", FIRST..=NOW, "whose it is", |n| {
        Some(json!({ "name": n.setting("environment"), "id": n.setting("environment_id") }))
    }),
    row("data", FIRST..=NOW, "the live stream or the asset as it is now", |n| Some(data(n))),
    row("created_at", FIRST..=NOW, "time of the event, ISO 8601 with milliseconds", |n| {
        Some(n.clock("%Y-%m-%dT%H:%M:%S.%3fZ", n.fact.at).into())
    }),
    row("accessor_source", FIRST..=NOW, "null", |_| Some(Value::Null)),
    row("accessor", FIRST..=NOW, "null", |_| Some(Value::Null)),
    row("request_id", FIRST..=NOW, "null", |_| Some(Value::Null)),
    row("attempts", FIRST..=NOW, "attempts before; always empty here", |_| Some(json!([]))),
];

fn event_id(occurrence: &Occurrence<'_>) -> String {
    let name = format!("event/{}/{:?}", occurrence.event, occurrence.fact.at);
    occurrence.context.draws.named(&name).uuid()
}

fn live_id(occurrence: &Occurrence<'_>) -> String {
    occurrence.context.scenario.stream.name.clone()
}

/// Identity of a recording among the others.
pub(super) fn asset_id(occurrence: &Occurrence<'_>) -> String {
    let number = occurrence.file().map_or(1, |file| file.number);
    occurrence.task_draw(&format!("asset/{number}")).from_alphabet(ALPHANUMERIC, 44)
}

fn object_id(occurrence: &Occurrence<'_>) -> String {
    if occurrence.event == COMPLETED { asset_id(occurrence) } else { live_id(occurrence) }
}

fn data(occurrence: &Occurrence<'_>) -> Value {
    let mut data = Map::new();
    data.insert("id".into(), object_id(occurrence).into());
    let playback = json!([{ "policy": "public", "id": occurrence.setting("playback_id") }]);
    if occurrence.event == COMPLETED {
        let seconds = occurrence.complete().map_or(0.0, |file| file.media.as_secs_f64());
        data.insert("status".into(), "ready".into());
        data.insert("playback_ids".into(), playback);
        data.insert("live_stream_id".into(), live_id(occurrence).into());
        data.insert("is_live".into(), false.into());
        data.insert("duration".into(), seconds.into());
        return data.into();
    }
    let playing = ![IDLE, CONNECTED, RECORDING].contains(&occurrence.event);
    data.insert("status".into(), if playing { "active" } else { "idle" }.into());
    data.insert("playback_ids".into(), playback);
    data.insert("live_stream_id".into(), live_id(occurrence).into());
    data.insert("connected".into(), [CONNECTED, RECORDING, ACTIVE].contains(&occurrence.event).into());
    data.insert("reconnect_window".into(), window(occurrence).into());
    data.into()
}

fn window(occurrence: &Occurrence<'_>) -> u64 {
    let formats = occurrence.context.scenario.recording.formats();
    let window = formats.first().map(|(_, template)| template.resume);
    match window {
        Some(Resume::Window(window)) => window.0.as_secs(),
        _ => 0,
    }
}
