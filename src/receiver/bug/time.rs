//! Mistakes about the time that is signed.

use super::super::demands::lenient_digits;
use super::super::judge::{self, Refusal, in_time, not_ahead, plain_digits};
use super::{Bug, bug};

pub(super) static ALL: &[Bug] = &[
    bug(
        "expiry-unchecked",
        "a callback never expires",
        "B27 B29 B42",
        "a Spring service that maps t and never looks at it",
        |habits| habits.fresh = |expiry, now, lifetime| not_ahead(expiry, now, lifetime, judge::SKEW),
    ),
    bug("expiry-wrong-sign", "the expired passes, and the fresh is refused", "A1 B29", "", |habits| {
        habits.fresh = |expiry, now, _| if expiry > now { Err(Refusal::Expired) } else { Ok(()) }
    }),
    bug(
        "sixty-seconds-late-accepted",
        "a callback passes until a minute after its expiry",
        "B27",
        "PHP: time() - t < 60",
        |habits| {
            habits.fresh = |expiry, now, lifetime| {
                in_time(expiry.saturating_add(59), now, lifetime.saturating_add(59), judge::SKEW)
            }
        },
    ),
    bug(
        "far-future-accepted",
        "an expiry in ten years passes",
        "B30",
        "tests of the past alone, as t >= now",
        |habits| habits.fresh = |expiry, now, lifetime| in_time(expiry, now, lifetime, i64::MAX),
    ),
    bug("future-skew-refused", "a sender whose clock is two minutes fast is refused", "B31", "", |habits| {
        habits.fresh = |expiry, now, lifetime| in_time(expiry, now, lifetime, 0)
    }),
    bug(
        "time-as-float",
        "the time is hashed as 1.7E9, so no signature is ever right",
        "A1",
        "receivers that parse t into a double",
        |habits| {
            habits.time =
                |value| plain_digits(value).map(|(_, expiry)| (format!("{:E}", expiry as f64), expiry))
        },
    ),
    bug(
        "time-in-milliseconds-accepted",
        "a time of 13 digits is read as milliseconds",
        "B36",
        "senders that sign milliseconds, as Bridge does",
        |habits| {
            habits.time = |value| {
                let (digits, expiry) = plain_digits(value)?;
                let expiry = if digits.len() == 13 { expiry / 1000 } else { expiry };
                Ok((digits, expiry))
            }
        },
    ),
    bug(
        "time-lenient",
        "a time with a sign, spaces, leading zeros or full-width digits passes",
        "B38 B39",
        "str::parse of Rust, int() of Python",
        |habits| habits.time = lenient_digits,
    ),
];
