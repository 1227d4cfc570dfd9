//! Tencent Cloud CSS: the recording callback, event type 100.
//!
//! Sources: the vendor's documentation repository `tencentyun/intlcloud-documents` (2020-08 to 2024-12) and the pages
//! 267/47026, 267/38082, 267/32744 and 267/38080 (2025). What a message looks like without a key and whether retries are
//! signed again is documented nowhere: the choices here are ours.

mod body;
mod rules;

use std::time::Duration;

use super::field::{self, News};
use super::signature::{Digests, Part, Signature};
use super::{Message, Policy, Provider, Reading, Revision, Setting, Success, Telling};
use crate::callback::TimeForm;
use crate::scenario::Method;

/// Tencent Cloud Streaming Services.
pub static PROVIDER: Provider = Provider {
    name: "tencent",
    title: "Tencent Cloud CSS, recording callback (event type 100)",
    revisions: &[
        Revision {
            policy: Policy { success: Success::CodeZero, ..THREE_RETRIES },
            ..revision(
                "livecode",
                LIVECODE,
                "until about 2019: video_id, stream_id with bizid; acknowledged by the body {\"code\":0}",
            )
        },
        Revision {
            policy: THREE_RETRIES,
            ..revision("2020-08", ACCOUNT, "2020-08-19: adds appid, drops video_id; 3 retries")
        },
        Revision {
            policy: THREE_RETRIES,
            ..revision("2021-07", APP, "2021-07-21: adds task_id, app (push domain) and appname (push path)")
        },
        revision(
            "2022-01",
            WRITING,
            "2022-01-04: start_time is when writing began; 12 retries (since 2021-11-16)",
        ),
        revision(
            "2022-11",
            USEC,
            "2022-11-23: adds record_file_id, microseconds, media_start_time, record_bps, callback_ext",
        ),
        revision(
            "2025",
            TEMPLATE,
            "by 2025-02-19: start and end are the record task's; adds record_temp_id, session_id",
        ),
    ],
    settings: &[
        Setting {
            name: "appid",
            default: "12345678",
            allowed: &[],
            meaning: "account the stream belongs to; digits",
        },
        Setting {
            name: "bizid",
            default: "3891",
            allowed: &[],
            meaning: "prefix of stream_id in revision livecode",
        },
        Setting {
            name: "template_id",
            default: "98765",
            allowed: &[],
            meaning: "record_temp_id of template recordings",
        },
        Setting {
            name: "task_id",
            default: "empty",
            allowed: &["empty", "absent"],
            meaning: "task_id of template recordings, where the vendor gives it no meaning (ours)",
        },
    ],
    default_method: Method::Md5,
    lifetime: Duration::from_secs(600),
    check: rules::check,
    rules: rules::rules,
    fields: body::FIELDS,
    messages,
};

/// Edition of revision livecode.
const LIVECODE: u8 = 0;
/// Edition of revision 2020-08.
const ACCOUNT: u8 = 1;
/// Edition of revision 2021-07.
const APP: u8 = 2;
/// Edition of revision 2022-01.
const WRITING: u8 = 3;
/// Edition of revision 2022-11.
const USEC: u8 = 4;
/// Edition of revision 2025.
const TEMPLATE: u8 = 5;

const fn revision(name: &'static str, edition: u8, note: &'static str) -> Revision {
    Revision {
        name,
        edition,
        note,
        signatures: &[(Method::Md5, MD5)],
        time_form: TimeForm::Number,
        policy: TWELVE_RETRIES,
        reading: &READING,
    }
}

const READING: Reading = Reading {
    signature_field: "sign",
    time_field: "t",
    event_field: Some("event_type"),
    file_events: &["100"],
    file_field: "file_id",
    answer: r#"{"code":0}"#,
};

const MD5: Signature = Signature { digest: Digests::Md5, message: &[Part::Key, Part::Time] };

/// Since 2021-11-16.
const TWELVE_RETRIES: Policy = Policy {
    success: Success::Status(200),
    timeout: Duration::from_secs(20),
    retries: 12,
    interval: Duration::from_secs(60),
};

/// Until 2021-11-16.
const THREE_RETRIES: Policy = Policy { retries: 3, ..TWELVE_RETRIES };

/// Only finished files are told; what else happens to a stream has callbacks of its own.
fn messages(telling: &Telling<'_>) -> Vec<Message> {
    let facts = telling.facts.iter().enumerate();
    facts
        .filter_map(|(index, fact)| {
            let news = News { telling, fact, event: "record" };
            let file_key = body::file_id(&news)?;
            let body = field::body(body::FIELDS, &news);
            Some(Message { fact: index, event: news.event, file_key: Some(file_key), body })
        })
        .collect()
}
