//! M: the life of a recording. What the vendor itself does, and what receivers trip over.

use super::super::advice::AS_IT_CAME;
use super::super::case::{Case, EVERY_EVENT, OTHER_SHAPE, OTHER_STORAGE};

const ALL_HUAWEI: (&str, &str) =
    ("subscribe", "[RECORD_START, RECORD_NEW_FILE_START, RECORD_FILE_COMPLETE, RECORD_OVER, RECORD_FAILED]");

pub(super) static CASES: &[Case] = &[
    Case {
        only: &["huawei"],
        keys: &[
            ALL_HUAWEI,
            ("recording", "{hls: {cycle: 30m}, upload_delay: 5m}"),
            ("broadcast", "[{0s: push}, {70m: drop}]"),
        ],
        ..Case::new(
            "M243",
            "a file completes after the next one has begun",
            "[]",
            "a receiver that keeps one open file per stream closes the wrong one",
            "link begin and end by the job's id",
        )
    },
    Case {
        keys: &[
            ("recording", "{hls: {resume: 60s}}"),
            ("broadcast", "[{0s: push}, {10m: drop}, {10m30s: push}, {20m: drop}]"),
        ],
        ..Case::new(
            "M244",
            "a drop inside the resume window",
            "[]",
            "two pushes make one file, and a receiver that counts pushes waits for a second one",
            "count files by their callbacks, never by pushes",
        )
    },
    Case {
        keys: &[
            ("recording", "{hls: {resume: 60s}}"),
            ("broadcast", "[{0s: push}, {10m: drop}, {15m: push}, {20m: drop}]"),
        ],
        ..Case::new(
            "M245",
            "a drop outside the resume window",
            "[]",
            "one broadcast makes two files, and the second overwrites the first",
            "a stream has many files: key them by the file's id",
        )
    },
    Case {
        keys: &[("recording", "{hls: {}, mp4: {}}")],
        ..Case::new(
            "M246",
            "two formats of one recording",
            "[]",
            "the second format is taken for a duplicate of the first",
            "stream and time do not name a file; its id does",
        )
    },
    Case {
        only: &["huawei"],
        keys: &[ALL_HUAWEI, ("broadcast", "[{0s: push}, {5m: {fail: upload}}, {10m: drop}]")],
        ..Case::new(
            "M247",
            "an upload fails where a file was due",
            "[]",
            "the stream stays `recording` for ever",
            "treat a failure as an end",
        )
    },
    Case {
        keys: &[("broadcast", "[{0s: push}, {10m: drop}, {24h: push}, {24h10m: drop}]")],
        ..Case::new(
            "M248",
            "the same stream again the next day",
            "[]",
            "yesterday's file is overwritten by today's",
            "key files by their id, not by the stream's name",
        )
    },
    Case {
        keys: &[("recording", "{hls: {}, shortest: 0s}"), ("broadcast", "[{0s: push}, {1s: drop}]")],
        ..Case::new(
            "M249",
            "a file of one second",
            "[]",
            "a duration of one, or a rate computed from it, divides by zero",
            "accept short files",
        )
    },
    Case {
        keys: &[("recording", "{hls: {cycle: 15m}}"), ("broadcast", "[{0s: push}, {26h: drop}]")],
        ..Case::new(
            "M250",
            "a recording of 26 hours in 104 files",
            "[]",
            "a day's end, or a counter of two digits, breaks long broadcasts",
            "no sequence that wraps, and no date in a key",
        )
    },
    Case {
        only: &["huawei"],
        keys: &[ALL_HUAWEI, ("recording", "{hls: {}, mp4: {}, events: per-task}")],
        ..Case::new(
            "M253",
            "start and end are sent once for all formats",
            "[]",
            "a receiver that waits for an end per format never closes the second one",
            "close by task, not by format",
        )
    },
    Case {
        only: &["tencent"],
        keys: &[("recording", "{hls: {}, source: task}")],
        ..Case::new(
            "M254",
            "a recording that was started through the API",
            "[]",
            "such callbacks have no stream_param; a receiver that needs it refuses them all",
            "take optional fields as optional",
        )
    },
    Case {
        only: &["tencent"],
        keys: &[("subscribe", "[push, interrupt, record]")],
        ..Case::new(
            "M255",
            "the end of a push, whose event_type is 0",
            "[]",
            "0 is false in many languages: a check such as `!event_type` or `empty(event_type)` takes the field for missing, and \
             the room stays open for ever",
            "ask whether the field is there, never whether it is true",
        )
    },
    Case::new(
        "M251",
        "the same file with a new address",
        "[{contradict: {url: \"https://elsewhere.invalid/transcoded-again.m3u8\"}}]",
        "a second message about a file makes a second row, or replaces an address that was right",
        "one row for a file; decide once what a later message may change",
    ),
    Case {
        only: &["tencent"],
        ..Case::new(
            "M252",
            "the file's id as a number where it is a text of digits, or the reverse",
            "[{retype: {field: \"@file\"}}]",
            "an id beyond 2^53 loses its last digits in a double, and two files become one",
            "keep ids as text, whatever their JSON type",
        )
    },
    Case {
        only: &["tencent"],
        keys: &[("provider", OTHER_SHAPE)],
        ..Case::new(
            "M256",
            "a file as the vendor's page has it, or, where the page is followed, as it was captured",
            "[]",
            "video_id is in captured messages and on no page since 2020: a receiver that needs it, or refuses it, loses recordings",
            "demand only what identifies the file, and take fields that are new",
        )
    },
    Case {
        only: &["tencent"],
        ..Case::new(
            "M257",
            "a callback without task_id",
            "[{unset: {field: task_id, class: legal}}]",
            "revisions and accounts differ in who has a task_id; a receiver that reads it without a check answers 500 each time",
            "take optional fields as optional",
        )
    },
    Case {
        only: &["tencent"],
        ..Case::new(
            "M258",
            "callback_ext without session_id",
            "[{set: {field: callback_ext, to: '\"{}\"', class: legal}}]",
            "the vendor advises not to depend on callback_ext; a receiver that reads session_id from it without a check crashes",
            "take optional fields as optional, also those in a JSON text",
        )
    },
    Case {
        only: &["tencent"],
        ..Case::new(
            "M259",
            "an empty stream_param, as of a mixed stream",
            "[{set: {field: stream_param, to: \"\", class: legal}}]",
            "captured so; a receiver that takes it apart without a look at its length crashes",
            "take an empty query as one without parameters",
        )
    },
    Case {
        only: &["tencent"],
        ..Case::new(
            "M259.b",
            "a stream_param with |, : and ; in it",
            "[{set: {field: stream_param, to: \"bizid=2519&record=hls|flv&mix=layer:b;session_id:709036962551160107;t_id:1\", \
              class: legal}}]",
            "captured so; a parser that expects letters and digits alone refuses or crashes",
            "store it as it is, and read from it only what you put there",
        )
    },
    Case {
        only: &["tencent"],
        ..Case::new(
            "M260",
            "a duration that disagrees with end_time - start_time, as 183 with 254",
            "[{set: {field: duration, to: 183, class: legal}}]",
            "captured so, and the page says that they normally differ; a receiver that computes one from the others, or compares them, is wrong",
            "take the duration that is announced; the content begins at end_time - duration",
        )
    },
    Case {
        only: &["tencent"],
        keys: &[("provider", OTHER_STORAGE)],
        ..Case::new(
            "M261",
            "ids with letters: a file in COS",
            "[]",
            "file_id is <appid>_<32 hex> there; a column of digits refuses every file",
            "keep ids as text of any form",
        )
    },
    Case::new(
        "M262",
        "the keys backwards",
        "[{respell: {as: key-order}}]",
        "pages and captured messages differ in the order of keys; a receiver that reads by position is wrong with the next revision",
        "read JSON with a parser, and fields by name",
    ).or(&[AS_IT_CAME]),
    Case::new(
        "M263",
        "a line end after the body",
        "[{respell: {as: newline}}]",
        "captured so; a receiver that looks for a brace at the end, or compares lengths, refuses a real message",
        "white space around JSON means nothing",
    ).or(&[AS_IT_CAME]),
    Case {
        keys: &[("broadcast", "[{0s: push}, {2m: drop}, {5m: push}, {9m: drop}]")],
        ..Case::new(
            "M264",
            "two files of one size",
            "[{set: {field: file_size, to: 104857600, class: legal}}]",
            "the second file is taken for the first one again, and is lost",
            "key files by their id; a size names nothing",
        )
    },
    Case {
        keys: &[
            ("subscribe", EVERY_EVENT),
            ("broadcast", "[{0s: push}, {2m: drop}, {5m: push}, {9m: drop}]"),
        ],
        ..Case::new(
            "M267",
            "every event of two recordings, from the start of each to its file",
            "[]",
            "an event before the file is taken for the whole recording, so that the file is answered without a look, and is lost",
            "mark files as done, by the file's id, and no stream, session or task; an event without a file settles nothing",
        )
    },
];
