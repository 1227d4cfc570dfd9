//! Bugs of receivers of senders that are proved by tokens, by several headers, or that ask for a handshake.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use hookreel::problem::Source;
use hookreel::provider::declared::{DeclaredFrom, declare};
use hookreel::provider::{Provider, find};
use hookreel::receiver::judge::{Account, KeyRing};
use sha2::{Digest as _, Sha256};

use super::{Case, NOW, Playing, play, request, status};
use crate::stage::{KEY, file};

fn mac(text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn account(provider: &'static Provider, lifetime: i64) -> Account {
    let revision = provider.newest();
    Account {
        second_callback: None,
        handshake: revision.handshake(),
        path: "/".into(),
        reading: revision.reading,
        signing: Some((
            &revision.signatures[0].1,
            KeyRing::from(KEY.to_owned()).named(vec!["APItestkey".into()]),
        )),
        lifetime,
    }
}

fn declared(name: &str) -> &'static Provider {
    let name = format!("docs/providers/{name}.yaml");
    let text = std::fs::read_to_string(file(&name)).unwrap();
    declare(Source { name, text }, DeclaredFrom::CommandLine).map_err(|(_, problems)| problems).unwrap()
}

fn post(head: &str, body: &str) -> String {
    request("POST", &format!("Host: x\r\nContent-Type: application/json\r\n{head}"), body)
}

const ENDED: &str = r#"{"event":"egress_ended","egressInfo":{"egressId":"e","roomName":"r","status":"EGRESS_COMPLETE","fileResults":[{"filename":"a"}]},"id":"EV_1","createdAt":"1700000000"}"#;

/// A callback under a token with this header and these claims, signed or not.
fn under(header: &str, claims: &str, signed: bool) -> String {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let text = format!("{}.{}", part(header), part(claims));
    let made = if signed { BASE64_URL_SAFE_NO_PAD.encode(mac(&text)) } else { String::new() };
    post(&format!("Authorization: {text}.{made}\r\n"), ENDED)
}

const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn claims(body: &str, end: &str) -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(body));
    format!(r#"{{"iss":"APItestkey",{end}"nbf":{NOW},"sha256":"{hash}"}}"#)
}

fn livekit(bug: &'static str, wrong: String) -> Case {
    let end = format!("\"exp\":{},", NOW + 300);
    let requests = [wrong, under(HS256, &claims(ENDED, &end), true)];
    let playing = move |habits: &_| {
        let playing = Playing::start(account(find("livekit", "").unwrap(), 300), habits);
        requests.iter().map(|request| status(&playing.ask(request))).collect::<Vec<_>>().join(" ")
    };
    play(bug, playing, "401 200", "200 200")
}

/// A handshake with this signature: its status, and the members of the answer.
fn asked(bug: &'static str, signed: bool, right: &'static str, wrong: &'static str) -> Case {
    let body = r#"{"event":"endpoint.url_validation","payload":{"plainToken":"abc"}}"#;
    let made = hex(&mac(&format!("v0:{NOW}:{body}")));
    let head = format!("x-zm-request-timestamp: {NOW}\r\nx-zm-signature: v0={made}\r\n");
    let request = post(if signed { &head } else { "" }, body);
    let playing = move |habits: &_| {
        let answer = Playing::start(account(declared("zoom"), 300), habits).ask(&request);
        let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
        let proof = hex(&mac("abc"));
        format!("{} {}", status(&answer), body.replace(&proof, "(proof)"))
    };
    play(bug, playing, right, wrong)
}

/// A time that was moved 95 centuries ahead: its first digit was the last one of the random part.
fn moved() -> Case {
    let body = r#"{"event_type":"RECORD_FILE_COMPLETE","job_id":"a","stream_name":"s"}"#;
    let made = hex(&mac(&format!("abc3{NOW}{body}")));
    let head = |rand: &str, time: &str| {
        post(&format!("X-Rtc-Rand: {rand}\r\nX-Rtc-Timestamp: {time}\r\nX-Rtc-Signature: {made}\r\n"), body)
    };
    let requests = [head("abc", &format!("3{NOW}")), head("abc3", &NOW.to_string())];
    let playing = move |habits: &_| {
        let playing = Playing::start(account(declared("sparkrtc"), 300), habits);
        playing.play(&requests)
    };
    play("time-checked-against-the-past-alone", playing, "401 200 | a", "200 200 | a")
}

/// A body with an escape that no serialiser writes, and one without, each signed as it is sent.
fn escaped() -> Case {
    let signed = |body: &str| {
        let made = hex(&mac(&format!("abc{NOW}{body}")));
        post(&format!("X-Rtc-Rand: abc\r\nX-Rtc-Timestamp: {NOW}\r\nX-Rtc-Signature: {made}\r\n"), body)
    };
    let requests = [r"a\/b", "c/d"].map(|id| {
        signed(&format!(r#"{{"event_type":"RECORD_FILE_COMPLETE","job_id":"{id}","stream_name":"s"}}"#))
    });
    let playing = move |habits: &_| {
        let playing = Playing::start(account(declared("sparkrtc"), 300), habits);
        playing.play(&requests)
    };
    play("verifies-printed-again", playing, "200 200 | a/b c/d", "401 200 | c/d")
}

pub(super) fn cases() -> Vec<Case> {
    const ANSWERED: &str = r#"200 {"plainToken":"abc","encryptedToken":"(proof)"}"#;
    const REFUSED: &str = r#"401 {"code":401,"reason":"signature or time is missing"}"#;
    let end = format!("\"exp\":{},", NOW + 300);
    let unsigned = under(r#"{"alg":"none","typ":"JWT"}"#, &claims(ENDED, &end), false);
    vec![
        livekit("token-unsigned-accepted", unsigned),
        livekit("token-of-another-body-accepted", under(HS256, &claims("{}", &end), true)),
        livekit("token-without-end-accepted", under(HS256, &claims(ENDED, ""), true)),
        livekit(
            "token-of-another-issuer-accepted",
            under(HS256, &claims(ENDED, &end).replace("APItestkey", "APIother"), true),
        ),
        moved(),
        escaped(),
        asked("handshake-answered-unproved", false, REFUSED, ANSWERED),
        asked("handshake-token-alone", true, ANSWERED, r#"200 {"plainToken":"abc"}"#),
    ]
}
