//! Which servers are trusted over TLS, and what is said of those that are not.

use std::io;
use std::sync::Arc;

use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme,
};

use super::http::Connection;
use crate::record::{Trouble, TroubleKind};

/// TLS settings of a connection: `--insecure`, `--cacert`, or else the trust of the system.
///
/// # Errors
/// The trust of the system cannot be read.
pub(crate) fn config(connection: &Connection) -> Result<ClientConfig, Error> {
    use rustls_platform_verifier::BuilderVerifierExt;
    let provider = Arc::new(ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let trusted = match &connection.authorities {
        _ if connection.insecure => Trusted::All,
        Some(pem) => Trusted::given(certificates(pem), provider.clone())?,
        None => return Ok(builder.with_platform_verifier()?.with_no_client_auth()),
    };
    let verifier = Arc::new(Verifier { trusted, provider });
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
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

/// What an error of TLS means, if it is one.
pub(crate) fn refusal(error: &io::Error) -> Option<Trouble> {
    let tls = error.get_ref()?.downcast_ref::<Error>()?;
    let hint = match tls {
        Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "The receiver asks for a client certificate, which hookreel does not have"
        }
        Error::AlertReceived(_) => "The receiver ended the handshake; its log says why",
        Error::InvalidCertificate(_) if is_authority(tls) => {
            "The certificate calls itself an authority. Give exactly this certificate with --cacert, make it with \
             basicConstraints=CA:FALSE, or use --insecure"
        }
        Error::InvalidCertificate(_) => {
            "`--cacert FILE` trusts your own authority, `--insecure` trusts every certificate"
        }
        _ => "Does the receiver speak https on this port?",
    };
    let stop = if hint.ends_with('?') { "" } else { "." };
    let text = format!("no secure connection: {tls}. {hint}{stop}");
    Some(Trouble { kind: TroubleKind::Tls, text })
}
