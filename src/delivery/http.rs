//! HTTP and HTTPS: callbacks through the byte writer, one connection each; questions about the receiver's state through a
//! client library, with everything switched off that it would do on its own.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use hyper::body::Bytes;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use tokio::time::Instant;

use super::attempt::{CommonHeaders, raw_request};
use super::dial::{CONNECT, Dialler, addresses};
use super::redirect::place;
use super::target::{Allowed, ReceiverUrl, refusal};
use super::trust::{self, ClientCertificate};
use super::unpacked::GZIP;
use super::wire::ScriptResult;
use super::{Content, Request, Transport};
use crate::duration::show_duration;
use crate::provider::signature::SignedMessage;
use crate::record::{Exchange, Trouble, TroubleKind};
use crate::request::{WireStep, is_ordinary};

/// Largest state that is read, in bytes.
const STATE_READ: usize = 64 << 20;

/// Time that a load keeps an unused connection. Servers drop idle ones after five seconds or more; one that is reused
/// just as it is dropped would look like the receiver's fault.
pub(crate) const IDLE: Duration = Duration::from_secs(3);

/// Settings of all connections of a run.
#[derive(Clone, Default)]
pub struct ConnectionSettings {
    /// Hosts beyond the local ones.
    pub allowed: Allowed,
    /// Sent with every callback; replaces ours of the same name.
    pub headers: HeaderMap,
    /// Certificates to trust, in PEM; none = those of the system.
    pub authorities: Option<Vec<u8>>,
    /// Shown to a receiver that asks for a certificate.
    pub identity: Option<ClientCertificate>,
    /// Certificates are not verified at all.
    pub insecure: bool,
}

impl ConnectionSettings {
    /// Names and values of the headers that every callback has.
    pub fn headers(&self) -> CommonHeaders {
        let written = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.as_str().to_owned(), value.as_bytes().to_vec())
        };
        CommonHeaders {
            all: self.every().iter().map(written).collect(),
            given: self.headers.keys().map(|name| name.as_str().to_owned()).collect(),
        }
    }

    fn every(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("hookreel/", env!("CARGO_PKG_VERSION"))));
        for name in self.headers.keys() {
            headers.remove(name);
        }
        for (name, value) in &self.headers {
            let mut value = value.clone();
            // Keeps it out of every debug print.
            value.set_sensitive(true);
            headers.append(name, value);
        }
        headers
    }
}

/// Sends callbacks, and asks for states.
pub struct Http {
    connection: ConnectionSettings,
    /// Asks for states. To read the system's trust takes longer than to send a callback, so it is made when it is needed.
    client: OnceLock<Result<reqwest::Client, String>>,
    headers: HeaderMap,
    /// The same, as they are written.
    written: CommonHeaders,
    dialler: Dialler,
}

impl Http {
    /// A client for a whole run.
    ///
    /// # Errors
    /// The certificates cannot be read.
    pub fn new(connection: ConnectionSettings) -> Result<Self, String> {
        if let Some(pem) = &connection.authorities {
            reqwest::Certificate::from_pem_bundle(pem).map_err(|error| error.to_string())?;
            if trust::certificates(pem).is_empty() {
                return Err("it holds no certificate in PEM".to_owned());
            }
        }
        Ok(Self {
            client: OnceLock::new(),
            headers: connection.every(),
            written: connection.headers(),
            dialler: Dialler::new(connection.clone()),
            connection,
        })
    }

    /// Makes sure that a target can be sent to.
    ///
    /// # Errors
    /// The system's trust store cannot be opened.
    pub fn prepare(&self, target: &ReceiverUrl) -> Result<(), String> {
        self.dialler.prepare(target)
    }

    fn client(&self) -> Result<&reqwest::Client, String> {
        self.client.get_or_init(|| self.build()).as_ref().map_err(String::clone)
    }

    fn build(&self) -> Result<reqwest::Client, String> {
        let trust = trust::config(&self.connection).map_err(|error| error.to_string())?;
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .http1_only()
            .connect_timeout(CONNECT)
            // A receiver may close a connection after any answer.
            .pool_max_idle_per_host(0)
            .tcp_nodelay(true)
            .tls_backend_preconfigured(trust)
            .dns_resolver(std::sync::Arc::new(LocalResolver(self.connection.allowed.clone())))
            .build()
            .map_err(|error| chain(&error))
    }

    /// Body of the answer to a GET of a URL, as text.
    ///
    /// # Errors
    /// It is not allowed, does not answer with 200 in time, or answers at too great length.
    pub async fn get(&self, target: &ReceiverUrl, timeout: Duration) -> Result<String, String> {
        self.connection.allowed.check(target)?;
        let deadline = Instant::now() + timeout;
        let late = || format!("no answer from {target} within {}", show_duration(timeout));
        let sending = self.client()?.get(target.url.clone()).headers(self.headers.clone()).send();
        let mut response = match tokio::time::timeout_at(deadline, sending).await {
            Err(_) => return Err(late()),
            Ok(Err(error)) => return Err(unasked(target, &error.without_url())),
            Ok(Ok(response)) => response,
        };
        if response.status() != reqwest::StatusCode::OK {
            return Err(refused(target, &response));
        }
        let mut text = Vec::new();
        while let Some(chunk) = tokio::time::timeout_at(deadline, response.chunk())
            .await
            .map_err(|_| late())?
            .map_err(|error| unasked(target, &error.without_url()))?
        {
            text.extend_from_slice(&chunk);
            if text.len() > STATE_READ {
                return Err(format!("{target} answered with more than {STATE_READ} bytes"));
            }
        }
        if text.starts_with(&GZIP) {
            return Err(format!("{target} answered in gzip, although no encoding was asked for"));
        }
        // What somebody stored may be no text, and the rest of the answer is read all the same.
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Passes on the request of another client: its body byte for byte, and these headers alone. Gives the answer as it came.
    ///
    /// # Errors
    /// The target is not allowed, or does not answer whole in time.
    pub async fn pass_on(
        &self,
        target: &ReceiverUrl,
        request: http::Request<Bytes>,
        timeout: Duration,
    ) -> Result<http::Response<Bytes>, String> {
        self.connection.allowed.check(target)?;
        let (head, body) = request.into_parts();
        let sending =
            self.client()?.request(head.method, target.url.clone()).headers(head.headers).body(body);
        let exchange = async {
            let mut answer = sending.send().await.map_err(|error| unasked(target, &error.without_url()))?;
            let mut bytes = Vec::new();
            while let Some(chunk) =
                answer.chunk().await.map_err(|error| unasked(target, &error.without_url()))?
            {
                bytes.extend_from_slice(&chunk);
                if bytes.len() > STATE_READ {
                    return Err(format!("{target} answered with more than {STATE_READ} bytes"));
                }
            }
            let mut whole = http::Response::new(Bytes::from(bytes));
            *whole.status_mut() = answer.status();
            *whole.headers_mut() = std::mem::take(answer.headers_mut());
            Ok(whole)
        };
        let late = || format!("no answer from {target} within {}", show_duration(timeout));
        tokio::time::timeout(timeout, exchange).await.map_err(|_| late())?
    }

    /// The status with which a URL answers, if it answers whole.
    ///
    /// # Errors
    /// It is not allowed, or does not.
    pub async fn status(&self, target: &ReceiverUrl, timeout: Duration) -> Result<u16, String> {
        self.connection.allowed.check(target)?;
        let request = head(
            "GET",
            target,
            &RequestHeaders { all: &self.written.all, own: false },
            "connection",
            b"close",
        );
        let (heard, ..) = self.dialler.play(target, &[WireStep::Write(request.into())], timeout, None).await;
        match (heard.answer, heard.error) {
            (Some(answer), None) => Ok(answer.status),
            (_, Some(error)) => Err(error.text),
            (None, None) => Err("no answer".into()),
        }
    }

    /// The bytes of an ordinary request.
    fn plain(&self, target: &ReceiverUrl, message: &SignedMessage) -> Bytes {
        if message.query.is_some() {
            return raw_request(target, &self.written, message.clone()).bytes().into();
        }
        let headers = self.written.with(&message.headers);
        let length = message.body.len().to_string();
        let headers = RequestHeaders { all: &headers, own: !message.headers.is_empty() };
        let mut request = head("POST", target, &headers, "content-length", length.as_bytes());
        request.extend(&message.body);
        request.into()
    }
}

/// An answer without what was asked for, and the next step.
fn refused(target: &ReceiverUrl, response: &reqwest::Response) -> String {
    let status = response.status().as_u16();
    let next = match status {
        300..=399 => {
            let location = response.headers().get("location").and_then(|value| value.to_str().ok());
            let location = location.map_or_else(String::new, |location| format!(" to {}", place(location)));
            format!("{location}; redirects are not followed: name that address")
        }
        401 | 403 => "; -H 'NAME: VALUE' is sent there, too".to_owned(),
        404 => "; the address has no such path".to_owned(),
        _ => String::new(),
    };
    format!("{target} answered {status}{next}")
}

/// Headers of a request besides those that HTTP itself needs.
struct RequestHeaders<'a> {
    all: &'a [(String, Vec<u8>)],
    /// The sender has headers of its own.
    own: bool,
}

/// The head of a request, with one more header at its end.
fn head(
    method: &str,
    target: &ReceiverUrl,
    headers: &RequestHeaders<'_>,
    last: &str,
    value: &[u8],
) -> Vec<u8> {
    let RequestHeaders { all: headers, own } = *headers;
    let (host, path) = target.written();
    let mut request = format!("{method} {path} HTTP/1.1\r\n").into_bytes();
    let mut add = |name: &str, value: &[u8]| {
        request.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    };
    let named = |name: &str| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    if let (Some(credentials), false) = (target.credentials(), named("authorization")) {
        add("authorization", credentials.as_bytes());
    }
    headers.iter().for_each(|(name, value)| add(name, value));
    // A sender with headers of its own sends no others.
    if !named("accept") && !own {
        add("accept", b"*/*");
    }
    add("host", host.as_bytes());
    add(last, value);
    request.extend(b"\r\n");
    request
}

impl Transport for Http {
    async fn send(&self, request: Request) -> Exchange {
        let Request { target, content, timeout } = request;
        if let Err(text) = self.connection.allowed.check(&target) {
            let error = Some(Trouble::new(TroubleKind::NotAllowed, text));
            return Exchange { error, ..Exchange::default() };
        }
        let (steps, meeting) = match content {
            Content::Plain(message) => (vec![WireStep::Write(self.plain(&target, &message))], None),
            Content::Script { steps, meeting } => (steps, meeting),
        };
        let (ScriptResult { answer, error, .. }, begun, phases) =
            self.dialler.play(&target, &steps, timeout, meeting).await;
        let latency_ms = begun.elapsed().as_secs_f64() * 1000.0;
        let ordinary = is_ordinary(&steps);
        Exchange { latency_ms, answer, error, phases: Some(phases), ordinary, ..Exchange::default() }
    }

    fn written(&self, target: &ReceiverUrl, message: &SignedMessage) -> Option<Bytes> {
        Some(self.plain(target, message))
    }
}

/// Resolves names by the system, and lets only permitted addresses through.
struct LocalResolver(Allowed);

impl Resolve for LocalResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.0.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = match ReceiverUrl::parse(&format!("http://{host}/")) {
                Ok(target) => {
                    addresses(&target).await.map_err(|error| ResolveError::Unknown(error.to_string()))?
                }
                Err(error) => return Err(ResolveError::Unknown(error).into()),
            };
            let permitted: Vec<SocketAddr> =
                found.iter().copied().filter(|address| allowed.permits(&host, address.ip())).collect();
            if permitted.is_empty() && !found.is_empty() {
                let addresses: Vec<_> = found.iter().map(SocketAddr::ip).collect();
                return Err(ResolveError::NotAllowed(refusal(&host, &addresses)).into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

/// Reason for a name without an address.
#[derive(Debug, thiserror::Error)]
enum ResolveError {
    #[error("{0}")]
    NotAllowed(String),
    #[error("{0}")]
    Unknown(String),
}

/// Message for a question without an answer, with its URL.
fn unasked(target: &ReceiverUrl, error: &(dyn Error + 'static)) -> String {
    let mut next = Some(error);
    while let Some(error) = next {
        let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if kind == Some(std::io::ErrorKind::ConnectionRefused) {
            return format!("connection refused at {target}");
        }
        next = error.source();
    }
    format!("{target}: {}", chain(error))
}

/// The causes of an error, innermost last, without repetition.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        next = error.source();
    }
    parts.retain(|part| {
        part != "client error (Connect)"
            && part != "client error (SendRequest)"
            && part != "error sending request"
    });
    parts.join(": ")
}
