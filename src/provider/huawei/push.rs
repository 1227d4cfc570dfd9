//! The stream status notification: a push began or ended. A callback of its own, with other names for the same things and
//! the signed time at the end.

use super::{EVENTS, PUBLISH, PUBLISH_DONE, READING, TASK};
use crate::provider::field::{Field, NOW, expiry, row, signature};
use crate::provider::signature::{Digests, Part, Signature};
use crate::provider::{Reading, Sister};

/// Signed on the pages since 2024-07, always by HMAC.
pub(super) static SIGNED: Sister = Sister { signature: Some(HMAC), ..UNSIGNED };

/// The pages of 2020-07 to 2021-04 know no signature.
pub(super) const UNSIGNED: Sister = Sister {
    events: &[PUBLISH, PUBLISH_DONE],
    reading: Reading { event_field: Some("event"), file_events: &[], ..READING },
    signature: None,
};

const HMAC: Signature = Signature {
    digest: Digests::HmacSha256,
    message: &[
        Part::Field("event"),
        Part::Field("domain"),
        Part::Field("app"),
        Part::Field("stream"),
        Part::Time,
    ],
};

// Order as in the vendor's example, which is no JSON: it lacks a comma, and has one inside publish_timestamp.
pub(super) static FIELDS: &[Field] = &[
    row("domain", EVENTS..=NOW, "ingest domain", |n| Some(n.telling.scenario.stream.domain.as_str().into())),
    row("app", EVENTS..=NOW, "application", |n| Some(n.telling.scenario.stream.app.as_str().into())),
    row("stream", EVENTS..=NOW, "stream name", |n| Some(n.telling.scenario.stream.name.as_str().into())),
    row("user_args", EVENTS..=NOW, "query of the push URL", |n| {
        Some(n.telling.scenario.stream.params.as_str().into())
    }),
    row("client_ip", EVENTS..=NOW, "address of the encoder", |n| Some(n.setting("client_ip"))),
    row("node_ip", EVENTS..=NOW, "address of the access point", |n| Some(n.setting("node_ip"))),
    row(
        "publish_timestamp",
        EVENTS..=NOW,
        "Unix seconds of the begin, the same in both messages of a push",
        |n| Some(n.telling.wall(n.activity()?.began).as_second().to_string().into()),
    ),
    row("event", EVENTS..=NOW, "what happened", |n| Some(n.event.into())),
    expiry("auth_timestamp", TASK..=NOW),
    signature("auth_sign", TASK..=NOW),
];
