//! Notes and examples below the help of each command. A test parses each example.

/// Text of `hookreel` alone.
pub(in crate::cli) const START: &str = "\
hookreel tests a receiver of live-recording webhooks: it sends signed callbacks as the cloud does.

Start here:
  hookreel run                       play two broadcasts against the built-in receiver
  hookreel run @PROVIDER -t 8080     one provider's broadcasts against your receiver, on a port or a URL
                                     (PROVIDER: PROVIDERS)
  hookreel audit huawei -t 8080      hundreds of edge cases: forged, expired, duplicated, malformed
  hookreel load @huawei/normal -t 8080 --rate 200/s     a load, measured
  hookreel send tencent record -t 8080                  one callback now

`hookreel --help` lists all commands, `hookreel run --help` the flags of one.
";

pub(super) const RUN: &str = "\
Without -t the built-in receiver is tested. Without PATH a scenario of huawei and one of tencent are played; `@PROVIDER` plays those \
of another.

Examples:
  hookreel run @huawei -t 8080
  hookreel run scenarios/ -t http://127.0.0.1:8080/callback --report junit=results.xml
  hookreel run cycle.yaml -t 8080 --exec ./receiver --state http://127.0.0.1:8080/recordings";

pub(super) const SEND: &str = "\
The callback is sent at once, at every --speed. Without -t the built-in receiver gets it. Exit codes are those of \
`run`.

Examples:
  hookreel send huawei RECORD_FILE_COMPLETE -t 8080
  hookreel send tencent record -t 8080 --set file_size=0 --fault duplicate:copies=3,when=at-once
  hookreel send tencent record -t 8080 --body captured.json --resign";

pub(super) const AUDIT: &str = "\
Without -t the built-in receiver is audited.

Examples:
  hookreel audit huawei -t 8080 --quick
  hookreel audit tencent -t 8080 --state http://127.0.0.1:8080/recordings --report junit=audit.xml
  hookreel audit huawei -t 8080 --case C54 -v";

pub(super) const LOAD: &str = "\
Latency is measured from the planned time of a callback, so late sending counts. If the sender falls behind its schedule \
(exit code 6), its figures cannot be trusted. Without -t the built-in receiver is loaded; that measures this machine.

Examples:
  hookreel load @huawei/normal -t 8080 --rate 200/s --duration 30s
  hookreel load @tencent/single-file -t 8080 --rate 500/s --threshold 'p99<200ms' --threshold 'errors<0.1%'
  hookreel load @huawei/normal -t 8080 --rate 100/s --find-limit";

pub(super) const PROVIDER: &str = "\
A file declares a provider that is not built in: docs/declare-a-provider.md. Exit code 1 means that a message is not like its \
sample, 2 that the file has a mistake or that a vector is not reproduced.

Examples:
  hookreel provider check acme.yaml
  hookreel provider words
  hookreel provider check docs/providers/volcengine.yaml";

pub(super) const SHRINK: &str = "\
Examples:
  hookreel shrink failing.yaml -t 8080
  hookreel shrink failing.yaml -t 8080 --out smallest.yaml
  hookreel shrink @huawei/every-order -t 8080 --exec ./receiver";

pub(super) const REPLAY: &str = "\
Each request is reported as fixed, still fails, differs or as before, beside what it was answered when it was captured. At a \
target without a path each goes to its own path. Exit codes are those of `run`.

Examples:
  hookreel replay captures/ -t 8080 --resign --only-failed
  hookreel replay captured.json -t 8080/callbacks --resign -n 100 --every 2s
  hookreel replay export.har -t 8080 --id 3,7 --order reverse";

pub(super) const REPORT: &str = "\
The exit code is the one of the recorded run. Of the record of an audit it prints the scorecard. A load in several processes \
has a record for each: give all of them. Of a capture or an access log it tells which callbacks came, after which gaps \
they came again, and what is missing; exit code 1 means that one was never accepted.

Examples:
  hookreel report run.jsonl
  hookreel report access.log
  hookreel report shard-1.jsonl shard-2.jsonl --threshold 'p99<200ms'";

pub(super) const PLAN: &str = "\
Examples:
  hookreel plan @tencent/hls-resume-one-file
  hookreel plan cycle.yaml --format json
  hookreel plan @huawei/normal --body huawei-2024-1";

pub(super) const CHECK: &str = "\
Examples:
  hookreel check cycle.yaml
  hookreel check scenarios/ --all-errors
  hookreel check - < cycle.yaml";

pub(super) const SIGN: &str = "\
Examples:
  hookreel sign huawei body.json --secret-env CALLBACK_KEY
  hookreel sign tencent body.json --secret-file key.txt --lifetime 10m
  hookreel sign huawei --method md5 < body.json";

pub(super) const VERIFY: &str = "\
Exit code 0 means that the signature is right, 1 that it is wrong or missing, 2 that there is nothing to check: no callback, a \
provider that does not sign, or a body without the header that proves it. An expired signature is reported and does not \
change the exit code. Of a capture every request is checked, as of the time when it came.

Examples:
  hookreel verify captured.json --secret-env CALLBACK_KEY --now '24/Nov/2026:14:10:25 +0000'
  hookreel verify tencent request.http --secret-file key.txt --explain
  hookreel verify tencent body.json --secret-env CALLBACK_KEY --computed 0123456789abcdef0123456789abcdef";

pub(super) const SERVE: &str = "\
GET /recordings answers with all stored recordings as a JSON array. It serves until SIGINT or SIGTERM, then exits with \
0.

Examples:
  hookreel serve huawei --secret-env CALLBACK_KEY
  hookreel serve tencent --listen 127.0.0.1:0 --bug no-dedup
  hookreel serve huawei --fail 503x2 --store recordings.jsonl";

pub(super) const INIT: &str = "\
Files that are there stay as they are: then nothing is written at all.

Examples:
  hookreel init huawei -t http://localhost:8080/callbacks
  hookreel init tencent --ci gitlab
  hookreel init --from captures/ --only-failed --name regression";

pub(super) const LIST: &str = "\
Examples:
  hookreel list
  hookreel list faults expire
  hookreel list cases tencent";

pub(super) const SHOW: &str = "\
Examples:
  hookreel show huawei
  hookreel show tencent record --revision 2022-11
  hookreel show huawei --formula python";

pub(super) const CONFIG: &str = "\
A flag counts more than its variable, the variable more than hookreel.toml, and a table of one command more than the \
settings above it. Values that may be secrets are not shown.

Examples:
  hookreel config
  hookreel config run
  hookreel config audit huawei -t staging";

pub(super) const SCHEMA: &str = "\
Examples:
  hookreel schema > scenario.schema.json
  hookreel schema config > hookreel.schema.json
  hookreel schema ndjson > ndjson.schema.json";

pub(super) const COMPLETIONS: &str = "\
Examples:
  source <(hookreel completions bash)
  hookreel completions zsh > ~/.zfunc/_hookreel
  hookreel completions fish > ~/.config/fish/completions/hookreel.fish";

pub(super) const MAN: &str = "\
Examples:
  hookreel man | man -l -
  hookreel man ./man1
  hookreel man /usr/local/share/man/man1";

#[cfg(test)]
mod tests {
    use clap::Command;

    /// Words of a line, as a shell takes them.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut quoted) = (vec![String::new()], false);
        for character in line.chars() {
            match character {
                '\'' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                other => words.last_mut().unwrap().push(other),
            }
        }
        words
    }

    fn examples(command: &Command) -> Vec<String> {
        let help = command.get_after_help().unwrap().to_string();
        let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
        lines
            .map(|line| line.trim().trim_start_matches("source <(").trim_end_matches(')').to_owned())
            .collect()
    }

    #[test]
    fn each_command_has_three_examples_that_the_program_takes() {
        for command in super::super::command().get_subcommands() {
            let examples = examples(command);
            assert_eq!(examples.len(), 3, "{}: {examples:?}", command.get_name());
            for example in examples {
                assert!(example.starts_with(&format!("hookreel {}", command.get_name())), "{example}");
                let words = words(&example);
                let own = words.iter().take_while(|word| !["|", "<", ">"].contains(&word.as_str()));
                let parsed = super::super::command().try_get_matches_from(own);
                assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
            }
        }
    }
}
