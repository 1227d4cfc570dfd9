//! The command line: commands and flags.

mod audit;
mod command;
mod editions;
mod examples;
mod exits;
mod init;
mod load;
mod printing;
mod provider;
mod receiver;
mod replay;
mod send;
mod serve;
mod settings;
mod signature;

use std::cell::OnceCell;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use secrecy::SecretString;

use super::formula::Language;
use super::outputs::Ci;
use super::report::ReportArgs;
use super::values::{NO_LIMIT, PlanFormat, ReportTo, Seed, parse_seed, parse_time, svg, whole};
use crate::delivery::target::ReceiverUrl;
use crate::speed::Speed;

pub(super) use audit::AuditArgs;
pub(super) use command::{PREFIX, command, typed, variable, variables};
pub(super) use editions::EditionArgs;
pub(super) use examples::START;
pub(super) use init::{CiSystem, InitArgs};
pub(super) use load::{
    Asked, Distribution, LoadArgs, LoadFlags, Precision, RetryMode, Shown, Start, show_burst,
};
pub(super) use printing::{CompletionsArgs, ConfigArgs, ManArgs, SchemaArgs};
pub(super) use provider::{ProviderArgs, ProviderCommand};
pub(super) use receiver::{ConnectionArgs, ExpectArgs, ReceiverArgs, is_harmless, is_known};
pub(super) use replay::{ReplayArgs, ReplayOrder};
pub(super) use send::SendArgs;
pub(super) use serve::{KeysArgs, PageFor, ServeArgs};
pub(super) use settings::{SettingArgs, words_of};
pub(super) use signature::{SchemeArgs, SignArgs, VerifyArgs};

/// Test receivers of live-recording webhooks: send signed callbacks as the cloud does, and judge the answers.
#[derive(Parser)]
#[command(name = "hookreel", version, after_help = exits::general(), propagate_version = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    /// When to use colours.
    #[arg(long, global = true, display_order = 900, value_enum, default_value_t = Colour::Auto)]
    pub(super) color: Colour,
    /// File of settings. Default: the nearest `hookreel.toml` in this folder or one above it, up to the repository's root.
    /// `none`: no file.
    #[arg(long, global = true, display_order = 901, value_name = "FILE|none")]
    pub(super) config: Option<String>,
    /// Load a provider from the file that declares it. Repeatable. A scenario can name the file itself.
    #[arg(long, global = true, display_order = 902, value_name = "FILE")]
    pub(super) provider_file: Vec<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Play scenarios against a receiver and judge its answers.
    #[command(after_help = examples::RUN)]
    Run(Box<RunArgs>),
    /// Send one callback now and print the answer.
    #[command(after_help = examples::SEND)]
    Send(Box<SendArgs>),
    /// Play the catalogue of edge cases against a receiver and rank what fails.
    #[command(after_help = exits::of_audit())]
    Audit(Box<AuditArgs>),
    /// Send callbacks of many broadcasts on schedule and measure the receiver.
    #[command(after_help = exits::of_load())]
    Load(Box<LoadArgs>),
    /// Find the smallest part of a failing scenario that still fails.
    #[command(after_help = exits::of_shrink())]
    Shrink(Box<ShrinkArgs>),
    /// Send captured requests again and show which answers have changed.
    #[command(after_help = examples::REPLAY)]
    Replay(Box<ReplayArgs>),
    /// Report on a finished run, audit or load from its record.
    #[command(after_help = examples::REPORT)]
    Report(ReportArgs),
    /// Print what would be sent, when and why; sends nothing.
    #[command(after_help = examples::PLAN)]
    Plan(PlanArgs),
    /// Check scenario files and report every mistake in them.
    #[command(after_help = examples::CHECK)]
    Check(CheckArgs),
    /// Sign a body offline and print it.
    #[command(after_help = examples::SIGN)]
    Sign(SignArgs),
    /// Check the signature of a body offline and explain a wrong one.
    #[command(after_help = examples::VERIFY)]
    Verify(VerifyArgs),
    /// Run the built-in receiver: correct, or with a known bug (--bug).
    #[command(after_help = examples::SERVE)]
    Serve(Box<ServeArgs>),
    /// Write starter files into a repository, or a scenario from captured requests.
    #[command(after_help = examples::INIT)]
    Init(InitArgs),
    /// Check the file that declares a provider, or list the words that it can use.
    #[command(after_help = examples::PROVIDER)]
    Provider(ProviderArgs),
    /// List scenarios, providers, revisions, events, reports, faults, cases, bugs, variables.
    #[command(after_help = examples::LIST)]
    List(ListArgs),
    /// Print a sample of an event, field by field.
    #[command(after_help = examples::SHOW)]
    Show(ShowArgs),
    /// Print settings with their origins: flag, variable, line of hookreel.toml.
    #[command(after_help = examples::CONFIG)]
    Config(ConfigArgs),
    /// Print the JSON Schema of scenarios, settings, reports, records or scorecards.
    #[command(after_help = examples::SCHEMA)]
    Schema(SchemaArgs),
    /// Print the script that completes commands, flags and names in a shell.
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Print the manual page, or write all manual pages into a folder.
    #[command(after_help = examples::MAN)]
    Man(ManArgs),
}

#[derive(Args)]
pub(super) struct RunArgs {
    /// Scenario files, folders, `-` for standard input, or shipped ones: @huawei/cycle, @huawei, @all.
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<String>,
    /// Number of scenarios to run in parallel.
    #[arg(short, long, default_value_t = 1, value_parser = whole::<u16, 1, 65_535>)]
    pub(super) jobs: u16,
    /// Stop after the first failure.
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// Stop early if the first N callbacks all fail in the same way, or N in a row find nobody there or have no answer in time; 0:
    /// never.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = whole::<u32, 0, NO_LIMIT>)]
    pub(super) max_failures: u32,
    /// Play again, as a whole, only the scenarios that did not pass in an earlier run, with the same ids; what was accepted in
    /// them is sent again, too. RECORD is the file that the run wrote with --record.
    #[arg(long, value_name = "RECORD")]
    pub(super) failed: Option<PathBuf>,
    /// Play only scenarios whose path or name contains this text.
    #[arg(long, value_name = "TEXT")]
    pub(super) filter: Option<String>,
    #[command(flatten)]
    pub(super) editions: EditionArgs,
    #[command(flatten)]
    pub(super) receiver: ReceiverArgs,
    #[command(flatten)]
    pub(super) expects: ExpectArgs,
    #[command(flatten)]
    pub(super) key: KeyArgs,
    #[command(flatten)]
    pub(super) time: TimeArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

impl RunArgs {
    /// A run of what is not in scenario files, one after the other.
    pub(super) fn of(key: KeyArgs, time: TimeArgs, receiver: ReceiverArgs, output: OutputArgs) -> Self {
        Self {
            paths: Vec::new(),
            key,
            time,
            jobs: 1,
            fail_fast: false,
            max_failures: 5,
            expects: ExpectArgs::default(),
            failed: None,
            filter: None,
            editions: EditionArgs::default(),
            receiver,
            output,
        }
    }
}

/// Destinations of results.
#[derive(Args, Clone)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArgs {
    /// Report in a format of `hookreel list reports`; to a file, or to standard output instead of the text. Repeatable. In
    /// GitHub Actions, annotations and a job summary are added where no report goes to standard output; `--report text` prevents that.
    #[arg(long, value_name = "FORMAT[=PATH]", value_parser = ReportTo::parse, value_delimiter = ',')]
    pub(super) report: Vec<ReportTo>,
    #[arg(skip)]
    pub(super) ci: Ci,
    /// Scorecard of an audit, which its own command writes.
    #[arg(skip)]
    pub(super) scorecard: Option<PathBuf>,
    /// Write a badge as an SVG image, with the words `hookreel: 246 passed`.
    #[arg(long, value_name = "FILE.svg", value_parser = svg)]
    pub(super) badge: Option<PathBuf>,
    /// Write the run to this file while it goes on, as JSON lines.
    #[arg(long, value_name = "FILE")]
    pub(super) record: Option<PathBuf>,
    /// Show failures and the summary only: nothing that the command of --exec prints, and of a load no line for each second.
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Show why each callback was sent, its answer, and the command that sends it again.
    #[arg(short, long)]
    pub(super) verbose: bool,
}

/// Provider, revision and signing method of a callback.
#[derive(Args, Clone)]
pub(super) struct SenderArgs {
    /// Provider; see `hookreel list providers`.
    pub(super) provider: String,
    /// Revision of payload and signature; the newest by default.
    #[arg(long)]
    pub(super) revision: Option<String>,
    /// Method of the signature: md5, hmac-sha256, standard-webhooks or none; the provider's own by default.
    #[arg(long)]
    pub(super) method: Option<String>,
}

#[derive(Args)]
pub(super) struct ShrinkArgs {
    /// One scenario: a file, `-` for standard input, or a shipped one.
    pub(super) path: String,
    /// Write it here; `.json` makes it JSON. By default beside the scenario, ending in `.min.yaml`.
    #[arg(short, long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) editions: EditionArgs,
    #[command(flatten)]
    pub(super) receiver: ReceiverArgs,
    #[command(flatten)]
    pub(super) key: KeyArgs,
    #[command(flatten)]
    pub(super) time: TimeArgs,
}

/// Source of the key. No flag takes the key itself: other users can read a command line.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Key")]
pub(super) struct KeyArgs {
    /// Name of the environment variable that holds the key; replaces the scenarios' own.
    #[arg(long, value_name = "NAME", conflicts_with = "secret_file")]
    pub(super) secret_env: Option<String>,
    /// File that holds the key; one newline at its end is ignored.
    #[arg(long, value_name = "FILE")]
    pub(super) secret_file: Option<PathBuf>,
    /// The key, once it was read: a pipe gives it once.
    #[arg(skip)]
    pub(super) read: OnceCell<GivenKey>,
}

/// A key that was read, and a warning about it.
pub(super) type GivenKey = (SecretString, Option<String>);

#[derive(Args, Clone)]
#[command(next_help_heading = "Ids and time")]
pub(super) struct TimeArgs {
    /// Seed of every id: a number, or `random`. Default: 1; `audit` uses `random`, so that its files are new to the receiver.
    #[arg(long, value_parser = parse_seed)]
    pub(super) seed: Option<Seed>,
    /// Use this time (RFC 3339) as the clock of the sender, which then stands still: every run sends the same bytes.
    #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
    pub(super) now: Option<Timestamp>,
    /// Speed of the broadcast: `realtime`, `max`, or a factor such as 60x.
    #[arg(long, default_value = "max")]
    pub(super) speed: Speed,
}

#[derive(Args)]
pub(super) struct PlanArgs {
    /// Scenario files, folders, `-` for standard input, or shipped ones: @huawei/cycle, @huawei, @all.
    #[arg(value_name = "PATH", required = true)]
    pub(super) paths: Vec<String>,
    /// text for people, json for programs, markdown for a page.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = PlanFormat::parse)]
    pub(super) format: PlanFormat,
    /// Print the body of one callback, signed now, byte for byte as it would be sent.
    #[arg(long, value_name = "ID")]
    pub(super) body: Option<String>,
    /// Print one callback with its headers, signed now, as `curl -K -` reads it.
    #[arg(long, value_name = "ID", conflicts_with = "body")]
    pub(super) curl: Option<String>,
    /// URL of the receiver for --curl: some providers sign its host.
    #[arg(long, value_name = "URL|PORT", requires = "curl", value_parser = ReceiverUrl::parse)]
    pub(super) url: Option<ReceiverUrl>,
    #[command(flatten)]
    pub(super) editions: EditionArgs,
    #[command(flatten)]
    pub(super) key: KeyArgs,
    #[command(flatten)]
    pub(super) time: TimeArgs,
}

#[derive(Args)]
pub(super) struct CheckArgs {
    /// Scenario files, folders, `-` for standard input, or shipped ones: @huawei/cycle, @huawei, @all.
    #[arg(value_name = "PATH", required = true)]
    pub(super) paths: Vec<String>,
    /// Show every error of each file instead of the first five.
    #[arg(long)]
    pub(super) all_errors: bool,
    #[command(flatten)]
    pub(super) editions: EditionArgs,
}

#[derive(Args)]
pub(super) struct ShowArgs {
    /// Provider; see `hookreel list providers`.
    pub(super) provider: String,
    /// Event, by the provider's name for it; all events by default.
    pub(super) event: Option<String>,
    /// Revision of payload and signature; the newest by default.
    #[arg(long)]
    pub(super) revision: Option<String>,
    /// documented: as the vendor's pages have it; observed: as captured messages were. The revision's own by default.
    #[arg(long)]
    pub(super) shape: Option<String>,
    /// Print the formula of the signature, and some ten lines of this language that check it.
    #[arg(long, value_name = "LANGUAGE")]
    pub(super) formula: Option<Language>,
    /// Method of --formula: md5, hmac-sha256 or standard-webhooks; the provider's own by default.
    #[arg(long, requires = "formula")]
    pub(super) method: Option<String>,
}

#[derive(Args)]
pub(super) struct ListArgs {
    /// What to list.
    #[arg(value_enum, default_value_t = Listed::Scenarios)]
    pub(super) what: Listed,
    /// Show only entries that contain this text: `list faults expire`, `list faults C`; `list cases tencent`: those of this provider.
    #[arg(value_name = "TEXT")]
    pub(super) filter: Option<String>,
    /// Scenarios that can be played in these revisions, and why the others cannot: `2021-05`, `2021-05,2024`, `all`.
    #[arg(long, value_name = "REVISION,...", value_delimiter = ',')]
    pub(super) revision: Vec<String>,
    /// With `faults`: print the page docs/faults.md.
    #[arg(long)]
    pub(super) markdown: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Listed {
    Scenarios,
    Providers,
    Revisions,
    Events,
    Reports,
    Faults,
    Cases,
    Bugs,
    Variables,
}
