//! C: signature. What is damaged is refused; what the scheme does not cover cannot be told.

use super::super::advice::{AS_IT_CAME, OtherAdvice, When, charset};
use super::super::case::{Case, HANDSHAKE, Needs};

const FOUR_FILES: &[(&str, &str)] =
    &[("recording", "{hls: {cycle: 30m}}"), ("broadcast", "[{0s: push}, {120m: drop}]")];

const FORGE: &str = "anybody can send in the vendor's name";
const REQUIRE: &str = "refuse whatever has no signature of the right form, before looking at anything else";
const TYPES: &str = "a value of another type is an unhandled error, so anybody can cause a 500";
const WHOLE: &str = "compare the whole signature: same length, then every byte, in constant time";
const DECODE: &str =
    "a hand-made decoder accepts several texts for one value, so signatures can be changed and still pass";
const STRICT: &str =
    "compare the text with the text you computed; or decode by a library that takes digits only";
const SCHEME: &str = "a weaker formula that nobody uses makes forging easier";
const ONE_SCHEME: &str = "verify by the one method that was agreed, whatever the message looks like";

const HASHED: &str =
    "compare `sha256` with the base64 of the SHA-256 of the raw body, and refuse a token without it";

const ASKED: &[(&str, &str)] = &[("subscribe", HANDSHAKE)];
const ORACLE: &str = "anybody can send a token and gets it signed: if the token is the text of a callback, this is the signature of that callback";
const PROVE_FIRST: &str =
    "check the signature of the handshake like that of every callback, and answer it only then";

const TYPE_ACCEPTED: &[OtherAdvice] = &[OtherAdvice::new(
    When::Accepted,
    "a value of another type is turned into a text on the way, and then passes for a signature",
    "ask for a text first, and refuse everything else",
)];
const LOOSE: &[OtherAdvice] = &[OtherAdvice::new(
    When::Accepted,
    "compared loosely, as by `==` in PHP, `true` equals every text: anyone can forge a callback",
    "ask for a text first, and compare it by a function that compares texts: hash_equals in PHP",
)];
const TEXT_ACCEPTED: &[OtherAdvice] = &[OtherAdvice::new(When::Accepted, DECODE, STRICT)];
const CASE_ACCEPTED: &[OtherAdvice] = &[OtherAdvice::new(
    When::Accepted,
    "in base 64 a letter of another case is another value, so texts that are no signature pass for one",
    "leave the case as it came, and compare the whole signature with the one you computed",
)];
const ADDRESS_ACCEPTED: &[OtherAdvice] = &[OtherAdvice::new(
    When::Accepted,
    "a file can be given another address in transit, although the signature covers it",
    "compute the signature over the message as it came; know which fields it covers",
)];
const SWAPPED_ACCEPTED: &[OtherAdvice] = &[OtherAdvice::new(
    When::Accepted,
    "the signature of one captured message is valid for any other",
    "compute the signature over the very message that came, and compare; what proved another message proves nothing here",
)];
const FORGED_ACCEPTED: &[OtherAdvice] =
    &[OtherAdvice::new(When::Accepted, FORGE, "compute the signature, and compare it")];
const SPELLING: &[OtherAdvice] = &[
    AS_IT_CAME,
    OtherAdvice::new(
        When::Unsigned,
        "a receiver that looks for pieces of text in the body works until the sender prints it in another way",
        "read the body with a JSON parser, and fields by name",
    ),
];
const UNPROVED_ACCEPTED: &[OtherAdvice] = &[OtherAdvice::new(
    When::Accepted,
    FORGE,
    "check the signature before anything is done with the body, also with one that cannot be parsed",
)];

pub(super) static CASES: &[Case] = &[
    Case::new("C48", "no signature field", "[{signature: {as: missing}}]", FORGE, REQUIRE),
    Case::new("C49", "an empty signature", "[{signature: {as: empty}}]", FORGE, REQUIRE),
    Case::new("C50", "null for a signature", "[{signature: {as: \"null\"}}]", TYPES, REQUIRE)
        .or(TYPE_ACCEPTED),
    Case::new("C50.b", "a number for a signature", "[{signature: {as: number}}]", TYPES, REQUIRE)
        .or(TYPE_ACCEPTED),
    Case::new("C50.c", "a list for a signature", "[{signature: {as: list}}]", TYPES, REQUIRE)
        .or(TYPE_ACCEPTED),
    Case::new("C50.d", "an object for a signature", "[{signature: {as: object}}]", TYPES, REQUIRE)
        .or(TYPE_ACCEPTED),
    Case::new("C50.e", "true for a signature", "[{signature: {as: \"true\"}}]", TYPES, REQUIRE).or(LOOSE),
    Case::new(
        "C51",
        "signed with another key",
        "[{wrong-key: {}}]",
        FORGE,
        "compute the signature, and compare it",
    ),
    Case::new(
        "C52",
        "the stream's name changed after signing",
        "[{tamper: {field: \"@stream\"}}]",
        "a file can be put under another stream",
        "compute the signature over the message as it came; know which fields it covers",
    ),
    Case::new(
        "C53",
        "the file's address changed after signing",
        "[{tamper: {field: \"@url\"}}]",
        "where the scheme signs the time alone, every fact can be changed in transit",
        "no code can tell; use HTTPS, and fetch files only from hosts that you know",
    )
    .or(ADDRESS_ACCEPTED),
    Case::new(
        "C54",
        "a minute added to the time after signing",
        "[{tamper: {field: \"@time\"}}]",
        "an expired message can be made fresh",
        "the time is part of what is signed: compute the signature with the time that came",
    ),
    Case {
        keys: FOUR_FILES,
        ..Case::new(
            "C55",
            "signatures cut to 1, 8, 16 and all but one digit",
            "[{signature: {nth: 1, as: cut, to: 1}}, {signature: {nth: 2, as: cut, to: 8}}, {signature: {nth: 3, as: cut, to: \
             16}}, {signature: {nth: 4, as: cut, to: 999}}]",
            "a comparison that stops at the shorter text accepts a single digit (CVE-2024-21491)",
            WHOLE,
        )
    },
    Case::new("C56", "digits after the signature", "[{signature: {as: extended}}]", FORGE, WHOLE),
    Case::new(
        "C57",
        "the signature in upper case",
        "[{signature: {as: upper}}]",
        "some gateways change case; whether that passes must be a decision, not an error",
        STRICT,
    )
    .or(CASE_ACCEPTED),
    Case::new(
        "C57.b",
        "the signature in mixed case",
        "[{signature: {as: mixed}}]",
        "some gateways change case; whether that passes must be a decision, not an error",
        STRICT,
    )
    .or(CASE_ACCEPTED),
    Case::new("C58", "a space before the signature", "[{signature: {as: space-before}}]", TYPES, STRICT)
        .or(TEXT_ACCEPTED),
    Case::new("C58.b", "a space after the signature", "[{signature: {as: space-after}}]", TYPES, STRICT)
        .or(TEXT_ACCEPTED),
    Case {
        // Twenty signatures, since not every one has a pair of digits that a sign could stand in.
        keys: &[("recording", "{hls: {cycle: 30m}}"), ("broadcast", "[{0s: push}, {10h: drop}]")],
        ..Case::new("C59", "a plus sign inside a pair of digits", "[{signature: {as: plus}}]", DECODE, STRICT)
    },
    Case::new("C60", "0x before the signature", "[{signature: {as: \"0x\"}}]", DECODE, STRICT),
    Case::new("C60.b", "an odd number of digits", "[{signature: {as: odd}}]", DECODE, STRICT),
    Case::new("C60.c", "letters that are not digits", "[{signature: {as: not-hex}}]", TYPES, STRICT)
        .or(TEXT_ACCEPTED),
    Case::new("C61", "a letter that looks like a digit", "[{signature: {as: look-alike}}]", TYPES, STRICT)
        .or(TEXT_ACCEPTED),
    Case::new("C62", "the signature in base 64", "[{signature: {as: base64}}]", DECODE, STRICT),
    Case::new("C62.b", "the signature in base 64 for URLs", "[{signature: {as: base64url}}]", DECODE, STRICT),
    Case::new(
        "C67",
        "MD5 of key and time where another method was agreed",
        "[{wrong-scheme: {as: key-and-time}}]",
        SCHEME,
        ONE_SCHEME,
    ),
    Case {
        keys: &[("recording", "{hls: {cycle: 30m}}"), ("broadcast", "[{0s: push}, {60m: drop}]")],
        ..Case::new(
            "C68",
            "two callbacks with each other's signatures",
            "[{swap-signatures: {}}]",
            "the signature of one captured message is valid for any other",
            "use the method that signs the facts, where the vendor has one",
        )
        .or(SWAPPED_ACCEPTED)
    },
    Case::new(
        "C72",
        "a letter moved from one signed field to the one before it",
        "[{shift-boundary: {}}]",
        "fields are signed without anything between them, so `ab`+`c` and `a`+`bc` have one signature",
        "accept only applications and streams that you know",
    ),
    Case::new(
        "C72.b",
        "a digit moved from the random part to the time beside it, in headers",
        "[{shift-boundary: {between: headers}}]",
        "nothing separates the two in the signed text, so the time of a captured callback can be changed, and it stays valid for ever",
        "accept only times of ten digits, and refuse a time too far in the future as well as one too far in the past",
    ),
    Case::new("C74", "MD5 of the time alone", "[{wrong-scheme: {as: time}}]", FORGE, ONE_SCHEME),
    Case::new("C74.b", "MD5 of the key alone", "[{wrong-scheme: {as: key}}]", SCHEME, ONE_SCHEME),
    Case::new("C74.c", "MD5 of nothing", "[{wrong-scheme: {as: nothing}}]", FORGE, ONE_SCHEME),
    Case::new(
        "C74.d",
        "the HMAC of the time alone",
        "[{wrong-scheme: {as: hmac-of-time}}]",
        SCHEME,
        ONE_SCHEME,
    ),
    Case::new("C74.e", "time before key", "[{wrong-scheme: {as: time-and-key}}]", SCHEME, ONE_SCHEME),
    Case {
        only: &["livekit"],
        ..Case::new(
            "C74.f",
            "a token that says it is not signed (alg: none)",
            "[{forge-token: {as: alg-none}}]",
            FORGE,
            "allow HS256 alone, whatever the token says of itself",
        )
    },
    Case {
        only: &["livekit"],
        ..Case::new(
            "C74.g",
            "a right token without the hash of the body",
            "[{forge-token: {as: no-hash}}]",
            "a token that was seen once proves every body",
            HASHED,
        )
    },
    Case {
        only: &["livekit"],
        ..Case::new(
            "C74.h",
            "a right token with the hash in hexadecimal",
            "[{forge-token: {as: hex-hash}}]",
            "two spellings of one thing are compared by two rules, and one of them is wrong",
            HASHED,
        )
    },
    Case {
        only: &["livekit"],
        ..Case::new(
            "C74.i",
            "a right token of another body",
            "[{forge-token: {as: other-hash}}]",
            "a token that was seen once proves every body",
            HASHED,
        )
    },
    Case {
        only: &["livekit"],
        ..Case::new(
            "C74.j",
            "a right token that never ends",
            "[{forge-token: {as: no-expiry}}]",
            "someone who sees it once can send it again at any time",
            "refuse a token without `exp`",
        )
    },
    Case {
        only: &["livekit"],
        ..Case::new(
            "C74.k",
            "a right token that names another issuer",
            "[{forge-token: {as: other-issuer}}]",
            "who has one key can send in the name of another; the vendor's own receivers refuse it",
            "compare `iss` with the name of the key that the signature was checked with",
        )
    },
    Case::new("C76", "neither time nor signature", "[{unsign: {}}]", FORGE, REQUIRE),
    Case::new(
        "C78",
        "a wrong signature, to see what the refusal says",
        "[{signature: {as: zeros}}]",
        "an answer that names the expected signature signs for the attacker",
        "say that it is wrong, and nothing more",
    )
    .or(FORGED_ACCEPTED),
    Case::new(
        "C63",
        "the right signature and then a wrong one",
        "[{repeat-key: {field: \"@signature\", value: \"\\\"00\\\"\"}}]",
        "two parsers see two signatures",
        "refuse a message that has a key twice",
    ),
    Case::new(
        "C63.b",
        "a wrong signature and then the right one",
        "[{repeat-key: {field: \"@signature\", value: \"\\\"00\\\"\", at: begin}}]",
        "two parsers see two signatures",
        "refuse a message that has a key twice",
    ),
    Case::new(
        "C65",
        "a thousand signatures in one text",
        "[{signature: {as: thousand}}]",
        "a receiver that tries each of them works a thousand times for one request",
        WHOLE,
    ),
    Case::new("C66", "a version before the signature", "[{signature: {as: tagged}}]", SCHEME, WHOLE),
    Case::new(
        "C69",
        "signed over escaped slashes, sent with plain ones",
        "[{sign-respelled: {}}]",
        "a sender and a receiver that print the body again agree only by chance",
        "sign and verify the values of the fields as they come out of the parser",
    ),
    Case::new(
        "C70",
        "another spelling of the same JSON",
        "[{respell: {as: pretty}}]",
        "a receiver that compares bytes although the scheme signs values refuses valid callbacks",
        "parse, then verify the values",
    )
    .or(SPELLING),
    Case {
        needs: Needs::SignedBytes,
        ..Case::new(
            "C70.b",
            "a body that no parser prints again as it came",
            "[{respell: {as: unicode-escapes}}]",
            AS_IT_CAME.why,
            AS_IT_CAME.fix,
        )
    },
    Case::new(
        "C79",
        "broken JSON with a wrong signature",
        "[{signature: {as: zeros}}, {truncate-json: {}}]",
        "the receiver works for anybody, before it has checked a signature",
        "limit what is parsed before the signature is checked",
    )
    .or(UNPROVED_ACCEPTED),
    Case {
        keys: &[("recording", "{hls: {cycle: 30m}}"), ("broadcast", "[{0s: push}, {60m: drop}]")],
        ..Case::new(
            "C80",
            "a stream name with a letter in one part, and the same in two",
            "[{name: {nth: 1, as: composed}}, {name: {nth: 2, as: decomposed}}]",
            "a database that normalises text makes one stream of two, and a signature over it fails",
            "compare bytes",
        )
        .or(&[charset(2)])
    },
    Case {
        keys: ASKED,
        needs: Needs::Handshake,
        ..Case::new("C265", "a handshake without a signature", "[{unsign: {}}]", ORACLE, PROVE_FIRST)
    },
    Case {
        keys: ASKED,
        needs: Needs::Handshake,
        ..Case::new("C265.b", "a handshake signed with another key", "[{wrong-key: {}}]", ORACLE, PROVE_FIRST)
    },
    Case {
        keys: ASKED,
        needs: Needs::Handshake,
        ..Case::new(
            "C266",
            "an unsigned handshake whose token is what is signed of a callback",
            "[{chosen-token: {}}, {unsign: {}}]",
            ORACLE,
            PROVE_FIRST,
        )
    },
];
