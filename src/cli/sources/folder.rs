//! The scenarios in a folder: which of its files are meant.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::diagnostics::may_repeat;
use super::gitignore::Ignored;
use super::{Refused, looked_at, missing, open, providers};
use crate::problem::{Source, nearest};
use crate::scenario::{LONGEST, as_written};

/// Folders that hold what others wrote, or what was built.
const FOREIGN: [&str; 3] = ["node_modules", "target", "vendor"];
/// Most entries that are searched, so that `/` ends early.
const MOST: usize = 100_000;

/// Content of a folder.
#[derive(Default)]
pub(super) struct Folder {
    /// Its scenarios, sorted by path.
    pub(super) scenarios: Vec<Source>,
    /// The other YAML and JSON files that no scenario names, sorted.
    pub(super) skipped: Vec<PathBuf>,
}

/// Reads every scenario below the folder.
///
/// # Errors
/// It cannot be read, or holds too much.
pub(super) fn read(start: &Path) -> Result<Folder, Refused> {
    if fs::canonicalize(start).is_ok_and(|start| start.parent().is_none()) {
        return Err(Refused::usage(format!(
            "`{}` is the whole file system; name the folder that holds scenarios, or the files themselves",
            start.display()
        )));
    }
    let mut files = Vec::new();
    let mut folders = vec![(start.to_owned(), above(start)?)];
    let mut seen = 0;
    while let Some((folder, mut rules)) = folders.pop() {
        rules.push((folder.clone(), rules_of(&folder)?));
        let absolute = fs::canonicalize(&folder).map_err(|error| missing(&folder, &error))?;
        for entry in fs::read_dir(&folder).map_err(|error| missing(&folder, &error))?.flatten() {
            seen += 1;
            if seen > MOST {
                return Err(Refused::usage(format!(
                    "the folder `{}` holds more than {MOST} files; name a folder inside it, or the files themselves",
                    start.display()
                )));
            }
            let path = entry.path();
            // A link to a folder could lead around in circles.
            may_repeat(&entry.file_name());
            let folder = path.is_dir() && !path.is_symlink();
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || (folder && FOREIGN.contains(&name.as_str())) {
                continue;
            }
            if ignored(&rules, &path, &absolute.join(entry.file_name()), folder) {
                continue;
            }
            if folder {
                folders.push((path, rules.clone()));
            } else if is_named_like_one(&name) && path.is_file() {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut found = Folder::default();
    for file in files {
        match scenario(&file)? {
            Some(text) => {
                let source = Source { name: file.display().to_string(), text };
                match providers::declaration(&source) {
                    None => found.scenarios.push(source),
                    Some(_) => found.skipped.push(file),
                }
            }
            None => found.skipped.push(file),
        }
    }
    let own: BTreeSet<PathBuf> = found.scenarios.iter().flat_map(named_in).collect();
    found.skipped.retain(|file| !fs::canonicalize(file).is_ok_and(|file| own.contains(&file)));
    Ok(found)
}

/// The files that a scenario names: bodies of its steps, the declaration of its provider.
fn named_in(source: &Source) -> Vec<PathBuf> {
    let folder = Path::new(&source.name).parent().unwrap_or(Path::new(""));
    let mut found = Vec::new();
    let mut open: Vec<Value> = as_written::read(&source.text).into_iter().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) if is_named_like_one(&text) => {
                found.extend(fs::canonicalize(folder.join(text)).ok());
            }
            Value::Array(inner) => open.extend(inner),
            Value::Object(inner) => open.extend(inner.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    found
}

/// The rules of the folders around this one, up to the root of its repository.
///
/// # Errors
/// One cannot be read.
fn above(start: &Path) -> Result<Vec<(PathBuf, Ignored)>, Refused> {
    // What is not there is told where it is read itself.
    let Ok(start) = fs::canonicalize(start) else { return Ok(Vec::new()) };
    let mut around = Vec::new();
    for folder in start.ancestors() {
        if folder != start {
            around.push((folder.to_owned(), rules_of(folder)?));
        }
        if folder.join(".git").exists() {
            around.reverse();
            return Ok(around);
        }
    }
    // Outside a repository the rules of strangers do not count.
    Ok(Vec::new())
}

/// The rules of the folder itself. Git reads them as bytes: one that is not UTF-8 spoils its own line alone.
///
/// # Errors
/// They are there and cannot be read: what they leave out would be played.
fn rules_of(folder: &Path) -> Result<Ignored, Refused> {
    let file = folder.join(".gitignore");
    if !file.is_file() {
        return Ok(Ignored::parse(""));
    }
    let bytes = looked_at(&file, LONGEST).map_err(|error| missing(&file, &error))?;
    Ok(Ignored::parse(&String::from_utf8_lossy(&bytes)))
}

/// True if the innermost rule about a path ignores it; the path is given as found, and from the root.
fn ignored(rules: &[(PathBuf, Ignored)], path: &Path, absolute: &Path, folder: bool) -> bool {
    let said = rules.iter().rev().find_map(|(at, rules)| {
        let inner = path.strip_prefix(at).or_else(|_| absolute.strip_prefix(at)).ok()?;
        let segments: Vec<_> = inner.iter().map(|part| part.to_string_lossy()).collect();
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();
        rules.ignores(&segments, folder)
    });
    said.unwrap_or(false)
}

fn is_named_like_one(name: &str) -> bool {
    let name = name.to_lowercase();
    [".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending))
}

/// The text of a file that is a scenario: by its name, or by what stands in it.
///
/// # Errors
/// Its name says that it is one, and it cannot be read.
fn scenario(file: &Path) -> Result<Option<String>, Refused> {
    // What was found in a folder has a name.
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let named = [".hookreel.yaml", ".hookreel.yml", ".hookreel.json"].iter().any(|end| name.ends_with(end));
    if named {
        return open(file).map(Some);
    }
    let (bytes, whole) = match looked_at(file, LONGEST) {
        Ok(bytes) => (bytes, true),
        Err(_) => (begin(file).map_err(|error| missing(file, &error))?, false),
    };
    match String::from_utf8(bytes) {
        Ok(text) if whole => Ok(Some(text).filter(|text| holds_one(text))),
        // A scenario that is too large, or in another encoding, is refused with the reason, and not left out.
        Ok(text) => holds_one(&text).then(|| open(file)).transpose(),
        Err(error) => holds_one(&decoded(error.as_bytes())).then(|| open(file)).transpose(),
    }
}

/// The begin of a file that is too large to be a scenario.
fn begin(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(file)?.take(BEGIN).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Bytes in which the keys of a scenario stand, where it is one.
const BEGIN: u64 = 1 << 16;

/// A text that is not UTF-8, as far as it can be read.
fn decoded(bytes: &[u8]) -> String {
    let units = |read: fn([u8; 2]) -> u16| -> Vec<u16> {
        bytes.chunks_exact(2).filter_map(|pair| Some(read(pair.try_into().ok()?))).collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => String::from_utf16_lossy(&units(u16::from_le_bytes)),
        [0xfe, 0xff, ..] => String::from_utf16_lossy(&units(u16::from_be_bytes)),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// True if a text has the keys of a scenario at its top level, or keys that are nearly those: its author wants to know what is wrong.
/// One that is not valid YAML is looked through line by line.
fn holds_one(text: &str) -> bool {
    let Some(tree) = as_written::read(text) else {
        let keys: Vec<String> = KEYS.iter().map(|key| format!("\"{key}\"")).collect();
        // JSON may stand on one line.
        if text.trim_start().starts_with('{') {
            return keys.iter().filter(|key| text.contains(*key)).count() > 1;
        }
        let begins = |line: &str, key: &str| {
            let line = line.strip_prefix('"').unwrap_or(line);
            let rest = line.strip_prefix(key).map(|rest| rest.trim_start_matches('"').trim_start());
            rest.is_some_and(|rest| rest.starts_with(':'))
        };
        let lines = || text.trim_start_matches('\u{feff}').lines();
        return KEYS.iter().filter(|key| lines().any(|line| begins(line, key))).count() > 1;
    };
    let Some(entries) = tree.as_object() else { return false };
    let exact = KEYS.iter().filter(|key| entries.contains_key(**key)).count();
    let near = |key: &&&str| entries.keys().any(|written| nearest(written, [**key]).is_some());
    exact > 1 || exact == 1 && KEYS.iter().filter(near).count() > 1
}

/// Keys of which every scenario has the first two, and nearly every one the third.
const KEYS: [&str; 3] = ["provider", "broadcast", "recording"];
