//! `hookreel replay`: captured requests sent again, byte for byte or signed anew, and what became of each beside what had.

mod proof;
mod senders;
mod wire;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use http::HeaderName;
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;

use super::args::{EditionArgs, ReplayArgs, ReplayOrder, RunArgs, TimeArgs};
use super::exit::{Exit, Refused};
use super::requests::{self, Form, lacks_signature};
use super::shell_commands::quote;
use super::sign::method;
use super::{ProcessContext, complain, planned, run, sources};
use crate::callback::{BodyTemplate, Class, PlannedCallback, path};
use crate::capture::{CaptureFormat, CapturedRequest};
use crate::delivery::target::Allowed;
use crate::duration::show_duration;
use crate::lifecycle::draw::Draws;
use crate::number;
use crate::plan::PlannedScenario;
use crate::plan::captured::{self, SignedWith};
use crate::play::Planned;
use crate::problem::Source;
use crate::provider::insertion::Existing;
use crate::provider::signature::Proof;
use crate::provider::standard_webhooks;
use crate::report::text::amount;
use crate::request::WireFault;
use crate::scenario::Method;
use crate::speed::Speed;
use senders::{expiry, secrets};

pub(super) use proof::{Resigned, is_forged, proven};
use proof::{refused_rightly, warn_of_another_key};
pub(super) use senders::{Sender, Sent, Wanted, as_seen, earlier, once_each, recognised, times};

pub(super) fn run(args: ReplayArgs, context: &ProcessContext) -> Result<Exit, Refused> {
    let target = args.receiver.target.as_ref();
    let allowed = Allowed(args.receiver.connection.allow_remote.clone());
    target.map_or(Ok(()), |target| allowed.check(target)).map_err(Refused::usage)?;
    let mut requests = requests::collect(&args.captures, args.format.map_or(Form::Recognised, Form::Named))?;
    let files = std::mem::take(&mut requests.files);
    let wanted = Wanted {
        nothing: "nothing was sent",
        ids: &args.id,
        only_failed: args.only_failed,
        provider: args.provider.as_deref(),
        revision: args.revision.as_deref(),
    };
    let (mut sent, unknown) = wanted.of(requests.all)?;
    let asked = args.method.as_deref().and_then(Method::named).unwrap_or(Method::None);
    sent.iter_mut().for_each(|sent| sent.revision = standard_webhooks::under(sent.revision, asked));
    sent.iter().try_for_each(|sent| wire::sendable(&sent.request))?;
    let mut sent = match args.resign && unknown == 0 {
        true => proven(sent, &args.id, Resigned::Now(&signing_key(&args, context)?))?,
        false => sent,
    };
    if !args.resign {
        let key = super::secrets::key(&args.key, &context.environment)?.map(|(key, _)| key);
        key.iter().for_each(|key| warn_of_another_key(&sent, key));
        refused_rightly(&mut sent, key.as_ref());
    }
    if unknown > 0 && args.resign {
        return Err(Refused::usage(format!(
            "--resign: {} of no provider that is known; --provider NAME says how it signs; nothing was sent",
            amount(unknown, "request")
        )));
    }
    if unknown > 0 {
        let count = amount(unknown, "request");
        complain(&format!("note: {count} of no provider that is known: accepted means status 200\n"));
    }
    let mut planned = plan(&args, context, sent)?;
    planned.captured.files = files;
    planned.command = Some(command(&args));
    let mut output = args.output;
    output.verbose |=
        planned.plays.iter().map(|play| play.callbacks.len()).sum::<usize>() == 1 && !output.quiet;
    let args = RunArgs { max_failures: 0, ..RunArgs::of(args.key, args.time, args.receiver, output) };
    let (captures, before) = (planned.captured.files.clone(), length(&planned.captured.files));
    let (exit, _) = run::play(&args, &mut planned)?;
    if length(&captures) > before {
        complain(
            "note: the capture grew meanwhile: the receiver writes what is sent again into it, and another replay would send \
             that, too; keep a copy of the capture\n",
        );
    }
    Ok(exit)
}

/// Number of bytes in these files.
fn length(files: &[PathBuf]) -> u64 {
    files.iter().filter_map(|file| fs::metadata(file).ok()).map(|data| data.len()).sum()
}

/// The key that signs: that of the flags, or else the one that the scenario behind a play names.
fn signing_key(args: &ReplayArgs, context: &ProcessContext) -> Result<SecretString, Refused> {
    Ok(match super::secrets::key(&args.key, &context.environment)? {
        Some((key, _)) => key,
        None => {
            let named = context.environment.get("HOOKREEL_KEY");
            named.map_or(super::secrets::SAMPLE, String::as_str).to_owned().into()
        }
    })
}

/// A play for each provider, of which every callback is a captured request.
fn plan(args: &ReplayArgs, context: &ProcessContext, sent: Vec<Sent>) -> Result<Planned, Refused> {
    let begun = sent.iter().filter_map(|sent| sent.request.at).min();
    let mut of_provider: BTreeMap<&str, Vec<Sent>> = BTreeMap::new();
    for sent in sent {
        of_provider.entry(sent.provider.name).or_default().push(sent);
    }
    let mut texts = Vec::new();
    for sent in of_provider.values() {
        texts.push(scenario(args, sent)?);
    }
    let name = args.captures.join(" ");
    let source = |text| Source { name: name.clone(), text };
    let loaded =
        sources::parse(texts.into_iter().map(source).collect(), &context.environment, context.colour)?;
    let told = TimeArgs { seed: args.time.seed, now: args.time.now, speed: Speed::Max };
    let flags =
        planned::PlanFlags { key: &args.key, time: &told, jobs: 1, editions: &EditionArgs::default() };
    let mut planned = planned::of(loaded, &flags, context, None)?;
    planned.captured = secrets(of_provider.values().flatten());
    let own_path = args.receiver.target.as_ref().is_some_and(|target| target.url.path() == "/");
    let mut verbatim = Vec::new();
    let draws = Draws::new(planned.conditions.seed);
    for (play, sent) in planned.plays.iter_mut().zip(of_provider.into_values()) {
        let sent = arranged(sent, args.order, &draws);
        let mut callbacks = Vec::new();
        for n in 1..=args.count {
            for sent in &sent {
                let mut callback = callback(args, play, sent)?;
                if n > 1 {
                    callback.id.push_str(&format!("-{n}"));
                }
                callback.wire_fault = as_captured(args, own_path, &sent.request, callback.given.as_ref());
                verbatim
                    .extend(callback.given.as_ref().filter(|given| !given.is_signed()).map(|_| expiry(sent)));
                callbacks.push(callback);
            }
        }
        due(args, begun, &sent, &mut callbacks);
        play.callbacks = callbacks;
    }
    planned.conditions.speed = match (args.every, args.time.speed) {
        (Some(_), Speed::Max) => Speed::Times(1.0),
        (_, speed) => speed,
    };
    warn_of_expired(&verbatim.into_iter().flatten().collect::<Vec<_>>(), planned.clock.now());
    Ok(planned)
}

/// The scenario behind a play: who sends, and nothing of what.
fn scenario(args: &ReplayArgs, sent: &[Sent]) -> Result<String, Refused> {
    let Some(Sent { provider, revision, .. }) = sent.first() else { return Ok(String::new()) };
    let signed = !revision.signatures.is_empty();
    let method = match signed {
        true => method(provider, revision, args.method.as_deref())?.to_string(),
        false => "none".to_owned(),
    };
    let mut text =
        format!("name: sent again\nprovider: {{name: {}, revision: \"{}\"}}\n", provider.name, revision.name);
    // Writing into a String cannot fail.
    let _ = writeln!(
        text,
        "recording: {{{}: {{}}}}\nsigning: {{method: {method}, key: \"${{HOOKREEL_KEY:-0123456789abcdef0123456789abcdef}}\"}}",
        provider.plain
    );
    let _ = writeln!(
        text,
        "broadcast: [{{0s: push}}, {{10m: drop}}]\ndelivery: {{retry: none, ordering: stream}}"
    );
    Ok(text)
}

fn arranged(mut sent: Vec<Sent>, order: ReplayOrder, draws: &Draws) -> Vec<Sent> {
    match order {
        ReplayOrder::AsIs => {}
        ReplayOrder::Reverse => sent.reverse(),
        ReplayOrder::Shuffle => {
            let mut draw = draws.named("replay/order");
            for last in (1..sent.len()).rev() {
                let other = draw.below(number::capped::<u64>(last + 1));
                sent.swap(last, usize::try_from(other).unwrap_or(last));
            }
        }
    }
    sent
}

/// A captured request as a callback.
fn callback(args: &ReplayArgs, play: &PlannedScenario, sent: &Sent) -> Result<PlannedCallback, Refused> {
    let (request, bytes) = (&sent.request, sent.request.bytes());
    let event = sent.kind.map_or(captured::UNKNOWN, |kind| kind.name);
    let otherwise = args.method.is_some() || sent.revision.reading.proof != Proof::Body;
    let with = SignedWith { keys: play.signing.as_ref(), settings: &play.settings };
    let given = match (args.resign || lacks_signature(request, otherwise), sent.query()) {
        (false, Some(query)) => Ok(captured::verbatim_query(query)),
        (false, None) => Ok(captured::verbatim(bytes)),
        (true, Some(query)) => captured::resigned_query(query, sent.revision, with, event),
        (true, None) => captured::resigned(bytes, sent.revision, with, event, Existing::Replace),
    };
    let given = given.map_err(|why| {
        Refused::usage(format!(
            "--resign: {}: {why}; without --resign it is sent as it was captured; nothing was sent",
            request.place
        ))
    })?;
    let mut callback = captured::callback(request.id.clone(), event, given);
    callback.subject = subject(sent, bytes);
    callback.class = if sent.refused { Class::Hostile } else { Class::Legal };
    callback.earlier = earlier(sent);
    let when = request.at.map_or_else(String::new, |at| format!(" at {at:.0}"));
    // What `serve` found is its own word: the answer was that of the receiver behind it.
    let said = match (request.verdict.as_str(), &request.sender) {
        ("", _) => String::new(),
        (verdict, Some(_)) => format!(": {verdict}"),
        (verdict, None) => format!("; serve found it {verdict}"),
    };
    let answered = request.answer.as_ref().map_or_else(String::new, |a| format!(", answered {}", a.status));
    callback.why = format!("captured{when}{answered}{said} ({})", request.place);
    Ok(callback)
}

/// The stream and the file that a body is about, or its size.
fn subject(sent: &Sent, bytes: &[u8]) -> String {
    let size = format!("{} byte{}", bytes.len(), if bytes.len() == 1 { "" } else { "s" });
    let (body, reading) = (sent.fields(), sent.reading());
    let field =
        |name: &str| path::lookup(&body, name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let found = [field(reading.stream_field), field(reading.file_field)];
    let found: Vec<&str> = found.into_iter().flatten().collect();
    if found.is_empty() || sent.kind.is_none() { size } else { found.join(" ") }
}

/// Everything of the request that the ordinary client would do otherwise: method, path and headers, but for those that are signed
/// anew.
fn as_captured(
    args: &ReplayArgs,
    own_path: bool,
    request: &CapturedRequest,
    signed: Option<&BodyTemplate>,
) -> WireFault {
    let mut fault = WireFault::default();
    // The path alone is no reason to write a record's callback by hand.
    if request.headers.is_empty()
        && (request.method == "POST" || request.method.is_empty())
        && request.path.len() < 2
    {
        return fault;
    }
    let given: Vec<&HeaderName> = args.receiver.connection.headers.iter().map(|(name, _)| name).collect();
    let own = |name: &str| {
        OF_CONNECTION.iter().chain(&["host", "content-length"]).any(|own| own.eq_ignore_ascii_case(name))
            || given.iter().any(|given| given.as_str().eq_ignore_ascii_case(name))
            || signed.is_some_and(|signed| signed.head.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)))
    };
    let headers: Vec<_> = request.headers.iter().filter(|(name, _)| !own(name)).cloned().collect();
    let method = request.method.clone();
    let path = Some(request.path.clone()).filter(|path| own_path && path.len() > 1);
    fault.tamper(move |raw| {
        if !method.is_empty() {
            raw.method = method.clone().into_bytes();
        }
        path.iter().for_each(|path| raw.target = path.clone().into_bytes());
        headers.iter().for_each(|(name, _)| raw.remove(name));
        headers.iter().for_each(|(name, value)| raw.add(name, value));
    });
    fault
}

/// Headers of one connection, which this one has of its own.
const OF_CONNECTION: [&str; 6] =
    ["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

/// Sets the due times: at the gaps of the capture, or at equal ones.
fn due(args: &ReplayArgs, begun: Option<Timestamp>, sent: &[Sent], callbacks: &mut [PlannedCallback]) {
    let mut times: Vec<Duration> = sent
        .iter()
        .map(|sent| {
            sent.request
                .at
                .zip(begun)
                .map_or(Duration::ZERO, |(at, begun)| at.duration_since(begun).unsigned_abs())
        })
        .collect();
    // In another order they come at the times of the others.
    times.sort();
    // Without callbacks, nothing is due.
    let length = times.last().copied().unwrap_or(Duration::ZERO);
    let every = args.every.map(|every| match args.time.speed {
        Speed::Max => every,
        Speed::Times(factor) => every.mul_f64(factor),
    });
    for (n, callback) in callbacks.iter_mut().enumerate() {
        let (round, at) = (n / sent.len().max(1), n % sent.len().max(1));
        let count = |n: usize| number::capped::<u32>(n);
        callback.due = match every {
            Some(every) => every.saturating_mul(count(n)),
            // There are as many times as callbacks in a round.
            None => times.get(at).copied().unwrap_or(Duration::ZERO) + length.saturating_mul(count(round)),
        };
    }
}

/// A right receiver refuses what has expired, and the answer then says nothing about the incident.
fn warn_of_expired(expiries: &[i64], now: Timestamp) {
    let late: Vec<i64> =
        expiries.iter().map(|expiry| now.as_second() - expiry).filter(|late| *late > 0).collect();
    let Some(least) = late.iter().min() else { return };
    complain(&format!(
        "warning: {} of {} sent with a signature that expired {} ago or earlier; --resign signs them again\n",
        late.len(),
        amount(expiries.len(), "callback"),
        show_duration(Duration::from_secs(least.unsigned_abs()))
    ));
}

/// The command line again, without what the receiver's flags add.
fn command(args: &ReplayArgs) -> String {
    let mut line = "hookreel replay".to_owned();
    args.captures.iter().for_each(|path| line.push_str(&format!(" {}", quote(path))));
    let mut flag = |name: &str, value: Option<&str>| {
        value.iter().for_each(|value| line.push_str(&format!(" --{name} {}", quote(value))));
    };
    flag("as", args.format.and_then(CaptureFormat::name));
    flag("provider", args.provider.as_deref());
    flag("revision", args.revision.as_deref());
    flag("method", args.method.as_deref());
    flag("id", Some(args.id.join(",")).as_deref().filter(|ids| !ids.is_empty()));
    flag("every", args.every.map(show_duration).as_deref());
    let order = match args.order {
        ReplayOrder::AsIs => None,
        ReplayOrder::Reverse => Some("reverse"),
        ReplayOrder::Shuffle => Some("shuffle"),
    };
    flag("order", order);
    line.push_str(if args.resign { " --resign" } else { "" });
    line.push_str(if args.only_failed { " --only-failed" } else { "" });
    if args.count > 1 {
        let _ = write!(line, " -n {}", args.count);
    }
    line
}
