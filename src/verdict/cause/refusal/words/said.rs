//! Table of the words of receivers, by topic.

use std::ops::RangeInclusive;

use super::{ERROR_AT_A_FIELD, RefusalWords, UNKNOWN_FIELD};
use crate::verdict::cause::refusal::topic::Topic;

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
pub(in crate::verdict::cause::refusal) static SAID: &[RefusalWords] = &[
    RefusalWords::of(
        400..=599,
        &[&["plain http request", "http request to an https", "speaking plain http"]],
        &[],
        Topic::Scheme,
    ),
    RefusalWords::of(REFUSED, &[UNKNOWN_FIELD], &[], Topic::StrangeField),
    RefusalWords::of(
        REFUSED,
        &[&["csrf", "xsrf", "authenticitytoken", "authenticity token", "forgery protection", "page expired"]],
        &[],
        Topic::Csrf,
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
        Topic::Host,
    ),
    RefusalWords::of(REFUSED, &[&["issuer", "iss", "api key", "api_key", "apikey"]], &[], Topic::Issuer),
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
        Topic::Address,
    ),
    RefusalWords::of(REFUSED, &[&["bearer"]], &[], Topic::Bearer),
    RefusalWords::of(
        REFUSED,
        &[
            &["token", "authorization", "authorisation", "credentials", "auth header"],
            &["no ", "missing", "without", "not found", "required", "absent", "not provided", "empty"],
        ],
        &["csrf", "expired"],
        Topic::Token,
    ),
    RefusalWords::of(
        REFUSED,
        &[
            &["hash", "sha256", "sha-256", "checksum"],
            &["body", "payload", "content", "mismatch", "match", "differ"],
        ],
        &["signature", "sign", "hmac"],
        Topic::BodyHash,
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
        Topic::Time,
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
        Topic::Time,
    ),
    RefusalWords::of(
        REFUSED,
        &[
            &["signature", "sign", "签名"],
            &["missing", "no signature", "without", "not found", "required", "absent", "缺少"],
        ],
        &[],
        Topic::Where,
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
        Topic::Key,
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
        Topic::KnownFile,
    ),
    RefusalWords::of(400..=403, UNKNOWN_STREAM, NO_STREAM, Topic::Stream),
    RefusalWords::of(404..=404, STREAM_NAMED, NO_STREAM, Topic::Stream),
    RefusalWords::of(410..=422, UNKNOWN_STREAM, NO_STREAM, Topic::Stream),
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
        Topic::Store,
    ),
    RefusalWords::of(
        REFUSED,
        &[&["content-type", "content type", "media type", "mime"]],
        &[],
        Topic::ContentType,
    ),
    RefusalWords::of(REFUSED, &[&["too large", "entity too"]], &[], Topic::Size),
    RefusalWords::of(REFUSED, &[&["rate limit", "too many requests", "throttl"]], &[], Topic::Rate),
    RefusalWords::of(
        400..=422,
        &[&["event"], &["unknown", "unsupported", "unexpected", "invalid", "not supported"]],
        &[],
        Topic::Event,
    ),
    RefusalWords::of(FAILED, &[ERROR_AT_A_FIELD], &[], Topic::Field),
    RefusalWords::of(
        400..=422,
        &[&["missing", "required", "unknown field", "unexpected field", "validation", "field"]],
        &["token"],
        Topic::Field,
    ),
    RefusalWords::of(
        400..=422,
        &[&["json", "parse", "unexpected token", "malformed", "decode"]],
        &[],
        Topic::Json,
    ),
];
