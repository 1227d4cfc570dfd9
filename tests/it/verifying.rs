//! `verify --explain` against each known mistake. The mistakes are made here with the digest libraries themselves, so that
//! nothing of ours could make and find one in the same wrong way.

use std::io::Write;
use std::process::{Output, Stdio};

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::stage::{exits, hookreel, run, stderr, stdout};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const TIME: &str = "1583677345";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn md5(text: &str) -> String {
    hex(&Md5::digest(text.as_bytes()))
}

fn hmac(text: &str, key: &[u8]) -> String {
    hex(&Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text.as_bytes()).finalize().into_bytes())
}

fn verify(args: &[&str], body: &str) -> Output {
    let mut child = hookreel()
        .env("KEY", KEY)
        .args(["verify"])
        .args(args)
        .args(["--secret-env", "KEY", "--explain", "--now", "2020-03-08T14:20:00Z"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// A Huawei callback whose fields hold what serialisers disagree on.
fn huawei(sign: &str) -> String {
    json!({
        "event_type": "RECORD_FILE_COMPLETE", "publish_domain": "push.example.com", "app": "live", "stream": "mystream",
        "download_url": "https://b.obs.example.com/a&b.m3u8", "file_size": 5, "auth_sign": sign, "auth_timestamp": 1_583_677_345,
    })
    .to_string()
}

fn tencent(sign: &str, t: &Value) -> String {
    json!({ "event_type": 100, "file_id": "1", "sign": sign, "t": t }).to_string()
}

const URL: &str = "https://b.obs.example.com/a&b.m3u8";

fn message(url: &str, play_url: &str) -> String {
    format!("{TIME}RECORD_FILE_COMPLETEpush.example.comlivemystream{url}{play_url}")
}

#[track_caller]
fn finds(args: &[&str], body: &str, mistake: &str) {
    let output = verify(args, body);
    exits(&output, 1);
    let line = stdout(&output)
        .lines()
        .find(|line| line.trim_start().starts_with("mistake"))
        .unwrap_or_default()
        .to_owned();
    assert!(line.contains(mistake), "expected `{mistake}`\n{}", stdout(&output));
    let told = stdout(&output);
    let order: Vec<&str> = told.lines().skip(1).take(3).map(|line| line.trim_start()).collect();
    assert!(
        order[0].starts_with("mistake ") && order[1].starts_with("how to fix "),
        "the cause comes first: {told}"
    );
    assert!(order[2].starts_with("scheme "), "{told}");
}

#[test]
fn a_right_signature_is_right_and_what_it_leaves_unprotected_is_told() {
    let output = verify(&["huawei"], &huawei(&hmac(&message(URL, ""), KEY.as_bytes())));
    exits(&output, 0);
    let text = stdout(&output);
    assert!(
        text.starts_with("right")
            && text.contains("unprotected file_size\n")
            && text.contains("valid for another 2m25s"),
        "{text}"
    );
    assert!(!text.contains(KEY));
}

#[test]
fn an_expired_signature_is_told_by_how_much() {
    let output = verify(&["tencent"], &tencent(&md5(&format!("{KEY}1583677100")), &json!(1_583_677_100)));
    exits(&output, 0);
    assert!(stdout(&output).contains("expired 1m40s ago"), "{}", stdout(&output));
    assert!(stdout(&output).contains("unprotected event_type, file_id"), "{}", stdout(&output));
}

#[test]
fn mistakes_with_the_formula_are_found() {
    let key = KEY.as_bytes();
    finds(&["huawei"], &huawei(&hmac(&format!("{KEY}{TIME}"), key)), "formula of revision 2021-05");
    finds(
        &["huawei", "--revision", "2021-05"],
        &huawei(&hmac(&message(URL, ""), key)),
        "formula of revision",
    );
    finds(&["huawei"], &huawei(&md5(&format!("{KEY}{TIME}"))), "signed with md5 where hmac-sha256");
    finds(
        &["huawei", "--method", "md5"],
        &huawei(&hmac(&message(URL, ""), key)),
        "signed with hmac-sha256 where md5",
    );
    let sorted = format!("live{TIME}{URL}RECORD_FILE_COMPLETEpush.example.commystream");
    finds(&["huawei"], &huawei(&hmac(&sorted, key)), "in the alphabetical order of their names");
    let named = format!(
        "app=liveauth_timestamp={TIME}download_url={URL}event_type=RECORD_FILE_COMPLETEplay_url=publish_domain=push.example.com\
         stream=mystream"
    );
    finds(
        &["huawei"],
        &huawei(&hmac(&named, key)),
        "name=valuename=value, in the alphabetical order of the names",
    );
    for (url, mistake) in [
        ("https%3A%2F%2Fb.obs.example.com%2Fa%26b.m3u8", "as by encodeURIComponent"),
        ("https%3A//b.obs.example.com/a%26b.m3u8", "their slashes as they are"),
    ] {
        finds(&["huawei"], &huawei(&hmac(&message(url, ""), key)), mistake);
    }
    let push = format!("RECORD_FILE_COMPLETEpush.example.comlivemystream{TIME}");
    finds(&["huawei"], &huawei(&hmac(&push, key)), "field order of the push callback");
    let swapped = format!("{TIME}RECORD_FILE_COMPLETElivepush.example.commystream{URL}");
    finds(&["huawei"], &huawei(&hmac(&swapped, key)), "publish_domain and app are swapped");
    let swapped = format!("{TIME}RECORD_FILE_COMPLETEpush.example.commystreamlive{URL}");
    finds(&["huawei"], &huawei(&hmac(&swapped, key)), "app and stream are swapped");
    finds(
        &["tencent"],
        &tencent(&md5(&format!("{TIME}{KEY}")), &json!(1_583_677_345)),
        "MD5 of time and key",
    );
    // The same as the MD5 of the time alone.
    finds(&["tencent"], &tencent(&md5(TIME), &json!(1_583_677_345)), "an empty key");
}

#[test]
fn mistakes_with_the_key_are_found() {
    let sign = |key: &str| huawei(&hmac(&message(URL, ""), key.as_bytes()));
    finds(&["huawei"], &sign(&format!("{KEY}\n")), "with a newline at its end");
    finds(&["huawei"], &sign(&format!("{KEY}\r\n")), "with a line end");
    finds(&["huawei"], &sign(&format!("{KEY} ")), "with a space at its end");
    finds(&["huawei"], &sign(&KEY.to_uppercase()), "key was used in upper case");
    finds(&["huawei"], &sign(""), "an empty key");
    finds(&["huawei"], &sign(&md5(KEY)), "MD5 of the key was used");
    let bytes: Vec<u8> = (0..16).map(|i| u8::from_str_radix(&KEY[2 * i..2 * i + 2], 16).unwrap()).collect();
    finds(&["huawei"], &huawei(&hmac(&message(URL, ""), &bytes)), "decoded from hexadecimal");
    let t = json!(1_583_677_345);
    finds(&["tencent"], &tencent(&md5(&format!("{KEY}\n{TIME}")), &t), "with a newline at its end");
    finds(&["tencent"], &tencent(&md5("another key1583677345"), &t), "most likely another key");
    for (key, mistake) in [
        (format!("\"{KEY}\""), "the key was used with its quotes"),
        (format!("'{KEY}'"), "the key was used with its quotes"),
        (format!("{KEY}\r"), "with a carriage return"),
        (format!(" {KEY}"), "with a space before it"),
        (format!("\u{feff}{KEY}"), "with a byte order mark"),
        (format!("\"{KEY}\"\n"), "with its quotes and a newline"),
        (KEY.chars().take(16).collect(), "only the first 16 characters of the key"),
        ("undefined".into(), "the word `undefined`"),
    ] {
        finds(&["tencent"], &tencent(&md5(&format!("{key}{TIME}")), &t), mistake);
        finds(&["huawei"], &sign(&key), mistake);
    }
}

#[test]
fn mistakes_with_the_time_are_found() {
    let (t, ms) = (json!(1_583_677_345), json!(1_583_677_345_000_i64));
    let sign = |text: &str| md5(&format!("{KEY}{text}"));
    finds(&["tencent"], &tencent(&sign("1583677345000"), &t), "signed in milliseconds and sent in seconds");
    finds(&["tencent"], &tencent(&sign("1583677345"), &ms), "sent in milliseconds and signed in seconds");
    for float in ["1583677345.0", "1.583677345E9", "1583677345.000000", "1.583677345e9"] {
        finds(&["tencent"], &tencent(&sign(float), &t), float);
    }
    finds(&["tencent"], &tencent(&sign("\"1583677345\""), &t), "together with its quotes");
}

#[test]
fn mistakes_with_the_text_are_found() {
    let key = KEY.as_bytes();
    for absent in ["null", "None", "undefined"] {
        finds(&["huawei"], &huawei(&hmac(&message(URL, absent), key)), &format!("signed as `{absent}`"));
    }
    finds(
        &["huawei"],
        &huawei(&hmac(&message(&URL.replace('/', "\\/"), ""), key)),
        "the body was serialised again",
    );
    finds(
        &["huawei"],
        &huawei(&hmac(&message(&URL.replace('&', "\\u0026"), ""), key)),
        "the body was serialised again",
    );
    let stream = huawei("").replace("mystream", "直播");
    let escaped = message(URL, "").replace("mystream", "\\u76f4\\u64ad");
    finds(
        &["huawei"],
        &stream.replace("\"auth_sign\":\"\"", &format!("\"auth_sign\":\"{}\"", hmac(&escaped, key))),
        "escapes",
    );
    let right = hmac(&message(URL, ""), key);
    finds(&["huawei"], &huawei(&right.to_uppercase()), "upper case");
    finds(&["huawei"], &huawei(&format!(" {right}\n")), "white space around the signature");
}

#[test]
fn a_missing_signature_or_time_is_wrong_and_said_so() {
    let output = verify(&["tencent"], r#"{"event_type":100,"t":1583677345}"#);
    exits(&output, 1);
    assert!(stdout(&output).contains("there is no `sign`"));
    let output = verify(&["tencent"], r#"{"event_type":100,"sign":"x"}"#);
    exits(&output, 1);
    assert!(stdout(&output).contains("there is no `t`"));
}

#[test]
fn the_vendors_broken_examples_are_refused_with_their_place() {
    for (provider, revision, place) in [("huawei", "2021-05", ":21:3:"), ("tencent", "2021-07", ":4:10:")] {
        let path = crate::stage::file(&format!("tests/samples/{provider}/{revision}.broken.json"));
        let output = hookreel()
            .env("KEY", KEY)
            .args(["verify", provider])
            .arg(path)
            .args(["--secret-env", "KEY"])
            .output()
            .unwrap();
        exits(&output, 2);
        assert!(stderr(&output).contains(place), "{}", stderr(&output));
    }
}

#[test]
fn what_sign_signs_verify_accepts() {
    for args in [
        vec!["huawei"],
        vec!["huawei", "--method", "md5"],
        vec!["huawei", "--revision", "2021-05"],
        vec!["tencent"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("body.json");
        std::fs::write(&path, r#"{"event_type":"RECORD_OVER","app":"live","stream":"a\"b"}"#).unwrap();
        let signed = hookreel()
            .env("KEY", KEY)
            .arg("sign")
            .args(&args[..1])
            .arg(&path)
            .args(&args[1..])
            .args(["--secret-env", "KEY"])
            .output()
            .unwrap();
        exits(&signed, 0);
        let body: Value = serde_json::from_slice(&signed.stdout).unwrap();
        assert_eq!(body["stream"], "a\"b");
        std::fs::write(&path, &signed.stdout).unwrap();
        let output = hookreel()
            .env("KEY", KEY)
            .arg("verify")
            .args(&args[..1])
            .arg(&path)
            .args(&args[1..])
            .args(["--secret-env", "KEY"])
            .output()
            .unwrap();
        exits(&output, 0);
    }
}

#[test]
fn without_a_key_nothing_is_verified() {
    let output = hookreel().args(["verify", "tencent", "nowhere.json"]).output().unwrap();
    exits(&output, 2);
    assert!(stderr(&output).contains("--secret-env"), "{}", stderr(&output));
}

#[test]
fn the_push_callback_is_known_by_its_event_and_has_mistakes_of_its_own() {
    let push = |sign: &str| {
        json!({
            "event": "PUBLISH", "domain": "push.example.com", "app": "live", "stream": "mystream",
            "auth_sign": sign, "auth_timestamp": 1_583_677_345,
        })
        .to_string()
    };
    // Computed with another program, see vectors.rs.
    let right = push("761d2844d4751a2adb0871073cd9c0248b1d963ae65e828308c40eeafcc5e786");
    let output = verify(&["huawei"], &right);
    exits(&output, 0);
    let formula = "HMAC-SHA256(event + domain + app + stream + auth_timestamp, key)";
    assert!(stdout(&output).contains(formula), "{}", stdout(&output));
    let first = hmac(&format!("{TIME}PUBLISHpush.example.comlivemystream"), KEY.as_bytes());
    finds(&["huawei"], &push(&first), "the time stands first, as in the recording callback");
}

/// What other libraries give, by openssl: the key, then `key + t`.
fn sha1(text: &str) -> String {
    let mut child = std::process::Command::new("sha1sum");
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

#[test]
fn another_digest_is_found() {
    use base64::Engine;
    let t = json!(1_583_677_345);
    let right = format!("{KEY}{TIME}");
    let body = |sign: &str| tencent(sign, &t);
    let sha256 = hex(&Sha256::digest(right.as_bytes()));
    finds(&["tencent"], &body(&sha256), "the digest is SHA-256 where MD5 is expected");
    finds(&["tencent"], &body(&sha1(&right)), "the digest is SHA-1 where MD5 is expected");
    let keyed =
        hex(&Hmac::<Md5>::new_from_slice(KEY.as_bytes()).unwrap().chain_update(TIME).finalize().into_bytes());
    finds(&["tencent"], &body(&keyed), "it is the HMAC-MD5 of the time alone");
    let keyed = hex(&Hmac::<Md5>::new_from_slice(KEY.as_bytes())
        .unwrap()
        .chain_update(&right)
        .finalize()
        .into_bytes());
    finds(&["tencent"], &body(&keyed), "the digest is HMAC-MD5 where MD5 is expected");
    finds(
        &["tencent"],
        &body(&hmac(&right, KEY.as_bytes())),
        "the digest is HMAC-SHA256 where MD5 is expected",
    );
    finds(&["tencent"], &body(&md5(&md5(&right))), "the MD5 of the MD5");
    let half = md5(&right);
    finds(&["tencent"], &body(&half[..16]), "only the first 16 of 32 hexadecimal digits");
    finds(&["tencent"], &body(&half[16..]), "only the last 16 of 32 hexadecimal digits");
    finds(&["tencent"], &body(&half[8..24]), "only the middle 16 of 32 hexadecimal digits");
    finds(&["tencent"], &body(&sha256[..32]), "only the first 32 of 64 hexadecimal digits");
    let bytes = Md5::digest(right.as_bytes());
    let encoded = base64::prelude::BASE64_STANDARD.encode(bytes);
    finds(&["tencent"], &body(&encoded), "in base64 of its bytes");
    finds(
        &["tencent"],
        &body(&base64::prelude::BASE64_STANDARD.encode(&half)),
        "in base64 of its hexadecimal digits",
    );
    finds(&["tencent"], &body("0123456789abcdef0123456789abcdef01234567"), "40 hexadecimal digits are SHA-1");
    finds(&["tencent"], &body("hello"), "are not a digest");
}

#[test]
fn other_parts_and_what_stands_between_them_are_found() {
    let t = json!(1_583_677_345);
    let signed = |text: &str| tencent(&md5(text), &t);
    finds(&["tencent"], &signed(&format!("{KEY}&{TIME}")), "joined with `&`");
    finds(&["tencent"], &signed(&format!("{KEY}|{TIME}")), "joined with `|`");
    finds(&["tencent"], &signed(&format!("key={KEY}&t={TIME}")), "key=...&t=...");
    finds(&["tencent"], &signed(&format!("t={TIME}&key={KEY}")), "t=...&key=...");
    finds(&["tencent"], &signed(&format!("{KEY}{TIME}{KEY}")), "before and after the time");
    finds(&["tencent"], &signed(KEY), "the key was signed alone");
    let unsigned = json!({"event_type": 100, "file_id": "1", "t": 1_583_677_345}).to_string();
    finds(&["tencent"], &signed(&format!("{KEY}{unsigned}")), "the body was signed: key + body");
    let sorted = format!("event_type=100&file_id=1&t={TIME}&key={KEY}");
    finds(&["tencent"], &signed(&sorted), "all fields were signed, sorted by name");
    let message =
        message(URL, "").replace("RECORD_FILE_COMPLETE", "&RECORD_FILE_COMPLETE&").replace("live", "&live&");
    let message = message.replace("http", "&http") + "&";
    finds(&["huawei"], &huawei(&hmac(&message, KEY.as_bytes())), "joined with `&`");
}

#[test]
fn another_time_is_found() {
    let signed = |text: &str, t: &Value| tencent(&md5(&format!("{KEY}{text}")), t);
    let t = json!(1_583_677_345);
    finds(&["tencent"], &signed("1583676745", &t), "the time of sending (1583676745) was signed");
    finds(&["tencent"], &signed("1583677945", &t), "the time of expiry (1583677945) was signed");
    finds(&["tencent"], &signed("1583677045", &t), "1583677045, 300 s before the one in the body");
    finds(&["tencent"], &signed("1583706145", &t), "28800 s after");
    finds(&["tencent"], &signed(TIME, &json!(1_583_677_345.0)), "was signed as 1583677345");
    finds(&["tencent"], &signed("2020-03-08T14:22:25Z", &t), "signed as a date");
}

#[test]
fn two_and_three_mistakes_at_once_are_found() {
    let t = json!(1_583_677_345);
    let finds_both = |sign: &str, mistakes: [&str; 2]| {
        let output = verify(&["tencent"], &tencent(sign, &t));
        for mistake in mistakes {
            assert!(stdout(&output).contains(mistake), "{mistake}: {}", stdout(&output));
        }
    };
    finds_both(&md5(&format!("\"{KEY}\"{TIME}.0")), ["with its quotes", "printed as 1583677345.0"]);
    let sha = hex(&Sha256::digest(format!("{KEY}\n{TIME}000").as_bytes()));
    finds_both(&sha, ["with a newline", "in milliseconds"]);
    finds_both(&sha, ["SHA-256", "in milliseconds"]);
    finds_both(&md5(&format!("{KEY}\r{TIME}")).to_uppercase(), ["carriage return", "upper case"]);
}

#[test]
fn what_the_receiver_computed_is_explained() {
    let (right, t) = (md5(&format!("{KEY}{TIME}")), json!(1_583_677_345));
    let body = tencent(&right, &t);
    let computed = |hex: &str| {
        let output = verify(&["tencent", "--computed", hex], &body);
        (output.status.code(), stdout(&output))
    };
    let (code, text) = computed(&md5(&format!("{KEY}{TIME}.0")));
    assert_eq!(code, Some(1));
    assert!(text.starts_with("computed: wrong") && text.contains("printed as 1583677345.0"), "{text}");
    assert!(text.contains("in the body: right"), "{text}");
    let (code, text) = computed(&right);
    assert_eq!((code, text.starts_with("computed: right")), (Some(0), true), "{text}");
    // The body of the message as the receiver got it, its signature included.
    let (_, text) = computed(&md5(&format!("{KEY}{body}")));
    assert!(text.contains("the body was signed: key + body"), "{text}");
}

#[test]
fn a_body_of_an_account_without_a_key_is_told_so() {
    for body in
        [r#"{"event_type":100,"file_id":"1"}"#, r#"{"event_type":100,"file_id":"1","sign":"","t":""}"#]
    {
        let output = verify(&["tencent"], body);
        exits(&output, 1);
        assert!(
            stdout(&output).contains("no callback key is set in the vendor's console"),
            "{}",
            stdout(&output)
        );
    }
}

#[test]
fn what_is_not_a_body_is_named_and_not_repeated() {
    let body = tencent(&md5(&format!("{KEY}{TIME}")), &json!(1_583_677_345));
    let inner = Value::from(body.as_str()).to_string();
    let gzip = "\u{1f}\u{8b}".to_owned();
    for (text, what) in [
        (format!("\u{feff}{body}"), "a byte order mark"),
        (inner.clone(), "JSON inside a JSON string"),
        (inner.trim_matches('"').to_owned(), "escaped quotes"),
        (format!("[{body}]"), "a list of 1 values"),
        (format!("2026-03-08 INFO body={body}"), "a log's prefix"),
        (format!("{body} {body}"), "more than one JSON value"),
        (format!("{body};"), "something behind the JSON object"),
        (format!("'{body}'"), "in quotes"),
        (body.replace('"', "'"), "as Python prints a dict"),
        (body[..body.len() - 3].to_owned(), "was it cut off"),
        ("sign=abc&t=1".into(), "looks like a form"),
        (String::new(), "is empty"),
        ("7".into(), "a JSON number"),
        (gzip, "not a JSON object"),
    ] {
        let output = verify(&["tencent"], &text);
        exits(&output, 2);
        let told = format!("{}{}", stdout(&output), stderr(&output));
        assert!(told.contains(what), "{what}: {told}");
        assert!(!told.contains(&md5(&format!("{KEY}{TIME}"))) && !told.contains("file_id"), "{told}");
    }
}

#[test]
fn a_whole_request_is_verified_as_of_the_time_when_it_came_and_its_scheme_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let say = |args: &[&str]| {
        let output = hookreel()
            .env("KEY", KEY)
            .arg("verify")
            .args(args)
            .args(["--secret-env", "KEY"])
            .output()
            .unwrap();
        (output.status.code(), format!("{}{}", stdout(&output), stderr(&output)))
    };
    let body = json!({"event_type": 100, "stream_id": "s", "file_id": "1", "file_size": 5, "t": 1_583_677_345, "sign": md5(&format!("{KEY}{TIME}"))});
    let raw = file(
        "request.http",
        &format!("POST /cb HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\r\n{body}"),
    );
    // The time as an access log has it.
    let (code, text) = say(&[&raw, "--now", "[08/Mar/2020:15:15:25 +0100]"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.starts_with("right: the signature matches (tencent ") && text.contains(", md5)\n"),
        "{text}"
    );
    let (code, text) = say(&[&raw, "--now", "2020-03-08T14:56:25Z"]);
    assert!(code == Some(0) && text.starts_with("right, but expired 34m"), "{text}");
    let log = json!({"time": "2020-03-08T14:15:25Z", "uri": "/cb", "status": 403, "request_body": body.to_string()});
    let (code, text) = say(&["-v", &file("access.jsonl", &format!("{log}\n{log}\n"))]);
    assert_eq!((code, text.lines().count()), (Some(0), 3), "{text}");
    assert!(
        text.contains(
            "access.jsonl:2 right: the signature matches, as of 2020-03-08T14:15:25Z, when it came (tencent"
        ),
        "{text}"
    );
    // An older edition, and its other method, are found by what fits.
    let old: Value = serde_json::from_str(&huawei(&hmac(&format!("{KEY}{TIME}"), KEY.as_bytes()))).unwrap();
    let (_, text) = say(&[&file("old.json", &old.to_string())]);
    assert!(text.contains("(huawei ") && text.starts_with("right"), "{text}");
    let (code, text) = say(&[&file("odd.json", "{\"a\":1,\"b\":2}")]);
    assert!(
        code == Some(2) && text.contains("odd.json: its fields are not those of a callback that is known"),
        "{text}"
    );
    let nothing = file("access.log", "::1 - - [24/Nov/2026:14:10:25 +0000] \"POST /cb HTTP/1.1\" 503 2\n");
    assert!(say(&[&nothing]).1.contains("hookreel report"));
}

#[test]
fn the_callback_of_another_provider_is_recognised() {
    let body = json!({"event_type": 100, "stream_id": "s", "file_id": "1", "file_size": 5, "sign": md5(TIME), "t": 1_583_677_345});
    let output = verify(&["huawei"], &body.to_string());
    exits(&output, 1);
    assert!(stdout(&output).contains("hookreel verify tencent"), "{}", stdout(&output));
    let output = verify(&["tencent"], &huawei(""));
    assert!(stdout(&output).contains("hookreel verify huawei"), "{}", stdout(&output));
}

#[test]
fn a_signature_that_has_expired_is_right_and_told_so_first() {
    let output = verify(&["tencent"], &tencent(&md5(&format!("{KEY}1583675700")), &json!(1_583_675_700)));
    exits(&output, 0);
    assert!(stdout(&output).starts_with("right, but expired 25m ago"), "{}", stdout(&output));
}

/// The bytes between and around the values of two fields.
fn without(text: &[u8], names: [&str; 2]) -> Vec<u8> {
    let members = hookreel::callback::splice::Members::of_object(text).unwrap();
    let mut out = text.to_vec();
    for member in members.all.iter().rev().filter(|member| names.contains(&member.name.as_str())) {
        out.drain(member.value.clone());
    }
    out
}

#[test]
fn sign_changes_the_two_fields_and_nothing_else() {
    for body in [
        "{\"event_type\":100,\"t\":1,\"sign\":\"x\"}",
        "\u{feff}{ \"sign\" : \"\" ,\r\n \"a\\/b\":1e2, \"t\":\"5\" , \"t\":6, \"n\":12345678901234567890123 }\n\n",
        "{\"sign\":null,\"t\":null,\"x\":\"\\ud800\",\"y\":NaN}",
        "  {\"a\":[1,{\"sign\":\"inner\",\"t\":7}],\"t\":1,\"sign\":\"\"}  ",
    ] {
        let signed = sign(body.as_bytes());
        assert_eq!(without(&signed, ["t", "sign"]), without(body.as_bytes(), ["t", "sign"]), "{body}");
        let text = String::from_utf8(signed).unwrap();
        assert!(text.contains(&md5(&format!("{KEY}1772979625"))), "{text}");
    }
    let text = String::from_utf8(sign(b"{ \"a\" : 1 }\n")).unwrap();
    assert!(
        text.starts_with("{ \"a\" : 1 ,\"t\":1772979625,\"sign\":\"") && text.ends_with("\"}\n"),
        "{text}"
    );
}

fn sign(body: &[u8]) -> Vec<u8> {
    let mut child = hookreel()
        .env("KEY", KEY)
        .args(["sign", "tencent", "-", "--secret-env", "KEY", "--now", "2026-03-08T14:10:25Z"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(body).unwrap();
    let output = child.wait_with_output().unwrap();
    exits(&output, 0);
    output.stdout
}

#[test]
fn a_refusal_that_holds_what_the_receiver_computed_is_explained_without_being_asked() {
    let receiver = crate::stage::Raw::serve_each(|request, stream| {
        let body: Value = serde_json::from_slice(crate::stage::body(request)).unwrap();
        let wrong = md5(&format!("{KEY}{}.0", body["t"]));
        let answer = format!("{{\"error\":\"bad signature\",\"computed\":\"{wrong}\"}}");
        write!(stream, "HTTP/1.1 403 X\r\nContent-Length: {}\r\n\r\n{answer}", answer.len()).is_ok()
    });
    let port = receiver.port();
    let mut send = hookreel();
    send.env("KEY", KEY).args(["send", "tencent", "record", "-t", &port, "--secret-env", "KEY"]);
    let output = send.output().unwrap();
    exits(&output, 1);
    let text = stdout(&output);
    assert!(text.contains("read as a floating-point number"), "{text}");
}

#[test]
fn requests_of_a_capture_that_bring_no_callback_are_skipped_with_a_note() {
    let folder = tempfile::tempdir().unwrap();
    let body = stdout(&run(&["plan", "@tencent/single-file", "--body", "tencent-2025-1"]));
    let length = body.len();
    let asked = "GET /recordings HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let called = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let verify = || {
        let mut command = hookreel();
        command.args(["verify", folder.path().to_str().unwrap(), "--secret-env", "CALLBACK_KEY"]);
        command.env("CALLBACK_KEY", "0123456789abcdef0123456789abcdef").output().unwrap()
    };
    std::fs::write(folder.path().join("1.http"), asked).unwrap();
    let alone = verify();
    exits(&alone, 2);
    assert!(stderr(&alone).contains("there is no callback in it"), "{}", stderr(&alone));
    std::fs::write(folder.path().join("2.http"), called).unwrap();
    let both = verify();
    exits(&both, 0);
    assert!(stderr(&both).contains("note: 1 request without a callback skipped"), "{}", stderr(&both));
    assert!(stdout(&both).contains("right: the signature matches"), "{}", stdout(&both));
}

/// A body of TRTC, and texts of the same JSON that programs write again.
const RAW: &str =
    r#"{"EventGroupId":3,"EventType":301,"EventInfo":{"RoomId":"é/1","TaskId":"a","Payload":{"x":1.0}}}"#;
const REWRITTEN: [(&str, &str); 5] = [
    (
        r#"{"EventGroupId": 3, "EventType": 301, "EventInfo": {"RoomId": "\u00e9/1", "TaskId": "a", "Payload": {"x": 1.0}}}"#,
        "as Python writes it, characters beyond ASCII",
    ),
    (
        r#"{"EventGroupId":3,"EventInfo":{"Payload":{"x":1.0},"RoomId":"é/1","TaskId":"a"},"EventType":301}"#,
        "its keys in alphabetical order",
    ),
    (
        r#"{"EventGroupId":3,"EventType":301,"EventInfo":{"RoomId":"\u00e9\/1","TaskId":"a","Payload":{"x":1.0}}}"#,
        "slashes as `\\/`",
    ),
    (
        r#"{"EventGroupId":3,"EventType":301,"EventInfo":{"RoomId":"é/1","TaskId":"a","Payload":{"x":1}}}"#,
        "without a fraction",
    ),
    ("", "an empty text"),
];

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

fn mac(bytes: &[u8]) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(KEY.as_bytes())
        .unwrap()
        .chain_update(bytes)
        .finalize()
        .into_bytes()
        .to_vec()
}

#[test]
fn a_body_that_was_written_again_is_named_where_its_bytes_are_signed() {
    let right = format!("Sign: {}", base64(&mac(RAW.as_bytes())));
    for (text, how) in REWRITTEN {
        let signed = base64(&mac(text.as_bytes()));
        finds(&["trtc", "-H", &format!("Sign: {signed}")], RAW, how);
        let output = verify(&["trtc", "-H", &right, "--computed", &signed], RAW);
        exits(&output, 1);
        let told = stdout(&output);
        assert!(told.contains(how) && told.contains("the raw body as it came"), "{told}");
        assert!(!told.contains("not the body") && told.contains("in `Sign`: right"), "{told}");
    }
    let stamped =
        |text: &str| format!("Mux-Signature: t={TIME},v1={}", hex(&mac(format!("{TIME}.{text}").as_bytes())));
    let body = r#"{"type":"video.live_stream.connected","id":"1","data":{"id":"a"}}"#;
    let spaced = r#"{"type": "video.live_stream.connected", "id": "1", "data": {"id": "a"}}"#;
    finds(&["mux", "-H", &stamped(spaced)], body, "the bytes of the body were changed");
}

#[test]
fn what_is_signed_in_the_place_of_a_body_or_around_it_is_named() {
    let printed = format!("b'{}'", RAW.replace('\u{e9}', "\\xc3\\xa9"));
    for (text, how) in [
        ("{}", "`{}`: the body was not there any more"),
        ("null", "`null`: the body was not there"),
        ("undefined", "`undefined`: the body was not there"),
        ("None", "`None`: the body was not there"),
        (printed.as_str(), "as Python prints bytes"),
        (&Value::from(RAW).to_string(), "as one JSON string"),
        (&format!("{RAW}\r\n"), "a line end (CR LF) behind it"),
        (&format!("\u{feff}{RAW}"), "a byte order mark before it"),
    ] {
        let signed = base64(&mac(text.as_bytes()));
        finds(&["trtc", "-H", &format!("Sign: {signed}")], RAW, how);
    }
    // Who signs no time has signed none by mistake.
    let signed = hex(&mac(b"undefined"));
    let body = r#"{"noticeId":"1","productId":4,"eventType":1,"notifyMs":1583677345000,"payload":{}}"#;
    let output = verify(&["agora", "-H", &format!("Agora-Signature-V2: {signed}")], body);
    let told = stdout(&output);
    assert!(told.contains("`undefined`: the body was not there") && !told.contains("the time"), "{told}");
    // Between the parts of a message.
    let mux = r#"{"type":"video.live_stream.connected","id":"1","data":{"id":"a"}}"#;
    for (between, how) in
        [(":", "`:` stands between"), ("", "`.` was left out"), ("\n", "a newline stands between")]
    {
        let signed = hex(&mac(format!("{TIME}{between}{mux}").as_bytes()));
        finds(&["mux", "-H", &format!("Mux-Signature: t={TIME},v1={signed}")], mux, how);
    }
}

#[test]
fn computed_values_in_base64_and_tokens_are_read_as_the_sender_writes_them() {
    let sign = base64(&mac(RAW.as_bytes()));
    let header = format!("Sign: {sign}");
    let say = |computed: &str| {
        let output = verify(&["trtc", "-H", &header, "--computed", computed], RAW);
        (output.status.code(), stdout(&output))
    };
    let first = |text: String| text.lines().skip(1).take(2).collect::<Vec<_>>().join("\n");
    assert_eq!(say(&sign).0, Some(0));
    let (code, text) = say(&hex(&mac(RAW.as_bytes())));
    assert!(
        code == Some(1) && first(text.clone()).contains("in hexadecimal digits, not in base64"),
        "{text}"
    );
    let (_, text) = say("abc");
    assert!(text.contains("44 characters of base64") && text.contains("HMAC-SHA256(body, key)"), "{text}");
    let output = verify(&["tencent"], &tencent("hello", &json!(1_583_677_345)));
    assert!(stdout(&output).contains("sign by MD5(key + t)"), "{}", stdout(&output));

    let url = |bytes: &[u8]| base64(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_");
    let hash = |text: &str| base64(&Sha256::digest(text.as_bytes()));
    let token = |text: &str| {
        let claims = json!({"iss": "APItestkey", "exp": 1_583_677_345, "sha256": hash(text)}).to_string();
        let signed = format!("{}.{}", url(br#"{"alg":"HS256"}"#), url(claims.as_bytes()));
        format!("{signed}.{}", url(&mac(signed.as_bytes())))
    };
    let body = r#"{"event":"egress_started","id":"EV_1","egressInfo":{}}"#;
    let spaced = r#"{"event": "egress_started", "id": "EV_1", "egressInfo": {}}"#;
    let header = format!("Authorization: {}", token(body));
    let signature = token(body).rsplit('.').next().unwrap().to_owned();
    for (computed, code, told) in [
        (token(body), 0, "the computed signature is the right one"),
        (signature, 0, "the computed signature is the right one"),
        (hash(body), 0, "the computed hash of the body is the right one"),
        (hash(spaced), 1, "as Python writes it"),
        (token(spaced), 1, "as Python writes it"),
    ] {
        let output = verify(&["livekit", "-H", &header, "--computed", &computed], body);
        exits(&output, code);
        let text = stdout(&output);
        assert!(text.contains(told) && text.contains("in `Authorization`: right"), "{told}: {text}");
        assert!(!text.contains("above"), "{text}");
    }
}

#[test]
fn a_time_in_milliseconds_is_wrong_where_seconds_are_sent() {
    let ms = 1_583_677_345_000_i64;
    let output = verify(&["tencent"], &tencent(&md5(&format!("{KEY}{ms}")), &json!(ms)));
    exits(&output, 1);
    let told = stdout(&output);
    assert!(told.starts_with("wrong: the signature matches, and its `t` is in milliseconds"), "{told}");
}

#[test]
fn where_nothing_can_be_checked_the_exit_code_is_the_one_that_the_help_names() {
    let help = stdout(&run(&["verify", "--help"])).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("2 that there is nothing to check"), "{help}");
    let output = verify(&["trtc"], RAW);
    exits(&output, 2);
    assert!(stderr(&output).contains("there is no header `Sign`"), "{}", stderr(&output));
    let output = verify(&["tencent", "--computed", "x"], r#"{"event_type":100,"sign":"x"}"#);
    exits(&output, 2);
    assert!(stderr(&output).contains("nothing to compute"), "{}", stderr(&output));
    // A whole request without the header is one that a receiver must refuse.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("request.http");
    std::fs::write(
        &path,
        format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\r\n{RAW}"),
    )
    .unwrap();
    exits(&verify(&["trtc", path.to_str().unwrap()], ""), 1);
}

/// A body of Huawei's, signed with the key of the tests, as a line of a capture of bodies.
fn line_of_bodies(sign: &str) -> String {
    let body: Value = serde_json::from_str(&huawei(sign)).unwrap();
    format!("{body}\n")
}

#[test]
fn of_many_requests_the_wrong_ones_are_shown_and_the_others_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bodies.jsonl");
    let wrong = line_of_bodies(&"0".repeat(64));
    let plan = stdout(&run(&["plan", "@huawei/normal", "--body", "huawei-2024-1"]));
    let right: Value = serde_json::from_str(&plan).unwrap();
    let right = format!("{right}\n");
    std::fs::write(&path, format!("{}{wrong}{}", right.repeat(40), right.repeat(56))).unwrap();
    let verify = |more: &[&str]| {
        let mut command = hookreel();
        command.args([
            "verify",
            "huawei",
            path.to_str().unwrap(),
            "--as",
            "bodies",
            "--secret-env",
            "CALLBACK_KEY",
        ]);
        command.args(more).env("CALLBACK_KEY", "0123456789abcdef0123456789abcdef").output().unwrap()
    };
    let output = verify(&[]);
    exits(&output, 1);
    let told = stdout(&output);
    assert!(told.contains("bodies.jsonl:41 wrong: the signature does not match"), "{told}");
    assert!(told.ends_with("97 requests: 96 right, 1 wrong (-v shows the right ones)\n"), "{told}");
    assert_eq!(told.matches("right: ").count(), 0, "{told}");
    // What is explained is what is shown.
    let explained = stdout(&verify(&["--explain"]));
    assert!(explained.lines().count() < 20 && explained.contains("expected"), "{explained}");
    let whole = stdout(&verify(&["-v"]));
    assert_eq!(whole.matches("right: the signature matches").count(), 96, "{whole}");
    assert!(whole.ends_with("97 requests: 96 right, 1 wrong\n"), "{whole}");
}

#[test]
fn a_signature_without_its_prefix_in_the_header_is_compared_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (provider, body) = (folder.path().join("p.yaml"), folder.path().join("b.json"));
    let text = "provider: prefixed
revisions: [{name: \"1\"}]
headers: {Content-Type: application/json, X-Signature: \"sha256={signature}\"}
signature: {hmac-sha256: \"{body}\", as: hex}
recorder: {formats: {mp4: {cycle: {default: 1h}, resume: {max: 3m}}}}
messages: [{on: file-complete, event: done, file: $file.number, body: {event: $event, id: $file.number}}]
reading: {event: event, file: id}
";
    std::fs::write(&provider, text).unwrap();
    std::fs::write(&body, "{\"event\":\"done\",\"id\":1}").unwrap();
    let key = "0123456789abcdef0123456789abcdef";
    let right = hmac("{\"event\":\"done\",\"id\":1}", key.as_bytes());
    let mut command = hookreel();
    command.args([
        "verify",
        "prefixed",
        body.to_str().unwrap(),
        "--provider-file",
        provider.to_str().unwrap(),
    ]);
    command.args(["--secret-env", "K", "--explain", "-H", &format!("X-Signature: {right}")]).env("K", key);
    let output = command.output().unwrap();
    exits(&output, 1);
    let told = stdout(&output);
    assert!(
        told.contains("wrong: `X-Signature` is there, and its signature does not stand behind `sha256=`"),
        "{told}"
    );
    for row in ["expected", "given"] {
        assert!(told.lines().any(|line| line.contains(row) && line.contains(&right)), "{row}: {told}");
    }
}

#[test]
fn a_signature_with_a_public_key_and_a_get_that_is_no_callback_are_called_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body.json");
    std::fs::write(&path, r#"{"a":1}"#).unwrap();
    let mut verify = hookreel();
    verify.args([
        "verify",
        "tencent",
        path.to_str().unwrap(),
        "--method",
        "standard-webhooks",
        "--secret-env",
        "K",
        "--explain",
    ]);
    verify.args([
        "-H",
        "webhook-id: msg_1",
        "-H",
        "webhook-timestamp: 1772979025",
        "-H",
        "webhook-signature: v1a,AAAA",
    ]);
    let output = verify.env("K", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").output().unwrap();
    exits(&output, 1);
    let told = stdout(&output);
    assert!(told.contains("what stands behind `v1a,` is checked with a public key"), "{told}");
    // The time is there, so the signature behind `v1,` is known.
    assert!(
        !told.contains("there is no time to sign") && told.contains("signed text msg_1.1772979025."),
        "{told}"
    );
    let mut verify = hookreel();
    verify.args(["verify", "huawei", "https://example.com/cb?event=PUBLISH&app=x", "--secret-env", "K"]);
    let output = verify.env("K", KEY).output().unwrap();
    exits(&output, 2);
    assert!(stderr(&output).contains("huawei sends no GET: a callback is a POST"), "{}", stderr(&output));
}

#[test]
fn a_request_that_lost_the_header_with_its_signature_is_told_which_header_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("request.http");
    let body = r#"{"event_type":332,"stream_id":"x","app":"live","file_id":"1"}"#;
    for headers in ["webhook-id: msg_1\r\n", "webhook-id: msg_1\r\nwebhook-timestamp: 1772979025\r\n"] {
        let length = body.len();
        let head = format!("POST /cb HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n{headers}\r\n");
        std::fs::write(&path, head + body).unwrap();
        let mut verify = hookreel();
        verify.args(["verify", "tencent", path.to_str().unwrap(), "--as", "http", "--secret-env", "K"]);
        let key = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        let output = verify.env("K", key).output().unwrap();
        exits(&output, 1);
        let told = stdout(&output);
        assert!(told.contains("there is no header `webhook-signature` in the request"), "{told}");
        assert!(!told.contains("console"), "{told}");
    }
}

/// The headers by which the sender of the example proves this body, with this time.
fn acme(time: &str, body: &str, sent: &str) -> [String; 2] {
    let sign = hmac(&format!("{time}{body}"), KEY.as_bytes());
    [format!("X-Acme-Time: {sent}"), format!("X-Acme-Sign: v1={sign}")]
}

#[test]
fn a_signed_time_that_no_sender_writes_is_not_right_though_its_signature_matches() {
    let body = r#"{"event":"record_file","stream":"s"}"#;
    for time in ["2026-11-28T15:00:00Z", "abc", "01583677345", "1583677345.0"] {
        let [time_header, sign] = acme(&format!("{time}."), body, time);
        let words = ["acme", "-", "--provider-file", "@acme", "-H", &time_header, "-H", &sign];
        let output = verify(&words, body);
        exits(&output, 1);
        let told = stdout(&output);
        let first = told.lines().next().unwrap();
        let place = format!("its header `X-Acme-Time` `{time}` is not a time as acme writes it");
        assert!(first.starts_with("wrong: the signature matches") && first.contains(&place), "{told}");
    }
    let output = verify(&["tencent", "-"], &tencent(&md5(&format!("{KEY}abc")), &json!("abc")));
    exits(&output, 1);
    assert!(
        stdout(&output).contains("its `t` `abc` is not a time as tencent writes it"),
        "{}",
        stdout(&output)
    );
    let [time_header, sign] = acme(&format!("{TIME}."), body, TIME);
    exits(&verify(&["acme", "-", "--provider-file", "@acme", "-H", &time_header, "-H", &sign], body), 0);
}

#[test]
fn what_was_left_out_is_named_and_a_time_stands_where_it_was_sent() {
    // No white space around the body: what is left out can only be the dot.
    let body = r#"{"event":"record_file","stream":"s"}"#;
    let [time, sign] = acme(TIME, body, TIME);
    let told = stdout(&verify(&["acme", "-", "--provider-file", "@acme", "-H", &time, "-H", &sign], body));
    assert!(told.contains("`.` was left out") && !told.contains("text was left out"), "{told}");
    let [time, sign] = acme("1583677367.", body, TIME);
    let told = stdout(&verify(&["acme", "-", "--provider-file", "@acme", "-H", &time, "-H", &sign], body));
    assert!(told.contains("22 s after the one in the header"), "{told}");
}

#[test]
fn of_a_sender_that_signs_nothing_no_key_is_asked() {
    let body = r#"{"server_id":"vid-1","service_id":"s","action":"on_dvr","client_id":"c","ip":"127.0.0.1","vhost":"v","app":"live","tcUrl":"rtmp://h/live","stream":"s","param":"","cwd":"/","file":"./a.flv","stream_url":"/live/s","stream_id":"vid-2"}"#;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body.json").display().to_string();
    std::fs::write(&path, body).unwrap();
    for words in [vec!["verify", "srs", &path], vec!["verify", &path]] {
        let output = run(&words);
        exits(&output, 2);
        assert!(
            stderr(&output).contains("srs signs nothing: there is nothing to verify"),
            "{}",
            stderr(&output)
        );
    }
}

/// The callback of each sender that signs, made by hand as `plan --curl` writes it.
const BY_HAND: [(&str, &str); 9] = [
    ("huawei", "@huawei/normal"),
    ("tencent", "@tencent/single-file"),
    ("trtc", "@trtc/mp4"),
    ("agora", "@agora/hls"),
    ("livekit", "@livekit/mp4"),
    ("mux", "@mux/one-asset"),
    ("alibaba", "@alibaba/one-file"),
    ("zoom", "@zoom/one-meeting"),
    ("sparkrtc", "@sparkrtc/one-file"),
];

#[test]
fn a_request_by_hand_is_verified_as_it_was_written_for_curl_and_as_a_server_logs_it() {
    let folder = tempfile::tempdir().unwrap();
    let keyed = |args: &[&str]| hookreel().env("KEY", KEY).args(args).output().unwrap();
    for (sender, scenario) in BY_HAND {
        let plan: Value = serde_json::from_slice(
            &keyed(&["plan", scenario, "--format", "json", "--secret-env", "KEY"]).stdout,
        )
        .unwrap();
        let id = plan["scenarios"][0]["callbacks"][0]["id"].as_str().unwrap().to_owned();
        let url = "http://127.0.0.1:9/cb";
        let written = keyed(&["plan", scenario, "--curl", &id, "--url", url, "--secret-env", "KEY"]);
        let config = stdout(&written);
        let path = folder.path().join(sender);
        std::fs::write(&path, &config).unwrap();
        let verified = |more: &[&str]| {
            let mut args = vec!["verify", sender, path.to_str().unwrap(), "--secret-env", "KEY"];
            args.extend(more);
            keyed(&args)
        };
        let output = verified(&[]);
        assert!(stdout(&output).starts_with("right: the signature matches"), "{sender}: {}", stderr(&output));
        let output = verified(&["--computed", "0123456789abcdef0123456789abcdef"]);
        exits(&output, 1);
        let told = stdout(&output);
        assert!(
            told.contains("computed: wrong") && told.contains(": right: the signature"),
            "{sender}: {told}"
        );
        // The same as a program logs it: headers without a request line, an empty line, the body.
        let unquoted = |option: &str| {
            let lines = config.lines().filter_map(move |line| line.strip_prefix(&format!("{option} = ")));
            lines.map(|text| serde_json::from_str::<String>(text).unwrap()).collect::<Vec<_>>()
        };
        let head = unquoted("header").join("\n");
        std::fs::write(&path, format!("Host: 127.0.0.1:9\n{head}\n\n{}", unquoted("data-raw").concat()))
            .unwrap();
        let output = verified(&[]);
        assert!(stdout(&output).starts_with("right: the signature matches"), "{sender}: {}", stderr(&output));
    }
}

#[test]
fn a_computed_signature_needs_no_header_where_the_body_alone_is_signed() {
    let right = base64(&mac(RAW.as_bytes()));
    let told = |computed: &str, code: i32| {
        let output = verify(&["trtc", "--computed", computed], RAW);
        exits(&output, code);
        stdout(&output)
    };
    for computed in [right.clone(), format!("Sign: {right}")] {
        assert!(told(&computed, 0).contains("right: the computed signature is the right one"));
    }
    let (text, how) = REWRITTEN[0];
    let said = told(&base64(&mac(text.as_bytes())), 1);
    assert!(said.contains(how) && said.contains(&format!("none came; of this body it is {right}")), "{said}");

    let body = r#"{"event":"egress_started","id":"EV_1","egressInfo":{}}"#;
    let hash = base64(&Sha256::digest(body.as_bytes()));
    let output = verify(&["livekit", "--computed", &hash], body);
    exits(&output, 0);
    assert!(stdout(&output).contains("in `Authorization`: none came"), "{}", stdout(&output));
    let body = r#"{"event":"recording.started","event_ts":1,"payload":{}}"#;
    let output = verify(&["zoom", "--computed", "00"], body);
    exits(&output, 2);
    let told = stderr(&output);
    assert!(told.contains("head and body, or add -H 'x-zm-request-timestamp: ...'"), "{told}");
    let stamp = format!("x-zm-request-timestamp: {TIME}");
    let signed = hmac(&format!("v0:{TIME}:{body}"), KEY.as_bytes());
    exits(&verify(&["zoom", "-H", &stamp, "--computed", &signed], body), 0);
}

#[test]
fn a_computed_signature_is_read_with_the_labels_of_a_header_whoever_sends_it() {
    let zoom = r#"{"event":"recording.started","event_ts":1,"payload":{"a":1}}"#;
    let mux = r#"{"type":"video.asset.ready","id":"1","data":{"id":"2"}}"#;
    let signed = |text: &str| hmac(text, KEY.as_bytes());
    let (of_zoom, of_mux) = (signed(&format!("v0:{TIME}:{zoom}")), signed(&format!("{TIME}.{mux}")));
    let (zoom_stamp, mux_stamp) =
        (format!("x-zm-request-timestamp: {TIME}"), format!("mux-signature: t={TIME},v1={}", "0".repeat(64)));
    let right_tencent = md5(&format!("{KEY}{TIME}"));
    let of_tencent = tencent(&right_tencent, &json!(1_583_677_345));
    let of_trtc = base64(&mac(RAW.as_bytes()));
    for (sender, head, body, right) in [
        ("zoom", Some(&zoom_stamp), zoom, &of_zoom),
        ("mux", Some(&mux_stamp), mux, &of_mux),
        ("tencent", None, &of_tencent, &right_tencent),
        ("trtc", None, RAW, &of_trtc),
    ] {
        for computed in [
            right.clone(),
            format!("v0={right}"),
            format!("v1={right}"),
            format!("t={TIME},v1={right}"),
            format!("x-zm-signature: v0={right}"),
            format!("sha256={right}"),
        ] {
            let head = head.map(|head| ["-H", head.as_str()]);
            let args: Vec<&str> = [sender]
                .into_iter()
                .chain(head.into_iter().flatten())
                .chain(["--computed", &computed])
                .collect();
            let output = verify(&args, body);
            exits(&output, 0);
            assert!(stdout(&output).contains("right: the computed signature is the right one"), "{computed}");
        }
    }
    let wrong = format!("t={TIME},v1={}", signed(&format!("{TIME}:{mux}")));
    let output = verify(&["mux", "-H", &mux_stamp, "--computed", &wrong], mux);
    exits(&output, 1);
    assert!(!stdout(&output).contains("are not a digest"), "{}", stdout(&output));
}

#[test]
fn what_languages_print_for_a_body_that_was_parsed_is_found_in_a_computed_signature() {
    let body = r#"{"type":"video.asset.ready","id":"1","data":{"id":"2","live":true,"none":null}}"#;
    let stamp = format!("mux-signature: t={TIME},v1={}", "0".repeat(64));
    let python = "{'type': 'video.asset.ready', 'id': '1', 'data': {'id': '2', 'live': True, 'none': None}}";
    for (signed, mistake) in [
        (format!("{TIME}.[object Object]"), "`[object Object]`"),
        (format!("{TIME}.{python}"), "as Python prints it after it was parsed"),
        (format!("{TIME}.{{\"id\":\"2\",\"live\":true,\"none\":null}}"), "the member `data` alone"),
        (format!("t={TIME}.{body}"), "the time was signed with its label, as `t=...`"),
    ] {
        let computed = hmac(&signed, KEY.as_bytes());
        let output = verify(&["mux", "-H", &stamp, "--computed", &computed], body);
        exits(&output, 1);
        assert!(stdout(&output).contains(mistake), "{signed}: {}", stdout(&output));
    }
    let body = r#"{"event":"record_file","uri":"a.m3u8"}"#;
    let request = format!(
        "POST /live/cb?a=1 HTTP/1.1\r\nHost: hooks.example.com\r\nALI-LIVE-TIMESTAMP: {TIME}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    for url in
        ["https://hooks.example.com", "http://hooks.example.com/", "https://hooks.example.com/live/cb?a=1"]
    {
        let computed = md5(&format!("{url}|{TIME}|{KEY}"));
        let output = verify(&["alibaba", "--computed", &computed], &request);
        exits(&output, 1);
        let told = stdout(&output);
        assert!(told.contains("the whole URL was signed in the place of its host"), "{url}: {told}");
    }
}

#[test]
fn of_several_requests_those_are_shown_that_a_computed_signature_belongs_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bodies");
    let bodies: Vec<String> = (1..=5)
        .map(|n| {
            format!(r#"{{"EventGroupId":3,"EventType":301,"EventInfo":{{"RoomId":"{n}","TaskId":"a"}}}}"#)
        })
        .collect();
    std::fs::write(&path, bodies.join("\n")).unwrap();
    let told = |computed: &str, code: i32| {
        let output = verify(&["trtc", path.to_str().unwrap(), "--computed", computed], "");
        exits(&output, code);
        stdout(&output)
    };
    let right = told(&base64(&mac(bodies[3].as_bytes())), 0);
    assert!(right.contains("bodies:4 computed: right") && !right.contains("bodies:1 "), "{right}");
    let spaced = bodies[2].replace("\":", "\": ").replace(',', ", ");
    let mistaken = told(&base64(&mac(spaced.as_bytes())), 1);
    assert!(mistaken.contains("bodies:3 computed: wrong") && !mistaken.contains("bodies:4 "), "{mistaken}");
    assert!(mistaken.contains("5 requests: those that the computed signature belongs to"), "{mistaken}");
    let none = told(&base64(&mac(b"another")), 1);
    assert!(
        none.starts_with("wrong: no known mistake gives the computed signature for any of the 5 requests")
    );
    assert_eq!(none.matches("mistake  ").count(), 1, "{none}");
}

#[test]
fn the_word_for_a_request_in_an_advice_is_explained_to_who_pastes_it() {
    let output = verify(&["trtc", "REQUEST", "--computed", "00"], "");
    exits(&output, 2);
    let told = stderr(&output);
    assert!(
        told.contains("REQUEST stands for a file with a request") && told.contains("--curl ID > REQUEST"),
        "{told}"
    );
}
