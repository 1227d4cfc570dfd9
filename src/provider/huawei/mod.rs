//! Huawei Cloud Live: recording callbacks, and the callback for begin and end of a push.
//!
//! Sources: the vendor's documentation repository `huaweicloudDocs/live` (2019-12 to 2021-09) and the pages
//! live_01_0035, live_01_0011 and live_14_0003 (2024-07 to 2026-03). Retries, timeout and lifetime of a signature are
//! documented nowhere: the values here are ours.

mod body;
mod push;
mod rules;

use std::time::Duration;

use super::field::{self, Occurrence};
use super::signature::{Digests, Signature, SignedPart};
use super::{
    EventContext, EventKind, FieldNames, LastNo, Message, Policy, Provider, ProviderSetting, Revision,
    Success,
};
use crate::callback::TimeForm;
use crate::lifecycle::{Event, Fact};
use crate::scenario::{Format, Method};

/// Huawei Cloud Live.
pub static PROVIDER: Provider = Provider {
    name: "huawei",
    title: "Huawei Cloud Live, recording callback",
    revisions: &[
        Revision {
            reading: &FieldNames {
                event_field: None,
                file_field: "obs_object",
                stream_field: "stream_name",
                ..READING
            },
            ..revision(
                "2020-03",
                FIRST,
                &[],
                "2020-03-24: one unsigned message per finished file, HLS only, times as numbers",
            )
        },
        Revision {
            reading: &FieldNames { file_field: "obs_object", ..READING },
            ..revision(
                "2020-06",
                EVENTS,
                &[],
                "2020-06-24: redesigned around five event types, ISO times; unsigned",
            )
        },
        Revision {
            time_form: TimeForm::Text,
            ..revision(
                "2021-05",
                SEED,
                KEY_AND_TIME,
                "2021-05-27: adds job_id and the signature; HMAC over key and time",
            )
        },
        Revision {
            time_form: TimeForm::Text,
            ..revision("2021-09", FACTS, TIME_AND_FACTS, "2021-09-13: same fields; HMAC over time and facts")
        },
        revision(
            "2024",
            TASK,
            TIME_AND_FACTS,
            "seen since 2024-07: adds task_id, drops play_url; time is a number",
        ),
    ],
    // The console offers all five; the API subscribes to RECORD_FILE_COMPLETE alone unless told otherwise.
    events: &[
        kind(START, EVENTS, "a push begins, and recording with it"),
        kind(NEW_FILE_START, EVENTS, "a file begins"),
        kind(FILE_COMPLETE, FIRST, "a file is complete"),
        kind(OVER, EVENTS, "the recording task is over"),
        kind(FAILED, EVENTS, "pull or upload failed"),
        EventKind {
            unasked: false,
            ..kind(PUBLISH, EVENTS, "the encoder began to push (stream status notification)")
        },
        EventKind {
            unasked: false,
            ..kind(PUBLISH_DONE, EVENTS, "the push ended (stream status notification)")
        },
    ],
    settings: &[
        ProviderSetting::text(
            "project_id",
            "70b76a34253880af501cd8d2f0a1b3c4",
            "project the stream belongs to",
        ),
        ProviderSetting::text("bucket", "mybucket", "OBS bucket of the recordings"),
        ProviderSetting::text("region", "cn-north-4", "region of the bucket"),
        ProviderSetting::words(
            "vod",
            "yes",
            &["yes", "no"],
            "recordings are hosted in VOD: adds play_url and asset_id before revision 2024",
        ),
        ProviderSetting::text(
            "client_ip",
            "198.51.100.7",
            "address of the encoder, in PUBLISH and PUBLISH_DONE",
        ),
        ProviderSetting::text(
            "node_ip",
            "203.0.113.10",
            "address of the access point, in PUBLISH and PUBLISH_DONE",
        ),
        ProviderSetting::words(
            "without_key",
            "absent",
            &["absent", "empty"],
            "what a recording callback without a key has for auth_sign and auth_timestamp: nothing (our choice), or empty texts",
        ),
        ProviderSetting::words(
            "record_duration",
            "span",
            &["span", "media"],
            "record_duration is end_time - start_time (inferred from the vendor's example), or media time without gaps",
        ),
    ],
    // The API's default when sign_type is not given.
    default_method: Method::HmacSha256,
    // Ours: no lifetime is documented.
    lifetime: Duration::from_secs(600),
    key_limit: rules::key_limit,
    url_limit: Some("Huawei's page says that the callback URL must not carry parameters or headers"),
    plain: Format::Hls,
    eventful: "{hls: {cycle: 30m, resume: 60s}}",
    check: rules::check,
    rules: rules::rules,
    fields: &[body::FIELDS, push::FIELDS],
    messages,
    ..Provider::PLAIN
};

/// Edition of revision 2020-03.
const FIRST: u8 = 0;
/// Edition of revision 2020-06.
const EVENTS: u8 = 1;
/// Edition of revision 2021-05.
const SEED: u8 = 2;
/// Edition of revision 2021-09.
const FACTS: u8 = 3;
/// Edition of revision 2024.
const TASK: u8 = 4;

const fn kind(name: &'static str, since: u8, meaning: &'static str) -> EventKind {
    EventKind { name, alias: "", editions: since..=field::NOW, unasked: true, meaning }
}

type Signatures = &'static [(Method, Signature)];

const fn revision(name: &'static str, edition: u8, signatures: Signatures, note: &'static str) -> Revision {
    Revision {
        name,
        edition,
        note,
        signatures,
        policy: POLICY,
        reading: &READING,
        second_callback: match edition {
            FIRST => None,
            TASK.. => Some(&push::SIGNED),
            _ => Some(&push::UNSIGNED),
        },
        ..Revision::PLAIN
    }
}

const READING: FieldNames = FieldNames {
    signature_field: "auth_sign",
    time_field: "auth_timestamp",
    event_field: Some("event_type"),
    file_events: &[FILE_COMPLETE],
    file_field: "job_id",
    file_also: "obs_object",
    stream_field: "stream",
    url_field: "download_url",
    duration_field: "record_duration",
    answer: r#"{"status":1,"result":"success"}"#,
    ..FieldNames::PLAIN
};

const START: &str = "RECORD_START";
const NEW_FILE_START: &str = "RECORD_NEW_FILE_START";
const FILE_COMPLETE: &str = "RECORD_FILE_COMPLETE";
const OVER: &str = "RECORD_OVER";
const FAILED: &str = "RECORD_FAILED";
const PUBLISH: &str = "PUBLISH";
const PUBLISH_DONE: &str = "PUBLISH_DONE";

const MD5: Signature = Signature::hex(Digests::Md5, &[SignedPart::Key, SignedPart::Time]);

/// Valid from 2021-05-27 to 2021-09-13 only.
const KEY_AND_TIME: Signatures = &[
    (Method::Md5, MD5),
    (Method::HmacSha256, Signature::hex(Digests::HmacSha256, &[SignedPart::Key, SignedPart::Time])),
];

/// Since 2021-09-13. Since 2024 it still names `play_url`, which the payload no longer has.
const TIME_AND_FACTS: Signatures = &[(Method::Md5, MD5), (Method::HmacSha256, HMAC_FACTS)];

const HMAC_FACTS: Signature = Signature::hex(
    Digests::HmacSha256,
    &[
        SignedPart::Time,
        SignedPart::Field("event_type"),
        SignedPart::Field("publish_domain"),
        SignedPart::Field("app"),
        SignedPart::Field("stream"),
        SignedPart::Field("download_url"),
        SignedPart::Field("play_url"),
    ],
);

/// Success is documented (200); the rest is ours.
const POLICY: Policy = Policy {
    success: Success::STATUS_200,
    last_no: LastNo::Never,
    timeout: Duration::from_secs(20),
    retries: 3,
    first_waits: &[],
    interval: Duration::from_secs(60),
    ..Policy::PLAIN
};

fn messages(context: &EventContext<'_>) -> Vec<Message> {
    let message = |(index, fact): (usize, &Fact)| {
        let occurrence = Occurrence { context, fact, event: event(&fact.event)? };
        let file_key = occurrence.complete().and_then(|file| body::file_key(&occurrence, &file));
        let fields = if occurrence.activity().is_some() { push::FIELDS } else { body::FIELDS };
        Some(Message::new(index, occurrence.event, file_key, field::body(fields, &occurrence)))
    };
    context.facts.iter().enumerate().filter_map(message).collect()
}

fn event(event: &Event) -> Option<&'static str> {
    match event {
        Event::TaskBegan => Some(START),
        Event::FileBegan(_) => Some(NEW_FILE_START),
        Event::FileComplete(_) => Some(FILE_COMPLETE),
        Event::TaskOver => Some(OVER),
        Event::Failed(..) => Some(FAILED),
        Event::Pushed(_) => Some(PUBLISH),
        Event::Dropped(_) => Some(PUBLISH_DONE),
        Event::Paused | Event::Resumed | Event::TooShort(_) => None,
    }
}
