//! The first files: a commented scenario, settings, and a CI job.

use super::super::args::{CiSystem, InitArgs};
use super::super::shell_commands::quote;
use super::{FOLDER, KEY, NewFile};
use crate::provider::{Provider, Revision};

/// The receiver, where none is given.
const EXAMPLE: &str = "http://localhost:8080/callbacks";

const SCENARIO: &str = r#"# A broadcast, and by it the callbacks that PROVIDER sends. Play it:
#   hookreel run hookreel -t TARGET --secret-env KEY
# What it comes to, without sending anything: hookreel plan hookreel
name: one broadcast, recorded in files of half an hour
provider: PROVIDER            # its newest edition; {name: PROVIDER, revision: "..."} for another: hookreel list revisions
stream: {domain: push.example.com, app: live, name: mystream}
recording:
  hls: {cycle: 30m}           # a new file every half hour; resume: 60s keeps one file over short drops
signing:
  key: "${KEY}"               # the key of the vendor's console; it stays in the environment
broadcast:                    # what the encoder did, in the stream's own time
  - 0s: push
  - 50m: drop                 # two files: 30m and 20m
# faults:                     # something wrong on purpose; all of them: hookreel list faults
#   - duplicate: {copies: 2}
# expect:                     # what your receiver answers, where it is more than the vendor asks for
#   accept: {json: {"$.code": 0}}
"#;

const SETTINGS: &str = r#"# Settings of this repository: a flag by its name without dashes. A flag and its variable count more.
target = "TARGET"
secret-env = "KEY"            # the NAME of the variable that holds the key, never the key

[run]
paths = ["hookreel"]
"#;

const GITHUB: &str = r#"# Plays the scenarios of the folder hookreel against the receiver of this commit.
name: hookreel
on: [push, pull_request]
jobs:
  callbacks:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: cargo install hookreel --locked
      # The command that starts your receiver: it is ended with everything it started.
      - run: hookreel run hookreel -t TARGET --exec './start-my-receiver' --wait-for 60s --secret-env KEY
        env:
          KEY: ${{ secrets.KEY }}
"#;

const GITLAB: &str = r#"# Plays the scenarios of the folder hookreel against the receiver of this commit. In .gitlab-ci.yml:
#   include: {local: .gitlab/hookreel.yml}
# KEY is a masked variable of the project.
callbacks:
  image: rust:latest
  script:
    - cargo install hookreel --locked
    # The command that starts your receiver: it is ended with everything it started.
    - hookreel run hookreel -t TARGET --exec './start-my-receiver' --wait-for 60s --secret-env KEY --report junit=hookreel.xml
  artifacts:
    when: always
    reports: {junit: hookreel.xml}
"#;

/// The files, and what to do next.
pub(super) fn files(
    args: &InitArgs,
    (provider, _): (&'static Provider, &'static Revision),
) -> (Vec<NewFile>, String) {
    // Neither a user nor a password nor a token goes into a file of the repository.
    let target = args.target.as_ref().map_or_else(|| EXAMPLE.to_owned(), ToString::to_string);
    let filled =
        |text: &str| text.replace("PROVIDER", provider.name).replace("TARGET", &target).replace("KEY", KEY);
    let mut files = vec![
        NewFile::new(format!("{FOLDER}/{}.yaml", provider.name), filled(SCENARIO)),
        NewFile::new("hookreel.toml", filled(SETTINGS)),
    ];
    let gitlab = args.into.join(".gitlab-ci.yml").exists();
    match args.ci.unwrap_or(if gitlab { CiSystem::Gitlab } else { CiSystem::Github }) {
        CiSystem::Github => files.push(NewFile::new(".github/workflows/hookreel.yml", filled(GITHUB))),
        CiSystem::Gitlab => files.push(NewFile::new(".gitlab/hookreel.yml", filled(GITLAB))),
        CiSystem::None => {}
    }
    let target = quote(&target);
    let told = format!(
        "\nnext:\n  export {KEY}=...    # the key your receiver checks signatures with\n  hookreel plan {FOLDER}\n  \
         hookreel run {FOLDER} -t {target} --secret-env {KEY}\n"
    );
    (files, told)
}
