//! The command line: one subcommand per file. The only reader of environment, files and terminal.

mod args;
mod audit;
mod callback_url;
mod captured;
mod catalogue;
mod check;
mod completions;
mod config;
mod connection;
mod diagnostics;
mod exec;
mod exec_output;
mod exit;
mod expectations;
mod failed;
mod files;
mod formula;
mod held;
mod host;
mod init;
mod list;
mod load;
mod load_progress;
mod man;
mod mistyped;
mod outputs;
mod panics;
mod plan;
mod planned;
mod preflight;
mod provider;
mod providers;
mod quoted;
mod recorded_audit;
mod replay;
mod report;
mod requests;
mod run;
mod schema;
mod scorecard;
mod scorecard_json;
mod screen;
mod secrets;
mod send;
mod serve;
mod shell_commands;
mod shipped;
mod show;
mod shrink;
mod sign;
mod signals;
mod sources;
mod stdout;
mod streamed_report;
mod targets;
mod traffic;
mod values;
mod variables;
mod verify;
mod wait_for;
mod waiting_line;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;

use anstream::ColorChoice;
use clap::FromArgMatches;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::problem::Style;
use crate::scenario::Environment;
use args::{Cli, Colour, Command, START};
use diagnostics::complain;
use exit::{Exit, Refused};
use stdout::show;

/// What the process was given, read once.
#[derive(Clone)]
struct ProcessContext {
    environment: Environment,
    /// Style of diagnostics.
    colour: Style,
    /// `--config`, for the command that shows settings.
    config: Option<String>,
    /// Targets of `hookreel.toml`.
    targets: config::NamedTargets,
}

/// Parses the command line, does what it says, and gives the exit code.
pub fn main() -> ExitCode {
    panics::end_the_program();
    completions::answer();
    signals::listen_to_what_is_ignored();
    signals::outlive_large_files();
    files::standard_input();
    std::env::args_os().skip(1).for_each(|word| diagnostics::may_repeat(&word));
    let environment = match environment() {
        Ok(environment) => environment,
        Err(refused) => {
            complain(&refused.text);
            return stdout::exit(refused.exit).into();
        }
    };
    // Nobody has said yet how they want colours.
    let (words, targets) = match config::completed(std::env::args_os().collect(), &environment, false.into())
    {
        Ok(completed) => completed,
        Err(refused) => {
            complain(&refused.text);
            return stdout::exit(refused.exit).into();
        }
    };
    complain(&variables::unknown(&environment, &words));
    let (cli, given) = match parse(words.clone()) {
        Ok(parsed) => parsed,
        Err(bare) if bare.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            show(&START.replace("SENDERS", &shipped::senders().join(", ")));
            return stdout::exit(Exit::Usage).into();
        }
        Err(wrong) if wrong.use_stderr() => {
            let wrong = variables::named(discreet(mistyped::advised(wrong)), &words, &environment);
            complain(&wrong.render().ansi().to_string());
            return stdout::exit(Exit::Usage).into();
        }
        Err(help) => {
            show(&help.render().ansi().to_string());
            return stdout::exit(Exit::Passed).into();
        }
    };
    let choice = match cli.color {
        Colour::Auto => ColorChoice::Auto,
        Colour::Always => ColorChoice::AlwaysAnsi,
        Colour::Never => ColorChoice::Never,
    };
    choice.write_global();
    let colour = match anstream::AutoStream::choice(&std::io::stderr()) {
        ColorChoice::Never => false,
        ColorChoice::Auto => std::io::stderr().is_terminal(),
        _ => true,
    };
    let context = ProcessContext { environment, colour: colour.into(), config: cli.config, targets };
    let done = providers::of_command_line(&cli.provider_file, context.colour)
        .and_then(|()| perform(cli.command, &context));
    let exit = done.unwrap_or_else(|refused| {
        let refused = variables::explained(refused, &given);
        complain(&refused.text);
        refused.exit
    });
    stdout::exit(exit).into()
}

/// Fills the places of closed standard streams, so that a result that is written to one is known to be lost. It has to run before
/// the standard library begins.
#[cfg(unix)]
pub extern "C" fn fill_closed_streams() {
    stdout::fill_closed();
}

/// The variables of the environment that are text. Others cannot be meant by a scenario.
///
/// # Errors
/// One of ours is not text: what it was to give, such as a key, would silently be another.
fn environment() -> Result<Environment, Refused> {
    let mut environment = Environment::new();
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    for (name, value) in std::env::vars_os() {
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => {
                environment.insert(name, value);
            }
            (Ok(name), Err(_)) if name.starts_with(args::PREFIX) => {
                return Err(Refused::usage(format!(
                    "the environment variable {name} is not UTF-8 text, so nothing can be read from it"
                )));
            }
            _ => {}
        }
    }
    Ok(environment)
}

/// Does what a command says.
fn perform(command: Command, context: &ProcessContext) -> Result<Exit, Refused> {
    let ci = outputs::Ci::of(&context.environment);
    match command {
        Command::Run(mut args) => {
            args.output.ci = ci;
            args.receiver.settle(true, &context.targets).and_then(|()| run::run(&args, context))
        }
        Command::Send(mut args) => {
            args.output.ci = ci;
            args.receiver.settle(false, &context.targets).and_then(|()| send::run(*args, context))
        }
        Command::Audit(mut args) => {
            args.output.ci = ci;
            args.receiver.settle(false, &context.targets).and_then(|()| audit::run(*args, context))
        }
        Command::Load(mut args) => {
            args.output.ci = ci;
            args.receiver.settle(false, &context.targets).and_then(|()| load::run(*args, context))
        }
        Command::Shrink(mut args) => {
            args.receiver.settle(false, &context.targets).and_then(|()| shrink::run(*args, context))
        }
        Command::Replay(mut args) => {
            args.output.ci = ci;
            args.receiver.settle(false, &context.targets).and_then(|()| replay::run(*args, context))
        }
        Command::Report(args) => report::run(&args, context),
        Command::Plan(args) => plan::run(&args, context),
        Command::Check(args) => check::run(&args, context),
        Command::Sign(args) => sign::run(&args, context),
        Command::Verify(args) => verify::run(&args, context),
        Command::Serve(args) => serve::run(&args, context),
        Command::Init(args) => init::run(&args, context),
        Command::Provider(args) => provider::run(&args, context),
        Command::List(args) => list::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Config(args) => config::run(&args, context.config.as_ref(), context),
        Command::Schema(args) => Ok(schema::run(args.what)),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}

/// Reads a command line, its first word the program's name, and does nothing: for tests.
///
/// # Errors
/// What is said to a person who typed it.
pub fn understand<I: IntoIterator<Item: Into<OsString> + Clone>>(words: I) -> Result<(), String> {
    parse(words).map(drop).map_err(|wrong| discreet(mistyped::advised(wrong)).render().to_string())
}

/// The command, and the flags that variables give.
fn parse<I: IntoIterator<Item: Into<OsString> + Clone>>(
    words: I,
) -> Result<(Cli, Vec<(String, String)>), clap::Error> {
    let mut matches = args::command().try_get_matches_from(words)?;
    let given = variables::given(&matches);
    Ok((Cli::from_arg_matches_mut(&mut matches)?, given))
}

/// Flags by which people try to give the key itself.
const KEY_FLAGS: [&str; 7] =
    ["--key", "--secret", "--secret-key", "--callback-key", "--sign-key", "--token", "--password"];

/// The error without a value that may be a secret: a URL, a header.
fn discreet(mut error: clap::Error) -> clap::Error {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    };
    let arg = text(ContextKind::InvalidArg);
    let named = |name: &str| arg.starts_with(name);
    let is_given = !text(ContextKind::InvalidValue).is_empty();
    let harmless =
        ["--target", "--state"].into_iter().any(named) && args::is_harmless(&text(ContextKind::InvalidValue));
    if is_given
        && !harmless
        && ["--header", "--target", "--state", "--secret", "--account"].into_iter().any(named)
    {
        error.insert(ContextKind::InvalidValue, ContextValue::String("(not shown)".into()));
    }
    let key = KEY_FLAGS.iter().any(|flag| arg.split('=').next() == Some(flag));
    if error.kind() == ErrorKind::UnknownArgument && key {
        let tip = "no flag takes the key itself, because other users can read a command line: export CALLBACK_KEY=... and write \
                   --secret-env CALLBACK_KEY";
        error.remove(ContextKind::SuggestedArg);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}
