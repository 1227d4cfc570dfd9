//! Providers that a file declares.

use std::collections::BTreeMap;
use std::fs;

use hmac::{Hmac, KeyInit, Mac};
use hookreel::lifecycle::draw::Draws;
use hookreel::lifecycle::{seen, simulate};
use hookreel::problem::Source;
use hookreel::provider::declared::{DeclaredFrom, FUNCTIONS, declare};
use hookreel::provider::signature::{SignatureKeys, Unsigned, seal, unsigned};
use hookreel::provider::{EventContext, Message, Provider, ProviderSetting, Revision, Wire};
use hookreel::scenario::{Jitter, Method, load};
use secrecy::SecretString;
use sha2::Sha256;

use crate::serving::Served;
use crate::stage::{Raw, exits, file, hookreel, run, stderr, stdout};

fn declared(name: &str) -> &'static Provider {
    let name = format!("tests/providers/{name}.yaml");
    let text = fs::read_to_string(file(&name)).unwrap();
    declare(Source { name, text }, DeclaredFrom::CommandLine).map_err(|(_, problems)| problems).unwrap()
}

/// What this provider makes of a shipped scenario: rules, policy, and each message, signed; none where it cannot. Ids are drawn by the
/// same names, whoever sends.
fn told(path: &str, provider: &'static Provider, revision: &'static Revision) -> Option<Vec<String>> {
    let text = fs::read_to_string(file(&format!("scenarios/{path}.yaml"))).unwrap();
    let loaded = load(Source { name: path.into(), text }, &BTreeMap::new()).map_err(|(_, p)| p).unwrap();
    let scenario = &loaded.scenario;
    let rules = (provider.rules)(scenario, revision);
    if !(provider.check)(scenario, revision).is_empty() {
        return None;
    }
    let draws = Draws::new(1);
    let facts = simulate(&scenario.broadcast, &rules);
    let facts = if scenario.media.jitter == Jitter::On { seen(facts, &draws) } else { facts };
    let choices = scenario.provider.choices();
    let given = &choices.first().unwrap().1.settings;
    let value = |setting: &ProviderSetting| {
        given.get(setting.name).map_or_else(|| setting.default.to_owned(), |word| word.0.clone())
    };
    let settings = provider.settings.iter().map(|setting| (setting.name, value(setting))).collect();
    let context = EventContext {
        scenario,
        revision,
        wire: Wire::Documented,
        settings: &settings,
        epoch: jiff::Timestamp::constant(1_772_979_025, 0),
        draws,
        facts: &facts,
    };
    let key = SecretString::from("0123456789abcdef0123456789abcdef".to_owned());
    let sealed = |message: &Message, method: Method| {
        let second = revision.second_callback(message.event);
        let signature = match second {
            Some(second) => second.signature.as_ref(),
            None => revision.signature(method),
        };
        let Some(signature) = signature else { return unsigned(&message.body, Unsigned::Empty) };
        signature.body_template(&message.body)
    };
    let line = |message: Message| {
        let both = [Method::Md5, Method::HmacSha256].map(|method| {
            let template = sealed(&message, method);
            let keys = revision.signature(method).map(|signature| SignatureKeys {
                method,
                signature,
                key: key.clone(),
                others: Default::default(),
                lifetime: provider.lifetime,
                time: revision.signed_time,
                resign_retries: true,
            });
            String::from_utf8(seal(&template, keys.as_ref(), 1_772_979_625).body.to_vec()).unwrap()
        });
        format!("{} {} {:?} {:?} {both:?}", message.fact, message.event, message.file_keys, message.head)
    };
    let time = (!revision.signatures.is_empty()).then_some(revision.signed_time);
    let first = format!("{rules:?} {:?} {time:?}", revision.policy);
    let known = |message: &Message| {
        let kind = provider.events.iter().find(|kind| kind.name == message.event).unwrap();
        kind.editions.contains(&revision.edition)
    };
    let messages = (provider.messages)(&context).into_iter().filter(known);
    Some(std::iter::once(first).chain(messages.map(line)).collect())
}

/// Number of messages that were compared.
fn compare(own: &str, declared: &'static Provider, scenarios: &[&str]) -> usize {
    let built_in = hookreel::provider::find(own, "").unwrap();
    let mut compared = 0;
    for path in scenarios {
        for (revision, said) in built_in.revisions.iter().zip(declared.revisions) {
            assert_eq!(revision.name, said.name);
            let (right, ours) = (told(path, built_in, revision), told(path, declared, said));
            assert_eq!(right.is_some(), ours.is_some(), "{path} {}", revision.name);
            let (Some(right), Some(ours)) = (right, ours) else { continue };
            for (right, ours) in right.iter().zip(&ours) {
                assert_eq!(right, ours, "{path} {}", revision.name);
            }
            assert_eq!(right.len(), ours.len(), "{path} {}", revision.name);
            compared += right.len() - 1;
        }
    }
    compared
}

#[test]
fn huawei_declared_in_a_file_plans_the_same_bytes_in_every_revision() {
    let scenarios = [
        "huawei/cycle",
        "huawei/drop-inside-window",
        "huawei/drop-outside-window",
        "huawei/every-order",
        "huawei/file-complete-only",
        "huawei/forever",
        "huawei/new-file-after-drop",
        "huawei/normal",
        "huawei/once-per-task",
        "huawei/pull-failed",
        "huawei/several-formats",
        "huawei/upload-failed",
        "huawei/upload-overtaken",
        "push/huawei",
    ];
    let compared = compare("huawei", declared("huawei"), &scenarios);
    assert!(compared > 300, "{compared}");
}

#[test]
fn tencent_declared_in_a_file_plans_the_same_bytes_as_its_pages_in_every_revision() {
    let scenarios = [
        "tencent/api-task",
        "tencent/every-event",
        "tencent/flv-cycle",
        "tencent/hls-and-mp4",
        "tencent/hls-resume-one-file",
        "tencent/receiver-down-then-up",
        "tencent/resume-exceeded",
        "tencent/single-file",
    ];
    let compared = compare("tencent", declared("tencent"), &scenarios);
    assert!(compared > 60, "{compared}");
}

/// What is said of a provider file in which one text is another.
fn said(from: &str, to: &str) -> String {
    let text = fs::read_to_string(file("docs/providers/acme.yaml")).unwrap();
    assert!(text.contains(from), "{from}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acme.yaml");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
    let output = run(&["provider", "check", path.to_str().unwrap()]);
    exits(&output, 2);
    stderr(&output)
}

/// A text of the example, what stands in its place, and what is said of it.
const MISTAKES: &[[&str; 4]] = &[
    ["v1={signature}", "v1={signatur}", "there is no source `signatur`", "did you mean `signature`?"],
    ["X-Acme-Time: \"{time}\"", "X-Acme-Time: \"{tme}\"", "there is no source `tme`", "did you mean `time`?"],
    [
        "{$clock: now, as: unix-ms}",
        "{$draw: uuid, name: it, length: 5}",
        "`length` of `$draw` cannot be that",
        "a draw of this kind has none",
    ],
    ["$stream.name", "$stream.nam", "there is no source `stream.nam`", "did you mean `stream.name`?"],
    ["stream: $stream.name", "stream: {stream.name}", "in YAML this is a map", "write `$stream.name`"],
    ["{stream.app}/", "{stream.app/", "a `{` without its `}`", "write `{{` for a bracket"],
    ["id: $path", "id: $pat", "there is no source `pat`", "did you mean `path`?"],
    ["$clock: now", "$clok: now", "there is no function `$clok`", "did you mean `$clock`?"],
    ["$clock: now", "$clock: nwo", "`$clock` cannot be `nwo`", "did you mean `now`?"],
    ["{time}.{body}", "{time}.{bdy}", "`{bdy}` cannot stand here", "did you mean `body`?"],
    [
        "v1={signature}",
        "v1",
        "the signature stands nowhere",
        "give a field of the body the value `$signature`",
    ],
    [
        "X-Acme-Time: \"{time}\"",
        "X-Other: a",
        "the time is signed, and no header has it",
        "add a header such as",
    ],
    ["v1={signature}", "v1={signature};x", "something stands behind the signature", "be the last part"],
    [
        "signature: {hmac",
        "x-signature: {hmac",
        "a header has a signature, and the file says none",
        "add `signature:",
    ],
    [
        "provider: acme",
        "provider: huawei",
        "is the name of a provider that is built in",
        "such as huawei-own",
    ],
    [
        "on: file-complete",
        "on: file-done",
        "`file-done` does not belong here",
        "did you mean `file-complete`?",
    ],
    ["file: file.id", "file: fle.id", "no body has a field `fle`", "did you mean `file`?"],
    [
        "$file.size",
        "$file.began",
        "`file.began` is a moment, and has no form yet",
        "{$clock: file.began, as: unix}",
    ],
    [
        "size: $file.size",
        "size: $time",
        "`$time` stands where a field of the body has its value",
        "only when the message is sent",
    ],
    ["time: 1772979025, ", "", "this vector does not say all that is signed", "expected `time` beside it"],
    [
        "time: 1772979025",
        "time: 1772979026",
        "the formula of the file does not give this signature",
        "it gives ",
    ],
    ["  file: file.id\n", "", "announces a file, and no field tells files apart", "as in `file: file_id`"],
    ["as: hex", "as: binary", "`binary` does not belong here", "expected `hex` or `base64` or `base64url`"],
    [
        "stream: $stream.name",
        "stream: $signature",
        "the signature stands in the header `X-Acme-Sign`, and in a body, too",
        "one place proves a message",
    ],
    ["Content-Type:", "Content-Length:", "`Content-Length` is made by the HTTP client", "leave it out"],
];

#[test]
fn a_mistake_in_a_provider_file_is_told_once_with_its_place_and_what_to_write() {
    for [from, to, title, help] in MISTAKES {
        let said = said(from, to);
        assert!(said.contains(title) && said.contains(help), "{to}\n{said}");
        assert_eq!(said.matches("error:").count(), 1, "{to}\n{said}");
        assert!(said.contains("acme.yaml:"), "{said}");
    }
}

#[test]
fn a_declared_sender_proves_its_requests_as_its_file_says() {
    let receiver = Raw::statuses(&[200]);
    let arguments = ["--provider-file", "docs/providers/acme.yaml", "--secret-env", "ACME_KEY"];
    let mut command = hookreel();
    let sent = command.args(["send", "acme", "record_file", "-t", &receiver.port()]).args(arguments);
    let output = sent.env("ACME_KEY", "an-example-key").current_dir(file("")).output().unwrap();
    exits(&output, 0);
    assert!(stdout(&output).contains("declared by docs/providers/acme.yaml"), "{}", stdout(&output));
    let request = String::from_utf8(receiver.requests().remove(0)).unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_lowercase().starts_with(name)).unwrap();
        line.split_once(": ").unwrap().1.to_owned()
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(b"an-example-key").unwrap();
    mac.update(format!("{}.{body}", header("x-acme-time")).as_bytes());
    let right: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(header("x-acme-sign"), format!("v1={right}"));
    assert!(body.contains("\"event\":\"record_file\"") && body.contains("live/mystream/1.mp4"), "{body}");
}

#[test]
fn the_right_receiver_passes_the_audit_of_a_declared_sender() {
    let path = file("docs/providers/acme.yaml");
    let output = run(&["audit", "acme", "--provider-file", path.to_str().unwrap(), "--quick"]);
    exits(&output, 0);
    assert!(stdout(&output).contains("audit as acme 2026-01, declared by "), "{}", stdout(&output));
}

#[test]
fn a_scenario_names_the_file_of_its_provider_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    // One of another name than the example that comes with the program.
    let text = fs::read_to_string(file("docs/providers/acme.yaml")).unwrap();
    fs::write(folder.path().join("acme.yaml"), text.replace("provider: acme", "provider: acme-own")).unwrap();
    let scenario = "provider: ./acme.yaml\nrecording: {mp4: {cycle: 30m}}\nbroadcast: [{0s: push}, {70m: drop}]\n\
                    signing: {key: 0123456789abcdef}\n";
    let path = folder.path().join("three-files.yaml");
    fs::write(&path, scenario).unwrap();
    let record = folder.path().join("run.record");
    let (path, record) = (path.to_str().unwrap(), record.to_str().unwrap());
    let output = run(&["run", path, "--record", record]);
    exits(&output, 0);
    assert!(stdout(&output).contains("stored once: 3 files, each once"), "{}", stdout(&output));
    // What was recorded is told with its file; whoever sends it again has to name the same one.
    let told = run(&["report", record]);
    assert!(stdout(&told).contains("declared by "), "{}", stdout(&told));
    let unknown = run(&["replay", record]);
    exits(&unknown, 2);
    assert!(
        stderr(&unknown).contains("acme-own 2026-01 is not built in; it was declared by"),
        "{}",
        stderr(&unknown)
    );
    let other = folder.path().join("other.yaml");
    let text = fs::read_to_string(folder.path().join("acme.yaml")).unwrap();
    fs::write(&other, format!("{text}# another text\n")).unwrap();
    let changed = run(&["replay", record, "--provider-file", other.to_str().unwrap()]);
    exits(&changed, 2);
    assert!(stderr(&changed).contains("name the file as it was then"), "{}", stderr(&changed));
    fs::write(path, scenario.replace("./acme.yaml", "./acm.yaml")).unwrap();
    let missing = run(&["run", path]);
    exits(&missing, 2);
    assert!(stderr(&missing).contains("three-files.yaml:1:11"), "{}", stderr(&missing));
}

#[test]
fn a_sample_that_differs_is_told_field_by_field() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(file("docs/providers/acme.yaml")).unwrap();
    let path = folder.path().join("acme.yaml");
    fs::write(&path, format!("{text}samples: {{record_file: sample.json}}\n")).unwrap();
    let check = |sample: &str| {
        fs::write(folder.path().join("sample.json"), sample).unwrap();
        run(&["provider", "check", path.to_str().unwrap()])
    };
    let like = r#"{"event": "x", "stream": "s", "file": {"id": "i", "url": "u", "seconds": 1, "size": 2, "begin": 3, "end": "e"}}"#;
    exits(&check(like), 0);
    let output =
        check(&like.replace("\"seconds\": 1", "\"seconds\": \"1\"").replace("\"size\"", "\"bytes\""));
    exits(&output, 1);
    let told = stdout(&output);
    assert!(told.contains("`file.seconds` is a text in the sample, and a number here"), "{told}");
    assert!(
        told.contains("`file.bytes` (number) is in the sample alone; `file.size` is not in the sample"),
        "{told}"
    );
}

#[test]
fn the_files_that_come_with_the_program_are_proved_and_the_right_receiver_takes_their_messages() {
    let folder = tempfile::tempdir().unwrap();
    for (name, events) in [("@zoom", 7), ("@sparkrtc", 3), ("@acme", 4), ("@volcengine", 2)] {
        let checked = run(&["provider", "check", name]);
        exits(&checked, 0);
        assert!(stdout(&checked).contains("1 reproduced"), "{}", stdout(&checked));
        let path = folder.path().join("scenario.yaml");
        let scenario = format!(
            "provider: \"{name}\"\nsigning: {{key: 0123456789abcdef0123456789abcdef}}\nrecording: {{mp4: {{cycle: 30m}}}}\n\
             broadcast: [{{0s: push}}, {{10m: drop}}, {{12m: push}}, {{20m: drop}}]\n"
        );
        fs::write(&path, scenario).unwrap();
        let output = run(&["run", path.to_str().unwrap()]);
        exits(&output, 0);
        assert!(stdout(&output).contains(&format!("declared by {name}")), "{}", stdout(&output));
        let told = stdout(&output);
        let sent = told.lines().filter(|line| line.starts_with("  ✓") && line.ends_with("accepted")).count();
        assert_eq!(sent, events, "{}", stdout(&output));
    }
    let unknown = run(&["provider", "check", "@zom"]);
    exits(&unknown, 2);
    assert!(
        stderr(&unknown).contains("expected one of @zoom, @sparkrtc, @volcengine, @acme"),
        "{}",
        stderr(&unknown)
    );
}

#[test]
fn what_is_not_known_of_a_sender_is_named() {
    let path = file("docs/providers/volcengine.yaml");
    let output = run(&["provider", "check", path.to_str().unwrap()]);
    exits(&output, 0);
    assert!(stdout(&output).contains("unknown    the fields of record_event"), "{}", stdout(&output));
}

#[test]
fn every_word_of_the_vocabulary_is_listed_and_every_example_is_read() {
    let words = stdout(&run(&["provider", "words"]));
    for function in FUNCTIONS {
        assert!(words.contains(function.example), "{}", function.name);
        // Sources of the examples that a file defines.
        let text = fs::read_to_string(file("docs/providers/acme.yaml")).unwrap();
        let text = text.replace("settings:\n", "settings:\n  appid: {default: 1}\n");
        let text = text.replace("{$clock: now, as: unix-ms}", &function.example.replace("$job", "$path"));
        let text = text.replace("\"2021-05..\"", "\"2026-01..\"");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme.yaml");
        fs::write(&path, text).unwrap();
        exits(&run(&["provider", "check", path.to_str().unwrap()]), 0);
    }
}

#[test]
fn each_revision_signs_by_its_own_method_and_the_lines_of_a_language_hold_the_separators() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mini.yaml");
    let text = "provider: mini\n\
                revisions: [{name: one, signature: {md5: \"{field.file}{key}{time}\"}}, {name: two}]\n\
                signature: {hmac-sha256: \"{time}|{field.file}|{field.size}\"}\n\
                recorder: {formats: {mp4: {}}}\n\
                messages:\n  - on: file-complete\n    event: done\n    file: $stream.name\n    body: {kind: $event, file: $stream.name, \
                size: $file.size, sig: $signature, ts: $time}\nreading: {event: kind, file: file}\n";
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    exits(&run(&["provider", "check", path]), 0);
    for revision in ["one", "two"] {
        let output = run(&["send", "mini", "done", "--revision", revision, "--provider-file", path]);
        exits(&output, 0);
        let audited = run(&["audit", "mini", "--revision", revision, "--provider-file", path, "--quick"]);
        exits(&audited, 0);
    }
    let lines = stdout(&run(&["show", "mini", "--formula", "python", "--provider-file", path]));
    assert!(lines.contains(r#"signed = text("ts") + "|" + text("file") + "|" + text("size")"#), "{lines}");
}

#[test]
fn each_edition_is_shown_with_the_formats_that_it_records() {
    // Its first edition records HLS alone.
    let checked = run(&["provider", "check", file("tests/providers/huawei.yaml").to_str().unwrap()]);
    exits(&checked, 0);
    let told = stdout(&checked);
    assert_eq!(told.matches("huawei-declared 20").count(), 5, "{told}");
    // An edition may have all its parts of its own.
    let text = fs::read_to_string(file("docs/providers/acme.yaml")).unwrap();
    let second = "  - {name: \"2026-02\", recorder: {formats: {hls: {}}}, headers: {X-Acme-Sign: \"{signature}\"}, signature: {md5: \
                  \"{key}{body}\"}}\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acme.yaml");
    fs::write(
        &path,
        text.replace("\"an example\"}\n", &format!("\"an example\"}}\n{second}"))
            .replace("vectors:", "x-vectors:"),
    )
    .unwrap();
    for (revision, told) in [("2026-01", "mp4 file 1"), ("2026-02", "hls file 1")] {
        let args = ["--revision", revision, "--provider-file", path.to_str().unwrap()];
        let output = run(&[&["send", "acme", "record_file"][..], &args].concat());
        exits(&output, 0);
        assert!(stdout(&output).contains(told), "{}", stdout(&output));
    }
}

#[test]
fn a_path_of_reading_that_leads_nowhere_is_told_before_a_receiver_is_blamed() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(file("docs/providers/acme.yaml")).unwrap();
    let path = folder.path().join("acme.yaml");
    fs::write(&path, text.replace("url: file.url", "url: file.address")).unwrap();
    let output = run(&["provider", "check", path.to_str().unwrap()]);
    exits(&output, 1);
    assert!(
        stdout(&output).contains("`url: file.address` is in no message about a file"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn our_receiver_acknowledges_as_the_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(file("docs/providers/acme.yaml")).unwrap();
    for (answer, status) in
        [("yes: 204", "204"), ("yes: 200, body: code-zero", "200"), ("yes: [201, 202]", "201")]
    {
        let path = folder.path().join("acme.yaml");
        fs::write(&path, text.replace("yes: 2xx", answer)).unwrap();
        let output = run(&["send", "acme", "record_file", "--provider-file", path.to_str().unwrap()]);
        exits(&output, 0);
        assert!(stdout(&output).contains(&format!("file 1  {status} ")), "{}", stdout(&output));
    }
}

#[test]
fn a_scenario_and_a_provider_file_in_each_others_place_are_told_in_one_error() {
    let provider = file("docs/providers/acme.yaml");
    let scenario = file("scenarios/tencent/single-file.yaml");
    for command in ["run", "check", "plan"] {
        let output = run(&[command, provider.to_str().unwrap()]);
        exits(&output, 2);
        let said = stderr(&output);
        assert!(
            said.contains("declares a provider, and is not a scenario")
                && said.contains("hookreel provider check"),
            "{said}"
        );
        assert_eq!(said.matches("error:").count(), 1, "{said}");
    }
    let output = run(&["provider", "check", scenario.to_str().unwrap()]);
    exits(&output, 2);
    assert!(stderr(&output).contains("is a scenario, and declares no provider"), "{}", stderr(&output));
}

#[test]
fn an_audit_of_a_sender_whose_file_comes_with_the_program_is_told_again_from_its_record_alone() {
    let receiver = Served::start("zoom", &[]);
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("record").display().to_string();
    let live = run(&["audit", "zoom", "-t", &receiver.port, "--case", "A1,C55", "--record", &record]);
    exits(&live, 0);
    let told = run(&["report", &record]);
    exits(&told, 0);
    assert_eq!(stdout(&told), stdout(&live));
    assert!(stdout(&told).contains("passed: 2 passed"), "{}", stdout(&told));
}

/// A file that declares the sender of the example, with some of its text changed.
fn changed(from: &str, to: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(file("docs/providers/acme.yaml")).unwrap();
    assert!(text.contains(from), "{from}");
    let text = text.replace(from, to).replace("provider: acme", "provider: acme-own");
    let path = folder.path().join("own.yaml");
    fs::write(&path, text).unwrap();
    (folder, path.display().to_string())
}

#[test]
fn a_file_that_reads_files_where_none_stands_is_told_by_run_and_check_as_by_provider_check() {
    let (folder, path) = changed("file: file.id", "file: file.no");
    exits(&run(&["provider", "check", &path]), 1);
    let scenario = folder.path().join("run.yaml");
    fs::write(
        &scenario,
        "provider: ./own.yaml\nsigning: {method: none}\nrecording: {mp4: {}}\nbroadcast: [{0s: push}, {5m: drop}]\n",
    )
    .unwrap();
    let scenario = scenario.display().to_string();
    for command in ["check", "run", "plan"] {
        let told = stderr(&run(&[command, &scenario]));
        assert!(
            told.contains("`file: file.no` under `reading` is in no message about a file")
                && told.contains("hookreel provider check "),
            "{command}: {told}"
        );
    }
    let (_folder, path) = changed("title: Acme Live", "title: Acme live");
    assert!(
        !stderr(&run(&["send", "acme-own", "record_file", "--provider-file", &path])).contains("reading")
    );
}

#[test]
fn every_mistake_of_a_provider_file_can_be_shown_by_the_line_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.yaml").display().to_string();
    let keys: String = (0..8).map(|n| format!("unknown-{n}: 1\n")).collect();
    fs::write(
        &path,
        format!("{keys}provider: many\nrevisions: []\nmessages: []\nrecorder: {{}}\nreading: {{}}\n"),
    )
    .unwrap();
    let few = stderr(&run(&["provider", "check", &path]));
    assert!(few.contains(&format!("hookreel provider check {path} --all-errors shows them all")), "{few}");
    let all = stderr(&run(&["provider", "check", &path, "--all-errors"]));
    assert!((0..8).all(|n| all.contains(&format!("unknown-{n}"))) && !all.contains("--all-errors"), "{all}");
}

#[test]
fn every_wrong_part_of_a_function_is_told() {
    let (_folder, path) = changed("unit: s, round: up", "unit: sec, round: upp");
    let told = stderr(&run(&["provider", "check", &path]));
    assert!(told.contains("`unit` cannot be `sec`") && told.contains("`round` cannot be `upp`"), "{told}");
}

#[test]
fn two_messages_with_one_event_are_right_where_fields_or_revisions_tell_them_apart() {
    let started = "    event: record_started\n    body:\n      event: $event";
    let told = |changes: &[(&str, &str)]| {
        let text = fs::read_to_string(file("docs/providers/acme.yaml")).unwrap();
        let text = changes.iter().fold(text, |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme.yaml");
        fs::write(&path, text).unwrap();
        let path = path.display().to_string();
        (run(&["provider", "check", &path]), folder, path)
    };
    // No field names the event: the fields of a file do.
    let (output, _folder, path) = told(&[
        (started, "    event: record_file\n    body:\n      event: $event"),
        ("reading:\n  event: event\n", "reading:\n"),
    ]);
    exits(&output, 0);
    let audit = run(&["audit", "acme", "--provider-file", &path, "--case", "A1"]);
    exits(&audit, 0);
    // Another thing that is no file by the same event.
    let more = "  - {on: task-ended, event: record_started, body: {event: $event, stream: $stream.name, at: 1}}\n\nreading:";
    let (output, _folder, path) = told(&[("\nreading:", more)]);
    exits(&output, 0);
    exits(&run(&["audit", "acme", "--provider-file", &path, "--case", "A1"]), 0);
}

#[test]
fn a_provider_file_with_what_no_sender_has_is_refused() {
    let message = "  - on: file-complete\n    event: record_file";
    for (from, to, told) in [
        ("lifetime: 5m", "lifetime: 0s", "a lifetime of zero leaves no time to arrive"),
        ("\"v1={signature}\"", "\"v1={signature} {signature}\"", "a header has the signature twice"),
        (
            message,
            &format!("{message}\n    body: {{event: $event}}\n    file: $path\n{message}"),
            "two messages tell of the same by the event `record_file`",
        ),
        (
            message,
            "  - on: file-complete\n    event: record_started",
            "the event `record_started` is declared twice: of a complete file, and of something else",
        ),
        ("size: $file.size", "size: $file.bytes", "did you mean `file.size`?"),
    ] {
        let (_folder, path) = changed(from, to);
        let output = run(&["provider", "check", &path]);
        exits(&output, 2);
        assert!(stderr(&output).contains(told), "{told}: {}", stderr(&output));
    }
}
