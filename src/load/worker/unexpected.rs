//! Answers that were not expected: the first are kept, and where all of them are alike, the load ends.

use std::sync::atomic::Ordering;

use super::Worker;
use super::under_way::CallbackUnderWay;
use crate::load::first_callbacks::{FailureKind, Shows};
use crate::load::learned::AnswerDeviation;
use crate::record::load::{KEPT_ANSWERS, KEPT_NOTES, KeptAnswer, NotedAnswers};
use crate::record::{Answer, without_ids};

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
    pub(super) fn keep(&mut self, exchange: &CallbackUnderWay, answer: Answer, why: AnswerDeviation) {
        let event = self.give_away(exchange);
        self.keep_masked(event, answer, why);
    }

    /// Counts an accepted callback whose answer has notes, without secrets.
    pub(super) fn note(&mut self, exchange: &CallbackUnderWay, answer: &Answer, notes: &[AnswerDeviation]) {
        let event = self.give_away(exchange);
        self.note_masked(event, answer, notes);
    }

    /// Tells the signatures of a callback, and gives the name of its event.
    fn give_away(&mut self, exchange: &CallbackUnderWay) -> String {
        let call = exchange.call;
        let learned =
            self.task.scenarios.get_mut(call.part as usize).filter(|learned| learned.signing.is_some());
        if let Some(template) = learned.and_then(|learned| learned.templates.get_mut(call.callback as usize))
        {
            for signature in template.signatures(call.broadcast, exchange.signed_for) {
                self.task.secrets.signature(&signature);
            }
        }
        self.figures.events.name(exchange.event).to_owned()
    }

    /// Counts one whose signatures are known. Of each kind the first answer is kept; later seconds count alone.
    pub(super) fn note_masked(&mut self, event: String, answer: &Answer, notes: &[AnswerDeviation]) {
        for note in notes {
            let AnswerDeviation { text: mut why, kind } = note.clone();
            self.task.secrets.clean(&mut why);
            let (status, event) = (answer.status, event.clone());
            let mut first = KeptAnswer { status, event, why, kind, ..KeptAnswer::default() };
            if self.figures.noted.len() < KEPT_NOTES && self.figures.noted.insert(without_ids(&first.why)) {
                let mut kept = answer.clone();
                kept.keep(&self.task.secrets);
                (first.body, first.cut) = (kept.body, kept.cut);
            }
            self.figures.tally.note(NotedAnswers { callbacks: 1, first });
        }
    }

    /// Keeps an answer whose signatures are known.
    pub(super) fn keep_masked(&mut self, event: String, mut answer: Answer, why: AnswerDeviation) {
        let AnswerDeviation { text: mut why, kind } = why;
        answer.keep(&self.task.secrets);
        self.task.secrets.clean(&mut why);
        *self.figures.kept.entry(answer.status).or_default() += 1;
        let Answer { status, location, challenge, body, cut, .. } = answer;
        let kept = KeptAnswer { status, event, location, challenge, body, cut, why, kind };
        self.figures.tally.answers.push(kept);
    }
}
