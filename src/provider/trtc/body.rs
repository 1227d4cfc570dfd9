//! The body, field by field: an envelope, and in it what the event is about.

use serde_json::{Map, Value, json};

use super::{FIRST, MILLIS, VOD_COMMIT};
use crate::lifecycle::{Event, File};
use crate::provider::field::{Field, NOW, Occurrence, group, row, sent_ms};
use crate::scenario::Format;

pub(super) static FIELDS: &[Field] = &[
    row("EventGroupId", FIRST..=NOW, "3 = cloud recording", |_| Some(3.into())),
    row("EventType", FIRST..=NOW, "kind of the event, 301 to 312", |n| Some(code(n).into())),
    sent_ms("CallbackTs", FIRST..=NOW, "Unix milliseconds of this attempt"),
    group("EventInfo", FIRST..=NOW, "what it is about", INFO),
];

static INFO: &[Field] = &[
    row("RoomId", FIRST..=NOW, "the room, a text or a number", room),
    row("EventTs", FIRST..=NOW, "Unix seconds of the event, a number or a text", event_ts),
    row("UserId", FIRST..=NOW, "the recorder's own user", |n| Some(n.setting("user_id"))),
    row("TaskId", FIRST..=NOW, "recording task", |n| Some(task_id(n).into())),
    row("Payload", FIRST..=NOW, "what came of it", |n| Some(payload(n))),
    row("EventMsTs", MILLIS..=NOW, "Unix milliseconds of the event", |n| {
        Some(n.time().as_millisecond().into())
    }),
];

/// The number of an event.
fn code(occurrence: &Occurrence<'_>) -> u64 {
    let kind = super::PROVIDER.events.iter().find(|kind| kind.name == occurrence.event);
    kind.and_then(|kind| kind.alias.parse().ok()).expect("each of these events has a number beside its name")
}

fn room(occurrence: &Occurrence<'_>) -> Option<Value> {
    let name = occurrence.context.scenario.stream.name.as_str();
    Some(match (occurrence.context.setting("room_id"), name.parse::<u64>()) {
        ("number", Ok(number)) => number.into(),
        _ => name.into(),
    })
}

fn event_ts(occurrence: &Occurrence<'_>) -> Option<Value> {
    let seconds = occurrence.time().as_second();
    let text = match occurrence.context.setting("event_ts") {
        "text" => true,
        "number" => false,
        _ => ["RECORDER_START", "RECORDER_STOP", "FILE_SLICE"].contains(&occurrence.event),
    };
    Some(if text { seconds.to_string().into() } else { seconds.into() })
}

/// Its form is ours.
fn task_id(occurrence: &Occurrence<'_>) -> String {
    occurrence.task_draw("task").hex(32)
}

fn payload(occurrence: &Occurrence<'_>) -> Value {
    let failed = matches!(occurrence.fact.event, Event::Failed(..));
    match occurrence.event {
        // 0 is listed first among the codes of leaving; 99 stands for a failure, which is ours.
        "RECORDER_STOP" => json!({ "LeaveCode": if failed { 99 } else { 0 } }),
        "FILE_INFO" => json!({ "FileList": format!("{}.m3u8", stem(occurrence)) }),
        "UPLOAD_STOP" => json!({ "Status": u8::from(failed) }),
        "UPLOAD_ERROR" => json!({ "Code": "UploadFailed", "Message": text_of_failure(occurrence) }),
        "FILE_SLICE" => slice(occurrence),
        "MP4_STOP" => mp4(occurrence),
        VOD_COMMIT => vod(occurrence),
        _ => json!({ "Status": 0 }),
    }
}

fn text_of_failure(occurrence: &Occurrence<'_>) -> String {
    match &occurrence.fact.event {
        Event::Failed(failure, _) => failure.message.clone().unwrap_or_else(|| "upload failed".into()),
        _ => String::new(),
    }
}

/// Names of files begin with the task, so that no other task has one of the name. The form is ours.
fn stem(occurrence: &Occurrence<'_>) -> String {
    format!("{}_{}", task_id(occurrence), occurrence.context.scenario.stream.name)
}

fn slice(occurrence: &Occurrence<'_>) -> Value {
    let began = occurrence.time().as_millisecond();
    let begin: Value =
        if occurrence.context.revision.edition == FIRST { began.into() } else { began.to_string().into() };
    let mut slice = Map::new();
    slice.insert("FileName".into(), format!("{}_0.ts", stem(occurrence)).into());
    slice.insert("UserId".into(), occurrence.setting("user_id"));
    slice.insert("TrackType".into(), "audio_video".into());
    slice.insert("BeginTimeStamp".into(), begin);
    slice.into()
}

/// The file, in an event that tells of one.
fn file(occurrence: &Occurrence<'_>) -> Option<File> {
    match occurrence.fact.event {
        Event::FileComplete(file) | Event::Failed(_, Some(file)) => Some(file),
        _ => None,
    }
}

fn file_name(occurrence: &Occurrence<'_>, file: &File) -> String {
    format!("{}_{}.mp4", stem(occurrence), file.number - 1)
}

fn span(occurrence: &Occurrence<'_>, file: &File) -> [i64; 2] {
    [file.began, file.last_frame].map(|at| occurrence.context.wall(at).as_millisecond())
}

fn mp4(occurrence: &Occurrence<'_>) -> Value {
    let Some(file) = file(occurrence) else { return json!({ "Status": 1 }) };
    let (name, [start, end]) = (file_name(occurrence, &file), span(occurrence, &file));
    json!({
        "Status": 0,
        "FileList": [name],
        "FileMessage": [{
            "FileName": name, "UserId": occurrence.setting("user_id"), "TrackType": "audio_video", "MediaId": "mix",
            "StartTimeStamp": start, "EndTimeStamp": end,
        }],
    })
}

/// Digits; the form is ours.
fn vod_id(occurrence: &Occurrence<'_>, file: &File) -> String {
    occurrence.file_draw("vod", file).digits(19)
}

fn vod(occurrence: &Occurrence<'_>) -> Value {
    if matches!(occurrence.fact.event, Event::Failed(..)) {
        return json!({ "Status": 1, "Errmsg": text_of_failure(occurrence) });
    }
    let Some(file) = file(occurrence) else { return json!({ "Status": 1 }) };
    let ([start, end], id) = (span(occurrence, &file), vod_id(occurrence, &file));
    let kind = if occurrence.format() == Format::Hls { "m3u8" } else { "mp4" };
    let url =
        format!("http://{}.vod2.myqcloud.com/{id}/playlist.{kind}", occurrence.context.setting("sdk_app_id"));
    json!({
        "Status": 0,
        "TencentVod": {
            "UserId": occurrence.setting("user_id"), "TrackType": "audio_video", "MediaId": "mix", "FileId": id,
            "VideoUrl": url, "CacheFile": file_name(occurrence, &file), "StartTimeStamp": start, "EndTimeStamp": end,
        },
    })
}

/// What tells one file from another: its name in COS, its id in VOD.
pub(super) fn file_key(occurrence: &Occurrence<'_>) -> Option<String> {
    let file = occurrence.complete()?;
    Some(if occurrence.event == VOD_COMMIT {
        vod_id(occurrence, &file)
    } else {
        file_name(occurrence, &file)
    })
}
