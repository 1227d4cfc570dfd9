//! Arguments of `audit`.

use std::path::PathBuf;

use clap::Args;

use super::receiver::{ExpectArgs, ReceiverArgs};
use super::{KeyArgs, OutputArgs, SenderArgs, SettingArgs, TimeArgs};

/// Help of `--revision` where it takes several.
const REVISIONS: &str = "Revision of payload and signature; the newest by default. Several are played one after the other: `2021-05,2024`, or `all`";

#[derive(Args, Clone)]
#[command(mut_arg("revision", |flag| flag.help(REVISIONS)))]
pub(in crate::cli) struct AuditArgs {
    #[command(flatten)]
    pub(in crate::cli) sender: SenderArgs,
    #[command(flatten)]
    pub(in crate::cli) settings: SettingArgs,
    /// Only these families: `C,I`; see `hookreel list cases`.
    #[arg(long, value_name = "FAMILY", value_delimiter = ',')]
    pub(in crate::cli) only: Vec<String>,
    /// Only these cases, in addition to the families of --only: `C54,B27`.
    #[arg(long, value_name = "CASE", value_delimiter = ',')]
    pub(in crate::cli) case: Vec<String>,
    /// Not these cases or families.
    #[arg(long, value_name = "CASE", value_delimiter = ',')]
    pub(in crate::cli) skip: Vec<String>,
    /// Only the cases of the weight `must`: seconds instead of minutes.
    #[arg(long)]
    pub(in crate::cli) quick: bool,
    /// Failures of every weight count, not only of `must` and `should`.
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    /// A file with the cases that are known to fail, one per line; only others fail the audit.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) baseline: Option<PathBuf>,
    /// Write the cases that failed to this file, for --baseline.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) save_baseline: Option<PathBuf>,
    /// Play the cases although the plain callback before them failed.
    #[arg(long)]
    pub(in crate::cli) keep_going: bool,
    /// Send the cases on this stream, for a receiver that accepts only streams that it knows. Repeatable.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(in crate::cli) stream: Vec<String>,
    /// Write the scenario of each case that failed into this folder.
    #[arg(long, value_name = "FOLDER")]
    pub(in crate::cli) export: Option<PathBuf>,
    /// Continue an earlier audit: take its results from this record and play the other cases.
    #[arg(long, value_name = "RECORD")]
    pub(in crate::cli) resume: Option<PathBuf>,
    /// Write the scorecard to this file as JSON.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) scorecard: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) receiver: ReceiverArgs,
    #[command(flatten)]
    pub(in crate::cli) expects: ExpectArgs,
    #[command(flatten)]
    pub(in crate::cli) key: KeyArgs,
    #[command(flatten)]
    pub(in crate::cli) time: TimeArgs,
    #[command(flatten)]
    pub(in crate::cli) output: OutputArgs,
}
