//! The body of events 1 and 0: push and interruption.

use std::time::Duration;

use serde_json::Value;

use super::body::{appid, stream_id};
use super::{ACCOUNT, APP, LIVECODE, WRITING};
use crate::lifecycle::Event;
use crate::number;
use crate::provider::field::{Field, NO_PAGE, NOW, Occurrence, expiry, row, signature};

/// How far numbers of messages rise in a millisecond; two that were captured 20 s apart lie 16 a millisecond apart.
pub(super) const STEPS: u64 = 40;

pub(super) static FIELDS: &[Field] = &[
    row("app", LIVECODE..=NOW, "push domain", |n| Some(n.context.scenario.stream.domain.as_str().into()))
        .seen("2017-11"),
    row("appid", ACCOUNT..=NOW, "account", appid).seen("2018-08"),
    row("appname", LIVECODE..=NOW, "push path", |n| Some(n.context.scenario.stream.app.as_str().into()))
        .seen("2017-11"),
    row("channel_id", LIVECODE..=NOW, "the same as stream_id", |n| Some(stream_id(n).into())).seen("2017-11"),
    row("errcode", LIVECODE..=NOW, "why the push ended; 0 on push", errcode).seen("2017-11"),
    row("errmsg", LIVECODE..=NOW, "the same in words; ok on push", errmsg).seen("2017-11"),
    row("event_time", LIVECODE..=NOW, "Unix seconds of the event", |n| Some(n.time().as_second().into()))
        .seen("2017-11"),
    row("event_type", LIVECODE..=NOW, "1 = push, 0 = interruption", |n| Some(u8::from(!dropped(n)).into()))
        .seen("2017-11"),
    row("idc_id", NO_PAGE, "data centre; in the vendor's printed example, and not in its table", idc_id)
        .seen("2017-11"),
    row("node", LIVECODE..=NOW, "address of the access point", |n| Some(n.setting("node"))).seen("2017-11"),
    row("sequence", LIVECODE..=NOW, "one push: its begin and its end share it", sequence).seen("2017-11"),
    row("set_id", APP..=NOW, "1 to 6 = mainland China, 7 to 200 = abroad", |_| Some(2.into()))
        .seen("2018-08"),
    row("stream_id", LIVECODE..=NOW, "stream name; with the account's bizid before it in livecode", |n| {
        Some(stream_id(n).into())
    })
    .seen("2017-11"),
    row("stream_param", LIVECODE..=NOW, "query of the push URL", |n| {
        Some(n.context.scenario.stream.params.as_str().into())
    })
    .seen("2017-11"),
    row("user_ip", LIVECODE..=NOW, "address of the encoder", |n| Some(n.setting("user_ip"))).seen("2017-11"),
    row("push_duration", LIVECODE..=NOW, "milliseconds, as a text; on interruption only", push_duration)
        .seen("2017-11"),
    row("width", WRITING..=NOW, "pixels; 0 while the header is not parsed", |n| {
        Some(pixels(n, n.context.scenario.media.width.0))
    })
    .seen("2020-08"),
    row("height", WRITING..=NOW, "pixels; 0 while the header is not parsed", |n| {
        Some(pixels(n, n.context.scenario.media.height.0))
    })
    .seen("2020-08"),
    signature("sign", LIVECODE..=NOW).seen("2017-11"),
    expiry("t", LIVECODE..=NOW).seen("2017-11"),
];

fn dropped(occurrence: &Occurrence<'_>) -> bool {
    matches!(occurrence.fact.event, Event::Dropped(_))
}

fn errcode(occurrence: &Occurrence<'_>) -> Option<Value> {
    Some(if dropped(occurrence) { number(occurrence.context.setting("errcode")) } else { 0.into() })
}

fn idc_id(occurrence: &Occurrence<'_>) -> Option<Value> {
    Some(number(occurrence.context.setting("idc_id")))
}

/// A JSON number, as the vendor writes it; a setting that is none is sent as it is.
fn number(setting: &str) -> Value {
    setting.parse::<i64>().map_or_else(|_| setting.into(), Value::from)
}

fn errmsg(occurrence: &Occurrence<'_>) -> Option<Value> {
    let wire = occurrence.context.wire;
    let own = match (dropped(occurrence), occurrence.context.setting("errmsg")) {
        (true, "") if wire.since("2025-04") => "The push client actively stopped the push",
        (true, "") => "recv rtmp deleteStream",
        (true, text) => text,
        // Empty in the one message captured in 2020.
        (false, _) if wire.since("2020-08") && !wire.since("2025-04") => "",
        (false, _) => "ok",
    };
    Some(own.into())
}

fn sequence(occurrence: &Occurrence<'_>) -> Option<Value> {
    Some(rising(occurrence, occurrence.activity()?.began, 0).into())
}

/// A number that rises with time, and lies near the others of the stream.
pub(super) fn rising(occurrence: &Occurrence<'_>, at: Duration, place: u64) -> String {
    let steps = number::milliseconds(at).saturating_mul(STEPS).saturating_add(place);
    occurrence.context.draws.named("sequence").ahead(steps)
}

fn push_duration(occurrence: &Occurrence<'_>) -> Option<Value> {
    let pushed = occurrence.pushed()?;
    dropped(occurrence).then(|| pushed.as_millis().to_string().into())
}

/// At the push the picture is not known yet; in observed messages of 2025 it is at the end not known any more.
fn pixels(occurrence: &Occurrence<'_>, pixels: u32) -> Value {
    if dropped(occurrence) && !occurrence.context.wire.since("2025-04") { pixels.into() } else { 0.into() }
}
