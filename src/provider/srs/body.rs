//! The body of a hook, field by field.

use serde_json::Value;

use super::{DVR, FIRST, HLS, SERVER, SERVICE};
use crate::lifecycle::draw::{ALPHANUMERIC, DECIMAL};
use crate::provider::field::{Field, NOW, Occurrence, row, written};
use crate::scenario::Format;

pub(super) static FIELDS: &[Field] = &[
    row("server_id", SERVER..=NOW, "the server", |n| Some(n.setting("server_id"))),
    row("service_id", SERVICE..=NOW, "the running server process", |n| Some(n.setting("service_id"))),
    row("action", FIRST..=NOW, "the hook", |n| Some(n.event.into())),
    row("client_id", FIRST..=NOW, "the encoder's connection; a number in 3.0", client_id),
    row("ip", FIRST..=NOW, "address of the encoder", |n| Some(n.setting("ip"))),
    row("vhost", FIRST..=NOW, "virtual host", |n| Some(n.setting("vhost"))),
    row("app", FIRST..=NOW, "application", |n| Some(n.context.scenario.stream.app.as_str().into())),
    row("tcUrl", SERVICE..=NOW, "the address that the encoder pushes to", |n| {
        let stream = &n.context.scenario.stream;
        Some(format!("rtmp://{}/{}", stream.domain, stream.app).into())
    }),
    row("stream", FIRST..=NOW, "stream name", |n| Some(n.context.scenario.stream.name.as_str().into())),
    row("param", FIRST..=NOW, "query of the push URL", |n| {
        let params = n.context.scenario.stream.params.as_str();
        Some(if params.is_empty() { "".into() } else { format!("?{params}").into() })
    }),
    row("cwd", FIRST..=NOW, "working directory of the server", |n| n.complete().map(|_| n.setting("cwd"))),
    row("file", FIRST..=NOW, "the file, from the working directory", |n| Some(file(n)?.into())),
    written("duration", FIRST..=NOW, "seconds of media, with two decimals", |n| {
        let file = n.complete().filter(|_| n.event == HLS)?;
        Some(format!("{:.2}", file.media.as_secs_f64()))
    }),
    row("url", FIRST..=NOW, "the segment, from the playlist's address", |n| {
        (n.event == HLS).then(|| format!("{}/{}", n.context.scenario.stream.app, segment(n)).into())
    }),
    row("m3u8", FIRST..=NOW, "the playlist, from the working directory", |n| {
        (n.event == HLS).then(|| format!("{ROOT}/{}.m3u8", path(n)).into())
    }),
    row("m3u8_url", FIRST..=NOW, "the playlist's address", |n| {
        (n.event == HLS).then(|| format!("{}.m3u8", path(n)).into())
    }),
    row("seq_no", FIRST..=NOW, "number of the segment", |n| {
        Some((n.complete().filter(|_| n.event == HLS)?.number - 1).into())
    }),
    row("stream_url", SERVICE..=NOW, "virtual host, application and stream", |n| {
        Some(format!("/{}", path(n)).into())
    }),
    row("stream_id", SERVICE..=NOW, "the stream on this server; its form is our choice", |n| {
        Some(format!("vid-{}", n.context.draws.named("stream").from_alphabet(ALPHANUMERIC, 7)).into())
    }),
];

/// Where files lie: `./objs/nginx/html/[app]/[stream].[timestamp].flv`.
const ROOT: &str = "./objs/nginx/html";

fn path(occurrence: &Occurrence<'_>) -> String {
    let stream = &occurrence.context.scenario.stream;
    format!("{}/{}", stream.app, stream.name)
}

fn client_id(occurrence: &Occurrence<'_>) -> Option<Value> {
    let mut draw = occurrence.task_draw("client");
    if occurrence.context.revision.edition == FIRST {
        return Some((100 + draw.below(800)).into());
    }
    Some(draw.from_alphabet(DECIMAL, 7).into())
}

fn segment(occurrence: &Occurrence<'_>) -> String {
    let number = occurrence.complete().map_or(0, |file| file.number - 1);
    format!("{}-{number}.ts", occurrence.context.scenario.stream.name)
}

/// What tells one file from another; the time is when it began, in milliseconds.
pub(super) fn file(occurrence: &Occurrence<'_>) -> Option<String> {
    let file = occurrence.complete()?;
    match occurrence.event {
        HLS => Some(format!("{ROOT}/{}/{}", occurrence.context.scenario.stream.app, segment(occurrence))),
        DVR => {
            let began = occurrence.context.wall(file.began).as_millisecond();
            let end = if occurrence.format() == Format::Mp4 { "mp4" } else { "flv" };
            Some(format!("{ROOT}/{}.{began}.{end}", path(occurrence)))
        }
        _ => None,
    }
}
