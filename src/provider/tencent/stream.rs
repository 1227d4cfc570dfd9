//! The body of events 1 and 0: push and interruption.

use super::body::{appid, stream_id};
use super::{ACCOUNT, APP, LIVECODE, WRITING};
use crate::lifecycle::Event;
use crate::provider::field::{Field, NOW, News, expiry, row, signature};
use serde_json::Value;

pub(super) static FIELDS: &[Field] = &[
    row("app", LIVECODE..=NOW, "push domain", |n| Some(n.telling.scenario.stream.domain.as_str().into())),
    row("appid", ACCOUNT..=NOW, "account", appid),
    row("appname", LIVECODE..=NOW, "push path", |n| Some(n.telling.scenario.stream.app.as_str().into())),
    row("channel_id", LIVECODE..=NOW, "the same as stream_id", |n| Some(stream_id(n).into())),
    row("errcode", LIVECODE..=NOW, "why the push ended; 0 on push", errcode),
    row("errmsg", LIVECODE..=NOW, "the same in words; ok on push", errmsg),
    row("event_time", LIVECODE..=NOW, "Unix seconds of the event", |n| Some(n.time().as_second().into())),
    row("event_type", LIVECODE..=NOW, "1 = push, 0 = interruption", |n| Some(u8::from(!dropped(n)).into())),
    row("node", LIVECODE..=NOW, "address of the access point", |n| Some(n.setting("node"))),
    row("sequence", LIVECODE..=NOW, "one push: its begin and its end share it", sequence),
    row("set_id", APP..=NOW, "1 to 6 = mainland China, 7 to 200 = abroad", |_| Some(2.into())),
    row("stream_id", LIVECODE..=NOW, "stream name; with the account's bizid before it in livecode", |n| {
        Some(stream_id(n).into())
    }),
    row("stream_param", LIVECODE..=NOW, "query of the push URL", |n| {
        Some(n.telling.scenario.stream.params.as_str().into())
    }),
    row("user_ip", LIVECODE..=NOW, "address of the encoder", |n| Some(n.setting("user_ip"))),
    row("push_duration", LIVECODE..=NOW, "milliseconds, as a text; on interruption only", push_duration),
    row("width", WRITING..=NOW, "pixels; 0 while the header is not parsed", |n| {
        Some(pixels(n, n.telling.scenario.media.width.0))
    }),
    row("height", WRITING..=NOW, "pixels; 0 while the header is not parsed", |n| {
        Some(pixels(n, n.telling.scenario.media.height.0))
    }),
    signature("sign", LIVECODE..=NOW),
    expiry("t", LIVECODE..=NOW),
];

fn dropped(news: &News<'_>) -> bool {
    matches!(news.fact.event, Event::Dropped(_))
}

fn errcode(news: &News<'_>) -> Option<Value> {
    let setting = news.telling.setting("errcode");
    Some(if dropped(news) {
        setting.parse::<i64>().map_or_else(|_| setting.into(), Value::from)
    } else {
        0.into()
    })
}

fn errmsg(news: &News<'_>) -> Option<Value> {
    Some(if dropped(news) { news.setting("errmsg") } else { "ok".into() })
}

fn sequence(news: &News<'_>) -> Option<Value> {
    let number = news.activity()?.number;
    Some(news.telling.draws.named(&format!("sequence/{number}")).digits(19).into())
}

fn push_duration(news: &News<'_>) -> Option<Value> {
    let pushed = news.fact.at.saturating_sub(news.activity()?.began);
    dropped(news).then(|| pushed.as_millis().to_string().into())
}

/// At the push the picture is not known yet.
fn pixels(news: &News<'_>, pixels: u32) -> Value {
    if dropped(news) { pixels.into() } else { 0.into() }
}
