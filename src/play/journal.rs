//! The journal of a run: events go into the record file, into memory, and to the watchers, in this order.

mod ends;
mod files;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::destination::Destination;
use super::ending::{self, Ending, alike};
use super::lately::Lately;
use super::planned::Planned;
use super::presence::{Bystanders, Presence};
use crate::callback::Class;
use crate::delivery::clock::Clock;
use crate::delivery::watched::Printed;
use crate::delivery::{Journal, Stop};
use crate::plan::PlannedScenario;
use crate::receiver::Receiver;
use crate::record::{Line, LineWriter, Outcome, RunRecord};
use crate::verdict;
use ends::ProcessEnds;
pub(super) use ends::{Interruption, ProcessEnd};
use files::AlsoNamed;

/// Watches a run while it goes on.
pub trait Observer: Send {
    /// A line was taken into the run.
    fn update(&mut self, run: &RunRecord, line: &Line);
    /// A second has passed.
    fn idle(&mut self, _run: &RunRecord) {}
    /// The run has ended.
    fn finish(&mut self, run: &RunRecord);
}

/// Output of the lines of a run.
pub(super) type RecordFile = Box<dyn Write + Send>;

/// Interval of the looks at exchanges that were under way when the receiver's process ended, and the longest wait for them.
const LOOK: Duration = Duration::from_millis(2);
const PATIENCE: Duration = Duration::from_millis(100);

/// Data of a play that its record does not contain.
struct Entry {
    /// Identities of the files that its callbacks announce, by callback.
    files: Vec<(String, String)>,
    /// The field of its callbacks that holds them; empty = not known.
    field: String,
    /// Their other identities, and the field of these.
    also: AlsoNamed,
    /// Texts that only its hostile callbacks bring.
    taints: Vec<String>,
    /// Its path at the embedded receiver; none = it is sent elsewhere.
    path: Option<String>,
    /// `file:line:column` of the broadcast.
    place: String,
    /// Files of its earlier plays: those who store late may still bring them.
    former: Vec<String>,
    /// Event of its handshake; none where its sender asks for none.
    handshake: Option<&'static str>,
    /// The receiver was started again after it: what it kept in memory is gone by right, and told where that was tried.
    restarted_since: bool,
}

impl Entry {
    fn of(planned: &Planned, index: usize, play: &PlannedScenario, destination: &Destination) -> Self {
        let files =
            play.callbacks.iter().flat_map(|c| c.file_keys.iter().map(|key| (c.id.clone(), key.clone())));
        Self {
            files: files.collect(),
            field: files::file_field(play),
            also: AlsoNamed::of(play),
            taints: play.callbacks.iter().filter_map(|callback| callback.taint.clone()).collect(),
            path: destination.own(index, play),
            place: planned.place(play, "broadcast"),
            former: Vec::new(),
            handshake: play.revision.handshake().map(|handshake| handshake.event),
            restarted_since: false,
        }
    }
}

/// The journal of a run.
pub struct RunJournal {
    state: Mutex<StateQueries>,
    receiver: Option<Receiver>,
    clock: Clock,
    ending: Ending,
    stop: watch::Sender<Stop>,
    /// Output of the receiver's process, if it was started for the run.
    printed: Option<Arc<dyn Printed>>,
}

struct StateQueries {
    run: RunRecord,
    entries: Vec<Entry>,
    record: Option<LineWriter<RecordFile>>,
    observer: Option<Box<dyn Observer>>,
    stopped: Option<String>,
    /// Questions for the state that were answered.
    asked: BTreeSet<String>,
    /// Presence of the receiver.
    presence: Presence,
    /// Common failure of the first legal callbacks, and their number; none = one passed, or failed in another way.
    alike: Option<(String, u32)>,
    /// Events of the receiver's process.
    lately: Lately,
    /// Its ends without a request of ours.
    ends: ProcessEnds,
}

impl RunJournal {
    /// Creates the journal of a planned run.
    pub fn new(
        planned: &Planned,
        destination: &Destination,
        stop: watch::Sender<Stop>,
        ending: Ending,
    ) -> Self {
        let plays = planned.plays.iter().enumerate();
        let entries = plays.map(|(index, play)| Entry::of(planned, index, play, destination)).collect();
        let alike = Some((String::new(), 0));
        let state = StateQueries {
            run: RunRecord::default(),
            entries,
            record: None,
            observer: None,
            stopped: None,
            asked: BTreeSet::new(),
            presence: Presence::default(),
            alike,
            lately: Lately::default(),
            ends: ProcessEnds::default(),
        };
        Self {
            state: Mutex::new(state),
            receiver: destination.receiver.clone(),
            clock: planned.clock.clone(),
            ending,
            stop,
            printed: None,
        }
    }

    /// The same with a record that is written.
    #[must_use]
    pub fn recorded(mut self, record: Option<RecordFile>) -> Self {
        self.state.get_mut().unwrap_or_else(PoisonError::into_inner).record = record.map(LineWriter::new);
        self
    }

    /// The same with somebody who looks on.
    #[must_use]
    pub fn observed(mut self, observer: Box<dyn Observer>) -> Self {
        self.state.get_mut().unwrap_or_else(PoisonError::into_inner).observer = Some(observer);
        self
    }

    /// Tells when the run is to stop.
    pub fn stopping(&self) -> watch::Receiver<Stop> {
        self.stop.subscribe()
    }

    /// The same with what the receiver's process prints.
    pub fn with_printed(self, printed: Option<Arc<dyn Printed>>) -> Self {
        Self { printed, ..self }
    }

    /// A second has passed.
    pub fn idle(&self) {
        let StateQueries { run, observer, .. } = &mut *self.lock();
        observer.iter_mut().for_each(|observer| observer.idle(run));
    }

    /// Waits a while for the exchanges that were under way at a moment: what came of them says during which one the process ended.
    pub async fn exchanges_of(&self, moment: Instant) {
        let open = || {
            let state = self.lock();
            state.lately.open(&state.run, moment)
        };
        let closed = async {
            while open() {
                sleep(LOOK).await;
            }
        };
        // One that another process of the receiver holds may stay open.
        let _ = timeout(PATIENCE, closed).await;
    }

    /// The callback that is waited for longest, and since when.
    pub fn waits(&self) -> Option<(Instant, String)> {
        let state = self.lock();
        state.lately.waits(&state.run).map(|(at, id)| (at, id.to_owned()))
    }

    /// Stops the run for a reason that reports will give.
    pub fn stop(&self, how: Stop, why: &str) {
        self.lock().stopped.get_or_insert_with(|| why.to_owned());
        self.stop.send_replace(how);
    }

    /// True when everything of a scenario was played and passed, and no answer speaks of a refusal all the same.
    pub(super) fn passed(&self, scenario: usize) -> bool {
        let state = self.lock();
        let run = state.run.scenarios.get(scenario);
        run.is_some_and(verdict::cause::is_accepted)
    }

    /// Callbacks of these scenarios that came while something else of theirs was under way, and how the receiver treated them.
    pub(super) fn bystanders(&self, scenarios: &[usize]) -> Bystanders {
        let state = self.lock();
        Bystanders::of(scenarios.iter().filter_map(|scenario| state.run.scenarios.get(*scenario)))
    }

    /// Ends the record and gives the whole run; before its end what `last` says of it.
    ///
    /// # Errors
    /// The last lines could not be written.
    pub fn close(&self, last: impl FnOnce(&RunRecord) -> Vec<Line>) -> (RunRecord, io::Result<()>) {
        let mut state = self.lock();
        let (stopped, at) = (state.stopped.clone(), self.clock.now().to_string());
        let printed = self.printed.as_ref().and_then(|printed| state.lately.printed(&state.run, &**printed));
        let printed = printed.map_or(Ok(()), |line| state.take(&line));
        state.run.stopped.clone_from(&stopped);
        let closing = last(&state.run).into_iter().chain([Line::ended(stopped, at.clone())]);
        let written = closing.fold(printed, |written, line| written.and_then(|()| state.take(&line)));
        if written.is_err() {
            // The record has no end; the reports that are made now have one, and say why.
            let stopped = state.stopped.clone();
            state.run.apply(&Line::ended(stopped, at));
        }
        let StateQueries { run, observer, .. } = &mut *state;
        if let Some(observer) = observer {
            observer.finish(run);
        }
        (run.clone(), written)
    }

    fn lock(&self) -> MutexGuard<'_, StateQueries> {
        // A panic elsewhere must not lose what was written down.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies the end of a callback to the run.
    fn follow(&self, state: &mut StateQueries, scenario: usize, id: &str) {
        let Some(callback) = state.run.callback(scenario, id) else { return };
        let outcome = callback.outcome();
        let failed = callback.findings.iter().any(|finding| !finding.ok);
        let asked = state.entries.get(scenario).and_then(|entry| entry.handshake);
        let refused = failed && asked == Some(callback.line.event.as_str());
        let (legal, place) = (callback.line.class == Class::Legal, callback.line.place.clone());
        let presence = state.presence.after(callback, failed);
        let alike = alike(state.alike.as_ref(), callback, failed);
        if failed {
            state.lately.fail(scenario, id);
        }
        (state.presence, state.alike) = (presence, alike);
        // What has nothing left to send has come to its end.
        if state.run.callbacks().all(|callback| callback.outcome.is_some()) {
            return;
        }
        if outcome == Outcome::Unreachable && verdict::unreachable(&state.run) {
            self.call_off(state, "the target was never reached");
        } else if self.ending.gone.is_some_and(|most| state.presence.absent >= most)
            && let Some(last) = state.presence.last(&state.run, scenario)
        {
            self.call_off(state, &format!("the receiver went away: it answered {last}, and listens no more"));
        } else if self.ending.unanswered.is_some_and(|most| state.presence.unanswered >= most)
            && let Some(why) = self.ending.hangs(&state.presence, &state.run, scenario)
        {
            self.call_off(state, &why);
        } else if refused && legal && self.ending.ends_with_a_handshake() {
            let finding = ending::without_a_handshake(place);
            // One that cannot be written down ends the run by itself.
            if state.take(&Line::Finding { scenario, id: None, finding }).is_ok() {
                self.call_off(state, ending::NO_HANDSHAKE);
            }
        } else if let Some(why) = self.ending.failed_alike(state.alike.as_ref(), &state.run) {
            self.call_off(state, &why);
        } else if failed && self.ending.fail_fast {
            self.call_off(state, "--fail-fast");
        }
    }

    fn call_off(&self, state: &mut StateQueries, why: &str) {
        state.stopped.get_or_insert_with(|| why.to_owned());
        self.stop.send_if_modified(|stop| {
            let modify = *stop == Stop::No;
            *stop = (*stop).max(Stop::Drain);
            modify
        });
    }

    /// Notes that a question for the state was answered.
    pub(super) fn asked(&self, question: &str) {
        self.lock().asked.insert(question.to_owned());
    }

    /// True if a question for the state was answered before.
    pub(super) fn was_asked(&self, question: &str) -> bool {
        self.lock().asked.contains(question)
    }

    /// True if a run ends where the question for the state is wrong.
    pub(super) fn ends_with_a_wrong_set_up(&self) -> bool {
        self.ending.set_up
    }

    /// Compares what was announced with what the embedded receiver stored.
    fn judge_state(&self, state: &mut StateQueries, scenario: usize) -> io::Result<()> {
        let Some(entry) = state.entries.get(scenario) else { return Ok(()) };
        let own = self.receiver.as_ref().zip(entry.path.as_ref());
        let inbox = own.and_then(|(receiver, path)| receiver.inbox(path));
        let (Some(inbox), Some(files)) = (inbox, self.files_of(state, scenario)) else { return Ok(()) };
        if entry.files.is_empty() {
            return Ok(());
        }
        let finding = verdict::stored_once(&files.accepted, &inbox.files(), &entry.place);
        state.take(&Line::Finding { scenario, id: None, finding })
    }
}

impl Journal for RunJournal {
    fn note(&self, line: Line) -> io::Result<()> {
        let mut state = self.lock();
        state.take(&line)?;
        match &line {
            Line::Intent { scenario, id, n, .. } => state.lately.begin(*scenario, id, *n),
            Line::Result { scenario, id, n, exchange }
                if exchange.answer.is_some() && exchange.error.is_none() =>
            {
                state.presence.answered = Some((*scenario, id.clone()));
                state.lately.end(*scenario, id, *n);
            }
            Line::Result { scenario, id, n, .. } => state.lately.end(*scenario, id, *n),
            Line::Outcome { scenario, id, .. } => self.follow(&mut state, *scenario, id),
            Line::Over { scenario } => {
                state.lately.over(*scenario);
                self.judge_state(&mut state, *scenario)?;
            }
            Line::Finding { finding, .. } if self.ending.set_up && finding.is_setup() => {
                self.call_off(&mut state, "the set-up is wrong: the others would not be judged either");
            }
            _ => {}
        }
        let StateQueries { run, observer, .. } = &mut *state;
        if let Some(observer) = observer {
            observer.update(run, &line);
        }
        Ok(())
    }

    fn answered(&self, scenario: usize) -> Option<String> {
        let state = self.lock();
        state.presence.last(&state.run, scenario)
    }

    fn interrupt(&self, scenario: usize) {
        if self.ending.deaths.is_some() {
            self.lock().ends.interrupted.insert(scenario);
        }
    }

    fn unsettled(&self) -> bool {
        !self.lock().ends.is_settled()
    }
}

impl StateQueries {
    fn take(&mut self, line: &Line) -> io::Result<()> {
        if let Some(record) = &mut self.record
            && let Err(error) = record.write(line)
        {
            self.stopped.get_or_insert_with(|| verdict::RECORD_UNWRITTEN.into());
            return Err(error);
        }
        self.run.apply(line);
        if let Line::Finding { scenario, id: None, finding } = line
            && !finding.ok
        {
            self.lately.fail_in_state(*scenario);
        }
        Ok(())
    }
}
