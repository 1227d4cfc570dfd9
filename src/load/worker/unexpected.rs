//! Answers that were not expected: the first are kept, and where all of them are alike, the load ends.

use std::sync::atomic::Ordering;

use super::Worker;
use super::under_way::CallbackUnderWay;
use crate::load::first::{FailureKind, Shows};
use crate::record::Answer;
use crate::record::load::{KEPT_ANSWERS, KeptAnswer};

impl Worker {
    /// Takes in how one of the first callbacks ended: as expected, or in this way.
    pub(super) fn look_at_first(&mut self, failure: Option<FailureKind>) {
        match self.task.first.see(failure) {
            Shows::Nothing => {}
            Shows::Settled => self.figures.settled = true,
            Shows::Enough => {
                self.figures.settled = true;
                self.task.stop.store(true, Ordering::Relaxed);
            }
        }
    }

    /// An answer of this status is still to be kept.
    pub(super) fn wants(&self, status: u16) -> bool {
        self.figures.kept.get(&status).is_none_or(|kept| *kept < KEPT_ANSWERS)
    }

    /// Keeps an unexpected answer, without secrets; `why` = what of it was not expected.
    pub(super) fn keep(&mut self, exchange: &CallbackUnderWay, answer: Answer, why: String) {
        let call = exchange.call;
        let Some(learned) = self.task.scenarios.get_mut(call.part as usize) else { return };
        if let Some(template) =
            learned.templates.get_mut(call.callback as usize).filter(|_| learned.signing.is_some())
        {
            for signature in template.signatures(call.broadcast, exchange.signed_for) {
                self.task.secrets.signature(&signature);
            }
        }
        let event = self.figures.events.name(exchange.event).to_owned();
        self.keep_masked(event, answer, why);
    }

    /// Keeps an answer whose signatures are known.
    pub(super) fn keep_masked(&mut self, event: String, mut answer: Answer, mut why: String) {
        answer.keep(&self.task.secrets);
        self.task.secrets.clean(&mut why);
        *self.figures.kept.entry(answer.status).or_default() += 1;
        let Answer { status, location, challenge, body, cut, .. } = answer;
        self.figures.tally.answers.push(KeptAnswer { status, event, location, challenge, body, cut, why });
    }
}
