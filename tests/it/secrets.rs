//! Keys and signatures are in no output whatsoever.

use std::io::Write;

use serde_json::Value;

use crate::stage::{Raw, body, exits, hookreel, program, scenario, stderr, stdout};

const CANARY: &str = "canary0123456789abcdef0123456789";

/// Every way in which a key or a signature could be written.
fn spellings(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    vec![secret.to_owned(), secret.to_uppercase(), hex, percent]
}

fn assert_absent(output: &str, secrets: &[String], what: &str) {
    for secret in secrets.iter().flat_map(|secret| spellings(secret)) {
        assert!(!output.contains(&secret), "{what} shows {secret}:\n{output}");
    }
}

/// Echoes the whole request, as a debugging receiver would.
fn echo() -> Raw {
    Raw::serve(|_, stream| {
        let echo = format!("expected key {CANARY}");
        let _ = stream
            .write_all(format!("HTTP/1.1 500 X\r\nContent-Length: {}\r\n\r\n{echo}", echo.len()).as_bytes());
        true
    })
}

fn text(sender: &hookreel::provider::Provider) -> String {
    let (provider, recording) = (sender.name, sender.eventful);
    let key = "${CANARY_KEY}";
    format!(
        "provider: {provider}\nrecording: {recording}\nsigning: {{key: \"{key}\"}}\n\
         broadcast: [{{0s: push}}, {{5m: drop}}]\ndelivery: {{retry: none}}\n"
    )
}

#[cfg(unix)]
#[test]
fn a_key_that_is_not_text_is_refused_and_no_other_is_used_in_its_place() {
    use std::os::unix::ffi::OsStrExt;

    let key = std::ffi::OsStr::from_bytes(b"\xffsecret");
    let output = hookreel().env("HOOKREEL_KEY", key).args(["send", "tencent", "record"]).output().unwrap();
    exits(&output, 2);
    let said = stderr(&output);
    assert!(said.contains("HOOKREEL_KEY is not UTF-8 text") && !said.contains("secret"), "{said}");
}

#[test]
fn no_key_and_no_signature_is_in_any_output_of_any_command() {
    // Whoever signs nothing has no key to give away.
    for provider in hookreel::provider::ALL.iter().filter(|sender| !sender.newest().signatures.is_empty()) {
        let (folder, path) = scenario(&text(provider));
        let record = folder.path().join("run.jsonl").display().to_string();
        for report in ["text", "json", "junit"] {
            let receiver = echo();
            let target = format!("http://user:{CANARY}@127.0.0.1:{}/cb?token={CANARY}", receiver.port);
            let mut command = hookreel();
            command
                .env("CANARY_KEY", CANARY)
                .args(["run", &path, "-t", &target, "--report", report, "--record", &record]);
            // A sender that signs in this header has it for itself.
            let own = provider.newest().reading.proof.header() == Some("Authorization");
            let name = if own { "x-token" } else { "authorization" };
            let output = command.args(["-H", &format!("{name}: Bearer {CANARY}")]).output().unwrap();
            let signatures: Vec<String> =
                receiver.requests().iter().map(|request| signature(request)).collect();
            assert!(!signatures.is_empty());
            let secrets: Vec<String> = [CANARY.to_owned()].into_iter().chain(signatures).collect();
            assert_absent(&stdout(&output), &secrets, report);
            assert_absent(&stderr(&output), &secrets, "standard error");
            assert_absent(&std::fs::read_to_string(&record).unwrap(), &secrets, "the record");
        }
        for args in [
            vec!["plan", &path],
            vec!["plan", &path, "--format", "json"],
            vec!["check", &path],
            vec!["run", "--help"],
        ] {
            let output = hookreel()
                .env("CANARY_KEY", CANARY)
                .env("HOOKREEL_SECRET_ENV", "CANARY_KEY")
                .args(&args)
                .output()
                .unwrap();
            assert_absent(
                &format!("{}{}", stdout(&output), stderr(&output)),
                &[CANARY.to_owned()],
                &args.join(" "),
            );
        }
    }
}

fn signature(request: &[u8]) -> String {
    let head = String::from_utf8_lossy(request);
    let signed = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        // Of a token the last part.
        let token = (name == "Authorization").then(|| value.rsplit_once('.')).flatten();
        let stamped = (name == "Mux-Signature").then(|| value.rsplit_once("v1=")).flatten();
        let token = token.or(stamped).map(|(_, signature)| signature.to_owned());
        token.or_else(|| {
            ["Sign", "Agora-Signature-V2", "ALI-LIVE-SIGNATURE"].contains(&name).then(|| value.to_owned())
        })
    };
    if let Some(header) = head.lines().find_map(signed) {
        return header;
    }
    let body: Value = serde_json::from_slice(body(request)).unwrap();
    body.get("sign").or(body.get("auth_sign")).and_then(Value::as_str).unwrap().to_owned()
}

#[test]
fn a_receiver_that_sends_the_signature_back_does_not_get_it_into_a_report() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let seen = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let noted = seen.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut buffer = vec![0; 8192];
            let mut length = 0;
            while !String::from_utf8_lossy(&buffer[..length]).contains("\"t\":") {
                length += std::io::Read::read(&mut stream, &mut buffer[length..]).unwrap();
            }
            let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
            *noted.lock().unwrap() = signature(request.as_bytes());
            let answer = request.split("\r\n\r\n").nth(1).unwrap();
            let head =
                format!("HTTP/1.1 401 X\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", answer.len());
            let _ = stream.write_all(format!("{head}{answer}").as_bytes());
        }
    });
    let (_folder, path) = scenario(&text(hookreel::provider::find("tencent", "").unwrap()));
    // The screen shows the start of an answer, other reports all of it.
    for report in ["text", "json"] {
        let words = ["run", &path, "-t", &port, "--report", report];
        let output = hookreel().env("CANARY_KEY", CANARY).args(words).output().unwrap();
        let signature = seen.lock().unwrap().clone();
        assert_eq!(signature.len(), 32);
        assert!(report == "text" || stdout(&output).contains("(signature)"), "{}", stdout(&output));
        assert_absent(&stdout(&output), &[signature], report);
    }
}

/// Headers that bear signatures.
const SIGNED: [&str; 6] =
    ["Sign", "Agora-Signature", "Agora-Signature-V2", "Authorization", "Mux-Signature", "ALI-LIVE-SIGNATURE"];

/// Signatures in the headers of a request.
fn in_head(request: &[u8]) -> Vec<String> {
    let head = String::from_utf8_lossy(request);
    let signed =
        head.lines().filter_map(|line| line.split_once(": ")).filter(|(name, _)| SIGNED.contains(name));
    // Of a token the last part, of a list the last entry.
    let last = |value: &str| value.rsplit('.').next().unwrap().rsplit("v1=").next().unwrap().to_owned();
    signed.map(|(_, value)| last(value)).collect()
}

#[test]
fn a_signature_in_a_header_that_a_receiver_sends_back_is_in_no_output() {
    for provider in hookreel::provider::ALL.iter().filter(|it| it.newest().reading.proof.header().is_some()) {
        let (folder, path) = scenario(&text(provider));
        let receiver = Raw::serve_each(|request, stream| {
            let head = String::from_utf8_lossy(request).into_owned();
            let head = head.split("\r\n\r\n").next().unwrap().to_owned();
            let digests: Vec<String> = in_head(request).iter().map(|it| digest(it)).collect();
            let told = format!("{head}\nexpected {}", digests.join(" or "));
            let length = told.len();
            write!(stream, "HTTP/1.1 401 X\r\nContent-Length: {length}\r\n\r\n{told}").is_ok()
        });
        let to = |name: &str| folder.path().join(name).display().to_string();
        let commands = [
            vec!["run", &path, "--report", "json"],
            vec!["run", &path, "-v"],
            vec!["load", &path, "--rate", "max", "--count", "6", "--duration", "5s"],
        ];
        for command in commands {
            let (record, html) = (to("record"), format!("html={}", to("page.html")));
            let mut started = hookreel();
            started.args(&command).args(["-t", &receiver.port(), "--record", &record, "--report", &html]);
            let output = started.env("CANARY_KEY", CANARY).output().unwrap();
            let all = everything(&output, folder.path());
            let requests = receiver.requests();
            let signatures: Vec<String> = requests.iter().flat_map(|request| in_head(request)).collect();
            assert!(!signatures.is_empty(), "{command:?}: {all}");
            assert!(all.contains("401"), "{command:?}: {all}");
            let digests: Vec<String> = signatures.iter().map(|it| digest(it)).collect();
            assert_absent(&all, &[signatures, digests, vec![CANARY.to_owned()]].concat(), &command.join(" "));
        }
    }
}

/// The bytes of a signature, in hexadecimal digits.
fn digest(signature: &str) -> String {
    use base64::Engine;
    let hexadecimal = signature.len().is_multiple_of(2) && signature.chars().all(|c| c.is_ascii_hexdigit());
    if hexadecimal {
        return signature.to_owned();
    }
    let plain = signature.trim_end_matches('=').replace('-', "+").replace('_', "/");
    let bytes = base64::prelude::BASE64_STANDARD_NO_PAD.decode(plain).unwrap();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_key_can_come_from_a_file_and_loses_one_newline() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, format!("{CANARY}\n")).unwrap();
    let receiver = Raw::statuses(&[200]);
    let now = "2026-03-08T14:10:25Z";
    let signed = |args: &[&str]| {
        let output = hookreel()
            .env("CANARY_KEY", CANARY)
            .args(["run", "@tencent/single-file", "-t", &receiver.port(), "--now", now])
            .args(args)
            .output()
            .unwrap();
        (signature(receiver.requests().last().unwrap()), stderr(&output))
    };
    let (by_file, warning) = signed(&["--secret-file", &path.display().to_string()]);
    let (by_variable, nothing) = signed(&["--secret-env", "CANARY_KEY"]);
    let (own, _) = signed(&[]);
    assert_eq!(by_file, by_variable);
    assert_ne!(by_file, own);
    assert!(warning.contains("can be read by others") && nothing.is_empty(), "{warning}{nothing}");
}

/// Every text of the run: what was printed, and what was written into the folder.
fn everything(output: &std::process::Output, folder: &std::path::Path) -> String {
    let files =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let texts: String =
        files.map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()).collect();
    format!("{}{}{texts}", stdout(output), stderr(output))
}

#[test]
fn neither_send_nor_audit_shows_a_key_a_signature_or_the_secrets_of_a_url() {
    let receiver = echo();
    let target = format!("http://user:{CANARY}@127.0.0.1:{}/cb?token={CANARY}", receiver.port);
    let folder = tempfile::tempdir().unwrap();
    let to = |name: &str| folder.path().join(name).display().to_string();
    let (record, json) = (to("record"), format!("json={}", to("json")));
    let (card, baseline) = (to("card"), to("baseline"));
    let common = [
        "-t",
        &target,
        "--secret-env",
        "CANARY_KEY",
        "-v",
        "--record",
        &record,
        "--report",
        &json,
        "--timeout",
        "3s",
    ];
    let state = format!("http://127.0.0.1:{}/list?token={CANARY}", receiver.port);
    let send = ["send", "tencent", "record", "--fault", "wrong-key:as=newline"];
    let audit = [
        "audit",
        "tencent",
        "--only",
        "B,C,D",
        "--skip",
        "B41",
        "--state",
        &state,
        "--scorecard",
        &card,
        "--save-baseline",
        &baseline,
    ];
    for args in [
        [&["send", "tencent", "record"], &common[..]].concat(),
        [&send, &common[..]].concat(),
        [&audit, &common[..]].concat(),
    ] {
        let before = receiver.requests().len();
        let output = hookreel().env("CANARY_KEY", CANARY).args(&args).output().unwrap();
        assert!([Some(1), Some(3)].contains(&output.status.code()), "{}", stderr(&output));
        let sent = receiver.requests();
        let signatures = sent[before..].iter().filter_map(|request| {
            let body: Value = serde_json::from_slice(body(request)).ok()?;
            // A damaged one is no secret: it is what a forger would send.
            body.get("sign")?
                .as_str()
                .filter(|sign| sign.len() == 32 && !sign.starts_with("000"))
                .map(str::to_owned)
        });
        let secrets: Vec<String> = [CANARY.to_owned()].into_iter().chain(signatures).collect();
        assert!(secrets.len() > 1);
        assert_absent(&everything(&output, folder.path()), &secrets, args[0]);
    }
}

#[test]
fn a_signature_that_comes_back_in_another_spelling_or_from_another_attempt_is_masked_too() {
    // Sends back everything that it ever got.
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let heard = seen.clone();
    let receiver = Raw::serve_each(move |request, stream| {
        let mut heard = heard.lock().unwrap();
        heard.extend_from_slice(body(request));
        let text = String::from_utf8_lossy(&heard).into_owned();
        write!(stream, "HTTP/1.1 500 X\r\nContent-Length: {}\r\n\r\n{text}", text.len()).is_ok()
    });
    let folder = tempfile::tempdir().unwrap();
    for (name, how) in
        ["upper", "mixed", "base64", "base64url", "cut, to: 31", "look-alike"].into_iter().enumerate()
    {
        seen.lock().unwrap().clear();
        let (_folder, path) = scenario(&format!(
            "provider: tencent\nrecording: {{mp4: {{}}}}\nsigning: {{key: \"${{CANARY_KEY}}\"}}\n\
             broadcast: [{{0s: push}}, {{5m: drop}}]\nfaults: [{{signature: {{as: {how}}}}}]\n"
        ));
        let record = folder.path().join(name.to_string());
        let output = hookreel()
            .env("CANARY_KEY", CANARY)
            .args(["run", &path, "-v", "-t", &receiver.port(), "--record"])
            .arg(&record)
            .output()
            .unwrap();
        let sent: Value = serde_json::from_slice(body(receiver.requests().last().unwrap())).unwrap();
        let damaged = sent["sign"].as_str().unwrap().to_owned();
        let told = format!("{}{}", stdout(&output), std::fs::read_to_string(&record).unwrap());
        assert!(told.contains("(signature)"), "{how}: {told}");
        assert!(!told.contains(&damaged), "{how}: {told}");
    }
    // Two attempts, the first with another key: the second answer has the signatures of both.
    seen.lock().unwrap().clear();
    let before = receiver.requests().len();
    let faults = "faults: [{wrong-key: {attempts: 1}}]\n";
    let (_folder, path) =
        scenario(&format!("{}{faults}", text(hookreel::provider::find("tencent", "").unwrap())));
    let record = folder.path().join("twice");
    let mut command = hookreel();
    command.env("CANARY_KEY", CANARY).args(["run", &path, "-v", "-t", &receiver.port(), "--record"]);
    assert_eq!(command.arg(&record).output().unwrap().status.code(), Some(1));
    let told = std::fs::read_to_string(&record).unwrap();
    let signs: Vec<String> = receiver.requests()[before..].iter().map(|request| signature(request)).collect();
    assert!(signs.len() == 2 && signs[0] != signs[1], "{signs:?}");
    for sign in signs {
        assert!(!told.contains(&sign), "{told}");
    }
}

// F15, T25.
#[test]
fn a_value_that_cannot_be_read_is_not_repeated() {
    for args in [
        vec!["run", "@tencent", "-t", "user:canaryword@host:80:80"],
        vec!["run", "@tencent", "-t", "http://user:canaryword@["],
        vec!["run", "@tencent", "-t", "host/cb?token=canaryword"],
        vec!["audit", "tencent", "--state", "http://u:canaryword@["],
        vec!["run", "@tencent", "-H", "x-token canaryword"],
        vec!["run", "@tencent", "-H", "x token: canaryword"],
        vec!["run", "@tencent", "-t", "80", "--secret-env", "canaryword"],
        vec!["sign", "tencent", "-", "--secret-file", "canaryword0123456789"],
    ] {
        let output = hookreel().args(&args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        let told = format!("{}{}", stdout(&output), stderr(&output));
        assert!(!told.contains("canaryword"), "{args:?}: {told}");
        let variable = match args[2] {
            "-t" => "HOOKREEL_TARGET",
            "-H" => "HOOKREEL_HEADER",
            _ => continue,
        };
        let output = hookreel().env(variable, args[3]).args(["run", "@tencent"]).output().unwrap();
        if args.len() == 4 {
            assert!(!stderr(&output).contains("canaryword"), "{variable}: {}", stderr(&output));
        }
    }
}

#[test]
fn keys_from_files_and_variables_warn_in_every_command_and_the_sample_key_only_when_it_signs() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, format!("\u{feff}{CANARY}\n\n")).unwrap();
    let key = key.display().to_string();
    let body = folder.path().join("body.json");
    std::fs::write(&body, "{\"event_type\":100,\"t\":1}").unwrap();
    let body = body.display().to_string();
    let receiver = Raw::statuses(&[200]);
    let port = receiver.port();
    for args in [
        vec!["sign", "tencent", &body],
        vec!["verify", "tencent", &body],
        vec!["send", "tencent", "record", "-t", &port],
        vec!["run", "@tencent/single-file", "-t", &port],
        vec!["load", "@tencent/single-file", "-t", &port, "--rate", "5/s", "--duration", "1s"],
    ] {
        let output = hookreel().args(&args).args(["--secret-file", &key]).output().unwrap();
        let told = stderr(&output);
        for warning in ["can be read by others", "byte order mark", "2 newlines"] {
            assert_eq!(told.matches(warning).count(), 1, "{args:?} {warning}: {told}");
        }
        assert!(!told.contains("key of the samples") && !told.contains("canary"), "{args:?}: {told}");
        let output = hookreel().env("K", "2short!").args(&args).args(["--secret-env", "K"]).output().unwrap();
        let told = stderr(&output);
        assert!(told.contains("is not of the form that the vendor gives"), "{args:?}: {told}");
        assert!(!told.contains("7 characters") && !told.contains("2short"), "{args:?}: {told}");
    }
    let (_folder, own) =
        scenario(&text(hookreel::provider::find("tencent", "").unwrap()).replace("${CANARY_KEY}", CANARY));
    let (_other, plain) =
        scenario("provider: tencent\nrecording: {mp4: {}}\nbroadcast: [{0s: push}, {5m: drop}]\n");
    for (path, sample) in [("@tencent/single-file", true), (own.as_str(), false), (plain.as_str(), false)] {
        for args in [vec!["run", path], vec!["load", path, "--rate", "5/s", "--duration", "1s"]] {
            let output = hookreel().args(&args).args(["-t", &port]).output().unwrap();
            let told = stderr(&output);
            assert_eq!(told.matches("key of the samples").count(), usize::from(sample), "{args:?}: {told}");
        }
    }
}

/// F17, T22: an answer of 1 MiB cost 0.28 s; what is kept of it is its beginning, and no more is looked through.
#[test]
fn masking_a_long_answer_costs_as_much_as_masking_its_beginning() {
    use std::time::{Duration, Instant};

    use hookreel::masking::Secrets;
    use hookreel::record::Answer;

    let secrets = Secrets::default();
    secrets.key(crate::stage::KEY);
    (0..200_u128).for_each(|n| secrets.signature(&format!("{:032x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))));
    let best = |size: usize| {
        let body = "0123456789abcdef0123 ".repeat(size / 21);
        let one = || {
            let mut answer = Answer { status: 200, body: body.clone(), ..Answer::default() };
            let begun = Instant::now();
            answer.keep(&secrets);
            assert!(answer.body.len() <= 2048);
            begun.elapsed()
        };
        (0..9).map(|_| one()).min().unwrap()
    };
    let (long, short) = (best(1 << 20), best(16 << 10));
    assert!(long < short * 16 + Duration::from_millis(5), "{long:?} for 1 MiB, {short:?} for 16 KiB");
}

#[test]
fn the_key_of_the_flags_stands_in_for_the_variable_of_a_scenario_that_is_not_set() {
    let (_folder, path) = scenario(
        "provider: tencent\nrecording: {mp4: {}}\nsigning: {key: \"${NOT_SET_ANYWHERE}\"}\n\
         broadcast: [{0s: push}, {5m: drop}]\n",
    );
    let receiver = Raw::statuses(&[200]);
    for command in [&["run", &path, "-t", &receiver.port()][..], &["plan", &path]] {
        let mut with_key = hookreel();
        let output =
            with_key.env("GIVEN", CANARY).args(command).args(["--secret-env", "GIVEN"]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_absent(&(stdout(&output) + &stderr(&output)), &[CANARY.to_owned()], command[0]);
        let without = hookreel().args(command).output().unwrap();
        assert_eq!(without.status.code(), Some(2));
        assert!(stderr(&without).contains("`NOT_SET_ANYWHERE` is not set"), "{}", stderr(&without));
    }
    assert_eq!(receiver.requests().len(), 1);
    let body: Value = serde_json::from_slice(body(&receiver.requests()[0])).unwrap();
    assert_eq!(body["sign"], crate::verifying::md5(&format!("{CANARY}{}", body["t"])).as_str());
}

#[cfg(unix)]
#[test]
fn a_key_that_a_pipe_gives_once_is_read_once() {
    for command in ["run @tencent/single-file", "plan @tencent/single-file", "send tencent record"] {
        let line = format!("printf %s {CANARY} | {} {command} --secret-file /dev/stdin", program());
        let output = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{command}: {}", stderr(&output));
    }
}

#[test]
fn a_flag_that_would_take_the_key_itself_leads_to_the_one_that_names_it() {
    for flag in ["--key", "--secret", "--token"] {
        let output = hookreel().args(["run", flag, CANARY]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("write --secret-env CALLBACK_KEY"), "{}", stderr(&output));
        assert!(!stderr(&output).contains("--key-file") && !stderr(&output).contains(CANARY));
    }
}
