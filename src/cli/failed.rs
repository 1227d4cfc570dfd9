//! `run --failed`: only the scenarios that did not pass in an earlier run, by its record.

use std::collections::BTreeSet;
use std::io::BufReader;
use std::path::Path;

use super::args::RunArgs;
use super::exit::{Exit, Refused};
use super::files;

use super::shell_commands::quote;
use super::values::Seed;
use crate::escape::unquoted;
use crate::play::Planned;
use crate::record::{CaseScore, Record, RunRecord, ScenarioLine};
use crate::verdict::{self, Verdict};

/// Scenarios of a record that did not pass.
pub(super) struct Failed {
    lines: Vec<ScenarioLine>,
    seed: u64,
}

impl Failed {
    /// Reads the record of a run.
    ///
    /// # Errors
    /// It is not one, or everything in it passed.
    pub(super) fn read(path: &Path) -> Result<Self, Refused> {
        let name = path.display();
        let file = files::read(path)
            .map_err(|error| Refused::usage(format!("--failed: cannot read `{name}`: {error}")))?;
        let record = Record::open(BufReader::new(file))
            .map_err(|error| Refused::usage(format!("--failed: `{name}`, {error}")))?;
        let Record::Run(run) = record else {
            return Err(Refused::usage(format!("--failed: `{name}` is the record of a load; load it again")));
        };
        if !run.cases.is_empty() {
            return Err(Refused::usage(of_audit(&run, path)));
        }
        let failed =
            run.scenarios.iter().filter(|scenario| verdict::on_scenario(scenario) != Verdict::Passed);
        let lines: Vec<ScenarioLine> = failed.map(|scenario| scenario.line.clone()).collect();
        if lines.is_empty() {
            let text = format!("--failed: `{name}`: nothing in it failed; nothing was sent");
            return Err(Refused { exit: Exit::NothingChecked, ..Refused::usage(text) });
        }
        match lines.iter().find(|line| line.path == "-") {
            Some(_) => Err(Refused::usage(format!(
                "--failed: `{name}` is of a scenario from standard input; keep it in a file"
            ))),
            None => Ok(Self { lines, seed: run.header.seed }),
        }
    }

    /// The files of its scenarios, where none are named.
    pub(super) fn paths(&self) -> Vec<String> {
        let paths: BTreeSet<&str> = self.lines.iter().map(|line| line.path.as_str()).collect();
        paths.into_iter().map(str::to_owned).collect()
    }

    /// The seed of that run: the same ids.
    pub(super) fn seed(&self) -> Seed {
        Seed::Fixed(self.seed)
    }

    /// Leaves what failed.
    ///
    /// # Errors
    /// The failed callbacks are not in the plan any more.
    pub(super) fn leave(&self, planned: &mut Planned) -> Result<(), Refused> {
        let mut plays = std::mem::take(&mut planned.plays);
        plays.retain(|play| {
            let site = play.site.as_ref().map_or("", |site| site.name.as_str());
            let is = |line: &ScenarioLine| {
                (line.path.as_str(), line.name.as_str()) == (planned.path(play), play.name.as_str())
                    && (line.provider.as_str(), line.revision.as_str())
                        == (play.provider.name, play.revision.name)
                    && line.target == site
            };
            self.lines.iter().any(is)
        });
        planned.plays = plays;
        if planned.plays.is_empty() {
            return Err(Refused::usage(
                "--failed: none of the scenarios that failed is among these; nothing was sent",
            ));
        }
        Ok(())
    }
}

/// An audit is played again by its own command.
fn of_audit(run: &RunRecord, path: &Path) -> String {
    let failed =
        run.cases.iter().filter(|case| matches!(case.score, CaseScore::Failed | CaseScore::NotReached));
    let ids: Vec<&str> = failed.map(|case| case.id.as_str()).collect();
    let of_record = run.header.audit.as_ref().map(|sender| sender.command.clone());
    let command =
        of_record.filter(|command| !command.is_empty()).unwrap_or_else(|| run.header.command.clone());
    let strict = match unquoted(&run.header.command).contains(" --strict")
        && !unquoted(&command).contains(" --strict")
    {
        true => " --strict",
        false => "",
    };
    let path = quote(&path.display().to_string());
    match ids.is_empty() {
        true => format!("--failed: {path} is the record of an audit, and no case failed in it"),
        false => format!(
            "--failed: {path} is the record of an audit; play its cases again with: {command} --case {}{strict}",
            ids.join(",")
        ),
    }
}

/// The arguments of a run with those of the record in the place of what was not given.
pub(super) fn filled(args: &RunArgs, failed: &Failed) -> (Vec<String>, super::args::TimeArgs) {
    let paths = if args.paths.is_empty() { failed.paths() } else { args.paths.clone() };
    let mut time = args.time.clone();
    time.seed = time.seed.or_else(|| Some(failed.seed()));
    (paths, time)
}
