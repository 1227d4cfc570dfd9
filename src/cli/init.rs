//! `hookreel init`: the first files of a repository, or a scenario from a capture. Nothing is overwritten.

mod bodies;
mod facts;
mod relative;
mod starter;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::args::InitArgs;
use super::exit::{Exit, Refused};
use super::shell_commands::quote;
use super::sign::edition;
use super::{ProcessContext, providers, show};
use crate::provider::Provider;
use crate::provider::declared::is_file;
use crate::report::inert;

/// Folder of the scenarios.
const FOLDER: &str = "hookreel";

/// Variable that holds the key, in what is written.
const KEY: &str = "CALLBACK_KEY";

/// A file that is to be written.
struct NewFile {
    /// Below the folder of --into.
    path: PathBuf,
    bytes: Vec<u8>,
}

impl NewFile {
    fn new(path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), bytes: bytes.into() }
    }
}

pub(super) fn run(args: &InitArgs, context: &ProcessContext) -> Result<Exit, Refused> {
    let (files, told) = match &args.provider {
        Some(name) if args.from.is_empty() => starter::files(args, provider(name, context)?, context),
        _ => bodies::files(args, context)?,
    };
    write(&args.into, &files)?;
    let names = files.iter().map(|file| format!("wrote {}\n", inert(&shown(&args.into, &file.path))));
    show(&format!("{}{told}", names.collect::<String>()));
    Ok(Exit::Passed)
}

/// The provider of this name, or the one that this file declares.
fn provider(name: &str, context: &ProcessContext) -> Result<&'static Provider, Refused> {
    match is_file(name) {
        true => Ok(providers::of_file(Path::new(name), context.colour)?.0),
        false => Ok(edition(name, None)?.0),
    }
}

fn shown(folder: &Path, path: &Path) -> String {
    if folder == Path::new(".") {
        path.display().to_string()
    } else {
        folder.join(path).display().to_string()
    }
}

/// Writes all of the files, or none where one of them is there.
fn write(folder: &Path, files: &[NewFile]) -> Result<(), Refused> {
    let there: Vec<String> = files
        .iter()
        .filter(|file| fs::symlink_metadata(folder.join(&file.path)).is_ok())
        .map(|file| quote(&shown(folder, &file.path)))
        .collect();
    if !there.is_empty() {
        return Err(Refused::usage(format!(
            "{} there already; nothing was written\n  move what is there, or write elsewhere with --into FOLDER{}",
            match there.as_slice() {
                [one] => format!("{one} is"),
                several => format!("{} are", several.join(", ")),
            },
            if files.len() > 2 { "" } else { ", or under another --name" }
        )));
    }
    let mut begun = Vec::new();
    for file in files {
        let path = folder.join(&file.path);
        if let Err(error) = create(&path, &file.bytes, &mut begun) {
            return Err(Refused::usage(format!(
                "cannot write `{}`: {error}; {}",
                path.display(),
                taken_back(&begun)
            )));
        }
    }
    Ok(())
}

/// Writes a new file, and counts it among those begun as soon as it is there.
fn create(path: &Path, bytes: &[u8], begun: &mut Vec<PathBuf>) -> io::Result<()> {
    // Folders are begun as well, the outer ones first.
    let around: Vec<&Path> = path.ancestors().skip(1).take_while(|folder| !folder.exists()).collect();
    for folder in around.into_iter().rev().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir(folder)?;
        begun.push(folder.to_owned());
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    begun.push(path.to_owned());
    file.write_all(bytes)
}

/// Removes what was begun, so that the next start finds nothing in its way; says what is left.
fn taken_back(begun: &[PathBuf]) -> String {
    let left: Vec<String> = begun
        .iter()
        .rev()
        .filter(|path| if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) }.is_err())
        .map(|path| quote(&path.display().to_string()))
        .collect();
    match left.is_empty() {
        true => "nothing was written".to_owned(),
        false => format!("what was written could not be removed: {}", left.join(", ")),
    }
}
