//! The set-up of an audit is judged first, and alone: a receiver that rejects a plain callback fails every case for one
//! reason, and a state that cannot be read says nothing about any of them.

use std::time::Duration;

use super::args::KeyArgs;
use crate::audit::case::{AuditSetting, Case};
use crate::audit::score::begin;
use crate::audit::weight::Weight;
use crate::audit::{PLAIN, cases};
use crate::duration::spelt;
use crate::number;
use crate::plan::PlannedScenario;
use crate::provider::diagnosis::{Claim, explain_answer};
use crate::provider::signature::seal;
use crate::record::{
    CallbackRun, Exchange, FindingKind, Outcome, RECEIVER, RunRecord, ScenarioLine, ScenarioRun, SetUpLine,
    StateErrorKind, TroubleKind, expected_success,
};
use crate::scenario::Environment;
use crate::verdict::{SLOW, cause};

/// Description of the set-up, for a person.
pub(super) struct SetupDescription<'a> {
    pub(super) setting: &'a AuditSetting,
    /// Target of the callbacks.
    pub(super) target: &'a str,
    /// Origin of the key.
    pub(super) key: String,
    /// The state's address, if it is asked and may be shown.
    pub(super) state: Option<&'a str>,
    /// The plain callback, as it was planned.
    pub(super) play: Option<&'a PlannedScenario>,
}

/// Origin of the key.
pub(super) fn key_source(key: &KeyArgs, environment: &Environment) -> String {
    let own = environment.get("HOOKREEL_KEY").is_some_and(|key| !key.is_empty());
    match (&key.secret_env, &key.secret_file) {
        (Some(name), _) => format!("the variable {name}"),
        (None, Some(path)) => format!("the file {}", path.display()),
        (None, None) if own => "the variable HOOKREEL_KEY".into(),
        (None, None) => "the built-in sample key; --secret-env NAME or --secret-file FILE gives yours".into(),
    }
}

/// Problem of the set-up; none = no problem.
pub(super) fn judge(plain: &ScenarioRun, setup: &SetupDescription<'_>) -> Option<SetUpLine> {
    let callback = plain.callbacks.first()?;
    if matches!(callback.outcome(), Outcome::NotSent | Outcome::InDoubt) {
        return None;
    }
    let last = callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref());
    if callback.findings.iter().any(|finding| !finding.ok) || callback.outcome() != Outcome::Accepted {
        return Some(rejected(plain, callback, last, setup));
    }
    if let Some(refusal) = cause::refused_in_words(callback, &plain.line) {
        return Some(refused_in_words(callback, last, &refusal.to_try(), setup));
    }
    let finding = plain.state.iter().find(|finding| !finding.ok)?;
    let mut out = SetUpLine { failed: finding.actual.clone(), ..SetUpLine::default() };
    if !finding.is_setup() {
        out.explained =
            "the plain callback was accepted, so its file must be in the state, in one entry".into();
    }
    out.fact("state", format!("GET {}", setup.state.unwrap_or("(the address is not shown)")));
    let (host, path) = parts(setup.target);
    out.fact("request", format!("POST {path} to {host}: {}", answered(last)));
    printed(&mut out, callback);
    let lines = if finding.kind == Some(FindingKind::StateUnread) { UNREAD_TRY } else { LIST_TRY };
    let missing = finding.state_error.as_ref().is_some_and(StateErrorKind::is_missing);
    let cause = cause::of_state(plain, finding);
    let lines = cause.filter(|_| missing).into_iter().chain(lines.iter().copied());
    out.to_try = lines.map(str::to_owned).collect();
    if missing && setup.setting.provider.events.len() > 1 {
        out.to_try.push(format!(
            "the plain callback is a {} alone: a receiver that makes the entry at an earlier event finds none to complete; \
             `hookreel run @{} --state URL` plays whole broadcasts",
            callback.line.event, setup.setting.provider.name
        ));
    }
    if let Some(cause) = cause.filter(|_| {
        matches!(finding.state_error, Some(StateErrorKind::ChangedId | StateErrorKind::SeveralLists))
    }) {
        out.to_try = vec![cause.to_owned()];
    }
    if !finding.state_path.is_empty() {
        // The plain callback is played in any case, so nothing of it is asked for.
        out.to_try = vec![
            plain
                .line
                .rerun
                .replacen(" -v --state-path", " --state-path", 1)
                .trim_end_matches(" -v")
                .to_owned(),
        ];
    }
    Some(out)
}

/// Lines that are shown of what the receiver's process printed.
const PRINTED: usize = 5;

/// Advice for a state address that gave no answer.
const UNREAD_TRY: &[&str] = &[
    "the address in --state: whether something listens there, and whether host, port and path are right",
    "`curl` with that address: status 200 and a JSON list are wanted, one entry per stored file",
    "-H 'NAME: VALUE' is sent there, too, if it asks for one",
];
/// Advice for a state address that gave a wrong answer.
const LIST_TRY: &[&str] = &[
    "--state URL: it has to answer 200 with a JSON list, one entry per stored file",
    "--state-path JSONPATH: where the list stands in the answer, such as '$.data.list'",
    "an entry has to hold the vendor's id of the file; no pages, no limit",
];

/// True for an audit that ended after its plain callback: it was accepted, but the state is wrong.
pub(super) fn state_is_wrong(run: &RunRecord) -> bool {
    let plain = run.scenarios.first().filter(|plain| plain.line.path == PLAIN);
    plain.is_some_and(|plain| {
        plain.callbacks.iter().all(CallbackRun::passed) && plain.state.iter().any(|finding| !finding.ok)
    })
}

fn rejected(
    plain: &ScenarioRun,
    callback: &CallbackRun,
    last: Option<&Exchange>,
    setup: &SetupDescription<'_>,
) -> SetUpLine {
    let failed = match last.and_then(|exchange| exchange.answer.as_ref()) {
        Some(_) if only_ended(callback) => return ended_after_it(callback, last, setup),
        Some(_) => format!("a plain{} callback was rejected: {}", signed(setup), answered(last)),
        None => format!("a plain callback got no answer: {}", answered(last)),
    };
    let mut out = SetUpLine { failed, ..SetUpLine::default() };
    let failed = callback.findings.iter().find(|finding| !finding.ok && finding.check != RECEIVER);
    if let Some(finding) = failed.filter(|_| status(last).is_some_and(|status| status < 300)) {
        out.explained = format!("expected {}, got {}", finding.expected, finding.actual);
    }
    describe(&mut out, callback, setup);
    let lines = advice(last, &plain.line);
    let for_another = last.and_then(|last| cause::other_sender(callback, last, &plain.line.provider));
    let known = computed(callback, last, setup).into_iter().chain(cause::clock(callback));
    out.to_try = for_another.map_or_else(|| known.chain(lines).collect(), |line| vec![line]);
    out
}

/// The callback was accepted as it should be, and nothing is wrong but that the receiver's process ended then.
fn only_ended(callback: &CallbackRun) -> bool {
    callback.outcome() == Outcome::Accepted
        && callback.findings.iter().all(|finding| finding.ok || finding.check == RECEIVER)
}

fn ended_after_it(
    callback: &CallbackRun,
    last: Option<&Exchange>,
    setup: &SetupDescription<'_>,
) -> SetUpLine {
    let mut out = SetUpLine {
        failed: format!("the receiver ended after it accepted a plain callback: {}", answered(last)),
        explained: "each case would end it again; what it accepted may be lost".into(),
        ..SetUpLine::default()
    };
    describe(&mut out, callback, setup);
    let log = "what it printed last, or its own log: what it does after its answer ends it";
    let order = "the order: do the work that can fail first, and answer then";
    out.to_try = [log, order].map(str::to_owned).to_vec();
    out
}

/// A receiver whose answer to the plain callback has the status of success and the words of a refusal.
fn refused_in_words(
    callback: &CallbackRun,
    last: Option<&Exchange>,
    causes: &[String],
    setup: &SetupDescription<'_>,
) -> SetUpLine {
    let mut out = SetUpLine {
        failed: format!("the plain{} callback was answered {}", signed(setup), answered(last)),
        explained:
            "the status accepts it, and the body speaks of a refusal; the vendor reads the status alone"
                .into(),
        ..SetUpLine::default()
    };
    describe(&mut out, callback, setup);
    let known = computed(callback, last, setup).into_iter();
    out.to_try = known.chain(causes.iter().cloned()).take(MOST_TRIED).collect();
    let body = last.and_then(|exchange| exchange.answer.as_ref()).map_or("", |answer| &answer.body);
    let example = expected_success(body).unwrap_or_else(|| "{accept: {json: {\"$.code\": 0}}}".into());
    out.to_try.push(format!(
        "--expect YAML: how the receiver says yes, such as '{example}', so that its words count"
    ));
    out
}

/// Causes that are named of a refusal in words.
const MOST_TRIED: usize = 2;

/// Word for a callback that is signed, behind a comma; empty for one that is not.
fn signed(setup: &SetupDescription<'_>) -> &'static str {
    let unsigned = setup.setting.revision.signatures.is_empty() || setup.setting.method == "none";
    if unsigned { "" } else { ", signed" }
}

/// The request, the key, and what is known of the receiver's process.
fn describe(out: &mut SetUpLine, callback: &CallbackRun, setup: &SetupDescription<'_>) {
    let SetupDescription { setting, target, key, .. } = setup;
    let method = if setting.method.is_empty() { String::new() } else { format!(", {}", setting.method) };
    let (host, path) = parts(target);
    let (provider, revision) = (setting.provider.name, setting.revision.name);
    let kind = setting.revision.reading.media_type;
    out.fact("request", format!("POST {path} to {host}, {kind}, {provider} {revision}{method}"));
    let unsigned = signed(setup).is_empty();
    out.fact("key", if unsigned { "none: the callback is not signed" } else { key.as_str() });
    let ended = callback.findings.iter().filter(|finding| !finding.ok && finding.check == RECEIVER);
    ended.for_each(|finding| out.fact("process", &finding.actual));
    printed(out, callback);
}

/// The last lines that the receiver's process printed around the callback.
fn printed(out: &mut SetUpLine, callback: &CallbackRun) {
    let unseen = callback.printed.len().saturating_sub(PRINTED);
    callback.printed.iter().skip(unseen).for_each(|printed| out.fact("printed", printed));
}

/// A word of warning when the plain callback was accepted, and took its time: every other one takes as long.
pub(super) fn slow(run: &RunRecord) -> Option<String> {
    let plain = run.callbacks().next()?;
    let last = plain.attempts.last()?.exchange.as_ref().filter(|last| last.error.is_none())?;
    let took = Duration::try_from_secs_f64(last.latency_ms / 1000.0).ok()?;
    if took < SLOW {
        return None;
    }
    let count = number::capped::<u32>(run.callbacks().count());
    let weight =
        |scenario: &ScenarioRun| cases().find(|case| case.id == scenario.line.path).map(Case::weight);
    let all = run.scenarios.iter().filter_map(weight).any(|weight| weight != Weight::Must);
    let quick = if all { "--quick plays the cases that matter most, " } else { "" };
    Some(format!(
        "slow: the plain callback was answered after {}; {count} callbacks may take {}\n  likely cause: the receiver \
         works before it answers; store the callback, answer, and work then\n  {quick}--case ID plays one alone\n",
        spelt(took),
        spelt(took.saturating_mul(count)),
    ))
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
    let error = exchange.error.as_ref().map(|error| error.text.clone());
    match &exchange.answer {
        Some(answer) => {
            let body = begin(&answer.body);
            let words = if body.is_empty() { "without a body".into() } else { body };
            let error = error.map_or_else(String::new, |error| format!(" ({error})"));
            let to = answer.location.as_ref().map_or_else(String::new, |to| format!(" to {to},"));
            format!("{}{to} {words}{error}", answer.status)
        }
        None => error.unwrap_or_else(|| "no answer".into()),
    }
}

/// Advice for the next step, the likeliest first.
fn advice(last: Option<&Exchange>, scenario: &ScenarioLine) -> Vec<String> {
    if let Some(cause) =
        last.filter(|last| last.error.is_some()).and_then(|last| cause::likely(last, scenario, "", false))
    {
        return vec![cause.text.into_owned()];
    }
    // It says itself what to try.
    if let Some(error) =
        last.and_then(|last| last.error.as_ref()).filter(|error| error.kind == TroubleKind::Tls)
    {
        return vec![of_tls(&error.text).to_owned()];
    }
    let answer = last.and_then(|exchange| exchange.answer.as_ref());
    let unreached = || UNREACHED.iter().copied().map(str::to_owned).collect();
    let mut lines =
        answer.map_or_else(unreached, |answer| cause::RefusedAnswer::of(answer, scenario).to_try());
    // An audit has no scenario; its --expect says what the vendor was configured with.
    let read = lines.iter().any(|line| line == cause::BODY_READ);
    if let Some(success) = answer.filter(|answer| !read && (201..300).contains(&answer.status)) {
        lines.retain(|line| !line.contains("delivery.success"));
        let way = format!(
            "--expect '{{accept: {{status: {}}}}}', if the vendor was configured with this status",
            success.status
        );
        lines.push(way);
    }
    if matches!(status(last), Some(404 | 500)) && !lines.iter().any(|line| line.contains("--stream NAME")) {
        lines.push("a receiver may answer so to a stream that it does not know: --stream NAME".into());
    }
    lines
}

/// Next step after an error of TLS: its text behind the first sentence, or the flags that trust more.
fn of_tls(error: &str) -> &str {
    let advice = error.split_once(". ").map_or("", |(_, advice)| advice);
    if advice.contains("--") { advice } else { TRUST }
}

/// Flags that trust a certificate.
const TRUST: &str = "--cacert FILE trusts your own authority, --insecure trusts every certificate";

/// Advice for a missing answer, if the trouble has no likely cause of its own.
const UNREACHED: &[&str] = &[
    "whether the receiver runs and listens there; --wait-for 30s waits for it",
    "the scheme of the address: http or https",
];

/// The mistake behind the signature that the receiver computed, where its answer holds it.
fn computed(callback: &CallbackRun, last: Option<&Exchange>, setup: &SetupDescription<'_>) -> Option<String> {
    let answer = last?.answer.as_ref()?;
    let play = setup.play?;
    let signing = play.signing.as_ref()?;
    let sent: jiff::Timestamp = callback.attempts.last()?.sent_at.parse().ok()?;
    let time = sent.as_second().saturating_add(signing.ahead());
    let body_template = play.body_template(play.callbacks.first()?);
    // The clock was read just before the time that was written down.
    [time, time - 1].into_iter().find_map(|time| {
        let sealed = seal(&body_template, Some(signing), time);
        let fields = serde_json::from_slice(&sealed.body).ok()?;
        let claim = Claim {
            provider: setup.setting.provider,
            revision: setup.setting.revision,
            method: signing.method,
            fields: &fields,
            body: &sealed.body,
            proof: Some(&sealed.signature),
            head: &[],
            path: "",
        };
        let mistake = explain_answer(&claim, &signing.key, &answer.body)?;
        Some(format!("the signature: the receiver computed another one: {}; {}", mistake.what, mistake.fix))
    })
}
