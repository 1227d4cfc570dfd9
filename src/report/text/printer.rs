//! Prints the callbacks of a run one after the other, and does not say the same twice: failures alike are explained once.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::callback::{Columns, callback_line, explanation, origin, row};
use super::{BAD, FAINT, GOOD, amount, scenario_foot, scenario_head, summary};
use crate::callback::Class;
use crate::record::{CallbackRun, Outcome, RunRecord, ScenarioRun, without_attempts, without_ids};
use crate::report::results::distinct_answer;
use crate::report::{inert, notes};
use crate::verdict::{self, Verdict};

/// Number of lines of callbacks above which each scenario gets only one line.
const MOST_LINES: usize = 60;
/// Number of scenarios above which passed ones are only counted.
const MOST_SCENARIOS: usize = 50;
/// Number of failures that are explained.
const MOST_EXPLAINED: usize = 4;
/// Number of callbacks with the same failure that have a line each.
const MOST_ALIKE: usize = 3;
/// Number of lines of failures, without explanations.
const MOST_FAILURES: usize = 20;
/// Number of ids named at the end.
const MOST_NAMED: usize = 10;

/// Amount of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Output of a page or two.
    Short,
    /// Every callback; failures alike are explained once.
    Whole,
    /// Every callback, each with what came of it.
    Verbose,
    /// Failures only.
    Failures,
}

/// Prints the callbacks of a run in their order.
pub struct Printer {
    detail: Detail,
    /// Scenarios that passed have one line.
    compact: bool,
    /// Scenarios that passed have no line.
    counted: bool,
    /// Ways to fail: expected, got and answer; path and id of the first callback that failed so, and how many did.
    ways: BTreeMap<FailureKey, ((String, String), usize)>,
    /// Ways in which the stored state is wrong, and the first scenario after which it was so.
    states: BTreeMap<String, String>,
    failures: usize,
    /// Failures that have a line.
    shown: usize,
    titled: bool,
    /// The last line belongs to a row of scenarios with one line each.
    in_row: bool,
    /// The run was stopped before all of it was sent.
    stopped: bool,
}

type FailureKey = (String, String, String);

impl Printer {
    /// Creates the printer of a run with a complete plan.
    pub fn new(run: &RunRecord, detail: Detail) -> Self {
        let scenarios = run.scenarios.len();
        let lines = run.callbacks().count() + 2 * scenarios;
        Self {
            detail,
            compact: detail == Detail::Failures || (detail == Detail::Short && lines > MOST_LINES),
            counted: detail == Detail::Failures || (detail == Detail::Short && scenarios > MOST_SCENARIOS),
            ways: BTreeMap::new(),
            states: BTreeMap::new(),
            failures: 0,
            shown: 0,
            titled: false,
            in_row: false,
            stopped: run.stopped.is_some(),
        }
    }

    /// Takes in that a run has ended, and whether it was stopped before all of it was sent.
    pub fn ended(&mut self, run: &RunRecord) {
        self.stopped = run.stopped.is_some();
    }

    /// True for a callback that was not sent, in a run that says so or that was stopped; of a killed run it is not known.
    fn is_unsent(&self, callback: &CallbackRun) -> bool {
        callback.outcome() == Outcome::NotSent && (callback.outcome.is_some() || self.stopped)
    }

    /// A callback that has ended, or that never will.
    pub fn callback(&mut self, scenario: &ScenarioRun, callback: &CallbackRun, width: &Columns) -> String {
        let failed = has_failed(callback);
        // What a run that was stopped did not come to is counted at the end.
        let unsent = self.is_unsent(callback);
        let doubt = verdict::doubt(callback);
        if (self.compact || (unsent && self.detail == Detail::Short)) && !failed && doubt.is_none() {
            return String::new();
        }
        let doubt = doubt.map_or_else(String::new, |why| row("in doubt", why));
        let line = callback_line(callback, width);
        let explained = doubt.clone() + &explanation(scenario, callback);
        let text = match (failed, self.detail) {
            // Of what was not sent there is nothing more to say.
            (false, Detail::Verbose) if unsent => line,
            (false, Detail::Verbose) => line + &explained,
            (false, _) => line + &doubt,
            (true, _) => self.failure(scenario, callback, line, explained),
        };
        self.shown += usize::from(failed && !text.is_empty());
        self.under_title(scenario, text)
    }

    fn failure(
        &mut self,
        scenario: &ScenarioRun,
        callback: &CallbackRun,
        line: String,
        explained: String,
    ) -> String {
        self.failures += 1;
        let short = !matches!(self.detail, Detail::Whole | Detail::Verbose);
        let explain = !short || self.ways.len() < MOST_EXPLAINED;
        let path = &scenario.line.path;
        let known = self.ways.get_mut(&way(callback)).map(|(first, count)| {
            *count += 1;
            // An id means one callback in its own scenario alone.
            let elsewhere = if first.0 == *path { String::new() } else { format!(" of {}", first.0) };
            (format!("{}{elsewhere}", first.1), *count)
        });
        let Some((first, count)) = known else {
            self.ways.insert(way(callback), ((path.clone(), callback.line.id.clone()), 1));
            return match (explain, short && self.failures > MOST_FAILURES) {
                (true, _) => line + &explained,
                (false, true) => String::new(),
                (false, false) => line,
            };
        };
        if short && (count > MOST_ALIKE || self.failures > MOST_FAILURES) {
            return String::new();
        }
        let like = format!("{}  {FAINT}like {}{FAINT:#}\n", line.trim_end_matches('\n'), inert(&first));
        // What was seen is the same; why it was sent is not.
        if self.detail == Detail::Verbose { like + &origin(scenario, callback) } else { like }
    }

    fn under_title(&mut self, scenario: &ScenarioRun, text: String) -> String {
        if text.is_empty() || self.titled {
            return text;
        }
        (self.titled, self.in_row) = (true, false);
        scenario_head(scenario) + &text
    }

    /// Notes on a scenario as a whole, after its callbacks.
    pub fn scenario_end(&mut self, scenario: &ScenarioRun) -> String {
        let broken = scenario.state.iter().any(|finding| !finding.ok);
        let callbacks = &scenario.callbacks;
        let unsent = !callbacks.is_empty() && callbacks.iter().all(|callback| self.is_unsent(callback));
        if unsent && self.detail == Detail::Short && !broken {
            return String::new();
        }
        let text = match (self.compact && !self.titled && !broken, self.counted) {
            (true, true) => String::new(),
            (true, false) => {
                let gap = if self.in_row { "" } else { "\n" };
                self.in_row = true;
                format!("{gap}{}", one_line(scenario))
            }
            (false, _) => {
                let foot = self.foot(scenario);
                if self.detail == Detail::Failures && !broken {
                    String::new()
                } else {
                    self.under_title(scenario, foot)
                }
            }
        };
        self.titled = false;
        text
    }

    /// What was found of the scenario as a whole; a state that is wrong like an earlier one is told once.
    fn foot(&mut self, scenario: &ScenarioRun) -> String {
        let path = &scenario.line.path;
        scenario_foot(scenario, |finding| {
            let way = without_ids(&format!("{}\n{}", finding.expected, finding.told()));
            let first = self.states.entry(way).or_insert_with(|| path.clone());
            (first != path && self.detail != Detail::Verbose).then(|| first.clone())
        })
    }

    /// Notes on the whole run, and the last line.
    pub fn end(&self, run: &RunRecord) -> String {
        let mut out = String::new();
        let hidden = self.failures.saturating_sub(self.shown);
        if hidden > 0 && self.detail != Detail::Verbose {
            let _ = writeln!(out, "\n{hidden} more failed; -v shows each");
        }
        out.push_str(&not_tested(run));
        if self.detail == Detail::Failures && run.header.embedded {
            out.push_str(
                "\nnote: the embedded receiver was tested, since no target was named (-t, HOOKREEL_TARGET)\n",
            );
        }
        out.push_str(&summary(run));
        if self.failures > 1
            || (run.scenarios.len() > 1 && run.scenarios.iter().any(ScenarioRun::state_is_wrong))
        {
            out.push_str(&named(run));
        }
        // Last of all: they are looked for where the eye, or `tail`, rests.
        out.extend(notes::of_run(run).iter().map(|note| format!("note: {note}\n")));
        out
    }
}

/// Expected, got and answer of a callback that failed; times and ports of ours differ from one to the next.
fn way(callback: &CallbackRun) -> FailureKey {
    let failed = || callback.findings.iter().filter(|finding| !finding.ok);
    let expected: Vec<&str> = failed().map(|finding| finding.expected.as_str()).collect();
    let actual: Vec<String> = failed().map(|finding| without_attempts(&finding.actual)).collect();
    (expected.join("\n"), actual.join("\n"), distinct_answer(callback))
}

fn one_line(scenario: &ScenarioRun) -> String {
    let (line, count) = (&scenario.line, amount(scenario.callbacks.len(), "callback"));
    let (style, mark) = match verdict::on_scenario(scenario) {
        Verdict::Passed => (GOOD, '✓'),
        Verdict::Failed => (BAD, '✗'),
        Verdict::Incomplete | Verdict::NothingChecked => (super::OPEN, '?'),
    };
    let failed = scenario.callbacks.iter().filter(|callback| has_failed(callback)).count();
    let failed = if failed == 0 { String::new() } else { format!(", {failed} failed") };
    let by = format!("[{}]", line.by());
    format!("{style}{mark}{style:#} {} {FAINT}{}{FAINT:#}: {count}{failed}\n", inert(&line.path), inert(&by))
}

/// Subjects that a passed run does not test.
fn not_tested(run: &RunRecord) -> String {
    let Some(scenario) = run.scenarios.first() else { return String::new() };
    let line = &scenario.line;
    if line.audit.is_empty() || verdict::on_run(run) != Verdict::Passed {
        return String::new();
    }
    let has = |fault: &str| run.callbacks().any(|c| c.line.faults.iter().any(|name| name.starts_with(fault)));
    let missing = [
        ("duplicates", has("duplicate")),
        ("forged and expired signatures", run.callbacks().any(|c| c.line.class == Class::Hostile)),
        ("simultaneous delivery", has("burst") || has("duplicate")),
    ];
    let missing: Vec<&str> = missing.iter().filter(|(_, tested)| !tested).map(|(name, _)| *name).collect();
    let mut out = String::new();
    if !missing.is_empty() {
        let _ = write!(out, "\nnot tested: {}: {}", missing.join(", "), inert(&line.audit));
    }
    if run.scenarios.iter().all(|scenario| scenario.state.is_empty()) {
        out.push_str("\nnot checked: what the receiver stored: --state URL asks it");
    } else {
        let _ = write!(out, "\n{}", notes::IDS_ALONE);
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

fn has_failed(callback: &CallbackRun) -> bool {
    callback.findings.iter().any(|finding| !finding.ok)
}

/// The path of a scenario, with its edition where it was played in several.
fn title(all: &[ScenarioRun], scenario: &ScenarioRun) -> String {
    let line = &scenario.line;
    let mut same = all.iter().map(|other| &other.line).filter(|other| other.path == line.path);
    match same.any(|other| other.by() != line.by()) {
        true => format!("{} [{}]", line.path, line.by()),
        false => line.path.clone(),
    }
}

/// Names of the failures: the callbacks of one scenario, or the scenarios of several.
fn named(run: &RunRecord) -> String {
    let failed: Vec<String> = match run.scenarios.as_slice() {
        [only] => only.callbacks.iter().filter(|c| has_failed(c)).map(|c| c.line.id.clone()).collect(),
        several => {
            let failed = several.iter().filter(|scenario| verdict::on_scenario(scenario) == Verdict::Failed);
            let mut paths: Vec<String> = failed.map(|scenario| title(several, scenario)).collect();
            paths.dedup();
            paths
        }
    };
    let more = match failed.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let first: Vec<String> = failed.iter().take(MOST_NAMED).map(|name| inert(name)).collect();
    format!("  failed: {}{more}\n", first.join(", "))
}
