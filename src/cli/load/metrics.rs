//! `--metrics`: figures of a load for programs that watch it, once a second, apart from the threads that send.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::cli::complain;
use crate::cli::exit::Refused;
use crate::cli::files;
use crate::delivery::target::{Allowed, refusal};
use crate::record::load::LoadRun;
use crate::report::load::metrics::{StatsdLines, prometheus};

/// Time that a reader of the figures may take for its request and for taking the answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// The most that is read of a request, in bytes.
const REQUEST: u64 = 16 << 10;
/// Bytes of a datagram that no usual network cuts.
const DATAGRAM: usize = 1400;
/// Start of every name in StatsD.
const PREFIX: &str = "hookreel.load";

/// Destination of the figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum MetricsTo {
    /// A listener that Prometheus reads.
    Listener(SocketAddr),
    /// A file in the same format, for a collector of text files.
    TextFile(PathBuf),
    /// A host and a port that take StatsD.
    Statsd(String),
}

impl FromStr for MetricsTo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let how = || {
            format!(
                "write prometheus=127.0.0.1:9464, prometheus=FILE or statsd://127.0.0.1:8125; not `{text}`"
            )
        };
        if let Some(host) = text.strip_prefix("statsd://") {
            let host = host.trim_end_matches('/');
            let port = host.rsplit_once(':').and_then(|(name, port)| Some((name, port.parse::<u16>().ok()?)));
            return match port.filter(|(name, _)| !name.is_empty() && !host.contains('/')) {
                Some(_) => Ok(Self::Statsd(host.to_owned())),
                None => Err(how()),
            };
        }
        let place = text.strip_prefix("prometheus=").filter(|place| !place.is_empty()).ok_or_else(how)?;
        let local = place.strip_prefix("localhost:").or_else(|| place.strip_prefix(':')).unwrap_or(place);
        Ok(match (place.parse::<SocketAddr>(), local.parse::<u16>()) {
            (Ok(address), _) => Self::Listener(address),
            (_, Ok(port)) => Self::Listener((Ipv4Addr::LOCALHOST, port).into()),
            // A file of that name would be written without a word.
            _ if local.bytes().all(|byte| byte.is_ascii_digit()) => {
                return Err(format!("a port is a number from 0 to 65535; {}", how()));
            }
            _ if address(place) => return Err(how()),
            _ if [",prometheus=", ",statsd://"].iter().any(|other| place.contains(other)) => {
                return Err(format!(
                    "several are several flags, or a line each in HOOKREEL_METRICS; {}",
                    how()
                ));
            }
            _ => Self::TextFile(place.into()),
        })
    }
}

/// True for a host and a port, which is no file's name.
fn address(place: &str) -> bool {
    let Some((host, port)) = place.rsplit_once(':') else { return false };
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    digits && !host.is_empty() && !host.contains(['/', '\\'])
}

/// A file of the figures.
struct MetricsFile {
    path: PathBuf,
    /// Itself without links, and the file that is written before it takes its place; none = it is no plain file and is written as it
    /// is, as a device or a pipe.
    parts: Option<(PathBuf, PathBuf)>,
}

impl MetricsFile {
    fn of(path: &Path) -> Self {
        let there = fs::metadata(path);
        let real = match &there {
            Ok(meta) => meta.is_file().then(|| fs::canonicalize(path).ok()).flatten(),
            // A link that leads to no file yet is followed, and not replaced.
            Err(_) => Some(path.to_owned()).filter(|path| !path.is_symlink()),
        };
        let part = |real: PathBuf| {
            let mut name = real.as_os_str().to_owned();
            name.push(".part");
            (real, name.into())
        };
        Self { path: path.to_owned(), parts: real.map(part) }
    }

    /// Writes the figures. Where that fails none of an earlier second stays, which a collector would take for those of now.
    fn write(&self, text: &str) -> io::Result<()> {
        let written = match &self.parts {
            // In one piece: a collector that comes meanwhile must not read half of it.
            Some((real, part)) => match files::write(part, text) {
                // What is mounted into a container cannot be replaced, but written.
                Ok(()) => fs::rename(part, real).or_else(|_| {
                    let _ = fs::remove_file(part);
                    files::write(&self.path, text)
                }),
                Err(error) => {
                    let _ = fs::remove_file(part);
                    Err(error)
                }
            },
            None => files::write(&self.path, text),
        };
        if written.is_err() && self.path.is_file() {
            let _ = files::create(&self.path);
        }
        written
    }
}

/// Open destinations.
#[derive(Default)]
pub(super) struct Metrics {
    /// Text that the listeners give.
    shown: Option<Arc<Mutex<String>>>,
    files: Vec<MetricsFile>,
    statsd: Vec<(UdpSocket, StatsdLines)>,
    /// A file that cannot be written was reported.
    complained: bool,
    /// The last figures could not be written.
    unwritten: Option<String>,
}

impl Metrics {
    /// Opens the destinations.
    ///
    /// # Errors
    /// One cannot be opened, or other machines could reach it and that was not asked for.
    pub(super) fn open(asked: &[MetricsTo], public: bool, allowed: &Allowed) -> Result<Self, Refused> {
        let mut metrics = Self::default();
        for (index, to) in asked.iter().enumerate() {
            match to {
                MetricsTo::Listener(address) => metrics.listen(*address, public)?,
                MetricsTo::TextFile(path) => {
                    files::claim(&format!("--metrics#{index}"), path)?;
                    let file = MetricsFile::of(path);
                    if let Some((_, part)) = &file.parts {
                        files::claim(&format!("--metrics#{index} while it is written"), part)?;
                    }
                    metrics.files.push(file);
                }
                MetricsTo::Statsd(host) => {
                    metrics.statsd.push((statsd(host, allowed)?, StatsdLines::default()))
                }
            }
        }
        metrics.tell(&LoadRun::default());
        match metrics.unwritten {
            Some(why) => Err(Refused::internal(format!("{why}; nothing was sent"))),
            None => Ok(metrics),
        }
    }

    /// Reason why the last figures are in none of the files; none = they are.
    pub(super) fn unwritten(&self) -> Option<&str> {
        self.unwritten.as_deref()
    }

    fn listen(&mut self, address: SocketAddr, public: bool) -> Result<(), Refused> {
        if !address.ip().is_loopback() && !public {
            return Err(Refused::usage(format!(
                "--metrics: other machines can reach {address}; add --metrics-public if they are meant to"
            )));
        }
        let failed = |error| {
            Refused::usage(format!("--metrics: cannot listen on {address}: {error}; nothing was sent"))
        };
        let listener = TcpListener::bind(address).map_err(failed)?;
        let bound = listener.local_addr().unwrap_or(address);
        complain(&format!("metrics at http://{bound}/metrics\n"));
        let shown = self.shown.get_or_insert_default().clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                match stream {
                    // A reader that goes away is no error of the load.
                    Ok(stream) => drop(answer(&stream, &shown)),
                    // No open file is left: the connections of the load may need them all.
                    Err(_) => std::thread::sleep(PATIENCE),
                }
            }
        });
        Ok(())
    }

    /// A second is over.
    pub(super) fn tell(&mut self, run: &LoadRun) {
        // Before it begins, what cannot be written is an error, and no warning.
        let begun = !run.seconds.is_empty();
        if self.shown.is_some() || !self.files.is_empty() {
            let text = prometheus(run);
            self.unwritten = None;
            for file in &self.files {
                if let Err(error) = file.write(&text) {
                    let why = format!("--metrics: cannot write `{}`: {error}", file.path.display());
                    if begun && !std::mem::replace(&mut self.complained, true) {
                        complain(&format!("warning: {why}\n"));
                    }
                    self.unwritten = Some(why);
                }
            }
            if let Some(shown) = &self.shown {
                *shown.lock().unwrap_or_else(PoisonError::into_inner) = text;
            }
        }
        for (socket, lines) in &mut self.statsd {
            let mut datagram = String::new();
            for line in lines.of(run, PREFIX) {
                if datagram.len() + line.len() >= DATAGRAM {
                    // Nobody may be there to take it, and the load goes on.
                    let _ = socket.send(std::mem::take(&mut datagram).trim_end().as_bytes());
                }
                datagram.push_str(&format!("{line}\n"));
            }
            if !datagram.is_empty() {
                let _ = socket.send(datagram.trim_end().as_bytes());
            }
        }
    }
}

/// Answer before the first second of the load is over.
const NOTHING_YET: &str = "# no second of the load is over yet\n";

/// One request, and the figures as they are now.
fn answer(stream: &TcpStream, shown: &Mutex<String>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream.take(REQUEST)).lines();
    // A connection that closes at once asked for nothing.
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = first.strip_prefix("GET ").and_then(|rest| rest.split([' ', '?']).next());
    let (status, text) = match path {
        Some("/metrics" | "/") => {
            let text = shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
            // A text of this format ends with a newline, also before the first second is over.
            ("200 OK", if text.is_empty() { NOTHING_YET.to_owned() } else { text })
        }
        Some(_) => ("404 Not Found", "/metrics is here\n".to_owned()),
        None => ("405 Method Not Allowed", "GET /metrics\n".to_owned()),
    };
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{text}",
        text.len()
    )
}

fn statsd(host: &str, allowed: &Allowed) -> Result<UdpSocket, Refused> {
    let failed = |error| Refused::usage(format!("--metrics: statsd://{host}: {error}; nothing was sent"));
    let address = host.to_socket_addrs().map_err(failed)?.next();
    let address = address.ok_or_else(|| failed(std::io::Error::other("the name has no address")))?;
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if !allowed.permits(name, address.ip()) {
        return Err(Refused::usage(format!("--metrics: {}", refusal(name, &[address.ip()]))));
    }
    let own: IpAddr = match address.ip() {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((own, 0)).map_err(failed)?;
    socket.connect(address).map_err(failed)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_an_address_a_file_or_a_host_that_takes_statsd() {
        let local = |port: u16| MetricsTo::Listener((Ipv4Addr::LOCALHOST, port).into());
        for (text, expected) in [
            ("prometheus=9464", local(9464)),
            ("prometheus=localhost:9464", local(9464)),
            ("prometheus=127.0.0.1:0", local(0)),
            ("prometheus=0.0.0.0:9464", MetricsTo::Listener(([0, 0, 0, 0], 9464).into())),
            ("prometheus=/var/lib/node/load.prom", MetricsTo::TextFile("/var/lib/node/load.prom".into())),
            ("statsd://127.0.0.1:8125", MetricsTo::Statsd("127.0.0.1:8125".into())),
            ("statsd://metrics:8125/", MetricsTo::Statsd("metrics:8125".into())),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for wrong in [
            "",
            "prometheus",
            "prometheus=",
            "statsd://",
            "statsd://host",
            "statsd://:1",
            "statsd://a:1/b",
            "graphite=x",
            "prometheus=0,prometheus=x.prom",
        ] {
            assert!(wrong.parse::<MetricsTo>().unwrap_err().contains("statsd://127.0.0.1:8125"), "{wrong}");
        }
    }
}
