//! The flags of `sign` and `verify`.

use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use super::KeyArgs;
use crate::capture::CaptureFormat;
use crate::cli::requests::parse_format;
use crate::cli::values::{header, parse_time};
use crate::duration::parse_duration;

/// Provider, revision and method of a signature.
#[derive(Args)]
pub(in crate::cli) struct SchemeArgs {
    /// Provider; see `hookreel list providers`.
    pub(in crate::cli) provider: String,
    /// The body, or of a callback that is a GET its URL, or a file with its request line; `-` or nothing for standard input.
    #[arg(default_value = "-", value_name = "FILE")]
    pub(in crate::cli) file: String,
    /// Revision of payload and signature; the newest by default.
    #[arg(long)]
    pub(in crate::cli) revision: Option<String>,
    /// Method of the signature: md5, hmac-sha256 or standard-webhooks; the provider's own by default.
    #[arg(long)]
    pub(in crate::cli) method: Option<String>,
    /// Time of sending (RFC 3339), by which a time is signed that the body has not; the clock by default.
    #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
    pub(in crate::cli) now: Option<Timestamp>,
    #[command(flatten)]
    pub(in crate::cli) key: KeyArgs,
}

#[derive(Args)]
pub(in crate::cli) struct SignArgs {
    #[command(flatten)]
    pub(in crate::cli) scheme: SchemeArgs,
    /// Time from now to the signed expiry.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(in crate::cli) lifetime: Option<Duration>,
}

#[derive(Args)]
pub(in crate::cli) struct VerifyArgs {
    /// Provider; without one it is found by the fields of the body, as are revision and method.
    #[arg(value_name = "PROVIDER")]
    pub(in crate::cli) provider: Option<String>,
    /// A body, or a capture: raw HTTP requests, a HAR, what `serve --capture` wrote; of a callback that is a GET its URL. `-` or nothing for
    /// standard input.
    #[arg(value_name = "FILE")]
    pub(in crate::cli) file: Option<String>,
    /// Form of the captures, where it is not recognised: capture, record, http, curl, url, har, access-log, bodies, body.
    #[arg(long = "as", id = "as", value_name = "FORMAT", value_parser = parse_format)]
    pub(in crate::cli) format: Option<CaptureFormat>,
    /// Revision of payload and signature; the newest by default.
    #[arg(long)]
    pub(in crate::cli) revision: Option<String>,
    /// Method of the signature: md5, hmac-sha256 or standard-webhooks; the provider's own by default.
    #[arg(long)]
    pub(in crate::cli) method: Option<String>,
    /// Time to compare with: RFC 3339, or as an access log has it. By default the time of a captured request, else the clock.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(in crate::cli) now: Option<Timestamp>,
    /// Header of the request, for a provider that signs in one; headers of a captured request are known.
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub(in crate::cli) headers: Vec<(http::HeaderName, http::HeaderValue)>,
    /// Show the signed text, and try the known mistakes until one fits.
    #[arg(long)]
    pub(in crate::cli) explain: bool,
    /// Of several requests, show those that are right, too.
    #[arg(short, long)]
    pub(in crate::cli) verbose: bool,
    /// Signature that your receiver computed for this body, in any spelling: finds the mistake that leads to it.
    #[arg(long, value_name = "SIGNATURE")]
    pub(in crate::cli) computed: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) key: KeyArgs,
}
