//! Faults as such: whatever is put on one callback leaves the others alone, and chance depends on nothing but the seed.

use hookreel::fault::{ALL, Effect};
use proptest::prelude::*;
use serde_json::Value;

use crate::stage::{KEY, exits, run, scenario, stderr, stdout};

const SIGNED: &str = "recording: {hls: {cycle: 30m}}";

/// Four files of one stream, as a plan.
fn plan(provider: &str, faults: &str, seed: &str) -> Result<Vec<Value>, String> {
    let keys = match provider {
        "zlmediakit" => "recording: {mp4: {cycle: 30m}}".to_owned(),
        "livekit" => format!("recording: {{hls: {{}}}}\nsigning: {{key: {KEY}}}"),
        "\"@zoom\"" => {
            format!("recording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\nsubscribe: [endpoint.url_validation]")
        }
        "huawei" => format!("{SIGNED}\nsigning: {{key: {KEY}}}\nsubscribe: [RECORD_FILE_COMPLETE]"),
        _ => format!("{SIGNED}\nsigning: {{key: {KEY}}}\nsubscribe: [record]"),
    };
    let (_folder, path) = scenario(&format!(
        "provider: {provider}\n{keys}\n\
         broadcast: [{{0s: push}}, {{2h: drop}}]\nfaults: {faults}\n"
    ));
    let output = run(&["plan", &path, "--format", "json", "--seed", seed, "--now", "2026-01-01T00:00:00Z"]);
    // 4 = a plan without a callback.
    if ![Some(0), Some(4)].contains(&output.status.code()) {
        return Err(stderr(&output));
    }
    let plan: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let mut callbacks = plan["scenarios"][0]["callbacks"].as_array().unwrap().clone();
    // Where the file lies is no part of a callback.
    callbacks.iter_mut().for_each(|callback| drop(callback.as_object_mut().unwrap().remove("place")));
    Ok(callbacks)
}

fn by_id<'a>(plan: &'a [Value], id: &Value) -> Option<&'a Value> {
    plan.iter().find(|callback| callback["id"] == *id)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn a_fault_touches_only_the_callback_it_is_put_on(
        at in 0..ALL.len(),
        nth in 1_usize..=4,
        seed in 0_u64..1000,
        huawei: bool,
    ) {
        let (fault, seed) = (ALL[at], seed.to_string());
        let provider = if huawei { "huawei" } else { "tencent" };
        let plain = plan(provider, "[]", &seed).unwrap();
        // One that cannot be put on this provider's callback says so, and changes nothing.
        if let Ok(hurt) = plan(provider, &format!("[{{{}: {{nth: {nth}}}}}]", fault.name), &seed) {
            for (n, callback) in plain.iter().enumerate().filter(|(n, _)| n + 1 != nth) {
                let same = by_id(&hurt, &callback["id"]);
                prop_assert!(same == Some(callback), "{} on {nth} changed {n}", fault.name);
            }
        }
    }
}

#[test]
fn every_fault_can_be_put_somewhere_and_says_what_it_does() {
    for fault in ALL {
        let terms = format!("[{{{}: {{}}}}]", fault.name);
        let plans = ["huawei", "tencent", "livekit", "\"@zoom\""].map(|provider| plan(provider, &terms, "1"));
        assert!(plans.iter().any(Result::is_ok), "{}: {plans:?}", fault.name);
        assert!(fault.meaning.len() > 15, "{}", fault.name);
        let names: std::collections::BTreeSet<_> = fault.params.iter().map(|param| param.name).collect();
        assert_eq!(names.len(), fault.params.len(), "{}", fault.name);
        assert!(!names.iter().any(|name| ["on", "nth", "chance", "class"].contains(name)), "{}", fault.name);
        for callback in
            plans.into_iter().flatten().flatten().filter(|c| c["why"].as_str().unwrap().contains("copy"))
        {
            assert!(matches!(fault.effect, Effect::Order(_)), "{}: {callback}", fault.name);
        }
    }
}

#[test]
fn chance_is_drawn_by_seed_and_callback() {
    let hurt = |chance: &str, seed: &str| -> Vec<bool> {
        let plan = plan("tencent", &format!("[{{expire: {{chance: {chance}}}}}]"), seed).unwrap();
        plan.iter().map(|callback| callback["class"] == "hostile").collect()
    };
    assert_eq!(hurt("0.000001", "1"), [false; 4]);
    assert_eq!(hurt("1", "1"), [true; 4]);
    assert_eq!(hurt("0.5", "7"), hurt("0.5", "7"));
    let half: Vec<bool> = (0..40).flat_map(|seed| hurt("0.5", &seed.to_string())).collect();
    let share = half.iter().filter(|hurt| **hurt).count();
    assert!((50..110).contains(&share), "{share} of 160");
}

// T24, F8.
#[test]
fn what_is_wrong_with_a_fault_is_told_with_its_place() {
    for (faults, word) in [
        ("[expir]", "did you mean `expire`"),
        ("[{expire: {bye: 1s}}]", "did you mean `by`"),
        ("[{expire: {by: soon}}]", "expected a duration such as 90s"),
        (
            "[{expire: {nth: 9}}]",
            "nth: 9, but this scenario has only 4 callbacks: the fault would test nothing",
        ),
        ("[{expire: {on: recrd}}]", "did you mean `record`"),
        ("[{expire: {chance: 2}}]", "expected a number above 0, up to 1"),
        ("[{expire: {chance: 0}}]", "0 would hit no callback"),
        ("[{expire: {}, skew: {}}]", "an entry holds one fault"),
        ("[{reorder: {how: sideways}}]", "expected one of swap, reverse, rotate, shuffle"),
        ("[{reorder: {nth: 1}}]", "it takes two callbacks to change places"),
    ] {
        let error = plan("tencent", faults, "1").unwrap_err();
        assert!(error.contains(word), "{faults}\n{error}");
        assert!(error.contains("scenario.yaml:6:"), "{faults}\n{error}");
    }
    let (_folder, path) = scenario(
        "provider: tencent\nrecording: {mp4: {}}\nsigning: {method: none}\nbroadcast: [{0s: push}, {5m: drop}]\n\
         faults: [expire]\n",
    );
    let output = run(&["check", &path]);
    exits(&output, 2);
    assert!(stderr(&output).contains("nothing is signed here"), "{}", stderr(&output));
}

#[test]
fn a_class_is_that_of_the_callbacks_it_was_said_of() {
    let faults = "[{signature: {nth: 1, as: zeros}}, {signature: {nth: 2, as: upper, class: legal}}]";
    let plan = plan("tencent", faults, "1").unwrap();
    let classes: Vec<&str> = plan.iter().map(|callback| callback["class"].as_str().unwrap()).collect();
    assert_eq!(classes, ["hostile", "legal", "legal", "legal"]);
}

#[test]
fn the_list_gives_the_class_that_the_default_terms_come_to() {
    let list = stdout(&run(&["list", "faults"]));
    for fault in ALL {
        let line = list.lines().find(|line| line.starts_with(&format!("{}  ", fault.name))).unwrap();
        let listed: Vec<&str> =
            line.rsplit_once('(').unwrap().1.trim_end_matches(')').split(" and ").collect();
        let mut seen = Vec::new();
        let mut senders = vec!["huawei", "tencent", "zlmediakit"];
        // It waits for three seconds, and a pause of three is rough for it alone.
        senders.extend((fault.name == "pause").then_some("\"@zoom\""));
        // A token bears a time of sending, so a clock that is wrong is seen.
        senders.extend((fault.name == "skew").then_some("livekit"));
        for provider in senders {
            let callbacks = plan(provider, &format!("[{}]", fault.name), "1").unwrap_or_default();
            // Beside what is rough a plain callback is sent.
            let hit =
                callbacks.iter().filter(|callback| callback["faults"] == serde_json::json!([fault.name]));
            seen.extend(hit.map(|callback| callback["class"].as_str().unwrap().to_owned()));
        }
        for class in &seen {
            assert!(listed.contains(&class.as_str()), "{}: {class} is not in {listed:?}", fault.name);
        }
        assert!(
            seen.is_empty() || listed.iter().all(|class| seen.iter().any(|c| c == class)),
            "{line}: {seen:?}"
        );
    }
    // These once stood there with the least of their classes.
    for (name, class) in [
        ("torn", "hostile"),
        ("content-length", "hostile"),
        ("url", "rough"),
        ("smuggle", "legal and hostile"),
    ] {
        let filtered = stdout(&run(&["list", "faults", name]));
        assert!(
            filtered
                .lines()
                .any(|line| line.starts_with(&format!("{name}  ")) && line.ends_with(&format!("({class})"))),
            "{filtered}"
        );
    }
}

/// Alibaba's message of a file names no event: it is known by its fields.
#[test]
fn an_unknown_event_is_not_the_message_of_a_file() {
    let text = "provider: alibaba\nrecording: {mp4: {}}\nbroadcast: [{0s: push}, {2h: drop}]\n";
    let (_folder, path) = scenario(&format!("{text}subscribe: [record_file]\nfaults: [unknown-event]\n"));
    let output = run(&["plan", &path, "--format", "json"]);
    exits(&output, 0);
    let plan: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let sent = &plan["scenarios"][0]["callbacks"][0]["body"];
    let sent: Value = sent.as_str().map_or_else(|| sent.clone(), |text| serde_json::from_str(text).unwrap());
    let names: Vec<&String> = sent.as_object().unwrap().keys().collect();
    assert_eq!(names, ["domain", "app", "stream", "event"]);
}

#[test]
fn a_list_can_be_asked_for_a_part_of_it() {
    let lines = |args: &[&str]| stdout(&run(args));
    assert!(lines(&["list", "faults", "C"]).starts_with("C: "));
    assert!(!lines(&["list", "faults", "C"]).contains("\nD: "));
    let of = |sender: &str| lines(&["list", "cases", sender]);
    let (tencent, srs) = (of("TENCENT"), of("srs"));
    assert!(tencent.lines().count() > 200 && tencent.contains("C48 ") && !tencent.contains(" huawei: "));
    assert!(srs.lines().count() > 200 && !srs.contains(" tencent: "), "a sender that no row names");
    assert!(lines(&["list", "cases", "C265"]).lines().count() > 0);
    assert!(lines(&["list", "scenarios", "huawei"]).lines().count() < lines(&["list"]).lines().count());
    // What is indented belongs to the line above it.
    assert!(lines(&["list", "providers", "tencent"]).lines().count() > 3);
    exits(&run(&["list", "bugs", "zzzz"]), 2);
}

/// A copy has the bytes of its original as long as both suffer the same; a right receiver can tell where they do not.
#[test]
fn a_copy_and_its_original_carry_what_was_put_on_each_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let timed =
        ["expire: {}", "skew: {by: 3h, to: slow}", "wrong-key: {}", "set: {field: \"@file\", to: other}"];
    let bytes = ["wrong-key: {}", "pad: {}", "truncate-json: {}"];
    let senders: [(&str, &[&str]); 3] = [
        ("tencent", &[&timed[..], &["retime: {to: far-future}", "retime: {to: milliseconds}"]].concat()),
        ("mux", &[&timed[..3], &bytes[1..]].concat()),
        ("trtc", &bytes),
    ];
    let mut count = 0;
    for (provider, faults) in senders {
        for (fault, nth) in faults.iter().flat_map(|fault| [(fault, 1), (fault, 2)]) {
            for (when, again) in [("after", "true"), ("last", "false")] {
                let hurt = fault.replace('{', &format!("{{nth: {nth}, ")).replace(", }", "}");
                let text = format!(
                    "name: \"{count}\"\nprovider: {provider}\nrecording: {{hls: {{}}}}\n\
                     signing: {{key: {KEY}, resign_retries: {again}}}\n\
                     broadcast: [{{0s: push}}, {{5m: drop}}]\nfaults: [{{duplicate: {{when: {when}}}}}, {{{hurt}}}]\n"
                );
                std::fs::write(folder.path().join(format!("{count}.yaml")), text).unwrap();
                count += 1;
            }
        }
    }
    let output = run(&["run", folder.path().to_str().unwrap(), "--jobs", "4"]);
    exits(&output, 0);
    assert!(stdout(&output).contains(&format!("passed: {count} scenarios")), "{}", stdout(&output));
}

/// The key comes late and every retry repeats its bytes: what was signed with the wrong key cannot be among them.
#[test]
fn a_retry_with_the_right_key_does_not_repeat_what_the_wrong_one_signed() {
    let (_folder, path) = scenario(&format!(
        "provider: tencent\nrecording: {{hls: {{}}}}\nsigning: {{key: {KEY}, resign_retries: false}}\n\
         broadcast: [{{0s: push}}, {{5m: drop}}]\nfaults: [{{wrong-key: {{attempts: 2}}}}]\n"
    ));
    let output = run(&["run", &path]);
    exits(&output, 0);
    assert!(stdout(&output).contains("3 attempts"), "{}", stdout(&output));
}

#[test]
fn limits_events_and_terms_of_faults_are_told_in_one_round() {
    let (_folder, path) = scenario(
        "provider: huawei\nrecording: {hls: {cycle: 20h}}\nsubscribe: [RECORD_FILE_COMPLET]\nbroadcast: [{0s: push}, {10m: drop}]\n\
         faults:\n  - duplicate: {nth: 99}\n  - tamper: {field: nonsense}\n  - expire: {by: 5parsecs}\n",
    );
    let output = run(&["check", &path]);
    exits(&output, 2);
    let told = stderr(&output);
    for mistake in [
        "a cycle of 20h is beyond Huawei's limits",
        "there is no event `RECORD_FILE_COMPLET`",
        "nth: 99, but this scenario has only",
        "has no field `nonsense`",
        "`by` cannot be set to that",
    ] {
        assert_eq!(told.matches(mistake).count(), 1, "{mistake}: {told}");
    }
}
