//! Senders that sign in a header: the vendors' printed vectors, and what the commands say of them.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;

use hookreel::callback::{Body, Encoding, FieldSlot};
use hookreel::provider::signature::{SignatureKeys, SignedMessage, bytes_signed_in_head, seal};
use hookreel::provider::{Provider, find, find_revision};

use crate::peers::Peer;
use crate::serving::Served;
use crate::stage::{KEY, Raw, exits, hookreel, run, scenario, stderr, stdout};

/// The key of our own vectors.
const OURS: &str = "hookreel-test-key-0123456789abcdef";

/// These bytes, signed by a provider's newest revision.
fn signed(provider: &str, key: &str, body: &str, time: i64) -> SignedMessage {
    let newest = find(provider, "").unwrap().newest();
    signed_in((provider, newest.name), key, body, time)
}

/// These bytes, signed by a provider's revision of this name.
fn signed_in((provider, revision): (&str, &str), key: &str, body: &str, time: i64) -> SignedMessage {
    let provider: &'static Provider = find(provider, "").unwrap();
    let revision = find_revision(provider, revision, "").unwrap();
    let (method, signature) = &revision.signatures[0];
    let settings =
        provider.settings.iter().map(|setting| (setting.name, setting.default.to_owned())).collect();
    let signing = SignatureKeys {
        method: *method,
        signature,
        key: key.to_owned().into(),
        others: Default::default(),
        lifetime: provider.lifetime,
        time: revision.signed_time,
        resign_retries: true,
    };
    let template =
        bytes_signed_in_head(body.to_owned().into(), signature, revision.signed_headers, &settings);
    seal(&template, Some(&signing), time)
}

fn header(message: &SignedMessage, name: &str) -> String {
    let value = message.headers.iter().find(|(known, _)| *known == name).unwrap();
    String::from_utf8(value.1.clone()).unwrap()
}

/// The body of the vendor's page 647/90450, tabs and line ends as printed.
const TRTC: &str = "{\n\t\"EventGroupId\":\t2,\n\t\"EventType\":\t204,\n\t\"CallbackTs\":\t1664209748188,\n\t\"EventInfo\":\t{\n\t\t\"RoomId\":\t8489,\n\t\t\"EventTs\":\t1664209748,\n\t\t\"EventMsTs\":\t1664209748180,\n\t\t\"UserId\":\t\"user_85034614\",\n\t\t\"Reason\":\t0\n\t}\n}";

#[test]
fn the_vendors_printed_vector_of_trtc_is_met_and_so_is_ours() {
    let printed = signed("trtc", "123654", TRTC, 0);
    assert_eq!(header(&printed, "Sign"), "kkoFeO3Oh2ZHnjtg8tEAQhtXK16/KI05W3BQff8IvGA=");
    let body = r#"{"EventGroupId":3,"EventType":310,"CallbackTs":1772979025000,"EventInfo":{"RoomId":"room1","EventTs":"1772979025","UserId":"recorder_1","TaskId":"task-1","Payload":{"Status":0,"FileList":["a.mp4"]}}}"#;
    assert_eq!(
        header(&signed("trtc", OURS, body, 0), "Sign"),
        "k2tQ77BWXh2LRbXWZFTWQ4cIDHSsMCylrE1WQiy3WOg="
    );
}

#[test]
fn the_vendors_printed_digests_of_agora_are_met_both_at_once() {
    let body = r#"{"eventMs":1560408533119,"eventType":10,"noticeId":"4eb720f0-8da7-11e9-a43e-53f411c2761f","notifyMs":1560408533119,"payload":{"a":"1","b":2},"productId":1}"#;
    let printed = signed("agora", "secret", body, 0);
    assert_eq!(header(&printed, "Agora-Signature"), "033c62f40f687675f17f0f41f91a40c71c0f134c");
    assert_eq!(
        header(&printed, "Agora-Signature-V2"),
        "6d3320c60b11101395b7fc8f9068748808a0aa1bfa064438e39d1bc2c7d74d99"
    );
    let body = r#"{"noticeId":"2000001428:4330:107","productId":3,"eventType":31,"notifyMs":1772979025000,"payload":{"cname":"ch1","uid":"527841","sid":"0123456789abcdef0123456789abcdef","sequence":5,"sendts":1772979025000,"serviceType":0,"details":{"msgName":"uploaded","status":0,"fileList":[]}}}"#;
    let ours = signed("agora", OURS, body, 0);
    assert_eq!(header(&ours, "Agora-Signature"), "9c10e2ccea34fa1fbff324f0366d7c853941bbd5");
    assert_eq!(
        header(&ours, "Agora-Signature-V2"),
        "dc5798fda97a72e637fd58fa6e3cff7c98194c9009037923c1e424488a623079"
    );
}

/// `sign` and `verify` with the body on standard input.
fn piped(args: &[&str], body: &str) -> std::process::Output {
    piped_with(args, body, "123654")
}

/// The same with this key.
fn piped_with(args: &[&str], body: &str, key: &str) -> std::process::Output {
    let mut command = hookreel();
    command.args(args).env("K", key);
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(body.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_body_is_signed_and_verified_by_its_header() {
    let sign = piped(&["sign", "trtc", "-", "--secret-env", "K"], TRTC);
    assert_eq!(stdout(&sign), "Sign: kkoFeO3Oh2ZHnjtg8tEAQhtXK16/KI05W3BQff8IvGA=\n");
    let header = stdout(&sign).trim().to_owned();
    let verify = |args: &[&str], body: &str| {
        piped(&[&["verify", "trtc", "-", "--secret-env", "K"], args].concat(), body)
    };
    let right = verify(&["-H", &header], TRTC);
    exits(&right, 0);
    assert!(stdout(&right).starts_with("right: the signature matches"), "{}", stdout(&right));
    let printed_again = TRTC.replace(['\n', '\t'], "");
    let wrong = verify(&["-H", &header, "--explain"], &printed_again);
    exits(&wrong, 1);
    assert!(stdout(&wrong).starts_with("wrong: the signature does not match"), "{}", stdout(&wrong));
    let none = verify(&[], TRTC);
    exits(&none, 2);
    assert!(stderr(&none).contains("there is no header `Sign`"), "{}", stderr(&none));
}

#[test]
fn a_header_that_bears_the_signature_is_the_senders() {
    let output = run(&["run", "@trtc/mp4", "-H", "sign: mine"]);
    exits(&output, 2);
    assert!(stderr(&output).contains("this header holds the signature of trtc"), "{}", stderr(&output));
}

#[test]
fn a_no_that_is_never_repeated_costs_what_was_told() {
    let receiver = Raw::statuses(&[500]);
    let output = run(&["run", "@srs/session", "-t", &receiver.port()]);
    exits(&output, 1);
    let text = stdout(&output);
    assert!(text.contains("refused for good"), "{text}");
    assert!(text.contains("srs never sends a callback again"), "{text}");
    assert_eq!(receiver.requests().len(), 1);
}

#[test]
fn every_attempt_bears_its_own_time_and_signature_over_it() {
    let receiver = Raw::statuses(&[500, 500, 200]);
    let output = run(&["run", "@trtc/compact", "-t", &receiver.port()]);
    exits(&output, 0);
    let requests = receiver.requests();
    // Two that failed, and one for each of the three callbacks.
    assert_eq!(requests.len(), 5);
    for request in &requests {
        let text = String::from_utf8_lossy(request);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let right = header(&signed("trtc", KEY, body, 0), "Sign");
        assert!(head.contains(&format!("Sign: {right}\r\n")), "{head}");
        assert!(head.contains("SdkAppId: 1400000000\r\n") && !head.contains("accept"), "{head}");
    }
}

#[test]
fn a_place_inside_a_body_is_set_read_and_taken_away_by_its_path() {
    let inner = serde_json::json!({"b": [{"c": 1}, {"c": 2}]});
    let mut body = Body::new([("a".into(), FieldSlot::Value(inner))]);
    assert_eq!(body.value("a.b[1].c"), Some(&2.into()));
    body.set("a.b[1].c", FieldSlot::Value(7.into()));
    body.set("a.d", FieldSlot::Value("x".into()));
    assert_eq!(body.value("a"), Some(&serde_json::json!({"b": [{"c": 1}, {"c": 7}], "d": "x"})));
    body.remove("a.b[0]");
    assert_eq!(body.at("a.b[0].c"), Some(FieldSlot::Value(7.into())));
    assert_eq!(body.at("a.x.y"), None);
}

/// The body of our own vector of LiveKit.
const EGRESS: &str = r#"{"event":"egress_ended","egressInfo":{"egressId":"EG_abcdefghijkl","roomName":"room1","status":"EGRESS_COMPLETE"},"id":"EV_abcdefghijkl","createdAt":"1772979025"}"#;
/// Its token of 2026-06, at 1772979025.
const ISSUED: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJBUEl0ZXN0a2V5IiwiZXhwIjoxNzcyOTc5MzI1LCJuYmYiOjE3NzI5NzkwMjUsImlhdCI6MTc3Mjk3OTAyNSwic2hhMjU2IjoiaVUzYnBIL05KVWZQQU1ydTFUeGlnTWx1QkFqRnd5eWljWkhXK2VBWE5FMD0ifQ.8Gtxcl_AnkLmfxErXKXnDQae_jCC5XBFcHZaPo2sqjk";
/// Its token of the editions before.
const SORTED: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE3NzI5NzkzMjUsImlzcyI6IkFQSXRlc3RrZXkiLCJuYmYiOjE3NzI5NzkwMjUsInNoYTI1NiI6ImlVM2JwSC9OSlVmUEFNcnUxVHhpZ01sdUJBakZ3eXlpY1pIVytlQVhORTA9In0.OoEKF6jDvKcGGBqgC13O9N1hj086qwa7K7KkxcxmL5U";

#[test]
fn the_vectors_of_both_editions_of_livekits_token_are_met() {
    for (revision, token) in
        [("2023-04", SORTED), ("2025-06", SORTED), ("2026-06", ISSUED), ("2026-08", ISSUED)]
    {
        let message = signed_in(("livekit", revision), OURS, EGRESS, 1_772_979_025);
        assert_eq!(header(&message, "Authorization"), token, "{revision}");
    }
}

#[test]
fn a_token_that_proves_nothing_is_explained() {
    let verify = |token: &str, body: &str| {
        let header = format!("Authorization: {token}");
        let args =
            ["verify", "livekit", "-", "--secret-env", "K", "--explain", "--now", "2026-03-08T14:10:30Z"];
        let output = piped_with(&[&args[..], &["-H", &header]].concat(), body, OURS);
        stdout(&output)
    };
    for token in [ISSUED, SORTED] {
        let right = verify(token, EGRESS);
        assert!(right.starts_with("right: the signature matches"), "{right}");
        assert!(right.contains("valid for another 4m55s"), "{right}");
    }
    let forged = |claims: &str| {
        let text =
            format!("{}.{}", ISSUED.split('.').next().unwrap(), Encoding::Base64Url.write(claims.as_bytes()));
        let provider = find("livekit", "").unwrap();
        let signature = &provider.newest().signatures[0].1;
        format!("{text}.{}", signature.sign_bytes(&OURS.to_owned().into(), text.as_bytes()))
    };
    let none =
        format!("{}.{}.", Encoding::Base64Url.write(br#"{"alg":"none"}"#), ISSUED.split('.').nth(1).unwrap());
    let hash = "894ddba47fcd2547cf00caeed53c6280c96e0408c5c32ca27191d6f9e017344d";
    for (token, says) in [
        (format!("Bearer {ISSUED}"), "`Bearer` stands before the token"),
        (none, "its header says `alg: none`"),
        (forged(r#"{"iss":"A","exp":1772979325}"#), "no claim `sha256`"),
        (forged(&format!(r#"{{"iss":"A","exp":1772979325,"sha256":"{hash}"}}"#)), "in hexadecimal digits"),
        (ISSUED.replace("8Gtxcl_", "8Gtxcl-"), "none of the known ones fits"),
        ("nothing".into(), "this is not a token"),
    ] {
        let text = verify(&token, EGRESS);
        assert!(text.starts_with("wrong: the "), "{text}");
        assert!(text.contains(says), "{says}: {text}");
    }
    let spaced = verify(ISSUED, &EGRESS.replace("\":\"egress", "\": \"egress"));
    assert!(spaced.contains("is the hash of the same JSON written again"), "{spaced}");
}

#[test]
fn what_waits_too_long_behind_refused_messages_is_dropped_without_a_word() {
    let receiver = Raw::statuses(&[500; 16]);
    let output = run(&["run", "@livekit/short", "-t", &receiver.port()]);
    exits(&output, 1);
    let text = stdout(&output);
    // Five attempts over 15 s for each: the last event, due after 12 s, would wait for 33 s.
    assert_eq!(receiver.requests().len(), 15, "{text}");
    assert!(text.contains("livekit drops what waited longer than 30s"), "{text}");
    assert!(text.contains("it waited 33s"), "{text}");
    let older = Raw::statuses(&[500; 21]);
    let (_folder, path) = crate::stage::scenario(
        &std::fs::read_to_string(crate::stage::file("scenarios/livekit/short.yaml"))
            .unwrap()
            .replace("provider: livekit", "provider: {name: livekit, revision: \"2023-04\"}"),
    );
    exits(&run(&["run", &path, "-t", &older.port()]), 1);
    assert_eq!(older.requests().len(), 20);
}

#[test]
fn a_retry_of_livekit_is_the_first_sending_again_byte_for_byte_and_a_no_is_final() {
    let receiver = Raw::statuses(&[503, 200, 401, 200, 200]);
    let output = run(&["run", "@livekit/mp4", "-t", &receiver.port()]);
    exits(&output, 1);
    let requests = receiver.requests();
    assert_eq!(requests.len(), 5, "{}", stdout(&output));
    assert_eq!(requests[0], requests[1]);
    let text = stdout(&output);
    assert!(text.contains("refused for good"), "{text}");
    // A body by itself proves nothing here: the line sends headers, too.
    assert!(text.contains("hookreel plan @livekit/mp4 --curl livekit-") && text.contains("| curl"), "{text}");
}

/// This sender names a file by its room and the second.
#[test]
fn no_two_bystanders_of_a_second_record_into_one_file() {
    let text = format!(
        "provider: livekit\nrecording: {{mp4: {{}}}}\nsigning: {{key: {KEY}}}\nbroadcast: [{{0s: push}}, {{2m: drop}}]\n\
         faults: [encode: {{on: any}}]\n"
    );
    let (_folder, path) = scenario(&text);
    let plan: serde_json::Value =
        serde_json::from_str(&stdout(&run(&["plan", &path, "--format", "json"]))).unwrap();
    let callbacks = plan["scenarios"][0]["callbacks"].as_array().unwrap();
    let beside = callbacks.iter().filter(|callback| callback["id"].as_str().unwrap().ends_with("-bystander"));
    let files: Vec<&serde_json::Value> =
        beside.map(|callback| &callback["body"]["egressInfo"]["fileResults"][0]["filename"]).collect();
    let different: BTreeSet<String> = files.iter().map(|file| file.as_str().unwrap().to_owned()).collect();
    assert_eq!((files.len(), different.len()), (4, 4), "{files:?}");
}

#[test]
fn a_receiver_takes_tokens_of_the_issuers_that_it_was_told_and_its_page_makes_them() {
    let sent = |served: &Served, issuer: &str| {
        let mut command = hookreel();
        command.args(["send", "livekit", "egress_ended", "-t", &served.port, "--secret-env", "K"]);
        command.args(["--setting", &format!("api_key={issuer}")]).env("K", KEY).output().unwrap()
    };
    let usual = Served::keyed("livekit", Some(KEY), &[]);
    exits(&sent(&usual, "APItestkey"), 0);
    let refused = sent(&usual, "APIone");
    exits(&refused, 1);
    let told = stdout(&refused);
    assert!(told.contains("the issuer of the token is another API key"), "{told}");
    assert!(told.contains("--setting api_key=NAME"), "{told}");
    let named =
        Served::keyed("livekit", Some(KEY), &["--setting", "api_key=APIone", "--setting", "api_key=APItwo"]);
    for (issuer, code) in [("APIone", 0), ("APItwo", 0), ("APItestkey", 1)] {
        exits(&sent(&named, issuer), code);
    }
    for (sender, setting, said) in [
        ("livekit", "bucket=x", "a receiver of livekit reads `api_key` alone"),
        ("huawei", "api_key=x", "there is none that a receiver of huawei reads"),
    ] {
        let output = run(&["serve", sender, "--setting", setting]);
        exits(&output, 2);
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}

/// The vendor's own receivers, where they are installed.
#[test]
fn livekits_own_receivers_accept_every_scenario_and_refuse_what_is_forged() {
    for script in ["livekit_sdk.py", "livekit_sdk.js"] {
        let Some(peer) = Peer::start(script) else {
            println!("NOT TESTED: {script}: its library is not installed");
            continue;
        };
        let folder = crate::stage::file("scenarios/livekit");
        let mut paths = vec![folder.display().to_string()];
        paths.extend(["2023-04", "2025-06", "2026-06"].map(|name| format!("@revisions/livekit-{name}")));
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let output = run(&[&["run"][..], &paths, &["-t", &peer.port]].concat());
        exits(&output, 0);
        for fault in [
            "wrong-key",
            "unsign",
            "tamper:field=egressInfo.egressId",
            "expire:by=10m",
            "skew:by=10m,to=fast",
            "signature:as=cut",
            "wrong-scheme:as=hmac-of-time",
            "forge-token",
            "forge-token:as=no-hash",
            "forge-token:as=hex-hash",
            "forge-token:as=other-hash",
            "forge-token:as=no-expiry",
            "forge-token:as=other-issuer",
        ] {
            let output = run(&["send", "livekit", "egress_ended", "--fault", fault, "-t", &peer.port]);
            exits(&output, 0);
            assert!(stdout(&output).contains("401"), "{script} {fault}: {}", stdout(&output));
        }
    }
}

#[test]
fn a_load_of_senders_that_sign_in_headers_is_accepted_by_a_right_receiver() {
    for provider in ["trtc", "agora", "livekit", "mux", "alibaba"] {
        let served = Served::start(provider, &[]);
        let args = ["--rate", "max", "--count", "400", "--connections", "8", "--duration", "30s"];
        for path in std::fs::read_dir(crate::stage::file("scenarios").join(provider)).unwrap() {
            let path = path.unwrap().path().display().to_string();
            let mut command = hookreel();
            command.args(["load", &path, "-t", &served.port, "--secret-env", "K"]).args(args);
            let output = command.env("K", KEY).output().unwrap();
            exits(&output, 0);
            assert!(stdout(&output).contains("400 accepted"), "{path}: {}", stdout(&output));
        }
    }
}

#[test]
fn every_event_can_be_sent_by_itself() {
    for provider in hookreel::provider::ALL {
        for revision in provider.revisions {
            for kind in provider.events.iter().filter(|kind| kind.editions.contains(&revision.edition)) {
                let receiver = Raw::statuses(&[200]);
                let args =
                    ["send", provider.name, kind.name, "--revision", revision.name, "-t", &receiver.port()];
                let output = run(&args);
                exits(&output, 0);
                assert_eq!(receiver.requests().len(), 1, "{}", stdout(&output));
            }
        }
    }
}

#[test]
fn the_vendors_fixture_of_mux_is_met_and_so_is_our_vector() {
    let printed = signed("mux", "SuperSecret123", r#"{"test":"body"}"#, 1_565_125_718);
    assert_eq!(
        header(&printed, "Mux-Signature"),
        "t=1565125718,v1=854ece4c22acef7c66b57d4e504153bc512595e8e9c772ece2a68150548c19a7"
    );
    let body = r#"{"type":"video.asset.live_stream_completed","id":"3a56ac3d-33da-4366-855b-f592d898409d","data":{"id":"asset1"}}"#;
    assert_eq!(
        header(&signed("mux", OURS, body, 1_772_979_025), "Mux-Signature"),
        "t=1772979025,v1=4f7515ef1a268c38c895299f826d9f32ec9eaf27833b603e065f36c545141e8d"
    );
}

#[test]
fn the_inputs_of_alibabas_page_and_our_vector_give_the_noted_signatures() {
    let provider = hookreel::provider::find("alibaba", "").unwrap();
    let signature = provider.newest().signature(hookreel::scenario::Method::Md5).unwrap();
    let signed = |host: &str, time: &str, key: &str| {
        let key = secrecy::SecretString::from(key.to_owned());
        hookreel::provider::stamp::Stamp { signatures: Vec::new(), time, id: "", host, fields: None }
            .sign(signature, &key, b"")
    };
    // The host, the time and the key are the page's; it prints no signature of them.
    let page = signed("learn.aliyundoc.com", "1519375990", "yourkey");
    assert_eq!(page, "9e226fc2c250be266e3657e156f68c12");
    assert_eq!(signed("127.0.0.1", "1772979025", OURS), "e5a1b3e57f42cd3dbe24ac673844848e");
}

#[test]
fn alibaba_signs_the_host_that_is_sent_to_whatever_its_port() {
    let receiver = Raw::statuses(&[200]);
    for (host, port) in [("localhost", &receiver.port), ("127.0.0.1", &receiver.port)] {
        let mut command = hookreel();
        let target = format!("http://{host}:{port}/");
        command.args(["send", "alibaba", "record_file", "-t", &target, "--secret-env", "K"]);
        exits(&command.env("K", "a-key").output().unwrap(), 0);
        let request = String::from_utf8(receiver.requests().pop().unwrap()).unwrap();
        let header = |name: &str| {
            let line = request.lines().find(|line| line.to_lowercase().starts_with(name)).unwrap();
            line.split_once(": ").unwrap().1.to_owned()
        };
        let text = format!("{host}|{}|a-key", header("ali-live-timestamp"));
        let right: String = md5::Digest::finalize(<md5::Md5 as md5::Digest>::new_with_prefix(text))
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(header("ali-live-signature"), right);
    }
}

#[test]
fn a_push_is_told_by_a_get_that_is_signed_with_the_ingest_domain() {
    let receiver = Raw::statuses(&[200]);
    let target = format!("http://127.0.0.1:{}/push?own=1", receiver.port);
    exits(&run(&["run", "@alibaba/push", "-t", &target]), 0);
    let requests: Vec<String> =
        receiver.requests().iter().map(|request| String::from_utf8_lossy(request).into_owned()).collect();
    let asked: Vec<&String> = requests.iter().filter(|request| request.starts_with("GET ")).collect();
    assert_eq!((asked.len(), requests.len()), (4, 9));
    let (head, body) = asked[0].split_once("\r\n\r\n").unwrap();
    assert!(body.is_empty() && !head.to_lowercase().contains("content-"), "{head}");
    assert!(head.starts_with("GET /push?own=1&action=publish&ip="), "{head}");
    assert!(head.contains("&usrargs=a%3D1%26callback%5Froom%3D7&"), "{head}");
    // Our receiver takes each, and none whose domain is another: it is what is signed.
    let served = Served::keyed("alibaba", Some(KEY), &[]);
    let ask = |request: &str| served.ask(request)[9..12].to_owned();
    assert_eq!(ask(&asked[0].replacen("\r\n", "\r\nConnection: close\r\n", 1)), "200");
    let other = asked[0].replacen("app=push", "app=pull", 1).replacen("\r\n", "\r\nConnection: close\r\n", 1);
    assert_eq!(ask(&other), "401");
    // A GET that is no callback of a push is one too many.
    assert_eq!(ask("GET /?action=record HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "405");
}

#[test]
fn a_load_sends_the_gets_of_a_push_in_their_proportion_and_each_proves_itself() {
    let served = Served::keyed("alibaba", Some(KEY), &[]);
    let target = format!("http://127.0.0.1:{}/?own=1", served.port);
    let shape = ["--rate", "max", "--count", "180", "--duration", "60s"];
    let places = ["--broadcasts", "1", "--connections", "1"];
    let load = |target: &str| {
        let mut command = hookreel();
        command.args(["load", "@alibaba/push", "-t", target, "--report", "json"]).args(shape).args(places);
        command.output().unwrap()
    };
    let output = load(&target);
    exits(&output, 0);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let accepted = |event: &str| told["totals"]["events"][event]["accepted"].as_u64().unwrap();
    // Nine callbacks a broadcast, of which two are the begin of a push, and two its end.
    let events = ["publish", "publish_done", "record_file", "record_started"];
    assert_eq!(events.map(accepted), [40, 40, 20, 20]);
    // What is on the wire is a GET, and what it says is its own: each broadcast has another stream.
    let receiver = Raw::statuses(&[200]);
    exits(&load(&format!("http://127.0.0.1:{}/?own=1", receiver.port)), 0);
    let asked: Vec<String> = receiver
        .requests()
        .iter()
        .map(|request| String::from_utf8_lossy(request).into_owned())
        .filter(|request| request.starts_with("GET /?own=1&action=publish&"))
        .collect();
    let streams: BTreeSet<&str> = asked
        .iter()
        .map(|request| request.split_once("&id=").unwrap().1.split_once('&').unwrap().0)
        .collect();
    assert!(asked.len() == 40 && streams.len() >= 20, "{} {streams:?}", asked.len());
    assert!(asked.iter().all(|request| !request.to_lowercase().contains("content-")), "{}", asked[0]);
}

#[test]
fn the_query_of_a_get_is_signed_and_verified_as_it_came() {
    let url = "https://cb.example.com/hook?action=publish&ip=203.0.113.7&id=s1&app=push.example.com&appname=live\
               &time=1772979025&usrargs=&node=198.51.100.7";
    let now = ["--now", "2026-03-08T14:10:25Z"];
    let with_key =
        |args: &[&str]| hookreel().args(args).args(["--secret-env", "K"]).env("K", OURS).output().unwrap();
    let signed = stdout(&with_key(&[&["sign", "alibaba", url][..], &now].concat()));
    // printf 'push.example.com|1772979025|hookreel-test-key-0123456789abcdef' | md5sum
    let right = "20862107811639374e756fd7066a42f3";
    assert_eq!(signed, format!("ALI-LIVE-TIMESTAMP: 1772979025\nALI-LIVE-SIGNATURE: {right}\n"));
    // The same as a URL with headers, as a request in a file, and without the name of the sender.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("get.http");
    let target = url.strip_prefix("https://cb.example.com").unwrap();
    fs::write(&file, format!("GET {target} HTTP/1.1\nHost: cb.example.com\n{signed}")).unwrap();
    let file = file.to_str().unwrap();
    let stamp = "ALI-LIVE-TIMESTAMP: 1772979025";
    let proof = |signature: &str| format!("ALI-LIVE-SIGNATURE: {signature}");
    for args in [
        vec!["verify", "alibaba", file],
        vec!["verify", file],
        vec!["verify", url, "-H", stamp, "-H", &proof(right)],
    ] {
        let output = with_key(&[&args[..], &now].concat());
        exits(&output, 0);
        assert!(stdout(&output).starts_with("right: the signature matches"), "{}", stdout(&output));
    }
    // Signed as a recording is: with the host of the URL.
    // printf 'cb.example.com|1772979025|hookreel-test-key-0123456789abcdef' | md5sum
    let wrong = proof("aaf4360404df4bf0ea8a68aa5a4c1c06");
    let output =
        with_key(&[&["verify", "alibaba", url, "-H", stamp, "-H", &wrong, "--explain"][..], &now].concat());
    exits(&output, 1);
    let told = stdout(&output);
    assert!(
        told.contains("it is signed as the other callbacks of alibaba are: MD5(host of the URL"),
        "{told}"
    );
    assert!(told.contains("unprotected action, ip, id, appname, time, usrargs, node"), "{told}");
    for (args, said) in [
        (
            vec!["verify", "alibaba", url],
            "URL: there is no header `ALI-LIVE-SIGNATURE`, and the query alone proves nothing",
        ),
        (
            vec!["verify", "alibaba", "https://x/y?z=1"],
            "has `action` with publish or publish_done in its query",
        ),
        (
            vec!["sign", "alibaba", "https://x/y?z=1"],
            "URL: this GET is no callback of alibaba 2026-06; one that is",
        ),
        (vec!["sign", "mux", url], "URL: this GET is no callback of mux 2026-04"),
    ] {
        let output = with_key(&args);
        exits(&output, 2);
        assert!(stderr(&output).contains(said) && stdout(&output).is_empty(), "{}", stderr(&output));
    }
}
