//! Mistakes with what only some senders have: handshakes, tokens, a time in a header.

use serde_json::Value;

use super::{Bug, bug, of};
use crate::receiver::habits::{HandshakeHabit, TokenCheck};
use crate::receiver::judge::Refusal;

pub(super) static ALL: &[Bug] = &[
    of(
        "zoom",
        bug(
            "handshake-answered-unproved",
            "a handshake is answered before its own signature is checked: the receiver signs whatever it is sent",
            "C265 C266",
            "",
            |habits| habits.handshake = HandshakeHabit::BeforeProof,
        ),
    ),
    of(
        "zoom",
        bug(
            "handshake-token-alone",
            "a handshake is answered with its token and without the signature of it",
            "A23",
            "",
            |habits| habits.handshake = HandshakeHabit::TokenAlone,
        ),
    ),
    of(
        "sparkrtc",
        bug(
            "time-checked-against-the-past-alone",
            "a time in a header may lie any length of time ahead, and so it can be moved there",
            "C72",
            "",
            |habits| {
                habits.fresh = |expiry, now, _| if expiry < now { Err(Refusal::Expired) } else { Ok(()) }
            },
        ),
    ),
    of(
        "livekit",
        bug(
            "token-unsigned-accepted",
            "a token that says `alg: none` is believed without a signature",
            "C74",
            "",
            |habits| habits.token_unchecked = Some(TokenCheck::Algorithm),
        ),
    ),
    of(
        "livekit",
        bug(
            "token-of-another-body-accepted",
            "the hash in a token is not compared with the body: a token that was seen once proves every body",
            "C74",
            "",
            |habits| habits.token_unchecked = Some(TokenCheck::Hash),
        ),
    ),
    of(
        "livekit",
        bug(
            "token-of-another-issuer-accepted",
            "the issuer of a token is not compared with the name of the key",
            "C74",
            "",
            |habits| habits.token_unchecked = Some(TokenCheck::Issuer),
        ),
    ),
    of(
        "livekit",
        bug("token-without-end-accepted", "a token without an end is good for ever", "C74", "", |habits| {
            habits.token_unchecked = Some(TokenCheck::End)
        }),
    ),
    of(
        "trtc",
        bug(
            "verifies-printed-again",
            "a body is parsed, and printed again, before its signature is checked",
            "C70",
            "express.json() and then JSON.stringify(req.body)",
            |habits| {
                habits.verified = |body| match serde_json::from_slice::<Value>(body) {
                    Ok(parsed) => parsed.to_string().into_bytes().into(),
                    Err(_) => body.into(),
                }
            },
        ),
    ),
];
