//! The signature that the receiver computed, beside the right one.

use std::fmt::Write;

use super::rows;
use crate::cli::exit::Refused;
use crate::cli::sign::Scheme;
use crate::provider::diagnosis::{Computed, Diagnosis};
use crate::provider::signature::Proof;

/// Relation of the signature that the receiver computed to a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is the right one.
    Right,
    /// A known mistake gives it.
    Mistaken,
    /// It may be of another request.
    Unknown,
}

/// Text about one request, and what the computed signature has to do with it.
pub(super) struct ComputedText {
    pub(super) text: String,
    pub(super) fit: Fit,
    /// The signature of the request is right, and its time is over.
    pub(super) expired: bool,
}

/// Text about several requests, of which one computed signature can belong to one alone; and true if it is right.
pub(super) fn among(texts: &[ComputedText]) -> (String, bool) {
    let count = texts.len();
    let of = |fit: Fit| texts.iter().filter(move |one| one.fit == fit);
    let (right, mistaken) = (of(Fit::Right).count(), of(Fit::Mistaken).count());
    if right + mistaken == 0 {
        let first = texts.first().map_or("", |one| one.text.as_str());
        let only = format!(
            "wrong: no known mistake gives the computed signature for any of the {count} requests: is it of another request, or made \
             with another key? Of the first:\n{first}"
        );
        return (only, false);
    }
    let fit = if right > 0 { Fit::Right } else { Fit::Mistaken };
    let mut out: String = of(fit).map(|one| one.text.as_str()).collect();
    // Writing into a String cannot fail.
    let _ = writeln!(out, "{count} requests: those that the computed signature belongs to are shown");
    (out, right > 0)
}

/// Writes the values that the receiver computed; returns what they have to do with the request.
pub(super) fn computed(
    out: &mut String,
    computed: Option<Computed>,
    diagnosis: &Diagnosis,
    scheme: &Scheme,
) -> Result<Fit, Refused> {
    let fit = match &computed {
        Some(Computed::Right | Computed::RightHash) => Fit::Right,
        Some(Computed::By(_)) => Fit::Mistaken,
        _ => Fit::Unknown,
    };
    let (verdict, mistake) = match computed {
        None if diagnosis.time_field.is_empty() => {
            let names = signed_along(scheme);
            let whole = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
            let flags: String = names.iter().map(|name| format!(" -H '{name}: ...'")).collect();
            return Err(Refused::usage(format!(
                "there is no whole {whole}, so there is nothing to compute: what it holds is signed, too\n  give the request as it \
                 came, head and body, or add{flags}"
            )));
        }
        None => {
            return Err(Refused::usage(format!(
                "there is no `{}` in the body, so there is nothing to compute",
                diagnosis.time_field
            )));
        }
        Some(Computed::Right) => ("right: the computed signature is the right one".to_owned(), None),
        Some(Computed::RightHash) => {
            ("right: the computed hash of the body is the right one".to_owned(), None)
        }
        Some(Computed::By(mistake) | Computed::Unknown(mistake)) => {
            ("wrong: the computed signature is not the right one".to_owned(), Some(mistake))
        }
    };
    // Writing into a String cannot fail.
    let _ = writeln!(out, "computed: {verdict}");
    mistake.iter().for_each(|mistake| rows(out, mistake));
    Ok(fit)
}

/// Headers that hold something of the signed text.
fn signed_along(scheme: &Scheme) -> Vec<&'static str> {
    let proof = scheme.revision.reading.proof;
    let names = match proof {
        Proof::Stamped(form) => {
            form.time.as_ref().map(|time| time.name).into_iter().chain(Some(form.id)).collect()
        }
        _ => proof.header().into_iter().collect::<Vec<_>>(),
    };
    names.into_iter().filter(|name| !name.is_empty()).collect()
}
