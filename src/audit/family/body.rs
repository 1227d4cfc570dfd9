//! E: body bytes and encodings.

use super::super::advice::AS_IT_CAME;
use super::super::case::Case;

const TWO: &[(&str, &str)] =
    &[("broadcast", "[{0s: push}, {1h: drop}]"), ("recording", "{hls: {cycle: 30m}}")];
const THREE: &[(&str, &str)] =
    &[("broadcast", "[{0s: push}, {90m: drop}]"), ("recording", "{hls: {cycle: 30m}}")];
const FIVE: &[(&str, &str)] =
    &[("broadcast", "[{0s: push}, {150m: drop}]"), ("recording", "{hls: {cycle: 30m}}")];
const SIX: &[(&str, &str)] =
    &[("broadcast", "[{0s: push}, {3h: drop}]"), ("recording", "{hls: {cycle: 30m}}")];

pub(super) static CASES: &[Case] = &[
    Case::new(
        "E89",
        "a byte order mark before the JSON",
        "[{encode: {as: bom}}]",
        "many parsers refuse the mark, and a parser error that nobody catches becomes a 500 and several retries",
        "skip the three bytes or answer 400; catch what the parser throws",
    ),
    Case {
        keys: THREE,
        ..Case::new(
            "E90",
            "a body in UTF-16 or UTF-32",
            "[{encode: {as: utf-16le, nth: 1}}, {encode: {as: utf-16be, nth: 2}}, {encode: {as: utf-32, nth: 3}}]",
            "a decoder that guesses the encoding reads another text than the filter before it did",
            "read bodies as UTF-8 and as nothing else; answer 400 to the rest",
        )
    },
    Case {
        keys: THREE,
        ..Case::new(
            "E91",
            "invalid, truncated or overlong UTF-8",
            "[{encode: {as: invalid, nth: 1}}, {encode: {as: truncated, nth: 2}}, {encode: {as: overlong, nth: 3}}]",
            "bytes that are not text reach a database driver or a log encoder that throws, long after the answer was due",
            "decode strictly before anything is parsed, and answer 400",
        )
    },
    Case::new(
        "E92",
        "half a surrogate pair in a name",
        "[{name: {as: lone-surrogate}}]",
        "such a text exists in JSON and in UTF-16 languages, and fails where it is first written as UTF-8",
        "refuse it with 400 or replace it by U+FFFD when the body is decoded",
    ),
    Case::new(
        "E93",
        "a NUL inside a name",
        "[{name: {as: nul}}]",
        "it is valid JSON, and PostgreSQL and most C libraries refuse or cut the text there",
        "refuse control characters in names with a 4xx before the insert, or store them escaped",
    ),
    Case::new(
        "E94",
        "charset=utf-8 in the Content-Type",
        "[{header: {name: Content-Type, how: append, value: ; charset=utf-8, class: legal}}]",
        "a test for the exact text of the type loses every callback on the day a proxy adds a charset",
        "compare the media type alone, and ignore the charset: JSON is UTF-8",
    ),
    Case {
        keys: TWO,
        ..Case::new(
            "E94.b",
            "charset=UTF8 or gbk in the Content-Type",
            "[{header: {name: Content-Type, how: append, value: ; charset=UTF8, nth: 1, class: legal}}, \
              {header: {name: Content-Type, how: append, value: ; charset=gbk, nth: 2, class: legal}}]",
            "some frameworks answer 415 to a charset they do not know, although JSON is always UTF-8",
            "ignore the charset of JSON",
        )
    },
    Case {
        // This vendor documents no header at all.
        only: &["huawei"],
        ..Case::new(
            "E95",
            "no Content-Type, where none is promised",
            "[{header: {name: Content-Type, how: remove, class: legal}}]",
            "frameworks that choose the parser by this header give an empty object to the handler",
            "read the raw body yourself, and take a missing Content-Type for JSON",
        )
    },
    Case {
        only: &["tencent"],
        ..Case::new(
            "E95.b",
            "no Content-Type, where one is promised",
            "[{header: {name: Content-Type, how: remove}}]",
            "frameworks that choose the parser by this header give nothing to the handler, which fails",
            "answer 415, or take a missing Content-Type for JSON",
        )
    },
    Case {
        keys: THREE,
        ..Case::new(
            "E96",
            "text/plain, a malformed type, a vendor's +json",
            "[{header: {name: Content-Type, value: text/plain, nth: 1}}, \
              {header: {name: Content-Type, how: append, value: ;;, nth: 2}}, \
              {header: {name: Content-Type, value: application/vnd.example+json, nth: 3}}]",
            "a header parser that throws an exception turns a typing error into a 500",
            "answer 415 to what is not JSON, or read the body all the same; both without an exception",
        )
    },
    Case::new(
        "E96.b",
        "the Content-Type in upper case",
        "[{header: {name: Content-Type, how: upper, class: legal}}]",
        "media types are the same in upper and lower case; a comparison that sees a difference loses real callbacks",
        "compare media types without regard to case",
    ),
    Case::new(
        "E97",
        "the JSON in a form field",
        "[{form: {as: urlencoded}}]",
        "a framework that merges forms and JSON into one `params` lets a web page post callbacks from a browser",
        "take JSON only, and answer 415 to forms",
    ),
    Case::new(
        "E98",
        "a gzip body",
        "[{compress: {how: honest}}]",
        "a proxy that inflates on one machine and not on the other makes half of the callbacks unreadable",
        "inflate with a limit, or answer 415; never hand compressed bytes to the parser",
    ),
    Case {
        keys: TWO,
        ..Case::new(
            "E100",
            "a gzip bomb, plain and nested",
            "[{compress: {how: bomb, megabytes: 1000, nth: 1}}, {compress: {how: nested-bomb, megabytes: 10000, nth: 2}}]",
            "a kilobyte that becomes a gigabyte ends the process for everybody",
            "limit what comes out of the decompressor, not what goes in, and answer 413",
        )
    },
    Case {
        keys: TWO,
        ..Case::new(
            "E101",
            "gzip said and not done, done and not said",
            "[{compress: {how: claimed, nth: 1}}, {compress: {how: unclaimed, nth: 2}}]",
            "the error of the decompressor comes from a place where no handler catches it",
            "answer 400 or 415 when a body does not decode",
        )
    },
    Case {
        keys: TWO,
        ..Case::new(
            "E102",
            "an empty body, and one of spaces",
            "[{replace-body: {nth: 1}}, {replace-body: {by: \"  \\r\\n \", nth: 2}}]",
            "parsers give null for nothing, and the first field access on it is a 500",
            "answer 400 to a body without an object",
        )
    },
    Case {
        keys: FIVE,
        ..Case::new(
            "E103",
            "null, [], \"x\", 0 or true instead of the object",
            "[{replace-body: {by: \"null\", nth: 1}}, {replace-body: {by: \"[]\", nth: 2}}, \
              {replace-body: {by: '\"x\"', nth: 3}}, {replace-body: {by: \"0\", nth: 4}}, \
              {replace-body: {by: \"true\", nth: 5}}]",
            "all of these are JSON, so the parser accepts them, and the handler fails when it reads a field",
            "ask for an object first, and answer 400",
        )
    },
    Case {
        keys: THREE,
        ..Case::new(
            "E104",
            "two documents, trailing garbage, a document a line",
            "[{loose-json: {with: two-documents, nth: 1}}, {loose-json: {with: trailing-garbage, nth: 2}}, \
              {loose-json: {with: lines, nth: 3}}]",
            "a parser that stops after the first value and one that takes the last see two different callbacks",
            "ask the parser for the end of the input after the object, and answer 400",
        )
    },
    Case {
        keys: TWO,
        ..Case::new(
            "E105",
            "truncated JSON with a right Content-Length",
            "[{truncate-json: {by: 1, nth: 1}}, {truncate-json: {by: 200, nth: 2}}]",
            "a lenient parser that closes the brackets itself stores half a recording as a whole one",
            "parse strictly, answer 400, and store nothing before the whole body was read",
        )
    },
    Case {
        keys: THREE,
        ..Case::new(
            "E106",
            "bodies of 1, 2 and 3 MB",
            "[{pad: {bytes: 1000000, nth: 1}}, {pad: {bytes: 2097152, nth: 2}}, {pad: {bytes: 3145728, nth: 3}}]",
            "a framework's own limit answers with an exception, and the handler after it with a 500",
            "limit the body before it is buffered, and answer 413",
        )
    },
    Case::new(
        "E106.b",
        "a body of 64 MB",
        "[{pad: {bytes: 67108864, class: hostile}}]",
        "without a limit ten such requests fill the memory; with one that is checked too late they do so as well",
        "no callback has more than a few kilobytes: limit the body before it is buffered, and answer 413",
    ),
    Case {
        keys: TWO,
        ..Case::new(
            "E107",
            "exactly a mebibyte, and one byte more",
            "[{pad: {bytes: 1048576, nth: 1}}, {pad: {bytes: 1048577, nth: 2}}]",
            "limits are off by one between proxy and application, and the two disagree in 502s",
            "set one limit in both places, and answer 413 from the one that is reached first",
        )
    },
    Case::new(
        "E108",
        "the JSON in a multipart form",
        "[{form: {as: multipart}}]",
        "a multipart parser writes parts to disk before anybody has asked who sent them",
        "answer 415 before the body is read",
    ),
    Case {
        keys: SIX,
        ..Case::new(
            "E109",
            "comments, a trailing comma, single quotes, NaN, Infinity, hex",
            "[{loose-json: {with: comment, nth: 1}}, {loose-json: {with: trailing-comma, nth: 2}}, \
              {loose-json: {with: single-quotes, nth: 3}}, {loose-json: {with: nan, nth: 4}}, \
              {loose-json: {with: infinity, nth: 5}}, {loose-json: {with: hex, nth: 6}}]",
            "what one parser of the chain takes and the next refuses is stored, and can never be read again",
            "use a strict JSON parser, not YAML, JSON5 or eval, and answer 400",
        )
    },
    Case {
        keys: SIX,
        ..Case::new(
            "E110",
            "the same JSON in other spellings",
            "[{respell: {as: pretty, nth: 1}}, {respell: {as: crlf, nth: 2}}, {respell: {as: spaces, nth: 3}}, \
              {respell: {as: key-order, nth: 4}}, {respell: {as: escaped-slashes, nth: 5}}, \
              {respell: {as: unicode-escapes, nth: 6}}]",
            "a receiver that cuts fields out of the text with patterns works until the vendor changes its serialiser",
            "read the body with a JSON parser, and sign the values it gives",
        ).or(&[AS_IT_CAME])
    },
    Case::new(
        "E110.b",
        "odd values that are valid JSON",
        r#"[{add-field: {name: odd, value: '{"":0,"zero":-0,"\uDBFF\uDFFF":[1E+2,0e-0,[[]  ],"\u2028\b\/\u007f"],"a b":{"":{}}}'}}]"#,
        "negative zero, exponents, empty names and noncharacters are JSON; parsers written by hand fail on them",
        "use a parser that passes the JSON test suites",
    ).or(&[AS_IT_CAME]),
];
