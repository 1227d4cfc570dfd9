//! The body of a recording callback, field by field.

use serde_json::Value;

use super::{EVENTS, FACTS, FIRST, OVER, SEED, START, TASK};
use crate::lifecycle::{Event, File};
use crate::number::capped;
use crate::provider::field::{Field, NOW, Occurrence, expiry, percent_encoded, row, signature};
use crate::scenario::broadcast::FailureCause;
use crate::scenario::{Format, Multiplicity};

const ISO: &str = "%Y-%m-%dT%H:%M:%SZ";

// Order as in the vendor's examples; task_id stands beside job_id.
pub(super) static FIELDS: &[Field] = &[
    row("push_domain", FIRST..=FIRST, "ingest domain", |n| {
        Some(n.context.scenario.stream.domain.as_str().into())
    }),
    row("app_name", FIRST..=FIRST, "application", |n| Some(n.context.scenario.stream.app.as_str().into())),
    row("stream_name", FIRST..=FIRST, "stream", |n| Some(n.context.scenario.stream.name.as_str().into())),
    row("project_id", EVENTS..=NOW, "project of the account", |n| Some(n.setting("project_id"))),
    row("job_id", SEED..=NOW, "one file: its begin and its end share it", |n| Some(job_id(n)?.into())),
    row("task_id", TASK..=NOW, "one recording task", |n| Some(n.task_draw("task").hex(32).into())),
    row("event_type", EVENTS..=NOW, "what happened", |n| Some(n.event.into())),
    row("publish_domain", EVENTS..=NOW, "ingest domain", |n| {
        Some(n.context.scenario.stream.domain.as_str().into())
    }),
    row("app", EVENTS..=NOW, "application", |n| Some(n.context.scenario.stream.app.as_str().into())),
    row("stream", EVENTS..=NOW, "stream name", |n| Some(n.context.scenario.stream.name.as_str().into())),
    row("record_format", FIRST..=NOW, "container format", record_format),
    row("download_url", FIRST..=NOW, "where the file lies in OBS; not meant for playback", |n| {
        Some(download_url(n, &n.complete()?).into())
    }),
    row("asset_id", FIRST..=NOW, "media id in VOD; since 2024 the file's own id", |n| {
        Some(asset_id(n, &n.complete()?)?.into())
    }),
    row("play_url", FIRST..=FACTS, "where it plays; only when VOD hosts the recordings", |n| {
        Some(play_url(n, &n.complete()?)?.into())
    }),
    row("file_size", FIRST..=NOW, "bytes", |n| Some(n.file_size(&n.complete()?).into())),
    row("record_duration", FIRST..=NOW, "seconds", |n| Some(record_duration(n, &n.complete()?).into())),
    row("start_time", FIRST..=FIRST, "arrival of the first frame", |n| {
        Some(n.context.wall(n.complete()?.began).as_second().into())
    }),
    row("start_time", EVENTS..=NOW, "arrival of the first frame", |n| {
        Some(n.clock(ISO, n.complete()?.began).into())
    }),
    row("stop_time", FIRST..=FIRST, "arrival of the last frame", |n| {
        Some(n.context.wall(n.complete()?.last_frame).as_second().into())
    }),
    row("end_time", EVENTS..=NOW, "arrival of the last frame", |n| {
        Some(n.clock(ISO, n.complete()?.last_frame).into())
    }),
    // The vendor's one example of the first edition has 0 for both.
    row("video_width", FIRST..=FIRST, "pixels; 0 in the vendor's example", |_| Some(0.into())),
    row("video_height", FIRST..=FIRST, "pixels; 0 in the vendor's example", |_| Some(0.into())),
    row("cdn", FIRST..=FIRST, "delivery network", |_| Some("hw".into())),
    row("width", EVENTS..=NOW, "pixels", |n| n.complete().map(|_| n.context.scenario.media.width.0.into())),
    row("height", EVENTS..=NOW, "pixels", |n| n.complete().map(|_| n.context.scenario.media.height.0.into())),
    row("obs_location", FIRST..=NOW, "OBS endpoint of the region", |n| {
        n.complete().map(|_| format!("https://{}", obs_host(n)).into())
    }),
    row("obs_bucket", FIRST..=NOW, "bucket of the file", |n| n.complete().map(|_| n.setting("bucket"))),
    row("obs_object", FIRST..=NOW, "key of the file in the bucket", |n| {
        Some(object(n, &n.complete()?).into())
    }),
    row("error_message", EVENTS..=NOW, "why recording failed; no list of texts is published", error_message),
    row("customized_data", FIRST..=FIRST, "query of the push URL", |n| {
        Some(n.context.scenario.stream.params.as_str().into())
    }),
    signature("auth_sign", SEED..=NOW),
    expiry("auth_timestamp", SEED..=NOW),
];

/// What a receiver can tell files apart by: the job since there is one, the object before.
pub(super) fn file_key(occurrence: &Occurrence<'_>, file: &File) -> Option<String> {
    if occurrence.context.revision.edition >= SEED {
        job_id(occurrence)
    } else {
        Some(object(occurrence, file))
    }
}

/// The begin and the end of a file share it; other events have none.
pub(super) fn job_id(occurrence: &Occurrence<'_>) -> Option<String> {
    Some(occurrence.file_draw("job", &occurrence.file()?).uuid())
}

/// The media's identity in VOD; since 2024 the file's own, whether or not VOD holds it.
fn asset_id(occurrence: &Occurrence<'_>, file: &File) -> Option<String> {
    let known = occurrence.context.revision.edition >= TASK || occurrence.context.setting("vod") == "yes";
    known.then(|| occurrence.file_draw("asset", file).hex(32))
}

/// Only where VOD hosts the recording.
fn play_url(occurrence: &Occurrence<'_>, file: &File) -> Option<String> {
    let (asset, name) = (asset_id(occurrence, file)?, occurrence.file_draw("play", file).hex(32));
    let (region, extension) = (occurrence.context.setting("region"), extension(occurrence));
    Some(format!("https://2-{region}.cdn-vod.huaweicloud.com/asset/{asset}/{name}.{extension}"))
}

/// Where the begin and the end of a task are told once for all formats, they name none (ours).
fn record_format(occurrence: &Occurrence<'_>) -> Option<Value> {
    let once = occurrence.context.scenario.recording.events == Multiplicity::PerTask;
    let shared = once && [START, OVER].contains(&occurrence.event);
    let format = occurrence.format().to_string();
    let first = occurrence.context.revision.edition == FIRST;
    (!shared).then(|| if first { format.into() } else { format.to_uppercase().into() })
}

fn record_duration(occurrence: &Occurrence<'_>, file: &File) -> u64 {
    if occurrence.context.setting("record_duration") == "media" {
        return file.media.as_secs();
    }
    // From the printed seconds, so that the relation holds exactly in what the receiver sees.
    let (start, end) = (occurrence.context.wall(file.began), occurrence.context.wall(file.last_frame));
    capped((end.as_second() - start.as_second()).max(0))
}

/// The examples of 2020 have the older of the two domains.
fn obs_host(occurrence: &Occurrence<'_>) -> String {
    let domain =
        if occurrence.context.revision.edition >= SEED { "myhuaweicloud.com" } else { "myhwclouds.com" };
    format!("obs.{}.{domain}", occurrence.context.setting("region"))
}

fn extension(occurrence: &Occurrence<'_>) -> &'static str {
    match occurrence.format() {
        Format::Hls => "m3u8",
        Format::Flv => "flv",
        Format::Mp4 | Format::Aac => "mp4",
    }
}

/// The vendor's default naming: `Record/{publish_domain}/{app}/{record_type}/{record_format}/{stream}_{file_start_time}/`,
/// then the same name again for HLS, the time alone for the others.
fn object(occurrence: &Occurrence<'_>, file: &File) -> String {
    let (stream, format) = (&occurrence.context.scenario.stream, occurrence.format());
    let time = occurrence.clock("%Y-%m-%d-%H-%M-%S", occurrence.named(file));
    if occurrence.context.revision.edition == FIRST {
        let end = occurrence.clock("%Y-%m-%d-%H-%M-%S", file.last_frame);
        return format!("record/{}/{}/{}/{time}_{end}.m3u8", stream.domain, stream.app, stream.name);
    }
    let folder = format!("{}_{time}", stream.name);
    let name = if format == Format::Hls { &folder } else { &time };
    let extension = extension(occurrence);
    format!("Record/{}/{}/continuous_record/{format}/{folder}/{name}.{extension}", stream.domain, stream.app)
}

fn download_url(occurrence: &Occurrence<'_>, file: &File) -> String {
    let (bucket, object) = (occurrence.context.setting("bucket"), object(occurrence, file));
    if occurrence.context.revision.edition == FIRST {
        // As in its one example: the port is named, and the object is one encoded segment.
        return format!(
            "https://{bucket}.{}:443/{}",
            obs_host(occurrence),
            url_path(&object).replacen('/', "", 1).replace('/', "%2F")
        );
    }
    format!("https://{bucket}.{}{}", obs_host(occurrence), url_path(&object))
}

/// An object key as the path of a URL; no segment is dropped, as a URL parser would drop `..`.
fn url_path(object: &str) -> String {
    format!("/{}", percent_encoded(object, "/"))
}

fn error_message(occurrence: &Occurrence<'_>) -> Option<Value> {
    let Event::Failed(failure, _) = &occurrence.fact.event else { return None };
    // Ours: the vendor publishes no catalogue of texts.
    let default = match failure.cause {
        FailureCause::Pull => "pull stream failed",
        FailureCause::Upload => "upload record file to OBS failed",
    };
    Some(failure.message.as_deref().unwrap_or(default).into())
}
