//! The body of event 100, field by field.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ACCOUNT, APP, LIVECODE, TEMPLATE, USEC};
use crate::lifecycle::File;
use crate::lifecycle::draw::ALPHANUMERIC;
use crate::provider::field::{Field, NOW, News, expiry, row, signature};
use crate::scenario::{Format, RecordingSource};

// Order as in the vendor's examples.
pub(super) static FIELDS: &[Field] = &[
    row("event_type", LIVECODE..=NOW, "100 = a recorded file", |_| Some(100.into())),
    row("appid", ACCOUNT..=NOW, "account", appid),
    row("app", APP..=NOW, "push domain", |n| Some(n.telling.scenario.stream.domain.as_str().into())),
    row("callback_ext", USEC..=NOW, "JSON inside a text; the vendor advises not to depend on it", |n| {
        Some(callback_ext(n).into())
    }),
    row("appname", APP..=NOW, "push path", |n| Some(n.telling.scenario.stream.app.as_str().into())),
    row("stream_id", LIVECODE..=NOW, "stream name; with the account's bizid before it in livecode", |n| {
        Some(stream_id(n).into())
    }),
    row("channel_id", LIVECODE..=NOW, "the same as stream_id", |n| Some(stream_id(n).into())),
    row("video_id", LIVECODE..=LIVECODE, "the file's old identity in VOD", |n| Some(video_id(n)?.into())),
    row("file_id", LIVECODE..=NOW, "the file in VOD; digits beyond 2^53", |n| Some(file_id(n)?.into())),
    row("record_file_id", USEC..=NOW, "the recorded file; the same as file_id", |n| Some(file_id(n)?.into())),
    row("record_temp_id", TEMPLATE..=NOW, "template of the recording; empty for API tasks", |n| {
        Some(if by_task(n) { "".into() } else { n.setting("template_id") })
    }),
    row("file_format", LIVECODE..=NOW, "hls, flv, mp4 or aac", |n| Some(n.format().to_string().into())),
    row("task_id", APP..=NOW, "recording task; has a meaning for API tasks only", task_id),
    row("start_time", LIVECODE..=NOW, "Unix seconds: the file's begin; since 2025 the record task's", |n| {
        Some(start(n, &n.complete()?).as_second().into())
    }),
    row(
        "end_time",
        LIVECODE..=NOW,
        "Unix seconds: the file's end; since 2025 when the task let go of it",
        |n| Some(end(n, &n.complete()?).as_second().into()),
    ),
    row("start_time_usec", USEC..=NOW, "microseconds of start_time", |n| {
        Some((start(n, &n.complete()?).subsec_nanosecond() / 1000).into())
    }),
    row("end_time_usec", USEC..=NOW, "microseconds of end_time", |n| {
        Some((end(n, &n.complete()?).subsec_nanosecond() / 1000).into())
    }),
    row("duration", LIVECODE..=NOW, "seconds of media, rounded up; not end - start", |n| {
        Some(duration(&n.complete()?).into())
    }),
    row("file_size", LIVECODE..=NOW, "bytes", |n| {
        Some(n.telling.scenario.media.bitrate.bytes(n.complete()?.media).into())
    }),
    row("stream_param", LIVECODE..=NOW, "query of the push URL; absent for API tasks", |n| {
        (!by_task(n)).then(|| n.telling.scenario.stream.params.as_str().into())
    }),
    row("video_url", LIVECODE..=NOW, "where the file can be downloaded", |n| Some(video_url(n)?.into())),
    row("media_start_time", USEC..=NOW, "time stamp of the first frame pulled for recording", |n| {
        Some(n.task_draw("pts").below(1_000_000).into())
    }),
    // The original stream is recorded, not a transcoded one.
    row("record_bps", USEC..=NOW, "kbps of a transcoded stream; 0 for the original", |_| Some(0.into())),
    signature("sign", LIVECODE..=NOW),
    expiry("t", LIVECODE..=NOW),
];

/// A JSON number, as documented; a setting that is none is sent as it is.
pub(super) fn appid(news: &News<'_>) -> Option<Value> {
    let setting = news.telling.setting("appid");
    Some(setting.parse::<u64>().map_or_else(|_| setting.into(), Value::from))
}

/// Numeric text beyond 2^53, as in reality: a receiver that reads it as a double loses digits.
pub(super) fn file_id(news: &News<'_>) -> Option<String> {
    Some(news.file_draw("file", &news.complete()?).digits(19))
}

/// In live-code mode the account's bizid stands before the name.
pub(super) fn stream_id(news: &News<'_>) -> String {
    let name = &news.telling.scenario.stream.name;
    match news.telling.revision.edition {
        LIVECODE => format!("{}_{name}", news.telling.setting("bizid")),
        _ => name.clone(),
    }
}

/// The old identity of a file in VOD.
fn video_id(news: &News<'_>) -> Option<String> {
    let file = news.complete()?;
    Some(format!("{}_{}", news.telling.setting("appid"), news.file_draw("video", &file).hex(32)))
}

pub(super) fn by_task(news: &News<'_>) -> bool {
    news.telling.scenario.recording.source == RecordingSource::Task
}

pub(super) fn task_id(news: &News<'_>) -> Option<Value> {
    if by_task(news) {
        return Some(news.task_draw("task").from_alphabet(ALPHANUMERIC, 56).into());
    }
    (news.telling.setting("task_id") == "empty").then(|| "".into())
}

/// Up to 2022: when the file's first frame came. Since 2025: when its record task began.
fn start(news: &News<'_>, file: &File) -> Timestamp {
    let task = news.telling.revision.edition >= TEMPLATE;
    news.telling.wall(if task { news.fact.task.began } else { file.began })
}

/// Up to 2022: when the file's last frame came. Since 2025: when the record task let go of it, which is after the
/// resume window.
fn end(news: &News<'_>, file: &File) -> Timestamp {
    let task = news.telling.revision.edition >= TEMPLATE;
    news.telling.wall(if task { file.closed } else { file.last_frame })
}

/// Media length in seconds, rounded up; not end - start.
fn duration(file: &File) -> u64 {
    file.media.as_secs() + u64::from(file.media.subsec_nanos() > 0)
}

/// Shapes as in real messages: a random folder of the account, then the file's own, HLS by its playlist.
fn video_url(news: &News<'_>) -> Option<String> {
    let (appid, file) = (news.telling.setting("appid"), news.complete()?);
    let name = match news.format() {
        Format::Hls => "playlist.m3u8",
        Format::Flv => "f0.flv",
        Format::Mp4 => "f0.mp4",
        Format::Aac => "f0.aac",
    };
    if news.telling.revision.edition == LIVECODE {
        return Some(format!("http://{appid}.vod.myqcloud.com/{}.{name}", video_id(news)?));
    }
    let mut draw = news.file_draw("folder", &file);
    let (folder, prefix) = (draw.hex(8), draw.hex(8));
    Some(format!("http://{appid}.vod2.myqcloud.com/{folder}vodgzp{appid}/{prefix}{}/{name}", file_id(news)?))
}

/// A JSON text inside the JSON; the vendor advises not to depend on it.
fn callback_ext(news: &News<'_>) -> String {
    let media = &news.telling.scenario.media;
    let mut ext =
        json!({ "video_codec": "h264", "resolution": format!("{}x{}", media.width.0, media.height.0) });
    if let (true, Some(ext)) = (news.telling.revision.edition >= TEMPLATE, ext.as_object_mut()) {
        ext.insert("session_id".into(), session_id(news).into());
    }
    ext.to_string()
}

/// One recording task, the same in every callback about it.
pub(super) fn session_id(news: &News<'_>) -> String {
    news.task_draw("session").digits(19)
}
