//! The bodies of events 332 and 341: how the recorder fares, and what is wrong with the recording.

use serde_json::{Value, json};

use super::TEMPLATE;
use super::body::{appid, by_task, session_id, stream_id, task_id};
use super::stream::{STEPS, rising};
use crate::lifecycle::Event;
use crate::provider::field::{Field, NOW, Occurrence, expiry, row, signature};
use crate::scenario::Format;

/// Event 332. The push domain is called `domain` here, not `app`.
pub(super) static FIELDS: &[Field] = &[
    row("appid", TEMPLATE..=NOW, "account", appid),
    row("appname", TEMPLATE..=NOW, "push path", |n| Some(n.context.scenario.stream.app.as_str().into())),
    row("domain", TEMPLATE..=NOW, "push domain", |n| Some(n.context.scenario.stream.domain.as_str().into())),
    row("event_time", TEMPLATE..=NOW, "Unix seconds of the event", |n| Some(n.time().as_second().into())),
    row("event_type", TEMPLATE..=NOW, "332", |_| Some(332.into())),
    row("record_detail", TEMPLATE..=NOW, "JSON inside a text", |n| Some(record_detail(n).into())),
    row("record_event", TEMPLATE..=NOW, "what became of the recorder", |n| Some(record_event(n)?.into())),
    row("seq", TEMPLATE..=NOW, "number of the message", |n| Some(seq(n).into())),
    row("session_id", TEMPLATE..=NOW, "one recording task", |n| Some(session_id(n).into())),
    row("stream_id", TEMPLATE..=NOW, "stream name", |n| Some(stream_id(n).into())),
    row("task_id", TEMPLATE..=NOW, "recording task; API tasks only", |n| {
        if by_task(n) { task_id(n) } else { None }
    }),
    signature("sign", TEMPLATE..=NOW),
    expiry("t", TEMPLATE..=NOW),
];

/// Event 341.
pub(super) static EXCEPTION_FIELDS: &[Field] = &[
    row("appid", TEMPLATE..=NOW, "account", appid),
    row("event_type", TEMPLATE..=NOW, "341", |_| Some(341.into())),
    row("interface", TEMPLATE..=NOW, "fixed", |_| Some("general_callback".into())),
    row("stream_id", TEMPLATE..=NOW, "stream name", |n| Some(stream_id(n).into())),
    row("session_id", TEMPLATE..=NOW, "one recording task", |n| Some(session_id(n).into())),
    row("file_format", TEMPLATE..=NOW, "FLV, TS, MP4 or AAC", |n| Some(container(n).into())),
    row("timestamp", TEMPLATE..=NOW, "Unix seconds of the report", |n| Some(n.time().as_second().into())),
    row("exception_level", TEMPLATE..=NOW, "info, warning or error", |_| Some("error".into())),
    row("exception", TEMPLATE..=NOW, "what is wrong, and how often it was seen", exception),
    signature("sign", TEMPLATE..=NOW),
    expiry("t", TEMPLATE..=NOW),
];

fn record_event(occurrence: &Occurrence<'_>) -> Option<&'static str> {
    match occurrence.fact.event {
        Event::TaskBegan => Some("record_start_succeeded"),
        Event::Paused => Some("record_paused"),
        Event::Resumed => Some("record_resumed"),
        Event::TaskOver => Some("record_ended"),
        Event::Failed(..) => Some("record_error"),
        _ => None,
    }
}

fn record_detail(occurrence: &Occurrence<'_>) -> String {
    let format = match occurrence.format() {
        Format::Flv => 1,
        Format::Hls => 2,
        Format::Mp4 => 3,
        Format::Aac => 4,
    };
    // The original of a live stream, started by a template rule (1) or through the API (5).
    let start = if by_task(occurrence) { 5 } else { 1 };
    json!({
        "file_format": format, "record_bps": 0, "start_model": start, "record_content": 1, "source_type": 1,
        "codec_temp_id": 0,
    })
    .to_string()
}

/// Rises with time; what happens at one instant rises in the order in which it is told: format by format.
fn seq(occurrence: &Occurrence<'_>) -> String {
    let rank = match occurrence.fact.event {
        Event::Failed(..) => 0,
        Event::TaskOver => 1,
        Event::TaskBegan => 2,
        Event::Resumed => 3,
        _ => 4,
    };
    let format = match occurrence.format() {
        Format::Hls => 0,
        Format::Flv => 1,
        Format::Mp4 => 2,
        Format::Aac => 3,
    };
    rising(occurrence, occurrence.fact.at, STEPS / 4 * format + rank)
}

/// HLS is told by its segments.
fn container(occurrence: &Occurrence<'_>) -> String {
    match occurrence.format() {
        Format::Hls => "TS".into(),
        format => format.to_string().to_uppercase(),
    }
}

/// Type -16: the stream could not be pulled.
fn exception(occurrence: &Occurrence<'_>) -> Option<Value> {
    let Event::Failed(failure, _) = &occurrence.fact.event else { return None };
    let text = failure.message.as_deref().unwrap_or("pull stream failed");
    Some(json!([{ "type": -16, "occurs": 1, "desc": text }]))
}
