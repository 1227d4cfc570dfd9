//! Ends of a run before its last callback.

use super::presence::Presence;
use crate::callback::Class;
use crate::record::{CallbackRun, Finding, RunRecord, SETUP};
use crate::verdict;

/// Conditions that end a run before all of it was played.
#[derive(Clone, Copy, Default)]
pub struct Ending {
    /// The first failure.
    pub fail_fast: bool,
    /// Number of equal failures of the first legal callbacks of the run. They show a wrong set-up: the others would
    /// fail like them.
    pub alike: Option<u32>,
    /// A mistake of the set-up: what is asked for the state does not answer as it should, and would not for the others.
    pub set_up: bool,
    /// Number of scenarios that end the receiver's process; before that it is started again. None = the first end.
    pub deaths: Option<u32>,
    /// Number of legal callbacks in a row that found nobody, where an earlier one was answered.
    pub gone: Option<u32>,
    /// Number of legal callbacks in a row without any answer: the receiver hangs, and each further callback would wait
    /// for it. Of a run only where an earlier one was answered: that all fail alike has words of its own.
    pub unanswered: Option<u32>,
}

/// Common failure of the legal callbacks so far, if all of them failed in one way.
pub(super) fn alike(
    before: Option<&(String, u32)>,
    callback: &CallbackRun,
    failed: bool,
) -> Option<(String, u32)> {
    let (way, count) = before?;
    if callback.line.class != Class::Legal {
        return Some((way.clone(), *count));
    }
    let exchange = callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref())?;
    let own = verdict::seen(exchange);
    (failed && (*count == 0 || *way == own)).then_some((own, count + 1))
}

/// Reason for ending a run whose handshake was not answered.
pub(super) const NO_HANDSHAKE: &str =
    "the handshake was not answered as it must be; --max-failures 0 plays all";

/// The mistake of the set-up that a failed handshake is: without it the sender sends nothing else.
pub(super) fn without_a_handshake(place: String) -> Finding {
    Finding {
        check: SETUP.into(),
        ok: false,
        expected: "the handshake of the URL is answered before anything else is sent".into(),
        actual: NO_HANDSHAKE.into(),
        place,
        ..Finding::default()
    }
}

impl Ending {
    /// True if a handshake that fails ends the run: it is the set-up of whatever follows.
    pub(super) fn ends_with_a_handshake(&self) -> bool {
        self.set_up && self.alike.is_some()
    }

    /// Reason for ending a run whose receiver leaves callbacks without an answer; none where nothing shows that it ever answered.
    pub(super) fn hangs(&self, presence: &Presence, run: &RunRecord, scenario: usize) -> Option<String> {
        if self.deaths.is_some() {
            return Some("the receiver does not answer any more".into());
        }
        let (last, count) = (presence.last(run, scenario)?, presence.unanswered);
        Some(format!(
            "the receiver stopped answering: it answered {last}, and left {count} in a row without an answer; \
             --max-failures 0 plays all"
        ))
    }

    /// Reason for ending a run whose legal callbacks so far failed in one way, if there are enough of them.
    pub(super) fn failed_alike(&self, alike: Option<&(String, u32)>, run: &RunRecord) -> Option<String> {
        let failed = match alike?.1 {
            count if self.alike.is_none_or(|most| count < most) => return None,
            count => {
                // Others may have come between them, and passed.
                let others = run.callbacks().any(|c| c.outcome.is_some() && c.line.class != Class::Legal);
                let legal = if others { "legal " } else { "" };
                match count {
                    1 => format!("the first {legal}callback failed"),
                    count => format!("the first {count} {legal}callbacks failed alike"),
                }
            }
        };
        Some(format!("{failed}; --max-failures 0 plays all"))
    }
}
