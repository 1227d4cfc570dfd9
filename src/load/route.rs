//! The way to the receiver, found once, before anything is sent.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ClientConnection};

use crate::delivery::http::ConnectionSettings;
use crate::delivery::target::{ReceiverUrl, refusal};
use crate::delivery::trust::{config, refusal as of_tls};
use crate::duration::show_duration;

/// Settings of connections.
#[derive(Clone)]
pub struct Route {
    /// Permitted, and found to take connections.
    pub(super) address: SocketAddr,
    /// TLS settings for https: trusted certificates, and the required name of the certificate.
    pub(super) tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

/// Reason for a receiver that cannot be connected to.
pub enum NoRoute {
    /// It must not be sent to, or not like this.
    Refused(String),
    /// Nobody is there.
    Unreachable(String),
    /// Somebody is, and did not take the connection in time.
    NotTaken(String),
    /// Somebody is, and no secure connection comes about.
    Insecure(String),
}

/// Looks the name up, judges the addresses, and takes the first that accepts a connection: exactly that one is sent to, so
/// a name cannot change its mind in mid-run. Each may take so long.
///
/// # Errors
/// The receiver cannot be connected to.
pub fn find(
    target: &ReceiverUrl,
    connection: &ConnectionSettings,
    patience: Duration,
) -> Result<Route, NoRoute> {
    let host = target.host();
    let found: Vec<SocketAddr> = match target.loopbacks() {
        Some(both) => both.to_vec(),
        None => (host, target.port())
            .to_socket_addrs()
            .map_err(|error| NoRoute::Unreachable(format!("{host} has no address: {error}")))?
            .collect(),
    };
    let permitted: Vec<_> =
        found.iter().filter(|address| connection.allowed.permits(host, address.ip())).copied().collect();
    if permitted.is_empty() {
        let addresses: Vec<IpAddr> = found.iter().map(SocketAddr::ip).collect();
        return Err(NoRoute::Refused(refusal(host, &addresses)));
    }
    let tls = match target.url.scheme() {
        "https" => {
            let config = config(connection).map_err(|error| NoRoute::Refused(error.to_string()))?;
            let name =
                ServerName::try_from(host.to_owned()).map_err(|error| NoRoute::Refused(error.to_string()))?;
            Some((Arc::new(config), name))
        }
        _ => None,
    };
    let (mut why, mut in_time) = (Vec::new(), false);
    for address in permitted {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(stream) => {
                if let Some((config, name)) = &tls {
                    shake(stream, config, name, patience).map_err(NoRoute::Insecure)?;
                }
                return Ok(Route { address, tls });
            }
            // It was taken, whatever became of it.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(Route { address, tls }),
            Err(error) => {
                in_time |= error.kind() != ErrorKind::TimedOut;
                why.push(format!("{address}: {error}"));
            }
        }
    }
    let why = why.join(", ");
    Err(if in_time { NoRoute::Unreachable(why) } else { NoRoute::NotTaken(why) })
}

/// Shakes hands once, so that what is wrong with it is said in words and before anything is sent.
fn shake(
    mut stream: TcpStream,
    config: &Arc<ClientConfig>,
    name: &ServerName<'static>,
    patience: Duration,
) -> Result<(), String> {
    let mut shaken = || {
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        let mut tls = ClientConnection::new(config.clone(), name.clone()).map_err(io::Error::other)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut stream)?;
        }
        Ok(())
    };
    shaken().map_err(|error: io::Error| match of_tls(&error) {
        Some(trouble) => trouble.text,
        // A socket whose time is over says it either way.
        None if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            let time = show_duration(patience);
            format!("no secure connection within {time}. Does the receiver speak https on this port?")
        }
        None => format!("no secure connection: {error}. Does the receiver speak https on this port?"),
    })
}
