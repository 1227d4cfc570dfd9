//! Files in the place of others: captures where a scenario belongs, envelopes where a callback does, archives without a body.

use std::fs;

use serde_json::{Value, json};

use crate::stage::{KEY, Raw, exits, hookreel, run, scenario, stderr, stdout};

/// A key as people have it, which no output repeats.
const DRAWN: &str = "k3y4b7Zq9XtestKEYabcdef0987";

/// A folder to write files into, which gives the path of each.
struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn of(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

/// A callback of Tencent that is signed with the key of the tests.
fn callback() -> String {
    stdout(&run(&["plan", "@tencent/single-file", "--body", "tencent-2025-1"])).trim().to_owned()
}

#[test]
fn what_is_given_in_the_place_of_a_scenario_is_named_with_what_takes_it() {
    let files = Files::new();
    let body = callback();
    let entry = json!({"request": {"method": "POST", "url": "http://x/", "postData": {"text": body}}});
    let har = json!({"log": {"entries": [entry]}}).to_string();
    let nginx = "::1 - - [24/Nov/2026:14:10:25 +0000] \"POST /cb HTTP/1.1\" 503 2\n";
    for (name, text, wanted) in [
        (
            "a.har",
            har.as_str(),
            vec!["an HTTP archive (HAR), not a scenario", "hookreel report", "hookreel replay"],
        ),
        (
            "a.yaml",
            &format!("POST /cb HTTP/1.1\nHost: x\n\n{body}"),
            vec!["a captured HTTP request", "hookreel verify"],
        ),
        ("b.yaml", &format!("{body}\n{body}\n"), vec!["a file with a body a line", "hookreel replay"]),
        ("access.yaml", nginx, vec!["an access log", "hookreel report"]),
        (
            "app.log",
            &format!("2026-11-24T14:10:25Z INFO came: {body}\n"),
            vec!["a log", "the JSON object alone"],
        ),
        ("page.html", "<!DOCTYPE html>\n<p>404</p>\n", vec!["an HTML page", "hookreel init"]),
        (
            "api.yaml",
            "openapi: 3.0.0\ninfo: {title: x}\npaths: {}\n",
            vec!["an OpenAPI document", "hookreel init"],
        ),
        ("c.yaml", "services: {web: {image: x}}\nversion: '3'\n", vec!["a file of Docker Compose"]),
        ("ci.yaml", "name: ci\non: push\njobs: {a: {}}\n", vec!["a workflow of GitHub Actions"]),
        (
            ".env",
            &format!("# keys\nCALLBACK_KEY={DRAWN}\nDB=postgres://u:pass@h/\n"),
            vec!["a file of variables", "--secret-env"],
        ),
        ("key.txt", &format!("{DRAWN}\n"), vec!["one word", "--secret-file"]),
    ] {
        let path = files.of(name, text);
        for command in ["check", "run", "plan"] {
            let output = run(&[command, &path]);
            exits(&output, 2);
            let said = stderr(&output);
            assert!(wanted.iter().all(|wanted| said.contains(wanted)), "{name}: {said}");
            assert_eq!(said.matches("error: ").count(), 1, "{name}: {said}");
            let (telling, password) = (said.contains(DRAWN), said.contains("u:pass"));
            assert!(!telling && !password && !said.contains("\"sign\""), "{name}: {said}");
        }
    }
    // A scenario with mistakes is one.
    for text in [
        "name: a\nprovider: huawei\n\nbroadcst: []\n",
        "{\"provider\": \"huawei\", \"openapi\": 1}\n",
        "provder: huawei\nservices: {}\n",
    ] {
        let (_folder, path) = scenario(text);
        let said = stderr(&run(&["check", &path]));
        assert!(!said.contains("not a scenario"), "{said}");
    }
}

#[test]
fn a_key_that_stands_where_none_belongs_is_not_repeated() {
    let head = "provider: tencent\nrecording: {mp4: {}}\nbroadcast: [{0s: push}, {10m: drop}]\n";
    for text in [
        format!("{head}- {DRAWN}\n"),
        format!("{head}faults: [{{wrong-key: {{as: {DRAWN}}}}}]\n"),
        format!("{head}faults: [{{wrong-key: {DRAWN}}}]\n"),
        format!("{head}faults: [{{repeat-key: {{key: {DRAWN}}}}}]\n"),
        format!("{head}expect: {{state: [{{name: x, get: 'http://u:{DRAWN}@[', once: true}}]}}\n"),
        format!("{head}expect: {{state: [{{name: x, get: 'http://u:pa55@[', once: true}}]}}\n"),
        format!("two words {DRAWN}\n"),
        format!("CALLBACK_KEY={DRAWN}\n\"x\": y\n"),
    ] {
        let (_folder, path) = scenario(&text);
        for command in ["check", "run", "plan"] {
            let output = run(&[command, &path]);
            exits(&output, 2);
            let said = stderr(&output);
            assert!(!said.contains(DRAWN) && !said.contains("pa55"), "{text}\n{said}");
        }
    }
}

#[test]
fn an_archive_without_a_body_is_no_success() {
    let files = Files::new();
    let get = |method: &str| json!({"request": {"method": method, "url": "http://x/y", "headers": []}});
    for (entries, wanted) in [
        (json!([]), "there is no request in this archive"),
        (json!([get("POST")]), "its request has no body"),
        (json!([get("GET"), get("OPTIONS")]), "none of its 2 requests has a body"),
    ] {
        let path = files.of("a.har", &json!({"log": {"entries": entries}}).to_string());
        for args in [
            &["verify", &path][..],
            &["verify", "tencent", &path],
            &["report", &path],
            &["replay", &path, "-t", "1"],
        ] {
            let key: &[&str] = if args.contains(&"report") { &[] } else { &["--secret-env", "CALLBACK_KEY"] };
            let output = hookreel().env("CALLBACK_KEY", KEY).args(args).args(key).output().unwrap();
            exits(&output, 2);
            assert!(stderr(&output).contains(wanted), "{args:?}: {}", stderr(&output));
            assert_eq!(stderr(&output).matches("error: ").count(), 1, "{}", stderr(&output));
        }
    }
    // Beside a file that has one it is a remark.
    files.of("b.json", &callback());
    let folder = files.0.path().display().to_string();
    let output = hookreel()
        .env("CALLBACK_KEY", KEY)
        .args(["verify", &folder, "--secret-env", "CALLBACK_KEY"])
        .output();
    let output = output.unwrap();
    exits(&output, 0);
    assert!(stderr(&output).contains("none of its 2 requests has a body"), "{}", stderr(&output));
    let blank = files.of("blank.jsonl", "\n\n");
    let output = run(&["replay", &blank, "--as", "bodies", "-t", "1"]);
    exits(&output, 2);
    assert!(stderr(&output).contains("there is no request in it"), "{}", stderr(&output));
}

#[test]
fn an_envelope_around_a_callback_is_named_as_such() {
    let files = Files::new();
    let body = callback();
    let object: Value = serde_json::from_str(&body).unwrap();
    for (text, wanted) in [
        (json!({"body": object}), "holds one of tencent at `.body`"),
        (json!({"body": body, "isBase64Encoded": false}), "jq -j .body"),
        (json!({"level": "info", "msg": {"http.body": object}}), ".msg.[\"http.body\"]"),
        (json!({"Records": [{"body": body}]}), "at `.Records[0].body`"),
    ] {
        let path = files.of("e.json", &text.to_string());
        for args in [&["verify", &path][..], &["verify", "tencent", &path]] {
            let output = hookreel()
                .env("CALLBACK_KEY", KEY)
                .args(args)
                .args(["--secret-env", "CALLBACK_KEY"])
                .output();
            let output = output.unwrap();
            exits(&output, 2);
            let said = stderr(&output);
            assert!(
                said.contains(wanted) && said.contains("hookreel verify tencent callback.json"),
                "{said}"
            );
            assert!(!said.contains(object["sign"].as_str().unwrap()), "{said}");
        }
    }
}

#[test]
fn a_token_in_the_path_of_a_capture_is_masked_wherever_it_comes_back() {
    let files = Files::new();
    let path = files.of(
        "r.http",
        &format!(
            "POST /cb?token={DRAWN}&a=1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\r\n{}",
            callback()
        ),
    );
    let raw = Raw::serve_each(|request, stream| {
        use std::io::Write;
        let line = String::from_utf8_lossy(request).lines().next().unwrap_or_default().to_owned();
        let answer = format!("HTTP/1.1 500 x\r\nContent-Length: {}\r\n\r\n{line}", line.len());
        stream.write_all(answer.as_bytes()).is_ok()
    });
    let record = files.of("record.jsonl", "");
    let output = run(&["replay", &path, "-t", &raw.port(), "--record", &record, "-v"]);
    let sent = String::from_utf8_lossy(&raw.requests()[0]).into_owned();
    assert!(sent.contains(DRAWN), "{sent}");
    for shown in [stdout(&output), stderr(&output), fs::read_to_string(&record).unwrap()] {
        assert!(!shown.contains(DRAWN), "{shown}");
    }
    assert!(stdout(&output).contains("token=(hidden)"), "{}", stdout(&output));
}

#[test]
fn what_config_shows_is_refused_as_the_command_itself_would() {
    let folder = tempfile::tempdir().unwrap();
    let config = |text: &str, variable: (&str, &str)| {
        fs::write(folder.path().join("hookreel.toml"), text).unwrap();
        let mut command = hookreel();
        command.env(variable.0, variable.1).current_dir(folder.path());
        command.args(["config", "run"]).output().unwrap()
    };
    for (variable, wanted) in [
        (("HOOKREEL_JOBS", "x"), "invalid value 'x' for 'HOOKREEL_JOBS'"),
        (("HOOKREEL_JOBS", ""), "invalid value '' for 'HOOKREEL_JOBS'"),
        (("HOOKREEL_TARGET", ""), "is $HOOKREEL_TARGET set?"),
        (("HOOKREEL_FAIL_FAST", "2"), "write yes or no"),
        (("HOOKREEL_SPEED", "fast"), "HOOKREEL_SPEED"),
        (("HOOKREEL_REPORT", "junit.xml"), "did you mean `junit=junit.xml`?"),
        (("HOOKREEL_SEED", "-1"), "HOOKREEL_SEED"),
        (("HOOKREEL_EXPECT", "{"), "HOOKREEL_EXPECT at character 1"),
        (("HOOKREEL_EXPECT", "{accept: {stauts: 200}}"), "unknown key `stauts`"),
    ] {
        let output = config("seed = 1\n", variable);
        exits(&output, 2);
        assert!(stderr(&output).contains(wanted), "{variable:?}: {}", stderr(&output));
    }
    for (text, wanted) in [
        ("expect = \"{accept: {stauts: 200}}\"\n", "unknown key `stauts`"),
        ("state = \"\"\n", "the address is empty"),
    ] {
        let output = config(text, ("X", "y"));
        exits(&output, 2);
        let said = stderr(&output);
        assert!(said.contains(wanted) && said.contains("hookreel.toml:1:"), "{said}");
    }
    let right = config("expect = \"{accept: {status: 200}}\"\n", ("HOOKREEL_JOBS", "2"));
    exits(&right, 0);
    assert!(stdout(&right).contains("HOOKREEL_JOBS"), "{}", stdout(&right));
}

#[test]
fn a_number_that_is_no_time_of_today_is_refused() {
    for word in ["2026", "0", "20260308", "-1"] {
        let output = run(&["run", "@tencent/single-file", &format!("--now={word}")]);
        exits(&output, 2);
        assert!(stderr(&output).contains("2026-03-08T14:10:25Z"), "{}", stderr(&output));
    }
    exits(&run(&["run", "@tencent/single-file", "--now", "1772979025"]), 0);
}

#[test]
fn a_port_that_is_none_is_not_the_name_of_a_file_of_figures() {
    for place in ["99999", ":70000", "localhost:99999", "127.0.0.1:99999", "example.com:9464"] {
        let output =
            run(&["load", "@tencent/single-file", "-t", "1", "--metrics", &format!("prometheus={place}")]);
        exits(&output, 2);
        assert!(stderr(&output).contains("write prometheus=127.0.0.1:9464"), "{}", stderr(&output));
    }
}

#[test]
fn one_slip_is_one_error_with_the_words_to_write() {
    let head = "provider: tencent\nrecording: {mp4: {}}\n";
    let steps = "broadcast: [{0s: push}, {10m: drop}]\n";
    for (text, wanted) in [
        (
            format!("{head}{steps}faults:\n  - duplicate:\n    nth: 2\n"),
            vec!["`nth` stands beside `duplicate`", ":6:5"],
        ),
        (
            format!("{head}{steps}faults:\n  - {{name: duplicate, nth: 2}}\n"),
            vec!["write `duplicate: {nth: ...}`"],
        ),
        (format!("{head}{steps}faults: [{{type: duplicate}}]\n"), vec!["write `duplicate`"]),
        (format!("{head}broadcast:\n  - push: 0s\n  - drop: 10m\n"), vec!["write `0s: push`", ":4:5"]),
        (
            format!("{head}broadcast: [{{at: 0s, do: push}}, {{at: 9m, do: drop}}]\n"),
            vec!["write `0s: push`"],
        ),
        (format!("{head}broadcast: [{{0s: push}}, {{~: drop}}]\n"), vec!["a key is missing here"]),
        (
            format!("provider: tencent\nrecording\u{200b}: {{mp4: {{}}}}\n{steps}"),
            vec!["zero-width space (U+200B)", ":2:10"],
        ),
        (
            format!("provider: tencent\nrecording:\n\u{a0}\u{a0}mp4: {{}}\n{steps}"),
            vec!["no-break space (U+00A0)", ":3:1"],
        ),
        (
            format!("{head}{steps}<<<<<<< HEAD\nlimits: on\n=======\nlimits: off\n>>>>>>> x\n"),
            vec!["a merge of two versions", ":4:1"],
        ),
        (format!("{head}{steps}expect: {{within: 5s}}#c\n"), vec!["a space belongs before the `#`"]),
        (format!("name = x\n{head}{steps}"), vec!["write `name: ...`", ":1:6"]),
        (
            format!("{head}{steps}signing: {{key: \u{201c}${{X}}\u{201d}}}\n"),
            vec!["a typographic quote", ":4:16"],
        ),
        (format!("{head}{steps}signing: {{key: {{{{ X }}}}}}\n"), vec!["a variable is written \"${NAME}\""]),
        (format!("{head}{steps}signing: {{key: !env CALLBACK_KEY}}\n"), vec!["means nothing here", ":4:16"]),
        (format!("{head}{steps}stream: mystream\n"), vec!["write `{name: mystream}`"]),
        (format!("provider: tencent\nrecording: {{mp4: 30m}}\n{steps}"), vec!["write `{cycle: 30m}`"]),
        (
            format!(
                "{head}name: \"b\"\nexpect: {{accept: {{json: {{\"$.a\": {{matches: \"^\\d+$\"}}}}}}}}\n{steps}"
            ),
            vec!["single quotes", ":4:45"],
        ),
    ] {
        let (_folder, path) = scenario(&text);
        let output = run(&["check", &path]);
        exits(&output, 2);
        let said = stderr(&output);
        assert!(wanted.iter().all(|wanted| said.contains(wanted)), "{text}\n{said}");
        assert_eq!(said.matches("error: ").count(), 1, "{text}\n{said}");
    }
}

#[test]
fn a_file_that_is_no_utf_8_is_told_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for (bytes, wanted) in [
        (b"\xff\xfea\0".as_slice(), "is UTF-16"),
        (b"\x1f\x8b\x08\0\xff", "compressed with gzip"),
        (b"PK\x03\x04\xff", "a ZIP archive"),
        (b"name: x\nprovider: l\xe9tin\n", "s.yaml:2:12: the file is not UTF-8 text: the byte 0xe9"),
    ] {
        let path = folder.path().join("s.yaml");
        fs::write(&path, bytes).unwrap();
        let output = run(&["check", path.to_str().unwrap()]);
        exits(&output, 2);
        assert!(stderr(&output).contains(wanted), "{}", stderr(&output));
    }
}

#[test]
fn what_is_no_body_is_not_signed_as_one() {
    let files = Files::new();
    let body = callback();
    let entry = json!({"request": {"method": "POST", "url": "http://x/", "postData": {"text": body}}});
    for (name, text, wanted) in [
        ("a.har", json!({"log": {"entries": [entry]}}).to_string(), "an HTTP archive (HAR), not a body"),
        (
            "c.jsonl",
            format!("{}\n", json!({"capture": "hookreel.capture/1"})),
            "a capture of `serve`, not a body",
        ),
    ] {
        let path = files.of(name, &text);
        let output = hookreel()
            .env("CALLBACK_KEY", KEY)
            .args(["sign", "tencent", &path, "--secret-env", "CALLBACK_KEY"])
            .output();
        let output = output.unwrap();
        exits(&output, 2);
        assert!(stderr(&output).contains(wanted) && stdout(&output).is_empty(), "{}", stderr(&output));
    }
    let other = files.of("d.jsonl", &format!("{}\n", json!({"capture": "hookreel.capture/9", "new": 1})));
    let output = run(&["replay", &other, "-t", "1"]);
    exits(&output, 2);
    assert!(stderr(&output).contains("not hookreel.capture/9"), "{}", stderr(&output));
}

#[test]
fn a_command_or_a_size_that_cannot_be_meant_is_refused() {
    for (flags, wanted) in [
        (["--exec", ""], "the command is empty"),
        (["--exec", "  "], "the command is empty"),
        (["--exec-memory", "100"], "write its unit, such as 100M"),
    ] {
        let output = run(&[&["run", "@tencent/single-file", "-t", "1"], &flags[..]].concat());
        exits(&output, 2);
        assert!(stderr(&output).contains(wanted), "{}", stderr(&output));
    }
}

#[test]
fn what_is_no_record_is_told_in_words_of_the_field() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.jsonl").display().to_string();
    exits(&run(&["run", "@tencent/single-file", "--record", &path]), 0);
    let record = fs::read(&path).unwrap();
    let told = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let output = run(&["report", &path]);
        (output.status.code(), stderr(&output))
    };
    assert_eq!(told(&[b"\xef\xbb\xbf", &record[..]].concat()).0, Some(0), "behind a byte order mark");
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(record.iter().flat_map(|byte| [*byte, 0])).collect();
    let end = record.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let blank = [&record[..end], b"\n", &record[end..]].concat();
    for (bytes, wanted) in [
        (b"".as_slice(), "is empty"),
        (&utf16, "is UTF-16"),
        (b"\x1f\x8b\x08\0", "compressed with gzip"),
        (b"[{\"line\": \"run\"}]", "a JSON list, not a record"),
        (b"1.0 - - x\n", "line 1: "),
        (&blank, "line 2: an empty line stands here"),
    ] {
        let (code, said) = told(bytes);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(wanted), "{said}");
        for word in ["enum", "variant", "EOF", "expected value"] {
            assert!(!said.contains(word), "{said}");
        }
    }
}
