//! The flags of `init`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::capture::CaptureFormat;
use crate::cli::requests::parse_format;
use crate::delivery::target::ReceiverUrl;

#[derive(Args)]
pub(in crate::cli) struct InitArgs {
    /// Provider that calls your receiver, or a file that declares it; not needed with --from.
    #[arg(required_unless_present = "from")]
    pub(in crate::cli) provider: Option<String>,
    /// Your receiver: a URL, or a port of this machine.
    #[arg(short = 't', long = "target", id = "target", value_name = "URL|PORT", value_parser = ReceiverUrl::parse)]
    pub(in crate::cli) target: Option<ReceiverUrl>,
    /// Write a scenario that plays the callbacks of this capture again. Repeatable.
    #[arg(long, value_name = "CAPTURE")]
    pub(in crate::cli) from: Vec<String>,
    /// Form of the captures, where it is not recognised: capture, record, http, curl, url, har, access-log, bodies, body.
    #[arg(long = "as", id = "as", value_name = "FORMAT", value_parser = parse_format, requires = "from")]
    pub(in crate::cli) format: Option<CaptureFormat>,
    /// Only requests of --from with these numbers or ids: `3,7`.
    #[arg(long, value_name = "ID", value_delimiter = ',', requires = "from")]
    pub(in crate::cli) id: Vec<String>,
    /// Only callbacks of --from that were never accepted.
    #[arg(long, requires = "from")]
    pub(in crate::cli) only_failed: bool,
    /// Name of the scenario of --from, and of its files.
    #[arg(long, value_name = "NAME", requires = "from", default_value = "incident", value_parser = parse_name)]
    pub(in crate::cli) name: String,
    /// CI system to write a job for. Default: gitlab where there is a .gitlab-ci.yml, else github.
    #[arg(long, value_enum, conflicts_with = "from")]
    pub(in crate::cli) ci: Option<CiSystem>,
    /// Folder to write into; the current one by default.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(in crate::cli) into: PathBuf,
}

/// A CI system that `init` writes a job for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum CiSystem {
    Github,
    Gitlab,
    None,
}

fn parse_name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match !text.is_empty() && !text.starts_with('.') && text.chars().all(plain) {
        true => Ok(text.to_owned()),
        false => Err("write letters, digits, dashes, underscores and dots; files are called so".into()),
    }
}
