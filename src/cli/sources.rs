//! Scenarios of a command line, and their texts.

mod folder;
mod gitignore;
mod misplaced;
mod names;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use serde_json::Value;

use super::diagnostics::may_repeat;
use super::exit::{Exit, Refused};
use super::files;
use super::shell_commands::quote;
use super::{complain, providers, shipped};
use crate::number;
use crate::problem::{Problem, Source, Style, did_you_mean, nearest, render};
use crate::provider;
use crate::provider::declared::SHIPPED;
use crate::report::inert;
use crate::scenario::{Document, Environment, LONGEST, Loaded, as_written, load_and};

/// Reads the texts of everything that the paths mean, in their order.
///
/// # Errors
/// A path means nothing, or cannot be read.
pub(super) fn collect(paths: &[String]) -> Result<Vec<Source>, Refused> {
    let mut sources: Vec<Source> = Vec::new();
    for path in paths {
        match path.as_str() {
            "-" => sources.push(Source { name: "-".into(), text: read(path)? }),
            name if name.starts_with('@') => sources.extend(shipped(name)?),
            path if Path::new(path).is_dir() => sources.extend(folder(path)?),
            path => sources.push(Source { name: path.to_owned(), text: open(Path::new(path))? }),
        }
    }
    note_repeated(&sources);
    Ok(sources)
}

/// Notes each scenario that is named twice: both plays have the same ids, and a receiver takes the second for duplicates.
fn note_repeated(sources: &[Source]) {
    let mut seen = BTreeSet::new();
    let whole = |name: &str| fs::canonicalize(name).unwrap_or_else(|_| name.into());
    let again: BTreeSet<&str> =
        sources.iter().map(|source| source.name.as_str()).filter(|name| !seen.insert(whole(name))).collect();
    for name in again {
        complain(&format!("note: `{name}` is named twice, and comes twice with the same ids\n"));
    }
}

/// Reads and parses; every problem of every scenario is reported at once.
///
/// # Errors
/// The problems, rendered.
pub(super) fn parse(
    sources: Vec<Source>,
    environment: &Environment,
    style: impl Into<Style>,
) -> Result<Vec<Loaded>, Refused> {
    let style = style.into();
    let mut loaded = Vec::new();
    let mut text = String::new();
    for source in sources {
        let body = callback(&source).or_else(|| misplaced::advice(&source));
        if let Some(advice) = providers::declaration(&source) {
            text.push_str(&advice);
            continue;
        }
        let declared = match providers::of_scenario(&source, style) {
            Ok(declared) => declared,
            Err(wrong) => {
                text.push_str(&wrong);
                continue;
            }
        };
        let also = |tree: &Value, rest: Option<(Loaded, &[Problem])>| {
            let planned = rest.map_or_else(Vec::new, |(mut rest, told)| {
                rest.scenario.provider.rename(&declared);
                match read_bodies(&mut rest) {
                    unread if unread.is_empty() => names::of_plan(&rest, told),
                    unread => unread,
                }
            });
            names::wrong(tree).into_iter().chain(planned).collect()
        };
        match load_and(source, environment, &also) {
            Ok(mut scenario) => {
                scenario.scenario.provider.rename(&declared);
                let mut wrong = names::urls(&scenario.document.tree());
                wrong.extend(read_bodies(&mut scenario));
                let wrong: Vec<_> =
                    wrong.into_iter().map(|problem| scenario.document.point(problem)).collect();
                text.push_str(&render(&scenario.document.source, &wrong, style));
                loaded.push(scenario);
            }
            Err(_) if body.is_some() => text.extend(body),
            Err((source, problems)) => text.push_str(&render(&source, &problems, style)),
        }
    }
    if text.is_empty() { Ok(loaded) } else { Err(Refused { exit: Exit::Usage, text }) }
}

/// Reads the bodies and queries of captured callbacks, which stand beside the scenario's file. Each unreadable one is a problem.
pub(super) fn read_bodies(loaded: &mut Loaded) -> Vec<Problem> {
    let folder = Path::new(&loaded.document.source.name).parent().unwrap_or(Path::new("")).to_owned();
    let mut wrong = Vec::new();
    for (path, given) in loaded.scenario.given() {
        // Which of the two it is was checked before.
        let Ok((key, file)) = given.file() else { continue };
        let file = folder.join(file);
        match bounded(&file, LONGEST) {
            Ok(bytes) => given.bytes = Some(bytes.into()),
            Err(error) => wrong.push(
                Problem::at(path, format!("the {key} cannot be read: {error}"))
                    .label(format!("looked for `{}`", file.display()))
                    .help("its path is relative to the folder of the scenario's file"),
            ),
        }
    }
    wrong
}

/// Advice for a text that is not a scenario but a captured callback.
fn callback(source: &Source) -> Option<String> {
    let tree = as_written::read(source.text.trim_start_matches('\u{feff}'))?;
    let (provider, event) = provider::announced(tree.as_object()?)?;
    let Source { name, .. } = source;
    let (mut vendor, path) = (provider.name.to_owned(), quote(name));
    if let Some(first) = vendor.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Some(format!(
        "error: `{name}` is a {vendor} {event} callback, not a scenario\n  \
         send it: hookreel send {} {event} --body {path} --resign -t URL --secret-env NAME\n\n",
        provider.name
    ))
}

fn shipped(name: &str) -> Result<Vec<Source>, Refused> {
    let wanted = name.trim_start_matches('@');
    let group = format!("{}/", wanted.trim_end_matches('/'));
    let found: Vec<Source> = shipped::ALL
        .iter()
        .filter(|(known, _)| *known == wanted || known.starts_with(&group) || wanted == "all")
        .map(|(known, text)| Source { name: format!("@{known}"), text: (*text).to_owned() })
        .collect();
    if found.is_empty() {
        if SHIPPED.iter().any(|(provider, _)| *provider == wanted) {
            return Err(Refused::usage(format!(
                "`{name}` is the file of a provider, and no scenarios come with it\n  play one: `provider: {wanted}` in a scenario"
            )));
        }
        let groups = shipped::ALL.iter().filter_map(|(known, _)| known.split('/').next());
        let near = nearest(wanted, groups.chain(shipped::ALL.iter().map(|(known, _)| *known)).chain(["all"]))
            .map_or_else(String::new, |near| format!("; did you mean `@{near}`?"));
        return Err(Refused::usage(format!(
            "there is no shipped scenario `{name}`{near}\n  hookreel list scenarios shows them all"
        )));
    }
    Ok(found)
}

/// Skipped files that are named.
const NAMED: usize = 3;

/// Every scenario below a folder; what else is there is counted.
fn folder(path: &str) -> Result<Vec<Source>, Refused> {
    let found = folder::read(Path::new(path))?;
    let others = match found.skipped.len() {
        0 => String::new(),
        1 => "1 other YAML or JSON file".into(),
        n => format!("{n} other YAML or JSON files"),
    };
    let mut names: Vec<String> =
        found.skipped.iter().take(NAMED).map(|path| inert(&path.display().to_string())).collect();
    let more = found.skipped.len().saturating_sub(NAMED);
    names.extend((more > 0).then(|| format!("{more} more")));
    let names = names.join(", ");
    if found.scenarios.is_empty() {
        let others = if others.is_empty() { others } else { format!("; it holds {others}: {names}") };
        return Err(Refused::usage(format!(
            "the folder `{path}` holds no scenario{others}\n  a scenario ends in .yaml, .yml or .json and has the keys \
             `provider` and `broadcast`; to have any other file checked, name the file itself"
        )));
    }
    if !others.is_empty() {
        complain(&format!(
            "note: {others} in `{path}` skipped (no `provider` and `broadcast` at the top level): {names}; name one to have it checked\n"
        ));
    }
    found.scenarios.iter().for_each(|source| files::needed(Path::new(&source.name)));
    Ok(found.scenarios)
}

/// The text of one file, or of standard input.
///
/// # Errors
/// It cannot be read, or is not text.
pub(super) fn read(path: &str) -> Result<String, Refused> {
    if path == "-" { text(path, std::io::stdin().lock()) } else { open(Path::new(path)) }
}

/// A problem of a scenario's text, rendered with its place.
pub(super) fn pointed(source: &Source, problem: Problem, style: Style) -> String {
    match Document::parse(source.clone(), &Environment::new()) {
        Ok((document, _)) => render(&document.source, &[document.point(problem)], style),
        // Its own mistakes come first; the place is found without them.
        Err((source, _)) => render(&source, &[problem], style),
    }
}

/// The text of a file beside a scenario.
///
/// # Errors
/// It cannot be read, or is not text.
pub(super) fn bounded_text(file: &Path) -> io::Result<String> {
    let bytes = bounded(file, LONGEST)?;
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8 text"))
}

/// The text of a file.
///
/// # Errors
/// It cannot be read, or is not text.
pub(super) fn open(file: &Path) -> Result<String, Refused> {
    text(&file.display().to_string(), files::read(file).map_err(|error| missing(file, &error))?)
}

/// Reads bytes that are to be sent as they are.
///
/// # Errors
/// They cannot be read, or are too many.
pub(super) fn bytes(path: &str) -> Result<Vec<u8>, Refused> {
    if path == "-" {
        return limited(path, std::io::stdin().lock());
    }
    let file = Path::new(path);
    limited(path, files::read(file).map_err(|error| missing(file, &error))?)
}

fn text(name: &str, input: impl Read) -> Result<String, Refused> {
    String::from_utf8(limited(name, input)?).map_err(|error| Refused::usage(not_text(name, error.as_bytes())))
}

/// Name of the form in which a program wrote a text, by its first bytes, and how it becomes UTF-8; none = no such form is known.
pub(super) fn encoded(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(
            "UTF-16, as PowerShell's `>` writes it; save it as UTF-8 (`| Set-Content -Encoding utf8 FILE`)",
        ),
        [0x1f, 0x8b, ..] => Some("compressed with gzip; unpack it first: gunzip -c"),
        [b'P', b'K', 3, 4, ..] => Some("a ZIP archive; unpack it first"),
        _ => None,
    }
}

/// Words about bytes that are not UTF-8: what they are, or the place of the first that is not.
fn not_text(name: &str, bytes: &[u8]) -> String {
    if let Some(what) = encoded(bytes) {
        return format!("`{name}` is {what}");
    }
    let end = std::str::from_utf8(bytes).err().map_or(bytes.len(), |error| error.valid_up_to());
    let (before, after) = bytes.split_at(end);
    let before = String::from_utf8_lossy(before);
    let last = before.rsplit('\n').next().map_or(0, |last| last.chars().count());
    let (line, column) = (before.matches('\n').count() + 1, last + 1);
    let byte = after.first().map_or_else(String::new, |byte| format!("the byte 0x{byte:02x}"));
    format!(
        "{name}:{line}:{column}: the file is not UTF-8 text: {byte} stands here, as in ISO-8859-1 or Windows-1252; save it as UTF-8"
    )
}

fn limited(name: &str, input: impl Read) -> Result<Vec<u8>, Refused> {
    up_to(LONGEST, input).map_err(|error| Refused::usage(format!("cannot read `{name}`: {error}")))
}

/// Reads a file up to a limit in bytes: a device has no end.
///
/// # Errors
/// It cannot be read, or is larger.
pub(super) fn bounded(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    up_to(most, files::read(path)?)
}

/// The same of a file that is only looked at.
///
/// # Errors
/// It cannot be read, or is larger.
pub(super) fn looked_at(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    up_to(most, fs::File::open(path)?)
}

/// Reads a little more than is allowed at most, so that the size itself can be complained about.
fn up_to(most: usize, input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(number::capped::<u64>(most).saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(io::Error::other(format!("it is larger than {most} bytes")));
    }
    Ok(bytes)
}

fn missing(path: &Path, error: &std::io::Error) -> Refused {
    // A body, which is not repeated: its signature is valid for a while.
    if path.to_string_lossy().starts_with(['{', '[']) {
        return Refused::usage("JSON stands where the PATH of a file is expected, or `-` for standard input");
    }
    let mut text = format!("cannot read `{}`: {error}", path.display());
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .inspect(|entry| may_repeat(&entry.file_name()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let wanted = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let group =
        |(name, _): &(&str, &str)| name.split('/').next().is_some_and(|group| path == Path::new(group));
    let shipped = shipped::ALL.iter().any(|one| path == Path::new(one.0) || group(one));
    if shipped {
        text.push_str(&format!("; what comes with the program is called `@{}`", path.display()));
    } else if let Ok(to) = fs::read_link(path) {
        text.push_str(&format!("; it is a link to `{}`", to.display()));
    } else if let Some(near) = did_you_mean(&wanted, names.iter().map(String::as_str)) {
        text.push_str(&format!("; {near}"));
    }
    Refused::usage(text)
}
