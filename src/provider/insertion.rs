//! Time and signature put into bytes that are not ours: every other byte stays as it is.

use std::ops::Range;

use super::signature::{Signature, SignedPart};
use super::{FieldNames, Revision};
use crate::callback::splice::{Members, text};
use crate::callback::{Body, BodyTemplate, FieldSlot, Piece, TimeForm, TimeText};
use crate::scenario::Method;
use crate::stretch::Stretches;

/// What becomes of time and signature that are in the bytes already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// They are a mistake.
    Refuse,
    /// They are replaced where they stand.
    Replace,
    /// The time stays and is signed as it stands; the signature is replaced.
    KeepTime,
}

/// How the message in these bytes is read and signed: by the event that it names, or else by the one that is meant.
///
/// None when it is not signed.
pub fn form(
    bytes: &[u8],
    revision: &Revision,
    method: Method,
    meant: Option<&str>,
) -> Option<(&'static FieldNames, &'static Signature)> {
    let members = Members::of_object(bytes);
    let named = revision.second_callback.and_then(|second_callback| {
        let member = members.as_ref()?.get(second_callback.reading.event_field?)?;
        Some(text(bytes, &member.value))
    });
    let own = members.as_ref().is_some_and(|members| {
        revision.reading.event_field.is_some_and(|field| members.get(field).is_some())
    });
    let event = named.as_deref().or(meant.filter(|_| !own));
    match event.and_then(|event| revision.second_callback(event)) {
        Some(second_callback) => Some((&second_callback.reading, second_callback.signature.as_ref()?)),
        None => Some((revision.reading, revision.signature(method)?)),
    }
}

/// The bytes with holes for time and signature: in the place of those that are there, else as the last two fields.
///
/// # Errors
/// They are not a JSON object, or hold one of the two already and that was not expected.
pub fn insert(
    bytes: &[u8],
    signature: &Signature,
    reading: &FieldNames,
    form: TimeForm,
    existing: Existing,
) -> Result<BodyTemplate, String> {
    let members = Members::of_object(bytes)
        .ok_or("the body is not a JSON object, so there is no place for a signature")?;
    let own = [reading.time_field, reading.signature_field];
    if let Some(there) = own.iter().find(|own| existing == Existing::Refuse && members.get(own).is_some()) {
        return Err(format!(
            "the body has a field `{there}` already; --resign replaces time and signature in place"
        ));
    }
    let mut holes: Vec<(Range<usize>, Vec<Piece>)> = Vec::new();
    for member in &members.all {
        let string = bytes.get(member.value.start) == Some(&b'"');
        let digit = bytes.get(member.value.start).is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-');
        if member.name == reading.time_field && existing == Existing::Replace {
            let form = if string {
                TimeForm::Text
            } else if digit {
                TimeForm::Number
            } else {
                form
            };
            holes.push((member.value.clone(), quoted(Piece::Time, form == TimeForm::Text)));
        }
        if member.name == reading.signature_field {
            holes.push((member.value.clone(), quoted(Piece::Signature(0), true)));
        }
    }
    let mut new = Vec::new();
    for (name, piece, string) in [
        (reading.time_field, Piece::Time, form == TimeForm::Text),
        (reading.signature_field, Piece::Signature(0), true),
    ] {
        if members.get(name).is_none() {
            let comma = if members.all.is_empty() && new.is_empty() { "" } else { "," };
            new.push(bytes_of(format!("{comma}\"{name}\":")));
            new.extend(quoted(piece, string));
        }
    }
    holes.push((members.end..members.end, new));
    let kept = members.get(reading.time_field).filter(|_| existing == Existing::KeepTime);
    let mut facts = Body::new(signed(signature).filter_map(|name| {
        let member = members.get(name)?;
        Some((name.into(), FieldSlot::Value(text(bytes, &member.value).into())))
    }));
    facts.time = kept.map(|member| TimeText::Given(text(bytes, &member.value)));
    Ok(BodyTemplate { body: filled(bytes, holes), ..signature.body_template(&facts) })
}

fn signed(signature: &Signature) -> impl Iterator<Item = &'static str> {
    signature
        .message
        .iter()
        .filter_map(|part| if let SignedPart::Field(name) = part { Some(*name) } else { None })
}

fn quoted(piece: Piece, quotes: bool) -> Vec<Piece> {
    if quotes { vec![bytes_of("\"".into()), piece, bytes_of("\"".into())] } else { vec![piece] }
}

fn bytes_of(text: String) -> Piece {
    Piece::Bytes(text.into())
}

/// The bytes with these pieces in the place of these ranges, which follow each other.
fn filled(bytes: &[u8], holes: Vec<(Range<usize>, Vec<Piece>)>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    let stretch = |from: usize, to: usize| Piece::Bytes(bytes.stretch(from..to).to_vec().into());
    for (range, hole) in holes {
        pieces.push(stretch(at, range.start));
        pieces.extend(hole);
        at = range.end;
    }
    pieces.push(stretch(at, bytes.len()));
    pieces
}
