//! The reference other side: a receiver as it should be, on hyper, with a limit and an end to everything.

pub mod inbox;
pub mod judge;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HOST, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use inbox::Inbox;
use judge::{Account, judge};

/// For connections that are under way when the receiver stops.
const DRAIN: Duration = Duration::from_secs(2);
/// Connections at once; more wait in the backlog.
const MOST_CONNECTIONS: usize = 1024;

/// An end to everything that a sender could draw out.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest body, in bytes.
    pub body: usize,
    /// From accepting a connection, or from the end of an answer, to the end of the next header.
    pub header_deadline: Duration,
    /// From the end of the header to the end of the body.
    pub body_deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            header_deadline: Duration::from_secs(5),
            body_deadline: Duration::from_secs(10),
        }
    }
}

/// Tells the receiver's time, in Unix seconds.
pub type Now = Arc<dyn Fn() -> i64 + Send + Sync>;

/// A receiver for several callback URLs.
#[derive(Clone)]
pub struct Receiver {
    accounts: Arc<BTreeMap<String, (Account, Mutex<Inbox>)>>,
    now: Now,
    limits: Limits,
}

impl Receiver {
    /// A receiver with empty inboxes.
    pub fn new(accounts: Vec<Account>, now: Now) -> Self {
        let accounts =
            accounts.into_iter().map(|account| (account.path.clone(), (account, Mutex::default()))).collect();
        Self { accounts: Arc::new(accounts), now, limits: Limits::default() }
    }

    /// The same receiver with other limits.
    pub fn limited(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// What has come in at a path.
    pub fn inbox(&self, path: &str) -> Option<Inbox> {
        let (_, inbox) = self.accounts.get(path)?;
        Some(inbox.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Serves until `shutdown` ends; then lets connections under way finish, for a while.
    pub async fn run(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let (closing, _) = watch::channel(false);
        let mut connections = JoinSet::new();
        tokio::pin!(shutdown);
        loop {
            let Ok(permit) = room.clone().acquire_owned().await else { break };
            let stream = tokio::select! {
                () = &mut shutdown => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    // Out of descriptors, most likely; those in use will come back.
                    Err(_) => {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                },
            };
            let (receiver, closing) = (self.clone(), closing.subscribe());
            connections.spawn(async move {
                receiver.serve(stream, closing).await;
                drop(permit);
            });
            while connections.try_join_next().is_some() {}
        }
        closing.send_replace(true);
        // Those that are not done by now are cut when the set is dropped.
        let _ = tokio::time::timeout(DRAIN, async { while connections.join_next().await.is_some() {} }).await;
    }

    async fn serve(self, stream: TcpStream, mut closing: watch::Receiver<bool>) {
        let header_deadline = self.limits.header_deadline;
        let service = service_fn(move |request| {
            let receiver = self.clone();
            async move { Ok::<_, Infallible>(receiver.answer(request).await) }
        });
        // hyper's plain HTTP/1 builder also closes connections that never say a word; the one that tells protocols apart
        // waits for their first bytes for ever.
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(header_deadline)
            .serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        tokio::select! {
            // What a peer does to its own connection is no concern of the others.
            _ = &mut connection => return,
            _ = closing.wait_for(|closing| *closing) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let Some((account, inbox)) = self.accounts.get(request.uri().path()) else {
            return refuse(StatusCode::NOT_FOUND, "there is no callback URL at this path");
        };
        if let Some(refusal) = check_head(&request) {
            return refusal;
        }
        let body = Limited::new(request.into_body(), self.limits.body).collect();
        let body = match tokio::time::timeout(self.limits.body_deadline, body).await {
            Err(_) => return refuse(StatusCode::REQUEST_TIMEOUT, "the body did not come in time"),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                return refuse(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");
            }
            Ok(Err(_)) => return refuse(StatusCode::BAD_REQUEST, "the body is broken off"),
            Ok(Ok(body)) => body.to_bytes(),
        };
        let word = judge(account, &body, (self.now)());
        inbox.lock().unwrap_or_else(PoisonError::into_inner).take(&word);
        match word {
            Ok(_) => respond(StatusCode::OK, account.reading.answer.into()),
            Err(refusal) => {
                let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
                refuse(status, &refusal.to_string())
            }
        }
    }
}

/// What can be refused before the body is read. hyper itself lets no Host and two Hosts pass.
fn check_head(request: &Request<Incoming>) -> Option<Response<Full<Bytes>>> {
    if request.method() != Method::POST {
        let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, "callbacks are sent with POST");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return Some(response);
    }
    let hosts = request.headers().get_all(HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version() == Version::HTTP_11) {
        return Some(refuse(StatusCode::BAD_REQUEST, "a request has exactly one Host"));
    }
    let kind = request
        .headers()
        .get(CONTENT_TYPE)
        .map(|kind| kind.to_str().unwrap_or_default().to_ascii_lowercase());
    let json =
        kind.is_none_or(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json"));
    (!json).then(|| refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "callbacks are application/json"))
}

fn refuse(status: StatusCode, reason: &str) -> Response<Full<Bytes>> {
    respond(status, serde_json::json!({ "code": status.as_u16(), "reason": reason }).to_string())
}

fn respond(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
