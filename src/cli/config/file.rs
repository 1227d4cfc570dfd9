//! The file: where it is looked for, and its text as settings with places.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::keys;
use crate::cli::exit::{Exit, Refused};
use crate::cli::files;
use crate::problem::{Problem, Source, Style, render};
use crate::scenario::Document;
use crate::scenario::schema::check_shape;
use crate::stretch::{Stretches, first_line};

/// Name of the file.
const NAME: &str = "hookreel.toml";
/// The word for no file.
const NONE: &str = "none";
/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// A file that was read.
pub(super) struct Config {
    pub(super) document: Document,
    /// Everything in it that has not the right shape, each with its place.
    pub(super) misshapen: Vec<Problem>,
    /// Its values as they are written.
    pub(super) tree: Value,
    /// Path from here to its folder, with a slash at its end; empty = it is here.
    pub(super) folder: String,
    /// A file further up, which does not count.
    pub(super) ignored: Option<String>,
}

/// Files from here up to the repository's root, the nearest first.
struct Found {
    files: Vec<PathBuf>,
    /// There is a repository.
    rooted: bool,
    /// The nearest file further up, outside a repository.
    beyond: Option<PathBuf>,
}

impl Found {
    /// Looks in this folder and upwards to the one that has `.git`. Outside a repository only this folder counts: what lies
    /// above it belongs to others.
    fn from(here: &Path) -> Self {
        let rooted = here.ancestors().any(is_root);
        let (mut files, mut beyond) = (Vec::new(), None);
        let mut up = PathBuf::new();
        for (depth, folder) in here.ancestors().enumerate() {
            let path = up.join(NAME);
            if folder.join(NAME).symlink_metadata().is_ok() {
                match rooted || depth == 0 {
                    true => files.push(path),
                    false => beyond = beyond.or(Some(path)),
                }
            }
            if rooted && is_root(folder) {
                break;
            }
            up.push("..");
        }
        Self { files, rooted, beyond }
    }
}

fn is_root(folder: &Path) -> bool {
    folder.join(".git").symlink_metadata().is_ok()
}

fn found() -> Result<Found, Refused> {
    let here = std::env::current_dir()
        .map_err(|error| Refused::usage(format!("the current folder cannot be read: {error}")))?;
    Ok(Found::from(&here))
}

/// The path of the file that counts unless another is named.
///
/// # Errors
/// There is no current folder.
pub(super) fn nearest() -> Result<Option<PathBuf>, Refused> {
    Ok(found()?.files.into_iter().next())
}

/// Where no file counts: that there is none, in words for a person, and one further up that is not read.
///
/// # Errors
/// There is no current folder.
pub(super) fn none() -> Result<(&'static str, Option<String>), Refused> {
    let Found { rooted, beyond, .. } = found()?;
    let why = match rooted {
        true => "there is no hookreel.toml from here to the repository's root",
        false => {
            "there is no hookreel.toml in this folder; outside a repository (a folder with .git) no other is looked for"
        }
    };
    Ok((why, beyond.map(|path| shown(&path))))
}

impl Config {
    /// Reads the file of this path, or the nearest one; none where there is none, or none is wanted.
    ///
    /// # Errors
    /// It cannot be read, or is no TOML.
    pub(super) fn read(named: Option<&String>, style: Style) -> Result<Option<Self>, Refused> {
        let (path, ignored) = match named.map(String::as_str) {
            Some(NONE) => return Ok(None),
            Some("") => return Err(Refused::usage("--config: write the path of a file, or `none`")),
            Some(path) => (PathBuf::from(path), None),
            None => {
                let Found { files, beyond, .. } = found()?;
                let mut files = files.into_iter();
                let Some(path) = files.next() else { return Ok(None) };
                (path, files.next().or(beyond).map(|other| shown(&other)))
            }
        };
        let source = Source { name: shown(&path), text: text(&path)? };
        let document = Document::settings(source).map_err(|(source, problem)| Refused {
            exit: Exit::Usage,
            text: render(&source, &[of_a_header(*problem, &source.text)], style),
        })?;
        let misshapen = check_shape(&document, &keys::schema())
            .into_iter()
            .map(|problem| document.point(of_targets(problem, &document)))
            .collect();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.map_or_else(String::new, |folder| format!("{}/", shown(folder)));
        Ok(Some(Self { tree: document.tree(), document, misshapen, folder, ignored }))
    }

    /// What a person calls it.
    pub(super) fn name(&self) -> &str {
        &self.document.source.name
    }

    /// A path of the file, from here.
    pub(super) fn resolved(&self, path: &str) -> String {
        if Path::new(path).is_absolute() || path == "-" {
            path.to_owned()
        } else {
            format!("{}{path}", self.folder)
        }
    }
}

/// The problem with the form of a target, where a target is written in another one.
fn of_targets(problem: Problem, document: &Document) -> Problem {
    let tree = document.tree();
    let (step, name) = problem.path.split_once('.').unwrap_or((&problem.path, ""));
    let value =
        tree.get(step).map(|value| if name.is_empty() { value } else { value.get(name).unwrap_or(value) });
    let help = match (step, value) {
        ("target", Some(Value::Object(_))) if name.is_empty() => {
            "a receiver with settings stands in `[targets.NAME]`; `target = \"NAME\"` chooses it".to_owned()
        }
        (keys::TARGETS, Some(value)) if !name.is_empty() && !name.contains('.') && !value.is_object() => {
            format!("write a table: `[targets.{name}]`, and below it `url = ...`")
        }
        _ => return problem,
    };
    problem.help(help)
}

/// The problem with a table that its file cannot have, where another is near.
fn of_a_header(problem: Problem, text: &str) -> Problem {
    let start = problem.span.as_ref().map_or(0, |span| span.start);
    let begin = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let line = first_line(text.stretch(begin..));
    let header = line.trim().strip_prefix("[target.").and_then(|rest| rest.split_once(']'));
    match header {
        Some((name, _)) => {
            let help = format!(
                "did you mean `[targets.{name}]`? `target` is one receiver, and its value may be a name in `[targets]`"
            );
            Problem { help: vec![help], ..problem }
        }
        None => problem,
    }
}

/// The path with the separators of a URL, as the file has them.
fn shown(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

fn text(path: &Path) -> Result<String, Refused> {
    let failed =
        |why: &dyn std::fmt::Display| Refused::usage(format!("cannot read {}: {why}", path.display()));
    let file = files::read(path).map_err(|error| failed(&error))?;
    // Nobody waits for a pipe.
    if !file.metadata().is_ok_and(|meta| meta.is_file()) {
        return Err(failed(&"it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(failed(&"it is larger than 1 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|_| failed(&"it is not UTF-8 text"))?;
    // An editor on Windows.
    Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_from_here_to_the_root_of_the_repository_and_not_above_it() {
        let top = tempfile::tempdir().unwrap();
        let (root, here) = (top.path().join("repo"), top.path().join("repo/a/b"));
        std::fs::create_dir_all(&here).unwrap();
        std::fs::write(top.path().join(NAME), "").unwrap();
        // The paths are looked at from here, which is elsewhere: what they are is all that counts.
        let found = Found::from(&here);
        assert!(found.files.is_empty() && !found.rooted, "no repository");
        assert_eq!(found.beyond, Some(PathBuf::from("../../../hookreel.toml")));
        std::fs::create_dir(root.join(".git")).unwrap();
        assert!(here.ancestors().any(is_root));
    }
}
