//! Alibaba Cloud ApsaraVideo Live: recording callbacks, and the callbacks about the state of a recording.
//!
//! Sources: the vendor's pages manage-callbacks (2025-11-21), event-callback-function-overview (2026-06-12), 55016 (2026-06-30), 199365
//! and 199427 (2025-12-03), and the pages of AddLiveRecordNotifyConfig and RealTimeRecordCommand. The order of the messages is inferred.
//! The callback of a push is a GET with everything in its query; the names in it are from memory.

mod body;
mod push;
mod rules;

use std::time::Duration;

use super::field::{self, Occurrence};
use super::signature::{Digests, HOST, Proof, Signature, SignedHeader, SignedPart, SignedTime};
use super::stamp::{HeaderPlace, StampedProof};
use super::{EventContext, EventKind, FieldNames, Message, Policy, Provider, ProviderSetting, Revision};
use crate::lifecycle::Event;
use crate::scenario::{Format, Method};

/// Alibaba Cloud ApsaraVideo Live.
pub static PROVIDER: Provider = Provider {
    name: "alibaba",
    title: "Alibaba Cloud ApsaraVideo Live, recording callback",
    revisions: &[Revision {
        name: "2026-06",
        edition: FIRST,
        note: "pages of 2025-11 to 2026-06",
        signatures: &[(Method::Md5, SIGNATURE)],
        signed_headers: &[
            SignedHeader { name: TIMESTAMP, value: &[SignedPart::Time] },
            SignedHeader { name: PROOF_HEADER, value: &[SignedPart::Signature] },
        ],
        signed_time: SignedTime::Near,
        policy: POLICY,
        reading: &READING,
        second_callback: Some(&push::CALLBACK),
        ..Revision::PLAIN
    }],
    events: &[
        kind(FILE, true, "a file is complete; the message names no event"),
        kind(STARTED, false, "the recording began; only with NeedStatusNotify"),
        kind(PAUSED, false, "the stream is gone, and the recorder waits for it; only with NeedStatusNotify"),
        kind(RESUMED, false, "the stream came back in time; only with NeedStatusNotify"),
        kind(push::PUBLISH, false, "the push began; a GET, sent to a URL of its own"),
        kind(push::PUBLISH_DONE, false, "the push ended; a GET, sent to a URL of its own"),
    ],
    settings: &[
        ProviderSetting::text(
            "playback_domain",
            "play.example.com",
            "`domain` of every message: the playback domain, not the one that is pushed to",
        ),
        ProviderSetting::text(
            "client_ip",
            "203.0.113.7",
            "address of the encoder, in callbacks about a push",
        ),
        ProviderSetting::text(
            "node_ip",
            "198.51.100.7",
            "address of the access point, in callbacks about a push",
        ),
        ProviderSetting::text(
            HOST,
            "",
            "host that is signed, as it is registered at the vendor, with a port if the receiver takes one along; empty: that of the target, without its port",
        ),
        ProviderSetting::words(
            "uri",
            "by-number",
            &["by-number", "by-time"],
            "name of a file: by-number is {app}/{stream}/{n}_{start}_{stop}, as in the page's example; by-time leaves the number out (our choice)",
        ),
    ],
    default_method: Method::Md5,
    // "Five minutes" is the vendor's advice; a receiver chooses.
    lifetime: Duration::from_secs(300),
    plain: Format::Hls,
    eventful: "{hls: {cycle: 30m}}",
    check: rules::check,
    rules: rules::rules,
    fields: &[body::FILE_FIELDS, body::STATUS_FIELDS, push::FIELDS],
    messages,
    ..Provider::PLAIN
};

/// Edition of revision 2026-06.
const FIRST: u8 = 0;

const TIMESTAMP: &str = "ALI-LIVE-TIMESTAMP";
const PROOF_HEADER: &str = "ALI-LIVE-SIGNATURE";
/// The message about a file names no event; this name is ours.
const FILE: &str = "record_file";
const STARTED: &str = "record_started";
const PAUSED: &str = "record_paused";
const RESUMED: &str = "record_resumed";

const fn kind(name: &'static str, unasked: bool, meaning: &'static str) -> EventKind {
    EventKind { name, alias: "", editions: FIRST..=field::NOW, unasked, meaning }
}

/// The host is that of the callback URL, without its port. The body is not covered.
const SIGNATURE: Signature = Signature::hex(
    Digests::Md5,
    &[SignedPart::Host, SignedPart::Text("|"), SignedPart::Time, SignedPart::Text("|"), SignedPart::Key],
);

static PROOF: StampedProof = StampedProof {
    signature: HeaderPlace { name: PROOF_HEADER, parted: None, before: "" },
    time: Some(HeaderPlace { name: TIMESTAMP, parted: None, before: "" }),
    id: "",
};

const READING: FieldNames = FieldNames {
    proof: Proof::Stamped(&PROOF),
    event_field: Some("event"),
    file_events: &[FILE],
    file_marks: &["uri", "duration", "start_time", "stop_time"],
    file_field: "uri",
    stream_field: "stream",
    duration_field: "duration",
    ..FieldNames::PLAIN
};

/// Without an answer it sends again, five times. Whether it does after an answer other than 200 is not said: it does here (ours).
const POLICY: Policy =
    Policy { timeout: Duration::from_secs(5), retries: 5, interval: Duration::from_secs(1), ..Policy::PLAIN };

fn messages(context: &EventContext<'_>) -> Vec<Message> {
    let mut all = Vec::new();
    for (index, fact) in context.facts.iter().enumerate() {
        let (event, table): (&'static str, _) = match fact.event {
            Event::Pushed(_) => (push::PUBLISH, push::FIELDS),
            Event::Dropped(_) => (push::PUBLISH_DONE, push::FIELDS),
            Event::TaskBegan => (STARTED, body::STATUS_FIELDS),
            Event::Paused => (PAUSED, body::STATUS_FIELDS),
            Event::Resumed => (RESUMED, body::STATUS_FIELDS),
            Event::FileComplete(_) => (FILE, body::FILE_FIELDS),
            _ => continue,
        };
        let occurrence = Occurrence { context, fact, event };
        let file = (event == FILE).then(|| body::uri(&occurrence)).flatten();
        let message = Message::new(index, event, file, field::body(table, &occurrence));
        all.push(match fact.event {
            Event::Pushed(_) | Event::Dropped(_) => message.in_query(push::LATER),
            _ => message.with_headers(vec![("Content-Type", "application/json".into())]),
        });
    }
    all.sort_by_key(|message| {
        context.facts.get(message.fact).map(|fact| fact.at.saturating_add(message.later))
    });
    all
}
