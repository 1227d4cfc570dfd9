//! Takes the run down: into memory, into the record file, and onto the terminal, in that order of importance.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::watch;

use super::show;
use crate::callback::Class;
use crate::delivery::{Journal, Stop};
use crate::receiver::Receiver;
use crate::record::{CallbackRun, Line, Outcome, Run, TroubleKind};
use crate::report::text::{self, Columns};
use crate::verdict::state::Files;
use crate::verdict::{self, Expectation};

/// What the ledger must know of a play beside its record.
pub(super) struct Entry {
    /// What is expected of its answers.
    pub(super) expectation: Expectation,
    /// Identities of the files that its callbacks announce, by callback.
    pub(super) files: Vec<(String, String)>,
    /// Texts that only its hostile callbacks bring.
    pub(super) taints: Vec<String>,
    /// Its path at the embedded receiver.
    pub(super) path: String,
    /// `file:line:column` of the broadcast.
    pub(super) place: String,
}

/// The journal of a run.
pub(super) struct Ledger {
    state: Mutex<State>,
    entries: Vec<Entry>,
    receiver: Option<Receiver>,
    ending: Ending,
    stop: watch::Sender<Stop>,
}

/// What ends a run before all of it was played.
#[derive(Clone, Copy, Default)]
pub(super) struct Ending {
    /// The first failure.
    pub(super) fail_fast: bool,
    /// So many plain callbacks in a row without any answer: the receiver hangs, and would be waited for again and again.
    pub(super) unanswered: Option<u32>,
}

struct State {
    run: Run,
    record: Option<File>,
    screen: Screen,
    stopped: Option<String>,
    /// Plain callbacks without any answer, since the last one that had one.
    unanswered: u32,
}

impl Ledger {
    pub(super) fn new(
        entries: Vec<Entry>,
        receiver: Option<Receiver>,
        record: Option<File>,
        screen: Screen,
        (stop, ending): (watch::Sender<Stop>, Ending),
    ) -> Self {
        let state = State { run: Run::default(), record, screen, stopped: None, unanswered: 0 };
        Self { state: Mutex::new(state), entries, receiver, ending, stop }
    }

    /// Stops the run for a reason that reports will give.
    pub(super) fn stop(&self, how: Stop, why: &str) {
        self.lock().stopped.get_or_insert_with(|| why.to_owned());
        self.stop.send_replace(how);
    }

    /// Ends the record and gives the whole run.
    ///
    /// # Errors
    /// The last line could not be written.
    pub(super) fn close(&self) -> (Run, io::Result<()>) {
        let mut state = self.lock();
        let stopped = state.stopped.clone();
        let written = state.take(&Line::End { stopped });
        let State { run, screen, .. } = &mut *state;
        screen.finish(run);
        (run.clone(), written)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere must not lose what was taken down.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What follows from the end of a callback.
    fn judge(&self, state: &mut State, scenario: usize, id: &str) -> io::Result<()> {
        let (Some(entry), Some(callback)) = (self.entries.get(scenario), state.run.callback(scenario, id))
        else {
            return Ok(());
        };
        let last = callback.attempts.last().and_then(|attempt| attempt.exchange.as_ref());
        let hung = last.and_then(|e| e.error.as_ref()).is_some_and(|e| e.kind == TroubleKind::Timeout);
        let unanswered = match (callback.line.class, hung) {
            (Class::Legal, true) => state.unanswered + 1,
            (_, true) => state.unanswered,
            (_, false) => 0,
        };
        let (outcome, findings) = (callback.outcome(), verdict::judge(callback, &entry.expectation));
        let failed = findings.iter().any(|finding| !finding.ok);
        for finding in findings {
            state.take(&Line::Finding { scenario, id: Some(id.to_owned()), finding })?;
        }
        state.unanswered = unanswered;
        if outcome == Outcome::Unreachable && verdict::unreachable(&state.run) {
            self.call_off(state, "the target was never reached");
        } else if self.ending.unanswered.is_some_and(|most| unanswered >= most) {
            self.call_off(state, "the receiver does not answer any more");
        } else if failed && self.ending.fail_fast {
            self.call_off(state, "--fail-fast");
        }
        Ok(())
    }

    fn call_off(&self, state: &mut State, why: &str) {
        state.stopped.get_or_insert_with(|| why.to_owned());
        self.stop.send_if_modified(|stop| {
            let modify = *stop == Stop::No;
            *stop = (*stop).max(Stop::Drain);
            modify
        });
    }

    /// What the callbacks of a scenario were about; none while one was not sent or is in doubt.
    pub(super) fn files(&self, scenario: usize) -> Option<Files> {
        self.files_of(&self.lock(), scenario)
    }

    fn files_of(&self, state: &State, scenario: usize) -> Option<Files> {
        let callbacks = &state.run.scenarios.get(scenario)?.callbacks;
        let known = |callback: &CallbackRun| {
            callback.outcome.is_some_and(|outcome| !matches!(outcome, Outcome::NotSent | Outcome::InDoubt))
        };
        if !callbacks.iter().all(known) {
            return None;
        }
        let entry = self.entries.get(scenario)?;
        let yes: BTreeSet<&str> = callbacks
            .iter()
            .filter(|callback| {
                callback.outcome() == Outcome::Accepted && callback.line.class != Class::Hostile
            })
            .map(|callback| callback.line.id.as_str())
            .collect();
        let yes = &yes;
        let keys = |right: bool| {
            let chosen = entry.files.iter().filter(move |(id, _)| yes.contains(id.as_str()) == right);
            chosen.map(|(_, key)| key.clone()).collect::<BTreeSet<String>>()
        };
        let (accepted, refused) = (keys(true), keys(false));
        let others = self.entries.iter().enumerate().filter(|(index, _)| *index != scenario);
        let foreign = others.flat_map(|(_, entry)| entry.files.iter().map(|(_, key)| key.clone())).collect();
        Some(Files { accepted, refused, foreign, taints: entry.taints.iter().cloned().collect() })
    }

    /// Compares what was announced with what the embedded receiver stored.
    fn judge_state(&self, state: &mut State, scenario: usize) -> io::Result<()> {
        let Some(entry) = self.entries.get(scenario) else { return Ok(()) };
        let inbox = self.receiver.as_ref().and_then(|receiver| receiver.inbox(&entry.path));
        let (Some(inbox), Some(files)) = (inbox, self.files_of(state, scenario)) else { return Ok(()) };
        if entry.files.is_empty() {
            return Ok(());
        }
        let finding = verdict::stored_once(&files.accepted, &inbox.files(), &entry.place);
        state.take(&Line::Finding { scenario, id: None, finding })
    }
}

impl Journal for Ledger {
    fn note(&self, line: Line) -> io::Result<()> {
        let mut state = self.lock();
        state.take(&line)?;
        match &line {
            Line::Outcome { scenario, id, .. } => self.judge(&mut state, *scenario, id)?,
            Line::Over { scenario } => self.judge_state(&mut state, *scenario)?,
            _ => {}
        }
        let State { run, screen, .. } = &mut *state;
        screen.update(run, &line);
        Ok(())
    }
}

impl State {
    fn take(&mut self, line: &Line) -> io::Result<()> {
        if let Some(record) = &mut self.record {
            line.write(record)?;
        }
        self.run.apply(line);
        Ok(())
    }
}

/// What a person sees while the run goes on: the text report, as far as it is known, and a line of progress below it.
pub(super) struct Screen {
    /// Print the text report.
    text: bool,
    /// Print failures only.
    quiet: bool,
    /// Print details of every callback.
    verbose: bool,
    progress: Option<ProgressBar>,
    /// The first callback that is not on the screen yet. Callbacks are shown in their order, whatever order they end in.
    next: (usize, usize),
    begun: bool,
    /// The current scenario's title is on the screen.
    titled: bool,
    /// Of the current scenario.
    columns: Option<Columns>,
}

impl Screen {
    pub(super) fn new(text: bool, quiet: bool, verbose: bool) -> Self {
        Self {
            text,
            quiet,
            verbose,
            progress: None,
            next: (0, 0),
            begun: false,
            titled: false,
            columns: None,
        }
    }

    fn update(&mut self, run: &Run, line: &Line) {
        match line {
            Line::Intent { .. } if !self.begun => self.begin(run),
            Line::Outcome { .. } => {
                self.progress.iter().for_each(|bar| bar.inc(1));
                self.advance(run, false);
            }
            Line::Over { .. } => self.advance(run, false),
            _ => {}
        }
    }

    fn begin(&mut self, run: &Run) {
        self.begun = true;
        if self.text && !self.quiet {
            show(&text::head(run));
        }
        let bar =
            ProgressBar::with_draw_target(Some(run.callbacks().count() as u64), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} callbacks  {elapsed}") {
            bar.set_style(style);
            if !bar.is_hidden() {
                // At real time nothing may end for an hour.
                bar.enable_steady_tick(std::time::Duration::from_secs(1));
            }
        }
        self.progress = Some(bar);
    }

    fn advance(&mut self, run: &Run, ended: bool) {
        let mut out = String::new();
        while let Some(scenario) = run.scenarios.get(self.next.0) {
            let Some(callback) = scenario.callbacks.get(self.next.1) else {
                if !(scenario.over || ended) {
                    break;
                }
                let broken = scenario.state.iter().any(|finding| !finding.ok);
                if self.titled || broken || (!self.quiet && scenario.callbacks.is_empty()) {
                    if !self.titled {
                        out.push_str(&text::scenario_head(scenario));
                    }
                    out.push_str(&text::scenario_foot(scenario));
                }
                self.next = (self.next.0 + 1, 0);
                self.titled = false;
                self.columns = None;
                continue;
            };
            if callback.outcome.is_none() {
                break;
            }
            if !self.quiet || !callback.held() {
                if !self.titled {
                    out.push_str(&text::scenario_head(scenario));
                    self.titled = true;
                }
                let columns = self.columns.get_or_insert_with(|| Columns::of(scenario));
                out.push_str(&text::callback_lines(scenario, callback, columns, self.verbose));
            }
            self.next.1 += 1;
        }
        self.print(&out);
    }

    fn print(&self, out: &str) {
        if !self.text || out.is_empty() {
            return;
        }
        match &self.progress {
            Some(bar) => bar.suspend(|| show(out)),
            None => show(out),
        }
    }

    fn finish(&mut self, run: &Run) {
        // Not even the first line could be taken down; there was no run.
        if run.header.schema.is_empty() {
            return;
        }
        if let Some(bar) = self.progress.take() {
            bar.finish_and_clear();
        }
        if !self.begun {
            self.begun = true;
            self.print(&if self.quiet { String::new() } else { text::head(run) });
        }
        self.advance(run, true);
        self.print(&text::summary(run));
    }
}
