//! `hookreel.toml`: settings of a repository. A flag counts more than its variable, the variable more than the file.
//!
//! A setting is a flag by its name without dashes: keys, types and schema are those of the command line. Settings that neither a
//! flag nor a variable gives are put into the words of the command, behind its name, as if they had been typed.

mod file;
mod keys;
mod settings;
mod shown;

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::args::command;
use super::exit::{Exit, Refused};
use super::{complain, quoted};
use crate::problem::{Style, render};
use crate::scenario::Environment;
use file::Config;
use settings::{Counting, Setting};

pub(super) use keys::schema;
pub(super) use shown::run;

/// URLs of `[targets]`, by name.
pub(super) type NamedTargets = BTreeMap<String, String>;

/// The words of a command line with what the file says of their command, and the targets that `-t` can name.
///
/// Words that make no sense come back as they are: what is wrong with them is said when they are read.
///
/// # Errors
/// The file cannot be used for this command.
pub(super) fn completed(
    mut words: Vec<OsString>,
    environment: &Environment,
    style: Style,
) -> Result<(Vec<OsString>, NamedTargets), Refused> {
    let said = |word: &OsString| word.to_string_lossy().starts_with("--config");
    let named = environment.contains_key("HOOKREEL_CONFIG") || words.iter().any(said);
    let none = if !named && file::nearest()?.is_none() { Some(file::none()?) } else { None };
    if let Some((_, None)) = none {
        return Ok((words, NamedTargets::new()));
    }
    let Some(given) = understood(&words) else { return Ok((words, NamedTargets::new())) };
    let Some((name, given)) = given.subcommand().filter(|(name, _)| keys::reads(name)) else {
        return Ok((words, NamedTargets::new()));
    };
    if let Some((why, Some(other))) = none {
        complain(&format!("note: {other} is not read: {why}; --config {other} reads it\n"));
        return Ok((words, NamedTargets::new()));
    }
    let Some(config) = Config::read(given.get_one::<String>("config"), style)? else {
        return Ok((words, NamedTargets::new()));
    };
    if let Some(other) = &config.ignored {
        complain(&format!("note: {other} is not read: {} is nearer\n", config.name()));
    }
    let Counting { settings, problems, targets } = config.of(name, given, environment);
    if !problems.is_empty() {
        return Err(match given.try_get_one("all_errors") {
            Ok(Some(true)) => {
                config.refused(&config.every_mistake(environment), Style { most: usize::MAX, ..style })
            }
            _ => config.refused(&problems, style),
        });
    }
    let taken = settings.iter().flat_map(|setting| setting.taken.clone());
    quoted::note(taken.chain(config.taken_of_targets(environment)).collect());
    let behind = words.iter().position(|word| word == name).map_or(words.len(), |at| at + 1);
    words.splice(behind..behind, settings.iter().flat_map(Setting::words));
    Ok((words, targets))
}

/// What can be understood of words, whatever else is wrong with them; none where help is asked for.
fn understood(words: &[OsString]) -> Option<ArgMatches> {
    command().ignore_errors(true).try_get_matches_from(words).ok()
}

/// True when words or a variable give this flag.
fn is_given(given: &ArgMatches, id: &str) -> bool {
    matches!(given.value_source(id), Some(ValueSource::CommandLine | ValueSource::EnvVariable))
}

impl Config {
    /// What is wrong in the file, with its places.
    fn refused(&self, problems: &[crate::problem::Problem], style: Style) -> Refused {
        Refused { exit: Exit::Usage, text: render(&self.document.source, problems, style) }
    }
}
