//! The command line as it is parsed: flags with their environment variables and their completions.
//!
//! The variable of a flag is `HOOKREEL_` and the flag's name in capitals.

use std::collections::BTreeMap;

use clap::{Arg, ArgAction, Command, CommandFactory};

use super::Cli;
use crate::cli::completions;

/// Start of the name of each variable.
pub(in crate::cli) const PREFIX: &str = "HOOKREEL_";

/// The whole command line.
pub(in crate::cli) fn command() -> Command {
    completed(Cli::command(), with_variable)
}

/// The command line without its variables: only what is typed counts.
pub(in crate::cli) fn typed() -> Command {
    completed(Cli::command(), |flag| flag)
}

fn completed(command: Command, with_variable: fn(Arg) -> Arg) -> Command {
    let mut place = 0;
    let complete = |argument: Arg| {
        place += 1;
        let argument = with_names(with_variable(with_negatives(argument)));
        match argument.get_id().as_str() {
            // The help names the receiver first.
            "target" => argument.display_order(0),
            // Last, in every command.
            "color" | "config" | "provider_file" => argument,
            _ => argument.display_order(place),
        }
    };
    command.mut_args(complete).mut_subcommands(|command| completed(command, with_variable))
}

/// A negative number is read as the value that it is meant to be, so that the flag says what is wrong with it.
fn with_negatives(argument: Arg) -> Arg {
    let takes = argument.get_long().is_some() && argument.get_action().takes_values();
    argument.allow_negative_numbers(takes)
}

fn with_names(argument: Arg) -> Arg {
    match completions::names(argument.get_id().as_str()) {
        Some(names) => argument.add(names),
        None => argument,
    }
}

/// The help does not repeat the variables: `hookreel list variables` has them all.
fn with_variable(flag: Arg) -> Arg {
    let Some(name) = variable(&flag) else { return flag };
    let flag = flag.env(name).hide_env(true);
    match flag.get_action() {
        ArgAction::SetTrue => flag.value_parser(yes_or_no),
        _ => flag,
    }
}

/// The value of a flag that is there or not, from its variable; an empty one is as good as none.
fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" | "y" | "t" => Ok(true),
        "" | "0" | "false" | "no" | "off" | "n" | "f" => Ok(false),
        _ => Err("write yes or no, true or false, 1 or 0".into()),
    }
}

/// The variable of a flag.
pub(in crate::cli) fn variable(flag: &Arg) -> Option<String> {
    match flag.get_long()? {
        "help" | "version" => None,
        name => Some(format!("{PREFIX}{}", name.replace('-', "_").to_uppercase())),
    }
}

/// Name and meaning of each variable, sorted. One whose flag does not mean the same in all commands has a row for each meaning, which
/// ends with the names of its commands.
pub(in crate::cli) fn variables() -> Vec<(String, String)> {
    let mut command = command();
    command.build();
    let mut of_name: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for command in std::iter::once(&command).chain(command.get_subcommands()) {
        for flag in command.get_arguments().filter(|flag| !flag.is_hide_set()) {
            let Some(name) = variable(flag) else { continue };
            let help = flag.get_help().map_or_else(String::new, ToString::to_string);
            of_name.entry(name).or_default().entry(help).or_default().push(command.get_name().to_owned());
        }
    }
    let rows = of_name.into_iter().flat_map(|(name, meanings)| {
        let several = meanings.len() > 1;
        meanings.into_iter().map(move |(help, commands)| match several {
            true => (name.clone(), format!("{help} ({})", commands.join(", "))),
            false => (name.clone(), help),
        })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_variables_has_the_help_of_every_command_that_has_the_flag() {
        let rows = variables();
        let mut command = command();
        command.build();
        let mut flags = 0;
        for command in command.get_subcommands() {
            for flag in command.get_arguments().filter(|flag| !flag.is_hide_set()) {
                let (Some(name), Some(help)) = (variable(flag), flag.get_help()) else { continue };
                let help = help.to_string();
                let own = |row: &&(String, String)| {
                    let commands = row.1.strip_prefix(&help).map(|rest| rest.trim_matches([' ', '(', ')']));
                    row.0 == name
                        && commands.is_some_and(|words| {
                            words.is_empty() || words.split(", ").any(|word| word == command.get_name())
                        })
                };
                assert_eq!(rows.iter().filter(own).count(), 1, "{} --{name}: {help}", command.get_name());
                flags += 1;
            }
        }
        assert!(flags > 150, "{flags}");
    }
}
