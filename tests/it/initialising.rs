//! `init`: the first files, scenarios from captures, and nothing overwritten; and what `show --formula` prints, run.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::peers::say;
use crate::serving::Served;
use crate::snippets::{Snippet, judged};
use crate::stage::{KEY, Raw, body, exits, file, hookreel, program, run, stderr, stdout};

const MOMENT: Duration = Duration::from_secs(60);

/// Runs the program in this folder, with the key.
fn within(folder: &Path, line: &str) -> std::process::Output {
    hookreel().args(crate::peers::words(line)).current_dir(folder).env("CALLBACK_KEY", KEY).output().unwrap()
}

#[test]
fn the_first_files_play_as_they_are_and_nothing_is_overwritten() {
    for provider in ["huawei", "tencent"] {
        let folder = tempfile::tempdir().unwrap();
        let served = Served::start(provider, &[]);
        let output = within(folder.path(), &format!("init {provider} -t {}/callbacks", served.port));
        exits(&output, 0);
        for name in [&format!("hookreel/{provider}.yaml"), "hookreel.toml", ".github/workflows/hookreel.yml"]
        {
            let text = fs::read_to_string(folder.path().join(name)).unwrap();
            assert!(
                stdout(&output).contains(&format!("wrote {name}\n")) && text.contains(&served.port),
                "{name}\n{text}"
            );
            assert!(!text.contains("TARGET") && !text.contains("PROVIDER"), "{text}");
        }
        let output = within(
            folder.path(),
            &format!("run hookreel -t {}/callbacks --secret-env CALLBACK_KEY", served.port),
        );
        exits(&output, 0);
        assert!(stdout(&output).contains("accepted"), "{}", stdout(&output));
        served.end("TERM");
        let before = fs::read(folder.path().join("hookreel.toml")).unwrap();
        fs::remove_file(folder.path().join(format!("hookreel/{provider}.yaml"))).unwrap();
        let output = within(folder.path(), &format!("init {provider} -t http://127.0.0.1:1/"));
        exits(&output, 2);
        assert!(
            stderr(&output).contains(
                "hookreel.toml, .github/workflows/hookreel.yml are there already; nothing was written"
            ),
            "{}",
            stderr(&output)
        );
        assert_eq!(fs::read(folder.path().join("hookreel.toml")).unwrap(), before);
        assert!(!folder.path().join(format!("hookreel/{provider}.yaml")).exists());
        // Where GitLab is at home, its job is written.
        fs::write(folder.path().join(".gitlab-ci.yml"), "").unwrap();
        exits(&within(folder.path(), &format!("init {provider} --into other")), 0);
        exits(&within(folder.path(), &format!("init {provider} --into third --ci gitlab")), 0);
        assert!(folder.path().join("third/.gitlab/hookreel.yml").exists());
    }
    exits(&run(&["init"]), 2);
    let output = run(&["init", "huawie"]);
    assert!(stderr(&output).contains("did you mean `huawei`?"), "{}", stderr(&output));
}

#[test]
fn the_first_scenario_of_every_sender_is_one_that_it_can_send() {
    let folder = tempfile::tempdir().unwrap();
    let acme = fs::read(file("docs/providers/acme.yaml")).unwrap();
    fs::write(folder.path().join("acme.yaml"), acme).unwrap();
    let listed = stdout(&run(&["list", "providers"]));
    let built_in =
        listed.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(' ').next());
    let declared = ["@zoom", "@sparkrtc", "@volcengine", "./acme.yaml"];
    for (n, provider) in built_in.chain(declared).enumerate() {
        let into = format!("first-{n}");
        let into = if provider == "./acme.yaml" { "." } else { &into };
        exits(&within(folder.path(), &format!("init {provider} --into {into}")), 0);
        let output = within(folder.path(), &format!("plan {into}/hookreel"));
        exits(&output, 0);
        assert!(stdout(&output).contains("\n1 scenario, "), "{provider}\n{}", stdout(&output));
        assert!(!stdout(&output).contains(" 0 callbacks"), "{provider}\n{}", stdout(&output));
        let scenario = fs::read_dir(folder.path().join(into).join("hookreel")).unwrap().next().unwrap();
        let text = fs::read_to_string(scenario.unwrap().path()).unwrap();
        assert!(!text.contains('<'), "{text}");
    }
    let unsigned = fs::read_to_string(folder.path().join("first-2/hookreel.toml")).unwrap();
    assert!(!unsigned.contains("secret-env"), "SRS does not sign: {unsigned}");
}

#[test]
fn a_secret_of_an_address_goes_into_no_file() {
    let folder = tempfile::tempdir().unwrap();
    exits(&within(folder.path(), "init huawei -t http://user:pass@localhost:1/cb?token=1"), 0);
    for name in ["hookreel/huawei.yaml", "hookreel.toml", ".github/workflows/hookreel.yml"] {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(!text.contains("pass@") && !text.contains("token=1"), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn callbacks_that_the_model_tells_become_push_drop_and_cycle() {
    let folder = tempfile::tempdir().unwrap();
    let captures = folder.path().join("captures");
    let served = Served::start("tencent", &["--capture", captures.to_str().unwrap(), "--fail", "503"]);
    let scenario = folder.path().join("own.yaml");
    fs::write(&scenario, format!("provider: tencent\nsigning: {{key: {KEY}}}\nrecording: {{flv: {{cycle: 30m}}}}\nbroadcast: [{{0s: push}}, {{70m: drop}}]\n")).unwrap();
    exits(&run(&["run", scenario.to_str().unwrap(), "-t", &served.port]), 0);
    served.end("TERM");
    let output = within(folder.path(), "init --from captures");
    exits(&output, 0);
    let text = fs::read_to_string(folder.path().join("hookreel/incident.yaml")).unwrap();
    for line in
        ["flv: {cycle: 30m}", "  - 0s: push", "  - 1h10m: drop", "${STREAM:-mystream}", "${CALLBACK_KEY}"]
    {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let raw = Raw::statuses(&[200]);
    exits(&within(folder.path(), &format!("run hookreel/incident.yaml -t {}", raw.port)), 0);
    assert_eq!(raw.requests().len(), 3);
}

#[cfg(unix)]
#[test]
fn what_the_model_does_not_tell_is_sent_by_its_body_signed_anew_and_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(file("tests/samples/captured/t2025-04-cos.json")).unwrap();
    let mut sent: Value = serde_json::from_str(&text).unwrap();
    sent["t"] = 1_700_000_000.into();
    sent["sign"] = "0123456789abcdef0123456789abcdef".into();
    sent["stream_param"] = "txSecret=s3cr3t&txTime=5F".into();
    fs::write(folder.path().join("body.json"), sent.to_string()).unwrap();
    let output = within(folder.path(), "init --from body.json --name cos");
    exits(&output, 0);
    assert!(stdout(&output).contains("left out of the bodies: ***"), "{}", stdout(&output));
    let scenario = fs::read_to_string(folder.path().join("hookreel/cos.yaml")).unwrap();
    let kept = fs::read_to_string(folder.path().join("hookreel/cos/1.json")).unwrap();
    for secret in ["s3cr3t", "0123456789abcdef0123456789abcdef"] {
        assert!(!scenario.contains(secret) && !kept.contains(secret), "{secret}\n{scenario}\n{kept}");
    }
    assert!(kept.contains("txSecret=***&txTime=5F"), "{kept}");
    let played = |variables: &[(&str, &str)]| -> Value {
        let raw = Raw::statuses(&[200]);
        let mut command = hookreel();
        command.args(["run", "hookreel/cos.yaml", "-t", &raw.port()]).current_dir(folder.path());
        let output = command.env("CALLBACK_KEY", KEY).envs(variables.iter().copied()).output().unwrap();
        exits(&output, 0);
        let request = raw.requests().remove(0);
        fs::write(folder.path().join("sent.json"), body(&request)).unwrap();
        let said =
            say(&format!("verify {}/sent.json --secret-env CALLBACK_KEY", folder.path().display()), MOMENT);
        assert!(said.stdout.starts_with("right: "), "{}", said.all());
        serde_json::from_slice(body(&request)).unwrap()
    };
    let same = played(&[]);
    assert_eq!(same["file_id"], sent["file_id"]);
    assert_eq!(same["file_size"], sent["file_size"]);
    let other = played(&[("FILE_1", "77"), ("STREAM", "room")]);
    assert_eq!((&other["file_id"], &other["stream_id"]), (&"77".into(), &"room".into()));
    // The body of a step is beside its scenario, wherever the program runs.
    fs::remove_file(folder.path().join("hookreel/cos/1.json")).unwrap();
    let output = within(folder.path(), "check hookreel/cos.yaml");
    exits(&output, 2);
    let said = stderr(&output);
    assert!(
        said.contains("the body cannot be read")
            && said.contains("hookreel/cos/1.json")
            && said.contains("cos.yaml:"),
        "{said}"
    );
    let output = within(folder.path(), "init --from body.json --name cos");
    exits(&output, 2);
    assert!(
        stderr(&output).contains("hookreel/cos.yaml is there already; nothing was written"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_mistake_in_a_captured_step_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("list.json"), "[1]").unwrap();
    for (step, told) in [
        ("{callbck: {body: a}}", "did you mean `callback`?"),
        ("{callback: {bdy: a}}", "did you mean `body`?"),
        ("{callback: {body: a.json}}", "looked for `"),
        ("{callback: {body: list.json, resign: true}}", "the body is not a JSON object"),
    ] {
        let text = format!(
            "provider: tencent\nrecording: {{hls: {{}}}}\nsigning: {{key: {KEY}}}\nbroadcast:\n  - 0s: {step}\n"
        );
        fs::write(folder.path().join("s.yaml"), text).unwrap();
        let output = within(folder.path(), "check s.yaml");
        exits(&output, 2);
        let said = stderr(&output);
        assert!(said.contains(told) && said.contains("s.yaml:5:"), "{step}\n{said}");
    }
}

#[test]
fn a_library_reads_no_files_and_says_so() {
    let text = "provider: tencent\nrecording: {hls: {}}\nbroadcast: [{0s: {callback: {body: a.json, resign: true}}}]\n";
    let run =
        hookreel::Scenario::parse(text).unwrap().against("http://127.0.0.1:1/").key(KEY).play_blocking();
    assert!(run.unwrap_err().to_string().contains("only the command line reads files"));
}

/// The story of a log that has neither bodies nor names, by the vendor's retries.
#[test]
fn an_access_log_tells_which_callbacks_came_and_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let line = |time: &str, status: u16| {
        format!("::1 - - [24/Nov/2026:{time} +0000] \"POST /cb?k=1 HTTP/1.1\" {status} 0 \"-\" \"x\"\n")
    };
    let times = [
        ("14:10:00", 503),
        ("14:10:30", 200),
        ("14:11:00", 503),
        ("14:12:01", 200),
        ("14:20:00", 500),
        ("14:40:00", 401),
    ];
    let mut log: String = times.iter().map(|(time, status)| line(time, *status)).collect();
    log.push_str("::1 - - [24/Nov/2026:14:40:01 +0000] \"GET /healthz HTTP/1.1\" 200 2\n");
    // A probe by TLS.
    log.push_str("::1 - - [24/Nov/2026:14:40:02 +0000] \"\\x16\\x03\\x01\" 400 150\n");
    fs::write(folder.path().join("access.log"), log).unwrap();
    let output = within(folder.path(), "report access.log --provider tencent");
    exits(&output, 1);
    let said = stdout(&output);
    for line in [
        "access.log: 6 requests, 4 callbacks, 2026-11-24T14:10:00Z to 2026-11-24T14:40:00Z",
        "left out: 1 request with another method than POST, 1 request that was not HTTP",
        "503 ×2, then 200, 1m apart  accepted at attempt 3",
        "500  never accepted: the attempt due at 2026-11-24T14:21:00Z is missing, it did not come here",
        "401  not accepted yet: the next attempt is due at 2026-11-24T14:41:00Z",
        "4 callbacks: 2 accepted, 2 not, 1 with a missing attempt",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    assert!(!said.contains("k=1"), "{said}");
    // The page shows the same log, without the question of a monitor.
    let page = fs::read_to_string(file("docs/capture.md")).unwrap();
    for line in said.lines().filter(|line| !line.starts_with("left out")) {
        assert!(page.contains(line), "{line}");
    }
    exits(&within(folder.path(), "report access.log --report json"), 2);
}

/// What asks the `check` of a language about each of these messages; all but Java read them from a file.
fn calls(language: &str, messages: &[Value]) -> String {
    match language {
        "python" => {
            format!("for message in open(CASES, 'rb'):\n    print(check(message, '{KEY}'), end=' ')\n")
        }
        "node" => format!(
            "for (const message of require('fs').readFileSync(CASES, 'utf8').trim().split('\\n'))\n  \
             process.stdout.write(check(message, '{KEY}') + ' ');\n"
        ),
        "php" => format!(
            "foreach (file(CASES) as $message)\n    echo check($message, '{KEY}') ? 'true ' : 'false ';\n"
        ),
        "go" => format!(
            "\tfile, _ := os.Open(CASES)\n\tdecoder := json.NewDecoder(file)\n\tdecoder.UseNumber()\n\tfor decoder.More() {{\n\t\tvar \
             message map[string]any\n\t\t_ = decoder.Decode(&message)\n\t\tfmt.Print(Check(message, \"{KEY}\"), \" \")\n\t}}\n"
        ),
        _ => {
            let put = |(name, value): (&String, &Value)| match value {
                Value::String(_) | Value::Null => format!("m.put(\"{name}\", {value}); "),
                Value::Array(one) => format!("m.put(\"{name}\", List.of({})); ", one[0]),
                number => format!("m.put(\"{name}\", {number}L); "),
            };
            let call = |message: &Value| {
                let puts: String = message.as_object().unwrap().iter().map(put).collect();
                format!("m.clear(); {puts}System.out.print(Callback.check(m, \"{KEY}\") + \" \");\n")
            };
            let all: String = messages.iter().map(call).collect();
            format!("Map<String, Object> m = new HashMap<>();\n{all}")
        }
    }
}

/// A provider, a method, an event that is signed in another way than files are, and a message without its signature.
type Unsigned = (&'static str, &'static str, &'static str, &'static str);

/// The message as it is signed, with zeros for the signature, with it in a list, and with none.
fn variants((provider, method, _, unsigned): Unsigned) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("unsigned.json");
    fs::write(&path, unsigned).unwrap();
    let mut sign = hookreel();
    sign.args(["sign", provider, path.to_str().unwrap(), "--method", method, "--secret-env", "CALLBACK_KEY"]);
    let signed = sign.env("CALLBACK_KEY", KEY).output().unwrap();
    exits(&signed, 0);
    let sent: Value = serde_json::from_slice(&signed.stdout).unwrap();
    let field = if sent.get("sign").is_some() { "sign" } else { "auth_sign" };
    let zeros = "0".repeat(sent[field].as_str().unwrap().len());
    let wrong = [zeros.into(), json!([sent[field]]), Value::Null].map(|other| {
        let mut wrong = sent.clone();
        wrong[field] = other;
        wrong
    });
    [vec![sent], wrong.to_vec()].concat()
}

#[test]
fn the_lines_of_each_language_take_what_is_right_and_refuse_the_rest() {
    let plain = r#"{"event_type":"RECORD_FILE_COMPLETE","publish_domain":"push.example.com","app":"live","stream":"s","download_url":"https://x/a.m3u8"}"#;
    let push = r#"{"event":"PUBLISH","domain":"push.example.com","app":"live","stream":"s","user_args":"","client_ip":"1.2.3.4","node_ip":"1.2.3.4","publish_timestamp":"1"}"#;
    let senders: [Unsigned; 4] = [
        ("huawei", "hmac-sha256", "", plain),
        ("huawei", "md5", "", plain),
        ("huawei", "hmac-sha256", "PUBLISH", push),
        ("tencent", "md5", "", r#"{"event_type":100,"stream_id":"s","file_id":"1"}"#),
    ];
    let messages = senders.map(variants);
    let check = |language: &str| {
        let snippet = |((provider, method, event, _), messages): (&Unsigned, &Vec<Value>)| {
            let mut args = vec!["show", provider, "--formula", language, "--method", method];
            args.extend(Some(*event).filter(|event| !event.is_empty()));
            let output = run(&args);
            exits(&output, 0);
            let lines = stdout(&output);
            assert!(lines.contains(" = MD5(") || lines.contains(" = HMAC-SHA256("), "{lines}");
            let cases = messages.iter().map(|message| format!("{message}\n")).collect();
            Snippet { lines, calls: calls(language, messages), cases }
        };
        let snippets: Vec<Snippet> = senders.iter().zip(&messages).map(snippet).collect();
        let judged = judged(language, &snippets);
        for (n, judged) in judged.iter().flatten().enumerate() {
            let (told, lines) = (&messages[n], &snippets[n].lines);
            assert_eq!(judged, "true false false false", "{:?} in {language}\n{lines}\n{told:?}", senders[n]);
        }
        judged.is_some()
    };
    std::thread::scope(|scope| {
        let all =
            ["python", "node", "go", "java", "php"].map(|language| scope.spawn(move || check(language)));
        assert!(all.into_iter().any(|one| one.join().unwrap()));
    });
}

/// What asks the `check` of a language about bytes that are no message; Go and Java take a message that was read.
fn calls_without_a_message(language: &str) -> String {
    match language {
        "python" => format!(
            "for body in [b'\\xff', *open(CASES, 'rb').read().splitlines()]:\n    print(check(body, '{KEY}'), end=' ')\n"
        ),
        "node" => format!(
            "for (const body of [Buffer.from([255]), ...require('fs').readFileSync(CASES, 'utf8').split('\\n')])\n  \
             process.stdout.write(check(body, '{KEY}') + ' ');\n"
        ),
        "php" => format!(
            "foreach (file(CASES, FILE_IGNORE_NEW_LINES) as $body)\n    echo check($body, '{KEY}') ? 'true ' : 'false ';\n"
        ),
        "go" => format!(
            "\t_, _, _ = os.Stdout, json.Valid, CASES\n\tfmt.Print(Check(nil, \"{KEY}\"), \" \", Check(map[string]any{{\"sign\": nil}}, \
             \"{KEY}\"), \" \")\n"
        ),
        _ => format!(
            "System.out.print(Callback.check(null, \"{KEY}\") + \" \" + Callback.check(new HashMap<String, Object>(), \"{KEY}\") + \" \
             \");\n"
        ),
    }
}

#[test]
fn the_lines_of_each_language_are_false_for_what_is_no_message() {
    let bodies =
        ["x", "{", "", "null", "7", "\"text\"", "[]", "[1]", "{}", r#"{"sign":"\ud800","t":"\ud800"}"#];
    let deep = "[".repeat(100_000);
    let cases = bodies.iter().copied().chain([deep.as_str()]).collect::<Vec<_>>().join("\n");
    let check = |language: &str| {
        let snippet = |(provider, method): &(&str, &str)| {
            let output = run(&["show", provider, "--formula", language, "--method", method]);
            exits(&output, 0);
            let lines = stdout(&output);
            Snippet { lines, calls: calls_without_a_message(language), cases: cases.clone() }
        };
        let senders = [("huawei", "hmac-sha256"), ("huawei", "md5"), ("tencent", "md5")];
        let snippets: Vec<Snippet> = senders.iter().map(snippet).collect();
        for (n, judged) in judged(language, &snippets).into_iter().flatten().enumerate() {
            assert!(
                !judged.is_empty() && !judged.contains("true"),
                "{language}: {judged}\n{}",
                snippets[n].lines
            );
        }
    };
    std::thread::scope(|scope| {
        for language in ["python", "node", "go", "java", "php"] {
            scope.spawn(move || check(language));
        }
    });
}

#[test]
fn a_starter_tells_of_the_files_that_its_plan_has() {
    for (provider, files) in [
        ("huawei", "two files: 30m and 20m\n"),
        ("tencent", "two files: 30m and 20m\n"),
        ("trtc", "two files: 30m and 20m\n"),
        ("mux", "two files: 30m and 20m\n"),
        ("agora", "two files, 30m and 20m, told in one message\n"),
        ("zoom", "two files, 30m and 20m, told in one message\n"),
        ("livekit", "one file of 50m\n"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        exits(&within(folder.path(), &format!("init {provider} -t 8080")), 0);
        let path = folder.path().join(format!("hookreel/{provider}.yaml"));
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(files), "{provider}: {text}");
        let mut plan = hookreel();
        plan.args(["plan", path.to_str().unwrap(), "--config", "none"]).env("CALLBACK_KEY", KEY);
        let told = stdout(&plan.output().unwrap());
        assert_eq!(told.contains("file 2"), files.starts_with("two"), "{provider}: {told}");
    }
}

/// A line of `serve --capture` with this body and verdict.
fn captured(body: &str, verdict: &str, status: u16) -> String {
    let encoded = BASE64_STANDARD.encode(body);
    let line = json!({
        "capture": "hookreel.capture/1", "time": "2026-11-24T14:10:00.000Z", "method": "POST", "path": "/cb", "headers": [],
        "body": encoded, "verdict": verdict, "answer": {"status": status, "body": ""},
    });
    format!("{line}\n")
}

#[test]
fn a_forged_request_of_a_capture_becomes_no_right_callback() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(file("tests/samples/captured/t2025-04-cos.json")).unwrap();
    let path = folder.path().join("c.jsonl");
    let forged = captured(&text, "the signature does not match", 401);
    let other = captured(&text.replace("\"duration\"", "\"length\""), "accepted, stored", 200);
    fs::write(&path, format!("{forged}{other}")).unwrap();
    let output = within(folder.path(), "init --from c.jsonl");
    exits(&output, 0);
    let said = stderr(&output);
    assert!(
        said.contains("left out: 1 request without a right signature when captured")
            && said.contains("`--id 1` takes it"),
        "{said}"
    );
    assert!(!folder.path().join("hookreel/incident/2.json").exists());
    exits(&within(folder.path(), "init --from c.jsonl --id 1 --name meant"), 0);
    // The report offers no command that would end with nothing to send.
    fs::write(&path, &forged).unwrap();
    let output = within(folder.path(), "init --from c.jsonl --name none");
    exits(&output, 2);
    assert!(stderr(&output).contains("nothing was written"), "{}", stderr(&output));
    let output = within(folder.path(), "init huawei --from c.jsonl --name none");
    exits(&output, 2);
    let said = stderr(&output);
    assert!(said.contains("leave `huawei` out") && said.contains("nothing was written"), "{said}");
    let output = within(folder.path(), "report c.jsonl");
    let said = stdout(&output);
    assert!(!said.contains("--resign") && said.contains("hookreel replay c.jsonl --id 1 -t URL"), "{said}");
    let raw = Raw::statuses(&[200]);
    exits(&within(folder.path(), &format!("replay c.jsonl --id 1 -t {}", raw.port)), 0);
    assert_eq!(raw.requests().len(), 1);
}

#[test]
fn the_report_of_a_capture_tells_only_what_the_capture_tells() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(file("tests/samples/captured/t2025-04-cos.json")).unwrap();
    let body = serde_json::from_str::<Value>(&text).unwrap().to_string();
    fs::write(folder.path().join("bodies.jsonl"), format!("{body}\n{body}\n")).unwrap();
    let output = within(folder.path(), "report bodies.jsonl");
    exits(&output, 2);
    assert!(stderr(&output).contains("2 requests without answers, so nobody knows"), "{}", stderr(&output));
    // What the file is can be said to every command that reads one.
    fs::write(folder.path().join("odd"), format!("\n{}\n{body}\n", "hello")).unwrap();
    for line in [
        "report odd --as access-log",
        "verify odd --as bodies --secret-env CALLBACK_KEY",
        "init --from odd --as bodies",
    ] {
        let output = within(folder.path(), line);
        exits(&output, 2);
        assert!(stderr(&output).contains("odd:2: "), "{line}: {}", stderr(&output));
    }
    let twice = [503, 200, 200].map(|status| captured(&text, "accepted", status)).concat();
    fs::write(folder.path().join("c.jsonl"), twice).unwrap();
    let output = within(folder.path(), "report c.jsonl");
    assert!(stdout(&output).contains("accepted at attempt 2, and sent 1 more time\n"), "{}", stdout(&output));
}

#[cfg(unix)]
#[test]
fn a_capture_of_a_declared_provider_plays_without_its_flag() {
    let folder = tempfile::tempdir().unwrap();
    let captures = folder.path().join("captures");
    let served =
        Served::start("acme", &["--provider-file", "@acme", "--capture", captures.to_str().unwrap()]);
    fs::write(
        folder.path().join("own.yaml"),
        format!("provider: \"@acme\"\nsigning: {{key: {KEY}}}\nrecording: {{mp4: {{}}}}\nbroadcast: [{{0s: push}}, {{5m: drop}}]\n"),
    )
    .unwrap();
    exits(&within(folder.path(), &format!("run own.yaml -t {}", served.port)), 0);
    served.end("TERM");
    fs::create_dir(folder.path().join("vendors")).unwrap();
    fs::copy(file("docs/providers/acme.yaml"), folder.path().join("vendors/acme.yaml")).unwrap();
    for (name, from, written) in [
        ("shipped", "@acme", "provider: {name: \"@acme\""),
        ("own", "vendors/acme.yaml", "provider: {name: \"../../vendors/acme.yaml\""),
    ] {
        let output = within(
            folder.path(),
            &format!("init --from captures --provider-file {from} --name {name} --into tests"),
        );
        exits(&output, 0);
        let path = format!("tests/hookreel/{name}.yaml");
        let text = fs::read_to_string(folder.path().join(&path)).unwrap();
        assert!(text.contains(written) && text.matches("resign: true").count() == 2, "{text}");
        let served = Served::start("acme", &["--provider-file", "@acme"]);
        let output = within(folder.path(), &format!("run {path} -t {}", served.port));
        exits(&output, 0);
        assert!(stdout(&output).contains("2 accepted"), "{}", stdout(&output));
        served.end("TERM");
    }
    // What is signed in a header is signed again whatever event it tells of.
    fs::create_dir(folder.path().join("more")).unwrap();
    let line = captured(r#"{"type":"recording.unheard","stream":"s"}"#, "accepted", 200);
    let all =
        fs::read_dir(&captures).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    fs::write(folder.path().join("more/c.jsonl"), format!("{}{line}\n", all.collect::<String>())).unwrap();
    exits(&within(folder.path(), "init --from more --provider-file @acme --name more"), 0);
    let text = fs::read_to_string(folder.path().join("hookreel/more.yaml")).unwrap();
    assert_eq!(text.matches("resign: true").count(), 3, "{text}");
    // `replay` knows them as well.
    let raw = Raw::statuses(&[200]);
    let line =
        format!("replay captures --provider-file @acme --resign --secret-env CALLBACK_KEY -t {}", raw.port);
    let output = within(folder.path(), &line);
    exits(&output, 0);
    assert!(stdout(&output).contains("as before: 2"), "{}", stdout(&output));
}

#[test]
fn files_for_another_folder_name_what_is_there_from_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(file("docs/providers/acme.yaml"), folder.path().join("acme.yaml")).unwrap();
    let output = within(folder.path(), "init acme.yaml --into new/one");
    exits(&output, 0);
    let said = stdout(&output);
    assert!(
        said.contains("hookreel plan new/one/hookreel\n")
            && said.contains("hookreel run new/one/hookreel -t"),
        "{said}"
    );
    let text = fs::read_to_string(folder.path().join("new/one/hookreel/acme.yaml")).unwrap();
    assert!(text.contains("provider: \"../../../acme.yaml\"\n"), "{text}");
    exits(&within(folder.path(), "plan new/one/hookreel"), 0);
}

#[test]
fn files_that_cannot_all_be_written_leave_nothing_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".github"), "a file").unwrap();
    let output = within(folder.path(), "init huawei");
    exits(&output, 2);
    let said = stderr(&output);
    assert!(
        said.contains("cannot write `./.github/workflows/hookreel.yml`")
            && said.contains("; nothing was written"),
        "{said}"
    );
    assert!(
        !folder.path().join("hookreel/huawei.yaml").exists() && !folder.path().join("hookreel.toml").exists()
    );
    fs::remove_file(folder.path().join(".github")).unwrap();
    exits(&within(folder.path(), "init huawei"), 0);
}

/// A disk that is full in the middle of a file, as far as one process can have it: no file may be longer than this.
#[cfg(unix)]
#[test]
fn a_file_that_was_begun_on_a_full_disk_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!("trap '' XFSZ; ulimit -f 1; exec {} init huawei", program());
    let output = Command::new("sh").args(["-c", &line]).current_dir(folder.path()).output().unwrap();
    exits(&output, 2);
    assert!(stderr(&output).contains("nothing was written"), "{}", stderr(&output));
    assert!(!folder.path().join("hookreel/huawei.yaml").exists());
}

#[test]
fn the_settings_of_a_declared_sender_name_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(crate::stage::file("docs/providers/acme.yaml")).unwrap();
    let text = text.replace("provider: acme", "provider: acme-own");
    std::fs::write(folder.path().join("own.yaml"), text).unwrap();
    exits(&within(folder.path(), "init acme-own --provider-file own.yaml"), 0);
    let settings = std::fs::read_to_string(folder.path().join("hookreel.toml")).unwrap();
    assert!(settings.contains("provider-file = [\"own.yaml\"]"), "{settings}");
    let mut send = hookreel();
    send.current_dir(folder.path()).env("CALLBACK_KEY", "0123456789abcdef");
    let output =
        send.args(["send", "acme-own", "record_file", "-t", "http://127.0.0.1:1/"]).output().unwrap();
    assert!(!stderr(&output).contains("acme-own`"), "it is known: {}", stderr(&output));
    exits(&output, 3);
}
