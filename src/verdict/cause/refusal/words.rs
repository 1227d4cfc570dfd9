//! Words of receivers, and what they speak of.

use std::ops::RangeInclusive;

use crate::record::UNKNOWN_FIELD;

use super::texts::{
    ADDRESS, BEARER, BODY_HASH, CONTENT_TYPE, CSRF, CUT, EVENT, FIELD, HOST, ISSUER, JSON, KNOWN, RATE,
    SCHEME, SIZE, STORE, STRANGE_FIELD, STREAM, TIME, TOKEN, WHERE,
};

/// Advice for some words.
#[derive(Clone, Copy)]
pub(super) enum Advice {
    /// Something beside the proof.
    Text(&'static str),
    /// The proof, but not its key.
    Proof(&'static str),
    /// The key or the formula.
    Key,
}

/// Words of a receiver, and what they speak of.
pub(super) struct RefusalWords {
    /// Statuses at which they count.
    statuses: RangeInclusive<u16>,
    /// Each list has one of its words in the answer.
    words: &'static [&'static [&'static str]],
    /// Words that turn them into something else.
    except: &'static [&'static str],
    pub(super) advice: Advice,
}

impl RefusalWords {
    const fn of(
        statuses: RangeInclusive<u16>,
        words: &'static [&'static [&'static str]],
        except: &'static [&'static str],
        advice: Advice,
    ) -> Self {
        Self { statuses, words, except, advice }
    }

    pub(super) fn is_in(&self, answer: &str, status: u16) -> bool {
        let has = |word: &&str| contains(answer, word);
        self.statuses.contains(&status)
            && self.words.iter().all(|any| any.iter().any(has))
            && !self.except.iter().any(has)
    }
}

/// True if a text has a word. A short one must stand alone: `sign` is no part of `design`, and `iss` none of `missing`.
fn contains(text: &str, word: &str) -> bool {
    if word.len() > 5 || !word.is_ascii() || word.contains(' ') {
        return text.contains(word);
    }
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == word)
}

const REFUSED: RangeInclusive<u16> = 400..=499;
const FAILED: RangeInclusive<u16> = 500..=599;

/// Things that expire and are not the time of a callback.
const OTHER_ENDS: &[&str] = &[
    "session",
    "csrf",
    "xsrf",
    "licen",
    "certificate",
    "subscription",
    "account",
    "password",
    "trial",
    "cookie",
    "card",
    "page expired",
];

/// Words about a stream that is not known. Of status 404 they may be about the path.
const UNKNOWN_STREAM: &[&[&str]] = &[
    &["stream", "room", "channel", "live"],
    &[
        "not found",
        "unknown",
        "no such",
        "does not exist",
        "doesn't exist",
        "not exist",
        "not registered",
        "unregistered",
        "not known",
    ],
];
/// The same where the path may be meant as well: words that name what is not known.
const STREAM_NAMED: &[&[&str]] = &[&[
    "unknown stream",
    "no such stream",
    "stream not found",
    "stream does not exist",
    "unknown room",
    "no such room",
    "room not found",
]];
/// Words that make them speak of something else.
const NO_STREAM: &[&str] = &["event", "field", "column", "table", "database"];

/// Words by what they speak of; the first that fits counts.
pub(super) static SAID: &[RefusalWords] = &[
    RefusalWords::of(
        400..=599,
        &[&["plain http request", "http request to an https", "speaking plain http"]],
        &[],
        Advice::Text(SCHEME),
    ),
    RefusalWords::of(REFUSED, &[UNKNOWN_FIELD], &[], Advice::Text(STRANGE_FIELD)),
    RefusalWords::of(
        REFUSED,
        &[&["csrf", "xsrf", "authenticitytoken", "authenticity token", "forgery protection", "page expired"]],
        &[],
        Advice::Text(CSRF),
    ),
    RefusalWords::of(
        REFUSED,
        &[&[
            "disallowedhost",
            "allowed_hosts",
            "invalid host",
            "host header",
            "blocked host",
            "unknown host",
            "misdirected",
        ]],
        &[],
        Advice::Text(HOST),
    ),
    RefusalWords::of(
        REFUSED,
        &[&["issuer", "iss", "api key", "api_key", "apikey"]],
        &[],
        Advice::Text(ISSUER),
    ),
    RefusalWords::of(
        REFUSED,
        &[
            &[
                "ip",
                "ip address",
                "remote address",
                "source address",
                "client address",
                "peer address",
                "allowlist",
                "whitelist",
            ],
            &[
                "not allowed",
                "not permitted",
                "forbidden",
                "denied",
                "blocked",
                "unknown",
                "allowlist",
                "whitelist",
                "refused",
                "invalid",
            ],
        ],
        &[],
        Advice::Text(ADDRESS),
    ),
    RefusalWords::of(REFUSED, &[&["bearer"]], &[], Advice::Proof(BEARER)),
    RefusalWords::of(
        REFUSED,
        &[
            &["token", "authorization", "authorisation", "credentials", "auth header"],
            &["no ", "missing", "without", "not found", "required", "absent", "not provided", "empty"],
        ],
        &["csrf", "expired"],
        Advice::Proof(TOKEN),
    ),
    RefusalWords::of(
        REFUSED,
        &[
            &["hash", "sha256", "sha-256", "checksum"],
            &["body", "payload", "content", "mismatch", "match", "differ"],
        ],
        &["signature", "sign", "hmac"],
        Advice::Proof(BODY_HASH),
    ),
    // The time of the callback, and not only a field of this name.
    RefusalWords::of(
        REFUSED,
        &[&[
            "expired",
            "too old",
            "older than",
            "stale",
            "not within",
            "not yet valid",
            "in the future",
            "outdated",
            "过期",
            "超时",
        ]],
        OTHER_ENDS,
        Advice::Proof(TIME),
    ),
    RefusalWords::of(
        REFUSED,
        &[
            &["timestamp", "clock", "时间戳"],
            &[
                "invalid",
                "wrong",
                "bad",
                "old",
                "stale",
                "outside",
                "out of",
                "tolerance",
                "skew",
                "window",
                "too far",
                "mismatch",
                "differ",
                "drift",
                "ahead",
                "behind",
                "无效",
                "错误",
            ],
        ],
        &["signature", "sign", "signing", "missing"],
        Advice::Proof(TIME),
    ),
    RefusalWords::of(
        REFUSED,
        &[
            &["signature", "sign", "签名"],
            &["missing", "no signature", "without", "not found", "required", "absent", "缺少"],
        ],
        &[],
        Advice::Proof(WHERE),
    ),
    RefusalWords::of(
        REFUSED,
        &[&[
            "signature",
            "sign",
            "signed",
            "hmac",
            "digest",
            "wrong key",
            "bad key",
            "invalid key",
            "签名",
            "验签",
        ]],
        &[],
        Advice::Key,
    ),
    // A store with a unique key, and a file that it has already.
    RefusalWords::of(
        400..=599,
        &[&[
            "unique constraint",
            "unique_violation",
            "uniqueviolation",
            "unique key",
            "duplicate key",
            "duplicate entry",
            "duplicatekey",
            "e11000",
            "already exists",
            "already stored",
        ]],
        &[],
        Advice::Text(KNOWN),
    ),
    RefusalWords::of(400..=403, UNKNOWN_STREAM, NO_STREAM, Advice::Text(STREAM)),
    RefusalWords::of(404..=404, STREAM_NAMED, NO_STREAM, Advice::Text(STREAM)),
    RefusalWords::of(410..=422, UNKNOWN_STREAM, NO_STREAM, Advice::Text(STREAM)),
    RefusalWords::of(
        FAILED,
        &[&[
            "database",
            "sql",
            "sqlstate",
            "sqlite",
            "mysql",
            "postgres",
            "redis",
            "mongo",
            "kafka",
            "deadlock",
            "connection pool",
            "disk",
            "no space",
            "queue",
        ]],
        &[],
        Advice::Text(STORE),
    ),
    RefusalWords::of(
        REFUSED,
        &[&["content-type", "content type", "media type", "mime"]],
        &[],
        Advice::Text(CONTENT_TYPE),
    ),
    RefusalWords::of(REFUSED, &[&["too large", "entity too"]], &[], Advice::Text(SIZE)),
    RefusalWords::of(REFUSED, &[&["rate limit", "too many requests", "throttl"]], &[], Advice::Text(RATE)),
    RefusalWords::of(
        400..=422,
        &[&["event"], &["unknown", "unsupported", "unexpected", "invalid", "not supported"]],
        &[],
        Advice::Text(EVENT),
    ),
    RefusalWords::of(
        FAILED,
        &[&[
            "keyerror",
            "nonetype",
            "cannot read propert",
            "undefined index",
            "undefined array key",
            "nullpointer",
        ]],
        &[],
        Advice::Text(FIELD),
    ),
    // The end of a text that a parser wanted to go on.
    RefusalWords::of(
        400..=599,
        &[&[
            "unterminated string",
            "unexpected end",
            "unexpected eof",
            "premature end",
            "eof while parsing",
            "end of input",
            "end-of-input",
            "expecting ',' delimiter",
            "unclosed",
            "incompleteread",
            "incomplete read",
        ]],
        &[],
        Advice::Text(CUT),
    ),
    RefusalWords::of(
        400..=422,
        &[&["missing", "required", "unknown field", "unexpected field", "validation", "field"]],
        &["token"],
        Advice::Text(FIELD),
    ),
    RefusalWords::of(
        400..=422,
        &[&["json", "parse", "unexpected token", "malformed", "decode"]],
        &[],
        Advice::Text(JSON),
    ),
];
