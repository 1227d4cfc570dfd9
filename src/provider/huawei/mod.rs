//! Huawei Cloud Live: recording callbacks.
//!
//! Sources: the vendor's documentation repository `huaweicloudDocs/live` (2019-12 to 2021-09) and the pages
//! live_01_0035, live_01_0011 and live_14_0003 (2024-07 to 2026-01). Retries, timeout and lifetime of a signature are
//! documented nowhere: the values here are ours.

mod body;
mod rules;

use std::time::Duration;

use super::field::{self, News};
use super::signature::{Digests, Part, Signature};
use super::{Message, Policy, Provider, Reading, Revision, Setting, Telling};
use crate::callback::TimeForm;
use crate::lifecycle::{Event, Fact};
use crate::scenario::Method;

/// Huawei Cloud Live.
pub static PROVIDER: Provider = Provider {
    name: "huawei",
    title: "Huawei Cloud Live, recording callback",
    revisions: &[
        Revision {
            name: "2021-05",
            edition: SEED,
            note: "2021-05-27: adds job_id and the signature; HMAC over key and time",
            signatures: &[(Method::Md5, MD5), (Method::HmacSha256, HMAC_KEY_TIME)],
            time_form: TimeForm::Text,
            policy: POLICY,
        },
        Revision {
            name: "2024",
            edition: TASK,
            note: "seen since 2024-07: adds task_id, drops play_url; HMAC over time and facts; time is a number",
            signatures: &[(Method::Md5, MD5), (Method::HmacSha256, HMAC_FACTS)],
            time_form: TimeForm::Number,
            policy: POLICY,
        },
    ],
    settings: &[
        Setting {
            name: "project_id",
            default: "70b76a34253880af501cd8d2f0a1b3c4",
            allowed: &[],
            meaning: "project the stream belongs to",
        },
        Setting {
            name: "bucket",
            default: "mybucket",
            allowed: &[],
            meaning: "OBS bucket of the recordings",
        },
        Setting { name: "region", default: "cn-north-4", allowed: &[], meaning: "region of the bucket" },
        Setting {
            name: "vod",
            default: "yes",
            allowed: &["yes", "no"],
            meaning: "recordings are hosted in VOD: adds play_url and asset_id before revision 2024",
        },
        Setting {
            name: "record_duration",
            default: "span",
            allowed: &["span", "media"],
            meaning: "record_duration is end_time - start_time (inferred from the vendor's example), or media time without gaps",
        },
    ],
    // The API's default when sign_type is not given.
    default_method: Method::HmacSha256,
    // Ours: no lifetime is documented.
    lifetime: Duration::from_secs(600),
    check: rules::check,
    rules: rules::rules,
    messages,
    reading: Reading {
        signature_field: "auth_sign",
        time_field: "auth_timestamp",
        event_field: "event_type",
        file_events: &[FILE_COMPLETE],
        file_field: "job_id",
        answer: r#"{"status":1,"result":"success"}"#,
    },
};

/// Edition of revision 2021-05.
const SEED: u8 = 0;
/// Edition of revision 2024.
const TASK: u8 = 1;

const START: &str = "RECORD_START";
const NEW_FILE_START: &str = "RECORD_NEW_FILE_START";
const FILE_COMPLETE: &str = "RECORD_FILE_COMPLETE";
const OVER: &str = "RECORD_OVER";
const FAILED: &str = "RECORD_FAILED";

const MD5: Signature = Signature { digest: Digests::Md5, message: &[Part::Key, Part::Time] };

/// Valid from 2021-05-27 to 2021-09-13 only.
const HMAC_KEY_TIME: Signature = Signature { digest: Digests::HmacSha256, message: &[Part::Key, Part::Time] };

/// Since 2021-09-13. Still names `play_url` where the payload has none.
const HMAC_FACTS: Signature = Signature {
    digest: Digests::HmacSha256,
    message: &[
        Part::Time,
        Part::Field("event_type"),
        Part::Field("publish_domain"),
        Part::Field("app"),
        Part::Field("stream"),
        Part::Field("download_url"),
        Part::Field("play_url"),
    ],
};

/// Success is documented (200); the rest is ours.
const POLICY: Policy =
    Policy { success: 200, timeout: Duration::from_secs(20), retries: 3, interval: Duration::from_secs(60) };

fn messages(telling: &Telling<'_>) -> Vec<Message> {
    let message = |(index, fact): (usize, &Fact)| {
        let news = News { telling, fact, event: event(&fact.event) };
        let file_key = news.complete().and_then(|_| body::job_id(&news));
        Message { fact: index, event: news.event, file_key, body: field::body(body::FIELDS, &news) }
    };
    telling.facts.iter().enumerate().map(message).collect()
}

fn event(event: &Event) -> &'static str {
    match event {
        Event::TaskBegan => START,
        Event::FileBegan(_) => NEW_FILE_START,
        Event::FileComplete(_) => FILE_COMPLETE,
        Event::TaskOver => OVER,
        Event::Failed(..) => FAILED,
    }
}
