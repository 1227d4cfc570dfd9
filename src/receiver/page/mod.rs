//! The page of a receiver: what came, while it comes. At a path that no callback can have; for this machine alone unless that is
//! asked for; without a build step, and to be read without a script.

mod guard;
mod journal;
mod live;
mod view;

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, HeaderValue,
    LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::watch;

use super::judge::same;
use super::{AnsweredRequest, Receiver, RequestBody};
use crate::provider::EventKind;
use journal::{Became, Kept, KeptCallback};
use view::View;

pub(super) use live::AnswerBody;

/// The path of the page, and the beginning of every path below it. No callback is taken there.
pub const PREFIX: &str = "/_hookreel";

/// The largest form that is read, in bytes.
const LARGEST_FORM: usize = 4096;
/// Nothing runs but our own script, nothing is loaded from elsewhere, and nobody frames it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A callback that was made here: headers of its own, and its body.
pub struct Sample {
    /// Names and values, beside those that every request has.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// The query of a GET, which has no body; none = it is a POST.
    pub query: Option<String>,
}

/// Makes a callback of an event for the account at a path, signed now.
pub type MakeSample = Box<dyn Fn(&str, &str) -> Result<Sample, String> + Send + Sync>;

/// Makes a file from which a callback can be sent again, and a scenario be made.
pub type MakeCapture = Box<dyn Fn(&ReceivedCallback<'_>) -> String + Send + Sync>;

/// A callback as it came.
pub struct ReceivedCallback<'a> {
    /// When it was answered, in Unix seconds.
    pub at: i64,
    /// Its method.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// Names and values.
    pub headers: &'a [(String, Vec<u8>)],
    /// The body, byte for byte.
    pub body: &'a Bytes,
}

/// What a page is about, and who may see it.
pub struct PageSettings {
    /// Whose callbacks come: `tencent 2025`.
    pub title: String,
    /// Other machines may see it.
    pub is_open: bool,
    /// Events that may come, of which a sample can be sent.
    pub events: Vec<&'static EventKind>,
    /// What a form must bring to be taken: no other site knows it.
    pub token: String,
    /// Makes a sample.
    pub sample: MakeSample,
    /// Makes a file from which a callback can be sent again.
    pub capture: MakeCapture,
}

/// What came, and how it is shown.
pub struct Page {
    settings: PageSettings,
    journal: Mutex<Kept>,
    /// The number of the newest callback.
    changed: watch::Sender<u64>,
}

impl PageSettings {
    /// An event as scenarios write it, with what stands in the body where that is something else.
    fn event(&self, told: &str) -> String {
        match self.events.iter().find(|kind| kind.is(told)) {
            Some(kind) if kind.name != told => format!("{} ({told})", kind.name),
            _ => told.to_owned(),
        }
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("title", &self.settings.title).finish_non_exhaustive()
    }
}

/// True when a path belongs to the page.
pub fn is_of_page(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// One who asks: from where, and until when there is an answer.
pub(super) struct Visitor {
    pub(super) peer: SocketAddr,
    pub(super) closing: watch::Receiver<bool>,
}

impl Page {
    /// A page on which nothing came yet.
    pub fn new(settings: PageSettings) -> Self {
        Self { settings, journal: Mutex::default(), changed: watch::Sender::new(0) }
    }

    fn journal(&self) -> MutexGuard<'_, Kept> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hears of a callback that was answered.
    pub(super) fn hear(&self, told: &AnsweredRequest<'_>, at: i64) {
        let Some(accepted) = told.accepted else { return };
        let mut entry = KeptCallback {
            at,
            method: told.method.to_owned(),
            target: told.path.to_owned(),
            event: self.settings.event(told.event),
            stream: told.stream.to_owned(),
            file: told.file.to_owned(),
            status: told.status.as_u16(),
            kind: match (accepted, told.is_known) {
                (false, _) => Became::Refused,
                (true, true) => Became::Duplicate,
                (true, false) => Became::Accepted,
            },
            outcome: told.outcome.to_owned(),
            ..KeptCallback::default()
        };
        if let Some(whole) = &told.whole {
            entry.target =
                whole.head.uri.path_and_query().map_or_else(|| told.path.to_owned(), ToString::to_string);
            let bytes =
                |(name, value): (&HeaderName, &HeaderValue)| (name.to_string(), value.as_bytes().to_vec());
            entry.headers = whole.head.headers.iter().map(bytes).collect();
            // The buffers that these are parts of may be larger.
            entry.body = Bytes::copy_from_slice(whole.body);
            entry.answer = Bytes::copy_from_slice(whole.answer);
        }
        let number = self.journal().add(entry);
        self.changed.send_replace(number);
    }

    /// Answers a visitor.
    pub(super) async fn answer(
        self: &Arc<Self>,
        receiver: &Receiver,
        request: Request<Incoming>,
        visitor: Visitor,
    ) -> Response<AnswerBody> {
        let (head, body) = request.into_parts();
        let mut answer = match guard::refusal(&head, visitor.peer, self.settings.is_open) {
            Some((status, why)) => plain(status, why),
            None if head.method == Method::POST => self.take(receiver, &head, body).await,
            None if head.method == Method::GET || head.method == Method::HEAD => {
                self.show(receiver, &head, visitor)
            }
            None => plain(StatusCode::METHOD_NOT_ALLOWED, "the page is asked for with GET"),
        };
        for (name, value) in [
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, "DENY"),
            // A form of our own says from where it comes.
            (REFERRER_POLICY, "same-origin"),
            (CACHE_CONTROL, "no-store"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        ] {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        answer
    }

    fn show(self: &Arc<Self>, receiver: &Receiver, head: &Parts, visitor: Visitor) -> Response<AnswerBody> {
        // Only paths of the page come here.
        let path = head.uri.path().strip_prefix(PREFIX).unwrap_or_default();
        // Without a query, nothing is chosen.
        let query = head.uri.query().unwrap_or_default();
        let view = View::of(query);
        match path {
            "" | "/" => html(view::page(self, &view, receiver.paths())),
            "/page.css" => whole("text/css; charset=utf-8", include_str!("page.css")),
            "/page.js" => whole("text/javascript; charset=utf-8", include_str!("page.js")),
            "/events" => {
                let known = head.headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
                let after = known.unwrap_or_else(|| view::after(query));
                let mut answer = Response::new(live::follow(self.clone(), view, after, visitor.closing));
                answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
                answer
            }
            _ => self.show_callback(path, head),
        }
    }

    fn show_callback(&self, path: &str, head: &Parts) -> Response<AnswerBody> {
        let nothing =
            || plain(StatusCode::NOT_FOUND, "there is nothing here; only the last callbacks are kept");
        let Some(rest) = path.strip_prefix("/callbacks/") else { return nothing() };
        let (number, part) = rest.split_once('/').map_or((rest, ""), |(number, part)| (number, part));
        let journal = self.journal();
        let newest = journal.total.callbacks;
        let entry = number.parse().ok().and_then(|number| journal.get(number));
        drop(journal);
        let Some(entry) = entry else { return nothing() };
        // It is an address or `localhost`: the guard of this page lets nothing else in.
        let host = head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        match part {
            "" => html(view::callback(&entry, newest, &format!("http://{host}"))),
            "body" => file(&format!("callback-{}.json", entry.number), entry.body.clone()),
            "capture" => {
                let callback = ReceivedCallback {
                    at: entry.at,
                    method: &entry.method,
                    target: &entry.target,
                    headers: &entry.headers,
                    body: &entry.body,
                };
                let text = (self.settings.capture)(&callback);
                file(&format!("callback-{}.jsonl", entry.number), text.into())
            }
            _ => nothing(),
        }
    }

    /// Takes the one form that there is: a sample is sent to the receiver itself.
    async fn take(&self, receiver: &Receiver, head: &Parts, body: Incoming) -> Response<AnswerBody> {
        if head.uri.path().strip_prefix(PREFIX) != Some("/sample") {
            return plain(StatusCode::NOT_FOUND, "there is nothing to send to here");
        }
        let Ok(form) = Limited::new(body, LARGEST_FORM).collect().await else {
            return plain(StatusCode::BAD_REQUEST, "the form cannot be read");
        };
        let form = form.to_bytes();
        let value = |wanted: &str| {
            let mut pairs = url::form_urlencoded::parse(&form);
            pairs.find(|(name, _)| name == wanted).map_or_else(String::new, |(_, value)| value.into_owned())
        };
        if !same(&self.settings.token, &value("token")) {
            return plain(
                StatusCode::FORBIDDEN,
                "this form is of another page; reload the page and send it again",
            );
        }
        let paths = receiver.paths();
        let account = Some(value("account")).filter(|path| paths.contains(path)).or(paths.into_iter().next());
        // No path is empty: without an account no sample is made.
        let account = account.unwrap_or_default();
        match (self.settings.sample)(&account, &value("event")) {
            Err(why) => plain(StatusCode::BAD_REQUEST, &why),
            Ok(sample) => {
                let host =
                    head.headers.get(HOST).cloned().unwrap_or_else(|| HeaderValue::from_static("localhost"));
                hand_over(receiver, &account, sample, host).await;
                let mut answer = plain(StatusCode::SEE_OTHER, "sent");
                answer.headers_mut().insert(LOCATION, HeaderValue::from_static(PREFIX));
                answer
            }
        }
    }
}

/// Gives a receiver a callback that did not come over the network, for the account at a path.
async fn hand_over(receiver: &Receiver, path: &str, sample: Sample, host: HeaderValue) {
    let request = match &sample.query {
        Some(query) => Request::get(format!("{path}?{query}")).header(HOST, host),
        None => Request::post(path).header(HOST, host).header(CONTENT_TYPE, "application/json"),
    };
    let request = request.body(());
    // The paths of accounts are paths.
    let Ok(request) = request else { return };
    let (mut head, ()) = request.into_parts();
    for (name, value) in sample.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(&value)) {
            head.headers.insert(name, value);
        }
    }
    receiver.answer_to(head, RequestBody::Read(Ok(sample.body.into()))).await;
}

fn answered(status: StatusCode, kind: &'static str, body: Bytes) -> Response<AnswerBody> {
    let mut answer = Response::new(AnswerBody::Whole(Full::new(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

fn plain(status: StatusCode, text: &str) -> Response<AnswerBody> {
    answered(status, "text/plain; charset=utf-8", format!("{text}\n").into())
}

fn whole(kind: &'static str, text: &'static str) -> Response<AnswerBody> {
    answered(StatusCode::OK, kind, Bytes::from_static(text.as_bytes()))
}

fn html(page: String) -> Response<AnswerBody> {
    answered(StatusCode::OK, "text/html; charset=utf-8", page.into())
}

/// A file to be kept, which no browser shows.
fn file(name: &str, bytes: Bytes) -> Response<AnswerBody> {
    let mut answer = answered(StatusCode::OK, "application/octet-stream", bytes);
    let kept = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    kept.into_iter().for_each(|kept| drop(answer.headers_mut().insert(CONTENT_DISPOSITION, kept)));
    answer
}
