//! One sending thread. It owns its connections, its share of the schedule and its figures, and shares nothing: no lock, no
//! channel and no allocation stand between a callback that is due and its bytes on the wire.

mod events;
mod exchange;
mod faulty;
mod figures;
mod listening;
mod pool;
mod sending;
mod stamps;
mod under_way;
mod unexpected;
mod waking;

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use super::broadcasts::Broadcasts;
use super::faulty::FaultDraw;
use super::first_callbacks::FirstCallbacks;
use super::learned::LearnedScenario;
use super::os::{Awake, EventSource, Happened, ReadyEvent, System, Wait};
use super::pace::Pacer;
use super::route::Route;
use crate::delivery::clock::Clock;
use crate::masking::Secrets;
use crate::number;
use crate::record::load::{GRACE_NS, Tally};
use faulty::SlowPath;
use figures::{Figures, cpu};
use listening::Reading;
use pool::ConnectionPool;
use sending::Waiting;
use stamps::ClockReading;
use waking::Alarm;

/// Precision of the schedule, and its cost in processor time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pacing {
    /// Woken for every callback.
    Exact,
    /// Never asleep: takes a whole core.
    Spin,
    /// Woken once in a window of this length, for everything that is due in it.
    Economy(Duration),
}

/// Task of one thread.
pub(super) struct SenderTask {
    pub(super) way: Route,
    pub(super) scenarios: Vec<LearnedScenario>,
    pub(super) fault_draw: Option<FaultDraw>,
    pub(super) broadcasts: Broadcasts,
    /// None: every answer is followed by the next callback.
    pub(super) pacer: Option<Pacer>,
    pub(super) pacing: Pacing,
    /// Processors may be kept awake.
    pub(super) awake: Option<Arc<Awake>>,
    /// The most connections at once.
    pub(super) connections: u32,
    /// Most callbacks to send.
    pub(super) count: Option<u64>,
    /// Time during which callbacks become due.
    pub(super) duration: Duration,
    /// The same where a count ends it earlier.
    pub(super) span: Duration,
    /// Time limit for answers after it.
    pub(super) drain: Duration,
    /// Failed callbacks are sent again.
    pub(super) retries: bool,
    /// Stops the load where they are all refused alike.
    pub(super) first: FirstCallbacks,
    /// Tells the time that callbacks are signed with.
    pub(super) wall: Clock,
    /// Secrets that no kept answer may contain.
    pub(super) secrets: Secrets,
    /// Due time of the first callback.
    pub(super) begin: Instant,
    pub(super) stop: Arc<AtomicBool>,
    /// Takes what was seen in each second.
    pub(super) report: Sender<SecondReport>,
    /// Gives the memory of an earlier second back.
    pub(super) recycled: Receiver<Box<Tally>>,
}

/// Figures of one thread in one second.
pub(super) struct SecondReport {
    pub(super) worker: usize,
    pub(super) second: u64,
    pub(super) tally: Box<Tally>,
    /// It will tell of no other.
    pub(super) last: bool,
}

/// A stop is noticed within this time.
const NOTICE: u64 = 50_000_000;
/// The most looks at what has come by the end: a receiver that never stops talking does not keep a thread.
const LAST_LOOKS: usize = 64;
/// Time limit for answers after a stop, in nanoseconds.
const STOPPED: u64 = 1_000_000_000;

/// Nanoseconds since the first callback was due.
type Time = u64;

struct Worker {
    index: usize,
    task: SenderTask,
    system: System,
    alarm: Alarm,
    ends: Ends,
    pool: ConnectionPool,
    waiting: Waiting,
    reading: Reading,
    figures: Figures,
    in_flight: u64,
    /// Callbacks that were taken from the schedule, or in a closed loop made.
    taken: u64,
    slow: SlowPath,
    now: Time,
    /// Wall clock time of the signatures, as it was read last.
    wall: i64,
    /// End of that second.
    wall_until: Time,
    next_sweep: Time,
}

/// Ends of a load, planned and not.
struct Ends {
    /// Duration of the schedule.
    span: Time,
    /// Time of the stop.
    stopped: Option<Time>,
    /// Nothing new is sent.
    over: bool,
    /// A connection was free when the thread last went to sleep, or it came back long after the end: what is due by the end and was
    /// not sent was not held up by the receiver.
    unhindered: bool,
}

impl Ends {
    /// Time of the stop; the end of all times, where there was none.
    fn stop(&self) -> Time {
        // It never comes.
        self.stopped.unwrap_or(Time::MAX)
    }

    /// True for a callback that is sent now and did not keep the rate: it could not have been sent while the schedule lasted. So much
    /// of the time since then is forgiven.
    fn is_overdue(&self, now: Time, forgiven: Time) -> bool {
        now > self.span.saturating_add(forgiven.min(GRACE_NS))
    }
}

/// Does a task until its end; every callback that became due is in one of the reports with its outcome.
///
/// # Errors
/// The system gives no events, or not so precisely.
pub(super) fn work(index: usize, task: SenderTask) -> io::Result<()> {
    while !task.stop.load(Ordering::Relaxed) {
        let ahead = task.begin.saturating_duration_since(now());
        if ahead.is_zero() {
            break;
        }
        std::thread::sleep(ahead.min(Duration::from_nanos(NOTICE)));
    }
    // Not before: a start in an hour is slept through.
    if let Some(awake) = &task.awake {
        awake.keep();
    }
    let mut worker = Worker::new(index, task)?;
    worker.run()?;
    worker.close();
    Ok(())
}

/// The clock that schedules are kept by.
#[expect(clippy::disallowed_methods, reason = "the schedule is kept in real time")]
pub fn now() -> Instant {
    Instant::now()
}

fn now_since(begin: Instant) -> impl Fn() -> Time {
    move || nanoseconds(now().saturating_duration_since(begin))
}

fn nanoseconds(time: Duration) -> u64 {
    number::nanoseconds(time)
}

impl Worker {
    fn new(index: usize, task: SenderTask) -> io::Result<Self> {
        let mut system = System::open()?;
        let slow = SlowPath::open(task.fault_draw.as_ref(), &mut system)?;
        let span = nanoseconds(task.span);
        let mut worker = Self {
            index,
            alarm: Alarm::default(),
            system,
            ends: Ends { span, stopped: None, over: false, unhindered: true },
            pool: ConnectionPool::closed(task.connections),
            waiting: Waiting::default(),
            reading: Reading::of(&task),
            figures: Figures::of(&task.scenarios),
            in_flight: 0,
            taken: 0,
            slow,
            now: 0,
            wall: 0,
            wall_until: 0,
            next_sweep: 0,
            task,
        };
        if worker.task.pacer.is_none() {
            worker.waiting.resting = (0..worker.task.broadcasts.places()).collect();
        }
        (worker.figures.cpu, worker.now) = (cpu(), worker.clock());
        worker.figures.ticked = worker.now;
        Ok(worker)
    }

    #[inline]
    fn clock(&self) -> Time {
        now_since(self.task.begin)()
    }

    fn run(&mut self) -> io::Result<()> {
        let duration = nanoseconds(self.task.duration);
        let mut end = duration.saturating_add(nanoseconds(self.task.drain));
        let mut events = Happened::room();
        loop {
            if self.now >= self.figures.next_tick {
                self.tick(false);
            }
            if self.now >= self.next_sweep {
                self.sweep();
            }
            if !self.ends.over && self.task.stop.load(Ordering::Relaxed) {
                self.ends.over = true;
                self.ends.stopped = Some(self.now);
                end = end.min(self.now + STOPPED);
            }
            if self.task.pacer.is_none() && self.now >= duration {
                self.ends.over = true;
            }
            self.send_what_is_due(end);
            if self.now >= end || self.is_done(end) {
                self.ends.unhindered |= self.now > end.saturating_add(GRACE_NS);
                return self.read_what_came(&mut events);
            }
            let asleep = self.now;
            self.ends.unhindered = self.has_line();
            let wait = self.rest_until(self.wake().min(end))?;
            let happened = match self.system.wait(&mut events, wait) {
                Ok(events) => events,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.now = self.clock();
            self.figures.asleep += self.now - asleep;
            if self.reading.stamps {
                let schedule = now_since(self.task.begin);
                self.reading
                    .clocks
                    .compare(self.now, || ClockReading::read(&schedule, &self.reading.system_clock));
            }
            for event in happened {
                self.heed(*event);
                self.send_what_is_due(end);
            }
        }
    }

    /// Reads the answers that had come by the end: a thread that woke late has not looked at them.
    fn read_what_came(&mut self, events: &mut Happened) -> io::Result<()> {
        for _ in 0..LAST_LOOKS {
            let happened = match self.system.wait(events, Wait::AtMost(0)) {
                Ok(happened) => happened,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let mut came = false;
            for event in happened {
                came = true;
                match event.source() {
                    EventSource::Line(id) if self.is_sent(id) => self.read(id, event.ending()),
                    EventSource::WakeUp => self.collect(),
                    _ => {}
                }
            }
            if !came {
                break;
            }
        }
        Ok(())
    }

    /// True if a request is on its way on this line.
    fn is_sent(&self, id: u32) -> bool {
        let exchange = self.pool.get(id).and_then(|line| line.exchange.as_ref());
        exchange.is_some_and(|exchange| exchange.begun.is_some())
    }

    /// Nothing is under way, and nothing will be.
    fn is_done(&self, end: Time) -> bool {
        let more = !self.ends.over
            && (self.task.broadcasts.queued() > 0
                || !self.waiting.next.is_empty()
                || self.due().is_some()
                || self.waiting.retries.peek().is_some_and(|retry| retry.due < end)
                || (self.task.pacer.is_none() && !self.all_taken()));
        self.in_flight == 0 && !more
    }

    /// Due time of the next callback of the schedule, if there is one.
    fn due(&self) -> Option<Time> {
        let pacer = self.task.pacer.as_ref()?;
        if self.all_taken() { None } else { pacer.due().map(nanoseconds) }
    }

    /// True if all requested callbacks were taken.
    fn all_taken(&self) -> bool {
        self.task.count.is_some_and(|count| self.taken >= count)
    }

    /// Latest time of the next task.
    fn wake(&self) -> Time {
        let mut wake = self.figures.next_tick.min(self.now + NOTICE);
        if self.in_flight > 0 {
            wake = wake.min(self.next_sweep);
        }
        if !self.ends.over && self.has_line() {
            let retry = self.waiting.retries.peek().map(|retry| retry.due);
            let hold = (self.task.pacer.is_none() && self.waiting.hold_until > self.now)
                .then_some(self.waiting.hold_until);
            wake = self.due().into_iter().chain(retry).chain(hold).fold(wake, Time::min);
        }
        wake
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_have_been_sent_within_the_schedule_is_not_overdue_within_the_grace() {
        let ends = Ends { span: 1_000, stopped: None, over: false, unhindered: true };
        for (now, forgiven, overdue) in
            [(1_000, 0, false), (1_001, 0, true), (1_400, 400, false), (1_401, 400, true)]
        {
            assert_eq!(ends.is_overdue(now, forgiven), overdue, "{now} {forgiven}");
        }
        assert!(!ends.is_overdue(1_000 + GRACE_NS, u64::MAX) && ends.is_overdue(1_001 + GRACE_NS, u64::MAX));
    }
}
