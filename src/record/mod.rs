//! The run as lines, from which every report is made, then or later.
//!
//! A [`Line`] is written as soon as it is true; an intent before its first byte leaves. [`Run`] is the fold of all lines,
//! the same whether it is built during the run or read back from a file. A run that was killed folds too: a callback that was
//! begun and has no outcome is in doubt, one without an intent was not sent.

mod exchange;
mod lines;
pub mod load;

use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufRead};

use serde::{Deserialize, Serialize};

use crate::callback::Class;

pub use exchange::{ANSWER_KEPT, Answer, Exchange, Meaning, Trouble, TroubleKind};
pub use lines::{LineWriter, Lines, Record};

/// The format of record files.
pub const SCHEMA: &str = "hookreel.record/1";

/// One line of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// The run begins.
    Run(Header),
    /// A scenario is going to be played by a provider.
    Scenario(ScenarioLine),
    /// A scenario is not played in an edition that was asked for.
    Skipped(SkippedLine),
    /// A callback is planned.
    Callback(CallbackLine),
    /// An attempt begins: written before its first byte leaves.
    Intent {
        /// Index of the scenario line.
        scenario: usize,
        /// The callback.
        id: String,
        /// Counted from 1.
        n: u32,
        /// Sending clock, RFC 3339.
        sent_at: String,
        /// The signed time, in Unix seconds; none when there is no signature. With the key and the callback's body it gives
        /// the bytes again.
        signed_for: Option<i64>,
    },
    /// An attempt ended.
    Result {
        /// Index of the scenario line.
        scenario: usize,
        /// The callback.
        id: String,
        /// Counted from 1.
        n: u32,
        /// How it ended.
        exchange: Exchange,
    },
    /// A callback ended.
    Outcome {
        /// Index of the scenario line.
        scenario: usize,
        /// The callback.
        id: String,
        /// How it ended.
        outcome: Outcome,
    },
    /// A check has spoken; about a callback, or about the scenario as a whole.
    Finding {
        /// Index of the scenario line.
        scenario: usize,
        /// The callback, if it is about one.
        id: Option<String>,
        /// What it said.
        finding: Finding,
    },
    /// What the receiver's process printed around a callback; without secrets.
    Printed {
        /// Index of the scenario line.
        scenario: usize,
        /// The callback.
        id: String,
        /// The last lines.
        lines: Vec<String>,
    },
    /// Everything is known about a scenario.
    Over {
        /// Index of the scenario line.
        scenario: usize,
    },
    /// The score of a case of an audit, played or not. Written at the end.
    Case(CaseLine),
    /// A load run begins, or this process's part of it.
    Load(load::LoadLine),
    /// A second of a load run is over.
    Second(load::SecondLine),
    /// The run ended by itself or was stopped in order; without this line it was killed.
    End {
        /// The signal or the reason that stopped it early.
        stopped: Option<String>,
    },
}

/// What holds for the whole run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`SCHEMA`].
    pub schema: String,
    /// Of this program.
    pub version: String,
    /// Of every draw.
    pub seed: u64,
    /// The sending clock when the run began, RFC 3339.
    pub now: String,
    /// How fast simulated time passed.
    pub speed: String,
    /// Where to, without user, password or query.
    pub target: String,
    /// The target was the embedded receiver.
    pub embedded: bool,
    /// Certificates were not verified.
    pub insecure: bool,
    /// Where the key came from, for a person; empty = unknown, or nothing was signed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
}

/// A scenario played by a provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScenarioLine {
    /// What a person calls it.
    pub name: String,
    /// Its file, or `@name` of a shipped one.
    pub path: String,
    /// Who sends.
    pub provider: String,
    /// In which edition.
    pub revision: String,
    /// The command that runs it again.
    pub rerun: String,
}

/// A scenario that is not played in an edition, and the reason.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SkippedLine {
    /// What a person calls it.
    pub name: String,
    /// Its file, or `@name` of a shipped one.
    pub path: String,
    /// Who would have sent.
    pub provider: String,
    /// In which edition.
    pub revision: String,
    /// Why it is not played.
    pub reason: String,
}

/// A planned callback.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallbackLine {
    /// Index of the scenario line.
    pub scenario: usize,
    /// Unique within the scenario's file.
    pub id: String,
    /// In the provider's words.
    pub event: String,
    /// What a right receiver does with it.
    pub class: Class,
    /// The file it is about, for a person.
    pub subject: String,
    /// Hardships put on it.
    pub faults: Vec<String>,
    /// Since the broadcast began, in milliseconds.
    pub due_ms: u64,
    /// Why it is sent.
    pub why: String,
    /// `file:line:column` of the broadcast step behind it.
    pub place: String,
    /// What counts as yes, for a person: `status 200`.
    pub accept: String,
    /// The command that sends it again by hand.
    pub curl: String,
    /// The body, with words in place of signature and time.
    pub body: serde_json::Value,
}

/// The score of a case of an audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseLine {
    /// Its name in the catalogue.
    pub id: String,
    /// What a person calls it.
    pub title: String,
    /// In words: `must`.
    pub weight: String,
    /// What came of it.
    pub score: CaseScore,
    /// The verdict depends on it: its weight counts, and it is not known to fail.
    pub counts: bool,
    /// The baseline says that it fails.
    pub known: bool,
    /// What was seen, or why it was not judged; empty where it passed.
    pub reason: String,
}

/// What came of a case of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseScore {
    /// The receiver did what a right one does.
    Passed,
    /// It did not.
    Failed,
    /// Skipped: no receiver can tell what was changed.
    NotCovered,
    /// Skipped: it does not apply to this sender or to this audit.
    NotApplicable,
    /// Skipped: it was to be played, and did not come to its end.
    NotReached,
}

/// How a callback ended; exactly one each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The receiver said yes.
    Accepted,
    /// The receiver said no, and there was no second attempt to make.
    Rejected,
    /// No yes came in all the attempts there were.
    GaveUp,
    /// The receiver was never reached.
    Unreachable,
    /// No attempt was begun.
    NotSent,
    /// An attempt was begun, and what became of the callback cannot be known.
    InDoubt,
}

impl Outcome {
    /// Every outcome, in the order of reports.
    pub const ALL: [Self; 6] =
        [Self::Accepted, Self::Rejected, Self::GaveUp, Self::Unreachable, Self::NotSent, Self::InDoubt];
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::GaveUp => "gave up",
            Self::Unreachable => "unreachable",
            Self::NotSent => "not sent",
            Self::InDoubt => "in doubt",
        })
    }
}

/// The name of findings about the receiver's process.
pub const RECEIVER: &str = "receiver";

/// The check of findings that say nothing about the receiver: the set-up is wrong.
pub const SETUP: &str = "set-up";

/// A check's result with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The check's name.
    pub check: String,
    /// Whether it passed.
    pub ok: bool,
    /// What was asked.
    pub expected: String,
    /// What was seen.
    pub actual: String,
    /// `file:line:column`.
    pub place: String,
}

impl Finding {
    /// It failed because the set-up is wrong, and says nothing about the receiver.
    pub fn is_setup(&self) -> bool {
        !self.ok && self.check == SETUP
    }
}

/// A whole run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// What holds for all of it.
    pub header: Header,
    /// What was played.
    pub scenarios: Vec<ScenarioRun>,
    /// What was not played in an edition that was asked for.
    pub skipped: Vec<SkippedLine>,
    /// The cases of an audit; empty of any other run, and of an audit that was killed.
    pub cases: Vec<CaseLine>,
    /// The end was reached or ordered.
    pub ended: bool,
    /// Why it was stopped early.
    pub stopped: Option<String>,
    /// Lines that its record must have and has not, as far as that can be seen; at least so many.
    pub lost: u64,
    /// What was noted, line by line.
    pub noted: Noted,
    /// Where each callback stands: a search per line would make a long record quadratic.
    index: HashMap<(usize, String), usize>,
}

/// Lines that were noted, whatever they say: what is told of callbacks one by one must add up to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Callbacks that were planned.
    pub planned: u64,
    /// Outcomes.
    pub ended: u64,
}

/// A played scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScenarioRun {
    /// Its line.
    pub line: ScenarioLine,
    /// Its callbacks, in order.
    pub callbacks: Vec<CallbackRun>,
    /// Findings about the receiver's state.
    pub state: Vec<Finding>,
    /// Everything is known about it.
    pub over: bool,
}

/// A callback and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct CallbackRun {
    /// Its line.
    pub line: CallbackLine,
    /// Its attempts, in order.
    pub attempts: Vec<Attempt>,
    /// How it ended; none while it has not.
    pub outcome: Option<Outcome>,
    /// What the checks said.
    pub findings: Vec<Finding>,
    /// What the receiver's process printed meanwhile, where it is of interest.
    pub printed: Vec<String>,
}

/// One HTTP exchange of a callback.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Counted from 1.
    pub n: u32,
    /// Sending clock, RFC 3339.
    pub sent_at: String,
    /// How it ended; none while it has not.
    pub exchange: Option<Exchange>,
}

impl CallbackRun {
    /// The outcome. Of a run that was cut off: what has none was not sent, or is in doubt if an attempt was begun, also one that
    /// has its result: another might have followed.
    pub fn outcome(&self) -> Outcome {
        self.outcome.unwrap_or(match self.attempts.is_empty() {
            true => Outcome::NotSent,
            false => Outcome::InDoubt,
        })
    }

    /// It has ended, every check passed, and there was at least one.
    pub fn passed(&self) -> bool {
        self.outcome.is_some() && !self.findings.is_empty() && self.findings.iter().all(|finding| finding.ok)
    }
}

impl Run {
    /// Takes in the next line. A line about something unknown says that one before it is missing.
    pub fn apply(&mut self, line: &Line) {
        match line.clone() {
            Line::Run(header) => self.header = header,
            Line::Scenario(line) => self.scenarios.push(ScenarioRun { line, ..ScenarioRun::default() }),
            Line::Skipped(line) => self.skipped.push(line),
            Line::Callback(line) => {
                self.noted.planned += 1;
                self.expect(line.scenario < self.scenarios.len());
                if let Some(scenario) = self.scenarios.get_mut(line.scenario) {
                    self.index.insert((line.scenario, line.id.clone()), scenario.callbacks.len());
                    scenario.callbacks.push(CallbackRun {
                        line,
                        attempts: vec![],
                        outcome: None,
                        findings: vec![],
                        printed: vec![],
                    });
                }
            }
            Line::Intent { scenario, id, n, sent_at, .. } => {
                self.update(scenario, &id, |c| {
                    let next = c.attempts.last().map_or(1, |last| last.n.saturating_add(1)) == n;
                    c.attempts.push(Attempt { n, sent_at, exchange: None });
                    next
                });
            }
            Line::Result { scenario, id, n, exchange } => self.update(scenario, &id, |callback| {
                let attempt = callback.attempts.iter_mut().find(|attempt| attempt.n == n);
                attempt.map(|attempt| attempt.exchange = Some(exchange)).is_some()
            }),
            Line::Outcome { scenario, id, outcome } => {
                self.noted.ended += 1;
                self.update(scenario, &id, |c| {
                    c.outcome = Some(outcome);
                    let last = c.attempts.last();
                    match outcome {
                        Outcome::NotSent => last.is_none(),
                        Outcome::InDoubt => last.is_some(),
                        _ => last.is_some_and(|attempt| attempt.exchange.is_some()),
                    }
                });
            }
            Line::Finding { scenario, id: Some(id), finding } => self.update(scenario, &id, |c| {
                c.findings.push(finding);
                true
            }),
            Line::Finding { scenario, id: None, finding } => {
                let scenario = self.scenarios.get_mut(scenario);
                let known = scenario.map(|scenario| scenario.state.push(finding)).is_some();
                self.expect(known);
            }
            Line::Printed { scenario, id, lines } => self.update(scenario, &id, |c| {
                c.printed = lines;
                true
            }),
            Line::Over { scenario } => {
                let scenario = self.scenarios.get_mut(scenario);
                let known = scenario.map(|scenario| scenario.over = true).is_some();
                self.expect(known);
            }
            Line::Case(case) => self.cases.push(case),
            // A load run has a fold of its own: [`load::LoadRun`].
            Line::Load(_) | Line::Second(_) => {}
            Line::End { stopped } => (self.ended, self.stopped) = (true, stopped),
        }
    }

    /// Changes a callback; false = what the change says cannot follow on what is known.
    fn update(&mut self, scenario: usize, id: &str, change: impl FnOnce(&mut CallbackRun) -> bool) {
        let found = self.index.get(&(scenario, id.to_owned())).copied();
        let callbacks = self.scenarios.get_mut(scenario).map(|scenario| &mut scenario.callbacks);
        let follows = found.and_then(|at| callbacks?.get_mut(at)).is_some_and(change);
        self.expect(follows);
    }

    /// A line that does not follow on those before it says that one of them is missing.
    fn expect(&mut self, follows: bool) {
        if !follows {
            self.lost = self.lost.max(1);
        }
    }

    /// Looks, when a file was read, whether lines are missing in it.
    fn read_out<R>(&mut self, lines: &Lines<R>) {
        self.lost = self.lost.max(lines.lost());
        // What ended by itself is over.
        let over =
            |scenario: &ScenarioRun| scenario.over && scenario.callbacks.iter().all(|c| c.outcome.is_some());
        let whole = !self.ended || self.stopped.is_some() || self.scenarios.iter().all(over);
        self.expect(whole);
    }

    /// Takes in the next line of a file.
    ///
    /// # Errors
    /// It cannot stand there.
    fn take(&mut self, lines: &Lines<impl BufRead>, line: &Line) -> io::Result<()> {
        if self.ended {
            return Err(lines.damaged("expected nothing after the line `end`"));
        }
        if matches!(line, Line::Run(_)) && !self.header.schema.is_empty() {
            return Err(lines.damaged("expected one line `run`; this is a second one"));
        }
        self.apply(line);
        Ok(())
    }

    /// The callback, if there is one.
    pub fn callback(&self, scenario: usize, id: &str) -> Option<&CallbackRun> {
        let at = *self.index.get(&(scenario, id.to_owned()))?;
        self.scenarios.get(scenario)?.callbacks.get(at)
    }

    /// The callbacks of the scenarios of this path.
    pub fn callbacks_of(&self, path: &str) -> impl Iterator<Item = &CallbackRun> {
        self.scenarios.iter().filter(move |scenario| scenario.line.path == path).flat_map(|s| &s.callbacks)
    }

    /// Every callback of every scenario.
    pub fn callbacks(&self) -> impl Iterator<Item = &CallbackRun> {
        self.scenarios.iter().flat_map(|scenario| &scenario.callbacks)
    }

    /// Reads a record file. A last line that was torn off by a kill is left out.
    ///
    /// # Errors
    /// The file cannot be read, or a line before the last is none of ours.
    pub fn read(input: impl BufRead) -> io::Result<Self> {
        let (mut run, mut lines) = (Self::default(), Lines::new(input));
        while let Some(line) = lines.next().transpose()? {
            run.take(&lines, &line)?;
        }
        run.read_out(&lines);
        Ok(run)
    }
}
