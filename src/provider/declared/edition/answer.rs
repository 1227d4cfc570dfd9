//! Answers and retries as a provider file declares them.

use std::time::Duration;

use crate::number;
use crate::problem::Problem;
use crate::provider::declared::compile::leak_all;
use crate::provider::declared::conduct::{AnswerBodyForm, AnswerForm, RetryForm};
use crate::provider::declared::form::OneOrSeveral;
use crate::provider::declared::words::{Vocabulary, at};
use crate::provider::{AnswerBody, LastNo, Policy, Queue, Success};
use crate::scenario::units::StatusPattern;

/// Answers that contradict each other.
pub(super) fn check_answer(answer: &AnswerForm, path: &str, names: &mut Vocabulary<'_>) {
    let policy = policy(answer, None);
    let example = answer.example.as_deref();
    if let Some(example) = example.filter(|example| !policy.success.accepts(first_status(answer), example)) {
        let problem = Problem::at(at(path, "example"), format!("`{example}` does not acknowledge"));
        names.problems.push(problem.label(format!("{} acknowledges", policy.success)));
    }
    let both = (100..600).find(|status| {
        let all = |patterns: &Option<OneOrSeveral<StatusPattern>>| {
            patterns.as_ref().is_some_and(|all| all.all().iter().any(|pattern| pattern.matches(*status)))
        };
        all(&answer.yes) && all(&answer.last)
    });
    if let Some(status) = both {
        let title = format!("status {status} both acknowledges and ends the callback");
        names
            .problems
            .push(Problem::at(at(path, "final"), title).help("leave it out of `yes` or of `final`"));
    }
    if answer.timeout.is_some_and(|timeout| timeout.0.is_zero()) {
        let problem = Problem::at(at(path, "timeout"), "no receiver can answer in no time");
        names.problems.push(problem.label("expected a length such as 5s"));
    }
}

/// The status of an acknowledgement: 200 where it acknowledges, and else the first that does.
pub(super) fn first_status(answer: &AnswerForm) -> u16 {
    let patterns = answer.yes.as_ref().map_or(&[][..], OneOrSeveral::all);
    let first = patterns.first().map(|pattern| match pattern {
        StatusPattern::Exact(status) => *status,
        StatusPattern::Class(hundreds) => hundreds * 100,
    });
    first.filter(|_| !patterns.iter().any(|pattern| pattern.matches(200))).unwrap_or(200)
}

pub(super) fn policy(answer: &AnswerForm, retry: Option<&RetryForm>) -> Policy {
    let statuses = |patterns: &OneOrSeveral<StatusPattern>| {
        let range = |pattern: &StatusPattern| match *pattern {
            StatusPattern::Exact(status) => status..=status,
            StatusPattern::Class(hundreds) => hundreds * 100..=hundreds * 100 + 99,
        };
        leak_all(patterns.all().iter().map(range).collect())
    };
    let success = Success {
        statuses: answer.yes.as_ref().map_or(Success::STATUS_200.statuses, statuses),
        body: match answer.body {
            AnswerBodyForm::Any => AnswerBody::Any,
            AnswerBodyForm::Json => AnswerBody::Json,
            AnswerBodyForm::CodeZero => AnswerBody::CodeZero,
        },
    };
    let own = Policy {
        success,
        last_no: answer.last.as_ref().map_or(LastNo::Never, |last| LastNo::Statuses(statuses(last))),
        timeout: answer.timeout.map_or(Policy::PLAIN.timeout, |span| span.0),
        ..Policy::PLAIN
    };
    let Some(retry) = retry else { return own };
    let waits = number::capped::<u32>(retry.waits.len());
    Policy {
        retries: retry.times.unwrap_or(waits),
        first_waits: leak_all(retry.waits.iter().map(|wait| wait.0).collect()),
        interval: retry.every.map_or(Duration::ZERO, |span| span.0),
        queue: retry.then.map(|then| Queue { interval: then.every.0, until: then.until.0 }),
        retry_after: retry.retry_after,
        drop_after: retry.drop_after.map(|span| span.0),
        resigns: retry.resign,
        ..own
    }
}
