//! Standard Webhooks, specification 1.0.0: a way to sign that any scenario can choose, whoever sends.
//!
//! Source: the specification and the libraries of `standard-webhooks` b2fa7b87 (2026-08-17). Symmetric signatures (`v1`) alone.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::signature::{Digests, Proof, Signature, SignedHeader, SignedPart, SignedTime};
use super::stamp::{HeaderPlace, StampedProof};
use super::{FieldNames, Policy, Revision, SecondCallback};
use crate::callback::Encoding;
use crate::scenario::Method;

/// The signature.
pub const SIGNATURE: Signature = Signature {
    digest: Digests::WebhookSha256,
    encoding: Encoding::Base64,
    message: &[
        SignedPart::Id,
        SignedPart::Text("."),
        SignedPart::Time,
        SignedPart::Text("."),
        SignedPart::Body,
    ],
};

/// A receiver takes what was sent so long ago, or ahead.
pub const TOLERANCE: Duration = Duration::from_secs(300);

const HEADERS: &[SignedHeader] = &[
    SignedHeader { name: "webhook-id", value: &[SignedPart::Id] },
    SignedHeader { name: "webhook-timestamp", value: &[SignedPart::Time] },
    SignedHeader {
        name: "webhook-signature",
        value: &[SignedPart::Text(VERSION), SignedPart::Signature, SignedPart::Earlier(" v1,")],
    },
];

const VERSION: &str = "v1,";

/// True for the name of the header that bears the signature.
pub fn is_header(name: &str) -> bool {
    name.eq_ignore_ascii_case(PROOF.signature.name)
}

/// True for the name of any header that such a signature takes.
pub fn is_signed_header(name: &str) -> bool {
    HEADERS.iter().any(|header| name.eq_ignore_ascii_case(header.name))
}

/// A signature without the version that stands before it in the header.
pub fn bare(signature: &str) -> &str {
    signature.strip_prefix(VERSION).unwrap_or(signature)
}

static PROOF: StampedProof = StampedProof {
    signature: HeaderPlace { name: "webhook-signature", parted: Some(' '), before: VERSION },
    time: Some(HeaderPlace { name: "webhook-timestamp", parted: None, before: "" }),
    id: "webhook-id",
};

/// The edition as it is under a method: another one only where its messages are signed in this way.
pub fn under(revision: &'static Revision, method: Method) -> &'static Revision {
    static KNOWN: Mutex<Vec<(&'static Revision, &'static Revision)>> = Mutex::new(Vec::new());
    if method != Method::StandardWebhooks || revision.signed_headers.as_ptr() == HEADERS.as_ptr() {
        return revision;
    }
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, made)) = known.iter().find(|(own, _)| std::ptr::eq(*own, revision)) {
        return made;
    }
    // Made once for each edition, and there until the program ends, as all editions are.
    let made: &'static Revision = Box::leak(Box::new(signed_so(revision)));
    known.push((revision, made));
    made
}

fn signed_so(revision: &'static Revision) -> Revision {
    let second_callback = revision.second_callback.map(|second| -> &'static SecondCallback {
        Box::leak(Box::new(SecondCallback {
            events: second.events,
            reading: reading(&second.reading),
            // The scheme signs a body, and a GET has none.
            signature: (!second.in_query).then_some(SIGNATURE),
            in_query: second.in_query,
        }))
    });
    Revision {
        signatures: &[(Method::StandardWebhooks, SIGNATURE)],
        signed_headers: HEADERS,
        signed_time: SignedTime::Near,
        policy: Policy { resigns: true, ..revision.policy },
        reading: Box::leak(Box::new(reading(revision.reading))),
        second_callback,
        ..*revision
    }
}

fn reading(own: &FieldNames) -> FieldNames {
    FieldNames { proof: Proof::Stamped(&PROOF), signature_field: "", time_field: "", ..*own }
}
