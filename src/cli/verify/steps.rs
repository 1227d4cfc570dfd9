//! Advice on a verdict about a signature, where it is known without a search.

use serde_json::Value;

use super::{Captured, Diagnosis, VerifyArgs, row};

/// Writes what to do about the verdict, where it is known without a search.
pub(super) fn next_steps(out: &mut String, diagnosis: &Diagnosis, body: &Captured, args: &VerifyArgs) {
    if unsigned(diagnosis, body) {
        let (signature, time) = (diagnosis.signature_field, diagnosis.time_field);
        let reason = format!(
            "no callback key is set in the vendor's console, so the vendor sends neither `{signature}` nor `{time}`"
        );
        row(out, "reason", &reason);
        row(out, "how to fix", "set a key there (and here), or do not expect a signature");
    }
    if let Some(unit) = finer(diagnosis).filter(|_| diagnosis.right) {
        let fix = format!(
            "send and sign whole seconds; a receiver that takes {unit} for seconds never sees it expire"
        );
        row(out, "how to fix", &fix);
    }
    if diagnosis.right && finer(diagnosis).is_none() && diagnosis.odd_time.is_some() {
        let fix = "send and sign whole seconds since 1970, in digits alone; a receiver that compares this with its clock reads \
                   something else in each language";
        row(out, "how to fix", fix);
    }
    if !args.explain && !diagnosis.right && args.computed.is_none() && diagnosis.given.is_some() {
        row(out, "next", "--explain tries the known mistakes and names the one that fits");
    }
}

/// Neither signature nor time is there, or both are empty.
fn unsigned(diagnosis: &Diagnosis, body: &Captured) -> bool {
    if diagnosis.time_field.is_empty() {
        return false;
    }
    let missing = |name| match body.fields.get(name) {
        None | Some(Value::Null) => true,
        Some(value) => value.as_str().is_some_and(str::is_empty),
    };
    missing(diagnosis.signature_field) && missing(diagnosis.time_field)
}

/// The unit of a time that is not in seconds, as every sender's is; none = it may be.
pub(super) fn finer(diagnosis: &Diagnosis) -> Option<&'static str> {
    // In seconds the year 5138.
    match diagnosis.time?.unsigned_abs() {
        0..100_000_000_000 => None,
        100_000_000_000..100_000_000_000_000 => Some("milliseconds"),
        100_000_000_000_000..100_000_000_000_000_000 => Some("microseconds"),
        _ => Some("nanoseconds"),
    }
}
