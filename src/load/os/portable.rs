//! Every other system: events by `mio`, which tokio brings, and clock and sleep of the standard library.
//!
//! The time limit of a wait is rounded to milliseconds by some systems, and to sixteen of them by one. So an alarm is a thread
//! that sleeps and then wakes the wait: `std::thread::sleep` takes the most precise timer that a system has. No system here says
//! when bytes came: they came when they were read.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use mio::event::Event as Raw;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};

use super::super::now;
use super::{EventSource, Heard, ReadyEvent, Wait};
use crate::number;

/// The system does not say when bytes came.
pub const STAMPS: bool = false;
/// The device that gives the permission to keep processors awake.
pub const AWAKE: Option<&str> = None;
/// Name of the timers in a record.
pub const TIMERS: &str = "portable";

/// The number of what wakes a wait, that of no line.
const WAKER: Token = Token(usize::MAX);
/// Events taken at a time.
const EVENTS: usize = 256;
/// The longest sleep that an earlier alarm must wait for. The time limit of the wait itself is never later than the alarm.
const SLICE: Duration = Duration::from_millis(50);

/// Events, alarm and waker of one thread.
pub(in crate::load) struct System {
    poll: Poll,
    events: Events,
    waker: Arc<Waker>,
    /// Somebody may ring.
    woken: bool,
    /// Time of the alarm.
    alarm: Option<Instant>,
    /// Tells it to the thread that sleeps until then.
    sleeper: Sender<Instant>,
}

/// Room for events.
pub(in crate::load) struct Happened(Vec<Event>);

/// Event of a connection.
#[derive(Clone, Copy, Debug)]
pub(in crate::load) struct Event {
    source: EventSource,
    readable: bool,
    writable: bool,
    ending: bool,
}

/// Empty: this system reports nothing about bytes.
pub(in crate::load) type Control = ();

impl Happened {
    /// Empty.
    pub(in crate::load) fn room() -> Self {
        Self(Vec::with_capacity(EVENTS))
    }
}

impl Event {
    fn of(source: EventSource) -> Self {
        Self { source, readable: false, writable: false, ending: false }
    }

    fn of_line(event: &Raw) -> Self {
        Self {
            source: EventSource::Line(number::capped::<u32>(event.token().0)),
            readable: event.is_readable(),
            writable: event.is_writable(),
            ending: event.is_read_closed() || event.is_error(),
        }
    }
}

impl ReadyEvent for Event {
    fn source(&self) -> EventSource {
        self.source
    }

    fn readable(&self) -> bool {
        self.readable
    }

    fn writable(&self) -> bool {
        self.writable
    }

    fn ending(&self) -> bool {
        self.ending
    }
}

impl System {
    /// Creates the event queue of the calling thread.
    ///
    /// # Errors
    /// The system has none.
    pub(in crate::load) fn open() -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let (sleeper, alarms) = channel();
        let wake = waker.clone();
        std::thread::Builder::new().name("alarm".into()).spawn(move || sleep_until(&alarms, &wake))?;
        let events = Events::with_capacity(EVENTS);
        Ok(Self { poll, events, waker, woken: false, alarm: None, sleeper })
    }

    /// Handle that wakes this thread from another one.
    ///
    /// # Errors
    /// The system has none.
    pub(in crate::load) fn waker(&mut self) -> io::Result<WakeUp> {
        self.woken = true;
        Ok(WakeUp(self.waker.clone()))
    }

    /// It was woken.
    pub(in crate::load) fn hush(&self) {}

    /// Begins to connect; an event of line `id` tells when it came about.
    ///
    /// # Errors
    /// The system refuses at once.
    pub(in crate::load) fn connect(&self, address: SocketAddr, id: u32, _: bool) -> io::Result<Socket> {
        let mut stream = TcpStream::connect(address)?;
        // Not every system takes it before there is a connection; then it is asked again.
        let prompt = stream.set_nodelay(true).is_ok();
        let token = Token(number::capped::<usize>(id));
        self.poll.registry().register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Socket { stream, prompt })
    }

    /// Sets the alarm, so many nanoseconds from now.
    ///
    /// # Errors
    /// The thread that keeps it is gone.
    pub(in crate::load) fn alarm(&mut self, ahead: u64) -> io::Result<()> {
        let at = now() + Duration::from_nanos(ahead);
        self.alarm = Some(at);
        self.sleeper.send(at).map_err(io::Error::other)
    }

    /// Waits for events.
    ///
    /// # Errors
    /// A signal came, or there is nothing to wait for.
    pub(in crate::load) fn wait<'a>(
        &mut self,
        room: &'a mut Happened,
        wait: Wait,
    ) -> io::Result<&'a [Event]> {
        let most = match (wait, self.alarm) {
            (Wait::AtMost(time), _) => Duration::from_nanos(time),
            (Wait::Alarm, Some(at)) => at.saturating_duration_since(now()),
            (Wait::Alarm, None) => Duration::ZERO,
        };
        room.0.clear();
        self.poll.poll(&mut self.events, Some(most))?;
        for event in &self.events {
            if event.token() != WAKER {
                room.0.push(Event::of_line(event));
            } else if self.woken {
                room.0.push(Event::of(EventSource::WakeUp));
            }
        }
        if wait == Wait::Alarm && self.alarm.is_some_and(|at| at <= now()) {
            self.alarm = None;
            room.0.push(Event::of(EventSource::Alarm));
        }
        Ok(&room.0)
    }
}

/// Sleeps until the alarm that was set last, and wakes the wait; ends when the sender of alarms is gone.
fn sleep_until(alarms: &Receiver<Instant>, wake: &Waker) {
    let mut alarm = alarms.recv().ok();
    while let Some(at) = alarm {
        // The alarm that was set last is the one that counts.
        if let Some(newer) = alarms.try_iter().last() {
            alarm = Some(newer);
            continue;
        }
        let ahead = at.saturating_duration_since(now());
        if !ahead.is_zero() {
            std::thread::sleep(ahead.min(SLICE));
            continue;
        }
        if wake.wake().is_err() {
            return;
        }
        alarm = alarms.recv().ok();
    }
}

/// Wakes a sending thread.
pub(in crate::load) struct WakeUp(Arc<Waker>);

impl WakeUp {
    /// Rings.
    pub(in crate::load) fn ring(&self) {
        // A thread that has gone wants no waking.
        let _ = self.0.wake();
    }
}

/// A connection.
pub(in crate::load) struct Socket {
    stream: TcpStream,
    /// It sends at once what it is given.
    prompt: bool,
}

impl Socket {
    /// Error of connecting, if it is known by now.
    ///
    /// # Errors
    /// The system does not say.
    pub(in crate::load) fn take_error(&mut self) -> io::Result<Option<io::Error>> {
        if !self.prompt {
            self.prompt = self.stream.set_nodelay(true).is_ok();
        }
        self.stream.take_error()
    }

    /// Somebody took it.
    pub(in crate::load) fn is_taken(&self) -> bool {
        self.stream.peer_addr().is_ok()
    }

    /// Reads what has come.
    ///
    /// # Errors
    /// Nothing is there, or the connection is gone.
    pub(in crate::load) fn receive(&mut self, room: &mut [u8], (): &mut Control) -> io::Result<Heard> {
        let bytes = self.stream.read(room)?;
        // Not every system tells of more before a read has found nothing.
        Ok(Heard { bytes, empty: false, at: None })
    }
}

impl Read for Socket {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.stream.read(room)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Empty: this system reports nothing about bytes.
pub(in crate::load) fn control() -> Control {}

/// Sleeps.
pub(in crate::load) fn nap(time: u64) {
    std::thread::sleep(Duration::from_nanos(time));
}

/// Processor time of this thread.
#[cfg(unix)]
pub(in crate::load) fn cpu() -> Duration {
    use nix::time::{ClockId, clock_gettime};
    // Without this clock, no processor time is known, and none is reported.
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).unwrap_or_default()
}

/// Processor time of this thread.
#[cfg(windows)]
pub(in crate::load) fn cpu() -> Duration {
    // The same.
    cpu_time::ThreadTime::try_now().map(|time| time.as_duration()).unwrap_or_default()
}

/// The permission to keep processors awake: no system here gives it.
#[derive(Debug)]
pub struct Awake(());

impl Awake {
    /// By [`AWAKE`], which no system here has.
    pub fn by<T>(_: T) -> Self {
        Self(())
    }

    /// Makes use of it.
    pub(in crate::load) fn keep(&self) {}
}
