//! Files that declare providers: those of the command line, and those that scenarios name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::exit::{Exit, Refused};
use super::shell_commands::quote;
use super::sources;
use crate::problem::{Problem, Source, Style, did_you_mean, render};
use crate::provider::declared::{DeclaredFrom, SHIPPED, declare, is_file, shipped};
use crate::provider::{Provider, find};
use crate::scenario::{Providers, as_written};

/// Makes the providers known that files of the command line declare.
///
/// # Errors
/// A file cannot be read, or something in it is wrong.
pub(super) fn of_command_line(files: &[PathBuf], style: Style) -> Result<(), Refused> {
    for file in files {
        of_file(file, style).map_err(|refused| match refused.text.strip_prefix("error: cannot read") {
            Some(rest) => Refused { text: format!("error: --provider-file: cannot read{rest}"), ..refused },
            None => refused,
        })?;
    }
    Ok(())
}

/// The file that a word means: one that comes with the program, or else one that `open` reads.
///
/// # Errors
/// None of that name comes with the program, as `missing` says it, or the file cannot be read.
fn file<E>(
    word: &str,
    missing: impl FnOnce(String) -> E,
    open: impl FnOnce() -> Result<(Source, DeclaredFrom), E>,
) -> Result<(Source, DeclaredFrom), E> {
    let Some(name) = word.strip_prefix('@') else { return open() };
    shipped(name).map(|file| (file, DeclaredFrom::Program)).ok_or_else(|| {
        let names: Vec<String> = SHIPPED.iter().map(|(name, _)| format!("@{name}")).collect();
        let near = did_you_mean(word, names.iter().map(String::as_str));
        let near = near.map_or_else(String::new, |near| format!("; {near}"));
        missing(format!(
            "there is no shipped provider file `{word}`; expected one of {}{near}",
            names.join(", ")
        ))
    })
}

/// The text of a file of the command line.
///
/// # Errors
/// It cannot be read.
fn named(path: &Path) -> Result<(Source, DeclaredFrom), Refused> {
    let name = path.display().to_string();
    file(&name, Refused::usage, || {
        Ok((Source { name: name.clone(), text: sources::open(path)? }, DeclaredFrom::CommandLine))
    })
}

/// The provider that a file of the command line declares, and its text.
///
/// # Errors
/// The file cannot be read, or something in it is wrong.
pub(super) fn of_file(path: &Path, style: Style) -> Result<(&'static Provider, String), Refused> {
    let (source, from) = named(path)?;
    let text = source.text.clone();
    Ok((one(source, from, style)?, text))
}

/// Reason why a file declares no provider at all; none where it may, whatever is wrong in it.
pub(super) fn unusable(path: &Path) -> Option<String> {
    match named(path) {
        Ok((source, _)) => scenario(&source),
        Err(refused) => Some(refused.text.trim_start_matches("error: ").trim_end().to_owned()),
    }
}

/// Advice for a file that declares a provider where a scenario is expected; none = it is not one.
pub(super) fn declaration(source: &Source) -> Option<String> {
    let tree = as_written::read(source.text.trim_start_matches('\u{feff}'))?;
    let declares = ["messages", "recorder", "reading"].iter().all(|key| tree.get(key).is_some());
    let name = quote(&source.name);
    (declares && tree.get("broadcast").is_none()).then(|| {
        format!(
            "error: `{}` declares a provider, and is not a scenario\n  check it: hookreel provider check {name}\n  play it: \
             `provider: ./FILE` in a scenario beside it, or --provider-file {name}\n\n",
            source.name
        )
    })
}

/// Advice for a scenario where a file that declares a provider is expected; none = it is not one.
fn scenario(source: &Source) -> Option<String> {
    let tree = as_written::read(source.text.trim_start_matches('\u{feff}'))?;
    let plays = ["broadcast", "recording"].iter().all(|key| tree.get(key).is_some());
    (plays && tree.get("messages").is_none()).then(|| {
        let name = &source.name;
        format!(
            "`{name}` is a scenario, and declares no provider\n  check it: hookreel check {}",
            quote(name)
        )
    })
}

/// The flags that make the providers of a command known again: those that the command line named.
pub(super) fn flags(used: impl Iterator<Item = &'static Provider>) -> String {
    let mut files: Vec<&str> = used
        .filter_map(|provider| provider.declared)
        .filter(|by| by.from == DeclaredFrom::CommandLine)
        .map(|by| by.file.as_str())
        .collect();
    files.sort_unstable();
    files.dedup();
    files.iter().map(|file| format!(" --provider-file {}", quote(file))).collect()
}

fn one(source: Source, from: DeclaredFrom, style: Style) -> Result<&'static Provider, Refused> {
    if let Some(advice) = scenario(&source) {
        return Err(Refused::usage(advice));
    }
    let style = Style { command: CHECK, ..style };
    declare(source, from)
        .map_err(|(source, problems)| Refused { exit: Exit::Usage, text: render(&source, &problems, style) })
}

/// The command that checks a file that declares a provider.
const CHECK: &str = "provider check";

/// The providers that a scenario names by their files, by the word that names each. Those whose files come with the program are made
/// known.
///
/// # Errors
/// Everything that is wrong with the files, rendered.
pub(super) fn of_scenario(source: &Source, style: Style) -> Result<BTreeMap<String, String>, String> {
    let mut names = BTreeMap::new();
    let Some(tree) = as_written::read(source.text.trim_start_matches('\u{feff}')) else { return Ok(names) };
    let providers = tree.get("provider").and_then(|value| Providers::deserialize(value).ok());
    let mut wrong = String::new();
    for (path, choice) in providers.iter().flat_map(Providers::choices) {
        if names.contains_key(&choice.name) {
            continue;
        }
        if !is_file(&choice.name) {
            // One that is unknown is told with the other mistakes of the scenario.
            drop(find(&choice.name, &path));
            continue;
        }
        let missing = |why| Box::new(Problem::at(path.clone(), why));
        let declared = file(&choice.name, missing, || beside(source, &choice.name, path.clone()))
            .map_err(|problem| sources::pointed(source, *problem, style))
            .and_then(|(file, from)| one(file, from, style).map_err(|refused| refused.text));
        match declared {
            Ok(provider) => drop(names.insert(choice.name, provider.name.to_owned())),
            Err(text) => wrong.push_str(&text),
        }
    }
    if wrong.is_empty() { Ok(names) } else { Err(wrong) }
}

/// A file in the folder of the scenario.
fn beside(source: &Source, word: &str, path: String) -> Result<(Source, DeclaredFrom), Box<Problem>> {
    let folder = Path::new(&source.name).parent().unwrap_or(Path::new(""));
    let file = folder.join(word.trim_start_matches("./"));
    let name = file.display().to_string();
    match sources::bounded_text(&file) {
        Ok(text) => Ok((Source { name, text }, DeclaredFrom::Scenario)),
        Err(error) => Err(Problem::at(path, format!("the file of the provider cannot be read: {error}"))
            .label(format!("looked for `{name}`"))
            .help("its path is relative to the folder of the scenario's file")
            .into()),
    }
}
