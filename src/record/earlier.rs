//! Records of earlier versions: facts that they have in words alone. No other place reads words of our own.

use super::load::{DeviationKind, KeptAnswer, Tally};
use super::{
    AuditedSender, CaseLine, Exchange, Finding, FindingKind, Line, REJECTED, RunRecord, Seen, TroubleDetail,
    TroubleKind,
};

/// Completes a line of an earlier version.
pub(super) fn complete(line: &mut Line) {
    match line {
        Line::Result { exchange, .. } => detail(exchange),
        Line::Finding { finding, .. } if finding.kind.is_none() => finding.kind = kind(finding),
        Line::Second(second) => tally(&mut second.tally),
        _ => {}
    }
}

/// The detail of a trouble.
fn detail(exchange: &mut Exchange) {
    let Some(error) = exchange.error.as_mut().filter(|error| error.detail.is_none()) else { return };
    error.detail = match error.kind {
        _ if error.text.contains("a TLS alert") => Some(TroubleDetail::TlsAlert),
        TroubleKind::Garbage if error.text.starts_with("the answer is not HTTP/1") => {
            Some(TroubleDetail::NoHttp)
        }
        TroubleKind::Closed if error.text.contains("reset") => Some(TroubleDetail::Reset),
        _ => None,
    };
}

/// The kind of a finding.
fn kind(finding: &Finding) -> Option<FindingKind> {
    let begins = |words: &str| finding.actual.starts_with(words);
    match finding.check.as_str() {
        "note" if begins("the answer says") => Some(FindingKind::FailureInBody),
        "note" if begins("the answer is an HTML page") => Some(FindingKind::HtmlPage),
        "acknowledged" if finding.actual.contains(" in the answer") => Some(FindingKind::WrongHandshake),
        "receiver" if begins("the receiver's process ended meanwhile") => Some(FindingKind::EndedMeanwhile),
        "set-up" if begins("the state could not be read") => Some(FindingKind::StateUnread),
        _ => None,
    }
}

/// The kinds of the answers of a load.
fn tally(tally: &mut Tally) {
    let cut_short: Vec<&str> = tally.troubles.keys().map(|kind| kind.words()).collect();
    let of = |answer: &KeptAnswer| match answer.why.as_str() {
        why if why.starts_with("status ") => Some(DeviationKind::Status),
        why if why.starts_with("the answer says") => Some(DeviationKind::FailureInBody),
        why if cut_short.contains(&why) => Some(DeviationKind::CutShort),
        _ => None,
    };
    let noted = tally.noted.iter_mut().map(|noted| &mut noted.first);
    for answer in tally.answers.iter_mut().chain(noted).filter(|answer| answer.kind.is_none()) {
        answer.kind = of(answer);
    }
}

/// The sender of an audit, by its first scenario and its commands.
pub(super) fn audited(run: &RunRecord) -> Option<AuditedSender> {
    run.cases.first()?;
    let whole = &run.header.command;
    let of_a_case = |(path, rerun): (&str, &str)| {
        rerun.split_once(&format!(" --case {path}")).map(|(command, _)| command.to_owned())
    };
    let mut lines = run.scenarios.iter().map(|run| (run.line.path.as_str(), run.line.rerun.as_str()));
    let command = lines.find_map(of_a_case).unwrap_or_else(|| whole.clone());
    // Where nothing was left to be played, the command alone names the sender.
    let first = run.scenarios.first().map(|run| (run.line.provider.clone(), run.line.revision.clone()));
    let named = || {
        let provider = whole.strip_prefix("hookreel audit ")?.split(' ').next()?.to_owned();
        // Empty: the newest.
        Some((provider, word_of(whole, "--revision").unwrap_or_default()))
    };
    let (provider, revision) = first.or_else(named)?;
    // A line without the flag is of the sender's own method.
    let method = word_of(&command, "--method").unwrap_or_default();
    let expects = command.contains(" --expect ");
    Some(AuditedSender { provider, revision, method, expects, command, left_out: None })
}

fn word_of(command: &str, flag: &str) -> Option<String> {
    command.split(' ').skip_while(|word| *word != flag).nth(1).map(str::to_owned)
}

impl CaseLine {
    /// The failures that its reason tells in one line, as one.
    pub fn failure_of_reason(&self) -> Seen {
        let (_, rest) = self.reason.split_once("expected ").unwrap_or(("", &self.reason));
        let (expected, got) = rest.rsplit_once(", got ").unwrap_or((rest, ""));
        let check = if expected.starts_with("rejected ") { REJECTED } else { "" };
        let status = got.strip_prefix("status ").and_then(|rest| rest.get(..3)?.parse().ok());
        let trouble = match got {
            _ if ["closed the connection", "reset the connection"].iter().any(|end| got.contains(end)) => {
                Some(TroubleKind::Closed)
            }
            _ if got.starts_with("no answer") => Some(TroubleKind::Timeout),
            _ => None,
        };
        let (check, expected, got) = (check.into(), expected.into(), got.into());
        Seen { check, expected, got, status, trouble, ..Seen::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(line: &str) -> Line {
        let mut line = serde_json::from_str(line).unwrap();
        complete(&mut line);
        line
    }

    #[test]
    fn kinds_of_findings_and_troubles_are_taken_from_the_words_of_earlier_versions() {
        let finding = |check: &str, actual: &str| {
            let line = format!(
                r#"{{"line":"finding","scenario":0,"id":"a","finding":{{"check":"{check}","ok":false,"expected":"","actual":"{actual}","place":""}}}}"#
            );
            let Line::Finding { finding, .. } = completed(&line) else { panic!("{line}") };
            finding.kind
        };
        for (check, actual, kind) in [
            ("note", "the answer says {}", FindingKind::FailureInBody),
            ("note", "the answer is an HTML page, as of a start page", FindingKind::HtmlPage),
            (
                "acknowledged",
                "status 200, and `x` in the answer is another value",
                FindingKind::WrongHandshake,
            ),
            ("receiver", "the receiver's process ended meanwhile, during a", FindingKind::EndedMeanwhile),
            ("set-up", "the state could not be read: no", FindingKind::StateUnread),
        ] {
            assert_eq!(finding(check, actual), Some(kind), "{actual}");
        }
        assert_eq!(finding("acknowledged", "status 200"), None);
        let trouble = |kind: &str, text: &str| {
            let line = format!(
                r#"{{"line":"result","scenario":0,"id":"a","n":1,"exchange":{{"latency_ms":1.0,"answer":null,"error":{{"kind":"{kind}","text":"{text}"}}}}}}"#
            );
            let Line::Result { exchange, .. } = completed(&line) else { panic!("{line}") };
            exchange.error.unwrap().detail
        };
        let alert = "the receiver answered with a TLS alert. Is this an https port, spoken to in http?";
        assert_eq!(trouble("garbage", alert), Some(TroubleDetail::TlsAlert));
        assert_eq!(trouble("garbage", "the answer is not HTTP/1: it starts"), Some(TroubleDetail::NoHttp));
        let reset = "the receiver reset the connection without an answer";
        assert_eq!(trouble("closed", reset), Some(TroubleDetail::Reset));
        assert_eq!(trouble("garbage", "the answer is not valid HTTP: x"), None);
    }

    #[test]
    fn the_reason_of_a_case_tells_what_was_expected_and_seen() {
        let line = |reason: &str| {
            let line =
                r#"{"id":"C48","title":"","weight":"must","score":"failed","counts":true,"known":false}"#;
            let mut line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["reason"] = reason.into();
            serde_json::from_value::<CaseLine>(line).unwrap().failure_of_reason()
        };
        let accepted =
            line("a: expected rejected with a status below 500, not status 200, got status 200 ok");
        assert!(accepted.is_acknowledged() && accepted.got == "status 200 ok", "{accepted:?}");
        let ended = line("expected status 200, got the receiver closed the connection without an answer");
        assert_eq!((ended.status, ended.trouble), (None, Some(TroubleKind::Closed)));
        assert_eq!(line("expected status 200, got no answer within 5s").trouble, Some(TroubleKind::Timeout));
    }
}
