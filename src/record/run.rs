//! A run, folded from its lines.

use std::collections::HashMap;
use std::io::{self, BufRead};

use super::{
    CallbackLine, CaseLine, Comparison, Exchange, Finding, Header, Line, Lines, Outcome, OverallLine,
    ScenarioLine, SetUpLine, SkippedLine, StateLine, earlier,
};
use crate::callback::Class;
use crate::escape::shell_word;
use crate::stretch::Stretches;

/// A whole run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunRecord {
    /// Settings of the whole run.
    pub header: Header,
    /// Played scenarios.
    pub scenarios: Vec<ScenarioRun>,
    /// Scenarios that were not played in a requested edition.
    pub skipped: Vec<SkippedLine>,
    /// Reason for not judging any case, if the set-up of an audit is wrong.
    pub set_up: Option<SetUpLine>,
    /// Findings of an audit about the receiver as a whole.
    pub overall: Vec<OverallLine>,
    /// The cases of an audit; empty of any other run, and of an audit that was killed.
    pub cases: Vec<CaseLine>,
    /// The end was reached or ordered.
    pub ended: bool,
    /// Reason for stopping early.
    pub stopped: Option<String>,
    /// The sending clock at the end, RFC 3339; empty = not known.
    pub ended_at: String,
    /// Number of lines missing in its record, as far as known; a lower bound.
    pub lost: u64,
    /// Changes since an earlier run, if one is compared with. It is not a line of the record.
    pub compared: Option<Comparison>,
    /// Number of lines read, whatever they say.
    pub noted: Noted,
    /// Index of each callback: a search per line would make a long record quadratic.
    index: HashMap<(usize, String), usize>,
}

/// Number of lines by kind: the reported callbacks must add up to them.
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
    /// The state itself, before and after.
    pub states: Vec<StateLine>,
    /// Everything is known about it.
    pub over: bool,
    /// The receiver holds its key: it accepted a callback that was signed with it, of this scenario or of another one; of a sender that
    /// signs nothing, it accepted one.
    pub key_is_held: bool,
}

impl ScenarioRun {
    /// True if a check of what the receiver stored failed. That it could not be asked is a mistake of the set-up, and not counted.
    pub fn state_is_wrong(&self) -> bool {
        self.state.iter().any(|finding| !finding.ok && !finding.is_setup())
    }

    /// Takes in a finding about the receiver's state. The command that plays the scenario again names the place of the list, once
    /// that is known.
    fn find(&mut self, finding: Finding) {
        if !finding.state_path.is_empty() && !self.line.rerun.is_empty() {
            let again = with_flag(&self.line.rerun, STATE_PATH, &finding.state_path);
            for callback in self.callbacks.iter_mut().filter(|own| own.line.curl == self.line.rerun) {
                callback.line.curl.clone_from(&again);
            }
            self.line.rerun = again;
        }
        self.state.push(finding);
    }
}

/// The flag that names the place of the list in the receiver's state.
const STATE_PATH: &str = "--state-path";

/// A command line with this value of a flag, in the place of another one.
fn with_flag(line: &str, flag: &str, value: &str) -> String {
    let given = format!("{flag} {}", shell_word(value));
    let Some((before, rest)) = line.split_once(&format!("{flag} ")) else { return format!("{line} {given}") };
    let (mut quoted, mut last) = (false, ' ');
    let end = rest.find(|c| {
        quoted ^= c == '\'' && last != '\\';
        last = c;
        c == ' ' && !quoted
    });
    format!("{before}{given}{}", rest.stretch(end.unwrap_or(rest.len())..))
}

/// A callback and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct CallbackRun {
    /// Its line.
    pub line: CallbackLine,
    /// Its attempts, in order.
    pub attempts: Vec<Attempt>,
    /// Outcome; none while it has not ended.
    pub outcome: Option<Outcome>,
    /// Results of the checks.
    pub findings: Vec<Finding>,
    /// Lines that the receiver's process printed meanwhile, if they are of interest.
    pub printed: Vec<String>,
}

/// One HTTP exchange of a callback.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Counted from 1.
    pub n: u32,
    /// Sending clock, RFC 3339.
    pub sent_at: String,
    /// Result of the exchange; none while it has not ended.
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

    /// It has ended; false = the attempts that are known do not lead there.
    fn end(&mut self, outcome: Outcome) -> bool {
        self.outcome = Some(outcome);
        let last = self.attempts.last();
        match outcome {
            Outcome::NotSent => last.is_none(),
            Outcome::InDoubt => last.is_some(),
            _ => last.is_some_and(|attempt| attempt.exchange.is_some()),
        }
    }

    /// It has ended, every check passed, and there was at least one.
    pub fn passed(&self) -> bool {
        self.outcome.is_some() && !self.findings.is_empty() && self.findings.iter().all(|finding| finding.ok)
    }
}

impl RunRecord {
    /// Takes in that a callback was accepted: the receiver holds the key of its scenario, and of all that are signed with it.
    fn accepted(&mut self, scenario: usize, id: &str, outcome: Outcome) {
        let legal = |callback: &CallbackRun| callback.line.class == Class::Legal;
        if outcome != Outcome::Accepted || !self.callback(scenario, id).is_some_and(legal) {
            return;
        }
        let known = self.scenarios.get(scenario).filter(|run| !run.key_is_held);
        let Some(line) = known.map(|run| run.line.clone()) else { return };
        let same = |run: &&mut ScenarioRun| {
            (&run.line.provider, &run.line.key, &run.line.target) == (&line.provider, &line.key, &line.target)
        };
        self.scenarios.iter_mut().filter(same).for_each(|run| run.key_is_held = true);
    }

    /// Takes in the next line. A line about something unknown says that one before it is missing.
    pub fn apply(&mut self, line: &Line) {
        match line.clone() {
            Line::Run(header) => self.header = header,
            Line::Scenario(line) => self.scenarios.push(ScenarioRun { line, ..ScenarioRun::default() }),
            Line::Skipped(line) => self.skipped.push(line),
            Line::Callback(line) => self.plan(line),
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
                self.update(scenario, &id, |callback| callback.end(outcome));
                self.accepted(scenario, &id, outcome);
            }
            Line::Finding { scenario, id: Some(id), finding } => self.update(scenario, &id, |c| {
                c.findings.push(finding);
                true
            }),
            Line::Finding { scenario, id: None, finding } => {
                let scenario = self.scenarios.get_mut(scenario);
                let known = scenario.map(|scenario| scenario.find(finding)).is_some();
                self.expect(known);
            }
            Line::State(line) => {
                let scenario = self.scenarios.get_mut(line.scenario);
                let known = scenario.map(|scenario| scenario.states.push(line)).is_some();
                self.expect(known);
            }
            Line::Printed { scenario, id, lines } => self.update(scenario, &id, |c| {
                c.printed = lines;
                true
            }),
            Line::Again { scenario } => self.begin_again(scenario),
            Line::Over { scenario } => {
                let scenario = self.scenarios.get_mut(scenario);
                let known = scenario.map(|scenario| scenario.over = true).is_some();
                self.expect(known);
            }
            Line::SetUp(set_up) => self.set_up = Some(set_up),
            Line::Overall(line) => self.overall.push(line),
            Line::Case(case) => self.cases.push(case),
            // A load run has a fold of its own: [`load::LoadRun`].
            Line::Load(_) | Line::Second(_) | Line::Receiver(_) => {}
            Line::End { stopped, at, .. } => (self.ended, self.stopped, self.ended_at) = (true, stopped, at),
        }
    }

    /// One callback more is planned.
    fn plan(&mut self, line: CallbackLine) {
        self.noted.planned += 1;
        self.expect(line.scenario < self.scenarios.len());
        if let Some(scenario) = self.scenarios.get_mut(line.scenario) {
            self.index.insert((line.scenario, line.id.clone()), scenario.callbacks.len());
            let (attempts, outcome, findings, printed) = (vec![], None, vec![], vec![]);
            scenario.callbacks.push(CallbackRun { line, attempts, outcome, findings, printed });
        }
    }

    /// A scenario is played again: its callbacks follow anew.
    fn begin_again(&mut self, scenario: usize) {
        let known = self.scenarios.get_mut(scenario);
        let before = known.map(|run| {
            let ScenarioRun { line, key_is_held, .. } = run;
            let fresh =
                ScenarioRun { line: line.clone(), key_is_held: *key_is_held, ..ScenarioRun::default() };
            std::mem::replace(run, fresh).callbacks
        });
        self.expect(before.is_some());
        for callback in before.into_iter().flatten() {
            self.noted.planned = self.noted.planned.saturating_sub(1);
            self.noted.ended = self.noted.ended.saturating_sub(u64::from(callback.outcome.is_some()));
            self.index.remove(&(scenario, callback.line.id));
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
    pub(super) fn read_out<R>(&mut self, lines: &Lines<R>) {
        self.lost = self.lost.max(lines.lost());
        // What ended by itself is over.
        let over =
            |scenario: &ScenarioRun| scenario.over && scenario.callbacks.iter().all(|c| c.outcome.is_some());
        let whole = !self.ended || self.stopped.is_some() || self.scenarios.iter().all(over);
        self.expect(whole);
        let audited = || earlier::audited(self);
        self.header.audit = self.header.audit.clone().or_else(audited);
    }

    /// Takes in the next line of a file.
    ///
    /// # Errors
    /// It cannot stand there.
    pub(super) fn take(&mut self, lines: &Lines<impl BufRead>, line: &Line) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_added_or_takes_the_place_of_its_earlier_value() {
        let with = |line| with_flag(line, STATE_PATH, "$.data.list");
        assert_eq!(with("hookreel run a"), "hookreel run a --state-path '$.data.list'");
        assert_eq!(with("x --state-path $.rows -v"), "x --state-path '$.data.list' -v");
        assert_eq!(with(r#"x --state-path '$["a '\''b"]' -v"#), "x --state-path '$.data.list' -v");
        assert_eq!(with("x --state-path '$.a b'"), "x --state-path '$.data.list'");
    }

    #[test]
    fn of_a_scenario_that_is_played_again_the_new_play_alone_counts() {
        let (scenario, id) = (0, "x-1".to_owned());
        let callback = || Line::Callback(CallbackLine { id: "x-1".into(), ..callback_line() });
        let lost = Finding { check: "receiver".into(), ..Finding::default() };
        let mut run = RunRecord::default();
        for line in [
            Line::Scenario(ScenarioLine::default()),
            callback(),
            Line::Intent { scenario, id: id.clone(), n: 1, sent_at: String::new(), signed_for: None },
            Line::Result { scenario, id: id.clone(), n: 1, exchange: Exchange::default() },
            Line::Finding { scenario, id: Some(id.clone()), finding: lost.clone() },
            Line::Finding { scenario, id: None, finding: lost },
            Line::Outcome { scenario, id: id.clone(), outcome: Outcome::GaveUp },
            Line::Over { scenario },
            Line::Again { scenario },
            callback(),
            Line::Intent { scenario, id: id.clone(), n: 1, sent_at: String::new(), signed_for: None },
            Line::Result { scenario, id: id.clone(), n: 1, exchange: Exchange::default() },
            Line::Outcome { scenario, id, outcome: Outcome::Accepted },
            Line::Over { scenario },
        ] {
            run.apply(&line);
        }
        assert_eq!((run.noted, run.lost), (Noted { planned: 1, ended: 1 }, 0));
        let [scenario] = run.scenarios.as_slice() else { panic!("{:?}", run.scenarios) };
        assert!(scenario.over && scenario.state.is_empty());
        let [callback] = scenario.callbacks.as_slice() else { panic!("{:?}", scenario.callbacks) };
        assert_eq!((callback.attempts.len(), callback.outcome()), (1, Outcome::Accepted));
        assert!(callback.findings.is_empty());
    }

    fn callback_line() -> CallbackLine {
        serde_json::from_value(serde_json::json!({
            "scenario": 0, "id": "", "event": "", "class": "legal", "subject": "", "faults": [], "due_ms": 0, "why": "",
            "place": "", "accept": "", "curl": "", "body": {},
        }))
        .unwrap()
    }
}
