//! `hookreel shrink`: the smallest part of a failing scenario that still fails.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::args::{ExpectArgs, OutputArgs, RunArgs, ShrinkArgs};
use super::exit::{Exit, Refused};
use super::files;
use super::outputs::Ci;
use super::shell_commands::ShellCommands;
use super::signals;
use super::{ProcessContext, complain, planned, run, secrets, sources, targets};
use crate::callback::Class;
use crate::lifecycle::draw::Draws;
use crate::play::Planned;
use crate::problem::Source;
use crate::record::RunRecord;
use crate::report::inert;
use crate::report::text::amount;
use crate::scenario::{Environment, Loaded, as_written, load};
use crate::shrink::shrink;

/// Limit on the number of plays.
const MOST_PLAYS: usize = 200;

/// Said where nothing was found yet when it ended.
const STOPPED: &str = "stopped before a smaller one was found; nothing was written\n";

/// Failed checks of a run, each with the class of its callback.
type FailedChecks = BTreeSet<(String, Option<Class>)>;

pub(super) fn run(args: ShrinkArgs, context: &ProcessContext) -> Result<Exit, Refused> {
    let source = sole(&args.path)?;
    let name = source.name.clone();
    // Later the text has stars where keys were.
    // What cannot be read is reported when it is parsed below.
    let tree = as_written::read(&source.text).unwrap_or_default();
    let environment =
        secrets::environment_of(std::slice::from_ref(&source), &args.key, &context.environment)?;
    let loaded = sources::parse(vec![source], &environment, context.colour)?;
    let flags = planned::PlanFlags { key: &args.key, time: &args.time, jobs: 1, editions: &args.editions };
    let mut whole = planned::of(loaded, &flags, context, None)?;
    targets::settle(&mut whole, &args.receiver)?;
    let out = args.out.clone().unwrap_or_else(|| beside(&name));
    files::claim("--out", &out)?;
    let args = within(args);
    let (exit, failed) = run::play(&args, &mut whole)?;
    match exit {
        Exit::Passed => complain("it passed, so there is nothing to shrink\n"),
        Exit::HungUp | Exit::Interrupted | Exit::Terminated => complain(STOPPED),
        _ => {}
    }
    if exit != Exit::Failed {
        return Ok(exit);
    }
    let way = way(&failed);
    let mut trial =
        Trial { args: &args, environment, whole: &whole, out: &out, way, plays: 1, again: String::new() };
    match trial.play(&tree, "again, with other ids") {
        ControlFlow::Continue(true) => {}
        ControlFlow::Continue(false) => {
            complain(
                "it does not always fail in the same way, so smaller ones would tell nothing; nothing was written\n",
            );
            return Ok(Exit::Failed);
        }
        ControlFlow::Break(ended) => {
            complain(STOPPED);
            return ended;
        }
    }
    let (smallest, ended) =
        shrink(tree, |tree, taken| trial.play(tree, &format!("without {}", taken.join(", "))));
    trial.keep(&smallest, &name).map_err(|error| Refused {
        exit: Exit::Internal,
        text: format!("error: cannot write `{}`: {error}\n", out.display()),
    })?;
    let plays = amount(trial.plays, "play");
    complain(&format!("the smallest after {plays} is written to {}\n  {}\n", out.display(), trial.again));
    ended.unwrap_or(Ok(Exit::Failed))
}

/// The one scenario that a path means.
fn sole(path: &str) -> Result<Source, Refused> {
    let mut sources = sources::collect(&[path.to_owned()])?;
    match (sources.pop(), sources.len()) {
        (Some(source), 0) => Ok(source),
        (_, others) => {
            let text = format!("`{path}` holds {}; give one of them", amount(others + 1, "scenario"));
            Err(Refused::usage(text))
        }
    }
}

/// Default path of the smallest scenario.
fn beside(name: &str) -> PathBuf {
    if name == "-" || name.starts_with('@') {
        return "shrunk.yaml".into();
    }
    Path::new(name).with_extension("min.yaml")
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

/// Text of the file, without the comment.
fn text_of(tree: &Value, out: &Path) -> String {
    if is_json(out) { format!("{tree:#}\n") } else { as_written::write(tree) }
}

fn within(args: ShrinkArgs) -> RunArgs {
    RunArgs {
        paths: Vec::new(),
        key: args.key,
        time: args.time,
        jobs: 1,
        fail_fast: false,
        max_failures: 0,
        editions: args.editions,
        expects: ExpectArgs::default(),
        failed: None,
        filter: None,
        receiver: args.receiver,
        output: OutputArgs {
            report: Vec::new(),
            ci: Ci::default(),
            scorecard: None,
            badge: None,
            record: None,
            quiet: true,
            verbose: false,
        },
    }
}

fn way(run: &RunRecord) -> FailedChecks {
    let of_callbacks = run
        .callbacks()
        .flat_map(|callback| callback.findings.iter().map(|finding| (finding, Some(callback.line.class))));
    let of_state =
        run.scenarios.iter().flat_map(|scenario| scenario.state.iter().map(|finding| (finding, None)));
    let failed = of_callbacks.chain(of_state).filter(|(finding, _)| !finding.ok);
    failed.map(|(finding, class)| (finding.check.clone(), class)).collect()
}

/// A failed check for the file, where what came from the environment has no place: a state is called as it was written.
fn told(check: &str, class: Option<Class>, whole: &Planned, tree: &Value) -> String {
    let checks =
        whole.loaded.iter().flat_map(|loaded: &Loaded| loaded.scenario.expect.state.iter().enumerate());
    let name = checks
        .filter(|(_, state)| *check == format!("state: {}", state.name))
        .find_map(|(at, _)| tree.pointer(&format!("/expect/state/{at}/name"))?.as_str());
    let check = name.map_or_else(|| check.to_owned(), |name| format!("state: {name}"));
    inert(&class.map_or(check.clone(), |class| format!("{check} ({class})")))
}

/// Plays candidates, and sees whether they fail in the same way.
struct Trial<'a> {
    args: &'a RunArgs,
    environment: Environment,
    /// The scenario that failed.
    whole: &'a Planned,
    /// Candidates are called what the file will be called, since ids are drawn for the name.
    out: &'a Path,
    way: FailedChecks,
    plays: usize,
    /// The line that plays the last one that failed.
    again: String,
}

impl Trial<'_> {
    /// True if it fails in the same way; breaks if a run was ended from outside, or at the limit of plays.
    fn play(&mut self, tree: &Value, what: &str) -> ControlFlow<Result<Exit, Refused>, bool> {
        let Some(mut prepared) = self.planned(tree) else { return ControlFlow::Continue(false) };
        if self.plays >= MOST_PLAYS {
            complain(&format!("stopped after {MOST_PLAYS} plays; a smaller one may be found in it\n"));
            return ControlFlow::Break(Ok(Exit::Failed));
        }
        // One that came when the play before was over.
        if let Some(ended) = signals::heard() {
            return ControlFlow::Break(Ok(ended));
        }
        self.plays += 1;
        let (exit, run) = match run::play(self.args, &mut prepared) {
            Ok(played) => played,
            Err(refused) => return ControlFlow::Break(Err(refused)),
        };
        let fails = exit == Exit::Failed && way(&run) == self.way;
        let word = match exit {
            Exit::Failed if fails => "still fails",
            Exit::Failed => "fails in another way",
            Exit::Passed | Exit::NothingChecked => "passed",
            ended => return ControlFlow::Break(Ok(ended)),
        };
        complain(&format!("play {}, {}: {word}\n", self.plays, inert(what)));
        if fails {
            let out = self.out.display().to_string();
            self.again = ShellCommands { args: self.args, planned: &prepared }.rerun(&out);
        }
        ControlFlow::Continue(fails)
    }

    /// Writes the smallest scenario with the permissions of its source: it may contain a key.
    fn keep(&self, smallest: &Value, name: &str) -> std::io::Result<()> {
        // The plays in between had their scenarios under this name.
        files::renew("--out", self.out).map_err(|refused| std::io::Error::other(refused.text))?;
        let mut file = files::create(self.out)?;
        if let Ok(scenario) = fs::metadata(name) {
            file.set_permissions(scenario.permissions())?;
        }
        if !is_json(self.out) {
            let ways: Vec<_> =
                self.way.iter().map(|(check, class)| told(check, *class, self.whole, smallest)).collect();
            writeln!(file, "# Fails as {} does: {}.", inert(name), ways.join(", "))?;
            writeln!(file, "# {}", inert(&self.again))?;
            writeln!(file, "# A receiver that still holds these files needs others: --seed random.")?;
        }
        file.write_all(text_of(smallest, self.out).as_bytes())
    }

    /// Plan of a candidate; none if it is not a scenario that can be planned.
    fn planned(&self, tree: &Value) -> Option<Planned> {
        let source = Source { name: self.out.display().to_string(), text: text_of(tree, self.out) };
        let mut loaded = load(source, &self.environment).ok()?;
        if !sources::read_bodies(&mut loaded).is_empty() {
            return None;
        }
        self.whole.instead(loaded, self.seed())
    }

    /// A seed of its own for each play of each shrinking: a receiver that remembers the plays before must not take this one
    /// for their duplicate.
    fn seed(&self) -> u64 {
        let conditions = &self.whole.conditions;
        let name = format!("shrink/{}/{}", conditions.now, self.plays);
        Draws::new(conditions.seed).named(&name).below(1_000_000_000)
    }
}
