//! Which scenarios a command line means, and their texts.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::exit::{Exit, Refused};
use super::shipped;
use crate::problem::{Source, did_you_mean, nearest, render};
use crate::scenario::{Environment, LONGEST, Loaded, load};

/// Reads the texts of everything that the paths mean, in their order.
///
/// # Errors
/// A path means nothing, or cannot be read.
pub(super) fn collect(paths: &[String]) -> Result<Vec<Source>, Refused> {
    let mut sources = Vec::new();
    for path in paths {
        match path.as_str() {
            "-" => sources.push(Source { name: "-".into(), text: read(path)? }),
            name if name.starts_with('@') => sources.extend(shipped(name)?),
            path => {
                for file in files(path)? {
                    sources.push(Source { name: file.display().to_string(), text: open(&file)? });
                }
            }
        }
    }
    Ok(sources)
}

/// Reads and parses; every problem of every scenario is told at once.
///
/// # Errors
/// The problems, rendered.
pub(super) fn parse(
    sources: Vec<Source>,
    environment: &Environment,
    colour: bool,
) -> Result<Vec<Loaded>, Refused> {
    let mut loaded = Vec::new();
    let mut text = String::new();
    for source in sources {
        match load(source, environment) {
            Ok(scenario) => loaded.push(scenario),
            Err((source, problems)) => text.push_str(&render(&source, &problems, colour)),
        }
    }
    if text.is_empty() { Ok(loaded) } else { Err(Refused { exit: Exit::Usage, text }) }
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
        let near = nearest(wanted, shipped::ALL.iter().map(|(known, _)| *known))
            .map_or_else(String::new, |near| format!("; did you mean `@{near}`?"));
        return Err(Refused::usage(format!(
            "there is no shipped scenario `{name}`{near}\n  hookreel list scenarios shows them all"
        )));
    }
    Ok(found)
}

/// The file itself, or every scenario below the folder, sorted.
fn files(path: &str) -> Result<Vec<PathBuf>, Refused> {
    let start = Path::new(path);
    let meta = fs::metadata(start).map_err(|error| missing(start, &error))?;
    if !meta.is_dir() {
        return Ok(vec![start.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![start.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| missing(&folder, &error))?.flatten() {
            let entry = entry.path();
            let extension = entry.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            // A link to a folder could lead around in circles.
            if entry.is_dir() && !entry.is_symlink() {
                folders.push(entry);
            } else if ["yaml", "yml", "json"].contains(&extension) {
                found.push(entry);
            }
        }
    }
    found.sort();
    if found.is_empty() {
        let text =
            format!("the folder `{path}` holds no scenario; expected files ending in .yaml, .yml or .json");
        return Err(Refused::usage(text));
    }
    Ok(found)
}

/// The text of one file, or of standard input.
///
/// # Errors
/// It cannot be read, or is no text.
pub(super) fn read(path: &str) -> Result<String, Refused> {
    if path == "-" { text(path, std::io::stdin().lock()) } else { open(Path::new(path)) }
}

fn open(file: &Path) -> Result<String, Refused> {
    text(&file.display().to_string(), fs::File::open(file).map_err(|error| missing(file, &error))?)
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
    limited(path, fs::File::open(file).map_err(|error| missing(file, &error))?)
}

fn text(name: &str, input: impl Read) -> Result<String, Refused> {
    String::from_utf8(limited(name, input)?)
        .map_err(|_| Refused::usage(format!("`{name}` is not UTF-8 text")))
}

/// Reads a little more than is allowed at most, so that the size itself can be complained about.
fn limited(name: &str, input: impl Read) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(1);
    input
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| Refused::usage(format!("cannot read `{name}`: {error}")))?;
    if bytes.len() > LONGEST {
        return Err(Refused::usage(format!("`{name}` is larger than {LONGEST} bytes; that is too large")));
    }
    Ok(bytes)
}

fn missing(path: &Path, error: &std::io::Error) -> Refused {
    let mut text = format!("cannot read `{}`: {error}", path.display());
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let wanted = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let shipped = shipped::ALL.iter().any(|(name, _)| path == Path::new(name));
    if shipped {
        text.push_str(&format!("; the shipped scenario is called `@{}`", path.display()));
    } else if let Some(near) = did_you_mean(&wanted, names.iter().map(String::as_str)) {
        text.push_str(&format!("; {near}"));
    }
    Refused::usage(text)
}
