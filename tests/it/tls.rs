//! HTTPS against a server with certificates made for the test.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

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
        (format!("https://localhost:{port}/"), None, "UnknownIssuer", "--cacert FILE"),
        (
            format!("https://127.0.0.1:{port}/"),
            Some(&ca),
            "the certificate is for localhost, and the target is 127.0.0.1",
            "(localhost instead of 127.0.0.1)",
        ),
        (format!("https://localhost:{old}/"), Some(&old_ca), "expired", "Renew the certificate"),
        (format!("https://localhost:{port}/"), Some(&old_ca), "BadSignature", "--cacert FILE"),
    ];
    for (target, ca, reason, advice) in cases {
        let trust: Vec<&str> = ca.iter().flat_map(|ca| ["--cacert", ca]).collect();
        let output = run(&[&["run", &path, "-t", &target][..], &trust].concat());
        exits(&output, 3);
        assert!(stdout(&output).contains(reason), "{reason}\n{}", stdout(&output));
        assert!(stdout(&output).contains(advice), "{advice}\n{}", stdout(&output));
        // Another authority helps where the authority is not known, and nowhere else.
        let helps = advice.contains("--cacert");
        assert_eq!(stdout(&output).contains("`--cacert"), helps, "{reason}\n{}", stdout(&output));
        let output = run(&["run", &path, "-t", &target, "--insecure"]);
        exits(&output, 0);
        assert!(stderr(&output).contains("not verified") && stdout(&output).contains("NOT verified"));
    }
}

#[test]
fn an_audit_of_a_receiver_with_a_certificate_of_its_own_names_the_flags_that_trust_it() {
    let (port, _) = serve(&["localhost"], false);
    let output = run(&["audit", "tencent", "--quick", "-t", &format!("https://localhost:{port}/")]);
    exits(&output, 3);
    let told = crate::stage::stdout(&output);
    let first = told.lines().find(|line| line.starts_with("  try ")).unwrap();
    assert!(first.contains("--cacert FILE") && first.contains("--insecure"), "{told}");
    assert!(!told.contains("whether the receiver runs"), "{told}");
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
        (to(port, "127.0.0.1", &ca), "the certificate is for localhost"),
        (to(old, "localhost", &old_ca), "expired"),
        (to(port, "localhost", &old_ca), "certificate"),
    ] {
        exits(&output, 3);
        assert!(stdout(&output).contains(reason), "{reason}\n{}", stdout(&output));
    }
    let output = run(&["send", "tencent", "record", "-t", &format!("https://localhost:{port}/")]);
    let told = stdout(&output) + &stderr(&output);
    assert!(
        told.contains("no secure connection: the receiver's certificate calls itself an authority"),
        "{told}"
    );
    assert!(!told.contains("OtherError") && !told.contains("CaUsed"), "{told}");
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

/// A receiver that serves only those who show a certificate of an authority of its own.
struct Careful {
    port: u16,
    folder: tempfile::TempDir,
    /// The authority of the receiver; certificate and key of a client; those of one whose authority it does not know.
    files: [String; 5],
}

fn careful() -> Careful {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        path.display().to_string()
    };
    let authority = |name: &str| {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    };
    let (known, unknown) = (authority("known"), authority("unknown"));
    let signed = |by: &CertifiedIssuer<'static, KeyPair>, name: &str| {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, by).unwrap();
        (certificate, key)
    };
    let mut clients = RootCertStore::empty();
    clients.add(known.der().clone()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(clients), provider.clone());
    let (certificate, key) = signed(&known, "localhost");
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    let (right, wrong) = (signed(&known, "client"), signed(&unknown, "client"));
    let files = [
        write("ca.pem", &known.pem()),
        write("client.pem", &right.0.pem()),
        write("client.key", &right.1.serialize_pem()),
        write("other.pem", &wrong.0.pem()),
        write("other.key", &wrong.1.serialize_pem()),
    ];
    let (port, _) = served((config, String::new()));
    Careful { port, folder, files }
}

const COMMANDS: [&[&str]; 4] = [
    &["run", "@tencent/single-file"],
    &["send", "tencent", "record"],
    &["audit", "tencent", "--case", "A1"],
    &["load", "@tencent/single-file", "--rate", "max", "--count", "3"],
];

#[test]
fn a_client_certificate_is_shown_to_a_receiver_that_asks_for_one() {
    let Careful { port, folder, files: [ca, cert, key, ..] } = careful();
    let both = folder.path().join("both.pem");
    let text = [&cert, &key].map(|path| std::fs::read_to_string(path).unwrap()).concat();
    std::fs::write(&both, text).unwrap();
    let target = format!("https://localhost:{port}/");
    for command in COMMANDS {
        let ways: [&[&str]; 3] = [
            &["--cert", &cert, "--cert-key", &key],
            &["--cert", &cert, "--key-file", &key],
            &["--cert", both.to_str().unwrap()],
        ];
        for way in ways {
            let output = run(&[command, &["-t", &target, "--cacert", &ca], way].concat());
            exits(&output, 0);
            // The file that was written last is everybody's.
            assert_eq!(
                stderr(&output).contains("can be read by others"),
                way.len() == 2,
                "{}",
                stderr(&output)
            );
        }
    }
}

#[test]
fn without_a_client_certificate_or_with_a_wrong_one_nothing_is_reached_and_the_hint_fits() {
    let Careful { port, folder: _folder, files: [ca, _, _, cert, key] } = careful();
    let target = format!("https://localhost:{port}/");
    let wrong = ["--cert", &cert, "--cert-key", &key];
    let cases: [(&[&str], &str); 2] =
        [(&[], "asks for a client certificate; --cert FILE"), (&wrong, "does not trust the authority")];
    for (more, hint) in cases {
        for command in COMMANDS {
            let output = run(&[command, &["-t", &target, "--cacert", &ca], more].concat());
            exits(&output, 3);
            let told = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(told.contains(hint), "{command:?}: {told}");
        }
    }
}

#[test]
fn a_load_of_a_receiver_that_asks_for_a_client_certificate_stops_early_sends_nothing_and_says_why() {
    let Careful { port, folder, files: [ca, ..] } = careful();
    let (record, junit) = (folder.path().join("record"), folder.path().join("junit"));
    let (target, report) = (format!("https://localhost:{port}/"), format!("junit={}", junit.display()));
    let args = ["--rate", "100/s", "--duration", "8s", "--max-failures", "10", "--cacert", &ca, "-q"];
    let mut command = crate::stage::hookreel();
    command
        .args(["load", "@tencent/single-file", "-t", &target, "--report", &report, "--record"])
        .arg(&record);
    let output = command.args(args).output().unwrap();
    exits(&output, 3);
    let run = hookreel::record::load::LoadRun::read(std::fs::read(&record).unwrap().as_slice()).unwrap();
    let stopped = run.stopped.clone().unwrap();
    assert!(stopped.starts_with("the first 10 callbacks all failed alike (no TLS)"), "{stopped}");
    assert!(run.total.planned < 400 && run.adds_up(), "{:?}", run.total);
    assert_eq!((run.total.sent, run.sent_per_s()), (0, 0.0));
    let told = [
        stdout(&output),
        std::fs::read_to_string(&junit).unwrap(),
        stdout(&crate::stage::run(&["report", record.to_str().unwrap()])),
    ];
    for told in told {
        let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("The receiver asks for a client certificate; --cert FILE"), "{told}");
        // Nothing was measured, so no table says so line by line.
        assert!(!words.contains("latency - -") && !words.contains("bottleneck: "), "{told}");
    }
}

#[test]
fn a_client_certificate_that_cannot_be_used_is_refused_before_anything_is_sent() {
    let Careful { files: [_, cert, key, other, other_key], folder, .. } = careful();
    let locked = folder.path().join("locked.key");
    let block = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n";
    std::fs::write(&locked, block).unwrap();
    let (locked, missing) = (locked.to_str().unwrap(), folder.path().join("missing").display().to_string());
    let cases: [(&[&str], &str); 7] = [
        (&["--cert", &cert, "--cert-key", &other_key], "do not belong together"),
        (&["--cert", &other, "--cert-key", &key], "do not belong together"),
        (&["--cert", &missing, "--cert-key", &key], "--cert: cannot read"),
        (&["--cert", &cert, "--cert-key", &missing], "--cert-key: cannot read"),
        (&["--cert", &cert], "holds no private key in PEM; --cert-key FILE names the file of the key"),
        (&["--cert", &key], "holds no certificate in PEM"),
        (&["--cert", &cert, "--cert-key", locked], "with a passphrase"),
    ];
    let secret = std::fs::read_to_string(&key).unwrap();
    let secret = secret.lines().nth(1).unwrap();
    for (more, why) in cases {
        for command in COMMANDS {
            let output = run(&[command, &["-t", "https://localhost:1/"], more].concat());
            exits(&output, 2);
            let told = stderr(&output);
            assert!(told.contains(why) && told.contains(&folder.path().display().to_string()), "{told}");
            assert!(!told.contains(secret) && !stdout(&output).contains(secret));
        }
    }
    let alone = run(&["run", "-t", "https://localhost:1/", "--cert-key", &key]);
    exits(&alone, 2);
}

// GS6: "is the receiver running?" before.
#[test]
fn an_alert_of_tls_is_told_in_words_that_fit() {
    let alerts = [
        (40, "no cipher suite in common"),
        (42, "did not take the client certificate"),
        (48, "does not trust the authority"),
        (70, "takes neither TLS 1.2 nor TLS 1.3"),
        (112, "has no certificate for this host name"),
        (116, "asks for a client certificate"),
        (80, "its log says why"),
    ];
    for (alert, hint) in alerts {
        let receiver = crate::stage::Raw::early(move |mut stream| {
            let mut hello = [0; 2048];
            let _ = std::io::Read::read(&mut stream, &mut hello);
            std::io::Write::write_all(&mut stream, &[0x15, 3, 3, 0, 2, 2, alert]).unwrap();
            // Until the other side has read it and gone.
            let _ = std::io::Read::read(&mut stream, &mut hello);
            false
        });
        let target = format!("https://localhost:{}/", receiver.port);
        let (folder, path) = one_callback("{retry: none}");
        let record = folder.path().join("record").display().to_string();
        let output = run(&["run", &path, "-t", &target, "--insecure", "--record", &record]);
        exits(&output, 3);
        assert!(stdout(&output).contains(hint), "{alert}: {}", stdout(&output));
        let record = std::fs::read_to_string(record).unwrap();
        assert!(record.contains("\"kind\":\"tls\""), "{alert}: {record}");
        let load = run(&["load", "@tencent/single-file", "-t", &target, "--insecure"]);
        exits(&load, 3);
        assert!(stderr(&load).contains(hint), "{alert}: {}", stderr(&load));
        assert!(stderr(&load).contains("certificates are not verified"), "{}", stderr(&load));
    }
}
