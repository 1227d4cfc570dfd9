//! The flags of `replay`.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{KeyArgs, OutputArgs, ReceiverArgs, TimeArgs};
use crate::capture::CaptureFormat;
use crate::cli::requests::parse_format;
use crate::cli::values::whole;
use crate::duration::parse_duration;

#[derive(Args)]
pub(in crate::cli) struct ReplayArgs {
    /// Captures: what `serve --capture` or --record wrote, a body, raw HTTP requests, a HAR, an access log with bodies, a
    /// folder of these, `-` for standard input.
    #[arg(value_name = "CAPTURE", required = true)]
    pub(in crate::cli) captures: Vec<String>,
    /// Form of the captures, where it is not recognised: capture, record, http, curl, url, har, access-log, bodies, body.
    #[arg(long = "as", id = "as", value_name = "FORMAT", value_parser = parse_format)]
    pub(in crate::cli) format: Option<CaptureFormat>,
    /// Replace time and signature by fresh ones; every other byte stays. Always done for a record, which has none.
    #[arg(long)]
    pub(in crate::cli) resign: bool,
    /// Provider of bodies that are not recognised by their fields.
    #[arg(long)]
    pub(in crate::cli) provider: Option<String>,
    /// Revision of the signature; by default the one that the fields of a body have.
    #[arg(long)]
    pub(in crate::cli) revision: Option<String>,
    /// Method of the signature: md5, hmac-sha256 or standard-webhooks; the provider's own by default.
    #[arg(long)]
    pub(in crate::cli) method: Option<String>,
    /// Only requests with these numbers (from 1) or, of a record, ids: `3,7`.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(in crate::cli) id: Vec<String>,
    /// Only callbacks that were never accepted, not even by a retry; of each its last request.
    #[arg(long)]
    pub(in crate::cli) only_failed: bool,
    /// Order of sending; --seed draws another shuffle.
    #[arg(long, value_enum, default_value_t = ReplayOrder::AsIs)]
    pub(in crate::cli) order: ReplayOrder,
    /// Wait this long between one request and the next. Default: with --speed as they were captured, else no wait.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(in crate::cli) every: Option<Duration>,
    /// Number of times that all of it is sent.
    #[arg(short = 'n', long, default_value_t = 1, value_parser = whole::<u16, 1, 65_535>)]
    pub(in crate::cli) count: u16,
    #[command(flatten)]
    pub(in crate::cli) receiver: ReceiverArgs,
    #[command(flatten)]
    pub(in crate::cli) key: KeyArgs,
    #[command(flatten)]
    pub(in crate::cli) time: TimeArgs,
    #[command(flatten)]
    pub(in crate::cli) output: OutputArgs,
}

/// In which order captured requests are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ReplayOrder {
    AsIs,
    Reverse,
    Shuffle,
}
