//! Errors of a command line, with what was probably meant: a command, a flag of another command, a name that is missing.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use super::args::command;
use crate::problem::nearest;

/// The error with what was probably meant.
pub(super) fn advised(mut error: Error) -> Error {
    if error.kind() == ErrorKind::MissingRequiredArgument
        && let Some(usage) = plain_usage(&error)
    {
        error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    }
    let tip = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::InvalidSubcommand, _) => unknown_command(&error),
        (ErrorKind::UnknownArgument, Some(ContextValue::String(written))) => {
            negative(written).or_else(|| flag_of_another(written))
        }
        (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(names))) => {
            names.iter().find_map(|name| list_of(name))
        }
        _ => None,
    };
    if let Some(tip) = tip {
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::SuggestedSubcommand);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// The usage of the command itself: that of the error shows every flag that was given as if it were required, also one that stands in
/// `hookreel.toml`.
fn plain_usage(error: &Error) -> Option<StyledStr> {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else { return None };
    let (usage, mut command) = (usage.to_string(), command());
    command.build();
    let mut found = &mut command;
    for word in usage.split_whitespace() {
        if found.find_subcommand(word).is_some() {
            found = found.find_subcommand_mut(word)?;
        }
    }
    Some(found.render_usage())
}

/// The nearest command, or all of them.
fn unknown_command(error: &Error) -> Option<String> {
    let Some(ContextValue::String(written)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    let command = command();
    if below_a_command(error, &command) {
        return None;
    }
    let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    let is_path = written.starts_with('@') || written.contains(['/', '.']);
    Some(match nearest(written, names.iter().copied()) {
        // Who names a scenario means to run it.
        _ if is_path => format!("`hookreel run {written}` plays it"),
        Some(near) => format!("did you mean `hookreel {near}`?"),
        None => format!("the commands are {}", names.join(", ")),
    })
}

/// True for a word after a command that has commands of its own: what is near is said already.
fn below_a_command(error: &Error, command: &Command) -> bool {
    let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else { return false };
    let usage = usage.to_string();
    command.get_subcommands().filter(|known| known.has_subcommands()).any(|known| {
        let name = known.get_name();
        usage.split_whitespace().skip_while(|word| *word != name).count() > 0
    })
}

/// Advice for `-5/s`, which is not a flag.
fn negative(written: &str) -> Option<String> {
    let rest = written.strip_prefix('-')?;
    rest.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        .then(|| "no flag takes a negative value".to_owned())
}

/// The commands that have the flag which this one does not have.
fn flag_of_another(written: &str) -> Option<String> {
    let long = written.split('=').next()?.strip_prefix("--")?;
    let command = command();
    let has = |command: &&Command| {
        command.get_arguments().any(|flag| flag.get_long() == Some(long) && !flag.is_hide_set())
    };
    let names: Vec<String> = command
        .get_subcommands()
        .filter(has)
        .map(|command| format!("`hookreel {}`", command.get_name()))
        .collect();
    (!names.is_empty()).then(|| format!("--{long} is a flag of {}", names.join(", ")))
}

/// The command that lists what an argument can be.
fn list_of(argument: &str) -> Option<String> {
    let (what, list) = match argument.trim_end_matches('.') {
        "<PROVIDER>" => ("all providers", "providers"),
        "<EVENT>" => ("the events of each provider", "events"),
        "<PATH>" => ("the scenarios that come with the program", "scenarios"),
        _ => return None,
    };
    Some(format!("`hookreel list {list}` shows {what}"))
}
