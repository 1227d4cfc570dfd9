//! Troubles in a word or two: a load counts them, and keeps no text of each.

use crate::record::TroubleKind;

impl TroubleKind {
    /// In the words of a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotAllowed => "address not allowed",
            Self::Dns => "name not found",
            Self::Connect => "connection refused",
            Self::NotTaken => "connection not taken",
            Self::NoPort => "no local port left",
            Self::OwnLimit => "no open file left",
            Self::Tls => "no TLS",
            Self::Timeout => "timed out",
            Self::Closed => "closed",
            Self::Garbage => "not HTTP",
            Self::Incomplete => "answer not complete",
            Self::Left => "left by us",
        }
    }
}
