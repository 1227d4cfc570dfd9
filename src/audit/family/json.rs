//! F: JSON values and the text inside.

use super::super::advice::charset;
use super::super::case::{Case, Needs};

const TWO: &[(&str, &str)] =
    &[("broadcast", "[{0s: push}, {1h: drop}]"), ("recording", "{hls: {cycle: 30m}}")];
const THREE: &[(&str, &str)] =
    &[("broadcast", "[{0s: push}, {90m: drop}]"), ("recording", "{hls: {cycle: 30m}}")];
/// The same by answers alone: of a file without an id no state can be asked.
const THREE_ANSWERED: &[(&str, &str)] =
    &[("broadcast", "[{0s: push}, {90m: drop}]"), ("recording", "{hls: {cycle: 30m}}"), ("expect", "{}")];
const FOUR: &[(&str, &str)] =
    &[("broadcast", "[{0s: push}, {2h: drop}]"), ("recording", "{hls: {cycle: 30m}}")];
const SIX: &[(&str, &str)] =
    &[("broadcast", "[{0s: push}, {3h: drop}]"), ("recording", "{hls: {cycle: 30m}}")];

pub(super) static CASES: &[Case] = &[
    Case {
        keys: TWO,
        ..Case::new(
            "F111",
            "ids beyond 2^53 as numbers",
            "[{set: {field: \"@file\", to: \"<2^53>\", nth: 1, class: legal}}, \
              {set: {field: \"@file\", to: \"<2^53 + 1>\", nth: 2, class: legal}}]",
            "read as doubles the two are one number, so the second recording is taken for a duplicate and lost",
            "read ids as 64-bit integers or keep their digits; never as floating point",
        )
    },
    Case {
        keys: TWO,
        ..Case::new(
            "F111.b",
            "ids beyond 2^53 as texts of digits",
            "[{set: {field: \"@file\", to: '\"<2^53>\"', nth: 1}}, \
              {set: {field: \"@file\", to: '\"<2^53 + 1>\"', nth: 2}}]",
            "loosely typed languages turn texts of digits into numbers as soon as they are keys or are compared",
            "store ids in text columns and compare them as texts",
        )
    },
    Case {
        keys: THREE,
        ..Case::new(
            "F112",
            "ids beyond 2^63 and 2^64, and of 30 digits",
            "[{set: {field: \"@file\", to: \"<2^63>\", nth: 1, class: rough}}, \
              {set: {field: \"@file\", to: \"<2^64>\", nth: 2, class: rough}}, \
              {set: {field: \"@file\", to: \"<30 digits>\", nth: 3, class: rough}}]",
            "a parser that rounds in silence stores a file under an id that nobody ever sent",
            "refuse with 4xx what does not fit, or keep the digits as text",
        )
    },
    Case {
        keys: FOUR,
        ..Case::new(
            "F113",
            "1e400, -0, 1.0 and 1e3 where an integer is due",
            "[{set: {to: \"1e400\", nth: 1}}, {set: {to: \"-0\", nth: 2}}, {set: {to: \"1.0\", nth: 3}}, \
              {set: {to: \"1e3\", nth: 4}}]",
            "infinity and fractions pass a test for `number` and fail in the database, as a 500",
            "read the field as an integer, and answer 400 to anything else",
        )
    },
    Case::new(
        "F114",
        "the signed time as text or as number, the other way round",
        "[{retype: {field: \"@time\"}}]",
        "vendors' own pages and examples differ in this; a strict type loses all callbacks on the day it changes",
        "take both forms, and sign the decimal digits as they stand",
    ),
    Case {
        only: &["tencent"],
        ..Case::new(
            "F114.b",
            "the number of the event as text",
            "[{retype: {field: \"@event\", class: legal}}]",
            "a comparison with 100 that looks at the type as well recognises no event as a recording any more",
            "compare the digits, in either form",
        )
    },
    Case::new(
        "F114.c",
        "the duration as text",
        "[{retype: {field: \"@duration\"}}]",
        "added up as texts, 120 and 60 are 12060",
        "convert it once, when it is read, or answer 400",
    ),
    Case::new(
        "F115",
        "a boolean where a number is due",
        "[{retype: {field: \"@duration\", to: boolean}}]",
        "truthiness takes true for 1, and a recording is one second long",
        "check the type of what is read, and answer 400",
    ),
    Case {
        keys: SIX,
        ..Case::new(
            "F115.b",
            "null, a list or an object where a number or a text is due",
            "[{retype: {field: \"@duration\", to: \"null\", nth: 1}}, {retype: {field: \"@duration\", to: list, nth: 2}}, \
              {retype: {field: \"@duration\", to: object, nth: 3}}, {retype: {field: \"@stream\", to: list, nth: 4}}, \
              {retype: {field: \"@url\", to: object, nth: 5}}, {retype: {field: \"@file\", to: list, nth: 6}}]",
            "a value of another type passes a test for presence and fails where it is used",
            "check types where values come in, and answer 400",
        )
    },
    Case {
        keys: TWO,
        ..Case::new(
            "F116",
            "a key twice, the false one last or first",
            "[{repeat-key: {field: \"@file\", nth: 1}}, {repeat-key: {field: \"@file\", at: begin, nth: 2}}]",
            "the filter reads the first value and the application the last, so what was checked is not what is stored",
            "refuse objects with a key twice",
        )
    },
    Case {
        keys: TWO,
        ..Case::new(
            "F117",
            "a key twice, once spelled with an escape",
            "[{repeat-key: {field: \"@file\", spelling: escaped, nth: 1}}, \
              {repeat-key: {field: \"@file\", spelling: escaped, at: begin, nth: 2}}]",
            "a test for double keys on the raw text does not see that both are one key",
            "look for double keys after the escapes are undone",
        )
    },
    Case::new(
        "F117.b",
        "the signature twice, once spelled with an escape",
        "[{repeat-key: {field: \"@signature\", spelling: escaped}}]",
        "two signatures of which one is checked and the other is logged hide a forgery",
        "refuse objects with a key twice",
    ),
    Case::new(
        "F118",
        "the key of the file in upper case",
        "[{rename: {field: \"@file\"}}]",
        "some decoders match keys in any case, so two receivers of one message see two contents",
        "match keys exactly, and refuse a message that lacks one it must have",
    ),
    Case::new(
        "F118.b",
        "the key of the signature in upper case",
        "[{rename: {field: \"@signature\"}}]",
        "a decoder that takes any case lets a proxy that looks for the exact key believe there is no signature",
        "match keys exactly; without its key there is no signature",
    ),
    Case {
        keys: TWO,
        ..Case::new(
            "F119",
            "__proto__ and constructor as keys",
            "[{add-field: {name: __proto__, value: '{\"accepted\":true}', nth: 1, class: rough}}, \
              {add-field: {name: constructor, value: '{\"prototype\":{\"accepted\":true}}', nth: 2, class: rough}}]",
            "merged into an object of the program, such a key changes every object of the process",
            "copy the fields you know, one by one, and never merge a parsed body",
        )
    },
    Case {
        keys: TWO,
        ..Case::new(
            "F120",
            "lists in lists, 200 and 100,000 deep",
            "[{bloat: {with: nesting, count: 200, nth: 1}}, {bloat: {with: nesting, count: 100000, nth: 2}}]",
            "a parser that calls itself overflows its stack, which no handler catches: the process ends",
            "use a parser with a limit of depth, and answer 400",
        )
    },
    Case {
        keys: THREE,
        ..Case::new(
            "F121",
            "100,000 keys, colliding keys, a key of a megabyte",
            "[{bloat: {with: keys, count: 100000, nth: 1}}, {bloat: {with: colliding-keys, count: 16384, nth: 2}}, \
              {bloat: {with: long-key, count: 1000000, nth: 3}}]",
            "keys of one hash make a map as slow as a list, and a small request costs seconds of CPU",
            "limit body and number of keys, and use maps with a seeded hash",
        )
    },
    Case::new(
        "F122",
        "a list of a million elements",
        "[{bloat: {with: array, count: 1000000}}]",
        "two megabytes of text become a hundred in memory, and several at once end the process",
        "limit the body, and read only the fields you need",
    ),
    Case {
        keys: THREE,
        needs: Needs::State,
        ..Case::new(
            "F123",
            "the file's id null, empty or missing: nothing may be stored",
            "[{set: {field: \"@file\", to: \"null\", nth: 1, class: rough}}, \
              {set: {field: \"@file\", to: '\"\"', nth: 2, class: rough}}, {unset: {field: \"@file\", nth: 3, class: rough}}]",
            "a file without its id was stored: where that id is the key, all such files share one empty key, and each overwrites the one \
             before it; under another key, no repetition of such a file is recognised by its id",
            "store nothing of a message without what its event must have, whether it is answered with 400 or with success",
        )
    },
    Case {
        keys: THREE_ANSWERED,
        ..Case::new(
            "F123.b",
            "the same, and no error of the receiver's own",
            "[{set: {field: \"@file\", to: \"null\", nth: 1, class: rough}}, \
              {set: {field: \"@file\", to: '\"\"', nth: 2, class: rough}}, {unset: {field: \"@file\", nth: 3, class: rough}}]",
            "a 500 for what will never be right makes the vendor send it again until it gives up",
            "look for the field before it is used, and answer 400",
        )
    },
    Case {
        keys: FOUR,
        ..Case::new(
            "F124",
            "stream names of 1, 255, 256 and 65,536 characters",
            "[{name: {as: long, length: 1, nth: 1}}, {name: {as: long, length: 255, nth: 2}}, \
              {name: {as: long, length: 256, nth: 3}}, {name: {as: long, length: 65536, nth: 4}}]",
            "a column of 255 characters cuts the name or throws, and either way the recording is not found again",
            "check the length before the insert, and answer 400 beyond it",
        )
    },
    Case {
        keys: FOUR,
        ..Case::new(
            "F125",
            "SQL, shell, template and LDAP in a stream name",
            "[{name: {as: sql, nth: 1}}, {name: {as: shell, nth: 2}}, {name: {as: template, nth: 3}}, \
              {name: {as: ldap, nth: 4}}]",
            "the name comes from the person who pushes the stream, and is pasted into a statement or a command line",
            "bind parameters, pass argument lists, and treat the name as any other data",
        )
    },
    Case::new(
        "F126",
        "HTML and quotes in a stream name",
        "[{name: {as: html}}]",
        "the script runs in the browser of the operator a receiver that looks at the list of recordings",
        "escape the name wherever it is shown: pages, mails, reports",
    ),
    Case {
        keys: TWO,
        ..Case::new(
            "F127",
            "line breaks and terminal escapes in a stream name",
            "[{name: {as: line-break, nth: 1}}, {name: {as: ansi, nth: 2}}]",
            "a forged line in the log says that a callback was accepted; an escape changes the terminal that shows it",
            "log names as JSON texts or escape control characters",
        )
    },
    Case {
        keys: TWO,
        ..Case::new(
            "F128",
            "path traversal in a stream name and in an address",
            "[{name: {as: path-traversal, nth: 1}}, {url: {as: path-traversal, nth: 2}}]",
            "a download job that names its file after the stream writes outside its folder",
            "name files by ids of your own, never by what a message says",
        )
    },
    Case {
        keys: &[("broadcast", "[{0s: push}, {150m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "F129",
            "a download address inside the receiver's network",
            "[{url: {as: metadata, nth: 1}}, {url: {as: loopback, nth: 2}}, {url: {as: decimal, nth: 3}}, \
              {url: {as: userinfo, nth: 4}}, {url: {as: file, nth: 5}}]",
            "the job that fetches the recording fetches the cloud's credentials instead, and stores them as a video",
            "fetch only from the hosts of your own buckets, judged after the address is parsed and resolved",
        )
    },
    Case {
        keys: FOUR,
        ..Case::new(
            "F131",
            "addresses with spaces, percent signs, punycode and a long query",
            "[{url: {as: spaces, nth: 1}}, {url: {as: percent, nth: 2}}, {url: {as: punycode, nth: 3}}, \
              {url: {as: long-query, nth: 4}}]",
            "decoded once too often, or cut at 255 characters, a signed address is no longer valid",
            "keep addresses byte for byte, in a column without a short limit",
        )
    },
    Case {
        keys: &[("stream", "{params: \"a=1&b=two%20words&c=a%3Db%26c&d=%2526&e=\\u65e5\\u672c\"}")],
        ..Case::new(
            "F132",
            "push parameters with &, =, %26 and other scripts",
            "[]",
            "decoded twice, a value becomes two parameters, and one of them was never there",
            "split at & and = first, decode each part once",
        )
    },
    Case {
        keys: THREE,
        ..Case::new(
            "F133",
            "right-to-left, zero-width and look-alike names",
            "[{name: {as: right-to-left, nth: 1}}, {name: {as: zero-width, nth: 2}}, {name: {as: look-alike, nth: 3}}]",
            "two streams look like one in every list, and a dangerous file name looks harmless",
            "keep such names apart as keys, and make the odd characters visible",
        )
    },
    Case::new(
        "F134",
        "an emoji in a stream name",
        "[{name: {as: emoji}}]",
        "four-byte characters do not fit into MySQL's utf8, and the insert fails or cuts the name",
        "use utf8mb4, and test with a name like this one",
    )
    .or(&[charset(1)]),
    Case {
        keys: THREE,
        ..Case::new(
            "F135",
            "duration 0, size 0, duration 1 s",
            "[{set: {to: \"0\", nth: 1}}, {set: {field: file_size, to: \"0\", nth: 2}}, {set: {to: \"1\", nth: 3}}]",
            "size divided by duration is the first thing somebody computes, and zero is falsy besides",
            "take zero for a value, and divide only by what is not zero",
        )
    },
    Case {
        keys: TWO,
        ..Case::new(
            "F136",
            "size and duration near 2^63",
            "[{set: {field: file_size, to: \"9223372036854775807\", nth: 1, class: rough}}, \
              {set: {to: \"9223372036854775807\", nth: 2, class: rough}}]",
            "one such value turns every sum of the account negative, or stops the nightly report",
            "check ranges where values come in, and add with a check for overflow",
        )
    },
];
