//! The set-up of an audit is judged first, and alone: a receiver that rejects a plain callback fails every case for one
//! reason, and a state that cannot be read says nothing about any of them.

use std::fmt::Write;

use super::args::KeyArgs;
use super::exit::Exit;
use crate::audit::case::Setting;
use crate::audit::score::begin;
use crate::plan::Play;
use crate::provider::diagnosis::{Claim, explain_answer};
use crate::provider::signature::seal;
use crate::record::{CallbackRun, Exchange, Outcome, ScenarioRun};
use crate::report::inert;
use crate::scenario::Environment;
use crate::verdict::cause;

/// What the set-up consists of, for a person.
pub(super) struct Setup<'a> {
    pub(super) setting: &'a Setting,
    /// Where callbacks go.
    pub(super) target: &'a str,
    /// Where the key came from.
    pub(super) key: String,
    /// The state's address, if it is asked and may be shown.
    pub(super) state: Option<&'a str>,
    /// The plain callback, as it was planned.
    pub(super) play: Option<&'a Play>,
}

/// Where the key comes from.
pub(super) fn key_source(key: &KeyArgs, environment: &Environment) -> String {
    let own = environment.get("HOOKREEL_KEY").is_some_and(|key| !key.is_empty());
    match (&key.secret_env, &key.secret_file) {
        (Some(name), _) => format!("the variable {name}"),
        (None, Some(path)) => format!("the file {}", path.display()),
        (None, None) if own => "the variable HOOKREEL_KEY".into(),
        (None, None) => "the built-in sample key; --secret-env NAME or --secret-file FILE gives yours".into(),
    }
}

/// What is wrong with the set-up, and the exit code for it; none = nothing is.
pub(super) fn judge(plain: &ScenarioRun, setup: &Setup<'_>) -> Option<(Exit, String)> {
    let callback = plain.callbacks.first()?;
    if matches!(callback.outcome(), Outcome::NotSent | Outcome::InDoubt) {
        return None;
    }
    let last = callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref());
    if callback.findings.iter().any(|finding| !finding.ok) || callback.outcome() != Outcome::Accepted {
        return Some((Exit::Unreachable, rejected(callback, last, setup)));
    }
    let finding = plain.state.iter().find(|finding| !finding.ok)?;
    let mut out = format!("set-up: {}\n", inert(&finding.actual));
    if !finding.is_setup() {
        out.push_str("  the plain callback was accepted, so its file must be in the state, in one entry\n");
    }
    // Writing into a String cannot fail.
    let _ = writeln!(out, "  state     GET {}", setup.state.unwrap_or("(the address is not shown)"));
    let (host, path) = parts(setup.target);
    let _ = writeln!(out, "  request   POST {path} to {host}: {}", answered(last));
    out.push_str(
        "  try       --state URL: it has to answer 200 with a JSON list, one entry per stored file\n            \
         --state-path JSONPATH: where the list stands in the answer, such as '$.data.list'\n            \
         an entry has to hold the vendor's id of the file; no pages, no limit\n",
    );
    out.push_str(NOTHING_ELSE);
    Some((Exit::Usage, out))
}

const NOTHING_ELSE: &str =
    "nothing else was played: every case would fail for this reason; --keep-going plays them all the same\n";

fn rejected(callback: &CallbackRun, last: Option<&Exchange>, setup: &Setup<'_>) -> String {
    let Setup { setting, target, key, .. } = setup;
    let method = if setting.method.is_empty() { String::new() } else { format!(", {}", setting.method) };
    let mut out = match last.and_then(|exchange| exchange.answer.as_ref()) {
        Some(_) => format!("set-up: a plain, correctly signed callback was rejected: {}\n", answered(last)),
        None => format!("set-up: a plain callback got no answer: {}\n", answered(last)),
    };
    let failed = callback.findings.iter().find(|finding| !finding.ok);
    if let Some(finding) = failed.filter(|_| status(last).is_some_and(|status| status < 300)) {
        let _ = writeln!(out, "  expected {}, got {}", inert(&finding.expected), inert(&finding.actual));
    }
    let (host, path) = parts(target);
    let unsigned = setting.revision.signatures.is_empty() || setting.method == "none";
    let key = if unsigned { "none: the callback is not signed" } else { key.as_str() };
    let _ = writeln!(
        out,
        "  request   POST {} to {host}, application/json, {} {}{method}\n  key       {key}",
        path, setting.provider.name, setting.revision.name
    );
    let mut lines = advice(status(last), last);
    if let Some((clock, first)) = clock(callback, last) {
        lines.insert(if first { 0 } else { lines.len().min(1) }, clock);
    }
    for (index, line) in computed(callback, last, setup).into_iter().chain(lines).enumerate() {
        let _ = writeln!(out, "  {:<9} {line}", if index == 0 { "try" } else { "" });
    }
    out.push_str(NOTHING_ELSE);
    out
}

fn status(last: Option<&Exchange>) -> Option<u16> {
    last?.answer.as_ref().map(|answer| answer.status)
}

/// An address as scheme and host, and path.
fn parts(target: &str) -> (&str, &str) {
    let host = target.find("://").map_or(0, |at| at + 3);
    let slash = target.get(host..).and_then(|rest| rest.find('/')).map_or(target.len(), |at| host + at);
    let path = target.get(slash..).filter(|path| !path.is_empty()).unwrap_or("/");
    (target.get(..slash).unwrap_or(target), path)
}

/// Status and the receiver's own words.
fn answered(last: Option<&Exchange>) -> String {
    let Some(exchange) = last else { return "no attempt".into() };
    let error = exchange.error.as_ref().map(|error| inert(&error.text).to_string());
    match &exchange.answer {
        Some(answer) => {
            let body = begin(&answer.body);
            let words = if body.is_empty() { "without a body".into() } else { inert(&body).to_string() };
            let error = error.map_or_else(String::new, |error| format!(" ({error})"));
            format!("{} {words}{error}", answer.status)
        }
        None => error.unwrap_or_else(|| "no answer".into()),
    }
}

/// What to try next, the likeliest first.
fn advice(status: Option<u16>, last: Option<&Exchange>) -> Vec<String> {
    let key = "the key: --secret-env NAME or --secret-file FILE with the key that the receiver checks with";
    let scheme = "the scheme: --revision and --method (`hookreel list revisions`); `hookreel verify --explain` names what differs";
    let unfinished = last.filter(|last| last.answer.is_some() && last.error.is_some());
    if let Some(cause) = unfinished.and_then(cause::likely) {
        return vec![cause.to_owned()];
    }
    let lines: &[&str] = match status {
        Some(404 | 405) => &[
            "the path: the target has no such path, or takes no POST there: -t http://HOST:PORT/PATH",
            "a receiver may also answer so to a stream it does not know: --stream NAME",
        ],
        Some(401 | 403) => {
            &[key, scheme, "where the receiver looks for the signature: the vendor sends it in the body"]
        }
        Some(415) => {
            &["the content type: application/json was sent, as the vendor does; the receiver has to take it"]
        }
        Some(300..=399) => return vec![redirected(last)],
        Some(429) => &["the rate limit of the receiver or of a proxy before it"],
        Some(500..) => &[
            "the receiver failed over a valid callback: look at the receiver's own log",
            "the body's form: --revision; a stream it does not know: --stream NAME",
        ],
        Some(201..=299) => &[
            "the status: the vendor acknowledges status 200 alone and would send the callback again; answer 200",
            "`delivery: {success: {status: 2xx}}` in a scenario, if the vendor was told that another status will do",
        ],
        Some(200) => &[
            "--expect: how the receiver signals success, such as '{accept: {json: {\"$.code\": 0}}}'",
            key,
            scheme,
        ],
        Some(_) => &["the body's form: --revision; the receiver's own log says what it missed", key, scheme],
        None => &[
            "whether the receiver runs and listens there; --wait-for 30s waits for it",
            "the scheme of the address: http or https",
        ],
    };
    lines.iter().map(|line| (*line).to_owned()).collect()
}

/// The mistake behind the signature that the receiver computed, where its answer holds it.
fn computed(callback: &CallbackRun, last: Option<&Exchange>, setup: &Setup<'_>) -> Option<String> {
    let answer = last?.answer.as_ref()?;
    let play = setup.play?;
    let signing = play.signing.as_ref()?;
    let sent: jiff::Timestamp = callback.attempts.last()?.sent_at.parse().ok()?;
    let lifetime = i64::try_from(signing.lifetime.as_secs()).ok()?;
    let time = sent.as_second().saturating_add(lifetime);
    let envelope = play.envelope(play.callbacks.first()?);
    // The clock was read just before the time that was written down.
    [time, time - 1].into_iter().find_map(|time| {
        let sealed = seal(&envelope, Some(signing), time);
        let fields = serde_json::from_slice(&sealed.body).ok()?;
        let claim = Claim {
            provider: setup.setting.provider,
            revision: setup.setting.revision,
            method: signing.method,
            fields: &fields,
            body: &sealed.body,
        };
        let mistake = explain_answer(&claim, &signing.key, &answer.body)?;
        Some(format!("the signature: the receiver computed another one: {}; {}", mistake.what, mistake.fix))
    })
}

/// A clock that differs, by the answer's Date, which comes first; or what to look at where the receiver speaks of time.
fn clock(callback: &CallbackRun, last: Option<&Exchange>) -> Option<(String, bool)> {
    let answer = last?.answer.as_ref().filter(|answer| (400..500).contains(&answer.status))?;
    let date = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("date"));
    let theirs = date.and_then(|(_, text)| jiff::fmt::rfc2822::parse(text).ok());
    let ours: Option<jiff::Timestamp> = callback.attempts.last()?.sent_at.parse().ok();
    let apart = theirs.zip(ours).map(|(theirs, ours)| theirs.timestamp().as_second() - ours.as_second());
    let body = answer.body.to_ascii_lowercase();
    match apart {
        Some(seconds) if seconds.abs() > 60 => {
            let way = if seconds > 0 { "ahead of" } else { "behind" };
            let text =
                format!("the clocks: by its Date header the receiver's is {} s {way} ours", seconds.abs());
            Some((text, true))
        }
        _ if body.contains("expire") => {
            let text = "the clocks: the receiver takes a fresh signature for expired; compare `date -u` on both sides";
            // Words about the signature as well are about the key first.
            Some((text.into(), !body.contains("sign")))
        }
        _ => None,
    }
}

fn redirected(last: Option<&Exchange>) -> String {
    let location =
        last.and_then(|exchange| exchange.answer.as_ref()).and_then(|answer| answer.location.clone());
    let to = location.map_or_else(String::new, |to| format!(" {}", inert(&to)));
    format!("-t with the address it redirects to{to}: no vendor follows redirects")
}
