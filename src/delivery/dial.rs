//! Connections for the byte writer: the address rule and the trust of a run, without a client library on top.

mod open_files;
mod reach;

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::{Barrier, Semaphore};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

use super::http::ConnectionSettings;
use super::target::{ReceiverUrl, refusal};
use super::trust::{self, config};
use super::wire::{ExchangeMoments, ScriptResult, TimeLimit, play};
use crate::duration::show_duration;
use crate::record::{Phases, Trouble, TroubleKind};
use crate::request::{Leaving, WireStep};
pub(crate) use open_files::{OTHERS, make_room, most_connections};
use open_files::{is_own_limit, room};
pub(crate) use reach::{NOT_THERE, addresses, open, refused};
use reach::{open_queued, unconnected};

/// Time limit for a connection, TLS included. A running receiver accepts at once; the rest of the timeout is for its
/// answer.
pub(super) const CONNECT: Duration = Duration::from_secs(5);

/// Time limit for the connections of a crowd. If a receiver accepts no more of them, the accepted ones are enough.
const GATHERING: Duration = Duration::from_secs(2);

/// Time for which a connection that a script left open stays so. Ours: no page says when a sender that has given up closes it. A
/// receiver that serves one connection at a time serves nobody else meanwhile.
const LEFT_OPEN: Duration = Duration::from_secs(2);

/// Plays scripts on connections of its own, one for each.
pub(super) struct Dialler {
    connection: ConnectionSettings,
    tls: OnceLock<Result<TlsConnector, String>>,
    /// As many connections at once as this process may open: a shortage of ours must not be taken for the receiver's fault.
    room: OnceLock<Semaphore>,
}

/// A connection, plain or secure.
enum Link {
    Plain(TcpStream),
    Secure(Box<TlsStream<TcpStream>>),
}

/// Surroundings of a script that is played to a receiver.
struct Script<'a> {
    target: &'a ReceiverUrl,
    /// For all its connections together.
    limit: TimeLimit,
    /// Others that begin at the same moment.
    meeting: Option<Arc<Barrier>>,
}

impl Dialler {
    pub(super) fn new(connection: ConnectionSettings) -> Self {
        Self { connection, tls: OnceLock::new(), room: OnceLock::new() }
    }

    /// Reads the trust, which takes longer than to send a callback; only where it is needed.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn prepare(&self, target: &ReceiverUrl) -> Result<(), String> {
        if target.url.scheme() == "https" { self.tls().map(|_| ()) } else { Ok(()) }
    }

    fn tls(&self) -> Result<&TlsConnector, String> {
        let made = || {
            let config = config(&self.connection).map_err(|error| error.to_string())?;
            Ok(TlsConnector::from(Arc::new(config)))
        };
        self.tls.get_or_init(made).as_ref().map_err(String::clone)
    }

    /// Connects, plays, and leaves the connection as the script says. The time begins when there is room for a connection.
    pub(super) async fn play(
        &self,
        target: &ReceiverUrl,
        steps: &[WireStep],
        time: Duration,
        meeting: Option<Arc<Barrier>>,
    ) -> (ScriptResult, Instant, Phases) {
        let room = self.room.get_or_init(|| Semaphore::new(room()));
        // Those that wait for each other must not wait for room.
        let _permit = if meeting.is_none() { room.acquire().await.ok() } else { None };
        let begun = Instant::now();
        let script = Script { target, limit: TimeLimit { begun, time }, meeting };
        let (heard, phases) = self.exchange(&script, steps).await;
        (heard, begun, phases)
    }

    /// Plays the steps, those that are left on a new connection where the receiver closed one between two requests.
    async fn exchange(&self, script: &Script<'_>, mut steps: &[WireStep]) -> (ScriptResult, Phases) {
        let (mut begun, mut connections) = (script.limit.begun, 1);
        loop {
            let (heard, phases) = self.once(script, steps, begun).await;
            match heard.rest.and_then(|at| steps.get(at..)) {
                Some(rest) => steps = rest,
                None => return (heard, Phases { connections, ..phases }),
            }
            (begun, connections) = (Instant::now(), connections + 1);
        }
    }

    /// Plays steps on one connection, which is begun at this moment.
    async fn once(&self, script: &Script<'_>, steps: &[WireStep], begun: Instant) -> (ScriptResult, Phases) {
        let Script { target, limit, ref meeting } = *script;
        let mut clock = ConnectionMoments { begun, connected: None, secured: None };
        let connected = async {
            Ok((self.crowd(target, steps).await?, self.connect(target, steps, limit, &mut clock).await?))
        };
        let (_crowd, link) = match connected.await {
            Ok(connected) => connected,
            Err(trouble) => {
                let (error, moments) = (Some(trouble), ExchangeMoments::default());
                let phases = clock.phases(&moments);
                return (ScriptResult { answer: None, error, leaving: None, rest: None, moments }, phases);
            }
        };
        let (heard, link) = match link {
            Link::Plain(stream) => {
                let (heard, stream) = play(stream, steps, limit, meeting.clone()).await;
                (heard, Link::Plain(stream))
            }
            Link::Secure(stream) => {
                let (heard, stream) = play(*stream, steps, limit, meeting.clone()).await;
                (heard, Link::Secure(Box::new(stream)))
            }
        };
        match heard.leaving {
            Some(Leaving::Reset) => link.reset(),
            Some(Leaving::Open) => drop(tokio::spawn(async move {
                sleep(LEFT_OPEN).await;
                drop(link);
            })),
            Some(Leaving::Close) | None => {}
        }
        let phases = clock.phases(&heard.moments);
        (heard, phases)
    }

    /// The connections that stand beside an exchange, each with its few bytes said. What the receiver does not take is
    /// missing: to be capped is its right.
    async fn crowd(&self, target: &ReceiverUrl, steps: &[WireStep]) -> Result<Vec<Link>, Trouble> {
        let mut crowd = Vec::new();
        for step in steps {
            let WireStep::Crowd(size, bytes) = step else { continue };
            // Both ends of each, since the receiver may be ours.
            make_room(size.saturating_mul(2).saturating_add(OTHERS))
                .map_err(|text| Trouble::new(TroubleKind::OwnLimit, text))?;
            let until = TimeLimit { begun: Instant::now(), time: GATHERING };
            let gather = async {
                for _ in 0..*size {
                    let mut clock = ConnectionMoments { begun: until.begun, connected: None, secured: None };
                    let mut link = self.connect(target, &[], until, &mut clock).await?;
                    let _ = link.write(bytes).await;
                    crowd.push(link);
                }
                Ok::<_, Trouble>(())
            };
            let _ = timeout(GATHERING, gather).await;
        }
        Ok(crowd)
    }

    async fn connect(
        &self,
        target: &ReceiverUrl,
        steps: &[WireStep],
        limit: TimeLimit,
        clock: &mut ConnectionMoments,
    ) -> Result<Link, Trouble> {
        // One of several that are made at once may have to wait until the receiver took those before it.
        let queued = steps.contains(&WireStep::Meet);
        let time = if queued { limit.time } else { limit.time.min(CONNECT) };
        let deadline = limit.deadline().min(Instant::now() + time);
        let permitted = self.addresses(target).await?;
        let narrow = steps.iter().any(|step| matches!(step, WireStep::Sip(..)));
        let late = |what: &str| format!("no {what} within {}", show_duration(time));
        let stream = match open_queued(&permitted, narrow, deadline).await {
            Ok(stream) => stream,
            Err(tried) => return Err(unconnected(&tried, late)),
        };
        clock.connected = Some(Instant::now());
        // Each write is a packet of its own: that is what it was cut for.
        let _ = stream.set_nodelay(true);
        if target.url.scheme() != "https" || steps.contains(&WireStep::Bare) {
            return Ok(Link::Plain(stream));
        }
        let trouble = |text| Trouble::new(TroubleKind::Tls, text);
        let name = ServerName::try_from(target.host().to_owned())
            .map_err(|error| trouble(format!("no secure connection: {error}")))?;
        let tls = self.tls().map_err(trouble)?;
        match timeout_at(deadline, tls.connect(name, stream)).await {
            Ok(Ok(stream)) => {
                clock.secured = Some(Instant::now());
                Ok(Link::Secure(Box::new(stream)))
            }
            Ok(Err(error)) => Err(trust::refusal(&error).unwrap_or_else(|| {
                trouble(format!("no secure connection: {error}. Does the receiver speak https on this port?"))
            })),
            Err(_) => Err(trouble(format!(
                "{}. Does the receiver speak https on this port?",
                late("secure connection")
            ))),
        }
    }

    /// The addresses that may be connected to. They are judged here, and exactly these are used: a name has no time to change
    /// its mind.
    async fn addresses(&self, target: &ReceiverUrl) -> Result<Vec<SocketAddr>, Trouble> {
        let host = target.host();
        let found = addresses(target).await.map_err(|error| {
            let kind = if is_own_limit(&error) { TroubleKind::OwnLimit } else { TroubleKind::Dns };
            Trouble::new(kind, format!("no connection: {host} has no address ({error})"))
        })?;
        let allowed = &self.connection.allowed;
        let permitted: Vec<_> =
            found.iter().filter(|address| allowed.permits(host, address.ip())).copied().collect();
        if permitted.is_empty() {
            let addresses: Vec<_> = found.iter().map(SocketAddr::ip).collect();
            return Err(Trouble::new(TroubleKind::NotAllowed, refusal(host, &addresses)));
        }
        Ok(permitted)
    }
}

/// Moments in the making of a connection.
struct ConnectionMoments {
    begun: Instant,
    connected: Option<Instant>,
    secured: Option<Instant>,
}

impl ConnectionMoments {
    fn phases(&self, moments: &ExchangeMoments) -> Phases {
        let ExchangeMoments { sent, first, last, requests } = *moments;
        // An answer may begin before everything is sent.
        let sent = sent.into_iter().chain(first).min();
        let since = |from: Option<Instant>, to: Option<Instant>| {
            let time = to?.saturating_duration_since(from?);
            Some(time.as_micros() as f64 / 1000.0)
        };
        Phases {
            connect_ms: since(Some(self.begun), self.connected),
            tls_ms: since(self.connected, self.secured),
            send_ms: since(self.secured.or(self.connected), sent),
            wait_ms: since(sent, first),
            read_ms: since(first, last),
            requests,
            connections: 1,
        }
    }
}

impl Link {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(bytes).await,
            Self::Secure(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
        }
    }

    /// Throws away what is on its way, and tells the other side so.
    fn reset(self) {
        let stream = match &self {
            Self::Plain(stream) => stream,
            Self::Secure(stream) => stream.get_ref().0,
        };
        let _ = stream.set_zero_linger();
    }
}
