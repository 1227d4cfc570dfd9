//! Mistakes about the message.

use super::super::demands::{self, present, without};
use super::super::habits::{DuplicateKeys, FileIdentity};
use super::super::judge::Refusal;
use super::{Bug, bug, of};

pub(super) static ALL: &[Bug] = &[
    bug(
        "five-hundred-on-unknown-event",
        "an event that is newer than the receiver is an error 500",
        "A18",
        "a ThinkPHP controller that knows five event types",
        |habits| habits.demands.push(demands::known_event),
    ),
    bug("refuses-unknown-fields", "a field that no page names is refused", "A19", "", |habits| {
        habits.demands.push(demands::known_fields)
    }),
    of(
        "tencent",
        bug(
            "requires-stream-param",
            "a callback without stream_param is refused, as those of API tasks are",
            "A20",
            "a ThinkPHP controller",
            |habits| habits.demands.push(|_, facts| present(facts, "stream_param", Refusal::Incomplete)),
        ),
    ),
    of(
        "tencent",
        bug(
            "requires-video-id",
            "a callback without video_id, which no page has since 2020, gets status 200 and code 4002: no retry, and the file is lost",
            "M256",
            "PHP live rooms",
            |habits| habits.demands.push(|_, facts| present(facts, "video_id", Refusal::Soft(4002))),
        ),
    ),
    of(
        "tencent",
        bug(
            "event-type-as-string-refused",
            "event_type is read as a number only",
            "F114",
            "a PHP live room: === 100",
            |habits| habits.demands.push(demands::numeric_event),
        ),
    ),
    of(
        "tencent",
        bug(
            "ids-as-doubles",
            "a number above 2^53 loses its last digits, so two files become one",
            "F111",
            "JSON in JavaScript",
            |habits| habits.number = |number| number.as_f64().map(|number| number.to_string()),
        ),
    ),
    of(
        "tencent",
        bug(
            "event-zero-as-absent",
            "an event_type of 0, the end of a push, is taken for a missing one",
            "M255",
            "PHP: empty($event_type)",
            |habits| habits.demands.push(demands::true_event),
        ),
    ),
    of(
        "tencent",
        bug(
            "requires-task-id",
            "a callback without task_id is an error 500",
            "M257",
            "receivers that read it unguarded",
            |habits| habits.demands.push(|_, facts| present(facts, "task_id", Refusal::Crash)),
        ),
    ),
    of(
        "tencent",
        bug(
            "requires-session-id",
            "a callback_ext without session_id is an error 500",
            "M258",
            "",
            |habits| habits.demands.push(demands::session),
        ),
    ),
    of(
        "tencent",
        bug(
            "splits-stream-param",
            "a stream_param that is not name=value pairs, or is empty, is an error 500",
            "M259",
            "explode() of PHP without a look at its length",
            |habits| habits.demands.push(demands::pairs),
        ),
    ),
    of(
        "tencent",
        bug("digits-for-ids", "a file_id with a letter in it is refused", "M261", "", |habits| {
            habits.demands.push(demands::digits)
        }),
    ),
    bug("keys-by-position", "keys in another order than usual are an error 500", "M262", "", |habits| {
        habits.demands.push(demands::order)
    }),
    bug(
        "body-by-pattern",
        "a body that does not end in its brace is refused",
        "M263",
        "a pattern instead of a parser",
        |habits| habits.raw = |body| body.ends_with(b"}"),
    ),
    of(
        "tencent",
        bug(
            "begin-is-start-time",
            "start_time is taken for the start of the content: one that is not end - duration is an error 500",
            "M244 M260",
            "the mistake that the vendor's pages warn of",
            |habits| habits.demands.push(demands::begin),
        ),
    ),
    of(
        "tencent",
        bug(
            "duration-is-end-minus-start",
            "a duration that is not end_time - start_time is an error 500",
            "A1 M260",
            "PHP live rooms",
            |habits| habits.demands.push(demands::span),
        ),
    ),
    of(
        "tencent",
        bug(
            "one-usec-for-both",
            "two microsecond fields are read as one, and an error 500 when they differ",
            "A1",
            "",
            |habits| habits.demands.push(demands::one_usec),
        ),
    ),
    bug("size-as-identity", "two files of one size are taken for one", "M264", "", |habits| {
        habits.identity = FileIdentity::Size
    }),
    bug(
        "trusts-first-duplicate-key",
        "of a key that stands twice the first value counts",
        "B40 F116 F117",
        "",
        |habits| habits.keys = DuplicateKeys::First,
    ),
    bug(
        "trusts-last-duplicate-key",
        "of a key that stands twice the last value counts",
        "B40 F116 F117",
        "maps of serde_json",
        |habits| habits.keys = DuplicateKeys::Last,
    ),
    bug(
        "checks-first-stores-last",
        "of a key that stands twice the first value is checked and the last one stored",
        "B40 F116 F117",
        "",
        |habits| habits.keys = DuplicateKeys::Torn,
    ),
    bug("case-insensitive-keys", "Sign is taken for sign", "F118", "encoding/json of Go", |habits| {
        habits.folds_keys = true
    }),
    bug(
        "sql-by-pasting",
        "a quote in a text breaks the statement it is pasted into: error 500",
        "F125 F126",
        "PHP live rooms: stream_id goes unescaped into SQL",
        |habits| habits.demands.push(|_, facts| without(facts, |c| c == '\'')),
    ),
    bug(
        "emoji-refused",
        "a character of four bytes is an error 500",
        "F134",
        "columns of MySQL's utf8mb3",
        |habits| habits.demands.push(|_, facts| without(facts, |c| c.len_utf8() == 4)),
    ),
    bug(
        "narrow-size",
        "a file of 2 GiB or more is an error 500",
        "F136",
        "an INT column, or an int32 of Go",
        |habits| habits.demands.push(demands::narrow_size),
    ),
    bug("nul-crash", "a \\u0000 in a text is an error 500", "E93", "databases that refuse NUL", |habits| {
        habits.demands.push(|_, facts| without(facts, |c| c == '\0'))
    }),
    bug("deep-json-500", "deep nesting is an error 500", "F120", "", |habits| {
        habits.status = |refusal| if refusal == Refusal::TooDeep { 500 } else { refusal.status() }
    }),
    bug("broken-json-500", "what is no JSON object is an error 500", "E102 E103 E104 E109", "", |habits| {
        habits.status = |refusal| if refusal == Refusal::Malformed { 500 } else { refusal.status() }
    }),
];
