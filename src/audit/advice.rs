//! Consequence of a failed case and its fix, by what was seen. An error inside the receiver has a cause of its own, whatever the case
//! is about.

use super::case::Case;
use super::score::Seen;
use crate::record::KEEPS_RUNNING;

/// Why a failure matters, and how to fix it.
pub type Advice = (&'static str, &'static str);

/// A callback that ends the receiver, in any case.
const ENDED: Advice = (
    "anyone who can reach the port can end the receiver, and nobody's callbacks are received until it runs again",
    "find the cause in its last lines above; limit what one request may take, and let a supervisor start it again",
);

/// An error 500 or the like.
const ERROR: Advice = (
    "an error inside the receiver: it neither took this callback nor refused it, and the vendor sends it again until it gives up",
    "look for the error in the receiver's own log; refuse with 400 or 401 before the error can happen",
);

/// A connection that ends without an answer.
const BROKEN: Advice = (
    "the receiver ended the connection without an answer, as after an error of its own: the vendor sends the callback again",
    "look for the error in the receiver's own log (an exception in its handler ends the connection); answer every request",
);

/// No answer in time.
const LATE: Advice = (
    "the receiver did not answer in time: the vendor takes that for a failure, and sends the callback again",
    "look in the receiver's own log for what it waits for; answer first, and work then",
);

/// A limit on the rate.
const LIMITED: Advice = (
    "the receiver limits the rate, so this says nothing about the case; of a vendor's burst it would lose what it refuses",
    "lift the limit for the audit, or raise it, and play the case again",
);

/// Advice on a failed case.
pub fn advice(case: &Case, seen: &[Seen]) -> Advice {
    if seen.iter().any(|seen| seen.expected == KEEPS_RUNNING) {
        return ENDED;
    }
    let all = |fits: &dyn Fn(&str) -> bool| !seen.is_empty() && seen.iter().all(|seen| fits(&seen.got));
    // What a case says of such an end itself says more.
    let own = |words: &[&str]| words.iter().any(|word| case.why.contains(word) || case.title.contains(word));
    if all(&|got| got.starts_with("status 429")) {
        LIMITED
    } else if all(&|got| got.starts_with("status 5")) && !own(&["500", "error"]) {
        ERROR
    } else if all(&|got| got.contains("closed the connection") || got.contains("reset the connection"))
        && !own(&["connection", "close"])
    {
        BROKEN
    } else if all(&|got| got.starts_with("no answer")) && !own(&["wait", "answer", "slow", "connection"]) {
        LATE
    } else {
        (case.why, case.fix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::cases;

    #[test]
    fn a_case_that_ends_the_receiver_has_one_cause_whatever_else_was_seen() {
        let case = cases().find(|case| case.id == "B31").unwrap();
        let seen = |expected: &str, got: &str| Seen {
            id: String::new(),
            expected: expected.into(),
            got: got.into(),
            answer: String::new(),
        };
        let refused = seen("status 200", "status 429");
        assert_eq!(advice(case, std::slice::from_ref(&refused)), LIMITED);
        assert_eq!(advice(case, &[refused.clone(), seen("status 200", "status 500")]), (case.why, case.fix));
        assert_eq!(advice(case, &[refused, seen(KEEPS_RUNNING, "it ended")]), ENDED);
        assert_eq!(advice(case, &[]), (case.why, case.fix));
    }
}
