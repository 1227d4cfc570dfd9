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
    },
    /// List the sources and functions that a file can use.
    Words,
}
