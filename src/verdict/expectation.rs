//! Acknowledging answers, and further expectations of an answer.

use std::time::Duration;

use super::{ACKNOWLEDGED, finding};
use crate::callback::PlannedCallback;
use crate::duration::show_duration;
use crate::plan::PlannedScenario;
use crate::provider::handshake::Challenge;
use crate::provider::{LastNo, Success};
use crate::record::{Answer, Exchange, Finding, Meaning};
use crate::scenario::{AnswerPattern, IncompleteAnswer};

/// The vendor's rule for an acknowledgement, and the scenario's expectations of the receiver's answers.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The vendor's rule.
    pub vendor: Success,
    /// A no after which the vendor never sends the callback again.
    pub last_no: LastNo,
    /// The vendor, for a person.
    pub sender: &'static str,
    /// The rule that the vendor was configured with instead (`delivery.success`); empty = the vendor's own.
    pub told: AnswerPattern,
    /// Treatment of an answer whose body does not end.
    pub incomplete_answer: IncompleteAnswer,
    /// Pattern of an answer to an accepted callback; empty = any acknowledging answer.
    pub accept: AnswerPattern,
    /// Pattern of a rejection; empty = any answer that does not acknowledge.
    pub reject: AnswerPattern,
    /// Longest time that an acknowledged callback may take.
    pub within: Option<Duration>,
    /// Time limit of the vendor for an answer.
    pub timeout: Duration,
    /// The challenge that the answer has to meet, if the callback is one.
    pub challenge: Option<Challenge>,
}

impl Expectation {
    /// The expectation of a play.
    pub fn of(play: &PlannedScenario) -> Self {
        Self {
            vendor: play.policy.success,
            last_no: play.policy.last_no,
            sender: play.provider.name,
            told: play.success.clone(),
            incomplete_answer: play.incomplete_answer,
            accept: play.expect.accept.clone(),
            reject: play.expect.reject.clone(),
            within: play.expect.within.map(|span| span.0),
            timeout: play.policy.timeout,
            challenge: None,
        }
    }

    /// The expectation of one callback of a play. A handshake is answered by its own rule, whatever the scenario expects of the others.
    pub fn of_callback(play: &PlannedScenario, callback: &PlannedCallback) -> Self {
        let own = Self::of(play);
        match play.challenge(callback) {
            None => own,
            challenge => {
                Self { challenge, told: AnswerPattern::default(), accept: AnswerPattern::default(), ..own }
            }
        }
    }

    /// True when the vendor takes this exchange for an acknowledgement, and so never sends the callback again. An answer that
    /// is not complete acknowledges nothing, unless the scenario says otherwise.
    pub fn acknowledges(&self, exchange: &Exchange) -> bool {
        let complete = exchange.error.is_none() || self.incomplete_answer == IncompleteAnswer::Accepted;
        complete && exchange.answer.as_ref().is_some_and(|answer| self.would_acknowledge(answer))
    }

    /// True when this answer acknowledges, provided that all of it came.
    pub fn would_acknowledge(&self, answer: &Answer) -> bool {
        let acknowledged = match self.told.is_empty() {
            true => self.vendor.accepts(answer.status, &answer.body),
            false => fits(&self.told, answer),
        };
        acknowledged && self.challenge.as_ref().is_none_or(|challenge| challenge.is_answered_by(&answer.body))
    }

    /// True when this answer, provided that all of it came, acknowledges and is what the scenario expects.
    pub fn satisfied_by(&self, answer: &Answer) -> bool {
        self.would_acknowledge(answer) && (self.accept.is_empty() || fits(&self.accept, answer))
    }

    /// The part of an answer to a handshake that is wrong, where its status is right.
    pub(super) fn departure(&self, exchange: &Exchange) -> Option<String> {
        let answer = exchange.answer.as_ref().filter(|_| exchange.error.is_none())?;
        let taken = self.vendor.accepts(answer.status, &answer.body);
        self.challenge.as_ref().filter(|_| taken)?.departure(&answer.body)
    }

    /// Cost of a refusal, if the vendor never sends a callback again after it.
    pub(super) fn cost(&self, exchange: &Exchange) -> Option<String> {
        if self.challenge.is_some() {
            // What is wrong otherwise is wrong of any callback, and says so.
            self.departure(exchange)?;
            return Some(format!(
                "; {} sends nothing to a URL that has not answered its handshake",
                self.sender
            ));
        }
        let answer = exchange.answer.as_ref().filter(|_| exchange.error.is_none())?;
        self.last_no.ends(answer.status, &answer.body).then(|| {
            format!(
                "; refused for good: {} never sends a callback again after {}, so the receiver has lost what it said",
                self.sender, self.last_no
            )
        })
    }

    /// Finding about a callback that the vendor dropped unsent, because it waited too long for those before it.
    pub fn dropped(&self, waited: Duration, longest: Duration) -> Finding {
        let (waited, longest) = (show_duration(waited), show_duration(longest));
        let actual = format!(
            "never sent: it waited {waited} for callbacks before it that were sent again, and {} drops what waited longer than \
             {longest}; the receiver has lost what it said",
            self.sender
        );
        finding(ACKNOWLEDGED, false, self.acknowledgement(), actual)
    }

    /// Meaning of an acknowledging answer in the scenario's own terms.
    pub fn meaning(&self, answer: &Answer) -> Meaning {
        let rejected = || !self.reject.is_empty() && fits(&self.reject, answer);
        if !self.accept.is_empty() && self.accept == self.reject {
            Meaning::Unclear
        } else if self.accept.is_empty() && !rejected()
            || !self.accept.is_empty() && fits(&self.accept, answer)
        {
            Meaning::Accepted
        } else {
            Meaning::Declined
        }
    }

    /// Acknowledging answers, for a person.
    pub fn acknowledgement(&self) -> String {
        match (&self.challenge, self.told.is_empty()) {
            (Some(challenge), _) => format!("{}, and {}", self.vendor.with_a_body(), challenge.handshake),
            (None, true) => self.vendor.to_string(),
            (None, false) => self.told.to_string(),
        }
    }

    /// Answers that are as the vendor and the scenario want them, for a person.
    pub fn wanted(&self) -> String {
        match self.accept.is_empty() {
            true => self.acknowledgement(),
            false => format!("{}, {}", self.acknowledgement(), self.accept),
        }
    }

    /// True when an answer says that the callback was accepted: as the scenario describes it, or else by the vendor's rule.
    /// Where acceptance and rejection look alike, no answer says so.
    pub(super) fn says_accepted(&self, answer: &Answer) -> bool {
        match self.accept.is_empty() {
            true => self.would_acknowledge(answer) && self.reject.is_empty(),
            false => self.accept != self.reject && fits(&self.accept, answer),
        }
    }

    /// Rejecting answers, for a person.
    pub fn rejection(&self) -> String {
        if self.reject.is_empty() {
            let accepted =
                if self.accept.is_empty() { self.acknowledgement() } else { self.accept.to_string() };
            format!("rejected with a status below 500, not {accepted}")
        } else {
            self.reject.to_string()
        }
    }
}

fn fits(pattern: &AnswerPattern, answer: &Answer) -> bool {
    pattern.hold(answer.status, &answer.headers, &answer.body).is_ok()
}
