//! LiveKit egress: the web hooks egress_started, egress_updated and egress_ended.
//!
//! Sources: `livekit/protocol` d74e7cdb (2026-08-22; `webhook/resource_url_notifier.go`, `resource_queue.go`, `auth/accesstoken.go`,
//! `livekit_egress.proto`), `livekit/livekit` 788d4c35, `livekit/egress` e948d1eb and `hashicorp/go-retryablehttp` fd004584. The client
//! has no time limit of its own, so the one here is ours.

mod body;
mod rules;

use std::time::Duration;

use super::field::{self, Occurrence};
use super::signature::{Digests, Proof, Signature, SignedHeader, SignedPart, SignedTime};
use super::{
    EventContext, EventKind, FieldNames, LastNo, Message, Policy, Provider, ProviderSetting, Revision,
    Success,
};
use crate::callback::Encoding;
use crate::lifecycle::{Event, Fact};
use crate::scenario::{Format, Method};

/// LiveKit.
pub static PROVIDER: Provider = Provider {
    name: "livekit",
    title: "LiveKit, egress",
    revisions: &[
        Revision {
            policy: Policy { drop_after: None, ..POLICY },
            ..sorted_claims("2023-04", FIRST, "since 2023-04: 5 attempts, 1, 2, 4 and 8 s apart")
        },
        sorted_claims("2025-06", QUEUE, "2025-06-03: what waited for more than 30 s is dropped"),
        revision("2026-06", ISSUED, "2026-06-05: the token has iat, and its claims another order"),
        revision("2026-08", NAMED, "2026-08-01: User-Agent is LiveKit"),
    ],
    events: &[
        kind(STARTED, "the egress was made; it has no status yet"),
        kind(UPDATED, "it became active, or is about to end"),
        kind(ENDED, "it ended: every file of it, or why there is none"),
    ],
    settings: &[
        ProviderSetting::text(
            API_KEY,
            "APItestkey",
            "who issues the token: the name of the key, letters and digits",
        ),
        ProviderSetting::text("bucket", "recordings", "bucket of the request"),
        ProviderSetting::text("region", "us-east-1", "its region"),
        ProviderSetting::text(
            "location",
            "https://recordings.s3.us-east-1.amazonaws.com/",
            "begin of location",
        ),
        ProviderSetting::words(
            "end",
            "stop",
            &["stop", "source-closed", "limit"],
            "why the egress ends with the last drop: by its API, because the room closed, or at its longest time",
        ),
        ProviderSetting::words(
            "merged",
            "none",
            &["none", "active", "ending", "both"],
            "updates that were overtaken by the next one, and so are not told",
        ),
    ],
    default_method: Method::HmacSha256,
    lifetime: Duration::from_secs(LIFETIME.unsigned_abs()),
    leeway: 60,
    plain: Format::Mp4,
    eventful: "{mp4: {}, hls: {}}",
    check: rules::check,
    rules: rules::rules,
    fields: &[body::FIELDS],
    messages,
    ..Provider::PLAIN
};

/// Edition of revision 2023-04.
const FIRST: u8 = 0;
/// Edition of revision 2025-06.
const QUEUE: u8 = 1;
/// Edition of revision 2026-06.
const ISSUED: u8 = 2;
/// Edition of revision 2026-08.
const NAMED: u8 = 3;

const STARTED: &str = "egress_started";
const UPDATED: &str = "egress_updated";
const ENDED: &str = "egress_ended";

/// Seconds from `nbf` to `exp`.
const LIFETIME: i64 = 300;

const fn kind(name: &'static str, meaning: &'static str) -> EventKind {
    EventKind { name, alias: "", editions: FIRST..=field::NOW, unasked: true, meaning }
}

const fn revision(name: &'static str, edition: u8, note: &'static str) -> Revision {
    Revision {
        name,
        edition,
        note,
        signatures: &[(Method::HmacSha256, ISSUED_SIGNATURE)],
        signed_headers: &[SignedHeader { name: AUTHORIZATION, value: ISSUED_TOKEN }],
        signed_time: SignedTime::Sending,
        policy: POLICY,
        reading: &READING,
        ..Revision::PLAIN
    }
}

/// A revision before tokens had `iat`.
const fn sorted_claims(name: &'static str, edition: u8, note: &'static str) -> Revision {
    Revision {
        signatures: &[(Method::HmacSha256, SORTED_SIGNATURE)],
        signed_headers: &[SignedHeader { name: AUTHORIZATION, value: SORTED_TOKEN }],
        ..revision(name, edition, note)
    }
}

const AUTHORIZATION: &str = "Authorization";
/// Setting with the name of the key, which is who issues a token.
const API_KEY: &str = "api_key";

const fn token(message: &'static [SignedPart]) -> Signature {
    Signature { digest: Digests::HmacSha256, encoding: Encoding::Base64Url, message }
}

const ISSUED_SIGNATURE: Signature = token(&[HEADER, DOT, ISSUED_CLAIMS]);
const SORTED_SIGNATURE: Signature = token(&[HEADER, DOT, SORTED_CLAIMS]);

const HEADER: SignedPart = SignedPart::Encoded(&[SignedPart::Text(r#"{"alg":"HS256","typ":"JWT"}"#)]);
const DOT: SignedPart = SignedPart::Text(".");

const ISSUED_CLAIMS: SignedPart = SignedPart::Encoded(&[
    SignedPart::Text(r#"{"iss":""#),
    SignedPart::Setting(API_KEY),
    SignedPart::Text(r#"","exp":"#),
    SignedPart::Later(LIFETIME),
    SignedPart::Text(r#","nbf":"#),
    SignedPart::Time,
    SignedPart::Text(r#","iat":"#),
    SignedPart::Time,
    SignedPart::Text(r#","sha256":""#),
    SignedPart::BodyHash,
    SignedPart::Text(r#""}"#),
]);

const SORTED_CLAIMS: SignedPart = SignedPart::Encoded(&[
    SignedPart::Text(r#"{"exp":"#),
    SignedPart::Later(LIFETIME),
    SignedPart::Text(r#","iss":""#),
    SignedPart::Setting(API_KEY),
    SignedPart::Text(r#"","nbf":"#),
    SignedPart::Time,
    SignedPart::Text(r#","sha256":""#),
    SignedPart::BodyHash,
    SignedPart::Text(r#""}"#),
]);

const ISSUED_TOKEN: &[SignedPart] = &[HEADER, DOT, ISSUED_CLAIMS, DOT, SignedPart::Signature];
const SORTED_TOKEN: &[SignedPart] = &[HEADER, DOT, SORTED_CLAIMS, DOT, SignedPart::Signature];

const READING: FieldNames = FieldNames {
    media_type: "application/webhook+json",
    proof: Proof::Token { header: AUTHORIZATION, issuer: API_KEY },
    event_field: Some("event"),
    file_events: &[ENDED],
    file_list: "egressInfo.fileResults",
    file_field: "egressInfo.fileResults[0].filename",
    file_field_else: "egressInfo.segmentResults[0].playlistName",
    stream_field: "egressInfo.roomName",
    url_field: "egressInfo.fileResults[0].location",
    ..FieldNames::PLAIN
};

/// Five attempts of one and the same bytes. Whatever is neither 429 nor an error of the server counts as sent, a no included.
const POLICY: Policy = Policy {
    success: Success::STATUS_2XX,
    last_no: LastNo::Statuses(&[300..=428, 430..=499, 501..=501]),
    timeout: Duration::from_secs(30),
    retries: 4,
    first_waits: &[
        Duration::from_secs(1),
        Duration::from_secs(2),
        Duration::from_secs(4),
        Duration::from_secs(8),
    ],
    retry_after: true,
    drop_after: Some(Duration::from_secs(30)),
    resigns: false,
    ..Policy::PLAIN
};

fn messages(context: &EventContext<'_>) -> Vec<Message> {
    let merged = context.setting("merged");
    let mut all = Vec::new();
    for (index, fact) in context.facts.iter().enumerate() {
        let told = match &fact.event {
            Event::TaskBegan => Some((STARTED, 0)),
            Event::FileBegan(_) if !["active", "both"].contains(&merged) && !is_repeated(context, index) => {
                Some((UPDATED, 1))
            }
            // At its longest time the egress ends without another word.
            Event::TaskOver if !["ending", "both"].contains(&merged) && context.setting("end") != "limit" => {
                Some((UPDATED, 2))
            }
            // All files are told in one message, when the last of them is stored or lost.
            event if concludes(event) && is_last(context, index) => Some((ENDED, 3)),
            _ => None,
        };
        all.extend(told.map(|(event, rank)| (index, fact, event, rank)));
    }
    all.sort_by_key(|(_, fact, _, rank)| (fact.at, *rank));
    let message = |(index, fact, event, _): (usize, &Fact, &'static str, u8)| {
        let occurrence = Occurrence { context, fact, event };
        let files = if event == ENDED { body::files(&occurrence) } else { Vec::new() };
        let body = field::body(body::FIELDS, &occurrence);
        Message { file_keys: files, ..Message::new(index, event, None, body) }.with_headers(vec![
            ("Content-Type", READING.media_type.into()),
            ("User-Agent", user_agent(context).into()),
        ])
    };
    all.into_iter().map(message).collect()
}

fn user_agent(context: &EventContext<'_>) -> &'static str {
    if context.revision.edition >= NAMED { "LiveKit" } else { "Go-http-client/1.1" }
}

/// A file of its task began before.
fn is_repeated(context: &EventContext<'_>, index: usize) -> bool {
    let task = context.facts.get(index).map(|fact| fact.task);
    let began = |fact: &Fact| Some(fact.task) == task && matches!(fact.event, Event::FileBegan(_));
    context.facts.iter().take(index).any(began)
}

/// Nothing more comes of the file.
fn concludes(event: &Event) -> bool {
    matches!(event, Event::FileComplete(_) | Event::Failed(..))
}

/// Nothing of its task is concluded later.
fn is_last(context: &EventContext<'_>, index: usize) -> bool {
    let task = context.facts.get(index).map(|fact| fact.task);
    let concluded = |fact: &Fact| Some(fact.task) == task && concludes(&fact.event);
    !context.facts.iter().skip(index + 1).any(concluded)
}
