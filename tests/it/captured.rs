//! Our bodies held against captured messages: for each there are settings under which a plan has the same keys in the same order,
//! the same JSON types, and values of the same shape.

use serde_json::{Map, Value};

use crate::stage::{exits, file, run, scenario, stderr, stdout};

/// A captured message, and the settings under which ours is like it.
struct Capture<'a> {
    name: &'static str,
    event: &'static str,
    provider: &'a str,
    recording: &'static str,
    keyed: bool,
}

const CAPTURES: &[Capture<'static>] = &[
    Capture {
        name: "t2017-05-flv",
        event: "record",
        provider: "{name: tencent, revision: livecode, settings: {captured: 2017-05}}",
        recording: "{flv: {}}",
        keyed: true,
    },
    Capture {
        name: "t2018-08-interrupt",
        event: "interrupt",
        provider: "{name: tencent, revision: livecode, settings: {captured: 2018-08}}",
        recording: "{flv: {}}",
        keyed: true,
    },
    Capture {
        name: "t2019-04-mix",
        event: "record",
        provider: "{name: tencent, revision: livecode}",
        recording: "{mp4: {}}",
        keyed: true,
    },
    Capture {
        name: "t2019-07-nokey",
        event: "record",
        provider: "{name: tencent, revision: livecode, settings: {bizid: \"\"}}",
        recording: "{mp4: {}}",
        keyed: false,
    },
    Capture {
        name: "t2025-04-cos",
        event: "record",
        provider: "{name: tencent, settings: {storage: cos}}",
        recording: "{hls: {}}",
        keyed: false,
    },
    Capture {
        name: "doc2025-interrupt",
        event: "interrupt",
        provider: "tencent",
        recording: "{hls: {}}",
        keyed: true,
    },
    Capture {
        name: "doc2025-332",
        event: "record_status",
        provider: "tencent",
        recording: "{hls: {}}",
        keyed: true,
    },
];

/// What a value looks like: its JSON type, and for a text which of the vendor's forms it has.
fn form(value: &Value) -> String {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let hex = |text: &str| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match value {
        Value::String(text) if text == "(signature)" || hex(text) => "signature".into(),
        Value::String(text) if digits(text) => match text.len() {
            ..=14 => "short digits".into(),
            _ => "long digits".into(),
        },
        Value::String(text) if text.split_once('_').is_some_and(|(id, rest)| digits(id) && hex(rest)) => {
            "<appid>_<32 hex>".into()
        }
        Value::String(text) if text.starts_with("http://") => address(text),
        Value::String(text) if text.starts_with('{') => {
            let inner: Map<String, Value> = serde_json::from_str(text).unwrap();
            let inner: Vec<String> =
                inner.iter().map(|(name, value)| format!("{name}: {}", form(value))).collect();
            format!("JSON with {}", inner.join(", "))
        }
        Value::String(_) => "text".into(),
        Value::Number(number) if number.is_f64() => "fraction".into(),
        Value::Number(_) => "number".into(),
        other => other.to_string(),
    }
}

/// An address with its own names replaced.
fn address(text: &str) -> String {
    let (host, path) = text.trim_start_matches("http://").split_once('/').unwrap();
    let kind =
        ["vod2.myqcloud.com", "cos.ap-shanghai.myqcloud.com"].into_iter().find(|kind| host.ends_with(kind));
    let digits = |part: &str| {
        let shape = part.chars().map(|c| if c.is_ascii_digit() { '0' } else { c });
        shape.collect::<String>()
    };
    let mut form = kind.unwrap_or("elsewhere").to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    for (at, part) in parts.iter().enumerate() {
        form.push('/');
        match part {
            // The last part is the file's own name; the folders are drawn, but for what each account's has.
            _ if at + 1 == parts.len() => form.push_str(&digits(part)),
            part if part.contains("vod") => form.push_str("<8 hex>vod"),
            part if *part == "streams" => form.push_str(part),
            _ => form.push('*'),
        }
    }
    form
}

/// Names of account and stream may be short digits; so may a stream's parameters be empty.
const NAMES: &[&str] =
    &["stream_id", "channel_id", "stream_param", "app", "appname", "domain", "record_temp_id"];

fn forms(body: &Map<String, Value>) -> Vec<(String, String)> {
    let form = |name: &str, value: &Value| match value {
        Value::String(_) if NAMES.contains(&name) => "name".into(),
        _ => form(value),
    };
    body.iter().map(|(name, value)| (name.clone(), form(name, value))).collect()
}

/// The bodies of an event in the plan of a scenario.
fn planned(capture: &Capture<'_>) -> Vec<Map<String, Value>> {
    let key = if capture.keyed { "signing: {key: 0123456789abcdef0123456789abcdef}\n" } else { "" };
    let (_folder, path) = scenario(&format!(
        "provider: {}\nstream: {{name: \"119\", params: a=b}}\nrecording: {}\n{key}subscribe: [{}]\n\
         broadcast: [{{0s: push}}, {{20m: drop}}]\n",
        capture.provider, capture.recording, capture.event
    ));
    let plan: Value = serde_json::from_str(&stdout(&run(&["plan", &path, "--format", "json"]))).unwrap();
    let callbacks = plan["scenarios"][0]["callbacks"].as_array().unwrap().clone();
    callbacks.into_iter().map(|callback| callback["body"].as_object().unwrap().clone()).collect()
}

#[test]
fn each_captured_message_has_settings_under_which_ours_is_like_it() {
    let folder = file("tests/samples/captured");
    let names = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<String> =
        names.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    let mut known: Vec<&str> = CAPTURES.iter().map(|capture| capture.name).collect();
    known.sort_unstable();
    assert_eq!(names, known);
    for capture in CAPTURES {
        let text = std::fs::read_to_string(folder.join(format!("{}.json", capture.name))).unwrap();
        let captured: Map<String, Value> = serde_json::from_str(&text).unwrap();
        let bodies = planned(capture);
        assert!(!bodies.is_empty(), "{}", capture.name);
        for ours in bodies {
            assert_eq!(forms(&ours), forms(&captured), "{}\n{ours:?}\n{captured:?}", capture.name);
        }
    }
}

#[test]
fn a_task_of_2019_is_a_number_beyond_2_to_the_63_and_since_2025_the_session() {
    let one = |provider: &str| {
        let capture = Capture { name: "", event: "record", provider, recording: "{mp4: {}}", keyed: true };
        planned(&capture).remove(0)
    };
    let task: u64 = one("{name: tencent, revision: livecode}")["task_id"].as_str().unwrap().parse().unwrap();
    assert!(task > 1 << 63, "{task}");
    let body = one("tencent");
    let ext: Value = serde_json::from_str(body["callback_ext"].as_str().unwrap()).unwrap();
    assert_eq!(ext["session_id"], body["task_id"]);
}

#[test]
fn a_shape_or_storage_that_does_not_exist_is_shown_where_it_stands() {
    for (provider, words) in [
        ("{name: tencent, shape: observd}", ["`documented` or `observed`", "did you mean `observed`"]),
        ("{name: tencent, settings: {storage: coss}}", ["expected one of vod, cos", "did you mean `cos`"]),
        (
            "{name: zlmediakit, settings: {first_index: first}}",
            ["`first_index` cannot be set to that", "expected a whole number"],
        ),
        (
            "{name: huawei, shape: observed}",
            ["no captured message of huawei is known", "expected `documented`"],
        ),
        (
            "{name: tencent, shape: documented, settings: {captured: 2019-04}}",
            ["is for captured messages, and these are the documented ones", "shape: observed"],
        ),
    ] {
        let (_folder, path) = scenario(&format!(
            "provider: {provider}\nrecording: {{hls: {{}}}}\nbroadcast: [{{0s: push}}, {{2m: drop}}]\n"
        ));
        let output = run(&["check", &path]);
        exits(&output, 2);
        for word in words {
            assert!(stderr(&output).contains(word), "{provider}\n{}", stderr(&output));
        }
        assert!(stderr(&output).contains(":1:"), "{}", stderr(&output));
    }
}

#[test]
fn the_documented_shape_is_one_word_away() {
    for revision in ["livecode", "2020-08", "2021-07", "2022-01", "2022-11", "2025"] {
        let keys = |shape: &str| {
            let provider = format!("{{name: tencent, revision: \"{revision}\", shape: {shape}}}");
            let capture = Capture {
                name: "",
                event: "record",
                provider: &provider,
                recording: "{mp4: {}}",
                keyed: true,
            };
            planned(&capture).remove(0).keys().cloned().collect::<Vec<_>>()
        };
        let (documented, observed) = (keys("documented"), keys("observed"));
        assert!(observed.is_sorted() && !documented.is_sorted(), "{revision}");
        assert!(documented.iter().all(|key| observed.contains(key)), "{revision}");
        assert_eq!(documented.contains(&"video_id".to_owned()), revision == "livecode");
        assert!(observed.contains(&"video_id".to_owned()));
    }
}
