//! Mistakes of real receivers, each a name and one changed [habit](super::habits). They are the test bed of the sender: a
//! mistake that no case exposes is a case that is missing.

use std::time::Duration;

use hyper::{Method, StatusCode};

use super::demands::{self, lenient_digits, present, without};
use super::habits::{DuplicateKeys, FileIdentity, Habits, Repeat, SignatureCheck};
use super::judge::{self, Refusal, expected, in_time, not_ahead, plain_digits};
use crate::provider::signature::{Digests, Signature, SignedPart};

/// A mistake that a receiver makes.
pub struct Bug {
    /// Name in `--bug`.
    pub name: &'static str,
    /// Description of the bug, for a person.
    pub what: &'static str,
    /// Cases of the catalogue of edge cases that expose it, a space between.
    pub cases: &'static str,
    /// Place of a sighting; empty = it is only likely.
    pub met: &'static str,
    /// The one provider whose receivers can have it; empty = any.
    pub provider: &'static str,
    /// Makes the mistake.
    pub change: fn(&mut Habits),
}

const fn bug(
    name: &'static str,
    what: &'static str,
    (cases, met): (&'static str, &'static str),
    change: fn(&mut Habits),
) -> Bug {
    Bug { name, what, cases, met, provider: "", change }
}

const fn of(provider: &'static str, bug: Bug) -> Bug {
    Bug { provider, ..bug }
}

/// A delay that no sender waits for.
const NEVER: Duration = Duration::from_secs(365 * 86_400);
/// Beyond the time limit of huawei and of tencent.
const LATE: Duration = Duration::from_secs(21);
/// Long enough for two callbacks of one instant to overtake each other.
const RACE: Duration = Duration::from_millis(20);

/// Every mistake there is.
pub static ALL: &[Bug] = &[
    // The signature.
    bug(
        "signature-unchecked",
        "the check is commented out: any signature passes, and none",
        ("C48 C51 C76", "PHP live rooms"),
        |habits| habits.check = SignatureCheck::Never,
    ),
    bug(
        "signature-optional",
        "the signature is checked only when there is one",
        ("C48 C49 C50 C76", ""),
        |habits| habits.check = SignatureCheck::WhenPresent,
    ),
    bug(
        "empty-key-skips-check",
        "an empty key switches the check off instead of stopping the start",
        ("D84", ""),
        |habits| habits.check = SignatureCheck::WhenKeyed,
    ),
    bug(
        "compared-by-prefix",
        "a signature that is cut short passes",
        ("C49 C55", "svix before 1.17, CVE-2024-21491"),
        |habits| habits.same = |right, given| right.starts_with(given),
    ),
    bug("compared-ignoring-trailing", "a signature with characters after it passes", ("C56", ""), |habits| {
        habits.same = |right, given| given.starts_with(right)
    }),
    bug(
        "hex-decoded-leniently",
        "a signature is decoded with 0x before it, and +f for 0f",
        ("C59 C60", "decoders made with u8::from_str_radix"),
        |habits| habits.same = |right, given| bytes(right) == bytes(given),
    ),
    of(
        "huawei",
        bug("md5-accepted-for-hmac", "MD5(key + time) passes where HMAC was agreed", ("C67", ""), |habits| {
            habits.other_schemes.push(md5(&[SignedPart::Key, SignedPart::Time]))
        }),
    ),
    bug(
        "keyless-signature-accepted",
        "MD5 of the time alone, or of the key alone, passes",
        ("C74", ""),
        |habits| habits.other_schemes.extend([md5(&[SignedPart::Time]), md5(&[SignedPart::Key])]),
    ),
    bug(
        "echoes-expected-signature",
        "a refusal says which signature would have been right",
        ("C78", ""),
        |habits| {
            habits.reason = |refusal, account, body| match expected(account, body) {
                Some(signature) if refusal == Refusal::Forged => format!("{refusal}; expected {signature}"),
                _ => refusal.to_string(),
            }
        },
    ),
    bug(
        "panics-on-missing",
        "a field that is missing, null or of another type is an error 500",
        ("C48 C50 F123", "a Spring service: getSign().equals(...)"),
        |habits| {
            habits.status = |refusal| match refusal {
                Refusal::Unsigned | Refusal::Incomplete => 500,
                other => other.status(),
            }
        },
    ),
    // The time.
    bug(
        "expiry-unchecked",
        "a callback never expires",
        ("B27 B29 B42", "a Spring service that maps t and never looks at it"),
        |habits| habits.fresh = |expiry, now, lifetime| not_ahead(expiry, now, lifetime, judge::SKEW),
    ),
    bug("expiry-wrong-sign", "the expired passes, and the fresh is refused", ("A1 B29", ""), |habits| {
        habits.fresh = |expiry, now, _| if expiry > now { Err(Refusal::Expired) } else { Ok(()) }
    }),
    bug(
        "sixty-seconds-late-accepted",
        "a callback passes until a minute after its expiry",
        ("B27", "PHP: time() - t < 60"),
        |habits| {
            habits.fresh = |expiry, now, lifetime| {
                in_time(expiry.saturating_add(59), now, lifetime.saturating_add(59), judge::SKEW)
            }
        },
    ),
    bug(
        "far-future-accepted",
        "an expiry in ten years passes",
        ("B30", "tests of the past alone, as t >= now"),
        |habits| habits.fresh = |expiry, now, lifetime| in_time(expiry, now, lifetime, i64::MAX),
    ),
    bug(
        "future-skew-refused",
        "a sender whose clock is two minutes fast is refused",
        ("B31", ""),
        |habits| habits.fresh = |expiry, now, lifetime| in_time(expiry, now, lifetime, 0),
    ),
    bug(
        "time-as-float",
        "the time is hashed as 1.7E9, so no signature is ever right",
        ("A1", "receivers that parse t into a double"),
        |habits| {
            habits.time =
                |value| plain_digits(value).map(|(_, expiry)| (format!("{:E}", expiry as f64), expiry))
        },
    ),
    bug(
        "time-in-milliseconds-accepted",
        "a time of 13 digits is read as milliseconds",
        ("B36", "senders that sign milliseconds, as Bridge does"),
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
        ("B38 B39", "str::parse of Rust, int() of Python"),
        |habits| habits.time = lenient_digits,
    ),
    // Duplicates, and what is stored.
    bug("no-dedup", "each announcement stores the file again", ("A1 A4 A5 B41", ""), |habits| {
        habits.identity = FileIdentity::None
    }),
    bug("race", "looks for the file, then stores it: two at once both do", ("A2 A3", ""), |habits| {
        habits.look_then_store = Some(RACE)
    }),
    bug("dedup-by-signature", "a retry that is signed afresh is stored again", ("A4 A5", ""), |habits| {
        habits.identity = FileIdentity::Signature
    }),
    bug("dedup-forgets", "only the last 3 files are known again", ("A4", ""), |habits| habits.memory = 3),
    bug(
        "dedup-forgotten-on-restart",
        "what is known is forgotten when the receiver starts again (with --store)",
        ("A25", ""),
        |habits| habits.remembers = false,
    ),
    bug("last-wins", "a second callback of a file overwrites its facts", ("A10", ""), |habits| {
        habits.repeat = Repeat::Overwrite
    }),
    bug(
        "fails-on-duplicate",
        "a repeated file is an error 500, so that its retries keep failing",
        ("A1 A5", "a Spring service that throws on a repeated event"),
        |habits| habits.repeat = Repeat::Fail,
    ),
    bug(
        "stores-before-checking",
        "the file is stored first, and the callback refused then",
        ("B29 C48 C51 C54", ""),
        |habits| habits.stores_refused = true,
    ),
    bug(
        "two-hundred-on-everything",
        "what is refused is acknowledged all the same, and lost",
        ("C48 C51 E105", ""),
        |habits| habits.status = |_| 200,
    ),
    bug(
        "order-dependent",
        "a file is refused until another event of its stream has come",
        ("A12", ""),
        |habits| habits.wants_stream_first = true,
    ),
    // The message.
    bug(
        "five-hundred-on-unknown-event",
        "an event that is newer than the receiver is an error 500",
        ("A18", "a ThinkPHP controller that knows five event types"),
        |habits| habits.demands.push(demands::known_event),
    ),
    bug("refuses-unknown-fields", "a field that no page names is refused", ("A19", ""), |habits| {
        habits.demands.push(demands::known_fields)
    }),
    of(
        "tencent",
        bug(
            "requires-stream-param",
            "a callback without stream_param is refused, as those of API tasks are",
            ("A20", "a ThinkPHP controller"),
            |habits| habits.demands.push(|_, facts| present(facts, "stream_param", Refusal::Incomplete)),
        ),
    ),
    of(
        "tencent",
        bug(
            "requires-video-id",
            "a callback without video_id, which no page has since 2020, gets status 200 and code 4002: no retry, and the file is lost",
            ("M256", "PHP live rooms"),
            |habits| habits.demands.push(|_, facts| present(facts, "video_id", Refusal::Soft(4002))),
        ),
    ),
    of(
        "tencent",
        bug(
            "event-type-as-string-refused",
            "event_type is read as a number only",
            ("F114", "a PHP live room: === 100"),
            |habits| habits.demands.push(demands::numeric_event),
        ),
    ),
    of(
        "tencent",
        bug(
            "ids-as-doubles",
            "a number above 2^53 loses its last digits, so two files become one",
            ("F111", "JSON in JavaScript"),
            |habits| habits.number = |number| number.as_f64().map(|number| number.to_string()),
        ),
    ),
    of(
        "tencent",
        bug(
            "event-zero-as-absent",
            "an event_type of 0, the end of a push, is taken for a missing one",
            ("M255", "PHP: empty($event_type)"),
            |habits| habits.demands.push(demands::true_event),
        ),
    ),
    of(
        "tencent",
        bug(
            "requires-task-id",
            "a callback without task_id is an error 500",
            ("M257", "receivers that read it unguarded"),
            |habits| habits.demands.push(|_, facts| present(facts, "task_id", Refusal::Crash)),
        ),
    ),
    of(
        "tencent",
        bug(
            "requires-session-id",
            "a callback_ext without session_id is an error 500",
            ("M258", ""),
            |habits| habits.demands.push(demands::session),
        ),
    ),
    of(
        "tencent",
        bug(
            "splits-stream-param",
            "a stream_param that is not name=value pairs, or is empty, is an error 500",
            ("M259", "explode() of PHP without a look at its length"),
            |habits| habits.demands.push(demands::pairs),
        ),
    ),
    of(
        "tencent",
        bug("digits-for-ids", "a file_id with a letter in it is refused", ("M261", ""), |habits| {
            habits.demands.push(demands::digits)
        }),
    ),
    bug("keys-by-position", "keys in another order than usual are an error 500", ("M262", ""), |habits| {
        habits.demands.push(demands::order)
    }),
    bug(
        "body-by-pattern",
        "a body that does not end in its brace is refused",
        ("M263", "a pattern instead of a parser"),
        |habits| habits.raw = |body| body.ends_with(b"}"),
    ),
    of(
        "tencent",
        bug(
            "begin-is-start-time",
            "start_time is taken for the start of the content: one that is not end - duration is an error 500",
            ("M244 M260", "the mistake that the vendor's pages warn of"),
            |habits| habits.demands.push(demands::begin),
        ),
    ),
    of(
        "tencent",
        bug(
            "duration-is-end-minus-start",
            "a duration that is not end_time - start_time is an error 500",
            ("A1 M260", "PHP live rooms"),
            |habits| habits.demands.push(demands::span),
        ),
    ),
    of(
        "tencent",
        bug(
            "one-usec-for-both",
            "two microsecond fields are read as one, and an error 500 when they differ",
            ("A1", ""),
            |habits| habits.demands.push(demands::one_usec),
        ),
    ),
    bug("size-as-identity", "two files of one size are taken for one", ("M264", ""), |habits| {
        habits.identity = FileIdentity::Size
    }),
    bug(
        "trusts-first-duplicate-key",
        "of a key that stands twice the first value counts",
        ("B40 F116 F117", ""),
        |habits| habits.keys = DuplicateKeys::First,
    ),
    bug(
        "trusts-last-duplicate-key",
        "of a key that stands twice the last value counts",
        ("B40 F116 F117", "maps of serde_json"),
        |habits| habits.keys = DuplicateKeys::Last,
    ),
    bug(
        "checks-first-stores-last",
        "of a key that stands twice the first value is checked and the last one stored",
        ("B40 F116 F117", ""),
        |habits| habits.keys = DuplicateKeys::Torn,
    ),
    bug("case-insensitive-keys", "Sign is taken for sign", ("F118", "encoding/json of Go"), |habits| {
        habits.folds_keys = true
    }),
    bug(
        "sql-by-pasting",
        "a quote in a text breaks the statement it is pasted into: error 500",
        ("F125 F126", "PHP live rooms: stream_id goes unescaped into SQL"),
        |habits| habits.demands.push(|_, facts| without(facts, |c| c == '\'')),
    ),
    bug(
        "emoji-refused",
        "a character of four bytes is an error 500",
        ("F134", "columns of MySQL's utf8mb3"),
        |habits| habits.demands.push(|_, facts| without(facts, |c| c.len_utf8() == 4)),
    ),
    bug("nul-crash", "a \\u0000 in a text is an error 500", ("E93", "databases that refuse NUL"), |habits| {
        habits.demands.push(|_, facts| without(facts, |c| c == '\0'))
    }),
    bug("deep-json-500", "deep nesting is an error 500", ("F120", ""), |habits| {
        habits.status = |refusal| if refusal == Refusal::TooDeep { 500 } else { refusal.status() }
    }),
    bug("broken-json-500", "what is no JSON object is an error 500", ("E102 E103 E104 E109", ""), |habits| {
        habits.status = |refusal| if refusal == Refusal::Malformed { 500 } else { refusal.status() }
    }),
    // HTTP.
    bug("method-ignored", "GET and PUT are taken like POST", ("G137", ""), |habits| {
        habits.method = |_| Method::POST
    }),
    bug("override-obeyed", "X-HTTP-Method-Override changes the method", ("G139", ""), |habits| {
        habits.method = |head| {
            let other = head.headers.get("x-http-method-override").map(|name| name.as_bytes());
            other.and_then(|name| Method::from_bytes(name).ok()).unwrap_or_else(|| head.method.clone())
        }
    }),
    bug("host-unchecked", "no Host, or two of them, pass", ("G144 G145", "hyper 1.12"), |habits| {
        habits.host = |_| None
    }),
    bug(
        "transfer-coding-unchecked",
        "`gzip, chunked` is read as if it were chunked alone",
        ("H165", "hyper 1.12"),
        |habits| habits.framing = |_| None,
    ),
    bug("content-type-required", "no Content-Type is a 415", ("E95", ""), |habits| {
        habits.media_type = |head| {
            let missing = !head.headers.contains_key(hyper::header::CONTENT_TYPE);
            let refused = (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type is missing");
            if missing { Some(refused) } else { super::head::plain_json(head) }
        }
    }),
    bug("no-body-limit", "a body of any size is read into memory", ("E106", ""), |habits| {
        habits.limits.body = usize::MAX
    }),
    bug(
        "no-header-deadline",
        "a connection that says nothing, or half a header, is held for ever",
        ("I178 I179 I180", "axum::serve 0.8"),
        |habits| habits.limits.header_deadline = NEVER,
    ),
    bug("no-body-deadline", "half a body is waited for for ever", ("I181", "axum::serve 0.8"), |habits| {
        habits.limits.body_deadline = NEVER
    }),
    bug(
        "torn-body-accepted",
        "a body that ends before its Content-Length is taken for whole",
        ("H166 H168", ""),
        |habits| habits.takes_torn_body = true,
    ),
    bug(
        "one-connection-at-a-time",
        "the next connection waits until this one is done",
        ("I192", "a receiver of one nc loop"),
        |habits| habits.connections = 1,
    ),
    bug(
        "answers-before-reading",
        "acknowledges by the header alone, and stores nothing",
        ("A1 C51", "a receiver of one nc loop"),
        |habits| habits.reads_body = false,
    ),
    bug("slow-answer", "answers after 21 s, when the sender has given up", ("A1", ""), |habits| {
        habits.delay = LATE
    }),
    bug("answers-204", "accepts with 204, which is not an acknowledgement here", ("A1", ""), |habits| {
        habits.success = StatusCode::NO_CONTENT
    }),
];

const fn md5(message: &'static [SignedPart]) -> Signature {
    Signature::hex(Digests::Md5, message)
}

/// The bytes of hexadecimal digits, read by a careless decoder.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let hex = hex.strip_prefix("0x").unwrap_or(hex);
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_made_by_hand_reads_what_is_no_hexadecimal() {
        assert_eq!(bytes("0f10"), Some(vec![15, 16]));
        assert_eq!(bytes("0x+f10"), Some(vec![15, 16]));
        assert_eq!(bytes("zz"), None);
        assert_eq!(bytes("é"), None);
    }
}
