//! `verify --explain` against each known mistake. The mistakes are made here with the digest libraries themselves, so that
//! nothing of ours could make and find one in the same wrong way.

use std::io::Write;
use std::process::{Output, Stdio};

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::stage::{exits, hookreel, stderr, stdout};

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
    assert!(stdout(&output).contains("\n  cure "), "a mistake has a cure");
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
    finds(&["tencent"], &tencent(&md5("another key1583677345"), &t), "none of the known ones fits");
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
