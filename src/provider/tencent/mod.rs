//! Tencent Cloud CSS: recording (event type 100, 332, 341) and push (1, 0) callbacks.
//!
//! Sources: the vendor's documentation repository `tencentyun/intlcloud-documents` (2020-08 to 2024-12) and the pages
//! 267/47026, 267/38082, 267/32744 and 267/38080 (2025), and messages that receivers captured from 2017-05 to 2025-04. Whether
//! retries are signed again is documented nowhere: the choice is ours.

mod body;
mod rules;
mod status;
mod stream;

use std::time::Duration;

use super::field::{self, Field, Occurrence};
use super::signature::{Digests, Signature, SignedPart};
use super::{
    CAPTURED, Captures, EventContext, EventKind, FieldNames, LastNo, Message, Policy, Provider,
    ProviderSetting, Revision, Success,
};
use crate::lifecycle::{Event, Fact};
use crate::scenario::broadcast::{Failure, FailureCause};
use crate::scenario::{Format, Method};

/// Tencent Cloud Streaming Services.
pub static PROVIDER: Provider = Provider {
    name: "tencent",
    title: "Tencent Cloud CSS, recording and push callbacks",
    revisions: &[
        Revision {
            policy: Policy { success: Success::CODE_ZERO, ..THREE_RETRIES },
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
    // One callback URL per kind; a recording template asks for files.
    events: &[
        EventKind { unasked: true, ..kind("record", "100", LIVECODE, "a file is complete") },
        kind("push", "1", LIVECODE, "the encoder began to push"),
        kind("interrupt", "0", LIVECODE, "the push ended"),
        kind("record_status", "332", TEMPLATE, "the recorder started, paused, resumed, failed or ended"),
        kind("exception", "341", TEMPLATE, "something is wrong with the recording"),
    ],
    settings: &[
        ProviderSetting::text("node", "203.0.113.10", "address of the access point, in push and interrupt"),
        ProviderSetting::text("user_ip", "198.51.100.7", "address of the encoder, in push and interrupt"),
        ProviderSetting::text("errcode", "1", "why the push ended: 1 = the encoder stopped it"),
        ProviderSetting::text(
            "errmsg",
            "",
            "the same in words; empty: the vendor's own, which observed messages of 2025 have in a newer form",
        ),
        ProviderSetting::text("idc_id", "34", "data centre, in observed push and interrupt; on no page"),
        ProviderSetting::text("appid", "12345678", "account the stream belongs to; digits"),
        ProviderSetting::text(
            "bizid",
            "3891",
            "prefix of stream_id in revision livecode; empty: none, as in some captured messages",
        ),
        ProviderSetting::text("template_id", "98765", "record_temp_id of template recordings"),
        ProviderSetting::words(
            "without_key",
            "absent",
            &["absent", "empty", "time-alone"],
            "what a callback without a key has for sign and t: nothing (our choice), empty texts, or MD5 of t alone",
        ),
        ProviderSetting::words(
            "task_id",
            "by-shape",
            &["by-shape", "filled", "empty", "absent"],
            "task_id of template recordings, to which the page gives no meaning: by-shape is filled in observed messages, and empty in documented ones (our choice)",
        ),
        ProviderSetting::words(
            "storage",
            "vod",
            &["vod", "cos"],
            "where files are kept: VOD with digits for file_id, or COS with <appid>_<32 hex>",
        ),
        ProviderSetting::text("bucket", "mybucket", "COS bucket of the recordings, without -<appid>"),
        ProviderSetting::text("region", "ap-shanghai", "region of the COS bucket"),
        ProviderSetting::words(
            CAPTURED,
            "newest",
            &["newest", "2017-05", "2017-11", "2018-08", "2019-04", "2020-08", "2025-04"],
            "month of the captures that an observed message follows; newest: those of the revision's time",
        ),
    ],
    default_method: Method::Md5,
    lifetime: Duration::from_secs(600),
    key_limit: rules::key_limit,
    plain: Format::Hls,
    eventful: "{hls: {cycle: 30m, resume: 60s}}",
    check: rules::check,
    rules: rules::rules,
    fields: &[body::FIELDS, stream::FIELDS, status::FIELDS, status::EXCEPTION_FIELDS],
    messages,
    ..Provider::PLAIN
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
        captures: match edition {
            LIVECODE => Captures::Then("2019-04"),
            ACCOUNT => Captures::Then("2020-08"),
            TEMPLATE.. => Captures::Then("2025-04"),
            _ => Captures::Before("2020-08"),
        },
        policy: TWELVE_RETRIES,
        reading: &READING,
        ..Revision::PLAIN
    }
}

const READING: FieldNames = FieldNames {
    signature_field: "sign",
    time_field: "t",
    event_field: Some("event_type"),
    file_events: &["100"],
    file_field: "file_id",
    stream_field: "stream_id",
    url_field: "video_url",
    duration_field: "duration",
    answer: r#"{"code":0}"#,
    ..FieldNames::PLAIN
};

const MD5: Signature = Signature::hex(Digests::Md5, &[SignedPart::Key, SignedPart::Time]);

/// Since 2021-11-16.
const TWELVE_RETRIES: Policy = Policy {
    success: Success::STATUS_200,
    last_no: LastNo::Never,
    timeout: Duration::from_secs(20),
    retries: 12,
    first_waits: &[],
    interval: Duration::from_secs(60),
    ..Policy::PLAIN
};

/// Until 2021-11-16.
const THREE_RETRIES: Policy = Policy { retries: 3, ..TWELVE_RETRIES };

const fn kind(name: &'static str, alias: &'static str, since: u8, meaning: &'static str) -> EventKind {
    EventKind { name, alias, editions: since..=field::NOW, unasked: false, meaning }
}

fn messages(context: &EventContext<'_>) -> Vec<Message> {
    let mut messages: Vec<Message> =
        context.facts.iter().enumerate().flat_map(|(index, fact)| of_fact(context, index, fact)).collect();
    // What happens at one instant (order ours; no page gives one): stream, then recorder, then the file, which has to be
    // stored before it can be told.
    let rank = |event: &str| {
        ["interrupt", "push", "record_status", "exception", "record"].iter().position(|e| *e == event)
    };
    messages
        .sort_by_key(|message| (context.facts.get(message.fact).map(|fact| fact.at), rank(message.event)));
    messages
}

fn of_fact(context: &EventContext<'_>, index: usize, fact: &Fact) -> Vec<Message> {
    let kinds: &[(&'static str, &[Field])] = match fact.event {
        Event::Pushed(_) => &[("push", stream::FIELDS)],
        Event::Dropped(_) => &[("interrupt", stream::FIELDS)],
        Event::TaskBegan | Event::Paused | Event::Resumed | Event::TaskOver => {
            &[("record_status", status::FIELDS)]
        }
        Event::Failed(Failure { cause: FailureCause::Pull, .. }, _) => {
            &[("record_status", status::FIELDS), ("exception", status::EXCEPTION_FIELDS)]
        }
        // A file that cannot be stored has no callback; no page tells of another one.
        Event::Failed(..) | Event::FileBegan(_) | Event::TooShort(_) => &[],
        Event::FileComplete(_) => &[("record", body::FIELDS)],
    };
    kinds
        .iter()
        .map(|(event, fields)| {
            let occurrence = Occurrence { context, fact, event };
            let file_key = body::file_id(&occurrence);
            Message::new(index, event, file_key, field::body(fields, &occurrence))
        })
        .collect()
}
