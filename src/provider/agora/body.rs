//! The body, field by field: an envelope, its payload, and in it the details of the event.

use serde_json::{Map, Value, json};

use super::{FILES, NOTICE, OLD, UPLOADED};
use crate::callback::{Body, FieldSlot};
use crate::lifecycle::{Event, Fact, File};
use crate::provider::field::{self, Field, NOW, Occurrence, group, row, sent_ms};
use crate::scenario::Format;

// Order as in messages that public receivers kept.
pub(super) static FIELDS: &[Field] = &[
    row("noticeId", NOTICE..=NOW, "one notification; a second one of the event has another", |n| {
        Some(notice_id(n).into())
    }),
    row("notificationId", OLD..=OLD, "one notification", |n| Some(notice_id(n).into())),
    row("eventMs", OLD..=OLD, "Unix milliseconds of the event", |n| Some(n.time().as_millisecond().into())),
    sent_ms("notifyMs", OLD..=NOW, "Unix milliseconds of this attempt; each resend has another"),
    row("eventType", OLD..=NOW, "kind of the event", |n| Some(code(n).into())),
    row("noticeLevel", OLD..=OLD, "its value is our choice", |_| Some(1.into())),
    row("sid", NOTICE..=NOW, "recording task", |n| Some(sid(n).into())),
    group("payload", OLD..=NOW, "what it is about", PAYLOAD),
    row("productId", NOTICE..=NOW, "3 = cloud recording", |_| Some(3.into())),
];

static PAYLOAD: &[Field] = &[
    row("serviceType", OLD..=NOW, "0 the service, 1 the recorder, 2 the uploader", |n| {
        Some(service(n).into())
    }),
    row("uid", OLD..=NOW, "user of the recorder", |n| Some(n.setting("uid"))),
    row("sequence", OLD..=NOW, "number of the event, from 0; a text up to 1.2", |_| Some(0.into())),
    row("sendts", OLD..=NOW, "Unix milliseconds of the event", |n| Some(n.time().as_millisecond().into())),
    row("cname", OLD..=NOW, "channel", |n| Some(n.context.scenario.stream.name.as_str().into())),
    row("details", OLD..=NOW, "what happened", |n| Some(details(n))),
    row("sid", OLD..=NOW, "recording task", |n| Some(sid(n).into())),
];

/// The body of the event at this place among those of the task.
pub(super) fn told(occurrence: &Occurrence<'_>, sequence: usize) -> Body {
    let mut body = field::body(FIELDS, occurrence);
    let old = occurrence.context.revision.edition == OLD;
    let number: Value = if old { sequence.to_string().into() } else { sequence.into() };
    body.set("payload.sequence", FieldSlot::Value(number));
    body
}

fn code(occurrence: &Occurrence<'_>) -> u64 {
    let kind = super::PROVIDER.events.iter().find(|kind| kind.name == occurrence.event);
    kind.and_then(|kind| kind.alias.parse().ok()).expect("each of these events has a number beside its name")
}

fn notice_id(occurrence: &Occurrence<'_>) -> String {
    let name = format!("notice/{}/{:?}", occurrence.event, occurrence.fact.at);
    occurrence.context.draws.named(&name).hex(32)
}

fn sid(occurrence: &Occurrence<'_>) -> String {
    occurrence.context.draws.named("sid").hex(32)
}

fn service(occurrence: &Occurrence<'_>) -> u8 {
    match occurrence.event {
        "uploader_started" | UPLOADED => 2,
        "session_exit" | "error" | "file_infos" => 0,
        _ => 1,
    }
}

fn details(occurrence: &Occurrence<'_>) -> Value {
    let mut details = Map::new();
    details.insert("msgName".into(), occurrence.event.into());
    let failed = matches!(occurrence.fact.event, Event::Failed(..));
    let now = occurrence.time().as_millisecond();
    let more = match occurrence.event {
        "recorder_slice_start" => json!({
            "startUtcMs": now, "discontinueUtcMs": now, "mixedAllUser": true, "streamUid": "0",
            "trackType": "audio_and_video",
        }),
        "recorder_audio_stream_state_changed" | "recorder_video_stream_state_changed" => json!({
            "streamUid": occurrence.setting("stream_uid"),
            "state": u8::from(!matches!(occurrence.fact.event, Event::Pushed(_))),
            "UtcMs": now,
        }),
        "file_infos" => json!({ "fileList": playlist(occurrence) }),
        "recorder_leave" => json!({ "leaveCode": 2 }),
        "session_exit" => json!({ "exitStatus": u8::from(failed) }),
        "error" => json!({
            "module": 0, "errorLevel": 1, "errorCode": 1, "stat": 0,
            "errorMsg": text_of_failure(&occurrence.fact.event),
        }),
        UPLOADED if occurrence.context.revision.edition >= FILES => {
            json!({ "status": 0, "fileList": listed(occurrence) })
        }
        _ => json!({ "status": 0 }),
    };
    if let Value::Object(more) = more {
        details.extend(more);
    }
    details.into()
}

fn text_of_failure(event: &Event) -> String {
    match event {
        Event::Failed(failure, _) => failure.message.clone().unwrap_or_else(|| "recording failed".into()),
        _ => String::new(),
    }
}

/// `<sid>_<cname>`
fn stem(occurrence: &Occurrence<'_>) -> String {
    format!("{}_{}", sid(occurrence), occurrence.context.scenario.stream.name)
}

fn playlist(occurrence: &Occurrence<'_>) -> String {
    format!("{}.m3u8", stem(occurrence))
}

/// The complete files of the task, each with its fact.
fn complete(occurrence: &Occurrence<'_>) -> Vec<(Fact, File)> {
    let task = occurrence.fact.task;
    let one = |fact: &Fact| match fact.event {
        Event::FileComplete(file) if fact.task == task => Some((fact.clone(), file)),
        _ => None,
    };
    occurrence.context.facts.iter().filter_map(one).collect()
}

fn name(occurrence: &Occurrence<'_>, fact: &Fact, file: File) -> String {
    match fact.format {
        Some(Format::Mp4) => format!("{}_{}.mp4", stem(occurrence), file.number - 1),
        _ if file.number == 1 => playlist(occurrence),
        _ => format!("{}_{}.m3u8", stem(occurrence), file.number - 1),
    }
}

/// Names of all files of the task, if this edition lists them.
pub(super) fn files(occurrence: &Occurrence<'_>) -> Vec<String> {
    if occurrence.context.revision.edition < FILES {
        return Vec::new();
    }
    complete(occurrence).iter().map(|(fact, file)| name(occurrence, fact, *file)).collect()
}

fn listed(occurrence: &Occurrence<'_>) -> Vec<Value> {
    let one = |(fact, file): (Fact, File)| {
        json!({
            "fileName": name(occurrence, &fact, file), "trackType": "audio_and_video", "uid": "0", "mixedAllUser": true,
            "isPlayable": true, "sliceStartTime": occurrence.context.wall(file.began).as_millisecond(),
        })
    };
    complete(occurrence).into_iter().map(one).collect()
}
