//! Mux: web hooks of live streams and of the assets that they become.
//!
//! Sources: the vendor's pages of web hooks, of their signatures and of disconnects, its `webhook-spec.json`, and `muxinc/mux-node-sdk`
//! 89eff086 (2026-04-20). The schedule of its retries over 24 hours, its time limit, and the order of idle and completed are
//! documented nowhere: they are ours. Its messages have more fields than these.

mod body;
mod rules;

use std::time::Duration;

use super::field::{self, Occurrence};
use super::signature::{Digests, Proof, Signature, SignedHeader, SignedPart, SignedTime};
use super::stamp::{HeaderPlace, StampedProof};
use super::{
    EventContext, EventKind, FieldNames, Message, Policy, Provider, ProviderSetting, Revision, Success,
};
use crate::lifecycle::{Event, Fact};
use crate::scenario::{Format, Method};

/// Mux.
pub static PROVIDER: Provider = Provider {
    name: "mux",
    title: "Mux, live streams and their assets",
    revisions: &[Revision {
        name: "2026-04",
        edition: FIRST,
        note: "pages and SDK of 2026-04",
        signatures: &[(Method::HmacSha256, SIGNATURE)],
        signed_headers: &[SignedHeader {
            name: HEADER,
            value: &[
                SignedPart::Text("t="),
                SignedPart::Time,
                SignedPart::Text(",v1="),
                SignedPart::Signature,
            ],
        }],
        signed_time: SignedTime::Near,
        policy: POLICY,
        reading: &READING,
        ..Revision::PLAIN
    }],
    events: &[
        kind(CONNECTED, "connected", "an encoder connected"),
        kind(RECORDING, "recording", "its stream is recorded"),
        kind(ACTIVE, "active", "the stream can be played"),
        kind(DISCONNECTED, "disconnected", "the encoder is gone; it may come back to the same asset"),
        kind(IDLE, "idle", "it did not come back in time"),
        kind(COMPLETED, "completed", "the asset of the recording is complete"),
    ],
    settings: &[
        ProviderSetting::text("environment", "Production", "name of the environment"),
        ProviderSetting::text("environment_id", "env1", "its id"),
        ProviderSetting::text("playback_id", "playback1", "id by which it is played"),
    ],
    default_method: Method::HmacSha256,
    // As far as the vendor's own receivers look back.
    lifetime: Duration::from_secs(300),
    plain: Format::Hls,
    eventful: "{hls: {resume: 60s}}",
    check: rules::check,
    rules: rules::rules,
    fields: &[body::FIELDS],
    messages,
    ..Provider::PLAIN
};

/// Edition of revision 2026-04.
const FIRST: u8 = 0;

const HEADER: &str = "Mux-Signature";
const CONNECTED: &str = "video.live_stream.connected";
const RECORDING: &str = "video.live_stream.recording";
const ACTIVE: &str = "video.live_stream.active";
const DISCONNECTED: &str = "video.live_stream.disconnected";
const IDLE: &str = "video.live_stream.idle";
const COMPLETED: &str = "video.asset.live_stream_completed";

const fn kind(name: &'static str, alias: &'static str, meaning: &'static str) -> EventKind {
    EventKind { name, alias, editions: FIRST..=field::NOW, unasked: true, meaning }
}

const SIGNATURE: Signature =
    Signature::hex(Digests::HmacSha256, &[SignedPart::Time, SignedPart::Text("."), SignedPart::Body]);

static PROOF: StampedProof = StampedProof {
    signature: HeaderPlace { name: HEADER, parted: Some(','), before: "v1=" },
    time: Some(HeaderPlace { name: HEADER, parted: Some(','), before: "t=" }),
    id: "",
};

const READING: FieldNames = FieldNames {
    proof: Proof::Stamped(&PROOF),
    event_field: Some("type"),
    file_events: &[COMPLETED],
    file_field: "data.id",
    stream_field: "data.live_stream_id",
    duration_field: "data.duration",
    ..FieldNames::PLAIN
};

/// For 24 hours, at growing intervals; these are ours.
const POLICY: Policy = Policy {
    success: Success::STATUS_2XX,
    timeout: Duration::from_secs(30),
    retries: 6,
    first_waits: &[
        Duration::from_secs(10),
        Duration::from_secs(60),
        Duration::from_secs(600),
        Duration::from_secs(3600),
        Duration::from_secs(6 * 3600),
        Duration::from_secs(16 * 3600),
    ],
    ..Policy::PLAIN
};

fn messages(context: &EventContext<'_>) -> Vec<Message> {
    let mut all = Vec::new();
    for (index, fact) in context.facts.iter().enumerate() {
        let kinds: &[&'static str] = match &fact.event {
            Event::Pushed(_) => &[CONNECTED, RECORDING, ACTIVE],
            Event::Dropped(_) => &[DISCONNECTED],
            Event::TaskOver => &[IDLE],
            Event::FileComplete(_) => &[COMPLETED],
            _ => &[],
        };
        all.extend(kinds.iter().map(|event| message(context, index, fact, event)));
    }
    all
}

fn message(context: &EventContext<'_>, index: usize, fact: &Fact, event: &'static str) -> Message {
    let occurrence = Occurrence { context, fact, event };
    let asset = (event == COMPLETED).then(|| body::asset_id(&occurrence));
    Message::new(index, event, asset, field::body(body::FIELDS, &occurrence))
        .with_headers(vec![("Content-Type", "application/json".into())])
}
