//! The callbacks about a push: a GET, everything in its query, signed with the ingest domain in the place of the host.

use std::time::Duration;

use super::{FIRST, READING};
use crate::provider::field::{Field, NOW, row};
use crate::provider::signature::{Digests, Signature, SignedPart};
use crate::provider::{FieldNames, SecondCallback};

pub(super) const PUBLISH: &str = "publish";
pub(super) const PUBLISH_DONE: &str = "publish_done";

/// From the begin or the end of the push to its callback.
pub(super) const LATER: Duration = Duration::from_secs(2);

pub(super) static CALLBACK: SecondCallback = SecondCallback {
    events: &[PUBLISH, PUBLISH_DONE],
    reading: FieldNames {
        event_field: Some("action"),
        file_events: &[],
        file_field: "",
        stream_field: "id",
        duration_field: "",
        ..READING
    },
    signature: Some(SIGNATURE),
    in_query: true,
};

const SIGNATURE: Signature = Signature::hex(
    Digests::Md5,
    &[
        SignedPart::Field("app"),
        SignedPart::Text("|"),
        SignedPart::Time,
        SignedPart::Text("|"),
        SignedPart::Key,
    ],
);

// That the names stand in the query is documented; the names themselves are from memory.
pub(super) static FIELDS: &[Field] = &[
    row("action", FIRST..=NOW, "what happened", |n| Some(n.event.into())),
    row("ip", FIRST..=NOW, "address of the encoder", |n| Some(n.setting("client_ip"))),
    row("id", FIRST..=NOW, "stream name", |n| Some(n.context.scenario.stream.name.as_str().into())),
    row("app", FIRST..=NOW, "ingest domain; it is signed", |n| {
        Some(n.context.scenario.stream.domain.as_str().into())
    }),
    row("appname", FIRST..=NOW, "application", |n| Some(n.context.scenario.stream.app.as_str().into())),
    row("time", FIRST..=NOW, "Unix seconds of the event", |n| Some(n.time().as_second().to_string().into())),
    row("usrargs", FIRST..=NOW, "query of the push URL", |n| {
        Some(n.context.scenario.stream.params.as_str().into())
    }),
    row("node", FIRST..=NOW, "address of the access point", |n| Some(n.setting("node_ip"))),
];
