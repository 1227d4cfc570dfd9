//! HTTPS against a server with certificates made for the test.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::stage::{exits, one_callback, run, stderr, stdout};

/// How a server for `names` shows who it is, and its authority in PEM.
pub(crate) fn identity(names: &[&str], expired: bool) -> (ServerConfig, String) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params =
        CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    if expired {
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    }
    let certificate = params.signed_by(&key, &authority).unwrap();
    let pem = authority.pem();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    (config, pem)
}

/// The same with one certificate that calls itself an authority, as those that `openssl req -x509` makes.
fn own_authority(expired: bool) -> (ServerConfig, String) {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    if expired {
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    (config, certificate.pem())
}

/// A server for `names` that says yes, its port, and its authority in PEM.
fn serve(names: &[&str], expired: bool) -> (u16, String) {
    served(identity(names, expired))
}

fn served((config, pem): (ServerConfig, String)) -> (u16, String) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || answer(listener, TlsAcceptor::from(Arc::new(config))));
    (port, pem)
}

#[tokio::main(flavor = "current_thread")]
async fn answer(listener: std::net::TcpListener, acceptor: TlsAcceptor) {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        let Ok(mut stream) = acceptor.accept(stream).await else { continue };
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                break;
            }
        }
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").await;
        let _ = stream.shutdown().await;
    }
}

pub(crate) fn authority(pem: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, pem).unwrap();
    let path = path.display().to_string();
    (folder, path)
}

#[test]
fn a_certificate_of_an_authority_that_is_trusted_is_accepted() {
    let (port, pem) = serve(&["localhost"], false);
    let (_folder, ca) = authority(&pem);
    let (_scenario, path) = one_callback("{retry: none}");
    exits(&run(&["run", &path, "-t", &format!("https://localhost:{port}/"), "--cacert", &ca]), 0);
}

#[test]
fn a_certificate_that_does_not_hold_is_refused_with_its_reason() {
    let (port, pem) = serve(&["localhost"], false);
    let (old, old_pem) = serve(&["localhost"], true);
    let (_folder, ca) = authority(&pem);
    let (_old_folder, old_ca) = authority(&old_pem);
    let (_scenario, path) = one_callback("{retry: none}");
    let cases = [
        (format!("https://localhost:{port}/"), None, "UnknownIssuer"),
        (format!("https://127.0.0.1:{port}/"), Some(&ca), "not valid for name"),
        (format!("https://localhost:{old}/"), Some(&old_ca), "expired"),
        (format!("https://localhost:{port}/"), Some(&old_ca), "BadSignature"),
    ];
    for (target, ca, reason) in cases {
        let trust: Vec<&str> = ca.iter().flat_map(|ca| ["--cacert", ca]).collect();
        let output = run(&[&["run", &path, "-t", &target][..], &trust].concat());
        exits(&output, 3);
        assert!(stdout(&output).contains(reason), "{reason}\n{}", stdout(&output));
        let output = run(&["run", &path, "-t", &target, "--insecure"]);
        exits(&output, 0);
        assert!(stderr(&output).contains("not verified") && stdout(&output).contains("NOT verified"));
    }
}

#[test]
fn the_very_certificate_that_was_given_is_trusted_although_it_calls_itself_an_authority() {
    let (port, pem) = served(own_authority(false));
    let (old, old_pem) = served(own_authority(true));
    let (_folder, ca) = authority(&pem);
    let (_old_folder, old_ca) = authority(&old_pem);
    let send = ["send", "tencent", "record", "--cacert"];
    let to = |port: u16, host: &str, ca: &str| {
        run(&[&send[..], &[ca, "-t", &format!("https://{host}:{port}/")]].concat())
    };
    exits(&to(port, "localhost", &ca), 0);
    // Its name and its dates count all the same, and another one of its kind is not trusted.
    for (output, reason) in [
        (to(port, "127.0.0.1", &ca), "not valid for name"),
        (to(old, "localhost", &old_ca), "expired"),
        (to(port, "localhost", &old_ca), "certificate"),
    ] {
        exits(&output, 3);
        assert!(stdout(&output).contains(reason), "{reason}\n{}", stdout(&output));
    }
    let load = ["load", "@tencent/single-file", "--cacert", &ca, "--rate", "max", "--count", "3"];
    exits(&run(&[&load[..], &["-t", &format!("https://localhost:{port}/")]].concat()), 0);
}

#[test]
fn a_file_without_a_certificate_is_refused_before_anything_is_sent() {
    let (_folder, ca) = authority("no certificate");
    let output = run(&["run", "-t", "1", "--cacert", &ca]);
    exits(&output, 2);
    assert!(stderr(&output).contains("no certificate"), "{}", stderr(&output));
}

#[test]
fn what_is_written_byte_by_byte_goes_over_tls_under_the_same_trust() {
    let (port, pem) = serve(&["localhost"], false);
    let (_folder, ca) = authority(&pem);
    let target = format!("https://localhost:{port}/");
    let send = ["send", "tencent", "record", "-t", &target, "--fault", "connection-close"];
    exits(&run(&[&send[..], &["--cacert", &ca]].concat()), 0);
    exits(&run(&[&send[..], &["--insecure"]].concat()), 0);
    let output = run(&send);
    exits(&output, 3);
    assert!(stdout(&output).contains("UnknownIssuer"), "{}", stdout(&output));
}
