//! Hardships of body, values and head: the bytes that leave, and the cases of the catalogue against the reference receiver.

use std::io::Read;

use flate2::read::{GzDecoder, MultiGzDecoder};
use hmac::{Hmac, KeyInit, Mac};
use hookreel::provider::{self};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::stage::{KEY, Raw, body, exits, run, scenario, stderr, stdout};

/// What a body, a head or an address should have become.
type Expected<'a, T> = Box<dyn Fn(&str) -> T + 'a>;

/// What leaves for these faults, each as its name and its terms, put on a file of its own; beside it, what would have left.
fn hurt(provider: &str, faults: &[(&str, &str)]) -> Vec<(Vec<u8>, Vec<u8>)> {
    hurt_at("/", provider, faults)
}

/// The same at a path of the receiver.
fn hurt_at(path: &str, provider: &str, faults: &[(&str, &str)]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let receiver = Raw::statuses(&[200]);
    let sent = |entries: &[String]| -> Vec<Vec<u8>> {
        let (_folder, file) = scenario(&format!(
            "provider: {provider}\nmedia: {{jitter: off}}\nrecording: {{hls: {{cycle: 30m}}}}\nsigning: {{key: {KEY}}}\n\
             broadcast: [{{0s: push}}, {{{}m: drop}}]\nsubscribe: [{}]\nfaults: [{}]\n",
            30 * faults.len(),
            provider::find(provider, "").unwrap().newest().reading.file_events[0],
            entries.join(", ")
        ));
        let before = receiver.requests().len();
        let target = format!("http://127.0.0.1:{}{path}", receiver.port);
        exits(&run(&["run", &file, "-t", &target, "--now", "2026-03-08T14:10:25Z"]), 0);
        receiver.requests().split_off(before)
    };
    // A fault that finds nothing to do: what the byte writer sends of an unhurt callback.
    let plain = sent(&["{header: {name: X-None, how: remove, class: legal}}".into()]);
    let put = |(n, (name, terms)): (usize, &(&str, &str))| {
        let terms = if terms.is_empty() { String::new() } else { format!("{terms}, ") };
        // Legal, so that no bystander comes between.
        format!("{{{name}: {{{terms}nth: {}, class: legal}}}}", n + 1)
    };
    let hurt = sent(&faults.iter().enumerate().map(put).collect::<Vec<_>>());
    assert_eq!((plain.len(), hurt.len()), (faults.len(), faults.len()));
    plain.into_iter().zip(hurt).collect()
}

fn head(request: &[u8]) -> String {
    let length = request.len() - body(request).len();
    String::from_utf8_lossy(&request[..length]).into_owned()
}

/// The body after one fault, and before it.
fn bodies(faults: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    let requests = hurt("huawei", faults);
    requests
        .iter()
        .map(|(plain, hurt)| {
            let length = format!("content-length: {}\r\n", body(hurt).len());
            assert!(head(hurt).to_lowercase().contains(&length));
            (String::from_utf8(body(plain).to_vec()).unwrap(), body(hurt).to_vec())
        })
        .collect()
}

/// The object with `more` before its closing brace.
fn with(plain: &str, more: &[u8]) -> Vec<u8> {
    [plain.strip_suffix('}').unwrap().as_bytes(), more, b"}"].concat()
}

#[test]
fn encodings_are_those_of_the_standard() {
    let forms = ["bom", "utf-16le", "utf-16be", "utf-32", "invalid", "truncated", "overlong"];
    let terms: Vec<String> = forms.iter().map(|form| format!("as: {form}")).collect();
    let faults: Vec<_> = terms.iter().map(|terms| ("encode", terms.as_str())).collect();
    let sent = bodies(&faults);
    let wide = |plain: &str, before: usize, after: usize| -> Vec<u8> {
        plain.bytes().flat_map(|b| [vec![0; before], vec![b], vec![0; after]].concat()).collect()
    };
    let expected: [Expected<'_, Vec<u8>>; 7] = [
        Box::new(|plain| [b"\xef\xbb\xbf", plain.as_bytes()].concat()),
        Box::new(|plain| [b"\xff\xfe".to_vec(), wide(plain, 0, 1)].concat()),
        Box::new(|plain| [b"\xfe\xff".to_vec(), wide(plain, 1, 0)].concat()),
        Box::new(|plain| [b"\xff\xfe\0\0".to_vec(), wide(plain, 0, 3)].concat()),
        Box::new(|plain| with(plain, b",\"note\":\"\xff\"")),
        Box::new(|plain| with(plain, b",\"note\":\"\xe4\xb8\"")),
        Box::new(|plain| with(plain, b",\"note\":\"\xc0\xaf\"")),
    ];
    for ((form, (plain, sent)), expected) in forms.iter().zip(&sent).zip(expected) {
        assert_eq!(*sent, expected(plain), "{form}");
    }
}

#[test]
fn loose_json_is_wrong_in_one_place_each() {
    let forms: [(&str, Expected<'_, Vec<u8>>); 11] = [
        ("comment", Box::new(|plain| format!("/* a comment */{plain} // another").into())),
        ("trailing-comma", Box::new(|plain| with(plain, b","))),
        ("single-quotes", Box::new(|plain| plain.replace('"', "'").into())),
        ("bare-keys", Box::new(|plain| with(plain, b",note:0"))),
        ("nan", Box::new(|plain| with(plain, b",\"note\":NaN"))),
        ("infinity", Box::new(|plain| with(plain, b",\"note\":-Infinity"))),
        ("hex", Box::new(|plain| with(plain, b",\"note\":0x1F"))),
        ("leading-zero", Box::new(|plain| with(plain, b",\"note\":007"))),
        ("two-documents", Box::new(|plain| format!("{plain}{plain}").into())),
        ("trailing-garbage", Box::new(|plain| format!("{plain}]garbage").into())),
        ("lines", Box::new(|plain| format!("{plain}\n{plain}\n").into())),
    ];
    let terms: Vec<String> = forms.iter().map(|(form, _)| format!("with: {form}")).collect();
    let faults: Vec<_> = terms.iter().map(|terms| ("loose-json", terms.as_str())).collect();
    for ((form, expected), (plain, sent)) in forms.iter().zip(bodies(&faults)) {
        assert_eq!(String::from_utf8_lossy(&sent), String::from_utf8_lossy(&expected(&plain)), "{form}");
        assert!(serde_json::from_slice::<Value>(&sent).is_err(), "{form} is no JSON");
    }
}

#[test]
fn a_body_is_replaced_cut_or_grown_and_its_length_is_right() {
    let sent = bodies(&[
        ("replace-body", ""),
        ("replace-body", "by: \"null\""),
        ("truncate-json", ""),
        ("truncate-json", "by: 200"),
        ("pad", "bytes: 5000"),
        ("pad", "bytes: 10"),
    ]);
    let [nothing, null, brace, much, padded, longer] = sent.as_slice() else { unreachable!() };
    assert_eq!(nothing.1, b"");
    assert_eq!(null.1, b"null");
    assert_eq!(brace.1, brace.0.strip_suffix('}').unwrap().as_bytes());
    assert_eq!(much.1, much.0.as_bytes()[..much.0.len() - 200]);
    assert_eq!(padded.1.len(), 5000);
    let mut value: Value = serde_json::from_slice(&padded.1).unwrap();
    assert!(value["padding"].as_str().unwrap().bytes().all(|byte| byte == b'x'));
    value.as_object_mut().unwrap().shift_remove("padding");
    assert_eq!(value.to_string(), padded.0);
    assert_eq!(longer.1, longer.0.as_bytes(), "what is longer already stays");
}

#[test]
fn gzip_is_honest_claimed_unclaimed_or_a_bomb() {
    let sent = hurt(
        "huawei",
        &[
            ("compress", ""),
            ("compress", "how: claimed"),
            ("compress", "how: unclaimed"),
            ("compress", "how: bomb, megabytes: 3"),
            ("compress", "how: nested-bomb, megabytes: 3"),
        ],
    );
    let inflated = |bytes: &[u8]| {
        let mut out = Vec::new();
        MultiGzDecoder::new(bytes).read_to_end(&mut out).unwrap();
        out
    };
    let coding = |request: &[u8]| {
        head(request)
            .lines()
            .find_map(|line| line.strip_prefix("Content-Encoding: ").map(str::to_owned))
            .unwrap_or_default()
    };
    let codings: Vec<String> = sent.iter().map(|(_, hurt)| coding(hurt)).collect();
    assert_eq!(codings, ["gzip", "gzip", "", "gzip", "gzip, gzip"]);
    let [honest, claimed, unclaimed, bomb, nested] = sent.as_slice() else { unreachable!() };
    assert_eq!(inflated(body(&honest.1)), body(&honest.0));
    assert_eq!(body(&claimed.1), body(&claimed.0));
    assert_eq!(inflated(body(&unclaimed.1)), body(&unclaimed.0));
    let mut inner = Vec::new();
    GzDecoder::new(body(&nested.1)).read_to_end(&mut inner).unwrap();
    for (plain, packed, most) in
        [(&bomb.0, body(&bomb.1), 8000), (&nested.0, inner.as_slice(), 8000), (&nested.0, &inner, 8000)]
    {
        let out = inflated(packed);
        assert_eq!(out.len(), body(plain).len() + 3 * (1 << 20));
        assert!(out.starts_with(body(plain)) && out.trim_ascii_end() == body(plain));
        assert!(packed.len() < most, "{} bytes on the wire", packed.len());
    }
    assert!(body(&nested.1).len() < body(&bomb.1).len());
}

#[test]
fn a_form_holds_the_json_as_its_payload() {
    let sent = hurt("huawei", &[("form", ""), ("form", "as: multipart")]);
    let [urlencoded, multipart] = sent.as_slice() else { unreachable!() };
    assert!(head(&urlencoded.1).contains("\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
    let fields: Vec<_> = url::form_urlencoded::parse(body(&urlencoded.1)).collect();
    assert_eq!(fields, [("payload".into(), String::from_utf8_lossy(body(&urlencoded.0)))]);
    let boundary = "----hookreel-boundary-7d1f";
    let kind = format!("\r\nContent-Type: multipart/form-data; boundary={boundary}\r\n");
    assert!(head(&multipart.1).contains(&kind));
    let plain = String::from_utf8_lossy(body(&multipart.0));
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n{plain}\r\n--{boundary}--\r\n"
    );
    assert_eq!(String::from_utf8_lossy(body(&multipart.1)), expected);
}

#[test]
fn another_spelling_has_the_same_values() {
    let forms = ["pretty", "crlf", "spaces", "key-order", "escaped-slashes", "unicode-escapes"];
    let marks = ["{\n  \"project_id\": ", "{\r\n  \"project_id\": ", " \t\r\n{", "", "\\/", "\\u0073"];
    let terms: Vec<String> = forms.iter().map(|form| format!("as: {form}")).collect();
    let faults: Vec<_> = terms.iter().map(|terms| ("respell", terms.as_str())).collect();
    for ((form, mark), (plain, sent)) in forms.iter().zip(marks).zip(bodies(&faults)) {
        let text = String::from_utf8(sent).unwrap();
        let (one, other): (Value, Value) =
            (serde_json::from_str(&plain).unwrap(), serde_json::from_str(&text).unwrap());
        assert_eq!(one, other, "{form}");
        assert!(text != plain && text.contains(mark), "{form}: {text}");
    }
}

/// The fields of the body after one fault, and before it.
fn values(faults: &[(&str, &str)]) -> Vec<(Value, Value)> {
    let parsed = |bytes: &[u8]| serde_json::from_slice(bytes).unwrap();
    bodies(faults).iter().map(|(plain, sent)| (parsed(plain.as_bytes()), parsed(sent))).collect()
}

#[test]
fn a_field_holds_what_it_was_set_to_and_the_rest_is_as_it_was() {
    let sent = values(&[
        ("set", "field: \"@duration\", to: \"0\""),
        ("set", "field: \"@file\", to: \"9007199254740993\""),
        ("set", "field: \"@file\", to: not json"),
        ("unset", ""),
        ("rename", ""),
        ("rename", "field: app, to: App"),
        ("retype", ""),
        ("retype", "field: \"@duration\""),
        ("retype", "field: \"@duration\", to: list"),
        ("retype", "field: \"@duration\", to: object"),
        ("retype", "field: \"@duration\", to: boolean"),
        ("retype", "field: \"@duration\", to: \"null\""),
        ("add-field", ""),
        ("add-field", "name: __proto__, value: \"{\\\"a\\\":1}\""),
    ]);
    let renamed = |plain: &mut Value, from: &str, to: &str| {
        let value = plain.as_object_mut().unwrap().shift_remove(from).unwrap();
        plain[to] = value;
    };
    let effects: [&dyn Fn(&mut Value); 14] = [
        &|plain| plain["record_duration"] = json!(0),
        &|plain| plain["job_id"] = json!(9_007_199_254_740_993_u64),
        &|plain| plain["job_id"] = json!("not json"),
        &|plain| drop(plain.as_object_mut().unwrap().shift_remove("job_id")),
        &|plain| renamed(plain, "job_id", "JOB_ID"),
        &|plain| renamed(plain, "app", "App"),
        &|plain| plain["auth_timestamp"] = plain["auth_timestamp"].to_string().into(),
        &|plain| plain["record_duration"] = json!("1800"),
        &|plain| plain["record_duration"] = json!([1800]),
        &|plain| plain["record_duration"] = json!({ "value": 1800 }),
        &|plain| plain["record_duration"] = json!(true),
        &|plain| plain["record_duration"] = json!(null),
        &|plain| plain["added_later"] = json!({ "nested": [1, null, true] }),
        &|plain| plain["__proto__"] = json!({ "a": 1 }),
    ];
    for (n, ((mut plain, mut hurt), effect)) in sent.into_iter().zip(effects).enumerate() {
        effect(&mut plain);
        // `app` is signed, so its absence is signed as well.
        if n == 5 {
            assert_ne!(hurt["auth_sign"], plain["auth_sign"]);
            hurt["auth_sign"] = plain["auth_sign"].clone();
        }
        assert_eq!(hurt, plain, "{n}");
    }
}

#[test]
fn an_id_that_a_message_says_in_several_places_is_changed_in_all_of_them() {
    let receiver = Raw::statuses(&[200]);
    let target = format!("http://127.0.0.1:{}/", receiver.port);
    let sent = |event: &[&str], fault: &str| -> Value {
        let before = receiver.requests().len();
        let seed = ["-t", &target, "--now", "2026-03-08T14:10:25Z", "--fault", fault];
        run(&[&["send"], event, &seed].concat());
        serde_json::from_slice(body(&receiver.requests().split_off(before)[0])).unwrap()
    };
    let none = "header:name=X-None,how=remove,class=legal";
    for (event, file, same) in [
        (["mux", "completed"], "/data/id", "/object/id"),
        (["tencent", "record"], "/file_id", "/record_file_id"),
    ] {
        let plain = sent(&event, none);
        assert_eq!(plain.pointer(file), plain.pointer(same));
        for (fault, expected) in [
            ("set:field=@file,to=\"12\",class=legal", Some(json!("12"))),
            ("set:field=@file,to=null,class=legal", Some(json!(null))),
            ("retype:field=@file,to=list,class=legal", Some(json!([plain.pointer(file)]))),
            ("unset:field=@file,class=legal", None),
        ] {
            let hurt = sent(&event, fault);
            assert_eq!(
                (hurt.pointer(file), hurt.pointer(same)),
                (expected.as_ref(), expected.as_ref()),
                "{fault}"
            );
        }
    }
    let hurt = sent(&["tencent", "record"], "rename:class=legal");
    assert!(hurt.get("record_file_id").is_none() && hurt.get("RECORD_FILE_ID").is_some(), "{hurt}");
    // A field by its own name is that field.
    let hurt = sent(&["mux", "completed"], "set:field=data.id,to=\"12\",class=legal");
    assert_ne!(hurt["object"]["id"], hurt["data"]["id"]);
    let hurt = sent(&["livekit", "egress_ended"], "name:as=emoji,class=legal");
    let rooms = [&hurt["egressInfo"]["roomName"], &hurt["egressInfo"]["roomComposite"]["roomName"]];
    assert!(rooms[0].is_string() && rooms[0] == rooms[1], "{hurt}");
}

#[test]
fn numbers_stand_as_they_were_written() {
    let digits = ["1e400", "-0", "1.0", "123456789012345678901234567890"];
    let terms: Vec<String> = digits.iter().map(|digits| format!("to: \"{digits}\"")).collect();
    let faults: Vec<_> = terms.iter().map(|terms| ("set", terms.as_str())).collect();
    for (digits, (plain, sent)) in digits.iter().zip(bodies(&faults)) {
        let expected = plain.replace("\"record_duration\":1800", &format!("\"record_duration\":{digits}"));
        assert_eq!(String::from_utf8(sent).unwrap(), expected);
    }
}

#[test]
fn a_key_stands_twice_at_either_end_and_in_either_spelling() {
    let sent = bodies(&[
        ("repeat-key", ""),
        ("repeat-key", "at: begin, value: \"[1]\""),
        ("repeat-key", "field: \"@signature\", spelling: escaped"),
    ]);
    let expected = [
        String::from_utf8(with(&sent[0].0, b",\"job_id\":\"other\"")).unwrap(),
        sent[1].0.replacen('{', "{\"job_id\":[1],", 1),
        String::from_utf8(with(&sent[2].0, b",\"\\u0061uth_sign\":\"other\"")).unwrap(),
    ];
    for ((_, sent), expected) in sent.iter().zip(expected) {
        assert_eq!(String::from_utf8_lossy(sent), expected);
    }
}

#[test]
fn bloat_comes_in_the_asked_amount() {
    let sent = bodies(&[
        ("bloat", "count: 3"),
        ("bloat", "with: keys, count: 3"),
        ("bloat", "with: colliding-keys, count: 4"),
        ("bloat", "with: long-key, count: 5"),
        ("bloat", "with: array, count: 3"),
    ]);
    let members: [&[u8]; 5] = [
        b",\"bloat\":[[[]]]",
        b",\"k0\":0,\"k1\":0,\"k2\":0",
        b",\"AaAa\":0,\"BBAa\":0,\"AaBB\":0,\"BBBB\":0",
        b",\"kkkkk\":0",
        b",\"bloat\":[0,0,0]",
    ];
    for ((plain, sent), members) in sent.iter().zip(members) {
        assert_eq!(String::from_utf8_lossy(sent), String::from_utf8_lossy(&with(plain, members)));
    }
}

#[test]
fn a_name_stands_in_every_field_that_names_the_stream() {
    let names = [
        ("sql", "mystream'; DROP TABLE recordings; --"),
        ("shell", "mystream$(id)`id`;id|id&&id"),
        ("template", "${7*7}{{7*7}}<%= 7*7 %>${jndi:ldap://127.0.0.1/a}"),
        ("ldap", "*)(uid=*))(|(uid=*"),
        ("html", "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"),
        ("line-break", "mystream\r\nINFO callback accepted"),
        ("ansi", "mystream\u{1b}[2J\u{1b}[31m"),
        ("path-traversal", "../../../../etc/passwd"),
        ("right-to-left", "mystream\u{202e}4pm.exe"),
        ("zero-width", "my\u{200b}stream"),
        ("look-alike", "mystre\u{430}m"),
        ("nul", "mystream\0.m3u8"),
        ("emoji", "mystream-\u{1f3a5}"),
        ("long, length: 3", "xxx"),
    ];
    let terms: Vec<String> = names.iter().map(|(word, _)| format!("as: {word}")).collect();
    let faults: Vec<_> = terms.iter().map(|terms| ("name", terms.as_str())).collect();
    for ((plain, hurt), (_, name)) in hurt("tencent", &faults).iter().zip(names) {
        let mut expected: Value = serde_json::from_slice(body(plain)).unwrap();
        expected["stream_id"] = name.into();
        expected["channel_id"] = name.into();
        assert_eq!(serde_json::from_slice::<Value>(body(hurt)).unwrap(), expected);
    }
    let (plain, sent) = bodies(&[("name", "as: lone-surrogate")]).remove(0);
    let sent = String::from_utf8(sent).unwrap();
    assert!(plain.contains("\"stream\":\"stream\"") || plain.contains("\"stream\":\"mystream\""));
    assert!(sent.contains(r#""stream":"mystream\ud83c","#), "{sent}");
}

#[test]
fn an_address_leads_where_the_fault_says() {
    let old = |value: &Value| value["download_url"].as_str().unwrap().to_owned();
    let forms: [(&str, Expected<'_, String>); 10] = [
        ("metadata", Box::new(|_| "http://169.254.169.254/latest/meta-data/".into())),
        ("loopback", Box::new(|_| "http://[::1]:22/".into())),
        ("decimal", Box::new(|_| "http://2130706433/".into())),
        (
            "userinfo",
            Box::new(|_| "https://mybucket.obs.cn-north-4.myhuaweicloud.com@169.254.169.254/".into()),
        ),
        ("file", Box::new(|_| "file:///etc/passwd".into())),
        ("path-traversal", Box::new(|old| format!("{old}/../../../../../etc/passwd"))),
        ("spaces", Box::new(|old| format!("{old}?title=two words"))),
        ("percent", Box::new(|old| format!("{old}?once=%2520&slash=%252F&plus=%2B"))),
        ("punycode", Box::new(|_| "https://xn--bcher-kva.example/record.m3u8".into())),
        ("long-query", Box::new(|old| format!("{old}?token={}", "a".repeat(8192)))),
    ];
    let terms: Vec<String> = forms.iter().map(|(form, _)| format!("as: {form}")).collect();
    let faults: Vec<_> = terms.iter().map(|terms| ("url", terms.as_str())).collect();
    for ((form, expected), (plain, hurt)) in forms.iter().zip(values(&faults)) {
        assert_eq!(old(&hurt), expected(&old(&plain)), "{form}");
        assert_ne!(hurt["auth_sign"], plain["auth_sign"], "{form} is signed");
    }
}

/// Heads after one fault each are what they should be, and the bodies are as they were.
#[track_caller]
fn heads(path: &str, cases: &[(&str, &str, Expected<'_, String>)]) {
    let faults: Vec<_> = cases.iter().map(|(name, terms, _)| (*name, *terms)).collect();
    for ((name, terms, expected), (plain, hurt)) in cases.iter().zip(hurt_at(path, "huawei", &faults)) {
        assert_eq!(head(&hurt), expected(&head(&plain)), "{name} {terms}");
        assert_eq!(body(&hurt), body(&plain), "{name} {terms}");
    }
}

/// The head with another stretch in the place of the first such one.
fn replaced(from: &'static str, to: &'static str) -> Expected<'static, String> {
    Box::new(move |head| head.replacen(from, to, 1))
}

/// The head with a line more.
fn added(line: &'static str) -> Expected<'static, String> {
    Box::new(move |head| format!("{}{line}\r\n\r\n", head.strip_suffix("\r\n").unwrap()))
}

#[test]
fn a_request_line_differs_in_what_the_fault_says_and_in_nothing_else() {
    let absolute = |head: &str| {
        let host = head.split("Host: ").nth(1).unwrap().split("\r\n").next().unwrap();
        head.replacen(" /cb?x=1 ", &format!(" http://{host}/cb?x=1 "), 1)
    };
    let last = |head: &str| added("Connection: close")(&head.replacen("POST", "HEAD", 1));
    heads(
        "/cb?x=1",
        &[
            ("method", "", replaced("POST ", "GET ")),
            ("method", "as: post", replaced("POST ", "post ")),
            ("method", "as: HEAD", Box::new(last)),
            ("request-target", "", replaced(" /cb?x=1 ", " /cb?x=1&a=1 ")),
            ("request-target", "as: trailing-slash", replaced(" /cb?x=1 ", " /cb/?x=1 ")),
            ("request-target", "as: double-slash", replaced(" /cb?x=1 ", " //cb?x=1 ")),
            ("request-target", "as: dot", replaced(" /cb?x=1 ", " /./cb?x=1 ")),
            ("request-target", "as: encoded-dot", replaced(" /cb?x=1 ", " /%2e/cb?x=1 ")),
            ("request-target", "as: encoded-letter", replaced(" /cb?x=1 ", " /%63b?x=1 ")),
            ("request-target", "as: bad-escape", replaced(" /cb?x=1 ", " /cb?x=1&a=%zz ")),
            ("request-target", "as: raw-utf-8", replaced(" /cb?x=1 ", " /cb?x=1&a=é ")),
            ("request-target", "as: absolute", Box::new(absolute)),
        ],
    );
    heads(
        "/",
        &[
            ("request-target", "", replaced(" / ", " /?a=1 ")),
            ("request-target", "as: encoded-letter", replaced(" / ", " /%2f ")),
        ],
    );
}

#[test]
fn headers_differ_in_what_the_fault_says_and_in_nothing_else() {
    let long = "x".repeat(70_000);
    let homeless = |head: &str| {
        let lines = head.split_inclusive("\r\n").filter(|line| !line.starts_with("Host:"));
        lines.collect::<String>()
    };
    let flooded = |head: &str| {
        format!("{}X-Flood-1: {long}\r\nX-Flood-2: {long}\r\n\r\n", head.strip_suffix("\r\n").unwrap())
    };
    let kind = "content-type: application/json\r\n";
    heads(
        "/",
        &[
            ("host", "", Box::new(homeless)),
            ("host", "as: two", added("Host: other.example")),
            ("header", "", added("X-Forwarded-For: 127.0.0.1")),
            (
                "header",
                "name: Content-Type, value: text/plain",
                replaced(kind, "Content-Type: text/plain\r\n"),
            ),
            ("header", "name: Content-Type, value: text/plain, how: add", added("Content-Type: text/plain")),
            ("header", "name: Content-Type, how: remove", replaced(kind, "")),
            ("header-flood", "count: 2, bytes: 70000", Box::new(flooded)),
            ("malformed-header", "", added("X-Note: one\0two")),
            ("malformed-header", "as: fold", added("X-Note: one\r\n two")),
            ("malformed-header", "as: space-before-colon", added("X-Note : x")),
            ("malformed-header", "as: bare-cr", added("X-Note: one\rX-Other: two")),
            ("malformed-header", "as: utf-8", added("X-Note: café")),
        ],
    );
    let (_, latin) = hurt("huawei", &[("malformed-header", "as: latin-1")]).remove(0);
    assert!(latin.strip_suffix(body(&latin)).unwrap().ends_with(b"\r\nX-Note: caf\xe9\r\n\r\n"));
}

#[test]
fn header_names_change_their_case_and_nothing_else() {
    let sent =
        hurt("huawei", &[("header-case", ""), ("header-case", "as: lower"), ("header-case", "as: mixed")]);
    for ((plain, hurt), first) in sent.iter().zip(["HOST: ", "host: ", "hOsT: "]) {
        assert!(head(hurt).split("\r\n").nth(1).unwrap().starts_with(first));
        assert_eq!(head(hurt).to_lowercase(), head(plain).to_lowercase());
    }
}

#[test]
fn a_fault_that_cannot_be_put_says_why() {
    for (fault, why) in [
        ("set: {field: \"@nothing\"}", "there is no part `@nothing`"),
        ("unset: {field: nothing}", "has no field `nothing`"),
        ("rename: {field: app, to: app}", "`app` is its name already"),
        ("retype: {field: \"@stream\"}", "`stream` of RECORD_FILE_COMPLETE cannot be sent as other"),
        (
            "retype: {field: \"@signature\", to: number}",
            "`auth_sign` of RECORD_FILE_COMPLETE cannot be sent as number",
        ),
        ("add-field: {name: app}", "has a field `app` already; the fault `set` changes it"),
        ("header-flood: {count: 100000, bytes: 1000000}", "at most 268435456 bytes of headers are sent"),
        ("name: {as: htlm}", "did you mean `html`?"),
    ] {
        let (_folder, path) = scenario(&format!(
            "provider: huawei\nrecording: {{hls: {{}}}}\nsigning: {{key: {KEY}}}\n\
             broadcast: [{{0s: push}}, {{2m: drop}}]\nsubscribe: [RECORD_FILE_COMPLETE]\nfaults: [{{{fault}}}]\n"
        ));
        let output = run(&["plan", &path]);
        exits(&output, 2);
        let said = stderr(&output);
        assert!(said.contains(why), "{fault}: {said}");
    }
}

/// The class of the callback that a fault is put on, after the reference receiver did as it says.
fn class(provider: &str, fault: &str) -> String {
    let revision = provider::find(provider, "").unwrap().newest();
    let (_folder, path) = scenario(&format!(
        "provider: {provider}\nrecording: {{hls: {{}}}}\nsigning: {{key: {KEY}}}\n\
         broadcast: [{{0s: push}}, {{2m: drop}}]\nsubscribe: [{}]\nfaults: [{{{fault}}}]\n",
        revision.reading.file_events[0]
    ));
    let output = run(&["run", &path, "--report", "json"]);
    exits(&output, 0);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    report["scenarios"][0]["callbacks"][0]["class"].as_str().unwrap().into()
}

#[test]
fn a_value_that_could_be_the_providers_is_legal_and_one_that_must_be_there_is_not_spared() {
    for provider in ["huawei", "tencent"] {
        for (fault, expected) in [
            ("set: {field: \"@duration\", to: \"7\"}", "legal"),
            ("set: {field: \"@duration\", to: \"7.5\"}", "rough"),
            ("set: {field: \"@duration\", to: seven}", "rough"),
            ("set: {field: \"@file\", to: another}", "legal"),
            ("set: {field: \"@file\", to: \"null\"}", "hostile"),
            ("set: {field: \"@event\", to: \"null\"}", "hostile"),
            ("set: {field: \"@signature\", to: forged}", "hostile"),
            // Signed by its value, whatever its spelling.
            ("set: {field: \"@stream\", to: '\"\\u006dystream\"'}", "legal"),
            ("set: {field: \"@url\", to: '\"https:\\/\\/h\\/a\"'}", "legal"),
            ("unset: {field: \"@time\"}", "hostile"),
            ("unset: {field: \"@duration\"}", "rough"),
            ("rename: {field: \"@event\"}", "hostile"),
            ("retype", "legal"),
            ("name: {as: emoji}", "legal"),
            ("request-target", "legal"),
        ] {
            let fault = if fault.contains(':') { fault.to_owned() } else { format!("{fault}: {{}}") };
            assert_eq!(class(provider, &fault), expected, "{provider} {fault}");
        }
    }
    assert_eq!(class("huawei", "set: {field: \"@event\", to: RECORD_NEWS}"), "legal");
    assert_eq!(class("tencent", "set: {field: \"@event\", to: \"999\"}"), "legal");
}

/// Time and signature of a Mux callback, and what the signature of a time is.
fn stamped(fault: &str) -> (String, String, impl Fn(&str) -> String + use<>) {
    let receiver = Raw::statuses(&[400]);
    let (_folder, path) = scenario(&format!(
        "provider: mux\nrecording: {{hls: {{}}}}\nsigning: {{key: {KEY}}}\nbroadcast: [{{0s: push}}, {{2m: drop}}]\n\
         subscribe: [video.asset.live_stream_completed]\ndelivery: {{retry: none}}\nfaults: [{{{fault}}}]\n"
    ));
    exits(&run(&["run", &path, "-t", &receiver.port(), "--now", "2026-03-08T14:10:25Z"]), 0);
    let request = receiver.requests().remove(0);
    let text = String::from_utf8(request.clone()).unwrap();
    let line = text.lines().find(|line| line.to_lowercase().starts_with("mux-signature:")).unwrap();
    let (time, signature) = line.split_once(": t=").unwrap().1.split_once(",v1=").unwrap();
    let sign = move |time: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
        mac.update(format!("{time}.").as_bytes());
        mac.update(body(&request));
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    };
    (time.to_owned(), signature.to_owned(), sign)
}

#[test]
fn time_and_signature_are_changed_in_the_header_where_they_stand() {
    let (time, signature, sign) = stamped("header: {name: X-None, how: remove, class: hostile}");
    assert_eq!(signature, sign(&time), "as the vendor would send it");
    let (later, signature, sign) = stamped("tamper: {field: \"@time\"}");
    let time: i64 = later.parse().unwrap();
    assert_eq!(signature, sign(&(time - 60).to_string()), "signed for a minute before");
    for (to, written) in
        [("zero", "0"), ("negative", "-1"), ("largest", "9223372036854775807"), ("empty", "")]
    {
        let (time, signature, sign) = stamped(&format!("retime: {{to: {to}}}"));
        assert_eq!((time.as_str(), signature), (written, sign(written)), "{to}: signed as it is written");
    }
    for (to, start) in [("plus", "+1"), ("leading-zero", "01"), ("leading-space", " 1")] {
        let (time, signature, sign) = stamped(&format!("retime: {{to: {to}}}"));
        assert!(time.starts_with(start), "{to}: {time}");
        assert_eq!(signature, sign(&time), "{to}");
    }
    assert_eq!(stamped("set: {field: \"@signature\", to: forged}").1, "forged");
    let (time, signature, sign) = stamped("signature: {as: 0x}");
    assert_eq!(signature, format!("0x{}", sign(&time)));
    for (provider, fault, why) in [
        ("mux", "retime: {to: other-type}", "a header has no types"),
        ("mux", "signature: {as: list}", "a signature in a header cannot be written as `list`"),
        ("alibaba", "retime: {to: leading-space}", "a space before the value of a header belongs to HTTP"),
        ("livekit", "retime: {to: zero}", "the time stands inside a token"),
        ("livekit", "tamper: {field: \"@time\"}", "the time stands inside a token"),
        ("trtc", "retime: {to: zero}", "the signature has no time in it"),
        ("trtc", "repeat-key: {field: \"@time\"}", "no field of the body holds the time"),
        ("agora", "contradict: {}", "no field of these messages is known to hold the url"),
        (
            "zoom",
            "tamper: {field: \"@duration\"}",
            "no field of these messages is known to hold the duration",
        ),
    ] {
        let recording = if ["trtc", "livekit", "zoom"].contains(&provider) { "mp4" } else { "hls" };
        let (_folder, path) = scenario(&format!(
            "provider: {provider}\nrecording: {{{recording}: {{}}}}\nsigning: {{key: {KEY}}}\n\
             broadcast: [{{0s: push}}, {{2m: drop}}]\nfaults: [{{{fault}}}]\n"
        ));
        let output = run(&["plan", &path]);
        exits(&output, 2);
        assert!(stderr(&output).contains(why), "{provider} {fault}: {}", stderr(&output));
    }
}

#[test]
fn an_address_inside_another_field_is_one_that_a_fault_finds() {
    let (_folder, path) = scenario(&format!(
        "provider: zoom\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\nsubscribe: [recording.completed]\n\
         broadcast: [{{0s: push}}, {{2m: drop}}]\nfaults: [contradict]\n"
    ));
    let output = run(&["plan", &path, "--format", "json"]);
    exits(&output, 0);
    let plan = stdout(&output);
    assert_eq!(
        plan.matches("\"download_url\": \"https://elsewhere.invalid/contradicted.m3u8\"").count(),
        1,
        "{plan}"
    );
    assert_eq!(plan.matches("\"download_url\": \"https://zoom.example/").count(), 1, "{plan}");
}
