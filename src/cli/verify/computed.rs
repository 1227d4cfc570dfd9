//! The signature that the receiver computed, beside the right one.

use std::fmt::Write;

use super::rows;
use crate::cli::exit::Refused;
use crate::provider::diagnosis::{Computed, Diagnosis};

/// Writes the values that the receiver computed; returns true if they are right.
pub(super) fn computed(
    out: &mut String,
    computed: Option<Computed>,
    diagnosis: &Diagnosis,
) -> Result<bool, Refused> {
    let (verdict, mistake) = match computed {
        None if diagnosis.time_field.is_empty() => {
            return Err(Refused::usage(format!(
                "there is no whole `{}`, so there is nothing to compute",
                diagnosis.signature_field
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
    let right = verdict.starts_with("right");
    // Writing into a String cannot fail.
    let _ = writeln!(out, "computed: {verdict}");
    mistake.iter().for_each(|mistake| rows(out, mistake));
    Ok(right)
}
