//! The body of event 100, field by field.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{APP, TEMPLATE, USEC};
use crate::lifecycle::File;
use crate::provider::field::{Field, Filling, NOW, News, row};
use crate::scenario::{Format, RecordingSource};

// Order as in the vendor's examples.
pub(super) static FIELDS: &[Field] = &[
    row("event_type", APP, NOW, |_| Some(100.into())),
    row("appid", APP, NOW, appid),
    row("app", APP, NOW, |n| Some(n.telling.scenario.stream.domain.as_str().into())),
    row("callback_ext", USEC, NOW, |n| Some(callback_ext(n).into())),
    row("appname", APP, NOW, |n| Some(n.telling.scenario.stream.app.as_str().into())),
    row("stream_id", APP, NOW, |n| Some(n.telling.scenario.stream.name.as_str().into())),
    row("channel_id", APP, NOW, |n| Some(n.telling.scenario.stream.name.as_str().into())),
    row("file_id", APP, NOW, |n| Some(file_id(n)?.into())),
    row("record_file_id", USEC, NOW, |n| Some(file_id(n)?.into())),
    row("record_temp_id", TEMPLATE, NOW, |n| {
        Some(if by_task(n) { "".into() } else { n.setting("template_id") })
    }),
    row("file_format", APP, NOW, |n| Some(n.fact.format.to_string().into())),
    row("task_id", APP, NOW, task_id),
    row("start_time", APP, NOW, |n| Some(start(n, &n.complete()?).as_second().into())),
    row("end_time", APP, NOW, |n| Some(end(n, &n.complete()?).as_second().into())),
    row("start_time_usec", USEC, NOW, |n| Some((start(n, &n.complete()?).subsec_nanosecond() / 1000).into())),
    row("end_time_usec", USEC, NOW, |n| Some((end(n, &n.complete()?).subsec_nanosecond() / 1000).into())),
    row("duration", APP, NOW, |n| Some(duration(&n.complete()?).into())),
    row("file_size", APP, NOW, |n| Some(n.telling.scenario.media.bitrate.bytes(n.complete()?.media).into())),
    row("stream_param", APP, NOW, |n| {
        (!by_task(n)).then(|| n.telling.scenario.stream.params.as_str().into())
    }),
    row("video_url", APP, NOW, |n| Some(video_url(n)?.into())),
    row("media_start_time", USEC, NOW, |n| Some(n.task_draw("pts").below(1_000_000).into())),
    // The original stream is recorded, not a transcoded one.
    row("record_bps", USEC, NOW, |_| Some(0.into())),
    Field { name: "sign", editions: APP..=NOW, value: Filling::Signature },
    Field { name: "t", editions: APP..=NOW, value: Filling::Time },
];

/// A JSON number, as documented; a setting that is none is sent as it is.
fn appid(news: &News<'_>) -> Option<Value> {
    let setting = news.telling.setting("appid");
    Some(setting.parse::<u64>().map_or_else(|_| setting.into(), Value::from))
}

/// Numeric text beyond 2^53, as in reality: a receiver that reads it as a double loses digits.
pub(super) fn file_id(news: &News<'_>) -> Option<String> {
    Some(news.file_draw("file", &news.complete()?).digits(19))
}

fn by_task(news: &News<'_>) -> bool {
    news.telling.scenario.recording.source == RecordingSource::Task
}

fn task_id(news: &News<'_>) -> Option<Value> {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    if by_task(news) {
        return Some(news.task_draw("task").from_alphabet(LETTERS, 56).into());
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

fn video_url(news: &News<'_>) -> Option<String> {
    let extension = match news.fact.format {
        Format::Hls => "m3u8",
        Format::Flv => "flv",
        Format::Mp4 => "mp4",
        Format::Aac => "aac",
    };
    let (appid, file) = (news.telling.setting("appid"), news.complete()?);
    let folder = news.file_draw("folder", &file).hex(24);
    Some(format!("http://{appid}.vod2.myqcloud.com/{folder}/{}/f0.{extension}", file_id(news)?))
}

/// A JSON text inside the JSON; the vendor advises not to depend on it.
fn callback_ext(news: &News<'_>) -> String {
    let media = &news.telling.scenario.media;
    let mut ext =
        json!({ "video_codec": "h264", "resolution": format!("{}x{}", media.width.0, media.height.0) });
    if let (true, Some(ext)) = (news.telling.revision.edition >= TEMPLATE, ext.as_object_mut()) {
        ext.insert("session_id".into(), news.task_draw("session").digits(19).into());
    }
    ext.to_string()
}
