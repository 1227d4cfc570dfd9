//! Flags of commands that only print: settings, schemas, completions, manual pages.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use crate::cli::schema::Described;

#[derive(Args)]
pub(in crate::cli) struct ConfigArgs {
    /// A command, with flags as you would give them; every command by default.
    #[arg(value_name = "COMMAND [FLAGS]", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(in crate::cli) words: Vec<OsString>,
}

#[derive(Args)]
pub(in crate::cli) struct SchemaArgs {
    /// Schema to print.
    #[arg(value_name = "WHAT", default_value = "scenario")]
    pub(in crate::cli) what: Described,
}

#[derive(Args)]
pub(in crate::cli) struct CompletionsArgs {
    /// bash, elvish, fish, powershell or zsh.
    #[arg(value_parser = ["bash", "elvish", "fish", "powershell", "zsh"])]
    pub(in crate::cli) shell: String,
}

#[derive(Args)]
pub(in crate::cli) struct ManArgs {
    /// Folder for the pages: hookreel.1, hookreel-run.1 and so on. A new one is written with a slash: ./pages. The name of a command
    /// prints its page instead.
    #[arg(value_name = "FOLDER")]
    pub(in crate::cli) folder: Option<PathBuf>,
}
