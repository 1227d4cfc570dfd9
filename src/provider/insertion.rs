//! Time and signature put into bytes that are not ours: the bytes themselves stay as they are.

use serde_json::{Map, Value};

use super::Reading;
use super::signature::Signature;
use crate::callback::{Body, Envelope, Piece, Slot, TimeForm};

/// The bytes, with time and signature as their last two fields.
///
/// # Errors
/// They are no JSON object, or hold one of the two already.
pub fn insert(
    bytes: &[u8],
    signature: &Signature,
    reading: &Reading,
    form: TimeForm,
) -> Result<Envelope, String> {
    // Read for the facts that are signed; what is sent are the bytes as they came.
    let fields: Map<String, Value> =
        serde_json::from_slice(bytes).map_err(|error| format!("the body is not a JSON object: {error}"))?;
    for own in [reading.time_field, reading.signature_field] {
        if fields.contains_key(own) {
            return Err(format!("the body has a field `{own}` already; leave it out, or send it as it is"));
        }
    }
    let end = bytes.iter().rposition(|byte| *byte == b'}').ok_or("the body is not a JSON object")?;
    let (front, back) = bytes.split_at(end);
    let quote = if form == TimeForm::Text { "\"" } else { "" };
    let comma = if fields.is_empty() { "" } else { "," };
    let text = |text: String| Piece::Bytes(text.into());
    let facts = Body::new(fields.into_iter().map(|(name, value)| (name.into(), Slot::Value(value))));
    Ok(Envelope {
        body: vec![
            Piece::Bytes(front.to_vec().into()),
            text(format!("{comma}\"{}\":{quote}", reading.time_field)),
            Piece::Time,
            text(format!("{quote},\"{}\":\"", reading.signature_field)),
            Piece::Signature,
            text("\"".into()),
            Piece::Bytes(back.to_vec().into()),
        ],
        ..signature.envelope(&facts)
    })
}
