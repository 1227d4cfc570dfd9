//! Requests put together to callbacks: which came, what each was answered, after which gaps it came again, and what is missing.
//!
//! Where bodies are known, a callback is known by its body. One that holds nothing of its own, neither a file nor an id nor a time, may
//! tell of two events: it is the same callback for as long as it is refused and the vendor's plan goes on. An access log has times and
//! answers alone: there a request is taken for the retry of a refused one that was due at that time by the vendor's plan.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::number;

/// A request, as far as the story is concerned.
#[derive(Clone, Debug)]
pub struct SeenRequest {
    /// Name within its capture.
    pub id: String,
    /// Time of arrival.
    pub at: Option<Timestamp>,
    /// Path, without the query.
    pub path: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// The answer acknowledges.
    pub accepted: bool,
    /// Identity of its callback; none if only the time can separate callbacks.
    pub key: Option<String>,
    /// No other event has this identity.
    pub unique: bool,
    /// Whoever captured it found that its signature is not the sender's.
    pub forged: bool,
}

/// A vendor's way to send again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryTimes {
    /// Time from the end of an attempt to the next.
    pub interval: Duration,
    /// Longest time of an answer, and so of an attempt.
    pub answer: Duration,
    /// Attempts after the first.
    pub retries: u32,
    /// Longest time from the end of an attempt to the next.
    pub longest: Duration,
    /// More attempts follow on these.
    pub queued: bool,
}

/// A callback with all its attempts.
#[derive(Clone, Debug)]
pub struct SeenCallback {
    /// Its attempts, in order; there is at least one.
    pub attempts: Vec<SeenRequest>,
    /// Outcome of the callback.
    pub end: SeenEnd,
}

/// Outcome of a callback, as the capture shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeenEnd {
    /// It was accepted.
    Accepted,
    /// All attempts of the vendor's plan were refused.
    GivenUp,
    /// It was refused, and the next attempt, due at this time, did not come although requests were logged after it.
    Missing(Timestamp),
    /// It was refused, and the next attempt was due, at this time, after the end of the capture.
    Due(Timestamp),
    /// It was refused, and its time is not known.
    Refused,
    /// It was refused, and rightly so: none of its attempts had a right signature.
    Forged,
}

/// Clocks, and the rounding of logs to whole seconds.
const SLACK: Duration = Duration::from_secs(3);

/// Time that is so much later; the last time that there is, where it would be beyond.
fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX) // The same.
}

impl RetryTimes {
    /// Earliest and latest time of the retry of an attempt that came at `at`.
    fn due(&self, at: Timestamp) -> (Timestamp, Timestamp) {
        let late = |time: Duration| later(at, time);
        (late(self.interval.saturating_sub(SLACK)), late(self.interval + self.answer + SLACK))
    }

    /// Number of retries in requests that were seen: of several plans the one that explains most is the vendor's.
    pub fn explains(&self, requests: &[SeenRequest]) -> usize {
        put_together(requests, *self).iter().map(|attempts| attempts.len() - 1).sum()
    }
}

/// Tells which callbacks the requests, in the order of the capture, were about.
pub fn tell(requests: &[SeenRequest], plan: RetryTimes) -> Vec<SeenCallback> {
    let end = requests.iter().filter_map(|request| request.at).max();
    let told = put_together(requests, plan).into_iter();
    told.map(|attempts| SeenCallback { end: ending(&attempts, plan, end), attempts }).collect()
}

/// The attempts of each callback, by the first of them.
fn put_together(requests: &[SeenRequest], plan: RetryTimes) -> Vec<Vec<SeenRequest>> {
    let mut callbacks: Vec<Vec<SeenRequest>> = Vec::new();
    let mut known: HashMap<(&str, &str), usize> = HashMap::new();
    // Those without a key that may be sent again: few, however long the log is.
    let mut open: Vec<usize> = Vec::new();
    for request in requests {
        let place = request.key.as_ref().map(|key| (request.path.as_str(), key.as_str()));
        let again = match place {
            Some(place) => {
                let same = |at: &usize| {
                    request.unique || callbacks.get(*at).is_some_and(|one| is_tried(one, request, plan))
                };
                known.get(&place).copied().filter(same)
            }
            None => {
                let late =
                    |at: &usize| callbacks.get(*at).is_none_or(|attempts| is_late(attempts, request, plan));
                open.retain(|at| !late(at));
                let follows =
                    |at: &&usize| callbacks.get(**at).is_some_and(|one| follows(one, request, plan));
                open.iter().find(follows).copied()
            }
        };
        let at = again.unwrap_or(callbacks.len());
        match callbacks.get_mut(at) {
            Some(attempts) => attempts.push(request.clone()),
            None => callbacks.push(vec![request.clone()]),
        }
        match place {
            Some(place) => {
                known.insert(place, at);
            }
            None => {
                open.retain(|other| *other != at);
                open.extend((!request.accepted).then_some(at));
                open.sort_unstable();
            }
        }
    }
    callbacks
}

/// The callback of these may still be tried when the request comes. A capture need not have waited as long as the plan does.
fn is_tried(attempts: &[SeenRequest], request: &SeenRequest, plan: RetryTimes) -> bool {
    let Some(last) = attempts.last().filter(|last| !last.accepted) else { return false };
    let latest = last.at.and_then(|at| {
        at.saturating_add(SignedDuration::try_from(plan.longest + plan.answer + SLACK).ok()?).ok()
    });
    let in_time = latest.zip(request.at).is_none_or(|(latest, at)| at <= latest);
    in_time && (plan.queued || attempts.len() <= number::capped::<usize>(plan.retries))
}

/// No attempt can follow on these any more: the next one was due long before this request.
fn is_late(attempts: &[SeenRequest], request: &SeenRequest, plan: RetryTimes) -> bool {
    let due = attempts.last().and_then(|last| last.at).map(|at| plan.due(at).1);
    due.zip(request.at).is_none_or(|(latest, at)| at > latest)
}

/// The request is another attempt at the callback of these, by its time.
fn follows(attempts: &[SeenRequest], request: &SeenRequest, plan: RetryTimes) -> bool {
    let Some(last) = attempts.last().filter(|last| last.path == request.path) else { return false };
    let due = last.at.map(|at| plan.due(at));
    let in_time = due.zip(request.at).is_some_and(|((from, to), at)| (from..=to).contains(&at));
    !last.accepted && attempts.len() <= number::capped::<usize>(plan.retries) && in_time
}

fn ending(attempts: &[SeenRequest], plan: RetryTimes, end: Option<Timestamp>) -> SeenEnd {
    if attempts.iter().any(|attempt| attempt.accepted) {
        return SeenEnd::Accepted;
    }
    if attempts.iter().all(|attempt| attempt.forged) {
        return SeenEnd::Forged;
    }
    if attempts.len() > number::capped::<usize>(plan.retries) {
        return SeenEnd::GivenUp;
    }
    let Some(((from, to), end)) = attempts.last().and_then(|last| last.at).map(|at| plan.due(at)).zip(end)
    else {
        return SeenEnd::Refused;
    };
    let due = later(from, SLACK);
    if end > to { SeenEnd::Missing(due) } else { SeenEnd::Due(due) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: RetryTimes = RetryTimes {
        interval: Duration::from_secs(60),
        answer: Duration::from_secs(20),
        retries: 3,
        longest: Duration::from_secs(60),
        queued: false,
    };

    fn seen(requests: &[(i64, u16)]) -> Vec<SeenRequest> {
        let request = |(n, (at, status)): (usize, &(i64, u16))| SeenRequest {
            id: (n + 1).to_string(),
            at: Timestamp::from_second(1_700_000_000 + at).ok(),
            path: "/cb".into(),
            status: *status,
            accepted: *status == 200,
            key: None,
            unique: true,
            forged: false,
        };
        requests.iter().enumerate().map(request).collect()
    }

    /// The ids of each callback, and how it ended.
    fn told(requests: &[SeenRequest]) -> Vec<String> {
        let ids = |callback: &SeenCallback| {
            let ids: Vec<&str> = callback.attempts.iter().map(|attempt| attempt.id.as_str()).collect();
            let end = match callback.end {
                SeenEnd::Missing(at) => format!("missing at {}", at.as_second() - 1_700_000_000),
                SeenEnd::Due(at) => format!("due at {}", at.as_second() - 1_700_000_000),
                other => format!("{other:?}").to_lowercase(),
            };
            format!("{} {end}", ids.join(","))
        };
        tell(requests, PLAN).iter().map(ids).collect()
    }

    #[test]
    fn retries_are_known_by_their_time_where_the_log_has_no_bodies() {
        let requests = seen(&[(0, 503), (10, 401), (60, 503), (71, 401), (121, 200), (131, 401), (192, 401)]);
        assert_eq!(told(&requests), ["1,3,5 accepted", "2,4,6,7 givenup"]);
    }

    #[test]
    fn a_forged_request_that_was_refused_is_nobodys_lost_callback() {
        let mut requests = seen(&[(0, 401), (10, 401), (300, 200)]);
        for (request, key) in requests.iter_mut().zip(["a", "b", "c"]) {
            (request.key, request.forged) = (Some(key.into()), key != "b");
        }
        assert_eq!(told(&requests), ["1 forged", "2 missing at 70", "3 accepted"]);
    }

    #[test]
    fn a_retry_that_did_not_come_is_missing_and_one_behind_the_end_is_due() {
        assert_eq!(
            told(&seen(&[(0, 503), (300, 200), (330, 503)])),
            ["1 missing at 60", "2 accepted", "3 due at 390"]
        );
    }

    #[test]
    fn a_callback_whose_body_is_known_is_the_same_at_any_time() {
        let mut requests = seen(&[(0, 503), (1, 200), (4000, 200)]);
        for (request, key) in requests.iter_mut().zip(["a", "b", "a"]) {
            request.key = Some(key.into());
        }
        assert_eq!(told(&requests), ["1,3 accepted", "2 accepted"]);
    }

    #[test]
    fn a_body_without_anything_of_its_own_is_another_event_once_it_was_accepted_or_the_plan_is_over() {
        let day = 86_400;
        let refused = [(0, 503), (60, 503), (120, 503), (180, 503), (day, 200), (day + 1, 200)];
        let mut requests = seen(&refused);
        for request in &mut requests {
            (request.key, request.unique) = (Some("a".into()), false);
        }
        assert_eq!(told(&requests), ["1,2,3,4 givenup", "5 accepted", "6 accepted"]);
        // Four attempts are all of them; a capture may have waited for less than the plan.
        let mut requests = seen(&[(0, 503), (1, 503), (2, 200), (3, 503), (200, 200)]);
        for request in &mut requests {
            (request.key, request.unique) = (Some("a".into()), false);
        }
        assert_eq!(told(&requests), ["1,2,3 accepted", "4 missing at 63", "5 accepted"]);
    }

    #[test]
    fn the_plan_that_explains_most_is_the_vendors() {
        let requests = seen(&[(0, 503), (60, 503), (120, 200)]);
        let other = RetryTimes { interval: Duration::from_secs(10), ..PLAN };
        assert_eq!((PLAN.explains(&requests), other.explains(&requests)), (2, 0));
    }
}
