//! Files that declare providers: those of the command line, and those that scenarios name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::exit::{Exit, Refused};
use super::shell_commands::quote;
use super::sources;
use crate::problem::{Problem, Source, Style, did_you_mean, render};
use crate::provider::Provider;
use crate::provider::declared::{DeclaredFrom, declare, is_file};
use crate::scenario::{Providers, written};

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

/// Files that come with the program, by their names: senders of which a part is not known, and an example.
const SHIPPED: &[(&str, &str)] = &[
    ("@acme", include_str!("../../docs/providers/acme.yaml")),
    ("@sparkrtc", include_str!("../../docs/providers/sparkrtc.yaml")),
    ("@volcengine", include_str!("../../docs/providers/volcengine.yaml")),
    ("@zoom", include_str!("../../docs/providers/zoom.yaml")),
];

/// The text of a file that comes with the program; none = the word names another one.
fn shipped(word: &str) -> Option<Result<String, String>> {
    word.starts_with('@').then(|| {
        let found = SHIPPED.iter().find(|(name, _)| *name == word);
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| {
            let names: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
            let near = did_you_mean(word, names.iter().copied());
            let near = near.map_or_else(String::new, |near| format!("; {near}"));
            format!("there is no shipped provider file `{word}`; expected one of {}{near}", names.join(", "))
        })
    })
}

/// The provider that a file of the command line declares, and its text.
///
/// # Errors
/// The file cannot be read, or something in it is wrong.
pub(super) fn of_file(file: &Path, style: Style) -> Result<(&'static Provider, String), Refused> {
    let name = file.display().to_string();
    let text = match shipped(&name) {
        Some(text) => text.map_err(Refused::usage)?,
        None => sources::open(file)?,
    };
    Ok((one(name, text.clone(), DeclaredFrom::CommandLine, style)?, text))
}

/// Advice for a file that declares a provider where a scenario is expected; none = it is not one.
pub(super) fn declaration(source: &Source) -> Option<String> {
    let tree = written::read(source.text.trim_start_matches('\u{feff}'))?;
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
    let tree = written::read(source.text.trim_start_matches('\u{feff}'))?;
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

fn one(name: String, text: String, from: DeclaredFrom, style: Style) -> Result<&'static Provider, Refused> {
    let source = Source { name, text };
    if let Some(advice) = scenario(&source) {
        return Err(Refused::usage(advice));
    }
    declare(source, from)
        .map_err(|(source, problems)| Refused { exit: Exit::Usage, text: render(&source, &problems, style) })
}

/// The providers that a scenario names by their files, by the word that names each.
///
/// # Errors
/// Everything that is wrong with the files, rendered.
pub(super) fn of_scenario(source: &Source, style: Style) -> Result<BTreeMap<String, String>, String> {
    let mut names = BTreeMap::new();
    let Some(tree) = written::read(source.text.trim_start_matches('\u{feff}')) else { return Ok(names) };
    let providers = tree.get("provider").and_then(|value| Providers::deserialize(value).ok());
    let mut wrong = String::new();
    for (path, choice) in providers.iter().flat_map(Providers::choices) {
        if !is_file(&choice.name) || names.contains_key(&choice.name) {
            continue;
        }
        let found = match shipped(&choice.name) {
            Some(text) => {
                text.map(|text| (choice.name.clone(), text)).map_err(|why| Problem::at(path, why).into())
            }
            None => beside(source, &choice.name, path),
        };
        let declared = match found {
            Ok((name, text)) => {
                one(name, text, DeclaredFrom::Scenario, style).map_err(|refused| refused.text)
            }
            Err(problem) => Err(sources::pointed(source, *problem, style)),
        };
        match declared {
            Ok(provider) => drop(names.insert(choice.name, provider.name.to_owned())),
            Err(text) => wrong.push_str(&text),
        }
    }
    if wrong.is_empty() { Ok(names) } else { Err(wrong) }
}

/// Name and text of a file in the folder of the scenario.
fn beside(source: &Source, word: &str, path: String) -> Result<(String, String), Box<Problem>> {
    let folder = Path::new(&source.name).parent().unwrap_or(Path::new(""));
    let file = folder.join(word.trim_start_matches("./"));
    let shown = file.display().to_string();
    sources::bounded_text(&file).map(|text| (shown.clone(), text)).map_err(|error| {
        Problem::at(path, format!("the file of the provider cannot be read: {error}"))
            .label(format!("looked for `{shown}`"))
            .help("its path is relative to the folder of the scenario's file")
            .into()
    })
}
