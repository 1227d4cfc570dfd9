//! Trust in servers over TLS, and the messages for untrusted ones.

use std::io;
use std::sync::Arc;

use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{WantsClientCert, WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, Error,
    RootCertStore, SignatureScheme,
};

use super::http::ConnectionSettings;
use crate::record::{Trouble, TroubleKind};

/// TLS settings of a connection: `--insecure`, `--cacert`, or else the trust of the system.
///
/// # Errors
/// The trust of the system cannot be read.
pub(crate) fn config(connection: &ConnectionSettings) -> Result<ClientConfig, Error> {
    use rustls_platform_verifier::BuilderVerifierExt;
    let provider = Arc::new(ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let trusted = match &connection.authorities {
        _ if connection.insecure => Trusted::All,
        Some(pem) => Trusted::given(certificates(pem), provider.clone())?,
        None => return Ok(shown(builder.with_platform_verifier()?, connection)),
    };
    let verifier = Arc::new(Verifier { trusted, provider });
    Ok(shown(builder.dangerous().with_custom_certificate_verifier(verifier), connection))
}

fn shown(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    connection: &ConnectionSettings,
) -> ClientConfig {
    match &connection.identity {
        Some(identity) => builder.with_client_cert_resolver(identity.0.clone()),
        None => builder.with_no_client_auth(),
    }
}

/// A certificate and its key, to be shown to a receiver that asks for one. Secret.
#[derive(Clone)]
pub struct ClientCertificate(Arc<SingleCertAndKey>);

impl ClientCertificate {
    /// The certificates of a file in PEM, the one to show first.
    ///
    /// # Errors
    /// It holds none.
    pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
        let certificates = certificates(pem);
        if certificates.is_empty() { Err("holds no certificate in PEM".into()) } else { Ok(certificates) }
    }

    /// The private key of a file in PEM.
    ///
    /// # Errors
    /// It holds none, or one that takes a passphrase.
    pub fn key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
        PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
            let text = String::from_utf8_lossy(pem);
            match text.contains("ENCRYPTED") {
                true => "holds a private key with a passphrase, which hookreel does not ask for; `openssl pkey -in FILE` \
                         writes it without one"
                    .into(),
                false => "holds no private key in PEM".into(),
            }
        })
    }

    /// Puts them together.
    ///
    /// # Errors
    /// The key is not the certificate's, or is of an unknown kind.
    pub fn of(
        certificates: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, String> {
        match CertifiedKey::from_der(certificates, key, &ring::default_provider()) {
            Ok(whole) => Ok(Self(Arc::new(whole.into()))),
            Err(Error::InconsistentKeys(_)) => Err("do not belong together".into()),
            Err(error) => Err(format!("cannot be used: {error}")),
        }
    }
}

/// The certificates of a file in PEM.
pub(super) fn certificates(pem: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem).flatten().collect()
}

/// Certificates that a [`Verifier`] trusts.
#[derive(Debug)]
enum Trusted {
    /// `--insecure`: every certificate.
    All,
    /// `--cacert`: authorities; and a server whose very certificate was given, also when it calls itself an authority, as those
    /// that are made with `openssl req -x509` do.
    Given { authorities: Arc<WebPkiServerVerifier>, certificates: Vec<CertificateDer<'static>> },
}

impl Trusted {
    fn given(
        certificates: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates.iter().cloned());
        let authorities = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| Error::General(error.to_string()))?;
        Ok(Self::Given { authorities, certificates })
    }
}

/// Checks the certificate against [`Trusted`], and the handshake's signature in every case.
#[derive(Debug)]
struct Verifier {
    trusted: Trusted,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Trusted::Given { authorities, certificates } = &self.trusted else {
            return Ok(ServerCertVerified::assertion());
        };
        match authorities.verify_server_cert(end_entity, intermediates, name, ocsp, now) {
            // This error comes after the dates were found right.
            Err(error) if is_authority(&error) && certificates.contains(&end_entity.clone().into_owned()) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The server shows a certificate that calls itself an authority. The type behind it is not ours to name.
fn is_authority(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(CertificateError::Other(other)) if other.to_string().contains("CaUsedAsEndEntity"))
}

/// Meaning of an alert from the receiver.
fn of_alert(alert: AlertDescription) -> &'static str {
    use AlertDescription as Alert;
    match alert {
        Alert::CertificateRequired | Alert::NoCertificate => {
            "The receiver asks for a client certificate; --cert FILE --cert-key FILE show one"
        }
        Alert::UnknownCA => "The receiver does not trust the authority of the client certificate of --cert",
        Alert::CertificateExpired => "The receiver says that the client certificate of --cert has expired",
        Alert::CertificateRevoked => "The receiver says that the client certificate of --cert was revoked",
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateUnknown
        | Alert::AccessDenied
        | Alert::DecryptError => {
            "The receiver did not take the client certificate, or asks for one: --cert FILE --cert-key FILE show one"
        }
        Alert::ProtocolVersion => {
            "The receiver takes neither TLS 1.2 nor TLS 1.3, and hookreel nothing older"
        }
        Alert::HandshakeFailure | Alert::InsufficientSecurity => {
            "The receiver has no cipher suite in common with hookreel, or asks for a client certificate (--cert FILE)"
        }
        Alert::UnrecognisedName => {
            "The receiver has no certificate for this host name; name it in the target as the receiver knows it"
        }
        _ => "The receiver ended the handshake; its log says why",
    }
}

/// Names of a certificate that are told.
const MOST_NAMES: usize = 3;

/// Trouble of a certificate that is not trusted: only one of an unknown authority is helped by trusting another.
fn untrusted(tls: &Error, error: &CertificateError) -> Trouble {
    use CertificateError as Wrong;
    let trust = |text: String| Trouble::new(TroubleKind::Tls, format!("no secure connection: {text}"));
    match error {
        Wrong::NotValidForName => {
            trust(format!("{tls}. Name the host in the target as the certificate does."))
        }
        Wrong::NotValidForNameContext { expected, presented } => {
            let expected = expected.to_str();
            let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
            let more = match names.len().saturating_sub(MOST_NAMES) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let shown = names.iter().take(MOST_NAMES).copied().collect::<Vec<_>>().join(", ");
            match names.iter().find(|name| !name.contains('*')).or(names.first()) {
                None => trust(format!(
                    "the certificate names no host, and the target is {expected}. Make one with the subject alternative name \
                     {expected}, or use --insecure."
                )),
                Some(first) => trust(format!(
                    "the certificate is for {shown}{more}, and the target is {expected}. Name the receiver in the \
                     target as its certificate does ({first} instead of {expected}), or make a certificate for {expected}."
                )),
            }
        }
        Wrong::Expired
        | Wrong::ExpiredContext { .. }
        | Wrong::NotValidYet
        | Wrong::NotValidYetContext { .. } => trust(format!(
            "{tls}. Renew the certificate, or look at the clock of this machine; --insecure takes it as it is."
        )),
        Wrong::UnknownIssuer | Wrong::BadSignature => trust(format!(
            "{tls}. `--cacert FILE` trusts your own authority, `--insecure` trusts every certificate."
        )),
        _ => trust(format!("{tls}. `--insecure` trusts every certificate.")),
    }
}

/// The name in `DnsName("example.com")`.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').map_or(name, |(_, inner)| inner.trim_end_matches(')'));
    inner.trim_matches('"')
}

/// Meaning of the library's `CaUsedAsEndEntity`.
const AUTHORITY: &str = "the receiver's certificate calls itself an authority. Give exactly this certificate with --cacert, make it with \
                         basicConstraints=CA:FALSE, or use --insecure.";

/// Trouble of a TLS error, if it is one.
pub(crate) fn refusal(error: &io::Error) -> Option<Trouble> {
    let tls = error.get_ref()?.downcast_ref::<Error>()?;
    let hint = match tls {
        Error::AlertReceived(alert) => of_alert(*alert),
        Error::PeerIncompatible(_) => {
            "The receiver offers nothing that hookreel takes: TLS 1.2 or 1.3 with a current cipher suite"
        }
        Error::InvalidCertificate(_) if is_authority(tls) => {
            let text = format!("no secure connection: {AUTHORITY}");
            return Some(Trouble::new(TroubleKind::Tls, text));
        }
        Error::InvalidCertificate(error) => return Some(untrusted(tls, error)),
        _ => "Does the receiver speak https on this port?",
    };
    let stop = if hint.ends_with('?') { "" } else { "." };
    let text = format!("no secure connection: {tls}. {hint}{stop}");
    Some(Trouble::new(TroubleKind::Tls, text))
}
