//! Family H: HTTP/1.1 framing.

use super::super::case::Case;

/// Its cases.
pub(super) static CASES: &[Case] = &[
    Case {
        keys: &[("broadcast", "[{0s: push}, {60m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "H158",
            "a chunked body, in one chunk and in chunks of one byte",
            "[{chunked: {form: plain, nth: 1}}, {chunked: {form: bytes, nth: 2}}]",
            "proxies and many clients send bodies in chunks; a receiver that reads Content-Length alone sees an empty body and loses the recording",
            "read the body through your HTTP library until it says that the body has ended, never by counting Content-Length",
        )
    },
    Case::new(
        "H159",
        "chunk extensions",
        "[{chunked: {form: extensions}}]",
        "what follows the size of a chunk may be ignored but not refused; a parser of one's own takes it for part of the body",
        "frame messages by a maintained HTTP server library, and keep it up to date",
    ),
    Case::new(
        "H160",
        "a trailer that means nothing",
        "[{chunked: {form: trailer}}]",
        "fields after the last chunk are legal; a parser that stops at the last chunk takes them for the next request",
        "frame messages by a maintained HTTP server library, and keep it up to date",
    ),
    Case::new(
        "H161",
        "the signature in a trailer instead of in the body",
        "[{chunked: {form: signature-in-trailer}}]",
        "a receiver that adds trailers to what it reads lets somebody put a proof where no check looks for it",
        "take the signature only from where the provider writes it",
    ),
    Case {
        keys: &[("broadcast", "[{0s: push}, {60m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "H161.b",
            "Host or Content-Length in a trailer",
            "[{chunked: {form: host-in-trailer, nth: 1}}, {chunked: {form: length-in-trailer, nth: 2}}]",
            "trailers that are merged into the headers change where a request goes and how long it is, after both were decided",
            "ignore trailers, or refuse those that frame or route a message",
        )
    },
    Case::new(
        "H162",
        "Content-Length beside a Transfer-Encoding that is not so",
        "[{content-length: {form: with-transfer-encoding}}]",
        "two servers in a row that believe different headers see different requests; that is how requests are smuggled",
        "let Transfer-Encoding win, or refuse the request with 400; never believe Content-Length then",
    ),
    Case::new(
        "H162.b",
        "Content-Length beside a body that is rightly in chunks",
        "[{chunked: {form: with-length}}]",
        "a receiver that believes the length reads five bytes of the chunks, and the rest as another request",
        "let Transfer-Encoding win and close the connection afterwards, or refuse the request with 400",
    ),
    Case::new(
        "H163",
        "Content-Length twice, and different",
        "[{content-length: {form: different}}]",
        "the first one counts for one server, the last one for another; between them a request can hide",
        "refuse the request with 400 and close the connection",
    ),
    Case::new(
        "H163.b",
        "Content-Length twice, and equal",
        "[{content-length: {form: twice}}]",
        "a server that adds the two up, or joins them with a comma, hangs or crashes",
        "take the one length, or refuse with 400",
    ),
    Case {
        keys: &[("broadcast", "[{0s: push}, {120m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "H164",
            "a Content-Length that is not a number: with a plus, negative, 2^64, empty",
            "[{content-length: {form: plus, nth: 1}}, {content-length: {form: negative, nth: 2}}, {content-length: {form: huge, nth: 3}}, {content-length: {form: empty, nth: 4}}]",
            "lenient number parsers take a sign, wrap around at 2^64, or make nothing into zero, and then disagree with the proxy before them",
            "accept decimal digits alone, within bounds; answer 400 to everything else and close",
        )
    },
    Case::new(
        "H164.b",
        "Content-Length as a list of equal numbers",
        "[{content-length: {form: list}}]",
        "`7, 7` may be taken for 7 or refused; a parser that reads up to the comma also takes `7, 9` for 7",
        "refuse it with 400, or take it only when all numbers are equal",
    ),
    Case {
        keys: &[("broadcast", "[{0s: push}, {90m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "H165",
            "transfer codings that nobody can undo",
            "[{transfer-encoding: {form: unknown, nth: 1}}, {transfer-encoding: {form: gzip, nth: 2}}, {transfer-encoding: {form: two-lines, nth: 3}}]",
            "a receiver that only looks for the word `chunked` hands on a body that it has not decoded, or frames it differently from the proxy",
            "answer 501 or 400 to every transfer coding but `chunked` alone",
        )
    },
    Case {
        keys: &[("broadcast", "[{0s: push}, {90m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "H166",
            "an invalid chunk size, one of 2^68, and no last chunk",
            "[{chunked: {form: bad-size, nth: 1}}, {chunked: {form: huge-size, nth: 2}}, {chunked: {form: endless, nth: 3}}]",
            "a size that wraps around, or a body that is taken for whole although it has no end, gives a receiver half a message",
            "act on a body only after its last chunk has come; answer 400 to sizes that cannot be read",
        )
    },
    Case::new(
        "H167",
        "no length at all",
        "[{content-length: {form: none}}]",
        "without a length the body is empty by the standard; a receiver that reads on until something comes waits for ever",
        "take the body for empty and refuse that, or answer 411",
    ),
    Case {
        keys: &[("broadcast", "[{0s: push}, {60m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "H168",
            "a Content-Length larger than the body, which then ends",
            "[{content-length: {form: too-large, nth: 1}}, {content-length: {form: too-large, by: 1000, nth: 2}}]",
            "a sender that dies leaves a body short; a receiver that parses what it has acts on a message that was never finished",
            "act on a body only when all of its declared bytes have come",
        )
    },
    Case {
        keys: &[("broadcast", "[{0s: push}, {60m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "H169",
            "a Content-Length smaller than the body",
            "[{content-length: {form: too-small, nth: 1}}, {content-length: {form: too-small, by: 100, nth: 2}}]",
            "the rest of the body is read as the next request; a receiver that reads it as part of the first disagrees with its proxy about where requests begin",
            "read exactly as many bytes as were declared; judge what follows alone, as a request of its own",
        )
    },
    Case::new(
        "H169.b",
        "a request without proof hidden behind one with it",
        "[smuggle]",
        "if what follows on a connection inherits that its first request was proved, an attacker needs one valid callback to send a thousand false ones",
        "check the signature of every request, never of a connection",
    ),
    Case::new(
        "H170",
        "two requests in one write",
        "[pipeline]",
        "a receiver that throws away what it has read beyond the first request never answers the second",
        "keep what was read beyond a request for the next one; a maintained HTTP server library does",
    ),
    Case::new(
        "H171",
        "Expect: 100-continue, and the body waits",
        "[expect-continue]",
        "curl waits a second for large bodies, others wait longer; a receiver that never says 100 makes each callback late",
        "answer 100 Continue before you read the body, or the final status at once",
    ),
    Case::new(
        "H172",
        "Expect: 100-continue, and the body does not wait",
        "[{expect-continue: {wait: 0s}}]",
        "the body may come with the head all the same; a receiver that expects a pause loses its beginning",
        "read on from where the head ended, whether or not 100 Continue was sent",
    ),
    Case::new(
        "H173",
        "an expectation that nobody knows",
        "[{expect-continue: {expectation: unknown, wait: 0s}}]",
        "an unknown word in Expect must not become an error of the server's own",
        "answer 417, or ignore it",
    ),
    Case::new(
        "H174",
        "HTTP/1.0",
        "[http-version]",
        "old proxies speak HTTP/1.0 to what is behind them; a receiver that keeps the connection open, or answers in chunks, leaves them waiting",
        "answer with a length and close the connection, unless keep-alive was asked for",
    ),
    Case {
        keys: &[("broadcast", "[{0s: push}, {120m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "H175",
            "other versions: 1.2, 3.0, 0.9 and one misspelt",
            "[{http-version: {version: HTTP/1.2, nth: 1}}, {http-version: {version: HTTP/3.0, nth: 2}}, {http-version: {version: HTTP/0.9, nth: 3}}, {http-version: {version: HTPP/1.1, nth: 4}}]",
            "a version that is not expected must not end in a crash or in a reading by other rules than the proxy's",
            "answer 505 or 400 and close",
        )
    },
    Case {
        keys: &[("broadcast", "[{0s: push}, {60m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "H176",
            "lines that end in LF alone, and an empty line first",
            "[{line-ends: {form: lf, nth: 1}}, {line-ends: {form: empty-line-first, nth: 2}}]",
            "servers differ in what ends a line; a receiver that waits for a CRLF that never comes hangs",
            "accept or refuse it, but at once",
        )
    },
    Case {
        keys: &[("broadcast", "[{0s: push}, {60m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "H177",
            "a TLS handshake to a plain port, and binary junk",
            "[{client-hello: {nth: 1}}, {junk: {nth: 2}}]",
            "port scanners and wrong URLs do this every day; a parser that looks for a line's end in it reads for ever",
            "answer 400 or close as soon as the first bytes are not a request",
        )
    },
];
