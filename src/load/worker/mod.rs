//! One sending thread. It owns its connections, its share of the schedule and its figures, and shares nothing: no lock, no
//! channel and no allocation stand between a callback that is due and its bytes on the wire.

mod aside;
mod events;
mod exchange;
mod figures;
mod listening;
mod sending;
mod stamps;
mod unexpected;
mod waking;

use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use super::broadcasts::Broadcasts;
use super::connection::ReceiverConnection;
use super::faulty::FaultDraw;
use super::first::FirstCallbacks;
use super::learned::LearnedScenario;
use super::os::{Awake, Control, Happened, STAMPS, System, control};
use super::pace::Pacer;
use super::route::Route;
use crate::delivery::clock::Clock;
use crate::masking::Secrets;
use crate::record::load::Tally;
use aside::SlowPath;
use events::EventCounts;
use exchange::{CallbackUnderWay, PlannedRetry};
use figures::cpu;
use stamps::Clocks;
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
/// Grace in nanoseconds: a callback sent this long after the end of the schedule was due in time. A short run must not
/// fail over its last callback.
const GRACE: u64 = 100_000_000;
/// Time limit for answers after a stop, in nanoseconds.
const STOPPED: u64 = 1_000_000_000;
/// Bytes read at a time.
const ROOM: usize = 64 << 10;

/// Nanoseconds since the first callback was due.
type Time = u64;

struct Worker {
    index: usize,
    task: SenderTask,
    system: System,
    alarm: Alarm,
    /// Duration of the schedule.
    span: Time,
    /// Latest start: a callback started later did not keep the rate.
    deadline: Time,
    /// Part of the schedule that was reported.
    spanned: Time,
    lines: Vec<OpenConnection>,
    /// Lines that are open and have nothing to do.
    idle: Vec<u32>,
    /// Lines that are not connected.
    closed: Vec<u32>,
    /// Closed loop: places on the air that wait for a connection.
    resting: VecDeque<u32>,
    /// Callbacks that waited for the one before them in their broadcast, which has ended.
    next: VecDeque<NextDue>,
    retries: BinaryHeap<PlannedRetry>,
    room: Vec<u8>,
    control: Control,
    /// Answers bear the time at which they came.
    stamps: bool,
    clocks: Clocks,
    /// The time of what was read last.
    heard: Option<Duration>,
    tally: Box<Tally>,
    events: EventCounts,
    /// Unexpected answers that were kept, by status.
    kept: BTreeMap<u16, usize>,
    /// The first answers have been looked at.
    settled: bool,
    in_flight: u64,
    /// Callbacks that were taken from the schedule, or in a closed loop made.
    taken: u64,
    /// Taken callbacks that a tally has reported as planned.
    told: u64,
    /// Time at which a connection became free after all were taken.
    freed: Time,
    slow: SlowPath,
    /// Closed loop: nothing is tried before this time.
    hold_until: Time,
    /// Time of the stop.
    stopped: Option<Time>,
    /// Nothing new is sent.
    over: bool,
    now: Time,
    /// Wall clock time of the signatures, as it was read last.
    wall: i64,
    second: u64,
    next_tick: Time,
    next_sweep: Time,
    asleep: u64,
    cpu: u64,
    ticked: Time,
}

/// A connection, and what is under way on it.
#[derive(Default)]
struct OpenConnection {
    connection: Option<ReceiverConnection>,
    exchange: Option<CallbackUnderWay>,
    /// Since when it connects, or since when an answer is due.
    since: Time,
    /// Start of an answer.
    heard: Vec<u8>,
    /// It is among those that have nothing to do.
    idle: bool,
    /// It carried an answer before.
    used: bool,
}

/// A callback that may go now: from this place on the air, due then, and not possible before.
struct NextDue {
    slot: u32,
    due: Time,
    ready: Time,
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
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Worker {
    fn new(index: usize, task: SenderTask) -> io::Result<Self> {
        let lines = (0..task.connections).map(|_| OpenConnection::default()).collect();
        let mut system = System::open()?;
        let slow = SlowPath::open(task.fault_draw.as_ref(), &mut system)?;
        let mut worker = Self {
            index,
            alarm: Alarm::default(),
            system,
            span: nanoseconds(task.span),
            deadline: nanoseconds(task.span).saturating_add(GRACE),
            spanned: 0,
            lines,
            idle: Vec::with_capacity(task.connections as usize),
            closed: (0..task.connections).rev().collect(),
            resting: VecDeque::new(),
            next: VecDeque::new(),
            retries: BinaryHeap::new(),
            room: vec![0; ROOM],
            control: control(),
            // Bytes inside TLS bear no time, so there somebody has to be awake for them.
            stamps: STAMPS && task.pacer.is_some() && task.pacing != Pacing::Spin && task.way.tls.is_none(),
            clocks: Clocks::new(),
            heard: None,
            tally: Box::default(),
            events: EventCounts::new(&task.scenarios),
            kept: BTreeMap::new(),
            settled: false,
            in_flight: 0,
            taken: 0,
            told: 0,
            freed: 0,
            slow,
            hold_until: 0,
            stopped: None,
            over: false,
            now: 0,
            wall: 0,
            second: 0,
            next_tick: 1_000_000_000,
            next_sweep: 0,
            asleep: 0,
            cpu: 0,
            ticked: 0,
            task,
        };
        if worker.task.pacer.is_none() {
            worker.resting = (0..worker.task.broadcasts.places()).collect();
        }
        (worker.cpu, worker.now) = (cpu(), worker.clock());
        worker.ticked = worker.now;
        Ok(worker)
    }

    fn clock(&self) -> Time {
        now_since(self.task.begin)()
    }

    fn run(&mut self) -> io::Result<()> {
        let duration = nanoseconds(self.task.duration);
        let mut end = duration.saturating_add(nanoseconds(self.task.drain));
        let mut events = Happened::room();
        loop {
            if self.now >= self.next_tick {
                self.tick(false);
            }
            if self.now >= self.next_sweep {
                self.sweep();
            }
            if !self.over && self.task.stop.load(Ordering::Relaxed) {
                self.over = true;
                self.stopped = Some(self.now);
                end = end.min(self.now + STOPPED);
            }
            if self.task.pacer.is_none() && self.now >= duration {
                self.over = true;
            }
            self.send_what_is_due(end);
            if self.now >= end || self.is_done(end) {
                return Ok(());
            }
            let asleep = self.now;
            let wait = self.rest_until(self.wake().min(end))?;
            let happened = match self.system.wait(&mut events, wait) {
                Ok(events) => events,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.now = self.clock();
            self.asleep += self.now - asleep;
            if self.stamps {
                self.clocks.compare(self.now, now_since(self.task.begin));
            }
            for event in happened {
                self.heed(*event);
                self.send_what_is_due(end);
            }
        }
    }

    /// Nothing is under way, and nothing will be.
    fn is_done(&self, end: Time) -> bool {
        let more = !self.over
            && (self.task.broadcasts.queued() > 0
                || !self.next.is_empty()
                || self.due().is_some()
                || self.retries.peek().is_some_and(|retry| retry.due < end)
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
        let mut wake = self.next_tick.min(self.now + NOTICE);
        if self.in_flight > 0 {
            wake = wake.min(self.next_sweep);
        }
        if !self.over && self.has_line() {
            let retry = self.retries.peek().map(|retry| retry.due);
            let hold = (self.task.pacer.is_none() && self.hold_until > self.now).then_some(self.hold_until);
            wake = self.due().into_iter().chain(retry).chain(hold).fold(wake, Time::min);
        }
        wake
    }
}
