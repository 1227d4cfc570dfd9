//! Arguments of `send`.

use std::time::Duration;

use clap::Args;

use super::receiver::ReceiverArgs;
use super::{KeyArgs, OutputArgs, SenderArgs, SettingArgs, TimeArgs};
use crate::cli::values::whole;
use crate::duration::parse_duration;

#[derive(Args)]
pub(in crate::cli) struct SendArgs {
    #[command(flatten)]
    pub(in crate::cli) sender: SenderArgs,
    #[command(flatten)]
    pub(in crate::cli) settings: SettingArgs,
    /// Event, by the provider's name for it; see `hookreel list events`.
    pub(in crate::cli) event: String,
    /// Put a value into the body before it is signed: `file_size=0`, `exception[0].type=-8`. A field that is a text stays
    /// one; `PATH:=JSON` takes JSON of any type. Repeatable.
    #[arg(long, value_name = "PATH=VALUE")]
    pub(in crate::cli) set: Vec<String>,
    /// Leave a field out of the body. Repeatable.
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) unset: Vec<String>,
    /// Send these bytes, a captured body for example, as they are; `-` for standard input. --set, --unset and --resign change
    /// their place and no other byte.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) body: Option<String>,
    /// Add time and signature to the bytes of --body, which have none.
    #[arg(long, requires = "body")]
    pub(in crate::cli) sign: bool,
    /// Replace time and signature in the bytes of --body by fresh ones.
    #[arg(long, requires = "body", conflicts_with = "sign")]
    pub(in crate::cli) resign: bool,
    /// Number of callbacks; each has a new file id.
    #[arg(short = 'n', long, default_value_t = 1, value_parser = whole::<u16, 1, 65_535>)]
    pub(in crate::cli) count: u16,
    /// Wait this long between one callback and the next. Default: no wait.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(in crate::cli) every: Option<Duration>,
    /// Apply a fault: `expire`, `expire:by=1s`; see `hookreel list faults`. Repeatable.
    #[arg(long, value_name = "NAME[:KEY=VALUE,...]")]
    pub(in crate::cli) fault: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) receiver: ReceiverArgs,
    #[command(flatten)]
    pub(in crate::cli) key: KeyArgs,
    #[command(flatten)]
    pub(in crate::cli) time: TimeArgs,
    #[command(flatten)]
    pub(in crate::cli) output: OutputArgs,
}
