//! The body of event 100, field by field.

use jiff::fmt::strtime;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{ACCOUNT, APP, LIVECODE, TEMPLATE, USEC, WRITING};
use crate::lifecycle::File;
use crate::lifecycle::draw::{ALPHANUMERIC, DECIMAL, Draw};
use crate::number;
use crate::provider::field::{Field, NOW, Occurrence, expiry, percent_encoded, row, signature};
use crate::scenario::{Format, RecordingSource};

/// From UTC to the clock by which objects in COS are named.
const CHINA_TIME: SignedDuration = SignedDuration::from_hours(8);

// Order as in the vendor's examples.
pub(super) static FIELDS: &[Field] = &[
    row("event_type", LIVECODE..=NOW, "100 = a recorded file", |_| Some(100.into())).seen("2017-05"),
    row("appid", ACCOUNT..=NOW, "account", appid).seen("2017-05"),
    row("app", APP..=NOW, "push domain", |n| Some(n.context.scenario.stream.domain.as_str().into()))
        .seen("2020-08"),
    row("callback_ext", USEC..=NOW, "JSON inside a text; the vendor advises not to depend on it", |n| {
        Some(callback_ext(n).into())
    })
    .seen("2025-04"),
    row("appname", APP..=NOW, "push path", |n| Some(n.context.scenario.stream.app.as_str().into()))
        .seen("2020-08"),
    row("stream_id", LIVECODE..=NOW, "stream name; with the account's bizid before it in livecode", |n| {
        Some(stream_id(n).into())
    })
    .seen("2017-05"),
    row("channel_id", LIVECODE..=NOW, "the same as stream_id", |n| Some(stream_id(n).into())).seen("2017-05"),
    row(
        "video_id",
        LIVECODE..=LIVECODE,
        "the video's identity in VOD; off the pages since 2020, and in every captured message",
        |n| Some(video_id(n)?.into()),
    )
    .seen("2017-05"),
    row("file_id", LIVECODE..=NOW, "the file: digits beyond 2^53 in VOD, <appid>_<32 hex> in COS", |n| {
        Some(file_id(n)?.into())
    })
    .seen("2017-05"),
    row("record_file_id", USEC..=NOW, "the recorded file; the same as file_id", |n| Some(file_id(n)?.into()))
        .seen("2017-05"),
    row("record_temp_id", TEMPLATE..=NOW, "template of the recording; empty for API tasks", |n| {
        Some(if by_task(n) { "".into() } else { n.setting("template_id") })
    })
    .seen("2025-04"),
    row("file_format", LIVECODE..=NOW, "hls, flv, mp4 or aac", |n| Some(n.format().to_string().into()))
        .seen("2017-05"),
    row("task_id", APP..=NOW, "recording task; the page gives it a meaning for API tasks only", task_id)
        .seen("2017-11"),
    row(
        "start_time",
        LIVECODE..=NOW,
        "Unix seconds: the file's begin; in 2022-01 its first write; since 2022-11 the recording's begin",
        |n| Some(start(n, &n.complete()?).as_second().into()),
    )
    .seen("2017-05"),
    row(
        "end_time",
        LIVECODE..=NOW,
        "Unix seconds: the file's end; since 2025 when the task let go of it",
        |n| Some(end(n, &n.complete()?).as_second().into()),
    )
    .seen("2017-05"),
    row("start_time_usec", USEC..=NOW, "microseconds of start_time", |n| {
        Some((start(n, &n.complete()?).subsec_nanosecond() / 1000).into())
    })
    .seen("2019-04"),
    row("end_time_usec", USEC..=NOW, "microseconds of end_time", |n| {
        Some((end(n, &n.complete()?).subsec_nanosecond() / 1000).into())
    })
    .seen("2019-04"),
    row("duration", LIVECODE..=NOW, "seconds of media, rounded up; not end - start", |n| {
        Some(duration(&n.complete()?).into())
    })
    .seen("2017-05"),
    row("file_size", LIVECODE..=NOW, "bytes", |n| Some(file_size(n, &n.complete()?).into())).seen("2017-05"),
    row("stream_param", LIVECODE..=NOW, "query of the push URL; absent for API tasks", |n| {
        (!by_task(n)).then(|| n.context.scenario.stream.params.as_str().into())
    })
    .seen("2017-05"),
    row("video_url", LIVECODE..=NOW, "where the file can be downloaded", |n| Some(video_url(n)?.into()))
        .seen("2017-05"),
    row("media_start_time", USEC..=NOW, "time stamp of the first frame pulled for recording", |n| {
        Some((40 + n.task_draw("pts").below(4_000)).into())
    })
    .seen("2017-11"),
    // The original stream is recorded, not a transcoded one.
    row("record_bps", USEC..=NOW, "kbps of a transcoded stream; 0 for the original", |_| Some(0.into()))
        .seen("2019-04"),
    signature("sign", LIVECODE..=NOW).seen("2017-05"),
    expiry("t", LIVECODE..=NOW).seen("2017-05"),
];

/// A JSON number, as documented; a setting that is none is sent as it is.
pub(super) fn appid(occurrence: &Occurrence<'_>) -> Option<Value> {
    let setting = occurrence.context.setting("appid");
    Some(setting.parse::<u64>().map_or_else(|_| setting.into(), Value::from))
}

/// In VOD a numeric text beyond 2^53, as in reality: a receiver that reads it as a double loses digits. In COS another form.
pub(super) fn file_id(occurrence: &Occurrence<'_>) -> Option<String> {
    let mut draw = occurrence.file_draw("file", &occurrence.complete()?);
    Some(if in_cos(occurrence) { account_hex(occurrence, draw) } else { draw.digits(19) })
}

/// `<appid>_<32 hex>`.
fn account_hex(occurrence: &Occurrence<'_>, mut draw: Draw) -> String {
    format!("{}_{}", occurrence.context.setting("appid"), draw.hex(32))
}

fn in_cos(occurrence: &Occurrence<'_>) -> bool {
    occurrence.context.setting("storage") == "cos"
}

/// In live-code mode the account's bizid stands before the name.
pub(super) fn stream_id(occurrence: &Occurrence<'_>) -> String {
    let name = &occurrence.context.scenario.stream.name;
    match (occurrence.context.revision.edition, occurrence.context.setting("bizid")) {
        (LIVECODE, bizid) if !bizid.is_empty() => format!("{bizid}_{name}"),
        _ => name.clone(),
    }
}

fn video_id(occurrence: &Occurrence<'_>) -> Option<String> {
    Some(account_hex(occurrence, occurrence.file_draw("video", &occurrence.complete()?)))
}

pub(super) fn by_task(occurrence: &Occurrence<'_>) -> bool {
    occurrence.context.scenario.recording.source == RecordingSource::Task
}

pub(super) fn task_id(occurrence: &Occurrence<'_>) -> Option<Value> {
    if by_task(occurrence) {
        return Some(occurrence.task_draw("task").from_alphabet(ALPHANUMERIC, 56).into());
    }
    let wire = occurrence.context.wire;
    match occurrence.context.setting("task_id") {
        "filled" => Some(template_task(occurrence).into()),
        "by-shape" if wire.observed() => Some(template_task(occurrence).into()),
        "absent" => None,
        _ => Some("".into()),
    }
}

/// As captured: since 2025 the recording's session, in 2019 a number beyond 2^63, in 2017 a short one.
fn template_task(occurrence: &Occurrence<'_>) -> String {
    let (wire, mut draw) = (occurrence.context.wire, occurrence.task_draw("template-task"));
    if !wire.observed() || wire.since("2025-04") {
        session_id(occurrence)
    } else if wire.since("2019-04") {
        // Its first two digits keep it between 2^63 and 2^64.
        format!("1{}{}", draw.below(8), draw.from_alphabet(DECIMAL, 18))
    } else {
        draw.digits(9)
    }
}

/// Up to 2021: when the file's first frame came. In 2022-01: when it was first written to, which is not the begin of its content.
/// Since 2022-11: when its recording began, also for a later file.
fn start(occurrence: &Occurrence<'_>, file: &File) -> Timestamp {
    occurrence.context.wall(match occurrence.context.revision.edition {
        ..WRITING => file.began,
        WRITING => file.wrote,
        _ => file.recording,
    })
}

/// Up to 2022: when the file's last frame came. Since 2025: when the record task let go of it, which is after the
/// resume window.
fn end(occurrence: &Occurrence<'_>, file: &File) -> Timestamp {
    let task = occurrence.context.revision.edition >= TEMPLATE;
    occurrence.context.wall(if task { file.closed } else { file.last_frame })
}

/// Media length in seconds, rounded up; not end - start.
fn duration(file: &File) -> u64 {
    file.media.as_secs() + u64::from(file.media.subsec_nanos() > 0)
}

/// Of an HLS file captured in 2017 the size is that of its playlist, 1349 bytes for 63 s; so files of other lengths share it.
fn file_size(occurrence: &Occurrence<'_>, file: &File) -> u64 {
    let wire = occurrence.context.wire;
    if occurrence.format() == Format::Hls && wire.since("2017-11") && !wire.since("2019-04") {
        let (head, line, segment) = (82, 181, 10_000);
        let segments = file.media.as_millis().div_ceil(segment);
        return head + line * number::capped::<u64>(segments);
    }
    occurrence.file_size(file)
}

/// Shapes as in real messages: a random folder of the account, then the file's own, HLS by its playlist.
fn video_url(occurrence: &Occurrence<'_>) -> Option<String> {
    let (appid, file) = (occurrence.context.setting("appid"), occurrence.complete()?);
    let name = match occurrence.format() {
        Format::Hls => "playlist.m3u8",
        Format::Flv => "f0.flv",
        Format::Mp4 => "f0.mp4",
        Format::Aac => "f0.aac",
    };
    if in_cos(occurrence) {
        return Some(cos_url(occurrence, &file));
    }
    if occurrence.context.revision.edition == LIVECODE && !occurrence.context.wire.observed() {
        return Some(format!("http://{appid}.vod.myqcloud.com/{}.{name}", video_id(occurrence)?));
    }
    let mut draw = occurrence.file_draw("folder", &file);
    let (folder, prefix) = (draw.hex(8), draw.hex(8));
    Some(format!(
        "http://{appid}.vod2.myqcloud.com/{folder}vodgzp{appid}/{prefix}{}/{name}",
        file_id(occurrence)?
    ))
}

/// As in the one captured message from COS: a playlist named by the local time of its begin. Other formats are named alike (ours).
fn cos_url(occurrence: &Occurrence<'_>, file: &File) -> String {
    let setting = |name| occurrence.context.setting(name);
    let host = format!("{}-{}.cos.{}.myqcloud.com", setting("bucket"), setting("appid"), setting("region"));
    // The last time there is: scenarios are bounded far below it.
    let begin = start(occurrence, file).checked_add(CHINA_TIME).unwrap_or(Timestamp::MAX);
    let name = strtime::format("%Y-%m-%d-%H-%M-%S", begin)
        .expect("a constant pattern that a time can be written by");
    let end = if occurrence.format() == Format::Hls {
        "_eof.m3u8".into()
    } else {
        format!(".{}", occurrence.format())
    };
    format!("http://{host}/streams/{}/{name}{end}", percent_encoded(&stream_id(occurrence), ""))
}

/// A JSON text inside the JSON; the vendor advises not to depend on it.
fn callback_ext(occurrence: &Occurrence<'_>) -> String {
    let media = &occurrence.context.scenario.media;
    let (codec, resolution) =
        (("video_codec", "h264".into()), ("resolution", format!("{}x{}", media.width.0, media.height.0)));
    let session = ("session_id", session_id(occurrence));
    let mut known =
        match (occurrence.context.wire.since("2025-04"), occurrence.context.revision.edition >= TEMPLATE) {
            // Its own order, as captured.
            (true, _) => vec![codec, session, resolution],
            (false, true) => vec![codec, resolution, session],
            (false, false) => vec![codec, resolution],
        };
    // Sound alone has no picture to tell of.
    known.retain(|(name, _)| occurrence.format() != Format::Aac || *name == "session_id");
    known.into_iter().map(|(name, value)| (name, Value::from(value))).collect::<Value>().to_string()
}

/// One recording task, the same in every callback about it.
pub(super) fn session_id(occurrence: &Occurrence<'_>) -> String {
    occurrence.task_draw("session").digits(19)
}
