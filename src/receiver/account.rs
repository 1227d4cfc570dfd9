//! Accounts of a receiver, with their keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::Method;
use hyper::http::request::Parts;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::provider::handshake::Handshake;
use crate::provider::signature::Signature;
use crate::provider::{FieldNames, SecondCallback};

/// One callback URL: who sends to it, and the key shared with them.
///
/// Two of them cannot be compared: that would compare keys, and not in constant time.
///
/// ```compile_fail,E0369
/// fn same(one: &hookreel::receiver::judge::Account, other: &hookreel::receiver::judge::Account) -> bool {
///     one == other
/// }
/// ```
#[derive(Clone)]
pub struct Account {
    /// The path of the URL.
    pub path: String,
    /// Names of the fields in its callbacks.
    pub reading: &'static FieldNames,
    /// A second kind of callback that may come to it.
    pub second_callback: Option<&'static SecondCallback>,
    /// The handshake by which it is set up, if its sender has one.
    pub handshake: Option<&'static Handshake>,
    /// Scheme and keys; none = callbacks are taken unsigned.
    pub signing: Option<(&'static Signature, KeyRing)>,
    /// Time from sending to expiry, in seconds; a time further ahead than this, and than any skew, was never signed by
    /// the sender.
    pub lifetime: i64,
}

impl Account {
    /// The fields of a callback that is the query of a GET, as JSON; none = it is none.
    pub(super) fn asked(&self, head: &Parts) -> Option<String> {
        let second = self.second_callback.filter(|_| head.method == Method::GET)?;
        let (query, proof) = (head.uri.query()?, second.reading.proof.header());
        let is_signed = proof.is_some_and(|name| head.headers.contains_key(name));
        let fields = if is_signed { second.asked_of_any(query)? } else { second.asked(query)? };
        Some(Value::Object(fields).to_string())
    }
}

/// The keys of a callback URL, oldest first.
#[derive(Clone, Default)]
pub struct KeyRing {
    all: Vec<SecretString>,
    /// A key is refused once a newer one was seen; the place of the newest that was.
    newest: Option<Arc<AtomicUsize>>,
    /// Names of which a token must bear one as its issuer, or a signature cover one as its host; empty = any issuer, and the host of
    /// the request.
    names: Vec<String>,
}

impl KeyRing {
    /// Each of them is accepted at any time.
    pub fn any_of(all: Vec<SecretString>) -> Self {
        Self { all, ..Self::default() }
    }

    /// Each of them is accepted until a newer one was seen.
    pub fn newest_of(all: Vec<SecretString>) -> Self {
        Self { all, newest: Some(Arc::default()), ..Self::default() }
    }

    /// The same keys for one of these issuers, or hosts.
    #[must_use]
    pub fn named(self, names: Vec<String>) -> Self {
        Self { names, ..self }
    }

    /// Hosts that a signature may cover, of a request to this one.
    pub(super) fn hosts<'a>(&'a self, asked: &'a str) -> impl Iterator<Item = &'a str> + Clone {
        let own = self.names.iter().map(String::as_str);
        own.chain(self.names.is_empty().then_some(asked))
    }

    /// True when a token of this issuer may be signed with one of the keys.
    pub(super) fn is_of(&self, issuer: &str) -> bool {
        !issuer.is_empty() && (self.names.is_empty() || self.names.iter().any(|known| known == issuer))
    }

    /// The first of these names.
    pub fn name(&self) -> Option<&str> {
        self.names.first().map(String::as_str)
    }

    /// The oldest key.
    pub(super) fn oldest(&self) -> Option<&SecretString> {
        self.all.first()
    }

    /// The newest key.
    pub(super) fn newest(&self) -> Option<&SecretString> {
        self.all.last()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.iter().all(|key| key.expose_secret().is_empty())
    }

    /// The key that fits, of those that are in use.
    pub(super) fn fitting(&self, fits: impl Fn(&SecretString) -> bool) -> Option<&SecretString> {
        let place = self.all.iter().position(fits)?;
        let used = |newest: &Arc<AtomicUsize>| newest.fetch_max(place, Ordering::SeqCst) <= place;
        self.all.get(place).filter(|_| self.newest.as_ref().is_none_or(used))
    }
}

impl From<SecretString> for KeyRing {
    fn from(key: SecretString) -> Self {
        Self::any_of(vec![key])
    }
}

impl From<String> for KeyRing {
    fn from(key: String) -> Self {
        SecretString::from(key).into()
    }
}
