//! Connections for the byte writer: the address rule and the trust of the ordinary path, without a client library on top.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tokio::time::{Instant, timeout_at};
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

/// Plays scripts on connections of its own.
pub(super) struct Dialler {
    connection: Connection,
    tls: Option<TlsConnector>,
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
        // Where the system's trust cannot be read the ordinary client has said so already.
        let tls = config(&connection).ok().map(|config| TlsConnector::from(Arc::new(config)));
        Self { connection, tls, left: Mutex::default() }
    }

    /// Connects, plays, and leaves the connection as the script says.
    pub(super) async fn play(
        &self,
        target: &Target,
        steps: &[Step],
        deadline: Instant,
        meeting: Option<Arc<Barrier>>,
    ) -> Heard {
        let link = match timeout_at(deadline, self.connect(target)).await {
            Ok(Ok(link)) => link,
            Ok(Err(trouble)) => return Heard { answer: None, error: Some(trouble), leaving: None },
            Err(_) => {
                let text = "no connection in time".to_owned();
                let trouble = Trouble { kind: TroubleKind::Connect, text };
                return Heard { answer: None, error: Some(trouble), leaving: None };
            }
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

    async fn connect(&self, target: &Target) -> Result<Link, Trouble> {
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
            let addresses: Vec<_> = found.iter().map(std::net::SocketAddr::ip).collect();
            return Err(trouble(TroubleKind::NotAllowed, refusal(host, &addresses)));
        }
        let stream = TcpStream::connect(permitted.as_slice())
            .await
            .map_err(|error| trouble(TroubleKind::Connect, error.to_string()))?;
        // Each write is a packet of its own: that is what it was cut for.
        let _ = stream.set_nodelay(true);
        if target.url.scheme() != "https" {
            return Ok(Link::Plain(stream));
        }
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| trouble(TroubleKind::Tls, error.to_string()))?;
        let Some(tls) = &self.tls else {
            return Err(trouble(TroubleKind::Tls, "there is no trust store".into()));
        };
        let secured = tls.connect(name, stream).await;
        secured
            .map(|stream| Link::Secure(Box::new(stream)))
            .map_err(|error| trouble(TroubleKind::Tls, error.to_string()))
    }
}

impl Link {
    /// Throws away what is on its way, and tells the other side so.
    fn reset(self) {
        let stream = match &self {
            Self::Plain(stream) => stream,
            Self::Secure(stream) => stream.get_ref().0,
        };
        let _ = stream.set_zero_linger();
    }
}

fn config(connection: &Connection) -> Result<ClientConfig, Error> {
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
