//! The command line itself: help, completions, manual pages, environment variables.

use crate::stage::{Raw, exits, hookreel, run, scenario, stderr, stdout};

#[test]
fn without_a_command_ten_lines_say_where_to_start() {
    let output = run(&[]);
    exits(&output, 2);
    let text = stdout(&output);
    assert!(text.lines().count() <= 11 && text.contains("Start here:"), "{text}");
    // Each of them is a command that the program takes.
    for line in text.lines().filter_map(|line| line.strip_prefix("  hookreel ")) {
        let words: Vec<&str> = line.split("   ").next().unwrap().split(' ').chain(["--help"]).collect();
        exits(&run(&words), 0);
    }
}

#[test]
fn the_receiver_is_the_first_flag_of_every_command_that_has_one() {
    for command in ["run", "send", "audit", "load", "shrink", "replay", "init"] {
        let help = stdout(&run(&[command, "--help"]));
        let first = help.lines().skip_while(|line| *line != "Options:").nth(1).unwrap();
        assert!(first.trim_start().starts_with("-t, --target"), "{command}: {first}");
        assert!(!help.contains("[env:"), "{command}");
    }
}

/// The names that a shell is given for the last of these words.
fn completed(words: &[&str]) -> String {
    let mut command = hookreel();
    command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    command.env("_CLAP_COMPLETE_COMP_TYPE", "9").env("_CLAP_IFS", "\n").env("_CLAP_COMPLETE_SPACE", "true");
    stdout(&command.args(["--", "hookreel"]).args(words).output().unwrap())
}

#[test]
fn a_shell_completes_names_of_scenarios_faults_cases_bugs_and_events() {
    for (words, name) in [
        (vec!["run", "@huawei/cy"], "@huawei/cycle"),
        (vec!["send", "hua"], "huawei"),
        (vec!["send", "huawei", "RECORD_O"], "RECORD_OVER"),
        (vec!["send", "huawei", "RECORD_OVER", "--fault", "expi"], "expire"),
        (vec!["audit", "huawei", "--case", "C5"], "C54"),
        (vec!["audit", "tencent", "--revision", "2022"], "2022-11"),
        (vec!["serve", "huawei", "--bug", "no-de"], "no-dedup"),
        (vec!["report", "r.jsonl", "--report", "ju"], "junit"),
        (vec!["au"], "audit"),
        (vec!["replay", "x.har", "--as", "acc"], "access-log"),
        (vec!["replay", "x.har", "--order", "rev"], "reverse"),
        (vec!["init", "tenc"], "tencent"),
        (vec!["show", "huawei", "--formula", "py"], "python"),
    ] {
        let names = completed(&words);
        assert!(names.lines().any(|line| line == name), "{words:?}: {names}");
    }
    // A file is completed by the shell.
    assert_eq!(completed(&["run", "no-such"]), "");
}

#[test]
fn each_shell_has_a_script_that_asks_this_program() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = stdout(&run(&["completions", shell]));
        assert!(script.contains("COMPLETE") && script.contains("hookreel"), "{shell}: {script}");
    }
}

#[test]
fn each_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    exits(&run(&["man", folder.path().to_str().unwrap()]), 0);
    let page = run(&["man", "load"]);
    exits(&page, 0);
    assert!(stdout(&page).contains("hookreel\\-load"), "{}", stdout(&page));
    let help = stdout(&run(&["--help"]));
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> = commands.take_while(|line| !line.is_empty()).collect();
    assert!(commands.len() > 15, "{commands:?}");
    for command in commands.iter().filter_map(|line| line.split_whitespace().next()) {
        let page = folder.path().join(format!("hookreel-{command}.1"));
        assert!(command == "help" || page.is_file(), "{}", page.display());
    }
    let page = std::fs::read_to_string(folder.path().join("hookreel-run.1")).unwrap();
    assert!(page.contains(r"\-\-max\-failures") && page.contains("hookreel run @huawei"), "{page}");
}

#[test]
fn a_misspelt_command_of_the_manual_writes_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let man =
        |word: &str| crate::stage::hookreel().args(["man", word]).current_dir(&folder).output().unwrap();
    let output = man("rum");
    exits(&output, 2);
    assert!(crate::stage::stderr(&output).contains("there is no command `rum`; did you mean `run`?"));
    assert!(!folder.path().join("rum").exists());
    let output = man("./rum");
    exits(&output, 0);
    assert!(crate::stage::stderr(&output).contains("pages written to `./rum`"));
    assert!(folder.path().join("rum/hookreel-run.1").is_file());
    // One that is there needs no slash.
    exits(&man("rum"), 0);
}

#[test]
fn every_flag_can_be_given_as_a_variable() {
    let variables = stdout(&run(&["list", "variables"]));
    for command in ["run", "send", "audit", "load", "serve", "verify", "replay", "init", "report", "show"] {
        let help = stdout(&run(&[command, "--help"]));
        let flags = help.split_whitespace().filter_map(|word| word.strip_prefix("--"));
        for flag in flags.map(|flag| flag.trim_end_matches(|c: char| !c.is_ascii_alphanumeric())) {
            let variable = format!("HOOKREEL_{}", flag.replace('-', "_").to_uppercase());
            let listed = variables.lines().any(|line| line.split(' ').next() == Some(&variable));
            assert!(listed || ["help", "version"].contains(&flag), "{command} --{flag}");
        }
    }
    // A number, a switch, a list.
    let json = |name: &str, value: &str| {
        let output = hookreel().args(["run", "@huawei/normal", "-q"]).env(name, value).output().unwrap();
        (output.status.code(), stdout(&output))
    };
    assert_eq!(json("HOOKREEL_JOBS", "none").0, Some(2));
    assert_eq!(json("HOOKREEL_FAIL_FAST", "1").0, Some(0));
    assert!(json("HOOKREEL_REPORT", "json").1.starts_with('{'));
}

#[test]
fn a_host_that_is_allowed_is_named_without_scheme_port_and_path() {
    for (written, host) in
        [("http://hooks.example.com/a", "hooks.example.com"), ("hooks.example.com:8080", "hooks.example.com")]
    {
        let output = run(&["run", "@tencent/single-file", "-t", "1", "--allow-remote", written]);
        exits(&output, 2);
        assert!(
            stderr(&output).contains(&format!("without scheme, port and path: {host}")),
            "{}",
            stderr(&output)
        );
    }
    let output = run(&["run", "@tencent/single-file", "-t", "1", "--allow-remote", "2001:db8::1"]);
    exits(&output, 3);
}

#[test]
fn a_key_in_the_place_of_its_variables_name_in_a_settings_file_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    for key in ["hunter2-super-secret", "Passw0rd", "s3cr3t!pass", "correct-horse-battery", "topsecret"] {
        for config in [format!("secret-env = \"{key}\"\n"), format!("[run]\nsecret-env = [\"{key}\"]\n")] {
            std::fs::write(&path, config).unwrap();
            for command in [&["run", "@tencent"][..], &["config", "run"]] {
                let output = run(&[command, &["--config", path.to_str().unwrap()]].concat());
                let told = format!("{}{}", stdout(&output), stderr(&output));
                assert!(told.contains("secret-env") && !told.contains(key), "{told}");
            }
        }
    }
}

#[test]
fn an_error_names_the_variable_that_gave_the_value() {
    let said = |name: &str, value: &str, words: &[&str]| {
        let output = hookreel().env(name, value).args(words).output().unwrap();
        exits(&output, 2);
        let text = stderr(&output);
        assert!(text.contains(name), "{name}: {text}");
        text
    };
    let run = ["run", "@huawei/normal", "-t", "9"];
    for (name, value) in [
        ("HOOKREEL_JOBS", "x"),
        ("HOOKREEL_SPEED", "x"),
        ("HOOKREEL_REPORT", "xml"),
        ("HOOKREEL_COLOR", "x"),
        ("HOOKREEL_SECRET_ENV", "NO_SUCH_KEY"),
        ("HOOKREEL_SECRET_FILE", "/no/such/file"),
        ("HOOKREEL_FILTER", "no such scenario"),
    ] {
        said(name, value, &run);
    }
    let both = said("HOOKREEL_SECRET_ENV", "KEY", &[&run[..], &["--secret-file", "key"]].concat());
    assert!(both.contains("cannot be used with"), "{both}");
    let alone = said("HOOKREEL_SIGN", "1", &["send", "huawei", "RECORD_OVER", "-t", "9"]);
    assert!(alone.contains("--body"), "{alone}");
    assert!(!said("HOOKREEL_HEADER", "hunter2", &run).contains("hunter2"));
    // What is typed is named as it was typed.
    let typed = hookreel().env("HOOKREEL_JOBS", "x").args(run).args(["--jobs", "y"]).output().unwrap();
    assert!(!stderr(&typed).contains("HOOKREEL_JOBS"), "{}", stderr(&typed));
}

#[test]
fn a_variable_of_a_flag_without_a_value_says_yes_or_no() {
    let listed =
        |value: &str| hookreel().args(["run", "@push/huawei"]).env("HOOKREEL_QUIET", value).output().unwrap();
    for value in ["maybe", "2", "yep"] {
        let output = listed(value);
        exits(&output, 2);
        for words in ["HOOKREEL_QUIET", "write yes or no"] {
            assert!(stderr(&output).contains(words), "{value}: {}", stderr(&output));
        }
    }
    let [quiet, loud] = [["1", "true", "Yes", "on"], ["", "0", "FALSE", "no"]];
    for value in quiet {
        assert!(!stdout(&listed(value)).contains("hookreel 0"), "{value}");
    }
    for value in loud {
        assert!(stdout(&listed(value)).contains("hookreel 0"), "{value}");
    }
}

#[test]
fn a_flag_of_another_command_is_named_with_the_command() {
    let output = run(&["run", "@huawei/normal", "--set", "t=1"]);
    exits(&output, 2);
    assert!(stderr(&output).contains("--set is a flag of `hookreel send`"), "{}", stderr(&output));
    let slip = stderr(&run(&["run", "--jbos", "2"]));
    assert!(slip.contains("--jobs"), "{slip}");
}

#[test]
fn what_is_mistyped_is_answered_with_what_was_meant() {
    for (line, wanted) in [
        ("rnu", "did you mean `hookreel run`?"),
        ("zzzzzz", "the commands are run, send,"),
        ("@huawei/cycle", "`hookreel run @huawei/cycle` plays it"),
        ("audit", "`hookreel list providers`"),
        ("send huawei", "`hookreel list events`"),
        ("load", "`hookreel list scenarios`"),
        ("send tencent RECORD_OVER", "it is an event of huawei"),
        ("send huawei RECORD_OVER --method sha1", "--method: there is no method `sha1`"),
        ("send huawei RECORD_OVER --body {\"auth_sign\":\"abc\"}", "the PATH of a file is expected"),
        ("run -t localhost", "did you mean http://localhost?"),
        ("run -t htp://127.0.0.1/", "did you mean `http`?"),
        ("run -t ftp://127.0.0.1/", "`ftp` is not supported; write a URL"),
        ("run --report junit:out.xml", "did you mean `junit=out.xml`?"),
        ("run --seed -1", "write a whole number from 0 on"),
        ("run --jobs -1", "write a whole number from 1 to 65535"),
        ("run --max-failures x", "write a whole number from 0 on"),
        ("run --secret-env", "a value is required for '--secret-env <NAME>'"),
        ("run --now yesterday", "write a date, a time and a zone"),
        ("run --expect accept:200", "--expect: write it in braces"),
        ("serve huawei --listen localhost:8080", "did you mean 127.0.0.1:8080?"),
        ("run -t http://127.0.0.1:1/x#here", "what follows `#` in a URL is never sent"),
        ("run --timeout 5", "did you mean `5s`?"),
        ("load @huawei/normal -t 1 --rate 100", "did you mean `100/s`?"),
        ("load @huawei/normal -t 1 --rate -5/s", "no flag takes a negative value"),
        ("provider chek", "a similar subcommand exists: 'check'"),
        (
            "run @huawei/normal --revision 2021",
            "expected 2020-03, 2020-06, 2021-05, 2021-09, 2024 (huawei), or all;",
        ),
        (
            "sign Cargo.toml --secret-env PATH",
            "`Cargo.toml` is a file; the name of a provider comes before it",
        ),
        ("run --badge x.png", "did you mean `x.svg`?"),
        ("run @huawei/normal --state http://127.0.0.1:1/ --state-path data.list", "write $. before it"),
        ("run @huawei/normal --state http://127.0.0.1:1/ --state-path $.data[0", "a ] is missing"),
        ("list variables TARGT", "did you mean `HOOKREEL_TARGET`?"),
    ] {
        let output = run(&line.split(' ').collect::<Vec<_>>());
        exits(&output, 2);
        assert!(stderr(&output).contains(wanted), "{line}: {}", stderr(&output));
        assert!(!stderr(&output).contains("auth_sign"), "{}", stderr(&output));
    }
}

#[test]
fn a_key_that_the_vendor_would_not_take_is_warned_of_in_the_same_words_by_each_command() {
    let (_folder, path) = scenario(
        "provider: huawei\nrecording: {hls: {}}\nsigning: {key: \"${CALLBACK_KEY}\"}\nbroadcast: [{0s: push}, {2m: drop}]\n",
    );
    let receiver = Raw::statuses(&[200]);
    let port = receiver.port();
    for words in [
        format!("check {path}"),
        format!("plan {path}"),
        format!("run {path} -t {port}"),
        format!("load {path} -t {port} --count 2"),
        format!("run @huawei/normal -t {port} --secret-env CALLBACK_KEY"),
        format!("send huawei RECORD_START -t {port} --secret-env CALLBACK_KEY"),
        format!("audit huawei -t {port} --secret-env CALLBACK_KEY --case A1"),
    ] {
        let output = hookreel().args(words.split(' ')).env("CALLBACK_KEY", "tooshort").output().unwrap();
        exits(&output, 0);
        let warning = "warning: the given key is not of the form that the vendor gives; Huawei's console takes at least 32 letters and digits";
        assert_eq!(stderr(&output).matches(warning).count(), 1, "{words}: {}", stderr(&output));
        assert!(!stderr(&output).contains("8 characters"), "{words}: {}", stderr(&output));
    }
}
