//! The command line: commands, flags, and their environment twins.

mod load;
mod receiver;
mod serve;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::report::ReportArgs;
use super::values::{ReportTo, Seed, parse_seed, parse_time};
use crate::duration::parse_duration;
use crate::speed::Speed;

pub(super) use load::{
    Asked, Distribution, LoadArgs, LoadFlags, Precision, Retries, Shown, Start, show_burst,
};
pub(super) use receiver::{ExpectArgs, ReceiverArgs};
pub(super) use serve::ServeArgs;

const EXIT_CODES: &str = "Exit codes:
  0  everything was tried and held       70  internal error, or the record could not be written
  1  an expectation failed              130  stopped by SIGINT (143: SIGTERM); reports are complete
  2  usage or scenario error, nothing sent
  3  the target was never reached
  4  nothing was checked
  5  a threshold of a load run failed
  6  the sender of a load run fell behind its schedule, so its figures are not to be trusted";

/// Sends live-recording webhooks the way the cloud does, and gives a verdict on the receiver.
#[derive(Parser)]
#[command(name = "hookreel", version, after_help = EXIT_CODES, propagate_version = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    /// When to use colour.
    #[arg(long, global = true, display_order = 900, value_enum, default_value_t = Colour::Auto, env = "HOOKREEL_COLOR", hide_env_values = true)]
    pub(super) color: Colour,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Play scenarios against a receiver and judge it; the main job.
    #[command(
        after_help = "Without a target the embedded reference receiver is started on loopback; without a PATH one \
                            shipped scenario of each provider is played."
    )]
    Run(Box<RunArgs>),
    /// Send one callback now, and print the answer.
    #[command(
        after_help = "The callback is sent at once, whatever --speed says. -n 3 sends one after the other, with --every 2s \
                            between them; --fault duplicate:copies=3,when=at-once sends copies at the same time. Without a \
                            target the embedded reference receiver is started on loopback. Exit codes are those of `run`."
    )]
    Send(Box<SendArgs>),
    /// Play the whole catalogue of edge cases against a receiver, and say which it holds.
    #[command(
        after_help = "Without a target the embedded reference receiver is audited. Exits 0 when every case that could be judged \
                            held, 1 when one broke that the baseline does not name, 4 when none could be judged."
    )]
    Audit(Box<AuditArgs>),
    /// Send many broadcasts at once, on schedule, and measure what the receiver makes of them.
    #[command(
        after_help = "Latency counts from when a callback was due. Exits 0 when every threshold held, 5 when one did not, 6 when \
                            the sender fell behind its schedule, so that the figures are not to be trusted."
    )]
    Load(Box<LoadArgs>),
    /// Find the smallest part of a failing scenario that still fails, and write it to a file.
    #[command(
        after_help = "Exits 0 when the scenario held, so that there is nothing to shrink, 1 when it failed; else as `run` does."
    )]
    Shrink(Box<ShrinkArgs>),
    /// Report on a run that is over, from its record; on a load run from the records of all its shards.
    #[command(after_help = "Exits as the run itself did; an audit's record is told as a run.")]
    Report(ReportArgs),
    /// Print what would be sent, when and why; no network.
    Plan(PlanArgs),
    /// Read scenarios and report everything that is wrong with them.
    Check(CheckArgs),
    /// Sign a body offline and print it, signed.
    Sign(SignArgs),
    /// Check a body's signature offline, and say what went wrong.
    #[command(
        after_help = "Exits 0 when the signature is right, 1 when it is not, 2 when there is nothing to check. Whether it \
                            has expired is shown, and does not change the exit code."
    )]
    Verify(VerifyArgs),
    /// Receive callbacks as one should, or, with --bug, as one should not.
    #[command(
        after_help = "GET /recordings answers with everything that is stored, as a JSON array. It serves until \
                            SIGINT or SIGTERM, and exits 0 then."
    )]
    Serve(ServeArgs),
    /// List what there is: scenarios, providers, revisions, events, reports, faults, cases, bugs.
    List(ListArgs),
    /// Print a sample of an event, field by field.
    Show(ShowArgs),
    /// Print the JSON Schema of scenario files.
    Schema,
}

#[derive(Args)]
pub(super) struct RunArgs {
    /// Scenario files, folders, `-` for standard input, or shipped ones: @huawei/cycle, @huawei, @all.
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<String>,
    #[command(flatten)]
    pub(super) key: KeyArgs,
    #[command(flatten)]
    pub(super) time: TimeArgs,
    /// Scenarios at once.
    #[arg(short, long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..), env = "HOOKREEL_JOBS", hide_env_values = true)]
    pub(super) jobs: u16,
    /// Begin nothing new after the first failure.
    #[arg(long, value_parser = FalseyValueParser::new(), env = "HOOKREEL_FAIL_FAST", hide_env_values = true)]
    pub(super) fail_fast: bool,
    /// Stop when the first N callbacks all fail alike: the others would fail like them. 0 plays all.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 5,
        env = "HOOKREEL_MAX_FAILURES",
        hide_env_values = true
    )]
    pub(super) max_failures: u32,
    /// Play only scenarios whose path or name contains this text.
    #[arg(long, value_name = "TEXT", env = "HOOKREEL_FILTER", hide_env_values = true)]
    pub(super) filter: Option<String>,
    #[command(flatten)]
    pub(super) expects: ExpectArgs,
    #[command(flatten)]
    pub(super) receiver: ReceiverArgs,
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
            filter: None,
            receiver,
            output,
        }
    }
}

/// Where results go.
#[derive(Args)]
pub(super) struct OutputArgs {
    /// Report as text, json or junit; to a file, or to standard output instead of the text. Repeatable.
    #[arg(long, value_name = "FORMAT[=PATH]", value_parser = ReportTo::parse, env = "HOOKREEL_REPORT", hide_env_values = true, value_delimiter = ',')]
    pub(super) report: Vec<ReportTo>,
    /// Write the run to this file while it goes on, as JSON lines.
    #[arg(long, value_name = "FILE", env = "HOOKREEL_RECORD", hide_env_values = true)]
    pub(super) record: Option<PathBuf>,
    /// Show failures and the summary only; of a load, the report without the seconds before it.
    #[arg(short, long, value_parser = FalseyValueParser::new(), env = "HOOKREEL_QUIET", hide_env_values = true)]
    pub(super) quiet: bool,
    /// Show why each callback was sent, the answer, and how to send it again; of a load, no more than otherwise.
    #[arg(short, long, value_parser = FalseyValueParser::new(), env = "HOOKREEL_VERBOSE", hide_env_values = true)]
    pub(super) verbose: bool,
}

/// In whose name, in which edition, and how signed.
#[derive(Args)]
pub(super) struct SenderArgs {
    /// The provider's name; see `hookreel list providers`.
    pub(super) provider: String,
    /// Edition of payload and signature; the newest by default.
    #[arg(long)]
    pub(super) revision: Option<String>,
    /// md5, hmac-sha256 or none; the provider's own by default.
    #[arg(long)]
    pub(super) method: Option<String>,
}

#[derive(Args)]
pub(super) struct SendArgs {
    #[command(flatten)]
    pub(super) sender: SenderArgs,
    /// The event in the provider's words; see `hookreel list events`.
    pub(super) event: String,
    /// Put a value into the body before it is signed: `file_size=0`, `exception[0].type=-8`. A field that is a text stays
    /// one; `PATH:=JSON` takes JSON of any type. Repeatable.
    #[arg(long, value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,
    /// Leave a field out of the body. Repeatable.
    #[arg(long, value_name = "PATH")]
    pub(super) unset: Vec<String>,
    /// Send these bytes, a captured body for example, as they are; `-` for standard input. --set, --unset and --resign change
    /// their place and no other byte.
    #[arg(long, value_name = "FILE")]
    pub(super) body: Option<String>,
    /// Add time and signature to the bytes of --body, which have none.
    #[arg(long, requires = "body")]
    pub(super) sign: bool,
    /// Replace time and signature in the bytes of --body by fresh ones.
    #[arg(long, requires = "body", conflicts_with = "sign")]
    pub(super) resign: bool,
    /// How many; each is about a file of its own.
    #[arg(short = 'n', long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) count: u16,
    /// Wait this long between one callback and the next. Default: no wait.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(super) every: Option<Duration>,
    /// Put a fault on it: `expire`, `expire:by=1s`; see `hookreel list faults`. Repeatable.
    #[arg(long, value_name = "NAME[:KEY=VALUE,...]")]
    pub(super) fault: Vec<String>,
    #[command(flatten)]
    pub(super) key: KeyArgs,
    #[command(flatten)]
    pub(super) time: TimeArgs,
    #[command(flatten)]
    pub(super) receiver: ReceiverArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

#[derive(Args)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    pub(super) sender: SenderArgs,
    /// Only these families: `C,I`; see `hookreel list cases`.
    #[arg(long, value_name = "FAMILY", value_delimiter = ',')]
    pub(super) only: Vec<String>,
    /// Only these cases, beside the families of --only: `C54,B27`.
    #[arg(long, value_name = "CASE", value_delimiter = ',')]
    pub(super) case: Vec<String>,
    /// Not these cases or families.
    #[arg(long, value_name = "CASE", value_delimiter = ',')]
    pub(super) skip: Vec<String>,
    /// Only the cases of the weight `must`: seconds instead of minutes.
    #[arg(long)]
    pub(super) quick: bool,
    /// Failures of every weight count, not only of `must` and `should`.
    #[arg(long)]
    pub(super) strict: bool,
    /// A file with the cases that are known to fail, one per line; only others fail the audit.
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Write the cases that failed to this file, for --baseline.
    #[arg(long, value_name = "FILE")]
    pub(super) save_baseline: Option<PathBuf>,
    #[command(flatten)]
    pub(super) expects: ExpectArgs,
    /// Play the cases although the plain callback before them failed.
    #[arg(long)]
    pub(super) keep_going: bool,
    /// The stream that the receiver knows, where it does not take any. Repeatable.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(super) stream: Vec<String>,
    /// Write the scenario of each case that failed into this folder.
    #[arg(long, value_name = "FOLDER")]
    pub(super) export: Option<PathBuf>,
    /// Take over the cases that this record of an earlier audit holds, and play the others.
    #[arg(long, value_name = "RECORD")]
    pub(super) resume: Option<PathBuf>,
    /// Write the scorecard to this file as JSON.
    #[arg(long, value_name = "FILE")]
    pub(super) scorecard: Option<PathBuf>,
    #[command(flatten)]
    pub(super) key: KeyArgs,
    #[command(flatten)]
    pub(super) time: TimeArgs,
    #[command(flatten)]
    pub(super) receiver: ReceiverArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

#[derive(Args)]
pub(super) struct ShrinkArgs {
    /// One scenario: a file, `-` for standard input, or a shipped one.
    pub(super) path: String,
    /// Write it here; `.json` makes it JSON. By default beside the scenario, ending in `.min.yaml`.
    #[arg(short, long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) key: KeyArgs,
    #[command(flatten)]
    pub(super) time: TimeArgs,
    #[command(flatten)]
    pub(super) receiver: ReceiverArgs,
}

/// Where the key comes from. There is no flag that takes the key itself: a command line can be read by everybody.
#[derive(Args)]
pub(super) struct KeyArgs {
    /// Name of the environment variable that holds the key; replaces the scenarios' own.
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with = "secret_file",
        env = "HOOKREEL_SECRET_ENV",
        hide_env_values = true
    )]
    pub(super) secret_env: Option<String>,
    /// File that holds the key; one newline at its end does not count.
    #[arg(long, value_name = "FILE", env = "HOOKREEL_SECRET_FILE", hide_env_values = true)]
    pub(super) secret_file: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct TimeArgs {
    /// Seed of every id: a number, or `random`. Default: 1; of an audit random, since a receiver remembers files.
    #[arg(long, value_parser = parse_seed, env = "HOOKREEL_SEED", hide_env_values = true)]
    pub(super) seed: Option<Seed>,
    /// Freeze the sending clock at this time (RFC 3339), so that what is sent is byte-identical.
    #[arg(long, value_name = "RFC3339", value_parser = parse_time, env = "HOOKREEL_NOW", hide_env_values = true)]
    pub(super) now: Option<Timestamp>,
    /// realtime, max, or a factor such as 60x.
    #[arg(long, default_value = "max", env = "HOOKREEL_SPEED", hide_env_values = true)]
    pub(super) speed: Speed,
}

#[derive(Args)]
pub(super) struct PlanArgs {
    /// Scenario files, folders, `-` for standard input, or shipped ones: @huawei/cycle, @huawei, @all.
    #[arg(value_name = "PATH", required = true)]
    pub(super) paths: Vec<String>,
    /// text for people, json for programs.
    #[arg(long, value_enum, default_value_t = PlanFormat::Text, env = "HOOKREEL_FORMAT", hide_env_values = true)]
    pub(super) format: PlanFormat,
    /// Print the body of one callback, signed now, byte for byte as it would be sent.
    #[arg(long, value_name = "ID")]
    pub(super) body: Option<String>,
    #[command(flatten)]
    pub(super) key: KeyArgs,
    #[command(flatten)]
    pub(super) time: TimeArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PlanFormat {
    Text,
    Json,
}

/// Whose signature, and how.
#[derive(Args)]
pub(super) struct SchemeArgs {
    /// Whose callbacks; `hookreel list providers` names them all.
    pub(super) provider: String,
    /// The body; `-` or nothing for standard input.
    #[arg(default_value = "-", value_name = "FILE")]
    pub(super) file: String,
    /// Edition of payload and signature; the newest by default.
    #[arg(long)]
    pub(super) revision: Option<String>,
    /// md5 or hmac-sha256; the provider's own by default.
    #[arg(long)]
    pub(super) method: Option<String>,
    /// Compare with this time (RFC 3339) instead of the clock.
    #[arg(long, value_name = "RFC3339", value_parser = parse_time, env = "HOOKREEL_NOW", hide_env_values = true)]
    pub(super) now: Option<Timestamp>,
    #[command(flatten)]
    pub(super) key: KeyArgs,
}

#[derive(Args)]
pub(super) struct SignArgs {
    #[command(flatten)]
    pub(super) scheme: SchemeArgs,
    /// From now to the expiry that is signed.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub(super) lifetime: Option<Duration>,
}

#[derive(Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    pub(super) scheme: SchemeArgs,
    /// Show what was signed, and try the known mistakes until one fits.
    #[arg(long)]
    pub(super) explain: bool,
    /// The signature that your receiver computed for this body: says by which mistake it came about.
    #[arg(long, value_name = "HEX")]
    pub(super) computed: Option<String>,
}

#[derive(Args)]
pub(super) struct CheckArgs {
    /// Scenario files, folders, `-` for standard input, or shipped ones: @huawei/cycle, @huawei, @all.
    #[arg(value_name = "PATH", required = true)]
    pub(super) paths: Vec<String>,
    /// Show every error of each file instead of the first five.
    #[arg(long)]
    pub(super) all_errors: bool,
}

#[derive(Args)]
pub(super) struct ShowArgs {
    /// Whose callbacks; `hookreel list providers` names them all.
    pub(super) provider: String,
    /// The event in the provider's words; all of them by default.
    pub(super) event: Option<String>,
    /// Edition of payload and signature; the newest by default.
    #[arg(long)]
    pub(super) revision: Option<String>,
}

#[derive(Args)]
pub(super) struct ListArgs {
    /// What to list.
    #[arg(value_enum, default_value_t = Listed::Scenarios)]
    pub(super) what: Listed,
    /// Only what holds this text: `list faults expire`, `list cases tencent`, `list faults C`.
    #[arg(value_name = "TEXT")]
    pub(super) filter: Option<String>,
    /// Print the faults as docs/faults.md has them.
    #[arg(long, hide = true)]
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
}
