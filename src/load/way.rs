//! The way to the receiver, found once, before anything is sent.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::delivery::http::Connection;
use crate::delivery::target::{Target, refusal};
use crate::delivery::trust::config;

/// How connections are made.
#[derive(Clone)]
pub struct Way {
    /// Permitted, and found to take connections.
    pub(super) address: SocketAddr,
    /// For https: the trust, and the name that the certificate must have.
    pub(super) tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

/// Why there is no way to a receiver.
pub enum Lost {
    /// It must not be sent to, or not like this.
    Refused(String),
    /// Nobody is there.
    Unreachable(String),
}

/// Looks the name up, judges the addresses, and takes the first that accepts a connection: exactly that one is sent to, so
/// a name cannot change its mind in mid-run. Each may take so long.
///
/// # Errors
/// There is no way.
pub fn find(target: &Target, connection: &Connection, patience: Duration) -> Result<Way, Lost> {
    let host = target.host();
    let found: Vec<SocketAddr> = match target.loopbacks() {
        Some(both) => both.to_vec(),
        None => (host, target.port())
            .to_socket_addrs()
            .map_err(|error| Lost::Unreachable(format!("{host} has no address: {error}")))?
            .collect(),
    };
    let permitted: Vec<_> =
        found.iter().filter(|address| connection.allowed.permits(host, address.ip())).copied().collect();
    if permitted.is_empty() {
        let addresses: Vec<IpAddr> = found.iter().map(SocketAddr::ip).collect();
        return Err(Lost::Refused(refusal(host, &addresses)));
    }
    let tls = match target.url.scheme() {
        "https" => {
            let config = config(connection).map_err(|error| Lost::Refused(error.to_string()))?;
            let name =
                ServerName::try_from(host.to_owned()).map_err(|error| Lost::Refused(error.to_string()))?;
            Some((Arc::new(config), name))
        }
        _ => None,
    };
    let mut why = Vec::new();
    for address in permitted {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(_) => return Ok(Way { address, tls }),
            // It was taken, whatever became of it.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(Way { address, tls }),
            Err(error) => why.push(format!("{address}: {error}")),
        }
    }
    Err(Lost::Unreachable(why.join(", ")))
}
