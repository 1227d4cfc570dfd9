//! Bytes that were captured, as they are to be sent again.

use crate::callback::{BodyTemplate, Class, Piece, PlannedCallback, SendOrder};
use crate::provider::Revision;
use crate::provider::insertion::{self, Existing};
use crate::provider::signature::SignatureKeys;
use crate::request::WireFault;

/// The bytes without a hole: they are sent as they came.
pub fn verbatim(bytes: &[u8]) -> BodyTemplate {
    BodyTemplate { body: vec![Piece::Bytes(bytes.to_vec().into())], message: Vec::new(), digest: None }
}

/// The bytes with holes for time and signature, and no other byte changed.
///
/// # Errors
/// They are not a JSON object, or there is nothing to sign them with.
pub fn resigned(
    bytes: &[u8],
    revision: &Revision,
    signing: Option<&SignatureKeys>,
    event: &str,
    existing: Existing,
) -> Result<BodyTemplate, String> {
    let form = signing.and_then(|signing| insertion::form(bytes, revision, signing.method, Some(event)));
    let (reading, signature) = form.ok_or("there is nothing to sign it with: no key, or no signature")?;
    insertion::insert(bytes, signature, reading, revision.time_form, existing)
}

/// A callback that consists of captured bytes; it is due at once.
pub fn callback(id: String, event: &'static str, given: BodyTemplate) -> PlannedCallback {
    PlannedCallback {
        id,
        event,
        class: Class::Legal,
        due: Default::default(),
        subject: String::new(),
        file_key: None,
        why: String::new(),
        step: String::new(),
        body: Default::default(),
        given: Some(given),
        signed: None,
        taint: None,
        earlier: None,
        faults: Vec::new(),
        wire_fault: WireFault::default(),
        turn: SendOrder::Next,
    }
}
