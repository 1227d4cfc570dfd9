//! Things to check by the status of a refusal.

use std::ops::RangeInclusive;

use super::texts::{
    CONTENT_TYPE, CSRF, EXPLAIN, GATEWAY, HOST, METHOD, NOT_READY, OTHER_EDITION, RATE, SIZE, UNREADABLE,
    WHERE,
};

/// Place of the key among the things to check.
#[derive(Clone, Copy)]
pub(super) enum KeyPlace {
    First,
    Last,
    Nowhere,
}

/// Things to check by status, the likeliest first; the first range that fits counts.
pub(super) static BY_STATUS: &[(RangeInclusive<u16>, KeyPlace, &[&str])] = &[
    (
        200..=200,
        KeyPlace::Last,
        &["what the answer says; `--expect YAML` of run and audit tells how the receiver signals success"],
    ),
    (
        201..=299,
        KeyPlace::Nowhere,
        &[
            "the status: the vendor acknowledges status 200 alone and sends the callback again; answer 200",
            "`delivery.success` in a scenario, if the vendor was configured with another status",
        ],
    ),
    (
        304..=304,
        KeyPlace::Nowhere,
        &["304 says that what a GET asks for has not changed, and is no answer to a POST; answer 200"],
    ),
    (
        300..=399,
        KeyPlace::Nowhere,
        &["a redirect, which no vendor follows; answer the callback where it is sent to"],
    ),
    (401..=401, KeyPlace::First, &[EXPLAIN, WHERE]),
    (403..=403, KeyPlace::First, &[EXPLAIN, WHERE]),
    (
        404..=404,
        KeyPlace::Nowhere,
        &[
            "the path: the target has no such path; name the one where callbacks are received (or it does not know this stream: read its answer)",
        ],
    ),
    (405..=405, KeyPlace::Nowhere, &[METHOD]),
    (
        406..=406,
        KeyPlace::Nowhere,
        &[
            "the form of the answer: the receiver has none that it takes for wanted; look at its rules for Accept",
        ],
    ),
    (407..=407, KeyPlace::Nowhere, &["a proxy that asks for a login stands before the receiver"]),
    (
        408..=408,
        KeyPlace::Nowhere,
        &["the receiver gave the request up before it had read all of it; see its own log"],
    ),
    (
        409..=409,
        KeyPlace::Nowhere,
        &[
            "a file that the receiver knows already: ids are the same in every run; `--seed random` draws others",
            "a callback that was sent again: answer status 200 to what is stored already",
        ],
    ),
    (
        410..=410,
        KeyPlace::Nowhere,
        &["the path: the target has no such path any more; name the one where callbacks are received"],
    ),
    (
        411..=411,
        KeyPlace::Nowhere,
        &["the length of the body: the receiver, or a proxy before it, does not see Content-Length"],
    ),
    (413..=413, KeyPlace::Nowhere, &[SIZE]),
    (
        414..=414,
        KeyPlace::Nowhere,
        &[
            "the length of the URL: the receiver, or a proxy before it, allows less; shorten the path and query of the target",
        ],
    ),
    (415..=415, KeyPlace::Nowhere, &[CONTENT_TYPE]),
    (419..=419, KeyPlace::Nowhere, &[CSRF]),
    (421..=421, KeyPlace::Nowhere, &[HOST]),
    (
        426..=426,
        KeyPlace::Nowhere,
        &["the version of HTTP: the receiver, or a proxy before it, does not take HTTP/1.1"],
    ),
    (429..=429, KeyPlace::Nowhere, &[RATE]),
    (
        431..=431,
        KeyPlace::Nowhere,
        &["the size of the headers: the receiver, or a proxy before it, allows less"],
    ),
    (400..=400, KeyPlace::Last, UNREADABLE),
    (422..=422, KeyPlace::Last, UNREADABLE),
    (402..=499, KeyPlace::Last, &["what the receiver misses; its own log tells more"]),
    (501..=501, KeyPlace::Nowhere, &[METHOD]),
    (502..=502, KeyPlace::Nowhere, &[GATEWAY]),
    (504..=504, KeyPlace::Nowhere, &[GATEWAY]),
    (503..=503, KeyPlace::Nowhere, &[NOT_READY]),
    (507..=507, KeyPlace::Nowhere, &["the receiver has no room to store what it gets"]),
    (500..=599, KeyPlace::Nowhere, &["an error inside the receiver; its own log tells more", OTHER_EDITION]),
];
