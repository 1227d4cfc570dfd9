//! A receiver that costs as little as it can, so that senders are what is measured. Linux.
//!
//! It answers every POST with 200 `{"code":0}`, `GET /count` with the number so far, and `GET /stop` or SIGTERM by ending.
//! Then it prints one line of JSON with what it saw. What else it can do costs nothing unless asked for.

use std::collections::hash_map::RandomState;
use std::collections::{HashSet, VecDeque};
use std::fs;
use std::hash::BuildHasher;
use std::io::{self, ErrorKind, IoSliceMut, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use nix::cmsg_space;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use sha2::Sha256;

const ACCEPTED: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{\"code\":0}";
const FAILED: &[u8] =
    b"HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{\"code\":1}";

/// The most header lines of a request.
const HEADERS: usize = 64;

/// The longest request, head and body.
const LONGEST: usize = 1 << 20;

/// Connections that may wait to be accepted: with fewer, thousands at once are dropped and try again a second later.
const BACKLOG: i32 = 4096;

/// What stands in for the index of a connection.
const LISTENER: u64 = u64::MAX;
const SIGNAL: u64 = u64::MAX - 1;

/// Answers callbacks at the least cost, and counts them.
#[derive(Parser)]
struct Options {
    /// Where to listen, on 127.0.0.1
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Hold each answer for so long; the clock of the wait ticks in milliseconds
    #[arg(long, value_name = "N", default_value_t = 0)]
    delay_us: u64,
    /// Stand still for this long
    #[arg(long, value_name = "N", default_value_t = 0)]
    stall_ms: u64,
    /// Since the first request
    #[arg(long, value_name = "N", default_value_t = 0)]
    stall_at_ms: u64,
    /// And again every so often
    #[arg(long, value_name = "N")]
    stall_every_ms: Option<u64>,
    /// Check the signature of every Nth body
    #[arg(long, value_name = "N", default_value_t = 0, requires = "key_env")]
    verify_every: u64,
    /// The variable that holds the key
    #[arg(long, value_name = "NAME")]
    key_env: Option<String>,
    /// Count bodies that came before
    #[arg(long)]
    unique: bool,
    /// Answer every Nth request with 500
    #[arg(long, value_name = "N", default_value_t = 0)]
    fail_every: u64,
    /// Write when each request came: nanoseconds since the start, 8 bytes each, little end first
    #[arg(long, value_name = "FILE")]
    arrivals: Option<PathBuf>,
    /// They are when the system had each request, not when we came to read it, and counted since 1970
    #[arg(long, requires = "arrivals")]
    stamped: bool,
}

#[expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a program of its own")]
fn main() -> io::Result<()> {
    let options = Options::parse();
    let key = match &options.key_env {
        Some(name) => std::env::var(name).map_err(|error| io::Error::other(format!("{name}: {error}")))?,
        None => String::new(),
    };
    let mut receiver = Receiver::bind(options, key)?;
    println!("listening on {}", receiver.listener.local_addr()?);
    receiver.run()?;
    println!("{}", receiver.summary());
    match &receiver.inbox.options.arrivals {
        Some(path) => {
            let stamps = receiver.inbox.arrivals.iter().flat_map(|stamp| stamp.to_le_bytes());
            fs::write(path, stamps.collect::<Vec<u8>>())
        }
        None => Ok(()),
    }
}

/// SIGTERM becomes a byte to read: the loop waits for sockets and for nothing else.
fn termination() -> io::Result<UnixStream> {
    let (ours, mut theirs) = UnixStream::pair()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut signal = {
        let _inside = runtime.enter();
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?
    };
    thread::spawn(move || {
        runtime.block_on(signal.recv());
        theirs.write_all(b"x")
    });
    Ok(ours)
}

#[expect(clippy::disallowed_methods, reason = "real time is what is measured")]
fn now() -> Instant {
    Instant::now()
}

struct Connection {
    /// Shared with the answers that are held back for it.
    stream: Rc<TcpStream>,
    /// The begin of a request whose rest has not come.
    partial: Vec<u8>,
}

struct Receiver {
    epoll: OwnedFd,
    listener: TcpListener,
    /// Its readiness is all there is to it; it is kept open for that.
    _termination: UnixStream,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    inbox: Inbox,
}

impl Receiver {
    fn bind(options: Options, key: String) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        rustix::net::listen(&listener, BACKLOG)?;
        listener.set_nonblocking(true)?;
        if options.stamped {
            // Connections have it from the listener: also what comes with the first of them is stamped.
            setsockopt(&listener, sockopt::ReceiveTimestampns, &true)?;
        }
        let termination = termination()?;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let readable = epoll::EventFlags::IN;
        epoll::add(&epoll, &listener, epoll::EventData::new_u64(LISTENER), readable)?;
        epoll::add(&epoll, &termination, epoll::EventData::new_u64(SIGNAL), readable)?;
        let inbox = Inbox::new(options, key);
        Ok(Self {
            epoll,
            listener,
            _termination: termination,
            connections: Vec::new(),
            free: Vec::new(),
            inbox,
        })
    }

    /// Serves until it is told to end.
    fn run(&mut self) -> io::Result<()> {
        let mut events = Vec::with_capacity(1024);
        let mut buffer = vec![0; 1 << 16];
        while !self.inbox.stopped {
            events.clear();
            let patience = self.inbox.next_due().map(|wait| Timespec {
                tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: wait.subsec_nanos().into(),
            });
            match epoll::wait(&self.epoll, spare_capacity(&mut events), patience.as_ref()) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            self.inbox.stall();
            self.inbox.answer_due();
            for event in events.drain(..) {
                match event.data.u64() {
                    LISTENER => self.accept()?,
                    SIGNAL => self.inbox.stopped = true,
                    index => {
                        self.serve(usize::try_from(index).unwrap_or(usize::MAX), event.flags, &mut buffer)
                    }
                }
            }
        }
        Ok(())
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
                Err(error) => return Err(error),
            };
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            let index = self.free.pop().unwrap_or(self.connections.len());
            // Registered once, edge-triggered: no further call to epoll per request.
            let flags = epoll::EventFlags::IN | epoll::EventFlags::RDHUP | epoll::EventFlags::ET;
            epoll::add(&self.epoll, &stream, epoll::EventData::new_u64(index as u64), flags)?;
            let connection = Some(Connection { stream: Rc::new(stream), partial: Vec::new() });
            match self.connections.get_mut(index) {
                Some(slot) => *slot = connection,
                None => self.connections.push(connection),
            }
            self.inbox.connections += 1;
        }
    }

    fn serve(&mut self, index: usize, flags: epoll::EventFlags, buffer: &mut [u8]) {
        let Some(slot) = self.connections.get_mut(index) else { return };
        let Some(connection) = slot else { return };
        let hung_up =
            flags.intersects(epoll::EventFlags::RDHUP | epoll::EventFlags::HUP | epoll::EventFlags::ERR);
        if drain(connection, hung_up, buffer, &mut self.inbox).is_none() {
            // An answer that is held back for it keeps the socket open; epoll must forget it now.
            let _ = epoll::delete(&self.epoll, &connection.stream);
            *slot = None;
            self.free.push(index);
        }
    }

    fn summary(&self) -> Value {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        let inbox = &self.inbox;
        let span = inbox.first.zip(inbox.last).map_or(Duration::ZERO, |(first, last)| last - first);
        json!({
            "requests": inbox.requests,
            "failed": inbox.failed,
            "bytes": inbox.bytes,
            "sampled": inbox.sampled,
            "bad_signatures": inbox.bad_signatures,
            "duplicates": inbox.duplicates,
            "connections": inbox.connections,
            "cpu_s": cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9,
            "span_s": span.as_secs_f64(),
        })
    }
}

/// Reads what has come and answers it; nothing when the connection is over.
fn drain(connection: &mut Connection, hung_up: bool, buffer: &mut [u8], inbox: &mut Inbox) -> Option<()> {
    loop {
        let read = match inbox.read(&connection.stream, buffer) {
            Ok(0) => return None,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Some(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return None,
        };
        let bytes = buffer.get(..read)?;
        if connection.partial.is_empty() {
            let rest = inbox.take(bytes, &connection.stream)?;
            connection.partial.extend_from_slice(rest);
        } else {
            connection.partial.extend_from_slice(bytes);
            let rest = inbox.take(&connection.partial, &connection.stream)?.len();
            connection.partial.drain(..connection.partial.len() - rest);
        }
        // A short read has emptied the socket; what comes later is a new event. The end of the stream is none.
        if connection.partial.len() > LONGEST || (read < buffer.len() && !hung_up) {
            return (connection.partial.len() <= LONGEST).then_some(());
        }
    }
}

/// Requests, and what is said to them.
struct Inbox {
    options: Options,
    key: String,
    stopped: bool,
    requests: u64,
    failed: u64,
    bytes: u64,
    sampled: u64,
    bad_signatures: u64,
    duplicates: u64,
    connections: u64,
    began: Instant,
    first: Option<Instant>,
    last: Option<Instant>,
    stall_next: Option<Duration>,
    held: VecDeque<(Instant, Rc<TcpStream>, &'static [u8])>,
    hashing: RandomState,
    seen: HashSet<u64>,
    arrivals: Vec<u64>,
    /// When the system had what was read last, since 1970.
    stamp: Option<Duration>,
    control: Vec<u8>,
}

impl Inbox {
    fn new(options: Options, key: String) -> Self {
        let stall_next = (options.stall_ms > 0).then(|| Duration::from_millis(options.stall_at_ms));
        Self {
            options,
            key,
            stopped: false,
            requests: 0,
            failed: 0,
            bytes: 0,
            sampled: 0,
            bad_signatures: 0,
            duplicates: 0,
            connections: 0,
            began: now(),
            first: None,
            last: None,
            stall_next,
            held: VecDeque::new(),
            hashing: RandomState::new(),
            seen: HashSet::new(),
            arrivals: Vec::new(),
            stamp: None,
            control: cmsg_space!(TimeSpec),
        }
    }

    fn read(&mut self, mut stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.options.stamped {
            return stream.read(buffer);
        }
        let mut parts = [IoSliceMut::new(buffer)];
        let message =
            recvmsg::<()>(stream.as_raw_fd(), &mut parts, Some(&mut self.control), MsgFlags::empty())?;
        self.stamp = message.cmsgs()?.find_map(|said| match said {
            ControlMessageOwned::ScmTimestampns(at) => Some(at.into()),
            _ => None,
        });
        Ok(message.bytes)
    }

    /// When a request came that was read at `at`, in nanoseconds.
    fn came(&self, at: Instant) -> u64 {
        u64::try_from(self.stamp.unwrap_or(at - self.began).as_nanos()).unwrap_or(u64::MAX)
    }

    /// Stands still if its time has come. Whoever calls in vain in that time wakes us, and we stand still then.
    fn stall(&mut self) {
        let Some((at, first)) = self.stall_next.zip(self.first) else { return };
        let end = at + Duration::from_millis(self.options.stall_ms);
        let elapsed = now() - first;
        if elapsed >= at {
            thread::sleep(end.saturating_sub(elapsed));
            self.stall_next = self.options.stall_every_ms.map(|every| at + Duration::from_millis(every));
        }
    }

    /// How long until the first of the held answers is due.
    fn next_due(&self) -> Option<Duration> {
        self.held.front().map(|(due, ..)| due.saturating_duration_since(now()))
    }

    fn answer_due(&mut self) {
        while self.held.front().is_some_and(|(due, ..)| *due <= now()) {
            if let Some((_, stream, answer)) = self.held.pop_front() {
                // Who has gone needs no answer.
                let _ = (&*stream).write_all(answer);
            }
        }
    }

    /// Answers every whole request and gives back the rest; nothing when it is no HTTP.
    fn take<'a>(&mut self, mut bytes: &'a [u8], stream: &Rc<TcpStream>) -> Option<&'a [u8]> {
        while !bytes.is_empty() {
            let mut headers = [httparse::EMPTY_HEADER; HEADERS];
            let mut request = httparse::Request::new(&mut headers);
            let httparse::Status::Complete(head) = request.parse(bytes).ok()? else { break };
            let length = content_length(request.headers)?;
            let Some(body) = bytes.get(head..head + length) else { break };
            let written = match (request.method?, request.path?) {
                ("GET", path) => self.say(path, stream),
                _ => self.receive(body, stream),
            };
            written.ok()?;
            bytes = bytes.get(head + length..)?;
        }
        Some(bytes)
    }

    /// What the harness asks.
    fn say(&mut self, path: &str, mut stream: &TcpStream) -> io::Result<()> {
        self.stopped |= path == "/stop";
        let count = self.requests.to_string();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{count}", count.len())
    }

    fn receive(&mut self, body: &[u8], stream: &Rc<TcpStream>) -> io::Result<()> {
        let at = now();
        self.first.get_or_insert(at);
        self.last = Some(at);
        self.requests += 1;
        self.bytes += body.len() as u64;
        let nth = |n: u64| n > 0 && self.requests.is_multiple_of(n);
        let answer = if nth(self.options.fail_every) { FAILED } else { ACCEPTED };
        self.failed += u64::from(answer == FAILED);
        if nth(self.options.verify_every) {
            self.sampled += 1;
            self.bad_signatures += u64::from(!signature_holds(body, self.key.as_bytes()));
        }
        if self.options.unique {
            self.duplicates += u64::from(!self.seen.insert(self.hashing.hash_one(body)));
        }
        if self.options.arrivals.is_some() {
            let came = self.came(at);
            self.arrivals.push(came);
        }
        if self.options.delay_us > 0 {
            let due = at + Duration::from_micros(self.options.delay_us);
            self.held.push_back((due, Rc::clone(stream), answer));
            return Ok(());
        }
        (&**stream).write_all(answer)
    }
}

/// None when the length is told otherwise than by its header.
fn content_length(headers: &[httparse::Header<'_>]) -> Option<usize> {
    let mut length = 0;
    for header in headers {
        if header.name.eq_ignore_ascii_case("content-length") {
            length = std::str::from_utf8(header.value).ok()?.parse().ok()?;
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            return None;
        }
    }
    Some(length)
}

/// Written from the vendors' pages and not with the library that is measured: `sign` = MD5(key + t) at Tencent, `auth_sign` =
/// HMAC-SHA256(time + facts, key) at Huawei.
fn signature_holds(body: &[u8], key: &[u8]) -> bool {
    let Ok(message) = serde_json::from_slice::<Value>(body) else { return false };
    let text = |name: &str| match message.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    if message.get("auth_sign").is_none() {
        let digest = Md5::new().chain_update(key).chain_update(text("t")).finalize();
        return text("sign") == hex(&digest);
    }
    let facts =
        ["auth_timestamp", "event_type", "publish_domain", "app", "stream", "download_url", "play_url"];
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(key) else { return false };
    let mac = facts.iter().fold(mac, |mac, name| mac.chain_update(text(name)));
    text("auth_sign") == hex(&mac.finalize().into_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
