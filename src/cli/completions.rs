//! `hookreel completions` and the names it completes.

use std::ffi::OsStr;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::Shells;

use super::args::CompletionsArgs;
use super::exit::{Exit, Refused};
use super::{shipped, show};
use crate::capture::CaptureFormat;
use crate::{audit, fault, provider, receiver::bug, report};

/// Variable by which a shell asks for completions.
const VARIABLE: &str = "COMPLETE";

/// Answers a shell that asks for completions, and ends the process then.
pub(super) fn answer() {
    clap_complete::CompleteEnv::with_factory(super::args::command).var(VARIABLE).complete();
}

pub(super) fn run(args: &CompletionsArgs) -> Result<Exit, Refused> {
    let shells = Shells::builtins();
    let unknown = || Refused::usage(format!("there is no completion for the shell `{}`", args.shell));
    let shell = shells.completer(&args.shell).ok_or_else(unknown)?;
    let mut script = Vec::new();
    shell
        .write_registration(VARIABLE, "hookreel", "hookreel", "hookreel", &mut script)
        .map_err(|error| Refused::internal(error.to_string()))?;
    show(&String::from_utf8_lossy(&script));
    Ok(Exit::Passed)
}

/// Completion of a value that is one of these names. Files are left to the shell.
fn one_of(names: fn() -> Vec<(String, String)>) -> ArgValueCompleter {
    ArgValueCompleter::new(move |begun: &OsStr| -> Vec<CompletionCandidate> {
        let begun = begun.to_string_lossy().into_owned();
        let fitting = names().into_iter().filter(|(name, _)| name.starts_with(&begun));
        fitting.map(|(name, help)| CompletionCandidate::new(name).help(Some(help.into()))).collect()
    })
}

/// True for a word of the command line that is completed, which stands behind `--`.
fn is_typed(name: &str) -> bool {
    std::env::args_os().skip_while(|word| word != "--").any(|word| word == name)
}

/// Completion of an argument or flag, by its name; none where it takes any text.
pub(super) fn names(argument: &str) -> Option<ArgValueCompleter> {
    let names: fn() -> Vec<(String, String)> = match argument {
        "paths" | "path" => {
            || shipped::titles().map(|(name, title)| (format!("@{name}"), title.into())).collect()
        }
        "provider" => || provider::ALL.iter().map(|it| (it.name.into(), it.title.into())).collect(),
        "event" => || {
            let senders: Vec<_> = provider::ALL.iter().filter(|it| is_typed(it.name)).collect();
            let all = || provider::ALL.iter().collect();
            let senders: Vec<_> = if senders.is_empty() { all() } else { senders };
            let events = senders.into_iter().flat_map(|it| it.events);
            events.map(|event| (event.name.into(), event.meaning.into())).collect()
        },
        "revision" => || {
            let revisions = provider::ALL.iter().flat_map(|it| it.revisions);
            revisions.map(|revision| (revision.name.into(), revision.note.into())).collect()
        },
        "fault" => || fault::ALL.iter().map(|it| (it.name.into(), it.meaning.into())).collect(),
        "bug" => || bug::all().map(|it| (it.name.into(), it.what.into())).collect(),
        "case" | "skip" => || audit::cases().map(|it| (it.id.into(), it.title.into())).collect(),
        "as" => {
            || CaptureFormat::NAMES.iter().map(|(_, name, what)| ((*name).into(), (*what).into())).collect()
        }
        "report" => || report::ALL.iter().map(|it| (it.name.into(), it.purpose.into())).collect(),
        _ => return None,
    };
    Some(one_of(names))
}
