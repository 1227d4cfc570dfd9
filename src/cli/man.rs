//! `hookreel man`: manual pages, from the definition of the command line.

use std::fs;
use std::path::Path;

use clap::Command;
use clap_mangen::Man;

use super::args::{ManArgs, command};
use super::exit::{Exit, Refused};
use super::files;
use super::shell_commands::quote;
use super::{complain, show};
use crate::problem::did_you_mean;

pub(super) fn run(args: &ManArgs) -> Result<Exit, Refused> {
    let mut all = command().disable_help_subcommand(true);
    all.build();
    match &args.folder {
        None => show(&page(all)?),
        Some(word) if all.find_subcommand(word).is_some() => {
            let named = all.find_subcommand(word).cloned();
            show(&page(named.unwrap_or(all))?);
        }
        Some(folder) => {
            let word = folder.to_string_lossy();
            let plain = !word.contains(['/', '\\']) && !folder.is_dir();
            if plain {
                let near = did_you_mean(&word, all.get_subcommands().map(Command::get_name));
                let near = near.map_or_else(String::new, |near| format!("; {near}"));
                return Err(Refused::usage(format!(
                    "there is no command `{word}`{near}\n  to write all pages into a new folder of this name: hookreel man {}",
                    quote(&format!("./{word}"))
                )));
            }
            fs::create_dir_all(folder).map_err(|error| unwritten(folder, &error))?;
            let commands: Vec<Command> = all.get_subcommands().cloned().collect();
            let mut count = 0;
            for command in std::iter::once(all).chain(commands) {
                count += 1;
                let name = command.get_bin_name().unwrap_or("hookreel").replace(' ', "-");
                let file = folder.join(format!("{name}.1"));
                let text = page(command)?;
                files::write(&file, text).map_err(|error| unwritten(&file, &error))?;
            }
            complain(&format!("{count} pages written to `{}`\n", folder.display()));
        }
    }
    Ok(Exit::Passed)
}

fn page(command: Command) -> Result<String, Refused> {
    let mut out = Vec::new();
    Man::new(command).render(&mut out).map_err(|error| Refused::internal(error.to_string()))?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn unwritten(path: &Path, error: &std::io::Error) -> Refused {
    Refused::internal(format!("{} could not be written: {error}", path.display()))
}
