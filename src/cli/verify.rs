//! `hookreel verify`: is this signature right, and if not, why?

use std::fmt::Write;
use std::time::Duration;

use serde_json::Value;

use super::args::VerifyArgs;
use super::captured::{self, Captured};
use super::exit::{Exit, Refused};
use super::sign::Scheme;
use super::{ProcessContext, show};
use crate::duration::show_duration;
use crate::provider::diagnosis::{
    Claim, Computed, Diagnosis, Mistake, Recognised, by_shape, diagnose, explain_hex, recognise,
};
use crate::report::inert;

pub(super) fn run(args: &VerifyArgs, context: &ProcessContext) -> Result<Exit, Refused> {
    let scheme = Scheme::new(&args.scheme, context)?;
    let body = captured::read(&args.scheme.file)?;
    let claim = Claim {
        provider: scheme.provider,
        revision: scheme.revision,
        method: scheme.method,
        fields: &body.fields,
        body: &body.bytes,
    };
    let diagnosis = diagnose(&claim, &scheme.key).ok_or_else(|| {
        Refused::usage(format!(
            "{} {} does not sign this event with {}",
            scheme.provider.name, scheme.revision.name, scheme.method
        ))
    })?;
    let found = recognise(&body.fields);
    let other = found.filter(|found| found.provider.name != scheme.provider.name && !diagnosis.right);
    let mut out = String::new();
    let right = match &args.computed {
        Some(hex) => computed(&mut out, explain_hex(&claim, &scheme.key, hex.trim()), &diagnosis),
        None => diagnosis.right,
    };
    let verdict = match other {
        Some(found) => format!(
            "wrong: this is not a callback of {}; its fields are those of {}: hookreel verify {} {}",
            scheme.provider.title, found.provider.title, found.provider.name, args.scheme.file
        ),
        None => verdict(&diagnosis, &body, &scheme),
    };
    let label = if args.computed.is_some() { "in the body: " } else { "" };
    // Writing into a String cannot fail.
    let _ = writeln!(out, "{label}{verdict}");
    if other.is_none() && unsigned(&diagnosis, &body) {
        let (signature, time) = (diagnosis.signature_field, diagnosis.time_field);
        row(
            &mut out,
            "reason",
            &format!(
                "no callback key is set in the vendor's console, so the vendor sends neither `{signature}` nor `{time}`"
            ),
        );
        row(&mut out, "how to fix", "set a key there (and here), or do not expect a signature");
    }
    if args.explain && other.is_none() {
        explain(&mut out, &diagnosis, &scheme, found);
    }
    show(&out);
    Ok(if right { Exit::Passed } else { Exit::Failed })
}

/// Neither signature nor time is there, or both are empty.
fn unsigned(diagnosis: &Diagnosis, body: &Captured) -> bool {
    let missing = |name| match body.fields.get(name) {
        None | Some(Value::Null) => true,
        Some(value) => value.as_str().is_some_and(str::is_empty),
    };
    missing(diagnosis.signature_field) && missing(diagnosis.time_field)
}

fn verdict(diagnosis: &Diagnosis, body: &Captured, scheme: &Scheme) -> String {
    let (signature, time) = (diagnosis.signature_field, diagnosis.time_field);
    if diagnosis.right {
        return match diagnosis.time.map(|time| scheme.now.saturating_sub(time)) {
            Some(late) if late > 0 => format!("right, but expired {} ago: the signature matches", span(late)),
            _ => "right: the signature matches".into(),
        };
    }
    match (body.fields.get(signature), body.fields.get(time)) {
        (None, None) => format!("wrong: there is no `{signature}` in the body, and no `{time}`"),
        (None, _) => format!("wrong: there is no `{signature}` in the body"),
        (Some(given), _) if !given.is_string() => format!("wrong: `{signature}` is not a string"),
        (Some(given), _) if given.as_str() == Some("") => format!("wrong: `{signature}` is empty"),
        (_, None) => format!("wrong: there is no `{time}` in the body"),
        _ if diagnosis.expected.is_none() => format!("wrong: `{time}` is not a time"),
        _ => "wrong: the signature does not match".into(),
    }
}

/// What the receiver computed; true when that is right.
fn computed(out: &mut String, computed: Option<Computed>, diagnosis: &Diagnosis) -> bool {
    let (verdict, mistake) = match computed {
        None => (
            format!(
                "wrong: there is no `{}` in the body, so there is nothing to compute",
                diagnosis.time_field
            ),
            None,
        ),
        Some(Computed::Right) => ("right: the computed signature is the right one".to_owned(), None),
        Some(Computed::By(mistake) | Computed::Unknown(mistake)) => {
            ("wrong: the computed signature is not the right one".to_owned(), Some(mistake))
        }
    };
    let right = verdict.starts_with("right");
    // Writing into a String cannot fail.
    let _ = writeln!(out, "computed: {verdict}");
    mistake.iter().for_each(|mistake| rows(out, mistake));
    right
}

fn rows(out: &mut String, mistake: &Mistake) {
    row(out, "mistake", &mistake.what);
    row(out, "how to fix", &mistake.fix);
}

fn row(out: &mut String, label: &str, text: &str) {
    // Writing into a String cannot fail.
    let _ = writeln!(out, "  {label:<11} {}", inert(text));
}

fn explain(out: &mut String, diagnosis: &Diagnosis, scheme: &Scheme, found: Option<Recognised>) {
    let formula = &diagnosis.formula;
    row(
        out,
        "scheme",
        &format!("{} {}, {}: {formula}", scheme.provider.name, scheme.revision.name, scheme.method),
    );
    let found = found.map_or_else(
        || "not recognised: its fields are not those of a known callback".to_owned(),
        |found| format!("by its fields {} {}", found.provider.name, found.revision.name),
    );
    row(out, "body", &found);
    row(out, "signed text", &diagnosis.message);
    row(out, "expected", diagnosis.expected.as_deref().unwrap_or("none: there is no time to sign"));
    row(out, "given", diagnosis.given.as_deref().unwrap_or("none"));
    row(out, "expiry", &expiry(diagnosis.time, scheme.now));
    let unprotected = diagnosis.unprotected.join(", ");
    row(
        out,
        "unprotected",
        if unprotected.is_empty() { "none: every field is signed" } else { &unprotected },
    );
    match (&diagnosis.mistake, &diagnosis.expected, &diagnosis.given) {
        (Some(mistake), ..) => rows(out, mistake),
        (None, Some(expected), Some(given)) if !diagnosis.right => rows(out, &by_shape(expected, given)),
        _ => {}
    }
}

fn span(seconds: i64) -> String {
    show_duration(Duration::from_secs(seconds.unsigned_abs()))
}

fn expiry(time: Option<i64>, now: i64) -> String {
    let Some(time) = time else { return "unknown: the time is missing, or is not a whole number".into() };
    match time.saturating_sub(now) {
        // No scheme here signs more than a day ahead.
        left if left > 86_400 * 365 => format!("{} from now: is the time in milliseconds?", span(left)),
        left if left >= 0 => format!("valid for another {}", span(left)),
        late => format!("expired {} ago", span(late)),
    }
}
