//! The recorder, stepped through a broadcast.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Activity, Event, Fact, File, RecordingRules, RecordingTask, TaskScope, Track, Why};
use crate::scenario::broadcast::{Action, Failure, FailureCause, Step};

/// Everything that becomes of a broadcast under the rules, in the order in which it becomes known.
///
/// Expects a broadcast that [`crate::scenario::broadcast::check`] found possible.
pub fn simulate(steps: &[Step], rules: &RecordingRules) -> Vec<Fact> {
    let recordings = rules.tracks.iter().flat_map(|track| Recorder::new(*track, rules).record(steps));
    let mut facts: Vec<Fact> = airtime(steps).into_iter().chain(recordings).collect();
    // Stable: what happens at one instant stays in the order in which the recorder did it.
    facts.sort_by_key(|fact| fact.at);
    if rules.per_task { once_per_task(facts) } else { facts }
}

/// Facts about the stream itself, independent of its recording.
fn airtime(steps: &[Step]) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut activity = Activity { number: 0, began: Duration::ZERO };
    for (index, step) in steps.iter().enumerate() {
        let (event, why) = match step.what {
            Action::Push => {
                activity = Activity { number: activity.number + 1, began: step.at };
                (Event::Pushed(activity), if activity.number == 1 { Why::Push } else { Why::PushAgain })
            }
            Action::Drop => (Event::Dropped(activity), Why::StreamDrop),
            Action::Fail(_) | Action::Callback(_) => continue,
        };
        facts.push(Fact {
            at: step.at,
            format: None,
            task: RecordingTask { began: activity.began },
            event,
            why,
            step: index,
        });
    }
    facts
}

/// Length of the push at this step.
fn length(steps: &[Step], index: usize) -> Duration {
    let ends = |step: &&Step| {
        matches!(step.what, Action::Drop | Action::Fail(Failure { cause: FailureCause::Pull, .. }))
    };
    let (push, end) = (steps.get(index), steps.iter().skip(index).find(ends));
    push.zip(end).map_or(Duration::MAX, |(push, end)| end.at.saturating_sub(push.at))
}

/// The stream comes back after this drop.
fn is_followed(steps: &[Step], index: usize) -> bool {
    steps.iter().skip(index + 1).any(|step| step.what == Action::Push)
}

/// Keeps the first begin and the last end of each task.
fn once_per_task(facts: Vec<Fact>) -> Vec<Fact> {
    let last_over: BTreeMap<RecordingTask, usize> = facts
        .iter()
        .enumerate()
        .filter(|(_, fact)| fact.event == Event::TaskOver)
        .map(|(index, fact)| (fact.task, index))
        .collect();
    let mut begun = Vec::new();
    let keep = |(index, fact): &(usize, Fact)| match fact.event {
        Event::TaskBegan if begun.contains(&fact.task) => false,
        Event::TaskBegan => {
            begun.push(fact.task);
            true
        }
        Event::TaskOver => last_over.get(&fact.task) == Some(index),
        _ => true,
    };
    facts.into_iter().enumerate().filter(keep).map(|(_, fact)| fact).collect()
}

/// Time from the content's start to the first write (ours: the vendor says only that they differ).
const WRITE: Duration = Duration::from_secs(1);

struct Recorder {
    track: Track,
    upload_delay: Duration,
    shortest: Duration,
    facts: Vec<Fact>,
    /// Point up to which the broadcast was followed.
    now: Duration,
    step: usize,
    on_air: bool,
    /// The push that is on makes no file.
    too_short: bool,
    dropped: Option<Dropped>,
    task: Option<RecordingTask>,
    file: Option<File>,
    /// The upload of the open file will fail, because of this step.
    upload_failure: Option<(Failure, usize)>,
    files: u32,
}

#[derive(Clone, Copy)]
struct Dropped {
    at: Duration,
    step: usize,
}

impl Recorder {
    fn new(track: Track, rules: &RecordingRules) -> Self {
        Self {
            track,
            upload_delay: rules.upload_delay,
            shortest: rules.shortest,
            facts: Vec::new(),
            now: Duration::ZERO,
            step: 0,
            on_air: false,
            too_short: false,
            dropped: None,
            task: None,
            file: None,
            upload_failure: None,
            files: 0,
        }
    }

    fn record(mut self, steps: &[Step]) -> Vec<Fact> {
        for (index, step) in steps.iter().enumerate() {
            self.advance(step.at);
            self.step = index;
            match &step.what {
                Action::Push if self.stays() && self.task.is_some() => {}
                Action::Push => self.push(length(steps, index)),
                Action::Drop if self.stays() && is_followed(steps, index) => {}
                Action::Drop if self.stays() => self.leave(),
                Action::Drop => self.drop_stream(),
                Action::Fail(failure) => self.fail(failure),
                Action::Callback(_) => {}
            }
        }
        self.settle(None);
        self.facts
    }

    /// Records media up to `to`, ending a file at each full cycle.
    fn advance(&mut self, to: Duration) {
        while self.on_air && self.now < to {
            let mut file = self.open_file();
            let room = self.track.cycle.map_or(Duration::MAX, |cycle| cycle.saturating_sub(file.media));
            let stretch = room.min(to - self.now);
            self.now += stretch;
            file.media += stretch;
            file.last_frame = self.now;
            self.file = Some(file);
            if let Some(cycle) = self.track.cycle.filter(|cycle| file.media >= *cycle) {
                self.close_file(self.now, Why::Cycle(cycle));
            }
        }
        self.now = self.now.max(to);
    }

    /// The file that media goes into now. On the air there is none only right after a full cycle.
    fn open_file(&mut self) -> File {
        self.file.unwrap_or_else(|| self.begin_file(self.track.cycle.map_or(Why::Push, Why::Cycle)))
    }

    /// A push of this length; one that is too short for a file of its own leaves the recorder as it is.
    fn push(&mut self, length: Duration) {
        let came_back = self.dropped.is_some();
        self.settle(Some(self.now));
        self.too_short = self.file.is_none() && length < self.shortest;
        if self.too_short {
            let (at, task) = (self.now, self.task.unwrap_or(RecordingTask { began: self.now }));
            let event = Event::TooShort(length);
            let (format, step) = (Some(self.track.format), self.step);
            return self.facts.push(Fact { at, format, task, event, why: Why::Push, step });
        }
        self.on_air = true;
        let why = if came_back { Why::PushAgain } else { Why::Push };
        if self.task.is_none() {
            self.task = Some(RecordingTask { began: self.now });
            self.tell(self.now, Event::TaskBegan, why);
        }
        if self.file.is_none() {
            self.begin_file(why);
        }
    }

    /// The recorder does not go when the stream does.
    fn stays(&self) -> bool {
        self.track.task == TaskScope::Api
    }

    /// The API ends the task, with the last drop.
    fn leave(&mut self) {
        self.on_air = false;
        self.close_file(self.now, Why::LastDrop);
        self.end_task(self.now, Why::LastDrop);
    }

    fn drop_stream(&mut self) {
        self.dropped = Some(Dropped { at: self.now, step: self.step });
        self.on_air = false;
        if std::mem::take(&mut self.too_short) {
            return;
        }
        if !self.track.resume.is_zero() {
            self.tell(self.now, Event::Paused, Why::DropResumable(self.track.resume));
        } else {
            self.close_file(self.now, Why::Drop);
            if self.track.task == TaskScope::Gap {
                self.end_task(self.now, Why::Drop);
            }
        }
    }

    /// Decides about the gap since the last drop, once its end is known; `None` = there was no push any more.
    fn settle(&mut self, pushed: Option<Duration>) {
        let Some(dropped) = self.dropped.take() else { return };
        let window = self.track.resume;
        let noticed = dropped.at + window;
        if let Some(pushed) = pushed.filter(|pushed| *pushed <= noticed && !window.is_zero()) {
            return self.tell(pushed, Event::Resumed, Why::PushAgain);
        }
        let step = std::mem::replace(&mut self.step, dropped.step);
        let why = if window.is_zero() { Why::LastDrop } else { Why::Window(dropped.at, window) };
        self.close_file(noticed, why);
        if pushed.is_none() || self.track.task == TaskScope::Gap {
            self.end_task(noticed, why);
        }
        self.step = step;
        // Too late for the file; a task that stands all the same goes on.
        if let Some(pushed) = pushed.filter(|_| !window.is_zero()) {
            self.tell(pushed, Event::Resumed, Why::PushAgain);
        }
    }

    fn fail(&mut self, failure: &Failure) {
        match failure.cause {
            FailureCause::Pull => {
                let lost = self.file.take();
                self.upload_failure = None;
                self.tell(self.now, Event::Failed(failure.clone(), lost), Why::Failure);
                if self.track.task != TaskScope::Standing {
                    self.task = None;
                }
                self.on_air = false;
            }
            FailureCause::Upload if self.too_short => {}
            FailureCause::Upload => {
                self.open_file();
                self.upload_failure = Some((failure.clone(), self.step));
            }
        }
    }

    fn begin_file(&mut self, why: Why) -> File {
        self.files += 1;
        let now = self.now;
        let file = File {
            number: self.files,
            began: now,
            last_frame: now,
            closed: now,
            media: Duration::ZERO,
            wrote: now,
            recording: self.task.map_or(now, |task| task.began),
        };
        self.file = Some(file);
        self.tell(now, Event::FileBegan(file), why);
        file
    }

    fn close_file(&mut self, at: Duration, why: Why) {
        let Some(mut file) = self.file.take() else { return };
        file.closed = at;
        file.wrote = file.began + WRITE.min(file.media / 2);
        match self.upload_failure.take() {
            None => self.tell(at + self.upload_delay, Event::FileComplete(file), why),
            Some((failure, step)) => {
                let now = std::mem::replace(&mut self.step, step);
                self.tell(at + self.upload_delay, Event::Failed(failure, Some(file)), Why::Failure);
                self.step = now;
            }
        }
    }

    fn end_task(&mut self, at: Duration, why: Why) {
        if self.task.is_some() {
            self.tell(at, Event::TaskOver, why);
            self.task = None;
        }
    }

    fn tell(&mut self, at: Duration, event: Event, why: Why) {
        if let Some(task) = self.task {
            self.facts.push(Fact { at, format: Some(self.track.format), task, event, why, step: self.step });
        }
    }
}
