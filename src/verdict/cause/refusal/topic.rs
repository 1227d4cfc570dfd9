//! Topics of refusals: what the words of a receiver speak of.

use super::texts::{
    ADDRESS, BEARER, BODY_HASH, CONTENT_TYPE, CSRF, EVENT, FIELD, HOST, ISSUER, JSON, KEY, KNOWN, RATE,
    SCHEME, SIZE, STORE, STRANGE_FIELD, STREAM, TIME, TOKEN, WHERE,
};

/// Topic of a refusal, by the words of the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Scheme,
    StrangeField,
    Csrf,
    Host,
    Issuer,
    Address,
    Bearer,
    Token,
    BodyHash,
    Time,
    Where,
    Key,
    KnownFile,
    Stream,
    Store,
    ContentType,
    Size,
    Rate,
    Event,
    Field,
    Json,
}

impl Topic {
    /// The likely cause, in words for a person. Of the key, [`super::RefusedAnswer`] knows more.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Scheme => SCHEME,
            Self::StrangeField => STRANGE_FIELD,
            Self::Csrf => CSRF,
            Self::Host => HOST,
            Self::Issuer => ISSUER,
            Self::Address => ADDRESS,
            Self::Bearer => BEARER,
            Self::Token => TOKEN,
            Self::BodyHash => BODY_HASH,
            Self::Time => TIME,
            Self::Where => WHERE,
            Self::Key => KEY,
            Self::KnownFile => KNOWN,
            Self::Stream => STREAM,
            Self::Store => STORE,
            Self::ContentType => CONTENT_TYPE,
            Self::Size => SIZE,
            Self::Rate => RATE,
            Self::Event => EVENT,
            Self::Field => FIELD,
            Self::Json => JSON,
        }
    }

    /// The proof of the sender is what was refused.
    pub(super) fn is_proof(self) -> bool {
        matches!(self, Self::Bearer | Self::Token | Self::BodyHash | Self::Time | Self::Where | Self::Key)
    }

    /// The words may be about a header that this sender does not send.
    pub(super) fn may_be_a_header(self) -> bool {
        matches!(self, Self::Field | Self::Where | Self::Token | Self::Key)
    }
}
