//! The first files: a commented scenario, settings, and a CI job.

use std::path::Path;

use super::super::args::{CiSystem, EditionArgs, InitArgs, KeyArgs, TimeArgs};
use super::super::shell_commands::quote;
use super::super::{ProcessContext, planned, secrets, sources};
use super::{FOLDER, KEY, NewFile, relative};
use crate::problem::Source;
use crate::provider::Provider;
use crate::scenario::Method;

/// The receiver, where none is given.
const EXAMPLE: &str = "http://localhost:8080/callbacks";

const SCENARIO: &str = r#"# A broadcast, and by it the callbacks that <PROVIDER> sends. Play it:
#   hookreel run hookreel -t <TARGET><SECRET FLAG>
# What it comes to, without sending anything: hookreel plan hookreel
name: <TITLE>
provider: <PROVIDER AS WRITTEN>
stream: {domain: push.example.com, app: live, name: mystream}
recording:
  <RECORDING>
<SIGNING>broadcast:                    # what the encoder did, in the stream's own time
  - 0s: push
  - 50m: drop                 # <FILES>
# faults:                     # something wrong on purpose; all of them: hookreel list faults
#   - duplicate: {copies: 2}
# expect:                     # what your receiver answers, where it is more than the vendor asks for
#   accept: {json: {"$.code": 0}}
"#;

const SIGNING: &str = r#"signing:
  key: "${<KEY>}"   # the key of the vendor's console; it stays in the environment
"#;

const SETTINGS: &str = r#"# Settings of this repository: a flag by its name without dashes. A flag and its variable count more.
target = "<TARGET>"
<SECRET SETTING><FILE SETTING>
[run]
paths = ["hookreel"]
"#;

const SECRET_SETTING: &str = r#"secret-env = "<KEY>"   # the NAME of the variable that holds the key, never the key
"#;

const GITHUB: &str = r#"# Plays the scenarios of the folder hookreel against the receiver of this commit.
name: hookreel
on: [push, pull_request]
jobs:
  callbacks:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      # hookreel is not on crates.io yet: the variable holds the address of the Git repository that you have it from.
      - run: cargo install --locked --git "${HOOKREEL_SOURCE:?a variable of the repository, with the address of hookreel}" hookreel
        env:
          HOOKREEL_SOURCE: ${{ vars.HOOKREEL_SOURCE }}
      # The command that starts your receiver: it is ended with everything it started.
      - run: hookreel run hookreel -t <TARGET> --exec './start-my-receiver' --wait-for 60s<SECRET FLAG>
<GITHUB SECRET>"#;

const GITHUB_SECRET: &str = r#"        env:
          <KEY>: ${{ secrets.<KEY> }}
"#;

const GITLAB: &str = r#"# Plays the scenarios of the folder hookreel against the receiver of this commit. In .gitlab-ci.yml:
#   include: {local: .gitlab/hookreel.yml}
<GITLAB SECRET>callbacks:
  image: rust:latest
  script:
    # hookreel is not on crates.io yet: the variable holds the address of the Git repository that you have it from.
    - cargo install --locked --git "${SOURCE_OF_HOOKREEL:?a variable of the project, with the address of hookreel}" hookreel
    # The command that starts your receiver: it is ended with everything it started.
    - hookreel run hookreel -t <TARGET> --exec './start-my-receiver' --wait-for 60s<SECRET FLAG> --report text --report junit=hookreel.xml --report gitlab=hookreel-codequality.json
  artifacts:
    when: always
    reports: {junit: hookreel.xml, codequality: hookreel-codequality.json}
"#;

const GITLAB_SECRET: &str = "# <KEY> is a masked variable of the project.\n";

const TWO_FILES: &str = "two files: 30m and 20m";
const TWO_FILES_AT_ONCE: &str = "two files, 30m and 20m, told in one message";

/// A way to record that a vendor may have: its line, and what the broadcast comes to.
struct RecordingExample {
    title: &'static str,
    line: String,
    files: &'static str,
}

/// The ways to record, the better example first; the last is none of several files.
fn recordings(provider: &Provider) -> [RecordingExample; 4] {
    let cut = |format: String| RecordingExample {
        title: "one broadcast, recorded in files of half an hour",
        line: format!("{format}: {{cycle: 30m}}   # a new file every half hour"),
        files: TWO_FILES,
    };
    let plain = provider.plain.to_string();
    [
        cut("hls".to_owned()),
        cut(plain.clone()),
        cut("mp4".to_owned()),
        RecordingExample {
            title: "one broadcast, recorded in one file",
            line: format!("{plain}: {{}}"),
            files: "one file of 50m",
        },
    ]
}

/// Files that each message of the scenario names; none = the provider cannot send it.
fn announced(text: &str, folder: &Path, context: &ProcessContext) -> Option<Vec<usize>> {
    let mut environment = context.environment.clone();
    environment.insert(KEY.to_owned(), secrets::SAMPLE.to_owned());
    let name = folder.join(FOLDER).join("init.yaml").display().to_string();
    let source = Source { name, text: text.to_owned() };
    let (key, time) = (KeyArgs::default(), TimeArgs::default());
    let loaded = sources::parse(vec![source], &environment, context.colour).ok()?;
    let flags = planned::PlanFlags { key: &key, time: &time, jobs: 1, editions: &EditionArgs::default() };
    let planned = planned::of(loaded, &flags, context, None).ok()?;
    let callbacks = planned.plays.iter().flat_map(|play| &play.callbacks);
    Some(callbacks.map(|callback| callback.file_keys.len()).filter(|files| *files > 0).collect())
}

/// The scenario, where the provider tells of both files, with how it does; none = it does not.
fn of_two_files(text: String, folder: &Path, context: &ProcessContext) -> Option<String> {
    match announced(&text, folder, context)?.as_slice() {
        // The files of a task that is over, all at once.
        [files] if *files > 1 => Some(text.replace(TWO_FILES, TWO_FILES_AT_ONCE)),
        [_, _, ..] => Some(text),
        _ => None,
    }
}

/// The provider as the scenario writes it: its name, or the path of the file that declares it, from the scenario's folder.
pub(super) fn as_written(args: &InitArgs, provider: &Provider) -> String {
    let Some(by) = provider.declared else { return provider.name.to_owned() };
    if by.file.starts_with('@') {
        return format!("\"{}\"", by.file);
    }
    let path = relative::between(&args.into.join(FOLDER), Path::new(&by.file));
    format!("{:?}", path.display().to_string())
}

/// The setting that makes a declared provider known to commands that play no scenario; empty for one that is known anyway.
fn setting_of_file(args: &InitArgs, provider: &Provider) -> String {
    let Some(by) = provider.declared.filter(|by| !by.file.starts_with('@')) else { return String::new() };
    let path = relative::between(&args.into, Path::new(&by.file)).display().to_string();
    format!("provider-file = [{path:?}]   # for audit, send and the others that play no scenario\n")
}

/// The files, and what to do next.
pub(super) fn files(
    args: &InitArgs,
    provider: &'static Provider,
    context: &ProcessContext,
) -> (Vec<NewFile>, String) {
    // Neither a user nor a password nor a token goes into a file of the repository.
    let target = args.target.as_ref().map_or_else(|| EXAMPLE.to_owned(), ToString::to_string);
    let signed = provider.default_method != Method::None;
    let part = |text: &'static str| if signed { text } else { "" };
    let name = provider.name;
    let others = match provider.declared {
        Some(_) => String::new(),
        None => format!(
            "   # its newest revision; {{name: {name}, revision: \"...\"}} for another: hookreel list revisions"
        ),
    };
    let written = as_written(args, provider) + &others;
    let declared = setting_of_file(args, provider);
    let filled = |text: &str, more: &[(&str, &str)]| {
        let mut text = text.to_owned();
        for (name, value) in more.iter().chain(&[
            ("<PROVIDER>", provider.name),
            ("<PROVIDER AS WRITTEN>", &written),
            ("<TARGET>", &target),
            ("<SIGNING>", part(SIGNING)),
            ("<SECRET FLAG>", part(" --secret-env <KEY>")),
            ("<SECRET SETTING>", part(SECRET_SETTING)),
            ("<FILE SETTING>", &declared),
            ("<GITHUB SECRET>", part(GITHUB_SECRET)),
            ("<GITLAB SECRET>", part(GITLAB_SECRET)),
            ("<KEY>", KEY),
        ]) {
            text = text.replace(name, value);
        }
        text
    };
    let mut scenarios = recordings(provider).into_iter().map(|recording| {
        let RecordingExample { title, line, files } = recording;
        filled(SCENARIO, &[("<TITLE>", title), ("<RECORDING>", &line), ("<FILES>", files)])
    });
    // A provider records something.
    let last = scenarios.next_back().unwrap_or_default();
    let scenario = scenarios.find_map(|text| of_two_files(text, &args.into, context)).unwrap_or(last);
    let mut files = vec![
        NewFile::new(format!("{FOLDER}/{}.yaml", provider.name), scenario),
        NewFile::new("hookreel.toml", filled(SETTINGS, &[])),
    ];
    let gitlab = args.into.join(".gitlab-ci.yml").exists();
    let source = match args.ci.unwrap_or(if gitlab { CiSystem::Gitlab } else { CiSystem::Github }) {
        CiSystem::Github => {
            files.push(NewFile::new(".github/workflows/hookreel.yml", filled(GITHUB, &[])));
            "\nin CI: set the variable HOOKREEL_SOURCE of the repository to the address of hookreel, and write the command that starts your receiver\n"
        }
        CiSystem::Gitlab => {
            files.push(NewFile::new(".gitlab/hookreel.yml", filled(GITLAB, &[])));
            "\nin CI: write `include: {local: .gitlab/hookreel.yml}` into .gitlab-ci.yml (without it there is no job), set the variable SOURCE_OF_HOOKREEL of the project to the address of hookreel, and write the command that starts your receiver\n"
        }
        CiSystem::None => "",
    };
    let export = part("  export <KEY>=...    # the key your receiver checks signatures with\n");
    let flag = part(" --secret-env <KEY>");
    let target = quote(&target);
    let scenarios = quote(&super::shown(&args.into, Path::new(FOLDER)));
    let told = format!(
        "\nnext:\n{export}  hookreel plan {scenarios}\n  hookreel run {scenarios} -t {target}{flag}\n{source}"
    );
    (files, told.replace("<KEY>", KEY))
}
