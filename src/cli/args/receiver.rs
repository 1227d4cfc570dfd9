//! Flags of the receiver and of the connection to it.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cli::config::NamedTargets;
use crate::cli::exit::Refused;
use crate::cli::values::{header, parse_command, parse_host, parse_size, parse_url, positive_duration};
use crate::cli::wait_for::WaitHttp;
use crate::delivery::target::ReceiverUrl;
use crate::duration::parse_duration;
use crate::problem::did_you_mean;
use crate::scenario::targets::is_name;

/// The receiver and the connection to it.
#[derive(Args, Clone)]
#[command(next_help_heading = "Receiver")]
pub(in crate::cli) struct ReceiverArgs {
    /// Receiver: a URL, a port of this machine, or a target of hookreel.toml. For a scenario with several `targets`: NAME=URL once for each.
    #[arg(short = 't', long = "target", id = "target", help_heading = None, value_name = "URL|PORT", value_parser = To::parse)]
    to: Vec<To>,
    /// The one receiver. Known once the flags are settled.
    #[arg(skip)]
    pub(in crate::cli) target: Option<ReceiverUrl>,
    /// Those of a scenario's `targets`, by name.
    #[arg(skip)]
    pub(in crate::cli) named: Vec<(String, ReceiverUrl)>,
    /// Wait at most this long until the receiver takes a connection and keeps it open.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(in crate::cli) wait_for: Option<Duration>,
    /// Wait until GET PATH at the target is answered with this status; default: any 2xx, for 30s or as --wait-for says.
    #[arg(long, value_name = "PATH[=STATUS]", value_parser = WaitHttp::parse, requires = "target")]
    pub(in crate::cli) wait_http: Option<WaitHttp>,
    /// Start this shell command before the run, wait for the receiver, and end the command after the run. A command that
    /// ends by itself fails the run.
    #[arg(long, value_name = "CMD", value_parser = parse_command, requires = "target")]
    pub(in crate::cli) exec: Option<String>,
    /// End the command of --exec when its processes together take more memory than this: `2G`, `512M`. Without it: a warning at
    /// 2G.
    #[arg(long, value_name = "SIZE", value_parser = parse_size, requires = "exec")]
    pub(in crate::cli) exec_memory: Option<u64>,
    /// Time limit for an answer; overrides provider and scenario.
    #[arg(long, value_name = "DURATION", value_parser = positive_duration)]
    pub(in crate::cli) timeout: Option<Duration>,
    #[command(flatten)]
    pub(in crate::cli) connection: ConnectionArgs,
}

/// Target, as it is written.
#[derive(Clone)]
enum To {
    Target(Box<ReceiverUrl>),
    Named(Vec<(String, ReceiverUrl)>),
    /// A name of `[targets]`, and what is wrong with it as an address.
    Known(String, String),
}

impl To {
    fn parse(text: &str) -> Result<Self, String> {
        let pair = |part| str::split_once(part, '=').filter(|(name, _)| is_name(name.trim()));
        let Some(pairs) = text.split(',').map(pair).collect::<Option<Vec<_>>>() else {
            return match ReceiverUrl::parse(text) {
                Ok(target) => Ok(Self::Target(Box::new(target))),
                Err(error) if is_name(text) => Ok(Self::Known(text.to_owned(), error)),
                Err(error) => Err(error),
            };
        };
        let target = |(name, url): (&str, &str)| Ok((name.trim().to_owned(), ReceiverUrl::parse(url)?));
        pairs.into_iter().map(target).collect::<Result<_, _>>().map(Self::Named)
    }
}

impl ReceiverArgs {
    /// Tells the one receiver from those that have names; where scenarios have none, `named` is false. `known` are those of
    /// `hookreel.toml`.
    ///
    /// # Errors
    /// There are several without a name, or one name twice, or a name that nothing knows.
    pub(in crate::cli) fn settle(&mut self, named: bool, known: &NamedTargets) -> Result<(), Refused> {
        for to in std::mem::take(&mut self.to) {
            match to {
                To::Known(name, error) if self.target.is_none() => {
                    let Some(url) = known.get(&name) else {
                        return Err(Refused::usage(unknown(&name, &error, known)));
                    };
                    let target = ReceiverUrl::parse(url).map_err(|error| {
                        Refused::usage(format!("the URL of the target `{name}` in hookreel.toml: {error}"))
                    })?;
                    self.target = Some(target);
                }
                To::Target(_) | To::Known(..) if self.target.is_some() => {
                    return Err(Refused::usage(
                        "-t: there is one receiver; NAME=URL gives each of a scenario's `targets` its own",
                    ));
                }
                To::Known(name, error) => return Err(Refused::usage(unknown(&name, &error, known))),
                To::Target(target) => self.target = Some(*target),
                To::Named(_) if !named => {
                    return Err(Refused::usage(
                        "-t NAME=URL: only the scenarios of `run` have `targets`; write -t URL",
                    ));
                }
                To::Named(pairs) => {
                    for (name, target) in pairs {
                        if self.named.iter().any(|(known, _)| *known == name) {
                            return Err(Refused::usage(format!("-t: the target `{name}` is given twice")));
                        }
                        self.named.push((name, target));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Makes sure that a word of `-t` is an address, a target of a scenario with its address, or one of these targets.
///
/// # Errors
/// It is none of them.
pub(in crate::cli) fn is_known(word: &str, known: &NamedTargets) -> Result<(), String> {
    match To::parse(word) {
        Ok(To::Known(name, error)) if !known.contains_key(&name) => Err(unknown(&name, &error, known)),
        Ok(_) => Ok(()),
        Err(error) => Err(unknown(word, &error, known)),
    }
}

/// True for a port, and for a plain word: it is no secret, and a message may repeat it.
pub(in crate::cli) fn is_harmless(word: &str) -> bool {
    let port = word.len() <= LONGEST_PORT && word.bytes().all(|byte| byte.is_ascii_digit());
    let letters = word.chars().all(|c| c.is_ascii_alphabetic() || c == '-' || c == '_');
    port || (letters && word.len() <= LONGEST_NAME)
}

/// Digits of a number that may be meant as a port.
const LONGEST_PORT: usize = 7;
/// Letters of a word that may be meant as a name.
const LONGEST_NAME: usize = 20;

/// A word that is neither an address nor a target of `hookreel.toml`. It may be a secret, and is repeated only where it is plain.
fn unknown(name: &str, error: &str, known: &NamedTargets) -> String {
    let near = did_you_mean(name, known.keys().map(String::as_str))
        .map_or_else(String::new, |near| format!("; {near}"));
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    let names = match names.as_slice() {
        [] => "; or a name in `[targets]` of hookreel.toml, which names none".to_owned(),
        names => format!("; or a target of hookreel.toml: {}{near}", names.join(", ")),
    };
    let value = if is_harmless(name) { format!("'{name}' ") } else { String::new() };
    format!("invalid value {value}for '--target <URL|PORT>': {error}{names}")
}

#[derive(Args, Clone)]
#[command(next_help_heading = "Connection")]
pub(in crate::cli) struct ConnectionArgs {
    /// Allow a host that is neither loopback nor private. Repeatable.
    #[arg(long, value_name = "HOST", value_delimiter = ',', value_parser = parse_host)]
    pub(in crate::cli) allow_remote: Vec<String>,
    /// Send this header with every callback. Repeatable.
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
    pub(in crate::cli) headers: Vec<(http::HeaderName, http::HeaderValue)>,
    /// Trust the certificate authorities in this PEM file instead of the system's.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) cacert: Option<PathBuf>,
    /// Show the certificate in this PEM file to a receiver that asks for one.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) cert: Option<PathBuf>,
    /// Private key of --cert, in PEM; default: the file of --cert.
    #[arg(long, alias = "key-file", value_name = "FILE", requires = "cert")]
    pub(in crate::cli) cert_key: Option<PathBuf>,
    /// Do not verify certificates.
    #[arg(long)]
    pub(in crate::cli) insecure: bool,
}

/// Expectations beside those of scenarios.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Expectations")]
pub(in crate::cli) struct ExpectArgs {
    /// A URL that answers with a JSON list of the recordings the receiver knows: one entry per file, and in it the sender's id of
    /// the file, such as Tencent's file_id (docs/audit.md has those of all). Asked before and after each scenario or case.
    #[arg(long, value_name = "URL", value_parser = parse_url)]
    pub(in crate::cli) state: Option<String>,
    /// Place of the list in the answer of --state, as JSONPath: `$.data.list`.
    #[arg(long, value_name = "JSONPATH", requires = "state")]
    pub(in crate::cli) state_path: Option<String>,
    /// How your receiver answers when it accepts or rejects, written as `expect:` of a scenario: `{accept: {json: {"$.code": 0}}}`.
    #[arg(long, value_name = "YAML")]
    pub(in crate::cli) expect: Option<String>,
}
