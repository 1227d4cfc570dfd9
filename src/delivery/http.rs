//! Plain HTTP and HTTPS through a client library, with everything switched off that it would do on its own.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use tokio::time::Instant;

use super::dial::Dialler;
use super::target::{Allowed, Target, refusal};
use super::{Content, Request, Transport, letter};
use crate::duration::show_duration;
use crate::letter::Step;
use crate::provider::signature::Sealed;
use crate::record::{Answer, Exchange, Trouble, TroubleKind};

/// How much of an answer is read at all, in bytes.
const ANSWER_READ: usize = 1 << 20;

/// How much of a state is read, in bytes.
const STATE_READ: usize = 64 << 20;

/// How long an unused connection is kept. Servers drop idle ones after five seconds or more; one that is reused just as it
/// is dropped would look like the receiver's fault.
pub(crate) const IDLE: Duration = Duration::from_secs(3);

/// For a connection, TLS included. A receiver that is there takes it at once; the rest of the timeout is for its answer.
const CONNECT: Duration = Duration::from_secs(5);

/// What is particular about the connections of a run.
#[derive(Clone, Default)]
pub struct Connection {
    /// Hosts beyond the local ones.
    pub allowed: Allowed,
    /// Sent with every callback; replaces ours of the same name.
    pub headers: HeaderMap,
    /// Certificates to trust, in PEM; none = those of the system.
    pub authorities: Option<Vec<u8>>,
    /// Certificates are not verified at all.
    pub insecure: bool,
}

impl Connection {
    /// Names and values of the headers that every callback has.
    pub fn headers(&self) -> Vec<(String, Vec<u8>)> {
        let written = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.as_str().to_owned(), value.as_bytes().to_vec())
        };
        self.every().iter().map(written).collect()
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

/// Sends by reqwest.
pub struct Http {
    connection: Connection,
    /// Certificates to trust, read.
    authorities: Option<Vec<reqwest::Certificate>>,
    /// For http, and for https: to read the system's trust takes longer than to send a callback, so it is done when it is
    /// needed.
    plain: OnceLock<Result<reqwest::Client, String>>,
    secure: OnceLock<Result<reqwest::Client, String>>,
    /// Per request: as defaults of the client, repeated ones would be lost.
    headers: HeaderMap,
    dialler: Dialler,
}

impl Http {
    /// A client for a whole run.
    ///
    /// # Errors
    /// The certificates cannot be read.
    pub fn new(connection: Connection) -> Result<Self, String> {
        let read = |pem: &Vec<u8>| {
            let authorities =
                reqwest::Certificate::from_pem_bundle(pem).map_err(|error| error.to_string())?;
            if authorities.is_empty() {
                return Err("it holds no certificate in PEM".to_owned());
            }
            Ok(authorities)
        };
        Ok(Self {
            authorities: connection.authorities.as_ref().map(read).transpose()?,
            plain: OnceLock::new(),
            secure: OnceLock::new(),
            headers: connection.every(),
            dialler: Dialler::new(connection.clone()),
            connection,
        })
    }

    /// Makes sure that a target can be sent to.
    ///
    /// # Errors
    /// The system's trust store cannot be opened.
    pub fn prepare(&self, target: &Target) -> Result<(), String> {
        self.client(target).map(|_| ())
    }

    fn client(&self, target: &Target) -> Result<&reqwest::Client, String> {
        let secure = target.url.scheme() == "https";
        let client = if secure { &self.secure } else { &self.plain };
        client.get_or_init(|| self.build(secure)).as_ref().map_err(String::clone)
    }

    fn build(&self, secure: bool) -> Result<reqwest::Client, String> {
        let allowed = self.connection.allowed.clone();
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .http1_only()
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            .dns_resolver(std::sync::Arc::new(LocalResolver(allowed)));
        let builder = match &self.authorities {
            // It follows no redirect, so what is plain stays plain, and there is nothing to trust.
            _ if !secure => builder.tls_danger_accept_invalid_certs(true),
            Some(authorities) => builder.tls_certs_only(authorities.clone()),
            None => builder,
        };
        let builder =
            if self.connection.insecure { builder.tls_danger_accept_invalid_certs(true) } else { builder };
        builder.build().map_err(|error| chain(&error))
    }

    /// What a URL answers, as text.
    ///
    /// # Errors
    /// It is not allowed, does not answer with 200 in time, or answers at too great length.
    pub async fn get(&self, target: &Target, timeout: Duration) -> Result<String, String> {
        self.connection.allowed.check(target)?;
        let deadline = Instant::now() + timeout;
        let sending = self.client(target)?.get(target.url.clone()).headers(self.headers.clone()).send();
        let mut response = match tokio::time::timeout_at(deadline, sending).await {
            Err(_) => return Err(timed_out(timeout).text),
            Ok(Err(error)) => return Err(trouble(&error.without_url()).text),
            Ok(Ok(response)) => response,
        };
        if response.status() != reqwest::StatusCode::OK {
            return Err(format!("{target} answered {}", response.status().as_u16()));
        }
        let mut text = Vec::new();
        while let Some(chunk) = tokio::time::timeout_at(deadline, response.chunk())
            .await
            .map_err(|_| timed_out(timeout).text)?
            .map_err(|error| trouble(&error.without_url()).text)?
        {
            text.extend_from_slice(&chunk);
            if text.len() > STATE_READ {
                return Err(format!("{target} answered with more than {STATE_READ} bytes"));
            }
        }
        String::from_utf8(text).map_err(|_| format!("{target} answered with something that is no UTF-8"))
    }

    /// The status within the deadline; then as much of the body as comes, up to the limit, before the same deadline.
    async fn exchange(&self, request: &Request) -> (Option<Answer>, Option<Trouble>) {
        if let Err(text) = self.connection.allowed.check(&request.target) {
            return (None, Some(Trouble { kind: TroubleKind::NotAllowed, text }));
        }
        let deadline = Instant::now() + request.timeout;
        let body = match &request.content {
            Content::Plain(body) => body.clone(),
            Content::Script { steps, meeting } => {
                let heard = self.dialler.play(&request.target, steps, deadline, meeting.clone()).await;
                return (heard.answer, heard.error);
            }
        };
        let client = match self.client(&request.target) {
            Ok(client) => client,
            Err(text) => return (None, Some(Trouble { kind: TroubleKind::Tls, text })),
        };
        let sending = client.post(request.target.url.clone()).headers(self.headers.clone());
        let sending = sending.body(body.clone()).send();
        let mut response = match tokio::time::timeout_at(deadline, sending).await {
            Err(_) => return (None, Some(timed_out(request.timeout))),
            Ok(Err(error)) if has_come_early(&error) => return self.write(request, body, deadline).await,
            Ok(Err(error)) => return (None, Some(trouble(&error.without_url()))),
            Ok(Ok(response)) => response,
        };
        let status = response.status().as_u16();
        let headers = response.headers().iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let headers = headers.collect();
        let (body, cut) = read_body(&mut response, deadline).await;
        (
            Some(Answer {
                status,
                headers,
                body: String::from_utf8_lossy(&body).into_owned(),
                cut,
                ..Answer::default()
            }),
            None,
        )
    }
}

impl Http {
    /// The same request from our own writer, which hears whoever speaks first.
    async fn write(
        &self,
        request: &Request,
        body: Bytes,
        deadline: Instant,
    ) -> (Option<Answer>, Option<Trouble>) {
        let sealed = Sealed { body, signature: String::new() };
        let letter = letter(&request.target, &self.connection.headers(), sealed);
        let steps = [Step::Write(letter.bytes().into())];
        let heard = self.dialler.play(&request.target, &steps, deadline, None).await;
        (heard.answer, heard.error)
    }
}

impl Transport for Http {
    async fn send(&self, request: Request) -> Exchange {
        let begun = Instant::now();
        let (answer, error) = self.exchange(&request).await;
        Exchange { latency_ms: begun.elapsed().as_secs_f64() * 1000.0, answer, error }
    }
}

fn timed_out(timeout: Duration) -> Trouble {
    Trouble { kind: TroubleKind::Timeout, text: format!("no answer within {}", show_duration(timeout)) }
}

/// A body up to a limit, and whether it is not all of it.
async fn read_body(response: &mut reqwest::Response, deadline: Instant) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        match tokio::time::timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                body.extend_from_slice(&chunk);
                if body.len() > ANSWER_READ {
                    body.truncate(ANSWER_READ);
                    return (body, true);
                }
            }
            Ok(Ok(None)) => return (body, false),
            Ok(Err(_)) | Err(_) => return (body, true),
        }
    }
}

/// Resolves names by the system, and lets only permitted addresses through.
struct LocalResolver(Allowed);

impl Resolve for LocalResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.0.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0))
                .await
                .map_err(|error| Refused::Unknown(error.to_string()))?
                .collect();
            let permitted: Vec<SocketAddr> =
                found.iter().copied().filter(|address| allowed.permits(&host, address.ip())).collect();
            if permitted.is_empty() && !found.is_empty() {
                let addresses: Vec<_> = found.iter().map(SocketAddr::ip).collect();
                return Err(Refused::NotAllowed(refusal(&host, &addresses)).into());
            }
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

/// Why a name gave no address.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("{0}")]
    NotAllowed(String),
    #[error("{0}")]
    Unknown(String),
}

/// Sorts a client error by what it means for the callback. Takes errors without their URL only: it may hold secrets.
/// The receiver answered before a byte was written, which the client library takes for nonsense: it sends nothing then, and
/// gives the connection up.
fn has_come_early(error: &reqwest::Error) -> bool {
    // The type behind it is not ours to name.
    chain(error).contains("unexpected message from connection")
}

fn trouble(error: &reqwest::Error) -> Trouble {
    let late = error.is_connect() && error.is_timeout();
    let text = if late { format!("no connection within {}", show_duration(CONNECT)) } else { chain(error) };
    let kind = match find::<Refused>(error) {
        Some(Refused::NotAllowed(text)) => {
            return Trouble { kind: TroubleKind::NotAllowed, text: text.clone() };
        }
        Some(Refused::Unknown(_)) => TroubleKind::Dns,
        // The client library wraps TLS errors in plain IO errors; the type of the innermost one is not ours to name.
        None if error.is_timeout() && !error.is_connect() => TroubleKind::Timeout,
        None if error.is_connect() && is_tls(&text) => TroubleKind::Tls,
        None if error.is_connect() => TroubleKind::Connect,
        None if text.contains("pars") || text.contains("invalid HTTP") => TroubleKind::Garbage,
        None => TroubleKind::Closed,
    };
    Trouble { kind, text: hint(kind, text) }
}

fn is_tls(text: &str) -> bool {
    ["certificate", "tls", "TLS", "handshake", "InvalidContentType", "corrupt message", "UnknownIssuer"]
        .iter()
        .any(|word| text.contains(word))
}

/// What a person should try next.
fn hint(kind: TroubleKind, text: String) -> String {
    match kind {
        TroubleKind::Connect => format!("{text}; is the receiver running? --wait-for 30s waits for it"),
        TroubleKind::Tls if text.contains("CaUsedAsEndEntity") => {
            format!(
                "{text}: the certificate calls itself an authority; make it with basicConstraints=CA:FALSE, or use --insecure"
            )
        }
        TroubleKind::Tls if text.contains("certificate") => {
            format!("{text}; --cacert FILE trusts your own authority, --insecure trusts anyone")
        }
        TroubleKind::Tls => format!("{text}; does the receiver speak https on this port?"),
        TroubleKind::Garbage => format!("{text}; is this an https port, spoken to in http?"),
        _ => text,
    }
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
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
