//! The flags of `serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use http::StatusCode;

use super::SenderArgs;
use super::settings::SettingArgs;
use crate::cli::values::{parse_address, parse_bug};
use crate::delivery::target::ReceiverUrl;
use crate::duration::parse_duration;
use crate::receiver::RECORDINGS;
use crate::receiver::bug::Bug;
use crate::receiver::page::{PREFIX, is_of_page};

#[derive(Args)]
pub(in crate::cli) struct ServeArgs {
    #[command(flatten)]
    pub(in crate::cli) sender: SenderArgs,
    /// Address to listen on; port 0 takes any free port.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080", value_parser = parse_address)]
    pub(in crate::cli) listen: SocketAddr,
    /// Accept callbacks only at this path; by default at any path.
    #[arg(long, value_name = "PATH", value_parser = parse_path)]
    pub(in crate::cli) path: Option<String>,
    /// Time from sending to expiry, as the provider has it; its own by default.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(in crate::cli) lifetime: Option<Duration>,
    /// Bug of this receiver; see `hookreel list bugs`. Repeatable.
    #[arg(long, value_name = "NAME", value_parser = parse_bug)]
    pub(in crate::cli) bug: Vec<&'static Bug>,
    /// Statuses for the first callbacks, which are not stored: `503x2,500`.
    #[arg(long, value_name = "STATUS[xTIMES]", value_parser = Failures::parse, value_delimiter = ',')]
    pub(in crate::cli) fail: Vec<Failures>,
    /// File that keeps the stored recordings over a restart.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) store: Option<PathBuf>,
    /// Write each request whole, with its verdict, into a new file of this folder, which only you can read; `replay` sends
    /// it again.
    #[arg(long, value_name = "FOLDER")]
    pub(in crate::cli) capture: Option<PathBuf>,
    /// Pass each request on to this receiver, byte for byte, and give its answer instead of ours.
    #[arg(long, value_name = "URL|PORT", value_parser = ReceiverUrl::parse)]
    pub(in crate::cli) forward: Option<ReceiverUrl>,
    /// Allow --forward to a host that is neither loopback nor private. Repeatable.
    #[arg(long, value_name = "HOST", value_delimiter = ',', requires = "forward")]
    pub(in crate::cli) allow_remote: Vec<String>,
    /// Allow --listen on an address that other machines can reach.
    #[arg(long)]
    pub(in crate::cli) public: bool,
    /// Page that shows what comes, at /_hookreel: for this machine alone, for other machines as well, or none.
    #[arg(long, value_enum, default_value_t = PageFor::Local)]
    pub(in crate::cli) page: PageFor,
    /// Answer callbacks that are judged this much later.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(in crate::cli) delay: Option<Duration>,
    /// Another callback URL, and the NAME of the variable that holds its key: `/customer-a=KEY_A`. Repeatable.
    #[arg(long, value_name = "PATH=NAME", value_parser = parse_account, conflicts_with = "store")]
    pub(in crate::cli) account: Vec<(String, String)>,
    #[command(flatten)]
    pub(in crate::cli) settings: SettingArgs,
    #[command(flatten)]
    pub(in crate::cli) keys: KeysArgs,
}

/// Those who may see the page.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum PageFor {
    /// This machine.
    Local,
    /// Other machines, too.
    Public,
    /// Nobody.
    Off,
}

/// Sources of the keys. Several keys are all accepted, as while a key is being replaced.
#[derive(Args)]
#[command(next_help_heading = "Key")]
pub(in crate::cli) struct KeysArgs {
    /// Name of the environment variable that holds the key. Repeatable: a callback that is signed with one of the keys is
    /// accepted.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(in crate::cli) secret_env: Vec<String>,
    /// File that holds the key; one newline at its end is ignored. Repeatable.
    #[arg(long, value_name = "FILE", value_delimiter = ',')]
    pub(in crate::cli) secret_file: Vec<PathBuf>,
}

fn parse_path(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_graphic() && !"?#\"<>\\^`{|}".contains(c);
    match text {
        RECORDINGS => Err(format!("{RECORDINGS} answers with the recordings; take another path")),
        path if is_of_page(path) => {
            Err(format!("{PREFIX} is the page that shows what comes; take another path"))
        }
        path if path.starts_with('/') && path.chars().all(plain) => Ok(path.to_owned()),
        _ => Err("write a path such as /callbacks/recording, without a query".into()),
    }
}

/// The name may be a key by mistake, and is not repeated.
fn parse_account(text: &str) -> Result<(String, String), String> {
    let (path, name) =
        text.split_once('=').ok_or("write a path and the NAME of a variable: /customer-a=KEY_A")?;
    if name.is_empty() {
        return Err("the NAME of a variable is missing behind `=`".into());
    }
    Ok((parse_path(path)?, name.to_owned()))
}

/// A status, and how many callbacks get it.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Failures {
    pub(in crate::cli) status: StatusCode,
    pub(in crate::cli) times: u16,
}

impl Failures {
    fn parse(text: &str) -> Result<Self, String> {
        let (status, times) = text.split_once('x').unwrap_or((text, "1"));
        let status = status.parse().ok().and_then(|status| StatusCode::from_u16(status).ok());
        let failure = status.filter(|status| (300..=599).contains(&status.as_u16()));
        match (failure, times.parse()) {
            (Some(status), Ok(times)) if times > 0 => Ok(Self { status, times }),
            _ => Err("write a status from 300 to 599 and how often, such as 503x2".into()),
        }
    }
}
