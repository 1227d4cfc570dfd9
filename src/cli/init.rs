//! `hookreel init`: the first files of a repository, or a scenario from a capture. Nothing is overwritten.

mod bodies;
mod facts;
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
    for file in files {
        let path = folder.join(&file.path);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| create(&path, &file.bytes));
        made.map_err(|error| Refused::usage(format!("cannot write `{}`: {error}", path.display())))?;
    }
    Ok(())
}

fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(bytes)
}
