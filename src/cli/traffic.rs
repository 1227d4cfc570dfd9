//! `hookreel report` of captures and access logs: which callbacks came, what each was answered, after which gaps, and what is
//! missing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::captured::asked;
use super::exit::{Exit, Refused};
use super::providers;
use super::replay::{Sent, Wanted, as_seen, is_forged, recognised, times};
use super::requests::{self, Form};
use super::shell_commands::quote;
use super::show;
use super::sign::edition;
use crate::capture::story::{SeenCallback, SeenEnd, SeenRequest, tell};
use crate::capture::{CaptureFormat, CapturedRequest, NOT_HTTP};
use crate::duration::show_duration;
use crate::masking::looks_drawn;
use crate::provider::Provider;
use crate::provider::declared::known;
use crate::report::inert;
use crate::report::text::amount;

/// First bytes of a file, by which it is a capture or not.
const START: u64 = 64 << 10;
/// Gaps that are shown one by one.
const MOST_GAPS: usize = 6;
/// Gaps that differ by less are shown as one.
const ALIKE: Duration = Duration::from_secs(2);

/// True when a file is a capture, and not a record.
pub(super) fn is_capture(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(START).read_to_end(&mut start));
    let form = read.ok().and_then(|_| CaptureFormat::of(&start));
    path.is_dir() || !matches!(form, None | Some(CaptureFormat::Record | CaptureFormat::Body))
}

/// A request of the story, and what a person calls it.
struct SeenRow {
    seen: SeenRequest,
    label: String,
}

/// Tells of captures what came.
///
/// # Errors
/// They cannot be read.
pub(super) fn report(
    paths: &[PathBuf],
    format: Option<CaptureFormat>,
    vendor: Option<&str>,
) -> Result<Exit, Refused> {
    let vendor = vendor.map(|name| edition(name, None)).transpose()?.map(|(provider, _)| provider);
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let requests = requests::collect(&names, format.map_or(Form::Recognised, Form::Named))?.all;
    let (posts, others): (Vec<_>, Vec<_>) = requests.into_iter().partition(|request| {
        ["POST", ""].contains(&request.method.as_str())
            || asked(request, vendor.map(|vendor| vendor.name)).is_some()
    });
    if !posts.is_empty() && posts.iter().all(|request| request.answer.is_none()) {
        return Err(without_answers(&names, posts.len()));
    }
    let again = again(&posts, &names, format, vendor);
    let senders: Vec<_> = posts.iter().map(recognised).collect();
    let known = senders.iter().flatten().map(|(provider, ..)| *provider).next();
    let rows: Vec<SeenRow> =
        posts.into_iter().zip(senders).map(|(request, sender)| row(request, sender)).collect();
    if rows.is_empty() {
        let text = format!("{}: no POST among {}", names.join(", "), amount(others.len(), "request"));
        return Err(Refused { exit: Exit::NothingChecked, ..Refused::usage(text) });
    }
    let seen: Vec<SeenRequest> = rows.iter().map(|row| row.seen.clone()).collect();
    let provider = vendor.or(known).or_else(|| likeliest(&seen));
    let provider = provider.ok_or_else(|| Refused::internal("no provider is known"))?;
    let callbacks = tell(&seen, times(provider));
    let labels: BTreeMap<&str, &str> =
        rows.iter().map(|row| (row.seen.id.as_str(), row.label.as_str())).collect();
    let mut out = head(&names, &seen, &left_out(&others), &callbacks, provider);
    let mut path = None;
    let mut sorted: Vec<&SeenCallback> = callbacks.iter().collect();
    sorted.sort_by_key(|callback| callback.attempts.first().map(|first| first.path.clone()));
    for callback in sorted {
        let Some(first) = callback.attempts.first() else { continue };
        if path != Some(&first.path) {
            out.push_str(&format!("\n{}\n", inert(&shown(&first.path))));
            path = Some(&first.path);
        }
        // Most have no label.
        let label = labels.get(first.id.as_str()).copied().unwrap_or_default();
        out.push_str(&format!("  {}\n", inert(&line(callback, label))));
    }
    out.push_str(&foot(&callbacks));
    out.push_str(&again);
    show(&out);
    let all = callbacks.iter().all(is_well);
    Ok(if all { Exit::Passed } else { Exit::Failed })
}

/// It was accepted, or rejected as it had to be.
fn is_well(callback: &SeenCallback) -> bool {
    matches!(callback.end, SeenEnd::Accepted | SeenEnd::Forged)
}

fn row(request: CapturedRequest, sender: Option<super::replay::Sender>) -> SeenRow {
    let Some((provider, revision, kind)) = sender else {
        let status = request.answer.as_ref().map_or(0, |answer| answer.status);
        let seen = SeenRequest {
            id: request.place.clone(),
            at: request.at,
            path: request.path.split('?').next().unwrap_or(&request.path).to_owned(),
            status,
            accepted: status == 200,
            // Of a body that is nobody's the bytes are all there is.
            key: request.body.as_ref().map(|body| String::from_utf8_lossy(body).into_owned()),
            unique: true,
            forged: is_forged(&request),
        };
        return SeenRow { seen, label: String::new() };
    };
    let sent = Sent { request, kind, provider, revision, unproven: false, refused: false };
    let seen = as_seen(&sent);
    let (fields, reading) = (sent.fields(), sent.reading());
    let text = |field: &str| fields.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let about = [text(reading.stream_field), text(reading.file_field)];
    let kind = kind.map(|kind| kind.name);
    let about: Vec<&str> = kind.into_iter().chain(about.into_iter().flatten()).collect();
    SeenRow { seen, label: about.join(" ") }
}

/// The provider whose retries explain most of what came; of those that explain the same the one that tries most often.
fn likeliest(seen: &[SeenRequest]) -> Option<&'static Provider> {
    let explained = |provider: &&'static Provider| {
        let times = times(provider);
        (times.explains(seen), times.retries)
    };
    known().iter().copied().max_by_key(explained)
}

/// Parts that the story leaves out.
fn left_out(others: &[CapturedRequest]) -> String {
    let (foreign, others): (Vec<_>, Vec<_>) = others.iter().partition(|request| request.method == NOT_HTTP);
    let parts = [(others.len(), "with another method than POST"), (foreign.len(), "that was not HTTP")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| {
            let what = if count > 1 { what.replace("was not", "were not") } else { what.to_owned() };
            format!("{} {what}", amount(count, "request"))
        })
        .collect();
    if parts.is_empty() { String::new() } else { format!("left out: {}\n", parts.join(", ")) }
}

fn head(
    names: &[String],
    seen: &[SeenRequest],
    left_out: &str,
    callbacks: &[SeenCallback],
    provider: &Provider,
) -> String {
    let times: Vec<Timestamp> = seen.iter().filter_map(|request| request.at).collect();
    let span = times.iter().min().zip(times.iter().max());
    let span = span.map_or_else(String::new, |(first, last)| format!(", {first:.0} to {last:.0}"));
    let (requests, count) = (amount(seen.len(), "request"), amount(callbacks.len(), "callback"));
    let policy = provider.newest().policy;
    let guessed = match seen.iter().all(|request| request.key.is_none()) {
        true => format!(
            "told apart by the retries of {}: {} more after {} each; --provider NAME takes another plan\n",
            provider.name,
            policy.retries,
            show_duration(policy.interval)
        ),
        false => String::new(),
    };
    format!("{}: {requests}, {count}{span}\n{guessed}{left_out}", inert(&names.join(", ")))
}

/// A path without parts that look random: a token in it would grant access.
fn shown(path: &str) -> String {
    let part = |part| if looks_drawn(part) { "..." } else { part };
    path.split('/').map(part).collect::<Vec<&str>>().join("/")
}

/// One callback: when it came first, what it was answered, after which gaps, and what became of it.
fn line(callback: &SeenCallback, label: &str) -> String {
    let first = callback.attempts.first().and_then(|first| first.at);
    let when = first.map_or_else(|| "-".to_owned(), |at| format!("{at:.0}"));
    let mut groups: Vec<(u16, usize)> = Vec::new();
    for attempt in &callback.attempts {
        match groups.last_mut() {
            Some((status, count)) if *status == attempt.status => *count += 1,
            _ => groups.push((attempt.status, 1)),
        }
    }
    let group = |(status, count): &(u16, usize)| match (status, count) {
        (0, count) => format!("no answer known ×{count}"),
        (status, 1) => status.to_string(),
        (status, count) => format!("{status} ×{count}"),
    };
    let statuses: Vec<String> = groups.iter().map(group).collect();
    let label = if label.is_empty() { String::new() } else { format!("  {label}") };
    format!("{when}{label}  {}{}  {}", statuses.join(", then "), gaps(callback), end(callback))
}

/// Times between one attempt and the next.
fn gaps(callback: &SeenCallback) -> String {
    let times: Vec<Timestamp> = callback.attempts.iter().filter_map(|attempt| attempt.at).collect();
    let gaps: Vec<Duration> = times
        .windows(2)
        .filter_map(|pair| match pair {
            [one, next] => Some(next.duration_since(*one).unsigned_abs()),
            _ => None,
        })
        .collect();
    let (Some(least), Some(most)) = (gaps.iter().min(), gaps.iter().max()) else { return String::new() };
    let told = |gap: &Duration| show_duration(rounded(*gap));
    if *most - *least <= ALIKE {
        return format!(", {} apart", told(least));
    }
    let shown: Vec<String> = gaps.iter().take(MOST_GAPS).map(told).collect();
    let more = if gaps.len() > MOST_GAPS { ", ..." } else { "" };
    format!(", after {}{more}", shown.join(", "))
}

/// Gap in whole seconds, unless it is shorter than one.
fn rounded(gap: Duration) -> Duration {
    match gap.as_secs() {
        0 => Duration::from_millis(u64::from(gap.subsec_millis())),
        _ => Duration::from_secs((gap + Duration::from_millis(500)).as_secs()),
    }
}

fn end(callback: &SeenCallback) -> String {
    match (callback.end, callback.attempts.len()) {
        (SeenEnd::Accepted, 1) => "accepted".into(),
        (SeenEnd::Accepted, _) => {
            let at = callback.attempts.iter().position(|attempt| attempt.accepted).map_or(1, |at| at + 1);
            let again = callback.attempts.len() - at;
            let again = match again {
                0 => String::new(),
                1 => ", and sent 1 more time".to_owned(),
                _ => format!(", and sent {again} more times"),
            };
            format!("accepted at attempt {at}{again}")
        }
        (SeenEnd::GivenUp, n) => format!("never accepted: these {n} attempts were all"),
        (SeenEnd::Missing(due), _) => {
            format!("never accepted: the attempt due at {due:.0} is missing, it did not come here")
        }
        (SeenEnd::Due(due), _) => format!("not accepted yet: the next attempt is due at {due:.0}"),
        (SeenEnd::Refused, _) => "not accepted".into(),
        (SeenEnd::Forged, _) => "rejected, as it must be: it came without a right signature".into(),
    }
}

fn foot(callbacks: &[SeenCallback]) -> String {
    let accepted = callbacks.iter().filter(|callback| callback.end == SeenEnd::Accepted).count();
    let missing = callbacks.iter().filter(|callback| matches!(callback.end, SeenEnd::Missing(_))).count();
    let forged = callbacks.iter().filter(|callback| callback.end == SeenEnd::Forged).count();
    let left = callbacks.len() - accepted - forged;
    let mut out = format!("\n{}: {accepted} accepted, {left} not", amount(callbacks.len(), "callback"));
    if forged > 0 {
        out.push_str(&format!(", {forged} rejected for a wrong signature"));
    }
    if missing > 0 {
        out.push_str(&format!(", {missing} with a missing attempt"));
    }
    out.push('\n');
    out
}

/// The command that sends again what was never accepted, as far as `replay` can; empty where nothing is left to be sent.
fn again(
    posts: &[CapturedRequest],
    names: &[String],
    format: Option<CaptureFormat>,
    vendor: Option<&Provider>,
) -> String {
    // `replay` sends no request without its body.
    if posts.iter().any(|request| request.body.is_none()) {
        return String::new();
    }
    let named = vendor.filter(|_| posts.iter().all(|request| recognised(request).is_none()));
    let wanted = Wanted {
        nothing: "nothing was sent",
        ids: &[],
        only_failed: true,
        provider: named.map(|vendor| vendor.name),
        revision: None,
    };
    let Ok((failed, unknown)) = wanted.of(posts.to_vec()) else { return String::new() };
    let files = providers::flags(failed.iter().map(|sent| sent.provider));
    let (forged, proven): (Vec<&Sent>, Vec<&Sent>) = failed.iter().partition(|sent| is_forged(&sent.request));
    let mut line = "hookreel replay".to_owned();
    names.iter().for_each(|name| line.push_str(&format!(" {}", quote(name))));
    let form = format.and_then(CaptureFormat::name);
    line.push_str(&form.map_or_else(String::new, |name| format!(" --as {name}")));
    line.push_str(&named.map_or_else(String::new, |vendor| format!(" --provider {}", vendor.name)));
    line.push_str(&files);
    // Nobody knows how a sender signs that is not known; some do not sign, and what is no object has no place for a signature.
    let signed = |sent: &&Sent| {
        let placed = !sent.fields().is_empty() || sent.reading().proof.header().is_some();
        placed && !sent.revision.signatures.is_empty()
    };
    let resign = if unknown == 0 && proven.iter().all(signed) { " --resign" } else { "" };
    // Without a flag they would be signed with the sample key.
    let key = if resign.is_empty() { "" } else { " --secret-env NAME" };
    let mut out = String::new();
    if !proven.is_empty() || unknown > 0 {
        out.push_str(&format!("send them again: {line} --only-failed{resign} -t URL{key}\n"));
    }
    if !forged.is_empty() && unknown == 0 {
        let ids: Vec<&str> = forged.iter().map(|sent| sent.request.id.as_str()).collect();
        out.push_str(&format!(
            "without a right signature when captured: {}; sent as captured: {line} --id {} -t URL\n",
            amount(forged.len(), "request"),
            ids.join(",")
        ));
    }
    out
}

/// Says that bodies alone tell nothing of what became of them.
fn without_answers(names: &[String], count: usize) -> Refused {
    let paths: Vec<String> = names.iter().map(|name| quote(name)).collect();
    let signatures =
        paths.iter().map(|path| format!("`hookreel verify {path}`")).collect::<Vec<_>>().join(", ");
    Refused::usage(format!(
        "{}: {} without answers, so nobody knows what was accepted; {signatures} checks the signatures, `hookreel replay {} -t \
         URL` sends them",
        inert(&names.join(", ")),
        amount(count, "request"),
        paths.join(" ")
    ))
}
