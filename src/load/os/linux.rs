//! Linux: events by epoll, an alarm by a timer of the kernel, and the kernel's word for when answers came.

use std::io::{self, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroU64;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use nix::sys::socket::sockopt::ReceiveTimestampns;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt};
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, ipproto, socket_with};
use rustix::thread::{ClockId, clock_nanosleep_relative, set_current_timer_slack};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
};

use super::{EventSource, Heard, ReadyEvent, Wait};
use crate::number;

/// The system says when bytes came.
pub const STAMPS: bool = true;
/// Name of the timers in a record; empty = those of the kernel.
pub const TIMERS: &str = "";

/// The numbers of the waker and of the alarm among events, those of no line.
const WAKE_UP: u64 = u64::MAX - 1;
const ALARM: u64 = u64::MAX;
/// Events taken at a time.
const EVENTS: usize = 256;

/// Device that keeps processors awake while it is open. The setting ends with the process. Root may
/// write it, and users that the administrator permits.
pub const AWAKE: Option<&str> = Some("/dev/cpu_dma_latency");

/// Events, alarm and waker of one thread.
pub(in crate::load) struct System {
    epoll: OwnedFd,
    /// Precise to the microsecond, which the time limit of a wait is not everywhere.
    timer: OwnedFd,
    /// Becomes readable at each wake-up.
    waker: Option<UnixStream>,
}

/// Room for events.
pub(in crate::load) struct Happened([MaybeUninit<Event>; EVENTS]);

/// Event of a connection.
pub(in crate::load) type Event = epoll::Event;

/// Room for what the system says of a stretch of bytes.
pub(in crate::load) type Control = Vec<u8>;

impl Happened {
    /// Empty.
    pub(in crate::load) fn room() -> Self {
        Self([const { MaybeUninit::uninit() }; EVENTS])
    }
}

impl ReadyEvent for Event {
    #[inline]
    fn source(&self) -> EventSource {
        match self.data.u64() {
            WAKE_UP => EventSource::WakeUp,
            ALARM => EventSource::Alarm,
            line => EventSource::Line(number::capped::<u32>(line)),
        }
    }

    #[inline]
    fn readable(&self) -> bool {
        let flags = self.flags;
        flags.contains(EventFlags::IN)
    }

    #[inline]
    fn writable(&self) -> bool {
        let flags = self.flags;
        flags.contains(EventFlags::OUT)
    }

    #[inline]
    fn ending(&self) -> bool {
        let flags = self.flags;
        flags.intersects(EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR)
    }
}

impl System {
    /// Creates the event queue of the calling thread.
    ///
    /// # Errors
    /// The system has none.
    pub(in crate::load) fn open() -> io::Result<Self> {
        // Else every sleep is rounded up by 50 microseconds.
        let _ = set_current_timer_slack(NonZeroU64::new(1));
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let timer =
            timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        epoll::add(&epoll, &timer, EventData::new_u64(ALARM), EventFlags::IN | EventFlags::ET)?;
        Ok(Self { epoll, timer, waker: None })
    }

    /// Handle that wakes this thread from another one.
    ///
    /// # Errors
    /// The system has none.
    pub(in crate::load) fn waker(&mut self) -> io::Result<WakeUp> {
        let (waker, waking) = UnixStream::pair()?;
        waker.set_nonblocking(true)?;
        waking.set_nonblocking(true)?;
        epoll::add(&self.epoll, &waker, EventData::new_u64(WAKE_UP), EventFlags::IN | EventFlags::ET)?;
        self.waker = Some(waker);
        Ok(WakeUp(waking))
    }

    /// The waker was heard.
    pub(in crate::load) fn hush(&self) {
        let mut rings = [0; 256];
        let Some(mut waker) = self.waker.as_ref() else { return };
        while waker.read(&mut rings).is_ok_and(|read| read == rings.len()) {}
    }

    /// Begins to connect; an event of line `id` tells when it came about. `stamped` = asks the system to say when bytes came.
    ///
    /// # Errors
    /// The system refuses at once.
    pub(in crate::load) fn connect(&self, address: SocketAddr, id: u32, stamped: bool) -> io::Result<Socket> {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP))?;
        match connect(&socket, &address) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(error) => return Err(error.into()),
        }
        let stream = TcpStream::from(socket);
        stream.set_nodelay(true)?;
        let stamped = stamped && setsockopt(&stream, ReceiveTimestampns, &true).is_ok();
        // Told of once, for good: an exchange costs no call to change what is waited for.
        let events = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
        epoll::add(&self.epoll, stream.as_fd(), EventData::new_u64(id.into()), events)?;
        Ok(Socket { stream, stamped })
    }

    /// Sets the alarm, so many nanoseconds from now.
    ///
    /// # Errors
    /// The system does not take it.
    #[inline]
    pub(in crate::load) fn alarm(&mut self, ahead: u64) -> io::Result<()> {
        let once = Itimerspec { it_interval: timespec(0), it_value: timespec(ahead) };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once)?;
        Ok(())
    }

    /// Waits for events.
    ///
    /// # Errors
    /// A signal came, or there is nothing to wait for.
    #[inline]
    pub(in crate::load) fn wait<'a>(
        &mut self,
        room: &'a mut Happened,
        wait: Wait,
    ) -> io::Result<&'a [Event]> {
        let most = match wait {
            // Whole milliseconds are all that a wait knows everywhere.
            Wait::AtMost(time) => Some(timespec(time.div_ceil(1_000_000).saturating_mul(1_000_000))),
            Wait::Alarm => None,
        };
        let (happened, _) = epoll::wait(&self.epoll, &mut room.0, most.as_ref())?;
        Ok(happened)
    }
}

/// Wakes a sending thread.
pub(in crate::load) struct WakeUp(UnixStream);

impl WakeUp {
    /// Rings.
    pub(in crate::load) fn ring(&self) {
        // A waker that is full has been rung.
        let _ = (&self.0).write(&[0]);
    }
}

/// A connection.
pub(in crate::load) struct Socket {
    stream: TcpStream,
    /// The system says when something came.
    stamped: bool,
}

impl Socket {
    /// Error of connecting, if it is known by now.
    ///
    /// # Errors
    /// The system does not say.
    #[inline]
    pub(in crate::load) fn take_error(&mut self) -> io::Result<Option<io::Error>> {
        self.stream.take_error()
    }

    /// Somebody took it.
    #[inline]
    pub(in crate::load) fn is_taken(&self) -> bool {
        self.stream.peer_addr().is_ok()
    }

    /// Reads what has come, and when it did.
    ///
    /// # Errors
    /// Nothing is there, or the connection is gone.
    #[inline]
    pub(in crate::load) fn receive(&mut self, room: &mut [u8], control: &mut Control) -> io::Result<Heard> {
        // A stream that gives less than it is asked for is empty.
        let whole = room.len();
        if !self.stamped {
            let bytes = self.stream.read(room)?;
            return Ok(Heard { bytes, empty: bytes < whole, at: None });
        }
        let mut parts = [IoSliceMut::new(room)];
        let message = recvmsg::<()>(self.stream.as_raw_fd(), &mut parts, Some(control), MsgFlags::empty())?;
        let stamps = message.cmsgs()?.filter_map(|said| match said {
            ControlMessageOwned::ScmTimestampns(at) => Some(Duration::from(at)),
            _ => None,
        });
        Ok(Heard { bytes: message.bytes, empty: message.bytes < whole, at: stamps.last() })
    }
}

impl Read for Socket {
    #[inline]
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.stream.read(room)
    }
}

impl Write for Socket {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Room for what the system says of a stretch of bytes.
pub(in crate::load) fn control() -> Control {
    nix::cmsg_space!(nix::sys::time::TimeSpec)
}

/// Sleeps, unless a signal comes.
#[inline]
pub(in crate::load) fn nap(time: u64) {
    // Woken early: what is due is looked at afresh anyway.
    let _ = clock_nanosleep_relative(ClockId::Monotonic, &timespec(time));
}

/// Processor time of this thread.
#[inline]
pub(in crate::load) fn cpu() -> Duration {
    use nix::time::{ClockId, clock_gettime};
    // Every Linux has this clock.
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).unwrap_or_default()
}

#[inline]
fn timespec(time: u64) -> Timespec {
    Timespec {
        tv_sec: number::capped::<i64>(time / 1_000_000_000),
        tv_nsec: number::capped::<i64>(time % 1_000_000_000),
    }
}

/// The permission to keep processors awake, which ends with this. It asks for nothing yet.
///
/// A processor that has nothing to do is put to sleep, and takes a while to wake: microseconds on bare metal, and
/// milliseconds now and then on a virtual machine, whose host gives its core to others meanwhile. The system can let
/// them idle awake instead: <https://docs.kernel.org/power/pm_qos_interface.html>. That costs power, not processor time
/// of ours.
#[derive(Debug)]
pub struct Awake(OwnedFd);

impl Awake {
    /// By [`AWAKE`], open for writing.
    pub fn by(device: impl Into<OwnedFd>) -> Self {
        Self(device.into())
    }

    /// Makes use of it.
    pub(in crate::load) fn keep(&self) {
        // In microseconds. A system that does not take it is one that lets processors sleep, as most do.
        let _ = rustix::io::write(&self.0, &0_i32.to_ne_bytes());
    }
}
