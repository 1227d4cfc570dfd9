//! `hookreel config`: each value that counts, and from where it comes.

use std::ffi::OsString;
use std::fmt::Write;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::Value;

use super::file::{Config, none};
use super::settings::{Counting, Setting, text};
use super::{NamedTargets, keys, understood};
use crate::cli::ProcessContext;
use crate::cli::args::{ConfigArgs, command as typed_or_set, is_known, variable};
use crate::cli::exit::{Exit, Refused};
use crate::cli::expectations::mistakes;
use crate::cli::shell_commands::secret_in_words;
use crate::cli::{complain, discreet, mistyped, show, variables};
use crate::delivery::target::ReceiverUrl;
use crate::masking::{looks_drawn, looks_like_a_name};
use crate::problem::{Aim, Problem, Style, did_you_mean};
use crate::report::inert;

/// One line: the key, what it is, where that is said.
type Row = (String, String, String);

pub(in crate::cli) fn run(
    args: &ConfigArgs,
    named: Option<&String>,
    context: &ProcessContext,
) -> Result<Exit, Refused> {
    let command = keys::built();
    let names: Vec<&str> = keys::readers(&command).map(Command::get_name).collect();
    let asked = args.words.first().map(|word| word.to_string_lossy().into_owned());
    if let Some(asked) = asked.as_ref().filter(|asked| !names.contains(&asked.as_str())) {
        let near =
            did_you_mean(asked, names.iter().copied()).map_or_else(String::new, |near| format!("; {near}"));
        let names = names.join(", ");
        return Err(Refused::usage(format!(
            "`{asked}` is not a command with settings; expected one of {names}{near}"
        )));
    }
    let given = |name: &str| {
        let own = || vec![OsString::from(name)];
        let words = if args.words.is_empty() { own() } else { args.words.clone() };
        let given = understood(&[vec![OsString::from("hookreel")], words].concat())?;
        given.subcommand().map(|(_, given)| given.clone())
    };
    let inner = asked.as_deref().and_then(given).and_then(|given| given.get_one::<String>("config").cloned());
    let config = Config::read(named.or(inner.as_ref()), context.colour)?;
    let wanted = named.or(inner.as_ref()).is_none();
    let mut out = title(config.as_ref(), wanted)?;
    let mut wrong: Vec<Problem> = Vec::new();
    for name in names.into_iter().filter(|name| asked.as_ref().is_none_or(|asked| asked == name)) {
        let (Some(reader), Some(given)) = (command.find_subcommand(name), given(name)) else { continue };
        // What is wrong with a value is told below: the others, and where they come from, are shown all the same.
        let Counting { settings, problems, targets } =
            config.as_ref().map_or_else(Counting::default, |it| it.of(name, &given, &context.environment));
        if config.is_some() && problems.is_empty() {
            targets_are_known(&given, &targets)?;
        }
        problems.into_iter().for_each(|problem| once(&mut wrong, problem));
        let origins = Origins { given: &given, config: config.as_ref(), settings, defaults: asked.is_some() };
        let arguments = reader.get_arguments().filter_map(|argument| Some((argument, keys::key(argument)?)));
        let rows: Vec<Row> = arguments
            .filter_map(|(argument, key)| {
                let (values, origin) = origins.of(argument)?;
                let shown = values.iter().map(|value| shown(argument, value, &targets, context));
                Some((key.to_owned(), shown.collect::<Vec<_>>().join(", "), origin))
            })
            .collect();
        if !rows.is_empty() {
            let _ = write!(out, "\n{name}\n{}", table(&rows));
        }
    }
    show(&out);
    let values = wrong_values(&asked, &args.words, context);
    if !values.is_empty() {
        complain(&values);
        return Ok(Exit::Usage);
    }
    match config.filter(|_| !wrong.is_empty()) {
        None => Ok(Exit::Passed),
        Some(config) => {
            wrong.sort_by_key(|problem| problem.span.as_ref().map_or(0, |span| span.start));
            let style = Style { most: usize::MAX, ..context.colour };
            complain(&config.refused(&wrong, style).text);
            Ok(Exit::Usage)
        }
    }
}

/// Problems that the command itself would name in values of its flags and variables, each once.
fn wrong_values(asked: &Option<String>, words: &[OsString], context: &ProcessContext) -> String {
    let command = keys::built();
    let mut said: Vec<String> = Vec::new();
    for name in keys::readers(&command).map(Command::get_name) {
        let own = match asked {
            Some(asked) if asked == name => words.to_vec(),
            Some(_) => continue,
            None => vec![name.into()],
        };
        let words = variables::spread([vec![OsString::from("hookreel")], own].concat(), &context.environment);
        let Err(error) = typed_or_set().try_get_matches_from(&words) else { continue };
        let of_value = matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation);
        // Of a command line that was typed: what the command itself would refuse, but for words that are not there.
        let typed =
            asked.is_some() && error.use_stderr() && error.kind() != ErrorKind::MissingRequiredArgument;
        if of_value || typed {
            let error = variables::named(discreet(mistyped::advised(error)), &words, &context.environment);
            let text = error.render().to_string();
            said.extend(Some(text).filter(|text| !said.contains(text)));
        }
    }
    let expect = context.environment.get(EXPECT).and_then(|value| mistakes(value, &context.environment));
    if let Some(refused) = expect.filter(|_| said.is_empty()) {
        said.push(refused.text.replacen("--expect", EXPECT, 1));
    }
    said.concat()
}

/// Variable of `--expect`, whose value is read later than those of others.
const EXPECT: &str = "HOOKREEL_EXPECT";

/// The file that is read, and one that is not.
fn title(config: Option<&Config>, wanted: bool) -> Result<String, Refused> {
    let Some(config) = config else {
        if !wanted {
            return Ok("file  none: none is wanted\n".into());
        }
        let (why, other) = none()?;
        let other = other.map_or_else(String::new, |other| {
            format!("      {other} is not read; --config {other} reads it\n")
        });
        return Ok(format!("file  none: {why}\n{other}"));
    };
    let ignored = config
        .ignored
        .as_ref()
        .map_or_else(String::new, |other| format!("      {other} is not read: the nearest one counts\n"));
    Ok(format!("file  {}\n{ignored}", config.name()))
}

/// Makes sure that the words of `-t` mean something.
///
/// # Errors
/// One of them is neither an address nor a target of the file.
fn targets_are_known(given: &ArgMatches, targets: &NamedTargets) -> Result<(), Refused> {
    let mut words = given.try_get_raw("target").ok().flatten().into_iter().flatten();
    words.try_for_each(|word| is_known(&word.to_string_lossy(), targets)).map_err(Refused::usage)
}

/// What is wrong for one command is often wrong for others, too.
fn once(problems: &mut Vec<Problem>, problem: Problem) {
    if !problems.contains(&problem) {
        problems.push(problem);
    }
}

/// Everything that gives flags of one command their values.
struct Origins<'a> {
    given: &'a ArgMatches,
    config: Option<&'a Config>,
    settings: Vec<Setting>,
    /// Values that nobody gave are shown, too.
    defaults: bool,
}

impl Origins<'_> {
    /// Values and origin of a flag; none where nothing gives it.
    fn of(&self, argument: &Arg) -> Option<(Vec<String>, String)> {
        let id = argument.get_id().as_str();
        let is_switch = matches!(argument.get_action(), ArgAction::SetTrue);
        let values = || match is_switch {
            true => vec![(self.given.try_get_one::<bool>(id).ok().flatten() == Some(&true)).to_string()],
            false => {
                let words = self.given.try_get_raw(id).ok().flatten().into_iter().flatten();
                words.map(|word| word.to_string_lossy().into_owned()).collect()
            }
        };
        match self.given.value_source(id) {
            Some(ValueSource::CommandLine) => Some((values(), "flag".to_owned())),
            Some(ValueSource::EnvVariable) => Some((values(), variable(argument)?)),
            source => match (self.settings.iter().find(|setting| setting.id == id), self.config) {
                (Some(setting), Some(config)) => {
                    let place = config.document.locate(&setting.path, Aim::Key).start;
                    let (line, _) = config.document.source.line_column(place);
                    Some((written(config, setting), format!("{}:{line}", config.name())))
                }
                _ if self.defaults && source == Some(ValueSource::DefaultValue) && !is_switch => {
                    Some((values(), "default".to_owned()))
                }
                _ => None,
            },
        }
    }
}

/// The values of a setting as the file has them: no value of a variable is shown.
fn written(config: &Config, setting: &Setting) -> Vec<String> {
    let value = setting.path.split('.').try_fold(&config.tree, |tree, key| tree.get(key));
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(text).collect(),
        Some(value) => text(value).into_iter().collect(),
        None => Vec::new(),
    }
}

/// The value without what may be a secret.
fn shown(argument: &Arg, value: &str, targets: &NamedTargets, context: &ProcessContext) -> String {
    let hidden = |text: &str| if looks_drawn(text) { "(hidden)".to_owned() } else { inert(text) };
    let address = |text: &str| ReceiverUrl::parse(text).map_or_else(|_| hidden(text), |url| url.to_string());
    match argument.get_id().as_str() {
        "headers" => value
            .split_once(':')
            .map_or_else(|| "(hidden)".into(), |(name, _)| format!("{}: (hidden)", inert(name))),
        "target" => match targets.get(value) {
            Some(url) => format!("{value} = {}", address(url)),
            None => address(value),
        },
        "state" => address(value),
        "exec" => match secret_in_words(value) {
            Some(why) => format!("(hidden: {})", inert(&why)),
            None => value.split(' ').map(hidden).collect::<Vec<_>>().join(" "),
        },
        "secret_env" => {
            match context.environment.contains_key(value) {
                true => format!("{} (set)", hidden(value)),
                false if looks_like_a_name(value) => format!("{} (not set)", hidden(value)),
                // It may be the key itself.
                false => "(hidden)".to_owned(),
            }
        }
        _ => hidden(value),
    }
}

fn table(rows: &[Row]) -> String {
    let width = |of: fn(&Row) -> &String| rows.iter().map(|row| of(row).chars().count()).fold(0, usize::max);
    let (keys, values) = (width(|row| &row.0), width(|row| &row.1).min(60));
    rows.iter().fold(String::new(), |mut out, (key, value, origin)| {
        let _ = writeln!(out, "  {key:keys$}  {value:values$}  {origin}");
        out
    })
}
