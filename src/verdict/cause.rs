//! Likely cause of an answer that acknowledges nothing, and things to try next.

mod clock;
mod other_sender;
mod refusal;
pub mod stored;

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::ACKNOWLEDGED;
use super::check::RECEIVER;
use crate::callback::Class;
use crate::record::{
    CallbackLine, CallbackRun, Exchange, Finding, FindingKind, Outcome, ScenarioLine, ScenarioRun,
    StateErrorKind, TroubleDetail, TroubleKind,
};

pub use clock::clock;
pub use other_sender::other_sender;
use refusal::SCHEME;
pub use refusal::{
    BODY_READ, RefusedAnswer, finds_no_json, misses_field, refuses_event, refuses_unknown_field,
    tells_of_a_cut_body,
};

/// Likely cause of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbableCause {
    /// Its subject, for programs.
    pub subject: CauseSubject,
    /// Text for a person.
    pub text: Cow<'static, str>,
}

/// Subject of a likely cause, as far as other causes depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CauseSubject {
    /// The key, the signature or the time, and nothing beside: clocks may differ.
    Proof,
    /// The receiver was made for another sender.
    OtherSender,
    /// Everything else.
    Other,
}

impl ProbableCause {
    /// A cause on which no other one depends.
    pub(crate) fn of(text: impl Into<Cow<'static, str>>) -> Self {
        Self { subject: CauseSubject::Other, text: text.into() }
    }
}

/// The likely cause of an exchange that failed a legal callback, for a person; none where the exchange says it all.
///
/// `key_is_held` reports that the receiver accepted what was signed with the same key.
pub fn likely(
    exchange: &Exchange,
    scenario: &ScenarioLine,
    event: &str,
    key_is_held: bool,
) -> Option<ProbableCause> {
    if let Some(error) = &exchange.error {
        let cause = match error.kind {
            _ if error.detail == Some(TroubleDetail::TlsAlert) => Some(SCHEME),
            // It says itself what is wrong in it.
            TroubleKind::Garbage if error.detail != Some(TroubleDetail::NoHttp) => Some(
                "the head of the receiver's answer, or what a proxy before it made of it; a real sender may take it for no answer",
            ),
            kind => of_trouble(kind, exchange.answer.is_some()),
        };
        return cause.map(ProbableCause::of);
    }
    let answer = exchange.answer.as_ref()?;
    let refused = RefusedAnswer { event, key_is_held, ..RefusedAnswer::of(answer, scenario) };
    refused.likeliest()
}

/// Meaning of connections that were not taken at once, where others were answered.
pub const BACKLOG: &str = "the receiver did not take all connections that came at once (the backlog of its listening socket, or its \
                           workers); raise it: in a burst some callbacks arrive only by a retry";

/// The likely cause of an exchange without a whole answer; `answered` = a part of one came.
pub fn of_trouble(kind: TroubleKind, answered: bool) -> Option<&'static str> {
    match kind {
        TroubleKind::Incomplete => {
            Some("the receiver's answer: it ends before its body does; see the receiver's own log")
        }
        TroubleKind::Timeout if answered => Some(
            "the receiver's answer: its head came, and its body never ended (a response that is not closed)",
        ),
        TroubleKind::Timeout | TroubleKind::CutOff => {
            Some("the receiver works before it answers, or waits for something; see its own log")
        }
        TroubleKind::Closed => Some(
            "the receiver, or a proxy before it, ended the connection; see its own log (a port of https does so, too, when http comes)",
        ),
        TroubleKind::NotTaken => Some(
            "the receiver takes no more connections: the backlog of its listening socket is full, or its workers are busy (a firewall \
             that drops what is sent looks the same)",
        ),
        TroubleKind::Garbage => Some(
            "the answer is not valid HTTP: something else than an HTTP server listens there (look at host, port and scheme), or its head \
             is wrong, such as two different Content-Lengths",
        ),
        _ => None,
    }
}

/// The likely cause of the failure of a callback, for a person.
pub fn of_callback(scenario: &ScenarioRun, callback: &CallbackRun) -> Option<Cow<'static, str>> {
    behind_failure(scenario, callback).map(|cause| cause.text)
}

/// The likely cause of the failure of a callback. Where the receiver's process ended, that is it, and a finding says so.
pub fn behind_failure(scenario: &ScenarioRun, callback: &CallbackRun) -> Option<ProbableCause> {
    let mut failed = callback.findings.iter().filter(|finding| !finding.ok);
    let first = failed.clone().next()?;
    if failed.any(|finding| finding.check == RECEIVER) {
        return None;
    }
    let last = callback.attempts.last()?.exchange.as_ref()?;
    let for_another =
        || other_sender(callback, last, &scenario.line.provider).filter(|_| !scenario.key_is_held);
    let cause = of_finding(first, last, scenario, &callback.line)?;
    let cause = for_another().map_or(cause, |text| ProbableCause {
        subject: CauseSubject::OtherSender,
        ..ProbableCause::of(text)
    });
    // A receiver that names the time, or nothing but the proof, may have a clock of its own.
    let differs = clock(callback).filter(|_| cause.subject == CauseSubject::Proof);
    let cause = differs.map_or(cause, ProbableCause::of);
    Some(with_faults(cause, last, &callback.line))
}

/// The cause of an error, behind the faults that were put on the callback: without them it may not come.
fn with_faults(cause: ProbableCause, exchange: &Exchange, callback: &CallbackLine) -> ProbableCause {
    let refused = exchange.answer.as_ref().is_some_and(|answer| answer.status >= 400);
    if !refused || callback.class != Class::Legal || callback.faults.is_empty() {
        return cause;
    }
    let mut names: Vec<String> = callback.faults.iter().map(|fault| format!("`{fault}`")).collect();
    names.dedup();
    let kind = if names.len() == 1 { "fault" } else { "faults" };
    ProbableCause::of(format!("it was sent with the {kind} {}: {}", names.join(", "), cause.text))
}

/// The likely cause behind a finding that failed: of answers that the vendor acknowledges, the finding says it all.
/// The fields that were changed by hand come before any other cause of a rejection.
fn of_finding(
    finding: &Finding,
    exchange: &Exchange,
    scenario: &ScenarioRun,
    callback: &CallbackLine,
) -> Option<ProbableCause> {
    // Of a handshake the finding names the member that is wrong, and how it is made.
    if finding.check != ACKNOWLEDGED || finding.kind == Some(FindingKind::WrongHandshake) {
        return None;
    }
    let rejected = exchange.answer.as_ref().is_some_and(|answer| (400..500).contains(&answer.status));
    if rejected && !callback.changed.is_empty() {
        let changed = callback.changed.join(", ");
        let what = format!("what was changed by hand: {changed}; send it unchanged to compare");
        return Some(ProbableCause::of(what));
    }
    likely(exchange, &scenario.line, &callback.event, scenario.key_is_held)
}

/// Meaning of pages where answers to callbacks are expected.
pub const PAGES: &str = "the target: it answers with an HTML page, such as a login page or the start page of a proxy or framework, so most \
                         likely it is not the webhook; look at its path";

/// The likely cause of a wrong state; none where what was found says it all.
pub fn of_state(scenario: &ScenarioRun, finding: &Finding) -> Option<&'static str> {
    Some(match finding.state_error.as_ref()? {
        error if error.is_missing() && reports_failures(scenario) => stored::REFUSED_IN_BODY.cause,
        StateErrorKind::ChangedId => stored::CHANGES_IDS.cause,
        StateErrorKind::Replaced { file, by } if in_one_message(scenario, file, by) => {
            stored::READS_ONE_FILE.cause
        }
        StateErrorKind::Replaced { file, by } if of_two_events(scenario, file, by) => stored::ONE_EVENT.cause,
        StateErrorKind::Replaced { .. } => stored::SHARES_A_KEY.cause,
        StateErrorKind::SeveralLists => stored::SEVERAL_STORES.cause,
        StateErrorKind::WithoutId => stored::WITHOUT_IDS.cause,
        StateErrorKind::Missing if answered_with_pages(scenario) => PAGES,
        StateErrorKind::MissingBesideOthers => stored::SOME_LOST.cause,
        StateErrorKind::Missing => stored::NOTHING_STORED.cause,
        StateErrorKind::StoredUnaccepted => {
            "the receiver stores the file, and fails after it, or at a file that is there already; answer a repetition with success"
        }
        StateErrorKind::EntriesGone => stored::DROPS_ENTRIES.cause,
        StateErrorKind::NoAnswer => stored::HANGS.cause,
        StateErrorKind::Repeated
        | StateErrorKind::StoredForgery
        | StateErrorKind::UnknownEntry
        | StateErrorKind::LostAtRestart => return None,
    })
}

/// True when one message tells of both files.
fn in_one_message(scenario: &ScenarioRun, one: &str, other: &str) -> bool {
    let of_both = |body: String| body.contains(one) && body.contains(other);
    scenario.callbacks.iter().any(|callback| of_both(callback.line.body.to_string()))
}

/// True when no event tells of both files.
fn of_two_events(scenario: &ScenarioRun, one: &str, other: &str) -> bool {
    let of = |file: &str| -> BTreeSet<&str> {
        let told = scenario.callbacks.iter().filter(|callback| callback.line.body.to_string().contains(file));
        told.map(|callback| callback.line.event.as_str()).collect()
    };
    of(one).is_disjoint(&of(other))
}

/// True when a legal callback was acknowledged by status, and the body of the answer reports a failure.
pub fn reports_failures(scenario: &ScenarioRun) -> bool {
    let legal = scenario.callbacks.iter().filter(|callback| callback.line.class == Class::Legal);
    let mut findings = legal.flat_map(|callback| &callback.findings);
    findings.any(|finding| finding.ok && finding.kind == Some(FindingKind::FailureInBody))
}

/// True when every accepted callback was answered with an HTML page.
fn answered_with_pages(scenario: &ScenarioRun) -> bool {
    let accepted = scenario.callbacks.iter().filter(|callback| callback.outcome() == Outcome::Accepted);
    let mut noted = accepted
        .map(|callback| callback.findings.iter().any(|finding| finding.kind == Some(FindingKind::HtmlPage)));
    noted.next().is_some_and(|first| first && noted.all(|it| it))
}

/// The refusal in the words of an acknowledged answer, where the scenario does not say how the receiver tells it: of a receiver
/// that refuses with the status of success.
pub fn refused_in_words<'a>(
    callback: &'a CallbackRun,
    scenario: &'a ScenarioLine,
) -> Option<RefusedAnswer<'a>> {
    let noted = |finding: &Finding| finding.kind == Some(FindingKind::FailureInBody);
    let answer = callback.attempts.last()?.exchange.as_ref()?.answer.as_ref()?;
    let refused = RefusedAnswer::in_words(&answer.body, &scenario.key, &scenario.provider);
    let refused = refused.map(|refused| refused.with_lines(scenario));
    refused.filter(|_| callback.findings.iter().any(noted))
}

/// A note on a failure that an acknowledging answer reports, with the likely cause behind it.
pub fn with_cause(note: &str, refused: Option<RefusedAnswer<'_>>) -> String {
    let cause = refused.and_then(|refused| refused.likeliest());
    cause.map_or_else(|| note.to_owned(), |cause| format!("{note}; likely cause: {}", cause.text))
}

/// True for a scenario that passed, and no answer speaks of a refusal all the same.
pub fn is_accepted(scenario: &ScenarioRun) -> bool {
    let refused = |callback: &CallbackRun| refused_in_words(callback, &scenario.line).is_some();
    super::on_scenario(scenario) == super::Verdict::Passed && !scenario.callbacks.iter().any(refused)
}
