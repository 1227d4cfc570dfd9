//! Environment variables of flags: those that no flag has, and errors that come from one.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, Error};

use super::args::{PREFIX, typed, variable, variables};
use super::exit::Refused;
use crate::problem::nearest;
use crate::report::inert;
use crate::scenario::Environment;
use crate::stretch::{Stretches, first_line};

/// Last words of names of variables that hold a key: the names are the user's own.
const OF_KEYS: [&str; 4] = ["KEY", "SECRET", "TOKEN", "PASSWORD"];

/// Starts of variables that a printed command line demands: a header, a target of a scenario, a setting, each with a number or a name.
const OF_COMMANDS: [&str; 3] = ["HOOKREEL_HEADER_", "HOOKREEL_TARGET_", "HOOKREEL_SETTING_"];
/// Variables of the scripts that come with the program.
const OF_SCRIPTS: [&str; 1] = ["HOOKREEL_DOWNLOADS"];

/// A warning for each variable that is named like one of a flag and is none. It repeats no value.
pub(super) fn unknown(environment: &Environment, words: &[OsString]) -> String {
    let flags: Vec<String> = variables().into_iter().map(|(name, _)| name).collect();
    let ours = |name: &str| name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX));
    let of_key = |name: &str| name.rsplit('_').next().is_some_and(|last| OF_KEYS.contains(&last));
    // `--secret-env HOOKREEL_A`, `HOOKREEL_ACCOUNT=/a=HOOKREEL_A`.
    let used = |name: &str| {
        words.iter().any(|word| holds(&word.to_string_lossy(), name))
            || flags.iter().any(|flag| environment.get(flag).is_some_and(|value| holds(value, name)))
    };
    let demanded = |name: &str| {
        OF_SCRIPTS.contains(&name)
            || OF_COMMANDS.iter().any(|start| name.strip_prefix(start).is_some_and(|rest| !rest.is_empty()))
    };
    let is_unknown = |name: &&String| {
        !demanded(name)
            && ours(name.as_str())
            && !flags.contains(*name)
            && !of_key(name.as_str())
            && !used(name.as_str())
    };
    let warning = |name: &String| {
        let stems = || flags.iter().filter_map(|flag| flag.strip_prefix(PREFIX));
        let stem = name.stretch(PREFIX.len()..);
        let run_together = stem.replace('_', "").to_uppercase();
        let same = stems().find(|flag| flag.replace('_', "") == run_together);
        let help = same.or_else(|| nearest(stem, stems())).map_or_else(
            || "`hookreel list variables` shows them all".to_owned(),
            |near| format!("did you mean `{PREFIX}{near}`?"),
        );
        format!(
            "warning: no flag has the environment variable `{}`, so it has no effect; {help}\n",
            inert(name)
        )
    };
    environment.keys().filter(is_unknown).map(warning).collect()
}

/// The words with the values of variables of several lines: a flag that can be repeated is given once for each line. A flag that was
/// typed counts more than its variable.
pub(super) fn spread(mut words: Vec<OsString>, environment: &Environment) -> Vec<OsString> {
    let matches = typed().ignore_errors(true).try_get_matches_from(&words).ok();
    let Some((name, given)) = matches.and_then(|mut matches| matches.remove_subcommand()) else {
        return words;
    };
    let mut command = typed();
    command.build();
    let Some(command) = command.find_subcommand(&name) else { return words };
    let repeated = untyped(command, &given).filter(|flag| matches!(flag.get_action(), ArgAction::Append));
    let lines = |flag: &Arg| {
        let value = environment.get(&variable(flag)?).filter(|value| value.contains('\n'))?;
        let lines = value.lines().map(str::trim).filter(|line| !line.is_empty());
        let long = flag.get_long()?;
        Some(lines.map(|line| format!("--{long}={line}").into()).collect::<Vec<OsString>>())
    };
    let spread: Vec<OsString> = repeated.filter_map(lines).flatten().collect();
    let behind = words.iter().position(|word| *word == *name).map_or(words.len(), |at| at + 1);
    words.splice(behind..behind, spread);
    words
}

/// True when the text holds the name, with no letter of a longer name around it.
fn holds(text: &str, name: &str) -> bool {
    let of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (text.stretch(..at), text.stretch(at + name.len()..));
        !before.ends_with(of_name) && !after.starts_with(of_name)
    })
}

/// The error with the names of variables in the place of flags that nobody typed.
pub(super) fn named(mut error: Error, words: &[OsString], environment: &Environment) -> Error {
    let same = |typed: &Error| {
        let about = |error: &Error| error.get(ContextKind::InvalidArg).cloned();
        typed.kind() == error.kind() && about(typed) == about(&error)
    };
    if typed().try_get_matches_from(words).err().as_ref().is_some_and(same) {
        return error;
    }
    let mut command = typed();
    command.build();
    let given = command.clone().ignore_errors(true).try_get_matches_from(words);
    let Some((name, given)) = given.ok().and_then(|mut given| given.remove_subcommand()) else {
        return error;
    };
    let Some(command) = command.find_subcommand(name) else { return error };
    let flags: Vec<(String, String, String)> = untyped(command, &given)
        .filter_map(|flag| {
            let name = variable(flag).filter(|name| environment.contains_key(name))?;
            Some((flag.to_string(), name, flag.get_long()?.to_owned()))
        })
        .collect();
    let mut tips = Vec::new();
    let mut rename = |text: &String| match flags.iter().find(|(flag, ..)| flag == text) {
        Some((_, name, flag)) => {
            tips.push(format!("the environment variable {name} gives --{flag}"));
            name.clone()
        }
        None => text.clone(),
    };
    for kind in [ContextKind::InvalidArg, ContextKind::PriorArg] {
        let renamed = match error.get(kind) {
            Some(ContextValue::String(text)) => ContextValue::String(rename(text)),
            Some(ContextValue::Strings(texts)) => {
                ContextValue::Strings(texts.iter().map(&mut rename).collect())
            }
            _ => continue,
        };
        error.insert(kind, renamed);
    }
    if error.kind() == ErrorKind::MissingRequiredArgument {
        tips.extend(
            flags.iter().map(|(_, name, flag)| format!("the environment variable {name} gives --{flag}")),
        );
    }
    if !tips.is_empty() {
        let tips = tips.into_iter().map(Into::into).collect();
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    error
}

/// Flags of a command that nobody typed.
fn untyped<'a>(command: &'a Command, given: &ArgMatches) -> impl Iterator<Item = &'a Arg> {
    let is_typed = |flag: &&Arg| {
        let source = given.try_contains_id(flag.get_id().as_str()).ok();
        let source = source.and_then(|_| given.value_source(flag.get_id().as_str()));
        source == Some(ValueSource::CommandLine)
    };
    command.get_arguments().filter(move |flag| !is_typed(flag))
}

/// Flags that variables give, and the variables.
pub(super) fn given(matches: &ArgMatches) -> Vec<(String, String)> {
    let Some((name, given)) = matches.subcommand() else { return Vec::new() };
    let mut command = typed();
    command.build();
    let flags = command.find_subcommand(name).into_iter().flat_map(Command::get_arguments);
    let of_variable = |flag: &&Arg| {
        let id = flag.get_id().as_str();
        given.try_contains_id(id).is_ok() && given.value_source(id) == Some(ValueSource::EnvVariable)
    };
    flags
        .filter(of_variable)
        .filter_map(|flag| Some((flag.get_long()?.to_owned(), variable(flag)?)))
        .collect()
}

/// The refusal with the variables of the flags that its first line names.
pub(super) fn explained(mut refused: Refused, given: &[(String, String)]) -> Refused {
    let first = first_line(&refused.text).to_owned();
    let names = |flag: &str| {
        let whole = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        first.split(&format!("--{flag}")).skip(1).any(whole)
    };
    for (flag, name) in given.iter().filter(|(flag, _)| names(flag)) {
        refused.text.push_str(&format!("  the environment variable {name} gives --{flag}\n"));
    }
    refused
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warned(variables: &[(&str, &str)], words: &[&str]) -> String {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let words: Vec<OsString> = words.iter().map(Into::into).collect();
        unknown(&variables.iter().map(own).collect(), &words)
    }

    #[test]
    fn a_variable_of_no_flag_is_warned_of_without_its_value() {
        for (name, near) in [
            ("HOOKREEL_TARGETS", "HOOKREEL_TARGET"),
            ("HOOKREEL_SECRETENV", "HOOKREEL_SECRET_ENV"),
            ("HOOKREEL_FAILFAST", "HOOKREEL_FAIL_FAST"),
            ("HOOKREEL_SEEED", "HOOKREEL_SEED"),
            ("hookreel_target", "HOOKREEL_TARGET"),
        ] {
            let text = warned(&[(name, "hunter2"), ("HOME", "/"), ("HOOKREEL_JOBS", "2")], &[]);
            assert_eq!(text.lines().count(), 1, "{text}");
            assert!(text.contains(name) && text.contains(&format!("did you mean `{near}`?")), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
        assert!(warned(&[("HOOKREEL_ZZZZZZ", "")], &[]).contains("list variables"));
    }

    #[test]
    fn variables_that_are_used_or_hold_a_key_are_not_warned_of() {
        assert_eq!(warned(&[("HOOKREEL_KEY", "k"), ("HOOKREEL_OLD_SECRET", "k")], &[]), "");
        assert_eq!(warned(&[("HOOKREEL_A", "k")], &["send", "--secret-env=HOOKREEL_A"]), "");
        assert_eq!(warned(&[("HOOKREEL_A", "k"), ("HOOKREEL_ACCOUNT", "/a=HOOKREEL_A")], &[]), "");
        assert_ne!(warned(&[("HOOKREEL_A", "k")], &["--secret-env=HOOKREEL_AB"]), "");
        for printed in
            ["HOOKREEL_HEADER_1", "HOOKREEL_TARGET_WEST", "HOOKREEL_SETTING_APP_ID", "HOOKREEL_DOWNLOADS"]
        {
            assert_eq!(warned(&[(printed, "x")], &["run"]), "");
        }
        assert_ne!(warned(&[("HOOKREEL_HEADER_", "x")], &["run"]), "");
    }
}
