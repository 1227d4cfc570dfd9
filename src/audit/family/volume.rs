//! K: volume.

use super::super::advice::TAKE_ALL;
use super::super::case::Case;

pub(super) static CASES: &[Case] = &[
    Case {
        keys: &[
            ("recording", "{hls: {cycle: 60s}}"),
            ("broadcast", "[{0s: push}, {1000m: drop}]"),
            ("delivery", "{ordering: free, retry: {attempts: 5, interval: 1s}}"),
        ],
        ..Case::new(
            "K216",
            "a thousand callbacks at once",
            "[]",
            "the end of a big event sends everything in the same minute",
            "queue before working; answer 429 or 503 rather than losing one",
        )
        .or(TAKE_ALL)
    },
    Case {
        keys: &[("recording", "{hls: {cycle: 60s}}"), ("broadcast", "[{0s: push}, {500m: drop}]")],
        ..Case::new(
            "K218",
            "five hundred files of one stream, one after the other",
            "[]",
            "a list that is read and written whole for each file gets slower with every file",
            "one row for each file",
        )
    },
];
