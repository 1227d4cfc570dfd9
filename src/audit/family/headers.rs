//! G: request line and headers.

use super::super::advice::{OtherAdvice, When};
use super::super::case::Case;

const TWO: &[(&str, &str)] =
    &[("broadcast", "[{0s: push}, {1h: drop}]"), ("recording", "{hls: {cycle: 30m}}")];
const THREE: &[(&str, &str)] =
    &[("broadcast", "[{0s: push}, {90m: drop}]"), ("recording", "{hls: {cycle: 30m}}")];
const FIVE: &[(&str, &str)] =
    &[("broadcast", "[{0s: push}, {150m: drop}]"), ("recording", "{hls: {cycle: 30m}}")];

const UNSIGNED: &[OtherAdvice] = &[OtherAdvice::new(
    When::Unsigned,
    "a callback that comes through one more proxy, or from another agent, is refused, and nobody notices until recordings are missing",
    "judge callbacks of a sender that signs nothing by the address of the connection, or by a secret part of the URL, and by no other header",
)];

pub(super) static CASES: &[Case] = &[
    Case {
        keys: FIVE,
        ..Case::new(
            "G137",
            "GET, PUT, DELETE, PATCH and post",
            // Refused it must be, or the rules made for POST do not hold.
            "[{method: {as: GET, nth: 1, class: hostile}}, {method: {as: PUT, nth: 2, class: hostile}}, \
              {method: {as: DELETE, nth: 3, class: hostile}}, {method: {as: PATCH, nth: 4, class: hostile}}, \
              {method: {as: post, nth: 5, class: hostile}}]",
            "a route for any method has handlers nobody wrote a check for",
            "answer 405 with `Allow: POST`; methods have a case",
        )
    },
    Case {
        keys: TWO,
        ..Case::new(
            "G138",
            "HEAD and OPTIONS",
            "[{method: {as: HEAD, nth: 1}}, {method: {as: OPTIONS, nth: 2}}]",
            "frameworks answer both by themselves, some by running the handler of another method",
            "change no state for a method other than POST",
        )
    },
    Case::new(
        "G139",
        "X-HTTP-Method-Override",
        "[{method: {as: GET, class: hostile}}, {header: {name: X-HTTP-Method-Override, value: POST, class: hostile}}]",
        "a link or an image can cause a GET that counts as a POST, and no rule for POST applies",
        "switch method overriding off",
    ),
    Case {
        keys: FIVE,
        ..Case::new(
            "G140",
            "a trailing slash, //, /./, %2e and an encoded letter in the path",
            "[{request-target: {as: trailing-slash, nth: 1}}, {request-target: {as: double-slash, nth: 2}}, \
              {request-target: {as: dot, nth: 3}}, {request-target: {as: encoded-dot, nth: 4}}, \
              {request-target: {as: encoded-letter, nth: 5}}]",
            "a redirect instead of an answer loses the callback: no vendor follows redirects of a POST",
            "answer 404, or serve the same handler at once",
        )
    },
    Case {
        keys: FIVE,
        ..Case::new(
            "G140.b",
            "the same, with a forged signature",
            "[{set: {field: \"@signature\", to: forged}}, {request-target: {as: trailing-slash, nth: 1}}, \
              {request-target: {as: double-slash, nth: 2}}, {request-target: {as: dot, nth: 3}}, \
              {request-target: {as: encoded-dot, nth: 4}}, {request-target: {as: encoded-letter, nth: 5}}]",
            "the check covers one spelling of the path, and the handler answers to all of them",
            "check signatures in the handler, not by path",
        )
    },
    Case::new(
        "G141",
        "a query behind the path",
        "[{request-target: {as: query}}]",
        "gateways add parameters; a route that compares the whole target does not match any more",
        "route by the path alone, and ignore a query: it is not signed",
    ),
    Case {
        keys: TWO,
        ..Case::new(
            "G142",
            "an invalid escape and raw UTF-8 in the request target",
            "[{request-target: {as: bad-escape, nth: 1}}, {request-target: {as: raw-utf-8, nth: 2}}]",
            "the URL decoder of the framework throws before any handler of yours can catch it",
            "answer 400, or leave undecoded what you do not need",
        )
    },
    Case::new(
        "G143",
        "the absolute form of the request target",
        "[{request-target: {as: absolute}}]",
        "proxies may send it, and every server must take it; a hand-made router does not find the path in it",
        "let the HTTP library give you the path",
    ),
    Case::new(
        "G144",
        "no Host",
        "[{host: {as: none}}]",
        "without a Host a proxy chooses a default site, which may not be the one behind it",
        "answer 400 to HTTP/1.1 without Host; some libraries leave it to you",
    ),
    Case::new(
        "G145",
        "two Hosts",
        "[{host: {as: two}}]",
        "proxy and application each choose one of them, and not the same",
        "answer 400 to more than one Host",
    ),
    Case {
        keys: THREE,
        ..Case::new(
            "G146",
            "header names in any case",
            "[{header-case: {as: upper, nth: 1}}, {header-case: {as: lower, nth: 2}}, {header-case: {as: mixed, nth: 3}}]",
            "a map of headers that distinguishes upper and lower case finds `Content-Type` and not `content-type`",
            "look headers up through the HTTP library",
        )
    },
    Case::new(
        "G147",
        "101 headers more",
        "[{header-flood: {count: 101}}]",
        "servers stop at 100, at 128 or never; those that never stop fill their memory",
        "limit the number of headers, and answer 431",
    ),
    Case {
        keys: TWO,
        ..Case::new(
            "G148",
            "a header of 64 KB, and one of 1 MB",
            "[{header-flood: {count: 1, bytes: 65536, nth: 1}}, {header-flood: {count: 1, bytes: 1048576, nth: 2}}]",
            "logged as it is, such a header fills the disk",
            "limit the head, answer 431, and cut what is logged",
        )
    },
    Case::new(
        "G149",
        "a header folded over two lines",
        "[{malformed-header: {as: fold}}]",
        "one server of the chain sees one header, the next sees two",
        "refuse folded headers with 400, or make a space of the fold",
    ),
    Case::new(
        "G150",
        "a space before the colon of a header",
        "[{malformed-header: {as: space-before-colon}}]",
        "if a proxy ignores such a header and the application does not, they see different requests",
        "answer 400, as the standard demands",
    ),
    Case {
        keys: TWO,
        ..Case::new(
            "G151",
            "NUL and a bare CR in a header",
            "[{malformed-header: {as: nul, nth: 1}}, {malformed-header: {as: bare-cr, nth: 2}}]",
            "what one server takes for the end of a line or a text is a byte like any other to the next",
            "answer 400 to such a request",
        )
    },
    Case {
        keys: TWO,
        ..Case::new(
            "G152",
            "Latin-1 and UTF-8 in a header",
            "[{malformed-header: {as: latin-1, nth: 1}}, {malformed-header: {as: utf-8, nth: 2}}]",
            "a header that is decoded for the log causes an exception there, and the request fails",
            "treat header values as bytes, and decode none that you do not need",
        )
    },
    Case {
        keys: TWO,
        ..Case::new(
            "G153",
            "two Content-Types",
            "[{header: {name: Content-Type, value: text/plain, how: add, nth: 1}}, \
              {header: {name: Content-Type, value: application/json, how: add, nth: 2}}]",
            "the filter goes by the first and the framework by the last, so the body is read unfiltered",
            "answer 400 to two of them, or have one rule for the whole chain",
        )
    },
    Case {
        keys: TWO,
        ..Case::new(
            "G154",
            "X-Forwarded-For and Forwarded from a stranger",
            "[{header: {name: X-Forwarded-For, value: 127.0.0.1, nth: 1, class: legal}}, \
              {header: {name: Forwarded, value: for=127.0.0.1;proto=https, nth: 2, class: legal}}]",
            "a callback that comes through one more proxy is refused for an address that is not its own",
            "judge callbacks by their signature, and addresses by the connection",
        ).or(UNSIGNED)
    },
    Case {
        keys: TWO,
        ..Case::new(
            "G154.b",
            "the same, with a forged signature",
            "[{set: {field: \"@signature\", to: forged}}, \
              {header: {name: X-Forwarded-For, value: 127.0.0.1, nth: 1, class: hostile}}, \
              {header: {name: Forwarded, value: for=127.0.0.1;proto=https, nth: 2, class: hostile}}]",
            "someone who writes a trusted address into a header is accepted without a signature",
            "trust these headers from proxies you know, and never instead of a signature",
        )
    },
    Case {
        keys: TWO,
        ..Case::new(
            "G155",
            "Accept: image/png, Accept-Encoding: br",
            "[{header: {name: Accept, value: image/png, nth: 1, class: legal}}, \
              {header: {name: Accept-Encoding, value: br, nth: 2, class: legal}}]",
            "a framework that negotiates answers 406, and the vendor sends the callback again and again",
            "answer callbacks whatever they say they accept",
        )
    },
    Case {
        keys: TWO,
        ..Case::new(
            "G156",
            "no User-Agent, and an odd one",
            "[{header: {name: User-Agent, how: remove, nth: 1, class: legal}}, \
              {header: {name: User-Agent, value: \"() { :; }; -\", nth: 2, class: legal}}]",
            "a firewall that blocks unknown agents blocks callbacks, and nobody notices until recordings are missing",
            "exempt the callback path from rules about agents; the signature is the proof",
        ).or(UNSIGNED)
    },
    Case {
        keys: TWO,
        ..Case::new(
            "G157",
            "Upgrade to h2c and to WebSocket",
            "[{header: {name: Upgrade, value: h2c, nth: 1}}, {header: {name: Connection, value: Upgrade, nth: 1}}, \
              {header: {name: Upgrade, value: websocket, nth: 2}}, {header: {name: Connection, value: Upgrade, nth: 2}}]",
            "a proxy that passes an upgrade on opens a connection to which none of its rules apply",
            "ignore upgrades on this path",
        )
    },
];
