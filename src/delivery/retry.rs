//! Decision to send a callback again, and the time of it. Pure.

use std::time::Duration;

use crate::number;
use crate::provider::Policy;
use crate::record::{Answer, Exchange, Outcome, TroubleKind};

/// Next step after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AfterAttempt {
    /// Send again after this much simulated time.
    Retry(Duration),
    /// The callback has ended.
    End(Outcome),
}

/// Decides after an attempt, given every exchange so far, the last one included.
pub(super) fn next(policy: &Policy, accepted: bool, exchanges: &[Exchange]) -> AfterAttempt {
    if accepted {
        return AfterAttempt::End(Outcome::Accepted);
    }
    // What our own rule forbids, a retry cannot make allowed.
    let forbidden =
        exchanges.last().and_then(|e| e.error.as_ref()).is_some_and(|e| e.kind == TroubleKind::NotAllowed);
    let refused = exchanges.last().filter(|exchange| exchange.error.is_none());
    let refused = refused.and_then(|exchange| exchange.answer.as_ref());
    if refused.is_some_and(|answer| policy.last_no.ends(answer.status, &answer.body)) {
        return AfterAttempt::End(Outcome::RefusedForGood);
    }
    let sent = number::capped::<u32>(exchanges.len());
    match wait(policy, sent) {
        Some(wait) if !forbidden => {
            let asked = refused.filter(|_| policy.retry_after).and_then(retry_after);
            AfterAttempt::Retry(asked.unwrap_or(wait))
        }
        _ => AfterAttempt::End(without_yes(exchanges)),
    }
}

/// The wait that a receiver asks for, in whole seconds, where it is busy.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let (_, value) = answer.headers.iter().find(|(name, _)| name == "retry-after")?;
    let seconds = value.trim().parse().ok().filter(|_| [429, 503].contains(&answer.status))?;
    Some(Duration::from_secs(seconds))
}

/// Wait from the last of the attempts `sent` so far to the next, if there is one.
pub(crate) fn wait(policy: &Policy, sent: u32) -> Option<Duration> {
    if sent <= policy.retries {
        return Some(policy.wait_after(sent));
    }
    let queue = policy.queue?;
    // Age is counted in waits alone: how many attempts there are must not hang on how fast the receiver says no.
    let age = policy.quick().saturating_add(queue.interval.saturating_mul(sent - policy.retries));
    (age <= queue.until).then_some(queue.interval)
}

/// The outcome of a callback whose retries were called off: no yes came in the attempts there were.
pub(super) fn stopped(exchanges: &[Exchange]) -> Outcome {
    match without_yes(exchanges) {
        Outcome::Rejected => Outcome::GaveUp,
        outcome => outcome,
    }
}

fn without_yes(exchanges: &[Exchange]) -> Outcome {
    let reached = |exchange: &Exchange| {
        exchange.answer.is_some() || exchange.error.as_ref().is_some_and(|error| error.kind.reached())
    };
    match exchanges {
        [only] if only.answer.is_some() && only.error.is_none() => Outcome::Rejected,
        some if some.iter().any(reached) => Outcome::GaveUp,
        _ => Outcome::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{LastNo, Queue};
    use crate::record::Trouble;

    fn answered(status: u16) -> Exchange {
        Exchange {
            latency_ms: 1.0,
            answer: Some(Answer { status, ..Answer::default() }),
            error: None,
            ..Exchange::default()
        }
    }

    fn trouble(kind: TroubleKind) -> Exchange {
        Exchange {
            latency_ms: 1.0,
            answer: None,
            error: Some(Trouble::new(kind, String::new())),
            ..Exchange::default()
        }
    }

    fn policy(retries: u32) -> Policy {
        Policy {
            success: crate::provider::Success::STATUS_200,
            last_no: LastNo::Never,
            timeout: Duration::from_secs(20),
            retries,
            first_waits: &[],
            interval: Duration::from_secs(60),
            ..Policy::PLAIN
        }
    }

    #[test]
    fn twelve_retries_make_thirteen_attempts() {
        let twelve = policy(12);
        assert_eq!(
            next(&twelve, false, &vec![answered(500); 12]),
            AfterAttempt::Retry(Duration::from_secs(60))
        );
        assert_eq!(next(&twelve, false, &vec![answered(500); 13]), AfterAttempt::End(Outcome::GaveUp));
        assert_eq!(next(&twelve, true, &[answered(200)]), AfterAttempt::End(Outcome::Accepted));
    }

    #[test]
    fn after_the_quick_retries_a_queue_goes_on_until_the_callback_is_too_old() {
        let (second, minute) = (Duration::from_secs(1), Duration::from_secs(60));
        let queued = |interval, until| Policy {
            interval: 3 * second,
            queue: Some(Queue { interval, until }),
            ..policy(3)
        };
        let policy = queued(minute, 10 * minute);
        let after = |sent: usize| next(&policy, false, &vec![answered(500); sent]);
        assert_eq!([after(1), after(3)], [AfterAttempt::Retry(3 * second); 2]);
        // The quick ones took 9 seconds; the ninth of the queue goes at 9:09, and a tenth would go at 10:09.
        assert_eq!([after(4), after(12)], [AfterAttempt::Retry(minute); 2]);
        assert_eq!(after(13), AfterAttempt::End(Outcome::GaveUp));
        // An attempt at the very end is still made.
        assert_eq!(
            next(&queued(minute, 69 * second), false, &vec![answered(500); 4]),
            AfterAttempt::Retry(minute)
        );
    }

    #[test]
    fn the_first_waits_come_before_the_interval_and_count_as_age() {
        let (zero, ten) = (Duration::ZERO, Duration::from_secs(10));
        let queue = Some(Queue { interval: ten, until: 6 * ten });
        let policy = Policy { first_waits: &[Duration::ZERO], queue, ..policy(1) };
        let waits: Vec<_> = (1..=8).map(|sent| wait(&policy, sent)).collect();
        assert_eq!(
            waits,
            [Some(zero), Some(ten), Some(ten), Some(ten), Some(ten), Some(ten), Some(ten), None]
        );
    }

    #[test]
    fn a_no_that_is_the_senders_last_ends_it_at_once() {
        let last_no = LastNo::Statuses(&[300..=428, 430..=499]);
        let policy = Policy { last_no, ..policy(4) };
        let after = |status| next(&policy, false, &[answered(status)]);
        assert_eq!(after(404), AfterAttempt::End(Outcome::RefusedForGood));
        assert_eq!([after(429), after(500)], [AfterAttempt::Retry(Duration::from_secs(60)); 2]);
    }

    #[test]
    fn a_busy_receiver_is_given_the_time_that_it_asks_for() {
        let busy = |status, value: &str| {
            let headers = vec![("retry-after".to_owned(), value.to_owned())];
            let answer = Answer { status, headers, ..Answer::default() };
            Exchange { latency_ms: 1.0, answer: Some(answer), error: None, ..Exchange::default() }
        };
        let asks = Policy { retry_after: true, ..policy(4) };
        let waits = |policy: &Policy, exchange| match next(policy, false, &[exchange]) {
            AfterAttempt::Retry(wait) => wait.as_secs(),
            AfterAttempt::End(_) => 0,
        };
        assert_eq!([waits(&asks, busy(503, "7")), waits(&asks, busy(429, "0"))], [7, 0]);
        assert_eq!([waits(&asks, busy(500, "7")), waits(&asks, busy(503, "soon"))], [60, 60]);
        assert_eq!(waits(&policy(4), busy(503, "7")), 60);
    }

    #[test]
    fn the_outcome_says_whether_the_receiver_was_reached() {
        let end = |exchanges: &[Exchange]| next(&policy(0), false, exchanges);
        assert_eq!(end(&[answered(403)]), AfterAttempt::End(Outcome::Rejected));
        assert_eq!(end(&[trouble(TroubleKind::Connect)]), AfterAttempt::End(Outcome::Unreachable));
        assert_eq!(end(&[trouble(TroubleKind::Timeout)]), AfterAttempt::End(Outcome::GaveUp));
        // An answer without its end is not the receiver's word.
        let partial = Exchange { error: trouble(TroubleKind::Incomplete).error, ..answered(200) };
        assert_eq!(end(&[partial]), AfterAttempt::End(Outcome::GaveUp));
    }

    #[test]
    fn a_forbidden_address_is_not_tried_again() {
        assert_eq!(
            next(&policy(12), false, &[trouble(TroubleKind::NotAllowed)]),
            AfterAttempt::End(Outcome::Unreachable)
        );
    }
}
