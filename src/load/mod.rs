//! Many broadcasts at once, on schedule, every callback freshly signed, and measured without lying.
//!
//! ```text
//! scenario ─▶ learned (templates) ────┐
//!    rate ─▶ pace (when) ─────────────┼─▶ worker (one per thread: the only IO) ─▶ a tally each second
//!            broadcasts (what next) ──┘
//! ```
//!
//! The model is open: callbacks become due by a schedule that knows nothing of answers. Latency is counted from when a
//! callback was due, so a receiver that stalls is seen to stall by everybody who came meanwhile.

pub mod broadcasts;
mod connection;
mod faulty;
pub mod first_callbacks;
mod header_seal;
mod learn;
pub mod learned;
pub mod os;
pub mod pace;
mod route;
pub mod template;
mod worker;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use crate::delivery::clock::Clock;
use crate::lifecycle::draw::Draws;
use crate::masking::Secrets;
use crate::number;
use crate::record::load::Tally;
use broadcasts::{Broadcasts, Phase, Places};
use first_callbacks::FirstCallbacks;
use learned::LearnedScenario;
use os::Awake;
use pace::{Arrivals, LoadSchedule, Pacer, Share};
use worker::{SecondReport, SenderTask};

pub use faulty::FaultDraw;
pub use route::{NoRoute, Route, find};
pub use worker::{Pacing, now};

/// A load, or this process's share of it.
pub struct Load {
    /// Scenarios of the broadcasts; they take turns.
    pub scenarios: Vec<LearnedScenario>,
    /// Draws the faults of broadcasts, if the scenario has any.
    pub fault_draw: Option<FaultDraw>,
    /// Schedule of the callbacks; none = each answer is followed by the next callback.
    pub schedule: Option<LoadSchedule>,
    /// Their distribution.
    pub arrivals: Arrivals,
    /// Precision of the schedule.
    pub pacing: Pacing,
    /// Keeps processors awake from the first callback on, until it is dropped.
    pub awake: Option<Arc<Awake>>,
    /// On the air at once, over all shares.
    pub broadcasts: u64,
    /// Phase of the first broadcasts.
    pub phase: Phase,
    /// The most connections at once, over all shares.
    pub connections: u64,
    /// Number of sending threads in this process.
    pub threads: u64,
    /// Most callbacks to send, over all shares.
    pub count: Option<u64>,
    /// Time during which callbacks become due.
    pub duration: Duration,
    /// Time limit for answers after it.
    pub drain: Duration,
    /// Failed callbacks are sent again as the provider would.
    pub retries: bool,
    /// Stops it where they are all refused alike.
    pub first: FirstCallbacks,
    /// Share of this process.
    pub share: Share,
    /// The chance of arrivals.
    pub draws: Draws,
    /// Tells the time that callbacks are signed with.
    pub wall: Clock,
    /// Secrets that no kept answer may contain.
    pub secrets: Secrets,
}

/// Sends a load. `each` is given every second, with what all threads saw in it, as soon as it is over, and gives the memory
/// back.
///
/// # Errors
/// A thread could not go on.
pub fn send(
    load: &Load,
    way: &Route,
    begin: Instant,
    stop: &Arc<AtomicBool>,
    mut each: impl FnMut(u64, Tally) -> Tally,
) -> io::Result<()> {
    let (report, reports) = channel();
    let mut threads = Vec::new();
    let mut recycling: Vec<Sender<Box<Tally>>> = Vec::new();
    for thread in 0..load.threads.max(1) {
        let (give, recycled) = channel();
        recycling.push(give);
        let task = load.task(
            way,
            thread,
            ThreadChannels { begin, stop: stop.clone(), report: report.clone(), recycled },
        );
        let index = usize::try_from(thread).expect("threads are counted up from 0");
        let named = std::thread::Builder::new().name(format!("sender {thread}"));
        threads.push(named.spawn(move || worker::work(index, task))?);
    }
    drop(report);
    let recycle = |worker: usize, tally: Box<Tally>| {
        // A thread that has ended needs no memory.
        let _ = recycling.get(worker).map(|give| give.send(tally));
    };
    let mut seconds = Seconds { open: BTreeMap::new(), reached: vec![0; threads.len()] };
    for report in reports {
        if let Some((worker, spare)) = seconds.take(report) {
            recycle(worker, spare);
        }
        for (second, OpenSecond { worker, mut tally }) in seconds.over() {
            *tally = each(second, *tally);
            recycle(worker, tally);
        }
    }
    let ended = threads
        .into_iter()
        .map(|thread| thread.join().unwrap_or_else(|_| Err(io::Error::other("a sender thread crashed"))));
    ended.collect()
}

/// Links of a sending thread to the load: beginning, end and figures.
struct ThreadChannels {
    begin: Instant,
    stop: Arc<AtomicBool>,
    report: Sender<SecondReport>,
    /// Memory of seconds that are over.
    recycled: std::sync::mpsc::Receiver<Box<Tally>>,
}

/// Seconds that not every thread has reported yet.
struct Seconds {
    open: BTreeMap<u64, OpenSecond>,
    /// The second that each thread is in.
    reached: Vec<u64>,
}

/// Figures of a second until now, in the memory of the thread that reported it first.
struct OpenSecond {
    worker: usize,
    tally: Box<Tally>,
}

impl Seconds {
    /// Takes in what a thread saw; gives back whose memory is not needed.
    fn take(&mut self, report: SecondReport) -> Option<(usize, Box<Tally>)> {
        let SecondReport { worker, second, tally, last } = report;
        if let Some(reached) = self.reached.get_mut(worker) {
            *reached = if last { u64::MAX } else { second + 1 };
        }
        match self.open.entry(second) {
            Entry::Vacant(place) => {
                place.insert(OpenSecond { worker, tally });
                None
            }
            Entry::Occupied(mut known) => {
                known.get_mut().tally.beside(&tally);
                Some((worker, tally))
            }
        }
    }

    /// Seconds that every thread has reported.
    fn over(&mut self) -> BTreeMap<u64, OpenSecond> {
        // Without threads, nothing was reported.
        let reached = self.reached.iter().min().copied().unwrap_or_default();
        let open = self.open.split_off(&reached);
        std::mem::replace(&mut self.open, open)
    }
}

impl Load {
    /// Time during which callbacks of a sender become due: its part of the count may end it early.
    fn span(&self, pacer: Option<&Pacer>, part: Option<u64>) -> Duration {
        let (Some(schedule), Some(count)) = (&self.schedule, self.count) else { return self.duration };
        let even = schedule.span(count, self.duration);
        match (self.arrivals, pacer.zip(part)) {
            (Arrivals::Poisson, Some((pacer, part))) => even.max(pacer.span(part, self.duration)),
            _ => even,
        }
    }

    fn task(&self, way: &Route, thread: u64, channels: ThreadChannels) -> SenderTask {
        let ThreadChannels { begin, stop, report, recycled } = channels;
        let of = self.share.of * self.threads.max(1);
        let share = Share { index: self.share.index + self.share.of * thread, of };
        // What does not divide evenly goes to the first ones.
        let part = |whole: u64| (whole + of - 1 - share.index) / of;
        let at_least_one = |whole: u64| number::capped::<u32>(part(whole).max(1));
        let parts = self.scenarios.iter().map(|learned| learned.part).collect();
        let pacer = (self.schedule.clone())
            .map(|schedule| Pacer::new(Arc::new(schedule), share, self.arrivals, &self.draws));
        let count = self.count.map(part);
        SenderTask {
            way: way.clone(),
            scenarios: self.scenarios.clone(),
            fault_draw: self.fault_draw.clone(),
            broadcasts: Broadcasts::new(parts, Places { count: self.broadcasts, phase: self.phase }, share),
            pacing: self.pacing,
            awake: self.awake.clone(),
            connections: at_least_one(self.connections),
            count,
            duration: self.duration,
            span: self.span(pacer.as_ref(), count),
            pacer,
            drain: self.drain,
            retries: self.retries,
            first: self.first.clone(),
            wall: self.wall.clone(),
            secrets: self.secrets.clone(),
            begin,
            stop,
            report,
            recycled,
        }
    }
}
