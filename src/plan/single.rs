//! One callback by itself, as `send` wants it.

use bytes::Bytes;

use super::cast::Cast;
use crate::callback::{Callback, Edit, Envelope, Piece};
use crate::provider::insertion;
use crate::provider::signature::Signing;

/// One callback by itself, with what is to differ.
pub struct Single {
    /// Its event, in the provider's words.
    pub event: String,
    /// Made before anything is signed.
    pub edits: Vec<Edit>,
    /// Sent in the place of its body, with time and signature put in, if that is asked for.
    pub bytes: Option<(Bytes, bool)>,
}
/// The first callback of the event that is meant, changed as it is to be.
///
/// # Errors
/// There is none, or it cannot be changed that way.
pub(super) fn alone(
    cast: &Cast,
    callbacks: Vec<Callback>,
    single: &Single,
    signing: Option<&Signing>,
) -> Result<Vec<Callback>, String> {
    let means =
        |name: &str| cast.provider.events.iter().any(|kind| kind.name == name && kind.is(&single.event));
    let first = callbacks.into_iter().find(|callback| means(callback.event));
    let mut callback = first.ok_or_else(|| format!("there is no event `{}`", single.event))?;
    for edit in &single.edits {
        edit.apply(&mut callback.body, cast.revision.reading.time_field)?;
    }
    if let Some((bytes, sign)) = &single.bytes {
        let sister = cast.revision.sister(callback.event);
        let signature = sister.map_or(signing.map(|signing| signing.signature), |s| s.signature.as_ref());
        callback.given = Some(match (sign, signature) {
            (false, _) => {
                Envelope { body: vec![Piece::Bytes(bytes.clone())], message: Vec::new(), digest: None }
            }
            (true, Some(signature)) => {
                let reading = sister.map_or(cast.revision.reading, |sister| &sister.reading);
                insertion::insert(
                    bytes,
                    signature,
                    reading,
                    cast.revision.time_form,
                    insertion::Existing::Refuse,
                )?
            }
            (true, None) => {
                return Err("there is nothing to sign it with: no key, or no signature".into());
            }
        });
        callback.file_key = None;
    }
    Ok(vec![callback])
}
