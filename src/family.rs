//! Families of edge cases: what faults and the cases of the audit are about.

/// A family of the catalogue of edge cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The same callback again, in another order, or tried again.
    Duplicates,
    /// The time that is signed.
    Time,
    /// The signature.
    Signature,
    /// Keys and their rotation.
    Keys,
    /// Bytes of the body.
    Body,
    /// Values and texts in JSON.
    Json,
    /// Request line and headers.
    Headers,
    /// How HTTP/1.1 says where a message ends.
    Framing,
    /// Slow and broken connections.
    Slow,
    /// Connections that carry several requests, and proxies.
    Connections,
    /// Many callbacks.
    Volume,
    /// Begin and end of a recording.
    Lifecycle,
}

impl Family {
    /// The letter that the names of its cases begin with.
    pub fn letter(self) -> char {
        match self {
            Self::Duplicates => 'A',
            Self::Time => 'B',
            Self::Signature => 'C',
            Self::Keys => 'D',
            Self::Body => 'E',
            Self::Json => 'F',
            Self::Headers => 'G',
            Self::Framing => 'H',
            Self::Slow => 'I',
            Self::Connections => 'J',
            Self::Volume => 'K',
            Self::Lifecycle => 'M',
        }
    }

    /// Title for a person.
    pub fn title(self) -> &'static str {
        match self {
            Self::Duplicates => "duplicates, order, retries",
            Self::Time => "time",
            Self::Signature => "signature",
            Self::Keys => "keys",
            Self::Body => "body bytes and encodings",
            Self::Json => "JSON values and texts",
            Self::Headers => "request line and headers",
            Self::Framing => "HTTP/1.1 framing",
            Self::Slow => "slow, torn and reset",
            Self::Connections => "connections",
            Self::Volume => "volume",
            Self::Lifecycle => "recording life cycle",
        }
    }
}
