//! Command lines that reports propose work as they stand: with the key, the edition and the settings of the scenario.

use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::serving::Served;
use crate::stage::{KEY, Raw, exits, hookreel, program, run, scenario, stderr, stdout};

/// The proposed audit after a run of this scenario, and what comes of it when it is pasted.
fn pasted(text: &str, variables: &[(&str, &str)]) -> (String, i32) {
    let receiver = Raw::statuses(&[200]);
    let (_folder, path) = scenario(text);
    let mut command = hookreel();
    command.args(["run", &path, "-t", &receiver.port()]).envs(variables.iter().copied());
    let output = command.output().unwrap();
    exits(&output, 0);
    let told = stdout(&output);
    let (_, line) = told.split_once("simultaneous delivery: ").unwrap();
    let line = line.lines().next().unwrap().to_owned();
    let program = program();
    let (before, after) = line.split_once("hookreel audit").unwrap();
    let pasted = format!("{before}{program} audit{after} --case A1");
    let shell = Command::new("sh").args(["-c", &pasted]).envs(variables.iter().copied()).output().unwrap();
    (line, shell.status.code().unwrap())
}

const REST: &str = "recording: {hls: {}}\nbroadcast: [{0s: push}, {5m: drop}]\n";

#[test]
fn the_proposed_audit_is_set_up_as_the_scenario() {
    let text = format!(
        "provider: {{name: livekit, settings: {{api_key: APIother}}}}\nsigning: {{key: \"${{LK_KEY}}\"}}\n{REST}"
    );
    let (line, code) = pasted(&text, &[("LK_KEY", "secretsecretsecretsecretsecret12")]);
    assert!(line.contains(" --setting api_key=APIother") && line.ends_with(" --secret-env LK_KEY"), "{line}");
    assert_eq!(code, 0, "{line}");
    // What comes from the environment comes from there again.
    let text = format!(
        "provider: {{name: livekit, settings: {{api_key: \"${{LK_API}}\"}}}}\nsigning: {{key: \"${{LK_KEY}}\"}}\n{REST}"
    );
    let variables = [("LK_KEY", "secretsecretsecretsecretsecret12"), ("LK_API", "supersecret99")];
    let (line, code) = pasted(&text, &variables);
    assert!(line.contains(" --setting 'api_key=${LK_API}'") && !line.contains("supersecret99"), "{line}");
    assert_eq!(code, 0, "{line}");
    let text = format!(
        "provider: {{name: huawei, revision: 2021-05}}\nsigning: {{key: abcdefgh12345678abcdefgh12345678, method: md5}}\n\
         expect: {{accept: {{json: {{\"$.code\": 0}}}}}}\n{REST}"
    );
    let (line, code) = pasted(&text, &[("HOOKREEL_KEY", "abcdefgh12345678abcdefgh12345678")]);
    for part in ["--revision 2021-05", "--method md5", "--expect '{\"accept\":{\"json\":{\"$.code\":0}}}'"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(line.contains("HOOKREEL_KEY:?set it to the key of") && !line.contains("abcdefgh"), "{line}");
    assert_eq!(code, 0, "{line}");
}

/// The issuer of the token that a receiver of LiveKit gets.
fn issuer(args: &[&str]) -> String {
    let receiver = Raw::statuses(&[200]);
    let output = run(&[args, &["-t", &receiver.port()]].concat());
    exits(&output, 0);
    let request = String::from_utf8(receiver.requests().remove(0)).unwrap();
    let header = request.lines().find(|line| line.to_lowercase().starts_with("authorization:")).unwrap();
    let claims = header.split('.').nth(1).unwrap();
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    claims["iss"].as_str().unwrap().to_owned()
}

#[test]
fn a_setting_of_the_sender_can_be_given_on_the_command_line() {
    let given = ["--setting", "api_key=APIabc"];
    assert_eq!(issuer(&[&["send", "livekit", "egress_ended"], &given[..]].concat()), "APIabc");
    assert_eq!(issuer(&[&["run", "@livekit"], &given[..]].concat()), "APIabc");
    assert_eq!(issuer(&[&["audit", "livekit", "--case", "A1"], &given[..]].concat()), "APIabc");
    assert_eq!(issuer(&["send", "livekit", "egress_ended"]), "APItestkey");
    for (setting, told) in [
        (
            "api_key=${NOT_SET_AT_ALL}",
            "--setting api_key: the environment variable `NOT_SET_AT_ALL` is not set",
        ),
        ("api_kye=x", "livekit has no setting `api_kye`; expected one of"),
        ("end=never", "--setting end: expected one of stop, source-closed, limit"),
        ("api_key", "expected NAME=VALUE"),
    ] {
        let output = run(&["send", "livekit", "egress_ended", "--setting", setting]);
        exits(&output, 2);
        assert!(stderr(&output).contains(told), "{}", stderr(&output));
    }
    let index = run(&["send", "zlmediakit", "on_record_mp4", "--setting", "first_index=-1"]);
    exits(&index, 2);
    assert!(stderr(&index).contains("--setting first_index: expected a whole number"), "{}", stderr(&index));
    let receiver = Raw::serve_each(|_, stream| {
        use std::io::Write;
        let body = "unknown issuer";
        write!(stream, "HTTP/1.1 401 X\r\nContent-Length: {}\r\n\r\n{body}", body.len()).is_ok()
    });
    let output = run(&["send", "livekit", "egress_ended", "-t", &receiver.port()]);
    assert!(stdout(&output).contains("--setting api_key=NAME"), "{}", stdout(&output));
}

#[test]
fn a_setting_of_a_file_of_settings_names_its_variable_in_every_line() {
    let receiver = Raw::statuses(&[401]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hookreel.toml");
    std::fs::write(&file, "setting = [\"bucket=${TOK}\"]\n").unwrap();
    let config = file.to_str().unwrap();
    let record = folder.path().join("record").display().to_string();
    for command in [
        vec!["run", "@huawei/normal"],
        vec!["send", "huawei", "RECORD_START"],
        vec!["audit", "huawei", "--case", "A1"],
    ] {
        let mut told = hookreel();
        told.args(&command).args(["-t", &receiver.port(), "--record", &record, "--config", config]);
        let output = told.env("TOK", "supersecret99").output().unwrap();
        let all = stdout(&output) + &stderr(&output) + &std::fs::read_to_string(&record).unwrap();
        assert!(!all.contains("supersecret99"), "{command:?}: {all}");
        assert!(all.contains("--setting 'bucket=${TOK}'"), "{command:?}: {all}");
    }
    // A receiver compares with what the variable holds.
    let served = Served::start("livekit", &["--setting", "api_key=${KEY}"]);
    let url = format!("http://127.0.0.1:{}/cb", served.port);
    for (issuer, code) in [(KEY, 0), ("APIother", 1)] {
        let setting = format!("api_key={issuer}");
        let mut send = hookreel();
        send.args([
            "send",
            "livekit",
            "egress_ended",
            "-t",
            &url,
            "--setting",
            &setting,
            "--secret-env",
            "K",
        ]);
        exits(&send.env("K", KEY).output().unwrap(), code);
    }
}

#[test]
fn whatever_a_file_of_settings_fills_in_stands_in_proposed_lines_by_its_variable() {
    let receiver = Raw::statuses(&[401]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hookreel.toml");
    let own = |path: &str| format!("\"http://127.0.0.1:{}/{path}\"", receiver.port);
    let text = format!(
        "[run]\ntarget = {}\n[send]\ntarget = \"named\"\n[targets.named]\nurl = {}\n[audit]\nstream = [\"${{TOK}}\"]\n",
        own("cb/${TOK}"),
        own("${TOK}/x")
    );
    std::fs::write(&file, text).unwrap();
    for (command, line) in [
        (vec!["run", "@huawei/normal"], "/cb/${TOK}\""),
        (vec!["send", "huawei", "RECORD_START"], "/${TOK}/x\""),
        (
            vec!["audit", "huawei", "--case", "A1", "--keep-going", "-t", &receiver.port()],
            "--stream \"${TOK}\"",
        ),
    ] {
        let mut told = hookreel();
        told.args(&command).args(["--config", file.to_str().unwrap()]);
        let output = told.env("TOK", "supersecret99").output().unwrap();
        let told = stdout(&output);
        let again: Vec<&str> =
            told.lines().filter(|line| line.contains("hookreel ") && !line.starts_with("hookreel")).collect();
        assert!(!again.is_empty() && again.iter().any(|own| own.contains(line)), "{command:?}: {told}");
        assert!(again.iter().all(|own| !own.contains("supersecret99")), "{command:?}: {told}");
    }
}

/// Words between backticks that are a command of ours.
fn commands(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|part| part.starts_with("hookreel "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn advice_of_a_refusal_names_the_whole_command_of_a_declared_sender_and_of_a_key() {
    let receiver = Raw::statuses(&[401]);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let text = std::fs::read_to_string(crate::stage::file("docs/providers/acme.yaml")).unwrap();
    std::fs::write(path("own.yaml"), text.replace("provider: acme", "provider: acme-own")).unwrap();
    std::fs::write(
        path("run.yaml"),
        format!("provider: ./own.yaml\nsigning: {{key: \"${{ACME_KEY}}\"}}\n{REST}").replace("hls", "mp4"),
    )
    .unwrap();
    std::fs::write(path("body.json"), r#"{"event":"record_file","stream":"s"}"#).unwrap();
    let (own, scenario) = (path("own.yaml"), path("run.yaml"));
    for words in [
        vec!["run", &scenario],
        vec!["run", &scenario, "--secret-env", "ACME_KEY"],
        vec!["audit", "acme-own", "--provider-file", &own, "--secret-env", "ACME_KEY", "--case", "A1"],
        vec!["send", "acme-own", "record_file", "--provider-file", &own, "--secret-env", "ACME_KEY"],
    ] {
        let mut command = hookreel();
        command.args(&words).args(["-t", &receiver.port()]).env("ACME_KEY", "s3cr3tacmekey0000");
        let output = command.output().unwrap();
        let told = stdout(&output) + &stderr(&output);
        let all = commands(&told);
        let verify =
            all.iter().find(|line| line.contains("--computed")).unwrap_or_else(|| panic!("{words:?} {told}"));
        for line in &all {
            let line = line.replace("REQUEST", &path("body.json")).replace("SIGNATURE", "abcdef");
            let line = line.replacen("hookreel", env!("CARGO_BIN_EXE_hookreel"), 1);
            let mut shell = Command::new("sh");
            shell.args(["-c", &line]).env("ACME_KEY", "s3cr3tacmekey0000");
            let pasted = shell.output().unwrap();
            let said = stdout(&pasted) + &stderr(&pasted);
            let unknown = ["there is no key", "unexpected", "there is no provider", "unknown provider"];
            assert!(!unknown.iter().any(|words| said.contains(words)), "{line}: {said}");
        }
        let file = format!("--provider-file {own}");
        assert!(verify.contains(&file) && verify.contains("--secret-env ACME_KEY"), "{words:?}: {verify}");
    }
}
