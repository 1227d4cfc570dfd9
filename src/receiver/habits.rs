//! Every decision that a receiver takes, as data. The right ones are the default; a [bug](super::bug) changes one of them.

use std::borrow::Cow;
use std::time::Duration;

use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use serde_json::{Map, Number, Value};

use super::judge::{self, Account, Refusal};
use super::{Deadlines, early_refusals};
use crate::provider::FieldNames;
use crate::provider::signature::Signature;

/// Looks at the head of a request: none, or why it is refused.
pub type HeadRule = fn(&Parts) -> Option<(StatusCode, &'static str)>;

/// Demand of a receiver beyond the vendor's promises.
pub type Demand = fn(&FieldNames, &Map<String, Value>) -> Result<(), Refusal>;

/// Behaviour of a receiver, in the order in which a callback meets it.
#[derive(Clone, Debug)]
pub struct Habits {
    /// An end to everything that a sender could draw out.
    pub limits: Deadlines,
    /// Connections at once; more wait in the backlog.
    pub connections: usize,
    /// Method that a request counts as.
    pub method: fn(&Parts) -> Method,
    /// Required host name of a request.
    pub host: HeadRule,
    /// Allowed framing of a body, beyond the checks of hyper.
    pub framing: HeadRule,
    /// Allowed media type of a body.
    pub media_type: HeadRule,
    /// The body is read before the answer.
    pub reads_body: bool,
    /// A body that breaks off is taken for whole.
    pub takes_torn_body: bool,
    /// Each read of a body is turned into text by itself.
    pub decodes_each_read: bool,

    /// True when the bytes of a body can be a message, before they are read as JSON.
    pub raw: fn(&[u8]) -> bool,
    /// The bytes that a signature over the body is held against.
    pub verified: fn(&[u8]) -> Cow<'_, [u8]>,
    /// Treatment of a key that a message has twice.
    pub keys: DuplicateKeys,
    /// `Sign` is taken for `sign`.
    pub folds_keys: bool,
    /// The text of a number; none = not one that stands for an id.
    pub number: fn(&Number) -> Option<String>,

    /// Time of the signature check.
    pub check: SignatureCheck,
    /// True when the right signature and the given one are the same.
    pub same: fn(&str, &str) -> bool,
    /// A value that is not a text is compared as languages do that turn one side into the type of the other.
    pub compares_loosely: bool,
    /// Taken for proof besides the scheme that was agreed.
    pub other_schemes: Vec<Signature>,
    /// The signed time: its text as it is hashed, and its Unix seconds.
    pub time: fn(&Value) -> Result<(String, i64), Refusal>,
    /// Check of an expiry, by (expiry, now, lifetime) in seconds.
    pub fresh: fn(i64, i64, i64) -> Result<(), Refusal>,

    /// Checks of a token that are left out; none = all are made.
    pub token_unchecked: Option<TokenCheck>,
    /// Treatment of a handshake.
    pub handshake: HandshakeHabit,

    /// Demands beyond the vendor's promises.
    pub demands: Vec<Demand>,
    /// A file is refused unless something was heard of its stream before.
    pub wants_stream_first: bool,
    /// An event without a file settles its stream: files that follow are acknowledged, and not stored.
    pub first_event_settles: bool,

    /// Property that identifies a recording.
    pub identity: FileIdentity,
    /// Number of recordings that it recognises.
    pub memory: usize,
    /// Known recordings are known after a restart too.
    pub remembers: bool,
    /// Recordings are there after a restart, too.
    pub keeps: bool,
    /// Time from the check for a known recording to storing it; none = one step.
    pub look_then_store: Option<Duration>,
    /// Treatment of a recording that is known.
    pub repeat: Repeat,
    /// True: refused callbacks are stored all the same.
    pub stores_refused: bool,

    /// Delay between the end of the work and the answer.
    pub delay: Duration,
    /// The status that says yes.
    pub success: StatusCode,
    /// The status that says no.
    pub status: fn(Refusal) -> u16,
    /// Text of a refusal.
    pub reason: fn(Refusal, &Account, &[u8]) -> String,
}

/// Treatment of a key that a message has twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuplicateKeys {
    /// The message is refused: parsers disagree on which of the two values counts, and an attacker knows it.
    Once,
    /// The first value counts.
    First,
    /// The last value counts.
    Last,
    /// The first value is checked, the last one stored: two parsers, one message.
    Torn,
}

/// Time of the signature check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureCheck {
    /// Always.
    Always,
    /// Unless it is missing, null or empty.
    WhenPresent,
    /// Unless the receiver's key is empty.
    WhenKeyed,
    /// Never.
    Never,
}

/// A check of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenCheck {
    /// It is signed, whatever it says of itself.
    Algorithm,
    /// It names the hash of this body.
    Hash,
    /// It has an end.
    End,
    /// It names whose key signs it.
    Issuer,
}

/// Treatment of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeHabit {
    /// It is answered once its own signature was checked.
    AfterProof,
    /// It is answered before anything is checked.
    BeforeProof,
    /// It is answered with the token and without its signature.
    TokenAlone,
}

/// Property that identifies a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileIdentity {
    /// The vendor's id of the file.
    File,
    /// The size of the file.
    Size,
    /// The signature of the callback.
    Signature,
    /// Nothing.
    None,
}

/// Treatment of a recording that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It is acknowledged; what came first stays.
    Acknowledge,
    /// The new facts take the place of the old.
    Overwrite,
    /// It is an error.
    Fail,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            limits: Deadlines::default(),
            connections: 2048,
            method: |head| head.method.clone(),
            host: early_refusals::one_host,
            framing: early_refusals::plainly_framed,
            media_type: early_refusals::plain_json,
            reads_body: true,
            takes_torn_body: false,
            decodes_each_read: false,
            raw: |_| true,
            verified: |body| Cow::Borrowed(body),
            keys: DuplicateKeys::Once,
            folds_keys: false,
            number: judge::exact,
            check: SignatureCheck::Always,
            same: judge::same,
            compares_loosely: false,
            other_schemes: Vec::new(),
            time: judge::plain_digits,
            fresh: |expiry, now, lifetime| judge::in_time(expiry, now, lifetime, judge::SKEW),
            token_unchecked: None,
            handshake: HandshakeHabit::AfterProof,
            demands: Vec::new(),
            wants_stream_first: false,
            first_event_settles: false,
            identity: FileIdentity::File,
            memory: usize::MAX,
            remembers: true,
            keeps: true,
            look_then_store: None,
            repeat: Repeat::Acknowledge,
            stores_refused: false,
            delay: Duration::ZERO,
            success: StatusCode::OK,
            status: Refusal::status,
            reason: |refusal, _, _| refusal.to_string(),
        }
    }
}
