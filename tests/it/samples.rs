//! Our bodies held against the vendors' printed examples, revision by revision: the same keys, the same JSON types.

use std::collections::BTreeMap;

use hookreel::provider::declared::compare;
use hookreel::provider::{ALL, FieldNames, Provider, Revision, find};
use serde_json::Value;

use crate::stage::{KEY, exits, file, plain_recording, run, scenario, stdout};

/// Keys on which example and body differ, and why that is right. `-` = in the example only, `+` = in our body only.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    // The vendor's table calls both mandatory; its example lacks them.
    ("tencent livecode", "+duration", "mandatory in the table"),
    ("tencent livecode", "+stream_param", "mandatory in the table"),
];

/// The example as JSON. One that is broken as printed is refused first, and then mended in the one way it needs.
fn example(provider: &str, revision: &str) -> Value {
    let folder = file("tests/samples").join(provider);
    if let Ok(text) = std::fs::read_to_string(folder.join(format!("{revision}.json"))) {
        return serde_json::from_str(&text).unwrap();
    }
    let broken = folder.join(format!("{revision}.broken.json"));
    assert!(broken.exists(), "{provider} {revision}: no {revision}.json, and no {}", broken.display());
    let text = std::fs::read_to_string(broken).unwrap();
    serde_json::from_str::<Value>(&text).unwrap_err();
    let mended = text
        .replace("\"\n  \"auth_sign\"", "\",\n  \"auth_sign\"")
        .replace(": yourapp,", ": \"yourapp\",")
        .replace(": yourappname,", ": \"yourappname\",");
    serde_json::from_str(&mended).unwrap()
}

/// Our body for the finished file, with everything that only sending knows.
fn ours(provider: &Provider, revision: &Revision) -> Value {
    let key =
        if revision.signatures.is_empty() { "{method: none}".into() } else { format!("{{key: {KEY}}}") };
    let recording = plain_recording(provider);
    let (_folder, path) = scenario(&format!(
        "provider: {{name: {}, revision: \"{}\", shape: documented}}\nstream: {{params: a=b}}\n\
         recording: {recording}\nmedia: {{jitter: off}}\nsigning: {key}\nbroadcast: [{{0s: push}}, {{2m: drop}}]\n",
        provider.name, revision.name
    ));
    let plan: Value = serde_json::from_str(&stdout(&run(&["plan", &path, "--format", "json"]))).unwrap();
    let callbacks = plan["scenarios"][0]["callbacks"].as_array().unwrap().clone();
    let mut bodies = callbacks.iter().map(|callback| {
        let id = callback["id"].as_str().unwrap();
        serde_json::from_str(&stdout(&run(&["plan", &path, "--body", id]))).unwrap()
    });
    // An edition that names no file is held by the message that names it now.
    let reading = match revision.reading.file_events {
        [] if revision.reading.event_field.is_some() => provider.newest().reading,
        _ => revision.reading,
    };
    let told = bodies.find(|body| announces_a_file(reading, body));
    assert!(told.is_some(), "{} {}: no callback announces a file", provider.name, revision.name);
    told.unwrap()
}

/// Read as the reference receiver reads it.
fn announces_a_file(reading: &FieldNames, body: &Value) -> bool {
    reading.event_field.is_none_or(|field| {
        if body[field].is_null() && !reading.file_marks.is_empty() {
            return reading.marks_a_file(|name| body.get(name).is_some());
        }
        let event = body[field].as_str().map_or_else(|| body[field].to_string(), str::to_owned);
        reading.file_events.contains(&event.as_str())
    })
}

fn types(value: &Value) -> BTreeMap<String, &'static str> {
    let kind = |value: &Value| match value {
        Value::String(_) => "text",
        Value::Number(number) if number.is_f64() => "fraction",
        Value::Number(_) => "number",
        _ => "other",
    };
    value.as_object().unwrap().iter().map(|(key, value)| (key.clone(), kind(value))).collect()
}

#[test]
fn every_revision_has_the_keys_and_types_of_the_vendors_example() {
    for provider in ALL {
        for revision in provider.revisions {
            let name = format!("{} {}", provider.name, revision.name);
            let (example, ours) =
                (types(&example(provider.name, revision.name)), types(&ours(provider, revision)));
            let mut found: Vec<String> =
                example.keys().filter(|key| !ours.contains_key(*key)).map(|key| format!("-{key}")).collect();
            found.extend(ours.keys().filter(|key| !example.contains_key(*key)).map(|key| format!("+{key}")));
            let expected: Vec<&str> =
                DIFFERENCES.iter().filter(|(of, ..)| *of == name).map(|(_, key, _)| *key).collect();
            assert_eq!(found, expected, "{name}");
            for (key, kind) in &ours {
                assert!(example.get(key).is_none_or(|printed| printed == kind), "{name}: {key} is a {kind}");
            }
        }
    }
}

#[test]
fn messages_of_senders_whose_files_come_with_the_program_have_the_names_and_kinds_of_their_samples() {
    for (sender, events) in [
        ("zoom", ["recording.started", "recording.completed"].as_slice()),
        ("sparkrtc", &["RECORD_FILE_COMPLETE"]),
    ] {
        let recording = "recording: {mp4: {}}\nbroadcast: [{0s: push}, {2m: drop}]\n";
        let (_folder, path) = scenario(&format!("provider: {sender}\nsigning: {{key: {KEY}}}\n{recording}"));
        let plan: Value = serde_json::from_str(&stdout(&run(&["plan", &path, "--format", "json"]))).unwrap();
        let callbacks = plan["scenarios"][0]["callbacks"].as_array().unwrap();
        for event in events {
            let sample = std::fs::read(file(&format!("tests/samples/{sender}/{event}.json"))).unwrap();
            let sample: Value = serde_json::from_slice(&sample).unwrap();
            let own = callbacks.iter().find(|callback| callback["event"] == *event).unwrap();
            assert_eq!(compare(&sample, &own["body"]), [], "{sender} {event}");
        }
    }
}

#[test]
fn the_vendors_worked_example_of_durations_is_met() {
    let huawei = find("huawei", "").unwrap();
    let complete = ours(huawei, huawei.newest());
    assert_eq!(complete["record_duration"], 120);
    let example = example("huawei", "2024");
    // 120 seconds lie between the example's own times, and between ours.
    for body in [&complete, &example] {
        let time = |key: &str| body[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second();
        assert_eq!(time("end_time") - time("start_time"), body["record_duration"].as_i64().unwrap());
    }
}

#[test]
fn the_push_callback_has_the_keys_and_types_of_the_vendors_example() {
    let text = std::fs::read_to_string(file("tests/samples/huawei/push.broken.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap_err();
    let example: Value = serde_json::from_str(&text.replace("PUBLISH\"", "PUBLISH\",")).unwrap();
    let plan: Value = serde_json::from_str(&stdout(&run(&[
        "plan",
        "@push/huawei",
        "--format",
        "json",
        "--now",
        "2026-01-01T00:00:00Z",
    ])))
    .unwrap();
    let told = |event: &str| -> Vec<Value> {
        let callbacks = plan["scenarios"][0]["callbacks"].as_array().unwrap().iter();
        callbacks
            .filter(|callback| callback["event"] == event)
            .map(|callback| callback["body"].clone())
            .collect()
    };
    let id = plan["scenarios"][0]["callbacks"][0]["id"].as_str().unwrap();
    let ours: Value = serde_json::from_str(&stdout(&run(&["plan", "@push/huawei", "--body", id]))).unwrap();
    assert_eq!(types(&ours), types(&example));
    // One push has one time stamp, in both its messages; the next push has another.
    let (begins, ends) = (told("PUBLISH"), told("PUBLISH_DONE"));
    assert_eq!((begins.len(), ends.len()), (2, 2));
    for (begin, end) in begins.iter().zip(&ends) {
        assert_eq!(begin["publish_timestamp"], end["publish_timestamp"]);
    }
    assert_ne!(begins[0]["publish_timestamp"], begins[1]["publish_timestamp"]);
}

#[test]
fn a_body_without_a_key_looks_as_its_setting_says() {
    let ours = |provider: &str, how: &str| -> Value {
        let (_folder, path) = scenario(&format!(
            "provider: {{name: {provider}, settings: {{without_key: {how}}}}}\nrecording: {{mp4: {{}}}}\n\
             broadcast: [{{0s: push}}, {{2m: drop}}]\n"
        ));
        let plan: Value = serde_json::from_str(&stdout(&run(&["plan", &path, "--format", "json"]))).unwrap();
        let last = plan["scenarios"][0]["callbacks"].as_array().unwrap().last().unwrap()["id"].clone();
        let now = "2026-01-01T00:00:00Z";
        let body = run(&["plan", &path, "--body", last.as_str().unwrap(), "--now", now]);
        serde_json::from_str(&stdout(&body)).unwrap()
    };
    for (provider, sign, time) in [("huawei", "auth_sign", "auth_timestamp"), ("tencent", "sign", "t")] {
        let absent = ours(provider, "absent");
        assert!(absent.get(sign).is_none() && absent.get(time).is_none());
        let empty = ours(provider, "empty");
        assert_eq!((&empty[sign], &empty[time]), (&"".into(), &"".into()));
    }
    let alone = ours("tencent", "time-alone");
    // printf 1767226200 | md5sum
    assert_eq!(
        (&alone["t"], &alone["sign"]),
        (&1_767_226_200.into(), &"9d74678f41571b36ebfb73d633ae6561".into())
    );
}

#[test]
fn a_field_that_two_messages_have_is_told_as_that_of_the_message_shown() {
    for (args, told) in [
        (["alibaba", "publish"], "signed  ingest domain; it is signed"),
        (["tencent", "push"], "1 = push, 0 = interruption"),
        (["tencent", "record"], "100 = a recorded file"),
    ] {
        let output = run(&["show", args[0], args[1]]);
        exits(&output, 0);
        assert!(stdout(&output).contains(told), "{args:?}: {}", stdout(&output));
    }
}
