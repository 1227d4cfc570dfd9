//! The bodies, field by field.

use serde_json::{Map, Value};

use super::FIRST;
use crate::provider::field::{Field, NOW, Occurrence, row};

// Order as in the tables of the page.
pub(super) static FILE_FIELDS: &[Field] = &[
    DOMAIN,
    APP,
    STREAM,
    row("uri", FIRST..=NOW, "path of the file in the bucket; what tells it from others", |n| {
        Some(uri(n)?.into())
    }),
    row("duration", FIRST..=NOW, "seconds of media, with a fraction; not stop - start", |n| {
        Some(milliseconds(n)?.into())
    }),
    row("start_time", FIRST..=NOW, "Unix seconds of the file's begin", |n| {
        Some(n.context.wall(n.complete()?.began).as_second().into())
    }),
    row("stop_time", FIRST..=NOW, "Unix seconds of the file's end", |n| {
        Some(n.context.wall(n.complete()?.last_frame).as_second().into())
    }),
    row(
        "push_args",
        FIRST..=NOW,
        "parameters of the push that begin with callback_, the first of each name",
        push_args,
    ),
];

pub(super) static STATUS_FIELDS: &[Field] = &[
    DOMAIN,
    APP,
    STREAM,
    row("event", FIRST..=NOW, "what became of the recording", |n| Some(n.event.into())),
];

const DOMAIN: Field =
    row("domain", FIRST..=NOW, "the playback domain", |n| Some(n.setting("playback_domain")));
const APP: Field =
    row("app", FIRST..=NOW, "application", |n| Some(n.context.scenario.stream.app.as_str().into()));
const STREAM: Field =
    row("stream", FIRST..=NOW, "stream name", |n| Some(n.context.scenario.stream.name.as_str().into()));

/// `{app}/{stream}/{n}_{start}_{stop}.{ending}`.
pub(super) fn uri(occurrence: &Occurrence<'_>) -> Option<String> {
    let file = occurrence.complete()?;
    let stream = &occurrence.context.scenario.stream;
    let [start, stop] = [file.began, file.last_frame].map(|at| occurrence.context.wall(at).as_second());
    let number = match occurrence.context.setting("uri") {
        "by-time" => String::new(),
        _ => format!("{}_", file.number - 1),
    };
    let ending = match occurrence.format() {
        crate::scenario::Format::Hls => "m3u8".to_owned(),
        format => format.to_string(),
    };
    Some(format!("{}/{}/{number}{start}_{stop}.{ending}", stream.app, stream.name))
}

/// Seconds with three digits behind the point, as in the example: 69.403.
#[expect(clippy::cast_precision_loss, reason = "a recording of 285 000 years would lose a millisecond")]
fn milliseconds(occurrence: &Occurrence<'_>) -> Option<f64> {
    Some(occurrence.complete()?.media.as_millis() as f64 / 1000.0)
}

/// Absent where the push has no such parameter.
fn push_args(occurrence: &Occurrence<'_>) -> Option<Value> {
    let mut own = Map::new();
    let params = occurrence.context.scenario.stream.params.split('&').filter_map(|pair| pair.split_once('='));
    for (name, value) in params.filter(|(name, _)| name.starts_with("callback_")) {
        own.entry(name).or_insert_with(|| value.into());
    }
    (!own.is_empty()).then(|| own.into())
}
