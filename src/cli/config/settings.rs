//! Settings that count for one command: what the file says of it, less what a flag or a variable gives.

use std::error::Error;
use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Map, Value};

use super::file::Config;
use super::keys::{self, PATHS, TARGETS, URL};
use super::{NamedTargets, is_given, understood};
use crate::cli::catalogue::without_a_case;
use crate::cli::exit::Refused;
use crate::cli::expectations::mistakes;
use crate::cli::providers::unusable;
use crate::cli::quoted::Taken;
use crate::cli::shell_commands::quote;
use crate::masking::looks_like_a_name;
use crate::problem::{Problem, did_you_mean, nearest};
use crate::scenario::targets::is_name;
use crate::scenario::{Environment, filled, jsonpath};

/// A flag that the file gives.
pub(super) struct Setting {
    pub(super) id: String,
    /// The flag without its dashes; none for what stands on a command line without a flag.
    long: Option<String>,
    /// Each as it would be typed; none for a switch.
    values: Vec<String>,
    /// Where it stands in the file: `run.jobs`.
    pub(super) path: String,
    /// Which of the tables says it, the nearest first.
    layer: usize,
    /// Variables that are filled in.
    pub(super) taken: Vec<Taken>,
}

impl Setting {
    /// What would be typed.
    pub(super) fn words(&self) -> Vec<OsString> {
        match &self.long {
            Some(long) if self.values.is_empty() => vec![format!("--{long}").into()],
            Some(long) => self.values.iter().map(|value| format!("--{long}={value}").into()).collect(),
            None => self.values.iter().map(OsString::from).collect(),
        }
    }
}

/// Settings that count for a command.
#[derive(Default)]
pub(super) struct Counting {
    pub(super) settings: Vec<Setting>,
    /// Everything that is wrong with them: with one the command does not begin.
    pub(super) problems: Vec<Problem>,
    /// Targets that -t can name.
    pub(super) targets: NamedTargets,
}

/// Tables of the file that concern a command, the nearest first, each with its path.
type Layers<'a> = Vec<(String, &'a Map<String, Value>)>;

impl Config {
    /// Settings for a command, of which words and variables give these.
    pub(super) fn of(&self, name: &str, given: &ArgMatches, environment: &Environment) -> Counting {
        let command = keys::built();
        let Some(reader) = command.find_subcommand(name) else { return Counting::default() };
        let (mut problems, mut targets) = (Vec::new(), self.targets());
        let (layers, wrong) = self.layers(name, given, &mut targets, environment);
        problems.extend(wrong);
        let mut found: Vec<(&Arg, Setting)> = Vec::new();
        for argument in reader.get_arguments().filter(|argument| !is_given(given, argument.get_id().as_str()))
        {
            let Some((setting, is_on)) = setting(argument, &layers) else { continue };
            if is_on
                && !reader
                    .get_arguments()
                    .any(|other| is_given(given, other.get_id().as_str()) && exclude(reader, argument, other))
            {
                found.push((argument, setting));
            }
        }
        self.settle(reader, &mut found, &mut problems);
        for (argument, setting) in &mut found {
            problems.extend(self.finish(argument, setting, &targets, environment));
        }
        let problems = self.with_the_misshapen(problems);
        let settings = found.into_iter().map(|(_, setting)| setting).collect();
        Counting { settings, problems, targets }
    }

    /// Everything that is wrong for any command, in the order of the file.
    pub(super) fn every_mistake(&self, environment: &Environment) -> Vec<Problem> {
        let command = keys::built();
        let mut all: Vec<Problem> = Vec::new();
        for reader in keys::readers(&command) {
            let words = ["hookreel", reader.get_name()].map(OsString::from);
            let Some(given) = understood(&words) else { continue };
            let Some((name, given)) = given.subcommand() else { continue };
            for problem in self.of(name, given, environment).problems {
                if !all.contains(&problem) {
                    all.push(problem);
                }
            }
        }
        all.sort_by_key(|problem| problem.span.as_ref().map_or(0, |span| span.start));
        all
    }

    /// These problems with those of the file's shape, in the order of the file. Of a value of the wrong shape nothing else is said.
    fn with_the_misshapen(&self, problems: Vec<Problem>) -> Vec<Problem> {
        let own = problems.into_iter().map(|problem| self.document.point(problem));
        let told = |problem: &Problem| {
            self.misshapen.iter().any(|shape| {
                let below = !shape.path.is_empty() && problem.path.starts_with(&shape.path);
                below || shape.span == problem.span
            })
        };
        let mut all: Vec<Problem> = own.filter(|problem| !told(problem)).collect();
        all.extend(self.misshapen.iter().cloned());
        all.sort_by_key(|problem| problem.span.as_ref().map_or(0, |span| span.start));
        all
    }

    /// Variables that are named in URLs of the targets.
    pub(super) fn taken_of_targets(&self, environment: &Environment) -> Vec<Taken> {
        self.targets().values().flat_map(|url| named(url, environment)).collect()
    }

    /// URLs of the targets, as they are written.
    fn targets(&self) -> NamedTargets {
        let targets = self.tree.get(TARGETS).and_then(Value::as_object).into_iter().flatten();
        let url = |(name, target): (&String, &Value)| {
            // A URL that is not a text is an error of its own, and not a target either way.
            Some((name.clone(), target.get(URL).map(text)?.unwrap_or_default()))
        };
        targets.filter_map(url).collect()
    }

    fn layers(
        &self,
        name: &str,
        given: &ArgMatches,
        targets: &mut NamedTargets,
        environment: &Environment,
    ) -> (Layers<'_>, Option<Problem>) {
        let mut layers: Layers<'_> = Vec::new();
        layers.extend(self.tree.get(name).and_then(Value::as_object).map(|own| (format!("{name}."), own)));
        layers.extend(self.tree.as_object().map(|all| (String::new(), all)));
        let typed = given.try_get_raw("target").ok().flatten().and_then(|mut words| words.next());
        let written = || layers.iter().find_map(|(_, table)| table.get("target").and_then(text));
        let target = typed.and_then(|word| word.to_str().map(str::to_owned)).or_else(written);
        let target = target.filter(|target| targets.contains_key(target));
        let Some(target) = target else { return (layers, None) };
        let mut wrong = None;
        let path = format!("{TARGETS}.{target}");
        if let Some(url) = targets.get_mut(&target) {
            match filled(url, environment) {
                Ok(filled) => *url = filled,
                Err(problem) => wrong = Some(Problem { path: format!("{path}.{URL}"), ..*problem }),
            }
        }
        let own = self.tree.get(TARGETS).and_then(|all| all.get(&target)).and_then(Value::as_object);
        layers.splice(0..0, own.map(|own| (format!("{path}."), own)));
        (layers, wrong)
    }

    /// Takes out what a nearer table excludes. Two in one table that exclude each other are a mistake.
    fn settle(&self, reader: &Command, found: &mut Vec<(&Arg, Setting)>, problems: &mut Vec<Problem>) {
        let mut index = 0;
        while let Some((argument, setting)) = found.get(index) {
            let other = found
                .iter()
                .find(|(other, its)| its.layer <= setting.layer && exclude(reader, argument, other));
            match other {
                Some((_, other)) if other.layer < setting.layer => {
                    found.remove(index);
                    continue;
                }
                Some((_, other))
                    if self.document.locate(&other.path, crate::problem::Aim::Key).start
                        < self.document.locate(&setting.path, crate::problem::Aim::Key).start =>
                {
                    let key = |setting: &Setting| setting.long.clone().unwrap_or_else(|| setting.id.clone());
                    let title = format!("`{}` cannot be used with `{}`", key(setting), key(other));
                    problems.push(Problem::at(&setting.path, title).on_key().help("keep one of them"));
                }
                _ => {}
            }
            index += 1;
        }
    }

    /// Fills in variables, makes paths those from here, and says what is wrong with the values.
    fn finish(
        &self,
        argument: &Arg,
        setting: &mut Setting,
        targets: &NamedTargets,
        environment: &Environment,
    ) -> Vec<Problem> {
        let id = argument.get_id().as_str();
        let several = setting.values.len() > 1;
        let (path, mut problems) = (setting.path.clone(), Vec::new());
        for (index, value) in setting.values.iter_mut().enumerate() {
            let path = if several { format!("{path}[{index}]") } else { path.clone() };
            // A shell and the reader of scenarios fill in what they are given.
            if !["exec", "expect"].contains(&id) {
                match filled(value, environment) {
                    // The command fills it in itself, so that proposed lines name the variable and not what it holds.
                    Ok(_) if id == "setting" => {}
                    Ok(filled) => {
                        setting.taken.extend(named(value, environment));
                        *value = filled;
                    }
                    Err(problem) => {
                        problems.push(Problem { path, ..*problem });
                        continue;
                    }
                }
            }
            *value = self.placed(argument, value);
            let why = match id {
                "secret_env" if !environment.contains_key(value.as_str()) => {
                    Some(self.unset(value, &path, environment))
                }
                "target" if targets.contains_key(value.as_str()) => None,
                "target" if is_name(value) => Some(unknown(value, &path, targets)),
                "provider_file" => unusable(Path::new(value)).map(|why| {
                    let (title, help) = why.split_once('\n').unwrap_or((&why, ""));
                    Problem::at(&path, title)
                        .helps(Some(help.trim().to_owned()).filter(|help| !help.is_empty()))
                }),
                "state_path" => jsonpath::check(&path, value),
                // Of a table the shape is checked where it stands.
                "expect" if is_text(&self.tree, &path) => {
                    mistakes(value, environment).map(|refused| of_expect(&path, &refused))
                }
                "only" | "case" | "skip" => {
                    value.split(',').find_map(without_a_case).map(|why| Problem::at(&path, why))
                }
                _ => wrong(argument, value).map(|why| said_at(&path, &why)),
            };
            problems.extend(why);
        }
        problems
    }

    /// The value with its path as it is from here.
    fn placed(&self, argument: &Arg, value: &str) -> String {
        match argument.get_id().as_str() {
            // What comes with the program stands in no folder.
            PATHS | "provider_file" if value.starts_with('@') => value.to_owned(),
            _ if keys::is_path(argument) || argument.get_id() == PATHS => self.resolved(value),
            "report" => match value.split_once('=') {
                Some((format, path)) => format!("{format}={}", self.resolved(path)),
                None => value.to_owned(),
            },
            // It starts in the folder of the file.
            "exec" if !self.folder.is_empty() => format!("cd {} && {value}", quote(&self.folder)),
            _ => value.to_owned(),
        }
    }

    /// The variable of a key that is not set.
    fn unset(&self, name: &str, path: &str, environment: &Environment) -> Problem {
        let near = nearest(name, environment.keys().map(String::as_str).filter(|known| known.len() > 1));
        let near = near.map(|near| format!("`{near}` is set; did you mean that one?"));
        if looks_like_a_name(name) {
            let help = near
                .unwrap_or_else(|| format!("set it: export {name}=..., with the key that your receiver has"));
            return Problem::at(path, format!("the environment variable `{name}` is not set")).help(help);
        }
        let title = "secret-env takes the NAME of the environment variable that holds the key, and there is no variable of this name";
        Problem::at(path, title).helps(near).help("a key does not belong in a file: export CALLBACK_KEY=... and write secret-env = \"CALLBACK_KEY\"")
    }
}

/// Variables of the environment that a text names.
fn named(text: &str, environment: &Environment) -> Vec<Taken> {
    let is_named =
        |name: &str| [format!("${{{name}}}"), format!("${{{name}:-")].iter().any(|way| text.contains(way));
    let all = environment.iter().filter(|(name, _)| is_named(name));
    all.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// What the tables say of a flag, and whether it is to be given at all: a switch may be off.
fn setting(argument: &Arg, layers: &Layers<'_>) -> Option<(Setting, bool)> {
    let key = keys::key(argument)?;
    // Of a target the address counts by its name.
    let is_flag = |value: &&Value| !value.is_object() || argument.get_id() == "expect";
    let mut tables = layers.iter().enumerate();
    let (layer, path, value) = tables.find_map(|(layer, (path, table))| {
        // Scenarios belong to a command.
        let value = table.get(key).filter(is_flag).filter(|_| key != PATHS || !path.is_empty())?;
        Some((layer, format!("{path}{key}"), value))
    })?;
    let is_switch = matches!(argument.get_action(), ArgAction::SetTrue);
    let values = match value {
        _ if is_switch => Vec::new(),
        Value::Array(items) => items.iter().filter_map(text).collect(),
        value => text(value).into_iter().collect(),
    };
    let is_on = if is_switch { value == &Value::Bool(true) } else { !values.is_empty() };
    let long = argument.get_long().map(str::to_owned);
    Some((Setting { id: argument.get_id().to_string(), long, values, path, layer, taken: Vec::new() }, is_on))
}

/// The value as it would be typed.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// True when only one of the two flags can be given.
fn exclude(command: &Command, one: &Arg, other: &Arg) -> bool {
    let against = |one: &Arg, other: &Arg| {
        command.get_arg_conflicts_with(one).iter().any(|found| found.get_id() == other.get_id())
    };
    one.get_id() != other.get_id() && (against(one, other) || against(other, one))
}

/// True for a setting that is written as a text.
fn is_text(tree: &Value, path: &str) -> bool {
    path.split('.').try_fold(tree, |tree, key| tree.get(key)).is_some_and(Value::is_string)
}

/// The problem of a value of `expect`. Its key says already which flag is meant.
fn of_expect(path: &str, refused: &Refused) -> Problem {
    let text =
        refused.text.trim_start_matches("error: ").replace("--expect at ", "at ").replace("--expect: ", "");
    let mut lines = text.lines();
    // A refusal has a first line.
    let problem = Problem::at(path, lines.next().unwrap_or_default());
    problem.helps(lines.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()))
}

/// An address that is none, and not the name of a target either.
fn unknown(name: &str, path: &str, targets: &NamedTargets) -> Problem {
    let title = "this is not a URL, a port of this machine, or a name in `[targets]`";
    Problem::at(path, title).helps(did_you_mean(name, targets.keys().map(String::as_str)))
}

/// The problem at this path. A reason of several lines shows the value with a mark of its own: its last line says what was expected.
fn said_at(path: &str, why: &str) -> Problem {
    let mut lines = why.lines();
    // No reason is empty.
    let problem = Problem::at(path, lines.next().unwrap_or_default());
    match lines.next_back() {
        Some(last) => problem.label(last.trim_start_matches([' ', '^'])),
        None => problem,
    }
}

/// What the flag has against a value.
fn wrong(argument: &Arg, value: &str) -> Option<String> {
    let mut alone = Arg::new("value").long("value").value_parser(argument.get_value_parser().clone());
    if let Some(delimiter) = argument.get_value_delimiter() {
        alone = alone.value_delimiter(delimiter).action(ArgAction::Append);
    }
    let words = [format!("--value={value}")];
    let error = Command::new("").no_binary_name(true).arg(alone).try_get_matches_from(words).err()?;
    if let Some(why) = error.source() {
        return Some(why.to_string());
    }
    let Some(ContextValue::Strings(names)) = error.get(ContextKind::ValidValue) else {
        return Some("a value is missing".into());
    };
    let near = did_you_mean(value, names.iter().map(String::as_str))
        .map_or_else(String::new, |near| format!("; {near}"));
    Some(format!("expected one of {}{near}", names.join(", ")))
}
