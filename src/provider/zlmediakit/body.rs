//! The bodies of the hooks, field by field. Their library prints keys in alphabetical order.

use serde_json::Value;

use super::{FIRST, INDEX, PARAMS};
use crate::lifecycle::Event;
use crate::lifecycle::File;
use crate::provider::field::{Field, NOW, Occurrence, count, row};

pub(super) static RECORD_FIELDS: &[Field] = &[
    APP,
    row("file_name", FIRST..=NOW, "date, time and number of the file", |n| {
        Some(file_name(n, &n.complete()?).into())
    }),
    row("file_path", FIRST..=NOW, "where the file lies on the server", |n| Some(file_path(n)?.into())),
    row("file_size", FIRST..=NOW, "bytes", |n| Some(n.file_size(&n.complete()?).into())),
    row("folder", FIRST..=NOW, "the folder of the stream", |n| Some(folder(n).into())),
    HOOK_INDEX,
    SERVER,
    row("params", PARAMS..=NOW, "query of the push URL", params),
    row("start_time", FIRST..=NOW, "Unix seconds of the file's begin", |n| {
        Some(n.context.wall(n.complete()?.began).as_second().into())
    }),
    STREAM,
    row("time_len", FIRST..=NOW, "seconds of media, with a fraction", |n| {
        Some(n.complete()?.media.as_secs_f64().into())
    }),
    row("url", FIRST..=NOW, "the file, from the root of the recordings", |n| {
        Some(format!("{}{}", below(n), dated(n, &n.complete()?)).into())
    }),
    VHOST,
];

pub(super) static PUBLISH_FIELDS: &[Field] = &[
    APP,
    HOOK_INDEX,
    row("id", FIRST..=NOW, "the encoder's connection; its form is our choice", |n| {
        Some(n.task_draw("client").hex(12).into())
    }),
    row("ip", FIRST..=NOW, "address of the encoder", |n| Some(n.setting("ip"))),
    SERVER,
    row("originType", FIRST..=NOW, "kind of the source; 1 = RTMP push", |_| Some(1.into())),
    row("originTypeStr", FIRST..=NOW, "the same in words", |_| Some("rtmp_push".into())),
    row("params", FIRST..=NOW, "query of the push URL", params),
    row("port", FIRST..=NOW, "port of the encoder", |n| {
        let port = n.context.setting("port");
        Some(port.parse::<u64>().map_or_else(|_| port.into(), Value::from))
    }),
    row("protocol", FIRST..=NOW, "protocol of the push", |_| Some("rtmp".into())),
    row("schema", FIRST..=NOW, "the same", |_| Some("rtmp".into())),
    STREAM,
    VHOST,
];

pub(super) static CHANGED_FIELDS: &[Field] = &[
    APP,
    HOOK_INDEX,
    SERVER,
    row("regist", FIRST..=NOW, "true = it came, false = it went", |n| {
        Some(matches!(n.fact.event, Event::Pushed(_)).into())
    }),
    row("schema", FIRST..=NOW, "protocol of the stream", |_| Some("rtmp".into())),
    STREAM,
    VHOST,
];

const APP: Field =
    row("app", FIRST..=NOW, "application", |n| Some(n.context.scenario.stream.app.as_str().into()));
const STREAM: Field =
    row("stream", FIRST..=NOW, "stream name", |n| Some(n.context.scenario.stream.name.as_str().into()));
const SERVER: Field = row("mediaServerId", FIRST..=NOW, "the server", |n| Some(n.setting("media_server_id")));
const VHOST: Field = row("vhost", FIRST..=NOW, "virtual host", |n| Some(n.setting("vhost")));
const HOOK_INDEX: Field =
    count("hook_index", INDEX..=NOW, "number of the request; a retry has another", |n| {
        n.context.setting("first_index").parse().expect("the setting takes whole numbers only")
    });

fn params(occurrence: &Occurrence<'_>) -> Option<Value> {
    Some(occurrence.context.scenario.stream.params.as_str().into())
}

/// `record/app/stream/`
fn below(occurrence: &Occurrence<'_>) -> String {
    let stream = &occurrence.context.scenario.stream;
    format!("record/{}/{}/", stream.app, stream.name)
}

fn folder(occurrence: &Occurrence<'_>) -> String {
    format!("{}{}", occurrence.context.setting("root"), below(occurrence))
}

/// The date as a folder, and the file in it.
fn dated(occurrence: &Occurrence<'_>, file: &File) -> String {
    format!("{}/{}", occurrence.clock("%Y-%m-%d", file.began), file_name(occurrence, file))
}

/// In UTC, as of a server whose clock is in UTC.
fn file_name(occurrence: &Occurrence<'_>, file: &File) -> String {
    format!("{}-{}.mp4", occurrence.clock("%Y-%m-%d-%H-%M-%S", file.began), file.number - 1)
}

/// What tells one file from another.
pub(super) fn file_path(occurrence: &Occurrence<'_>) -> Option<String> {
    Some(format!("{}{}", folder(occurrence), dated(occurrence, &occurrence.complete()?)))
}
