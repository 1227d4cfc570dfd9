//! The stream status notification: a push began or ended. A callback of its own, with other names for the same things and
//! the signed time at the end.

use super::{EVENTS, PUBLISH, PUBLISH_DONE, READING, TASK};
use crate::provider::field::{Field, NOW, expiry, row, signature};
use crate::provider::signature::{Digests, Signature, SignedPart};
use crate::provider::{FieldNames, SecondCallback};

/// Signed on the pages since 2024-07, always by HMAC.
pub(super) static SIGNED: SecondCallback = SecondCallback { signature: Some(HMAC), ..UNSIGNED };

/// The pages of 2020-07 to 2021-04 know no signature.
pub(super) const UNSIGNED: SecondCallback = SecondCallback {
    events: &[PUBLISH, PUBLISH_DONE],
    reading: FieldNames { event_field: Some("event"), file_events: &[], ..READING },
    signature: None,
    in_query: false,
};

const HMAC: Signature = Signature::hex(
    Digests::HmacSha256,
    &[
        SignedPart::Field("event"),
        SignedPart::Field("domain"),
        SignedPart::Field("app"),
        SignedPart::Field("stream"),
        SignedPart::Time,
    ],
);

// Order as in the vendor's example, which is no JSON: it lacks a comma, and has one inside publish_timestamp.
pub(super) static FIELDS: &[Field] = &[
    row("domain", EVENTS..=NOW, "ingest domain", |n| Some(n.context.scenario.stream.domain.as_str().into())),
    row("app", EVENTS..=NOW, "application", |n| Some(n.context.scenario.stream.app.as_str().into())),
    row("stream", EVENTS..=NOW, "stream name", |n| Some(n.context.scenario.stream.name.as_str().into())),
    row("user_args", EVENTS..=NOW, "query of the push URL", |n| {
        Some(n.context.scenario.stream.params.as_str().into())
    }),
    row("client_ip", EVENTS..=NOW, "address of the encoder", |n| Some(n.setting("client_ip"))),
    row("node_ip", EVENTS..=NOW, "address of the access point", |n| Some(n.setting("node_ip"))),
    row(
        "publish_timestamp",
        EVENTS..=NOW,
        "Unix seconds of the begin, the same in both messages of a push",
        |n| Some(n.context.wall(n.activity()?.began).as_second().to_string().into()),
    ),
    row("event", EVENTS..=NOW, "what happened", |n| Some(n.event.into())),
    expiry("auth_timestamp", TASK..=NOW),
    signature("auth_sign", TASK..=NOW),
];
