//! Family I: slow, torn and reset. Whatever is rough has a bystander, which the plan puts beside it.

use super::super::case::Case;

const RETRIED: &[(&str, &str)] = &[("delivery", "{retry: {attempts: 3, interval: 1s}}")];

pub(super) static CASES: &[Case] = &[
    Case::new(
        "I178",
        "a head at one byte a second",
        "[{dribble: {part: head}}]",
        "each byte renews a timeout that is counted from the last read; a few hundred such connections take every worker",
        "give the header and the body a deadline each, counted from their start, not from the last byte",
    ),
    Case::new(
        "I179",
        "a connection that says nothing",
        "[silent]",
        "without a deadline for the first byte a connection costs the attacker nothing and the receiver a place, for ever",
        "close connections that have not sent a whole header within a few seconds of being accepted",
    ),
    Case::new(
        "I180",
        "half a head, then silence",
        "[{silent: {after: mid-head}}]",
        "a client whose network is gone sends nothing more; a receiver without a deadline keeps its half request for days",
        "give the header and the body a deadline each, counted from their start, not from the last byte",
    ),
    Case::new(
        "I181",
        "half a body, then silence",
        "[{silent: {after: mid-body}}]",
        "many servers have a deadline for the header and none for the body; each such request holds a worker",
        "give the body a deadline of its own and answer 408 or close",
    ),
    Case::new(
        "I182",
        "a slow but steady body",
        "[{dribble: {part: body, gap: 200ms, last: 20}}]",
        "on bad networks valid callbacks are slow; a deadline below a few seconds refuses them, and the retry fails in the same way",
        "allow several seconds for a body",
    ),
    Case::new(
        "I183",
        "a request in segments of one byte",
        "[{dribble: {part: all, gap: 0s}}]",
        "a receiver that takes one read for one message works in every test and fails on the first real network",
        "read until the message is whole; a read may end anywhere",
    ),
    Case::new(
        "I183.b",
        "a letter of two bytes that comes in two segments",
        "[{name: {as: composed}}, {add-field: {name: zz_added_later, value: caf\u{e9}}}, {dribble: {part: body, gap: 1ms, last: 1500}}]",
        "a receiver that turns each read into text by itself (`text += chunk`) breaks a letter whose bytes come in two reads: the signature \
         over such a body fails, or the name that is stored is wrong",
        "collect the bytes of the whole body, and turn them into text once: Buffer.concat(chunks), or setEncoding('utf8') on the stream",
    ),
    Case::new(
        "I184",
        "three seconds between head and body",
        "[pause]",
        "proxies send the head at once and the body when they have it; a receiver that reads what is there finds nothing",
        "wait for the whole body, up to its deadline",
    ),
    Case::new(
        "I185",
        "a body that breaks off, at 24 places, up to the last byte",
        "[{torn: {cuts: 24}}]",
        "a sender that dies in mid-body leaves JSON that may still parse, or parse up to a point; acting on it stores a recording that was never announced",
        "act on a body only when it is whole by its framing, whatever it looks like",
    ),
    Case::new(
        "I185.b",
        "a head that breaks off, at 12 places",
        "[{torn: {part: head, cuts: 12}}]",
        "a request without the end of its head is not a request; a receiver must ignore it",
        "handle a request only after the empty line",
    ),
    Case {
        keys: &[("broadcast", "[{0s: push}, {90m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "I186",
            "a reset in the head, after it, and in the body",
            "[{abort: {after: mid-head, how: reset, retry: no, nth: 1}}, {abort: {after: head, how: reset, retry: no, nth: 2}}, {abort: {after: mid-body, how: reset, retry: no, nth: 3}}]",
            "resets are common behind load balancers; an unhandled read error that ends a worker or fills the log leads to an outage",
            "treat a broken connection as the end of that request, and of nothing else",
        )
    },
    Case {
        keys: RETRIED,
        ..Case::new(
            "I187",
            "a reset right after the request, then the retry",
            "[{abort: {after: end, how: reset}}]",
            "the first attempt may have been handled although nobody heard the answer; the retry must not store the file a second time",
            "make handling idempotent by the identity of the file; finish what was begun even when the client is gone",
        )
    },
    Case {
        keys: RETRIED,
        ..Case::new(
            "I188",
            "the answer is never read, then the retry",
            "[{abort: {after: end, how: close}}]",
            "a handler that is cancelled when the client leaves stops between two writes, and the retry finds half a state",
            "store in one transaction, by the identity of the file; let a failed answer change nothing",
        )
    },
    Case {
        keys: &[("broadcast", "[{0s: push}, {10h: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "I189",
            "the sender ends its side after the request, 20 times, since who answers is often a race",
            "[half-close]",
            "a FIN after the request only says that no more will come; a server that takes it for the end of the connection throws the answer away",
            "answer before you close; where your server library takes half-closed connections for dead, tell it not to",
        )
    },
    Case::new(
        "I190",
        "the answer is read a byte at a time",
        "[{slow-reader: {gap: 20ms}}]",
        "a server that writes from its only worker waits for the slowest reader",
        "give writing a deadline, and keep answers small",
    ),
    Case {
        keys: RETRIED,
        ..Case::new(
            "I191",
            "cut off in mid-body, then whole",
            "[{torn: {cuts: 8, retry: yes}}]",
            "an incomplete attempt that had an effect, such as a key remembered as seen, makes the receiver refuse the whole one as a duplicate",
            "remember a callback only in the transaction that stores it",
        )
    },
    Case::new(
        "I192",
        "200 slow connections at once",
        "[flood]",
        "a thread or a process for each connection is used up by 200 of them; nobody else is served until they time out",
        "serve connections without a worker each, cap them, and close slow ones by a header deadline",
    ),
    Case {
        keys: &[("broadcast", "[{0s: push}, {60m: drop}]"), ("recording", "{hls: {cycle: 30m}}")],
        ..Case::new(
            "I193",
            "1,000 connections that say nothing, then an ordinary callback",
            "[{flood: {connections: 1000, after: start, nth: 1}}]",
            "a receiver that runs out of descriptors in its accept loop may end the loop, and with it the receiver",
            "cap connections, survive a failing accept, and close silent ones by a deadline",
        )
    },
];
