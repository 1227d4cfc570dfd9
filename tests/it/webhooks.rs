//! Standard Webhooks, the way to sign that any scenario can choose.

use hookreel::provider::stamp::Stamp;
use hookreel::provider::{ALL, standard_webhooks};

use crate::peers::Peer;
use crate::serving::Served;
use crate::stage::{KEY, Raw, exits, hookreel, plain_recording, run, scenario, stderr, stdout};

/// A scenario of a provider that is signed so.
fn signed_so(provider: &hookreel::provider::Provider, signing: &str) -> (tempfile::TempDir, String) {
    scenario(&format!(
        "provider: {}\nrecording: {}\nsigning: {{method: standard-webhooks, {signing}}}\n\
         broadcast: [{{0s: push}}, {{5m: drop}}]\n",
        provider.name,
        plain_recording(provider)
    ))
}

#[test]
fn the_vector_of_the_specification_and_our_own_are_met() {
    for (key, id, time, body, right) in [
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            r#"{"test": 2432232314}"#,
            "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "msg_1",
            "1772979025",
            r#"{"type":"recording.completed","timestamp":"2026-03-08T14:10:25Z","data":{"id":"r1"}}"#,
            "TglvZF6Iwd22Y83bGCBKKL0xwywcDx6J8/Jg3hXTfLo=",
        ),
    ] {
        let stamp = Stamp { signatures: Vec::new(), time, id, host: "localhost", fields: None };
        let sign =
            |key: &str| stamp.sign(&standard_webhooks::SIGNATURE, &key.to_owned().into(), body.as_bytes());
        assert_eq!(sign(key), right);
        // With or without what stands before the base64.
        assert_eq!(sign(key.strip_prefix("whsec_").unwrap()), right);
        assert_ne!(sign(&format!("x{key}")), right);
    }
}

#[test]
fn every_sender_can_sign_so_and_libraries_of_others_accept_it() {
    for script in ["webhooks_stdlib.py", "webhooks_sdk.py", "webhooks_sdk.js"] {
        let Some(peer) = Peer::start(script) else {
            println!("NOT TESTED: {script}: its library is not installed");
            continue;
        };
        for provider in ALL {
            // Whoever wants a body of its own for an answer does not get one from a library.
            let (_folder, path) = signed_so(provider, &format!("key: {KEY}"));
            let text = std::fs::read_to_string(&path).unwrap() + "delivery: {success: {status: 200}}\n";
            std::fs::write(&path, text).unwrap();
            exits(&run(&["run", &path, "-t", &peer.port]), 0);
        }
        for (seed, fault) in
            ["wrong-key", "unsign", "expire:by=1s", "skew:by=6m,to=fast", "wrong-scheme:as=hmac-of-time"]
                .into_iter()
                .enumerate()
        {
            // The body has the second in it: an id of its own, for a receiver that takes no id for two messages.
            let seed = (100 + seed).to_string();
            let args = ["send", "livekit", "egress_ended", "--method", "standard-webhooks", "-t", &peer.port];
            let output = run(&[&args[..], &["--fault", fault, "--seed", &seed]].concat());
            exits(&output, 0);
            assert!(stdout(&output).contains("401"), "{script} {fault}: {}", stdout(&output));
        }
    }
}

#[test]
fn our_own_receiver_takes_it_from_every_sender_under_load_too() {
    for provider in ALL {
        let served = Served::start(provider.name, &["--method", "standard-webhooks"]);
        let (_folder, path) = signed_so(provider, &format!("key: {KEY}"));
        exits(&run(&["run", &path, "-t", &served.port]), 0);
        let args = ["--rate", "max", "--count", "60", "--duration", "30s", "--connections", "4"];
        let output = run(&[&["load", &path, "-t", &served.port][..], &args].concat());
        exits(&output, 0);
        assert!(stdout(&output).contains("60 accepted"), "{}", stdout(&output));
        exits(&run(&["run", &path, "-t", &served.port, "--now", "2020-01-01T00:00:00Z"]), 1);
    }
}

fn header(request: &[u8], name: &str) -> String {
    let head = String::from_utf8_lossy(request).into_owned();
    let line = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
    line.unwrap()
}

#[test]
fn the_id_stays_over_retries_and_a_replaced_key_signs_beside_the_new_one() {
    let tencent = hookreel::provider::find("tencent", "").unwrap();
    let receiver = Raw::statuses(&[500, 500, 200]);
    let (_folder, path) = signed_so(tencent, &format!("key: {KEY}"));
    exits(&run(&["run", &path, "-t", &receiver.port()]), 0);
    let ids: Vec<String> = receiver.requests().iter().map(|it| header(it, "webhook-id")).collect();
    assert!(ids.len() == 3 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert!(!String::from_utf8_lossy(&receiver.requests()[0]).contains("\"sign\""));
    for (accepts, amount) in [("both", 2), ("newer", 1)] {
        let receiver = Raw::statuses(&[200]);
        let keys = format!(
            "accepts: {accepts}, keys: [{{key: {KEY}, until: 6m}}, {{key: AAECAwQFBgcICQoLDA0ODxAREhMUFRYX}}]"
        );
        let (folder, path) = signed_so(tencent, &keys);
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.replace("{5m: drop}", "{5m: drop}, {20m: push}, {25m: drop}");
        std::fs::write(&path, format!("{text}subscribe: [push, record, interrupt]\n")).unwrap();
        exits(&run(&["run", &path, "-t", &receiver.port()]), 0);
        let requests = receiver.requests();
        let lists: Vec<usize> =
            requests.iter().map(|it| header(it, "webhook-signature").split(' ').count()).collect();
        assert!(lists.first() == Some(&1) && lists.last() == Some(&amount), "{accepts}: {lists:?}");
        drop(folder);
    }
}

#[test]
fn a_key_that_is_no_base64_is_a_mistake_and_nothing_is_sent() {
    let receiver = Raw::statuses(&[200]);
    let (_folder, path) = signed_so(hookreel::provider::find("srs", "").unwrap(), "key: \"whsec_?\"");
    let output = run(&["run", &path, "-t", &receiver.port()]);
    exits(&output, 2);
    assert!(stderr(&output).contains("this is not a key of Standard Webhooks"), "{}", stderr(&output));
    assert_eq!(receiver.requests().len(), 0);
}

#[test]
fn a_signature_of_standard_webhooks_is_verified_and_its_mistakes_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let body = folder.path().join("body.json");
    let text = r#"{"type":"recording.completed","timestamp":"2026-03-08T14:10:25Z","data":{"id":"r1"}}"#;
    std::fs::write(&body, text).unwrap();
    let verify = |signature: &str| {
        let mut command = hookreel();
        command.args(["verify", "huawei", &body.display().to_string(), "--method", "standard-webhooks"]);
        command.args(["--secret-env", "K", "--explain", "--now", "2026-03-08T14:10:35Z"]);
        command.args(["-H", "webhook-id: msg_1", "-H", "webhook-timestamp: 1772979025", "-H"]);
        command.arg(format!("webhook-signature: {signature}"));
        let output = command.env("K", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").output().unwrap();
        stdout(&output)
    };
    let right = verify("v1,abc v1,TglvZF6Iwd22Y83bGCBKKL0xwywcDx6J8/Jg3hXTfLo=");
    assert!(right.starts_with("right: ") && right.contains("valid for another 4m50s"), "{right}");
    let of = |key: &str, message: &str| {
        let digest = hookreel::provider::signature::Signature::hex(
            hookreel::callback::Digests::HmacSha256,
            &[hookreel::provider::signature::SignedPart::Body],
        );
        let signature = hookreel::provider::signature::Signature {
            encoding: hookreel::callback::Encoding::Base64,
            ..digest
        };
        format!("v1,{}", signature.sign_bytes(&key.to_owned().into(), message.as_bytes()))
    };
    let whole = format!("msg_1.1772979025.{text}");
    let undecoded = verify(&of("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", &whole));
    assert!(undecoded.contains("used as a text, not decoded from base64"), "{undecoded}");
    let prefixed = verify(&of("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", &whole));
    assert!(prefixed.contains("with whsec_ before it"), "{prefixed}");
    let another = verify("v1a,abc");
    assert!(another.contains("its signature does not stand behind `v1,`"), "{another}");
}

#[test]
fn a_shipped_scenario_is_signed_so_by_a_flag_and_what_came_is_verified_without_one() {
    let key = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let play = |args: &[&str]| {
        let mut command = hookreel();
        command.args(args).args(["--secret-env", "K"]).env("K", key);
        let output = command.output().unwrap();
        exits(&output, 0);
        (stdout(&output), stderr(&output))
    };
    for scenario in ["@tencent/single-file", "@huawei/normal", "@srs/segments"] {
        let receiver = Raw::statuses(&[200]);
        let port = receiver.port();
        let (_, warned) = play(&["run", scenario, "-t", &port, "--method", "standard-webhooks"]);
        assert!(!warned.contains("console"), "{warned}");
        play(&["plan", scenario, "--method", "standard-webhooks"]);
        let request = receiver.requests().remove(0);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("came.http");
        std::fs::write(&file, &request).unwrap();
        let file = file.display().to_string();
        let signature = header(&request, "webhook-signature");
        for more in [&[][..], &["--computed", &signature]] {
            let (text, _) = play(&[&["verify", &file][..], more].concat());
            assert!(text.starts_with("right") || text.contains("computed: right"), "{scenario}: {text}");
        }
    }
}

#[test]
fn a_right_receiver_passes_the_cases_of_signatures_and_times() {
    for provider in ["huawei", "agora"] {
        let output =
            run(&["audit", provider, "--method", "standard-webhooks", "--strict", "--only", "B,C,D"]);
        exits(&output, 0);
    }
}

#[test]
fn every_shipped_scenario_is_accepted_when_it_is_signed_so() {
    for provider in ALL {
        let mut command = hookreel();
        command.args(["run", &format!("@{}", provider.name), "--method", "standard-webhooks", "-q"]);
        let output = command
            .args(["--secret-env", "WEBHOOK_KEY"])
            .env("WEBHOOK_KEY", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
            .output()
            .unwrap();
        exits(&output, 0);
    }
}
