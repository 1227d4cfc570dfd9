//! Family J: connections, HTTP/2, TLS and proxies, as far as a receiver is concerned; the rest of the family is the sender's duty.

use super::super::case::Case;

const RETRIED: &[(&str, &str)] = &[("delivery", "{retry: {attempts: 3, interval: 1s}}")];

pub(super) static CASES: &[Case] = &[
    Case::new(
        "J194",
        "120 callbacks over one connection",
        "[{keep-alive: {requests: 120}}]",
        "senders keep connections open; a receiver that closes after a few needs a new one for each callback, or closes one while the next callback is sent",
        "allow at least a hundred requests on a connection",
    ),
    Case {
        keys: RETRIED,
        ..Case::new(
            "J195",
            "a connection that is used again after 10 s",
            "[{keep-alive: {requests: 2, idle: 10s}}]",
            "a connection that ends silently while idle loses the next callback; one that is closed in order is simply opened again",
            "keep idle connections for ten seconds or longer, or close them in order (FIN)",
        )
    },
    Case::new(
        "J196",
        "Connection: close",
        "[connection-close]",
        "a receiver that ignores it keeps a connection that its sender has left",
        "close after the answer when the request asks for it",
    ),
    Case::new(
        "J199",
        "HTTP/2 without asking",
        "[http2]",
        "a scanner or a proxy set up wrongly speaks HTTP/2 to an HTTP/1 port; the preface must not be taken for a request",
        "refuse it at once, or speak it",
    ),
    Case {
        keys: &[("broadcast", "[{0s: push}, {60m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "J201",
            "HTTP/2: a stream reset in its body, and goodbye in mid-body",
            "[{http2: {form: reset-in-body, nth: 1}}, {http2: {form: goaway, nth: 2}}]",
            "half a body over HTTP/2 is as incomplete as one over HTTP/1, and easier to overlook",
            "act on a stream only after its end was said (END_STREAM)",
        )
    },
    Case {
        keys: &[("broadcast", "[{0s: push}, {60m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "J202",
            "HTTP/2: rapid reset, and headers without an end",
            "[{http2: {form: rapid-reset, nth: 1}}, {http2: {form: continuation, nth: 2}}]",
            "both have stopped large sites: each frame is cheap to send and costs the server a request or memory",
            "use a library that bounds resets and the size of headers, and keep it up to date; or do not speak HTTP/2 here",
        )
    },
    Case {
        keys: &[("broadcast", "[{0s: push}, {60m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "J210",
            "a TLS handshake without a server name, and with another one",
            "[{client-hello: {name: none, nth: 1}}, {client-hello: {name: other, nth: 2}}]",
            "a server that chooses its certificate by name must have an answer for unknown names",
            "have a default certificate, or refuse the handshake in order",
        )
    },
    Case::new(
        "J212",
        "half a TLS handshake, then silence",
        "[{client-hello: {form: half}}]",
        "the header deadline often begins after the handshake; before it a silent client is waited for without end",
        "give the handshake a deadline of its own",
    ),
    Case {
        keys: &[("broadcast", "[{0s: push}, {60m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "J215",
            "passed on by a proxy, with other header names and in chunks",
            "[{proxied: {nth: 1}}, {proxied: {case: upper, framing: chunked, nth: 2}}]",
            "in production there is a proxy in front; header names change case, some headers vanish, bodies change their framing",
            "compare header names without case, need none that a proxy may drop, and read bodies by the library",
        )
    },
];
