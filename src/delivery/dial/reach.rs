//! Making a connection: the addresses of a target, tries that are made anew, and the trouble that explains a missing one.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, timeout};

use super::open_files::{is_own_limit, shortage};
use crate::delivery::target::ReceiverUrl;
use crate::number;
use crate::record::{Trouble, TroubleDetail, TroubleKind};

/// Pause between two tries while this process has no file left for a connection; other connections end meanwhile.
const SHORTAGE: Duration = Duration::from_millis(10);

/// Time after which a connection is tried anew, twice as long after each try: a receiver whose queue of connections is full drops a
/// try without a word, and the system itself tries again only after one second, then after two more.
const QUEUE_FULL: Duration = Duration::from_millis(250);

/// The addresses of a target, in the order in which they are tried.
///
/// # Errors
/// The name has none.
pub(crate) async fn addresses(target: &ReceiverUrl) -> io::Result<Vec<SocketAddr>> {
    match target.loopbacks() {
        Some(both) => Ok(both.to_vec()),
        None => Ok(tokio::net::lookup_host((target.host(), target.port())).await?.collect()),
    }
}

/// Connects to the first address that takes it; `narrow` = through the smallest receive window that the system gives.
///
/// # Errors
/// No address accepts a connection: each tried address, with its error.
pub(crate) async fn open(
    addresses: &[SocketAddr],
    narrow: bool,
    deadline: Instant,
) -> Result<TcpStream, Vec<(SocketAddr, io::Error)>> {
    loop {
        let mut tried = Vec::new();
        for (n, address) in addresses.iter().enumerate() {
            // Each has its part of the time that is left.
            let left = deadline.saturating_duration_since(Instant::now());
            let part = left / number::capped::<u32>(addresses.len() - n);
            match timeout(part, reach(*address, narrow)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => tried.push((*address, error)),
                Err(_) => tried.push((*address, io::ErrorKind::TimedOut.into())),
            }
        }
        let short = tried.iter().any(|(_, error)| is_own_limit(error));
        if !short || Instant::now() + SHORTAGE >= deadline {
            return Err(tried);
        }
        sleep(SHORTAGE).await;
    }
}

/// Connects to a receiver whose queue of connections may be full: each try is given up after a while, and made anew.
///
/// # Errors
/// As of [`open`], of the last try.
pub(super) async fn open_queued(
    addresses: &[SocketAddr],
    narrow: bool,
    deadline: Instant,
) -> Result<TcpStream, Vec<(SocketAddr, io::Error)>> {
    let mut patience = QUEUE_FULL;
    loop {
        let until = deadline.min(Instant::now() + patience);
        match open(addresses, narrow, until).await {
            Err(tried) if until < deadline && tried.iter().any(|(_, error)| is_late(error)) => {}
            opened => return opened,
        }
        patience = (patience * 2).min(QUEUE_FULL * 8);
    }
}

fn is_late(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut
}

async fn reach(address: SocketAddr, narrow: bool) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if narrow {
        socket.set_recv_buffer_size(1)?;
    }
    let stream = socket.connect(address).await?;
    // A port that nobody serves can be given to the very socket that asks for it: it is then connected to itself.
    if stream.local_addr().ok() == stream.peer_addr().ok() {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}

/// Advice where nobody listens.
pub(crate) const NOT_THERE: &str = "Is the receiver running? `--wait-for 30s` waits for it.";

/// Trouble that explains a missing connection.
pub(super) fn unconnected(tried: &[(SocketAddr, io::Error)], late: impl Fn(&str) -> String) -> Trouble {
    let trouble = |kind, text: String| Trouble::new(kind, text);
    if tried.iter().any(|(_, error)| is_own_limit(error)) {
        return trouble(TroubleKind::OwnLimit, format!("{}, and all are in use", shortage()));
    }
    // Of both loopback addresses the second may not exist on a machine, which is no news.
    let Some((address, error)) = tried.first() else {
        return trouble(TroubleKind::NotTaken, late("connection"));
    };
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            trouble(TroubleKind::Connect, format!("no connection: {}. {NOT_THERE}", refused(tried)))
        }
        io::ErrorKind::ConnectionReset => {
            let text = "the receiver reset the connection without an answer".to_owned();
            Trouble { detail: Some(TroubleDetail::Reset), ..trouble(TroubleKind::Closed, text) }
        }
        io::ErrorKind::TimedOut => trouble(TroubleKind::NotTaken, late("connection")),
        io::ErrorKind::AddrNotAvailable => trouble(
            TroubleKind::NoPort,
            "no connection: this machine has no port left to connect from".to_owned(),
        ),
        _ => trouble(TroubleKind::Connect, format!("no connection to {address}: {error}")),
    }
}

/// Address that refused a connection, or the error of the first address.
pub(crate) fn refused(tried: &[(SocketAddr, io::Error)]) -> String {
    let refused = tried.iter().filter(|(_, error)| error.kind() == io::ErrorKind::ConnectionRefused);
    let who: Vec<String> = refused.map(|(address, _)| address.to_string()).collect();
    match tried.first() {
        _ if !who.is_empty() => format!("refused by {}", who.join(" and ")),
        Some((address, error)) => format!("{address}: {error}"),
        None => "no connection".into(),
    }
}
