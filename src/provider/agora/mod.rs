//! Agora cloud recording: notifications of the Notification Center Service.
//!
//! Sources: the vendor's repository `AgoraIO/Docs-Source` 8c1f0c5c (2026-07-01; its page of cloud recording events is of 2026-06-17, that
//! of notifications of 2023-12-20) and the page of 2021-02-08 before it. The gaps between its retries are documented nowhere: the
//! values here are ours. The docs' diagram gives 40, then 30, 31, 11; the rest of the order is inferred.

mod body;
mod rules;

use std::time::Duration;

use super::field::{self, Occurrence};
use super::signature::{Digests, Proof, Signature, SignedHeader, SignedPart, SignedTime};
use super::{
    AnswerBody, EventContext, EventKind, FieldNames, LastNo, Message, Policy, Provider, ProviderSetting,
    Revision, Success,
};
use crate::callback::Encoding;
use crate::lifecycle::{Event, Fact};
use crate::scenario::broadcast::FailureCause;
use crate::scenario::{Format, Method};

/// Agora.
pub static PROVIDER: Provider = Provider {
    name: "agora",
    title: "Agora, cloud recording (NCS)",
    revisions: &[
        Revision {
            policy: Policy { timeout: Duration::from_secs(20), retries: 4, ..POLICY },
            reading: &WITHOUT_FILES,
            ..revision("1.2", OLD, "up to API 1.2.0: notificationId, eventMs, sequence as a text; 5 attempts")
        },
        Revision {
            reading: &WITHOUT_FILES,
            ..revision("1.3", NOTICE, "since API 1.3.0: noticeId and productId; 3 retries")
        },
        revision("2021-04", FILES, "2021-04-29: 31 lists the files"),
    ],
    events: &[
        kind("recorder_started", "40", "the recording task began"),
        kind("recorder_slice_start", "42", "the first slice began"),
        kind("recorder_audio_stream_state_changed", "43", "the sound of the stream came or went"),
        kind("recorder_video_stream_state_changed", "44", "the picture of the stream came or went"),
        kind("file_infos", "4", "the first playlist was uploaded"),
        kind("recorder_leave", "41", "the recorder left the channel"),
        kind("uploader_started", "30", "the upload began"),
        kind(UPLOADED, "31", "all files are stored"),
        kind("error", "1", "something failed"),
        kind("session_exit", "11", "the service ended; the last of all"),
    ],
    settings: &[
        ProviderSetting::text("uid", "527841", "user of the recorder, a text of digits"),
        ProviderSetting::text("stream_uid", "1001", "user whose stream is recorded"),
    ],
    default_method: Method::HmacSha256,
    lifetime: Duration::ZERO,
    plain: Format::Mp4,
    eventful: "{mp4: {cycle: 30m}, hls: {}}",
    check: rules::check,
    rules: rules::rules,
    fields: &[body::FIELDS],
    messages,
    ..Provider::PLAIN
};

/// Edition of revision 1.2.
const OLD: u8 = 0;
/// Edition of revision 1.3.
const NOTICE: u8 = 1;
/// Edition of revision 2021-04.
const FILES: u8 = 2;

const UPLOADED: &str = "uploaded";

const fn kind(name: &'static str, alias: &'static str, meaning: &'static str) -> EventKind {
    EventKind { name, alias, editions: OLD..=field::NOW, unasked: true, meaning }
}

const fn revision(name: &'static str, edition: u8, note: &'static str) -> Revision {
    Revision {
        name,
        edition,
        note,
        signatures: &[(Method::HmacSha256, SHA256)],
        signed_headers: &[
            SignedHeader { name: "Agora-Signature", value: &[SignedPart::Beside(&SHA1)] },
            SignedHeader { name: "Agora-Signature-V2", value: &[SignedPart::Signature] },
        ],
        signed_time: SignedTime::None,
        policy: POLICY,
        reading: &READING,
        ..Revision::PLAIN
    }
}

const SHA256: Signature = Signature::hex(Digests::HmacSha256, &[SignedPart::Body]);

const SHA1: Signature =
    Signature { digest: Digests::HmacSha1, encoding: Encoding::Hex, message: &[SignedPart::Body] };

const READING: FieldNames = FieldNames {
    proof: Proof::Header("Agora-Signature-V2"),
    event_field: Some("eventType"),
    file_events: &["31"],
    file_list: "payload.details.fileList",
    file_field: "payload.details.fileList[0].fileName",
    stream_field: "payload.cname",
    ..FieldNames::PLAIN
};

/// Before 2021-04-29 no message named the files.
const WITHOUT_FILES: FieldNames = FieldNames { file_events: &[], ..READING };

/// Three retries, the first at once and the others at growing intervals; how long these are is ours.
const POLICY: Policy = Policy {
    success: Success { statuses: &[200..=200], body: AnswerBody::Json },
    last_no: LastNo::Never,
    timeout: Duration::from_secs(10),
    retries: 3,
    first_waits: &[Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2)],
    interval: Duration::from_secs(4),
    ..Policy::PLAIN
};

fn messages(context: &EventContext<'_>) -> Vec<Message> {
    let mut all = Vec::new();
    for (index, fact) in context.facts.iter().enumerate() {
        let kinds: &[&'static str] = match &fact.event {
            Event::TaskBegan => &["recorder_started"],
            Event::Pushed(_) | Event::Dropped(_) => {
                &["recorder_audio_stream_state_changed", "recorder_video_stream_state_changed"]
            }
            Event::FileBegan(_) if !is_repeated(context, index) => &["recorder_slice_start", "file_infos"],
            Event::TaskOver => &["recorder_leave", "uploader_started"],
            // All files are told in one message, when the last of them is stored.
            Event::FileComplete(_) if context.is_last_file(index) => &[UPLOADED, "session_exit"],
            Event::Failed(failure, _) if failure.cause == FailureCause::Pull => &["error", "session_exit"],
            Event::Failed(..) => &["error"],
            _ => &[],
        };
        all.extend(kinds.iter().map(|event| (index, fact, *event)));
    }
    let message = |(sequence, (index, fact, event)): (usize, (usize, &Fact, &'static str))| {
        let occurrence = Occurrence { context, fact, event };
        let body = body::told(&occurrence, sequence);
        let files = if event == UPLOADED { body::files(&occurrence) } else { Vec::new() };
        Message { file_keys: files, ..Message::new(index, event, None, body) }
            .with_headers(vec![("Content-Type", "application/json".into())])
    };
    // The stream comes before the recorder can tell of it; at one instant the task is told first.
    all.sort_by_key(|(_, fact, event)| (fact.at, *event != "recorder_started"));
    all.into_iter().enumerate().map(message).collect()
}

/// A file of its task began before.
fn is_repeated(context: &EventContext<'_>, index: usize) -> bool {
    let task = context.facts.get(index).map(|fact| fact.task);
    let began = |fact: &Fact| Some(fact.task) == task && matches!(fact.event, Event::FileBegan(_));
    context.facts.iter().take(index).any(began)
}
