//! One callback by itself, as `send` wants it.

use std::time::Duration;

use hyper::body::Bytes;

use super::captured;
use super::dialect::Dialect;
use crate::callback::{BodyTemplate, Edit, PlannedCallback};
use crate::provider::insertion::{self, Existing};
use crate::provider::signature::SignatureKeys;

/// One callback by itself, with what is to differ.
pub struct Single {
    /// Its event, in the provider's words.
    pub event: String,
    /// Made before anything is signed.
    pub edits: Vec<Edit>,
    /// Sent in the place of its body.
    pub bytes: Option<(Bytes, Renewal)>,
}

/// Text behind a place that held a number or a truth value, and holds a text now.
pub const NOW_A_TEXT: &str = "(a text now)";

/// Treatment of time and signature in bytes that are sent as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// They stay, or stay away.
    Kept,
    /// They are put in; it is a mistake when they are there.
    Added,
    /// They are replaced where they stand, or put in.
    Replaced,
}

/// The first callback of the event that is meant, changed as it is to be. It is due at once.
///
/// # Errors
/// There is none, or it cannot be changed that way.
pub(super) fn alone(
    dialect: &Dialect,
    callbacks: Vec<PlannedCallback>,
    single: &Single,
    signing: Option<&SignatureKeys>,
) -> Result<Vec<PlannedCallback>, String> {
    let means =
        |name: &str| dialect.provider.events.iter().any(|kind| kind.name == name && kind.is(&single.event));
    let mut own = callbacks.into_iter().filter(|callback| means(callback.event)).peekable();
    let first = own.peek().cloned();
    // One that announces a file says more.
    let mut callback = own.find(|callback| !callback.file_keys.is_empty()).or(first).ok_or_else(|| {
        format!(
            "no `{}` follows from the plain broadcast of this command; it takes a scenario with the settings that lead to it, \
             see `hookreel list scenarios`",
            single.event
        )
    })?;
    callback.due = Duration::ZERO;
    callback.why = "asked for by itself".into();
    // Nobody wrote the broadcast that it is taken from.
    callback.step.clear();
    let reading = match dialect.revision.second_callback(callback.event) {
        Some(second_callback) => &second_callback.reading,
        None => dialect.revision.reading,
    };
    let time_field = reading.time_field;
    let mut before = callback.body.clone();
    let told = |edit: &Edit| {
        let turned = match &single.bytes {
            Some((bytes, _)) => edit.turns_bytes_into_text(bytes),
            None => edit.turns_into_text(&mut before),
        };
        match edit.field() {
            "" => format!("`{edit}`"),
            field if field == time_field => format!("`{edit}` (the signed time)"),
            field if field == reading.signature_field => format!("`{edit}` (the signature)"),
            _ if turned => format!("`{edit}` {NOW_A_TEXT}"),
            _ => format!("`{edit}`"),
        }
    };
    callback.changed = single.edits.iter().map(told).collect();
    let Some((bytes, renewal)) = &single.bytes else {
        for edit in &single.edits {
            edit.apply(&mut callback.body, time_field)?;
        }
        return Ok(vec![callback]);
    };
    let mut changed = bytes.to_vec();
    for edit in &single.edits {
        edit.apply_to(&mut changed, &mut callback.body)?;
    }
    callback.given = Some(match renewal {
        Renewal::Kept => captured::verbatim(&changed),
        _ => renewed(dialect, &callback, &changed, single, signing)?,
    });
    callback.file_keys.clear();
    let size = bytes.len();
    callback.subject = format!("captured body, {size} byte{}", if size == 1 { "" } else { "s" });
    callback.why = "given with --body".into();
    Ok(vec![callback])
}

/// The bytes with holes for time and signature.
fn renewed(
    dialect: &Dialect,
    callback: &PlannedCallback,
    bytes: &[u8],
    single: &Single,
    signing: Option<&SignatureKeys>,
) -> Result<BodyTemplate, String> {
    let replaced = single.bytes.as_ref().is_some_and(|(_, renewal)| *renewal == Renewal::Replaced);
    let form = signing
        .and_then(|signing| insertion::form(bytes, dialect.revision, signing.method, Some(callback.event)));
    let given =
        form.is_some_and(|(reading, _)| single.edits.iter().any(|edit| edit.sets(reading.time_field)));
    let existing = match (replaced, given) {
        (false, _) => Existing::Refuse,
        (true, false) => Existing::Replace,
        (true, true) => Existing::KeepTime,
    };
    captured::resigned(bytes, dialect.revision, dialect.signed_with(signing), callback.event, existing)
}
