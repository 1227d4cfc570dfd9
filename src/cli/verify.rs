//! `hookreel verify`: is this signature right, and if not, why?

use std::fmt::Write;
use std::time::Duration;

use super::args::VerifyArgs;
use super::exit::{Exit, Refused};
use super::sign::{Scheme, object};
use super::{World, show};
use crate::duration::show_duration;
use crate::provider::diagnosis::{Claim, Diagnosis, diagnose};
use crate::report::inert;

pub(super) fn run(args: &VerifyArgs, world: &World) -> Result<Exit, Refused> {
    let scheme = Scheme::new(&args.scheme, world)?;
    let fields = object(&args.scheme.file)?;
    let claim = Claim {
        provider: scheme.provider,
        revision: scheme.revision,
        method: scheme.method,
        fields: &fields,
    };
    let diagnosis = diagnose(&claim, &scheme.key).ok_or_else(|| {
        Refused::usage(format!(
            "{} {} is not signed by {}",
            scheme.provider.name, scheme.revision.name, scheme.method
        ))
    })?;
    let mut out = format!("{}\n", verdict(&diagnosis, &scheme));
    if args.explain {
        explain(&mut out, &diagnosis, &scheme);
    }
    show(&out);
    Ok(if diagnosis.right { Exit::Held } else { Exit::Failed })
}

fn verdict(diagnosis: &Diagnosis, scheme: &Scheme) -> String {
    let reading = scheme.revision.reading;
    match (diagnosis.right, &diagnosis.given, &diagnosis.expected) {
        (true, ..) => "right: the signature matches".into(),
        (false, None, _) => {
            format!("wrong: there is no `{}` in the body, or it is no text", reading.signature_field)
        }
        (false, _, None) => format!("wrong: there is no `{}` in the body", reading.time_field),
        _ => "wrong: the signature does not match".into(),
    }
}

fn explain(out: &mut String, diagnosis: &Diagnosis, scheme: &Scheme) {
    let mut row = |label: &str, text: &str| {
        // Writing into a String cannot fail.
        let _ = writeln!(out, "  {label:<11} {}", inert(text));
    };
    row("scheme", &format!("{} {}: {}", scheme.provider.name, scheme.revision.name, diagnosis.formula));
    row("signed text", &diagnosis.message);
    row("expected", diagnosis.expected.as_deref().unwrap_or("none: there is no time to sign"));
    row("given", diagnosis.given.as_deref().unwrap_or("none"));
    row("expiry", &expiry(diagnosis.time, scheme.now));
    let unprotected = diagnosis.unprotected.join(", ");
    row("unprotected", if unprotected.is_empty() { "none: every field is signed" } else { &unprotected });
    if let Some(mistake) = &diagnosis.mistake {
        row("mistake", &mistake.what);
        row("cure", &mistake.cure);
    } else if !diagnosis.right && diagnosis.given.is_some() {
        row("mistake", "none of the known ones fits");
        row("cure", "most likely another key, or a signed field was changed after signing");
    }
}

fn expiry(time: Option<i64>, now: i64) -> String {
    let Some(time) = time else { return "unknown: the time is missing, or no whole number".into() };
    let span = |seconds: i64| show_duration(Duration::from_secs(seconds.unsigned_abs()));
    match time.saturating_sub(now) {
        // No scheme here signs more than a day ahead.
        left if left > 86_400 * 365 => format!("{} from now: is the time in milliseconds?", span(left)),
        left if left >= 0 => format!("valid for another {}", span(left)),
        late => format!("expired {} ago", span(late)),
    }
}
