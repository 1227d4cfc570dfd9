//! M: the life of a recording. What the vendor itself does, and what receivers trip over.

use super::case::Case;

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
            "who keeps one open file per stream closes the wrong one",
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
            "two pushes make one file, and who counts pushes waits for a second one",
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
        keys: &[("broadcast", "[{0s: push}, {1s: drop}]")],
        ..Case::new(
            "M249",
            "a file of one second",
            "[]",
            "a duration of one, or a rate computed from it, divides by zero",
            "accept short files",
        )
    },
    Case {
        keys: &[("recording", "{hls: {cycle: 5m}}"), ("broadcast", "[{0s: push}, {26h: drop}]")],
        ..Case::new(
            "M250",
            "a recording of 26 hours in 312 files",
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
            "begin and end told once for all formats",
            "[]",
            "who waits for an end per format never closes the second one",
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
            "such callbacks have no stream_param; who demands it refuses them all",
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
];
