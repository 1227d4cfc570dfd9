//! A request as bytes on the wire, and its faults: plain data that the faults make and the delivery sends.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use secrecy::SecretString;

use crate::percent;

/// One HTTP/1.1 request, every byte of it open to change.
#[derive(Clone, Debug)]
pub struct RawRequest {
    /// `POST`
    pub method: Vec<u8>,
    /// The request target: path and query of the URL.
    pub target: Vec<u8>,
    /// `HTTP/1.1`
    pub version: Vec<u8>,
    /// Names and values, in order. `Content-Length` is one of them. A change of the body does not update it by itself.
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// Line end of the head.
    pub line_end: &'static [u8],
    /// The body.
    pub body: Vec<u8>,
    /// The signature that proves it; empty when there is none. Secret.
    pub signature: String,
    /// Other signatures in its headers. Secret.
    pub beside: Vec<String>,
}

impl RawRequest {
    /// The plain request: what an ordinary client would send.
    pub fn new(
        host: &str,
        target: &str,
        headers: &[(String, Vec<u8>)],
        body: Vec<u8>,
        signature: String,
    ) -> Self {
        let mut all = vec![(b"Host".to_vec(), host.as_bytes().to_vec())];
        all.extend(headers.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.clone())));
        all.push((b"Content-Length".to_vec(), body.len().to_string().into_bytes()));
        Self {
            method: b"POST".to_vec(),
            target: target.as_bytes().to_vec(),
            version: b"HTTP/1.1".to_vec(),
            headers: all,
            line_end: b"\r\n",
            body,
            signature,
            beside: Vec::new(),
        }
    }

    /// The same as a GET with this query, in addition to what its target has, and without a body.
    #[must_use]
    pub fn asking(mut self, query: &str) -> Self {
        self.method = b"GET".to_vec();
        let joint: &[u8] = if self.target.contains(&b'?') { b"&" } else { b"?" };
        self.target.extend([joint, query.as_bytes()].concat());
        self.remove("Content-Length");
        self.remove("Content-Type");
        self.body = Vec::new();
        self
    }

    /// Request line, headers and the empty line.
    pub fn head(&self) -> Vec<u8> {
        let mut head = [&self.method, &b" "[..], &self.target, b" ", &self.version, self.line_end].concat();
        for (name, value) in &self.headers {
            head.extend([name, &b": "[..], value, self.line_end].concat());
        }
        head.extend(self.line_end);
        head
    }

    /// The whole request.
    pub fn bytes(&self) -> Vec<u8> {
        [self.head(), self.body.clone()].concat()
    }

    /// Takes every header of this name away, in whatever case it is written.
    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name.as_bytes()));
    }

    /// Adds a header at the end.
    pub fn add(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.headers.push((name.as_bytes().to_vec(), value.as_ref().to_vec()));
    }

    /// Puts one header in the place of all of its name.
    pub fn set(&mut self, name: &str, value: impl AsRef<[u8]>) {
        match self.headers.iter().position(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes())) {
            None => self.add(name, value),
            Some(at) => {
                self.remove(name);
                let at = at.min(self.headers.len());
                self.headers.insert(at, (name.as_bytes().to_vec(), value.as_ref().to_vec()));
            }
        }
    }

    /// Changes the headers of this name; those that the change gives nothing for stay.
    pub fn change_headers(&mut self, name: &str, change: impl Fn(&str) -> Option<String>) {
        for (_, value) in self.headers.iter_mut().filter(|(own, _)| own.eq_ignore_ascii_case(name.as_bytes()))
        {
            if let Some(changed) = std::str::from_utf8(value).ok().and_then(&change) {
                *value = changed.into_bytes();
            }
        }
    }

    /// Puts something else in the place of each signature in its headers.
    pub fn change_signatures(&mut self, new: impl Fn(&str) -> String) {
        for right in std::iter::once(&self.signature).chain(&self.beside).filter(|right| !right.is_empty()) {
            for (_, value) in &mut self.headers {
                if let Some(text) =
                    std::str::from_utf8(value).ok().filter(|text| text.contains(right.as_str()))
                {
                    *value = text.replacen(right.as_str(), &new(right), 1).into_bytes();
                }
            }
        }
    }

    /// Changes the value of this name in the query.
    pub fn change_query(&mut self, name: &str, change: impl Fn(&str) -> String) {
        let target = String::from_utf8_lossy(&self.target).into_owned();
        let Some((path, query)) = target.split_once('?') else { return };
        if let Some(query) = percent::with_value(query, name, change) {
            self.target = format!("{path}?{query}").into_bytes();
        }
    }

    /// Another body, and the length that goes with it.
    pub fn replace_body(&mut self, body: Vec<u8>) {
        self.body = body;
        self.set("Content-Length", self.body.len().to_string());
    }
}

/// One step of the byte writer. Its times are the receiver's, and never scaled.
#[derive(Clone, PartialEq, Eq)]
pub enum WireStep {
    /// Write these bytes at once.
    Write(Bytes),
    /// Write these bytes in pieces of a size, with a gap after each; the receiver may cut in with its answer.
    Dribble(Bytes, usize, Duration),
    /// Say nothing for a while.
    Pause(Duration),
    /// Wait for an answer, be it an interim one (100 Continue), no longer than this.
    Listen(Duration),
    /// Another request begins here, so one more answer is due.
    Another,
    /// Wait until every request of the same moment has got so far.
    Meet,
    /// Say that nothing more will be sent, and go on listening.
    Finish,
    /// For the whole exchange: answers are read in pieces of a size, with a gap after each, through the smallest window.
    Sip(usize, Duration),
    /// For the whole exchange: this many more connections stand beside it, each of which said these bytes and falls silent.
    Crowd(usize, Bytes),
    /// For the whole exchange: no answer is heard, however soon it comes.
    Deaf,
    /// For the whole exchange: no TLS, whatever the target asks for.
    Bare,
    /// Stop here: nothing is read any more.
    Leave(Leaving),
}

/// Way of leaving a connection without reading an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// Closed in order.
    Close,
    /// Reset: what was on its way is lost.
    Reset,
    /// Left open, and forgotten until the run ends.
    Open,
}

/// Bytes are counted, not shown: they hold a signature.
impl fmt::Debug for WireStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write(bytes) => write!(f, "Write({} bytes)", bytes.len()),
            Self::Dribble(bytes, size, gap) => write!(f, "Dribble({} bytes by {size}, {gap:?})", bytes.len()),
            Self::Pause(time) => write!(f, "Pause({time:?})"),
            Self::Listen(time) => write!(f, "Listen({time:?})"),
            Self::Another => f.write_str("Another"),
            Self::Deaf => f.write_str("Deaf"),
            Self::Meet => f.write_str("Meet"),
            Self::Finish => f.write_str("Finish"),
            Self::Sip(size, gap) => write!(f, "Sip({size}, {gap:?})"),
            Self::Crowd(size, bytes) => write!(f, "Crowd({size}, {} bytes)", bytes.len()),
            Self::Bare => f.write_str("Bare"),
            Self::Leave(how) => write!(f, "Leave({how:?})"),
        }
    }
}

/// Largest head and largest body, in bytes, that every HTTP server takes.
const ORDINARY_HEAD: usize = 8 << 10;
const ORDINARY_BODY: usize = 64 << 10;

/// True for one request, written at once, that every HTTP server reads in the same way: what is wrong with it is in what it says. A
/// server that does not answer it has failed, and did not refuse to read it.
pub fn is_ordinary(steps: &[WireStep]) -> bool {
    let [WireStep::Write(bytes)] = steps else { return false };
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let Ok(httparse::Status::Complete(head)) = request.parse(bytes) else { return false };
    let body = bytes.len() - head;
    let all = |name: &str| {
        let named = request.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| header.value).collect::<Vec<_>>()
    };
    let length = all("content-length");
    let fits = match request.method {
        Some("POST") => length == [body.to_string().as_bytes()],
        Some("GET") => body == 0,
        _ => false,
    };
    let special = ["transfer-encoding", "expect", "upgrade", "content-encoding"];
    fits && request.version == Some(1)
        && request.path.is_some_and(|path| path.starts_with('/'))
        && all("host").len() == 1
        && special.iter().all(|name| all(name).is_empty())
        && head <= ORDINARY_HEAD
        && body <= ORDINARY_BODY
}

/// Change of a request after it was signed.
pub type Tamper = Arc<dyn Fn(&mut RawRequest) + Send + Sync>;

/// Change of a body: before signing if its bytes are signed, otherwise after it.
pub type Rewrite = Arc<dyn Fn(Vec<u8>) -> Vec<u8> + Send + Sync>;

/// One change of a request.
#[derive(Clone)]
pub enum Change {
    /// Change of a signed request.
    Signed(Tamper),
    /// Change of its body only.
    Body(Rewrite),
}

/// Way of writing the finished request, instead of one write and one answer.
pub type Script = Arc<dyn Fn(&RawRequest) -> Vec<WireStep> + Send + Sync>;

/// Everything that sets a callback's sending apart from an ordinary one.
#[derive(Clone, Default)]
pub struct WireFault {
    /// Seconds added to the sending clock before the signature's time is reckoned.
    pub clock: i64,
    /// Key that signs instead of the shared one.
    pub key: Option<SecretString>,
    /// Done to the request, in order.
    pub tampers: Vec<Change>,
    /// Way of writing it.
    pub script: Option<Script>,
    /// Attempts that suffer; those after them are ordinary. Zero = all of them.
    pub attempts: u32,
    /// The receiver is restarted before it is sent.
    pub restarts: bool,
    /// Number of tries, whatever the provider's plan says.
    pub tries: Option<u32>,
    /// Time limit for an answer, if it is not the provider's.
    pub timeout: Option<Duration>,
    /// Time that the script itself takes, beside the receiver's.
    pub own_time: Duration,
    /// The same bytes as the callback of this id, signature included.
    pub bytes_of: Option<String>,
    /// The request bears another signature than the right one, so that an answer with the right one gives it away.
    pub damaged: bool,
    /// Requests of this many callbacks meet before they finish.
    pub meets: Option<usize>,
}

impl WireFault {
    /// True when an attempt, counted from 1, is sent in another way than an ordinary one.
    pub fn touches(&self, attempt: u32) -> bool {
        self.is_on(attempt) && (!self.tampers.is_empty() || self.script.is_some())
    }

    /// True when an attempt, counted from 1, is one of those that suffer.
    pub fn is_on(&self, attempt: u32) -> bool {
        self.attempts == 0 || attempt <= self.attempts
    }

    /// Adds something to be done to the request.
    pub fn tamper(&mut self, effect: impl Fn(&mut RawRequest) + Send + Sync + 'static) {
        self.tampers.push(Change::Signed(Arc::new(effect)));
    }

    /// Adds something to be done to the body.
    pub fn rewrite(&mut self, effect: impl Fn(Vec<u8>) -> Vec<u8> + Send + Sync + 'static) {
        self.tampers.push(Change::Body(Arc::new(effect)));
    }

    /// True if it changes the bytes of the body.
    pub fn rewrites_body(&self) -> bool {
        self.tampers.iter().any(|change| matches!(change, Change::Body(_)))
    }

    /// The body as it is signed where its bytes are: with every change of it alone.
    pub fn rewritten(&self, body: Vec<u8>) -> Vec<u8> {
        self.tampers.iter().fold(body, |body, change| match change {
            Change::Signed(_) => body,
            Change::Body(rewrite) => rewrite(body),
        })
    }

    /// Says how the request is written.
    pub fn write(&mut self, script: impl Fn(&RawRequest) -> Vec<WireStep> + Send + Sync + 'static) {
        self.script = Some(Arc::new(script));
    }
}

impl fmt::Debug for WireFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WireFault({} tampers, script: {})", self.tampers.len(), self.script.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_request_is_what_stands_in_the_standard() {
        let headers = [("Content-Type".to_owned(), b"application/json".to_vec())];
        let mut request = RawRequest::new("h:1", "/cb?a=1", &headers, b"{}".to_vec(), String::new());
        let plain = b"POST /cb?a=1 HTTP/1.1\r\nHost: h:1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(request.bytes(), plain);
        request.replace_body(b"[1]".to_vec());
        assert!(request.bytes().ends_with(b"Content-Length: 3\r\n\r\n[1]"));
        request.set("HOST", "other");
        assert!(request.bytes().starts_with(b"POST /cb?a=1 HTTP/1.1\r\nHOST: other\r\nContent-Type"));
    }
}
