//! Tencent TRTC cloud recording: event group 3, types 301 to 312.
//!
//! Sources: trtc.io/document/54914 (2025-03-27), cloud.tencent.com/document/product/647/81113 (2025-07-16) and 647/90450
//! (2024-08-09, the signature), 647/131580 (a sample of 2026), and the vendor's repository `tencentyun/intlcloud-documents` of 2022 and
//! 2024. The order of the kinds at one instant is inferred. `CallbackTs` is taken for the time of the attempt, which no page says.

mod body;
mod rules;

use std::time::Duration;

use super::field::{self, Occurrence};
use super::signature::{Digests, Proof, Signature, SignedHeader, SignedPart, SignedTime};
use super::{
    EventContext, EventKind, FieldNames, LastNo, Message, Policy, Provider, ProviderSetting, Queue, Revision,
    Success,
};
use crate::callback::{Encoding, Layout};
use crate::lifecycle::{Event, Fact};
use crate::scenario::broadcast::FailureCause;
use crate::scenario::{Format, Method};

/// Tencent Real-Time Communication.
pub static PROVIDER: Provider = Provider {
    name: "trtc",
    title: "Tencent TRTC, cloud recording",
    revisions: &[
        revision("2022", FIRST, "2022: BeginTimeStamp is a number; 308 tells of a failed upload"),
        revision("2025-07", TEXT, "2025-07-16: BeginTimeStamp is a text; no 308"),
        revision("2026", MILLIS, "the sample of 2026: adds EventMsTs"),
    ],
    events: &[
        kind("RECORDER_START", "301", "the recording task began"),
        kind("RECORDER_STOP", "302", "the task left the room"),
        kind("UPLOAD_START", "303", "the upload began (cos, hls)"),
        kind("FILE_INFO", "304", "the first playlist was made (cos, hls)"),
        kind("UPLOAD_STOP", "305", "the upload ended (cos, hls)"),
        kind("FILE_SLICE", "307", "the first slice was made (cos, hls)"),
        EventKind { editions: FIRST..=FIRST, ..kind("UPLOAD_ERROR", "308", "the upload failed (cos)") },
        kind(MP4_STOP, "310", "an MP4 is complete; several are possible (cos)"),
        kind(VOD_COMMIT, "311", "a file lies in VOD (vod)"),
        kind("VOD_STOP", "312", "the upload to VOD ended (vod)"),
    ],
    settings: &[
        ProviderSetting::text("sdk_app_id", "1400000000", "account; digits, in the header SdkAppId"),
        ProviderSetting::text("user_id", "recorder_1", "UserId of the recorder"),
        ProviderSetting::words(
            "storage",
            "cos",
            &["cos", "vod"],
            "where files are kept: 310 in COS, 311 and 312 in VOD",
        ),
        ProviderSetting::words(
            "room_id",
            "text",
            &["text", "number"],
            "RoomId is a text or a number, as the room was made",
        ),
        ProviderSetting::words(
            "event_ts",
            "as-printed",
            &["as-printed", "number", "text"],
            "EventTs: a number in the table, and a text in the examples of 301, 302 and 307 (as-printed)",
        ),
        ProviderSetting::words(
            "layout",
            "tabbed",
            &["tabbed", "compact"],
            "white space of the body: tabbed as in the vendor's printed example, or none",
        ),
    ],
    default_method: Method::HmacSha256,
    lifetime: Duration::ZERO,
    key_limit: rules::key_limit,
    plain: Format::Mp4,
    eventful: "{mp4: {cycle: 30m}, hls: {cycle: 30m}}",
    check: rules::check,
    rules: rules::rules,
    fields: &[body::FIELDS],
    messages,
    ..Provider::PLAIN
};

/// Edition of revision 2022.
const FIRST: u8 = 0;
/// Edition of revision 2025-07.
const TEXT: u8 = 1;
/// Edition of revision 2026.
const MILLIS: u8 = 2;

const MP4_STOP: &str = "MP4_STOP";
const VOD_COMMIT: &str = "VOD_COMMIT";

const fn kind(name: &'static str, alias: &'static str, meaning: &'static str) -> EventKind {
    EventKind { name, alias, editions: FIRST..=field::NOW, unasked: true, meaning }
}

const fn revision(name: &'static str, edition: u8, note: &'static str) -> Revision {
    Revision {
        name,
        edition,
        note,
        signatures: &[(Method::HmacSha256, SIGN)],
        signed_headers: &[SignedHeader { name: "Sign", value: &[SignedPart::Signature] }],
        signed_time: SignedTime::None,
        policy: POLICY,
        reading: &READING,
        ..Revision::PLAIN
    }
}

const SIGN: Signature =
    Signature { digest: Digests::HmacSha256, encoding: Encoding::Base64, message: &[SignedPart::Body] };

const READING: FieldNames = FieldNames {
    proof: Proof::Header("Sign"),
    event_field: Some("EventType"),
    file_events: &["310", "311"],
    file_list: "EventInfo.Payload.FileMessage",
    file_field: "EventInfo.Payload.FileMessage[0].FileName",
    file_field_else: "EventInfo.Payload.TencentVod.FileId",
    stream_field: "EventInfo.RoomId",
    answer: r#"{"code":0}"#,
    ..FieldNames::PLAIN
};

/// The first retry at once, then every 10 s, until the message is older than a minute.
const POLICY: Policy = Policy {
    success: Success::STATUS_200,
    last_no: LastNo::Never,
    timeout: Duration::from_secs(5),
    retries: 1,
    first_waits: &[Duration::ZERO],
    interval: Duration::from_secs(10),
    queue: Some(Queue { interval: Duration::from_secs(10), until: Duration::from_secs(60) }),
    ..Policy::PLAIN
};

fn messages(context: &EventContext<'_>) -> Vec<Message> {
    let vod = context.setting("storage") == "vod";
    let mut all = Vec::new();
    for (index, fact) in context.facts.iter().enumerate() {
        let hls = fact.format == Some(Format::Hls);
        let kinds: &[&'static str] = match &fact.event {
            Event::TaskBegan => &["RECORDER_START"],
            Event::FileBegan(_) if hls && !vod && !is_repeated(context, index) => {
                &["FILE_SLICE", "UPLOAD_START", "FILE_INFO"]
            }
            Event::TaskOver if !vod && uploads(context, fact) => &["RECORDER_STOP", "UPLOAD_STOP"],
            Event::TaskOver => &["RECORDER_STOP"],
            Event::FileComplete(_) if vod && context.is_last_file(index) => &[VOD_COMMIT, "VOD_STOP"],
            Event::FileComplete(_) if vod => &[VOD_COMMIT],
            Event::FileComplete(_) if !hls => &[MP4_STOP],
            Event::Failed(failure, _) if failure.cause == FailureCause::Pull => &["RECORDER_STOP"],
            Event::Failed(..) if vod => &[VOD_COMMIT],
            Event::Failed(..) if context.revision.edition == FIRST => &["UPLOAD_ERROR", "UPLOAD_STOP"],
            Event::Failed(..) => &["UPLOAD_STOP"],
            _ => &[],
        };
        all.extend(kinds.iter().map(|event| message(context, index, fact, event)));
    }
    all
}

fn message(context: &EventContext<'_>, index: usize, fact: &Fact, event: &'static str) -> Message {
    let occurrence = Occurrence { context, fact, event };
    let mut body = field::body(body::FIELDS, &occurrence);
    body.layout = if context.setting("layout") == "compact" { Layout::Compact } else { Layout::Tabbed };
    let file = [MP4_STOP, VOD_COMMIT].contains(&event).then(|| body::file_key(&occurrence)).flatten();
    Message::new(index, event, file, body).with_headers(vec![
        ("Content-Type", "application/json".into()),
        ("SdkAppId", context.setting("sdk_app_id").into()),
    ])
}

/// A playlist of its task began before.
fn is_repeated(context: &EventContext<'_>, index: usize) -> bool {
    let task = context.facts.get(index).map(|fact| fact.task);
    context.facts.iter().take(index).any(|fact| {
        Some(fact.task) == task
            && fact.format == Some(Format::Hls)
            && matches!(fact.event, Event::FileBegan(_))
    })
}

/// HLS is uploaded while it is recorded, and its end is told, once; an MP4 is told by its own event.
fn uploads(context: &EventContext<'_>, over: &Fact) -> bool {
    let mut own = context.facts.iter().filter(|fact| fact.task == over.task);
    let failed = own.clone().any(|fact| matches!(fact.event, Event::Failed(..)));
    !failed && own.any(|fact| fact.format == Some(Format::Hls))
}
