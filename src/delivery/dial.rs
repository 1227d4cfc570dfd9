//! Connections for the byte writer: the address rule and the trust of the ordinary path, without a client library on top.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Barrier;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_rustls::{TlsConnector, rustls};

use super::http::Connection;
use super::target::{Target, refusal};
use super::wire::{Heard, play};
use crate::letter::{Leaving, Step};
use crate::record::{Trouble, TroubleKind};

/// For the connections of a crowd: when a receiver takes no more of them, those that it took will do.
const GATHERING: Duration = Duration::from_secs(2);

/// Files that a process has open beside the connections of a load or a crowd.
pub(crate) const OTHERS: usize = 512;

/// Plays scripts on connections of its own.
pub(super) struct Dialler {
    connection: Connection,
    /// None where the system's trust cannot be read: the ordinary client has said so already.
    tls: OnceLock<Option<TlsConnector>>,
    /// Connections that a script left open: they stay so until the run ends.
    left: Mutex<Vec<Link>>,
}

/// A connection, plain or secure.
enum Link {
    Plain(TcpStream),
    Secure(Box<TlsStream<TcpStream>>),
}

impl Dialler {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, tls: OnceLock::new(), left: Mutex::default() }
    }

    /// Connects, plays, and leaves the connection as the script says.
    pub(super) async fn play(
        &self,
        target: &Target,
        steps: &[Step],
        deadline: Instant,
        meeting: Option<Arc<Barrier>>,
    ) -> Heard {
        let late = |_| Err(Trouble { kind: TroubleKind::NotTaken, text: "no connection in time".into() });
        let connected = async { Ok((self.crowd(target, steps).await?, self.connect(target, steps).await?)) };
        let (_crowd, link) = match timeout_at(deadline, connected).await.unwrap_or_else(late) {
            Ok(connected) => connected,
            Err(trouble) => return Heard { answer: None, error: Some(trouble), leaving: None },
        };
        let (heard, link) = match link {
            Link::Plain(stream) => {
                let (heard, stream) = play(stream, steps, deadline, meeting).await;
                (heard, Link::Plain(stream))
            }
            Link::Secure(stream) => {
                let (heard, stream) = play(*stream, steps, deadline, meeting).await;
                (heard, Link::Secure(Box::new(stream)))
            }
        };
        match heard.leaving {
            Some(Leaving::Reset) => link.reset(),
            Some(Leaving::Open) => self.left.lock().unwrap_or_else(PoisonError::into_inner).push(link),
            Some(Leaving::Close) | None => {}
        }
        heard
    }

    /// The connections that stand beside an exchange, each with its few bytes said. What the receiver does not take is
    /// missing: to be capped is its right.
    async fn crowd(&self, target: &Target, steps: &[Step]) -> Result<Vec<Link>, Trouble> {
        let mut crowd = Vec::new();
        for step in steps {
            let Step::Crowd(size, bytes) = step else { continue };
            // Both ends of each, since the receiver may be ours.
            make_room(size.saturating_mul(2).saturating_add(OTHERS))
                .map_err(|text| Trouble { kind: TroubleKind::Connect, text })?;
            let gather = async {
                for _ in 0..*size {
                    let mut link = self.connect(target, &[]).await?;
                    let _ = link.write(bytes).await;
                    crowd.push(link);
                }
                Ok::<_, Trouble>(())
            };
            let _ = timeout(GATHERING, gather).await;
        }
        Ok(crowd)
    }

    async fn connect(&self, target: &Target, steps: &[Step]) -> Result<Link, Trouble> {
        let trouble = |kind, text| Trouble { kind, text };
        let host = target.url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let port = target.url.port_or_known_default().unwrap_or(80);
        let found: Vec<_> = tokio::net::lookup_host((host, port))
            .await
            .map_err(|error| trouble(TroubleKind::Dns, error.to_string()))?
            .collect();
        // Judged on the addresses that are connected to: a name has no time to change its mind.
        let allowed = &self.connection.allowed;
        let permitted: Vec<_> =
            found.iter().filter(|address| allowed.permits(host, address.ip())).copied().collect();
        if permitted.is_empty() {
            let addresses: Vec<_> = found.iter().map(SocketAddr::ip).collect();
            return Err(trouble(TroubleKind::NotAllowed, refusal(host, &addresses)));
        }
        let narrow = steps.iter().any(|step| matches!(step, Step::Sip(..)));
        let stream = open(&permitted, narrow)
            .await
            .map_err(|error| trouble(TroubleKind::Connect, error.to_string()))?;
        // Each write is a packet of its own: that is what it was cut for.
        let _ = stream.set_nodelay(true);
        if target.url.scheme() != "https" || steps.contains(&Step::Bare) {
            return Ok(Link::Plain(stream));
        }
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| trouble(TroubleKind::Tls, error.to_string()))?;
        let made = || config(&self.connection).ok().map(|config| TlsConnector::from(Arc::new(config)));
        let Some(tls) = self.tls.get_or_init(made) else {
            return Err(trouble(TroubleKind::Tls, "there is no trust store".into()));
        };
        let secured = tls.connect(name, stream).await;
        secured
            .map(|stream| Link::Secure(Box::new(stream)))
            .map_err(|error| trouble(TroubleKind::Tls, error.to_string()))
    }
}

/// Connects to the first address that takes it; `narrow` = through the smallest receive window that the system gives.
async fn open(addresses: &[SocketAddr], narrow: bool) -> io::Result<TcpStream> {
    let mut last = io::ErrorKind::AddrNotAvailable.into();
    for address in addresses {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if narrow {
            socket.set_recv_buffer_size(1)?;
        }
        match socket.connect(*address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Sees to it that the process may have so many files open, connections among them: a shortage of ours must not be taken for
/// the receiver's fault.
///
/// # Errors
/// The system does not allow it.
#[cfg(unix)]
pub(crate) fn make_room(files: usize) -> Result<(), String> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = u64::try_from(files).unwrap_or(u64::MAX);
    let limit = getrlimit(Resource::Nofile);
    let enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= needed);
    if enough(limit.current) {
        return Ok(());
    }
    let wider = Rlimit { current: Some(needed), ..limit };
    let widened = enough(limit.maximum) && setrlimit(Resource::Nofile, wider).is_ok();
    widened.then_some(()).ok_or_else(|| format!("this takes {needed} open files; see `ulimit -Hn`"))
}

#[cfg(not(unix))]
pub(crate) fn make_room(_: usize) -> Result<(), String> {
    Ok(())
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

/// The trust of the ordinary path.
///
/// # Errors
/// That of the system cannot be read.
pub(crate) fn config(connection: &Connection) -> Result<ClientConfig, Error> {
    use rustls_platform_verifier::BuilderVerifierExt;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    if connection.insecure {
        let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(Anyone(provider)));
        return Ok(builder.with_no_client_auth());
    }
    let Some(pem) = &connection.authorities else {
        return Ok(builder.with_platform_verifier()?.with_no_client_auth());
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(pem).flatten());
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// `--insecure`: every certificate will do; the handshake itself is still checked.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
