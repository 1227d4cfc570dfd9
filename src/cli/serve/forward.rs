//! `serve --forward`: each request, passed on to another receiver, whose answer is the answer.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, HOST, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Request, Response};

use crate::cli::exit::Refused;
use crate::delivery::http::{ConnectionSettings, Http};
use crate::delivery::target::{Allowed, ReceiverUrl};
use crate::receiver::PassedOn;

/// Headers of one connection, which the next one has of its own.
const OF_CONNECTION: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The receiver behind this one.
pub(super) struct Forward {
    http: Arc<Http>,
    target: ReceiverUrl,
    /// Time for its answer: what the vendor waits.
    timeout: Duration,
}

impl Forward {
    /// Creates the forwarding to this receiver, if it may be sent to.
    ///
    /// # Errors
    /// It is neither local nor allowed by name.
    pub(super) fn to(target: ReceiverUrl, allowed: &[String], timeout: Duration) -> Result<Self, Refused> {
        let allowed = Allowed(allowed.to_vec());
        allowed.check(&target).map_err(|why| Refused::usage(format!("--forward: {why}")))?;
        let settings = ConnectionSettings { allowed, ..ConnectionSettings::default() };
        let http = Http::new(settings).map_err(Refused::internal)?;
        Ok(Self { http: Arc::new(http), target, timeout })
    }

    /// Its port, where it is one of this machine.
    pub(super) fn own_port(&self) -> Option<u16> {
        let local = self.target.loopbacks().is_some() || ["127.0.0.1", "::1"].contains(&self.target.host());
        local.then(|| self.target.port())
    }

    /// Passes a request on, its body byte for byte.
    pub(super) fn pass_on(&self, head: &Parts, body: &Bytes) -> PassedOn {
        let (http, timeout) = (self.http.clone(), self.timeout);
        let target = self.at(head);
        let mut request = Request::new(body.clone());
        *request.method_mut() = head.method.clone();
        *request.headers_mut() = of_message(&head.headers);
        Box::pin(async move {
            let answer = http.pass_on(&target, request, timeout).await?;
            let (mut parts, body) = answer.into_parts();
            parts.headers = of_message(&parts.headers);
            Ok(Response::from_parts(parts, Full::new(body)))
        })
    }

    /// The target's own path where it has one, else the request's; and the request's query where the target has none.
    fn at(&self, head: &Parts) -> ReceiverUrl {
        let mut url = self.target.url.clone();
        if url.path() == "/" {
            url.set_path(head.uri.path());
        }
        if url.query().is_none() {
            url.set_query(head.uri.query());
        }
        ReceiverUrl { url }
    }
}

/// Target, without secrets.
impl std::fmt::Display for Forward {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.target.fmt(f)
    }
}

/// The headers that belong to the message and not to its connection; whoever sends it measures its length again.
fn of_message(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for name in OF_CONNECTION.into_iter().chain([HOST.as_str(), CONTENT_LENGTH.as_str()]) {
        headers.remove(name);
    }
    headers
}
