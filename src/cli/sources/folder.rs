//! The scenarios in a folder: which of its files are meant.

use std::fs;
use std::path::{Path, PathBuf};

use super::gitignore::Ignored;
use super::{Refused, bounded, missing, open};
use crate::problem::Source;
use crate::scenario::{LONGEST, written};

/// Folders that hold what others wrote, or what was built.
const FOREIGN: [&str; 3] = ["node_modules", "target", "vendor"];
/// Most entries that are searched, so that `/` ends early.
const MOST: usize = 100_000;

/// Content of a folder.
#[derive(Default)]
pub(super) struct Folder {
    /// Its scenarios, sorted by path.
    pub(super) scenarios: Vec<Source>,
    /// Number of other YAML and JSON files.
    pub(super) skipped: usize,
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
    let mut folders = vec![(start.to_owned(), above(start))];
    let mut seen = 0;
    while let Some((folder, mut rules)) = folders.pop() {
        rules.push((folder.clone(), rules_of(&folder)));
        let absolute = fs::canonicalize(&folder).unwrap_or_default();
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
            let folder = path.is_dir() && !path.is_symlink();
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || (folder && FOREIGN.contains(&name.as_str())) {
                continue;
            }
            if ignored(&rules, (&path, &absolute.join(entry.file_name())), folder) {
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
            Some(text) => found.scenarios.push(Source { name: file.display().to_string(), text }),
            None => found.skipped += 1,
        }
    }
    Ok(found)
}

/// The rules of the folders around this one, up to the root of its repository.
fn above(start: &Path) -> Vec<(PathBuf, Ignored)> {
    let Ok(start) = fs::canonicalize(start) else { return Vec::new() };
    let mut around = Vec::new();
    for folder in start.ancestors() {
        if folder != start {
            around.push((folder.to_owned(), rules_of(folder)));
        }
        if folder.join(".git").exists() {
            around.reverse();
            return around;
        }
    }
    // Outside a repository the rules of strangers do not count.
    Vec::new()
}

/// The rules of the folder itself.
fn rules_of(folder: &Path) -> Ignored {
    let text =
        bounded(&folder.join(".gitignore"), LONGEST).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    Ignored::parse(&text.unwrap_or_default())
}

/// True if the innermost rule about a path ignores it; the path is given as found, and from the root.
fn ignored(rules: &[(PathBuf, Ignored)], (path, absolute): (&Path, &Path), folder: bool) -> bool {
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
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let named = [".hookreel.yaml", ".hookreel.yml", ".hookreel.json"].iter().any(|end| name.ends_with(end));
    if named {
        return open(file).map(Some);
    }
    let text = bounded(file, LONGEST).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(text.filter(|text| holds_one(text)))
}

/// True if a text has the keys `provider` and `broadcast` at its top level. One that is not valid YAML is looked
/// through line by line: its author wants to know what is wrong.
fn holds_one(text: &str) -> bool {
    const KEYS: [&str; 2] = ["provider", "broadcast"];
    if !KEYS.iter().all(|key| text.contains(key)) {
        return false;
    }
    match written::read(text) {
        Some(tree) => KEYS.iter().all(|key| tree.get(key).is_some()),
        None => KEYS.iter().all(|key| {
            let quoted = format!("\"{key}\"");
            let begins = |line: &str| {
                line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'))
                    || line.starts_with(&quoted)
            };
            // JSON may stand on one line.
            let json = text.trim_start().starts_with('{') && text.contains(&quoted);
            json || text.trim_start_matches('\u{feff}').lines().any(begins)
        }),
    }
}
