//! The reference other side: a receiver as it should be, on hyper, with a limit and an end to everything; and the same
//! receiver wrong on purpose, by [`Habits`].

mod account;
mod answer;
pub mod bug;
pub mod connections;
mod demands;
mod early_refusals;
mod fields;
pub mod habits;
mod head_proof;
pub mod inbox;
pub mod judge;
mod keeper;
pub mod page;
mod request_body;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};

use answer::{About, Said, allow, explain, refuse, respond, turn_away};
use habits::Habits;
use inbox::{Inbox, StoredEffect, StoredFile};
use judge::{Accepted, Account, Received, Refusal, judge};
use keeper::Nobody;
pub use keeper::{AnsweredRequest, Keeper, PassedOn, WholeRequest};
use page::Page;
use request_body::RequestBody;

/// Path of the list of stored recordings.
pub const RECORDINGS: &str = "/recordings";

/// An end to everything that a sender could draw out.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// Largest body, in bytes.
    pub body: usize,
    /// Time limit from accepting a connection, or from the end of an answer, to the end of the next header.
    pub header_deadline: Duration,
    /// Time limit from the end of the header to the end of the body.
    pub body_deadline: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            body: 1 << 20,
            header_deadline: Duration::from_secs(5),
            body_deadline: Duration::from_secs(10),
        }
    }
}

impl Deadlines {
    /// The same, and so short that a sender which waits no longer than this still hears of each.
    #[must_use]
    pub fn within(self, timeout: Duration) -> Self {
        let most = timeout * 4 / 5;
        Self {
            header_deadline: self.header_deadline.min(most),
            body_deadline: self.body_deadline.min(most),
            ..self
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
    habits: Arc<Habits>,
    keeper: Arc<dyn Keeper>,
    failures: Arc<Mutex<Vec<StatusCode>>>,
    /// Every path is the callback URL of the only account.
    anywhere: bool,
    /// Where people see what came.
    page: Option<Arc<Page>>,
}

impl Receiver {
    /// A receiver with empty inboxes.
    pub fn new(accounts: Vec<Account>, now: Now) -> Self {
        let accounts =
            accounts.into_iter().map(|account| (account.path.clone(), (account, Mutex::default()))).collect();
        Self {
            accounts: Arc::new(accounts),
            now,
            habits: Arc::default(),
            keeper: Arc::new(Nobody),
            failures: Arc::default(),
            anywhere: false,
            page: None,
        }
    }

    /// The same receiver with other habits.
    pub fn with(self, habits: Habits) -> Self {
        Self { habits: Arc::new(habits), ..self }
    }

    /// The same receiver with other limits.
    pub fn limited(self, limits: Deadlines) -> Self {
        let habits = Habits { limits, ..Habits::clone(&self.habits) };
        self.with(habits)
    }

    /// The same receiver with an observer of its actions.
    pub fn kept_by(self, keeper: Arc<dyn Keeper>) -> Self {
        Self { keeper, ..self }
    }

    /// The same receiver, which answers its first callbacks with these statuses and looks at none of them.
    pub fn failing(self, mut statuses: Vec<StatusCode>) -> Self {
        statuses.reverse();
        Self { failures: Arc::new(Mutex::new(statuses)), ..self }
    }

    /// The same receiver, which takes callbacks at any path as those of its only account.
    pub fn anywhere(self) -> Self {
        Self { anywhere: self.accounts.len() == 1, ..self }
    }

    /// The same receiver with a page on which people see what came.
    pub fn shown_on(self, page: Page) -> Self {
        Self { page: Some(Arc::new(page)), ..self }
    }

    /// The paths of its callback URLs.
    fn paths(&self) -> Vec<String> {
        self.accounts.keys().cloned().collect()
    }

    /// Takes back what was kept of a path before a restart.
    pub fn restore(&self, path: &str, recordings: Vec<StoredFile>) {
        if let Some((_, inbox)) = self.accounts.get(path) {
            let mut inbox = lock(inbox);
            recordings.into_iter().for_each(|recording| inbox.restore(&self.habits, recording));
        }
    }

    /// Inbox of a path.
    pub fn inbox(&self, path: &str) -> Option<Inbox> {
        let (_, inbox) = self.accounts.get(path)?;
        Some(lock(inbox).clone())
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        self.answer_to(head, RequestBody::Unread(body)).await
    }

    async fn answer_to(&self, head: Parts, mut body: RequestBody) -> Response<Full<Bytes>> {
        let mut said = self.look_at(&head, &mut body).await;
        let all = self.keeper.hears_all();
        let read = match &body {
            _ if all => self.read(&mut body).await,
            // The page shows what was read anyway.
            RequestBody::Read(read) => read.clone(),
            RequestBody::Unread(_) => Ok(Bytes::new()),
        };
        let mut passed_on = false;
        if let Ok(whole) = &read
            && let Some(passed) = self.keeper.pass_on(&head, whole).filter(|_| !said.stays)
        {
            match passed.await {
                Ok(answer) => (said.answer, passed_on) = (answer, true),
                Err(why) => {
                    said.answer = refuse(StatusCode::BAD_GATEWAY, &why);
                    said.outcome.push_str(&format!("; forwarded without an answer: {why}"));
                }
            }
        }
        let answer = match all || self.page.is_some() {
            true => {
                // It never fails: it is in memory.
                said.answer.body().clone().collect().await.map(|body| body.to_bytes()).unwrap_or_default()
            }
            false => Bytes::new(),
        };
        // What could not be read is shown without a body.
        let read = read.unwrap_or_default();
        let mut told = AnsweredRequest {
            method: head.method.as_str(),
            path: head.uri.path(),
            event: &said.about.event,
            stream: &said.about.stream,
            file: &said.about.file,
            is_known: said.about.is_known,
            status: said.answer.status(),
            accepted: said.accepted,
            outcome: &said.outcome,
            passed_on,
            whole: Some(WholeRequest { head: &head, body: &read, answer: &answer }),
        };
        self.page.iter().for_each(|page| page.hear(&told, (self.now)()));
        told.whole = told.whole.filter(|_| all);
        self.keeper.hear(&told);
        said.answer
    }

    async fn look_at(&self, head: &Parts, body: &mut RequestBody) -> Said {
        if head.uri.path() == RECORDINGS {
            return self.list(&head.method);
        }
        let only = || self.accounts.values().next().filter(|_| self.anywhere);
        let Some((account, inbox)) = self.accounts.get(head.uri.path()).or_else(only) else {
            return turn_away(StatusCode::NOT_FOUND, "there is no callback URL at this path");
        };
        let asked = account.asked(head);
        if let Some((status, reason)) =
            early_refusals::refusal(&self.habits, head).filter(|_| asked.is_none())
        {
            let said = turn_away(status, reason);
            return if status == StatusCode::METHOD_NOT_ALLOWED { allow(said, "POST") } else { said };
        }
        if !self.habits.reads_body {
            let answer = respond(self.success(account), account.reading.answer.into());
            let outcome = "accepted unread".to_owned();
            return Said { answer, about: About::default(), accepted: Some(true), outcome, stays: false };
        }
        let body = match (asked, self.read(body).await) {
            (Some(fields), _) => fields.into(),
            (None, Ok(body)) => body,
            (None, Err((status, reason))) => return turn_away(status, reason),
        };
        let failure = self.failures.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(status) = failure {
            return Said { stays: true, ..turn_away(status, "refused on purpose") };
        }
        let received = Received { headers: Some(&head.headers), body: &body };
        let (mut about, word, answer) = match judge(&self.habits, account, received, (self.now)()) {
            Ok(mut accepted) => {
                let answer = accepted.answer.take();
                (About::of(&accepted), self.take(inbox, accepted).await, answer)
            }
            Err(refusal) => (self.turn_down(account, inbox, &body).await, Err(refusal), None),
        };
        about.is_known = word == Ok(StoredEffect::Known);
        lock(inbox).count(&word);
        if !self.habits.delay.is_zero() {
            tokio::time::sleep(self.habits.delay).await;
        }
        Said { about, ..self.say(account, &body, word, answer) }
    }

    /// All stored recordings, as the answer to a question.
    fn list(&self, method: &Method) -> Said {
        if *method != Method::GET {
            let said = turn_away(StatusCode::METHOD_NOT_ALLOWED, "recordings are asked for with GET");
            return Said { stays: true, ..allow(said, "GET") };
        }
        let answer = respond(StatusCode::OK, self.recordings());
        let outcome = "the recordings".into();
        Said { answer, about: About::default(), accepted: None, outcome, stays: true }
    }

    /// What a refused callback claims to be about; nothing of it is stored, unless that is the bug.
    async fn turn_down(&self, account: &Account, inbox: &Mutex<Inbox>, body: &[u8]) -> About {
        let Ok(claimed) = judge::claim(&self.habits, account, body) else { return About::default() };
        let about = About::of(&claimed);
        if self.habits.stores_refused {
            let _ = self.take(inbox, claimed).await;
        }
        about
    }

    /// Takes in every file of a message; what became of the one that changed most is what became of it.
    async fn take(&self, inbox: &Mutex<Inbox>, accepted: Accepted) -> Result<StoredEffect, Refusal> {
        let mut effect = StoredEffect::Nothing;
        for accepted in accepted.each() {
            let own = self.take_one(inbox, accepted).await?;
            effect = if effect == StoredEffect::Stored { effect } else { own };
        }
        Ok(effect)
    }

    async fn take_one(&self, inbox: &Mutex<Inbox>, accepted: Accepted) -> Result<StoredEffect, Refusal> {
        let identity = accepted.identity.as_deref();
        let looked = match self.habits.look_then_store {
            None => None,
            Some(pause) => {
                let found = lock(inbox).find(identity);
                tokio::time::sleep(pause).await;
                Some(found)
            }
        };
        let mut inbox = lock(inbox);
        let found = looked.unwrap_or_else(|| inbox.find(identity));
        inbox.take(&self.habits, accepted, found, |recording| self.keeper.keep(recording))
    }

    fn say(
        &self,
        account: &Account,
        body: &[u8],
        word: Result<StoredEffect, Refusal>,
        own: Option<String>,
    ) -> Said {
        let (answer, outcome) = match word {
            Ok(effect) => {
                let outcome = match effect {
                    StoredEffect::Nothing => "accepted",
                    StoredEffect::Stored => "accepted, stored",
                    StoredEffect::Known => "accepted, known already",
                };
                let answer = own.unwrap_or_else(|| account.reading.answer.into());
                (respond(self.success(account), answer), outcome.to_owned())
            }
            Err(refusal) => (self.deny(account, body, refusal), refusal.to_string()),
        };
        Said { answer, about: About::default(), accepted: Some(word.is_ok()), outcome, stays: false }
    }

    /// The status by which a callback is acknowledged.
    fn success(&self, account: &Account) -> StatusCode {
        match self.habits.success {
            StatusCode::OK => StatusCode::from_u16(account.reading.answer_status).unwrap_or(StatusCode::OK),
            other => other,
        }
    }

    fn deny(&self, account: &Account, body: &[u8], refusal: Refusal) -> Response<Full<Bytes>> {
        let status =
            StatusCode::from_u16((self.habits.status)(refusal)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let reason = (self.habits.reason)(refusal, account, body);
        match refusal {
            Refusal::Soft(code) => explain(status, code, &reason),
            _ if status == StatusCode::OK => respond(status, account.reading.answer.into()),
            _ => refuse(status, &reason),
        }
    }

    /// Everything stored, as a JSON array: by file, then in the order in which it was stored.
    fn recordings(&self) -> String {
        let mut all: Vec<StoredFile> =
            self.accounts.values().flat_map(|(_, inbox)| lock(inbox).recordings.clone()).collect();
        all.sort_by(|a, b| a.file.cmp(&b.file));
        // Texts, and numbers that were parsed from JSON, can be written as JSON.
        serde_json::to_string(&all).expect("our own texts and numbers can be written as JSON")
    }
}

fn lock(inbox: &Mutex<Inbox>) -> MutexGuard<'_, Inbox> {
    inbox.lock().unwrap_or_else(PoisonError::into_inner)
}
