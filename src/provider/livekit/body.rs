//! The body, field by field, as protojson writes it: whole numbers of 64 bits as texts, what is zero left out.

use serde_json::{Map, Value, json};

use super::{ENDED, FIRST, STARTED};
use crate::lifecycle::{Event, Fact, File};
use crate::provider::field::{Field, NOW, Occurrence, group, row};
use crate::scenario::Format;
use crate::scenario::broadcast::FailureCause;

pub(super) static FIELDS: &[Field] = &[
    row("event", FIRST..=NOW, "egress_started, egress_updated or egress_ended", |n| Some(n.event.into())),
    group("egressInfo", FIRST..=NOW, "the egress as it is now", INFO),
    row("id", FIRST..=NOW, "one event; its retries have the same", |n| Some(event_id(n).into())),
    row("createdAt", FIRST..=NOW, "Unix seconds of the event, a text", |n| {
        Some(n.time().as_second().to_string().into())
    }),
];

static INFO: &[Field] = &[
    row("egressId", FIRST..=NOW, "the egress", |n| Some(drawn(n, "EG_", "egress").into())),
    row("roomId", FIRST..=NOW, "the room", |n| Some(room_id(n).into())),
    row("roomName", FIRST..=NOW, "its name", |n| Some(n.context.scenario.stream.name.as_str().into())),
    row("status", FIRST..=NOW, "absent while it is starting, which is zero", |n| Some(status(n)?.into())),
    row("startedAt", FIRST..=NOW, "Unix nanoseconds, a text; from its being active on", started_at),
    row("endedAt", FIRST..=NOW, "Unix nanoseconds, a text; at the end", |n| {
        (n.event == ENDED).then(|| nanoseconds(n).into())
    }),
    row("updatedAt", FIRST..=NOW, "Unix nanoseconds, a text", |n| Some(updated_at(n).into())),
    row("roomComposite", FIRST..=NOW, "the request, with words in the place of its secrets", |n| {
        Some(request(n))
    }),
    row("fileResults", FIRST..=NOW, "files, each once; of an egress that ended well whole", |n| {
        results(n, Format::Mp4)
    }),
    row("segmentResults", FIRST..=NOW, "the same of playlists", |n| results(n, Format::Hls)),
    row("error", FIRST..=NOW, "why it did not end well", |n| Some(error(n)?.0.into())),
    row("errorCode", FIRST..=NOW, "the same as a number, as far as it is known", |n| {
        Some(error(n)?.1?.into())
    }),
    row("details", FIRST..=NOW, "what ended it", |n| Some(format!("End reason: {}", reason(n)?).into())),
];

fn drawn(occurrence: &Occurrence<'_>, prefix: &str, what: &str) -> String {
    format!("{prefix}{}", occurrence.task_draw(what).from_alphabet(ALPHABET, 12))
}

const ALPHABET: &str = crate::lifecycle::draw::ALPHANUMERIC;

fn room_id(occurrence: &Occurrence<'_>) -> String {
    format!("RM_{}", occurrence.context.draws.named("room").from_alphabet(ALPHABET, 12))
}

fn event_id(occurrence: &Occurrence<'_>) -> String {
    let (event, at) = (occurrence.event, occurrence.fact.at);
    // An event without a status is told apart by its name and time.
    let name = format!("event/{event}/{at:?}/{}", status(occurrence).unwrap_or_default());
    format!("EV_{}", occurrence.context.draws.named(&name).from_alphabet(ALPHABET, 12))
}

fn nanoseconds(occurrence: &Occurrence<'_>) -> String {
    occurrence.time().as_nanosecond().to_string()
}

/// It is active with its first frame, which comes after the push.
fn updated_at(occurrence: &Occurrence<'_>) -> String {
    match occurrence.fact.event {
        Event::FileBegan(file) => wall(occurrence, file.began),
        _ => nanoseconds(occurrence),
    }
}

fn wall(occurrence: &Occurrence<'_>, at: std::time::Duration) -> String {
    occurrence.context.wall(at).as_nanosecond().to_string()
}

fn status(occurrence: &Occurrence<'_>) -> Option<&'static str> {
    match (occurrence.event, &occurrence.fact.event) {
        (STARTED, _) => None,
        (ENDED, _) if failure(occurrence).is_some() => Some("EGRESS_FAILED"),
        (ENDED, _) if occurrence.context.setting("end") == "limit" => Some("EGRESS_LIMIT_REACHED"),
        (ENDED, _) => Some("EGRESS_COMPLETE"),
        (_, Event::TaskOver) => Some("EGRESS_ENDING"),
        _ => Some("EGRESS_ACTIVE"),
    }
}

/// Facts of the task.
fn own<'a>(occurrence: &'a Occurrence<'_>) -> impl Iterator<Item = &'a Fact> {
    let task = occurrence.fact.task;
    occurrence.context.facts.iter().filter(move |fact| fact.task == task)
}

/// The first failure of the task.
fn failure<'a>(occurrence: &'a Occurrence<'_>) -> Option<&'a crate::scenario::Failure> {
    own(occurrence).find_map(|fact| match &fact.event {
        Event::Failed(failure, _) => Some(failure),
        _ => None,
    })
}

fn started_at(occurrence: &Occurrence<'_>) -> Option<Value> {
    if occurrence.event == STARTED {
        return None;
    }
    let began = own(occurrence).find_map(|fact| match fact.event {
        Event::FileBegan(file) => Some(file.began),
        _ => None,
    });
    began.map(|began| wall(occurrence, began).into())
}

fn error(occurrence: &Occurrence<'_>) -> Option<(String, Option<u16>)> {
    if occurrence.event != ENDED {
        return None;
    }
    match failure(occurrence) {
        Some(failure) => {
            let (text, code) = match failure.cause {
                FailureCause::Pull => ("recording failed", Some(500)),
                FailureCause::Upload => ("upload failed", None),
            };
            Some((failure.message.clone().unwrap_or_else(|| text.into()), code))
        }
        None if occurrence.context.setting("end") == "limit" => Some((LIMIT.into(), Some(413))),
        None => None,
    }
}

const LIMIT: &str = "Session limit reached";

fn reason(occurrence: &Occurrence<'_>) -> Option<&'static str> {
    let stopping = matches!(occurrence.fact.event, Event::TaskOver);
    if occurrence.event != ENDED && !stopping {
        return None;
    }
    if failure(occurrence).is_some_and(|failure| failure.cause == FailureCause::Pull) {
        return Some("Failure");
    }
    Some(match occurrence.context.setting("end") {
        "limit" => LIMIT,
        "source-closed" => "Source closed",
        _ => "StopEgress API",
    })
}

/// The formats that are recorded.
fn records(occurrence: &Occurrence<'_>, format: Format) -> bool {
    occurrence.context.scenario.recording.formats().iter().any(|(recorded, _)| *recorded == format)
}

fn request(occurrence: &Occurrence<'_>) -> Value {
    let store = json!({
        "accessKey": "{access_key}", "secret": "{secret}", "region": occurrence.setting("region"),
        "bucket": occurrence.setting("bucket"),
    });
    let mut request = Map::new();
    request.insert("roomName".into(), occurrence.context.scenario.stream.name.as_str().into());
    if records(occurrence, Format::Mp4) {
        request.insert("fileOutputs".into(), json!([{ "filepath": "{room_name}-{time}.mp4", "s3": store }]));
    }
    if records(occurrence, Format::Hls) {
        let segments = json!([{
            "filenamePrefix": "{room_name}-{time}", "playlistName": "{room_name}-{time}.m3u8", "s3": store,
        }]);
        request.insert("segmentOutputs".into(), segments);
    }
    request.into()
}

fn name(occurrence: &Occurrence<'_>, format: Format, file: &File) -> String {
    let began = occurrence.clock("%Y-%m-%dT%H%M%S", file.began);
    let number = if file.number == 1 { String::new() } else { format!("-{}", file.number) };
    let end = if format == Format::Hls { "m3u8" } else { "mp4" };
    format!("{}-{began}{number}.{end}", occurrence.context.scenario.stream.name)
}

/// The complete files of the task of one format.
fn complete(occurrence: &Occurrence<'_>, format: Format) -> Vec<File> {
    let files = own(occurrence).filter(|fact| fact.format == Some(format));
    let files = files.filter_map(|fact| match fact.event {
        Event::FileComplete(file) => Some(file),
        _ => None,
    });
    files.collect()
}

/// Identities of the files that the end announces.
pub(super) fn files(occurrence: &Occurrence<'_>) -> Vec<String> {
    if failure(occurrence).is_some() {
        return Vec::new();
    }
    let of = |format| {
        let files = complete(occurrence, format).into_iter();
        files.map(move |file| name(occurrence, format, &file)).collect::<Vec<_>>()
    };
    [of(Format::Mp4), of(Format::Hls)].concat()
}

fn results(occurrence: &Occurrence<'_>, format: Format) -> Option<Value> {
    if occurrence.event != ENDED || failure(occurrence).is_some() {
        return None;
    }
    let file = |file: File| {
        let whole = Occurrence {
            context: occurrence.context,
            fact: &Fact { format: Some(format), ..occurrence.fact.clone() },
            event: occurrence.event,
        };
        let (name, size) = (name(occurrence, format, &file), whole.file_size(&file).to_string());
        let location = format!("{}{name}", occurrence.context.setting("location"));
        let (start, end) = (wall(occurrence, file.began), wall(occurrence, file.last_frame));
        let duration = file.media.as_nanos().to_string();
        match format {
            Format::Hls => json!({
                "playlistName": name, "duration": duration, "size": size, "playlistLocation": location,
                "segmentCount": file.media.as_secs().div_ceil(SEGMENT).to_string(), "startedAt": start, "endedAt": end,
            }),
            _ => json!({
                "filename": name, "startedAt": start, "endedAt": end, "duration": duration, "size": size,
                "location": location,
            }),
        }
    };
    let files: Vec<Value> = complete(occurrence, format).into_iter().map(file).collect();
    (!files.is_empty()).then(|| files.into())
}

/// Seconds of a segment; ours.
const SEGMENT: u64 = 6;
