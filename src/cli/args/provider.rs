//! Commands about files that declare providers.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Args)]
pub(in crate::cli) struct ProviderArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: ProviderCommand,
}

#[derive(Subcommand)]
pub(in crate::cli) enum ProviderCommand {
    /// Check a file: its words, its vectors, its samples; sends nothing.
    Check {
        /// File that declares the provider.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Show every error of the file instead of the first five.
        #[arg(long)]
        all_errors: bool,
    },
    /// List the sources and functions that a file can use.
    Words,
}
