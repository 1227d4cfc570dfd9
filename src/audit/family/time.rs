//! B: time. The signed time is an expiry in plain decimal seconds; everything else about it is somebody's mistake.

use super::super::advice::{OtherAdvice, When};
use super::super::case::Case;

const REPLAY: &str = "anyone who captured a message can send it again at any time";
const LEEWAY: &str =
    "a leeway: anyone who captured a message can send it again for as long as the leeway lasts";
const COMPARE: &str =
    "compare the expiry with the clock, in whole seconds: refuse a callback whose expiry is before now";
const SPELLING: &str =
    "a lenient number parser makes one signature valid for many texts, and breaks on some of them";
const DIGITS: &str = "take digits only, the first not zero; hash the text as it came";
const OVERFLOW: &str =
    "arithmetic on a hostile number overflows: a panic, or a negative age that counts as fresh";
const BOUND: &str = "check the number of digits before the value, and use checked arithmetic";

const SENT: &[OtherAdvice] = &[OtherAdvice::new(
    When::TimeOfSending,
    REPLAY,
    "the time is that of sending: compare it with the clock, and refuse a callback that is older than the tolerance",
)];
const SENT_LATE: &[OtherAdvice] = &[OtherAdvice::new(
    When::TimeOfSending,
    LEEWAY,
    "the time is that of sending: compare it with the clock, and refuse a callback that is older than the tolerance",
)];
const SENT_AHEAD: &[OtherAdvice] = &[OtherAdvice::new(
    When::TimeOfSending,
    "a time of sending in the future stays valid until then: a signature made today is valid for years",
    "refuse a time that is further in the future than the tolerance, not only one in the past",
)];
const TOO_EARLY: &[OtherAdvice] = &[OtherAdvice::new(
    When::Accepted,
    "a token that is not valid yet (`nbf`) was taken: who captures tokens that were made for later can use them now, and for longer",
    "check `nbf` as well as `exp`: refuse a token that begins further ahead than the leeway that the vendor's own receivers allow",
)];
const NO_TIME: &[OtherAdvice] = &[OtherAdvice::new(
    When::NoTime,
    "a slow upload is taken for a replay because the event's own time is old",
    "take a file however long ago it was recorded: this provider signs no time that could say how fresh a callback is",
)];

pub(super) static CASES: &[Case] = &[
    Case::new("B27", "expired a second ago", "[{expire: {by: 1s}}]", LEEWAY, COMPARE).or(SENT_LATE),
    Case::new(
        "B28",
        "expires in this very second",
        "[{retime: {to: now}}]",
        "languages differ at this limit; both decisions are right, an error is not",
        "choose one side, and test it",
    ),
    Case::new("B29", "expired eleven minutes ago", "[{expire: {by: 11m}}]", REPLAY, COMPARE).or(SENT),
    Case::new(
        "B30",
        "expires in ten years",
        "[{retime: {to: far-future}}]",
        "someone who has the key for a minute can sign messages that stay valid for years",
        "refuse what expires later than the lifetime and a few minutes from now",
    )
    .or(SENT_AHEAD),
    Case::new(
        "B31",
        "the sender's clock is two minutes fast",
        "[{skew: {by: 2m}}]",
        "clocks differ by minutes in practice, and every callback is refused until somebody notices",
        "allow for five minutes",
    )
    .or(TOO_EARLY),
    Case::new(
        "B31.b",
        "the sender's clock is two minutes slow",
        "[{skew: {by: 2m, to: slow}}]",
        "clocks differ by minutes in practice, and every callback is refused until somebody notices",
        "accept a message until it expires; require no minimum of time that is left",
    ),
    Case::new(
        "B32",
        "a clock just beyond a tolerance of five minutes",
        "[{retime: {to: ahead}}]",
        "at the limit of the tolerance off-by-one errors are common",
        "decide once how far ahead is too far, and answer without an error on both sides of it",
    ),
    Case::new(
        "B33",
        "an expiry of zero",
        "[{retime: {to: zero}}]",
        "zero often means `no expiry` in code",
        COMPARE,
    )
    .or(SENT),
    Case::new("B33.b", "an expiry of minus one", "[{retime: {to: negative}}]", OVERFLOW, DIGITS),
    Case::new("B34", "the smallest number of 64 bits", "[{retime: {to: smallest}}]", OVERFLOW, BOUND),
    Case::new("B35", "the largest number of 64 bits", "[{retime: {to: largest}}]", OVERFLOW, BOUND),
    Case::new("B35.b", "twenty digits", "[{retime: {to: 20-digits}}]", OVERFLOW, BOUND),
    Case::new(
        "B36",
        "milliseconds",
        "[{retime: {to: milliseconds}}]",
        "read as seconds it is valid until the year 58,000",
        "refuse what expires later than the lifetime and a few minutes from now",
    )
    .or(SENT_AHEAD),
    Case::new(
        "B37",
        "the time as text where it is a number, or the reverse",
        "[{retime: {to: other-type}}]",
        "the vendor's revisions differ, and an update on their side stops every callback",
        "read the digits from a number and from a string in the same way",
    ),
    Case::new("B38", "a plus before the time", "[{retime: {to: plus}}]", SPELLING, DIGITS),
    Case::new("B38.b", "a zero before the time", "[{retime: {to: leading-zero}}]", SPELLING, DIGITS),
    Case::new("B38.c", "a space before the time", "[{retime: {to: leading-space}}]", SPELLING, DIGITS),
    Case::new("B38.d", "the time with a fraction", "[{retime: {to: fraction}}]", SPELLING, DIGITS),
    Case::new("B38.e", "the time with an exponent", "[{retime: {to: exponent}}]", SPELLING, DIGITS),
    Case::new("B38.f", "an underscore in the time", "[{retime: {to: underscore}}]", SPELLING, DIGITS),
    Case::new("B38.g", "an empty time", "[{retime: {to: empty}}]", SPELLING, DIGITS),
    Case::new("B39", "full-width digits", "[{retime: {to: full-width}}]", SPELLING, DIGITS),
    Case::new("B39.b", "Arabic digits", "[{retime: {to: arabic}}]", SPELLING, DIGITS),
    Case::new(
        "B41",
        "the same bytes again while they are valid",
        "[{duplicate: {}}]",
        "a replay inside the lifetime has the right signature, and repeats what the first one did",
        "what protects against it is the file's id, not the signature",
    ),
    Case::new(
        "B42",
        "the same callback again after its signature has expired",
        "[{duplicate: {signature: fresh}}, {expire: {nth: 2, by: 1m}}]",
        REPLAY,
        COMPARE,
    )
    .or(SENT),
    Case {
        keys: &[("recording", "{hls: {}, upload_delay: 12h}")],
        ..Case::new(
            "B43",
            "the file was finished twelve hours before its callback",
            "[]",
            "a slow upload is taken for a replay because the event's own time is old",
            "judge freshness by the signature's time, never by the times of the recording",
        )
        .or(NO_TIME)
    },
    Case::new(
        "B40",
        "the time twice, the other one long past",
        "[{repeat-key: {field: \"@time\", value: \"1500000000\"}}]",
        "two parsers read two times: one is checked, the other is used",
        "refuse a message that has a key twice",
    ),
    Case::new(
        "B40.b",
        "another time, long past, and then the right one",
        "[{repeat-key: {field: \"@time\", value: \"1500000000\", at: begin}}]",
        "two parsers read two times: one is checked, the other is used",
        "refuse a message that has a key twice",
    ),
    Case {
        only: &["huawei"],
        ..Case::new(
            "B44",
            "a recording across midnight of 29 February",
            "[{set: {field: start_time, to: \"\\\"2024-02-29T23:59:30Z\\\"\"}}, {set: {field: end_time, to: \
             \"\\\"2024-03-01T00:01:30Z\\\"\"}}]",
            "dates put together by hand break on leap days",
            "parse times by a library",
        )
    },
    Case {
        only: &["huawei"],
        ..Case::new(
            "B45",
            "a leap second",
            "[{set: {field: end_time, to: \"\\\"2016-12-31T23:59:60Z\\\"\", class: rough}}]",
            "most parsers refuse second 60, and an unhandled refusal is a 500",
            "answer 4xx, or read it as the next second",
        )
    },
    Case {
        only: &["huawei"],
        ..Case::new(
            "B46",
            "a time with the offset of Peking",
            "[{set: {field: start_time, to: \"\\\"2024-02-29T23:59:30+08:00\\\"\", class: rough}}]",
            "a receiver that ignores the offset is eight hours wrong without an error",
            "read the offset, or refuse the message",
        )
    },
    Case::new(
        "B47",
        "a negative duration",
        "[{set: {field: \"@duration\", to: \"-1\", class: rough}}]",
        "a negative length makes sums and bills wrong",
        "refuse it, or set the file aside",
    ),
];
